//! `assize export --format sarif|openvex|snyk-policy|csv|review`

use std::path::Path;

use super::acts;
use super::export::Args;
use super::output::{Output, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::dataset::writeback::Document;
use crate::jobs::{WriteBackError, WriteBackOrder, WrittenBack};

/// The name that stands for standard output.
const STDOUT: &str = "-";

pub(super) fn run(
    document: Document,
    file: &Path,
    args: &Args,
    cli: &Cli,
    output: &Output,
) -> Result<Exit, Failure> {
    if args.whole_projects || args.names || args.overridden.is_some() || args.seed.is_some() {
        return Err(Failure::usage(format!(
            "`--seed`, `--names`, `--whole-projects` and `--override` are of batches; {document} is none"
        )));
    }
    if args.product.is_some() && document != Document::OpenVex {
        return Err(Failure::usage("`--product` is of OpenVEX: name `--format openvex`"));
    }
    let order = WriteBackOrder {
        document,
        project: args.project.clone(),
        product: args.product.clone().unwrap_or_default(),
        overwrite: args.overwrite,
    };
    let writer = acts::writer(cli, &args.reviewer)?;
    let mut desk = place::desk(cli)?;
    if file.as_os_str() == STDOUT {
        let written = desk.write_back(&order, &mut output.out(), &writer)?;
        left_out(&written, output);
        return Ok(Exit::Done);
    }
    let written = desk.write_back_into(&order, file, &writer)?;
    if output.json {
        output.document(&serde_json::json!({
            "file": file.display().to_string(), "format": document, "rows": written.rows,
            "silenced": written.silenced, "left_out": written.left_out, "sha256": written.sha256,
            "entry": written.entry,
        }))?;
        return Ok(Exit::Done);
    }
    let rows = match document {
        Document::Sarif => count(written.rows, "result"),
        Document::OpenVex => count(written.rows, "statement"),
        Document::SnykPolicy => count(written.rows, "entry"),
        Document::Csv => count(written.rows, "case"),
        Document::Review => count(written.rows, "line"),
    };
    output.line(&format!("{}: {rows}, {} silenced", file.display(), written.silenced))?;
    left_out(&written, output);
    Ok(Exit::Done)
}

/// Says what was decided and cannot be told in the document.
fn left_out(written: &WrittenBack, output: &Output) {
    if written.left_out > 0 {
        let cases = count(written.left_out, "decided finding");
        output.warning(&format!("{cases} left out: the format has no name for what they are about"));
    }
}

impl From<WriteBackError> for Failure {
    fn from(error: WriteBackError) -> Self {
        let message = error.to_string();
        match error {
            WriteBackError::There(_) => Self::new(Exit::Failed, "refused", message),
            WriteBackError::WhichProject(_) | WriteBackError::NoSuchProject(_) => Self::usage(message),
            WriteBackError::Io { path, source } => Self::from(source).path(path.display().to_string()),
            WriteBackError::Output(source) => Self::from(source),
            WriteBackError::Desk(error) => error.into(),
        }
    }
}
