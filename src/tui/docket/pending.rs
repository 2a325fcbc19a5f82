//! Acts that are on their way to the disk.

use super::DocketScreen;
use crate::docket::CaseSet;
use crate::domain::Opinion;
use crate::tui::note::Note;

/// What the last key asked the writer for; the next key forgets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Just {
    /// Nothing.
    #[default]
    Nothing,
    /// Something that undo takes back.
    Acted,
    /// The same, about one case whose like may be of interest.
    Judged(u32),
    /// To take back an act, or to give one back.
    Stepped,
}

/// An act that is not on disk yet.
#[derive(Debug, Default)]
pub struct Pending {
    /// Its cases, as far as the screen knows them.
    pub cases: CaseSet,
    /// Whether it takes back or gives back another: which cases that concerns comes with the answer.
    pub(in crate::tui) is_step: bool,
    /// The note that it is: what cannot be saved is written on.
    pub(in crate::tui) note: Option<Note>,
    /// The verdict that it gives.
    pub(in crate::tui) judges: Option<Opinion>,
    /// Where it was on one case that came back: how that was settled before, as far as the screen knew.
    pub(in crate::tui) came_back: Option<Option<Opinion>>,
    /// The case that one was at once it was asked for; nothing before that is over.
    left_at: Option<Option<u32>>,
}

impl Pending {
    /// An act on some cases.
    pub(super) fn on(cases: CaseSet, is_step: bool, judges: Option<Opinion>) -> Self {
        Self { cases, is_step, judges, ..Self::default() }
    }

    /// The case that one was at once it was asked for.
    pub(in crate::tui) fn left_at(&self) -> Option<u32> {
        self.left_at.flatten()
    }
}

impl DocketScreen {
    /// A key was answered: whoever is elsewhere when an act comes back has moved on.
    pub(in crate::tui) fn leave_pending(&mut self) {
        let at = self.current();
        for act in self.pending.values_mut() {
            act.left_at.get_or_insert(at);
        }
    }

    /// Whether an act on a case is not on disk yet.
    #[must_use]
    pub fn is_pending(&self, case: u32) -> bool {
        self.pending.values().any(|act| act.cases.contains(&case))
    }
}
