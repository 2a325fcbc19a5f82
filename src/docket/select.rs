//! Answering a filter: each term is held against the dictionaries once, and the rows are then passed over
//! once.
//!
//! A term becomes a look-up by one column of the row, so that a million rows cost a million array reads and a
//! path pattern is tried on each path once. Rows go by in chunks of 64, whose answers are the bits of one
//! word.

use std::ops::RangeInclusive;

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::bits::{Bits, ones};
use super::cases::{Docket, Overlay, RunKey, confidence, kind};
use super::filter::{Filter, Is, Missing, Needs, RunName, Term, Value};
use super::pattern::{NameMatcher, PathMatcher, fold};
use super::texts::TextHits;
use crate::domain::{Basis, Cwe, Severity, State};
use crate::store::{CaseFlags, CaseRow, RuleRow};

const CHUNK: usize = 64;

impl Docket {
    /// The numbers of the cases that a filter leaves in, ascending.
    ///
    /// # Errors
    /// When something that the filter needs was not loaded, or its words were not looked for in `texts`.
    pub fn select(&self, filter: &Filter, texts: Option<&TextHits>) -> Result<Vec<u32>, Missing> {
        let searched = |word: &str| texts.is_some_and(|texts| texts.cases(word).is_some());
        filter.needs().met_by(Needs { texts: filter.words().all(searched), ..self.loaded })?;
        let plan: Vec<(bool, Check<'_>)> =
            filter.terms().iter().map(|term| (term.negated(), self.check(term, texts))).collect();
        let mut found = Vec::new();
        for (at, rows) in self.rows.chunks(CHUNK).enumerate() {
            let mut mask = mask(rows, |row| row.head != 0);
            for (negated, check) in &plan {
                if mask == 0 {
                    break;
                }
                let holds = self.holds(check, at, rows);
                mask &= if *negated { !holds } else { holds };
            }
            let first = u32::try_from(at * CHUNK).unwrap_or(u32::MAX);
            found.extend(ones(mask).map(|bit| first + bit + 1));
        }
        Ok(found)
    }

    /// As [`Self::select`], while the messages are being looked through: those of its cases that are certain. What a word
    /// leaves out is certain only of the cases whose messages were seen.
    ///
    /// # Errors
    /// As [`Self::select`].
    pub fn select_so_far(&self, filter: &Filter, texts: &TextHits) -> Result<Vec<u32>, Missing> {
        let mut found = self.select(filter, Some(texts))?;
        if filter.terms().iter().any(Term::negated) {
            found.truncate(found.partition_point(|&case| case <= texts.seen()));
        }
        Ok(found)
    }
}

/// A term made ready.
enum Check<'a> {
    Severity(Bits),
    Confidence(Bits),
    Kind(Bits),
    Project(Bits),
    Path(Bits),
    Rules(Bits),
    Cwes(Bits),
    /// All sets but these, the row without a set among them.
    CwesBut(Bits),
    Runs(Bits),
    Names(Vec<RangeInclusive<u128>>),
    Standing(Standing),
    Words(Words<'a>),
}

/// What is asked of where a case stands.
struct Standing {
    /// The flags with which a case holds that nobody acted on.
    untouched: Bits,
    /// The flags with which a case holds wherever it stands.
    told: Bits,
    /// The cases, by their number less one, that hold for where people's acts put them.
    acted: Bits,
}

/// Where any of some words occurs.
struct Words<'a> {
    paths: Bits,
    rules: Bits,
    messages: Vec<&'a Bits>,
}

/// One bit for each row, the first in the lowest.
fn mask(rows: &[CaseRow], holds: impl Fn(&CaseRow) -> bool) -> u64 {
    rows.iter().rev().fold(0, |mask, row| mask << 1 | u64::from(holds(row)))
}

/// A bit beside a row's flags: it has several findings.
pub(super) const FUSED: u32 = 1 << 8;

/// All that is asked of a row beside where it stands, in one number.
pub(super) fn flags(row: &CaseRow) -> u32 {
    u32::from(row.flags) | if row.members > 1 { FUSED } else { 0 }
}

