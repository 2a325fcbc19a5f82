//! Claims and known findings as following compares them.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{Apply, Live, scope_of, tokens_of};
use crate::domain::Kind;
use crate::ingest::import::ImportError;
use crate::ingest::probe::PARTITIONS;
use crate::ingest::track::Mark;
use crate::source::Outline;
use crate::store::{FindingFlags, FindingRow, family_of};
use crate::text::{LineIndex, LineMap, similarity};

impl Apply<'_, '_, '_> {
    /// What is known of the files that a partition's claims name, by the tools of this import.
    pub(super) fn known(&mut self, part: usize, live: &[Live]) -> Result<Vec<FindingRow>, ImportError> {
        let mut rows = Vec::new();
        if !self.met {
            return Ok(rows);
        }
        let is_dependency = |claim: &&Live| claim.probe.kind == Kind::Dependency as u8;
        let mut paths: Vec<u32> =
            live.iter().filter(|claim| !is_dependency(claim)).map(|claim| claim.path).collect();
        paths.sort_unstable();
        paths.dedup();
        let project = self.names.project;
        for path in paths {
            for &tool in &self.tools {
                self.writer.tool_findings_at(project, (path, tool), &mut rows)?;
            }
        }
        rows.retain(|row| row.kind != Kind::Dependency as u8);
        for claim in live.iter().filter(is_dependency) {
            self.read_manifest(claim.path)?;
        }
        // Taken and not lent: no other partition has these packages.
        rows.extend(self.dependencies.remove(&part).unwrap_or_default());
        Ok(rows)
    }

    /// Reads what is known of a manifest once, though its packages lie in many partitions.
    fn read_manifest(&mut self, path: u32) -> Result<(), ImportError> {
        if !self.manifests.insert(path) {
            return Ok(());
        }
        let mut rows = Vec::new();
        for &tool in &self.tools {
            self.writer.tool_findings_at(self.names.project, (path, tool), &mut rows)?;
        }
        for row in rows.into_iter().filter(|row| row.kind == Kind::Dependency as u8) {
            // The tokens of a dependency are the package that it was seen with last.
            let part = (row.tokens % PARTITIONS as u64) as usize;
            self.dependencies.entry(part).or_default().push(row);
        }
        Ok(())
    }

    pub(super) fn mark(&self, claim: &Live) -> Mark {
        let print = claim.probe.print;
        let located = claim.located.as_ref();
        Mark {
            rule: claim.rule,
            family: family_of(claim.tool, claim.family),
            path: claim.path,
            line: located.map_or(claim.probe.line, |located| located.lines.0),
            col: claim.probe.col,
            tokens: tokens_of(claim),
            scope: scope_of(claim),
            around: located.map_or(claim.probe.around, |located| located.around),
            // A print that half of the run shares, such as `requires login`, tells nothing.
            print: if print != 0 && self.stage.print_count(print) == 1 { print } else { 0 },
            expected: 0,
            sourced: located.is_some(),
            gone: false,
        }
    }

    pub(super) fn known_marks(&mut self, known: &[FindingRow]) -> Result<Vec<Mark>, ImportError> {
        let mut maps: FxHashMap<(u32, u32), Option<LineMap>> = FxHashMap::default();
        let mut marks = Vec::with_capacity(known.len());
        for row in known {
            let mut expected = 0;
            if row.snapshot != 0 && self.sources.is_given() {
                let map = match maps.get(&(row.path, row.snapshot)) {
                    Some(map) => map,
                    None => {
                        let path = self.path_text(row.path)?;
                        let new = self.sources.file(&path);
                        let beside =
                            new.as_ref().map(|new| self.beside(row.snapshot, new.text())).transpose()?;
                        let map = beside.flatten().map(|(old, new)| LineMap::between(&old, &new));
                        maps.entry((row.path, row.snapshot)).or_insert(map)
                    }
                };
                expected = map.as_ref().and_then(|map| map.new_line(row.line)).unwrap_or(0);
            }
            let family = self.writer.family_key(row.tool, row.rule)?;
            marks.push(Mark {
                rule: row.rule,
                family,
                path: row.path,
                line: row.line,
                col: row.col,
                tokens: row.tokens,
                scope: row.scope,
                around: row.around,
                print: row.print,
                expected,
                sourced: row.snapshot != 0,
                gone: row.flags & FindingFlags::GONE != 0,
            });
        }
        Ok(marks)
    }

    /// How much of the statement on a claim's line stood on a finding's line when it was seen last.
    pub(super) fn likeness(&mut self, claim: &Mark, known: &FindingRow) -> Option<f32> {
        let path = self.names.by_row.get(&claim.path).cloned()?;
        let file = self.sources.file(&path)?;
        let language = file.outline.language();
        let statement = |outline: &Outline, line: u32| {
            let range = LineIndex::new(outline.text()).range(line)?;
            outline.text().get(outline.statement_at(range)).map(str::to_owned)
        };
        let (old, new) = self.beside(known.snapshot, file.text()).ok()??;
        let now = match new {
            Cow::Borrowed(_) => statement(&file.outline, claim.line)?,
            Cow::Owned(new) => statement(&Outline::of(language, new), claim.line)?,
        };
        let then = statement(&Outline::of(language, old), known.line)?;
        Some(similarity(&then, &now, language.family()))
    }
}
