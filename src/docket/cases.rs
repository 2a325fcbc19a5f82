//! The docket itself: rows of all cases, what their numbers mean, and where the cases stand that people acted
//! on.

use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::bits::Bits;
use super::filter::Needs;
use super::worth::outcome;
use crate::domain::{Basis, CaseId, Confidence, Cwe, Kind, Opinion, RunId, State};
use crate::store::{CaseFlags, CaseRow, Dictionary, RuleRow};

/// So many different standings are looked for among those of other cases.
const ALIKE: usize = 4096;

/// Where a case stands, as far as a list of cases shows it.
///
/// Kept only for cases that people acted on or that have a remedy; the others stand as [`Overlay::untouched`]
/// says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Overlay {
    /// The first state that applies.
    pub state: State,
    /// The verdict beside it.
    pub verdict: Option<Opinion>,
    /// Where that comes from.
    pub basis: Option<Basis>,
    /// The code around it has changed since.
    pub touched: bool,
    /// Findings have come that it does not cover.
    pub marked: bool,
    /// How many.
    pub uncovered: usize,
    /// The last day of an accepted risk.
    pub until: Option<Date>,
    /// That day is past.
    pub expired: bool,
    /// Its label may be trained on.
    pub gold: bool,
    /// There is a remedy for it.
    pub remedied: bool,
    /// It was pinned.
    pub pinned: bool,
    /// The rank given to it, from 1, the first, to 5.
    pub rank: Option<u8>,
    /// Whose verdicts stand.
    pub reviewers: Vec<String>,
    /// Who else gave a verdict: unsure beside one who decided, or on code that has changed since.
    pub also: Vec<String>,
    /// Who is to judge it.
    pub assignee: Option<String>,
}

impl Overlay {
    /// A standing of which nothing but this is so.
    #[must_use]
    pub const fn new(state: State, verdict: Option<(Opinion, Basis)>) -> Self {
        let (verdict, basis) = match verdict {
            Some((verdict, basis)) => (Some(verdict), Some(basis)),
            None => (None, None),
        };
        Self {
            state,
            verdict,
            basis,
            touched: false,
            marked: false,
            uncovered: 0,
            until: None,
            expired: false,
            gold: false,
            remedied: false,
            pinned: false,
            rank: None,
            reviewers: Vec::new(),
            also: Vec::new(),
            assignee: None,
        }
    }

    /// The same case before anybody had judged it, as far as a list shows it.
    #[must_use]
    pub fn unjudged(&self) -> Self {
        let Self { pinned, rank, remedied, ref assignee, .. } = *self;
        Self { pinned, rank, remedied, assignee: assignee.clone(), ..Self::new(State::Open, None) }
    }

    /// How a case stands that nobody acted on: by what its tools say.
    #[must_use]
    pub const fn untouched(flags: u8) -> &'static Self {
        static STANDS: Overlay = Overlay::new(State::Open, None);
        static GONE: Overlay = Overlay::new(State::Gone, None);
        static SILENCED: Overlay = Overlay::new(State::Settled, Some((Opinion::Rejected, Basis::Imported)));
        static BOTH: Overlay = Overlay::new(State::Gone, Some((Opinion::Rejected, Basis::Imported)));
        match (flags & CaseFlags::GONE != 0, flags & CaseFlags::SUPPRESSED != 0) {
            (false, false) => &STANDS,
            (true, false) => &GONE,
            (false, true) => &SILENCED,
            (true, true) => &BOTH,
        }
    }
}

/// A run by the names that a filter may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunKey {
    /// Its row.
    pub id: u32,
    /// Its id.
    pub name: RunId,
    /// The same for all runs of one file.
    pub import: [u8; 16],
}

/// How many cases stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// [`State::Gone`]
    pub gone: usize,
    /// [`State::Stale`]
    pub stale: usize,
    /// [`State::Disputed`]
    pub disputed: usize,
    /// [`State::Settled`]
    pub settled: usize,
    /// [`State::Open`]
    pub open: usize,
}

impl Tally {
    pub(super) const fn count(&mut self, state: State, by: isize) {
        let count = match state {
            State::Gone => &mut self.gone,
            State::Stale => &mut self.stale,
            State::Disputed => &mut self.disputed,
            State::Settled => &mut self.settled,
            State::Open => &mut self.open,
        };
        *count = count.saturating_add_signed(by);
    }

    /// All cases.
    #[must_use]
    pub const fn cases(&self) -> usize {
        self.gone + self.stale + self.disputed + self.settled + self.open
    }
}

