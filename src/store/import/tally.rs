//! How many findings and cases there are, kept as they change: no import counts a million rows.

use rusqlite::{OptionalExtension, params};

use super::ImportWriter;
use crate::store::StoreError;
use crate::store::findings::{FindingFlags, FindingRow};

impl ImportWriter<'_> {
    /// How many findings of a tool a project had before this import: all, and those not gone.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn tally(&self, project: u32, tool: u32) -> Result<(u64, u64), StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT findings, open FROM tally WHERE project = ? AND tool = ?")?
                .query_row([project, tool], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                .optional()
        };
        Ok(self.sql(read())?.map_or((0, 0), |(all, open)| (all as u64, open as u64)))
    }

    /// Counts a finding as it is now instead of as it was.
    pub(super) fn count(&mut self, row: &FindingRow, old: Option<&FindingRow>) {
        let open = |row: &FindingRow| i64::from(row.flags & FindingFlags::GONE == 0);
        let counted = self.counted.entry((row.project, row.tool)).or_default();
        counted.0 += i64::from(old.is_none());
        counted.1 += open(row) - old.map_or(0, open);
    }

    /// Writes what was counted.
    pub(super) fn write_tally(&mut self) -> Result<(), StoreError> {
        let counted = std::mem::take(&mut self.counted);
        let cases = std::mem::take(&mut self.counted_cases);
        let write = || -> rusqlite::Result<()> {
            let connection = &self.store.connection;
            for ((project, tool), (findings, open)) in counted {
                connection
                    .prepare_cached(
                        "INSERT INTO tally (project, tool, findings, open) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT DO UPDATE SET findings = findings + ?3, open = open + ?4",
                    )?
                    .execute(params![project, tool, findings, open])?;
            }
            if connection.execute("UPDATE total SET cases = cases + ?", [cases])? == 0 {
                let all = self.store.count_cases()?;
                connection.execute("INSERT INTO total (id, cases) VALUES (0, ?)", [all])?;
            }
            Ok(())
        };
        self.sql(write())
    }

    /// Counts all findings anew.
    pub(super) fn tally_anew(&self) -> rusqlite::Result<()> {
        self.store.connection.execute_batch(
            "DELETE FROM tally;
             INSERT INTO tally SELECT project, tool, count(*), sum(flags & 1 = 0) FROM finding GROUP BY project, tool;",
        )
    }
}
