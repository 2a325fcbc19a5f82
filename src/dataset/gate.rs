//! The gate: what a corpus must be before a batch of it may leave, what it lacks, and how much work that is at least.
//!
//! Every condition has a value, a bound and whether it holds. One that does not advises which cases to judge, as filters,
//! and how many of them *at least*: the number that would do if every verdict counted. Which verdict to give it never says.

mod advice;
mod code;
mod policy;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::agreement::Agreement;
use super::corpus::{Corpus, Gold, filter_of};
use crate::docket::Docket;
use crate::domain::Cwe;
use advice::{classes_to_go, evenness, more_for_evenness, more_of, spread_out};

pub use code::apart;
pub(in crate::dataset) use policy::read_over;
pub use policy::{BadPolicy, Policy};

/// From which seed intervals are drawn, so that the same corpus has the same report.
pub const SEED: u64 = 0x00a5_517e;
/// Filters that one condition advises at most.
const ADVISED: usize = 5;
const DAY_MS: u64 = 86_400_000;

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Whether every condition holds.
    pub open: bool,
    /// How many decisions it takes at least until it is open; 0 where it is.
    pub decisions: u64,
    /// The conditions, in the order of the policy.
    pub conditions: Vec<Condition>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// What it is called.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub words: String,
    /// What the corpus has; `None` where there is nothing to measure.
    pub value: Option<f64>,
    /// What it must have.
    pub bound: f64,
    /// Whether the bound is the most that it may have, and not the least.
    pub at_most: bool,
    /// Whether it holds.
    pub holds: bool,
    /// How far the value is from the bound; 0 where it holds.
    pub gap: f64,
    /// How many decisions it takes at least; 0 where it holds.
    pub decisions: u64,
    /// What to judge next.
    pub advice: Vec<Advice>,
}

/// Cases to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The filter that brings them on screen.
    pub filter: String,
    /// How many of them are to be judged at least.
    pub verdicts: u64,
    /// How many there are to judge; `None` where that is not known without asking the docket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<u64>,
}

impl Advice {
    fn new(filter: impl Into<String>, verdicts: u64, available: Option<u64>) -> Self {
        Self { filter: filter.into(), verdicts, available }
    }
}

impl Condition {
    fn least(name: &'static str, words: impl Into<String>, value: Option<f64>, bound: f64) -> Self {
        // A bound of nothing holds where there is nothing to measure.
        let holds = value.map_or(bound <= 0.0, |value| value >= bound);
        let gap = if holds { 0.0 } else { bound - value.unwrap_or_default() };
        Self {
            name,
            words: words.into(),
            value,
            bound,
            at_most: false,
            holds,
            gap,
            decisions: 0,
            advice: Vec::new(),
        }
    }

    fn most(name: &'static str, words: impl Into<String>, value: Option<f64>, bound: f64) -> Self {
        let holds = value.is_none_or(|value| value <= bound);
        let gap = if holds { 0.0 } else { value.unwrap_or_default() - bound };
        Self {
            name,
            words: words.into(),
            value,
            bound,
            at_most: true,
            holds,
            gap,
            decisions: 0,
            advice: Vec::new(),
        }
    }

    /// Lets it hold where there is nothing to measure.
    fn where_measured(mut self) -> Self {
        if self.value.is_none() {
            (self.holds, self.gap) = (true, 0.0);
        }
        self
    }

    /// What is to be done where it does not hold: all of the advice.
    fn or(mut self, advice: impl FnOnce() -> Vec<Advice>) -> Self {
        if !self.holds {
            self.advice = advice();
            self.advice.retain(|advice| advice.verdicts > 0);
            self.decisions = self.advice.iter().map(|advice| advice.verdicts).sum::<u64>().max(1);
            self.advice.truncate(ADVISED);
        }
        self
    }
}

/// Reads the gate.
#[must_use]
pub fn report(policy: &Policy, corpus: &Corpus, docket: &Docket) -> Report {
    let gate = Gate::new(policy, corpus, docket);
    let told = corpus.agreement(SEED);
    let conditions: Vec<Condition> = [
        gate.labels(),
        gate.balance(),
        gate.agreement(&told),
        gate.oneself(&told),
        gate.quality(),
        gate.caps(),
    ]
    .into_iter()
    .chain([gate.code(), gate.batches()])
    .flatten()
    .collect();
    Report::of(conditions)
}

