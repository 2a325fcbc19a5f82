//! What is on the screen when it is left, and the same again at the next start.

use rustc_hash::FxHashMap;

use super::docket::{DocketScreen, Page};
use super::effect::Effect;
use super::layout::{Hidden, Widths};
use super::modal::Modal;
use super::note::Note;
use super::state::{State, Which};
use crate::docket::Order;
use crate::domain::CaseId;
use crate::jobs::{Kept, KeptNote, MOST_SELECTED, Request, Scrolled};

/// Rows kept above and below those in sight, for a terminal that is larger the next time.
const AROUND: usize = 40;

impl State {
    /// What the next start is to show; nothing before the list has come. Notes that were not saved are apart, see
    /// [`Self::unsaved_notes`]. `name` knows the names of cases that no row tells.
    #[must_use]
    pub fn keep(&self, name: &dyn Fn(u32) -> Option<CaseId>) -> Option<Kept> {
        let docket = &self.docket;
        if !docket.is_listed {
            return None;
        }
        // Only what stands together in the list: a hole would move what is behind it.
        // Nor a list that stands in the docket's place.
        let is_docket = docket.spread.list.is_none();
        let known = |at: &usize| {
            is_docket && docket.cases.get(*at).is_some_and(|case| docket.rows.contains_key(case))
        };
        let top = docket.first_case();
        let least = top.saturating_sub(AROUND);
        let first = (least..top).rev().take_while(known).last().unwrap_or(top);
        let most = top + docket.height + AROUND;
        let rows = (first..most)
            .take_while(known)
            .filter_map(|at| docket.rows.get(docket.cases.get(at)?).cloned())
            .collect();
        Some(Kept {
            screen: self.which.name().to_owned(),
            filter: docket.filter_text.clone(),
            order: docket.order.word().to_owned(),
            grouping: docket.grouping.word().to_owned(),
            widths: (docket.widths.list, docket.widths.case),
            // What was never changed by a key is as the configuration has it.
            hidden: (docket.hidden != self.settings.layout.hidden).then(|| docket.hidden.each()),
            shows_details: docket.shows_details,
            many: docket.cases.len(),
            at: (docket.cursor, top),
            first,
            rows,
            tally: docket.tally,
            scrolled: docket.here().filter(|open| open.other.is_none()).map(|open| Scrolled {
                case: open.view.listed.name,
                top: open.top,
                left: open.left,
                details: open.scroll,
            }),
            selected: self.selected_names(name),
            notes: Vec::new(),
        })
    }

    /// The names of the cases selected, those among them whose numbers are not known yet; none of very many.
    fn selected_names(&self, name: &dyn Fn(u32) -> Option<CaseId>) -> Vec<[u8; 16]> {
        let selected = &self.docket.selected;
        if selected.len() + self.returning.len() > MOST_SELECTED {
            return Vec::new();
        }
        let names = selected.iter().filter_map(|case| self.name_of(case, name));
        names.chain(self.returning.iter().copied()).map(|name| *name.bytes()).collect()
    }

    fn name_of(&self, case: u32, name: &dyn Fn(u32) -> Option<CaseId>) -> Option<CaseId> {
        self.docket.rows.get(&case).map(|row| row.name).or_else(|| name(case))
    }

    /// The notes that are being written, or were and are not on disk; the one on top last.
    #[must_use]
    pub fn unsaved_notes(&self, name: &dyn Fn(u32) -> Option<CaseId>) -> Vec<KeptNote> {
        let written = self.modals.iter().filter_map(|modal| match modal {
            Modal::Note(note) => Some(note),
            _ => None,
        });
        let kept =
            self.docket.pending.values().filter_map(|act| act.note.as_ref()).chain(&self.docket.unsaved);
        let notes = kept.chain(written);
        let notes = notes.filter(|note| !note.input.text().trim().is_empty());
        notes
            .map(|note| {
                let cases = note.cases.iter().filter_map(|&case| self.name_of(case, name));
                KeptNote {
                    cases: cases.chain(note.names.iter().copied()).collect(),
                    text: note.input.text().to_owned(),
                }
            })
            .collect()
    }

