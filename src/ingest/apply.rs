//! The second half of an import: partition by partition, claims are paired with what is known, fused and written.

mod compare;
mod found;
mod ids;
mod keep;
mod load;
mod matched;
mod rest;
mod silence;
mod write;

use rustc_hash::{FxHashMap, FxHashSet};

use self::ids::Ids;
use super::context::Sources;
use super::import::{ImportError, Options, Scope};
use super::lookup::Located;
use super::meter::{Meter, Phase};
use super::names::Names;
use super::probe::{PARTITIONS, Probe};
use super::reach::{Reach, Renames};
use super::reader::ReadError;
use super::receipt::{Changes, Context, Counts};
use super::regroup::Shaping;
use super::stage::Stage;
use super::track::{Evidence, Mark, Pairing};
use crate::domain::{Cwe, FindingId, RunId, short_hash};
use crate::store::{Block, FindingFlags, FindingRow, ImportWriter};

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
    /// The import's tools, ascending.
    tools: Vec<u32>,
    /// Whether any of them was heard of this project before.
    met: bool,
    /// Their findings that were not gone before, and how many of those have a claim.
    open: u64,
    reported: u64,
    /// Findings that have a claim.
    taken: Ids,
    /// What files that were given together with this one reported.
    beside: Ids,
    /// Their runs.
    runs_beside: Vec<RunId>,
    /// Dependencies of the manifests that claims name, by partition; and those manifests.
    dependencies: FxHashMap<usize, Vec<FindingRow>>,
    manifests: FxHashSet<u32>,
    cwe_lists: FxHashMap<u32, Vec<Cwe>>,
    families: FxHashMap<u32, u64>,
    /// What each run looked at.
    reaches: Vec<Reach>,
    renames: Renames,
    /// What earlier runs scanned, where they tell.
    targets: FxHashMap<u32, String>,
    /// Whether a rule ran in a run of this import, by the run's place and the rule's row.
    ran: FxHashMap<(usize, u32), bool>,
    /// Findings that this import makes gone.
    going: Ids,
    /// For each run, findings seen and not yet written down.
    present: Vec<Vec<i64>>,
    presence_part: u32,
    /// The stored block that was looked into last.
    opened: Option<(u32, Block)>,
    /// The tokens of the statements that steps of traces stand on, by path and line.
    of_steps: FxHashMap<(u32, u32), Option<u64>>,
    /// Versions of files that are compared, by snapshot and path.
    versions: FxHashMap<(u32, u32), Option<compare::Versions>>,
    /// Whether secrets are masked in any file that is kept.
    hides: bool,
    /// The secrets that claims of this import point at.
    secrets: Vec<String>,
}

/// Where staged claims are stored: from the staged block and slot to the stored ones.
type Kept = FxHashMap<(u32, u32), (u32, u32)>;

/// A stored finding's row, and by what it was known again.
type Pair = (u32, Evidence);

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
            tools: Vec::new(),
            met: false,
            open: 0,
            reported: 0,
            taken: Ids::default(),
            beside: Ids::default(),
            runs_beside: options.beside.clone(),
            dependencies: FxHashMap::default(),
            manifests: FxHashSet::default(),
            cwe_lists: FxHashMap::default(),
            families,
            reaches,
            renames: Renames::default(),
            targets: FxHashMap::default(),
            ran: FxHashMap::default(),
            going: Ids::default(),
            present,
            presence_part: 0,
            opened: None,
            of_steps: FxHashMap::default(),
            versions: FxHashMap::default(),
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
        self.meet()?;
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
            if live.is_empty() {
                continue;
            }
            let fresh: Vec<usize> =
                live.iter().enumerate().filter(|(_, claim)| !claim.repeats).map(|(index, _)| index).collect();
            if !self.had {
                self.found(part, &live, &fresh)?;
                continue;
            }
            let known = self.known(part, &live)?;
            let marks: Vec<Mark> =
                fresh.iter().filter_map(|&index| live.get(index)).map(|c| self.mark(c)).collect();
            let known_marks = self.known_marks(&known)?;
            let pairing = Pairing::within(&marks, &known_marks);
            let mut matched = Vec::new();
            for ((&index, mark), pair) in fresh.iter().zip(&marks).zip(&pairing.of_claim) {
                match pair.and_then(|(row, evidence)| Some((known.get(row)?, evidence))) {
                    Some((row, evidence)) => {
                        self.take(row);
                        matched.push((index, *row, evidence));
                    }
                    None => leftovers.push(Leftover { part, index, mark: *mark }),
                }
            }
            self.matched(part, &live, &matched)?;
        }
        if self.had {
            self.leftovers(&leftovers)?;
        }
        self.clean_sample()?;
        self.outcome.changes.stale = self.staled.len() as u64;
        Ok(self.outcome)
    }

    /// Who is asked for what is known: the import's tools, as far as they told of this project before.
    fn meet(&mut self) -> Result<(), ImportError> {
        self.tools = self.names.runs.iter().map(|run| run.tool).collect();
        self.tools.sort_unstable();
        self.tools.dedup();
        for &tool in &self.tools {
            let (findings, open) = self.writer.tally(self.names.project, tool)?;
            self.met |= findings > 0;
            self.open += open;
        }
        Ok(())
    }

    /// A finding has a claim.
    fn take(&mut self, row: &FindingRow) {
        self.taken.insert(row.id);
        self.reported += u64::from(row.flags & FindingFlags::GONE == 0);
    }

    /// Pairs over files what is left of all partitions; what then has no pair is new, gone or unseen.
    fn leftovers(&mut self, leftovers: &[Leftover]) -> Result<(), ImportError> {
        let pairs = self.rest(leftovers)?;
        // Who goes is settled before anything is fused: what is new joins no case that is gone.
        self.silence()?;
        let mut at = 0;
        while let Some(first) = leftovers.get(at) {
            let part = first.part;
            let live = self.load(part, false)?;
            let (mut matched, mut new) = (Vec::new(), Vec::new());
            while let Some(leftover) = leftovers.get(at).filter(|leftover| leftover.part == part) {
                match pairs.get(at).copied().flatten() {
                    Some((row, evidence)) => {
                        if let Some(row) = self.writer.finding_row(i64::from(row))? {
                            matched.push((leftover.index, row, evidence));
                        }
                    }
                    None => new.push(leftover.index),
                }
                at += 1;
            }
            self.matched(part, &live, &matched)?;
            self.found(part, &live, &new)?;
        }
        self.go()
    }

    /// A path's text; empty for none.
    fn path_text(&self, path: u32) -> Result<String, ImportError> {
        match self.names.by_row.get(&path) {
            Some(text) => Ok(text.clone()),
            None if path == 0 => Ok(String::new()),
            None => Ok(self.writer.path_text(path)?),
        }
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
