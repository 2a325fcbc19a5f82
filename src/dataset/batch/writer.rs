//! Writes a batch: rows as they come, each split into a file of its own, then the card, the manifest and its signature.
//!
//! Everything goes into files without a name, which vanish with the program, however that ends; once all of it is on disk
//! they get their names in a folder beside the batch's place, which is moved there. Where the system has no such files the
//! folder is there from the beginning. Only its owner can read it, and a writer that is dropped takes away what it wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::manifest::{FileEntry, MANIFEST, Manifest, PUBLIC_KEY, SIGNATURE};
use super::sign::{Key, hex};
use super::split::Split;
use super::table::{Table, TableError};
use super::{Encoding, Format};
use crate::dataset::nameless::{name, nameless};

/// Why a batch could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is something already.
    #[error("{} is there already and is not empty: name another folder", .0.display())]
    There(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// A row is no JSON.
    #[error("a sample cannot be written: {0}")]
    Row(#[from] serde_json::Error),
    /// A row cannot be written into a table.
    #[error("{}: {source}", path.display())]
    Table {
        /// The table's file.
        path: PathBuf,
        /// Why not.
        source: TableError,
    },
}

/// A batch on its way to the disk.
#[derive(Debug)]
pub struct BatchWriter {
    place: PathBuf,
    /// Beside the place.
    folder: PathBuf,
    /// Where both are; `None` where files have names from the beginning.
    nameless_in: Option<PathBuf>,
    /// Files that have no name yet.
    unnamed: Vec<(String, File)>,
    files: BTreeMap<Split, (PathBuf, Rows)>,
    /// The row that is being written.
    line: Vec<u8>,
    entries: Vec<FileEntry>,
    done: bool,
}

/// A file that is hashed while it is written.
#[derive(Debug)]
struct Hashed {
    name: String,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

/// A split's rows on their way into its file.
#[derive(Debug)]
enum Rows {
    Lines(Hashed),
    Table(Box<Table<Hashed>>),
}

impl Rows {
    fn finish(self, path: &Path) -> Result<Hashed, WriteError> {
        match self {
            Self::Lines(file) => Ok(file),
            Self::Table(table) => {
                table.finish().map_err(|source| WriteError::Table { path: path.to_owned(), source })
            }
        }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Hashed {
    fn create(folder: &Path, nameless_in: Option<&Path>, name: &str) -> Result<Self, WriteError> {
        let path = folder.join(name);
        let file = match nameless_in {
            Some(parent) => nameless(parent),
            None => fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path),
        };
        let file = file.map_err(|source| WriteError::Io { path, source })?;
        let file = BufWriter::with_capacity(256 << 10, file);
        Ok(Self { name: name.to_owned(), file, hash: Sha256::new(), bytes: 0 })
    }

    fn finish(self, folder: &Path) -> Result<(FileEntry, File), WriteError> {
        let path = folder.join(&self.name);
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error);
        let file = file.and_then(|file| file.sync_all().map(|()| file));
        let file = file.map_err(|source| WriteError::Io { path, source })?;
        Ok((FileEntry { path: self.name, bytes: self.bytes, sha256: hex(&self.hash.finalize()) }, file))
    }
}

fn make_folder(path: &Path) -> Result<(), WriteError> {
    let made = fs::DirBuilder::new().mode(0o700).create(path);
    made.map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

impl BatchWriter {
    /// A batch that will be at a place where nothing is yet. What an export that was ended from outside left beside it, by
    /// the same `mark`, is taken away: whoever calls sees to it that no other by this mark is under way.
    ///
    /// # Errors
    /// When something is there, or the folder cannot be made.
    pub fn new(place: &Path, mark: &str, (format, encoding): (Format, Encoding)) -> Result<Self, WriteError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| WriteError::Io { path, source }
        };
        match fs::read_dir(place) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(WriteError::There(place.to_owned()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(WriteError::There(place.to_owned()));
            }
            Err(error) => return Err(io(place)(error)),
        }
        let parent = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(io(&parent))?;
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = parent.join(format!(".{name}.partial-{mark}"));
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(&folder)(error)),
            _ => {}
        }
        let can = nameless(&parent).is_ok();
        let mut writer = Self {
            place: place.to_owned(),
            folder: folder.clone(),
            nameless_in: can.then_some(parent),
            unnamed: Vec::new(),
            files: BTreeMap::new(),
            line: Vec::new(),
            entries: Vec::new(),
            done: false,
        };
        if writer.nameless_in.is_none() {
            writer.make_folders()?;
        }
        for split in Split::ALL {
            let name = format!("data/{}.{}", split.word(), encoding.word());
            let file = Hashed::create(&folder, writer.nameless_in.as_deref(), &name)?;
            let path = folder.join(name);
            let rows = match encoding {
                Encoding::Jsonl => Rows::Lines(file),
                Encoding::Parquet => match Table::new(format, file) {
                    Ok(table) => Rows::Table(Box::new(table)),
                    Err(source) => return Err(WriteError::Table { path, source }),
                },
            };
            writer.files.insert(split, (path, rows));
        }
        Ok(writer)
    }

    fn make_folders(&self) -> Result<(), WriteError> {
        make_folder(&self.folder)?;
        make_folder(&self.folder.join("data"))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn row(&mut self, split: Split, row: &impl Serialize) -> Result<(), WriteError> {
        let Some((path, rows)) = self.files.get_mut(&split) else { return Ok(()) };
        match rows {
            Rows::Lines(file) => {
                // A line at a time: written token by token, hashing and copying cost as much as making the row.
                self.line.clear();
                serde_json::to_writer(&mut self.line, row)?;
                self.line.push(b'\n');
                file.write_all(&self.line).map_err(|source| WriteError::Io { path: path.clone(), source })
            }
            Rows::Table(table) => {
                table.row(row).map_err(|source| WriteError::Table { path: path.clone(), source })
            }
        }
    }

    /// Brings the data to disk, and writes the card, the manifest and its signature; the batch is not at its place yet. Gives
    /// the SHA-256 of the manifest.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn seal(&mut self, mut manifest: Manifest, card: &str, key: &Key) -> Result<String, WriteError> {
        for (path, rows) in std::mem::take(&mut self.files).into_values() {
            let (entry, file) = rows.finish(&path)?.finish(&self.folder)?;
            self.unnamed.push((entry.path.clone(), file));
            self.entries.push(entry);
        }
        let (folder, nameless_in) = (self.folder.clone(), self.nameless_in.clone());
        let unnamed = &mut self.unnamed;
        let mut write = |name: &str, bytes: &[u8]| {
            let mut file = Hashed::create(&folder, nameless_in.as_deref(), name)?;
            let path = folder.join(name);
            file.write_all(bytes).map_err(|source| WriteError::Io { path, source })?;
            let (entry, file) = file.finish(&folder)?;
            unnamed.push((name.to_owned(), file));
            Ok::<_, WriteError>(entry)
        };
        let card = write("README.md", card.as_bytes())?;
        self.entries.push(card);
        self.entries.sort_by(|one, other| one.path.cmp(&other.path));
        manifest.files.clone_from(&self.entries);
        let mut text = serde_json::to_string_pretty(&manifest)?;
        text.push('\n');
        let written = write(MANIFEST, text.as_bytes())?;
        write(SIGNATURE, format!("{}\n", key.sign(text.as_bytes())).as_bytes())?;
        write(PUBLIC_KEY, format!("{}\n", key.public()).as_bytes())?;
        Ok(written.sha256)
    }

    /// Moves the batch to its place.
    ///
    /// # Errors
    /// When something has come to be there.
    pub fn finish(mut self) -> Result<(), WriteError> {
        let unnamed = std::mem::take(&mut self.unnamed);
        if self.nameless_in.is_some() {
            self.make_folders()?;
            for (own, file) in unnamed {
                let path = self.folder.join(own);
                name(&file, &path).map_err(|source| WriteError::Io { path, source })?;
            }
        }
        for folder in ["data", ""] {
            let path = self.folder.join(folder);
            let synced = File::open(&path).and_then(|folder| folder.sync_all());
            synced.map_err(|source| WriteError::Io { path, source })?;
        }
        let moved = fs::rename(&self.folder, &self.place);
        moved.map_err(|source| WriteError::Io { path: self.place.clone(), source })?;
        self.done = true;
        Ok(())
    }
}

impl Drop for BatchWriter {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn an_export_that_is_ended_from_outside_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("batch");
        let seen = || fs::read_dir(parent.path()).unwrap().count();
        let mut writer = BatchWriter::new(&place, "mark", (Format::Labels, Encoding::Jsonl)).unwrap();
        writer.row(Split::Train, &serde_json::json!({"a": 1})).unwrap();
        assert_eq!(seen(), 0, "nothing has a name yet");
        // As a kill does: nothing is called on the way out.
        std::mem::forget(writer);
        assert_eq!(seen(), 0);
        let again = BatchWriter::new(&place, "mark", (Format::Labels, Encoding::Jsonl)).unwrap();
        drop(again);
        assert_eq!(seen(), 0);
    }
}
