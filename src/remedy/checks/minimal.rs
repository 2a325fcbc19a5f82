//! How much a remedy changes, and where.

use std::collections::BTreeSet;
use std::ops::Range;

use super::suppression;
use crate::remedy::{Patched, Policy, Subject};
use crate::source::Outline;
use crate::text::diff::hunks;
use crate::text::{Family, tokens};

/// Words of code that does nothing: to put them where something was done is to delete it.
const IDLE: [&str; 11] =
    ["pass", "return", "None", "none", "null", "nil", "undefined", "continue", "break", "void", "0"];

/// How much changes, in words; or what is too much.
pub(super) fn judge(subject: &Subject, files: &[Patched], policy: &Policy) -> Result<String, String> {
    let (mut lines, mut scopes, mut count) = (0, 0, 0);
    let (mut removed, mut brought) = (0, 0);
    let mut only_options = true;
    for patched in files {
        let path = &patched.file.path;
        let (old, new) = (patched.file.text(), patched.text.as_str());
        if let Some(mark) = suppression::added(old, new) {
            return Err(format!("it silences a scanner by `{mark}`"));
        }
        let own = *path == subject.file.path;
        if !own && !subject.is_dependency() {
            return Err(format!("it changes `{path}`, another file"));
        }
        let family = patched.file.language().family();
        let changed = Changed::of(old, new, family);
        if changed.only_layout {
            return Err("it changes comments or layout and no code".to_owned());
        }
        lines += changed.lines;
        count += changed.removed.max(changed.brought);
        removed += changed.removed;
        brought += changed.telling;
        only_options &= changed.only_options;
        if subject.is_dependency() {
            continue;
        }
        inside(subject, patched)?;
        let touched = touched(&subject.outline, patched);
        scopes += touched.len();
        signatures(subject, patched)?;
    }
    if removed > 0 && brought == 0 && !only_options {
        return Err("it deletes code and puts nothing in its place".to_owned());
    }
    for (what, is, most) in [
        ("lines", lines, policy.max_lines),
        ("tokens", count, policy.max_tokens),
        ("functions", scopes, policy.max_scopes),
    ] {
        if is > most {
            return Err(format!("it changes {is} {what}; at most {most} are allowed"));
        }
    }
    let plural = |count: usize, thing: &str| format!("{count} {thing}{}", if count == 1 { "" } else { "s" });
    let mut words = vec![plural(lines, "line"), plural(count, "token")];
    words.push(if scopes > 0 { plural(scopes, "scope") } else { plural(files.len(), "file") });
    Ok(words.join(", "))
}

/// How much of a text changes.
struct Changed {
    lines: usize,
    removed: usize,
    brought: usize,
    /// New tokens that do something.
    telling: usize,
    only_layout: bool,
    /// Whether all that changes is that options are taken away.
    only_options: bool,
}

impl Changed {
    fn of(old: &str, new: &str, family: Family) -> Self {
        let (lines, removed, brought, telling) = (0, 0, 0, 0);
        let mut all = Self { lines, removed, brought, telling, only_layout: true, only_options: true };
        for (from, to) in hunks(old, new) {
            let (start, end) = (from.start, from.end);
            let (from, to) = (old.get(from).unwrap_or_default(), new.get(to).unwrap_or_default());
            all.lines += from.lines().count().max(to.lines().count());
            let keys = |text| tokens(text, family).map(|token| token.key()).collect::<Vec<u64>>();
            let (was, is) = (keys(from), keys(to));
            let head = was.iter().zip(&is).take_while(|(a, b)| a == b).count();
            let tail = was.iter().skip(head).rev().zip(is.iter().skip(head).rev());
            let tail = tail.take_while(|(a, b)| a == b).count();
            let (removed, brought) = (was.len() - head - tail, is.len() - head - tail);
            all.removed += removed;
            all.brought += brought;
            all.only_layout &= removed + brought == 0;
            all.only_options = all.only_options
                && (removed + brought == 0
                    || brought == 0 && takes_options(old, start..end, head..head + removed, family));
            let new_tokens = tokens(to, family).skip(head).take(brought);
            all.telling += new_tokens
                .filter(|token| {
                    let is_word =
                        token.text.chars().next().is_some_and(|c| c.is_alphanumeric() || "_'\"`".contains(c));
                    is_word && !IDLE.contains(&token.text)
                })
                .count();
        }
        all
    }
}

