//! The list in groups.

use super::shown;
use crate::domain::Opinion;
use crate::tui::event::Event;
use crate::tui::modal::Modal;
use crate::tui::testing::World;

fn screen(world: &World) -> String {
    shown(world).join("\n")
}

/// The line of the screen that says something.
fn line(world: &World, words: &str) -> String {
    let screen = shown(world);
    screen.iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {screen:#?}")).clone()
}

#[test]
fn a_key_groups_the_list_by_one_thing_after_the_other_and_back() {
    let mut world = World::of(90);
    let before = world.state.docket.cases.clone();
    for (word, heading) in
        [("rule", "rule-0"), ("file", "src/file0.py"), ("cwe", "CWE-90"), ("directory", "src/")]
    {
        world.press("b");
        assert!(line(&world, "by worth in one").contains(word), "{}", screen(&world));
        assert!(screen(&world).contains(heading), "{}", screen(&world));
    }
    world.press("b");
    assert_eq!(world.state.docket.cases, before);
    assert!(world.state.docket.outline.groups().is_empty());
}

#[test]
fn large_groups_are_folded_and_a_key_unfolds_them() {
    let mut world = World::of(90);
    world.press("b");
    // Twenty-nine cases of the first rule, thirty of the next two, and the last one.
    assert!(line(&world, "rule-0").contains("▸") && line(&world, "rule-3").contains("▾"));
    assert_eq!(world.state.docket.lines(), 5);
    world.press("g enter");
    assert!(line(&world, "rule-0").contains("▾"), "{}", screen(&world));
    assert_eq!(world.state.docket.lines(), 5 + 29);
    world.press("j");
    assert_eq!(world.state.docket.current(), Some(1));
    world.press("enter");
    assert_eq!((world.state.docket.current(), world.state.docket.heading()), (None, Some(0)));
    world.press("-");
    assert_eq!(world.state.docket.lines(), 4);
    world.press("-");
    assert_eq!(world.state.docket.lines(), 4 + 90);
    world.press("b b b b");
    world.press("enter");
    assert!(shown(&world).pop().unwrap().contains("not grouped"));
}

#[test]
fn a_heading_says_what_its_group_consists_of() {
    for (columns, rows) in [(120, 36), (80, 24), (200, 60)] {
        let mut world = World::of(90);
        world.tell(Event::Resized(columns, rows));
        world.press("a enter b g");
        let screen = screen(&world);
        for words in ["28 open", "1 settled", "29 cases of one rule", "29 bandit", "29 high", "number 25 "] {
            assert!(screen.contains(words), "{words} at {columns} × {rows}:\n{screen}");
        }
        assert!(!screen.contains("call_1(uid)"), "no case's code");
    }
}

#[test]
fn a_verdict_on_a_heading_is_on_its_group_and_one_step() {
    let mut world = World::of(90);
    world.press("b g j r");
    assert!(screen(&world).contains("rejected: 30 cases"), "{}", screen(&world));
    assert!(screen(&world).contains("all of rule-1"));
    assert!(screen(&world).contains("all of them were never looked at"));
    world.press("enter t");
    assert_eq!(world.decided.keys().copied().collect::<Vec<_>>(), (30..60).collect::<Vec<_>>());
    assert!(line(&world, "▸ rule-1").contains("30"));
    assert!(screen(&world).contains("none open  30 settled"), "{}", screen(&world));
    world.press("z");
    assert!(world.decided.is_empty());
    assert!(!screen(&world).contains("none open"));
}

#[test]
fn cases_in_a_folded_group_were_not_seen() {
    let mut world = World::of(90);
    world.press("esc esc");
    let seen = world.state.docket.noticed.seen.len();
    world.press("b g G g V ctrl-a u");
    let Some(Modal::Bulk(bulk)) = world.state.modals.last() else { panic!("{:?}", world.state.modals) };
    assert_eq!(
        (bulk.cases.len(), bulk.unseen),
        (90, 90 - seen - 1),
        "the last group was unfolded, of one case"
    );
}

#[test]
fn a_selection_reaches_over_headings() {
    let mut world = World::of(90);
    // From the third case of the first rule over the folded second to the third's heading.
    world.press("b g enter j j j space G k k V");
    let selected: Vec<u32> = world.state.docket.selected.iter().collect();
    assert_eq!(world.state.docket.heading(), Some(2), "{}", screen(&world));
    assert_eq!(selected, (3..90).collect::<Vec<_>>());
    world.press("esc g space");
    assert_eq!(world.state.docket.selected.len(), 29, "a heading selects its group");
    world.press("k space");
    assert!(world.state.docket.selected.is_empty());
}

#[test]
fn going_on_after_a_verdict_stops_at_the_next_heading() {
    let mut world = World::of(9);
    world.press("b b g j j u");
    assert_eq!(world.decided.keys().collect::<Vec<_>>(), [&2]);
    assert_eq!(world.state.docket.heading(), Some(1));
    world.press("j u");
    assert_eq!(world.decided[&3].0, Some(Opinion::Unsure));
}

#[test]
fn one_stays_where_one_was_when_the_list_comes_again() {
    let mut world = World::of(90);
    world.press("b b G");
    assert_eq!(world.state.docket.current(), Some(90));
    let (case, line) = (world.state.docket.current(), world.state.docket.line() - world.state.docket.top);
    world.press("ctrl-r");
    assert_eq!(
        (world.state.docket.current(), world.state.docket.line() - world.state.docket.top),
        (case, line)
    );
    world.press("k");
    let heading = world.state.docket.heading();
    assert!(heading.is_some());
    world.press("ctrl-r");
    assert_eq!(world.state.docket.heading(), heading);
    // What a group is folded to stays, too.
    world.press("enter ctrl-r");
    assert!(heading.is_some_and(|group| world.state.docket.outline.is_folded(group)));
}

#[test]
fn a_click_on_the_heading_at_hand_unfolds_it() {
    let mut world = World::of(90);
    world.press("b G");
    let at = u16::try_from(shown(&world).iter().position(|line| line.contains("▸ rule-1")).unwrap()).unwrap();
    world.tell(Event::Clicked(5, at));
    assert_eq!(world.state.docket.heading(), Some(1));
    world.tell(Event::Clicked(5, at));
    assert!(screen(&world).contains("▾ rule-1"));
}

#[test]
fn a_key_on_headings_asks_for_no_more_than_a_screen() {
    let mut world = World::of(3000);
    world.press("b b -");
    let (rows, surveys) = (world.asked["rows"], world.asked["survey"]);
    for _ in 0..40 {
        world.press("j");
    }
    assert!(world.asked["survey"] - surveys <= 40, "{:?}", world.asked);
    assert!(world.asked["rows"] - rows <= 41, "{:?}", world.asked);
    assert!(world.state.docket.rows.len() < 500);
}

#[test]
fn the_next_start_groups_as_the_last_did() {
    let mut world = World::of(90);
    world.press("b b j j j");
    let mut next = crate::tui::testing::state();
    next.restore(world.state.keep(&|_| None).unwrap(), false, None);
    assert_eq!(next.docket.grouping, crate::docket::Grouping::File);
    assert_eq!(next.docket.current(), world.state.docket.current());
    let grouped = next.docket.rows.len();
    assert!(grouped > 20, "{grouped} rows are there before the list has come");
}
