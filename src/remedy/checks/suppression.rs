//! Comments that silence a scanner: a remedy that brings one in fixes nothing.

/// What stands in such a comment, in lower case.
const MARKS: [&str; 24] = [
    "nosemgrep",
    "nosem:",
    "# nosec",
    "#nosec",
    "// nosec",
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
    let (old, new) = (old.to_lowercase(), new.to_lowercase());
    MARKS.into_iter().find(|mark| new.matches(mark).count() > old.matches(mark).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silencing_comment_is_seen_where_it_was_not() {
        assert_eq!(added("eval(x)", "eval(x)  # NOSEC B307"), Some("# nosec"));
        assert_eq!(added("eval(x)", "// eslint-disable-next-line\neval(x)"), Some("eslint-disable"));
        assert_eq!(added("eval(x)  # nosec", "safe(x)  # nosec"), None);
    }
}