    /// Asks for the numbers of the cases that were kept by their names.
    pub(super) fn want_named(&self) -> Option<Effect> {
        let of_notes = self.modals.iter().filter_map(|modal| match modal {
            Modal::Note(note) => Some(&note.names),
            _ => None,
        });
        let names: Vec<CaseId> = self.returning.iter().chain(of_notes.flatten()).copied().collect();
        (!names.is_empty()).then_some(Effect::Ask(Request::Named(names)))
    }

    /// The numbers came: what was selected is selected again, and notes know their cases.
    pub(super) fn named(&mut self, known: &[(CaseId, u32)]) {
        let numbers: FxHashMap<CaseId, u32> = known.iter().copied().collect();
        let selected = std::mem::take(&mut self.returning);
        self.docket.selected.extend(selected.iter().filter_map(|name| numbers.get(name)));
        for modal in &mut self.modals {
            if let Modal::Note(note) = modal {
                note.named(&numbers);
            }
        }
    }

    /// Shows what the last workstation left. A filter that was asked for is not replaced: then only the panes are as they
    /// were. Nor is an order.
    pub fn restore(&mut self, kept: Kept, is_filtered: bool, asked: Option<Order>) {
        // What was never changed by a key is as the configuration has it.
        let Widths { list, case } = self.docket.widths;
        let or = |kept: u16, set: u16| if kept == 0 { set } else { kept };
        self.docket.widths = Widths { list: or(kept.widths.0, list), case: or(kept.widths.1, case) };
        self.docket.shows_details = kept.shows_details;
        if let Some(hidden) = kept.hidden.and_then(Hidden::of) {
            self.docket.hidden = hidden;
        }
        if !self.settings.reads_only {
            self.modals.extend(kept.notes.into_iter().map(|note| Modal::Note(Note::kept(note))));
        }
        if is_filtered || self.settings.is_first_of_others(&kept.filter) {
            return;
        }
        let screen = Which::ALL.into_iter().find(|which| which.name() == kept.screen);
        let (Some(which), Ok(order), Ok(filter)) =
            (screen, kept.order.parse::<Order>(), self.saved.read(&kept.filter))
        else {
            return;
        };
        self.which = which;
        self.returning = kept.selected.into_iter().map(CaseId::new).collect();
        let docket = &mut self.docket;
        (docket.filter, docket.filter_text, docket.order) = (filter, kept.filter, order);
        // A grouping that is no more is none.
        docket.grouping = kept.grouping.parse().unwrap_or_default();
        if let Some(asked) = asked.filter(|asked| *asked != order) {
            docket.order = asked;
            return;
        }
        docket.listed_by = (docket.filter.clone(), order);
        docket.show_kept(kept.first, kept.many, kept.at, kept.rows);
        docket.scrolled = kept.scrolled;
        // It may have been counted by one who was not blind.
        if !self.settings.blind {
            docket.tally = kept.tally;
        }
    }
}

