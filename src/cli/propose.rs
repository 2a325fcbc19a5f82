//! `assize propose`

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::acts::resolve_all;
use super::cases::filter;
use super::output::{Output, Tone};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place, remedy};
use crate::docket::Needs;
use crate::jobs::{Proposed, Proposing, told_remedy};
use crate::remedy::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The cases.
    #[arg(value_name = "CASE")]
    cases: Vec<String>,

    /// Every case that a filter leaves in, instead of naming them.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,

    /// No more than so many cases.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// The model to ask first.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// The source tree [default: the one that the project was scanned in].
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,

    /// Run no scanner: what is proposed stays unproven until `assize recheck` has looked at it.
    #[arg(long)]
    no_recheck: bool,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let settings = Settings::load(cli)?;
    let desk = place::desk(cli)?;
    let mut cases = match (&args.filter, args.cases.as_slice()) {
        (Some(words), []) => desk.matching(&filter(std::slice::from_ref(words), cli)?)?,
        (None, [_, ..]) => resolve_all(&desk, &args.cases)?,
        (Some(_), _) => return Err(Failure::usage("name cases or give `--where`, not both")),
        (None, []) => return Err(Failure::usage("name the cases, or give `--where`")),
    };
    if let Some(name) = &args.model {
        return Err(Failure::new(Exit::Usage, "unknown model", format!("there is no model `{name}`"))
            .hint("without `--model` the scanners' own fixes and versions that are not affected are tried"));
    }
    cases.truncate(args.limit.unwrap_or(usize::MAX));
    let docket = desk.docket(Needs { standings: true, ..Needs::default() })?;
    let mut with = Proposing {
        policy: &settings.remedy.policy,
        source: args.source.as_deref(),
        models: Vec::new(),
        scanners: settings.scanners.each().filter(|_| !args.no_recheck).cloned().collect(),
    };
    let mut out = output.out();
    for case in cases {
        let proposed = desk.propose(&docket, case, &mut with, &|| false)?;
        if output.json {
            for remedy in &proposed.remedies {
                serde_json::to_writer(&mut out, &told_remedy(remedy))?;
                out.write_all(b"\n")?;
            }
            if proposed.remedies.is_empty() {
                let none = json!({"case": proposed.case, "origin": null, "why": proposed.why, "misses": proposed.misses});
                serde_json::to_writer(&mut out, &none)?;
                out.write_all(b"\n")?;
            }
        } else {
            print(&proposed, output, &mut out)?;
        }
        // Each as it is ready: the next may take a while.
        out.flush()?;
    }
    Ok(Exit::Done)
}

fn print(proposed: &Proposed, output: &Output, out: &mut impl std::io::Write) -> Result<(), Failure> {
    let case = proposed.case.to_string();
    let case = output.paint(Tone::Note, case.get(..10).unwrap_or_default());
    for found in &proposed.remedies {
        let id = found.id.to_string();
        let checks: Vec<String> = found
            .checks
            .iter()
            .filter(|check| check.outcome != Outcome::Held)
            .map(|check| format!("{} {}", check.name(), check.outcome.word().replace('_', " ")))
            .collect();
        let files: Vec<&str> = found.paths().collect();
        writeln!(
            out,
            "{case}  {}  {}  {}  {}  {}",
            output.paint(Tone::Bold, id.get(..10).unwrap_or_default()),
            remedy::sound(found.sound, output),
            found.origin.word(),
            output.paint(Tone::Dim, &files.join(", ")),
            output.paint(Tone::Dim, &checks.join(", ")),
        )?;
    }
    if !proposed.why.is_empty() {
        writeln!(
            out,
            "{case}  {} {}",
            output.paint(Tone::Warn, "none:"),
            output.paint(Tone::Dim, &proposed.why)
        )?;
    }
    Ok(())
}
