//! Finding the next thing, key by key.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::tui::testing::World;
use crate::tui::view::draw;

/// What is on the screen.
fn shown(world: &World) -> String {
    let (columns, rows) = world.state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns.max(1), rows.max(1))).unwrap();
    terminal.draw(|frame| draw(frame, &world.state)).unwrap();
    let cells = terminal.backend().buffer().content.chunks(usize::from(columns.max(1)));
    let lines: Vec<String> =
        cells.map(|line| line.iter().map(ratatui::buffer::Cell::symbol).collect()).collect();
    lines.join("\n")
}

/// The line of the screen that says something.
fn line(world: &World, words: &str) -> String {
    let screen = shown(world);
    let line = screen.lines().find(|line| line.contains(words));
    line.unwrap_or_else(|| panic!("no line has {words}:\n{screen}")).to_owned()
}

fn filter(world: &World) -> String {
    world.state.docket.filter.to_string()
}

#[test]
fn fields_and_their_values_are_offered_with_counts_while_a_filter_is_written() {
    let mut world = World::of(100);
    world.press("/");
    assert!(line(&world, "is:").contains("open, settled"), "{}", shown(&world));
    world.press("s e");
    assert!(shown(&world).contains("sev:") && !shown(&world).contains("verdict:"), "{}", shown(&world));
    world.press("tab");
    assert_eq!(world.state.docket.filter_text, "sev:");
    // Of a hundred cases, those whose last digit is 8 or 9 are critical.
    assert!(line(&world, "critical").contains(" 20 "), "{}", shown(&world));
    world.press("c");
    assert!(shown(&world).contains("critical"));
    world.press("tab");
    assert_eq!(
        (world.state.docket.filter_text.as_str(), filter(&world).as_str()),
        ("sev:critical ", "sev:critical")
    );
    assert_eq!(world.state.docket.cases.len(), 20);
    world.press("t o o l : tab");
    assert_eq!(filter(&world), "sev:critical tool:bandit", "the one with the most cases first");
    world.press("enter");
    assert!(world.state.modals.is_empty());
    assert_eq!(world.state.docket.filter_text, "sev:critical tool:bandit");
}

#[test]
fn enter_keeps_what_is_written_and_takes_what_was_chosen() {
    let mut world = World::of(100);
    world.press("/ t o o l : b enter");
    assert_eq!(world.state.docket.filter_text, "tool:b", "nothing was chosen");
    assert!(world.state.modals.is_empty());
    world.press("/ backspace down enter");
    assert_eq!(world.state.docket.filter_text, "tool:bandit ");
    assert!(!world.state.modals.is_empty(), "and one goes on writing");
    world.press("esc");
    assert_eq!(world.state.docket.filter_text, "tool:b", "as it was");
}

#[test]
fn the_next_term_is_written_behind_those_that_are_there() {
    let mut world = World::of(100);
    world.press("/ i s : o p e n enter / s e v : h i g h enter");
    assert_eq!(world.state.docket.filter_text, "is:open sev:high");
    world.press("/ enter");
    assert_eq!(world.state.docket.filter_text, "is:open sev:high");
}

#[test]
fn a_key_quicker_than_the_answer_takes_the_first_when_it_comes() {
    let mut world = World::of(100);
    world.press("/ t o o l :");
    let mut slow = update(&mut world.state, Event::Pressed("b".parse().unwrap()), 0);
    slow.extend(update(&mut world.state, Event::Pressed("tab".parse().unwrap()), 0));
    assert_eq!(world.state.docket.filter_text, "tool:b");
    world.settle(slow);
    assert_eq!(world.state.docket.filter_text, "tool:bandit ");
}

#[test]
fn the_worker_is_asked_once_a_key_while_a_filter_is_written() {
    let mut world = World::of(1_000);
    let before = world.asked.get("find").copied().unwrap_or(0);
    world.press("/ i s : o p down down up");
    assert_eq!(world.asked["find"] - before, 6, "choosing asks nothing");
}

#[test]
fn a_facet_takes_a_value_into_the_filter_and_its_counts_follow() {
    let mut world = World::of(100);
    world.press("F");
    let top = line(&world, "critical");
    assert!(top.contains(" 20 "), "{top}");
    world.press("enter");
    assert_eq!(filter(&world), "sev:critical");
    assert_eq!(world.state.docket.cases.len(), 20, "the list follows");
    assert!(line(&world, "+ critical").contains(" 20 "));
    world.press("j enter");
    assert_eq!(filter(&world), "sev:critical,high", "either is enough");
    assert_eq!(world.state.docket.cases.len(), 40);
    world.press("tab tab");
    let semgrep = line(&world, "semgrep");
    assert!(semgrep.contains(" 20 "), "counted in what the rest of the filter leaves in: {semgrep}");
    world.press("j -");
    assert_eq!(filter(&world), "sev:critical,high -tool:semgrep");
    assert_eq!(world.state.docket.cases.len(), 20);
    assert!(shown(&world).contains("- semgrep"));
    world.press("- esc");
    assert_eq!((filter(&world).as_str(), world.state.modals.len()), ("sev:critical,high", 0));
    assert_eq!(world.state.docket.filter_text, "sev:critical,high");
}

