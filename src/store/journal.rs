//! `journal.db`: what people decided, appended and never changed, with what it comes to for each case.
//!
//! It keeps what [`crate::ledger`] seals and asks the ledger what follows; it decides nothing itself.
//!
//! Invariants:
//! - An entry and its effect on every projection are one transaction, on disk before [`Journal::append`] returns.
//! - An entry that is here is never changed or removed, and no two stand at the same place of a chain.
//! - The projections are a function of the entries: [`Journal::rebuild`] changes nothing. A file projected by
//!   another version of the program is projected anew when it is opened.
//! - No act costs more than the entries about the cases it touches, however many others there are.

mod forget;
mod gather;
mod project;
mod read;
mod record;
mod row;
mod undo;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{StoreError, migrate};
use crate::domain::{CaseId, EntryId, Reviewer};
use crate::ledger::{Act, Broken, ChainId, Entry, Flaw, Header, Hlc, Refused, Retract, Sealed, check, seal};
use project::{Projecting, Told};

pub use read::{Past, Spread};
pub use record::{Given, Record};

/// `journal.db`, opened.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    path: PathBuf,
}

/// Who writes: a chain of his own, and the name he signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The chain, of a user on a machine.
    pub chain: ChainId,
    /// The reviewer.
    pub reviewer: Reviewer,
}

impl Writer {
    /// The writer that a user on a machine is.
    #[must_use]
    pub fn new(machine: &str, user: &str, reviewer: Reviewer) -> Self {
        Self { chain: ChainId::of(machine, user), reviewer }
    }
}

/// What an undo took back, or a redo gave back.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    /// The act, whole: a bulk one with all its cases. Of several that one retraction took back, the first.
    pub what: Entry,
    /// The entry that says so.
    pub retract: Entry,
    /// The cases whose record may be another since, those of what was propagated among them.
    pub cases: Vec<CaseId>,
}

