//! Remedies at the desk: what is proposed for a case, what becomes of it, and its way into the tree.

pub(super) mod again;
mod apply;
mod branch;
mod decide;
mod edited;
mod propose;
mod queue;
mod scopes;
mod sheet;
mod subject;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::desk::{Desk, DeskError};
use super::named::Beginning;
use crate::docket::{Docket, Needs, Overlay, Weights};
use crate::domain::{CaseId, RemedyId};
use crate::ledger::Act;
use crate::remedy::{Miss, Origin, Remedy, Sound};
use crate::store::{Remedies, RemedyRow};

pub use apply::Applied;
pub use branch::{Branched, LeftOut};
pub use decide::{Decided, Decision, RemedyView};
pub use edited::{Draft, Reedited};
pub use propose::{Gathering, Proposed, Proposing, Spent};
pub use queue::{Became, RemedyCase, RemedyEntry, RemedyPage};
pub use sheet::{FileNow, Sheet};

impl Desk {
    /// The cases that have a remedy.
    pub(super) fn remedied(&self) -> Result<FxHashSet<CaseId>, DeskError> {
        Ok(self.remedies()?.map_or(Ok(Vec::new()), |store| store.cases())?.into_iter().collect())
    }

    pub(super) fn remedies(&self) -> Result<Option<Remedies>, DeskError> {
        Ok(Remedies::open_to_read(&self.workspace.file("remedies.db"))?)
    }

    pub(super) fn remedies_to_write(&self) -> Result<Remedies, DeskError> {
        Ok(Remedies::open(&self.workspace.file("remedies.db"))?)
    }

    /// The name of the case that a name, or the beginning of one, means.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn case_id(&self, name: &str) -> Result<CaseId, DeskError> {
        self.name_of(self.resolve(name)?)?.ok_or_else(|| DeskError::NoSuchCase(name.to_owned()))
    }

    /// The remedy that a name, or the beginning of one, means.
    ///
    /// # Errors
    /// When there is none or there are several.
    pub fn remedy(&self, name: &str) -> Result<Remedy, DeskError> {
        let unknown = || DeskError::NoSuchRemedy(name.to_owned());
        let store = self.remedies()?.ok_or_else(unknown)?;
        let beginning = Beginning::new(name).ok_or_else(unknown)?;
        let names = store.names()?;
        let only = beginning.only("remedies", names.iter().map(|name| (*name, name.bytes().as_slice())))?;
        let row = store.get(only.ok_or_else(unknown)?)?.ok_or_else(unknown)?;
        read(&row)
    }

    /// The remedies of some cases, in the order in which they were proposed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn remedies_of_cases(&self, cases: &[u32]) -> Result<Vec<Remedy>, DeskError> {
        let Some(store) = self.remedies()? else { return Ok(Vec::new()) };
        let mut wanted = FxHashSet::default();
        for &case in cases {
            wanted.extend(self.name_of(case)?);
        }
        store.all(None)?.iter().filter(|row| wanted.contains(&row.case)).map(read).collect()
    }

    /// Those of some cases of which no remedy is accepted.
    ///
    /// # Errors
    /// When a store fails.
    pub fn without_accepted(&self, cases: Vec<u32>) -> Result<Vec<u32>, DeskError> {
        let remedied = self.remedied()?;
        let mut left = Vec::with_capacity(cases.len());
        for number in cases {
            let name = self.name_of(number)?.filter(|name| remedied.contains(name));
            let views = name.map_or(Ok(Vec::new()), |name| self.remedies_of(Some(name)))?;
            let is_accepted =
                |view: &RemedyView| matches!(view.decided.decision, Some((Decision::Accepted, _)));
            if !views.iter().any(is_accepted) {
                left.push(number);
            }
        }
        Ok(left)
    }

    /// What some cases are called in lists.
    ///
    /// # Errors
    /// When a store fails.
    pub fn headings(&self, cases: &[CaseId]) -> Result<FxHashMap<CaseId, String>, DeskError> {
        let mut headings = FxHashMap::default();
        if cases.is_empty() {
            return Ok(headings);
        }
        let docket = self.docket(Needs::default())?;
        for &case in cases {
            if let (Some(number), false) = (self.number_of(case)?, headings.contains_key(&case)) {
                let view = self.view_in(&docket, number, &Weights::default())?;
                headings.insert(case, view.listed.heading().into_owned());
            }
        }
        Ok(headings)
    }

    /// The tree that an act wrote a remedy into, and the files; `None` of any other act.
    ///
    /// # Errors
    /// When the remedy is not there any more or a store fails.
    pub fn wrote(&self, act: &Act) -> Result<Option<(String, Vec<String>)>, DeskError> {
        let Act::Other(other) = act else { return Ok(None) };
        let text = |name: &str| other.body.get(name).and_then(Value::as_str);
        let Some(remedy) = other.body.get("remedy").and_then(named) else { return Ok(None) };
        if text("decision") != Some(decide::APPLIED) {
            return Ok(None);
        }
        let files = self.remedy(&remedy.to_string())?.paths().map(str::to_owned).collect();
        Ok(Some((text("tree").unwrap_or_default().to_owned(), files)))
    }

    /// Why the last proposal for each case, or for one, had nothing of use; only cases that have no remedy of use.
    ///
    /// # Errors
    /// When the store fails.
    pub fn without_remedy(&self, case: Option<CaseId>) -> Result<Vec<(CaseId, Miss)>, DeskError> {
        let Some(store) = self.remedies()? else { return Ok(Vec::new()) };
        let rows = store.misses(case)?;
        let told = rows.into_iter().filter(|row| !row.of_use);
        Ok(told.filter_map(|row| Some((row.case, serde_json::from_str(&row.body).ok()?))).collect())
    }
}

