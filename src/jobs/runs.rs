//! The imports so far as the screen shows them: a file with its runs, its receipt, and what taking it back would mean.

use jiff::tz::TimeZone;

use super::desk::{Desk, DeskError};
use crate::ingest::receipt::{Changes, Context, Counts, KeptReceipt, RunReceipt};
use crate::ingest::remove::Removed;
use crate::store::{Findings, RunDetail, RunRow};

/// Problems shown of a run; more are counted.
const PROBLEMS: u32 = 200;

/// The name of an import: the same for all runs of a file.
pub type ImportName = [u8; 16];

/// An import: a file with its runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportView {
    /// Its name.
    pub name: ImportName,
    /// The project's name.
    pub project: String,
    /// The reader's word.
    pub format: String,
    /// The file as named.
    pub file: String,
    /// The revision scanned; empty where not known.
    pub revision: String,
    /// The branch scanned; empty where not known.
    pub branch: String,
    /// `full` or `partial`; empty where the user did not say.
    pub scope: String,
    /// When, in the reviewer's time: `2026-01-31 17:05`.
    pub when: String,
    /// The receipts of its runs.
    pub runs: Vec<RunReceipt>,
    /// Their sum.
    pub counts: Counts,
    /// What else it changed; nothing where an earlier version of the program imported it.
    pub changes: Option<Changes>,
    /// How the source context of its claims was found, where the source was given.
    pub context: Option<Context>,
}

/// What is asked for of one import alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptView {
    /// Of which import.
    pub name: ImportName,
    /// Of each run, in the order of the receipts.
    pub runs: Vec<RunDetail>,
}

impl ImportView {
    /// Its tools, each once, with their versions.
    #[must_use]
    pub fn tools(&self) -> String {
        let mut tools: Vec<String> = Vec::new();
        for run in &self.runs {
            let tool = format!("{} {}", run.tool, run.tool_version).trim_end().to_owned();
            if !tools.contains(&tool) {
                tools.push(tool);
            }
        }
        tools.join(", ")
    }

    /// The filter that leaves in what its runs saw first or last.
    #[must_use]
    pub fn filter(&self) -> String {
        let runs: Vec<&str> = self.runs.iter().map(|run| run.run.as_str()).collect();
        format!("run:{}", runs.join(","))
    }

    fn add(&mut self, receipt: KeptReceipt) {
        self.counts = self.counts.plus(receipt.run.counts);
        self.changes = self.changes.or(receipt.changes);
        self.context = self.context.or(receipt.context);
        self.runs.push(receipt.run);
    }
}

impl From<RunRow> for ImportView {
    fn from(row: RunRow) -> Self {
        let when = row.imported.parse::<jiff::Timestamp>();
        let when = when.map(|when| when.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string());
        Self {
            name: row.import,
            project: row.project,
            format: row.format,
            file: row.file,
            revision: row.revision,
            branch: row.branch,
            when: when.unwrap_or(row.imported),
            ..Self::default()
        }
    }
}

impl Desk {
    /// The imports so far, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn imports(&self) -> Result<Vec<ImportView>, DeskError> {
        let rows = self.findings.as_ref().map_or(Ok(Vec::new()), Findings::runs)?;
        let mut imports: Vec<ImportView> = Vec::new();
        for row in rows {
            let receipt = serde_json::from_str::<KeptReceipt>(&row.receipt).unwrap_or_else(|_| KeptReceipt {
                run: RunReceipt {
                    run: row.name.to_string(),
                    tool: row.tool.clone(),
                    tool_version: row.tool_version.clone(),
                    counts: Counts::default(),
                    troubles: Vec::new(),
                },
                changes: None,
                context: None,
                scope: String::new(),
            });
            if imports.last().is_none_or(|last| last.name != row.import) {
                let scope = receipt.scope_told(&row.scope);
                imports.push(ImportView { scope, ..row.into() });
            }
            if let Some(import) = imports.last_mut() {
                import.add(receipt);
            }
        }
        imports.reverse();
        Ok(imports)
    }

    /// What the receipts of an import do not hold.
    ///
    /// # Errors
    /// When the store fails.
    pub fn receipt(&self, name: ImportName) -> Result<ReceiptView, DeskError> {
        let details = |findings: &Findings| findings.run_details(&name, PROBLEMS);
        let runs = self.findings.as_ref().map_or(Ok(Vec::new()), details)?;
        Ok(ReceiptView { name, runs })
    }

    /// What would go with some runs if they were removed now. As [`Self::remove_runs`], but nothing changes.
    ///
    /// # Errors
    /// As [`Self::remove_runs`].
    pub fn would_remove(&mut self, names: &[String]) -> Result<Removed, DeskError> {
        self.taking_back(names, false)
    }
}
