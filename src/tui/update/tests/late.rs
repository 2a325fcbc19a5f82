//! Answers that come when one has gone on, or is being asked something: they change nothing then.

use proptest::prelude::*;

use super::*;
use crate::docket::Overlay;
use crate::domain::State as Standing;
use crate::jobs::{Request, Told};
use crate::tui::effect::Edits;

/// A key whose questions are kept, to be answered later.
fn asked(world: &mut World, keys: &str) -> Vec<Request> {
    let mut requests = Vec::new();
    for key in keys.split_ascii_whitespace() {
        for effect in world.told(Event::Pressed(key.parse().unwrap())) {
            if let Effect::Ask(request) = effect {
                requests.push(request);
            }
        }
    }
    requests
}

/// Answers them; what follows is done.
fn answer(world: &mut World, requests: Vec<Request>) {
    for request in requests {
        let reply = world.answer(request);
        world.tell(Event::Answered(reply));
    }
}

fn has_left(world: &World) -> bool {
    world.left.iter().any(|effect| matches!(effect, Effect::Edit(..)))
}

#[test]
fn a_difference_or_an_editor_opens_only_where_one_still_is_where_it_was_asked_for() {
    for keys in ["=", "e"] {
        for meanwhile in ["j", "/", "r", "m", "f4", "?"] {
            let mut world = World::of(30);
            world.changed = true;
            let requests = asked(&mut world, keys);
            world.press(meanwhile);
            let before = (world.state.modals.clone(), world.state.docket.current());
            answer(&mut world, requests);
            assert_eq!(
                before,
                (world.state.modals.clone(), world.state.docket.current()),
                "{keys} {meanwhile}"
            );
            assert!(!has_left(&world), "{keys} {meanwhile}");
        }
        let mut world = World::of(30);
        world.changed = true;
        world.press(keys);
        assert!(has_left(&world) || matches!(world.state.modals[..], [Modal::Changes { .. }]), "{keys}");
    }
}

#[test]
fn of_two_that_were_asked_for_the_later_one_opens() {
    let mut world = World::of(30);
    let first = asked(&mut world, "e");
    world.press("j");
    let second = asked(&mut world, "e");
    answer(&mut world, first);
    assert!(!has_left(&world), "the case is another by now");
    answer(&mut world, second);
    let opened = world.left.iter().find_map(|effect| match effect {
        Effect::Edit(command, Edits::File { .. }) => command.last().cloned(),
        _ => None,
    });
    assert!(opened.is_some_and(|path| path.to_string_lossy().ends_with("/shop/src/file2.py")));
}

#[test]
fn what_an_editor_made_of_a_note_comes_into_that_note_and_no_other() {
    let mut world = World::of(5);
    let requests = asked(&mut world, "m a ctrl-x");
    world.press("esc esc m b");
    answer(&mut world, requests);
    assert!(!has_left(&world), "the note that was to be edited is closed");
    let late = Reply::Tree { ticket: 1, told: Told::Drafted(Ok("of another".into())) };
    world.tell(Event::Answered(late));
    assert!(matches!(world.state.modals.last(), Some(Modal::Note(note)) if note.input.text() == "b"));
}

#[test]
fn a_list_that_comes_while_something_is_asked_waits_for_the_answer() {
    let mut world = World::of(70);
    world.press("j j");
    let mut requests = asked(&mut world, "/ i s : s e t t l e d enter");
    let here = world.state.docket.current();
    world.press("r");
    requests.retain(|request| matches!(request, Request::List { .. }));
    answer(&mut world, requests);
    assert_eq!(world.state.docket.current(), here, "what is asked about stays on the screen");
    world.press("s");
    assert_eq!(world.decided.keys().copied().collect::<Vec<_>>(), here.into_iter().collect::<Vec<_>>());
    assert_ne!(world.state.docket.cases.len(), 70, "then the list is there");
}

