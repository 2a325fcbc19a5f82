//! Claims and known findings as following compares them.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Apply, Live, scope_of, tokens_of};
use crate::domain::Kind;
use crate::ingest::context::SourceFile;
use crate::ingest::import::ImportError;
use crate::ingest::probe::PARTITIONS;
use crate::ingest::track::Mark;
use crate::source::Outline;
use crate::store::{FindingFlags, FindingRow, family_of};
use crate::text::{LineMap, similarity};

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
            content: claim.probe.content,
            // A print that half of the run shares, such as `requires login`, tells nothing.
            print: if print != 0 && self.stage.print_count(print) == 1 { print } else { 0 },
            expected: 0,
            sourced: located.is_some(),
            gone: false,
        }
    }

    pub(super) fn known_marks(&mut self, known: &[FindingRow]) -> Result<Vec<Mark>, ImportError> {
        let mut maps = LineMaps::default();
        let mut marks = Vec::with_capacity(known.len());
        for row in known {
            let map = self.line_map(&mut maps, row)?;
            let expected = map.and_then(|map| map.new_line(row.line)).unwrap_or(0);
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
                content: row.content,
                print: row.print,
                expected,
                sourced: row.snapshot != 0,
                gone: row.flags & FindingFlags::GONE != 0,
            });
        }
        Ok(marks)
    }

    /// Which line of the file that a finding was seen in is which line of the file as it is now; `None` where one of
    /// the two is not there.
    pub(super) fn line_map<'m>(
        &mut self,
        maps: &'m mut LineMaps,
        row: &FindingRow,
    ) -> Result<Option<&'m LineMap>, ImportError> {
        if row.snapshot == 0 || !self.sources.is_given() {
            return Ok(None);
        }
        Ok(match maps.entry((row.path, row.snapshot)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                let path = self.path_text(row.path)?;
                let new = self.sources.file(&path);
                let beside = new.as_ref().map(|new| self.beside(row.snapshot, new.text())).transpose()?;
                slot.insert(beside.flatten().map(|(old, new)| LineMap::between(&old, &new)))
            }
        }
        .as_ref())
    }

    /// How much of the statement on a claim's line stood on a finding's line when it was seen last.
    pub(super) fn likeness(&mut self, claim: &Mark, known: &FindingRow) -> Option<f32> {
        let key = (known.snapshot, claim.path);
        if !self.versions.contains_key(&key) {
            let versions = self.versions(known.snapshot, claim.path);
            let length = |versions: &Versions| versions.then.text().len() + versions.file.text().len();
            let open: usize = self.versions.values().flatten().map(length).sum();
            if open > VERSIONS_BYTES || self.versions.len() >= VERSIONS {
                self.versions.clear();
            }
            self.versions.insert(key, versions);
        }
        let versions = self.versions.get_mut(&key)?.as_mut()?;
        let Versions { then, now, file, known: likenesses } = versions;
        let lines = (known.line, claim.line);
        if let Some(known) = likenesses.get(&lines) {
            return *known;
        }
        let likeness = || {
            let then = statement(then, known.line)?;
            let now = statement(now.as_ref().unwrap_or(&file.outline), claim.line)?;
            Some(similarity(then, now, file.outline.language().family()))
        };
        let likeness = likeness();
        if likenesses.len() >= LIKENESSES {
            likenesses.clear();
        }
        likenesses.insert(lines, likeness);
        likeness
    }

    /// A file as it was kept and as it is, outlined.
    fn versions(&mut self, snapshot: u32, path: u32) -> Option<Versions> {
        let path = self.names.by_row.get(&path).cloned()?;
        let file = self.sources.file(&path)?;
        let language = file.outline.language();
        let (old, new) = self.beside(snapshot, file.text()).ok()??;
        let now = match new {
            Cow::Borrowed(_) => None,
            Cow::Owned(new) => Some(Outline::of(language, new)),
        };
        Some(Versions { then: Outline::of(language, old), now, file, known: FxHashMap::default() })
    }
}

/// What became of the lines of a path's snapshots.
pub(super) type LineMaps = FxHashMap<(u32, u32), Option<LineMap>>;

/// Pairs of versions held at once, and their bytes: what is compared comes file by file.
const VERSIONS: usize = 16;
const VERSIONS_BYTES: usize = 4 << 20;
/// Likenesses that are remembered of a pair of versions: thousands of claims may stand on one line.
const LIKENESSES: usize = 1 << 16;
/// As much of a statement is compared; what is longer is a table or a bundle.
const COMPARED: usize = 64 << 10;

/// Two versions of a file.
#[derive(Debug)]
pub(super) struct Versions {
    then: Outline,
    /// As it is, where secrets are masked in it; else the file itself.
    now: Option<Outline>,
    file: Arc<SourceFile>,
    /// How alike the statements of two lines are.
    known: FxHashMap<(u32, u32), Option<f32>>,
}

fn statement(outline: &Outline, line: u32) -> Option<&str> {
    let statement = outline.text().get(outline.statement_at(outline.lines().range(line)?))?;
    statement.get(..statement.floor_char_boundary(COMPARED))
}
