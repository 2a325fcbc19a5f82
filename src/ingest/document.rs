//! A document to import: a file, opened as often as a reader needs, decompressed and decoded on the way.
//!
//! Never maps a file into memory, because a file that shrinks under a map kills the process; a file that shrinks
//! under a read is an error with a place.

mod decode;
mod shape;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};

use self::decode::{Bounded, Identity, Whole, decoded};
pub use self::shape::{Shape, Top};
use super::json::Json;
use super::meter::{Meter, Metered};
use super::reader::ReadError;
use crate::domain::Digest;

/// How much of a document is looked at before the whole of it is.
const PREFIX: usize = 256 << 10;

/// How the names of spools begin.
const SPOOL: &str = "spool-";

/// A document, read as UTF-8 whatever it is stored as.
#[derive(Debug)]
pub struct Document {
    name: String,
    source: Source,
    /// Removes the spooled copy with the document, and holds its lock until then.
    spool: Option<tempfile::NamedTempFile>,
    /// Told of what is read, and asked whether it is still wanted.
    meter: Option<Arc<Meter>>,
}

#[derive(Debug)]
enum Source {
    File { path: PathBuf, identity: Identity, packing: Packing },
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Document {
    /// A regular file. A pipe, a device or a folder is refused without waiting on it.
    ///
    /// # Errors
    /// When it cannot be opened, is no regular file, or is an archive.
    pub fn file(path: &Path) -> Result<Self, ReadError> {
        let mut file = open_regular(path)?;
        let identity = Identity::of(&file)?;
        let mut magic = [0; 8];
        let got = read_up_to(&mut file, &mut magic)?;
        let packing = match magic.get(..got).unwrap_or_default() {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => {
                return Err(ReadError::Unsupported(
                    "is an archive: unpack it and import what is inside".into(),
                ));
            }
            _ => Packing::Plain,
        };
        Ok(Self {
            name: path.display().to_string(),
            source: Source::File { path: path.to_owned(), identity, packing },
            spool: None,
            meter: None,
        })
    }

    /// A document that is in memory already.
    #[must_use]
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), source: Source::Bytes(bytes.into()), spool: None, meter: None }
    }

    /// A stream that can be read but once, such as standard input, put into a file of its own in `folder` first.
    ///
    /// # Errors
    /// When it cannot be read or the file cannot be written.
    pub fn spooled(name: &str, mut input: impl Read, folder: &Path) -> Result<Self, ReadError> {
        sweep(folder);
        let mut file = tempfile::Builder::new().prefix(SPOOL).tempfile_in(folder)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(io::Error::from)?;
        io::copy(&mut input, &mut file)?;
        let mut document = Self::file(file.path())?;
        document.name = name.to_owned();
        document.spool = Some(file);
        Ok(document)
    }

    /// The same, whose reading a meter is told of.
    #[must_use]
    pub fn metered(mut self, meter: &Arc<Meter>) -> Self {
        self.meter = Some(Arc::clone(meter));
        self
    }

    /// What is told of its reading.
    pub(super) fn meter(&self) -> Option<&Meter> {
        self.meter.as_deref()
    }

    /// What to call it in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was last written; nothing where it is in memory.
    #[must_use]
    pub fn written(&self) -> Option<jiff::Timestamp> {
        match &self.source {
            Source::Bytes(_) => None,
            Source::File { identity, .. } => identity.modified.and_then(|time| time.try_into().ok()),
        }
    }

    /// Whether it is compressed.
    #[must_use]
    pub const fn is_packed(&self) -> bool {
        matches!(self.source, Source::File { packing: Packing::Gzip | Packing::Zstd, .. })
    }

    /// The hash and the length of its bytes as stored.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn digest(&self) -> Result<(Digest, u64), ReadError> {
        match &self.source {
            Source::Bytes(bytes) => Ok((Digest::of(bytes), bytes.len() as u64)),
            Source::File { path, identity, .. } => {
                let mut file = Metered { input: open_regular(path)?, meter: self.rewound(identity.length) };
                let mut hasher = blake3::Hasher::new();
                // A read of 1 MiB keeps BLAKE3's widest lanes busy; smaller ones halve its speed.
                let mut chunk = vec![0; 1 << 20];
                let mut length = 0;
                loop {
                    let got = file.read(&mut chunk)?;
                    if got == 0 {
                        break;
                    }
                    hasher.update(chunk.get(..got).unwrap_or_default());
                    length += got as u64;
                }
                if length != identity.length {
                    return Err(changed());
                }
                Ok((Digest::new(*hasher.finalize().as_bytes()), length))
            }
        }
    }

    /// Opens it from its beginning, as UTF-8 without a byte order mark.
    ///
    /// # Errors
    /// When it cannot be opened or is not what it was at first.
    pub fn open(&self) -> Result<Box<dyn Read + '_>, ReadError> {
        match &self.source {
            Source::Bytes(bytes) => decoded(Box::new(bytes.as_slice())),
            Source::File { path, identity, packing } => {
                let file = open_regular(path)?;
                if Identity::of(&file)? != *identity {
                    return Err(changed());
                }
                let meter = self.rewound(identity.length);
                let whole = Metered { input: Whole::new(file, *identity), meter };
                let unpacked: Box<dyn Read + '_> = match packing {
                    Packing::Plain => Box::new(whole),
                    Packing::Gzip => Box::new(Bounded::new(flate2::read::MultiGzDecoder::new(whole))),
                    Packing::Zstd => Box::new(Bounded::new(zstd::stream::read::Decoder::new(whole)?)),
                };
                decoded(unpacked)
            }
        }
    }

    /// The meter, told that the bytes are read from the first again.
    fn rewound(&self, length: u64) -> Option<&Meter> {
        let meter = self.meter();
        if let Some(meter) = meter {
            meter.rewind(length);
        }
        meter
    }

    /// Its JSON, from the beginning.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn json(&self) -> Result<Json<'_>, ReadError> {
        Ok(Json::new(self.open()?))
    }

    /// The whole text, for formats whose unit is the document. Refused over `limit` bytes; what is not UTF-8 is
    /// replaced.
    ///
    /// # Errors
    /// When it cannot be read or is over the limit.
    pub fn text(&self, limit: usize) -> Result<String, ReadError> {
        let mut bytes = Vec::new();
        self.open()?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(ReadError::Unsupported(format!(
                "is over {} MiB, too large for its format",
                limit >> 20
            )));
        }
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// What it looks like from outside, judged by its first part.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shape(&self) -> Result<Shape, ReadError> {
        let mut prefix = vec![0; PREFIX];
        let got = read_up_to(&mut self.open()?, &mut prefix)?;
        prefix.truncate(got);
        Ok(Shape::of_prefix(&prefix))
    }

    /// As [`Self::shape`], judged by all of it; for a document whose marks stand behind its claims.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn whole_shape(&self) -> Result<Shape, ReadError> {
        let mut shape = self.shape()?;
        if matches!(shape.top, Top::Object | Top::Array) {
            let mut json = self.json()?;
            // Broken further on: what was seen so far still tells the format, and the reader tells the place.
            let _ = shape.look(&mut json, "", 0);
        }
        Ok(shape)
    }
}

