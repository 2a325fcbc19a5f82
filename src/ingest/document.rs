//! A document to import: a file, opened as often as a reader needs, decompressed and decoded on the way.
//!
//! Never maps a file into memory, because a file that shrinks under a map kills the process; a file that shrinks
//! under a read is an error with a place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::OFlags;

use super::json::{Json, Kind};
use super::reader::ReadError;
use crate::domain::Digest;

/// How much of a document is looked at before the whole of it is.
const PREFIX: usize = 256 << 10;
/// A document may not unpack to more than this; it bounds a bomb's time, memory is bounded anyway.
const UNPACKED_LIMIT: u64 = 64 << 30;
/// How deep a shape looks.
const SHAPE_DEPTH: usize = 7;
/// How many keys of an inner object a shape looks at.
const SHAPE_CHILDREN: usize = 64;
/// How many keys a shape keeps, about.
const SHAPE_KEYS: usize = 4096;
/// How many elements of an array a shape looks into.
const SHAPE_ELEMENTS: usize = 8;

/// A document, read as UTF-8 whatever it is stored as.
#[derive(Debug)]
pub struct Document {
    name: String,
    source: Source,
    /// Removes the spooled copy with the document.
    spool: Option<tempfile::TempPath>,
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

/// What must not change between two readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    length: u64,
    modified: Option<SystemTime>,
}

impl Identity {
    fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self { length: meta.len(), modified: meta.modified().ok() })
    }
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
        })
    }

    /// A document that is in memory already.
    #[must_use]
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), source: Source::Bytes(bytes.into()), spool: None }
    }

    /// A stream that can be read but once, such as standard input, put into a file of its own in `folder` first.
    ///
    /// # Errors
    /// When it cannot be read or the file cannot be written.
    pub fn spooled(name: &str, mut input: impl Read, folder: &Path) -> Result<Self, ReadError> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        io::copy(&mut input, &mut file)?;
        let mut document = Self::file(file.path())?;
        document.name = name.to_owned();
        document.spool = Some(file.into_temp_path());
        Ok(document)
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

    /// The hash and the length of its bytes as stored.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn digest(&self) -> Result<(Digest, u64), ReadError> {
        match &self.source {
            Source::Bytes(bytes) => Ok((Digest::of(bytes), bytes.len() as u64)),
            Source::File { path, identity, .. } => {
                let mut file = open_regular(path)?;
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
                let whole = Whole { file, identity: *identity, read: 0 };
                let unpacked: Box<dyn Read> = match packing {
                    Packing::Plain => Box::new(whole),
                    Packing::Gzip => Box::new(Bounded::new(flate2::read::MultiGzDecoder::new(whole))),
                    Packing::Zstd => Box::new(Bounded::new(zstd::stream::read::Decoder::new(whole)?)),
                };
                decoded(unpacked)
            }
        }
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

/// A file that must stay as long as it was.
struct Whole {
    file: File,
    identity: Identity,
    read: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer)?;
        self.read += got as u64;
        if got == 0 && !buffer.is_empty() {
            let at = self.file.stream_position()?;
            if at < self.identity.length {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("it was cut to {at} of {} bytes while it was read", self.identity.length),
                ));
            }
            if Identity::of(&self.file)? != self.identity {
                return Err(io::Error::other(
                    "it changed while it was read; import it again when its writer is done",
                ));
            }
        }
        Ok(got)
    }
}

/// Unpacked bytes up to the limit.
struct Bounded<R> {
    input: R,
    left: u64,
}

impl<R> Bounded<R> {
    fn new(input: R) -> Self {
        Self { input, left: UNPACKED_LIMIT }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer).map_err(|error| {
            io::Error::new(error.kind(), format!("the compressed data is damaged or cut short: {error}"))
        })?;
        self.left = self.left.checked_sub(got as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {} GiB", UNPACKED_LIMIT >> 30))
        })?;
        Ok(got)
    }
}

