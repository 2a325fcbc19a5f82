//! How many of some cases each value of a field leaves in: the counts of facets and beside completions.
//!
//! The rows are passed over once for a field, into a histogram by what a row holds of it: a grade, a set of rules, a
//! path. What the histogram's numbers mean is looked up afterwards, so that a million rows cost a million additions.
//!
//! A count is always what [`Docket::select`] leaves in with the value as a term beside, also of names that differ in
//! letter case alone or hold a wildcard.

use rustc_hash::FxHashMap;

use super::cases::{Docket, Overlay, confidence, kind};
use super::complete::nearness_of;
use super::filter::{Bound, Field, Is, Relation, RunName, Value};
use super::pattern::{PathPattern, Pattern, Prefix, bare, fold};
use super::select::{FUSED, flags, is_told, stands};
use crate::domain::{Confidence, Kind, Opinion, Severity};
use crate::store::CaseRow;

/// A value of a field, and how many cases it leaves in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The value.
    pub value: Value,
    /// What it is, where its own text does not say.
    pub words: &'static str,
    /// How many.
    pub cases: usize,
}

/// What cases are looked through by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Facet {
    /// [`Field::Severity`]
    Severity,
    /// The states of [`Field::Is`].
    State,
    /// [`Field::Tool`]
    Tool,
    /// [`Field::Cwe`]
    Cwe,
    /// [`Field::Rule`], by families.
    Rule,
    /// [`Field::Path`], a folder at a time.
    Directory,
    /// [`Field::Project`]
    Project,
}

impl Facet {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 7] =
        [Self::Severity, Self::State, Self::Tool, Self::Cwe, Self::Rule, Self::Directory, Self::Project];

    /// Its name on the screen.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::State => "state",
            Self::Tool => "tool",
            Self::Cwe => "CWE",
            Self::Rule => "rule",
            Self::Directory => "directory",
            Self::Project => "project",
        }
    }

    /// Whether a value is one of its.
    #[must_use]
    pub const fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::State, Value::Is(is)) => is.is_state(),
            (Self::Severity, Value::Severity(_))
            | (Self::Tool, Value::Tool(_))
            | (Self::Cwe, Value::Cwe(_))
            | (Self::Rule, Value::Rule(_))
            | (Self::Directory, Value::Path(_))
            | (Self::Project, Value::Project(_)) => true,
            _ => false,
        }
    }
}

impl Docket {
    /// The values of a facet that occur in some cases, as they are offered: grades and states in their own order, all
    /// else by how near letters come to it and how many cases have it. Of directories those in a folder, which is empty
    /// or ends with `/`.
    #[must_use]
    pub fn facet(&self, facet: Facet, inside: &str, letters: &str, cases: &[u32]) -> Vec<Counted> {
        let mut values = match facet {
            Facet::Severity => self.values(Field::Severity, Relation::Is, cases),
            Facet::State => self.values(Field::Is, Relation::Is, cases),
            Facet::Tool => self.values(Field::Tool, Relation::Is, cases),
            Facet::Cwe => self.values(Field::Cwe, Relation::Is, cases),
            Facet::Rule => self.values(Field::Rule, Relation::Is, cases),
            Facet::Directory => self.inside(inside, cases),
            Facet::Project => self.values(Field::Project, Relation::Is, cases),
        };
        values.retain(|counted| counted.cases > 0 && facet.has(&counted.value));
        if !matches!(facet, Facet::Severity | Facet::State) {
            sort(&mut values);
        }
        if !letters.is_empty() {
            let letters = letters.to_lowercase();
            let mut like: Vec<(u8, Counted)> = values
                .into_iter()
                .filter_map(|counted| Some((nearness_of(&letters, &counted)?, counted)))
                .collect();
            like.sort_by_key(|(tier, _)| *tier);
            return like.into_iter().map(|(_, counted)| counted).collect();
        }
        values
    }

    /// The files with cases in them, each with how many of a list are and how many of all.
    pub fn files(&self, listed: &[u32]) -> Vec<(&str, usize, usize)> {
        let listed = self.histogram(listed, |row| row.path);
        let mut all: Vec<u32> = vec![0; listed.len()];
        for row in self.rows.iter().filter(|row| row.head != 0) {
            let number = row.path as usize;
            if number >= all.len() {
                all.resize((number + 1).next_power_of_two(), 0);
            }
            if let Some(count) = all.get_mut(number) {
                *count += 1;
            }
        }
        let files = self.paths.iter().map(|(&key, path)| (path.as_str(), at(&listed, key), at(&all, key)));
        files.filter(|(path, _, count)| *count > 0 && !path.is_empty()).collect()
    }

