//! Questions about what was told of many findings, and about the texts of files.

use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::blocks::Block;
use super::findings::Findings;

impl Findings {
    /// Hands over what each of some findings said (`postcard`), in no order. Each block is opened once, however many
    /// of them are in it.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn each_claim(&self, findings: &[u32], mut take: impl FnMut(u32, &[u8])) -> Result<(), StoreError> {
        let mut places: Vec<(u32, u32, u32)> = Vec::with_capacity(findings.len());
        let mut find = || {
            let mut statement =
                self.connection.prepare_cached("SELECT block, slot FROM finding WHERE id = ?")?;
            for &finding in findings {
                let place =
                    statement.query_row([finding], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
                places.extend(place.map(|(block, slot)| (block, slot, finding)));
            }
            Ok(())
        };
        self.sql(find())?;
        places.sort_unstable();
        for of_block in places.chunk_by(|one, next| one.0 == next.0) {
            let Some(&(number, ..)) = of_block.first() else { continue };
            let body = self
                .connection
                .prepare_cached("SELECT body FROM block WHERE id = ?")
                .and_then(|mut s| s.query_row([number], |row| row.get::<_, Vec<u8>>(0)).optional());
            let Some(body) = self.sql(body)? else { continue };
            let block = Block::open(&body)?;
            for &(_, slot, finding) in of_block {
                if let Some((_, claim)) = block.entry(slot) {
                    take(finding, claim);
                }
            }
        }
        Ok(())
    }

    /// Those of some findings, by their places in the list, whose flagged tokens are wanted.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn with_tokens(
        &self,
        findings: impl Iterator<Item = u32>,
        wanted: impl Fn(u64) -> bool,
    ) -> Result<Vec<usize>, StoreError> {
        let find = || {
            let mut found = Vec::new();
            let mut statement = self.connection.prepare_cached("SELECT tokens FROM finding WHERE id = ?")?;
            for (at, finding) in findings.enumerate() {
                let tokens = statement.query_row([finding], |row| row.get::<_, i64>(0)).optional()?;
                if tokens.is_some_and(|tokens| wanted(tokens.cast_unsigned())) {
                    found.push(at);
                }
            }
            Ok(found)
        };
        self.sql(find())
    }

    /// The row of a path of a project.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn path_row(&self, project: u32, path: &str) -> Result<Option<u32>, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT id FROM path WHERE project = ? AND path = ?")
            .and_then(|mut s| s.query_row(params![project, path], |row| row.get(0)).optional());
        self.sql(read)
    }

    /// Language, framework and service of a file as it was kept.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn sighted(&self, path: u32, snapshot: u32) -> Result<Option<(String, String, String)>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT language, framework, service FROM sighting WHERE path = ? AND snapshot = ?
                     ORDER BY run DESC LIMIT 1",
                )?
                .query_row([path, snapshot], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        };
        self.sql(read())
    }

    /// The licence of the package that a snapshot of a file belonged to; empty where that is not known.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn licence_of(&self, path: u32, snapshot: u32) -> Result<String, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT licence FROM sighting WHERE path = ? AND snapshot = ? AND licence <> ''
                     ORDER BY run DESC LIMIT 1",
                )?
                .query_row([path, snapshot], |row| row.get(0))
                .optional()
        };
        Ok(self.sql(read())?.unwrap_or_default())
    }

    /// The snapshots that were ever taken of a file, the newest first.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn snapshots_of(&self, path: u32) -> Result<Vec<u32>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT snapshot FROM sighting WHERE path = ? GROUP BY snapshot ORDER BY max(run) DESC, snapshot DESC",
                )?
                .query_map([path], |row| row.get(0))?
                .collect()
        };
        self.sql(read())
    }
}
