//! Secrets in the code that is kept: where in a file they stand, and its text without them.
//!
//! Pure. A text without its secrets has its lines and columns where they were, in whatever unit they are counted. All
//! that findings are known again by comes from the text as it stands in the tree, which is not kept.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::lookup::Located;
use super::read::secret::{SHORTEST, TELLING, literals, quotes_its_texts};
use crate::text::LineIndex;

/// Ranges of a text, ascending and apart from each other.
pub(super) type Spans = Vec<Range<usize>>;

/// How much of a secret may be left for it to be known again by that alone.
pub(super) const WHOLE_LEAD: usize = 4;
/// What a line must have beside its secrets to be known again by.
const TELLING_LINE: usize = 4;

/// The secrets that a claim points at: the literals of what it flags, the very place that it names within one, or all
/// of what it flags where texts need no quotes.
pub(super) fn pointed_at(
    text: &str,
    path: &str,
    (located, exact): (&Located, Option<Range<usize>>),
    lines: &LineIndex<'_>,
) -> Spans {
    let flagged = exact.clone().or_else(|| lines.span(located.lines.0, located.lines.1));
    let Some(flagged) = flagged else { return Spans::new() };
    let start = (located.bytes.0 as usize).min(flagged.start);
    let end = (located.bytes.1 as usize).max(flagged.end).min(text.len());
    let code = text.get(start..end).unwrap_or_default();
    if quotes_its_texts(path) {
        let near = literals(code).into_iter().map(|range| range.start + start..range.end + start);
        let near: Spans = near.filter(|it| it.start < flagged.end && flagged.start < it.end).collect();
        if let (Some(exact), [only]) = (&exact, near.as_slice())
            && only.start <= exact.start
            && exact.end <= only.end
        {
            return vec![exact.clone()];
        }
        if !near.is_empty() {
            return near;
        }
    }
    match exact {
        Some(exact) => vec![exact],
        None => trimmed_lines(text, flagged).collect(),
    }
}

fn trimmed_lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    text.get(range).unwrap_or_default().split_inclusive('\n').filter_map(move |line| {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        (start < at && !line.trim().is_empty()).then(|| start..start + line.trim().len())
    })
}

/// The secrets themselves.
pub(super) fn texts(text: &str, spans: &[Range<usize>]) -> Vec<String> {
    let mut all: Vec<String> =
        spans.iter().filter_map(|span| text.get(span.clone())).map(str::to_owned).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Everywhere that secrets stand in a text; a short one that may be any word only as a text of its own.
pub(super) fn occurrences(text: &str, secrets: &[String]) -> Spans {
    let mut spans = Spans::new();
    for secret in secrets.iter().filter(|secret| !secret.trim().is_empty()) {
        let length = secret.chars().count();
        let telling =
            length >= TELLING || length >= SHORTEST && secret.bytes().any(|byte| byte.is_ascii_digit());
        let is_quote = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        for at in memchr::memmem::find_iter(text.as_bytes(), secret.as_bytes()) {
            let end = at + secret.len();
            let bytes = text.as_bytes();
            let quoted = at > 0 && is_quote(bytes.get(at - 1)) && is_quote(bytes.get(end));
            if telling || quoted {
                spans.push(at..end);
            }
        }
    }
    united(spans)
}

/// The same bytes, as ranges that ascend and do not touch.
pub(super) fn united(mut spans: Spans) -> Spans {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut out = Spans::new();
    for span in spans {
        match out.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => out.push(span),
        }
    }
    out
}

