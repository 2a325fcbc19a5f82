//! The workers of a workspace of its own that do their work at the moment at which they are asked, in tests: what a key
//! comes to with a real store behind it, in one thread and in order.
//!
//! It answers nothing about runs, remedies, models and the gate, whose workers are threads by themselves.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::acts::Acts;
use super::cases::{Cases, Outlines};
use super::inbox::{Inbox, inbox};
use super::likes::Likes;
use super::lists::Lists;
use super::searches::Searches;
use super::serve::Work;
use super::shared::Shared;
use super::trees::Trees;
use super::{Reply, Request};
use crate::docket::{Needs, Overlay, Weights};
use crate::domain::Reviewer;
use crate::ingest::document::Document;
use crate::ingest::regroup::Shaping;
use crate::ingest::{Importer, Options};
use crate::jobs::desk::Desk;
use crate::store::{Findings, Workspace, Writer, statements};

/// A workspace and who works in it.
pub(crate) struct AtOnce {
    folder: tempfile::TempDir,
    docket: Shared,
    lists: Lists,
    cases: Cases,
    likes: Likes,
    trees: Trees,
    acts: Acts,
}

/// What people said of a case: where it stands by that, with verdict, rank and pin, and how many notes it has.
pub(crate) type Decided = (Overlay, u32);

impl AtOnce {
    /// A workspace with so many cases, which flag so many pieces of code: those that flag the same are alike.
    pub(crate) fn of(cases: u32, pieces: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        import(&workspace, cases, |number| format!("eval(part_{})", number % pieces));
        Self::at(folder)
    }

    fn at(folder: tempfile::TempDir) -> Self {
        let workspace = Workspace::at(folder.path()).unwrap();
        let open = || Desk::open(workspace.clone()).unwrap();
        let (docket, weights) = (Shared::default(), Weights::default());
        let writer = Writer::new("machine", "ann", Reviewer::of_user(0));
        let reviewer = writer.reviewer.clone();
        Self {
            lists: Lists::new(open(), docket.clone(), weights.clone(), None),
            cases: Cases::new(open(), docket.clone(), weights.clone()),
            likes: Likes::new(open(), docket.clone(), reviewer),
            trees: Trees::new(open()),
            acts: Acts::new(open(), docket.clone(), writer, weights),
            docket,
            folder,
        }
    }

    /// The same workspace, closed and opened again.
    pub(crate) fn again(self) -> Self {
        let Self { folder, lists, cases, likes, trees, acts, .. } = self;
        drop((lists, cases, likes, trees, acts));
        Self::at(folder)
    }

    /// Who decides here.
    pub(crate) fn reviewer(&self) -> String {
        Reviewer::of_user(0).as_str().to_owned()
    }

    /// What the workers answer.
    pub(crate) fn answer(&mut self, request: Request) -> Vec<Reply> {
        match request {
            Request::List { .. }
            | Request::Follow { .. }
            | Request::Rows(_)
            | Request::Recount { .. }
            | Request::Survey { .. }
            | Request::Named(_)
            | Request::Find(_) => told(&mut self.lists, request),
            Request::Case(_) | Request::Kept(_) | Request::File { .. } | Request::Colours { .. } => {
                told(&mut self.cases, request)
            }
            Request::Outline(_) => told(&mut Outlines, request),
            Request::Search { .. } => told(&mut Searches, request),
            Request::Tree { .. } => told(&mut self.trees, request),
            Request::Alike(_) | Request::Differences { .. } => told(&mut self.likes, request),
            Request::Act { .. } | Request::Filters(_) => told(&mut self.acts, request),
            Request::Runs(_) | Request::Remedies(_) | Request::Models(_) | Request::Gate(_) => Vec::new(),
        }
    }

    /// Where the cases stand as the screen's workers know it, in the order of their numbers.
    pub(crate) fn known(&self) -> Vec<Overlay> {
        let docket = self.docket.now();
        (1..).map_while(|case| docket.standing(case).cloned()).collect()
    }

    /// What the files hold of the cases, read anew.
    pub(crate) fn stored(&self) -> Vec<Decided> {
        let desk = Desk::open(Workspace::at(self.folder.path()).unwrap()).unwrap();
        let needs = Needs { paths: true, texts: false, standings: true, names: true, runs: true };
        let docket = desk.docket(needs).unwrap();
        let notes = |case| {
            let journal = desk.journal.as_ref()?;
            Some(journal.record(docket.name(case)?).unwrap()?.notes)
        };
        (1..)
            .map_while(|case| Some((docket.standing(case)?.clone(), notes(case).unwrap_or_default())))
            .collect()
    }

    /// How many statements some work gives to the databases.
    pub(crate) fn statements() -> u64 {
        statements()
    }
}

/// Imports a scan of as many claims as asked for, each in a file of its own, with a piece of code.
pub(in crate::jobs) fn import(workspace: &Workspace, cases: u32, code: impl Fn(u32) -> String) {
    let results: Vec<String> = (1..=cases)
        .map(|number| {
            format!(
                r#"{{"ruleId":"eval","message":{{"text":"m"}},"locations":[{{"physicalLocation":{{
                "artifactLocation":{{"uri":"a{number}.py"}},"region":{{"startLine":{number},
                "snippet":{{"text":"{}"}}}}}}}}]}}"#,
                code(number)
            )
        })
        .collect();
    let text = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"acme"}}}},"results":[{}]}}]}}"#,
        results.join(",")
    );
    let mut findings = Findings::open(&workspace.file("findings.db")).unwrap();
    let mut importer = Importer {
        findings: &mut findings,
        folder: &workspace.file(""),
        judged: &FxHashMap::default(),
        shaping: &Shaping::default(),
    };
    let options =
        Options { project: "shop".into(), now: "2026-01-01T00:00:00Z".into(), ..Options::default() };
    importer.import(&Document::bytes("a.sarif", text), &options, &|| false).unwrap();
}

/// What a worker tells of a request; of what it cannot do, what the loop of every worker would tell.
pub(super) fn told(worker: &mut impl Work, request: Request) -> Vec<Reply> {
    let (_ask, inbox): (_, Inbox) = inbox();
    let told = RefCell::new(Vec::new());
    let ticket = request.ticket();
    if let Err(error) = worker.work(request, &inbox, &|reply| told.borrow_mut().push(reply)) {
        told.borrow_mut().push(super::serve::in_vain(ticket, error.to_string()));
    }
    told.into_inner()
}
