//! What it is worth to judge a case next: a sum that can be read term by term.
//!
//! ```text
//! worth = Σ weight · value / Σ weight      each value from 0 to 1, hence worth too
//! ```
//!
//! | term | value |
//! |---|---|
//! | `severity` | the grade: info 0, low ¼, medium ½, high ¾, critical 1 |
//! | `agreement` | 1 − 1/n for n tools that report it: one 0, two ½, three ⅔ |
//! | `confidence` | of the surest finding: low 0, medium ½, high 1; not said ½ |
//! | `precision` | (c + 1) / (c + r + 2) for c other cases of its rules confirmed, r rejected: ½ with none |
//! | `rank` | given by a person: 1 is 1, 5 is 0; none ½ |
//! | `pin` | 1 where pinned |
//! | `silence` | 1 − the share of tools that looked there and said nothing; ½ where unknown |
//! | `deficit` | how much the gate lacks of its weaknesses, the scarcest counting |
//!
//! `silence` and `deficit` need data from outside. Where there is none for the whole workspace the term is
//! left out with its weight, so that worths stay comparable within a list and use the whole range.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::cases::{Docket, Overlay, confidence};
use super::order::urgency;
use crate::domain::{Basis, Confidence, Cwe, Opinion, Severity, State};
use crate::store::CaseRow;

const TERMS: usize = 8;

/// How much each term counts beside the others, from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    terms: [f32; TERMS],
    /// The reviewer from whom it is hidden what others think.
    blind_for: Option<Arc<str>>,
}

/// A weight that cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadWeight {
    /// No term is called so.
    #[error("the terms of worth are {}", Weights::NAMES.join(", "))]
    UnknownTerm,
    /// It is not on the scale.
    #[error("a weight is from 0 to 1")]
    OffScale,
}

impl Weights {
    /// The terms, in the order of the sum.
    pub const NAMES: [&'static str; TERMS] =
        ["severity", "agreement", "confidence", "precision", "rank", "pin", "silence", "deficit"];

    /// Sets the weight of a term.
    ///
    /// # Errors
    /// When there is no such term, or the weight is not from 0 to 1.
    pub fn set(&mut self, term: &str, weight: f32) -> Result<(), BadWeight> {
        let place = Self::NAMES.iter().zip(&mut self.terms).find(|(name, _)| **name == term);
        let (_, place) = place.ok_or(BadWeight::UnknownTerm)?;
        if !(0.0..=1.0).contains(&weight) {
            return Err(BadWeight::OffScale);
        }
        *place = weight;
        Ok(())
    }

    /// The same for a reviewer from whom it is hidden what others think: how sure the tools are and how their rules did so
    /// far count nothing, and a case that others settled comes up as an open one does.
    #[must_use]
    pub fn blind_for(mut self, reviewer: &str) -> Self {
        for (name, weight) in Self::NAMES.iter().zip(&mut self.terms) {
            if matches!(*name, "confidence" | "precision") {
                *weight = 0.0;
            }
        }
        self.blind_for = Some(reviewer.into());
        self
    }

    /// The reviewer from whom it is hidden.
    #[must_use]
    pub fn is_blind_for(&self) -> Option<&str> {
        self.blind_for.as_deref()
    }

    /// Each term with its weight.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, f32)> {
        Self::NAMES.into_iter().zip(self.terms)
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self { terms: [0.40, 0.10, 0.10, 0.15, 0.10, 0.05, 0.05, 0.05], blind_for: None }
    }
}

/// What is known from outside the docket.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// By rule (row number): cases confirmed, and cases rejected, by people so far.
    pub verdicts: FxHashMap<u32, (u32, u32)>,
    /// By case: of the tools known to have looked at the place, the share that said nothing.
    pub silence: Option<FxHashMap<u32, f32>>,
    /// By weakness: how much the gate lacks of it, from 0 to 1. Weaknesses that are not listed are not
    /// lacking.
    pub deficit: Option<FxHashMap<Cwe, f32>>,
}

impl Evidence {
    /// How often each rule was right so far, as the docket's cases were judged.
    #[must_use]
    pub fn of(docket: &Docket) -> Self {
        Self { verdicts: docket.verdicts().clone(), ..Self::default() }
    }
}

/// One term of a worth.
#[derive(Debug, Clone, PartialEq)]
pub struct WorthTerm {
    /// Its name, as the weight's.
    pub name: &'static str,
    /// From 0 to 1.
    pub value: f32,
    /// Its share of all weights, from 0 to 1.
    pub weight: f32,
    /// What it adds.
    pub contribution: f32,
    /// What the value rests on.
    pub words: String,
}

