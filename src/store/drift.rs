//! Code that has changed: what findings are now, and what was kept of files as they were.

use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use super::StoreError;
use super::findings::Findings;
use crate::domain::FindingId;

impl Findings {
    /// Findings whose lease or surroundings ever changed: name, lease now, body now, the difference.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn drifts(&self) -> Result<FxHashMap<FindingId, (u64, u64)>, StoreError> {
        let mut drifts = FxHashMap::default();
        let read = self.each("SELECT name, lease, body FROM drift", |row| {
            let (lease, body): (i64, i64) = (row.get(1)?, row.get(2)?);
            drifts.insert(FindingId::new(row.get(0)?), (lease as u64, body as u64));
            Ok(())
        });
        self.sql(read)?;
        Ok(drifts)
    }

    /// What a finding's lease and surroundings are now, where they have ever changed.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn drift_of(&self, name: &FindingId) -> Result<Option<(u64, u64)>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT d.lease, d.body FROM drift d JOIN finding f ON f.id = d.finding WHERE f.name = ?",
                )?
                .query_row([name.bytes()], |row| {
                    let (lease, body): (i64, i64) = (row.get(0)?, row.get(1)?);
                    Ok((lease as u64, body as u64))
                })
                .optional()
        };
        self.sql(read())
    }

    /// The snapshot in which a file of a project was seen last.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn latest_snapshot(&self, project: &str, path: &str) -> Result<Option<u32>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT s.snapshot FROM sighting s JOIN path p ON p.id = s.path JOIN project r ON r.id = p.project
                     WHERE r.name = ? AND p.path = ? ORDER BY s.run DESC LIMIT 1",
                )?
                .query_row([project, path], |row| row.get(0))
                .optional()
        };
        self.sql(read())
    }

    /// The lines before and after, for a finding whose lease changed.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn drift_diff(&self, finding: i64) -> Result<Option<String>, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT diff FROM drift WHERE finding = ?")
            .and_then(|mut s| s.query_row([finding], |row| row.get(0)).optional());
        self.sql(read)
    }

    /// A snapshot's text.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn snapshot_text(&self, snapshot: u32) -> Result<Option<String>, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT body FROM snapshot WHERE id = ?")
            .and_then(|mut s| s.query_row([snapshot], |row| row.get::<_, Vec<u8>>(0)).optional());
        let Some(body) = self.sql(read)? else { return Ok(None) };
        let text = zstd::stream::decode_all(body.as_slice())
            .map_err(|error| self.damaged(format!("snapshot {snapshot}: {error}")))?;
        String::from_utf8(text).map(Some).map_err(|_| self.damaged(format!("snapshot {snapshot} is no text")))
    }
}
