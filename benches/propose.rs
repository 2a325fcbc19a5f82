//! Proposing for many cases: which share of the time is spent outside of the model and the scanners.
//!
//!     cargo bench --bench propose -- [--cases 1000] [--model DIR] [--answers 4] [--tokens 512] [--write]
//!
//! Every case is in a file of its own. The model is the tiny one of `tests/models` where none is named: it writes nonsense
//! fast, so what surrounds it weighs more than beside a real one, and the scanner's own fix is taken after it. Semgrep looks
//! again where it is on the search path. `--write` puts the table into `docs/benchmarks.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{bail, ensure};
use assize::docket::Needs;
use assize::infer::{AddOrder, Choice, Limits, Model, Runtime};
use assize::jobs::{Desk, DeskError, Gathering, Proposing, Served, Spent};
use assize::remedy::prompt::Templates;
use assize::remedy::{Mender, Onlooker, Policy};
use assize::scan::Scanner;
use assize::store::Workspace;

use support::page::{bounded, grouped, load, machine, write_page};

const BEGIN: &str = "<!-- propose: made by the command below, do not edit -->";
const END: &str = "<!-- propose: end -->";

/// The share that is allowed.
const BOUND: f64 = 5.0;

/// How many tokens the tiny model is given to read: its positions have no end.
const CONTEXT: usize = 4096;

struct Asked {
    cases: usize,
    model: PathBuf,
    limits: Limits,
    write: bool,
    told: String,
}

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says how it was called: by `cargo bench`, or to see that a benchmark starts at all.
    let benched = args.iter().any(|arg| arg == "--bench");
    args.retain(|arg| arg != "--bench");
    if !benched {
        return Ok(());
    }
    let asked = asked(&args)?;
    load();
    let folder = tempfile::Builder::new().prefix("assize-bench-").tempdir()?;
    let desk = imported(folder.path(), asked.cases)?;
    let runtime = Runtime::start(Choice::from_environment()?)?;
    let order = AddOrder { context: Some(CONTEXT), ..AddOrder::default() };
    drop(Model::add(&asked.model, &folder.path().join("model"), &order, &runtime)?);
    let mut lines = String::new();
    let mut scanner = Scanner::of("semgrep");
    scanner.rules = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop/scans/rules"));
    let has_scanner = scanner.program().is_ok();
    for scanners in [Vec::new(), vec![scanner]] {
        let name = scanners.first().map_or("none", |scanner| scanner.name.as_str()).to_owned();
        if name != "none" && !has_scanner {
            writeln!(lines, "| {name} | not installed | | | | | |")?;
            continue;
        }
        // In a process of its own, as the program runs it.
        let program = Path::new(env!("CARGO_BIN_EXE_assize"));
        let model = Served::start(program, &folder.path().join("model"))?;
        let spent = measure(&desk, asked.cases, model, &asked.limits, scanners)?;
        let outside = spent.total.saturating_sub(spent.models).saturating_sub(spent.scanners);
        let share = 100.0 * outside.as_secs_f64() / spent.total.as_secs_f64();
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        writeln!(
            lines,
            "| {name} | {} | {} | {} | {} | {:.1} ms | {} |",
            grouped(asked.cases as u64),
            seconds(spent.total),
            seconds(spent.models),
            seconds(spent.scanners),
            1000.0 * outside.as_secs_f64() / asked.cases as f64,
            bounded(share, BOUND, 1, " %"),
        )?;
    }
    let text = format!(
        "{}\n\n    cargo bench --bench propose --{} --write\n\n\
         By the {} runtime; {} answers at once, of at most {} tokens. Outside of the model and the scanners at most {BOUND:.0} % of \
         the time.\n\n\
         | scanner | cases | all | in the model | in scanners | outside, a case | share outside |\n\
         |---|--:|--:|--:|--:|--:|--:|\n{lines}",
        machine(),
        asked.told,
        runtime.name(),
        asked.limits.answers,
        asked.limits.tokens,
    );
    writeln!(std::io::stdout(), "{text}")?;
    if asked.write { write_page(BEGIN, END, &text) } else { Ok(()) }
}

