//! What the fold does, by example.

use super::*;
use crate::domain::EntryId;
use crate::domain::Opinion::{Confirmed, Rejected, Unsure};
use crate::ledger::trial::*;
use crate::ledger::{Act, Came, Entry, Forget, Other, Seen, Verdict};

#[test]
fn the_latest_verdict_of_each_reviewer_holds() {
    let mut trial = Trial::default();
    trial.act("ann", judge(&[1], Rejected));
    trial.act("bob", judge(&[1], Unsure));
    trial.act("ann", judge(&[1, 2], Confirmed));
    assert_eq!(trial.opinions(1), [Unsure, Confirmed]);
    assert_eq!(trial.opinions(2), [Confirmed]);
    assert_eq!(trial.fold.record(case(1)).history.len(), 3);
}

#[test]
fn undo_gives_back_what_the_act_replaced_to_any_depth() {
    let mut trial = Trial::default();
    trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", rank(1, 2));
    trial.act("bob", judge(&[2], Rejected));
    trial.act("ann", judge(&[1, 2, 3], Confirmed));
    trial.undo("ann");
    assert_eq!(
        (trial.opinions(1), trial.opinions(2), trial.opinions(3)),
        (vec![Rejected], vec![Rejected], vec![])
    );
    trial.undo("ann");
    assert_eq!(trial.fold.record(case(1)).rank, None);
    trial.undo("ann");
    assert_eq!(trial.opinions(1), []);
    let nothing = Refused::NothingToUndo { reviewer: "ann".to_owned() };
    assert_eq!(trial.fold.last_undoable("ann"), Err(nothing));
    assert_eq!(trial.opinions(2), [Rejected], "bob's own stays");
    assert_eq!(trial.fold.record(case(1)).history.len(), 3, "what was taken back stays in the history");
}

#[test]
fn redo_gives_back_what_was_undone_until_something_new_is_done() {
    let mut trial = Trial::default();
    trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", judge(&[1], Confirmed));
    trial.undo("ann");
    trial.undo("ann");
    trial.redo("ann");
    assert_eq!(trial.opinions(1), [Rejected]);
    trial.redo("ann");
    assert_eq!(trial.opinions(1), [Confirmed]);
    let nothing = Refused::NothingToRedo { reviewer: "ann".to_owned() };
    assert_eq!(trial.fold.last_redoable("ann"), Err(nothing.clone()));
    trial.undo("ann");
    assert_eq!(trial.opinions(1), [Rejected], "what was redone can be undone again");
    trial.act("ann", rank(1, 1));
    assert_eq!(trial.fold.last_redoable("ann"), Err(nothing));
}

#[test]
fn what_was_taken_back_by_hand_keeps_its_place_among_what_is_undone_and_redone() {
    let mut trial = Trial::default();
    let source = trial.act("ann", judge(&[1], Rejected));
    let spread = trial.act("ann", infer(&[2], Rejected, source));
    let by_hand = trial.act("ann", take_back(&[spread]));
    let last = trial.act("ann", rank(1, 2));
    let stands = |trial: &Trial| (trial.opinions(2), trial.fold.record(case(1)).rank.is_some());
    for _ in 0..3 {
        assert_eq!((stands(&trial), trial.fold.last_undoable("ann")), ((vec![], true), Ok(last)));
        trial.undo("ann");
        assert_eq!((stands(&trial), trial.fold.last_undoable("ann")), ((vec![], false), Ok(by_hand)));
        trial.undo("ann");
        assert_eq!((stands(&trial), trial.fold.last_undoable("ann")), ((vec![Rejected], false), Ok(spread)));
        trial.redo("ann");
        assert_eq!(stands(&trial), (vec![], false));
        trial.redo("ann");
        assert!(matches!(trial.fold.redo("ann"), Err(Refused::NothingToRedo { .. })));
    }
    // Whatever comes after an undo, also by hand, leaves nothing to redo.
    trial.undo("ann");
    trial.undo("ann");
    trial.act("ann", take_back(&[spread]));
    assert!(matches!(trial.fold.redo("ann"), Err(Refused::NothingToRedo { .. })));
    assert_eq!(trial.fold.void(), Vec::<&Entry>::new());
}

