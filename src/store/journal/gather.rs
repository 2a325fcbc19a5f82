//! The few entries that a question needs, folded: never the whole journal.
//!
//! A case's record needs the entries that name it or any case ever merged into it, what these were propagated
//! from, and what retracts any of them. Undo needs the reviewer's last entries with the same, and what others may
//! have built on them. An entry that names many cases comes with those asked about and no others.

use rusqlite::{Connection, OptionalExtension};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{damaged, project, record, row};
use crate::domain::{CaseId, EntryId};
use crate::ledger::{Act, Assign, ChainId, Entry, Fold, Note, Other, Pin, Rank};

/// What was gathered.
#[derive(Debug)]
pub(super) struct Gathered {
    /// The entries, folded.
    pub(super) fold: Fold,
    /// How many cases each of them names in all.
    pub(super) named: FxHashMap<EntryId, u64>,
}

/// Gathers what the records of some cases need.
pub(super) fn of_cases(connection: &Connection, cases: &[CaseId]) -> rusqlite::Result<Gathered> {
    let mut gather = Gather::new(connection, None);
    let mut work = cases.to_vec();
    let merges = project::any_merge(connection)?;
    while let Some(case) = work.pop() {
        if gather.mention(case)? && merges {
            let mut parts = connection.prepare_cached("SELECT \"from\" FROM merged WHERE \"into\" = ?")?;
            let parts = parts.query_map([case.bytes()], |row| row.get(0).map(CaseId::new))?;
            for part in parts {
                work.push(part?);
            }
        }
    }
    gather.run()
}

/// Gathers what undo and redo need to know of some of a reviewer's entries.
pub(super) fn of_reviewer(
    connection: &Connection,
    reviewer: &str,
    entries: &[i64],
) -> rusqlite::Result<Gathered> {
    let mut gather = Gather::new(connection, Some(reviewer));
    gather.queue.extend_from_slice(entries);
    gather.run()
}

/// Gathers what decides whether some entries are in force.
pub(super) fn of_entries(connection: &Connection, entries: Vec<i64>) -> rusqlite::Result<Gathered> {
    let mut gather = Gather::new(connection, None);
    gather.queue = entries;
    gather.run()
}

/// A case's place in an entry.
struct Mention {
    item: u32,
    case: CaseId,
    part: Option<Vec<u8>>,
}

struct Loaded {
    entry: Entry,
    /// How many cases the entry names, where the act comes without them.
    bulk: Option<u64>,
}

struct Gather<'c> {
    connection: &'c Connection,
    /// Whose acts bring along what may rest on them.
    reviewer: Option<&'c str>,
    loaded: FxHashMap<i64, Loaded>,
    mentions: FxHashMap<i64, Vec<Mention>>,
    mentioned: FxHashSet<CaseId>,
    queue: Vec<i64>,
}

impl<'c> Gather<'c> {
    fn new(connection: &'c Connection, reviewer: Option<&'c str>) -> Self {
        Self {
            connection,
            reviewer,
            loaded: FxHashMap::default(),
            mentions: FxHashMap::default(),
            mentioned: FxHashSet::default(),
            queue: Vec::new(),
        }
    }

    /// Queues the entries that name a case; false if they are already.
    fn mention(&mut self, case: CaseId) -> rusqlite::Result<bool> {
        if !self.mentioned.insert(case) {
            return Ok(false);
        }
        let mut find =
            self.connection.prepare_cached("SELECT entry, item, part FROM entry_case WHERE \"case\" = ?")?;
        let mut rows = find.query([case.bytes()])?;
        while let Some(row) = rows.next()? {
            let entry = row.get(0)?;
            let mention = Mention { item: row.get(1)?, case, part: row.get(2)? };
            self.mentions.entry(entry).or_default().push(mention);
            self.queue.push(entry);
        }
        Ok(true)
    }

