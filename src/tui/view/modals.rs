//! What lies over the screen.

use ratatui::layout::Rect;

use super::bars::fits_reasons;
use super::cells::{Pen, cut, cut_path, line_of, width, wrapped};
use super::{complete, facets, note, spread};
use crate::jobs::Removed;
use crate::text::visible;
use crate::tui::action::Action;
use crate::tui::chooser::{Chooser, Purpose};
use crate::tui::layout;
use crate::tui::modal::{Modal, REFUSALS, reasons};
use crate::tui::runs::weight;
use crate::tui::state::State;
use crate::tui::theme::Part;

/// Columns of what was said.
const MESSAGES: u16 = 100;

/// What was said in this sitting, the newest first, as it stands in a terminal of so many columns.
pub(in crate::tui) fn messages(state: &State, columns: u16) -> Vec<(String, Part)> {
    let room = usize::from(MESSAGES.min(columns).saturating_sub(6));
    let mut lines = vec![("what was said, the newest first".to_owned(), Part::Heading)];
    for message in state.messages.newest_first() {
        let times = if message.times > 1 { format!(" ({} times)", message.times) } else { String::new() };
        let part = if message.is_failure { Part::Failure } else { Part::Text };
        let text = visible(&message.text).into_owned() + &times;
        lines.extend(wrapped(&text, room).into_iter().map(|line| (line, part)));
    }
    lines
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State) {
    match state.modals.last() {
        Some(Modal::Bulk(bulk)) => {
            boxed(pen, area, 72, &super::bulk::lines(bulk, &state.docket), 0);
        }
        Some(Modal::Import(form)) => super::importing::form(pen, area, form),
        Some(Modal::QuitImport) => {
            let lines = if state.importing.running.is_some() {
                [
                    ("an import is running".to_owned(), Part::Heading),
                    ("leaving cancels it: the store is then as before its file".to_owned(), Part::Text),
                ]
            } else {
                [("the import has ended".to_owned(), Part::Heading), ("leave?".to_owned(), Part::Text)]
            };
            boxed(pen, area, 64, &lines, 0);
        }
        Some(Modal::Remove { file, weighed, .. }) => remove(pen, area, file, weighed.as_ref()),
        Some(Modal::RemoveModel(name)) => {
            let lines = [
                (format!("remove the model {}?", visible(name)), Part::Heading),
                ("its files go; what it proposed and who put it to work stay known".to_owned(), Part::Text),
            ];
            boxed(pen, area, 72, &lines, 0);
        }
        Some(Modal::Spread) => {
            boxed(pen, area, 72, &spread::question(state), 0);
        }
        Some(Modal::ProposeMany(cases)) => {
            let lines = [
                (format!("propose remedies for {} cases?", super::bars::grouped(cases.len())), Part::Heading),
                (
                    "in the background, one after the other; it can be paused and stopped".to_owned(),
                    Part::Text,
                ),
                ("nothing is written into a source tree".to_owned(), Part::Quiet),
            ];
            boxed(pen, area, 74, &lines, 0);
        }
        Some(Modal::Anyway(..)) => {
            let lines = [
                ("a required check of this remedy fails".to_owned(), Part::Failure),
                ("write it into the source tree all the same?".to_owned(), Part::Text),
            ];
            boxed(pen, area, 52, &lines, 0);
        }
        Some(Modal::Note(note)) => note::draw(pen, area, note, &state.docket),
        Some(Modal::Choose(chooser)) => choose(pen, area, state, chooser),
        Some(Modal::Changes { path, text, scroll }) => {
            let height = layout::changes((area.width, area.height));
            let mut lines = vec![(format!("{path} since the scan"), Part::Heading)];
            lines.extend(text.lines().skip(*scroll).take(height).map(|line| {
                let part = match line.as_bytes().first() {
                    Some(b'+') => Part::Added,
                    Some(b'-') => Part::Removed,
                    Some(b'@') => Part::Quiet,
                    _ => Part::Text,
                };
                (line.to_owned(), part)
            }));
            lines.resize(height + 1, (String::new(), Part::Text));
            let inside = boxed(pen, area, area.width, &lines, 0);
            let bottom = Rect { y: inside.bottom(), height: 1, ..inside };
            how_far(pen, bottom, *scroll, height, text.lines().count());
        }
        Some(Modal::Sides(open)) => super::sides::draw(pen, area, open),
        Some(Modal::Help(scroll)) => {
            super::Help::of(state).draw(pen, area, *scroll);
        }
        Some(Modal::Messages(scroll)) => {
            let lines = messages(state, area.width);
            let last = lines.len().saturating_sub(layout::messages((area.width, area.height)));
            boxed(pen, area, MESSAGES, &lines, (*scroll).min(last));
        }
        Some(Modal::Reason(opinion, _)) if !fits_reasons(*opinion, area.width) => {
            let lines = reasons(*opinion).iter();
            let lines: Vec<(String, Part)> =
                lines.map(|(letter, _, words)| (format!("{letter}  {words}"), Part::Text)).collect();
            corner(pen, area, &lines);
        }
        Some(Modal::Filter(..)) => complete::draw(pen, state),
        Some(Modal::Facets(facets)) => facets::draw(pen, state, facets),
        Some(Modal::Refuse(..)) if area.width < 130 => {
            let lines = REFUSALS.iter().map(|(letter, words)| (format!("{letter}  {words}"), Part::Text));
            corner(pen, area, &lines.collect::<Vec<_>>());
        }
        Some(
            Modal::Reason(..)
            | Modal::Prompt(..)
            | Modal::Search(..)
            | Modal::Copy
            | Modal::Refuse(..)
            | Modal::Write(_),
        )
        | None => {}
    }
}

