//! All gold labels of a workspace and what the gate asks of them, a few dozen bytes each.

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Serialize;

use super::agreement::{Agreement, Anchoring, Review, agreement_of};
use crate::docket::{Docket, Overlay};
use crate::domain::{Basis, CaseId, Cwe, Kind, Opinion, State, short_hash};
use crate::ledger::{Came, Seen};
use crate::store::{CaseFlags, CaseRow, FindingRow, Record};

/// A case with a gold label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gold {
    /// Its number in the docket.
    pub case: u32,
    /// The verdict that stands.
    pub opinion: Opinion,
    /// The weakness that it counts for: the first that it names.
    pub cwe: Option<Cwe>,
    /// The first rule that it breaks, by its row.
    pub rule: u32,
    /// The file, by its row; 0 where it names none.
    pub path: u32,
    /// The project, by its row.
    pub project: u16,
    /// How many people's verdicts stand.
    pub reviewers: u16,
    /// Whether the code around what was judged was known, or none belongs to it.
    pub context: bool,
    /// Whether it was drawn at random.
    pub random: bool,
    /// When it was decided last: milliseconds since 1970.
    pub decided: u64,
    /// What tells it from cases that are not nearly the same; 0 where it cannot be compared.
    pub mark: u64,
    /// The text of its founder's file, by the snapshot's row; 0 where it was not kept.
    pub snapshot: u32,
}

impl Gold {
    /// Whether the weakness is real.
    #[must_use]
    pub const fn is_real(&self) -> bool {
        matches!(self.opinion, Opinion::Confirmed | Opinion::RiskAccepted)
    }

    /// The gold label of a case by its record and where it stands by that, if it has one. What the docket alone knows is
    /// left out: [`Corpus::of`] fills it in.
    #[must_use]
    pub fn of(case: u32, row: &CaseRow, record: &Record, standing: &Overlay) -> Option<Self> {
        if !standing.gold {
            return None;
        }
        let opinion = standing.verdict.filter(|opinion| *opinion != Opinion::Unsure)?;
        let mut gold = Self {
            case,
            opinion,
            cwe: None,
            rule: 0,
            path: row.path,
            project: row.project,
            reviewers: u16::try_from(standing.reviewers.len()).unwrap_or(u16::MAX),
            context: row.kind == Kind::Dependency as u8 || row.kind == Kind::Configuration as u8,
            random: false,
            decided: 0,
            mark: 0,
            snapshot: 0,
        };
        let speaks = |reviewer: &String| standing.reviewers.contains(reviewer);
        for given in record.verdicts.iter().filter(|given| given.verdict.basis == Basis::Human) {
            if given.verdict.opinion != opinion || !speaks(&given.reviewer) {
                continue;
            }
            let seen = given.verdict.seen.as_ref();
            gold.decided = gold.decided.max(given.clock.wall_ms);
            gold.random |= seen.and_then(|seen| seen.came) == Some(Came::Audit);
            let on_screen = seen.is_some_and(|seen: &Seen| seen.code_on_screen);
            let around = given.verdict.cases.iter().any(|judged| !judged.scope.is_unknown());
            gold.context |= on_screen && around;
        }
        Some(gold)
    }

    /// What a case is known by among those that are nearly the same: the family of its founder's rule and the tokens that
    /// it flags. 0 where there is nothing to compare: no code, or a secret that was masked and looks like every other.
    #[must_use]
    pub fn mark_of(family: &str, founder: &FindingRow) -> u64 {
        let Some((tokens, version)) = founder.comparable() else { return 0 };
        short_hash(&[family.as_bytes(), &tokens.to_le_bytes(), &version.to_le_bytes()]).max(1)
    }
}

/// Cases that are nearly the same and were judged otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Those of which the weakness was found real.
    pub real: Vec<u32>,
    /// Those of which it was not.
    pub not_real: Vec<u32>,
}

