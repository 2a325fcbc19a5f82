//! What the workstation is at any moment. Plain data; `update` changes it, `view` draws it.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::action::Action;
use super::docket::DocketScreen;
use super::editor::{BadEditor, Editor};
use super::gate::GateScreen;
use super::importing::Importing;
use super::keymap::{Keymap, Place};
use super::layout::Layout;
use super::messages::Messages;
use super::modal::Modal;
use super::models::ModelScreen;
use super::proposing::Proposing;
use super::remedies::RemedyScreen;
use super::runs::RunsScreen;
use super::theme::Theme;
use super::trail::Trail;
use super::waiting::Waiting;
use crate::docket::{Filter, Order, Overlay, Saved};
use crate::domain::{Basis, CaseId, State as Standing};
use crate::jobs::{CaseView, PastView, Reply};
use crate::ledger::Act;

/// Which screen is before the reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The docket.
    Docket,
    /// Proposed patches.
    Remedies,
    /// What the gate lacks.
    Gate,
    /// The imports.
    Runs,
    /// Models by role.
    Models,
}

impl Which {
    /// All screens, in the order of their function keys.
    pub const ALL: [Self; 5] = [Self::Docket, Self::Remedies, Self::Gate, Self::Runs, Self::Models];

    /// Its name on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docket => "docket",
            Self::Remedies => "remedies",
            Self::Gate => "gate",
            Self::Runs => "runs",
            Self::Models => "models",
        }
    }

    /// Where its keys hold.
    #[must_use]
    pub const fn place(self) -> Place {
        match self {
            Self::Docket => Place::Docket,
            Self::Runs => Place::Runs,
            Self::Remedies => Place::Remedies,
            Self::Models => Place::Models,
            Self::Gate => Place::Gate,
        }
    }

    /// The one after it; after the last the first.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Docket => Self::Remedies,
            Self::Remedies => Self::Gate,
            Self::Gate => Self::Runs,
            Self::Runs => Self::Models,
            Self::Models => Self::Docket,
        }
    }
}

/// A line for the reviewer, until the next key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// What happened.
    pub text: String,
    /// Whether it is something that went wrong.
    pub is_failure: bool,
    /// Whether it was said while the last line was another's, and was not on the screen since.
    pub is_waiting: bool,
}

/// This sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Session {
    /// Cases decided.
    pub decided: usize,
    /// Verdicts of earlier sittings that undo took back, and redo may give again.
    earlier: usize,
    /// Milliseconds spent, longer pauses cut off.
    pub active: u64,
    /// When the last key came, in milliseconds since the start.
    pub last_key: u64,
}

/// A pause longer than this is no work: the rest of it is not counted.
const IDLE_MS: u64 = 60_000;

impl Session {
    /// A key came; gives how much of the time since the last one was work.
    pub(super) fn key(&mut self, now: u64) -> u64 {
        let worked = now.saturating_sub(self.last_key).min(IDLE_MS);
        self.active += worked;
        self.last_key = now;
        worked
    }

    /// Verdicts were given, or below zero taken back. Steps back and forth go from the youngest act to the oldest, so those
    /// of an earlier sitting are the last to be taken back and the first to come again; they count neither way.
    pub(super) fn count(&mut self, verdicts: i64, is_step: bool) {
        let many = usize::try_from(verdicts.unsigned_abs()).unwrap_or(usize::MAX);
        if verdicts < 0 {
            let own = many.min(self.decided);
            self.decided -= own;
            self.earlier = self.earlier.saturating_add(many - own);
        } else if is_step {
            let earlier = many.min(self.earlier);
            self.earlier -= earlier;
            self.decided = self.decided.saturating_add(many - earlier);
        } else {
            // After an act of another sort nothing that was taken back comes again.
            (self.earlier, self.decided) = (0, self.decided.saturating_add(many));
        }
    }

