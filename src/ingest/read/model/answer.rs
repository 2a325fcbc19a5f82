//! A model's answer as text: thoughts, prose, Markdown fences, and the JSON somewhere in it.

use std::ops::Range;

use serde_json::Value;

use super::outline::Outline;
use super::repair::{self, Repaired, repair};
use super::walk::{Around, Hand, Walk, survey};
use crate::ingest::json::Json;
use crate::ingest::reader::{Failure, ReadError};

/// What is noted of JSON whose quotes were escaped as if it stood in a string.
const ESCAPED: &str = "escaped quotes around it";

/// A part of the answer that may hold JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    range: Range<usize>,
    fenced: bool,
}

/// Something that is JSON in the main and cannot be mended.
struct Wreck {
    from: usize,
    column: usize,
    failure: Failure,
    why: &'static str,
    /// Elements counted before it.
    count: usize,
}

impl Walk<'_> {
    /// Walks a text. One of which nothing can be made counts as one broken element.
    pub(super) fn answer(&mut self, at: &str, text: &str, around: &Around) -> Result<(), ReadError> {
        if around.too_deep() {
            return self.broken(&at, Failure::TooLarge, "answers nested too deep", text.as_bytes());
        }
        let Some(start) = behind_thoughts(text) else {
            return self.broken(
                &at,
                Failure::Truncated,
                "it stops among the model's thoughts",
                text.as_bytes(),
            );
        };
        let bare = text.get(start..).unwrap_or_default().trim();
        if bare.is_empty() {
            return self.broken(&at, Failure::Empty, "nothing is said", text.as_bytes());
        }
        if let Some((inner, repairs)) = unwrapped(bare) {
            return self.answer(at, &inner, &around.deeper().repaired(repairs));
        }
        let before = self.count;
        let mut search = Search {
            text,
            at,
            smells: smells(text),
            counted: (0, 1),
            many: text.get(..start).is_some_and(|head| !head.trim().is_empty())
                || !bare.starts_with(['{', '[']),
            spent: 0,
            clean: None,
            json: false,
            wreck: None,
        };
        let mut from = start;
        for part in parts(text, start) {
            if part.range.end > from {
                let range = part.range.start.max(from)..part.range.end;
                from = self.part(&mut search, range, part.fenced, around)?;
            }
        }
        self.bury(&mut search, text.len())?;
        if self.count > before {
            return Ok(());
        }
        if let Some(certain) = search.clean {
            self.clean(certain);
            return Ok(());
        }
        if says_nothing(bare) {
            self.clean(false);
            return Ok(());
        }
        let (failure, why) = if search.json {
            (Failure::WrongShape, "its JSON holds nothing like a finding")
        } else {
            (Failure::Invalid, "no JSON is in it")
        };
        self.broken(&at, failure, why, text.as_bytes())
    }

    /// Looks through one part for JSON; gives where the reading stopped, which may lie behind the part.
    fn part(
        &mut self,
        search: &mut Search<'_>,
        range: Range<usize>,
        fenced: bool,
        around: &Around,
    ) -> Result<usize, ReadError> {
        let text = search.text;
        let mut pos = range.start;
        // Every try reads on to where it fails; a text of nothing but brackets must not be read over and over.
        while search.spent <= 8 * text.len() + (1 << 20) {
            let rest = text.get(pos..range.end).unwrap_or_default();
            let Some(found) = rest.find(['{', '[']) else { break };
            let from = pos + found;
            let piece = text.get(from..range.end).unwrap_or_default();
            match repair(piece) {
                Ok(mut repaired) => {
                    search.spent += repaired.end + 16;
                    let mut piece = piece;
                    if repaired.is_cut() && fenced && repaired.end == piece.len() {
                        // A fence inside of a string that was not escaped ends the part too early.
                        let whole = text.get(from..).unwrap_or_default();
                        let longer = repair(whole).ok().filter(|longer| !longer.is_cut());
                        search.spent += whole.len();
                        if let Some(longer) = longer {
                            (repaired, piece) = (longer, whole);
                        }
                    }
                    let tail = piece.get(repaired.end..).unwrap_or_default().trim_start();
                    if !repaired.is_cut() && tail.starts_with(['}', ']']) {
                        repaired.general.push(repair::EXTRA_BRACKET);
                    }
                    let end = from + repaired.end.max(1);
                    if self.segment(search, from, piece, &repaired, around)? {
                        pos = end;
                    } else if repaired.is_cut() || !repaired.damages.is_empty() {
                        pos =
                            self.wrecked(search, from, end, Failure::Truncated, "it stops in the middle")?;
                    } else {
                        pos = end;
                    }
                    if pos > range.end {
                        return Ok(pos);
                    }
                }
                Err(hopeless) => {
                    search.spent += hopeless.at + 16;
                    pos = self.wrecked(search, from, from + hopeless.at, hopeless.failure, hopeless.why)?;
                }
            }
        }
        Ok(range.end)
    }

    /// Walks a piece of JSON if it holds findings. False: it is for the caller to judge.
    fn segment(
        &mut self,
        search: &mut Search<'_>,
        from: usize,
        piece: &str,
        repaired: &Repaired,
        around: &Around,
    ) -> Result<bool, ReadError> {
        let mut probe = Probe::default();
        let seen = walk_piece(&mut Walk::new(&mut probe), "", piece, repaired, around);
        if !probe.found {
            let sound = repaired.damages.is_empty() && seen.is_ok();
            if sound && (probe.clean.is_some() || repaired.json.trim() == "[]") {
                search.clean = Some(search.clean.unwrap_or_default() || probe.clean.unwrap_or_default());
                return Ok(true);
            }
            search.json |= sound;
            return Ok(false);
        }
        let column = search.column(from);
        if search.wreck.as_ref().is_some_and(|wreck| wreck.column >= column) {
            self.bury(search, from)?;
        }
        search.wreck = None;
        let at = search.place(from);
        walk_piece(self, &at, piece, repaired, around)?;
        Ok(true)
    }

    /// Remembers something that cannot be mended, and gives where to go on: inside of it, since a list that is
    /// broken may hold findings that are not.
    fn wrecked(
        &mut self,
        search: &mut Search<'_>,
        from: usize,
        end: usize,
        failure: Failure,
        why: &'static str,
    ) -> Result<usize, ReadError> {
        let column = search.column(from);
        if search.smells(from) {
            if search.wreck.as_ref().is_some_and(|wreck| wreck.column >= column) {
                self.bury(search, from)?;
            }
            if search.wreck.is_none() {
                search.wreck = Some(Wreck { from, column, failure, why, count: self.count });
            }
            return Ok(from + 1);
        }
        Ok(end.max(from + 1))
    }

    /// Counts what could not be mended, unless something inside of it was read.
    fn bury(&mut self, search: &mut Search<'_>, to: usize) -> Result<(), ReadError> {
        match search.wreck.take() {
            Some(wreck) if wreck.count == self.count => {
                let raw = search.text.get(wreck.from..to).unwrap_or_default().trim_end();
                self.broken(&search.place(wreck.from), wreck.failure, wreck.why, raw.as_bytes())
            }
            _ => Ok(()),
        }
    }
}

