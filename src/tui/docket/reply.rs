//! What the workers answered, taken in.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{DocketScreen, Open, Pending};
use crate::docket::{CaseSet, Drawn, Groups, Tally};
use crate::jobs::{CaseView, CodeFile, Listed, Request};
use crate::ledger::Act;
use crate::source::Span;
use crate::tui::effect::Effect;
use crate::tui::note::Note;

impl DocketScreen {
    /// A list came; an older one than was asked for last is dropped.
    pub(in crate::tui) fn listed(
        &mut self,
        (turn, is_part): (u64, bool),
        (version, tally): (u64, Tally),
        (cases, groups, drawn): (Arc<[u32]>, Arc<Groups>, Drawn),
        effects: &mut Vec<Effect>,
    ) {
        if self.versions.counts(version) {
            self.tally = tally;
        }
        if turn != self.lists.turn {
            return;
        }
        self.versions.know_all(version);
        self.listed_by.clone_from(&self.lists.asked_by);
        self.lists.came = turn;
        // What a search has found at first may lack the case that one was at; what it finds at last need not.
        let wanted = self
            .lists
            .returns_to
            .take()
            .or_else(|| self.lists.searched_from.take())
            .or_else(|| self.current());
        let at = match self.page.take() {
            Some(page) => self.found_of_page(&cases).unwrap_or(page.first + self.cursor),
            None => wanted
                .and_then(|case| {
                    cases.iter().position(|&other| other == case).or_else(|| self.nearest(&cases))
                })
                .unwrap_or(self.cursor),
        };
        self.lists.searched_from = wanted.filter(|_| is_part);
        self.lists.is_searching = is_part;
        self.noticed.guest = None;
        self.take_drawn(drawn);
        (self.is_listed, self.lists.has_changed, self.lists.more) = (true, false, None);
        self.asked.clear();
        self.put(cases, groups, at);
        self.noticed.is_jumped_to &= self.current() == wanted;
        // The case may have changed with the docket, though it stands where it stood.
        if self.here().is_none_or(|open| self.versions.is_late(&open.view.listed)) {
            effects.extend(self.want_case());
        }
        self.fetch(effects);
    }

    /// Where in a list that does not have the case one is at the nearest is that it has: behind it, else before it.
    fn nearest(&self, cases: &[u32]) -> Option<usize> {
        let (before, after) = self.cases.split_at_checked(self.cursor)?;
        let listed: CaseSet = cases.iter().collect();
        let near = after.iter().chain(before.iter().rev()).find(|case| listed.contains(case))?;
        cases.iter().position(|case| case == near)
    }

    /// Where in a list the case is that one is at in the kept page; if it is not in it, the nearest behind it, else
    /// before it.
    fn found_of_page(&self, cases: &[u32]) -> Option<usize> {
        let (before, after) = self.cases.split_at_checked(self.cursor)?;
        let places: FxHashMap<u32, usize> = {
            let wanted: FxHashSet<u32> = self.cases.iter().copied().collect();
            (0..).zip(cases).filter(|(_, case)| wanted.contains(case)).map(|(at, &case)| (case, at)).collect()
        };
        after.iter().chain(before.iter().rev()).find_map(|case| places.get(case).copied())
    }

    /// The docket is up to date with what others changed: rows become others in place and nothing moves. The list
    /// stays as it is until it is asked for anew, unless there is nothing in it that could move. Gives how many cases came
    /// just now that it does not have.
    pub(in crate::tui) fn followed(
        &mut self,
        version: u64,
        tally: Tally,
        (come, left): (usize, usize),
        effects: &mut Vec<Effect>,
    ) -> Option<usize> {
        if self.versions.counts(version) {
            self.tally = tally;
        }
        self.versions.know_all(version);
        self.asked.clear();
        let differs = come + left > 0;
        if differs {
            let before = if self.lists.has_changed { self.lists.more } else { Some(0) };
            self.lists.more = before.filter(|_| left == 0).map(|more| more + come);
        }
        self.lists.has_changed |= differs;
        if std::mem::take(&mut self.lists.relists) || (self.lists.has_changed && self.cases.is_empty()) {
            effects.push(self.list(false));
            return None;
        }
        if self.here().is_some_and(|open| self.versions.is_late(&open.view.listed)) {
            effects.extend(self.want_case());
        }
        self.fetch(effects);
        self.want_recount(effects);
        Some(come).filter(|_| come > 0 && left == 0)
    }

    /// Rows came. Those that know nothing of an act which has been told are asked for again.
    pub(in crate::tui) fn rows_came(&mut self, rows: Vec<Listed>, effects: &mut Vec<Effect>) {
        let mut is_late = false;
        for row in rows {
            self.asked.remove(&row.number);
            is_late |= !self.take(row);
        }
        if is_late {
            self.fetch(effects);
        }
    }

