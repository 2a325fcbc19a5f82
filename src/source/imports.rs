//! Owns what import statements bring into a file: of which module, what of it, and by which name it is called there.
//!
//! It reads the text of one statement, of Python, JavaScript and TypeScript, Go and Java; of other languages it says
//! nothing. It never looks into a module: what a star brings is not known.

use std::ops::Range;

use super::{Language, Outline, ScopeKind};
use crate::text::{Family, LineIndex, tokens};

/// What one import brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module, the package or the class's package.
    pub module: String,
    /// What of it: empty where it is the module itself, `*` where it is all that is in it.
    pub name: String,
    /// What it is called in the file; empty where it is imported for what it does.
    pub bound: String,
}

impl Import {
    fn new(module: &str, name: &str, bound: &str) -> Self {
        let module = module.strip_prefix("node:").unwrap_or(module);
        Self { module: module.to_owned(), name: name.to_owned(), bound: bound.to_owned() }
    }

    /// Whether it brings what another would, by the same name.
    #[must_use]
    pub fn brings(&self, other: &Self) -> bool {
        self == other || (self.name == "*" && self.module == other.module && other.name == other.bound)
    }
}

/// The import statements of a file that stand in no function and no class, in order.
#[must_use]
pub fn at_the_top(outline: &Outline) -> Vec<Range<usize>> {
    let is_script = is_script(outline.language());
    let in_code = |range: &Range<usize>| {
        outline.scopes().any(|it| {
            it.kind != ScopeKind::Module && it.span.start <= range.start && range.end <= it.span.end
        })
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    for import in outline.imports().iter().filter(|range| !in_code(range)) {
        // Of `const a = require("a")` the outline names the call.
        let range = if is_script { outline.statement_at(import.clone()) } else { import.clone() };
        if found.last().is_none_or(|last| last.end <= range.start) {
            found.push(range);
        }
    }
    found
}

/// Those of them that stand before all functions and classes.
#[must_use]
pub fn leading(outline: &Outline) -> Vec<Range<usize>> {
    let first = outline.scopes().find(|scope| scope.kind != ScopeKind::Module);
    let end = first.map_or(usize::MAX, |scope| scope.span.start);
    at_the_top(outline).into_iter().filter(|range| range.end <= end).collect()
}

/// What a statement brings; `None` where it is none that is understood.
#[must_use]
pub fn imported(language: Language, statement: &str) -> Option<Vec<Import>> {
    let found = match language {
        Language::Python => python(statement)?,
        Language::Go => packages(statement).into_iter().map(|(_, import)| import).collect(),
        Language::Java => vec![java(statement)?],
        _ if is_script(language) => script(statement)?,
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

const fn is_script(language: Language) -> bool {
    matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx)
}

fn python(statement: &str) -> Option<Vec<Import>> {
    let bare = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    let text = statement.lines().map(bare).collect::<Vec<_>>().join(" ").replace(['(', ')', '\\'], " ");
    let text = text.trim();
    let one = |one: &str| match one.split_once(" as ") {
        Some((name, alias)) => (name.trim().to_owned(), alias.trim().to_owned()),
        None => (one.trim().to_owned(), one.trim().to_owned()),
    };
    let each = |list: &str| -> Vec<(String, String)> {
        list.split(',').filter(|it| !it.trim().is_empty()).map(one).collect()
    };
    if let Some(rest) = text.strip_prefix("from ") {
        let (module, list) = rest.split_once(" import ")?;
        let of = |(name, bound): (String, String)| Import::new(module.trim(), &name, &bound);
        return Some(each(list).into_iter().map(of).collect());
    }
    let list = text.strip_prefix("import ")?;
    Some(each(list).into_iter().map(|(name, bound)| Import::new(&name, "", &bound)).collect())
}

fn java(statement: &str) -> Option<Import> {
    let path = statement.trim().strip_prefix("import ")?.trim().trim_end_matches(';').trim();
    let path = path.strip_prefix("static ").unwrap_or(path).trim();
    let (module, name) = path.rsplit_once('.')?;
    Some(Import::new(module, name, name))
}

fn script(statement: &str) -> Option<Vec<Import>> {
    let bare = without_comments(statement);
    let text = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches(';').trim();
    if let Some(rest) = text.strip_prefix("import ") {
        let rest = rest.strip_prefix("type ").unwrap_or(rest);
        let Some((names, module)) = rest.rsplit_once("from ") else {
            return quoted(rest).map(|module| vec![Import::new(module, "", "")]);
        };
        return Some(names_of(names, quoted(module)?, " as "));
    }
    let rest = ["const ", "let ", "var "].iter().find_map(|word| text.strip_prefix(word));
    let Some(rest) = rest else {
        let module = quoted(text.strip_prefix("require(")?.strip_suffix(')')?)?;
        return Some(vec![Import::new(module, "", "")]);
    };
    let mut found = Vec::new();
    for one in apart(rest) {
        let (names, value) = one.split_once('=')?;
        let (module, rest) = value.trim().strip_prefix("require(")?.split_once(')')?;
        let module = quoted(module)?;
        match rest.strip_prefix('.') {
            Some(member) if is_name(member) && is_name(names.trim()) => {
                found.push(Import::new(module, member, names.trim()));
            }
            None if rest.is_empty() => found.extend(names_of(names, module, ":")),
            _ => return None,
        }
    }
    Some(found)
}

/// A statement with a blank for each comment; what looks like one in quotes is none.
fn without_comments(statement: &str) -> String {
    let mut bare = String::with_capacity(statement.len());
    let mut quote = None;
    let mut rest = statement;
    while let Some(c) = rest.chars().next() {
        let end = match quote {
            None if rest.starts_with("//") => rest.find(['\n', '\r']).or(Some(rest.len())),
            None if rest.starts_with("/*") => {
                let inner = rest.get(2..).unwrap_or_default();
                Some(inner.find("*/").map_or(rest.len(), |at| at + 4))
            }
            _ => None,
        };
        if let Some(end) = end {
            bare.push(' ');
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        if matches!(c, '"' | '\'' | '`') {
            quote = match quote {
                None => Some(c),
                Some(open) if open == c => None,
                open => open,
            };
        }
        bare.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    bare
}

/// What `a`, `* as a`, `{ a, b as c }` and those together name of a module.
fn names_of(names: &str, module: &str, renames: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for one in apart(names) {
        let one = one.trim();
        if let Some(list) = one.strip_prefix('{') {
            for part in list.trim_end_matches('}').split(',').map(str::trim).filter(|it| !it.is_empty()) {
                let part = part.strip_prefix("type ").unwrap_or(part);
                let (name, bound) = part.split_once(renames).unwrap_or((part, part));
                found.push(Import::new(module, name.trim(), bound.trim()));
            }
        } else if !one.is_empty() {
            found.push(Import::new(module, "", one.strip_prefix("* as ").unwrap_or(one).trim()));
        }
    }
    found
}

/// A list's parts; what stands in braces is one of them.
fn apart(list: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(list.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list.get(start..).unwrap_or_default());
    parts
}

fn quoted(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = text.strip_prefix(['"', '\'', '`'])?.strip_suffix(['"', '\'', '`'])?;
    (!inner.contains(['"', '\'', '`'])).then_some(inner)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

/// The packages that a declaration of Go imports, each with the part of the declaration that says so.
#[must_use]
pub fn packages(declaration: &str) -> Vec<(Range<usize>, Import)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in declaration.split_inclusive('\n') {
        let mut from = at;
        at += line.len();
        for spec in line.split(';') {
            let range = from..from + spec.len();
            from += spec.len() + 1;
            let spec = spec.trim();
            let spec = spec.strip_prefix("import").map_or(spec, str::trim);
            let spec = spec.trim_start_matches('(').trim_end_matches(')').trim();
            let Some((alias, rest)) = spec.split_once(['"', '`']) else { continue };
            let Some((path, _)) = rest.split_once(['"', '`']) else { continue };
            if alias.contains("//") {
                continue;
            }
            let bound = if alias.trim().is_empty() { package(path) } else { alias.trim() };
            found.push((range, Import::new(path, "", bound)));
        }
    }
    found
}

/// What a package is mostly called, by its path.
fn package(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let name = if is_version(last) { parts.next().unwrap_or(last) } else { last };
    match name.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        _ => name,
    }
}

/// The packages that a text of Go imports and does not use, which is an error there, though the text before used them or
/// did not import them. Of a package that may be called otherwise than its path says nothing is said.
#[must_use]
pub fn unused_packages(old: &str, new: &str) -> Vec<Import> {
    let of = |text: &str| -> Vec<Import> {
        let outline = Outline::of(Language::Go, text);
        let all = outline.imports().iter().filter_map(|range| text.get(range.clone()));
        all.flat_map(packages).map(|(_, import)| import).collect()
    };
    let (known, now) = (of(old), of(new));
    let is_used = |text: &str, name: &str| {
        let (mut before, mut last) = ("", "");
        let mut named = false;
        tokens(text, Family::Slashes).any(|token| {
            let found = named && token.text == ".";
            // The last dot of `...` asks for no member.
            named = token.text == name && (last != "." || before == ".");
            (before, last) = (last, token.text);
            found
        })
    };
    let is_unused = |import: &Import| {
        let by_name = !matches!(import.bound.as_str(), "" | "_" | ".");
        let was_used = if known.contains(import) {
            is_used(old, &import.bound)
        } else {
            import.module.split('/').next().is_some_and(|first| !first.contains('.'))
        };
        by_name && was_used && !is_used(new, &import.bound)
    };
    now.into_iter().filter(is_unused).collect()
}

/// Where the first import of a file without any belongs: behind what must stand before it and what is said of the whole
/// file. A comment that touches the code behind it belongs to that.
#[must_use]
pub fn top(language: Language, text: &str) -> usize {
    let family = language.family();
    let (mut at, mut place) = (0, 0);
    while let Some(line) = text.get(at..).and_then(|rest| rest.split_inclusive('\n').next()) {
        let bare = line.trim();
        if bare.is_empty() || is_directive(language, bare) {
            at += line.len();
            place = at;
        } else if let Some(length) = block(language, text.get(at..).unwrap_or_default()) {
            let end = at + length;
            let behind = text.get(end..).and_then(|rest| rest.split_inclusive('\n').next());
            let is_text = !bare.starts_with("/*");
            if behind.is_some_and(|rest| !matches!(rest.trim(), "" | ";")) {
                break;
            }
            at = end + behind.map_or(0, str::len);
            if is_text {
                place = at;
            }
        } else if is_comment(family, bare) {
            at += line.len();
        } else {
            break;
        }
    }
    place
}

fn is_comment(family: Family, line: &str) -> bool {
    match family {
        Family::Hash => line.starts_with('#'),
        Family::Slashes => line.starts_with("//"),
        _ => line.starts_with('#') || line.starts_with("//"),
    }
}

/// Whether a line has to stand before any import.
fn is_directive(language: Language, line: &str) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    match language {
        Language::Java | Language::Go => line.starts_with("package "),
        Language::Php => starts(&["#!", "<?php", "declare(", "namespace "]),
        Language::C | Language::Cpp => {
            starts(&["#pragma", "#ifndef "]) || line.starts_with("#define ") && line.split(' ').count() == 2
        }
        _ if is_script(language) => starts(&["#!", "'use ", "\"use "]),
        _ => starts(&["#!"]) || line.starts_with('#') && starts(&["# -*-", "# coding", "# frozen_string"]),
    }
}

/// The length of a comment of several lines, or of a module's docstring, that a text begins with.
fn block(language: Language, text: &str) -> Option<usize> {
    if language.family() != Family::Hash && text.starts_with("/*") {
        return Some(text.find("*/")? + 2);
    }
    if language != Language::Python {
        return None;
    }
    let body = text.trim_start_matches(['r', 'R', 'u', 'U']);
    let head = text.len() - body.len();
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| body.starts_with(quote))?;
    let inner = body.get(quote.len()..)?;
    let mut from = 0;
    loop {
        let end = from + inner.get(from..)?.find(quote)?;
        let slashes = inner.get(..end)?.bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 0 {
            return Some(head + quote.len() + end + quote.len());
        }
        from = end + 1;
    }
}

/// Where a further import of a file belongs: behind the last of those that stand at its top, else at the top.
#[must_use]
pub fn place(outline: &Outline) -> usize {
    let (text, language) = (outline.text(), outline.language());
    let is_plain = |range: &Range<usize>| {
        let before = text.get(..range.start).unwrap_or_default();
        let statement = text.get(range.clone()).unwrap_or_default();
        match language {
            // Not one that is tried, or only made where something holds.
            Language::Python => before.is_empty() || before.ends_with(['\n', '\r']),
            _ if is_script(language) => imported(language, statement).is_some(),
            _ => true,
        }
    };
    match leading(outline).into_iter().rev().find(is_plain) {
        Some(last) => {
            let lines = LineIndex::new(text);
            let line = lines.line_of(last.end.saturating_sub(1).max(last.start));
            lines.range_with_break(line).map_or(last.end, |line| line.end)
        }
        None => top(language, text),
    }
}

#[cfg(test)]
mod tests;
