use super::*;

use proptest::prelude::*;

fn piece(tool: u32, cwe: u16, line: u32) -> Piece {
    let set = u32::from(cwe);
    Piece { tool, cwes: vec![Cwe(cwe)], set, path: 1, line, end_line: line, ..Piece::default() }
}

thread_local! {
    /// Pieces that were looked at.
    pub(super) static LOOKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn groups(pieces: &[Piece]) -> Vec<Option<Placement>> {
    fuse(pieces)
}

fn joins(placement: &Option<Placement>) -> Option<usize> {
    match placement {
        Some(Placement::Joins { kin, .. }) => Some(*kin),
        _ => None,
    }
}

#[test]
fn two_tools_on_one_statement_with_kin_weaknesses_are_one_case() {
    let found = groups(&[piece(1, 89, 4), piece(2, 89, 4), piece(3, 79, 4), piece(2, 89, 9)]);
    assert_eq!(found.iter().map(joins).collect::<Vec<_>>(), [None, Some(0), None, None]);
}

#[test]
fn a_step_of_a_trace_is_the_same_place_but_its_source_is_not() {
    let mut traced = piece(1, 89, 9);
    traced.steps = vec![(1, 2), (1, 5), (1, 9)];
    let found = groups(&[piece(2, 89, 2), piece(2, 89, 5), traced]);
    assert_eq!(found.iter().map(joins).collect::<Vec<_>>(), [None, None, Some(1)]);
}

#[test]
fn the_same_rule_twice_in_a_statement_stays_two() {
    let at = |col, end_col| Piece { col, end_col, ..piece(1, 327, 4) };
    let found = groups(&[at(1, 8), at(10, 18)]);
    assert_eq!(found.iter().map(joins).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn a_value_made_on_one_line_and_used_on_the_next_is_one_flaw() {
    let made = Piece { assigns: vec![7], reads: vec![5], scope: 3, ..piece(1, 89, 4) };
    let used = Piece { reads: vec![7], scope: 3, ..piece(2, 89, 5) };
    let elsewhere = Piece { reads: vec![7], scope: 4, ..piece(3, 89, 6) };
    let found = groups(&[made, used, elsewhere]);
    assert_eq!(found.iter().map(joins).collect::<Vec<_>>(), [None, Some(0), None]);
}

#[test]
fn an_existing_case_takes_a_new_finding_and_none_is_joined_to_another() {
    let old = |case, tool, line| Piece { case: Some(case), ..piece(tool, 89, line) };
    let mut wide = piece(3, 89, 4);
    wide.end_line = 6;
    let found = groups(&[old(1, 1, 4), old(2, 2, 6), wide]);
    assert_eq!(found[..2], [None, None]);
    assert_eq!(joins(&found[2]), Some(0));
}

#[test]
fn one_package_with_an_aliased_advisory_is_one_case() {
    let dependency = |tool, advisories: &[u64], folder| Piece {
        package: 5,
        advisories: advisories.to_vec(),
        folder,
        cwes: vec![],
        ..piece(tool, 1, 1)
    };
    let found = groups(&[
        dependency(1, &[1, 2], 0),
        dependency(2, &[2, 3], 9),
        dependency(2, &[4], 9),
        dependency(3, &[3], 8),
    ]);
    assert_eq!(found.iter().map(joins).collect::<Vec<_>>(), [None, Some(0), None, None]);
}

#[test]
fn one_rule_without_columns_that_flags_two_things_on_a_line_means_two() {
    let code = |rule, tokens| Piece { rule, tokens, ..piece(1, 89, 4) };
    let found = groups(&[
        code(1, 7),
        code(1, 8),
        code(1, 7),
        code(2, 8),
        code(1, 0),
        Piece { line: 5, ..code(1, 9) },
    ]);
    // The same code is the same flaw; another rule of the tool names the one it meets first.
    let expected = [None, None, Some(0), Some(0), Some(0), None];
    assert_eq!(found.iter().map(joins).collect::<Vec<_>>(), expected);
    let other_tool = Piece { tool: 2, ..code(1, 9) };
    assert_eq!(groups(&[code(1, 7), other_tool]).iter().map(joins).collect::<Vec<_>>(), [None, Some(0)]);
}

#[test]
fn a_crowd_on_one_line_is_fused_by_looking_at_a_few_of_it() {
    let columns = |number: u32| Piece { col: number * 10 + 1, end_col: number * 10 + 9, ..piece(1, 89, 1) };
    let code = |number: u32| Piece { rule: 1, tokens: u64::from(number) + 1, ..piece(1, 89, 1) };
    let bare = |_: u32| piece(1, 89, 1);
    let odd = |number: u32| Piece {
        cwes: vec![Cwe(20 + number as u16 % 400)],
        set: 20 + number % 400,
        ..columns(number)
    };
    let shapes: [(&dyn Fn(u32) -> Piece, usize); 4] = [(&columns, 0), (&code, 0), (&bare, 39_999), (&odd, 0)];
    for (make, joined) in shapes {
        let pieces: Vec<Piece> = (0..40_000).map(make).collect();
        LOOKED.with(|looked| looked.set(0));
        let found = groups(&pieces);
        assert_eq!(found.iter().filter(|placement| joins(placement).is_some()).count(), joined);
        let looked = LOOKED.with(std::cell::Cell::get);
        assert!(looked <= 40_000 * (2 * NEAREST + 1), "{looked}");
    }
}

#[test]
fn in_a_crowd_the_same_code_and_what_overlaps_still_meet() {
    let many = 5_000;
    let code =
        |tool, number: u32| Piece { tool, rule: 1, tokens: u64::from(number) + 1, ..piece(tool, 89, 1) };
    let mut pieces: Vec<Piece> = (0..many).map(|number| code(1, number)).collect();
    pieces.extend((0..many).map(|number| code(1, number)));
    let found = groups(&pieces);
    let twins = found.iter().skip(many as usize).enumerate();
    assert!(twins.clone().all(|(number, placement)| joins(placement) == Some(number)));
    let columns =
        |tool, number: u32| Piece { col: number * 10 + 1, end_col: number * 10 + 9, ..piece(tool, 89, 1) };
    let two = (0..many).flat_map(|number| [columns(1, number), columns(2, number)]);
    let found = groups(&two.collect::<Vec<_>>());
    assert!(found.iter().skip(1).step_by(2).all(|placement| joins(placement).is_some()), "each finds one");
}

/// Whether two pieces are certainly two flaws.
fn distinct(a: &Piece, b: &Piece) -> bool {
    if a.package != 0 || b.package != 0 || a.path != b.path || a.tool != b.tool {
        return false;
    }
    match (span(a), span(b)) {
        (Some((a_start, a_end)), Some((b_start, b_end))) => a_end <= b_start || b_end <= a_start,
        (None, None) => {
            let known = a.tokens != 0 && b.tokens != 0;
            a.rule == b.rule && a.line == b.line && known && a.tokens != b.tokens
        }
        _ => false,
    }
}

/// Fusion as it is meant, by looking at every pair and every member.
fn by_pairs(pieces: &[Piece]) -> Vec<Option<Placement>> {
    let mut placements: Vec<Option<Placement>> = Vec::new();
    let mut cases: Vec<Option<Group>> = pieces.iter().map(|piece| piece.case.map(Group::Old)).collect();
    for (index, piece) in pieces.iter().enumerate() {
        if piece.case.is_some() {
            placements.push(None);
            continue;
        }
        let mut best: Option<(u8, usize, Why)> = None;
        for (at, other) in pieces.iter().enumerate() {
            let Some(case) = cases[at] else { continue };
            let member = |at: &usize| cases[*at] == Some(case);
            if (0..pieces.len()).filter(member).any(|at| distinct(piece, &pieces[at])) {
                continue;
            }
            if let Some((strength, why)) =
                relation(piece, other, || kinship_of_sets(&piece.cwes, &other.cwes))
                && best.is_none_or(|(known, ..)| strength > known)
            {
                best = Some((strength, at, why));
            }
        }
        let (placement, case) = match best {
            Some((_, kin, why)) => (Placement::Joins { kin, why: why.words() }, cases[kin].unwrap()),
            None => (Placement::Founds, Group::New(index)),
        };
        placements.push(Some(placement));
        cases[index] = Some(case);
    }
    placements
}

fn any_piece() -> impl Strategy<Value = Piece> {
    let place = (1_u32..4, 0_u32..2, prop::option::of((1_u32..9, 1_u32..5)), 0_u64..3);
    let about = (
        1_u32..3,
        1_u32..3,
        prop::sample::select(vec![89_u16, 564, 943, 79, 20]),
        prop::option::of(0_u32..3),
    );
    let flow = prop::collection::vec(1_u32..5, 0..3);
    let package = prop::option::weighted(0.3, (1_u64..3, prop::collection::vec(1_u64..4, 1..3), 0_u64..3));
    (place, about, flow, package).prop_map(
        |((line, more, columns, tokens), (tool, rule, cwe, case), steps, package)| {
            let (col, length) = columns.unwrap_or((0, 0));
            let (package, advisories, folder) = package.unwrap_or_default();
            let case = case.map(|case| if package == 0 { case } else { 100 + case });
            Piece {
                case,
                rule,
                tokens,
                col,
                end_line: line + more,
                end_col: if col == 0 { 0 } else { col + length },
                steps: steps.into_iter().map(|line| (1, line)).collect(),
                package,
                advisories,
                folder,
                ..piece(tool, cwe, line)
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_kept_by_the_case_says_what_its_members_say(pieces in prop::collection::vec(any_piece(), 0..24)) {
        prop_assert_eq!(fuse(&pieces), by_pairs(&pieces));
    }
}
