//! `assize export`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::acts::{self, ReviewerArgs};
use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place, writeback};
use crate::dataset::batch::{Encoding, Format, PublicKey, Shares, Unsound, verify};
use crate::dataset::writeback::Document;
use crate::jobs::{ExportError, ExportOrder};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The batch's folder: made, or with --verify looked at. Of a document its file; `-` is standard output.
    #[arg(value_name = "DIR", required_unless_present = "recall")]
    place: Option<PathBuf>,

    /// What the samples are: labels, sft, dpo, kto or reward; or a document for the tools: sarif, openvex, snyk-policy; for
    /// people: csv; for a broader review: review.
    #[arg(long, value_name = "FORMAT", default_value = "labels")]
    format: String,

    /// What the files are that the samples are in: lines of JSON or Parquet.
    #[arg(long = "as", value_name = "FILES", value_enum, default_value_t = Files::Jsonl)]
    files: Files,

    /// From which splits are drawn: the same seed gives the same bytes [default: 0].
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// The share of samples to choose by while training.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    validation: f64,

    /// The share of samples to judge by at the end.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    test: f64,

    /// Keep each project in one split.
    #[arg(long)]
    pub(super) whole_projects: bool,

    /// Name the reviewers; else they have pseudonyms.
    #[arg(long)]
    pub(super) names: bool,

    /// Let it leave though the gate is shut; the reason goes into the manifest and the journal.
    #[arg(long = "override", value_name = "WHY")]
    pub(super) overridden: Option<String>,

    /// The project that a document is of [default: the workspace's only one; for csv and review all].
    #[arg(long, value_name = "NAME")]
    pub(super) project: Option<String>,

    /// What the packages of an OpenVEX document are a part of, as a package URL.
    #[arg(long, value_name = "PURL")]
    pub(super) product: Option<String>,

    /// Write a document over a file that is there.
    #[arg(long)]
    pub(super) overwrite: bool,

    /// Check that a batch is what was signed.
    #[arg(long, conflicts_with_all = ["overridden", "recall", "names", "whole_projects"])]
    verify: bool,

    /// The key to check with: its file or its digits [default: this workspace's].
    #[arg(long, value_name = "KEY", requires = "verify")]
    key: Option<String>,

    /// Labels that left in a batch and were overturned since.
    #[arg(long, conflicts_with = "place")]
    recall: bool,

    #[command(flatten)]
    pub(super) reviewer: ReviewerArgs,
}

/// What the files of a batch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Files {
    Jsonl,
    Parquet,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    match &args.place {
        _ if args.recall => recall(cli, output),
        Some(folder) if args.verify => verified(folder, args.key.as_deref(), cli, output),
        Some(folder) => export(folder, args, cli, output),
        None => Err(Failure::usage("name the batch's folder")),
    }
}

fn export(folder: &Path, args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    if let Ok(document) = args.format.parse::<Document>() {
        return writeback::run(document, folder, args, cli, output);
    }
    let format: Format = args.format.parse().map_err(|error: crate::dataset::batch::UnknownFormat| {
        let documents: Vec<&str> = Document::ALL.iter().map(|document| document.word()).collect();
        Failure::usage(format!("{error}; and the documents {}", documents.join(", ")))
    })?;
    if args.project.is_some() || args.product.is_some() || args.overwrite {
        return Err(Failure::usage(
            "`--project`, `--product` and `--overwrite` are of documents; a batch is none",
        ));
    }
    let is_share = |share: f64| (0.0..1.0).contains(&share);
    if !is_share(args.validation) || !is_share(args.test) || args.validation + args.test >= 1.0 {
        return Err(Failure::usage("`--validation` and `--test` are shares from 0, together less than 1"));
    }
    if args.overridden.as_deref().is_some_and(|why| why.trim().is_empty()) {
        return Err(Failure::usage("`--override` needs a reason"));
    }
    let order = ExportOrder {
        place: folder.to_owned(),
        format,
        encoding: match args.files {
            Files::Jsonl => Encoding::Jsonl,
            Files::Parquet => Encoding::Parquet,
        },
        seed: args.seed.unwrap_or_default(),
        shares: Shares { validation: args.validation, test: args.test },
        whole_projects: args.whole_projects,
        names: args.names,
        overridden: args.overridden.clone(),
    };
    let writer = acts::writer(cli, &args.reviewer)?;
    let exported = place::desk(cli)?.export(&order, &writer)?;
    let manifest = &exported.manifest;
    if output.json {
        output.document(&serde_json::json!({
            "batch": folder.display().to_string(), "format": manifest.format, "rows": manifest.rows,
            "splits": manifest.splits, "labels": manifest.labels, "masked_secrets": manifest.masked_secrets,
            "manifest": exported.sha256, "public_key": exported.key.to_string(), "entry": exported.entry,
            "overridden": manifest.overridden.as_ref().map(|it| &it.why),
        }))?;
        return Ok(Exit::Done);
    }
    let splits: Vec<String> =
        manifest.splits.iter().map(|(split, rows)| format!("{rows} {}", split.word())).collect();
    output.line(&format!("{}: {}", count(manifest.rows, "sample"), splits.join(", ")))?;
    output.line(&format!("masked: {}", count(manifest.masked_secrets, "secret")))?;
    output.line(&format!("signed: check it by --verify --key {}", exported.key))?;
    Ok(Exit::Done)
}

