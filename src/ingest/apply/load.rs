//! A partition's claims with the store's numbers, and their code looked up in the source.

use rustc_hash::FxHashSet;

use super::{Apply, Live};
use crate::domain::{Claim, Kind};
use crate::ingest::import::ImportError;
use crate::ingest::lookup::{Lookup, Sight};
use crate::ingest::probe::{Probe, ProbeStep, lease};
use crate::ingest::receipt::Context;
use crate::ingest::secrets::{pointed_at, united};
use crate::ingest::stage::Stage;
use crate::store::Block;

impl Apply<'_, '_, '_> {
    /// A partition's claims with the store's numbers; `count` counts the repeated ones.
    pub(super) fn load(&mut self, part: usize, count: bool) -> Result<Vec<Live>, ImportError> {
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
            if count
                && self.had
                && let Some(reach) = self.reaches.get_mut(probe.run as usize)
            {
                reach.name(self.names.path(probe.path));
            }
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
            let mut lookup = Lookup::new(&file);
            let mut located_here = Vec::new();
            let mut secrets = Vec::new();
            for &index in here {
                let Some(claim) = live.get_mut(index) else { continue };
                let (stage, probe) = (&mut *self.stage, &claim.probe);
                let quoted = || blocks.quoted(stage, part, probe.block, probe.slot);
                let mut located = match lookup.locate(probe, quoted) {
                    Sight::At(located) => *located,
                    Sight::Elsewhere => {
                        context.elsewhere += 1;
                        continue;
                    }
                    Sight::NotLookedFor => {
                        context.not_looked_for += 1;
                        continue;
                    }
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
                if claim.probe.kind == Kind::Secret as u8 {
                    // Columns that may be off by a letter mask a part; the literal around them is masked whole.
                    let exact = !located.moved && !lookup.is_single_byte();
                    let exact = lookup.columns_region(&claim.probe).filter(|_| exact);
                    secrets.extend(pointed_at(file.text(), &text, (&located, exact), lookup.lines()));
                }
                claim.located = Some(located);
                located_here.push(index);
            }
            // Only now is it known what in the file is a secret.
            if let Some(run) = located_here.first().and_then(|&first| live.get(first)).map(|it| it.probe.run)
            {
                let snapshot = self.keep_file(path, &file, &united(secrets))?;
                let run = self.names.runs.get(run as usize).map_or(0, |run| run.row);
                self.writer.sighting((path, snapshot, run), "claimed", file.about())?;
                for &index in &located_here {
                    if let Some(claim) = live.get_mut(index) {
                        claim.snapshot = snapshot;
                    }
                }
            }
        }
        if let Some(total) = self.outcome.context.as_mut().filter(|_| count) {
            total.attached += context.attached;
            total.found += context.found;
            total.elsewhere += context.elsewhere;
            total.missing += context.missing;
            total.not_looked_for += context.not_looked_for;
        }
        Ok(())
    }

    /// The steps of a trace with the tokens of their statements, where the source has them.
    fn steps(&mut self, steps: &[ProbeStep]) -> Vec<ProbeStep> {
        let mut all = Vec::with_capacity(steps.len());
        for step in steps {
            let key = (step.path, step.line);
            let tokens = match self.of_steps.get(&key) {
                Some(known) => *known,
                None => {
                    let path = self.names.path_text(step.path).to_owned();
                    let found = self.sources.file(&path).map(|file| file.statement_on(step));
                    // Many traces share their steps; a few lead everywhere.
                    if self.of_steps.len() >= STEPS_KNOWN {
                        self.of_steps.clear();
                    }
                    self.of_steps.insert(key, found);
                    found
                }
            };
            all.push(ProbeStep { tokens: tokens.unwrap_or(step.tokens), ..*step });
        }
        all
    }
}

/// Steps whose statements are remembered.
const STEPS_KNOWN: usize = 1 << 18;

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
    // What is said of a place tells two results apart: nothing that a tool says is dropped for standing beside
    // another. Ways to one package say the same in other words.
    let words = if probe.package == 0 { probe.content } else { 0 };
    [
        pair(probe.run, probe.rule),
        pair(probe.path, probe.line),
        pair(probe.col, probe.end_line),
        pair(probe.end_col, 0) ^ words,
        probe.tokens,
        probe.lease ^ probe.package,
    ]
}
