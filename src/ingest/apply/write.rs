//! What all of them write: rows, cases, the claims' blocks and who was seen by which run.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Apply, Kept, Live, scope_of, tokens_of};
use crate::domain::FindingId;
use crate::ingest::import::ImportError;
use crate::ingest::rows::case_row;
use crate::store::{Block, BlockBuilder, FindingRow};

impl Apply<'_, '_, '_> {
    /// The row of a claim, its block not yet known.
    pub(super) fn row(&self, claim: &Live) -> FindingRow {
        let probe = &claim.probe;
        let located = claim.located.as_ref();
        let (line, end_line) = located.map_or((probe.line, probe.end_line), |located| located.lines);
        let moved = located.is_some_and(|located| located.moved);
        FindingRow {
            project: self.names.project,
            tool: claim.tool,
            rule: claim.rule,
            path: claim.path,
            line,
            end_line,
            col: if moved { 0 } else { probe.col },
            end_col: if moved { 0 } else { probe.end_col },
            severity: probe.severity,
            confidence: probe.confidence,
            kind: probe.kind,
            flags: probe.flags,
            cwes: claim.cwes,
            tokens: tokens_of(claim),
            scope: scope_of(claim),
            around: located.map_or(probe.around, |located| located.around),
            print: probe.print,
            lease: located
                .map(|located| located.lease)
                .filter(|&lease| lease != 0)
                .unwrap_or(probe.lease & !1),
            body: located.map_or(0, |located| located.body),
            package: probe.package,
            content: probe.content,
            snapshot: claim.snapshot,
            last_run: self.names.runs.get(probe.run as usize).map_or(0, |run| run.row),
            ..FindingRow::default()
        }
    }

    /// Brings the docket's rows of cases up to date after findings of theirs changed.
    pub(super) fn refresh(&mut self, touched: Vec<(u32, FindingRow)>) -> Result<(), ImportError> {
        let mut done: FxHashSet<u32> = FxHashSet::default();
        for (case, row) in touched {
            if !done.insert(case) {
                continue;
            }
            let known = self.writer.case(case)?;
            let fresh = if known.members == 1 {
                case_row(self.writer, &[row])?
            } else {
                let mut all = Vec::new();
                self.writer.members(case, &mut all)?;
                case_row(self.writer, &all)?
            };
            if fresh != known {
                self.writer.set_case(case, &fresh, None, None)?;
            }
        }
        Ok(())
    }

    /// Counts a claim as new or matched, and its finding as seen by the claim's run.
    pub(super) fn seen(&mut self, claim: &Live, finding: i64, is_new: bool) {
        let run = claim.probe.run as usize;
        if let Some(counts) = self.outcome.counts.get_mut(run) {
            counts.count(u64::from(is_new), u64::from(!is_new), 0);
        }
        if let Some(present) = self.present.get_mut(run) {
            present.push(finding);
        }
    }

    /// Writes which findings were seen since it was called last.
    pub(super) fn write_presence(&mut self) -> Result<(), ImportError> {
        for (ids, run) in self.present.iter_mut().zip(&self.names.runs) {
            if !ids.is_empty() {
                ids.sort_unstable();
                self.writer.presence(run.row, self.presence_part, ids)?;
                ids.clear();
            }
        }
        self.presence_part += 1;
        Ok(())
    }

    /// Stores the claims that are needed of a partition's blocks, and says where they are now. A block of which much
    /// is needed is stored as it is; of the others only what is needed is copied.
    pub(super) fn keep_blocks(
        &mut self,
        part: usize,
        live: &[Live],
        needed: &[(u32, u32)],
    ) -> Result<Kept, ImportError> {
        let mut kept = FxHashMap::default();
        if needed.is_empty() {
            return Ok(kept);
        }
        let run = self.names.runs.first().map_or(0, |run| run.row);
        let mut total: FxHashMap<u32, u32> = FxHashMap::default();
        for claim in live {
            *total.entry(claim.probe.block).or_default() += 1;
        }
        let mut of_block: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for &(block, slot) in needed {
            of_block.entry(block).or_default().push(slot);
        }
        let mut order: Vec<(u32, Vec<u32>)> = of_block.into_iter().collect();
        order.sort_unstable();
        let mut copied = BlockBuilder::default();
        let mut waiting: Vec<((u32, u32), u32)> = Vec::new();
        for (block, mut slots) in order {
            let body = self.stage.block(part, block)?;
            if slots.len() * 4 >= total.get(&block).copied().unwrap_or(0) as usize {
                let id = self.writer.block(run, &body)?;
                kept.extend(slots.into_iter().map(|slot| ((block, slot), (id, slot))));
                continue;
            }
            slots.sort_unstable();
            let opened = Block::open(&body)?;
            let mut wanted = slots.into_iter().peekable();
            for (slot, (raw, claim)) in (0..).zip(opened.entries()) {
                if wanted.next_if_eq(&slot).is_some() {
                    waiting.push(((block, slot), copied.push(raw, claim)));
                }
            }
            if copied.is_full() {
                let id = self.writer.block(run, &copied.close(&mut self.stage.packer)?)?;
                kept.extend(waiting.drain(..).map(|(from, slot)| (from, (id, slot))));
            }
        }
        if !copied.is_empty() {
            let id = self.writer.block(run, &copied.close(&mut self.stage.packer)?)?;
            kept.extend(waiting.drain(..).map(|(from, slot)| (from, (id, slot))));
        }
        Ok(kept)
    }

    /// The name of a finding first seen in this shape: project, tool, rule, place and code, and which of several
    /// alike it is.
    pub(super) fn name_of(&self, row: &FindingRow, family: u64, ordinal: u32) -> FindingId {
        let path = self.names.by_row.get(&row.path).map_or("", String::as_str);
        let tool =
            self.names.runs.iter().find(|run| run.tool == row.tool).map_or("", |run| run.tool_name.as_str());
        // In one piece: BLAKE3 takes many small ones at several times the price.
        let mut bytes = Vec::with_capacity(256);
        for text in [self.project.as_str(), tool, path] {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        for number in [family, row.scope, row.tokens, u64::from(ordinal)] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let mut name = [0; 16];
        for (to, from) in name.iter_mut().zip(blake3::hash(&bytes).as_bytes()) {
            *to = *from;
        }
        FindingId::new(name)
    }
}
