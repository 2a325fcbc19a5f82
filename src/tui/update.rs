//! What follows from what happened. Pure: the state changes, and what is to be done beside it comes out as data.

mod away;
mod complete;
mod facets;
mod find;
mod late;
mod modal;
mod pointer;
mod saved;
mod search;

use crossterm::event::KeyCode;

pub(super) use away::in_tree_words;
pub(super) use modal::scrolled;

use super::action::Action;
use super::bulk::{Bulk, Deed};
use super::chooser::Chooser;
use super::docket::{Just, Next};
use super::effect::Effect;
use super::event::Event;
use super::gate;
use super::importing;
use super::input::Input;
use super::layout::{self, Pane};
use super::modal::{Modal, Prompt, Why, reasons};
use super::models;
use super::note::Note;
use super::runs;
use super::state::{State, Status, Which};
use super::view::{last_scroll, many, prepare};
use super::{proposing, remedies, sides, trail};
use crate::docket::{Order, Survey};
use crate::domain::Opinion;
use crate::jobs::{Do, Reply, Request};

/// Takes in what happened at a moment, in milliseconds since the start, and gives what is to be done.
pub fn update(state: &mut State, event: Event, now: u64) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(what) = trail::told(&event, state) {
        state.trail.add(what);
    }
    state.now = now;
    state.docket.see(now);
    let scroll = state.docket.here().map_or(0, |open| open.scroll);
    match event {
        Event::Pressed(key) => {
            let worked = state.session.key(now);
            if state.which == Which::Docket {
                state.docket.spend(worked);
            }
            // What went wrong stays until it is put away: it may concern a case that one has left. What was said while
            // the last line was a question's has not been seen.
            let is_bare = state.modals.is_empty();
            let offered = state.offered.take();
            let just = std::mem::take(&mut state.docket.just);
            let puts_away = is_bare && state.status.is_failure && key.code == KeyCode::Esc;
            if is_bare && (!state.status.is_failure || puts_away) {
                state.status = Status::default();
            }
            if puts_away {
                // That is all that is said of the key: whatever else it would leave stays.
            } else if state.modals.is_empty() {
                match state.keymap.action(key, state.which.place()) {
                    Some(action) if find::is_offered(action, offered) => {
                        find::filter_by_state(state, offered, &mut effects);
                    }
                    Some(action) => act_after(state, just, action, &mut effects),
                    None => {}
                }
            } else {
                modal::key(state, key, &mut effects);
            }
        }
        Event::Pasted(text) => pointer::paste(state, &text, &mut effects),
        Event::Clicked(column, row) => pointer::click(state, column, row, &mut effects),
        Event::Wheeled(column, row, by) => pointer::wheel(state, column, row, by, &mut effects),
        Event::Resized(columns, rows) => {
            state.size = (columns, rows);
            fit(state, &mut effects);
        }
        Event::Edited(what, ended) => away::edited(state, what, ended, &mut effects),
        Event::Answered(reply) => {
            if late::waits(state, &reply) {
                state.held.push(reply);
            } else {
                answered(state, reply, &mut effects);
            }
        }
    }
    gate::leave(state, &mut effects);
    late::take_in(state, &mut effects);
    late::show_case_of_note(state, &mut effects);
    state.docket.leave_pending();
    let panes = layout::of(state);
    state.docket.look(panes.code, &mut effects);
    if state.which == Which::Docket && state.modals.is_empty() {
        state.docket.look_at_sample(panes.code.height.saturating_sub(1), &mut effects);
    }
    prepare(state);
    if state.docket.here().is_some_and(|open| open.scroll > scroll) {
        // Past the end there is nothing to be scrolled to, and from there a key back would seem to do nothing.
        let last = last_scroll(panes.case, state);
        if let Some(open) = state.docket.here_mut() {
            open.scroll = open.scroll.min(last);
        }
    }
    state.docket.want_survey(&mut effects);
    if state.which == Which::Remedies {
        let mut cases = state.remedies.in_sight();
        cases.extend(state.proposing.doing.as_ref().map(|doing| doing.case));
        state.docket.want_rows(&cases, &mut effects);
        state.remedies.want_scopes(&mut effects);
    }
    if let Some(Modal::Bulk(bulk)) = state.modals.last() {
        state.docket.want_rows(&bulk.sample, &mut effects);
    }
    effects
}

