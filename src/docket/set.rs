//! Sets of cases, by their numbers.

use super::bits::{Bits, ones};

/// Some of the docket's cases, one bit each: putting a million of them in, or asking for one, keeps no key waiting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseSet {
    bits: Bits,
    count: usize,
}

impl CaseSet {
    /// Puts a case in; says whether it was not there.
    pub fn insert(&mut self, case: u32) -> bool {
        let is_new = !self.bits.has(case);
        if is_new {
            self.bits.set(case, true);
            self.count += 1;
        }
        is_new
    }

    /// Takes a case out; says whether it was there.
    pub fn remove(&mut self, case: &u32) -> bool {
        let was = self.bits.has(*case);
        if was {
            self.bits.set(*case, false);
            self.count -= 1;
        }
        was
    }

    /// Whether a case is in it.
    #[must_use]
    pub fn contains(&self, case: &u32) -> bool {
        self.bits.has(*case)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The cases, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let words = (0_u32..).zip(self.bits.words());
        words.flat_map(|(at, word)| ones(word).map(move |bit| at * 64 + bit))
    }
}

impl Extend<u32> for CaseSet {
    fn extend<T: IntoIterator<Item = u32>>(&mut self, cases: T) {
        for case in cases {
            self.insert(case);
        }
    }
}

impl<'a> Extend<&'a u32> for CaseSet {
    fn extend<T: IntoIterator<Item = &'a u32>>(&mut self, cases: T) {
        self.extend(cases.into_iter().copied());
    }
}

impl FromIterator<u32> for CaseSet {
    fn from_iter<T: IntoIterator<Item = u32>>(cases: T) -> Self {
        let mut set = Self::default();
        set.extend(cases);
        set
    }
}

impl<'a> FromIterator<&'a u32> for CaseSet {
    fn from_iter<T: IntoIterator<Item = &'a u32>>(cases: T) -> Self {
        cases.into_iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_set_of_numbers_holds(steps in prop::collection::vec((0_u32..300, any::<bool>()), 0..80)) {
            let (mut set, mut known) = (CaseSet::default(), BTreeSet::new());
            for (case, put) in steps {
                if put {
                    prop_assert_eq!(set.insert(case), known.insert(case));
                } else {
                    prop_assert_eq!(set.remove(&case), known.remove(&case));
                }
                prop_assert_eq!((set.len(), set.is_empty()), (known.len(), known.is_empty()));
            }
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), known.iter().copied().collect::<Vec<_>>());
            prop_assert!((0..400).all(|case| set.contains(&case) == known.contains(&case)));
            set.clear();
            prop_assert!(set.is_empty() && set.iter().next().is_none());
        }
    }
}
