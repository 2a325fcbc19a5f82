//! What is being proposed while one looks at remedies: for which case, what happens, and the end of what a model has
//! written. Only the lines that there is room for are built, however long that is.

use ratatui::layout::Rect;

use super::super::cells::{Pen, cut, cut_path, line_of, width};
use super::{checks, pen_sign};
use crate::tui::action::Action;
use crate::tui::remedies::at_work;
use crate::tui::state::State;
use crate::tui::theme::Part;

pub(super) fn draw(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let Some((doing, _)) = at_work(state).filter(|_| place.height > 0) else { return };
    let sign = pen.theme.or_plain("…", "~");
    let first = line_of(place, 0);
    let key = |action| state.keymap.key(action).map(|key| key.to_string()).unwrap_or_default();
    let is_alone = state.proposing.running.as_ref().is_some_and(|running| running.of <= 1);
    let stop = key(if is_alone { Action::Back } else { Action::StopProposing });
    let begin = pen.ending(first, 1, &format!("{stop} stops"), pen.style(Part::Bar));
    let room = usize::from(begin.saturating_sub(2));
    let row = state.docket.rows.get(&doing.case);
    let path = row.map(|row| row.place().into_owned()).unwrap_or_default();
    let path = cut_path(&path, room / 2, sign);
    let line = Rect { width: begin.saturating_sub(1), ..first };
    let column = pen.clean(line, 1, &path, pen.style(Part::Heading));
    let left = room.saturating_sub(width(&path) + 2);
    pen.clean(line, column + 2, &cut(&doing.what, left, sign), pen.style(Part::Key));
    let made: Vec<String> = doing
        .checks
        .iter()
        .map(|(name, outcome)| format!("{name} {}", checks::sign(*outcome, pen_sign(state))))
        .collect();
    let mut at = 1;
    if !made.is_empty() {
        pen.text(line_of(place, at), 1, &made.join("   "), pen.style(Part::Text));
        at += 1;
    }
    let rest = place.height.saturating_sub(at);
    let mut last: Vec<&str> = doing.text.lines().rev().take(rest.into()).collect();
    last.reverse();
    for (at, text) in (at..place.height).zip(last) {
        pen.text(line_of(place, at), 1, text, pen.style(Part::Quiet));
    }
}
