//! Owns where the lines of a text begin, and the conversions between byte offsets and lines with columns.
//!
//! Never changes or copies the text. A line ends with `\n`, `\r\n` or a lone `\r`; lines and columns count from 1; a
//! text that ends with a line break has an empty last line, as editors show it.

use std::borrow::Cow;
use std::ops::Range;

use crate::domain::{Columns, Point};

/// The beginnings of a text's lines.
#[derive(Debug, Clone)]
pub struct LineIndex<'t> {
    text: &'t str,
    starts: Cow<'t, [usize]>,
}

impl<'t> LineIndex<'t> {
    /// Finds the lines of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = Vec::with_capacity(bytes.len() / 32 + 1);
        starts.push(0);
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let carriage_before_feed = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
            if !carriage_before_feed {
                starts.push(at + 1);
            }
        }
        Self { text, starts: starts.into() }
    }

    /// The lines of a text whose beginnings are known, as [`Self::into_starts`] gave them.
    #[must_use]
    pub const fn over(text: &'t str, starts: &'t [usize]) -> Self {
        Self { text, starts: Cow::Borrowed(starts) }
    }

    /// The text.
    #[must_use]
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The byte at which each line begins, to keep without the text.
    #[must_use]
    pub fn into_starts(self) -> Vec<usize> {
        self.starts.into_owned()
    }

    /// How many lines there are; at least one.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of a line with its line break.
    #[must_use]
    pub fn range_with_break(&self, line: u32) -> Option<Range<usize>> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        Some(start..end)
    }

    /// The bytes of a line without its line break.
    #[must_use]
    pub fn range(&self, line: u32) -> Option<Range<usize>> {
        let Range { start, end } = self.range_with_break(line)?;
        let text = self.text.get(start..end)?;
        let kept = text.strip_suffix('\n').unwrap_or(text);
        Some(start..start + kept.strip_suffix('\r').unwrap_or(kept).len())
    }

    /// A line's text without its line break.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<&'t str> {
        self.text.get(self.range(line)?)
    }

    /// The bytes from one line to another, both whole, without the last line break. Lines past the end are cut off;
    /// `None` where the first is.
    #[must_use]
    pub fn span(&self, first: u32, last: u32) -> Option<Range<usize>> {
        let start = self.range(first)?.start;
        let end = self.range(last.clamp(first, self.count()))?.end;
        Some(start..end)
    }

    /// The line that holds a byte; a line break belongs to the line it ends. Offsets past the end: the last line.
    #[must_use]
    pub fn line_of(&self, byte: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|&start| start <= byte)).unwrap_or(u32::MAX).max(1)
    }

    /// The byte offset of a point. Column 0 is the line's start; a column behind the line's last character is its
    /// end, so that an exclusive end and a tool's off-by-one stay on the line; one inside a character is the
    /// character's start. `None` where there is no such line.
    #[must_use]
    pub fn byte_of(&self, point: Point, columns: Columns) -> Option<usize> {
        let range = self.range(point.line)?;
        let line = self.text.get(range.clone())?;
        Some(range.start + byte_in(line, point.column, columns))
    }

    /// The line and column of a byte offset. An offset inside a character is the character's start, one inside a
    /// line break the line's end, one past the end the text's end.
    #[must_use]
    pub fn point_of(&self, byte: usize, columns: Columns) -> Point {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.line_of(byte);
        let range = self.range(line).unwrap_or(0..0);
        let before = self.text.get(range.start..byte.min(range.end)).unwrap_or_default();
        let units = match columns {
            Columns::Bytes => before.len(),
            Columns::Chars => before.chars().count(),
            Columns::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Point { line, column: u32::try_from(units).unwrap_or(u32::MAX).saturating_add(1) }
    }

    /// The bytes of a region: from `start` to `end`, the end exclusive. A start without a column is its line's start,
    /// an end without one its line's end; an end of line 0, or before the start, is the end of the start's line.
    #[must_use]
    pub fn region(&self, start: Point, end: Point, columns: Columns) -> Option<Range<usize>> {
        self.region_by(start, end, |_, line, column| byte_in(line, column, columns))
    }

    /// As [`Self::region`], the byte of a column found by the caller: of a line's number, its text and the column.
    pub fn region_by(
        &self,
        start: Point,
        end: Point,
        mut byte_in: impl FnMut(u32, &str, u32) -> usize,
    ) -> Option<Range<usize>> {
        let mut byte_of = |point: Point| {
            let range = self.range(point.line)?;
            let line = self.text.get(range.clone())?;
            Some(range.start + byte_in(point.line, line, point.column))
        };
        let from = byte_of(start)?;
        let end_line = if end.line == 0 { start.line } else { end.line.min(self.count()) };
        let to = if end.column == 0 || end.line > self.count() {
            self.range(end_line)?.end
        } else {
            byte_of(Point { line: end_line, column: end.column })?
        };
        if to < from { Some(from..self.range(start.line)?.end.max(from)) } else { Some(from..to) }
    }
}

