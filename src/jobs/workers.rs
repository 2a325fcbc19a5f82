//! The workers behind the screen: the threads that answer requests, so that the screen itself never waits.
//!
//! One keeps the docket and lists it, one fetches cases and code, one finds cases that are alike, one searches in code,
//! one asks source trees, one writes what the reviewer decides. Each has connections of its own, and the lock of the
//! docket is never held while anything is read or written. Of requests of which only the newest counts, the others are
//! dropped unanswered.
//!
//! - A reply that says an act is saved is sent after it is on disk, never before.
//! - Every act is answered, also when a worker has a fault.
//! - What is told of a case has the version of the docket that it was told from. Replies of different workers may
//!   come in any order; the higher version is the newer.

mod acts;
#[cfg(test)]
pub(crate) mod at_once;
mod cases;
mod deeds;
mod inbox;
mod likes;
mod lists;
mod opening;
mod returning;
mod rows;
mod searches;
mod serve;
mod shared;
mod trees;

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use super::code::CodeFile;
use super::desk::{Desk, DeskError, Listed};
use super::find::{Find, Found};
use super::gating::{GateReply, GateRequest, Gating};
use super::imports::{Imports, RunsReply, RunsRequest};
use super::modelling::{ModelReply, ModelRequest, Modelling};
use super::proposals::{Proposals, Proposer, RemedyReply, RemedyRequest};
use super::saved::Keep;
use super::search::Hits;
use super::spread::{Alike, Difference};
use super::view::CaseView;
use super::watch::{Changed, Watch};
use crate::docket::{Docket, Drawn, Draws, Filter, Grouping, Groups, Order, Saved, Survey, Tally, Weights};
use crate::domain::CaseId;
use crate::source::Span;
use crate::store::{Workspace, Writer};
use acts::Acts;
pub(super) use acts::stand_remedied;
use cases::{Cases, Outlines};
pub use deeds::{Do, RemedyAct};
use inbox::inbox;
use likes::Likes;
use lists::Lists;
use opening::{Opening, employ};
use rows::rows;
use searches::Searches;
pub(super) use serve::caught;
use serve::serve;
pub(super) use shared::Shared;
use trees::Trees;
pub use trees::{Ask, Told};

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
        /// By what like ones are drawn together.
        grouping: Grouping,
        /// Whether the store is to be read anew first.
        reload: bool,
        /// Only these, whatever the filter leaves in.
        only: Option<Arc<[u32]>>,
    },
    /// The docket brought up to date with what others changed. Only the newest counts.
    Follow {
        /// Of the list on the screen.
        filter: Filter,
        /// What changed.
        changed: Changed,
    },
    /// What a list shows of some cases.
    Rows(Vec<u32>),
    /// The groups of a list, counted anew. Only the newest counts.
    Recount {
        /// Told again in the reply.
        turn: u64,
        /// The list.
        cases: Arc<[u32]>,
        /// Its groups.
        groups: Arc<Groups>,
    },
    /// What some cases are together. Only the newest counts.
    Survey {
        /// Told again in the reply.
        ticket: u64,
        /// Cases.
        cases: Arc<[u32]>,
        /// Which of them.
        range: Range<usize>,
    },
    /// Something in the docket. Of each sort only the newest counts.
    Find(Find),
    /// The numbers of cases that were kept by their names. Only the newest counts.
    Named(Vec<CaseId>),
    /// Everything known of a case, with its code. Only the newest counts.
    Case(u32),
    /// The same of a case that was on the screen the last time, before there is a docket. Only the newest counts.
    Kept(Box<Listed>),
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
        /// Those of them that are in sight, which come first.
        sight: Range<u32>,
    },
    /// Something about the imports.
    Runs(RunsRequest),
    /// Something about the remedies.
    Remedies(RemedyRequest),
    /// Something about the models.
    Models(ModelRequest),
    /// Something about the gate.
    Gate(GateRequest),
    /// The functions and classes of a file. Only the newest counts.
    Outline(Arc<CodeFile>),
    /// Something with the filters that were given names.
    Filters(Keep),
    /// Where a text stands in a file. Only the newest counts.
    Search {
        /// The file.
        file: Arc<CodeFile>,
        /// The text.
        text: String,
    },
    /// Something about a source tree.
    Tree {
        /// Told again in the reply.
        ticket: u64,
        /// What.
        ask: Ask,
    },
    /// The cases that are nearly the same as one. Only the newest counts.
    Alike(u32),
    /// In what some cases differ from one.
    Differences {
        /// The one.
        case: u32,
        /// The others.
        others: Vec<u32>,
    },
    /// Something a reviewer decides.
    Act {
        /// Told again in the reply.
        ticket: u64,
        /// What.
        act: Do,
        /// The names of its cases as they were shown: a number may mean another case by now.
        named: Vec<(u32, CaseId)>,
    },
}

