//! Colours and signs. Meaning never rests on colour alone.

mod look;
mod signs;

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use crate::domain::Severity;
use crate::source::Class;

pub use look::{Look, NoLook};
pub use signs::Mark;

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

/// A word that names no number of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are `auto`, `none`, `16`, `256` and `true`")]
pub struct NoDepth;

impl Depth {
    /// Its word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sixteen => "16",
            Self::Many => "256",
            Self::True => "true",
        }
    }
}

impl FromStr for Depth {
    type Err = NoDepth;

    fn from_str(word: &str) -> Result<Self, NoDepth> {
        let all = [Self::None, Self::Sixteen, Self::Many, Self::True];
        all.into_iter().find(|known| known.word() == word).ok_or(NoDepth)
    }
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
    /// What was searched for, and stands here.
    Found,
    /// The one of them that one is at.
    FoundHere,
    /// Lines between panes.
    Rule,
    /// Something went wrong.
    Failure,
    /// A line added.
    Added,
    /// A line removed.
    Removed,
    /// The code of a line added, beside the colours of its language.
    AddedLine,
    /// The code of a line removed.
    RemovedLine,
    /// What is new in it.
    AddedWord,
    /// What is no more.
    RemovedWord,
}

/// What has a look that can be set, by its name in the configuration: pieces of the screen, severities, and parts of
/// a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Part(Part),
    Severity(Severity),
    Class(Class),
}

const NAMED: [(&str, Named); 31] = [
    ("text", Named::Part(Part::Text)),
    ("quiet", Named::Part(Part::Quiet)),
    ("heading", Named::Part(Part::Heading)),
    ("bar", Named::Part(Part::Bar)),
    ("key", Named::Part(Part::Key)),
    ("cursor", Named::Part(Part::Cursor)),
    ("selected", Named::Part(Part::Selected)),
    ("flagged", Named::Part(Part::Flagged)),
    ("rule", Named::Part(Part::Rule)),
    ("failure", Named::Part(Part::Failure)),
    ("added", Named::Part(Part::Added)),
    ("removed", Named::Part(Part::Removed)),
    ("added-line", Named::Part(Part::AddedLine)),
    ("removed-line", Named::Part(Part::RemovedLine)),
    ("added-word", Named::Part(Part::AddedWord)),
    ("removed-word", Named::Part(Part::RemovedWord)),
    ("critical", Named::Severity(Severity::Critical)),
    ("high", Named::Severity(Severity::High)),
    ("medium", Named::Severity(Severity::Medium)),
    ("low", Named::Severity(Severity::Low)),
    ("info", Named::Severity(Severity::Info)),
    ("keyword", Named::Class(Class::Keyword)),
    ("type", Named::Class(Class::Type)),
    ("function", Named::Class(Class::Function)),
    ("variable", Named::Class(Class::Variable)),
    ("constant", Named::Class(Class::Constant)),
    ("number", Named::Class(Class::Number)),
    ("string", Named::Class(Class::Text)),
    ("escape", Named::Class(Class::Escape)),
    ("attribute", Named::Class(Class::Attribute)),
    ("comment", Named::Class(Class::Comment)),
];

/// The looks that were set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Looks([Option<Look>; NAMED.len()]);

/// A name that nothing on the screen has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no part of the screen; there are {all}", all = Looks::names().collect::<Vec<_>>().join(", "))]
pub struct NoPart(pub String);

