//! Bringing cases in line with what people split and merged.

mod arrange;

use rustc_hash::{FxHashMap, FxHashSet};

use self::arrange::{Arranged, Board, Member, arrange};
use super::rows::{case_row, push_text, words_of};
use crate::domain::{CaseId, Claim, Digest, FindingId};
use crate::ledger::Act;
use crate::store::{Block, FindingRow, Findings, ImportWriter, StoreError};

/// A split or a merge in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// These findings are not one case.
    Split {
        /// The case of those who stay.
        case: CaseId,
        /// The case of those taken out.
        into: CaseId,
        /// The findings taken out.
        out: Vec<FindingId>,
        /// The findings that stay.
        stay: Vec<FindingId>,
    },
    /// These findings are one case.
    Merge {
        /// The case.
        into: CaseId,
        /// The findings.
        members: Vec<FindingId>,
    },
}

/// What people split and merged.
#[derive(Debug, Clone, Default)]
pub struct Shaping {
    mentioned: FxHashSet<FindingId>,
    in_force: Vec<Shape>,
    digest: Option<Digest>,
}

impl Shaping {
    /// From every split and merge that was ever made, in order, each with whether it is in force.
    #[must_use]
    pub fn of(acts: Vec<(Act, bool)>) -> Self {
        let mut shaping = Self::default();
        let mut hasher = blake3::Hasher::new();
        for (act, in_force) in acts {
            let shape = match act {
                Act::Split(split) => {
                    Shape::Split { case: split.case, into: split.into, out: split.out, stay: split.stay }
                }
                Act::Merge(merge) => Shape::Merge { into: merge.into, members: merge.members },
                _ => continue,
            };
            let (kind, cases, sides) = shape.parts();
            hasher.update(&[kind, u8::from(in_force)]);
            for case in cases {
                hasher.update(case.bytes());
            }
            for side in sides {
                hasher.update(&(side.len() as u64).to_le_bytes());
                for finding in side {
                    hasher.update(finding.bytes());
                }
                shaping.mentioned.extend(side);
            }
            if in_force {
                shaping.in_force.push(shape);
            }
        }
        if !shaping.mentioned.is_empty() {
            shaping.digest = Some(Digest::new(*hasher.finalize().as_bytes()));
        }
        shaping
    }

    /// Whether any split or merge ever named this finding.
    pub(super) fn mentions(&self, finding: &FindingId) -> bool {
        self.mentioned.contains(finding)
    }
}

impl Shape {
    fn parts(&self) -> (u8, [CaseId; 2], [&[FindingId]; 2]) {
        match self {
            Self::Split { case, into, out, stay } => (0, [*case, *into], [out, stay]),
            Self::Merge { into, members } => (1, [*into, *into], [members, &[]]),
        }
    }
}

/// Regroups the findings that any split or merge ever named.
///
/// # Errors
/// When the store fails; then nothing changed.
pub fn regroup(findings: &mut Findings, shaping: &Shaping) -> Result<(), StoreError> {
    let mut writer = findings.begin_import()?;
    writer.expect(0)?;
    regroup_in(&mut writer, shaping)?;
    writer.commit()
}

/// As [`regroup`], at the end of an import: only if it met a finding that is `named` by a split or a merge, or if the
/// cases are not in line with them yet, as when the program was killed after the one and before the other.
pub(super) fn regroup_after_import(
    writer: &mut ImportWriter<'_>,
    shaping: &Shaping,
    named: bool,
) -> Result<(), StoreError> {
    if named || writer.shaped_by()? != shaping.digest {
        writer.make_indexes()?;
        regroup_in(writer, shaping)?;
    }
    Ok(())
}

/// As [`regroup`], within what is being written.
pub(super) fn regroup_in(writer: &mut ImportWriter<'_>, shaping: &Shaping) -> Result<(), StoreError> {
    writer.set_shaped_by(shaping.digest.as_ref())?;
    let (rows, places) = concerned(writer, shaping)?;
    let mut members: Vec<Member> = Vec::with_capacity(rows.len());
    let mut at: FxHashMap<i64, usize> = FxHashMap::default();
    for (index, row) in rows.iter().enumerate() {
        let kin = writer.kin_of(row.id)?.and_then(|kin| at.get(&kin).copied());
        members.push(Member { name: row.name, born: row.born, case: row.case, kin });
        at.insert(row.id, index);
    }
    let mut cases: Vec<u32> = rows.iter().flat_map(|row| [row.born, row.case]).collect();
    cases.sort_unstable();
    cases.dedup();
    let mut names = FxHashMap::default();
    for case in cases {
        names.insert(case, writer.case_name(case)?);
    }
    let board = Board { members: &members, places: &places, names, next_case: writer.cases_end() };
    let Arranged { cases, named, next_case } = arrange(board, &shaping.in_force);
    writer.set_cases_end(next_case);
    let mut touched: Vec<u32> = Vec::new();
    for (row, case) in rows.iter().zip(cases).filter(|(row, case)| row.case != *case) {
        writer.move_to_case(row.id, case)?;
        touched.extend([row.case, case]);
    }
    let mut names: FxHashMap<u32, FindingId> = named.into_iter().collect();
    touched.extend(names.keys());
    touched.sort_unstable();
    touched.dedup();
    for case in touched {
        let mut members = Vec::new();
        writer.members(case, &mut members)?;
        let row = case_row(writer, &members)?;
        let text = text_of(writer, &members)?;
        writer.set_case(case, &row, names.remove(&case).as_ref(), Some(&text))?;
    }
    Ok(())
}

/// The findings that any split or merge named, with all that are in one of their cases or were, in the order of their
/// rows; and where each stands among them by its names.
fn concerned(
    writer: &ImportWriter<'_>,
    shaping: &Shaping,
) -> Result<(Vec<FindingRow>, FxHashMap<FindingId, usize>), StoreError> {
    let mut ids: FxHashMap<FindingId, i64> = FxHashMap::default();
    let mut cases: Vec<u32> = Vec::new();
    for name in &shaping.mentioned {
        if let Some(row) = writer.finding(name)? {
            ids.insert(*name, row.id);
            cases.extend([row.born, row.case]);
        }
    }
    cases.sort_unstable();
    cases.dedup();
    let mut rows = Vec::new();
    for case in cases {
        writer.members(case, &mut rows)?;
    }
    rows.sort_unstable_by_key(|row| row.id);
    let index_of: FxHashMap<i64, usize> =
        rows.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
    let mut places: FxHashMap<FindingId, usize> =
        ids.into_iter().filter_map(|(name, id)| Some((name, *index_of.get(&id)?))).collect();
    places.extend(rows.iter().enumerate().map(|(index, row)| (row.name, index)));
    Ok((rows, places))
}

/// What the tools say of a case, from its findings.
pub(super) fn text_of(writer: &ImportWriter<'_>, members: &[FindingRow]) -> Result<Vec<u8>, StoreError> {
    let mut text = Vec::new();
    for row in members {
        let block = Block::open(&writer.block_bytes(row.block)?)?;
        let claim = block.entry(row.slot).and_then(|(_, claim)| postcard::from_bytes::<Claim>(claim).ok());
        if let Some(claim) = claim {
            push_text(&mut text, &words_of(&claim));
        }
    }
    Ok(text)
}
