//! What is paired with what.

use super::*;
use proptest::prelude::*;

fn mark(line: u32, tokens: u64, scope: u64) -> Mark {
    Mark { rule: 1, family: 1, path: 1, line, tokens, scope, ..Mark::default() }
}

fn pairs(claims: &[Mark], known: &[Mark]) -> Vec<Option<(usize, Evidence)>> {
    let mut pairing = Pairing::within(claims, known);
    pairing.across();
    pairing.nearest(&mut |_, _| None);
    pairing.of_claim
}

#[test]
fn a_moved_line_keeps_its_finding() {
    assert_eq!(pairs(&[mark(40, 7, 1)], &[mark(4, 7, 1)]), [Some((0, Evidence::Same))]);
    assert_eq!(pairs(&[mark(40, 7, 2)], &[mark(4, 7, 1)]), [Some((0, Evidence::Moved))]);
}

#[test]
fn a_renamed_rule_or_file_keeps_its_finding() {
    let renamed = Mark { rule: 2, ..mark(4, 7, 1) };
    assert_eq!(pairs(&[renamed], &[mark(4, 7, 1)]), [Some((0, Evidence::Renamed))]);
    let elsewhere = Mark { path: 2, ..mark(4, 7, 1) };
    assert_eq!(pairs(&[elsewhere], &[mark(4, 7, 1)]), [Some((0, Evidence::File))]);
    let other = Mark { family: 9, rule: 9, ..mark(4, 7, 1) };
    assert_eq!(pairs(&[other], &[mark(4, 7, 1)]), [None]);
}

#[test]
fn edited_code_matches_the_nearest_in_its_scope_only() {
    assert_eq!(pairs(&[mark(5, 8, 1)], &[mark(4, 7, 1)]), [Some((0, Evidence::Nearest))]);
    assert_eq!(pairs(&[mark(5, 8, 2)], &[mark(4, 7, 1)]), [None]);
    assert_eq!(pairs(&[mark(50, 8, 0)], &[mark(4, 7, 0)]), [None], "a file without scopes is not one scope");
    assert_eq!(
        pairs(&[mark(5, 8, 1)], &[mark(4, 7, 1), mark(6, 9, 1)]),
        [None],
        "two that are as near are two too many"
    );
}

#[test]
fn thousands_that_were_edited_in_one_scope_are_paired_by_looking_around_each() {
    let many = 20_000_u32;
    let known: Vec<Mark> = (0..many).map(|at| mark(at * 3, u64::from(at) + 1, 1)).collect();
    let claims: Vec<Mark> = (0..many).map(|at| mark(at * 3, 1_000_000 + u64::from(at), 1)).collect();
    for share in [None, Some(0.9), Some(0.1)] {
        let mut pairing = Pairing::within(&claims, &known);
        let mut asked = 0_u32;
        pairing.nearest(&mut |_, _| {
            asked += 1;
            share
        });
        let paired =
            pairing.of_claim.iter().enumerate().filter(|(at, pair)| **pair == Some((*at, Evidence::Nearest)));
        assert_eq!(paired.count(), if share == Some(0.1) { 0 } else { many as usize });
        assert!(asked <= many * LOOKED_AT as u32, "{asked}");
    }
}

/// As it is meant: every claim against every finding of its scope.
fn by_pairs(
    claims: &[Mark],
    known: &[Mark],
    like: impl Fn(usize, usize) -> Option<f32>,
) -> Vec<Option<usize>> {
    let mut taken = vec![false; known.len()];
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|&at| (claims[at].path, claims[at].scope, claims[at].family));
    let mut pairs = vec![None; claims.len()];
    for at in order {
        let claim = claims[at];
        let scope = |mark: &Mark| (mark.family, mark.path, mark.scope);
        let expected = |mark: &Mark| if mark.expected != 0 { mark.expected } else { mark.line };
        let mut near: Vec<(u32, usize)> = (0..known.len())
            .filter(|&at| {
                !taken[at] && scope(&known[at]) == scope(&claim) && known[at].tokens != claim.tokens
            })
            .map(|at| (claim.line.abs_diff(expected(&known[at])), at))
            .filter(|&(distance, _)| claim.scope != 0 || distance <= 3)
            .filter(|&(_, finding)| like(at, finding).is_none_or(|share| share >= LIKE))
            .collect();
        near.sort_unstable();
        let alone = near.len() == 1 || near.len() > 1 && near[0].0 < near[1].0;
        if alone {
            pairs[at] = Some(near[0].1);
            taken[near[0].1] = true;
        }
    }
    pairs
}

