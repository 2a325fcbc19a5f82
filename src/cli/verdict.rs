//! `assize verdict`

use super::acts::{self, ReviewerArgs};
use super::cases::filter;
use super::output::Output;
use super::{Cli, Exit, failure::Failure, place};
use crate::domain::{Opinion, Reason};
use crate::jobs::JudgeWith;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The cases, and last the verdict: confirm, reject, accept-risk or unsure.
    #[arg(value_name = "CASE… VERDICT", required = true)]
    words: Vec<String>,

    /// Every case that a filter leaves in, instead of naming them.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,

    /// Why, in a word: sanitised, test-code, unreachable, constant-input, framework-protects, wrong-rule, …
    #[arg(long, value_name = "R")]
    reason: Option<String>,

    /// Why, in your own words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,

    /// The last day of an accepted risk, as 2027-01-31.
    #[arg(long, value_name = "DATE")]
    until: Option<jiff::civil::Date>,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let Some((opinion, names)) = args.words.split_last() else {
        return Err(Failure::usage("name the cases and the verdict"));
    };
    let opinion = match opinion.to_ascii_lowercase().replace('_', "-").as_str() {
        "confirm" | "confirmed" => Opinion::Confirmed,
        "reject" | "rejected" => Opinion::Rejected,
        "accept-risk" | "risk-accepted" => Opinion::RiskAccepted,
        "unsure" => Opinion::Unsure,
        _ => {
            return Err(Failure::usage(format!("`{opinion}` is no verdict"))
                .hint("the verdicts are confirm, reject, accept-risk and unsure; the verdict comes last"));
        }
    };
    let reason = args.reason.as_deref().map(str::parse::<Reason>).transpose().map_err(|error| {
        let known: Vec<String> = Reason::ALL.iter().map(|reason| reason.word().replace('_', "-")).collect();
        Failure::usage(error.to_string()).hint(format!("the reasons are {}", known.join(", ")))
    })?;
    if args.until.is_some() && opinion != Opinion::RiskAccepted {
        return Err(Failure::usage("`--until` goes with accept-risk only"));
    }
    let mut desk = place::desk(cli)?;
    let cases = match (&args.filter, names) {
        (Some(words), []) => desk.matching(&filter(std::slice::from_ref(words))?)?,
        (None, [_, ..]) => acts::resolve_all(&desk, names)?,
        (Some(_), _) => return Err(Failure::usage("name cases or give `--where`, not both")),
        (None, []) => return Err(Failure::usage("name the cases before the verdict, or give `--where`")),
    };
    if cases.is_empty() {
        output.message("no case matches; nothing was done");
        return Ok(Exit::Done);
    }
    let writer = acts::writer(cli, &args.reviewer)?;
    let with = JudgeWith { opinion, reason, note: args.note.clone(), until: args.until, seen: None };
    let acted = desk.judge(&cases, &with, &writer)?;
    acts::told(&acted, &writer, &format!("{opinion}"), output)
}
