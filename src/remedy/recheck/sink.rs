//! Whether a sink still takes the same data: two versions of a file held beside each other on their syntax trees.
//!
//! Pure. A sink is what was flagged: a call, a write to a member, a text mixed with data, a literal, or else the
//! statement. Names of variables, helpers and imports, comments and the order of statements do not count.

mod likeness;

use std::collections::BTreeSet;
use std::ops::Range;

use self::likeness::{Likeness, call_likeness, is_same_origin, is_transparent, mix_likeness};
use crate::source::flow::{Call, Flow, Value};
use crate::source::{Language, Outline};
use crate::text::{LineIndex, tokens};

/// Values of a file that are compared with a flagged one.
const MOST_VALUES: usize = 4_000;

/// What became of a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sink {
    /// It no longer takes the data.
    Gone,
    /// It still takes the same data; where, in words.
    Same(String),
    /// The data goes to a call that is worked out while the program runs, which it did not before.
    Hidden(String),
    /// The data goes through something on the way that is not known.
    Doubtful(String),
}

/// A file before and after.
pub(super) struct Beside<'t> {
    language: Language,
    texts: (&'t str, &'t str),
    flows: Option<(Flow, Flow)>,
    outlines: (Outline, Outline),
}

/// What of a file is looked for.
enum Wanted<'f> {
    /// A call, and of its arguments perhaps only one.
    Call(&'f Call, Option<usize>),
    /// A text made of literals and data, where it stands, and in which function.
    Mix(Value, Range<usize>, &'f str),
    /// A literal, in a function.
    Literal(String, &'f str),
}

impl<'t> Beside<'t> {
    pub(super) fn new(path: &str, before: &'t str, after: &'t str) -> Self {
        let language = Language::detect(path, before);
        let flows = Flow::of(language, before).zip(Flow::of(language, after));
        let outlines = (Outline::of(language, before), Outline::of(language, after));
        Self { language, texts: (before, after), flows, outlines }
    }

    /// The outlines before and after.
    pub(super) const fn outlines(&self) -> (&Outline, &Outline) {
        (&self.outlines.0, &self.outlines.1)
    }

    /// How many places could not be parsed before and after; `None` without a grammar.
    pub(super) fn faults(&self) -> Option<(usize, usize)> {
        self.flows.as_ref().map(|(before, after)| (before.faults(), after.faults()))
    }

    /// What became of what a range flags; `exact` where its columns are the tool's own and not whole lines.
    pub(super) fn sink(&self, flagged: &Range<usize>, exact: bool) -> Sink {
        let statement = self.outlines.0.statement_at(flagged.clone());
        let Some((before, after)) = &self.flows else { return self.statement(&statement) };
        let wanted = wanted(before, flagged, exact, &statement);
        if wanted.is_empty() {
            return self.statement(&statement);
        }
        let mut worst = Likeness::Same;
        for one in &wanted {
            worst = worst.min(still(before, after, one));
        }
        match worst {
            Likeness::Same => Sink::Same(told(before, &wanted)),
            Likeness::Unsure(name) => Sink::Doubtful(name),
            Likeness::Other => hidden(before, after, &wanted, &statement).map_or(Sink::Gone, Sink::Hidden),
        }
    }

    /// Whether as many statements of the same form are left.
    fn statement(&self, statement: &Range<usize>) -> Sink {
        let shape = |flow: Option<&Flow>, text: &str, range: &Range<usize>| match flow {
            Some(flow) => flow.shape(range),
            None => {
                let piece = text.get(range.clone()).unwrap_or_default();
                tokens(piece, self.language.family()).map(|token| token.normal().into_owned()).collect()
            }
        };
        let (old, new) = match &self.flows {
            Some((old, new)) => (Some(old), Some(new)),
            None => (None, None),
        };
        let wanted = shape(old, self.texts.0, statement);
        if wanted.is_empty() {
            return Sink::Doubtful("what was flagged holds no code".into());
        }
        let count = |outline: &Outline, flow: Option<&Flow>| {
            let text = outline.text();
            let lines = LineIndex::new(text);
            let mut seen = BTreeSet::new();
            for line in 1..=lines.count() {
                if let Some(range) = lines.range(line).filter(|range| !range.is_empty()) {
                    let at = outline.statement_at(range);
                    seen.insert((at.start, at.end));
                }
            }
            seen.into_iter().filter(|&(start, end)| shape(flow, text, &(start..end)) == wanted).count()
        };
        let (was, is) = (count(&self.outlines.0, old), count(&self.outlines.1, new));
        if is > 0 && is >= was {
            let piece = self.texts.0.get(statement.clone()).unwrap_or_default();
            Sink::Same(format!("`{}` still stands there", short(piece)))
        } else {
            Sink::Gone
        }
    }
}

/// What of the file is the sink.
fn wanted<'f>(
    flow: &'f Flow,
    flagged: &Range<usize>,
    exact: bool,
    statement: &Range<usize>,
) -> Vec<Wanted<'f>> {
    let function = flow.function_at(flagged.start);
    if exact {
        let value = flow.value(flagged);
        let from_here = |call: &&Call| call.span.start == flagged.start && call.span.end <= flagged.end;
        if let Some(call) = flow.calls().iter().filter(from_here).max_by_key(|call| call.span.len()) {
            let is_text = is_transparent(&flow.callee(call)) && is_mixed(&value);
            return vec![if is_text {
                Wanted::Mix(value, flagged.clone(), function)
            } else {
                Wanted::Call(call, None)
            }];
        }
        // What holds calls is a statement, whose calls are looked at below.
        if flow.calls_in(flagged).all(|call| is_transparent(&flow.callee(call))) {
            if is_mixed(&value) {
                return vec![Wanted::Mix(value, flagged.clone(), function)];
            }
            let around = flow.calls().iter().filter_map(|call| {
                let inside = |span: &Range<usize>| span.start <= flagged.start && flagged.end <= span.end;
                Some((call, call.arguments.iter().position(|argument| inside(&argument.span))?))
            });
            if let Some((call, argument)) = around.min_by_key(|(call, _)| call.span.len()) {
                return vec![Wanted::Call(call, Some(argument))];
            }
            if let Some(literal) = literal(flow, flagged) {
                return vec![Wanted::Literal(literal, function)];
            }
        }
    }
    let calls: Vec<&Call> = flow.calls_in(statement).collect();
    let is_fed = |call: &&&Call, mixed: bool| {
        call.arguments.iter().any(|argument| {
            let value = flow.value(&argument.span);
            let direct = value.origins.iter().any(|origin| origin.through.iter().all(is_transparent));
            direct && (!mixed || !value.literals.is_empty())
        })
    };
    let mixed: Vec<&Call> = calls.iter().filter(|call| is_fed(call, true)).copied().collect();
    let fed: Vec<&Call> = calls.iter().filter(|call| is_fed(call, false)).copied().collect();
    let chosen = if !mixed.is_empty() {
        mixed
    } else if !fed.is_empty() {
        fed
    } else {
        calls
    };
    // Of a call and the calls that its arguments are, what takes the data first is meant.
    let is_outer = |call: &Call| {
        chosen.iter().any(|other| {
            other.span != call.span && call.span.start <= other.span.start && other.span.end <= call.span.end
        })
    };
    let innermost: Vec<Wanted<'_>> =
        chosen.iter().filter(|call| !is_outer(call)).map(|call| Wanted::Call(call, None)).collect();
    if !innermost.is_empty() {
        return innermost;
    }
    for value in flow.bound_in(statement) {
        let made = flow.value(&value);
        if is_mixed(&made) {
            return vec![Wanted::Mix(made, value, function)];
        }
        if let Some(literal) = literal(flow, &value) {
            return vec![Wanted::Literal(literal, function)];
        }
    }
    Vec::new()
}