/// Removes spools whose process was killed: what a scanner said lies in them as it came, with the secrets it quotes.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_spool = entry.file_name().to_string_lossy().starts_with(SPOOL);
        let age = entry.metadata().and_then(|it| it.modified()).map(|it| it.elapsed().unwrap_or_default());
        // One that was made just now may not be locked yet.
        if !is_spool || age.map_or(true, |age| age < Duration::from_secs(10)) {
            continue;
        }
        let Ok(file) = open_regular(&entry.path()) else { continue };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // What cannot be removed now is met again by the next import.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn changed() -> ReadError {
    ReadError::Io(io::Error::other("it changed while it was read; import it again when its writer is done"))
}

fn open_regular(path: &Path) -> Result<File, ReadError> {
    // NONBLOCK: opening a pipe without a writer would wait for ever.
    let fd = rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )
    .map_err(io::Error::from)?;
    let file = File::from(fd);
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(ReadError::Unsupported("is a folder".into()));
    }
    if !kind.is_file() {
        return Err(ReadError::Unsupported(
            "is no regular file; pass a pipe's contents on standard input with `-`".into(),
        ));
    }
    Ok(file)
}

/// Fills as much of `buffer` as there is; short only at the end.
fn read_up_to(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

#[cfg(test)]
mod tests;
