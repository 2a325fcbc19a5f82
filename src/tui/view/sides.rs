//! What stands side by side: a column for each, or several rows of columns where there is no room for all.

use ratatui::layout::Rect;

use super::cells::{Pen, cut, line_of, wrapped};
use super::modals::{boxed, how_far};
use crate::tui::layout;
use crate::tui::sides::{Side, SideLine, Sides};
use crate::tui::theme::{Mark, Part};

/// A column is not narrower, where there are several.
const NARROWEST: usize = 26;
/// On both sides a column of the screen, the frame, and a blank in it.
const AROUND: u16 = 6;

type Line = (String, Part, bool);

/// How many columns stand beside each other, and how wide each is.
fn columns(sides: &Sides, width: u16) -> (usize, usize) {
    let room = usize::from(width.saturating_sub(AROUND));
    let many = ((room + 3) / (NARROWEST + 3)).clamp(1, sides.sides.len().max(1));
    (many, (room.saturating_sub(3 * (many - 1)) / many).max(1))
}

/// The lines of one of them, of so many columns.
fn lines(side: &Side, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in &side.0 {
        match line {
            SideLine::Words(words, part) if words.is_empty() => lines.push((String::new(), *part, false)),
            SideLine::Words(words, part) => {
                lines.extend(wrapped(words, columns).into_iter().map(|line| (line, *part, false)));
            }
            SideLine::Code(number, text, is_flagged) => {
                lines.push((format!("{number:>5}  {text}"), Part::Text, *is_flagged));
            }
        }
    }
    lines
}

/// All of them: rows of columns, with an empty line between.
fn laid_out(sides: &Sides, width: u16) -> Vec<Vec<Line>> {
    let (many, columns) = columns(sides, width);
    let mut rows: Vec<Vec<Line>> = Vec::new();
    for some in sides.sides.chunks(many) {
        if !rows.is_empty() {
            rows.push(Vec::new());
        }
        let some: Vec<Vec<Line>> = some.iter().map(|side| lines(side, columns)).collect();
        let height = some.iter().map(Vec::len).max().unwrap_or_default();
        let nothing = || (String::new(), Part::Text, false);
        rows.extend(
            (0..height)
                .map(|at| some.iter().map(|lines| lines.get(at).cloned().unwrap_or_else(nothing)).collect()),
        );
    }
    rows
}

/// How many lines it has on a terminal of so many columns.
pub(in crate::tui) fn height(sides: &Sides, columns: u16) -> usize {
    laid_out(sides, columns).len()
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, sides: &Sides) {
    let height = layout::changes((area.width, area.height));
    let mut frame = vec![(sides.title.clone(), Part::Heading)];
    frame.resize(height + 1, (String::new(), Part::Text));
    let inside = boxed(pen, area, area.width, &frame, 0);
    let rows = laid_out(sides, area.width);
    let scroll = sides.scroll.min(rows.len().saturating_sub(height));
    let (_, columns) = columns(sides, area.width);
    let sign = pen.theme.mark(Mark::Cut);
    let below = Rect { y: inside.y.saturating_add(1), height: inside.height.saturating_sub(1), ..inside };
    for (at, row) in (0..below.height).zip(rows.iter().skip(scroll)) {
        let place = line_of(below, at);
        let mut column = 1_u16;
        for (number, (text, part, is_flagged)) in row.iter().enumerate() {
            if number > 0 {
                pen.clean(place, column, pen.theme.or_plain("│", "|"), pen.style(Part::Rule));
                column = column.saturating_add(2);
            }
            let part = if *is_flagged { Part::Flagged } else { *part };
            pen.clean(place, column, &cut(text, columns, sign), pen.style(part));
            if *is_flagged {
                // Also where there are no colours.
                pen.clean(place, column.saturating_add(6), pen.theme.mark(Mark::Flagged), pen.style(part));
            }
            column = column.saturating_add(u16::try_from(columns).unwrap_or(u16::MAX)).saturating_add(1);
        }
    }
    let bottom = Rect { y: inside.bottom(), height: 1, ..inside };
    how_far(pen, bottom, scroll, height, rows.len());
}
