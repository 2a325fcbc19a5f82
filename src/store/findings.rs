//! `findings.db` and the shape of its widest row.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{StoreError, migrate};
use crate::domain::{FindingId, Kind};

/// `findings.db`, opened.
#[derive(Debug)]
pub struct Findings {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// How many questions were asked.
    pub(super) asked: Cell<u64>,
    /// How many findings, and names of findings in indexes, imports read.
    pub(super) read: Cell<u64>,
}

impl Findings {
    /// How many questions it was asked since it was opened: what no key may cost many of.
    #[must_use]
    pub const fn asked(&self) -> u64 {
        self.asked.get()
    }

    /// How many findings imports read since it was opened: what no small import may read many of.
    #[must_use]
    pub const fn findings_read(&self) -> u64 {
        self.read.get()
    }

    /// Opens it for writing, made or migrated as needed.
    ///
    /// # Errors
    /// When it is not ours, newer, locked or damaged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = migrate::open(path, migrate::FINDINGS)?;
        // A power cut may lose the last import, never tear it; importing again brings it back.
        connection.pragma_update(None, "synchronous", "normal").map_err(|e| StoreError::sqlite(path, e))?;
        Ok(Self { connection, path: path.to_owned(), asked: Cell::new(0), read: Cell::new(0) })
    }

    /// Locks it as another program might, until this is dropped: nobody else can even read it.
    #[cfg(test)]
    pub(crate) fn locked(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA locking_mode = exclusive; BEGIN IMMEDIATE; COMMIT;").unwrap();
        connection
    }

    /// Opens it for reading; `None` where nothing was imported yet.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, StoreError> {
        Self::open_to_read_within(path, migrate::PATIENCE)
    }

    /// As [`Self::open_to_read`]; another process that has locked it is waited for as long as is said.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_read_within(path: &Path, patience: Duration) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = migrate::open_to_read(path, migrate::FINDINGS, patience)?;
        connection.pragma_update(None, "mmap_size", 1_i64 << 30).map_err(|e| StoreError::sqlite(path, e))?;
        Ok(Some(Self { connection, path: path.to_owned(), asked: Cell::new(0), read: Cell::new(0) }))
    }

    /// A number that is another whenever somebody else has changed the file since the last time, cheap to ask for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        let asked = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        asked.map_err(|source| self.error(source))
    }

    /// Hands over some findings by what they can be compared with others: row, rule, kind, tokens, lease and snapshot, the
    /// rest left out. Each is looked up: of many, [`Self::each_outlined`] is faster.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn each_comparable(
        &self,
        findings: &[u32],
        mut take: impl FnMut(FindingRow),
    ) -> Result<(), StoreError> {
        let mut read = || {
            let sql = "SELECT id, rule, kind, tokens, lease, snapshot FROM finding WHERE id = ?";
            let mut statement = self.connection.prepare_cached(sql)?;
            let read_one = |row: &Row<'_>| {
                Ok(FindingRow {
                    id: row.get(0)?,
                    rule: row.get(1)?,
                    kind: row.get(2)?,
                    tokens: u64::from_stored(row.get(3)?),
                    lease: u64::from_stored(row.get(4)?),
                    snapshot: row.get(5)?,
                    ..FindingRow::default()
                })
            };
            for finding in findings {
                if let Some(row) = statement.query_row([finding], read_one).optional()? {
                    take(row);
                }
            }
            Ok(())
        };
        self.sql(read())
    }

    /// Hands over every finding by its row, name, case and whether it is gone, and by what it can be compared with others as
    /// [`Self::each_comparable`] has it, the rest left out. The rows ascend.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn each_outlined(&self, mut take: impl FnMut(FindingRow)) -> Result<(), StoreError> {
        let read = self.each(
            "SELECT id, name, \"case\", rule, kind, flags, tokens, lease, snapshot FROM finding ORDER BY id",
            |row| {
                take(FindingRow {
                    id: row.get(0)?,
                    name: FindingId::new(row.get(1)?),
                    case: row.get(2)?,
                    rule: row.get(3)?,
                    kind: row.get(4)?,
                    flags: row.get(5)?,
                    tokens: u64::from_stored(row.get(6)?),
                    lease: u64::from_stored(row.get(7)?),
                    snapshot: row.get(8)?,
                    ..FindingRow::default()
                });
                Ok(())
            },
        );
        self.sql(read)
    }

    pub(super) fn error(&self, source: rusqlite::Error) -> StoreError {
        StoreError::sqlite(&self.path, source)
    }

    pub(super) fn damaged(&self, why: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), why: why.into() }
    }
}

/// Bits of [`FindingRow::flags`].
#[derive(Debug)]
pub struct FindingFlags;

impl FindingFlags {
    /// Not there any more, in the newest run that could have seen it.
    pub const GONE: u8 = 1;
    /// Its tool reports it as silenced.
    pub const SUPPRESSED: u8 = 2;
    /// Its tool proposes a fix.
    pub const FIX: u8 = 4;
    /// Its tool told a data flow.
    pub const TRACE: u8 = 8;
}

