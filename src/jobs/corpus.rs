//! The gold labels of the workspace, and what the gate says of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::act::now_ms;
use super::desk::{Desk, DeskError};
use crate::dataset::batch::{Code, secrets_in};
use crate::dataset::{
    Agreement, Anchoring, BadPolicy, Corpus, Gold, Policy, Report, SEED, Said, Secrets, report, review,
};
use crate::docket::{Docket, Needs};
use crate::domain::{Basis, CaseId, Cwe, short_hash};
use crate::ledger::Held;
use crate::store::{Findings, Journal, Record, StoreError, Workspace};

/// The policy's file in a workspace.
pub const POLICY: &str = "gate.toml";

/// Files of labels that are looked through for secrets at most.
const LOOKED_THROUGH: usize = 4000;

/// How long a reviewer takes for a decision, from the case's coming up to the key, pauses cut off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pace {
    /// Who.
    pub reviewer: String,
    /// Over how many decisions on one case each.
    pub decisions: u64,
    /// Seconds: half of them are faster.
    pub median: f64,
    /// Seconds: nine of ten are faster.
    pub ninth: f64,
}

impl Pace {
    fn of(reviewer: String, mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let place = ((times.len().saturating_sub(1)) as f64 * share).round() as usize;
            times.get(place).map_or(0.0, |ms| *ms as f64 / 1000.0)
        };
        Self { decisions: times.len() as u64, median: at(0.5), ninth: at(0.9), reviewer }
    }
}

/// Why the gate has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The workspace's policy cannot be read.
    #[error("{}: {source}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: BadPolicy,
    },
    /// The policy's file cannot be read at all.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The desk failed.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<StoreError> for GateError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// The workspace's own policy; `None` where it has none.
pub(super) fn own_policy(workspace: &Workspace) -> Result<Option<Policy>, GateError> {
    let path = workspace.file(POLICY);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(GateError::Io { path, source }),
    };
    Policy::read(&text).map(Some).map_err(|source| GateError::Policy { path, source })
}

impl Desk {
    /// What the gate says by the workspace's own policy, else by the default.
    ///
    /// # Errors
    /// When the policy or a store cannot be read.
    pub fn gate(&self) -> Result<Report, GateError> {
        let policy = own_policy(&self.workspace)?.unwrap_or_default();
        Ok(self.gate_by(&policy)?)
    }

    /// What the gate says by a policy.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn gate_by(&self, policy: &Policy) -> Result<Report, DeskError> {
        let (docket, corpus) = self.corpus_for(policy)?;
        Ok(report(policy, &corpus, &docket))
    }

    /// How far reviewers agree, what became of verdicts given without sight of others' opinions, and how long each takes.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn agreement(&self) -> Result<(Agreement, Anchoring, Vec<Pace>), DeskError> {
        let (_, corpus) = self.corpus()?;
        let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        if let Some(journal) = &self.journal {
            journal.each_decision(|reviewer, _, ms| match times.get_mut(reviewer) {
                Some(times) => times.push(ms),
                None => {
                    times.insert(reviewer.to_owned(), vec![ms]);
                }
            })?;
        }
        let paces = times.into_iter().map(|(reviewer, times)| Pace::of(reviewer, times)).collect();
        Ok((corpus.agreement(SEED), corpus.anchored(), paces))
    }

    /// How much the gate lacks of each weakness, where the workspace has a policy of its own.
    pub(super) fn deficit(&self, docket: &Docket) -> Option<FxHashMap<Cwe, f32>> {
        let policy = self.policy.as_ref()?;
        Some(policy.deficit(&docket.gold_by_weakness(), docket.first_weaknesses()))
    }

    /// All gold labels with what a policy asks for of their code, and the docket that they are of.
    pub(super) fn corpus_for(&self, policy: &Policy) -> Result<(Docket, Corpus), DeskError> {
        let (docket, mut corpus) = self.corpus()?;
        if let Some(findings) = self.findings.as_ref().filter(|_| policy.asks_for_secrets()) {
            corpus.secrets = secrets(findings, &docket, &corpus.gold)?;
        }
        Ok((docket, corpus))
    }

    /// All gold labels, with the docket that they are of.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn corpus(&self) -> Result<(Docket, Corpus), DeskError> {
        let mut gold: Vec<Gold> = Vec::new();
        let mut blind: FxHashSet<u32> = FxHashSet::default();
        let mut again: Vec<u32> = Vec::new();
        let needs = Needs { names: true, paths: true, ..Needs::default() };
        let (docket, outline) = self.docket_outlined(needs, true, &mut |case, row, record, standing| {
            gold.extend(Gold::of(case, row, record, standing));
            if is_blind(record) {
                blind.insert(case);
            }
            if record.said > 1 {
                again.push(case);
            }
        })?;
        let mut corpus = Corpus::of(&docket, gold, now_ms());
        match (outline, &self.findings) {
            (Some(outline), _) => {
                for gold in &mut corpus.gold {
                    let known = outline.marks.get(gold.case as usize - 1).copied();
                    (gold.mark, gold.snapshot) = known.unwrap_or_default();
                }
            }
            (None, Some(findings)) => mark(findings, &docket, &mut corpus)?,
            (None, None) => {}
        }
        if let Some(journal) = &self.journal {
            review_all(journal, &docket, &again, &mut corpus, &mut blind)?;
            corpus.last_batch = journal.last_batch()?.unwrap_or_default();
        }
        corpus.anchoring.before_models = blind.len();
        Ok((docket, corpus))
    }
}

