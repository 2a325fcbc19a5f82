//! `assize cases`

use super::output::Output;
use super::{Cli, Exit, failure::Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which cases, in the filter language.
    filter: Vec<String>,
}

pub(super) fn run(_: &Args, _: &Cli, _: &Output) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
