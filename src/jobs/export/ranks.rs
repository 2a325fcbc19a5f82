//! In which order samples stand: by the names of their projects and files.

use rustc_hash::FxHashMap;

use crate::docket::Docket;

/// Where projects and files stand among each other by their names: what is sorted has no texts, of which a million would
/// be a hundred megabytes.
pub(super) struct Ranks {
    projects: FxHashMap<u32, u32>,
    paths: FxHashMap<u32, u32>,
}

impl Ranks {
    pub(super) fn of(docket: &Docket) -> Self {
        let ranked = |mut all: Vec<(&str, u32)>| -> FxHashMap<u32, u32> {
            all.sort_unstable();
            (1..).zip(all).map(|(rank, (_, row))| (row, rank)).collect()
        };
        Self { projects: ranked(docket.projects().collect()), paths: ranked(docket.paths().collect()) }
    }

    pub(super) fn project(&self, row: u32) -> u32 {
        self.projects.get(&row).copied().unwrap_or_default()
    }

    pub(super) fn path(&self, row: u32) -> u32 {
        self.paths.get(&row).copied().unwrap_or_default()
    }
}
