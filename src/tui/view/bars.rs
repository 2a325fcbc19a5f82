//! The lines above and below: what is open, which filter, what next.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::cells::{Pen, cut, width};
use super::spread;
use crate::docket::Facet;
use crate::domain::Opinion;
use crate::text::visible;
use crate::tui::action::Action;
use crate::tui::chooser::Purpose;
use crate::tui::docket::Open;
use crate::tui::layout::Panes;
use crate::tui::modal::{Modal, REFUSALS, reasons};
use crate::tui::offers;
use crate::tui::state::{State, Which};
use crate::tui::theme::Part;

/// So many letters of a revision say which it is.
const REVISION: usize = 10;

pub(super) fn header(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let bar = pen.style(Part::Bar);
    let column = pen.clean(place, 1, "assize", pen.style(Part::Heading));
    let mut left = pen.text(place, column + 2, &subject(state), bar);
    if let Some(running) = &state.importing.running {
        let words = super::importing::progress(pen, running);
        left = pen.clean(place, left + 2, &words, pen.style(Part::Key));
    }
    if let Some(running) = state.proposing.running.as_ref().filter(|_| state.which != Which::Remedies) {
        let words = crate::tui::proposing::words(state, running);
        left = pen.clean(place, left + 2, &words, pen.style(Part::Key));
    }
    if let Some((_, (done, of))) = state.docket.saving {
        let words = format!("saving {} of {}", grouped(done), grouped(of));
        left = pen.clean(place, left + 2, &words, pen.style(Part::Key));
    }
    if state.settings.reads_only {
        left = pen.clean(place, left + 2, "read-only", pen.style(Part::Failure));
    }
    let tally = state.docket.tally;
    let mut counts = vec![(tally.open, "open"), (tally.settled, "settled"), (tally.disputed, "disputed")];
    counts.extend([(tally.stale, "stale"), (tally.gone, "gone")]);
    let mut parts: Vec<String> = Vec::new();
    if state.docket.place().is_some() {
        parts.extend(
            counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{} {word}", grouped(*count))),
        );
    }
    if state.session.decided > 0 {
        let pace = state.session.pace().map(|pace| format!(", {pace}/h")).unwrap_or_default();
        parts.push(format!("{} decided{pace}", state.session.decided));
    }
    // What does not fit is left out from the front of the list's end: the open ones stay longest.
    while !parts.is_empty() {
        let text = parts.join("  ");
        if usize::from(left) + 2 + text.chars().count() < usize::from(place.width) {
            pen.ending(place, 1, &text, bar);
            break;
        }
        parts.pop();
    }
}

/// The project of the case at hand and the revision that it was seen in last, which gives way to how far an import is. At
/// a heading it is the project of the group's first case; without a case that which the filter names, else that of the
/// last case; where none was ever there, the workspace.
fn subject(state: &State) -> String {
    let docket = &state.docket;
    let under = docket.cases.get(docket.cursor).and_then(|case| docket.rows.get(case));
    let under = under.map(|row| row.project.as_str());
    let here = docket.here().map(|open| open.view.listed.project.as_str()).or(under);
    let open = docket.open.as_ref();
    let named = || docket.filter.only_project();
    let last = || open.map(|open| open.view.listed.project.as_str());
    let Some(project) = here.or_else(named).or_else(last).filter(|project| !project.is_empty()) else {
        return state.title.clone();
    };
    let mut words = vec![project];
    let of_project = open.filter(|open| open.view.listed.project == project);
    let seen = of_project.and_then(|open| open.view.last_seen.as_ref());
    if let Some(seen) = seen.filter(|_| state.importing.running.is_none()) {
        let short = seen.revision.char_indices().nth(REVISION).map_or(seen.revision.len(), |(at, _)| at);
        words.extend([seen.branch.as_str(), seen.revision.get(..short).unwrap_or_default()]);
    }
    words.retain(|word| !word.is_empty());
    words.join("  ")
}

