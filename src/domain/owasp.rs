//! Categories of the OWASP Top Ten, in every spelling that tools use.

use std::fmt;

/// A category of one edition of the OWASP Top Ten. Displays as `A03:2021`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owasp {
    year: u16,
    rank: u8,
}

/// The titles of the editions that tools still name, newest first.
const EDITIONS: [(u16, [&str; 10]); 4] = [
    (
        2025,
        [
            "Broken Access Control",
            "Security Misconfiguration",
            "Software Supply Chain Failures",
            "Cryptographic Failures",
            "Injection",
            "Insecure Design",
            "Authentication Failures",
            "Software or Data Integrity Failures",
            "Security Logging and Alerting Failures",
            "Mishandling of Exceptional Conditions",
        ],
    ),
    (
        2021,
        [
            "Broken Access Control",
            "Cryptographic Failures",
            "Injection",
            "Insecure Design",
            "Security Misconfiguration",
            "Vulnerable and Outdated Components",
            "Identification and Authentication Failures",
            "Software and Data Integrity Failures",
            "Security Logging and Monitoring Failures",
            "Server-Side Request Forgery",
        ],
    ),
    (
        2017,
        [
            "Injection",
            "Broken Authentication",
            "Sensitive Data Exposure",
            "XML External Entities",
            "Broken Access Control",
            "Security Misconfiguration",
            "Cross-Site Scripting",
            "Insecure Deserialization",
            "Using Components with Known Vulnerabilities",
            "Insufficient Logging and Monitoring",
        ],
    ),
    (
        2013,
        [
            "Injection",
            "Broken Authentication and Session Management",
            "Cross-Site Scripting",
            "Insecure Direct Object References",
            "Security Misconfiguration",
            "Sensitive Data Exposure",
            "Missing Function Level Access Control",
            "Cross-Site Request Forgery",
            "Using Components with Known Vulnerabilities",
            "Unvalidated Redirects and Forwards",
        ],
    ),
];

impl Owasp {
    /// A category by its rank, 1 to 10, and its edition's year.
    #[must_use]
    pub fn new(rank: u8, year: u16) -> Option<Self> {
        let known = matches!(rank, 1..=10) && matches!(year, 2003..=2099);
        known.then_some(Self { year, rank })
    }

    /// Its rank, from 1.
    #[must_use]
    pub const fn rank(self) -> u8 {
        self.rank
    }

    /// The year of its edition.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Its title, for the editions from 2013 on.
    #[must_use]
    pub fn title(self) -> Option<&'static str> {
        let (_, titles) = EDITIONS.iter().find(|(year, _)| *year == self.year)?;
        titles.get(usize::from(self.rank) - 1).copied()
    }

    /// Every category that a text names, in its order and without repeats: `A03:2021 - Injection`,
    /// `A1:2017-Injection`, `OWASP-A03`, `owasp-top10-2021-a3`.
    ///
    /// Where no year stands beside it, `A03` is of 2021, the first edition written with two digits, and `A3`
    /// of 2017, unless its title is that of another edition. The lists for APIs, mobile apps and models have
    /// other letters and are not read.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        let text = text.to_ascii_lowercase();
        let mut found = Vec::new();
        for (at, letter) in text.match_indices('a') {
            let (before, after) = text.split_at(at);
            if before.ends_with(|c: char| c.is_alphanumeric()) {
                continue;
            }
            let after = after.get(letter.len()..).unwrap_or_default();
            let (digits, after) = split_digits(after);
            let rank = match digits.len() {
                1 | 2 if !after.starts_with(|c: char| c.is_alphanumeric()) => digits.parse().unwrap_or(0),
                _ => continue,
            };
            let usual = if digits.starts_with('0') { 2021 } else { 2017 };
            let year = year_after(after)
                .or_else(|| year_before(before))
                .unwrap_or_else(|| year_of_title(rank, after, usual));
            if let Some(category) = Self::new(rank, year)
                && !found.contains(&category)
            {
                found.push(category);
            }
        }
        found
    }
}

impl fmt::Display for Owasp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A{:02}:{}", self.rank, self.year)
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric()
}

/// The year of an edition, if the digits are one.
fn year(digits: &str) -> Option<u16> {
    digits.parse().ok().filter(|year| digits.len() == 4 && Owasp::new(1, *year).is_some())
}

