//! Pairs of vulnerable code and what somebody made of it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::gather::{Draft, Samples};
use crate::dataset::batch::{Checked, Format, Pair, excerpt, secrets_in};
use crate::dataset::{Fate, Gold};
use crate::domain::{CaseId, short_hash};
use crate::ingest::without_secrets;
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::remedies::{Decision, RemedyView};
use crate::remedy::Outcome;

/// What the origin of a pair is called that a person made without being asked.
pub(super) const FIX: &str = "fix";

impl Samples<'_> {
    /// Vulnerable code of confirmed cases and what somebody made of it: decided remedies and fixes by people.
    pub(super) fn pairs(&mut self, desk: &Desk, remedies: &[RemedyView]) -> Result<(), DeskError> {
        let Some(findings) = self.findings else { return Ok(()) };
        let real: FxHashMap<CaseId, &Gold> = self
            .corpus
            .gold
            .iter()
            .filter(|gold| gold.is_real())
            .filter_map(|gold| Some((self.docket.name(gold.case)?, gold)))
            .collect();
        let mut pairs: Vec<Pair> = Vec::new();
        let store = desk.remedies()?;
        for view in remedies {
            let Some(&gold) = real.get(&view.remedy.case) else { continue };
            let wanted = match fate(view) {
                Some(Fate::Accepted | Fate::Edited) => true,
                Some(Fate::Refused | Fate::Failed(_)) => false,
                None => continue,
            };
            let ([edit], Some(store)) = (view.remedy.edits.as_slice(), &store) else { continue };
            // Without the text that it starts from there is no code to show.
            let Some(base) = store.base(edit.base)? else { continue };
            let Ok(after) = edit.apply(&base) else { continue };
            let Some(code) = excerpt(&edit.path, &base, &after) else { continue };
            let mut provenance = self.provenance(gold)?;
            provenance.origin = view.remedy.origin.word().to_owned();
            provenance.by.clone_from(&view.remedy.by);
            let checks = view.remedy.checks.iter();
            provenance.checks = checks
                .map(|check| Checked { name: check.name(), result: check.outcome.word().into() })
                .collect();
            pairs.push(Pair {
                id: view.remedy.id.to_string(),
                case: gold.case,
                path: edit.path.clone(),
                edited_from: view.remedy.edited_from.and_then(|from| {
                    // What was shown of both has to be the same piece of the file.
                    let original = remedies.iter().find(|other| other.remedy.id == from)?;
                    let [first] = original.remedy.edits.as_slice() else { return None };
                    let after = (first.base == edit.base).then(|| first.apply(&base).ok()).flatten()?;
                    let told = excerpt(&first.path, &base, &after)?;
                    (told.before == code.before).then_some(told.after)
                }),
                code,
                wanted,
                provenance,
            });
        }
        let mut seen: FxHashSet<(u32, u32, u32)> = FxHashSet::default();
        for fix in findings.fixes()? {
            let Some(name) = self.docket.name(fix.case) else { continue };
            // Several tools told of one flaw, and one change took them all away.
            let (Some(&gold), true) = (real.get(&name), seen.insert((fix.case, fix.before, fix.after)))
            else {
                continue;
            };
            let path = findings.path_text(fix.path)?;
            let texts = (findings.snapshot_text(fix.before)?, findings.snapshot_text(fix.after)?);
            let (Some(before), Some(after)) = texts else { continue };
            let Some(code) = excerpt(&path, &before, &after) else { continue };
            let mut provenance = self.provenance(gold)?;
            provenance.origin = FIX.to_owned();
            let id = short_hash(&[name.bytes(), code.before.as_bytes(), code.after.as_bytes()]);
            pairs.push(Pair {
                id: format!("{FIX}-{id:016x}"),
                case: gold.case,
                path,
                code,
                wanted: true,
                edited_from: None,
                provenance,
            });
        }
        if self.format != Format::Kto {
            // Refused ones serve as what another is preferred to, and are no samples of their own.
            let wanted = pairs.iter().any(|pair| pair.wanted);
            if !wanted {
                pairs.clear();
            }
        }
        pairs.sort_by(|one, other| (&one.path, &one.id).cmp(&(&other.path, &other.id)));
        self.drafts = pairs.into_iter().map(|pair| Draft::Pair(Box::new(pair))).collect();
        Ok(())
    }

    /// A remedy of the same case and the same code that nobody wanted.
    pub(super) fn refused(&self, pair: &Pair) -> Option<&Pair> {
        self.drafts.iter().find_map(|draft| match draft {
            Draft::Pair(other) if !other.wanted && other.case == pair.case => Some(&**other),
            _ => None,
        })
    }
}

/// What became of a remedy.
pub(super) fn fate(view: &RemedyView) -> Option<Fate> {
    let decision = view.decided.decision.as_ref().map(|(decision, _)| Decision::word(*decision));
    let failed = view.remedy.checks.iter().find(|check| check.outcome == Outcome::Failed);
    Fate::of(decision, failed.map(|check| check.name()).as_deref())
}

/// A pair with its secrets masked, and how many there were.
pub(super) fn masked(pair: &Pair) -> (Pair, u64) {
    let mut secrets = secrets_in(&pair.code.before);
    secrets.extend(secrets_in(&pair.code.after));
    secrets.extend(pair.edited_from.iter().flat_map(|original| secrets_in(original)));
    secrets.sort();
    secrets.dedup();
    let mut pair = pair.clone();
    pair.code.before = without_secrets(&pair.code.before, &secrets);
    pair.code.after = without_secrets(&pair.code.after, &secrets);
    pair.edited_from = pair.edited_from.map(|original| without_secrets(&original, &secrets));
    (pair, secrets.len() as u64)
}
