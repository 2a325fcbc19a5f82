//! What a key does on the screen of remedies.

use crossterm::event::KeyCode;

use super::{Places, hides_here, list};
use crate::domain::RemedyId;
use crate::jobs::{Do, RemedyAct, RemedyPage, RemedyRequest, Request};
use crate::remedy::Sound;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::key::Key;
use crate::tui::modal::{Modal, Prompt, REFUSALS};
use crate::tui::state::{State, Which};

/// Does an action of the screen; says whether it was one.
pub(in crate::tui) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) -> bool {
    if moves(state, action, effects) {
        return true;
    }
    match action {
        Action::Undo | Action::Redo => {
            let step = if action == Action::Undo { Do::Undo } else { Do::Redo };
            effects.push(state.docket.ask(step, Vec::new()));
            state.remedies.stands(state.docket.last_ticket(), None, Vec::new());
        }
        Action::Refresh => super::shown(state, effects),
        Action::Checks => {
            state.remedies.shows_checks = !state.remedies.shows_checks;
            state.remedies.scroll = 0;
        }
        Action::SideBySide => {
            let columns = Places::of(state).diff.width;
            let now = state.remedies.is_beside(columns);
            state.remedies.beside = Some(!now);
            state.remedies.scroll = 0;
            if !now && !state.remedies.is_beside(columns) {
                state.say("there is no room for both sides: hide the list, or take a wider terminal");
            }
        }
        Action::WholeChange => {
            state.remedies.is_whole = !state.remedies.is_whole;
            state.remedies.scroll = 0;
            effects.extend(state.remedies.want());
        }
        Action::Alternatives => alternatives(state),
        Action::HideList => {
            state.remedies.hides_list = !state.remedies.hides_list;
            let rows = Places::of(state).rows();
            state.remedies.entries.fit(rows);
        }
        Action::RemediesNext => {
            let screen = &mut state.remedies;
            screen.wanted = screen.current().map(|entry| entry.case);
            screen.shown = screen.shown.next();
            screen.entries.clear();
            effects.push(list(state));
        }
        Action::OpenCase => {
            if let Some(case) = state.remedies.current().map(|entry| entry.case) {
                state.which = Which::Docket;
                state.docket.go_to_case(case, effects);
            }
        }
        Action::AcceptRemedy
        | Action::RefuseRemedy
        | Action::EditRemedy
        | Action::ApplyRemedy
        | Action::TakeBackRemedy
        | Action::WriteRemedy => with_remedy(state, action, effects),
        _ => return false,
    }
    true
}

/// What moves in the list, between remedies and in the difference.
fn moves(state: &mut State, action: Action, effects: &mut Vec<Effect>) -> bool {
    let screen = &mut state.remedies;
    if let Some(to) = screen.entries.target(action) {
        // Whoever moves does not want to be taken elsewhere when the list comes.
        screen.wanted = None;
        screen.go(to, effects);
        return true;
    }
    match action {
        Action::CodeDown => scroll(state, 3),
        Action::CodeUp => scroll(state, -3),
        Action::CodeLeft => screen.left = screen.left.saturating_sub(8),
        Action::CodeRight => {
            let widest = crate::tui::view::widest_change(state);
            let screen = &mut state.remedies;
            screen.left = (screen.left + 8).min(widest.max(screen.left));
        }
        Action::NextRemedy => turn(state, 1),
        Action::PreviousRemedy => turn(state, -1),
        _ => return false,
    }
    true
}

/// Goes to another remedy of the case.
fn turn(state: &mut State, by: isize) {
    let Some(many) = state.remedies.here().map(|case| case.pages.len()) else { return };
    if many < 2 {
        state.say("the case has no other remedy");
        return;
    }
    let screen = &mut state.remedies;
    screen.page = screen.page.saturating_add_signed(by).min(many - 1);
    (screen.scroll, screen.left) = (0, 0);
}

fn alternatives(state: &mut State) {
    let many = state.remedies.here().map_or(0, |case| case.pages.len());
    let columns = Places::of(state).diff.width;
    state.remedies.shows_all = !state.remedies.shows_all;
    state.remedies.scroll = 0;
    if state.remedies.shows_all && state.remedies.abreast(columns) < 2 {
        state.remedies.shows_all = false;
        state.say(if many < 2 {
            "the case has no other remedy"
        } else {
            "there is room for one at a time: hide the list, or take a wider terminal"
        });
    }
}

/// Scrolls what is shown of the remedy, no further than its end.
fn scroll(state: &mut State, by: isize) {
    let furthest = crate::tui::view::last_of_remedy(state);
    let screen = &mut state.remedies;
    screen.scroll = screen.scroll.min(furthest).saturating_add_signed(by).min(furthest);
}

