//! A list: only the items in sight, and what one is at in its colour.

use ratatui::layout::Rect;

use super::cells::Pen;
use crate::tui::listing::Listing;
use crate::tui::theme::Part;

/// Draws the items in sight, each on so many lines.
pub(super) fn draw<T>(
    pen: &mut Pen<'_>,
    place: Rect,
    lines: u16,
    listing: &Listing<T>,
    mut row: impl FnMut(&mut Pen<'_>, Rect, &T),
) {
    for (at, (item, is_here)) in (0_u16..).zip(listing.in_sight()) {
        let y = place.y.saturating_add(at.saturating_mul(lines));
        let cells = Rect { y, height: lines, ..place }.intersection(place);
        row(pen, cells, item);
        if is_here {
            pen.tint(cells, pen.style(Part::Cursor));
        }
    }
}
