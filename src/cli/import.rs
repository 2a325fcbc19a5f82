//! `assize import`

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::ingest::Scope;
use crate::ingest::receipt::{Changes, Context, Counts, FileReceipt, Problem, RunReceipt};
use crate::jobs::{self, ImportOrder, Imported};
use crate::store::{Findings, Workspace};
use crate::text::visible;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Scanners' outputs; `-` for standard input. Folders are searched.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The project's name [default: the git remote's, else the source folder's, else this folder's].
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// The code that the claims are about.
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,

    /// The revision that was scanned.
    #[arg(long, value_name = "REV")]
    revision: Option<String>,

    /// How much of the project was scanned.
    #[arg(long, value_enum, value_name = "SCOPE")]
    scope: Option<ScopeArg>,

    /// Read as this format, whatever the content looks like.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScopeArg {
    /// All of it: what is not reported is gone.
    Full,
    /// A part: what is not reported is gone only where it is known to have been scanned.
    Partial,
}

#[derive(Debug, Serialize)]
struct Report {
    project: String,
    files: Vec<File>,
    totals: Totals,
    elapsed_ms: u64,
}

/// What became of a file, under the name that it was given or found by.
#[derive(Debug)]
pub(super) struct File {
    path: String,
    fate: Fate,
}

#[derive(Debug)]
enum Fate {
    Read(FileReceipt),
    /// A folder holds other files beside scanners' outputs.
    PassedOver,
    Refused(Failure),
}

/// A file as scripts get it: with every field of a receipt, whatever became of it.
#[derive(Serialize)]
struct FileLine<'f> {
    path: &'f str,
    format: Option<&'f str>,
    runs: &'f [RunReceipt],
    #[serde(flatten)]
    counts: Counts,
    problems: &'f [Problem],
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_over: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'f Failure>,
}

/// Why a file in a folder is passed over.
const UNKNOWN: &str = "no reader knows it";

impl Serialize for File {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = FileReceipt::default();
        let (receipt, passed_over, error) = match &self.fate {
            Fate::Read(receipt) => (receipt, None, None),
            Fate::PassedOver => (&none, Some(UNKNOWN), None),
            Fate::Refused(failure) => (&none, None, Some(failure)),
        };
        let line = FileLine {
            path: &self.path,
            format: Some(receipt.format.as_str()).filter(|format| !format.is_empty()),
            runs: &receipt.runs,
            counts: receipt.counts,
            problems: &receipt.problems,
            context: receipt.context,
            known: receipt.known,
            passed_over,
            error,
        };
        line.serialize(serializer)
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Totals {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) findings: u64,
    pub(super) cases: u64,
    #[serde(flatten)]
    pub(super) changes: Changes,
}

impl File {
    /// A file that was read.
    pub(super) fn read(path: &str, receipt: &FileReceipt) -> Self {
        Self { path: path.to_owned(), fate: Fate::Read(receipt.clone()) }
    }
}

impl From<(PathBuf, jobs::Fate)> for File {
    fn from((path, fate): (PathBuf, jobs::Fate)) -> Self {
        let path = path.display().to_string();
        let fate = match fate {
            jobs::Fate::Read(receipt) => Fate::Read(receipt),
            jobs::Fate::PassedOver => Fate::PassedOver,
            jobs::Fate::Refused(error) => Fate::Refused(Failure::from(error).path(path.clone())),
        };
        Self { path, fate }
    }
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let started = Instant::now();
    let order = ImportOrder {
        paths: args.paths.clone(),
        project: args.project.clone(),
        source: args.source.clone(),
        revision: args.revision.clone(),
        scope: args.scope.map(|scope| match scope {
            ScopeArg::Full => Scope::Full,
            ScopeArg::Partial => Scope::Partial,
        }),
        format: args.format.clone(),
    };
    let files = order.files()?;
    let (workspace, fresh) = place::workspace_or_new(cli)?;
    let imported = order.import(&workspace, &files, &Arc::default(), &|_, _| {});
    let done = imported.map_err(Failure::from).and_then(|done| {
        // A project that was asked for is no surprise.
        let known = if args.project.is_some() { Vec::new() } else { done.known.clone() };
        report(Imported { known, ..done }, started, output)
    });
    keep_or_remove(&workspace, fresh, done.as_ref().ok().copied(), output);
    done
}

