//! Fusion: which findings are about the same weakness at the same place, and so are one case.
//!
//! Pure. Place is a shared statement or a step of a shared trace, never a line number alone; kinship is that of the
//! weaknesses. A new finding joins at most one case; cases are never joined to each other. Every join says why. What
//! people split and merged is none of it: that is done afterwards, see `regroup`.
//!
//! The work is that of the findings and not of their pairs, also where a file has tens of thousands and all are on one
//! line: who is apart from whom is kept by the case, and of a crowd only the nearest are looked at.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::domain::Cwe;
use crate::domain::cwe::{Kin, Kinship, kinship_of_sets};

/// A finding as fusion sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    /// The case that it was given before; `None` for a new one.
    pub(super) case: Option<u32>,
    pub(super) tool: u32,
    pub(super) rule: u32,
    pub(super) cwes: Vec<Cwe>,
    /// The number of that set, the same for the same weaknesses; 0: none was given.
    pub(super) set: u32,
    pub(super) path: u32,
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) col: u32,
    pub(super) end_col: u32,
    /// First and last line of the flagged statement; zeros where the source is not known.
    pub(super) statement: (u32, u32),
    /// Its first byte and one past its last, since one line may hold several statements.
    pub(super) bytes: (u32, u32),
    /// What its tool quotes of the place, hashed; 0: not known.
    pub(super) tokens: u64,
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
    let mut found = Neighbours { is_crowded: pieces.len() > CROWD, ..Neighbours::default() };
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(Some(group)) = group.get(index) {
            found.enter(piece, index, *group);
        }
    }
    for (index, piece) in pieces.iter().enumerate() {
        if piece.case.is_some() {
            continue;
        }
        let mut best: Option<(u8, usize)> = None;
        for candidate in found.candidates(piece, index) {
            #[cfg(test)]
            tests::LOOKED.with(|looked| looked.set(looked.get() + 1));
            let Some(other) = pieces.get(candidate) else { continue };
            let Some(Some(of)) = group.get(candidate) else { continue };
            // One who differs from a member of the case in a way that tells two flaws apart stays out of it.
            if found.is_apart(piece, *of) {
                continue;
            }
            let Some((strength, _)) = found.relation(piece, other) else { continue };
            if best.is_none_or(|(known, _)| strength > known) {
                best = Some((strength, candidate));
            }
            // Of those that are as strong the first is taken.
            if strength >= STRONGEST {
                break;
            }
        }
        let why = best.and_then(|(_, kin)| Some((kin, found.relation(piece, pieces.get(kin)?)?.1.words())));
        let (placement, mine) = match why {
            Some((kin, why)) => {
                let of = group.get(kin).copied().flatten().unwrap_or(Group::New(index));
                (Placement::Joins { kin, why }, of)
            }
            None => (Placement::Founds, Group::New(index)),
        };
        if let (Some(slot), Some(of)) = (placements.get_mut(index), group.get_mut(index)) {
            *slot = Some(placement);
            *of = Some(mine);
        }
        found.enter(piece, index, mine);
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

/// More pieces than this in one file, and of those at one place only the nearest are looked at.
const CROWD: usize = 1_000;
/// Of a crowded place, how many before a piece and how many behind it.
const NEAREST: usize = 200;
/// Of all places of a piece in a crowded file together.
const LOOKED_AT: usize = 2_000;

/// The pieces that have a case, by what a new one may share with them.
#[derive(Debug, Default)]
struct Neighbours {
    is_crowded: bool,
    /// Column and number of the pieces on a line.
    at: FxHashMap<(u32, u32), BTreeSet<(u32, u32)>>,
    /// In a crowded file, the first on a line with the same code.
    of_code: FxHashMap<(u32, u32, u64), u32>,
    /// The first of a package with an advisory, in a folder or, without one, in any.
    of_advisory: FxHashMap<(u64, u64, Option<u64>), usize>,
    /// For each case and tool of a file, where the first of its spans to end ends, and the last to begin begins.
    spans: FxHashMap<(Group, u32, u32), (Point, Point)>,
    /// For each case, tool and rule on a line, the code that it flags there without columns.
    codes: FxHashMap<(Group, u32, u32, (u32, u32)), Code>,
    /// What joins two sets of weaknesses, by their numbers.
    kin: RefCell<FxHashMap<(u32, u32), Option<Kin>>>,
}

/// Line and column.
type Point = (u32, u32);

/// The code that a rule flags on a line, as the members of a case have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    One(u64),
    Several,
}

impl Neighbours {
    fn enter(&mut self, piece: &Piece, index: usize, case: Group) {
        if piece.package != 0 {
            for &advisory in &piece.advisories {
                for folder in [Some(piece.folder), None] {
                    let first = self.of_advisory.entry((piece.package, advisory, folder)).or_insert(index);
                    *first = index.min(*first);
                }
            }
            return;
        }
        if piece.path == 0 || piece.line == 0 {
            return;
        }
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let entry = (piece.col, number);
        for line in lines_of(piece) {
            self.at.entry((piece.path, line)).or_default().insert(entry);
        }
        for &step in &piece.steps {
            self.at.entry(step).or_default().insert(entry);
        }
        if self.is_crowded {
            self.of_code.entry((piece.path, piece.line, piece.tokens)).or_insert(number);
        }
        if let Some((start, end)) = span(piece) {
            self.spans
                .entry((case, piece.tool, piece.path))
                .and_modify(|(first, last)| (*first, *last) = ((*first).min(end), (*last).max(start)))
                .or_insert((end, start));
        } else if piece.tokens != 0 {
            self.codes
                .entry((case, piece.tool, piece.rule, (piece.path, piece.line)))
                .and_modify(|code| {
                    *code = if *code == Code::One(piece.tokens) { *code } else { Code::Several }
                })
                .or_insert(Code::One(piece.tokens));
        }
    }

