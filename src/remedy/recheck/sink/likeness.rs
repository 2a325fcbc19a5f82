//! How like each other two calls and two values are, names of variables aside.

use std::collections::BTreeSet;
use std::ops::Range;

use super::is_mixed;
use crate::domain::Sanitiser;
use crate::source::flow::{Call, Callee, Flow, Origin, Value};

/// Calls that change the form of a value and leave its content.
const TRANSPARENT: &[&str] = &[
    "str",
    "format",
    "join",
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "upper",
    "title",
    "encode",
    "decode",
    "bytes",
    "bytearray",
    "String",
    "toString",
    "to_s",
    "to_str",
    "trim",
    "toLowerCase",
    "toUpperCase",
    "concat",
    "append",
    "sprintf",
    "Sprintf",
    "Sprint",
    "valueOf",
    "repr",
    "unicode",
    "list",
    "tuple",
    "dict",
    "set",
    "copy",
    "deepcopy",
    "get",
    "getOrDefault",
    "items",
    "values",
    "text",
    "chr",
    "ord",
    "c_str",
    "data",
    "move",
    "forward",
    "strdup",
    "StringBuilder",
    "printf",
    "fmt",
    "replace",
    "split",
    "removeprefix",
    "removesuffix",
    "expandtabs",
    "ljust",
    "rjust",
    "zfill",
    "center",
    "casefold",
    "identity",
    "Buffer",
    "from",
    "apply",
    "call",
    "bind",
    "map",
    "filter",
    "reversed",
    "sorted",
    "next",
    "iter",
    "print",
];

/// Named arguments that have no bearing on what a call does with its data.
const NEUTRAL: &[&str] = &[
    "timeout",
    "check",
    "capture_output",
    "text",
    "encoding",
    "errors",
    "cwd",
    "env",
    "stdout",
    "stderr",
    "stdin",
    "universal_newlines",
    "bufsize",
    "close_fds",
    "start_new_session",
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    Other,
    /// The same but for a call that is not known.
    Unsure(String),
    Same,
}

pub(super) fn call_likeness(
    (before, old, only): (&Flow, &Call, Option<usize>),
    (flow, new): (&Flow, &Call),
) -> Likeness {
    if old.is_write != new.is_write || !is_same_callee(&before.callee(old), &flow.callee(new)) {
        return Likeness::Other;
    }
    let values: Vec<Value> = old.arguments.iter().map(|argument| before.value(&argument.span)).collect();
    let holds = |place: usize, test: &dyn Fn(&Value) -> bool| {
        values.get(place).is_some_and(test) && only.is_none_or(|only| only == place)
    };
    let all = 0..values.len();
    let mut places: Vec<usize> = all.clone().filter(|&place| holds(place, &is_mixed)).collect();
    if places.is_empty() {
        places = all.filter(|&place| holds(place, &|value| !value.origins.is_empty())).collect();
    }
    if !are_same_constants((before, old, &values), (flow, new)) {
        return Likeness::Other;
    }
    let mut likeness = Likeness::Same;
    for place in places {
        let (Some(value), Some(argument)) = (values.get(place), old.arguments.get(place)) else { continue };
        let Some(counterpart) = counterpart(old, new, place, argument.name.as_deref()) else {
            return Likeness::Other;
        };
        likeness = likeness.min(value_likeness(value, &flow.value(&counterpart), (before, flow)));
    }
    likeness
}

/// The argument of another call that stands in the place of one.
fn counterpart(old: &Call, new: &Call, place: usize, name: Option<&str>) -> Option<Range<usize>> {
    if let Some(name) = name {
        return new.arguments.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| it.span.clone());
    }
    let before = old.arguments.iter().take(place).filter(|it| it.name.is_none()).count();
    new.arguments.iter().filter(|it| it.name.is_none()).nth(before).map(|it| it.span.clone())
}

/// Whether what is fixed about a call is as it was. What is worked out rather than written down counts as the same.
fn are_same_constants((before, old, values): (&Flow, &Call, &[Value]), (flow, new): (&Flow, &Call)) -> bool {
    let spreads = new.arguments.iter().any(|it| {
        let text = flow.text().get(it.span.clone()).unwrap_or_default();
        it.name.is_none() && (text.starts_with('*') || text.starts_with("..."))
    });
    for (place, argument) in old.arguments.iter().enumerate() {
        if values.get(place).is_some_and(|value| !value.origins.is_empty()) {
            continue;
        }
        let was = before.constant(&argument.span);
        match counterpart(old, new, place, argument.name.as_deref()) {
            Some(now) if !is_written_down(&flow.constant(&now)) => {}
            Some(now) if plain(&flow.constant(&now)) == plain(&was) => {}
            Some(_) => return false,
            None if argument.name.as_deref().is_some_and(|name| NEUTRAL.contains(&name)) => {}
            None if spreads => {}
            None => return false,
        }
    }
    let known = |name: &str| {
        NEUTRAL.contains(&name) || old.arguments.iter().any(|it| it.name.as_deref() == Some(name))
    };
    new.arguments.iter().filter_map(|it| it.name.as_deref()).all(known)
}

