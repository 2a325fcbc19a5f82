//! `assize model list`, `add`, `use`, `verify` and `remove`

mod trial;

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::acts::{ReviewerArgs, writer};
use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, import, place};
use crate::infer::{AddOrder, Choice, Manifest, Role};
use crate::jobs::{
    Desk, ModelEntry, ModelsError, Pick, Runs, Shelf, Trial, TrialOrder, Trials, this_program,
};
use crate::text::visible;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// The models of this workspace, and which role each is in. One comes with the program.
    List,
    /// Add a model: a folder as Hugging Face Optimum exports it. Its files are copied, and tried.
    Add(AddArgs),
    /// Put a model into a role; what was there before can be put back.
    Use {
        /// The model.
        #[arg(value_name = "NAME", required_unless_present = "back", conflicts_with = "back")]
        name: Option<String>,
        /// The role: remediation, analysis or embedding.
        #[arg(long, default_value = "remediation", value_parser = role)]
        role: Role,
        /// The one that was there before.
        #[arg(long)]
        back: bool,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
    /// Load models and try them: whether they are unchanged and answer as they should, how fast, with how much memory.
    Verify {
        /// The models [default: all].
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Try a model in this process, for the one that started it.
    #[command(hide = true)]
    Try(trial::TryArgs),
    /// Answer by a model in this process, for the one that started it.
    #[command(hide = true)]
    Serve(trial::ServeArgs),
    /// Say what runs models in this process, for the one that started it.
    #[command(hide = true)]
    Runtime,
    /// Remove a model's files; one that is in a role stays.
    Remove {
        /// The model.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// What it is called here [default: the folder's name].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// What it is for: remediation, analysis or embedding [default: its manifest's, else remediation].
    #[arg(long, value_parser = role)]
    role: Option<Role>,

    /// Its licence [default: what its manifest or its README says].
    #[arg(long, value_name = "SPDX")]
    licence: Option<String>,

    /// How many tokens it reads, prompt and answer together [default: what its configuration says].
    #[arg(long, value_name = "TOKENS")]
    context: Option<usize>,

    /// How a prompt is put together where it has no chat template: a text with `{system}` and `{user}`.
    #[arg(long, value_name = "FORMAT")]
    prompt: Option<String>,
}

fn role(word: &str) -> Result<Role, String> {
    word.parse().map_err(|error: crate::infer::BadRole| error.to_string())
}

pub(super) fn run(command: &Command, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::List => list(cli, output),
        Command::Add(args) => add(args, cli, output),
        Command::Use { name, role, reviewer, .. } => {
            let pick = name.as_deref().map_or(Pick::Before, Pick::Named);
            put(pick, *role, reviewer, cli, output)
        }
        Command::Verify { names } => verify(names, cli, output),
        Command::Try(args) => trial::tried(args),
        Command::Serve(args) => trial::served(args),
        Command::Runtime => trial::runs(),
        Command::Remove { name } => {
            place::desk(cli)?.remove_model(name)?;
            if output.json {
                output.document(&json!({"removed": name}))?;
            } else {
                output.line(&format!("removed {name}"))?;
            }
            Ok(Exit::Done)
        }
    }
}

/// This program, which runs models in processes of their own.
pub(super) fn program() -> Result<PathBuf, Failure> {
    let unable =
        |error| Failure::new(Exit::Failed, "io", format!("the program cannot start itself: {error}"));
    this_program().map_err(unable)
}

/// What was found to run models and does not work is told, since it is why one may be slow.
pub(super) fn tell_passed_over(runs: &Runs, output: &Output) {
    for why in &runs.passed_over {
        output.warning(&format!("passed over {}; the {} runtime runs", visible(why), runs.runtime));
    }
}

/// Has a model tried in a process of its own; gives what came of it, and what runs models.
fn tried(trials: &mut Trials, order: &TrialOrder<'_>, output: &Output) -> Result<(Trial, String), Failure> {
    let is_first = trials.runs().is_none();
    let tried = trials.ask(order, &|| false);
    if let Some(runs) = trials.runs().filter(|_| is_first) {
        tell_passed_over(runs, output);
    }
    let runs = trials.runs().map(|runs| runs.described.clone()).unwrap_or_default();
    Ok((tried.map_err(ModelsError::from)?, runs))
}

fn list(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let models = place::desk(cli)?.models()?;
    let mut out = output.out();
    for model in &models {
        if output.json {
            serde_json::to_writer(&mut out, &line(model))?;
            out.write_all(b"\n")?;
            continue;
        }
        let roles: Vec<&str> = model.in_roles.iter().map(|role| role.word()).collect();
        write!(out, "{:<24} {:<12}", output.paint(Tone::Bold, &model.name), roles.join(", "))?;
        match &model.manifest {
            Ok(manifest) => writeln!(
                out,
                " {:<10} {:<5} {:>6} tokens {:>9}  {}{}",
                visible(&manifest.family),
                visible(&manifest.precision),
                manifest.context,
                size(model.bytes),
                output.paint(Tone::Dim, &manifest.licence),
                if model.is_built_in { ", comes with the program" } else { "" },
            )?,
            Err(why) => writeln!(out, " {}", output.paint(Tone::Bad, why))?,
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn line(model: &ModelEntry) -> Value {
    let roles: Vec<&str> = model.in_roles.iter().map(|role| role.word()).collect();
    match &model.manifest {
        Ok(manifest) => json!({
            "model": model.name, "in": roles, "role": manifest.role.word(), "family": manifest.family,
            "precision": manifest.precision, "context": manifest.context, "licence": manifest.licence,
            "bytes": model.bytes, "built_in": model.is_built_in, "digest": manifest.digest().ok(), "problem": null,
        }),
        Err(why) => json!({"model": model.name, "in": roles, "problem": why}),
    }
}

fn add(args: &AddArgs, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    // What is asked for in vain is told before anything is made.
    Choice::from_environment()?;
    let order = AddOrder {
        role: args.role,
        licence: args.licence.clone(),
        context: args.context,
        prompt: args.prompt.clone(),
    };
    let (workspace, fresh) = place::workspace_or_new(cli)?;
    let shelf = Shelf::of(&workspace);
    let added = shelf.add(&args.folder, args.name.as_deref(), &order, |order: TrialOrder<'_>| {
        tried(&mut Trials::by(program()?), &order, output)
    });
    import::keep_or_remove(&workspace, fresh, added.is_ok().then_some(Exit::Done), output);
    let (name, (trial, runtime)) = added?;
    let manifest = Manifest::read(&shelf.folder(&name)?).map_err(ModelsError::from)?.unwrap_or_default();
    let desk = Desk::open(workspace)?;
    let vacant = desk.model_in(manifest.role)?.is_none_or(|there| there.by.is_none());
    if output.json {
        output.document(&json!({
            "model": name, "role": manifest.role.word(), "family": manifest.family, "precision": manifest.precision,
            "context": manifest.context, "licence": manifest.licence, "files": manifest.files.len(),
            "chat_template": trial.chat_template, "digest": manifest.digest().map_err(ModelsError::from)?,
            "runtime": runtime, "golden_by": trial.golden_by, "embedded_cannot": trial.embedded_cannot,
        }))?;
        return Ok(Exit::Done);
    }
    output.line(&format!(
        "added {name}: {} in {}, {} tokens, licence {}; {}",
        visible(&manifest.family),
        visible(&manifest.precision),
        manifest.context,
        visible(&manifest.licence),
        count(manifest.files.len() as u64, "file"),
    ))?;
    output.line(&format!("it runs on the {}", visible(&runtime)))?;
    if let Some(why) = &trial.embedded_cannot {
        output.line(&format!("only the native runtime runs it: {}", visible(why)))?;
    } else if manifest.precision == "int8" && runtime.starts_with("embedded") {
        output.line(
            "the embedded runtime is slow with int8: fp32 is faster there, or `pip install onnxruntime`",
        )?;
    }
    if !trial.chat_template && manifest.prompt.is_none() {
        output.line("it has no chat template: `--prompt` says how system and user are put together")?;
    }
    if vacant {
        output.line(&format!("`assize model use {name} --role {}` puts it to work", manifest.role))?;
    }
    Ok(Exit::Done)
}

fn put(
    pick: Pick<'_>,
    role: Role,
    reviewer: &ReviewerArgs,
    cli: &Cli,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    let writer = writer(cli, reviewer)?;
    let swapped = desk.use_model(role, pick, &writer)?;
    let by = writer.reviewer.as_str();
    if output.json {
        output.document(&json!({
            "act": "model_swap", "entry": swapped.entry, "reviewer": by, "role": role.word(),
            "model": swapped.model, "was": swapped.was,
        }))?;
        return Ok(Exit::Done);
    }
    let was = swapped.was.as_deref();
    output.line(&match (&swapped.entry, was) {
        (None, _) => format!("{} is in the role {role} already; nothing was written", swapped.model),
        (Some(_), Some(was)) => format!(
            "{} takes the role {role} from {}, by {}; `assize model use --back --role {role}` undoes that",
            swapped.model,
            visible(was),
            visible(by)
        ),
        (Some(_), None) => format!("{} takes the role {role}, by {}", swapped.model, visible(by)),
    })?;
    Ok(Exit::Done)
}

fn verify(names: &[String], cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    Choice::from_environment()?;
    let shelf = place::desk(cli)?.shelf();
    let names = if names.is_empty() { shelf.names() } else { names.to_vec() };
    for name in &names {
        shelf.folder(name)?;
    }
    let mut trials = Trials::by(program()?);
    let mut refused = false;
    let mut out = output.out();
    for name in &names {
        let folder = shelf.folder(name)?;
        let tried = tried(&mut trials, &TrialOrder { folder: &folder, add: None }, output);
        if let (Ok((trial, _)), Some(runs)) = (&tried, trials.runs()) {
            shelf.keep_trial(name, trial, runs);
        }
        if let Err(failure) = &tried
            && failure.kind == "no runtime"
        {
            // It is about no model.
            return Err(failure.clone());
        }
        refused |= tried.is_err();
        if output.json {
            let runs = trials.runs().cloned().unwrap_or_default();
            serde_json::to_writer(&mut out, &told(name, &folder, &tried, &runs))?;
            out.write_all(b"\n")?;
            continue;
        }
        match tried {
            Ok((trial, runtime)) => {
                let (read, written) = trial.speed.unwrap_or_default();
                let memory =
                    trial.memory.map_or_else(String::new, |bytes| format!(", {} in memory", size(bytes)));
                writeln!(
                    out,
                    "{} {}  {:.1} tokens/s written, {:.0} read; loaded in {:.1} s{memory}; {}",
                    output.paint(Tone::Good, "✓"),
                    output.paint(Tone::Bold, name),
                    written,
                    read,
                    trial.load_ms as f64 / 1000.0,
                    visible(&runtime),
                )?;
            }
            Err(failure) => writeln!(
                out,
                "{} {}  {}",
                output.paint(Tone::Bad, "✗"),
                output.paint(Tone::Bold, name),
                visible(&failure.line())
            )?,
        }
        out.flush()?;
    }
    out.flush()?;
    Ok(if refused { Exit::Refused } else { Exit::Done })
}

fn told(
    name: &str,
    folder: &std::path::Path,
    tried: &Result<(Trial, String), Failure>,
    Runs { runtime, described, .. }: &Runs,
) -> Value {
    match tried {
        Ok((trial, _)) => json!({
            "model": name, "ok": true, "runtime": runtime, "runtime_is": described,
            "tokens_per_second": trial.speed.map(|(_, written)| rounded(written)),
            "read_per_second": trial.speed.map(|(read, _)| rounded(read)),
            "load_ms": trial.load_ms, "memory_bytes": trial.memory,
            "digest": Manifest::read(folder).ok().flatten().and_then(|manifest| manifest.digest().ok()),
            "golden_by": trial.golden_by, "why": null,
        }),
        Err(failure) => json!({
            "model": name, "ok": false, "runtime": runtime, "runtime_is": described, "why": failure.line(),
            "kind": failure.kind,
        }),
    }
}

fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// A number of bytes as people read it.
fn size(bytes: u64) -> String {
    let megabytes = bytes as f64 / f64::from(1 << 20);
    if megabytes < 1024.0 { format!("{megabytes:.1} MB") } else { format!("{:.1} GB", megabytes / 1024.0) }
}
