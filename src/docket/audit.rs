//! Cases drawn at random, which come up outside the order: what is learnt from verdicts on the worthiest cases alone is
//! wrong about the rest, and these are an unbiased sample of all.
//!
//! A case is drawn by a hash of its name, never by its place: every open case has the same chance, whatever the order,
//! and the same ones are drawn however often the list is made. Among themselves they come in the order of that hash, so
//! that those judged so far are a fair sample at any moment, however early one stops.

use super::alike::mixed;
use super::cases::Docket;
use super::set::CaseSet;
use crate::domain::{Basis, CaseId, State};

/// How cases are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// Names with a smaller hash are drawn.
    below: u64,
    /// Every so many places of a list are for one that was drawn.
    pub(super) period: usize,
    salt: u64,
}

/// The cases whose names are drawn, wherever they stand. Found out once for a docket: of a million cases fifty thousand
/// are, and to order them anew for each list would cost as much as the rest of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrawnNames {
    cases: CaseSet,
    /// The same in the order in which they come.
    in_turn: Vec<u32>,
}

/// A list with the cases drawn put into their places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audited {
    /// The cases, each once.
    pub cases: Vec<u32>,
    /// Those that were drawn, in the order in which they come.
    pub drawn: Vec<u32>,
    /// Those that came back to whoever settled them, in the order in which they come.
    pub back: Vec<u32>,
}

impl Audit {
    /// Draws a share of the cases, from 0 to 1; `salt` is of the reviewer and the workspace. `None` for no share.
    #[must_use]
    pub fn new(share: f32, salt: &str) -> Option<Self> {
        let share = f64::from(share.clamp(0.0, 1.0));
        let period = (1.0 / share).round();
        // Less than one in a million is none.
        if !period.is_finite() || period > 1e6 {
            return None;
        }
        let salt = salt.bytes().fold(0, |salt, byte| mixed(salt ^ u64::from(byte)));
        Some(Self { below: (share * u64::MAX as f64) as u64, period: (period as usize).max(1), salt })
    }

    /// The hash of a name, if it is drawn.
    #[must_use]
    pub fn draws(&self, name: &CaseId) -> Option<u64> {
        let number = u128::from_le_bytes(*name.bytes());
        let hash = mixed(mixed(number as u64 ^ self.salt) ^ (number >> 64) as u64);
        (hash <= self.below).then_some(hash)
    }
}

impl Docket {
    /// The cases whose names are drawn, wherever they stand.
    #[must_use]
    pub fn drawn(&self, audit: &Audit) -> DrawnNames {
        let named = (1..).zip(self.names.iter());
        let hashed = named.filter_map(|(case, name)| Some((audit.draws(&CaseId::new(*name))?, case)));
        let mut hashed: Vec<(u64, u32)> = hashed.collect();
        hashed.sort_unstable();
        let in_turn: Vec<u32> = hashed.into_iter().map(|(_, case)| case).collect();
        DrawnNames { cases: in_turn.iter().copied().collect(), in_turn }
    }

    /// Puts the cases that are drawn (`names` as [`Self::drawn`] has them) into a list, at every so manyth place of its open cases. `decided` is how many
    /// cases the reviewer has decided: it says how far the next place is off, whenever the list is made anew.
    #[must_use]
    pub fn audited(&self, cases: &[u32], audit: &Audit, names: &DrawnNames, decided: usize) -> Audited {
        let mut listed = CaseSet::default();
        let mut rest = Vec::with_capacity(cases.len());
        let is_open = |case: u32| {
            self.standing(case).is_some_and(|it| self.told_state(it) == State::Open && !it.pinned)
        };
        for &case in cases {
            // Of a million cases few are looked at more closely than this.
            if names.cases.contains(&case) && is_open(case) {
                listed.insert(case);
            } else {
                rest.push(case);
            }
        }
        // Behind the last open case the order goes on undisturbed.
        let end = rest.iter().rposition(|&case| is_open(case)).map_or(0, |at| at + 1);
        let drawn: Vec<u32> = names.in_turn.iter().copied().filter(|case| listed.contains(case)).collect();
        let cases = interleaved(&rest, end, &drawn, audit.period, decided);
        Audited { cases, drawn, back: Vec::new() }
    }