/// A search through one answer.
struct Search<'t> {
    text: &'t str,
    at: &'t str,
    /// Whether a place needs its line to be found.
    many: bool,
    /// Where the text speaks of findings.
    smells: Vec<usize>,
    /// A place in the text and its line.
    counted: (usize, usize),
    /// Bytes read in tries.
    spent: usize,
    clean: Option<bool>,
    /// JSON that holds nothing like a finding was there.
    json: bool,
    wreck: Option<Wreck>,
}

impl Search<'_> {
    fn column(&self, from: usize) -> usize {
        let head = self.text.get(..from).unwrap_or_default();
        from - head.rfind('\n').map_or(0, |line| line + 1)
    }

    /// Whether the text speaks of findings at a place or close behind it.
    fn smells(&self, from: usize) -> bool {
        let next = self.smells.partition_point(|at| *at < from);
        self.smells.get(next).is_some_and(|at| *at < from + 4096)
    }

    /// What to call a place in the answer.
    fn place(&mut self, from: usize) -> String {
        if !self.many && self.text.get(..from).is_some_and(|head| head.trim().is_empty()) {
            return self.at.to_owned();
        }
        // Counted on from the last place: an answer may hold thousands of them.
        let (to, line) = if from < self.counted.0 { (0, 1) } else { self.counted };
        let between = self.text.as_bytes().get(to..from).unwrap_or_default();
        let line = line + memchr::memchr_iter(b'\n', between).count();
        self.counted = (from, line);
        if self.at.is_empty() { format!("line {line}") } else { format!("{} line {line}", self.at) }
    }
}

