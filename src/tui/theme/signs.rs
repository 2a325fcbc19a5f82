//! Signs: one for each meaning, with and without Unicode. What a sign means never depends on its colour.

use super::Theme;
use crate::domain::{Opinion, Severity, State};

/// What a sign says beside severities, verdicts and where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// What others think is hidden.
    Hidden,
    /// A decision is being saved.
    Saving,
    /// Selected.
    Selected,
    /// Pinned.
    Pinned,
    /// A group that is folded.
    Folded,
    /// A group that is not.
    Unfolded,
    /// The step of the data flow that is shown.
    Step,
    /// Flagged lines of code.
    Flagged,
    /// A line that another case flags.
    OtherCase,
    /// There is more code on the left.
    Before,
    /// Something is left out here.
    Cut,
}

impl Mark {
    /// All of them, as the help lists them.
    pub const ALL: [Self; 11] = [
        Self::Hidden,
        Self::Saving,
        Self::Selected,
        Self::Pinned,
        Self::Folded,
        Self::Unfolded,
        Self::Flagged,
        Self::OtherCase,
        Self::Step,
        Self::Before,
        Self::Cut,
    ];

    /// What it says, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hidden => "hidden until your own verdict",
            Self::Saving => "a decision that is being saved",
            Self::Selected => "selected",
            Self::Pinned => "pinned",
            Self::Folded => "a group that is folded",
            Self::Unfolded => "a group that is not",
            Self::Step => "the step of the data flow shown",
            Self::Flagged => "what is flagged in the code",
            Self::OtherCase => "another case flags this line",
            Self::Before => "there is more code on the left",
            Self::Cut => "there is more than fits here",
        }
    }
}

impl Theme {
    /// A sign.
    #[must_use]
    pub const fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::Hidden => self.or_plain("◌", "h"),
            Mark::Saving => self.or_plain("~", "%"),
            Mark::Selected => "+",
            Mark::Pinned => "*",
            Mark::Folded => self.or_plain("▸", "="),
            Mark::Unfolded => self.or_plain("▾", ":"),
            Mark::Step => self.or_plain("→", "@"),
            Mark::Flagged => self.or_plain("▌", ">"),
            Mark::OtherCase => self.or_plain("§", "&"),
            Mark::Before => self.or_plain("«", "<"),
            Mark::Cut => self.or_plain("…", "~"),
        }
    }

    /// The sign of a severity: each has its own, so that they are told apart without colour.
    #[must_use]
    pub const fn sign(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => self.or_plain("◆", "!"),
            Severity::High => self.or_plain("▲", "^"),
            Severity::Medium => self.or_plain("●", "o"),
            Severity::Low => self.or_plain("○", "-"),
            Severity::Info => self.or_plain("·", "."),
        }
    }

    /// The sign of a verdict.
    #[must_use]
    pub const fn opinion_sign(&self, opinion: Opinion) -> &'static str {
        match opinion {
            Opinion::Confirmed => self.or_plain("✓", "v"),
            Opinion::Rejected => self.or_plain("✗", "x"),
            Opinion::RiskAccepted => "w",
            Opinion::Unsure => "?",
        }
    }

    /// The sign of where a case stands; a blank for an open one.
    #[must_use]
    pub const fn state_sign(&self, state: State) -> &'static str {
        match state {
            State::Open => " ",
            State::Settled => self.opinion_sign(Opinion::Confirmed),
            State::Disputed => self.or_plain("≠", "#"),
            State::Stale => self.or_plain("↻", "s"),
            State::Gone => self.or_plain("∅", "g"),
        }
    }

    /// A sign, or its plain form where the terminal has no more than ASCII.
    #[must_use]
    pub const fn or_plain(&self, sign: &'static str, plain: &'static str) -> &'static str {
        if self.unicode { sign } else { plain }
    }
}
