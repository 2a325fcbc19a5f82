//! Owns finding in a text what a scanner quoted of it.
//!
//! Never accepts a place because its line number fits: the quoted code must be there. A quotation that is found
//! nowhere means that the tree is of another revision than the scan, and the caller must not show its code. Never reads
//! the text once a quotation: its words and tokens are sorted at the first one that is looked for, and all that is
//! looked for in one text together has a bound.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::text::{Family, LineIndex, tokens};

/// What is put for a character that a tool could not read. In a quotation it stands for any one that is not ASCII:
/// the tool took the file for UTF-8, which it is not.
const UNREADABLE: char = '\u{fffd}';
/// A larger text is not sorted: that would take several times its size.
const LARGEST_SORTED: usize = 8 << 20;
/// Places that may be compared with quotations in one text, and how many more for each byte of it: real trees need a
/// hundredth of that, and together it takes less than half a second a megabyte.
const COMPARED: u64 = 4 << 20;
const COMPARED_EACH: u64 = 16;
/// Places remembered of quotations that were looked for.
const REMEMBERED: usize = 1 << 18;
/// Words and tokens of a quotation among which the rarest is sought.
const TRIED: usize = 64;

/// Where a quotation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Here.
    At(Range<usize>),
    /// Nowhere, or in several places of which none is the nearest.
    Nowhere,
    /// Too much was looked for in this text already.
    NotLookedFor,
}

impl Found {
    /// The place, where it is known.
    #[must_use]
    pub fn at(self) -> Option<Range<usize>> {
        match self {
            Self::At(range) => Some(range),
            Self::Nowhere | Self::NotLookedFor => None,
        }
    }
}

/// A text in which quotations are looked for.
#[derive(Debug)]
pub struct Finder<'t> {
    text: &'t str,
    lines: LineIndex<'t>,
    family: Family,
    /// The hashes of its words and where these begin, sorted.
    words: Option<Vec<(u64, u32)>>,
    tokens: Option<Tokens>,
    known: FxHashMap<String, Rc<Places>>,
    remembered: usize,
    left: u64,
}

/// The tokens of a text: key, start and end in order, and their numbers by their keys, sorted.
#[derive(Debug)]
struct Tokens {
    all: Vec<(u64, u32, u32)>,
    by_key: Vec<(u64, u32)>,
}

/// Where a quotation stands, ascending: as quoted, and by its tokens where it does not stand as quoted anywhere.
#[derive(Debug, Default)]
struct Places {
    exact: Vec<Range<usize>>,
    by_tokens: Vec<Range<usize>>,
    is_weak: bool,
}

impl<'t> Finder<'t> {
    /// Of a text.
    #[must_use]
    pub fn new(lines: LineIndex<'t>, family: Family) -> Self {
        let text = lines.text();
        Self {
            text,
            lines,
            family,
            words: None,
            tokens: None,
            known: FxHashMap::default(),
            remembered: 0,
            left: COMPARED + COMPARED_EACH * text.len() as u64,
        }
    }

    /// Where a snippet stands, nearest to a line.
    ///
    /// Tried in order: the text as quoted (line breaks of any kind, white space at its ends ignored), then its
    /// normalised tokens, in any layout. Of several places the nearest to `near_line` is taken; with `near_line` 0,
    /// which says nothing, there must be one. Two places equally near, before and after, are ambiguous. A snippet of
    /// one or two tokens, such as `}` or `x;`, is believed on `near_line` only, and on the lines that it spans from there.
    pub fn find(&mut self, snippet: &str, near_line: u32) -> Found {
        let snippet = snippet.trim();
        if snippet.is_empty() {
            return Found::Nowhere;
        }
        let Some(places) = self.places(snippet) else { return Found::NotLookedFor };
        let of = if places.exact.is_empty() { &places.by_tokens } else { &places.exact };
        let Some(range) = nearest(of, near_line, &self.lines) else { return Found::Nowhere };
        let first = self.lines.line_of(range.start);
        let last = self.lines.line_of(range.end.saturating_sub(1).max(range.start));
        let believed = !places.is_weak || near_line == 0 || (first..=last).contains(&near_line);
        if believed { Found::At(range) } else { Found::Nowhere }
    }

