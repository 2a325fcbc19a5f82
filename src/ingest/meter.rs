//! How far an import is, for whoever watches it from another thread, and whether it is still wanted.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};

/// What an import is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Phase {
    /// Finding out what the file is.
    #[default]
    Looking,
    /// Reading its claims.
    Reading,
    /// Following findings and fusing cases.
    Matching,
    /// Making it lasting.
    Writing,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Looking, Self::Reading, Self::Matching, Self::Writing];

    /// A word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Looking => "looking",
            Self::Reading => "reading",
            Self::Matching => "matching",
            Self::Writing => "writing",
        }
    }
}

/// Where an import was when one looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// What it was at.
    pub phase: Phase,
    /// How much of that was done: bytes while it is being read, partitions afterwards.
    pub done: u64,
    /// Of how much.
    pub of: u64,
    /// Claims read so far.
    pub claims: u64,
}

impl Mark {
    /// How much of the whole that is, in thousandths. Reading a file and following its findings take about as long.
    #[must_use]
    pub fn thousandths(&self) -> u64 {
        let (from, wide) = match self.phase {
            Phase::Looking => (0, 50),
            Phase::Reading => (50, 450),
            Phase::Matching => (500, 450),
            Phase::Writing => (950, 50),
        };
        from + (self.done.min(self.of) * wide).checked_div(self.of).unwrap_or(0)
    }
}

/// Shared by the import, which sets it, and by whoever looks or has enough.
#[derive(Debug, Default)]
pub struct Meter {
    phase: AtomicU8,
    done: AtomicU64,
    of: AtomicU64,
    claims: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Meter {
    /// Where the import is.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let phase = Phase::ALL.get(usize::from(self.phase.load(Relaxed))).copied().unwrap_or_default();
        let (done, of) = (self.done.load(Relaxed), self.of.load(Relaxed));
        Mark { phase, done, of, claims: self.claims.load(Relaxed) }
    }

    /// It is not wanted any more: it ends soon, and the store is as before the file.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Relaxed);
    }

    /// Whether it is not wanted any more.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Relaxed)
    }

    /// Another import, which is wanted.
    pub fn renew(&self) {
        self.is_cancelled.store(false, Relaxed);
        self.begin_file();
    }

    /// Another file of the same import.
    pub fn begin_file(&self) {
        self.claims.store(0, Relaxed);
        self.begin(Phase::Looking, 0);
    }

    pub(super) fn begin(&self, phase: Phase, of: u64) {
        self.done.store(0, Relaxed);
        self.of.store(of, Relaxed);
        self.phase.store(phase as u8, Relaxed);
    }

    /// Reads begin at the start again, of so many bytes.
    pub(super) fn rewind(&self, of: u64) {
        self.done.store(0, Relaxed);
        self.of.store(of, Relaxed);
    }

    pub(super) fn step(&self, by: u64) {
        self.done.fetch_add(by, Relaxed);
    }

    pub(super) fn count_claims(&self, claims: u64) {
        self.claims.fetch_add(claims, Relaxed);
    }
}

/// A stream whose bytes are counted, and which ends in an error once it is not wanted any more.
pub(super) struct Metered<'m, R> {
    pub(super) input: R,
    pub(super) meter: Option<&'m Meter>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(meter) = self.meter else { return self.input.read(buffer) };
        if meter.is_cancelled() {
            return Err(io::Error::other("cancelled; nothing was changed"));
        }
        let got = self.input.read(buffer)?;
        meter.step(got as u64);
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_only_grows_from_phase_to_phase() {
        let mut last = 0;
        for phase in Phase::ALL {
            for done in [0, 5, 10, 11] {
                let now = Mark { phase, done, of: 10, claims: 0 }.thousandths();
                assert!(now >= last && now <= 1000, "{phase:?} {done}");
                last = now;
            }
        }
        assert_eq!(Mark::default().thousandths(), 0);
    }

    #[test]
    fn a_stream_that_is_not_wanted_any_more_ends() {
        let meter = Meter::default();
        meter.rewind(8);
        let mut stream = Metered { input: &b"12345678"[..], meter: Some(&meter) };
        let mut buffer = [0; 4];
        assert_eq!((stream.read(&mut buffer).unwrap(), meter.mark().done), (4, 4));
        meter.cancel();
        assert!(stream.read(&mut buffer).is_err());
    }
}