/// Says where a workspace was made, or takes one away again that nothing came into: a refused file leaves nothing
/// behind, the folder neither. What was imported stays, though its report failed.
pub(super) fn keep_or_remove(workspace: &Workspace, fresh: bool, exit: Option<Exit>, output: &Output) {
    if fresh && !matches!(exit, Some(Exit::Done | Exit::Partly)) && is_unused(workspace) {
        let _ = workspace.remove();
    } else if fresh {
        output.message(&format!("made a workspace in {}", workspace.root().display()));
    }
}

/// Whether nothing was imported into a workspace and nothing decided in it.
fn is_unused(workspace: &Workspace) -> bool {
    let runs = Findings::open_to_read(&workspace.file("findings.db"))
        .and_then(|findings| findings.map_or(Ok(Vec::new()), |findings| findings.runs()));
    runs.is_ok_and(|runs| runs.is_empty()) && !workspace.file("journal.db").exists()
}

fn report(done: Imported, started: Instant, output: &Output) -> Result<Exit, Failure> {
    let (read, refused) = done.read_and_refused();
    let beside = done.beside().map(str::to_owned);
    let Imported { project, files, counts, changes, findings, cases, .. } = done;
    let report = Report {
        project,
        files: files.into_iter().map(File::from).collect(),
        totals: Totals { counts, findings, cases, changes },
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    if output.json {
        output.document(&report)?;
    } else {
        print(&report, output)?;
    }
    if let Some(other) = beside {
        output.warning(&format!(
            "`{}` is a new project here; this workspace holds `{}`: use --project {} to go on with it",
            visible(&report.project),
            visible(&other),
            visible(&other),
        ));
    }
    Ok(if refused > 0 && read == 0 {
        Exit::Failed
    } else if refused > 0 || report.totals.counts.unreadable > 0 {
        Exit::Partly
    } else {
        Exit::Done
    })
}

fn print(report: &Report, output: &Output) -> Result<(), Failure> {
    let mut out = output.out();
    for File { path, fate } in &report.files {
        match fate {
            Fate::Read(receipt) => {
                writeln!(out, "{}", output.paint(Tone::Bold, path))?;
                print_receipt(&mut out, receipt, output)?;
            }
            Fate::PassedOver => writeln!(out, "{}", output.paint(Tone::Dim, &format!("{path}: {UNKNOWN}")))?,
            Fate::Refused(failure) => {
                writeln!(out, "{}", output.paint(Tone::Bold, path))?;
                let at = failure.at.as_ref().map(|at| format!("{at}: ")).unwrap_or_default();
                let why = output.paint(Tone::Dim, &format!("{at}{}", failure.message));
                writeln!(out, "  {} {why}", output.paint(Tone::Bad, "refused:"))?;
            }
        }
    }
    let totals = &report.totals;
    if report.files.iter().any(|file| matches!(file.fate, Fate::Read(_))) {
        writeln!(out, "imported into {}", output.paint(Tone::Bold, &report.project))?;
    }
    writeln!(out, "{} in {}", count(totals.findings, "finding"), count(totals.cases, "case"))?;
    if !totals.changes.is_none() {
        writeln!(out, "{}", totals.changes)?;
    }
    out.flush()?;
    Ok(())
}

pub(super) fn print_receipt(
    out: &mut impl Write,
    receipt: &FileReceipt,
    output: &Output,
) -> Result<(), Failure> {
    let tools: Vec<String> = receipt
        .runs
        .iter()
        .map(|run| format!("{} {}", run.tool, run.tool_version).trim_end().to_owned())
        .collect();
    let known = if receipt.known { " · imported before" } else { "" };
    writeln!(out, "  {} · {}{known}", receipt.format, output.paint(Tone::Note, &tools.join(", ")))?;
    writeln!(out, "  {}", receipt.counts)?;
    if let Some(context) = receipt.context {
        writeln!(out, "  {context}")?;
    }
    for problem in receipt.problems.iter().take(5) {
        writeln!(
            out,
            "  {} {}",
            output.paint(Tone::Warn, &problem.at),
            output.paint(Tone::Dim, &problem.why)
        )?;
    }
    for run in &receipt.runs {
        for trouble in run.troubles.iter().take(5) {
            let head = output.paint(Tone::Warn, "the tool says:");
            writeln!(out, "  {head} {}", output.paint(Tone::Dim, trouble))?;
        }
    }
    Ok(())
}