/// What is asked for at the start.
pub fn begin(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![state.docket.list(true)];
    effects.extend(state.want_named());
    if state.settings.reads_only {
        state.say(READ_ONLY);
    }
    let which = state.which;
    show(state, which, &mut effects);
    fit(state, &mut effects);
    if state.docket.page.is_some() {
        effects.extend(state.docket.want_case());
    }
    effects
}

/// Fits the list's window to the terminal.
fn fit(state: &mut State, effects: &mut Vec<Effect>) {
    let panes = layout::of(state);
    state.runs.imports.fit(runs::Places::of(&panes, state.size).list.height.into());
    let rows = remedies::Places::of(state).rows();
    state.remedies.entries.fit(rows);
    let rows = models::Places::of(&panes, state.size).split.list.height;
    state.models.models.fit(rows.into());
    state.gate.rows.fit(gate::Places::of(&panes, state.size).split.list.height.into());
    state.docket.height = panes.list_rows();
    state.docket.keep_in_sight();
    state.docket.fetch(effects);
}

fn answered(state: &mut State, reply: Reply, effects: &mut Vec<Effect>) {
    let docket = &mut state.docket;
    match reply {
        Reply::Listed { turn, version, is_part, cases, groups, drawn, tally } => {
            docket.listed((turn, is_part), (version, tally), (cases, groups, drawn), effects);
            if state.which == Which::Remedies && !is_part {
                effects.push(remedies::list(state));
            }
        }
        Reply::Rows(rows) => docket.rows_came(rows, effects),
        Reply::Filters(saved) => saved::came(state, saved),
        Reply::Named(known) => state.named(&known),
        Reply::Waiting(words) => state.locked = words,
        Reply::Saving { ticket, done, of } => docket.saving_is_at(ticket, (done, of)),
        Reply::Found(found) => find::found(state, found, effects),
        Reply::Case(view, code) => docket.case_came(view, code, effects),
        Reply::File(path, file) => docket.file_came(&path, file),
        Reply::Outlined(file) => docket.outline_came(&file),
        Reply::Colours { file, first, lines } => docket.colours_came(&file, first, lines, effects),
        Reply::Hits(hits) => docket.hits_came(hits),
        Reply::Tree { ticket, told } => away::told(state, ticket, told, effects),
        Reply::Alike(alike) => {
            let may_open = state.modals.is_empty() && state.which == Which::Docket;
            let step = docket.alike_came(*alike, may_open, effects);
            spread_step(state, step);
        }
        Reply::Differences { case, differences } => docket.differences_came(case, differences),
        Reply::Saved { ticket, version, what, count, decided, rows, tally } => {
            let act = docket.saved(ticket, (version, tally), rows.clone(), count, effects);
            if count > 0 {
                state.gate.has_changed = true;
                state.session.count(decided, act.is_step);
            }
            let beside = remedies::saved(state, ticket, &rows).unwrap_or_default();
            late::saved(state, &act, (ticket, what, count, &beside), &rows, effects);
            remedies::changed(state, effects);
        }
        Reply::Refused { ticket, why } => {
            late::refused(state, ticket, &why, effects);
            remedies::refused(state, ticket, effects);
        }
        Reply::Recounted { turn, groups } => docket.recounted(turn, groups),
        Reply::Surveyed { ticket, survey } => surveyed(state, ticket, survey, effects),
        Reply::Failed(why) => {
            docket.ask_again();
            state.fail(why);
        }
        Reply::Changed(changed) => {
            state.gate.has_changed |= changed.findings || changed.journal;
            effects.push(Effect::Ask(Request::Follow { filter: docket.filter.clone(), changed }));
            if changed.findings && state.which == Which::Runs {
                effects.push(runs::list());
            }
            if changed.findings {
                state.remedies.forget_scopes();
            }
            remedies::changed(state, effects);
        }
        Reply::Followed { version, tally, come, left } => {
            if let Some(new) = docket.followed(version, tally, (come, left), effects) {
                late::came_beside(state, new);
            }
        }
        Reply::Runs(reply) => runs::answered(state, reply, effects),
        Reply::Remedies(reply) => remedies::answered(state, reply, effects),
        Reply::Models(reply) => models::answered(state, reply, effects),
        Reply::Gate(reply) => gate::answered(state, reply),
    }
}

