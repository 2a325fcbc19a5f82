//! A linted text, addressed as ESLint does: lines from 1, columns from 1 and offsets from 0 in UTF-16 units.

use serde_json::Value;

use crate::domain::{Place, Point};

/// Lines quoted before and after a region.
const AROUND: usize = 2;
/// A quotation longer than this is a minified line, which shows nobody anything.
const QUOTED: usize = 4096;

/// A line longer than this in bytes is not searched for a column, unless it is plain ASCII and needs no search.
const SEARCHED: usize = 64 << 10;

/// A text and its lines.
pub(super) struct Source<'a> {
    text: &'a str,
    lines: Vec<Line>,
}

struct Line {
    /// Where it begins, in bytes and in UTF-16 units.
    byte: usize,
    unit: usize,
    /// Its bytes and its units are the same.
    ascii: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lines = Vec::new();
        let (mut from, mut unit) = (0, 0);
        let mut ascii = true;
        let mut units = 0;
        let mut rest = text.char_indices().peekable();
        while let Some((at, letter)) = rest.next() {
            units += letter.len_utf16();
            ascii &= letter.is_ascii();
            // The line ends of ECMAScript; a return and a feed together are one.
            let pair = letter == '\r' && rest.peek().is_some_and(|(_, next)| *next == '\n');
            if matches!(letter, '\n' | '\r' | '\u{2028}' | '\u{2029}') && !pair {
                lines.push(Line { byte: from, unit, ascii });
                (from, unit, ascii) = (at + letter.len_utf8(), units, true);
            }
        }
        if !text.is_empty() {
            lines.push(Line { byte: from, unit, ascii });
        }
        Self { text, lines }
    }

    /// Fills in what a place quotes, where the text holds it.
    pub(super) fn quote(&self, place: &mut Place) {
        if place.start.line == 0 || self.lines.is_empty() {
            return;
        }
        let line = |number: u32| usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        let (first, last) = (line(place.start.line), line(place.last_line()));
        let from = first.saturating_sub(AROUND);
        let context = self.span(from, last.saturating_add(AROUND));
        if !context.is_empty() && context.len() <= QUOTED {
            place.context = context.to_owned();
            place.context_line = u32::try_from(from).unwrap_or(u32::MAX).saturating_add(1);
        }
        let snippet =
            self.byte(place.start).zip(self.byte(place.end)).and_then(|(from, to)| self.text.get(from..to));
        if let Some(snippet) = snippet.filter(|snippet| snippet.len() <= QUOTED) {
            place.snippet = snippet.to_owned();
        }
    }

    /// The points of a fix's `[start, end]`; none where they do not lie in the text.
    pub(super) fn region(&self, range: &[Value]) -> Option<(Point, Point)> {
        let [start, end] = range else { return None };
        let (start, end) = (self.point(start.as_u64()?)?, self.point(end.as_u64()?)?);
        (start <= end).then_some((start, end))
    }

    /// The lines from one index to another, both included.
    fn span(&self, first: usize, last: usize) -> &'a str {
        let Some(from) = self.lines.get(first) else { return "" };
        let to = self.lines.get(last.saturating_add(1)).map_or(self.text.len(), |line| line.byte);
        self.text.get(from.byte..to).unwrap_or_default()
    }

    /// Where a point lies, in bytes.
    fn byte(&self, point: Point) -> Option<usize> {
        let index = usize::try_from(point.line.checked_sub(1)?).ok()?;
        let line = self.lines.get(index)?;
        let text = self.span(index, index);
        let mut left = usize::try_from(point.column.checked_sub(1)?).ok()?;
        if line.ascii {
            return (left <= text.len()).then_some(line.byte + left);
        }
        if text.len() > SEARCHED {
            return None;
        }
        for (at, letter) in text.char_indices() {
            if left == 0 {
                return Some(line.byte + at);
            }
            left = left.checked_sub(letter.len_utf16())?;
        }
        (left == 0).then_some(line.byte + text.len())
    }

    /// The point at an offset in UTF-16 units.
    fn point(&self, offset: u64) -> Option<Point> {
        let offset = usize::try_from(offset).ok()?;
        let index = self.lines.partition_point(|line| line.unit <= offset).checked_sub(1)?;
        let left = offset.checked_sub(self.lines.get(index)?.unit)?;
        let point =
            Point { line: u32::try_from(index + 1).ok()?, column: u32::try_from(left).ok()?.checked_add(1)? };
        // Past the last line's end there is nothing.
        self.byte(point).map(|_| point)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_and_offsets_count_utf16_units() {
        let source = Source::new("a😀b\r\nécd\u{2028}ef");
        let mut place = Place {
            start: Point { line: 1, column: 4 },
            end: Point { line: 2, column: 3 },
            ..Place::default()
        };
        source.quote(&mut place);
        assert_eq!((place.snippet.as_str(), place.context_line), ("b\r\néc", 1));
        for (range, expected) in [
            (json!([3, 4]), Some(((1, 4), (1, 5)))),
            (json!([6, 9]), Some(((2, 1), (2, 4)))),
            (json!([10, 12]), Some(((3, 1), (3, 3)))),
            (json!([4, 3]), None),
            (json!([0, 13]), None),
            (json!([-1, 0]), None),
            (json!([1]), None),
        ] {
            let found = source.region(range.as_array().unwrap());
            let found = found.map(|(start, end)| ((start.line, start.column), (end.line, end.column)));
            assert_eq!(found, expected, "{range}");
        }
        assert!(Source::new("").region(json!([0, 0]).as_array().unwrap()).is_none());
    }
}
