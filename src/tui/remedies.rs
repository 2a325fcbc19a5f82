//! The screen of remedies: the cases that have one, and the remedy that one is at, with its checks.

mod act;
mod moving;
mod reply;
#[cfg(test)]
mod tests;

use ratatui::layout::Rect;
use rustc_hash::{FxHashMap, FxHashSet};

use super::effect::Effect;
use super::layout::{self, Panes};
use super::listing::{Listing, Split};
use super::state::State;
use crate::domain::RemedyId;
use crate::jobs::{Became, Doing, RemedyCase, RemedyEntry, RemedyPage, RemedyRequest, Request};
use crate::remedy::Sound;

pub(super) use act::{act, click, key, wheel, written};
pub(super) use moving::{refused, saved};
pub(super) use reply::{answered, changed, edited};

/// From so many columns on the list stands beside the difference.
const WIDE: u16 = 110;
/// From so many columns on before and after stand side by side, where nobody says otherwise.
const BESIDE: u16 = 96;
/// With fewer columns they cannot.
const BESIDE_LEAST: u16 = 48;
/// Columns of an alternative beside others: two have room in a terminal of eighty.
const ALTERNATIVE: u16 = 40;
/// Lines of what a model writes that are shown at most, with what is told above them.
const WRITTEN: u16 = 16;
/// Where the difference has fewer lines, there is one that tells what is being proposed.
const ROOM_TO_WRITE: u16 = 8;
/// So many functions are kept.
const MOST_SCOPES: usize = 10_000;

/// Which cases the list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Shown {
    /// Those of the docket's list that have a remedy.
    #[default]
    With,
    /// Those of the docket's list that got nothing of use: for a broader review.
    Review,
    /// Every case that has a remedy, whatever the docket's filter.
    All,
}

impl Shown {
    const fn next(self) -> Self {
        match self {
            Self::With => Self::Review,
            Self::Review => Self::All,
            Self::All => Self::With,
        }
    }

    /// What the list is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::With => "remedies",
            Self::Review => "for broader review",
            Self::All => "remedies of every case",
        }
    }
}

/// How many cases of the list there are of each fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fates {
    /// Nobody has spoken of their remedies.
    pub open: usize,
    /// One is accepted.
    pub accepted: usize,
    /// One is in a source tree.
    pub applied: usize,
    /// All that were spoken of were refused.
    pub refused: usize,
    /// It is hidden until the reviewer's own verdict.
    pub hidden: usize,
}

impl Fates {
    /// Counts one more case.
    pub(super) const fn count(&mut self, became: Became, is_hidden: bool) {
        let number = match became {
            _ if is_hidden => &mut self.hidden,
            Became::Undecided => &mut self.open,
            Became::Accepted => &mut self.accepted,
            Became::Applied => &mut self.applied,
            Became::Refused => &mut self.refused,
        };
        *number += 1;
    }

    /// Those that there are, with a word each.
    pub(super) fn words(self) -> impl Iterator<Item = (usize, &'static str)> {
        let all = [
            (self.open, "open"),
            (self.accepted, "accepted"),
            (self.applied, "applied"),
            (self.refused, "refused"),
            (self.hidden, "hidden"),
        ];
        all.into_iter().filter(|(many, _)| *many > 0)
    }
}

/// The screen of remedies.
#[derive(Debug, Default)]
pub struct RemedyScreen {
    /// The cases listed.
    pub entries: Listing<RemedyEntry>,
    /// What became of them.
    pub fates: Fates,
    /// The functions that they are in, as far as they were in sight.
    pub scopes: FxHashMap<u32, String>,
    /// Which they are.
    pub shown: Shown,
    /// The remedies of the case asked for last, once they have come.
    pub open: Option<RemedyCase>,
    /// Which of them one is at.
    pub page: usize,
    /// Rows of the difference, or lines of the checks, above the screen.
    pub scroll: usize,
    /// Columns of the difference left of the screen.
    pub left: usize,
    /// Whether before and after stand side by side; `None`: by the width.
    pub beside: Option<bool>,
    /// Whether there is as much around the changes as there is.
    pub is_whole: bool,
    /// Whether the checks are shown in the place of the difference.
    pub shows_checks: bool,
    /// Whether the remedies of the case stand side by side.
    pub shows_all: bool,
    /// Whether the list is hidden.
    pub hides_list: bool,
    /// The case to be at when the list comes.
    wanted: Option<u32>,
    /// What was just made of a remedy, to be at when it comes.
    made: Option<RemedyId>,
    /// Where one stood when acts were asked for that are not on disk.
    stood: FxHashMap<u64, moving::Stood>,
    /// Cases whose functions were asked for.
    asked: FxHashSet<u32>,
}

