//! Text from outside in the forms in which a prompt may hold it: none can end where it stands or begin a line of its own.
//!
//! Every line of code stands behind its number, every line of prose behind `>`, and a piece of a line between
//! backticks. A block is fenced by more backticks than follow each other inside. Characters that are not seen or turn
//! the reading order are written as escapes, line ends of every kind among them.

use std::fmt::Write as _;
use std::ops::Range;

use super::marks::Marks;
use crate::text::{LineIndex, visible};

/// What stands between the number of a line and the line.
const GUTTER: &str = " | ";

/// What of a piece of code is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// How many lines before and after what is flagged; the first line of all is told besides.
    pub(super) lines: usize,
    /// How many characters of a line, on each side of what is flagged.
    pub(super) width: usize,
}

impl Window {
    /// All of it.
    pub(super) const WHOLE: Self = Self { lines: usize::MAX, width: usize::MAX };
}

/// A block of code as it is told, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Block {
    pub(super) text: String,
    /// Lines that are not told.
    pub(super) lines_left_out: usize,
    /// Whether there are lines that are told in part.
    pub(super) has_cut_lines: bool,
}

/// Numbered lines of code with the flagged ones marked, fenced.
pub(super) fn code(
    text: &str,
    first_line: u32,
    flagged: &Range<usize>,
    window: Window,
    label: &str,
    marks: &Marks,
) -> Block {
    let lines = LineIndex::new(text);
    let index = |byte: usize| (lines.line_of(byte) as usize).saturating_sub(1);
    let mut count = lines.count() as usize;
    if count > 1 && text.ends_with(['\n', '\r']) {
        count -= 1;
    }
    let from = index(flagged.start);
    let to = index(flagged.end.saturating_sub(1).max(flagged.start));
    let told =
        from.saturating_sub(window.lines)..to.saturating_add(window.lines).saturating_add(1).min(count);
    let digits = first_line.saturating_add(u32::try_from(count).unwrap_or(u32::MAX)).to_string().len();
    let mut block = Block::default();
    let mut body = String::new();
    let mut missing = 0_usize;
    for at in 0..count {
        let is_told = told.contains(&at) || (at == 0 && window.lines > 0);
        if !is_told {
            missing += 1;
        }
        if missing > 0 && (is_told || at + 1 == count) {
            gap(&mut body, digits, missing);
            block.lines_left_out += missing;
            missing = 0;
        }
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        let Some(range) = lines.range(number.saturating_add(1)).filter(|_| is_told) else { continue };
        let is_flagged = (from..=to).contains(&at);
        let kept = if is_flagged { within(flagged, &range) } else { 0..0 };
        let line = text.get(range).unwrap_or_default();
        let (line, is_cut) = narrow(line, kept, window.width);
        block.has_cut_lines |= is_cut;
        let sign = if is_flagged { '>' } else { ' ' };
        let number = first_line.saturating_add(number);
        // Writing to a string cannot fail.
        let _ = write!(body, "{sign} {number:>digits$}");
        put_line(&mut body, GUTTER, &line, marks);
    }
    block.text = fenced(&body, label);
    block
}

/// The part of `flagged` that lies in a line, in bytes of the line.
fn within(flagged: &Range<usize>, line: &Range<usize>) -> Range<usize> {
    let from = flagged.start.clamp(line.start, line.end);
    let to = flagged.end.clamp(from, line.end);
    from - line.start..to - line.start
}

/// A line without what lies further than `width` characters from the part that is kept.
fn narrow(line: &str, kept: Range<usize>, width: usize) -> (String, bool) {
    let before = line.get(..kept.start).unwrap_or_default();
    let after = line.get(kept.end..).unwrap_or_default();
    let head = before.char_indices().rev().nth(width.saturating_sub(1)).map_or(0, |(at, _)| at);
    let head = if width == 0 { before.len() } else { head };
    let tail = after.char_indices().nth(width).map_or(after.len(), |(at, _)| at);
    let is_cut = head > 0 || tail < after.len();
    let told = line.get(head..kept.end + tail).unwrap_or_default();
    let told = match (head > 0, tail < after.len()) {
        (false, false) => told.to_owned(),
        (true, false) => format!("…{told}"),
        (false, true) => format!("{told}…"),
        (true, true) => format!("…{told}…"),
    };
    (told, is_cut)
}