    /// The values of a field, each with how many of some cases it holds for: of a field with fixed words all of them,
    /// of one with names those that some case has. On a scale the values stand in a relation to the case's. Fields that
    /// name one case or one file have none here.
    #[must_use]
    pub fn values(&self, field: Field, relation: Relation, cases: &[u32]) -> Vec<Counted> {
        match field {
            Field::Is => self.standings(Is::ALL.iter().copied().map(Value::Is), cases),
            Field::Verdict => {
                let opinions = Opinion::ALL.iter().copied().map(Some);
                self.standings(opinions.chain([None]).map(Value::Verdict), cases)
            }
            Field::Rank => {
                let ranks = (1..=5).map(|value| Some(Bound { relation, value }));
                self.standings(ranks.chain([None]).map(Value::Rank), cases)
            }
            Field::By => {
                self.people(cases, |it| it.reviewers.iter().map(String::as_str).collect(), Value::By)
            }
            Field::Judged => self.people(cases, |it| it.judges().collect(), Value::Judged),
            Field::Assignee => {
                self.people(cases, |it| it.assignee.as_deref().into_iter().collect(), Value::Assignee)
            }
            Field::Severity => {
                let counts = self.grades(cases, |row| row.severity);
                Severity::ALL
                    .into_iter()
                    .rev()
                    .map(|value| {
                        let bound = Bound { relation, value };
                        let holds = |number: u8| bound.admits(&Severity::from_number(number));
                        counted(Value::Severity(bound), total(&counts, holds))
                    })
                    .collect()
            }
            Field::Confidence => {
                let counts = self.grades(cases, |row| row.confidence);
                let grades = [Confidence::High, Confidence::Medium, Confidence::Low].map(Some);
                let values = grades.into_iter().chain([None]).map(|grade| {
                    let bound = grade.map(|value| Bound { relation, value });
                    let holds = |number: u8| match (&bound, confidence(number)) {
                        (Some(bound), Some(grade)) => bound.admits(&grade),
                        (None, None) => true,
                        _ => false,
                    };
                    counted(Value::Confidence(bound), total(&counts, holds))
                });
                values.collect()
            }
            Field::Kind => {
                let counts = self.grades(cases, |row| row.kind);
                let count = |wanted: Kind| total(&counts, |number| kind(number) == wanted);
                Kind::ALL.into_iter().map(|wanted| counted(Value::Kind(wanted), count(wanted))).collect()
            }
            Field::Cwe => self.weaknesses(cases),
            Field::Tool => self.tools_of(cases),
            Field::Rule => self.families(cases),
            Field::Project => {
                let counts = self.histogram(cases, |row| u32::from(row.project));
                let names = self.dictionary.projects.iter().map(|(key, name)| (*key, [name.as_str(); 1]));
                named(names, |key| at(&counts, key), Value::Project)
            }
            Field::Run => self.runs_of(cases),
            Field::Path | Field::Case => Vec::new(),
        }
    }

    /// The whole names of rules, which [`Self::values`] gives by their families.
    pub(super) fn rule_names(&self, cases: &[u32]) -> Vec<Counted> {
        self.by_rule(cases, |family, name| (family != name).then_some(name))
    }

    /// The folders and files right inside a folder (empty: the root; else with `/` at its end) that some cases are in.
    #[must_use]
    pub fn inside(&self, folder: &str, cases: &[u32]) -> Vec<Counted> {
        let counts = self.histogram(cases, |row| row.path);
        let mut children: FxHashMap<&str, usize> = FxHashMap::default();
        for (&key, path) in self.paths.iter() {
            let count = at(&counts, key);
            if count == 0 {
                continue;
            }
            let path = bare(path);
            let Some(rest) = path.strip_prefix(folder) else { continue };
            let child = rest.find('/').map_or(path.len(), |slash| folder.len() + slash + 1);
            let Some(child) = path.get(..child).filter(|child| child.len() > folder.len()) else { continue };
            *children.entry(child).or_default() += count;
        }
        let values = children.iter().map(|(&child, &count)| match child.strip_suffix('/') {
            Some(folder) => counted(Value::Path(PathPattern::folder(folder)), count),
            None => {
                let pattern = PathPattern::file(child);
                // In another revision a file may have been a folder, and a plain path means both.
                let below = children.get(format!("{child}/").as_str()).filter(|_| !pattern.is_glob());
                counted(Value::Path(pattern), count + below.copied().unwrap_or(0))
            }
        });
        values.collect()
    }

