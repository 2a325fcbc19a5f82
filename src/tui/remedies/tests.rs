mod moving;
mod writing;

use proptest::prelude::*;

use super::*;
use crate::jobs::{Became, Doing, RemedyReply, Reply};
use crate::remedy::Outcome;
use crate::tui::effect::Edits;
use crate::tui::event::Event;
use crate::tui::modal::Modal;
use crate::tui::state::Which;
use crate::tui::testing::remedies::id;
use crate::tui::testing::{World, shown};

/// A world in which some cases have remedies, on their screen.
fn world(remedied: &[u32]) -> World {
    let mut world = World::of(30);
    world.remedied = remedied.to_vec();
    world.in_vain = vec![21, 22];
    world.press("f2");
    world
}

fn text(world: &World) -> String {
    shown(world).join("\n")
}

fn footer(world: &World) -> String {
    shown(world).pop().unwrap()
}

#[test]
fn a_remedy_stands_beside_its_list_with_its_checks() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = world(&[2, 3, 4]);
        world.tell(Event::Resized(size.0, size.1));
        let screen = text(&world);
        for part in [
            "1/3",
            "SQL Injection number 2",
            "✓ sound",
            "mender  1 of 2",
            "src/file2.py:14",
            "a accept",
            "minimal ✓",
            "1.4 s",
        ] {
            assert!(screen.contains(part), "{part} {size:?}\n{screen}");
        }
        assert!(screen.contains("- ") && screen.contains("%s"), "{screen}");
        let beside = screen.lines().any(|line| line.contains("{uid}") && line.contains("%s"));
        assert_eq!(beside, size.0 == 200, "{screen}");
    }
}

#[test]
fn before_and_after_stand_side_by_side_where_that_is_asked_for_and_there_is_room() {
    let mut world = world(&[3]);
    world.tell(Event::Resized(120, 36));
    world.press("d");
    let beside = |world: &World| {
        text(world).lines().any(|line| line.contains("SELECT") && line.matches(" 7 ").count() == 2)
    };
    assert!(beside(&world), "{}", text(&world));
    world.press("d");
    assert!(!beside(&world));
    world.tell(Event::Resized(40, 24));
    world.press("d");
    assert!(footer(&world).contains("no room"), "{}", footer(&world));
}

#[test]
fn a_decision_is_one_key_and_shown_when_it_is_on_disk() {
    let mut world = world(&[3]);
    world.press("a");
    assert_eq!(world.fates[&id(3, 0)], Became::Accepted);
    assert!(text(&world).contains("accepted by ann"), "{}", text(&world));
    world.press("A");
    assert_eq!(world.fates[&id(3, 0)], Became::Applied);
    world.press("r");
    assert!(footer(&world).contains("take it back first"));
    world.press("x");
    assert_eq!(world.fates[&id(3, 0)], Became::Accepted);
    world.remedied.push(4);
    world.press("ctrl-r g r");
    assert!(footer(&world).contains("refused because"));
    world.press("m");
    assert_eq!(
        (world.fates[&id(4, 0)], world.refusals.as_slice()),
        (Became::Refused, &["changes too much".to_owned()][..])
    );
    world.press("r enter");
    assert_eq!(world.refusals.last().unwrap(), "");
    world.press("r esc");
    assert_eq!(world.refusals.len(), 2);
}

#[test]
fn a_decision_that_is_not_saved_says_so_and_the_docket_stays_where_it_is() {
    let mut world = world(&[3]);
    let before = world.state.docket.current();
    world.fails = true;
    world.press("a");
    assert!(footer(&world).contains("not saved: the disk is full"));
    assert_eq!(world.state.docket.current(), before);
    assert!(!text(&world).contains("accepted"));
}

#[test]
fn what_fails_a_check_is_written_only_after_it_was_asked() {
    let mut world = world(&[5]);
    world.press("A");
    assert!(text(&world).contains("a required check of this remedy fails"));
    world.press("esc");
    assert!(world.fates.is_empty());
    world.press("A enter");
    assert_eq!(world.fates[&id(5, 0)], Became::Applied);
}

#[test]
fn the_checks_are_shown_with_what_they_rest_on() {
    let mut world = world(&[5]);
    world.press("c");
    let screen = text(&world);
    for part in
        ["stands: the same rule reports the same code", "a line of evidence", "980 ms", "0123456789ab"]
    {
        assert!(screen.replace("0.9 s", "980 ms").contains(part), "{part}\n{screen}");
    }
    world.press("c");
    assert!(!text(&world).contains("a line of evidence"));
}

