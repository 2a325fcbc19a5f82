//! How far an act on many cases is: each of its cases is gone through several times before all are done.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Fewer are done before anybody looks.
const MANY: usize = 2000;
/// Between two words.
const TELLING: Duration = Duration::from_millis(100);

/// Counts what is done of an act, and tells now and then.
pub(super) struct Progress<'t> {
    /// How many cases it is on.
    of: usize,
    /// How often each is gone through.
    rounds: usize,
    /// How often all were.
    done: Cell<usize>,
    told: Cell<Option<Instant>>,
    /// Takes how many cases are done, and of how many.
    tell: &'t dyn Fn(usize, usize),
}

impl<'t> Progress<'t> {
    pub(super) const fn new(of: usize, rounds: usize, tell: &'t dyn Fn(usize, usize)) -> Self {
        Self { of, rounds, done: Cell::new(0), told: Cell::new(None), tell }
    }

    /// Nobody is told.
    pub(super) fn untold() -> Progress<'static> {
        Progress::new(0, 1, &|_, _| {})
    }

    /// So many cases of this round, or of several at once, are done.
    pub(super) fn at(&self, cases: usize) {
        let is_due = || self.told.get().is_none_or(|told| told.elapsed() >= TELLING);
        if self.of >= MANY && is_due() {
            self.told.set(Some(Instant::now()));
            let steps = self.done.get() * self.of + cases;
            (self.tell)((steps / self.rounds.max(1)).min(self.of), self.of);
        }
    }

    /// So many rounds are done.
    pub(super) fn ends(&self, rounds: usize) {
        self.done.set(self.done.get() + rounds);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn rounds_make_one_count_that_never_falls_and_few_cases_none() {
        let told = RefCell::new(Vec::new());
        let tell = |done: usize, of: usize| told.borrow_mut().push((done, of));
        let progress = Progress::new(MANY, 4, &tell);
        for (rounds, cases) in [(1, 1000), (2, 3000), (1, MANY)] {
            progress.at(cases);
            // As if it were some time later.
            progress.told.set(None);
            progress.ends(rounds);
        }
        assert_eq!(*told.borrow(), [(250, MANY), (1250, MANY), (MANY, MANY)]);
        Progress::new(MANY - 1, 1, &tell).at(1);
        assert_eq!(told.borrow().len(), 3);
    }
}
