//! A list in groups: by rule, file, weakness or directory.
//!
//! Every case is in one group. Groups stand in the order of their best case, the cases in each as the list has them,
//! so that a list in groups is the list with like things drawn together and nothing else changed.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use rustc_hash::FxHashMap;

use super::cases::{Docket, Tally};
use super::filter::{Missing, Needs};
use crate::domain::{Cwe, Severity, State};
use crate::store::CaseRow;

/// What a list is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Grouping {
    /// Nothing.
    #[default]
    None,
    /// The rule, whatever namespace its tool puts it in; of several the one that most of the list breaks.
    Rule,
    /// The file.
    File,
    /// The weakness: the first that its title may name.
    Cwe,
    /// The directory of the file.
    Directory,
}

/// A word that names no grouping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown grouping `{0}`; groupings are none, rule, file, cwe and directory")]
pub struct UnknownGrouping(pub String);

impl Grouping {
    /// All groupings, as offered.
    pub const ALL: [Self; 5] = [Self::None, Self::Rule, Self::File, Self::Cwe, Self::Directory];

    /// The word on screens and in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rule => "rule",
            Self::File => "file",
            Self::Cwe => "cwe",
            Self::Directory => "directory",
        }
    }

    /// The one after it; after the last the first.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::None => Self::Rule,
            Self::Rule => Self::File,
            Self::File => Self::Cwe,
            Self::Cwe => Self::Directory,
            Self::Directory => Self::None,
        }
    }

    /// What must be loaded before a list can be grouped so.
    #[must_use]
    pub const fn needs(self) -> Needs {
        let paths = matches!(self, Self::File | Self::Directory);
        let standings = !matches!(self, Self::None);
        Needs { paths, texts: false, standings, names: false, runs: false }
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Grouping {
    type Err = UnknownGrouping;

    fn from_str(text: &str) -> Result<Self, UnknownGrouping> {
        let named = Self::ALL.into_iter().find(|grouping| grouping.word().eq_ignore_ascii_case(text.trim()));
        named.ok_or_else(|| UnknownGrouping(text.chars().take(60).collect()))
    }
}

/// The groups of a list; none where it is not grouped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// All names, one after the other: a million files have a million names.
    names: String,
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    /// Where its name ends; it begins where the one before ends.
    name_end: usize,
    /// Its first case in the list.
    start: u32,
    /// How many cases it has.
    count: u32,
    /// How many stand where, by [`place`].
    counts: [u32; 5],
    severity: Severity,
}

impl Groups {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether the list is not grouped, or has no case.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// What a group is called.
    #[must_use]
    pub fn name(&self, group: usize) -> &str {
        let end = |group: usize| self.groups.get(group).map_or(0, |group| group.name_end);
        self.names.get(group.checked_sub(1).map_or(0, end)..end(group)).unwrap_or_default()
    }

    /// Where its cases stand in the list.
    #[must_use]
    pub fn range(&self, group: usize) -> Range<usize> {
        let Some(group) = self.groups.get(group) else { return 0..0 };
        group.start as usize..group.start as usize + group.count as usize
    }

    /// How many cases a group has.
    #[must_use]
    pub fn count(&self, group: usize) -> usize {
        self.groups.get(group).map_or(0, |group| group.count as usize)
    }

    /// The gravest severity in it.
    #[must_use]
    pub fn severity(&self, group: usize) -> Severity {
        self.groups.get(group).map_or(Severity::Info, |group| group.severity)
    }

    /// How many of its cases stand where.
    #[must_use]
    pub fn tally(&self, group: usize) -> Tally {
        let Some([gone, stale, disputed, settled, open]) = self.groups.get(group).map(|group| group.counts)
        else {
            return Tally::default();
        };
        Tally {
            gone: gone as usize,
            stale: stale as usize,
            disputed: disputed as usize,
            settled: settled as usize,
            open: open as usize,
        }
    }

    /// The group of a place in the list.
    #[must_use]
    pub fn of(&self, at: usize) -> Option<usize> {
        let before = self.groups.partition_point(|group| group.start as usize <= at);
        before.checked_sub(1).filter(|&group| self.range(group).contains(&at))
    }

    /// The group of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<usize> {
        (0..self.len()).find(|&group| self.name(group) == name)
    }
}