#[test]
fn the_remedies_of_a_case_are_gone_through_and_stand_side_by_side() {
    let mut world = world(&[4]);
    world.press("right");
    assert!(text(&world).contains("2 of 2") && text(&world).contains("the file has changed since"));
    world.press("right left");
    assert!(text(&world).contains("1 of 2"));
    world.tell(Event::Resized(70, 24));
    world.press("v");
    assert!(footer(&world).contains("one at a time"), "{}", footer(&world));
    for size in [(80, 24), (120, 36), (200, 60)] {
        world.tell(Event::Resized(size.0, size.1));
        world.press("v");
        let screen = text(&world);
        let both = |line: &str| line.contains("sound, mender") && line.contains("unproven, mender");
        assert!(screen.lines().any(both), "{size:?}\n{screen}");
        world.press("v");
    }
}

#[test]
fn a_case_without_a_remedy_says_why_and_is_listed_for_a_broader_review() {
    let mut world = world(&[3]);
    world.press("o");
    let screen = text(&world);
    assert!(screen.contains("for broader review") && screen.contains("1/2"), "{screen}");
    assert!(screen.contains("model: what it replaces is not there (mender)"), "{screen}");
    world.press("a");
    assert!(footer(&world).contains("no remedy here"));
    world.press("o");
    assert!(text(&world).contains("remedies of every case"));
}

#[test]
fn where_reviewing_is_blind_nothing_is_told_before_the_own_verdict() {
    let mut world = World::of(30);
    (world.state.settings.blind, world.state.settings.reviewer) = (true, "ann".into());
    world.remedied = vec![1, 2];
    world.press("f2");
    let screen = text(&world);
    for word in ["sound", "mender", "%s", "minimal", "recheck"] {
        assert!(!screen.contains(word), "{word}\n{screen}");
    }
    assert!(screen.contains("hidden until your own verdict"), "{screen}");
    world.press("a A e P x r");
    assert!(world.fates.is_empty() && world.left.is_empty() && world.state.modals.is_empty());
    assert!(!world.state.docket.noticed.remedies_seen.contains(&1));
    // The verdict is given on the docket.
    world.press("enter");
    assert_eq!((world.state.which, world.state.docket.current()), (Which::Docket, Some(1)));
    let row = world.listed(1);
    world.tell(Event::Answered(Reply::Rows(vec![row])));
    assert!(text(&world).contains("there is a remedy: hidden until"), "{}", text(&world));
    world.press("u f2 g");
    while world.state.remedies.current().unwrap().case != 1 {
        world.press("j");
    }
    assert!(text(&world).contains("mender"), "{}", text(&world));
    assert!(world.state.docket.noticed.remedies_seen.contains(&1));
}

#[test]
fn a_remedy_is_changed_in_the_editor_and_what_comes_of_it_stands_beside_it() {
    let mut world = world(&[4]);
    world.press("e");
    let Some(Effect::Edit(command, Edits::Remedy(draft))) = world.left.pop() else { panic!("no editor") };
    assert_eq!(command, ["vi", "+7", "/edit/db.py"]);
    assert_eq!((draft.remedy, draft.at), (id(4, 0), 0));
    world.tell(Event::Edited(Edits::Remedy(draft), Ok(())));
    assert!(footer(&world).contains("your change is a remedy of its own: sound"), "{}", footer(&world));
}

#[test]
fn a_patch_or_a_branch_is_written_under_a_name_that_is_asked_for() {
    let mut world = world(&[4]);
    world.press("P p");
    assert!(
        footer(&world).contains("write the patch into the new file: remedy-00000004"),
        "{}",
        footer(&world)
    );
    world.press("enter");
    assert!(footer(&world).contains("the patch is in remedy-00000004"));
    world.press("P b f i x enter");
    assert!(footer(&world).contains("there is a branch `fix`"), "{}", footer(&world));
}

