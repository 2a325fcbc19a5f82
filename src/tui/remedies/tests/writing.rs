//! What is shown while a model writes, and that it costs no more than what is in sight.

use super::*;
use crate::jobs::{Progress, RemedyReply, Reply};
use crate::tui::view::remedies_built;

/// The model has written so many tokens for a case.
fn writes(case: u32, tokens: usize) -> Event {
    let text = (0..tokens).map(|token| format!("line {token}\n")).collect();
    let what = format!("the model writes: {tokens} tokens");
    Event::Answered(Reply::Remedies(RemedyReply::Doing(Doing { case, what, text, checks: Vec::new() })))
}

fn runs(case: u32, of: usize) -> Event {
    let progress = Progress { case: Some(case), of, left: Some(120_000), ..Progress::default() };
    Event::Answered(Reply::Remedies(RemedyReply::Progress(progress)))
}

#[test]
fn what_a_model_writes_stands_on_the_screen_of_remedies_and_a_key_calls_it_off() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = world(&[2, 3, 4]);
        world.tell(Event::Resized(size.0, size.1));
        world.holds = true;
        world.press("p");
        world.tell(runs(2, 1));
        world.tell(writes(2, 9));
        let screen = text(&world);
        for part in ["the model writes: 9 tokens", "line 8", "esc stops", "proposing"] {
            assert!(screen.contains(part), "{part} {size:?}\n{screen}");
        }
        assert!(screen.contains("%s"), "what it had before stays beside it\n{screen}");
        world.state.docket.back.insert(2, None);
        assert!(
            !text(&world).contains("line 8"),
            "of a case that came back nothing is told\n{}",
            text(&world)
        );
        world.state.docket.back.clear();
        world.press("esc");
        assert!(footer(&world).contains("stopping"), "{}", footer(&world));
        world.release();
        assert!(!text(&world).contains("line 8"), "{}", text(&world));
    }
}

#[test]
fn what_a_model_writes_is_shown_though_no_case_has_a_remedy() {
    let mut world = world(&[]);
    world.tell(runs(7, 1));
    world.tell(writes(7, 3));
    assert!(text(&world).contains("line 2"), "{}", text(&world));
}

#[test]
fn who_reads_what_a_model_writes_for_a_case_has_seen_its_opinion() {
    let mut world = world(&[2, 3, 4]);
    world.tell(runs(7, 40));
    world.tell(writes(7, 3));
    assert!(!text(&world).contains("line 2"), "of another case a line is told");
    let seen = |world: &World, case: u32| world.state.docket.noticed.remedies_seen.contains(&case);
    assert!(!seen(&world, 7));
    world.tell(writes(8, 0));
    world.tell(runs(8, 1));
    assert!(!seen(&world, 8), "nothing is written yet");
    world.tell(writes(8, 3));
    assert!(text(&world).contains("line 2"), "{}", text(&world));
    assert!(seen(&world, 8) && !seen(&world, 7));
    world.press("f1");
    world.tell(writes(9, 3));
    assert!(!seen(&world, 9), "on another screen nothing of it is read");
}

#[test]
fn of_many_cases_a_line_is_told_and_the_whole_of_the_one_that_one_is_at() {
    let mut world = world(&[2, 3, 4]);
    world.tell(runs(3, 40));
    world.tell(writes(3, 9));
    let screen = text(&world);
    assert!(screen.contains("the model writes: 9 tokens") && !screen.contains("line 8"), "{screen}");
    assert!(screen.contains("proposing 0/40, 2 min left") && screen.contains("S stops"), "{screen}");
    world.press("esc");
    assert!(footer(&world).contains("S stops what is proposed for 40 cases"), "{}", footer(&world));
    world.press("j");
    assert!(text(&world).contains("line 8"), "{}", text(&world));
}

#[test]
fn where_reviewing_is_blind_nothing_of_what_is_written_is_told() {
    let mut world = World::of(30);
    world.state.settings.blind = true;
    world.remedied = vec![2];
    world.press("f2");
    world.tell(runs(2, 1));
    world.tell(writes(2, 9));
    for screen in ["f2", "f1"] {
        world.press(screen);
        let screen = text(&world);
        assert!(!screen.contains("line 8") && !screen.contains("the model writes"), "{screen}");
    }
}

#[test]
fn a_frame_builds_the_rows_in_sight_and_a_token_asks_for_nothing() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = World::of(500);
        world.remedied = (1..=500).collect();
        world.tell(Event::Resized(size.0, size.1));
        world.press("f2");
        world.tell(runs(1, 1));
        world.tell(writes(1, 1));
        let mut built = 0;
        for token in 2..200 {
            // A key comes between any two tokens.
            let asked: usize = world.asked.values().sum();
            world.tell(writes(1, token));
            assert_eq!(world.asked.values().sum::<usize>(), asked, "a token asks nobody");
            if token % 2 == 0 {
                world.press(if token % 80 < 40 { "j" } else { "k" });
            }
            let before = remedies_built();
            let _ = shown(&world);
            let rows = remedies_built() - before;
            assert!(rows <= world.state.remedies.in_sight().len(), "{rows} at {size:?}");
            built += rows;
        }
        assert!(built > 0);
    }
}

#[test]
fn what_was_called_off_before_anything_was_proposed_says_so() {
    let mut world = world(&[2]);
    world.tell(runs(2, 1));
    let ended = RemedyReply::Ended { done: 0, with: 0, is_stopped: true };
    world.tell(Event::Answered(Reply::Remedies(ended)));
    assert!(footer(&world).contains("stopped: nothing was proposed"), "{}", footer(&world));
}