/// Walks mended JSON.
fn walk_piece(
    walk: &mut Walk<'_>,
    at: &str,
    piece: &str,
    repaired: &Repaired,
    around: &Around,
) -> Result<(), ReadError> {
    let open = || Json::new(Box::new(repaired.json.as_bytes()));
    let (outline, _): (Option<Outline>, usize) = survey(&mut open())?;
    let around = around.deeper().repaired(&repaired.general);
    let before = walk.count;
    walk.one(&mut open(), outline, at, &around, Some((repaired, piece)))?;
    // Cut before the first finding was complete.
    if walk.count == before && repaired.is_cut() {
        let raw = piece.get(..repaired.end).unwrap_or_default();
        walk.broken(&at, Failure::Truncated, "it stops before its first finding", raw.as_bytes())?;
    }
    Ok(())
}

/// Tells whether there is a finding, and stops at the first.
#[derive(Default)]
struct Probe {
    found: bool,
    clean: Option<bool>,
}

impl Hand for Probe {
    fn element(
        &mut self,
        _: &dyn std::fmt::Display,
        _: &[u8],
        value: &Value,
        around: &Around,
    ) -> Result<(), ReadError> {
        self.found |=
            value.is_object() && (around.listed || Outline::of_value(value, 0).flat_traits().is_finding());
        if self.found { Err(ReadError::Stopped("found".into())) } else { Ok(()) }
    }

    fn broken(&mut self, _: &dyn std::fmt::Display, _: Failure, _: &str, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }

    fn aside(&mut self, _: &dyn std::fmt::Display, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn clean(&mut self, certain: bool) {
        self.clean = Some(self.clean.unwrap_or_default() || certain);
    }

    fn origin(&mut self, _: &Outline) {}
}

/// Where the answer begins behind what a reasoning model thought aloud; none where it never gets that far.
fn behind_thoughts(text: &str) -> Option<usize> {
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let trimmed = rest.trim_start();
        let blank = rest.len() - trimmed.len();
        let Some(tag) = ["think", "thinking", "thought", "reasoning", "scratchpad"].iter().find(|tag| {
            trimmed
                .strip_prefix('<')
                .and_then(|rest| rest.strip_prefix(**tag))
                .is_some_and(|rest| rest.starts_with('>'))
        }) else {
            // Some templates open the thoughts themselves, so that the answer shows only their end.
            return Some(
                match rest
                    .find("</think>")
                    .filter(|end| !rest.get(..*end).is_some_and(|head| head.contains("\":")))
                {
                    Some(end) => start + end + "</think>".len(),
                    None => start,
                },
            );
        };
        let close = format!("</{tag}>");
        start += blank + trimmed.find(&close)? + close.len();
    }
}

/// JSON that stands in a JSON string, or is escaped as if it did.
fn unwrapped(text: &str) -> Option<(String, &'static [&'static str])> {
    if text.starts_with('"') {
        let inner: String = serde_json::from_str(text).ok()?;
        return inner.trim_start().starts_with(['{', '[', '`']).then_some((inner, &[]));
    }
    let behind = text.trim_start_matches(['{', '[', ' ', '\n', '\r', '\t']);
    if text.starts_with(['{', '[']) && (behind.starts_with("\\\"") || behind.starts_with("\\n")) {
        let quoted = format!("\"{}\"", text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t"));
        return Some((serde_json::from_str(&quoted).ok()?, &[ESCAPED]));
    }
    None
}

/// The parts of a Markdown text: what stands in fences, and what stands between them.
fn parts(text: &str, start: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from = start;
    // The mark and the length of the fence that is open.
    let mut open: Option<(u8, usize)> = None;
    let mut at = start;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let next = at + line.len();
        let content = line.trim_start_matches([' ', '\t', '>']).trim_end();
        let mark = content.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'));
        let length = mark.map_or(0, |mark| content.bytes().take_while(|byte| *byte == mark).count());
        if let (Some(mark), true) = (mark, length >= 3) {
            let closes = match open {
                Some((own, own_length)) => mark == own && length >= own_length && content.len() == length,
                // Three backticks and their end on one line are code within a line.
                None => !content.get(length..).is_some_and(|info| info.contains('`')),
            };
            if closes {
                parts.push(Part { range: from..at, fenced: open.is_some() });
                open = if open.is_some() { None } else { Some((mark, length)) };
                from = next;
            }
        }
        at = next;
    }
    parts.push(Part { range: from..text.len(), fenced: open.is_some() });
    parts.retain(|part| part.range.start < part.range.end);
    parts
}

