use super::*;
use crate::domain::Opinion;
use crate::jobs::Reply;
use crate::tui::event::Event;
use crate::tui::testing::gate::past;
use crate::tui::testing::{World, gate, shown};

fn world() -> World {
    let mut world = World::of(3);
    world.gate = Ok(gate::shut());
    world.state.settings.reviewer = "ann".into();
    world
}

fn on_screen(world: &World) -> String {
    shown(world).join("\n")
}

fn line(world: &World) -> String {
    shown(world).pop().unwrap()
}

#[test]
fn each_condition_stands_with_its_value_its_bound_and_how_many_decisions_it_takes() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = world();
        world.tell(Event::Resized(size.0, size.1));
        world.press("f3");
        let screen = on_screen(&world);
        for part in [
            "gate shut by gate.toml",
            "6 of 10",
            "at least 188",
            "812",
            "≥ 1,000",
            "cwe_classes",
            "≤ 0.25",
            "as of 14:05",
        ] {
            assert!(screen.contains(part), "{part} {size:?}\n{screen}");
        }
    }
    let mut world = world();
    world.gate = Ok(gate::open());
    world.press("f3");
    assert!(on_screen(&world).contains("gate open by gate.toml"), "{}", on_screen(&world));
    world.press("n");
    assert!(line(&world).contains("the gate is open"), "{}", line(&world));
}

#[test]
fn until_it_is_counted_the_screen_is_there_and_says_so_and_each_key_is_answered() {
    let mut world = world();
    world.holds = true;
    world.press("f3");
    assert!(on_screen(&world).contains("counting…"));
    world.press("j n enter");
    assert!(line(&world).contains("not counted yet") || on_screen(&world).contains("counting…"));
    world.release();
    assert!(on_screen(&world).contains("gate shut"));
    assert_eq!(world.asked["gate"], 1);
}

#[test]
fn what_is_left_is_called_off_and_what_it_would_have_told_comes_too_late() {
    let mut world = world();
    world.holds = true;
    world.press("f3 f1");
    assert!(!world.state.gate.is_counting());
    world.release();
    assert!(world.state.gate.view.is_none(), "what was called off is not shown");
    assert_eq!(world.asked["gate"], 2, "it was asked for, and called off");
    world.press("f3");
    assert!(on_screen(&world).contains("gate shut"), "and counted anew when it is wanted again");
}

#[test]
fn what_changed_since_is_said_and_counted_anew_when_one_comes_back_or_asks() {
    let mut world = world();
    world.press("f3 f1");
    world.press("f3");
    assert_eq!(world.asked["gate"], 1, "nothing has changed");
    world.press("f1 u f3");
    assert_eq!(world.asked["gate"], 2, "a verdict was given");
    let changed = crate::jobs::Changed { journal: true, ..crate::jobs::Changed::default() };
    world.tell(Event::Answered(Reply::Changed(changed)));
    assert!(on_screen(&world).contains("changed since: ctrl-r"), "{}", on_screen(&world));
    assert_eq!(world.asked["gate"], 2, "nobody is taken by surprise");
    world.press("ctrl-r");
    assert_eq!(world.asked["gate"], 3);
    assert!(!on_screen(&world).contains("changed since"));
}

#[test]
fn what_cannot_be_counted_says_why_and_what_was_there_stays() {
    let mut world = world();
    world.gate = Err("gate.toml: `caps.rule` is a share".into());
    world.press("f3");
    let screen = on_screen(&world);
    assert!(screen.contains("it could not be counted: gate.toml: `caps.rule` is a share"), "{screen}");
    world.gate = Ok(gate::shut());
    world.press("ctrl-r");
    assert!(on_screen(&world).contains("gate shut"));
    world.gate = Err("locked".into());
    world.press("ctrl-r");
    let screen = on_screen(&world);
    assert!(screen.contains("not counted: ctrl-r tries again") && screen.contains("cwe_classes"), "{screen}");
}

#[test]
fn enter_on_a_condition_brings_up_what_it_asks_for() {
    let mut world = world();
    world.press("f3 j enter");
    assert_eq!(world.state.which, Which::Docket);
    assert_eq!(world.state.docket.filter_text, "cwe:79,611,918 is:open");
    world.press("f3 G k k enter");
    assert_eq!(world.state.which, Which::Gate, "one that holds asks for nothing");
    assert!(line(&world).contains("it holds"), "{}", line(&world));
}

#[test]
fn one_key_goes_where_a_decision_serves_the_most_conditions() {
    let mut world = world();
    world.press("f3 n");
    assert_eq!(world.state.which, Which::Docket);
    assert_eq!(world.state.docket.filter_text, "cwe:79,611 is:open", "none of CWE-918 is there");
    assert!(line(&world).contains("a decision here serves: labels, cwe_classes"), "{}", line(&world));
    world.press(": l a b e l - n e x t enter");
    assert!(line(&world).contains("that is done on the screen of the gate"), "{}", line(&world));
}

