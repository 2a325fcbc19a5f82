//! A text in rows of a width, and where a caret is in them. Broken between words where that is possible, and never
//! within what a reader takes for one character.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::fit::width;
use crate::text::visible;

/// The columns that a grapheme takes on the screen.
fn columns_of(grapheme: &str) -> usize {
    width(&visible(grapheme))
}

/// The rows of a text, each as its bytes without the line's end; at least one.
#[must_use]
pub(in crate::tui) fn rows(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(2);
    let mut rows = Vec::new();
    let mut line_start = 0;
    for line in text.split('\n') {
        let (mut start, mut used, mut word) = (0, 0, 0);
        // The columns from the row's start to the last place between words.
        let mut before_word = 0;
        for (at, grapheme) in line.grapheme_indices(true) {
            let wide = columns_of(grapheme);
            let is_space = grapheme == " ";
            // A blank at the edge hangs over it: the next row does not begin with it.
            while used + wide > columns && !is_space && at > start {
                let (end, kept) = if word > start { (word, before_word) } else { (at, used) };
                rows.push(line_start + start..line_start + end);
                (start, used, before_word) = (end, used - kept, 0);
                word = start;
            }
            used += wide;
            if is_space {
                (word, before_word) = (at + grapheme.len(), used);
            }
        }
        rows.push(line_start + start..line_start + line.len());
        line_start += line.len() + 1;
    }
    rows
}

/// The row and the column of a caret.
#[must_use]
pub(in crate::tui) fn caret_at(text: &str, rows: &[Range<usize>], caret: usize) -> (usize, usize) {
    let row = rows.partition_point(|row| row.start <= caret).saturating_sub(1);
    let start = rows.get(row).map_or(0, |row| row.start);
    let before = text.get(start..caret).unwrap_or_default();
    (row, before.graphemes(true).map(columns_of).sum())
}

/// The byte of a row at a column, or the last one before which a caret still stands on the row.
pub(super) fn byte_at(text: &str, rows: &[Range<usize>], row: usize, column: usize) -> usize {
    let Some(range) = rows.get(row) else { return text.len() };
    let line = text.get(range.clone()).unwrap_or_default();
    // At its end a caret stands on the next row, where the line goes on there.
    let goes_on = rows.get(row + 1).is_some_and(|next| next.start == range.end);
    let mut used = 0;
    let mut last = 0;
    for (at, grapheme) in line.grapheme_indices(true) {
        last = at;
        used += columns_of(grapheme);
        if used > column {
            return range.start + at;
        }
    }
    range.start + if goes_on { last } else { line.len() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, columns: usize) -> Vec<&str> {
        rows(text, columns).into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_break_between_words_and_within_long_ones() {
        assert_eq!(shown("one two three", 8), ["one two ", "three"]);
        assert_eq!(shown("one two", 7), ["one two"]);
        assert_eq!(shown("unbreakable it", 5), ["unbre", "akabl", "e it"]);
        assert_eq!(shown("a\n\nb\n", 5), ["a", "", "b", ""]);
        assert_eq!(shown("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(shown("", 5), [""]);
    }

    #[test]
    fn a_caret_at_a_break_stands_on_the_next_row() {
        let text = "one two three";
        let rows = rows(text, 8);
        assert_eq!(caret_at(text, &rows, 8), (1, 0));
        assert_eq!(caret_at(text, &rows, 13), (1, 5));
        assert_eq!(byte_at(text, &rows, 0, 99), 7);
        assert_eq!(byte_at(text, &rows, 1, 2), 10);
    }

    proptest! {
        #[test]
        fn rows_hold_the_whole_text_and_a_caret_is_found_again(text in "[a-c é漢👩🇩🇪\u{301}\n]{0,40}", columns in 2_usize..12) {
            let rows = rows(&text, columns);
            let mut at = 0;
            for row in &rows {
                prop_assert!(row.start == at || (row.start == at + 1 && &text[at..=at] == "\n"), "{rows:?}");
                at = row.end;
                prop_assert!(width(text[row.clone()].trim_end_matches(' ')) <= columns.max(2), "{rows:?}");
            }
            prop_assert_eq!(at, text.len());
            for (caret, _) in text.grapheme_indices(true).chain([(text.len(), "")]) {
                let (row, column) = caret_at(&text, &rows, caret);
                let again = byte_at(&text, &rows, row, column);
                prop_assert_eq!(caret_at(&text, &rows, again), (row, column));
            }
        }
    }
}
