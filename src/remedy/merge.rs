//! Bringing a change onto a text that has changed since, by the text that both started from.

use std::ops::Range;

use crate::text::diff::hunks;

/// The text with both changes; `None` where they meet: a person must look.
#[must_use]
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let (our_hunks, their_hunks) = (hunks(base, ours), hunks(base, theirs));
    // Changes that touch are one place to whoever reads them, and their order is not known.
    let meets = |one: &Range<usize>, other: &Range<usize>| one.start <= other.end && other.start <= one.end;
    if our_hunks.iter().any(|(one, _)| their_hunks.iter().any(|(other, _)| meets(one, other))) {
        return None;
    }
    let mut all: Vec<(&Range<usize>, &str)> = Vec::new();
    all.extend(our_hunks.iter().filter_map(|(from, to)| Some((from, ours.get(to.clone())?))));
    all.extend(their_hunks.iter().filter_map(|(from, to)| Some((from, theirs.get(to.clone())?))));
    all.sort_by_key(|(from, _)| from.start);
    let mut out = String::with_capacity(ours.len().max(theirs.len()));
    let mut at = 0;
    for (from, new) in all {
        out.push_str(base.get(at..from.start)?);
        out.push_str(new);
        at = from.end;
    }
    out.push_str(base.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn changes_apart_are_both_made() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(merge(base, "a\nB\nc\nd\ne\n", "x\na\nb\nc\nd\n").as_deref(), Some("x\na\nB\nc\nd\n"));
    }

    #[test]
    fn changes_that_meet_are_left_to_a_person() {
        let base = "a\nb\nc\n";
        for theirs in ["a\nx\nc\n", "a\nc\n", "x\nb\nc\n", "a\nb\nx\nc\n"] {
            assert_eq!(merge(base, "a\nB\nc\n", theirs), None, "{theirs:?}");
        }
    }

    proptest! {
        #[test]
        fn with_one_side_unchanged_the_other_is_the_outcome(base in "([ab]\n){0,8}", other in "([abc]\n){0,8}") {
            prop_assert_eq!(merge(&base, &other, &base), Some(other.clone()));
            prop_assert_eq!(merge(&base, &base, &other), Some(other));
        }
    }
}
