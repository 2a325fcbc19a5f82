//! Verdicts on their way back: documents for the tools whose findings they are of, for people, and for a broader review.

mod file;
mod review;
mod told;

use std::io::{self, Write};
use std::path::PathBuf;

use rustc_hash::FxHashMap;
use serde_json::{Map, json};

use super::act::now_ms;
use super::desk::{Desk, DeskError, listed};
use super::file::Hashed;
use super::told::complete;
use crate::dataset::writeback::{CsvWriter, Document, Line, Ruling, SarifWriter, SnykPolicy, Statement, Vex};
use crate::docket::{Docket, Needs, Weights, Worth};
use crate::domain::{Kind, Severity};
use crate::ledger::{Act, Other};
use crate::store::{Findings, StoreError, Writer};

/// What is written back.
#[derive(Debug, Clone)]
pub struct WriteBackOrder {
    /// What sort of document.
    pub document: Document,
    /// Of which project; `None`: of the only one, or of all where the document may hold several.
    pub project: Option<String>,
    /// What packages are a part of, as a package URL; for OpenVEX, empty where none is named.
    pub product: String,
    /// Whether a file that is there is written over.
    pub overwrite: bool,
}

/// What was written back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenBack {
    /// Results, statements, entries or lines.
    pub rows: u64,
    /// Those of them that are silenced by a person.
    pub silenced: u64,
    /// Decided cases that the document cannot tell of.
    pub left_out: u64,
    /// The SHA-256 of what was written.
    pub sha256: String,
    /// The entry of the journal.
    pub entry: String,
}

/// Why nothing was written back.
#[derive(Debug, thiserror::Error)]
pub enum WriteBackError {
    /// There is something already.
    #[error("{} is there already: name another file, or write over it by `--overwrite`", .0.display())]
    There(PathBuf),
    /// The document is of one project.
    #[error("a document of this format is of one project: name it by `--project`; there are {}", .0.join(", "))]
    WhichProject(Vec<String>),
    /// There is no such project.
    #[error("there is no project `{0}`")]
    NoSuchProject(String),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// Whoever reads the output has gone, or the disk is full.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The desk failed.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<StoreError> for WriteBackError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// What a document is made of.
struct Source<'a> {
    desk: &'a Desk,
    findings: &'a Findings,
    docket: &'a Docket,
    /// The projects that it is of, by their rows and names.
    projects: Vec<(u32, String)>,
    now: u64,
    written: WrittenBack,
    /// What stands of cases that have several findings; others are asked for once.
    rulings: FxHashMap<u32, Ruling>,
}

impl Desk {
    /// Writes a document, and notes it in the journal.
    ///
    /// # Errors
    /// When there is no such project, or something cannot be read or written.
    pub fn write_back(
        &mut self,
        order: &WriteBackOrder,
        out: &mut dyn Write,
        writer: &Writer,
    ) -> Result<WrittenBack, WriteBackError> {
        let mut out = Hashed::new(out);
        let mut written = self.document(order, &mut out, writer)?;
        out.flush()?;
        written.sha256 = out.sha256();
        self.note_written(order, None, &mut written, writer)?;
        Ok(written)
    }