#[test]
fn a_propagated_verdict_goes_and_comes_with_its_source() {
    let mut trial = Trial::default();
    let source = trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", infer(&[2, 3], Rejected, source));
    let undo = trial.act("ann", retract(&[source], false));
    assert!(trial.opinions(1).is_empty() && trial.opinions(2).is_empty() && trial.opinions(3).is_empty());
    trial.act("ann", retract(&[undo], true));
    assert_eq!((trial.opinions(1), trial.opinions(3)), (vec![Rejected], vec![Rejected]));
    trial.undo("ann");
    assert_eq!(
        (trial.opinions(1), trial.opinions(2)),
        (vec![Rejected], vec![]),
        "the propagation is one step"
    );
}

#[test]
fn undo_is_refused_where_another_reviewer_built_on_the_act() {
    type Build = fn(&mut Trial, EntryId) -> EntryId;
    let table: [(&str, Act, Build); 5] = [
        ("a propagation", judge(&[1], Rejected), |trial, mine| trial.act("bob", infer(&[2], Rejected, mine))),
        ("a propagation of mine carried on", judge(&[1], Rejected), |trial, mine| {
            let carried = trial.act("ann", infer(&[2], Rejected, mine));
            trial.act("bob", infer(&[3], Rejected, carried))
        }),
        ("a verdict on a merged case", merge(1, &[2]), |trial, _| trial.act("bob", judge(&[1], Confirmed))),
        ("a rank on a case split off", split(1, 2, &[1]), |trial, _| trial.act("bob", rank(2, 1))),
        ("a note on a case split", split(1, 2, &[1]), |trial, _| trial.act("bob", note(&[1], "mine"))),
    ];
    for (name, act, build) in table {
        let mut trial = Trial::default();
        let mine = trial.act("ann", act);
        let theirs = build(&mut trial, mine);
        let resting = trial.fold.resting(trial.fold.entry(mine).unwrap()).map(|entry| entry.id);
        assert_eq!(resting, Some(theirs), "{name}");
        let refused = trial.fold.last_undoable("ann");
        assert!(matches!(refused, Err(Refused::RestedOn { by, .. }) if by == theirs), "{name}");
        trial.undo("bob");
        assert!(trial.fold.last_undoable("ann").is_ok(), "{name}: bob took his back");
    }
}

#[test]
fn undo_is_not_held_up_by_what_does_not_rest_on_it() {
    let mut trial = Trial::default();
    trial.act("bob", judge(&[1], Rejected));
    trial.act("ann", judge(&[1], Confirmed));
    trial.act("bob", judge(&[1], Confirmed));
    trial.undo("ann");
    assert_eq!(trial.opinions(1), [Confirmed]);
    trial.act("ann", merge(1, &[2]));
    trial.act("ann", judge(&[1], Rejected));
    trial.undo("ann");
    trial.undo("ann");
    assert_eq!(trial.fold.links(), Links::default());
}

#[test]
fn a_redo_is_refused_where_another_reviewer_went_on_from_the_undo() {
    let mut trial = Trial::default();
    trial.act("ann", merge(1, &[2]));
    let undo = trial.undo("ann");
    let theirs = trial.act("bob", judge(&[2], Confirmed));
    let refused = trial.fold.last_redoable("ann");
    assert!(matches!(refused, Err(Refused::RestedOn { entry, by, .. }) if (entry, by) == (undo, theirs)));
}

