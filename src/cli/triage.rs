//! `assize triage`

use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::acts::{self, ReviewerArgs};
use super::output::{Output, count};
use super::settings::Settings;
use super::{Cli, Color, Exit, failure::Failure, place};
use crate::docket::{Audit, Draws, Returns};
use crate::jobs::{Faults, Kept, KeptNote, Proposer, Reply, Workers, read_saved, this_program};
use crate::store::Workspace;
use crate::tui::theme::{Depth, Theme};
use crate::tui::{self, Event, Left, State, Stopped};

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
    let draws = Draws {
        audit: Audit::new(settings.audit_share.value, &reviewer),
        returns: Returns::new(settings.return_share.value, settings.return_days.value, &reviewer),
    };
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
        reads_only: !workspace.may_be_written(),
        began: Some(jiff::Zoned::now().datetime()),
    };
    let words = if args.filter.is_empty() { vec![set.first_filter()] } else { args.filter.clone() };
    let filter = super::cases::filter(&words, cli)?;
    let mut state = State::new(settings.keymap, theme, set, title);
    state.docket.filter_text = words.join(" ");
    state.docket.filter = filter;
    state.saved = read_saved(&workspace)?;
    if let Some(kept) = Kept::read(&workspace) {
        // What is said at this start outranks what was on the screen at the last one.
        let order = settings.order.from.starts_with('$').then_some(settings.order.value);
        state.restore(kept, !args.filter.is_empty(), order);
    }
    let faults = Faults::none(&workspace);
    let _listening = faults.listen(tui::give_back);
    let (tell, mut replies) = tokio::sync::mpsc::unbounded_channel();
    let proposer = Proposer {
        policy: settings.remedy.policy,
        scanners: settings.scanners.each().cloned().collect(),
        templates: settings.prompts.folder().map(std::path::Path::to_owned),
        limits: settings.model.limits.clone(),
        program: this_program().ok(),
        asks_no_model: !settings.model.ask,
    };
    let workers = Workers::start(&workspace, writer, weights, Some(draws), proposer, move |reply| {
        // The screen is gone: nobody is left to be told.
        let _ = tell.send(reply);
    })?;
    let Left { mut state, how } = tui::run(state, |request| workers.ask(request), &mut replies);
    // What was decided last may still be on its way to the disk.
    let docket = workers.finish();
    let mut lost = Vec::new();
    while let Ok(reply) = replies.try_recv() {
        if let Reply::Refused { why, .. } = &reply {
            lost.push(why.clone());
        }
        // A state that a fault has left half done may have another.
        let _ = catch_unwind(AssertUnwindSafe(|| tui::update(&mut state, Event::Answered(reply), 0)));
    }
    // What was never handed over, and what a worker that is gone has left.
    lost.extend(state.docket.pending.values().map(|_| "it was never handed over".to_owned()));
    let name = |case| docket.name(case);
    let kept = state.keep(&name).filter(|_| !matches!(how, Err(Stopped::Fault)));
    leave(&workspace, kept, state.unsaved_notes(&name));
    output.message(&format!("{} decided", count(state.session.decided as u64, "case")));
    let told = match lost.first() {
        Some(why) => format!("{} not saved: {why}", lost.len()),
        None => String::new(),
    };
    if faults.count() > 0 {
        return Err(fault(&faults, &state, &told));
    }
    if let Err(error) = how {
        return Err(Failure::new(Exit::Failed, "terminal", error.to_string()));
    }
    if lost.is_empty() { Ok(Exit::Done) } else { Err(Failure::new(Exit::Failed, "not saved", told)) }
}

/// Keeps the screen and the notes for the next start. Where there is no screen to be kept, the one before stays.
fn leave(workspace: &Workspace, kept: Option<Kept>, notes: Vec<KeptNote>) {
    let kept = kept.or_else(|| {
        let before = Kept::read(workspace).unwrap_or_default();
        (before.notes != notes).then_some(before)
    });
    if let Some(kept) = kept {
        // Where it cannot be written, the next start begins as the first did.
        let _ = Kept { notes, ..kept }.write(workspace);
    }
}

/// The program has a fault: where its report is, and what was lost.
fn fault(faults: &Faults, state: &State, lost: &str) -> Failure {
    let lost = if lost.is_empty() { String::new() } else { format!("; {lost}") };
    let report = faults.close(state.trail.lines());
    let message = format!("the program has a fault{lost}");
    let failure = Failure::new(Exit::Fault, "fault", message);
    match report {
        Some(path) => failure.hint(format!(
            "the report is {}: please hand it on, no code, finding or note is in it",
            path.display()
        )),
        None => failure.hint("please report it; no file could be written that says more"),
    }
}