#[test]
fn who_has_moved_on_is_not_taken_back_to_what_could_not_be_saved_and_its_words_are_kept() {
    let mut world = World::of(10);
    world.fails = true;
    let requests = asked(&mut world, "u");
    world.press("j");
    answer(&mut world, requests);
    assert_eq!(world.state.docket.current(), Some(3));
    assert!(world.state.status.text.contains("src/file1.py:14 is as it was"), "{}", world.state.status.text);
    world.press("esc");
    let requests = asked(&mut world, "m k e p t enter");
    world.press("j r");
    answer(&mut world, requests);
    assert!(matches!(world.state.modals[..], [Modal::Reason(..)]), "{:?}", world.state.modals);
    assert!(world.state.status.text.contains("m goes on with its words"), "{}", world.state.status.text);
    world.press("esc esc m");
    assert!(matches!(world.state.modals.last(), Some(Modal::Note(note)) if note.input.text() == "kept"));
}

#[test]
fn undo_goes_to_the_case_that_it_changes_and_names_one_that_the_list_does_not_have() {
    let mut world = World::of(50);
    world.press("u j j j j z");
    assert_eq!(world.state.docket.current(), Some(1), "where the verdict is gone");
    world.press("G Z");
    assert_eq!(world.state.docket.current(), Some(1), "where it is again");
    let requests = asked(&mut world, "z");
    world.press("G");
    answer(&mut world, requests);
    assert_eq!(world.state.docket.current(), Some(50), "who went on stays there");
    world.press("Z / c a s e : 0 0 0 0 0 0 2 enter");
    assert!(!world.state.docket.cases.contains(&1));
    let here = world.state.docket.current();
    world.press("z");
    let said = &world.state.status.text;
    assert!(said.contains("taken back: # 07070707 shows it, the list does not"), "{said}");
    assert_eq!(world.state.docket.current(), here);
    world.tell(Event::Resized(80, 24));
    let line = shown(&world).pop().unwrap();
    assert!(line.contains("taken back: # 07070707 shows it") && line.contains("z undo"), "{line}");
}

#[test]
fn what_could_not_be_saved_leaves_what_a_newer_key_asked_for() {
    let mut world = World::of(10);
    world.fails = true;
    let refused = asked(&mut world, "u");
    let nothing = asked(&mut world, "z");
    let last = asked(&mut world, "u");
    let just = world.state.docket.just;
    assert_ne!(just, crate::tui::docket::Just::Nothing);
    answer(&mut world, refused);
    assert_eq!(world.state.docket.just, just);
    world.fails = false;
    answer(&mut world, nothing);
    assert_eq!(world.state.docket.just, just);
    world.fails = true;
    answer(&mut world, last);
    assert_eq!(world.state.docket.just, crate::tui::docket::Just::Nothing);
}

#[test]
fn putting_away_what_went_wrong_leaves_all_else_as_it_is() {
    let mut world = World::of(10);
    world.holds = true;
    world.press("p");
    assert!(!world.state.proposing.waiting.is_empty());
    world.state.docket.selected.insert(4);
    world.state.fail("the disk is full".to_owned());
    let effects = world.told(Event::Pressed("esc".parse().unwrap()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Ask(Request::Remedies(_)))));
    assert!(world.state.status.text.is_empty() && world.state.docket.selected.len() == 1);
    world.press("esc");
    assert!(world.state.docket.selected.is_empty(), "then it leaves what is to be left");
}

#[test]
fn a_receipt_that_comes_under_a_prompt_is_there_when_the_prompt_is_gone() {
    let mut world = World::of(10);
    world.press("#");
    world.state.say("imported 3 files");
    world.state.drawn();
    world.press("1 2");
    assert!(!shown(&world).pop().unwrap().contains("imported"));
    world.press("esc");
    assert!(shown(&world).pop().unwrap().contains("imported 3 files"));
    world.press("j");
    assert!(!shown(&world).pop().unwrap().contains("imported"), "it was seen");
    world.press("r");
    world.state.say("imported 3 files");
    world.press("s");
    let said = shown(&world).pop().unwrap();
    assert!(said.contains("rejected: 1 case") && said.contains("imported 3 files"), "{said}");
}

