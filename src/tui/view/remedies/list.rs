//! The list of the screen of remedies: only the cases in sight.

use ratatui::layout::Rect;

use super::super::cells::{Pen, cut, cut_path, line_of, width};
use super::super::listing;
use super::{sound_part, sound_sign};
use crate::domain::Severity;
use crate::jobs::{Became, RemedyEntry};
use crate::remedy::Origin;
use crate::tui::remedies::{Places, Shown, hides};
use crate::tui::state::State;
use crate::tui::theme::Part;

pub(super) fn draw(pen: &mut Pen<'_>, places: &Places, state: &State) {
    let screen = &state.remedies;
    if screen.entries.items().is_empty() {
        let words = match (screen.entries.is_listed(), screen.shown) {
            (false, _) => "loading",
            (true, Shown::Review) => "no case of the docket's list was proposed for in vain",
            (true, Shown::With) => "no case of the docket's list has a remedy: on the docket p proposes one",
            (true, Shown::All) => "no case has a remedy: on the docket p proposes one",
        };
        let place = if places.list.is_empty() { places.diff } else { places.list };
        let room = usize::from(place.width.saturating_sub(2));
        for (at, line) in (0_u16..).zip(super::wrapped(words, room)) {
            pen.clean(line_of(place, at), 1, &line, pen.style(Part::Quiet));
        }
        return;
    }
    listing::draw(pen, places.list, places.lines, &screen.entries, |pen, place, entry| {
        row(pen, place, entry, state);
    });
}

fn row(pen: &mut Pen<'_>, place: Rect, entry: &RemedyEntry, state: &State) {
    let first = line_of(place, 0);
    let is_hidden = hides(state, entry.is_judged);
    let row = state.docket.rows.get(&entry.case);
    let sign = pen.theme.or_plain("…", "~");
    let title = row.map_or_else(|| sign.to_owned(), |row| row.heading().into_owned());
    if let Some(row) = row {
        let severity = Severity::from_number(row.row.severity);
        pen.clean(first, 1, pen.theme.sign(severity), pen.theme.severity(severity));
    }
    let (mark, part) = match entry.origin {
        _ if is_hidden => (pen.theme.or_plain("◌", "h"), Part::Quiet),
        None => ("-", Part::Quiet),
        Some(_) => (sound_sign(pen, entry.sound), sound_part(entry.sound)),
    };
    pen.clean(first, 3, mark, pen.style(part));
    let became = match entry.became {
        _ if is_hidden => "",
        _ if state.docket.is_pending(entry.case) => "saving",
        Became::Undecided => "",
        Became::Refused => "refused",
        Became::Accepted => "accepted",
        Became::Applied => "applied",
    };
    let right = pen.ending(first, 1, became, pen.style(Part::Key));
    let style = pen.style(if entry.became == Became::Undecided { Part::Text } else { Part::Quiet });
    let room = usize::from(right.saturating_sub(6));
    let path = if entry.path.is_empty() || is_hidden {
        row.map(|row| row.place().into_owned()).unwrap_or_default()
    } else {
        entry.path.clone()
    };
    if place.height >= 2 {
        pen.clean(first, 5, &cut(&title, room, sign), style);
        let second = line_of(place, 1);
        let whose = if is_hidden { String::new() } else { whose(entry) };
        let begin = pen.ending(second, 1, &whose, pen.style(Part::Quiet));
        let room = usize::from(begin.saturating_sub(6));
        pen.clean(second, 5, &cut_path(&path, room, sign), pen.style(Part::Quiet));
    } else {
        let title = cut(&title, room / 2, sign);
        let column = pen.clean(first, 5, &title, style);
        let left = room.saturating_sub(width(&title) + 2);
        pen.clean(first, column + 2, &cut_path(&path, left, sign), pen.style(Part::Quiet));
    }
}

/// Whose the best remedy is, and how many there are.
fn whose(entry: &RemedyEntry) -> String {
    let by = match (entry.origin, entry.by.as_str()) {
        (None, _) => return "none".to_owned(),
        (Some(Origin::Model | Origin::Person), by) if !by.is_empty() => by.chars().take(14).collect(),
        (Some(origin), _) => origin.word().to_owned(),
    };
    if entry.many > 1 { format!("{by} +{}", entry.many - 1) } else { by }
}