/// The byte of a line at a column, counted from 1; as [`LineIndex::byte_of`].
#[must_use]
pub fn byte_in(line: &str, column: u32, columns: Columns) -> usize {
    let before = column.saturating_sub(1) as usize;
    match columns {
        Columns::Bytes => line.floor_char_boundary(before),
        // In ASCII all units are bytes, and most lines are ASCII.
        _ if line.is_ascii() => before.min(line.len()),
        Columns::Chars => line.char_indices().nth(before).map_or(line.len(), |(at, _)| at),
        Columns::Utf16 => {
            let mut units = 0;
            let mut letters = line.char_indices();
            let at = letters.find(|(_, letter)| {
                units += letter.len_utf16();
                units > before
            });
            at.map_or(line.len(), |(at, _)| at)
        }
    }
}

/// The byte of a quotation that stands for a byte of the file it was taken from. The same, but where the tool put
/// U+FFFD for what it could not read: each of these was one byte there. `None` past the end, or inside a character.
#[must_use]
pub fn byte_as_read(quoted: &str, byte: usize) -> Option<usize> {
    if !quoted.contains('\u{fffd}') {
        return quoted.is_char_boundary(byte).then_some(byte);
    }
    let mut passed = 0;
    for (at, c) in quoted.char_indices() {
        if passed >= byte {
            return (passed == byte).then_some(at);
        }
        passed += if c == '\u{fffd}' { 1 } else { c.len_utf8() };
    }
    (passed == byte).then_some(quoted.len())
}

/// Bytes of a line between two of its marks.
const STEP: usize = 4 << 10;

/// How many UTF-16 units and characters stand before every 4,096th byte of a line: a line may be a whole program, and
/// its columns are asked for by the thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(Vec<Mark>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Mark {
    byte: usize,
    units: usize,
    chars: usize,
}

impl Marks {
    /// Of a line; `None` of one that is searched as quickly without.
    #[must_use]
    pub fn of(line: &str) -> Option<Self> {
        if line.len() <= 4 * STEP {
            return None;
        }
        let mut marks = vec![Mark::default()];
        let mut last = Mark::default();
        while last.byte < line.len() {
            let end = line.floor_char_boundary(last.byte + STEP);
            let piece = line.get(last.byte..end).unwrap_or_default();
            last = Mark {
                byte: end,
                units: last.units + piece.chars().map(char::len_utf16).sum::<usize>(),
                chars: last.chars + piece.chars().count(),
            };
            marks.push(last);
        }
        Some(Self(marks))
    }

    /// As [`byte_in`], for the line that the marks were made of.
    #[must_use]
    pub fn byte_in(&self, line: &str, column: u32, columns: Columns) -> usize {
        let before = column.saturating_sub(1) as usize;
        let passed = |mark: &Mark| match columns {
            Columns::Bytes => mark.byte,
            Columns::Utf16 => mark.units,
            Columns::Chars => mark.chars,
        };
        let at = self.0.partition_point(|mark| passed(mark) <= before).saturating_sub(1);
        let mark = self.0.get(at).copied().unwrap_or_default();
        let end = line.ceil_char_boundary(mark.byte + STEP + 4);
        let piece = line.get(mark.byte..end).unwrap_or_default();
        let rest = u32::try_from(before - passed(&mark)).unwrap_or(u32::MAX).saturating_add(1);
        mark.byte + byte_in(piece, rest, columns)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Columns; 3] = [Columns::Bytes, Columns::Utf16, Columns::Chars];

