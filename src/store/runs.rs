//! Questions about the imports so far.

use rusqlite::{OptionalExtension as _, params};

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
    /// The source folder given; empty: none.
    pub source: String,
}

/// The run's columns, in the order of [`RunRow::read`], and where they come from.
pub(super) const COLUMNS: &str = "r.id, r.name, r.import, p.name, t.name, r.tool_version, r.format, r.file, \
    r.revision, r.branch, r.scope, r.imported, r.receipt, r.troubles, r.source";
/// See [`COLUMNS`].
pub(super) const FROM: &str = "run r JOIN project p ON p.id = r.project JOIN tool t ON t.id = r.tool";

impl RunRow {
    /// Reads the first columns of a row.
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
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
            source: row.get(14)?,
        })
    }
}

/// What a run's receipt does not hold: what could not be read of it, and what the tool said that it looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunDetail {
    /// The bytes of its file.
    pub bytes: u64,
    /// The source folder given; empty where none was.
    pub source: String,
    /// What was scanned, where its paths do not tell; else empty.
    pub target: String,
    /// The files it is known to have scanned, where the tool told.
    pub covered: Option<u64>,
    /// The rules that the tool named or that fired.
    pub rules: u64,
    /// The first of the problems, each with its kind, its place in the file and why.
    pub problems: Vec<(String, String, String)>,
    /// How many problems were kept.
    pub problem_count: u64,
}

impl Findings {
    /// The rest of what is kept of each run of an import, in the order of its runs, with so many problems at most.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn run_details(&self, import: &[u8; 16], problems: u32) -> Result<Vec<RunDetail>, StoreError> {
        let read = || {
            let mut runs = self.connection.prepare_cached(
                "SELECT id, bytes, source, target, coverage, rules,
                 (SELECT count(*) FROM problem p WHERE p.run = run.id) FROM run WHERE import = ? ORDER BY id",
            )?;
            let mut told = self
                .connection
                .prepare_cached("SELECT kind, place, why FROM problem WHERE run = ? ORDER BY id LIMIT ?")?;
            let count = |packed: Option<Vec<u8>>| packed.map(|packed| packed::unpack(&packed).count() as u64);
            let mut details = Vec::new();
            let mut rows = runs.query([import.as_slice()])?;
            while let Some(row) = rows.next()? {
                let id: u32 = row.get(0)?;
                let first =
                    told.query_map(params![id, problems], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                details.push(RunDetail {
                    bytes: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                    source: row.get(2)?,
                    target: row.get(3)?,
                    covered: count(row.get(4)?),
                    rules: count(row.get(5)?).unwrap_or_default(),
                    problems: first.collect::<rusqlite::Result<_>>()?,
                    problem_count: u64::try_from(row.get::<_, i64>(6)?).unwrap_or_default(),
                });
            }
            Ok(details)
        };
        self.sql(read())
    }

    /// The imports so far, the newest last.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let read = || {
            let sql = format!("SELECT {COLUMNS} FROM {FROM} ORDER BY r.id");
            self.connection.prepare_cached(&sql)?.query_map([], RunRow::read)?.collect()
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

    /// The source folder given last for a project, and the address of its git remote; empty where not known.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn project_source(&self, project: &str) -> Result<Option<(String, String)>, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT source, remote FROM project WHERE name = ?")
            .and_then(|mut s| s.query_row([project], |row| Ok((row.get(0)?, row.get(1)?))).optional());
        self.sql(read)
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
