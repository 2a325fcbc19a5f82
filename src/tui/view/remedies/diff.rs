//! The difference of a remedy: before and after side by side or one below the other, in the colours of its language, its
//! changed words marked. Of a line only the columns in sight are looked at.

use ratatui::layout::Rect;

use super::super::cells::{Pen, cut_path, line_of};
use super::super::code::{paint, tint};
use crate::jobs::{RemedyPage, Sheet};
use crate::text::columns::Ruler;
use crate::text::sides::{Row, Side};
use crate::tui::theme::Part;

/// With fewer columns one number stands before a line, not both.
const BOTH_NUMBERS: u16 = 72;

/// A line of the screen.
#[derive(Clone, Copy)]
enum Line<'p> {
    File(&'p Sheet),
    Fold(u32),
    /// A line of one side, or of both where nothing is changed: what it was, what it is.
    Pair(&'p Sheet, Option<&'p Side>, Option<&'p Side>, bool),
}

fn lines(page: &RemedyPage, is_beside: bool) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for sheet in &page.sheets {
        if page.sheets.len() > 1 {
            lines.push(Line::File(sheet));
        }
        let mut put_in: Vec<Line<'_>> = Vec::new();
        for row in &sheet.rows {
            if !matches!(row, Row::Changed(..)) {
                lines.append(&mut put_in);
            }
            match row {
                Row::Fold(many) => lines.push(Line::Fold(*many)),
                Row::Same(was, is) => lines.push(Line::Pair(sheet, Some(was), Some(is), false)),
                Row::Changed(was, is) if is_beside => {
                    lines.push(Line::Pair(sheet, was.as_ref(), is.as_ref(), true));
                }
                Row::Changed(was, is) => {
                    lines.extend(was.as_ref().map(|was| Line::Pair(sheet, Some(was), None, true)));
                    put_in.extend(is.as_ref().map(|is| Line::Pair(sheet, None, Some(is), true)));
                }
            }
        }
        lines.append(&mut put_in);
    }
    lines
}

/// How many lines the difference takes.
pub(super) fn rows(page: &RemedyPage, is_beside: bool) -> usize {
    lines(page, is_beside).len()
}

/// About how many columns its longest line takes.
pub(super) fn widest(page: &RemedyPage) -> usize {
    let sides = page.sheets.iter().flat_map(|sheet| &sheet.rows).flat_map(|row| match row {
        Row::Fold(_) => [None, None],
        Row::Same(was, is) => [Some(was), Some(is)],
        Row::Changed(was, is) => [was.as_ref(), is.as_ref()],
    });
    sides.flatten().map(|side| side.text.len()).max().unwrap_or(0)
}

pub(super) fn draw(
    pen: &mut Pen<'_>,
    place: Rect,
    page: &RemedyPage,
    is_beside: bool,
    (scroll, left): (usize, usize),
) {
    let lines = lines(page, is_beside);
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(place.height)));
    let numbers = page.sheets.iter().flat_map(|sheet| &sheet.rows).map(|row| match row {
        Row::Fold(_) => 0,
        Row::Same(was, is) => was.line.max(is.line),
        Row::Changed(was, is) => {
            was.as_ref().map_or(0, |side| side.line).max(is.as_ref().map_or(0, |side| side.line))
        }
    });
    let digits = numbers.max().unwrap_or(0).to_string().len();
    for (at, line) in (0..place.height).zip(lines.iter().skip(scroll)) {
        let row = line_of(place, at);
        match *line {
            Line::File(sheet) => {
                let room = usize::from(place.width.saturating_sub(2));
                let path = cut_path(&sheet.path, room, pen.theme.or_plain("…", "~"));
                pen.clean(row, 1, &path, pen.style(Part::Heading));
            }
            Line::Fold(many) => {
                let words = match many {
                    0 => "more is left out".to_owned(),
                    1 => "1 line".to_owned(),
                    many => format!("{many} lines"),
                };
                let sign = pen.theme.or_plain("⋮", ":");
                pen.clean(row, 1, &format!("{sign} {words}"), pen.style(Part::Quiet));
            }
            Line::Pair(sheet, was, is, is_change) if is_beside => {
                let half = place.width / 2;
                let sides = [
                    (was, true, Rect { width: half.saturating_sub(1), ..row }),
                    (is, false, Rect { x: row.x + half, width: row.width.saturating_sub(half), ..row }),
                ];
                for (side, is_old, place) in sides {
                    let Some(side) = side else { continue };
                    let number = format!("{:>digits$}", side.line);
                    half_of(pen, place, sheet, (side, is_old, is_change), (&number, left));
                }
                let x = (row.x + half).saturating_sub(1);
                pen.clean(
                    Rect { x, width: 1, ..row },
                    0,
                    pen.theme.or_plain("│", "|"),
                    pen.style(Part::Rule),
                );
            }
            Line::Pair(sheet, was, is, is_change) => {
                let Some(side) = is.or(was) else { continue };
                let number = |side: Option<&Side>| side.map(|side| side.line.to_string()).unwrap_or_default();
                let number = if place.width >= BOTH_NUMBERS {
                    format!("{:>digits$} {:>digits$}", number(was), number(is))
                } else {
                    format!("{:>digits$}", side.line)
                };
                half_of(pen, row, sheet, (side, is.is_none(), is_change), (&number, left));
            }
        }
    }
}

/// One side of a line.
fn half_of(
    pen: &mut Pen<'_>,
    place: Rect,
    sheet: &Sheet,
    (side, is_old, is_change): (&Side, bool, bool),
    (number, left): (&str, usize),
) {
    let column = pen.clean(place, 1, number, pen.style(Part::Quiet));
    let (sign, part, line, word) = match (is_change, is_old) {
        (false, _) => (" ", Part::Quiet, None, Part::AddedWord),
        (true, true) => ("-", Part::Removed, Some(Part::RemovedLine), Part::RemovedWord),
        (true, false) => ("+", Part::Added, Some(Part::AddedLine), Part::AddedWord),
    };
    pen.clean(place, column + 1, sign, pen.style(part));
    let gutter = (column + 3).min(place.width);
    let code = Rect { x: place.x + gutter, width: place.width - gutter, ..place };
    if code.is_empty() {
        return;
    }
    let ruler = Ruler::new(&side.text, None);
    let spans = if is_old { &sheet.old } else { &sheet.new };
    let spans = spans.get(&side.line).map_or(&[][..], Vec::as_slice);
    let sight = paint(pen, code, ruler, spans, left);
    if let Some(line) = line {
        pen.tint(code, pen.style(line));
    }
    for mark in side.marks.iter().filter(|_| is_change) {
        tint(pen, code, ruler, (left, mark.start, mark.end), word);
    }
    if sight.before {
        pen.clean(place, gutter - 1, pen.theme.or_plain("«", "<"), pen.style(Part::Quiet));
    }
    if sight.after {
        let last = code.width.saturating_sub(1);
        pen.clean(code, last, pen.theme.or_plain("…", "~"), pen.style(Part::Quiet));
    } else if side.is_cut && is_change {
        let end = ruler.of_byte(side.text.len()).saturating_sub(left);
        let column = u16::try_from(end + 1).unwrap_or(u16::MAX);
        pen.clean(code, column.min(code.width), "no line feed at the end", pen.style(Part::Quiet));
    }
}
