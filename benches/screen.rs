//! The workstation in a terminal: how soon its first rows stand, and how long a key waits for its frame.
//!
//!     cargo bench --bench screen -- [--claims 10000,100000] [--keys 100] [--size 120x40]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use support::answer::terminal::Program;
use support::answer::{Answer, answer, from_start, memory_kib};
use support::process::measure;
use support::sarif::{Project, Scan};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");

/// Goes on to the next case.
const NEXT: &[u8] = b"j";

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says how it was called: by `cargo bench`, or to see that a benchmark starts at all.
    let benched = args.iter().any(|arg| arg == "--bench");
    args.retain(|arg| arg != "--bench");
    if !benched {
        return Ok(());
    }
    let options = Options::read(&args)?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Keys: {} × next, on {} × {} cells. Memory is `RssAnon`, after them.\n\n\
         | claims | cases | first rows | first byte, median | 99 of 100 | frame, median | 99 of 100 | longest | memory |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        options.keys, options.size.0, options.size.1,
    )?;
    for &claims in &options.claims {
        let Told { cases, first_rows, answers, memory_kib } = of_size(claims, &options)?;
        let first = sorted(answers.iter().map(|answer| answer.first));
        let whole = sorted(answers.iter().map(|answer| answer.whole));
        writeln!(
            out,
            "| {claims} | {cases} | {} | {} | {} | {} | {} | {} | {:.1} MB |",
            ms(first_rows),
            ms(at(&first, 0.5)),
            ms(at(&first, 0.99)),
            ms(at(&whole, 0.5)),
            ms(at(&whole, 0.99)),
            ms(at(&whole, 1.0)),
            memory_kib as f64 * 1024.0 / 1e6,
        )?;
    }
    Ok(())
}

struct Options {
    claims: Vec<usize>,
    keys: usize,
    size: (u16, u16),
}

impl Options {
    fn read(args: &[String]) -> anyhow::Result<Self> {
        let mut options = Self { claims: vec![10_000, 100_000], keys: 100, size: (120, 40) };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--claims" => {
                    let numbers = value()?.split(',').map(|number| number.replace('_', "").parse());
                    options.claims = numbers.collect::<Result<_, _>>()?;
                }
                "--keys" => options.keys = value()?.parse::<usize>()?.max(1),
                "--size" => {
                    let (cols, rows) = value()?.split_once('x').context("a size is COLSxROWS")?;
                    options.size = (cols.parse()?, rows.parse()?);
                }
                other => bail!("unknown argument {other}; there are --claims, --keys and --size"),
            }
        }
        Ok(options)
    }
}

/// What one workspace's workstation did.
struct Told {
    cases: u64,
    first_rows: Duration,
    answers: Vec<Answer>,
    memory_kib: u64,
}

fn of_size(claims: usize, options: &Options) -> anyhow::Result<Told> {
    let folder = tempfile::tempdir()?;
    let document = folder.path().join("scan.sarif");
    Project::new(claims).write(Scan::First, &document)?;
    let imported = said(folder.path(), &["--json", "import", "--project", "bench", "scan.sarif"])?;
    let cases = imported["totals"]["cases"].as_u64().context("a receipt")?;
    ensure!(cases as usize > options.keys, "{cases} cases are too few for {} keys", options.keys);
    let first = said(folder.path(), &["--json", "cases", "is:open", "--limit", "1"])?;
    let path = first["path"].as_str().context("a case")?.to_owned();
    let name = path.rsplit('/').next().unwrap_or_default();

    let mut terminal = Program::new(ASSIZE)
        .args(["triage"])
        .folder(folder.path())
        .env("XDG_CONFIG_HOME", folder.path().join("no-configuration"))
        .env("USER", "bench")
        .size(options.size.0, options.size.1)
        .start();
    let first_rows = from_start(&mut terminal, |screen| screen.shows(name))?;
    let answers = (0..options.keys).map(|_| answer(&mut terminal, NEXT)).collect::<Result<_, _>>()?;
    Ok(Told { cases, first_rows, answers, memory_kib: memory_kib(&terminal)? })
}

/// What a command prints.
fn said(workspace: &Path, args: &[&str]) -> anyhow::Result<Value> {
    let usage = measure(Command::new(ASSIZE).args(args).current_dir(workspace))?;
    Ok(serde_json::from_str(&usage.output)?)
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times
}

/// What so large a part of the times is below.
fn at(sorted: &[Duration], part: f64) -> Duration {
    let last = sorted.len() - 1;
    sorted[((sorted.len() as f64 * part) as usize).min(last)]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
