//! The state of a workstation over a million cases, without a terminal: what a key changes and what a frame draws.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use assize::docket::{Drawn, Filter, Groups, Tally, Weights};
use assize::domain::Reviewer;
use assize::jobs::{Listed, Proposer, Reply, Request, Workers};
use assize::store::{Workspace, Writer};
use assize::tui::key::Key;
use assize::tui::keymap::Keymap;
use assize::tui::theme::{Depth, Ground, Looks, Theme};
use assize::tui::{Effect, Event, Settings, State, begin, draw, update};
use criterion::Criterion;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Cases in the list.
const CASES: u32 = 1_000_000;
/// Cases that are really there; the rows of the others are theirs.
const REAL: u32 = 500;
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// What stands behind the state: a small workspace with real cases.
struct Behind {
    workers: Workers,
    replies: Receiver<Reply>,
    rows: Vec<Listed>,
    cases: Arc<[u32]>,
}

impl Behind {
    fn new(workspace: &Workspace) -> Self {
        let (tell, replies) = channel();
        let writer = Writer::new("machine", "bench", Reviewer::of_user(0));
        let say = move |reply| drop(tell.send(reply));
        let workers =
            Workers::start(workspace, writer, Weights::default(), None, Proposer::default(), say).unwrap();
        let mut behind = Self { workers, replies, rows: Vec::new(), cases: (1..=CASES).collect() };
        let (filter, order, grouping) = (Filter::default(), Default::default(), Default::default());
        behind.workers.ask(Request::List { turn: 0, filter, order, grouping, reload: true, only: None });
        behind.wait(|reply| matches!(reply, Reply::Listed { .. }));
        behind.workers.ask(Request::Rows((1..=REAL).collect()));
        let Reply::Rows(rows) = behind.wait(|reply| matches!(reply, Reply::Rows(_))) else { unreachable!() };
        behind.rows = rows;
        behind
    }

    fn wait(&self, is: impl Fn(&Reply) -> bool) -> Reply {
        loop {
            let reply = self.replies.recv().unwrap();
            if is(&reply) {
                return reply;
            }
        }
    }

    /// The case of the small workspace that one of the million looks like.
    fn real(&self, case: u32) -> u32 {
        self.rows[case as usize % self.rows.len()].number
    }

    fn answer(&self, request: Request) -> Option<Reply> {
        Some(match request {
            Request::List { turn, .. } => Reply::Listed {
                turn,
                version: 1,
                is_part: false,
                cases: Arc::clone(&self.cases),
                groups: Arc::new(Groups::default()),
                drawn: Drawn::default(),
                tally: Tally { open: CASES as usize, ..Tally::default() },
            },
            Request::Rows(cases) => Reply::Rows(cases.into_iter().map(|case| self.row(case)).collect()),
            Request::Case(case) => {
                self.workers.ask(Request::Case(self.real(case)));
                let Reply::Case(mut view, code) = self.wait(|reply| matches!(reply, Reply::Case(..))) else {
                    unreachable!()
                };
                view.listed = self.row(case);
                Reply::Case(view, code)
            }
            Request::Colours { file, lines, sight } => {
                self.workers.ask(Request::Colours { file, lines, sight });
                self.wait(|reply| matches!(reply, Reply::Colours { .. }))
            }
            _ => return None,
        })
    }

    fn row(&self, case: u32) -> Listed {
        Listed { number: case, version: 1, ..self.rows[case as usize % self.rows.len()].clone() }
    }

    /// Does what follows, until nothing does.
    fn settle(&self, state: &mut State, effects: Vec<Effect>) {
        let mut waiting = effects;
        while let Some(effect) = waiting.pop() {
            if let Effect::Ask(request) = effect
                && let Some(reply) = self.answer(request)
            {
                waiting.extend(update(state, Event::Answered(reply), 0));
            }
        }
    }
}

/// Benches of `update` and `view`; `folder` is a workspace with at least 500 cases.
pub(crate) fn tui(criterion: &mut Criterion, folder: &Path) {
    let behind = Behind::new(&Workspace::at(folder).unwrap());
    let theme = Theme { depth: Depth::True, ground: Ground::Dark, unicode: true, looks: Looks::default() };
    let mut state = State::new(Keymap::default(), theme, Settings::default(), "bench".to_owned());
    state.size = (120, 40);
    let effects = begin(&mut state);
    behind.settle(&mut state, effects);
    assert!(state.docket.here().is_some() && state.docket.cases.len() == CASES as usize);
    let key = |text: &str| -> Key { text.parse().unwrap() };
    let mut group = criterion.benchmark_group("tui");
    for (name, there, back) in
        [("the next case", "j", "k"), ("a page", "page-down", "page-up"), ("the last case", "G", "g")]
    {
        let keys = [key(there), key(back)];
        let mut at = 0;
        group.bench_function(format!("update: {name}"), |bench| {
            bench.iter(|| {
                at = 1 - at;
                update(&mut state, Event::Pressed(keys[1 - at]), 0)
            });
        });
        let effects = update(&mut state, Event::Pressed(key("g")), 0);
        behind.settle(&mut state, effects);
    }
    let (unsure, previous) = (key("u"), key("k"));
    group.bench_function("update: a verdict, and that it is saved", |bench| {
        bench.iter(|| {
            let effects = update(&mut state, Event::Pressed(unsure), 0);
            let ticket = effects.iter().find_map(|effect| match effect {
                Effect::Ask(Request::Act { ticket, .. }) => Some(*ticket),
                _ => None,
            });
            let saved = Reply::Saved {
                ticket: ticket.unwrap(),
                version: 1,
                what: "unsure",
                count: 1,
                decided: 1,
                rows: Vec::new(),
                tally: Tally::default(),
            };
            black_box(update(&mut state, Event::Answered(saved), 0));
            update(&mut state, Event::Pressed(previous), 0)
        });
    });
    let refresh = key("ctrl-r");
    group.bench_function("update: a list of a million comes", |bench| {
        bench.iter(|| {
            for effect in update(&mut state, Event::Pressed(refresh), 0) {
                if let Effect::Ask(request @ Request::List { .. }) = effect {
                    let listed = behind.answer(request).unwrap();
                    black_box(update(&mut state, Event::Answered(listed), 0));
                }
            }
        });
    });
    for (columns, rows) in SIZES {
        let mut effects = update(&mut state, Event::Resized(columns, rows), 0);
        effects.extend(update(&mut state, Event::Pressed(key("G")), 0));
        effects.extend(update(&mut state, Event::Pressed(key("g")), 0));
        behind.settle(&mut state, effects);
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        group.bench_function(format!("view: {columns} × {rows}"), |bench| {
            bench.iter(|| black_box(terminal.draw(|frame| draw(frame, &state)).unwrap().count));
        });
    }
    group.finish();
}
