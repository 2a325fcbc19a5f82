//! The projections: what is looked up in the entries without reading them, and what is in force about each case.

use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashSet;

use super::record::{self, Record, SHAPE};
use super::{damaged, gather, row};
use crate::domain::{CaseId, EntryId};
use crate::ledger::{Act, Assign, Note, Other, Pin, Rank, Verdict};

/// An act that names more cases than this is a bulk one. At a few, reading the whole costs less than a row apart.
const BULK: usize = 8;

/// Cases whose records are made at a time: their entries are in memory together.
const CHUNK: usize = 8192;

/// Told how many cases are done; of an act each is gone through twice.
pub(super) type Told<'t> = &'t dyn Fn(usize);

/// Whether the projections contain every entry, in the shape of this program.
pub(super) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    let value = |key: &str| -> rusqlite::Result<Option<i64>> {
        connection
            .prepare_cached("SELECT value FROM state WHERE key = ?")?
            .query_row([key], |row| row.get(0))
            .optional()
    };
    Ok(value("projected")? == Some(SHAPE) && value("cursor")? == Some(last(connection)?))
}

/// The number of the newest entry.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(number), 0) FROM entry", [], |row| row.get(0))
}

/// Notes that every entry so far is projected.
fn advance(connection: &Connection) -> rusqlite::Result<()> {
    let cursor = last(connection)?;
    let mut set = connection.prepare_cached("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)")?;
    set.execute(params!["projected", SHAPE])?;
    set.execute(params!["cursor", cursor])?;
    Ok(())
}

/// New entries on their way into the projections. Holds no act: a journal taken in may have a million.
#[derive(Default)]
pub(super) struct Projecting {
    /// The cases they name.
    cases: FxHashSet<CaseId>,
    /// The entries.
    fresh: FxHashSet<EntryId>,
    /// What they retract.
    retracted: Vec<EntryId>,
    /// The cases that batches name, perhaps all there are. That one left says nothing of a case.
    left: Vec<CaseId>,
}

impl Projecting {
    /// Takes in an entry that was just stored.
    pub(super) fn take(
        &mut self,
        connection: &Connection,
        number: i64,
        id: EntryId,
        act: &Act,
        told: Told<'_>,
    ) -> rusqlite::Result<()> {
        index(connection, number, act, told)?;
        self.note(id, act);
        Ok(())
    }

    fn note(&mut self, id: EntryId, act: &Act) {
        match act {
            Act::Other(other) if other.kind == Other::BATCH => self.left.extend_from_slice(&other.cases),
            _ => self.cases.extend(act.cases()),
        }
        self.fresh.insert(id);
        if let Act::Retract(retract) = act {
            self.retracted.extend(&retract.entries);
        }
    }

    /// Brings the records up to date; gives the cases whose record may be another now.
    pub(super) fn finish(mut self, connection: &Connection, told: Told<'_>) -> rusqlite::Result<Vec<CaseId>> {
        // Every case that an entry names has a record, and mostly has it before a batch names it.
        let left = std::mem::take(&mut self.left);
        let mut find =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM record WHERE \"case\" = ?)")?;
        for case in left {
            if !find.query_row([case.bytes()], |row| row.get(0))? {
                self.cases.insert(case);
            }
        }
        let cases = self.touched(connection)?;
        refresh(connection, &cases, told)?;
        advance(connection)?;
        Ok(cases)
    }

    /// The cases whose record may be another now, in order: those that the entries name, those of what they retract,
    /// those propagated from any of these, and every case that one of them was ever merged into.
    fn touched(self, connection: &Connection) -> rusqlite::Result<Vec<CaseId>> {
        let Self { mut cases, fresh: mut seen, retracted: mut work, left: _ } = self;
        work.extend(propagated(connection, seen.iter())?);
        // Wave by wave: a few statements for all that comes next.
        loop {
            let wave: Vec<EntryId> = work.drain(..).filter(|&id| seen.insert(id)).collect();
            if wave.is_empty() {
                break;
            }
            row::each(connection, &wave, |sealed| {
                let act = sealed.open().act;
                cases.extend(act.cases());
                if let Act::Retract(retract) = &act {
                    work.extend(&retract.entries);
                }
            })?;
            work.extend(propagated(connection, wave.iter())?);
        }
        let mut up: Vec<CaseId> =
            if any_merge(connection)? { cases.iter().copied().collect() } else { Vec::new() };
        while !up.is_empty() {
            up = merged_into(connection, &up)?;
            up.retain(|&into| cases.insert(into));
        }
        let mut cases: Vec<CaseId> = cases.into_iter().collect();
        cases.sort_unstable();
        Ok(cases)
    }
}

