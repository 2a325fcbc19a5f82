//! `assize runs` and `assize runs remove`

use std::io::Write;

use serde::Serialize;

use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::ingest::receipt::{KeptReceipt, RunReceipt};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take imports back: findings that only they saw vanish, what they changed is as before.
    Remove {
        /// The runs, as `runs` names them; the others of the same file go with them.
        #[arg(value_name = "RUN", required = true)]
        runs: Vec<String>,
    },
}

#[derive(Debug, Serialize)]
struct Line {
    project: String,
    format: String,
    path: String,
    revision: String,
    branch: String,
    scope: String,
    imported: String,
    #[serde(flatten)]
    receipt: RunReceipt,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    match &args.command {
        None => list(cli, output),
        Some(Command::Remove { runs }) => remove(runs, cli, output),
    }
}

fn remove(runs: &[String], cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let removed = place::desk(cli)?.remove_runs(runs)?;
    if output.json {
        output.document(&removed)?;
        return Ok(Exit::Done);
    }
    output.line(&format!("took back: {}", count(removed.runs.len() as u64, "run")))?;
    output.line(&format!(
        "{} in {} vanished, {} as before",
        count(removed.findings, "finding"),
        count(removed.cases, "case"),
        count(removed.restored, "finding"),
    ))?;
    Ok(Exit::Done)
}

fn list(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let workspace = place::workspace(cli)?;
    let Some(findings) = place::findings(&workspace)? else { return Ok(Exit::Done) };
    let mut out = output.out();
    for row in findings.runs()? {
        let Ok(kept) = serde_json::from_str::<KeptReceipt>(&row.receipt) else { continue };
        let line = Line {
            project: row.project,
            format: row.format,
            path: row.file,
            revision: row.revision,
            branch: row.branch,
            scope: kept.scope_told(&row.scope),
            imported: row.imported,
            receipt: kept.run,
        };
        if output.json {
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        } else {
            let counts = line.receipt.counts;
            writeln!(
                out,
                "{}  {}  {:<12} {:<18} {:>14}  {:>7} new  {}",
                output.paint(Tone::Note, &line.receipt.run),
                line.imported.get(..16).unwrap_or(&line.imported),
                crate::text::visible(&line.project),
                crate::text::visible(&format!("{} {}", line.receipt.tool, line.receipt.tool_version)),
                count(counts.claims, "claim"),
                counts.new,
                output.paint(Tone::Dim, &line.path),
            )?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
