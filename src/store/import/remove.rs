//! Taking an import back: what only it saw is deleted, what it changed is put back from `former`.

use rusqlite::params;

use super::ImportWriter;
use crate::domain::RunId;
use crate::store::{StoreError, packed};

/// What an import may change of a finding. The case is not among it: splits and merges decide that.
const CHANGING: &str = "rule, path, line, end_line, col, end_col, severity, confidence, flags, cwes, tokens, scope, \
    around, print, lease, body, content, block, slot, snapshot, evidence, last_run";

/// As many rows of `former` are kept however few findings there are: about a megabyte.
const FEW: i64 = 4096;

/// The runs of the import that is taken back.
const RUNS: &str = "(SELECT id FROM run WHERE import = ?1)";

/// What went with an import.
#[derive(Debug, Default)]
pub struct TakenBack {
    /// Its runs.
    pub runs: Vec<RunId>,
    /// Findings that are no more.
    pub vanished: u64,
    /// Findings that are as they were before.
    pub restored: u64,
    /// Cases that had one of the vanished.
    pub lost: Vec<u32>,
    /// Cases that have one of the restored.
    pub changed: Vec<u32>,
}

impl ImportWriter<'_> {
    /// Puts a finding aside as it is, if this is an import that can be taken back.
    pub(super) fn keep_former(&mut self, finding: i64) -> Result<(), StoreError> {
        let Some(run) = self.first_run else { return Ok(()) };
        self.keeps_former = true;
        static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let sql = SQL.get_or_init(|| {
            let columns = CHANGING.replace(", ", ", f.");
            format!(
                "INSERT INTO former (run, finding, {CHANGING}, drift_run, drift_diff, fix_run, fix_before, fix_after)
                 SELECT ?1, f.id, f.{columns}, d.run, d.diff, x.run, x.before, x.after
                 FROM finding f LEFT JOIN drift d ON d.finding = f.id LEFT JOIN fix x ON x.finding = f.id
                 WHERE f.id = ?2"
            )
        });
        let kept =
            self.store.connection.prepare_cached(sql).and_then(|mut s| s.execute(params![run, finding]));
        self.sql(kept)?;
        Ok(())
    }

    /// Keeps `former` in bounds: an import on which a later one of its tool rests can be taken back only after that,
    /// so what the oldest of those replaced is dropped as soon as there is more of it all than there are findings. They
    /// then stay, and so do those before them. What the newest import of a tool replaced is always kept.
    pub(super) fn prune_former(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.keeps_former) {
            return Ok(());
        }
        let bound = FEW.max(self.next_finding);
        let prune = || -> rusqlite::Result<()> {
            let connection = &self.store.connection;
            // There are no more than their numbers have room for: mostly that is enough to know, and nothing is counted.
            let room: i64 = connection.query_row(
                "SELECT coalesce((SELECT max(rowid) FROM former) - (SELECT min(rowid) FROM former) + 1, 0)",
                [],
                |row| row.get(0),
            )?;
            if room <= bound {
                return Ok(());
            }
            let mut total = 0;
            let mut statement = connection.prepare_cached(
                "SELECT first.import, f.run, f.rows, EXISTS (
                     SELECT 1 FROM run own JOIN run later ON later.project = own.project AND later.tool = own.tool
                     WHERE own.import = first.import AND later.id > own.id AND later.import <> own.import)
                 FROM (SELECT run, count(*) AS rows FROM former GROUP BY run) f JOIN run first ON first.id = f.run
                 ORDER BY f.run DESC",
            )?;
            let kept: Vec<([u8; 16], u32, i64, bool)> = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (import, run, rows, is_rested_on) in kept {
                total += rows;
                if is_rested_on && total > bound {
                    total -= rows;
                    connection.execute("DELETE FROM former WHERE run = ?", [run])?;
                    connection
                        .execute("UPDATE run SET last_path = NULL WHERE import = ?", [import.as_slice()])?;
                }
            }
            Ok(())
        };
        self.sql(prune())
    }

    /// The imports of which a run is one, the newest first; without those there are none of.
    ///
    /// # Errors
    /// As [`Self::project`] (so for all of them).
    pub fn newest_first(&self, imports: &[[u8; 16]]) -> Result<Vec<[u8; 16]>, StoreError> {
        let read = || {
            let mut statement = self
                .store
                .connection
                .prepare_cached("SELECT import FROM run GROUP BY import ORDER BY max(id) DESC")?;
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<[u8; 16]>>>()
        };
        let mut all = self.sql(read())?;
        all.retain(|import| imports.contains(import));
        Ok(all)
    }

    /// Whether all that an import replaced was kept.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn can_be_taken_back(&self, import: &[u8; 16]) -> Result<bool, StoreError> {
        self.sql(self.store.connection.query_row(
            "SELECT count(*) > 0 AND count(*) = count(last_path) FROM run WHERE import = ?1",
            params![import.as_slice()],
            |row| row.get(0),
        ))
    }

    /// The later runs that rest on an import, the newest first: those of the same tool, which followed its findings,
    /// and those whose findings joined the case of one of its.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn resting_on(&self, import: &[u8; 16]) -> Result<Vec<RunId>, StoreError> {
        let sql = format!(
            "SELECT name FROM run later WHERE later.id > (SELECT max(id) FROM run WHERE import = ?1) AND (
                 EXISTS (SELECT 1 FROM run own WHERE own.import = ?1 AND own.project = later.project
                         AND own.tool = later.tool)
                 OR later.id IN (SELECT f.first_run FROM kinship k JOIN finding f ON f.id = k.finding
                                 JOIN finding kin ON kin.id = k.kin WHERE kin.first_run IN {RUNS}))
             ORDER BY later.id DESC"
        );
        let read = || {
            let mut statement = self.store.connection.prepare(&sql)?;
            statement.query_map(params![import.as_slice()], |row| Ok(RunId::new(row.get(0)?)))?.collect()
        };
        self.sql(read())
    }

    /// Takes an import back on which nothing rests. The docket's rows are the caller's to bring up to date.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn take_back(&mut self, import: &[u8; 16]) -> Result<TakenBack, StoreError> {
        let taken = self.taken_back(import);
        self.sql(taken)
    }

    fn taken_back(&self, import: &[u8; 16]) -> rusqlite::Result<TakenBack> {
        let connection = &self.store.connection;
        let import = import.as_slice();
        let numbers = |sql: &str| -> rusqlite::Result<Vec<u32>> {
            connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let names = connection
            .prepare("SELECT name FROM run WHERE import = ?1 ORDER BY id")?
            .query_map(params![import], |row| Ok(RunId::new(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let (project, last_path): (u32, i64) = connection.query_row(
            "SELECT project, last_path FROM run WHERE import = ?1 ORDER BY id LIMIT 1",
            params![import],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let run = |sql: &str| connection.execute(sql, params![import]);

        // Of several former rows of one finding the oldest is what it was before the import.
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE IF NOT EXISTS vanished (id INTEGER PRIMARY KEY);
             CREATE TEMP TABLE IF NOT EXISTS loose (snapshot INTEGER PRIMARY KEY);
             CREATE TEMP TABLE IF NOT EXISTS covered (path INTEGER PRIMARY KEY);
             CREATE TEMP TABLE IF NOT EXISTS restored AS
                 SELECT finding, {CHANGING}, drift_run, drift_diff, fix_run, fix_before, fix_after
                 FROM former WHERE 0;
             CREATE UNIQUE INDEX IF NOT EXISTS temp.restored_by_finding ON restored (finding);
             DELETE FROM vanished; DELETE FROM loose; DELETE FROM covered; DELETE FROM restored;"
        ))?;
        run(&format!("INSERT INTO vanished SELECT id FROM finding WHERE first_run IN {RUNS}"))?;
        run(&format!(
            "INSERT OR IGNORE INTO restored
             SELECT finding, {CHANGING}, drift_run, drift_diff, fix_run, fix_before, fix_after
             FROM former WHERE run IN {RUNS} ORDER BY rowid"
        ))?;
        let lost = numbers("SELECT DISTINCT \"case\" FROM finding WHERE id IN vanished ORDER BY 1")?;
        let changed = numbers(
            "SELECT DISTINCT \"case\" FROM finding WHERE id IN (SELECT finding FROM restored) ORDER BY 1",
        )?;
        run(&format!(
            "INSERT OR IGNORE INTO loose
             SELECT snapshot FROM finding WHERE id IN vanished OR id IN (SELECT finding FROM restored)
             UNION SELECT snapshot FROM sighting WHERE run IN {RUNS}
             UNION SELECT after FROM fix WHERE run IN {RUNS}"
        ))?;

        let set: Vec<String> = CHANGING.split(", ").map(|column| format!("{column} = o.{column}")).collect();
        let restored = connection.execute(
            &format!("UPDATE finding SET {} FROM restored o WHERE o.finding = finding.id", set.join(", ")),
            [],
        )?;
        // The drift itself stays: a verdict given in between rests on other code than there is now again.
        run(&format!(
            "UPDATE drift SET lease = f.lease, body = f.body, run = coalesce(o.drift_run, f.last_run),
             diff = coalesce(o.drift_diff, '')
             FROM restored o JOIN finding f ON f.id = o.finding
             WHERE o.finding = drift.finding AND drift.run IN {RUNS}"
        ))?;
        run(&format!("DELETE FROM fix WHERE run IN {RUNS}"))?;
        connection.execute_batch(
            "INSERT OR REPLACE INTO fix (finding, run, before, after)
                 SELECT finding, fix_run, fix_before, fix_after FROM restored WHERE fix_run IS NOT NULL;
             DELETE FROM kinship WHERE finding IN vanished OR kin IN vanished;
             DELETE FROM alias WHERE finding IN vanished;
             DELETE FROM drift WHERE finding IN vanished;
             DELETE FROM fix WHERE finding IN vanished;",
        )?;
        let vanished = connection.execute("DELETE FROM finding WHERE id IN vanished", [])?;
        self.tally_anew()?;

        // A later run may have seen the same file; its sighting was not written again.
        run(&format!(
            "UPDATE sighting SET run = (SELECT f.last_run FROM finding f
                 WHERE f.path = sighting.path AND f.snapshot = sighting.snapshot LIMIT 1)
             WHERE run IN {RUNS} AND EXISTS (SELECT 1 FROM finding f
                 WHERE f.path = sighting.path AND f.snapshot = sighting.snapshot)"
        ))?;
        for table in ["sighting", "presence", "problem", "block", "former"] {
            run(&format!("DELETE FROM {table} WHERE run IN {RUNS}"))?;
        }
        run("DELETE FROM run WHERE import = ?1")?;
        connection.execute_batch(
            "DELETE FROM snapshot WHERE id IN loose
                 AND id NOT IN (SELECT snapshot FROM finding)
                 AND id NOT IN (SELECT snapshot FROM sighting)
                 AND id NOT IN (SELECT before FROM fix UNION SELECT after FROM fix)
                 AND id NOT IN (SELECT snapshot FROM former)
                 AND id NOT IN (SELECT fix_before FROM former WHERE fix_run IS NOT NULL
                                UNION SELECT fix_after FROM former WHERE fix_run IS NOT NULL);",
        )?;
        self.drop_paths(project, last_path)?;
        Ok(TakenBack { runs: names, vanished: vanished as u64, restored: restored as u64, lost, changed })
    }

    /// Forgets the paths behind `last_path` that nothing names any more, and a project without runs.
    fn drop_paths(&self, project: u32, last_path: i64) -> rusqlite::Result<()> {
        let connection = &self.store.connection;
        let mut cover = connection.prepare("INSERT OR IGNORE INTO covered VALUES (?)")?;
        let mut runs =
            connection.prepare("SELECT coverage FROM run WHERE project = ? AND coverage IS NOT NULL")?;
        let mut rows = runs.query([project])?;
        while let Some(row) = rows.next()? {
            for path in packed::unpack(row.get_ref(0)?.as_blob()?).filter(|&path| path > last_path) {
                cover.execute([path])?;
            }
        }
        connection.execute(
            "DELETE FROM path WHERE project = ?1 AND id > ?2
                 AND id NOT IN (SELECT path FROM finding WHERE project = ?1)
                 AND id NOT IN (SELECT path FROM former)
                 AND id NOT IN (SELECT path FROM sighting)
                 AND id NOT IN covered",
            params![project, last_path],
        )?;
        let left: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM run WHERE project = ?)",
            [project],
            |row| row.get(0),
        )?;
        if left {
            connection.execute(
                "UPDATE project SET source = coalesce((SELECT source FROM run WHERE project = ?1 AND source <> ''
                 ORDER BY id DESC LIMIT 1), '') WHERE id = ?1",
                [project],
            )?;
        } else {
            connection.execute("DELETE FROM path WHERE project = ?", [project])?;
            connection.execute("DELETE FROM project WHERE id = ?", [project])?;
        }
        Ok(())
    }
}
