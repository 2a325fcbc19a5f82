//! Owns which parts of a source's lines are keywords, strings, comments and the like, for a pane that shows it.
//!
//! Gives classes, never colours: themes are the screen's. Never reads a file and runs nothing but grammars that are
//! compiled in. What it says is for the eye alone; what is judged rests on the outline.
//!
//! Invariants: spans cover their line exactly and end on character boundaries, whatever the text; work between two
//! questions to `cancelled` is one line's; memory is the text's, its lines' beginnings and at most 256 states of the
//! parser.

mod class;
mod syntax;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use syntect::parsing::{ParseState, SyntaxReference};

use crate::text::LineIndex;

pub use class::Class;
use class::{Classes, Scopes};
use syntax::Syntax;

/// Bytes of a line that are parsed; the rest of it is plain. Grammars take time that grows with the square of a
/// word's length: 4 KiB of one letter are 2 s in C++, 1 KiB is 0.08 s, and no screen is that wide.
const LONGEST: usize = 1 << 10;

/// Lines between two kept states, at first: parsing so many takes 10 to 25 ms.
const STEP: usize = 256;

/// Kept states. A longer text has them further apart: beyond 65,536 lines twice as far, and so on.
const MOST_KEPT: usize = 256;

/// Lines that a guess begins above what it is asked for, at most.
const ABOVE: usize = 96;

/// Bytes that a guess parses, at most; half of them above what it is asked for.
const GUESSED: usize = 64 << 10;

/// Scopes that may be open at a line's end. A grammar that forgets to close its own would else fill the memory.
const DEEPEST: usize = 1 << 10;

/// A part of a line: from the end of the span before it, or the line's start, to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The byte in the line behind the part's last.
    pub end: u32,
    /// What the part is.
    pub class: Class,
}

/// What [`Highlighter::guess`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The spans of each line; none for an empty line.
    pub lines: Vec<Vec<Span>>,
    /// Whether [`Highlighter::exact`] would say the same.
    pub exact: bool,
}

/// The classes of one text's parts. It stays on the thread that made it, since the parser's states do; what it is made
/// from may come from anywhere.
pub struct Highlighter {
    text: Arc<str>,
    starts: Vec<usize>,
    syntax: Option<Syntax>,
    /// The states before the lines 0, `step`, 2 × `step` and so on, as far as was parsed.
    kept: Vec<State>,
    step: usize,
    scopes: Scopes,
    /// The line that is parsed, with the line break that grammars look for.
    line: String,
}

/// Where the parser stands between two lines.
#[derive(Clone)]
struct State {
    parse: ParseState,
    classes: Classes,
}

impl State {
    fn new(syntax: &SyntaxReference) -> Self {
        Self { parse: ParseState::new(syntax), classes: Classes::default() }
    }
}

impl Highlighter {
    /// Reads the grammars, which takes 50 ms; else the first text that is coloured waits for it.
    pub fn prepare() {
        let _ = Syntax::find("a.py", "");
    }

    /// Finds the language by the path and the text's beginning; nothing is parsed yet. A text in an unknown language
    /// is plain. Lines are those of [`LineIndex`].
    #[must_use]
    pub fn new(path: &str, text: Arc<str>) -> Self {
        let starts = LineIndex::new(&text).into_starts();
        let syntax = Syntax::find(path, &text);
        let kept = syntax.iter().map(|syntax| State::new(syntax.main)).collect();
        Self { text, starts, syntax, kept, step: STEP, scopes: Scopes::default(), line: String::new() }
    }

    /// The spans of some lines, which count from 1, at once: parsed from a kept state if one is near, else from a line
    /// above that looks like a beginning. A guess is wrong where that line is in the midst of a string or comment.
    /// Past a budget of bytes lines are plain. `None` when cancelled.
    pub fn guess(&mut self, lines: Range<u32>, cancelled: &dyn Fn() -> bool) -> Option<Guess> {
        let asked = self.places(&lines);
        let Some(syntax) = self.syntax else {
            return Some(Guess { lines: asked.map(|at| plain(self.line(at))).collect(), exact: true });
        };
        let (from, mut state, mut exact) = self.beginning_above(syntax, asked.start);
        let mut left = GUESSED;
        let mut spans = Vec::with_capacity(asked.len());
        for at in from..asked.end {
            if cancelled() {
                return None;
            }
            let length = self.line(at).len().min(LONGEST);
            let found = if length <= left {
                left -= length;
                self.parse(syntax, at, &mut state)
            } else {
                (left, exact) = (0, false);
                plain(self.line(at))
            };
            if at >= asked.start {
                spans.push(found);
            }
        }
        Some(Guess { lines: spans, exact })
    }

    /// The spans of some lines, which count from 1, parsed from the text's beginning or a state kept after it. `None`
    /// when cancelled; what was parsed until then is kept, so that asking again goes on from there.
    pub fn exact(&mut self, lines: Range<u32>, cancelled: &dyn Fn() -> bool) -> Option<Vec<Vec<Span>>> {
        let asked = self.places(&lines);
        let Some(syntax) = self.syntax else {
            return Some(asked.map(|at| plain(self.line(at))).collect());
        };
        let (from, mut state) = self.kept_before(syntax, asked.start);
        let mut spans = Vec::with_capacity(asked.len());
        for at in from..asked.end {
            if cancelled() {
                return None;
            }
            if at == self.kept.len() * self.step {
                self.keep(state.clone());
            }
            let found = self.parse(syntax, at, &mut state);
            if at >= asked.start {
                spans.push(found);
            }
        }
        Some(spans)
    }

