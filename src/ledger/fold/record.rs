//! What the journal says of one case today.

use rustc_hash::FxHashSet;

use super::{Fold, Mention, Mentions};
use crate::domain::{Basis, CaseId, EntryId, FindingId};
use crate::ledger::{Act, Came, Entry, Hlc, Judged, Priority, Verdict};

/// Everything in force about one case, borrowed from the fold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CaseRecord<'a> {
    /// The latest verdict of each reviewer on each basis, the oldest first.
    pub verdicts: Vec<Held<'a>>,
    /// All entries about the case, in order; those taken back too.
    pub history: Vec<EntryId>,
    /// Its rank.
    pub rank: Option<Priority>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Who is to judge it.
    pub assignee: Option<&'a str>,
    /// The notes on it, the oldest first.
    pub notes: Vec<Remark<'a>>,
    /// Whom it came back to and who judged it then, in order; also where they have taken that back, since a case comes back
    /// once.
    pub returned: Vec<&'a str>,
    /// How many verdicts of people are in force, those that the same reviewer overtook among them.
    pub said: usize,
}

/// A verdict in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<'a> {
    /// The entry it was given in.
    pub entry: EntryId,
    /// Who gave it.
    pub reviewer: &'a str,
    /// When.
    pub clock: Hlc,
    /// The verdict.
    pub verdict: &'a Verdict,
    /// What of it is about this case: one part, or several where judged cases were merged since.
    pub judged: Vec<&'a Judged>,
}

impl Held<'_> {
    /// Whether a verdict given when the case came back says the same of the same code. Then it is no news: what was said
    /// first goes on to stand, with its reason and its moment. Where the code was on screen only now, it is more.
    fn is_confirmed_by(&self, later: &Verdict, judged: &Judged) -> bool {
        let is_same = |other: &&Judged| {
            let of = |finding| other.members.iter().find(|member| member.finding == finding);
            let same = judged
                .members
                .iter()
                .all(|member| of(member.finding).is_some_and(|known| !member.lease.differs(known.lease)));
            same && !judged.scope.differs(other.scope)
        };
        let on_screen = |verdict: &Verdict| verdict.seen.as_ref().is_some_and(|seen| seen.code_on_screen);
        later.came_back()
            && later.opinion == self.verdict.opinion
            && on_screen(self.verdict) >= on_screen(later)
            && self.judged.iter().any(is_same)
    }

    /// Whether the finding was part of what was judged.
    #[must_use]
    pub fn covers(&self, finding: FindingId) -> bool {
        self.judged.iter().flat_map(|judged| &judged.members).any(|member| member.finding == finding)
    }
}

impl Verdict {
    /// Whether it was given when the case came back to whoever had settled it.
    #[must_use]
    pub fn came_back(&self) -> bool {
        self.seen.as_ref().and_then(|seen| seen.came) == Some(Came::Return)
    }
}

/// A note in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remark<'a> {
    /// The entry it was left in.
    pub entry: EntryId,
    /// Who left it.
    pub reviewer: &'a str,
    /// When.
    pub clock: Hlc,
    /// The words.
    pub text: &'a str,
}

