//! Patterns of the filter language: wildcards over names, paths, and the first digits of an id.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use globset::{GlobBuilder, GlobMatcher};

/// The form of a text in which letter case does not count. Each character by itself, so that a part of a text
/// folds to a part of the folded text (`str::to_lowercase` looks at a sigma's neighbours).
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
    }
}

/// A name, with `*` for any characters and `?` for one. Letter case does not count, and nothing else is
/// special.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub(super) String);

impl Pattern {
    /// The pattern as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn matcher(&self) -> NameMatcher {
        NameMatcher(fold(&self.0).into_owned())
    }
}

/// A [`Pattern`] made ready.
#[derive(Debug)]
pub(super) struct NameMatcher(String);

impl NameMatcher {
    pub(super) fn matches(&self, name: &str) -> bool {
        wild(&self.0, &fold(name))
    }
}

/// Whether a text fits a pattern. Only the last `*` is ever tried again, so the time is bounded by the
/// product of the lengths.
fn wild(pattern: &str, text: &str) -> bool {
    let (mut wanted, mut found) = (pattern.chars(), text.chars());
    let mut retry = None;
    loop {
        let (mut after, mut rest) = (wanted.clone(), found.clone());
        match (after.next(), rest.next()) {
            (Some('*'), _) => {
                retry = Some((after.clone(), found.clone()));
                wanted = after;
                continue;
            }
            (None, None) => return true,
            (Some(want), Some(have)) if want == '?' || want == have => {
                (wanted, found) = (after, rest);
                continue;
            }
            _ => {}
        }
        let Some((star, from)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        (wanted, found) = (star.clone(), from.clone());
    }
}

/// Files by their path from the project's root; letter case counts.
///
/// - With `*`, `?` or `{…}` a glob as `globset` reads it, `*` not crossing a `/` and `**` crossing any;
///   without a `/` in it, it is matched with the file's name alone, in any folder. `\` takes the special
///   sense from what follows.
/// - With a `/` at its beginning, from the root alone.
/// - Else, with a `/` at the end, everything below that folder of the root.
/// - Else the file of that path, every file whose path ends with it (`db.py`, `src/db.py`), and everything
///   below a folder of the root of that name. Brackets are no glob here: `[id].tsx` is a file's name in some
///   frameworks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(String);

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Why it is no glob.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let pattern = Self(text.to_owned());
        pattern.try_matcher().map(|_| pattern)
    }

    /// The pattern as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Everything below a folder, whatever characters it has in its name.
    pub(super) fn folder(path: &str) -> Self {
        if path.contains(GLOBS) { Self(format!("{}/", escaped(path))) } else { Self(format!("{path}/")) }
    }

    /// The file of a path from the root and no other, whatever characters it has in its name.
    pub(super) fn file(path: &str) -> Self {
        if path.contains(GLOBS) { Self(format!("/{}", escaped(path))) } else { Self(format!("/{path}")) }
    }

    /// The folder that [`Self::folder`] made this of, with `/` at its end.
    pub(super) fn as_folder(&self) -> Option<String> {
        let text = bare(&self.0);
        let mut plain = String::with_capacity(text.len());
        let mut chars = text.strip_suffix('/')?.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' if self.is_glob() => plain.extend(chars.next()),
                '*' | '?' | '{' => return None,
                c => plain.push(c),
            }
        }
        plain.push('/');
        Some(plain)
    }

    /// Whether it is a glob.
    pub(super) fn is_glob(&self) -> bool {
        self.0.contains(GLOBS)
    }

    fn try_matcher(&self) -> Result<PathMatcher, String> {
        let text = self.0.strip_prefix("./").unwrap_or(&self.0);
        let (text, from_root) = match text.strip_prefix('/') {
            Some(text) => (text, true),
            None => (text, false),
        };
        if !text.contains(GLOBS) {
            return Ok(match text.strip_suffix('/') {
                Some(folder) => PathMatcher::Below(folder.to_owned()),
                None if from_root => PathMatcher::Root(text.to_owned()),
                None => PathMatcher::Plain(text.to_owned()),
            });
        }
        // `src/**/` without this would be a folder itself, and no path names one.
        let text = if text.ends_with('/') { Cow::Owned(format!("{text}**")) } else { Cow::Borrowed(text) };
        let glob = GlobBuilder::new(&text)
            .literal_separator(true)
            .backslash_escape(true)
            .empty_alternates(true)
            .build()
            .map_err(|error| error.kind().to_string())?
            .compile_matcher();
        Ok(if from_root || text.contains('/') {
            PathMatcher::Glob(glob)
        } else {
            PathMatcher::NameGlob(glob)
        })
    }

    /// What was read once reads again; were it not so, the pattern would match nothing.
    pub(super) fn matcher(&self) -> PathMatcher {
        self.try_matcher().unwrap_or(PathMatcher::Nothing)
    }
}

/// A [`PathPattern`] made ready.
#[derive(Debug)]
pub(super) enum PathMatcher {
    Below(String),
    Plain(String),
    Root(String),
    Glob(GlobMatcher),
    NameGlob(GlobMatcher),
    Nothing,
}