impl DocketScreen {
    fn show_kept(
        &mut self,
        first: usize,
        many: usize,
        (cursor, top): (usize, usize),
        rows: Vec<crate::jobs::Listed>,
    ) {
        self.cases = rows.iter().map(|row| row.number).collect();
        let last = self.cases.len().saturating_sub(1);
        self.cursor = cursor.saturating_sub(first).min(last);
        self.top = top.saturating_sub(first).min(self.cursor);
        self.page = (!rows.is_empty()).then_some(Page { first, many });
        // As of no version at all: whatever is told of these cases is newer.
        self.rows =
            rows.into_iter().map(|row| (row.number, crate::jobs::Listed { version: 0, ..row })).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::docket::Grouping;
    use crate::docket::{Drawn, Filter};
    use crate::jobs::Reply;
    use crate::tui::event::Event;
    use crate::tui::testing::{World, shown, state};
    use crate::tui::update::{begin, update};

    /// A state that was left and begun again, and what it asks for.
    fn again(world: &World) -> (State, Vec<Effect>) {
        let mut next = state();
        next.size = world.state.size;
        next.restore(world.state.keep(&|_| None).unwrap(), false, None);
        let effects = begin(&mut next);
        (next, effects)
    }

    fn in_sight(state: &State) -> Vec<u32> {
        let docket = &state.docket;
        docket.cases.iter().skip(docket.top).take(docket.height).copied().collect()
    }

    #[test]
    fn the_next_start_shows_the_same_rows_and_asks_for_the_case_as_it_was_kept() {
        let mut world = World::of(500);
        world.press("page-down page-down page-down j j k J J > o i");
        let (next, effects) = again(&world);
        assert_eq!(in_sight(&next), in_sight(&world.state));
        assert_eq!(next.docket.current(), world.state.docket.current());
        assert_eq!(next.docket.place(), world.state.docket.place());
        assert_eq!(
            (next.docket.order, next.docket.widths),
            (world.state.docket.order, world.state.docket.widths)
        );
        assert!(next.docket.shows_details && !next.docket.is_listed);
        let asked: Vec<u32> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Ask(Request::Kept(row)) => Some(row.number),
                Effect::Ask(Request::List { .. }) => None,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(asked, [world.state.docket.current().unwrap()]);
    }

    #[test]
    fn neither_cursor_nor_list_jumps_when_the_real_list_comes() {
        let mut world = World::of(500);
        world.press("page-down page-down page-down j j J J");
        let (mut next, _) = again(&world);
        let case = next.docket.current().unwrap();
        let view = world.view_as_kept(case);
        update(&mut next, Event::Answered(view), 0);
        let top = next.docket.here().unwrap().top;
        assert_eq!(top, world.state.docket.here().unwrap().top, "the code is where it was");
        let list = Request::List {
            turn: 1,
            filter: Filter::default(),
            order: Order::default(),
            grouping: Grouping::None,
            reload: true,
            only: None,
        };
        let effects = update(&mut next, Event::Answered(world.answer(list)), 0);
        assert_eq!((next.docket.current(), in_sight(&next)), (Some(case), in_sight(&world.state)));
        assert!(next.docket.page.is_none() && next.docket.is_listed);
        assert!(next.docket.rows.contains_key(&case), "what was kept is shown until it is told anew");
        let asks_anew = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Ask(Request::Case(asked)) if *asked == case));
        assert!(asks_anew, "{effects:?}");
        let view = world.answer(Request::Case(case));
        update(&mut next, Event::Answered(view), 0);
        assert_eq!(next.docket.here().unwrap().top, top);
    }

    #[test]
    fn a_case_that_is_in_the_list_no_more_gives_its_place_to_the_next() {
        let world = World::of(500);
        let (mut next, _) = again(&world);
        update(&mut next, Event::Pressed("j".parse().unwrap()), 0);
        let cases: Vec<u32> = (1..=500).filter(|case| *case != 2).collect();
        let listed = Reply::Listed {
            turn: 1,
            version: 1,
            is_part: false,
            cases: cases.into(),
            groups: Arc::default(),
            drawn: Drawn::default(),
            tally: world.tally(),
        };
        update(&mut next, Event::Answered(listed), 0);
        assert_eq!((next.docket.current(), next.docket.cursor), (Some(3), 1));
    }

    #[test]
    fn a_verdict_before_the_list_has_come_names_its_case_and_all_cannot_be_selected() {
        let world = World::of(500);
        let (mut next, _) = again(&world);
        update(&mut next, Event::Pressed("ctrl-a".parse().unwrap()), 0);
        assert!(next.docket.selected.is_empty());
        let effects = update(&mut next, Event::Pressed("u".parse().unwrap()), 0);
        let named = effects.iter().find_map(|effect| match effect {
            Effect::Ask(Request::Act { named, .. }) => Some(named.clone()),
            _ => None,
        });
        assert_eq!(named.unwrap(), [(1, world.listed(1).name)]);
        let effects = update(
            &mut next,
            Event::Answered(Reply::Saved {
                ticket: 1,
                version: 1,
                what: "unsure",
                count: 1,
                decided: 1,
                rows: Vec::new(),
                tally: world.tally(),
            }),
            0,
        );
        assert!(!next.docket.rows.is_empty() && next.docket.pending.is_empty(), "{effects:?}");
    }

    #[test]
    fn a_filter_of_the_command_line_wins() {
        let mut world = World::of(50);
        world.press("> > o");
        let mut next = state();
        next.restore(world.state.keep(&|_| None).unwrap(), true, None);
        assert_eq!(next.docket.widths, world.state.docket.widths);
        assert_eq!((next.docket.order, next.docket.page), (Order::default(), None));
        next.restore(world.state.keep(&|_| None).unwrap(), false, Some(Order::Path));
        assert_eq!(
            (next.docket.order, next.docket.page),
            (Order::Path, None),
            "an order of the environment too"
        );
        assert!(next.keep(&|_| None).is_none(), "nothing is kept of a list that never came");
    }

    #[test]
    fn hidden_panes_selected_cases_and_a_note_come_back_by_names_and_what_is_gone_does_not() {
        let mut world = World::of(500);
        world.press("f8 space space G space g m a b c");
        let name = |case| world.docket.name(case);
        // In this world all rows have one name.
        for row in world.state.docket.rows.values_mut() {
            row.name = name(row.number).unwrap();
        }
        let mut kept = world.state.keep(&name).unwrap();
        kept.notes = world.state.unsaved_notes(&name);
        assert_eq!((kept.selected.len(), kept.notes.len()), (3, 1));
        let mut next = World::unasked(400);
        next.state.restore(kept, false, None);
        assert_eq!(next.state.docket.hidden, world.state.docket.hidden);
        let notes = |world: &World| match world.state.modals.as_slice() {
            [Modal::Note(note)] => (note.cases.clone(), note.input.text().to_owned(), note.heading(None)),
            other => panic!("{other:?}"),
        };
        assert!(notes(&next).2.contains("its case is being looked for"));
        // Before its cases are known it cannot be saved on any.
        next.press("enter");
        assert!(next.state.docket.pending.is_empty());
        let before = (next.state.keep(&name), next.state.unsaved_notes(&name));
        let effects = begin(&mut next.state);
        assert_eq!(before.1, world.state.unsaved_notes(&name), "nothing is lost if it ends before that");
        next.settle(effects);
        let selected: Vec<u32> = next.state.docket.selected.iter().collect();
        assert_eq!(selected, [1, 2], "the last of 500 is no more");
        assert_eq!(
            notes(&next),
            (vec![1, 2], "abc".into(), "a note, not saved the last time, on 2 cases".into())
        );
        next.press("enter");
        assert_eq!((next.asked["act"], next.state.modals.len()), (1, 0));
    }

    #[test]
    fn a_note_that_comes_back_stands_over_its_case_whatever_the_list_has() {
        let world = World::of(60);
        let note = |case, text: &str| KeptNote {
            cases: vec![world.docket.name(case).unwrap()],
            text: text.to_owned(),
        };
        // The list has the first of them and not the second.
        for (filter, is_filtered) in [("", false), ("path:src/file3.py", true)] {
            let mut next = World::unasked(60);
            let filtered = filter.parse().unwrap();
            (next.state.docket.filter, next.state.docket.filter_text) = (filtered, filter.to_owned());
            next.state.which = Which::Runs;
            let notes = vec![note(50, "the later one"), note(3, "the first")];
            next.state.restore(Kept { notes, ..Kept::default() }, is_filtered, None);
            let effects = begin(&mut next.state);
            next.settle(effects);
            for (case, text) in [(3, "the first"), (50, "the later one")] {
                let screen = shown(&next).join("\n");
                assert_eq!(next.state.docket.current(), Some(case), "{filter}\n{screen}");
                assert!(screen.contains(text) && !screen.contains("loading"), "{filter}\n{screen}");
                assert!(screen.contains(&format!("SQL Injection number {case}")), "{filter}\n{screen}");
                next.press("esc esc");
            }
            assert!(next.state.modals.is_empty());
        }
    }

    #[test]
    fn a_note_that_could_not_be_saved_is_kept() {
        let mut world = World::of(3);
        world.holds = true;
        world.press("m a enter");
        let kept = world.state.unsaved_notes(&|_| None);
        let (name, text) = (world.listed(1).name, "a".to_owned());
        assert_eq!(kept, [KeptNote { cases: vec![name], text }], "it is on its way");
        world.release();
        assert!(world.state.unsaved_notes(&|_| None).is_empty());
    }

    #[test]
    fn where_nothing_may_be_written_no_note_is_offered() {
        let mut world = World::unasked(3);
        world.state.settings.reads_only = true;
        let notes = vec![KeptNote { cases: Vec::new(), text: "a".into() }];
        world.state.restore(Kept { notes, ..Kept::default() }, false, None);
        assert!(world.state.modals.is_empty());
    }
}