/// All cases of a workspace in memory, 40 bytes each. Cases are named by their number, from 1.
///
/// A clone shares what scanners said and costs what people did: some 20 bytes for each case that was acted on.
#[derive(Debug, Clone, Default)]
pub struct Docket {
    pub(super) rows: Arc<Vec<CaseRow>>,
    pub(super) dictionary: Arc<Dictionary>,
    pub(super) paths: Arc<FxHashMap<u32, String>>,
    pub(super) names: Arc<Vec<[u8; 16]>>,
    pub(super) runs: Arc<Vec<RunKey>>,
    pub(super) overlays: FxHashMap<u32, Arc<Overlay>>,
    /// Standings that many cases share: a million verdicts of few people come to a few different ones.
    alike: FxHashSet<Arc<Overlay>>,
    /// The cases of `overlays`, by their number less one.
    pub(super) acted: Bits,
    pub(super) loaded: Needs,
    version: u64,
    /// How many cases stand where by what their tools say, and where they stand by people's acts.
    told: Tally,
    tally: Tally,
    /// By rule: cases confirmed, and cases rejected.
    verdicts: FxHashMap<u32, (u32, u32)>,
    /// By set of weaknesses: cases with a gold label.
    gold: FxHashMap<u32, u32>,
    /// Who is not to learn what others decided.
    blind_for: Option<Arc<str>>,
    /// All cases by file, line and number; made when it is first asked for.
    places: Arc<OnceLock<Vec<u32>>>,
}

impl Docket {
    /// A docket of rows (by case number less one; `head` 0 where there is no such case) and what their
    /// numbers mean.
    #[must_use]
    pub fn new(rows: Vec<CaseRow>, dictionary: Dictionary) -> Self {
        let mut told = Tally::default();
        for row in rows.iter().filter(|row| row.head != 0) {
            told.count(Overlay::untouched(row.flags).state, 1);
        }
        let (rows, dictionary) = (Arc::new(rows), Arc::new(dictionary));
        Self { rows, dictionary, told, tally: told, ..Self::default() }
    }

    /// Sets the paths, by row number.
    pub fn load_paths(&mut self, paths: FxHashMap<u32, String>) {
        self.paths = Arc::new(paths);
        self.loaded.paths = true;
    }

    /// Sets the names of the cases, in the order of the rows.
    pub fn load_names(&mut self, names: Vec<[u8; 16]>) {
        self.names = Arc::new(names);
        self.loaded.names = true;
    }

    /// Sets the runs, in any order.
    pub fn load_runs(&mut self, runs: Vec<RunKey>) {
        self.runs = Arc::new(runs);
        self.loaded.runs = true;
    }

    /// Sets where the cases stand that people acted on, by case number.
    pub fn load_standings(&mut self, standings: impl IntoIterator<Item = (u32, Overlay)>) {
        self.overlays.clear();
        self.alike.clear();
        self.verdicts.clear();
        self.gold.clear();
        self.acted = Bits::default();
        self.tally = self.told;
        self.loaded.standings = true;
        for (case, overlay) in standings {
            self.set_standing(case, Some(overlay));
        }
    }

    /// Makes room for the standings of so many more cases.
    pub fn expect_standings(&mut self, cases: usize) {
        self.overlays.reserve(cases);
    }

    /// Counts what changed it: of two versions of a docket the one with the higher number is the newer.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Makes it the version after this one.
    pub const fn follow(&mut self, version: u64) {
        self.version = version + 1;
    }

    /// The standing as others have it that is the same.
    fn shared(&mut self, overlay: Overlay) -> Arc<Overlay> {
        if let Some(known) = self.alike.get(&overlay) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(overlay);
        // Where they all differ nothing is shared, and looking for it would only cost.
        if self.alike.len() < ALIKE {
            self.alike.insert(Arc::clone(&fresh));
        }
        fresh
    }

    /// Whether people acted on a case, or it has a remedy.
    #[must_use]
    pub fn is_acted_on(&self, case: u32) -> bool {
        self.acted.has(case.saturating_sub(1)) && self.overlays.contains_key(&case)
    }

