//! `assize triage`

use std::io::IsTerminal;

use super::acts::{self, ReviewerArgs};
use super::output::{Output, count};
use super::settings::Settings;
use super::{Cli, Color, Exit, failure::Failure, place};
use crate::docket::Audit;
use crate::jobs::{Kept, Proposer, Reply, Workers, read_saved};
use crate::tui::theme::{Depth, Theme};
use crate::tui::{self, Event, State};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Which cases, in the filter language.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

/// Whether keys can be read and a screen be drawn.
pub(super) fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    if !has_terminal() {
        return Err(
            Failure::usage("the workstation needs a terminal").hint("`assize cases` lists cases for scripts")
        );
    }
    let words = if args.filter.is_empty() { vec!["is:open".to_owned()] } else { args.filter.clone() };
    let filter = super::cases::filter(&words, cli)?;
    let workspace = place::workspace(cli)?;
    let writer = acts::writer(cli, &args.reviewer)?;
    let title =
        workspace.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let settings = Settings::load(cli)?;
    let mut theme = Theme::detect(|name| std::env::var(name).ok(), settings.background.value.told());
    settings.screen.paint(&mut theme);
    if settings.color.value == Color::Never {
        theme.depth = Depth::None;
    }
    let reviewer = writer.reviewer.as_str().to_owned();
    let weights = if settings.blind.value { settings.weights.blind_for(&reviewer) } else { settings.weights };
    let audit = Audit::new(settings.audit_share.value, &reviewer);
    let set = tui::Settings {
        order: settings.order.value,
        ask_reason: settings.ask_reason.value,
        // The console of Linux has no such answer, and a screen without colours no use for it.
        ask_ground: settings.background.value.told().is_none()
            && theme.depth != Depth::None
            && std::env::var_os("TERM").is_some_and(|term| term != "linux"),
        layout: settings.screen.layout,
        editor: settings.editor.value,
        blind: settings.blind.value,
        reviewer,
    };
    let mut state = State::new(settings.keymap, theme, set, title);
    state.docket.filter_text = words.join(" ");
    state.docket.filter = filter;
    state.saved = read_saved(&workspace)?;
    if let Some(kept) = Kept::read(&workspace) {
        // What is said at this start outranks what was on the screen at the last one.
        let order = settings.order.from.starts_with('$').then_some(settings.order.value);
        state.restore(kept, !args.filter.is_empty(), order);
    }
    let (tell, mut replies) = tokio::sync::mpsc::unbounded_channel();
    let proposer = Proposer {
        policy: settings.remedy.policy,
        scanners: settings.scanners.each().cloned().collect(),
        templates: settings.prompts.folder().map(std::path::Path::to_owned),
        limits: settings.model.limits.clone(),
    };
    let workers = Workers::start(&workspace, writer, weights, audit, proposer, move |reply| {
        // The screen is gone: nobody is left to be told.
        let _ = tell.send(reply);
    })?;
    let ended = tui::run(state, |request| workers.ask(request), &mut replies);
    // What was decided last may still be on its way to the disk.
    workers.finish();
    let mut state = ended.map_err(|error| Failure::new(Exit::Failed, "terminal", error.to_string()))?;
    let mut lost = Vec::new();
    while let Ok(reply) = replies.try_recv() {
        if let Reply::Refused { why, .. } = &reply {
            lost.push(why.clone());
        }
        tui::update(&mut state, Event::Answered(reply), 0);
    }
    if let Some(kept) = state.keep() {
        // Where it cannot be written, the next start begins as the first did.
        let _ = kept.write(&workspace);
    }
    output.message(&format!("{} decided", count(state.session.decided as u64, "case")));
    match lost.first() {
        Some(why) => Err(Failure::new(Exit::Failed, "not saved", format!("{} not saved: {why}", lost.len()))),
        None => Ok(Exit::Done),
    }
}