#[cfg(test)]
impl Groups {
    /// Groups of so many cases each, for the tests of those who show them.
    pub(crate) fn sample(parts: &[(String, Tally)]) -> Self {
        let mut made = Self::default();
        let mut start = 0;
        for (name, tally) in parts {
            made.names.push_str(name);
            let counts = [tally.gone, tally.stale, tally.disputed, tally.settled, tally.open];
            let count = u32::try_from(tally.cases()).unwrap();
            made.groups.push(Group {
                name_end: made.names.len(),
                start,
                count,
                counts: counts.map(|count| u32::try_from(count).unwrap()),
                severity: Severity::High,
            });
            start += count;
        }
        made
    }
}

/// Where the count of a state stands.
const fn place(state: State) -> usize {
    match state {
        State::Gone => 0,
        State::Stale => 1,
        State::Disputed => 2,
        State::Settled => 3,
        State::Open => 4,
    }
}

/// No group yet.
const NONE: u32 = u32::MAX;

impl Docket {
    /// Cases in groups, and the groups; as they are where they are not to be grouped. Numbers of no case are left out.
    ///
    /// # Errors
    /// When something that the grouping needs was not loaded.
    pub fn group(&self, cases: Vec<u32>, grouping: Grouping) -> Result<(Vec<u32>, Groups), Missing> {
        grouping.needs().met_by(self.loaded)?;
        if grouping == Grouping::None {
            return Ok((cases, Groups::default()));
        }
        let mut keys = Keys::of(self, &cases, grouping);
        let mut groups = Groups::default();
        let mut by_key: Vec<u32> = Vec::new();
        // The group of each case.
        let mut of: Vec<u32> = Vec::with_capacity(cases.len());
        for &case in &cases {
            let Some(row) = self.row(case) else {
                of.push(NONE);
                continue;
            };
            let key = keys.key(row) as usize;
            if by_key.len() <= key {
                by_key.resize(key + 1, NONE);
            }
            let known = by_key.get(key).copied().unwrap_or(NONE);
            let at = if known == NONE {
                let at = u32::try_from(groups.groups.len()).unwrap_or(NONE);
                groups.names.push_str(&keys.name(row));
                groups.groups.push(Group {
                    name_end: groups.names.len(),
                    start: 0,
                    count: 0,
                    counts: [0; 5],
                    severity: Severity::Info,
                });
                if let Some(slot) = by_key.get_mut(key) {
                    *slot = at;
                }
                at
            } else {
                known
            };
            of.push(at);
            let Some(group) = groups.groups.get_mut(at as usize) else { continue };
            group.count += 1;
            group.severity = group.severity.max(Severity::from_number(row.severity));
            if let Some(count) = group.counts.get_mut(place(self.told_state(self.standing_of(case, row)))) {
                *count += 1;
            }
        }
        let mut next: Vec<u32> = Vec::with_capacity(groups.groups.len());
        let mut start = 0;
        for group in &mut groups.groups {
            group.start = start;
            next.push(start);
            start += group.count;
        }
        let mut grouped = vec![0; start as usize];
        for (&case, &at) in cases.iter().zip(&of) {
            let Some(next) = next.get_mut(at as usize) else { continue };
            if let Some(slot) = grouped.get_mut(*next as usize) {
                *slot = case;
            }
            *next += 1;
        }
        Ok((grouped, groups))
    }

    /// The groups of a list, counted anew: what is in which stays, how many stand where may have changed.
    #[must_use]
    pub fn recount(&self, cases: &[u32], groups: &Groups) -> Groups {
        let mut groups = groups.clone();
        for group in &mut groups.groups {
            group.counts = [0; 5];
            let range = group.start as usize..group.start as usize + group.count as usize;
            for &case in cases.get(range).unwrap_or_default() {
                let Some(row) = self.row(case) else { continue };
                if let Some(count) = group.counts.get_mut(place(self.told_state(self.standing_of(case, row))))
                {
                    *count += 1;
                }
            }
        }
        groups
    }
}

/// What tells the groups apart: a small number for each.
struct Keys<'a> {
    docket: &'a Docket,
    grouping: Grouping,
    /// By rule and weakness: the key of a set.
    of_set: FxHashMap<u32, u32>,
    /// By rule: the names.
    rules: Vec<&'a str>,
    /// By directory: the key of a path.
    of_path: Vec<u32>,
    /// By directory: the keys of project and directory.
    directories: FxHashMap<(u16, &'a str), u32>,
}

impl<'a> Keys<'a> {
    fn of(docket: &'a Docket, cases: &[u32], grouping: Grouping) -> Self {
        let mut keys = Self {
            docket,
            grouping,
            of_set: FxHashMap::default(),
            rules: vec![""],
            of_path: Vec::new(),
            directories: FxHashMap::default(),
        };
        if grouping == Grouping::Rule {
            keys.weigh_rules(cases);
        }
        keys
    }

