//! What people decide of a remedy: entries of the journal, which name it and say what it was.

use serde_json::{Map, Value, json};

use super::{is_of_use, named, read};
use crate::domain::{CaseId, EntryId, RemedyId};
use crate::jobs::act::Acted;
use crate::jobs::desk::{Desk, DeskError};
use crate::ledger::{Act, Other};
use crate::remedy::Remedy;
use crate::store::{Past, Writer};

/// What a person thinks of a remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// It is good.
    Accepted,
    /// It is not.
    Refused,
}

impl Decision {
    /// The word used on screens, in JSON and in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// What is in force about a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// The last word on it, and whose.
    pub decision: Option<(Decision, String)>,
    /// The note that came with it.
    pub note: String,
    /// The entry by which it is in a tree, and that tree.
    pub applied: Option<(EntryId, String)>,
}

/// A remedy with what became of it.
#[derive(Debug)]
pub struct RemedyView {
    /// The remedy.
    pub remedy: Remedy,
    /// The project.
    pub project: String,
    /// When it was checked last: milliseconds since 1970.
    pub made: u64,
    /// What became of it.
    pub decided: Decided,
}

/// The word for a remedy that was written into a tree.
pub(super) const APPLIED: &str = "applied";

/// The word for a remedy that a person made of another.
pub(super) const EDITED: &str = "edited";

/// Whether a person has taken back that a remedy was made of another.
pub(super) fn is_unmade(history: &[Past], remedy: RemedyId) -> bool {
    let mut told = history.iter().filter(|past| {
        let Act::Other(other) = &past.entry.act else { return false };
        other.body.get("remedy").and_then(named) == Some(remedy)
            && other.body.get("decision").and_then(Value::as_str) == Some(EDITED)
    });
    let first = told.next();
    first.is_some_and(|past| !past.in_force) && told.all(|past| !past.in_force)
}

impl Decided {
    /// What follows from the history of a case.
    pub(super) fn of(history: &[Past], remedy: RemedyId) -> Self {
        let mut decided = Self::default();
        for past in history.iter().filter(|past| past.in_force) {
            let Act::Other(other) = &past.entry.act else { continue };
            if other.kind != Other::REMEDY_DECISION
                || other.body.get("remedy").and_then(named) != Some(remedy)
            {
                continue;
            }
            let text =
                |name: &str| other.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let reviewer = past.entry.reviewer.clone();
            match text("decision").as_str() {
                "accepted" => decided.decision = Some((Decision::Accepted, reviewer)),
                "refused" => decided.decision = Some((Decision::Refused, reviewer)),
                APPLIED => {
                    decided.applied = Some((past.entry.id, text("tree")));
                    continue;
                }
                _ => continue,
            }
            decided.note = text("note");
        }
        decided
    }
}

impl Desk {
    /// The remedies of some cases, or all, in the order in which they were proposed.
    ///
    /// # Errors
    /// When a store fails.
    pub fn remedies_of(&self, case: Option<CaseId>) -> Result<Vec<RemedyView>, DeskError> {
        let Some(store) = self.remedies()? else { return Ok(Vec::new()) };
        let mut views = Vec::new();
        for row in store.all(case)? {
            let remedy = read(&row)?;
            let decided = self.decided(&remedy)?;
            views.push(RemedyView { remedy, project: row.project, made: row.made, decided });
        }
        Ok(views)
    }

    /// A remedy by its name or the beginning of it.
    ///
    /// # Errors
    /// When there is none or there are several.
    pub fn remedy_view(&self, name: &str) -> Result<RemedyView, DeskError> {
        let remedy = self.remedy(name)?;
        let unknown = || DeskError::NoSuchRemedy(name.to_owned());
        let row = self.remedies()?.ok_or_else(unknown)?.get(remedy.id)?.ok_or_else(unknown)?;
        let decided = self.decided(&remedy)?;
        Ok(RemedyView { remedy, project: row.project, made: row.made, decided })
    }

    /// What is in force about a remedy.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn decided(&self, remedy: &Remedy) -> Result<Decided, DeskError> {
        let Some(journal) = &self.journal else { return Ok(Decided::default()) };
        Ok(Decided::of(&journal.history(remedy.case)?, remedy.id))
    }

    /// Says what a person thinks of a remedy.
    ///
    /// # Errors
    /// When it cannot be written, or is in a tree and would be refused.
    pub fn decide(
        &mut self,
        remedy: &Remedy,
        decision: Decision,
        note: &str,
        writer: &Writer,
    ) -> Result<Acted, DeskError> {
        let decided = self.decided(remedy)?;
        if decision == Decision::Refused && decided.applied.is_some() {
            return Err(DeskError::Refused("it is in the source tree: take it back first".into()));
        }
        let own = decided.decision.as_ref().is_some_and(|(_, by)| by == writer.reviewer.as_str());
        if own && decided.note == note && decided.decision.map(|it| it.0) == Some(decision) {
            return Ok(Acted::default());
        }
        let mut body = body(remedy, decision.word());
        if !note.is_empty() {
            body.insert("note".into(), note.into());
        }
        self.write(Act::Other(other(remedy, body)), writer)
    }
}

/// What an entry says of a remedy. The difference goes with it: the remedy itself may be proposed on another machine.
pub(super) fn body(remedy: &Remedy, decision: &str) -> Map<String, Value> {
    let mut body = Map::new();
    let facts = [
        ("remedy", json!(remedy.id)),
        ("decision", json!(decision)),
        ("finding", json!(remedy.finding)),
        ("origin", json!(remedy.origin.word())),
        ("sound", json!(remedy.sound.word())),
        ("rule", json!(remedy.rule)),
        ("files", json!(remedy.paths().collect::<Vec<_>>())),
        ("diff", json!(remedy.diff)),
    ];
    body.extend(facts.into_iter().map(|(name, value)| (name.to_owned(), value)));
    if !remedy.by.is_empty() {
        body.insert("by".into(), json!(remedy.by));
    }
    if !is_of_use(remedy) {
        body.insert("against_checks".into(), json!(true));
    }
    body
}

pub(super) fn other(remedy: &Remedy, body: Map<String, Value>) -> Other {
    Other { kind: Other::REMEDY_DECISION.to_owned(), cases: vec![remedy.case], body }
}
