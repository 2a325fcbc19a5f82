//! The facets: beside the list, which follows.

use ratatui::layout::Rect;

use super::bars::grouped;
use super::cells::{Pen, cut, cut_path, line_of, width};
use super::modals::frame;
use crate::docket::{Counted, Facet, Value};
use crate::tui::facets::Facets;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::theme::Part;

/// Columns of the pane where there is room.
const COLUMNS: u16 = 60;

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, facets: &Facets) {
    let panes = layout::of(state);
    let (columns, rows) = state.size;
    // The list stays in sight: it is what the values are chosen for.
    let top = if panes.lines_per_case > 1 { panes.list.y } else { panes.rule.y };
    let width = COLUMNS.min(columns);
    let height = rows.saturating_sub(top + 1);
    let place = Rect { x: columns - width, y: top, width, height };
    if place.height < 5 || place.width < 20 {
        return;
    }
    pen.clear(place);
    frame(pen, place);
    let inside = Rect { x: place.x + 2, y: place.y + 1, width: width - 4, height: height - 2 };
    names(pen, line_of(inside, 0), facets.facet);
    second(pen, line_of(inside, 1), state, facets);
    let height = usize::from(inside.height.saturating_sub(2));
    let top = facets.at.saturating_sub(height.saturating_sub(1));
    for (at, counted) in facets.values.iter().enumerate().skip(top).take(height) {
        let line = line_of(inside, u16::try_from(at - top + 2).unwrap_or(u16::MAX));
        let named = state.docket.filter.of(facets.facet).find(|(value, _)| **value == counted.value);
        row(pen, line, counted, named.map(|(_, negated)| negated));
        if at == facets.at {
            pen.tint(line, pen.style(Part::Cursor));
        }
    }
    if facets.values.is_empty() {
        let words = if facets.is_there { "no case has any" } else { "counting" };
        pen.text(line_of(inside, 2), 2, words, pen.style(Part::Quiet));
    }
}

/// The names of all facets, the one shown set off.
fn names(pen: &mut Pen<'_>, line: Rect, shown: Facet) {
    let mut column = 0;
    for facet in Facet::ALL {
        let part = if facet == shown { Part::Key } else { Part::Quiet };
        column = pen.clean(line, column, facet.word(), pen.style(part)) + 1;
    }
}

/// Where one is, and what the values are to be like.
fn second(pen: &mut Pen<'_>, line: Rect, state: &State, facets: &Facets) {
    let more = match facets.more {
        0 => String::new(),
        more => format!("{} more", grouped(more)),
    };
    let begin = if more.is_empty() { line.width } else { pen.ending(line, 0, &more, pen.style(Part::Quiet)) };
    let line = Rect { width: begin.saturating_sub(1), ..line };
    let mut column = 0;
    if facets.facet == Facet::Directory {
        let sign = pen.theme.or_plain("…", "~");
        let folder = if facets.inside.is_empty() { "the root" } else { &facets.inside };
        let folder = cut_path(folder, usize::from(line.width / 2), sign);
        column = pen.text(line, column, &format!("in {folder}"), pen.style(Part::Text)) + 2;
    }
    if facets.facet == Facet::State && state.settings.blind {
        let words = "reviewing is blind: what others decided is hidden";
        column = pen.text(line, column, words, pen.style(Part::Quiet)) + 2;
    }
    if facets.is_writing || !facets.letters.text().is_empty() {
        let (before, after) = facets.letters.text().split_at(facets.letters.caret());
        column = pen.clean(line, column, "/", pen.style(Part::Key));
        column = pen.text(line, column, before, pen.style(Part::Text));
        if facets.is_writing {
            column = pen.clean(line, column, pen.theme.or_plain("▏", "|"), pen.style(Part::Key));
        }
        pen.text(line, column, after, pen.style(Part::Text));
    }
}

/// A value: whether the filter has it, what it is, and how many cases it leaves in.
fn row(pen: &mut Pen<'_>, line: Rect, counted: &Counted, named: Option<bool>) {
    let (sign, part) = match named {
        Some(false) => ("+", Part::Selected),
        Some(true) => ("-", Part::Failure),
        None => (" ", Part::Text),
    };
    pen.clean(line, 0, sign, pen.style(part));
    let begin = pen.ending(line, 0, &grouped(counted.cases), pen.style(Part::Text));
    let room = usize::from(begin.saturating_sub(3));
    let short = pen.theme.or_plain("…", "~");
    let text = match &counted.value {
        Value::Path(pattern) => cut_path(pattern.text().trim_start_matches('/'), room, short),
        Value::Cwe(Some(cwe)) => cwe.to_string(),
        value => cut(&value.to_string(), room, short),
    };
    let column =
        pen.clean(line, 2, &text, pen.style(if counted.cases == 0 { Part::Quiet } else { Part::Text }));
    let left = room.saturating_sub(width(&text) + 2);
    if !counted.words.is_empty() && left > 4 {
        pen.clean(line, column + 2, &cut(counted.words, left, short), pen.style(Part::Quiet));
    }
}
