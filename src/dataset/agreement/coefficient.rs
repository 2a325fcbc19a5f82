//! Kappa and alpha, and the intervals around them.
//!
//! Cases with the same opinions are one sort, and a sample drawn anew is how often each sort comes in it: so an interval
//! costs as much for a million cases as for the few sorts that they are of.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dataset::random::Random;

/// Samples drawn for an interval.
const DRAWS: usize = 1000;
/// What is left out at either end of them.
const TAIL: f64 = 0.025;
/// So many standard deviations of the normal distribution leave that out.
const NORMAL: f64 = 1.959_963_984_540_054;

/// A coefficient and the interval that holds the true one in 95 of 100 corpora.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measure {
    /// The coefficient: 1 where all agree, 0 where they agree as often as chance would have it.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Over how many cases.
    pub cases: usize,
}

/// Cohen's kappa of what two reviewers said of each case; `None` where chance leaves nothing to agree about.
#[must_use]
pub fn kappa(pairs: &[(u8, u8)]) -> Option<f64> {
    kappa_of(&sorts(pairs.iter().copied()))
}

/// Krippendorff's alpha for nominal data of what reviewers said of each case, however many said something of it;
/// `None` where chance leaves nothing to agree about.
#[must_use]
pub fn alpha(units: &[Vec<u8>]) -> Option<f64> {
    alpha_of(&sorts(units.iter().filter_map(|unit| counted(unit))))
}

/// [`kappa`] with its interval, drawn from a seed.
#[must_use]
pub fn kappa_measured(pairs: &[(u8, u8)], seed: u64) -> Option<Measure> {
    measured(&sorts(pairs.iter().copied()), seed, kappa_of)
}

/// [`alpha`] with its interval, drawn from a seed.
#[must_use]
pub fn alpha_measured(units: &[Vec<u8>], seed: u64) -> Option<Measure> {
    measured(&sorts(units.iter().filter_map(|unit| counted(unit))), seed, alpha_of)
}

/// The share of some cases of which something is so, with Wilson's interval; `None` of no case.
#[must_use]
pub fn share_measured(so: usize, cases: usize) -> Option<Measure> {
    if cases == 0 {
        return None;
    }
    let (all, value) = (cases as f64, so as f64 / cases as f64);
    let square = NORMAL * NORMAL / all;
    let middle = value + square / 2.0;
    let reach = (value * (1.0 - value) * square + square * square / 4.0).sqrt();
    let end = |end: f64| (end / (1.0 + square)).clamp(0.0, 1.0);
    Some(Measure { value, low: end(middle - reach), high: end(middle + reach), cases })
}

/// How often each opinion is in a unit; `None` where nobody else said anything of it, which pairs with nothing.
fn counted(unit: &[u8]) -> Option<Vec<(u8, u32)>> {
    let mut counts: BTreeMap<u8, u32> = BTreeMap::new();
    for &opinion in unit {
        *counts.entry(opinion).or_default() += 1;
    }
    (unit.len() > 1).then(|| counts.into_iter().collect())
}

/// Each sort of case once, with how many there are.
fn sorts<T: Ord>(cases: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut sorts: BTreeMap<T, u64> = BTreeMap::new();
    for case in cases {
        *sorts.entry(case).or_default() += 1;
    }
    sorts.into_iter().collect()
}

fn kappa_of(sorts: &[((u8, u8), u64)]) -> Option<f64> {
    let mut margins: BTreeMap<u8, (f64, f64)> = BTreeMap::new();
    let (mut all, mut same) = (0.0, 0.0);
    for &((one, other), count) in sorts {
        let count = count as f64;
        all += count;
        if one == other {
            same += count;
        }
        margins.entry(one).or_default().0 += count;
        margins.entry(other).or_default().1 += count;
    }
    let by_chance: f64 = margins.values().map(|(one, other)| one * other).sum();
    // In whole numbers, so that a division by nothing shows as such.
    let (agreed, chance, most) = (same * all, by_chance, all * all);
    (most > chance).then(|| (agreed - chance) / (most - chance))
}

