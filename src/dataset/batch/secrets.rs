//! Secrets in code that would leave: known shapes of tokens, private keys, and texts that are too random to be words.
//!
//! In doubt a text is masked: a batch loses a constant, and nobody a password.

/// Beginnings of tokens, with how many characters follow at least.
const SHAPES: [(&str, usize); 28] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("npm_", 30),
    ("pypi-", 40),
    ("dop_v1_", 30),
    ("hf_", 30),
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("pk_live_", 16),
    ("whsec_", 20),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("SG.", 30),
    ("eyJ", 40),
    ("ya29.", 20),
];

/// A quoted text shorter than this is not taken for random.
const RANDOM: usize = 20;
/// Bits for each character from which on it is; of hexadecimal digits there are no more than four.
const BITS: f64 = 3.9;
const BITS_OF_HEX: f64 = 3.0;

const BEGIN: &str = "-----BEGIN ";
const PRIVATE: &str = "PRIVATE KEY";
const END: &str = "-----END ";

/// The secrets of a text, each once, in no order.
#[must_use]
pub fn secrets_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |secret: &str| {
        if !found.iter().any(|known| known == secret) {
            found.push(secret.to_owned());
        }
    };
    keys_in(text, &mut add);
    for word in text.split(|c: char| !is_of_token(c)) {
        if let Some(secret) = SHAPES.iter().find_map(|shape| shaped(word, *shape)) {
            add(secret);
        }
    }
    for quoted in quoted(text) {
        if is_random(quoted) {
            add(quoted);
        }
    }
    found
}

const fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '=')
}

/// The token of a shape inside a word.
fn shaped<'w>(word: &'w str, (begins, least): (&str, usize)) -> Option<&'w str> {
    let at = word.find(begins)?;
    // `task-` holds `sk-` and is no key.
    if word.get(..at)?.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let token = word.get(at..)?.trim_end_matches(['.', '=', '/']);
    let rest = token.get(begins.len()..)?;
    let varied =
        rest.bytes().any(|byte| byte.is_ascii_digit()) || rest.bytes().any(|byte| byte.is_ascii_uppercase());
    (rest.len() >= least && varied).then_some(token)
}

/// The lines of private keys.
fn keys_in<'t>(text: &'t str, add: &mut impl FnMut(&'t str)) {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        rest = after;
        let Some((head, body)) = after.split_once("-----") else { return };
        if head.contains(PRIVATE) && !head.contains('\n') {
            let body = body.split_once(END).map_or(body, |(body, _)| body);
            // In a text on one line its breaks are written out.
            let lines = body.split(|c: char| c.is_whitespace() || matches!(c, '\\' | '"' | '\''));
            lines.filter(|line| line.len() >= 16).for_each(&mut *add);
        }
    }
}

/// What stands between quotes of one line.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let mut rest = line;
        std::iter::from_fn(move || {
            let at = rest.find(['"', '\'', '`'])?;
            let quote = rest.get(at..)?.chars().next()?;
            let after = rest.get(at + 1..)?;
            let Some(end) = after.find(quote) else {
                rest = after;
                return Some("");
            };
            let inner = after.get(..end);
            // A quote may open what the one before it seemed to close.
            rest = after.get(end..)?;
            inner
        })
    })
}

fn is_random(text: &str) -> bool {
    if text.len() < RANDOM || !text.chars().all(is_of_token) {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Names of several words and paths have few digits, dates and numbers few letters.
    if digits < 3 || letters < 4 || !is_hex && text.matches(['/', '.', '-', '_']).count() > text.len() / 8 {
        return false;
    }
    bits(text) >= if is_hex { BITS_OF_HEX } else { BITS }
}

/// The entropy of a text's characters, in bits for each.
fn bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let all = text.len() as f64;
    let each = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    each.map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::without_secrets;

    /// Built here, so that no scanner takes this file for a leak.
    fn token(begins: &str, length: usize) -> String {
        let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
        let rest = (0..length).map(|at| letters[(at * 37 + 11) % letters.len()]);
        begins.chars().chain(rest).collect()
    }

    #[test]
    fn tokens_of_every_known_shape_are_found_wherever_they_stand() {
        for (begins, least) in SHAPES {
            let secret = token(begins, least + 4);
            for text in [format!("key = \"{secret}\""), format!("# see {secret}."), format!("f({secret})")] {
                assert!(secrets_in(&text).contains(&secret), "{text}: {:?}", secrets_in(&text));
                let masked = without_secrets(&text, &secrets_in(&text));
                assert!(!masked.contains(&secret) && masked.len() == text.len(), "{masked}");
            }
        }
    }

    #[test]
    fn a_private_key_is_found_line_by_line() {
        let lines: Vec<String> = (0..3).map(|at| token("", 48 + at)).collect();
        let text =
            format!("{BEGIN}RSA {PRIVATE}-----\n{}\n{END}RSA {PRIVATE}-----\nrest\n", lines.join("\n"));
        assert_eq!(secrets_in(&text), lines);
        let text = format!("{BEGIN}CERTIFICATE-----\n{}\n{END}CERTIFICATE-----\n", lines.join("\n"));
        assert!(secrets_in(&text).is_empty());
    }

    #[test]
    fn random_texts_are_found_and_words_are_not() {
        for text in [token("", 32), "9f86d081884c7d659a2feaa0c55ad015".to_owned()] {
            assert_eq!(secrets_in(&format!("password = '{text}'")), [text]);
        }
        for text in [
            "\"application/vnd.openxmlformats-officedocument\"",
            "'SELECT id FROM users WHERE name = ?'",
            "\"task-force-and-other-long-names-2024\"",
            "\"2024-01-01T00:00:00+00:00\"",
            "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa111\"",
            "import { createServer } from 'node:http/createServer2023'",
            "sha256_of_the_file_that_was_downloaded()",
        ] {
            assert_eq!(secrets_in(text), Vec::<String>::new(), "{text}");
        }
    }
}
