//! What can go wrong with a store, each with what to do about it.

use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No workspace was found.
    #[error("holds no workspace: `assize import` makes one, `--workspace DIR` names another")]
    NoWorkspace,
    /// The file was written by a later program.
    #[error("{} has schema {found}, this program knows up to {known}: use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The program's.
        known: u32,
    },
    /// The file may not be written by this user, or lies on a disk that may not.
    #[error("{} may not be written; nothing was changed", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file may not be written and cannot be read as it lies there.
    #[error("{} may not be written, and must be once before it can be read: copy the workspace to where it may", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
    },
    /// The file is not one of ours.
    #[error("{} is not a file of this program: move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another process holds the lock.
    #[error("another process is writing to {}; try again when it is done", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk with {} is full; nothing was changed", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Something in the file contradicts the schema's comments.
    #[error("{} is damaged: {why}; move it away and import again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What contradicts.
        why: String,
    },
    /// Something in the journal contradicts the schema's comments. It cannot be made again: never say throw it away.
    #[error("{} is damaged: {why}; keep it and see `assize journal verify`", path.display())]
    DamagedJournal {
        /// The file.
        path: PathBuf,
        /// What contradicts.
        why: String,
    },
    /// The act means nothing.
    #[error("nothing was written: {why}")]
    BadAct {
        /// Why not.
        why: String,
    },
    /// The operating system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        source: std::io::Error,
    },
    /// SQLite said no.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Its words.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// Sorts SQLite's errors into those that a person can act on.
    pub(super) fn sqlite(path: &std::path::Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::Busy { path }
            }
            Some(rusqlite::ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full { path },
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged { path, why: source.to_string() },
            _ => Self::Sqlite { path, source },
        }
    }

    /// What may not be written is told from what went wrong otherwise.
    pub(super) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path }
            }
            _ => Self::Io { path, source },
        }
    }

    /// To read it, it would have to be written first.
    pub(super) fn while_reading(self) -> Self {
        match self {
            Self::ReadOnly { path } => Self::Unwritable { path },
            other => other,
        }
    }
}
