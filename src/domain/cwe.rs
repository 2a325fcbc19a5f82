//! Weakness numbers of the CWE list: every spelling that tools use, what the list says of them, and which of
//! them name the same flaw.
//!
//! The facts are tables inside the program (`assets/cwe.tsv`, `neighbours.tsv`, `owasp.tsv`), parsed once at
//! first use. A number that the list lacks is still a weakness: it has no name and no kin.

mod kin;
mod list;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use kin::{Kin, Kinship, kinship, kinship_of_sets};
pub use list::Breadth;

use super::owasp::Owasp;

/// A weakness of the CWE list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cwe(pub u16);

impl Cwe {
    /// The weakness of a number. 0 and 1 stand for "none" in tools' outputs and are none.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        u16::try_from(number).ok().filter(|&number| number > 1).map(Self)
    }

    /// Every weakness that a text names, in its order and without repeats: `CWE-89`, `cwe-089: …`, `CWE_89`,
    /// `CWE89`, `external/cwe/cwe-089`, `CWE-89, CWE-564`, an address at cwe.mitre.org. A bare number counts
    /// only in a text that holds nothing but numbers (`89`, `[79, 80]`): `line 89` names no weakness.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        if text.contains(|c: char| c.is_ascii_digit()) {
            if text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || ",;|[]\"'".contains(c)) {
                text.split(|c: char| !c.is_ascii_digit()).for_each(|digits| push(&mut found, digits));
            } else {
                read_prefixed(&text.to_ascii_lowercase(), &mut found);
            }
        }
        found
    }

    /// Its name in the list; `None` where the list lacks the number.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        list::weakness(self).map(|weakness| weakness.name)
    }

    /// The usual short form of its name, `SQL Injection`, where the list gives one, else the name.
    #[must_use]
    pub fn short_name(self) -> Option<&'static str> {
        list::weakness(self).map(list::Weakness::short_name)
    }

    /// Its name as a list has room for it, `XML External Entity`: the usual short form, else one of ours, else the name.
    #[must_use]
    pub fn label(self) -> Option<&'static str> {
        list::weakness(self).map(list::Weakness::label)
    }

    /// What it is, in one line; its name where nobody has written one. Empty where the list lacks the number.
    #[must_use]
    pub fn description(self) -> &'static str {
        list::weakness(self).map_or("", |weakness| match weakness.words {
            "" => weakness.name,
            words => words,
        })
    }

    /// The weaknesses it is a kind of, one step up.
    #[must_use]
    pub fn parents(self) -> &'static [Self] {
        list::weakness(self).map_or(&[], |weakness| &weakness.parents)
    }

    /// How much it covers; `None` where the list lacks the number.
    #[must_use]
    pub fn breadth(self) -> Option<Breadth> {
        list::weakness(self).map(|weakness| weakness.breadth)
    }

    /// The category of the OWASP Top Ten of a year that counts it in: as the edition lists it, else as it
    /// lists a close weakness that this one is a kind of.
    #[must_use]
    pub fn owasp(self, year: u16) -> Option<Owasp> {
        list::owasp(self, year)
    }
}

impl fmt::Display for Cwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CWE-{}", self.0)
    }
}

/// Adds the weakness that some digits name.
fn push(found: &mut Vec<Cwe>, digits: &str) {
    if let Some(cwe) = digits.parse().ok().and_then(Cwe::from_number)
        && !found.contains(&cwe)
    {
        found.push(cwe);
    }
}

/// Reads every number that a `cwe` stands before; the text is in lower case.
fn read_prefixed(text: &str, found: &mut Vec<Cwe>) {
    for (at, prefix) in text.match_indices("cwe") {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            continue;
        }
        let after = text.get(at + prefix.len()..).unwrap_or_default();
        let after = match after.strip_prefix(".mitre.org/") {
            Some(address) => {
                let page = address.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
                let number = page.split_once("definitions/").or_else(|| page.split_once("id="));
                number.map_or("", |(_, number)| number)
            }
            None => skip_separators(after),
        };
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (digits, rest) = after.split_at(end);
        // "CWE-89b" is no number, and "cwe2022-top25" is MITRE's yearly list, which Semgrep names in its
        // tags.
        let stops = !rest.starts_with(|c: char| c.is_alphanumeric());
        if stops && !rest.trim_start_matches(is_separator).starts_with("top") {
            push(found, digits);
        }
    }
}

/// What follows a `cwe` and its separators, an `id` or `ids` among them: `CWE-ID: 89`, `cwe_ids=89`.
fn skip_separators(text: &str) -> &str {
    let text = text.strip_prefix('s').unwrap_or(text).trim_start_matches(is_separator);
    match text.strip_prefix("id") {
        Some(rest) => rest.strip_prefix('s').unwrap_or(rest).trim_start_matches(is_separator),
        None => text,
    }
}

