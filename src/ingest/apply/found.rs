//! Findings seen for the first time: named, fused with what is there, and written.

use rustc_hash::{FxHashMap, FxHashSet};

use super::compare::LineMaps;
use super::{Apply, Live};
use crate::domain::{Claim, FindingId, short_hash};
use crate::ingest::fuse::{Piece, Placement, fuse};
use crate::ingest::import::ImportError;
use crate::ingest::lookup::Lookup;
use crate::ingest::probe::{Probe, advisories};
use crate::ingest::rows::{case_row, push_text};
use crate::store::{Block, FindingFlags, FindingRow};
use crate::text::LineMap;

impl Apply<'_, '_, '_> {
    /// Writes findings seen for the first time.
    pub(super) fn found(&mut self, part: usize, live: &[Live], new: &[usize]) -> Result<(), ImportError> {
        if new.is_empty() {
            return Ok(());
        }
        let mut order: Vec<usize> = new.to_vec();
        order.sort_by_key(|&index| {
            live.get(index).map(|claim| {
                let group = if claim.probe.package != 0 {
                    (1, claim.probe.package)
                } else {
                    (0, u64::from(claim.path))
                };
                (
                    group,
                    claim.probe.line,
                    claim.probe.col,
                    claim.probe.run,
                    claim.probe.block,
                    claim.probe.slot,
                )
            })
        });
        let needed: Vec<(u32, u32)> = order
            .iter()
            .filter_map(|&index| live.get(index))
            .map(|claim| (claim.probe.block, claim.probe.slot))
            .collect();
        let kept = self.keep_blocks(part, live, &needed)?;
        let mut ordinals: FxHashMap<FindingId, u32> = FxHashMap::default();
        let mut rest = order.as_slice();
        while let Some(first) = rest.first().and_then(|&index| live.get(index)) {
            let key =
                |claim: &Live| (claim.probe.package, if claim.probe.package != 0 { 0 } else { claim.path });
            let group = key(first);
            let same =
                rest.iter().take_while(|&&index| live.get(index).is_some_and(|c| key(c) == group)).count();
            let (here, later) = rest.split_at(same);
            rest = later;
            let mut rows = Vec::with_capacity(here.len());
            for &index in here {
                let Some(claim) = live.get(index) else { continue };
                let mut row = self.row(claim);
                let base = self.name_of(&row, claim.family, 0);
                let ordinal = ordinals.entry(base).or_insert(0);
                row.name = if *ordinal == 0 { base } else { self.name_of(&row, claim.family, *ordinal) };
                while self.had && self.writer.is_taken(&row.name)? {
                    *ordinal += 1;
                    row.name = self.name_of(&row, claim.family, *ordinal);
                }
                *ordinal += 1;
                self.outcome.named |= self.shaping.mentions(&row.name);
                row.id = self.writer.next_finding();
                row.first_run = row.last_run;
                if let Some(&(block, slot)) = kept.get(&(claim.probe.block, claim.probe.slot)) {
                    (row.block, row.slot) = (block, slot);
                }
                self.seen(claim, row.id, true);
                rows.push((claim, row));
            }
            self.fuse_group(&rows)?;
        }
        self.write_presence()
    }

    /// Fuses and stores the new findings of one file or package.
    fn fuse_group(&mut self, rows: &[(&Live, FindingRow)]) -> Result<(), ImportError> {
        let mut existing: Vec<FindingRow> = Vec::new();
        if let Some((claim, row)) = rows.first().filter(|_| self.had) {
            if row.package != 0 {
                existing = self.writer.package_findings(self.names.project, row.package)?;
            } else if claim.path != 0 {
                self.writer.findings_at(self.names.project, claim.path, &mut existing)?;
                existing.retain(|known| known.package == 0);
            }
            existing.retain(|known| known.flags & FindingFlags::GONE == 0 && !self.going.contains(known.id));
        }
        let mut pieces: Vec<Piece> = Vec::with_capacity(existing.len() + rows.len());
        let file = match existing.iter().find(|known| known.snapshot != 0 && known.package == 0) {
            Some(known) => {
                let path = self.path_text(known.path)?;
                self.sources.file(&path)
            }
            None => None,
        };
        let mut lookup = file.as_deref().map(Lookup::new);
        let mut maps = LineMaps::default();
        for known in &existing {
            let map = if known.package == 0 { self.line_map(&mut maps, known)? } else { None };
            pieces.push(self.known_piece(known, lookup.as_mut(), map)?);
        }
        for (claim, row) in rows {
            pieces.push(self.piece(claim, row)?);
        }
        let placements = fuse(&pieces);
        // The case that each was born in and the one that it is in now.
        let mut cases: Vec<(u32, u32)> = existing.iter().map(|row| (row.born, row.case)).collect();
        // The new cases in the order of their founders, each with its members; old ones that grew.
        let mut members: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        let old: FxHashSet<u32> = existing.iter().map(|known| known.case).collect();
        let mut grown: Vec<u32> = Vec::new();
        let mut stored: Vec<FindingRow> = Vec::with_capacity(rows.len());
        for (at, (_, row)) in rows.iter().enumerate() {
            let placement = placements.get(existing.len() + at).cloned().flatten();
            let mut row = *row;
            (row.born, row.case) = match &placement {
                Some(Placement::Joins { kin, why }) => {
                    let kin_id = if *kin < existing.len() {
                        existing.get(*kin).map(|row| row.id)
                    } else {
                        stored.get(*kin - existing.len()).map(|row| row.id)
                    };
                    self.writer.kinship(row.id, kin_id.unwrap_or(0), why)?;
                    cases.get(*kin).copied().unwrap_or_default()
                }
                _ => {
                    let case = self.writer.next_case();
                    (case, case)
                }
            };
            cases.push((row.born, row.case));
            members.entry(row.case).or_default().push(at);
            if old.contains(&row.case) {
                grown.push(row.case);
            }
            stored.push(row);
        }
        self.writer.insert(&stored)?;
        grown.sort_unstable();
        grown.dedup();
        for case in grown {
            let mut text = self.writer.case_text(case)?;
            for &at in members.get(&case).map_or(&[][..], Vec::as_slice) {
                if let Some((claim, _)) = rows.get(at) {
                    push_text(&mut text, &claim.probe.words);
                }
            }
            let mut all = Vec::new();
            self.writer.members(case, &mut all)?;
            let row = case_row(self.writer, &all)?;
            self.writer.set_case(case, &row, None, Some(&text))?;
            members.remove(&case);
        }
        let mut text = Vec::new();
        for (case, of_case) in members {
            let all: Vec<FindingRow> = of_case.iter().filter_map(|&at| stored.get(at)).copied().collect();
            text.clear();
            for &at in &of_case {
                if let Some((claim, _)) = rows.get(at) {
                    push_text(&mut text, &claim.probe.words);
                }
            }
            let row = case_row(self.writer, &all)?;
            let name = all.first().map(|row| row.name);
            self.writer.set_case(case, &row, name.as_ref(), Some(&text))?;
        }
        Ok(())
    }

    fn piece(&mut self, claim: &Live, row: &FindingRow) -> Result<Piece, ImportError> {
        let mut piece = self.piece_of(row)?;
        piece.steps = claim.probe.steps.iter().map(|step| (self.names.path(step.path), step.line)).collect();
        piece.advisories.clone_from(&claim.probe.advisories);
        piece.tokens = if claim.probe.has_code { claim.probe.tokens } else { 0 };
        if let Some(located) = &claim.located {
            (piece.statement, piece.bytes) = (located.statement, located.bytes);
            piece.assigns.clone_from(&located.assigns);
            piece.reads.clone_from(&located.reads);
        }
        Ok(piece)
    }

    /// As much of a finding as its row holds.
    fn piece_of(&mut self, row: &FindingRow) -> Result<Piece, ImportError> {
        Ok(Piece {
            tool: row.tool,
            rule: row.rule,
            cwes: self.cwes(row.cwes)?,
            set: row.cwes,
            // What the claim quotes: a row without a lease quotes nothing, one with its last bit set is the source's.
            tokens: if row.lease != 0 && row.lease & 1 == 0 { row.tokens } else { 0 },
            path: row.path,
            line: row.line,
            end_line: row.end_line,
            col: row.col,
            end_col: row.end_col,
            scope: row.scope,
            package: row.package,
            folder: self.folder(row)?,
            ..Piece::default()
        })
    }

    /// A known finding as fusion sees it; what its row does not hold is taken from its claim. It was seen in an earlier
    /// version of its file, perhaps: it stands where its line went, and nowhere if that was changed or deleted.
    fn known_piece(
        &mut self,
        row: &FindingRow,
        lookup: Option<&mut Lookup<'_>>,
        map: Option<&LineMap>,
    ) -> Result<Piece, ImportError> {
        let now = |line| map.map_or(Some(line), |map| map.new_line(line));
        let line = now(row.line).unwrap_or(0);
        let row = &FindingRow { line, end_line: line + row.end_line.saturating_sub(row.line), ..*row };
        let mut piece = Piece { case: Some(row.born), ..self.piece_of(row)? };
        if row.package != 0 || row.flags & FindingFlags::TRACE != 0 {
            // The findings of a file mostly lie in one block: opening it for each would cost more than all else.
            if self.opened.as_ref().is_none_or(|(open, _)| *open != row.block) {
                self.opened = Some((row.block, Block::open(&self.writer.block_bytes(row.block)?)?));
            }
            let entry = self.opened.as_ref().and_then(|(_, block)| block.entry(row.slot));
            if let Some(claim) = entry.and_then(|(_, claim)| postcard::from_bytes::<Claim>(claim).ok()) {
                piece.advisories = advisories(&claim);
                let here = claim.place.as_ref().map(|place| place.path.clone()).unwrap_or_default();
                // Steps in its own file; another file's path would have to be settled anew.
                piece.steps = claim
                    .traces
                    .iter()
                    .flatten()
                    .filter(|step| step.place.path == here)
                    .filter_map(|step| Some((row.path, now(step.place.start.line)?)))
                    .collect();
            }
        }
        if let Some(lookup) = lookup.filter(|_| row.snapshot != 0 && row.package == 0 && row.line != 0) {
            let probe = Probe {
                line: row.line,
                end_line: row.end_line,
                col: row.col,
                end_col: row.end_col,
                ..Probe::default()
            };
            if let Some(located) = lookup.locate(&probe, String::new).located() {
                (piece.statement, piece.bytes) = (located.statement, located.bytes);
                (piece.assigns, piece.reads) = (located.assigns, located.reads);
            }
        }
        Ok(piece)
    }

    /// The folder of a dependency's manifest, hashed; 0 where no manifest is named.
    fn folder(&self, row: &FindingRow) -> Result<u64, ImportError> {
        if row.package == 0 || row.path == 0 {
            return Ok(0);
        }
        let text = self.path_text(row.path)?;
        Ok(short_hash(&[text.rsplit_once('/').map_or("", |(folder, _)| folder).as_bytes()]))
    }
}