#[test]
fn from_the_docket_a_key_proposes_and_the_same_key_looks_at_what_came() {
    let mut world = World::of(10);
    world.holds = true;
    world.press("p");
    assert!(text(&world).contains("waiting for a remedy"), "{}", text(&world));
    world.press("p");
    assert!(footer(&world).contains("it is being proposed"));
    world.release();
    assert!(text(&world).contains("a sound remedy is ready"), "{}", text(&world));
    world.press("p");
    assert_eq!(
        (world.state.which, world.state.remedies.current().map(|entry| entry.case)),
        (Which::Remedies, Some(1))
    );
    assert!(text(&world).contains("mender"), "{}", text(&world));
    world.press("enter");
    assert_eq!(world.state.which, Which::Docket);
}

#[test]
fn what_a_model_writes_and_the_checks_are_told_beside_the_case_while_they_come() {
    let mut world = World::of(10);
    world.holds = true;
    world.press("p");
    let doing = |text: &str, checks: &[(&str, Outcome)]| {
        let checks = checks.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect();
        let doing = Doing { case: 1, what: "the model writes: 12 tokens".into(), text: text.into(), checks };
        Event::Answered(Reply::Remedies(RemedyReply::Doing(doing)))
    };
    world.tell(doing("def find(self):\n    return \u{1b}[31m1\n", &[]));
    let screen = text(&world);
    for part in ["proposing a remedy", "the model writes: 12 tokens", "def find(self):", "␛[31m1"] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    world.tell(doing("", &[("parses", Outcome::Held), ("minimal", Outcome::Failed)]));
    assert!(text(&world).contains("parses ✓   minimal ✗"), "{}", text(&world));
    // Of another case it is not told here, and where reviewing is blind not at all.
    world.state.settings.blind = true;
    assert!(!text(&world).contains("parses ✓"), "{}", text(&world));
    world.state.settings.blind = false;
    world.press("j");
    assert!(!text(&world).contains("parses ✓"), "{}", text(&world));
}

#[test]
fn proposing_for_many_is_asked_first_and_can_be_paused_and_stopped() {
    let mut world = World::of(25);
    world.press("B");
    assert!(text(&world).contains("propose remedies for 25 cases?"));
    world.press("enter");
    assert!(shown(&world)[0].contains("proposing 0/25, 61 s left"), "{}", shown(&world)[0]);
    world.press("f2");
    assert!(text(&world).contains("space pauses, S stops"), "{}", text(&world));
    world.press("space");
    assert!(text(&world).contains("proposing is paused at 0/25"), "{}", text(&world));
    world.press("space S");
    assert!(footer(&world).contains("stopped after 2 cases"), "{}", footer(&world));
    assert!(world.state.proposing.running.is_none() && world.state.proposing.waiting.is_empty());
    world.press("f1 space j space B");
    assert!(text(&world).contains("propose remedies for 2 cases?"));
}

#[test]
fn the_list_stays_at_the_case_while_others_come() {
    let mut world = world(&[3, 9, 12]);
    world.press("j j");
    world.remedied = vec![1, 2, 3, 9, 12];
    world.press("ctrl-r");
    assert_eq!(world.state.remedies.current().unwrap().case, 12);
    // Proposals in another terminal.
    world.remedied.push(13);
    world
        .tell(Event::Answered(Reply::Changed(crate::jobs::Changed { remedies: true, ..Default::default() })));
    assert!(text(&world).contains("5/6"), "{}", text(&world));
}

#[test]
fn the_mouse_goes_to_a_case_and_the_wheel_scrolls() {
    let mut world = world(&[3, 5, 7, 9]);
    let places = Places::of(&world.state);
    world.tell(Event::Clicked(places.list.x + 2, places.list.y + 2 * places.lines));
    assert_eq!(world.state.remedies.current().unwrap().case, 7);
    world.tell(Event::Wheeled(places.list.x + 2, places.list.y, 1));
    assert_eq!(world.state.remedies.current().unwrap().case, 9);
    world.tell(Event::Resized(80, 12));
    let places = Places::of(&world.state);
    world.tell(Event::Wheeled(places.diff.x, places.diff.y, 2));
    assert!(world.state.remedies.scroll > 0);
    world.tell(Event::Clicked(places.checks.x, places.checks.y));
    assert!(world.state.remedies.shows_checks);
}