/// A text with its secrets masked: a quarter of each, and at most four characters, stay.
pub(super) fn cover(text: &str, spans: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        let (Some(before), Some(secret)) = (text.get(at..span.start), text.get(span.clone())) else {
            continue;
        };
        out.push_str(before);
        let stars = stars(secret);
        out.push_str(secret.get(..stars.start).unwrap_or_default());
        out.extend(secret.get(stars).unwrap_or_default().chars().map(star));
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Whether a text that was kept is another, but for what is masked in it.
#[must_use]
pub fn is_as_kept(kept: &str, text: &str) -> bool {
    kept == text
        || (kept.len() == text.len() && kept.chars().zip(text.chars()).all(|(a, b)| a == b || a == star(b)))
}

/// What is masked in a text that was kept, as it stands in the lines of another, perhaps later text.
#[must_use]
pub fn hidden_in(kept: &str, text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let bare = |line: &str| line.trim().len();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for masked in kept.lines().map(str::trim).filter(|line| line.chars().any(|c| "*·•🔒".contains(c))) {
        let alike = lines.iter().filter(|line| bare(line) == masked.len() && **line != masked);
        for line in alike.filter(|line| is_as_kept(masked, line)) {
            let mut secret = String::new();
            for (mask, c) in masked.chars().zip(line.chars()).chain([('x', 'x')]) {
                if mask == c {
                    found
                        .extend(Some(std::mem::take(&mut secret)).filter(|secret| !secret.trim().is_empty()));
                } else {
                    secret.push(c);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A later text with what was masked in a kept one masked as well, so that of the two only what has really changed
/// differs and no secret is shown.
#[must_use]
pub fn masked_as(kept: &str, text: &str) -> String {
    let masked: Vec<&str> =
        kept.split_inclusive('\n').filter(|line| line.chars().any(|c| "*·•🔒".contains(c))).collect();
    if masked.is_empty() {
        return text.to_owned();
    }
    let known: FxHashSet<&str> = kept.split_inclusive('\n').collect();
    let secrets = hidden_in(kept, text);
    let line = |line: &str| -> String {
        if known.contains(line) {
            return line.to_owned();
        }
        match masked.iter().find(|masked| is_as_kept(masked, line)) {
            Some(masked) => (*masked).to_owned(),
            None => without(line, &secrets),
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// A text without some secrets, wherever they stand in it; it is as long as it was.
#[must_use]
pub fn without(text: &str, secrets: &[String]) -> String {
    let mut out = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        out = out.replace(secret.as_str(), &secret.chars().map(star).collect::<String>());
    }
    out
}

/// What of a secret is masked.
fn stars(secret: &str) -> Range<usize> {
    let kept = (secret.chars().count() / 4).min(WHOLE_LEAD);
    secret.char_indices().nth(kept).map_or(secret.len(), |(at, _)| at)..secret.len()
}

/// Something that is as wide as a character in UTF-8 and in UTF-16, so that no column behind it moves.
const fn star(c: char) -> char {
    match c {
        '\n' | '\r' => c,
        _ => match c.len_utf8() {
            1 => '*',
            2 => '·',
            3 => '•',
            _ => '🔒',
        },
    }
}

/// The secrets of a masked text where they stand in another, later one, by what is around them: in a line that is the
/// same beside them, or, if at least `lead` characters of one were left, between the same quotes.
pub(super) fn like(masked: &str, spans: &[Range<usize>], text: &str, lead: usize) -> Spans {
    let mut found = Spans::new();
    let lines = LineIndex::new(masked);
    for span in spans {
        let (first, last) = (lines.line_of(span.start), lines.line_of(span.end.saturating_sub(1)));
        for line in first..=last {
            let Some(range) = lines.range(line) else { continue };
            let part = span.start.max(range.start)..span.end.min(range.end);
            // Whatever else is masked in the line differs too.
            let own: Spans = spans
                .iter()
                .filter(|other| other.start < range.end && range.start < other.end)
                .map(|other| other.start.max(range.start)..other.end.min(range.end))
                .collect();
            found.extend(same_line(masked, range, &own, &part, text));
        }
        found.extend(same_quotes(masked, span, text, lead));
    }
    united(found)
}

fn same_line(
    masked: &str,
    line: Range<usize>,
    own: &[Range<usize>],
    part: &Range<usize>,
    text: &str,
) -> Spans {
    let Some(whole) = masked.get(line.clone()) else { return Spans::new() };
    let (bare, indent) = (whole.trim(), whole.len() - whole.trim_start().len());
    let open = |at: usize| {
        own.iter().any(|span| {
            let stars = masked.get(span.clone()).map(stars).unwrap_or_default();
            (span.start + stars.start..span.end).contains(&(line.start + indent + at))
        })
    };
    let fixed: Vec<(usize, u8)> = bare.bytes().enumerate().filter(|(at, _)| !open(*at)).collect();
    if fixed.iter().filter(|(_, byte)| !byte.is_ascii_whitespace()).count() < TELLING_LINE {
        return Spans::new();
    }
    let offset = part.start.saturating_sub(line.start + indent);
    let mut found = Spans::new();
    for other in trimmed_lines(text, 0..text.len()) {
        let Some(bytes) = text.as_bytes().get(other.clone()) else { continue };
        if bytes.len() == bare.len() && fixed.iter().all(|(at, byte)| bytes.get(*at) == Some(byte)) {
            let start = other.start + offset;
            let span = start..(start + part.len()).min(other.end);
            if text.get(span.clone()).is_some() {
                found.push(span);
            }
        }
    }
    found
}

fn same_quotes(masked: &str, span: &Range<usize>, text: &str, lead: usize) -> Spans {
    let Some(secret) = masked.get(span.clone()) else { return Spans::new() };
    let kept = secret.get(..stars(secret).start).unwrap_or_default();
    let quotes = |text: &str, span: &Range<usize>| {
        let byte = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied();
        let (before, behind) = (byte(span.start.checked_sub(1)), byte(Some(span.end)));
        before.filter(|quote| matches!(quote, b'"' | b'\'' | b'`') && behind == Some(*quote))
    };
    let Some(quote) = quotes(masked, span) else { return Spans::new() };
    if kept.chars().count() < lead.max(1) {
        return Spans::new();
    }
    memchr::memmem::find_iter(text.as_bytes(), kept.as_bytes())
        .map(|at| at..at + span.len())
        .filter(|other| {
            quotes(text, other) == Some(quote)
                && text.get(other.clone()).is_some_and(|inner| !inner.contains(char::from(quote)))
        })
        .collect()
}

#[cfg(test)]
mod tests;
