//! Answering a filter: each term is held against the dictionaries once, and the rows are then passed over once.
//!
//! A term becomes a look-up by one column of the row, so that a million rows cost a million array reads and a path
//! pattern is tried on each path once. Rows go by in chunks of 64, whose answers are the bits of one word.

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
                let holds = self.holds(check, at, rows, mask);
                mask &= if *negated { !holds } else { holds };
            }
            let first = u32::try_from(at * CHUNK).unwrap_or(u32::MAX);
            found.extend(ones(mask).map(|bit| first + bit + 1));
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
    Runs(Bits),
    Names(&'a [Value]),
    Standing(Standing<'a>),
    Words(Words<'a>),
}

/// What is asked of where a case stands. Rows that nobody acted on are answered by a table over their flags.
struct Standing<'a> {
    untouched: Bits,
    /// With the matcher of those that are names.
    asked: Vec<(&'a Value, Option<NameMatcher>)>,
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
const FUSED: u32 = 1 << 8;

/// All that is asked of a row beside where it stands, in one number.
fn flags(row: &CaseRow) -> u32 {
    u32::from(row.flags) | if row.members > 1 { FUSED } else { 0 }
}

impl Docket {
    /// Which rows of a chunk hold; bits outside `wanted` may be anything.
    fn holds(&self, check: &Check<'_>, at: usize, rows: &[CaseRow], wanted: u64) -> u64 {
        match check {
            Check::Severity(grades) => mask(rows, |row| grades.has(u32::from(row.severity))),
            Check::Confidence(grades) => mask(rows, |row| grades.has(u32::from(row.confidence))),
            Check::Kind(kinds) => mask(rows, |row| kinds.has(u32::from(row.kind))),
            Check::Project(projects) => mask(rows, |row| projects.has(u32::from(row.project))),
            Check::Path(paths) => mask(rows, |row| paths.has(row.path)),
            Check::Rules(sets) => mask(rows, |row| sets.has(row.rules)),
            Check::Cwes(sets) => mask(rows, |row| sets.has(row.cwes)),
            Check::Runs(runs) => mask(rows, |row| runs.has(row.first_run) || runs.has(row.last_run)),
            Check::Words(words) => {
                let told = words.messages.iter().fold(0, |told, cases| told | cases.word(at));
                told | mask(rows, |row| words.paths.has(row.path) || words.rules.has(row.rules))
            }
            Check::Names(values) => {
                let named = |bit: &u32| {
                    let name = self.names.get(at * CHUNK + *bit as usize);
                    let begins = |value: &Value| matches!(value, Value::Case(prefix) if name.is_some_and(|name| prefix.begins(name)));
                    values.iter().any(begins)
                };
                ones(wanted).filter(named).fold(0, |mask, bit| mask | 1 << bit)
            }
            Check::Standing(standing) => {
                let acted = self.acted.word(at);
                let untouched = mask(rows, |row| standing.untouched.has(flags(row)));
                let changed = ones(acted & wanted).filter(|&bit| {
                    let row = rows.get(bit as usize);
                    let stands = u32::try_from(at * CHUNK).ok().and_then(|at| self.standing(at + bit + 1));
                    row.zip(stands).is_some_and(|(row, stands)| standing.holds(flags(row), stands))
                });
                untouched & !acted | changed.fold(0, |mask, bit| mask | 1 << bit)
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
            Some(Value::Severity(_)) => Check::Severity(numbers(
                &|number, value| matches!(value, Value::Severity(bound) if bound.admits(&Severity::from_number(number))),
            )),
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
                let mut sets =
                    keys(&self.dictionary.cwe_sets, |cwes| cwes.iter().any(|&cwe| wanted(Some(cwe))));
                if wanted(None) {
                    // Row 0 is no set, and stands for none.
                    sets.set(0, true);
                    let empty = self.dictionary.cwe_sets.iter().filter(|(_, cwes)| cwes.is_empty());
                    empty.for_each(|(&set, _)| sets.set(set, true));
                }
                Check::Cwes(sets)
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
            Some(Value::Case(_)) => Check::Names(values),
            Some(Value::Word(_)) => Check::Words(self.words(values, texts)),
            Some(Value::Is(_) | Value::Verdict(_) | Value::By(_) | Value::Assignee(_) | Value::Rank(_))
            | None => {
                let asked = values.iter().map(|value| (value, name_matcher(value))).collect();
                let mut standing = Standing { untouched: Bits::default(), asked };
                standing.untouched = Bits::of(
                    (0..1 << 9)
                        .filter(|&flags| standing.holds(flags, Overlay::untouched(flags.to_le_bytes()[0]))),
                );
                Check::Standing(standing)
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

impl Standing<'_> {
    fn holds(&self, flags: u32, stands: &Overlay) -> bool {
        self.asked.iter().any(|(value, name)| {
            let named = |other: &String| name.as_ref().is_some_and(|name| name.matches(other));
            match value {
                Value::Is(is) => self::is(*is, flags, stands),
                Value::Verdict(verdict) => stands.verdict == *verdict,
                Value::By(_) => stands.reviewers.iter().any(named),
                Value::Assignee(_) => stands.assignee.as_ref().is_some_and(named),
                Value::Rank(None) => stands.rank.is_none(),
                Value::Rank(Some(bound)) => stands.rank.is_some_and(|rank| bound.admits(&rank)),
                _ => false,
            }
        })
    }
}

fn is(is: Is, flags: u32, stands: &Overlay) -> bool {
    match is {
        Is::Open => stands.state == State::Open,
        Is::Settled => stands.state == State::Settled,
        Is::Disputed => stands.state == State::Disputed,
        Is::Stale => stands.state == State::Stale,
        Is::Gone => stands.state == State::Gone,
        Is::Touched => stands.touched,
        Is::Fused => flags & FUSED != 0,
        Is::Remedied => stands.remedied,
        Is::Inferred => stands.basis == Some(Basis::Inferred),
        Is::Marked => stands.marked,
        Is::Pinned => stands.pinned,
        Is::Assigned => stands.assignee.is_some(),
        Is::Expired => stands.expired,
        Is::Gold => stands.gold,
        Is::Fixable => flags & u32::from(CaseFlags::FIX) != 0,
        Is::Traced => flags & u32::from(CaseFlags::TRACE) != 0,
    }
}
