//! The imports of an answer that the file lacks, and where in the file they go.

use std::ops::Range;

use super::place::Part;
use crate::remedy::checks::whole_lines;
use crate::remedy::ladder::Unusable;
use crate::remedy::{Fault, Subject};
use crate::source::imports::{self, Import, imported, packages};
use crate::source::{Language, Outline};
use crate::text::tokens;

/// The parts that bring in what the code imports and the file does not.
///
/// # Errors
/// One of them brings another thing by a name that is taken: what uses the name already would use that.
pub(super) fn missing(subject: &Subject, code: &Outline) -> Result<Vec<Part>, Unusable> {
    let (text, language) = (subject.file.text(), subject.file.language());
    let squeeze = |text: &str| tokens(text, language.family()).map(|token| token.key()).collect::<Vec<u64>>();
    let there: Vec<&str> =
        imports::at_the_top(&subject.outline).into_iter().filter_map(|range| text.get(range)).collect();
    let mut known: Vec<Import> = there.iter().filter_map(|it| imported(language, it)).flatten().collect();
    let squeezed: Vec<Vec<u64>> = there.iter().map(|it| squeeze(it)).collect();
    let mut new = Vec::new();
    let mut swapped = Vec::new();
    let wanted = imports::at_the_top(code);
    for statement in wanted.into_iter().filter_map(|range| code.text().get(range)).map(str::trim) {
        let Some(brought) = imported(language, statement) else {
            if !squeezed.contains(&squeeze(statement)) {
                new.push(statement.to_owned());
            }
            continue;
        };
        let lacking: Vec<Import> =
            brought.iter().filter(|it| !is_there(language, &known, it)).cloned().collect();
        if let Some((taken, other)) =
            lacking.iter().find_map(|it| Some((it, known.iter().find(|other| is_taken(it, other))?)))
        {
            if let Some(place) = exchanged(subject, &lacking, other) {
                swapped.push((place, statement.to_owned()));
                known.retain(|it| it.bound != taken.bound);
                known.extend(lacking);
                continue;
            }
            let why = format!("it imports another `{}` beside the one that is there", taken.bound);
            return Err((Fault::Elsewhere, why));
        }
        if lacking.len() == brought.len() && language != Language::Go {
            new.push(statement.to_owned());
        } else {
            new.extend(lacking.iter().map(|it| written(language, it, statement)));
        }
        known.extend(lacking);
    }
    let (future, new): (Vec<String>, Vec<String>) =
        new.into_iter().partition(|it| language == Language::Python && it.starts_with("from __future__"));
    let mut parts = swapped;
    if !future.is_empty() {
        let place = match imports::leading(&subject.outline).first() {
            Some(first) => whole_lines(text, first).start.min(subject.import_place()),
            None => subject.import_place(),
        };
        parts.extend(lines(text, place, &future));
    }
    if language == Language::Go {
        parts.extend(into_go(subject, &new));
    } else {
        parts.extend(lines(text, subject.import_place(), &new));
    }
    Ok(parts)
}

/// Whether an import would take the name of another thing.
fn is_taken(import: &Import, other: &Import) -> bool {
    let path = |it: &Import| match it.name.as_str() {
        "" => it.module.clone(),
        name => format!("{}.{name}", it.module),
    };
    let has_name = !matches!(import.bound.as_str(), "" | "*" | "_" | ".");
    has_name && import.bound == other.bound && path(import) != path(other)
}

/// Where the import stands that a safe one of the same name takes the place of: it brings nothing else, and the other is made to
/// stand in its place.
fn exchanged(subject: &Subject, lacking: &[Import], other: &Import) -> Option<Range<usize>> {
    let [import] = lacking else { return None };
    let (text, language) = (subject.file.text(), subject.file.language());
    let brings_it_alone = |range: &Range<usize>| {
        let all = text.get(range.clone()).and_then(|it| imported(language, it));
        all.is_some_and(|all| all.as_slice() == std::slice::from_ref(other))
    };
    let there = imports::leading(&subject.outline).into_iter().find(brings_it_alone)?;
    is_drop_in(language, import, other).then_some(there)
}

/// Whether a module is made to stand in another's place: everything that uses the name goes on to work.
fn is_drop_in(language: Language, import: &Import, other: &Import) -> bool {
    let last = |it: &Import| format!("{}.{}", it.module, it.name).trim_end_matches('.').to_owned();
    let (new, old) = (last(import), last(other));
    let ends = |path: &str| path.rsplit('.').next().map(str::to_owned);
    language == Language::Python
        && (new.starts_with("defusedxml.") && old.starts_with("xml.") && ends(&new) == ends(&old)
            || (import.module == "secrets" && other.module == "random")
                && matches!(import.name.as_str(), "choice" | "SystemRandom")
                && import.name == other.name)
}

