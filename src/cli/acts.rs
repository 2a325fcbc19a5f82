//! `assize undo`, `redo`, `rank`, `pin`, `assign`, `case split` and `case merge`

use std::io::Write;

use serde::Serialize;

use super::output::{Output, Tone};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::domain::CaseId;
use crate::jobs::{Acted, Desk};
use crate::store::Writer;

/// Who acts.
#[derive(Debug, clap::Args)]
pub(crate) struct ReviewerArgs {
    /// In whose name [default: the configuration's, else the user's].
    #[arg(long, value_name = "NAME")]
    pub(super) reviewer: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    #[command(flatten)]
    reviewer: ReviewerArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RankArgs {
    /// The case.
    #[arg(value_name = "CASE")]
    case: String,

    /// From 1, the first, to 5; `none` takes it away.
    #[arg(value_name = "1-5")]
    priority: String,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PinArgs {
    /// The cases.
    #[arg(value_name = "CASE", required = true)]
    cases: Vec<String>,

    /// Let them go instead.
    #[arg(long)]
    off: bool,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AssignArgs {
    /// The cases.
    #[arg(value_name = "CASE", required = true)]
    cases: Vec<String>,

    /// To whom; without it, to nobody.
    #[arg(long, value_name = "NAME")]
    to: Option<String>,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum CaseCommand {
    /// Take findings out of a case: they make one of their own, and later imports keep them apart.
    Split {
        /// The case.
        #[arg(value_name = "CASE")]
        case: String,
        /// The findings to take out, as `show` names them.
        #[arg(value_name = "FINDING", required = true)]
        findings: Vec<String>,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
    /// Make several cases one; later imports keep them together.
    Merge {
        /// The case that remains.
        #[arg(value_name = "CASE")]
        into: String,
        /// The cases that end in it.
        #[arg(value_name = "CASE", required = true)]
        from: Vec<String>,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
}

#[derive(Debug, Serialize)]
struct Told<'t> {
    act: &'t str,
    entry: &'t str,
    reviewer: &'t str,
    cases: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Shaped<'t> {
    #[serde(flatten)]
    told: Told<'t>,
    result: Vec<Size>,
}

/// A case after a split or a merge.
#[derive(Debug, Serialize)]
struct Size {
    case: String,
    findings: usize,
}

pub(super) fn undo(args: &UndoArgs, redo: bool, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    let writer = writer(cli, &args.reviewer)?;
    let undone = if redo { desk.redo(&writer)? } else { desk.undo(&writer)? };
    let word = if redo { "gave back" } else { "took back" };
    let kind = undone.what.act.kind();
    let acted = Acted { entry: undone.retract.id.to_string(), cases: undone.what.act.cases() };
    told(&acted, &writer, &format!("{word} {kind}"), output)
}

pub(super) fn rank(args: &RankArgs, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let priority = match args.priority.as_str() {
        "none" => None,
        number => match number.parse::<u8>() {
            Ok(number @ 1..=5) => Some(number),
            _ => return Err(Failure::usage(format!("`{number}` is no priority from 1 to 5"))),
        },
    };
    let mut desk = place::desk(cli)?;
    let case = desk.resolve(&args.case)?;
    let writer = writer(cli, &args.reviewer)?;
    let acted = desk.rank(&[case], priority, &writer)?;
    told(&acted, &writer, &format!("rank {}", args.priority), output)
}

pub(super) fn pin(args: &PinArgs, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    let cases = resolve_all(&desk, &args.cases)?;
    let writer = writer(cli, &args.reviewer)?;
    let acted = desk.pin(&cases, !args.off, &writer)?;
    told(&acted, &writer, if args.off { "let go" } else { "pinned" }, output)
}

pub(super) fn assign(args: &AssignArgs, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    let cases = resolve_all(&desk, &args.cases)?;
    let writer = writer(cli, &args.reviewer)?;
    let acted = desk.assign(&cases, args.to.as_deref(), &writer)?;
    told(&acted, &writer, &format!("assigned to {}", args.to.as_deref().unwrap_or("nobody")), output)
}

pub(super) fn case(command: &CaseCommand, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    match command {
        CaseCommand::Split { case, findings, reviewer } => {
            let number = desk.resolve(case)?;
            let view = desk.view(number, &crate::docket::Weights::default())?;
            let out: Vec<_> =
                findings.iter().map(|name| desk.member(&view, name)).collect::<Result<_, _>>()?;
            let writer = writer(cli, reviewer)?;
            let acted = desk.split(number, &out, &writer)?;
            shaped(&desk, &acted, &writer, "split", output)
        }
        CaseCommand::Merge { into, from, reviewer } => {
            let number = desk.resolve(into)?;
            let from = resolve_all(&desk, from)?;
            let writer = writer(cli, reviewer)?;
            let acted = desk.merge(number, &from, &writer)?;
            shaped(&desk, &acted, &writer, "merged", output)
        }
    }
}

/// Says what came of a split or a merge: which cases there are now, and how many findings each has.
fn shaped(desk: &Desk, acted: &Acted, writer: &Writer, act: &str, output: &Output) -> Result<Exit, Failure> {
    let sizes = desk.sizes(&acted.cases)?;
    if output.json {
        let result = sizes
            .iter()
            .map(|(case, findings)| Size { case: case.to_string(), findings: *findings })
            .collect();
        let cases = acted.cases.iter().map(CaseId::to_string).collect();
        let told = Told { act, entry: &acted.entry, reviewer: &writer.reviewer, cases };
        output.document(&Shaped { told, result })?;
        return Ok(Exit::Done);
    }
    told(acted, writer, act, output)?;
    let mut out = output.out();
    for (case, findings) in sizes {
        let findings = if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") };
        writeln!(out, "{}  {findings}", output.paint(Tone::Note, &case.to_string()))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// The numbers of cases by their names.
pub(super) fn resolve_all(desk: &Desk, names: &[String]) -> Result<Vec<u32>, Failure> {
    let mut cases = Vec::with_capacity(names.len());
    for name in names {
        let case = desk.resolve(name)?;
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    Ok(cases)
}

/// Who writes into the journal: a chain of this user on this machine, in the reviewer's name.
pub(super) fn writer(cli: &Cli, args: &ReviewerArgs) -> Result<Writer, Failure> {
    let settings = Settings::load(cli)?;
    let user = settings.user();
    let reviewer = args.reviewer.clone().unwrap_or_else(|| settings.reviewer.value.clone());
    if reviewer.trim().is_empty() {
        return Err(Failure::usage("a reviewer needs a name")
            .hint("set `reviewer` in the configuration or give `--reviewer`"));
    }
    Ok(Writer::new(&settings.machine(), &user, reviewer))
}

/// Says what was done.
pub(super) fn told(acted: &Acted, writer: &Writer, act: &str, output: &Output) -> Result<Exit, Failure> {
    if output.json {
        let cases = acted.cases.iter().map(CaseId::to_string).collect();
        output.document(&Told { act, entry: &acted.entry, reviewer: &writer.reviewer, cases })?;
    } else {
        let cases = match acted.cases.as_slice() {
            [only] => only.to_string().get(..10).unwrap_or_default().to_owned(),
            several => format!("{} cases", several.len()),
        };
        output.message(&format!("{act}: {cases}, by {}", crate::text::visible(&writer.reviewer)));
    }
    Ok(Exit::Done)
}
