//! The two threads behind the screen of remedies: one looks remedies up and writes patches and branches, one proposes
//! and checks, which may take as long as a model writes and scanners look. Neither is in the way of a key or a verdict.
//!
//! What is asked to be proposed waits in a line of its own. It can be paused between two cases and stopped at any moment;
//! what was proposed until then is kept, case by case.

mod asking;
mod looking;
mod working;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use super::remedies::{Draft, Reedited, RemedyCase, RemedyEntry};
use super::workers::{Reply, Shared};
use crate::domain::RemedyId;
use crate::infer::Limits;
use crate::remedy::{Outcome, Policy};
use crate::scan::Scanner;
use crate::store::{Workspace, Writer};
use looking::Looks;
use working::{Signals, Works};

/// With what the workstation proposes.
#[derive(Debug, Clone, Default)]
pub struct Proposer {
    /// What is asked of a remedy.
    pub policy: Policy,
    /// The scanners that look again.
    pub scanners: Vec<Scanner>,
    /// The folder of the prompts' templates, where others than the shipped ones are used.
    pub templates: Option<PathBuf>,
    /// What a model's answers may cost.
    pub limits: Limits,
    /// This program, which runs a model in a process of its own; where none is named, it runs in this one.
    pub program: Option<PathBuf>,
    /// Whether no model is asked.
    pub asks_no_model: bool,
}

/// What the screen of remedies asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemedyRequest {
    /// The cases that have remedies, of some cases or all. Only the newest counts.
    List(Option<Arc<[u32]>>),
    /// The remedies of a case. Only the newest counts.
    Open {
        /// The case.
        case: u32,
        /// Whether with as much around the changes as there is.
        is_whole: bool,
    },
    /// The functions that some cases are in.
    Scopes(Vec<u32>),
    /// A remedy's file for an editor.
    Draft {
        /// The remedy.
        remedy: RemedyId,
        /// Which of its files.
        at: usize,
    },
    /// A remedy's difference written into a new file.
    Patch {
        /// The remedy.
        remedy: RemedyId,
        /// The file, as it was written.
        path: String,
    },
    /// A branch with a commit for each accepted remedy of some cases, or for one remedy.
    Branch {
        /// Its name.
        name: String,
        /// The remedy; the accepted ones where none is named.
        remedy: Option<RemedyId>,
    },
    /// Remedies for some cases, after those that were asked for before.
    Propose(Vec<u32>),
    /// What was made of a draft.
    Edited(Draft),
    /// Nothing more is begun until it is said to go on.
    Pause(bool),
    /// What is being proposed and what waits is not wanted any more.
    Stop,
}

/// How far the proposing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The case that is being proposed for; none while it is paused or a person's change is checked.
    pub case: Option<u32>,
    /// Cases that are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
    /// Of those done, how many got a remedy of use.
    pub with: usize,
    /// Whether nothing more is begun.
    pub is_paused: bool,
    /// Milliseconds that the rest will take if it goes on as until now.
    pub left: Option<u64>,
}

/// What happens for the case that is being proposed for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doing {
    /// The case.
    pub case: u32,
    /// What, in a line.
    pub what: String,
    /// The end of what a model has written so far.
    pub text: String,
    /// The checks that were made of what was offered last: their names and what came of each.
    pub checks: Vec<(String, Outcome)>,
}

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The case.
    pub case: u32,
    /// How many remedies of use.
    pub of_use: usize,
    /// Whether one of them is sound.
    pub is_sound: bool,
    /// Why there is none; empty where there is one.
    pub why: String,
}

/// What is answered.
#[derive(Debug)]
pub enum RemedyReply {
    /// The cases that have remedies, in the order in which they are looked at.
    Listed(Vec<RemedyEntry>),
    /// The remedies of a case.
    Opened(Box<RemedyCase>),
    /// The functions that cases are in; empty where they are in none.
    Scopes(Vec<(u32, String)>),
    /// A file for an editor, or why there is none.
    Draft(Result<Draft, String>),
    /// What was written beside the tree, in words, or why not.
    Written(Result<String, String>),
    /// How far the proposing is.
    Progress(Progress),
    /// What happens meanwhile.
    Doing(Doing),
    /// A case is done.
    Proposed(Found),
    /// Nothing waits any more: how many cases were done, how many of them got a remedy of use, and whether it was stopped.
    Ended {
        /// Cases that were done.
        done: usize,
        /// Those that got a remedy of use.
        with: usize,
        /// Whether it was stopped.
        is_stopped: bool,
    },
    /// What a person made of a remedy: the case, and what came of it or why nothing did.
    Edited(u32, Result<Reedited, String>),
    /// Something could not be had.
    Failed(String),
}

/// The threads; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Proposals {
    looks: Sender<RemedyRequest>,
    works: Sender<RemedyRequest>,
    working: JoinHandle<()>,
    signals: Arc<Signals>,
}

impl Proposals {
    /// Starts the threads; `tell` is called with each reply, from either of them.
    pub(super) fn start(
        workspace: &Workspace,
        (docket, writer, proposer): (Shared, Writer, Proposer),
        tell: impl Fn(Reply) + Clone + Send + 'static,
    ) -> Self {
        let (looks, look_requests) = channel();
        let (works, work_requests) = channel();
        let signals = Arc::new(Signals::default());
        let looking = Looks {
            workspace: workspace.clone(),
            docket: docket.clone(),
            writer: writer.clone(),
            tell: tell.clone(),
        };
        std::thread::spawn(move || looking.work(&look_requests));
        let place = workspace.clone();
        let working = Works::new(place, (docket, writer, proposer), Arc::clone(&signals), tell);
        let working = std::thread::spawn(move || working.work(&work_requests));
        Self { looks, works, working, signals }
    }

    /// Asks for something; the answer comes by itself.
    pub(super) fn ask(&self, request: RemedyRequest) {
        let to = match request {
            RemedyRequest::List(_)
            | RemedyRequest::Open { .. }
            | RemedyRequest::Scopes(_)
            | RemedyRequest::Draft { .. }
            | RemedyRequest::Patch { .. }
            | RemedyRequest::Branch { .. } => &self.looks,
            RemedyRequest::Stop => {
                // What is at work looks at it between two steps.
                self.signals.stop();
                &self.works
            }
            RemedyRequest::Pause(is_paused) => {
                self.signals.pause(is_paused);
                &self.works
            }
            RemedyRequest::Propose(_) | RemedyRequest::Edited(_) => &self.works,
        };
        let is_draft = matches!(request, RemedyRequest::Edited(_));
        // A worker that is gone has said why.
        let _ = to.send(request);
        if is_draft {
            // Once it is there to be taken, or the worker would look for it in vain.
            self.signals.draft();
        }
    }

    /// Stops what is being proposed, and waits until what was begun is kept or given up.
    pub(super) fn finish(self) {
        self.signals.stop();
        drop(self.works);
        let _ = self.working.join();
    }
}
