//! Completing a filter while it is written: what may stand at the caret, and how many cases each would leave in.

use std::borrow::Cow;
use std::ops::Range;

use super::cases::Docket;
use super::facets::Counted;
use super::filter::{Field, Filter, Relation, Value, named};
use super::saved::Saved;
use crate::text::likeness::likeness;

/// How many completions are offered.
const OFFERED: usize = 20;

/// From so many letters on a bare word is looked for among the values of all fields.
const WORD: usize = 2;

/// The fields whose values a bare word is looked for among.
const FIELDS_OF_WORDS: [Field; 9] = [
    Field::Is,
    Field::Severity,
    Field::Tool,
    Field::Cwe,
    Field::Rule,
    Field::Project,
    Field::Kind,
    Field::Verdict,
    Field::By,
];

/// What may be written at a caret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completions {
    /// The bytes of the text that each of them takes the place of.
    pub replaces: Range<usize>,
    /// The best of them, the best first.
    pub offers: Vec<Completion>,
    /// How many more there are.
    pub more: usize,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What is written.
    pub text: String,
    /// What it is, where the text does not say.
    pub words: String,
    /// How many cases the filter would then leave in; `None` where its value is still to come.
    pub cases: Option<usize>,
    /// Whether the term is whole with it.
    pub is_whole: bool,
}

/// The term of a text that a caret stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The rest of the filter, without the value at the caret: the terms beside, and the term's other values.
    rest: Filter,
    others: Vec<Value>,
    /// Whether the term leaves out what it says.
    negated: bool,
    field: Option<Field>,
    /// The value, or the beginning of a term without one, up to the caret and out of its quotes.
    letters: String,
    replaces: Range<usize>,
}

impl Spot {
    /// The spot of a caret; `None` where what stands around it is no filter, so that nothing could be counted.
    #[must_use]
    pub fn at(text: &str, caret: usize, saved: &Saved) -> Option<Self> {
        let term = term_at(text, caret);
        let (before, written, after) =
            (text.get(..term.start)?, text.get(term.clone())?, text.get(term.end..)?);
        let rest = saved.read(&format!("{before} {after}")).ok()?;
        let negated = written.starts_with('-');
        let start = term.start + usize::from(negated);
        let colon = colon_of(text.get(start..term.end)?).map(|at| start + at);
        match colon {
            Some(colon) if caret > colon => {
                let field = named(text.get(start..colon)?)?;
                let values = parts(text, colon + 1..term.end);
                let here = values.iter().find(|value| value.contains(&caret) || value.end == caret)?.clone();
                let mut others = Vec::new();
                for value in values.iter().filter(|value| **value != here && !value.is_empty()) {
                    let other: Filter =
                        format!("{}:{}", field.word(), text.get(value.clone())?).parse().ok()?;
                    others.extend(other.terms().first()?.values().iter().cloned());
                }
                let letters = unquoted(text.get(here.start..caret)?);
                Some(Self { rest, others, negated, field: Some(field), letters, replaces: here })
            }
            _ => {
                let letters = text.get(start..caret.max(start))?.to_owned();
                if letters.contains(['"', ',']) {
                    return None;
                }
                let end = colon.map_or(term.end, |colon| colon + 1);
                Some(Self { rest, others: Vec::new(), negated, field: None, letters, replaces: start..end })
            }
        }
    }

    /// The terms beside the value: what is counted rests on what they leave in.
    #[must_use]
    pub const fn rest(&self) -> &Filter {
        &self.rest
    }

    /// Whether nothing stands beside the value, so that it is counted in all cases.
    fn is_of_all(&self) -> bool {
        self.rest.terms().is_empty() && self.others.is_empty()
    }

    /// The cases of the rest that the term's other values say nothing of, and how many of it they leave in.
    fn undecided<'a>(&self, docket: &Docket, rest: &'a [u32]) -> Option<(Cow<'a, [u32]>, usize)> {
        if self.others.is_empty() {
            return Some((Cow::Borrowed(rest), 0));
        }
        let others = Filter::any_of(self.others.clone());
        let held: rustc_hash::FxHashSet<u32> = docket.select(&others, None).ok()?.into_iter().collect();
        let (held, free): (Vec<u32>, Vec<u32>) = rest.iter().partition(|case| held.contains(case));
        Some((Cow::Owned(free), held.len()))
    }
}

