//! The ladder: who is asked for a remedy, one after the other, until there is one that no check fails.
//!
//! A rung only offers. What it offers is brought into the form of edits and checked here, the same for all; what is of
//! no use is told with its kind, and the next rung is tried.

use serde::{Deserialize, Serialize};

use super::checks::{self, not_run, timed};
use super::{Check, CheckKind, Edit, Origin, Outcome, Patched, Policy, Remedy, Sound, Subject};
use crate::source::Tree;

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
        /// Whether it was cut off before its end.
        cut: bool,
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
    fn offers(&mut self, subject: &Subject, stop: &dyn Fn() -> bool) -> Result<Vec<Offer>, Unusable>;
}

/// Checks that need more than the files: scanners, the project's own command.
pub type Further<'f> = dyn FnMut(&Subject, &[Patched]) -> Vec<Check> + 'f;

/// What checks are made with.
pub struct Bench<'b> {
    /// The source tree.
    pub tree: &'b Tree,
    /// What is asked of a remedy.
    pub policy: &'b Policy,
    /// Makes the checks that cost more.
    pub further: &'b mut Further<'b>,
}

impl std::fmt::Debug for Bench<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench")
            .field("tree", &self.tree)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// What came of the ladder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Climbed {
    /// The remedies, those that a check fails too, in the order in which they came.
    pub remedies: Vec<Remedy>,
    /// Why rungs gave none.
    pub misses: Vec<Miss>,
}

impl Climbed {
    /// Whether there is a remedy that no required check fails.
    #[must_use]
    pub fn is_of_use(&self) -> bool {
        self.remedies.iter().any(|remedy| remedy.sound != Sound::No)
    }

    /// Why there is none of use, in a line; the rungs that have nothing for such a case are left out where another says
    /// more.
    #[must_use]
    pub fn why(&self) -> String {
        let telling = |miss: &&Miss| miss.fault != Fault::Nothing;
        let mut told: Vec<&Miss> = self.misses.iter().filter(telling).collect();
        if told.is_empty() {
            told = self.misses.iter().collect();
        }
        let words: Vec<String> = told.iter().map(|miss| miss.words()).collect();
        words.join("; ")
    }
}

/// Asks the rungs in their order.
pub fn climb(
    subject: &Subject,
    rungs: &mut [&mut (dyn Rung + '_)],
    bench: &mut Bench<'_>,
    stop: &dyn Fn() -> bool,
) -> Climbed {
    let mut climbed = Climbed::default();
    for rung in rungs {
        if stop() || climbed.is_of_use() {
            break;
        }
        let (origin, by) = (rung.origin(), rung.by());
        let miss = |(fault, why): Unusable| Miss { origin: Some(origin), by: by.clone(), fault, why };
        let offers = match rung.offers(subject, stop) {
            Ok(offers) => offers,
            Err(unusable) => {
                climbed.misses.push(miss(unusable));
                continue;
            }
        };
        if offers.is_empty() {
            climbed.misses.push(miss((Fault::Nothing, "it offers nothing".into())));
        }
        for offer in offers {
            let edits = match offer.answer {
                Answer::Edits(edits) if edits.is_empty() => {
                    Err((Fault::Unchanged, "it changes nothing".into()))
                }
                Answer::Edits(edits) => Ok(edits),
                Answer::Text { text, cut } => super::answer::edits(subject, &text, cut),
            };
            match edits {
                Ok(edits) => {
                    let remedy = Remedy::unchecked(subject, origin, &by, &offer.words, edits);
                    if climbed.remedies.iter().any(|known| known.id == remedy.id) {
                        continue;
                    }
                    let remedy = checked(subject, remedy, bench);
                    if remedy.sound == Sound::No {
                        climbed.misses.push(miss((Fault::Unsound, failing(&remedy))));
                    }
                    climbed.remedies.push(remedy);
                }
                Err(unusable) => climbed.misses.push(miss(unusable)),
            }
        }
    }
    climbed
}

fn failing(remedy: &Remedy) -> String {
    let failed = remedy.checks.iter().filter(|check| check.outcome == Outcome::Failed);
    let words: Vec<String> =
        failed.map(|check| format!("{} failed: {}", check.name(), check.evidence.words)).collect();
    words.join(", ")
}

/// A remedy with its checks. What costs more is not asked for where nothing would come of it.
pub fn checked(subject: &Subject, mut remedy: Remedy, bench: &mut Bench<'_>) -> Remedy {
    let mut files = Vec::new();
    let applies = timed(CheckKind::Applies, || match Patched::all(bench.tree, &remedy.edits) {
        Ok(patched) => {
            files = patched;
            let at = |file: &Patched| file.file.digest.to_string().get(..12).unwrap_or_default().to_owned();
            (Outcome::Held, files.iter().map(at).collect::<Vec<_>>().join(", ").into())
        }
        Err(error) => (Outcome::Failed, error.to_string().into()),
    });
    let fits = applies.outcome == Outcome::Held;
    remedy.checks = vec![applies];
    if fits {
        remedy.show(&files);
        remedy.checks.push(timed(CheckKind::Kept, || checks::kept(&files)));
        remedy.checks.push(timed(CheckKind::Parses, || checks::parses(&files)));
        remedy.checks.push(timed(CheckKind::Minimal, || checks::minimal(subject, &files, bench.policy)));
    }
    let required = &bench.policy.required;
    if Sound::of(&remedy.checks, required) == Sound::No {
        let made: Vec<CheckKind> = remedy.checks.iter().map(|check| check.kind).collect();
        let left =
            CheckKind::ALL.into_iter().filter(|kind| !made.contains(kind) && *kind != CheckKind::Project);
        remedy.checks.extend(left.map(|kind| not_run(kind, "a check before it failed")));
    } else {
        remedy.checks.extend((bench.further)(subject, &files));
    }
    remedy.sound = Sound::of(&remedy.checks, required);
    remedy
}
