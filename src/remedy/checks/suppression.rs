//! Comments that silence a scanner: a remedy that brings one in fixes nothing.

/// What stands in such a comment, in lower case.
const MARKS: [&str; 25] = [
    "nosemgrep",
    "#nosem",
    "//nosem",
    "nosem:",
    "#nosec",
    "//nosec",
    "noqa",
    "eslint-disable",
    "nosonar",
    "nolint",
    "noinspection",
    "suppresswarnings",
    "suppressfbwarnings",
    "pragma: allowlist",
    "pragma: whitelist",
    "lgtm[",
    "codeql[",
    "snyk:ignore",
    "deepcode ignore",
    "file deepcode ignore",
    "cppcheck-suppress",
    "flawfinder: ignore",
    "rats: ignore",
    "gitleaks:allow",
    "checkov:skip",
];

/// The first mark of which a text has more than another.
pub(super) fn added(old: &str, new: &str) -> Option<&'static str> {
    let (old, new) = (plain(old), plain(new));
    MARKS.into_iter().find(|mark| new.matches(mark).count() > old.matches(mark).count())
}

/// In lower case, and with nothing between the sign of a comment and its first word.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            let end = plain.trim_end_matches([' ', '\t']).len();
            if plain.get(..end).is_some_and(|head| head.ends_with('#') || head.ends_with("//")) {
                plain.truncate(end);
            }
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silencing_comment_is_seen_where_it_was_not() {
        assert_eq!(added("eval(x)", "eval(x)  # NOSEC B307"), Some("#nosec"));
        assert_eq!(added("eval(x)", "eval(x)  # nosem"), Some("#nosem"));
        assert_eq!(added("eval(x)", "eval(x)  #\t nosec"), Some("#nosec"));
        assert_eq!(added("eval(x);", "eval(x);  //   nosec"), Some("//nosec"));
        assert_eq!(added("x", "noses  # noise"), None);
        assert_eq!(added("eval(x)", "// eslint-disable-next-line\neval(x)"), Some("eslint-disable"));
        assert_eq!(added("eval(x)  # nosec", "safe(x)  # nosec"), None);
    }
}
