//! The second half of an import: partition by partition, claims are paired with what is known, fused and written.

mod compare;
mod found;
mod keep;
mod load;
mod matched;
mod silence;
mod write;

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::{Located, Sources};
use super::import::{ImportError, Options, Scope};
use super::meter::{Meter, Phase};
use super::names::Names;
use super::probe::{PARTITIONS, Probe};
use super::reach::{Reach, Renames};
use super::reader::ReadError;
use super::receipt::{Changes, Context, Counts};
use super::regroup::Shaping;
use super::stage::Stage;
use super::track::{Mark, Pairing};
use crate::domain::{Cwe, FindingId, short_hash};
use crate::store::{Block, FindingRow, ImportWriter};

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
    /// Whether a split or a merge names a finding that is new, or one by the name that it has now.
    pub(super) named: bool,
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
    shaping: &'a Shaping,
    project: String,
    scope: Option<Scope>,
    outcome: Outcome,
    staled: FxHashSet<u32>,
    /// Whether the store had findings before, so that there is something to match with.
    had: bool,
    dependencies: Option<Vec<FindingRow>>,
    cwe_lists: FxHashMap<u32, Vec<Cwe>>,
    families: FxHashMap<u32, u64>,
    /// What each run looked at.
    reaches: Vec<Reach>,
    renames: Renames,
    /// What the project's earlier runs scanned, where they tell.
    targets: FxHashMap<u32, String>,
    /// Findings that this import makes gone.
    going: FxHashSet<i64>,
    /// For each run, findings seen and not yet written down.
    present: Vec<Vec<i64>>,
    presence_part: u32,
    /// The stored block that was looked into last.
    opened: Option<(u32, Block)>,
    /// Whether secrets are masked in any file that is kept.
    hides: bool,
    /// The secrets that claims of this import point at.
    secrets: Vec<String>,
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
        (judged, shaping): (&'a FxHashMap<FindingId, u64>, &'a Shaping),
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
        let present = vec![Vec::new(); names.runs.len()];
        let reaches = names.runs.iter().map(|_| Reach::default()).collect();
        let families = names.runs.iter().flat_map(|run| run.rules.iter().copied()).collect();
        Self {
            writer,
            stage,
            names,
            sources,
            judged,
            shaping,
            project: options.project.clone(),
            scope: options.scope,
            outcome,
            staled: FxHashSet::default(),
            had,
            dependencies: None,
            cwe_lists: FxHashMap::default(),
            families,
            reaches,
            renames: Renames::default(),
            targets: FxHashMap::default(),
            going: FxHashSet::default(),
            present,
            presence_part: 0,
            opened: None,
            hides: false,
            secrets: Vec::new(),
        }
    }

    pub(super) fn run_all(
        mut self,
        cancelled: &dyn Fn() -> bool,
        meter: Option<&Meter>,
    ) -> Result<Outcome, ImportError> {
        let mut leftovers: Vec<Leftover> = Vec::new();
        let mut unpaired: Vec<FindingRow> = Vec::new();
        self.targets = self.writer.targets(self.names.project)?;
        self.hides = self.writer.hides_secrets()?;
        if let Some(meter) = meter {
            meter.begin(Phase::Matching, PARTITIONS as u64);
        }
        for part in 0..PARTITIONS {
            if cancelled() {
                return Err(ReadError::Stopped("cancelled; nothing was changed".into()).into());
            }
            if let Some(meter) = meter {
                meter.step(1);
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
            self.leftovers(&leftovers, &unpaired)?;
        }
        self.clean_sample()?;
        self.outcome.changes.stale = self.staled.len() as u64;
        Ok(self.outcome)
    }

    /// Pairs over files what is left of all partitions; what then has no pair is new, gone or unseen.
    fn leftovers(&mut self, leftovers: &[Leftover], unpaired: &[FindingRow]) -> Result<(), ImportError> {
        let marks: Vec<Mark> = leftovers.iter().map(|leftover| leftover.mark).collect();
        let known_marks = self.known_marks(unpaired)?;
        let mut pairing = Pairing::within(&marks, &known_marks);
        pairing.across();
        pairing.nearest(&mut |claim, known| {
            let (claim, known) = (marks.get(claim)?, unpaired.get(known)?);
            self.likeness(claim, known)
        });
        for (leftover, pair) in leftovers.iter().zip(&pairing.of_claim) {
            if let Some(row) = pair.and_then(|(row, _)| unpaired.get(row)) {
                self.note_rename(row.rule, leftover.mark.rule)?;
            }
        }
        for reach in &mut self.reaches {
            reach.settle(|path| self.names.by_row.get(&path).map_or("", String::as_str));
        }
        // Who goes is settled before anything is fused: what is new joins no case that is gone.
        let left: Vec<FindingRow> =
            pairing.free_known().into_iter().filter_map(|index| unpaired.get(index)).copied().collect();
        let gone = self.gone(&left)?;
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
        self.go(&gone)
    }

    /// The hash of a stored rule's family.
    fn family(&mut self, rule: u32) -> Result<u64, ImportError> {
        if let Some(&family) = self.families.get(&rule) {
            return Ok(family);
        }
        let family = short_hash(&[self.writer.rule_names(rule)?.1.as_bytes()]);
        self.families.insert(rule, family);
        Ok(family)
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
