//! The second half of an import: partition by partition, claims are paired with what is known, fused and written.

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::{Located, Sources};
use super::fuse::{Links, Piece, Placement, fuse};
use super::import::{ImportError, Options, Scope};
use super::names::Names;
use super::probe::{PARTITIONS, Probe, lease};
use super::reader::ReadError;
use super::receipt::{Changes, Context, Counts};
use super::rows::{case_row, push_text};
use super::stage::Stage;
use super::track::{Evidence, Mark, Pairing};
use crate::domain::{Claim, Cwe, FindingId, Kind, short_hash};
use crate::source::Outline;
use crate::store::{Block, BlockBuilder, FindingFlags, FindingRow, ImportWriter};
use crate::text::{LineIndex, LineMap, similarity, unified};

/// What an import came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) counts: Vec<Counts>,
    pub(super) changes: Changes,
    pub(super) context: Option<Context>,
    /// For each run, the files it is known to have scanned, ascending, where it told.
    pub(super) coverage: Vec<Option<Vec<i64>>>,
    /// For each run, the rules that the tool named or that fired, ascending.
    pub(super) rules: Vec<Vec<i64>>,
}

/// A staged claim with the store's numbers and its source context.
#[derive(Debug)]
struct Live {
    probe: Probe,
    path: u32,
    rule: u32,
    family: u64,
    tool: u32,
    cwes: u32,
    located: Option<Located>,
    snapshot: u32,
    /// The same finding earlier in the run.
    repeats: bool,
}

pub(super) struct Apply<'a, 's, 't> {
    writer: &'a mut ImportWriter<'s>,
    stage: &'a mut Stage,
    names: Names,
    sources: Sources<'t>,
    judged: &'a FxHashMap<FindingId, u64>,
    links: Links,
    project: String,
    scope: Option<Scope>,
    outcome: Outcome,
    staled: FxHashSet<u32>,
    /// Whether the store had findings before, so that there is something to match with.
    had: bool,
    dependencies: Option<Vec<FindingRow>>,
    cwe_lists: FxHashMap<u32, Vec<Cwe>>,
    families: FxHashMap<u32, u64>,
    presence_part: u32,
    /// The stored block that was looked into last.
    opened: Option<(u32, Block)>,
}

/// Where staged claims are stored: from the staged block and slot to the stored ones.
type Kept = FxHashMap<(u32, u32), (u32, u32)>;

/// A claim nothing was paired with inside its file.
struct Leftover {
    part: usize,
    index: usize,
    mark: Mark,
}

