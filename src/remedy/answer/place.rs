//! Where the pieces of an answer belong in the subject's file.

use std::ops::Range;

use super::read::Piece;
use crate::remedy::checks::whole_lines;
use crate::remedy::ladder::Unusable;
use crate::remedy::{Fault, Subject};
use crate::source::imports::at_the_top;
use crate::source::{Language, Outline, Scope, ScopeKind};
use crate::text::{LineIndex, similarity, tokens};

/// What is replaced, and by what.
pub(super) type Part = (Range<usize>, String);

/// Code that is said to take the flagged statement's place has at least this much in common with it, a word among it.
const LIKE: f32 = 0.3;
/// And at most this many lines more.
const MORE_LINES: usize = 20;

/// The parts that the pieces come to.
pub(super) fn parts(subject: &Subject, pieces: Vec<Piece>) -> Result<Vec<Part>, Unusable> {
    let mut parts = Vec::new();
    let mut codes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Swap { path, old, new, line } => {
                if let Some(path) = path {
                    path_fits(subject, &path)?;
                }
                parts.push(swap(subject, &old, &new, line)?);
            }
            Piece::Lines(body) => parts.extend(super::lines::parts(subject, &body)?),
            Piece::Code { label, code } => codes.push((label, code)),
        }
    }
    if codes.is_empty() {
        return Ok(parts);
    }
    // What is in the file as it stands is a quotation, not a proposal.
    let family = subject.file.language().family();
    let squeeze = |text: &str| tokens(text, family).map(|token| token.key()).collect::<Vec<u64>>();
    let file = squeeze(subject.file.text());
    codes.retain(|(_, code)| {
        let keys = squeeze(code);
        keys.is_empty() || !file.windows(keys.len()).any(|window| window == keys)
    });
    match codes.as_slice() {
        [] => Err((Fault::Unchanged, "the answer repeats the code as it is".into())),
        [(label, code)] => {
            label_fits(subject, label)?;
            parts.extend(alone(subject, code)?);
            Ok(parts)
        }
        several => Err((Fault::NoCode, format!("the answer holds {} pieces of code", several.len()))),
    }
}

/// Whether a path in an answer means the subject's file.
fn path_fits(subject: &Subject, path: &str) -> Result<(), Unusable> {
    let bare = path.trim_matches(['`', '"', '\'']).replace('\\', "/");
    if bare.split('/').any(|part| part == "..") {
        return Err((Fault::Outside, format!("it names `{path}`, which leads out of the tree")));
    }
    let own = subject.file.path.as_str();
    let bare = bare.trim_start_matches("./");
    let stripped = bare.strip_prefix("a/").or_else(|| bare.strip_prefix("b/")).unwrap_or(bare);
    let ends = |long: &str, short: &str| {
        long == short || long.strip_suffix(short).is_some_and(|before| before.ends_with('/'))
    };
    let fits = [bare, stripped].iter().any(|path| ends(own, path) || ends(path, own));
    if fits { Ok(()) } else { Err((Fault::OtherFile, format!("it changes `{path}`, another file"))) }
}

/// Whether what a fence is labelled with is the subject's language or file.
fn label_fits(subject: &Subject, label: &str) -> Result<(), Unusable> {
    let word = label.split([' ', ':', '{', ',']).next().unwrap_or_default();
    if word.is_empty() {
        return Ok(());
    }
    if word.contains(['/', '.']) {
        return path_fits(subject, word);
    }
    let own = subject.file.language();
    let known = Language::from_name(word);
    let script = |language| matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx);
    let c = |language| matches!(language, Language::C | Language::Cpp);
    match known {
        Some(other) if other != own && !(script(other) && script(own)) && !(c(other) && c(own)) => {
            let is_none = matches!(other.name(), "text" | "markdown");
            let why = format!("its code is {}, the file's is {}", other.name(), own.name());
            if is_none { Ok(()) } else { Err((Fault::Language, why)) }
        }
        _ => Ok(()),
    }
}

/// Where old code stands, and what comes there.
fn swap(subject: &Subject, old: &str, new: &str, line: u32) -> Result<Part, Unusable> {
    let text = subject.file.text();
    let (old, new) = (old.trim_matches('\n'), new.trim_matches('\n'));
    if old.trim().is_empty() {
        return Err((Fault::NoPlace, "it does not say what is replaced".into()));
    }
    let exact = subject.with_its_line_ends(old);
    let found: Vec<Range<usize>> = text.match_indices(&exact).map(|(at, it)| at..at + it.len()).collect();
    if !found.is_empty() {
        let found = only(subject, found, line)?;
        // What was a line of its own goes with its line end.
        if new.is_empty() {
            return Ok((whole_lines(text, &found), String::new()));
        }
        return Ok((found, new.to_owned()));
    }
    let lines = LineIndex::new(text);
    let wanted: Vec<&str> = old.lines().map(str::trim).collect();
    let count = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
    let fits = |first: &u32| {
        (*first..)
            .zip(&wanted)
            .all(|(line, wanted)| lines.line(line).is_some_and(|line| line.trim() == *wanted))
    };
    let last = lines.count().saturating_sub(count).saturating_add(1);
    let found =
        (1..=last).filter(fits).filter_map(|first| lines.span(first, first.saturating_add(count - 1)));
    let found = only(subject, found.collect(), line)?;
    let target = indent(text.get(found.start..).unwrap_or_default());
    Ok((found.clone(), moved(new, indent(old), target)))
}