    /// Lines that count from 1 as places in `starts`; lines past the end are cut off.
    fn places(&self, lines: &Range<u32>) -> Range<usize> {
        let place =
            |line: u32| usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX).min(self.starts.len());
        let start = place(lines.start);
        start..place(lines.end).max(start)
    }

    /// A line without its line break.
    fn line(&self, at: usize) -> &str {
        let start = self.starts.get(at).copied().unwrap_or(self.text.len());
        let end = self.starts.get(at + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// The nearest state kept at or before a line, and its line.
    fn kept_before(&self, syntax: Syntax, at: usize) -> (usize, State) {
        let nearest = (at / self.step).min(self.kept.len().saturating_sub(1));
        let state = self.kept.get(nearest).cloned().unwrap_or_else(|| State::new(syntax.main));
        (nearest * self.step, state)
    }

    fn keep(&mut self, state: State) {
        self.kept.push(state);
        if self.kept.len() > MOST_KEPT {
            let mut even = false;
            self.kept.retain(|_| {
                even = !even;
                even
            });
            self.step *= 2;
        }
    }

    /// Where to begin a guess, with what state, and whether that is certain.
    fn beginning_above(&self, syntax: Syntax, at: usize) -> (usize, State, bool) {
        let (mut top, mut bytes) = (at, 0);
        while top > 0 && at - top < ABOVE {
            bytes += self.line(top - 1).len().min(LONGEST);
            if bytes > GUESSED / 2 {
                break;
            }
            top -= 1;
        }
        let (kept, state) = self.kept_before(syntax, at);
        if kept >= top {
            return (kept, state, true);
        }
        // What is indented least is least likely to be inside of something.
        let from = (top..=at)
            .filter_map(|at| Some((indentation(self.line(at))?, at)))
            .min()
            .map_or(top, |(_, at)| at);
        let before = self.starts.get(from).and_then(|&start| self.text.get(..start)).unwrap_or_default();
        (from, State::new(syntax.after(before)), false)
    }

    /// The spans of a line, and the state behind it.
    fn parse(&mut self, syntax: Syntax, at: usize, state: &mut State) -> Vec<Span> {
        let mut buffer = std::mem::take(&mut self.line);
        let line = self.line(at);
        let length = line.len();
        let parsed = line.get(..line.floor_char_boundary(LONGEST)).unwrap_or_default();
        // Where the line is cut off, its beginning may open what only its end would close.
        let before = (parsed.len() < length).then(|| state.clone());
        buffer.clear();
        // A thousand blanks are 5 s in the grammar of INI files.
        if !parsed.trim_start().is_empty() {
            buffer.push_str(parsed);
        }
        let parsed = buffer.len();
        buffer.push('\n');

        let mut spans = Spans { line: &buffer, spans: Vec::new(), end: 0 };
        if let Ok(changes) = state.parse.parse_line(&buffer, syntax.set) {
            for (at, change) in changes {
                spans.push(buffer.floor_char_boundary(at).min(parsed), state.classes.innermost());
                state.classes.apply(&change, &mut self.scopes);
            }
            spans.push(parsed, state.classes.innermost());
            if let Some(before) = before {
                *state = before;
            }
        } else {
            *state = State::new(syntax.main);
        }
        spans.push(length, Class::Plain);
        let spans = spans.spans;
        if state.classes.depth() > DEEPEST {
            *state = State::new(syntax.main);
        }
        self.line = buffer;
        spans
    }
}

/// The spans of a line as they are found.
struct Spans<'l> {
    line: &'l str,
    spans: Vec<Span>,
    end: usize,
}

impl Spans<'_> {
    /// Ends a part. Grammars may name places out of order, which then end nothing.
    fn push(&mut self, end: usize, class: Class) {
        if end <= self.end {
            return;
        }
        let part = self.line.get(self.end..end).unwrap_or_default();
        // `in`, `as`, `typeof`: operators by their grammars, words to who reads them.
        let word = class == Class::Operator && part.starts_with(|c: char| c.is_ascii_alphabetic());
        let class = if word { Class::Keyword } else { class };
        self.end = end;
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        match self.spans.last_mut() {
            Some(last) if last.class == class => last.end = end,
            _ => self.spans.push(Span { end, class }),
        }
    }
}

fn plain(line: &str) -> Vec<Span> {
    let end = u32::try_from(line.len()).unwrap_or(u32::MAX);
    if end == 0 { Vec::new() } else { vec![Span { end, class: Class::Plain }] }
}

/// How far a line is indented, if it begins with a word or with what introduces one.
fn indentation(line: &str) -> Option<usize> {
    let text = line.trim_start();
    text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '@' | '#' | '$'))
        .then(|| line.len() - text.len())
}
