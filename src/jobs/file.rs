//! A file that is written whole or not at all, and that only its owner reads.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

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

/// A file beside a place, which goes where nobody moves it there. What is there is in the way unless it may be written
/// over.
pub(super) fn beside(place: &Path, overwrite: bool) -> io::Result<NamedTempFile> {
    if !overwrite && place.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    tempfile::Builder::new().prefix(".assize-").tempfile_in(folder)
}

/// Moves a file to its place, once all of it is on disk.
pub(super) fn put(file: NamedTempFile, place: &Path, overwrite: bool) -> io::Result<()> {
    file.as_file().sync_all()?;
    let moved = if overwrite { file.persist(place) } else { file.persist_noclobber(place) };
    moved.map(drop).map_err(|error| error.error)
}
