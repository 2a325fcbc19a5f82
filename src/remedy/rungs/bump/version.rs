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

/// Where a word stands beside the version that it follows: before it, with it, or behind it. Python's words (PEP 440) and those
/// that others use; one that nobody knows comes before, among those that are sooner than any candidate.
fn rank(word: &str) -> i8 {
    match word {
        "dev" => -4,
        "b" | "beta" => -2,
        "c" | "rc" | "cr" | "pre" | "preview" => -1,
        "final" | "ga" | "release" | "jre" | "android" => 0,
        "post" | "rev" | "r" | "sp" => 1,
        // `a`, `alpha`, and any other.
        _ => -3,
    }
}

/// Which of two words comes first: `a` is `alpha`, and words that nobody knows are in the order of their letters.
fn by_word(one: &str, other: &str) -> Ordering {
    let full = |word: &str| if word == "a" { "alpha" } else { word }.to_owned();
    rank(one).cmp(&rank(other)).then_with(|| match rank(one) {
        -3 => full(one).cmp(&full(other)),
        _ => Ordering::Equal,
    })
}

/// The parts without the zeros at the end of the numbers it begins with: `1.0rc1` is before `1`, and `1.0.post1` behind it.
fn bare(version: &str) -> Vec<Part> {
    let mut parts = parts(version);
    let numbers = parts.iter().take_while(|part| matches!(part, Part::Number(_))).count();
    let zeros = parts.iter().take(numbers).rev().take_while(|part| **part == Part::Number(0)).count();
    parts.drain(numbers - zeros..numbers);
    parts
}

/// Which of two versions comes first.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    // Python's epochs: `1!0.5` is behind `2.0`.
    let epoch = |version: &str| -> (u64, String) {
        match version.split_once('!') {
            Some((epoch, rest)) => (epoch.trim().parse().unwrap_or(0), rest.to_owned()),
            None => (0, version.to_owned()),
        }
    };
    let ((older, one), (newer, other)) = (epoch(one), epoch(other));
    if older != newer {
        return older.cmp(&newer);
    }
    let (one, other) = (bare(&one), bare(&other));
    for at in 0..one.len().max(other.len()) {
        let order = match (one.get(at), other.get(at)) {
            (Some(Part::Number(a)), Some(Part::Number(b))) => a.cmp(b),
            (Some(Part::Word(a)), Some(Part::Word(b))) => by_word(a, b),
            (Some(Part::Number(_)), Some(Part::Word(_))) => Ordering::Greater,
            (Some(Part::Word(_)), Some(Part::Number(_))) => Ordering::Less,
            (Some(Part::Number(a)), None) => a.cmp(&0),
            (None, Some(Part::Number(b))) => 0.cmp(b),
            (Some(Part::Word(word)), None) => rank(word).cmp(&0),
            (None, Some(Part::Word(word))) => 0_i8.cmp(&rank(word)),
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
            ["1.0.dev3", "1.0a1"],
            ["1.0a2", "1.0b1"],
            ["1.0a1.dev1", "1.0a1"],
            ["1.0rc9", "1.0"],
            ["1.0rc1", "1.0.0"],
            ["1.0", "1.0.post1"],
            ["1.0.0", "1.0.post1"],
            ["1.0.post1", "1.0.1"],
            ["1.0.post1.dev2", "1.0.post1"],
            ["1.0rc1", "1.0rc1.post1"],
            ["4.1.0", "4.1.0.SP1"],
            ["2.0", "1!0.5"],
        ] {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        for pair in [
            ["1.0", "1.0.0"],
            ["4.1.0.Final", "4.1.0"],
            ["3.2.0+incompatible", "v3.2.0"],
            ["1.0alpha1", "1.0a1"],
            ["1.0c1", "1.0rc1"],
        ] {
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
