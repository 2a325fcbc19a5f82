//! The workers behind the screen: three threads that answer requests, so that the screen itself never waits.
//!
//! One keeps the docket and lists it, one fetches cases and code, one writes what the reviewer decides. Each has
//! connections of its own. Of requests of which only the newest counts, the others are dropped unanswered.
//!
//! A reply that says an act is saved is sent after it is on disk, never before.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;

use super::act::{Acted, JudgeWith};
use super::code::CodeFile;
use super::desk::{Desk, DeskError, Listed, listed};
use super::told;
use super::view::CaseView;
use crate::docket::{Docket, Filter, Needs, Order, Overlay, Tally, Weights, Worth};
use crate::domain::CaseId;
use crate::ledger::Act;
use crate::source::{Highlighter, Span};
use crate::store::{Workspace, Writer};

/// What the screen asks for.
#[derive(Debug, Clone)]
pub enum Request {
    /// The cases that a filter leaves in, in an order. Only the newest counts.
    List {
        /// Told again in the reply.
        turn: u64,
        /// Which.
        filter: Filter,
        /// In which order.
        order: Order,
        /// Whether the store is to be read anew first.
        reload: bool,
    },
    /// What a list shows of some cases.
    Rows(Vec<u32>),
    /// Everything known of a case, with its code. Only the newest counts.
    Case(u32),
    /// Another file of a case's project.
    File {
        /// The project.
        project: String,
        /// The path.
        path: String,
    },
    /// What some lines of a file consist of. Only the newest counts.
    Colours {
        /// The file.
        file: Arc<CodeFile>,
        /// Which lines, counted from 1.
        lines: Range<u32>,
    },
    /// Something a reviewer decides.
    Act {
        /// Told again in the reply.
        ticket: u64,
        /// What.
        act: Do,
    },
}

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
    /// The last act taken back.
    Undo,
    /// What was taken back given again.
    Redo,
}

/// What a worker answers.
#[derive(Debug)]
pub enum Reply {
    /// The cases of a list.
    Listed {
        /// Of the request.
        turn: u64,
        /// The cases in their order.
        cases: Arc<[u32]>,
        /// How many cases stand where, in the whole docket.
        tally: Tally,
    },
    /// What a list shows of some cases.
    Rows(Vec<Listed>),
    /// A case and its code.
    Case(Box<CaseView>, Option<Arc<CodeFile>>),
    /// A file; `None` where it was not kept.
    File(String, Option<Arc<CodeFile>>),
    /// What the lines of a file from one on consist of. A first answer may be a guess, which a second corrects.
    Colours {
        /// The file.
        file: Arc<CodeFile>,
        /// The first of the lines.
        first: u32,
        /// The lines.
        lines: Vec<Vec<Span>>,
    },
    /// An act is on disk.
    Saved {
        /// Of the request.
        ticket: u64,
        /// What was done, in a word.
        what: &'static str,
        /// How many cases it was on.
        count: usize,
        /// Verdicts given, less those taken back.
        decided: i64,
        /// The cases whose standing may have changed, as a list shows them now; of very many the first.
        rows: Vec<Listed>,
        /// How many cases stand where now.
        tally: Tally,
    },
    /// An act could not be done; nothing changed.
    Refused {
        /// Of the request.
        ticket: u64,
        /// Why.
        why: String,
    },
    /// Something else could not be had.
    Failed(String),
}

/// How many rows an act's reply holds; a bulk verdict changes more, which are asked for as they come into sight.
const ROWS_TOLD: usize = 500;

/// The threads; they end when this is dropped, the one that writes after [`Workers::finish`].
#[derive(Debug)]
pub struct Workers {
    lists: Sender<Request>,
    cases: Sender<Request>,
    acts: Sender<Request>,
    writing: JoinHandle<()>,
}

impl Workers {
    /// Starts the threads; `tell` is called with each reply, from any of them.
    ///
    /// # Errors
    /// When the workspace cannot be opened.
    pub fn start(
        workspace: &Workspace,
        writer: Writer,
        weights: Weights,
        tell: impl Fn(Reply) + Clone + Send + 'static,
    ) -> Result<Self, DeskError> {
        let docket = Shared::default();
        let open = || Desk::open(workspace.clone());
        let (list_desk, case_desk, act_desk) = (open()?, open()?, open()?);
        let (lists, list_requests) = channel();
        let (cases, case_requests) = channel();
        let (acts, act_requests) = channel();
        let (shared, say) = (docket.clone(), tell.clone());
        std::thread::spawn(move || {
            Lists { desk: list_desk, docket: shared, weights, tell: say }.work(&list_requests)
        });
        let (shared, say) = (docket.clone(), tell.clone());
        std::thread::spawn(move || {
            Cases { desk: case_desk, docket: shared, weights, tell: say }.work(&case_requests)
        });
        let writing = std::thread::spawn(move || {
            Acts { desk: act_desk, docket, writer, weights, tell }.work(&act_requests)
        });
        Ok(Self { lists, cases, acts, writing })
    }