#[test]
fn a_screen_without_signs_or_colours_tells_the_same() {
    let mut world = world(&[2, 5]);
    world.state.theme.unicode = false;
    let screen = text(&world);
    assert!(screen.contains("v sound") && screen.contains("parses v"), "{screen}");
    world.press("j");
    let screen = text(&world);
    assert!(screen.contains("x not sound") && screen.contains("recheck semgrep x"), "{screen}");
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn rows_are_built_for_what_is_in_sight_alone() {
    let all: Vec<u32> = (1..=30).collect();
    let world = world(&all);
    let asked = world.asked["rows"];
    assert!(world.state.remedies.in_sight().len() < 30);
    assert!(asked <= 3, "{asked}");
}

/// Texts in a difference that would bend a screen.
fn hostile() -> impl Strategy<Value = String> {
    let parts = [
        "a",
        "漢",
        "\t",
        "\u{202e}",
        "\u{1b}[31m",
        "e\u{301}",
        "\u{200b}",
        "{uid}",
        " ",
        "\u{1f1e9}\u{1f1ea}",
        "\r",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_place_leaves_the_terminal_or_lies_on_another(columns in 0_u16..320, rows in 0_u16..120, hides: bool) {
        let mut state = crate::tui::testing::state();
        state.size = (columns, rows);
        state.remedies.hides_list = hides;
        let (panes, places) = (layout::of(&state), Places::of(&state));
        let all =
            [panes.header, panes.filter, places.list, places.rule, places.heading, places.diff, places.checks, panes.footer];
        for (at, place) in all.iter().enumerate() {
            prop_assert!(place.right() <= columns && place.bottom() <= rows, "{place:?}");
            for other in all.iter().skip(at + 1) {
                prop_assert!(place.intersection(*other).is_empty(), "{place:?} {other:?}");
            }
        }
    }

    #[test]
    fn any_sequence_of_keys_leaves_a_valid_state_that_can_be_drawn(
        keys in prop::collection::vec(prop::sample::select(vec![
            "a", "r", "f", "enter", "esc", "A", "x", "P", "p", "b", "o", "e", "z", "Z", "j", "k", "g", "G", "h", "l", "v",
            "c", "d", "f6", "J", "K", "L", "H", "space", "S", "B", "f1", "f2", "u", "page-down", "?", "ctrl-r",
        ]), 0..60),
        size in prop::sample::select(vec![(80_u16, 24_u16), (120, 36), (200, 60), (20, 6), (1, 1)]),
        blind: bool,
    ) {
        let mut world = world(&[1, 2, 4, 5, 7, 8]);
        world.state.settings.blind = blind;
        for (at, key) in keys.iter().enumerate() {
            if at == keys.len() / 2 {
                world.tell(Event::Resized(size.0, size.1));
            }
            world.press(key);
            let screen = &world.state.remedies;
            prop_assert!(screen.entries.cursor() < screen.entries.items().len().max(1));
            prop_assert!(screen.here().is_none_or(|case| screen.page < case.pages.len().max(1)));
        }
        let _ = shown(&world);
    }

    #[test]
    fn no_text_of_a_difference_or_of_evidence_reaches_the_terminal_as_it_is(
        texts in prop::collection::vec(hostile(), 4),
        size in prop::sample::select(vec![(80_u16, 24_u16), (200, 60), (40, 12)]),
        keys in prop::sample::select(vec!["J", "c", "L", "d", "f6", "c J"]),
    ) {
        let mut world = world(&[3]);
        world.tell(Event::Resized(size.0, size.1));
        let mut remedy = crate::tui::testing::remedies::remedy(3, 0, Sound::No);
        let lines = |texts: &[String]| texts.join("\n") + "\n";
        remedy.diff = crate::text::unified(&lines(&texts[..2]), &lines(&texts[1..]), "a/x", "b/x");
        (remedy.by, remedy.words) = (texts[0].clone(), texts[1].clone());
        for check in &mut remedy.checks {
            check.evidence.words.clone_from(&texts[2]);
            check.evidence.lines.clone_from(&texts);
        }
        let page = crate::tui::testing::remedies::page(remedy, crate::jobs::FileNow::Clashes);
        world.state.remedies.open.as_mut().unwrap().pages = vec![page];
        for key in keys.split(' ') {
            // What follows would have the case read anew.
            world.holds = true;
            world.press(key);
        }
        for line in shown(&world) {
            prop_assert_eq!(crate::text::visible(&line), line.as_str());
        }
    }
}

#[test]
fn an_open_question_does_not_outlive_its_answer() {
    let mut world = world(&[3]);
    world.press("r");
    assert!(matches!(world.state.modals.last(), Some(Modal::Refuse(..))));
    world.press("esc");
    assert!(world.state.modals.is_empty());
}
