//! How many decisions a condition needs at least: the fewest that could do, whatever they turn out to be.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::domain::Cwe;

/// How many more are needed so that `count` of `all` are a share, if all that come are of them: (c + k) / (n + k) ≥ s. What
/// no number of them brings about takes one decision at least.
pub(super) fn more_of(count: u64, all: u64, share: f64) -> u64 {
    if share <= 0.0 {
        return 0;
    }
    if all == 0 {
        return 1;
    }
    if share >= 1.0 {
        return 1;
    }
    let wanted = (share * all as f64 - count as f64) / (1.0 - share);
    // A number that floating point puts a hair above a whole one is that one.
    (wanted - 1e-9).ceil().max(0.0) as u64
}

/// The weaknesses that have fewer labels than they need, with how many they lack: first those that have the cases for it,
/// of them those that lack the fewest, then those with the most cases to choose from.
pub(super) fn classes_to_go(
    have: &FxHashMap<Cwe, u64>,
    open: &FxHashMap<Cwe, u64>,
    each: u64,
) -> Vec<(Cwe, u64)> {
    let known: BTreeSet<Cwe> = have.keys().chain(open.keys()).copied().collect();
    let of = |counts: &FxHashMap<Cwe, u64>, cwe: Cwe| counts.get(&cwe).copied().unwrap_or_default();
    let mut lacking: Vec<(bool, u64, Reverse<u64>, Cwe)> = known
        .into_iter()
        .map(|cwe| (each.saturating_sub(of(have, cwe)), of(open, cwe), cwe))
        .filter(|(lacks, ..)| *lacks > 0)
        .map(|(lacks, open, cwe)| (open < lacks, lacks, Reverse(open), cwe))
        .collect();
    lacking.sort_unstable();
    lacking.into_iter().map(|(_, lacks, _, cwe)| (cwe, lacks)).collect()
}

/// The entropy of counts over that of as many even ones as are wanted; 1 is the most. `None` without a label.
pub(super) fn evenness(counts: &[u64], wanted: u64) -> Option<f64> {
    let counts: Vec<f64> = counts.iter().filter(|count| **count > 0).map(|count| *count as f64).collect();
    (!counts.is_empty()).then(|| of_entropy(&counts, wanted))
}

fn of_entropy(counts: &[f64], wanted: u64) -> f64 {
    if wanted < 2 {
        return 1.0;
    }
    let all: f64 = counts.iter().sum();
    let entropy: f64 = counts.iter().filter(|it| **it > 0.0).map(|it| (it / all) * (all / it).ln()).sum();
    (entropy / (wanted as f64).ln()).clamp(0.0, 1.0)
}

/// How many labels more it takes at least until they are so even, with `fresh` weaknesses that have none yet: the fewest
/// labels go to those that have the least, and half labels would do. 1 where no number does.
pub(super) fn more_for_evenness(counts: &[u64], fresh: usize, wanted: u64, bound: f64) -> u64 {
    let mut counts: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    counts.extend(std::iter::repeat_n(0.0, fresh));
    counts.sort_unstable_by(f64::total_cmp);
    let even = |more: f64| of_entropy(&filled(&counts, more), wanted) >= bound;
    let (mut fails, mut holds) = (0.0, 1.0);
    while !even(holds) {
        fails = holds;
        holds *= 2.0;
        if holds > 1e9 {
            return 1;
        }
    }
    for _ in 0..60 {
        let middle = f64::midpoint(fails, holds);
        if even(middle) { holds = middle } else { fails = middle }
    }
    (holds - 1e-6).ceil().max(1.0) as u64
}

/// Ascending counts with so much more poured over the lowest of them.
fn filled(counts: &[f64], more: f64) -> Vec<f64> {
    let mut poured = 0.0;
    let mut level = counts.first().copied().unwrap_or_default();
    let mut under = 0;
    for (at, &count) in counts.iter().enumerate() {
        let takes = (count - level) * at as f64;
        if poured + takes > more {
            break;
        }
        poured += takes;
        level = count;
        under = at + 1;
    }
    if under > 0 {
        level += (more - poured) / under as f64;
    }
    counts.iter().enumerate().map(|(at, &count)| if at < under { level } else { count }).collect()
}

