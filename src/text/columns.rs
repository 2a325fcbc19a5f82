//! Owns the columns at which the characters of a source's line stand on a screen: tabs reach to stops, and what a
//! terminal must not get takes the columns of the form in which it is shown.
//!
//! A line may be a whole program of megabytes: with [`Stops`], made once, any of its columns is found by looking at a
//! few kilobytes.

use unicode_segmentation::UnicodeSegmentation as _;

use super::fit::width;
use super::visible;

/// Columns that a tab reaches to a multiple of.
pub const TAB: usize = 4;
/// Bytes between two stops.
const STEP: usize = 4 << 10;

/// The columns at which every 4,096th byte of a long line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stops(Vec<u32>);

impl Stops {
    /// Of a line; `None` of a short one, which needs none.
    #[must_use]
    pub fn of(line: &str) -> Option<Self> {
        if line.len() <= 2 * STEP {
            return None;
        }
        let mut stops = Vec::with_capacity(line.len() / STEP + 1);
        let mut column = 0;
        for number in 0..=line.len() / STEP {
            stops.push(u32::try_from(column).unwrap_or(u32::MAX));
            let chunk = line.get(start(line, number)..start(line, number + 1)).unwrap_or_default();
            pieces(chunk, 0, column).for_each(|piece| column = piece.column + piece.width);
        }
        Some(Self(stops))
    }
}

/// Where a stop is in a line.
fn start(line: &str, number: usize) -> usize {
    line.floor_char_boundary(number.saturating_mul(STEP))
}

/// What stands on its own in a line: a character with what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'t> {
    /// Its text.
    pub text: &'t str,
    /// Its first byte in the line.
    pub byte: usize,
    /// The column at which it begins, from 0.
    pub column: usize,
    /// How many columns it takes.
    pub width: usize,
}

fn pieces(text: &str, from: usize, mut column: usize) -> impl Iterator<Item = Piece<'_>> {
    // Of ASCII every byte is a piece, and most source is ASCII.
    let ascii = if text.is_ascii() { text } else { "" };
    let rest = if ascii.is_empty() { text } else { "" };
    let single = (0..ascii.len()).filter_map(move |at| Some((at, ascii.get(at..=at)?)));
    single.chain(rest.grapheme_indices(true)).map(move |(at, text)| {
        let piece = Piece { text, byte: from + at, column, width: columns_of(text, column) };
        column += piece.width;
        piece
    })
}

fn columns_of(text: &str, column: usize) -> usize {
    match text.as_bytes() {
        [b'\t'] => TAB - column % TAB,
        [_] => 1,
        _ => width(&visible(text)),
    }
}

/// A line, and its stops where it is long.
#[derive(Debug, Clone, Copy)]
pub struct Ruler<'t> {
    text: &'t str,
    stops: Option<&'t Stops>,
}

impl<'t> Ruler<'t> {
    /// Of a line with the stops that were made of it.
    #[must_use]
    pub const fn new(text: &'t str, stops: Option<&'t Stops>) -> Self {
        Self { text, stops }
    }

    /// The line.
    #[must_use]
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The pieces from the one on that a column falls into, as many as are taken.
    pub fn from(&self, column: usize) -> impl Iterator<Item = Piece<'t>> {
        let number = self.stops.map_or(0, |stops| {
            let beyond = stops.0.partition_point(|&at| at as usize <= column);
            beyond.saturating_sub(1)
        });
        self.chunks(number).skip_while(move |piece| piece.column + piece.width <= column)
    }

    /// The column at which a byte stands, from 0; that of the end where there is no such byte.
    #[must_use]
    pub fn of_byte(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        let mut number = self.stops.map_or(0, |_| byte / STEP);
        if start(self.text, number) > byte {
            number -= 1;
        }
        let mut end = self.column_of_stop(number);
        for piece in self.chunks(number) {
            if piece.byte + piece.text.len() > byte {
                return piece.column;
            }
            end = piece.column + piece.width;
        }
        end
    }

    fn column_of_stop(&self, number: usize) -> usize {
        self.stops.and_then(|stops| stops.0.get(number)).map_or(0, |&column| column as usize)
    }

    /// The pieces from a stop on. What belongs to one character is parted at a stop, so that none is longer.
    fn chunks(&self, number: usize) -> impl Iterator<Item = Piece<'t>> {
        let (text, stops) = (self.text, self.stops);
        let last = if stops.is_some() { text.len() / STEP } else { number };
        (number..=last).flat_map(move |number| {
            let from = start(text, number);
            let to = if stops.is_some() { start(text, number + 1) } else { text.len() };
            let column = stops.and_then(|stops| stops.0.get(number)).map_or(0, |&column| column as usize);
            pieces(text.get(from..to).unwrap_or_default(), from, column)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns(line: &str) -> Vec<usize> {
        Ruler::new(line, None).from(0).map(|piece| piece.column).collect()
    }

    #[test]
    fn tabs_reach_to_stops_and_odd_characters_take_the_columns_of_their_form() {
        assert_eq!(columns("\ta\tb"), [0, 4, 5, 8]);
        assert_eq!(columns("漢\tx"), [0, 2, 4]);
        assert_eq!(columns("e\u{301}x"), [0, 1]);
        assert_eq!(columns("\u{202e}x"), [0, "\\u{202e}".len()]);
        assert_eq!(columns("\u{1b}x"), [0, 1]);
    }

    #[test]
    fn a_column_within_a_wide_character_or_a_tab_belongs_to_it() {
        let line = Ruler::new("a\t漢b", None);
        let first = |column: usize| line.from(column).next().map(|piece| piece.text);
        assert_eq!([0, 1, 3, 4, 5, 6].map(first), ["a", "\t", "\t", "漢", "漢", "b"].map(Some));
        assert_eq!(first(7), None);
        assert_eq!((line.of_byte(2), line.of_byte(3), line.of_byte(99)), (4, 4, 7));
    }

    #[test]
    fn any_column_of_a_line_of_megabytes_is_found_near_a_stop() {
        let line = "ab\tcdef".repeat(800_000);
        let stops = Stops::of(&line).unwrap();
        let columns = Ruler::new(&line, Some(&stops));
        let found = columns.from(6_000_001).next().unwrap();
        assert_eq!((found.byte, found.column, found.text), (5_250_001, 6_000_001, "b"));
        assert_eq!(columns.of_byte(5_250_001), 6_000_001);
        assert_eq!(columns.of_byte(usize::MAX), 800_000 * 8);
    }

    proptest! {
        #[test]
        fn stops_change_nothing_but_what_belongs_together_across_them(
            part in "[a-c\té漢\u{202e}\u{301}🇩]{1,12}", times in 1_usize..1200, column in 0_usize..20_000, byte in 0_usize..20_000,
        ) {
            let line = part.repeat(times);
            let stops = Stops::of(&line);
            let columns = Ruler::new(&line, stops.as_ref());
            let all: Vec<Piece<'_>> = columns.chunks(0).collect();
            let mut at = (0, 0);
            for piece in &all {
                prop_assert_eq!((piece.byte, piece.column), at);
                at = (piece.byte + piece.text.len(), piece.column + piece.width);
            }
            prop_assert_eq!(at.0, line.len());
            let first = all.iter().find(|piece| piece.column + piece.width > column);
            let found = columns.from(column).next();
            prop_assert_eq!(found.as_ref(), first);
            let holder = all.iter().find(|piece| piece.byte + piece.text.len() > byte);
            prop_assert_eq!(columns.of_byte(byte), holder.map_or(at.1, |piece| piece.column));
        }
    }
}
