//! What may be written into the filter: below it, with how many cases each would leave in.

use ratatui::layout::Rect;

use super::bars::grouped;
use super::cells::{Pen, cut, line_of, width};
use super::modals::frame;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::theme::Part;

/// Rows and columns of the box at most.
const ROWS: u16 = 12;
const COLUMNS: u16 = 64;

pub(super) fn draw(pen: &mut Pen<'_>, state: &State) {
    let completing = &state.docket.completing;
    let offers = &completing.completions.offers;
    let panes = layout::of(state);
    let (columns, rows) = state.size;
    // Beside the list where there is room, below it elsewhere: what the filter leaves in stays in sight.
    let wide = panes.lines_per_case > 1;
    let (x, y) = if wide { (panes.code.x, panes.list.y) } else { (0, panes.rule.y) };
    let room = rows.saturating_sub(y + 1);
    let height = u16::try_from(offers.len()).unwrap_or(u16::MAX).min(ROWS).saturating_add(2).min(room);
    let place = Rect { x, y, width: COLUMNS.min(columns.saturating_sub(x)), height };
    if offers.is_empty() || place.height < 3 || place.width < 20 {
        return;
    }
    pen.clear(place);
    frame(pen, place);
    let inside = Rect { x: place.x + 2, y: place.y + 1, width: place.width - 4, height: place.height - 2 };
    let shown = usize::from(inside.height);
    let top = completing.at.unwrap_or(0).saturating_sub(shown.saturating_sub(1));
    let short = pen.theme.or_plain("…", "~");
    for (at, offer) in offers.iter().enumerate().skip(top).take(shown) {
        let line = line_of(inside, u16::try_from(at - top).unwrap_or(u16::MAX));
        let count = offer.cases.map(grouped).unwrap_or_default();
        let begin = pen.ending(line, 0, &count, pen.style(Part::Text));
        let room = usize::from(begin.saturating_sub(1));
        let text = cut(&offer.text, room, short);
        let column = pen.clean(line, 0, &text, pen.style(Part::Key));
        let left = room.saturating_sub(width(&text) + 2);
        if left > 4 {
            pen.clean(line, column + 2, &cut(&offer.words, left, short), pen.style(Part::Quiet));
        }
        if completing.at == Some(at) {
            pen.tint(line, pen.style(Part::Cursor));
        }
    }
}