impl<'a, 's, 't> Apply<'a, 's, 't> {
    pub(super) fn new(
        writer: &'a mut ImportWriter<'s>,
        stage: &'a mut Stage,
        names: Names,
        sources: Sources<'t>,
        links: (&'a FxHashMap<FindingId, u64>, Links),
        options: &Options,
    ) -> Self {
        let outcome = Outcome {
            counts: vec![Counts::default(); names.runs.len()],
            context: sources.is_given().then(Context::default),
            coverage: names
                .runs
                .iter()
                .map(|run| {
                    run.coverage_is_complete.then(|| {
                        let mut covered: Vec<i64> = run.covered.iter().map(|&path| i64::from(path)).collect();
                        covered.sort_unstable();
                        covered
                    })
                })
                .collect(),
            rules: names
                .runs
                .iter()
                .map(|run| {
                    let mut rules: Vec<i64> = run.rules.iter().map(|&(row, _)| i64::from(row)).collect();
                    rules.sort_unstable();
                    rules
                })
                .collect(),
            ..Outcome::default()
        };
        let had = !writer.is_empty();
        let families = names.runs.iter().flat_map(|run| run.rules.iter().copied()).collect();
        let (judged, links) = links;
        Self {
            writer,
            stage,
            names,
            sources,
            judged,
            links,
            project: options.project.clone(),
            scope: options.scope,
            outcome,
            staled: FxHashSet::default(),
            had,
            dependencies: None,
            cwe_lists: FxHashMap::default(),
            families,
            presence_part: 0,
            opened: None,
        }
    }

    pub(super) fn run_all(mut self, cancelled: &dyn Fn() -> bool) -> Result<Outcome, ImportError> {
        let mut leftovers: Vec<Leftover> = Vec::new();
        let mut unpaired: Vec<FindingRow> = Vec::new();
        for part in 0..PARTITIONS {
            if cancelled() {
                return Err(ReadError::Stopped("cancelled; nothing was changed".into()).into());
            }
            let live = self.load(part, true)?;
            let fresh: Vec<usize> =
                live.iter().enumerate().filter(|(_, claim)| !claim.repeats).map(|(index, _)| index).collect();
            if !self.had {
                self.found(part, &live, &fresh)?;
                continue;
            }
            let known = self.known(part)?;
            let marks: Vec<Mark> =
                fresh.iter().filter_map(|&index| live.get(index)).map(|c| self.mark(c)).collect();
            let known_marks = self.known_marks(&known)?;
            let pairing = Pairing::within(&marks, &known_marks);
            let mut matched = Vec::new();
            for ((&index, mark), pair) in fresh.iter().zip(&marks).zip(&pairing.of_claim) {
                match pair.and_then(|(row, evidence)| Some((known.get(row)?, evidence))) {
                    Some((row, evidence)) => matched.push((index, *row, evidence)),
                    None => leftovers.push(Leftover { part, index, mark: *mark }),
                }
            }
            unpaired.extend(pairing.free_known().into_iter().filter_map(|index| known.get(index)));
            self.matched(part, &live, &matched)?;
        }
        if self.had {
            let left = self.leftovers(&leftovers, &unpaired)?;
            self.gone(&left)?;
        }
        self.clean_sample()?;
        self.outcome.changes.stale = self.staled.len() as u64;
        Ok(self.outcome)
    }

    /// Pairs over files what is left of all partitions; what then has no pair is new. Gives the findings left over.
    fn leftovers(
        &mut self,
        leftovers: &[Leftover],
        unpaired: &[FindingRow],
    ) -> Result<Vec<FindingRow>, ImportError> {
        let marks: Vec<Mark> = leftovers.iter().map(|leftover| leftover.mark).collect();
        let known_marks = self.known_marks(unpaired)?;
        let mut pairing = Pairing::within(&marks, &known_marks);
        pairing.across();
        pairing.nearest(&mut |claim, known| {
            let (claim, known) = (marks.get(claim)?, unpaired.get(known)?);
            self.likeness(claim, known)
        });
        let left =
            pairing.free_known().into_iter().filter_map(|index| unpaired.get(index)).copied().collect();
        let mut at = 0;
        while let Some(first) = leftovers.get(at) {
            let part = first.part;
            let live = self.load(part, false)?;
            let (mut matched, mut new) = (Vec::new(), Vec::new());
            while let Some(leftover) = leftovers.get(at).filter(|leftover| leftover.part == part) {
                match pairing.of_claim.get(at).copied().flatten() {
                    Some((row, evidence)) => {
                        if let Some(row) = unpaired.get(row) {
                            matched.push((leftover.index, *row, evidence));
                        }
                    }
                    None => new.push(leftover.index),
                }
                at += 1;
            }
            self.matched(part, &live, &matched)?;
            self.found(part, &live, &new)?;
        }
        Ok(left)
    }

    /// How much of the statement on a claim's line stood on a finding's line when it was seen last.
    fn likeness(&mut self, claim: &Mark, known: &FindingRow) -> Option<f32> {
        let path = self.names.by_row.get(&claim.path).cloned()?;
        let file = self.sources.file(&path)?;
        let language = file.outline.language();
        let statement = |outline: &Outline, line: u32| {
            let range = LineIndex::new(outline.text()).range(line)?;
            outline.text().get(outline.statement_at(range)).map(str::to_owned)
        };
        let now = statement(&file.outline, claim.line)?;
        let old = self.writer.snapshot_text(known.snapshot).ok()??;
        let then = statement(&Outline::of(language, old), known.line)?;
        Some(similarity(&then, &now, language.family()))
    }

    /// A partition's claims with the store's numbers; `count` counts the repeated ones.
    fn load(&mut self, part: usize, count: bool) -> Result<Vec<Live>, ImportError> {
        let probes = self.stage.probes(part)?;
        let mut live: Vec<Live> = Vec::with_capacity(probes.len());
        let mut seen: FxHashSet<[u64; 6]> = FxHashSet::default();
        for probe in probes {
            let run = self.names.runs.get(probe.run as usize);
            let rule = probe.rule as usize;
            let (rule_row, family) = run.and_then(|run| run.rules.get(rule)).copied().unwrap_or_default();
            let of_rule = run.and_then(|run| run.rule_cwes.get(rule)).copied().unwrap_or(0);
            let mut cwes = self.names.cwes.get(probe.cwes as usize).copied().unwrap_or(0);
            if of_rule != 0 && self.cwes(cwes)?.is_empty() {
                cwes = of_rule;
            }
            let repeats = !seen.insert(same_place(&probe));
            if repeats
                && count
                && let Some(counts) = self.outcome.counts.get_mut(probe.run as usize)
            {
                counts.count(0, 0, 1);
            }
            live.push(Live {
                path: self.names.path(probe.path),
                rule: rule_row,
                family,
                tool: self.names.runs.get(probe.run as usize).map_or(0, |run| run.tool),
                cwes,
                probe,
                located: None,
                snapshot: 0,
                repeats,
            });
        }
        if self.sources.is_given() {
            self.attach(part, &mut live, count)?;
        }
        Ok(live)
    }

    /// Looks every claim's code up in the source.
    fn attach(&mut self, part: usize, live: &mut [Live], count: bool) -> Result<(), ImportError> {
        let mut order: Vec<usize> = (0..live.len()).collect();
        order.sort_by_key(|&index| {
            live.get(index).map(|claim| (claim.path, claim.probe.block, claim.probe.slot))
        });
        let mut blocks = Blocks::default();
        let mut context = Context::default();
        let mut rest = order.as_slice();
        while let Some(&first) = rest.first() {
            let path = live.get(first).map_or(0, |claim| claim.path);
            let same =
                rest.iter().take_while(|&&index| live.get(index).is_some_and(|c| c.path == path)).count();
            let (here, later) = rest.split_at(same);
            rest = later;
            let text = self.names.by_row.get(&path).cloned().unwrap_or_default();
            let Some(file) = (path != 0).then(|| self.sources.file(&text)).flatten() else {
                context.missing += here.len() as u64;
                continue;
            };
            let lines = LineIndex::new(file.text());
            let mut snapshot = 0;
            for &index in here {
                let Some(claim) = live.get_mut(index) else { continue };
                let (stage, probe) = (&mut *self.stage, &claim.probe);
                let quoted = || blocks.quoted(stage, part, probe.block, probe.slot);
                let Some(mut located) = file.locate(&lines, probe, quoted) else {
                    context.elsewhere += 1;
                    continue;
                };
                if located.moved {
                    context.found += 1
                } else {
                    context.attached += 1
                }
                if located.lease != 0 {
                    let steps = self.steps(&claim.probe.steps);
                    // The lowest bit tells a lease made from the source from one made from a quotation: the two are
                    // never compared.
                    located.lease = lease(located.lease, &steps) | 1;
                }
                if snapshot == 0 {
                    snapshot = self.writer.snapshot(&file.digest, file.encoding, file.text())?;
                    let run = self.names.runs.get(claim.probe.run as usize).map_or(0, |run| run.row);
                    let about = file.about();
                    self.writer.sighting((path, snapshot, run), "claimed", about)?;
                }
                claim.snapshot = snapshot;
                claim.located = Some(located);
            }
        }
        if let Some(total) = self.outcome.context.as_mut().filter(|_| count) {
            total.attached += context.attached;
            total.found += context.found;
            total.elsewhere += context.elsewhere;
            total.missing += context.missing;
        }
        Ok(())
    }

    /// The steps of a trace with the tokens of their statements, where the source has them.
    fn steps(&mut self, steps: &[super::probe::ProbeStep]) -> Vec<super::probe::ProbeStep> {
        steps
            .iter()
            .map(|step| {
                let path = self.names.path_text(step.path).to_owned();
                let tokens = self
                    .sources
                    .file(&path)
                    .map_or(step.tokens, |file| file.statement_on(&LineIndex::new(file.text()), step));
                super::probe::ProbeStep { tokens, ..*step }
            })
            .collect()
    }

    /// What is known of a partition's files, or packages, by the tools of this import.
    fn known(&mut self, part: usize) -> Result<Vec<FindingRow>, ImportError> {
        let mut rows = Vec::new();
        let parts = PARTITIONS as u64;
        for &(path, name) in &self.names.known_paths {
            if name % parts == part as u64 {
                self.writer.findings_at(self.names.project, path, &mut rows)?;
            }
        }
        // Findings that name no file fall where an empty name falls.
        if super::probe::name_hash("") % parts == part as u64 {
            self.writer.findings_at(self.names.project, 0, &mut rows)?;
        }
        rows.retain(|row| row.kind != Kind::Dependency as u8);
        rows.extend(self.dependencies()?.iter().filter(|row| row.package % parts == part as u64));
        let tools: FxHashSet<u32> = self.names.runs.iter().map(|run| run.tool).collect();
        rows.retain(|row| tools.contains(&row.tool));
        Ok(rows)
    }

    fn dependencies(&mut self) -> Result<&[FindingRow], ImportError> {
        if self.dependencies.is_none() {
            let mut rows = Vec::new();
            self.writer.dependency_findings(self.names.project, &mut rows)?;
            self.dependencies = Some(rows);
        }
        Ok(self.dependencies.as_deref().unwrap_or_default())
    }

    fn mark(&self, claim: &Live) -> Mark {
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

    fn known_marks(&mut self, known: &[FindingRow]) -> Result<Vec<Mark>, ImportError> {
        let mut maps: FxHashMap<(u32, u32), Option<LineMap>> = FxHashMap::default();
        let mut marks = Vec::with_capacity(known.len());
        for row in known {
            let mut expected = 0;
            if row.snapshot != 0 && self.sources.is_given() {
                let map = match maps.get(&(row.path, row.snapshot)) {
                    Some(map) => map,
                    None => {
                        let path = self.names.by_row.get(&row.path).cloned().unwrap_or_default();
                        let old = self.writer.snapshot_text(row.snapshot)?;
                        let new = self.sources.file(&path);
                        let map = old.zip(new).map(|(old, new)| LineMap::between(&old, new.text()));
                        maps.entry((row.path, row.snapshot)).or_insert(map)
                    }
                };
                expected = map.as_ref().and_then(|map| map.new_line(row.line)).unwrap_or(0);
            }
            let family = self.family(row.rule)?;
            marks.push(Mark {
                rule: row.rule,
                family: family_of(row.tool, family),
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

    /// The row of a claim, its block not yet known.
    fn row(&self, claim: &Live) -> FindingRow {
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

    /// Writes what became of findings that are known.
    fn matched(
        &mut self,
        part: usize,
        live: &[Live],
        matched: &[(usize, FindingRow, Evidence)],
    ) -> Result<(), ImportError> {
        let mut rows = Vec::with_capacity(matched.len());
        let mut needed = Vec::new();
        for (index, old, evidence) in matched {
            let Some(claim) = live.get(*index) else { continue };
            let mut new = self.row(claim);
            (new.id, new.name, new.case, new.born) = (old.id, old.name, old.case, old.born);
            (new.first_run, new.block, new.slot) = (old.first_run, old.block, old.slot);
            new.evidence = *evidence as u8;
            if new.snapshot == 0 {
                // Without the source this time, what it told last time still stands.
                (new.snapshot, new.body) = (old.snapshot, old.body);
            }
            if new.lease == 0 || (new.lease ^ old.lease) & 1 == 1 && old.lease & 1 == 1 {
                new.lease = old.lease;
            }
            if new.content != old.content {
                needed.push((claim.probe.block, claim.probe.slot));
            }
            rows.push((claim, *old, new));
        }
        let kept = self.keep_blocks(part, live, &needed)?;
        let mut present: Vec<Vec<i64>> = vec![Vec::new(); self.names.runs.len()];
        let mut touched: Vec<(u32, FindingRow)> = Vec::new();
        for (claim, old, mut new) in rows {
            if let Some(&(block, slot)) = kept.get(&(claim.probe.block, claim.probe.slot))
                && new.content != old.content
            {
                (new.block, new.slot) = (block, slot);
            }
            let run = claim.probe.run as usize;
            if let Some(counts) = self.outcome.counts.get_mut(run) {
                counts.count(0, 1, 0);
            }
            if let Some(present) = present.get_mut(run) {
                present.push(new.id);
            }
            if old.flags & FindingFlags::GONE != 0 {
                self.outcome.changes.reopened += 1;
            }
            let compare = |row: &FindingRow| FindingRow { evidence: 0, last_run: 0, ..*row };
            if compare(&new) == compare(&old) {
                continue;
            }
            self.writer.update(&new)?;
            self.drift(&old, &new)?;
            if (new.path, new.scope, new.tokens) != (old.path, old.scope, old.tokens) {
                let alias = self.name_of(&new, claim.family, 0);
                if !self.writer.is_taken(&alias)? {
                    self.writer.alias(&alias, new.id)?;
                }
            }
            touched.push((new.case, new));
        }
        self.write_presence(&mut present)?;
        self.refresh(touched)
    }

    /// Notes a change of the code that a verdict may rest on.
    fn drift(&mut self, old: &FindingRow, new: &FindingRow) -> Result<(), ImportError> {
        let leases = old.lease != 0 && new.lease != 0 && (old.lease ^ new.lease) & 1 == 0;
        let lease_changed = leases && old.lease != new.lease;
        let body_changed = old.body != 0 && new.body != 0 && old.body != new.body;
        if !(lease_changed || body_changed) {
            return Ok(());
        }
        let mut diff = String::new();
        if lease_changed && old.snapshot != 0 && new.snapshot != 0 {
            let scope = |text: &str, line: u32| {
                let lines = LineIndex::new(text);
                lines
                    .span(line.saturating_sub(4).max(1), line + 8)
                    .and_then(|range| text.get(range))
                    .map(str::to_owned)
            };
            let before = self.writer.snapshot_text(old.snapshot)?.and_then(|text| scope(&text, old.line));
            let after = self.writer.snapshot_text(new.snapshot)?.and_then(|text| scope(&text, new.line));
            if let Some((before, after)) = before.zip(after) {
                diff = unified(&before, &after, "before", "after");
            }
        }
        self.writer.drift(new, new.last_run, &diff)?;
        if lease_changed && self.judged.get(&new.name).is_some_and(|&judged| judged == old.lease) {
            self.staled.insert(new.case);
        }
        Ok(())
    }

    /// Writes findings seen for the first time.
    fn found(&mut self, part: usize, live: &[Live], new: &[usize]) -> Result<(), ImportError> {
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
        let mut present: Vec<Vec<i64>> = vec![Vec::new(); self.names.runs.len()];
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
                row.id = self.writer.next_finding();
                row.first_run = row.last_run;
                if let Some(&(block, slot)) = kept.get(&(claim.probe.block, claim.probe.slot)) {
                    (row.block, row.slot) = (block, slot);
                }
                let run = claim.probe.run as usize;
                if let Some(counts) = self.outcome.counts.get_mut(run) {
                    counts.count(1, 0, 0);
                }
                if let Some(present) = present.get_mut(run) {
                    present.push(row.id);
                }
                rows.push((claim, row));
            }
            self.fuse_group(&rows)?;
        }
        self.write_presence(&mut present)
    }

    /// Fuses and stores the new findings of one file or package.
    fn fuse_group(&mut self, rows: &[(&Live, FindingRow)]) -> Result<(), ImportError> {
        let mut existing: Vec<FindingRow> = Vec::new();
        if let Some((claim, row)) = rows.first().filter(|_| self.had) {
            if row.package != 0 {
                existing.extend(self.dependencies()?.iter().filter(|known| known.package == row.package));
            } else if claim.path != 0 {
                self.writer.findings_at(self.names.project, claim.path, &mut existing)?;
                existing.retain(|known| known.package == 0);
            }
        }
        let mut pieces: Vec<Piece> = Vec::with_capacity(existing.len() + rows.len());
        for known in &existing {
            pieces.push(self.known_piece(known)?);
        }
        for (claim, row) in rows {
            pieces.push(self.piece(claim, row)?);
        }
        let placements = fuse(&pieces, &self.links);
        let mut cases: Vec<u32> = existing.iter().map(|row| row.case).collect();
        // The new cases in the order of their founders, each with its members; old ones that grew.
        let mut members: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        let mut grown: Vec<u32> = Vec::new();
        let mut stored: Vec<FindingRow> = Vec::with_capacity(rows.len());
        for (at, (_, row)) in rows.iter().enumerate() {
            let placement = placements.get(existing.len() + at).cloned().flatten();
            let mut row = *row;
            row.case = match &placement {
                Some(Placement::Joins { kin, why }) => {
                    let kin_id = if *kin < existing.len() {
                        existing.get(*kin).map(|row| row.id)
                    } else {
                        stored.get(*kin - existing.len()).map(|row| row.id)
                    };
                    self.writer.kinship(row.id, kin_id.unwrap_or(0), why)?;
                    cases.get(*kin).copied().unwrap_or(0)
                }
                _ => self.writer.next_case(),
            };
            row.born = row.case;
            cases.push(row.case);
            members.entry(row.case).or_default().push(at);
            if existing.iter().any(|known| known.case == row.case) {
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
                    push_text(&mut text, &claim.probe.message);
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
                    push_text(&mut text, &claim.probe.message);
                }
            }
            let row = case_row(self.writer, &all)?;
            let name = all.first().map(|row| row.name);
            self.writer.set_case(case, &row, name.as_ref(), Some(&text))?;
        }
        Ok(())
    }

    fn piece(&mut self, claim: &Live, row: &FindingRow) -> Result<Piece, ImportError> {
        let located = claim.located.as_ref();
        Ok(Piece {
            name: row.name,
            case: None,
            tool: row.tool,
            cwes: self.cwes(row.cwes)?,
            path: row.path,
            line: row.line,
            end_line: row.end_line,
            col: row.col,
            end_col: row.end_col,
            statement: located.map_or((0, 0), |located| located.statement),
            bytes: located.map_or((0, 0), |located| located.bytes),
            scope: row.scope,
            assigns: located.map(|located| located.assigns.clone()).unwrap_or_default(),
            reads: located.map(|located| located.reads.clone()).unwrap_or_default(),
            steps: claim.probe.steps.iter().map(|step| (self.names.path(step.path), step.line)).collect(),
            package: row.package,
            advisories: claim.probe.advisories.clone(),
            folder: self.folder(row),
        })
    }

    /// A known finding as fusion sees it; what its row does not hold is taken from its claim.
    fn known_piece(&mut self, row: &FindingRow) -> Result<Piece, ImportError> {
        let mut piece = Piece {
            name: row.name,
            case: Some(row.case),
            tool: row.tool,
            cwes: self.cwes(row.cwes)?,
            path: row.path,
            line: row.line,
            end_line: row.end_line,
            col: row.col,
            end_col: row.end_col,
            scope: row.scope,
            package: row.package,
            folder: self.folder(row),
            ..Piece::default()
        };
        if row.package != 0 || row.flags & FindingFlags::TRACE != 0 {
            // The findings of a file mostly lie in one block: opening it for each would cost more than all else.
            if self.opened.as_ref().is_none_or(|(open, _)| *open != row.block) {
                self.opened = Some((row.block, Block::open(&self.writer.block_bytes(row.block)?)?));
            }
            let entry = self.opened.as_ref().and_then(|(_, block)| block.entry(row.slot));
            if let Some(claim) = entry.and_then(|(_, claim)| postcard::from_bytes::<Claim>(claim).ok()) {
                piece.advisories = super::probe::advisories(&claim);
                let here = claim.place.as_ref().map(|place| place.path.clone()).unwrap_or_default();
                // Steps in its own file; another file's path would have to be settled anew.
                piece.steps = claim
                    .traces
                    .iter()
                    .flatten()
                    .filter(|step| step.place.path == here)
                    .map(|step| (row.path, step.place.start.line))
                    .collect();
            }
        }
        if row.snapshot != 0 && row.package == 0 {
            let path = self.names.by_row.get(&row.path).cloned().unwrap_or_default();
            if let Some(file) = self.sources.file(&path) {
                let probe = Probe {
                    line: row.line,
                    end_line: row.end_line,
                    col: row.col,
                    end_col: row.end_col,
                    ..Probe::default()
                };
                if let Some(located) = file.locate(&LineIndex::new(file.text()), &probe, String::new) {
                    (piece.statement, piece.bytes) = (located.statement, located.bytes);
                    (piece.assigns, piece.reads) = (located.assigns, located.reads);
                }
            }
        }
        Ok(piece)
    }

    /// The hash of a stored rule's family.
    fn family(&mut self, rule: u32) -> Result<u64, ImportError> {
        if let Some(&family) = self.families.get(&rule) {
            return Ok(family);
        }
        let family = short_hash(&[self.writer.rule_family(rule)?.as_bytes()]);
        self.families.insert(rule, family);
        Ok(family)
    }

    /// The folder of a dependency's manifest, hashed; 0 where no manifest is named.
    fn folder(&self, row: &FindingRow) -> u64 {
        if row.package == 0 || row.path == 0 {
            return 0;
        }
        let text = self.names.by_row.get(&row.path).map_or("", String::as_str);
        short_hash(&[text.rsplit_once('/').map_or("", |(folder, _)| folder).as_bytes()])
    }

    fn cwes(&mut self, set: u32) -> Result<Vec<Cwe>, ImportError> {
        if let Some(list) = self.cwe_lists.get(&set) {
            return Ok(list.clone());
        }
        let members = self.writer.cwes_of(set)?;
        let list: Vec<Cwe> =
            members.split_ascii_whitespace().filter_map(|number| number.parse().ok()).map(Cwe).collect();
        self.cwe_lists.insert(set, list.clone());
        Ok(list)
    }

    /// Brings the docket's rows of cases up to date after findings of theirs changed.
    fn refresh(&mut self, touched: Vec<(u32, FindingRow)>) -> Result<(), ImportError> {
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

    /// What was not reported: gone where this run would have seen it, unseen otherwise.
    fn gone(&mut self, unpaired: &[FindingRow]) -> Result<(), ImportError> {
        let mut touched = Vec::new();
        for row in unpaired {
            if row.flags & FindingFlags::GONE != 0 {
                continue;
            }
            if !self.would_have_seen(row)? {
                self.outcome.changes.unseen += 1;
                continue;
            }
            self.outcome.changes.gone += 1;
            let mut gone = *row;
            gone.flags |= FindingFlags::GONE;
            self.writer.update(&gone)?;
            self.keep_fix(row)?;
            touched.push((gone.case, gone));
        }
        self.refresh(touched)
    }

    fn would_have_seen(&mut self, row: &FindingRow) -> Result<bool, ImportError> {
        let family = self.family(row.rule)?;
        let path = self.names.by_row.get(&row.path).cloned().unwrap_or_default();
        let deleted = row.path != 0 && self.sources.has(&path) == Some(false);
        for at in 0..self.names.runs.len() {
            let Some(run) = self.names.runs.get(at).filter(|run| run.tool == row.tool) else { continue };
            let looked = run.covered.contains(&row.path)
                || (!run.coverage_is_complete && self.scope != Some(Scope::Partial))
                || deleted;
            let listed = run.ran.as_ref().map(|ran| ran.contains(&family));
            if looked && (listed == Some(true) || (listed.is_none() && self.rule_ran(at, family)?)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a rule ran in a run that does not list its rules. Most tools bring theirs along. Semgrep and OpenGrep
    /// run what they are given: the rule ran if this run's rules are about those of the run that named it last.
    fn rule_ran(&mut self, at: usize, family: u64) -> Result<bool, ImportError> {
        let Some(run) = self.names.runs.get(at) else { return Ok(false) };
        let now: FxHashSet<u64> = run.rules.iter().map(|&(_, family)| family).collect();
        if now.is_empty()
            || now.contains(&family)
            || !matches!(run.tool_name.as_str(), "semgrep" | "opengrep")
        {
            return Ok(true);
        }
        let tool = run.tool;
        for rules in self.writer.rules_of_runs(self.names.project, tool)? {
            let mut then = FxHashSet::default();
            for rule in rules {
                then.insert(self.family(u32::try_from(rule).unwrap_or(0))?);
            }
            if then.contains(&family) {
                return Ok(then.iter().filter(|rule| now.contains(rule)).count() * 2 >= then.len());
            }
        }
        Ok(true)
    }

    /// A finding that went away because its code changed leaves a pair: the code before and after.
    fn keep_fix(&mut self, row: &FindingRow) -> Result<(), ImportError> {
        if row.snapshot == 0 {
            return Ok(());
        }
        let path = self.names.by_row.get(&row.path).cloned().unwrap_or_default();
        let Some(file) = self.sources.file(&path) else { return Ok(()) };
        let after = self.writer.snapshot(&file.digest, file.encoding, file.text())?;
        if after != row.snapshot {
            let run = self.names.runs.iter().find(|run| run.tool == row.tool).map_or(0, |run| run.row);
            let about = file.about();
            self.writer.sighting((row.path, after, run), "fixed", about)?;
            self.writer.fix(row.id, run, row.snapshot, after)?;
        }
        Ok(())
    }

    /// Keeps a few files that a tool scanned and found nothing in: the clean class of a training set.
    fn clean_sample(&mut self) -> Result<(), ImportError> {
        /// Files a run.
        const SAMPLE: usize = 20;
        if !self.sources.is_given() {
            return Ok(());
        }
        let claimed: FxHashSet<u32> =
            self.stage.prober.claimed.iter().map(|&path| self.names.path(path)).collect();
        for at in 0..self.names.runs.len() {
            let Some(run) = self.names.runs.get(at) else { continue };
            let row = run.row;
            let mut clean: Vec<(u64, u32)> = run
                .covered
                .iter()
                .filter(|path| !claimed.contains(path))
                .map(|&path| {
                    (super::probe::name_hash(self.names.by_row.get(&path).map_or("", String::as_str)), path)
                })
                .collect();
            // By the hash of their names: the same files again in the next run, none preferred.
            clean.sort_unstable();
            for (_, path) in clean.into_iter().take(SAMPLE) {
                let text = self.names.by_row.get(&path).cloned().unwrap_or_default();
                let Some(file) = self.sources.file(&text) else { continue };
                let snapshot = self.writer.snapshot(&file.digest, file.encoding, file.text())?;
                let about = file.about();
                self.writer.sighting((path, snapshot, row), "clean", about)?;
            }
        }
        Ok(())
    }

    fn write_presence(&mut self, present: &mut [Vec<i64>]) -> Result<(), ImportError> {
        for (ids, run) in present.iter_mut().zip(&self.names.runs) {
            if !ids.is_empty() {
                ids.sort_unstable();
                self.writer.presence(run.row, self.presence_part, ids)?;
            }
        }
        self.presence_part += 1;
        Ok(())
    }

    /// Stores the claims that are needed of a partition's blocks, and says where they are now. A block of which much
    /// is needed is stored as it is; of the others only what is needed is copied.
    fn keep_blocks(
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
    fn name_of(&self, row: &FindingRow, family: u64, ordinal: u32) -> FindingId {
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

/// Blocks opened while claims are looked up; the last one stays open.
#[derive(Debug, Default)]
struct Blocks {
    open: Option<((usize, u32), Block)>,
}

impl Blocks {
    /// What a claim quotes of its place.
    fn quoted(&mut self, stage: &mut Stage, part: usize, block: u32, slot: u32) -> String {
        if self.open.as_ref().is_none_or(|(key, _)| *key != (part, block)) {
            let opened = stage.block(part, block).ok().and_then(|bytes| Block::open(&bytes).ok());
            self.open = opened.map(|opened| ((part, block), opened));
        }
        self.open
            .as_ref()
            .and_then(|(_, opened)| opened.entry(slot))
            .and_then(|(_, claim)| postcard::from_bytes::<Claim>(claim).ok())
            .and_then(|claim| claim.place)
            .map(|place| if place.snippet.trim().is_empty() { place.context } else { place.snippet })
            .unwrap_or_default()
    }
}

/// What two claims of one run must share to be one finding told twice.
fn same_place(probe: &Probe) -> [u64; 6] {
    let pair = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
    // Without columns a line may hold several; what is said of them tells them apart.
    let words = if probe.col == 0 && probe.package == 0 { probe.content } else { 0 };
    [
        pair(probe.run, probe.rule),
        pair(probe.path, probe.line),
        pair(probe.col, probe.end_line),
        pair(probe.end_col, 0) ^ words,
        probe.tokens,
        probe.lease ^ probe.package,
    ]
}

fn family_of(tool: u32, family: u64) -> u64 {
    family ^ u64::from(tool).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn tokens_of(claim: &Live) -> u64 {
    claim
        .located
        .as_ref()
        .map(|located| located.tokens)
        .filter(|&tokens| tokens != 0)
        .unwrap_or(claim.probe.tokens)
}

fn scope_of(claim: &Live) -> u64 {
    claim
        .located
        .as_ref()
        .map(|located| located.scope)
        .filter(|&scope| scope != 0)
        .unwrap_or(claim.probe.scope)
}
