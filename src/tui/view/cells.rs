//! A pen that writes texts of any origin into cells, and never past the edge of its place.

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::visible;
use crate::tui::theme::{Part, Theme};

/// Writes into a buffer.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    pub(super) theme: Theme,
}

impl<'b> Pen<'b> {
    pub(super) const fn new(buffer: &'b mut Buffer, theme: Theme) -> Self {
        Self { buffer, theme }
    }

    pub(super) fn style(&self, part: Part) -> Style {
        self.theme.style(part)
    }

    /// Writes a text on the first line of a place, from a column on; gives the column after it. What comes from
    /// outside is shown with its odd characters visible, so that nothing in it reaches the terminal.
    pub(super) fn text(&mut self, place: Rect, column: u16, text: &str, style: Style) -> u16 {
        let clean = visible(text);
        self.clean(place, column, &clean, style)
    }

    /// As [`Self::text`], of a text that is clean.
    pub(super) fn clean(&mut self, place: Rect, column: u16, text: &str, style: Style) -> u16 {
        let room = place.width.saturating_sub(column);
        if place.height == 0 || room == 0 {
            return column;
        }
        let place = place.intersection(*self.buffer.area());
        if place.is_empty() {
            return column;
        }
        // What is wide and would be covered by half is taken away: a terminal cannot draw the other half.
        for back in 1..3 {
            let before = (place.x + column).checked_sub(back).filter(|_| !text.is_empty());
            let cell = before.and_then(|x| self.buffer.cell_mut((x, place.y)));
            if let Some(cell) = cell.filter(|cell| cell.symbol().cell_width() > back) {
                cell.set_symbol(" ");
            }
        }
        let (x, _) = self.buffer.set_stringn(place.x + column, place.y, text, usize::from(room), style);
        x - place.x
    }

    /// Writes a text that ends at a column from the right; gives the column where it begins.
    pub(super) fn ending(&mut self, place: Rect, right: u16, text: &str, style: Style) -> u16 {
        let clean = visible(text);
        let width = u16::try_from(width(&clean)).unwrap_or(u16::MAX);
        let column = place.width.saturating_sub(right).saturating_sub(width);
        self.clean(place, column, &clean, style);
        column
    }

    /// Gives every cell of a place a style over what it has.
    pub(super) fn tint(&mut self, place: Rect, style: Style) {
        self.buffer.set_style(place.intersection(*self.buffer.area()), style);
    }

    /// Draws the line between two places: upright where it is a column, else lying.
    pub(super) fn rule(&mut self, place: Rect) {
        let style = self.style(Part::Rule);
        if place.width == 1 {
            for at in 0..place.height {
                self.clean(line_of(place, at), 0, self.theme.or_plain("│", "|"), style);
            }
        } else if !place.is_empty() {
            let line = self.theme.or_plain("─", "-").repeat(usize::from(place.width));
            self.clean(place, 0, &line, style);
        }
    }

    /// Empties a place.
    pub(super) fn clear(&mut self, place: Rect) {
        let place = place.intersection(*self.buffer.area());
        for position in place.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
    }
}

/// A line of a place, counted from its top.
pub(super) fn line_of(place: Rect, at: u16) -> Rect {
    Rect { y: place.y.saturating_add(at), height: u16::from(at < place.height), ..place }
}

/// The columns that a clean text takes.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return text.len();
    }
    pieces(text).map(|(_, columns)| columns).sum()
}

/// A clean text in what stands in a cell each, with its columns: as the buffer takes it apart, not letter by letter. A
/// flag is two letters of a column each that are drawn as one of two; a sign and its variation selector are wider than
/// the sign.
pub(super) fn pieces(text: &str) -> impl DoubleEndedIterator<Item = (&str, usize)> {
    let drawn = text.graphemes(true).filter(|piece| !piece.contains(char::is_control));
    drawn.map(|piece| (piece, usize::from(piece.cell_width())))
}