#[test]
fn a_contradiction_opens_side_by_side_and_leads_to_both_cases() {
    let mut world = world();
    world.histories.insert(1, vec![past(0, "ann", Opinion::Confirmed)]);
    world.histories.insert(2, vec![past(1, "ann", Opinion::Rejected)]);
    world.press("f3 G k enter");
    let screen = on_screen(&world);
    for part in ["src/file1.py", "src/file2.py", "confirmed", "rejected", "because of ann", "call_5(uid)"] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    let line = shown(&world).into_iter().find(|line| line.contains("confirmed")).unwrap();
    assert!(line.contains("rejected"), "beside each other: {line}");
    world.press("enter");
    assert_eq!(world.state.docket.filter_text, "case:010101010101,020202020202");
    world.press("f3 G k");
    world.holds = true;
    world.press("enter f1");
    world.release();
    assert!(world.state.modals.is_empty(), "whoever has gone on is not taken back");
}

#[test]
fn where_reviewing_is_blind_nothing_is_told_of_a_case_before_the_own_verdict() {
    let mut world = world();
    world.state.settings.blind = true;
    world.tell(Event::Resized(200, 60));
    world.press("f3");
    let screen = on_screen(&world);
    assert!(screen.contains("src/file1.py") && !screen.contains("src/file4.py"), "{screen}");
    assert!(screen.contains("1 hidden until your own verdict"), "{screen}");
    // The filter of the condition names only what one has judged.
    let at = world.state.gate.rows.items().iter().position(|row| {
        world.state.gate.condition(*row).is_some_and(|condition| condition.name == "contradictions")
    });
    for _ in 0..at.unwrap() {
        world.press("j");
    }
    let screen = on_screen(&world);
    assert!(screen.contains("case:010101010101") && !screen.contains("case:030303030303"), "{screen}");
    world.press("enter");
    assert_eq!(world.state.docket.filter_text, "case:010101010101,020202020202");
    world.state.settings.reviewer = "eve".into();
    world.press("f3 ctrl-r enter");
    assert_eq!(world.state.which, Which::Gate);
    assert!(line(&world).contains("hidden until your own verdict"), "{}", line(&world));
    assert!(!on_screen(&world).contains("case:01"), "{}", on_screen(&world));
}

#[test]
fn names_of_any_origin_reach_no_terminal() {
    let mut world = world();
    let mut view = gate::shut();
    view.policy = "gate\u{1b}[31m.toml".into();
    view.throughput[0].reviewer = "ann\u{202e}".into();
    view.agreement.pairs[0].reviewers.1 = "bob\u{1b}[2J".into();
    view.opposed[0].real[0].title = "SQL\u{1b}]0;x\u{7}".into();
    view.opposed[0].real[0].path = "src/\u{202e}a.py".into();
    view.opposed[0].real[0].standing.reviewers = vec!["ann\u{9b}1m".into()];
    view.report.conditions[0].advice[0].filter = "is:open -rule:\u{1b}[1m".into();
    world.gate = Ok(view);
    for size in [(80, 24), (200, 60)] {
        world.tell(Event::Resized(size.0, size.1));
        for keys in ["f3 ctrl-r", "G k"] {
            world.press(keys);
            let screen = shown(&world).join("");
            assert_eq!(crate::text::visible(&screen), screen);
        }
    }
    world.gate = Err("a\u{1b}[31mfile".into());
    world.press("ctrl-r");
    let screen = shown(&world).join("");
    assert_eq!(crate::text::visible(&screen), screen);
}

#[test]
fn of_a_disputed_case_each_reviewers_verdict_reason_and_note_stand_beside_each_other() {
    let mut world = world();
    world.histories.insert(1, vec![past(0, "ann", Opinion::Confirmed), past(5, "bob", Opinion::Rejected)]);
    world.press("j k D");
    let screen = shown(&world);
    for (one, other) in
        [("ann (you)", "bob"), ("confirmed", "rejected"), ("because of ann", "because of bob")]
    {
        assert!(
            screen.iter().any(|line| line.contains(one) && line.contains(other)),
            "{one}\n{}",
            screen.join("\n")
        );
    }
    world.press("esc j D");
    assert!(line(&world).contains("fewer than two have judged it"), "{}", line(&world));
    let mut world = World::of(3);
    world.histories.insert(1, vec![past(0, "ann", Opinion::Confirmed), past(5, "bob", Opinion::Rejected)]);
    (world.state.settings.blind, world.state.settings.reviewer) = (true, "eve".into());
    world.press("j k D");
    assert!(world.state.modals.is_empty() && line(&world).contains("hidden"), "{}", line(&world));
}
