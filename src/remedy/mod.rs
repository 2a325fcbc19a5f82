//! Owns remedies: what changes a finding's code so that it is no longer one, where a change may come from, what is
//! checked of it, and how it gets into a source tree and out of it again.
//!
//! Never decides for a person and never runs what an answer says: an answer is text that is read, brought into the form
//! of an edit, checked and shown. Never writes outside the tree that it was given, nor through a link.
//!
//! Invariants: an edit is made from one state of one file, which it names by its digest; the parts of an edit lie
//! inside its text, ascend and do not overlap; an edit taken back gives the same bytes; whatever its origin, a remedy
//! goes through the same checks.

mod answer;
mod check;
mod checks;
mod climb;
mod edit;
mod file;
mod ladder;
mod merge;
mod onlooker;
mod patched;
mod policy;
mod project;
pub mod prompt;
mod proposal;
pub mod recheck;
mod rewrite;
mod rungs;
mod subject;
#[cfg(test)]
mod testing;

pub use answer::edits as answered;
pub use check::{Check, CheckKind, Evidence, Outcome, Sound};
pub use checks::still_fits;
pub use climb::{Climb, Climbed, Further, checked};
pub use edit::{BadEdit, Change, Edit};
pub use file::{NotEditable, SourceFile};
pub use ladder::{Answer, Fault, Miss, Offer, Rung, Unusable};
pub use merge::merge;
pub use onlooker::{Onlooker, Progress};
pub use patched::Patched;
pub use policy::Policy;
pub use project::own_check;
pub use proposal::Remedy;
pub use rewrite::{Rewrite, RewriteError, Root, Step, Watch};
pub use rungs::{Answering, Autofix, Bump, Mender, Recalled};
pub use subject::{Precedent, Said, Subject};

use serde::{Deserialize, Serialize};

/// Where a remedy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A model's answer.
    Model,
    /// The scanner's own proposal.
    Autofix,
    /// A remedy that was accepted elsewhere, adapted to this code.
    Recalled,
    /// A version of a package that is not affected.
    Bump,
    /// A person.
    Person,
}

impl Origin {
    /// All origins, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Model, Self::Autofix, Self::Recalled, Self::Bump, Self::Person];

    /// The word used on screens and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Autofix => "autofix",
            Self::Recalled => "recalled",
            Self::Bump => "bump",
            Self::Person => "person",
        }
    }

    /// The origin of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.word() == word)
    }
}
