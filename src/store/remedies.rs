//! `remedies.db`: what was proposed, and what of it is being written into a source tree.
//!
//! It keeps bodies that it does not read. What people decided of a remedy is in the journal.

mod applications;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{StoreError, migrate};
use crate::domain::{CaseId, Digest, RemedyId};
pub use applications::ApplicationRow;

/// `remedies.db`, opened.
#[derive(Debug)]
pub struct Remedies {
    connection: Connection,
    path: PathBuf,
}

/// A remedy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyRow {
    /// Its name.
    pub name: RemedyId,
    /// The case.
    pub case: CaseId,
    /// The project.
    pub project: String,
    /// The rule of the finding that it is for.
    pub rule: String,
    /// Where it comes from.
    pub origin: String,
    /// Whether its checks hold.
    pub sound: String,
    /// When it was checked last: milliseconds since 1970.
    pub made: u64,
    /// All of it, as JSON.
    pub body: String,
}

/// What a list says of a remedy, without reading all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyHead {
    /// Its name.
    pub name: RemedyId,
    /// The case.
    pub case: CaseId,
    /// Where it comes from.
    pub origin: String,
    /// Whether its checks hold.
    pub sound: String,
    /// Who proposed it; empty where that says nothing.
    pub by: String,
    /// The first file that it changes.
    pub path: String,
    /// The remedy that a person made it of.
    pub edited_from: Option<String>,
}

/// Misses of the last proposal for a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissRow {
    /// The case.
    pub case: CaseId,
    /// The project.
    pub project: String,
    /// When: milliseconds since 1970.
    pub made: u64,
    /// Whether the same proposal had a remedy of use.
    pub of_use: bool,
    /// What it was, as JSON.
    pub body: String,
}

const COLUMNS: &str = "name, \"case\", project, rule, origin, sound, made, body";

