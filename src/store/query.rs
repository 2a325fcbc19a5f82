//! Questions to `findings.db`.

use std::ops::Range;

use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use super::StoreError;
use super::blocks::Block;
use super::docket::{self, CaseRow, PackedTexts, SEGMENT};
use super::findings::{FindingFlags, FindingRow, Findings};
use crate::domain::{CaseId, Cwe, FindingId};

/// The small tables, held in memory: what the numbers of a [`CaseRow`] mean.
#[derive(Debug, Default)]
pub struct Dictionary {
    /// Project names by row.
    pub projects: FxHashMap<u32, String>,
    /// Tool names by row.
    pub tools: FxHashMap<u32, String>,
    /// Rules by row.
    pub rules: FxHashMap<u32, RuleRow>,
    /// Rules of a set, by the set's row.
    pub rule_sets: FxHashMap<u32, Vec<u32>>,
    /// Weaknesses of a set, by the set's row.
    pub cwe_sets: FxHashMap<u32, Vec<Cwe>>,
}

/// A rule as stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleRow {
    /// `tool`
    pub tool: u32,
    /// As the tool writes it.
    pub name: String,
    /// Without its namespace.
    pub family: String,
    /// A few words; may be empty.
    pub title: String,
    /// What it looks for.
    pub help: String,
    /// Where to read on.
    pub link: String,
}

/// A finding with what it said.
#[derive(Debug, Clone)]
pub struct FindingDetail {
    /// Its row.
    pub row: FindingRow,
    /// The claim as understood (`postcard`); empty where its block is gone.
    pub claim: Vec<u8>,
    /// The claim as it came.
    pub raw: Vec<u8>,
    /// Why it is in this case, where it did not found it: the kin's name and the reason.
    pub kin: Option<(FindingId, String)>,
}

