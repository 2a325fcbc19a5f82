//! `assize show`

use super::output::Output;
use super::{Cli, Exit, failure::Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The case.
    filter: Vec<String>,
}

pub(super) fn run(_: &Args, _: &Cli, _: &Output) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