/// The year in `A03:2021`.
fn year_after(after: &str) -> Option<u16> {
    year(split_digits(after.trim_start_matches(is_separator)).0)
}

/// The year in `owasp-top10-2021-a3` or `OWASP Top 10 2021: A03`; the category before is skipped by the
/// comma.
fn year_before(before: &str) -> Option<u16> {
    let before = before.trim_end_matches(|c| is_separator(c) && !",;".contains(c));
    let head = before.trim_end_matches(|c: char| c.is_ascii_digit());
    // A year that another category owns says nothing of this one.
    let owned =
        head.trim_end_matches(is_separator).trim_end_matches(|c: char| c.is_ascii_digit()).ends_with('a');
    if owned { None } else { before.get(head.len()..).and_then(year) }
}

/// The edition that has this title at this rank: the usual one if it does or none does, else the newest.
fn year_of_title(rank: u8, after: &str, usual: u16) -> u16 {
    let squeeze = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let longest = EDITIONS.iter().flat_map(|(_, titles)| titles).map(|title| title.len()).max().unwrap_or(0);
    let text: String = after.chars().take(2 * longest).collect();
    let text = squeeze(&text);
    let title_of = |year: u16| Owasp::new(rank, year).and_then(Owasp::title);
    let titled = |year: u16| title_of(year).is_some_and(|title| text.starts_with(&squeeze(title)));
    if titled(usual) {
        return usual;
    }
    EDITIONS.iter().map(|&(year, _)| year).find(|&year| titled(year)).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<String> {
        Owasp::all_in(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_spelling_of_the_tools_is_read() {
        for (text, expected) in [
            ("A03:2021 - Injection", "A03:2021"),
            ("A03:2021-Injection", "A03:2021"),
            ("A1:2017-Injection", "A01:2017"),
            ("A01:2017 - Injection", "A01:2017"),
            ("a10-2021", "A10:2021"),
            ("A03_2021-Injection", "A03:2021"),
            ("OWASP-A03", "A03:2021"),
            ("OWASP-A3", "A03:2017"),
            ("owasp-a1", "A01:2017"),
            ("owasp-web: a6", "A06:2017"),
            ("owasp-top10-2021-a3", "A03:2021"),
            ("OWASP Top 10 2021: A03", "A03:2021"),
            ("external/owasp/owasp-a1", "A01:2017"),
            ("https://owasp.org/Top10/A03_2021-Injection/", "A03:2021"),
            ("A7: Cross-Site Scripting (XSS)", "A07:2017"),
            ("A3 Cross Site Scripting", "A03:2013"),
            ("A10: Server-Side Request Forgery (SSRF)", "A10:2021"),
            ("A05: Injection", "A05:2025"),
            ("A01: Broken Access Control", "A01:2021"),
            ("A8 - Cross-Site Request Forgery (CSRF)", "A08:2013"),
            ("A05:2025 Injection", "A05:2025"),
        ] {
            assert_eq!(read(text), [expected], "{text:?}");
        }
        assert_eq!(read("A01:2017, A03:2021"), ["A01:2017", "A03:2021"]);
        assert_eq!(read("A03:2021 - Injection / A1:2017 - Injection"), ["A03:2021", "A01:2017"]);
        assert_eq!(read("A1:2017 a3"), ["A01:2017", "A03:2017"]);
    }

    #[test]
    fn other_lists_and_stray_letters_name_nothing() {
        let texts = [
            "",
            "API1:2023",
            "M1:2016",
            "LLM01:2025",
            "A11:2021",
            "A0",
            "A00:2021",
            "sha1",
            "a1b2",
            "a 3",
            "A003",
        ];
        for text in texts {
            assert_eq!(read(text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn categories_have_titles() {
        assert_eq!(Owasp::new(10, 2021).and_then(Owasp::title), Some("Server-Side Request Forgery"));
        assert_eq!(Owasp::new(1, 2010).and_then(Owasp::title), None);
        assert_eq!(Owasp::new(11, 2021), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in any::<String>(), tail in "[aA0-9: -]{0,20}") {
            let _ = Owasp::all_in(&format!("{text}{tail}"));
        }

        #[test]
        fn what_is_printed_is_read_back(rank in 1_u8..=10, year in 2003_u16..2100) {
            let category = Owasp::new(rank, year).unwrap();
            prop_assert_eq!(Owasp::all_in(&category.to_string()), [category]);
        }
    }
}
