//! Answers that come when something else is going on: lists wait until what lies over the docket is closed, and an act
//! that comes back goes to its cases only where one has not moved on.

use rustc_hash::FxHashSet;

use super::many;
use crate::domain::Opinion;
use crate::jobs::{Listed, Reply};
use crate::tui::action::Action;
use crate::tui::docket::{Just, Pending};
use crate::tui::effect::Effect;
use crate::tui::modal::Modal;
use crate::tui::state::{State, Which};

/// Whether an answer would take away what a question, or a text being written, is about. The filter and the facets are
/// for seeing other lists, and a note kept from the last time knows its cases by their names.
pub(super) fn waits(state: &State, reply: &Reply) -> bool {
    let is_bare = match state.modals.last() {
        None | Some(Modal::Filter(..) | Modal::Facets(_)) => true,
        Some(Modal::Note(note)) => note.is_kept,
        Some(_) => false,
    };
    matches!(reply, Reply::Listed { .. }) && !is_bare
}

/// Takes in what had to wait, once it need not.
pub(super) fn take_in(state: &mut State, effects: &mut Vec<Effect>) {
    if state.held.first().is_none_or(|reply| waits(state, reply)) {
        return;
    }
    for reply in std::mem::take(&mut state.held) {
        super::answered(state, reply, effects);
    }
}

/// A note that was kept from the last time is written on over its case, wherever one was: without the case before one
/// nobody knows what it says.
pub(super) fn show_case_of_note(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Note(note)) = state.modals.last() else { return };
    let Some(&case) = note.cases.first().filter(|_| note.is_kept && state.docket.is_listed) else { return };
    if state.which != Which::Docket {
        super::show(state, Which::Docket, effects);
    }
    if state.docket.current() != Some(case) {
        state.docket.go_to_case(case, effects);
    }
}

/// An act is on disk: says so. One that took back or gave back another goes to what that has changed.
pub(super) fn saved(
    state: &mut State,
    act: &Pending,
    (ticket, what, count, beside): (u64, &str, usize, &str),
    rows: &[Listed],
    effects: &mut Vec<Effect>,
) {
    let what = what.replace('_', " ");
    let cases = match rows {
        [row] if count == 1 => format!("1 case, {}", row.place()),
        _ => many(count),
    };
    let mut words = match (act.came_back, act.judges) {
        // On a small terminal there is no room for its place as well.
        (Some(settled), Some(opinion)) => format!("{what}{}{beside}", back_words(settled, opinion)),
        _ => format!("{what}: {cases}{beside}"),
    };
    let changed: FxHashSet<u32> = rows.iter().map(|row| row.number).collect();
    let is_elsewhere = state.docket.current().is_none_or(|case| !changed.contains(&case));
    if act.is_step && is_elsewhere && !rows.is_empty() {
        let at = state.docket.cases.iter().position(|case| changed.contains(case));
        match (at, rows) {
            (Some(at), _) if state.is_left_at(act.left_at()) => state.docket.go(at, effects),
            (Some(_), _) => {}
            (None, [row]) => {
                let key = state.keymap.key(Action::ToCase).map(|key| key.to_string()).unwrap_or_default();
                let id: String = row.name.to_string().chars().take(8).collect();
                // How it is reached comes first, and says more than its place.
                words = format!("{what}: {key} {id} shows it, the list does not{beside}");
            }
            (None, _) => words.push_str("; the list has none of them"),
        }
    }
    if count == 0 {
        // Nothing was written, so there is nothing to take back either.
        words = what;
        // What was asked for since may still come to something.
        if state.docket.last_ticket() == ticket {
            state.docket.just = Just::Nothing;
        }
    }
    state.say(words);
}

/// An import beside has brought cases that the filter leaves in: says so, unless something else is said. Nothing moves.
pub(super) fn came_beside(state: &mut State, new: usize) {
    let key = state.keymap.key(Action::Refresh).map(|key| key.to_string()).unwrap_or_default();
    if state.which == Which::Docket && state.status.text.is_empty() {
        let them = if new == 1 { "lists it" } else { "lists them" };
        state.say(format!("{} more by now: {key} {them}", many(new)));
    }
}

/// What is said of a verdict on a case that came back, beside what it was settled as before.
fn back_words(settled: Option<Opinion>, opinion: Opinion) -> String {
    match settled {
        Some(before) if before == opinion => " as before: it came back to you".to_owned(),
        Some(before) => format!(", {} before: it came back to you", before.word().replace('_', " ")),
        None => ": it came back to you".to_owned(),
    }
}

/// An act could not be written: where one has not moved on, back to its case, and its words are written on; else it is
/// said which case it was and how the words come back.
pub(super) fn refused(state: &mut State, ticket: u64, why: &str, effects: &mut Vec<Effect>) {
    let act = state.docket.done_with(ticket);
    state.docket.is_not_judged(ticket);
    if state.docket.last_ticket() == ticket {
        state.docket.just = Just::Nothing;
    }
    let is_here = state.is_left_at(act.left_at());
    let mut words = format!("not saved: {why}");
    let place = act.cases.iter().next().and_then(|case| state.docket.rows.get(&case));
    let place = place.map(|row| row.place().into_owned()).filter(|_| act.cases.len() == 1 && !is_here);
    if let Some(place) = place {
        words.push_str(&format!("; {place} is as it was"));
    }
    let note = state.docket.refused(act, is_here, effects);
    match note {
        Some(note) if is_here => state.modals.push(Modal::Note(note)),
        Some(note) => {
            let key = state.keymap.key(Action::Note).map(|key| key.to_string()).unwrap_or_default();
            words.push_str(&format!("; {key} goes on with its words"));
            state.docket.unsaved.push(note);
        }
        None => {}
    }
    state.fail(words);
}
