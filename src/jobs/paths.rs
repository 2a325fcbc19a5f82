//! Paths as people write them in a line: parted by blanks, quoted as in a shell, `~` for home, and completed.

use std::path::{Path, PathBuf};

/// Names shown of those that a beginning could mean.
const SHOWN: usize = 40;
/// Entries of a folder that are looked at.
const LOOKED_AT: usize = 10_000;

/// A quote that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quote is not closed")]
pub struct OpenQuote;

/// What a line can be completed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Completion {
    /// The line with as much more as is sure.
    pub text: String,
    /// The names that its last word could mean, folders with a slash; the first of them.
    pub names: Vec<String>,
}

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Word {
    /// Where it begins in the line.
    start: usize,
    /// What it says without quotes.
    text: String,
    /// Whether a `~` at its beginning means home.
    is_home: bool,
}

impl Word {
    fn path(&self) -> PathBuf {
        let home = || etcetera::home_dir().ok().filter(|_| self.is_home);
        match (self.text.strip_prefix('~'), home()) {
            (Some(""), Some(home)) => home,
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(&self.text),
        }
    }
}

/// The words of a line, and whether the last one goes on: nothing parts it from what would be written next.
fn words(line: &str) -> (Vec<Word>, bool, Result<(), OpenQuote>) {
    let mut words: Vec<Word> = Vec::new();
    let (mut within, mut quote) = (false, None);
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        if quote.is_none() && letter.is_whitespace() {
            within = false;
            continue;
        }
        if !within {
            words.push(Word { start: at, text: String::new(), is_home: letter == '~' });
            within = true;
        }
        let Some(word) = words.last_mut() else { continue };
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', None | Some('"')) => {
                if let Some((_, next)) = letters.next() {
                    word.text.push(next);
                }
            }
            _ => word.text.push(letter),
        }
    }
    (words, within, if quote.is_some() { Err(OpenQuote) } else { Ok(()) })
}

/// The paths of a line as they are written, home not looked up; for a look before they are asked for.
///
/// # Errors
/// When a quote is not closed.
pub fn written(line: &str) -> Result<Vec<String>, OpenQuote> {
    let (words, _, closed) = words(line);
    closed.map(|()| words.into_iter().map(|word| word.text).collect())
}

/// The paths of a line.
///
/// # Errors
/// When a quote is not closed.
pub(super) fn paths(line: &str) -> Result<Vec<PathBuf>, OpenQuote> {
    let (words, _, closed) = words(line);
    closed.map(|()| words.iter().map(Word::path).collect())
}

/// Completes the last word of a line by the names of files.
#[must_use]
pub(super) fn complete(line: &str) -> Completion {
    let (mut words, within, _) = words(line);
    let last = if within { words.pop() } else { None };
    let last = last.unwrap_or(Word { start: line.len(), ..Word::default() });
    let path = last.path();
    let text = path.to_string_lossy();
    // `~` alone is a folder to go on in.
    let text = if last.text == "~" { format!("{text}/") } else { text.into_owned() };
    let (folder, beginning) = match text.rfind('/') {
        Some(at) => text.split_at(at + 1),
        None => ("", text.as_str()),
    };
    let names = named(Path::new(if folder.is_empty() { "." } else { folder }), beginning);
    let Some(first) = names.first() else { return Completion { text: line.to_owned(), names } };
    let common = names.iter().fold(first.as_str(), |common, name| {
        let same = common.char_indices().zip(name.chars()).find(|((_, a), b)| a != b);
        let end = same.map_or(common.len().min(name.len()), |((at, _), _)| at);
        common.get(..end).unwrap_or_default()
    });
    // What was written of the folders stays as it was written.
    let kept = match last.text.rfind('/') {
        Some(at) => last.text.get(..=at).unwrap_or_default().to_owned(),
        None if last.text == "~" => "~/".to_owned(),
        None => String::new(),
    };
    let (tilde, kept) = match kept.strip_prefix('~').filter(|_| last.is_home) {
        Some(rest) => ("~", rest),
        None => ("", kept.as_str()),
    };
    let before = line.get(..last.start).unwrap_or_default();
    let text = format!("{before}{tilde}{}{}", quoted(kept), quoted(common));
    Completion { text, names: names.into_iter().take(SHOWN).collect() }
}

/// The entries of a folder that begin so, sorted; hidden ones only where they are asked for.
fn named(folder: &Path, beginning: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .take(LOOKED_AT)
        .flatten()
        .filter_map(|entry| {
            let mut name = entry.file_name().into_string().ok()?;
            let fits = name.starts_with(beginning) && (!name.starts_with('.') || beginning.starts_with('.'));
            // What a link leads to is what counts.
            if fits && entry.path().is_dir() {
                name.push('/');
            }
            fits.then_some(name)
        })
        .collect();
    names.sort_unstable();
    names
}

/// A text as a word of a line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let is_special = letter.is_whitespace() || matches!(letter, '\'' | '"' | '\\');
        if is_special || (letter == '~' && at == 0) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_parted_and_quoted_as_in_a_shell() {
        for (line, expected) in [
            ("", Ok(vec![])),
            ("a  b", Ok(vec!["a", "b"])),
            (r#"'a b' "c d" e\ f"#, Ok(vec!["a b", "c d", "e f"])),
            (r#"a"b c"d"#, Ok(vec!["ab cd"])),
            (r"'a\b'", Ok(vec![r"a\b"])),
            ("'a", Err(OpenQuote)),
        ] {
            let expected: Result<Vec<String>, _> =
                expected.map(|words: Vec<&str>| words.into_iter().map(str::to_owned).collect());
            assert_eq!(written(line), expected, "{line}");
        }
    }

    #[test]
    fn home_is_a_tilde_alone_or_before_a_slash_and_not_in_quotes() {
        let home = etcetera::home_dir().unwrap();
        let one = |line| paths(line).unwrap().pop().unwrap();
        assert_eq!((one("~"), one("~/a")), (home.clone(), home.join("a")));
        assert_eq!((one("'~/a'"), one("~ann")), (PathBuf::from("~/a"), PathBuf::from("~ann")));
    }

    #[test]
    fn a_name_is_completed_as_far_as_it_is_sure() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scan one.json", "scan two.json", "other.json", ".hidden"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        let at = folder.path().display();
        let done = complete(&format!("first {at}/sc"));
        assert_eq!(done.text, format!(r"first {at}/scan\ "));
        assert_eq!(done.names, ["scan one.json", "scan two.json"]);
        let more = complete(&format!("{}o", done.text));
        assert_eq!(paths(&more.text).unwrap()[1], folder.path().join("scan one.json"));
        assert_eq!(complete(&format!("{at}/d")).text, format!("{at}/deep/"));
        assert_eq!(
            complete(&format!("{at}/")).names,
            ["deep/", "other.json", "scan one.json", "scan two.json"]
        );
        assert_eq!(complete(&format!("{at}/none")), Completion { text: format!("{at}/none"), names: vec![] });
    }

    proptest! {
        #[test]
        fn a_word_reads_back_from_how_it_is_quoted(text in "[a-z '\"\\\\~/é]{1,12}") {
            prop_assert_eq!(written(&quoted(&text)), Ok(vec![text]));
        }
    }
}
