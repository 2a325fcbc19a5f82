//! Severities, confidences, CWE ids and OWASP categories out of levels, scores, words and tags.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::wire::Bag;
use crate::domain::{Confidence, Cwe, Severity};
use crate::ingest::reader::{Scale, grade};

/// How many weaknesses, and how many categories, a rule or a claim has at most: what is a hundred things says nothing,
/// and every claim of a rule has a copy of its rule's.
pub(super) const CLASSES: usize = 64;

/// Words of levels and of properties.
pub(super) const SEVERITY: Scale = &[
    ("error", Severity::High),
    ("warning", Severity::Medium),
    ("note", Severity::Low),
    ("none", Severity::Info),
    ("critical", Severity::Critical),
    ("blocker", Severity::Critical),
    ("very high", Severity::Critical),
    ("high", Severity::High),
    ("major", Severity::High),
    ("important", Severity::High),
    ("serious", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("warn", Severity::Medium),
    ("low", Severity::Low),
    ("minor", Severity::Low),
    ("recommendation", Severity::Low),
    ("negligible", Severity::Info),
    ("info", Severity::Info),
    ("informational", Severity::Info),
    ("information", Severity::Info),
    ("unknown", Severity::Info),
    ("undefined", Severity::Info),
];

/// Properties of known tools that hold a word of severity, the most telling first.
const WORDS: [&str; 10] = [
    "issue_severity",
    "severity",
    "Severity",
    "severityLevel",
    "severity_level",
    "cvssv3_severity",
    "issueSeverity",
    "problem.severity",
    "priority",
    "impact",
];

/// A severity with the words it was made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Grade {
    pub(super) severity: Severity,
    pub(super) words: String,
    /// The score, where it was made from one.
    pub(super) score: Option<f32>,
}

/// From the property `security-severity`: a score of 0 to 10, as number or text, or a word.
pub(super) fn security(bag: &Bag<'_>) -> Option<Grade> {
    let text = ["security-severity", "security_severity", "securitySeverity"]
        .iter()
        .find_map(|key| bag.get(key).map(super::wire::Prop::text).filter(|text| !text.trim().is_empty()))?;
    let words = format!("security-severity {}", text.trim());
    match text.trim().parse::<f32>() {
        Ok(score) if (0.0..=10.0).contains(&score) => {
            Some(Grade { severity: Severity::from_score(score), words, score: Some(score) })
        }
        Ok(_) => None,
        Err(_) => Some(Grade { severity: grade(SEVERITY, text)?, words, score: None }),
    }
}

/// From a known tool's own property.
pub(super) fn words(bag: &Bag<'_>) -> Option<Grade> {
    if bag.0.is_empty() {
        return None;
    }
    WORDS.iter().find_map(|key| {
        let text = bag.get(key)?.text().trim();
        Some(Grade { severity: grade(SEVERITY, text)?, words: format!("{key} {text}"), score: None })
    })
}

/// From a level; an unknown one says nothing.
pub(super) fn level(level: &str) -> Option<Grade> {
    let level = level.trim();
    Some(Grade { severity: grade(SEVERITY, level)?, words: level.to_owned(), score: None })
}

/// How sure the tool is, from `precision` and its kin.
pub(super) fn confidence(bag: &Bag<'_>) -> Option<Confidence> {
    if bag.0.is_empty() {
        return None;
    }
    ["issue_confidence", "confidence", "Confidence", "precision", "certainty"].iter().find_map(|key| {
        let text = bag.get(key)?.text();
        // The plain words first: the others take two allocations to compare.
        let plain = [Confidence::High, Confidence::Medium, Confidence::Low];
        let plain = plain.into_iter().find(|it| it.word().eq_ignore_ascii_case(text));
        plain
            .or_else(|| Confidence::from_words(text))
            .or_else(|| Confidence::from_share(text.trim().parse().ok()?))
    })
}

/// Adds the CWE ids that a property bag names: under keys for them, then in tags.
pub(super) fn cwes_of_bag(bag: &Bag<'_>, cwes: &mut Vec<Cwe>) {
    for (key, value) in &bag.0 {
        let mut bare = key.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
        let starts = [b'c', b'w', b'e'].into_iter().all(|byte| bare.next() == Some(byte));
        let rest = [bare.next(), bare.next(), bare.next(), bare.next()].map(Option::unwrap_or_default);
        if starts && [*b"\0\0\0\0", *b"s\0\0\0", *b"id\0\0", *b"ids\0"].contains(&rest) {
            value.texts().for_each(|text| add(Cwe::all_in(text), cwes));
        }
    }
    for text in bag.get("tags").into_iter().flat_map(super::wire::Prop::texts) {
        if names_cwe(text) {
            add(Cwe::all_in(text), cwes);
        }
    }
}