impl Looks {
    /// What can be set.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|&(name, _)| name)
    }

    /// Sets a look.
    ///
    /// # Errors
    /// When nothing has that name.
    pub fn set(&mut self, name: &str, look: Look) -> Result<(), NoPart> {
        let at = NAMED.iter().position(|(known, _)| *known == name);
        let slot =
            at.and_then(|at| self.0.get_mut(at)).ok_or_else(|| NoPart(name.chars().take(40).collect()))?;
        *slot = Some(look);
        Ok(())
    }

    fn of(&self, what: Named) -> Option<Look> {
        NAMED.iter().zip(&self.0).find_map(|((_, known), look)| look.filter(|_| *known == what))
    }
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
    /// What the configuration has otherwise.
    pub looks: Looks,
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
        Self { depth, ground: ground.or(told).unwrap_or(Ground::Dark), unicode, looks: Looks::default() }
    }

    /// How a piece is drawn.
    #[must_use]
    pub fn style(&self, part: Part) -> Style {
        self.looked(Named::Part(part)).unwrap_or_else(|| self.of_part(part))
    }

    fn looked(&self, what: Named) -> Option<Style> {
        self.looks.of(what).map(|look| look.style(self.depth))
    }

    fn of_part(&self, part: Part) -> Style {
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
            Part::Found => plain.add_modifier(Modifier::UNDERLINED),
            Part::FoundHere => plain.add_modifier(Modifier::REVERSED),
            Part::Rule => self.coloured(self.by_ground((70, 75, 85), (190, 190, 190)), 240, Color::DarkGray),
            Part::Failure => self.coloured((220, 80, 80), 167, Color::Red).add_modifier(Modifier::BOLD),
            Part::Added => self.coloured(self.by_ground((120, 190, 120), (40, 120, 40)), 71, Color::Green),
            Part::Removed => self.coloured(self.by_ground((220, 110, 110), (170, 40, 40)), 167, Color::Red),
            Part::AddedLine => self.behind(((22, 42, 28), (226, 246, 228)), (22, 194)),
            Part::RemovedLine => self.behind(((54, 26, 28), (255, 230, 230)), (52, 224)),
            Part::AddedWord => self.word(((36, 84, 48), (172, 228, 180)), (28, 157), Color::Green),
            Part::RemovedWord => self.word(((112, 40, 44), (250, 186, 186)), (88, 217), Color::Red),
        }
    }

    /// How a part of a source is drawn.
    #[must_use]
    pub fn code(&self, class: Class) -> Style {
        self.looked(Named::Class(class)).unwrap_or_else(|| self.of_class(class))
    }

    fn of_class(&self, class: Class) -> Style {
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
        self.looked(Named::Severity(severity)).unwrap_or_else(|| self.of_severity(severity))
    }

    fn of_severity(&self, severity: Severity) -> Style {
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

    /// What lies behind code, on dark and on light.
    fn behind(&self, (dark, light): ((u8, u8, u8), (u8, u8, u8)), many: (u8, u8)) -> Style {
        match self.depth {
            Depth::None | Depth::Sixteen => Style::new(),
            Depth::Many => Style::new().bg(Color::Indexed(match self.ground {
                Ground::Dark => many.0,
                Ground::Light => many.1,
            })),
            Depth::True => {
                let (r, g, b) = self.by_ground(dark, light);
                Style::new().bg(Color::Rgb(r, g, b))
            }
        }
    }

    /// A word that changed: without room for backgrounds it is underlined.
    fn word(&self, colours: ((u8, u8, u8), (u8, u8, u8)), many: (u8, u8), sixteen: Color) -> Style {
        match self.depth {
            Depth::None => Style::new().add_modifier(Modifier::UNDERLINED),
            Depth::Sixteen => Style::new().fg(sixteen).add_modifier(Modifier::UNDERLINED),
            Depth::Many | Depth::True => self.behind(colours, many),
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
    fn a_look_that_was_set_is_drawn_and_the_others_stay() {
        let mut theme = with(&[("COLORTERM", "truecolor")]);
        let before = theme.style(Part::Rule);
        for name in ["key", "critical", "comment"] {
            theme.looks.set(name, "italic #010203".parse().unwrap()).unwrap();
        }
        let set = Style::new().fg(Color::Rgb(1, 2, 3)).italic();
        let drawn = [theme.style(Part::Key), theme.severity(Severity::Critical), theme.code(Class::Comment)];
        assert_eq!((drawn, theme.style(Part::Rule)), ([set; 3], before));
        let wrong = theme.looks.set("margin", Look::default()).unwrap_err();
        assert!(wrong.to_string().contains("`margin` is no part of the screen; there are text, quiet"));
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