/// Which labels' code holds secrets that are masked when it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// How many labels' code was looked at.
    pub looked_at: u64,
    /// The cases whose code has one, in order.
    pub cases: Vec<u32>,
}

/// The gold labels of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The labels, by the numbers of the cases.
    pub gold: Vec<Gold>,
    /// What the histories of cases that several spoke of say, with the weakness each counts for.
    pub reviews: Vec<(Option<Cwe>, Review)>,
    /// Verdicts that were given with others' opinions hidden, of cases that one spoke of once.
    pub anchoring: Anchoring,
    /// The number of open cases of each weakness, and of those without.
    pub open: FxHashMap<Option<Cwe>, u64>,
    /// Settled and disputed cases that have no gold label.
    pub not_gold: u64,
    /// Which labels' code holds secrets; empty where nobody looked.
    pub secrets: Secrets,
    /// When the last batch left: milliseconds since 1970; 0 where none did.
    pub last_batch: u64,
    /// The moment at which it is looked at.
    pub now: u64,
}

impl Corpus {
    /// The labels, and what there is to label beside them.
    #[must_use]
    pub fn of(docket: &Docket, mut gold: Vec<Gold>, now: u64) -> Self {
        gold.sort_unstable_by_key(|gold| gold.case);
        gold.dedup_by_key(|gold| gold.case);
        for gold in &mut gold {
            let Some(row) = docket.row(gold.case) else { continue };
            gold.cwe = docket.cwes(row).first().copied();
            gold.rule = docket.rule_rows(row).first().copied().unwrap_or_default();
        }
        let mut corpus = Self { gold, now, ..Self::default() };
        // By sets, of which there are few, and only then by weaknesses.
        let mut open: FxHashMap<u32, u64> = FxHashMap::default();
        for case in 1..docket.end() {
            let (Some(row), Some(standing)) = (docket.row(case), docket.standing(case)) else { continue };
            match standing.state {
                State::Open if row.flags & CaseFlags::GONE == 0 => *open.entry(row.cwes).or_default() += 1,
                State::Settled | State::Disputed if !standing.gold => corpus.not_gold += 1,
                _ => {}
            }
        }
        for (set, count) in open {
            *corpus.open.entry(docket.cwes_of(set).first().copied()).or_default() += count;
        }
        corpus
    }

    /// How many open cases there are.
    #[must_use]
    pub fn open_cases(&self) -> u64 {
        self.open.values().sum()
    }

    /// How many labels there are of each weakness, and how many of them are real.
    #[must_use]
    pub fn by_cwe(&self) -> FxHashMap<Option<Cwe>, (u64, u64)> {
        let mut counts: FxHashMap<Option<Cwe>, (u64, u64)> = FxHashMap::default();
        for gold in &self.gold {
            let count = counts.entry(gold.cwe).or_default();
            count.0 += 1;
            count.1 += u64::from(gold.is_real());
        }
        counts
    }

    /// How many labels are nearly the same as another, and the first case of the largest group of such.
    #[must_use]
    pub fn near_duplicates(&self) -> (u64, Option<u32>) {
        // As large as it may become from the beginning: to grow it ten times over took longer than to fill it.
        let mut groups: FxHashMap<u64, (u32, u32)> =
            FxHashMap::with_capacity_and_hasher(self.gold.len(), FxBuildHasher);
        for gold in self.gold.iter().filter(|gold| gold.mark != 0) {
            groups.entry(gold.mark).or_insert((0, gold.case)).0 += 1;
        }
        let several = || groups.values().filter(|(count, _)| *count > 1);
        let largest = several().max_by_key(|(count, case)| (*count, std::cmp::Reverse(*case)));
        (several().map(|(count, _)| u64::from(*count)).sum(), largest.map(|(_, case)| *case))
    }