/// Whether a person gave a verdict while a model's opinion was hidden from them.
fn is_blind(record: &Record) -> bool {
    record.verdicts.iter().filter(|given| given.verdict.basis == Basis::Human).any(|given| {
        let sight = given.verdict.seen.as_ref().and_then(|seen| seen.sight);
        sight.is_some_and(|sight| sight.blind && !sight.models)
    })
}

/// Notes by what each label's case can be compared with others.
fn mark(findings: &Findings, docket: &Docket, corpus: &mut Corpus) -> Result<(), DeskError> {
    let head = |case: u32| docket.row(case).map_or(0, |row| row.head);
    let mut by_head: Vec<(u32, usize)> =
        corpus.gold.iter().enumerate().map(|(at, gold)| (head(gold.case), at)).collect();
    by_head.sort_unstable();
    let heads: Vec<u32> = by_head.iter().map(|(head, _)| *head).collect();
    let gold = &mut corpus.gold;
    let mut places = by_head.into_iter().peekable();
    findings.each_comparable(&heads, |row| {
        while places.next_if(|(head, _)| i64::from(*head) < row.id).is_some() {}
        let Some((_, at)) = places.next_if(|(head, _)| i64::from(*head) == row.id) else { return };
        if let Some(gold) = gold.get_mut(at) {
            gold.mark = Gold::mark_of(docket.family(row.rule), &row);
            gold.snapshot = row.snapshot;
        }
    })?;
    Ok(())
}

/// Looks for secrets in the code that labels would leave with. Each file is read once, and of many files a sample.
fn secrets(findings: &Findings, docket: &Docket, gold: &[Gold]) -> Result<Secrets, DeskError> {
    let mut files: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for gold in gold.iter().filter(|gold| gold.snapshot != 0) {
        files.entry(gold.snapshot).or_default().push(gold.case);
    }
    let mut order: Vec<(u64, u32)> =
        files.keys().map(|&file| (short_hash(&[&file.to_le_bytes()]), file)).collect();
    order.sort_unstable();
    let mut told = Secrets::default();
    for (_, file) in order.into_iter().take(LOOKED_THROUGH) {
        let (Some(cases), Some(text)) = (files.get(&file), findings.snapshot_text(file)?) else { continue };
        told.looked_at += cases.len() as u64;
        // A file without any is not parsed, and most have none.
        if secrets_in(&text).is_empty() {
            continue;
        }
        told.cases.extend(cases.iter().filter(|&&case| {
            docket.row(case).is_some_and(|row| {
                let code = Code::at(docket.path(row), &text, (row.line, row.end_line));
                !secrets_in(&code.before).is_empty()
            })
        }));
    }
    told.cases.sort_unstable();
    Ok(told)
}

/// Reads the histories of the cases that several verdicts were given on; their cases are no more among `blind`.
fn review_all(
    journal: &Journal,
    docket: &Docket,
    again: &[u32],
    corpus: &mut Corpus,
    blind: &mut FxHashSet<u32>,
) -> Result<(), DeskError> {
    let numbers: FxHashMap<CaseId, u32> =
        again.iter().filter_map(|&number| Some((docket.name(number)?, number))).collect();
    let mut cases: Vec<CaseId> = numbers.keys().copied().collect();
    cases.sort_unstable();
    journal.each_verdicts(&cases, |case, held| {
        let said: Vec<Said<'_>> = held.iter().filter_map(said).collect();
        let Some(&number) = numbers.get(&case).filter(|_| said.len() > 1) else { return };
        blind.remove(&number);
        let cwe = docket.row(number).and_then(|row| docket.cwes(row).first().copied());
        corpus.reviews.push((cwe, review(&said)));
    })?;
    Ok(())
}

fn said<'a>(held: &'a Held<'_>) -> Option<Said<'a>> {
    (held.verdict.basis == Basis::Human).then_some(())?;
    Some(Said {
        reviewer: held.reviewer,
        opinion: held.verdict.opinion,
        clock: held.clock,
        judged: held.judged.first()?,
        seen: held.verdict.seen.as_ref(),
    })
}
