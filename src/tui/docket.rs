//! The docket's screen: the list, the code and the case, and where one is in each.

mod act;
mod back;
mod complete;
mod copy;
mod groups;
mod jump;
mod pending;
mod reply;
mod search;
mod seen;
mod selection;
mod sight;
mod spread;
mod version;
mod walk;

use complete::Completing;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::effect::Effect;
use super::layout::{Hidden, Widths};
use super::note::Note;
use super::view::Details;
use crate::docket::{CaseSet, Filter, Grouping, Order, Survey, Tally};
use crate::domain::Opinion;
use crate::jobs::{CaseView, CodeFile, InTree, Listed, Request, Scrolled};
use crate::source::Span;
pub use groups::{Line, Outline};
pub use pending::{Just, Pending};
use search::Search;
pub(in crate::tui) use seen::tells_of_others;
use sight::Marked;
pub use sight::Step;
pub(in crate::tui) use sight::{digits, gutter};
pub(super) use spread::Next;
pub use spread::{LikeList, Spread};
use version::Versions;

/// The screen of the docket.
#[derive(Debug, Default)]
pub struct DocketScreen {
    /// The cases listed, by number. The list stays as it is while cases are decided: nothing jumps.
    pub cases: Arc<[u32]>,
    /// The case of the list that one is at, or whose heading one is at.
    pub cursor: usize,
    /// Whether one is at the heading of the group that the case is the first of.
    pub is_heading: bool,
    /// What the list is grouped by.
    pub grouping: Grouping,
    /// Its groups, and which are folded.
    pub outline: Outline,
    /// The first line of the list that is on the screen.
    pub top: usize,
    /// Lines of the list that are shown at a time, each a case or a heading.
    pub height: usize,
    /// What the list shows of the cases in sight.
    pub rows: FxHashMap<u32, Listed>,
    /// Cases that were asked for and have not come.
    asked: FxHashSet<u32>,
    /// Cases that were drawn at random and stand outside the order; those that came back among them, since nothing may
    /// tell these from the others.
    pub drawn: FxHashSet<u32>,
    /// Cases that came back to be judged as if nobody had, and how they were settled, where it came with their row.
    pub(super) back: FxHashMap<u32, Option<Opinion>>,
    /// Cases selected.
    pub selected: CaseSet,
    /// Where in the list the last one was selected.
    anchor: usize,
    /// By what the cases were listed; another list may have been asked for since.
    pub(super) listed_by: (Filter, Order),
    /// The lists that were asked for.
    pub lists: Lists,
    /// What was noticed of the reviewer's work.
    pub noticed: Noticed,
    /// The filter in force.
    pub filter: Filter,
    /// As it was written.
    pub filter_text: String,
    /// Why the text being written is no filter.
    pub filter_error: Option<String>,
    /// The order.
    pub order: Order,
    /// How many cases stand where.
    pub tally: Tally,
    /// Whether the first list has come.
    pub is_listed: bool,
    /// What is shown until then: the cases that were in sight the last time, and where in their list they were.
    pub page: Option<Page>,
    /// Where one was in a case the last time.
    pub(super) scrolled: Option<Scrolled>,
    /// The case before the reviewer.
    pub open: Option<Open>,
    /// Acts that are not on disk yet.
    pub pending: FxHashMap<u64, Pending>,
    /// What the last key asked the writer for.
    pub just: Just,
    /// How far an act on many cases is: its number, how many of them are done, and of how many.
    pub(super) saving: Option<(u64, (usize, usize))>,
    /// Notes that could not be saved, and are written on when the next one is asked for.
    pub(super) unsaved: Vec<Note>,
    /// The widths of the panes.
    pub widths: Widths,
    /// The panes that are not shown.
    pub hidden: Hidden,
    /// Whether the details are shown where there is no room for both.
    pub shows_details: bool,
    /// What the group at whose heading one is consists of.
    pub survey: Option<Survey>,
    /// The survey asked for last, and the group that it is of.
    surveying: Option<(u64, usize)>,
    /// What is looked for in the code.
    pub search: Search,
    /// The cases that the last verdict may be spread to.
    pub spread: Spread,
    /// Which versions of the docket all this comes from.
    versions: Versions,
    /// Whether the case's details have its worth, term by term.
    pub shows_worth: bool,
    /// What may be written while a filter is written.
    pub completing: Completing,
    /// The act asked for last.
    ticket: u64,
}