/// A constant's normalised text with one word for all ways of saying no, and one for yes.
fn plain(constant: &str) -> String {
    let word = |part| match part {
        "false" | "False" | "null" | "None" | "nil" | "undefined" => "0",
        "true" | "True" => "1",
        _ => part,
    };
    constant.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Whether a normalised text is an object or a list of nothing but words and numbers, as options mostly are.
fn is_of_options(constant: &str) -> bool {
    let parts: Vec<&str> = constant.split(' ').collect();
    let is_word = |part: &str| {
        matches!(plain(part).as_str(), "0" | "1") || part.bytes().all(|byte| byte.is_ascii_digit())
    };
    matches!(parts.as_slice(), ["{", .., "}"] | ["[", .., "]"])
        && parts.iter().enumerate().all(|(at, part)| {
            matches!(*part, "{" | "}" | "[" | "]" | ":" | ",")
                || is_word(part)
                || parts.get(at + 1) == Some(&":")
        })
}

/// Whether a constant's normalised text is one word, number or text, or an object of such, and no expression.
fn is_written_down(constant: &str) -> bool {
    constant.starts_with('"')
        || is_of_options(constant)
        || constant
            .split(' ')
            .all(|part| part == "." || part == "-" || part.chars().all(|c| c.is_alphanumeric() || c == '_'))
            && !constant.split(' ').any(|part| matches!(part, "not" | "or" | "and" | "if"))
}

fn is_same_callee(old: &Callee, new: &Callee) -> bool {
    let owners = match (&old.owner, &new.owner) {
        (Some(old), Some(new)) => old == new,
        // On a value of which nothing is known.
        _ => true,
    };
    old.name == new.name && owners && old.is_computed == new.is_computed
}

/// How like each other two values are: every origin of the old one is in the new, and passed through no more.
pub(super) fn value_likeness(old: &Value, new: &Value, flows: (&Flow, &Flow)) -> Likeness {
    let mut likeness = Likeness::Same;
    let sources: BTreeSet<&str> = old.origins.iter().map(|origin| origin.from.as_str()).collect();
    for from in sources {
        let was: BTreeSet<&Callee> = old
            .origins
            .iter()
            .filter(|origin| origin.from == from)
            .flat_map(|origin| &origin.through)
            .collect();
        let ways = new.origins.iter().filter(|origin| is_same_origin(from, origin, flows));
        likeness =
            likeness.min(ways.map(|origin| way_likeness(&was, origin)).max().unwrap_or(Likeness::Other));
    }
    if likeness == Likeness::Other && new.is_cut {
        return Likeness::Unsure("more than can be followed".to_owned());
    }
    likeness
}

fn way_likeness(was: &BTreeSet<&Callee>, origin: &Origin) -> Likeness {
    let known = |callee: &&Callee| was.iter().any(|old| is_same_callee(old, callee));
    let added: Vec<&Callee> =
        origin.through.iter().filter(|callee| !known(callee) && !is_transparent(callee)).collect();
    if added.is_empty() {
        return Likeness::Same;
    }
    let is_sanitiser = |callee: &&Callee| {
        let owner = callee.owner.as_deref().unwrap_or_default();
        let owner = owner.rsplit('.').next().unwrap_or_default();
        Sanitiser::of_call(&callee.name, owner).is_some_and(|kind| kind != Sanitiser::Access)
    };
    match added.iter().find(|callee| is_sanitiser(callee)) {
        Some(_) => Likeness::Other,
        None => Likeness::Unsure(added.first().map_or_else(String::new, |callee| callee.name.clone())),
    }
}

/// Whether an origin is the same; a parameter of a function that is called otherwise now is known by its place.
pub(super) fn is_same_origin(from: &str, origin: &Origin, (before, after): (&Flow, &Flow)) -> bool {
    if from == origin.from {
        return true;
    }
    let parts = |text: &str| {
        let (place, function) = text.strip_prefix("parameter ")?.split_once(" of ")?;
        Some((place.to_owned(), function.to_owned()))
    };
    let (Some((old, was)), Some((new, is))) = (parts(from), parts(&origin.from)) else { return false };
    old == new && !after.has_function(&was) && !before.has_function(&is)
}

pub(super) fn is_transparent(callee: &Callee) -> bool {
    TRANSPARENT.contains(&callee.name.as_str())
}