impl Report {
    fn of(conditions: Vec<Condition>) -> Self {
        Self {
            open: conditions.iter().all(|condition| condition.holds),
            // One decision may serve several conditions, so they are not summed.
            decisions: conditions.iter().map(|condition| condition.decisions).max().unwrap_or_default(),
            conditions,
        }
    }

    /// The same with one condition more.
    #[must_use]
    pub fn and(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        Self::of(self.conditions)
    }
}

/// A corpus, counted once for all conditions.
struct Gate<'a> {
    policy: &'a Policy,
    corpus: &'a Corpus,
    docket: &'a Docket,
    all: u64,
    real: u64,
    by_cwe: Vec<(Cwe, (u64, u64))>,
}

impl<'a> Gate<'a> {
    fn new(policy: &'a Policy, corpus: &'a Corpus, docket: &'a Docket) -> Self {
        let counts = corpus.by_cwe();
        let real = counts.values().map(|(_, real)| real).sum();
        let mut by_cwe: Vec<(Cwe, (u64, u64))> =
            counts.into_iter().filter_map(|(cwe, count)| Some((cwe?, count))).collect();
        by_cwe.sort_unstable();
        Self { policy, corpus, docket, all: corpus.gold.len() as u64, real, by_cwe }
    }

    fn count(&self, holds: impl Fn(&Gold) -> bool) -> u64 {
        self.corpus.gold.iter().filter(|gold| holds(gold)).count() as u64
    }

    fn share(&self, count: u64) -> Option<f64> {
        (self.all > 0).then(|| count as f64 / self.all as f64)
    }

    fn open(&self, cwe: Cwe) -> u64 {
        self.corpus.open.get(&Some(cwe)).copied().unwrap_or_default()
    }

    fn open_by_cwe(&self) -> FxHashMap<Cwe, u64> {
        self.corpus.open.iter().filter_map(|(cwe, open)| Some(((*cwe)?, *open))).collect()
    }

    fn any_open(&self, verdicts: u64) -> Vec<Advice> {
        vec![Advice::new("is:open", verdicts, Some(self.corpus.open_cases()))]
    }

    /// Enough labels, of enough weaknesses, evenly enough.
    fn labels(&self) -> Vec<Condition> {
        let policy = &self.policy.labels;
        let lacking = policy.least.saturating_sub(self.all);
        let enough = self.by_cwe.iter().filter(|(_, (all, _))| *all >= self.policy.classes.each).count();
        let words = format!("weaknesses with at least {} labels", self.policy.classes.each);
        let counts: Vec<u64> = self.by_cwe.iter().map(|(_, (all, _))| *all).collect();
        vec![
            Condition::least("labels", "gold labels", Some(self.all as f64), policy.least as f64)
                .or(|| self.any_open(lacking)),
            Condition::least("cwe_classes", words, Some(enough as f64), self.policy.classes.least as f64)
                .or(|| self.more_classes(enough as u64)),
            Condition::least(
                "cwe_evenness",
                "how evenly labels are spread over weaknesses: entropy, of that of as many even ones",
                evenness(&counts, self.policy.classes.least),
                self.policy.classes.evenness,
            )
            .or(|| self.more_evenness(&counts)),
        ]
    }

    /// The weaknesses that lack the fewest labels, as many as are lacking.
    fn more_classes(&self, enough: u64) -> Vec<Advice> {
        let wanted = self.policy.classes.least.saturating_sub(enough);
        let have: FxHashMap<Cwe, u64> = self.by_cwe.iter().map(|(cwe, (all, _))| (*cwe, *all)).collect();
        let lacking = classes_to_go(&have, &self.open_by_cwe(), self.policy.classes.each);
        let picked: Vec<Advice> = lacking
            .into_iter()
            .take(wanted as usize)
            .map(|(cwe, verdicts)| Advice::new(cwe_filter(cwe), verdicts, Some(self.open(cwe))))
            .collect();
        // Weaknesses of which no case is there yet need as many labels all the same.
        let absent = wanted.saturating_sub(picked.len() as u64) * self.policy.classes.each;
        if absent == 0 {
            return picked;
        }
        picked.into_iter().chain([Advice::new("is:open", absent, Some(0))]).collect()
    }

