//! The two threads behind the screen of remedies: one looks remedies up and writes patches and branches, one proposes
//! and checks, which may take as long as a model writes and scanners look. Neither is in the way of a key or a verdict.
//!
//! What is asked to be proposed waits in a line of its own. It can be paused between two cases and stopped at any moment;
//! what was proposed until then is kept, case by case.

mod asking;
mod looking;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::desk::{Desk, DeskError};
use super::remedies::{Draft, Proposed, Proposing, Reedited, RemedyCase, RemedyEntry};
use super::workers::{Reply, Shared, caught, stand_remedied};
use crate::domain::{CaseId, RemedyId};
use crate::infer::Limits;
use crate::remedy::{Onlooker, Outcome, Policy, Sound};
use crate::scan::Scanner;
use crate::store::{Workspace, Writer};
use asking::{Models, Teller};
use looking::Looks;

/// Cases that take less than this each share the scanners' runs; else a pause would come too late.
const QUICK: Duration = Duration::from_secs(2);
/// So many of them.
const TOGETHER: usize = 16;

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
    stops: Arc<AtomicBool>,
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
        let stops = Arc::new(AtomicBool::new(false));
        let looking = Looks {
            workspace: workspace.clone(),
            docket: docket.clone(),
            writer: writer.clone(),
            tell: tell.clone(),
        };
        std::thread::spawn(move || looking.work(&look_requests));
        let working = Works {
            workspace: workspace.clone(),
            docket,
            writer,
            proposer,
            stops: Arc::clone(&stops),
            tell,
            line: Line::default(),
        };
        let working = std::thread::spawn(move || working.work(&work_requests));
        Self { looks, works, working, stops }
    }

    /// Asks for something; the answer comes by itself.
    pub(super) fn ask(&self, request: RemedyRequest) {
        let to = match request {
            RemedyRequest::List(_)
            | RemedyRequest::Open { .. }
            | RemedyRequest::Draft { .. }
            | RemedyRequest::Patch { .. }
            | RemedyRequest::Branch { .. } => &self.looks,
            RemedyRequest::Stop => {
                // What is at work looks at it between two steps.
                self.stops.store(true, Relaxed);
                &self.works
            }
            RemedyRequest::Propose(_) | RemedyRequest::Edited(_) | RemedyRequest::Pause(_) => &self.works,
        };
        // A worker that is gone has said why.
        let _ = to.send(request);
    }

    /// Stops what is being proposed, and waits until what was begun is kept or given up.
    pub(super) fn finish(self) {
        self.stops.store(true, Relaxed);
        drop(self.works);
        let _ = self.working.join();
    }
}

/// What waits to be proposed, and what came of what did.
#[derive(Debug, Default)]
struct Line {
    cases: VecDeque<u32>,
    drafts: VecDeque<Draft>,
    done: usize,
    with: usize,
    took: Duration,
    is_paused: bool,
}