/// What a worker answers.
#[derive(Debug)]
pub enum Reply {
    /// The cases of a list.
    Listed {
        /// Of the request.
        turn: u64,
        /// The docket's version.
        version: u64,
        /// Whether it is the beginning of a search, of which the rest follows.
        is_part: bool,
        /// The cases in their order.
        cases: Arc<[u32]>,
        /// The groups that they are in; none where they are not to be grouped.
        groups: Arc<Groups>,
        /// Those of them that were drawn at random and stand outside the order.
        drawn: Drawn,
        /// How many cases stand where, in the whole docket.
        tally: Tally,
    },
    /// What a list shows of some cases.
    Rows(Vec<Listed>),
    /// The groups of a list, counted anew.
    Recounted {
        /// Of the request.
        turn: u64,
        /// The groups.
        groups: Arc<Groups>,
    },
    /// What some cases are together.
    Surveyed {
        /// Of the request.
        ticket: u64,
        /// What they are.
        survey: Survey,
    },
    /// What was looked for.
    Found(Found),
    /// Cases by their names, and their numbers; without those that are no more.
    Named(Vec<(CaseId, u32)>),
    /// Another process has locked the workspace, in words; nothing: it has not any more.
    Waiting(Option<String>),
    /// The filters that were given names, as they are now.
    Filters(Saved),
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
    /// A file with its functions and classes.
    Outlined(Arc<CodeFile>),
    /// Where a text stands in a file.
    Hits(Hits),
    /// What a source tree told.
    Tree {
        /// Of the request.
        ticket: u64,
        /// What.
        told: Told,
    },
    /// The cases that are nearly the same as one.
    Alike(Box<Alike>),
    /// In what some cases differ from one, in the order in which they were asked for.
    Differences {
        /// The one.
        case: u32,
        /// The others.
        differences: Vec<Difference>,
    },
    /// An act is on disk.
    Saved {
        /// Of the request.
        ticket: u64,
        /// The docket's version with the act in it.
        version: u64,
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
    /// An act on many cases is so far.
    Saving {
        /// Of the request.
        ticket: u64,
        /// How many of its cases are done.
        done: usize,
        /// How many it is on.
        of: usize,
    },
    /// An act could not be done; nothing changed.
    Refused {
        /// Of the request.
        ticket: u64,
        /// Why.
        why: String,
    },
    /// Something about the imports.
    Runs(RunsReply),
    /// Something about the remedies.
    Remedies(RemedyReply),
    /// Something about the models.
    Models(ModelReply),
    /// Something about the gate.
    Gate(GateReply),
    /// Others changed the workspace.
    Changed(Changed),
    /// The docket is up to date with what others changed.
    Followed {
        /// Its version.
        version: u64,
        /// How many cases stand where now.
        tally: Tally,
        /// How many cases the filter leaves in that it did not before.
        come: usize,
        /// And how many no more.
        left: usize,
    },
    /// Something else could not be had.
    Failed(String),
}

/// The threads; they end when this is dropped, the one that writes after [`Workers::finish`].
#[derive(Debug)]
pub struct Workers {
    docket: Shared,
    lists: Sender<Request>,
    cases: Sender<Request>,
    outlines: Sender<Request>,
    searches: Sender<Request>,
    trees: Sender<Request>,
    likes: Sender<Request>,
    acts: Sender<Request>,
    imports: Imports,
    proposals: Proposals,
    modelling: Modelling,
    gating: Gating,
    watch: Watch,
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
        draws: Option<Draws>,
        proposer: Proposer,
        tell: impl Fn(Reply) + Clone + Send + 'static,
    ) -> Result<Self, DeskError> {
        // Before anything is read: what changes later is noticed.
        let say = tell.clone();
        let watch = Watch::start(workspace, move |changed| say(Reply::Changed(changed)));
        let docket = Shared::default();
        // The first says whether it can be opened; the others need not be waited for. Nor is another process that has
        // locked it: the screen is there meanwhile.
        let act_desk = match Desk::open_within(workspace.clone(), opening::FIRST) {
            Err(error) if error.is_busy() => None,
            opened => Some(opened?),
        };
        let opening = |desk, tells| Opening { workspace: workspace.clone(), desk, tells };
        let (lists, list_requests) = inbox();
        let (cases, case_requests) = inbox();
        let (outlines, outline_requests) = inbox();
        let (likes, like_requests) = inbox();
        let (acts, act_requests) = inbox();
        let (trees, tree_requests) = inbox();
        let (searches, search_requests) = inbox();
        let say = tell.clone();
        let look = watch.looker();
        let imports = Imports::start(workspace, move |reply| {
            if reply.changes_findings() {
                look();
            }
            say(Reply::Runs(reply));
        });
        let modelling = Modelling::start(workspace, writer.clone(), proposer.program.clone(), tell.clone());
        let gating = Gating::start(workspace, docket.clone(), weights.clone(), tell.clone());
        let with = (docket.clone(), writer.clone(), proposer);
        let proposals = Proposals::start(workspace, with, tell.clone());
        let draws = draws.map(|draws| (draws, writer.reviewer.clone()));
        let (shared, of_lists) = (docket.clone(), weights.clone());
        let make = move |desk| Lists::new(desk, shared, of_lists, draws);
        employ(opening(None, true), list_requests, tell.clone(), make);
        let (shared, reviewer) = (docket.clone(), writer.reviewer.clone());
        let make = move |desk| Likes::new(desk, shared, reviewer);
        employ(opening(None, false), like_requests, tell.clone(), make);
        let (shared, of_cases) = (docket.clone(), weights.clone());
        let make = move |desk| Cases::new(desk, shared, of_cases);
        employ(opening(None, false), case_requests, tell.clone(), make);
        employ(opening(None, false), tree_requests, tell.clone(), Trees::new);
        let say = tell.clone();
        std::thread::spawn(move || serve(Searches, &search_requests, say));
        let say = tell.clone();
        std::thread::spawn(move || {
            // Read while nobody waits: the first file would be plain for as long as that takes.
            crate::source::Highlighter::prepare();
            serve(Outlines, &outline_requests, say);
        });
        let unwritten = watch.unwritten();
        let say = move |reply| {
            if matches!(reply, Reply::Refused { .. } | Reply::Saved { count: 0, .. }) {
                unwritten();
            }
            tell(reply);
        };
        let shared = docket.clone();
        let make = move |desk| Acts::new(desk, shared, writer, weights);
        let writing = employ(opening(act_desk, false), act_requests, say, make);
        Ok(Self {
            docket,
            lists,
            cases,
            outlines,
            likes,
            searches,
            trees,
            acts,
            imports,
            proposals,
            modelling,
            gating,
            watch,
            writing,
        })
    }

