//! An edit: what is replaced in one file, and what stands there afterwards.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::Digest;
use crate::ingest::is_as_kept;
use crate::text::diff::hunks;

/// Why an edit does not fit a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEdit {
    /// It changes nothing.
    #[error("the edit changes nothing")]
    Nothing,
    /// Its parts overlap, descend or lie outside the text.
    #[error("the edit does not lie in the text: bytes {0} to {1}")]
    OutOfPlace(usize, usize),
    /// Something else stands where it replaces.
    #[error("what the edit replaces at byte {0} is not what stands there")]
    Differs(usize),
}

/// One replacement in the text of a file, as it is without a byte order mark.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// The first byte that is replaced.
    pub start: usize,
    /// What stands there; empty where text is put in between.
    pub old: String,
    /// What stands there afterwards.
    pub new: String,
}

impl Change {
    /// The bytes that are replaced.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.old.len()
    }
}

/// What is changed in one file. Its changes ascend and neither overlap nor are empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edit {
    /// The file, relative to the tree's root.
    pub path: String,
    /// The digest of the file's bytes that it was made from.
    pub base: Digest,
    /// The replacements.
    pub changes: Vec<Change>,
}

impl Edit {
    /// The edit that replaces ranges of a text, in any order.
    ///
    /// # Errors
    /// When the ranges overlap or are not of the text, or nothing would change.
    pub fn new(
        path: &str,
        base: Digest,
        text: &str,
        mut parts: Vec<(Range<usize>, String)>,
    ) -> Result<Self, BadEdit> {
        parts.sort_by_key(|(span, _)| (span.start, span.end));
        let mut changes = Vec::with_capacity(parts.len());
        let mut at = 0;
        for (span, new) in parts {
            let out = BadEdit::OutOfPlace(span.start, span.end);
            let old = text.get(span.clone()).filter(|_| span.start >= at).ok_or(out)?;
            at = span.end;
            if old != new {
                changes.push(Change { start: span.start, old: old.to_owned(), new });
            }
        }
        if changes.is_empty() {
            return Err(BadEdit::Nothing);
        }
        Ok(Self { path: path.to_owned(), base, changes })
    }

    /// The edit that makes one text of another, by the lines that differ.
    ///
    /// # Errors
    /// When they are the same.
    pub fn between(path: &str, base: Digest, old: &str, new: &str) -> Result<Self, BadEdit> {
        let part =
            |(from, to): (Range<usize>, Range<usize>)| (from, new.get(to).unwrap_or_default().to_owned());
        Self::new(path, base, old, hunks(old, new).into_iter().map(part).collect())
    }

    /// The text afterwards.
    ///
    /// # Errors
    /// When it is not the text that the edit was made from.
    pub fn apply(&self, text: &str) -> Result<String, BadEdit> {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for change in &self.changes {
            let span = change.span();
            let before = text.get(at..span.start).ok_or(BadEdit::OutOfPlace(span.start, span.end))?;
            if text.get(span.clone()) != Some(change.old.as_str()) {
                return Err(BadEdit::Differs(change.start));
            }
            out.push_str(before);
            out.push_str(&change.new);
            at = span.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Ok(out)
    }

    /// The same edit with what it replaces as it stands in the text: in what is kept of an edit secrets are masked.
    #[must_use]
    pub fn of_text(&self, text: &str) -> Self {
        let filled = |change: &Change| {
            let there = text.get(change.span()).filter(|there| is_as_kept(&change.old, there));
            Change { old: there.unwrap_or(&change.old).to_owned(), ..change.clone() }
        };
        Self { changes: self.changes.iter().map(filled).collect(), ..self.clone() }
    }

    /// The changes that take it back, in the text afterwards.
    #[must_use]
    pub fn back(&self) -> Vec<Change> {
        let (mut grown, mut shrunk) = (0, 0);
        let back = |change: &Change| {
            let start = change.start + grown - shrunk;
            grown += change.new.len();
            shrunk += change.old.len();
            Change { start, old: change.new.clone(), new: change.old.clone() }
        };
        self.changes.iter().map(back).collect()
    }

    /// From the first byte that it replaces to the last.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        let start = self.changes.first().map_or(0, |change| change.start);
        start..self.changes.last().map_or(start, |change| change.span().end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edit(old: &str, new: &str) -> Edit {
        Edit::between("a.py", Digest::of(old.as_bytes()), old, new).unwrap()
    }

    #[test]
    fn an_edit_between_two_texts_holds_the_lines_that_differ() {
        let made = edit("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n");
        let changes: Vec<_> = made.changes.iter().map(|it| (it.start, &*it.old, &*it.new)).collect();
        assert_eq!(changes, [(2, "b\n", "B\n"), (8, "", "e\n")]);
        assert_eq!(made.span(), 2..8);
    }

    #[test]
    fn parts_that_overlap_or_lie_outside_are_no_edit() {
        let new = |parts: Vec<(Range<usize>, &str)>| {
            let parts = parts.into_iter().map(|(span, text)| (span, text.to_owned())).collect();
            Edit::new("a", Digest::default(), "a é b", parts)
        };
        assert_eq!(new(vec![(0..4, "x"), (2..6, "y")]), Err(BadEdit::OutOfPlace(2, 6)));
        assert_eq!(new(vec![(0..3, "x")]), Err(BadEdit::OutOfPlace(0, 3)), "inside of a character");
        assert_eq!(new(vec![(4..9, "x")]), Err(BadEdit::OutOfPlace(4, 9)));
        assert_eq!(new(vec![(0..1, "a")]), Err(BadEdit::Nothing));
        assert_eq!(new(vec![(5..6, "c"), (0..1, "x")]).unwrap().apply("a é b").unwrap(), "x é c");
    }

    #[test]
    fn another_text_is_not_edited() {
        let made = edit("a\nb\n", "a\nc\n");
        assert_eq!(made.apply("a\nx\n"), Err(BadEdit::Differs(2)));
        assert_eq!(made.apply("a"), Err(BadEdit::OutOfPlace(2, 4)));
    }

    proptest! {
        #[test]
        fn an_edit_taken_back_gives_the_same_text(old in "([abé]{0,2}(\n|\r\n)){0,8}[ab]?", new in "([abé]{0,2}(\n|\r\n)){0,8}[ab]?") {
            prop_assume!(old != new);
            let made = edit(&old, &new);
            let applied = made.apply(&old).unwrap();
            prop_assert_eq!(&applied, &new);
            let back = Edit { changes: made.back(), ..made };
            prop_assert_eq!(back.apply(&applied).unwrap(), old);
        }
    }
}