    /// Sets where one case stands; `None`: nobody acted on it. Numbers of no case are left alone.
    pub fn set_standing(&mut self, case: u32, overlay: Option<Overlay>) {
        let Some(row) = self.row(case).copied() else { return };
        let gone = row.flags & CaseFlags::GONE != 0;
        self.count(case, &row, -1);
        self.acted.set(case - 1, overlay.is_some());
        match overlay {
            Some(overlay) => {
                // The rows may be newer than the standing was: what is gone is gone.
                let state = if gone { State::Gone } else { overlay.state };
                let overlay = self.shared(Overlay { state, ..overlay });
                self.overlays.insert(case, overlay);
            }
            None => {
                self.overlays.remove(&case);
            }
        }
        self.count(case, &row, 1);
    }

    /// Counts a case where it stands, or takes it out.
    fn count(&mut self, case: u32, row: &CaseRow, by: i32) {
        let standing = self.standing_of(case, row);
        let (state, outcome, gold) = (self.told_state(standing), outcome(standing), standing.gold);
        self.tally.count(state, by as isize);
        if gold {
            let count = self.gold.entry(row.cwes).or_default();
            *count = count.saturating_add_signed(by);
        }
        let Some((confirmed, rejected)) = outcome else { return };
        let dictionary = Arc::clone(&self.dictionary);
        for &rule in dictionary.rule_sets.get(&row.rules).map_or(&[][..], Vec::as_slice) {
            let tally = self.verdicts.entry(rule).or_default();
            tally.0 = tally.0.saturating_add_signed(by * confirmed as i32);
            tally.1 = tally.1.saturating_add_signed(by * rejected as i32);
        }
    }

    /// By rule: how many of the cases that people judged are confirmed, and how many rejected.
    pub(super) const fn verdicts(&self) -> &FxHashMap<u32, (u32, u32)> {
        &self.verdicts
    }

    /// How many cases with a gold label there are of each weakness; a case counts for the first that it names.
    #[must_use]
    pub fn gold_by_weakness(&self) -> FxHashMap<Cwe, u64> {
        let mut counts: FxHashMap<Cwe, u64> = FxHashMap::default();
        for (&set, &count) in &self.gold {
            if let Some(&cwe) = self.cwes_of(set).first() {
                *counts.entry(cwe).or_default() += u64::from(count);
            }
        }
        counts
    }

    /// The weaknesses that the docket's cases name first, in no order and perhaps more than once.
    pub fn first_weaknesses(&self) -> impl Iterator<Item = Cwe> {
        self.dictionary.cwe_sets.values().filter_map(|set| set.first().copied())
    }

    /// All cases by file, line and number.
    pub(super) fn places(&self) -> &[u32] {
        self.places.get_or_init(|| {
            let cases = (1..).zip(&*self.rows).filter(|(_, row)| row.head != 0);
            let mut places: Vec<(u64, u32)> =
                cases.map(|(case, row)| (u64::from(row.path) << 32 | u64::from(row.line), case)).collect();
            places.sort_unstable();
            places.into_iter().map(|(_, case)| case).collect()
        })
    }

    /// What is loaded. Texts never are, they are streamed.
    #[must_use]
    pub const fn loaded(&self) -> Needs {
        self.loaded
    }

    /// The row of a case.
    #[must_use]
    pub fn row(&self, case: u32) -> Option<&CaseRow> {
        self.rows.get((case as usize).checked_sub(1)?).filter(|row| row.head != 0)
    }