    /// Waits until every act asked for is on disk or was refused, and told. Gives the docket as it was last.
    pub fn finish(self) -> Arc<Docket> {
        let Self { docket, acts, imports, proposals, modelling, writing, .. } = self;
        drop(acts);
        modelling.finish();
        imports.finish();
        proposals.finish();
        // A thread that failed has nothing left to write; what it did not tell of is not shown as saved.
        let _ = writing.join();
        docket.now()
    }

    /// Asks for something; the answer comes by itself.
    pub fn ask(&self, request: Request) {
        self.watch.used();
        let to = match request {
            Request::List { .. }
            | Request::Follow { .. }
            | Request::Rows(_)
            | Request::Recount { .. }
            | Request::Survey { .. }
            | Request::Named(_)
            | Request::Find(_) => &self.lists,
            Request::Outline(_) => &self.outlines,
            Request::Case(_) | Request::Kept(_) | Request::File { .. } | Request::Colours { .. } => {
                &self.cases
            }
            Request::Search { .. } => &self.searches,
            Request::Tree { .. } => &self.trees,
            Request::Alike(_) | Request::Differences { .. } => &self.likes,
            Request::Act { .. } => {
                self.watch.will_write();
                &self.acts
            }
            Request::Filters(_) => &self.acts,
            Request::Runs(request) => return self.imports.ask(request),
            Request::Remedies(request) => return self.proposals.ask(request),
            Request::Models(request) => return self.modelling.ask(request),
            Request::Gate(request) => return self.gating.ask(request),
        };
        // A worker that is gone has said why.
        let _ = to.send(request);
    }
}

#[cfg(test)]
mod tests;
