//! A screen as a picture: cells of a ratatui buffer as SVG, the same bytes for the same cells.
//!
//! Every run of text is told how wide it is, so that the cells stand where they should in whatever monospaced font the
//! viewer has. Lines of boxes and blocks are drawn, not set: fonts leave gaps between them.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a test's module is its crate's root")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use ratatui::text::Span;

/// Red, green and blue.
pub type Rgb = (u8, u8, u8);

/// What a terminal's owner chose: the colours that programs do not name exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub foreground: Rgb,
    pub background: Rgb,
    /// Black, red, green, yellow, blue, magenta, cyan, white, and the bright ones.
    pub named: [Rgb; 16],
}

/// A cell, a letter in it, and the room around them all.
const WIDTH: u32 = 9;
const HEIGHT: u32 = 18;
const SIZE: u32 = 15;
const BASELINE: u32 = 14;
/// Where lines cross in a cell: in the middle of a pixel, so that they are sharp.
const CROSS: (f64, f64) = (4.5, 8.5);
const MARGIN: u32 = 12;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

/// The buffer as an SVG document.
pub fn svg(buffer: &Buffer, theme: &Theme) -> String {
    let area = buffer.area;
    let (width, height) = (u32::from(area.width) * WIDTH, u32::from(area.height) * HEIGHT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" \
         font-family=\"{FONT}\" font-size=\"{SIZE}\" fill=\"{2}\" xml:space=\"preserve\">\n\
         <rect width=\"{0}\" height=\"{1}\" rx=\"8\" fill=\"{3}\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n",
        width + 2 * MARGIN,
        height + 2 * MARGIN,
        hex(theme.foreground),
        hex(theme.background),
    );
    let mut lines = Lines::new();
    for row in 0..area.height {
        let cells = glyphs(buffer, row, theme);
        let top = u32::from(row) * HEIGHT;
        backgrounds(&mut out, &cells, top, theme);
        letters(&mut out, &mut lines, &cells, top, theme);
    }
    for (color, path) in lines {
        let _ = writeln!(out, "<path d=\"{path}\" stroke=\"{}\" stroke-linecap=\"square\"/>", hex(color));
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The lines of boxes by their colours: one path for all of a colour.
type Lines = BTreeMap<Rgb, String>;

/// A character with what it looks like, and which columns it takes.
#[derive(Debug, Clone, Copy)]
struct Glyph<'a> {
    symbol: &'a str,
    col: u32,
    cols: u32,
    back: Rgb,
    ink: Ink,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    color: Rgb,
    bold: bool,
    italic: bool,
    underlined: bool,
    crossed: bool,
}

impl Glyph<'_> {
    fn blank(&self) -> bool {
        self.symbol.trim().is_empty() && !self.ink.underlined && !self.ink.crossed
    }

    /// Whether any monospaced font has it at the width of one cell: then it may stand in a run with others.
    fn ordinary(&self) -> bool {
        self.cols == 1 && single(self).is_some_and(|character| character < '\u{250}')
    }
}

/// The characters of a row. What a wide one covers is none of them.
fn glyphs<'a>(buffer: &'a Buffer, row: u16, theme: &Theme) -> Vec<Glyph<'a>> {
    let mut cells = Vec::new();
    let mut free = 0;
    for col in 0..buffer.area.width {
        let at = (buffer.area.x + col, buffer.area.y + row);
        let Some(cell) = buffer.cell(at).filter(|_| u32::from(col) >= free) else { continue };
        // A character that would reach over the edge is cut there, as terminals do.
        let room = u32::from(buffer.area.width - col);
        let cols = u32::try_from(Span::raw(cell.symbol()).width()).unwrap_or(1).clamp(1, room.min(2));
        free = u32::from(col) + cols;
        let (back, ink) = looks(cell, theme);
        let hidden = cell.modifier.contains(Modifier::HIDDEN) || cell.symbol().is_empty();
        let symbol = if hidden { " " } else { cell.symbol() };
        cells.push(Glyph { symbol, col: u32::from(col), cols, back, ink });
    }
    cells
}

fn looks(cell: &Cell, theme: &Theme) -> (Rgb, Ink) {
    let has = |modifier| cell.modifier.contains(modifier);
    let mut color = rgb(cell.fg, theme.foreground, theme);
    let mut back = rgb(cell.bg, theme.background, theme);
    if has(Modifier::REVERSED) {
        (color, back) = (back, color);
    }
    if has(Modifier::DIM) {
        color = faint(color, back);
    }
    let ink = Ink {
        color,
        bold: has(Modifier::BOLD),
        italic: has(Modifier::ITALIC),
        underlined: has(Modifier::UNDERLINED),
        crossed: has(Modifier::CROSSED_OUT),
    };
    (back, ink)
}