    /// Waits until every act asked for is on disk or was refused, and told.
    pub fn finish(self) {
        let Self { acts, writing, .. } = self;
        drop(acts);
        // A thread that failed has nothing left to write; what it did not tell of is not shown as saved.
        let _ = writing.join();
    }

    /// Asks for something; the answer comes by itself.
    pub fn ask(&self, request: Request) {
        let to = match request {
            Request::List { .. } | Request::Rows(_) => &self.lists,
            Request::Case(_) | Request::File { .. } | Request::Colours { .. } => &self.cases,
            Request::Act { .. } => &self.acts,
        };
        // A worker that is gone has said why.
        let _ = to.send(request);
    }
}

/// The docket that all workers look at.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<RwLock<Docket>>);

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, Docket> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, docket: Docket) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = docket;
    }

    fn set_standing(&self, case: u32, standing: Option<Overlay>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).set_standing(case, standing);
    }
}

/// The request after which the ones before it are of no use, and those that still are.
fn newest(requests: &Receiver<Request>, first: Request, is_superseded: fn(&Request) -> bool) -> Vec<Request> {
    let mut waiting = vec![first];
    waiting.extend(requests.try_iter());
    let last = waiting.iter().rposition(is_superseded);
    let mut at = 0;
    waiting.retain(|request| {
        at += 1;
        !is_superseded(request) || last == Some(at - 1)
    });
    waiting
}

struct Lists<T> {
    desk: Desk,
    docket: Shared,
    weights: Weights,
    tell: T,
}

