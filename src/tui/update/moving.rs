//! Moving through the code: searching, columns, long lines, other cases, and where one is in a function.

use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::*;
use crate::domain::{Columns, Place as Region, Point, Step};
use crate::jobs::{CodeFile, FindingView};
use crate::tui::testing::{World, shown};
use crate::tui::view::draw;

/// A world of some cases, of which the first has a code and is flagged from one column to another of a line.
fn world(text: &str, flag: (u32, u32, u32)) -> World {
    let mut world = World::of(5);
    show(&mut world, text, flag);
    world
}

fn show(world: &mut World, text: &str, (line, from, to): (u32, u32, u32)) {
    let mut view = world.view(1);
    let region = Region {
        path: view.listed.path.clone(),
        start: Point { line, column: from },
        end: Point { line, column: to },
        columns: Columns::Chars,
        ..Region::default()
    };
    (view.listed.row.line, view.listed.row.end_line) = (line, line);
    view.findings.push(FindingView::sample(region));
    world.state.docket.open = None;
    let mut file = CodeFile::new("src/file1.txt", text.to_owned(), 1, true);
    file.marks = vec![(2, 4), (2, 9), (6, 3)];
    world.tell(Event::Answered(Reply::Case(Box::new(view), Some(Arc::new(file)))));
}

fn buffer(world: &World) -> Buffer {
    let (columns, rows) = world.state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, &world.state)).unwrap();
    terminal.backend().buffer().clone()
}

/// The texts on the screen whose cells have a modifier, in their order.
fn with(world: &World, modifier: Modifier) -> Vec<String> {
    let buffer = buffer(world);
    let mut texts: Vec<String> = Vec::new();
    let code = layout::of(&world.state).code;
    for row in code.y..code.bottom() {
        let mut goes_on = false;
        for column in code.x..code.right() {
            let cell = &buffer[(column, row)];
            let is = cell.modifier.contains(modifier);
            if is && goes_on {
                texts.last_mut().unwrap().push_str(cell.symbol());
            } else if is {
                texts.push(cell.symbol().to_owned());
            }
            goes_on = is;
        }
    }
    texts
}

const CODE: &str = "import db\n\ndef find(uid):\n\tcur = db.cursor()\n\tcur.execute(uid)\n\treturn Uid\n";

#[test]
fn a_search_marks_what_it_finds_and_goes_round_and_says_so() {
    let mut world = world(CODE, (5, 2, 5));
    world.press("n");
    assert!(shown(&world).pop().unwrap().contains("search in the code"));
    world.press("u i d");
    assert!(shown(&world).pop().unwrap().contains("1/3"), "{:?}", shown(&world).pop());
    assert_eq!(with(&world, Modifier::UNDERLINED), ["uid", "Uid"]);
    assert_eq!(with(&world, Modifier::REVERSED), ["uid"]);
    world.press("enter");
    assert!(shown(&world).pop().unwrap().contains("uid 1/3"));
    world.press("n n");
    assert_eq!(with(&world, Modifier::REVERSED), ["Uid"], "either case");
    world.press("n");
    assert!(shown(&world).pop().unwrap().contains("1/3, from the top again"));
    world.press("N");
    assert!(shown(&world).pop().unwrap().contains("3/3, from the end again"));
    world.press("j");
    assert_eq!(world.state.docket.search.text, "uid", "what is looked for stays from case to case");
    world.press("n");
    assert!(shown(&world).pop().unwrap().contains("6/40"));
    world.press("esc");
    assert!(with(&world, Modifier::UNDERLINED).is_empty());
}

#[test]
fn a_search_that_is_left_leaves_the_code_where_it_was() {
    let mut world = world(&format!("{}needle\n", "line\n".repeat(300)), (3, 1, 2));
    let before = shown(&world);
    world.press("ctrl-n n e e");
    assert!(shown(&world).iter().any(|line| line.contains("needle")));
    world.press("esc");
    assert_eq!(shown(&world), before);
    world.press("ctrl-n x x enter");
    assert!(shown(&world).pop().unwrap().contains("not found"));
    world.press("n");
    assert!(shown(&world).pop().unwrap().contains("`xx` is not in this file"));
}

#[test]
fn a_file_is_searched_once_and_not_at_every_key() {
    let mut world = world(CODE, (5, 2, 5));
    world.press("ctrl-n u i d enter");
    assert_eq!(world.asked["search"], 3, "once a letter");
    world.press("n n N J K H L f");
    assert_eq!(world.asked["search"], 3);
}

