//! What a terminal shows, cell by cell.

use std::fmt;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

/// What a terminal shows at a moment. The buffer is of the kind that widgets draw into, so that both can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    pub buffer: Buffer,
    /// Nothing where it is hidden.
    pub cursor: Option<Position>,
}

impl Screen {
    /// The rows, without blanks at their ends.
    pub fn lines(&self) -> Vec<String> {
        (0..self.buffer.area.height).map(|row| self.line(row)).collect()
    }

    /// A row, without blanks at its end.
    pub fn line(&self, row: u16) -> String {
        let text: String = self.row(row).map(|(_, symbol)| symbol).collect();
        text.trim_end().to_owned()
    }

    /// Whether a text stands within one row.
    pub fn shows(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The first cell of a text, from the top.
    pub fn find(&self, text: &str) -> Option<Position> {
        (0..self.buffer.area.height).find_map(|row| {
            let at = self.row(row).map(|(_, symbol)| symbol).collect::<String>().find(text)?;
            let mut before = 0;
            let (col, _) = self.row(row).find(|(_, symbol)| {
                let begins = before >= at;
                before += symbol.len();
                begins
            })?;
            Some(Position::new(col, row))
        })
    }

    /// The row that a text stands in.
    pub fn line_with(&self, text: &str) -> Option<String> {
        self.find(text).map(|at| self.line(at.y))
    }

    /// A cell, by column and row from 0.
    #[track_caller]
    pub fn cell(&self, col: u16, row: u16) -> &Cell {
        self.buffer.cell((col, row)).expect("a cell of the screen")
    }

    /// Colours and the like of a text's first cell.
    #[track_caller]
    pub fn style_of(&self, text: &str) -> Style {
        let at = self.find(text).unwrap_or_else(|| panic!("{text:?} is not on the screen\n{self}"));
        self.cell(at.x, at.y).style()
    }

    /// The columns of a row and what stands in them; the second half of a wide character is none.
    fn row(&self, row: u16) -> impl Iterator<Item = (u16, &str)> {
        let cells =
            (0..self.buffer.area.width).filter_map(move |col| Some((col, self.buffer.cell((col, row))?)));
        cells.map(|(col, cell)| (col, cell.symbol())).filter(|(_, symbol)| !symbol.is_empty())
    }

    pub(super) fn of(seen: &vt100::Screen) -> Self {
        let (rows, cols) = seen.size();
        let area = Rect::new(0, 0, cols.get(), rows.get());
        let mut buffer = Buffer::empty(area);
        for at in area.positions() {
            let (Some(from), Some(to)) = (seen.cell(at.y, at.x), buffer.cell_mut(at)) else { continue };
            if from.is_wide_continuation() {
                to.set_symbol("");
            } else if from.has_contents() {
                to.set_symbol(from.contents());
            }
            to.set_style(style(from));
        }
        let (row, col) = seen.cursor_position();
        // Behind the last column it waits for the next character to wrap.
        let col = col.min(cols.get() - 1);
        Self { buffer, cursor: (!seen.hide_cursor()).then_some(Position::new(col, row)) }
    }
}

/// The rows in a frame, for the message of a test that fails.
impl fmt::Display for Screen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = "─".repeat(usize::from(self.buffer.area.width));
        writeln!(out, "┌{edge}")?;
        for line in self.lines() {
            writeln!(out, "│{line}")?;
        }
        write!(out, "└{edge}")
    }
}

fn style(cell: &vt100::Cell) -> Style {
    let modifiers = [
        (Modifier::BOLD, cell.bold()),
        (Modifier::DIM, cell.dim()),
        (Modifier::ITALIC, cell.italic()),
        (Modifier::UNDERLINED, cell.underline()),
        (Modifier::REVERSED, cell.inverse()),
    ];
    let modifiers = modifiers.into_iter().filter_map(|(modifier, is)| is.then_some(modifier)).collect();
    Style::new().fg(color(cell.fgcolor())).bg(color(cell.bgcolor())).add_modifier(modifiers)
}

/// The first sixteen by name, since programs name them so.
fn color(color: vt100::Color) -> Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match color {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(number) => {
            NAMED.get(usize::from(number)).copied().unwrap_or(Color::Indexed(number))
        }
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