/// The worth of a docket's cases. What depends on dictionaries is worked out once, when it is made.
#[derive(Debug)]
pub struct Worth<'a> {
    docket: &'a Docket,
    evidence: &'a Evidence,
    shares: [f32; TERMS],
    blind_for: Option<Arc<str>>,
    /// By rule set.
    agreement: Vec<f32>,
    /// By rule set.
    precision: Vec<f32>,
    /// By weakness set.
    deficit: Vec<f32>,
}

impl<'a> Worth<'a> {
    /// Makes the sum ready for a docket, as loaded now.
    #[must_use]
    pub fn new(docket: &'a Docket, weights: &Weights, evidence: &'a Evidence) -> Self {
        let [severity, agreement, confidence, precision, rank, pin, silence, deficit] = weights.terms;
        let there = |known: bool, weight: f32| if known { weight } else { 0.0 };
        let counting = [
            severity,
            agreement,
            confidence,
            precision,
            rank,
            pin,
            there(evidence.silence.is_some(), silence),
            there(evidence.deficit.is_some(), deficit),
        ];
        let total: f32 = counting.iter().sum();
        let shares = if total > 0.0 { counting.map(|weight| weight / total) } else { [0.0; TERMS] };
        let sets = &docket.dictionary.rule_sets;
        let mut worth = Self {
            docket,
            evidence,
            shares,
            blind_for: weights.blind_for.clone(),
            agreement: table(0.0, sets.keys().map(|&set| (set, agreement_of(tools_of(docket, set).len())))),
            precision: Vec::new(),
            deficit: table(
                0.0,
                docket.dictionary.cwe_sets.iter().map(|(&set, cwes)| (set, deficit_of(evidence, cwes).0)),
            ),
        };
        worth.precision =
            table(0.5, sets.keys().map(|&set| (set, precision_of(worth.verdicts(set, &UNJUDGED)))));
        worth
    }

    /// The worth of a case, from 0 to 1; 0 where there is no such case. The same sum as [`Self::explain`]
    /// lists.
    #[must_use]
    pub fn of(&self, case: u32) -> f32 {
        self.docket.row(case).map_or(0.0, |row| self.of_row(case, row).1)
    }

    /// Where a case stands, and its worth.
    pub(super) fn of_row(&self, case: u32, row: &CaseRow) -> (&Overlay, f32) {
        let standing = self.docket.standing_of(case, row);
        (standing, sum(&self.shares, &self.values(case, row, standing)))
    }

    /// How soon a case that stands so needs a decision; the least first. Blind, only a verdict of one's own says that it
    /// needs none.
    pub(super) fn urgency(&self, standing: &Overlay) -> u64 {
        match &self.blind_for {
            Some(reviewer) if standing.state != State::Gone && !standing.was_judged_by(reviewer) => {
                u64::from(!standing.pinned)
            }
            _ => urgency(standing),
        }
    }

    /// The terms of a case's worth that count, in a fixed order; none where there is no such case.
    #[must_use]
    pub fn explain(&self, case: u32) -> Vec<WorthTerm> {
        let Some(row) = self.docket.row(case) else { return Vec::new() };
        let terms = Weights::NAMES
            .into_iter()
            .zip(self.values(case, row, self.docket.standing_of(case, row)))
            .zip(self.shares)
            .zip(self.words(case, row));
        terms
            .filter(|(((_, _), weight), _)| *weight > 0.0)
            .map(|(((name, value), weight), words)| WorthTerm {
                name,
                value,
                weight,
                contribution: weight * value,
                words,
            })
            .collect()
    }

    fn values(&self, case: u32, row: &CaseRow, standing: &Overlay) -> [f32; TERMS] {
        let at = |table: &[f32], set: u32, none: f32| table.get(set as usize).copied().unwrap_or(none);
        let silent = self.evidence.silence.as_ref().and_then(|silence| silence.get(&case));
        [
            f32::from(Severity::from_number(row.severity) as u8) / 4.0,
            at(&self.agreement, row.rules, 0.0),
            confidence(row.confidence)
                .map_or(0.5, |grade| f32::from(grade as u8 - Confidence::Low as u8) / 2.0),
            if outcome(standing).is_some() {
                precision_of(self.verdicts(row.rules, standing))
            } else {
                at(&self.precision, row.rules, 0.5)
            },
            standing.rank.map_or(0.5, |rank| f32::from(5 - rank.clamp(1, 5)) / 4.0),
            if standing.pinned { 1.0 } else { 0.0 },
            silent.map_or(0.5, |share| 1.0 - unit(*share)),
            at(&self.deficit, row.cwes, 0.0),
        ]
    }

