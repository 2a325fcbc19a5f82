//! Owns fitting a text into columns: how wide it stands on a terminal, where it is broken and where it is cut.
//!
//! Never changes what a text says: a cut is marked by `…`, and a word too long for a line is left whole.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most so many columns, its end cut off.
#[must_use]
pub fn cut_end(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return text.into();
    }
    if columns == 0 {
        return "".into();
    }
    format!("{}…", head(text, columns - 1)).into()
}

/// The text in at most so many columns, its middle cut out: of a path both ends tell something, the end more.
#[must_use]
pub fn cut_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return text.into();
    }
    if columns < 4 {
        return cut_end(text, columns);
    }
    let before = (columns - 1) / 3;
    format!("{}…{}", head(text, before), tail(text, columns - 1 - before)).into()
}

/// As much of the beginning as fits.
fn head(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += c.width().unwrap_or(0);
        taken > columns
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// As much of the end as fits.
fn tail(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    let before = text.char_indices().rev().find(|(_, c)| {
        taken += c.width().unwrap_or(0);
        taken > columns
    });
    text.get(before.map_or(0, |(at, c)| at + c.len_utf8())..).unwrap_or_default()
}

/// One line broken between its words into lines of at most so many columns. Its indentation is kept on all of
/// them; a word that is longer stands on a line of its own.
#[must_use]
pub fn wrap(line: &str, columns: usize) -> Vec<String> {
    let line = line.trim_end();
    if width(line) <= columns {
        return vec![line.to_owned()];
    }
    let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
    // Deep indentation would leave a ribbon of words.
    let indent = if width(indent) * 2 > columns { "" } else { indent };
    let mut lines = Vec::new();
    let mut current = String::from(indent);
    let mut taken = width(indent);
    for word in line.split_whitespace() {
        let wide = width(word);
        let begun = current.len() > indent.len();
        if begun && taken + 1 + wide > columns {
            lines.push(std::mem::replace(&mut current, indent.to_owned()));
            taken = width(indent);
        } else if begun {
            current.push(' ');
            taken += 1;
        }
        current.push_str(word);
        taken += wide;
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_at_its_end_and_a_path_in_its_middle() {
        assert_eq!(cut_end("SQL Injection", 13), "SQL Injection");
        assert_eq!(cut_end("SQL Injection", 8), "SQL Inj…");
        assert_eq!(cut_end("漢字漢字", 5), "漢字…");
        assert_eq!(cut_middle("service/store/catalogue.py:31", 16), "servi…ogue.py:31");
        assert_eq!(cut_middle("a/b.py", 16), "a/b.py");
        assert_eq!((cut_end("ab", 0), cut_middle("abc", 1)), ("".into(), "…".into()));
    }

    #[test]
    fn lines_break_between_words_and_keep_their_indentation() {
        assert_eq!(wrap("one two three", 20), ["one two three"]);
        assert_eq!(wrap("  one two  three   ", 9), ["  one two", "  three"]);
        assert_eq!(wrap("see https://example.com/long now", 10), ["see", "https://example.com/long", "now"]);
        assert_eq!(wrap("", 5), [""]);
    }

    proptest! {
        #[test]
        fn what_is_cut_fits_and_what_is_wrapped_is_all_there(text in "[a-c é漢 …]{0,40}", columns in 0_usize..30) {
            prop_assert!(width(&cut_end(&text, columns)) <= columns);
            prop_assert!(width(&cut_middle(&text, columns)) <= columns);
            let lines = wrap(&text, columns);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&lines.join(" ")), words(&text));
            for line in &lines {
                prop_assert!(width(line) <= columns || words(line).len() == 1, "{line:?}");
            }
        }
    }
}
