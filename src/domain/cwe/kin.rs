//! Owns the question whether two weaknesses name one flaw: the list's hierarchy where it is close and
//! specific, and a table of what different tools call the same thing.
//!
//! It never looks at code or place: kin on one statement are one flaw, kin in two places are two. Invariants:
//! kinship is symmetric, and all pairs that are kin are computed once, so that asking is one search in a
//! sorted list.

use std::fmt;
use std::sync::OnceLock;

use super::super::table;
use super::{Cwe, list};

/// Smaller number, larger number, weight, reason.
const NEIGHBOURS: &str = include_str!("../../../assets/neighbours.tsv");

/// How close two weaknesses are, the farthest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kinship {
    /// Nothing joins them.
    None,
    /// Tools sometimes file one flaw under either, yet the two are often different flaws on one line: it
    /// needs other evidence beside it.
    Weak,
    /// Two variants of one base weakness.
    Siblings,
    /// Tools commonly file one flaw under either.
    Neighbours,
    /// One is a kind of the other.
    Ancestry,
    /// They are the same number.
    Same,
}

impl Kinship {
    /// The word used in evidence and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Siblings => "siblings",
            Self::Neighbours => "neighbours",
            Self::Ancestry => "ancestry",
            Self::Same => "same",
        }
    }
}

/// Two weaknesses and what joins them. Displays the reason: `CWE-564 is a kind of CWE-89`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kin {
    /// The one asked about first.
    pub left: Cwe,
    /// The other.
    pub right: Cwe,
    /// How close they are.
    pub kinship: Kinship,
    link: Link,
}

/// What joins two weaknesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// They are equal, or nothing joins them.
    Nothing,
    /// This one is the wider of the two.
    Ancestor(Cwe),
    /// Both are variants of this one.
    Base(Cwe),
    /// The reason that the table gives.
    Table(&'static str),
}

impl fmt::Display for Kin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left, right, kinship, link } = *self;
        match link {
            Link::Ancestor(wide) if wide == left => write!(f, "{right} is a kind of {left}"),
            Link::Ancestor(_) => write!(f, "{left} is a kind of {right}"),
            Link::Base(base) => write!(f, "{left} and {right} are both kinds of {base}"),
            Link::Table(why) if kinship == Kinship::Weak => {
                write!(f, "{left} and {right} are sometimes used for the same flaw: {why}")
            }
            Link::Table(why) => write!(f, "{left} and {right} are used for the same flaw: {why}"),
            Link::Nothing if kinship == Kinship::Same => write!(f, "both are {left}"),
            Link::Nothing => write!(f, "nothing joins {left} and {right}"),
        }
    }
}

/// What joins two weaknesses, with its reason.
#[must_use]
pub fn kinship(left: Cwe, right: Cwe) -> Kin {
    let (kinship, link) = if left == right {
        (Kinship::Same, Link::Nothing)
    } else {
        let pairs = pairs();
        let found = pairs.binary_search_by_key(&key(left, right), |pair| pair.key).ok();
        found
            .and_then(|at| pairs.get(at))
            .map_or((Kinship::None, Link::Nothing), |pair| (pair.kinship, pair.link))
    };
    Kin { left, right, kinship, link }
}

/// The closest pair of two sets, the first of them where several are equally close; `None` where nothing
/// joins them. A broad weakness is heard only in a set that holds nothing narrower: what flawfinder tags with
/// 120 and 20 is not kin to everything that another tool files under 20.
#[must_use]
pub fn kinship_of_sets(left: &[Cwe], right: &[Cwe]) -> Option<Kin> {
    let mut best: Option<Kin> = None;
    for cwe in heard(left) {
        for other in heard(right) {
            let kin = kinship(cwe, other);
            if kin.kinship > best.map_or(Kinship::None, |best| best.kinship) {
                if kin.kinship == Kinship::Same {
                    return Some(kin);
                }
                best = Some(kin);
            }
        }
    }
    best
}

/// The weaknesses of a set that say something about the flaw.
fn heard(set: &[Cwe]) -> impl Iterator<Item = Cwe> {
    let all = set.len() < 2 || set.iter().all(|&cwe| list::is_broad(cwe));
    set.iter().copied().filter(move |&cwe| all || !list::is_broad(cwe))
}

/// Two weaknesses that are kin.
struct Pair {
    key: u32,
    kinship: Kinship,
    link: Link,
}

/// The same for both orders.
fn key(left: Cwe, right: Cwe) -> u32 {
    u32::from(left.0.min(right.0)) << 16 | u32::from(left.0.max(right.0))
}