/// Where a text speaks of findings as JSON does, so that something broken there is worth a report.
fn smells(text: &str) -> Vec<usize> {
    const WORDS: [&str; 8] =
        ["severity", "vulnerab", "cwe", "findings", "title", "\"issue", "'issue", "risk"];
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<usize> =
        WORDS.iter().flat_map(|word| memchr::memmem::find_iter(lower.as_bytes(), word)).collect();
    found.sort_unstable();
    found
}

/// Whether a text without JSON says that there is nothing to report.
pub(super) fn says_nothing(text: &str) -> bool {
    if text.len() > 1000 {
        return false;
    }
    let lower = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()).collect();
    let doubt = [
        "however",
        "but",
        "although",
        "except",
        "though",
        "potential",
        "possible",
        "nevertheless",
        "beside",
        "besides",
    ];
    if words.iter().any(|word| doubt.contains(word)) {
        return false;
    }
    let thing = |word: &&str| {
        ["vulnerabilit", "issue", "finding", "weakness", "flaw", "problem", "concern", "bug", "risk"]
            .iter()
            .any(|stem| word.starts_with(stem))
    };
    let none = words.iter().enumerate().any(|(at, word)| {
        matches!(*word, "no" | "zero" | "any" | "0" | "without" | "free")
            && words.iter().skip(at + 1).take(5).any(thing)
            // `any` only behind a negation.
            && (*word != "any"
                || words.iter().take(at).rev().take(6).any(|word| {
                    matches!(*word, "not" | "didn't" | "couldn't" | "don't" | "without" | "doesn't" | "cannot" | "never")
                }))
    });
    none || lower.contains("nothing to report")
        || lower.contains("code is secure")
        || lower.contains("appears secure")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_found_as_markdown_has_them() {
        let text = "a\n```json\n{}\n```\nb\n~~~~\n```\nc\n~~~~\n```x`y\nd\n   ```\n[";
        let found: Vec<(&str, bool)> =
            parts(text, 0).iter().map(|part| (&text[part.range.clone()], part.fenced)).collect();
        assert_eq!(
            found,
            [
                ("a\n", false),
                ("{}\n", true),
                ("b\n", false),
                ("```\nc\n", true),
                ("```x`y\nd\n", false),
                ("[", true)
            ]
        );
    }

    #[test]
    fn thoughts_are_no_answer() {
        for (text, answer) in [
            ("<think>[{\"title\":1}]</think>\n[]", Some("\n[]")),
            ("  <thinking>x</thinking><reasoning>y</reasoning>z", Some("z")),
            ("so I think</think>[]", Some("[]")),
            ("plain", Some("plain")),
            ("<think>and then", None),
        ] {
            assert_eq!(behind_thoughts(text).map(|at| &text[at..]), answer, "{text}");
        }
    }

    #[test]
    fn prose_that_reports_nothing_is_told_from_prose_that_does() {
        for text in [
            "No vulnerabilities found.",
            "I did not find any security issues in the provided code.",
            "The code is free of known security vulnerabilities.",
            "There are no issues to report",
            "**No security vulnerabilities were identified.**",
            "Nothing to report.",
        ] {
            assert!(says_nothing(text), "{text}");
        }
        for text in [
            "There is an SQL injection in db.py.",
            "No vulnerabilities in auth.py, but db.py has an injection.",
            "Any user can reach the issue.",
            "I cannot help with that.",
            "",
        ] {
            assert!(!says_nothing(text), "{text}");
        }
    }
}
