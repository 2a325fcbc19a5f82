//! How like each other two calls and two values are, names of variables aside.

use std::collections::BTreeSet;
use std::ops::Range;

use super::is_mixed;
use crate::domain::Sanitiser;
use crate::source::flow::{Argument, Call, Callee, Collection, Flow, Origin, Value};

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

/// Programs that put the text behind their `-c` together again, as a shell does.
const SHELLS: &[&str] =
    &["sh", "bash", "dash", "zsh", "ksh", "ash", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh"];

/// What a page takes as text whatever it is given: a list is put together there.
const PAGE_TEXT: &[&str] = &["write", "writeln", "html", "append", "insertAdjacentHTML"];

/// Objects within objects whose parts are held beside each other.
const DEEPEST: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    Other,
    /// The same but for a call that is not known.
    Unsure(String),
    Same,
}

/// What a call or an object is given, by place and by name.
#[derive(Clone, Copy)]
struct Given<'g> {
    flow: &'g Flow,
    parts: &'g [Argument],
    /// Whether there is more that is not named here.
    is_spread: bool,
    is_object: bool,
    /// Whether a shell is started by its name, which says the same as the option for one.
    has_shell: bool,
}

impl<'g> Given<'g> {
    fn to_call(flow: &'g Flow, call: &'g Call) -> Self {
        let is_spread = call.arguments.iter().any(|it| {
            let text = flow.text().get(it.span.clone()).unwrap_or_default();
            it.name.is_none() && (text.starts_with('*') || text.starts_with("..."))
        });
        Self { flow, parts: &call.arguments, is_spread, is_object: false, has_shell: false }
    }

    fn in_object(flow: &'g Flow, object: &'g Collection) -> Self {
        Self { flow, parts: &object.parts, is_spread: object.is_spread, is_object: true, has_shell: false }
    }
}

/// How like a call is another; of its arguments perhaps only one counts.
pub(super) fn call_likeness(
    (before, old, only): (&Flow, &Call, Option<usize>),
    (flow, new): (&Flow, &Call),
) -> Likeness {
    if old.is_write != new.is_write || !is_same_callee(&before.callee(old), &flow.callee(new)) {
        return Likeness::Other;
    }
    let apart = Apart::of(flow, new);
    let has_shell = names_a_shell(flow, new);
    let given = Given { has_shell, ..Given::to_call(flow, new) };
    given_likeness((Given::to_call(before, old), only), given, apart, DEEPEST)
}

/// Whether a list, of which each part is data of its own, is not the text that its parts were put together to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    Other,
    /// A shell puts it together again.
    Same,
}

impl Apart {
    /// What it is for a call.
    fn of(flow: &Flow, call: &Call) -> Self {
        let is_on = |argument: &Argument| {
            argument.name.as_deref() == Some("shell") && plain(&flow.constant(&argument.span)) != "0"
        };
        let in_options = |argument: &Argument| {
            flow.collection(&argument.span).is_some_and(|it| it.is_spread || it.parts.iter().any(is_on))
        };
        let shell = call.arguments.iter().any(|argument| is_on(argument) || in_options(argument));
        let is_page = call.is_write || PAGE_TEXT.contains(&flow.callee(call).name.as_str());
        if shell || is_page || names_a_shell(flow, call) || Given::to_call(flow, call).is_spread {
            Self::Same
        } else {
            Self::Other
        }
    }
}

/// Whether a call starts a shell by its name and has it read a text: `["sh", "-c", "ping " + host]`, or the same without
/// the brackets.
fn names_a_shell(flow: &Flow, call: &Call) -> bool {
    let Some(first) = call.arguments.first() else { return false };
    let words = |parts: &[Argument]| -> Vec<String> {
        parts.iter().map(|part| flow.constant(&part.span).trim_matches('"').to_lowercase()).collect()
    };
    let written = flow.written(&first.span);
    let lists = written.iter().filter_map(|range| flow.collection(range)).map(|list| words(&list.parts));
    let is_shell = |all: &[String]| {
        let program = all.first().and_then(|it| it.rsplit(['/', '\\']).next()).unwrap_or_default();
        SHELLS.contains(&program)
    };
    let reads = |all: &[String]| {
        let is_option = |it: &String| {
            matches!(it.as_str(), "/c" | "/k" | "-command")
                || it
                    .strip_prefix('-')
                    .is_some_and(|it| it.len() < 6 && !it.starts_with('-') && it.ends_with('c'))
        };
        all.iter().any(is_option)
    };
    let mut lists: Vec<Vec<String>> = lists.collect();
    // As Node's `spawn("sh", ["-c", line])` and Go's `exec.Command("sh", "-c", line)` have it.
    let mut flat = Vec::new();
    for argument in &call.arguments {
        match flow.collection(&argument.span).filter(|it| it.is_list()) {
            Some(list) => flat.extend(words(&list.parts)),
            None => flat.extend(words(std::slice::from_ref(argument))),
        }
    }
    lists.push(flat);
    lists.iter().any(|all| is_shell(all) && reads(all))
}

