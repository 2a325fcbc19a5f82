//! The model that comes with the program, as one of a workspace's: it is in no folder until it is loaded, then in a hidden one
//! that is named by its digest. An added model of the same name stands in its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::{InRole, ModelsError, Shelf, make_private};
use crate::infer::{InferError, MANIFEST, Role, SHIPPED, shipped, unpack_shipped};

/// What the folders' names begin with.
const HIDDEN: &str = ".built-in-";

impl Shelf {
    /// Whether a name is that of the model that comes with the program.
    pub(super) fn is_built_in(&self, name: &str) -> bool {
        name == SHIPPED && !self.folder.join(name).exists()
    }

    /// The one that is in a role where nobody put another there.
    pub(super) fn stands_in(&self, role: Role) -> Result<Option<InRole>, InferError> {
        let manifest = shipped()?;
        if manifest.role != role || !self.is_built_in(SHIPPED) {
            return Ok(None);
        }
        let digest = manifest.digest()?;
        Ok(Some(InRole { name: SHIPPED.to_owned(), digest, was: None, by: None }))
    }

    /// Has a model loaded from its folder. What is wrong with the files of the one that comes with the program is mended
    /// once, by writing them anew.
    pub(super) fn loaded<T>(
        &self,
        name: &str,
        load: impl Fn(&Path) -> Result<T, InferError>,
    ) -> Result<T, ModelsError> {
        let folder = self.folder(name)?;
        match load(&folder) {
            Err(error) if error.is_of_files() && self.is_built_in(name) => {
                fs::remove_dir_all(&folder)
                    .map_err(|source| InferError::Io { path: folder.clone(), source })?;
                Ok(load(&self.unpacked()?)?)
            }
            loaded => Ok(loaded?),
        }
    }

    /// The folder of the model that comes with the program, which is written where it is not there yet.
    pub(super) fn unpacked(&self) -> Result<PathBuf, ModelsError> {
        let digest = shipped()?.digest()?;
        let to = self.folder.join(format!("{HIDDEN}{}", digest.get(..16).unwrap_or(&digest)));
        if to.join(MANIFEST).is_file() {
            return Ok(to);
        }
        let io = |path: &std::path::Path| {
            let path = path.to_owned();
            move |source| InferError::Io { path, source }
        };
        make_private(&self.folder).map_err(io(&self.folder))?;
        let draft =
            tempfile::Builder::new().prefix(".adding-").tempdir_in(&self.folder).map_err(io(&self.folder))?;
        unpack_shipped(draft.path())?;
        // What another version of the program left is not asked any more.
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(HIDDEN) && entry.path() != to {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        if !to.join(MANIFEST).exists() {
            let _ = fs::remove_dir_all(&to);
        }
        match fs::rename(draft.path(), &to) {
            Ok(()) => {
                let _ = draft.keep();
            }
            // Another process was as quick.
            Err(_) if to.join(MANIFEST).is_file() => {}
            Err(source) => return Err(io(&to)(source).into()),
        }
        Ok(to)
    }
}
