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
    until: Option<String>,

    /// Give the verdict to the open cases that are nearly the same, too, as inferred.
    #[arg(long, conflicts_with = "filter")]
    spread: bool,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let Some((opinion, names)) = args.words.split_last() else {
        return Err(Failure::usage("name the cases and the verdict"));
    };
    let opinion: Opinion = opinion.parse().map_err(|_| {
        Failure::usage(format!("`{opinion}` is no verdict"))
            .hint("the verdicts are confirm, reject, accept-risk and unsure; the verdict comes last")
    })?;
    let with = JudgeWith {
        opinion,
        reason: args.reason.as_deref().map(reason).transpose()?,
        note: args.note.clone(),
        until: args.until.as_deref().map(date).transpose()?,
        seen: None,
        shown: None,
    };
    let mut desk = place::desk(cli)?;
    let cases = match (&args.filter, names) {
        (Some(words), []) => {
            let filter = filter(std::slice::from_ref(words), cli)?;
            // An unset variable of a script must not judge everything.
            if filter.is_empty() {
                return Err(Failure::usage("an empty filter would be every case")
                    .hint("say so: --where is:open, or --where is:open,stale,disputed,settled,gone"));
            }
            desk.matching(&filter)?
        }
        (None, [_, ..]) => acts::resolve_all(&desk, names)?,
        (Some(_), _) => return Err(Failure::usage("name cases or give `--where`, not both")),
        (None, []) => return Err(Failure::usage("name the cases before the verdict, or give `--where`")),
    };
    let writer = acts::writer(cli, &args.reviewer)?;
    if args.spread && opinion == Opinion::Unsure {
        return Err(Failure::usage("`unsure` leaves a case open; there is nothing to spread"));
    }
    let acted = desk.judge(&cases, &with, &writer)?;
    if args.spread {
        return super::spread::after(&mut desk, &cases, &acted, opinion, &writer, output);
    }
    acts::told(&acted, &writer, opinion.word(), &opinion.to_string(), output)
}

fn reason(word: &str) -> Result<Reason, Failure> {
    word.parse().map_err(|_| {
        let known: Vec<String> = Reason::ALL.iter().map(|reason| reason.word().replace('_', "-")).collect();
        Failure::usage(format!("`{word}` is no reason")).hint(format!("the reasons are {}", known.join(", ")))
    })
}

fn date(text: &str) -> Result<jiff::civil::Date, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("`{text}` is no date: write it as 2027-01-31")))
}
