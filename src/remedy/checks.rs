//! The checks that need nothing but the files: made of every remedy, whatever its origin, the cheapest first.
//!
//! Pure but for the clock. What costs more, scanners and the project's own command, comes after, and only where
//! nothing that is required has failed.

mod manifest;
mod minimal;
mod suppression;

use std::time::Instant;

use super::{Check, CheckKind, Evidence, Outcome, Patched, Policy, Subject};
use crate::source::imports::unused_packages;
use crate::source::{Eol, Language, Outline, decode, unknown};
use crate::text::LineIndex;

/// A check's outcome with what it rests on.
type Judged = (Outcome, Evidence);

fn held(words: impl Into<Evidence>) -> Judged {
    (Outcome::Held, words.into())
}

fn failed(words: impl Into<Evidence>) -> Judged {
    (Outcome::Failed, words.into())
}

/// Makes a check and takes its time.
pub(super) fn timed(kind: CheckKind, judge: impl FnOnce() -> Judged) -> Check {
    let started = Instant::now();
    let (outcome, evidence) = judge();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Check { kind, by: String::new(), outcome, evidence, ms }
}

/// A check that was not made.
pub(super) fn not_run(kind: CheckKind, why: impl Into<Evidence>) -> Check {
    Check { kind, by: String::new(), outcome: Outcome::NotRun, evidence: why.into(), ms: 0 }
}

/// Whether encoding, line ends and indentation stay as they are, and no character comes in that hides something.
pub(super) fn kept(files: &[Patched]) -> Judged {
    for patched in files {
        if let Some(why) = not_kept(patched) {
            return failed(why);
        }
    }
    let first = files.first().map(|patched| &patched.file.decoded);
    held(first.map_or_else(String::new, |decoded| {
        let ends = match decoded.eol {
            Eol::Lf => "LF",
            Eol::CrLf => "CRLF",
            Eol::Cr => "CR",
            Eol::Mixed => "mixed line ends",
            Eol::None => "one line",
        };
        format!("{}{}, {ends}", decoded.encoding, if decoded.bom { " with a byte order mark" } else { "" })
    }))
}

fn not_kept(patched: &Patched) -> Option<String> {
    let (before, path) = (&patched.file.decoded, &patched.file.path);
    let Ok(after) = decode(&patched.bytes) else {
        return Some(format!("`{path}` would be binary"));
    };
    if (after.encoding, after.bom) != (before.encoding, before.bom) || after.text != patched.text {
        return Some(format!("`{path}` would read as {}, not {}", after.encoding, before.encoding));
    }
    if after.eol != before.eol && before.eol != Eol::None && after.eol != Eol::None {
        return Some(format!("`{path}` would have other line ends"));
    }
    if before.text.ends_with('\n') && !patched.text.ends_with('\n') {
        return Some(format!("`{path}` would lose the line end at its end"));
    }
    for change in &patched.edit.changes {
        if let Some(odd) = change.new.chars().find(|&c| hides(c) && !change.old.contains(c)) {
            return Some(format!("it brings in the character U+{:04X}, which is not seen", u32::from(odd)));
        }
    }
    let style = Indent::of(&before.text);
    let new = patched
        .edit
        .changes
        .iter()
        .find(|change| style.is_broken_by(&before.text, change.start, &change.new));
    new.map(|_| format!("it is indented by {}, and `{path}` by {}", style.other(), style.word()))
}

/// Whether a character is not seen, or makes others look different from what they are.
pub(super) fn hides(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    control
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// By what lines are indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Indent {
    Spaces,
    Tabs,
    Either,
}

impl Indent {
    fn of(text: &str) -> Self {
        let (mut spaces, mut tabs) = (false, false);
        for line in text.lines() {
            tabs |= line.starts_with('\t');
            // One blank is the second line of a block comment.
            spaces |= line.starts_with("  ");
        }
        match (spaces, tabs) {
            (true, false) => Self::Spaces,
            (false, true) => Self::Tabs,
            _ => Self::Either,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Spaces => "spaces",
            Self::Tabs => "tabs",
            Self::Either => "both",
        }
    }

    const fn other(self) -> &'static str {
        match self {
            Self::Spaces => "tabs",
            Self::Tabs | Self::Either => "spaces",
        }
    }

    /// Whether new text that begins at a byte brings in lines that are indented otherwise.
    fn is_broken_by(self, text: &str, start: usize, new: &str) -> bool {
        let wrong = match self {
            Self::Spaces => "\t",
            Self::Tabs => "  ",
            Self::Either => return false,
        };
        let at_line_start =
            start == 0 || text.get(..start).is_some_and(|before| before.ends_with(['\n', '\r']));
        let mut lines = new.lines();
        let first = lines.next().filter(|_| at_line_start);
        first.into_iter().chain(lines).any(|line| line.starts_with(wrong) && !line.trim().is_empty())
    }
}

