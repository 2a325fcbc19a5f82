//! Filters that are given names: saved, chosen, renamed and forgotten.

use crossterm::event::{KeyCode, KeyModifiers};

use super::filter_by;
use crate::docket::Saved;
use crate::jobs::{Keep, Request};
use crate::tui::chooser::{Choice, Chooser, Purpose};
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::modal::{Modal, Prompt};
use crate::tui::state::State;

/// Opens the list of saved filters, as known; they may have been changed by another, so they are read anew.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    effects.push(Effect::Ask(Request::Filters(Keep::Read)));
    state.modals.push(Modal::Choose(Chooser::new(Purpose::SavedFilter, choices(&state.saved))));
}

fn choices(saved: &Saved) -> Vec<Choice> {
    let choice = |(name, text): (&str, &str)| Choice { name: name.to_owned(), words: text.to_owned() };
    saved.iter().map(choice).collect()
}

/// The filters came as they are now.
pub(super) fn came(state: &mut State, saved: Saved) {
    if let Some(Modal::Choose(chooser)) = state.modals.last_mut()
        && chooser.purpose == Purpose::SavedFilter
    {
        chooser.offer(choices(&saved));
    }
    state.saved = saved;
}

/// Asks for the name under which the filter is to be saved.
pub(super) fn ask_name(state: &mut State) {
    if state.docket.filter.is_empty() {
        state.say("there is no filter to save: `/` writes one");
    } else {
        state.modals.push(Modal::Prompt(Prompt::FilterName, Input::default()));
    }
}

/// A key that is about the saved filter one is at: ctrl-d forgets it, ctrl-r asks for another name. `None`: it is not;
/// else what is asked.
pub(super) fn key(
    state: &mut State,
    chooser: &Chooser,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Option<Modal>> {
    let name = chooser.name_here().filter(|_| key.held.contains(KeyModifiers::CONTROL))?.to_owned();
    match key.code {
        KeyCode::Char('d') => {
            state.say(format!("@{name} is forgotten"));
            effects.push(Effect::Ask(Request::Filters(Keep::Forget(name))));
            Some(None)
        }
        KeyCode::Char('r') => {
            let input = Input::of(name.clone());
            Some(Some(Modal::Prompt(Prompt::OtherName(name), input)))
        }
        _ => None,
    }
}

/// A name was written.
pub(super) fn named(state: &mut State, prompt: Prompt, text: &str, effects: &mut Vec<Effect>) {
    let name = match Saved::name(text) {
        Ok(name) => name.to_owned(),
        Err(error) => return state.fail(error.to_string()),
    };
    let keep = match prompt {
        Prompt::OtherName(from) => Keep::Rename(from, name),
        _ => {
            let was = state.saved.iter().find(|(known, _)| *known == name).map(|(_, text)| text.to_owned());
            let was = was.map(|text| format!(" instead of {text}")).unwrap_or_default();
            state.say(format!("@{name} is {}{was}", state.docket.filter));
            Keep::Save(name, state.docket.filter.to_string())
        }
    };
    effects.push(Effect::Ask(Request::Filters(keep)));
}

/// A saved filter was chosen.
pub(super) fn choose(state: &mut State, choice: Option<&Choice>, effects: &mut Vec<Effect>) {
    if let Some(choice) = choice {
        filter_by(state, &choice.words, effects);
    }
}
