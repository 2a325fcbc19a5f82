//! Taking a project's code out of the store, so that no byte of it stays in a file.
//!
//! What was counted stays: findings with their places, rules and hashes, cases and their names.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};
use rustc_hash::FxHashMap;

use super::blocks::{Block, BlockBuilder, Packer};
use super::docket::{SEGMENT, Texts, unpack_rows};
use super::findings::Findings;
use super::{Remedies, StoreError};
use crate::domain::CaseId;

/// What went with a project's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Texts of files.
    pub snapshots: u64,
    /// What tools told, as it came and as it was understood.
    pub claims: u64,
    /// Differences between versions of the code.
    pub differences: u64,
}

impl Findings {
    /// Takes a project's code out: texts of files, what tools quoted and said, differences. `strip` gives a claim
    /// (`postcard`) without what it says of the code.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing changed.
    pub fn forget(
        &mut self,
        project: u32,
        mut strip: impl FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<Forgotten, StoreError> {
        let path = self.path.clone();
        let sqlite = |source| StoreError::sqlite(&path, source);
        self.connection.pragma_update(None, "secure_delete", true).map_err(sqlite)?;
        let to = self.connection.transaction().map_err(sqlite)?;
        let mut forgotten = Forgotten { claims: told(&to, project, &mut strip)?, ..Forgotten::default() };
        let mut rest = || -> rusqlite::Result<()> {
            let run = |sql: &str| to.execute(sql, [project]);
            to.execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS own (snapshot INTEGER PRIMARY KEY); DELETE FROM own;",
            )?;
            run("INSERT OR IGNORE INTO own
                 SELECT s.snapshot FROM sighting s JOIN path p ON p.id = s.path WHERE p.project = ?1
                 UNION SELECT snapshot FROM finding WHERE project = ?1
                 UNION SELECT x.before FROM fix x JOIN finding f ON f.id = x.finding WHERE f.project = ?1
                 UNION SELECT x.after FROM fix x JOIN finding f ON f.id = x.finding WHERE f.project = ?1
                 UNION SELECT o.snapshot FROM former o JOIN finding f ON f.id = o.finding WHERE f.project = ?1
                 UNION SELECT coalesce(o.fix_before, 0) FROM former o JOIN finding f ON f.id = o.finding
                     WHERE f.project = ?1
                 UNION SELECT coalesce(o.fix_after, 0) FROM former o JOIN finding f ON f.id = o.finding
                     WHERE f.project = ?1")?;
            run("DELETE FROM sighting WHERE path IN (SELECT id FROM path WHERE project = ?)")?;
            run("DELETE FROM fix WHERE finding IN (SELECT id FROM finding WHERE project = ?)")?;
            // Imports of it cannot be taken back any more: what they replaced quotes code.
            run("DELETE FROM former WHERE finding IN (SELECT id FROM finding WHERE project = ?)")?;
            run("UPDATE run SET last_path = NULL, digest = zeroblob(32) WHERE project = ?")?;
            forgotten.differences = run(
                "UPDATE drift SET diff = '' WHERE diff <> '' AND finding IN (SELECT id FROM finding WHERE project = ?)",
            )? as u64;
            // Without its content a claim that comes again is kept anew.
            run("UPDATE finding SET snapshot = 0, content = 0 WHERE project = ?")?;
            run(
                "UPDATE problem SET raw = NULL, why = '' WHERE run IN (SELECT id FROM run WHERE project = ?)",
            )?;
            forgotten.snapshots = to.execute(
                "DELETE FROM snapshot WHERE id IN own
                     AND id NOT IN (SELECT snapshot FROM finding)
                     AND id NOT IN (SELECT snapshot FROM sighting)
                     AND id NOT IN (SELECT before FROM fix UNION SELECT after FROM fix)
                     AND id NOT IN (SELECT snapshot FROM former)
                     AND id NOT IN (SELECT fix_before FROM former WHERE fix_run IS NOT NULL
                                    UNION SELECT fix_after FROM former WHERE fix_run IS NOT NULL)",
                [],
            )? as u64;
            texts(&to, project)
        };
        rest().map_err(sqlite)?;
        to.commit().map_err(sqlite)?;
        Ok(forgotten)
    }

    /// How many files of a project have the same text as one of another project, which keeps it.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn shared_snapshots(&self, project: u32) -> Result<u64, StoreError> {
        let read = self.connection.query_row(
            "SELECT count(DISTINCT s.snapshot) FROM sighting s JOIN path p ON p.id = s.path
             WHERE p.project = ?1 AND s.snapshot IN (
                 SELECT other.snapshot FROM sighting other JOIN path q ON q.id = other.path WHERE q.project <> ?1)",
            [project],
            |row| row.get::<_, i64>(0),
        );
        Ok(self.sql(read)?.cast_unsigned())
    }

    /// The names of all findings of a project and their later names: what its cases were ever called.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn names_of(&self, project: u32) -> Result<Vec<CaseId>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT name FROM finding WHERE project = ?1
                     UNION SELECT a.name FROM alias a JOIN finding f ON f.id = a.finding WHERE f.project = ?1",
                )?
                .query_map([project], |row| row.get(0).map(CaseId::new))?
                .collect()
        };
        self.sql(read())
    }

    /// Writes the file anew, so that nothing is left in it of what was deleted.
    ///
    /// # Errors
    /// When another program uses it.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        compact(&self.connection, &self.path)
    }
}

