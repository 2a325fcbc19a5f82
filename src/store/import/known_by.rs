//! Keys by which a finding is found without reading the others: its code, its print, its package.
//!
//! A finding in a renamed file may be anywhere, and so may the findings of a package. An index over each of these columns
//! would cost a large import a tenth of its time; keys in sorted pieces cost a hundredth. A key is a hash of
//! 48 bits and 16 bits of the scope's; whoever finds a row by one compares the row itself.

use rusqlite::{OptionalExtension, params};
use rustc_hash::FxHashMap;

use super::ImportWriter;
use crate::domain::short_hash;
use crate::store::StoreError;
use crate::store::findings::FindingRow;

/// The first byte of a key is its bucket.
const BUCKET_SHIFT: u32 = 56;
/// Keys held before they are written.
const HELD: usize = 1 << 18;
/// Pieces of a bucket that are made one again.
const PIECES: i64 = 64;
/// The bits of a key that tell the scope.
const SCOPE: u64 = 0xffff;
const WIDTH: usize = 12;

/// What a finding is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// The rule's family and the code.
    Code {
        /// See [`family_of`].
        family: u64,
        /// `finding.tokens`
        tokens: u64,
    },
    /// The rule's family and the tool's own identity.
    Print {
        /// See [`family_of`].
        family: u64,
        /// `finding.print`
        print: u64,
    },
    /// The package of a dependency.
    Package(u64),
}

/// A finding that a key may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lead {
    /// Its row.
    pub finding: u32,
    /// Sixteen bits of its scope's hash, for keys of code.
    pub scope: u16,
}

