//! `assize import`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use super::output::{Output, Tone};
use super::{Cli, Exit, failure::Failure, place};
use crate::ingest::document::Document;
use crate::ingest::receipt::{Changes, Counts, FileReceipt};
use crate::ingest::{ImportError, Importer, Options, Scope};
use crate::source::git;
use crate::store::{Findings, Journal, Workspace};

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
    files: Vec<FileLine>,
    totals: Totals,
    elapsed_ms: u64,
}

#[derive(Debug, Serialize)]
struct FileLine {
    #[serde(flatten)]
    receipt: FileReceipt,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
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
    if fresh {
        output.message(&format!("made a workspace in {}", workspace.root().display()));
    }
    let done = import_all(args, &workspace, &paths, started, output);
    if done.is_err() && fresh && is_unused(&workspace) {
        // A refused file leaves nothing behind, the folder neither. What was imported stays, though its report failed.
        let _ = workspace.remove();
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
    // What people decided binds the import: leases tell what turns stale, splits and merges what may fuse.
    let journal = Journal::open_to_read(&workspace.file("journal.db"))?;
    let judged = journal.as_ref().map(Journal::judged_leases).transpose()?.unwrap_or_default();
    let links = journal.as_ref().map(Journal::link_pairs).transpose()?.unwrap_or_default();
    drop(journal);
    let mut report = Report { files: Vec::new(), totals: Totals::default(), elapsed_ms: 0 };
    for (path, searched) in paths {
        let folder = workspace.file("");
        let mut importer = Importer {
            findings: &mut findings,
            folder: &folder,
            judged: &judged,
            apart: &links.apart,
            together: &links.together,
        };
        let imported =
            open(path, &folder).and_then(|document| importer.import(&document, &options, &|| false));
        match imported {
            Ok(receipt) => {
                report.totals.counts = report.totals.counts.plus(receipt.counts);
                report.totals.changes = report.totals.changes.plus(receipt.changes);
                report.files.push(FileLine { receipt, error: None });
            }
            // A folder holds other files beside scanners' outputs.
            Err(ImportError::Unknown { .. }) if *searched => {
                output.message(&format!("passed over {}: no reader knows it", path.display()));
            }
            Err(error @ ImportError::NoSuchFormat { .. }) | Err(error @ ImportError::Source { .. }) => {
                return Err(error.into());
            }
            Err(error) => {
                let failure = Failure::from(error).path(path.display().to_string());
                if paths.len() == 1 {
                    return Err(failure);
                }
                let receipt = FileReceipt { path: path.display().to_string(), ..FileReceipt::default() };
                report.files.push(FileLine { receipt, error: Some(failure) });
            }
        }
    }
    (report.totals.findings, report.totals.cases) = findings.totals()?;
    report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if output.json {
        output.document(&report)?;
    } else {
        print(&report, output)?;
    }
    let failed = report.files.iter().filter(|file| file.error.is_some()).count();
    Ok(if failed > 0 && failed == report.files.len() {
        Exit::Failed
    } else if failed > 0 || report.totals.counts.unreadable > 0 {
        Exit::Partly
    } else {
        Exit::Done
    })
}

fn print(report: &Report, output: &Output) -> Result<(), Failure> {
    let mut out = output.out();
    for FileLine { receipt, error } in &report.files {
        writeln!(out, "{}", output.paint(Tone::Bold, &receipt.path))?;
        if let Some(error) = error {
            writeln!(
                out,
                "  {} {}",
                output.paint(Tone::Bad, "refused:"),
                output.paint(Tone::Dim, &error.message)
            )?;
            continue;
        }
        let tools: Vec<String> = receipt
            .runs
            .iter()
            .map(|run| format!("{} {}", run.tool, run.tool_version).trim_end().to_owned())
            .collect();
        let known = if receipt.known { " · imported before" } else { "" };
        writeln!(out, "  {} · {}{known}", receipt.format, output.paint(Tone::Note, &tools.join(", ")))?;
        writeln!(out, "  {}", sum(&receipt.counts))?;
        if let Some(context) = receipt.context {
            writeln!(
                out,
                "  code: {} where the claim says, {} found elsewhere in the file, {} not in it, {} without a file",
                context.attached, context.found, context.elsewhere, context.missing
            )?;
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
                writeln!(
                    out,
                    "  {} {}",
                    output.paint(Tone::Warn, "the tool says:"),
                    output.paint(Tone::Dim, trouble)
                )?;
            }
        }
    }
    let totals = &report.totals;
    writeln!(out, "{} findings in {} cases", totals.findings, totals.cases)?;
    let Changes { gone, unseen, reopened, stale } = totals.changes;
    if gone + unseen + reopened + stale > 0 {
        writeln!(out, "{gone} gone, {unseen} unseen, {reopened} back, {stale} verdicts stale")?;
    }
    out.flush()?;
    Ok(())
}

/// `120 claims = 100 new + 15 matched + …`, without the parts that are nothing.
fn sum(counts: &Counts) -> String {
    let parts = [
        (counts.new, "new"),
        (counts.matched, "matched"),
        (counts.repeated, "repeated"),
        (counts.set_aside, "set aside"),
        (counts.unreadable, "unreadable"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if told.is_empty() {
        "0 claims".into()
    } else {
        format!("{} claims = {}", counts.claims, told.join(" + "))
    }
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
