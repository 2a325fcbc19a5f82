//! Settled cases that come back to whoever settled them, with all that was said of them hidden, so that it can be told
//! how far a reviewer agrees with oneself.
//!
//! Which may come back is drawn by their names, as [`Audit`] draws: a case that is nobody's to choose, and the same one
//! however often the list is made. Of all that a reviewer settled at most the share ever comes back, each once and no
//! sooner than some days after it was judged last.

use rustc_hash::FxHashMap;

use super::audit::{Audit, Audited, interleaved};
use super::cases::Docket;
use super::set::CaseSet;
use crate::domain::{Basis, CaseId, State};

const DAY_MS: u64 = 86_400_000;

/// Which settled cases come back, and to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Returns {
    draw: Audit,
    share: f64,
    after_ms: u64,
    reviewer: String,
}

/// What a reviewer's own verdicts are as far as cases come back by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Cases that are drawn and have not come back, each with when it was judged last: milliseconds since 1970.
    pub judged: FxHashMap<u32, u64>,
    /// How many have come back.
    pub returned: usize,
}

/// What comes outside the order of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draws {
    /// How open cases are drawn at random, if they are.
    pub audit: Option<Audit>,
    /// Which settled cases come back, if any do.
    pub returns: Option<Returns>,
}

/// The cases of a list that stand outside its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Open cases, drawn at random.
    pub at_random: Vec<u32>,
    /// Cases that come back to whoever settled them.
    pub back: Vec<u32>,
}

impl Returns {
    /// Lets a share of what a reviewer settled come back, from 0 to 1, once so many days have gone by. `None` for no share.
    #[must_use]
    pub fn new(share: f32, days: u32, reviewer: &str) -> Option<Self> {
        // Another sample than the one that is drawn of open cases.
        let draw = Audit::new(share, &format!("back to {reviewer}"))?;
        let share = f64::from(share.clamp(0.0, 1.0));
        Some(Self { draw, share, after_ms: u64::from(days) * DAY_MS, reviewer: reviewer.to_owned() })
    }

    /// To whom.
    #[must_use]
    pub fn reviewer(&self) -> &str {
        &self.reviewer
    }

    /// Whether a case of this name may come back.
    #[must_use]
    pub fn draws(&self, name: &CaseId) -> bool {
        self.draw.draws(name).is_some()
    }
}

impl Docket {
    /// The cases that come back now, in the order in which they do.
    #[must_use]
    pub fn returning(&self, returns: &Returns, due: &Due, now: u64) -> Vec<u32> {
        let own = self.decided_by(&returns.reviewer);
        let most = (own as f64 * returns.share) as usize;
        let room = most.saturating_sub(due.returned);
        if room == 0 || due.judged.is_empty() {
            return Vec::new();
        }
        let is_due = |case: u32, judged: u64| {
            judged.saturating_add(returns.after_ms) <= now
                && self.standing(case).is_some_and(|it| {
                    it.state == State::Settled
                        && it.basis == Some(Basis::Human)
                        && !it.pinned
                        && it.reviewers.contains(&returns.reviewer)
                })
        };
        let due = due.judged.iter().filter(|(case, judged)| is_due(**case, **judged));
        let mut hashed: Vec<(u64, u32)> =
            due.filter_map(|(&case, _)| Some((returns.draw.draws(&self.name(case)?)?, case))).collect();
        hashed.sort_unstable();
        hashed.truncate(room);
        hashed.into_iter().map(|(_, case)| case).collect()
    }

