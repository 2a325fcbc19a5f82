use proptest::prelude::*;

use super::*;
use crate::ingest::receipt::{Changes, Counts, RunReceipt};
use crate::tui::event::Event;
use crate::tui::layout;
use crate::tui::testing::{World, shown};

fn import(number: u8) -> ImportView {
    let counts = Counts { claims: 120, new: 100, matched: 15, repeated: 3, set_aside: 1, unreadable: 1 };
    let run = RunReceipt {
        run: format!("{number:02x}00000000000000"),
        tool: "semgrep".into(),
        tool_version: "1.182.0".into(),
        counts,
        troubles: Vec::new(),
    };
    ImportView {
        name: [number; 16],
        project: "shop".into(),
        format: "sarif".into(),
        file: format!("scans/number-{number}.sarif"),
        when: "2026-01-31 17:05".into(),
        scope: "partial".into(),
        runs: vec![run],
        counts,
        changes: Some(Changes { gone: 4, ..Changes::default() }),
        ..ImportView::default()
    }
}

/// A world with so many imports, the newest with the highest number, on their screen.
fn world(imports: u8) -> World {
    let mut world = World::of(10);
    world.imports = (1..=imports).rev().map(import).collect();
    world.press("f4");
    world
}

#[test]
fn the_imports_are_listed_newest_first_with_the_receipt_of_the_one_at_hand() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = world(90);
        world.tell(Event::Resized(size.0, size.1));
        let screen = shown(&world).join("\n");
        for text in
            ["number-90.sarif", "number-89.sarif", "semgrep 1.182.0", "1/90 newest first", "enter its cases"]
        {
            assert!(screen.contains(text), "{text} {size:?}\n{screen}");
        }
        assert!(screen.contains("120 claims = 100 new + 15 matched + 3 repeated"), "{screen}");
        assert!(screen.contains("4 gone, 0 unseen"), "{screen}");
        world.press("j");
        assert!(world.state.runs.receipt().is_some(), "the receipt of where one is was asked for");
        world.press("G");
        assert!(shown(&world).join("\n").contains("scans/number-1.sarif"));
    }
}

#[test]
fn an_import_opens_the_docket_of_what_it_saw() {
    let mut world = world(3);
    world.press("j enter");
    assert_eq!(world.state.which, Which::Docket);
    assert_eq!(world.state.docket.filter_text, "run:0200000000000000");
    assert_eq!(world.state.docket.filter_error, None);
}

#[test]
fn an_import_is_taken_back_only_after_it_was_said_what_goes_with_it() {
    let mut world = world(20);
    world.press("x");
    let screen = shown(&world).join("\n");
    assert!(screen.contains("12 findings in 9 cases gone, 3 findings as before"), "{screen}");
    world.press("esc");
    assert_eq!(world.state.runs.imports.items().len(), 20);
    world.press("x enter");
    assert_eq!(world.state.runs.imports.items().len(), 19);
    assert!(shown(&world).pop().unwrap().contains("taken back: 1 run, 12 findings"));
}

#[test]
fn an_import_that_others_rest_on_stays_and_it_is_said_why() {
    let mut world = world(5);
    world.press("x");
    assert!(shown(&world).join("\n").contains("later runs rest on it"));
    world.press("enter");
    assert_eq!(world.state.runs.imports.items().len(), 5);
    assert!(!world.state.modals.is_empty(), "enter does nothing where nothing can be done");
}

#[test]
fn the_place_in_the_list_is_kept_while_imports_come() {
    let mut world = world(30);
    world.press("j j j j j j j j j j");
    let (name, line) = (world.state.runs.current().unwrap().name, world.state.runs.imports.offset());
    world.imports.insert(0, import(31));
    world.press("ctrl-r");
    let runs = &world.state.runs;
    assert_eq!((runs.current().unwrap().name, runs.imports.offset()), (name, line));
    world.press("g");
    world.imports.insert(0, import(32));
    world.press("ctrl-r");
    assert_eq!(world.state.runs.current().unwrap().name, [32; 16], "at the newest one sees what comes");
}

#[test]
fn what_is_of_the_docket_alone_is_not_done_here() {
    let mut world = world(3);
    world.press(": c o n f i r m enter");
    assert!(world.decided.is_empty());
    assert!(shown(&world).pop().unwrap().contains("that is done on the docket"));
    world.press("f1 : r e m o v e - r u n enter");
    assert!(world.state.modals.is_empty());
}

proptest! {
    #[test]
    fn no_place_leaves_the_terminal_or_lies_on_another(columns in 0_u16..320, rows in 0_u16..120) {
        let mut state = crate::tui::testing::state();
        state.size = (columns, rows);
        let panes = layout::of(&state);
        let places = Places::of(&panes, state.size);
        let all = [panes.header, panes.filter, places.columns, places.list, places.rule, places.receipt, panes.footer];
        for (at, place) in all.iter().enumerate() {
            prop_assert!(place.right() <= columns && place.bottom() <= rows, "{place:?}");
            for other in all.iter().skip(at + 1) {
                prop_assert!(place.intersection(*other).is_empty(), "{place:?} {other:?}");
            }
        }
    }
}