    fn places(&mut self, snippet: &str) -> Option<Rc<Places>> {
        if let Some(known) = self.known.get(snippet) {
            return Some(Rc::clone(known));
        }
        let mut wanted: Vec<u64> = tokens(snippet, self.family).map(|token| token.key()).collect();
        let mut places = Places {
            is_weak: wanted.len() <= 2 && snippet.len() < 12,
            exact: self.exact(snippet)?,
            ..Places::default()
        };
        if places.exact.is_empty() {
            // A quotation that ends behind an argument has a comma that the text may have lost before its bracket.
            let comma = tokens(",", self.family).next().map(|token| token.key());
            if wanted.len() > 1 && wanted.last().copied() == comma {
                wanted.pop();
            }
            places.by_tokens = self.by_tokens(&wanted)?;
        }
        let places = Rc::new(places);
        self.remembered += 1 + places.exact.len() + places.by_tokens.len() + snippet.len() / 16;
        if self.remembered <= REMEMBERED {
            self.known.insert(snippet.to_owned(), Rc::clone(&places));
        }
        Some(places)
    }

    /// Takes so much of what may be compared.
    fn spend(&mut self, places: usize, length: usize) -> Option<()> {
        let cost = (places as u64).saturating_mul(1 + length as u64 / 64);
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }

    /// The places where the text stands as quoted, each beginning and ending where a word may.
    fn exact(&mut self, snippet: &str) -> Option<Vec<Range<usize>>> {
        let wild = snippet.contains(UNREADABLE);
        let text = self.text;
        let is_whole = |range: &Range<usize>| {
            // `id` must not be found in `valid`.
            let word = |c: Option<char>| c.is_some_and(is_of_word);
            let before = text.get(..range.start).and_then(|before| before.chars().next_back());
            let after = text.get(range.end..).and_then(|after| after.chars().next());
            let found = text.get(range.clone()).unwrap_or_default();
            let cut_before = word(before) && word(found.chars().next());
            let cut_after = word(after) && word(found.chars().next_back());
            !cut_before && !cut_after
        };
        // What is found ends where words end, so that every word of the quotation is a whole word of the text.
        let anchors: Vec<(usize, &str)> =
            words(snippet).filter(|word| !wild || is_readable(snippet, *word)).take(TRIED).collect();
        if anchors.is_empty() || text.len() > LARGEST_SORTED {
            if wild {
                return Some(Vec::new());
            }
            self.spend(text.len() / 256, 0)?;
            let all = memchr::memmem::find_iter(text.as_bytes(), snippet.as_bytes());
            let all = all.map(|at| at..at + snippet.len());
            return Some(all.filter(|range| text.get(range.clone()).is_some() && is_whole(range)).collect());
        }
        let sorted = self.words.get_or_insert_with(|| sorted_words(text));
        let rarest = anchors
            .into_iter()
            .map(|(at, word)| (at, equal(sorted, hash(word))))
            .min_by_key(|(_, all)| all.len());
        let Some((at, all)) = rarest else { return Some(Vec::new()) };
        let (from, to) = (all.start, all.end);
        self.spend(to - from, snippet.len())?;
        let starts = self.words.as_ref().and_then(|sorted| sorted.get(from..to)).unwrap_or_default();
        let found = starts.iter().filter_map(|&(_, start)| {
            let start = start as usize;
            if wild {
                return wild_at(text, snippet, start, at);
            }
            let range = start.checked_sub(at)?..start.checked_sub(at)? + snippet.len();
            (text.as_bytes().get(range.clone()) == Some(snippet.as_bytes())).then_some(range)
        });
        Some(found.filter(is_whole).collect())
    }