pub(super) fn filter(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let docket = &state.docket;
    let right = if let Some((at, many)) = docket.place() {
        let selected = if docket.selected.is_empty() {
            String::new()
        } else {
            format!("{} selected  ", grouped(docket.selected.len()))
        };
        let loading = match (docket.page, docket.lists.is_searching) {
            (Some(_), _) => "loading  ",
            (None, true) => "searching  ",
            (None, false) => "",
        };
        let changed = match state.keymap.key(Action::Refresh).filter(|_| docket.lists.has_changed) {
            Some(key) if docket.lists.more.is_some() => {
                let more = docket.lists.more.unwrap_or_default();
                let cases = if more == 1 { "case" } else { "cases" };
                let them = if more == 1 { "it" } else { "them" };
                if place.width >= 110 {
                    format!("{} new {cases}: {key} lists {them}  ", grouped(more))
                } else {
                    format!("{} new: {key}  ", grouped(more))
                }
            }
            Some(key) if place.width >= 110 => format!("the docket has changed: {key} lists it anew  "),
            Some(key) => format!("changed: {key}  "),
            None => String::new(),
        };
        let at = match docket.heading() {
            Some(group) => {
                format!("group {}/{}", grouped(group + 1), grouped(docket.outline.groups().len()))
            }
            None => format!("{}/{}", grouped(at), grouped(many)),
        };
        let by = docket.grouped_by().map(|grouping| format!(" in one {grouping}")).unwrap_or_default();
        format!("{changed}{loading}{selected}{at} by {}{by}", docket.order)
    } else {
        "loading".to_owned()
    };
    let begin = pen.ending(place, 1, &right, pen.style(Part::Bar));
    let room = Rect { width: begin.saturating_sub(1), ..place };
    let column = pen.clean(room, 1, "/", pen.style(Part::Key));
    if let Some(Modal::Filter(input, _)) = state.modals.last() {
        let (before, after) = input.text().split_at(input.caret());
        let column = pen.text(room, column + 1, before, pen.style(Part::Text));
        let column = pen.clean(room, column, pen.theme.or_plain("▏", "|"), pen.style(Part::Key));
        pen.text(room, column, after, pen.style(Part::Text));
    } else if let Some(list) = &docket.spread.list {
        pen.text(room, column + 1, &spread::heading(list), pen.style(Part::Key));
    } else if docket.filter_text.is_empty() {
        pen.clean(room, column + 1, "every case", pen.style(Part::Quiet));
    } else {
        pen.text(room, column + 1, &docket.filter_text, pen.style(Part::Text));
    }
}

/// The lines between the panes.
pub(super) fn rules(pen: &mut Pen<'_>, panes: &Panes) {
    if panes.lines_per_case > 1 {
        for pane in [panes.code, panes.case] {
            let Some(column) = pane.x.checked_sub(1).filter(|_| !pane.is_empty()) else { continue };
            pen.rule(Rect { x: column, width: 1, ..pane });
        }
    } else {
        pen.rule(panes.rule);
    }
}