/// Makes UTF-8 of what may be UTF-16, and drops a byte order mark.
fn decoded<'a>(mut input: Box<dyn Read + 'a>) -> Result<Box<dyn Read + 'a>, ReadError> {
    let mut mark = [0; 4];
    let got = read_up_to(&mut input, &mut mark)?;
    let head = mark.get(..got).unwrap_or_default();
    let (encoding, skip) = match head {
        [0xef, 0xbb, 0xbf, ..] => (None, 3),
        [0xff, 0xfe, ..] => (Some(encoding_rs::UTF_16LE), 2),
        [0xfe, 0xff, ..] => (Some(encoding_rs::UTF_16BE), 2),
        // Without a mark: JSON and XML begin with ASCII, so a zero byte tells (RFC 4627, section 3).
        [b'{' | b'[' | b'<' | b' ' | b'\n' | b'\r', 0, ..] => (Some(encoding_rs::UTF_16LE), 0),
        [0, b'{' | b'[' | b'<' | b' ' | b'\n' | b'\r', ..] => (Some(encoding_rs::UTF_16BE), 0),
        _ => (None, 0),
    };
    let rest = io::Cursor::new(head.get(skip..).unwrap_or_default().to_vec()).chain(input);
    Ok(match encoding {
        None => Box::new(rest),
        Some(encoding) => Box::new(Transcoded {
            input: rest,
            decoder: encoding.new_decoder_without_bom_handling(),
            encoded: vec![0; 64 << 10],
            // UTF-16 grows by half at most; the decoder asks for a little more room than that.
            text: vec![0; 128 << 10],
            from: 0,
            to: 0,
            ended: false,
        }),
    })
}

/// UTF-16 read as UTF-8.
struct Transcoded<R> {
    input: R,
    decoder: encoding_rs::Decoder,
    encoded: Vec<u8>,
    text: Vec<u8>,
    from: usize,
    to: usize,
    ended: bool,
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.from == self.to && !self.ended {
            let got = self.input.read(&mut self.encoded)?;
            self.ended = got == 0;
            let encoded = self.encoded.get(..got).unwrap_or_default();
            let (_, _, written, _) = self.decoder.decode_to_utf8(encoded, &mut self.text, self.ended);
            (self.from, self.to) = (0, written);
        }
        let ready = self.text.get(self.from..self.to).unwrap_or_default();
        let take = ready.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(ready) {
            *to = *from;
        }
        self.from += take;
        Ok(take)
    }
}

/// What a document is at its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Top {
    /// No content but white space.
    Empty,
    /// One JSON object.
    Object,
    /// One JSON array.
    Array,
    /// XML; the root element's name without its prefix, and its namespace.
    Xml(String, String),
    /// Anything else.
    Text,
}

/// The outline by which readers recognise their format: which keys there are, and a few short texts.
#[derive(Debug, Clone)]
pub struct Shape {
    /// What it is at its top.
    pub top: Top,
    /// The first part of the text.
    pub prefix: String,
    keys: BTreeSet<String>,
    texts: BTreeMap<String, String>,
    /// Top-level JSON values seen, up to three; more than one is JSON Lines.
    pub values: usize,
    /// True when the top-level array or object has no elements at all.
    pub hollow: bool,
}

impl Shape {
    /// The shape of a document's beginning.
    #[must_use]
    pub fn of_prefix(bytes: &[u8]) -> Self {
        let prefix = String::from_utf8_lossy(bytes).into_owned();
        let start = prefix.trim_start();
        let top = match start.bytes().next() {
            None => Top::Empty,
            Some(b'{') => Top::Object,
            Some(b'[') => Top::Array,
            Some(b'<') => xml_root(start).map_or(Top::Text, |(name, namespace)| Top::Xml(name, namespace)),
            Some(_) => Top::Text,
        };
        let mut shape =
            Self { top, prefix, keys: BTreeSet::new(), texts: BTreeMap::new(), values: 0, hollow: false };
        if matches!(shape.top, Top::Object | Top::Array) {
            let mut json = Json::new(Box::new(bytes));
            let mut whole = true;
            while shape.values < 3 {
                // An error is the prefix's end, or the reader's to report.
                let more = json.at_end().map(|end| !end).unwrap_or(false);
                if !more {
                    break;
                }
                shape.values += 1;
                if shape.look(&mut json, "", 0).is_err() {
                    whole = false;
                    break;
                }
            }
            shape.hollow =
                whole && shape.keys.is_empty() && shape.values == 1 && json.at_end().unwrap_or(false);
        }
        shape
    }