    /// The places whose tokens are the wanted ones, in order.
    fn by_tokens(&mut self, wanted: &[u64]) -> Option<Vec<Range<usize>>> {
        if wanted.is_empty() {
            return Some(Vec::new());
        }
        if self.text.len() > LARGEST_SORTED {
            return None;
        }
        let (text, family) = (self.text, self.family);
        let sorted = self.tokens.get_or_insert_with(|| Tokens::of(text, family));
        let keys = wanted.iter().take(TRIED).enumerate();
        let rarest = keys.map(|(at, key)| (at, equal(&sorted.by_key, *key))).min_by_key(|(_, all)| all.len());
        let Some((at, all)) = rarest else { return Some(Vec::new()) };
        let (from, to) = (all.start, all.end);
        self.spend(to - from, wanted.len() * 8)?;
        let sorted = self.tokens.as_ref()?;
        let numbers = sorted.by_key.get(from..to).unwrap_or_default();
        let found = numbers.iter().filter_map(|&(_, number)| {
            let first = (number as usize).checked_sub(at)?;
            let these = sorted.all.get(first..first + wanted.len())?;
            let same = these.iter().map(|(key, ..)| key).eq(wanted);
            same.then_some(these.first()?.1 as usize..these.last()?.2 as usize)
        });
        Some(found.collect())
    }
}

impl Tokens {
    fn of(text: &str, family: Family) -> Self {
        let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let all: Vec<(u64, u32, u32)> =
            tokens(text, family).map(|token| (token.key(), short(token.start), short(token.end()))).collect();
        let mut by_key: Vec<(u64, u32)> = (0..).zip(&all).map(|(number, (key, ..))| (*key, number)).collect();
        by_key.sort_unstable();
        Self { all, by_key }
    }
}

/// The nearest of places that ascend; `None` where two lines are as near.
fn nearest(places: &[Range<usize>], near_line: u32, lines: &LineIndex<'_>) -> Option<Range<usize>> {
    let line = |place: &Range<usize>| lines.line_of(place.start);
    if near_line == 0 {
        // Twice on one line is one place for whoever reads the line: the first stands.
        let (first, last) = (places.first()?, places.last()?);
        return (line(first) == line(last)).then(|| first.clone());
    }
    let here = places.partition_point(|place| line(place) < near_line);
    let after = places.get(here);
    let before = here.checked_sub(1).and_then(|last| places.get(last)).map(line);
    let before = before.and_then(|of| places.get(places.partition_point(|place| line(place) < of)));
    let distance = |place: &Range<usize>| line(place).abs_diff(near_line);
    match (before, after) {
        (Some(before), Some(after)) => match distance(before).cmp(&distance(after)) {
            std::cmp::Ordering::Less => Some(before.clone()),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(after.clone()),
        },
        (one, other) => one.or(other).cloned(),
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of a text and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (from, _) = rest.find(|(_, c)| is_of_word(*c))?;
        while rest.next_if(|(_, c)| is_of_word(*c)).is_some() {}
        let to = rest.peek().map_or(text.len(), |(at, _)| *at);
        Some((from, text.get(from..to)?))
    })
}

/// Whether a word of a quotation is whole: what could not be read beside it may have been a letter.
fn is_readable(snippet: &str, (at, word): (usize, &str)) -> bool {
    let before = snippet.get(..at).and_then(|before| before.chars().next_back());
    let after = snippet.get(at + word.len()..).and_then(|after| after.chars().next());
    before != Some(UNREADABLE) && after != Some(UNREADABLE)
}

fn sorted_words(text: &str) -> Vec<(u64, u32)> {
    let mut all: Vec<(u64, u32)> =
        words(text).map(|(at, word)| (hash(word), u32::try_from(at).unwrap_or(u32::MAX))).collect();
    all.sort_unstable();
    all
}

fn hash(word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    word.hash(&mut hasher);
    hasher.finish()
}

/// Where in a sorted list a key stands.
fn equal(sorted: &[(u64, u32)], key: u64) -> Range<usize> {
    let from = sorted.partition_point(|(known, _)| *known < key);
    let to = sorted.partition_point(|(known, _)| *known <= key);
    from..to
}