/// Whether the changed files have no syntax error that they did not have, and use no name that nobody defines.
pub(super) fn parses(files: &[Patched]) -> Judged {
    let mut unread = Vec::new();
    let mut told = Vec::new();
    for patched in files {
        let path = &patched.file.path;
        match well_formed(patched) {
            Some(Ok(word)) => told.push(word),
            Some(Err(why)) => return failed(format!("`{path}`: {why}")),
            None => unread.push(path.as_str()),
        }
    }
    told.dedup();
    if unread.is_empty() {
        held(told.join(", "))
    } else {
        (Outcome::NotRun, format!("there is no grammar for `{}`", unread.join("`, `")).into())
    }
}

/// Whether one file parses; `None` where nobody knows its format.
fn well_formed(patched: &Patched) -> Option<Result<String, String>> {
    let language = patched.file.language();
    let (old, new) = (patched.file.text(), patched.text.as_str());
    if let Some(read) = data_format(&patched.file.path, language) {
        return Some(match (read(old), read(new)) {
            (_, Ok(())) => Ok(language.name().to_owned()),
            (Err(_), Err(_)) => return None,
            (Ok(()), Err(why)) => Err(why),
        });
    }
    let before = Outline::of(language, old);
    if !before.is_parsed() {
        return None;
    }
    let after = Outline::of(language, new);
    let (was, is) = (before.syntax_errors(), after.syntax_errors());
    Some(match is.cmp(&was) {
        _ if !after.is_parsed() => Err("it is too large to be parsed afterwards".to_owned()),
        std::cmp::Ordering::Greater => Err(format!("{is} syntax errors, {was} before")),
        _ if is > 0 => Ok(format!("{}, with the {is} errors that were there", language.name())),
        _ => known_names(language, old, new),
    })
}

/// Whether every name that a text uses and the one before did not is defined, imported or built in, and what Go imports is
/// used. Where that cannot be said, nothing is.
fn known_names(language: Language, old: &str, new: &str) -> Result<String, String> {
    let name = language.name();
    if language == Language::Go {
        return match unused_packages(old, new).first() {
            Some(idle) => Err(format!("`{}` is imported and not used, which does not compile", idle.module)),
            None => Ok(format!("{name}, and every import is used")),
        };
    }
    match unknown(language, old, new).as_deref() {
        None => Ok(name.to_owned()),
        Some([]) => Ok(format!("{name}, and every name is known")),
        Some([first, ..]) => {
            let line = LineIndex::new(new).line_of(first.at.start);
            Err(format!("`{}` in line {line} is neither defined nor imported nor built in", first.name))
        }
    }
}

/// Reads a text, and says what is wrong with it.
type Reads = fn(&str) -> Result<(), String>;

/// The reader of a format that no grammar is needed for.
fn data_format(path: &str, language: Language) -> Option<Reads> {
    fn json(text: &str) -> Result<(), String> {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(|error| error.to_string())
    }
    fn toml(text: &str) -> Result<(), String> {
        toml::from_str::<toml::Table>(text).map(|_| ()).map_err(|error| error.message().to_owned())
    }
    fn xml(text: &str) -> Result<(), String> {
        let mut reader = quick_xml::Reader::from_str(text);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    match language.name() {
        "json" => Some(json),
        "toml" => Some(toml),
        "xml" => Some(xml),
        _ if name == "Cargo.lock" => Some(toml),
        _ if name == "go.mod" => Some(manifest::go_mod),
        _ if is_of_pip(name) => Some(manifest::requirements),
        _ => None,
    }
}

/// Whether a file is a list of what pip installs, by its name.
fn is_of_pip(name: &str) -> bool {
    name.strip_suffix(".txt")
        .is_some_and(|stem| stem.starts_with("requirements") || stem.starts_with("constraints"))
}

/// Whether what is changed is little, in its place, and hides nothing.
pub(super) fn minimal(subject: &Subject, files: &[Patched], policy: &Policy) -> Judged {
    match minimal::judge(subject, files, policy) {
        Ok(words) => held(words),
        Err(why) => failed(why),
    }
}

/// Whether a change that was brought onto another text of its file keeps it in order.
///
/// # Errors
/// What would be out of order, in words.
pub fn still_fits(patched: &Patched) -> Result<(), String> {
    for (outcome, evidence) in [kept(std::slice::from_ref(patched)), parses(std::slice::from_ref(patched))] {
        if outcome == Outcome::Failed {
            return Err(evidence.words);
        }
    }
    Ok(())
}

/// The lines of a text that hold a range, with their ends.
pub(super) fn whole_lines(text: &str, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let lines = LineIndex::new(text);
    let first = lines.range_with_break(lines.line_of(range.start)).map_or(range.start, |line| line.start);
    let last = range.end.saturating_sub(1).max(range.start);
    let end = lines.range_with_break(lines.line_of(last)).map_or(range.end, |line| line.end);
    first..end.max(range.end)
}

#[cfg(test)]
mod tests;
