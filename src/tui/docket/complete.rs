//! What may be written into the filter at the caret, and which of it one is at.

use std::ops::Range;

use crate::docket::{Completions, Saved};
use crate::jobs::{Find, Request};
use crate::tui::input::Input;

/// What is offered while a filter is written.
#[derive(Debug, Default)]
pub struct Completing {
    /// What is offered; of the text and the caret asked about last, once it has come.
    pub completions: Completions,
    /// Which of it one is at; none at first, so that Enter keeps the filter as it is written.
    pub at: Option<usize>,
    /// The text and the caret it is about, where it has come.
    of: Option<(String, usize)>,
    /// Whether the first of what comes is to be taken: the key for it was quicker than the answer.
    takes: bool,
}

impl Completing {
    /// Asks what may be written where the caret stands.
    pub(in crate::tui) fn ask(&mut self, input: &Input, saved: &Saved) -> Request {
        (self.at, self.of, self.takes) = (None, None, false);
        let (text, saved) = (input.text().to_owned(), saved.clone());
        Request::Find(Find::Completions { text, caret: input.caret(), saved })
    }

    /// Begins anew, with nothing offered.
    pub(in crate::tui) fn begin(&mut self, input: &Input, saved: &Saved) -> Request {
        *self = Self::default();
        self.ask(input, saved)
    }

    /// What may be written came; says whether the first of it is to be taken. What is about another text is dropped.
    pub(in crate::tui) fn came(
        &mut self,
        input: &Input,
        (text, caret): (String, usize),
        completions: Completions,
    ) -> bool {
        if input.text() != text || input.caret() != caret {
            return false;
        }
        (self.completions, self.of) = (completions, Some((text, caret)));
        std::mem::take(&mut self.takes)
    }

    /// Goes to the next or previous of what is offered, around the ends; before the first there is none.
    pub(in crate::tui) fn step(&mut self, on: bool) {
        let count = self.completions.offers.len();
        self.at = match (self.at, on) {
            (None, true) => Some(0),
            (None, false) => count.checked_sub(1),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        }
        .filter(|at| *at < count);
    }

    /// What is to be written instead of which bytes, of the one that one is at or else the first. `None` where nothing
    /// is offered or it has not come yet; then it is taken as soon as it comes.
    pub(in crate::tui) fn taken(&mut self) -> Option<(Range<usize>, String, bool)> {
        if self.of.is_none() {
            self.takes = true;
            return None;
        }
        let offer = self.completions.offers.get(self.at.unwrap_or(0))?;
        Some((self.completions.replaces.clone(), offer.text.clone(), offer.is_whole))
    }
}