    fn words(&self, case: u32, row: &CaseRow) -> [String; TERMS] {
        let standing = self.docket.standing_of(case, row);
        let tools = self.docket.tools(row);
        let (confirmed, rejected) = self.verdicts(row.rules, standing);
        let silent = self.evidence.silence.as_ref().and_then(|silence| silence.get(&case));
        let (lacking, cwe) = deficit_of(self.evidence, self.docket.cwes(row));
        let percent = |share: f32| format!("{:.0} %", unit(share) * 100.0);
        [
            Severity::from_number(row.severity).word().to_owned(),
            match tools.as_slice() {
                [] => "no tool is known".to_owned(),
                [tool] => format!("{tool} alone"),
                tools => format!("{} agree", tools.join(", ")),
            },
            confidence(row.confidence).map_or("not said", Confidence::word).to_owned(),
            match (confirmed, rejected) {
                (0, 0) => "no verdict on other cases of its rules".to_owned(),
                (confirmed, rejected) => {
                    format!(
                        "{confirmed} of {} other judged cases of its rules confirmed",
                        u64::from(confirmed) + u64::from(rejected)
                    )
                }
            },
            standing.rank.map_or("not ranked".to_owned(), |rank| format!("rank {rank}")),
            if standing.pinned { "pinned" } else { "not pinned" }.to_owned(),
            match silent {
                None => "no other tool is known to have looked".to_owned(),
                Some(share) => format!("{} of the tools that looked said nothing", percent(*share)),
            },
            match cwe {
                Some(cwe) if lacking > 0.0 => format!("the gate lacks {} of its {cwe}", percent(lacking)),
                _ => "the gate lacks no such case".to_owned(),
            },
        ]
    }

    /// Cases of the rules of a set that were confirmed, and rejected, without the one that stands so: a verdict says
    /// nothing of what it is worth to judge its own case.
    fn verdicts(&self, set: u32, own: &Overlay) -> (u32, u32) {
        let (own_confirmed, own_rejected) = outcome(own).unwrap_or_default();
        let rules = self.docket.dictionary.rule_sets.get(&set).into_iter().flatten();
        rules.filter_map(|rule| self.evidence.verdicts.get(rule)).fold(
            (0, 0),
            |(c, r), &(confirmed, rejected)| {
                (
                    c.saturating_add(confirmed.saturating_sub(own_confirmed)),
                    r.saturating_add(rejected.saturating_sub(own_rejected)),
                )
            },
        )
    }
}

/// A case that says nothing of its rules.
static UNJUDGED: Overlay = Overlay::new(State::Open, None);

/// What a case where it stands says of its rules: a case confirmed, or one rejected. Only people's verdicts count.
pub(super) fn outcome(standing: &Overlay) -> Option<(u32, u32)> {
    if standing.state != State::Settled || standing.basis != Some(Basis::Human) {
        return None;
    }
    match standing.verdict? {
        Opinion::Confirmed | Opinion::RiskAccepted => Some((1, 0)),
        Opinion::Rejected => Some((0, 1)),
        Opinion::Unsure => None,
    }
}

/// The sum, in one order, so that it is the same to the last bit wherever it is made.
fn sum(shares: &[f32; TERMS], values: &[f32; TERMS]) -> f32 {
    shares.iter().zip(values).map(|(share, value)| share * value).sum()
}

fn unit(share: f32) -> f32 {
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

fn tools_of(docket: &Docket, set: u32) -> Vec<u32> {
    let mut tools: Vec<u32> = docket.rules_of(set).map(|rule| rule.tool).collect();
    tools.sort_unstable();
    tools.dedup();
    tools
}

fn agreement_of(tools: usize) -> f32 {
    1.0 - 1.0 / tools.max(1) as f32
}

/// Laplace's rule of succession: a rule that was right once is not yet a rule that is always right.
fn precision_of((confirmed, rejected): (u32, u32)) -> f32 {
    ((f64::from(confirmed) + 1.0) / (f64::from(confirmed) + f64::from(rejected) + 2.0)) as f32
}

/// The most that the gate lacks of any of some weaknesses, and of which.
fn deficit_of(evidence: &Evidence, cwes: &[Cwe]) -> (f32, Option<Cwe>) {
    let lacking = |cwe: &Cwe| evidence.deficit.as_ref()?.get(cwe).map(|share| (unit(*share), Some(*cwe)));
    cwes.iter().filter_map(lacking).fold((0.0, None), |most, next| if next.0 > most.0 { next } else { most })
}

/// Values by dense row numbers; `none` where there is no row.
fn table(none: f32, values: impl Iterator<Item = (u32, f32)>) -> Vec<f32> {
    let mut table = Vec::new();
    for (key, value) in values {
        let at = key as usize;
        if table.len() <= at {
            table.resize(at + 1, none);
        }
        if let Some(slot) = table.get_mut(at) {
            *slot = value;
        }
    }
    table
}

#[cfg(test)]
mod tests;