/// Declares the row and its SQL in one place, so that a column's order cannot differ between them.
macro_rules! finding_row {
    ($($(#[$doc:meta])* $field:ident : $type:ty = $column:literal),+ $(,)?) => {
        /// A row of `finding`. Hashes are 0 where not known.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct FindingRow {
            /// Row number; 0 before it is stored.
            pub id: i64,
            /// The name that outlives the database.
            pub name: FindingId,
            $($(#[$doc])* pub $field: $type),+
        }

        impl FindingRow {
            /// The columns, in order.
            pub(super) const COLUMNS: &str = concat!("id, name", $(", ", $column),+);
            /// A placeholder for each.
            pub(super) const PLACES: &str = concat!("?, ?", $(", ", finding_row!(@place $column)),+);

            pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
                let mut index = 1;
                let mut next = || { index += 1; index };
                let name: [u8; 16] = row.get(1)?;
                Ok(Self {
                    id: row.get(0)?,
                    name: FindingId::new(name),
                    $($field: <$type as Stored>::from_stored(row.get::<_, i64>(next())?)),+
                })
            }

            pub(super) fn bind(&self, statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()> {
                statement.raw_bind_parameter(1, self.id)?;
                statement.raw_bind_parameter(2, self.name.bytes().as_slice())?;
                let mut index = 2;
                $( index += 1; statement.raw_bind_parameter(index, self.$field.to_stored())?; )+
                let _ = index;
                Ok(())
            }
        }
    };
    (@place $column:literal) => { "?" };
}

impl FindingRow {
    /// By what it can be compared with findings elsewhere: the tokens that it flags, and of a package the version, else 0.
    /// `None` where it cannot: it flags no code, or a secret that was masked and looks like every other.
    #[must_use]
    pub const fn comparable(&self) -> Option<(u64, u64)> {
        // The lowest bit of a lease is set where its tokens are from the source.
        let masked = self.kind == Kind::Secret as u8 && self.lease & 1 == 0;
        if self.lease == 0 || self.tokens == 0 || masked {
            return None;
        }
        let version = if self.kind == Kind::Dependency as u8 { self.lease | 1 } else { 0 };
        Some((self.tokens, version))
    }
}

/// Numbers as SQLite keeps them: hashes by their bits, the rest by their value.
trait Stored: Sized {
    fn to_stored(&self) -> i64;
    fn from_stored(stored: i64) -> Self;
}

impl Stored for u64 {
    fn to_stored(&self) -> i64 {
        i64::from_le_bytes(self.to_le_bytes())
    }
    fn from_stored(stored: i64) -> Self {
        Self::from_le_bytes(stored.to_le_bytes())
    }
}

impl Stored for u32 {
    fn to_stored(&self) -> i64 {
        i64::from(*self)
    }
    fn from_stored(stored: i64) -> Self {
        Self::try_from(stored).unwrap_or_default()
    }
}

impl Stored for u8 {
    fn to_stored(&self) -> i64 {
        i64::from(*self)
    }
    fn from_stored(stored: i64) -> Self {
        Self::try_from(stored).unwrap_or_default()
    }
}

finding_row! {
    /// The case's number in the docket.
    case: u32 = "\"case\"",
    /// The case that fusion gave it.
    born: u32 = "born",
    /// `project`
    project: u32 = "project",
    /// `tool`
    tool: u32 = "tool",
    /// `rule`
    rule: u32 = "rule",
    /// `path`; 0: none.
    path: u32 = "path",
    /// First line.
    line: u32 = "line",
    /// Last line.
    end_line: u32 = "end_line",
    /// First column.
    col: u32 = "col",
    /// One past the last column.
    end_col: u32 = "end_col",
    /// Severity's number.
    severity: u8 = "severity",
    /// Confidence's number; 0: not said.
    confidence: u8 = "confidence",
    /// Kind's number.
    kind: u8 = "kind",
    /// See [`FindingFlags`].
    flags: u8 = "flags",
    /// `cwe_set`
    cwes: u32 = "cwes",
    /// Tokens of what it matched.
    tokens: u64 = "tokens",
    /// Signature of the enclosing scope.
    scope: u64 = "scope",
    /// Tokens of the lines around.
    around: u64 = "around",
    /// The tool's own identity.
    print: u64 = "print",
    /// Tokens of the flagged statement and of every trace step.
    lease: u64 = "lease",
    /// Tokens of the enclosing function.
    body: u64 = "body",
    /// For dependencies: the package.
    package: u64 = "package",
    /// What the tool says of it.
    content: u64 = "content",
    /// `block`
    block: u32 = "block",
    /// Its place in the block.
    slot: u32 = "slot",
    /// `snapshot`; 0: none.
    snapshot: u32 = "snapshot",
    /// How it was matched last.
    evidence: u8 = "evidence",
    /// `run` that saw it first.
    first_run: u32 = "first_run",
    /// `run` that saw it last.
    last_run: u32 = "last_run",
}
