//! Journals of reviewers who worked apart: a copy to hand on, and copies taken in.
//!
//! A copy is a line of JSON that says which chains it holds and how far, and a line for each entry as it was sealed. Copies
//! are taken in all or none; what is here already is left alone, so that taking one in twice, or several in any order, comes
//! to the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::desk::{Desk, DeskError};
use super::file::{beside, put};
use crate::ledger::{Broken, ChainId, Flaw, Head, Sealed};
use crate::store::{Journal, StoreError};

/// The version of a copy's lines.
const SCHEMA: u32 = 1;
/// A line longer than this is no entry: a verdict on a million cases has a few hundred megabytes.
const LONGEST: u64 = 1 << 30;

/// The first line of a copy.
#[derive(Debug, Serialize, Deserialize)]
struct First {
    /// The file's kind, by which it is known.
    assize: String,
    /// The version of its lines.
    schema: u32,
    /// How far it goes.
    heads: Vec<Head>,
}

/// What came of taking copies in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// The copies, and how many entries each has.
    pub files: Vec<JoinedFile>,
    /// Entries that were not here before.
    pub new: u64,
}

/// A copy that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JoinedFile {
    /// Its file.
    pub path: String,
    /// Its entries.
    pub entries: u64,
}

/// Why a copy was not written or taken in.
#[derive(Debug, thiserror::Error)]
pub enum JournalsError {
    /// There is something already.
    #[error("is there already: name another file")]
    There(PathBuf),
    /// It is no copy of a journal, or not all of one.
    #[error("{why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line; 0: the whole file.
        line: u64,
        /// Why not.
        why: String,
    },
    /// A chain is not whole, or was continued from two copies.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// Whoever reads the output has gone.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The desk failed.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<StoreError> for JournalsError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Desk {
    /// Writes a copy of the journal; gives how many entries it has.
    ///
    /// # Errors
    /// When the journal cannot be read, a chain of it is broken, or the copy cannot be written.
    pub fn copy_journal(&self, out: &mut dyn Write) -> Result<u64, JournalsError> {
        let heads = self.journal.as_ref().map_or(Ok(Vec::new()), Journal::heads)?;
        let first = First { assize: "journal".to_owned(), schema: SCHEMA, heads };
        let mut line = |line: String| out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n"));
        line(json(&first)?)?;
        let mut ends: BTreeMap<ChainId, Head> = BTreeMap::new();
        let mut entries = 0;
        let Some(journal) = &self.journal else { return Ok(0) };
        journal.entries(|sealed| -> Result<(), JournalsError> {
            let head = ends.entry(sealed.header.chain).or_insert_with(|| Head::start(sealed.header.chain));
            // A broken chain would be refused wherever it is taken in.
            crate::ledger::check(head, &sealed).map_err(|why| Broken {
                chain: sealed.header.chain,
                position: head.count,
                why,
            })?;
            *head = sealed.head();
            entries += 1;
            Ok(line(json(&sealed)?)?)
        })?;
        Ok(entries)
    }

    /// Writes a copy of the journal into a file.
    ///
    /// # Errors
    /// As [`Self::copy_journal`], and when something is there.
    pub fn copy_journal_into(&self, place: &Path) -> Result<u64, JournalsError> {
        let io = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => JournalsError::There(place.to_owned()),
            _ => JournalsError::Io { path: place.to_owned(), source },
        };
        let mut file = beside(place, false).map_err(io)?;
        let entries = {
            let mut out = io::BufWriter::with_capacity(256 << 10, file.as_file_mut());
            let entries = self.copy_journal(&mut out)?;
            out.flush().map_err(io)?;
            entries
        };
        put(file, place, false).map_err(io)?;
        Ok(entries)
    }

    /// Takes copies in, all or none, and brings the cases in line with what was split and merged elsewhere.
    ///
    /// # Errors
    /// When one is no copy of a journal or not all of one, or a chain is not whole or was continued from two copies; then
    /// nothing changed.
    pub fn join_journals(&mut self, files: &[PathBuf]) -> Result<Joined, JournalsError> {
        let counts: RefCell<Vec<u64>> = RefCell::new(vec![0; files.len()]);
        let mut journal = self.journal_to_write()?;
        let lines = files.iter().enumerate().flat_map(|(at, path)| match Copy::open(path) {
            Ok(copy) => Either::Copy(copy, at, &counts),
            Err(error) => Either::Failed(Some(error)),
        });
        let new = journal.take_in(lines)?;
        self.journal = Some(journal);
        if new > 0 && self.findings.is_some() {
            self.reshape()?;
        }
        let files = files.iter().zip(counts.into_inner());
        let files =
            files.map(|(path, entries)| JoinedFile { path: path.display().to_string(), entries }).collect();
        Ok(Joined { files, new })
    }
}

