//! Finding the next thing: what is asked of the worker, and what follows from its answer.

use std::sync::Arc;

use crossterm::event::KeyCode;
use jiff::civil::Date;

use super::{complete, facets, filter_by, judge, saved};
use crate::domain::{Opinion, State as Standing};
use crate::jobs::{FileFound, Find, Found, Request};
use crate::tui::action::Action;
use crate::tui::chooser::{Choice, Chooser, Purpose};
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::layout;
use crate::tui::modal::{Modal, Prompt, Why, WrongDay};
use crate::tui::state::State;
use crate::tui::waiting::Awaited;

/// The worth term by term, or not; where there is no room beside the code, in its stead.
pub(super) fn explain_worth(state: &mut State) {
    let in_sight = layout::of(state).case.height > 0;
    let docket = &mut state.docket;
    docket.shows_worth = !(docket.shows_worth && in_sight);
    if docket.shows_worth {
        docket.shows_details = true;
        if let Some(open) = docket.here_mut() {
            (open.scroll, open.follows) = (0, false);
        }
    }
}

/// Opens the list of files.
pub(super) fn open_files(state: &mut State, effects: &mut Vec<Effect>) {
    let chooser = Chooser::new(Purpose::File, Vec::new());
    letters_changed(state, &chooser, effects);
    state.modals.push(Modal::Choose(chooser));
}

/// Asks the worker what the letters are like, where it is the worker that knows.
pub(super) fn letters_changed(state: &State, chooser: &Chooser, effects: &mut Vec<Effect>) {
    if let Some(letters) = chooser.asks() {
        let (letters, cases) = (letters.to_owned(), Arc::clone(&state.docket.cases));
        effects.push(Effect::Ask(Request::Find(Find::Files { letters, cases })));
    }
}

fn files_came(state: &mut State, letters: &str, files: Vec<FileFound>) {
    let Some(Modal::Choose(chooser)) = state.modals.last_mut() else { return };
    let choice = |file: FileFound| {
        let cases = if file.cases == 1 { "1 case".to_owned() } else { format!("{} cases", file.cases) };
        let words = if file.listed == file.cases { cases } else { format!("{} of {cases}", file.listed) };
        Choice { name: file.path, words }
    };
    chooser.supply(letters, files.into_iter().map(choice).collect());
}

/// A file was chosen: the worker knows where in the list it is.
pub(super) fn go_to_file(state: &mut State, choice: Option<&Choice>, effects: &mut Vec<Effect>) {
    if let Some(choice) = choice {
        let (path, cases) = (choice.name.clone(), Arc::clone(&state.docket.cases));
        state.wait_for(Awaited::File(path.clone()));
        effects.push(Effect::Ask(Request::Find(Find::InFile { path, cases })));
    }
}

/// Goes to a file's first case in the list; where the filter hides the file, the filter becomes the file.
fn in_file(
    state: &mut State,
    path: &str,
    term: &str,
    cases: &Arc<[u32]>,
    at: Option<usize>,
    effects: &mut Vec<Effect>,
) {
    if !state.is_awaited(&Awaited::File(path.to_owned())) || !Arc::ptr_eq(&state.docket.cases, cases) {
        return;
    }
    match at {
        Some(at) => state.docket.go(at, effects),
        None => {
            let before = state.docket.filter_text.clone();
            filter_by(state, term, effects);
            state.say(format!("{path}: the filter hid it and is now the file; it was {before}"));
        }
    }
}

/// A key in a line being written.
pub(super) fn line(
    state: &mut State,
    line: Prompt,
    mut input: Input,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    if key.code != KeyCode::Enter {
        input.key(key);
        return Some(Modal::Prompt(line, input));
    }
    let text = input.text().trim().to_owned();
    match line {
        Prompt::FilterName | Prompt::OtherName(_) => saved::named(state, line, &text, effects),
        Prompt::PatchFile(_) | Prompt::Branch(_) => {
            crate::tui::remedies::written(state, line, text, effects);
        }
        Prompt::Until { cases, reason, .. } => {
            let until: Option<Date> = text.parse().ok();
            let wrong = match until {
                None if !text.is_empty() => Some(WrongDay::NoDay),
                Some(until) if state.today().is_some_and(|today| until < today) => Some(WrongDay::Past),
                _ => None,
            };
            if wrong.is_some() {
                return Some(Modal::Prompt(Prompt::Until { cases, reason, wrong }, input));
            }
            judge(state, Opinion::RiskAccepted, Why { reason, until }, cases, effects);
        }
        Prompt::ModelFolder => crate::tui::models::add(state, text, effects),
        Prompt::CaseId if text.is_empty() => {}
        Prompt::CaseId => {
            state.say(format!("looking for the case {text}"));
            state.wait_for(Awaited::Case(text.clone()));
            effects.push(Effect::Ask(Request::Find(Find::Case(text))));
        }
    }
    None
}

/// Something was found.
pub(super) fn found(state: &mut State, found: Found, effects: &mut Vec<Effect>) {
    match found {
        Found::Next { cases, from, state: wanted, at } => {
            if !state.is_left_at(state.docket.current()) || !state.docket.is_at(&cases, from) {
                return;
            }
            match at {
                Some(at) if at != from => state.docket.go(at, effects),
                Some(_) => state.say(format!("no other case listed is {wanted}")),
                None => none_stands(state, wanted),
            }
        }
        Found::Case(case, digits) => {
            if !state.is_awaited(&Awaited::Case(digits.clone())) {
                return;
            }
            if state.docket.go_to_case(case, effects) {
                state.say(format!("{digits}: here"));
            } else {
                state.say(format!(
                    "{digits}: the filter hides it; it stands here until the list is made anew"
                ));
            }
        }
        Found::Facet { turn, values, more } => facets::came(state, turn, values, more),
        Found::Completions { text, caret, completions } => {
            complete::came(state, (text, caret), completions, effects);
        }
        Found::Files { letters, files, .. } => files_came(state, &letters, files),
        Found::InFile { path, term, cases, at } => in_file(state, &path, &term, &cases, at, effects),
        Found::Nothing(why) => state.say(why),
    }
}

/// Says that no case of the list stands so, and how many the filter hides: the same key lists them.
fn none_stands(state: &mut State, wanted: Standing) {
    let tally = state.docket.tally;
    let (hidden, action) = match wanted {
        Standing::Stale => (tally.stale, Action::NextStale),
        _ => (tally.disputed, Action::NextDisputed),
    };
    let key = state.keymap.key(action).map(|key| key.to_string()).unwrap_or_default();
    state.offered = (hidden > 0).then_some(wanted);
    state.say(match hidden {
        0 => format!("no case is {wanted}"),
        1 => format!("no case listed is {wanted}; the filter hides 1 that is: {key} again lists it"),
        many => {
            format!("no case listed is {wanted}; the filter hides {many} that are: {key} again lists them")
        }
    });
}

/// Whether an action is the one that was offered to list what the filter hides.
pub(super) const fn is_offered(action: Action, offered: Option<Standing>) -> bool {
    matches!(
        (action, offered),
        (Action::NextStale, Some(Standing::Stale)) | (Action::NextDisputed, Some(Standing::Disputed))
    )
}

/// Lists the cases that stand so.
pub(super) fn filter_by_state(state: &mut State, offered: Option<Standing>, effects: &mut Vec<Effect>) {
    if let Some(standing) = offered {
        filter_by(state, &format!("is:{standing}"), effects);
    }
}
