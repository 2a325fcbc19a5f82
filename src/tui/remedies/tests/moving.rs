//! Where one is after a decision, and after lists that came late.

use proptest::prelude::*;

use super::*;
use crate::jobs::{RemedyReply, Reply, Request};

fn at(world: &World) -> u32 {
    world.state.remedies.current().unwrap().case
}

#[test]
fn a_decision_moves_on_and_the_next_case_stands_on_the_same_line() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = world(&[1, 3, 7, 9, 11]);
        world.tell(Event::Resized(size.0, size.1));
        world.press("j");
        let line = world.state.remedies.entries.offset();
        for (key, next) in [("a", 7), ("A", 9), ("r enter", 11)] {
            world.press(key);
            assert_eq!((at(&world), world.state.remedies.entries.offset()), (next, line), "{key} {size:?}");
        }
        // Nobody has spoken of the last but the first: one stays where one is.
        world.press("a");
        let fates: Vec<Became> =
            world.state.remedies.entries.items().iter().map(|entry| entry.became).collect();
        assert_eq!(
            fates,
            [Became::Undecided, Became::Refused, Became::Accepted, Became::Accepted, Became::Applied]
        );
    }
}

#[test]
fn of_several_remedies_the_next_is_looked_at_where_one_is_refused() {
    let mut world = world(&[4, 7]);
    world.press("r enter");
    assert_eq!(at(&world), 4);
    assert_eq!(world.state.remedies.remedy().map(|page| page.remedy.id), Some(id(4, 1)));
    world.press("r enter");
    assert_eq!(at(&world), 7);
}

#[test]
fn what_is_not_saved_goes_back_to_its_case_unless_one_has_moved_on() {
    let mut world = world(&[1, 3, 7]);
    (world.holds, world.fails) = (true, true);
    world.press("a");
    assert_eq!(at(&world), 3);
    world.release();
    assert_eq!(at(&world), 1);
    assert!(footer(&world).contains("not saved: the disk is full; src/"), "{}", footer(&world));
    world.holds = true;
    world.press("esc a j");
    world.release();
    assert_eq!(at(&world), 7, "nobody is taken away from what is read meanwhile");
}

#[test]
fn undoing_goes_back_to_what_was_decided_and_the_words_say_how_it_is_undone() {
    let mut world = world(&[1, 3, 7]);
    world.press("j A");
    assert_eq!(at(&world), 7);
    assert!(footer(&world).contains("applied: 1 case, src/"), "{}", footer(&world));
    assert!(footer(&world).contains("; z takes it back"), "{}", footer(&world));
    world.press("z");
    assert_eq!((at(&world), world.fates.get(&id(3, 0))), (3, None));
}

#[test]
fn the_screen_counts_its_cases_by_what_became_of_them() {
    let mut world = world(&[1, 3, 7, 9, 11]);
    world.press("a A r enter");
    let screen = text(&world);
    assert!(screen.contains("remedies  2 open  1 accepted  1 applied  1 refused"), "{screen}");
    world.tell(Event::Resized(80, 24));
    assert!(text(&world).contains("2 open  1 accepted  1 applied  1 refused"), "{}", text(&world));
}

#[test]
fn a_row_says_where_it_is_in_which_function_what_is_wrong_and_who_mended_it() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut world = world(&[2, 3]);
        world.tell(Event::Resized(size.0, size.1));
        let places = Places::of(&world.state);
        let lines: Vec<String> = shown(&world)
            .iter()
            .skip(places.list.y.into())
            .take(places.lines.into())
            .map(|line| line.chars().take(places.list.width.into()).collect())
            .collect();
        let row = lines.join("\n");
        let place = world.listed(2).place().into_owned();
        let parts = [place.as_str(), "find_2", "✓", "model +1"];
        for part in parts {
            assert!(row.contains(part), "{part} {size:?}\n{row}");
        }
        assert!(row.contains(weakness_of(&world)), "{size:?}\n{row}");
    }
}

fn weakness_of(world: &World) -> &'static str {
    crate::domain::Cwe(world.listed(2).cwes[0]).label().unwrap()
}

/// What happens on the screen, and behind it.
#[derive(Debug, Clone)]
enum Step {
    /// A decision.
    Decide(&'static str),
    Move(&'static str),
    /// Answers wait, or come.
    Hold,
    Release,
    /// A list is made of what is now, and comes later.
    Read,
    Come,
    /// A case at some place of the list leaves it.
    Leave(usize),
    Resize(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "A", "r enter"]).prop_map(Step::Decide),
        2 => prop::sample::select(vec!["j", "k", "G", "g", "page-down"]).prop_map(Step::Move),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        1 => Just(Step::Read),
        1 => Just(Step::Come),
        1 => (0_usize..20).prop_map(Step::Leave),
        1 => prop::sample::select(vec![(80, 24), (120, 36), (80, 10)]).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_decision_moves_on_by_one_and_nothing_else_moves(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = world(&[1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16]);
        let mut late = Vec::new();
        for step in steps {
            let cases: Vec<u32> = world.state.remedies.entries.items().iter().map(|entry| entry.case).collect();
            let (place, here) = (world.state.remedies.entries.cursor(), at(&world));
            let mut expected = here;
            match step {
                Step::Decide(keys) => {
                    let screen = &world.state.remedies;
                    let is_open = |page: &RemedyPage| {
                        page.decided.decision.is_none() && page.decided.applied.is_none()
                    };
                    let others = screen.here().map(|case| {
                        let others = case.pages.iter().enumerate().filter(|(at, _)| *at != screen.page);
                        others.filter(|(_, page)| is_open(page)).count()
                    });
                    let is_applied = screen.remedy().is_some_and(|page| page.decided.applied.is_some());
                    let stays = match (others, keys) {
                        // It is not known yet, or is in the tree.
                        (None, _) => true,
                        (_, "r enter") if is_applied => true,
                        (Some(others), "r enter") => others > 0,
                        _ => false,
                    };
                    if !stays {
                        expected = cases.get(place + 1).copied().unwrap_or(here);
                    }
                    if is_applied && keys == "r enter" {
                        // There is no question that enter would answer.
                        world.press("r");
                    } else if others.is_some() {
                        world.press(keys);
                    }
                }
                Step::Move(key) => {
                    world.press(key);
                    expected = at(&world);
                }
                Step::Hold => world.holds = true,
                Step::Release => world.release(),
                Step::Read => {
                    let list = Request::Remedies(RemedyRequest::List(None));
                    if let Reply::Remedies(RemedyReply::Listed(entries)) = world.answer(list) {
                        late.push(entries);
                    }
                }
                Step::Come => {
                    if let Some(entries) = late.pop() {
                        world.tell(Event::Answered(Reply::Remedies(RemedyReply::Listed(entries))));
                    }
                }
                Step::Leave(which) => {
                    if !world.holds && world.remedied.len() > 2 {
                        let gone = world.remedied.remove(which % world.remedied.len());
                        late.clear();
                        world.press("ctrl-r");
                        if gone == here {
                            let left = |case: &&u32| **case != gone;
                            let below = cases[place..].iter().find(left);
                            expected = *below.or_else(|| cases[..place].iter().rev().find(left)).unwrap();
                        }
                    }
                }
                Step::Resize(columns, rows) => world.tell(Event::Resized(columns, rows)),
            }
            prop_assert_eq!(at(&world), expected);
            prop_assert!(world.state.modals.is_empty());
        }
    }
}