/// What the cases are that a verdict would touch, or that a heading stands for.
fn surveyed(state: &mut State, ticket: u64, mut survey: Survey, effects: &mut Vec<Effect>) {
    survey.count_as_open(|case| state.docket.is_back(case));
    if let Some(Modal::Bulk(bulk)) = state.modals.last_mut()
        && bulk.surveyed(ticket, &survey)
    {
        let (deed, cases) = (bulk.deed, bulk.cases.to_vec());
        state.modals.pop();
        give(state, deed, cases, effects);
    }
    state.docket.surveyed(ticket, survey);
}

/// Does what was asked for by a key: of some acts it matters what the key before asked for.
fn act_after(state: &mut State, just: Just, action: Action, effects: &mut Vec<Effect>) {
    if state.which != Which::Docket || (state.settings.reads_only && action.writes()) {
        return act(state, action, effects);
    }
    match action {
        Action::Alike => {
            let step = state.docket.step_spread(just, &state.settings.reviewer, effects);
            spread_step(state, step);
        }
        Action::TakeBackSpread => state.docket.take_back_spread(just, effects),
        _ => act(state, action, effects),
    }
}

/// Does what was asked for by name.
fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    if state.settings.reads_only && action.writes() {
        state.fail(READ_ONLY);
        return;
    }
    if state.which == Which::Docket && state.docket.walk(action, effects) {
        return;
    }
    if state.which == Which::Runs && runs::act(state, action, effects) {
        return;
    }
    if state.which == Which::Remedies && remedies::act(state, action, effects) {
        return;
    }
    if state.which == Which::Models && models::act(state, action, effects) {
        return;
    }
    if state.which == Which::Gate && gate::act(state, action, effects) {
        return;
    }
    if proposing::act(state, action, effects)
        || action == Action::Back && proposing::calls_off(state, effects)
    {
        return;
    }
    if let Some(place) = action.only_at().filter(|place| *place != state.which.place()) {
        state.say(format!("that is done {}", place.words()));
        return;
    }
    let docket = &mut state.docket;
    match action {
        Action::Confirm => on_targets(state, Deed::Verdict(Opinion::Confirmed), effects),
        Action::Reject => on_targets(state, Deed::Verdict(Opinion::Rejected), effects),
        Action::AcceptRisk => on_targets(state, Deed::Verdict(Opinion::RiskAccepted), effects),
        Action::Unsure => on_targets(state, Deed::Verdict(Opinion::Unsure), effects),
        Action::Note => {
            let cases = docket.targets();
            if let Some(note) = docket.unsaved.pop() {
                state.modals.push(Modal::Note(note));
            } else if !cases.is_empty() {
                state.modals.push(Modal::Note(Note::on(cases)));
            }
        }
        Action::Rank1 => on_targets(state, Deed::Rank(Some(1)), effects),
        Action::Rank2 => on_targets(state, Deed::Rank(Some(2)), effects),
        Action::Rank3 => on_targets(state, Deed::Rank(Some(3)), effects),
        Action::Rank4 => on_targets(state, Deed::Rank(Some(4)), effects),
        Action::Rank5 => on_targets(state, Deed::Rank(Some(5)), effects),
        Action::Unrank => on_targets(state, Deed::Rank(None), effects),
        Action::Pin => {
            // Pinned as long as one of them is not.
            let is_pinned = |case: &u32| docket.rows.get(case).is_some_and(|row| row.standing.pinned);
            let on = !docket.targets().iter().all(is_pinned);
            on_targets(state, Deed::Pin(on), effects);
        }
        Action::Alike | Action::TakeBackSpread => act_after(state, Just::Nothing, action, effects),
        Action::Undo => effects.push(docket.ask(Do::Undo, Vec::new())),
        Action::Redo => effects.push(docket.ask(Do::Redo, Vec::new())),
        Action::Select => docket.select(effects),
        Action::SelectAll | Action::SelectRange if docket.is_loading() => state.say(LOADING),
        Action::SelectRange => docket.select_range(),
        Action::SelectAll => docket.select_all(),
        Action::SelectNone => docket.selected.clear(),
        Action::ToFile => find::open_files(state, effects),
        Action::ToCase => state.modals.push(Modal::Prompt(Prompt::CaseId, Input::default())),
        Action::Filter => complete::open(state, effects),
        Action::SavedFilters => saved::open(state, effects),
        Action::SaveFilter => saved::ask_name(state),
        Action::Facets => facets::open(state, effects),
        Action::Search => search::begin(state),
        Action::SearchNext | Action::SearchPrevious if docket.search.text.is_empty() => search::begin(state),
        Action::SearchNext | Action::SearchPrevious => {
            if let Some(words) = docket.next_hit(action == Action::SearchNext) {
                state.say(words);
            }
        }
        Action::NextInFile => search::next_in_file(state, effects),
        Action::ClearFilter => filter_by(state, "", effects),
        Action::OrderNext => {
            let at = Order::ALL.iter().position(|order| *order == docket.order).unwrap_or(0);
            docket.order = Order::ALL.get((at + 1) % Order::ALL.len()).copied().unwrap_or_default();
            effects.push(docket.list(false));
        }
        Action::GroupNext => effects.push(docket.group_next()),
        Action::Fold | Action::FoldAll => {
            let folds = match action {
                Action::Fold => docket.fold(effects),
                _ => docket.fold_all(effects),
            };
            if !folds {
                state.say("the list is not grouped");
            }
        }
        Action::Refresh => effects.push(docket.list(true)),
        Action::Details => docket.shows_details = !docket.shows_details,
        Action::ExplainWorth => find::explain_worth(state),
        Action::HideList => hide(state, Pane::List, effects),
        Action::HideCode => hide(state, Pane::Code, effects),
        Action::HideCase => hide(state, Pane::Case, effects),
        Action::WidenList => resize(state, |widths| widths.list += 2, effects),
        Action::NarrowList => resize(state, |widths| widths.list = widths.list.saturating_sub(2), effects),
        Action::WidenCase => resize(state, |widths| widths.case += 2, effects),
        Action::NarrowCase => resize(state, |widths| widths.case = widths.case.saturating_sub(2), effects),
        Action::Sides => sides::open(state),
        Action::Copy => state.modals.push(Modal::Copy),
        Action::CopyPlace => away::place(state, effects),
        Action::CopyLink => away::link(state, effects),
        Action::CopyMarkdown => away::markdown(state, effects),
        Action::Edit => away::edit(state, effects),
        Action::Changes => away::changes(state, effects),
        Action::Palette => state.modals.push(Modal::Choose(Chooser::of_commands())),
        Action::Help => state.modals.push(Modal::Help(0)),
        Action::Messages => state.modals.push(Modal::Messages(0)),
        Action::ScreenNext => show(state, state.which.next(), effects),
        Action::ScreenDocket => show(state, Which::Docket, effects),
        Action::ScreenRemedies => show(state, Which::Remedies, effects),
        Action::ScreenGate => show(state, Which::Gate, effects),
        Action::ScreenRuns => show(state, Which::Runs, effects),
        Action::ScreenModels => show(state, Which::Models, effects),
        Action::Back if docket.spread.list.is_some() => docket.leave_alike(effects),
        Action::Back if docket.selected.is_empty() => docket.search_for("", 0),
        Action::Back => docket.selected.clear(),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Import => importing::open(state, effects),
        Action::CancelImport => importing::cancel(state, effects),
        Action::Quit => importing::quit(state, effects),
        // The rest moves, and has been done.
        _ => {}
    }
}

