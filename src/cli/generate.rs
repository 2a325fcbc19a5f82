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

/// One page for all commands, so that it can be read without being installed.
pub(super) fn man(_: &ManArgs, output: &Output) -> Result<Exit, Failure> {
    let mut out = output.out();
    let mut command = Cli::command();
    // Tells each command what it is called with those before it.
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    sections(&command, &mut out)?;
    out.flush()?;
    Ok(Exit::Done)
}

/// A section for each command below one, and for those below it.
fn sections(command: &clap::Command, out: &mut dyn Write) -> Result<(), Failure> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        let name = sub.get_bin_name().unwrap_or_else(|| sub.get_name());
        writeln!(out, ".SH \"{}\"", name.to_uppercase())?;
        let page = clap_mangen::Man::new(sub.clone()).section("1");
        page.render_synopsis_section(out)?;
        page.render_description_section(out)?;
        page.render_options_section(out)?;
        sections(sub, out)?;
    }
    Ok(())
}
