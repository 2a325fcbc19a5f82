//! A state with a real store behind it: what a key asks for is answered by the workers of `jobs`, at once and in order.

use super::state;
use crate::jobs::{AtOnce, Reply, Request};
use crate::tui::effect::Effect;
use crate::tui::event::Event;
use crate::tui::state::State;
use crate::tui::update::{begin, update};

/// The state and its workers.
pub(in crate::tui) struct Stored {
    pub(in crate::tui) state: State,
    pub(in crate::tui) workers: AtOnce,
    /// Whether the last act changed nothing.
    pub(in crate::tui) in_vain: bool,
    /// How many statements the last keys gave to the databases beside what [`Self::press`] says, for what may be spread.
    pub(in crate::tui) aside: u64,
    /// What was done, in the words of the workers.
    pub(in crate::tui) done: Vec<&'static str>,
    now: u64,
}

impl Stored {
    /// A workspace of so many cases with so many pieces of code among them, its first screen there.
    pub(in crate::tui) fn of(cases: u32, pieces: u32) -> Self {
        Self::begun(AtOnce::of(cases, pieces))
    }

    fn begun(workers: AtOnce) -> Self {
        let mut state = state();
        // So low that more cases are there than a screen asks for.
        state.size = (120, 14);
        state.settings.reviewer = workers.reviewer();
        let mut stored = Self { state, workers, in_vain: false, aside: 0, done: Vec::new(), now: 0 };
        let effects = begin(&mut stored.state);
        stored.settle(effects);
        stored.state.drawn();
        stored
    }

    /// The workstation is left and started again.
    pub(in crate::tui) fn again(self) -> Self {
        Self::begun(self.workers.again())
    }

    /// Presses keys, named one after the other with blanks between; how many statements they gave to the databases.
    pub(in crate::tui) fn press(&mut self, keys: &str) -> u64 {
        let before = AtOnce::statements();
        self.aside = 0;
        for key in keys.split_ascii_whitespace() {
            self.now += 1000;
            let effects = update(&mut self.state, Event::Pressed(key.parse().unwrap()), self.now);
            self.settle(effects);
            self.state.drawn();
        }
        AtOnce::statements() - before - self.aside
    }

    fn settle(&mut self, effects: Vec<Effect>) {
        let mut waiting = effects;
        while !waiting.is_empty() {
            for effect in std::mem::take(&mut waiting) {
                let Effect::Ask(request) = effect else { continue };
                let (is_aside, before) = (matches!(request, Request::Alike(_)), AtOnce::statements());
                let replies = self.workers.answer(request);
                if is_aside {
                    self.aside += AtOnce::statements() - before;
                }
                for reply in replies {
                    match &reply {
                        Reply::Refused { .. } => self.in_vain = true,
                        Reply::Saved { what, count, .. } => {
                            self.in_vain = *count == 0;
                            self.done.push(what);
                        }
                        _ => {}
                    }
                    waiting.extend(update(&mut self.state, Event::Answered(reply), self.now));
                }
            }
        }
    }
}
