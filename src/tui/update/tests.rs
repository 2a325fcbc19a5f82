mod grouping;
mod late;
mod looked;
mod said;
mod selecting;
mod stored;

use proptest::prelude::*;

use super::*;
use crate::tui::testing::{World, shown};
use crate::tui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[test]
fn a_verdict_with_its_reason_takes_two_keys_and_goes_on_to_the_next_case() {
    let mut world = World::of(100);
    world.press("r");
    let question = shown(&world).pop().unwrap();
    assert!(question.contains("rejected because"), "{question}");
    assert!(
        shown(&world).join("\n").contains("s  sanitised"),
        "the reasons have a box where the line is too short"
    );
    world.tell(Event::Resized(200, 36));
    let question = shown(&world).pop().unwrap();
    assert!(question.contains("s sanitised") && question.contains("o other"), "{question}");
    assert_eq!(world.decided.get(&1), None, "nothing is written before the reason");
    world.press("s");
    assert_eq!(world.decided[&1].0, Some(Opinion::Rejected));
    assert_eq!((world.state.docket.current(), world.state.session.decided), (Some(2), 1));
    world.press("a esc");
    assert_eq!((world.decided.len(), world.state.docket.current()), (1, Some(2)));
    world.press("u w enter enter");
    assert_eq!(world.decided[&2].0, Some(Opinion::Unsure));
    assert_eq!(world.decided[&3].0, Some(Opinion::RiskAccepted));
}

#[test]
fn a_verdict_that_is_not_saved_is_never_shown_as_saved() {
    let mut world = World::of(10);
    world.fails = true;
    world.press("u");
    assert!(shown(&world).pop().unwrap().contains("not saved: the disk is full"));
    assert_eq!(world.state.session.decided, 0);
    assert!(world.state.docket.pending.is_empty());
    assert!(world.state.docket.rows[&1].standing.verdict.is_none());
}

#[test]
fn a_verdict_on_many_says_how_many_and_which_were_never_seen_and_is_one_step() {
    let mut world = World::of(300);
    world.press("ctrl-a r");
    let screen = shown(&world).join("\n");
    assert!(screen.contains("rejected: 300 cases"), "{screen}");
    let unseen = 300 - world.state.docket.height;
    assert!(screen.contains(&format!("{unseen} of them were never looked at")), "{screen}");
    assert!(screen.contains("SQL Injection number 300") && screen.contains("and 295 more"), "{screen}");
    world.press("enter t");
    assert_eq!(world.decided.len(), 300);
    assert!(world.state.docket.selected.is_empty());
    world.press("z");
    assert!(world.decided.is_empty());
    world.press("Z");
    assert_eq!(world.decided.len(), 300);
}

#[test]
fn one_selected_case_that_is_not_at_hand_is_confirmed_before_it_is_judged() {
    let mut world = World::of(10);
    world.press("space u");
    assert!(shown(&world).join("\n").contains("unsure: 1 case"), "{:?}", world.state.modals);
    assert!(world.decided.is_empty());
    world.press("enter");
    assert_eq!(world.decided.keys().collect::<Vec<_>>(), [&1]);
}

#[test]
fn nothing_is_judged_where_the_docket_is_not_on_the_screen() {
    let mut world = World::of(10);
    world.press("f4 : u n s u r e enter");
    assert!(world.decided.is_empty() && !world.asked.contains_key("act"));
}

#[test]
fn what_went_wrong_stays_until_it_is_put_away_and_the_case_comes_back() {
    let mut world = World::of(10);
    world.fails = true;
    world.press("u");
    world.fails = false;
    assert_eq!(world.state.docket.current(), Some(1), "back at the case");
    world.press("j j");
    assert!(shown(&world).pop().unwrap().contains("not saved"));
    world.press("esc");
    assert!(!shown(&world).pop().unwrap().contains("not saved"));
}