    /// Puts the cases that come back into a list, at every so manyth place of its open cases, whether it has them or not.
    /// `judged` is how many the reviewer has judged so far, those that came back among them.
    #[must_use]
    pub fn with_returns(&self, list: Audited, returns: &Returns, back: Vec<u32>, judged: usize) -> Audited {
        if back.is_empty() {
            return list;
        }
        let Audited { cases, drawn, .. } = list;
        let among: CaseSet = back.iter().copied().collect();
        let rest: Vec<u32> = cases.into_iter().filter(|case| !among.contains(case)).collect();
        let is_open = |case: u32| self.standing(case).is_some_and(|it| self.told_state(it) == State::Open);
        let end = rest.iter().rposition(|&case| is_open(case)).map_or(0, |at| at + 1);
        let cases = interleaved(&rest, end, &back, returns.draw.period, judged);
        Audited { cases, drawn, back }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::docket::{Filter, Overlay};
    use crate::domain::{Digest, Opinion};
    use crate::store::{CaseRow, Dictionary};

    const NOW: u64 = 100 * DAY_MS;

    /// Cases of which the first were settled by Ann.
    fn docket(cases: u32, settled: u32) -> Docket {
        let rows = (1..=cases).map(|head| CaseRow { head, ..CaseRow::default() }).collect();
        let name = |case: u32| *Digest::of(&case.to_le_bytes()).bytes().first_chunk().unwrap();
        let mut docket = Docket::new(rows, Dictionary::default());
        docket.load_names((1..=cases).map(name).collect());
        docket.load_standings((1..=settled).map(|case| (case, standing("ann"))));
        docket
    }

    fn standing(reviewer: &str) -> Overlay {
        let settled = Overlay::new(State::Settled, Some((Opinion::Rejected, Basis::Human)));
        Overlay { reviewers: vec![reviewer.to_owned()], ..settled }
    }

    /// What is due of cases that were all judged on one day.
    fn due(docket: &Docket, returns: &Returns, settled: u32, day: u64) -> Due {
        let drawn = (1..=settled).filter(|case| returns.draws(&docket.name(*case).unwrap()));
        Due { judged: drawn.map(|case| (case, day * DAY_MS)).collect(), returned: 0 }
    }

    fn returns(share: f32, days: u32) -> Returns {
        Returns::new(share, days, "ann").unwrap()
    }

    #[test]
    fn what_was_judged_some_days_ago_comes_back_and_nothing_sooner() {
        let (docket, returns) = (docket(1000, 1000), returns(0.1, 14));
        let on = |day: u64| docket.returning(&returns, &due(&docket, &returns, 1000, day), NOW);
        assert_eq!(on(87), Vec::<u32>::new(), "thirteen days");
        let back = on(86);
        assert!((60..=100).contains(&back.len()), "{}", back.len());
        let again = Due { returned: 95, ..due(&docket, &returns, 1000, 86) };
        assert_eq!(docket.returning(&returns, &again, NOW), back[..5], "what came back counts");
    }

    #[test]
    fn only_what_the_reviewer_settled_and_what_still_stands_comes_back() {
        let (mut docket, returns) = (docket(60, 60), returns(1.0, 0));
        let all = due(&docket, &returns, 60, 0);
        docket.set_standing(1, Some(standing("bob")));
        docket.set_standing(2, Some(Overlay { state: State::Disputed, ..standing("ann") }));
        docket.set_standing(3, Some(Overlay { state: State::Stale, ..standing("ann") }));
        docket.set_standing(4, Some(Overlay { pinned: true, ..standing("ann") }));
        docket.set_standing(5, Some(Overlay { basis: Some(Basis::Inferred), ..standing("ann") }));
        docket.set_standing(6, None);
        let back: BTreeSet<u32> = docket.returning(&returns, &all, NOW).into_iter().collect();
        // Of sixty the reviewer has 57 as far as the share goes: disputed and stale ones are decided as well.
        assert_eq!(back, (7..=60).collect());
    }

    #[test]
    fn a_case_that_came_back_stands_at_every_so_manyth_place_though_the_list_leaves_it_out() {
        let (docket, returns) = (docket(400, 200), returns(0.1, 0));
        let back = docket.returning(&returns, &due(&docket, &returns, 200, 0), NOW);
        let open: Vec<u32> = (201..=400).collect();
        let listed = |judged: usize| {
            let list = Audited { cases: open.clone(), ..Audited::default() };
            docket.with_returns(list, &returns, back.clone(), judged)
        };
        let place =
            |list: &Audited, nth: usize| list.cases.iter().position(|case| *case == back[nth]).unwrap();
        assert_eq!((place(&listed(0), 0), place(&listed(0), 1)), (9, 19));
        assert_eq!(place(&listed(7), 0), 2, "seven are judged: the place is seven nearer");
        assert_eq!(listed(0).cases.len(), open.len() + back.len());
    }

    #[test]
    fn a_filter_that_goes_by_what_was_decided_brings_nothing_back() {
        let beside = |text: &str| {
            let filter: Filter = text.parse().unwrap();
            filter.beside_open("ann").map(|it| it.to_string())
        };
        for (text, left) in [
            ("", Some("")),
            ("is:open", Some("")),
            ("is:open sev:high word", Some("sev:high word")),
            ("is:open,stale", Some("")),
            ("-is:gone path:src/", Some("path:src/")),
            ("is:settled", None),
            ("-is:open", None),
            ("is:open by:bob", None),
            ("is:open -judged:ann", Some("")),
            ("-judged:ann -is:gone", Some("")),
            ("-judged:ann -is:gone sev:high", Some("sev:high")),
            ("is:open judged:ann", None),
            ("is:open -judged:bob", None),
            ("is:open -judged:ann,bob", None),
            ("verdict:rejected", None),
            ("is:gold", None),
            ("is:open is:fused", Some("is:fused")),
        ] {
            assert_eq!(beside(text).as_deref(), left, "{text}");
        }
    }

    proptest! {
        #[test]
        fn at_most_the_share_of_what_a_reviewer_settled_ever_comes_back(
            settled in 0_u32..600,
            share in 0.0_f32..=1.0,
            rounds in 1_usize..8,
        ) {
            let Some(returns) = Returns::new(share, 0, "ann") else { return Ok(()) };
            let docket = docket(600, settled);
            let mut due = due(&docket, &returns, settled, 0);
            let mut came: BTreeSet<u32> = BTreeSet::new();
            for _ in 0..rounds {
                let back = docket.returning(&returns, &due, NOW);
                prop_assert_eq!(&back, &docket.returning(&returns, &due, NOW), "the same however often it is asked");
                // Half of them are judged; then they are not due any more.
                for case in back.iter().take(back.len().div_ceil(2)) {
                    prop_assert!(came.insert(*case), "each comes back once");
                    prop_assert!(*case <= settled);
                    due.judged.remove(case);
                    due.returned += 1;
                }
                prop_assert!(came.len() + docket.returning(&returns, &due, NOW).len()
                    <= (f64::from(settled) * f64::from(share)) as usize);
            }
        }

        #[test]
        fn no_case_is_lost_or_comes_twice_where_some_come_back(
            settled in 0_u32..200,
            whole: bool,
            judged in 0_usize..500,
        ) {
            let (docket, returns) = (docket(300, settled), returns(0.2, 0));
            let back = docket.returning(&returns, &due(&docket, &returns, settled, 0), NOW);
            let first = if whole { 1 } else { settled + 1 };
            let cases: Vec<u32> = (first..=300).collect();
            let wanted: BTreeSet<u32> = cases.iter().chain(&back).copied().collect();
            let list = docket.with_returns(
                Audited { cases, ..Audited::default() }, &returns, back.clone(), judged);
            prop_assert_eq!(list.cases.iter().copied().collect::<BTreeSet<u32>>(), wanted);
            prop_assert_eq!(list.cases.iter().collect::<BTreeSet<_>>().len(), list.cases.len());
            prop_assert_eq!(list.back, back);
        }
    }
}
