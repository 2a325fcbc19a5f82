//! The gate and a batch over many plain labels, as whole processes, beside a plain `pyarrow` writer of the same rows.
//!
//!     cargo bench --bench dataset -- [--labels 100000,1000000] [--runs 3] [--write]
//!
//! Every finding of a generated project is judged, in a few acts that name many cases each; no source is kept, so that rows
//! are labels and nothing else. `--write` puts the table into `docs/benchmarks.md`. A bound that does not hold is said, and
//! fails nothing. Without `pyarrow` for the `python3` that is found first the floor is left out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use assize::docket::Needs;
use assize::domain::{Opinion, Reviewer};
use assize::jobs::{Desk, JudgeWith};
use assize::ledger::{Came, Seen};
use assize::store::{Workspace, Writer};

use support::page::{bounded, grouped, load, machine, write_page};
use support::process::{Usage, measure};
use support::sarif::{Project, Scan};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const BEGIN: &str = "<!-- dataset: made by the command below, do not edit -->";
const END: &str = "<!-- dataset: end -->";

/// Bounds at a million labels: the gate and a batch, in seconds, and the batch's memory.
const GATE_S: f64 = 2.0;
const EXPORT_S: f64 = 60.0;
const EXPORT_MB: f64 = 300.0;
const MILLION: usize = 1_000_000;

/// Cases that one act names.
const AT_ONCE: usize = 50_000;

/// A gate that is open once there is a label.
const OPEN: &str = "[labels]\nleast = 1\n[classes]\nleast = 0\neach = 0\nevenness = 0.0\n[balance]\nconfirmed = [0.0, 1.0]\n\
    per_class = [0.0, 1.0]\n[agreement]\ncases = 0\nleast = -1.0\nreviewed_by_two = 0.0\noneself_cases = 0\noneself = 0.0\ncontradictions = 100000000\n\
    [quality]\ncontext = 0.0\nfresh = 0.0\nrandom = 0.0\n[caps]\nrule = 1.0\nfile = 1.0\nproject = 1.0\n[duplicates]\nshare = 1.0\napart = 1000000\n[secrets]\nshare = 1.0\n[growth]\nlabels = 0\n";

/// Writes the rows of a batch again, read before the clock starts; prints seconds and the most memory in kilobytes.
const FLOOR: &str = "
import glob, resource, sys, time
import pyarrow as pa, pyarrow.json, pyarrow.parquet
table = pa.concat_tables([pyarrow.json.read_json(f) for f in glob.glob(sys.argv[1] + '/data/*.jsonl')],
                         promote_options='permissive')
began = time.perf_counter()
pyarrow.parquet.write_table(table, sys.argv[2])
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
";

fn main() -> anyhow::Result<()> {
    let Some(args) = support::arguments() else { return Ok(()) };
    let options = Options::read(&args)?;
    load();
    let mut sizes = Vec::new();
    for &labels in &options.labels {
        sizes.push(of_size(labels, options.runs)?);
    }
    let text = markdown(&sizes, &options)?;
    writeln!(std::io::stdout(), "{text}")?;
    if options.write { write_page(BEGIN, END, &text) } else { Ok(()) }
}

struct Options {
    labels: Vec<usize>,
    runs: usize,
    write: bool,
    line: String,
}

impl Options {
    fn read(args: &[String]) -> anyhow::Result<Self> {
        let mut options =
            Self { labels: vec![100_000, MILLION], runs: 3, write: false, line: args.join(" ") };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--labels" => {
                    let numbers = value()?.split(',').map(|number| number.replace('_', "").parse());
                    options.labels = numbers.collect::<Result<_, _>>()?;
                }
                "--runs" => options.runs = value()?.parse::<usize>()?.max(1),
                "--write" => options.write = true,
                other => bail!("unknown argument {other}; there are --labels, --runs and --write"),
            }
        }
        Ok(options)
    }
}

/// What was measured of so many labels.
#[derive(Default)]
struct Size {
    labels: u64,
    gate: Vec<Usage>,
    export: Vec<Usage>,
    /// The same as Parquet, and its bytes.
    table: Vec<Usage>,
    table_bytes: u64,
    bytes: u64,
    /// The floor's seconds and megabytes.
    floor: Option<(f64, f64)>,
}

fn of_size(claims: usize, runs: usize) -> anyhow::Result<Size> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    Project::new(claims).write(Scan::First, &at("first.sarif"))?;
    measure(assize(folder.path()).args(["import", "first.sarif", "--project", "bench"]))?;
    fs::remove_file(at("first.sarif"))?;
    judge_all(folder.path())?;
    fs::write(at(".assize/gate.toml"), OPEN)?;
    let mut size = Size::default();
    for run in 0..runs {
        size.gate.push(measure(assize(folder.path()).args(["gate", "--json"]))?);
        let batch = format!("batch-{run}");
        let export = measure(assize(folder.path()).args(["export", &batch, "--json"]))?;
        let told: Value = serde_json::from_str(&export.output)?;
        size.labels = told["rows"].as_u64().context("no rows")?;
        size.export.push(export);
        let bytes_of = |batch: &str| -> std::io::Result<u64> {
            fs::read_dir(at(batch).join("data"))?.map(|file| Ok(file?.metadata()?.len())).sum()
        };
        if run == 0 {
            size.bytes = bytes_of(&batch)?;
            size.floor = floor(&at(&batch), &at("floor.parquet"))?;
        }
        fs::remove_dir_all(at(&batch))?;
        let table = format!("table-{run}");
        size.table
            .push(measure(assize(folder.path()).args(["export", &table, "--as", "parquet", "--json"]))?);
        size.table_bytes = bytes_of(&table)?;
        fs::remove_dir_all(at(&table))?;
    }
    ensure!(size.labels > 0, "nothing was labelled");
    Ok(size)
}

