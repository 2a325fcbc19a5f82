//! What a key does in what lies over the screen.

use crossterm::event::KeyCode;

use super::{act, away, complete, facets, filter_by, find, give, judge, saved, search};
use crate::domain::Opinion;
use crate::jobs::{Ask, Do, Request, RunsRequest};
use crate::tui::action::Action;
use crate::tui::bulk::Meant;
use crate::tui::chooser::{Chooser, Chosen, Purpose};
use crate::tui::effect::Effect;
use crate::tui::importing;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::layout;
use crate::tui::modal::{Modal, Prompt, Why, reasons};
use crate::tui::models;
use crate::tui::note::{Note, Noted};
use crate::tui::state::State;
use crate::tui::view::{Help, messages};
use crate::tui::{remedies, sides};

/// Hands a key to the topmost; it stays open only if it says so.
pub(super) fn key(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(top) = state.modals.pop() else { return };
    let leaves = key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && !key.held.is_empty());
    let open = match top {
        Modal::Filter(_, before) if leaves => {
            filter_by(state, &before, effects);
            None
        }
        Modal::Search(_, before, place) if leaves => {
            search::undo(state, &before, place);
            None
        }
        // Asks before it throws a text away.
        Modal::Note(written) => note(state, written, key, effects),
        Modal::Facets(open) => facets::key(state, open, key, leaves, effects),
        _ if leaves => None,
        Modal::Filter(input, before) => filter(state, input, before, key, effects),
        Modal::Prompt(line, input) => find::line(state, line, input, key, effects),
        Modal::Search(input, before, place) => search::key(state, (input, before, place), key),
        Modal::Copy => away::copy_key(state, key, effects),
        Modal::Changes { path, text, scroll } => away::changes_key(state, (path, text, scroll), key),
        Modal::Sides(open) => sides::key(state, open, key, effects),
        Modal::Choose(chooser) => choose(state, chooser, key, effects),
        Modal::Reason(opinion, cases) => {
            let letter = key.written();
            let chosen = reasons(opinion).iter().find(|(known, _, _)| Some(*known) == letter);
            let reason = chosen.map(|reason| reason.1);
            if chosen.is_none() && key.code != KeyCode::Enter {
                Some(Modal::Reason(opinion, cases))
            } else if opinion == Opinion::RiskAccepted {
                let until = Prompt::Until { cases, reason, wrong: None };
                Some(Modal::Prompt(until, Input::default()))
            } else {
                judge(state, opinion, Why { reason, until: None }, cases, effects);
                None
            }
        }
        Modal::Bulk(bulk) => match bulk.key(&mut state.docket, key, effects) {
            Meant::Open(bulk) => Some(Modal::Bulk(*bulk)),
            Meant::Give(deed, cases) => {
                give(state, deed, cases, effects);
                None
            }
            Meant::Nothing => {
                state.say("none of the cases is left");
                None
            }
        },
        Modal::Remove { run, weighed: Some(Ok(_)), .. } if key.code == KeyCode::Enter => {
            effects.push(Effect::Ask(Request::Runs(RunsRequest::Remove(run))));
            None
        }
        Modal::Import(form) => importing::key(state, form, key, effects),
        Modal::QuitImport if key.code == KeyCode::Enter => {
            effects.push(Effect::Quit);
            None
        }
        Modal::RemoveModel(name) if key.code == KeyCode::Enter => {
            models::remove(name, effects);
            None
        }
        question @ (Modal::Remove { .. } | Modal::RemoveModel(_) | Modal::QuitImport) => Some(question),
        Modal::Spread if key.code == KeyCode::Enter => {
            state.docket.spread_it(effects);
            None
        }
        Modal::Spread => Some(Modal::Spread),
        asked @ (Modal::Refuse(..) | Modal::Anyway(..) | Modal::Write(_) | Modal::ProposeMany(_)) => {
            remedies::key(state, asked, key, effects)
        }
        Modal::Help(scroll) => help(state, scroll, key),
        Modal::Messages(scroll) => {
            let height = layout::messages(state.size);
            let last = messages(state, state.size.0).len().saturating_sub(height);
            scrolled(state, key, (scroll, last), height, Action::Messages).map(Modal::Messages)
        }
    };
    state.modals.extend(open);
}

/// Whatever moves in a list scrolls the help, and only what leaves closes it.
fn help(state: &State, scroll: usize, key: Key) -> Option<Modal> {
    let help = Help::of(state);
    scrolled(state, key, (scroll, help.last), help.height, Action::Help).map(Modal::Help)
}

