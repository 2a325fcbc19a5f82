//! The sources that findings stand in.

use std::ops::Range;

use rusqlite::{OptionalExtension, params};

use super::ImportWriter;
use crate::domain::Digest;
use crate::store::{StoreError, packed};

/// Which bytes of a text are masked secrets, ascending.
type Spans = Vec<Range<usize>>;

impl ImportWriter<'_> {
    /// Keeps a file's text once, with where in it secrets were masked; gives its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn snapshot(
        &mut self,
        digest: &Digest,
        encoding: &str,
        text: &str,
        hidden: &[Range<usize>],
    ) -> Result<u32, StoreError> {
        if let Some(id) = self.snapshot_of(digest)? {
            return Ok(id);
        }
        let body = self.packed_text(text)?;
        let connection = &self.store.connection;
        self.sql(
            connection
                .prepare_cached(
                    "INSERT INTO snapshot (digest, encoding, bytes, body, hidden) VALUES (?, ?, ?, ?, ?)",
                )
                .and_then(|mut s| {
                    let digest = digest.bytes().as_slice();
                    s.execute(params![digest, encoding, text.len() as i64, body, packed_spans(hidden)])
                }),
        )?;
        Ok(u32::try_from(connection.last_insert_rowid()).unwrap_or(u32::MAX))
    }

    /// The snapshot of this digest.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn snapshot_of(&self, digest: &Digest) -> Result<Option<u32>, StoreError> {
        let found = self
            .store
            .connection
            .prepare_cached("SELECT id FROM snapshot WHERE digest = ?")
            .and_then(|mut s| s.query_row([digest.bytes().as_slice()], |row| row.get(0)).optional());
        self.sql(found)
    }

    /// Keeps a snapshot's text without some more of its secrets.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn hide_in_snapshot(
        &mut self,
        snapshot: u32,
        digest: &Digest,
        text: &str,
        hidden: &[Range<usize>],
    ) -> Result<(), StoreError> {
        let body = self.packed_text(text)?;
        self.sql(
            self.store
                .connection
                .prepare_cached("UPDATE snapshot SET digest = ?2, body = ?3, hidden = ?4 WHERE id = ?1")
                .and_then(|mut s| {
                    s.execute(params![snapshot, digest.bytes().as_slice(), body, packed_spans(hidden)])
                }),
        )?;
        Ok(())
    }

    fn packed_text(&self, text: &str) -> Result<Vec<u8>, StoreError> {
        zstd::bulk::compress(text.as_bytes(), 3)
            .map_err(|source| StoreError::Io { path: self.store.path.clone(), source })
    }

    /// Whether a secret is masked in any snapshot.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn hides_secrets(&self) -> Result<bool, StoreError> {
        self.sql(self.store.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM snapshot WHERE hidden IS NOT NULL)",
            [],
            |row| row.get(0),
        ))
    }

    /// Where in a snapshot secrets are masked.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn hidden_in(&self, snapshot: u32) -> Result<Spans, StoreError> {
        let read = self
            .store
            .connection
            .prepare_cached("SELECT hidden FROM snapshot WHERE id = ? AND hidden IS NOT NULL")
            .and_then(|mut s| s.query_row([snapshot], |row| row.get::<_, Vec<u8>>(0)).optional());
        Ok(self.sql(read)?.map_or_else(Spans::new, |hidden| unpacked_spans(&hidden)))
    }

    /// The snapshots of a file, whatever they were kept for.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn snapshots_at(&self, path: u32) -> Result<Vec<u32>, StoreError> {
        let read = || {
            let mut statement = self
                .store
                .connection
                .prepare_cached("SELECT DISTINCT snapshot FROM sighting WHERE path = ? ORDER BY snapshot")?;
            statement.query_map([path], |row| row.get(0))?.collect()
        };
        self.sql(read())
    }

    /// Puts a masked secret in a secret's place, wherever differences of a file's code quote it.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn hide_in_differences(&mut self, path: u32, secret: &str, masked: &str) -> Result<(), StoreError> {
        for sql in [
            "UPDATE drift SET diff = replace(diff, ?2, ?3) WHERE instr(diff, ?2) > 0
                 AND finding IN (SELECT id FROM finding WHERE path = ?1)",
            "UPDATE former SET drift_diff = replace(drift_diff, ?2, ?3) WHERE instr(drift_diff, ?2) > 0
                 AND path = ?1",
        ] {
            self.sql(
                self.store
                    .connection
                    .prepare_cached(sql)
                    .and_then(|mut s| s.execute(params![path, secret, masked])),
            )?;
        }
        Ok(())
    }

    /// A snapshot's text.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn snapshot_text(&self, snapshot: u32) -> Result<Option<String>, StoreError> {
        self.store.snapshot_text(snapshot)
    }

    /// Notes that a file was seen in a run, and in which role (`claimed`, `clean`, `fixed`).
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn sighting(
        &mut self,
        (path, snapshot, run): (u32, u32, u32),
        role: &str,
        [language, framework, service, licence]: [&str; 4],
    ) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached(
                    "INSERT INTO sighting (path, snapshot, run, role, language, framework, service, licence)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET licence = excluded.licence WHERE excluded.licence <> ''",
                )
                .and_then(|mut s| {
                    s.execute(params![path, snapshot, run, role, language, framework, service, licence])
                }),
        )?;
        Ok(())
    }

    /// Keeps the code before and after for a finding that went away because its code changed.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn fix(&mut self, finding: i64, run: u32, before: u32, after: u32) -> Result<(), StoreError> {
        self.sql(self.store.connection.execute(
            "INSERT OR REPLACE INTO fix (finding, run, before, after) VALUES (?, ?, ?, ?)",
            params![finding, run, before, after],
        ))?;
        Ok(())
    }
}

/// One more than each end, since the packing knows no 0.
fn packed_spans(spans: &[Range<usize>]) -> Option<Vec<u8>> {
    let ends = spans.iter().flat_map(|span| [span.start as i64 + 1, span.end as i64 + 1]);
    (!spans.is_empty()).then(|| packed::pack(ends))
}

fn unpacked_spans(bytes: &[u8]) -> Spans {
    let ends: Vec<usize> =
        packed::unpack(bytes).map(|end| usize::try_from(end - 1).unwrap_or_default()).collect();
    ends.as_chunks::<2>().0.iter().map(|[start, end]| *start..*end).collect()
}