    /// Decisions in an hour at the pace so far; nothing within the first half minute.
    #[must_use]
    pub fn pace(&self) -> Option<u64> {
        (self.active >= 30_000 && self.decided > 0).then(|| self.decided as u64 * 3_600_000 / self.active)
    }
}

/// What is open.
const OPEN: &str = "is:open";

/// What the reviewer set, beside the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether a letter is asked for as the reason of a verdict.
    pub ask_reason: bool,
    /// The order at the start.
    pub order: Order,
    /// Whether the terminal is asked what its background is.
    pub ask_ground: bool,
    /// How the panes are laid out at the start.
    pub layout: Layout,
    /// The editor, or why there is none.
    pub editor: Result<Editor, BadEditor>,
    /// Whether what others think of a case is hidden until the reviewer's own first verdict.
    pub blind: bool,
    /// In whose name verdicts are given.
    pub reviewer: String,
    /// Whether the workspace may not be written.
    pub reads_only: bool,
    /// When the workstation began, by the reviewer's clock; where it is not known, no day is past.
    pub began: Option<DateTime>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ask_reason: true,
            order: Order::default(),
            ask_ground: false,
            layout: Layout::default(),
            editor: Editor::of_environment(|_| None),
            blind: false,
            reviewer: String::new(),
            reads_only: false,
            began: None,
        }
    }
}

impl Settings {
    /// What is listed where no filter was asked for: what is open, and blind what the reviewer has not judged yet, so that
    /// a second opinion comes about.
    #[must_use]
    pub fn first_filter(&self) -> String {
        if self.blind { Filter::not_judged_by(&self.reviewer).to_string() } else { OPEN.to_owned() }
    }

    /// Whether a filter is the first one of a reviewer who has decided otherwise of being blind.
    pub(super) fn is_first_of_others(&self, filter: &str) -> bool {
        let other = Self { blind: !self.blind, reviewer: self.reviewer.clone(), ..Self::default() };
        filter == other.first_filter()
    }

    /// Whether a row of the list shows nothing of what others think of its case.
    #[must_use]
    pub fn hides(&self, standing: &Overlay) -> bool {
        self.blind && !standing.was_judged_by(&self.reviewer)
    }

    /// Whether the case at hand shows nothing of what others think of it, or of what was said of it at all.
    #[must_use]
    pub fn hides_of(&self, view: &CaseView) -> bool {
        view.is_back || self.hides_others(view)
    }

    /// Whether the case at hand shows nothing of what others think of it. A verdict that was taken back does not hide
    /// again what it has shown.
    #[must_use]
    pub fn hides_others(&self, view: &CaseView) -> bool {
        let own = |past: &PastView| {
            let is_judged = matches!(&past.entry.act, Act::Verdict(it) if it.basis == Basis::Human);
            past.entry.reviewer == self.reviewer && is_judged
        };
        self.blind && !view.history.iter().any(own)
    }
}

/// All of it.
#[derive(Debug)]
pub struct State {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What keys mean.
    pub keymap: Keymap,
    /// Colours and signs.
    pub theme: Theme,
    /// What the reviewer set.
    pub settings: Settings,
    /// The screen shown.
    pub which: Which,
    /// The docket.
    pub docket: DocketScreen,
    /// The remedies.
    pub remedies: RemedyScreen,
    /// What is being proposed.
    pub proposing: Proposing,
    /// The imports.
    pub runs: RunsScreen,
    /// The import that runs, if one does.
    pub importing: Importing,
    /// The models.
    pub models: ModelScreen,
    /// The gate.
    pub gate: GateScreen,
    /// What lies over the screen, the topmost last.
    pub modals: Vec<Modal>,
    /// What was answered meanwhile and would take away what they are about.
    pub(super) held: Vec<Reply>,
    /// What is asked for and takes the screen when it comes.
    pub(super) waiting: Option<Waiting>,
    /// The link that is copied when it comes, unless something else was copied since.
    pub(super) copying: u64,
    /// The cases that the filter hides and the next key may list.
    pub(super) offered: Option<Standing>,
    /// When the last thing happened, in milliseconds since the start.
    pub(super) now: u64,
    /// A line for the reviewer.
    pub status: Status,
    /// What was said in this sitting.
    pub messages: Messages,
    /// This sitting.
    pub session: Session,
    /// The filters that were given names.
    pub saved: Saved,
    /// Who has locked the workspace, in words, while it cannot be read.
    pub locked: Option<String>,
    /// Cases selected the last time, whose numbers are not known yet.
    pub(super) returning: Vec<CaseId>,
    /// What was done last.
    pub trail: Trail,
    /// What the workspace is called, for the header while no case is at hand.
    pub title: String,
}