/// Where a text is scrolled to by a key, which is nothing where it is put away: its lines above the screen, how far it
/// can be scrolled, the lines in sight, and the action that has opened it. Any other key leaves it as it is.
pub(in crate::tui) fn scrolled(
    state: &State,
    key: Key,
    (at, last): (usize, usize),
    height: usize,
    opener: Action,
) -> Option<usize> {
    let page = height.saturating_sub(1).max(1);
    let at = at.min(last);
    // The letters hold on a screen too where they are bound to nothing, and keys of one's own as well.
    let to = match (key.code, key.written(), state.keymap.action(key, state.which.place())) {
        (_, Some('q' | '?'), _) => return None,
        (_, _, Some(action)) if action == opener || matches!(action, Action::Quit | Action::Back) => {
            return None;
        }
        (KeyCode::Down, ..) | (_, Some('j'), _) | (_, _, Some(Action::Next)) => at + 1,
        (KeyCode::Up, ..) | (_, Some('k'), _) | (_, _, Some(Action::Previous)) => at.saturating_sub(1),
        (KeyCode::PageDown, ..) | (_, Some(' '), _) | (_, _, Some(Action::PageDown)) => at + page,
        (KeyCode::PageUp, ..) | (_, _, Some(Action::PageUp)) => at.saturating_sub(page),
        (KeyCode::Home, ..) | (_, Some('g'), _) | (_, _, Some(Action::First)) => 0,
        (KeyCode::End, ..) | (_, Some('G'), _) | (_, _, Some(Action::Last)) => last,
        (_, _, Some(Action::CaseDown | Action::CodeDown)) => at + 3,
        (_, _, Some(Action::CaseUp | Action::CodeUp)) => at.saturating_sub(3),
        (KeyCode::Char('f'), ..) if !key.held.is_empty() => at + page,
        (KeyCode::Char('b'), ..) if !key.held.is_empty() => at.saturating_sub(page),
        _ => at,
    };
    Some(to.min(last))
}

/// The filter lists at every key.
fn filter(
    state: &mut State,
    mut input: Input,
    before: String,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    if complete::key(state, &mut input, key, effects) {
        return Some(Modal::Filter(input, before));
    }
    if key.code == KeyCode::Enter {
        filter_by(state, input.text().trim_end(), effects);
        // What is no filter is written on: the list is still another's.
        return state.docket.filter_error.is_some().then_some(Modal::Filter(input, before));
    }
    let was = (input.text().to_owned(), input.caret());
    input.key(key);
    if (input.text(), input.caret()) != (was.0.as_str(), was.1) {
        complete::changed(state, &input, effects);
    }
    Some(Modal::Filter(input, before))
}

fn choose(state: &mut State, mut chooser: Chooser, key: Key, effects: &mut Vec<Effect>) -> Option<Modal> {
    if chooser.purpose == Purpose::SavedFilter
        && let Some(asked) = saved::key(state, &chooser, key, effects)
    {
        state.modals.push(Modal::Choose(chooser));
        return asked;
    }
    let letters = chooser.input.text().to_owned();
    match chooser.key(key) {
        Chosen::Open if chooser.input.text() != letters => {
            find::letters_changed(state, &chooser, effects);
            return Some(Modal::Choose(chooser));
        }
        Chosen::Open => return Some(Modal::Choose(chooser)),
        Chosen::Nothing => {}
        Chosen::This(place) => match chooser.purpose {
            Purpose::Command => {
                if let Some(action) = Action::all().nth(place) {
                    act(state, action, effects);
                }
            }
            Purpose::SavedFilter => saved::choose(state, chooser.choice(place), effects),
            Purpose::File => find::go_to_file(state, chooser.choice(place), effects),
        },
    }
    None
}

fn note(state: &mut State, mut note: Note, key: Key, effects: &mut Vec<Effect>) -> Option<Modal> {
    match note.key(key, layout::note(state.size)) {
        Noted::Open => return Some(Modal::Note(note)),
        Noted::Save(text) => {
            let cases = note.cases.clone();
            effects.push(state.docket.ask(Do::Note(cases.clone(), text), cases));
            state.docket.keep_until_saved(note);
        }
        Noted::Edit => {
            note.draft = state.docket.next_ticket();
            let ask = Ask::Draft(note.input.text().to_owned());
            effects.push(Effect::Ask(Request::Tree { ticket: note.draft, ask }));
            return Some(Modal::Note(note));
        }
        Noted::Nothing => {}
    }
    None
}
