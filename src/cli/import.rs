//! `assize import`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::ingest::document::Document;
use crate::ingest::receipt::{Changes, Context, Counts, FileReceipt, Problem, RunReceipt};
use crate::ingest::regroup::Shaping;
use crate::ingest::{ImportError, Importer, Options, Scope};
use crate::source::git;
use crate::store::{Findings, Journal, Workspace};
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

/// The folder's deepest level that is searched.
const DEPTH: usize = 32;

#[derive(Debug, Serialize)]
struct Report {
    project: String,
    files: Vec<File>,
    totals: Totals,
    elapsed_ms: u64,
}

/// What became of a file, under the name that it was given or found by.
#[derive(Debug)]
struct File {
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
struct Totals {
    #[serde(flatten)]
    counts: Counts,
    findings: u64,
    cases: u64,
    #[serde(flatten)]
    changes: Changes,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let started = Instant::now();
    let paths = collect(&args.paths)?;
    let (workspace, fresh) = place::workspace_or_new(cli)?;
    let done = import_all(args, &workspace, &paths, started, output);
    if fresh && !matches!(done, Ok(Exit::Done | Exit::Partly)) && is_unused(&workspace) {
        // A refused file leaves nothing behind, the folder neither. What was imported stays, though its report failed.
        let _ = workspace.remove();
    } else if fresh {
        output.message(&format!("made a workspace in {}", workspace.root().display()));
    }
    done
}

/// Whether nothing was imported into a workspace and nothing decided in it.
fn is_unused(workspace: &Workspace) -> bool {
    let runs = Findings::open_to_read(&workspace.file("findings.db"))
        .and_then(|findings| findings.map_or(Ok(Vec::new()), |findings| findings.runs()));
    runs.is_ok_and(|runs| runs.is_empty()) && !workspace.file("journal.db").exists()
}

fn import_all(
    args: &Args,
    workspace: &Workspace,
    paths: &[(PathBuf, bool)],
    started: Instant,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut findings = Findings::open(&workspace.file("findings.db"))?;
    let options = Options {
        project: project(args)?,
        source: args.source.clone(),
        revision: args.revision.clone(),
        scope: args.scope.map(|scope| match scope {
            ScopeArg::Full => Scope::Full,
            ScopeArg::Partial => Scope::Partial,
        }),
        format: args.format.clone(),
        now: jiff::Timestamp::now().to_string(),
    };
    let projects = findings.projects()?;
    // What people decided binds the import: leases tell what turns stale, splits and merges what may fuse.
    let journal = Journal::open_to_read(&workspace.file("journal.db"))?;
    let judged = journal.as_ref().map(Journal::judged_leases).transpose()?.unwrap_or_default();
    let shaping = Shaping::of(journal.as_ref().map_or(Ok(Vec::new()), Journal::shapes_in_order)?);
    drop(journal);
    let mut report = Report {
        project: options.project.clone(),
        files: Vec::new(),
        totals: Totals::default(),
        elapsed_ms: 0,
    };
    for (path, searched) in paths {
        let folder = workspace.file("");
        let mut importer =
            Importer { findings: &mut findings, folder: &folder, judged: &judged, shaping: &shaping };
        let imported =
            open(path, &folder).and_then(|document| importer.import(&document, &options, &|| false));
        let fate = match imported {
            Ok(receipt) => {
                report.totals.counts = report.totals.counts.plus(receipt.counts);
                report.totals.changes = report.totals.changes.plus(receipt.changes);
                Fate::Read(receipt)
            }
            Err(ImportError::Unknown { .. }) if *searched => Fate::PassedOver,
            Err(error @ (ImportError::NoSuchFormat { .. } | ImportError::Source { .. })) => {
                return Err(error.into());
            }
            Err(error) => {
                let failure = Failure::from(error).path(path.display().to_string());
                if paths.len() == 1 {
                    return Err(failure);
                }
                Fate::Refused(failure)
            }
        };
        report.files.push(File { path: path.display().to_string(), fate });
    }
    let refused = report.files.iter().filter(|file| matches!(file.fate, Fate::Refused(_))).count();
    let read = report.files.iter().filter(|file| matches!(file.fate, Fate::Read(_))).count();
    if let (0, 0, [folder, ..]) = (read, refused, args.paths.as_slice()) {
        return Err(Failure::new(Exit::Failed, "unknown format", "no reader knows any file in it")
            .path(folder.display().to_string()));
    }
    (report.totals.findings, report.totals.cases) = findings.totals()?;
    report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if output.json {
        output.document(&report)?;
    } else {
        print(&report, output)?;
    }
    if let ([other], None) = (projects.as_slice(), &args.project)
        && *other != report.project
        && read > 0
    {
        output.warning(&format!(
            "`{}` is a new project here; this workspace holds `{}`: use --project {} to go on with it",
            visible(&report.project),
            visible(other),
            visible(other),
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

fn print_receipt(out: &mut impl Write, receipt: &FileReceipt, output: &Output) -> Result<(), Failure> {
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

fn open(path: &Path, folder: &Path) -> Result<Document, ImportError> {
    if path != Path::new("-") {
        return Ok(Document::file(path)?);
    }
    // Readers pass twice, and standard input can be read once.
    Ok(Document::spooled("-", std::io::stdin().lock(), folder)?)
}

/// The project's name, as the contract has it.
fn project(args: &Args) -> Result<String, Failure> {
    if let Some(name) = &args.project {
        return if name.trim().is_empty() {
            Err(Failure::usage("a project needs a name"))
        } else {
            Ok(name.clone())
        };
    }
    let here = args.source.clone().unwrap_or_else(|| PathBuf::from("."));
    if let Some(name) = git::read(&here).and_then(|checkout| checkout.name) {
        return Ok(name);
    }
    let full = here.canonicalize().map_err(|error| Failure::from(error).path(here.display().to_string()))?;
    Ok(full.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned()))
}

/// The files that the arguments name; true for those found in a folder.
fn collect(paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            files.push((path.clone(), false));
            continue;
        }
        let meta = std::fs::metadata(path).map_err(|error| {
            Failure { exit: Exit::Failed, ..Failure::from(error) }.path(path.display().to_string())
        })?;
        if meta.is_dir() {
            let before = files.len();
            search(path, 0, &mut files)?;
            if files.len() == before {
                return Err(Failure::usage("holds no file to import").path(path.display().to_string()));
            }
        } else {
            files.push((path.clone(), false));
        }
    }
    Ok(files)
}

/// Regular files below a folder, in order. Links are not followed, so no loop is.
fn search(folder: &Path, depth: usize, files: &mut Vec<(PathBuf, bool)>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::from(error).path(folder.display().to_string());
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(failed)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if kind.is_dir() && !hidden && depth < DEPTH {
            search(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() && !hidden {
            files.push((entry.path(), true));
        }
    }
    Ok(())
}
