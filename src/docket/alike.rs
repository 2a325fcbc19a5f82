//! Which open cases are nearly the same as one that was judged, so that its verdict may be spread to them.
//!
//! A finding is known by its *mark*: the rule's family and the tokens that it flags. Another case is alike when each of
//! its findings has the mark of one of the judged case's, so that nothing in it is judged that was not, and when the
//! code around both calls the same kinds of sanitisers. A case that a person said anything of is never one of them.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::bits::Bits;
use super::cases::{Docket, Overlay};
use crate::domain::{Basis, State};
use crate::store::{CaseFlags, CaseRow, FindingFlags, FindingRow};

/// What a finding is known by among those of other cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Mark {
    /// The rule's family, by its number in [`Likeness::families`].
    family: u32,
    /// The tokens that it flags.
    tokens: u64,
    /// Of a package its version, else 0.
    version: u64,
}

/// What other cases must be to be like one that was judged. Holds no part of the docket, so that the store can be asked
/// about its candidates while the docket changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// The families of the judged findings, by the rows of all rules of them.
    families: FxHashMap<u32, u32>,
    marks: BTreeSet<Mark>,
    /// Cases that may be alike by what is resident, as they lie in the store.
    pub candidates: Vec<Candidate>,
}

/// A case that may be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The finding that founded it.
    pub head: u32,
    /// Its number.
    pub case: u32,
    /// Whether that is its only finding.
    pub is_single: bool,
}

impl Likeness {
    /// Whether a case of these findings is alike: each that is not gone has the mark of one that was judged.
    #[must_use]
    pub fn covers(&self, findings: &[FindingRow]) -> bool {
        let mut here = findings.iter().filter(|row| is_here(row)).peekable();
        here.peek().is_some()
            && here.all(|row| mark(row, &self.families).is_some_and(|mark| self.marks.contains(&mark)))
    }

    /// Whether any judged finding flags these tokens.
    #[must_use]
    pub fn has_tokens(&self, tokens: u64) -> bool {
        self.marks.iter().any(|mark| mark.tokens == tokens)
    }
}

const fn is_here(row: &FindingRow) -> bool {
    row.flags & FindingFlags::GONE == 0
}

/// The mark of a finding; `None` where it cannot be compared, or its rule is of no judged family.
fn mark(row: &FindingRow, families: &FxHashMap<u32, u32>) -> Option<Mark> {
    let (tokens, version) = row.comparable()?;
    Some(Mark { family: *families.get(&row.rule)?, tokens, version })
}

impl Docket {
    /// What cases must be to be like one, by the rows of its findings; those that are gone do not count. `None` where one
    /// of them cannot be compared.
    #[must_use]
    pub fn likeness(&self, case: u32, findings: &[FindingRow]) -> Option<Likeness> {
        let here: Vec<&FindingRow> = findings.iter().filter(|row| is_here(row)).collect();
        let rules = &self.dictionary.rules;
        let mut named: Vec<&str> = here
            .iter()
            .map(|row| rules.get(&row.rule).map(|rule| rule.family.as_str()))
            .collect::<Option<_>>()?;
        named.sort_unstable();
        named.dedup();
        let number = |family: &str| named.binary_search(&family).ok().and_then(|at| u32::try_from(at).ok());
        let families: FxHashMap<u32, u32> =
            rules.iter().filter_map(|(&row, rule)| Some((row, number(&rule.family)?))).collect();
        let marks: BTreeSet<Mark> = here.iter().map(|row| mark(row, &families)).collect::<Option<_>>()?;
        if marks.is_empty() {
            return None;
        }
        let candidates = self.maybe_alike(case, &families);
        Some(Likeness { families, marks, candidates })
    }

    /// Open cases of the same kind, of which no person said anything, and that break no rule of another family.
    fn maybe_alike(&self, case: u32, families: &FxHashMap<u32, u32>) -> Vec<Candidate> {
        let Some(source) = self.row(case) else { return Vec::new() };
        let sets = self.dictionary.rule_sets.iter();
        let fitting = sets.filter(|(_, set)| set.iter().all(|rule| families.contains_key(rule)));
        let sets = Bits::of(fitting.map(|(&key, _)| key));
        let fits = |number: u32, row: &CaseRow| {
            row.head != 0
                && number != case
                && row.kind == source.kind
                && row.flags & CaseFlags::GONE == 0
                && sets.has(row.rules)
                && is_undecided(self.standing_of(number, row))
        };
        let rows = (1..).zip(self.rows.iter()).filter(|(number, row)| fits(*number, row));
        let mut found: Vec<Candidate> =
            rows.map(|(case, row)| Candidate { head: row.head, case, is_single: row.members == 1 }).collect();
        found.sort_unstable();
        found
    }
}

/// Open, and not because a person left it so.
fn is_undecided(standing: &Overlay) -> bool {
    standing.state == State::Open && standing.basis != Some(Basis::Human)
}

/// Some cases picked at random: the same ones for the same seed, whatever their order.
#[must_use]
pub fn sample(cases: &[u32], most: usize, seed: u64) -> Vec<u32> {
    let mut drawn: Vec<(u64, u32)> =
        cases.iter().map(|&case| (mixed(u64::from(case) ^ seed), case)).collect();
    drawn.sort_unstable();
    drawn.dedup();
    drawn.truncate(most);
    drawn.into_iter().map(|(_, case)| case).collect()
}

