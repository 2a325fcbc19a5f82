//! What the journal's file does, by example.

use std::os::unix::fs::PermissionsExt;

use rusqlite::params;

use super::*;
use crate::domain::Opinion::{Confirmed, Rejected, Unsure};
use crate::domain::{Basis, CaseId, EntryId, FindingId, Opinion};
use crate::ledger::{CodeHash, Judged, Link, Member, Merge, Note, Retract, Seen, Split, Verdict};

/// A journal in a folder of its own.
pub(super) struct Trial {
    pub(super) journal: Journal,
    pub(super) folder: tempfile::TempDir,
    pub(super) now: u64,
    machine: &'static str,
}

impl Trial {
    pub(super) fn new() -> Self {
        Self::on("machine")
    }

    /// A journal whose writers are on that machine. Nothing waits for the disk: it is not what is tested.
    pub(super) fn on(machine: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.db")).unwrap();
        journal.connection.pragma_update(None, "synchronous", "off").unwrap();
        Self { journal, folder, now: 0, machine }
    }

    pub(super) fn writer(&self, reviewer: &str) -> Writer {
        Writer::new(self.machine, reviewer, reviewer.parse().unwrap())
    }

    /// Every entry.
    pub(super) fn all(&self) -> Vec<Sealed> {
        let mut all = Vec::new();
        let take = |sealed| {
            all.push(sealed);
            Ok::<(), StoreError>(())
        };
        self.journal.entries(take).unwrap();
        all
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(super) fn act(&mut self, reviewer: &str, act: Act) -> EntryId {
        self.now += 1_000;
        self.journal.append(&self.writer(reviewer), self.now, act).unwrap().id()
    }

    fn undo(&mut self, reviewer: &str) -> Result<EntryId, Refused> {
        step(self.journal.undo(&self.writer(reviewer), 0))
    }

    fn redo(&mut self, reviewer: &str) -> Result<EntryId, Refused> {
        step(self.journal.redo(&self.writer(reviewer), 0))
    }

    fn opinions(&self, number: u32) -> Vec<Opinion> {
        let record = self.journal.record(case(number)).unwrap().unwrap_or_default();
        record.verdicts.iter().map(|given| given.verdict.opinion).collect()
    }
}

fn step(done: Result<Undone, UndoError>) -> Result<EntryId, Refused> {
    match done {
        Ok(undone) => Ok(undone.what.id),
        Err(UndoError::Refused(refused)) => Err(refused),
        Err(UndoError::Store(error)) => panic!("{error}"),
    }
}

pub(super) fn case(number: u32) -> CaseId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_le_bytes());
    CaseId::new(bytes)
}

pub(super) fn finding(number: u32) -> FindingId {
    case(number).into()
}

pub(super) fn verdict(cases: impl IntoIterator<Item = u32>, opinion: Opinion) -> Verdict {
    let judged = |number| Judged {
        case: case(number),
        members: vec![Member { finding: finding(number), lease: CodeHash(u64::from(number) + 1) }],
        scope: CodeHash(9),
        revision: String::new(),
    };
    Verdict {
        cases: cases.into_iter().map(judged).collect(),
        opinion,
        reason: None,
        note: "because".to_owned(),
        until: None,
        basis: Basis::Human,
        source: None,
        seen: Some(Seen { code_on_screen: true, why: "worth".to_owned(), ms: 3, ..Seen::default() }),
    }
}

pub(super) fn judge(cases: impl IntoIterator<Item = u32>, opinion: Opinion) -> Act {
    Act::Verdict(verdict(cases, opinion))
}

pub(super) fn merge(into: u32, from: u32) -> Act {
    Act::Merge(Merge {
        into: case(into),
        from: vec![case(from)],
        members: vec![finding(into), finding(from)],
    })
}

pub(super) fn split(of: u32, into: u32, stay: &[u32]) -> Act {
    Act::Split(Split {
        case: case(of),
        into: case(into),
        out: vec![finding(into)],
        stay: stay.iter().map(|&number| finding(number)).collect(),
    })
}