fn is_mixed(value: &Value) -> bool {
    !value.origins.is_empty() && !words(value).is_empty()
}

fn literal(flow: &Flow, range: &Range<usize>) -> Option<String> {
    let text = flow.constant(range);
    (text.starts_with('"') && text.len() >= 5).then_some(text)
}

/// Whether what is wanted is still there.
fn still(before: &Flow, after: &Flow, wanted: &Wanted<'_>) -> Likeness {
    match wanted {
        Wanted::Call(call, only) => {
            let alike = |flow: &Flow| -> Vec<Likeness> {
                let calls = flow.calls().iter();
                let mut found: Vec<Likeness> =
                    calls.map(|other| call_likeness((before, call, *only), (flow, other))).collect();
                found.retain(|likeness| *likeness != Likeness::Other);
                found.sort_unstable_by(|a, b| b.cmp(a));
                found
            };
            // Twins elsewhere in the file were there before: it is their number that counts.
            let (was, is) = (alike(before).len(), alike(after));
            is.get(was.saturating_sub(1)).cloned().unwrap_or(Likeness::Other)
        }
        Wanted::Mix(value, was, function) => {
            let like = |flow: &Flow, range: &Range<usize>| {
                // What a call gives back is no text that was put together here; what it is given is looked at itself.
                let gives = flow.calls_in(range).find(|call| call.span == *range);
                if gives.is_some_and(|call| !is_transparent(&flow.callee(call))) {
                    return Likeness::Other;
                }
                let other = flow.value(range);
                let (old, new) = (words(value), words(&other));
                if old.intersection(&new).count() * 2 < old.len() {
                    return Likeness::Other;
                }
                mix_likeness((before, was, value), (flow, range))
            };
            somewhere(before, after, function, &like)
        }
        Wanted::Literal(text, function) => {
            let like = |flow: &Flow, range: &Range<usize>| {
                if flow.constant(range) == *text { Likeness::Same } else { Likeness::Other }
            };
            somewhere(before, after, function, &like)
        }
    }
}