    /// Whether a key path was seen: `runs[].tool.driver.name`, `[].filePath`; `[]` for any element.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.keys.contains(path)
    }

    /// A short text at a path, where one was seen; the first wins.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    fn look(&mut self, json: &mut Json<'_>, path: &str, depth: usize) -> Result<(), ReadError> {
        if depth >= SHAPE_DEPTH {
            return json.skip();
        }
        match json.kind()? {
            Kind::Object => {
                let mut children = 0;
                json.object(|json, key| {
                    children += 1;
                    // Data for keys, one per file or package, is no mark of a format and must not fill the memory;
                    // a key of a million letters is none either. Top-level keys all count.
                    if key.len() > 100 || (depth > 0 && children > SHAPE_CHILDREN) || children > SHAPE_KEYS {
                        return json.skip();
                    }
                    let inner = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    self.keys.insert(inner.clone());
                    if depth > 0 || self.keys.len() < SHAPE_KEYS {
                        self.look(json, &inner, depth + 1)
                    } else {
                        json.skip()
                    }
                })?;
            }
            Kind::Array => {
                let inner = format!("{path}[]");
                json.array(|json, index| {
                    self.keys.insert(inner.clone());
                    if index < SHAPE_ELEMENTS { self.look(json, &inner, depth + 1) } else { json.skip() }
                })?;
            }
            Kind::Text => {
                let text = json.raw()?.map(|raw| raw.bytes().len() < 300).unwrap_or(false);
                if text && let Ok(text) = serde_json::from_slice::<String>(json.last_raw()) {
                    self.texts.entry(path.to_owned()).or_insert(text);
                }
            }
            _ => json.skip()?,
        }
        Ok(())
    }
}

/// The name and the namespace of an XML document's first element.
fn xml_root(text: &str) -> Option<(String, String)> {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(root) | quick_xml::events::Event::Empty(root) => {
                let name = root.local_name().as_ref().to_owned();
                let namespace = root
                    .attributes()
                    .flatten()
                    .find(|attribute| {
                        attribute.key.as_ref() == "xmlns" || attribute.key.as_ref().starts_with("xmlns:")
                    })
                    .map(|attribute| attribute.value.into_owned())
                    .unwrap_or_default();
                return Some((name, namespace));
            }
            quick_xml::events::Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &Document) -> String {
        let mut text = String::new();
        document.open().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn marks_and_utf16_are_read_as_plain_utf8() {
        let text = "{\"a\":\"é😀\"}";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            with(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            with(&[0xff, 0xfe], &le),
            with(&[0xfe, 0xff], &be),
            le.clone(),
            be.clone(),
        ] {
            assert_eq!(read(&Document::bytes("x", bytes)), text);
        }
    }

    #[test]
    fn a_shape_names_keys_texts_and_lines() {
        let shape = Shape::of_prefix(
            br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]} "#,
        );
        assert!(shape.has("runs[].tool.driver.name") && shape.has("runs[].results") && !shape.has("results"));
        assert_eq!(shape.text("version"), Some("2.1.0"));
        assert_eq!(shape.values, 1);
        assert_eq!(Shape::of_prefix(b"{\"a\":1}\n{\"a\":2}\n").values, 2);
        assert!(Shape::of_prefix(b" [] ").hollow && Shape::of_prefix(b"{}").hollow);
        assert!(!Shape::of_prefix(b"[1]").hollow && !Shape::of_prefix(b"{\"a\":").hollow);
        assert_eq!(Shape::of_prefix(b"  \n").top, Top::Empty);
        let xml =
            Shape::of_prefix(b"<?xml version='1.0'?><!-- x --><b:bom xmlns:b=\"http://b\"><a/></b:bom>");
        assert_eq!(xml.top, Top::Xml("bom".into(), "http://b".into()));
    }

    #[test]
    fn a_file_that_shrinks_between_readings_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "[1,2,3]").unwrap();
        let document = Document::file(&path).unwrap();
        assert_eq!(read(&document), "[1,2,3]");
        std::fs::write(&path, "[1").unwrap();
        assert!(matches!(document.open(), Err(ReadError::Io(_))));
        assert!(matches!(document.digest(), Err(ReadError::Io(_))));
    }

    #[test]
    fn compressed_files_are_unpacked_and_damaged_ones_refused() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"[1]").unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(&b"[1]"[..], 1).unwrap();
        for (index, packed) in [gzip.clone(), zstd].into_iter().enumerate() {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, packed).unwrap();
            assert_eq!(read(&Document::file(&path).unwrap()), "[1]");
        }
        let path = folder.path().join("cut");
        std::fs::write(&path, &gzip[..gzip.len() - 6]).unwrap();
        let error = Document::file(&path).unwrap().text(100).unwrap_err();
        assert!(error.to_string().contains("cut short"), "{error}");
    }

    #[test]
    fn folders_pipes_and_archives_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Document::file(folder.path()), Err(ReadError::Unsupported(_))));
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .unwrap();
        assert!(matches!(Document::file(&pipe), Err(ReadError::Unsupported(_))));
        let zip = folder.path().join("zip");
        std::fs::write(&zip, b"PK\x03\x04rest").unwrap();
        assert!(matches!(Document::file(&zip), Err(ReadError::Unsupported(_))));
    }
}
