//! All cases in one order at once, so that what a filter leaves in is listed without being sorted.
//!
//! A list of a million cases is asked for at every key of a filter. Sorting it takes 80 ms, picking the cases out of
//! all that are sorted already 4 ms.

use super::bits::Bits;
use super::cases::Docket;
use super::filter::Missing;
use super::order::Order;
use super::worth::Worth;
use crate::domain::Severity;

/// From so small a part of all cases on, sorting them is faster than picking them out.
const FEW: usize = 32;

impl Docket {
    /// All cases in an order: what [`Docket::top`] gives of all of them.
    ///
    /// # Errors
    /// When something that the order needs was not loaded.
    pub fn ranking(&self, order: Order, worth: &Worth<'_>) -> Result<Vec<u32>, Missing> {
        order.needs().met_by(self.loaded)?;
        let places = self.places();
        if order == Order::Path || u32::try_from(places.len()).is_err() {
            return self.top(places, order, worth, usize::MAX);
        }
        // Cases alike stand by their place, and come in the order of it.
        let keyed = (0_u64..).zip(places).filter_map(|(place, &case)| {
            let row = self.row(case)?;
            let key = match order {
                Order::Worth => {
                    let (standing, sum) = worth.of_row(case, row);
                    // Floats from 0 up are in the order of their bits, and below 2 those need 30.
                    let sum = sum.max(0.0).to_bits().min(WORTHIEST);
                    worth.urgency(standing) << 30 | u64::from(WORTHIEST - sum)
                }
                Order::Severity => {
                    u64::from(Severity::Critical as u8 - Severity::from_number(row.severity) as u8)
                }
                Order::Newest | Order::Path => u64::from(u32::MAX - row.first_run),
            };
            Some(key << 32 | place)
        });
        let mut keys: Vec<u64> = Vec::with_capacity(places.len());
        keys.extend(keyed);
        sort(&mut keys);
        let case = |key: u64| places.get(key as u32 as usize).copied();
        Ok(keys.into_iter().filter_map(case).collect())
    }

    /// The first `limit` of some cases, which ascend, in the order of a ranking of this docket.
    ///
    /// # Errors
    /// As [`Docket::top`].
    pub fn in_order(
        &self,
        cases: &[u32],
        (ranking, order): (&[u32], Order),
        worth: &Worth<'_>,
        limit: usize,
    ) -> Result<Vec<u32>, Missing> {
        if cases.len() == ranking.len() {
            return Ok(ranking.iter().copied().take(limit).collect());
        }
        if cases.len() < ranking.len() / FEW {
            return self.top(cases, order, worth, limit);
        }
        let wanted = Bits::of(cases.iter().rev().map(|case| case.wrapping_sub(1)));
        let ranked = ranking.iter().copied().filter(|case| wanted.has(case.wrapping_sub(1)));
        Ok(ranked.take(limit).collect())
    }
}

/// Sorts by the upper halves; what is alike in them stays in its order. A million keys that a comparing sort takes
/// 40 ms for are spread over 2,048 places three times in 10.
fn sort(keys: &mut Vec<u64>) {
    const PLACES: usize = 1 << 11;
    let mut spread = vec![0; keys.len()];
    for shift in [32, 43, 54] {
        let place = |key: u64| (key >> shift) as usize % PLACES;
        let mut starts = [0_usize; PLACES];
        for &key in keys.iter() {
            if let Some(count) = starts.get_mut(place(key)) {
                *count += 1;
            }
        }
        if starts.contains(&keys.len()) {
            continue;
        }
        let mut before = 0;
        for start in &mut starts {
            before += std::mem::replace(start, before);
        }
        for &key in keys.iter() {
            let Some(at) = starts.get_mut(place(key)) else { continue };
            if let Some(slot) = spread.get_mut(*at) {
                *slot = key;
            }
            *at += 1;
        }
        std::mem::swap(keys, &mut spread);
    }
}

/// The bits of the greatest number below 2.
const WORTHIEST: u32 = 0x3fff_ffff;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::select_tests::dockets;
    use super::super::worth::{Evidence, Weights};
    use super::*;

    proptest! {
        #[test]
        fn keys_are_sorted_by_their_upper_halves(upper in prop::collection::vec(any::<u32>(), 0..300), few in any::<bool>()) {
            let key = |(place, upper): (u64, &u32)| u64::from(if few { upper % 3 } else { *upper }) << 32 | place;
            let mut keys: Vec<u64> = (0..).zip(&upper).map(key).collect();
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            sort(&mut keys);
            prop_assert_eq!(keys, sorted);
        }

        #[test]
        fn a_ranking_is_the_order_of_all_cases_and_a_list_is_a_part_of_it(
            (docket, filter) in dockets(),
            order in prop::sample::select(Order::ALL.to_vec()),
        ) {
            let evidence = Evidence::of(&docket);
            let worth = Worth::new(&docket, &Weights::default(), &evidence);
            let all: Vec<u32> = (1..docket.end()).collect();
            let ranking = docket.ranking(order, &worth).unwrap();
            prop_assert_eq!(&ranking, &docket.top(&all, order, &worth, usize::MAX).unwrap());
            let _ = filter;
            for step in 1..4 {
                let some: Vec<u32> = all.iter().copied().filter(|case| case % step == 0 && docket.row(*case).is_some()).collect();
                for limit in [usize::MAX, 3] {
                    prop_assert_eq!(
                        docket.in_order(&some, (&ranking, order), &worth, limit).unwrap(),
                        docket.top(&some, order, &worth, limit).unwrap()
                    );
                }
            }
        }
    }
}