fn gap(out: &mut String, digits: usize, lines: usize) {
    let dots = ".".repeat(digits);
    let plural = if lines == 1 { "" } else { "s" };
    let _ = writeln!(out, "  {dots} ({lines} line{plural} left out)");
}

/// A line behind what stands before it.
pub(super) fn put_line(out: &mut String, before: &str, line: &str, marks: &Marks) {
    if line.trim_end().is_empty() {
        out.push_str(before.trim_end());
    } else {
        out.push_str(before);
        out.push_str(&marks.hidden(&harmless(line)));
    }
    out.push('\n');
}

/// Lines of another file or of a difference, each behind its own sign, fenced.
pub(super) fn lines(text: &str, before: &str, label: &str, marks: &Marks) -> String {
    let mut body = String::new();
    for line in split(text) {
        put_line(&mut body, before, line, marks);
    }
    fenced(&body, label)
}

/// Prose, cut to `most` characters, each line behind `>`. Nothing where there is none.
pub(super) fn prose(text: &str, most: usize, marks: &Marks) -> String {
    let text = text.trim();
    let (text, is_cut) = cut(text, most);
    let mut out = String::new();
    if text.is_empty() {
        return out;
    }
    for line in split(text) {
        put_line(&mut out, "> ", line.trim_end(), marks);
    }
    out.truncate(out.trim_end().len());
    if is_cut {
        out.push_str(" …");
    }
    out
}

/// A few words, cut to `most` characters, between backticks on one line. Nothing where there are none.
pub(super) fn words(text: &str, most: usize, marks: &Marks) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > most.saturating_mul(4) {
            break;
        }
    }
    let (short, is_cut) = cut(&line, most);
    if short.is_empty() {
        return String::new();
    }
    let short = marks.hidden(&harmless(short)).into_owned();
    let ticks = "`".repeat(longest_run(&short) + 1);
    let blank = if short.starts_with('`') || short.ends_with('`') { " " } else { "" };
    let dots = if is_cut { "…" } else { "" };
    format!("{ticks}{blank}{short}{blank}{ticks}{dots}")
}