/// The number of the newest entry, and the cases whose record may be another since an earlier one.
pub(super) fn touched_since(connection: &Connection, number: i64) -> rusqlite::Result<(i64, Vec<CaseId>)> {
    let mut projecting = Projecting::default();
    let sql = format!("SELECT {} FROM entry WHERE number > ? ORDER BY number", row::COLUMNS);
    let mut find = connection.prepare_cached(&sql)?;
    let mut entries = find.query([number])?;
    while let Some(found) = entries.next()? {
        let (_, sealed) = row::sealed(found)?;
        projecting.note(sealed.id(), &sealed.open().act);
    }
    Ok((last(connection)?, projecting.touched(connection)?))
}

/// Whether any case was ever merged into another. Mostly not, which spares a look-up for each case.
pub(super) fn any_merge(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM merged)")?.query_row([], |row| row.get(0))
}

/// What was propagated from some entries.
fn propagated<'e>(
    connection: &Connection,
    sources: impl Iterator<Item = &'e EntryId>,
) -> rusqlite::Result<Vec<EntryId>> {
    row::entries(
        connection,
        "SELECT e.id FROM json_each(?) asked CROSS JOIN propagated p ON p.source = unhex(asked.value)
         JOIN entry e ON e.number = p.entry",
        &row::listed(sources.map(EntryId::bytes)),
    )
}

/// The cases that some were ever merged into.
fn merged_into(connection: &Connection, cases: &[CaseId]) -> rusqlite::Result<Vec<CaseId>> {
    let sql =
        "SELECT m.\"into\" FROM json_each(?) asked CROSS JOIN merged m ON m.\"from\" = unhex(asked.value)";
    named(connection, sql, cases)
}

/// The cases that were ever merged into some.
pub(super) fn merged(connection: &Connection, cases: &[CaseId]) -> rusqlite::Result<Vec<CaseId>> {
    let sql =
        "SELECT m.\"from\" FROM json_each(?) asked CROSS JOIN merged m ON m.\"into\" = unhex(asked.value)";
    named(connection, sql, cases)
}

fn named(connection: &Connection, sql: &str, cases: &[CaseId]) -> rusqlite::Result<Vec<CaseId>> {
    let asked = row::listed(cases.iter().map(CaseId::bytes));
    connection.prepare_cached(sql)?.query_map([asked], |row| row.get(0).map(CaseId::new))?.collect()
}

/// Makes the projections anew.
pub(super) fn rebuild(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "DELETE FROM entry_case; DELETE FROM bulk; DELETE FROM retraction; DELETE FROM propagated;
         DELETE FROM merged; DELETE FROM record;",
    )?;
    let mut entries = connection.prepare(&format!("SELECT {} FROM entry ORDER BY number", row::COLUMNS))?;
    let mut entries = entries.query([])?;
    while let Some(found) = entries.next()? {
        let (number, sealed) = row::sealed(found)?;
        index(connection, number, &sealed.open().act, &|_| {})?;
    }
    let mut next = connection
        .prepare("SELECT DISTINCT \"case\" FROM entry_case WHERE \"case\" > ? ORDER BY \"case\" LIMIT ?")?;
    let mut after: Vec<u8> = Vec::new();
    loop {
        let cases: Vec<CaseId> = next
            .query_map(params![after, CHUNK as i64], |row| row.get(0).map(CaseId::new))?
            .collect::<rusqlite::Result<_>>()?;
        let Some(last) = cases.last() else { break };
        after = last.bytes().to_vec();
        refresh(connection, &cases, &|_| {})?;
    }
    advance(connection)
}

