//! A journal for tests: acts are sealed and folded in one line each.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{Basis, CaseId, EntryId, FindingId, Opinion};

/// A journal under way, every writer on a chain of his own name unless another is given.
#[derive(Debug, Clone, Default)]
pub(super) struct Trial {
    pub(super) fold: Fold,
    pub(super) sealed: Vec<Sealed>,
    heads: BTreeMap<ChainId, Head>,
    wall: u64,
}

impl Trial {
    /// Seals and folds an act, a second after the last.
    pub(super) fn act(&mut self, reviewer: &str, act: Act) -> EntryId {
        self.wall += 1_000;
        let clock = Hlc::next(self.fold.latest(), self.wall);
        self.act_on(ChainId::of("machine", reviewer), clock, reviewer, act)
    }

    /// Seals and folds an act on a chain at a moment.
    pub(super) fn act_on(&mut self, chain: ChainId, clock: Hlc, reviewer: &str, act: Act) -> EntryId {
        let head = self.heads.get(&chain).copied().unwrap_or_else(|| Head::start(chain));
        let sealed = seal(&head, clock, reviewer, &act).unwrap();
        self.heads.insert(chain, sealed.head());
        self.fold.apply(sealed.open());
        self.sealed.push(sealed);
        self.sealed.last().unwrap().id()
    }

    pub(super) fn undo(&mut self, reviewer: &str) -> EntryId {
        let act = self.fold.undo(reviewer).unwrap();
        self.act(reviewer, act)
    }

    pub(super) fn redo(&mut self, reviewer: &str) -> EntryId {
        let act = self.fold.redo(reviewer).unwrap();
        self.act(reviewer, act)
    }

    /// The opinions in force on a case, the oldest first.
    pub(super) fn opinions(&self, case: u8) -> Vec<Opinion> {
        self.fold.record(self::case(case)).verdicts.iter().map(|held| held.verdict.opinion).collect()
    }
}

pub(super) fn case(number: u8) -> CaseId {
    CaseId::new([number; 16])
}

pub(super) fn finding(number: u8) -> FindingId {
    FindingId::new([number; 16])
}

/// A person's verdict on some cases, each of one finding of its own number, whose lease is `code`, code on
/// screen.
pub(super) fn verdict_on(cases: &[u8], opinion: Opinion, code: u64) -> Verdict {
    let judged = |&number: &u8| Judged {
        case: case(number),
        members: vec![Member { finding: finding(number), lease: CodeHash(code) }],
        scope: CodeHash(100 + code),
        revision: String::new(),
    };
    Verdict {
        cases: cases.iter().map(judged).collect(),
        opinion,
        reason: None,
        note: String::new(),
        until: None,
        basis: Basis::Human,
        source: None,
        seen: Some(Seen { code_on_screen: true, ms: 1, ..Seen::default() }),
    }
}

pub(super) fn judge(cases: &[u8], opinion: Opinion) -> Act {
    Act::Verdict(verdict_on(cases, opinion, 1))
}

pub(super) fn infer(cases: &[u8], opinion: Opinion, source: EntryId) -> Act {
    let verdict = verdict_on(cases, opinion, 1);
    Act::Verdict(Verdict { basis: Basis::Inferred, source: Some(source), seen: None, ..verdict })
}

pub(super) fn merge(into: u8, from: &[u8]) -> Act {
    let members = std::iter::once(&into).chain(from).map(|&number| finding(number)).collect();
    Act::Merge(Merge { into: case(into), from: from.iter().map(|&number| case(number)).collect(), members })
}

pub(super) fn split(of: u8, into: u8, stay: &[u8]) -> Act {
    let stay = stay.iter().map(|&number| finding(number)).collect();
    Act::Split(Split { case: case(of), into: case(into), out: vec![finding(into)], stay })
}

pub(super) fn note(cases: &[u8], text: &str) -> Act {
    Act::Note(Note { cases: cases.iter().map(|&number| case(number)).collect(), text: text.to_owned() })
}

pub(super) fn rank(number: u8, priority: u8) -> Act {
    Act::Rank(Rank { cases: vec![case(number)], priority: Priority::try_from(priority).ok() })
}

pub(super) fn retract(entries: &[EntryId], redo: bool) -> Act {
    Act::Retract(Retract { entries: entries.to_vec(), redo, by_hand: false })
}

pub(super) fn take_back(entries: &[EntryId]) -> Act {
    Act::Retract(Retract { entries: entries.to_vec(), redo: false, by_hand: true })
}

pub(super) fn other(kind: &str, cases: &[u8]) -> Act {
    let cases = cases.iter().map(|&number| case(number)).collect();
    Act::Other(Other { kind: kind.to_owned(), cases, body: serde_json::Map::default() })
}
