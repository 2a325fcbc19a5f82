//! `assize undo`, `redo`, `rank`, `pin`, `assign`, `case split` and `case merge`

use std::io::Write;

use serde::Serialize;

use super::output::{Output, Tone, count};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::Weights;
use crate::domain::{BadReviewer, CaseId, Reviewer};
use crate::jobs::{Acted, Desk};
use crate::ledger::Act;
use crate::store::Writer;
use crate::text::visible;

/// Who acts.
#[derive(Debug, Default, clap::Args)]
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
    entry: Option<&'t str>,
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
    // To undo what was taken back by hand is to give it back.
    let gives = matches!(&undone.retract.act, Act::Retract(act) if act.gives_back());
    let word = if gives { "gave back" } else { "took back" };
    let mut act = format!("{word}: {}", words(&undone.what.act));
    if let Some((tree, files)) = desk.wrote(&undone.what.act).ok().flatten() {
        act = format!("{word}: remedy applied; as they were again in {tree}: {}", files.join(", "));
    }
    let acted = Acted { entry: Some(undone.retract.id.to_string()), cases: undone.what.act.cases() };
    told(&acted, &writer, &act, &act, output)
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
    let act = format!("rank {}", args.priority);
    told(&acted, &writer, &act, &act, output)
}

pub(super) fn pin(args: &PinArgs, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    let cases = resolve_all(&desk, &args.cases)?;
    let writer = writer(cli, &args.reviewer)?;
    let acted = desk.pin(&cases, !args.off, &writer)?;
    let act = if args.off { "let go" } else { "pinned" };
    told(&acted, &writer, act, act, output)
}

pub(super) fn assign(args: &AssignArgs, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let to = args.to.as_deref().map(reviewer).transpose()?;
    let mut desk = place::desk(cli)?;
    let cases = resolve_all(&desk, &args.cases)?;
    let writer = writer(cli, &args.reviewer)?;
    let acted = desk.assign(&cases, to.as_ref(), &writer)?;
    let act = format!("assigned to {}", to.as_ref().map_or("nobody", Reviewer::as_str));
    told(&acted, &writer, &act, &act, output)
}

pub(super) fn case(command: &CaseCommand, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    match command {
        CaseCommand::Split { case, findings, reviewer } => {
            let number = desk.resolve(case)?;
            let view = desk.view(number, &Weights::default())?;
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
        let told = Told { act, entry: acted.entry.as_deref(), reviewer: writer.reviewer.as_str(), cases };
        output.document(&Shaped { told, result })?;
        return Ok(Exit::Done);
    }
    told(acted, writer, act, act, output)?;
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
    let named = args.reviewer.as_deref().map(reviewer).transpose()?;
    let reviewer = named.unwrap_or_else(|| settings.reviewer.value.clone());
    Ok(Writer::new(&settings.machine(), &settings.user(), reviewer))
}

fn reviewer(name: &str) -> Result<Reviewer, Failure> {
    name.parse().map_err(|error: BadReviewer| Failure::usage(error.to_string()))
}

/// An act in a few words.
pub(super) fn words(act: &Act) -> String {
    match act {
        Act::Verdict(verdict) => verdict.opinion.to_string(),
        Act::Rank(rank) => match rank.priority {
            Some(priority) => format!("rank {}", u8::from(priority)),
            None => "rank none".into(),
        },
        Act::Pin(pin) => if pin.on { "pinned" } else { "let go" }.into(),
        Act::Assign(assign) => format!("assigned to {}", assign.to.as_deref().unwrap_or("nobody")),
        Act::Split(_) => "split".into(),
        Act::Merge(_) => "merged".into(),
        other => other.kind().replace('_', " "),
    }
}

/// Says what was done: by `word` to scripts, in `prose` to people.
pub(super) fn told(
    acted: &Acted,
    writer: &Writer,
    word: &str,
    prose: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    if output.json {
        let cases = acted.cases.iter().map(CaseId::to_string).collect();
        let reviewer = writer.reviewer.as_str();
        output.document(&Told { act: word, entry: acted.entry.as_deref(), reviewer, cases })?;
        return Ok(Exit::Done);
    }
    let prose = visible(prose);
    if acted.entry.is_none() {
        output.line(&format!("{prose}: no case that this would change; nothing was written"))?;
        return Ok(Exit::Done);
    }
    let cases = match acted.cases.as_slice() {
        [only] => format!("case {}", only.to_string().get(..10).unwrap_or_default()),
        several => count(several.len() as u64, "case"),
    };
    output.line(&format!("{prose}, {cases}, by {}", visible(writer.reviewer.as_str())))?;
    Ok(Exit::Done)
}
