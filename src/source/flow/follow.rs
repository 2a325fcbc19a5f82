//! Owns following a value back: through variables, through functions of the same file, to where it comes from.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;

use super::back::Back;
use super::walk::is_path;
use super::{Call, Callee, Flow, Function, Name, Origin, Value};
use crate::text::tokens;

/// Steps from a variable to what it was given, and from a function to who calls it.
const DEEPEST: usize = 12;
/// Names that are looked at for one value: what is put together of itself again and again has no end.
const MOST_STEPS: usize = 20_000;
/// Origins of one value that are told apart.
const MOST: usize = 256;

/// Functions that work out what is called, where they are called on nothing.
const COMPUTING: &[&str] = &[
    "getattr",
    "eval",
    "exec",
    "compile",
    "__import__",
    "globals",
    "locals",
    "vars",
    "Function",
    "call_user_func",
    "call_user_func_array",
    "dlsym",
];

/// The same by their names alone.
const COMPUTING_ANYWHERE: &[&str] = &[
    "__import__",
    "import_module",
    "attrgetter",
    "methodcaller",
    "send",
    "public_send",
    "__send__",
    "instance_eval",
    "class_eval",
    "invoke",
];

fn is_computing(owner: &str, name: &str) -> bool {
    COMPUTING_ANYWHERE.contains(&name)
        || (matches!(owner, "" | "builtins" | "window" | "globalThis") && COMPUTING.contains(&name))
}

/// A value that is being followed.
pub(super) struct Trail<'c> {
    value: Value,
    /// Steps that may still be made, also by what is followed for its sake.
    pub(super) left: &'c Cell<usize>,
    /// The variables that led here: what rests on itself has no end.
    open: Vec<usize>,
    /// Whether parameters are followed to who calls.
    calls_in: bool,
    /// The functions whose ways back led here: one that calls itself has no end.
    pub(super) inside: Vec<usize>,
}

impl Function {
    /// How many of its parameters are not handed over in parentheses.
    pub(super) fn receivers(&self) -> usize {
        usize::from(self.parameters.first().is_some_and(|first| first == "self" || first == "cls"))
    }
}

impl Flow {
    /// What the text in a range is made of.
    #[must_use]
    pub fn value(&self, range: &Range<usize>) -> Value {
        self.followed(range, true, &Cell::new(MOST_STEPS), Vec::new())
    }

    pub(super) fn followed(
        &self,
        range: &Range<usize>,
        calls_in: bool,
        left: &Cell<usize>,
        inside: Vec<usize>,
    ) -> Value {
        let mut trail = Trail { value: Value::default(), left, open: Vec::new(), calls_in, inside };
        self.follow(range, &BTreeSet::new(), &mut trail);
        trail.value
    }

    /// What a call calls.
    #[must_use]
    pub fn callee(&self, call: &Call) -> Callee {
        let text = self.slice(&call.callee).trim();
        let text = text.strip_prefix("new ").unwrap_or(text).trim();
        if call.is_write {
            let name = text.rsplit(['.', '>', ':']).next().unwrap_or(text);
            return Callee { owner: None, name: format!("{name}="), is_computed: false };
        }
        if !is_path(text) {
            // A member of what another call gave has a name; what a call, an index or a bracket gave has none.
            let member = text.rsplit(['.', '>', ':']).next().filter(|last| is_path(last) && *last != text);
            return Callee {
                owner: None,
                name: member.unwrap_or_default().to_owned(),
                is_computed: member.is_none_or(|name| COMPUTING_ANYWHERE.contains(&name)),
            };
        }
        self.named(text, call.span.start, call.function, DEEPEST)
    }