/// All pairs that are kin, by key, the closest link of each.
fn pairs() -> &'static [Pair] {
    static PAIRS: OnceLock<Vec<Pair>> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let mut pairs = Vec::new();
        hierarchy(&mut pairs);
        let mut apart = Vec::new();
        for (left, right, weight, why) in table::lines(NEIGHBOURS).filter_map(parse) {
            match weight {
                Weight::Apart => apart.push(key(left, right)),
                Weight::Joins(kinship) => {
                    pairs.push(Pair { key: key(left, right), kinship, link: Link::Table(why) });
                }
            }
        }
        apart.sort_unstable();
        pairs.retain(|pair| apart.binary_search(&pair.key).is_err());
        pairs.sort_by_key(|pair| (pair.key, std::cmp::Reverse(pair.kinship)));
        pairs.dedup_by_key(|pair| pair.key);
        pairs
    })
}

/// The pairs that the hierarchy joins: up to two steps along narrow weaknesses, and variants of one base.
/// Siblings under a class are left out: 328 and 780 are both risky cryptography and never the same flaw.
fn hierarchy(pairs: &mut Vec<Pair>) {
    let narrow = |cwe: Cwe| list::weakness(cwe).filter(|weakness| weakness.is_narrow());
    let mut variants = Vec::new();
    for weakness in list::all() {
        for parent in weakness.parents.iter().filter_map(|&parent| narrow(parent)) {
            let grandparents = parent.parents.iter().filter_map(|&grandparent| narrow(grandparent));
            for wide in std::iter::once(parent).chain(grandparents) {
                let link = Link::Ancestor(wide.cwe);
                pairs.push(Pair { key: key(weakness.cwe, wide.cwe), kinship: Kinship::Ancestry, link });
            }
            if weakness.is_variant && parent.is_base {
                variants.push((parent.cwe, weakness.cwe));
            }
        }
    }
    variants.sort_unstable();
    for family in variants.chunk_by(|(left, _), (right, _)| left == right) {
        for (at, &(base, left)) in family.iter().enumerate() {
            for &(_, right) in family.iter().skip(at + 1) {
                pairs.push(Pair {
                    key: key(left, right),
                    kinship: Kinship::Siblings,
                    link: Link::Base(base),
                });
            }
        }
    }
}

/// What a line of the table does.
#[derive(Debug, PartialEq, Eq)]
enum Weight {
    Joins(Kinship),
    /// The hierarchy alone would join the two, and must not.
    Apart,
}

