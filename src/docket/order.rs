//! The orders a docket is listed in.
//!
//! Every order is total: cases alike in what the order goes by stand by file, then line, then number. The
//! file goes by the row of its path, that is in the order in which files were first seen, so that paths need
//! not be loaded for it and a list is the same whether they are or not; only [`Order::Path`] goes by the
//! letters.

use std::fmt;
use std::str::FromStr;

use rustc_hash::FxHashMap;

use super::cases::{Docket, Overlay};
use super::filter::{Missing, Needs};
use super::worth::Worth;
use crate::domain::{Severity, State};

/// What a docket is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// What needs a decision first: pinned cases, then those nobody has decided or whose decision no longer holds, then
    /// the settled ones, then what is gone; among each by [`Worth`], the highest first.
    #[default]
    Worth,
    /// The gravest first.
    Severity,
    /// Those that the latest run brought first.
    Newest,
    /// By project, then by path; cases without a file last.
    Path,
}

/// A word that names no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown order `{0}`; orders are worth, severity, newest and path")]
pub struct UnknownOrder(pub String);

impl Order {
    /// All orders, as offered.
    pub const ALL: [Self; 4] = [Self::Worth, Self::Severity, Self::Newest, Self::Path];

    /// The word on the command line and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worth => "worth",
            Self::Severity => "severity",
            Self::Newest => "newest",
            Self::Path => "path",
        }
    }

    /// What must be loaded before a docket can be put in this order.
    #[must_use]
    pub const fn needs(self) -> Needs {
        let none = Needs { paths: false, texts: false, standings: false, names: false, runs: false };
        match self {
            Self::Worth => Needs { standings: true, ..none },
            Self::Severity | Self::Newest => none,
            Self::Path => Needs { paths: true, ..none },
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, UnknownOrder> {
        let named = Self::ALL.into_iter().find(|order| order.word().eq_ignore_ascii_case(text.trim()));
        named.ok_or_else(|| UnknownOrder(text.chars().take(60).collect()))
    }
}

/// Where a case stands in an order; the least comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    first: u64,
    path: u32,
    line: u32,
    case: u32,
}

impl Docket {
    /// The first `limit` of some cases in an order. Numbers of no case are left out.
    ///
    /// # Errors
    /// When something that the order needs was not loaded.
    pub fn top(
        &self,
        cases: &[u32],
        order: Order,
        worth: &Worth<'_>,
        limit: usize,
    ) -> Result<Vec<u32>, Missing> {
        order.needs().met_by(self.loaded)?;
        let by_path = order == Order::Path;
        let projects = if by_path { ranks(&self.dictionary.projects) } else { Vec::new() };
        let paths = if by_path { ranks(&self.paths) } else { Vec::new() };
        // Of a million cases a few are shown: no more than twice as many are kept at any time, and none that
        // stands behind enough others.
        let room = limit.saturating_mul(2).saturating_add(4096);
        let (mut keys, mut last): (Vec<Key>, Option<Key>) = (Vec::new(), None);
        for &case in cases {
            let Some(row) = self.row(case) else { continue };
            let first = match order {
                Order::Worth => {
                    let (standing, sum) = worth.of_row(case, row);
                    // Floats from 0 up are in the order of their bits.
                    let sum = sum.max(0.0).to_bits();
                    worth.urgency(standing) << 32 | u64::from(u32::MAX - sum)
                }
                Order::Severity => {
                    u64::from(Severity::Critical as u8 - Severity::from_number(row.severity) as u8)
                }
                Order::Newest => u64::from(u32::MAX - row.first_run),
                Order::Path => rank(&projects, u32::from(row.project)) << 32 | rank(&paths, row.path),
            };
            let key = Key { first, path: row.path, line: row.line, case };
            if last.is_some_and(|last| key > last) {
                continue;
            }
            keys.push(key);
            if keys.len() == room {
                last = Some(*keys.select_nth_unstable(limit).1);
                keys.truncate(limit);
            }
        }
        keys.sort_unstable();
        keys.truncate(limit);
        Ok(keys.into_iter().map(|key| key.case).collect())
    }
}

/// How soon a case needs a decision; the least first.
pub(super) const fn urgency(standing: &Overlay) -> u64 {
    match standing.state {
        _ if standing.pinned => 0,
        // An accepted risk past its day leaves its case open.
        State::Open | State::Stale | State::Disputed => 1,
        State::Settled => 2,
        State::Gone => 3,
    }
}

/// The place of each name in the order of letters, by its dense row number; the same name has the same place.
fn ranks(names: &FxHashMap<u32, String>) -> Vec<u32> {
    let mut sorted: Vec<(&str, u32)> = names.iter().map(|(&key, name)| (name.as_str(), key)).collect();
    sorted.sort_unstable();
    let rows = names.keys().max().map_or(0, |&last| last as usize + 1);
    let mut ranks = vec![u32::MAX; rows];
    let (mut rank, mut before) = (0, None);
    for (name, key) in sorted {
        if before.is_some_and(|before| before != name) {
            rank += 1;
        }
        before = Some(name);
        if let Some(place) = ranks.get_mut(key as usize) {
            *place = rank;
        }
    }
    ranks
}

