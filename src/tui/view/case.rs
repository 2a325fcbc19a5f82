//! The case: what the tools said, why it is one case, and what was decided.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::cells::{Pen, line_of};
use super::details::{Page, Piece, With};
use super::remedies;
use super::spread::notices;
use crate::tui::action::Action;
use crate::tui::docket::Open;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::theme::Part;

/// Wraps what is shown of the case at hand where that was not done yet: once for a case and a width, and not in the frame.
pub(in crate::tui) fn prepare(state: &mut State) {
    let place = layout::of(state).case;
    let Some(open) = state.docket.here().filter(|_| !place.is_empty()) else { return };
    let with = with(place, open, state);
    let made = Piece::ALL.map(|piece| {
        let is_made = open.details.piece(piece, with).is_some();
        (!is_made).then(|| (with.of(piece), Page::of(piece, with, open, &state.settings.reviewer)))
    });
    if let Some(open) = state.docket.here_mut() {
        open.details.keep(made);
    }
}

/// How far the details of a case can be scrolled where they have this place.
pub(in crate::tui) fn last_scroll(place: Rect, state: &State) -> usize {
    let lines = state.docket.here().map_or(0, |open| {
        let pieces = pieces(place, open, state);
        told(place, open, state).lines.len() + pieces.iter().map(|page| page.lines.len()).sum::<usize>()
    });
    lines.saturating_sub(usize::from(place.height))
}

fn with(place: Rect, open: &Open, state: &State) -> With {
    With {
        columns: usize::from(place.width.saturating_sub(2)),
        theme: state.theme,
        // Nothing tells a case that came back from one that nobody judged.
        is_hidden: state.settings.hides_others(&open.view),
        is_blind: state.settings.blind,
        shows_worth: state.docket.shows_worth,
        step: open.step,
    }
}

/// What is told above the details: it changes while one looks at the case.
fn told(place: Rect, open: &Open, state: &State) -> Page {
    let mut page = Page::new(usize::from(place.width.saturating_sub(2)), state.theme);
    for (text, part) in notices(state).into_iter().chain(remedies::notices(state)) {
        page.say(&text, part);
    }
    if state.docket.drawn.contains(&open.view.listed.number) {
        page.say("drawn at random, outside the order", Part::Key);
    }
    page
}

/// The details, as they were wrapped before or, where that was for something else, now.
fn pieces<'o>(place: Rect, open: &'o Open, state: &State) -> [Cow<'o, Page>; 3] {
    let with = with(place, open, state);
    Piece::ALL.map(|piece| match open.details.piece(piece, with) {
        Some(page) => Cow::Borrowed(page),
        None => Cow::Owned(Page::of(piece, with, open, &state.settings.reviewer)),
    })
}

pub(super) fn draw(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let Some(open) = state.docket.here().filter(|_| !place.is_empty()) else { return };
    let told = told(place, open, state);
    let pieces = pieces(place, open, state);
    let pages = || std::iter::once(&told).chain(pieces.iter().map(|page| &**page));
    let mut many = 0;
    let mut step = None;
    for page in pages() {
        step = step.or_else(|| page.step.map(|line| many + line));
        many += page.lines.len();
    }
    let height = usize::from(place.height);
    let wanted = match step.filter(|_| open.follows) {
        Some(line) => line.saturating_sub(height / 2),
        None => open.scroll,
    };
    let scroll = wanted.min(many.saturating_sub(height));
    let mut above = scroll;
    let in_sight = pages().flat_map(|page| {
        let skipped = above.min(page.lines.len());
        above -= skipped;
        page.lines.get(skipped..).unwrap_or_default()
    });
    for (at, (text, style)) in in_sight.take(height).enumerate() {
        pen.clean(line_of(place, u16::try_from(at).unwrap_or(u16::MAX)), 1, text, *style);
    }
    let below = many.saturating_sub(scroll + height);
    if below > 0 {
        let last = line_of(place, place.height - 1);
        pen.clear(last);
        let down = state.keymap.key(Action::CaseDown).map(|key| key.to_string()).unwrap_or_default();
        let column = pen.ending(last, 1, &down, pen.style(Part::Key));
        let more = format!("{} more lines", below + 1);
        pen.ending(last, place.width.saturating_sub(column) + 1, &more, pen.style(Part::Quiet));
    }
}
