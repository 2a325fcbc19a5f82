//! What is hidden by choice, and what is noted of each decision.

use super::*;
use crate::docket::Overlay;
use crate::domain::{Basis, CaseId, EntryId, State as Standing};
use crate::jobs::{JudgeWith, PastView, Request};
use crate::ledger::{Act, Came, ChainId, Entry, Hlc, Judged, Seen, Verdict};
use crate::tui::testing::{World, shown};

/// What was noted of the verdict that some keys give, whatever came of it.
fn seen(world: &mut World, keys: &str) -> Seen {
    let mut noted = None;
    for key in keys.split_ascii_whitespace() {
        let effects = world.told(Event::Pressed(key.parse().unwrap()));
        for effect in &effects {
            if let Effect::Ask(Request::Act { act: Do::Judge(_, JudgeWith { seen, .. }), .. }) = effect {
                noted.clone_from(seen);
            }
        }
        world.settle(effects);
    }
    noted.unwrap()
}

fn verdict_of(reviewer: &str, opinion: Opinion) -> PastView {
    let verdict = Verdict {
        cases: vec![Judged { case: CaseId::new([7; 16]), ..Judged::default() }],
        opinion,
        reason: None,
        note: "look at line 9".into(),
        until: None,
        basis: Basis::Human,
        source: None,
        seen: None,
    };
    let entry = Entry {
        id: EntryId::new([1; 16]),
        chain: ChainId::default(),
        position: 0,
        clock: Hlc::default(),
        reviewer: reviewer.into(),
        act: Act::Verdict(verdict),
    };
    PastView { entry, in_force: true, cases: 1 }
}

/// Ann's workstation, in which bob has rejected the first case.
fn world(blind: bool, own: bool) -> World {
    let mut world = World::of(30);
    world.state.settings.blind = blind;
    world.state.settings.reviewer = "ann".into();
    let mut standing = Overlay::new(Standing::Settled, Some((Opinion::Rejected, Basis::Human)));
    standing.reviewers = vec!["bob".into()];
    let mut history = vec![verdict_of("bob", Opinion::Rejected)];
    if own {
        standing.also = vec!["ann".into()];
        history.push(verdict_of("ann", Opinion::Unsure));
    }
    let docket = &mut world.state.docket;
    docket.rows.get_mut(&1).unwrap().standing = standing.clone();
    let open = docket.open.as_mut().unwrap();
    open.view.listed.standing = standing;
    open.view.history = history;
    open.forget_details();
    world
}

#[test]
fn what_others_think_is_hidden_until_the_own_first_verdict_and_that_is_said() {
    let open = world(false, false);
    let text = shown(&open).join("\n");
    assert!(
        text.contains("rejected by bob") && text.contains("look at line 9") && text.contains(".50"),
        "{text}"
    );
    let hidden = world(true, false);
    let text = shown(&hidden).join("\n");
    for word in ["bob", "rejected", "look at line 9", "settled rejected"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("what others say of it: hidden"), "{text}");
    let row = &shown(&hidden)[2];
    assert!(row.contains('◌') && !row.contains('✗'), "{row}");
    let known = world(true, true);
    let text = shown(&known).join("\n");
    assert!(text.contains("rejected by bob") && !text.contains("hidden until"), "{text}");
}

#[test]
fn it_is_noted_whether_a_verdict_of_another_was_in_sight() {
    let sight = |blind, own, keys: &str| seen(&mut world(blind, own), keys).sight.unwrap();
    let (open, hidden, known) = (sight(false, false, "u"), sight(true, false, "u"), sight(true, true, "u"));
    assert_eq!((open.blind, open.verdicts), (false, true));
    assert_eq!((hidden.blind, hidden.verdicts), (true, false));
    assert_eq!((known.blind, known.verdicts), (true, true), "the first verdict has shown it");
    let mut alone = World::of(5);
    alone.state.settings.reviewer = "ann".into();
    assert!(!seen(&mut alone, "u").sight.unwrap().verdicts, "nobody else has said anything");
    let mut told = world(true, false);
    told.state.docket.listed_by.0 = "verdict:rejected".parse().unwrap();
    assert!(seen(&mut told, "u").sight.unwrap().verdicts, "the filter says it");
    assert_eq!(seen(&mut world(true, false), "space u enter").sight, None, "of many nothing is known");
}

