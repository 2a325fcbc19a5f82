//! What a reviewer decides on the screen, as the worker that writes it is told.

use crate::domain::RemedyId;
use crate::jobs::act::JudgeWith;

/// What a reviewer decides.
#[derive(Debug, Clone)]
pub enum Do {
    /// A verdict on some cases.
    Judge(Vec<u32>, JudgeWith),
    /// Words left on a case.
    Note(Vec<u32>, String),
    /// A priority, or none.
    Rank(Vec<u32>, Option<u8>),
    /// Pinned or let go.
    Pin(Vec<u32>, bool),
    /// The verdict on a case given to those that are like it, as inferred.
    Spread {
        /// The case.
        case: u32,
        /// The others, as they were listed.
        cases: Vec<u32>,
    },
    /// What was spread from a case, or to it, taken back.
    TakeBack(u32),
    /// Something with a remedy.
    Remedy {
        /// The remedy.
        remedy: RemedyId,
        /// What.
        act: RemedyAct,
    },
    /// The last act taken back.
    Undo,
    /// What was taken back given again.
    Redo,
}

impl Do {
    /// The case whose verdict was spread, or is to be.
    #[must_use]
    pub const fn about(&self) -> Option<u32> {
        match self {
            Self::Spread { case, .. } | Self::TakeBack(case) => Some(*case),
            _ => None,
        }
    }
}

/// What a reviewer does with a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemedyAct {
    /// It is good.
    Accept,
    /// It is not: why, in a word or none.
    Refuse(String),
    /// Written into the source tree.
    Apply {
        /// Also where a required check fails.
        anyway: bool,
    },
    /// Taken out of it again.
    TakeBack,
}
