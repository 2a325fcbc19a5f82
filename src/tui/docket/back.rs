//! Cases that come back to be judged as if nobody had: what was said of them is taken out of all that comes of them until
//! the new verdict is on disk.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{DocketScreen, Pending};
use crate::docket::Drawn;
use crate::domain::Opinion;
use crate::jobs::{CaseView, Listed};

impl DocketScreen {
    /// A list came with cases outside its order. What is on the screen of a case that comes back, or does not any more, is
    /// forgotten, and asked for anew.
    pub(super) fn take_drawn(&mut self, Drawn { at_random, back }: Drawn) {
        let known = &self.noticed.known;
        let back: FxHashSet<u32> = back.into_iter().filter(|case| !known.contains(case)).collect();
        let came = back.iter().filter(|case| !self.back.contains_key(case));
        let went = self.back.keys().filter(|case| !back.contains(case));
        let changed: FxHashSet<u32> = came.chain(went).copied().collect();
        self.rows.retain(|case, _| !changed.contains(case));
        self.open.take_if(|open| changed.contains(&open.view.listed.number));
        self.drawn = at_random.into_iter().chain(back.iter().copied()).collect();
        let before = std::mem::take(&mut self.back);
        let settled = |case: u32| before.get(&case).copied().flatten();
        self.back = back.into_iter().map(|case| (case, settled(case))).collect::<FxHashMap<_, _>>();
    }

    /// Whether what was said of a case is hidden since it came back.
    pub(in crate::tui) fn is_back(&self, case: u32) -> bool {
        self.back.contains_key(&case)
    }

    /// Takes out of a row what was said of its case, where it came back.
    pub(super) fn hide_in_row(&mut self, row: &mut Listed) {
        if let Some(settled) = self.back.get_mut(&row.number) {
            // As it was first: a row may know of the new verdict before that is told.
            *settled = settled.or(row.standing.verdict);
            row.standing = row.standing.unjudged();
        }
    }

    /// Takes out of a case what was said of it, where it came back. Before the first list nobody knows which did: then of
    /// whatever was kept as open.
    pub(super) fn hide_in_view(&mut self, view: &mut CaseView) {
        let was_open = self.page.is_some() && view.listed.standing.verdict.is_none();
        if was_open || self.is_back(view.listed.number) {
            self.hide_in_row(&mut view.listed);
            view.forget_what_was_said();
        }
    }

    /// An act is on disk: a case that came back and was judged is as every other from now on. Gives how it was settled
    /// before, where it is one case.
    pub(super) fn show_again(&mut self, act: &Pending) -> Option<Option<Opinion>> {
        act.judges?;
        let mut settled = None;
        for case in act.cases.iter() {
            if let Some(before) = self.back.remove(&case) {
                self.drawn.remove(&case);
                self.noticed.known.insert(case);
                settled = Some(before);
            }
        }
        settled.filter(|_| act.cases.len() == 1)
    }
}