/// Adds the CWE ids that stand in running text: `CWE-79`, `cwe-079`, `…/definitions/79.html`.
pub(super) fn cwes_of_text(text: &str, cwes: &mut Vec<Cwe>) {
    // A searcher costs more to build than a message takes to search.
    static FINDERS: LazyLock<[Finder<'static>; 3]> =
        LazyLock::new(|| ["CWE-", "cwe-", "cwe.mitre.org/data/definitions/"].map(Finder::new));
    for finder in FINDERS.iter() {
        // Texts name a few; a text of nothing else is no rule's.
        for at in finder.find_iter(text.as_bytes()).take(16) {
            let digits = text.get(at + finder.needle().len()..).unwrap_or_default();
            let end = digits.bytes().take(6).take_while(u8::is_ascii_digit).count();
            add(Cwe::all_in(digits.get(..end).unwrap_or_default()), cwes);
        }
    }
}

/// Adds what is not there yet.
pub(super) fn add(more: Vec<Cwe>, cwes: &mut Vec<Cwe>) {
    for cwe in more {
        if cwes.len() < CLASSES && !cwes.contains(&cwe) {
            cwes.push(cwe);
        }
    }
}

/// Whether a tag speaks of CWE at all, so that a bare number in another tag is not taken for one.
pub(super) fn names_cwe(text: &str) -> bool {
    text.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(b"cwe"))
}

/// The OWASP categories in tags and properties, as `A03:2021`: from `OWASP-A03:2021 - Injection`, `A3:2017`.
pub(super) fn owasp(bag: &Bag<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (key, value) in &bag.0 {
        let named = || key.as_bytes().windows(5).any(|five| five.eq_ignore_ascii_case(b"owasp"));
        if !(&**key == "tags" || named()) {
            continue;
        }
        for category in value.texts().filter_map(owasp_category) {
            if all.len() < CLASSES && !all.contains(&category) {
                all.push(category);
            }
        }
    }
    all
}

fn owasp_category(text: &str) -> Option<String> {
    let (before, after) = text.split_once(':')?;
    let year: String = after.trim_start().chars().take_while(char::is_ascii_digit).take(5).collect();
    let letter = before.rfind(['A', 'a'])?;
    let number = before.get(letter + 1..)?.trim();
    let digits = number.bytes().all(|b| b.is_ascii_digit()) && matches!(number.len(), 1 | 2);
    (digits && year.len() == 4 && year.starts_with("20")).then(|| format!("A{number:0>2}:{year}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owasp_categories_are_read_in_every_spelling_with_a_year() {
        for (text, category) in [
            ("OWASP-A05:2021-Security Misconfiguration", Some("A05:2021")),
            ("A6:2017 - Security Misconfiguration", Some("A06:2017")),
            ("owasp-a03: 2021", Some("A03:2021")),
            ("A9: Using Components with Known Vulnerabilities", None),
            ("CWE-89: Improper", None),
            ("é:2021", None),
        ] {
            assert_eq!(owasp_category(text).as_deref(), category, "{text}");
        }
    }

    #[test]
    fn security_severity_is_a_score_or_a_word_and_nonsense_is_neither() {
        let of = |text: &'static str| {
            let bag: Bag<'_> = serde_json::from_str(text).unwrap();
            security(&bag).map(|grade| (grade.severity, grade.words))
        };
        let words = |text: &str| format!("security-severity {text}");
        assert_eq!(of(r#"{"security-severity":9.8}"#), Some((Severity::Critical, words("9.8"))));
        assert_eq!(of(r#"{"security-severity":"6.1"}"#), Some((Severity::Medium, words("6.1"))));
        assert_eq!(of(r#"{"security-severity":"HIGH"}"#), Some((Severity::High, words("HIGH"))));
        for nothing in [
            r#"{"security-severity":"77"}"#,
            r#"{"security-severity":"NaN"}"#,
            r#"{"security-severity":"soon"}"#,
            r#"{"security-severity":null}"#,
            "[]",
        ] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
    }
}
