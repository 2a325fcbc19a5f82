//! Entries as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::{Digest, EntryId};
use crate::ledger::{ChainId, Head, Header, Hlc, Sealed};

/// The columns that [`sealed`] reads.
pub(super) const COLUMNS: &str =
    "number, id, chain, position, wall, counter, kind, reviewer, digest, previous, hash, body";

/// Reads an entry and its number.
pub(super) fn sealed(row: &Row<'_>) -> rusqlite::Result<(i64, Sealed)> {
    let header = Header {
        chain: ChainId::new(row.get(2)?),
        position: row.get::<_, i64>(3)?.cast_unsigned(),
        clock: clock(row, 4)?,
        kind: row.get(6)?,
        reviewer: row.get(7)?,
        body_digest: Digest::new(row.get(8)?),
        previous: Digest::new(row.get(9)?),
    };
    Ok((row.get(0)?, Sealed { header, hash: Digest::new(row.get(10)?), body: row.get(11)? }))
}

/// Reads a moment from two columns.
pub(super) fn clock(row: &Row<'_>, first: usize) -> rusqlite::Result<Hlc> {
    Ok(Hlc { wall_ms: row.get::<_, i64>(first)?.cast_unsigned(), counter: row.get(first + 1)? })
}

/// Stores an entry; gives its number. One that is at its place already is refused by the schema.
pub(super) fn insert(connection: &Connection, entry: &Sealed) -> rusqlite::Result<i64> {
    let header = &entry.header;
    connection
        .prepare_cached(
            "INSERT INTO entry (id, chain, position, wall, counter, kind, reviewer, digest, previous, hash, body)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            entry.id().bytes(),
            header.chain.bytes(),
            header.position.cast_signed(),
            header.clock.wall_ms.cast_signed(),
            header.clock.counter,
            header.kind,
            header.reviewer,
            header.body_digest.bytes(),
            header.previous.bytes(),
            entry.hash.bytes(),
            entry.body,
        ])?;
    Ok(connection.last_insert_rowid())
}

/// The entry of that name, as sealed.
pub(super) fn by_id(connection: &Connection, id: EntryId) -> rusqlite::Result<Option<(i64, Sealed)>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM entry WHERE id = ?"))?
        .query_row([id.bytes()], sealed)
        .optional()
}

/// Shows those of some entries that are here, as sealed.
pub(super) fn each(
    connection: &Connection,
    ids: &[EntryId],
    mut show: impl FnMut(Sealed),
) -> rusqlite::Result<()> {
    let columns = COLUMNS.replace(", ", ", e.");
    let mut find = connection.prepare_cached(&format!(
        "SELECT e.{columns} FROM json_each(?) asked CROSS JOIN entry e ON e.id = unhex(asked.value)"
    ))?;
    let mut rows = find.query([listed(ids.iter().map(EntryId::bytes))])?;
    while let Some(row) = rows.next()? {
        show(sealed(row)?.1);
    }
    Ok(())
}

/// The hash of the entry at that place of a chain.
pub(super) fn hash_at(
    connection: &Connection,
    chain: ChainId,
    position: u64,
) -> rusqlite::Result<Option<Digest>> {
    connection
        .prepare_cached("SELECT hash FROM entry WHERE chain = ? AND position = ?")?
        .query_row(params![chain.bytes(), position.cast_signed()], |row| row.get(0).map(Digest::new))
        .optional()
}

/// The end of a chain.
pub(super) fn head(connection: &Connection, chain: ChainId) -> rusqlite::Result<Head> {
    let found = connection
        .prepare_cached(
            "SELECT position, hash, wall, counter FROM entry WHERE chain = ? ORDER BY position DESC LIMIT 1",
        )?
        .query_row([chain.bytes()], |row| {
            Ok(Head {
                chain,
                count: row.get::<_, i64>(0)?.cast_unsigned().saturating_add(1),
                hash: Digest::new(row.get(1)?),
                clock: clock(row, 2)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_else(|| Head::start(chain)))
}

/// The chains, in the order of their names.
pub(super) fn chains(connection: &Connection) -> rusqlite::Result<Vec<ChainId>> {
    // From one chain to the next in the index: a million entries are of a few writers.
    let mut next = connection.prepare_cached("SELECT min(chain) FROM entry WHERE chain > ?")?;
    let mut chains = Vec::new();
    let mut after: Vec<u8> = Vec::new();
    while let Some(chain) = next.query_row([&after], |row| row.get::<_, Option<[u8; 16]>>(0))? {
        chains.push(ChainId::new(chain));
        after = chain.to_vec();
    }
    Ok(chains)
}

/// The latest moment of any entry.
pub(super) fn latest(connection: &Connection) -> rusqlite::Result<Hlc> {
    let found = connection
        .prepare_cached("SELECT wall, counter FROM entry ORDER BY wall DESC, counter DESC LIMIT 1")?
        .query_row([], |row| clock(row, 0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The names of the entries of a statement's first column, as many as are asked about in its one parameter.
pub(super) fn entries(connection: &Connection, sql: &str, keys: &str) -> rusqlite::Result<Vec<EntryId>> {
    connection.prepare_cached(sql)?.query_map([keys], |row| row.get(0).map(EntryId::new))?.collect()
}

/// Names as one parameter, which `json_each` and `unhex` take apart: to ask about many takes one statement, and to ask
/// about one no other.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n [u8; 16]>) -> String {
    use std::fmt::Write as _;
    let mut list = String::from("[");
    for name in names {
        list.push_str(if list.len() > 1 { ",\"" } else { "\"" });
        for byte in name {
            // A string takes everything.
            let _ = write!(list, "{byte:02x}");
        }
        list.push('"');
    }
    list.push(']');
    list
}

/// All numbers that a statement of one list gives.
pub(super) fn numbers_of(connection: &Connection, sql: &str, keys: &str) -> rusqlite::Result<Vec<i64>> {
    connection.prepare_cached(sql)?.query_map([keys], |row| row.get(0))?.collect()
}

/// All numbers that a statement of one blob gives.
pub(super) fn numbers(connection: &Connection, sql: &str, key: &[u8; 16]) -> rusqlite::Result<Vec<i64>> {
    connection.prepare_cached(sql)?.query_map([key], |row| row.get(0))?.collect()
}
