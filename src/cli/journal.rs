//! `assize journal`

use super::output::{Output, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::store::{ChainError, Journal};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check every chain, and say where the first link is broken.
    Verify,
}

pub(super) fn run(command: &Command, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let workspace = place::workspace(cli)?;
    let journal = Journal::open_to_read(&workspace.file("journal.db"))?;
    match command {
        Command::Verify => verify(journal.as_ref(), output),
    }
}

fn verify(journal: Option<&Journal>, output: &Output) -> Result<Exit, Failure> {
    let Some(journal) = journal else {
        if output.json {
            output.document(&serde_json::json!({"chains": []}))?;
        } else {
            output.line("nothing was decided yet")?;
        }
        return Ok(Exit::Done);
    };
    match journal.verify(&[]) {
        Ok(chains) => {
            let told: Vec<_> = chains
                .iter()
                .map(|chain| {
                    serde_json::json!({
                        "chain": chain.head.chain.to_string(),
                        "entries": chain.head.count,
                        "erased": chain.erased,
                        "head": chain.head.hash.to_string(),
                    })
                })
                .collect();
            if output.json {
                output.document(&serde_json::json!({"chains": told}))?;
            } else {
                let entries: u64 = chains.iter().map(|chain| chain.head.count).sum();
                let hold = if chains.len() == 1 { "holds" } else { "hold" };
                let chains = count(chains.len() as u64, "chain");
                output.line(&format!("{chains} {hold}, {}", count(entries, "entry")))?;
            }
            Ok(Exit::Done)
        }
        Err(ChainError::Broken(broken)) => {
            Err(Failure::new(Exit::Refused, "broken chain", broken.to_string()))
        }
        Err(ChainError::Store(error)) => Err(error.into()),
    }
}