/// The values of fields with how many cases have each. They are counted in the cases that the rest of a filter leaves in,
/// which no letter of the term at the caret changes: of a million cases counting takes longer than a letter may.
#[derive(Debug, Default)]
pub struct ValueCounts {
    /// The docket's version.
    version: u64,
    /// In all cases. Every filter begins with a term that has nothing beside it, so these are kept whatever is written
    /// in between.
    all: Counts,
    /// The rest and the term's other values, as of the letter before, and the counts in these.
    beside: (Filter, Vec<Value>, Counts),
}

type Counts = Vec<((Field, Relation, bool), Vec<Counted>)>;

impl ValueCounts {
    /// Forgets what was counted in other cases than those of a spot.
    fn begin(&mut self, version: u64, spot: &Spot) {
        if self.version != version {
            *self = Self { version, ..Self::default() };
        }
        if !spot.is_of_all() && (&self.beside.0, &self.beside.1) != (&spot.rest, &spot.others) {
            self.beside = (spot.rest.clone(), spot.others.clone(), Counts::new());
        }
    }

    /// The values of a field, counted once; `with_names`: rules by their whole names besides.
    fn of(
        &mut self,
        docket: &Docket,
        spot: &Spot,
        (field, relation, with_names): (Field, Relation, bool),
        cases: &[u32],
    ) -> &[Counted] {
        let known = if spot.is_of_all() { &mut self.all } else { &mut self.beside.2 };
        let key = (field, relation, with_names);
        let at = known.iter().position(|(of, _)| *of == key).unwrap_or_else(|| {
            let mut counts = docket.values(field, relation, cases);
            if with_names {
                counts.extend(docket.rule_names(cases));
            }
            known.push((key, counts));
            known.len() - 1
        });
        known.get(at).map_or(&[], |(_, counts)| counts)
    }

    /// How many fields are counted.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.all.len() + self.beside.2.len()
    }
}

impl Docket {
    /// What may be written at a spot. `rest` are the cases that [`Spot::rest`] leaves in; `counts` has what was counted
    /// for the letter before; `is_over` says that nobody waits for the answer any more.
    #[must_use]
    pub fn complete(
        &self,
        spot: &Spot,
        rest: &[u32],
        saved: &Saved,
        counts: &mut ValueCounts,
        is_over: &dyn Fn() -> bool,
    ) -> Option<Completions> {
        let mut found = Vec::new();
        counts.begin(self.version(), spot);
        let (free, held) = spot.undecided(self, rest)?;
        let leaves = |cases: usize| if spot.negated { free.len() - cases } else { held + cases };
        match spot.field {
            Some(field) => {
                for (counted, tier) in self.like(field, (spot, &spot.letters), &free, counts) {
                    let text = counted.value.to_string();
                    let is_whole = !text.trim_end_matches('"').ends_with('/');
                    let offer = offer(&counted, text, leaves(counted.cases), is_whole);
                    found.push((tier, std::cmp::Reverse(counted.cases), offer));
                }
            }
            None if spot.letters.starts_with('@') => {
                for (name, words) in saved.iter() {
                    let text = format!("@{name}");
                    if text.to_lowercase().starts_with(&spot.letters.to_lowercase()) {
                        let offer = Completion { text, words: words.to_owned(), cases: None, is_whole: true };
                        found.push((0, std::cmp::Reverse(0), offer));
                    }
                }
            }
            None => {
                let letters = spot.letters.to_lowercase();
                for field in Field::ALL.iter().filter(|field| field.word().starts_with(&letters)) {
                    let words = field.expects().to_owned();
                    let text = format!("{}:", field.word());
                    let offer = Completion { text, words, cases: None, is_whole: false };
                    found.push((0, std::cmp::Reverse(usize::MAX - found.len()), offer));
                }
                let fields = FIELDS_OF_WORDS.iter().filter(|_| letters.chars().count() >= WORD);
                for &field in fields {
                    if is_over() {
                        return None;
                    }
                    for (counted, tier) in self.like(field, (spot, &letters), &free, counts) {
                        if tier <= 2 && counted.cases > 0 {
                            let text = format!("{}:{}", field.word(), counted.value);
                            let offer = offer(&counted, text, leaves(counted.cases), true);
                            found.push((tier + 1, std::cmp::Reverse(counted.cases), offer));
                        }
                    }
                }
            }
        }
        found.sort_by(|a, b| (a.0, a.1, &a.2.text).cmp(&(b.0, b.1, &b.2.text)));
        let more = found.len().saturating_sub(OFFERED);
        let offers = found.into_iter().take(OFFERED).map(|(_, _, offer)| offer).collect();
        Some(Completions { replaces: spot.replaces.clone(), offers, more })
    }

