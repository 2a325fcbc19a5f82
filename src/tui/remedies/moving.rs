//! Where one is in the list of cases with remedies: a decision moves on to the case below, which comes to stand on the same
//! line, and whoever goes on reading is not taken elsewhere when the list comes anew.

use rustc_hash::FxHashMap;

use super::{RemedyScreen, list};
use crate::jobs::{Listed, RemedyEntry};
use crate::tui::effect::Effect;
use crate::tui::state::{State, Which};

/// Where one stood when something was decided, and what it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stood {
    /// The case it was about; none of what takes an act back.
    about: Option<u32>,
    /// The case that one was at once it was asked for.
    left_at: Option<u32>,
    /// The files that the remedy changes, where it is written into a tree.
    files: Vec<String>,
}

impl RemedyScreen {
    /// The cases came. One stays at the case where one was, or at the next that is still there, on the same line of the
    /// screen.
    pub(super) fn listed(&mut self, entries: Vec<RemedyEntry>, effects: &mut Vec<Effect>) {
        let before = self.current().map(|entry| entry.case);
        let places: FxHashMap<u32, usize> =
            entries.iter().enumerate().map(|(at, entry)| (entry.case, at)).collect();
        let place = |case: u32| places.get(&case).copied();
        let (above, below) =
            self.entries.items().split_at(self.entries.cursor().min(self.entries.items().len()));
        let nearest = || {
            let next = below.iter().find_map(|entry| place(entry.case));
            next.or_else(|| above.iter().rev().find_map(|entry| place(entry.case)))
        };
        let wanted = self.wanted.take().and_then(place);
        let at = wanted.or_else(nearest);
        self.entries.replace(entries, at);
        self.is_at(before, effects);
    }

    /// Something about the remedy at hand is on its way to the disk. Of several remedies of which one is refused the next
    /// that nobody has spoken of is looked at; else the next case.
    pub(super) fn move_on(&mut self, is_refusal: bool, effects: &mut Vec<Effect>) {
        let about = self.current().map(|entry| entry.case);
        match self.undecided_page().filter(|_| is_refusal) {
            Some(page) => (self.page, self.scroll, self.left) = (page, 0, 0),
            None => {
                self.entries.put_last();
                self.is_at(about, effects);
            }
        }
    }

    /// Where one stands once something was asked for.
    pub(super) fn stands(&mut self, ticket: u64, about: Option<u32>, files: Vec<String>) {
        let left_at = self.current().map(|entry| entry.case);
        self.stood.insert(ticket, Stood { about, left_at, files });
    }

    /// Another remedy of the case at hand that nobody has spoken of.
    fn undecided_page(&self) -> Option<usize> {
        let pages = &self.here()?.pages;
        let is_open = |at: &usize| {
            *at != self.page
                && pages
                    .get(*at)
                    .is_some_and(|page| page.decided.decision.is_none() && page.decided.applied.is_none())
        };
        (self.page..pages.len()).chain(0..self.page).find(is_open)
    }
}

/// Whether one is where one was when something was asked for.
fn is_left(state: &State, stood: &Stood) -> bool {
    state.which == Which::Remedies
        && state.modals.is_empty()
        && state.remedies.current().map(|entry| entry.case) == stood.left_at
}

/// An act that was asked for on this screen is on disk. What took back another goes to what that has changed. Gives what
/// is to be said beside what became of which case: the files that were written, and how it is undone.
pub(in crate::tui) fn saved(state: &mut State, ticket: u64, rows: &[Listed]) -> Option<String> {
    let stood = state.remedies.stood.remove(&ticket)?;
    let Some(about) = stood.about else {
        if let [row] = rows
            && is_left(state, &stood)
        {
            state.remedies.wanted = Some(row.number);
        }
        return None;
    };
    // Nothing was to be changed.
    let row = rows.iter().find(|row| row.number == about)?;
    let key =
        state.keymap.key(crate::tui::action::Action::Undo).map(|key| key.to_string()).unwrap_or_default();
    let files = match stood.files.as_slice() {
        [] => String::new(),
        [only] if *only == row.path => String::new(),
        several => format!(", in {}", several.join(", ")),
    };
    Some(format!("{files}; {key} takes it back"))
}

/// An act that was asked for on this screen could not be written: back to its case, unless one has moved on.
pub(in crate::tui) fn refused(state: &mut State, ticket: u64, effects: &mut Vec<Effect>) {
    let Some(stood) = state.remedies.stood.remove(&ticket) else { return };
    if is_left(state, &stood) {
        state.remedies.wanted = stood.about;
    }
    if state.which == Which::Remedies {
        effects.push(list(state));
    }
}
