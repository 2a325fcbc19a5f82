//! A remedy: what is changed, where that comes from, and what was checked of it.

use serde::{Deserialize, Serialize};

use super::{Check, Edit, Origin, Outcome, Patched, Sound, Subject};
use crate::domain::{CaseId, FindingId, RemedyId};
use crate::ingest::without_secrets;

/// A proposed change of code for a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Its name.
    pub id: RemedyId,
    /// The case.
    pub case: CaseId,
    /// The finding that it is for.
    pub finding: FindingId,
    /// The finding's rule.
    pub rule: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The model or the tool that proposed it; empty where that says nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// What it does, in the words of who proposed it; often none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The remedy that a person made this one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_from: Option<RemedyId>,
    /// What is changed.
    pub edits: Vec<Edit>,
    /// The difference.
    pub diff: String,
    /// What was checked.
    pub checks: Vec<Check>,
    /// What follows from the checks.
    pub sound: Sound,
}

impl Remedy {
    /// The name of a remedy: the same change of the same files for the same case is the same remedy.
    #[must_use]
    pub fn name(case: CaseId, edits: &[Edit]) -> RemedyId {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(case.bytes());
        for edit in edits {
            part(edit.path.as_bytes());
            part(edit.base.bytes());
            for change in &edit.changes {
                part(&(change.start as u64).to_le_bytes());
                part(&(change.old.len() as u64).to_le_bytes());
                part(change.new.as_bytes());
            }
        }
        let hash = hasher.finalize();
        RemedyId::new(*hash.as_bytes().first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    /// The files that it changes.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.edits.iter().map(|edit| edit.path.as_str())
    }

    /// The first line that it changes, as its difference says; `None` where that is none.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        let mut lines = self.diff.lines().skip_while(|line| !line.starts_with("@@ -"));
        let head = lines.next()?.strip_prefix("@@ -")?;
        let first: u32 = head.split([',', ' ']).next()?.parse().ok()?;
        let context = lines.take_while(|line| line.starts_with(' ')).count();
        Some(first.saturating_add(u32::try_from(context).ok()?).max(1))
    }

    /// Why it is not sound, in a line: the first check that fails, else the first that did not run or could not tell. Empty
    /// where it is.
    #[must_use]
    pub fn why(&self) -> String {
        let of = |outcome| self.checks.iter().find(|check| check.outcome == outcome);
        let first = match self.sound {
            Sound::Yes => None,
            Sound::No => of(Outcome::Failed),
            Sound::Unproven => of(Outcome::Inconclusive).or_else(|| of(Outcome::NotRun)),
        };
        first.map_or_else(String::new, |check| format!("{}: {}", check.name(), check.evidence.words))
    }

    /// A remedy for a subject, not checked yet.
    pub(super) fn unchecked(
        subject: &Subject,
        origin: Origin,
        by: &str,
        words: &str,
        edits: Vec<Edit>,
    ) -> Self {
        let said = subject.said.first();
        Self {
            id: Self::name(subject.case, &edits),
            case: subject.case,
            finding: said.map(|said| said.finding).unwrap_or_default(),
            rule: said.map(|said| said.claim.rule.clone()).unwrap_or_default(),
            origin,
            by: by.to_owned(),
            words: words.to_owned(),
            edited_from: None,
            edits,
            diff: String::new(),
            checks: Vec::new(),
            sound: Sound::Unproven,
        }
    }

    /// What a person made of a remedy, not checked yet.
    #[must_use]
    pub fn edited(subject: &Subject, from: &Self, reviewer: &str, edits: Vec<Edit>) -> Self {
        let made = Self::unchecked(subject, Origin::Person, reviewer, "", edits);
        Self { edited_from: Some(from.id), ..made }
    }

    /// The remedy as it may be kept: without the secrets of its files. `None` where it would put one in.
    #[must_use]
    pub fn without(&self, secrets: &[String]) -> Option<Self> {
        let mut kept = self.clone();
        kept.diff = without_secrets(&kept.diff, secrets);
        for change in kept.edits.iter_mut().flat_map(|edit| &mut edit.changes) {
            if without_secrets(&change.new, secrets) != change.new {
                return None;
            }
            change.old = without_secrets(&change.old, secrets);
        }
        Some(kept)
    }

    /// Takes over the difference that the files show.
    pub(super) fn show(&mut self, files: &[Patched]) {
        self.diff = files.iter().map(Patched::diff).collect();
    }
}
