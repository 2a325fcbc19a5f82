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
    assert!(last.join("\n").contains(" to 120 of 120 lines "), "{last:?}");
    world.press("ctrl-b a g");
    assert!(shown(&world).join("\n").contains("-a 1"), "what means nothing here closes nothing");
    world.press("=");
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

#[test]
fn where_nothing_may_be_written_every_key_that_would_says_so_and_the_case_stays_open() {
    let mut world = World::unasked(3);
    world.state.settings.reads_only = true;
    let effects = begin(&mut world.state);
    world.settle(effects);
    world.state.drawn();
    let screen = shown(&world);
    assert!(screen[0].contains("read-only") && screen[35].contains("may not be written"), "{screen:?}");
    let bound =
        |action: &Action| world.state.keymap.at(Which::Docket.place()).find(|key| key.action == *action);
    let keys: Vec<String> = Action::all()
        .filter(|action| action.writes())
        .filter_map(|action| bound(&action).map(|binding| binding.key.to_string()))
        .collect();
    assert!(keys.len() > 12, "{keys:?}");
    for key in keys {
        world.press("esc");
        world.press(&key);
        let screen = shown(&world);
        assert!(screen[35].contains("may not be written"), "{key}: {}", screen[35]);
        assert_eq!((world.state.modals.len(), world.state.docket.cursor), (0, 0), "{key}");
    }
    assert_eq!((world.asked.get("act"), world.asked.get("runs")), (None, None));
    world.press("esc j");
    assert_eq!(world.state.docket.cursor, 1);
}

#[test]
fn a_verdict_on_many_says_how_far_it_is_until_it_is_saved() {
    let mut world = World::of(5);
    world.holds = true;
    world.press("u");
    let ticket = *world.state.docket.pending.keys().next().unwrap();
    let saving = |ticket| Event::Answered(Reply::Saving { ticket, done: 41_200, of: 100_000 });
    world.tell(saving(ticket + 1));
    assert!(!shown(&world)[0].contains("saving"), "that of another act is over");
    world.tell(saving(ticket));
    assert!(shown(&world)[0].contains("saving 41,200 of 100,000"), "{}", shown(&world)[0]);
    world.release();
    assert!(!shown(&world)[0].contains("saving"));
}

#[test]
fn who_has_locked_the_workspace_is_said_while_it_is_locked() {
    let mut world = World::unasked(5);
    let words = "waiting for another process, which has locked findings.db";
    world.tell(Event::Answered(Reply::Waiting(Some(words.to_owned()))));
    let line = shown(&world).pop().unwrap();
    assert!(line.contains(words) && line.contains("q quit"), "{line}");
    world.tell(Event::Answered(Reply::Waiting(None)));
    assert!(!shown(&world).pop().unwrap().contains(words));
}
