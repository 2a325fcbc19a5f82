//! What one case is printed on: headings, facts beside their labels, prose and code, all made safe for a terminal.

use std::io::Write;

use crate::cli::failure::Failure;
use crate::cli::output::{Output, Tone};
use crate::text::fit::{width, wrap};
use crate::text::safe::visible_line;
use crate::text::visible;

/// Prose is no wider than can be read, and as wide where nobody tells the width.
const WIDEST: usize = 100;
const UNTOLD: usize = 80;
const NARROWEST: usize = 40;

/// A label is set off by so much at most; a longer one pushes its own value along.
const LABEL: usize = 22;

/// A page on its way out. Every text may come from anywhere.
pub(super) struct Page<'o> {
    out: Box<dyn Write + 'o>,
    output: &'o Output,
    columns: usize,
}

/// What is known, beside what it is.
pub(super) type Fact = (String, String);

impl<'o> Page<'o> {
    pub(super) fn new(output: &'o Output) -> Self {
        let columns = output.columns().unwrap_or(UNTOLD).clamp(NARROWEST, WIDEST);
        Self { out: Box::new(output.out()), output, columns }
    }

    pub(super) fn end(mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    pub(super) fn blank(&mut self) -> Result<(), Failure> {
        Ok(writeln!(self.out)?)
    }

    /// A line that is not broken.
    pub(super) fn line(&mut self, indent: usize, tone: Option<Tone>, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{:indent$}{}", "", self.painted(tone, text))?)
    }

    /// Pieces, each in its tone, parted by `between`; where they do not fit a line, they go on in the next. Empty
    /// pieces are left out.
    pub(super) fn pieces(
        &mut self,
        indent: usize,
        between: &str,
        pieces: &[(Option<Tone>, &str)],
    ) -> Result<(), Failure> {
        let mut line = String::new();
        let mut taken = indent;
        for (tone, text) in pieces.iter().filter(|(_, text)| !text.is_empty()) {
            let wide = width(&visible(text));
            if line.is_empty() {
                taken = indent + wide;
            } else if taken + width(between) + wide > self.columns {
                writeln!(self.out, "{:indent$}{line}{}", "", between.trim_end())?;
                line.clear();
                taken = indent + wide;
            } else {
                line.push_str(between);
                taken += width(between) + wide;
            }
            line.push_str(&self.painted(*tone, text));
        }
        Ok(writeln!(self.out, "{:indent$}{line}", "")?)
    }

    pub(super) fn heading(&mut self, text: &str) -> Result<(), Failure> {
        self.blank()?;
        self.line(0, Some(Tone::Bold), text)
    }

    /// Lines of prose, broken between words.
    pub(super) fn prose(&mut self, indent: usize, tone: Option<Tone>, text: &str) -> Result<(), Failure> {
        for line in text.lines() {
            for part in wrap(&visible_line(line, 4), self.columns.saturating_sub(indent)) {
                self.line(if part.is_empty() { 0 } else { indent }, tone, &part)?;
            }
        }
        Ok(())
    }

    /// Values beside their labels, aligned; a label that repeats is printed once.
    pub(super) fn facts(&mut self, indent: usize, facts: &[Fact]) -> Result<(), Failure> {
        let labels = facts.iter().map(|(label, _)| width(&visible(label)));
        let column = labels.filter(|&wide| wide <= LABEL).max().unwrap_or(0);
        let mut last = "";
        for (label, value) in facts {
            let shown = if label == last { "" } else { label.as_str() };
            last = label;
            self.fact(indent, column, shown, value)?;
        }
        Ok(())
    }

    fn fact(&mut self, indent: usize, column: usize, label: &str, value: &str) -> Result<(), Failure> {
        let label = visible(label);
        let begin = indent + column + 2;
        let taken = column.max(width(&label)) - column;
        let mut first = true;
        for line in value.lines() {
            let room = self.columns.saturating_sub(begin + if first { taken } else { 0 });
            for part in wrap(&visible_line(line, 4), room) {
                if first {
                    let blanks = column.saturating_sub(width(&label)) + 2;
                    let painted = self.painted(Some(Tone::Dim), &label);
                    let part = visible(&part);
                    writeln!(self.out, "{:indent$}{painted}{:blanks$}{}", "", "", part.trim_start())?;
                } else if part.is_empty() {
                    self.blank()?;
                } else {
                    writeln!(self.out, "{:begin$}{}", "", visible(&part))?;
                }
                first = false;
            }
        }
        Ok(())
    }

    /// A line of code with its number, marked where it is flagged.
    pub(super) fn code(&mut self, number: u32, flagged: bool, line: &str) -> Result<(), Failure> {
        let bar = if flagged { self.painted(Some(Tone::Bad), "▌") } else { " ".into() };
        let line = format!("{number:>5}  {}", visible_line(line, 4));
        Ok(writeln!(self.out, "{bar}{}", line.trim_end())?)
    }

    pub(super) fn diff(&mut self, diff: &str) -> Result<(), Failure> {
        for line in diff.lines() {
            let tone = match line.bytes().next() {
                Some(b'+') => Tone::Good,
                Some(b'-') => Tone::Bad,
                _ => Tone::Dim,
            };
            self.line(4, Some(tone), &visible_line(line, 4))?;
        }
        Ok(())
    }

    fn painted(&self, tone: Option<Tone>, text: &str) -> String {
        match tone {
            Some(tone) => self.output.paint(tone, text),
            None => visible(text).into_owned(),
        }
    }
}
