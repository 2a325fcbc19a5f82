//! Owns the work behind the screen and the commands: what a case shows, and what an act of a reviewer changes.
//!
//! It joins what scanners said with what people decided; the rules of both are in the floors below. Never prints and
//! never asks.

mod act;
mod code;
mod corpus;
mod desk;
mod export;
mod fault;
mod file;
mod find;
mod forget;
mod gating;
mod importing;
mod imports;
mod journals;
mod kept;
mod lockfile;
mod modelling;
mod models;
mod named;
mod paths;
mod progress;
mod proposals;
mod rechecking;
mod remedies;
mod runs;
#[cfg(test)]
mod sample;
mod saved;
mod scanning;
mod search;
mod silence;
mod since;
mod spread;
mod standings;
mod told;
mod tree;
mod view;
mod watch;
mod workers;
mod writeback;

pub use act::{Acted, JudgeWith};
pub use code::CodeFile;
pub use corpus::{GateError, POLICY, Pace};
pub use desk::{Desk, DeskError, Listed, Listing};
pub use export::{ExportError, ExportOrder, Exported, Overturned};
pub use fault::{Faults, Listening, provoke};
pub use find::{FileFound, Find, Found};
#[cfg(test)]
pub(crate) use find::{Selections, find};
pub use forget::{ForgottenProject, LeftOver};
pub use gating::{Crossing, DAYS, Days, GateReply, GateRequest, GateView, LabelCounts, Opposed, Throughput};
pub use importing::{Fate, ImportFile, ImportOrder, Imported, ImportingError, Intake, project_of};
pub use imports::{Defaults, ImportAsked, ImportEnd, ImportProgress, RunsReply, RunsRequest};
pub use journals::{Joined, JoinedFile, JournalsError};
pub use kept::{Kept, KeptNote, MOST_SELECTED, Scrolled};
pub use modelling::{AddProgress, ModelReply, ModelRequest, ModelView, RoleView, TriedView};
pub use models::{
    InRole, ModelEntry, ModelsError, Pick, Runs, Served, Shelf, Swapped, Trial, TrialOrder, Trials, Tried,
    serve_model, serve_runs, serve_trial, this_program,
};
pub use paths::{OpenQuote, written};
pub use proposals::{Doing, Found as RemedyFound, Progress, Proposer, RemedyReply, RemedyRequest};
pub use rechecking::{LookedAt, Looking};
pub use remedies::{
    Applied, Became, Branched, Decided, Decision, Draft, FileNow, Gathering, LeftOut, Proposed, Proposing,
    Reedited, RemedyCase, RemedyEntry, RemedyPage, RemedyView, Sheet, Spent, told as told_remedy,
};
pub use runs::{ImportName, ImportView, ReceiptView};
#[cfg(test)]
pub(crate) use sample::sample_docket;
pub use saved::{Keep, NAME as SAVED, read_saved};
pub use scanning::{ScanOutcome, ScanTarget};
pub use search::{Hit, Hits};
pub use spread::{Alike, Difference, SpreadOut, Spreading};
pub use standings::Labelled;
pub use told::Package;
pub use tree::{InTree, Located};
pub use view::{About, CaseView, Evidence, FindingView, PastView, SeenIn, Silent};
pub use watch::Changed;
#[cfg(test)]
pub(crate) use workers::at_once::AtOnce;
pub use workers::{Ask, Do, RemedyAct, Reply, Request, Told, Workers};
pub use writeback::{WriteBackError, WriteBackOrder, WrittenBack};

/// What went with an import that was taken back.
pub use crate::ingest::remove::Removed;
/// What the store keeps of a run beside its receipt.
pub use crate::store::RunDetail;
