//! Whoever judges, by the name that stands in the journal.

use std::fmt;
use std::str::FromStr;

/// A reviewer's name: one line of 1 to 100 characters, none of them invisible, without blanks at its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reviewer(String);

/// Why a text is no reviewer's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReviewer {
    /// There is nothing in it.
    #[error("a reviewer needs a name")]
    Empty,
    /// It is over the limit.
    #[error("a reviewer's name has at most 100 characters, not {0}")]
    Long(usize),
    /// It holds what cannot be seen.
    #[error("a reviewer's name holds no control and no invisible characters")]
    Invisible,
}

impl Reviewer {
    /// The longest name, in characters.
    pub const LIMIT: usize = 100;

    /// A user of whom nothing but the number is known.
    #[must_use]
    pub fn of_user(uid: u32) -> Self {
        Self(format!("uid{uid}"))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reviewer {
    type Err = BadReviewer;

    fn from_str(text: &str) -> Result<Self, BadReviewer> {
        let name = text.trim();
        let length = name.chars().count();
        if length == 0 {
            return Err(BadReviewer::Empty);
        }
        if length > Self::LIMIT {
            return Err(BadReviewer::Long(length));
        }
        // Two names that look the same must be the same: zero-width and direction marks are refused as well.
        let invisible = |c: char| {
            c.is_control()
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if name.contains(invisible) { Err(BadReviewer::Invisible) } else { Ok(Self(name.to_owned())) }
    }
}

impl fmt::Display for Reviewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_visible_line() {
        assert_eq!(" Ann Lee ".parse::<Reviewer>().unwrap().as_str(), "Ann Lee");
        assert!("Żółć 山田".parse::<Reviewer>().is_ok());
        assert!("é".repeat(100).parse::<Reviewer>().is_ok());
        for (name, why) in [
            ("", BadReviewer::Empty),
            (" \t\n", BadReviewer::Empty),
            ("ann\nbob", BadReviewer::Invisible),
            ("\u{1b}[2Jann", BadReviewer::Invisible),
            ("an\u{202e}n", BadReviewer::Invisible),
            (&"a".repeat(101), BadReviewer::Long(101)),
        ] {
            assert_eq!(name.parse::<Reviewer>(), Err(why), "{name:?}");
        }
    }
}