#[test]
fn it_is_noted_how_a_case_came_up() {
    let mut world = World::of(60);
    world.drawn.at_random = vec![2, 20];
    world.press("ctrl-r");
    assert_eq!(seen(&mut world, "u").came, Some(Came::Order));
    assert_eq!(world.state.docket.current(), Some(2));
    assert!(shown(&world).join("\n").contains("drawn at random, outside the order"));
    assert_eq!(seen(&mut world, "u").came, Some(Came::Audit));
    world.press("G");
    assert_eq!(seen(&mut world, "u").came, Some(Came::Jump));
    world.press("g");
    world.tell(Event::Clicked(3, 2 + 2 * 19));
    assert_eq!(seen(&mut world, "g space u enter").came, Some(Came::Selection));
}

#[test]
fn a_drawn_case_has_its_mark_in_the_list_and_one_that_is_gone_to_is_no_sample() {
    let mut world = World::of(60);
    world.drawn.at_random = vec![9];
    world.press("ctrl-r");
    assert!(shown(&world).iter().any(|line| line.contains("rnd")));
    world.press("j j j j j j j j");
    assert_eq!(world.state.docket.current(), Some(9));
    world.press("k k k page-down");
    world.tell(Event::Clicked(3, 2));
    let at = world.state.docket.cases.iter().position(|&case| case == 9).unwrap();
    let mut effects = Vec::new();
    world.state.docket.go(at, &mut effects);
    world.settle(effects);
    assert_eq!(seen(&mut world, "u").came, Some(Came::Jump));
}

#[test]
fn the_time_taken_is_the_cases_own_over_all_visits_with_pauses_cut_off() {
    let mut world = World::of(10);
    // A second a key: two on the first case, three on the second, and back.
    world.press("J j J J k");
    assert_eq!(seen(&mut world, "u").ms, 3_000, "one, one, and the deciding one");
    world.pause(10 * 60_000);
    assert_eq!(seen(&mut world, "u").ms, 3_000 + 60_000, "of a long pause a minute counts");
    world.press("f4 : esc : esc f1");
    assert_eq!(seen(&mut world, "u").ms, 2_000, "another screen's time is not the case's");
}

/// Bob has rejected the third of thirty cases; what some keys have offered to Ann.
fn offered(blind: bool, keys: &str) -> (Vec<String>, String) {
    let mut world = World::of(30);
    world.state.settings.blind = blind;
    let judged = Overlay::new(Standing::Settled, Some((Opinion::Rejected, Basis::Human)));
    world.docket.set_standing(3, Some(judged));
    world.press(keys);
    let offered = match world.state.modals.last() {
        Some(Modal::Facets(facets)) => {
            facets.values.iter().map(|counted| counted.value.to_string()).collect()
        }
        _ => {
            world.state.docket.completing.completions.offers.iter().map(|offer| offer.text.clone()).collect()
        }
    };
    (offered, shown(&world).join("\n"))
}

#[test]
fn blind_neither_facets_nor_completions_tell_what_others_think() {
    let ((open, screen), (blind, said)) = (offered(false, "F right"), offered(true, "F right"));
    assert_eq!(open, ["open", "settled"]);
    assert_eq!(blind, ["open"]);
    assert!(
        !screen.contains("reviewing is blind") && said.contains("what others decided is hidden"),
        "{said}"
    );
    for keys in ["/ v e r d i c t :", "/ i s : s e t"] {
        assert!(!offered(false, keys).0.is_empty(), "{keys}");
        assert_eq!(offered(true, keys).0, Vec::<String>::new(), "{keys}");
    }
}

#[test]
fn blind_the_list_begins_with_what_the_reviewer_has_not_judged_whatever_was_listed_before_by_others() {
    let mut world = World::of(30);
    world.state.settings.reviewer = "ann".into();
    assert_eq!(world.state.settings.first_filter(), "is:open");
    world.press("/ i s : o p e n enter");
    let kept = world.state.keep(&|_| None).unwrap();
    let mut blind = World::unasked(30);
    (blind.state.settings.blind, blind.state.settings.reviewer) = (true, "ann".into());
    let first = blind.state.settings.first_filter();
    assert_eq!(first, "-judged:ann -is:gone");
    blind.state.docket.filter_text.clone_from(&first);
    blind.state.restore(kept.clone(), false, None);
    assert_eq!(blind.state.docket.filter_text, first, "what is open to all leaves out what others judged");
    // Any other filter comes back, but not what was counted by it.
    let other = crate::jobs::Kept { filter: "sev:high".into(), ..kept };
    blind.state.restore(other, false, None);
    assert_eq!(blind.state.docket.filter_text, "sev:high");
    assert_eq!(blind.state.docket.tally, crate::docket::Tally::default());
}

