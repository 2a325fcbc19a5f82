//! What the screen says and asks: of what a note or a question is about, of steps back, and of where one is.

use super::*;
use crate::tui::testing::{World, shown};

#[test]
fn a_note_says_which_case_it_is_on_or_how_many() {
    let mut world = World::of(9);
    let heading = |world: &World| shown(world).into_iter().find(|line| line.contains(" a note on ")).unwrap();
    world.press("m");
    assert!(heading(&world).contains("SQL Injection number 1, src/file1.py:14"), "{}", heading(&world));
    world.press("esc j j space g m");
    assert!(heading(&world).contains("number 3, src/file3.py:14"), "the one selected: {}", heading(&world));
    world.press("esc space space m");
    assert!(heading(&world).contains("a note on 3 cases"), "{}", heading(&world));
    world.tell(Event::Resized(40, 24));
    assert!(heading(&world).contains("a note on 3 cases"), "{}", heading(&world));
}

#[test]
fn a_priority_for_many_cases_says_how_many_and_which_before_it_is_given() {
    let mut world = World::of(300);
    world.press("1");
    assert_eq!(world.decided[&1].1, Some(1), "of the case at hand nothing is asked");
    world.press("ctrl-a 2");
    let screen = shown(&world).join("\n");
    assert!(screen.contains("priority 2: 300 cases") && screen.contains("number 300"), "{screen}");
    assert!(
        screen.contains("never looked at") && screen.contains("one undo takes all of it back"),
        "{screen}"
    );
    assert_eq!(world.decided.len(), 1, "nothing is done before the answer");
    world.press("esc 0");
    assert!(shown(&world).join("\n").contains("no priority: 300 cases"));
    world.press("esc 3 enter");
    assert!(world.decided.len() == 300 && world.decided.values().all(|known| known.1 == Some(3)));
    assert_eq!(world.state.docket.selected.len(), 300, "for what else is done to them");
    world.press("* enter");
    assert!(world.decided.values().all(|known| known.2));
    world.press("z z");
    assert_eq!(world.decided.len(), 1);
}

#[test]
fn a_day_that_is_past_leaves_the_reason_and_what_was_written() {
    let mut world = World::of(9);
    world.state.settings.began = Some(jiff::civil::datetime(2026, 11, 29, 23, 59, 50, 0));
    world.press("w m 2 0 2 6 - 1 1 - 2 0 enter");
    let line = shown(&world).pop().unwrap();
    assert!(line.contains("that day is past") && line.contains("2026-11-20"), "{line}");
    assert!(world.decided.is_empty());
    world.press("backspace backspace 2 9 enter");
    let line = shown(&world).pop().unwrap();
    assert!(line.contains("that day is past"), "it is the thirtieth by now: {line}");
    world.press("backspace backspace 3 0");
    let effects = world.told(Event::Pressed("enter".parse().unwrap()));
    let given = effects.iter().find_map(|effect| match effect {
        Effect::Ask(Request::Act { act: Do::Judge(_, with), .. }) => Some((with.reason, with.until)),
        _ => None,
    });
    let day = jiff::civil::date(2026, 11, 30);
    assert_eq!(given, Some((Some(crate::domain::Reason::Mitigated), Some(day))));
    world.press("x");
    assert!(world.state.modals.is_empty());
}

#[test]
fn that_there_is_nothing_to_undo_is_said_once_and_quietly() {
    let mut world = World::of(9);
    for (key, words) in [("z", "nothing to undo"), ("Z", "nothing to redo")] {
        world.press(key);
        let line = shown(&world).pop().unwrap();
        assert!(line.trim_start().starts_with(words) && !line.contains("0 cases"), "{line}");
        assert!(!world.state.status.is_failure && !line.contains("z undo"), "{line}");
        world.press("j");
        assert!(!shown(&world).pop().unwrap().contains("nothing to"), "the next key puts it away");
    }
}

#[test]
fn the_header_has_the_project_where_no_case_is_at_hand() {
    let project = |world: &World| shown(world).remove(0).split_ascii_whitespace().nth(1).map(str::to_owned);
    let mut world = World::of(90);
    let row =
        |world: &mut World, case: u32| world.state.docket.rows.get_mut(&case).unwrap().project = "web".into();
    world.state.title = "folder".into();
    let here = project(&world);
    assert_ne!(here.as_deref(), Some("folder"));
    world.press("b");
    row(&mut world, 1);
    assert_eq!(project(&world).as_deref(), Some("web"), "at a heading that of its first case");
    world.press("b b b b / c a s e : f f f f f f enter");
    assert!(world.state.docket.cases.is_empty());
    assert_eq!(project(&world), here, "of no case that of the last one");
    world.press("\\ / p r o j e c t : a p i space c a s e : f f f f f f enter");
    assert_eq!(project(&world).as_deref(), Some("api"), "and what the filter names");
    assert_eq!(project(&World::of(0)).as_deref(), Some("shop"), "else the workspace");
}

#[test]
fn decisions_of_an_earlier_sitting_are_not_counted_when_they_come_again() {
    let mut world = World::of(9);
    world.press("u u u");
    // What was decided so far was another sitting's.
    world.state.session = crate::tui::Session::default();
    world.press("u");
    assert_eq!(world.state.session.decided, 1);
    world.press("z z z Z Z");
    assert_eq!(world.state.session.decided, 0);
    world.press("Z");
    assert_eq!(world.state.session.decided, 1);
}
