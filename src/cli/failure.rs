//! An error as the command line tells it: a kind, a message, where, and what to do next.

use serde::Serialize;

use super::Exit;
use crate::infer::InferError;
use crate::ingest::ImportError;
use crate::ingest::reader::ReadError;
use crate::ingest::remove::RemoveError;
use crate::jobs::{DeskError, ImportingError, ModelsError};
use crate::store::StoreError;

/// Why a command failed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Failure {
    #[serde(skip)]
    pub(crate) exit: Exit,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self { exit, kind, message: message.into(), path: None, at: None, hint: None }
    }

    /// Wrong usage, or an unknown id.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Where in the file, which the message then does not say again.
    pub(crate) fn at(mut self, at: impl Into<String>) -> Self {
        self.at = Some(at.into());
        self
    }

    /// What went wrong and where, in a line.
    pub(crate) fn line(&self) -> String {
        let place = [&self.path, &self.at].into_iter().flatten();
        place.chain([&self.message]).map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    /// Whether whoever read the output has gone.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.kind == "closed pipe"
    }
}

/// What the command line's grammar refused. Its own words are for a terminal: the message is their first paragraph, the
/// rest says what to do.
impl From<&clap::Error> for Failure {
    fn from(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        // A command alone, where it needs more, answers with its help.
        if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::usage("a command is missing").hint("`--help` names them");
        }
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut parts = text.split("\n\n").map(one_line).filter(|part| !part.is_empty());
        let message = parts.next().unwrap_or_default();
        let failure = Self::usage(message.strip_prefix("error: ").unwrap_or(&message));
        let hint: Vec<String> = parts.filter(|part| !part.starts_with("For more information")).collect();
        if hint.is_empty() { failure } else { failure.hint(hint.join("; ")) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let kind = if error.kind() == std::io::ErrorKind::BrokenPipe { "closed pipe" } else { "io" };
        Self::new(Exit::Failed, kind, error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        std::io::Error::from(error).into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::NoWorkspace => "no workspace",
            StoreError::Newer { .. } => "newer schema",
            StoreError::ReadOnly { .. } | StoreError::Unwritable { .. } => "read-only",
            StoreError::Foreign { .. } => "foreign file",
            StoreError::Busy { .. } => "busy",
            StoreError::Full { .. } => "disk full",
            StoreError::Damaged { .. } | StoreError::DamagedJournal { .. } => "damaged",
            StoreError::BadAct { .. } => "refused",
            StoreError::Io { .. } => "io",
            StoreError::Sqlite { .. } => "store",
        };
        Self::new(Exit::Failed, kind, error.to_string())
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let message = error.to_string();
        match error {
            ImportError::Store(error) => error.into(),
            ImportError::Empty => Self::new(Exit::Failed, "empty file", message),
            ImportError::Unknown { .. } => Self::new(Exit::Failed, "unknown format", message),
            ImportError::NoSuchFormat { .. } => Self::usage(message),
            ImportError::Source { path, why } => Self::usage(why).path(path.display().to_string()),
            ImportError::Stage(error) => error.into(),
            ImportError::Read(error) => {
                let kind = match &error {
                    ReadError::Io(_) => "io",
                    ReadError::Malformed { .. } => "malformed",
                    ReadError::Truncated { .. } => "truncated",
                    ReadError::TooDeep { .. } => "too deep",
                    ReadError::Unsupported(_) => "unsupported",
                    ReadError::Stopped(_) => "stopped",
                };
                let failure = |message: String| Self::new(Exit::Failed, kind, message);
                match error {
                    ReadError::Malformed { why, line, byte } => {
                        failure(why).at(format!("line {line}, byte {byte}"))
                    }
                    ReadError::Truncated { line, byte } => failure("the document ends in the middle".into())
                        .at(format!("line {line}, byte {byte}")),
                    ReadError::TooDeep { limit, byte } => {
                        failure(format!("nested more than {limit} levels deep")).at(format!("byte {byte}"))
                    }
                    ReadError::Io(_) | ReadError::Unsupported(_) | ReadError::Stopped(_) => failure(message),
                }
            }
        }
    }
}

impl From<ImportingError> for Failure {
    fn from(error: ImportingError) -> Self {
        let message = error.to_string();
        match error {
            ImportingError::Path { path, source } => {
                Self { exit: Exit::Failed, ..Self::from(source) }.path(path.display().to_string())
            }
            ImportingError::Hollow { path } => {
                Self::usage("holds no file to import").path(path.display().to_string())
            }
            ImportingError::Unknown { path } => {
                Self::new(Exit::Failed, "unknown format", "no reader knows any file in it")
                    .path(path.display().to_string())
            }
            ImportingError::Nameless => Self::usage(message),
            ImportingError::File { path, source } => Self::from(source).path(path.display().to_string()),
            ImportingError::Order(error) => error.into(),
            ImportingError::Store(error) => error.into(),
        }
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let message = error.to_string();
        match error {
            DeskError::Store(error) => error.into(),
            DeskError::NoSuchFinding(_) => Self::new(Exit::Usage, "unknown finding", message),
            DeskError::NoSuchCase(_) => Self::new(Exit::Usage, "unknown case", message),
            DeskError::NoSuchRemedy(_) => Self::new(Exit::Usage, "unknown remedy", message),
            DeskError::NoSuchRun(_) => Self::new(Exit::Usage, "unknown run", message),
            DeskError::Ambiguous { .. } => Self::new(Exit::Usage, "ambiguous", message),
            DeskError::Senseless(_) => Self::usage(message),
            DeskError::Missing(_) => Self::new(Exit::Failed, "internal", message),
            DeskError::Removal(RemoveError::Store(error)) => error.into(),
            DeskError::Removal(_) | DeskError::Refused(_) | DeskError::NoStep(_) => {
                Self::new(Exit::Failed, "refused", message)
            }
        }
    }
}

impl From<ModelsError> for Failure {
    fn from(error: ModelsError) -> Self {
        let message = error.to_string();
        match error {
            ModelsError::Infer(error) => error.into(),
            ModelsError::Desk(error) => error.into(),
            ModelsError::NoSuchModel { .. } => Self::new(Exit::Usage, "unknown model", message),
            ModelsError::BadName(_) => Self::usage(message),
            ModelsError::Taken(_)
            | ModelsError::BuiltIn(_)
            | ModelsError::InUse { .. }
            | ModelsError::Vacant(_)
            | ModelsError::NothingBefore(_)
            | ModelsError::Other { .. } => Self::new(Exit::Failed, "refused", message),
        }
    }
}

impl From<InferError> for Failure {
    fn from(error: InferError) -> Self {
        let kind = error.kind();
        if let InferError::Crashed { path, runtime, how, hint } = error {
            let message = format!("the {runtime} runtime did not survive the model: {how}");
            return Self::new(Exit::Failed, kind, message).path(path.display().to_string()).hint(hint);
        }
        let message = error.to_string();
        let Some(path) = error.path().map(|path| path.display().to_string()) else {
            return Self::new(Exit::Failed, kind, message);
        };
        // The path is told once, in its own place.
        let rest = message.strip_prefix(&path).map(|rest| rest.trim_start_matches([':', ' ']).to_owned());
        Self::new(Exit::Failed, kind, rest.unwrap_or(message)).path(path)
    }
}
