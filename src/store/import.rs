//! Writing an import: one transaction that is there as a whole or not at all.

use rusqlite::{OptionalExtension, params};
use rustc_hash::FxHashMap;

use super::docket::{self, CaseRow, SEGMENT, Segment, Texts};
use super::findings::{FindingRow, Findings};
use super::{StoreError, packed};
use crate::domain::{CaseId, Digest, FindingId, Rule, RunId};

mod remove;

pub use remove::TakenBack;

/// Segments of the docket held open at once; a partition's cases lie in a few.
const OPEN_SEGMENTS: usize = 16;

/// A run about to be stored.
#[derive(Debug, Clone, Default)]
pub struct NewRun {
    /// Its name.
    pub name: RunId,
    /// The same for all runs of one file.
    pub import: [u8; 16],
    /// `project`
    pub project: u32,
    /// `tool`
    pub tool: u32,
    /// The tool's version.
    pub tool_version: String,
    /// The reader's word.
    pub format: String,
    /// The file as named.
    pub file: String,
    /// Of its bytes.
    pub digest: Digest,
    /// How many they are.
    pub bytes: u64,
    /// The revision scanned.
    pub revision: String,
    /// The branch scanned.
    pub branch: String,
    /// `full` or `partial`.
    pub scope: &'static str,
    /// The source folder given; empty: none.
    pub source: String,
    /// What was scanned, where its paths do not tell.
    pub target: String,
    /// When the scan began.
    pub started: String,
    /// Now.
    pub imported: String,
    /// What the tool said went wrong.
    pub troubles: String,
}

/// Something not taken as a claim, kept one by one.
#[derive(Debug, Clone)]
pub struct ProblemRow {
    /// `set aside` or a kind of failure.
    pub kind: &'static str,
    /// Inside the file.
    pub place: String,
    /// Why.
    pub why: String,
    /// What stood there.
    pub raw: Vec<u8>,
}

/// A run of a file that was imported before.
#[derive(Debug, Clone)]
pub struct KnownRun {
    /// The same for all runs of one file.
    pub import: [u8; 16],
    /// The reader's word.
    pub format: String,
    /// Its counts, JSON.
    pub receipt: String,
    /// The revision scanned.
    pub revision: String,
    /// The source folder given then.
    pub source: String,
    /// When it was imported, RFC 3339.
    pub imported: String,
    /// Whether a later run of its tool has been imported, of other bytes.
    pub overtaken: bool,
}

/// A known path of a project.
pub type PathKey = (u32, String);

/// An import being written. Dropped without [`ImportWriter::commit`], nothing of it remains.
#[derive(Debug)]
pub struct ImportWriter<'s> {
    store: &'s mut Findings,
    open: bool,
    next_finding: i64,
    next_block: i64,
    next_case: u32,
    segments: FxHashMap<u32, OpenSegment>,
    clock: u64,
    cwe_sets: FxHashMap<String, u32>,
    cwe_members: FxHashMap<u32, String>,
    rule_sets: FxHashMap<Vec<u32>, u32>,
    /// The indexes of `finding` were dropped for this import and are made anew at its end.
    unindexed: bool,
    /// The import's first run; `None` where this is no import.
    first_run: Option<u32>,
}

#[derive(Debug)]
struct OpenSegment {
    segment: Segment,
    known: FxHashMap<u64, (u32, u32)>,
    used: u64,
    texts_changed: bool,
}

/// The indexes of `finding`: by name, by place, and the members of cases that have several.
const INDEXES: [(&str, &str); 3] = [
    ("finding_by_name", "CREATE UNIQUE INDEX IF NOT EXISTS finding_by_name ON finding (name)"),
    ("finding_by_path", "CREATE INDEX IF NOT EXISTS finding_by_path ON finding (path, tool)"),
    ("finding_by_case", "CREATE INDEX IF NOT EXISTS finding_by_case ON finding (\"case\")"),
];