/// The one place of several that is meant: inside of what may be changed, and there on what is flagged or at the line
/// that the answer names.
fn only(subject: &Subject, found: Vec<Range<usize>>, line: u32) -> Result<Range<usize>, Unusable> {
    if found.is_empty() {
        return Err((Fault::NoPlace, "the code that it replaces is not in the file".into()));
    }
    let mut inside: Vec<Range<usize>> = found.into_iter().filter(|range| subject.may_change(range)).collect();
    if inside.len() > 1 {
        let flagged = &subject.flagged;
        let lines = LineIndex::new(subject.file.text());
        let on = |range: &Range<usize>| range.start < flagged.end && flagged.start < range.end;
        if inside.iter().any(on) {
            inside.retain(on);
        } else if line > 0 {
            inside.retain(|range| lines.line_of(range.start) == line);
        }
    }
    match (inside.pop(), inside.is_empty()) {
        (Some(range), true) => Ok(range),
        (None, _) => {
            Err((Fault::Elsewhere, "what it replaces stands outside of the function and the imports".into()))
        }
        (Some(_), false) => Err((Fault::NoPlace, "what it replaces stands in several places".into())),
    }
}

/// Code without a word of where it belongs: the whole function, else the flagged statement anew.
fn alone(subject: &Subject, code: &str) -> Result<Vec<Part>, Unusable> {
    let language = subject.file.language();
    let outline = Outline::of(language, code);
    let mut parts = super::imports::missing(subject, &outline)?;
    if let Some((range, new)) = function(subject, &outline) {
        parts.push((range, new));
        return Ok(parts);
    }
    let mut rest = String::new();
    let mut at = 0;
    for import in at_the_top(&outline) {
        let line = whole_lines(code, &import);
        rest.push_str(code.get(at..line.start).unwrap_or_default());
        at = line.end;
    }
    rest.push_str(code.get(at..).unwrap_or_default());
    let rest = rest.trim_matches('\n');
    let text = subject.file.text();
    let flagged = text.get(subject.flagged.clone()).unwrap_or_default();
    if rest.trim().is_empty() {
        return if parts.is_empty() {
            Err((Fault::NoCode, "there is no code in it".into()))
        } else {
            Ok(parts)
        };
    }
    let words = |text| tokens(text, language.family()).filter(|it| it.is_word()).map(|it| it.key());
    let shared = words(rest).any(|word| words(flagged).any(|other| other == word));
    let close = shared && similarity(flagged, rest, language.family()) >= LIKE;
    if !close || rest.lines().count() > flagged.lines().count() + MORE_LINES {
        let prose = outline.syntax_errors() > 0;
        let why = if prose { "there is no code in it" } else { "it does not say what its code replaces" };
        return Err((if prose { Fault::NoCode } else { Fault::NoPlace }, why.into()));
    }
    let before = whole_lines(text, &(subject.flagged.start..subject.flagged.start));
    let own = indent(text.get(before.start..).unwrap_or_default());
    let new = moved(rest, indent(rest), own);
    // The statement's first line is indented already.
    parts.push((subject.flagged.clone(), new.trim_start().to_owned()));
    Ok(parts)
}

/// The whole function around what is flagged, as the code has it.
fn function(subject: &Subject, code: &Outline) -> Option<Part> {
    let named = |scope: &Scope| !matches!(scope.kind, ScopeKind::Callback | ScopeKind::Module);
    let own = subject.outline.scope_at(subject.flagged.clone()).filter(named)?;
    let mut same: Vec<Scope> = code.scopes().filter(|scope| scope.name == own.name && named(scope)).collect();
    if same.len() > 1 {
        same.retain(|scope| scope.qualified == own.qualified);
    }
    let [new] = same.as_slice() else { return None };
    let text = subject.file.text();
    let (mut range, mut span) = (own.span, new.span.clone());
    let decorated = |text: &str| text.trim_start().starts_with('@');
    let whole = text.get(range.clone())?;
    if decorated(whole) && !decorated(code.text().get(span.clone())?) {
        // An answer that leaves the decorators out does not mean them to go.
        range.start += undecorated(whole);
    }
    // Its first line is indented as the line that it begins in.
    let line = whole_lines(text, &(range.start..range.start));
    let target = indent(text.get(line.start..)?);
    let head = whole_lines(code.text(), &(span.start..span.start));
    let source = indent(code.text().get(head.start..)?);
    span.start = span.start.max(head.start);
    let new = moved(code.text().get(span)?, source, target);
    Some((range, new.trim_start().to_owned()))
}

/// Where a function begins behind its decorators.
fn undecorated(text: &str) -> usize {
    let mut at = 0;
    let mut depth = 0_i32;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        if depth <= 0 && !bare.starts_with('@') {
            return at + (line.len() - bare.len());
        }
        depth += line.chars().map(|c| i32::from(c == '(') - i32::from(c == ')')).sum::<i32>();
        at += line.len();
    }
    0
}

/// The white space that a text begins with, its empty lines aside.
fn indent(text: &str) -> &str {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// Code indented as another place is: what stood before its first line is exchanged on each.
fn moved(code: &str, from: &str, to: &str) -> String {
    if from == to {
        return code.to_owned();
    }
    let mut out = String::with_capacity(code.len() + 64);
    for line in code.split_inclusive('\n') {
        match line.strip_prefix(from) {
            Some(rest) if !line.trim().is_empty() => {
                out.push_str(to);
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
    }
    out
}
