//! How much of each chain has been taken in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ledger::ChainId;

/// For each chain, the entries taken in: all before a position, and perhaps some after a gap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    chains: BTreeMap<ChainId, Reach>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Reach {
    next: u64,
    /// Positions past a gap. Empty where chains are read in order.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    ahead: BTreeSet<u64>,
}

impl Cursor {
    /// The first position of a chain that is not in yet: where to read on from.
    #[must_use]
    pub fn next(&self, chain: ChainId) -> u64 {
        self.chains.get(&chain).map_or(0, |reach| reach.next)
    }

    /// Whether an entry is still to be taken in.
    #[must_use]
    pub fn wants(&self, chain: ChainId, position: u64) -> bool {
        self.chains.get(&chain).is_none_or(|reach| position >= reach.next && !reach.ahead.contains(&position))
    }

    /// The chains of which something is in.
    pub fn chains(&self) -> impl Iterator<Item = ChainId> {
        self.chains.keys().copied()
    }

    pub(super) fn advance(&mut self, chain: ChainId, position: u64) {
        let reach = self.chains.entry(chain).or_default();
        if position > reach.next {
            reach.ahead.insert(position);
        } else if position == reach.next {
            reach.next += 1;
            while reach.ahead.remove(&reach.next) {
                reach.next += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_wanted_until_it_is_filled() {
        let chain = ChainId::of("m", "u");
        let mut cursor = Cursor::default();
        for position in [0, 3, 1] {
            assert!(cursor.wants(chain, position));
            cursor.advance(chain, position);
            cursor.advance(chain, position);
        }
        assert_eq!(cursor.next(chain), 2);
        assert!(cursor.wants(chain, 2) && !cursor.wants(chain, 3));
        cursor.advance(chain, 2);
        assert_eq!(cursor.next(chain), 4);
    }
}
