//! Which part of the code is in sight, and bringing a place of it there.

use std::ops::Range;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{DocketScreen, Open};
use crate::domain::{self, Columns, Place, Point};
use crate::jobs::CodeFile;
use crate::text::byte_in;
use crate::tui::effect::Effect;

/// Columns left of the code beside the digits of line numbers: what is flagged, other cases, and blanks.
const GUTTER: usize = 4;

/// From a byte of a line to a byte of the same or a later line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct Marked {
    from: (u32, usize),
    to: (u32, usize),
}

impl Marked {
    /// The bytes of a line of so many bytes that are marked.
    pub(in crate::tui) fn within(self, line: u32, len: usize) -> Option<Range<usize>> {
        if line < self.from.0 || line > self.to.0 {
            return None;
        }
        let start = if line == self.from.0 { self.from.1 } else { 0 };
        let end = if line == self.to.0 { self.to.1 } else { len };
        Some(start..end.max(start + 1)).filter(|range| range.start < len || line == self.from.0)
    }
}

/// Digits that the line numbers of a file take.
pub(in crate::tui) fn digits(file: &CodeFile) -> usize {
    file.end().checked_ilog10().unwrap_or(0) as usize + 1
}

/// The columns left of the code.
pub(in crate::tui) fn gutter(file: &CodeFile) -> u16 {
    u16::try_from(digits(file) + GUTTER).unwrap_or(u16::MAX)
}

/// A step of a data flow.
#[derive(Debug, Clone, Copy)]
pub struct Step<'v> {
    /// The file, in the project.
    pub path: &'v str,
    /// The place in it.
    pub place: &'v Place,
    /// What the tool says of it.
    pub words: &'v str,
}

