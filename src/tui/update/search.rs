//! Writing what is to be searched for in the code: each letter goes to the first place from where one was.

use crossterm::event::KeyCode;

use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::modal::Modal;
use crate::tui::state::State;

/// Opens the line in which it is written.
pub(super) fn begin(state: &mut State) {
    let Some(open) = state.docket.here().filter(|open| open.file().is_some()) else {
        state.say("there is no code to search in");
        return;
    };
    let place = (open.top, open.left);
    let before = state.docket.search.text.clone();
    state.modals.push(Modal::Search(Input::default(), before, place));
}

/// A key in that line; it stays open only if it says so.
pub(super) fn key(
    state: &mut State,
    (mut input, before, place): (Input, String, (u32, usize)),
    key: Key,
) -> Option<Modal> {
    match key.code {
        // Nothing written: what was searched for before is again.
        KeyCode::Enter => {
            if input.text().is_empty() {
                undo(state, &before, place);
            } else if let Some(words) = said(state) {
                state.say(words);
            }
            return None;
        }
        KeyCode::Down | KeyCode::Up => {
            let _ = state.docket.next_hit(key.code == KeyCode::Down);
        }
        _ => {
            let was = input.text().to_owned();
            input.key(key);
            if was != input.text() {
                state.docket.search_for(input.text(), place.0);
            }
        }
    }
    Some(Modal::Search(input, before, place))
}

/// Goes to the next other case of the file at hand.
pub(super) fn next_in_file(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.docket.next_in_file(effects) {
        state.say("no other case of this file is in the list");
    }
}

/// It was written into by other means than a key.
pub(super) fn written(state: &mut State) {
    if let Some(Modal::Search(input, _, place)) = state.modals.last() {
        let (text, from) = (input.text().to_owned(), place.0);
        state.docket.search_for(&text, from);
    }
}

/// As it was before.
pub(super) fn undo(state: &mut State, before: &str, (top, left): (u32, usize)) {
    state.docket.search_for(before, top);
    state.docket.search.stay();
    if let Some(open) = state.docket.here_mut() {
        (open.top, open.left) = (top, left);
    }
}

/// What came of the search.
fn said(state: &State) -> Option<String> {
    let file = state.docket.here()?.file()?;
    let search = &state.docket.search;
    Some(format!("{} {}", search.text, search.words(file)))
}