    fn run(mut self) -> rusqlite::Result<Gathered> {
        while let Some(number) = self.queue.pop() {
            if !self.loaded.contains_key(&number)
                && let Some(loaded) = load(self.connection, number)?
            {
                self.follow(&loaded.entry)?;
                self.loaded.insert(number, loaded);
            }
        }
        let mut gathered =
            Gathered { fold: Fold::with_capacity(self.loaded.len()), named: FxHashMap::default() };
        for (number, Loaded { mut entry, bulk }) in self.loaded {
            gathered.named.insert(entry.id, bulk.unwrap_or_else(|| entry.act.cases().len() as u64));
            let mut mentions = self.mentions.remove(&number).unwrap_or_default();
            mentions.sort_unstable_by_key(|mention| mention.item);
            narrow(&mut entry.act, &mentions, bulk.is_some())?;
            gathered.fold.apply(entry);
        }
        Ok(gathered)
    }

    /// Queues what an entry cannot be understood without.
    fn follow(&mut self, entry: &Entry) -> rusqlite::Result<()> {
        let id = entry.id.bytes();
        let connection = self.connection;
        self.queue.extend(row::numbers(connection, "SELECT entry FROM retraction WHERE target = ?", id)?);
        if let Act::Verdict(verdict) = &entry.act
            && let Some(source) = verdict.source
        {
            self.queue.extend(row::number(connection, source)?);
        }
        if self.reviewer != Some(&entry.reviewer) {
            return Ok(());
        }
        self.queue.extend(row::numbers(connection, "SELECT entry FROM propagated WHERE source = ?", id)?);
        match &entry.act {
            Act::Split(_) | Act::Merge(_) => {
                for case in entry.act.cases() {
                    self.mention(case)?;
                }
            }
            Act::Retract(act) => {
                for &target in &act.entries {
                    self.queue.extend(row::number(connection, target)?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn load(connection: &Connection, number: i64) -> rusqlite::Result<Option<Loaded>> {
    connection
        .prepare_cached(
            "SELECT e.id, e.chain, e.position, e.wall, e.counter, e.kind, e.reviewer,
             CASE WHEN b.entry IS NULL THEN e.body ELSE b.act END, b.cases
             FROM entry e LEFT JOIN bulk b ON b.entry = e.number WHERE e.number = ?",
        )?
        .query_row([number], |row| {
            let kind = row.get_ref(5)?.as_str()?;
            let act = match row.get_ref(7)?.as_str_or_null()? {
                Some(body) => Act::read(kind, body),
                None => Act::Erased(kind.to_owned()),
            };
            let entry = Entry {
                id: EntryId::new(row.get(0)?),
                chain: ChainId::new(row.get(1)?),
                position: row.get::<_, i64>(2)?.cast_unsigned(),
                clock: row::clock(row, 3)?,
                reviewer: row.get(6)?,
                act,
            };
            Ok(Loaded { entry, bulk: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned) })
        })
        .optional()
}

/// Leaves an act those of its cases that are asked about.
fn narrow(act: &mut Act, mentions: &[Mention], bulk: bool) -> rusqlite::Result<()> {
    match act {
        Act::Verdict(verdict) if bulk => {
            verdict.cases.clear();
            for mention in mentions {
                let part = mention.part.as_deref().unwrap_or_default();
                verdict.cases.push(record::unpack_part(part).map_err(damaged)?);
            }
        }
        Act::Verdict(verdict) => {
            let all = std::mem::take(&mut verdict.cases);
            verdict
                .cases
                .extend(mentions.iter().filter_map(|mention| all.get(mention.item as usize)).cloned());
        }
        Act::Note(Note { cases, .. })
        | Act::Rank(Rank { cases, .. })
        | Act::Pin(Pin { cases, .. })
        | Act::Assign(Assign { cases, .. })
        | Act::Other(Other { cases, .. }) => {
            *cases = mentions.iter().map(|mention| mention.case).collect();
        }
        // These name few cases, and mean something only as a whole.
        Act::Split(_) | Act::Merge(_) | Act::Retract(_) | Act::Forget(_) | Act::Erased(_) => {}
    }
    Ok(())
}
