//! Verdicts on many cases: what they touch is told first.

use proptest::prelude::*;

use super::shown;
use crate::domain::Opinion;
use crate::tui::event::Event;
use crate::tui::modal::Modal;
use crate::tui::testing::World;

fn screen(world: &World) -> String {
    shown(world).join("\n")
}

#[test]
fn a_range_over_rows_that_never_came_is_told_with_a_sample_of_them() {
    let mut world = World::of(1000);
    world.press("space G V r");
    let screen = screen(&world);
    assert!(screen.contains("rejected: 1,000 cases"), "{screen}");
    let seen = world.state.docket.noticed.seen.len();
    assert!(screen.contains(&format!("{} of them were never looked at", 1000 - seen)), "{seen} {screen}");
    for case in [1, 250, 500, 750, 1000] {
        assert!(screen.contains(&format!("SQL Injection number {case} ")), "{case} {screen}");
    }
    world.press("enter t");
    assert_eq!(world.decided.len(), 1000);
}

#[test]
fn a_page_that_was_never_drawn_was_never_seen() {
    let mut world = World::of(200);
    let page = world.state.docket.height;
    // Two pages at once, as fast as a held key: only the last of them is drawn.
    world.rush("page-down page-down page-down");
    world.press("ctrl-a u");
    let seen = world.state.docket.noticed.seen.len();
    assert!(seen <= 2 * page, "{seen} of pages of {page}");
    assert!(!world.state.docket.noticed.seen.contains(&u32::try_from(page + 3).unwrap()));
    assert!(screen(&world).contains(&format!("{} of them were never looked at", 200 - seen)));
}

#[test]
fn rows_under_a_box_are_not_seen_by_it() {
    let mut world = World::of(200);
    world.press("?");
    let before = world.state.docket.noticed.seen.len();
    world.tell(Event::Resized(120, 60));
    assert_eq!(world.state.docket.noticed.seen.len(), before);
    world.press("esc esc");
    assert!(world.state.docket.noticed.seen.len() > before);
}

#[test]
fn settled_cases_are_told_and_left_out_by_a_key() {
    let mut world = World::of(40);
    world.press("a enter a enter a enter ctrl-a r");
    assert!(screen(&world).contains("3 of them are settled already"), "{}", screen(&world));
    world.press("s");
    assert!(screen(&world).contains("rejected: 37 cases"), "{}", screen(&world));
    assert!(!screen(&world).contains("settled already"));
    world.press("enter t");
    let of = |opinion| world.decided.values().filter(|known| known.0 == Some(opinion)).count();
    assert_eq!((of(Opinion::Confirmed), of(Opinion::Rejected)), (3, 37));
}

#[test]
fn cases_that_were_never_seen_are_left_out_by_a_key() {
    let mut world = World::of(100);
    let page = world.state.docket.height;
    world.press("ctrl-a u n");
    assert!(screen(&world).contains(&format!("unsure: {page} cases")), "{}", screen(&world));
    assert!(!screen(&world).contains("never looked at"));
    world.press("enter");
    assert_eq!(world.decided.len(), page);
}

#[test]
fn where_nothing_is_left_out_of_a_verdict_it_is_not_given() {
    let mut world = World::of(5);
    world.press("a enter a enter k k space space u s");
    assert!(world.state.modals.is_empty());
    assert!(shown(&world).pop().unwrap().contains("none of the cases is left"));
    assert!(world.decided.values().all(|known| known.0 == Some(Opinion::Confirmed)));
}

#[test]
fn enter_before_the_cases_are_counted_waits_and_is_asked_again_where_some_are_settled() {
    let mut world = World::of(10);
    world.press("a enter k");
    world.holds = true;
    world.press("ctrl-a u enter");
    assert!(matches!(world.state.modals.last(), Some(Modal::Bulk(_))), "nothing is known of them yet");
    assert!(screen(&world).contains("counting the settled ones"));
    world.release();
    assert!(matches!(world.state.modals.last(), Some(Modal::Bulk(_))), "one of them is settled");
    world.press("s enter");
    assert_eq!(world.decided.len(), 10);
    let mut world = World::of(10);
    world.holds = true;
    world.press("ctrl-a u enter");
    world.release();
    assert!(world.state.modals.is_empty(), "nothing spoke against it");
    assert_eq!(world.decided.len(), 10);
}

#[test]
fn cases_that_a_filter_left_out_since_are_judged_last() {
    let mut world = World::of(20);
    world.press("ctrl-a");
    world.cases = 5;
    world.press("ctrl-r");
    let targets = world.state.docket.targets();
    assert_eq!(targets, (1..=20).collect::<Vec<u32>>());
    world.state.docket.selected.remove(&3);
    assert_eq!(world.state.docket.targets().len(), 19);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_verdict_on_many_touches_what_it_says_and_no_more(
        cases in 2_u32..300,
        keys in prop::collection::vec(prop::sample::select(
            &["space", "V", "j", "k", "page-down", "page-up", "G", "g", "ctrl-a"][..]), 1..25),
        leave in prop::sample::select(&["", "s", "n"][..]),
    ) {
        let mut world = World::of(cases);
        keys.iter().for_each(|key| world.press(key));
        world.press("u");
        world.press(leave);
        let Some(Modal::Bulk(bulk)) = world.state.modals.last().cloned() else { return Ok(()) };
        let unseen = bulk.cases.iter().filter(|case| !world.state.docket.noticed.seen.contains(case)).count();
        prop_assert_eq!(bulk.unseen, unseen);
        prop_assert!(bulk.sample.iter().all(|case| world.state.docket.rows.contains_key(case)));
        world.press("enter");
        let mut meant = bulk.cases.to_vec();
        meant.sort_unstable();
        prop_assert_eq!(world.decided.keys().copied().collect::<Vec<_>>(), meant);
        world.press("z");
        prop_assert!(world.decided.is_empty(), "one step");
    }
}