fn alpha_of(sorts: &[(Vec<(u8, u32)>, u64)]) -> Option<f64> {
    let mut totals: BTreeMap<u8, f64> = BTreeMap::new();
    let mut observed = 0.0;
    for (unit, count) in sorts {
        let count = *count as f64;
        let said: f64 = unit.iter().map(|(_, times)| f64::from(*times)).sum();
        let alike: f64 = unit.iter().map(|(_, times)| f64::from(*times).powi(2)).sum();
        // Each ordered pair of opinions that differ, weighed so that a unit counts by how many spoke of it.
        observed += count * (said * said - alike) / (said - 1.0);
        for (opinion, times) in unit {
            *totals.entry(*opinion).or_default() += count * f64::from(*times);
        }
    }
    let all: f64 = totals.values().sum();
    let expected = all * all - totals.values().map(|total| total * total).sum::<f64>();
    (expected > 0.0).then(|| 1.0 - (all - 1.0) * observed / expected)
}

fn measured<T: Clone>(
    sorts: &[(T, u64)],
    seed: u64,
    of: impl Fn(&[(T, u64)]) -> Option<f64>,
) -> Option<Measure> {
    let value = of(sorts)?;
    let cases: u64 = sorts.iter().map(|(_, count)| count).sum();
    let mut random = Random::new(seed);
    let mut drawn: Vec<(T, u64)> = sorts.to_vec();
    let mut values: Vec<f64> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let (mut left, mut rest) = (cases, cases as f64);
        for ((_, slot), (_, count)) in drawn.iter_mut().zip(sorts) {
            let count = *count as f64;
            *slot = random.hits(left, if rest > 0.0 { count / rest } else { 0.0 });
            left -= *slot;
            rest -= count;
        }
        // A sample in which only one opinion occurs has no value, and says that they agreed.
        values.push(of(&drawn).unwrap_or(1.0));
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values.get((share * (DRAWS - 1) as f64).round() as usize).copied();
    let (low, high) = (at(TAIL)?, at(1.0 - TAIL)?);
    Some(Measure { value, low: low.min(value), high: high.max(value), cases: usize::try_from(cases).ok()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(rows: &[&[usize]]) -> Vec<(u8, u8)> {
        let cells = (0_u8..).zip(rows).flat_map(|(one, row)| {
            (0_u8..).zip(*row).flat_map(move |(other, &count)| std::iter::repeat_n((one, other), count))
        });
        cells.collect()
    }

    /// The units of reviewers' rows, `*` where one said nothing.
    fn units(rows: &[&str]) -> Vec<Vec<u8>> {
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split_whitespace().collect()).collect();
        let said = |at: usize| rows.iter().map(move |row| row[at]).filter(|it| *it != "*");
        (0..rows[0].len()).map(|at| said(at).map(|it| it.as_bytes()[0]).collect()).collect()
    }

    #[test]
    fn kappa_is_that_of_the_published_examples() {
        // Cohen (1960), table 2: 200 subjects, .70 agreed and .41 by chance.
        let cohen = table(&[&[88, 14, 18], &[10, 40, 10], &[2, 6, 12]]);
        assert!((kappa(&cohen).unwrap() - 0.29 / 0.59).abs() < 1e-12);
        assert!((kappa(&cohen).unwrap() - 0.492).abs() < 5e-4);
        // Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd edition, table 18.1.
        let fleiss = table(&[&[75, 1, 4], &[5, 4, 1], &[0, 0, 10]]);
        assert!((kappa(&fleiss).unwrap() - 0.676).abs() < 5e-4);
    }

    #[test]
    fn alpha_is_that_of_the_published_examples() {
        // Krippendorff (2011), A: binary data, two observers, none missing.
        let binary = units(&["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"]);
        assert!((alpha(&binary).unwrap() - 0.095).abs() < 5e-4);
        // B: nominal data, two observers.
        let nominal = units(&["a a b b d c c c e d d a", "b a b b b c c c e d d d"]);
        assert!((alpha(&nominal).unwrap() - 0.692).abs() < 5e-4);
        // C: nominal data, any number of observers, values missing.
        let missing = units(&[
            "1 2 3 3 2 1 4 1 2 * * *",
            "1 2 3 3 2 2 4 1 2 5 * 3",
            "* 3 3 3 2 3 4 2 2 5 1 *",
            "1 2 3 3 2 4 4 1 2 5 1 *",
        ]);
        assert!((alpha(&missing).unwrap() - 0.743).abs() < 5e-4);
    }

    #[test]
    fn one_opinion_alone_is_nothing_to_agree_about() {
        assert_eq!((kappa(&[]), kappa(&[(1, 1), (1, 1)])), (None, None));
        assert_eq!(
            (alpha(&[]), alpha(&[vec![1, 1], vec![1]]), alpha(&[vec![1], vec![2]])),
            (None, None, None)
        );
        assert_eq!(kappa_measured(&[(1, 1)], 1), None);
    }

    /// Two reviewers who see the truth, one in two real, with this chance each and guess otherwise: pairs, and the
    /// chance-corrected agreement of so large a corpus that it can be written down.
    fn drawn(random: &mut Random, cases: usize, sees: f64) -> Vec<(u8, u8)> {
        let mut one = |truth: u8| {
            if random.unit() < sees { truth } else { u8::from(random.unit() < 0.5) }
        };
        (0..cases)
            .map(|case| (one(u8::from(case.is_multiple_of(2))), one(u8::from(case.is_multiple_of(2)))))
            .collect()
    }

    #[test]
    fn the_interval_holds_the_true_value_about_as_often_as_it_says() {
        // Both right: s², one right: half, both guess: half. Agreed (1+s²)/2, by chance 1/2: kappa and alpha are s².
        for (cases, sees) in [(60, 0.8_f64), (200, 0.6)] {
            let (truth, rounds) = (sees * sees, 300);
            let mut random = Random::new(cases as u64);
            let (mut by_kappa, mut by_alpha) = (0, 0);
            for round in 0..rounds {
                let pairs = drawn(&mut random, cases, sees);
                let units: Vec<Vec<u8>> = pairs.iter().map(|&(one, other)| vec![one, other]).collect();
                let holds = |it: Measure| i32::from(it.low <= truth && truth <= it.high);
                by_kappa += holds(kappa_measured(&pairs, round).unwrap());
                by_alpha += holds(alpha_measured(&units, round).unwrap());
            }
            // 95 of 100, and what 300 rounds and the bootstrap's own error in small corpora leave open.
            for held in [by_kappa, by_alpha] {
                let share = f64::from(held) / f64::from(rounds as u16);
                assert!((0.91..=0.985).contains(&share), "{cases} cases, {sees}: {share}");
            }
        }
    }

    proptest! {
        #[test]
        fn two_reviewers_have_nearly_the_same_alpha_as_kappa_once_there_are_many(seed: u64, sees in 0.1_f64..1.0) {
            let pairs = drawn(&mut Random::new(seed), 4000, sees);
            let units: Vec<Vec<u8>> = pairs.iter().map(|&(one, other)| vec![one, other]).collect();
            prop_assert!((kappa(&pairs).unwrap() - alpha(&units).unwrap()).abs() < 0.01);
        }

        #[test]
        fn the_names_of_opinions_and_the_order_of_cases_and_reviewers_do_not_matter(
            units in prop::collection::vec(prop::collection::vec(0_u8..4, 0..5), 0..40),
        ) {
            let mut turned: Vec<Vec<u8>> =
                units.iter().map(|unit| unit.iter().rev().map(|it| 9 - it).collect()).collect();
            turned.reverse();
            prop_assert_eq!(alpha(&units).is_some(), alpha(&turned).is_some());
            if let (Some(one), Some(other)) = (alpha(&units), alpha(&turned)) {
                prop_assert!((one - other).abs() < 1e-12);
                prop_assert!(one <= 1.0 + 1e-12);
            }
        }

        #[test]
        fn an_interval_is_around_its_value_and_the_same_for_the_same_seed(
            pairs in prop::collection::vec((0_u8..3, 0_u8..3), 2..200),
            seed: u64,
        ) {
            if let Some(told) = kappa_measured(&pairs, seed) {
                prop_assert!(told.low <= told.value && told.value <= told.high);
                prop_assert_eq!(kappa_measured(&pairs, seed), Some(told));
                prop_assert_eq!(Some(told.value), kappa(&pairs));
            }
        }
    }
}
