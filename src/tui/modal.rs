//! What lies over a screen and takes the keys: a question, a text, a list to choose from.

use std::sync::Arc;

use jiff::civil::Date;

use super::bulk::Bulk;
use super::chooser::Chooser;
use super::facets::Facets;
use super::importing::ImportForm;
use super::input::Input;
use super::note::Note;
use super::sides::Sides;
use crate::domain::{Opinion, Reason, RemedyId};
use crate::jobs::Removed;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modal {
    /// Why: one letter, in the last line.
    Reason(Opinion, Vec<u32>),
    /// Whether a verdict on many cases is meant.
    Bulk(Bulk),
    /// Whether an import is to be taken back.
    Remove {
        /// One of its runs.
        run: String,
        /// Its file.
        file: String,
        /// What would go with it, or why it has to stay; nothing before that is known.
        weighed: Option<Result<Removed, String>>,
    },
    /// Whether a model's files are to be removed.
    RemoveModel(String),
    /// What is to be imported.
    Import(Box<ImportForm>),
    /// Whether to leave though an import runs.
    QuitImport,
    /// Whether the verdict is meant to be spread to the cases listed.
    Spread,
    /// A note being written on some cases.
    Note(Note),
    /// The filter being written, and what it was before.
    Filter(Input, String),
    /// The values of the docket, facet by facet.
    Facets(Box<Facets>),
    /// One line being written, in the last line.
    Prompt(Prompt, Input),
    /// What to search for in the code, being written; what it was before, and where the code was.
    Search(Input, String, (u32, usize)),
    /// What of the case is to be copied: one letter, in the last line.
    Copy,
    /// What has changed in a file since it was scanned.
    Changes {
        /// The file.
        path: String,
        /// The difference, by lines.
        text: String,
        /// Lines of it above the screen.
        scroll: usize,
    },
    /// What several said of a case, or of cases that contradict each other, side by side.
    Sides(Box<Sides>),
    /// Why a remedy is refused: one letter, in the last line.
    Refuse(RemedyId, u32),
    /// Whether a remedy is to be written into the tree though a required check fails.
    Anyway(RemedyId, u32),
    /// What is to be written of a remedy: one letter, in the last line.
    Write(RemedyId),
    /// Whether remedies are to be proposed for many cases.
    ProposeMany(Arc<[u32]>),
    /// Something being chosen by a few letters.
    Choose(Chooser),
    /// What was said in this sitting; how far it is scrolled.
    Messages(usize),
    /// The keys of where one is; how far it is scrolled.
    Help(usize),
}

impl Modal {
    /// What it is for, in a word or two.
    #[must_use]
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Reason(..) => "a reason",
            Self::Bulk(_) => "a verdict on many",
            Self::Remove { .. } => "an import to be removed",
            Self::Import(_) => "an import",
            Self::QuitImport => "leaving an import",
            Self::Spread => "spreading",
            Self::Note(_) => "a note",
            Self::Filter(..) => "the filter",
            Self::Facets(_) => "the facets",
            Self::Prompt(..) => "a line",
            Self::Search(..) => "a search",
            Self::Copy => "copying",
            Self::Changes { .. } => "changes",
            Self::Sides(_) => "both sides",
            Self::Refuse(..) => "a refusal",
            Self::RemoveModel(_) => "a model to be removed",
            Self::Anyway(..) => "applying anyway",
            Self::Write(_) => "writing a remedy",
            Self::ProposeMany(_) => "proposing for many",
            Self::Choose(_) => "a choice",
            Self::Messages(_) => "what was said",
            Self::Help(_) => "the keys",
        }
    }
}

/// What is said of a verdict beside the opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Why {
    /// The reason.
    pub reason: Option<Reason>,
    /// The last day of an accepted risk.
    pub until: Option<Date>,
}

/// Why a day cannot be the last one of an accepted risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongDay {
    /// It is none.
    NoDay,
    /// It is past.
    Past,
}

/// What a line is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// The beginning of a case's id.
    CaseId,
    /// The name under which the filter is saved.
    FilterName,
    /// Another name of a saved filter.
    OtherName(String),
    /// The file that a remedy's patch is written into.
    PatchFile(RemedyId),
    /// The branch with a commit for each accepted remedy, or with one remedy.
    Branch(Option<RemedyId>),
    /// The last day of an accepted risk.
    Until {
        /// The cases.
        cases: Vec<u32>,
        /// Why it is accepted.
        reason: Option<Reason>,
        /// Why what was written before cannot be it.
        wrong: Option<WrongDay>,
    },
    /// The folder of a model that is to be added.
    ModelFolder,
}

impl Prompt {
    /// What stands before it.
    #[must_use]
    pub(super) const fn prompt(&self) -> &'static str {
        match self {
            Self::CaseId => "the id of a case, or its beginning:",
            Self::FilterName => "save the filter as @",
            Self::OtherName(_) => "its name from now on: @",
            Self::PatchFile(_) => "write the patch into the new file:",
            Self::Branch(None) => "a new branch with every accepted remedy:",
            Self::Branch(Some(_)) => "a new branch with this remedy:",
            Self::Until { wrong: None, .. } => "accepted until, as 2027-01-31, or enter for no end:",
            Self::Until { wrong: Some(WrongDay::Past), .. } => {
                "that day is past; accepted until, or enter for no end:"
            }
            Self::Until { wrong: Some(WrongDay::NoDay), .. } => {
                "that is no day as 2027-01-31; accepted until, or enter for no end:"
            }
            Self::ModelFolder => "add the model in the folder:",
        }
    }
}

/// Why a remedy is refused, by letters.
pub(super) const REFUSALS: [(char, &str); 6] = [
    ('f', "does not fix it"),
    ('b', "breaks something"),
    ('m', "changes too much"),
    ('s', "not our style"),
    ('w', "wrong place"),
    ('o', "other"),
];

/// The reasons that fit a verdict, by their letters.
#[must_use]
pub fn reasons(opinion: Opinion) -> &'static [(char, Reason, &'static str)] {
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
}
