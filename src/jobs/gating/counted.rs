//! What the screen of the gate shows, counted from the workspace as it is.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::days::{Calendar, Days};
use crate::dataset::{Agreement, Anchoring, Contradiction, Corpus, Report, SEED, report};
use crate::docket::{Docket, Weights, Worth};
use crate::domain::{Basis, Cwe, Opinion, State};
use crate::jobs::corpus::{GateError, POLICY, own_policy};
use crate::jobs::desk::{Desk, DeskError, Listed, listed};
use crate::jobs::told;

/// Groups of contradictions that are listed, and cases on either side of each; all are counted.
const LISTED: usize = 100;
const SIDE: usize = 5;

/// Everything that the screen of the gate shows.
#[derive(Debug, Clone)]
pub struct GateView {
    /// What the policy is called: its file in the workspace, else that it is the one that is compiled in.
    pub policy: String,
    /// What the gate says by it.
    pub report: Report,
    /// When it was counted, in the reviewer's time: `14:05`.
    pub at: String,
    /// The labels.
    pub labels: LabelCounts,
    /// The gold labels by the days on which they were decided.
    pub history: Days,
    /// What people said, by weakness: those with the most verdicts first.
    pub matrix: Vec<Crossing>,
    /// How far reviewers agree.
    pub agreement: Agreement,
    /// What became of verdicts once others' opinions were seen.
    pub anchoring: Anchoring,
    /// How fast each reviewer is, the busiest first.
    pub throughput: Vec<Throughput>,
    /// Cases that are nearly the same and were judged otherwise; the first groups of them.
    pub opposed: Vec<Opposed>,
    /// How many such groups there are.
    pub opposed_in_all: usize,
}

/// How many labels there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelCounts {
    /// That may be trained on.
    pub gold: u64,
    /// Settled cases whose label may not.
    pub not_gold: u64,
    /// Cases on which reviewers differ.
    pub disputed: u64,
    /// Gold ones that came since the last batch left; all where none did.
    pub since_batch: u64,
    /// Whether one left.
    pub has_batch: bool,
}

/// A weakness, with how many of its cases people judged how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crossing {
    /// It; cases that name none have a line of their own.
    pub cwe: Option<Cwe>,
    /// The cases by what stands of them.
    pub confirmed: u64,
    /// A risk that was accepted.
    pub risk_accepted: u64,
    /// What was rejected.
    pub rejected: u64,
    /// What a person looked at and left open.
    pub unsure: u64,
    /// What reviewers differ on.
    pub disputed: u64,
    /// What nobody has decided.
    pub open: u64,
}

impl Crossing {
    /// What people said something of.
    #[must_use]
    pub const fn judged(&self) -> u64 {
        self.confirmed + self.risk_accepted + self.rejected + self.unsure + self.disputed
    }
}

/// How fast a reviewer is with one case at a time: from its coming up to the key, pauses cut off.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Throughput {
    /// Who.
    pub reviewer: String,
    /// Decisions by day.
    pub days: Days,
    /// All of them.
    pub decisions: u64,
    /// Seconds that half of them took no longer than.
    pub median: f64,
    /// Decisions in an hour of work.
    pub an_hour: f64,
}

/// Cases that are nearly the same and were judged otherwise.
#[derive(Debug, Clone, Default)]
pub struct Opposed {
    /// The first of those found real.
    pub real: Vec<Listed>,
    /// The first of those that were not.
    pub not_real: Vec<Listed>,
    /// How many there are on either side.
    pub of: (usize, usize),
}