#[test]
fn what_left_or_was_forgotten_cannot_be_undone() {
    for act in [other(Other::BATCH, &[]), Act::Forget(Forget { project: "shop".to_owned() })] {
        let mut trial = Trial::default();
        trial.act("ann", judge(&[1], Rejected));
        let last = trial.act("ann", act.clone());
        let kind = act.kind().to_owned();
        assert_eq!(trial.fold.last_undoable("ann"), Err(Refused::Final { entry: last, kind }));
        trial.act("ann", retract(&[last], false));
        assert!(trial.fold.in_force(trial.fold.entry(last).unwrap()), "not even by hand");
    }
}

#[test]
fn undo_goes_past_what_is_no_decision_and_stops_at_what_it_cannot_read() {
    let mut trial = Trial::default();
    let mine = trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", other(Other::GATE, &[]));
    assert_eq!(trial.fold.last_undoable("ann"), Ok(mine));
    let later = trial.act("ann", other("seance", &[]));
    let kind = "seance".to_owned();
    assert_eq!(trial.fold.last_undoable("ann"), Err(Refused::Unread { entry: later, kind }));
    assert_eq!(trial.fold.unread().iter().map(|entry| entry.id).collect::<Vec<_>>(), [later]);
}

#[test]
fn nobody_takes_back_what_another_did() {
    let mut trial = Trial::default();
    let mine = trial.act("ann", judge(&[1], Rejected));
    let theirs = trial.act("bob", retract(&[mine], false));
    assert_eq!(trial.opinions(1), [Rejected]);
    assert_eq!(trial.fold.void().iter().map(|entry| entry.id).collect::<Vec<_>>(), [theirs]);
}

#[test]
fn a_merged_case_is_heard_with_the_verdicts_on_its_parts() {
    let mut trial = Trial::default();
    trial.act("ann", judge(&[1, 2], Rejected));
    trial.act("bob", judge(&[2], Confirmed));
    trial.act("ann", merge(1, &[2]));
    assert_eq!(trial.opinions(1), [Rejected, Confirmed]);
    let record = trial.fold.record(case(1));
    assert!(record.verdicts[0].covers(finding(1)) && record.verdicts[0].covers(finding(2)));
    trial.undo("ann");
    assert_eq!(trial.opinions(1), [Rejected]);
}

#[test]
fn a_case_split_off_again_takes_its_verdicts_with_it() {
    let mut trial = Trial::default();
    trial.act("bob", judge(&[2], Confirmed));
    trial.act("ann", merge(1, &[2]));
    trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", split(1, 2, &[1]));
    assert_eq!((trial.opinions(1), trial.opinions(2)), (vec![Rejected], vec![Confirmed]));
}

#[test]
fn cases_merged_into_each_other_by_two_people_are_heard_once() {
    let mut trial = Trial::default();
    trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", merge(1, &[2]));
    trial.act("bob", merge(2, &[1]));
    assert_eq!((trial.opinions(1), trial.opinions(2)), (vec![Rejected], vec![Rejected]));
}

#[test]
fn the_latest_link_of_two_findings_holds() {
    let mut trial = Trial::default();
    let between = |trial: &Trial, one, other| trial.fold.links().between(finding(one), finding(other));
    trial.act("ann", merge(1, &[2, 3]));
    assert_eq!(between(&trial, 2, 3), Some(Link::Must));
    trial.act("ann", split(1, 3, &[1, 2]));
    assert_eq!((between(&trial, 2, 3), between(&trial, 3, 1)), (Some(Link::Cannot), Some(Link::Cannot)));
    assert_eq!(between(&trial, 1, 2), Some(Link::Must), "the split left these together");
    assert_eq!(trial.fold.links().with(finding(3), Link::Cannot), [finding(1), finding(2)]);
    assert_eq!(between(&trial, 1, 9), None);
    trial.undo("ann");
    assert_eq!(between(&trial, 2, 3), Some(Link::Must));
}