pub(super) fn footer(pen: &mut Pen<'_>, place: Rect, state: &State) {
    pen.clear(place);
    let docket = &state.docket;
    match state.modals.last() {
        Some(Modal::Reason(opinion, _)) => {
            let asked = format!("{} because", opinion.word().replace('_', " "));
            let mut column = pen.clean(place, 1, &asked, pen.style(Part::Heading));
            if fits_reasons(*opinion, place.width) {
                for (letter, _, words) in reasons(*opinion) {
                    column = key(pen, place, column + 2, &letter.to_string(), words);
                }
            }
            column = key(pen, place, column + 2, pen.theme.or_plain("↵", "enter"), "no reason");
            key(pen, place, column + 2, "esc", "back");
        }
        Some(Modal::Filter(..)) => {
            if let Some(error) = &docket.filter_error {
                pen.text(place, 1, error, pen.style(Part::Failure));
            } else {
                let chosen = docket.completing.at.is_some();
                let words = if chosen { "complete" } else { "keep" };
                let mut column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), words);
                if !docket.completing.completions.offers.is_empty() {
                    column = key(pen, place, column + 2, "tab", "complete");
                    column = key(pen, place, column + 2, pen.theme.or_plain("↓↑", "down/up"), "choose");
                }
                key(pen, place, column + 2, "esc", "as it was");
            }
        }
        Some(Modal::Facets(facets)) => {
            let in_folders = facets.facet == Facet::Directory;
            let likely = [
                (pen.theme.or_plain("↵", "enter"), "in or out"),
                ("-", "leave out"),
                ("tab", "next facet"),
                (pen.theme.or_plain("→←", "right/left"), if in_folders { "into, out" } else { "" }),
                ("/", "narrow"),
            ];
            let likely = likely.iter().filter(|(_, words)| !words.is_empty());
            let likely: Vec<Shown> = likely.map(|&(name, words)| (name.into(), words.into())).collect();
            keys(pen, place, 1, &likely, &[("esc".into(), "back".into())]);
        }
        Some(Modal::Prompt(line, input)) => {
            let column = pen.clean(place, 1, line.prompt(), pen.style(Part::Heading));
            let (before, after) = input.text().split_at(input.caret());
            let column = pen.text(place, column + 1, before, pen.style(Part::Text));
            let column = pen.clean(place, column, pen.theme.or_plain("▏", "|"), pen.style(Part::Key));
            pen.text(place, column, after, pen.style(Part::Text));
        }
        Some(Modal::Search(input, ..)) => {
            let (before, after) = input.text().split_at(input.caret());
            let words = docket.here().and_then(Open::file).map(|file| docket.search.words(file));
            let begin = pen.ending(place, 1, &words.unwrap_or_default(), pen.style(Part::Bar));
            let room = Rect { width: begin.saturating_sub(1), ..place };
            let column = pen.clean(room, 1, "search in the code:", pen.style(Part::Heading));
            let column = pen.text(room, column + 1, before, pen.style(Part::Text));
            let column = pen.clean(room, column, pen.theme.or_plain("▏", "|"), pen.style(Part::Key));
            pen.text(room, column, after, pen.style(Part::Text));
        }
        Some(Modal::Copy) => {
            let mut column = pen.clean(place, 1, "copy", pen.style(Part::Heading));
            for (letter, words) in [("p", "path:line"), ("l", "link"), ("m", "Markdown"), ("esc", "back")] {
                column = key(pen, place, column + 2, letter, words);
            }
        }
        Some(Modal::Changes { .. }) => {
            let column = key(pen, place, 1, "j/k", "scroll");
            key(pen, place, column + 2, "esc", "back");
        }
        Some(Modal::Sides(open)) => {
            let column = key(pen, place, 1, "j/k", "scroll");
            let column = key(pen, place, column + 2, "esc", "back");
            if open.cases.is_some() {
                key(pen, place, column + 2, pen.theme.or_plain("↵", "enter"), "both on the docket");
            }
        }
        Some(Modal::Note(note)) if note.asks => {
            let column = pen.clean(place, 1, "the note is not saved", pen.style(Part::Failure));
            let column = key(pen, place, column + 2, "esc", "throw it away");
            key(pen, place, column + 2, "any other key", "write on");
        }
        Some(Modal::Note(note)) => {
            let column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "save");
            let column = key(pen, place, column + 2, "alt-enter", "new line");
            let column = key(pen, place, column + 2, "ctrl-z", "undo");
            let column = key(pen, place, column + 2, "ctrl-x", "editor");
            let column = key(pen, place, column + 2, "esc", "leave it");
            if note.input.is_full() {
                pen.clean(place, column + 2, "there is room for no more", pen.style(Part::Failure));
            }
        }
        Some(Modal::Bulk(bulk)) => {
            let mut likely: Vec<Shown> = vec![(pen.theme.or_plain("↵", "enter").into(), "do it".into())];
            let kinds = [
                ("s", "settled", bulk.settled() > 0),
                ("f", "filtered", bulk.hidden > 0),
                ("n", "unseen", bulk.unseen > 0),
            ];
            for (letter, kind, _) in kinds.iter().filter(|(_, _, is_there)| *is_there) {
                likely.push(((*letter).into(), format!("without the {kind}").into()));
            }
            keys(pen, place, 1, &likely, &[("esc".into(), "back".into())]);
        }
        Some(Modal::Spread) => {
            let column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "do it");
            key(pen, place, column + 2, "esc", "back");
        }
        Some(Modal::Choose(chooser)) => {
            let mut column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "do it");
            if chooser.purpose == Purpose::SavedFilter {
                column = key(pen, place, column + 2, "ctrl-r", "rename");
                column = key(pen, place, column + 2, "ctrl-d", "forget");
            }
            key(pen, place, column + 2, "esc", "back");
        }
        Some(Modal::Import(_)) => {
            let column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "import");
            let column = key(pen, place, column + 2, "tab", "complete");
            let column = key(pen, place, column + 2, "up/down", "field");
            key(pen, place, column + 2, "esc", "leave it");
        }
        Some(Modal::QuitImport) => {
            let column = key(
                pen,
                place,
                1,
                pen.theme.or_plain("↵", "enter"),
                if state.importing.running.is_some() { "cancel it and leave" } else { "leave" },
            );
            key(pen, place, column + 2, "esc", "stay");
        }
        Some(Modal::Remove { weighed, .. }) => {
            let mut column = 1;
            if matches!(weighed, Some(Ok(_))) {
                column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "take it back") + 2;
            }
            key(pen, place, column, "esc", "leave it");
        }
        Some(Modal::RemoveModel(_)) => {
            let column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "remove it");
            key(pen, place, column + 2, "esc", "leave it");
        }
        Some(Modal::Refuse(..)) => {
            let mut column = pen.clean(place, 1, "refused because", pen.style(Part::Heading));
            for (letter, words) in REFUSALS {
                column = key(pen, place, column + 2, &letter.to_string(), words);
            }
            column = key(pen, place, column + 2, pen.theme.or_plain("↵", "enter"), "no reason");
            key(pen, place, column + 2, "esc", "back");
        }
        Some(Modal::Write(_)) => {
            let mut column = pen.clean(place, 1, "write", pen.style(Part::Heading));
            let what = [
                ("p", "a patch file"),
                ("b", "a branch with all accepted"),
                ("o", "with this one"),
                ("esc", "back"),
            ];
            for (letter, words) in what {
                column = key(pen, place, column + 2, letter, words);
            }
        }
        Some(Modal::Anyway(..) | Modal::ProposeMany(_)) => {
            let column = key(pen, place, 1, pen.theme.or_plain("↵", "enter"), "do it");
            key(pen, place, column + 2, "esc", "back");
        }
        Some(Modal::Help(_) | Modal::Messages(_)) => {
            let column = key(pen, place, 1, "j/k", "scroll");
            key(pen, place, column + 2, "esc", "back");
        }
        None if !state.status.text.is_empty() => said(pen, place, state),
        None if state.locked.is_some() => {
            let words = state.locked.as_deref().unwrap_or_default();
            let quit = state.keymap.key(Action::Quit).map(|key| key.to_string()).unwrap_or_default();
            let column = key(pen, place, 1, &quit, "quit");
            pen.text(place, column + 2, words, pen.style(Part::Failure));
        }
        None if docket.filter_error.is_some() => {
            pen.text(place, 1, docket.filter_error.as_deref().unwrap_or_default(), pen.style(Part::Failure));
        }
        None => keys(pen, place, 1, &shown(state, offers::offers(state)), &shown(state, always())),
    }
}

