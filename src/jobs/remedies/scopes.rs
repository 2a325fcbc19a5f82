//! The functions that cases are in, for lists that name them: read of the files that were kept.

use crate::domain::Claim;
use crate::jobs::desk::{Desk, DeskError};
use crate::source::{Language, Outline};
use crate::store::{FindingDetail, FindingFlags};
use crate::text::LineIndex;

impl Desk {
    /// The function that each case is in, with the names around it; empty where it is in none, or nothing of its code is
    /// known. A file of several cases that follow one another is read once.
    ///
    /// # Errors
    /// When the store fails.
    pub fn scopes_of(&self, cases: &[u32]) -> Result<Vec<(u32, String)>, DeskError> {
        let Some(findings) = &self.findings else { return Ok(Vec::new()) };
        let mut file: Option<(u32, Outline)> = None;
        let mut scopes = Vec::with_capacity(cases.len());
        for &case in cases {
            let details = findings.case_findings(case)?;
            let Some(detail) = speaking(&details) else { continue };
            let row = &detail.row;
            if row.snapshot != 0 && file.as_ref().is_none_or(|(known, _)| *known != row.snapshot) {
                let text = findings.snapshot_text(row.snapshot)?;
                let path = findings.path_text(row.path)?;
                file = text.map(|text| (row.snapshot, Outline::of(Language::detect(&path, &text), text)));
            }
            let outline =
                file.as_ref().filter(|(known, _)| *known == row.snapshot).map(|(_, outline)| outline);
            let scope = match outline {
                Some(outline) => {
                    let range = LineIndex::new(outline.text()).range(row.line);
                    range.and_then(|range| outline.scope_at(range)).map(|scope| scope.qualified)
                }
                None => {
                    let claim: Claim = postcard::from_bytes(&detail.claim).unwrap_or_default();
                    claim.place.map(|place| place.scope)
                }
            };
            scopes.push((case, scope.unwrap_or_default()));
        }
        Ok(scopes)
    }
}

/// The finding of a case that says where it is: the first that is here and whose file was kept.
fn speaking(details: &[FindingDetail]) -> Option<&FindingDetail> {
    let here = || details.iter().filter(|detail| detail.row.flags & FindingFlags::GONE == 0);
    here().find(|detail| detail.row.snapshot != 0).or_else(|| here().next()).or(details.first())
}
