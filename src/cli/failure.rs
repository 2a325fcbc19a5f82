//! An error as the command line tells it: a kind, a message, where, and what to do next.

use serde::Serialize;

use super::Exit;
use crate::ingest::ImportError;
use crate::ingest::reader::ReadError;
use crate::jobs::DeskError;
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

    /// Whether whoever read the output has gone.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.kind == "closed pipe"
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
                let at = match &error {
                    ReadError::Malformed { line, byte, .. } | ReadError::Truncated { line, byte } => {
                        Some(format!("line {line}, byte {byte}"))
                    }
                    ReadError::TooDeep { byte, .. } => Some(format!("byte {byte}")),
                    _ => None,
                };
                Self { at, ..Self::new(Exit::Failed, kind, message) }
            }
        }
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let message = error.to_string();
        match error {
            DeskError::Store(error) => error.into(),
            DeskError::NoSuchCase(_) | DeskError::Ambiguous { .. } => {
                Self::new(Exit::Usage, "unknown case", message)
            }
            DeskError::NoSuchFinding(_) => Self::new(Exit::Usage, "unknown finding", message),
            DeskError::OneCase => Self::usage(message),
            DeskError::Missing(_) => Self::new(Exit::Failed, "internal", message),
            DeskError::Refused(_) => Self::new(Exit::Failed, "refused", message),
        }
    }
}