    /// Pieces that a new one may be related to, in their order.
    fn candidates(&self, piece: &Piece, index: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        if piece.package != 0 {
            for &advisory in &piece.advisories {
                let of = |folder| self.of_advisory.get(&(piece.package, advisory, folder));
                match piece.folder {
                    0 => found.extend(of(None)),
                    folder => found.extend([folder, 0].into_iter().filter_map(|folder| of(Some(folder)))),
                }
            }
        } else if piece.path != 0 && piece.line != 0 {
            // A string built a few lines above its use: names carry over at most this far.
            let (first, last) = extent(piece);
            let near = if piece.assigns.is_empty() && piece.reads.is_empty() { 0 } else { NEAR };
            let around = (first.saturating_sub(near)..first).chain(last + 1..=last.saturating_add(near));
            let lines = lines_of(piece).chain(around).map(|line| (piece.path, line));
            let here = (piece.col, u32::try_from(index).unwrap_or(u32::MAX));
            for place in lines.chain(piece.steps.iter().copied()) {
                let Some(there) = self.at.get(&place) else { continue };
                let number = |&(_, index): &(u32, u32)| index as usize;
                if !self.is_crowded || there.len() <= 2 * NEAREST {
                    found.extend(there.iter().map(number));
                } else {
                    found.extend(there.range(..here).rev().take(NEAREST).map(number));
                    found.extend(there.range(here..).take(NEAREST).map(number));
                }
                if self.is_crowded && found.len() >= LOOKED_AT {
                    break;
                }
            }
            if self.is_crowded {
                let same = self.of_code.get(&(piece.path, piece.line, piece.tokens));
                found.extend(same.map(|&index| index as usize));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a piece is certainly another flaw than one of a case's members.
    fn is_apart(&self, piece: &Piece, case: Group) -> bool {
        if piece.package != 0 {
            return false;
        }
        if let Some((start, end)) = span(piece) {
            // One tool that points at two places means two; two tools may each point at their own part of one flaw.
            let of = self.spans.get(&(case, piece.tool, piece.path));
            return of.is_some_and(|&(first_end, last_start)| first_end <= start || end <= last_start);
        }
        // Without columns the code tells: one rule that flags two things on one line means two.
        let of = self.codes.get(&(case, piece.tool, piece.rule, (piece.path, piece.line)));
        piece.tokens != 0 && of.is_some_and(|&code| code != Code::One(piece.tokens))
    }

    /// How two pieces are related, if they are about one weakness at one place: the stronger, the higher.
    fn relation(&self, a: &Piece, b: &Piece) -> Option<(u8, Why)> {
        relation(a, b, || {
            if !self.is_crowded || a.set == 0 || b.set == 0 {
                return kinship_of_sets(&a.cwes, &b.cwes);
            }
            let mut known = self.kin.borrow_mut();
            *known.entry((a.set, b.set)).or_insert_with(|| kinship_of_sets(&a.cwes, &b.cwes))
        })
    }
}

/// What a piece spans, where its tool says.
fn span(piece: &Piece) -> Option<(Point, Point)> {
    let known = piece.package == 0 && piece.col > 0 && piece.end_col > 0;
    known.then_some(((piece.line, piece.col), (piece.end_line, piece.end_col)))
}

/// How many lines may lie between a value's making and its use.
const NEAR: u32 = 8;

/// No relation is stronger.
const STRONGEST: u8 = 35;

/// Why two pieces are one case.
#[derive(Debug, Clone, Copy)]
enum Why {
    Advisory,
    Statement(Kin),
    Flow(Kin),
    Value(Kin),
}

impl Why {
    fn words(self) -> String {
        match self {
            Self::Advisory => "the same package and advisory".to_owned(),
            Self::Statement(kin) => format!("the same statement; {kin}"),
            Self::Flow(kin) => format!("one lies on the other's data flow; {kin}"),
            Self::Value(kin) => format!("the value made in one is used in the other; {kin}"),
        }
    }
}

fn relation(a: &Piece, b: &Piece, kin: impl FnOnce() -> Option<Kin>) -> Option<(u8, Why)> {
    if a.package != 0 || b.package != 0 {
        return same_advisory(a, b).then_some((40, Why::Advisory));
    }
    if a.path != b.path {
        return None;
    }
    let kin = kin()?;
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
        return Some((30 + weight, Why::Statement(kin)));
    }
    if kin.kinship == Kinship::Weak {
        return None;
    }
    // The first step of a trace is its source, which many different flaws share.
    let on_flow = |flow: &Piece, lines: (u32, u32), path: u32| {
        flow.steps.iter().skip(1).any(|&(at, line)| at == path && (lines.0..=lines.1).contains(&line))
    };
    if on_flow(a, b_lines, b.path) || on_flow(b, a_lines, a.path) {
        return Some((20 + weight, Why::Flow(kin)));
    }
    let (first, second) = if a_lines.0 < b_lines.0 { (a, b) } else { (b, a) };
    // A value made of nothing, a buffer declared, is not where a flaw begins.
    let handed_over = first.scope == second.scope
        && !first.reads.is_empty()
        && extent(second).0.saturating_sub(extent(first).1) <= NEAR
        && first.assigns.iter().any(|name| second.reads.contains(name));
    handed_over.then_some((10 + weight, Why::Value(kin)))
}

fn same_advisory(a: &Piece, b: &Piece) -> bool {
    let folders = a.folder == b.folder || a.folder == 0 || b.folder == 0;
    folders && a.package == b.package && a.advisories.iter().any(|name| b.advisories.contains(name))
}

#[cfg(test)]
mod tests;
