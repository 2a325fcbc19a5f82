//! What can be wrong with a model or its running, each with the file that it is about and what to do next.

use std::path::{Path, PathBuf};

/// A failure of a model.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that every model has is not there.
    #[error("{} holds no {what}; {hint}", folder.display())]
    Missing {
        /// The model's folder.
        folder: PathBuf,
        /// What is looked for.
        what: &'static str,
        /// Where it comes from.
        hint: &'static str,
    },
    /// A file is not what it should be.
    #[error("{}: {why}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// A file is not the one that was added.
    #[error("{} has changed since the model was added; put the file back, or add the model again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The runtime at hand cannot run it.
    #[error("{}: the {runtime} runtime cannot run it: {why}; {hint}", path.display())]
    Unable {
        /// The graph's file.
        path: PathBuf,
        /// Which runtime.
        runtime: &'static str,
        /// Why not.
        why: String,
        /// What to export instead, or what does run it.
        hint: &'static str,
    },
    /// It answers otherwise than it did when it was added.
    #[error("{}: on the {runtime} runtime the model answers otherwise than {made_by} did: {why}; {hint}",
        path.display())]
    Wrong {
        /// The file with the expected numbers.
        path: PathBuf,
        /// Which runtime.
        runtime: &'static str,
        /// Who made the numbers.
        made_by: String,
        /// The first difference.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// A graph gave what is no number.
    #[error("{}: the model's answer is no number (NaN or infinite): the file is damaged, or its precision too low; \
        export it as fp32", path.display())]
    NotANumber {
        /// The graph's file.
        path: PathBuf,
    },
    /// A run failed.
    #[error("{}: the run failed: {why}", path.display())]
    Run {
        /// The graph's file.
        path: PathBuf,
        /// What the runtime says.
        why: String,
    },
    /// More than the model reads.
    #[error("the prompt has {tokens} tokens and the model reads {context}; show it less code")]
    TooLong {
        /// Of the prompt.
        tokens: usize,
        /// Of the model.
        context: usize,
    },
    /// There is no runtime.
    #[error("{0}")]
    Runtime(String),
}

impl InferError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn bad(path: &Path, why: impl Into<String>) -> Self {
        Self::Bad { path: path.to_owned(), why: why.into() }
    }
}