/// Ann's workstation, in which a case that she rejected comes back beside one drawn at random.
fn returned(blind: bool) -> World {
    let mut world = World::of(40);
    world.state.settings.blind = blind;
    world.state.settings.reviewer = "ann".into();
    world.decided.insert(2, (Some(Opinion::Rejected), None, false));
    world
        .histories
        .insert(2, vec![verdict_of("bob", Opinion::Rejected), verdict_of("ann", Opinion::Rejected)]);
    world.drawn.at_random = vec![3];
    world.drawn.back = vec![2];
    world.press("ctrl-r");
    world
}

#[test]
fn a_case_that_came_back_looks_like_one_drawn_at_random_that_nobody_judged() {
    for blind in [false, true] {
        let mut world = returned(blind);
        world.press("j");
        let back = shown(&world).join("\n");
        assert!(back.contains("drawn at random, outside the order"), "{back}");
        for word in ["rejected", "bob", "settled by", "look at line 9", "✗"] {
            assert!(!back.contains(word), "{word}: {back}");
        }
        let row = |case: u32| {
            let of_list = |line: String| line.split('│').next().unwrap_or_default().to_owned();
            let title = format!("number {case} ");
            let row = shown(&world).into_iter().map(of_list).find(|line| line.contains(&title)).unwrap();
            row.replace(&title, "")
        };
        assert_eq!(row(2), row(3));
        let details = |world: &World| {
            let open = world.state.docket.here().unwrap();
            (open.view.history.len(), open.view.drift.len(), open.view.listed.standing.clone())
        };
        let of_back = details(&world);
        world.press("j");
        assert_eq!(of_back, details(&world), "and so does the case at hand");
    }
}

#[test]
fn what_is_said_of_a_case_that_came_back_is_noted_as_such_and_told_against_what_it_was() {
    let mut world = returned(false);
    world.press("j");
    let noted = seen(&mut world, "u");
    assert_eq!((noted.came, noted.sight.unwrap().verdicts), (Some(Came::Return), false));
    let status = shown(&world).join("\n");
    assert!(status.contains("unsure, rejected before: it came back to you"), "{status}");
    world.press("k");
    assert!(shown(&world).join("\n").contains("look at line 9"), "from then on all of it is shown");
    assert!(!world.state.docket.drawn.contains(&2), "judged once more it is no sample");
    world.press("ctrl-r");
    assert!(shown(&world).join("\n").contains("look at line 9"), "what was seen is not hidden again");
    let mut same = returned(false);
    same.press("j r o");
    let status = shown(&same).join("\n");
    assert!(status.contains("rejected as before: it came back to you"), "{status}");
    let mut small = returned(false);
    small.alike = vec![5, 6, 7];
    small.tell(Event::Resized(80, 24));
    small.press("j a");
    if !small.state.modals.is_empty() {
        small.press("enter");
    }
    let line = shown(&small).pop().unwrap();
    assert!(line.contains("confirmed, rejected before: it came back") && line.contains("z undo"), "{line}");
}

#[test]
fn a_case_of_which_the_first_verdict_was_just_read_does_not_come_back() {
    let mut world = returned(false);
    world.drawn.back.clear();
    world.press("ctrl-r j");
    assert_eq!(world.state.docket.current(), Some(2));
    assert!(shown(&world).join("\n").contains("look at line 9"), "{:?}", shown(&world));
    world.drawn.back = vec![2];
    world.press("ctrl-r");
    assert!(shown(&world).join("\n").contains("look at line 9"), "it is not hidden now");
    assert_ne!(seen(&mut world, "u").came, Some(Came::Return));
}

#[test]
fn a_question_before_a_verdict_on_many_counts_a_case_that_came_back_as_an_open_one() {
    let mut world = returned(false);
    world.decided.insert(4, (Some(Opinion::Rejected), None, false));
    world.press("space space space space r");
    let text = shown(&world).join("\n");
    assert!(text.contains("1 of them is settled already"), "{text}");
    world.press("s");
    let Some(Modal::Bulk(bulk)) = world.state.modals.last() else { panic!("{:?}", world.state.modals) };
    assert!(bulk.cases.contains(&2) && !bulk.cases.contains(&4), "{:?}", bulk.cases);
}

#[test]
fn what_is_done_to_a_case_that_came_back_without_judging_it_shows_nothing() {
    let mut world = returned(false);
    world.press("j *");
    let text = shown(&world).join("\n");
    assert!(!text.contains("rejected") && !text.contains("look at line 9"), "{text}");
    assert_eq!(seen(&mut world, "u").came, Some(Came::Return));
}