/// Marks the cases that have a remedy.
pub(super) fn mark(remedied: &FxHashSet<CaseId>, names: &[[u8; 16]], docket: &mut Docket) {
    if remedied.is_empty() {
        return;
    }
    for (number, _) in (1_u32..).zip(names).filter(|(_, name)| remedied.contains(&CaseId::new(**name))) {
        let Some(standing) = docket.standing(number) else { continue };
        let overlay = Overlay { remedied: true, ..standing.clone() };
        docket.set_standing(number, Some(overlay));
    }
}

pub(super) fn row(remedy: &Remedy, project: &str, made: u64) -> RemedyRow {
    RemedyRow {
        name: remedy.id,
        case: remedy.case,
        project: project.to_owned(),
        rule: remedy.rule.clone(),
        origin: remedy.origin.word().to_owned(),
        sound: remedy.sound.word().to_owned(),
        made,
        body: serde_json::to_string(remedy).unwrap_or_default(),
    }
}

fn read(row: &RemedyRow) -> Result<Remedy, DeskError> {
    serde_json::from_str(&row.body)
        .map_err(|error| DeskError::Refused(format!("the remedy {} cannot be read: {error}", row.name)))
}

/// A remedy as the command line tells it, and as scripts rely on.
#[must_use]
pub fn told(remedy: &Remedy) -> Value {
    let checks: Vec<Value> = remedy
        .checks
        .iter()
        .map(|check| {
            let mut told = serde_json::json!({
                "name": check.name(), "result": check.outcome.word(), "evidence": check.evidence.words, "ms": check.ms,
            });
            if let (Some(told), false) = (told.as_object_mut(), check.evidence.lines.is_empty()) {
                told.insert("lines".into(), check.evidence.lines.clone().into());
            }
            told
        })
        .collect();
    let model = (remedy.origin == Origin::Model).then_some(&remedy.by);
    serde_json::json!({
        "remedy": remedy.id, "case": remedy.case, "origin": remedy.origin.word(), "model": model,
        "edited_from": remedy.edited_from, "sound": remedy.sound.word(), "words": remedy.words, "checks": checks,
        "files": remedy.paths().collect::<Vec<_>>(), "diff": remedy.diff,
    })
}

/// Whether a remedy may be written into a tree without asking again.
pub(super) fn is_of_use(remedy: &Remedy) -> bool {
    remedy.sound != Sound::No
}

/// The name of a remedy as JSON bodies have it.
pub(super) fn named(value: &Value) -> Option<RemedyId> {
    value.as_str()?.parse().ok()
}