    /// How many of some cases have each number.
    pub(super) fn histogram(&self, cases: &[u32], number: impl Fn(&CaseRow) -> u32) -> Vec<u32> {
        let mut counts: Vec<u32> = Vec::new();
        for row in cases.iter().filter_map(|&case| self.row(case)) {
            let number = number(row) as usize;
            if number >= counts.len() {
                counts.resize((number + 1).next_power_of_two(), 0);
            }
            if let Some(count) = counts.get_mut(number) {
                *count += 1;
            }
        }
        counts
    }

    fn grades(&self, cases: &[u32], number: impl Fn(&CaseRow) -> u8) -> Vec<u32> {
        self.histogram(cases, |row| u32::from(number(row)))
    }

    /// Values that are asked of where a case stands.
    fn standings(&self, values: impl Iterator<Item = Value>, cases: &[u32]) -> Vec<Counted> {
        let mut untouched = [0_usize; (FUSED as usize) << 1];
        let mut acted = Vec::new();
        for &case in cases {
            let Some(row) = self.row(case) else { continue };
            match self.overlay(case) {
                Some(overlay) => acted.push((flags(row), overlay)),
                None => {
                    if let Some(count) = untouched.get_mut(flags(row) as usize) {
                        *count += 1;
                    }
                }
            }
        }
        let nobody = |_: &str| false;
        values
            .map(|value| {
                let told = |flags: u32| matches!(value, Value::Is(is) if is_told(is, flags));
                let holds = |flags: u32, overlay: &Overlay| told(flags) || stands(&value, &nobody, overlay);
                let untouched = (0_u32..).zip(&untouched).filter(|(flags, count)| {
                    **count > 0 && holds(*flags, Overlay::untouched(flags.to_le_bytes()[0]))
                });
                let untouched: usize = untouched.map(|(_, count)| count).sum();
                let acted = acted.iter().filter(|(flags, overlay)| holds(*flags, overlay)).count();
                counted(value, untouched + acted)
            })
            .collect()
    }

    /// The names of people who have to do with some cases.
    fn people<'a>(
        &'a self,
        cases: &[u32],
        names: impl Fn(&'a Overlay) -> Vec<&'a str>,
        value: impl Fn(Pattern) -> Value,
    ) -> Vec<Counted> {
        let overlays: Vec<&Overlay> = cases.iter().filter_map(|&case| self.overlay(case)).collect();
        let keys = (0..).zip(&overlays).map(|(key, &overlay)| (key, names(overlay)));
        named(keys, |_| 1, value)
    }

    fn overlay(&self, case: u32) -> Option<&Overlay> {
        let acted = self.acted.has(case.wrapping_sub(1)).then(|| self.overlays.get(&case)).flatten();
        acted.map(|overlay| &**overlay)
    }

    fn weaknesses(&self, cases: &[u32]) -> Vec<Counted> {
        let counts = self.histogram(cases, |row| row.cwes);
        let mut by_cwe = FxHashMap::default();
        let (mut without, mut seen) =
            (cases.iter().filter(|&&case| self.row(case).is_some()).count(), Vec::new());
        for (&set, cwes) in &self.dictionary.cwe_sets {
            let count = at(&counts, set);
            if count == 0 || cwes.is_empty() {
                continue;
            }
            without -= count;
            seen.clear();
            for &cwe in cwes {
                if !seen.contains(&cwe) {
                    seen.push(cwe);
                    *by_cwe.entry(cwe).or_insert(0) += count;
                }
            }
        }
        let words = "no weakness is named";
        let none = Counted { value: Value::Cwe(None), words, cases: without };
        let named = by_cwe.into_iter().map(|(cwe, count)| Counted {
            value: Value::Cwe(Some(cwe)),
            words: cwe.label().unwrap_or_default(),
            cases: count,
        });
        named.chain([none]).collect()
    }

    fn tools_of(&self, cases: &[u32]) -> Vec<Counted> {
        let counts = self.histogram(cases, |row| row.rules);
        let sets = self.dictionary.rule_sets.keys().filter(|set| at(&counts, **set) > 0);
        let names = sets.map(|&set| {
            let tools = self.rules_of(set).filter_map(|rule| self.dictionary.tools.get(&rule.tool));
            (set, tools.map(String::as_str))
        });
        named(names, |set| at(&counts, set), Value::Tool)
    }

    fn families(&self, cases: &[u32]) -> Vec<Counted> {
        self.by_rule(cases, |family, name| Some(if family.is_empty() { name } else { family }))
    }

