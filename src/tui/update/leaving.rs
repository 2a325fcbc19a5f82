//! Copying, the editor, and what a source tree tells, as the state has it.

use std::ffi::OsString;
use std::sync::Arc;

use super::*;
use crate::domain::{Place as Region, Point, Step};
use crate::jobs::{CodeFile, FindingView};
use crate::tui::editor::Editor;
use crate::tui::effect::Edits;
use crate::tui::testing::{World, shown};

/// What was copied last.
fn copied(world: &World) -> Option<&str> {
    world.left.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

/// The command of the editor that was opened last, and what for.
fn opened(world: &World) -> Option<(Vec<&str>, &Edits)> {
    world.left.iter().rev().find_map(|effect| match effect {
        Effect::Edit(command, what) => {
            Some((command.iter().filter_map(|word: &OsString| word.to_str()).collect(), what))
        }
        _ => None,
    })
}

#[test]
fn a_letter_says_what_is_copied() {
    let mut world = World::of(3);
    world.press("y");
    let footer = shown(&world).pop().unwrap();
    assert!(
        footer.contains("p path:line") && footer.contains("l link") && footer.contains("m Markdown"),
        "{footer}"
    );
    world.press("p");
    assert_eq!(copied(&world), Some("src/file1.py:14"));
    world.press("y l");
    assert_eq!(copied(&world), Some("https://forge/src/file1.py#L14"));
    world.press("y m");
    assert!(copied(&world).unwrap().starts_with("### SQL Injection number 1"));
    let before = world.left.len();
    world.press("y x esc");
    assert_eq!((world.left.len(), world.state.modals.len()), (before, 0));
}

#[test]
fn at_a_step_of_the_data_flow_its_own_place_is_copied_and_opened() {
    let mut world = World::of(1);
    let mut view = world.view(1);
    let step = |path: &str, line| Step {
        place: Region { path: path.into(), start: Point { line, column: 3 }, ..Region::default() },
        ..Step::default()
    };
    let mut member = FindingView::sample(Region::lines("app/src/file1.py", 14, 14));
    member.path = "src/file1.py".into();
    member.claim.traces = vec![vec![step("app/web/routes.py", 31), step("app/src/file1.py", 14)]];
    view.findings.push(member);
    world.state.docket.open = None;
    world.tell(Event::Answered(Reply::Case(Box::new(view), None)));
    world.press("] y p");
    assert_eq!(copied(&world), Some("web/routes.py:31"));
    world.press("y l");
    assert_eq!(copied(&world), Some("https://forge/web/routes.py#L31"));
    world.press("e");
    assert_eq!(opened(&world).unwrap().0, ["vi", "+31", "/shop/web/routes.py"]);
    world.press("] y p");
    assert_eq!(copied(&world), Some("src/file1.py:14"));
}

#[test]
fn what_is_copied_cannot_steer_a_terminal_and_a_line_of_megabytes_is_cut() {
    let mut world = World::of(1);
    let mut view = world.view(1);
    view.listed.path = "src/a\u{1b}[2J\u{202e}.py\n".into();
    (view.listed.row.line, view.listed.row.end_line) = (2, 2);
    let region = Region { start: Point { line: 2, column: 900_001 }, ..Region::lines("a", 2, 2) };
    view.findings.push(FindingView::sample(region));
    view.findings[0].claim.message = "one\ntwo\u{1b}]0;x\u{7}".into();
    let text = format!("a\t\u{1b}[31m\u{202e}b\n{}eval(x){}\n", "x".repeat(900_000), "y".repeat(900_000));
    world.state.docket.open = None;
    let file = CodeFile::new("a.txt", text, 1, true);
    world.tell(Event::Answered(Reply::Case(Box::new(view), Some(Arc::new(file)))));
    world.press("y p");
    assert_eq!(copied(&world), Some("src/a␛[2J\\u{202e}.py␊:2"));
    world.press("y m");
    let case = copied(&world).unwrap();
    assert!(
        !case.contains(|letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}'),
        "{case:?}"
    );
    assert!(case.contains("one two") && case.contains("xeval(x)y") && case.len() < 4000, "{}", case.len());
}

#[test]
fn the_editor_is_opened_at_the_line_and_a_file_that_differs_is_said_to() {
    let mut world = World::of(1);
    world.press("e");
    assert_eq!(
        opened(&world),
        Some((vec!["vi", "+14", "/shop/src/file1.py"], &Edits::File { changed: false }))
    );
    world.tell(Event::Edited(Edits::File { changed: true }, Ok(())));
    assert!(shown(&world).pop().unwrap().contains("the file differs from what was scanned"));
    world.tell(Event::Edited(Edits::File { changed: false }, Err("cannot run the editor `x`".into())));
    assert!(shown(&world).pop().unwrap().contains("cannot run the editor"));
    world.state.settings.editor = Editor::parse("vim '");
    world.press("esc e");
    assert!(shown(&world).pop().unwrap().contains("has a quotation mark without its partner"));
}

#[test]
fn a_file_is_compared_once_and_again_after_the_editor() {
    let mut world = World::of(2);
    assert_eq!(world.asked["tree"], 1);
    world.press("J K L H f");
    assert_eq!(world.asked["tree"], 1, "no key asks again");
    assert!(!shown(&world).join("\n").contains("since the scan"));
    world.changed = true;
    world.tell(Event::Edited(Edits::File { changed: false }, Ok(())));
    assert!(shown(&world).join("\n").contains("changed since the scan"));
    world.press("=");
    assert!(shown(&world).join("\n").contains("-a 1"));
    for _ in 0..300 {
        world.press("j");
    }
    let last = shown(&world);
    assert!(last.join("\n").contains("+b 60"), "{last:?}");
    world.press("k");
    assert_ne!(shown(&world), last, "it stops at its end");
    world.press("esc");
    assert!(world.state.modals.is_empty());
}

#[test]
fn a_note_goes_to_the_editor_and_comes_back() {
    let mut world = World::of(1);
    world.press("m a ctrl-x");
    let (command, what) = opened(&world).unwrap();
    assert_eq!((command, what), (vec!["vi", "+1", "/draft.md"], &Edits::Note("/draft.md".into())));
    world.tell(Event::Edited(Edits::Note("/draft.md".into()), Ok(())));
    let text = |world: &World| match world.state.modals.last() {
        Some(Modal::Note(note)) => note.input.text().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(&world), "from the editor");
    world.press("ctrl-z");
    assert_eq!(text(&world), "a");
}