/// The lists that were asked for, as far as they have come.
#[derive(Debug, Default)]
pub struct Lists {
    /// The one asked for last, and the one that came last.
    turn: u64,
    came: u64,
    /// By what the last one is listed.
    asked_by: (Filter, Order),
    /// Whether the list is the beginning of a search of which the rest is still to come, and the case that one was at
    /// before it.
    pub is_searching: bool,
    searched_from: Option<u32>,
    /// The case to be at when the list comes.
    returns_to: Option<u32>,
    /// Whether the filter would leave in other cases by now than those listed.
    pub has_changed: bool,
    /// How many more, where none of those listed would be left out.
    pub more: Option<usize>,
    /// Whether the list is to be made anew once the docket is up to date: this reviewer imported something.
    pub(super) relists: bool,
}

/// What was noticed of the reviewer's work: it is kept with each decision.
#[derive(Debug, Default)]
pub struct Noticed {
    /// Cases whose row stood on the screen for a while, and those judged by themselves.
    pub seen: CaseSet,
    /// The cases whose rows are on the screen, and since when nothing else is.
    stands: (Vec<u32>, u64),
    /// Cases of which the reviewer has seen what is proposed.
    pub(super) remedies_seen: FxHashSet<u32>,
    /// Whether the case at hand was gone to past others, and did not come by itself.
    pub(super) is_jumped_to: bool,
    /// Milliseconds of work on cases that were at hand and are not judged yet, all visits together.
    spent: FxHashMap<u32, u64>,
    /// A case that the list holds though the filter leaves it out: it was gone to by its name.
    guest: Option<u32>,
    /// Cases of which it was on the screen what was said of them: they do not come back in this sitting.
    known: FxHashSet<u32>,
}

/// A part of a list, kept from the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Where in the list its first case was.
    pub first: usize,
    /// How many cases the list had.
    pub many: usize,
}

/// The case before the reviewer, with its code.
#[derive(Debug)]
pub struct Open {
    /// Everything known of it.
    pub view: Box<CaseView>,
    /// Its code.
    pub code: Option<Arc<CodeFile>>,
    /// The file shown in its stead: a step of the data flow elsewhere; `None` inside where it was not kept.
    pub other: Option<(String, Option<Arc<CodeFile>>)>,
    /// The first line of code on the screen.
    pub top: u32,
    /// Columns of code left of the screen.
    pub left: usize,
    /// The step of the first data flow that is shown.
    pub step: Option<usize>,
    /// Lines of the details above the screen.
    pub scroll: usize,
    /// Whether the details show the step instead, wherever it stands among them.
    pub follows: bool,
    /// What the lines of the file on the screen consist of, as far as it is known.
    pub colours: FxHashMap<u32, Vec<Span>>,
    /// The file whose functions and classes were asked for last.
    outlined: Option<Arc<CodeFile>>,
    /// Columns and lines that the code has room for.
    pub room: (u16, u16),
    /// The lines whose colours were asked for last.
    asked: std::ops::Range<u32>,
    /// The file that was asked about, and whether the source tree still has it so.
    pub compared: Option<(Arc<CodeFile>, Option<InTree>)>,
    /// What is flagged by columns.
    marked: Option<Marked>,
    /// What is shown of the case, wrapped.
    pub(super) details: Details,
    /// Whether the code is to use its lines well, once it is known how many it has.
    fills: bool,
    /// A line and bytes of it to be brought into sight when it is known how much there is room for.
    reveals: Option<(u32, std::ops::Range<usize>)>,
}

impl Open {
    /// A case that has come.
    pub(super) fn new(view: Box<CaseView>, code: Option<Arc<CodeFile>>) -> Self {
        Self {
            view,
            code,
            other: None,
            top: 1,
            left: 0,
            step: None,
            scroll: 0,
            follows: false,
            outlined: None,
            colours: FxHashMap::default(),
            room: (0, 0),
            asked: 0..0,
            compared: None,
            marked: None,
            details: Details::default(),
            fills: false,
            reveals: None,
        }
    }