#[test]
fn an_erased_verdict_says_nothing_and_is_not_undone() {
    let mut trial = Trial::default();
    trial.act("ann", judge(&[1], Rejected));
    trial.act("ann", judge(&[2], Rejected));
    let mut fold = Fold::new();
    for (index, mut sealed) in trial.sealed.clone().into_iter().enumerate() {
        if index == 1 {
            sealed.erase();
        }
        fold.apply(sealed.open());
    }
    assert!(fold.record(case(2)).verdicts.is_empty());
    assert_eq!(fold.last_undoable("ann"), Ok(trial.sealed[0].id()));
}

#[test]
fn a_long_chain_of_propagations_ends_in_no_verdict() {
    let mut trial = Trial::default();
    let mut source = trial.act("ann", judge(&[1], Rejected));
    for _ in 0..FURTHEST_SOURCE {
        source = trial.act("ann", infer(&[2], Rejected, source));
    }
    assert!(!trial.fold.in_force(trial.fold.entry(source).unwrap()));
}

#[test]
fn a_case_that_came_back_has_come_back_though_what_was_said_then_was_taken_back() {
    let came = |came| {
        let verdict = verdict_on(&[1], Rejected, 1);
        let seen = verdict.seen.clone().map(|seen| Seen { came: Some(came), ..seen });
        Act::Verdict(Verdict { seen, ..verdict })
    };
    let mut trial = Trial::default();
    let first = trial.act("ann", came(Came::Order));
    let again = trial.act("ann", came(Came::Return));
    assert_eq!(trial.fold.record(case(1)).said, 2, "overtaken or not");
    trial.act("ann", retract(&[again], false));
    let record = trial.fold.record(case(1));
    assert_eq!((record.returned.as_slice(), record.said), (&["ann"][..], 1));
    assert_eq!(record.verdicts.iter().map(|held| held.entry).collect::<Vec<_>>(), [first]);
}

#[test]
fn what_is_said_again_when_a_case_comes_back_leaves_the_first_verdict_and_something_else_replaces_it() {
    let on = |opinion, code, came| {
        let verdict = verdict_on(&[1], opinion, code);
        let seen = verdict.seen.clone().map(|seen| Seen { came: Some(came), ..seen });
        Act::Verdict(Verdict { seen, ..verdict })
    };
    let mut trial = Trial::default();
    let first = trial.act("ann", on(Rejected, 1, Came::Order));
    trial.act("bob", on(Rejected, 1, Came::Order));
    let again = trial.act("ann", on(Rejected, 1, Came::Return));
    let held = |trial: &Trial| -> Vec<EntryId> {
        trial.fold.record(case(1)).verdicts.iter().map(|held| held.entry).collect()
    };
    let returned = |trial: &Trial| trial.fold.record(case(1)).returned.join(" ");
    assert_eq!((held(&trial)[0], returned(&trial).as_str()), (first, "ann"));
    assert_eq!(trial.fold.record(case(1)).history.len(), 3, "it is told all the same");
    assert_eq!(trial.fold.verdicts(case(1)).len(), 3);
    trial.act("ann", retract(&[first], false));
    assert_eq!(held(&trial)[1], again, "without the first it stands by itself");
    let other = trial.act("bob", on(Confirmed, 1, Came::Return));
    assert_eq!((held(&trial)[1], returned(&trial).as_str()), (other, "ann bob"));
    // Of other code it is another verdict, and so is one that came up in any other way.
    let changed = trial.act("ann", on(Rejected, 2, Came::Return));
    assert_eq!(held(&trial)[1], changed);
    let ordinary = trial.act("ann", on(Rejected, 2, Came::Order));
    assert_eq!(held(&trial)[1], ordinary);
    // Where the code was on screen only the second time, that is worth more.
    let mut blind = verdict_on(&[1], Confirmed, 2);
    blind.seen = None;
    trial.act("cy", Act::Verdict(blind));
    let seen = trial.act("cy", on(Confirmed, 2, Came::Return));
    assert_eq!(held(&trial)[2], seen);
}
