//! What the reviewer waits for. An answer that opens something or goes somewhere does so only where one still is where
//! one was when it was asked for, and nothing is being written or asked there; else it comes too late and changes nothing.

use super::state::{State, Which};
use crate::domain::CaseId;

/// Something that was asked for, and takes the screen when it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Awaited {
    /// An answer of a source tree, by its number.
    Tree(u64),
    /// The case whose id begins so.
    Case(String),
    /// A file.
    File(String),
    /// Two cases that contradict each other.
    Sides([CaseId; 2]),
}

/// It, and where one was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    what: Awaited,
    at: (Which, Option<u32>),
}

impl State {
    /// The screen and the case of it that one is at.
    fn stand(&self) -> (Which, Option<u32>) {
        let case = match self.which {
            Which::Docket => self.docket.current(),
            Which::Remedies => self.remedies.current().map(|entry| entry.case),
            Which::Gate | Which::Runs | Which::Models => None,
        };
        (self.which, case)
    }

    /// Something is asked for; what was waited for before is not any more.
    pub(super) fn wait_for(&mut self, what: Awaited) {
        self.waiting = Some(Waiting { what, at: self.stand() });
    }

    /// Whether what comes is waited for, and one is still where one asked for it. It is waited for no longer.
    pub(super) fn is_awaited(&mut self, what: &Awaited) -> bool {
        let waiting = self.waiting.take_if(|waiting| waiting.what == *what);
        self.modals.is_empty() && waiting.is_some_and(|waiting| waiting.at == self.stand())
    }

    /// Whether the docket may go to another case by itself: it is on the screen, at the case that was gone to last, and
    /// nothing lies over it.
    pub(super) fn is_left_at(&self, case: Option<u32>) -> bool {
        self.modals.is_empty() && self.which == Which::Docket && self.docket.current() == case
    }
}
