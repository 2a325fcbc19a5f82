//! Colours and signs. Meaning never rests on colour alone.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::{Severity, State};
use crate::source::Class;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// None: bold, dim and reverse alone.
    None,
    /// The sixteen that the terminal itself defines.
    Sixteen,
    /// 256.
    Many,
    /// Any.
    True,
}

/// What the background is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// What a piece of the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Ordinary text.
    Text,
    /// What is less important.
    Quiet,
    /// A heading.
    Heading,
    /// The header's and footer's line.
    Bar,
    /// A key in the footer.
    Key,
    /// The case that one is at.
    Cursor,
    /// A case selected.
    Selected,
    /// What is flagged in the code.
    Flagged,
    /// Lines between panes.
    Rule,
    /// Something went wrong.
    Failure,
    /// A line added.
    Added,
    /// A line removed.
    Removed,
}

/// Colours and signs of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// What they stand on.
    pub ground: Ground,
    /// Whether signs beyond ASCII can be shown.
    pub unicode: bool,
}

impl Theme {
    /// What the environment says of the terminal; `ground` where it was found out.
    #[must_use]
    pub fn detect(var: impl Fn(&str) -> Option<String>, ground: Option<Ground>) -> Self {
        let is = |name: &str, what: &[&str]| {
            var(name).is_some_and(|value| what.iter().any(|what| value.to_ascii_lowercase().contains(what)))
        };
        let depth = if var("NO_COLOR").is_some_and(|value| !value.is_empty()) || is("TERM", &["dumb"]) {
            Depth::None
        } else if is("COLORTERM", &["truecolor", "24bit"]) {
            Depth::True
        } else if is("TERM", &["256"]) {
            Depth::Many
        } else {
            Depth::Sixteen
        };
        // `15;0` and the like: the last is the background.
        let told = var("COLORFGBG").and_then(|pair| pair.rsplit(';').next()?.parse::<u8>().ok());
        let told = told.map(|number| if matches!(number, 7 | 9..=15) { Ground::Light } else { Ground::Dark });
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| var(name).filter(|v| !v.is_empty()));
        let unicode =
            locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"));
        Self { depth, ground: ground.or(told).unwrap_or(Ground::Dark), unicode }
    }

    /// How a piece is drawn.
    #[must_use]
    pub fn style(&self, part: Part) -> Style {
        let plain = Style::new();
        match part {
            Part::Text => plain,
            Part::Quiet => {
                let grey = self.by_ground((142, 147, 157), (100, 104, 112));
                let many = if self.ground == Ground::Dark { 246 } else { 242 };
                self.coloured(grey, many, Color::DarkGray).add_modifier(self.if_none(Modifier::DIM))
            }
            Part::Heading => plain.add_modifier(Modifier::BOLD),
            Part::Bar | Part::Key if self.depth == Depth::None => {
                plain.add_modifier(if part == Part::Key { Modifier::BOLD } else { Modifier::empty() })
            }
            Part::Bar => self.coloured(self.by_ground((170, 175, 185), (80, 85, 95)), 247, Color::Reset),
            Part::Key => self.accent().add_modifier(Modifier::BOLD),
            Part::Cursor => self.raised().add_modifier(Modifier::BOLD),
            Part::Selected => self.accent(),
            Part::Flagged => self.flagged(),
            Part::Rule => self.coloured(self.by_ground((70, 75, 85), (190, 190, 190)), 240, Color::DarkGray),
            Part::Failure => self.coloured((220, 80, 80), 167, Color::Red).add_modifier(Modifier::BOLD),
            Part::Added => self.coloured(self.by_ground((120, 190, 120), (40, 120, 40)), 71, Color::Green),
            Part::Removed => self.coloured(self.by_ground((220, 110, 110), (170, 40, 40)), 167, Color::Red),
        }
    }

    /// How a part of a source is drawn.
    #[must_use]
    pub fn code(&self, class: Class) -> Style {
        let plain = Style::new();
        match class {
            Class::Plain | Class::Variable | Class::Punctuation | Class::Operator => plain,
            Class::Keyword => {
                let bold = self.if_none(Modifier::BOLD);
                self.coloured(self.by_ground((198, 146, 233), (137, 42, 160)), 176, Color::Magenta)
                    .add_modifier(bold)
            }
            Class::Type | Class::Tag => {
                self.coloured(self.by_ground((229, 200, 120), (150, 100, 0)), 180, Color::Yellow)
            }
            Class::Function => self.coloured(self.by_ground((110, 170, 240), (30, 90, 190)), 75, Color::Blue),
            Class::Constant | Class::Number => {
                self.coloured(self.by_ground((220, 160, 110), (160, 80, 0)), 173, Color::Cyan)
            }
            Class::Text => self.coloured(self.by_ground((150, 200, 125), (50, 120, 40)), 114, Color::Green),
            Class::Escape => self.coloured(self.by_ground((110, 200, 200), (0, 120, 130)), 80, Color::Cyan),
            Class::Attribute => {
                self.coloured(self.by_ground((180, 190, 130), (110, 110, 20)), 144, Color::Yellow)
            }
            Class::Comment => {
                let dim = self.if_none(Modifier::DIM);
                self.coloured((128, 134, 146), 245, Color::DarkGray).add_modifier(dim)
            }
        }
    }

    /// How a severity's sign is drawn.
    #[must_use]
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Critical => self
                .coloured(self.by_ground((255, 95, 95), (190, 20, 20)), 203, Color::Red)
                .add_modifier(Modifier::BOLD),
            Severity::High => self.coloured(self.by_ground((240, 130, 90), (190, 70, 20)), 209, Color::Red),
            Severity::Medium => {
                self.coloured(self.by_ground((225, 190, 90), (150, 110, 0)), 179, Color::Yellow)
            }
            Severity::Low | Severity::Info => self.style(Part::Quiet),
        }
    }

    /// The sign of a severity: it tells grave, middling and slight apart without colour.
    #[must_use]
    pub const fn sign(&self, severity: Severity) -> &'static str {
        match (severity, self.unicode) {
            (Severity::Critical | Severity::High, true) => "▲",
            (Severity::Medium, true) => "●",
            (Severity::Low | Severity::Info, true) => "·",
            (Severity::Critical | Severity::High, false) => "!",
            (Severity::Medium, false) => "*",
            (Severity::Low | Severity::Info, false) => ".",
        }
    }

    /// The sign of where a case stands; a blank for an open one.
    #[must_use]
    pub const fn state_sign(&self, state: State) -> &'static str {
        match (state, self.unicode) {
            (State::Open, _) => " ",
            (State::Settled, true) => "✓",
            (State::Disputed, true) => "≠",
            (State::Stale, true) => "↻",
            (State::Gone, true) => "∅",
            (State::Settled, false) => "v",
            (State::Disputed, false) => "#",
            (State::Stale, false) => "~",
            (State::Gone, false) => "-",
        }
    }

    /// A sign, or its plain form where the terminal has no more than ASCII.
    #[must_use]
    pub const fn or_plain(&self, sign: &'static str, plain: &'static str) -> &'static str {
        if self.unicode { sign } else { plain }
    }

    fn flagged(&self) -> Style {
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::BOLD),
            Depth::Sixteen => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Depth::Many => {
                Style::new().bg(Color::Indexed(if self.ground == Ground::Dark { 236 } else { 230 }))
            }
            Depth::True => {
                let (r, g, b) = self.by_ground((58, 50, 30), (255, 244, 214));
                Style::new().bg(Color::Rgb(r, g, b))
            }
        }
    }

    fn raised(&self) -> Style {
        match self.depth {
            Depth::None | Depth::Sixteen => Style::new().add_modifier(Modifier::REVERSED),
            Depth::Many => {
                Style::new().bg(Color::Indexed(if self.ground == Ground::Dark { 237 } else { 254 }))
            }
            Depth::True => {
                let (r, g, b) = self.by_ground((45, 50, 62), (225, 230, 238));
                Style::new().bg(Color::Rgb(r, g, b))
            }
        }
    }

    fn accent(&self) -> Style {
        self.coloured(self.by_ground((110, 170, 240), (20, 90, 180)), 75, Color::Cyan)
    }

    const fn by_ground(&self, dark: (u8, u8, u8), light: (u8, u8, u8)) -> (u8, u8, u8) {
        match self.ground {
            Ground::Dark => dark,
            Ground::Light => light,
        }
    }

    fn if_none(&self, modifier: Modifier) -> Modifier {
        if self.depth == Depth::None { modifier } else { Modifier::empty() }
    }

    fn coloured(&self, (r, g, b): (u8, u8, u8), many: u8, sixteen: Color) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Sixteen => Style::new().fg(sixteen),
            Depth::Many => Style::new().fg(Color::Indexed(many)),
            Depth::True => Style::new().fg(Color::Rgb(r, g, b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Theme {
        let var =
            |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Theme::detect(var, None)
    }

    #[test]
    fn a_terminal_is_known_by_its_environment() {
        assert_eq!(with(&[("COLORTERM", "truecolor")]).depth, Depth::True);
        assert_eq!(with(&[("TERM", "xterm-256color")]).depth, Depth::Many);
        assert_eq!(with(&[("TERM", "xterm")]).depth, Depth::Sixteen);
        assert_eq!(with(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]).depth, Depth::None);
        assert_eq!(with(&[("COLORFGBG", "0;15")]).ground, Ground::Light);
        assert_eq!(with(&[("COLORFGBG", "15;0")]).ground, Ground::Dark);
        assert!(with(&[("LANG", "en_US.UTF-8")]).unicode && !with(&[("LANG", "C")]).unicode);
    }

    #[test]
    fn without_colours_nothing_has_one() {
        let theme = with(&[("NO_COLOR", "1")]);
        let parts = [
            Part::Text,
            Part::Quiet,
            Part::Heading,
            Part::Bar,
            Part::Key,
            Part::Cursor,
            Part::Selected,
            Part::Flagged,
            Part::Rule,
            Part::Failure,
            Part::Added,
            Part::Removed,
        ];
        for part in parts {
            let style = theme.style(part);
            assert_eq!((style.fg, style.bg), (None, None), "{part:?}");
        }
    }
}
