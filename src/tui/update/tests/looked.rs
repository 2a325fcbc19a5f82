//! What counts as seen, what is shown of long texts, and how a risk is accepted.

use super::*;
use crate::domain::Reason;
use crate::jobs::{FindingView, Request};
use crate::tui::view::WRAPPED;

#[test]
fn what_is_scrolled_past_was_not_seen_and_what_stands_for_half_a_second_was() {
    let mut world = World::of(1000);
    world.press("j");
    let (first, page) = (world.state.docket.noticed.seen.len(), world.state.docket.height);
    assert_eq!(first, page, "the first screen stood for a second");
    for _ in 0..14 {
        // As a held key does: each page is drawn, and none stands.
        let now = world.state.now + 40;
        let effects = update(&mut world.state, Event::Pressed("page-down".parse().unwrap()), now);
        world.settle(effects);
        world.state.drawn();
    }
    world.state.docket.see(world.state.now + 40);
    assert_eq!(
        world.state.docket.noticed.seen.len(),
        first,
        "fourteen pages were passed, none was looked at"
    );
    world.pause(600);
    world.press("ctrl-a r");
    assert_eq!(world.state.docket.noticed.seen.len(), first + page, "the last of them is");
    let screen = shown(&world).join("\n");
    assert!(screen.contains(&format!("{} of them were never looked at", 1000 - first - page)), "{screen}");
    world.press("n");
    let left = match world.state.modals.last() {
        Some(Modal::Bulk(bulk)) => bulk.cases.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(left, first + page, "n leaves out the others");
}

#[test]
fn a_judged_case_was_seen_however_quick_the_verdict() {
    let mut world = World::of(50);
    let effects = update(&mut world.state, Event::Pressed("u".parse().unwrap()), 10);
    world.settle(effects);
    assert!(world.state.docket.noticed.seen.contains(&1) && !world.state.docket.noticed.seen.contains(&2));
}

#[test]
fn a_long_message_is_wrapped_once_for_a_case_and_a_width() {
    let mut world = World::of(3);
    let mut view = world.view(1);
    let mut member = FindingView::sample(crate::domain::Place::lines("src/file1.py", 14, 14));
    member.claim.message = "a message that goes on and on ".repeat(7000);
    view.findings = vec![member];
    world.state.docket.open = None;
    let wrapped = || WRAPPED.take();
    wrapped();
    world.tell(Event::Answered(Reply::Case(Box::new(view), None)));
    let _ = shown(&world);
    assert!(wrapped() > 200 * 1024, "all of it can be scrolled to");
    for key in ["}", "}", "{", "J", "]", "[", "W", "*", "space", "k"] {
        let is_new = matches!(key, "W");
        world.holds = true;
        world.press(key);
        let _ = shown(&world);
        let bytes = wrapped();
        assert!(is_new || bytes < 4096, "{key}: {bytes} bytes wrapped");
    }
    world.tell(Event::Resized(160, 40));
    assert!(wrapped() > 200 * 1024, "another width");
    let _ = shown(&world);
    assert!(wrapped() < 4096);
}

/// What is asked of the writer by some keys.
fn judged(world: &mut World, keys: &str) -> Option<(Option<Reason>, Option<String>)> {
    let mut found = None;
    for key in keys.split_ascii_whitespace() {
        let effects = world.told(Event::Pressed(key.parse().unwrap()));
        for effect in &effects {
            if let Effect::Ask(Request::Act { act: Do::Judge(_, with), .. }) = effect {
                found = Some((with.reason, with.until.map(|day| day.to_string())));
            }
        }
        world.settle(effects);
    }
    found
}

#[test]
fn a_risk_is_accepted_for_a_reason_and_until_a_day_where_one_is_given() {
    let day = "2 0 9 9 - 0 6 - 3 0 enter";
    let mut world = World::of(10);
    assert_eq!(judged(&mut world, "w m enter"), Some((Some(Reason::Mitigated), None)));
    assert_eq!(
        judged(&mut world, &format!("w n {day}")),
        Some((Some(Reason::NotOurCode), Some("2099-06-30".into())))
    );
    assert_eq!(judged(&mut world, &format!("w enter {day}")), Some((None, Some("2099-06-30".into()))));
    assert_eq!(judged(&mut world, "w m s o o n enter"), None, "that is no day");
    assert!(shown(&world).pop().unwrap().contains("that is no day"));
    assert_eq!(judged(&mut world, "esc"), None);
    assert_eq!((world.decided.len(), world.state.docket.current()), (3, Some(4)));
    world.state.settings.ask_reason = false;
    assert_eq!(judged(&mut world, "w"), Some((None, None)), "the chord is switched off");
}
