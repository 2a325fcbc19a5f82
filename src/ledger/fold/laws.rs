//! What holds of any journal, whatever was done in it.

use proptest::prelude::*;

use super::*;
use crate::domain::Opinion;
use crate::ledger::trial::*;
use crate::ledger::{ChainId, Hlc, Order, Pin, Retract, Sealed};

const REVIEWERS: [&str; 3] = ["ann", "bob", "cy"];
const CASES: u8 = 5;

/// One thing somebody does, its numbers read as the act needs them.
#[derive(Debug, Clone)]
struct Step {
    reviewer: usize,
    chain: u8,
    what: u8,
    one: u8,
    other: u8,
    wall: u64,
    /// Whether the writer has heard of everything before.
    heard: bool,
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step =
        (0..3_usize, 0..2_u8, 0..15_u8, 0..CASES, any::<u8>(), 0..4_000_u64, prop::bool::weighted(0.8));
    prop::collection::vec(step, 0..most).prop_map(|steps| {
        let step = |(reviewer, chain, what, one, other, wall, heard)| Step {
            reviewer,
            chain,
            what,
            one,
            other,
            wall,
            heard,
        };
        steps.into_iter().map(step).collect()
    })
}

/// The act of a step, where it makes sense.
fn act_of(trial: &Trial, step: &Step, reviewer: &str) -> Option<Act> {
    let opinion = Opinion::ALL[usize::from(step.other) % Opinion::ALL.len()];
    let second = step.other % CASES;
    let earlier = || {
        let count = trial.sealed.len();
        (count > 0).then(|| trial.sealed[usize::from(step.other) % count].id())
    };
    match step.what {
        0 | 1 => Some(judge(&[step.one], opinion)),
        2 => Some(judge(&[step.one, second], opinion)),
        3 | 4 => {
            let source = trial.fold.entry(earlier()?)?;
            trial.fold.in_force(source).then(|| infer(&[step.one], opinion, source.id))
        }
        5 => Some(note(&[step.one], "a note")),
        6 => Some(rank(step.one, step.other % 7)),
        7 => Some(Act::Pin(Pin { cases: vec![case(step.one)], on: step.other.is_multiple_of(2) })),
        8 => Some(split(step.one, second, &[step.one, (second + 1) % CASES])),
        9 => Some(merge(step.one, &[second])),
        10 => trial.fold.undo(reviewer).ok(),
        11 => trial.fold.redo(reviewer).ok(),
        12 => {
            let redo = step.other.is_multiple_of(3);
            let by_hand = redo && step.one.is_multiple_of(2);
            Some(Act::Retract(Retract { entries: vec![earlier()?], redo, by_hand }))
        }
        13 => {
            let own = trial.fold.entry(earlier()?)?;
            let may = own.reviewer == reviewer
                && !matches!(own.act, Act::Retract(_) | Act::Other(_))
                && trial.fold.in_force(own)
                && trial.fold.resting(own).is_none();
            may.then(|| take_back(&[own.id]))
        }
        _ => Some(other(
            ["remedy_decision", "gate", "batch", "seance"][usize::from(step.other) % 4],
            &[step.one],
        )),
    }
}

fn played(steps: &[Step]) -> Trial {
    let mut trial = Trial::default();
    let mut wall = 0;
    for step in steps {
        wall += step.wall;
        let reviewer = REVIEWERS[step.reviewer];
        let Some(act) = act_of(&trial, step, reviewer) else { continue };
        let clock =
            if step.heard { Hlc::next(trial.fold.latest(), wall) } else { Hlc { wall_ms: wall, counter: 0 } };
        trial.act_on(ChainId::of("machine", &step.chain.to_string()), clock, reviewer, act);
    }
    trial
}

fn records(fold: &Fold) -> Vec<CaseRecord<'_>> {
    (0..CASES).map(|number| fold.record(case(number))).collect()
}

/// What a person sees: everything but the history, which only grows.
fn visible(fold: &Fold) -> (Vec<CaseRecord<'_>>, Vec<Option<Link>>) {
    let mut records = records(fold);
    for record in &mut records {
        record.history.clear();
    }
    let links = fold.links();
    let pairs = (0..CASES).flat_map(|one| (0..CASES).map(move |other| (one, other)));
    (records, pairs.map(|(one, other)| links.between(finding(one), finding(other))).collect())
}