impl Fold {
    /// What is in force about a case, with what was said of the cases merged into it. A case split off starts
    /// anew: the verdict on the whole was not on its parts.
    #[must_use]
    pub fn record(&self, case: CaseId) -> CaseRecord<'_> {
        let mut record = CaseRecord::default();
        // The one counted last: cases merged since may be named by one entry several times.
        let mut counted: Option<EntryId> = None;
        for (entry, item) in self.about(case) {
            if record.history.last() != Some(&entry.id) {
                record.history.push(entry.id);
            }
            if let Act::Verdict(verdict) = &entry.act
                && verdict.came_back()
                && !record.returned.contains(&entry.reviewer.as_str())
            {
                record.returned.push(&entry.reviewer);
            }
            if !self.in_force(entry) {
                continue;
            }
            match &entry.act {
                Act::Verdict(verdict) => {
                    let Some(judged) = verdict.cases.get(item) else { continue };
                    if verdict.basis == Basis::Human && counted.replace(entry.id) != Some(entry.id) {
                        record.said += 1;
                    }
                    // The same bulk verdict on cases merged since speaks once, for all their findings.
                    let last = record.verdicts.last_mut();
                    if let Some(held) = last.filter(|held| held.entry == entry.id) {
                        held.judged.push(judged);
                        continue;
                    }
                    let same = |held: &Held<'_>| {
                        held.verdict.basis == verdict.basis && held.reviewer == entry.reviewer
                    };
                    if record.verdicts.iter().any(|held| same(held) && held.is_confirmed_by(verdict, judged))
                    {
                        continue;
                    }
                    record.verdicts.retain(|held| !same(held));
                    record.verdicts.push(Held {
                        entry: entry.id,
                        reviewer: &entry.reviewer,
                        clock: entry.clock,
                        verdict,
                        judged: vec![judged],
                    });
                }
                Act::Note(note) => {
                    let remark = Remark {
                        entry: entry.id,
                        reviewer: &entry.reviewer,
                        clock: entry.clock,
                        text: &note.text,
                    };
                    if record.notes.last() != Some(&remark) {
                        record.notes.push(remark);
                    }
                }
                Act::Rank(rank) => record.rank = rank.priority,
                Act::Pin(pin) => record.pinned = pin.on,
                Act::Assign(assign) => record.assignee = assign.to.as_deref(),
                _ => {}
            }
        }
        record
    }

    /// Every verdict in force on a case, in order: also those that the same reviewer overtook by a later one.
    #[must_use]
    pub fn verdicts(&self, case: CaseId) -> Vec<Held<'_>> {
        let mut verdicts: Vec<Held<'_>> = Vec::new();
        for (entry, item) in self.about(case) {
            let Act::Verdict(verdict) = &entry.act else { continue };
            let Some(judged) = verdict.cases.get(item).filter(|_| self.in_force(entry)) else { continue };
            match verdicts.last_mut().filter(|held| held.entry == entry.id) {
                Some(held) => held.judged.push(judged),
                None => verdicts.push(Held {
                    entry: entry.id,
                    reviewer: &entry.reviewer,
                    clock: entry.clock,
                    verdict,
                    judged: vec![judged],
                }),
            }
        }
        verdicts
    }

    /// The entries about a case and about those merged into it, in order.
    fn about(&self, case: CaseId) -> Vec<(&Entry, usize)> {
        let mut found: Vec<(&Entry, usize)> = self.mentions(case).collect();
        let mut known: FxHashSet<CaseId> = FxHashSet::default();
        let mut into = case;
        let mut parts: Vec<CaseId> = Vec::new();
        let mut at = 0;
        loop {
            for &(entry, _) in found.get(at..).unwrap_or_default() {
                let Act::Merge(merge) = &entry.act else { continue };
                if merge.into != into || !self.in_force(entry) {
                    continue;
                }
                known.insert(case);
                let joined = merge.from.iter().filter(|&&from| !self.parted(into, from, entry));
                parts.extend(joined.filter(|&&from| known.insert(from)));
            }
            let Some(part) = parts.pop() else { break };
            at = found.len();
            into = part;
            found.extend(self.mentions(part));
        }
        if at > 0 {
            found.sort_by_key(|(entry, item)| (entry.order(), *item));
        }
        found
    }

    pub(super) fn mentions(&self, case: CaseId) -> impl Iterator<Item = (&Entry, usize)> {
        let mentions = self.cases.get(&case).map_or(&[][..], Mentions::as_slice).iter();
        mentions.filter_map(|&Mention { entry, item }| self.entries.get(entry).map(|entry| (entry, item)))
    }

    /// Whether a case merged into another was split off again since.
    fn parted(&self, case: CaseId, from: CaseId, merged: &Entry) -> bool {
        self.mentions(case).any(|(entry, _)| match &entry.act {
            Act::Split(split) => {
                split.case == case
                    && split.into == from
                    && entry.order() > merged.order()
                    && self.in_force(entry)
            }
            _ => false,
        })
    }
}
