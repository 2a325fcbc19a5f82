//! A file that is written whole or not at all, and that only its owner reads.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::TempPath;

use crate::dataset::nameless::{name, nameless};

/// Hashes what is written.
pub(super) struct Hashed<'w> {
    out: &'w mut dyn Write,
    hash: Sha256,
}

impl<'w> Hashed<'w> {
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        Self { out, hash: Sha256::new() }
    }

    pub(super) fn sha256(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file that is not at its place yet.
#[derive(Debug)]
pub(super) struct Beside {
    file: File,
    /// Its name meanwhile, where the system has no files without one.
    named: Option<TempPath>,
}

impl Beside {
    pub(super) const fn as_file_mut(&mut self) -> &mut File {
        &mut self.file
    }
}

/// A file beside a place, which goes where nobody moves it there. What is there is in the way unless it may be written
/// over.
pub(super) fn beside(place: &Path, overwrite: bool) -> io::Result<Beside> {
    if !overwrite && place.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let folder = folder_of(place);
    fs::create_dir_all(folder)?;
    if let Ok(file) = nameless(folder) {
        return Ok(Beside { file, named: None });
    }
    let (file, named) = prefixed().tempfile_in(folder)?.into_parts();
    Ok(Beside { file, named: Some(named) })
}

/// Moves a file to its place, once all of it is on disk.
pub(super) fn put(beside: Beside, place: &Path, overwrite: bool) -> io::Result<()> {
    let Beside { file, named } = beside;
    file.sync_all()?;
    let named = match named {
        Some(named) => named,
        None => match name(&file, place) {
            // A name is never taken from what has it: it gets one of its own, and is moved.
            Err(error) if overwrite && error.kind() == io::ErrorKind::AlreadyExists => {
                prefixed().make_in(folder_of(place), |path| name(&file, path))?.into_temp_path()
            }
            named => return named,
        },
    };
    let moved = if overwrite { named.persist(place) } else { named.persist_noclobber(place) };
    moved.map_err(|error| error.error)
}

fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn prefixed() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".assize-");
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_being_written_has_no_name_and_ends_with_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out");
        let seen = || fs::read_dir(folder.path()).unwrap().count();
        for overwrite in [false, true, true] {
            let before = seen();
            let mut file = beside(&place, overwrite).unwrap();
            file.as_file_mut().write_all(b"whole").unwrap();
            assert_eq!(seen(), before, "a program that is killed here leaves nothing");
            put(file, &place, overwrite).unwrap();
            assert_eq!((seen(), fs::read(&place).unwrap().as_slice()), (1, &b"whole"[..]));
        }
        assert_eq!(beside(&place, false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn what_came_to_be_at_the_place_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out");
        let file = beside(&place, false).unwrap();
        fs::write(&place, "another's").unwrap();
        assert_eq!(put(file, &place, false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&place).unwrap(), b"another's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