    fn more_evenness(&self, counts: &[u64]) -> Vec<Advice> {
        let open = self.open_by_cwe();
        let fresh = open.keys().filter(|cwe| self.by_cwe.iter().all(|(known, _)| known != *cwe)).count();
        let more = more_for_evenness(counts, fresh, self.policy.classes.least, self.policy.classes.evenness);
        let have: FxHashMap<Cwe, u64> = self.by_cwe.iter().map(|(cwe, (all, _))| (*cwe, *all)).collect();
        spread_out(&have, &open, more, ADVISED)
            .into_iter()
            .map(|(cwe, verdicts)| Advice::new(cwe_filter(cwe), verdicts, Some(self.open(cwe))))
            .collect()
    }

    /// How many of the weaknesses are real, of all labels and of each weakness with enough of them.
    fn balance(&self) -> Vec<Condition> {
        let policy = &self.policy.balance;
        let (least, most) = (policy.confirmed[0], policy.confirmed[1]);
        let share = self.share(self.real);
        let mut conditions = vec![
            Condition::least("confirmed_least", "share of labels that are confirmed", share, least)
                .or(|| self.any_open(more_of(self.real, self.all, least))),
            Condition::most("confirmed_most", "share of labels that are confirmed", share, most)
                .or(|| self.any_open(more_of(self.all - self.real, self.all, 1.0 - most))),
        ];
        let enough = |all: u64| all >= self.policy.classes.each.max(1);
        let of_each: Vec<(Cwe, u64, u64, f64)> = self
            .by_cwe
            .iter()
            .filter(|(_, (all, _))| enough(*all))
            .map(|(cwe, (all, real))| (*cwe, *all, *real, *real as f64 / *all as f64))
            .collect();
        let [low, high] = policy.per_class;
        let lowest = of_each.iter().map(|it| it.3).min_by(f64::total_cmp);
        let highest = of_each.iter().map(|it| it.3).max_by(f64::total_cmp);
        let advice = |wrong: &dyn Fn(f64) -> bool, more: &dyn Fn(u64, u64) -> u64| {
            let wrong = of_each.iter().filter(|it| wrong(it.3));
            wrong
                .map(|(cwe, all, real, _)| {
                    Advice::new(cwe_filter(*cwe), more(*real, *all), Some(self.open(*cwe)))
                })
                .collect()
        };
        conditions.push(
            Condition::least("class_confirmed_least", "the lowest such share of a weakness", lowest, low)
                .where_measured()
                .or(|| advice(&|share| share < low, &|real, all| more_of(real, all, low))),
        );
        conditions.push(
            Condition::most("class_confirmed_most", "the highest such share of a weakness", highest, high)
                .or(|| advice(&|share| share > high, &|real, all| more_of(all - real, all, 1.0 - high))),
        );
        conditions
    }

    /// Whether people agree, as far as they judged the same cases.
    fn agreement(&self, told: &Agreement) -> Vec<Condition> {
        let policy = &self.policy.agreement;
        let judged = self.count(|_| true);
        let by_two = self.count(|gold| gold.reviewers > 1);
        let second = |verdicts: u64| vec![Advice::new("is:gold", verdicts, Some(judged - by_two))];
        let lacking = policy.cases.saturating_sub(told.cases as u64);
        let wanted = (policy.reviewed_by_two * self.all as f64).ceil() as u64;
        // Where nobody judged the same cases, there is nothing to measure, which the other condition asks for.
        let alpha = told.alpha.map(|alpha| alpha.low);
        let contradictions = self.corpus.contradictions();
        let over = (contradictions.len() as u64).saturating_sub(policy.contradictions);
        vec![
            Condition::least(
                "agreement_cases",
                "cases that several judged without sight of each other's verdict",
                Some(told.cases as f64),
                policy.cases as f64,
            )
            .or(|| second(lacking)),
            Condition::least(
                "agreement",
                "Krippendorff's alpha, the lower end of its interval",
                alpha,
                policy.least,
            )
            .or(|| second(1)),
            Condition::least(
                "reviewed_by_two",
                "share of labels on which two reviewers agree",
                self.share(by_two).or(Some(0.0)),
                policy.reviewed_by_two,
            )
            .or(|| second(wanted.saturating_sub(by_two).max(1))),
            Condition::most(
                "contradictions",
                "groups of cases that are nearly the same and were judged otherwise",
                Some(contradictions.len() as f64),
                policy.contradictions as f64,
            )
            .or(|| {
                let groups = contradictions.iter().take(over as usize);
                groups
                    .map(|group| {
                        let cases = group.real.iter().take(3).chain(group.not_real.iter().take(3));
                        let filter = filter_of(cases.filter_map(|case| self.docket.name(*case)));
                        Advice::new(filter, 1, None)
                    })
                    .collect()
            }),
        ]
    }