#[test]
fn what_is_appended_is_there_for_another_process() {
    let mut trial = Trial::new();
    assert!(Journal::open_to_read(&trial.folder.path().join("none.db")).unwrap().is_none());
    assert_eq!(trial.journal.record(case(1)).unwrap(), None);
    let id = trial.act("ann", judge([1], Rejected));
    let reader = Journal::open_to_read(&trial.path()).unwrap().unwrap();
    let record = reader.record(case(1)).unwrap().unwrap();
    let mut expected = verdict([1], Rejected);
    expected.note.clear();
    expected.seen.as_mut().unwrap().why.clear();
    expected.seen.as_mut().unwrap().ms = 0;
    assert_eq!((record.verdicts[0].entry, &record.verdicts[0].verdict), (id, &expected));
    assert_eq!(reader.records().unwrap(), [(case(1), record)]);
    let history = reader.history(case(1)).unwrap();
    assert_eq!(history[0].entry.act, judge([1], Rejected), "the entry has all of it");
    for file in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let mode = std::fs::metadata(trial.folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_decision_is_on_the_disk_before_the_call_returns() {
    let journal = Journal::open(&Trial::new().path()).unwrap();
    let synchronous: i64 = journal.connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
    assert_eq!(synchronous, 2);
}

#[test]
fn undo_takes_back_a_bulk_act_as_one_step_and_redo_gives_it_back() {
    let mut trial = Trial::new();
    trial.act("ann", judge([1], Confirmed));
    let bulk = trial.act("ann", judge(0..100, Rejected));
    assert_eq!((trial.opinions(1), trial.opinions(99)), (vec![Rejected], vec![Rejected]));
    assert_eq!(trial.undo("ann"), Ok(bulk));
    assert_eq!((trial.opinions(1), trial.opinions(99)), (vec![Confirmed], vec![]));
    let history = trial.journal.history(case(1)).unwrap();
    let marks: Vec<_> = history.iter().map(|past| (past.in_force, past.cases)).collect();
    assert_eq!(marks, [(true, 1), (false, 100)]);
    assert_eq!(history[1].entry.act.cases(), [case(1)], "a bulk act comes with this case alone");
    assert_eq!(trial.redo("ann"), Ok(bulk));
    assert_eq!((trial.opinions(1), trial.opinions(99)), (vec![Rejected], vec![Rejected]));
    assert!(matches!(trial.redo("ann"), Err(Refused::NothingToRedo { .. })));
    assert!(matches!(trial.undo("bob"), Err(Refused::NothingToUndo { .. })));
}

#[test]
fn undo_reaches_past_many_acts_that_were_taken_back() {
    let mut trial = Trial::new();
    let mut acts: Vec<EntryId> = (0..150).map(|number| trial.act("ann", judge([number], Rejected))).collect();
    while let Some(act) = acts.pop() {
        assert_eq!(trial.undo("ann"), Ok(act));
        for number in 0..3 {
            trial.act("bob", judge([500 + number], Rejected));
        }
    }
    assert!(matches!(trial.undo("ann"), Err(Refused::NothingToUndo { .. })));
    assert!(trial.redo("ann").is_ok());
}

#[test]
fn a_step_back_or_forth_costs_the_same_however_much_was_said_of_its_case() {
    let cost = |rounds: u32| {
        let mut trial = Trial::new();
        let source = trial.act("ann", judge([1], Rejected));
        for _ in 0..rounds {
            trial.act("ann", judge([1], Confirmed));
            trial.undo("ann").unwrap();
            trial.redo("ann").unwrap();
            trial.act("bob", judge([1], Unsure));
            trial.undo("ann").unwrap();
            let inferred = Verdict { basis: Basis::Inferred, source: Some(source), ..verdict([2], Rejected) };
            let spread = trial.act("ann", Act::Verdict(inferred));
            trial.act("ann", Act::Retract(Retract { entries: vec![spread], redo: false, by_hand: true }));
            trial.undo("ann").unwrap();
            trial.redo("ann").unwrap();
        }
        let steps: [fn(&mut Trial); 5] = [
            |trial| assert!(trial.undo("ann").is_ok()),
            |trial| assert!(trial.redo("ann").is_ok()),
            |trial| assert_ne!(trial.act("ann", judge([1], Confirmed)), EntryId::default()),
            |trial| assert!(trial.undo("ann").is_ok()),
            |trial| assert!(trial.journal.history(case(1)).is_ok()),
        ];
        steps.map(|step| {
            let before = crate::store::statements();
            step(&mut trial);
            crate::store::statements() - before
        })
    };
    let few = cost(2);
    assert_eq!(few, cost(6), "statements of an undo, a redo, a verdict, its undo and a history");
    assert!(few.iter().all(|&count| count <= 50), "{few:?}");
}

#[test]
fn redo_after_something_was_taken_back_by_hand_gives_all_of_it_back() {
    let mut trial = Trial::new();
    let source = trial.act("ann", judge([1], Rejected));
    let inferred = Verdict { basis: Basis::Inferred, source: Some(source), ..verdict([2], Rejected) };
    let spread = trial.act("ann", Act::Verdict(inferred));
    trial.journal.take_back(&trial.writer("ann"), 0, &[spread], true).unwrap().unwrap();
    let last = trial.act("ann", judge([3], Confirmed));
    for _ in 0..2 {
        // Each tells of the act that it is about.
        assert_eq!([trial.undo("ann"), trial.undo("ann")], [Ok(last), Ok(spread)]);
        assert_eq!((trial.opinions(2), trial.opinions(3)), (vec![Rejected], vec![]));
        assert_eq!([trial.redo("ann"), trial.redo("ann")], [Ok(spread), Ok(last)]);
        assert_eq!((trial.opinions(2), trial.opinions(3)), (vec![], vec![Confirmed]));
    }
    assert!(matches!(trial.redo("ann"), Err(Refused::NothingToRedo { .. })));
}

#[test]
fn undo_is_refused_where_another_reviewer_built_on_the_act() {
    let mut trial = Trial::new();
    let mine = trial.act("ann", judge([1], Rejected));
    let inferred = Verdict { basis: Basis::Inferred, source: Some(mine), ..verdict(2..50, Rejected) };
    let theirs = trial.act("bob", Act::Verdict(inferred));
    assert!(matches!(trial.undo("ann"), Err(Refused::RestedOn { by, .. }) if by == theirs));
    let before = trial.journal.heads().unwrap();
    assert_eq!(trial.undo("bob"), Ok(theirs));
    assert_ne!(trial.journal.heads().unwrap(), before);
    assert_eq!(trial.undo("ann"), Ok(mine));

    let merged = trial.act("ann", merge(1, 2));
    let theirs = trial.act("bob", judge([1], Confirmed));
    let refused = trial.undo("ann");
    assert!(
        matches!(refused, Err(Refused::RestedOn { entry, by, .. }) if (entry, by) == (merged, theirs)),
        "{refused:?}"
    );
}

#[test]
fn redo_asks_what_rests_on_the_act_as_the_ledger_does() {
    let mut trial = Trial::new();
    let split = trial.act("ann", split(1, 2, &[1]));
    trial.act("bob", Act::Retract(Retract { entries: vec![split], redo: false, by_hand: false }));
    trial.act("cy", judge([2], Confirmed));
    assert!(matches!(trial.redo("bob"), Err(Refused::RestedOn { .. })));
}

#[test]
fn a_propagated_verdict_falls_with_its_source() {
    let mut trial = Trial::new();
    let source = trial.act("ann", judge([1], Rejected));
    let inferred = Verdict { basis: Basis::Inferred, source: Some(source), ..verdict(2..50, Rejected) };
    trial.act("ann", Act::Verdict(inferred));
    trial.act("ann", Act::Retract(Retract { entries: vec![source], redo: false, by_hand: false }));
    assert!(trial.opinions(1).is_empty() && trial.opinions(2).is_empty() && trial.opinions(49).is_empty());
}

#[test]
fn a_merged_case_is_heard_with_the_verdicts_on_its_parts() {
    let mut trial = Trial::new();
    trial.act("ann", judge([2], Rejected));
    trial.act("ann", merge(1, 2));
    assert_eq!(trial.opinions(1), [Rejected]);
    trial.act("bob", judge([2], Confirmed));
    assert_eq!(trial.opinions(1), [Rejected, Confirmed]);
    assert_eq!(trial.journal.history(case(1)).unwrap().len(), 3);
}

#[test]
fn links_are_those_in_force_and_splits_and_merges_are_told_with_whether_they_are() {
    let mut trial = Trial::new();
    trial.act("ann", merge(1, 2));
    trial.act("ann", split(1, 3, &[1, 2]));
    let told = |trial: &Trial| {
        let acts = trial.journal.shapes_in_order().unwrap();
        acts.into_iter().map(|(act, in_force)| (act.kind().to_owned(), in_force)).collect::<Vec<_>>()
    };
    let between = |trial: &Trial| trial.journal.links().unwrap().between(finding(2), finding(3));
    assert_eq!(between(&trial), Some(Link::Cannot));
    assert_eq!(told(&trial), [("merge".to_owned(), true), ("split".to_owned(), true)]);
    trial.undo("ann").unwrap();
    assert_eq!(between(&trial), None);
    assert_eq!(told(&trial), [("merge".to_owned(), true), ("split".to_owned(), false)]);
    let itself = trial.journal.append(&trial.writer("ann"), 0, split(1, 1, &[2]));
    assert!(matches!(itself, Err(StoreError::BadAct { .. })));
}

#[test]
fn judged_leases_are_those_of_the_latest_verdict_that_decides() {
    let mut trial = Trial::new();
    let with = |lease, opinion, basis| {
        let mut verdict = verdict([1], opinion);
        verdict.cases[0].members[0].lease = CodeHash(lease);
        Act::Verdict(Verdict { basis, ..verdict })
    };
    let leases = |trial: &Trial| trial.journal.judged_leases().unwrap().get(&finding(1)).copied();
    trial.act("ann", with(5, Rejected, Basis::Inferred));
    assert_eq!(leases(&trial), Some(5));
    trial.act("ann", with(6, Rejected, Basis::Human));
    trial.act("bob", with(7, Unsure, Basis::Human));
    trial.act("cy", with(8, Rejected, Basis::Imported));
    trial.act("dee", with(0, Rejected, Basis::Human));
    assert_eq!(leases(&trial), Some(6));
    trial.act("ann", with(6, Unsure, Basis::Human));
    assert_eq!(leases(&trial), None);
}

#[test]
fn several_make_the_file_and_append_at_once_and_all_succeed_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::thread::scope(|scope| {
        for reviewer in ["ann", "bob", "ann"] {
            let path = &path;
            scope.spawn(move || {
                let mut journal = Journal::open(path).unwrap();
                let writer = Writer::new("machine", reviewer, reviewer.parse().unwrap());
                for number in 0..20 {
                    journal.append(&writer, 1, judge([number], Rejected)).unwrap();
                }
            });
        }
    });
    let trial = Trial { journal: Journal::open(&path).unwrap(), ..Trial::new() };
    let verified = trial.journal.verify(&[]).unwrap();
    let mut counts: Vec<u64> = verified.iter().map(|verified| verified.head.count).collect();
    counts.sort_unstable();
    assert_eq!((counts, trial.journal.len().unwrap()), (vec![20, 40], 60));
    let mut clocks: Vec<Hlc> = trial.all().iter().map(|sealed| sealed.header.clock).collect();
    clocks.sort_unstable();
    clocks.dedup();
    assert_eq!(clocks.len(), 60, "every moment is its own");
}

#[test]
fn a_changed_file_does_not_verify() {
    let table = [
        ("UPDATE entry SET body = replace(body, 'rejected', 'confirmed') WHERE position = 1", Flaw::Body),
        ("UPDATE entry SET reviewer = 'eve' WHERE position = 1", Flaw::Changed),
        ("UPDATE entry SET id = zeroblob(16) WHERE position = 1", Flaw::Changed),
        ("UPDATE entry SET position = 5 WHERE position = 1", Flaw::Missing(2)),
        ("DELETE FROM entry WHERE position = 2", Flaw::Cut { expected: 3 }),
        ("UPDATE entry SET body = NULL WHERE position = 1", Flaw::Unlinked),
    ];
    for (change, flaw) in table {
        let mut trial = Trial::new();
        for _ in 0..3 {
            trial.act("ann", judge([1], Rejected));
        }
        let heads = trial.journal.heads().unwrap();
        assert_eq!(trial.journal.verify(&heads).unwrap()[0].head, heads[0]);
        let changing = Connection::open(trial.path()).unwrap();
        changing.pragma_update(None, "foreign_keys", false).unwrap();
        changing.execute(change, []).unwrap();
        match trial.journal.verify(&heads) {
            Err(ChainError::Broken(broken)) => assert_eq!(broken.why, flaw, "{change}"),
            Ok(verified) => assert_eq!((verified[0].erased, &flaw), (1, &Flaw::Unlinked), "{change}"),
            Err(error) => panic!("{change}: {error}"),
        }
    }
}

#[test]
fn a_changed_byte_of_any_value_of_an_entry_is_found() {
    const COLUMNS: [&str; 11] = [
        "id", "chain", "position", "wall", "counter", "kind", "reviewer", "digest", "previous", "hash",
        "body",
    ];
    let mut trial = Trial::new();
    trial.act("ann", judge([1, 2], Rejected));
    trial.act("bob", Act::Note(Note { cases: vec![case(1)], text: "look".into() }));
    trial.act("ann", judge([1], Confirmed));
    let heads = trial.journal.heads().unwrap();
    let changing = Connection::open(trial.path()).unwrap();
    changing.execute_batch("PRAGMA foreign_keys = off; PRAGMA synchronous = off;").unwrap();
    let mut tried = 0;
    for column in COLUMNS {
        for number in 1..=3 {
            let value: rusqlite::types::Value = changing
                .query_row(&format!("SELECT {column} FROM entry WHERE number = ?"), [number], |row| {
                    row.get(0)
                })
                .unwrap();
            let bytes = match &value {
                rusqlite::types::Value::Integer(number) => number.to_le_bytes().to_vec(),
                rusqlite::types::Value::Text(text) => text.as_bytes().to_vec(),
                rusqlite::types::Value::Blob(bytes) => bytes.clone(),
                other => panic!("{other:?}"),
            };
            // Of numbers those bytes that the schema takes.
            for at in 0..if matches!(value, rusqlite::types::Value::Integer(_)) { 6 } else { bytes.len() } {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                let changed = match &value {
                    rusqlite::types::Value::Integer(_) => {
                        i64::from_le_bytes(changed.try_into().unwrap()).into()
                    }
                    rusqlite::types::Value::Text(_) => String::from_utf8(changed).unwrap().into(),
                    _ => rusqlite::types::Value::from(changed),
                };
                let set = format!("UPDATE entry SET {column} = ? WHERE number = ?");
                // Two entries cannot stand at one place: that change cannot be made.
                if changing.execute(&set, params![changed, number]).is_err() {
                    continue;
                }
                assert!(trial.journal.verify(&heads).is_err(), "{column} of {number} at {at}");
                changing.execute(&set, params![value, number]).unwrap();
                tried += 1;
            }
        }
    }
    assert!(tried > 800, "{tried}");
    trial.journal.verify(&heads).unwrap();
}

#[test]
fn another_copys_chains_are_taken_in_once_and_a_fork_is_refused() {
    let (mut mine, mut theirs) = (Trial::new(), Trial::new());
    mine.act("ann", judge([1], Rejected));
    theirs.act("bob", judge(0..30, Confirmed));
    theirs.undo("bob").unwrap();
    theirs.act("bob", judge([1], Confirmed));
    assert_eq!(mine.journal.absorb(theirs.all()).unwrap(), 3);
    assert_eq!(mine.journal.absorb(theirs.all()).unwrap(), 0);
    assert_eq!(mine.opinions(1).len(), 2);
    let mut other = Trial::new();
    other.act("bob", judge([9], Confirmed));
    let forked = mine.journal.absorb(other.all());
    assert!(matches!(forked, Err(ChainError::Broken(Broken { why: Flaw::Forked, position: 0, .. }))));
    assert_eq!(mine.journal.len().unwrap(), 4);
}

#[test]
fn a_write_that_is_given_up_leaves_the_file_as_it_was() {
    let mut trial = Trial::new();
    trial.act("ann", judge([1], Rejected));
    let records = trial.journal.records().unwrap();
    let ann = trial.writer("ann");
    let given_up: Result<(), StoreError> = trial.journal.write(|to| {
        write_act(to, &ann, 0, judge([1, 2, 3], Confirmed), &|_| {})?;
        Err(StoreError::BadAct { why: "killed".to_owned() })
    });
    assert!(given_up.is_err());
    assert_eq!((trial.journal.records().unwrap(), trial.journal.len().unwrap()), (records, 1));
    assert!(project::is_current(&trial.journal.connection).unwrap());
}

#[test]
fn a_file_of_another_shape_is_projected_anew_when_it_is_opened() {
    let mut trial = Trial::new();
    trial.act("ann", judge(0..20, Rejected));
    let records = trial.journal.records().unwrap();
    let spoil = |sql: &str| trial.journal.connection.execute_batch(sql).unwrap();
    spoil("UPDATE state SET value = 0 WHERE key = 'projected'; DELETE FROM record; DELETE FROM entry_case;");
    assert_eq!(Journal::open_to_read(&trial.path()).unwrap().unwrap().records().unwrap(), records);
    spoil("UPDATE record SET body = x'ff'");
    assert!(matches!(trial.journal.records(), Err(StoreError::DamagedJournal { .. })));
    trial.journal.rebuild().unwrap();
    assert_eq!(trial.journal.records().unwrap(), records);
}

#[test]
fn a_note_is_counted_and_its_words_are_in_the_history() {
    let mut trial = Trial::new();
    trial.act("ann", Act::Note(Note { cases: (0..10).map(case).collect(), text: "look here".to_owned() }));
    assert_eq!(trial.journal.record(case(3)).unwrap().unwrap().notes, 1);
    let history = trial.journal.history(case(3)).unwrap();
    assert!(matches!(&history[0].entry.act, Act::Note(note) if note.text == "look here"));
}

#[test]
fn what_was_spread_from_a_verdict_is_taken_back_as_one_and_given_back_as_one() {
    let mut trial = Trial::new();
    let source = trial.act("ann", judge([1], Rejected));
    let spread = |cases: std::ops::Range<u32>| {
        let inferred =
            Verdict { basis: Basis::Inferred, source: Some(source), seen: None, ..verdict(cases, Rejected) };
        Act::Verdict(inferred)
    };
    let (few, many) = (trial.act("ann", spread(2..4)), trial.act("ann", spread(4..40)));
    let told = trial.journal.spread_from(source).unwrap();
    assert_eq!(
        told.iter().map(|it| (it.entry.id, it.in_force)).collect::<Vec<_>>(),
        [(few, true), (many, true)]
    );
    assert_eq!(told.iter().map(|it| it.entry.act.cases().len()).collect::<Vec<_>>(), [2, 36], "each whole");
    let bob = trial.writer("bob");
    assert_eq!(trial.journal.take_back(&bob, 0, &[few, many], true).unwrap(), None, "another's stay");
    let ann = trial.writer("ann");
    let undone = trial.journal.take_back(&ann, 0, &[few, many], true).unwrap().unwrap();
    assert_eq!(undone.cases.len(), 38, "all cases that may stand elsewhere now are told");
    assert!((2..40).all(|number| trial.opinions(number).is_empty()) && trial.opinions(1) == [Rejected]);
    assert!(trial.journal.spread_from(source).unwrap().iter().all(|it| !it.in_force));
    assert_eq!(trial.journal.take_back(&ann, 0, &[few], true).unwrap(), None, "it is taken back already");
    // It was an act: undo takes that back and no older one, and redo takes back again what was spread.
    let refused = trial.journal.redo(&ann, 0).unwrap_err();
    assert!(matches!(refused, UndoError::Refused(Refused::NothingToRedo { .. })), "{refused}");
    for _ in 0..2 {
        let given = trial.journal.undo(&ann, 0).unwrap();
        assert_eq!(
            (given.what.id, given.cases.len(), trial.opinions(3), trial.opinions(39)),
            (few, 38, vec![Rejected], vec![Rejected])
        );
        let again = trial.journal.redo(&ann, 0).unwrap();
        assert_eq!((again.cases.len(), trial.opinions(3), trial.opinions(1)), (38, vec![], vec![Rejected]));
    }
    trial.journal.undo(&ann, 0).unwrap();
    assert_eq!(trial.journal.undo(&ann, 0).unwrap().what.id, many, "then the last that was spread");
    trial.journal.redo(&ann, 0).unwrap();
    // The source takes along what was spread from it.
    let undone = trial.journal.take_back(&ann, 0, &[source], false).unwrap().unwrap();
    assert_eq!((undone.cases.len(), trial.opinions(39)), (39, vec![]));
}