/// Rectangles behind the cells that are not of the theme's own colour.
fn backgrounds(out: &mut String, cells: &[Glyph<'_>], top: u32, theme: &Theme) {
    for run in cells.chunk_by(|one, next| one.back == next.back) {
        let Some((first, cols)) = extent(run).filter(|(first, _)| first.back != theme.background) else {
            continue;
        };
        rect(out, (first.col * WIDTH, top), (cols * WIDTH, HEIGHT), &hex(first.back));
    }
}

/// The characters, in runs of one look; a blank is of any.
fn letters(out: &mut String, lines: &mut Lines, cells: &[Glyph<'_>], top: u32, theme: &Theme) {
    let mut rest = cells;
    while let Some((first, behind)) = rest.split_first() {
        if first.blank() {
            rest = behind;
            continue;
        }
        let ordinary = first.ordinary();
        let joins = |next: &Glyph<'_>| {
            if ordinary {
                next.blank() || next.ordinary() && next.ink == first.ink
            } else {
                next.symbol == first.symbol && next.ink == first.ink
            }
        };
        let more = behind.iter().take_while(|next| joins(next)).count();
        let (run, after) = rest.split_at(more + 1);
        rest = after;
        if ordinary {
            let end = run.iter().rposition(|glyph| !glyph.blank()).map_or(0, |last| last + 1);
            text(out, run.get(..end).unwrap_or(run), top, theme);
        } else if !block(out, run, top) && !line(lines, run, top) {
            run.chunks(1).for_each(|one| text(out, one, top, theme));
        }
    }
}

fn text(out: &mut String, run: &[Glyph<'_>], top: u32, theme: &Theme) {
    let Some((first, cols)) = extent(run) else { return };
    let Ink { color, bold, italic, underlined, crossed } = first.ink;
    let (x, y, length) = (first.col * WIDTH, top + BASELINE, cols * WIDTH);
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\"");
    if color != theme.foreground {
        let _ = write!(out, " fill=\"{}\"", hex(color));
    }
    if bold {
        out.push_str(" font-weight=\"bold\"");
    }
    if italic {
        out.push_str(" font-style=\"italic\"");
    }
    match (underlined, crossed) {
        (true, true) => out.push_str(" text-decoration=\"underline line-through\""),
        (true, false) => out.push_str(" text-decoration=\"underline\""),
        (false, true) => out.push_str(" text-decoration=\"line-through\""),
        (false, false) => {}
    }
    out.push('>');
    for character in run.iter().flat_map(|glyph| glyph.symbol.chars()) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // XML has no way to say these.
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out.push_str("</text>\n");
}

/// Where a run begins and how many columns it takes.
fn extent<'a, 'b>(run: &'a [Glyph<'b>]) -> Option<(&'a Glyph<'b>, u32)> {
    let (first, last) = (run.first()?, run.last()?);
    Some((first, last.col + last.cols - first.col))
}

/// Draws a run of one block; whether it is one.
fn block(out: &mut String, run: &[Glyph<'_>], top: u32) -> bool {
    let eighths = |of: u32, count: u32| (of * count).div_ceil(8);
    let Some((first, cols)) = extent(run) else { return false };
    let (y, height) = match single(first) {
        Some('▀') => (0, eighths(HEIGHT, 4)),
        Some(part @ '▁'..='█') => {
            let height = eighths(HEIGHT, part as u32 - 0x2580);
            (HEIGHT - height, height)
        }
        Some(part @ '▉'..='▏') => {
            let width = eighths(WIDTH, 0x2590 - part as u32);
            for glyph in run {
                rect(out, (glyph.col * WIDTH, top), (width, HEIGHT), &hex(glyph.ink.color));
            }
            return true;
        }
        _ => return false,
    };
    rect(out, (first.col * WIDTH, top + y), (cols * WIDTH, height), &hex(first.ink.color));
    true
}

/// Draws a run of one character of a box; whether it is one.
fn line(lines: &mut Lines, run: &[Glyph<'_>], top: u32) -> bool {
    let Some((first, cols)) = extent(run) else { return false };
    // Up, right, down and left of where lines cross.
    let sides = match single(first) {
        Some('─') => "rl",
        Some('│') => "ud",
        Some('┌' | '╭') => "rd",
        Some('┐' | '╮') => "dl",
        Some('└' | '╰') => "ur",
        Some('┘' | '╯') => "ul",
        Some('├') => "urd",
        Some('┤') => "udl",
        Some('┬') => "rdl",
        Some('┴') => "url",
        Some('┼') => "urdl",
        _ => return false,
    };
    let path = lines.entry(first.ink.color).or_default();
    let (x, y) = (f64::from(first.col * WIDTH), f64::from(top));
    if sides == "rl" {
        let _ = write!(path, "M{x} {}h{}", y + CROSS.1, cols * WIDTH);
        return true;
    }
    for glyph in run {
        let (x, y) = (f64::from(glyph.col * WIDTH) + CROSS.0, y + CROSS.1);
        for side in sides.chars() {
            let _ = match side {
                'u' => write!(path, "M{x} {y}v-{}", CROSS.1),
                'r' => write!(path, "M{x} {y}h{}", f64::from(WIDTH) - CROSS.0),
                'd' => write!(path, "M{x} {y}v{}", f64::from(HEIGHT) - CROSS.1),
                _ => write!(path, "M{x} {y}h-{}", CROSS.0),
            };
        }
    }
    true
}

/// The character of a glyph that has only one.
fn single(glyph: &Glyph<'_>) -> Option<char> {
    let mut chars = glyph.symbol.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn rect(out: &mut String, (x, y): (u32, u32), (width, height): (u32, u32), color: &str) {
    let _ =
        writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{color}\"/>");
}

fn rgb(color: Color, reset: Rgb, theme: &Theme) -> Rgb {
    let number = match color {
        Color::Reset => return reset,
        Color::Rgb(red, green, blue) => return (red, green, blue),
        Color::Indexed(number) => number,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    match number {
        0..16 => theme.named.get(usize::from(number)).copied().unwrap_or(reset),
        // xterm's cube of six steps a side, and its ladder of greys.
        16..232 => {
            let step = |index: u8| if index == 0 { 0 } else { 55 + 40 * index };
            let index = number - 16;
            (step(index / 36), step(index / 6 % 6), step(index % 6))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            (grey, grey, grey)
        }
    }
}

/// Dim letters are a third of the way to what is behind them.
fn faint(color: Rgb, back: Rgb) -> Rgb {
    let mix = |color: u8, back: u8| {
        let sum = 2 * u16::from(color) + u16::from(back);
        u8::try_from(sum / 3).unwrap_or(u8::MAX)
    };
    (mix(color.0, back.0), mix(color.1, back.1), mix(color.2, back.2))
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
