//! Hybrid logical time: the wall's milliseconds, and a counter that keeps order where the wall stands or goes
//! back.

use serde::{Deserialize, Serialize};

/// One moment of a journal. Ordered by wall, then counter; an entry's moment is after every moment its writer
/// had seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Hlc {
    /// Milliseconds since 1970, by the writer's wall clock or by one he had heard of.
    pub wall_ms: u64,
    /// Tells apart what happened in the same millisecond.
    pub counter: u32,
}

impl Hlc {
    /// The end of the year 9999. A chain with a later moment is broken: whoever observed it could never get
    /// past it.
    pub const LATEST_MS: u64 = 253_402_300_799_999;

    /// The moment after `prev`, at the wall's time where the wall is ahead. Always later than `prev`.
    #[must_use]
    pub fn next(prev: Self, wall_now: u64) -> Self {
        let wall_now = wall_now.min(Self::LATEST_MS);
        if wall_now > prev.wall_ms {
            return Self { wall_ms: wall_now, counter: 0 };
        }
        match prev.counter.checked_add(1) {
            Some(counter) => Self { wall_ms: prev.wall_ms, counter },
            None => Self { wall_ms: prev.wall_ms.saturating_add(1), counter: 0 },
        }
    }

    /// The later of one's own moment and one seen in another's chain: what [`Hlc::next`] must go on from.
    #[must_use]
    pub fn observe(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wall_that_goes_back_does_not_turn_time_back() {
        let noon = Hlc::next(Hlc::default(), 1_000);
        let later = Hlc::next(noon, 400);
        assert_eq!(later, Hlc { wall_ms: 1_000, counter: 1 });
        assert_eq!(Hlc::next(later, 1_001), Hlc { wall_ms: 1_001, counter: 0 });
    }

    #[test]
    fn a_moment_heard_of_is_passed() {
        let theirs = Hlc { wall_ms: 9_000, counter: 4 };
        let mine = Hlc::next(Hlc::default(), 1_000);
        assert!(Hlc::next(mine.observe(theirs), 1_001) > theirs);
    }

    proptest! {
        #[test]
        fn the_next_moment_is_later(wall in 0..=Hlc::LATEST_MS, counter: u32, now: u64) {
            let prev = Hlc { wall_ms: wall, counter };
            prop_assert!(Hlc::next(prev, now) > prev);
        }
    }
}
