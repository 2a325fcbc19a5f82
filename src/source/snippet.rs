//! Owns finding in a text what a scanner quoted of it.
//!
//! Never accepts a place because its line number fits: the quoted code must be there. A quotation that is found
//! nowhere means that the tree is of another revision than the scan, and the caller must not show its code.

use std::ops::Range;

use crate::text::{Family, LineIndex, tokens};

/// Where a snippet stands in a text, nearest to a line.
///
/// Tried in order: the text as quoted (line breaks of any kind, white space at its ends ignored), then its normalised
/// tokens, in any layout. Of several places the nearest to `near_line` is taken; with `near_line` 0, which says
/// nothing, there must be one. Two places equally near, before and after, are ambiguous: `None`. A snippet of one or
/// two tokens, such as `}` or `x;`, is believed on `near_line` only, and on the lines that it spans from there.
#[must_use]
pub fn find(text: &str, snippet: &str, near_line: u32, family: Family) -> Option<Range<usize>> {
    let snippet = snippet.trim();
    if snippet.is_empty() {
        return None;
    }
    let index = LineIndex::new(text);
    let wanted: Vec<u64> = tokens(snippet, family).map(|token| token.key()).collect();
    let weak = wanted.len() <= 2 && snippet.len() < 12;
    let believed = |range: Range<usize>| {
        let first = index.line_of(range.start);
        let last = index.line_of(range.end.saturating_sub(1).max(range.start));
        (!weak || near_line == 0 || (first..=last).contains(&near_line)).then_some(range)
    };
    let exact = nearest(exact(text, snippet), near_line, &index);
    match exact {
        Nearest::One(range) => return believed(range),
        Nearest::Ambiguous => return None,
        Nearest::None => {}
    }
    match nearest(by_tokens(text, &wanted, family).into_iter(), near_line, &index) {
        Nearest::One(range) => believed(range),
        _ => None,
    }
}

/// Whether a snippet stands at a line: it begins there, or spans it.
#[must_use]
pub fn is_at(text: &str, snippet: &str, line: u32, family: Family) -> bool {
    find(text, snippet, line, family).is_some_and(|range| {
        let index = LineIndex::new(text);
        (index.line_of(range.start)..=index.line_of(range.end.saturating_sub(1).max(range.start)))
            .contains(&line)
    })
}

enum Nearest {
    None,
    Ambiguous,
    One(Range<usize>),
}

fn nearest(places: impl Iterator<Item = Range<usize>>, near_line: u32, index: &LineIndex<'_>) -> Nearest {
    // The best distance, its line and place.
    let mut best: Option<(u32, u32, Range<usize>)> = None;
    let mut tied = false;
    for place in places {
        let line = index.line_of(place.start);
        let distance = if near_line == 0 { 0 } else { line.abs_diff(near_line) };
        match &best {
            Some((least, ..)) if distance > *least => {}
            // Twice on one line is one place for whoever reads the line: the first stands.
            Some((least, other, _)) if distance == *least => tied |= line != *other,
            _ => (best, tied) = (Some((distance, line, place)), false),
        }
    }
    match best {
        None => Nearest::None,
        Some(_) if tied => Nearest::Ambiguous,
        Some((.., place)) => Nearest::One(place),
    }
}

/// The places where the text stands as quoted.
fn exact<'t>(text: &'t str, snippet: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    memchr::memmem::find_iter(text.as_bytes(), snippet.as_bytes())
        .map(|at| at..at + snippet.len())
        .filter(|range| text.get(range.clone()).is_some())
        // `id` must not be found in `valid`.
        .filter(|range| {
            let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let before = text.get(..range.start).and_then(|before| before.chars().next_back());
            let after = text.get(range.end..).and_then(|after| after.chars().next());
            let cut_before = word(before) && word(snippet.chars().next());
            let cut_after = word(after) && word(snippet.chars().next_back());
            !cut_before && !cut_after
        })
}

/// The places whose tokens are the wanted ones, in order and without overlap. Linear: Knuth, Morris and Pratt.
fn by_tokens(text: &str, wanted: &[u64], family: Family) -> Vec<Range<usize>> {
    let mut wanted = wanted.to_vec();
    // A quotation that ends behind an argument has a comma that the text may have lost before its bracket.
    let comma = tokens(",", family).next().map(|token| token.key());
    if wanted.len() > 1 && wanted.last().copied() == comma {
        wanted.pop();
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut failure = vec![0_usize; wanted.len()];
    let mut matched = 0;
    for at in 1..wanted.len() {
        while matched > 0 && wanted.get(matched) != wanted.get(at) {
            matched = failure.get(matched - 1).copied().unwrap_or(0);
        }
        matched += usize::from(wanted.get(matched) == wanted.get(at));
        if let Some(slot) = failure.get_mut(at) {
            *slot = matched;
        }
    }
    let all: Vec<(u64, u32, u32)> = tokens(text, family)
        .map(|token| {
            (
                token.key(),
                u32::try_from(token.start).unwrap_or(u32::MAX),
                u32::try_from(token.end()).unwrap_or(u32::MAX),
            )
        })
        .collect();
    let mut places = Vec::new();
    matched = 0;
    for (at, (key, _, end)) in all.iter().enumerate() {
        while matched > 0 && wanted.get(matched) != Some(key) {
            matched = failure.get(matched - 1).copied().unwrap_or(0);
        }
        matched += usize::from(wanted.get(matched) == Some(key));
        if matched == wanted.len() {
            if let Some((_, start, _)) = all.get(at + 1 - matched) {
                places.push(*start as usize..*end as usize);
            }
            matched = 0;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "def f(a):\n    run(a, 'x')\n    b = valid\n    }\n\ndef g(a):\n    run(\n        a,\n        \"x\",\n    )\n    go(a)\n    }\n    go(a)\n";

    fn found(snippet: &str, line: u32) -> Option<&'static str> {
        find(TEXT, snippet, line, Family::Hash).map(|range| &TEXT[range])
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
            assert_eq!(found(snippet, line), expected, "{snippet:?} near {line}");
        }
        assert!(is_at(TEXT, "'x')", 2, Family::Hash) && !is_at(TEXT, "run(a, 'x')", 3, Family::Hash));
    }

    proptest! {
        #[test]
        fn a_piece_of_the_text_is_found_or_ambiguous(text in "([ab]\\(|\\)|,| |\n|é|'c'){0,30}", a in 0_usize..40, b in 0_usize..40, line in 0_u32..9) {
            let (a, b) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
            for snippet in [&text[a..b], "a(,", "'"] {
                if let Some(range) = find(&text, snippet, line, Family::Hash) {
                    prop_assert!(text.get(range).is_some());
                }
            }
        }
    }
}