/// What tools write between the letters and the number; hyphens and blanks of typesetting come from
/// advisories.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        '-' | '_' | ' ' | ':' | '=' | '#' | '/' | '"' | '\'' | '[' | '(' | '\u{a0}' | '\u{2010}'..='\u{2015}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(text: &str) -> Vec<u16> {
        Cwe::all_in(text).into_iter().map(|cwe| cwe.0).collect()
    }

    #[test]
    fn every_spelling_of_the_tools_is_read() {
        for text in [
            "CWE-89",
            "cwe-089",
            "CWE89",
            "CWE_89",
            "cwe:89",
            "CWE 89",
            "CWE\u{2011}89",
            "CWE-89: Improper Neutralization of Special Elements used in an SQL Command",
            "external/cwe/cwe-089",
            "89",
            " 89\n",
            "[\"CWE-89\"]",
            "[89]",
            "https://cwe.mitre.org/data/definitions/89.html",
            "see http://cwe.mitre.org/data/definitions/89",
            "https://cwe.mitre.org/cgi-bin/jumpmenu.cgi?id=89",
            "CWE ID: 89",
            "cwe_id: [89]",
            "cweid=89",
            "CWEs: 89",
            "Possible SQL injection (CWE-89).",
            "SQL injection, CWE-89, again CWE-089",
            "\"CWE-89!\"",
        ] {
            assert_eq!(numbers(text), [89], "{text:?}");
        }
        for (text, expected) in [
            ("CWE-89, CWE-564", [89, 564]),
            ("CWE-119!/ CWE-120", [119, 120]),
            ("CWE-22/CWE-73", [22, 73]),
            ("external/cwe/cwe-079,external/cwe/cwe-116", [79, 116]),
            ("79, 80", [79, 80]),
            ("['79','80']", [79, 80]),
            ("CWE-918 https://cwe.mitre.org/data/definitions/441.html", [918, 441]),
        ] {
            assert_eq!(numbers(text), expected, "{text:?}");
        }
    }

    #[test]
    fn placeholders_and_stray_numbers_name_nothing() {
        for text in [
            "",
            "null",
            "NVD-CWE-noinfo",
            "NVD-CWE-Other",
            "CWE-0",
            "CWE-1",
            "CWE-000",
            "0",
            "-1",
            "65536",
            "CWE-65536",
            "CWE-99999999999999999999999999",
            "line 89",
            "A03:2021",
            "2021-03-04",
            "7.5",
            "CVE-2021-44228",
            "cwe2022-top25",
            "CWE 2021 Top 25",
            "CWE-89b",
            "xcwe-89",
            "cwe",
            "https://cwe.mitre.org/data/index.html see 89",
            "CWE Top 25",
        ] {
            assert_eq!(numbers(text), [0_u16; 0], "{text:?}");
        }
    }

    #[test]
    fn a_weakness_is_a_number_in_json() {
        assert_eq!(serde_json::to_string(&Cwe(89)).unwrap(), "89");
        assert_eq!(serde_json::from_str::<Cwe>("89").unwrap(), Cwe(89));
        assert!(serde_json::from_str::<Cwe>("65536").is_err());
        assert_eq!(Cwe::from_number(65_535), Some(Cwe(65_535)));
    }

    #[test]
    fn the_list_names_and_describes() {
        assert_eq!(Cwe(79).short_name(), Some("Cross-site Scripting"));
        assert_eq!(Cwe(611).name(), Some("Improper Restriction of XML External Entity Reference"));
        assert_eq!(Cwe(611).label(), Some("XML External Entity"));
        assert_eq!(Cwe(79).label(), Some("Cross-site Scripting"));
        assert_eq!(Cwe(310).name(), Some("Cryptographic Issues"));
        assert_eq!(Cwe(564).parents(), [Cwe(89)]);
        assert_eq!(Cwe(6).description(), Cwe(6).name().unwrap());
        assert_ne!(Cwe(89).description(), Cwe(89).name().unwrap());
        assert_eq!((Cwe(60_000).name(), Cwe(60_000).description()), (None, ""));
        assert_eq!((Cwe(20).breadth(), Cwe(119).breadth()), (Some(Breadth::Broad), Some(Breadth::Narrow)));
    }

    #[test]
    fn owasp_categories_follow_the_edition_or_a_close_ancestor() {
        for (cwe, year, expected) in [
            (89, 2021, Some("A03:2021")),
            (89, 2025, Some("A05:2025")),
            (918, 2021, Some("A10:2021")),
            (918, 2025, Some("A01:2025")),
            (943, 2021, Some("A03:2021")),
            (1336, 2021, Some("A03:2021")),
            (1321, 2021, Some("A08:2021")),
            (599, 2021, Some("A07:2021")),
            (476, 2021, None),
            (476, 2025, Some("A10:2025")),
            (134, 2021, None),
            (787, 2021, None),
            (89, 2017, None),
            (60_000, 2021, None),
        ] {
            let found = Cwe(cwe).owasp(year).map(|category| category.to_string());
            assert_eq!(found.as_deref(), expected, "CWE-{cwe} in {year}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in any::<String>(), tail in "[cCwWeE0-9:/_ \u{2011}-]{0,40}") {
            let found = Cwe::all_in(&format!("{text}{tail}"));
            prop_assert!(found.iter().all(|cwe| cwe.0 > 1));
        }

        #[test]
        fn what_is_printed_is_read_back(number in 2_u16..) {
            prop_assert_eq!(Cwe::all_in(&Cwe(number).to_string()), [Cwe(number)]);
            prop_assert_eq!(Cwe::all_in(&number.to_string()), [Cwe(number)]);
        }
    }
}