impl Remedies {
    /// Opens it for writing, made or migrated as needed.
    ///
    /// # Errors
    /// When it is not ours, newer, locked or damaged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = migrate::open(path, migrate::REMEDIES)?;
        // An application that is told as begun is on disk before a file is touched.
        let full = connection.pragma_update(None, "synchronous", "full");
        full.map_err(|source| StoreError::sqlite(path, source))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Opens it for reading; `None` where nothing was proposed yet.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = migrate::open_to_read(path, migrate::REMEDIES, migrate::PATIENCE)?;
        Ok(Some(Self { connection, path: path.to_owned() }))
    }

    pub(super) fn file(&self) -> (&Connection, &Path) {
        (&self.connection, &self.path)
    }

    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|source| StoreError::sqlite(&self.path, source))
    }

    /// Does several things as one: all of it is on disk when this returns, or nothing is. A disk is waited for once.
    ///
    /// # Errors
    /// What the work fails with, or the store.
    pub fn together<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.sql(self.connection.execute_batch("BEGIN IMMEDIATE"))?;
        let done = work(self).and_then(|done| {
            self.sql(self.connection.execute_batch("COMMIT"))?;
            Ok(done)
        });
        if done.is_err() {
            // Where it cannot be undone here, it is when the file is closed.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        done
    }

    /// Keeps what a proposal for a case came to: its remedies, and what was of no use. A remedy that is known has its
    /// checks replaced, and stays whose it was.
    ///
    /// # Errors
    /// When the store cannot take it; then nothing changed.
    pub fn keep(
        &mut self,
        remedies: &[RemedyRow],
        case: CaseId,
        misses: &[MissRow],
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sqlite = |source| StoreError::sqlite(&path, source);
        // A part of what is kept together with it, or a transaction by itself, which begins with a write.
        let to = self.connection.savepoint().map_err(sqlite)?;
        let write = || -> rusqlite::Result<()> {
            let mut put = to.prepare_cached(&format!(
                "INSERT INTO remedy ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET sound = excluded.sound, made = excluded.made, body = excluded.body
                 WHERE excluded.sound <> 'unproven' OR remedy.sound = 'unproven'"
            ))?;
            for row in remedies {
                insert(&mut put, row)?;
            }
            to.prepare_cached("DELETE FROM miss WHERE \"case\" = ?")?.execute([case.bytes()])?;
            let mut put = to.prepare_cached("INSERT INTO miss VALUES (?, ?, ?, ?, ?, ?)")?;
            for (position, row) in (0_i64..).zip(misses) {
                put.execute(params![
                    case.bytes(),
                    position,
                    row.project,
                    stored(row.made),
                    row.of_use,
                    row.body
                ])?;
            }
            Ok(())
        };
        write().map_err(sqlite)?;
        to.commit().map_err(sqlite)
    }

    /// Keeps a remedy beside the others of its case; one that is known stays as it is.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn add(&mut self, row: &RemedyRow) -> Result<(), StoreError> {
        let put = self
            .connection
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO remedy ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            ))
            .and_then(|mut put| insert(&mut put, row));
        self.sql(put).map(|_| ())
    }

    /// Replaces what was checked of remedies that are known.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn rechecked(&mut self, remedies: &[RemedyRow]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sqlite = |source| StoreError::sqlite(&path, source);
        let to = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        let write = || -> rusqlite::Result<()> {
            let mut put =
                to.prepare_cached("UPDATE remedy SET sound = ?, made = ?, body = ? WHERE name = ?")?;
            for row in remedies {
                put.execute(params![row.sound, stored(row.made), row.body, row.name.bytes()])?;
            }
            Ok(())
        };
        write().map_err(sqlite)?;
        to.commit().map_err(sqlite)
    }

    /// All remedies in the order in which they were proposed, or those of one case.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn all(&self, case: Option<CaseId>) -> Result<Vec<RemedyRow>, StoreError> {
        let read = || match case {
            Some(case) => self
                .connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM remedy WHERE \"case\" = ? ORDER BY id"))?
                .query_map([case.bytes()], remedy)?
                .collect(),
            None => self
                .connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM remedy ORDER BY id"))?
                .query_map([], remedy)?
                .collect(),
        };
        self.sql(read())
    }

    /// What a list says of all remedies, in the order in which they were proposed.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn heads(&self) -> Result<Vec<RemedyHead>, StoreError> {
        let head = |row: &Row<'_>| {
            Ok(RemedyHead {
                name: RemedyId::new(row.get(0)?),
                case: CaseId::new(row.get(1)?),
                origin: row.get(2)?,
                sound: row.get(3)?,
                by: row.get(4)?,
                path: row.get(5)?,
                edited_from: row.get(6)?,
            })
        };
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT name, \"case\", origin, sound, ifnull(json_extract(body, '$.by'), ''),
                            ifnull(json_extract(body, '$.edits[0].path'), ''), json_extract(body, '$.edited_from')
                     FROM remedy WHERE json_valid(body) ORDER BY id",
                )?
                .query_map([], head)?
                .collect()
        };
        self.sql(read())
    }

    /// How often others have changed it, as SQLite counts it for a connection.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.sql(self.connection.pragma_query_value(None, "data_version", |row| row.get(0)))
    }

    /// The remedies for findings of a rule, the newest first.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn of_rule(&self, rule: &str, most: u32) -> Result<Vec<RemedyRow>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM remedy WHERE rule = ? ORDER BY id DESC LIMIT ?"
                ))?
                .query_map(params![rule, most], remedy)?
                .collect()
        };
        self.sql(read())
    }

    /// The rules that there are remedies for.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn rules(&self) -> Result<Vec<String>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT DISTINCT rule FROM remedy ORDER BY rule")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        self.sql(read())
    }

    /// The names of all remedies.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn names(&self) -> Result<Vec<RemedyId>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT name FROM remedy ORDER BY id")?
                .query_map([], |row| row.get(0).map(RemedyId::new))?
                .collect()
        };
        self.sql(read())
    }

    /// A remedy by its name.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn get(&self, name: RemedyId) -> Result<Option<RemedyRow>, StoreError> {
        let read = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM remedy WHERE name = ?"))
            .and_then(|mut find| find.query_row([name.bytes()], remedy).optional());
        self.sql(read)
    }

    /// The cases that have a remedy.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn cases(&self) -> Result<Vec<CaseId>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT DISTINCT \"case\" FROM remedy")?
                .query_map([], |row| row.get(0).map(CaseId::new))?
                .collect()
        };
        self.sql(read())
    }

    /// What was of no use in the last proposal for each case, or for one.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn misses(&self, case: Option<CaseId>) -> Result<Vec<MissRow>, StoreError> {
        let row = |row: &Row<'_>| {
            Ok(MissRow {
                case: CaseId::new(row.get(0)?),
                project: row.get(1)?,
                made: read_back(row.get(2)?),
                of_use: row.get(3)?,
                body: row.get(4)?,
            })
        };
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT \"case\", project, made, of_use, body FROM miss
                     WHERE ?1 IS NULL OR \"case\" = ?1 ORDER BY \"case\", position",
                )?
                .query_map([case.map(|case| *case.bytes())], row)?
                .collect()
        };
        self.sql(read())
    }

    /// Keeps the text that remedies start from.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn keep_base(&mut self, digest: Digest, project: &str, text: &str) -> Result<(), StoreError> {
        let body = zstd::stream::encode_all(text.as_bytes(), 3)
            .map_err(|source| StoreError::Io { path: self.path.clone(), source })?;
        let write = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO base VALUES (?, ?, ?)")
            .and_then(|mut put| put.execute(params![digest.bytes(), project, body]));
        self.sql(write).map(|_| ())
    }

    /// A text that remedies start from, where it was kept.
    ///
    /// # Errors
    /// As [`Self::all`], and when what was kept is damaged.
    pub fn base(&self, digest: Digest) -> Result<Option<String>, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT body FROM base WHERE digest = ?")
            .and_then(|mut find| find.query_row([digest.bytes()], |row| row.get::<_, Vec<u8>>(0)).optional());
        let Some(body) = self.sql(read)? else { return Ok(None) };
        let damaged = |why: String| StoreError::Damaged { path: self.path.clone(), why };
        let text = zstd::stream::decode_all(body.as_slice())
            .map_err(|error| damaged(format!("the text {digest}: {error}")))?;
        String::from_utf8(text).map(Some).map_err(|_| damaged(format!("the text {digest} is no text")))
    }
}

fn stored(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn read_back(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}

fn remedy(row: &Row<'_>) -> rusqlite::Result<RemedyRow> {
    Ok(RemedyRow {
        name: RemedyId::new(row.get(0)?),
        case: CaseId::new(row.get(1)?),
        project: row.get(2)?,
        rule: row.get(3)?,
        origin: row.get(4)?,
        sound: row.get(5)?,
        made: read_back(row.get(6)?),
        body: row.get(7)?,
    })
}

/// Puts a remedy's columns into a prepared statement, in their order.
fn insert(put: &mut rusqlite::Statement<'_>, row: &RemedyRow) -> rusqlite::Result<usize> {
    put.execute(params![
        row.name.bytes(),
        row.case.bytes(),
        row.project,
        row.rule,
        row.origin,
        row.sound,
        stored(row.made),
        row.body
    ])
}

#[cfg(test)]
mod tests;