fn order(sealed: &Sealed) -> Order {
    sealed.open().order()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_order_of_arrival_and_repetition_do_not_matter(
        steps in steps(40),
        shuffle in prop::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let trial = played(&steps);
        let mut arriving = trial.sealed.clone();
        for (at, index) in shuffle.iter().enumerate() {
            if arriving.is_empty() {
                break;
            }
            let other = index.index(arriving.len());
            let at = at % arriving.len();
            arriving.swap(at, other);
            if other.is_multiple_of(5) {
                arriving.push(arriving[other].clone());
            }
        }
        let mut fold = Fold::new();
        for sealed in &arriving {
            let entry = sealed.open();
            let known = fold.entry(entry.id).is_some();
            prop_assert_eq!(fold.apply(entry).fresh, !known);
        }
        prop_assert_eq!(records(&fold), records(&trial.fold));
        prop_assert_eq!(fold.links(), trial.fold.links());
        prop_assert_eq!(fold.cursor(), trial.fold.cursor());
        prop_assert_eq!(fold.latest(), trial.fold.latest());
        prop_assert_eq!(fold.void(), trial.fold.void());
        prop_assert_eq!(fold.unread(), trial.fold.unread());
        for reviewer in REVIEWERS {
            prop_assert_eq!(fold.last_undoable(reviewer), trial.fold.last_undoable(reviewer));
            prop_assert_eq!(fold.last_redoable(reviewer), trial.fold.last_redoable(reviewer));
        }
    }

    #[test]
    fn an_entry_names_every_case_it_changes(steps in steps(30), backwards: bool) {
        let trial = played(&steps);
        let mut arriving: Vec<&Sealed> = trial.sealed.iter().collect();
        if backwards {
            arriving.reverse();
        }
        let mut fold = Fold::new();
        for sealed in arriving {
            let before = fold.clone();
            let applied = fold.apply(sealed.open());
            for number in (0..CASES).filter(|&number| !applied.cases.contains(&case(number))) {
                prop_assert_eq!(fold.record(case(number)), before.record(case(number)));
            }
            prop_assert!(applied.links || fold.links() == before.links());
        }
    }

    #[test]
    fn what_is_read_on_from_a_cursor_is_what_was_read_from_the_start(steps in steps(40), cut in 0..40_usize) {
        let trial = played(&steps);
        let mut fold = Fold::new();
        for sealed in trial.sealed.iter().take(cut) {
            fold.apply(sealed.open());
        }
        let cursor = fold.cursor().clone();
        let wanted = |sealed: &&Sealed| cursor.wants(sealed.header.chain, sealed.header.position);
        for sealed in trial.sealed.iter().filter(wanted) {
            fold.apply(sealed.open());
        }
        prop_assert_eq!(fold.len(), trial.fold.len());
        prop_assert_eq!(records(&fold), records(&trial.fold));
    }

    #[test]
    fn undo_takes_back_the_act_and_redo_gives_it_back(steps in steps(30), last in steps(6)) {
        let mut trial = played(&steps);
        for step in &last {
            let reviewer = REVIEWERS[step.reviewer];
            let Some(act) = act_of(&trial, step, reviewer) else { continue };
            if matches!(&act, Act::Retract(act) if !act.by_hand || act.redo)
                || matches!(&act, Act::Other(other) if other.kind != "remedy_decision")
            {
                continue;
            }
            let before = trial.fold.clone();
            let done = trial.act(reviewer, act);
            let after = trial.fold.clone();
            prop_assert_eq!(trial.fold.last_undoable(reviewer), Ok(done));
            trial.undo(reviewer);
            prop_assert_eq!(visible(&trial.fold), visible(&before));
            trial.redo(reviewer);
            prop_assert_eq!(visible(&trial.fold), visible(&after));
        }
    }

    #[test]
    fn as_many_redos_as_undos_lead_back_step_by_step(
        steps in steps(40),
        walks in prop::collection::vec((0..3_usize, 1..6_usize), 1..5),
    ) {
        let mut trial = played(&steps);
        for (reviewer, most) in walks {
            let reviewer = REVIEWERS[reviewer];
            let mut passed = Vec::new();
            while passed.len() < most && let Ok(act) = trial.fold.undo(reviewer) {
                passed.push(trial.fold.clone());
                trial.act(reviewer, act);
            }
            while let Some(before) = passed.pop() {
                let act = trial.fold.redo(reviewer);
                prop_assert!(act.is_ok(), "{act:?}");
                trial.act(reviewer, act.unwrap());
                prop_assert_eq!(visible(&trial.fold), visible(&before));
                prop_assert_eq!(trial.fold.last_undoable(reviewer), before.last_undoable(reviewer));
                prop_assert_eq!(trial.fold.last_redoable(reviewer), before.last_redoable(reviewer));
            }
        }
    }

    #[test]
    fn undoing_everything_leaves_nothing(steps in steps(30)) {
        let mut trial = Trial::default();
        for step in &steps {
            // One reviewer alone is never refused.
            let Some(act) = act_of(&trial, step, "ann") else { continue };
            if !matches!(&act, Act::Other(_)) {
                trial.act("ann", act);
            }
        }
        for _ in 0..=steps.len() {
            if let Ok(act) = trial.fold.undo("ann") {
                trial.act("ann", act);
            }
        }
        let nothing = Fold::new();
        prop_assert_eq!(visible(&trial.fold), visible(&nothing));
    }

    #[test]
    fn a_cases_record_needs_only_the_entries_that_concern_it(steps in steps(40), number in 0..CASES) {
        let trial = played(&steps);
        let all: Vec<_> = trial.sealed.iter().map(Sealed::open).collect();
        // The cases merged into it, ever; the entries about these; their sources; what retracts any of them.
        let mut cases = vec![case(number)];
        let mut at = 0;
        while let Some(&next) = cases.get(at) {
            at += 1;
            for entry in &all {
                if let Act::Merge(merge) = &entry.act && merge.into == next {
                    cases.extend(merge.from.iter().filter(|from| !cases.contains(from)).collect::<Vec<_>>());
                }
            }
        }
        let mut wanted: FxHashSet<EntryId> = FxHashSet::default();
        for _ in 0..=all.len() {
            for entry in &all {
                let named = entry.act.cases().iter().any(|case| cases.contains(case));
                let retracts =
                    matches!(&entry.act, Act::Retract(act) if act.entries.iter().any(|id| wanted.contains(id)));
                if named || retracts || wanted.contains(&entry.id) {
                    wanted.insert(entry.id);
                    if let Act::Verdict(verdict) = &entry.act {
                        wanted.extend(verdict.source);
                    }
                }
            }
        }
        let mut fold = Fold::new();
        for entry in all.into_iter().filter(|entry| wanted.contains(&entry.id)) {
            fold.apply(entry);
        }
        prop_assert_eq!(fold.record(case(number)), trial.fold.record(case(number)));
    }

    #[test]
    fn the_end_of_the_journal_is_enough_for_undo(steps in steps(40), keep in 1..40_usize) {
        let trial = played(&steps);
        let mut sealed = trial.sealed.clone();
        sealed.sort_by_key(order);
        let mut fold = Fold::new();
        for sealed in sealed.iter().rev().take(keep) {
            fold.apply(sealed.open());
        }
        for reviewer in REVIEWERS {
            // What an act refers to may lie before the end: a verdict's source, which it may have fallen with, and what
            // was taken back by hand, on which another's act may rest. The store reads those as well.
            let refers = |id: EntryId| match fold.entry(id).map(|entry| &entry.act) {
                Some(Act::Verdict(verdict)) => verdict.source.is_some(),
                Some(Act::Retract(act)) => act.entries.iter().any(|&id| fold.entry(id).is_none()),
                _ => false,
            };
            if let Ok(found) = fold.last_undoable(reviewer) && !refers(found) {
                prop_assert_eq!(trial.fold.last_undoable(reviewer), Ok(found));
            }
        }
    }
}
