//! The code of a case: the lines in sight, what is flagged in them, and where other cases stand.

use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;

use super::cells::{Pen, cut, cut_path, line_of, width};
use crate::jobs::CodeFile;
use crate::source::{Class, Span};
use crate::text::visible;
use crate::tui::docket::{DocketScreen, Open};
use crate::tui::theme::Part;

/// Columns that a tab reaches to a multiple of.
const TAB: usize = 4;
/// Bytes of a line that are looked at: more do not fit on any screen, and a line may be a whole program.
const LINE_BYTES: usize = 16 << 10;

pub(super) fn draw(pen: &mut Pen<'_>, place: Rect, docket: &DocketScreen) {
    if place.is_empty() {
        return;
    }
    let Some(open) = docket.here() else {
        return;
    };
    let Some(file) = open.file() else {
        nothing(pen, place, open);
        return;
    };
    heading(pen, line_of(place, 0), open, file);
    let body = Rect { y: place.y + 1, height: place.height.saturating_sub(1), ..place };
    lines(pen, body, open, file);
}

fn nothing(pen: &mut Pen<'_>, place: Rect, open: &Open) {
    let quiet = pen.style(Part::Quiet);
    match &open.other {
        Some((path, _)) => {
            pen.text(line_of(place, 0), 1, path, pen.style(Part::Heading));
            pen.text(line_of(place, 1), 1, "this file was not kept: import with --source", quiet);
        }
        None => {
            pen.text(line_of(place, 0), 1, &open.view.listed.path, pen.style(Part::Heading));
            pen.text(line_of(place, 1), 1, "there is no code to show: import with --source to see it", quiet);
        }
    }
}

/// Path, and the signatures of what the first line in sight is inside of.
fn heading(pen: &mut Pen<'_>, place: Rect, open: &Open, file: &CodeFile) {
    let sign = pen.theme.or_plain("…", "~");
    let room = usize::from(place.width.saturating_sub(2));
    let column = pen.clean(place, 1, &cut_path(&file.path, room * 2 / 3, sign), pen.style(Part::Heading));
    if let Some((line, signature)) = file.scope_above(open.flagged().0) {
        let arrow = pen.theme.or_plain(" › ", " > ");
        let column = pen.clean(place, column, arrow, pen.style(Part::Quiet));
        let room = usize::from(place.width.saturating_sub(column + 1));
        let text = format!("{line} {signature}");
        pen.clean(place, column, &cut(&text, room, sign), pen.style(Part::Quiet));
    }
    if !file.is_whole {
        pen.ending(place, 1, "as quoted", pen.style(Part::Quiet));
    }
}

fn lines(pen: &mut Pen<'_>, place: Rect, open: &Open, file: &CodeFile) {
    let digits = file.end().checked_ilog10().unwrap_or(0) as usize + 1;
    let flagged = open.flagged();
    let gutter = u16::try_from(digits + 4).unwrap_or(u16::MAX);
    for at in 0..place.height {
        let number = open.top.saturating_add(u32::from(at));
        let Some(text) = file.line(number) else { continue };
        let line = line_of(place, at);
        let is_flagged = (flagged.0..=flagged.1).contains(&number) && flagged.0 > 0;
        let bar = if is_flagged { pen.theme.or_plain("▌", "|") } else { " " };
        pen.clean(line, 0, bar, pen.style(Part::Key));
        let quiet = pen.style(Part::Quiet);
        pen.clean(line, 1, &format!("{number:>digits$}"), quiet);
        if file.marks.binary_search(&number).is_ok() {
            pen.clean(line, 2 + u16::try_from(digits).unwrap_or(0), pen.theme.or_plain("●", "*"), quiet);
        }
        let code =
            Rect { x: line.x + gutter.min(line.width), width: line.width.saturating_sub(gutter), ..line };
        let spans = open.colours.get(&number).map_or(&[][..], Vec::as_slice);
        let goes_on = paint(pen, code, text, spans, open.left);
        let sign = pen.theme.or_plain("…", "~");
        if goes_on {
            pen.ending(code, 0, sign, quiet);
        }
        if open.left > 0 && !text.trim_end().is_empty() {
            pen.clean(code, 0, sign, quiet);
        }
        if is_flagged {
            pen.tint(code, pen.style(Part::Flagged));
        }
    }
}

/// Paints a line of source from a column on, each part in its colour; whether it goes on past the edge.
fn paint(pen: &mut Pen<'_>, place: Rect, text: &str, spans: &[Span], left: usize) -> bool {
    let text = text.get(..floor(text, LINE_BYTES)).unwrap_or_default();
    let mut column = 0;
    let mut start = 0;
    let whole = [Span { end: u32::MAX, class: Class::Plain }];
    for span in spans.iter().chain(&whole) {
        let end = (span.end as usize).min(text.len());
        let Some(part) = text.get(start..end).filter(|part| !part.is_empty()) else { continue };
        start = end;
        let style = pen.theme.code(span.class);
        let mut shown = String::new();
        let from = column.max(left);
        let edge = left + usize::from(place.width);
        let mut over = false;
        for piece in part.graphemes(true) {
            over = column >= edge;
            if over {
                break;
            }
            let clean = visible(piece);
            let wide = if piece == "\t" { TAB - column % TAB } else { width(&clean) };
            if column < left {
                // What is cut by the edge leaves its columns blank.
                shown.extend(std::iter::repeat_n(' ', (column + wide).saturating_sub(left)));
            } else if piece == "\t" {
                shown.extend(std::iter::repeat_n(' ', wide));
            } else {
                shown.push_str(&clean);
            }
            column += wide;
        }
        let at = u16::try_from(from - left).unwrap_or(u16::MAX);
        if at < place.width {
            pen.clean(place, at, &shown, style);
        }
        if over || at >= place.width {
            return true;
        }
    }
    column > left + usize::from(place.width)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
