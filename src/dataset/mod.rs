//! Owns what a corpus of verdicts is worth to whoever trains on it: the label of each case, how far reviewers agree, and
//! the gate that a corpus has to pass before a batch of it may leave, the batch, and the documents by which verdicts go back
//! to the tools.
//!
//! Never opens a database and never asks for the time: the desk hands in the docket, the records and the histories, and
//! the moment. Never says which verdict to give, only where verdicts are lacking.
//!
//! Invariants:
//! - A gold label is a person's, on code that was on screen, neither stale nor disputed. Nothing inferred or imported
//!   ever is one.
//! - What is drawn at random is drawn from a seed: the same corpus gives the same intervals.
//! - What the gate advises is a least number: whoever follows it gives at least so many verdicts.

mod agreement;
pub mod batch;
mod corpus;
mod gate;
mod label;
pub(crate) mod nameless;
mod random;
pub mod reward;
pub mod writeback;

pub use agreement::{
    Agreement, Anchoring, Measure, Oneself, Pair, Review, Said, Twice, agreement_of, alpha, alpha_measured,
    kappa, kappa_measured, review, share_measured,
};
pub use corpus::{Contradiction, Corpus, Gold, Secrets};
pub use gate::{Advice, BadPolicy, Condition, Policy, Report, SEED, apart, report};
pub use label::{Class, Fate, Label, Lacks, Whole, label_of};