/// Why nothing was taken back or given back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The ledger's reason, which names the act.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why chains could not be verified or taken in.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A chain is not whole, or not the one attested or held.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The store's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Journal {
    /// Opens it for writing, made, migrated or projected anew as needed.
    ///
    /// # Errors
    /// When it is not ours, newer, locked or damaged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = migrate::open(path, migrate::JOURNAL)?;
        let mut journal = Self { connection, path: path.to_owned() };
        journal.prepare().map_err(|source| sqlite(path, source))?;
        Ok(journal)
    }

    /// Opens it for reading; `None` where nothing was decided yet.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, StoreError> {
        Self::open_to_read_within(path, migrate::PATIENCE)
    }

    /// As [`Self::open_to_read`]; another process that has locked it is waited for as long as is said.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_read_within(path: &Path, patience: Duration) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = migrate::open_to_read(path, migrate::JOURNAL, patience)?;
        let current = project::is_current(&connection).map_err(|source| sqlite(path, source))?;
        let journal = if current {
            Self { connection, path: path.to_owned() }
        } else {
            Self::open(path).map_err(StoreError::while_reading)?
        };
        let made_ready =
            journal.quicken().and_then(|()| journal.connection.pragma_update(None, "query_only", true));
        made_ready.map_err(|source| journal.error(source))?;
        Ok(Some(journal))
    }

    /// What makes many small look-ups fast.
    fn quicken(&self) -> rusqlite::Result<()> {
        // Else some statements are compiled anew for each value bound to them, which takes longer than they do.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A bulk act touches entries all over the file, in the order of their cases: with SQLite's 2 MB a page is read
        // and written many times. What is kept here is kept until the connection is closed, by every one of them.
        self.connection.pragma_update(None, "cache_size", -16_384)?;
        self.connection.pragma_update(None, "mmap_size", 1_i64 << 30)
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "synchronous", "full")?;
        self.quicken()?;
        // Every so often a commit copies the log into the file, which takes longer than the commit. At 64 MiB that
        // is once in hundreds of verdicts; the last to close the file does it anyway, and [`Self::settle`].
        self.connection.pragma_update(None, "wal_autocheckpoint", 8192)?;
        if !project::is_current(&self.connection)? {
            let transaction = self.begin()?;
            // Read again under the lock: two processes may have come here together.
            if !project::is_current(&transaction)? {
                project::rebuild(&transaction)?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    /// Writes an act into the writer's chain, after everything that is here. It is on disk when this returns.
    /// Waits up to ten seconds for another process to finish.
    ///
    /// # Errors
    /// When the act has no body to seal or splits a case into itself, or the store cannot take it; then nothing
    /// changed.
    pub fn append(&mut self, writer: &Writer, now_ms: u64, act: Act) -> Result<Sealed, StoreError> {
        self.append_telling(writer, now_ms, act, &|_| {})
    }

    /// As [`Self::append`]; `told` is told how many of the act's cases are done, each of them twice.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_telling(
        &mut self,
        writer: &Writer,
        now_ms: u64,
        act: Act,
        told: &dyn Fn(usize),
    ) -> Result<Sealed, StoreError> {
        self.write(|to| write_act(to, writer, now_ms, act, told).map(|(sealed, _)| sealed))
    }

    /// Takes back the reviewer's last act that is in force.
    ///
    /// # Errors
    /// When there is none, or another reviewer's act rests on it; then nothing changed.
    pub fn undo(&mut self, writer: &Writer, now_ms: u64) -> Result<Undone, UndoError> {
        self.step(writer, now_ms, false)
    }

    /// Gives back what the reviewer took back last, unless they did something since.
    ///
    /// # Errors
    /// As [`Self::undo`].
    pub fn redo(&mut self, writer: &Writer, now_ms: u64) -> Result<Undone, UndoError> {
        self.step(writer, now_ms, true)
    }

    /// The act that [`Self::undo`] would take back, or [`Self::redo`] give back.
    ///
    /// # Errors
    /// As [`Self::undo`].
    pub fn next_step(&self, reviewer: &str, redo: bool) -> Result<Entry, UndoError> {
        let (_, what) = self.read(|from| undo::last_step(from, reviewer, redo))??;
        Ok(what)
    }

    fn step(&mut self, writer: &Writer, now_ms: u64, redo: bool) -> Result<Undone, UndoError> {
        self.write(|to| {
            let asked = undo::last_step(to.connection, writer.reviewer.as_str(), redo);
            let (act, what) = to.sql(asked)??;
            let (retract, cases) = write_act(to, writer, now_ms, act, &|_| {})?;
            Ok(Undone { what, retract: retract.open(), cases })
        })
    }

    /// Takes entries of the reviewer back, all in one. What was taken back already, and another's, is left out; where
    /// nothing is left, nothing is written and there is nothing to tell. `by_hand`: it is an act, which undo takes back.
    ///
    /// # Errors
    /// When another reviewer's act rests on one of them; then nothing changed.
    pub fn take_back(
        &mut self,
        writer: &Writer,
        now_ms: u64,
        entries: &[EntryId],
        by_hand: bool,
    ) -> Result<Option<Undone>, UndoError> {
        self.write(|to| {
            let own = to.sql(undo::own_in_force(to.connection, writer.reviewer.as_str(), entries))??;
            let Some(&first) = own.first() else { return Ok(None) };
            let Some((_, what)) = to.sql(row::by_id(to.connection, first))? else { return Ok(None) };
            let act = Act::Retract(Retract { entries: own, redo: false, by_hand });
            let (retract, cases) = write_act(to, writer, now_ms, act, &|_| {})?;
            Ok(Some(Undone { what: what.open(), retract: retract.open(), cases }))
        })
    }

    /// Takes in another copy's chains, each in order: the union of the two journals. Gives how many entries were
    /// new. What is here already is left alone, so a body erased here stays erased.
    ///
    /// # Errors
    /// When a chain is not whole or was continued from two copies; then nothing changed.
    pub fn absorb(&mut self, entries: impl IntoIterator<Item = Sealed>) -> Result<u64, ChainError> {
        self.take_in(entries.into_iter().map(Ok))
    }

    /// As [`Self::absorb`], of entries that come from where something may fail; then nothing changed either.
    ///
    /// # Errors
    /// As [`Self::absorb`], and the first that comes.
    pub fn take_in<E: From<StoreError> + From<Broken>>(
        &mut self,
        entries: impl IntoIterator<Item = Result<Sealed, E>>,
    ) -> Result<u64, E> {
        self.write(|to| {
            let (mut projecting, mut fresh) = (Projecting::default(), 0);
            for entry in entries {
                let entry = entry?;
                let Header { chain, position, .. } = entry.header;
                let broken = |why| Broken { chain, position, why };
                let head = to.sql(row::head(to.connection, chain))?;
                if position < head.count {
                    let held = to.sql(row::hash_at(to.connection, chain, position))?;
                    if held != Some(entry.hash) {
                        return Err(broken(Flaw::Forked).into());
                    }
                    continue;
                }
                check(&head, &entry).map_err(broken)?;
                let number = to.sql(row::insert(to.connection, &entry))?;
                to.sql(projecting.take(to.connection, number, entry.id(), &entry.open().act, &|_| {}))?;
                fresh += 1;
            }
            to.sql(projecting.finish(to.connection, &|_| {}))?;
            Ok(fresh)
        })
    }

    /// Copies the log of what was written into the file, as far as that makes nobody wait. Who opens the journal next
    /// reads the whole log first: after hundreds of verdicts that takes longer than the rest of a start.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn settle(&self) -> Result<(), StoreError> {
        let settled = self
            .connection
            .busy_timeout(Duration::ZERO)
            .and_then(|()| self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
        settled.map_err(|source| self.error(source))
    }

    /// Makes every projection anew from the entries.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn rebuild(&mut self) -> Result<(), StoreError> {
        self.write(|to| to.sql(project::rebuild(to.connection)))
    }

    fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }

    /// Does something as a whole or not at all.
    fn write<T, E: From<StoreError>>(&mut self, work: impl FnOnce(Open<'_>) -> Result<T, E>) -> Result<T, E> {
        let path = self.path.clone();
        let transaction = self.begin().map_err(|source| sqlite(&path, source))?;
        let done = work(Open { connection: &transaction, path: &path })?;
        transaction.commit().map_err(|source| sqlite(&path, source))?;
        Ok(done)
    }

    fn error(&self, source: rusqlite::Error) -> StoreError {
        sqlite(&self.path, source)
    }
}