#[test]
fn directories_are_gone_through_a_level_at_a_time() {
    let mut world = World::of(90);
    world.press("F 6");
    assert!(
        line(&world, "lib/").contains(" 60 ") && line(&world, "│   src/").contains(" 30 "),
        "{}",
        shown(&world)
    );
    world.press("right");
    assert!(line(&world, "lib/deep/").contains(" 60 "), "{}", shown(&world));
    assert!(shown(&world).contains("in lib/"));
    world.press("enter");
    assert_eq!(filter(&world), "path:lib/deep/");
    assert_eq!(world.state.docket.cases.len(), 60);
    world.press("right");
    assert!(shown(&world).contains("lib/deep/file1.py"), "{}", shown(&world));
    world.press("left left j j enter");
    assert_eq!(filter(&world), "path:lib/deep/,src/");
    assert_eq!(world.state.docket.cases.len(), 90);
}

#[test]
fn a_facet_with_many_values_is_narrowed_by_letters_and_shows_what_the_filter_names() {
    let mut world = World::of(60);
    world.press("/ r u l e : p y * enter F 5");
    assert!(line(&world, "+ py*").contains("30"), "a value that was written by hand: {}", shown(&world));
    world.press("/ b 6");
    assert!(shown(&world).contains("B608"));
    assert!(!shown(&world).contains("  sql"), "{}", shown(&world));
    world.press("esc esc");
    assert!(world.state.modals.is_empty());
}

#[test]
fn facets_are_drawn_at_every_size() {
    let mut world = World::of(60);
    world.press("F");
    for size in [(80, 24), (120, 36), (200, 60), (20, 5), (1, 1)] {
        world.tell(Event::Resized(size.0, size.1));
        let _ = shown(&world);
        world.press("tab");
    }
    world.tell(Event::Resized(80, 24));
    let screen = shown(&world);
    assert!(
        screen.contains("project") && screen.contains("SQL Injection number 1"),
        "beside the list: {screen}"
    );
}

#[test]
fn a_file_is_gone_to_by_some_of_its_letters() {
    let mut world = World::of(300);
    world.press("ctrl-p");
    assert!(shown(&world).contains("1 case"), "{}", shown(&world));
    world.press("s r c f 2 7 0");
    assert!(line(&world, "src/file270.py").contains("1 case"), "{}", shown(&world));
    world.press("enter");
    assert!(world.state.modals.is_empty());
    assert_eq!(world.state.docket.current(), Some(270));
}

#[test]
fn a_file_that_the_filter_hides_becomes_the_filter() {
    let mut world = World::of(300);
    world.press("/ s e v : c r i t i c a l enter ctrl-p f i l e 2 7 0");
    assert!(line(&world, "src/file270.py").contains("0 of 1 case"), "{}", shown(&world));
    world.press("enter");
    assert_eq!(filter(&world), "path:/src/file270.py");
    assert_eq!(world.state.docket.current(), Some(270));
    assert!(shown(&world).contains("it was sev:critical"), "{}", shown(&world));
}

#[test]
fn files_for_other_letters_are_dropped_and_each_letter_asks_once() {
    let mut world = World::of(300);
    world.press("ctrl-p");
    let late = update(&mut world.state, Event::Pressed("2".parse().unwrap()), 0);
    let newer = update(&mut world.state, Event::Pressed("7".parse().unwrap()), 0);
    assert_eq!((late.len(), newer.len()), (1, 1));
    world.settle(newer);
    let before = shown(&world);
    world.settle(late);
    assert_eq!(shown(&world), before);
    world.press("z z z enter");
    assert!(!world.state.modals.is_empty(), "nothing is like it, and nothing is chosen");
}

#[test]
fn a_filter_is_saved_under_a_name_chosen_renamed_and_forgotten() {
    let mut world = World::of(100);
    world.press("S");
    assert!(shown(&world).contains("there is no filter to save"));
    world.press("/ s e v : c r i t i c a l enter S b a d enter");
    assert_eq!(world.saved["bad"], "sev:critical");
    assert!(shown(&world).contains("@bad is sev:critical"), "{}", shown(&world));
    world.press("\\ '");
    assert!(line(&world, "@bad").contains("sev:critical"), "{}", shown(&world));
    world.press("enter");
    assert_eq!((filter(&world).as_str(), world.state.docket.cases.len()), ("sev:critical", 20));
    world.press("' ctrl-r ctrl-u w o r s t enter");
    assert_eq!(world.saved.keys().collect::<Vec<_>>(), ["worst"]);
    assert!(line(&world, "@worst").contains("sev:critical"), "the list is still open: {}", shown(&world));
    world.press("ctrl-d");
    assert!(world.saved.is_empty() && !shown(&world).contains("@worst  "), "{}", shown(&world));
    world.press("esc S enter");
    assert!(shown(&world).contains("is no name of a filter"), "{}", shown(&world));
}

#[test]
fn a_saved_filter_is_written_by_its_name_and_one_that_is_not_there_is_told() {
    let mut world = World::of(100);
    world.press("/ s e v : c r i t i c a l enter S b a d enter / ctrl-u @ b tab");
    assert_eq!((world.state.docket.filter_text.as_str(), filter(&world).as_str()), ("@bad ", "sev:critical"));
    world.press("t o o l :");
    assert!(line(&world, "bandit").contains(" 20 "), "counted among it: {}", shown(&world));
    world.press("ctrl-u @ x");
    assert!(shown(&world).contains("no filter is saved as `@x`"), "{}", shown(&world));
}