impl State {
    /// The reviewer's day.
    pub(super) fn today(&self) -> Option<Date> {
        let since = SignedDuration::from_millis(i64::try_from(self.now).unwrap_or(i64::MAX));
        let now = self.settings.began?.checked_add(since).ok()?;
        Some(now.date())
    }

    /// The screen was drawn as the state has it: what stood in the list was seen, unless a box lay over it.
    pub(super) fn drawn(&mut self) {
        let is_bare = matches!(self.modals.last(), None | Some(Modal::Filter(..) | Modal::Reason(..)));
        self.docket.drawn(self.which == Which::Docket && is_bare, self.now);
        if self.modals.is_empty() {
            self.status.is_waiting = false;
        }
        let seen = match self.which {
            Which::Docket => self
                .docket
                .here()
                .filter(|open| {
                    let case = open.view.listed.number;
                    !self.settings.hides_of(&open.view) && super::proposing::is_told(self, case)
                })
                .map(|open| open.view.listed.number),
            Which::Remedies if !super::remedies::hides_here(self) => {
                self.remedies.here().filter(|case| !case.pages.is_empty()).map(|case| case.case)
            }
            _ => None,
        };
        // What a model is writing is an opinion of it already.
        let written = super::remedies::at_work(self)
            .filter(|(doing, is_whole)| self.which == Which::Remedies && *is_whole && !doing.text.is_empty())
            .map(|(doing, _)| doing.case);
        self.docket.noticed.remedies_seen.extend(seen.into_iter().chain(written));
    }

    /// Says something until the next key, in the place of what was said before. What nobody could see yet stays beside it,
    /// and where something went wrong it is said how to read that again.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        let mut text = text.into();
        self.messages.add(&text, false);
        let before = std::mem::take(&mut self.status);
        let is_other = !before.text.is_empty() && before.text != text;
        if before.is_waiting && is_other {
            text = format!("{text} · {}", before.text);
        } else if before.is_failure && is_other {
            text = format!("{text} · :{} has what went wrong", Action::Messages.name());
        }
        let is_failure = before.is_failure && before.is_waiting;
        self.status = Status { text, is_failure, is_waiting: is_failure || !self.modals.is_empty() };
    }

    /// Says that something went wrong, until something else is said or it is put away.
    pub(super) fn fail(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.messages.add(&text, true);
        self.status = Status { text, is_failure: true, is_waiting: true };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_an_earlier_sitting_count_neither_when_taken_back_nor_when_they_come_again() {
        let mut session = Session::default();
        let mut count = |verdicts, is_step| {
            session.count(verdicts, is_step);
            session.decided
        };
        assert_eq!((count(1, false), count(4, false)), (1, 5));
        assert_eq!([count(-4, true), count(-1, true), count(-3, true), count(-1, true)], [1, 0, 0, 0]);
        assert_eq!([count(1, true), count(3, true), count(1, true), count(4, true)], [0, 0, 1, 5]);
        assert_eq!([count(-4, true), count(-1, true), count(-3, true)], [1, 0, 0]);
        assert_eq!([count(2, false), count(-2, true), count(2, true)], [2, 0, 2], "the three come no more");
    }
}