fn asked(args: &[String]) -> anyhow::Result<Asked> {
    let mut asked = Asked {
        cases: 1000,
        model: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/llama"),
        limits: Limits { answers: 4, ..Limits::default() },
        write: false,
        told: String::new(),
    };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "--write" {
            asked.write = true;
            continue;
        }
        let Some(value) = rest.next() else { bail!("`{arg}` lacks its value") };
        let number = || value.replace('_', "").parse::<usize>();
        match arg.as_str() {
            "--cases" => asked.cases = number()?,
            "--model" => asked.model = value.into(),
            "--answers" => asked.limits.answers = number()?,
            "--tokens" => asked.limits.tokens = number()?,
            _ => bail!("`{arg}` is no option"),
        }
        write!(asked.told, " {arg} {value}")?;
    }
    Ok(asked)
}

/// A file whose loader runs whatever it loads, and what surrounds it in a project.
fn file(number: usize) -> String {
    let mut text = format!(
        "\"\"\"Orders, part {number}.\"\"\"\nimport yaml\n\n\ndef load_{number}(stream):\n    return yaml.load(stream, Loader=yaml.Loader)\n"
    );
    for other in 0..40 {
        let _ = write!(
            text,
            "\n\ndef total_{other}(lines):\n    return sum(line.price * line.count for line in lines if line.kind == {other})\n"
        );
    }
    text
}

/// A workspace with as many cases, each in its file.
fn imported(folder: &Path, cases: usize) -> anyhow::Result<Desk> {
    let tree = folder.join("tree");
    let mut results = Vec::new();
    for number in 0..cases {
        let path = format!("orders/{}/part_{number}.py", number / 100);
        let full = tree.join(&path);
        fs::create_dir_all(full.parent().unwrap())?;
        fs::write(&full, file(number))?;
        results.push(serde_json::json!({
            "check_id": "rules.unsafe-yaml-load", "path": path,
            "start": {"line": 6, "col": 12}, "end": {"line": 6, "col": 49},
            "extra": {"severity": "ERROR", "message": "yaml.load runs what it loads", "lines": "    return yaml.load(stream, Loader=yaml.Loader)",
                "fix": "yaml.safe_load(stream)", "metadata": {"category": "security", "cwe": ["CWE-502"]}},
        }));
    }
    let report =
        serde_json::json!({"version": "1.0.0", "errors": [], "paths": {"scanned": []}, "results": results});
    fs::write(folder.join("semgrep.json"), report.to_string())?;
    let ran = Command::new(env!("CARGO_BIN_EXE_assize"))
        .current_dir(folder)
        .args(["import", "--quiet", "--project", "shop", "--source", "tree", "semgrep.json"])
        .output()?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Ok(Desk::open(Workspace::at(folder)?)?)
}

fn measure(
    desk: &Desk,
    count: usize,
    model: Served,
    limits: &Limits,
    scanners: Vec<Scanner>,
) -> anyhow::Result<Spent> {
    let docket = desk.docket(Needs { standings: true, ..Needs::default() })?;
    let cases: Vec<u32> = (1..=u32::try_from(count)?).collect();
    let policy = Policy::default();
    let mender = Mender::new("tiny", model, Templates::shipped()?, limits.clone());
    let mut with = Proposing {
        policy: &policy,
        source: None,
        models: vec![Box::new(mender)],
        scanners,
        gathering: Gathering::default(),
    };
    let mut remedies = 0;
    let spent = desk.propose_all(&docket, &cases, &mut with, Onlooker::nobody(), &mut |proposed| {
        remedies += usize::from(!proposed.remedies.is_empty());
        Ok::<(), DeskError>(())
    })?;
    ensure!(remedies == count, "{remedies} of {count} cases have a remedy");
    Ok(spent)
}
