//! The ladder: who may be asked for a remedy, what they offer, and what may be wrong with it. How it is climbed is in
//! `climb`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Edit, Onlooker, Origin, Subject};

/// What a rung offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it does, in words; may be empty.
    pub words: String,
    /// What is changed, or an answer that says so.
    pub answer: Answer,
}

/// A change as a rung tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Edits of files as they are now.
    Edits(Vec<Edit>),
    /// A text in which a change is to be looked for, as models write.
    Text {
        /// The text.
        text: String,
        /// Where it was cut off before its end: by what.
        cut: Option<String>,
    },
}

/// What is wrong with an answer, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The rung has nothing to offer for such a case.
    Nothing,
    /// The rung itself failed, or is not there.
    Unavailable,
    /// The process that runs the model ended while it was asked.
    Crashed,
    /// What is flagged is more than the model reads.
    TooLong,
    /// It was called off.
    CalledOff,
    /// The answer is empty.
    Empty,
    /// The answer does not end.
    Endless,
    /// There is no code in it.
    NoCode,
    /// Its code is of another language.
    Language,
    /// It is about another file.
    OtherFile,
    /// Its path leads out of the tree.
    Outside,
    /// It holds characters that are not seen.
    Control,
    /// What it replaces is not there, or in several places.
    NoPlace,
    /// It changes something outside of the function and the imports.
    Elsewhere,
    /// It changes nothing.
    Unchanged,
    /// The file cannot be changed.
    File,
    /// It became a remedy, and a required check of that fails.
    Unsound,
}

impl Fault {
    /// The word used in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Unavailable => "unavailable",
            Self::Crashed => "crashed",
            Self::TooLong => "too_long",
            Self::CalledOff => "called_off",
            Self::Empty => "empty",
            Self::Endless => "endless",
            Self::NoCode => "no_code",
            Self::Language => "language",
            Self::OtherFile => "other_file",
            Self::Outside => "outside",
            Self::Control => "control",
            Self::NoPlace => "no_place",
            Self::Elsewhere => "elsewhere",
            Self::Unchanged => "unchanged",
            Self::File => "file",
            Self::Unsound => "unsound",
        }
    }
}

/// A rung that gave no remedy of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// The rung; `None` where none could be asked.
    pub origin: Option<Origin>,
    /// The model, where it is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// What sort of failure.
    pub fault: Fault,
    /// In words.
    pub why: String,
}

impl Miss {
    /// Who had nothing of use and why, in a line.
    #[must_use]
    pub fn words(&self) -> String {
        match self.origin {
            Some(origin) => format!("{}: {}", origin.word(), self.why),
            None => self.why.clone(),
        }
    }
}

/// A fault with its words, before it is known whose it is.
pub type Unusable = (Fault, String);

/// Someone who may have a remedy.
pub trait Rung {
    /// Where what it offers comes from.
    fn origin(&self) -> Origin;

    /// The model's name, or the tool's; empty where that says nothing.
    fn by(&self) -> String {
        String::new()
    }

    /// What it offers for a subject, the best first.
    ///
    /// # Errors
    /// Why it offers nothing.
    fn offers(&mut self, subject: &Subject, onlooker: Onlooker<'_>) -> Result<Vec<Offer>, Unusable>;

    /// How long it has waited for a model so far, all subjects together.
    fn waited(&self) -> Duration {
        Duration::ZERO
    }
}
