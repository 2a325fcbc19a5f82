//! The list of the screen of remedies: only the cases in sight.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::cells::{Pen, cut, cut_path, line_of, width};
use super::super::listing;
use super::{sound_part, sound_sign};
use crate::domain::{Cwe, Severity};
use crate::jobs::{Became, Listed, RemedyEntry};
use crate::remedy::Origin;
use crate::tui::remedies::{Places, Shown, hides};
use crate::tui::state::State;
use crate::tui::theme::Part;

/// From so many columns on what is told of a case in one line stands in columns.
const IN_COLUMNS: u16 = 70;
/// Columns of what became of a remedy.
const BECAME: u16 = 10;
/// Columns of the rung that it is of, and where there is more room.
const RUNG: u16 = 9;
const RUNG_WIDE: u16 = 12;
/// Columns of a weakness, and where there is more room.
const WEAKNESS: u16 = 19;
const WEAKNESS_WIDE: u16 = 28;
/// Columns of a function's name at least.
const LEAST_NAME: usize = 4;
/// Columns of a function's name at most.
const LONGEST_NAME: usize = 24;
/// Columns of a place beside a function's name at least.
const LEAST_PLACE: usize = 14;

#[cfg(test)]
thread_local! {
    /// Rows built so far, for the test that counts them.
    pub(super) static BUILT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

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
    #[cfg(test)]
    BUILT.set(BUILT.get() + 1);
    let first = line_of(place, 0);
    let is_hidden = hides(state, entry.case, entry.is_judged);
    let row = state.docket.rows.get(&entry.case);
    let sign = pen.theme.or_plain("…", "~");
    let weakness = row.map_or_else(|| sign.to_owned(), weakness);
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
    let fate = if is_hidden { Became::Undecided } else { entry.became };
    let became = match fate {
        _ if state.docket.is_pending(entry.case) => "saving",
        _ if state.proposing.is_at(entry.case) => "proposing",
        _ if state.proposing.waiting.contains(&entry.case) => "waiting",
        Became::Undecided => "",
        Became::Refused => "refused",
        Became::Accepted => "accepted",
        Became::Applied => "applied",
    };
    let rung = if is_hidden { String::new() } else { rung(entry) };
    let style = pen.style(if fate == Became::Undecided { Part::Text } else { Part::Quiet });
    let path = match row {
        Some(row) => row.place().into_owned(),
        // Where a remedy changes something says what it is.
        None if is_hidden => sign.to_owned(),
        None => entry.path.clone(),
    };
    let scope = state.remedies.scopes.get(&entry.case).map_or("", String::as_str);
    let right = pen.ending(first, 1, became, pen.style(Part::Key));
    if place.height >= 2 {
        let room = usize::from(right.saturating_sub(6));
        let column = pen.clean(first, 5, &cut(&weakness, room, sign), style);
        let left = usize::from(right.saturating_sub(column + 4));
        if left >= LEAST_NAME {
            pen.clean(first, column + 2, &cut(innermost(scope), left, sign), pen.style(Part::Quiet));
        }
        let second = line_of(place, 1);
        let begin = pen.ending(second, 1, &rung, pen.style(Part::Quiet));
        let room = usize::from(begin.saturating_sub(6));
        pen.clean(second, 5, &cut_path(&path, room, sign), pen.style(Part::Quiet));
    } else if first.width >= IN_COLUMNS {
        let is_wide = first.width >= 100;
        let (rung_has, words) = if is_wide { (RUNG_WIDE, WEAKNESS_WIDE) } else { (RUNG, WEAKNESS) };
        let rung_at = first.width.saturating_sub(BECAME + rung_has);
        let words_at = rung_at.saturating_sub(words + 1);
        let rung = cut(&rung, usize::from(rung_has.saturating_sub(1)), sign);
        pen.clean(first, rung_at, &rung, pen.style(Part::Quiet));
        pen.clean(first, words_at, &cut(&weakness, words.into(), sign), style);
        place_in(pen, first, (&path, scope), usize::from(words_at.saturating_sub(6)), style);
    } else {
        let before = Rect { width: right, ..first };
        let begin = pen.ending(before, 1, &rung, pen.style(Part::Quiet));
        place_in(pen, before, (&path, ""), usize::from(begin.saturating_sub(6)), style);
    }
}

/// Where a case is, and the function that it is in as far as there is room for both.
fn place_in(pen: &mut Pen<'_>, place: Rect, (path, scope): (&str, &str), room: usize, style: Style) {
    let sign = pen.theme.or_plain("…", "~");
    let name = innermost(scope);
    let spare = room.saturating_sub(width(path) + 2);
    let shown = cut(name, spare.max(room / 3).min(LONGEST_NAME), sign);
    let needs = if shown.is_empty() { 0 } else { width(&shown) + 2 };
    let cut_off = cut_path(path, room.saturating_sub(needs), sign);
    // A place of which nothing is left but its end says less than without the function.
    let (cut_off, shown) = if width(&cut_off) < LEAST_PLACE && width(path) > width(&cut_off) {
        (cut_path(path, room, sign), String::new())
    } else {
        (cut_off, shown)
    };
    let column = pen.clean(place, 5, &cut_off, style);
    if !shown.is_empty() {
        pen.clean(place, column + 2, &shown, pen.style(Part::Quiet));
    }
}

/// The innermost of the names around a place: it says most.
fn innermost(scope: &str) -> &str {
    scope.rsplit('.').next().unwrap_or_default()
}

/// Which rung the best remedy is of, and how many more there are.
fn rung(entry: &RemedyEntry) -> String {
    let word = match entry.origin {
        None => return "none".to_owned(),
        Some(Origin::Person) => "edited",
        Some(origin) => origin.word(),
    };
    if entry.many > 1 { format!("{word} +{}", entry.many - 1) } else { word.to_owned() }
}

/// What is wrong in a few words: the short name of the weakness, else what the case is called.
fn weakness(row: &Listed) -> String {
    let label = row.cwes.first().and_then(|&cwe| Cwe(cwe).label());
    label.map_or_else(|| row.heading().into_owned(), str::to_owned)
}