impl Docket {
    /// Which rows of a chunk hold; those of no case may.
    fn holds(&self, check: &Check<'_>, at: usize, rows: &[CaseRow]) -> u64 {
        match check {
            Check::Severity(grades) => mask(rows, |row| grades.has(u32::from(row.severity))),
            Check::Confidence(grades) => mask(rows, |row| grades.has(u32::from(row.confidence))),
            Check::Kind(kinds) => mask(rows, |row| kinds.has(u32::from(row.kind))),
            Check::Project(projects) => mask(rows, |row| projects.has(u32::from(row.project))),
            Check::Path(paths) => mask(rows, |row| paths.has(row.path)),
            Check::Rules(sets) => mask(rows, |row| sets.has(row.rules)),
            Check::Cwes(sets) => mask(rows, |row| sets.has(row.cwes)),
            Check::CwesBut(sets) => mask(rows, |row| !sets.has(row.cwes)),
            Check::Runs(runs) => mask(rows, |row| runs.has(row.first_run) || runs.has(row.last_run)),
            Check::Words(words) => {
                let told = words.messages.iter().fold(0, |told, cases| told | cases.word(at));
                told | mask(rows, |row| words.paths.has(row.path) || words.rules.has(row.rules))
            }
            Check::Names(ranges) => {
                let names = self.names.get(at * CHUNK..).unwrap_or_default();
                let begins = |name: &[u8; 16]| {
                    let name = u128::from_be_bytes(*name);
                    ranges.iter().any(|range| range.contains(&name))
                };
                names.iter().take(CHUNK).rev().fold(0, |mask, name| mask << 1 | u64::from(begins(name)))
            }
            Check::Standing(standing) => {
                let acted = self.acted.word(at);
                let untouched = mask(rows, |row| standing.untouched.has(flags(row)));
                let told = if acted == 0 { 0 } else { mask(rows, |row| standing.told.has(flags(row))) };
                untouched & !acted | told & acted | standing.acted.word(at)
            }
        }
    }

    fn check<'a>(&'a self, term: &'a Term, texts: Option<&'a TextHits>) -> Check<'a> {
        let values = term.values();
        let any = |holds: &dyn Fn(&Value) -> bool| values.iter().any(holds);
        let numbers = |holds: &dyn Fn(u8, &Value) -> bool| {
            Bits::of((0..=u8::MAX).filter(|&number| any(&|value| holds(number, value))).map(u32::from))
        };
        let names: Vec<NameMatcher> = values.iter().filter_map(name_matcher).collect();
        let named = |name: &str| names.iter().any(|matcher| matcher.matches(name));
        match values.first() {
            Some(Value::Severity(_)) => Check::Severity(numbers(&|number, value| {
                let grade = Severity::from_number(number);
                matches!(value, Value::Severity(bound) if bound.admits(&grade))
            })),
            Some(Value::Confidence(_)) => Check::Confidence(numbers(&|number, value| {
                matches!(value, Value::Confidence(wanted) if match (wanted, confidence(number)) {
                    (Some(bound), Some(grade)) => bound.admits(&grade),
                    (None, None) => true,
                    _ => false,
                })
            })),
            Some(Value::Kind(_)) => {
                Check::Kind(numbers(&|number, value| *value == Value::Kind(kind(number))))
            }
            Some(Value::Project(_)) => Check::Project(keys(&self.dictionary.projects, |name| named(name))),
            Some(Value::Path(_)) => {
                let matchers: Vec<_> = values.iter().filter_map(path_matcher).collect();
                Check::Path(keys(&self.paths, |path| matchers.iter().any(|matcher| matcher.matches(path))))
            }
            Some(Value::Tool(_)) => {
                let tools = keys(&self.dictionary.tools, |name| named(name));
                Check::Rules(self.sets_with(|rule| tools.has(rule.tool)))
            }
            Some(Value::Rule(_)) => {
                Check::Rules(self.sets_with(|rule| named(&rule.name) || named(&rule.family)))
            }
            Some(Value::Cwe(_)) => {
                let wanted = |cwe: Option<Cwe>| any(&|value| *value == Value::Cwe(cwe));
                let named = |cwes: &Vec<Cwe>| cwes.iter().any(|&cwe| wanted(Some(cwe)));
                if wanted(None) {
                    Check::CwesBut(keys(&self.dictionary.cwe_sets, |cwes| !cwes.is_empty() && !named(cwes)))
                } else {
                    Check::Cwes(keys(&self.dictionary.cwe_sets, named))
                }
            }
            Some(Value::Run(_)) => {
                let last = self.runs.iter().max_by_key(|run| run.id).map(|run| run.import);
                let meant = |run: &&RunKey| {
                    any(&|value| match value {
                        Value::Run(RunName::Last) => last == Some(run.import),
                        Value::Run(RunName::Id(prefix)) => prefix.begins(run.name.bytes()),
                        _ => false,
                    })
                };
                Check::Runs(Bits::of(self.runs.iter().filter(meant).map(|run| run.id)))
            }
            Some(Value::Case(_)) => Check::Names(values.iter().filter_map(ids).collect()),
            Some(Value::Word(_)) => Check::Words(self.words(values, texts)),
            Some(
                Value::Is(_)
                | Value::Verdict(_)
                | Value::By(_)
                | Value::Judged(_)
                | Value::Assignee(_)
                | Value::Rank(_),
            )
            | None => {
                let told = |flags: u32| any(&|value| matches!(value, Value::Is(is) if is_told(*is, flags)));
                let stands = |overlay: &Overlay| any(&|value| stands(value, &named, overlay));
                let untouched =
                    |flags: &u32| told(*flags) || stands(Overlay::untouched(flags.to_le_bytes()[0]));
                let all = 0..FUSED << 1;
                let acted = self.overlays.iter().filter(|(_, overlay)| stands(overlay));
                Check::Standing(Standing {
                    untouched: Bits::of(all.clone().filter(untouched)),
                    told: Bits::of(all.filter(|&flags| told(flags))),
                    acted: Bits::of(acted.map(|(case, _)| case - 1)),
                })
            }
        }
    }

    fn words<'a>(&'a self, values: &[Value], texts: Option<&'a TextHits>) -> Words<'a> {
        let wanted = || {
            values.iter().filter_map(|value| match value {
                Value::Word(word) => Some(word.as_str()),
                _ => None,
            })
        };
        let folded: Vec<String> = wanted().map(|word| fold(word).into_owned()).collect();
        let finders: Vec<Finder<'_>> = folded.iter().map(Finder::new).collect();
        let occurs = |text: &str| {
            let text = fold(text);
            finders.iter().any(|finder| finder.find(text.as_bytes()).is_some())
        };
        Words {
            paths: keys(&self.paths, |path| occurs(path)),
            rules: self.sets_with(|rule| occurs(&rule.name) || occurs(&rule.title)),
            messages: wanted().filter_map(|word| texts?.cases(word)).collect(),
        }
    }

    /// The rule sets that have such a rule.
    fn sets_with(&self, holds: impl Fn(&RuleRow) -> bool) -> Bits {
        let rules = keys(&self.dictionary.rules, holds);
        keys(&self.dictionary.rule_sets, |set| set.iter().any(|&rule| rules.has(rule)))
    }
}

