//! Owns the plain types of the product's vocabulary, with their invariants and their parsers.
//!
//! Never does I/O and imports nothing of the crate. A type here makes a bad value impossible, or says in its
//! doc which values it may hold.

mod claim;
pub mod cvss;
pub mod cwe;
mod id;
mod owasp;
pub mod package;
mod place;
mod reviewer;
pub mod rules;
mod sanitiser;
mod severity;
mod table;
mod verdict;

pub use claim::{
    Baseline, Claim, Dependency, Edit, Fix, Kind, Rule, Score, Step, Suppression, SuppressionSource,
    ToolPrint,
};
pub use cwe::Cwe;
pub use id::{BadId, CaseId, Digest, EntryId, FindingId, RemedyId, RunId, short_hash};
pub use owasp::Owasp;
pub use place::{Columns, Place, Point};
pub use reviewer::{BadReviewer, Reviewer};
pub use sanitiser::{Sanitiser, Sanitisers};
pub use severity::{Confidence, Severity};
pub use verdict::{Basis, Opinion, Reason, State};