/// A text cut to so many columns, with a sign where something is left out.
pub(super) fn cut(text: &str, columns: usize, sign: &str) -> String {
    let clean = visible(text);
    if width(&clean) <= columns {
        return clean.into_owned();
    }
    let room = columns.saturating_sub(width(sign));
    let (mut out, mut used) = (String::new(), 0);
    for (piece, columns) in pieces(&clean) {
        used += columns;
        if used > room {
            break;
        }
        out.push_str(piece);
    }
    out.push_str(if columns == 0 { "" } else { sign });
    out
}

/// A path cut in its middle: the file's name says most.
pub(super) fn cut_path(path: &str, columns: usize, sign: &str) -> String {
    let clean = visible(path);
    if width(&clean) <= columns {
        return clean.into_owned();
    }
    let room = columns.saturating_sub(width(sign));
    let (mut tail, mut used) = (Vec::new(), 0);
    for (piece, columns) in pieces(&clean).rev() {
        used += columns;
        if used > room {
            break;
        }
        tail.push(piece);
    }
    let sign = if columns == 0 { "" } else { sign };
    std::iter::once(sign).chain(tail.into_iter().rev()).collect()
}

#[cfg(test)]
thread_local! {
    /// Bytes wrapped so far, for the test that counts them.
    pub(in crate::tui) static WRAPPED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A text in lines of at most so many columns, broken between words where that is possible.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    #[cfg(test)]
    WRAPPED.set(WRAPPED.get() + text.len());
    let mut lines = Vec::new();
    let columns = columns.max(4);
    for paragraph in text.lines() {
        let clean = visible(paragraph.trim_end());
        let (mut line, mut used) = (String::new(), 0);
        for word in clean.split_inclusive(' ') {
            let wide = width(word.trim_end());
            if used > 0 && used + wide > columns {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            // Most words are of letters of a column each and need not be taken apart, which takes ten times as long.
            let letters = if word.is_ascii() { word.trim_end() } else { "" };
            let mut left = letters;
            while !left.is_empty() {
                if used >= columns {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                let (fitting, after) = left.split_at((columns - used).min(left.len()));
                line.push_str(fitting);
                used += fitting.len();
                left = after;
            }
            let rest = word.get(letters.len()..).unwrap_or_default();
            for (piece, wide) in pieces(rest) {
                // Letters that are drawn as one and have no room on any line.
                let (piece, wide) = if wide > columns { ("?", 1) } else { (piece, wide) };
                if used + wide > columns {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    used = 0;
                }
                if used > 0 || piece != " " || lines.is_empty() {
                    line.push_str(piece);
                    used += wide;
                }
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As [`wrapped`], every letter by itself.
    fn wrapped_by_pieces(text: &str, columns: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for paragraph in text.lines() {
            let clean = visible(paragraph.trim_end());
            let (mut line, mut used) = (String::new(), 0);
            for word in clean.split_inclusive(' ') {
                let wide: usize = pieces(word.trim_end()).map(|(_, columns)| columns).sum();
                if used > 0 && used + wide > columns {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    used = 0;
                }
                for (piece, wide) in pieces(word) {
                    let (piece, wide) = if wide > columns { ("?", 1) } else { (piece, wide) };
                    if used + wide > columns {
                        lines.push(std::mem::take(&mut line).trim_end().to_owned());
                        used = 0;
                    }
                    if used > 0 || piece != " " || lines.is_empty() {
                        line.push_str(piece);
                        used += wide;
                    }
                }
            }
            lines.push(line.trim_end().to_owned());
        }
        lines
    }

    #[test]
    fn texts_are_cut_where_they_say_least() {
        assert_eq!(cut("SQL injection", 6, "…"), "SQL i…");
        assert_eq!(cut("漢字漢字", 5, "…"), "漢字…");
        assert_eq!(cut_path("src/very/long/db.py", 9, "…"), "…ng/db.py");
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 5), ["unbre", "akabl", "e"]);
    }

    #[test]
    fn what_is_drawn_as_one_and_is_wider_than_a_line_is_told_by_a_sign() {
        for text in ["\u{600}漢🏽", "a \u{600}漢🏽 b", "\t🏽\u{ff9e}"] {
            let lines = wrapped(text, 4);
            assert!(lines.iter().all(|line| width(line) <= 4), "{lines:?}");
            assert!(lines.iter().any(|line| line.contains('?')), "{lines:?}");
        }
    }

    #[test]
    fn what_is_drawn_as_one_is_measured_and_cut_as_one() {
        // A flag, a sign with its variation selector, a keycap, a hand with its colour, a letter with its accent, and Hangul
        // in parts.
        for (text, columns) in [
            ("\u{1f1e9}\u{1f1ea}", 2),
            ("\u{2764}\u{fe0f}", 2),
            ("1\u{fe0f}\u{20e3}", 2),
            ("\u{1f44d}\u{1f3fd}", 2),
            ("e\u{301}", 1),
            ("\u{1112}\u{1161}\u{11ab}", 2),
        ] {
            assert_eq!(width(text), columns, "{text:?}");
            assert_eq!(pieces(text).count(), 1, "{text:?}");
            let cut = cut(&text.repeat(4), 2 * columns + 1, "…");
            assert_eq!(cut, format!("{text}{text}…"), "{text:?}");
        }
    }

    /// Texts that are hard to draw: any at all, and heaps of what stands in one cell with others.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "\\PC{0,60}",
            prop::collection::vec(
                prop::sample::select(
                    &[
                        "a",
                        " ",
                        "\t",
                        "é",
                        "e\u{301}",
                        "漢",
                        "\u{1f1e9}",
                        "\u{1f1ea}",
                        "\u{2764}",
                        "\u{fe0f}",
                        "\u{200d}",
                        "\u{1f468}",
                        "\u{1f3fd}",
                        "1",
                        "\u{20e3}",
                        "\u{302}",
                        "\u{1112}",
                        "\u{1161}",
                        "\u{11ab}",
                        "\u{ff8a}",
                        "\u{ff9e}",
                        "\u{202e}",
                        "\u{1b}[2J",
                        "\u{0}",
                        "\u{e0041}",
                        "\u{ad}",
                        "\u{600}",
                        "\u{d4e}",
                        "\u{915}\u{94d}",
                    ][..],
                ),
                0..40,
            )
            .prop_map(|parts| parts.concat()),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in texts(), columns in 4_usize..30) {
            prop_assert!(width(&cut(&text, columns, "…")) <= columns);
            prop_assert!(width(&cut_path(&text, columns, "…")) <= columns);
            for line in wrapped(&text, columns) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
        }

        #[test]
        fn words_are_wrapped_as_their_letters_are(
            text in prop_oneof![texts(), "[a-z \\n~]{0,80}", "([a-z]{0,12} {1,3}){0,12}"], columns in 4_usize..30,
        ) {
            prop_assert_eq!(wrapped(&text, columns), wrapped_by_pieces(&text, columns));
        }

        #[test]
        fn a_text_takes_as_many_columns_as_it_is_measured(text in texts(), column in 0_u16..8, columns in 4_usize..30) {
            let area = Rect::new(0, 0, 4000, 1);
            let theme = crate::tui::testing::state().theme;
            for text in [visible(&text).into_owned(), cut(&text, columns, "…"), cut_path(&text, columns, "…")] {
                let mut buffer = Buffer::empty(area);
                let end = Pen::new(&mut buffer, theme).clean(area, column, &text, Style::new());
                prop_assert_eq!(usize::from(end - column), width(&text), "{:?}", text);
                // What is drawn is all there, and nothing behind it.
                let drawn: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
                prop_assert_eq!(drawn.trim_end().is_empty(), text.trim_end().is_empty() || width(&text) == 0);
                prop_assert!(buffer.content[usize::from(end)..].iter().all(|cell| cell.symbol() == " "));
            }
        }

        #[test]
        fn what_ends_at_the_right_ends_there(text in texts(), right in 0_u16..4) {
            let area = Rect::new(0, 0, 4000, 1);
            let mut buffer = Buffer::empty(area);
            let mut pen = Pen::new(&mut buffer, crate::tui::testing::state().theme);
            let begin = pen.ending(area, right, &text, Style::new());
            let end = pen.text(area, begin, &text, Style::new());
            prop_assert_eq!(end, area.width - right);
        }
    }
}
