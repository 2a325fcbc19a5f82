//! Secrets that scanners quote: enough is kept to recognise one, never enough to use it.

/// Masks a secret: at most four leading characters stay, and never more than a quarter of it.
pub(super) fn mask(secret: &str) -> String {
    let length = secret.chars().count();
    let kept: String = secret.chars().take((length / 4).min(4)).collect();
    if secret.is_empty() { kept } else { format!("{kept}****") }
}

/// Masks every occurrence of a secret in a text. Secrets of under four characters are left, since masking them
/// would riddle the text and hide nothing.
pub(super) fn mask_in(text: &str, secret: &str) -> String {
    let secret = secret.trim();
    if secret.chars().count() < 4 { text.to_owned() } else { text.replace(secret, &mask(secret)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_secret_keeps_at_most_four_characters() {
        for (secret, masked) in [
            ("", ""),
            ("abc", "****"),
            ("abcdefgh", "ab****"),
            ("AKIAIOSFODNN7EXAMPLE", "AKIA****"),
            ("ключ-очень-длинный-ключ", "ключ****"),
        ] {
            assert_eq!(mask(secret), masked);
        }
        assert_eq!(mask_in("key = 'AKIAIOSFODNN7EXAMPLE';", "AKIAIOSFODNN7EXAMPLE"), "key = 'AKIA****';");
        assert_eq!(mask_in("a = b", "a"), "a = b");
    }
}
