//! Labels that were overturned after they left.

use serde::Serialize;
use serde_json::Value;

use super::ExportError;
use crate::docket::Needs;
use crate::domain::{Basis, CaseId, FindingId, Opinion, State};
use crate::jobs::desk::Desk;
use crate::ledger::{Act, Other};

/// A label that left and stands no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overturned {
    /// The batch that holds it, by the SHA-256 of its manifest.
    pub batch: String,
    /// What its folder was called.
    pub place: String,
    /// The case.
    pub case: CaseId,
    /// The verdict with which it left.
    pub was: Opinion,
    /// The verdict now; null where none stands or reviewers differ.
    pub now: Option<Opinion>,
    /// Where the case stands.
    pub state: State,
}

/// A verdict as a batch's entry has it.
pub(super) const fn letter(opinion: Opinion) -> char {
    match opinion {
        Opinion::Confirmed => 'c',
        Opinion::RiskAccepted => 'a',
        Opinion::Rejected => 'r',
        Opinion::Unsure => 'u',
    }
}

fn opinion(letter: char) -> Option<Opinion> {
    Opinion::ALL.iter().copied().find(|opinion| self::letter(*opinion) == letter)
}

impl Desk {
    /// The labels of all batches that were overturned since, the oldest batch first: decided otherwise, disputed or taken
    /// back. That the code changed later is no error of the label.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn recall(&self) -> Result<Vec<Overturned>, ExportError> {
        let mut overturned = Vec::new();
        let (Some(journal), Some(findings)) = (&self.journal, &self.findings) else { return Ok(overturned) };
        let docket = self.docket(Needs { names: true, ..Needs::default() })?;
        for entry in journal.of_kind(Other::BATCH)? {
            let Act::Other(batch) = &entry.act else { continue };
            let text = |name: &str| batch.body.get(name).and_then(Value::as_str).unwrap_or_default();
            for (&case, letter) in batch.cases.iter().zip(text("verdicts").chars()) {
                let Some(was) = opinion(letter) else { continue };
                let Some(number) = findings.case_of(&FindingId::from(case))? else { continue };
                let Some(standing) = docket.standing(number) else { continue };
                let now = standing.verdict.filter(|_| standing.basis == Some(Basis::Human));
                if now != Some(was) {
                    overturned.push(Overturned {
                        batch: text("manifest").to_owned(),
                        place: text("place").to_owned(),
                        case,
                        was,
                        now,
                        state: standing.state,
                    });
                }
            }
        }
        Ok(overturned)
    }
}