    /// The values of a field that letters are like, each with how near they come.
    fn like(
        &self,
        field: Field,
        (spot, letters): (&Spot, &str),
        cases: &[u32],
        counts: &mut ValueCounts,
    ) -> Vec<(Counted, u8)> {
        let (relation, letters) = match Relation::SIGNS.iter().find(|(sign, _)| letters.starts_with(sign)) {
            Some((sign, relation)) => (*relation, letters.get(sign.len()..).unwrap_or_default()),
            None => (Relation::Is, letters),
        };
        let inside;
        let (values, letters) = if field == Field::Path {
            let folder = letters.rfind('/').map_or("", |slash| letters.get(..=slash).unwrap_or_default());
            let folder = folder.trim_start_matches("./").trim_start_matches('/');
            inside = self.inside(folder, cases);
            (inside.as_slice(), letters.rsplit('/').next().unwrap_or(letters))
        } else {
            // The whole names of rules are many; they are offered once letters ask for them.
            let with_names = field == Field::Rule && !letters.is_empty();
            (counts.of(self, spot, (field, relation, with_names), cases), letters)
        };
        let letters = letters.to_lowercase();
        let near = values.iter().filter_map(|counted| Some((counted, nearness_of(&letters, counted)?)));
        near.map(|(counted, tier)| (counted.clone(), tier)).collect()
    }
}

/// How near letters in lower case come to a value: 0 it begins so, 1 a word of it does, 2 it has them somewhere, 3 it
/// has them in this order.
pub(super) fn nearness_of(letters: &str, counted: &Counted) -> Option<u8> {
    match &counted.value {
        Value::Path(pattern) => {
            let name = pattern.text().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            nearness(letters, name)
        }
        value => {
            let text = plain(value);
            let text = nearness(letters, text.trim_start_matches(['<', '>', '=']));
            // What it is in words comes behind what it is called.
            text.into_iter().chain(nearness(letters, counted.words).map(|tier| tier.max(1))).min()
        }
    }
}

fn offer(counted: &Counted, text: String, cases: usize, is_whole: bool) -> Completion {
    Completion { text, words: counted.words.to_owned(), cases: Some(cases), is_whole }
}

/// A value's text without the quotes it may need.
fn plain(value: &Value) -> String {
    match value {
        Value::Tool(pattern)
        | Value::Rule(pattern)
        | Value::Project(pattern)
        | Value::By(pattern)
        | Value::Judged(pattern)
        | Value::Assignee(pattern) => pattern.text().to_owned(),
        other => other.to_string(),
    }
}

/// How near letters in lower case come to a text.
fn nearness(letters: &str, text: &str) -> Option<u8> {
    if letters.is_empty() {
        return Some(0);
    }
    let text = text.to_lowercase();
    let begins = |at: usize| {
        text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
    };
    if text.starts_with(letters) {
        return Some(0);
    }
    let mut places = text.match_indices(letters).map(|(at, _)| at).peekable();
    if places.peek().is_some() {
        return Some(if places.any(begins) { 1 } else { 2 });
    }
    likeness(letters, &text).map(|_| 3)
}

/// The term that a caret stands in or at, from its first byte to its last; empty between terms.
fn term_at(text: &str, caret: usize) -> Range<usize> {
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if !quoted && c.is_whitespace() {
            if at >= caret {
                return start..at;
            }
            start = at + c.len_utf8();
        }
    }
    start..text.len()
}

/// Where a term's field ends.
fn colon_of(term: &str) -> Option<usize> {
    let end = term.find([':', ',', '"'])?;
    term.get(end..)?.starts_with(':').then_some(end)
}

/// The values of a term, which commas part.
fn parts(text: &str, all: Range<usize>) -> Vec<Range<usize>> {
    let (mut start, mut quoted, mut escaped, mut parts) = (all.start, false, false, Vec::new());
    for (at, c) in text.get(all.clone()).unwrap_or_default().char_indices() {
        let at = all.start + at;
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if !quoted && c == ',' {
            parts.push(start..at);
            start = at + 1;
        }
    }
    parts.push(start..all.end);
    parts
}

/// The beginning of a value out of its quotes, which may still be open.
fn unquoted(text: &str) -> String {
    let (mut out, mut quoted, mut chars) = (String::new(), false, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => match chars.peek() {
                Some('"' | '\\') => out.extend(chars.next()),
                _ => out.push(c),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