/// How like what is handed over is to what was, by place and by name: to a call, or in an object.
fn given_likeness(
    (old, only): (Given<'_>, Option<usize>),
    new: Given<'_>,
    apart: Apart,
    depth: usize,
) -> Likeness {
    let values: Vec<Value> = old.parts.iter().map(|argument| old.flow.value(&argument.span)).collect();
    let holds = |place: usize, test: &dyn Fn(&Value) -> bool| {
        values.get(place).is_some_and(test) && only.is_none_or(|only| only == place)
    };
    let all = 0..values.len();
    let mut places: Vec<usize> = all.clone().filter(|&place| holds(place, &is_mixed)).collect();
    if places.is_empty() {
        places = all.filter(|&place| holds(place, &|value| !value.origins.is_empty())).collect();
    }
    if !are_same_constants((old, &values), new) {
        return Likeness::Other;
    }
    let mut likeness = Likeness::Same;
    for place in places {
        let (Some(value), Some(argument)) = (values.get(place), old.parts.get(place)) else { continue };
        let Some(counterpart) = counterpart(old.parts, new.parts, place, argument.name.as_deref()) else {
            if new.is_spread && argument.name.is_some() {
                continue;
            }
            return Likeness::Other;
        };
        let one = part_likeness((old.flow, &argument.span, value), (new.flow, &counterpart), apart, depth);
        likeness = likeness.min(one);
    }
    likeness
}

/// How like each other two values are that stand in the same place.
fn part_likeness(
    (before, was, value): (&Flow, &Range<usize>, &Value),
    (flow, is): (&Flow, &Range<usize>),
    apart: Apart,
    depth: usize,
) -> Likeness {
    let objects = before.collection(was).filter(|it| it.is_object()).zip(flow.collection(is));
    if let Some((old, new)) = objects.filter(|(_, new)| new.is_object() && depth > 0) {
        let (old, new) = (Given::in_object(before, old), Given::in_object(flow, new));
        return given_likeness((old, None), new, apart, depth - 1);
    }
    if apart == Apart::Other && !is_collection(before, was) && is_apart(flow, is, value) {
        return Likeness::Other;
    }
    value_likeness(value, &flow.value(is), (before, flow))
}

fn is_collection(flow: &Flow, range: &Range<usize>) -> bool {
    flow.collection(range).is_some()
}

/// Whether a range is a list in which no part holds both the words and the data of what was one text.
fn is_apart(flow: &Flow, range: &Range<usize>, was: &Value) -> bool {
    let is_list = |range: &Range<usize>| {
        flow.collection(range).is_some_and(|it| {
            it.is_list() && !it.is_spread && it.parts.iter().all(|part| !is_mixed(&flow.value(&part.span)))
        })
    };
    let written = flow.written(range);
    is_mixed(was) && !written.is_empty() && written.iter().all(is_list)
}

/// How like a value that was put together of literals and data is one that stands anywhere.
pub(super) fn mix_likeness(
    (before, was, value): (&Flow, &Range<usize>, &Value),
    (flow, is): (&Flow, &Range<usize>),
) -> Likeness {
    let shell =
        || flow.takers(&flow.written(is)).into_iter().any(|call| Apart::of(flow, call) == Apart::Same);
    let apart = if is_apart(flow, is, value) && !shell() { Apart::Other } else { Apart::Same };
    part_likeness((before, was, value), (flow, is), apart, DEEPEST)
}

/// The argument of another call that stands in the place of one.
fn counterpart(old: &[Argument], new: &[Argument], place: usize, name: Option<&str>) -> Option<Range<usize>> {
    if let Some(name) = name {
        return new.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| it.span.clone());
    }
    let before = old.iter().take(place).filter(|it| it.name.is_none()).count();
    new.iter().filter(|it| it.name.is_none()).nth(before).map(|it| it.span.clone())
}

/// Whether what is fixed about a call or an object is as it was. What is worked out rather than written down counts as
/// the same.
fn are_same_constants((old, values): (Given<'_>, &[Value]), new: Given<'_>) -> bool {
    for (place, argument) in old.parts.iter().enumerate() {
        if values.get(place).is_some_and(|value| !value.origins.is_empty()) {
            continue;
        }
        if new.has_shell && argument.name.as_deref() == Some("shell") {
            continue;
        }
        let was = old.flow.constant(&argument.span);
        match counterpart(old.parts, new.parts, place, argument.name.as_deref()) {
            Some(now) if !is_written_down(&new.flow.constant(&now)) => {}
            // In an object a name that is not known may stand for what was there.
            Some(now) if new.is_object && !new.flow.value(&now).origins.is_empty() => {}
            Some(now) if plain(&new.flow.constant(&now)) == plain(&was) => {}
            Some(_) => return false,
            None if argument.name.as_deref().is_some_and(|name| NEUTRAL.contains(&name)) => {}
            None if new.is_spread => {}
            None => return false,
        }
    }
    let known =
        |name: &str| NEUTRAL.contains(&name) || old.parts.iter().any(|it| it.name.as_deref() == Some(name));
    new.parts.iter().filter_map(|it| it.name.as_deref()).all(known)
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
fn value_likeness(old: &Value, new: &Value, flows: (&Flow, &Flow)) -> Likeness {
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
    // A function's own `call` hands its arguments on and a text's `decode` is that text; those of these modules are sinks.
    TRANSPARENT.contains(&callee.name.as_str())
        && !matches!(callee.owner.as_deref(), Some("subprocess" | "jwt"))
}
