//! `assize journal`

use std::path::PathBuf;

use super::output::{Output, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::jobs::JournalsError;
use crate::store::{ChainError, Journal};

/// The name that stands for standard output.
const STDOUT: &str = "-";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check every chain, and say where the first link is broken.
    Verify,

    /// Write a copy of it, for others to take in.
    Export {
        /// The copy's file; `-` is standard output.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },

    /// Take copies in, of reviewers who worked apart.
    Merge {
        /// The copies.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

pub(super) fn run(command: &Command, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Verify => {
            let workspace = place::workspace(cli)?;
            verify(Journal::open_to_read(&workspace.file("journal.db"))?.as_ref(), output)
        }
        Command::Export { file } => export(file, cli, output),
        Command::Merge { files } => merge(files, cli, output),
    }
}

fn export(file: &std::path::Path, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let desk = place::desk(cli)?;
    if file.as_os_str() == STDOUT {
        let mut out = output.out();
        desk.copy_journal(&mut out)?;
        std::io::Write::flush(&mut out)?;
        return Ok(Exit::Done);
    }
    let entries = desk.copy_journal_into(file)?;
    let shown = file.display().to_string();
    if output.json {
        output.document(&serde_json::json!({"file": shown, "entries": entries}))?;
    } else {
        output.line(&format!("{shown}: {}", count(entries, "entry")))?;
    }
    Ok(Exit::Done)
}

fn merge(files: &[PathBuf], cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let joined = place::desk(cli)?.join_journals(files)?;
    if output.json {
        output.document(&joined)?;
    } else {
        let entries: u64 = joined.files.iter().map(|file| file.entries).sum();
        output.line(&format!("{}, {} new", count(entries, "entry"), joined.new))?;
    }
    Ok(Exit::Done)
}

impl From<JournalsError> for Failure {
    fn from(error: JournalsError) -> Self {
        let message = error.to_string();
        match error {
            JournalsError::There(path) => {
                Self::new(Exit::Failed, "refused", message).path(path.display().to_string())
            }
            JournalsError::Malformed { path, line, .. } => {
                let failure = Self::new(Exit::Failed, "malformed", message).path(path.display().to_string());
                if line == 0 { failure } else { failure.at(format!("line {line}")) }
            }
            JournalsError::Broken(_) => Self::new(Exit::Refused, "broken chain", message),
            JournalsError::Io { path, source } => Self::from(source).path(path.display().to_string()),
            JournalsError::Output(source) => Self::from(source),
            JournalsError::Desk(error) => error.into(),
        }
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
