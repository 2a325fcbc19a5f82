//! Questions to the journal, each answered from one moment of it.

use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;

use super::{ChainError, Journal, Record, damaged, gather, project, row};
use crate::domain::{CaseId, EntryId, FindingId};
use crate::ledger::{
    Act, Broken, ChainId, Entry, Flaw, Fold, Head, Held, Hlc, Links, Sealed, Verified, verify,
};
use crate::store::StoreError;

/// Cases whose entries are gathered together.
const AT_ONCE: usize = 2000;

/// An entry of a case's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The entry. Of the cases that a bulk act names, only this case and those merged into it.
    pub entry: Entry,
    /// Whether it is in force: neither taken back nor propagated from a verdict that was.
    pub in_force: bool,
    /// How many cases it names in all.
    pub cases: u64,
}

/// A verdict that was propagated from another.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The entry, with all cases that it names.
    pub entry: Entry,
    /// Whether it is in force.
    pub in_force: bool,
}

impl Journal {
    /// What is in force about a case; `None` where no entry ever named it.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn record(&self, case: CaseId) -> Result<Option<Record>, StoreError> {
        self.read(|from| {
            from.prepare_cached("SELECT body FROM record WHERE \"case\" = ?")?
                .query_row([case.bytes()], |row| Record::unpack(row.get_ref(0)?.as_blob()?).map_err(damaged))
                .optional()
        })
    }

    /// Whether any entry names a case.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn has_records(&self) -> Result<bool, StoreError> {
        self.has_more_records_than(0)
    }

    /// Whether more than so many cases are named by any entry.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn has_more_records_than(&self, count: usize) -> Result<bool, StoreError> {
        self.read(|from| {
            let sql = "SELECT EXISTS (SELECT 1 FROM record LIMIT 1 OFFSET ?)";
            from.query_row(sql, [count as i64], |row| row.get(0))
        })
    }

    /// What is in force about every case that any entry names, in the order of their names.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn records(&self) -> Result<Vec<(CaseId, Record)>, StoreError> {
        let mut records = Vec::new();
        self.each_record(|case, record| records.push((case, record)))?;
        Ok(records)
    }

    /// Hands over what is in force about every case that any entry names, in the order of their names.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn each_record(&self, mut take: impl FnMut(CaseId, Record)) -> Result<(), StoreError> {
        self.read(|from| {
            let mut find = from.prepare_cached("SELECT \"case\", body FROM record ORDER BY \"case\"")?;
            let mut rows = find.query([])?;
            while let Some(row) = rows.next()? {
                let record = Record::unpack(row.get_ref(1)?.as_blob()?).map_err(damaged)?;
                take(CaseId::new(row.get(0)?), record);
            }
            Ok(())
        })
    }

    /// Everything that was ever said of a case and of those merged into it, the oldest first; what was taken back
    /// too.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn history(&self, case: CaseId) -> Result<Vec<Past>, StoreError> {
        let gathered = self.read(|from| gather::of_cases(from, &[case]))?;
        let fold = &gathered.fold;
        let past = |entry: &Entry| Past {
            in_force: fold.in_force(entry),
            cases: gathered.named.get(&entry.id).copied().unwrap_or_default(),
            entry: entry.clone(),
        };
        Ok(fold.record(case).history.iter().filter_map(|&id| fold.entry(id)).map(past).collect())
    }

    /// Hands over all verdicts in force on each of some cases, the oldest first: also those that the same reviewer overtook
    /// by a later one.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn each_verdicts(
        &self,
        cases: &[CaseId],
        mut take: impl FnMut(CaseId, &[Held<'_>]),
    ) -> Result<(), StoreError> {
        self.read(|from| {
            // What many cases were named in together is read once for so many of them.
            for some in cases.chunks(AT_ONCE) {
                let fold = gather::of_cases(from, some)?.fold;
                for &case in some {
                    take(case, &fold.verdicts(case));
                }
            }
            Ok(())
        })
    }

    /// Hands over who decided when, and in how many milliseconds, for every verdict on one case that was given on a
    /// screen; one on many cases at once says nothing of the time that one takes.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn each_decision(&self, mut take: impl FnMut(&str, u64, u64)) -> Result<(), StoreError> {
        self.read(|from| {
            let mut find = from.prepare_cached(
                "SELECT reviewer, wall, json_extract(body, '$.seen.ms') FROM entry
                 WHERE kind = 'verdict' AND body IS NOT NULL AND json_array_length(body, '$.cases') = 1
                 AND number NOT IN (SELECT entry FROM bulk) ORDER BY wall, counter",
            )?;
            let mut rows = find.query([])?;
            while let Some(row) = rows.next()? {
                let (wall, ms): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
                if let Some(ms) = ms.filter(|ms| *ms > 0) {
                    take(row.get_ref(0)?.as_str()?, wall as u64, ms as u64);
                }
            }
            Ok(())
        })
    }

    /// What was propagated from a verdict, the oldest first.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn spread_from(&self, source: EntryId) -> Result<Vec<Spread>, StoreError> {
        self.read(|from| {
            let numbers =
                row::numbers(from, "SELECT entry FROM propagated WHERE source = ?", source.bytes())?;
            let fold = gather::of_entries(from, numbers)?.fold;
            let mut found: Vec<&Entry> = fold
                .entries()
                .filter(|entry| matches!(&entry.act, Act::Verdict(act) if act.source == Some(source)))
                .collect();
            found.sort_by_key(|entry| entry.order());
            let mut spread = Vec::with_capacity(found.len());
            for entry in found {
                // Gathered for no case in particular, it came without its cases.
                let Some((_, whole)) = row::by_id(from, entry.id)? else { continue };
                spread.push(Spread { entry: whole.open(), in_force: fold.in_force(entry) });
            }
            Ok(spread)
        })
    }

    /// A number that is another whenever somebody else has changed the file since the last time, cheap to ask for.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn data_version(&self) -> Result<i64, StoreError> {
        let asked = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        asked.map_err(|source| self.error(source))
    }

    /// The number of the newest entry; numbers grow by one with each.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn last_number(&self) -> Result<i64, StoreError> {
        self.read(project::last)
    }

    /// The number of the newest entry, and the cases whose record may be another since an earlier one, in the order
    /// of their names.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn touched_since(&self, number: i64) -> Result<(i64, Vec<CaseId>), StoreError> {
        self.read(|from| project::touched_since(from, number))
    }

    /// The links in force.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn links(&self) -> Result<Links, StoreError> {
        Ok(self.shapes()?.links())
    }

    /// Every split and merge ever made, in order, and whether it is in force.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn shapes_in_order(&self) -> Result<Vec<(Act, bool)>, StoreError> {
        let fold = self.shapes()?;
        let mut entries: Vec<&Entry> =
            fold.entries().filter(|entry| matches!(entry.act, Act::Split(_) | Act::Merge(_))).collect();
        entries.sort_by_key(|entry| entry.order());
        Ok(entries.into_iter().map(|entry| (entry.act.clone(), fold.in_force(entry))).collect())
    }

    /// The splits and merges with what takes them back.
    fn shapes(&self) -> Result<Fold, StoreError> {
        self.read(|from| {
            let shapes = from
                .prepare_cached("SELECT number FROM entry WHERE kind IN ('split', 'merge') ORDER BY number")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(gather::of_entries(from, shapes)?.fold)
        })
    }

    /// Every entry of a kind, of all chains, in their order.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn of_kind(&self, kind: &str) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.read(|from| {
            let sql = format!("SELECT {} FROM entry WHERE kind = ?", row::COLUMNS);
            let mut find = from.prepare_cached(&sql)?;
            let rows = find.query_map([kind], row::sealed)?;
            rows.map(|row| Ok(row?.1.open())).collect::<rusqlite::Result<Vec<Entry>>>()
        })?;
        entries.sort_by_key(Entry::order);
        Ok(entries)
    }

    /// When the last batch left: milliseconds since 1970.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn last_batch(&self) -> Result<Option<u64>, StoreError> {
        // Without the entry itself, which names all cases of the batch.
        let last: Option<i64> = self.read(|from| {
            from.query_row("SELECT max(wall) FROM entry WHERE kind = 'batch'", [], |row| row.get(0))
        })?;
        Ok(last.map(i64::cast_unsigned))
    }

    /// The leases that the verdicts in force rest on, for each finding the latest that is known. *Unsure* rests on
    /// nothing, and a verdict that a higher basis outranks does not count.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn judged_leases(&self) -> Result<FxHashMap<FindingId, u64>, StoreError> {
        let mut leases: FxHashMap<FindingId, (Hlc, u64)> = FxHashMap::default();
        self.each_record(|_, record| {
            for given in record.deciding() {
                let members = given.verdict.cases.iter().flat_map(|judged| &judged.members);
                for member in members.filter(|member| !member.lease.is_unknown()) {
                    let held = leases.entry(member.finding).or_default();
                    if held.0 <= given.clock {
                        *held = (given.clock, member.lease.0);
                    }
                }
            }
        })?;
        Ok(leases.into_iter().map(|(finding, (_, lease))| (finding, lease)).collect())
    }

    /// Follows every chain from its first entry; in the order of the chains' names. `attested` are heads noted
    /// elsewhere, which must lie on them.
    ///
    /// # Errors
    /// The first chain that is not whole, and where.
    pub fn verify(&self, attested: &[Head]) -> Result<Vec<Verified>, ChainError> {
        let result = self.read(|from| {
            let mut chains = row::chains(from)?;
            chains.extend(attested.iter().map(|head| head.chain));
            chains.sort_unstable();
            chains.dedup();
            let mut verified = Vec::with_capacity(chains.len());
            for chain in chains {
                match verify_chain(from, chain, attested)? {
                    Ok(whole) => verified.push(whole),
                    Err(broken) => return Ok(Err(broken)),
                }
            }
            Ok(Ok(verified))
        })?;
        Ok(result?)
    }

    /// The ends of all chains, in the order of their names: what a manifest attests.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn heads(&self) -> Result<Vec<Head>, StoreError> {
        self.read(|from| row::chains(from)?.into_iter().map(|chain| row::head(from, chain)).collect())
    }

    /// Hands over every entry, chain by chain, each in its order: what another copy's [`Journal::absorb`] takes.
    ///
    /// # Errors
    /// As [`Self::record`], and what `take` returns.
    pub fn entries<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(Sealed) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut stopped = None;
        self.read(|from| {
            let sql = format!("SELECT {} FROM entry ORDER BY chain, position", row::COLUMNS);
            let mut find = from.prepare_cached(&sql)?;
            let mut rows = find.query([])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = take(row::sealed(row)?.1) {
                    stopped = Some(error);
                    break;
                }
            }
            Ok(())
        })?;
        stopped.map_or(Ok(()), Err)
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn len(&self) -> Result<u64, StoreError> {
        // From the heads: counting rows would walk a million of them.
        Ok(self.heads()?.iter().map(|head| head.count).sum())
    }

    /// Whether nothing was ever written.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    /// Reads from one moment, whatever is written meanwhile.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let done = || {
            let moment = self.connection.unchecked_transaction()?;
            work(&moment)
        };
        done().map_err(|source| self.error(source))
    }
}

fn verify_chain(
    from: &Connection,
    chain: ChainId,
    attested: &[Head],
) -> rusqlite::Result<Result<Verified, Broken>> {
    let sql = format!("SELECT {} FROM entry WHERE chain = ? ORDER BY position", row::COLUMNS);
    let mut find = from.prepare_cached(&sql)?;
    let mut rows = find.query([chain.bytes()])?;
    let mut failed = None;
    let mut misnamed = None;
    let entries = std::iter::from_fn(|| {
        let next = rows.next().and_then(|row| {
            row.map(|row| {
                let (_, sealed) = row::sealed(row)?;
                if row.get::<_, [u8; 16]>(1)? != *sealed.id().bytes() {
                    misnamed.get_or_insert(sealed.header.position);
                }
                Ok(sealed)
            })
            .transpose()
        });
        next.unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    let verified = verify(chain, entries, attested);
    if let Some(error) = failed {
        return Err(error);
    }
    // The name is no part of the hash, but everything is looked up by it.
    if let (Ok(_), Some(position)) = (&verified, misnamed) {
        return Ok(Err(Broken { chain, position, why: Flaw::Changed }));
    }
    Ok(verified)
}