    /// How many cases a reviewer has decided, as far as it counts for where the next drawn case comes.
    #[must_use]
    pub fn decided_by(&self, reviewer: &str) -> usize {
        let own = |reviewers: &[String]| reviewers.iter().any(|name| name == reviewer);
        let decided = self.acted().filter(|(_, standing)| {
            standing.basis == Some(Basis::Human) && standing.state != State::Open && own(&standing.reviewers)
        });
        decided.count()
    }
}

/// Every `period`th place, counted on from `decided`, is of the next drawn one; those left over come at `end`.
pub(super) fn interleaved(
    rest: &[u32],
    end: usize,
    drawn: &[u32],
    period: usize,
    decided: usize,
) -> Vec<u32> {
    let mut cases = Vec::with_capacity(rest.len() + drawn.len());
    let (ordinary, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let (mut ordinary, mut next) = (ordinary, drawn.iter().copied());
    // Of a million cases all but a few are copied, some at a time.
    while !ordinary.is_empty() {
        let until = (period - (decided + cases.len() + 1) % period) % period;
        if until == 0 {
            let Some(drawn) = next.next() else { break };
            cases.push(drawn);
        } else {
            let (some, others) = ordinary.split_at(until.min(ordinary.len()));
            cases.extend_from_slice(some);
            ordinary = others;
        }
    }
    cases.extend_from_slice(ordinary);
    cases.extend(next);
    cases.extend_from_slice(behind);
    cases
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::docket::Overlay;
    use crate::domain::{Digest, Opinion};
    use crate::store::{CaseRow, Dictionary};

    fn name(case: u32) -> [u8; 16] {
        *Digest::of(&case.to_le_bytes()).bytes().first_chunk().unwrap()
    }

    fn docket(cases: u32) -> Docket {
        let rows = (1..=cases).map(|head| CaseRow { head, ..CaseRow::default() }).collect();
        let mut docket = Docket::new(rows, Dictionary::default());
        docket.load_names((1..=cases).map(name).collect());
        docket.load_standings([]);
        docket
    }

    fn listed(docket: &Docket, cases: &[u32], audit: &Audit, decided: usize) -> Audited {
        docket.audited(cases, audit, &docket.drawn(audit), decided)
    }

    fn audit(share: f32) -> Audit {
        Audit::new(share, "ann").unwrap()
    }

    #[test]
    fn a_drawn_case_comes_at_every_twentieth_place_and_the_count_goes_on_where_one_stopped() {
        let all: Vec<u32> = (1..=2000).collect();
        let docket = docket(2000);
        let places = |decided: usize| -> Vec<usize> {
            let list = listed(&docket, &all, &audit(0.05), decided);
            list.drawn.iter().map(|case| list.cases.iter().position(|other| other == case).unwrap()).collect()
        };
        assert_eq!(places(0)[..3], [19, 39, 59]);
        assert_eq!(places(15)[..3], [4, 24, 44], "fifteen are decided: the place is fifteen nearer");
        assert_eq!(places(19)[0], 0);
        assert_eq!(places(20)[0], 19);
    }

    #[test]
    fn only_open_cases_are_drawn_and_those_left_over_come_before_the_settled_ones() {
        let mut docket = docket(30);
        let settled = Overlay::new(State::Settled, Some((Opinion::Rejected, Basis::Human)));
        docket.load_standings((11..=30).map(|case| (case, settled.clone())));
        docket.set_standing(1, Some(Overlay { pinned: true, ..Overlay::untouched(0).clone() }));
        let all: Vec<u32> = (1..=30).collect();
        let list = listed(&docket, &all, &audit(0.5), 0);
        assert!(!list.drawn.is_empty() && list.drawn.iter().all(|&case| (2..=10).contains(&case)));
        assert_eq!(list.cases[0], 1, "what is pinned stays where it is");
        assert_eq!(list.cases[10..], all[10..]);
        assert_eq!(docket.decided_by("ann"), 0);
        docket.set_standing(12, Some(Overlay { reviewers: vec!["ann".into()], ..settled }));
        assert_eq!((docket.decided_by("ann"), docket.decided_by("bob")), (1, 0));
    }

    #[test]
    fn the_drawn_are_spread_evenly_over_the_order_and_over_any_part_of_them() {
        let (cases, share) = (100_000_u32, 0.05);
        let all: Vec<u32> = (1..=cases).collect();
        let list = listed(&docket(cases), &all, &audit(share), 0);
        let wanted = f64::from(cases) * f64::from(share);
        assert!((list.drawn.len() as f64 - wanted).abs() < 4.0 * wanted.sqrt(), "{}", list.drawn.len());
        // Of the first thousand to come up as of all of them, each tenth of the order has its tenth.
        for part in [&list.drawn[..1000], &list.drawn[..]] {
            let mut tenths = [0_usize; 10];
            for case in part {
                tenths[(*case as usize - 1) / 10_000] += 1;
            }
            let fair = part.len() as f64 / 10.0;
            assert!(
                tenths.iter().all(|&tenth| (tenth as f64 - fair).abs() < 4.0 * fair.sqrt()),
                "{tenths:?} around {fair}"
            );
        }
        let other = Audit::new(share, "bob").unwrap();
        let theirs = listed(&docket(cases), &all, &other, 0).drawn;
        let both = list.drawn.iter().collect::<BTreeSet<_>>().intersection(&theirs.iter().collect()).count();
        assert!(both < list.drawn.len() / 10, "another reviewer's sample is another: {both}");
    }

    #[test]
    fn no_share_draws_nothing_and_all_of_it_everything() {
        assert_eq!(
            (Audit::new(0.0, "ann"), Audit::new(-1.0, "ann"), Audit::new(f32::NAN, "ann")),
            (None, None, None)
        );
        let all: Vec<u32> = (1..=50).collect();
        let list = listed(&docket(50), &all, &audit(1.0), 0);
        assert_eq!((list.drawn.len(), &list.cases), (50, &list.drawn));
    }

    proptest! {
        #[test]
        fn no_case_is_lost_or_comes_twice_and_the_order_of_the_others_stays(
            mut cases in prop::collection::btree_set(1_u32..400, 0..300),
            share in 0.01_f32..=1.0,
            decided in 0_usize..1000,
            turned: bool,
        ) {
            cases.remove(&7);
            let docket = docket(400);
            let mut list: Vec<u32> = cases.iter().copied().collect();
            if turned {
                list.reverse();
            }
            let audited = listed(&docket, &list, &audit(share), decided);
            prop_assert_eq!(audited.cases.iter().copied().collect::<BTreeSet<u32>>(), cases.clone());
            prop_assert_eq!(audited.cases.len(), list.len());
            let drawn: BTreeSet<u32> = audited.drawn.iter().copied().collect();
            let others = |list: &[u32]| -> Vec<u32> {
                list.iter().filter(|case| !drawn.contains(case)).copied().collect()
            };
            prop_assert_eq!(others(&audited.cases), others(&list));
            // Which are drawn, and in which order they come, has nothing to do with the order of the list.
            list.reverse();
            prop_assert_eq!(listed(&docket, &list, &audit(share), decided).drawn, audited.drawn.clone());
            let kept: Vec<u32> = audited.cases.iter().filter(|case| drawn.contains(case)).copied().collect();
            prop_assert_eq!(kept, audited.drawn);
        }
    }
}