/// Says on the lower edge of a box which lines of a text it shows, where these are not all.
pub(super) fn how_far(pen: &mut Pen<'_>, edge: Rect, above: usize, shown: usize, whole: usize) {
    if shown < whole {
        let end = (above + shown).min(whole);
        let words = format!(" {} to {end} of {whole} lines ", above + 1);
        pen.ending(edge, 1, &words, pen.style(Part::Quiet));
    }
}

/// Letters in a box in the corner: the code that is judged stays in sight.
fn corner(pen: &mut Pen<'_>, area: Rect, lines: &[(String, Part)]) {
    let (width, height) = (30, u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4));
    let (x, y) = (area.width.saturating_sub(width), area.height.saturating_sub(height));
    let corner = Rect { x, y, width: width.min(area.width), height: height.min(area.height) };
    let inside = boxed(pen, corner, 28, lines, 0);
    tint_keys(pen, inside, 1);
}

fn remove(pen: &mut Pen<'_>, area: Rect, file: &str, weighed: Option<&Result<Removed, String>>) {
    let columns = usize::from(area.width.saturating_sub(2).min(72)).saturating_sub(4);
    let mut lines = vec![("take this import back?".to_owned(), Part::Heading)];
    let mut say = |text: &str, part: Part| {
        lines.extend(wrapped(text, columns).into_iter().map(|line| (line, part)));
    };
    say(file, Part::Text);
    say(" ", Part::Text);
    match weighed {
        None => say("looking what would go with it", Part::Quiet),
        Some(Ok(removed)) => {
            say(&weight(removed), Part::Text);
            say("verdicts stay in the journal and bind again when the findings come back", Part::Quiet);
        }
        Some(Err(why)) => say(why, Part::Failure),
    }
    boxed(pen, area, 72, &lines, 0);
}

/// The first columns of a box's lines are keys.
fn tint_keys(pen: &mut Pen<'_>, inside: Rect, columns: usize) {
    let columns = u16::try_from(columns).unwrap_or(u16::MAX).min(inside.width.saturating_sub(1));
    let keys = Rect { x: inside.x.saturating_add(1), width: columns, ..inside };
    pen.tint(keys, pen.style(Part::Key));
}