    fn named(&self, path: &str, at: usize, function: Option<usize>, depth: usize) -> Callee {
        let path = path.replace("->", ".").replace("::", ".").replace("?.", ".");
        let (root, rest) = path.split_once('.').unwrap_or((&path, ""));
        let join = |root: &str| if rest.is_empty() { root.to_owned() } else { format!("{root}.{rest}") };
        let split = |path: &str| {
            let (owner, name) =
                path.rsplit_once('.').map_or((None, path), |(owner, name)| (Some(owner), name));
            let owner = owner.unwrap_or_default();
            let is_computed = is_computing(owner, name);
            Callee { owner: Some(owner.to_owned()), name: name.to_owned(), is_computed }
        };
        if let Some(alias) = self.aliases.get(root).filter(|_| depth > 0) {
            return split(&join(alias));
        }
        let last = path.rsplit('.').next().unwrap_or_default();
        let unknown = |is_computed| Callee { owner: None, name: last.to_owned(), is_computed };
        if self.parameter(root, function).is_some() || matches!(root, "self" | "this" | "cls" | "$this") {
            return unknown(COMPUTING_ANYWHERE.contains(&last));
        }
        let binds = self.reaching(root, at, function);
        let Some(value) = binds.last().and_then(|&index| self.binds.get(index)?.value.clone()) else {
            return split(&path);
        };
        let text = self.slice(&value).trim();
        if let Some(module) = text.strip_prefix("require(") {
            let module = module.trim_end_matches(')').trim_matches(['"', '\'']);
            let module = module.strip_prefix("node:").unwrap_or(module);
            // `const { exec } = require("child_process")` names a member of it.
            let is_whole = binds.last().and_then(|&index| self.binds.get(index)).is_some_and(|bind| {
                let before = self.text.get(bind.at..value.start).unwrap_or_default();
                !before.contains('{')
            });
            return split(&if is_whole { join(module) } else { format!("{module}.{path}") });
        }
        if is_path(text) && depth > 0 {
            let start = binds.last().and_then(|&index| Some(self.binds.get(index)?.at)).unwrap_or(at);
            return self.named(&join(text), start, function, depth - 1);
        }
        // A variable that is called holds what was worked out, unless a function is written there.
        let is_function =
            self.functions.iter().any(|it| value.start <= it.span.start && it.span.end <= value.end);
        unknown((rest.is_empty() && !is_function) || COMPUTING_ANYWHERE.contains(&last))
    }

