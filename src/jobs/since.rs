//! What happened to a case's code since it was judged, and by whose hand its findings came together.

use rustc_hash::FxHashMap;

use super::desk::DeskError;
use crate::domain::{CaseId, FindingId};
use crate::ledger::{Act, CodeHash};
use crate::source::{Language, Outline};
use crate::store::{FindingRow, Findings, Past};
use crate::text::{LineIndex, token_hash, unified};

/// Texts of a file that are looked through for the code as it was judged, from the newest.
const TEXTS: usize = 32;

/// The difference between the enclosing function as it was judged and as it is, where a snapshot holds it; else what
/// was noted when a statement changed last. Empty where neither is there.
pub(super) fn drift(
    findings: &Findings,
    history: &[Past],
    path: &str,
    members: &[&FindingRow],
) -> Result<String, DeskError> {
    let Some(head) = members.first() else { return Ok(String::new()) };
    if let Some(judged) = judged_scope(history)
        && let Some(now) = findings.snapshot_text(head.snapshot)?
    {
        let language = Language::detect(path, &now);
        let scope = scope_of(language, now, |outline, lines| {
            outline.scope_at(lines.span(head.line, head.end_line.max(head.line))?)
        });
        if let Some(now) = scope {
            for snapshot in findings.snapshots_of(head.path)?.into_iter().take(TEXTS) {
                let Some(text) = findings.snapshot_text(snapshot)? else { continue };
                let then = scope_of(language, text, |outline, _| {
                    let family = outline.language().family();
                    let tokens = |span| token_hash(outline.text().get(span).unwrap_or_default(), family);
                    outline.scopes().find(|scope| tokens(scope.span.clone()) == judged.0)
                });
                if let Some(then) = then {
                    return Ok(unified(&then, &now, "before", "after"));
                }
            }
        }
    }
    let mut noted = String::new();
    for member in members {
        if let Some(diff) = findings.drift_diff(member.id)?.filter(|diff| !diff.is_empty()) {
            noted = diff;
        }
    }
    Ok(noted)
}

/// The enclosing function, as the latest verdict in force was given on it.
fn judged_scope(history: &[Past]) -> Option<CodeHash> {
    history.iter().rev().filter(|past| past.in_force).find_map(|past| match &past.entry.act {
        Act::Verdict(verdict) => verdict.cases.iter().map(|judged| judged.scope).find(|s| !s.is_unknown()),
        _ => None,
    })
}

/// The lines of a scope of a text.
fn scope_of(
    language: Language,
    text: String,
    find: impl FnOnce(&Outline, &LineIndex<'_>) -> Option<crate::source::Scope>,
) -> Option<String> {
    let outline = Outline::of(language, text);
    let lines = LineIndex::new(outline.text());
    let scope = find(&outline, &lines)?;
    let range = lines.span(scope.lines.0, scope.lines.1)?;
    Some(format!("{}\n", outline.text().get(range)?))
}

/// The findings that people put where they are, each with who did it: `merged by ann`, `split by ann`.
pub(super) fn by_hand(
    findings: &Findings,
    case: CaseId,
    history: &[Past],
    members: &[&FindingRow],
) -> Result<FxHashMap<FindingId, String>, DeskError> {
    let shaped = |past: &&Past| past.in_force && matches!(past.entry.act, Act::Split(_) | Act::Merge(_));
    let mut homes: FxHashMap<FindingId, (Option<CaseId>, Option<String>)> = FxHashMap::default();
    if !history.iter().any(|past| shaped(&past)) {
        return Ok(FxHashMap::default());
    }
    for member in members {
        homes.insert(member.name, (findings.case_name(member.born)?, None));
    }
    for past in history.iter().filter(shaped) {
        let (moved, to, word) = match &past.entry.act {
            Act::Split(split) => (&split.out, split.into, "split"),
            Act::Merge(merge) => (&merge.members, merge.into, "merged"),
            _ => continue,
        };
        for finding in moved {
            let Some((home, why)) = homes.get_mut(finding) else { continue };
            if *home != Some(to) {
                (*home, *why) = (Some(to), Some(format!("{word} by {}", past.entry.reviewer)));
            }
        }
    }
    let here = homes.into_iter().filter(|(_, (home, _))| *home == Some(case));
    Ok(here.filter_map(|(finding, (_, why))| Some((finding, why?))).collect())
}
