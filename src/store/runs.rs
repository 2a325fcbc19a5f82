//! Questions about the imports so far.

use rusqlite::params;

use super::findings::Findings;
use super::{StoreError, packed};
use crate::domain::RunId;

/// An import's run as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Row number.
    pub id: u32,
    /// Its name.
    pub name: RunId,
    /// The same for all runs of one file.
    pub import: [u8; 16],
    /// Project's name.
    pub project: String,
    /// Tool's name.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// The reader's word.
    pub format: String,
    /// The file as named.
    pub file: String,
    /// The revision scanned.
    pub revision: String,
    /// The branch scanned.
    pub branch: String,
    /// `full` or `partial`.
    pub scope: String,
    /// When it was imported.
    pub imported: String,
    /// The counts, JSON.
    pub receipt: String,
    /// What the tool said went wrong.
    pub troubles: String,
}

impl Findings {
    /// The imports so far, the newest last.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT r.id, r.name, r.import, p.name, t.name, r.tool_version, r.format, r.file, r.revision, r.branch,
                 r.scope, r.imported, r.receipt, r.troubles
                 FROM run r JOIN project p ON p.id = r.project JOIN tool t ON t.id = r.tool ORDER BY r.id",
            )?;
            statement
                .query_map([], |row| {
                    Ok(RunRow {
                        id: row.get(0)?,
                        name: RunId::new(row.get(1)?),
                        import: row.get(2)?,
                        project: row.get(3)?,
                        tool: row.get(4)?,
                        tool_version: row.get(5)?,
                        format: row.get(6)?,
                        file: row.get(7)?,
                        revision: row.get(8)?,
                        branch: row.get(9)?,
                        scope: row.get(10)?,
                        imported: row.get(11)?,
                        receipt: row.get(12)?,
                        troubles: row.get(13)?,
                    })
                })?
                .collect()
        };
        self.sql(read())
    }

    /// The names of the projects, the oldest first.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn projects(&self) -> Result<Vec<String>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT name FROM project ORDER BY id")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        self.sql(read())
    }

    /// For each tool of a project, whether its newest run is known to have scanned a path: `None` where the tool did
    /// not tell which files it scanned.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn looked_at(&self, project: u32, path: u32) -> Result<Vec<(u32, Option<bool>)>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT tool, coverage, max(id) FROM run WHERE project = ? GROUP BY tool ORDER BY tool",
            )?;
            statement
                .query_map(params![project], |row| {
                    let coverage: Option<Vec<u8>> = row.get(1)?;
                    let looked = coverage
                        .map(|packed| packed::unpack(&packed).any(|scanned| scanned == i64::from(path)));
                    Ok((row.get(0)?, looked))
                })?
                .collect()
        };
        self.sql(read())
    }
}
