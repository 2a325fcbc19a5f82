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

use rustc_hash::FxHashMap;

use super::cases::{Docket, Overlay, confidence};
use crate::domain::{Basis, Confidence, Cwe, Opinion, Severity, State};
use crate::store::CaseRow;

const TERMS: usize = 8;

/// How much each term counts beside the others, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights([f32; TERMS]);

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
        let place = Self::NAMES.iter().zip(&mut self.0).find(|(name, _)| **name == term);
        let (_, place) = place.ok_or(BadWeight::UnknownTerm)?;
        if !(0.0..=1.0).contains(&weight) {
            return Err(BadWeight::OffScale);
        }
        *place = weight;
        Ok(())
    }

    /// Each term with its weight.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, f32)> {
        Self::NAMES.into_iter().zip(self.0)
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self([0.40, 0.10, 0.10, 0.15, 0.10, 0.05, 0.05, 0.05])
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
        let Weights([severity, agreement, confidence, precision, rank, pin, silence, deficit]) = *weights;
        let there = |known: bool, weight: f32| if known { weight } else { 0.0 };
        let weights = [
            severity,
            agreement,
            confidence,
            precision,
            rank,
            pin,
            there(evidence.silence.is_some(), silence),
            there(evidence.deficit.is_some(), deficit),
        ];
        let total: f32 = weights.iter().sum();
        let shares = if total > 0.0 { weights.map(|weight| weight / total) } else { [0.0; TERMS] };
        let sets = &docket.dictionary.rule_sets;
        let mut worth = Self {
            docket,
            evidence,
            shares,
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
mod tests {
    use proptest::prelude::*;

    use super::super::select_tests::{dictionary, dockets};
    use super::*;

    fn known() -> Evidence {
        Evidence {
            verdicts: [(1, (3, 1)), (2, (0, 2))].into_iter().collect(),
            silence: Some([(1, 0.25)].into_iter().collect()),
            deficit: Some([(Cwe(89), 0.2), (Cwe(564), 0.6)].into_iter().collect()),
        }
    }

    /// A case of two tools and two weaknesses, and one of which nothing is known.
    fn docket() -> Docket {
        let row = CaseRow { head: 1, rules: 2, cwes: 2, severity: 3, confidence: 3, ..CaseRow::default() };
        let mut docket = Docket::new(vec![row, CaseRow { head: 2, ..CaseRow::default() }], dictionary());
        let standing = Overlay { pinned: true, rank: Some(2), ..Overlay::new(State::Open, None) };
        docket.load_standings([(1, standing)]);
        docket
    }

    #[test]
    fn every_term_says_what_it_rests_on() {
        let (docket, evidence) = (docket(), known());
        let worth = Worth::new(&docket, &Weights::default(), &evidence);
        let terms = worth.explain(1);
        let read: Vec<_> = terms.iter().map(|term| (term.name, term.value, term.words.as_str())).collect();
        assert_eq!(
            read,
            [
                ("severity", 0.75, "high"),
                ("agreement", 0.5, "bandit, semgrep agree"),
                ("confidence", 1.0, "high"),
                ("precision", 0.5, "3 of 6 other judged cases of its rules confirmed"),
                ("rank", 0.75, "rank 2"),
                ("pin", 1.0, "pinned"),
                ("silence", 0.75, "25 % of the tools that looked said nothing"),
                ("deficit", 0.6, "the gate lacks 60 % of its CWE-564"),
            ]
        );
        let unknown: Vec<_> = worth.explain(2).iter().map(|term| term.value).collect();
        assert_eq!(unknown, [0.0, 0.0, 0.5, 0.5, 0.5, 0.0, 0.5, 0.0]);
        assert_eq!((worth.of(3), worth.explain(0)), (0.0, vec![]));
    }

    #[test]
    fn a_term_without_data_is_left_out_with_its_weight() {
        let (docket, evidence) = (docket(), Evidence::default());
        let terms = Worth::new(&docket, &Weights::default(), &evidence).explain(1);
        assert!(terms.iter().all(|term| term.name != "silence" && term.name != "deficit"));
        assert!((terms.iter().map(|term| term.weight).sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn weights_are_set_by_the_names_of_their_terms_and_stay_on_their_scale() {
        let total: f32 = Weights::default().each().map(|(_, weight)| weight).sum();
        assert!((total - 1.0).abs() < 1e-6);
        let mut weights = Weights::default();
        assert_eq!(weights.set("severty", 0.5), Err(BadWeight::UnknownTerm));
        for weight in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            assert_eq!(weights.set("severity", weight), Err(BadWeight::OffScale));
        }
        assert_eq!(weights, Weights::default());
        for term in Weights::NAMES {
            weights.set(term, if term == "pin" { 1.0 } else { 0.0 }).unwrap();
        }
        let (docket, evidence) = (docket(), known());
        let worth = Worth::new(&docket, &weights, &evidence);
        assert_eq!((worth.of(1), worth.of(2)), (1.0, 0.0), "the first is pinned");
        weights.set("pin", 0.0).unwrap();
        assert_eq!(Worth::new(&docket, &weights, &evidence).of(1), 0.0);
    }

    #[test]
    fn a_verdict_says_nothing_of_its_own_case_and_something_of_the_others() {
        let row = |head| CaseRow { head, rules: 2, ..CaseRow::default() };
        let worth_after = |opinion: Option<Opinion>| {
            let mut docket = Docket::new(vec![row(1), row(2)], dictionary());
            let judged = |opinion| Overlay::new(State::Settled, Some((opinion, Basis::Human)));
            docket.load_standings(opinion.map(|opinion| (1, judged(opinion))));
            let evidence = Evidence::of(&docket);
            let worth = Worth::new(&docket, &Weights::default(), &evidence);
            (worth.of(1), worth.of(2))
        };
        let before = worth_after(None);
        for opinion in [Opinion::Confirmed, Opinion::Rejected, Opinion::RiskAccepted] {
            assert_eq!(worth_after(Some(opinion)).0, before.0, "{opinion}");
        }
        assert!(worth_after(Some(Opinion::Confirmed)).1 > before.1);
        assert!(worth_after(Some(Opinion::Rejected)).1 < before.1);
    }

    #[test]
    fn a_rule_that_was_right_is_believed_more_and_never_wholly() {
        let precision = |confirmed, rejected| precision_of((confirmed, rejected));
        assert_eq!(precision(0, 0), 0.5);
        assert!(precision(1, 0) > precision(0, 0) && precision(9, 1) > precision(1, 0));
        assert!(precision(u32::MAX, 0) <= 1.0 && precision(0, u32::MAX) >= 0.0);
        assert!(precision(0, 100) > 0.0);
    }

    proptest! {
        #[test]
        fn worth_is_the_sum_of_its_terms_and_between_0_and_1(
            (docket, _) in dockets(),
            more in any::<bool>(),
        ) {
            let evidence = if more { known() } else { Evidence::default() };
            let worth = Worth::new(&docket, &Weights::default(), &evidence);
            for case in 0..=docket.end() {
                let told: f32 = worth.explain(case).iter().map(|term| term.contribution).sum();
                prop_assert_eq!(worth.of(case), told);
                prop_assert!((0.0..=1.000_001).contains(&told));
            }
        }
    }
}