impl Open {
    /// The steps of its longest data flow. One step alone is the place itself, and no flow.
    #[must_use]
    pub fn steps(&self) -> Vec<Step<'_>> {
        let members = self.view.findings.iter().filter(|member| !member.gone);
        let traces = members.flat_map(|member| member.claim.traces.iter().map(move |trace| (member, trace)));
        let longest = traces.filter(|(_, trace)| trace.len() > 1).max_by_key(|(_, trace)| trace.len());
        let Some((member, trace)) = longest else { return Vec::new() };
        // Tools that name files from another folder do so for every step.
        let told = member.claim.place.as_ref().and_then(|place| place.path.strip_suffix(&member.path));
        let prefix = told.unwrap_or_default();
        let step = trace.iter().map(|step| {
            let path = step.place.path.as_str();
            let path = path.strip_prefix(prefix).unwrap_or(path);
            Step { path, place: &step.place, words: self.told(step) }
        });
        step.collect()
    }

    /// What a tool says of a step, else the code that stands there.
    fn told<'v>(&'v self, step: &'v domain::Step) -> &'v str {
        let said = [step.message.trim(), step.place.snippet.trim()].into_iter().find(|text| !text.is_empty());
        let place = || (step.place.path.clone(), step.place.start.line);
        let code = || self.view.step_lines.get(&place()).map(|code| code.trim());
        said.or_else(code).and_then(|text| text.lines().next()).unwrap_or_default()
    }

    /// The lines to be marked in the file on the screen.
    #[must_use]
    pub fn flagged(&self) -> (u32, u32) {
        match self.step.and_then(|at| self.steps().get(at).map(|step| step.place.start.line)) {
            Some(line) => (line, line),
            // Of a manifest the package's entry, where it was found.
            None if self.view.listed.row.line == 0 => {
                let file = self.code.as_ref().filter(|_| self.other.is_none());
                file.and_then(|file| file.entry).unwrap_or_default()
            }
            None => (self.view.listed.row.line, self.view.listed.row.end_line.max(self.view.listed.row.line)),
        }
    }

    /// What is flagged of the case itself, while a step of its data flow in the same file is shown.
    pub(in crate::tui) fn flagged_beside_step(&self) -> Option<(u32, u32)> {
        let row = &self.view.listed.row;
        let is_shown = self.step.is_some() && self.other.is_none() && row.line > 0;
        is_shown.then(|| (row.line, row.end_line.max(row.line)))
    }

    /// Whether what is flagged in the case's own file is in sight, where the code has so many lines of the screen.
    #[must_use]
    pub fn shows_flagged(&self, lines: u16) -> bool {
        let line = self.view.listed.row.line;
        let sight = self.top..self.top.saturating_add(u32::from(lines));
        let has = self.code.as_ref().is_some_and(|file| line == 0 || file.line(line).is_some());
        let in_sight = line == 0 || sight.contains(&line);
        has && self.other.is_none() && lines > 0 && in_sight && self.shows_column()
    }

    /// Has a place of the code brought into sight, once it is known how much there is room for.
    pub(super) fn reveal(&mut self, line: u32, bytes: Range<usize>) {
        self.reveals = Some((line, bytes));
    }

    /// What is flagged by columns, where the tool tells them and the text is that of the file; else it is whole lines.
    #[must_use]
    pub(in crate::tui) const fn marked(&self) -> Option<Marked> {
        self.marked
    }

    /// Finds out which bytes are flagged: once, since a line may have megabytes.
    pub(super) fn mark(&mut self) {
        self.marked = self.file().filter(|file| file.is_whole).and_then(|file| {
            let (start, end, columns) = self.flagged_columns()?;
            let line = file.line(start.line)?;
            let from = byte_in(line, start.column, columns);
            let end_line = end.line.max(start.line);
            let last = file.line(end_line)?;
            let to = if end.column == 0 { last.len() } else { byte_in(last, end.column, columns) };
            let ends_before = end_line == start.line && to < from;
            let to = if ends_before { line.len() } else { to };
            Some(Marked { from: (start.line, from), to: (end_line, to) })
        });
    }

    /// As [`Self::mark`], when more came to be known: a page kept from the last time does not tell columns.
    pub(super) fn mark_again(&mut self) {
        let before = self.marked;
        self.mark();
        let sight = self.top..self.top.saturating_add(u32::from(self.room.1));
        if before.is_none() && self.marked.is_some() && self.left == 0 && sight.contains(&self.flagged().0) {
            self.reveal_flagged();
        }
    }

    /// Has what is flagged brought into sight.
    pub(super) fn reveal_flagged(&mut self) {
        let line = self.flagged().0;
        let bytes = self.file().and_then(|file| self.marked?.within(line, file.line(line)?.len()));
        self.reveals = (line > 0).then(|| (line, bytes.unwrap_or(0..1)));
    }

    /// The region that is flagged, with what its columns count; `None` where only lines are known.
    fn flagged_columns(&self) -> Option<(Point, Point, Columns)> {
        if let Some(at) = self.step {
            let place = self.steps().get(at)?.place;
            return (place.start.column > 0).then_some((place.start, place.end, place.columns));
        }
        let line = self.view.listed.row.line;
        let members = self.view.findings.iter().filter(|member| !member.gone);
        let mut told = members.filter_map(|member| {
            let row = &member.detail.row;
            let columns = member.claim.place.as_ref()?.columns;
            let (start, end) = (
                Point { line: row.line, column: row.col },
                Point { line: row.end_line, column: row.end_col },
            );
            (row.line == line && row.col > 0).then_some((start, end, columns))
        });
        told.next()
    }

    /// Whether the first column that is flagged is in sight.
    pub(super) fn shows_column(&self) -> bool {
        let (Some(file), Some(marked)) = (self.code.as_ref(), self.marked.filter(|_| self.step.is_none()))
        else {
            return self.left == 0;
        };
        let column = file.ruler(marked.from.0).map_or(0, |ruler| ruler.of_byte(marked.from.1));
        (self.left..self.left + usize::from(self.room.0).max(1)).contains(&column)
            || (self.room.0 == 0 && self.left == 0)
    }

    /// The last column of the longest line in sight.
    pub(super) fn last_column(&self) -> usize {
        let Some(file) = self.file() else { return 0 };
        let lines = (self.top..).take(usize::from(self.room.1)).map_while(|line| file.ruler(line));
        let ends = lines.map(|ruler| ruler.of_byte(ruler.text().len()));
        ends.max().unwrap_or(0).saturating_sub(1)
    }

    /// The code has so much room: brings into sight what is to be.
    fn fit(&mut self, place: Rect) {
        let Some(file) = self.file().map(Arc::clone) else { return };
        let room = (place.width.saturating_sub(gutter(&file)), place.height.saturating_sub(1));
        if self.fills && room.1 > 0 {
            // In a low pane what is flagged stands in its upper part, where a note that is written does not cover it.
            let (flagged, lines) = (self.flagged().0, u32::from(room.1));
            let top = self.top.max(flagged.saturating_sub(lines / 3));
            self.top = top.min(file.end().saturating_sub(lines).max(file.first_line));
            self.fills = false;
        }
        let Some((line, bytes)) = self.reveals.clone().filter(|_| room.0 > 0 && room.1 > 0) else {
            self.room = room;
            return;
        };
        let (first, end) = (file.first_line, file.end());
        let columns = file.ruler(line).map(|ruler| (ruler.of_byte(bytes.start), ruler.of_byte(bytes.end)));
        (self.room, self.reveals) = (room, None);
        if !(self.top..self.top.saturating_add(u32::from(room.1))).contains(&line) {
            self.top =
                line.saturating_sub(u32::from(room.1) / 3).clamp(first, end.saturating_sub(1).max(first));
        }
        let width = usize::from(room.0);
        if let Some((from, to)) = columns {
            // Of what is long the beginning: where lines begin tells more than where they end.
            let to = to.clamp(from + 1, from + (width / 3).max(1));
            let is_in_sight = from >= self.left && to < self.left + width;
            if to < width && !is_in_sight {
                self.left = 0;
            } else if !is_in_sight {
                self.left = from.saturating_sub((width / 3).min(width.saturating_sub(to - from) / 2));
            }
        }
    }
}

impl DocketScreen {
    /// The code has its place on the screen: asks for what it lacks there.
    pub(in crate::tui) fn look(&mut self, place: Rect, effects: &mut Vec<Effect>) {
        if let Some(open) = self.here_mut() {
            open.fit(place);
        }
        self.want_colours(place.height, effects);
        self.want_found(effects);
        self.want_compared(effects);
    }
}
