//! The runs of an import: what they were, what they saw, and what could not be read of them.

use rusqlite::{OptionalExtension, params};

use super::{ImportWriter, KnownRun, NewRun, ProblemRow};
use crate::domain::{Digest, RunId};
use crate::store::runs::{COLUMNS, FROM, RunRow};
use crate::store::{StoreError, packed};

impl ImportWriter<'_> {
    /// The earlier runs of the same bytes in the same project.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn same_file(&self, project: u32, digest: &Digest) -> Result<Vec<KnownRun>, StoreError> {
        let read = || {
            let sql = format!(
                "SELECT {COLUMNS}, EXISTS (
                   SELECT 1 FROM run later WHERE later.project = r.project AND later.tool = r.tool
                   AND later.id > r.id AND later.digest <> r.digest) AS overtaken
                 FROM {FROM} WHERE r.digest = ? AND r.project = ? ORDER BY r.id"
            );
            let mut statement = self.store.connection.prepare_cached(&sql)?;
            let runs = statement.query_map(params![digest.bytes().as_slice(), project], |row| {
                Ok(KnownRun { run: RunRow::read(row)?, overtaken: row.get("overtaken")? })
            })?;
            runs.collect()
        };
        self.sql(read())
    }

    /// What a run scanned, where its paths do not tell.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn target(&self, run: u32) -> Result<String, StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT target FROM run WHERE id = ?")?
                .query_row([run], |row| row.get(0))
                .optional()
        };
        Ok(self.sql(read())?.unwrap_or_default())
    }

    /// Stores a run and gives its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn run(&mut self, run: &NewRun) -> Result<u32, StoreError> {
        self.sql(self.store.connection.execute(
            "INSERT INTO run (name, import, project, tool, tool_version, format, file, digest, bytes, revision, branch,
             scope, source, target, started, imported, receipt, troubles, last_path)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?,
             (SELECT coalesce(max(id), 0) FROM path))",
            params![
                run.name.bytes().as_slice(),
                run.import.as_slice(),
                run.project,
                run.tool,
                run.tool_version,
                run.format,
                run.file,
                run.digest.bytes().as_slice(),
                i64::try_from(run.bytes).unwrap_or(i64::MAX),
                run.revision,
                run.branch,
                run.scope,
                run.source,
                run.target,
                run.started,
                run.imported,
                run.troubles
            ],
        ))?;
        let row = u32::try_from(self.store.connection.last_insert_rowid()).unwrap_or(u32::MAX);
        self.first_run.get_or_insert(row);
        Ok(row)
    }

    /// The rules of the newest earlier run of a tool that named a rule; none where none did.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rules_run_with(&self, project: u32, tool: u32, rule: u32) -> Result<Vec<u32>, StoreError> {
        let read = || {
            let mut statement = self.store.connection.prepare_cached(
                "SELECT rules FROM run WHERE project = ? AND tool = ? AND rules IS NOT NULL ORDER BY id DESC",
            )?;
            let mut runs = statement.query([project, tool])?;
            while let Some(row) = runs.next()? {
                let rules = packed::unpack(row.get_ref(0)?.as_blob()?);
                let rules: Vec<u32> = rules.map(|rule| u32::try_from(rule).unwrap_or(0)).collect();
                if rules.contains(&rule) {
                    return Ok(rules);
                }
            }
            Ok(Vec::new())
        };
        self.sql(read())
    }

    /// Completes a run: its receipt, and the files it scanned where the tool told.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn complete_run(
        &mut self,
        run: u32,
        receipt: &str,
        coverage: Option<&[i64]>,
        rules: &[i64],
    ) -> Result<(), StoreError> {
        let coverage = coverage.map(|paths| packed::pack(paths.iter().copied()));
        let rules = packed::pack(rules.iter().copied());
        self.sql(self.store.connection.execute(
            "UPDATE run SET receipt = ?2, coverage = ?3, rules = ?4 WHERE id = ?1",
            params![run, receipt, coverage, rules],
        ))?;
        Ok(())
    }

    /// Which findings a run reported; `findings` ascending.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn presence(&mut self, run: u32, part: u32, findings: &[i64]) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT INTO presence (run, part, findings) VALUES (?, ?, ?)")
                .and_then(|mut s| s.execute(params![run, part, packed::pack(findings.iter().copied())])),
        )?;
        Ok(())
    }

    /// The findings that some runs reported, those taken back left out.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn reported_by(&self, runs: &[RunId], mut take: impl FnMut(i64)) -> Result<(), StoreError> {
        let mut read = || {
            let mut statement = self.store.connection.prepare_cached(
                "SELECT p.findings FROM presence p JOIN run r ON r.id = p.run WHERE r.name = ?",
            )?;
            for run in runs {
                let mut rows = statement.query([run.bytes().as_slice()])?;
                while let Some(row) = rows.next()? {
                    packed::unpack(row.get_ref(0)?.as_blob()?).for_each(&mut take);
                }
            }
            Ok(())
        };
        self.sql(read())
    }

    /// Keeps a problem.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn problem(&mut self, run: Option<u32>, problem: &ProblemRow) -> Result<(), StoreError> {
        let raw =
            (!problem.raw.is_empty()).then(|| zstd::bulk::compress(&problem.raw, 1).unwrap_or_default());
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT INTO problem (run, kind, place, why, raw) VALUES (?, ?, ?, ?, ?)")
                .and_then(|mut s| s.execute(params![run, problem.kind, problem.place, problem.why, raw])),
        )?;
        Ok(())
    }
}