fn parse(line: &'static str) -> Option<(Cwe, Cwe, Weight, &'static str)> {
    let [left, right, weight, why] = table::cells(line);
    let weight = match weight {
        "strong" => Weight::Joins(Kinship::Neighbours),
        "weak" => Weight::Joins(Kinship::Weak),
        "apart" => Weight::Apart,
        _ => return None,
    };
    Some((Cwe(left.parse().ok()?), Cwe(right.parse().ok()?), weight, why))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn between(left: u16, right: u16) -> Kinship {
        kinship(Cwe(left), Cwe(right)).kinship
    }

    fn of_sets(left: &[u16], right: &[u16]) -> Kinship {
        let set = |numbers: &[u16]| numbers.iter().copied().map(Cwe).collect::<Vec<_>>();
        kinship_of_sets(&set(left), &set(right)).map_or(Kinship::None, |kin| kin.kinship)
    }

    #[test]
    fn every_line_of_the_table_is_sound() {
        let mut hierarchy_only = Vec::new();
        hierarchy(&mut hierarchy_only);
        let joined =
            |key: u32| hierarchy_only.iter().filter(|pair| pair.key == key).map(|pair| pair.kinship).max();
        let mut last = 0;
        for line in table::lines(NEIGHBOURS) {
            assert_eq!(line.split('\t').count(), 4, "{line}");
            let (left, right, weight, why) = parse(line).unwrap();
            assert!(left < right && key(left, right) > last, "out of order: {line}");
            last = key(left, right);
            assert!(left.name().is_some() && right.name().is_some(), "not in the list: {line}");
            assert!(why.len() > 10 && !why.ends_with('.'), "{line}");
            match weight {
                Weight::Apart => assert!(joined(last).is_some(), "nothing to keep apart: {line}"),
                Weight::Joins(kinship) => {
                    assert!(joined(last) < Some(kinship), "the hierarchy says so: {line}")
                }
            }
        }
    }

    #[test]
    fn what_tools_call_by_two_numbers_is_kin() {
        for (left, right, expected) in [
            (89, 89, Kinship::Same),
            (78, 77, Kinship::Ancestry),
            (89, 564, Kinship::Ancestry),
            (89, 943, Kinship::Ancestry),
            (79, 80, Kinship::Ancestry),
            (22, 23, Kinship::Ancestry),
            (22, 36, Kinship::Ancestry),
            (94, 95, Kinship::Ancestry),
            (119, 787, Kinship::Ancestry),
            (119, 121, Kinship::Ancestry),
            (259, 798, Kinship::Ancestry),
            (321, 798, Kinship::Ancestry),
            (327, 328, Kinship::Ancestry),
            (327, 916, Kinship::Ancestry),
            (330, 338, Kinship::Ancestry),
            (295, 297, Kinship::Ancestry),
            (311, 319, Kinship::Ancestry),
            (362, 367, Kinship::Ancestry),
            (377, 379, Kinship::Ancestry),
            (732, 276, Kinship::Ancestry),
            (915, 1321, Kinship::Ancestry),
            (918, 441, Kinship::Ancestry),
            (502, 20, Kinship::Neighbours),
            (121, 120, Kinship::Neighbours),
            (120, 477, Kinship::Neighbours),
            (120, 676, Kinship::Neighbours),
            (78, 88, Kinship::Neighbours),
            (79, 116, Kinship::Neighbours),
            (23, 73, Kinship::Neighbours),
            (611, 776, Kinship::Neighbours),
            (611, 827, Kinship::Neighbours),
            (400, 1333, Kinship::Neighbours),
            (185, 1333, Kinship::Neighbours),
            (326, 327, Kinship::Neighbours),
            (345, 347, Kinship::Neighbours),
            (471, 915, Kinship::Neighbours),
            (605, 1327, Kinship::Neighbours),
            (259, 321, Kinship::Siblings),
            (297, 599, Kinship::Siblings),
            (327, 338, Kinship::Weak),
            (200, 532, Kinship::Weak),
        ] {
            assert_eq!(between(left, right), expected, "CWE-{left} and CWE-{right}");
        }
    }

    #[test]
    fn what_only_shares_a_wide_class_is_not_kin() {
        for (left, right) in [
            (79, 89),
            (22, 78),
            (78, 89),
            (78, 79),
            (89, 90),
            (20, 79),
            (20, 89),
            (20, 78),
            (22, 89),
            (74, 89),
            (327, 330),
            (328, 780),
            (295, 347),
            (117, 532),
            (209, 532),
            (614, 1004),
            (1004, 1275),
            (732, 1004),
            (119, 416),
            (415, 401),
            (330, 798),
            (285, 732),
            (285, 295),
            (287, 295),
            (352, 79),
            (400, 502),
            (611, 502),
            (918, 22),
            (703, 476),
            (664, 787),
            (707, 79),
            (693, 327),
            (89, 60_000),
        ] {
            assert_eq!(between(left, right), Kinship::None, "CWE-{left} and CWE-{right}");
        }
    }

    #[test]
    fn a_broad_weakness_is_heard_only_alone() {
        assert_eq!(of_sets(&[120, 20], &[20]), Kinship::None);
        assert_eq!(of_sets(&[120, 20], &[807, 20]), Kinship::None);
        assert_eq!(of_sets(&[20], &[20]), Kinship::Same);
        assert_eq!(of_sets(&[20], &[502]), Kinship::Neighbours);
        assert_eq!(of_sets(&[78, 88], &[77]), Kinship::Ancestry);
        assert_eq!(of_sets(&[312, 359, 532], &[532]), Kinship::Same);
        assert_eq!(of_sets(&[], &[89]), Kinship::None);
        assert_eq!(of_sets(&[400, 730, 1333], &[185, 20]), Kinship::Neighbours);
    }

    #[test]
    fn the_reason_reads_as_a_sentence() {
        let why = |left, right| kinship(Cwe(left), Cwe(right)).to_string();
        assert_eq!(why(564, 89), "CWE-564 is a kind of CWE-89");
        assert_eq!(why(89, 564), "CWE-564 is a kind of CWE-89");
        assert_eq!(why(321, 259), "CWE-321 and CWE-259 are both kinds of CWE-798");
        assert_eq!(why(89, 89), "both are CWE-89");
        assert!(why(502, 20).starts_with("CWE-502 and CWE-20 are used for the same flaw: Bandit"));
        assert!(why(338, 327).starts_with("CWE-338 and CWE-327 are sometimes used"));
        assert_eq!(why(79, 89), "nothing joins CWE-79 and CWE-89");
    }

    #[test]
    fn few_weaknesses_have_many_kin() {
        // A number that is kin to too many would glue a file's findings together.
        let mut degrees = std::collections::BTreeMap::<u32, usize>::new();
        for pair in pairs().iter().filter(|pair| pair.kinship > Kinship::Weak) {
            *degrees.entry(pair.key >> 16).or_default() += 1;
            *degrees.entry(pair.key & 0xffff).or_default() += 1;
        }
        let crowded: Vec<_> = degrees.iter().filter(|&(_, &kin)| kin > 25).collect();
        assert!(crowded.is_empty(), "{crowded:?}");
        assert!(pairs().len() < 4_000, "{}", pairs().len());
    }

    proptest! {
        #[test]
        fn kinship_is_symmetric(left in 0_u16..1_500, right in 0_u16..1_500) {
            prop_assert_eq!(between(left, right), between(right, left));
        }

        #[test]
        fn kinship_of_sets_is_symmetric(
            left in prop::collection::vec(2_u16..1_000, 0..4),
            right in prop::collection::vec(2_u16..1_000, 0..4),
        ) {
            prop_assert_eq!(of_sets(&left, &right), of_sets(&right, &left));
        }
    }
}
