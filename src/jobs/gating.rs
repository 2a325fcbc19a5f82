//! The thread behind the screen of the gate: it counts what the screen shows, and reads the cases that contradict each other.
//!
//! It only reads, and holds nothing between two questions. Of what is to be counted only the newest counts. What was called
//! off is given up between two steps and answered with nothing; a step itself is not broken off.

mod counted;
mod days;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::corpus::GateError;
use super::desk::{Desk, DeskError};
use super::fault::provoke;
use super::view::CaseView;
use super::workers::{Reply, Shared, caught};
use crate::docket::Weights;
use crate::domain::CaseId;
use crate::store::Workspace;
pub use counted::{Crossing, GateView, LabelCounts, Opposed, Throughput};
pub use days::{DAYS, Days};

/// What the screen of the gate asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateRequest {
    /// Everything that the screen shows, counted anew; the number, which is never 0, is told again. Only the newest counts.
    Count(u64),
    /// What is being counted is not wanted any more.
    CallOff,
    /// Two cases with their code and what was said of them.
    Sides([CaseId; 2]),
}

/// What is answered.
#[derive(Debug)]
pub enum GateReply {
    /// What the screen shows, or in words why it could not be counted.
    Counted {
        /// Of the request.
        turn: u64,
        /// It.
        counted: Result<Box<GateView>, String>,
    },
    /// Two cases, or in words why they could not be had.
    Sides {
        /// Of the request.
        cases: [CaseId; 2],
        /// Them.
        views: Result<Box<[CaseView; 2]>, String>,
    },
}

/// The thread; it ends when this is dropped, and nobody waits for its end: it writes nothing.
#[derive(Debug)]
pub(super) struct Gating {
    requests: Sender<GateRequest>,
    /// What is to be counted; 0: nothing.
    wanted: Arc<AtomicU64>,
}

impl Gating {
    /// Starts it; `tell` is called with each reply.
    pub(super) fn start(
        workspace: &Workspace,
        docket: Shared,
        weights: Weights,
        tell: impl Fn(Reply) + Send + 'static,
    ) -> Self {
        let (requests, asked) = channel();
        let wanted = Arc::new(AtomicU64::new(0));
        let counter = Counter { workspace: workspace.clone(), docket, weights, wanted: Arc::clone(&wanted) };
        std::thread::spawn(move || counter.work(&asked, &tell));
        Self { requests, wanted }
    }

    /// Asks for something; the answer comes by itself.
    pub(super) fn ask(&self, request: GateRequest) {
        match request {
            GateRequest::Count(turn) => self.wanted.store(turn, Relaxed),
            GateRequest::CallOff => return self.wanted.store(0, Relaxed),
            GateRequest::Sides(_) => {}
        }
        // A worker that is gone has said why.
        let _ = self.requests.send(request);
    }
}

impl Drop for Gating {
    fn drop(&mut self) {
        self.wanted.store(0, Relaxed);
    }
}

struct Counter {
    workspace: Workspace,
    docket: Shared,
    weights: Weights,
    wanted: Arc<AtomicU64>,
}

impl Counter {
    fn work(&self, asked: &Receiver<GateRequest>, tell: &impl Fn(Reply)) {
        while let Ok(request) = asked.recv() {
            let reply = match request {
                GateRequest::Count(turn) => {
                    let counted = caught(|| {
                        provoke("gate");
                        self.count(turn).map_err(|error| error.to_string())
                    });
                    let counted = counted.and_then(|counted| counted).transpose();
                    counted.map(|counted| GateReply::Counted { turn, counted: counted.map(Box::new) })
                }
                GateRequest::Sides(cases) => {
                    let views = caught(|| self.sides(cases).map_err(|error| error.to_string()));
                    let views = views.and_then(|views| views).map(Box::new);
                    Some(GateReply::Sides { cases, views })
                }
                GateRequest::CallOff => None,
            };
            if let Some(reply) = reply {
                tell(Reply::Gate(reply));
            }
        }
    }

    /// What the screen shows; nothing where it is not wanted any more.
    fn count(&self, turn: u64) -> Result<Option<GateView>, GateError> {
        let is_wanted = || self.wanted.load(Relaxed) == turn;
        if !is_wanted() {
            return Ok(None);
        }
        let desk = Desk::open(self.workspace.clone())?;
        desk.gate_view(&self.weights, &is_wanted)
    }

    fn sides(&self, cases: [CaseId; 2]) -> Result<[CaseView; 2], DeskError> {
        let desk = Desk::open(self.workspace.clone())?;
        let docket = self.docket.now();
        let view = |case: CaseId| {
            let number = desk.number_of(case)?.ok_or_else(|| DeskError::NoSuchCase(case.to_string()))?;
            // The screen shows nothing before its docket has come; it is only too old for what was imported since.
            let is_there = docket.loaded().standings && docket.row(number).is_some();
            if !is_there {
                return desk.view(number, &self.weights);
            }
            let mut view = desk.view_in(&docket, number, &self.weights)?;
            desk.add_code(&mut view)?;
            Ok(view)
        };
        let [one, other] = cases;
        Ok([view(one)?, view(other)?])
    }
}