impl Findings {
    /// Begins an import. Waits up to ten seconds for another process's to end.
    ///
    /// # Errors
    /// When the lock is not to be had.
    pub fn begin_import(&mut self) -> Result<ImportWriter<'_>, StoreError> {
        // Dirty pages beyond the cache spill into the log: this bounds an import's memory, whatever its size.
        self.connection.pragma_update(None, "cache_size", -65_536).map_err(|e| self.error(e))?;
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| self.error(e))?;
        let one = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let numbers = (|| {
            let last = one("SELECT coalesce(max(segment), -1) FROM docket")?;
            let cases = self
                .connection
                .query_row("SELECT columns FROM docket WHERE segment = ?", [last], |row| {
                    row.get::<_, Vec<u8>>(0)
                })
                .optional()?
                .map_or(0, |columns| docket::unpack_rows(&columns).count());
            rusqlite::Result::Ok((
                one("SELECT coalesce(max(id), 0) FROM finding")?,
                one("SELECT coalesce(max(id), 0) FROM block")?,
                last.max(0) * i64::from(SEGMENT) + cases as i64,
            ))
        })();
        let (finding, block, cases) = match numbers {
            Ok(numbers) => numbers,
            Err(error) => {
                let _ = self.connection.execute_batch("ROLLBACK");
                return Err(self.error(error));
            }
        };
        Ok(ImportWriter {
            store: self,
            open: true,
            next_finding: finding + 1,
            next_block: block + 1,
            next_case: u32::try_from(cases).unwrap_or(0) + 1,
            segments: FxHashMap::default(),
            clock: 0,
            cwe_sets: FxHashMap::default(),
            cwe_members: FxHashMap::default(),
            rule_sets: FxHashMap::default(),
            unindexed: false,
            first_run: None,
        })
    }
}

impl Drop for ImportWriter<'_> {
    fn drop(&mut self) {
        if self.open {
            let _ = self.store.connection.execute_batch("ROLLBACK");
        }
    }
}

