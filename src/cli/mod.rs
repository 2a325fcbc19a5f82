//! The command line: one file a command, with its arguments, its printing and its exit code. No logic of its own.
//!
//! What scripts rely on is in `docs/cli.md`. Reports go to stdout, messages and progress to stderr.

mod acts;
mod cases;
mod config;
mod doctor;
mod export;
mod failure;
mod forget;
mod gate;
mod generate;
mod import;
mod interrupt;
mod journal;
mod model;
mod output;
mod place;
mod propose;
mod recheck;
mod remedy;
mod runs;
mod scan;
mod settings;
mod show;
mod spread;
mod triage;
mod verdict;
mod writeback;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use failure::Failure;
use output::Output;

/// A court for security findings: judge what the scanners say, at the speed of the keyboard.
#[derive(Debug, Parser)]
#[command(name = "assize", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The folder that holds `.assize/` [default: $ASSIZE_WORKSPACE, else the nearest one upward].
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    workspace: Option<PathBuf>,

    /// One JSON document for a report, JSON Lines for a list.
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,

    /// No messages but errors.
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    quiet: bool,

    /// When to use colour [default: the configuration's, else auto].
    #[arg(long, global = true, value_enum, value_name = "WHEN", help_heading = GLOBAL)]
    color: Option<Color>,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What stands in every command's help, behind its own options.
const GLOBAL: &str = "Global options";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    const WORDS: &'static str = "there are auto, always and never";

    const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load scanners' outputs: files, folders, `-` for standard input, `.gz` and `.zst`.
    Import(import::Args),
    /// Run scanners over a source tree and import what they say.
    Scan(scan::Args),
    /// The workstation: case after case with its code, judged by a key.
    Triage(triage::Args),
    /// List cases in docket order.
    Cases(cases::Args),
    /// Everything known of one case.
    Show(show::Args),
    /// Imports so far, with their receipts; takes a wrong one back.
    Runs(runs::Args),
    /// Give a verdict: confirm, reject, accept-risk or unsure.
    Verdict(verdict::Args),
    /// Give your verdict on a case to the open ones that are nearly the same, as inferred; or take that back.
    Spread(spread::Args),
    /// Take back your last act, whatever it was.
    Undo(acts::UndoArgs),
    /// Give back what you took back last.
    Redo(acts::UndoArgs),
    /// Give a case a priority from 1, the first, to 5.
    Rank(acts::RankArgs),
    /// Pin a case to the top of the docket.
    Pin(acts::PinArgs),
    /// Give a case to a reviewer.
    Assign(acts::AssignArgs),
    /// Split and merge cases by hand.
    #[command(subcommand)]
    Case(acts::CaseCommand),
    /// Look for remedies: what a model writes, what a scanner proposes, a version that is not affected; each with its checks.
    Propose(propose::Args),
    /// Have the scanners look again at remedies, on a private copy of the patched code.
    Recheck(recheck::Args),
    /// What was proposed, and what becomes of it.
    #[command(subcommand)]
    Remedy(remedy::Command),
    /// Whether the labels are good enough to train on, and what to judge next.
    Gate(gate::Args),
    /// Let labels leave as a signed batch, check one, recall what was overturned, or write verdicts back to the tools.
    Export(export::Args),
    /// Take a project's code out of the workspace; counts, places and verdicts stay.
    Forget(forget::Args),
    /// The settings, and where each comes from.
    Config(config::Args),
    /// The record of decisions: check it, hand a copy on, take copies in.
    #[command(subcommand)]
    Journal(journal::Command),
    /// Models that propose and judge: list, add, use, verify, remove.
    #[command(subcommand)]
    Model(model::Command),
    /// What is installed, found and missing, and what to do about it.
    Doctor(doctor::Args),
    /// Completions for a shell.
    Completions(generate::CompletionsArgs),
    /// The manual page.
    Man(generate::ManArgs),
}

/// The exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, also when a filter matches nothing.
    Done = 0,
    /// Failed, nothing changed.
    Failed = 1,
    /// Wrong usage, or an unknown id.
    Usage = 2,
    /// A verification failed, or a gate was shut.
    Refused = 3,
    /// Done in part; the receipt says which.
    Partly = 4,
    /// The program has a fault; the workstation says where the report is.
    Fault = 101,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let (cli, command) = match parse() {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are no errors.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            if code == Exit::Usage && json_is_asked() {
                Output::new(true, false, Color::Never).failure(&Failure::from(&error));
            } else {
                let _ = error.print();
            }
            return ExitCode::from(code as u8);
        }
    };
    let output = Output::new(cli.json, cli.quiet, color(&cli));
    let result = match &command {
        Command::Import(args) => import::run(args, &cli, &output),
        Command::Scan(args) => scan::run(args, &cli, &output),
        Command::Triage(args) => triage::run(args, &cli, &output),
        Command::Cases(args) => cases::run(args, &cli, &output),
        Command::Show(args) => show::run(args, &cli, &output),
        Command::Runs(args) => runs::run(args, &cli, &output),
        Command::Verdict(args) => verdict::run(args, &cli, &output),
        Command::Spread(args) => spread::run(args, &cli, &output),
        Command::Undo(args) => acts::undo(args, false, &cli, &output),
        Command::Redo(args) => acts::undo(args, true, &cli, &output),
        Command::Rank(args) => acts::rank(args, &cli, &output),
        Command::Pin(args) => acts::pin(args, &cli, &output),
        Command::Assign(args) => acts::assign(args, &cli, &output),
        Command::Case(command) => acts::case(command, &cli, &output),
        Command::Propose(args) => propose::run(args, &cli, &output),
        Command::Recheck(args) => recheck::run(args, &cli, &output),
        Command::Remedy(command) => remedy::run(command, &cli, &output),
        Command::Gate(args) => gate::run(args, &cli, &output),
        Command::Export(args) => export::run(args, &cli, &output),
        Command::Forget(args) => forget::run(args, &cli, &output),
        Command::Config(args) => config::run(args, &cli, &output),
        Command::Journal(command) => journal::run(command, &cli, &output),
        Command::Model(command) => model::run(command, &cli, &output),
        Command::Doctor(args) => doctor::run(args, &cli, &output),
        Command::Completions(args) => generate::completions(args, &output),
        Command::Man(args) => generate::man(args, &output),
    };
    match result {
        Ok(exit) => ExitCode::from(exit as u8),
        // A reader that closes the pipe (`| head`) ends the program quietly instead of by a panic.
        Err(failure) if failure.is_closed_pipe() => ExitCode::from(Exit::Done as u8),
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// What was asked for; with no command the workstation, where there is a terminal for it.
fn parse() -> Result<(Cli, Command), clap::Error> {
    let mut cli = Cli::try_parse_from(std::env::args_os().map(cases::shielded))?;
    let command = match cli.command.take() {
        Some(command) => command,
        None if triage::has_terminal() => Command::Triage(triage::Args::default()),
        None => {
            let words = "no terminal for the workstation, and no command; `assize --help` names them";
            return Err(Cli::command().error(ErrorKind::MissingSubcommand, words));
        }
    };
    Ok((cli, command))
}

/// Whether `--json` stands among arguments that could not be understood.
fn json_is_asked() -> bool {
    std::env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json")
}

/// The setting; a configuration that cannot be read is the commands' to complain of that need one.
fn color(cli: &Cli) -> Color {
    cli.color.unwrap_or_else(|| settings::Settings::load(cli).map_or(Color::Auto, |found| found.color.value))
}
