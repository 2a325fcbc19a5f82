//! Rows of a list, read for some cases.

use crate::docket::{Docket, Weights, Worth};
use crate::jobs::desk::{Desk, DeskError, Listed, listed};
use crate::jobs::told;

/// What a list shows of some cases.
pub(super) fn rows(
    desk: &Desk,
    docket: &Docket,
    weights: &Weights,
    cases: &[u32],
) -> Result<Vec<Listed>, DeskError> {
    let Some(findings) = &desk.findings else { return Ok(Vec::new()) };
    let evidence = desk.evidence(docket);
    let worth = Worth::new(docket, weights, &evidence);
    let mut rows = Vec::with_capacity(cases.len());
    for &case in cases {
        rows.extend(listed(findings, docket, &worth, case)?);
    }
    told::complete(findings, &mut rows)?;
    Ok(rows)
}