/// A box in the middle of the screen with lines in it.
pub(super) fn boxed(
    pen: &mut Pen<'_>,
    area: Rect,
    columns: u16,
    lines: &[(String, Part)],
    scroll: usize,
) -> Rect {
    let width = columns.min(area.width.saturating_sub(2));
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let height = wanted.min(area.height.saturating_sub(2));
    let place = Rect {
        x: area.x + (area.width.saturating_sub(width)) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width,
        height,
    };
    pen.clear(place);
    frame(pen, place);
    let inside = Rect {
        x: place.x + 1,
        y: place.y + 1,
        width: place.width.saturating_sub(2),
        height: place.height.saturating_sub(2),
    };
    let sign = pen.theme.or_plain("…", "~");
    for (at, (text, part)) in lines.iter().skip(scroll).take(usize::from(inside.height)).enumerate() {
        let text = cut(text, usize::from(inside.width.saturating_sub(2)), sign);
        pen.clean(line_of(inside, u16::try_from(at).unwrap_or(u16::MAX)), 1, &text, pen.style(*part));
    }
    inside
}

pub(super) fn frame(pen: &mut Pen<'_>, place: Rect) {
    let style = pen.style(Part::Rule);
    let flat = pen.theme.or_plain("─", "-").repeat(usize::from(place.width.saturating_sub(2)));
    let [corner_a, corner_b, corner_c, corner_d, side] =
        if pen.theme.unicode { ["╭", "╮", "╰", "╯", "│"] } else { ["+", "+", "+", "+", "|"] };
    let last = place.height.saturating_sub(1);
    pen.clean(line_of(place, 0), 0, &format!("{corner_a}{flat}{corner_b}"), style);
    pen.clean(line_of(place, last), 0, &format!("{corner_c}{flat}{corner_d}"), style);
    for at in 1..last {
        pen.clean(line_of(place, at), 0, side, style);
        pen.clean(line_of(place, at), place.width.saturating_sub(1), side, style);
    }
}

fn choose(pen: &mut Pen<'_>, area: Rect, state: &State, chooser: &Chooser) {
    let height = usize::from(area.height.saturating_sub(8)).clamp(1, 14);
    let top = chooser.at().saturating_sub(height.saturating_sub(1));
    let (before, after) = chooser.input.text().split_at(chooser.input.caret());
    let caret = pen.theme.or_plain("▏", "|");
    let prompt = chooser.purpose.prompt();
    let mut lines = vec![(format!("{prompt}{before}{caret}{after}"), Part::Heading)];
    for (number, (place, choice)) in chooser.found().enumerate().skip(top).take(height) {
        let part = if number == chooser.at() { Part::Key } else { Part::Text };
        let line = match chooser.purpose {
            Purpose::Command => {
                let action = Action::all().nth(place);
                let key = action.and_then(|action| state.keymap.key(action));
                let key = key.map(|key| key.to_string()).unwrap_or_default();
                format!("{:<18} {:<44} {key}", choice.name, choice.words)
            }
            Purpose::SavedFilter => format!("@{:<18} {}", choice.name, choice.words),
            Purpose::File => {
                let room = usize::from(area.width.saturating_sub(2).min(76)).saturating_sub(4);
                let room = room.saturating_sub(width(&choice.words) + 2);
                let path = cut_path(&choice.name, room, pen.theme.or_plain("…", "~"));
                let gap = " ".repeat(room.saturating_sub(width(&path)) + 2);
                format!("{path}{gap}{}", choice.words)
            }
        };
        lines.push((line, part));
    }
    while lines.len() <= height {
        lines.push((String::new(), Part::Text));
    }
    boxed(pen, area, 76, &lines, 0);
}
