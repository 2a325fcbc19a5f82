//! JSON Lines: each line by itself, and each that is not blank comes to something that is counted.

use std::io::{BufRead, BufReader, Read};

use serde::de::IgnoredAny;
use serde_json::Value;

use super::around::Marks;
use super::{Around, Walk};
use crate::ingest::document::Document;
use crate::ingest::json::{Json, VALUE_LIMIT};
use crate::ingest::read::model::repair::{self, repair};
use crate::ingest::reader::{Failure, ReadError};

/// What a text's beginning looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    Lines,
    /// Lines, unless all of it turns out to be sound JSON that was broken into lines.
    LinesUnlessSound,
    Else,
}

/// Whether a text is JSON Lines: most of its lines begin an object, or at least half of them are objects of their own.
/// Broken lines then spoil nothing but themselves.
pub(super) fn looks(head: &str, is_whole: bool) -> Looks {
    let mut lines: Vec<&str> = head.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !is_whole {
        lines.pop();
    }
    let (Some(first), true) = (lines.first(), lines.len() > 1) else { return Looks::Else };
    let begun: Vec<&str> = lines.iter().filter(|line| line.starts_with('{')).copied().collect();
    let alone = begun.iter().filter(|line| is_alone(line)).count();
    // The elements of a list that is written a line each.
    let listed = begun.iter().filter(|line| line.ends_with(',')).count();
    let mostly = begun.len() * 2 > lines.len() && alone > listed;
    if alone == 0 || !(mostly || alone * 2 >= lines.len()) {
        Looks::Else
    } else if is_alone(first) {
        Looks::Lines
    } else if first.ends_with(['{', '[', ',', ':']) {
        Looks::Else
    } else {
        Looks::LinesUnlessSound
    }
}

/// Whether a line is an object of its own, sound, to be mended, or without its last bracket.
fn is_alone(line: &str) -> bool {
    line.starts_with('{')
        && (serde_json::from_str::<IgnoredAny>(line).is_ok()
            || closed(line).is_some()
            || line.ends_with('}')
                && repair(line).is_ok_and(|mended| mended.end == line.len() && mended.damages.is_empty()))
}

/// An object that lacks only its last bracket. To close it invents nothing, unless what it ends with is a number, of
/// which digits may be missing.
fn closed(line: &str) -> Option<Value> {
    let ends_in_number = line.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    if !line.starts_with('{') || ends_in_number {
        return None;
    }
    serde_json::from_str(&format!("{line}}}")).ok()
}

impl Walk<'_> {
    /// Walks JSON Lines.
    pub(super) fn lines(&mut self, document: &Document) -> Result<(), ReadError> {
        let mut input = BufReader::new(document.open()?);
        let mut line = Vec::new();
        let mut number = 0;
        loop {
            line.clear();
            if input.by_ref().take(VALUE_LIMIT as u64 + 1).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            number += 1;
            let at = format!("line {number}");
            if line.len() > VALUE_LIMIT {
                while !line.ends_with(b"\n") && !line.is_empty() {
                    line.clear();
                    input.by_ref().take(VALUE_LIMIT as u64).read_until(b'\n', &mut line)?;
                }
                self.broken(&at, Failure::TooLarge, "a line larger than the limit", &[])?;
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            // Fences and rules around the lines are no lines of their own.
            if text.is_empty() || ["```", "~~~", "---"].iter().any(|mark| text.starts_with(mark)) {
                continue;
            }
            let before = self.count;
            self.line(&at, text)?;
            if self.count == before {
                self.aside(
                    &at,
                    if text.starts_with(['#', '/']) { "a comment" } else { "nothing to report" },
                )?;
            }
        }
    }

    fn line(&mut self, at: &str, text: &str) -> Result<(), ReadError> {
        let around = Around::default();
        if text.starts_with('#') || text.starts_with("//") {
            return Ok(());
        }
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            return self.value(&at, text.as_bytes(), &value, &around, &Marks::default());
        }
        if serde_json::from_str::<IgnoredAny>(text).is_ok() {
            // Sound, and too deep or with characters that JSON cannot hold.
            return self.taken(&mut Json::new(Box::new(text.as_bytes())), &at, &around, &Marks::default());
        }
        if let Some(value) = closed(text) {
            let around = around.repaired(&[repair::MISSING_BRACKETS]);
            return self.value(&at, text.as_bytes(), &value, &around, &Marks::default());
        }
        self.answer(at, text, &around)
    }
}
