//! A note being written, at the foot of the screen: the code that it is about stays in sight.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::cells::{Pen, cut, line_of};
use super::modals::frame;
use crate::text::fit::width;
use crate::text::visible;
use crate::tui::docket::DocketScreen;
use crate::tui::input::{caret_at, rows};
use crate::tui::layout;
use crate::tui::note::Note;
use crate::tui::theme::Part;

/// Rows that a note has from the start.
const LEAST: usize = 4;

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, note: &Note, docket: &DocketScreen) {
    let (columns, most) = layout::note((area.width, area.height));
    let text = note.input.text();
    let rows = rows(text, columns);
    let height = rows.len().clamp(LEAST.min(most), most);
    let place = placed(area, columns, height);
    pen.clear(place);
    frame(pen, place);
    let row = note.cases.first().filter(|_| note.cases.len() == 1).and_then(|case| docket.rows.get(case));
    let on = row.map(|row| format!("{}, {}", row.heading(), row.place()));
    let room = usize::from(place.width).saturating_sub(6);
    let heading = cut(&note.heading(on.as_deref()), room, pen.theme.or_plain("…", "~"));
    pen.clean(line_of(place, 0), 2, &format!(" {heading} "), pen.style(Part::Heading));
    let inside = Rect {
        x: place.x + 1,
        y: place.y + 1,
        width: place.width.saturating_sub(2),
        height: place.height.saturating_sub(2),
    };
    let (row, column) = caret_at(text, &rows, note.input.caret());
    for (at, range) in rows.iter().enumerate().skip(note.top).take(usize::from(inside.height)) {
        let line = line_of(inside, u16::try_from(at - note.top).unwrap_or(u16::MAX));
        pen.text(line, 1, text.get(range.clone()).unwrap_or_default(), pen.style(Part::Text));
        if at == row {
            // What stands under the caret may be wide.
            let under = text.get(note.input.caret()..range.end).and_then(|rest| rest.chars().next());
            let wide = under.map_or(1, |letter| width(&visible(letter.encode_utf8(&mut [0; 4]))).clamp(1, 2));
            let at = u16::try_from(column).unwrap_or(u16::MAX).min(inside.width.saturating_sub(2));
            let width = u16::try_from(wide).unwrap_or(1).min(inside.width.saturating_sub(at + 1));
            let cell = Rect { x: line.x + 1 + at, width, ..line };
            pen.tint(cell, Style::new().add_modifier(Modifier::REVERSED));
        }
    }
    let below = rows.len().saturating_sub(note.top + usize::from(inside.height));
    for (at, hidden) in [(0, note.top), (place.height.saturating_sub(1), below)] {
        if hidden > 0 {
            pen.ending(line_of(place, at), 2, &format!(" {hidden} more "), pen.style(Part::Quiet));
        }
    }
}

/// Above the last line of the screen, which names the keys.
fn placed(area: Rect, columns: usize, height: usize) -> Rect {
    let width = u16::try_from(columns + 4).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(height + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
    Rect {
        x: area.x + area.width.saturating_sub(width) / 2,
        y: area.y + area.height.saturating_sub(height + 1),
        width,
        height,
    }
}
