//! Which act undo takes back and which redo gives back, asked of the ledger over a reviewer's last entries.

use rusqlite::{Connection, params};
use rustc_hash::FxHashSet;

use super::{gather, row};
use crate::domain::EntryId;
use crate::ledger::{Act, Entry, Refused, is_act};

/// Entries of a reviewer that are looked at first; four times as many where they do not tell.
const PAGE: u32 = 64;

/// The act to seal, and the act that it takes back or gives back.
pub(super) fn last_step(
    connection: &Connection,
    reviewer: &str,
    redo: bool,
) -> rusqlite::Result<Result<(Act, Entry), Refused>> {
    let mut most = PAGE;
    loop {
        let page = page(connection, reviewer, most)?;
        let numbers: Vec<i64> = page.iter().map(|(number, _)| *number).collect();
        let fold = gather::of_reviewer(connection, reviewer, &numbers)?.fold;
        let asked = if redo { fold.redo(reviewer) } else { fold.undo(reviewer) };
        let found = match &asked {
            Ok(Act::Retract(act)) => act.entries.first().copied(),
            Ok(_) | Err(Refused::NothingToUndo { .. } | Refused::NothingToRedo { .. }) => None,
            Err(
                Refused::RestedOn { entry, .. }
                | Refused::Final { entry, .. }
                | Refused::Unread { entry, .. },
            ) => Some(*entry),
        };
        let recent: FxHashSet<EntryId> = page.iter().map(|(_, id)| *id).collect();
        // What was gathered besides, a source or what was retracted, is older than the page: others that were not
        // gathered may lie between.
        let here = found.is_some_and(|id| recent.contains(&id));
        // Any act is one since which nothing was undone.
        let acted = redo
            && found.is_none()
            && recent.iter().filter_map(|&id| fold.entry(id)).any(|entry| match &entry.act {
                Act::Retract(act) => is_act(act),
                act => !matches!(act, Act::Erased(_) | Act::Other(_)),
            });
        if page.len() == most as usize && !here && !acted {
            most = most.saturating_mul(4);
            continue;
        }
        let act = match asked {
            Ok(act) => act,
            Err(refused) => return Ok(Err(refused)),
        };
        // A retraction stands for what it, or what it does away with, took back; that may not have arrived: then the
        // last that has is all there is to show.
        let mut shown: Vec<EntryId> = found.into_iter().collect();
        while let Some(Act::Retract(below)) =
            shown.last().and_then(|&id| fold.entry(id)).map(|entry| &entry.act)
            && let Some(&target) = below.entries.first()
        {
            shown.push(target);
        }
        for id in shown.into_iter().rev() {
            if let Some((_, what)) = row::by_id(connection, id)? {
                return Ok(Ok((act, what.open())));
            }
        }
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
}

/// Those of some entries that a reviewer may take back, each with all that rests on it looked at.
pub(super) fn own_in_force(
    connection: &Connection,
    reviewer: &str,
    entries: &[EntryId],
) -> rusqlite::Result<Result<Vec<EntryId>, Refused>> {
    let numbers = gather::numbers(connection, entries)?;
    let fold = gather::of_reviewer(connection, reviewer, &numbers)?.fold;
    let own = entries.iter().filter_map(|&id| fold.entry(id));
    let own: Vec<&Entry> = own.filter(|entry| entry.reviewer == reviewer && fold.in_force(entry)).collect();
    for entry in &own {
        if let Some(by) = fold.resting(entry) {
            return Ok(Err(Refused::rested_on(entry, by)));
        }
    }
    Ok(Ok(own.into_iter().map(|entry| entry.id).collect()))
}

/// A reviewer's last entries.
fn page(connection: &Connection, reviewer: &str, most: u32) -> rusqlite::Result<Vec<(i64, EntryId)>> {
    connection
        .prepare_cached(
            "SELECT number, id FROM entry WHERE reviewer = ?
             ORDER BY wall DESC, counter DESC, chain DESC, position DESC LIMIT ?",
        )?
        .query_map(params![reviewer, most], |row| Ok((row.get(0)?, EntryId::new(row.get(1)?))))?
        .collect()
}
