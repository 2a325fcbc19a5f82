//! How far a reviewer agrees with oneself: by the cases alone that came back with all that was said of them hidden.

use std::collections::BTreeMap;

use serde::Serialize;

use super::coefficient::{Measure, kappa_measured, share_measured};
use super::reviews::Said;
use super::{category, reviews};
use crate::domain::Opinion;
use crate::ledger::Came;

/// What a reviewer said of the same code twice, the second time without sight of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twice {
    /// Who.
    pub reviewer: String,
    /// What they had said.
    pub first: Opinion,
    /// What they said when it came back.
    pub again: Opinion,
}

/// A reviewer, with oneself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Oneself {
    /// Who; empty where it is all of them.
    pub reviewer: String,
    /// How many cases came back.
    pub cases: usize,
    /// Of how many of them the same was said.
    pub same: usize,
    /// The share of these.
    pub share: Option<Measure>,
    /// Cohen's kappa of the two verdicts; `None` where chance leaves nothing to agree about.
    pub kappa: Option<Measure>,
}

/// What of a case's history was said twice; it is in order. *Unsure* is nothing said.
pub(super) fn twice(said: &[&Said<'_>]) -> Vec<Twice> {
    let mut found = Vec::new();
    for (at, again) in said.iter().enumerate() {
        let came_back = again.seen.is_some_and(|seen| seen.came == Some(Came::Return));
        if !came_back || again.opinion == Opinion::Unsure {
            continue;
        }
        let before = said.get(..at).unwrap_or_default().iter().rev();
        let mut own = before.filter(|first| first.reviewer == again.reviewer);
        // Only the last: an earlier one of theirs is no more what they had settled it with.
        let first = own.next().filter(|first| {
            first.opinion != Opinion::Unsure
                && reviews::have_a_finding_in_common(first.judged, again.judged)
                && reviews::is_same_code(first.judged, again.judged)
        });
        found.extend(first.map(|first| Twice {
            reviewer: again.reviewer.to_owned(),
            first: first.opinion,
            again: again.opinion,
        }));
    }
    found
}

/// All of them together, and each by name.
pub(super) fn oneself_of<'a>(
    twice: impl Iterator<Item = &'a Twice>,
    seed: u64,
) -> (Option<Oneself>, Vec<Oneself>) {
    let mut all: Vec<(u8, u8)> = Vec::new();
    let mut each: BTreeMap<&str, Vec<(u8, u8)>> = BTreeMap::new();
    for Twice { reviewer, first, again } in twice {
        let pair = (category(*first), category(*again));
        all.push(pair);
        each.entry(reviewer).or_default().push(pair);
    }
    let told = |reviewer: &str, pairs: &[(u8, u8)]| {
        let same = pairs.iter().filter(|(first, again)| first == again).count();
        Oneself {
            reviewer: reviewer.to_owned(),
            cases: pairs.len(),
            same,
            share: share_measured(same, pairs.len()),
            kappa: kappa_measured(pairs, seed),
        }
    };
    let together = (!all.is_empty()).then(|| told("", &all));
    (together, each.into_iter().map(|(reviewer, pairs)| told(reviewer, &pairs)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::FindingId;
    use crate::ledger::{CodeHash, Hlc, Judged, Member, Seen};
    use Opinion::{Confirmed, Rejected, RiskAccepted, Unsure};

    /// What was said: by whom, what, of which code, and whether the case had come back.
    fn pairs(history: &[(&str, Opinion, u64, bool)]) -> Vec<(String, Opinion, Opinion)> {
        let code = |lease: u64| Judged {
            members: vec![Member { finding: FindingId::new([1; 16]), lease: CodeHash(lease) }],
            ..Judged::default()
        };
        let codes: Vec<Judged> = history.iter().map(|it| code(it.2)).collect();
        let came = |back: bool| Seen {
            came: Some(if back { Came::Return } else { Came::Order }),
            ..Seen::default()
        };
        let seen: Vec<Seen> = history.iter().map(|it| came(it.3)).collect();
        let said: Vec<Said<'_>> = (1..)
            .zip(history)
            .zip(codes.iter().zip(&seen))
            .map(|((wall_ms, &(reviewer, opinion, ..)), (judged, seen))| Said {
                reviewer,
                opinion,
                clock: Hlc { wall_ms, counter: 0 },
                judged,
                seen: Some(seen),
            })
            .collect();
        let told = reviews::review(&said).twice;
        told.into_iter().map(|it| (it.reviewer, it.first, it.again)).collect()
    }

    #[test]
    fn only_a_verdict_on_what_came_back_pairs_with_the_own_one_before_it_on_the_same_code() {
        let ann = |first, again| vec![("ann".to_owned(), first, again)];
        assert_eq!(
            pairs(&[("ann", Rejected, 1, false), ("ann", Rejected, 1, true)]),
            ann(Rejected, Rejected)
        );
        assert_eq!(
            pairs(&[("ann", Rejected, 1, false), ("ann", Confirmed, 1, true)]),
            ann(Rejected, Confirmed)
        );
        let of_bob = [("ann", Rejected, 1, false), ("bob", Confirmed, 1, false), ("ann", Rejected, 1, true)];
        assert_eq!(pairs(&of_bob), ann(Rejected, Rejected), "what bob says is between them");
        for nothing in [
            vec![("ann", Rejected, 1, false), ("ann", Confirmed, 1, false)],
            vec![("ann", Rejected, 1, false), ("ann", Rejected, 2, true)],
            vec![("bob", Rejected, 1, false), ("ann", Rejected, 1, true)],
            vec![("ann", Rejected, 1, false), ("ann", Unsure, 1, true)],
            vec![("ann", Rejected, 1, false), ("ann", Unsure, 1, false), ("ann", Rejected, 1, true)],
        ] {
            assert_eq!(pairs(&nothing), vec![], "{nothing:?}");
        }
        let changed = [("ann", Rejected, 1, false), ("ann", Rejected, 1, true), ("bob", Confirmed, 2, false)];
        assert_eq!(pairs(&changed), ann(Rejected, Rejected), "that it changed later takes nothing away");
    }

    #[test]
    fn what_was_said_of_other_findings_of_a_case_was_not_said_twice() {
        let of = |findings: &[u8]| Judged {
            members: findings
                .iter()
                .map(|&it| Member { finding: FindingId::new([it; 16]), lease: CodeHash(1) })
                .collect(),
            ..Judged::default()
        };
        let back = Seen { came: Some(Came::Return), ..Seen::default() };
        let pairs = |first: &Judged, again: &Judged| {
            let said = |judged, wall_ms, seen| Said {
                reviewer: "ann",
                opinion: Rejected,
                clock: Hlc { wall_ms, counter: 0 },
                judged,
                seen,
            };
            twice(&[&said(first, 1, None), &said(again, 2, Some(&back))]).len()
        };
        assert_eq!(pairs(&of(&[1]), &of(&[1])), 1);
        assert_eq!(pairs(&of(&[1, 2]), &of(&[2, 3])), 1, "one of them was judged both times");
        assert_eq!(pairs(&of(&[1]), &of(&[2])), 0, "the case has other findings since");
        assert_eq!(pairs(&of(&[]), &of(&[])), 0);
    }

    #[test]
    fn oneself_is_told_by_share_and_kappa_of_each_and_of_all() {
        let twice = |reviewer: &str, first, again| Twice { reviewer: reviewer.into(), first, again };
        let told = [
            twice("ann", Rejected, Rejected),
            twice("ann", Confirmed, Confirmed),
            twice("ann", Confirmed, Rejected),
            twice("ann", Rejected, Rejected),
            twice("bob", Confirmed, Confirmed),
        ];
        let (all, each) = oneself_of(told.iter(), 1);
        let all = all.unwrap();
        assert_eq!((all.cases, all.same, all.share.unwrap().value), (5, 4, 0.8));
        let [ann, bob] = each.as_slice() else { panic!("{each:?}") };
        assert_eq!((ann.reviewer.as_str(), ann.cases, ann.same), ("ann", 4, 3));
        // 3 of 4 agree, and by chance 2/4 · 3/4 + 2/4 · 1/4 = 1/2.
        assert!((ann.kappa.unwrap().value - 0.5).abs() < 1e-12);
        assert_eq!((bob.share.unwrap().value, bob.kappa), (1.0, None));
        assert_eq!(oneself_of(std::iter::empty(), 1), (None, vec![]));
    }

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        // As `scipy.stats.binomtest(so, cases).proportion_ci(method="wilson")` has them.
        for (so, cases, low, high) in [(18, 20, 0.698_966_355, 0.972_133_519), (0, 10, 0.0, 0.277_532_800)] {
            let told = share_measured(so, cases).unwrap();
            assert!((told.low - low).abs() < 1e-8 && (told.high - high).abs() < 1e-8, "{told:?}");
        }
        assert_eq!(share_measured(0, 0), None);
    }

    proptest! {
        #[test]
        fn there_are_no_more_pairs_than_cases_that_came_back(
            history in prop::collection::vec((0_usize..2, 0_usize..4, 1_u64..3, any::<bool>()), 0..12),
        ) {
            let opinions = [Confirmed, Rejected, RiskAccepted, Unsure];
            let history: Vec<(&str, Opinion, u64, bool)> = history
                .into_iter()
                .map(|(who, what, code, back)| (["ann", "bob"][who], opinions[what], code, back))
                .collect();
            let told = pairs(&history);
            for reviewer in ["ann", "bob"] {
                let back = history.iter().filter(|it| it.0 == reviewer && it.3 && it.1 != Unsure).count();
                prop_assert!(told.iter().filter(|it| it.0 == reviewer).count() <= back);
            }
            let without: Vec<_> = history.iter().map(|&(who, what, code, _)| (who, what, code, false)).collect();
            prop_assert_eq!(pairs(&without), vec![]);
        }
    }
}