#[test]
fn what_is_flagged_is_marked_by_its_columns() {
    let mut world = world(CODE, (5, 6, 13));
    world.state.theme.depth = crate::tui::theme::Depth::True;
    let flagged = world.state.theme.style(crate::tui::theme::Part::Flagged).bg.unwrap();
    let marked = |world: &World| -> String {
        let cells = buffer(world).content;
        cells.iter().filter(|cell| cell.bg == flagged).map(ratatui::buffer::Cell::symbol).collect()
    };
    assert_eq!(marked(&world), "execute");
    show(&mut world, CODE, (5, 0, 0));
    assert!(marked(&world).contains("    cur.execute(uid)"), "without columns it is the line");
    assert!(world.state.docket.here().unwrap().shows_flagged(20));
}

#[test]
fn a_flagged_column_far_right_comes_into_sight_with_signs_where_the_line_goes_on() {
    let line = format!("{}eval(x){}\n", "a = 1; ".repeat(100), "; b = 2".repeat(100));
    let mut world = world(&line, (1, 701, 708));
    let code = |world: &World| {
        let pane = layout::of(&world.state).code;
        let line = shown(world)[usize::from(pane.y) + 1].clone();
        line.chars().skip(usize::from(pane.x)).take(usize::from(pane.width)).collect::<String>()
    };
    let seen = code(&world);
    assert!(seen.contains("eval(x)") && seen.contains('«') && seen.trim_end().ends_with('…'), "{seen}");
    assert!(world.state.docket.here().unwrap().shows_flagged(20), "what is in sight counts as seen");
    for _ in 0..300 {
        world.press("L");
    }
    assert!(!world.state.docket.here().unwrap().shows_flagged(20));
    assert!(
        code(&world).contains('2') && !code(&world).contains('…'),
        "the end is the end: {}",
        code(&world)
    );
    world.press("f");
    assert_eq!(code(&world), seen);
    show(&mut world, "x = 1\n", (1, 1, 2));
    assert!(!code(&world).contains('«') && !code(&world).contains('…'));
}

#[test]
fn of_a_long_statement_the_beginning_is_enough_and_lines_are_not_shifted_for_its_end() {
    let line = format!("    run({})\n", "argument, ".repeat(12));
    let world = world(&line, (1, 5, 125));
    let open = world.state.docket.here().unwrap();
    assert_eq!((open.left, open.shows_flagged(20)), (0, true));
}

#[test]
fn of_a_manifest_the_entry_of_the_package_is_in_sight() {
    let mut world = World::of(1);
    let mut view = world.view(1);
    (view.listed.row.line, view.listed.row.end_line) = (0, 0);
    world.state.docket.open = None;
    let mut file = CodeFile::new("package-lock.json", "entry\n".repeat(400), 1, true);
    file.entry = Some((200, 202));
    world.tell(Event::Answered(Reply::Case(Box::new(view), Some(Arc::new(file)))));
    let screen = shown(&world).join("\n");
    assert!(screen.contains("▌200") && screen.contains("▌202") && !screen.contains("▌203"), "{screen}");
}

#[test]
fn tabs_reach_to_stops_wherever_the_line_is_scrolled_to() {
    let mut world = world("a\tbc\td\te\n漢\tb\n", (1, 1, 2));
    let line =
        |world: &World, at: usize| shown(world)[usize::from(layout::of(&world.state).code.y) + at].clone();
    assert!(line(&world, 1).contains("a   bc  d   e"), "{}", line(&world, 1));
    world.press("L");
    assert!(line(&world, 1).contains("«d   e"), "{}", line(&world, 1));
}

/// A frame that looked at all of the line would take a thousand times as long, and the test with it.
#[test]
fn of_a_line_of_five_megabytes_only_what_is_in_sight_is_looked_at() {
    let line = "let x = 'é';\t".repeat(400_000);
    let end = u32::try_from(line.chars().count()).unwrap();
    let mut world = world(&line, (1, end - 20, end - 10));
    assert!(world.state.docket.here().unwrap().left > 1_000_000);
    let before = world.state.docket.here().unwrap().left;
    for _ in 0..20 {
        drop(buffer(&world));
        world.press("H");
    }
    assert_eq!(world.state.docket.here().unwrap().left, before - 20 * 8);
}

