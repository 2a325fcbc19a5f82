//! The hidden commands by which the program runs a model in a process of its own, for the one that started it. What the two
//! say to each other is the desk's.

use std::io::{BufReader, stdin, stdout};
use std::path::PathBuf;

use crate::cli::Exit;
use crate::cli::failure::Failure;
use crate::infer::{AddOrder, Role};
use crate::jobs::{TrialOrder, serve_model, serve_runs, serve_trial};

#[derive(Debug, clap::Args)]
pub(crate) struct TryArgs {
    folder: PathBuf,
    #[arg(long)]
    from: Option<PathBuf>,
    #[arg(long, value_parser = super::role)]
    role: Option<Role>,
    #[arg(long, allow_hyphen_values = true)]
    licence: Option<String>,
    #[arg(long)]
    context: Option<usize>,
    #[arg(long, allow_hyphen_values = true)]
    prompt: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    folder: PathBuf,
}

/// Tries a model and says what came of it.
pub(super) fn tried(args: &TryArgs) -> Result<Exit, Failure> {
    let add = AddOrder {
        role: args.role,
        licence: args.licence.clone(),
        context: args.context,
        prompt: args.prompt.clone(),
    };
    let add = args.from.as_deref().map(|from| (from, &add));
    serve_trial(TrialOrder { folder: &args.folder, add }, &mut stdout().lock())?;
    Ok(Exit::Done)
}

/// Loads a model and answers until nothing more is asked.
pub(super) fn served(args: &ServeArgs) -> Result<Exit, Failure> {
    serve_model(&args.folder, BufReader::new(stdin()), &mut stdout().lock())?;
    Ok(Exit::Done)
}

/// Says what runs models.
pub(super) fn runs() -> Result<Exit, Failure> {
    serve_runs(&mut stdout().lock())?;
    Ok(Exit::Done)
}
