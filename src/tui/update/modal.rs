//! What a key does in what lies over the screen.

use crossterm::event::KeyCode;

use super::{act, ask_why, filter_by, judge};
use crate::jobs::Do;
use crate::tui::action::Action;
use crate::tui::chooser::{Chooser, Chosen, Purpose};
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::modal::{Modal, reasons};
use crate::tui::state::State;

/// Hands a key to the topmost; it stays open only if it says so.
pub(super) fn key(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(top) = state.modals.pop() else { return };
    let leaves = key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && !key.held.is_empty());
    let open = match top {
        Modal::Filter(_, before) if leaves => {
            filter_by(state, &before, effects);
            None
        }
        _ if leaves => None,
        Modal::Filter(input, before) => filter(state, input, before, key, effects),
        Modal::Choose(chooser) => choose(state, chooser, key, effects),
        Modal::Note(cases, input) => note(state, cases, input, key, effects),
        Modal::Reason(opinion, cases) => {
            let letter = key.written();
            let chosen = reasons(opinion).iter().find(|(known, _, _)| Some(*known) == letter);
            if chosen.is_some() || key.code == KeyCode::Enter {
                judge(state, opinion, chosen.map(|reason| reason.1), cases, effects);
                None
            } else {
                Some(Modal::Reason(opinion, cases))
            }
        }
        Modal::Bulk { opinion, cases, .. } if key.code == KeyCode::Enter => {
            ask_why(state, opinion, cases, effects);
            None
        }
        bulk @ Modal::Bulk { .. } => Some(bulk),
        Modal::Help(scroll) => match (key.code, key.written()) {
            (KeyCode::Down, _) | (_, Some('j')) => Some(Modal::Help(scroll.saturating_add(1))),
            (KeyCode::Up, _) | (_, Some('k')) => Some(Modal::Help(scroll.saturating_sub(1))),
            _ => None,
        },
    };
    state.modals.extend(open);
}

/// The filter lists at every key.
fn filter(
    state: &mut State,
    mut input: Input,
    before: String,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    if key.code == KeyCode::Enter {
        filter_by(state, input.text(), effects);
        return None;
    }
    let text = input.text().to_owned();
    input.key(key);
    if input.text() != text {
        filter_by(state, input.text(), effects);
    }
    Some(Modal::Filter(input, before))
}

fn choose(state: &mut State, mut chooser: Chooser, key: Key, effects: &mut Vec<Effect>) -> Option<Modal> {
    match chooser.key(key) {
        Chosen::Open => return Some(Modal::Choose(chooser)),
        Chosen::Nothing => {}
        Chosen::This(place) => match chooser.purpose {
            Purpose::Command => {
                if let Some(action) = Action::all().nth(place) {
                    act(state, action, effects);
                }
            }
        },
    }
    None
}

fn note(
    state: &mut State,
    cases: Vec<u32>,
    mut input: Input,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    let plain = key.held.is_empty();
    match key.code {
        KeyCode::Enter if plain => {
            let text = input.text().trim().to_owned();
            if !text.is_empty() {
                effects.push(state.docket.ask(Do::Note(cases.clone(), text), cases));
            }
            return None;
        }
        KeyCode::Enter => input.insert("\n"),
        KeyCode::Char('j') if !plain => input.insert("\n"),
        _ => {
            input.key(key);
        }
    }
    Some(Modal::Note(cases, input))
}