impl ImportWriter<'_> {
    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| self.store.error(error))
    }

    fn intern(&self, find: &str, insert: &str, params: &[&dyn rusqlite::ToSql]) -> Result<u32, StoreError> {
        let connection = &self.store.connection;
        let found = connection
            .prepare_cached(find)
            .and_then(|mut statement| statement.query_row(params, |row| row.get::<_, u32>(0)).optional());
        if let Some(id) = self.sql(found)? {
            return Ok(id);
        }
        self.sql(connection.prepare_cached(insert).and_then(|mut statement| statement.execute(params)))?;
        Ok(u32::try_from(connection.last_insert_rowid()).unwrap_or(u32::MAX))
    }

    /// The row of a project.
    ///
    /// # Errors
    /// When the store fails (so for all of them).
    pub fn project(&mut self, name: &str) -> Result<u32, StoreError> {
        self.intern(
            "SELECT id FROM project WHERE name = ?1",
            "INSERT INTO project (name) VALUES (?1)",
            &[&name],
        )
    }

    /// Remembers where a project's code lies.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn project_source(&mut self, project: u32, source: &str, remote: &str) -> Result<(), StoreError> {
        self.sql(self.store.connection.execute(
            "UPDATE project SET source = ?2, remote = CASE WHEN ?3 = '' THEN remote ELSE ?3 END WHERE id = ?1",
            params![project, source, remote],
        ))?;
        Ok(())
    }

    /// The row of a tool.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn tool(&mut self, name: &str) -> Result<u32, StoreError> {
        self.intern("SELECT id FROM tool WHERE name = ?1", "INSERT INTO tool (name) VALUES (?1)", &[&name])
    }

    /// The row of a rule; a title, help or link that it lacked is added.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rule(&mut self, tool: u32, family: &str, rule: &Rule) -> Result<u32, StoreError> {
        let id = self.rule_row(tool, family, &rule.id)?;
        if !(rule.title.is_empty() && rule.help.is_empty() && rule.link.is_empty()) {
            self.sql(
                self.store
                    .connection
                    .prepare_cached(
                        "UPDATE rule SET title = iif(?2 = '', title, ?2), help = iif(?3 = '', help, ?3),
                         link = iif(?4 = '', link, ?4) WHERE id = ?1",
                    )
                    .and_then(|mut s| s.execute(params![id, rule.title, rule.help, rule.link])),
            )?;
        }
        Ok(id)
    }

    fn rule_row(&self, tool: u32, family: &str, name: &str) -> Result<u32, StoreError> {
        let connection = &self.store.connection;
        let found = connection
            .prepare_cached("SELECT id FROM rule WHERE tool = ? AND name = ?")
            .and_then(|mut s| s.query_row(params![tool, name], |row| row.get(0)).optional());
        if let Some(id) = self.sql(found)? {
            return Ok(id);
        }
        self.sql(
            connection
                .prepare_cached("INSERT INTO rule (tool, name, family, title) VALUES (?, ?, ?, '')")
                .and_then(|mut s| s.execute(params![tool, name, family])),
        )?;
        Ok(u32::try_from(connection.last_insert_rowid()).unwrap_or(u32::MAX))
    }

    /// The row of a path, never 0.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn path(&mut self, project: u32, path: &str) -> Result<u32, StoreError> {
        self.intern(
            "SELECT id FROM path WHERE project = ?1 AND path = ?2",
            "INSERT INTO path (project, path) VALUES (?1, ?2)",
            &[&project, &path],
        )
    }

    /// Every path of a project.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn paths(&self, project: u32) -> Result<Vec<PathKey>, StoreError> {
        let read = || {
            let mut statement =
                self.store.connection.prepare_cached("SELECT id, path FROM path WHERE project = ?")?;
            statement.query_map([project], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        self.sql(read())
    }

    /// The row of a set of CWE numbers.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn cwe_set(&mut self, members: &str) -> Result<u32, StoreError> {
        if let Some(&id) = self.cwe_sets.get(members) {
            return Ok(id);
        }
        let id = self.intern(
            "SELECT id FROM cwe_set WHERE members = ?1",
            "INSERT INTO cwe_set (members) VALUES (?1)",
            &[&members],
        )?;
        self.cwe_sets.insert(members.to_owned(), id);
        Ok(id)
    }

    /// The numbers of a set.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn cwes_of(&mut self, set: u32) -> Result<&str, StoreError> {
        if !self.cwe_members.contains_key(&set) {
            let members = self.read_cwes(set)?;
            self.cwe_members.insert(set, members);
        }
        Ok(self.cwe_members.get(&set).map_or("", String::as_str))
    }

    fn read_cwes(&self, set: u32) -> Result<String, StoreError> {
        let read = self
            .store
            .connection
            .prepare_cached("SELECT members FROM cwe_set WHERE id = ?")
            .and_then(|mut s| s.query_row([set], |row| row.get(0)).optional());
        Ok(self.sql(read)?.unwrap_or_default())
    }

    /// The row of a set of rules.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rule_set(&mut self, rules: &[u32]) -> Result<u32, StoreError> {
        if let Some(&id) = self.rule_sets.get(rules) {
            return Ok(id);
        }
        let members = rules.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let id = self.intern(
            "SELECT id FROM rule_set WHERE members = ?1",
            "INSERT INTO rule_set (members) VALUES (?1)",
            &[&members],
        )?;
        self.rule_sets.insert(rules.to_vec(), id);
        Ok(id)
    }

    /// The earlier runs of the same bytes in the same project.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn same_file(&self, project: u32, digest: &Digest) -> Result<Vec<KnownRun>, StoreError> {
        let read = || {
            let mut statement = self.store.connection.prepare_cached(
                "SELECT import, format, receipt, revision, source, imported, EXISTS (
                   SELECT 1 FROM run later WHERE later.project = run.project AND later.tool = run.tool
                   AND later.id > run.id AND later.digest <> run.digest)
                 FROM run WHERE digest = ? AND project = ? ORDER BY id",
            )?;
            statement
                .query_map(params![digest.bytes().as_slice(), project], |row| {
                    Ok(KnownRun {
                        import: row.get(0)?,
                        format: row.get(1)?,
                        receipt: row.get(2)?,
                        revision: row.get(3)?,
                        source: row.get(4)?,
                        imported: row.get(5)?,
                        overtaken: row.get(6)?,
                    })
                })?
                .collect()
        };
        self.sql(read())
    }

    /// A rule's name, and its name without the namespace.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rule_names(&self, rule: u32) -> Result<(String, String), StoreError> {
        let read = self
            .store
            .connection
            .prepare_cached("SELECT name, family FROM rule WHERE id = ?")
            .and_then(|mut s| s.query_row([rule], |row| Ok((row.get(0)?, row.get(1)?))).optional());
        Ok(self.sql(read)?.unwrap_or_default())
    }

    /// What each run of a project scanned, where its paths do not tell.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn targets(&self, project: u32) -> Result<FxHashMap<u32, String>, StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT id, target FROM run WHERE project = ? AND target <> ''")?
                .query_map([project], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        self.sql(read())
    }

    /// Stores a run and gives its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn run(&mut self, run: &NewRun) -> Result<u32, StoreError> {
        self.sql(self.store.connection.execute(
            "INSERT INTO run (name, import, project, tool, tool_version, format, file, digest, bytes, revision, branch,
             scope, source, target, started, imported, receipt, troubles, last_path)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?,
             (SELECT coalesce(max(id), 0) FROM path))",
            params![
                run.name.bytes().as_slice(),
                run.import.as_slice(),
                run.project,
                run.tool,
                run.tool_version,
                run.format,
                run.file,
                run.digest.bytes().as_slice(),
                i64::try_from(run.bytes).unwrap_or(i64::MAX),
                run.revision,
                run.branch,
                run.scope,
                run.source,
                run.target,
                run.started,
                run.imported,
                run.troubles
            ],
        ))?;
        let row = u32::try_from(self.store.connection.last_insert_rowid()).unwrap_or(u32::MAX);
        self.first_run.get_or_insert(row);
        Ok(row)
    }

    /// The rules of each earlier run of a tool, the newest run first.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rules_of_runs(&self, project: u32, tool: u32) -> Result<Vec<Vec<i64>>, StoreError> {
        let read = || {
            let mut statement = self.store.connection.prepare_cached(
                "SELECT rules FROM run WHERE project = ? AND tool = ? AND rules IS NOT NULL ORDER BY id DESC",
            )?;
            statement
                .query_map([project, tool], |row| Ok(packed::unpack(row.get_ref(0)?.as_blob()?).collect()))?
                .collect()
        };
        self.sql(read())
    }

    /// Completes a run: its receipt, and the files it scanned where the tool told.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn complete_run(
        &mut self,
        run: u32,
        receipt: &str,
        coverage: Option<&[i64]>,
        rules: &[i64],
    ) -> Result<(), StoreError> {
        let coverage = coverage.map(|paths| packed::pack(paths.iter().copied()));
        let rules = packed::pack(rules.iter().copied());
        self.sql(self.store.connection.execute(
            "UPDATE run SET receipt = ?2, coverage = ?3, rules = ?4 WHERE id = ?1",
            params![run, receipt, coverage, rules],
        ))?;
        Ok(())
    }

    /// Which findings a run reported; `findings` ascending.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn presence(&mut self, run: u32, part: u32, findings: &[i64]) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT INTO presence (run, part, findings) VALUES (?, ?, ?)")
                .and_then(|mut s| s.execute(params![run, part, packed::pack(findings.iter().copied())])),
        )?;
        Ok(())
    }

    /// Keeps a problem.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn problem(&mut self, run: Option<u32>, problem: &ProblemRow) -> Result<(), StoreError> {
        let raw =
            (!problem.raw.is_empty()).then(|| zstd::bulk::compress(&problem.raw, 1).unwrap_or_default());
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT INTO problem (run, kind, place, why, raw) VALUES (?, ?, ?, ?, ?)")
                .and_then(|mut s| s.execute(params![run, problem.kind, problem.place, problem.why, raw])),
        )?;
        Ok(())
    }

    /// Stores a closed block and gives its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn block(&mut self, run: u32, body: &[u8]) -> Result<u32, StoreError> {
        let id = self.next_block;
        self.next_block += 1;
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT INTO block (id, run, body) VALUES (?, ?, ?)")
                .and_then(|mut s| s.execute(params![id, run, body])),
        )?;
        Ok(u32::try_from(id).unwrap_or(u32::MAX))
    }

    /// A stored block's bytes.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn block_bytes(&self, block: u32) -> Result<Vec<u8>, StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("SELECT body FROM block WHERE id = ?")
                .and_then(|mut s| s.query_row([block], |row| row.get(0))),
        )
    }

    /// Whether the store holds no findings at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.next_finding == 1
    }

    /// Gets ready for about `rows` new findings: where they outnumber what is there, the indexes are dropped and made
    /// anew at the end, since keeping them up row by row costs several times more.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn expect(&mut self, rows: u64) -> Result<(), StoreError> {
        if rows > 10_000 && self.is_empty() {
            for (name, _) in INDEXES {
                self.sql(self.store.connection.execute_batch(&format!("DROP INDEX IF EXISTS {name}")))?;
            }
            self.unindexed = true;
        } else {
            self.index()?;
        }
        Ok(())
    }

    fn index(&self) -> Result<(), StoreError> {
        INDEXES.iter().try_for_each(|(_, sql)| self.sql(self.store.connection.execute_batch(sql)))
    }

    /// The findings at a path, of all tools.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn findings_at(&self, project: u32, path: u32, into: &mut Vec<FindingRow>) -> Result<(), StoreError> {
        self.rows("path = ?1 AND project = ?2", params![path, project], into)
    }

    /// The findings of a project that name a package.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn dependency_findings(&self, project: u32, into: &mut Vec<FindingRow>) -> Result<(), StoreError> {
        self.rows("project = ?1 AND kind = 1", params![project], into)
    }

    /// The findings of a case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn members(&self, case: u32, into: &mut Vec<FindingRow>) -> Result<(), StoreError> {
        self.rows("\"case\" = ?1 ORDER BY id", params![case], into)
    }

    fn rows(
        &self,
        condition: &str,
        params: impl rusqlite::Params,
        into: &mut Vec<FindingRow>,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT {} FROM finding WHERE {condition}", FindingRow::COLUMNS);
        let read = || {
            let mut statement = self.store.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                into.push(FindingRow::read(row)?);
            }
            Ok(())
        };
        self.sql(read())
    }

    /// The finding of a name, or of an alias.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn finding(&self, name: &FindingId) -> Result<Option<FindingRow>, StoreError> {
        let mut rows = Vec::new();
        let condition = "name = ?1 OR id = (SELECT finding FROM alias WHERE name = ?1)";
        self.rows(condition, params![name.bytes().as_slice()], &mut rows)?;
        Ok(rows.pop())
    }

    /// The case of this number, if that is its name.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn case_named(&mut self, name: &CaseId, case: u32) -> Result<Option<u32>, StoreError> {
        let slot = slot_of(case);
        let named = self.segment(case)?.segment.names.get(slot) == Some(name.bytes());
        Ok(named.then_some(case))
    }

    /// Names a case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn name_case(&mut self, case: u32, name: &CaseId) -> Result<(), StoreError> {
        let row = self.case(case)?;
        self.set_case(case, &row, Some(&FindingId::from(*name)), None)
    }

    /// Whether a name is taken, by a finding or an alias.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn is_taken(&self, name: &FindingId) -> Result<bool, StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM finding WHERE name = ?1) OR EXISTS (SELECT 1 FROM alias WHERE name = ?1)")?
                .query_row([name.bytes().as_slice()], |row| row.get(0))
        };
        self.sql(read())
    }

    /// A new finding's row number.
    pub fn next_finding(&mut self) -> i64 {
        self.next_finding += 1;
        self.next_finding - 1
    }

    /// Stores new findings, whose `id`s came from [`Self::next_finding`].
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn insert(&mut self, rows: &[FindingRow]) -> Result<(), StoreError> {
        let sql = insert_sql();
        // Many at once: to find the statement by its text and to clear it costs a fifth of an insert.
        let write = || {
            let mut statement = self.store.connection.prepare_cached(sql)?;
            for row in rows {
                row.bind(&mut statement)?;
                statement.raw_execute()?;
            }
            Ok(())
        };
        self.sql(write())
    }

    /// Stores what a matched finding is now; what it was is kept, its drift and its fix too, so those are written
    /// afterwards.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn update(&mut self, row: &FindingRow) -> Result<(), StoreError> {
        self.keep_former(row.id)?;
        // `INSERT OR REPLACE` would touch every index; an update touches those whose columns change.
        let write = || {
            self.store
                .connection
                .prepare_cached(
                    "UPDATE finding SET rule = ?2, path = ?3, line = ?4, end_line = ?5, col = ?6, end_col = ?7,
                     severity = ?8, confidence = ?9, flags = ?10, cwes = ?11, tokens = ?12, scope = ?13, around = ?14,
                     print = ?15, lease = ?16, body = ?17, content = ?18, block = ?19, slot = ?20, snapshot = ?21,
                     evidence = ?22, last_run = ?23 WHERE id = ?1",
                )?
                .execute(params![
                    row.id,
                    row.rule,
                    row.path,
                    row.line,
                    row.end_line,
                    row.col,
                    row.end_col,
                    row.severity,
                    row.confidence,
                    row.flags,
                    row.cwes,
                    row.tokens as i64,
                    row.scope as i64,
                    row.around as i64,
                    row.print as i64,
                    row.lease as i64,
                    row.body as i64,
                    row.content as i64,
                    row.block,
                    row.slot,
                    row.snapshot,
                    row.evidence,
                    row.last_run
                ])
        };
        self.sql(write())?;
        Ok(())
    }

    /// Moves a finding to another case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn move_to_case(&mut self, finding: i64, case: u32) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("UPDATE finding SET \"case\" = ? WHERE id = ?")
                .and_then(|mut s| s.execute(params![case, finding])),
        )?;
        Ok(())
    }

    /// Remembers why a finding is in a case that it did not found.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn kinship(&mut self, finding: i64, kin: i64, why: &str) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT OR REPLACE INTO kinship (finding, kin, why) VALUES (?, ?, ?)")
                .and_then(|mut s| s.execute(params![finding, kin, why])),
        )?;
        Ok(())
    }

    /// Adds a later name of a finding.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn alias(&mut self, name: &FindingId, finding: i64) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached("INSERT OR IGNORE INTO alias (name, finding) VALUES (?, ?)")
                .and_then(|mut s| s.execute(params![name.bytes().as_slice(), finding])),
        )?;
        Ok(())
    }

    /// Notes that a finding's lease or surroundings are now other ones.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn drift(&mut self, row: &FindingRow, run: u32, diff: &str) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached(
                    "INSERT INTO drift (finding, name, lease, body, run, diff) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (finding) DO UPDATE SET lease = ?3, body = ?4, run = ?5,
                     diff = iif(?6 = '' AND lease = ?3, diff, ?6)",
                )
                .and_then(|mut s| {
                    s.execute(params![
                        row.id,
                        row.name.bytes().as_slice(),
                        row.lease as i64,
                        row.body as i64,
                        run,
                        diff
                    ])
                }),
        )?;
        Ok(())
    }

    /// Keeps a file's text once; gives its row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn snapshot(&mut self, digest: &Digest, encoding: &str, text: &str) -> Result<u32, StoreError> {
        let connection = &self.store.connection;
        let found = connection
            .prepare_cached("SELECT id FROM snapshot WHERE digest = ?")
            .and_then(|mut s| s.query_row([digest.bytes().as_slice()], |row| row.get(0)).optional());
        if let Some(id) = self.sql(found)? {
            return Ok(id);
        }
        let body = zstd::bulk::compress(text.as_bytes(), 3)
            .map_err(|source| StoreError::Io { path: self.store.path.clone(), source })?;
        self.sql(
            connection
                .prepare_cached("INSERT INTO snapshot (digest, encoding, bytes, body) VALUES (?, ?, ?, ?)")
                .and_then(|mut s| {
                    s.execute(params![digest.bytes().as_slice(), encoding, text.len() as i64, body])
                }),
        )?;
        Ok(u32::try_from(connection.last_insert_rowid()).unwrap_or(u32::MAX))
    }

    /// A snapshot's text.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn snapshot_text(&self, snapshot: u32) -> Result<Option<String>, StoreError> {
        self.store.snapshot_text(snapshot)
    }

    /// Notes that a file was seen in a run, and in which role (`claimed`, `clean`, `fixed`).
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn sighting(
        &mut self,
        (path, snapshot, run): (u32, u32, u32),
        role: &str,
        (language, framework, service): (&str, &str, &str),
    ) -> Result<(), StoreError> {
        self.sql(
            self.store
                .connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO sighting (path, snapshot, run, role, language, framework, service)
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                )
                .and_then(|mut s| {
                    s.execute(params![path, snapshot, run, role, language, framework, service])
                }),
        )?;
        Ok(())
    }

    /// Keeps the code before and after for a finding that went away because its code changed.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn fix(&mut self, finding: i64, run: u32, before: u32, after: u32) -> Result<(), StoreError> {
        self.sql(self.store.connection.execute(
            "INSERT OR REPLACE INTO fix (finding, run, before, after) VALUES (?, ?, ?, ?)",
            params![finding, run, before, after],
        ))?;
        Ok(())
    }

    /// A new case's number.
    pub fn next_case(&mut self) -> u32 {
        self.next_case += 1;
        self.next_case - 1
    }

    /// A case's row.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn case(&mut self, case: u32) -> Result<CaseRow, StoreError> {
        let slot = slot_of(case);
        Ok(self.segment(case)?.segment.rows.get(slot).copied().unwrap_or_default())
    }

    /// Sets a case's row; its name and text too where given.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn set_case(
        &mut self,
        case: u32,
        row: &CaseRow,
        name: Option<&FindingId>,
        text: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let slot = slot_of(case);
        let open = self.segment(case)?;
        if open.segment.rows.len() <= slot {
            open.segment.rows.resize(slot + 1, CaseRow::default());
            open.segment.names.resize(slot + 1, [0; 16]);
        }
        if let Some(to) = open.segment.rows.get_mut(slot) {
            *to = *row;
        }
        if let (Some(name), Some(to)) = (name, open.segment.names.get_mut(slot)) {
            *to = *name.bytes();
        }
        if let Some(text) = text {
            open.segment.texts.set(slot, text, &mut open.known);
            open.texts_changed = true;
        }
        Ok(())
    }

    /// What the tools say of a case.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn case_text(&mut self, case: u32) -> Result<Vec<u8>, StoreError> {
        Ok(self.segment(case)?.segment.texts.get(slot_of(case)).to_vec())
    }

    fn segment(&mut self, case: u32) -> Result<&mut OpenSegment, StoreError> {
        let number = case.saturating_sub(1) / SEGMENT;
        self.clock += 1;
        if !self.segments.contains_key(&number) {
            if self.segments.len() >= OPEN_SEGMENTS {
                let oldest =
                    self.segments.iter().min_by_key(|(_, open)| open.used).map(|(&number, _)| number);
                if let Some(oldest) = oldest {
                    self.close_segment(oldest)?;
                }
            }
            let read = self
                .store
                .connection
                .prepare_cached("SELECT columns, names, texts FROM docket WHERE segment = ?")
                .and_then(|mut s| {
                    s.query_row([number], |row| {
                        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
                    })
                    .optional()
                });
            let segment = self.sql(read)?.map_or_else(Segment::default, |(columns, names, texts)| Segment {
                rows: docket::unpack_rows(&columns).collect(),
                names: names.as_chunks::<16>().0.to_vec(),
                texts: Texts::unpack(&texts),
            });
            let open =
                OpenSegment { segment, known: FxHashMap::default(), used: self.clock, texts_changed: false };
            self.segments.insert(number, open);
        }
        let clock = self.clock;
        let open = self.segments.entry(number).or_insert_with(|| OpenSegment {
            segment: Segment::default(),
            known: FxHashMap::default(),
            used: clock,
            texts_changed: false,
        });
        open.used = clock;
        Ok(open)
    }

    fn close_segment(&mut self, number: u32) -> Result<(), StoreError> {
        let Some(open) = self.segments.remove(&number) else { return Ok(()) };
        let columns = docket::pack_rows(&open.segment.rows);
        let names = open.segment.names.as_flattened();
        let write = || {
            let connection = &self.store.connection;
            if open.texts_changed {
                connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO docket (segment, columns, names, texts) VALUES (?, ?, ?, ?)",
                    )?
                    .execute(params![number, columns, names, open.segment.texts.pack()])
            } else {
                connection
                    .prepare_cached("UPDATE docket SET columns = ?2, names = ?3 WHERE segment = ?1")?
                    .execute(params![number, columns, names])
            }
        };
        self.sql(write())?;
        Ok(())
    }

    /// Makes everything durable and visible at once.
    ///
    /// # Errors
    /// When it cannot; then nothing of the import remains.
    pub fn commit(mut self) -> Result<(), StoreError> {
        let open: Vec<u32> = self.segments.keys().copied().collect();
        for number in open {
            self.close_segment(number)?;
        }
        if self.unindexed {
            // The sorter of an index then takes its memory in one piece, as much as the cache may have, and only what
            // is more goes to a file; in memory alone it would allocate row by row and without a bound.
            self.sql(self.store.connection.pragma_update(None, "temp_store", "file"))?;
            self.index()?;
            self.sql(self.store.connection.pragma_update(None, "temp_store", "memory"))?;
        }
        self.sql(self.store.connection.execute_batch("COMMIT"))?;
        self.open = false;
        Ok(())
    }
}

fn slot_of(case: u32) -> usize {
    (case.saturating_sub(1) % SEGMENT) as usize
}

fn insert_sql() -> &'static str {
    static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    SQL.get_or_init(|| {
        format!("INSERT INTO finding ({}) VALUES ({})", FindingRow::COLUMNS, FindingRow::PLACES)
    })
}