    /// Whether what was judged was seen whole, not long ago, and not only what an order brings up.
    fn quality(&self) -> Vec<Condition> {
        let policy = &self.policy.quality;
        let whole = self.count(|gold| gold.context);
        let since = self.corpus.now.saturating_sub(policy.days.saturating_mul(DAY_MS));
        let fresh = self.count(|gold| gold.decided >= since);
        let random = self.count(|gold| gold.random);
        let condition = |name, words: &str, count, bound| {
            Condition::least(name, words, self.share(count), bound)
                .or(|| self.any_open(more_of(count, self.all, bound)))
        };
        vec![
            condition("context", "share of labels whose whole function was at hand", whole, policy.context),
            condition(
                "freshness",
                &format!("share of labels given in the last {} days", policy.days),
                fresh,
                policy.fresh,
            ),
            condition(
                "random_sample",
                "share of labels on cases that were drawn at random",
                random,
                policy.random,
            ),
        ]
    }

    /// No rule, file or project outweighs the others.
    fn caps(&self) -> Vec<Condition> {
        let policy = &self.policy.caps;
        let most = |key: &dyn Fn(&Gold) -> Option<u32>| {
            let mut counts: FxHashMap<u32, (u64, u32)> = FxHashMap::default();
            for gold in &self.corpus.gold {
                if let Some(key) = key(gold) {
                    let count = counts.entry(key).or_insert((0, gold.case));
                    count.0 += 1;
                }
            }
            counts.into_values().max_by_key(|(count, case)| (*count, std::cmp::Reverse(*case)))
        };
        let condition =
            |name, what: &str, most: Option<(u64, u32)>, cap: f64, filter: &dyn Fn(u32) -> String| {
                let count = most.map_or(0, |(count, _)| count);
                Condition::most(
                    name,
                    format!("the largest share of labels of one {what}"),
                    self.share(count),
                    cap,
                )
                .or(|| {
                    // All of the others have to come to what is not of it.
                    let more =
                        if cap > 0.0 { (count as f64 / cap - 1e-9).ceil() as u64 } else { self.all + 1 };
                    let filter = most.map_or_else(String::new, |(_, case)| filter(case));
                    vec![Advice::new(format!("is:open {filter}"), more.saturating_sub(self.all), None)]
                })
            };
        let row = |case: u32| self.docket.row(case);
        vec![
            condition("cap_rule", "rule", most(&|gold| Some(gold.rule)), policy.rule, &|case| {
                let rule = row(case).and_then(|row| self.docket.rules(row).next());
                format!("-rule:{}", quoted(rule.map_or("", |rule| &rule.name)))
            }),
            condition(
                "cap_file",
                "file",
                most(&|gold| (gold.path != 0).then_some(gold.path)),
                policy.file,
                &|case| format!("-path:{}", quoted(row(case).map_or("", |row| self.docket.path(row)))),
            ),
            condition(
                "cap_project",
                "project",
                most(&|gold| Some(gold.project.into())),
                policy.project,
                &|case| format!("-project:{}", quoted(row(case).map_or("", |row| self.docket.project(row)))),
            ),
        ]
    }

    /// A batch is worth making once enough has come since the last.
    fn batches(&self) -> Vec<Condition> {
        let since = self.corpus.last_batch;
        let fresh = self.count(|gold| gold.decided > since);
        let bound = self.policy.growth.labels;
        vec![
            Condition::least(
                "growth",
                if since == 0 {
                    "labels; no batch has left yet"
                } else {
                    "labels given since the last batch"
                },
                Some(fresh as f64),
                bound as f64,
            )
            .or(|| self.any_open(bound.saturating_sub(fresh))),
        ]
    }
}

fn cwe_filter(cwe: Cwe) -> String {
    format!("cwe:{} is:open", cwe.0)
}

/// A value of a filter's term, quoted where it needs to be.
fn quoted(text: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, ',' | '"');
    if text.chars().all(plain) { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\\\"")) }
}
