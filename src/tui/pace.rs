//! Owns when the screen is drawn: once for what came together, and no more often than an eye follows. What comes without
//! end, as what a model writes, makes no frame late that a key asked for, and none more.

use std::time::{Duration, Instant};

/// Between two frames at least; what happens meanwhile is drawn at once.
pub(super) const FRAME: Duration = Duration::from_millis(8);

/// When it was drawn last, and whether anything has changed since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    drawn: Option<Instant>,
    changed: bool,
}

impl Pace {
    /// Nothing was drawn yet.
    pub(super) const fn new() -> Self {
        Self { drawn: None, changed: true }
    }

    /// What is drawn is not as it was.
    pub(super) const fn change(&mut self) {
        self.changed = true;
    }

    /// Whether nothing was drawn yet.
    pub(super) const fn is_first(&self) -> bool {
        self.drawn.is_none()
    }

    /// Whether a frame is to be drawn now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.wait(now).is_some_and(|rest| rest.is_zero())
    }

    /// How long the next frame waits; `None` where there is none to be drawn.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let since = |at: Instant| FRAME.saturating_sub(now.saturating_duration_since(at));
        self.changed.then(|| self.drawn.map_or(Duration::ZERO, since))
    }

    /// A frame was drawn.
    pub(super) const fn drew(&mut self, now: Instant) {
        (self.drawn, self.changed) = (Some(now), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws as the terminal does while things change at some moments, in microseconds; gives when it drew.
    fn frames(changes: &[u64]) -> Vec<u64> {
        let begin = Instant::now();
        let at = |micros: u64| begin + Duration::from_micros(micros);
        let mut pace = Pace::new();
        pace.drew(begin);
        let mut drawn = Vec::new();
        let end = changes.last().copied().unwrap_or(0) + 50_000;
        let mut now = 0;
        let mut next = changes.iter().copied().peekable();
        while now <= end {
            if pace.is_due(at(now)) {
                pace.drew(at(now));
                drawn.push(now);
            }
            let due = pace.wait(at(now)).map(|rest| now + u64::try_from(rest.as_micros()).unwrap().max(1));
            let change = next.peek().copied().unwrap_or(u64::MAX);
            now = change.min(due.unwrap_or(u64::MAX)).min(end + 1);
            if now == change {
                next.next();
                pace.change();
            }
        }
        drawn
    }

    #[test]
    fn a_key_is_one_frame_at_once() {
        let keys: Vec<u64> = (1..=40).map(|key| key * 33_000).collect();
        assert_eq!(frames(&keys), keys);
    }

    #[test]
    fn a_key_is_drawn_within_a_frame_however_fast_a_model_writes() {
        // A token every tenth of a millisecond, and a key every thirty-third of a second between two of them.
        let tokens = (0..20_000).map(|token| token * 100);
        let keys: Vec<u64> = (1..=60).map(|key| key * 33_000 + 50).collect();
        let mut all: Vec<u64> = tokens.chain(keys.iter().copied()).collect();
        all.sort_unstable();
        let drawn = frames(&all);
        let frame = u64::try_from(FRAME.as_micros()).unwrap();
        for key in keys {
            let shown = drawn.iter().find(|at| **at >= key).unwrap();
            assert!(shown - key <= frame, "a key at {key} was drawn at {shown}");
        }
        assert!(
            drawn.windows(2).all(|pair| pair[1] - pair[0] >= frame),
            "no more frames than an eye follows"
        );
        assert!(drawn.len() as u64 <= 2_000_000 / frame + 5);
    }

    #[test]
    fn what_comes_together_is_one_frame() {
        assert_eq!(frames(&[20_000, 20_000, 20_000, 20_001, 20_002]), [20_000, 28_000]);
    }
}