#[test]
fn code_counts_as_seen_only_where_the_flagged_line_is_on_the_screen() {
    let mut world = World::of(10);
    let lines = |world: &World| layout::of(&world.state).code.height.saturating_sub(1);
    let seen = |world: &World| world.state.docket.here().unwrap().shows_flagged(lines(world));
    assert!(seen(&world));
    world.press("J J J J J J J");
    assert!(!seen(&world));
    world.press("f");
    assert!(seen(&world));
    world.tell(Event::Resized(80, 24));
    assert!(seen(&world));
    world.press("i");
    assert!(!seen(&world), "the details are shown instead");
}

#[test]
fn a_list_stays_as_it_is_while_its_cases_are_decided() {
    let mut world = World::of(50);
    let before = world.state.docket.cases.clone();
    world.press("u u r s");
    assert_eq!(world.state.docket.cases, before);
    assert_eq!(world.asked["list"], 1);
}

#[test]
fn a_filter_is_listed_at_each_key_and_a_wrong_one_changes_nothing() {
    let mut world = World::of(50);
    world.press("/ s e v :");
    let lists = world.asked.get("list").copied();
    assert!(world.state.docket.filter_error.is_some());
    assert!(shown(&world).pop().unwrap().trim().len() > 4);
    world.press("h i g h");
    assert!(world.state.docket.filter_error.is_none());
    assert!(world.asked.get("list").copied() > lists);
    assert_eq!(world.state.docket.filter.to_string(), "sev:high");
    world.press("esc");
    assert_eq!(
        (world.state.docket.filter_text.as_str(), world.state.docket.filter.to_string().as_str()),
        ("", "")
    );
}

#[test]
fn rows_are_asked_for_by_the_screen_and_not_by_the_key() {
    let mut world = World::of(100_000);
    let first = world.asked["rows"];
    for _ in 0..60 {
        world.press("j");
    }
    assert!(world.asked["rows"] - first <= 4, "{:?}", world.asked);
    assert_eq!(world.asked["case"], 61, "one case a step");
    world.press("G");
    assert_eq!(world.state.docket.current(), Some(100_000));
    assert!(world.state.docket.rows.len() <= 2200);
}

#[test]
fn a_frame_builds_the_rows_in_sight_and_no_others() {
    let mut world = World::of(100_000);
    for keys in ["", "page-down page-down page-down", "G", "g j j j"] {
        world.press(keys);
        assert!(world.state.docket.rows.len() > 2 * world.state.docket.height, "more are at hand");
        let before = crate::tui::view::list::BUILT.get();
        shown(&world);
        let built = crate::tui::view::list::BUILT.get() - before;
        assert_eq!(built, world.state.docket.height, "after {keys:?}");
    }
}

#[test]
fn code_is_plain_first_and_coloured_when_its_colours_come() {
    let mut world = World::of(5);
    world.state.theme.depth = crate::tui::theme::Depth::True;
    let cell = |world: &World, row: usize| {
        let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        terminal.draw(|frame| draw(frame, &world.state)).unwrap();
        let line = &shown(world)[row];
        let at = line.chars().collect::<String>().find("call_").unwrap();
        let column = line[..at].chars().count();
        terminal.backend().buffer()[(u16::try_from(column).unwrap(), u16::try_from(row).unwrap())].clone()
    };
    let keyword = world.state.theme.code(crate::source::Class::Keyword);
    assert_eq!(cell(&world, 4).fg, keyword.fg.unwrap());
    let asked = world.asked["colours"];
    world.press("J K");
    assert_eq!(world.asked["colours"], asked, "a screen more on either side was coloured already");
    if let Some(open) = &mut world.state.docket.open {
        open.colours.clear();
    }
    assert_ne!(cell(&world, 4).fg, keyword.fg.unwrap());
}

#[test]
fn every_command_has_a_name_and_is_found_by_it() {
    let mut world = World::of(5);
    world.press(": n e x t - s t a l e");
    assert!(shown(&world).join("\n").contains("next case whose code has changed"));
    world.press("enter");
    assert!(world.state.modals.is_empty());
}