    fn note_written(
        &mut self,
        order: &WriteBackOrder,
        place: Option<&str>,
        written: &mut WrittenBack,
        writer: &Writer,
    ) -> Result<(), WriteBackError> {
        let body: Map<String, serde_json::Value> = [
            ("format", json!(order.document)),
            ("rows", json!(written.rows)),
            ("silenced", json!(written.silenced)),
            ("sha256", json!(written.sha256)),
            ("project", json!(order.project)),
            ("place", json!(place)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let act = Act::Other(Other { kind: Other::WRITTEN_BACK.to_owned(), cases: Vec::new(), body });
        let mut journal = self.journal_to_write()?;
        let entry = journal.append(writer, now_ms(), act)?;
        self.journal = Some(journal);
        written.entry = entry.id().to_string();
        Ok(())
    }

    fn document(
        &self,
        order: &WriteBackOrder,
        out: &mut dyn Write,
        writer: &Writer,
    ) -> Result<WrittenBack, WriteBackError> {
        let nothing = Docket::default();
        let Some(findings) = &self.findings else {
            return match &order.project {
                Some(project) => Err(WriteBackError::NoSuchProject(project.clone())),
                None if order.document == Document::Csv => {
                    CsvWriter::new(out)?;
                    Ok(WrittenBack::default())
                }
                None => Err(WriteBackError::WhichProject(vec!["none yet".to_owned()])),
            };
        };
        let projects = chosen(findings, order)?;
        if order.document == Document::Review {
            let docket = &nothing;
            let mut source = Source::new(self, findings, docket, projects);
            source.review(order.project.as_deref(), out)?;
            return Ok(source.written);
        }
        let docket = self.docket(Needs { names: true, paths: true, standings: true, ..Needs::default() })?;
        let mut source = Source::new(self, findings, &docket, projects);
        match order.document {
            Document::Sarif => source.sarif(out)?,
            Document::OpenVex => source.openvex(&order.product, writer.reviewer.as_str(), out)?,
            Document::SnykPolicy => source.snyk(out)?,
            Document::Csv => source.csv(out)?,
            Document::Review => {}
        }
        Ok(source.written)
    }
}

/// The projects that a document is of.
fn chosen(findings: &Findings, order: &WriteBackOrder) -> Result<Vec<(u32, String)>, WriteBackError> {
    let mut all: Vec<(u32, String)> = findings.dictionary()?.projects.into_iter().collect();
    all.sort_unstable();
    if let Some(project) = &order.project {
        let only: Vec<(u32, String)> = all.into_iter().filter(|(_, name)| name == project).collect();
        return if only.is_empty() { Err(WriteBackError::NoSuchProject(project.clone())) } else { Ok(only) };
    }
    // An import is of one project, and so is what a tool is told.
    let several = matches!(order.document, Document::Csv | Document::Review);
    if all.len() > 1 && !several {
        return Err(WriteBackError::WhichProject(all.into_iter().map(|(_, name)| name).collect()));
    }
    Ok(all)
}

impl<'a> Source<'a> {
    fn new(desk: &'a Desk, findings: &'a Findings, docket: &'a Docket, projects: Vec<(u32, String)>) -> Self {
        Self {
            desk,
            findings,
            docket,
            projects,
            now: now_ms(),
            written: WrittenBack::default(),
            rulings: FxHashMap::default(),
        }
    }

    fn sarif(&mut self, out: &mut dyn Write) -> Result<(), WriteBackError> {
        let mut log = SarifWriter::new(out)?;
        for (project, name) in self.projects.clone() {
            for tool in self.findings.tools_of(project)? {
                self.tool(project, &name, tool, &mut log)?;
            }
        }
        Ok(log.finish()?)
    }

    fn openvex(&mut self, product: &str, author: &str, out: &mut dyn Write) -> Result<(), WriteBackError> {
        let mut statements: Vec<Statement> = Vec::new();
        self.each_package(|source, told| {
            let affected = told.affected();
            if affected.package.is_empty() {
                source.written.left_out += u64::from(told.ruling.is_settled());
                return;
            }
            statements.push(Statement::of(told.ruling, &affected, product, source.now));
        })?;
        let document = Vex::new(author, self.now, statements);
        self.written.rows = document.statements.len() as u64;
        self.written.silenced =
            document.statements.iter().filter(|it| it.status == "not_affected").count() as u64;
        serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    }

    fn snyk(&mut self, out: &mut dyn Write) -> Result<(), WriteBackError> {
        let mut policy = SnykPolicy::default();
        self.each_package(|source, told| told.ignore(&mut policy, &mut source.written))?;
        self.written.rows = policy.len() as u64;
        self.written.silenced = self.written.rows;
        Ok(out.write_all(policy.text().as_bytes())?)
    }

    fn csv(&mut self, out: &mut dyn Write) -> Result<(), WriteBackError> {
        let mut table = CsvWriter::new(out)?;
        let evidence = self.desk.evidence(self.docket);
        let weights = Weights::default();
        let worth = Worth::new(self.docket, &weights, &evidence);
        let mut cases: Vec<u32> = (1..self.docket.end())
            .filter(|case| {
                self.docket.row(*case).is_some_and(|row| {
                    self.projects.iter().any(|(project, _)| *project == u32::from(row.project))
                })
            })
            .collect();
        cases.sort_by_cached_key(|case| {
            self.docket.row(*case).map(|row| {
                (self.docket.project(row).to_owned(), self.docket.path(row).to_owned(), row.line, *case)
            })
        });
        for some in cases.chunks(1024) {
            let mut told = Vec::with_capacity(some.len());
            for case in some {
                told.extend(listed(self.findings, self.docket, &worth, *case)?);
            }
            complete(self.findings, &mut told)?;
            for case in &told {
                let ruling = self.ruling(case.number)?;
                let package = case.package.as_ref().map_or(("", ""), |it| (&*it.name, &*it.version));
                table.line(&Line {
                    ruling: &ruling,
                    project: &case.project,
                    path: &case.path,
                    lines: (case.row.line, case.row.end_line),
                    severity: Severity::from_number(case.row.severity).word(),
                    kind: Kind::ALL.get(usize::from(case.row.kind)).copied().unwrap_or_default().word(),
                    cwes: &case.cwes,
                    tools: &case.tools,
                    rules: &case.rules,
                    title: &case.title,
                    package,
                })?;
                self.written.rows += 1;
                self.written.silenced +=
                    u64::from(ruling.silence() == Some(crate::dataset::writeback::Silence::Accepted));
            }
        }
        Ok(())
    }
}
