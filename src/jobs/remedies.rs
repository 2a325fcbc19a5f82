//! Remedies at the desk: what is proposed for a case, what becomes of it, and its way into the tree.

pub(super) mod again;
mod apply;
mod decide;
mod subject;

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::act::now_ms;
use super::desk::{Desk, DeskError};
use super::named::Beginning;
use crate::docket::{Docket, Overlay, Weights};
use crate::domain::{CaseId, RemedyId};
use crate::ingest::hidden_in;
use crate::remedy::recheck::Rechecker;
use crate::remedy::{
    Autofix, Bench, Bump, Climbed, Fault, Miss, Origin, Patched, Policy, Precedent, Recalled, Remedy, Rung,
    Sound, Subject, climb, own_check,
};
use crate::scan::Scanner;
use crate::source::Tree;
use crate::store::{CaseRow, MissRow, Remedies, RemedyRow};

pub use apply::Applied;
pub use decide::{Decided, Decision, RemedyView};

/// Remedies of a rule that are asked whether they were accepted, and accepted ones that are tried.
const LOOKED_AT: u32 = 500;
const PRECEDENTS: usize = 50;

/// With what remedies are proposed.
pub struct Proposing<'p> {
    /// What is asked of them.
    pub policy: &'p Policy,
    /// The source tree; the one that the project was scanned in where none is named.
    pub source: Option<&'p Path>,
    /// Who is asked before the others: models.
    pub models: Vec<Box<dyn Rung + 'p>>,
    /// The scanners that look again.
    pub scanners: Vec<Scanner>,
}

impl std::fmt::Debug for Proposing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proposing").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What was proposed for a case.
#[derive(Debug)]
pub struct Proposed {
    /// The case.
    pub case: CaseId,
    /// The remedies, as they are kept.
    pub remedies: Vec<Remedy>,
    /// Why those who were asked had nothing of use.
    pub misses: Vec<Miss>,
    /// Why there is none, in a line.
    pub why: String,
}

