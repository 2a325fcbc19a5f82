//! `assize runs`

use std::io::Write;

use serde::Serialize;

use super::output::{Output, Tone};
use super::{Cli, Exit, failure::Failure, place};
use crate::ingest::receipt::RunReceipt;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

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

pub(super) fn run(_: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let workspace = place::workspace(cli)?;
    let Some(findings) = place::findings(&workspace)? else { return Ok(Exit::Done) };
    let mut out = output.out();
    for row in findings.runs()? {
        let Ok(receipt) = serde_json::from_str::<RunReceipt>(&row.receipt) else { continue };
        let line = Line {
            project: row.project,
            format: row.format,
            path: row.file,
            revision: row.revision,
            branch: row.branch,
            scope: row.scope,
            imported: row.imported,
            receipt,
        };
        if output.json {
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        } else {
            let counts = line.receipt.counts;
            writeln!(
                out,
                "{}  {}  {:<12} {:<18} {:>7} claims  {:>7} new  {}",
                output.paint(Tone::Note, &line.receipt.run),
                line.imported.get(..16).unwrap_or(&line.imported),
                crate::text::visible(&line.project),
                crate::text::visible(&format!("{} {}", line.receipt.tool, line.receipt.tool_version)),
                counts.claims,
                counts.new,
                output.paint(Tone::Dim, &line.path),
            )?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
