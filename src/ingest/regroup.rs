//! Bringing cases in line with what people split and merged: every finding goes back to the case that fusion gave
//! it, then the acts in force are done again in their order.

use rustc_hash::{FxHashMap, FxHashSet};

use super::rows::{case_row, push_text, words_of};
use crate::domain::{CaseId, Claim, FindingId};
use crate::store::{Block, FindingRow, Findings, ImportWriter, StoreError};

/// A split or a merge in force: these findings are in that case.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The case, named after one of its findings.
    pub to: CaseId,
    /// The findings.
    pub members: Vec<FindingId>,
}

/// What people split and merged.
#[derive(Debug, Clone, Default)]
pub struct Shaping {
    /// The findings that any split or merge ever mentioned.
    pub mentioned: Vec<FindingId>,
    /// The splits and merges in force, in their order.
    pub in_force: Vec<Shape>,
}

/// Regroups the findings that any split or merge ever mentioned.
///
/// # Errors
/// When the store fails; then nothing changed.
pub fn regroup(findings: &mut Findings, shaping: &Shaping) -> Result<(), StoreError> {
    let mut writer = findings.begin_import()?;
    writer.expect(0)?;
    regroup_in(&mut writer, shaping)?;
    writer.commit()
}

/// As [`regroup`], within what is being written.
pub(super) fn regroup_in(writer: &mut ImportWriter<'_>, shaping: &Shaping) -> Result<(), StoreError> {
    let mut rows: FxHashMap<FindingId, FindingRow> = FxHashMap::default();
    for name in &shaping.mentioned {
        if let Some(row) = writer.finding(name)? {
            rows.insert(*name, row);
        }
    }
    let mut target: FxHashMap<i64, u32> = rows.values().map(|row| (row.id, row.born)).collect();
    for shape in &shaping.in_force {
        // The case is where the finding that it is named after was born, if it founded one; else it is a new one.
        let Some(founder) = writer.finding(&FindingId::from(shape.to))? else { continue };
        let case = match writer.case_named(&shape.to, founder.born)? {
            Some(case) => case,
            None => match writer.case_named(&shape.to, founder.case)? {
                Some(case) => case,
                None => writer.next_case(),
            },
        };
        for member in &shape.members {
            if let Some(row) = rows.get(member) {
                target.insert(row.id, case);
            }
        }
        if let Some(row) = rows.get(&FindingId::from(shape.to)) {
            target.insert(row.id, case);
        }
        writer.name_case(case, &shape.to)?;
    }
    let mut touched: FxHashSet<u32> = FxHashSet::default();
    for row in rows.values() {
        let case = target.get(&row.id).copied().unwrap_or(row.born);
        if case != row.case {
            writer.move_to_case(row.id, case)?;
            touched.extend([row.case, case]);
        }
    }
    let mut touched: Vec<u32> = touched.into_iter().collect();
    touched.sort_unstable();
    for case in touched {
        let mut members = Vec::new();
        writer.members(case, &mut members)?;
        let row = case_row(writer, &members)?;
        let text = text_of(writer, &members)?;
        writer.set_case(case, &row, None, Some(&text))?;
    }
    Ok(())
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
