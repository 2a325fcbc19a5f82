//! Erasing what entries quote of code. An entry that lost its text still stands in its chain.

use rustc_hash::FxHashSet;

use super::{Journal, project, row};
use crate::domain::CaseId;
use crate::ledger::Other;
use crate::store::StoreError;
use crate::store::forget::compact;

impl Journal {
    /// Erases what was said of remedies for some cases, since it holds the difference. Gives how many entries lost their
    /// text.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing changed.
    pub fn forget(&mut self, cases: &FxHashSet<CaseId>) -> Result<u64, StoreError> {
        self.connection.pragma_update(None, "secure_delete", true).map_err(|source| self.error(source))?;
        self.write(|to| {
            let erase = || -> rusqlite::Result<u64> {
                let mut numbers: Vec<i64> = Vec::new();
                {
                    let sql = format!("SELECT {} FROM entry WHERE kind = ?", row::COLUMNS);
                    let mut find = to.connection.prepare(&sql)?;
                    let mut rows = find.query([Other::REMEDY_DECISION])?;
                    while let Some(found) = rows.next()? {
                        let (number, mut sealed) = row::sealed(found)?;
                        let about = sealed.open().act.cases().iter().any(|case| cases.contains(case));
                        // The ledger says whether an entry may lose its text.
                        if about && sealed.body.is_some() && sealed.erase() {
                            numbers.push(number);
                        }
                    }
                }
                for number in &numbers {
                    to.connection.execute("UPDATE entry SET body = NULL WHERE number = ?", [number])?;
                }
                if !numbers.is_empty() {
                    project::rebuild(to.connection)?;
                }
                Ok(numbers.len() as u64)
            };
            to.sql(erase())
        })
    }

    /// Writes the file anew, so that nothing is left in it of what was erased.
    ///
    /// # Errors
    /// When another program uses it.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        compact(&self.connection, &self.path)
    }
}
