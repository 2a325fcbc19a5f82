//! What holds of any journal's file, whatever was done in it.

use proptest::prelude::*;

use super::tests::{Trial, case, judge, merge, split, verdict};
use super::*;
use crate::domain::{Basis, CaseId, EntryId, Opinion};
use crate::ledger::{Assign, Fold, Note, Other, Pin, Priority, Rank, Retract, Verdict};

const REVIEWERS: [&str; 3] = ["ann", "bob", "cy"];
const CASES: u32 = 4;

/// One thing somebody does, its numbers read as the act needs them.
#[derive(Debug, Clone, Copy)]
struct Step {
    reviewer: usize,
    what: u8,
    one: u32,
    other: u32,
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..3_usize, 0..15_u8, 0..CASES, 0..120_u32);
    let step = step.prop_map(|(reviewer, what, one, other)| Step { reviewer, what, one, other });
    prop::collection::vec(step, 0..most)
}

/// The act of a step, where it makes sense; undo and redo are asked of the fold.
fn act_of(fold: &Fold, sealed: &[Sealed], step: Step) -> Option<Act> {
    let opinion = Opinion::ALL[step.other as usize % Opinion::ALL.len()];
    let second = step.other % CASES;
    let earlier = || sealed.get(step.other as usize % sealed.len().max(1)).map(Sealed::id);
    // Every other list is a bulk one.
    let many = || if step.other.is_multiple_of(2) { 0..CASES } else { 0..100 };
    Some(match step.what {
        0 | 1 => judge([step.one], opinion),
        2 => judge([step.one, second], opinion),
        3 => judge(many(), opinion),
        4 | 5 => {
            let source = earlier().filter(|&id| fold.entry(id).is_some_and(|entry| fold.in_force(entry)))?;
            let cases = if step.what == 4 { step.one..step.one + 1 } else { many() };
            Act::Verdict(Verdict { basis: Basis::Inferred, source: Some(source), ..verdict(cases, opinion) })
        }
        6 => Act::Note(Note { cases: many().map(case).collect(), text: "a note".to_owned() }),
        7 => Act::Rank(Rank {
            cases: many().map(case).collect(),
            priority: Priority::try_from(second as u8).ok(),
        }),
        8 => Act::Pin(Pin { cases: vec![case(step.one)], on: step.other.is_multiple_of(2) }),
        9 => Act::Assign(Assign { cases: vec![case(step.one)], to: Some(second.to_string()) }),
        10 if step.one != second => split(step.one, second, &[step.one, (second + 1) % CASES]),
        11 if step.one != second => merge(step.one, second),
        12 => {
            let redo = step.other.is_multiple_of(3);
            let by_hand = step.one.is_multiple_of(2);
            Act::Retract(Retract { entries: vec![earlier()?], redo, by_hand })
        }
        13 => Act::Other(Other {
            kind: ["remedy_decision", "gate", "batch", "seance"][second as usize].to_owned(),
            cases: vec![case(step.one)],
            body: serde_json::Map::default(),
        }),
        _ => return None,
    })
}

/// A journal written step by step, beside the ledger's own fold of the same entries.
struct Played {
    trial: Trial,
    sealed: Vec<Sealed>,
    fold: Fold,
}

impl Played {
    fn take(&mut self, id: EntryId) {
        let sealed = row::by_id(&self.trial.journal.connection, id).unwrap().unwrap().1;
        self.fold.apply(sealed.open());
        self.sealed.push(sealed);
    }

    /// Undoes or redoes; the store and the fold must agree on what, or on why not.
    fn step(&mut self, reviewer: &str, redo: bool) -> Result<(), TestCaseError> {
        let expected = if redo { self.fold.redo(reviewer) } else { self.fold.undo(reviewer) };
        let who = self.trial.writer(reviewer);
        let journal = &mut self.trial.journal;
        let done = if redo { journal.redo(&who, 0) } else { journal.undo(&who, 0) };
        match done {
            Ok(undone) => {
                prop_assert_eq!(Ok(undone.retract.act), expected);
                self.take(undone.retract.id);
            }
            Err(UndoError::Refused(refused)) => prop_assert_eq!(Err(refused), expected),
            Err(UndoError::Store(error)) => return Err(TestCaseError::fail(error.to_string())),
        }
        Ok(())
    }
}

fn played(machine: &'static str, steps: &[Step]) -> Result<Played, TestCaseError> {
    let mut played = Played { trial: Trial::on(machine), sealed: Vec::new(), fold: Fold::new() };
    for step in steps {
        let reviewer = REVIEWERS[step.reviewer];
        if step.what == 14 {
            played.step(reviewer, step.other.is_multiple_of(3))?;
        } else if let Some(act) = act_of(&played.fold, &played.sealed, *step) {
            let id = played.trial.act(reviewer, act);
            played.take(id);
        }
    }
    Ok(played)
}

fn as_folded(fold: &Fold) -> Vec<(CaseId, Record)> {
    let mut cases: Vec<CaseId> = fold.cases().collect();
    cases.sort_unstable();
    let record = |case| Record::unpack(&Record::pack(&fold.record(case)).unwrap()).unwrap();
    cases.into_iter().map(|case| (case, record(case))).collect()
}

