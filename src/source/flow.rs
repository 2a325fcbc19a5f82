//! Owns what a file calls and with what: its calls and assignments, and from where the values in them come.
//!
//! Never keeps a syntax tree and never says that code is safe: it names the origins of a value and the calls that the
//! value passed through, by names alone, within one file. What it cannot follow is an origin by itself. Two versions of
//! a file are held beside each other with it, so renamed variables, helper variables and the order of statements do not
//! show in its answers.
//!
//! Invariants: byte ranges lie inside the text on character boundaries; every question is bounded, whatever the file
//! holds; where a bound is reached origins are left out, and the value says so.

mod back;
mod follow;
mod walk;
mod written;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Language;
use super::outline::LARGEST_PARSED;
use super::outline::grammar::Grammar;
use crate::text::{Family, tokens};

/// What a file calls, and with what. `None` from [`Flow::of`] where there is no grammar.
#[derive(Debug)]
pub struct Flow {
    text: Arc<str>,
    family: Family,
    /// Places that could not be parsed.
    faults: usize,
    functions: Vec<Function>,
    calls: Vec<Call>,
    binds: Vec<Bind>,
    names: Vec<Name>,
    returns: Vec<Return>,
    /// Pieces of literal text.
    literals: Vec<Range<usize>>,
    /// Lists and objects that are written out, in order.
    collections: Vec<Collection>,
    /// What an imported name stands for.
    aliases: FxHashMap<String, String>,
    /// The binds of each name, in order, and the calls by the last part of what they call.
    bound: FxHashMap<String, Vec<usize>>,
    called: FxHashMap<String, Vec<usize>>,
}

/// A call, or a value written to a member: `page.innerHTML = name` calls `innerHTML=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// All of it.
    pub span: Range<usize>,
    /// What is called.
    pub callee: Range<usize>,
    /// What it is called with.
    pub arguments: Vec<Argument>,
    /// Whether it is a write to a member.
    pub is_write: bool,
    function: Option<usize>,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name, where it is given by name.
    pub name: Option<String>,
    /// Its value.
    pub span: Range<usize>,
}

/// A list or an object that is written out: `["ping", host]`, `{ url: it, retry: false }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// All of it.
    pub span: Range<usize>,
    /// What it is made of; by name in an object.
    pub parts: Vec<Argument>,
    /// Whether the parts of something else are among it: `{ ...other }`.
    pub is_spread: bool,
}

impl Collection {
    /// Whether it is an object: every part has a name.
    #[must_use]
    pub fn is_object(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| part.name.is_some())
    }

    /// Whether it is a list: no part has a name.
    #[must_use]
    pub fn is_list(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| part.name.is_none())
    }
}

/// What a call calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Callee {
    /// On what, with imports and plain copies resolved: `os` of `os.system`. `None` where it is a value.
    pub owner: Option<String>,
    /// The name.
    pub name: String,
    /// Whether what is called is worked out while the program runs: `getattr(os, name)(x)`.
    pub is_computed: bool,
}

/// Where a value comes from, and the calls that it passed through on the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// What it comes from: a parameter by its place, a call without data, a name from elsewhere.
    pub from: String,
    /// The calls, in no order.
    pub through: BTreeSet<Callee>,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    /// Its data.
    pub origins: BTreeSet<Origin>,
    /// Its literal text, piece by piece.
    pub literals: Vec<String>,
    /// Whether it is made of more than was followed.
    pub is_cut: bool,
}

#[derive(Debug, Clone)]
struct Function {
    name: String,
    span: Range<usize>,
    parameters: Vec<String>,
    parent: Option<usize>,
    /// Whether it may take or give back something that is not noted: Ruby's last expression, a generator's values, a
    /// named result of Go, parts of a parameter.
    is_open: bool,
}

/// A name that is given a value.
#[derive(Debug, Clone)]
struct Bind {
    target: String,
    /// `None` where it is only declared.
    value: Option<Range<usize>>,
    at: usize,
    /// The innermost block that it stands in.
    block: Range<usize>,
    function: Option<usize>,
    /// Whether what was there before stays a part of it.
    adds: bool,
}

#[derive(Debug, Clone)]
struct Name {
    span: Range<usize>,
    function: Option<usize>,
}

#[derive(Debug, Clone)]
struct Return {
    value: Range<usize>,
    function: usize,
}

