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