/// A transaction under way.
#[derive(Clone, Copy)]
struct Open<'t> {
    connection: &'t Connection,
    path: &'t Path,
}

impl Open<'_> {
    fn sql<T>(self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|source| sqlite(self.path, source))
    }
}

/// Seals an act as the next entry of a chain, later than everything that is here, and projects it. Gives the cases
/// whose record may be another since, too.
fn write_act(
    to: Open<'_>,
    writer: &Writer,
    now_ms: u64,
    act: Act,
    told: Told<'_>,
) -> Result<(Sealed, Vec<CaseId>), StoreError> {
    if matches!(&act, Act::Split(split) if split.into == split.case) {
        return Err(StoreError::BadAct { why: "a case cannot be split into itself".to_owned() });
    }
    let head = to.sql(row::head(to.connection, writer.chain))?;
    let clock = Hlc::next(to.sql(row::latest(to.connection))?.observe(head.clock), now_ms);
    let sealed = seal(&head, clock, writer.reviewer.as_str(), &act)
        .map_err(|error| StoreError::BadAct { why: error.to_string() })?;
    let number = to.sql(row::insert(to.connection, &sealed))?;
    let mut projecting = Projecting::default();
    to.sql(projecting.take(to.connection, number, sealed.id(), &act, told))?;
    let cases = to.sql(projecting.finish(to.connection, told))?;
    Ok((sealed, cases))
}

/// Sorts SQLite's errors; none of them may advise to throw the journal away.
fn sqlite(path: &Path, source: rusqlite::Error) -> StoreError {
    if let rusqlite::Error::FromSqlConversionFailure(..) = source {
        return StoreError::DamagedJournal { path: path.to_owned(), why: source.to_string() };
    }
    match StoreError::sqlite(path, source) {
        StoreError::Damaged { path, why } => StoreError::DamagedJournal { path, why },
        other => other,
    }
}

/// What is stored is not of the shape that was written.
fn damaged(why: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(why))
}
