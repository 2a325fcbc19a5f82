//! Where a case stands by what people said of it and by its code.

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use super::desk::DeskError;
use crate::docket::Overlay;
use crate::domain::{Basis, FindingId};
use crate::ledger::{CodeHash, Facts};
use crate::store::{CaseFlags, CaseRow, Findings, Record};

/// The findings of a case, and those of them that are gone.
pub(super) struct Members {
    pub(super) all: Vec<FindingId>,
    gone: Vec<FindingId>,
}

impl Members {
    pub(super) fn one(name: FindingId, row: &CaseRow) -> Self {
        let all = vec![name];
        let gone = if row.flags & CaseFlags::GONE != 0 { all.clone() } else { Vec::new() };
        Self { all, gone }
    }

    pub(super) fn of(findings: &Findings, case: u32) -> Result<Self, DeskError> {
        Ok(Self { all: findings.member_names(case)?, gone: findings.gone_members(case)? })
    }
}

/// Where a case stands by its record and its code.
pub(super) fn overlay(
    record: &Record,
    row: &CaseRow,
    members: &Members,
    drifts: &FxHashMap<FindingId, (u64, u64)>,
    today: Date,
) -> Overlay {
    // A finding that never drifted has the lease it was judged with: not known is "no change" to the ledger.
    let lease =
        |finding: FindingId| drifts.get(&finding).map_or(CodeHash::UNKNOWN, |drift| CodeHash(drift.0));
    let scope = members
        .all
        .first()
        .and_then(|head| drifts.get(head))
        .map_or(CodeHash::UNKNOWN, |drift| CodeHash(drift.1));
    let gone = row.flags & CaseFlags::GONE != 0;
    let here = |finding: FindingId| !members.gone.contains(&finding);
    let facts = Facts { gone, members: &members.all, here: &here, lease: &lease, scope, today };
    let standing = record.standing(&facts);
    let mut overlay = if record.verdicts.is_empty() {
        Overlay::untouched(row.flags).clone()
    } else {
        Overlay::new(standing.state, None)
    };
    if !record.verdicts.is_empty() {
        overlay.verdict = standing.verdict;
        overlay.basis = standing.basis;
    }
    overlay.touched = standing.touched;
    overlay.marked = standing.marked;
    overlay.expired = standing.expired;
    let speaking = record.verdicts.iter().filter(|given| standing.entries.contains(&given.entry));
    overlay.until = speaking.clone().filter_map(|given| given.verdict.until).min();
    if standing.marked {
        let judged: FxHashSet<FindingId> = speaking
            .flat_map(|given| given.verdict.cases.iter().flat_map(|judged| &judged.members))
            .map(|member| member.finding)
            .collect();
        overlay.uncovered = members.all.iter().filter(|member| !judged.contains(member)).count();
    }
    overlay.gold = standing.gold;
    overlay.reviewers = standing.by.iter().map(|&name| name.to_owned()).collect();
    // A person's verdict beside those that speak; where a person's does, an inferred one says nothing of who looked.
    for given in record.verdicts.iter().filter(|given| given.verdict.basis == Basis::Human) {
        let speaks = standing.basis == Some(Basis::Human) && standing.by.contains(&given.reviewer.as_str());
        if !speaks && !overlay.also.contains(&given.reviewer) {
            overlay.also.push(given.reviewer.clone());
        }
    }
    overlay.pinned = record.pinned;
    overlay.rank = record.rank.map(u8::from);
    overlay.assignee.clone_from(&record.assignee);
    overlay
}