/// Whether the reasons of a verdict have room in the last line; else they stand in a box.
pub(super) fn fits_reasons(opinion: Opinion, columns: u16) -> bool {
    let words: usize = reasons(opinion).iter().map(|(_, _, words)| words.len() + 4).sum();
    words + opinion.word().len() + 38 <= usize::from(columns)
}

/// What was said, and beside it what is likely next: after a verdict its undo has room before the last of the words.
fn said(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let status = &state.status;
    let next = shown(state, offers::after(state));
    let columns = usize::from(place.width);
    let help = shown(state, vec![(Action::Help, "help".into())]);
    let needs: usize = next.iter().chain(&help).map(needs).sum();
    // What went wrong is read to its end.
    let room = if status.is_failure || next.is_empty() { columns } else { columns.saturating_sub(needs + 3) };
    let part = if status.is_failure { Part::Failure } else { Part::Text };
    let text = cut(&status.text, room.max(columns / 4), pen.theme.or_plain("…", "~"));
    let column = pen.clean(place, 1, &text, pen.style(part)) + 2;
    if status.is_failure {
        let away = shown(state, vec![(Action::Back, "put it away".into())]);
        keys(pen, place, column, &away, &help);
    } else {
        keys(pen, place, column, &next, &help);
    }
}

/// A key by its name, and what it does in a word.
type Shown = (String, Cow<'static, str>);

/// What always stands at the end of the last line.
fn always() -> Vec<offers::Offer> {
    offers::ALWAYS.iter().map(|&(action, words)| (action, words.into())).collect()
}

/// Actions with their keys where one is; without those that have none.
fn shown(state: &State, offers: Vec<offers::Offer>) -> Vec<Shown> {
    let here = state.which.place();
    let key = |action| state.keymap.at(here).find(|binding| binding.action == action);
    let shown = |(action, words)| key(action).map(|binding| (binding.key.to_string(), words));
    offers.into_iter().filter_map(shown).collect()
}

/// Columns of a key and the blanks before it.
fn needs((name, words): &Shown) -> usize {
    width(name) + width(words) + 3
}

/// Keys in a line, as many as there is room for; the last ones have theirs before all others, and of them the very last.
fn keys(pen: &mut Pen<'_>, place: Rect, from: u16, likely: &[Shown], last: &[Shown]) {
    let room = usize::from(place.width.saturating_sub(from)) + 1;
    let mut last = last;
    while !last.is_empty() && last.iter().map(needs).sum::<usize>() > room {
        last = last.get(1..).unwrap_or_default();
    }
    let mut left = room.saturating_sub(last.iter().map(needs).sum());
    let fits = |shown: &&Shown| match left.checked_sub(needs(shown)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let likely: Vec<&Shown> = likely.iter().take_while(fits).collect();
    let mut column = from;
    for (name, words) in likely.into_iter().chain(last) {
        column = key(pen, place, column, name, words) + 2;
    }
}

pub(super) fn key(pen: &mut Pen<'_>, place: Rect, column: u16, name: &str, words: &str) -> u16 {
    let column = pen.clean(place, column, &visible(name), pen.style(Part::Key));
    pen.clean(place, column + 1, words, pen.style(Part::Bar))
}

/// A number with its thousands apart.
pub(in crate::tui) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
