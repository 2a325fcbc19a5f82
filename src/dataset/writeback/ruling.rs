//! What stands of a case, in the words of whoever decided it.

use jiff::civil::Date;

use super::line;
use crate::domain::{Basis, CaseId, EntryId, Opinion, Reason, State};

/// What stands of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The case.
    pub case: CaseId,
    /// Where it stands.
    pub state: State,
    /// The verdict beside it.
    pub verdict: Option<Opinion>,
    /// Where that comes from.
    pub basis: Option<Basis>,
    /// Why, where a word was given.
    pub reason: Option<Reason>,
    /// What was said beside it.
    pub note: String,
    /// Whose verdicts stand.
    pub reviewers: Vec<String>,
    /// When it was decided last: milliseconds since 1970; 0 where it was not.
    pub decided: u64,
    /// The last day of an accepted risk.
    pub until: Option<Date>,
    /// Whether that day is past.
    pub expired: bool,
    /// The entry of the journal that was last.
    pub entry: Option<EntryId>,
}

/// How far a finding is silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// A person decided so.
    Accepted,
    /// It was carried over, or reviewers differ: somebody should look.
    UnderReview,
    /// A person decided that it is real, whatever its tool was told.
    Refused,
}

impl Ruling {
    /// A case of which nothing was said.
    #[must_use]
    pub const fn none(case: CaseId, state: State) -> Self {
        Self {
            case,
            state,
            verdict: None,
            basis: None,
            reason: None,
            note: String::new(),
            reviewers: Vec::new(),
            decided: 0,
            until: None,
            expired: false,
            entry: None,
        }
    }

    /// Whether a person's verdict stands on today's code, or stood when the code went.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.state, State::Settled | State::Gone)
            && self.basis == Some(Basis::Human)
            && !self.expired
            && self.verdict.is_some_and(|verdict| verdict != Opinion::Unsure)
    }

    /// The verdict that a person gave and that stands.
    #[must_use]
    pub fn settled(&self) -> Option<Opinion> {
        self.verdict.filter(|_| self.is_settled())
    }

    /// How far the findings of the case are silenced; `None` where nothing is to be said of that.
    #[must_use]
    pub fn silence(&self) -> Option<Silence> {
        let silences = matches!(self.verdict, Some(Opinion::Rejected | Opinion::RiskAccepted));
        match self.state {
            State::Disputed => Some(Silence::UnderReview),
            _ if self.is_settled() => Some(if silences { Silence::Accepted } else { Silence::Refused }),
            State::Settled | State::Gone
                if silences && !self.expired && self.basis == Some(Basis::Inferred) =>
            {
                Some(Silence::UnderReview)
            }
            _ => None,
        }
    }

    /// Why, in a line: `rejected, unreachable: the route is gone (ann, 2026-11-28)`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = match (self.state, self.verdict) {
            (State::Disputed, _) => "reviewers differ".to_owned(),
            (_, Some(verdict)) => verdict.to_string(),
            (_, None) => "undecided".to_owned(),
        };
        if self.basis == Some(Basis::Inferred) {
            words.push_str(", carried over from a case that is nearly the same");
        }
        if let Some(until) = self.until {
            words.push_str(&format!(" until {until}"));
        }
        if let Some(reason) = self.reason {
            words.push_str(&format!(", {reason}"));
        }
        let note = line(&self.note);
        if !note.is_empty() {
            words.push_str(&format!(": {note}"));
        }
        let mut by = self.reviewers.clone();
        if self.decided > 0 {
            by.extend(super::moment(self.decided).get(..10).map(str::to_owned));
        }
        if !by.is_empty() {
            words.push_str(&format!(" ({})", by.join(", ")));
        }
        words
    }
}

#[cfg(test)]
pub(super) fn ruled(opinion: Opinion, basis: Basis) -> Ruling {
    Ruling {
        verdict: Some(opinion),
        basis: Some(basis),
        reviewers: vec!["ann".into()],
        decided: 1_764_000_000_000,
        ..Ruling::none(CaseId::new([7; 16]), State::Settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_persons_verdict_that_stands_silences() {
        use Basis::{Human, Imported, Inferred};
        use Opinion::{Confirmed, Rejected, RiskAccepted, Unsure};
        let with = |ruling: Ruling, state| Ruling { state, ..ruling };
        for (ruling, expected) in [
            (ruled(Rejected, Human), Some(Silence::Accepted)),
            (ruled(RiskAccepted, Human), Some(Silence::Accepted)),
            (ruled(Confirmed, Human), Some(Silence::Refused)),
            (ruled(Rejected, Inferred), Some(Silence::UnderReview)),
            (ruled(Confirmed, Inferred), None),
            (ruled(Rejected, Imported), None),
            (ruled(Unsure, Human), None),
            (with(ruled(Rejected, Human), State::Stale), None),
            (with(ruled(Rejected, Human), State::Disputed), Some(Silence::UnderReview)),
            (with(ruled(Rejected, Human), State::Gone), Some(Silence::Accepted)),
            (Ruling { expired: true, ..ruled(RiskAccepted, Human) }, None),
            (Ruling::none(CaseId::default(), State::Open), None),
        ] {
            assert_eq!(ruling.silence(), expected, "{ruling:?}");
        }
    }

    #[test]
    fn a_ruling_is_told_in_a_line() {
        let ruling = Ruling {
            reason: Some(Reason::Unreachable),
            note: "the route\nis gone".into(),
            until: Some(Date::constant(2027, 1, 1)),
            ..ruled(Opinion::RiskAccepted, Basis::Human)
        };
        assert_eq!(
            ruling.words(),
            "risk accepted until 2027-01-01, unreachable: the route is gone (ann, 2025-11-24)"
        );
        assert_eq!(Ruling::none(CaseId::default(), State::Open).words(), "undecided");
    }
}