#[test]
fn the_next_stale_case_is_found_far_from_what_is_on_the_screen() {
    let mut world = World::of(5_000);
    let stale = crate::docket::Overlay::new(crate::domain::State::Stale, None);
    world.docket.set_standing(4_000, Some(stale.clone()));
    world.docket.set_standing(20, Some(stale));
    world.press("G t");
    assert_eq!(world.state.docket.current(), Some(20), "around the end");
    world.press("t");
    assert_eq!(world.state.docket.current(), Some(4_000));
    assert!(world.state.docket.here().is_some(), "with its code");
    world.press("d");
    assert_eq!(world.state.docket.current(), Some(4_000));
    assert!(shown(&world).pop().unwrap().contains("no case is disputed"), "{:?}", shown(&world).pop());
}

#[test]
fn the_next_stale_case_is_no_answer_where_one_has_gone_on_or_there_is_none_other() {
    let mut world = World::of(50);
    let stale = crate::docket::Overlay::new(crate::domain::State::Stale, None);
    world.docket.set_standing(20, Some(stale));
    let asked = update(&mut world.state, Event::Pressed("t".parse().unwrap()), 0);
    assert_eq!(asked.len(), 1);
    world.press("j");
    world.settle(asked);
    assert_eq!(world.state.docket.current(), Some(2), "the answer came too late");
    world.press("t t");
    assert_eq!(world.state.docket.current(), Some(20));
    assert!(shown(&world).pop().unwrap().contains("no other case listed is stale"));
    world.press("/ - i s : s t a l e enter t");
    let said = shown(&world).pop().unwrap();
    assert!(said.contains("no case listed is stale; the filter hides 1 that is"), "{said}");
}

#[test]
fn a_case_is_gone_to_by_the_beginning_of_its_id() {
    let mut world = World::of(300);
    // Ids begin with the number in eight hexadecimal digits.
    world.press("# 0 0 0 0 0 0 c 8 enter");
    assert_eq!(world.state.docket.current(), Some(200));
    world.press("# 0 0 enter");
    let said = shown(&world).pop().unwrap();
    assert!(said.contains("begins the names of 300 cases"), "{said}");
    assert_eq!(world.state.docket.current(), Some(200), "nothing moves");
    world.press("# x y enter");
    assert!(shown(&world).pop().unwrap().contains("there is no case `xy`"));
}

#[test]
fn a_case_that_the_filter_hides_is_opened_all_the_same_and_the_screen_says_so() {
    let mut world = World::of(300);
    world.press("/ s e v : c r i t i c a l enter j");
    let (listed, at) = (world.state.docket.cases.len(), world.state.docket.current());
    world.press("# 0 0 0 0 0 0 c 8 enter");
    assert_eq!(world.state.docket.current(), Some(200));
    assert!(world.state.docket.here().is_some());
    let said = shown(&world).pop().unwrap();
    assert!(said.contains("the filter hides it"), "{said}");
    world.press("j");
    assert_eq!(world.state.docket.current(), at, "the list goes on where one was");
    world.press("ctrl-r");
    assert_eq!(world.state.docket.cases.len(), listed, "until it is made anew");
    world.press("/ c a s e : f f enter # 0 1 enter # 0 0 0 0 0 0 0 1 enter");
    assert_eq!(world.state.docket.current(), Some(1), "into an empty list too");
}

#[test]
fn the_worth_is_explained_term_by_term_when_asked_for() {
    let mut world = World::of(5);
    let explains = |world: &World| shown(world).join("\n").contains("severity  0.30 of 0.40  high");
    assert!(!explains(&world), "it takes room from what the tools said");
    world.press("W");
    assert!(explains(&world), "{}", shown(&world).join("\n"));
    world.press("W");
    assert!(!explains(&world));
    world.tell(Event::Resized(80, 24));
    world.press("W");
    assert!(explains(&world), "in the code's stead where there is no room for both");
    world.press("i W");
    assert!(explains(&world), "asked for again when out of sight");
}

