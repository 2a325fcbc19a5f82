//! Findings, and what is known of each.

use rusqlite::{OptionalExtension, params};

use super::{ImportWriter, KnownBy};
use crate::domain::{Digest, FindingId, Kind};
use crate::store::StoreError;
use crate::store::findings::FindingRow;

impl ImportWriter<'_> {
    /// Stores a closed block and gives its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn block(&mut self, run: u32, body: &[u8]) -> Result<u32, StoreError> {
        let id = self.next_block;
        self.next_block += 1;
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT INTO block (id, run, body) VALUES (?, ?, ?)")
                .and_then(|mut s| s.execute(params![id, run, body])),
        )?;
        Ok(u32::try_from(id).unwrap_or(u32::MAX))
    }

    /// A stored block's bytes.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn block_bytes(&self, block: u32) -> Result<Vec<u8>, StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("SELECT body FROM block WHERE id = ?")
                .and_then(|mut s| s.query_row([block], |row| row.get(0))),
        )
    }

    /// A finding by its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn finding_row(&self, id: i64) -> Result<Option<FindingRow>, StoreError> {
        let mut rows = Vec::new();
        self.rows("id = ?1", [id], &mut rows)?;
        Ok(rows.pop())
    }

    /// The rows of a tool's findings at a path, ascending; of those at no path, in all projects.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn ids_at(&self, path: u32, tool: u32, into: &mut Vec<i64>) -> Result<(), StoreError> {
        let before = into.len();
        let mut read = || {
            let mut statement = self
                .store
                .connection
                .prepare_cached("SELECT id FROM finding WHERE path = ? AND tool = ? ORDER BY id")?;
            let mut rows = statement.query([path, tool])?;
            while let Some(row) = rows.next()? {
                into.push(row.get(0)?);
            }
            Ok(())
        };
        self.sql(read())?;
        self.store.read.set(self.store.read.get() + (into.len() - before) as u64);
        Ok(())
    }

    /// The findings of a tool at a path.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn tool_findings_at(
        &self,
        project: u32,
        (path, tool): (u32, u32),
        into: &mut Vec<FindingRow>,
    ) -> Result<(), StoreError> {
        self.rows("path = ?1 AND tool = ?2 AND project = ?3 ORDER BY id", params![path, tool, project], into)
    }

    /// The findings at a path, of all tools.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn findings_at(&self, project: u32, path: u32, into: &mut Vec<FindingRow>) -> Result<(), StoreError> {
        self.rows("path = ?1 AND project = ?2", params![path, project], into)
    }

    /// The findings of a project that name a package, by ascending rows.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn package_findings(&mut self, project: u32, package: u64) -> Result<Vec<FindingRow>, StoreError> {
        let mut found = Vec::new();
        for lead in self.leads(KnownBy::Package(package).key(project))? {
            found.extend(self.finding_row(i64::from(lead.finding))?.filter(|row| {
                (row.project, row.package, row.kind) == (project, package, Kind::Dependency as u8)
            }));
        }
        Ok(found)
    }

    /// The findings of a case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn members(&self, case: u32, into: &mut Vec<FindingRow>) -> Result<(), StoreError> {
        self.rows("\"case\" = ?1 ORDER BY id", params![case], into)
    }

    pub(super) fn rows(
        &self,
        condition: &str,
        params: impl rusqlite::Params,
        into: &mut Vec<FindingRow>,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT {} FROM finding WHERE {condition}", FindingRow::COLUMNS);
        let before = into.len();
        let read = || {
            let mut statement = self.store.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                into.push(FindingRow::read(row)?);
            }
            Ok(())
        };
        self.sql(read())?;
        self.store.read.set(self.store.read.get() + (into.len() - before) as u64);
        Ok(())
    }

    /// The finding of a name, or of an alias.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn finding(&self, name: &FindingId) -> Result<Option<FindingRow>, StoreError> {
        let mut rows = Vec::new();
        let condition = "name = ?1 OR id = (SELECT finding FROM alias WHERE name = ?1)";
        self.rows(condition, params![name.bytes().as_slice()], &mut rows)?;
        Ok(rows.pop())
    }

    /// Whether a name is taken, by a finding or an alias.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn is_taken(&self, name: &FindingId) -> Result<bool, StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM finding WHERE name = ?1) OR EXISTS (SELECT 1 FROM alias WHERE name = ?1)")?
                .query_row([name.bytes().as_slice()], |row| row.get(0))
        };
        self.sql(read())
    }

    /// A new finding's row number.
    pub fn next_finding(&mut self) -> i64 {
        self.next_finding += 1;
        self.next_finding - 1
    }

    /// Stores new findings, whose `id`s came from [`Self::next_finding`].
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn insert(&mut self, rows: &[FindingRow]) -> Result<(), StoreError> {
        let sql = insert_sql();
        // Many at once: to find the statement by its text and to clear it costs a fifth of an insert.
        let write = || {
            let mut statement = self.store.connection.prepare_cached(sql)?;
            for row in rows {
                row.bind(&mut statement)?;
                statement.raw_execute()?;
            }
            Ok(())
        };
        self.sql(write())?;
        for row in rows {
            self.note_keys(row, None)?;
            self.count(row, None);
        }
        Ok(())
    }

    /// Stores what a matched finding is now; what it was is kept, its drift and its fix too, so those are written
    /// afterwards.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn update(&mut self, old: &FindingRow, row: &FindingRow) -> Result<(), StoreError> {
        self.keep_former(row.id)?;
        self.note_keys(row, Some(old))?;
        self.count(row, Some(old));
        // `INSERT OR REPLACE` would touch every index; an update touches those whose columns change.
        let write = || {
            self.store
                .connection
                .prepare_cached(
                    "UPDATE finding SET rule = ?2, path = ?3, line = ?4, end_line = ?5, col = ?6, end_col = ?7,
                     severity = ?8, confidence = ?9, flags = ?10, cwes = ?11, tokens = ?12, scope = ?13, around = ?14,
                     print = ?15, lease = ?16, body = ?17, content = ?18, block = ?19, slot = ?20, snapshot = ?21,
                     evidence = ?22, last_run = ?23 WHERE id = ?1",
                )?
                .execute(params![
                    row.id,
                    row.rule,
                    row.path,
                    row.line,
                    row.end_line,
                    row.col,
                    row.end_col,
                    row.severity,
                    row.confidence,
                    row.flags,
                    row.cwes,
                    row.tokens as i64,
                    row.scope as i64,
                    row.around as i64,
                    row.print as i64,
                    row.lease as i64,
                    row.body as i64,
                    row.content as i64,
                    row.block,
                    row.slot,
                    row.snapshot,
                    row.evidence,
                    row.last_run
                ])
        };
        self.sql(write())?;
        Ok(())
    }

    /// Moves a finding to another case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn move_to_case(&mut self, finding: i64, case: u32) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("UPDATE finding SET \"case\" = ? WHERE id = ?")
                .and_then(|mut s| s.execute(params![case, finding])),
        )?;
        Ok(())
    }

    /// Remembers why a finding is in a case that it did not found.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn kinship(&mut self, finding: i64, kin: i64, why: &str) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT OR REPLACE INTO kinship (finding, kin, why) VALUES (?, ?, ?)")
                .and_then(|mut s| s.execute(params![finding, kin, why])),
        )?;
        Ok(())
    }

    /// The finding for whose sake a finding is in its case; `None` where it founded one.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn kin_of(&self, finding: i64) -> Result<Option<i64>, StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("SELECT kin FROM kinship WHERE finding = ?")
                .and_then(|mut s| s.query_row([finding], |row| row.get(0)).optional()),
        )
    }

    /// Of which splits and merges the cases are the outcome; `None`: of none.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn shaped_by(&self) -> Result<Option<Digest>, StoreError> {
        let read = self.store.connection.query_row("SELECT digest FROM shaped", [], |row| row.get(0));
        Ok(self.sql(read.optional())?.map(Digest::new))
    }

    /// Notes of which splits and merges the cases are the outcome.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn set_shaped_by(&mut self, digest: Option<&Digest>) -> Result<(), StoreError> {
        let connection = &self.store.connection;
        let written = match digest {
            Some(digest) => connection.execute(
                "INSERT OR REPLACE INTO shaped (id, digest) VALUES (0, ?)",
                [digest.bytes().as_slice()],
            ),
            None => connection.execute("DELETE FROM shaped", []),
        };
        self.sql(written)?;
        Ok(())
    }

    /// Adds a later name of a finding.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn alias(&mut self, name: &FindingId, finding: i64) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT OR IGNORE INTO alias (name, finding) VALUES (?, ?)")
                .and_then(|mut s| s.execute(params![name.bytes().as_slice(), finding])),
        )?;
        Ok(())
    }

    /// Notes that a finding's lease or surroundings are now other ones.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn drift(&mut self, row: &FindingRow, run: u32, diff: &str) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached(
                    "INSERT INTO drift (finding, name, lease, body, run, diff) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (finding) DO UPDATE SET lease = ?3, body = ?4, run = ?5,
                     diff = iif(?6 = '' AND lease = ?3, diff, ?6)",
                )
                .and_then(|mut s| {
                    s.execute(params![
                        row.id,
                        row.name.bytes().as_slice(),
                        row.lease as i64,
                        row.body as i64,
                        run,
                        diff
                    ])
                }),
        )?;
        Ok(())
    }
}

fn insert_sql() -> &'static str {
    static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    SQL.get_or_init(|| {
        format!("INSERT INTO finding ({}) VALUES ({})", FindingRow::COLUMNS, FindingRow::PLACES)
    })
}