    /// The rules of some cases under the name that is chosen, counted under either of their names.
    fn by_rule<'a>(
        &'a self,
        cases: &[u32],
        chosen: impl Fn(&'a str, &'a str) -> Option<&'a str>,
    ) -> Vec<Counted> {
        let counts = self.histogram(cases, |row| row.rules);
        let sets = self.dictionary.rule_sets.keys().filter(|set| at(&counts, **set) > 0);
        let names =
            sets.map(|&set| (set, self.rules_of(set).flat_map(|rule| [rule.name.as_str(), &rule.family])));
        let offered: rustc_hash::FxHashSet<_> = self
            .dictionary
            .rules
            .values()
            .filter_map(|rule| chosen(&rule.family, &rule.name))
            .map(fold)
            .collect();
        let mut values = named(names, |set| at(&counts, set), Value::Rule);
        values.retain(
            |counted| matches!(&counted.value, Value::Rule(name) if offered.contains(&fold(name.text()))),
        );
        values
    }

    fn runs_of(&self, cases: &[u32]) -> Vec<Counted> {
        let last = self.runs.iter().max_by_key(|run| run.id).map(|run| run.import);
        let is_last: FxHashMap<u32, bool> =
            self.runs.iter().map(|run| (run.id, last == Some(run.import))).collect();
        let (mut counts, mut of_last) = (FxHashMap::<u32, usize>::default(), 0);
        for row in cases.iter().filter_map(|&case| self.row(case)) {
            let (first, latest) = (row.first_run, row.last_run);
            *counts.entry(first).or_default() += 1;
            if latest != first {
                *counts.entry(latest).or_default() += 1;
            }
            let meant = |run| is_last.get(&run).copied().unwrap_or(false);
            of_last += usize::from(meant(first) || meant(latest));
        }
        let words = "all runs of the file imported last";
        let mut values = Vec::new();
        if last.is_some() {
            values.push(Counted { value: Value::Run(RunName::Last), words, cases: of_last });
        }
        values.extend(self.runs.iter().filter_map(|run| {
            let digits = Prefix::new(&run.name.to_string(), 16)?;
            let count = counts.get(&run.id).copied().filter(|count| *count > 0)?;
            Some(counted(Value::Run(RunName::Id(digits)), count))
        }));
        values
    }
}

/// The most cases first; those alike by their text.
pub(super) fn sort(values: &mut [Counted]) {
    values.sort_by_cached_key(|counted| (std::cmp::Reverse(counted.cases), counted.value.to_string()));
}

const fn counted(value: Value, cases: usize) -> Counted {
    Counted { value, words: "", cases }
}

fn at(counts: &[u32], key: u32) -> usize {
    counts.get(key as usize).map_or(0, |&count| count as usize)
}

/// How many have a grade that holds.
fn total(counts: &[u32], holds: impl Fn(u8) -> bool) -> usize {
    let numbers = (0..=u8::MAX).zip(counts).filter(|(number, count)| **count > 0 && holds(*number));
    numbers.map(|(_, &count)| count as usize).sum()
}

/// The names that things have, each with the sum of the counts of the things that a term of this name would leave in.
fn named<'a, N: IntoIterator<Item = &'a str>>(
    things: impl Iterator<Item = (u32, N)> + Clone,
    count: impl Fn(u32) -> usize,
    value: impl Fn(Pattern) -> Value,
) -> Vec<Counted> {
    let mut known: FxHashMap<std::borrow::Cow<'a, str>, usize> = FxHashMap::default();
    let mut names: Vec<(&'a str, usize)> = Vec::new();
    let mut seen = Vec::new();
    for (key, its) in things.clone() {
        let count = count(key);
        seen.clear();
        for name in its.into_iter().filter(|name| !name.is_empty()) {
            let place = *known.entry(fold(name)).or_insert_with(|| {
                names.push((name, 0));
                names.len() - 1
            });
            if !seen.contains(&place) {
                seen.push(place);
                if let Some((_, sum)) = names.get_mut(place) {
                    *sum += count;
                }
            }
        }
    }
    let values = names.into_iter().map(|(name, sum)| {
        let pattern = Pattern(name.to_owned());
        // A name may be a pattern of others as well.
        let sum = if name.contains(['*', '?']) {
            let matcher = pattern.matcher();
            let holds = |its: N| its.into_iter().any(|name| matcher.matches(name));
            things.clone().filter_map(|(key, its)| holds(its).then(|| count(key))).sum()
        } else {
            sum
        };
        counted(value(pattern), sum)
    });
    values.collect()
}