/// The keys of the entries that hold.
fn keys<T>(table: &FxHashMap<u32, T>, holds: impl Fn(&T) -> bool) -> Bits {
    Bits::of(table.iter().filter(|(_, entry)| holds(entry)).map(|(&key, _)| key))
}

fn name_matcher(value: &Value) -> Option<NameMatcher> {
    match value {
        Value::Tool(pattern)
        | Value::Rule(pattern)
        | Value::Project(pattern)
        | Value::By(pattern)
        | Value::Judged(pattern)
        | Value::Assignee(pattern) => Some(pattern.matcher()),
        _ => None,
    }
}

fn path_matcher(value: &Value) -> Option<PathMatcher> {
    match value {
        Value::Path(pattern) => Some(pattern.matcher()),
        _ => None,
    }
}

fn ids(value: &Value) -> Option<RangeInclusive<u128>> {
    match value {
        Value::Case(prefix) => Some(prefix.range()),
        _ => None,
    }
}

/// Whether a value holds for where a case stands; `named` matches any of the term's names.
pub(super) fn stands(value: &Value, named: &dyn Fn(&str) -> bool, overlay: &Overlay) -> bool {
    match value {
        Value::Is(is) => match is {
            Is::Open => overlay.state == State::Open,
            Is::Settled => overlay.state == State::Settled,
            Is::Disputed => overlay.state == State::Disputed,
            Is::Stale => overlay.state == State::Stale,
            Is::Gone => overlay.state == State::Gone,
            Is::Touched => overlay.touched,
            Is::Remedied => overlay.remedied,
            Is::Inferred => overlay.basis == Some(Basis::Inferred),
            Is::Marked => overlay.marked,
            Is::Pinned => overlay.pinned,
            Is::Assigned => overlay.assignee.is_some(),
            Is::Expired => overlay.expired,
            Is::Gold => overlay.gold,
            Is::Fused | Is::Fixable | Is::Traced => false,
        },
        Value::Verdict(verdict) => overlay.verdict == *verdict,
        Value::By(_) => overlay.reviewers.iter().any(|name| named(name)),
        Value::Judged(_) => overlay.judges().any(named),
        Value::Assignee(_) => overlay.assignee.as_deref().is_some_and(named),
        Value::Rank(None) => overlay.rank.is_none(),
        Value::Rank(Some(bound)) => overlay.rank.is_some_and(|rank| bound.admits(&rank)),
        _ => false,
    }
}

/// Whether what the tools told says so, wherever the case stands.
pub(super) fn is_told(is: Is, flags: u32) -> bool {
    match is {
        Is::Fused => flags & FUSED != 0,
        Is::Fixable => flags & u32::from(CaseFlags::FIX) != 0,
        Is::Traced => flags & u32::from(CaseFlags::TRACE) != 0,
        _ => false,
    }
}
