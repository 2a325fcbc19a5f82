//! Sets of row numbers, a bit each: a million are an eighth of a megabyte, and a few cost next to nothing.

use std::collections::BTreeMap;

/// A set of row numbers, which are not negative.
#[derive(Debug, Default)]
pub(super) struct Ids {
    words: BTreeMap<u64, [u64; 16]>,
    count: u64,
}

impl Ids {
    /// Adds a number.
    pub(super) fn insert(&mut self, id: i64) {
        let (key, word, bit) = place(id);
        if let Some(word) = self.words.entry(key).or_default().get_mut(word)
            && *word & bit == 0
        {
            *word |= bit;
            self.count += 1;
        }
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        let (key, word, bit) = place(id);
        self.words.get(&key).and_then(|words| words.get(word)).is_some_and(|word| word & bit != 0)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> u64 {
        self.count
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> {
        self.words.iter().flat_map(|(&key, words)| {
            (0..1024)
                .filter(move |at| words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1))
                .map(move |at| (key << 10 | at as u64) as i64)
        })
    }
}

/// The key, the word and the bit of a number.
const fn place(id: i64) -> (u64, usize, u64) {
    let id = id as u64;
    (id >> 10, (id >> 6 & 15) as usize, 1 << (id & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_holds_what_was_put_into_it(set in proptest::collection::btree_set(0_i64..5000, 0..80)) {
            let mut ids = Ids::default();
            set.iter().chain(&set).for_each(|&id| ids.insert(id));
            prop_assert_eq!(ids.len(), set.len() as u64);
            prop_assert!((0..5000).all(|id| ids.contains(id) == set.contains(&id)));
            prop_assert_eq!(ids.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }
}
