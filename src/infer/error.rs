//! What can be wrong with a model or its running, each with the file that it is about and what to do next.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

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
    /// The process that ran it ended with it.
    #[error("{}: the {runtime} runtime did not survive the model: {how}; {hint}", path.display())]
    Crashed {
        /// The model's folder.
        path: PathBuf,
        /// Which runtime.
        runtime: String,
        /// How the process ended.
        how: String,
        /// What to do.
        hint: String,
    },
    /// What the process that runs it told of it.
    #[error("{message}")]
    Told {
        /// What sort of failure.
        kind: &'static str,
        /// The file that it is about, which the message names.
        path: Option<PathBuf>,
        /// All of it in words.
        message: String,
    },
}

/// A failure as one process tells another of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorLine {
    kind: String,
    path: Option<PathBuf>,
    message: String,
    /// How long a prompt was, and how long it may be.
    too_long: Option<(usize, usize)>,
}

impl From<&InferError> for ErrorLine {
    fn from(error: &InferError) -> Self {
        let too_long = match error {
            InferError::TooLong { tokens, context } => Some((*tokens, *context)),
            _ => None,
        };
        let path = error.path().map(Path::to_owned);
        Self { kind: error.kind().to_owned(), path, message: error.to_string(), too_long }
    }
}

impl From<ErrorLine> for InferError {
    fn from(line: ErrorLine) -> Self {
        if let Some((tokens, context)) = line.too_long {
            return Self::TooLong { tokens, context };
        }
        let kind = Self::KINDS.into_iter().find(|kind| *kind == line.kind).unwrap_or("bad model");
        Self::Told { kind, path: line.path, message: line.message }
    }
}

impl InferError {
    /// All sorts of failures, in a word or two each.
    const KINDS: [&'static str; 11] = [
        "io",
        "missing file",
        "bad model",
        "changed model",
        "unable",
        "wrong answers",
        "not a number",
        "run failed",
        "too long",
        "no runtime",
        "runtime crashed",
    ];

    /// What sort of failure it is, in a word or two.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::Missing { .. } => "missing file",
            Self::Bad { .. } => "bad model",
            Self::Changed { .. } => "changed model",
            Self::Unable { .. } => "unable",
            Self::Wrong { .. } => "wrong answers",
            Self::NotANumber { .. } => "not a number",
            Self::Run { .. } => "run failed",
            Self::TooLong { .. } => "too long",
            Self::Runtime(_) => "no runtime",
            Self::Crashed { .. } => "runtime crashed",
            Self::Told { kind, .. } => kind,
        }
    }

    /// Whether its files are not what they should be.
    #[must_use]
    pub fn is_of_files(&self) -> bool {
        ["io", "missing file", "bad model", "changed model"].contains(&self.kind())
    }

    /// The file or the folder that it is about, where it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Missing { folder, .. } => Some(folder),
            Self::Io { path, .. }
            | Self::Bad { path, .. }
            | Self::Changed { path }
            | Self::Unable { path, .. }
            | Self::Wrong { path, .. }
            | Self::NotANumber { path }
            | Self::Run { path, .. }
            | Self::Crashed { path, .. } => Some(path),
            Self::Told { path, .. } => path.as_deref(),
            Self::TooLong { .. } | Self::Runtime(_) => None,
        }
    }

    /// The same told of the folder that a model was copied out of, instead of the one that it was copied into, which nobody
    /// has seen and which is gone by now.
    #[must_use]
    pub fn told_of(self, copy: &Path, original: &Path) -> Self {
        let Some(path) = self.path() else { return self };
        let Ok(inside) = path.strip_prefix(copy) else { return self };
        let there = if inside.as_os_str().is_empty() { original.to_owned() } else { original.join(inside) };
        let (from, to) = (copy.display().to_string(), original.display().to_string());
        Self::Told { kind: self.kind(), path: Some(there), message: self.to_string().replace(&from, &to) }
    }

    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn bad(path: &Path, why: impl Into<String>) -> Self {
        Self::Bad { path: path.to_owned(), why: why.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_told_by_another_process_is_of_the_same_sort() {
        let path = PathBuf::from("models/mender/model.onnx");
        let all = [
            InferError::Changed { path: path.clone() },
            InferError::NotANumber { path: path.clone() },
            InferError::TooLong { tokens: 900, context: 512 },
            InferError::Runtime("there is none".into()),
        ];
        for error in all {
            let line = serde_json::to_string(&ErrorLine::from(&error)).unwrap();
            let heard = InferError::from(serde_json::from_str::<ErrorLine>(&line).unwrap());
            assert_eq!((heard.kind(), heard.path()), (error.kind(), error.path()));
            assert_eq!(heard.to_string(), error.to_string());
            assert!(InferError::KINDS.contains(&error.kind()));
        }
        let draft = PathBuf::from("/w/models/.adding-x");
        for error in [
            InferError::NotANumber { path: draft.join("model.onnx") },
            InferError::Missing { folder: draft.clone(), what: "graph", hint: "export it" },
        ] {
            let kind = error.kind();
            let told = error.told_of(&draft, Path::new("/given"));
            let message = told.to_string();
            assert!(message.starts_with("/given") && !message.contains(".adding"), "{message}");
            assert!(told.path().is_some_and(|path| path.starts_with("/given")));
            assert_eq!(told.kind(), kind);
        }
        let odd = r#"{"kind":"verse","path":null,"message":"?","too_long":null}"#;
        assert_eq!(InferError::from(serde_json::from_str::<ErrorLine>(odd).unwrap()).kind(), "bad model");
    }
}