/// A rule's family as a key and a mark have it: the hash of its name without the namespace, apart for each tool.
#[must_use]
pub const fn family_of(tool: u32, family: u64) -> u64 {
    family ^ (tool as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Sixteen bits of a scope, as a [`Lead`] has them.
#[must_use]
pub const fn scope_bits(scope: u64) -> u16 {
    (mix(scope, 5) & SCOPE) as u16
}

impl KnownBy {
    /// Its key in a project, the bits of the scope clear.
    #[must_use]
    pub const fn key(self, project: u32) -> u64 {
        let (kind, a, b) = match self {
            Self::Code { family, tokens } => (1, family, tokens),
            Self::Print { family, print } => (2, family, print),
            Self::Package(package) => (3, package, 0),
        };
        mix(mix(mix(kind, project as u64), a), b) & !SCOPE
    }
}

/// Spreads two numbers over 64 bits. What it gives is stored: it never changes.
const fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ b.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

/// Keys on their way to the store, and the bucket that was looked into last.
#[derive(Debug, Default)]
pub(super) struct Keys {
    waiting: Vec<(u64, u32)>,
    families: FxHashMap<u32, u64>,
    open: Option<(i64, Vec<Vec<u8>>)>,
}

impl ImportWriter<'_> {
    /// Where a key leads, by ascending rows. Ask in the order of keys: one bucket is kept at hand.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn leads(&mut self, key: u64) -> Result<Vec<Lead>, StoreError> {
        let bucket = bucket_of(key);
        if self.keys.open.as_ref().is_none_or(|(open, _)| *open != bucket) {
            self.keys.open = Some((bucket, self.sql(self.pieces(bucket))?));
        }
        let mut leads = Vec::new();
        for piece in self.keys.open.iter().flat_map(|(_, pieces)| pieces) {
            let (entries, _) = piece.as_chunks::<WIDTH>();
            let first = entries.partition_point(|entry| unpack(entry).0 < key);
            let of_key =
                entries.iter().skip(first).map(unpack).take_while(|(other, _)| other & !SCOPE == key);
            leads.extend(of_key.map(|(key, finding)| Lead { finding, scope: (key & SCOPE) as u16 }));
        }
        leads.sort_unstable();
        leads.dedup();
        self.store.read.set(self.store.read.get() + leads.len() as u64);
        Ok(leads)
    }

    /// Notes what a finding is known by from now on; `old` is what it was.
    pub(super) fn note_keys(&mut self, row: &FindingRow, old: Option<&FindingRow>) -> Result<(), StoreError> {
        let family = self.family_key(row.tool, row.rule)?;
        let finding = u32::try_from(row.id).unwrap_or(u32::MAX);
        let project = row.project;
        if old.is_none_or(|old| (old.tokens, old.scope) != (row.tokens, row.scope)) {
            let code = KnownBy::Code { family, tokens: row.tokens }.key(project);
            self.keys.waiting.push((code | u64::from(scope_bits(row.scope)), finding));
        }
        if row.print != 0 && old.is_none_or(|old| old.print != row.print) {
            self.keys.waiting.push((KnownBy::Print { family, print: row.print }.key(project), finding));
        }
        if row.package != 0 && old.is_none() {
            self.keys.waiting.push((KnownBy::Package(row.package).key(project), finding));
        }
        if self.keys.waiting.len() >= HELD { self.write_keys() } else { Ok(()) }
    }

    /// The family of a stored rule, as [`family_of`] gives it.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn family_key(&mut self, tool: u32, rule: u32) -> Result<u64, StoreError> {
        if let Some(&family) = self.keys.families.get(&rule) {
            return Ok(family);
        }
        let family = family_of(tool, short_hash(&[self.rule_names(rule)?.1.as_bytes()]));
        self.keys.families.insert(rule, family);
        Ok(family)
    }

    /// Writes the keys that were noted.
    pub(super) fn write_keys(&mut self) -> Result<(), StoreError> {
        let mut waiting = std::mem::take(&mut self.keys.waiting);
        self.keys.open = None;
        waiting.sort_unstable();
        waiting.dedup();
        for keys in waiting.chunk_by(|(a, _), (b, _)| bucket_of(*a) == bucket_of(*b)) {
            let Some(&(first, _)) = keys.first() else { continue };
            self.sql(self.write_piece(bucket_of(first), keys))?;
        }
        waiting.clear();
        self.keys.waiting = waiting;
        Ok(())
    }

    fn write_piece(&self, bucket: i64, keys: &[(u64, u32)]) -> rusqlite::Result<()> {
        let (first, last) = ids(bucket);
        let connection = &self.store.connection;
        let newest: Option<i64> = connection
            .prepare_cached("SELECT max(id) FROM known_by WHERE id BETWEEN ? AND ?")?
            .query_row([first, last], |row| row.get(0))
            .optional()?
            .flatten();
        let mut id = newest.map_or(first, |newest| newest + 1);
        let mut packed = Vec::with_capacity(keys.len() * WIDTH);
        if id - first >= PIECES {
            // Many small imports: their pieces become one.
            let mut all = keys.to_vec();
            for piece in self.pieces(bucket)? {
                all.extend(piece.as_chunks::<WIDTH>().0.iter().map(unpack));
            }
            all.sort_unstable();
            all.dedup();
            connection
                .prepare_cached("DELETE FROM known_by WHERE id BETWEEN ? AND ?")?
                .execute([first, last])?;
            id = first;
            pack(&all, &mut packed);
        } else {
            pack(keys, &mut packed);
        }
        connection
            .prepare_cached("INSERT INTO known_by (id, keys) VALUES (?, ?)")?
            .execute(params![id, packed])?;
        Ok(())
    }

    fn pieces(&self, bucket: i64) -> rusqlite::Result<Vec<Vec<u8>>> {
        let (first, last) = ids(bucket);
        let connection = &self.store.connection;
        let mut statement =
            connection.prepare_cached("SELECT keys FROM known_by WHERE id BETWEEN ? AND ? ORDER BY id")?;
        statement.query_map([first, last], |row| row.get(0))?.collect()
    }

    /// Makes the keys of findings that were stored before there were any.
    pub(super) fn make_keys(&mut self) -> Result<(), StoreError> {
        let is_there = self.store.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM known_by) OR NOT EXISTS (SELECT 1 FROM finding)",
            [],
            |row| row.get(0),
        );
        if self.sql(is_there)? {
            return Ok(());
        }
        let mut last = 0;
        loop {
            let mut rows = Vec::new();
            self.rows("id > ?1 ORDER BY id LIMIT 4096", [last], &mut rows)?;
            let Some(newest) = rows.last() else { break };
            last = newest.id;
            for row in &rows {
                self.note_keys(row, None)?;
            }
        }
        self.write_keys()
    }
}

