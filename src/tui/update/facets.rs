//! What a key does among the facets.

use crossterm::event::KeyCode;

use super::filter_by;
use crate::docket::{Counted, Facet};
use crate::tui::docket::tells_of_others;
use crate::tui::effect::Effect;
use crate::tui::facets::Facets;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::modal::Modal;
use crate::tui::state::State;

/// Values that a key goes on by.
const PAGE: isize = 10;

/// Opens the facets.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let mut facets = Facets::new();
    effects.push(Effect::Ask(facets.ask(&state.docket.filter)));
    state.modals.push(Modal::Facets(Box::new(facets)));
}

/// Values came.
pub(super) fn came(state: &mut State, turn: u64, mut values: Vec<Counted>, more: usize) {
    // Blind, no value tells what others think.
    values.retain(|counted| {
        !state.settings.blind || !tells_of_others(&counted.value, &state.settings.reviewer)
    });
    if let Some(Modal::Facets(facets)) = state.modals.last_mut() {
        facets.came(turn, values, more);
    }
}

/// A pasted text narrows the values.
pub(super) fn paste(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    if let Some(Modal::Facets(facets)) = state.modals.last_mut()
        && facets.is_writing
    {
        facets.letters.insert(&text.replace('\n', " "));
        effects.push(Effect::Ask(facets.ask(&state.docket.filter)));
    }
}

/// A key while the facets are open; they stay open as long as they are given back. What leaves everything else open
/// leaves the letters first.
pub(super) fn key(
    state: &mut State,
    mut facets: Box<Facets>,
    key: Key,
    leaves: bool,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    let letters = facets.letters.text().to_owned();
    let mut asks = false;
    if facets.is_writing {
        match key.code {
            KeyCode::Enter | KeyCode::Down => facets.is_writing = false,
            _ if leaves => (facets.is_writing, facets.letters) = (false, Input::default()),
            _ => {
                facets.letters.key(key);
            }
        }
        if facets.letters.text() != letters {
            facets.at = 0;
            asks = true;
        }
    } else if leaves && !letters.is_empty() {
        facets.letters = Input::default();
        asks = true;
    } else if leaves {
        return None;
    } else {
        let in_folders = facets.facet == Facet::Directory;
        match (key.code, key.written()) {
            (KeyCode::Down, _) | (_, Some('j')) => facets.step(1),
            (KeyCode::Up, _) | (_, Some('k')) => facets.step(-1),
            (KeyCode::PageDown, _) => facets.step(PAGE),
            (KeyCode::PageUp, _) => facets.step(-PAGE),
            (KeyCode::Home, _) | (_, Some('g')) => facets.step(isize::MIN),
            (KeyCode::End, _) | (_, Some('G')) => facets.step(isize::MAX),
            (KeyCode::Right, _) | (_, Some('l')) if in_folders => asks = facets.enter(),
            (KeyCode::Left | KeyCode::Backspace, _) | (_, Some('h'))
                if in_folders && !facets.inside.is_empty() =>
            {
                asks = facets.leave();
            }
            (KeyCode::Tab | KeyCode::Right, _) | (_, Some('l')) => {
                facets.turn_to(1);
                asks = true;
            }
            (KeyCode::BackTab | KeyCode::Left, _) | (_, Some('h')) => {
                facets.turn_to(Facet::ALL.len() - 1);
                asks = true;
            }
            (_, Some(digit)) if digit.to_digit(10).is_some_and(|digit| digit > 0) => {
                let at = digit.to_digit(10).unwrap_or(1) as usize - 1;
                if let Some(&facet) = Facet::ALL.get(at) {
                    facets.show(facet);
                    asks = true;
                }
            }
            (_, Some('/')) => facets.is_writing = true,
            (KeyCode::Enter, _) | (_, Some(' ')) => asks = toggle(state, &facets, false, effects),
            (_, Some('-' | 'x')) => asks = toggle(state, &facets, true, effects),
            (_, Some('q' | 'F')) => return None,
            _ => {}
        }
    }
    if asks {
        effects.push(Effect::Ask(facets.ask(&state.docket.filter)));
    }
    Some(Modal::Facets(facets))
}

/// Takes the value one is at into the filter or out of it, or leaves it out.
fn toggle(state: &mut State, facets: &Facets, negated: bool, effects: &mut Vec<Effect>) -> bool {
    let Some(counted) = facets.here() else { return false };
    let filter = state.docket.filter.toggled(facets.facet, &counted.value, negated);
    filter_by(state, &filter.to_string(), effects);
    true
}