impl Line {
    fn progress(&self, case: Option<u32>) -> Progress {
        let rest = self.cases.len() + usize::from(case.is_some());
        let each = u32::try_from(self.done).ok().and_then(|done| self.took.checked_div(done));
        let left = each.map(|each| each.saturating_mul(u32::try_from(rest).unwrap_or(u32::MAX)));
        Progress {
            case,
            done: self.done,
            of: self.done + rest,
            with: self.with,
            is_paused: self.is_paused,
            left: left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl Found {
    fn of(case: u32, proposed: Proposed) -> Self {
        let of_use = proposed.remedies.iter().filter(|remedy| remedy.sound != Sound::No).count();
        let is_sound = proposed.remedies.iter().any(|remedy| remedy.sound == Sound::Yes);
        Self { case, of_use, is_sound, why: proposed.why }
    }
}

struct Works<T> {
    workspace: Workspace,
    docket: Shared,
    writer: Writer,
    proposer: Proposer,
    stops: Arc<AtomicBool>,
    tell: T,
    line: Line,
}

impl<T: Fn(Reply)> Works<T> {
    fn work(mut self, requests: &Receiver<RemedyRequest>) {
        // Made on this thread, which a model does not leave.
        let mut models = Models::default();
        loop {
            let is_idle = self.line.drafts.is_empty() && (self.line.cases.is_empty() || self.line.is_paused);
            if is_idle {
                match requests.recv() {
                    Ok(request) => self.take(request),
                    Err(_) => return,
                }
            }
            let is_over = loop {
                match requests.try_recv() {
                    Ok(request) => self.take(request),
                    Err(TryRecvError::Empty) => break false,
                    Err(TryRecvError::Disconnected) => break true,
                }
            };
            // What a person wrote is kept, though it is checked no further.
            if is_over && self.line.drafts.is_empty() {
                return;
            }
            if let Some(draft) = self.line.drafts.pop_front() {
                self.edited(&draft);
            } else if !self.line.is_paused && !self.line.cases.is_empty() {
                self.propose(&mut models);
                if self.line.cases.is_empty() && !self.stops.load(Relaxed) {
                    self.end(false);
                }
            }
        }
    }

    fn say(&self, reply: RemedyReply) {
        (self.tell)(Reply::Remedies(reply));
    }

    fn take(&mut self, request: RemedyRequest) {
        match request {
            RemedyRequest::Propose(cases) => {
                let new = cases.into_iter().filter(|case| !self.line.cases.contains(case));
                let new: Vec<u32> = new.collect();
                self.line.cases.extend(new);
                self.say(RemedyReply::Progress(self.line.progress(None)));
            }
            RemedyRequest::Edited(draft) => self.line.drafts.push_back(draft),
            RemedyRequest::Pause(is_paused) => {
                self.line.is_paused = is_paused;
                if !self.line.cases.is_empty() {
                    self.say(RemedyReply::Progress(self.line.progress(None)));
                }
            }
            RemedyRequest::Stop => {
                self.stops.store(false, Relaxed);
                self.end(true);
            }
            _ => {}
        }
    }

    fn end(&mut self, is_stopped: bool) {
        let Line { done, with, .. } = self.line;
        self.line.cases.clear();
        self.line = Line { drafts: std::mem::take(&mut self.line.drafts), ..Line::default() };
        self.say(RemedyReply::Ended { done, with, is_stopped });
    }

    /// Proposes for the next cases of the line: as many as are likely to be done in a moment share the scanners' runs.
    fn propose(&mut self, models: &mut Models) {
        let each = u32::try_from(self.line.done).ok().and_then(|done| self.line.took.checked_div(done));
        let many = if each.is_some_and(|each| each < QUICK) { TOGETHER } else { 1 };
        let cases: Vec<u32> = (0..many).map_while(|_| self.line.cases.pop_front()).collect();
        let Some(&first) = cases.first() else { return };
        let mut progress = self.line.progress(Some(first));
        progress.of += cases.len() - 1;
        self.say(RemedyReply::Progress(progress));
        let began = Instant::now();
        let mut found: Vec<Found> = Vec::new();
        let failed = match caught(|| self.proposed(&cases, models, &mut found)) {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(fault) => Some(fault),
        };
        if self.stops.load(Relaxed) {
            // What was cut off says nothing of the case; what was done before is told.
            found.into_iter().for_each(|found| self.say(RemedyReply::Proposed(found)));
            return;
        }
        self.line.done += cases.len();
        self.line.took += began.elapsed();
        for case in cases {
            let told = found.iter().position(|found| found.case == case);
            let found = match told {
                Some(at) => found.swap_remove(at),
                None => {
                    let why = failed.clone().unwrap_or_else(|| "it was not tried".into());
                    Found { case, of_use: 0, is_sound: false, why }
                }
            };
            self.line.with += usize::from(found.of_use > 0);
            self.say(RemedyReply::Proposed(found));
        }
    }

    fn proposed(&self, cases: &[u32], models: &mut Models, found: &mut Vec<Found>) -> Result<(), DeskError> {
        let desk = Desk::open(self.workspace.clone())?;
        let docket = self.docket.now();
        if let Some(why) = models.load(&desk, &self.proposer) {
            self.say(RemedyReply::Failed(format!(
                "the model cannot be used, and the other sources are asked: {why}"
            )));
        }
        let mut with = Proposing {
            policy: &self.proposer.policy,
            source: None,
            models: models.lent(),
            scanners: self.proposer.scanners.clone(),
        };
        let numbers: FxHashMap<CaseId, u32> =
            cases.iter().filter_map(|&case| Some((desk.name_of(case).ok()??, case))).collect();
        let teller = Teller::default();
        let tell = |case: CaseId, progress: crate::remedy::Progress<'_>| {
            let number = numbers.get(&case).copied().unwrap_or(0);
            if let Some(doing) = teller.take(number, progress) {
                self.say(RemedyReply::Doing(doing));
            }
        };
        let onlooker = Onlooker { tell: &tell, stop: &|| self.stops.load(Relaxed) };
        let ended = desk.propose_all(&docket, cases, &mut with, onlooker, &mut |proposed| {
            let case = numbers.get(&proposed.case).copied().unwrap_or(0);
            if !proposed.remedies.is_empty() {
                stand_remedied(&desk, &self.docket, &[proposed.case]);
            }
            found.push(Found::of(case, proposed));
            Ok::<(), DeskError>(())
        });
        ended.map(|_| ())
    }

    fn edited(&self, draft: &Draft) {
        let made = caught(|| {
            let mut desk = Desk::open(self.workspace.clone())?;
            let case = desk.remedy(&draft.remedy.to_string())?.case;
            let number = desk.number_of(case)?.unwrap_or(0);
            let with = (&self.proposer.policy, self.proposer.scanners.as_slice());
            let docket = self.docket.now();
            let made = desk.edited_remedy(&docket, draft, with, &self.writer, &|| self.stops.load(Relaxed));
            Ok::<_, DeskError>((number, made.map_err(|error| error.to_string())))
        });
        let (number, made) = match made {
            Ok(Ok(made)) => made,
            Ok(Err(error)) => (0, Err(error.to_string())),
            Err(fault) => (0, Err(fault)),
        };
        self.say(RemedyReply::Edited(number, made));
    }
}
