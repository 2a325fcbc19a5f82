//! What of the kept sources a batch is made of: files in which tools found nothing, and fixes by people.

use super::{Findings, StoreError};

/// A file whose text was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// The file, by its row.
    pub path: u32,
    /// Its project, by its row.
    pub project: u32,
    /// Its newest text, by the snapshot's row.
    pub snapshot: u32,
    /// The run that saw it so, by its row.
    pub run: u32,
}

/// A finding that is reported, by the rows of what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagRow {
    /// The file.
    pub path: u32,
    /// The tool.
    pub tool: u32,
    /// The rule.
    pub rule: u32,
    /// The severity's number.
    pub severity: u8,
    /// The case, by its number.
    pub case: u32,
}

/// A finding that went because its code changed, with the code before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixRow {
    /// Its case, by its number.
    pub case: u32,
    /// The finding, by its row.
    pub finding: i64,
    /// The file, by its row.
    pub path: u32,
    /// The snapshot with it.
    pub before: u32,
    /// The snapshot without.
    pub after: u32,
}

impl Findings {
    /// The newest text of each file in which tools found nothing, by file.
    ///
    /// # Errors
    /// When the store fails.
    pub fn clean_files(&self) -> Result<Vec<KeptFile>, StoreError> {
        self.files_as("s.role = 'clean'")
    }

    /// The newest text of each file that was kept, by file.
    ///
    /// # Errors
    /// As [`Self::clean_files`].
    pub fn kept_files(&self) -> Result<Vec<KeptFile>, StoreError> {
        self.files_as("true")
    }

    /// The newest text of each file that was seen as is said.
    fn files_as(&self, seen: &'static str) -> Result<Vec<KeptFile>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(&format!(
                    "SELECT s.path, p.project, s.snapshot, max(s.run) FROM sighting s JOIN path p ON p.id = s.path
                     WHERE {seen} GROUP BY s.path ORDER BY s.path",
                ))?
                .query_map([], |row| {
                    Ok(KeptFile {
                        path: row.get(0)?,
                        project: row.get(1)?,
                        snapshot: row.get(2)?,
                        run: row.get(3)?,
                    })
                })?
                .collect()
        };
        self.sql(read())
    }

    /// Hands over every finding in a file that is still reported.
    ///
    /// # Errors
    /// As [`Self::clean_files`].
    pub fn each_flag(&self, mut take: impl FnMut(FlagRow)) -> Result<(), StoreError> {
        let mut read = || {
            let mut find = self.connection.prepare_cached(
                "SELECT path, tool, rule, severity, \"case\" FROM finding WHERE path <> 0 AND flags & 1 = 0",
            )?;
            let mut rows = find.query([])?;
            while let Some(row) = rows.next()? {
                take(FlagRow {
                    path: row.get(0)?,
                    tool: row.get(1)?,
                    rule: row.get(2)?,
                    severity: row.get(3)?,
                    case: row.get(4)?,
                });
            }
            Ok(())
        };
        self.sql(read())
    }

    /// The findings that went because their code changed, in the order in which they were first seen.
    ///
    /// # Errors
    /// As [`Self::clean_files`].
    pub fn fixes(&self) -> Result<Vec<FixRow>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT f.\"case\", f.id, f.path, x.before, x.after FROM fix x JOIN finding f ON f.id = x.finding
                     ORDER BY f.id",
                )?
                .query_map([], |row| {
                    Ok(FixRow {
                        case: row.get(0)?,
                        finding: row.get(1)?,
                        path: row.get(2)?,
                        before: row.get(3)?,
                        after: row.get(4)?,
                    })
                })?
                .collect()
        };
        self.sql(read())
    }
}