impl PathMatcher {
    pub(super) fn matches(&self, path: &str) -> bool {
        let path = bare(path);
        match self {
            Self::Root(plain) => path == plain || is_below(path, plain),
            Self::Below(folder) => is_below(path, folder),
            Self::Plain(plain) => {
                path.strip_suffix(plain.as_str()).is_some_and(|head| head.is_empty() || head.ends_with('/'))
                    || is_below(path, plain)
            }
            Self::Glob(glob) => glob.is_match(path),
            Self::NameGlob(glob) => glob.is_match(path.rsplit('/').next().unwrap_or(path)),
            Self::Nothing => false,
        }
    }
}

/// What makes a path a glob.
const GLOBS: [char; 3] = ['*', '?', '{'];

/// A path as a glob that means nothing but this path.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if matches!(c, '*' | '?' | '{' | '}' | '[' | ']' | ',' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A path as the patterns see it: from the root of its tree, also where a tool told it from that of the machine.
pub(super) fn bare(path: &str) -> &str {
    path.trim_start_matches('/')
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The first hexadecimal digits of an id, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// Reads digits: at least one, at most `digits`.
    pub(super) fn new(text: &str, digits: usize) -> Option<Self> {
        let good = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        good.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Whether an id of at most 16 bytes begins so.
    pub(super) fn begins(&self, id: &[u8]) -> bool {
        let mut whole = [0; 16];
        whole.iter_mut().zip(id).for_each(|(to, from)| *to = *from);
        self.0.len() <= id.len() * 2 && self.range().contains(&u128::from_be_bytes(whole))
    }

    /// The 16-byte ids that begin so, as numbers.
    pub(super) fn range(&self) -> RangeInclusive<u128> {
        let digits = self.0.bytes().filter_map(|digit| char::from(digit).to_digit(16));
        let first =
            digits.zip((0..32).rev()).fold(0, |id, (digit, place)| id | u128::from(digit) << (4 * place));
        first..=first | u128::MAX.checked_shr(4 * self.0.len() as u32).unwrap_or(0)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_fit_their_wildcards_whatever_their_case() {
        for (pattern, name, fits) in [
            ("sql", "SQL", true),
            ("sql", "sqli", false),
            ("SQL*", "sqli", true),
            ("*sql", "formatted-sql-x", false),
            ("*sql*", "formatted-sql-x", true),
            ("b60?", "B608", true),
            ("b60?", "B60", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("*", "", true),
            ("?", "é", true),
            ("ÉT*", "été", true),
            ("a[b]", "a[b]", true),
        ] {
            assert_eq!(Pattern(pattern.to_owned()).matcher().matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn paths_fit_their_patterns() {
        for (pattern, path, fits) in [
            ("src/**", "src/a/b.py", true),
            ("src/**", "lib/src/a.py", false),
            ("src/*", "src/a.py", true),
            ("src/*", "src/a/b.py", false),
            ("src/*/b.py", "src/a/b.py", true),
            ("*.py", "src/a/b.py", true),
            ("/*.py", "b.py", true),
            ("/*.py", "src/b.py", false),
            ("/db.py", "db.py", true),
            ("/db.py", "src/db.py", false),
            ("/src", "src/db.py", true),
            ("/src/", "src/db.py", true),
            ("/src/db.py", "/src/db.py", true),
            ("src/", "/src/db.py", true),
            ("**/a/*.py", "a/b.py", true),
            ("{a,b}/**", "b/x", true),
            ("src/**/", "src/a/b.py", true),
            ("src/", "src/a.py", true),
            ("src/", "src", false),
            ("src/", "srcs/a.py", false),
            ("./src/", "src/a.py", true),
            ("/", "anything", true),
            ("db.py", "src/db.py", true),
            ("db.py", "src/mydb.py", false),
            ("src/db.py", "app/src/db.py", true),
            ("src", "src/db.py", true),
            ("src", "app/src/db.py", false),
            ("[id].tsx", "pages/[id].tsx", true),
            ("\\[id\\]/*", "[id]/a.tsx", true),
            ("DB.py", "db.py", false),
        ] {
            assert_eq!(PathPattern::new(pattern).unwrap().matcher().matches(path), fits, "{pattern} {path}");
        }
        assert!(PathPattern::new("a{b").is_err());
        assert!(PathPattern::new("a[*").is_err());
    }

    #[test]
    fn a_prefix_counts_half_bytes() {
        let begins = |prefix: &str| Prefix::new(prefix, 4).is_some_and(|prefix| prefix.begins(&[0xab, 0xcd]));
        assert_eq!(
            ["a", "AB", "abc", "abcd", "ac", "b", "", "x", "abcde"].map(begins),
            [true, true, true, true, false, false, false, false, false]
        );
        assert!(!Prefix::new("abcd", 4).unwrap().begins(&[0xab]));
    }

    proptest! {
        #[test]
        fn wildcards_agree_with_globset(pattern in "[ab*?]{0,8}", name in "[ab]{0,10}") {
            // Two stars mean folders to globset.
            let stars = (0..3).fold(pattern.clone(), |pattern, _| pattern.replace("**", "*"));
            let glob = GlobBuilder::new(&stars).build().unwrap().compile_matcher();
            prop_assert_eq!(wild(&pattern, &name), glob.is_match(&name));
        }

        #[test]
        fn a_part_folds_to_a_part(before in ".{0,4}", part in ".{0,4}", after in ".{0,4}") {
            let whole = [before.as_str(), &part, &after].concat();
            prop_assert!(fold(&whole).contains(&*fold(&part)));
        }
    }
}
