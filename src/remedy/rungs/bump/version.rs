//! Versions as ecosystems write them, in an order that is right for those that advisories name.

use std::cmp::Ordering;

/// A part of a version: a number, or a word, which comes before none.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Number(u64),
}

fn parts(version: &str) -> Vec<Part> {
    let bare = version.trim().trim_start_matches(['v', 'V', '=']);
    // What is built is no other version.
    let bare = bare.split('+').next().unwrap_or_default();
    let mut parts = Vec::new();
    for piece in bare.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let digits = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
            let (head, tail) = rest.split_at(end);
            parts.push(match head.parse() {
                Ok(number) => Part::Number(number),
                Err(_) => Part::Word(head.to_ascii_lowercase()),
            });
            rest = tail;
        }
    }
    parts
}

/// Words that come after the version that they follow, or mean nothing.
fn is_final(word: &str) -> bool {
    matches!(word, "final" | "ga" | "release" | "post" | "sp" | "jre" | "android")
}

/// Which of two versions comes first.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    for at in 0..one.len().max(other.len()) {
        let order = match (one.get(at), other.get(at)) {
            (Some(Part::Number(a)), Some(Part::Number(b))) => a.cmp(b),
            (Some(Part::Word(a)), Some(Part::Word(b))) => a.cmp(b),
            (Some(Part::Number(_)), Some(Part::Word(_))) => Ordering::Greater,
            (Some(Part::Word(_)), Some(Part::Number(_))) => Ordering::Less,
            (Some(Part::Number(a)), None) => a.cmp(&0),
            (None, Some(Part::Number(b))) => 0.cmp(b),
            (Some(Part::Word(word)), None) => {
                if is_final(word) {
                    Ordering::Equal
                } else {
                    Ordering::Less
                }
            }
            (None, Some(Part::Word(word))) => {
                if is_final(word) {
                    Ordering::Equal
                } else {
                    Ordering::Greater
                }
            }
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// The first number of a version.
pub(super) fn major(version: &str) -> Option<u64> {
    parts(version).into_iter().find_map(|part| match part {
        Part::Number(number) => Some(number),
        Part::Word(_) => None,
    })
}

/// The least version that no advisory is about: of each the first fixed one behind the version in use, and of these the
/// last. `None` where an advisory names none.
pub(super) fn beyond<'f>(from: &str, advisories: impl Iterator<Item = &'f [String]>) -> Option<String> {
    let mut to: Option<&str> = None;
    for fixed in advisories {
        let behind = fixed.iter().map(String::as_str).filter(|version| {
            compare(version, from) == Ordering::Greater
                && !version.is_empty()
                && !version.contains(char::is_whitespace)
        });
        let least = behind.min_by(|a, b| compare(a, b))?;
        if to.is_none_or(|known| compare(known, least) == Ordering::Less) {
            to = Some(least);
        }
    }
    to.map(|version| version.trim_start_matches('v').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_order() {
        for pair in [
            ["1.9.0", "1.10.0"],
            ["2.0.0-rc.1", "2.0.0"],
            ["2.0.0-alpha", "2.0.0-beta"],
            ["1.0", "1.0.1"],
            ["v1.2.3", "1.2.4"],
            ["2.9.10", "2.9.10.1"],
            ["5.3", "5.4b1"],
            ["0.0.0-20190308221718-c2843e01d9a2", "0.1.0"],
        ] {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        for pair in [["1.0", "1.0.0"], ["4.1.0.Final", "4.1.0"], ["3.2.0+incompatible", "v3.2.0"]] {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Equal, "{pair:?}");
        }
    }

    #[test]
    fn the_least_version_beyond_all_advisories_is_meant() {
        let all = |lists: &[&[&str]]| {
            let lists: Vec<Vec<String>> =
                lists.iter().map(|list| list.iter().map(|it| (*it).to_owned()).collect()).collect();
            beyond("2.10", lists.iter().map(Vec::as_slice))
        };
        assert_eq!(all(&[&["2.9.6", "2.10.1"]]).as_deref(), Some("2.10.1"));
        assert_eq!(all(&[&["2.11.3", "3.1.3"], &["2.10.1"]]).as_deref(), Some("2.11.3"));
        assert_eq!(all(&[&["2.11.3"], &[]]), None);
        assert_eq!(all(&[&["2.9"]]), None);
    }
}
