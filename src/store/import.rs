//! Writing an import: one transaction that is there as a whole or not at all.

use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use super::StoreError;
use super::docket::{self, SEGMENT, Segment};
use super::findings::Findings;
use super::pace::Pace;
use super::runs::RunRow;
use crate::domain::{Digest, RunId};

mod cases;
mod findings;
mod known_by;
mod names;
mod remove;
mod runs;
mod snapshots;
mod tally;

pub use known_by::{KnownBy, Lead, family_of, scope_bits};
pub use remove::TakenBack;

/// Segments of the docket held open at once; a partition's cases lie in a few.
const OPEN_SEGMENTS: usize = 16;

/// Claims of an import from which on what it writes is brought to disk beside it.
const PACED: u64 = 50_000;

/// A run about to be stored.
#[derive(Debug, Clone, Default)]
pub struct NewRun {
    /// Its name.
    pub name: RunId,
    /// The same for all runs of one file.
    pub import: [u8; 16],
    /// `project`
    pub project: u32,
    /// `tool`
    pub tool: u32,
    /// The tool's version.
    pub tool_version: String,
    /// The reader's word.
    pub format: String,
    /// The file as named.
    pub file: String,
    /// Of its bytes.
    pub digest: Digest,
    /// How many they are.
    pub bytes: u64,
    /// The revision scanned.
    pub revision: String,
    /// The branch scanned.
    pub branch: String,
    /// `full` or `partial`.
    pub scope: &'static str,
    /// The source folder given; empty: none.
    pub source: String,
    /// What was scanned, where its paths do not tell.
    pub target: String,
    /// When the scan began.
    pub started: String,
    /// Now.
    pub imported: String,
    /// What the tool said went wrong.
    pub troubles: String,
}

/// Something not taken as a claim, kept one by one.
#[derive(Debug, Clone)]
pub struct ProblemRow {
    /// `set aside` or a kind of failure.
    pub kind: &'static str,
    /// Inside the file.
    pub place: String,
    /// Why.
    pub why: String,
    /// What stood there.
    pub raw: Vec<u8>,
}

/// A run of a file that was imported before.
#[derive(Debug, Clone)]
pub struct KnownRun {
    /// The run.
    pub run: RunRow,
    /// Whether a later run of its tool has been imported, of other bytes.
    pub overtaken: bool,
}

/// A known path of a project.
pub type PathKey = (u32, String);

/// An import being written. Dropped without [`ImportWriter::commit`], nothing of it remains.
#[derive(Debug)]
pub struct ImportWriter<'s> {
    store: &'s mut Findings,
    open: bool,
    next_finding: i64,
    next_block: i64,
    next_case: u32,
    segments: FxHashMap<u32, OpenSegment>,
    clock: u64,
    cwe_sets: FxHashMap<String, u32>,
    cwe_members: FxHashMap<u32, String>,
    rule_sets: FxHashMap<Vec<u32>, u32>,
    keys: known_by::Keys,
    /// Findings that there are more of by now, for a project and a tool: all, and those not gone.
    counted: FxHashMap<(u32, u32), (i64, i64)>,
    counted_cases: i64,
    /// The indexes of `finding` were dropped for this import and are made anew at its end.
    unindexed: bool,
    /// The import's first run; `None` where this is no import.
    first_run: Option<u32>,
    /// Whether this import put findings aside as they were before.
    keeps_former: bool,
    /// Brings to disk what a large import writes.
    pace: Option<Pace>,
}

#[derive(Debug)]
struct OpenSegment {
    segment: Segment,
    known: FxHashMap<u64, (u32, u32)>,
    used: u64,
    changed: bool,
    texts_changed: bool,
}

/// The indexes of `finding`: by name, by place, and the members of cases that have several; and that of paths by their
/// last part.
const INDEXES: [(&str, &str); 4] = [
    ("finding_by_name", "CREATE UNIQUE INDEX IF NOT EXISTS finding_by_name ON finding (name)"),
    ("finding_by_path", "CREATE INDEX IF NOT EXISTS finding_by_path ON finding (path, tool)"),
    ("finding_by_case", "CREATE INDEX IF NOT EXISTS finding_by_case ON finding (\"case\")"),
    (
        "path_by_name",
        concat!("CREATE INDEX IF NOT EXISTS path_by_name ON path (project, ", names::name!(), ")"),
    ),
];

