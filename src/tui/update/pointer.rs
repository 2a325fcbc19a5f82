//! What a pasted text, a click and the wheel do.

use super::{complete, facets, find, search};
use crate::tui::effect::Effect;
use crate::tui::layout;
use crate::tui::modal::Modal;
use crate::tui::state::{State, Which};
use crate::tui::view::{Help, messages};
use crate::tui::{gate, models, remedies, runs};

/// A text was pasted: it goes where one writes.
pub(super) fn paste(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    match state.modals.last_mut() {
        Some(Modal::Note(note)) => note.paste(text, layout::note(state.size)),
        Some(Modal::Choose(chooser)) => {
            chooser.paste(text);
            let chooser = chooser.clone();
            find::letters_changed(state, &chooser, effects);
        }
        Some(Modal::Prompt(_, input)) => input.insert(&text.replace('\n', " ")),
        Some(Modal::Import(form)) => form.paste(text, effects),
        Some(Modal::Search(input, ..)) => {
            input.insert(&text.replace(['\r', '\n'], " "));
            search::written(state);
        }
        Some(Modal::Filter(input, _)) => {
            input.insert(&text.replace('\n', " "));
            let input = input.clone();
            complete::changed(state, &input, effects);
        }
        Some(Modal::Facets(_)) => facets::paste(state, text, effects),
        _ => {}
    }
}

/// A cell was clicked.
pub(super) fn click(state: &mut State, column: u16, row: u16, effects: &mut Vec<Effect>) {
    if state.which == Which::Runs && state.modals.is_empty() {
        runs::click(state, &layout::of(state), (column, row), effects);
    }
    if state.which == Which::Remedies && state.modals.is_empty() {
        remedies::click(state, (column, row), effects);
    }
    if state.which == Which::Models && state.modals.is_empty() {
        models::click(state, (column, row));
    }
    if state.which == Which::Gate && state.modals.is_empty() {
        gate::click(state, (column, row));
    }
    if !state.modals.is_empty() || state.which != Which::Docket {
        return;
    }
    if let Some(at) = layout::of(state).list_at(column, row) {
        let to = state.docket.top + at;
        if to == state.docket.line() && state.docket.heading().is_some() {
            state.docket.fold(effects);
        } else if to < state.docket.lines() {
            state.docket.go_line(to, effects);
        }
    }
}

/// A text that lies over the screen is scrolled wherever the wheel is turned.
fn scroll_text(state: &mut State, by: isize) {
    let last_of_help = Help::of(state).last;
    let size = state.size;
    let last_of_messages = messages(state, size.0).len().saturating_sub(layout::messages(size));
    match state.modals.last_mut() {
        Some(Modal::Sides(open)) => {
            let last = open.last(size);
            open.scroll = open.scroll.saturating_add_signed(by).min(last);
        }
        Some(Modal::Help(at)) => *at = at.saturating_add_signed(by).min(last_of_help),
        Some(Modal::Messages(at)) => *at = at.saturating_add_signed(by).min(last_of_messages),
        Some(Modal::Changes { text, scroll, .. }) => {
            let last = text.lines().count().saturating_sub(layout::changes(size));
            *scroll = scroll.saturating_add_signed(by).min(last);
        }
        _ => {}
    }
}

/// The wheel was turned over a cell.
pub(super) fn wheel(state: &mut State, column: u16, row: u16, by: i32, effects: &mut Vec<Effect>) {
    scroll_text(state, by as isize * 3);
    if state.which == Which::Runs && state.modals.is_empty() {
        runs::wheel(state, &layout::of(state), (column, row), by, effects);
    }
    if state.which == Which::Remedies && state.modals.is_empty() {
        remedies::wheel(state, (column, row), by, effects);
    }
    if state.which == Which::Models && state.modals.is_empty() {
        models::wheel(state, (column, row), by);
    }
    if state.which == Which::Gate && state.modals.is_empty() {
        gate::wheel(state, (column, row), by);
    }
    if !state.modals.is_empty() || state.which != Which::Docket {
        return;
    }
    let panes = layout::of(state);
    if panes.list_at(column, row).is_some() {
        let to = state.docket.line().saturating_add_signed(by as isize);
        state.docket.go_line(to, effects);
    } else if panes.is_in_case(column, row) {
        if let Some(open) = state.docket.here_mut() {
            open.scroll_case(by as isize * 3);
        }
    } else if let Some(open) = state.docket.here_mut() {
        open.scroll_code(i64::from(by) * 3);
    }
}