    #[test]
    fn what_could_not_be_read_was_one_byte() {
        for (byte, expected) in
            [(0, Some(0)), (1, Some(1)), (2, Some(4)), (3, Some(7)), (4, None), (5, Some(9)), (6, None)]
        {
            assert_eq!(byte_as_read("a\u{fffd}\u{fffd}é", byte), expected, "{byte}");
        }
        assert_eq!(
            (byte_as_read("aé", 3), byte_as_read("aé", 2), byte_as_read("a", 2)),
            (Some(3), None, None)
        );
    }

    #[test]
    fn a_long_lines_marks_give_the_same_bytes_as_a_search() {
        let line = "aé😀\u{301} {}".repeat(3000);
        let marks = Marks::of(&line).unwrap();
        assert!(Marks::of("short").is_none());
        for columns in ALL {
            for column in (0..40_000).step_by(7).chain([u32::MAX, 18_001, 21_001, 24_001]) {
                let byte = marks.byte_in(&line, column, columns);
                assert_eq!(byte, byte_in(&line, column, columns), "{column} {columns:?}");
            }
        }
    }

    #[test]
    fn every_line_break_ends_a_line() {
        let index = LineIndex::new("a\nb\r\nc\rd\n");
        let lines: Vec<_> = (1..=index.count()).map(|line| index.line(line).unwrap()).collect();
        assert_eq!(lines, ["a", "b", "c", "d", ""]);
        assert_eq!(index.range_with_break(2), Some(2..5));
        assert_eq!(index.range(0), None);
        assert_eq!(index.range(6), None);
        assert_eq!(index.span(2, 9), Some(2..9));
        assert_eq!(LineIndex::new("").count(), 1);
    }

    #[test]
    fn columns_count_in_the_unit_they_are_given_in() {
        let index = LineIndex::new("x\né😀z");
        for (columns, column) in [(Columns::Bytes, 7), (Columns::Utf16, 4), (Columns::Chars, 3)] {
            let point = Point { line: 2, column };
            assert_eq!(index.byte_of(point, columns), Some(8), "{columns:?}");
            assert_eq!(index.point_of(8, columns), point);
        }
        // The second half of a surrogate pair, and a byte inside a character, are the character.
        assert_eq!(index.byte_of(Point { line: 2, column: 3 }, Columns::Utf16), Some(4));
        assert_eq!(index.byte_of(Point { line: 2, column: 2 }, Columns::Bytes), Some(2));
        assert_eq!(index.byte_of(Point { line: 2, column: 99 }, Columns::Chars), Some(9));
        assert_eq!(index.byte_of(Point { line: 3, column: 1 }, Columns::Chars), None);
    }

    #[test]
    fn a_region_without_columns_is_whole_lines() {
        let index = LineIndex::new("ab\ncd\nef");
        let point = |line, column| Point { line, column };
        for (start, end, bytes) in [
            (point(2, 0), point(2, 0), Some(3..5)),
            (point(2, 0), point(0, 0), Some(3..5)),
            (point(2, 2), point(3, 2), Some(4..7)),
            (point(2, 2), point(1, 1), Some(4..5)),
            (point(2, 0), point(99, 5), Some(3..8)),
            (point(9, 0), point(9, 0), None),
        ] {
            assert_eq!(index.region(start, end, Columns::Bytes), bytes, "{start:?} {end:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_and_points_convert_back_and_forth(text in "(a|é|😀|\u{301}|\n|\r\n|\r|\t){0,40}") {
            let index = LineIndex::new(&text);
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                for columns in ALL {
                    let point = index.point_of(at, columns);
                    let back = index.byte_of(point, columns).unwrap();
                    // The `\n` of `\r\n` has no column of its own.
                    let inside_break = text[..at].ends_with('\r') && text[at..].starts_with('\n');
                    prop_assert_eq!(back, if inside_break { at - 1 } else { at });
                }
            }
        }

        #[test]
        fn any_point_of_any_text_lies_on_a_character(text in "\\PC{0,20}\r?\n?\\PC{0,20}", line in 0_u32..5, column: u32, byte: usize) {
            let index = LineIndex::new(&text);
            for columns in ALL {
                if let Some(at) = index.byte_of(Point { line, column }, columns) {
                    prop_assert!(text.is_char_boundary(at));
                }
                let _ = index.point_of(byte, columns);
                if let Some(range) = index.region(Point { line, column }, Point { line: line + 1, column }, columns) {
                    prop_assert!(text.get(range).is_some());
                }
            }
        }
    }
}
