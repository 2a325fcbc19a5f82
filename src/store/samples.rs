//! What of the kept sources a batch is made of: files in which tools found nothing, and fixes by people.

use super::{Findings, StoreError};

/// A file in which tools that looked there found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanFile {
    /// The file, by its row.
    pub path: u32,
    /// Its project, by its row.
    pub project: u32,
    /// Its text, by the snapshot's row.
    pub snapshot: u32,
    /// The run that saw it so, by its row.
    pub run: u32,
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
    pub fn clean_files(&self) -> Result<Vec<CleanFile>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT s.path, p.project, s.snapshot, max(s.run) FROM sighting s JOIN path p ON p.id = s.path
                     WHERE s.role = 'clean' GROUP BY s.path ORDER BY s.path",
                )?
                .query_map([], |row| {
                    Ok(CleanFile {
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
