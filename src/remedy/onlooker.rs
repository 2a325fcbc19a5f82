//! Whoever waits for a remedy: told what happens meanwhile, and able to call it off.

use super::{Check, Miss, Origin, Remedy};
use crate::domain::{CaseId, RemedyId};

/// What happens while a remedy is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'p> {
    /// A rung is asked.
    Asked {
        /// Which.
        origin: Origin,
        /// The model; empty where it is none.
        by: &'p str,
    },
    /// The model reads what it is asked.
    Reading {
        /// Tokens read so far.
        read: usize,
        /// Of how many.
        of: usize,
    },
    /// The model writes.
    Writing {
        /// The whole of its likeliest answer so far, which is not what is kept in the end where several are sought.
        text: &'p str,
        /// Tokens so far.
        tokens: usize,
    },
    /// What was offered, or that nothing was, is of no use.
    Missed(&'p Miss),
    /// A remedy was offered. Its checks are still to be made.
    Offered(&'p Remedy),
    /// A check of it was made.
    Checked {
        /// The remedy.
        remedy: RemedyId,
        /// The check.
        check: &'p Check,
    },
}

/// Someone who waits for remedies.
#[derive(Clone, Copy)]
pub struct Onlooker<'o> {
    /// Is told what happens, and for which case.
    pub tell: &'o dyn Fn(CaseId, Progress<'_>),
    /// Whether it is not wanted any more. Asked between two tokens of a model.
    pub stop: &'o dyn Fn() -> bool,
}

impl Onlooker<'static> {
    /// Nobody: it is told nothing and waits to the end.
    #[must_use]
    pub const fn nobody() -> Self {
        Self { tell: &|_, _| {}, stop: &|| false }
    }
}

impl std::fmt::Debug for Onlooker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Onlooker").finish_non_exhaustive()
    }
}