    /// Puts each set of rules to the one of them that most of the cases break.
    fn weigh_rules(&mut self, cases: &[u32]) {
        let docket = self.docket;
        let mut sets: Vec<u32> = Vec::new();
        for row in cases.iter().filter_map(|&case| docket.row(case)) {
            let at = row.rules as usize;
            if sets.len() <= at {
                sets.resize(at + 1, 0);
            }
            if let Some(count) = sets.get_mut(at) {
                *count += 1;
            }
        }
        let mut broken: FxHashMap<&str, u32> = FxHashMap::default();
        let counted = || (0..).zip(&sets).filter(|(_, count)| **count > 0);
        for (set, count) in counted() {
            let mut names: Vec<&str> = docket.rules_of(set).map(named).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                *broken.entry(name).or_default() += count;
            }
        }
        let mut keys: FxHashMap<&str, u32> = FxHashMap::default();
        for (set, _) in counted() {
            let names = docket.rules_of(set).map(named);
            // Of those broken as often the first by name, so that the same list is always grouped the same way.
            let most = names.max_by(|a, b| broken.get(a).cmp(&broken.get(b)).then_with(|| b.cmp(a)));
            let Some(most) = most else { continue };
            let rules = &mut self.rules;
            let key = *keys.entry(most).or_insert_with(|| {
                rules.push(most);
                u32::try_from(rules.len() - 1).unwrap_or(0)
            });
            self.of_set.insert(set, key);
        }
    }

    /// The key of a case's group; 0: it has nothing to group by.
    fn key(&mut self, row: &CaseRow) -> u32 {
        match self.grouping {
            Grouping::None => 0,
            Grouping::File => row.path,
            Grouping::Rule => self.of_set.get(&row.rules).copied().unwrap_or(0),
            Grouping::Cwe => {
                let docket = self.docket;
                let cwe = self.of_set.entry(row.cwes);
                *cwe.or_insert_with(|| weakness(docket, row).map_or(0, |cwe| u32::from(cwe.0)))
            }
            Grouping::Directory => self.directory(row),
        }
    }

    fn directory(&mut self, row: &CaseRow) -> u32 {
        let at = row.path as usize;
        if let Some(&key) = self.of_path.get(at).filter(|&&key| key != NONE) {
            return key;
        }
        let key = if row.path == 0 {
            0
        } else {
            let next = u32::try_from(self.directories.len() + 1).unwrap_or(0);
            *self.directories.entry((row.project, directory(self.docket.path(row)))).or_insert(next)
        };
        if self.of_path.len() <= at {
            self.of_path.resize(at + 1, NONE);
        }
        if let Some(slot) = self.of_path.get_mut(at) {
            *slot = key;
        }
        key
    }

    /// What the group of a case is called.
    fn name(&mut self, row: &CaseRow) -> String {
        let docket = self.docket;
        // The same path in two projects is two files.
        let of_project = |name: &str| match docket.dictionary.projects.len() {
            0 | 1 => name.to_owned(),
            _ => format!("{}: {name}", docket.project(row)),
        };
        match self.grouping {
            Grouping::None => String::new(),
            Grouping::Rule => match self.key(row) {
                0 => "no rule".to_owned(),
                key => self.rules.get(key as usize).copied().unwrap_or_default().to_owned(),
            },
            Grouping::File | Grouping::Directory if row.path == 0 => "no file".to_owned(),
            Grouping::File => of_project(docket.path(row)),
            Grouping::Directory => match directory(docket.path(row)) {
                "" => of_project("./"),
                directory => of_project(directory),
            },
            Grouping::Cwe => match weakness(docket, row) {
                None => "no weakness named".to_owned(),
                Some(cwe) => match cwe.label() {
                    Some(name) => format!("{cwe} {name}"),
                    None => cwe.to_string(),
                },
            },
        }
    }
}

/// What a rule is grouped by: its name without the namespace.
fn named(rule: &crate::store::RuleRow) -> &str {
    if rule.family.is_empty() { &rule.name } else { &rule.family }
}

/// The weakness that stands for a case: that of its title, else the first.
fn weakness(docket: &Docket, row: &CaseRow) -> Option<Cwe> {
    let cwes = docket.cwes(row);
    cwes.iter().find(|cwe| cwe.short_name().is_some()).or(cwes.first()).copied()
}

/// A path up to its last slash, with it; empty at the root.
fn directory(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