/// So many verdicts given to the weaknesses with the fewest labels that have cases to judge, at most `most` of them; all of
/// them together, so that their number stays what it is.
pub(super) fn spread_out(
    have: &FxHashMap<Cwe, u64>,
    open: &FxHashMap<Cwe, u64>,
    verdicts: u64,
    most: usize,
) -> Vec<(Cwe, u64)> {
    let mut classes: Vec<(u64, Reverse<u64>, Cwe)> = open
        .iter()
        .filter(|(_, open)| **open > 0)
        .map(|(cwe, open)| (have.get(cwe).copied().unwrap_or_default(), Reverse(*open), *cwe))
        .collect();
    classes.sort_unstable();
    classes.truncate(most.min(usize::try_from(verdicts).unwrap_or(usize::MAX)));
    let parts = classes.len() as u64;
    (0..)
        .zip(classes)
        .map(|(at, (.., cwe))| (cwe, verdicts / parts + u64::from(at < verdicts % parts)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_needs_what_makes_it_one() {
        assert_eq!(more_of(10, 100, 0.2), 13, "23 of 113 and not 22 of 112");
        assert_eq!((more_of(0, 0, 0.5), more_of(5, 10, 0.5), more_of(3, 10, 0.0)), (1, 0, 0));
        assert_eq!(more_of(9, 10, 1.0), 1);
    }

    #[test]
    fn evenness_is_1_where_as_many_weaknesses_as_are_wanted_have_the_same() {
        assert_eq!(evenness(&[], 4), None);
        assert_eq!(evenness(&[9], 4), Some(0.0));
        assert!(evenness(&[9], 4).unwrap().is_sign_positive(), "it would be shown as -0");
        assert!((evenness(&[5, 5, 5, 5], 4).unwrap() - 1.0).abs() < 1e-12);
        assert!((evenness(&[5, 5], 4).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(evenness(&[1; 9], 4), Some(1.0), "more than is wanted is no fault");
    }

    #[test]
    fn verdicts_go_to_the_weaknesses_with_the_fewest_labels() {
        let have = [(Cwe(89), 9), (Cwe(79), 1)].into_iter().collect();
        let open = [(Cwe(89), 5), (Cwe(79), 5), (Cwe(22), 2), (Cwe(20), 0)].into_iter().collect();
        assert_eq!(spread_out(&have, &open, 5, 2), [(Cwe(22), 3), (Cwe(79), 2)]);
        let lacking = classes_to_go(&have, &open, 6);
        assert_eq!(lacking, [(Cwe(79), 5), (Cwe(22), 6), (Cwe(20), 6)], "only of 79 there are enough");
    }

    proptest! {
        #[test]
        fn fewer_are_never_enough_for_a_share(count in 0_u64..200, more in 0_u64..200, share in 0.01_f64..0.99) {
            let all = count + more;
            let needed = more_of(count, all, share);
            let reaches = |k: u64| (count + k) as f64 / ((all + k) as f64) >= share;
            if all > 0 {
                prop_assert!(reaches(needed) || (count + needed) as f64 / (all + needed) as f64 > share - 1e-9);
                prop_assert!(needed == 0 || !reaches(needed - 1));
            }
        }

        #[test]
        fn fewer_are_never_enough_for_evenness(
            counts in prop::collection::vec(1_u64..20, 1..4),
            fresh in 0_usize..3,
            wanted in 2_u64..5,
            bound in 0.2_f64..0.95,
        ) {
            prop_assume!(evenness(&counts, wanted).unwrap() < bound);
            let told = more_for_evenness(&counts, fresh, wanted, bound);
            // The best that so many labels can do, one after the other to whoever has the fewest, or anywhere else.
            let mut best: Vec<Vec<u64>> = vec![{
                let mut all = counts.clone();
                all.extend(std::iter::repeat_n(0, fresh));
                all
            }];
            for _ in 1..told.min(6) {
                best = best
                    .iter()
                    .flat_map(|counts| {
                        (0..counts.len()).map(|at| {
                            let mut next = counts.clone();
                            next[at] += 1;
                            next
                        })
                    })
                    .collect();
                best.sort();
                best.dedup();
                prop_assert!(best.iter().all(|counts| evenness(counts, wanted).unwrap() < bound));
            }
        }
    }
}
