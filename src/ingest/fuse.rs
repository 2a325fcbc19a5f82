//! Fusion: which findings are about the same weakness at the same place, and so are one case.
//!
//! Pure. Place is a shared statement or a step of a shared trace, never a line number alone; kinship is that of the
//! weaknesses. A new finding joins at most one case; cases are never joined to each other. Every join says why. What
//! people split and merged is none of it: that is done afterwards, see `regroup`.

use rustc_hash::FxHashMap;

use crate::domain::Cwe;
use crate::domain::cwe::{Kinship, kinship_of_sets};

/// A finding as fusion sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    /// The case that it was given before; `None` for a new one.
    pub(super) case: Option<u32>,
    pub(super) tool: u32,
    pub(super) cwes: Vec<Cwe>,
    pub(super) path: u32,
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) col: u32,
    pub(super) end_col: u32,
    /// First and last line of the flagged statement; zeros where the source is not known.
    pub(super) statement: (u32, u32),
    /// Its first byte and one past its last, since one line may hold several statements.
    pub(super) bytes: (u32, u32),
    /// The enclosing scope; 0: not known.
    pub(super) scope: u64,
    /// Hashes of the names that the statement assigns and reads.
    pub(super) assigns: Vec<u64>,
    pub(super) reads: Vec<u64>,
    /// Path and line of each step of its traces.
    pub(super) steps: Vec<(u32, u32)>,
    /// For dependencies.
    pub(super) package: u64,
    pub(super) advisories: Vec<u64>,
    /// The folder of the manifest, hashed; 0: not known.
    pub(super) folder: u64,
}

/// Where a new finding goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placement {
    /// A case of its own.
    Founds,
    /// The case of another piece, which stands before it.
    Joins {
        /// The piece.
        kin: usize,
        /// Why.
        why: String,
    },
}

/// Places every piece that has no case yet; those that have one keep it. Pieces are taken in the order given, so
/// give them in the order of their places.
pub(super) fn fuse(pieces: &[Piece]) -> Vec<Option<Placement>> {
    let mut placements: Vec<Option<Placement>> = vec![None; pieces.len()];
    // The case of each piece: those that exist by their number, new ones by their founder.
    let mut group: Vec<Option<Group>> = pieces.iter().map(|piece| piece.case.map(Group::Old)).collect();
    let mut members: FxHashMap<Group, Vec<usize>> = FxHashMap::default();
    let mut at: FxHashMap<(u32, u32), Vec<usize>> = FxHashMap::default();
    let mut of_package: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(Some(group)) = group.get(index) {
            members.entry(*group).or_default().push(index);
            enter(piece, index, &mut at, &mut of_package);
        }
    }
    for (index, piece) in pieces.iter().enumerate() {
        if piece.case.is_some() {
            continue;
        }
        let mut best: Option<(u8, usize, String)> = None;
        for candidate in candidates(piece, &at, &of_package) {
            let Some(other) = pieces.get(candidate) else { continue };
            let Some(Some(of)) = group.get(candidate) else { continue };
            let all = members.get(of).map_or(&[][..], Vec::as_slice);
            let Some((strength, why)) = relation(piece, other) else { continue };
            // One who differs from a member of the case in a way that tells two flaws apart stays out of it.
            if all.iter().any(|member| pieces.get(*member).is_some_and(|member| distinct(piece, member))) {
                continue;
            }
            if best.as_ref().is_none_or(|(known, _, _)| strength > *known) {
                best = Some((strength, candidate, why));
            }
        }
        let (placement, mine) = match best {
            Some((_, kin, why)) => {
                let of = group.get(kin).copied().flatten().unwrap_or(Group::New(index));
                (Placement::Joins { kin, why }, of)
            }
            None => (Placement::Founds, Group::New(index)),
        };
        if let (Some(slot), Some(of)) = (placements.get_mut(index), group.get_mut(index)) {
            *slot = Some(placement);
            *of = Some(mine);
        }
        members.entry(mine).or_default().push(index);
        enter(piece, index, &mut at, &mut of_package);
    }
    placements
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Old(u32),
    New(usize),
}

/// A statement longer than this is looked up by its first and last lines only; it bounds the work, and no two
/// tools disagree by more within one statement.
const LONG_STATEMENT: u32 = 40;

fn lines_of(piece: &Piece) -> impl Iterator<Item = u32> {
    let (first, last) = extent(piece);
    (first..=last.min(first.saturating_add(LONG_STATEMENT)))
        .chain((last > first + LONG_STATEMENT).then_some(last))
}

/// First and last line of what a piece flags.
fn extent(piece: &Piece) -> (u32, u32) {
    if piece.statement.0 > 0 { piece.statement } else { (piece.line, piece.end_line.max(piece.line)) }
}

