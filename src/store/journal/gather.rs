//! The few entries that a question needs, folded: never the whole journal.
//!
//! A case's record needs the entries that name it or any case ever merged into it, what these were propagated
//! from, and what retracts any of them. Undo needs the reviewer's last entries with the same, and what others may
//! have built on them. An entry that names many cases comes with those asked about and no others.
//!
//! They are gathered in waves: what the entries of one cannot be understood without is the next, and each is asked for in
//! a few statements. So the statements go with how deep acts rest on each other, never with how many there are: a case that
//! was judged and undone a hundred times costs an undo as many as one that was judged once.

use rusqlite::Connection;
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
    let mut work = gather.mention(cases.iter().copied())?;
    let merges = project::any_merge(connection)?;
    while merges && !work.is_empty() {
        let parts = project::merged(connection, &work)?;
        work = gather.mention(parts)?;
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
    /// What the reviewer's retractions reach, at whatever depth: acts of others too, which they do not take back.
    reached: FxHashSet<i64>,
    /// The next wave.
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
            reached: FxHashSet::default(),
            queue: Vec::new(),
        }
    }

    /// Queues the entries that name any of some cases; gives those of the cases of which they were not queued before.
    fn mention(&mut self, cases: impl IntoIterator<Item = CaseId>) -> rusqlite::Result<Vec<CaseId>> {
        let mut fresh: Vec<CaseId> = cases.into_iter().filter(|&case| self.mentioned.insert(case)).collect();
        if fresh.is_empty() {
            return Ok(fresh);
        }
        // In the order of the index.
        fresh.sort_unstable();
        let mut find = self.connection.prepare_cached(
            "SELECT c.\"case\", c.entry, c.item, c.part FROM json_each(?) asked
             CROSS JOIN entry_case c ON c.\"case\" = unhex(asked.value)",
        )?;
        let mut rows = find.query([row::listed(fresh.iter().map(CaseId::bytes))])?;
        while let Some(row) = rows.next()? {
            let entry = row.get(1)?;
            let mention = Mention { item: row.get(2)?, case: CaseId::new(row.get(0)?), part: row.get(3)? };
            self.mentions.entry(entry).or_default().push(mention);
            self.queue.push(entry);
        }
        Ok(fresh)
    }

    fn run(mut self) -> rusqlite::Result<Gathered> {
        loop {
            let mut wave = std::mem::take(&mut self.queue);
            wave.retain(|number| !self.loaded.contains_key(number));
            wave.sort_unstable();
            wave.dedup();
            if wave.is_empty() {
                break;
            }
            let wave = load(self.connection, &wave)?;
            let numbers: Vec<i64> = wave.iter().map(|(number, _)| *number).collect();
            self.loaded.extend(wave);
            self.follow(numbers)?;
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

    /// Queues what entries that were just loaded cannot be understood without.
    fn follow(&mut self, wave: Vec<i64>) -> rusqlite::Result<()> {
        let connection = self.connection;
        let entries = || wave.iter().filter_map(|number| self.loaded.get(number)).map(|loaded| &loaded.entry);
        let names = row::listed(entries().map(|entry| entry.id.bytes()));
        let sources: Vec<EntryId> = entries()
            .filter_map(|entry| match &entry.act {
                Act::Verdict(verdict) => verdict.source,
                _ => None,
            })
            .collect();
        self.queue.extend(row::numbers_of(
            connection,
            "SELECT r.entry FROM json_each(?) asked CROSS JOIN retraction r ON r.target = unhex(asked.value)",
            &names,
        )?);
        self.queue.extend(numbers(connection, &sources)?);
        match self.reviewer {
            Some(reviewer) => self.follow_own(wave, reviewer),
            None => Ok(()),
        }
    }

    /// Queues what others may have built on the reviewer's own entries and on what these reach.
    fn follow_own(&mut self, mut wave: Vec<i64>, reviewer: &str) -> rusqlite::Result<()> {
        let connection = self.connection;
        let own = |entry: &Entry| entry.reviewer == reviewer;
        let entries = wave.iter().filter_map(|number| self.loaded.get(number)).map(|loaded| &loaded.entry);
        let names: Vec<EntryId> = entries.filter(|entry| own(entry)).map(|entry| entry.id).collect();
        if !names.is_empty() {
            self.queue.extend(row::numbers_of(
                connection,
                "SELECT p.entry FROM json_each(?) asked CROSS JOIN propagated p ON p.source = unhex(asked.value)",
                &row::listed(names.iter().map(EntryId::bytes)),
            )?);
        }
        // What a retraction reaches may have been loaded before it, as something of another's.
        while !wave.is_empty() {
            let (mut shaped, mut targets) = (Vec::new(), Vec::new());
            for number in wave {
                let Some(Loaded { entry, .. }) = self.loaded.get(&number) else { continue };
                if !own(entry) && !self.reached.contains(&number) {
                    continue;
                }
                match &entry.act {
                    Act::Split(_) | Act::Merge(_) => shaped.extend(entry.act.cases()),
                    Act::Retract(act) => targets.extend(&act.entries),
                    _ => {}
                }
            }
            self.mention(shaped)?;
            let mut reached = numbers(connection, &targets)?;
            reached.retain(|&number| self.reached.insert(number));
            self.queue.extend(&reached);
            reached.retain(|number| self.loaded.contains_key(number));
            wave = reached;
        }
        Ok(())
    }
}

/// The numbers of those of some entries that are here.
pub(super) fn numbers(connection: &Connection, names: &[EntryId]) -> rusqlite::Result<Vec<i64>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT e.number FROM json_each(?) asked CROSS JOIN entry e ON e.id = unhex(asked.value)";
    row::numbers_of(connection, sql, &row::listed(names.iter().map(EntryId::bytes)))
}

fn load(connection: &Connection, numbers: &[i64]) -> rusqlite::Result<Vec<(i64, Loaded)>> {
    let mut find = connection.prepare_cached(
        "SELECT e.id, e.chain, e.position, e.wall, e.counter, e.kind, e.reviewer,
         CASE WHEN b.entry IS NULL THEN e.body ELSE b.act END, b.cases, e.number
         FROM json_each(?) asked CROSS JOIN entry e ON e.number = asked.value
         LEFT JOIN bulk b ON b.entry = e.number",
    )?;
    let asked = serde_json::to_string(numbers).map_err(damaged)?;
    let loaded = find.query_map([asked], |row| {
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
        Ok((row.get(9)?, Loaded { entry, bulk: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned) }))
    })?;
    loaded.collect()
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
