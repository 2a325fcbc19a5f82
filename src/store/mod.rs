//! Owns the workspace folder and its SQLite files: what scanners said, what people decided, and what was proposed.
//!
//! Nobody else uses `rusqlite`. It never judges: it writes what it is given and answers typed questions.
//!
//! Invariants: an import is one transaction; a decision is on disk (`synchronous=FULL`) before `append` returns;
//! the files are locked apart, so that no import makes a decision wait; a file with a newer schema is left alone.

mod blocks;
mod claims;
#[cfg(test)]
mod counted;
mod docket;
mod drift;
mod error;
mod findings;
mod forget;
mod import;
mod journal;
mod migrate;
mod pace;
mod packed;
mod query;
mod remedies;
mod runs;
mod samples;
mod told;
mod workspace;

pub use blocks::{Block, BlockBuilder, Packer};
#[cfg(test)]
pub(crate) use counted::statements;
pub use docket::{CaseFlags, CaseRow, PackedTexts, SEGMENT, Segment, Texts};
pub use error::StoreError;
pub use findings::{FindingFlags, FindingRow, Findings};
pub use forget::{Forgotten, remove_copies};
pub use import::{
    ImportWriter, KnownBy, KnownRun, Lead, NewRun, PathKey, ProblemRow, TakenBack, family_of, scope_bits,
};
pub use journal::{ChainError, Given, Journal, Past, Record, Spread, UndoError, Undone, Writer};
pub use query::{Dictionary, FindingDetail, Moment, RuleRow};
pub use remedies::{ApplicationRow, MissRow, Remedies, RemedyHead, RemedyRow};
pub use runs::{RunDetail, RunRow};
pub use samples::{FixRow, FlagRow, KeptFile};
pub use told::Unread;
pub use workspace::Workspace;

/// How long another process is waited for that has locked a file.
pub const PATIENCE: std::time::Duration = migrate::PATIENCE;