/// The place of a quotation with unreadable characters whose byte `at` stands at `start` of the text.
fn wild_at(text: &str, snippet: &str, start: usize, at: usize) -> Option<Range<usize>> {
    let same = |wanted: char, found: char| wanted == found || wanted == UNREADABLE && !found.is_ascii();
    let mut from = start;
    let mut before = text.get(..start)?.chars().rev();
    for wanted in snippet.get(..at)?.chars().rev() {
        let found = before.next().filter(|found| same(wanted, *found))?;
        from -= found.len_utf8();
    }
    let mut to = start;
    let mut after = text.get(start..)?.chars();
    for wanted in snippet.get(at..)?.chars() {
        let found = after.next().filter(|found| same(wanted, *found))?;
        to += found.len_utf8();
    }
    Some(from..to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "def f(a):\n    run(a, 'x')\n    b = valid\n    }\n\ndef g(a):\n    run(\n        a,\n        \"x\",\n    )\n    go(a)\n    }\n    go(a)\n";

    fn find(text: &str, snippet: &str, line: u32) -> Found {
        Finder::new(LineIndex::new(text), Family::Hash).find(snippet, line)
    }

    fn found<'t>(text: &'t str, snippet: &str, line: u32) -> Option<&'t str> {
        match find(text, snippet, line) {
            Found::At(range) => Some(&text[range]),
            Found::Nowhere => None,
            Found::NotLookedFor => panic!("too much"),
        }
    }

    #[test]
    fn a_snippet_is_found_where_its_code_is() {
        for (snippet, line, expected) in [
            ("run(a, 'x')", 2, Some("run(a, 'x')")),
            ("   run(a, 'x')  \n", 9, Some("run(a, 'x')")),
            // Quoted in another layout: the nearest is the one that was reformatted since.
            ("run(a,  \"x\")", 7, Some("run(\n        a,\n        \"x\",\n    )")),
            ("run(a,  \"x\")", 2, Some("run(a, 'x')")),
            ("run(a,\r\n  'x',", 6, Some("run(\n        a,\n        \"x\"")),
            ("go(a)", 11, Some("go(a)")),
            // As near to one as to the other.
            ("go(a)", 12, None),
            ("go(a)", 0, None),
            ("b = valid", 0, Some("b = valid")),
            // Part of a word is no code.
            ("id", 3, None),
            // So little is believed only where it was said to be.
            ("}", 4, Some("}")),
            ("}", 6, None),
            ("valid", 3, Some("valid")),
            ("nowhere(a)", 2, None),
            ("  ", 2, None),
        ] {
            assert_eq!(found(TEXT, snippet, line), expected, "{snippet:?} near {line}");
        }
    }

    #[test]
    fn what_a_tool_could_not_read_is_any_one_letter_that_is_not_ascii() {
        let text = "x = 1\nprint('größe für', x)\nprint('große fur', x)\n";
        for (snippet, expected) in [
            ("print('gr\u{fffd}\u{fffd}e f\u{fffd}r', x)", Some("print('größe für', x)")),
            ("gr\u{fffd}\u{fffd}e f\u{fffd}r', x", Some("größe für', x")),
            ("print('gro\u{fffd}e fur', x)", Some("print('große fur', x)")),
            // A plain letter could be read.
            ("print('gr\u{fffd}\u{fffd}e fur', x)", None),
            ("print('gr\u{fffd}e f\u{fffd}r', x)", None),
            ("\u{fffd}", None),
        ] {
            assert_eq!(found(text, snippet, 2), expected, "{snippet}");
        }
    }

    #[test]
    fn thousands_of_quotations_cost_one_pass_over_the_text() {
        let text: String = (0..20_000).map(|number| format!("call_{number}(x, {number})\n")).collect();
        let mut finder = Finder::new(LineIndex::new(&text), Family::Hash);
        for number in 0..5_000 {
            assert_eq!(finder.find(&format!("gone_{number}(y, {number})"), 7), Found::Nowhere);
            let moved = format!("call_{number}(x,{number})");
            assert!(matches!(finder.find(&moved, 19_000), Found::At(_)), "{moved}");
        }
        let spent = COMPARED + COMPARED_EACH * text.len() as u64 - finder.left;
        assert!(spent < 100_000, "{spent} comparisons of 10,000 quotations");
    }

    #[test]
    fn what_stands_everywhere_is_looked_for_within_a_bound() {
        let text = "a b c d\n".repeat(50_000);
        let mut finder = Finder::new(LineIndex::new(&text), Family::Hash);
        let asked = (0..3_000).map(|number| format!("a b c d\na b c e{number}"));
        let mut answers = asked.map(|snippet| finder.find(&snippet, 3));
        assert!(answers.all(|answer| answer == Found::Nowhere), "the rarest word decides");
        // Nothing rare in it, and another each time.
        let asked = (1..3_000).map(|number| "a b c d ".repeat(number) + "d");
        let answers: Vec<Found> = asked.map(|snippet| finder.find(&snippet, 3)).collect();
        assert_eq!(answers.last(), Some(&Found::NotLookedFor));
        assert_eq!(answers.first(), Some(&Found::Nowhere));
    }

    #[test]
    fn what_was_looked_for_is_not_looked_for_again() {
        let text = "a b c d\n".repeat(50_000);
        let mut finder = Finder::new(LineIndex::new(&text), Family::Hash);
        for line in 1..20_000 {
            assert!(matches!(finder.find("a b c d", line), Found::At(_)));
        }
    }

    /// All places as they follow from what is said of them, looked at one by one.
    fn places(text: &str, snippet: &str) -> Vec<Range<usize>> {
        let snippet = snippet.trim();
        let word = |c: Option<char>| c.is_some_and(is_of_word);
        let starts = text.char_indices().filter(|(at, _)| text[*at..].starts_with(snippet));
        let exact: Vec<_> = starts
            .map(|(at, _)| at..at + snippet.len())
            .filter(|range| {
                let before = word(text[..range.start].chars().next_back()) && word(snippet.chars().next());
                let after = word(text[range.end..].chars().next()) && word(snippet.chars().next_back());
                !before && !after
            })
            .collect();
        if !exact.is_empty() {
            return exact;
        }
        let keys = |text: &str| tokens(text, Family::Hash).map(|token| token.key()).collect::<Vec<_>>();
        let mut wanted = keys(snippet);
        if wanted.len() > 1 && wanted.last() == keys(",").last() {
            wanted.pop();
        }
        let all: Vec<_> = tokens(text, Family::Hash).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let same = all
            .windows(wanted.len())
            .filter(|these| these.iter().map(|token| token.key()).eq(wanted.clone()));
        same.map(|these| these[0].start..these[these.len() - 1].end()).collect()
    }

    proptest! {
        #[test]
        fn a_snippet_is_at_the_nearest_of_all_its_places(
            text in "([ab]\\(|\\)|,| |\n|é|a|'c'|_){0,30}",
            (a, b) in (0_usize..40, 0_usize..40),
            line in 0_u32..9,
        ) {
            let (a, b) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
            let lines = LineIndex::new(&text);
            for snippet in [&text[a..b], "a(,", "'", "a b", "a"] {
                if snippet.trim().is_empty() {
                    continue;
                }
                let all = places(&text, snippet);
                let distance = |at: &Range<usize>| if line == 0 { 0 } else { lines.line_of(at.start).abs_diff(line) };
                let least = all.iter().map(distance).min();
                let near: Vec<_> = all.iter().filter(|at| Some(distance(at)) == least).collect();
                let alone = near.windows(2).all(|two| lines.line_of(two[0].start) == lines.line_of(two[1].start));
                let expected = near.first().filter(|_| alone).map(|at| (*at).clone());
                match find(&text, snippet, line) {
                    Found::At(range) => prop_assert_eq!(Some(range), expected),
                    Found::Nowhere => {
                        let weak = tokens(snippet.trim(), Family::Hash).count() <= 2 && snippet.trim().len() < 12;
                        prop_assert!(weak || expected.is_none(), "{:?}", expected);
                    }
                    Found::NotLookedFor => prop_assert!(false),
                }
            }
        }
    }
}
