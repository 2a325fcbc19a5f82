//! `assize spread`, and what `assize verdict --spread` does after its verdict

use std::io::Write;

use serde::Serialize;

use super::acts::{self, ReviewerArgs};
use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::{Docket, Needs};
use crate::domain::{CaseId, Opinion, Sanitiser};
use crate::jobs::{Acted, Desk, Difference, Spreading};
use crate::store::Writer;
use crate::text::visible;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The case that you judged, or to take back, one that its verdict was spread to.
    #[arg(value_name = "CASE")]
    case: String,

    /// List the cases and in what they differ, and write nothing.
    #[arg(long, conflicts_with = "off")]
    dry_run: bool,

    /// Take back what was spread, all of it.
    #[arg(long)]
    off: bool,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

#[derive(Debug, Serialize)]
struct Told<'t> {
    act: &'t str,
    entry: Option<&'t str>,
    reviewer: &'t str,
    cases: Vec<String>,
    complete: bool,
}

/// A verdict, and what was spread of it.
#[derive(Debug, Serialize)]
struct Judged<'t> {
    act: &'t str,
    entry: Option<&'t str>,
    reviewer: &'t str,
    cases: Vec<String>,
    spread: Told<'t>,
}

#[derive(Debug, Serialize)]
struct Preview {
    case: String,
    verdict: Option<Opinion>,
    sanitisers: Vec<&'static str>,
    from_source: bool,
    complete: bool,
    alike: Vec<Like>,
}

/// A case that is nearly the same, and in what it differs.
#[derive(Debug, Serialize)]
struct Like {
    case: String,
    path: String,
    start_line: u32,
    scope: String,
    line: String,
    was: Option<String>,
    differs: Vec<String>,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    let case = desk.resolve(&args.case)?;
    let writer = acts::writer(cli, &args.reviewer)?;
    if args.off {
        let undone = desk.take_back_spread(case, &writer)?;
        let act = format!("took back what was spread: {}", acts::words(&undone.what.act));
        let acted = Acted { entry: Some(undone.retract.id.to_string()), cases: undone.cases };
        return acts::told(&acted, &writer, &act, &act, output);
    }
    let docket = docket(&desk)?;
    if args.dry_run {
        return preview(&desk, &docket, case, &writer, output);
    }
    let spread = desk.spread(&docket, &[case], None, &writer)?;
    if output.json {
        output.document(&told(&spread, &writer))?;
    } else {
        output.line(&prose(&spread, &writer))?;
    }
    Ok(Exit::Done)
}

/// Spreads a verdict that was just given.
pub(super) fn after(
    desk: &mut Desk,
    cases: &[u32],
    acted: &Acted,
    opinion: Opinion,
    writer: &Writer,
    output: &Output,
) -> Result<Exit, Failure> {
    let spread = desk.spread(&docket(desk)?, cases, None, writer)?;
    if output.json {
        let document = Judged {
            act: opinion.word(),
            entry: acted.entry.as_deref(),
            reviewer: writer.reviewer.as_str(),
            cases: names(&acted.cases),
            spread: told(&spread, writer),
        };
        output.document(&document)?;
        return Ok(Exit::Done);
    }
    acts::told(acted, writer, opinion.word(), &opinion.to_string(), output)?;
    output.line(&prose(&spread, writer))?;
    Ok(Exit::Done)
}

/// The docket, with what tells which cases are alike.
fn docket(desk: &Desk) -> Result<Docket, Failure> {
    Ok(desk.docket(Needs { standings: true, ..Needs::default() })?)
}

fn names(cases: &[CaseId]) -> Vec<String> {
    cases.iter().map(CaseId::to_string).collect()
}

fn told<'t>(spread: &'t Spreading, writer: &'t Writer) -> Told<'t> {
    Told {
        act: spread.opinion.word(),
        entry: spread.acted.entry.as_deref(),
        reviewer: writer.reviewer.as_str(),
        cases: names(&spread.acted.cases),
        complete: spread.is_complete,
    }
}

fn prose(spread: &Spreading, writer: &Writer) -> String {
    if spread.acted.entry.is_none() {
        return "spread: no other open case is like it; nothing was written".into();
    }
    let cases = count(spread.acted.cases.len() as u64, "case");
    let more = if spread.is_complete { "" } else { "; there may be more" };
    format!("{} as inferred, {cases}, by {}{more}", spread.opinion, visible(writer.reviewer.as_str()))
}

fn preview(
    desk: &Desk,
    docket: &Docket,
    case: u32,
    writer: &Writer,
    output: &Output,
) -> Result<Exit, Failure> {
    let likeness = desk.likeness(docket, case)?;
    let alike = desk.alike(case, likeness, writer.reviewer.as_str(), &|| false)?.unwrap_or_default();
    let differences = desk.differences(case, &alike.cases)?;
    let mut out = output.out();
    let mut like = Vec::new();
    for difference in differences {
        let Some((name, path, line)) = desk.where_is(docket, difference.case)? else { continue };
        if output.json {
            let Difference { scope, line: code, was, words, .. } = difference;
            like.push(Like {
                case: name.to_string(),
                path,
                start_line: line,
                scope,
                line: code,
                was,
                differs: words,
            });
            continue;
        }
        let name = name.to_string().get(..10).unwrap_or_default().to_owned();
        let at = if line == 0 { path } else { format!("{path}:{line}") };
        let mut told = vec![visible(&at).into_owned()];
        told.extend(
            [difference.scope].into_iter().chain(difference.words).map(|text| visible(&text).into_owned()),
        );
        told.retain(|text| !text.is_empty());
        writeln!(out, "{}  {}", output.paint(Tone::Note, &name), told.join(" · "))?;
        if let Some(was) = &difference.was {
            writeln!(out, "  - {}", visible(was))?;
            writeln!(out, "  + {}", visible(&difference.line))?;
        }
    }
    out.flush()?;
    if output.json {
        let name = desk.where_is(docket, case)?.map(|(name, ..)| name.to_string()).unwrap_or_default();
        output.document(&Preview {
            case: name,
            verdict: alike.given.map(|(_, opinion)| opinion),
            sanitisers: alike.sanitisers.iter().map(Sanitiser::word).collect(),
            from_source: alike.from_source,
            complete: alike.is_complete,
            alike: like,
        })?;
        return Ok(Exit::Done);
    }
    let least = if alike.is_complete { "" } else { "at least " };
    output.line(&format!("{least}{} nearly the same", count(alike.cases.len() as u64, "open case")))?;
    Ok(Exit::Done)
}