impl Findings {
    /// Begins an import. Waits up to ten seconds for another process's to end.
    ///
    /// # Errors
    /// When the lock is not to be had.
    pub fn begin_import(&mut self) -> Result<ImportWriter<'_>, StoreError> {
        // Dirty pages beyond the cache spill into the log: this bounds an import's memory, whatever its size.
        self.connection.pragma_update(None, "cache_size", -65_536).map_err(|e| self.error(e))?;
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| self.error(e))?;
        let one = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let numbers = (|| {
            let last = one("SELECT coalesce(max(segment), -1) FROM docket")?;
            let cases = self
                .connection
                .query_row("SELECT columns FROM docket WHERE segment = ?", [last], |row| {
                    row.get::<_, Vec<u8>>(0)
                })
                .optional()?
                .map_or(0, |columns| docket::unpack_rows(&columns).count());
            rusqlite::Result::Ok((
                one("SELECT coalesce(max(id), 0) FROM finding")?,
                one("SELECT coalesce(max(id), 0) FROM block")?,
                last.max(0) * i64::from(SEGMENT) + cases as i64,
            ))
        })();
        let (finding, block, cases) = match numbers {
            Ok(numbers) => numbers,
            Err(error) => {
                let _ = self.connection.execute_batch("ROLLBACK");
                return Err(self.error(error));
            }
        };
        Ok(ImportWriter {
            store: self,
            open: true,
            next_finding: finding + 1,
            next_block: block + 1,
            next_case: u32::try_from(cases).unwrap_or(0) + 1,
            segments: FxHashMap::default(),
            clock: 0,
            cwe_sets: FxHashMap::default(),
            cwe_members: FxHashMap::default(),
            rule_sets: FxHashMap::default(),
            keys: known_by::Keys::default(),
            counted: FxHashMap::default(),
            counted_cases: 0,
            unindexed: false,
            first_run: None,
            keeps_former: false,
            pace: None,
        })
    }
}

impl Drop for ImportWriter<'_> {
    fn drop(&mut self) {
        if self.open {
            let _ = self.store.connection.execute_batch("ROLLBACK");
        }
    }
}

impl ImportWriter<'_> {
    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| self.store.error(error))
    }

    /// Whether the store holds no findings at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.next_finding == 1
    }

    /// Gets ready for about `rows` new findings: where they outnumber what is there, the indexes are dropped and made
    /// anew at the end, since keeping them up row by row costs several times more.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn expect(&mut self, rows: u64) -> Result<(), StoreError> {
        if rows > PACED {
            self.pace = Some(Pace::beside(&self.store.path));
        }
        if rows > 10_000 && self.is_empty() {
            for (name, _) in INDEXES {
                self.sql(self.store.connection.execute_batch(&format!("DROP INDEX IF EXISTS {name}")))?;
            }
            self.unindexed = true;
        } else {
            self.index()?;
        }
        self.make_keys()
    }

    /// Makes the indexes that [`Self::expect`] dropped.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn make_indexes(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.unindexed) {
            // The sorter of an index then takes its memory in one piece, as much as the cache may have, and only what
            // is more goes to a file; in memory alone it would allocate row by row and without a bound.
            self.sql(self.store.connection.pragma_update(None, "temp_store", "file"))?;
            self.index()?;
            self.sql(self.store.connection.pragma_update(None, "temp_store", "memory"))?;
        }
        Ok(())
    }

    fn index(&self) -> Result<(), StoreError> {
        INDEXES.iter().try_for_each(|(_, sql)| self.sql(self.store.connection.execute_batch(sql)))
    }

    /// Makes everything durable and visible at once.
    ///
    /// # Errors
    /// When it cannot; then nothing of the import remains.
    pub fn commit(mut self) -> Result<(), StoreError> {
        let open: Vec<u32> = self.segments.keys().copied().collect();
        for number in open {
            self.close_segment(number)?;
        }
        self.write_keys()?;
        self.write_tally()?;
        self.make_indexes()?;
        self.prune_former()?;
        self.sql(self.store.connection.execute_batch("COMMIT"))?;
        self.open = false;
        Ok(())
    }
}
