//! Questions about everything that was told of a project, one finding at a time.

use rusqlite::params;

use super::StoreError;
use super::blocks::Block;
use super::findings::{FindingRow, Findings};

/// What could not be read of an import, with what stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The project.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// The reader's word.
    pub format: String,
    /// The file as named.
    pub file: String,
    /// When it was imported.
    pub imported: String,
    /// The kind of failure.
    pub kind: String,
    /// The place in the file.
    pub place: String,
    /// Why.
    pub why: String,
    /// What stood there; empty where it was not kept.
    pub raw: Vec<u8>,
}

impl Findings {
    /// The tools that have findings in a project, by their rows, the one that was imported first before the others.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn tools_of(&self, project: u32) -> Result<Vec<u32>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT tool FROM run WHERE project = ? GROUP BY tool ORDER BY min(id)")?
                .query_map([project], |row| row.get(0))?
                .collect()
        };
        self.sql(read())
    }

    /// The rules of a tool that have findings in a project, by their rows.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn rules_of(&self, project: u32, tool: u32) -> Result<Vec<u32>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT DISTINCT rule FROM finding WHERE project = ? AND tool = ? ORDER BY rule",
                )?
                .query_map([project, tool], |row| row.get(0))?
                .collect()
        };
        self.sql(read())
    }

    /// Hands over each finding of a tool in a project with what was said of it (`postcard`), in the order in which it was
    /// said; empty where its block is gone. Each block is opened once.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`], and what `take` returns.
    pub fn each_told<E: From<StoreError>>(
        &self,
        project: u32,
        tool: u32,
        mut take: impl FnMut(FindingRow, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut stopped = None;
        let mut read = || {
            let sql = format!(
                "SELECT {} FROM finding WHERE project = ? AND tool = ? ORDER BY block, slot",
                FindingRow::COLUMNS
            );
            let mut find = self.connection.prepare_cached(&sql)?;
            let mut open = self.connection.prepare_cached("SELECT body FROM block WHERE id = ?")?;
            let mut rows = find.query(params![project, tool])?;
            let mut last: Option<(u32, Option<Block>)> = None;
            while let Some(row) = rows.next()? {
                let row = FindingRow::read(row)?;
                if last.as_ref().is_none_or(|(block, _)| *block != row.block) {
                    let mut found = open.query([row.block])?;
                    let block = match found.next()? {
                        Some(body) => Block::open(body.get_ref(0)?.as_blob()?).ok(),
                        None => None,
                    };
                    last = Some((row.block, block));
                }
                let block = last.as_ref().and_then(|(_, block)| block.as_ref());
                let claim = block.and_then(|block| block.entry(row.slot)).map_or(&[][..], |(_, claim)| claim);
                if let Err(error) = take(row, claim) {
                    stopped = Some(error);
                    break;
                }
            }
            Ok(())
        };
        self.sql(read())?;
        stopped.map_or(Ok(()), Err)
    }

    /// Whether the code of a finding has ever changed.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn drifted(&self) -> Result<rustc_hash::FxHashSet<i64>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT finding FROM drift")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        self.sql(read())
    }

    /// What could not be read of a project's imports, or of all, the oldest first. What was set aside is not among it.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn unread(&self, project: Option<&str>) -> Result<Vec<Unread>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT p.name, t.name, r.format, r.file, r.imported, x.kind, x.place, x.why, x.raw
                     FROM problem x JOIN run r ON r.id = x.run JOIN project p ON p.id = r.project
                     JOIN tool t ON t.id = r.tool
                     WHERE x.kind NOT IN ('set aside', 'cut') AND (?1 IS NULL OR p.name = ?1) ORDER BY x.id",
                )?
                .query_map([project], |row| {
                    let raw: Option<Vec<u8>> = row.get(8)?;
                    Ok(Unread {
                        project: row.get(0)?,
                        tool: row.get(1)?,
                        format: row.get(2)?,
                        file: row.get(3)?,
                        imported: row.get(4)?,
                        kind: row.get(5)?,
                        place: row.get(6)?,
                        why: row.get(7)?,
                        raw: raw.and_then(|raw| zstd::decode_all(raw.as_slice()).ok()).unwrap_or_default(),
                    })
                })?
                .collect()
        };
        self.sql(read())
    }
}
