//! The folder that holds `.assize/`.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::StoreError;

/// The hidden folder's name.
const FOLDER: &str = ".assize";

/// A workspace: a folder with `.assize/` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace at `root`, which must be one.
    ///
    /// # Errors
    /// When it is none.
    pub fn at(root: &Path) -> Result<Self, StoreError> {
        if root.join(FOLDER).is_dir() {
            Ok(Self { root: root.to_owned() })
        } else {
            Err(StoreError::NoWorkspace)
        }
    }

    /// The nearest workspace from `start` upward.
    #[must_use]
    pub fn above(start: &Path) -> Option<Self> {
        start
            .ancestors()
            .find(|folder| folder.join(FOLDER).is_dir())
            .map(|root| Self { root: root.to_owned() })
    }

    /// Makes `root` a workspace if it is none yet. The folder is readable by its owner alone, and git ignores it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        let folder = root.join(FOLDER);
        let io = |source| StoreError::Io { path: folder.clone(), source };
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(io(error)),
        }
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&ignore)
                .map_err(io)?;
            io::Write::write_all(&mut file, b"*\n").map_err(io)?;
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Takes back a workspace just made, with all that is in it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self) -> Result<(), StoreError> {
        let folder = self.root.join(FOLDER);
        fs::remove_dir_all(&folder).map_err(|source| StoreError::Io { path: folder, source })
    }

    /// The folder that holds `.assize/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether this user may write here; else it can be looked at and nothing be decided.
    #[must_use]
    pub fn may_be_written(&self) -> bool {
        let may = |path: &Path, access| rustix::fs::access(path, access).is_ok();
        let journal = self.file("journal.db");
        may(&self.root.join(FOLDER), Access::WRITE_OK | Access::EXEC_OK)
            && (!journal.exists() || may(&journal, Access::WRITE_OK))
    }

    /// A file inside `.assize/`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(FOLDER).join(name)
    }
}
