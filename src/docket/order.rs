//! The orders a docket is listed in.
//!
//! Every order is total: cases alike in what the order goes by stand by file, then line, then number. The file goes by
//! the row of its path, that is in the order in which files were first seen, so that paths need not be loaded for it and
//! a list is the same whether they are or not; only [`Order::Path`] goes by the letters.

use std::fmt;
use std::str::FromStr;

use rustc_hash::FxHashMap;

use super::cases::Docket;
use super::filter::{Missing, Needs};
use super::worth::Worth;
use crate::domain::Severity;

/// What a docket is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Pinned cases first, then by [`Worth`], the highest first.
    #[default]
    Worth,
    /// The gravest first.
    Severity,
    /// Those that the latest run brought first.
    Newest,
    /// By project, then by path; cases without a file last.
    Path,
}

/// A word that names no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown order `{0}`; orders are worth, severity, newest and path")]
pub struct UnknownOrder(pub String);

impl Order {
    /// All orders, as offered.
    pub const ALL: [Self; 4] = [Self::Worth, Self::Severity, Self::Newest, Self::Path];

    /// The word on the command line and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worth => "worth",
            Self::Severity => "severity",
            Self::Newest => "newest",
            Self::Path => "path",
        }
    }

    /// What must be loaded before a docket can be put in this order.
    #[must_use]
    pub const fn needs(self) -> Needs {
        let none = Needs { paths: false, texts: false, standings: false, names: false, runs: false };
        match self {
            Self::Worth => Needs { standings: true, ..none },
            Self::Severity | Self::Newest => none,
            Self::Path => Needs { paths: true, ..none },
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, UnknownOrder> {
        let named = Self::ALL.into_iter().find(|order| order.word().eq_ignore_ascii_case(text.trim()));
        named.ok_or_else(|| UnknownOrder(text.chars().take(60).collect()))
    }
}

/// Where a case stands in an order; the least comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    first: u64,
    path: u32,
    line: u32,
    case: u32,
}

impl Docket {
    /// The first `limit` of some cases in an order. Numbers of no case are left out.
    ///
    /// # Errors
    /// When something that the order needs was not loaded.
    pub fn top(
        &self,
        cases: &[u32],
        order: Order,
        worth: &Worth<'_>,
        limit: usize,
    ) -> Result<Vec<u32>, Missing> {
        order.needs().met_by(self.loaded)?;
        let by_path = order == Order::Path;
        let projects = if by_path { ranks(&self.dictionary.projects) } else { FxHashMap::default() };
        let paths = if by_path { ranks(&self.paths) } else { FxHashMap::default() };
        let mut keys: Vec<Key> = Vec::with_capacity(cases.len());
        for &case in cases {
            let Some(row) = self.row(case) else { continue };
            let first = match order {
                Order::Worth => {
                    let pinned = self.standing(case).is_some_and(|standing| standing.pinned);
                    // Floats from 0 up are in the order of their bits.
                    let worth = worth.of(case).max(0.0).to_bits();
                    u64::from(!pinned) << 32 | u64::from(u32::MAX - worth)
                }
                Order::Severity => {
                    u64::from(Severity::Critical as u8 - Severity::from_number(row.severity) as u8)
                }
                Order::Newest => u64::from(u32::MAX - row.first_run),
                Order::Path => rank(&projects, u32::from(row.project)) << 32 | rank(&paths, row.path),
            };
            keys.push(Key { first, path: row.path, line: row.line, case });
        }
        // A million in full cost ten times what finding the first few of them does.
        if limit < keys.len() {
            keys.select_nth_unstable(limit);
            keys.truncate(limit);
        }
        keys.sort_unstable();
        Ok(keys.into_iter().map(|key| key.case).collect())
    }
}

/// The place of each name in the order of letters; the same name has the same place.
fn ranks(names: &FxHashMap<u32, String>) -> FxHashMap<u32, u32> {
    let mut sorted: Vec<(&str, u32)> = names.iter().map(|(&key, name)| (name.as_str(), key)).collect();
    sorted.sort_unstable();
    let mut rank = 0;
    let mut before = None;
    let places = sorted.into_iter().map(|(name, key)| {
        if before.is_some_and(|before| before != name) {
            rank += 1;
        }
        before = Some(name);
        (key, rank)
    });
    places.collect()
}

fn rank(ranks: &FxHashMap<u32, u32>, key: u32) -> u64 {
    u64::from(ranks.get(&key).copied().unwrap_or(u32::MAX))
}
