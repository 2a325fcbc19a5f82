//! Who has judged a case, and what is counted for a reviewer who is not to learn what others decided.

use super::{Docket, Overlay, Tally};
use crate::domain::{Basis, State};

impl Overlay {
    /// Who gave a verdict themselves, whatever came of it.
    pub fn judges(&self) -> impl Iterator<Item = &str> {
        let speaking = self.reviewers.iter().filter(|_| self.basis == Some(Basis::Human));
        speaking.chain(&self.also).map(String::as_str)
    }

    /// Whether a reviewer has given a verdict themselves, whatever came of it.
    #[must_use]
    pub fn was_judged_by(&self, reviewer: &str) -> bool {
        self.judges().any(|name| name == reviewer)
    }
}

impl Docket {
    /// From now on it is counted what stands where as a reviewer may know it who is blind to what others think.
    pub fn blind_for(&mut self, reviewer: &str) {
        self.blind_for = Some(reviewer.into());
        let (mut told, mut tally) = (Tally::default(), Tally::default());
        for (case, row) in (1..).zip(&*self.rows).filter(|(_, row)| row.head != 0) {
            told.count(self.told_state(Overlay::untouched(row.flags)), 1);
            tally.count(self.told_state(self.standing_of(case, row)), 1);
        }
        (self.told, self.tally) = (told, tally);
    }

    /// Where a case stands as far as it is told: to whoever is blind, what they have not judged themselves stands open.
    #[must_use]
    pub fn told_state(&self, standing: &Overlay) -> State {
        match &self.blind_for {
            Some(reviewer) if standing.state != State::Gone && !standing.was_judged_by(reviewer) => {
                State::Open
            }
            _ => standing.state,
        }
    }
}