#[test]
fn a_note_has_lines_and_is_written_whole() {
    let mut world = World::of(5);
    world.press("m a alt-enter b");
    assert!(matches!(world.state.modals.last(), Some(Modal::Note(note)) if note.input.text() == "a\nb"));
    world.press("enter");
    assert_eq!(world.asked["act"], 1);
}

#[test]
fn details_and_help_stop_at_their_end() {
    let mut world = World::of(3);
    if let Some(open) = &mut world.state.docket.open {
        open.view.drift = "-a\n+b\n".repeat(40);
        open.forget_details();
    }
    let scroll = |world: &World| world.state.docket.here().unwrap().scroll;
    for _ in 0..100 {
        world.press("}");
    }
    let end = scroll(&world);
    assert!(end > 20 && end < 100, "{end}");
    let more = |world: &World| shown(world).iter().any(|line| line.contains("more lines"));
    assert!(!more(&world), "the last line is in sight");
    world.press("{");
    assert!(more(&world), "and out of it again");
    assert_eq!(scroll(&world), end - 3, "one key back is seen at once");
    let case = layout::of(&world.state).case;
    for _ in 0..100 {
        world.tell(Event::Wheeled(case.x, case.y, 1));
    }
    assert_eq!(scroll(&world), end);
    world.press("?");
    for _ in 0..200 {
        world.press("j");
    }
    let last = shown(&world);
    world.press("k");
    assert_ne!(shown(&world), last);
    assert!(last.iter().any(|line| line.contains("to be looked at before")), "{last:?}");
}

const KEYS: &[&str] = &[
    "a",
    "r",
    "w",
    "u",
    "m",
    "z",
    "Z",
    "1",
    "3",
    "0",
    "*",
    "space",
    "V",
    "ctrl-a",
    "j",
    "k",
    "g",
    "G",
    "page-down",
    "page-up",
    "]",
    "[",
    "J",
    "K",
    "H",
    "L",
    "f",
    "}",
    "{",
    "/",
    "\\",
    "o",
    "i",
    ">",
    "<",
    ")",
    "(",
    "y",
    ":",
    "?",
    "tab",
    "f1",
    "f4",
    "esc",
    "enter",
    "s",
    "t",
    "x",
    "backspace",
    "é",
    "ctrl-r",
    "b",
    "-",
    "#",
    "F",
    "right",
    "down",
    "W",
    "0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sequence_of_keys_and_sizes_leaves_a_valid_state_that_can_be_drawn(
        cases in 0_u32..400,
        steps in prop::collection::vec((prop::sample::select(KEYS), (0_u16..200, 0_u16..60), 0_u8..12), 0..60),
    ) {
        let mut world = World::of(cases);
        for (key, size, kind) in steps {
            match kind {
                0 => world.tell(Event::Resized(size.0, size.1)),
                1 => world.tell(Event::Clicked(size.0, size.1)),
                2 => world.tell(Event::Wheeled(size.0, size.1, 1)),
                3 => world.tell(Event::Pasted("a\u{202e}b\n\u{1b}[2J".to_owned())),
                _ => world.press(key),
            }
            let docket = &world.state.docket;
            prop_assert!(docket.cursor < docket.cases.len().max(1));
            let line = docket.line();
            prop_assert!(line < docket.lines().max(1));
            prop_assert!(docket.top <= line && line < docket.top + docket.height.max(1));
            prop_assert!(docket.pending.is_empty());
            for line in shown(&world) {
                let obeys = line.contains(['\u{1b}', '\u{202e}']);
                prop_assert!(!obeys);
            }
        }
    }

    #[test]
    fn undo_after_any_sequence_restores_the_docket(
        steps in prop::collection::vec(prop::sample::select(KEYS), 0..40),
    ) {
        let mut world = World::of(30);
        for key in steps {
            world.press(key);
        }
        world.press("esc esc esc f1");
        for _ in 0..60 {
            world.press("z");
        }
        prop_assert!(world.decided.is_empty());
        let docket = &world.state.docket;
        prop_assert!(docket.rows.values().all(|row| row.standing.verdict.is_none() && !row.standing.pinned));
    }
}
