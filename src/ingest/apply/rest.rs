//! Claims that nothing in their own files was paired with: over files of other names, then with the nearest in place.
//!
//! Of all that is known only those findings are read that a claim's code or print leads to, and those of its own file.
//! That is all that may be paired with it, so the outcome is the same as if all were read.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Apply, Leftover, Pair};
use crate::ingest::import::ImportError;
use crate::ingest::track::{EVERYWHERE, Mark, Pairing};
use crate::store::{FindingFlags, FindingRow, KnownBy, Lead, scope_bits};

/// Findings that claims lead to.
#[derive(Debug, Default)]
struct Candidates {
    /// Which of the claims lead to any.
    claims: Vec<usize>,
    rows: FxHashMap<u32, FindingRow>,
    /// Families and code that stand in too many findings to tell of a renamed file.
    everywhere: FxHashSet<(u64, u64)>,
    /// The files that all others tell of.
    files: FxHashSet<u32>,
}

impl Apply<'_, '_, '_> {
    /// Pairs what is left over; gives each claim's pair.
    pub(super) fn rest(&mut self, leftovers: &[Leftover]) -> Result<Vec<Option<Pair>>, ImportError> {
        let mut pairs = vec![None; leftovers.len()];
        if self.met {
            self.over_files(leftovers, &mut pairs)?;
            self.in_place(leftovers, &mut pairs)?;
        }
        Ok(pairs)
    }

    fn over_files(&mut self, leftovers: &[Leftover], pairs: &mut [Option<Pair>]) -> Result<(), ImportError> {
        let Candidates { claims, rows, .. } = self.candidates(leftovers)?;
        let mut rows: Vec<FindingRow> = rows.into_values().collect();
        rows.sort_unstable_by_key(|row| row.id);
        let marks: Vec<Mark> =
            claims.iter().filter_map(|&at| leftovers.get(at)).map(|leftover| leftover.mark).collect();
        let known = self.known_marks(&rows)?;
        let mut pairing = Pairing::new(&marks, &known);
        pairing.across();
        self.note_pairs(&claims, &marks, (&rows, &pairing), pairs)
    }

    /// The findings of other files that may be paired with claims.
    fn candidates(&mut self, leftovers: &[Leftover]) -> Result<Candidates, ImportError> {
        let project = self.names.project;
        let mut asked: Vec<(u64, KnownBy, usize)> = Vec::new();
        for (at, leftover) in leftovers.iter().enumerate() {
            let Mark { family, tokens, print, .. } = leftover.mark;
            let code = KnownBy::Code { family, tokens };
            asked.push((code.key(project), code, at));
            if print != 0 {
                let print = KnownBy::Print { family, print };
                asked.push((print.key(project), print, at));
            }
        }
        asked.sort_unstable_by_key(|&(key, _, at)| (key, at));
        let mut found = Candidates::default();
        for group in asked.chunk_by(|(a, by, _), (b, other, _)| (a, by) == (b, other)) {
            let Some(&(key, by, _)) = group.first() else { continue };
            let leads = self.writer.leads(key)?;
            // A print tells only where one finding has it.
            let most = if matches!(by, KnownBy::Code { .. }) { EVERYWHERE + 1 } else { 2 };
            let (mut rows, mut read) = (Vec::new(), 0);
            for lead in &leads {
                read += 1;
                rows.extend(self.led_to(lead, by, &mut found.rows)?);
                if rows.len() == most {
                    break;
                }
            }
            if rows.is_empty() {
                continue;
            }
            found.claims.extend(group.iter().map(|&(_, _, at)| at));
            let KnownBy::Code { family, tokens } = by else { continue };
            if rows.len() <= EVERYWHERE {
                found.files.extend(rows.iter().map(|row| row.path));
                continue;
            }
            found.everywhere.insert((family, tokens));
            // Where only one of them has a claim's scope, that one is meant.
            let mut scopes: Vec<u64> = (group.iter().filter_map(|&(_, _, at)| leftovers.get(at)))
                .map(|leftover| leftover.mark.scope)
                .collect();
            scopes.sort_unstable();
            scopes.dedup();
            for scope in scopes {
                let mut alike = rows.iter().filter(|row| row.scope == scope).count();
                for lead in leads.iter().skip(read).filter(|lead| lead.scope == scope_bits(scope)) {
                    if alike > 1 {
                        break;
                    }
                    let row = self.led_to(lead, by, &mut found.rows)?;
                    alike += usize::from(row.is_some_and(|row| row.scope == scope));
                }
            }
        }
        // A file that other code tells of brings along what stands everywhere.
        if !found.everywhere.is_empty() {
            for &path in &found.files {
                for row in self.free_at(path)? {
                    let family = self.writer.family_key(row.tool, row.rule)?;
                    if found.everywhere.contains(&(family, row.tokens)) {
                        found.rows.insert(row_number(&row), row);
                    }
                }
            }
        }
        found.claims.sort_unstable();
        found.claims.dedup();
        Ok(found)
    }

    /// The finding that a key leads to, if it is still known by it and has no claim.
    fn led_to(
        &mut self,
        lead: &Lead,
        by: KnownBy,
        rows: &mut FxHashMap<u32, FindingRow>,
    ) -> Result<Option<FindingRow>, ImportError> {
        let id = i64::from(lead.finding);
        if self.taken.contains(id) {
            return Ok(None);
        }
        let row = match rows.get(&lead.finding) {
            Some(row) => Some(*row),
            None => self.writer.finding_row(id)?,
        };
        let Some(row) = row.filter(|row| self.is_of_tools(row)) else { return Ok(None) };
        let of = self.writer.family_key(row.tool, row.rule)?;
        let holds = match by {
            KnownBy::Code { family, tokens } => (family, tokens) == (of, row.tokens),
            KnownBy::Print { family, print } => (family, print) == (of, row.print),
            KnownBy::Package(package) => package == row.package,
        };
        if holds {
            rows.insert(lead.finding, row);
        }
        Ok(holds.then_some(row))
    }

    fn is_of_tools(&self, row: &FindingRow) -> bool {
        row.project == self.names.project && self.tools.contains(&row.tool)
    }

    /// The findings at a path that have no claim.
    fn free_at(&self, path: u32) -> Result<Vec<FindingRow>, ImportError> {
        let mut ids = Vec::new();
        for &tool in &self.tools {
            self.writer.ids_at(path, tool, &mut ids)?;
        }
        let mut rows = Vec::new();
        for id in ids.into_iter().filter(|&id| !self.taken.contains(id)) {
            rows.extend(self.writer.finding_row(id)?.filter(|row| self.is_of_tools(row)));
        }
        Ok(rows)
    }

    /// Pairs with the nearest of the same file and scope, a partition at a time.
    fn in_place(&mut self, leftovers: &[Leftover], pairs: &mut [Option<Pair>]) -> Result<(), ImportError> {
        let mut end = 0;
        for of_part in leftovers.chunk_by(|a, b| a.part == b.part) {
            let first = end;
            end += of_part.len();
            let claims: Vec<usize> = (first..end).filter(|&at| pairs.get(at) == Some(&None)).collect();
            let marks: Vec<Mark> =
                claims.iter().filter_map(|&at| leftovers.get(at)).map(|leftover| leftover.mark).collect();
            let mut paths: Vec<u32> = marks.iter().map(|mark| mark.path).collect();
            paths.sort_unstable();
            paths.dedup();
            let places: FxHashSet<(u64, u32, u64)> =
                marks.iter().map(|mark| (mark.family, mark.path, mark.scope)).collect();
            let mut rows = Vec::new();
            for path in paths {
                for row in self.free_at(path)? {
                    let family = self.writer.family_key(row.tool, row.rule)?;
                    if row.flags & FindingFlags::GONE == 0 && places.contains(&(family, path, row.scope)) {
                        rows.push(row);
                    }
                }
            }
            if rows.is_empty() {
                continue;
            }
            let known = self.known_marks(&rows)?;
            let mut pairing = Pairing::new(&marks, &known);
            pairing.nearest(&mut |claim, known| self.likeness(marks.get(claim)?, rows.get(known)?));
            self.note_pairs(&claims, &marks, (&rows, &pairing), pairs)?;
        }
        Ok(())
    }

    fn note_pairs(
        &mut self,
        claims: &[usize],
        marks: &[Mark],
        (rows, pairing): (&[FindingRow], &Pairing<'_>),
        pairs: &mut [Option<Pair>],
    ) -> Result<(), ImportError> {
        for ((&at, mark), pair) in claims.iter().zip(marks).zip(&pairing.of_claim) {
            let Some((row, evidence)) = pair.and_then(|(row, evidence)| Some((rows.get(row)?, evidence)))
            else {
                continue;
            };
            self.take(row);
            self.note_rename(row.rule, mark.rule)?;
            if let Some(to) = pairs.get_mut(at) {
                *to = Some((row_number(row), evidence));
            }
        }
        Ok(())
    }
}

fn row_number(row: &FindingRow) -> u32 {
    u32::try_from(row.id).unwrap_or(u32::MAX)
}
