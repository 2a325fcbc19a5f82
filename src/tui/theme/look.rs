//! Colours and attributes as a configuration writes them: `bold #ff8800 on 236`.

use ratatui::style::{Color, Modifier, Style};

use super::Depth;

/// How a piece is drawn where the configuration says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Look {
    front: Option<Tint>,
    back: Option<Tint>,
    attributes: Modifier,
}

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Tint {
    /// The terminal's own for text and background.
    Default,
    /// One of the sixteen that the terminal defines.
    Named(u8),
    /// One of the 256.
    Indexed(u8),
    /// Any.
    Exact(u8, u8, u8),
}

/// What is no look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is neither a colour nor an attribute; colours are as `red`, `bright-red`, `default`, `208`, `#ff8800`, \
     behind `on` that of the background, attributes `bold`, `dim`, `italic`, `underline`, `reverse`"
)]
pub struct NoLook(pub String);

const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const ATTRIBUTES: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

impl std::str::FromStr for Look {
    type Err = NoLook;

    fn from_str(text: &str) -> Result<Self, NoLook> {
        let wrong = |word: &str| NoLook(word.chars().take(40).collect());
        let mut look = Self::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if let Some((_, attribute)) = ATTRIBUTES.iter().find(|(name, _)| *name == word) {
                look.attributes |= *attribute;
            } else if word == "on" {
                let colour = words.next().ok_or_else(|| wrong(word))?;
                look.back = Some(Tint::named(colour).ok_or_else(|| wrong(colour))?);
            } else {
                look.front = Some(Tint::named(word).ok_or_else(|| wrong(word))?);
            }
        }
        if look == Self::default() { Err(wrong(text)) } else { Ok(look) }
    }
}

impl Look {
    /// As a terminal of so many colours shows it, its sixteen as near as they come.
    pub(super) fn style(self, depth: Depth) -> Style {
        let mut style = Style::new().add_modifier(self.attributes);
        if depth == Depth::None {
            return style;
        }
        style.fg = self.front.map(|tint| tint.colour(depth));
        style.bg = self.back.map(|tint| tint.colour(depth));
        style
    }
}

impl Tint {
    fn named(word: &str) -> Option<Self> {
        if word == "default" {
            return Some(Self::Default);
        }
        if let Some(digits) = word.strip_prefix('#') {
            let is_fine = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_fine)?;
            let [_, red, green, blue] = number.to_be_bytes();
            return Some(Self::Exact(red, green, blue));
        }
        let (name, bright) = match word.strip_prefix("bright-") {
            Some(name) => (name, 8),
            None => (word, 0),
        };
        if let Some(number) = (0..).zip(NAMES).find_map(|(number, known)| (known == name).then_some(number)) {
            return Some(Self::Named(number + bright));
        }
        word.parse().ok().map(Self::Indexed)
    }

    fn colour(self, depth: Depth) -> Color {
        match (self, depth) {
            (Self::Default, _) => Color::Reset,
            // By its number among the sixteen it is drawn as the terminal has it.
            (Self::Named(number), Depth::Sixteen) => sixteen(number),
            (Self::Named(number), _) => Color::Indexed(number),
            (Self::Indexed(number), Depth::Sixteen) => sixteen(nearest_of(&SIXTEEN, exact(number))),
            (Self::Indexed(number), _) => Color::Indexed(number),
            (Self::Exact(red, green, blue), Depth::True) => Color::Rgb(red, green, blue),
            (Self::Exact(red, green, blue), Depth::Sixteen) => {
                sixteen(nearest_of(&SIXTEEN, (red, green, blue)))
            }
            (Self::Exact(red, green, blue), _) => Color::Indexed(nearest((red, green, blue))),
        }
    }
}

type Rgb = (u8, u8, u8);

/// The sixteen as xterm has them; a terminal may have others.
const SIXTEEN: [Rgb; 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

const fn sixteen(number: u8) -> Color {
    match number {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        _ => Color::White,
    }
}

/// The brightness of a step of the cube of 216.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// One of the 256 by what it consists of.
fn exact(number: u8) -> Rgb {
    match number {
        0..=15 => SIXTEEN.get(usize::from(number)).copied().unwrap_or_default(),
        16..=231 => {
            let at = number - 16;
            let step = |at: u8| STEPS.get(usize::from(at % 6)).copied().unwrap_or_default();
            (step(at / 36), step(at / 6), step(at))
        }
        _ => {
            let grey = 8 + (number - 232) * 10;
            (grey, grey, grey)
        }
    }
}

/// The nearest of the 256, but for the sixteen, which may be anything.
fn nearest(wanted: Rgb) -> u8 {
    (16..=255).min_by_key(|&number| distance(exact(number), wanted)).unwrap_or(16)
}

fn nearest_of(some: &[Rgb], wanted: Rgb) -> u8 {
    (0..).zip(some).min_by_key(|(_, known)| distance(**known, wanted)).map_or(0, |(number, _)| number)
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    let apart = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    apart(a.0, b.0) + apart(a.1, b.1) + apart(a.2, b.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(text: &str, depth: Depth) -> Style {
        text.parse::<Look>().unwrap().style(depth)
    }

    #[test]
    fn a_look_is_colours_and_attributes_in_any_order() {
        let wanted = Style::new().fg(Color::Rgb(255, 136, 0)).bg(Color::Indexed(236)).bold();
        assert_eq!(style("bold #ff8800 on 236", Depth::True), wanted);
        assert_eq!(style("on 236 #FF8800 bold", Depth::True), wanted);
        assert_eq!(style("bright-red", Depth::Sixteen), Style::new().fg(Color::LightRed));
        assert_eq!(style("default on default", Depth::Many), Style::new().fg(Color::Reset).bg(Color::Reset));
        assert_eq!(
            style("reverse red", Depth::None),
            Style::new().reversed(),
            "without colours the rest stays"
        );
    }

    #[test]
    fn a_terminal_of_fewer_colours_gets_the_nearest() {
        assert_eq!(style("#ff8700", Depth::Many).fg, Some(Color::Indexed(208)));
        assert_eq!(style("#808080", Depth::Many).fg, Some(Color::Indexed(244)));
        assert_eq!(style("#f01010", Depth::Sixteen).fg, Some(Color::LightRed));
        assert_eq!(style("196", Depth::Sixteen).fg, Some(Color::LightRed));
    }

    #[test]
    fn what_is_no_colour_is_named() {
        for (text, word) in [
            ("bold orange", "orange"),
            ("#12345", "#12345"),
            ("#12345g", "#12345g"),
            ("256", "256"),
            ("red on", "on"),
            ("", ""),
        ] {
            assert_eq!(text.parse::<Look>(), Err(NoLook(word.to_owned())), "{text}");
        }
    }
}