/// How like a value is what the function, or one that had nothing like it, holds now.
fn somewhere(
    before: &Flow,
    after: &Flow,
    function: &str,
    like: &dyn Fn(&Flow, &Range<usize>) -> Likeness,
) -> Likeness {
    let elsewhere: BTreeSet<&str> = before
        .values()
        .take(MOST_VALUES)
        .filter(|(of, range)| *of != function && like(before, range) != Likeness::Other)
        .map(|(of, _)| of)
        .collect();
    let now = after.values().take(MOST_VALUES).filter(|(of, _)| !elsewhere.contains(of));
    now.map(|(_, range)| like(after, &range)).max().unwrap_or(Likeness::Other)
}

/// Whether data of the sinks goes to more calls than before that are worked out while the program runs.
fn hidden(before: &Flow, after: &Flow, wanted: &[Wanted<'_>], statement: &Range<usize>) -> Option<String> {
    let mut data: BTreeSet<String> = BTreeSet::new();
    for one in wanted {
        match one {
            Wanted::Call(call, _) => {
                let values = call.arguments.iter().map(|argument| before.value(&argument.span));
                data.extend(values.flat_map(|value| value.origins).map(|origin| origin.from));
            }
            Wanted::Mix(value, ..) => data.extend(value.origins.iter().map(|origin| origin.from.clone())),
            Wanted::Literal(..) => {}
        }
    }
    let function = before.function_at(statement.start);
    let takes = |flow: &Flow, call: &&Call| {
        let values = call.arguments.iter().map(|argument| flow.value(&argument.span));
        let mut origins = values.flat_map(|value| value.origins);
        flow.callee(call).is_computed
            && if data.is_empty() {
                flow.function_of(call) == function
            } else {
                origins.any(|origin| data.iter().any(|from| is_same_origin(from, &origin, (before, flow))))
            }
    };
    let was = before.calls().iter().filter(|call| takes(before, call)).count();
    let now: Vec<&Call> = after.calls().iter().filter(|call| takes(after, call)).collect();
    let one = now.iter().max_by_key(|call| call.span.len()).filter(|_| now.len() > was)?;
    Some(short(after.text().get(one.span.clone()).unwrap_or_default()))
}

fn told(before: &Flow, wanted: &[Wanted<'_>]) -> String {
    match wanted.first() {
        Some(Wanted::Call(call, _)) => {
            let callee = before.callee(call);
            let owner = callee.owner.filter(|owner| !owner.is_empty()).map(|owner| format!("{owner}."));
            let verb = if call.arguments.is_empty() { "is still called" } else { "still takes the same" };
            format!("`{}{}` {verb}", owner.unwrap_or_default(), callee.name.trim_end_matches('='))
        }
        Some(Wanted::Mix(..)) => "the same data is still put into the same text".to_owned(),
        Some(Wanted::Literal(..)) => "the same text still stands there".to_owned(),
        None => String::new(),
    }
}

/// The words of a value's literal text.
fn words(value: &Value) -> BTreeSet<String> {
    let text = value.literals.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
    text.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 80 { format!("{}…", line.chars().take(79).collect::<String>()) } else { line }
}

#[cfg(test)]
mod tests;
