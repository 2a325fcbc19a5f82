//! `assize completions` and `assize man`

use std::io::Write;

use clap::CommandFactory;

use super::output::Output;
use super::{Cli, Exit, failure::Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {}

pub(super) fn completions(args: &CompletionsArgs, output: &Output) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "assize", &mut text);
    let mut out = output.out();
    out.write_all(&text)?;
    out.flush()?;
    Ok(Exit::Done)
}

pub(super) fn man(_: &ManArgs, output: &Output) -> Result<Exit, Failure> {
    let mut out = output.out();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    for sub in command.get_subcommands() {
        writeln!(out, ".SH \"ASSIZE {}\"", sub.get_name().to_uppercase())?;
        let mut page = clap_mangen::Man::new(sub.clone());
        page = page.section("1");
        page.render_synopsis_section(&mut out)?;
        page.render_description_section(&mut out)?;
        page.render_options_section(&mut out)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