fn verified(folder: &Path, key: Option<&str>, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let key: PublicKey = match key {
        Some(key) => {
            // Digits are a key, all else is the name of its file.
            let text = match key.parse::<PublicKey>() {
                Ok(_) => key.to_owned(),
                Err(_) => std::fs::read_to_string(key).map_err(|error| Failure::from(error).path(key))?,
            };
            text.parse().map_err(|error: crate::dataset::batch::BadKey| {
                Failure::usage(error.to_string()).path(key.to_owned())
            })?
        }
        None => place::desk(cli)?
            .public_key()?
            .ok_or_else(|| Failure::usage("this workspace has no key yet: name one by `--key`"))?,
    };
    let told = verify(folder, &key).map_err(|error| {
        let kind = if matches!(error, Unsound::Io { .. }) { "io" } else { "unsound batch" };
        Failure::new(Exit::Refused, kind, error.to_string()).path(folder.display().to_string())
    })?;
    let manifest = &told.manifest;
    if output.json {
        output.document(&serde_json::json!({
            "ok": true, "format": manifest.format, "rows": manifest.rows, "splits": manifest.splits,
            "files": manifest.files.len(), "manifest": told.sha256, "heads": manifest.heads,
            "overridden": manifest.overridden,
        }))?;
    } else {
        output.line(&format!("it is what was signed: {}", count(manifest.rows, "sample")))?;
    }
    Ok(Exit::Done)
}

fn recall(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let overturned = place::desk(cli)?.recall()?;
    let mut out = output.out();
    for label in &overturned {
        if output.json {
            serde_json::to_writer(&mut out, label)?;
            out.write_all(b"\n")?;
            continue;
        }
        let now = label.now.map_or_else(|| label.state.to_string(), |now| now.to_string());
        let case = label.case.to_string();
        writeln!(
            out,
            "{} {}: left as {}, now {now}",
            output.paint(Tone::Note, case.get(..10).unwrap_or(&case)),
            crate::text::visible(&label.place),
            label.was,
        )?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let message = error.to_string();
        match error {
            ExportError::Shut(_) => Self::new(Exit::Refused, "shut gate", message).hint(
                "`assize gate` says what it lacks; `--override \"why\"` lets it leave all the same, and the reason goes along",
            ),
            ExportError::Nothing(_) => Self::new(Exit::Failed, "nothing to export", message),
            ExportError::Busy => Self::new(Exit::Failed, "busy", message),
            ExportError::Key { path, source } => {
                Self::new(Exit::Failed, "bad key", source.to_string()).path(path.display().to_string())
            }
            ExportError::Io { path, source } => Self::from(source).path(path.display().to_string()),
            ExportError::Write(_) => Self::new(Exit::Failed, "io", message),
            ExportError::Gate(error) => error.into(),
        }
    }
}