/// Stores what is looked up in an entry without reading it.
fn index(connection: &Connection, number: i64, act: &Act, told: Told<'_>) -> rusqlite::Result<()> {
    match act {
        Act::Retract(retract) => {
            let mut add = connection
                .prepare_cached("INSERT OR IGNORE INTO retraction (target, entry) VALUES (?, ?)")?;
            for target in &retract.entries {
                add.execute(params![target.bytes(), number])?;
            }
        }
        Act::Verdict(verdict) => {
            if let Some(source) = verdict.source {
                connection
                    .prepare_cached("INSERT INTO propagated (source, entry) VALUES (?, ?)")?
                    .execute(params![source.bytes(), number])?;
            }
        }
        Act::Merge(merge) => {
            let mut add = connection
                .prepare_cached("INSERT OR IGNORE INTO merged (\"into\", \"from\") VALUES (?, ?)")?;
            for from in &merge.from {
                add.execute(params![merge.into.bytes(), from.bytes()])?;
            }
        }
        _ => {}
    }
    let emptied = emptied(act);
    if let Some((cases, act)) = &emptied {
        let text = serde_json::to_string(act).map_err(damaged)?;
        connection
            .prepare_cached("INSERT INTO bulk (entry, cases, act) VALUES (?, ?, ?)")?
            .execute(params![number, cases, text])?;
    }
    let mut add = connection
        .prepare_cached("INSERT INTO entry_case (\"case\", entry, item, part) VALUES (?, ?, ?, ?)")?;
    let mut named: Vec<(CaseId, u32)> = act.cases().into_iter().zip(0..).collect();
    // In the order of the index: a hundred thousand cases then touch each page once.
    named.sort_unstable();
    for (at, (case, item)) in named.into_iter().enumerate() {
        told(at);
        let part = match act {
            Act::Verdict(verdict) if emptied.is_some() => {
                verdict.cases.get(item as usize).map(record::pack_part).transpose().map_err(damaged)?
            }
            _ => None,
        };
        add.execute(params![case.bytes(), number, item, part])?;
    }
    Ok(())
}

/// How many cases a bulk act names, and the act without them.
fn emptied(act: &Act) -> Option<(i64, Act)> {
    let count = match act {
        Act::Verdict(verdict) => verdict.cases.len(),
        Act::Note(Note { cases, .. })
        | Act::Rank(Rank { cases, .. })
        | Act::Pin(Pin { cases, .. })
        | Act::Assign(Assign { cases, .. })
        | Act::Other(Other { cases, .. }) => cases.len(),
        _ => 0,
    };
    if count <= BULK {
        return None;
    }
    // Without a copy of the cases, of which there may be a million.
    let none = Vec::new();
    let act = match act {
        Act::Verdict(Verdict { cases: _, opinion, reason, note, until, basis, source, seen }) => {
            Act::Verdict(Verdict {
                cases: Vec::new(),
                opinion: *opinion,
                reason: *reason,
                note: note.clone(),
                until: *until,
                basis: *basis,
                source: *source,
                seen: seen.clone(),
            })
        }
        Act::Note(Note { cases: _, text }) => Act::Note(Note { cases: none, text: text.clone() }),
        Act::Rank(Rank { cases: _, priority }) => Act::Rank(Rank { cases: none, priority: *priority }),
        Act::Pin(Pin { cases: _, on }) => Act::Pin(Pin { cases: none, on: *on }),
        Act::Assign(Assign { cases: _, to }) => Act::Assign(Assign { cases: none, to: to.clone() }),
        Act::Other(Other { kind, cases: _, body }) => {
            Act::Other(Other { kind: kind.clone(), cases: none, body: body.clone() })
        }
        other => other.clone(),
    };
    Some((count as i64, act))
}

/// Makes the records of some cases anew.
fn refresh(connection: &Connection, cases: &[CaseId], told: Told<'_>) -> rusqlite::Result<()> {
    let mut set =
        connection.prepare_cached("INSERT OR REPLACE INTO record (\"case\", body) VALUES (?, ?)")?;
    for (at, chunk) in cases.chunks(CHUNK).enumerate() {
        told(cases.len() + at * CHUNK);
        let fold = gather::of_cases(connection, chunk)?.fold;
        for case in chunk {
            let body = Record::pack(&fold.record(*case)).map_err(damaged)?;
            set.execute(params![case.bytes(), body])?;
        }
    }
    Ok(())
}