fn enter(
    piece: &Piece,
    index: usize,
    at: &mut FxHashMap<(u32, u32), Vec<usize>>,
    of_package: &mut FxHashMap<u64, Vec<usize>>,
) {
    if piece.package != 0 {
        of_package.entry(piece.package).or_default().push(index);
    } else if piece.path != 0 && piece.line != 0 {
        for line in lines_of(piece) {
            at.entry((piece.path, line)).or_default().push(index);
        }
        for &step in &piece.steps {
            at.entry(step).or_default().push(index);
        }
    }
}

fn candidates(
    piece: &Piece,
    at: &FxHashMap<(u32, u32), Vec<usize>>,
    of_package: &FxHashMap<u64, Vec<usize>>,
) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    if piece.package != 0 {
        found.extend(of_package.get(&piece.package).into_iter().flatten());
    } else if piece.path != 0 && piece.line != 0 {
        // A string built a few lines above its use: names carry over at most this far.
        let (first, last) = extent(piece);
        let near = if piece.assigns.is_empty() && piece.reads.is_empty() { 0 } else { NEAR };
        let around = (first.saturating_sub(near)..first).chain(last + 1..=last.saturating_add(near));
        for line in lines_of(piece).chain(around) {
            found.extend(at.get(&(piece.path, line)).into_iter().flatten());
        }
        for step in &piece.steps {
            found.extend(at.get(step).into_iter().flatten());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// How many lines may lie between a value's making and its use.
const NEAR: u32 = 8;

/// How two pieces are related, if they are about one weakness at one place: the stronger, the higher.
fn relation(a: &Piece, b: &Piece) -> Option<(u8, String)> {
    if a.package != 0 || b.package != 0 {
        return same_advisory(a, b);
    }
    if a.path != b.path || distinct(a, b) {
        return None;
    }
    let kin = kinship_of_sets(&a.cwes, &b.cwes)?;
    let weight = match kin.kinship {
        Kinship::Same => 5,
        Kinship::Ancestry => 4,
        Kinship::Neighbours => 3,
        Kinship::Siblings => 2,
        Kinship::Weak => 1,
        Kinship::None => return None,
    };
    let (a_lines, b_lines) = (extent(a), extent(b));
    let lines_meet = a_lines.0 <= b_lines.1 && b_lines.0 <= a_lines.1;
    let known = a.bytes.1 > 0 && b.bytes.1 > 0;
    if lines_meet && (!known || (a.bytes.0 < b.bytes.1 && b.bytes.0 < a.bytes.1)) {
        return Some((30 + weight, format!("the same statement; {kin}")));
    }
    if kin.kinship == Kinship::Weak {
        return None;
    }
    // The first step of a trace is its source, which many different flaws share.
    let on_flow = |flow: &Piece, lines: (u32, u32), path: u32| {
        flow.steps.iter().skip(1).any(|&(at, line)| at == path && (lines.0..=lines.1).contains(&line))
    };
    if on_flow(a, b_lines, b.path) || on_flow(b, a_lines, a.path) {
        return Some((20 + weight, format!("one lies on the other's data flow; {kin}")));
    }
    let (first, second) = if a_lines.0 < b_lines.0 { (a, b) } else { (b, a) };
    // A value made of nothing, a buffer declared, is not where a flaw begins.
    let handed_over = first.scope == second.scope
        && !first.reads.is_empty()
        && extent(second).0.saturating_sub(extent(first).1) <= NEAR
        && first.assigns.iter().any(|name| second.reads.contains(name));
    handed_over.then(|| (10 + weight, format!("the value made in one is used in the other; {kin}")))
}

fn same_advisory(a: &Piece, b: &Piece) -> Option<(u8, String)> {
    let folders = a.folder == b.folder || a.folder == 0 || b.folder == 0;
    let shared = a.package == b.package && a.advisories.iter().any(|name| b.advisories.contains(name));
    (folders && shared).then(|| (40, "the same package and advisory".to_owned()))
}

/// Whether two pieces are certainly two flaws: spans on the same lines that do not touch.
fn distinct(a: &Piece, b: &Piece) -> bool {
    let known = |piece: &Piece| piece.col > 0 && piece.end_col > 0;
    if a.package != 0 || b.package != 0 || a.path != b.path || !known(a) || !known(b) {
        return false;
    }
    let (first, second) = if (a.line, a.col) <= (b.line, b.col) { (a, b) } else { (b, a) };
    let disjoint = (first.end_line, first.end_col) <= (second.line, second.col);
    // One tool that points at two places means two; two tools may each point at their own part of one flaw.
    disjoint && a.tool == b.tool
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(tool: u32, cwe: u16, line: u32) -> Piece {
        Piece { tool, cwes: vec![Cwe(cwe)], path: 1, line, end_line: line, ..Piece::default() }
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
}
