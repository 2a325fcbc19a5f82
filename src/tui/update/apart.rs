//! Workers that answer on their own, each in its time: whatever the order of their replies, the screen ends where the
//! store stands.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::jobs::Request;
use crate::tui::testing::World;

/// A world whose three workers do their work, and tell of it, when they are let.
struct Apart {
    world: World,
    asked: [VecDeque<Request>; 3],
    told: [VecDeque<Reply>; 3],
}

impl Apart {
    fn of(cases: u32) -> Self {
        let mut apart =
            Self { world: World::unasked(cases), asked: Default::default(), told: Default::default() };
        let effects = begin(&mut apart.world.state);
        apart.ask(effects);
        apart
    }

    fn ask(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Ask(request) = effect else { continue };
            let worker = match request {
                Request::List { .. } | Request::Rows(_) => 0,
                Request::Act { .. } => 1,
                _ => 2,
            };
            self.asked[worker].push_back(request);
        }
    }

    fn tell(&mut self, event: Event) {
        let effects = update(&mut self.world.state, event, 0);
        self.ask(effects);
    }

    fn press(&mut self, key: &str) {
        self.tell(Event::Pressed(key.parse().unwrap()));
    }

    /// Lets a worker do its next work; says whether there was any.
    fn work(&mut self, worker: usize) -> bool {
        let Some(request) = self.asked[worker].pop_front() else { return false };
        let reply = self.world.answer(request);
        self.told[worker].push_back(reply);
        true
    }

    /// Lets a worker's next reply come in; says whether there was any.
    fn hear(&mut self, worker: usize) -> bool {
        let Some(reply) = self.told[worker].pop_front() else { return false };
        self.tell(Event::Answered(reply));
        true
    }

    fn settle(&mut self) {
        let mut turns = 0;
        while (0..3).any(|worker| self.work(worker) || self.hear(worker)) {
            turns += 1;
            assert!(turns < 10_000, "it asks for ever");
        }
    }
}

const KEYS: &[&str] =
    &["u", "w", "u", "z", "Z", "*", "1", "0", "j", "k", "G", "g", "ctrl-r", "o", "space", "enter"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_the_order_of_replies_the_screen_ends_where_the_store_stands(
        steps in prop::collection::vec((0_usize..8, prop::sample::select(KEYS)), 0..80),
    ) {
        let mut apart = Apart::of(70);
        for (step, key) in steps {
            match step {
                0 | 1 => apart.tell(Event::Pressed(key.parse().unwrap())),
                2..=4 => { apart.work(step - 2); }
                _ => { apart.hear(step - 5); }
            }
        }
        // A list waits while something is asked.
        for _ in 0..3 {
            apart.press("esc");
        }
        apart.settle();
        let docket = &apart.world.state.docket;
        prop_assert!(docket.pending.is_empty());
        prop_assert_eq!(docket.tally, apart.world.tally());
        let sight = docket.top..(docket.top + docket.height).min(docket.cases.len());
        for &case in &docket.cases[sight] {
            let shown = docket.rows.get(&case).map(|row| &row.standing);
            prop_assert_eq!(shown, Some(&apart.world.listed(case).standing), "case {}", case);
        }
        let open = docket.here().map(|open| &open.view.listed);
        let stands = docket.current().map(|case| apart.world.listed(case).standing);
        prop_assert_eq!(open.map(|listed| &listed.standing), stands.as_ref());
    }
}

#[test]
fn nothing_is_done_to_many_while_another_list_is_on_its_way() {
    let mut apart = Apart::of(70);
    apart.settle();
    apart.press("o");
    apart.press("ctrl-a");
    assert!(apart.world.state.docket.selected.is_empty());
    assert_eq!(apart.world.state.status.text, "the list is still loading");
    apart.settle();
    apart.press("ctrl-a");
    assert_eq!(apart.world.state.docket.selected.len(), 70);
}

#[test]
fn what_cannot_be_saved_leaves_the_selection_and_the_words_of_a_note() {
    let mut world = World::of(20);
    world.press("space space");
    world.fails = true;
    world.press("u enter");
    assert_eq!(world.state.docket.selected.len(), 2);
    world.press("esc esc m k e p t enter");
    assert!(matches!(world.state.modals.last(), Some(Modal::Note(note)) if note.input.text() == "kept"));
    world.press("x");
    assert!(world.state.status.is_failure, "what went wrong stays");
}