#[test]
fn twins_stay_two_and_a_removed_one_is_told_by_its_place() {
    let known = [mark(4, 7, 1), mark(9, 7, 1)];
    assert_eq!(
        pairs(&[mark(10, 7, 1), mark(5, 7, 1)], &known),
        [Some((1, Evidence::Same)), Some((0, Evidence::Same))]
    );
    let mapped = [Mark { expected: 6, ..mark(4, 7, 1) }, Mark { expected: 11, ..mark(9, 7, 1) }];
    assert_eq!(pairs(&[mark(11, 7, 1)], &mapped), [Some((1, Evidence::Same))]);
    let around = [Mark { around: 3, ..mark(4, 7, 1) }, Mark { around: 5, ..mark(9, 7, 1) }];
    assert_eq!(pairs(&[Mark { around: 5, ..mark(8, 7, 1) }], &around), [Some((1, Evidence::Same))]);
    assert_eq!(pairs(&[mark(20, 7, 1)], &known), [None], "nothing tells which of the two it is");
}

#[test]
fn several_results_at_one_place_are_told_apart_by_what_they_say() {
    let says = |content| Mark { content, ..mark(4, 7, 1) };
    let known = [says(1), says(2), says(3)];
    assert_eq!(pairs(&[says(3), says(1)], &known), [Some((2, Evidence::Same)), Some((0, Evidence::Same))]);
    assert_eq!(pairs(&[says(2), says(3), says(1)], &known).len(), 3);
    assert_eq!(
        pairs(&[says(2), says(9), says(1)], &known)[1],
        Some((2, Evidence::Same)),
        "the one that is left"
    );
}

#[test]
fn a_print_that_repeats_weighs_nothing() {
    let claims = [Mark { print: 5, ..mark(40, 8, 2) }, Mark { print: 5, ..mark(50, 9, 2) }];
    let known = [Mark { print: 5, ..mark(4, 7, 1) }, Mark { print: 5, ..mark(9, 6, 1) }];
    assert_eq!(pairs(&claims, &known), [None, None]);
    let (claim, finding) = (Mark { print: 6, ..mark(40, 8, 2) }, Mark { print: 6, ..mark(4, 7, 1) });
    assert_eq!(pairs(&[claim], &[finding]), [Some((0, Evidence::Print))]);
}

#[test]
fn a_renamed_file_is_followed_even_where_its_code_repeats_elsewhere() {
    let at = |path: u32, line, tokens| Mark { path, ..mark(line, tokens, 0) };
    let known = [at(1, 1, 10), at(1, 2, 11), at(1, 3, 12), at(2, 1, 10), at(2, 2, 20)];
    let claims = [at(9, 1, 10), at(9, 2, 11), at(9, 3, 12), at(8, 1, 10), at(8, 2, 20)];
    let found: Vec<usize> = pairs(&claims, &known).into_iter().map(|pair| pair.unwrap().0).collect();
    assert_eq!(found, [0, 1, 2, 3, 4]);
}

fn any_mark() -> impl Strategy<Value = Mark> {
    (0_u32..3, 0_u32..3, 1_u32..6, 0_u64..4, 0_u64..3, 0_u64..3, 0_u64..3, 0_u32..6).prop_map(
        |(rule, path, line, tokens, scope, around, print, expected)| Mark {
            rule,
            family: u64::from(rule / 2),
            path,
            line,
            col: 0,
            tokens,
            scope,
            around,
            print,
            content: around,
            expected,
            sourced: false,
            gone: false,
        },
    )
}

proptest! {
    #[test]
    fn a_pairing_is_one_to_one_and_repeatable(
        claims in proptest::collection::vec(any_mark(), 0..14),
        known in proptest::collection::vec(any_mark(), 0..14),
    ) {
        let found = pairs(&claims, &known);
        let mut taken: Vec<usize> = found.iter().flatten().map(|pair| pair.0).collect();
        let count = taken.len();
        taken.sort_unstable();
        taken.dedup();
        prop_assert_eq!(taken.len(), count);
        prop_assert_eq!(&found, &pairs(&claims, &known));
    }

    #[test]
    fn the_nearest_is_the_nearest_of_all(
        claims in proptest::collection::vec(any_mark(), 0..20),
        known in proptest::collection::vec(any_mark(), 0..20),
        unlike in any::<u64>(),
    ) {
        let like = |claim: usize, finding: usize| match (unlike >> ((claim * 7 + finding) % 60)) & 3 {
            0 => None,
            1 => Some(0.1),
            _ => Some(0.8),
        };
        let mut pairing = Pairing::new(&claims, &known);
        pairing.nearest(&mut |claim, finding| like(claim, finding));
        let found: Vec<Option<usize>> = pairing.of_claim.iter().map(|pair| pair.map(|(finding, _)| finding)).collect();
        prop_assert_eq!(found, by_pairs(&claims, &known, like));
    }

    #[test]
    fn an_unchanged_scan_matches_itself_whatever_its_order(
        known in proptest::collection::vec(any_mark(), 0..14),
        seed in any::<u64>(),
    ) {
        let mut order: Vec<usize> = (0..known.len()).collect();
        order.sort_by_key(|&index| (index as u64).wrapping_mul(seed | 1).rotate_left(17));
        let known: Vec<Mark> = known.into_iter().map(|m| Mark { expected: 0, ..m }).collect();
        let claims: Vec<Mark> = order.iter().map(|&index| known[index]).collect();
        prop_assert!(pairs(&claims, &known).iter().all(Option::is_some));
    }
}