const fn bucket_of(key: u64) -> i64 {
    (key >> BUCKET_SHIFT) as i64
}

/// The first and the last id of a bucket's pieces.
const fn ids(bucket: i64) -> (i64, i64) {
    (bucket << 32, (bucket << 32) | 0xffff_ffff)
}

fn pack(keys: &[(u64, u32)], out: &mut Vec<u8>) {
    for (key, finding) in keys {
        out.extend_from_slice(&key.to_le_bytes());
        out.extend_from_slice(&finding.to_le_bytes());
    }
}

fn unpack(entry: &[u8; WIDTH]) -> (u64, u32) {
    let (key, finding) = entry.split_at(8);
    let key = key.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    (key, finding.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FindingId;
    use crate::store::Findings;

    fn row(id: i64, tokens: u64, scope: u64) -> FindingRow {
        let mut name = [0; 16];
        name[..8].copy_from_slice(&id.to_le_bytes());
        FindingRow {
            id,
            name: FindingId::new(name),
            project: 1,
            tool: 1,
            tokens,
            scope,
            ..FindingRow::default()
        }
    }

    fn leads(writer: &mut ImportWriter<'_>, tokens: u64) -> Vec<u32> {
        let family = writer.family_key(1, 0).unwrap();
        let key = KnownBy::Code { family, tokens }.key(1);
        writer.leads(key).unwrap().into_iter().map(|lead| lead.finding).collect()
    }

    #[test]
    fn a_finding_is_led_to_by_its_code_now_and_before_however_many_imports_there_were() {
        let folder = tempfile::tempdir().unwrap();
        let mut findings = Findings::open(&folder.path().join("findings.db")).unwrap();
        for id in 1..=300 {
            let mut writer = findings.begin_import().unwrap();
            writer.expect(1).unwrap();
            writer.insert(&[row(id, 7, id as u64)]).unwrap();
            writer.commit().unwrap();
        }
        let mut writer = findings.begin_import().unwrap();
        assert_eq!(leads(&mut writer, 7), (1..=300).collect::<Vec<_>>());
        assert!(leads(&mut writer, 8).is_empty());
        writer.update(&row(5, 7, 5), &row(5, 8, 5)).unwrap();
        writer.write_keys().unwrap();
        assert_eq!(leads(&mut writer, 8), [5]);
        let key = KnownBy::Code { family: writer.family_key(1, 0).unwrap(), tokens: 7 }.key(1);
        let lead = writer.leads(key).unwrap().into_iter().find(|lead| lead.finding == 9).unwrap();
        assert_eq!(lead.scope, scope_bits(9));
    }

    #[test]
    fn a_store_without_keys_gets_them_with_its_next_import() {
        let folder = tempfile::tempdir().unwrap();
        let mut findings = Findings::open(&folder.path().join("findings.db")).unwrap();
        let mut writer = findings.begin_import().unwrap();
        writer.insert(&(1..=9000).map(|id| row(id, id as u64 % 3, 0)).collect::<Vec<_>>()).unwrap();
        writer.commit().unwrap();
        findings.connection.execute("DELETE FROM known_by", []).unwrap();
        let mut writer = findings.begin_import().unwrap();
        assert!(leads(&mut writer, 2).is_empty());
        writer.expect(1).unwrap();
        assert_eq!(leads(&mut writer, 2).len(), 3000);
    }
}
