//! A rule's id that stays the same from one run of a model to the next, whatever words it chose this time.

use crate::domain::Cwe;

/// The names under which models report the common weaknesses, and the weakness that each of them means.
const NAMES: &[(&str, u16)] = &[
    ("sql-injection", 89),
    ("sqli", 89),
    ("nosql-injection", 943),
    ("ldap-injection", 90),
    ("xpath-injection", 643),
    ("command-injection", 78),
    ("os-command-injection", 78),
    ("shell-injection", 78),
    ("code-injection", 94),
    ("eval-injection", 95),
    ("template-injection", 1336),
    ("server-side-template-injection", 1336),
    ("ssti", 1336),
    ("log-injection", 117),
    ("header-injection", 113),
    ("crlf-injection", 93),
    ("xss", 79),
    ("cross-site-scripting", 79),
    ("reflected-xss", 79),
    ("stored-xss", 79),
    ("dom-xss", 79),
    ("dom-based-xss", 79),
    ("csrf", 352),
    ("cross-site-request-forgery", 352),
    ("ssrf", 918),
    ("server-side-request-forgery", 918),
    ("xxe", 611),
    ("xml-external-entity", 611),
    ("xml-external-entities", 611),
    ("xml-external-entity-injection", 611),
    ("path-traversal", 22),
    ("directory-traversal", 22),
    ("open-redirect", 601),
    ("unvalidated-redirect", 601),
    ("insecure-deserialization", 502),
    ("unsafe-deserialization", 502),
    ("deserialization-of-untrusted-data", 502),
    ("hardcoded-credentials", 798),
    ("hard-coded-credentials", 798),
    ("hardcoded-secret", 798),
    ("hardcoded-secrets", 798),
    ("hardcoded-api-key", 798),
    ("hardcoded-password", 259),
    ("hard-coded-password", 259),
    ("idor", 639),
    ("insecure-direct-object-reference", 639),
    ("prototype-pollution", 1321),
    ("buffer-overflow", 120),
    ("stack-buffer-overflow", 121),
    ("heap-buffer-overflow", 122),
    ("out-of-bounds-read", 125),
    ("out-of-bounds-write", 787),
    ("use-after-free", 416),
    ("double-free", 415),
    ("null-pointer-dereference", 476),
    ("integer-overflow", 190),
    ("format-string", 134),
    ("format-string-vulnerability", 134),
    ("race-condition", 362),
    ("toctou", 367),
    ("redos", 1333),
    ("mass-assignment", 915),
    ("unrestricted-file-upload", 434),
    ("missing-authentication", 306),
    ("missing-authorization", 862),
    ("weak-hash", 328),
    ("weak-randomness", 338),
    ("insecure-randomness", 338),
    ("weak-password-hashing", 916),
];

/// Words that say nothing of the sort of weakness.
const EMPTY: &[&str] = &[
    "vulnerability",
    "vulnerabilities",
    "security",
    "security-vulnerability",
    "security-issue",
    "security-finding",
    "security-bug",
    "security-weakness",
    "issue",
    "finding",
    "bug",
    "weakness",
    "code",
    "sast",
    "warning",
    "error",
    "info",
    "code-smell",
    "other",
    "code-vulnerability",
];

/// The weakness that a name means, where it is one of the common names and nothing else.
pub(super) fn cwe_of(name: &str) -> Option<Cwe> {
    let slug = slug(name);
    // `Cross-Site Scripting (XSS)`: the abbreviation says it again.
    let known = |slug: &str| NAMES.iter().find(|(known, _)| *known == slug).map(|(_, number)| Cwe(*number));
    let short = slug.rsplit_once('-').map(|(head, _)| head).filter(|_| name.trim_end().ends_with(')'));
    let plain = slug.trim_end_matches("-vulnerability").trim_end_matches("-attack");
    known(&slug).or_else(|| known(plain)).or_else(|| short.and_then(known))
}

/// A name as a rule's id: lower case, joined by hyphens; empty where it says nothing.
pub(super) fn named(name: &str) -> String {
    let slug = slug(name);
    if EMPTY.contains(&slug.as_str()) { String::new() } else { slug }
}

fn slug(name: &str) -> String {
    let mut slug = String::new();
    for part in name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        if slug.chars().count() + part.chars().count() > 80 {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(part.chars().flat_map(char::to_lowercase));
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_mean_their_weakness_and_others_none() {
        for (name, cwe) in [
            ("SQL Injection", Some(89)),
            ("sql_injection", Some(89)),
            ("SQL Injection vulnerability", Some(89)),
            ("Cross-Site Scripting (XSS)", Some(79)),
            ("Server-Side Request Forgery (SSRF)", Some(918)),
            ("SQL injection in login form", None),
            ("Missing rate limit", None),
            ("", None),
        ] {
            assert_eq!(cwe_of(name).map(|cwe| cwe.0), cwe, "{name}");
        }
        for (_, number) in NAMES {
            assert!(Cwe(*number).name().is_some(), "{number}");
        }
    }

    #[test]
    fn a_name_becomes_an_id_unless_it_says_nothing() {
        for (name, id) in [
            ("Missing Rate Limit", "missing-rate-limit"),
            ("missing_rate-limit!", "missing-rate-limit"),
            ("Security Issue", ""),
            ("Größe", "größe"),
            ("", ""),
        ] {
            assert_eq!(named(name), id);
        }
        assert!(named(&"long ".repeat(100)).len() <= 80);
    }
}
