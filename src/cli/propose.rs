//! `assize propose`

mod progress;
mod summary;

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::acts::resolve_all;
use super::cases::filter;
use super::interrupt::Interrupt;
use super::output::{Output, Tone, count};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, model, place, remedy};
use crate::docket::Needs;
use crate::infer::Role;
use crate::jobs::{Desk, Gathering, ModelsError, Proposed, Proposing, told_remedy};
use crate::remedy::prompt::Templates;
use crate::remedy::{Mender, Onlooker, Outcome, Rung};
use crate::text::visible;
use progress::Bar;
use summary::Summary;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The cases.
    #[arg(value_name = "CASE")]
    cases: Vec<String>,

    /// Every case that a filter leaves in, instead of naming them.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,

    /// Also for cases that have an accepted remedy, which `--where` leaves out.
    #[arg(long, requires = "filter")]
    again: bool,

    /// No more than so many cases.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// The model to ask first [default: the one in the role remediation].
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// The source tree [default: the one that the project was scanned in].
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,

    /// Run no scanner: what is proposed stays unproven until `assize recheck` has looked at it.
    #[arg(long)]
    no_recheck: bool,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let settings = Settings::load(cli)?;
    let desk = place::desk(cli)?;
    let mut cases = match (&args.filter, args.cases.as_slice()) {
        (Some(words), []) => desk.matching(&filter(std::slice::from_ref(words), cli)?)?,
        (None, [_, ..]) => resolve_all(&desk, &args.cases)?,
        (Some(_), _) => return Err(Failure::usage("name cases or give `--where`, not both")),
        (None, []) => return Err(Failure::usage("name the cases, or give `--where`")),
    };
    if let Some(name) = &args.model {
        // Told before anything else is done, also where no case is left.
        desk.shelf().hold(name).map_err(|error| Failure::from(error).hint(WITHOUT))?;
    }
    if args.filter.is_some() && !args.again {
        let before = cases.len();
        cases = desk.without_accepted(cases)?;
        let many = before - cases.len();
        if many > 0 {
            let cases = count(many as u64, "case");
            output.warning(&format!("{cases} left out: a remedy is accepted; `--again` proposes there too"));
        }
    }
    cases.truncate(args.limit.unwrap_or(usize::MAX));
    if cases.is_empty() {
        return Ok(Exit::Done);
    }
    let docket = desk.docket(Needs { standings: true, ..Needs::default() })?;
    let interrupt = Interrupt::watch()?;
    let mut with = Proposing {
        policy: &settings.remedy.policy,
        source: args.source.as_deref(),
        models: models(args, &desk, &settings, output)?,
        scanners: settings.scanners.each().filter(|_| !args.no_recheck).cloned().collect(),
        gathering: Gathering::default(),
    };
    let bar = Bar::new(cases.len(), output);
    let onlooker =
        Onlooker { tell: &|case, progress| bar.tell(case, progress), stop: &|| interrupt.is_asked() };
    let mut out = output.out();
    let mut told = Summary::default();
    desk.propose_all(&docket, &cases, &mut with, onlooker, &mut |proposed| {
        told.take(&proposed, &settings.remedy.policy);
        bar.clear();
        write(&proposed, output, &mut out)?;
        // Each as it is ready: the next may take a while.
        out.flush()?;
        bar.done();
        Ok::<(), Failure>(())
    })?;
    bar.clear();
    if !output.json {
        for line in told.lines() {
            output.line(&visible(&line))?;
        }
    }
    if interrupt.is_asked() {
        output.message(&format!(
            "called off after {} of {} cases; what is told is kept",
            told.cases,
            cases.len()
        ));
        return Ok(Exit::Partly);
    }
    Ok(Exit::Done)
}

/// What happens where there is no model.
const WITHOUT: &str = "without `--model` the model in the role remediation is asked, and where it has nothing the scanners' own fixes, \
     accepted remedies and versions that are not affected are tried";

/// The model that is asked, loaded. That the one in the role cannot be used is no reason to try nothing else.
fn models(
    args: &Args,
    desk: &Desk,
    settings: &Settings,
    output: &Output,
) -> Result<Vec<Box<dyn Rung>>, Failure> {
    let named = args.model.as_deref();
    if named.is_none() && !settings.model.ask {
        return Ok(Vec::new());
    }
    if named.is_none() && desk.model_in(Role::Remediation)?.is_none() {
        output.warning(&format!("{}; the other sources are asked", ModelsError::Vacant(Role::Remediation)));
        return Ok(Vec::new());
    }
    let templates = match settings.prompts.folder() {
        Some(folder) => Templates::read(folder),
        None => Templates::shipped(),
    };
    let templates =
        templates.map_err(|error| Failure::new(Exit::Failed, "bad template", error.to_string()))?;
    let loaded = model::program()
        .and_then(|program| Ok(desk.serve_model(Role::Remediation, named, &program)?))
        .inspect(|(_, served)| model::tell_passed_over(served.runs(), output));
    match loaded {
        Ok((name, model)) => {
            Ok(vec![Box::new(Mender::new(name, model, templates, settings.model.limits.clone()))])
        }
        Err(failure) if named.is_none() => {
            let why = visible(&failure.line()).into_owned();
            output.warning(&format!("the model cannot be used, and the other sources are asked: {why}"));
            Ok(Vec::new())
        }
        Err(failure) => Err(failure),
    }
}

fn write(proposed: &Proposed, output: &Output, out: &mut impl std::io::Write) -> Result<(), Failure> {
    if !output.json {
        return print(proposed, output, out);
    }
    for remedy in &proposed.remedies {
        serde_json::to_writer(&mut *out, &told_remedy(remedy))?;
        out.write_all(b"\n")?;
    }
    if proposed.remedies.is_empty() {
        let none =
            json!({"case": proposed.case, "origin": null, "why": proposed.why, "misses": proposed.misses});
        serde_json::to_writer(&mut *out, &none)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn print(proposed: &Proposed, output: &Output, out: &mut impl std::io::Write) -> Result<(), Failure> {
    let case = proposed.case.to_string();
    let case = output.paint(Tone::Note, case.get(..10).unwrap_or_default());
    for found in &proposed.remedies {
        let id = found.id.to_string();
        let checks: Vec<String> = found
            .checks
            .iter()
            .filter(|check| check.outcome != Outcome::Held)
            .map(|check| format!("{} {}", check.name(), check.outcome.word().replace('_', " ")))
            .collect();
        let files: Vec<&str> = found.paths().collect();
        let by = if found.by.is_empty() { found.origin.word() } else { &found.by };
        writeln!(
            out,
            "{case}  {}  {}  {}  {}  {}",
            output.paint(Tone::Bold, id.get(..10).unwrap_or_default()),
            remedy::sound(found.sound, output),
            visible(by),
            output.paint(Tone::Dim, &files.join(", ")),
            output.paint(Tone::Dim, &checks.join(", ")),
        )?;
    }
    if !proposed.why.is_empty() {
        writeln!(
            out,
            "{case}  {} {}",
            output.paint(Tone::Warn, "none:"),
            output.paint(Tone::Dim, &proposed.why)
        )?;
    }
    Ok(())
}
