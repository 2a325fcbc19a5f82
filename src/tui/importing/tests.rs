use super::*;
use crate::ingest::meter::{Mark, Phase};
use crate::ingest::receipt::{Changes, Counts};
use crate::jobs::{Reply, RunsReply};
use crate::tui::effect::Effect;
use crate::tui::event::Event;
use crate::tui::testing::{World, shown};

fn end(world: &mut World, end: Result<ImportEnd, String>) {
    world.tell(Event::Answered(Reply::Runs(RunsReply::Imported(end))));
}

fn done() -> ImportEnd {
    let counts = Counts { claims: 120, new: 100, matched: 20, ..Counts::default() };
    let changes = Changes { gone: 3, ..Changes::default() };
    ImportEnd { project: "shop".into(), read: 1, counts, changes, ..ImportEnd::default() }
}

/// Asks for an import and starts it.
fn start(world: &mut World) {
    world.press(": i m p o r t enter s c a n . j s o n enter");
}

#[test]
fn an_import_is_asked_for_on_any_screen_and_other_work_goes_on_meanwhile() {
    for screen in ["f1", "f3", "f4"] {
        let mut world = World::of(10);
        world.press(screen);
        start(&mut world);
        assert_eq!(world.imported[0].paths, "scan.json");
        let head = shown(&world).remove(0);
        assert!(head.contains("looking 1/2") && head.contains("0 claims"), "{head}");
        world.press("f1 u");
        assert_eq!(world.decided.len(), 1, "a verdict is given while it runs");
        end(&mut world, Ok(done()));
        let said = shown(&world).pop().unwrap();
        assert!(
            said.contains("imported 1 file into shop: 120 claims = 100 new + 20 matched; 3 gone"),
            "{said}"
        );
        assert!(!shown(&world).remove(0).contains("looking"));
    }
}

#[test]
fn how_far_it_is_stands_in_the_first_line_on_every_size() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = World::of(10);
        world.tell(Event::Resized(size.0, size.1));
        start(&mut world);
        let mark = Mark { phase: Phase::Matching, done: 32, of: 64, claims: 45_012 };
        let progress = ImportProgress { path: "scan.json".into(), number: 1, of: 1, mark };
        world.tell(Event::Answered(Reply::Runs(RunsReply::Progress(progress))));
        let screen = shown(&world);
        assert!(screen[0].contains("▮▮▮▮▮▮▮▯▯▯ matching 72 % 45,012 claims"), "{}", screen[0]);
        assert!(screen[0].contains("10 open"), "{}", screen[0]);
        world.press("j");
        assert!(shown(&world).pop().unwrap().contains("ctrl-x cancel the import"));
    }
}

#[test]
fn a_second_import_waits_for_the_first() {
    let mut world = World::of(10);
    start(&mut world);
    world.press("I");
    assert!(world.state.modals.is_empty());
    assert!(shown(&world).pop().unwrap().contains("an import is running"));
    world.press("f4 x");
    assert!(world.state.modals.is_empty(), "nothing is taken back meanwhile");
    assert_eq!(world.imported.len(), 1);
}

#[test]
fn an_import_is_cancelled_by_a_key_and_asked_for_again_with_what_was_written() {
    let mut world = World::of(10);
    start(&mut world);
    world.press("ctrl-x");
    assert!(shown(&world).pop().unwrap().contains("import cancelled: the store is as it was"));
    world.press("I enter");
    assert_eq!(world.imported[1].paths, "scan.json");
    end(&mut world, Ok(done()));
    world.press("I enter");
    assert_eq!(world.imported.len(), 2, "what was imported is not asked for again");
    assert!(shown(&world).join("\n").contains("which file or folder?"));
}

#[test]
fn the_next_import_is_of_the_same_source_and_project() {
    let mut world = World::of(10);
    world.press("I s c a n . j s o n down s r c down s h o p enter");
    end(&mut world, Ok(done()));
    world.press("I b . j s o n enter");
    let asked = world.imported.last().unwrap();
    assert_eq!(
        (asked.paths.as_str(), asked.source.as_str(), asked.project.as_str()),
        ("b.json", "src", "shop")
    );
}

#[test]
fn leaving_while_an_import_runs_is_asked_first() {
    let mut world = World::of(10);
    start(&mut world);
    world.press("q esc");
    assert!(world.left.is_empty());
    world.press("q enter");
    assert!(matches!(world.left[..], [Effect::Quit]));
    let mut world = World::of(10);
    start(&mut world);
    world.press("q");
    end(&mut world, Ok(done()));
    assert!(shown(&world).join("\n").contains("the import has ended"), "the question stays, and says so");
    world.press("enter");
    assert!(matches!(world.left[..], [Effect::Quit]));
}

#[test]
fn what_was_refused_is_said_with_its_file_and_place() {
    let mut world = World::of(10);
    start(&mut world);
    end(&mut world, Err("scan.json: a value is missing at line 3, byte 120".into()));
    let said = shown(&world).pop().unwrap();
    assert!(said.contains("not imported: scan.json: a value is missing at line 3, byte 120"), "{said}");
    world.press("j");
    assert!(shown(&world).pop().unwrap().contains("line 3"), "it stays until it is put away");
    start(&mut world);
    let refused = vec![("b.json".to_owned(), "is broken".to_owned()); 2];
    end(&mut world, Ok(ImportEnd { refused, ..done() }));
    let said = shown(&world).pop().unwrap();
    assert!(said.contains("refused: b.json: is broken, and 1 more refused"), "{said}");
}

#[test]
fn names_are_completed_and_the_default_of_the_project_is_shown() {
    let mut world = World::of(10);
    world.press("I s c tab");
    let screen = shown(&world).join("\n");
    assert!(screen.contains(r"scan\ ") && screen.contains("scan one.json  scan two.json"), "{screen}");
    assert!(screen.contains("here") && screen.contains("this workspace holds `shop`"), "{screen}");
    world.press("down s r c");
    assert!(shown(&world).join("\n").contains("project src"), "the source names the project");
    world.press("down s h o p");
    assert!(!shown(&world).join("\n").contains("this workspace holds"));
    world.press("enter");
    let asked = &world.imported[0];
    assert_eq!(
        (asked.paths.as_str(), asked.source.as_str(), asked.project.as_str()),
        (r"scan\ ", "src", "shop")
    );
}