/// What has no name comes last.
fn rank(ranks: &[u32], key: u32) -> u64 {
    u64::from(ranks.get(key as usize).copied().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::select_tests::{dictionary, dockets};
    use super::super::worth::{Evidence, Weights};
    use super::*;
    use crate::domain::{Basis, Opinion};
    use crate::store::{CaseFlags, CaseRow};

    fn listed(docket: &Docket, order: Order, limit: usize) -> Vec<u32> {
        let evidence = Evidence::default();
        let cases: Vec<u32> = (0..=docket.end()).rev().collect();
        docket.top(&cases, order, &Worth::new(docket, &Weights::default(), &evidence), limit).unwrap()
    }

    fn docket() -> Docket {
        let row = |project, path, line, severity, first_run| CaseRow {
            head: 1,
            project,
            path,
            line,
            severity,
            first_run,
            ..CaseRow::default()
        };
        let rows = vec![
            row(1, 2, 9, 1, 1),
            row(1, 2, 3, 1, 2),
            row(1, 1, 7, 4, 1),
            row(2, 3, 1, 4, 2),
            row(1, 0, 0, 1, 1),
            CaseRow::default(),
            row(1, 2, 3, 1, 2),
        ];
        let mut docket = Docket::new(rows, dictionary());
        docket.load_paths((1..).zip(["src/z.py", "src/a.py", "b.py"].map(str::to_owned)).collect());
        docket.load_standings([(1, Overlay { pinned: true, ..Overlay::new(State::Open, None) })]);
        docket
    }

    #[test]
    fn each_order_goes_by_its_word() {
        for (order, expected) in [
            // Pinned, then the gravest; the rest by file, line and number, cases without a file in front.
            (Order::Worth, [1, 3, 4, 5, 2, 7]),
            (Order::Severity, [3, 4, 5, 2, 7, 1]),
            (Order::Newest, [2, 7, 4, 5, 3, 1]),
            // Upper case stands before lower, so project Web before shop.
            (Order::Path, [4, 2, 7, 1, 3, 5]),
        ] {
            assert_eq!(listed(&docket(), order, usize::MAX), expected, "{order}");
        }
    }

    #[test]
    fn a_settled_case_stands_behind_every_open_one_and_a_gone_one_behind_all() {
        let row = |severity, flags| CaseRow { head: 1, severity, flags, ..CaseRow::default() };
        let gravest = 4;
        let rows = vec![
            row(gravest, CaseFlags::GONE),
            row(gravest, 0),
            row(0, 0),
            row(1, 0),
            row(2, 0),
            row(gravest, CaseFlags::SUPPRESSED),
            row(0, 0),
        ];
        let mut docket = Docket::new(rows, dictionary());
        let settled = Overlay::new(State::Settled, Some((Opinion::Confirmed, Basis::Human)));
        let stands = |state| Overlay::new(state, None);
        docket.load_standings([
            (2, settled.clone()),
            (3, Overlay { expired: true, ..stands(State::Open) }),
            (4, stands(State::Stale)),
            (5, stands(State::Disputed)),
            (7, Overlay { pinned: true, ..settled }),
        ]);
        assert_eq!(listed(&docket, Order::Worth, usize::MAX), [7, 5, 4, 3, 2, 6, 1]);
    }

    #[test]
    fn the_first_of_many_are_those_of_the_whole() {
        let row = |number: u32| {
            let drawn = number.wrapping_mul(0x9e37_79b9) >> 8;
            CaseRow {
                head: 1,
                path: drawn % 7,
                line: drawn % 11,
                severity: (drawn % 5) as u8,
                ..CaseRow::default()
            }
        };
        let mut docket = Docket::new((0..30_000).map(row).collect(), dictionary());
        docket.load_paths(FxHashMap::default());
        docket.load_standings([(20_000, Overlay { pinned: true, ..Overlay::new(State::Open, None) })]);
        for order in Order::ALL {
            let all = listed(&docket, order, usize::MAX);
            for limit in [0, 1, 50, 5_000, 29_999, 30_000] {
                assert_eq!(listed(&docket, order, limit), all[..limit], "{order} {limit}");
            }
        }
    }

    #[test]
    fn an_order_is_not_made_up_without_its_data() {
        let docket = Docket::new(vec![], dictionary());
        let evidence = Evidence::default();
        let worth = Worth::new(&docket, &Weights::default(), &evidence);
        for order in Order::ALL {
            let missing = docket.top(&[], order, &worth, 1).err().map(|missing| missing.0);
            assert_eq!(missing, Some(order.needs()).filter(|needs| *needs != Needs::default()), "{order}");
            assert_eq!(order.word().parse(), Ok(order));
        }
        assert_eq!("sideways".parse::<Order>(), Err(UnknownOrder("sideways".into())));
    }

    proptest! {
        #[test]
        fn an_order_is_total_and_a_limit_only_cuts_it(
            (docket, _) in dockets(),
            order in select(Order::ALL.to_vec()),
            limit in 0..160_usize,
        ) {
            let all = listed(&docket, order, usize::MAX);
            let mut cases = all.clone();
            cases.sort_unstable();
            prop_assert_eq!(cases, docket.select(&"".parse().unwrap(), None).unwrap());
            prop_assert_eq!(listed(&docket, order, limit), &all[..limit.min(all.len())]);
            let evidence = Evidence::default();
            let worth = Worth::new(&docket, &Weights::default(), &evidence);
            prop_assert_eq!(docket.top(&all, order, &worth, usize::MAX).unwrap(), all);
        }

        #[test]
        fn what_needs_a_decision_comes_first_and_among_it_worth_never_rises((docket, _) in dockets()) {
            let evidence = Evidence::default();
            let worth = Worth::new(&docket, &Weights::default(), &evidence);
            let standing = |case: u32| (urgency(docket.standing(case).unwrap()), -worth.of(case));
            let listed = listed(&docket, Order::Worth, usize::MAX);
            let listed: Vec<_> = listed.into_iter().map(standing).collect();
            prop_assert!(listed.is_sorted_by(|a, b| (a.0, a.1) <= (b.0, b.1)));
        }
    }
}