impl Flow {
    /// Reads a text; `None` where its language has no grammar, or it is too large to be parsed.
    #[must_use]
    pub fn of(language: Language, text: impl Into<Arc<str>>) -> Option<Self> {
        let text: Arc<str> = text.into();
        let grammar = Grammar::of(language)?;
        if text.len() > LARGEST_PARSED {
            return None;
        }
        let tree = super::outline::parsed(grammar, &text)?;
        let mut flow = Self {
            family: language.family(),
            faults: 0,
            functions: Vec::new(),
            calls: Vec::new(),
            binds: Vec::new(),
            names: Vec::new(),
            returns: Vec::new(),
            literals: Vec::new(),
            collections: Vec::new(),
            aliases: FxHashMap::default(),
            bound: FxHashMap::default(),
            called: FxHashMap::default(),
            text: Arc::clone(&text),
        };
        walk::walk(&mut flow, &text, grammar, &tree);
        flow.names.sort_by_key(|name| name.span.start);
        flow.calls.sort_by_key(|call| (call.span.start, std::cmp::Reverse(call.span.end)));
        flow.collections.sort_by_key(|it| (it.span.start, it.span.end));
        flow.index();
        Some(flow)
    }

    fn index(&mut self) {
        for (index, bind) in self.binds.iter().enumerate() {
            self.bound.entry(bind.target.clone()).or_default().push(index);
        }
        for (index, call) in self.calls.iter().enumerate().filter(|(_, call)| !call.is_write) {
            let last = self.text.get(call.callee.clone()).unwrap_or_default().rsplit(['.', '>', ':']).next();
            self.called.entry(last.unwrap_or_default().to_owned()).or_default().push(index);
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many places could not be parsed.
    #[must_use]
    pub const fn faults(&self) -> usize {
        self.faults
    }

    /// All calls, in order.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The calls that lie in a range.
    pub fn calls_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Call> {
        let from = self.calls.partition_point(|call| call.span.start < range.start);
        let (start, end) = (range.start, range.end);
        let rest = self.calls.get(from..).unwrap_or_default().iter();
        rest.take_while(move |call| call.span.start < end)
            .filter(move |call| call.span.start >= start && call.span.end <= end)
    }

    /// The name of the function that a call stands in; empty at the top of the file.
    #[must_use]
    pub fn function_of(&self, call: &Call) -> &str {
        self.name_of(call.function)
    }

    /// Every value of the file that is named, handed over or returned, with the name of the function it stands in.
    pub fn values(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let bound =
            self.binds.iter().filter_map(|bind| Some((self.name_of(bind.function), bind.value.clone()?)));
        let given = self.calls.iter().flat_map(|call| {
            call.arguments.iter().map(|argument| (self.name_of(call.function), argument.span.clone()))
        });
        let returned = self.returns.iter().map(|it| (self.name_of(Some(it.function)), it.value.clone()));
        bound.chain(given).chain(returned)
    }

    /// The values that names are given in a range.
    pub fn bound_in(&self, range: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let (start, end) = (range.start, range.end);
        let values = self.binds.iter().filter_map(|bind| bind.value.clone());
        values.filter(move |value| start <= value.start && value.end <= end)
    }

    /// The name of the innermost function around a place; empty at the top of the file.
    #[must_use]
    pub fn function_at(&self, at: usize) -> &str {
        self.name_of(self.innermost(at))
    }

    /// Whether a function is called so.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.iter().any(|it| it.name == name)
    }

    /// A piece of the text as normalised tokens, in which the names of the functions' own variables are numbered in the
    /// order in which they come.
    #[must_use]
    pub fn shape(&self, range: &Range<usize>) -> Vec<String> {
        let function = self.innermost(range.start);
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        let piece = self.text.get(range.clone()).unwrap_or_default();
        let mut before = String::new();
        let mut shape = Vec::new();
        for token in tokens(piece, self.family) {
            // A name behind a dot is a member's, whatever variable is called the same.
            let is_own = token.is_word() && before != "." && self.is_own(token.text, function);
            before = token.normal().into_owned();
            if is_own {
                let next = numbers.len();
                shape.push(format!("${}", numbers.entry(token.text).or_insert(next)));
            } else {
                shape.push(before.clone());
            }
        }
        shape
    }

    /// Whether a name is a variable or a parameter of a function or of those around it.
    fn is_own(&self, name: &str, function: Option<usize>) -> bool {
        let mut at = function;
        while let Some(index) = at {
            let Some(it) = self.functions.get(index) else { return false };
            if it.parameters.iter().any(|parameter| parameter == name)
                || self.binds.iter().any(|bind| bind.function == at && bind.target == name)
            {
                return true;
            }
            at = it.parent;
        }
        false
    }

    fn innermost(&self, at: usize) -> Option<usize> {
        let holding = self.functions.iter().enumerate().filter(|(_, it)| it.span.contains(&at));
        holding.min_by_key(|(_, it)| it.span.len()).map(|(index, _)| index)
    }

    fn name_of(&self, function: Option<usize>) -> &str {
        function.and_then(|index| self.functions.get(index)).map_or("", |it| it.name.as_str())
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