/// Whether a file has what an import brings; what Java has without any counts.
fn is_there(language: Language, known: &[Import], import: &Import) -> bool {
    (language == Language::Java && import.module == "java.lang") || known.iter().any(|it| it.brings(import))
}

/// A statement that brings one thing alone, in the manner of another.
fn written(language: Language, import: &Import, like: &str) -> String {
    let Import { module, name, bound } = import;
    let renamed = |word: &str| if name == bound { name.clone() } else { format!("{name}{word}{bound}") };
    match language {
        Language::Go
            if bound == imports::packages(&format!("\"{module}\"")).first().map_or("", |it| &it.1.bound) =>
        {
            format!("\"{module}\"")
        }
        Language::Go => format!("{bound} \"{module}\""),
        Language::Python if name.is_empty() && module == bound => format!("import {module}"),
        Language::Python if name.is_empty() => format!("import {module} as {bound}"),
        Language::Python => format!("from {module} import {}", renamed(" as ")),
        _ => {
            let end = if like.ends_with(';') { ";" } else { "" };
            let module = if like.contains("node:") { format!("node:{module}") } else { module.clone() };
            match (like.starts_with("import"), name.is_empty()) {
                (true, true) => format!("import {bound} from '{module}'{end}"),
                (true, false) => format!("import {{ {} }} from '{module}'{end}", renamed(" as ")),
                (false, true) => format!("const {bound} = require('{module}'){end}"),
                (false, false) => format!("const {{ {} }} = require('{module}'){end}", renamed(": ")),
            }
        }
    }
}

/// Lines that come in at a place.
fn lines(text: &str, place: usize, new: &[String]) -> Option<Part> {
    if new.is_empty() {
        return None;
    }
    let mut all = new.join("\n") + "\n";
    if place > 0 && !text.get(..place).is_some_and(|before| before.ends_with(['\n', '\r'])) {
        all.insert(0, '\n');
    }
    Some((place..place, all))
}

/// Go's packages: into the block in parentheses where there is one, in the order that `gofmt` keeps.
fn into_go(subject: &Subject, new: &[String]) -> Vec<Part> {
    let text = subject.file.text();
    let there = imports::at_the_top(&subject.outline);
    let is_block = |range: &&Range<usize>| {
        text.get((*range).clone()).is_some_and(|it| it.contains("(\n") || it.contains("(\r\n"))
    };
    let Some(block) = there.iter().find(is_block) else {
        let alone: Vec<String> = new.iter().map(|it| format!("import {it}")).collect();
        let mut part = lines(text, subject.import_place(), &alone);
        if let Some((_, all)) = part.as_mut().filter(|_| there.is_empty()) {
            all.push('\n');
        }
        return part.into_iter().collect();
    };
    let known = packages(text.get(block.clone()).unwrap_or_default());
    new.iter()
        .map(|spec| {
            let path = spec.split('"').nth(1).unwrap_or_default();
            let is_own = |path: &str| path.split('/').next().is_some_and(|first| !first.contains('.'));
            let alike = || known.iter().filter(|(_, it)| is_own(&it.module) == is_own(path));
            let next = alike().find(|(_, it)| it.module.as_str() > path);
            let place = match (next, alike().next_back().or(known.last())) {
                (Some((range, _)), _) => block.start + range.start,
                (None, Some((range, _))) => {
                    whole_lines(text, &(block.start + range.start..block.start + range.end)).end
                }
                (None, None) => whole_lines(text, &(block.start..block.start + 1)).end,
            };
            (place..place, format!("\t{spec}\n"))
        })
        .collect()
}

/// The parts that take out what Go imports and nothing uses any more, given the text that it is with an answer's other parts.
pub(super) fn idle(subject: &Subject, new: &str) -> Vec<Part> {
    if subject.file.language() != Language::Go {
        return Vec::new();
    }
    let text = subject.file.text();
    let unused = imports::unused_packages(text, new);
    let mut parts = Vec::new();
    for declaration in imports::at_the_top(&subject.outline) {
        let all = packages(text.get(declaration.clone()).unwrap_or_default());
        let gone: Vec<_> = all.iter().filter(|(_, it)| unused.contains(it)).collect();
        if gone.len() == all.len() && !gone.is_empty() {
            parts.push((whole_lines(text, &declaration), String::new()));
            continue;
        }
        for (range, _) in gone {
            let span = declaration.start + range.start..declaration.start + range.end;
            parts.push((whole_lines(text, &span), String::new()));
        }
    }
    // Two that stand in one line go with it once, if nothing else is in it.
    parts.dedup();
    parts
}
