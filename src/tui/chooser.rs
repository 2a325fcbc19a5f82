//! A list from which one thing is chosen by a few letters: a command, a file, a saved filter.

use std::cmp::Reverse;

use crossterm::event::KeyCode;

use super::action::Action;
use super::input::Input;
use super::key::Key;
use crate::text::likeness::likeness;

/// What is being chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something to do.
    Command,
    /// A file of the docket. The worker says which are like the letters: there may be a hundred thousand.
    File,
    /// A filter that was given a name.
    SavedFilter,
}

impl Purpose {
    /// What stands before the letters.
    #[must_use]
    pub const fn prompt(self) -> &'static str {
        match self {
            Self::Command => ":",
            Self::File => "file ",
            Self::SavedFilter => "saved filter ",
        }
    }
}

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// What it is, in a few words.
    pub words: String,
}

/// The list, the letters, and where one is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chooser {
    /// What is being chosen.
    pub purpose: Purpose,
    /// The letters.
    pub input: Input,
    /// Everything there is to choose from.
    choices: Vec<Choice>,
    /// Those that the letters mean, by their place in `choices`, the likeliest first.
    found: Vec<usize>,
    /// Which of them one is at.
    at: usize,
}

/// What a key did to a chooser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// Nothing yet.
    Open,
    /// It is closed without a choice.
    Nothing,
    /// One was chosen: its place in what there was to choose from.
    This(usize),
}

impl Chooser {
    /// A chooser between some things.
    #[must_use]
    pub fn new(purpose: Purpose, choices: Vec<Choice>) -> Self {
        let found = (0..choices.len()).collect();
        Self { purpose, input: Input::default(), choices, found, at: 0 }
    }

    /// A chooser between all commands, in the order of [`Action::all`].
    #[must_use]
    pub fn of_commands() -> Self {
        let choice = |action: Action| Choice { name: action.name().into(), words: action.words().into() };
        Self::new(Purpose::Command, Action::all().map(choice).collect())
    }

    /// The letters as the worker is asked about them; `None` where what there is to choose from is here.
    #[must_use]
    pub(super) fn asks(&self) -> Option<&str> {
        match self.purpose {
            Purpose::Command | Purpose::SavedFilter => None,
            Purpose::File => Some(self.input.text()),
        }
    }

    /// What the worker found for the letters, the likeliest first; for other letters it is dropped.
    pub(super) fn supply(&mut self, letters: &str, choices: Vec<Choice>) {
        if self.asks() == Some(letters) {
            self.found = (0..choices.len()).collect();
            self.choices = choices;
            self.at = 0;
        }
    }

    /// The name of the one that one is at.
    #[must_use]
    pub(super) fn name_here(&self) -> Option<&str> {
        let place = self.found.get(self.at)?;
        self.choices.get(*place).map(|choice| choice.name.as_str())
    }

    /// Other things to choose from, for the same letters.
    pub(super) fn offer(&mut self, choices: Vec<Choice>) {
        let at = self.at;
        self.choices = choices;
        self.narrow();
        self.at = at.min(self.found.len().saturating_sub(1));
    }

    /// One of the things to choose from.
    #[must_use]
    pub(super) fn choice(&self, place: usize) -> Option<&Choice> {
        self.choices.get(place)
    }

    /// What the letters leave in, the likeliest first: each with its place in what there is to choose from.
    pub fn found(&self) -> impl ExactSizeIterator<Item = (usize, &Choice)> {
        let none = const { &Choice { name: String::new(), words: String::new() } };
        self.found.iter().map(move |&place| (place, self.choices.get(place).unwrap_or(none)))
    }

    /// Which of those found one is at.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Chosen {
        let last = self.found.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc => return Chosen::Nothing,
            KeyCode::Enter => {
                return self.found.get(self.at).map_or(Chosen::Open, |&place| Chosen::This(place));
            }
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(last),
            KeyCode::PageUp => self.at = self.at.saturating_sub(10),
            KeyCode::PageDown => self.at = (self.at + 10).min(last),
            _ => {
                let before = self.input.text().to_owned();
                self.input.key(key);
                if self.input.text() != before {
                    self.narrow();
                }
            }
        }
        Chosen::Open
    }

    /// Writes a pasted text.
    pub(super) fn paste(&mut self, text: &str) {
        self.input.insert(&text.replace('\n', " "));
        self.narrow();
    }

    fn narrow(&mut self) {
        if self.asks().is_some() {
            return;
        }
        let letters = self.input.text().to_owned();
        let mut found: Vec<(Reverse<i32>, usize)> = (0..)
            .zip(&self.choices)
            .filter_map(|(place, choice)| {
                let by_name = likeness(&letters, &choice.name);
                let by_words = || likeness(&letters, &format!("{} {}", choice.name, choice.words));
                // A name says more than the words about it.
                let likeness = by_name.map(|likeness| likeness + 8).or_else(by_words)?;
                Some((Reverse(likeness), place))
            })
            .collect();
        found.sort_unstable();
        self.found = found.into_iter().map(|(_, place)| place).collect();
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(letters: &str) -> Vec<Action> {
        let mut chooser = Chooser::of_commands();
        chooser.paste(letters);
        chooser.found().filter_map(|(place, _)| Action::all().nth(place)).collect()
    }

    #[test]
    fn a_command_is_found_by_some_of_its_letters() {
        assert_eq!(commands("nstale").first(), Some(&Action::NextStale));
        assert_eq!(commands("acc").first(), Some(&Action::AcceptRisk));
        assert_eq!(commands("").len(), Action::all().count());
        assert_eq!(commands("zzzz"), []);
    }

    #[test]
    fn keys_move_within_what_is_found_and_choose_from_it() {
        let mut chooser = Chooser::of_commands();
        let press = |chooser: &mut Chooser, key: &str| chooser.key(key.parse().unwrap());
        for _ in 0..500 {
            press(&mut chooser, "down");
        }
        assert_eq!(chooser.at(), Action::all().count() - 1);
        assert_eq!(press(&mut chooser, "enter"), Chosen::This(Action::all().count() - 1));
        chooser.paste("zzzz");
        assert_eq!((chooser.at(), press(&mut chooser, "enter")), (0, Chosen::Open));
        assert_eq!(press(&mut chooser, "esc"), Chosen::Nothing);
    }
}
