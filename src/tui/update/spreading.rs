//! A verdict spread to the cases that are like the one judged, key by key.

use super::*;
use crate::tui::testing::{World, shown};

fn screen(world: &World) -> String {
    shown(world).join("\n")
}

fn world() -> World {
    let mut world = World::of(50);
    world.alike = vec![1, 7, 11, 19, 23, 40];
    world
}

#[test]
fn what_is_like_a_case_is_said_once_after_its_verdict_and_then_beside_it_alone() {
    for size in [(120, 36), (80, 24)] {
        let mut world = world();
        assert!(!screen(&world).contains("like"));
        world.tell(Event::Resized(size.0, size.1));
        world.press("r t");
        assert_eq!(world.state.docket.current(), Some(2), "the next case is here");
        let line = shown(&world).pop().unwrap();
        assert!(line.contains("rejected: 1 case") && line.contains("s 5 like it  z undo"), "{line}");
        assert!(!screen(&world).contains("open cases like"), "that is another case's: {}", screen(&world));
        world.press("j");
        assert!(!screen(&world).contains("5 like it"), "{}", screen(&world));
        world.press("g i");
        if size.0 > 80 {
            assert!(screen(&world).contains("5 open cases like this one"), "{}", screen(&world));
        }
        world.press("u");
        assert!(!shown(&world).pop().unwrap().contains("like it"), "unsure is no verdict to spread");
    }
}

#[test]
fn right_after_a_verdict_one_key_shows_its_like_on_a_small_terminal_too_and_before_it_is_saved() {
    for (size, slow) in [((120, 36), false), ((80, 24), false), ((80, 24), true)] {
        let mut world = world();
        // The next case was judged before: its like are not those that are meant.
        world.press("j u g");
        world.tell(Event::Resized(size.0, size.1));
        world.holds = slow;
        world.press("r t s");
        world.release();
        let list = world.state.docket.spread.list.as_ref().map(|list| list.case);
        assert_eq!(list, Some(1), "at {size:?}: {}", screen(&world));
        assert!(screen(&world).contains("5 cases like the one rejected"), "{}", screen(&world));
    }
}

#[test]
fn what_was_spread_is_taken_back_right_after_and_later_at_the_case_itself() {
    let mut world = world();
    world.press("r t s s s s s s enter");
    assert_eq!(world.decided.len(), 6);
    let asked = |world: &mut World| {
        let effects = world.told(Event::Pressed("X".parse().unwrap()));
        effects.into_iter().find_map(|effect| match effect {
            Effect::Ask(crate::jobs::Request::Act { act: Do::TakeBack(case), .. }) => Some(case),
            _ => None,
        })
    };
    world.state.docket.spread.alike.as_mut().unwrap().spread = Some(crate::jobs::SpreadOut::sample(5));
    assert!(shown(&world).pop().unwrap().contains("X take it back from 5"), "{}", screen(&world));
    assert_eq!(asked(&mut world), Some(1), "of the case that was judged");
    assert_eq!(asked(&mut world), Some(2), "a key later it is the case at hand");
}

#[test]
fn a_few_picked_at_random_are_looked_at_before_it_is_offered_and_then_one_key_spreads_it() {
    let mut world = world();
    world.press("r t s");
    let docket = &world.state.docket;
    assert_eq!(&*docket.cases, [7, 11, 19, 23, 40]);
    let sample = docket.spread.list.as_ref().unwrap().sample.clone();
    assert_eq!(sample.len(), 3);
    let text = screen(&world);
    assert!(text.contains("5 cases like the one rejected") && text.contains("scope7"), "{text}");
    world.press("enter");
    assert_eq!(world.decided.len(), 1, "nothing is spread before they were looked at");
    let left = |world: &World| world.state.docket.spread.list.as_ref().unwrap().left();
    let mut keys = 0;
    while left(&world) > 0 {
        world.press("s");
        keys += 1;
    }
    assert!((2..=3).contains(&keys), "one may have been at hand from the start");
    assert!(world.state.modals.is_empty() && shown(&world).pop().unwrap().contains("spread it to 5 cases"));
    world.press("s");
    let text = screen(&world);
    assert!(
        text.contains("rejected as inferred: 5 cases") && text.contains("one undo takes all of it back"),
        "{text}"
    );
    world.press("esc");
    assert_eq!(world.decided.len(), 1);
    world.press("s enter");
    assert_eq!(world.decided.keys().copied().collect::<Vec<_>>(), [1, 7, 11, 19, 23, 40]);
    assert_eq!(
        (world.state.docket.cases.len(), world.state.docket.current()),
        (50, Some(2)),
        "back where one was"
    );
    world.press("z");
    assert_eq!(world.decided.len(), 1, "one step takes it back");
}

#[test]
fn a_case_counts_as_looked_at_only_with_its_code_in_sight() {
    let mut world = world();
    world.tell(Event::Resized(80, 24));
    world.press("r t i s s s s s");
    let left = |world: &World| world.state.docket.spread.list.as_ref().unwrap().left();
    assert_eq!(left(&world), 3, "the details are shown instead of the code");
    assert!(world.state.modals.is_empty());
    world.press("i");
    assert_eq!(left(&world), 2);
}

#[test]
fn leaving_the_list_or_filtering_brings_the_docket_back() {
    let mut world = world();
    world.press("j j r t s esc");
    assert_eq!((world.state.docket.cases.len(), world.state.docket.current()), (50, Some(4)));
    world.press("s / s e v : h i g h enter");
    assert!(world.state.docket.spread.list.is_none());
    assert_ne!(&*world.state.docket.cases, [7, 11, 19, 23, 40], "the filter's own list");
}

#[test]
fn without_a_verdict_or_without_its_like_it_says_so() {
    let mut world = World::of(5);
    world.press("s");
    assert!(shown(&world).pop().unwrap().contains("judge a case first"));
    world.press("r t s");
    assert!(shown(&world).pop().unwrap().contains("no other open case is like it"));
}