/// A number spread evenly over all others (SplitMix64); the same on every machine and in every version.
#[must_use]
pub(super) const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Kind, Opinion};
    use crate::store::{Dictionary, RuleRow};

    fn docket(rows: Vec<CaseRow>) -> Docket {
        let rule = |family: &str| RuleRow { tool: 1, family: family.into(), ..RuleRow::default() };
        let rules = [(1, rule("sql")), (2, rule("eval")), (3, rule("sql"))];
        let sets = [(1, vec![1]), (2, vec![2]), (3, vec![1, 2]), (4, vec![3])];
        let dictionary = Dictionary {
            rules: rules.into_iter().collect(),
            rule_sets: sets.into_iter().collect(),
            ..Dictionary::default()
        };
        Docket::new(rows, dictionary)
    }

    fn row(rule: u32, tokens: u64) -> FindingRow {
        FindingRow { rule, tokens, lease: 3, ..FindingRow::default() }
    }

    fn are_alike(judged: &[FindingRow], other: &[FindingRow]) -> bool {
        docket(vec![]).likeness(1, judged).is_some_and(|likeness| likeness.covers(other))
    }

    #[test]
    fn alike_is_the_same_family_and_the_same_tokens() {
        assert!(are_alike(&[row(1, 7)], &[row(1, 7)]));
        assert!(are_alike(&[row(1, 7)], &[row(3, 7)]), "another rule of the family");
        assert!(!are_alike(&[row(1, 7)], &[row(2, 7)]) && !are_alike(&[row(1, 7)], &[row(1, 8)]));
        let gone = FindingRow { flags: FindingFlags::GONE, lease: 0, ..row(2, 7) };
        assert!(are_alike(&[row(1, 7), gone], &[row(1, 7)]) && are_alike(&[row(1, 7)], &[gone, row(1, 7)]));
        assert!(!are_alike(&[row(1, 7)], &[gone]), "nothing of it is left");
        let package = |version| FindingRow { kind: Kind::Dependency as u8, lease: version, ..row(1, 7) };
        assert!(are_alike(&[package(4)], &[package(4)]));
        assert!(!are_alike(&[package(4)], &[package(6)]), "of a package the version counts");
    }

    #[test]
    fn what_cannot_be_compared_is_like_nothing() {
        let words = FindingRow { lease: 0, ..row(1, 7) };
        let secret = |lease| FindingRow { kind: Kind::Secret as u8, lease, ..row(1, 7) };
        for odd in [words, secret(2)] {
            assert!(!are_alike(&[odd], &[odd]) && !are_alike(&[row(1, 7), odd], &[row(1, 7)]), "{odd:?}");
        }
        assert!(are_alike(&[secret(3)], &[secret(3)]), "from the source a secret is not masked");
        assert!(!are_alike(&[], &[]));
    }

    #[test]
    fn nothing_is_covered_that_was_not_judged() {
        let (one, both) = ([row(1, 7)], [row(1, 7), row(2, 8)]);
        assert!(are_alike(&both, &one));
        assert!(!are_alike(&one, &both) && !are_alike(&both, &[row(1, 7), row(2, 9)]));
    }

    #[test]
    fn only_open_cases_that_no_person_spoke_of_are_candidates() {
        let case = |head, rules| CaseRow { head, rules, members: 1, ..CaseRow::default() };
        let gone = CaseRow { flags: CaseFlags::GONE, ..case(15, 1) };
        let secret = CaseRow { kind: Kind::Secret as u8, ..case(16, 1) };
        let fused = CaseRow { members: 2, ..case(19, 1) };
        let rows = vec![
            case(10, 1),
            case(30, 1),
            case(12, 2),
            case(13, 3),
            case(14, 4),
            gone,
            secret,
            case(17, 1),
            case(18, 1),
            fused,
        ];
        let mut docket = docket(rows);
        let human = |state, opinion| Overlay::new(state, Some((opinion, Basis::Human)));
        docket.load_standings([
            (8, human(State::Settled, Opinion::Rejected)),
            (9, human(State::Open, Opinion::Unsure)),
            (10, Overlay { pinned: true, ..Overlay::untouched(0).clone() }),
        ]);
        let found = |case| docket.likeness(case, &[row(1, 7)]).unwrap().candidates;
        let told: Vec<_> = found(1).iter().map(|it| (it.case, it.is_single)).collect();
        assert_eq!(told, [(5, true), (10, false), (2, true)], "in the order of the store");
        assert_eq!(found(99), []);
    }

    proptest! {
        #[test]
        fn a_sample_is_of_the_cases_each_once_and_the_same_for_the_same_seed(
            cases in prop::collection::btree_set(1_u32..10_000, 0..200),
            most in 0_usize..10,
            seed: u64,
        ) {
            let cases: Vec<u32> = cases.into_iter().collect();
            let drawn = sample(&cases, most, seed);
            prop_assert_eq!(drawn.len(), most.min(cases.len()));
            prop_assert!(drawn.iter().all(|case| cases.contains(case)));
            prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
            let turned: Vec<u32> = cases.iter().rev().copied().collect();
            prop_assert_eq!(sample(&turned, most, seed), drawn);
        }
    }

    #[test]
    fn a_sample_is_not_the_first_of_the_list() {
        let cases: Vec<u32> = (1..=1000).collect();
        let mut hits = [0_usize; 10];
        for seed in 0..2000 {
            for case in sample(&cases, 3, seed) {
                hits[(case as usize - 1) / 100] += 1;
            }
        }
        assert!(hits.iter().all(|&tenth| (480..720).contains(&tenth)), "{hits:?}");
    }
}
