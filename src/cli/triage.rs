//! `assize triage`

use std::io::IsTerminal;

use super::acts::{self, ReviewerArgs};
use super::output::Output;
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::Weights;
use crate::jobs::Workers;
use crate::tui::keymap::Keymap;
use crate::tui::theme::Theme;
use crate::tui::{Settings, State, run as run_screen};

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
    let workspace = place::workspace(cli)?;
    let writer = acts::writer(cli, &args.reviewer)?;
    let theme = Theme::detect(|name| std::env::var(name).ok(), None);
    let title =
        workspace.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut state = State::new(Keymap::default(), theme, Settings::default(), title);
    state.docket.filter_text = words.join(" ");
    state.docket.filter = filter;
    let (tell, replies) = tokio::sync::mpsc::unbounded_channel();
    let workers = Workers::start(&workspace, writer, Weights::default(), move |reply| {
        // The screen is gone: nobody is left to be told.
        let _ = tell.send(reply);
    })?;
    let state = run_screen(state, |request| workers.ask(request), replies)
        .map_err(|error| Failure::new(Exit::Failed, "terminal", error.to_string()))?;
    output.message(&format!("{} decided", state.session.decided));
    Ok(Exit::Done)
}