fn show(state: &mut State, which: Which, effects: &mut Vec<Effect>) {
    state.which = which;
    match which {
        Which::Runs => effects.push(runs::list()),
        Which::Remedies => remedies::shown(state, effects),
        Which::Models => effects.push(models::list()),
        Which::Gate => gate::shown(state, effects),
        Which::Docket => {}
    }
}

fn hide(state: &mut State, pane: Pane, effects: &mut Vec<Effect>) {
    if !state.docket.hidden.turn(pane) {
        state.say("one pane stays");
    }
    fit(state, effects);
}

fn resize(state: &mut State, change: impl FnOnce(&mut layout::Widths), effects: &mut Vec<Effect>) {
    // From what is on the screen: a width that was never set is a part of the terminal's.
    let mut widths = state.docket.widths.within(state.size.0);
    change(&mut widths);
    state.docket.widths = widths.within(state.size.0);
    fit(state, effects);
}

/// Goes on with spreading a verdict.
fn spread_step(state: &mut State, step: Next) {
    match step {
        Next::Going => {}
        Next::Confirm if state.settings.reads_only => state.fail(READ_ONLY),
        Next::Confirm => state.modals.push(Modal::Spread),
        Next::Nothing(why) => state.say(why),
    }
}

/// Whoever may not write the workspace can look at all of it.
const READ_ONLY: &str = "this workspace may not be written: nothing can be decided or changed";

