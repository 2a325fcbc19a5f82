//! A unified difference taken apart again, for a screen that shows old and new side by side: which line stands beside
//! which, and the words in which they differ.
//!
//! What it reads may come from anywhere: a line is content as long as its hunk says so, whatever it begins with.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Words of two lines longer than this together are not compared: they are shown as changed throughout.
const LONGEST: usize = 4 << 10;

/// One file of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// Its path after the change.
    pub path: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// What stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// So many lines that are the same on both sides are left out; 0: not known how many.
    Fold(u32),
    /// A line that is on both sides.
    Same(Side, Side),
    /// Lines of which one takes the other's place; one side may have none.
    Changed(Option<Side>, Option<Side>),
}

/// A line on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its number, from 1.
    pub line: u32,
    /// Its text, without the line feed.
    pub text: String,
    /// The bytes in which it differs from the line beside it; none where all of it does.
    pub marks: Vec<Range<usize>>,
    /// Whether the file ends in it without a line feed.
    pub is_cut: bool,
}

/// The files of a unified difference. What is none of it is passed over.
#[must_use]
pub fn sides(diff: &str) -> Vec<Sides> {
    let mut files: Vec<Sides> = Vec::new();
    let mut lines = diff.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line)).peekable();
    let mut behind = 1;
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("+++ ") {
            let path = path.strip_prefix("b/").unwrap_or(path).to_owned();
            files.push(Sides { path, rows: Vec::new() });
            behind = 1;
            continue;
        }
        let Some((old, new)) = hunk(line) else { continue };
        let Some(file) = files.last_mut() else { continue };
        // An empty side is told by the line before it.
        let first = if old.1 == 0 { old.0.saturating_add(1) } else { old.0 };
        if first > behind {
            file.rows.push(Row::Fold(first - behind));
        }
        let mut block = Block { old: Vec::new(), new: Vec::new() };
        let mut at = (first, if new.1 == 0 { new.0.saturating_add(1) } else { new.0 });
        let end = (at.0.saturating_add(old.1), at.1.saturating_add(new.1));
        while at.0 < end.0 || at.1 < end.1 {
            let Some(line) = lines.next() else { break };
            let is_cut = lines.next_if(|next| next.starts_with('\\')).is_some();
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            let side = |line| Side { line, text: text.to_owned(), marks: Vec::new(), is_cut };
            match sign {
                "-" => {
                    block.old.push(side(at.0));
                    at.0 = at.0.saturating_add(1);
                }
                "+" => {
                    block.new.push(side(at.1));
                    at.1 = at.1.saturating_add(1);
                }
                _ => {
                    block.end(&mut file.rows);
                    file.rows.push(Row::Same(side(at.0), side(at.1)));
                    at = (at.0.saturating_add(1), at.1.saturating_add(1));
                }
            }
        }
        block.end(&mut file.rows);
        behind = at.0;
    }
    files
}

/// Lines taken out and put in that follow each other.
struct Block {
    old: Vec<Side>,
    new: Vec<Side>,
}

impl Block {
    fn end(&mut self, rows: &mut Vec<Row>) {
        let mut old = std::mem::take(&mut self.old).into_iter();
        let mut new = std::mem::take(&mut self.new).into_iter();
        loop {
            match (old.next(), new.next()) {
                (None, None) => return,
                (Some(mut was), Some(mut is)) => {
                    (was.marks, is.marks) = words(&was.text, &is.text);
                    rows.push(Row::Changed(Some(was), Some(is)));
                }
                (was, is) => rows.push(Row::Changed(was, is)),
            }
        }
    }
}