    /// Something could not be had: rows that were asked for and have not come may be asked for again.
    pub(in crate::tui) fn ask_again(&mut self) {
        self.asked.clear();
    }

    /// Keeps a row, unless a newer one is here; says whether it is not older than what is known.
    fn take(&mut self, mut row: Listed) -> bool {
        if self.versions.is_late(&row) {
            return false;
        }
        self.hide_in_row(&mut row);
        let newer = self.rows.get(&row.number).is_none_or(|known| known.version <= row.version);
        if newer {
            self.rows.insert(row.number, row);
        }
        true
    }

    /// A case came; if one has gone on, it is dropped. If it knows nothing of an act which has been told, it is asked
    /// for again.
    pub(in crate::tui) fn case_came(
        &mut self,
        mut view: Box<CaseView>,
        code: Option<Arc<CodeFile>>,
        effects: &mut Vec<Effect>,
    ) {
        self.hide_in_view(&mut view);
        if self.current() != Some(view.listed.number) {
            return;
        }
        if !self.take(view.listed.clone()) {
            effects.extend(self.want_case());
            return;
        }
        // What was said of it is read now: should it come back in this sitting, it would not be judged as if nobody had.
        if view.history.iter().any(|past| matches!(past.entry.act, Act::Verdict(_))) {
            self.noticed.known.insert(view.listed.number);
        }
        // The same case again, after an act on it: one stays where one is.
        if let Some(open) = self.here_mut() {
            // The same text needs no other colours.
            let same = open
                .code
                .as_ref()
                .zip(code.as_ref())
                .is_some_and(|(a, b)| a.text == b.text && a.entry == b.entry);
            let flagged = open.flagged();
            open.view = view;
            open.forget_details();
            if !same {
                open.code = code;
                open.colours.clear();
            }
            open.mark_again();
            // A page kept from the last time does not tell where in a manifest the package is.
            if flagged.0 == 0 && open.flagged().0 > 0 && open.top == 1 {
                open.show_flagged();
            }
            // What was being coloured gave way to this case.
            open.asked = 0..0;
            return;
        }
        let mut open = Open::new(view, code);
        open.show_flagged();
        if let Some(scrolled) = self.scrolled.take().filter(|it| it.case == open.view.listed.name) {
            open.scroll_to(scrolled);
        }
        self.open = Some(open);
    }

    /// A file came.
    pub(in crate::tui) fn file_came(&mut self, path: &str, file: Option<Arc<CodeFile>>) {
        if let Some(open) = &mut self.open
            && let Some((wanted, slot)) = &mut open.other
            && wanted == path
        {
            *slot = file;
            open.forget_colours();
            open.show_flagged();
        }
    }

    /// A file was outlined; one that is not on the screen any more is dropped.
    pub(in crate::tui) fn outline_came(&mut self, file: &Arc<CodeFile>) {
        let Some(open) = &mut self.open else { return };
        let other = open.other.as_mut().and_then(|(_, file)| file.as_mut());
        for shown in other.into_iter().chain(&mut open.code) {
            if shown.is(file) {
                *shown = Arc::clone(file);
            }
        }
    }

    /// Colours came; those of a file that is not on the screen any more are dropped.
    /// The first of a file are followed by its functions and classes, which take longer and are missed less.
    pub(in crate::tui) fn colours_came(
        &mut self,
        file: &Arc<CodeFile>,
        first: u32,
        lines: Vec<Vec<Span>>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(open) = &mut self.open
            && open.file().is_some_and(|shown| shown.is(file))
        {
            open.colours.extend((first..).zip(lines));
            if !open.outlined.as_ref().is_some_and(|known| known.is(file)) {
                open.outlined = Some(Arc::clone(file));
                effects.push(Effect::Ask(Request::Outline(Arc::clone(file))));
            }
        }
    }

    /// An act on many cases is so far.
    pub(in crate::tui) fn saving_is_at(&mut self, ticket: u64, done: (usize, usize)) {
        if self.pending.contains_key(&ticket) {
            self.saving = Some((ticket, done));
        }
    }

    /// An act was answered; gives it.
    pub(in crate::tui) fn done_with(&mut self, ticket: u64) -> Pending {
        self.saving.take_if(|saving| saving.0 == ticket);
        self.pending.remove(&ticket).unwrap_or_default()
    }

    /// An act could not be written: where one has not moved on, back to its case, as it is now; and what was selected for
    /// it is selected again. Gives the note that it was.
    pub(in crate::tui) fn refused(
        &mut self,
        Pending { cases, note, .. }: Pending,
        is_here: bool,
        effects: &mut Vec<Effect>,
    ) -> Option<Note> {
        let at = self.cases.iter().position(|case| cases.contains(case));
        if cases.len() > 1 && self.selected.is_empty() {
            self.selected = cases;
        }
        if let Some(at) = at.filter(|_| is_here) {
            self.open = None;
            self.go(at, effects);
        }
        note
    }

