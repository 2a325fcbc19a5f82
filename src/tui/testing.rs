//! A world for tests: a docket of some cases that answers what the state asks for, at once and in order.

pub(super) mod gate;
pub(super) mod models;
pub(super) mod remedies;
mod runs;
pub(super) mod stored;
mod trees;

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::effect::Effect;
use super::event::Event;
use super::keymap::Keymap;
use super::state::{Settings, State};
use super::theme::{Depth, Ground, Looks, Theme};
use super::update::{begin, update};
use super::view::draw;
use crate::docket::{CaseSet, Docket, Drawn, Grouping, Groups, Overlay, Saved, Survey, Tally};
use crate::domain::{Basis, CaseId, EntryId, Opinion, RemedyId, State as Standing};
use crate::jobs::{
    Alike, Became, CaseView, CodeFile, Difference, Do, Found, GateView, ImportAsked, ImportView, Keep,
    Listed, ModelView, PastView, Reply, Request, Selections, find, sample_docket,
};
use crate::source::{Class, Span};

/// A state at the start, on a terminal of 120 by 36 without colours.
pub(super) fn state() -> State {
    let theme = Theme { depth: Depth::None, ground: Ground::Dark, unicode: true, looks: Looks::default() };
    let mut state = State::new(Keymap::default(), theme, Settings::default(), "shop".to_owned());
    state.size = (120, 36);
    state
}

/// What people decided, as far as a list shows it.
type Decided = BTreeMap<u32, Known>;
/// Verdict, priority, pinned.
type Known = (Option<Opinion>, Option<u8>, bool);

/// The state with a store of its own behind it.
pub(super) struct World {
    pub(super) state: State,
    pub(super) cases: u32,
    /// What the worker keeps of the cases.
    pub(super) docket: Docket,
    /// The filters that were given names.
    pub(super) saved: BTreeMap<String, String>,
    pub(super) decided: Decided,
    /// What was before each act that stands, the oldest first; and what was taken back.
    past: Vec<Decided>,
    future: Vec<Decided>,
    /// Effects that nobody but the terminal can do.
    pub(super) left: Vec<Effect>,
    /// How often each kind of request came.
    pub(super) asked: BTreeMap<&'static str, usize>,
    pub(super) fails: bool,
    /// Whether source trees are other than when they were scanned.
    pub(super) changed: bool,
    /// Whether requests wait for [`Self::release`].
    pub(super) holds: bool,
    held: Vec<Effect>,
    /// Cases that are like every judged one.
    pub(super) alike: Vec<u32>,
    /// Cases that were drawn at random, and those that come back.
    pub(super) drawn: Drawn,
    /// What was said of cases.
    pub(super) histories: BTreeMap<u32, Vec<PastView>>,
    /// Cases that have remedies, and those that were proposed for in vain.
    pub(super) remedied: Vec<u32>,
    pub(super) in_vain: Vec<u32>,
    /// What became of remedies, and why they were refused.
    pub(super) fates: BTreeMap<RemedyId, Became>,
    pub(super) refusals: Vec<String>,
    /// What was before each word on a remedy, the oldest first.
    fates_before: Vec<(RemedyId, Option<Became>)>,
    /// Of the docket.
    version: u64,
    /// The imports so far.
    pub(super) imports: Vec<ImportView>,
    /// The models.
    pub(super) models: Vec<ModelView>,
    /// What the gate comes to, or why it cannot be counted.
    pub(super) gate: Result<GateView, String>,
    /// How many cases came to the filter, and how many left it, by what others changed last.
    pub(super) differs: (usize, usize),
    /// What was asked to be imported.
    pub(super) imported: Vec<ImportAsked>,
    now: u64,
}

impl World {
    /// A world of so many cases, its first screen there.
    pub(super) fn of(cases: u32) -> Self {
        let mut world = Self::unasked(cases);
        let effects = begin(&mut world.state);
        world.settle(effects);
        world.state.drawn();
        world
    }

