//! A pen that writes texts of any origin into cells, and never past the edge of its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar as _;

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
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A text cut to so many columns, with a sign where something is left out.
pub(super) fn cut(text: &str, columns: usize, sign: &str) -> String {
    let clean = visible(text);
    if width(&clean) <= columns {
        return clean.into_owned();
    }
    let room = columns.saturating_sub(width(sign));
    let (mut out, mut used) = (String::new(), 0);
    for c in clean.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        out.push(c);
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
    for c in clean.chars().rev() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        tail.push(c);
    }
    let sign = if columns == 0 { "" } else { sign };
    sign.chars().chain(tail.into_iter().rev()).collect()
}

/// A text in lines of at most so many columns, broken between words where that is possible.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
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
            for c in word.chars() {
                let wide = c.width().unwrap_or(0);
                if used + wide > columns {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    used = 0;
                }
                if used > 0 || c != ' ' || lines.is_empty() {
                    line.push(c);
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

    #[test]
    fn texts_are_cut_where_they_say_least() {
        assert_eq!(cut("SQL injection", 6, "…"), "SQL i…");
        assert_eq!(cut("漢字漢字", 5, "…"), "漢字…");
        assert_eq!(cut_path("src/very/long/db.py", 9, "…"), "…ng/db.py");
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 5), ["unbre", "akabl", "e"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,60}", columns in 4_usize..30) {
            prop_assert!(width(&cut(&text, columns, "…")) <= columns);
            prop_assert!(width(&cut_path(&text, columns, "…")) <= columns);
            for line in wrapped(&text, columns) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
        }
    }
}
