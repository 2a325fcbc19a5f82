//! The command line: one file a command, with its arguments, its printing and its exit code. No logic of its own.
//!
//! What scripts rely on is in `docs/cli.md`. Reports go to stdout, messages and progress to stderr.

mod cases;
mod failure;
mod import;
mod output;
mod place;
mod runs;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use failure::Failure;
use output::Output;

/// A court for security findings: judge what the scanners say, at the speed of the keyboard.
#[derive(Debug, Parser)]
#[command(name = "assize", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The folder that holds `.assize/`, instead of the nearest one upward.
    #[arg(long, global = true, value_name = "DIR", env = "ASSIZE_WORKSPACE")]
    workspace: Option<PathBuf>,

    /// One JSON document for a report, JSON Lines for a list.
    #[arg(long, global = true)]
    json: bool,

    /// No messages but errors.
    #[arg(long, short, global = true)]
    quiet: bool,

    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load scanners' outputs: files, folders, `-` for standard input, `.gz` and `.zst`.
    Import(import::Args),
    /// List cases in docket order.
    Cases(cases::Args),
    /// Everything known of one case.
    Show(show::Args),
    /// Imports so far, with their receipts.
    Runs(runs::Args),
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
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    // A reader that closes the pipe (`| head`) ends the program quietly instead of by a panic.
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return ExitCode::from(code as u8);
        }
    };
    let output = Output::new(cli.json, cli.quiet, cli.color);
    let result = match &cli.command {
        Command::Import(args) => import::run(args, &cli, &output),
        Command::Cases(args) => cases::run(args, &cli, &output),
        Command::Show(args) => show::run(args, &cli, &output),
        Command::Runs(args) => runs::run(args, &cli, &output),
    };
    match result {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) if failure.is_closed_pipe() => ExitCode::from(Exit::Done as u8),
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}