impl Desk {
    /// Proposes remedies for a case and keeps them.
    ///
    /// # Errors
    /// When there is no such case or the store fails. That there is no remedy is no error.
    pub fn propose(
        &self,
        docket: &Docket,
        number: u32,
        with: &mut Proposing<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Proposed, DeskError> {
        let view = self.view_in(docket, number, &Weights::default())?;
        let (case, project) = (view.listed.name, view.listed.project.clone());
        let missing = |fault, why: String| Miss { origin: None, by: String::new(), fault, why };
        let tree = match with.source {
            Some(source) => Tree::open(source).map_err(|refusal| refusal.to_string()),
            None => self.tree(&project)?,
        };
        let subject = match tree {
            Ok(tree) => self.subject(&view, &tree)?.map(|subject| (subject, tree)),
            Err(why) => Err((Fault::File, why)),
        };
        let (mut climbed, secrets, base) = match subject {
            Ok((subject, tree)) => {
                let Proposing { policy, models, scanners, .. } = with;
                let (policy, scanners): (&Policy, &[Scanner]) = (policy, scanners);
                let mut recalled = Recalled(self.precedents(&subject)?);
                let (mut autofix, mut bump) = (Autofix, Bump::new(&tree));
                let mut rungs: Vec<&mut (dyn Rung + '_)> = Vec::new();
                for model in models {
                    rungs.push(&mut **model);
                }
                rungs.push(&mut autofix);
                rungs.push(&mut recalled);
                rungs.push(&mut bump);
                let rechecker = Rechecker { tree: &tree, scanners, together: false, cancelled: stop };
                let mut further = |subject: &Subject, files: &[Patched]| {
                    let mut checks = again::recheck(&rechecker, subject, files, policy.new_findings);
                    // What runs the project's code comes last, and only where it is not in vain.
                    if Sound::of(&checks, &policy.required) != Sound::No {
                        checks.extend(own_check(&tree, files, policy, stop));
                    }
                    checks
                };
                let mut bench = Bench { tree: &tree, policy, further: &mut further };
                let climbed = climb(&subject, &mut rungs, &mut bench, stop);
                let hidden = |said: &crate::remedy::Said| {
                    said.scanned.as_ref().map_or_else(Vec::new, |kept| hidden_in(kept, subject.file.text()))
                };
                let secrets: Vec<String> = subject.said.iter().flat_map(hidden).collect();
                let base = secrets.is_empty().then(|| (subject.file.digest, subject.file.text().to_owned()));
                (climbed, secrets, base)
            }
            Err((fault, why)) => {
                let misses = vec![missing(fault, why)];
                (Climbed { remedies: Vec::new(), misses }, Vec::new(), None)
            }
        };
        for remedy in std::mem::take(&mut climbed.remedies) {
            match remedy.without(&secrets) {
                Some(kept) => climbed.remedies.push(kept),
                None => climbed.misses.push(Miss {
                    origin: Some(remedy.origin),
                    by: remedy.by,
                    fault: Fault::File,
                    why: "it would repeat a secret, and secrets are not kept".into(),
                }),
            }
        }
        self.keep(case, &project, &climbed, base)?;
        let why = if climbed.is_of_use() { String::new() } else { climbed.why() };
        Ok(Proposed { case, remedies: climbed.remedies, misses: climbed.misses, why })
    }

    fn keep(
        &self,
        case: CaseId,
        project: &str,
        climbed: &Climbed,
        base: Option<(crate::domain::Digest, String)>,
    ) -> Result<(), DeskError> {
        let mut store = self.remedies_to_write()?;
        let made = now_ms();
        let rows: Vec<RemedyRow> = climbed.remedies.iter().map(|remedy| row(remedy, project, made)).collect();
        let of_use = climbed.is_of_use();
        let misses: Vec<MissRow> = climbed
            .misses
            .iter()
            .map(|miss| MissRow {
                case,
                project: project.to_owned(),
                made,
                of_use,
                body: serde_json::to_string(miss).unwrap_or_default(),
            })
            .collect();
        if let Some((digest, text)) = base.filter(|_| !rows.is_empty()) {
            store.keep_base(digest, project, &text)?;
        }
        Ok(store.keep(&rows, case, &misses)?)
    }

    /// The cases that have a remedy.
    pub(super) fn remedied(&self) -> Result<FxHashSet<CaseId>, DeskError> {
        Ok(self.remedies()?.map_or(Ok(Vec::new()), |store| store.cases())?.into_iter().collect())
    }

    /// The accepted remedies for the rules of a subject, those of other cases.
    fn precedents(&self, subject: &Subject) -> Result<Vec<Precedent>, DeskError> {
        let Some(store) = self.remedies()? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut rules: Vec<&str> = subject.said.iter().map(|said| said.claim.rule.as_str()).collect();
        rules.dedup();
        for rule in rules {
            for row in store.of_rule(rule, LOOKED_AT)?.iter().filter(|row| row.case != subject.case) {
                let remedy = read(row)?;
                let decision = self.decided(&remedy)?.decision;
                if matches!(decision, Some((Decision::Accepted, _))) && found.len() < PRECEDENTS {
                    found.push(Precedent { remedy: remedy.id, diff: remedy.diff });
                }
            }
        }
        Ok(found)
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
pub(super) fn mark(
    remedied: &FxHashSet<CaseId>,
    names: &[[u8; 16]],
    rows: &[CaseRow],
    overlays: &mut Vec<(u32, Overlay)>,
) {
    if remedied.is_empty() {
        return;
    }
    let known: FxHashMap<u32, usize> =
        overlays.iter().enumerate().map(|(at, (number, _))| (*number, at)).collect();
    for ((number, name), row) in (1_u32..).zip(names).zip(rows) {
        if row.head == 0 || !remedied.contains(&CaseId::new(*name)) {
            continue;
        }
        match known.get(&number).and_then(|&at| overlays.get_mut(at)) {
            Some((_, overlay)) => overlay.remedied = true,
            None => {
                let mut overlay = Overlay::untouched(row.flags).clone();
                overlay.remedied = true;
                overlays.push((number, overlay));
            }
        }
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
        "sound": remedy.sound.word(), "words": remedy.words, "checks": checks,
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
