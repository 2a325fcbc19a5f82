//! `assize triage`

use std::io::IsTerminal;

use super::acts::{self, ReviewerArgs};
use super::output::{Output, count};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::Order;
use crate::jobs::JudgeWith;
use crate::ledger::Seen;
use crate::tui::{Effect, Msg, Screen, run as run_screen};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which cases, in the filter language.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(
            Failure::usage("the workstation needs a terminal").hint("`assize cases` lists cases for scripts")
        );
    }
    let words = if args.filter.is_empty() { vec!["is:open".to_owned()] } else { args.filter.clone() };
    let filter = super::cases::filter(&words)?;
    let mut desk = place::desk(cli)?;
    let writer = acts::writer(cli, &args.reviewer)?;
    let weights = Settings::load(cli)?.weights;
    let listing = desk.list(&filter, Order::Worth, usize::MAX, &weights)?;
    let queue: Vec<u32> = listing.cases.iter().map(|listed| listed.number).collect();
    let (screen, first) = Screen::over(queue);
    let mut shown = std::time::Instant::now();
    let mut code_shown = false;
    let why = format!("{filter} by worth");
    let mut perform = |effect: Effect| match effect {
        Effect::Load(case) => match desk.view(case, &weights) {
            Ok(view) => {
                shown = std::time::Instant::now();
                code_shown = view.code.is_some();
                Msg::Loaded(Box::new(view))
            }
            Err(error) => Msg::Failed(error.to_string()),
        },
        Effect::Judge(case, opinion) => {
            let ms = u64::try_from(shown.elapsed().as_millis()).unwrap_or(u64::MAX);
            let seen = Seen { code_on_screen: code_shown, why: why.clone(), ms };
            let with =
                JudgeWith { opinion, reason: None, note: String::new(), until: None, seen: Some(seen) };
            match desk.judge(&[case], &with, &writer) {
                Ok(_) => Msg::Judged(opinion),
                Err(error) => Msg::Failed(error.to_string()),
            }
        }
        Effect::Undo => match desk.undo(&writer) {
            Ok(undone) => Msg::Undone(undone.what.act.kind().to_owned()),
            Err(error) => Msg::Failed(error.to_string()),
        },
    };
    let screen = run_screen(screen, first, &mut perform)
        .map_err(|error| Failure::new(Exit::Failed, "terminal", error.to_string()))?;
    output.message(&format!("{} decided", count(screen.decided as u64, "case")));
    Ok(Exit::Done)
}