/// Takes what was told out of the blocks of a project's runs; gives how many claims there were.
fn told(to: &Connection, project: u32, strip: &mut impl FnMut(&[u8]) -> Vec<u8>) -> Result<u64, StoreError> {
    let sql = |source| StoreError::sqlite(Path::new("findings.db"), source);
    let io = |source| StoreError::Io { path: "a block of claims".into(), source };
    let mut packer = Packer::new().map_err(io)?;
    let blocks: Vec<i64> = to
        .prepare("SELECT id FROM block WHERE run IN (SELECT id FROM run WHERE project = ?)")
        .and_then(|mut find| find.query_map([project], |row| row.get(0))?.collect())
        .map_err(sql)?;
    let mut claims = 0;
    for number in blocks {
        let body: Option<Vec<u8>> = to
            .query_row("SELECT body FROM block WHERE id = ?", [number], |row| row.get(0))
            .optional()
            .map_err(sql)?;
        let Some(body) = body else { continue };
        let block = Block::open(&body)?;
        let mut stripped = BlockBuilder::default();
        for (_, claim) in block.entries() {
            claims += 1;
            stripped.push(b"", &strip(claim));
        }
        let body = stripped.close(&mut packer).map_err(io)?;
        to.execute("UPDATE block SET body = ? WHERE id = ?", params![body, number]).map_err(sql)?;
    }
    Ok(claims)
}

/// Empties the texts of a project's cases.
fn texts(to: &Connection, project: u32) -> rusqlite::Result<()> {
    let segments: Vec<u32> = to
        .prepare("SELECT segment FROM docket ORDER BY segment")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for segment in segments {
        let (columns, packed): (Vec<u8>, Vec<u8>) =
            to.query_row("SELECT columns, texts FROM docket WHERE segment = ?", [segment], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let own: Vec<bool> = unpack_rows(&columns).map(|row| u32::from(row.project) == project).collect();
        if !own.contains(&true) {
            continue;
        }
        let (before, mut after, mut known) = (Texts::unpack(&packed), Texts::default(), FxHashMap::default());
        for slot in 0..SEGMENT as usize {
            let text = if own.get(slot) == Some(&true) { &[][..] } else { before.get(slot) };
            if slot < own.len() {
                after.set(slot, text, &mut known);
            }
        }
        to.execute("UPDATE docket SET texts = ? WHERE segment = ?", params![after.pack(), segment])?;
    }
    Ok(())
}

impl Remedies {
    /// Takes out everything that was proposed in a project; gives how many remedies there were.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing changed.
    pub fn forget(&mut self, project: &str) -> Result<u64, StoreError> {
        let (connection, path) = self.file();
        let forget = || -> rusqlite::Result<u64> {
            connection.pragma_update(None, "secure_delete", true)?;
            let to = connection.unchecked_transaction()?;
            let remedies = to.execute("DELETE FROM remedy WHERE project = ?", [project])?;
            to.execute("DELETE FROM miss WHERE project = ?", [project])?;
            to.execute("DELETE FROM application WHERE project = ? AND state <> 'begun'", [project])?;
            // A text that another project's remedy starts from, too, is that project's.
            to.execute(
                "DELETE FROM base WHERE project = ?1 AND NOT EXISTS (
                     SELECT 1 FROM remedy WHERE instr(body, lower(hex(base.digest))) > 0)",
                [project],
            )?;
            to.commit()?;
            Ok(remedies as u64)
        };
        forget().map_err(|source| StoreError::sqlite(path, source))
    }

    /// Writes the file anew, so that nothing is left in it of what was deleted.
    ///
    /// # Errors
    /// When another program uses it.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        let (connection, path) = self.file();
        compact(connection, path)
    }
}

/// Writes a database file anew and empties its log.
pub(super) fn compact(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let sqlite = |source| StoreError::sqlite(path, source);
    // In memory it would take as much as the file.
    connection.pragma_update(None, "temp_store", "file").map_err(sqlite)?;
    connection.execute_batch("VACUUM").map_err(sqlite)?;
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(sqlite)?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Busy { path: path.to_owned() }) }
}

/// Takes away what may hold a copy of some code beside the databases: those put aside before a migration, what was put
/// out for an editor, and what an ended program left; gives their names.
///
/// # Errors
/// When one cannot be removed.
pub fn remove_copies(folder: &Path) -> Result<Vec<String>, StoreError> {
    let io = |path: &Path| {
        let path: PathBuf = path.to_owned();
        move |source| StoreError::Io { path, source }
    };
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io(folder))? {
        let entry = entry.map_err(io(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let own = ["findings", "journal", "remedies"].iter().any(|own| name.starts_with(own));
        let is_copy = own && (name.contains(".before-") || name.contains(".part"));
        let path = entry.path();
        if entry.file_type().map_err(io(&path))?.is_dir() {
            if name.starts_with("edit-") {
                std::fs::remove_dir_all(&path).map_err(io(&path))?;
                removed.push(name);
            }
        } else if is_copy || name.starts_with(".tmp") {
            std::fs::remove_file(&path).map_err(io(&path))?;
            removed.push(name);
        }
    }
    removed.sort();
    Ok(removed)
}
