//! Completing the filter while it is written.

use crossterm::event::KeyCode;

use super::filter_by;
use crate::docket::{Completions, Filter, Term, Value};
use crate::tui::docket::tells_of_others;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::modal::Modal;
use crate::tui::state::State;

/// Begins to write the filter.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let text = state.docket.filter_text.clone();
    // Behind what is there stands the next term: nobody goes on writing a word that was whole.
    let blank = if text.is_empty() || text.ends_with(' ') { "" } else { " " };
    let input = Input::of(format!("{text}{blank}"));
    effects.push(Effect::Ask(state.docket.completing.begin(&input, &state.saved)));
    state.modals.push(Modal::Filter(input, text));
}

/// A key that chooses among what is offered; says whether it was one.
pub(super) fn key(state: &mut State, input: &mut Input, key: Key, effects: &mut Vec<Effect>) -> bool {
    let completing = &mut state.docket.completing;
    match key.code {
        KeyCode::Down => completing.step(true),
        KeyCode::Up | KeyCode::BackTab => completing.step(false),
        KeyCode::Tab => take(state, input, effects),
        KeyCode::Enter if completing.at.is_some() => take(state, input, effects),
        _ => return false,
    }
    true
}

/// What may be written came.
pub(super) fn came(
    state: &mut State,
    of: (String, usize),
    mut completions: Completions,
    effects: &mut Vec<Effect>,
) {
    if state.settings.blind {
        // Nor is it offered, with its counts, what would tell what others think.
        let before = of.0.get(..completions.replaces.start).unwrap_or_default().to_owned();
        let reviewer = &state.settings.reviewer;
        completions.offers.retain(|offer| !names_others(&before, &offer.text, reviewer));
    }
    let Some(Modal::Filter(input, before)) = state.modals.pop_if(|top| matches!(top, Modal::Filter(..)))
    else {
        return;
    };
    let mut input = input;
    if state.docket.completing.came(&input, of, completions) {
        take(state, &mut input, effects);
    }
    state.modals.push(Modal::Filter(input, before));
}

/// Whether what is offered behind a text asks for what others think. A value is offered without its field.
fn names_others(before: &str, offered: &str, reviewer: &str) -> bool {
    let term = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let field = term.rfind(':').and_then(|at| term.get(..=at)).unwrap_or_default();
    let filter = format!("{field}{offered}").parse::<Filter>().ok();
    let tells = |value: &Value| tells_of_others(value, reviewer);
    filter.is_some_and(|filter| filter.terms().iter().flat_map(Term::values).any(tells))
}

/// Writes the completion one is at, else the first.
fn take(state: &mut State, input: &mut Input, effects: &mut Vec<Effect>) {
    let Some((replaces, text, is_whole)) = state.docket.completing.taken() else { return };
    let after = input.text().get(replaces.end..).unwrap_or_default();
    // A term that is whole is followed by the next; one whose value is still to come is gone on with.
    let blank = if is_whole && after.is_empty() { " " } else { "" };
    input.put(replaces, &format!("{text}{blank}"));
    changed(state, input, effects);
}

/// The text or the caret is another.
pub(super) fn changed(state: &mut State, input: &Input, effects: &mut Vec<Effect>) {
    filter_by(state, input.text(), effects);
    effects.push(Effect::Ask(state.docket.completing.ask(input, &state.saved)));
}
