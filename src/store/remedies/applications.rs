//! What is being done to source trees: noted before a file is touched, so that whatever was begun is ended or undone.

use rusqlite::{Row, params};

use super::{Remedies, read_back, stored};
use crate::domain::RemedyId;
use crate::store::StoreError;

/// A remedy on its way into a tree or out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Names its temporary files and its entry.
    pub token: String,
    /// The remedy.
    pub remedy: RemedyId,
    /// The project.
    pub project: String,
    /// When: milliseconds since 1970.
    pub made: u64,
    /// What is to be done, as JSON.
    pub body: String,
}

impl Remedies {
    /// Notes what is about to be done to a tree. It is on disk when this returns.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn begin(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        let write = self.connection.execute(
            "INSERT INTO application (token, remedy, project, state, made, body) VALUES (?, ?, ?, 'begun', ?, ?)",
            params![row.token, row.remedy.bytes(), row.project, stored(row.made), row.body],
        );
        self.sql(write).map(|_| ())
    }

    /// Notes that it is done, or that nothing of it was.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn end(&mut self, token: &str, done: bool) -> Result<(), StoreError> {
        let state = if done { "done" } else { "void" };
        let write = self
            .connection
            .execute("UPDATE application SET state = ? WHERE token = ?", params![state, token]);
        self.sql(write).map(|_| ())
    }

    /// What was begun and neither done nor given up.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn begun(&self) -> Result<Vec<ApplicationRow>, StoreError> {
        self.applications("state = 'begun' AND ?1 IS NULL", None)
    }

    /// What was done with a remedy, the oldest first.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn done(&self, remedy: RemedyId) -> Result<Vec<ApplicationRow>, StoreError> {
        self.applications("state = 'done' AND remedy = ?1", Some(remedy))
    }

    fn applications(&self, which: &str, remedy: Option<RemedyId>) -> Result<Vec<ApplicationRow>, StoreError> {
        let row = |row: &Row<'_>| {
            Ok(ApplicationRow {
                token: row.get(0)?,
                remedy: RemedyId::new(row.get(1)?),
                project: row.get(2)?,
                made: read_back(row.get(3)?),
                body: row.get(4)?,
            })
        };
        let read = || {
            self.connection
                .prepare_cached(&format!(
                    "SELECT token, remedy, project, made, body FROM application WHERE {which} ORDER BY id"
                ))?
                .query_map([remedy.map(|remedy| *remedy.bytes())], row)?
                .collect()
        };
        self.sql(read())
    }
}