impl Desk {
    /// Counts it; nothing where it is not wanted any more, which is asked between two steps.
    pub(super) fn gate_view(
        &self,
        weights: &Weights,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Option<GateView>, GateError> {
        let own = own_policy(&self.workspace)?;
        let policy_words = if own.is_some() { POLICY } else { "the built-in policy" };
        let policy = own.unwrap_or_default();
        let (docket, corpus) = self.corpus_for(&policy)?;
        if !is_wanted() {
            return Ok(None);
        }
        let report = report(&policy, &corpus, &docket);
        if !is_wanted() {
            return Ok(None);
        }
        let now = jiff::Zoned::now();
        let calendar = Calendar::until(&now);
        let (matrix, disputed) = matrix(&docket);
        let groups = corpus.contradictions();
        let throughput = self.throughput(&calendar)?;
        if !is_wanted() {
            return Ok(None);
        }
        Ok(Some(GateView {
            policy: policy_words.to_owned(),
            report,
            at: now.strftime("%H:%M").to_string(),
            labels: labels(&corpus, disputed),
            history: history(&corpus, &calendar),
            matrix,
            agreement: corpus.agreement(SEED),
            anchoring: corpus.anchored(),
            throughput,
            opposed_in_all: groups.len(),
            opposed: self.opposed(&docket, &groups, weights)?,
        }))
    }

    /// The first of the cases that contradict each other, as lists show them.
    fn opposed(
        &self,
        docket: &Docket,
        groups: &[Contradiction],
        weights: &Weights,
    ) -> Result<Vec<Opposed>, DeskError> {
        let Some(findings) = self.findings.as_ref().filter(|_| !groups.is_empty()) else {
            return Ok(Vec::new());
        };
        let evidence = self.evidence(docket);
        let worth = Worth::new(docket, weights, &evidence);
        let some = |cases: &[u32]| -> Result<Vec<Listed>, DeskError> {
            let mut some = Vec::new();
            for case in cases.iter().take(SIDE) {
                some.extend(listed(findings, docket, &worth, *case)?);
            }
            told::complete(findings, &mut some)?;
            Ok(some)
        };
        let group = |group: &Contradiction| {
            let of = (group.real.len(), group.not_real.len());
            Ok(Opposed { real: some(&group.real)?, not_real: some(&group.not_real)?, of })
        };
        groups.iter().take(LISTED).map(group).collect()
    }

    fn throughput(&self, calendar: &Calendar) -> Result<Vec<Throughput>, DeskError> {
        let mut each: BTreeMap<String, (Vec<u64>, Days)> = BTreeMap::new();
        if let Some(journal) = &self.journal {
            journal.each_decision(|reviewer, wall_ms, ms| {
                if !each.contains_key(reviewer) {
                    each.insert(reviewer.to_owned(), (Vec::new(), calendar.empty()));
                }
                if let Some((times, days)) = each.get_mut(reviewer) {
                    times.push(ms);
                    calendar.add(days, wall_ms);
                }
            })?;
        }
        let mut told: Vec<Throughput> =
            each.into_iter().map(|(reviewer, (times, days))| of_times(reviewer, times, days)).collect();
        told.sort_by_key(|of| std::cmp::Reverse(of.decisions));
        Ok(told)
    }
}

fn of_times(reviewer: String, mut times: Vec<u64>, days: Days) -> Throughput {
    times.sort_unstable();
    let middle = times.get(times.len().saturating_sub(1).div_ceil(2)).copied().unwrap_or_default();
    let worked: u64 = times.iter().sum();
    let decisions = times.len() as u64;
    let an_hour = if worked == 0 { 0.0 } else { decisions as f64 * 3_600_000.0 / worked as f64 };
    Throughput { reviewer, days, decisions, median: middle as f64 / 1000.0, an_hour }
}

fn labels(corpus: &Corpus, disputed: u64) -> LabelCounts {
    let last = corpus.last_batch;
    LabelCounts {
        gold: corpus.gold.len() as u64,
        not_gold: corpus.not_gold.saturating_sub(disputed),
        disputed,
        since_batch: corpus.gold.iter().filter(|gold| gold.decided > last).count() as u64,
        has_batch: last > 0,
    }
}

fn history(corpus: &Corpus, calendar: &Calendar) -> Days {
    let mut days = calendar.empty();
    for gold in &corpus.gold {
        calendar.add(&mut days, gold.decided);
    }
    days
}

/// What people said by weakness, and how many cases they differ on.
fn matrix(docket: &Docket) -> (Vec<Crossing>, u64) {
    // By sets of weaknesses, of which there are few, and only then by the first of each.
    let mut sets: FxHashMap<u32, Crossing> = FxHashMap::default();
    for case in 1..docket.end() {
        let (Some(row), Some(standing)) = (docket.row(case), docket.standing(case)) else { continue };
        let of = |sets: &mut FxHashMap<u32, Crossing>, add: fn(&mut Crossing) -> &mut u64| {
            *add(sets.entry(row.cwes).or_default()) += 1;
        };
        let by_a_person = standing.verdict.filter(|_| standing.basis == Some(Basis::Human));
        match (standing.state, by_a_person) {
            (State::Disputed, _) => of(&mut sets, |it| &mut it.disputed),
            (State::Settled, Some(Opinion::Confirmed)) => of(&mut sets, |it| &mut it.confirmed),
            (State::Settled, Some(Opinion::RiskAccepted)) => of(&mut sets, |it| &mut it.risk_accepted),
            (State::Settled, Some(Opinion::Rejected)) => of(&mut sets, |it| &mut it.rejected),
            (State::Open, Some(Opinion::Unsure)) => of(&mut sets, |it| &mut it.unsure),
            (State::Open, _) => of(&mut sets, |it| &mut it.open),
            // What is stale or gone, and what nobody judged, is no label of today's code.
            _ => {}
        }
    }
    let mut rows: BTreeMap<Option<Cwe>, Crossing> = BTreeMap::new();
    for (set, some) in sets {
        let cwe = docket.cwes_of(set).first().copied();
        let row = rows.entry(cwe).or_insert(Crossing { cwe, ..Crossing::default() });
        row.confirmed += some.confirmed;
        row.risk_accepted += some.risk_accepted;
        row.rejected += some.rejected;
        row.unsure += some.unsure;
        row.disputed += some.disputed;
        row.open += some.open;
    }
    let mut rows: Vec<Crossing> = rows.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.judged(), row.open)));
    let disputed = rows.iter().map(|row| row.disputed).sum();
    (rows, disputed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_fast_a_reviewer_is_leaves_out_what_was_no_work() {
        let told = of_times("ann".into(), vec![9000, 3000, 6000], Days::default());
        assert_eq!((told.decisions, told.median, told.an_hour), (3, 6.0, 600.0));
        let none = of_times("ann".into(), Vec::new(), Days::default());
        assert_eq!((none.decisions, none.median, none.an_hour), (0, 0.0, 0.0));
    }
}