impl Findings {
    /// The outcome of a question.
    pub(super) fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        self.asked.set(self.asked.get() + 1);
        result.map_err(|error| self.error(error))
    }

    /// Holds what is read from here on to one moment, until the value is dropped: an import that commits meanwhile
    /// does not show in half of the answers.
    ///
    /// # Errors
    /// When the store fails (so for all of them).
    pub fn at_one_moment(&self) -> Result<Moment<'_>, StoreError> {
        self.sql(self.connection.execute_batch("BEGIN"))?;
        Ok(Moment(self))
    }

    /// As [`Self::at_one_moment`], with another reader of the same moment for another thread; none where somebody writes so
    /// often that the two would not be at the same.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn at_one_moment_by_two(&self) -> Result<(Moment<'_>, Option<Self>), StoreError> {
        const TRIES: usize = 3;
        let Some(other) = Self::open_to_read(&self.path)? else { return Ok((self.at_one_moment()?, None)) };
        for _ in 0..TRIES {
            // What the other has seen is the same before this one's moment and in its own: so nothing was written between.
            let before = other.data_version()?;
            let moment = self.at_one_moment()?;
            // A transaction is at a moment only once it has read something.
            self.data_version()?;
            self.sql(other.connection.execute_batch("BEGIN"))?;
            if other.data_version()? == before {
                return Ok((moment, Some(other)));
            }
            self.sql(other.connection.execute_batch("COMMIT"))?;
        }
        Ok((self.at_one_moment()?, None))
    }

    /// The small tables.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn dictionary(&self) -> Result<Dictionary, StoreError> {
        let read = || {
            let mut dictionary = Dictionary::default();
            self.each("SELECT id, name FROM project", |row| {
                dictionary.projects.insert(row.get(0)?, row.get(1)?);
                Ok(())
            })?;
            self.each("SELECT id, name FROM tool", |row| {
                dictionary.tools.insert(row.get(0)?, row.get(1)?);
                Ok(())
            })?;
            // Help texts are long and seldom asked for: `rule` reads one.
            self.each("SELECT id, tool, name, family, title FROM rule", |row| {
                let rule = RuleRow {
                    tool: row.get(1)?,
                    name: row.get(2)?,
                    family: row.get(3)?,
                    title: row.get(4)?,
                    ..RuleRow::default()
                };
                dictionary.rules.insert(row.get(0)?, rule);
                Ok(())
            })?;
            self.each("SELECT id, members FROM rule_set", |row| {
                dictionary.rule_sets.insert(row.get(0)?, numbers(&row.get::<_, String>(1)?));
                Ok(())
            })?;
            self.each("SELECT id, members FROM cwe_set", |row| {
                let members: Vec<u16> = numbers(&row.get::<_, String>(1)?);
                dictionary.cwe_sets.insert(row.get(0)?, members.into_iter().map(Cwe).collect());
                Ok(())
            })?;
            Ok(dictionary)
        };
        self.sql(read())
    }

    pub(super) fn each(
        &self,
        sql: &str,
        mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    }

    /// Every path with its row.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn all_paths(&self) -> Result<FxHashMap<u32, String>, StoreError> {
        let mut paths = FxHashMap::default();
        let read = self.each("SELECT id, path FROM path", |row| {
            paths.insert(row.get(0)?, row.get(1)?);
            Ok(())
        });
        self.sql(read)?;
        Ok(paths)
    }

    /// One path.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn path_text(&self, path: u32) -> Result<String, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT path FROM path WHERE id = ?")
            .and_then(|mut s| s.query_row([path], |row| row.get(0)).optional());
        Ok(self.sql(read)?.unwrap_or_default())
    }

    /// One rule, with its help.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn rule(&self, rule: u32) -> Result<RuleRow, StoreError> {
        let read = self
            .connection
            .prepare_cached("SELECT tool, name, family, title, help, link FROM rule WHERE id = ?")
            .and_then(|mut s| {
                s.query_row([rule], |row| {
                    Ok(RuleRow {
                        tool: row.get(0)?,
                        name: row.get(1)?,
                        family: row.get(2)?,
                        title: row.get(3)?,
                        help: row.get(4)?,
                        link: row.get(5)?,
                    })
                })
                .optional()
            });
        Ok(self.sql(read)?.unwrap_or_default())
    }

    /// Every case's row, by its number less one; numbers without a case have `head` 0.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn docket(&self) -> Result<Vec<CaseRow>, StoreError> {
        let mut rows: Vec<CaseRow> = Vec::new();
        let mut read = || {
            let mut statement =
                self.connection.prepare_cached("SELECT segment, columns FROM docket ORDER BY segment")?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let first = row.get::<_, u32>(0)? as usize * SEGMENT as usize;
                if rows.len() < first {
                    rows.resize(first, CaseRow::default());
                }
                let columns = row.get_ref(1)?.as_blob()?;
                rows.extend(docket::unpack_rows(columns));
            }
            Ok(())
        };
        self.sql(read())?;
        Ok(rows)
    }

    /// Every case's name, in the order of [`Self::docket`].
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn case_names(&self) -> Result<Vec<[u8; 16]>, StoreError> {
        let mut names: Vec<[u8; 16]> = Vec::new();
        let mut read = || {
            let mut statement =
                self.connection.prepare_cached("SELECT segment, names FROM docket ORDER BY segment")?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let first = row.get::<_, u32>(0)? as usize * SEGMENT as usize;
                if names.len() < first {
                    names.resize(first, [0; 16]);
                }
                names.extend_from_slice(row.get_ref(1)?.as_blob()?.as_chunks::<16>().0);
            }
            Ok(())
        };
        self.sql(read())?;
        Ok(names)
    }

    /// The tools' names by row.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn tools(&self) -> Result<FxHashMap<u32, String>, StoreError> {
        let mut tools = FxHashMap::default();
        let read = self.each("SELECT id, name FROM tool", |row| {
            tools.insert(row.get(0)?, row.get(1)?);
            Ok(())
        });
        self.sql(read)?;
        Ok(tools)
    }

    /// Hands over what the tools say of each case, many cases at a time with the first one's number less one, as long
    /// as it is wanted. What is not sought, by the cases' numbers less one, is not read.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn each_texts(
        &self,
        is_sought: impl Fn(Range<u32>) -> bool,
        mut take: impl FnMut(u32, PackedTexts<'_>),
        mut is_wanted: impl FnMut() -> bool,
    ) -> Result<(), StoreError> {
        let mut read = || {
            let mut statement =
                self.connection.prepare_cached("SELECT segment, texts FROM docket ORDER BY segment")?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let first = row.get::<_, u32>(0)?.saturating_mul(SEGMENT);
                // A column that is not asked for stays on its pages.
                if is_sought(first..first.saturating_add(SEGMENT)) {
                    take(first, PackedTexts::new(row.get_ref(1)?.as_blob()?));
                }
                if !is_wanted() {
                    break;
                }
            }
            Ok(())
        };
        self.sql(read())
    }

    /// The findings of a case, with what they said; the founder first.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn case_findings(&self, case: u32) -> Result<Vec<FindingDetail>, StoreError> {
        let rows = self.member_rows(case)?;
        rows.into_iter().map(|row| self.detail(row)).collect()
    }

    fn detail(&self, row: FindingRow) -> Result<FindingDetail, StoreError> {
        let body = self
            .connection
            .prepare_cached("SELECT body FROM block WHERE id = ?")
            .and_then(|mut s| s.query_row([row.block], |found| found.get::<_, Vec<u8>>(0)).optional());
        let block = self.sql(body)?.map(|body| Block::open(&body)).transpose()?;
        let (raw, claim) = block
            .as_ref()
            .and_then(|block| block.entry(row.slot))
            .map(|(raw, claim)| (raw.to_vec(), claim.to_vec()))
            .unwrap_or_default();
        let kin = self
            .connection
            .prepare_cached(
                "SELECT f.name, k.why FROM kinship k JOIN finding f ON f.id = k.kin WHERE k.finding = ?",
            )
            .and_then(|mut s| {
                s.query_row([row.id], |found| Ok((FindingId::new(found.get(0)?), found.get(1)?))).optional()
            });
        Ok(FindingDetail { row, claim, raw, kin: self.sql(kin)? })
    }

    /// The names of a case's findings, the founder first.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn member_names(&self, case: u32) -> Result<Vec<FindingId>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT name FROM finding WHERE \"case\" = ? ORDER BY id")?
                .query_map([case], |row| Ok(FindingId::new(row.get(0)?)))?
                .collect()
        };
        self.sql(read())
    }

    /// The names of a case's findings that are gone.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn gone_members(&self, case: u32) -> Result<Vec<FindingId>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT name FROM finding WHERE \"case\" = ? AND flags & ?")?
                .query_map([case, u32::from(FindingFlags::GONE)], |row| Ok(FindingId::new(row.get(0)?)))?
                .collect()
        };
        self.sql(read())
    }

    /// The rows of a case's findings, the founder first.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn member_rows(&self, case: u32) -> Result<Vec<FindingRow>, StoreError> {
        let read = || {
            let sql = format!("SELECT {} FROM finding WHERE \"case\" = ? ORDER BY id", FindingRow::COLUMNS);
            self.connection.prepare_cached(&sql)?.query_map([case], FindingRow::read)?.collect()
        };
        self.sql(read())
    }

    /// The case that a finding of this name, or alias, is in now.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn case_of(&self, name: &FindingId) -> Result<Option<u32>, StoreError> {
        let read = self
            .connection
            .prepare_cached(
                "SELECT \"case\" FROM finding WHERE name = ?1
                 UNION ALL SELECT f.\"case\" FROM alias a JOIN finding f ON f.id = a.finding WHERE a.name = ?1 LIMIT 1",
            )
            .and_then(|mut s| s.query_row([name.bytes().as_slice()], |row| row.get(0)).optional());
        self.sql(read)
    }

    /// The name of a case by its number.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn case_name(&self, case: u32) -> Result<Option<CaseId>, StoreError> {
        let (segment, slot) = (case.saturating_sub(1) / SEGMENT, (case.saturating_sub(1) % SEGMENT) as usize);
        let read =
            self.connection.prepare_cached("SELECT names FROM docket WHERE segment = ?").and_then(|mut s| {
                s.query_row([segment], |row| {
                    Ok(row.get_ref(0)?.as_blob()?.as_chunks::<16>().0.get(slot).copied())
                })
                .optional()
            });
        Ok(self.sql(read)?.flatten().map(CaseId::new))
    }

    /// How many findings and cases there are.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn totals(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT (SELECT coalesce(sum(findings), 0) FROM tally), (SELECT cases FROM total)";
        let read = || {
            let (findings, cases) = self
                .connection
                .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))?;
            Ok((findings as u64, cases.map_or_else(|| self.count_cases(), Ok)? as u64))
        };
        self.sql(read())
    }

    /// Counts the cases one by one.
    pub(super) fn count_cases(&self) -> rusqlite::Result<i64> {
        let mut cases = 0;
        self.each("SELECT columns FROM docket", |row| {
            let columns = row.get_ref(0)?.as_blob()?;
            cases += docket::unpack_rows(columns).filter(|row| row.head != 0).count();
            Ok(())
        })?;
        Ok(cases as i64)
    }
}

/// A moment at which a store is read; see [`Findings::at_one_moment`].
#[derive(Debug)]
pub struct Moment<'s>(&'s Findings);

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        let _ = self.0.connection.execute_batch("COMMIT");
    }
}

fn numbers<T: std::str::FromStr>(text: &str) -> Vec<T> {
    text.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect()
}

impl Findings {
    /// Every finding's row, in the order they were first seen.
    ///
    /// # Errors
    /// As [`Self::at_one_moment`].
    pub fn every_finding(&self) -> Result<Vec<FindingRow>, StoreError> {
        let read = || {
            let sql = format!("SELECT {} FROM finding ORDER BY id", FindingRow::COLUMNS);
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map([], FindingRow::read)?.collect()
        };
        self.sql(read())
    }
}