#[test]
fn a_key_goes_through_the_cases_of_a_file_that_the_list_has() {
    let mut world = world(CODE, (1, 1, 2));
    let screen = shown(&world).join("\n");
    assert!(screen.contains("2 §"), "{screen}");
    world.press("c");
    assert_eq!(world.state.docket.current(), Some(4), "line 2; the ninth is not in the list");
    world.press("k k k");
    show(&mut world, CODE, (3, 1, 2));
    world.press("c");
    assert_eq!(world.state.docket.current(), Some(3), "line 6, since 2 is above");
    world.press("c");
    world.press("c");
    assert_eq!(world.state.docket.current(), Some(2), "round and round");
}

#[test]
fn the_function_around_what_is_read_stands_above_the_code() {
    let body = "        a = 1\n".repeat(60);
    let text = format!("class Users:\n    def first(self):\n{body}    def second(self):\n{body}");
    let mut world = World::of(2);
    let mut view = world.view(1);
    (view.listed.row.line, view.listed.row.end_line) = (100, 100);
    world.state.docket.open = None;
    let file = CodeFile::new("src/users.py", text, 1, true).outlined();
    world.tell(Event::Answered(Reply::Case(Box::new(view), Some(Arc::new(file)))));
    world.tell(Event::Resized(200, 40));
    let heading = |world: &World| shown(world)[usize::from(layout::of(&world.state).code.y)].clone();
    assert!(heading(&world).contains("class Users › def second(self)"), "{}", heading(&world));
    for _ in 0..20 {
        world.press("K");
    }
    assert!(heading(&world).contains("class Users › def first(self)"), "{}", heading(&world));
}

/// A file of so many lines in which one is flagged, with a flow over some others.
fn long(lines: u32, flagged: u32, steps: &[u32]) -> World {
    let mut world = World::of(2);
    let mut view = world.view(1);
    (view.listed.row.line, view.listed.row.end_line) = (flagged, flagged);
    let place = |line| Region {
        path: "src/file1.py".into(),
        start: Point { line, column: 1 },
        end: Point { line, column: 3 },
        ..Region::default()
    };
    let mut member = FindingView::sample(place(flagged));
    let step = |&line: &u32| Step { place: place(line), message: format!("step at {line}") };
    member.claim.traces = vec![steps.iter().map(step).collect()];
    view.findings = vec![member];
    view.listed.path = "src/file1.py".into();
    world.state.docket.open = None;
    let text: String = (1..=lines).map(|line| format!("x{line} = 1\n")).collect();
    let file = CodeFile::new("src/file1.py", text, 1, true);
    world.tell(Event::Answered(Reply::Case(Box::new(view), Some(Arc::new(file)))));
    world
}

#[test]
fn along_a_flow_the_code_stays_where_it_shows_the_step_and_what_is_flagged_stays_marked() {
    let mut world = long(200, 60, &[55, 62, 150]);
    let top = |world: &World| world.state.docket.here().unwrap().top;
    let before = top(&world);
    for (step, stays) in [(55, true), (62, true), (150, false)] {
        world.press("]");
        let screen = shown(&world).join("\n");
        assert!(screen.contains(&format!("→ {step}")) || screen.contains(&format!("→{step}")), "{screen}");
        assert_eq!((top(&world) == before, screen.contains("▌ 60")), (stays, stays), "{step}\n{screen}");
        assert!(!screen.contains(&format!("▌ {step}")), "{screen}");
    }
    world.press("]");
    let screen = shown(&world).join("\n");
    assert!(screen.contains("▌ 60") && !screen.contains("→"), "past its end one is back\n{screen}");
}

#[test]
fn no_lines_are_left_empty_while_there_is_code_above() {
    for (size, first) in [((120, 60), 1), ((120, 36), 9), ((80, 24), 27)] {
        let mut world = World::of(2);
        world.tell(Event::Resized(size.0, size.1));
        let large = long(40, 38, &[]);
        world.state.docket.open = large.state.docket.open;
        world.press("f");
        let open = world.state.docket.here().unwrap();
        assert_eq!(open.top, first, "{size:?}");
        let screen = shown(&world).join("\n");
        assert!(screen.contains("▌38") && screen.contains("40   x40"), "{screen}");
    }
}

#[test]
fn what_is_flagged_stays_in_sight_above_a_note_on_a_small_terminal() {
    let mut world = long(200, 100, &[]);
    world.tell(Event::Resized(80, 24));
    world.press("f m x");
    let screen = shown(&world).join("\n");
    assert!(screen.contains("▌100") && screen.contains("a note"), "{screen}");
}