    /// A world of so many cases of which nothing was asked.
    pub(super) fn unasked(cases: u32) -> Self {
        Self {
            state: state(),
            cases,
            docket: sample_docket(cases),
            saved: BTreeMap::new(),
            decided: Decided::new(),
            past: Vec::new(),
            future: Vec::new(),
            left: Vec::new(),
            asked: BTreeMap::new(),
            fails: false,
            changed: false,
            holds: false,
            held: Vec::new(),
            alike: Vec::new(),
            drawn: Drawn::default(),
            histories: BTreeMap::new(),
            remedied: Vec::new(),
            in_vain: Vec::new(),
            fates: BTreeMap::new(),
            refusals: Vec::new(),
            fates_before: Vec::new(),
            version: 1,
            imports: Vec::new(),
            models: Vec::new(),
            gate: Ok(gate::empty()),
            differs: (0, 0),
            imported: Vec::new(),
            now: 0,
        }
    }

    /// Others import: there are so many cases now.
    pub(super) fn grow(&mut self, cases: u32) {
        let (more, fewer) = (cases.saturating_sub(self.cases), self.cases.saturating_sub(cases));
        self.differs = (more as usize, fewer as usize);
        (self.cases, self.docket) = (cases, sample_docket(cases));
    }

    /// Presses keys, named one after the other with blanks between.
    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.split_ascii_whitespace() {
            self.tell(Event::Pressed(key.parse().unwrap()));
        }
    }

    /// Presses keys faster than the screen is drawn.
    pub(super) fn rush(&mut self, keys: &str) {
        for key in keys.split_ascii_whitespace() {
            let effects = update(&mut self.state, Event::Pressed(key.parse().unwrap()), self.now);
            self.settle(effects);
        }
        self.state.drawn();
    }

    /// Answers what was held back.
    pub(super) fn release(&mut self) {
        self.holds = false;
        let held = std::mem::take(&mut self.held);
        self.settle(held);
        self.state.drawn();
    }

    pub(super) fn tell(&mut self, event: Event) {
        let effects = self.told(event);
        self.settle(effects);
        self.state.drawn();
    }

    /// What follows from an event, before any of it is done.
    pub(super) fn told(&mut self, event: Event) -> Vec<Effect> {
        self.now += 1000;
        update(&mut self.state, event, self.now)
    }

    /// Nothing happens for so many milliseconds.
    pub(super) fn pause(&mut self, ms: u64) {
        self.now += ms;
    }

    pub(super) fn settle(&mut self, effects: Vec<Effect>) {
        if self.holds {
            self.held.extend(effects);
            return;
        }
        let mut waiting = effects;
        while !waiting.is_empty() {
            for effect in std::mem::take(&mut waiting) {
                match effect {
                    Effect::Ask(request) => {
                        let reply = self.answer(request);
                        waiting.extend(update(&mut self.state, Event::Answered(reply), self.now));
                    }
                    other => self.left.push(other),
                }
            }
        }
    }

    /// What a worker answers that does its work at this moment.
    pub(super) fn answer(&mut self, request: Request) -> Reply {
        let word = match &request {
            Request::List { .. } => "list",
            Request::Follow { .. } => "follow",
            Request::Rows(_) => "rows",
            Request::Recount { .. } => "recount",
            Request::Survey { .. } => "survey",
            Request::Case(_) | Request::Kept(_) => "case",
            Request::File { .. } => "file",
            Request::Outline(_) => "outline",
            Request::Colours { .. } => "colours",
            Request::Search { .. } => "search",
            Request::Tree { .. } => "tree",
            Request::Alike(_) => "alike",
            Request::Differences { .. } => "differences",
            Request::Act { .. } => "act",
            Request::Runs(_) => "runs",
            Request::Remedies(_) => "remedies",
            Request::Models(_) => "models",
            Request::Gate(_) => "gate",
            Request::Find(_) => "find",
            Request::Filters(_) => "filters",
            Request::Named(_) => "named",
        };
        *self.asked.entry(word).or_default() += 1;
        match request {
            Request::Filters(keep) => {
                match keep {
                    Keep::Read => {}
                    Keep::Save(name, text) => drop(self.saved.insert(name, text)),
                    Keep::Forget(name) => drop(self.saved.remove(&name)),
                    Keep::Rename(from, to) => {
                        let text = self.saved.remove(&from).unwrap();
                        self.saved.insert(to, text);
                    }
                }
                Reply::Filters(Saved::new(self.saved.clone()))
            }
            Request::Named(names) => {
                let names = names.into_iter().filter_map(|name| Some((name, self.number(name)?)));
                Reply::Named(names.collect())
            }
            Request::Find(wanted) => {
                match find(None, &self.docket, wanted, &mut Selections::default(), &|| false) {
                    Ok(found) => Reply::Found(found.unwrap_or_else(|| Found::Nothing("nobody waits".into()))),
                    Err(error) => Reply::Failed(error.to_string()),
                }
            }
            Request::Alike(case) => Reply::Alike(Box::new(self.alike(case))),
            Request::Differences { case, others } => {
                let differs =
                    |case| Difference { case, scope: format!("scope{case}"), ..Difference::default() };
                Reply::Differences { case, differences: others.into_iter().map(differs).collect() }
            }
            Request::List { turn, filter, grouping, only, .. } => {
                let (mut cases, groups) = self.grouped(grouping);
                // What the tools said is not there to be searched: words leave all in, and so do groups here.
                if let (Grouping::None, Ok(left)) = (grouping, self.docket.select(&filter, None)) {
                    cases = left;
                }
                if let Some(only) = only {
                    cases = only.to_vec();
                }
                let (version, drawn, tally) = (self.version, self.drawn.clone(), self.tally());
                Reply::Listed { turn, version, is_part: false, cases: cases.into(), groups, drawn, tally }
            }
            Request::Follow { .. } => {
                self.version += 1;
                let (version, tally) = (self.version, self.tally());
                let (come, left) = std::mem::take(&mut self.differs);
                Reply::Followed { version, tally, come, left }
            }
            Request::Rows(cases) => Reply::Rows(cases.into_iter().map(|case| self.listed(case)).collect()),
            Request::Recount { turn, .. } => {
                let (_, groups) = self.grouped(self.state.docket.grouping);
                Reply::Recounted { turn, groups }
            }
            Request::Survey { ticket, cases, range } => {
                Reply::Surveyed { ticket, survey: self.survey(&cases[range]) }
            }
            Request::Case(case) => Reply::Case(Box::new(self.view(case)), Some(Arc::new(code()))),
            Request::Kept(listed) => Reply::Case(Box::new(CaseView::sample(*listed)), Some(Arc::new(code()))),
            Request::Search { file, text } => {
                Reply::Hits(crate::jobs::Hits::find(&file, &text, &|| false).unwrap())
            }
            Request::Tree { ticket, ask } => Reply::Tree { ticket, told: self.answer_of_tree(ask) },
            Request::File { path, .. } => Reply::File(path, None),
            Request::Outline(file) => Reply::Outlined(file),
            Request::Colours { file, lines, .. } => {
                let spans = lines.clone().map(|line| {
                    let end = u32::try_from(file.line(line).map_or(0, str::len)).unwrap();
                    vec![Span { end: end.min(4), class: Class::Plain }, Span { end, class: Class::Keyword }]
                });
                Reply::Colours { first: lines.start, lines: spans.collect(), file: Arc::clone(&file) }
            }
            Request::Runs(request) => Reply::Runs(self.answer_of_runs(request)),
            Request::Remedies(request) => Reply::Remedies(self.answer_of_remedies(request)),
            Request::Models(request) => Reply::Models(self.answer_of_models(request)),
            Request::Gate(request) => Reply::Gate(self.answer_of_gate(request)),
            Request::Act { ticket, .. } if self.fails => {
                Reply::Refused { ticket, why: "the disk is full".into() }
            }
            Request::Act { ticket, act, .. } => {
                let before = self.decided.clone();
                self.version += 1;
                let judged = |it: &Decided| it.values().filter(|known| known.0.is_some()).count() as i64;
                let spoken_of = match &act {
                    Do::Remedy { remedy, .. } => Some(remedies::case_of(*remedy)),
                    Do::Undo => self.fates_before.last().map(|(remedy, _)| remedies::case_of(*remedy)),
                    _ => None,
                };
                let given = match &act {
                    Do::Judge(cases, _) => cases.clone(),
                    _ => Vec::new(),
                };
                let what = self.act(act);
                let decided = judged(&self.decided) - judged(&before);
                let all: Vec<u32> = before.keys().chain(self.decided.keys()).copied().collect();
                let changed = all.into_iter().filter(|case| before.get(case) != self.decided.get(case));
                let changed = changed.chain(spoken_of).chain(given);
                let mut rows: Vec<Listed> = changed.map(|case| self.listed(case)).collect();
                rows.sort_by_key(|row| row.number);
                rows.dedup_by_key(|row| row.number);
                let (version, count, tally) = (self.version, rows.len(), self.tally());
                Reply::Saved { ticket, version, what, count, decided, rows, tally }
            }
        }
    }

    fn act(&mut self, act: Do) -> &'static str {
        let before = self.decided.clone();
        let given = self.decided.values().find_map(|known| known.0);
        let mut set = |cases: Vec<u32>, change: &dyn Fn(&mut Known)| {
            for case in cases {
                change(self.decided.entry(case).or_default());
            }
        };
        let what = match act {
            Do::Judge(cases, with) => {
                set(cases, &|known| known.0 = Some(with.opinion));
                with.opinion.word()
            }
            Do::Spread { cases, .. } => {
                set(cases, &|known| known.0 = given);
                "spread"
            }
            Do::TakeBack(_) => {
                // An act that undo goes past.
                let alike = &self.alike;
                self.decided.retain(|case, _| !alike.contains(case));
                return "taken back";
            }
            Do::Remedy { remedy, act } => return self.act_on_remedy(remedy, act),
            Do::Note(..) => "noted",
            Do::Rank(cases, rank) => {
                set(cases, &|known| known.1 = rank);
                "ranked"
            }
            Do::Pin(cases, on) => {
                set(cases, &|known| known.2 = on);
                "pinned"
            }
            Do::Undo if self.undo_of_remedy().is_some() => return "taken back",
            Do::Undo => {
                let Some(then) = self.past.pop() else { return "nothing to undo" };
                self.future.push(std::mem::replace(&mut self.decided, then));
                return "taken back";
            }
            Do::Redo => {
                let Some(then) = self.future.pop() else { return "nothing to redo" };
                self.past.push(std::mem::replace(&mut self.decided, then));
                return "given again";
            }
        };
        self.decided.retain(|_, known| *known != Known::default());
        self.past.push(before);
        self.future.clear();
        what
    }

    fn alike(&self, case: u32) -> Alike {
        let verdict = |case: &u32| self.decided.get(case).and_then(|known| known.0);
        let open = |other: &&u32| **other != case && verdict(other).is_none();
        Alike {
            case,
            given: verdict(&case).filter(|it| *it != Opinion::Unsure).map(|it| (EntryId::default(), it)),
            cases: self.alike.iter().filter(open).copied().collect(),
            is_complete: true,
            ..Alike::default()
        }
    }

    /// A case as it is answered from what was kept of it.
    pub(super) fn view_as_kept(&self, case: u32) -> Reply {
        let listed = Listed { version: 0, ..self.listed(case) };
        Reply::Case(Box::new(CaseView::sample(listed)), Some(Arc::new(code())))
    }

    pub(super) fn tally(&self) -> Tally {
        let settled =
            self.decided.values().filter(|known| known.0.is_some_and(|it| it != Opinion::Unsure)).count();
        let stale = self.docket.tally().stale;
        Tally {
            open: (self.cases as usize).saturating_sub(settled + stale),
            settled,
            stale,
            ..Tally::default()
        }
    }

    /// By rule thirty cases are alike, by file three, by weakness every second, by directory all.
    fn grouped(&self, grouping: Grouping) -> (Vec<u32>, Arc<Groups>) {
        let of = |case: u32| match grouping {
            Grouping::None => None,
            Grouping::Rule => Some(format!("rule-{}", case / 30)),
            Grouping::File => Some(format!("src/file{}.py", case / 3)),
            Grouping::Cwe => Some(format!("CWE-{}", 89 + case % 2)),
            Grouping::Directory => Some("src/".to_owned()),
        };
        let mut parts: Vec<(String, Vec<u32>)> = Vec::new();
        for case in 1..=self.cases {
            let Some(name) = of(case) else { return ((1..=self.cases).collect(), Arc::default()) };
            // Like ones are not far from each other in this world.
            match parts.iter_mut().rev().take(2).find(|(known, _)| *known == name) {
                Some((_, cases)) => cases.push(case),
                None => parts.push((name, vec![case])),
            }
        }
        let tallies: Vec<(String, Tally)> =
            parts.iter().map(|(name, cases)| (name.clone(), self.survey(cases).tally)).collect();
        (parts.into_iter().flat_map(|part| part.1).collect(), Arc::new(Groups::sample(&tallies)))
    }

    fn survey(&self, cases: &[u32]) -> Survey {
        let settled: CaseSet =
            cases.iter().filter(|&&case| self.listed(case).standing.state == Standing::Settled).collect();
        let tally = Tally { open: cases.len() - settled.len(), settled: settled.len(), ..Tally::default() };
        let tools = vec![("bandit".to_owned(), cases.len()), ("semgrep".to_owned(), cases.len())];
        Survey { tally, severities: [0, 0, 0, cases.len(), 0], tools, settled }
    }

    pub(super) fn listed(&self, case: u32) -> Listed {
        let (verdict, rank, pinned) = self.decided.get(&case).copied().unwrap_or_default();
        let state = match verdict {
            Some(Opinion::Unsure) | None => Standing::Open,
            Some(_) => Standing::Settled,
        };
        let remedied = self.remedied.contains(&case);
        let standing =
            Overlay { pinned, rank, remedied, ..Overlay::new(state, verdict.map(|it| (it, Basis::Human))) };
        let title = format!("SQL Injection number {case}");
        Listed { title, standing, version: self.version, ..Listed::sample(case) }
    }

    fn number(&self, name: CaseId) -> Option<u32> {
        (1..=self.cases).find(|case| self.docket.name(*case) == Some(name))
    }

    pub(super) fn view(&self, case: u32) -> CaseView {
        let history = self.histories.get(&case).cloned().unwrap_or_default();
        CaseView { history, ..CaseView::sample(self.listed(case)) }
    }
}

/// What is on the screen, line by line.
pub(super) fn shown(world: &World) -> Vec<String> {
    let (columns, rows) = world.state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns.max(1), rows.max(1))).unwrap();
    terminal.draw(|frame| draw(frame, &world.state)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let cells = buffer.content.chunks(usize::from(columns.max(1)));
    cells.map(|line| line.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
}

/// A file of forty lines.
fn code() -> CodeFile {
    let text: String = (1..=40).map(|line| format!("    call_{line}(uid)\n")).collect();
    let mut file = CodeFile::new("src/db.py", text, 1, true);
    file.scopes = vec![(10, 20, "def find(self, uid)".into())];
    file.marks = vec![(17, 2)];
    file
}