#[test]
fn the_same_key_again_lists_the_stale_cases_that_the_filter_hides() {
    let mut world = World::of(50);
    world.docket.set_standing(20, Some(Overlay::new(Standing::Stale, None)));
    world.press("/ - i s : s t a l e enter t");
    assert!(shown(&world).pop().unwrap().contains("t again lists it"), "{:?}", shown(&world).pop());
    world.press("j t");
    assert_eq!(world.state.docket.filter.to_string(), "-is:stale", "it was another key's turn");
    world.press("t");
    assert_eq!(world.state.docket.filter.to_string(), "is:stale");
    assert_eq!(world.state.docket.current(), Some(20));
}

/// What must stay as it is, whatever is answered: what lies over the screen, by its kind and its cases.
fn kinds(state: &State) -> Vec<String> {
    let kind = |modal: &Modal| match modal {
        Modal::Reason(opinion, cases) => format!("{opinion:?} {cases:?}"),
        Modal::Bulk(bulk) => format!("bulk {} {}", bulk.deed.words(), bulk.cases.len()),
        Modal::Note(note) => format!("note {:?} {}", note.cases, note.input.text()),
        Modal::Prompt(prompt, input) => format!("{prompt:?} {}", input.text()),
        other => format!("{:?}", std::mem::discriminant(other)),
    };
    state.modals.iter().map(kind).collect()
}

const KEYS: &[&str] = &[
    "u",
    "r",
    "w",
    "s",
    "enter",
    "esc",
    "j",
    "k",
    "G",
    "page-down",
    "t",
    "d",
    "#",
    "0",
    "1",
    "e",
    "=",
    "m",
    "x",
    "ctrl-x",
    "ctrl-p",
    "o",
    "b",
    "ctrl-r",
    "ctrl-a",
    "z",
    "Z",
    "y",
    "l",
    "f4",
    "f1",
    "f2",
    "p",
    "I",
    "?",
    ":",
    "n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_answer_disturbs_what_is_open_or_takes_one_elsewhere_after_one_moved(
        steps in prop::collection::vec((prop::sample::select(KEYS), 0_usize..6, any::<bool>()), 0..60),
    ) {
        let mut world = World::of(40);
        (world.changed, world.alike) = (true, vec![1, 3, 5, 9]);
        world.docket.set_standing(20, Some(Overlay::new(Standing::Stale, None)));
        let at = |world: &World| (world.state.which, world.state.docket.current());
        let mut waiting = Vec::new();
        let mut effects = Vec::new();
        for (key, which, fails) in steps {
            world.fails = fails;
            if which < 3 {
                effects.extend(world.told(Event::Pressed(key.parse().unwrap())));
            } else if !waiting.is_empty() {
                let (request, asked_at): (Request, _) = waiting.remove(which % waiting.len());
                let is_of_list = matches!(request, Request::List { .. } | Request::Follow { .. });
                let is_of_bulk = matches!(request, Request::Survey { .. });
                let reply = world.answer(request);
                let (open, here) = (kinds(&world.state), at(&world));
                let next = update(&mut world.state, Event::Answered(reply), 0);
                let opens = next.iter().any(|effect| matches!(effect, Effect::Edit(_, Edits::File { .. })));
                let has_moved = here != asked_at;
                if !open.is_empty() || has_moved {
                    prop_assert!(is_of_bulk || kinds(&world.state) == open, "{:?} {:?}", open, world.state.modals);
                    prop_assert!(!opens);
                    // Without anything over it, a list that was asked for may come.
                    prop_assert!(at(&world) == here || (open.is_empty() && is_of_list), "{:?}", here);
                }
                effects.extend(next);
            }
            for effect in effects.drain(..) {
                match effect {
                    Effect::Ask(request) => waiting.push((request, at(&world))),
                    other => world.left.push(other),
                }
            }
        }
    }
}