/// The places of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    /// The list.
    pub(super) list: Rect,
    /// Lines that a case takes in it.
    pub(super) lines: u16,
    /// The line between list and difference.
    pub(super) rule: Rect,
    /// What the remedy is.
    pub(super) heading: Rect,
    /// The difference.
    pub(super) diff: Rect,
    /// What is being proposed, while something is.
    pub(super) written: Rect,
    /// What was checked.
    pub(super) checks: Rect,
}

impl Places {
    /// The places as the state has them.
    pub(super) fn of(state: &State) -> Self {
        let mut places = Self::within(&layout::of(state), state.size, state.remedies.hides_list);
        let room = places.diff.height;
        let lines = match at_work(state) {
            None => 0,
            Some((_, true)) if room >= ROOM_TO_WRITE => (room / 2).min(WRITTEN),
            Some(_) => room.min(1),
        };
        places.diff.height = room - lines;
        places.written = Rect { y: places.diff.bottom(), height: lines, ..places.diff };
        places
    }

    fn within(panes: &Panes, size: (u16, u16), hides_list: bool) -> Self {
        let Some(body) = Split::body(panes, size) else { return Self::default() };
        let is_wide = body.width >= WIDE && !hides_list;
        let split = if hides_list {
            Split { rest: body, ..Split::default() }
        } else if is_wide {
            Split::beside(body, (body.width * 3 / 10).clamp(30, 52))
        } else {
            let list = match body.height {
                0..=7 => 1,
                8..=14 => 3,
                _ => (body.height / 4).max(5),
            };
            Split::above(body, list)
        };
        let rest = split.rest;
        let mut places = Self { list: split.list, rule: split.rule, ..Self::default() };
        places.lines = if is_wide { 2 } else { 1 };
        let heading = rest.height.min(if rest.height >= 8 { 2 } else { 1 });
        let checks = match rest.height {
            0..=3 => 0,
            4..=9 => 1,
            10..=19 => 2,
            _ => 3,
        };
        places.heading = Rect { height: heading, ..rest };
        places.checks = Rect { y: rest.bottom() - checks, height: checks, ..rest };
        places.diff =
            Rect { y: rest.y + heading, height: rest.height.saturating_sub(heading + checks), ..rest };
        places
    }

    /// How many cases the list shows at a time.
    pub(super) fn rows(&self) -> usize {
        usize::from(self.list.height / self.lines.max(1))
    }
}

impl RemedyScreen {
    /// The case that one is at.
    #[must_use]
    pub fn current(&self) -> Option<&RemedyEntry> {
        self.entries.current()
    }

    /// Its remedies, once they have come.
    #[must_use]
    pub fn here(&self) -> Option<&RemedyCase> {
        self.open.as_ref().filter(|open| self.current().is_some_and(|here| here.case == open.case))
    }

    /// The remedy that one is at.
    #[must_use]
    pub fn remedy(&self) -> Option<&RemedyPage> {
        self.here()?.pages.get(self.page)
    }

    /// Whether before and after stand side by side in so many columns.
    #[must_use]
    pub fn is_beside(&self, columns: u16) -> bool {
        columns >= BESIDE_LEAST && self.beside.unwrap_or(columns >= BESIDE)
    }

    /// How many remedies stand side by side in so many columns; 1: one at a time.
    #[must_use]
    pub fn abreast(&self, columns: u16) -> usize {
        let many = self.here().map_or(0, |case| case.pages.len());
        let room = usize::from(columns / ALTERNATIVE);
        if self.shows_all { many.min(room).max(1) } else { 1 }
    }

