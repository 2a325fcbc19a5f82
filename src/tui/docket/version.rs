//! Which of two answers is the newer: workers answer on their own, and a row may come after an act that it knows
//! nothing of.

use rustc_hash::FxHashMap;

use crate::jobs::Listed;

/// The versions of the docket that what is known of it comes from.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// What is told of any case must be from this version or a later one…
    all: u64,
    /// …and what is told of cases that were acted on since, from these.
    of: FxHashMap<u32, u64>,
    tally: u64,
}

impl Versions {
    /// Whether a row is older than what is known of its case.
    pub(super) fn is_late(&self, row: &Listed) -> bool {
        row.version < self.of.get(&row.number).map_or(self.all, |&version| version.max(self.all))
    }

    /// Everything is known as of a version.
    pub(super) fn know_all(&mut self, version: u64) {
        self.all = self.all.max(version);
        self.of.retain(|_, known| *known > version);
    }

    /// Something of a case changed with a version.
    pub(super) fn know(&mut self, case: u32, version: u64) {
        let known = self.of.entry(case).or_default();
        *known = version.max(*known);
    }

    /// Whether a tally is no older than the one known, which it then replaces.
    pub(super) const fn counts(&mut self, version: u64) -> bool {
        let newer = version >= self.tally;
        if newer {
            self.tally = version;
        }
        newer
    }
}
