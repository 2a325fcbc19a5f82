//! What several said, side by side: the reviewers of one case, or two cases that contradict each other with their code.
//!
//! It never decides whether any of it may be shown: whoever opens it does.

use super::action::Action;
use super::effect::Effect;
use super::key::Key;
use super::layout;
use super::modal::Modal;
use super::state::{State, Which};
use super::theme::Part;
use super::update::{filter_by, scrolled};
use super::view::{moment, sides};
use crate::domain::{Basis, CaseId};
use crate::jobs::{CaseView, PastView};
use crate::ledger::{Act, Verdict};

/// What stands side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// What it is about.
    pub title: String,
    /// From the left.
    pub sides: Vec<Side>,
    /// The cases, where there are two.
    pub cases: Option<[CaseId; 2]>,
    /// Lines above the screen.
    pub scroll: usize,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Side(pub Vec<SideLine>);

/// A line of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideLine {
    /// Words, which are wrapped.
    Words(String, Part),
    /// Code, which is cut: its line, its text, and whether it is flagged.
    Code(u32, String, bool),
}

impl Side {
    fn say(&mut self, words: impl Into<String>, part: Part) {
        self.0.push(SideLine::Words(words.into(), part));
    }
}

impl Sides {
    /// What each reviewer said of a case; nothing where fewer than two did.
    #[must_use]
    pub fn of_reviewers(view: &CaseView, own: &str) -> Option<Self> {
        let said = last_words(view);
        if said.len() < 2 {
            return None;
        }
        let sides = said.iter().map(|(past, verdict)| {
            let mut side = Side::default();
            let reviewer = past.entry.reviewer.as_str();
            let name = if reviewer == own { format!("{reviewer} (you)") } else { reviewer.to_owned() };
            side.say(name, Part::Heading);
            verdict_lines(&mut side, verdict);
            let notes =
                view.history.iter().filter(|other| other.in_force && other.entry.reviewer == reviewer);
            for note in notes {
                if let Act::Note(note) = &note.entry.act {
                    side.say(format!("noted: {}", note.text), Part::Text);
                }
            }
            side.say("", Part::Text);
            side.say(moment(past.entry.clock.wall_ms), Part::Quiet);
            let on_screen = verdict.seen.as_ref().is_some_and(|seen| seen.code_on_screen);
            side.say(
                if on_screen { "with the code on screen" } else { "without the code on screen" },
                Part::Quiet,
            );
            side
        });
        let title = format!("{} · {}", view.listed.heading(), view.listed.place());
        Some(Self { title, sides: sides.collect(), cases: None, scroll: 0 })
    }

    /// Two cases that are nearly the same, what was said of each, and their code.
    #[must_use]
    pub fn of_cases(views: &[CaseView; 2], own: &str) -> Self {
        let sides = views.iter().map(|view| {
            let mut side = Side::default();
            side.say(view.listed.heading(), Part::Heading);
            side.say(view.listed.place(), Part::Text);
            for (past, verdict) in last_words(view) {
                let reviewer = past.entry.reviewer.as_str();
                let you = if reviewer == own { " (you)" } else { "" };
                side.say(format!("{reviewer}{you}, {}", moment(past.entry.clock.wall_ms)), Part::Quiet);
                verdict_lines(&mut side, verdict);
            }
            side.say("", Part::Text);
            match &view.code {
                Some(code) => {
                    if !code.scope.is_empty() {
                        side.say(code.scope.clone(), Part::Quiet);
                    }
                    side.0.extend((code.first_line..).zip(&code.lines).map(|(number, line)| {
                        let is_flagged = (code.flagged.0..=code.flagged.1).contains(&number);
                        SideLine::Code(number, line.replace('\t', "    "), is_flagged)
                    }));
                }
                None => side.say("its code was not kept", Part::Quiet),
            }
            side
        });
        let sides = sides.collect();
        let cases = views.each_ref().map(|view| view.listed.name);
        Self { title: "nearly the same, and judged otherwise".into(), sides, cases: Some(cases), scroll: 0 }
    }

    /// How far it can be scrolled on a terminal of so many columns and rows.
    pub(super) fn last(&self, size: (u16, u16)) -> usize {
        sides::height(self, size.0).saturating_sub(layout::changes(size))
    }
}

/// What each reviewer said last, in the order in which they came to it.
fn last_words(view: &CaseView) -> Vec<(&PastView, &Verdict)> {
    let mut said: Vec<(&PastView, &Verdict)> = Vec::new();
    for past in view.history.iter().filter(|past| past.in_force) {
        let Act::Verdict(verdict) = &past.entry.act else { continue };
        if verdict.basis != Basis::Human {
            continue;
        }
        match said.iter_mut().find(|(known, _)| known.entry.reviewer == past.entry.reviewer) {
            // What was said again of a case that came back leaves the first, with its reason, in its place.
            Some((_, before)) if verdict.came_back() && verdict.opinion == before.opinion => {}
            Some(known) => *known = (past, verdict),
            None => said.push((past, verdict)),
        }
    }
    said
}

fn verdict_lines(side: &mut Side, verdict: &Verdict) {
    side.say(verdict.opinion.word().replace('_', " "), Part::Key);
    let reason = verdict.reason.map_or_else(
        || "no reason given".to_owned(),
        |reason| format!("because: {}", reason.word().replace('_', " ")),
    );
    side.say(reason, Part::Text);
    if let Some(until) = verdict.until {
        side.say(format!("until {until}"), Part::Text);
    }
    if !verdict.note.is_empty() {
        side.say(verdict.note.clone(), Part::Text);
    }
}

/// What each reviewer said of the case at hand is asked for.
pub(super) fn open(state: &mut State) {
    let Some(open) = state.docket.here() else { return };
    if state.settings.hides_of(&open.view) {
        state.say("what others say of it is hidden until your verdict");
        return;
    }
    match Sides::of_reviewers(&open.view, &state.settings.reviewer) {
        Some(sides) => state.modals.push(Modal::Sides(Box::new(sides))),
        None => state.say("fewer than two have judged it"),
    }
}

/// What a key does where it is open.
pub(super) fn key(
    state: &mut State,
    mut open: Box<Sides>,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    if let (crossterm::event::KeyCode::Enter, Some(cases)) = (key.code, open.cases) {
        let names = cases.map(|case| case.to_string().chars().take(12).collect::<String>());
        state.which = Which::Docket;
        filter_by(state, &format!("case:{}", names.join(",")), effects);
        return None;
    }
    let (height, last) = (layout::changes(state.size), open.last(state.size));
    open.scroll = scrolled(state, key, (open.scroll, last), height, Action::Sides)?;
    Some(Modal::Sides(open))
}