/// What is on the screen is not what was asked for last.
const LOADING: &str = "the list is still loading";

/// Something was asked for that is done to the case at hand, or to all that are selected: what these are is told first.
fn on_targets(state: &mut State, deed: Deed, effects: &mut Vec<Effect>) {
    let cases = state.docket.targets();
    if cases.is_empty() {
        return;
    }
    if state.docket.current().is_none_or(|case| cases != [case]) {
        if state.docket.selected.is_empty() && state.docket.is_loading() {
            state.say(LOADING);
            return;
        }
        let bulk = Bulk::new(&mut state.docket, deed, cases.into(), effects);
        state.modals.push(Modal::Bulk(bulk));
    } else {
        give(state, deed, cases, effects);
    }
}

/// Does it; a verdict is asked why.
fn give(state: &mut State, deed: Deed, cases: Vec<u32>, effects: &mut Vec<Effect>) {
    let act = match deed {
        Deed::Verdict(opinion) => return ask_why(state, opinion, cases, effects),
        Deed::Rank(rank) => Do::Rank(cases.clone(), rank),
        Deed::Pin(on) => Do::Pin(cases.clone(), on),
    };
    effects.push(state.docket.ask(act, cases));
}

fn ask_why(state: &mut State, opinion: Opinion, cases: Vec<u32>, effects: &mut Vec<Effect>) {
    if state.settings.ask_reason && !reasons(opinion).is_empty() {
        state.modals.push(Modal::Reason(opinion, cases));
    } else {
        judge(state, opinion, Why::default(), cases, effects);
    }
}

fn judge(state: &mut State, opinion: Opinion, why: Why, cases: Vec<u32>, effects: &mut Vec<Effect>) {
    let code_lines = layout::of(state).code.height.saturating_sub(1);
    state.docket.judge(opinion, why, cases, code_lines, &state.settings, effects);
}

/// Filters by a text, if it is a filter; else says why not and leaves the list as it is.
pub(super) fn filter_by(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    let docket = &mut state.docket;
    // A filter is on the docket, not on a list in its place.
    docket.leave_alike(effects);
    text.clone_into(&mut docket.filter_text);
    match state.saved.read(text) {
        Ok(filter) => {
            docket.filter_error = None;
            if filter != docket.filter || !docket.is_listed {
                docket.filter = filter;
                effects.push(docket.list(false));
            }
        }
        Err(error) => docket.filter_error = Some(error.to_string()),
    }
}

#[cfg(test)]
mod apart;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod honesty;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod spreading;
#[cfg(test)]
mod tests;
