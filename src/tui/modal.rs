//! What lies over a screen and takes the keys: a question, a text, a list to choose from.

use super::action::Action;
use super::input::Input;
use crate::domain::{Opinion, Reason};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modal {
    /// Why: one letter, in the last line.
    Reason(Opinion, Vec<u32>),
    /// Whether a verdict on many cases is meant.
    Bulk {
        /// The verdict.
        opinion: Opinion,
        /// The cases.
        cases: Vec<u32>,
        /// How many of them were never on the screen.
        unseen: usize,
    },
    /// A note being written on some cases.
    Note(Vec<u32>, Input),
    /// The filter being written, and what it was before.
    Filter(Input, String),
    /// A command being chosen.
    Palette(Input, usize),
    /// The keys of where one is; how far it is scrolled.
    Help(u16),
}

/// The reasons that fit a verdict, by their letters.
#[must_use]
pub(super) fn reasons(opinion: Opinion) -> &'static [(char, Reason, &'static str)] {
    match opinion {
        Opinion::Rejected => &[
            ('s', Reason::Sanitised, "sanitised"),
            ('t', Reason::TestCode, "test code"),
            ('u', Reason::Unreachable, "unreachable"),
            ('c', Reason::ConstantInput, "constant input"),
            ('f', Reason::FrameworkProtects, "framework protects"),
            ('w', Reason::WrongRule, "wrong rule"),
            ('n', Reason::NotOurCode, "not our code"),
            ('o', Reason::Other, "other"),
        ],
        Opinion::Confirmed => &[
            ('r', Reason::Reachable, "reachable"),
            ('x', Reason::Exploited, "exploited"),
            ('o', Reason::Other, "other"),
        ],
        Opinion::RiskAccepted => &[
            ('m', Reason::Mitigated, "mitigated"),
            ('t', Reason::TestCode, "test code"),
            ('n', Reason::NotOurCode, "not our code"),
            ('o', Reason::Other, "other"),
        ],
        Opinion::Unsure => &[],
    }
}

/// The commands that a few letters mean, the likeliest first: those letters in that order, early and together.
#[must_use]
pub(super) fn matching(letters: &str) -> Vec<Action> {
    let wanted = letters.trim().to_lowercase();
    let mut found: Vec<(usize, Action)> = Action::all()
        .filter_map(|action| {
            let text = format!("{} {}", action.name(), action.words()).to_lowercase();
            let mut spread = 0;
            let mut rest = text.char_indices();
            for letter in wanted.chars().filter(|letter| !letter.is_whitespace()) {
                let before = rest.offset();
                let (at, _) = rest.find(|(_, other)| *other == letter)?;
                spread += at - before;
            }
            Some((spread, action))
        })
        .collect();
    found.sort_by_key(|(spread, _)| *spread);
    found.into_iter().map(|(_, action)| action).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_reasons_are_distinct() {
        for &opinion in Opinion::ALL {
            let mut letters: Vec<char> = reasons(opinion).iter().map(|reason| reason.0).collect();
            letters.sort_unstable();
            letters.dedup();
            assert_eq!(letters.len(), reasons(opinion).len());
        }
    }

    #[test]
    fn a_command_is_found_by_some_of_its_letters() {
        assert_eq!(matching("nstale").first(), Some(&Action::NextStale));
        assert_eq!(matching("acc").first(), Some(&Action::AcceptRisk));
        assert_eq!(matching("").len(), Action::all().count());
        assert_eq!(matching("zzzz"), []);
    }
}
