//! Sets of small numbers: of a dictionary's rows, and of cases.

use std::ops::Range;

/// A set of numbers, one bit each. Row numbers of a store are dense, so a set is as small as its table is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub(super) fn of(numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut bits = Self::default();
        numbers.into_iter().for_each(|number| bits.set(number, true));
        bits
    }

    pub(super) fn set(&mut self, number: u32, held: bool) {
        let (at, bit) = (number as usize / 64, 1_u64 << (number % 64));
        if held && self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at) {
            *word = if held { *word | bit } else { *word & !bit };
        }
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.word(number as usize / 64) >> (number % 64) & 1 == 1
    }

    pub(super) fn has_any(&self, mut numbers: Range<u32>) -> bool {
        numbers.any(|number| self.has(number))
    }

    pub(super) fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// All of them, 64 numbers each.
    pub(super) fn words(&self) -> impl Iterator<Item = u64> {
        self.words.iter().copied()
    }

    /// The numbers `64 * at ..` of the set, the lowest in the lowest bit.
    pub(super) fn word(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or(0)
    }
}

/// The numbers of the bits that are set.
pub(super) fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_held_until_it_is_taken_out() {
        let mut bits = Bits::of([0, 63, 64, 1000]);
        assert_eq!(
            [0, 1, 63, 64, 1000, 1001, u32::MAX].map(|n| bits.has(n)),
            [true, false, true, true, true, false, false]
        );
        assert_eq!((bits.count(), bits.has_any(1..63), bits.has_any(65..1001)), (4, false, true));
        bits.set(63, false);
        bits.set(99_999, false);
        assert!(!bits.has(63));
        assert_eq!(ones(bits.word(0)).collect::<Vec<_>>(), [0]);
        assert_eq!(ones(u64::MAX).count(), 64);
    }
}