/// Every row of every projection.
fn dump(journal: &Journal) -> Vec<String> {
    let tables = [
        "SELECT hex(\"case\"), entry, item, hex(part) FROM entry_case ORDER BY 1, 2, 3",
        "SELECT entry, cases, act, '' FROM bulk ORDER BY 1",
        "SELECT hex(target), entry, '', '' FROM retraction ORDER BY 1, 2",
        "SELECT hex(source), entry, '', '' FROM propagated ORDER BY 1, 2",
        "SELECT hex(\"into\"), hex(\"from\"), '', '' FROM merged ORDER BY 1, 2",
        "SELECT hex(\"case\"), hex(body), '', '' FROM record ORDER BY 1",
        "SELECT key, value, '', '' FROM state ORDER BY 1",
    ];
    let mut rows = Vec::new();
    for sql in tables {
        let mut find = journal.connection.prepare(sql).unwrap();
        let mut found = find.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<_> = (0..4).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
            rows.push(cells.join(" "));
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_projections_are_what_the_fold_of_all_entries_says(steps in steps(40)) {
        let mut played = played("machine", &steps)?;
        let journal = &mut played.trial.journal;
        prop_assert_eq!(journal.records().unwrap(), as_folded(&played.fold));
        prop_assert_eq!(journal.links().unwrap(), played.fold.links());
        for number in 0..CASES {
            let history: Vec<_> = journal.history(case(number)).unwrap();
            let ids: Vec<EntryId> = history.iter().map(|past| past.entry.id).collect();
            prop_assert_eq!(ids, played.fold.record(case(number)).history);
            for past in history {
                let whole = played.fold.entry(past.entry.id).unwrap();
                prop_assert_eq!(past.in_force, played.fold.in_force(whole));
                prop_assert_eq!(past.cases, whole.act.cases().len() as u64);
            }
        }
        let before = dump(journal);
        journal.rebuild().unwrap();
        prop_assert_eq!(dump(journal), before);
        prop_assert!(journal.verify(&journal.heads().unwrap()).is_ok());
        for reviewer in REVIEWERS {
            played.step(reviewer, true)?;
            played.step(reviewer, false)?;
        }
    }

    #[test]
    fn copies_that_take_each_other_in_say_the_same(one in steps(20), other in steps(20)) {
        // The same people on two machines: they may take back here what they did there.
        let (mut one, mut other) = (played("one", &one)?, played("other", &other)?);
        let (mine, theirs) = (one.trial.all(), other.trial.all());
        prop_assert_eq!(one.trial.journal.absorb(theirs.clone()).unwrap(), theirs.len() as u64);
        prop_assert_eq!(other.trial.journal.absorb(mine.clone()).unwrap(), mine.len() as u64);
        prop_assert_eq!(one.trial.journal.absorb(theirs.clone()).unwrap(), 0);
        for sealed in &theirs {
            one.fold.apply(sealed.open());
        }
        let records = one.trial.journal.records().unwrap();
        prop_assert_eq!(&records, &as_folded(&one.fold));
        prop_assert_eq!(&records, &other.trial.journal.records().unwrap());
        let before = dump(&one.trial.journal);
        one.trial.journal.rebuild().unwrap();
        prop_assert_eq!(dump(&one.trial.journal), before);
        for reviewer in REVIEWERS {
            one.step(reviewer, true)?;
            one.step(reviewer, false)?;
        }
    }

    #[test]
    fn copies_come_to_the_same_in_any_order_and_however_often(
        all in prop::collection::vec(steps(12), 3), order in Just([0, 1, 2]).prop_shuffle(), again in 0..3_usize,
    ) {
        let machines = ["one", "two", "three"];
        let copies: Vec<Vec<Sealed>> = machines
            .into_iter()
            .zip(&all)
            .map(|(machine, steps)| Ok(played(machine, steps)?.trial.all()))
            .collect::<Result<_, TestCaseError>>()?;
        let mut straight = Trial::on("four");
        for copy in &copies {
            straight.journal.absorb(copy.clone()).unwrap();
        }
        let mut shuffled = Trial::on("five");
        for at in order.into_iter().chain([again]) {
            shuffled.journal.absorb(copies[at].clone()).unwrap();
        }
        prop_assert_eq!(shuffled.journal.records().unwrap(), straight.journal.records().unwrap());
        prop_assert_eq!(shuffled.journal.heads().unwrap(), straight.journal.heads().unwrap());
        prop_assert_eq!(shuffled.all(), straight.all());
    }

    #[test]
    fn a_write_given_up_anywhere_leaves_every_projection_as_it_was(steps in steps(20), last in steps(2)) {
        let mut played = played("machine", &steps)?;
        let before = dump(&played.trial.journal);
        for step in last {
            if let Some(act) = act_of(&played.fold, &played.sealed, step) {
                let who = played.trial.writer(REVIEWERS[step.reviewer]);
                let given_up: Result<(), StoreError> = played.trial.journal.write(|to| {
                    write_act(to, &who, 0, act, &|_| {})?;
                    Err(StoreError::BadAct { why: "killed".to_owned() })
                });
                prop_assert!(given_up.is_err());
            }
        }
        prop_assert_eq!(dump(&played.trial.journal), before);
    }
}