    /// The number past the last case's; numbers below it may be of no case.
    #[must_use]
    pub fn end(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Where a case stands. Before standings are loaded, where its tools alone put it.
    #[must_use]
    pub fn standing(&self, case: u32) -> Option<&Overlay> {
        Some(self.standing_of(case, self.row(case)?))
    }

    /// Where the case of a row stands.
    pub(super) fn standing_of(&self, case: u32, row: &CaseRow) -> &Overlay {
        let acted = self.acted.has(case.saturating_sub(1)).then(|| self.overlays.get(&case)).flatten();
        acted.map(|overlay| &**overlay).unwrap_or_else(|| Overlay::untouched(row.flags))
    }

    /// The cases that people acted on, in no order.
    pub fn acted(&self) -> impl Iterator<Item = (u32, &Overlay)> {
        self.overlays.iter().map(|(&case, overlay)| (case, &**overlay))
    }

    /// The rows of the rules that a case breaks.
    #[must_use]
    pub fn rule_rows(&self, row: &CaseRow) -> &[u32] {
        self.dictionary.rule_sets.get(&row.rules).map_or(&[], Vec::as_slice)
    }

    /// The name of a case, where names are loaded.
    #[must_use]
    pub fn name(&self, case: u32) -> Option<CaseId> {
        self.names.get((case as usize).checked_sub(1)?).copied().map(CaseId::new)
    }

    /// The cases with their names, where names are loaded.
    pub fn names(&self) -> impl Iterator<Item = (u32, &[u8; 16])> {
        (1..).zip(self.names.iter()).filter(|(case, _)| self.row(*case).is_some())
    }

    /// The path of a case; empty where it names no file or paths are not loaded.
    #[must_use]
    pub fn path(&self, row: &CaseRow) -> &str {
        self.paths.get(&row.path).map_or("", String::as_str)
    }

    /// The project of a case.
    #[must_use]
    pub fn project(&self, row: &CaseRow) -> &str {
        self.dictionary.projects.get(&u32::from(row.project)).map_or("", String::as_str)
    }

    /// The rules that a case breaks.
    pub fn rules(&self, row: &CaseRow) -> impl Iterator<Item = &RuleRow> {
        self.rules_of(row.rules)
    }

    /// A file, by its row; empty where there is none or paths are not loaded.
    #[must_use]
    pub fn path_text(&self, path: u32) -> &str {
        self.paths.get(&path).map_or("", String::as_str)
    }

    /// A project, by its row.
    #[must_use]
    pub fn project_name(&self, project: u32) -> &str {
        self.dictionary.projects.get(&project).map_or("", String::as_str)
    }

    /// The files, with their rows; none where paths are not loaded.
    pub fn paths(&self) -> impl Iterator<Item = (&str, u32)> {
        self.paths.iter().map(|(&row, path)| (path.as_str(), row))
    }

    /// The projects, with their rows.
    pub fn projects(&self) -> impl Iterator<Item = (&str, u32)> {
        self.dictionary.projects.iter().map(|(&row, name)| (name.as_str(), row))
    }

    /// A rule, by its row.
    #[must_use]
    pub fn rule(&self, rule: u32) -> Option<&RuleRow> {
        self.dictionary.rules.get(&rule)
    }

    /// The family of a rule, by the rule's row.
    #[must_use]
    pub fn family(&self, rule: u32) -> &str {
        self.dictionary.rules.get(&rule).map_or("", |rule| &rule.family)
    }

    pub(super) fn rules_of(&self, set: u32) -> impl Iterator<Item = &RuleRow> {
        let rules = self.dictionary.rule_sets.get(&set).into_iter().flatten();
        rules.filter_map(|rule| self.dictionary.rules.get(rule))
    }

    /// The tools that report a case, by name and each once.
    #[must_use]
    pub fn tools(&self, row: &CaseRow) -> Vec<&str> {
        let names = self.rules(row).filter_map(|rule| self.dictionary.tools.get(&rule.tool));
        let mut names: Vec<_> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The weaknesses that its findings name.
    #[must_use]
    pub fn cwes(&self, row: &CaseRow) -> &[Cwe] {
        self.cwes_of(row.cwes)
    }

    /// The weaknesses of a set.
    #[must_use]
    pub fn cwes_of(&self, set: u32) -> &[Cwe] {
        self.dictionary.cwe_sets.get(&set).map_or(&[], Vec::as_slice)
    }

    /// Where the other cases of a file stand: their lines and numbers, in the order of lines.
    #[must_use]
    pub fn lines_of_path(&self, path: u32, but: u32) -> Vec<(u32, u32)> {
        let path_of = |case: &u32| self.row(*case).map_or(0, |row| row.path);
        let places = self.places();
        let from = places.partition_point(|case| path_of(case) < path);
        let here = places.iter().skip(from).take_while(|case| path_of(case) == path && path != 0);
        let rows = here.filter(|case| **case != but).filter_map(|case| Some((self.row(*case)?, *case)));
        let here = rows.filter(|(row, _)| row.flags & CaseFlags::GONE == 0);
        let mut lines: Vec<(u32, u32)> = here.map(|(row, case)| (row.line, case)).collect();
        lines.sort_unstable();
        lines
    }

    /// How many cases stand where.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }
}

/// The kind of a number; numbers past the list are code.
pub(super) fn kind(number: u8) -> Kind {
    Kind::ALL.get(usize::from(number)).copied().unwrap_or_default()
}

/// The grade of a number; `None`: no source said how sure it is.
pub(super) const fn confidence(number: u8) -> Option<Confidence> {
    match number {
        0 => None,
        1 => Some(Confidence::Low),
        2 => Some(Confidence::Medium),
        _ => Some(Confidence::High),
    }
}

mod blind;
#[cfg(test)]
mod tests;
