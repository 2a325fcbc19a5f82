//! Ascending row numbers packed as the varints of their differences: a set of a million takes about a megabyte.

/// Packs ascending numbers. A number not above the one before it is dropped.
#[must_use]
pub(crate) fn pack(numbers: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0;
    for number in numbers {
        if number <= last {
            continue;
        }
        let mut difference = (number - last) as u64;
        last = number;
        while difference >= 0x80 {
            out.push((difference as u8) | 0x80);
            difference >>= 7;
        }
        out.push(difference as u8);
    }
    out
}

/// Unpacks what [`pack`] made; damaged bytes give fewer numbers, never a panic.
pub(crate) fn unpack(bytes: &[u8]) -> impl Iterator<Item = i64> + '_ {
    let mut bytes = bytes.iter();
    let mut last = 0_i64;
    std::iter::from_fn(move || {
        let mut difference = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = *bytes.next()?;
            difference |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                last = last.checked_add(i64::try_from(difference).ok()?)?;
                return Some(last);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_comes_back(set in proptest::collection::btree_set(1_i64..i64::MAX, 0..50)) {
            let packed = pack(set.iter().copied());
            prop_assert_eq!(unpack(&packed).collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(unpack(&bytes).count() <= bytes.len());
        }
    }
}