    fn follow(&self, range: &Range<usize>, through: &BTreeSet<Callee>, trail: &mut Trail<'_>) {
        if trail.open.len() > DEEPEST || trail.value.origins.len() >= MOST {
            trail.value.is_cut = true;
            return;
        }
        self.take_literals(range, trail);
        let inner: Vec<&Call> = self.calls_in(range).filter(|call| !call.is_write).collect();
        let from = self.names.partition_point(|name| name.span.start < range.start);
        let names: Vec<&Name> = self
            .names
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|name| name.span.start < range.end)
            .filter(|name| name.span.end <= range.end)
            .take(MOST)
            .collect();
        for name in &names {
            match trail.left.get().checked_sub(1) {
                Some(left) => trail.left.set(left),
                None => {
                    trail.value.is_cut = true;
                    return;
                }
            }
            let around: Vec<&Call> =
                inner.iter().filter(|call| holds(&call.span, &name.span)).copied().collect();
            let called = around.iter().find(|call| holds(&call.callee, &name.span)).copied();
            let text = self.slice(&name.span);
            let text = match called {
                // What is called is no data; what it is called on may be.
                Some(call) if name.span.end == call.callee.end => match text.rsplit_once(['.', '>', ':']) {
                    Some((owner, _)) => owner.trim_end_matches(['-', ':', '?']),
                    None => continue,
                },
                _ => text,
            };
            let root = text.split(['.', '-', ':', '?']).next().unwrap_or(text);
            if called.is_some() && !self.is_bound(root, name.function) {
                continue;
            }
            if let Some(through) = self.passed(&around, &name.span, through, trail) {
                self.resolve(text, name, &through, trail);
            }
        }
        // Calls that are given no data are where data comes from.
        for call in &inner {
            let is_fed = names.iter().any(|name| {
                holds(&call.span, &name.span)
                    && (!holds(&call.callee, &name.span) || {
                        let text = self.slice(&name.span);
                        let root = text.split(['.', '-', ':', '?']).next().unwrap_or(text);
                        let is_on = text != root || name.span.end != call.callee.end;
                        is_on && self.is_bound(root, name.function)
                    })
            });
            let feeds = inner.iter().any(|other| other.span != call.span && holds(&call.span, &other.span));
            if is_fed || feeds {
                continue;
            }
            let around: Vec<&Call> = inner
                .iter()
                .filter(|other| other.span != call.span && holds(&other.span, &call.span))
                .copied()
                .collect();
            if let Some(through) = self.passed(&around, &call.span, through, trail) {
                let callee = self.callee(call);
                let given =
                    call.arguments.iter().map(|it| self.normal(&it.span)).collect::<Vec<_>>().join(",");
                let owner = callee.owner.unwrap_or_default();
                let from = format!("{owner}.{}({given})", callee.name);
                trail.value.origins.insert(Origin { from, through });
            }
        }
    }

    /// The calls that a value passes through; `None` where one of them, in this file, gives nothing of it back.
    fn passed(
        &self,
        around: &[&Call],
        inside: &Range<usize>,
        through: &BTreeSet<Callee>,
        trail: &Trail<'_>,
    ) -> Option<BTreeSet<Callee>> {
        let mut all = through.clone();
        for call in around {
            let callee = self.callee(call);
            let given = call.arguments.iter().position(|it| holds(&it.span, inside));
            match given.and_then(|given| self.way_back(call, given, self.own_function(&callee)?, trail)) {
                Some(Back::Through(way)) => all.extend(way),
                Some(Back::Nothing) => return None,
                // What cannot be looked through may give back what it was given.
                None => {
                    all.insert(callee);
                }
            }
        }
        Some(all)
    }

    /// The one function of this file that a call means.
    fn own_function(&self, callee: &Callee) -> Option<usize> {
        if callee.is_computed || callee.owner.as_deref().is_some_and(|owner| !owner.is_empty()) {
            return None;
        }
        let mut named = self.functions.iter().enumerate().filter(|(_, it)| it.name == callee.name);
        let (index, _) = named.next()?;
        named.next().is_none().then_some(index)
    }

    fn resolve(&self, text: &str, name: &Name, through: &BTreeSet<Callee>, trail: &mut Trail<'_>) {
        let root = text.split(['.', '-', ':', '?']).next().unwrap_or(text);
        if matches!(text, "self" | "this" | "cls" | "$this") {
            return;
        }
        for path in [text, root] {
            let reaching = self.reaching(path, name.span.start, name.function);
            let mut was_bound = false;
            for index in reaching {
                let Some(bind) = self.binds.get(index).filter(|_| !trail.open.contains(&index)) else {
                    continue;
                };
                was_bound = true;
                if let Some(value) = bind.value.clone() {
                    trail.open.push(index);
                    self.follow(&value, through, trail);
                    trail.open.pop();
                } else {
                    trail.value.origins.insert(Origin { from: "declared".into(), through: through.clone() });
                }
            }
            if was_bound {
                return;
            }
        }
        if let Some((function, place)) = self.parameter(root, name.function) {
            let Some(it) = self.functions.get(function) else { return };
            let from = parameter_origin(&it.name, place, root);
            trail.value.origins.insert(Origin { from, through: through.clone() });
            self.follow_in(function, place, through, trail);
            return;
        }
        let path = match self.aliases.get(root) {
            Some(alias) => text.replacen(root, alias, 1),
            None => text.to_owned(),
        };
        // Words of the language, and constants by their spelling, are no data.
        let last = path.rsplit('.').next().unwrap_or_default();
        let is_constant =
            matches!(last, "None" | "True" | "False" | "null" | "nil" | "undefined" | "true" | "false")
                || (last.len() > 1 && last.chars().all(|c| c.is_uppercase() || c.is_numeric() || c == '_'));
        if !is_constant {
            trail.value.origins.insert(Origin { from: path, through: through.clone() });
        }
    }

    /// Follows a parameter to what the callers of its function hand over.
    fn follow_in(&self, function: usize, place: usize, through: &BTreeSet<Callee>, trail: &mut Trail<'_>) {
        let Some(it) = self.functions.get(function).filter(|it| trail.calls_in && !it.name.is_empty()) else {
            return;
        };
        // A marker that no bind has: a function that calls itself is followed once.
        let mark = usize::MAX - function;
        if trail.open.contains(&mark) {
            return;
        }
        trail.open.push(mark);
        let method = it.receivers();
        let callers = self.called.get(&it.name).into_iter().flatten();
        for call in callers.filter_map(|&index| self.calls.get(index)) {
            let by_name = call.arguments.iter().find(|argument| {
                argument.name.as_ref().is_some_and(|name| it.parameters.get(place) == Some(name))
            });
            let by_place = || place.checked_sub(method).and_then(|place| call.arguments.get(place));
            if let Some(argument) = by_name.or_else(by_place) {
                self.follow(&argument.span, through, trail);
            }
        }
        trail.open.pop();
    }

    /// The binds of a path that a place may see, in order.
    pub(super) fn reaching(&self, path: &str, at: usize, function: Option<usize>) -> Vec<usize> {
        let Some(named) = self.bound.get(path) else { return Vec::new() };
        let mut scope = function;
        loop {
            let of_scope: Vec<usize> = named
                .iter()
                .copied()
                .filter(|&index| self.binds.get(index).is_some_and(|bind| bind.function == scope))
                .collect();
            if !of_scope.is_empty() {
                return self.not_overwritten(of_scope, at, scope == function);
            }
            if self
                .functions
                .get(scope.unwrap_or(usize::MAX))
                .is_some_and(|it| it.parameters.iter().any(|p| p == path))
            {
                return Vec::new();
            }
            match scope {
                Some(index) => scope = self.functions.get(index).and_then(|it| it.parent),
                // A member may be set in any function.
                None if path.contains('.') || path.contains("->") => {
                    return named.clone();
                }
                None => return Vec::new(),
            }
        }
    }

    /// Those that still count at a place: what is set again on every way to it does not.
    fn not_overwritten(&self, binds: Vec<usize>, at: usize, is_here: bool) -> Vec<usize> {
        if !is_here {
            return binds;
        }
        let mut left: Vec<usize> = Vec::new();
        for index in binds {
            let Some(bind) = self.binds.get(index) else { continue };
            // What stands inside of its own value is not set yet.
            let is_before = bind.value.as_ref().map_or(bind.at <= at, |value| value.end <= at);
            if !is_before {
                continue;
            }
            if bind.block.contains(&at) && !bind.adds {
                left.clear();
            }
            left.push(index);
        }
        left
    }

    pub(super) fn parameter(&self, name: &str, function: Option<usize>) -> Option<(usize, usize)> {
        let mut scope = function;
        while let Some(index) = scope {
            let it = self.functions.get(index)?;
            if let Some(place) = it.parameters.iter().position(|parameter| parameter == name) {
                return Some((index, place));
            }
            scope = it.parent;
        }
        None
    }

    fn is_bound(&self, root: &str, function: Option<usize>) -> bool {
        let is_alias = self.aliases.contains_key(root);
        !is_alias
            && (self.parameter(root, function).is_some()
                || self.bound.get(root).into_iter().flatten().any(|&index| {
                    self.binds
                        .get(index)
                        .is_some_and(|bind| bind.function == function || bind.function.is_none())
                }))
    }

    fn take_literals(&self, range: &Range<usize>, trail: &mut Trail<'_>) {
        let from = self.literals.partition_point(|literal| literal.start < range.start);
        let rest = self.literals.get(from..).unwrap_or_default();
        for literal in rest.iter().take_while(|literal| literal.end <= range.end).take(MOST) {
            if trail.value.literals.len() < MOST {
                trail.value.literals.push(self.slice(literal).trim_matches(['"', '\'', '`']).to_owned());
            }
        }
    }

    pub(super) fn normal(&self, range: &Range<usize>) -> String {
        let piece = self.slice(range);
        tokens(piece, self.family).map(|token| token.normal().into_owned()).collect::<Vec<_>>().join(" ")
    }
}

/// A parameter by its place, so that another name for it is the same.
pub(super) fn parameter_origin(function: &str, place: usize, name: &str) -> String {
    if function.is_empty() { format!("parameter {name}") } else { format!("parameter {place} of {function}") }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
