//! `assize gate`

use std::io::Write;
use std::path::{Path, PathBuf};

use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::dataset::{Advice, Agreement, Anchoring, BadPolicy, Condition, Measure, Oneself, Policy, Report};
use crate::jobs::{GateError, POLICY, Pace};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The policy to go by [default: the workspace's gate.toml, else what is compiled in].
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Put the default policy, with comments, into the workspace.
    #[arg(long, conflicts_with_all = ["policy", "agreement"])]
    init: bool,

    /// Say how far reviewers agree, and how long decisions take, instead.
    #[arg(long, conflicts_with = "policy")]
    agreement: bool,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    if args.init {
        return init(cli, output);
    }
    let desk = place::desk(cli)?;
    if args.agreement {
        let (agreement, anchoring, paces) = desk.agreement()?;
        tell_agreement(&agreement, anchoring, &paces, output)?;
        return Ok(Exit::Done);
    }
    let report = match &args.policy {
        Some(path) => desk.gate_by(&read(path)?)?,
        None => desk.gate()?,
    };
    if output.json {
        output.document(&report)?;
    } else {
        tell(&report, output)?;
    }
    Ok(if report.open { Exit::Done } else { Exit::Refused })
}

fn init(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = place::workspace(cli)?.file(POLICY);
    let shown = path.display().to_string();
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Failed, "refused", "is there already").path(shown.clone())
        }
        _ => Failure::from(error).path(shown.clone()),
    })?;
    file.write_all(Policy::TEXT.as_bytes())?;
    output.line(&shown)?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Policy, Failure> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::from(error).path(shown.clone()))?;
    Policy::read(&text).map_err(|error| bad_policy(&error).path(shown))
}

fn bad_policy(error: &BadPolicy) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        BadPolicy::Unreadable { at: Some(byte), .. } => failure.at(format!("byte {byte}")),
        _ => failure,
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Policy { path, source } => bad_policy(&source).path(path.display().to_string()),
            GateError::Io { path, source } => Self::from(source).path(path.display().to_string()),
            GateError::Desk(error) => error.into(),
        }
    }
}

fn tell(report: &Report, output: &Output) -> Result<(), Failure> {
    let mut out = output.out();
    let failing = report.conditions.iter().filter(|condition| !condition.holds).count();
    let head = if report.open {
        output.paint(Tone::Good, "open")
    } else {
        let decisions = count(report.decisions, "decision");
        let words = format!(
            "shut: {failing} of {} conditions do not hold; at least {decisions} to go",
            report.conditions.len()
        );
        output.paint(Tone::Bad, &words)
    };
    writeln!(out, "{head}")?;
    for condition in &report.conditions {
        let (mark, tone) = if condition.holds { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
        writeln!(
            out,
            "{} {:<22} {:>9} {} {:<9} {}",
            output.paint(tone, mark),
            condition.name,
            condition.value.map_or("–".to_owned(), number),
            if condition.at_most { "≤" } else { "≥" },
            number(condition.bound),
            output.paint(Tone::Dim, &condition.words),
        )?;
        for advice in &condition.advice {
            writeln!(out, "    {}", advised(condition, advice, output))?;
        }
    }
    out.flush()?;
    Ok(())
}

fn advised(condition: &Condition, advice: &Advice, output: &Output) -> String {
    let filter = output.paint(Tone::Note, &advice.filter);
    let there = match advice.available {
        Some(there) if there < advice.verdicts => format!("; only {there} are there"),
        _ => String::new(),
    };
    let more = if condition.advice.len() > 1 { "" } else { "at least " };
    format!("{more}{}: {filter}{there}", count(advice.verdicts, "decision"))
}

/// A number as a person reads it: whole ones whole, others with two digits.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn tell_agreement(
    agreement: &Agreement,
    anchoring: Anchoring,
    paces: &[Pace],
    output: &Output,
) -> Result<(), Failure> {
    if output.json {
        return output.document(&serde_json::json!({
            "agreement": agreement, "anchoring": anchoring, "pace": paces,
        }));
    }
    let mut out = output.out();
    let measure = |it: &Measure| {
        format!("{:.3} ({:.3} to {:.3}), {}", it.value, it.low, it.high, count(it.cases as u64, "case"))
    };
    let cases = count(agreement.cases as u64, "case");
    match &agreement.alpha {
        Some(alpha) => writeln!(out, "alpha {}", measure(alpha))?,
        None => writeln!(
            out,
            "no alpha: {cases} judged by several without sight of each other's verdict, or one opinion alone"
        )?,
    }
    for (cwe, alpha) in &agreement.per_cwe {
        writeln!(out, "  {cwe:<8} {}", measure(alpha))?;
    }
    for pair in &agreement.pairs {
        let (one, other) = &pair.reviewers;
        let told = pair.kappa.as_ref().map_or_else(|| count(pair.cases as u64, "case"), &measure);
        writeln!(out, "kappa {} and {}: {told}", crate::text::visible(one), crate::text::visible(other))?;
    }
    for oneself in &agreement.oneself {
        let Oneself { reviewer, cases, same, share, kappa } = oneself;
        let span = |it: &Measure| format!("{:.3} ({:.3} to {:.3})", it.value, it.low, it.high);
        let share = share.as_ref().map_or_else(String::new, |it| format!(": {}", span(it)));
        let kappa = kappa.as_ref().map_or_else(String::new, |it| format!(", kappa {}", span(it)));
        let name = crate::text::visible(reviewer);
        let back = count(*cases as u64, "case");
        writeln!(out, "{name} with oneself: the same of {same} of {back} that came back{share}{kappa}")?;
    }
    if agreement.oneself.is_empty() {
        writeln!(out, "nothing came back to whoever had settled it yet")?;
    }
    let Anchoring { before_models, changed_by_models, before_verdicts, changed_by_verdicts } = anchoring;
    writeln!(out, "changed once a model's opinion was seen: {changed_by_models} of {before_models}")?;
    writeln!(out, "changed once another's verdict was seen: {changed_by_verdicts} of {before_verdicts}")?;
    for pace in paces {
        writeln!(
            out,
            "{}: {}, {:.1} s each (the middle one), {:.1} s (nine of ten are faster)",
            crate::text::visible(&pace.reviewer),
            count(pace.decisions, "decision"),
            pace.median,
            pace.ninth,
        )?;
    }
    out.flush()?;
    Ok(())
}
