//! The screen of runs: the imports so far, and the receipt of the one that one is at.

use ratatui::layout::Rect;

use super::action::Action;
use super::effect::Effect;
use super::importing;
use super::layout::Panes;
use super::listing::{Listing, Split};
use super::modal::Modal;
use super::state::{State, Which};
use crate::jobs::{ImportView, ReceiptView, Removed, Request, RunsReply, RunsRequest};

/// From so many columns on the receipt stands beside the list.
const WIDE: u16 = 150;

/// The screen of runs.
#[derive(Debug, Default)]
pub struct RunsScreen {
    /// The imports so far, the newest first.
    pub imports: Listing<ImportView>,
    /// What was asked for of the import that one is at, once it has come.
    pub receipt: Option<ReceiptView>,
    /// Lines of the receipt above the screen.
    pub scroll: usize,
}

/// The places of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    /// The names of the columns.
    pub(super) columns: Rect,
    /// The list.
    pub(super) list: Rect,
    /// The line between list and receipt.
    pub(super) rule: Rect,
    /// The receipt.
    pub(super) receipt: Rect,
}

impl Places {
    /// The places on a terminal of so many columns, below the first lines and above the last, as the docket's are.
    pub(super) fn of(panes: &Panes, size: (u16, u16)) -> Self {
        let Some(body) = Split::body(panes, size) else { return Self::default() };
        let Split { list, rule, rest: receipt } = if body.width >= WIDE {
            Split::beside(body, body.width / 20 * 11)
        } else {
            let list = match body.height {
                0..=7 => 2,
                8..=14 => 4,
                _ => (body.height / 3).max(6),
            };
            Split::above(body, list)
        };
        let columns = Rect { height: 1, ..list };
        Self { columns, list: Rect { y: list.y + 1, height: list.height - 1, ..list }, rule, receipt }
    }
}

impl RunsScreen {
    /// The import that one is at.
    #[must_use]
    pub fn current(&self) -> Option<&ImportView> {
        self.imports.current()
    }

    /// What was asked for of it, once it has come.
    #[must_use]
    pub fn receipt(&self) -> Option<&ReceiptView> {
        self.receipt.as_ref().filter(|receipt| self.current().is_some_and(|here| here.name == receipt.name))
    }

    /// Goes to a place of the list.
    pub(super) fn go(&mut self, to: usize, effects: &mut Vec<Effect>) {
        let before = self.current().map(|import| import.name);
        self.imports.go(to);
        self.is_at(before, effects);
    }

    /// The imports came: one stays at the one where one was, on the same line of the screen; or, at the first, at the
    /// newest.
    fn listed(&mut self, imports: Vec<ImportView>, effects: &mut Vec<Effect>) {
        let before = self.current().map(|import| import.name);
        let kept = before
            .filter(|_| self.imports.cursor() > 0)
            .and_then(|name| imports.iter().position(|import| import.name == name));
        // A store that was made anew may call another import by the same name.
        self.receipt = None;
        self.imports.replace(imports, kept);
        self.is_at(before, effects);
    }

    /// One was at an import, and now is where one is.
    fn is_at(&mut self, before: Option<[u8; 16]>, effects: &mut Vec<Effect>) {
        if self.current().map(|import| import.name) != before {
            self.scroll = 0;
        }
        if let Some(import) = self.current().filter(|_| self.receipt().is_none()) {
            effects.push(Effect::Ask(Request::Runs(RunsRequest::Receipt(import.name))));
        }
    }
}

/// Does an action of the screen; says whether it was one.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) -> bool {
    let runs = &mut state.runs;
    if let Some(to) = runs.imports.target(action) {
        runs.go(to, effects);
        return true;
    }
    match action {
        Action::CaseDown => scroll(state, 3),
        Action::CaseUp => scroll(state, -3),
        Action::Refresh => effects.push(list()),
        Action::OpenRun => {
            if let Some(filter) = runs.current().map(ImportView::filter) {
                state.which = Which::Docket;
                super::update::filter_by(state, &filter, effects);
            }
        }
        Action::RemoveRun if state.importing.running.is_some() => {
            state.say("an import is running: wait for its end, or cancel it");
        }
        Action::RemoveRun => {
            let Some(import) = runs.current() else { return true };
            let Some(run) = import.runs.first().map(|run| run.run.clone()) else { return true };
            let file = import.file.clone();
            effects.push(Effect::Ask(Request::Runs(RunsRequest::Weigh(run.clone()))));
            state.modals.push(Modal::Remove { run, file, weighed: None });
        }
        _ => return false,
    }
    true
}

/// Asks for the imports so far.
pub(super) fn list() -> Effect {
    Effect::Ask(Request::Runs(RunsRequest::List))
}

/// A cell was clicked: an import in sight, or another place.
pub(super) fn click(state: &mut State, panes: &Panes, at: (u16, u16), effects: &mut Vec<Effect>) {
    let places = Places::of(panes, state.size);
    if let Some(to) = state.runs.imports.at(places.list, 1, at) {
        state.runs.go(to, effects);
    }
}

/// The wheel was turned.
pub(super) fn wheel(state: &mut State, panes: &Panes, at: (u16, u16), by: i32, effects: &mut Vec<Effect>) {
    let places = Places::of(panes, state.size);
    if places.list.contains(at.into()) {
        state.runs.go(state.runs.imports.cursor().saturating_add_signed(by as isize), effects);
    } else {
        scroll(state, by as isize * 3);
    }
}

/// Scrolls the receipt, no further than its end.
fn scroll(state: &mut State, by: isize) {
    let places = Places::of(&super::layout::of(state), state.size);
    let furthest = super::view::runs::furthest(state, &places);
    state.runs.scroll = state.runs.scroll.min(furthest).saturating_add_signed(by).min(furthest);
}

/// Something about the imports was answered.
pub(super) fn answered(state: &mut State, reply: RunsReply, effects: &mut Vec<Effect>) {
    match reply {
        RunsReply::Listed(imports) => state.runs.listed(imports, effects),
        RunsReply::Receipt(receipt) => state.runs.receipt = Some(receipt),
        RunsReply::Weighed(which, weight) => {
            for modal in &mut state.modals {
                if let Modal::Remove { run, weighed, .. } = modal
                    && *run == which
                {
                    *weighed = Some(weight.clone());
                }
            }
        }
        RunsReply::Removed(Ok(removed)) => {
            state.say(format!("taken back: {}", weight(&removed)));
            effects.push(list());
            state.docket.lists.relists = true;
        }
        RunsReply::Removed(Err(why)) => state.fail(format!("not taken back: {why}")),
        RunsReply::Progress(progress) => importing::progressed(state, progress),
        RunsReply::Imported(end) => {
            if importing::ended(state, end) {
                effects.push(list());
                state.docket.lists.relists = true;
            }
        }
        RunsReply::Defaults(defaults) => importing::defaults_came(state, defaults),
        RunsReply::Completed { asked, text, names } => importing::completed(state, &asked, text, names),
        RunsReply::Failed(why) => state.fail(why),
    }
}

/// What goes, or went, with an import, in words.
pub(super) fn weight(removed: &Removed) -> String {
    let many = |number: u64, word: &str| {
        if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
    };
    format!(
        "{}, {} in {} gone, {} as before",
        many(removed.runs.len() as u64, "run"),
        many(removed.findings, "finding"),
        many(removed.cases, "case"),
        many(removed.restored, "finding"),
    )
}

#[cfg(test)]
mod tests;
