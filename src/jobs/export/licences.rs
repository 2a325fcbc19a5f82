//! Under which licence a sample's code stands: what the file's own head says, else what its package said when it was scanned.

use super::gather::Samples;
use crate::jobs::desk::DeskError;
use crate::source::licence::licence_in_head;

impl Samples<'_> {
    /// The licence of a case's code; empty where it is not known.
    pub(super) fn licence_of(&self, case: u32) -> Result<String, DeskError> {
        let Some(row) = self.docket.row(case) else { return Ok(String::new()) };
        let gold = self.corpus.gold.binary_search_by_key(&case, |gold| gold.case).ok();
        let snapshot = match gold.and_then(|at| self.corpus.gold.get(at)).filter(|_| row.members == 1) {
            Some(gold) => gold.snapshot,
            None => self.members(case)?.iter().map(|member| member.snapshot).find(|it| *it != 0).unwrap_or(0),
        };
        self.licence_at(row.path, snapshot)
    }

    /// The licence of a file as it was kept.
    pub(super) fn licence_at(&self, path: u32, snapshot: u32) -> Result<String, DeskError> {
        let Some(findings) = self.findings.filter(|_| snapshot != 0) else { return Ok(String::new()) };
        match licence_in_head(&self.text(snapshot)?) {
            Some(own) => Ok(own),
            None => Ok(findings.licence_of(path, snapshot)?),
        }
    }
}