fn assize(folder: &Path) -> Command {
    let mut command = Command::new(ASSIZE);
    command.current_dir(folder).env("XDG_CONFIG_HOME", folder.join("configuration"));
    for variable in ["ASSIZE_WORKSPACE", "ASSIZE_REVIEWER", "ASSIZE_ORDER"] {
        command.env_remove(variable);
    }
    command
}

/// Judges every case, as if its code had been on screen.
fn judge_all(folder: &Path) -> anyhow::Result<()> {
    let mut desk = Desk::open(Workspace::at(folder)?)?;
    let docket = desk.docket(Needs::default())?;
    let cases: Vec<u32> = (1..docket.end()).filter(|case| docket.row(*case).is_some()).collect();
    drop(docket);
    let writer = Writer::new("machine", "bench", Reviewer::of_user(0));
    for (number, some) in cases.chunks(AT_ONCE).enumerate() {
        let opinion = if number % 3 == 0 { Opinion::Rejected } else { Opinion::Confirmed };
        let seen = Seen { code_on_screen: true, came: Some(Came::Audit), ..Seen::default() };
        let with = JudgeWith {
            opinion,
            reason: None,
            note: String::new(),
            until: None,
            seen: Some(seen),
            shown: None,
        };
        desk.judge(some, &with, &writer)?;
    }
    Ok(())
}

/// The same rows by `pyarrow`; `None` where it is not installed.
fn floor(batch: &Path, out: &Path) -> anyhow::Result<Option<(f64, f64)>> {
    let output = Command::new("python3").args(["-c", FLOOR]).arg(batch).arg(out).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else { return Ok(None) };
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let (seconds, memory) = (numbers.next().context("no time")??, numbers.next().context("no memory")??);
    Ok(Some((seconds, memory / 1024.0)))
}

fn median(runs: &[Usage], of: impl Fn(&Usage) -> f64) -> f64 {
    let mut all: Vec<f64> = runs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn markdown(sizes: &[Size], options: &Options) -> anyhow::Result<String> {
    let mut text = String::new();
    let line = format!("cargo bench --bench dataset -- {}", options.line);
    writeln!(text, "    {}\n\n{}\n", line.trim_end_matches(['-', ' ']), machine())?;
    writeln!(
        text,
        "| labels | gate | batch | its memory | data | as Parquet | its memory | data | the same rows by `pyarrow` into Parquet |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
    let wall = |usage: &Usage| usage.wall.as_secs_f64();
    let memory = |usage: &Usage| usage.memory_kib as f64 / 1024.0;
    for size in sizes {
        let (gate, export) = (median(&size.gate, wall), median(&size.export, wall));
        let most = |runs: &[Usage]| runs.iter().map(memory).fold(0.0, f64::max);
        let table = median(&size.table, wall);
        // Bounds are of a million.
        let told = |value: f64, bound: f64, unit: &str, digits: usize| {
            if size.labels as usize * 100 >= MILLION * 95 {
                bounded(value, bound, digits, unit)
            } else {
                format!("{value:.digits$}{unit}")
            }
        };
        let floor = size.floor.map_or("not installed".to_owned(), |(seconds, memory)| {
            format!("{seconds:.1} s, {memory:.0} MB with the rows")
        });
        writeln!(
            text,
            "| {} | {} | {} | {} | {:.0} MB | {} | {} | {:.0} MB | {floor} |",
            grouped(size.labels),
            told(gate, GATE_S, " s", 2),
            told(export, EXPORT_S, " s", 1),
            told(most(&size.export), EXPORT_MB, " MB", 0),
            size.bytes as f64 / 1e6,
            told(table, EXPORT_S, " s", 1),
            told(most(&size.table), EXPORT_MB, " MB", 0),
            size.table_bytes as f64 / 1e6,
        )?;
    }
    let spread = |runs: &[Usage]| -> Duration {
        let all = runs.iter().map(|run| run.wall);
        all.clone().max().unwrap_or_default().saturating_sub(all.min().unwrap_or_default())
    };
    let widest = sizes.iter().map(|size| spread(&size.export)).max().unwrap_or_default();
    write!(
        text,
        "\nMedians of {}; between the fastest and the slowest batch of a size were up to {:.1} s. Bounds, at a million labels: the \
         gate {GATE_S} s, a batch {EXPORT_S} s and {EXPORT_MB} MB of its own (`RssAnon`).",
        match options.runs {
            1 => "one run".to_owned(),
            runs => format!("{runs} runs"),
        },
        widest.as_secs_f64(),
    )?;
    Ok(text)
}