/// First line and number of lines of both sides.
fn hunk(line: &str) -> Option<((u32, u32), (u32, u32))> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((first, many)) => Some((first.parse().ok()?, many.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    Some((range(old)?, range(new)?))
}

/// The bytes in which two lines differ, by words. Where they have next to nothing in common, none are told.
fn words(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let none = (Vec::new(), Vec::new());
    if old.len() + new.len() > LONGEST || old == new {
        return none;
    }
    let (old_words, new_words) = (pieces(old), pieces(new));
    let texts = |words: &[Range<usize>], of: &str| -> Vec<String> {
        words.iter().map(|word| of.get(word.clone()).unwrap_or_default().to_owned()).collect()
    };
    let (old_texts, new_texts) = (texts(&old_words, old), texts(&new_words, new));
    let mut marks = none.clone();
    let mut common = 0;
    for op in capture_diff_slices(Algorithm::Myers, &old_texts, &new_texts) {
        if matches!(op, DiffOp::Equal { .. }) {
            let same = old_texts.get(op.old_range()).unwrap_or_default();
            common += same.iter().map(|word| word.trim().len()).sum::<usize>();
            continue;
        }
        mark(&mut marks.0, &old_words, op.old_range());
        mark(&mut marks.1, &new_words, op.new_range());
    }
    let least = old.trim().len().max(new.trim().len());
    if common * 5 < least { none } else { marks }
}

fn mark(marks: &mut Vec<Range<usize>>, words: &[Range<usize>], of: Range<usize>) {
    let (Some(first), Some(last)) = (words.get(of.start), words.get(..of.end).and_then(|words| words.last()))
    else {
        return;
    };
    if of.is_empty() {
        return;
    }
    match marks.last_mut().filter(|mark| mark.end == first.start) {
        Some(before) => before.end = last.end,
        None => marks.push(first.start..last.end),
    }
}

/// Words, runs of blanks, and signs one by one.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let kind = |letter: char| match letter {
        _ if letter.is_alphanumeric() || letter == '_' => 1,
        _ if letter.is_whitespace() => 2,
        _ => 0,
    };
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut before = 0;
    for (at, letter) in text.char_indices() {
        let (now, end) = (kind(letter), at + letter.len_utf8());
        match pieces.last_mut().filter(|_| now == before && now != 0) {
            Some(piece) => piece.end = end,
            None => pieces.push(at..end),
        }
        before = now;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::unified;

    fn marked(side: &Side) -> Vec<&str> {
        side.marks.iter().map(|mark| &side.text[mark.clone()]).collect()
    }

    #[test]
    fn a_changed_line_stands_beside_what_it_was_with_its_words_marked() {
        let old = "a\nb\nc\nd\n    return yaml.load(text, Loader=L)\ne\n";
        let new = "a\nb\nc\nd\n    return yaml.safe_load(text)\ne\n";
        let files = sides(&unified(old, new, "a/x.py", "b/x.py"));
        assert_eq!((files.len(), files[0].path.as_str()), (1, "x.py"));
        assert_eq!(files[0].rows[0], Row::Fold(1));
        let changed = files[0].rows.iter().find_map(|row| match row {
            Row::Changed(Some(was), Some(is)) => Some((was, is)),
            _ => None,
        });
        let (was, is) = changed.unwrap();
        assert_eq!((was.line, is.line), (5, 5));
        assert_eq!((marked(was), marked(is)), (vec!["load", ", Loader=L"], vec!["safe_load"]));
    }

    #[test]
    fn a_line_that_looks_like_a_header_is_content_where_its_hunk_says_so() {
        let diff = unified("-- a/x\nk\n", "++ b/y\nk\n", "a/x", "b/x");
        assert!(diff.contains("\n--- a/x\n+++ b/y\n"), "{diff}");
        let files = sides(&diff);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].rows.len(), 2, "{files:?}");
    }

    #[test]
    fn an_end_without_a_line_feed_is_told() {
        let files = sides(&unified("a\nb\n", "a\nb", "a/x", "b/x"));
        let Some(Row::Changed(Some(was), Some(is))) = files[0].rows.last() else { panic!("{files:?}") };
        assert!(!was.is_cut && is.is_cut && was.marks.is_empty());
    }

    #[test]
    fn lines_with_nothing_in_common_are_not_marked_word_by_word() {
        let files = sides(&unified("abc\n", "x, y, z\n", "a/x", "b/x"));
        let Some(Row::Changed(Some(was), _)) = files[0].rows.last() else { panic!("{files:?}") };
        assert!(was.marks.is_empty());
    }

    proptest! {
        #[test]
        fn both_sides_are_the_two_texts(old in "([ab+-]{0,2}\n){0,12}", new in "([ab+-]{0,2}\n){0,12}") {
            let files = sides(&unified(&old, &new, "a/x", "b/x"));
            for row in files.iter().flat_map(|file| &file.rows) {
                let (was, is) = match row {
                    Row::Fold(_) => continue,
                    Row::Same(was, is) => (Some(was), Some(is)),
                    Row::Changed(was, is) => (was.as_ref(), is.as_ref()),
                };
                for (side, text) in [(was, &old), (is, &new)] {
                    let Some(side) = side else { continue };
                    prop_assert_eq!(text.lines().nth(side.line as usize - 1), Some(side.text.as_str()));
                    for mark in &side.marks {
                        prop_assert!(side.text.get(mark.clone()).is_some());
                    }
                }
            }
        }

        #[test]
        fn no_text_at_all_is_too_odd(diff in any::<String>()) {
            let _ = sides(&diff);
            let _ = sides(&format!("+++ b/x\n@@ -1,3 +2,0 @@\n{diff}"));
            let _ = sides(&format!("+++ b/x\n@@ -0,0 +4294967295 @@\n{diff}"));
        }
    }
}