    /// An act is on disk; gives it.
    pub(in crate::tui) fn saved(
        &mut self,
        ticket: u64,
        (version, tally): (u64, Tally),
        rows: Vec<Listed>,
        count: usize,
        effects: &mut Vec<Effect>,
    ) -> Pending {
        let mut act = self.done_with(ticket);
        act.came_back = self.show_again(&act);
        self.ask_alike(ticket, act.cases.iter().next(), effects);
        if self.versions.counts(version) {
            self.tally = tally;
        }
        if count > rows.len() {
            // More changed than is told: what is in sight is fetched anew.
            self.versions.know_all(version);
            self.asked.clear();
            self.fetch(effects);
        }
        if count > 0 {
            self.want_recount(effects);
        }
        for row in rows {
            self.versions.know(row.number, version);
            if self.rows.contains_key(&row.number) {
                self.take(row);
            }
        }
        // What is shown of the case at hand was told before the act on it.
        if self.here().is_some_and(|open| self.versions.is_late(&open.view.listed)) {
            effects.extend(self.want_case());
        }
        act
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Opinion;
    use crate::jobs::{Changed, Reply};
    use crate::tui::event::Event;
    use crate::tui::testing::{World, shown};

    /// Others changed something.
    fn change(world: &mut World, changed: Changed) {
        world.tell(Event::Answered(Reply::Changed(changed)));
    }

    #[test]
    fn what_others_decide_is_shown_in_place_and_nothing_moves() {
        let mut world = World::of(300);
        world.press("j j j j j j j space j j page-down j");
        let place = |world: &World| {
            let docket = &world.state.docket;
            (docket.cursor, docket.top, docket.selected.len(), docket.cases.len())
        };
        let (before, listed) = (place(&world), world.asked["list"]);
        let case = world.state.docket.current().unwrap();
        world.decided.insert(case, (Some(Opinion::Rejected), None, false));
        change(&mut world, Changed { journal: true, ..Changed::default() });
        assert_eq!((place(&world), world.asked["list"]), (before, listed));
        assert_eq!(world.state.docket.rows[&case].standing.verdict, Some(Opinion::Rejected));
        let open = world.state.docket.here().unwrap();
        assert_eq!(open.view.listed.standing.verdict, Some(Opinion::Rejected), "the case at hand too");
        assert_eq!(world.state.docket.tally.settled, 1, "the counts follow");
        assert!(!shown(&world).join("\n").contains("the docket has changed"));
    }

    #[test]
    fn a_list_that_would_be_another_says_so_and_stays_until_it_is_asked_for() {
        let mut world = World::of(300);
        world.press("j j j");
        world.grow(320);
        change(&mut world, Changed { findings: true, ..Changed::default() });
        assert_eq!((world.state.docket.cases.len(), world.state.docket.cursor), (300, 3));
        let line = shown(&world).remove(1);
        assert!(line.contains("20 new cases: ctrl-r lists them"), "{line}");
        let said = shown(&world).pop().unwrap();
        assert!(said.contains("20 cases more by now: ctrl-r lists them"), "{said}");
        assert!(!world.state.status.is_failure);
        world.press("j k");
        assert!(!shown(&world).pop().unwrap().contains("more by now"), "it is said once");
        world.grow(325);
        change(&mut world, Changed { findings: true, ..Changed::default() });
        assert!(shown(&world).remove(1).contains("25 new cases: ctrl-r lists them"));
        world.grow(320);
        change(&mut world, Changed { findings: true, ..Changed::default() });
        let line = shown(&world).remove(1);
        assert!(line.contains("the docket has changed: ctrl-r lists it anew"), "some are gone again: {line}");
        world.press("ctrl-r");
        assert_eq!((world.state.docket.cases.len(), world.state.docket.cursor), (320, 3));
        assert!(!shown(&world).remove(1).contains("has changed"));
    }

    #[test]
    fn a_list_made_anew_without_the_case_at_hand_goes_on_with_the_next_of_the_old_one() {
        let mut world = World::of(60);
        world.press("G k k k");
        assert_eq!(world.state.docket.current(), Some(57));
        // Neither it nor the first fifteen are left in.
        world.press("/");
        world.tell(Event::Pasted("-case:0000000,00000039".to_owned()));
        world.press("enter");
        assert_eq!(world.state.docket.cases.len(), 44);
        assert_eq!(world.state.docket.current(), Some(58), "{:?}", world.state.docket.cases);
    }

    #[test]
    fn an_empty_list_takes_in_what_comes() {
        let mut world = World::of(0);
        world.grow(5);
        change(&mut world, Changed { findings: true, ..Changed::default() });
        assert_eq!(world.state.docket.cases.len(), 5);
    }
}