    /// The file on the screen.
    #[must_use]
    pub fn file(&self) -> Option<&Arc<CodeFile>> {
        match &self.other {
            Some((_, file)) => file.as_ref(),
            None => self.code.as_ref(),
        }
    }

    /// What is known of the case is another: what is shown of it is wrapped anew.
    pub(super) fn forget_details(&mut self) {
        self.details = Details::default();
    }

    /// Another file is on the screen.
    fn forget_colours(&mut self) {
        self.colours.clear();
        self.asked = 0..0;
    }

    /// Asks for the colours of lines in sight that have none.
    fn want_colours(&mut self, height: u16) -> Option<Effect> {
        let file = self.file().filter(|file| file.is_whole).map(Arc::clone)?;
        let sight = self.top..self.top.saturating_add(u32::from(height)).min(file.end());
        if sight.is_empty() || (self.asked.start <= sight.start && sight.end <= self.asked.end) {
            return None;
        }
        // A screen more on either side: scrolling on finds them there.
        let lines = sight.start.saturating_sub(u32::from(height)).max(1)
            ..sight.end.saturating_add(u32::from(height)).min(file.end());
        self.asked = lines.clone();
        Some(Effect::Ask(Request::Colours { file, lines, sight }))
    }
}

impl DocketScreen {
    /// The case that one is at; none where that is a heading.
    #[must_use]
    pub fn current(&self) -> Option<u32> {
        self.cases.get(self.cursor).copied().filter(|_| !self.is_heading)
    }

    /// Where in the list one is, counted from 1, and how many cases it has; nothing before any is known.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        match self.page {
            Some(page) => Some((page.first + self.cursor + 1, page.many)),
            None if !self.is_listed => None,
            None if self.cases.is_empty() => Some((0, 0)),
            None => Some((self.cursor + 1, self.cases.len())),
        }
    }

    /// Asks for the case that one is at: without a docket, by what was kept of it.
    pub(super) fn want_case(&self) -> Option<Effect> {
        let case = self.current()?;
        let kept = self.page.and_then(|_| self.rows.get(&case));
        Some(Effect::Ask(match kept {
            Some(row) => Request::Kept(Box::new(row.clone())),
            None => Request::Case(case),
        }))
    }

    /// The case before the reviewer, if it is the one that one is at and has come.
    #[must_use]
    pub fn here(&self) -> Option<&Open> {
        self.open.as_ref().filter(|open| Some(open.view.listed.number) == self.current())
    }

    pub(super) fn here_mut(&mut self) -> Option<&mut Open> {
        let current = self.current();
        self.open.as_mut().filter(|open| Some(open.view.listed.number) == current)
    }

    /// Asks for what the code on the screen still lacks.
    pub(super) fn want_colours(&mut self, height: u16, effects: &mut Vec<Effect>) {
        effects.extend(self.here_mut().and_then(|open| open.want_colours(height)));
    }

    /// A number that an answer is known by.
    pub(super) const fn next_ticket(&mut self) -> u64 {
        self.ticket += 1;
        self.ticket
    }

    /// The number of what was asked for last.
    pub(super) const fn last_ticket(&self) -> u64 {
        self.ticket
    }

    /// Whether another list, or more of this one, is on its way.
    pub(super) const fn is_loading(&self) -> bool {
        self.page.is_some() || self.lists.is_searching || self.lists.came != self.lists.turn
    }

    /// Asks for the list anew.
    pub(super) fn list(&mut self, reload: bool) -> Effect {
        self.lists.turn += 1;
        let (turn, filter, order) = (self.lists.turn, self.filter.clone(), self.order);
        self.lists.asked_by = (filter.clone(), order);
        let only = self.spread.list.as_ref().map(|list| Arc::clone(&list.cases));
        let grouping = if only.is_some() { Grouping::None } else { self.grouping };
        Effect::Ask(Request::List { turn, filter, order, grouping, reload, only })
    }
}