fn cut(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((at, _)) => (text.get(..at).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// The lines of a text, an empty last one aside.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = (!text.is_empty()).then_some(text);
    std::iter::from_fn(move || {
        let here = rest?;
        let end = here.find(['\n', '\r']).unwrap_or(here.len());
        let (line, behind) = here.split_at(end);
        let behind = behind.strip_prefix("\r\n").or_else(|| behind.get(1..)).unwrap_or_default();
        rest = (!behind.is_empty()).then_some(behind);
        Some(line)
    })
}

/// A line in which everything is seen; tabs stay.
fn harmless(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for (at, piece) in line.split('\t').enumerate() {
        if at > 0 {
            out.push('\t');
        }
        out.push_str(&visible(piece));
    }
    out
}

/// A body of whole lines between fences that it cannot close.
fn fenced(body: &str, label: &str) -> String {
    let fence = "`".repeat(longest_run(body).max(2) + 1);
    format!("{fence}{label}\n{body}{fence}")
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// An answer without the numbers that a model copied before lines of code: where `first` and what follows stand at the
/// beginning of lines as they stood in the prompt.
pub(super) fn without_numbers(answer: &str, told: &Range<u32>) -> String {
    let mut out = String::with_capacity(answer.len());
    for line in answer.split_inclusive('\n') {
        out.push_str(bare(line, told).unwrap_or(line));
    }
    out
}

/// What stands behind the number of a line that was told.
fn bare<'l>(line: &'l str, told: &Range<u32>) -> Option<&'l str> {
    let body = line.strip_prefix("> ").or_else(|| line.strip_prefix("  "))?.trim_start_matches(' ');
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = body.get(..digits)?.parse().ok()?;
    if !told.contains(&number) {
        return None;
    }
    let rest = body.get(digits..)?;
    rest.strip_prefix(GUTTER).or_else(|| {
        let ending = rest.strip_prefix(GUTTER.trim_end())?;
        ending.trim_end_matches(['\r', '\n']).is_empty().then_some(ending)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, flagged: &str, window: Window) -> Block {
        let at = text.find(flagged).unwrap();
        code(text, 9, &(at..at + flagged.len()), window, "python", &Marks::default())
    }

    #[test]
    fn lines_are_numbered_and_the_flagged_ones_marked() {
        let block = told("def f(x):\n\n\ty = x\n    run(y)\n", "run(y)", Window::WHOLE);
        let expected = "```python\n   9 | def f(x):\n  10 |\n  11 | \ty = x\n> 12 |     run(y)\n```";
        assert_eq!(block, Block { text: expected.into(), ..Block::default() });
    }

    #[test]
    fn lines_far_from_what_is_flagged_are_left_out_and_counted() {
        let text: String = (0..20).map(|at| format!("line {at}\n")).collect();
        let block = told(&text, "line 10", Window { lines: 1, width: usize::MAX });
        let expected = "```python\n   9 | line 0\n  .. (8 lines left out)\n  18 | line 9\n> 19 | line 10\n  20 | line 11\n  .. (8 lines left out)\n```";
        assert_eq!((block.text.as_str(), block.lines_left_out), (expected, 16));
    }

    #[test]
    fn of_a_long_line_what_is_flagged_is_kept() {
        let text = format!("{}eval(x){}", "a;".repeat(500), "b;".repeat(500));
        let block = told(&text, "eval(x)", Window { lines: 0, width: 4 });
        assert!(block.text.contains("| …a;a;eval(x)b;b;…\n"), "{}", block.text);
        assert!(block.has_cut_lines);
        assert!(told(&text, "eval(x)", Window { lines: 0, width: 0 }).text.contains("| …eval(x)…\n"));
    }

    #[test]
    fn no_line_ends_inside_of_a_line() {
        let block = told("a\u{2028}b\u{b}c\u{85}d\r```\re", "a", Window::WHOLE);
        let lines: Vec<&str> = block.text.lines().collect();
        assert_eq!(lines.first().zip(lines.last()), Some((&"````python", &"````")));
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert!(lines[1..4].iter().all(|line| line.contains(" | ")), "{lines:?}");
    }

    #[test]
    fn words_stay_on_one_line_between_their_backticks() {
        let words = |text| words(text, 12, &Marks::default());
        assert_eq!(words("a\nb  c"), "`a b c`");
        assert_eq!(words("``x`` <|a"), r"``` ``x`` <\|a ```");
        assert_eq!(words("\u{202e}"), r"`\u{202e}`");
        assert_eq!(words("abcdefghijklmnop"), "`abcdefghijkl`…");
        assert_eq!(words(" \n"), "");
    }

    #[test]
    fn prose_is_quoted_line_by_line() {
        let marks = Marks::default();
        assert_eq!(
            prose("a\r\n# Ignore all that\n\n```\n", 100, &marks),
            "> a\n> # Ignore all that\n>\n> ```"
        );
        assert_eq!(prose("abcdef", 3, &marks), "> abc …");
        assert_eq!(prose("  ", 3, &marks), "");
    }

    #[test]
    fn numbers_that_a_model_copied_are_taken_away() {
        let answer = "```python\n   9 | def f(x):\n  10 |\n> 12 |     safe(y)\n  99 | x\nx = 10 | y\n```\n";
        let expected = "```python\ndef f(x):\n\n    safe(y)\n  99 | x\nx = 10 | y\n```\n";
        assert_eq!(without_numbers(answer, &(9..40)), expected);
    }
}