    /// The cases in sight.
    pub(super) fn in_sight(&self) -> Vec<u32> {
        self.entries.in_sight().map(|(entry, _)| entry.case).collect()
    }

    /// Asks for the functions that cases in sight are in, where they are not known.
    pub(super) fn want_scopes(&mut self, effects: &mut Vec<Effect>) {
        let cases: Vec<u32> = self.entries.in_sight().map(|(entry, _)| entry.case).collect();
        let new: Vec<u32> = cases.into_iter().filter(|case| self.asked.insert(*case)).collect();
        if !new.is_empty() {
            effects.push(Effect::Ask(Request::Remedies(RemedyRequest::Scopes(new))));
        }
    }

    /// The code is another than before: what is known of it is asked for anew.
    pub(super) fn forget_scopes(&mut self) {
        self.scopes.clear();
        self.asked.clear();
    }

    /// Goes to a place of the list.
    pub(super) fn go(&mut self, to: usize, effects: &mut Vec<Effect>) {
        let before = self.current().map(|entry| entry.case);
        self.entries.go(to);
        self.is_at(before, effects);
    }

    /// One was at a case, and now is where one is.
    fn is_at(&mut self, before: Option<u32>, effects: &mut Vec<Effect>) {
        if self.current().map(|entry| entry.case) != before {
            (self.page, self.scroll, self.left) = (0, 0, 0);
        }
        if self.here().is_none_or(|open| open.is_whole != self.is_whole) {
            effects.extend(self.want());
        }
    }

    /// Asks for the remedies of the case that one is at.
    fn want(&self) -> Option<Effect> {
        let case = self.current()?.case;
        let request = RemedyRequest::Open { case, is_whole: self.is_whole };
        Some(Effect::Ask(Request::Remedies(request)))
    }
}

/// Asks for the list as the state has it.
pub(super) fn list(state: &State) -> Effect {
    let only = match state.remedies.shown {
        Shown::All => None,
        // The docket's filter is the list's: what is not known yet leaves nothing out.
        Shown::With | Shown::Review => state.docket.is_listed.then(|| state.docket.cases.clone()),
    };
    Effect::Ask(Request::Remedies(RemedyRequest::List(only)))
}

/// The screen is shown: what it had may be others' by now.
pub(super) fn shown(state: &mut State, effects: &mut Vec<Effect>) {
    effects.push(list(state));
    effects.extend(state.remedies.want());
}

/// Shows the screen, at a case.
pub(super) fn show_case(state: &mut State, case: u32, effects: &mut Vec<Effect>) {
    state.which = super::state::Which::Remedies;
    state.remedies.wanted = Some(case);
    if let Some(at) = state.remedies.entries.items().iter().position(|entry| entry.case == case) {
        state.remedies.go(at, effects);
    }
    effects.push(list(state));
}

/// Whether what is proposed for a case is hidden from the reviewer.
#[must_use]
pub(super) fn hides(state: &State, case: u32, is_judged: bool) -> bool {
    (state.settings.blind && !is_judged) || state.docket.is_back(case)
}

/// Whether the remedies of the case that one is at are.
#[must_use]
pub(super) fn hides_here(state: &State) -> bool {
    state.remedies.current().is_some_and(|entry| hides(state, entry.case, entry.is_judged))
}

/// What is being proposed and may be shown here, and whether in full: what was asked for alone, or for the case that one is
/// at. Of others one line is enough.
pub(super) fn at_work(state: &State) -> Option<(&Doing, bool)> {
    let running = state.proposing.running.as_ref()?;
    let doing = state.proposing.doing.as_ref()?;
    let row = state.docket.rows.get(&doing.case);
    let is_unjudged = state.settings.blind && row.is_none_or(|row| state.settings.hides(&row.standing));
    let is_hidden = is_unjudged || state.docket.is_back(doing.case);
    let is_here = state.remedies.current().is_some_and(|entry| entry.case == doing.case);
    (!is_hidden).then_some((doing, is_here || running.of <= 1))
}

/// Whether a remedy may be believed, in words.
#[must_use]
pub(super) const fn sound_words(sound: Sound) -> &'static str {
    match sound {
        Sound::Yes => "sound",
        Sound::Unproven => "unproven",
        Sound::No => "not sound",
    }
}