impl<T: Fn(Reply)> Lists<T> {
    fn work(mut self, requests: &Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            for request in newest(requests, first, |request| matches!(request, Request::List { .. })) {
                match self.answer(request) {
                    Ok(Some(reply)) => (self.tell)(reply),
                    Ok(None) => {}
                    Err(error) => (self.tell)(Reply::Failed(error.to_string())),
                }
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<Option<Reply>, DeskError> {
        match request {
            Request::List { turn, filter, order, reload } => {
                if reload || !self.docket.read().loaded().standings {
                    self.desk = self.desk.again()?;
                    let all = Needs { paths: true, texts: false, standings: true, names: true, runs: true };
                    self.docket.replace(self.desk.docket(all)?);
                }
                let docket = self.docket.read();
                let matched = self.desk.select(&docket, &filter)?;
                let evidence = self.desk.evidence(&docket);
                let worth = Worth::new(&docket, &self.weights, &evidence);
                let cases = docket.top(&matched, order, &worth, usize::MAX)?;
                Ok(Some(Reply::Listed { turn, cases: cases.into(), tally: docket.tally() }))
            }
            Request::Rows(cases) => {
                rows(&self.desk, &self.docket.read(), &self.weights, &cases).map(Reply::Rows).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn rows(desk: &Desk, docket: &Docket, weights: &Weights, cases: &[u32]) -> Result<Vec<Listed>, DeskError> {
    let Some(findings) = &desk.findings else { return Ok(Vec::new()) };
    let evidence = desk.evidence(docket);
    let worth = Worth::new(docket, weights, &evidence);
    let mut rows = Vec::with_capacity(cases.len());
    for &case in cases {
        rows.extend(listed(findings, docket, &worth, case)?);
    }
    told::complete(findings, &mut rows)?;
    Ok(rows)
}

struct Cases<T> {
    desk: Desk,
    docket: Shared,
    weights: Weights,
    tell: T,
}

impl<T: Fn(Reply)> Cases<T> {
    fn work(mut self, requests: &Receiver<Request>) {
        // The file coloured last; its grammar cannot leave this thread.
        let mut coloured: Option<(Arc<CodeFile>, Highlighter)> = None;
        let mut waiting: VecDeque<Request> = VecDeque::new();
        while let Some(request) = waiting.pop_front().or_else(|| requests.recv().ok()) {
            waiting.extend(requests.try_iter());
            let is_superseded = match &request {
                Request::Case(_) => waiting.iter().any(|later| matches!(later, Request::Case(_))),
                Request::Colours { .. } => waiting.iter().any(|later| !matches!(later, Request::File { .. })),
                _ => false,
            };
            if is_superseded {
                continue;
            }
            if let Request::Colours { file, lines } = request {
                if coloured.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, &file)) {
                    coloured =
                        Some((Arc::clone(&file), Highlighter::new(&file.path, Arc::clone(&file.text))));
                }
                if let Some((_, highlighter)) = &mut coloured {
                    self.colour(highlighter, &file, lines, requests, &mut waiting);
                }
                continue;
            }
            match self.answer(request) {
                Ok(Some(reply)) => (self.tell)(reply),
                Ok(None) => {}
                Err(error) => (self.tell)(Reply::Failed(error.to_string())),
            }
        }
    }

    /// Colours lines, first as well as can be told at once and then exactly, unless something else is asked for.
    fn colour(
        &self,
        highlighter: &mut Highlighter,
        file: &Arc<CodeFile>,
        lines: Range<u32>,
        requests: &Receiver<Request>,
        waiting: &mut VecDeque<Request>,
    ) {
        let come = RefCell::new(waiting);
        let cancelled = || {
            let mut come = come.borrow_mut();
            come.extend(requests.try_iter());
            !come.is_empty()
        };
        let tell = |coloured| {
            (self.tell)(Reply::Colours { file: Arc::clone(file), first: lines.start, lines: coloured });
        };
        // The guess is short, and a screen waits for it.
        let Some(guess) = highlighter.guess(lines.clone(), &|| false) else { return };
        tell(guess.lines);
        if !guess.exact
            && let Some(exact) = highlighter.exact(lines.clone(), &cancelled)
        {
            tell(exact);
        }
    }

    fn answer(&mut self, request: Request) -> Result<Option<Reply>, DeskError> {
        match request {
            Request::Case(number) => {
                // What was decided since is read by a connection that sees it.
                self.desk.look_again()?;
                let docket = self.docket.read();
                let view = self.desk.view_in(&docket, number, &self.weights)?;
                let code = self.desk.code_of(&docket, &view)?;
                Ok(Some(Reply::Case(Box::new(view), code.map(Arc::new))))
            }
            Request::File { project, path } => {
                let file = self.desk.file_of(&project, &path)?;
                Ok(Some(Reply::File(path, file.map(Arc::new))))
            }
            _ => Ok(None),
        }
    }
}

struct Acts<T> {
    desk: Desk,
    docket: Shared,
    writer: Writer,
    weights: Weights,
    tell: T,
}

impl<T: Fn(Reply)> Acts<T> {
    fn work(mut self, requests: &Receiver<Request>) {
        while let Ok(request) = requests.recv() {
            let Request::Act { ticket, act } = request else { continue };
            let reply = match self.desk.look_again().and_then(|()| self.act(act)) {
                Ok(done) => self.saved(ticket, &done),
                Err(error) => Reply::Refused { ticket, why: error.to_string() },
            };
            (self.tell)(reply);
        }
    }

    fn act(&mut self, act: Do) -> Result<Done, DeskError> {
        let (desk, writer) = (&mut self.desk, &self.writer);
        let told = |what, acted: Acted| match acted.entry {
            Some(_) => Done { what, cases: acted.cases, decided: 0 },
            None => Done { what: "nothing to change", cases: Vec::new(), decided: 0 },
        };
        Ok(match act {
            Do::Judge(numbers, with) => {
                let acted = desk.judge(&numbers, &with, writer)?;
                let decided = many(&acted.cases);
                Done { decided, ..told(with.opinion.word(), acted) }
            }
            Do::Note(numbers, text) => told("noted", desk.note(&numbers, &text, writer)?),
            Do::Rank(numbers, rank) => told("ranked", desk.rank(&numbers, rank, writer)?),
            Do::Pin(numbers, on) => {
                told(if on { "pinned" } else { "let go" }, desk.pin(&numbers, on, writer)?)
            }
            Do::Undo => Done::of("taken back", &desk.undo(writer)?.what.act, -1),
            Do::Redo => Done::of("given again", &desk.redo(writer)?.what.act, 1),
        })
    }

    /// Brings the docket up to date and tells what changed. What is on disk is saved, whatever happens here.
    fn saved(&self, ticket: u64, done: &Done) -> Reply {
        let mut numbers = Vec::with_capacity(done.cases.len());
        for case in &done.cases {
            let Ok(Some(number)) = self.desk.number_of(*case) else { continue };
            let standing = self.desk.standing(&self.docket.read(), number);
            if let Ok(standing) = standing {
                self.docket.set_standing(number, standing);
            }
            numbers.push(number);
        }
        let docket = self.docket.read();
        numbers.truncate(ROWS_TOLD);
        let rows = rows(&self.desk, &docket, &self.weights, &numbers).unwrap_or_default();
        let (what, count, decided) = (done.what, done.cases.len(), done.decided);
        Reply::Saved { ticket, what, count, decided, rows, tally: docket.tally() }
    }
}

/// An act that is on disk.
struct Done {
    what: &'static str,
    cases: Vec<CaseId>,
    /// Verdicts given, less those taken back.
    decided: i64,
}

impl Done {
    fn of(what: &'static str, act: &Act, sign: i64) -> Self {
        let cases = act.cases();
        let decided = if matches!(act, Act::Verdict(_)) { sign * many(&cases) } else { 0 };
        Self { what, cases, decided }
    }
}

fn many(cases: &[CaseId]) -> i64 {
    i64::try_from(cases.len()).unwrap_or(i64::MAX)
}
