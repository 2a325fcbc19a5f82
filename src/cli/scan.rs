//! `assize scan`

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::output::{Output, Tone, count};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, import, place};
use crate::ingest::receipt::{Changes, Counts};
use crate::jobs::{ImportOrder, Intake, ScanOutcome as Outcome, ScanTarget};
use crate::scan::Scanner;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder or file to scan.
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,

    /// Only these scanners, also where they are switched off; may be given several times.
    #[arg(long = "scanner", value_name = "NAME")]
    scanners: Vec<String>,

    /// The rules of the one scanner named, in place of the configuration's.
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,

    /// The source tree that paths are relative to [default: the checkout that PATH lies in, else PATH].
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,

    /// The project's name [default: the git remote's, else the source tree's].
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let started = Instant::now();
    let settings = Settings::load(cli)?;
    let scanners = chosen(args, &settings)?;
    let target = ScanTarget::new(&args.path, args.source.as_deref())
        .map_err(|error| Failure::new(Exit::Failed, "source", error.to_string()))?;
    let order = ImportOrder {
        project: args.project.clone(),
        source: Some(target.root().to_owned()),
        scope: Some(target.scope()),
        ..ImportOrder::default()
    };
    let options = order.options()?;
    let (workspace, fresh) = place::workspace_or_new(cli)?;
    let done = scan_all(&scanners, &target, Intake::open(&workspace, options)?, started, output);
    import::keep_or_remove(&workspace, fresh, done.as_ref().ok().copied(), output);
    done
}

fn scan_all(
    scanners: &[Scanner],
    target: &ScanTarget,
    mut intake: Intake,
    started: Instant,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut report = Report::default();
    for scanner in scanners {
        output.message(&format!("{} …", scanner.name));
        report.take(scanner, intake.scan(scanner, target, &Arc::default()));
    }
    report.print(&intake.options.project, intake.totals()?, started, output)?;
    Ok(report.exit())
}

/// Those named, else those that are on.
fn chosen(args: &Args, settings: &Settings) -> Result<Vec<Scanner>, Failure> {
    let all: Vec<&Scanner> = settings.scanners.each().collect();
    let mut chosen: Vec<Scanner> = if args.scanners.is_empty() {
        all.iter().filter(|scanner| scanner.is_on).map(|&scanner| scanner.clone()).collect()
    } else {
        let mut chosen = Vec::new();
        for name in &args.scanners {
            let known = all.iter().find(|scanner| scanner.name == *name);
            chosen.push((*known.ok_or_else(|| unknown(name, &all))?).clone());
        }
        chosen
    };
    match (&args.rules, chosen.as_mut_slice(), args.scanners.is_empty()) {
        (Some(rules), [one], false) => one.rules = Some(rules.clone()),
        (Some(_), ..) => {
            return Err(Failure::usage("`--rules` are those of one scanner: name it by `--scanner`"));
        }
        (None, ..) => {}
    }
    Ok(chosen)
}

/// Those of some names, else those that are on.
pub(super) fn named(names: &[String], settings: &Settings) -> Result<Vec<Scanner>, Failure> {
    let args =
        Args { path: PathBuf::new(), scanners: names.to_vec(), rules: None, source: None, project: None };
    let mut scanners = chosen(&args, settings)?;
    scanners.iter_mut().for_each(|scanner| scanner.is_on = true);
    Ok(scanners)
}

fn unknown(name: &str, all: &[&Scanner]) -> Failure {
    let names: Vec<&str> = all.iter().map(|scanner| scanner.name.as_str()).collect();
    Failure::usage(format!("there is no scanner `{name}`; there are {}", names.join(", ")))
        .hint("another one is set as `[scanner.NAME]` in your configuration")
}

/// What came of all scanners.
#[derive(Debug, Default)]
struct Report {
    scanners: Vec<(String, Outcome)>,
    counts: Counts,
    changes: Changes,
}

impl Report {
    fn take(&mut self, scanner: &Scanner, outcome: Outcome) {
        if let Outcome::Imported { receipt, .. } = &outcome {
            self.counts = self.counts.plus(receipt.counts);
            self.changes = self.changes.plus(receipt.changes);
        }
        self.scanners.push((scanner.name.clone(), outcome));
    }

    /// Done where all that ran was imported; a scanner that is missing is no failure, and no success either.
    fn exit(&self) -> Exit {
        let imported = self.scanners.iter().any(|(_, it)| matches!(it, Outcome::Imported { .. }));
        let failed = self.scanners.iter().any(|(_, it)| matches!(it, Outcome::Failed(_)));
        match (imported, failed) {
            (true, false) if self.counts.unreadable == 0 => Exit::Done,
            (true, _) => Exit::Partly,
            (false, _) => Exit::Failed,
        }
    }

    fn print(
        &self,
        project: &str,
        (findings, cases): (u64, u64),
        started: Instant,
        output: &Output,
    ) -> Result<(), Failure> {
        if output.json {
            let scanners: Vec<Value> =
                self.scanners.iter().map(|(name, outcome)| line(name, outcome)).collect();
            let totals = import::Totals { counts: self.counts, findings, cases, changes: self.changes };
            let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            return output.document(
                &json!({"project": project, "scanners": scanners, "totals": totals, "elapsed_ms": ms}),
            );
        }
        let mut out = output.out();
        for (name, outcome) in &self.scanners {
            let name = output.paint(Tone::Bold, name);
            match outcome {
                Outcome::Imported { receipt, took, .. } => {
                    writeln!(out, "{name}  {:.1} s", took.as_secs_f32())?;
                    import::print_receipt(&mut out, receipt, output)?;
                }
                Outcome::NotRun(why) => {
                    writeln!(out, "{name}  {} {why}", output.paint(Tone::Dim, "not run:"))?
                }
                Outcome::Failed(why) => {
                    writeln!(out, "{name}  {} {why}", output.paint(Tone::Bad, "failed:"))?
                }
            }
        }
        writeln!(out, "{} in {}", count(findings, "finding"), count(cases, "case"))?;
        out.flush()?;
        Ok(())
    }
}

fn line(name: &str, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Imported { receipt, took, memory } => json!({
            "scanner": name, "result": "imported", "ms": took.as_millis(), "memory_mb": memory >> 20,
            "receipt": import::File::read(name, receipt),
        }),
        Outcome::NotRun(why) => json!({"scanner": name, "result": "not_run", "why": why}),
        Outcome::Failed(why) => json!({"scanner": name, "result": "failed", "why": why}),
    }
}
