//! The two threads behind the screen of runs: one looks things up, one changes the store. Neither is in the way of
//! verdicts, which go to another file by another thread.
//!
//! Each opens the workspace when it is first asked for something, so a sitting that never looks at the runs pays nothing.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::desk::{Desk, DeskError};
use super::runs::{ImportName, ImportView, ReceiptView};
use crate::ingest::remove::Removed;
use crate::store::Workspace;

/// What the screen of runs asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsRequest {
    /// The imports so far.
    List,
    /// The rest of an import's receipt. Only the newest counts.
    Receipt(ImportName),
    /// What would go with a run's import if it were removed. Only the newest counts.
    Weigh(String),
    /// A run's import taken back.
    Remove(String),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsReply {
    /// The imports so far, the newest first.
    Listed(Vec<ImportView>),
    /// The rest of an import's receipt.
    Receipt(ReceiptView),
    /// What would go with a run's import, or why it has to stay.
    Weighed(String, Result<Removed, String>),
    /// What went with an import that was taken back, or why it stays.
    Removed(Result<Removed, String>),
    /// Something could not be had.
    Failed(String),
}

/// The threads; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Imports {
    looks: Sender<RunsRequest>,
    works: Sender<RunsRequest>,
    working: JoinHandle<()>,
}

impl Imports {
    /// Starts the threads; `tell` is called with each reply, from either of them.
    pub(super) fn start(workspace: &Workspace, tell: impl Fn(RunsReply) + Clone + Send + 'static) -> Self {
        let (looks, look_requests) = channel();
        let (works, work_requests) = channel();
        let (place, say) = (workspace.clone(), tell.clone());
        std::thread::spawn(move || Looks { workspace: place, tell: say }.work(&look_requests));
        let place = workspace.clone();
        let working = std::thread::spawn(move || Works { workspace: place, tell }.work(&work_requests));
        Self { looks, works, working }
    }

    /// Asks for something; the answer comes by itself.
    pub(super) fn ask(&self, request: RunsRequest) {
        let to = match request {
            RunsRequest::List | RunsRequest::Receipt(_) => &self.looks,
            RunsRequest::Weigh(_) | RunsRequest::Remove(_) => &self.works,
        };
        // A worker that is gone has said why.
        let _ = to.send(request);
    }

    /// Waits until what was begun on the store is done.
    pub(super) fn finish(self) {
        drop(self.works);
        let _ = self.working.join();
    }
}

/// Whether a later request makes an earlier one useless.
fn supersedes(later: &RunsRequest, earlier: &RunsRequest) -> bool {
    matches!(
        (later, earlier),
        (RunsRequest::Receipt(_), RunsRequest::Receipt(_))
            | (RunsRequest::Weigh(_) | RunsRequest::Remove(_), RunsRequest::Weigh(_))
            | (RunsRequest::List, RunsRequest::List)
    )
}

/// Answers requests until there are no more, without those that a later one makes useless.
fn each(requests: &Receiver<RunsRequest>, mut answer: impl FnMut(RunsRequest)) {
    while let Ok(first) = requests.recv() {
        let mut waiting = vec![first];
        waiting.extend(requests.try_iter());
        let mut waiting = waiting.into_iter();
        while let Some(request) = waiting.next() {
            if !waiting.as_slice().iter().any(|later| supersedes(later, &request)) {
                answer(request);
            }
        }
    }
}

struct Looks<T> {
    workspace: Workspace,
    tell: T,
}

impl<T: Fn(RunsReply)> Looks<T> {
    fn work(self, requests: &Receiver<RunsRequest>) {
        each(requests, |request| {
            let answered = Desk::open(self.workspace.clone()).and_then(|desk| answer(&desk, request));
            match answered {
                Ok(Some(reply)) => (self.tell)(reply),
                Ok(None) => {}
                Err(error) => (self.tell)(RunsReply::Failed(error.to_string())),
            }
        });
    }
}

fn answer(desk: &Desk, request: RunsRequest) -> Result<Option<RunsReply>, DeskError> {
    Ok(match request {
        RunsRequest::List => Some(RunsReply::Listed(desk.imports()?)),
        RunsRequest::Receipt(import) => Some(RunsReply::Receipt(desk.receipt(import)?)),
        RunsRequest::Weigh(_) | RunsRequest::Remove(_) => None,
    })
}

struct Works<T> {
    workspace: Workspace,
    tell: T,
}

impl<T: Fn(RunsReply)> Works<T> {
    fn work(self, requests: &Receiver<RunsRequest>) {
        let desk = || Desk::open(self.workspace.clone());
        each(requests, |request| match request {
            RunsRequest::Weigh(run) => {
                let weighed = desk().and_then(|mut desk| desk.would_remove(std::slice::from_ref(&run)));
                (self.tell)(RunsReply::Weighed(run, weighed.map_err(|error| error.to_string())));
            }
            RunsRequest::Remove(run) => {
                let removed = desk().and_then(|mut desk| desk.remove_runs(&[run]));
                (self.tell)(RunsReply::Removed(removed.map_err(|error| error.to_string())));
            }
            RunsRequest::List | RunsRequest::Receipt(_) => {}
        });
    }
}