fn json(value: &impl Serialize) -> Result<String, io::Error> {
    Ok(serde_json::to_string(value)?)
}

/// The entries of one file, or why it cannot be read.
enum Either<'c> {
    Copy(Copy, usize, &'c RefCell<Vec<u64>>),
    Failed(Option<JournalsError>),
}

impl Iterator for Either<'_> {
    type Item = Result<Sealed, JournalsError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Failed(error) => error.take().map(Err),
            Self::Copy(copy, at, counts) => {
                let next = copy.next();
                if matches!(next, Some(Ok(_)))
                    && let Some(count) = counts.borrow_mut().get_mut(*at)
                {
                    *count += 1;
                }
                next
            }
        }
    }
}

/// A copy that is being read.
struct Copy {
    path: PathBuf,
    lines: BufReader<File>,
    line: u64,
    heads: Vec<Head>,
    /// How far each chain was read.
    ends: BTreeMap<ChainId, Head>,
    done: bool,
}

impl Copy {
    fn open(path: &Path) -> Result<Self, JournalsError> {
        let file = File::open(path).map_err(|source| JournalsError::Io { path: path.to_owned(), source })?;
        let lines = BufReader::with_capacity(256 << 10, file);
        let mut copy = Self {
            path: path.to_owned(),
            lines,
            line: 0,
            heads: Vec::new(),
            ends: BTreeMap::new(),
            done: false,
        };
        let first = copy.read()?.unwrap_or_default();
        let first: First = serde_json::from_str(&first)
            .ok()
            .filter(|first: &First| first.assize == "journal")
            .ok_or_else(|| copy.malformed("is no copy of a journal: `assize journal export` writes one"))?;
        if first.schema > SCHEMA {
            return Err(copy.malformed(&format!(
                "has schema {}, this program knows {SCHEMA}: use the newer program",
                first.schema
            )));
        }
        copy.heads = first.heads;
        Ok(copy)
    }

    fn malformed(&self, why: &str) -> JournalsError {
        JournalsError::Malformed { path: self.path.clone(), line: self.line, why: why.to_owned() }
    }

    fn read(&mut self) -> Result<Option<String>, JournalsError> {
        let mut line = String::new();
        let read = io::Read::take(&mut self.lines, LONGEST).read_line(&mut line);
        let read = read.map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => self.malformed("is no text"),
            _ => JournalsError::Io { path: self.path.clone(), source },
        })?;
        self.line += 1;
        Ok((read > 0).then_some(line))
    }

    fn entry(&mut self) -> Result<Option<Sealed>, JournalsError> {
        let Some(line) = self.read()? else {
            // A file that lost its end is not taken for all that was said.
            for head in &self.heads {
                let end = self.ends.get(&head.chain).copied().unwrap_or_else(|| Head::start(head.chain));
                if (end.count, end.hash) != (head.count, head.hash) {
                    let why = if end.count < head.count {
                        Flaw::Cut { expected: head.count }
                    } else {
                        Flaw::Forked
                    };
                    return Err(Broken { chain: head.chain, position: end.count, why }.into());
                }
            }
            return Ok(None);
        };
        let sealed: Sealed =
            serde_json::from_str(&line).map_err(|error| self.malformed(&format!("is no entry: {error}")))?;
        let chain = sealed.header.chain;
        let head = self.ends.entry(chain).or_insert_with(|| Head::start(chain));
        // What is known already is not looked at again when it is taken in: here a changed byte shows.
        crate::ledger::check(head, &sealed).map_err(|why| Broken { chain, position: head.count, why })?;
        *head = sealed.head();
        Ok(Some(sealed))
    }
}

impl Iterator for Copy {
    type Item = Result<Sealed, JournalsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.entry().transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}
