//! Taking imports back, as if they had not been made.
//!
//! That is possible as long as nothing later rests on them: a finding that a later run followed, or whose case a later
//! finding joined, has a history that cannot be told without them.

use serde::Serialize;

use super::regroup::{Shaping, regroup_in, text_of};
use super::rows::case_row;
use crate::domain::{FindingId, RunId};
use crate::store::{CaseRow, Findings, ImportWriter, StoreError, TakenBack};

/// What went with some imports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Removed {
    /// The runs.
    pub runs: Vec<String>,
    /// Findings that only they saw.
    pub findings: u64,
    /// Findings that they changed and that are as before.
    pub restored: u64,
    /// Cases that have no finding any more.
    pub cases: u64,
}

/// Why an import was not taken back. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// A later import would hang in the air.
    #[error("later runs rest on it; remove these too: {}", names(by))]
    RestedOn {
        /// The later runs, the newest first.
        by: Vec<RunId>,
    },
    /// What it replaced is not kept any more, or never was.
    #[error(
        "what it replaced is no longer kept, as that would be more than there are findings; to be rid of it, import the \
         other scans into a new workspace"
    )]
    NotKept,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes some imports back, all of them or none, and keeps the cases in line with what people split and merged.
///
/// # Errors
/// When one of them cannot be taken back or the store fails; then nothing changed.
pub fn remove(
    findings: &mut Findings,
    imports: &[[u8; 16]],
    shaping: &Shaping,
) -> Result<Removed, RemoveError> {
    let (mut writer, removed) = take_back(findings, imports)?;
    regroup_in(&mut writer, shaping)?;
    writer.commit()?;
    Ok(removed)
}

/// What [`remove`] would do, found out by doing it and taking that back: nothing changes.
///
/// # Errors
/// As [`remove`].
pub fn would_remove(findings: &mut Findings, imports: &[[u8; 16]]) -> Result<Removed, RemoveError> {
    // Dropping the writer without a commit rolls everything back.
    take_back(findings, imports).map(|(_, removed)| removed)
}

fn take_back<'f>(
    findings: &'f mut Findings,
    imports: &[[u8; 16]],
) -> Result<(ImportWriter<'f>, Removed), RemoveError> {
    let mut writer = findings.begin_import()?;
    writer.expect(0)?;
    let mut removed = Removed::default();
    for import in writer.newest_first(imports)? {
        if !writer.can_be_taken_back(&import)? {
            return Err(RemoveError::NotKept);
        }
        let by = writer.resting_on(&import)?;
        if !by.is_empty() {
            return Err(RemoveError::RestedOn { by });
        }
        let taken = writer.take_back(&import)?;
        removed.cases += update_docket(&mut writer, &taken)?;
        removed.findings += taken.vanished;
        removed.restored += taken.restored;
        removed.runs.extend(taken.runs.iter().map(RunId::to_string));
    }
    Ok((writer, removed))
}

/// Brings the docket in line; gives how many cases are no more.
fn update_docket(writer: &mut ImportWriter<'_>, taken: &TakenBack) -> Result<u64, StoreError> {
    let mut ended = 0;
    let mut members = Vec::new();
    for &case in &taken.lost {
        members.clear();
        writer.members(case, &mut members)?;
        if members.is_empty() {
            writer.set_case(case, &CaseRow::default(), Some(&FindingId::default()), Some(b""))?;
            ended += 1;
        } else {
            let row = case_row(writer, &members)?;
            let text = text_of(writer, &members)?;
            writer.set_case(case, &row, None, Some(&text))?;
        }
    }
    for &case in taken.changed.iter().filter(|case| taken.lost.binary_search(case).is_err()) {
        members.clear();
        writer.members(case, &mut members)?;
        let row = case_row(writer, &members)?;
        writer.set_case(case, &row, None, None)?;
    }
    Ok(ended)
}

fn names(runs: &[RunId]) -> String {
    runs.iter().map(RunId::to_string).collect::<Vec<_>>().join(", ")
}