/// What is done with the remedy at hand. What the reviewer may not see yet is not decided either.
fn with_remedy(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    if hides_here(state) {
        let key = state.keymap.key(Action::OpenCase).map(|key| key.to_string()).unwrap_or_default();
        state.say(format!("hidden until your own verdict on the case: {key} opens it"));
        return;
    }
    let case = state.remedies.current().map(|entry| entry.case);
    let Some((case, page)) = case.zip(state.remedies.remedy()) else {
        let is_coming = case.is_some() && state.remedies.here().is_none();
        state.say(if is_coming { "its remedies are still loading" } else { "there is no remedy here" });
        return;
    };
    let (id, is_applied) = (page.remedy.id, page.decided.applied.is_some());
    let is_unsound = page.remedy.sound == Sound::No;
    let at = file_at(state, page);
    match action {
        Action::AcceptRemedy => ask(state, (id, case), RemedyAct::Accept, effects),
        Action::RefuseRemedy if is_applied => state.say("it is in the source tree: take it back first"),
        Action::RefuseRemedy if state.settings.ask_reason => state.modals.push(Modal::Refuse(id, case)),
        Action::RefuseRemedy => ask(state, (id, case), RemedyAct::Refuse(String::new()), effects),
        // Whether it is in a tree, who writes it knows best: what is on the screen may be a moment old.
        Action::ApplyRemedy if is_unsound && !is_applied => state.modals.push(Modal::Anyway(id, case)),
        Action::ApplyRemedy => ask(state, (id, case), RemedyAct::Apply { anyway: false }, effects),
        Action::TakeBackRemedy => ask(state, (id, case), RemedyAct::TakeBack, effects),
        Action::EditRemedy => {
            effects.push(Effect::Ask(Request::Remedies(RemedyRequest::Draft { remedy: id, at })));
        }
        _ => state.modals.push(Modal::Write(id)),
    }
}

/// Which of a remedy's files is at the top of the screen.
fn file_at(state: &State, page: &RemedyPage) -> usize {
    let mut rows = 0;
    let at = page.sheets.iter().position(|sheet| {
        rows += sheet.rows.len() + 1;
        rows > state.remedies.scroll
    });
    at.unwrap_or(0)
}

fn ask(state: &mut State, (remedy, case): (RemedyId, u32), act: RemedyAct, effects: &mut Vec<Effect>) {
    let (moves, is_refusal) = (act != RemedyAct::TakeBack, matches!(act, RemedyAct::Refuse(_)));
    let page = state.remedies.remedy().filter(|page| page.remedy.id == remedy);
    let files = match act {
        RemedyAct::Apply { .. } => page.map(|page| page.remedy.paths().map(str::to_owned).collect()),
        _ => None,
    };
    effects.push(state.docket.ask(Do::Remedy { remedy, act }, vec![case]));
    let ticket = state.docket.last_ticket();
    // What is asked is about the case at hand, unless a question was left open while the list came anew.
    if moves && state.remedies.current().is_some_and(|entry| entry.case == case) {
        state.remedies.move_on(is_refusal, effects);
    }
    if moves {
        state.remedies.stands(ticket, Some(case), files.unwrap_or_default());
    }
}

/// A key in a question about a remedy; what stays open.
pub(in crate::tui) fn key(
    state: &mut State,
    asked: Modal,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    match asked {
        Modal::Refuse(id, case) => {
            let letter = key.written();
            let why = REFUSALS.iter().find(|(known, _)| Some(*known) == letter).map(|(_, why)| *why);
            if why.is_none() && key.code != KeyCode::Enter {
                return Some(Modal::Refuse(id, case));
            }
            ask(state, (id, case), RemedyAct::Refuse(why.unwrap_or_default().to_owned()), effects);
        }
        Modal::Anyway(id, case) if key.code == KeyCode::Enter => {
            ask(state, (id, case), RemedyAct::Apply { anyway: true }, effects);
        }
        Modal::Write(id) => match (key.code, key.written()) {
            (KeyCode::Enter, _) | (_, Some('p')) => {
                let short: String = id.to_string().chars().take(10).collect();
                let mut name = Input::default();
                name.insert(&format!("remedy-{short}.patch"));
                return Some(Modal::Prompt(Prompt::PatchFile(id), name));
            }
            (_, Some('b')) => return Some(Modal::Prompt(Prompt::Branch(None), Input::default())),
            (_, Some('o')) => return Some(Modal::Prompt(Prompt::Branch(Some(id)), Input::default())),
            _ => return Some(Modal::Write(id)),
        },
        Modal::ProposeMany(cases) if key.code == KeyCode::Enter => {
            crate::tui::proposing::start(state, &cases, effects);
            state.docket.selected.clear();
        }
        asked => return Some(asked),
    }
    None
}

/// The name of a patch or of a branch was written.
pub(in crate::tui) fn written(state: &mut State, line: Prompt, text: String, effects: &mut Vec<Effect>) {
    if text.is_empty() {
        return;
    }
    let request = match line {
        Prompt::PatchFile(remedy) => RemedyRequest::Patch { remedy, path: text },
        Prompt::Branch(remedy) => RemedyRequest::Branch { name: text, remedy },
        _ => return,
    };
    state.say("writing");
    effects.push(Effect::Ask(Request::Remedies(request)));
}

/// A cell was clicked: a case in sight, or another place.
pub(in crate::tui) fn click(state: &mut State, at: (u16, u16), effects: &mut Vec<Effect>) {
    let places = Places::of(state);
    if let Some(to) = state.remedies.entries.at(places.list, places.lines, at) {
        state.remedies.wanted = None;
        state.remedies.go(to, effects);
    } else if places.checks.contains(at.into()) {
        act(state, Action::Checks, effects);
    }
}

/// The wheel was turned.
pub(in crate::tui) fn wheel(state: &mut State, at: (u16, u16), by: i32, effects: &mut Vec<Effect>) {
    if Places::of(state).list.contains(at.into()) {
        let to = state.remedies.entries.cursor().saturating_add_signed(by as isize);
        state.remedies.wanted = None;
        state.remedies.go(to, effects);
    } else {
        scroll(state, by as isize * 3);
    }
}
