//! `assize forget`

use super::acts::{self, ReviewerArgs};
use super::output::{Output, count};
use super::{Cli, Exit, failure::Failure, place};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project whose code goes.
    #[arg(long, value_name = "NAME")]
    project: String,

    #[command(flatten)]
    reviewer: ReviewerArgs,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let writer = acts::writer(cli, &args.reviewer)?;
    let told = place::desk(cli)?.forget(&args.project, &writer)?;
    if output.json {
        output.document(&told)?;
        return Ok(Exit::Done);
    }
    let went = [
        count(told.snapshots, "file"),
        count(told.claims, "claim"),
        count(told.differences, "difference"),
        count(told.remedies, "remedy"),
        format!("the text of {}", count(told.entries, "entry")),
    ];
    output.line(&format!("gone: the code in {}", went.join(", ")))?;
    if !told.copies.is_empty() {
        output.line(&format!("gone, of every project: {}", told.copies.join(", ")))?;
    }
    let left = &told.left;
    output.line(&format!(
        "left: {} with their places, rules, verdicts and notes; hashes of what they flag",
        count(left.cases, "case")
    ))?;
    if left.shared_snapshots > 0 {
        let files = count(left.shared_snapshots, "file");
        output.line(&format!("left: {files} that another project has, too"))?;
    }
    if !left.batches.is_empty() {
        output.line(&format!("left outside: batches with samples of it: {}", left.batches.join(", ")))?;
    }
    if left.documents > 0 {
        let documents = count(left.documents, "document");
        output
            .line(&format!("left outside: {documents} written back to tools, in which claims are quoted"))?;
    }
    output.line("the source tree itself was not touched")?;
    Ok(Exit::Done)
}