/// Whether the tokens of a range that are taken away are options: names with what is written down for them, of a call or of an
/// object that stays. A safe default in the place of `verify=False` is a fix; without its data a call does something else.
fn takes_options(text: &str, range: Range<usize>, gone: Range<usize>, family: Family) -> bool {
    let words = |range: Range<usize>| -> Vec<&str> {
        tokens(text.get(range).unwrap_or_default(), family).map(|token| token.text).collect()
    };
    let mut before = words(0..range.start);
    let changed = words(range.clone());
    before.extend(changed.get(..gone.start).unwrap_or_default());
    let behind = changed
        .get(gone.end)
        .copied()
        .or_else(|| tokens(text.get(range.end..).unwrap_or_default(), family).next().map(|token| token.text));
    let gone = changed.get(gone).unwrap_or_default();
    let closes = |word: Option<&str>| matches!(word, Some(")" | "}"));
    let bare = match (gone, before.last()) {
        ([",", rest @ ..], _) if closes(behind) || behind == Some(",") => rest,
        ([rest @ .., ","], Some(&("(" | "{" | ","))) => rest,
        (rest, Some(&("(" | "{"))) if closes(behind) => rest,
        _ => return false,
    };
    let mut depth = 0_usize;
    let opener = before.iter().rposition(|word| match *word {
        ")" | "]" | "}" => {
            depth += 1;
            false
        }
        "(" | "[" | "{" if depth == 0 => true,
        "(" | "[" | "{" => {
            depth -= 1;
            false
        }
        _ => false,
    });
    let is_called = |at: usize| {
        before.get(at.wrapping_sub(1)).is_some_and(|word| {
            matches!(*word, ")" | "]" | ">") || word.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    match opener.and_then(|at| Some((at, *before.get(at)?))) {
        Some((at, "(")) => is_called(at) && entries(bare).all(|entry| is_option(entry, true)),
        Some((_, "{")) => entries(bare).all(|entry| is_option(entry, false)),
        _ => false,
    }
}

/// What stands between the commas of the outermost level.
fn entries<'w, 't>(words: &'w [&'t str]) -> impl Iterator<Item = &'w [&'t str]> {
    let mut depth = 0_usize;
    words.split(move |word| {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *word == ","
    })
}

/// Whether it is a name with what is written down for it, or, of a call, an object of nothing but such.
fn is_option(entry: &[&str], of_call: bool) -> bool {
    match entry {
        ["{", inner @ .., "}"] => of_call && is_object(inner),
        [_, ":", "{", inner @ .., "}"] => is_object(inner),
        [name, ":", value @ ..] => is_name(name) && is_written(value),
        [name, "=", value @ ..] => of_call && is_name(name) && is_written(value),
        _ => false,
    }
}

fn is_object(inner: &[&str]) -> bool {
    let inner = inner.strip_suffix(&[","]).unwrap_or(inner);
    !inner.is_empty() && entries(inner).all(|entry| is_option(entry, false))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '"' | '\''))
}

/// Whether a value is a number, a word of the language, a name in capitals, or a text of one word.
fn is_written(value: &[&str]) -> bool {
    let is_capital = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    match value {
        ["-", number] | [number] if number.starts_with(|c: char| c.is_ascii_digit()) => true,
        [word] if word.starts_with(['"', '\'']) => !word.contains(char::is_whitespace),
        [word] => {
            is_capital(word)
                || matches!(
                    *word,
                    "True" | "False" | "None" | "true" | "false" | "null" | "nil" | "undefined"
                )
        }
        [path @ .., ".", last] => is_capital(last) && path.iter().all(|it| *it == "." || is_name(it)),
        _ => false,
    }
}

/// Whether all that changes lies in the scope or among the imports.
fn inside(subject: &Subject, patched: &Patched) -> Result<(), String> {
    for change in &patched.edit.changes {
        if !subject.may_change(&change.span()) {
            let line = patched.file.text().get(..change.start).unwrap_or_default().matches('\n').count() + 1;
            return Err(format!("it changes line {line}, outside of the function and the imports"));
        }
    }
    Ok(())
}

/// The innermost scopes in which something changes; the top of the file is one.
fn touched(outline: &Outline, patched: &Patched) -> BTreeSet<(usize, usize)> {
    let at = |span: Range<usize>| {
        outline.scope_at(span).map_or((0, 0), |scope| (scope.span.start, scope.span.end))
    };
    patched.edit.changes.iter().map(|change| at(change.span())).collect()
}

/// Whether every function that changes is called as before, unless its head is what is flagged.
fn signatures(subject: &Subject, patched: &Patched) -> Result<(), String> {
    let after = Outline::of(patched.file.language(), patched.text.as_str());
    let now: BTreeSet<(String, String)> =
        after.scopes().map(|scope| (scope.qualified, scope.signature)).collect();
    let changes = &patched.edit.changes;
    for scope in subject.outline.scopes() {
        let changed = |span: &Range<usize>| {
            changes.iter().any(|it| it.start <= span.end && span.start <= it.span().end)
        };
        if !changed(&scope.span) || now.contains(&(scope.qualified.clone(), scope.signature.clone())) {
            continue;
        }
        // The statement that a head is, is flagged with it.
        let text = patched.file.text().get(subject.flagged.clone()).unwrap_or_default();
        let squeezed: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !scope.signature.is_empty() && squeezed.contains(&scope.signature) {
            continue;
        }
        return Err(format!("it changes how `{}` is called", scope.qualified));
    }
    Ok(())
}
