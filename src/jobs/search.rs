//! Finding a text in a file on the screen. It is looked for once, by a worker: a line may have megabytes.

use std::sync::Arc;

use super::code::CodeFile;

/// Places kept; of more it is only said that there are.
const MOST_HITS: usize = 20_000;

/// A place at which the text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The line, by its number.
    pub line: u32,
    /// The first byte in the line.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// Where a text stands in a file.
#[derive(Debug, Clone)]
pub struct Hits {
    /// The file.
    pub file: Arc<CodeFile>,
    /// The text.
    pub text: String,
    /// The places, in their order.
    pub hits: Vec<Hit>,
    /// Whether there are more than were kept.
    pub more: bool,
}

impl Hits {
    /// Looks for a text, whose letters may be of either case unless one is a capital. `is_cancelled` is asked now and
    /// then; if it says so, nothing is found.
    #[must_use]
    pub fn find(file: &Arc<CodeFile>, text: &str, is_cancelled: &dyn Fn() -> bool) -> Option<Self> {
        let mut found = Self { file: Arc::clone(file), text: text.to_owned(), hits: Vec::new(), more: false };
        let exact = text.chars().any(char::is_uppercase);
        let folded: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let Some(&first) = folded.first() else { return Some(found) };
        let mut after = 0;
        let mut line = 0;
        let mut take = |from: usize, to: usize| {
            // Places come in order, and a place that runs over a line's end is none.
            while file.starts.get(line + 1).is_some_and(|&next| next <= from) {
                line += 1;
            }
            let start = file.starts.get(line).copied().unwrap_or(0);
            if file.starts.get(line + 1).is_none_or(|&end| to <= end) {
                let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let line = file.first_line.saturating_add(number(line));
                found.hits.push(Hit { line, start: number(from - start), end: number(to - start) });
            }
            found.more = found.hits.len() > MOST_HITS;
            !found.more
        };
        let whole: &str = &file.text;
        if exact {
            for (count, from) in memchr::memmem::find_iter(whole.as_bytes(), text.as_bytes()).enumerate() {
                if count % 1024 == 0 && is_cancelled() {
                    return None;
                }
                if !take(from, from + text.len()) {
                    break;
                }
            }
        } else {
            let mut candidates = Candidates::new(whole, first);
            let mut looked = 0;
            while let Some(from) = candidates.next(after) {
                looked += 1;
                if looked % 4096 == 0 && is_cancelled() {
                    return None;
                }
                match end_of(whole, from, &folded) {
                    Some(to) => {
                        after = to;
                        if !take(from, to) {
                            break;
                        }
                    }
                    None => {
                        after = from
                            + whole.get(from..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
                    }
                }
            }
        }
        found.hits.truncate(MOST_HITS);
        Some(found)
    }

    /// The places in a line.
    #[must_use]
    pub fn in_line(&self, line: u32) -> &[Hit] {
        let from = self.hits.partition_point(|hit| hit.line < line);
        let to = self.hits.partition_point(|hit| hit.line <= line);
        self.hits.get(from..to).unwrap_or_default()
    }
}

/// Where a folded text that stands at a byte ends.
fn end_of(text: &str, from: usize, folded: &[char]) -> Option<usize> {
    let mut wanted = folded.iter();
    for (at, letter) in text.get(from..)?.char_indices() {
        if wanted.as_slice().is_empty() {
            return Some(from + at);
        }
        for lower in letter.to_lowercase() {
            if wanted.next() != Some(&lower) {
                return None;
            }
        }
    }
    wanted.as_slice().is_empty().then_some(text.len())
}

/// Bytes at which a letter stands, in either case.
enum Candidates<'t> {
    Ascii(&'t str, u8, u8),
    Any(&'t str, char),
}

impl<'t> Candidates<'t> {
    fn new(text: &'t str, first: char) -> Self {
        match u8::try_from(first).ok().filter(u8::is_ascii) {
            // The sign of kelvin and a Turkish capital fold to these; such a text is gone through letter by letter.
            Some(byte) if !matches!(byte, b'k' | b'i') || text.is_ascii() => {
                Self::Ascii(text, byte, byte.to_ascii_uppercase())
            }
            _ => Self::Any(text, first),
        }
    }

    fn next(&mut self, from: usize) -> Option<usize> {
        match self {
            Self::Ascii(text, lower, upper) => {
                memchr::memchr2(*lower, *upper, text.as_bytes().get(from..)?).map(|at| from + at)
            }
            Self::Any(text, first) => {
                let mut letters = text.get(from..)?.char_indices();
                letters
                    .find(|(_, letter)| letter.to_lowercase().next() == Some(*first))
                    .map(|(at, _)| from + at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str, wanted: &str) -> Vec<(u32, u32, u32)> {
        let file = Arc::new(CodeFile::new("a.txt", text.to_owned(), 1, true));
        let hits = Hits::find(&file, wanted, &|| false).unwrap();
        hits.hits.iter().map(|hit| (hit.line, hit.start, hit.end)).collect()
    }

    #[test]
    fn small_letters_mean_either_case_and_a_capital_means_itself() {
        let text = "uid = UID\n\nuidUid\n";
        assert_eq!(found(text, "uid"), [(1, 0, 3), (1, 6, 9), (3, 0, 3), (3, 3, 6)]);
        assert_eq!(found(text, "Uid"), [(3, 3, 6)]);
        assert_eq!(found("É é \u{212a}elvin", "é"), [(1, 0, 2), (1, 3, 5)]);
        assert_eq!(found("\u{212a}elvin kelvin", "kelvin").len(), 2);
        assert_eq!((found(text, "").len(), found(text, "nothing").len()), (0, 0));
        assert_eq!(found("aaaa", "aa"), [(1, 0, 2), (1, 2, 4)]);
    }

    #[test]
    fn very_many_places_are_cut_off_and_it_says_so() {
        let file = Arc::new(CodeFile::new("a.txt", "ab".repeat(2_600_000), 1, true));
        let hits = Hits::find(&file, "b", &|| false).unwrap();
        assert_eq!((hits.hits.len(), hits.more), (MOST_HITS, true));
        assert_eq!(hits.in_line(1).len(), MOST_HITS);
        assert!(Hits::find(&file, "b", &|| true).is_none());
    }

    proptest! {
        #[test]
        fn what_is_found_stands_there(text in "[aAbBéÉ\\n]{0,60}", wanted in "[abéA]{1,3}") {
            let file = Arc::new(CodeFile::new("a.txt", text.clone(), 1, true));
            let hits = Hits::find(&file, &wanted, &|| false).unwrap();
            let exact = wanted.chars().any(char::is_uppercase);
            let fold = |text: &str| if exact { text.to_owned() } else { text.to_lowercase() };
            for hit in &hits.hits {
                let line = file.line(hit.line).unwrap();
                prop_assert_eq!(fold(&line[hit.start as usize..hit.end as usize]), wanted.clone());
            }
            let count: usize = text.split('\n').map(|line| fold(line).matches(&wanted).count()).sum();
            prop_assert_eq!(hits.hits.len(), count);
        }
    }
}