    /// Groups of cases that are nearly the same and were judged otherwise, by their first case.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut sides: FxHashMap<u64, u8> =
            FxHashMap::with_capacity_and_hasher(self.gold.len(), FxBuildHasher);
        for gold in self.gold.iter().filter(|gold| gold.mark != 0) {
            *sides.entry(gold.mark).or_default() |= if gold.is_real() { 1 } else { 2 };
        }
        let mut groups: FxHashMap<u64, Contradiction> = FxHashMap::default();
        for gold in self.gold.iter().filter(|gold| sides.get(&gold.mark) == Some(&3)) {
            let group = groups
                .entry(gold.mark)
                .or_insert_with(|| Contradiction { real: Vec::new(), not_real: Vec::new() });
            if gold.is_real() { group.real.push(gold.case) } else { group.not_real.push(gold.case) }
        }
        let mut groups: Vec<Contradiction> = groups.into_values().collect();
        let first = |group: &Contradiction| group.real.first().copied().min(group.not_real.first().copied());
        groups.sort_by_key(first);
        groups
    }

    /// How far the reviewers agree; the intervals are drawn from the seed.
    #[must_use]
    pub fn agreement(&self, seed: u64) -> Agreement {
        let reviews: Vec<(Option<Cwe>, &Review)> =
            self.reviews.iter().map(|(cwe, review)| (*cwe, review)).collect();
        agreement_of(&reviews, seed)
    }

    /// What became of verdicts that were given with others' opinions hidden.
    #[must_use]
    pub fn anchored(&self) -> Anchoring {
        let mut all = self.anchoring;
        for (_, review) in &self.reviews {
            all.add(review.anchoring);
        }
        all
    }
}

/// A name for a group of cases, for a filter that brings them on screen.
#[must_use]
pub(super) fn filter_of(cases: impl Iterator<Item = CaseId>) -> String {
    let names: Vec<String> = cases.map(|case| case.to_string().chars().take(12).collect()).collect();
    format!("case:{}", names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold(case: u32, mark: u64, opinion: Opinion) -> Gold {
        Gold {
            case,
            opinion,
            cwe: Some(Cwe(89)),
            rule: 1,
            path: 1,
            project: 1,
            reviewers: 1,
            context: true,
            random: false,
            decided: 0,
            mark,
            snapshot: 0,
        }
    }

    #[test]
    fn cases_that_are_nearly_the_same_contradict_each_other_where_verdicts_differ() {
        use Opinion::{Confirmed, Rejected, RiskAccepted};
        let corpus = Corpus {
            gold: vec![
                gold(1, 5, Rejected),
                gold(2, 5, Confirmed),
                gold(3, 6, Confirmed),
                gold(4, 6, RiskAccepted),
                gold(5, 0, Confirmed),
                gold(6, 0, Rejected),
                gold(7, 5, Rejected),
            ],
            ..Corpus::default()
        };
        assert_eq!(corpus.contradictions(), [Contradiction { real: vec![2], not_real: vec![1, 7] }]);
        assert_eq!(corpus.by_cwe()[&Some(Cwe(89))], (7, 4));
    }

    #[test]
    fn a_case_is_known_by_its_rules_family_and_the_tokens_it_flags() {
        let row = FindingRow { tokens: 7, lease: 3, ..FindingRow::default() };
        let mark = Gold::mark_of("sql", &row);
        assert_ne!(mark, 0);
        assert_eq!(Gold::mark_of("sql", &FindingRow { line: 9, lease: 5, ..row }), mark);
        assert_ne!(Gold::mark_of("eval", &row), mark);
        assert_ne!(Gold::mark_of("sql", &FindingRow { tokens: 8, ..row }), mark);
        assert_eq!(Gold::mark_of("sql", &FindingRow { lease: 0, ..row }), 0, "no code");
        let secret = FindingRow { kind: Kind::Secret as u8, lease: 2, ..row };
        assert_eq!(Gold::mark_of("sql", &secret), 0, "masked");
    }
}
