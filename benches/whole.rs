//! Imports, rescans and lists as whole processes, side by side with a floor, and what their bounds are.
//!
//!     cargo bench --bench whole -- [--claims 10000,100000,1000000] [--runs 3] [--write]
//!
//! `-- --program` tells the size of the program and how long it takes to start, and nothing else.
//!
//! `-- document CLAIMS FIRST NEXT` writes the generated documents, to try and to profile things on.
//!
//! Every round runs the floor, a first import, the next scan and the same file again on a fresh workspace, so that
//! what else the machine does hits them alike; ratios are medians of the rounds' own ratios. `--write` puts the
//! tables into `docs/benchmarks.md`. A bound that does not hold is said, and fails nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use support::judging::{Judging, judge_until};
use support::page::{bounded, grouped, load, machine, write_page};
use support::process::{Usage, measure};
use support::sarif::{Project, Scan};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const BEGIN: &str = "<!-- whole: made by the command below, do not edit -->";
const END: &str = "<!-- whole: end -->";

const PROGRAM_BEGIN: &str = "<!-- program: made by the command below, do not edit -->";
const PROGRAM_END: &str = "<!-- program: end -->";
/// How often the program is started to do nothing.
const STARTS: usize = 21;

/// An import takes at most so many times the floor…
const OF_FLOOR: f64 = 2.0;
/// …and so much memory of its own.
const MEMORY_MB: f64 = 400.0;
/// The next scan takes at most so many times the first.
const NEXT_OF_FIRST: f64 = 1.5;
/// The identical file takes at most such a part of the first.
const AGAIN_OF_FIRST: f64 = 0.1;
/// Listing by anything that the docket holds, in milliseconds.
const LISTING_MS: f64 = 150.0;
/// A verdict given while an import runs is on disk within so many milliseconds.
const VERDICT_MS: f64 = 50.0;
/// One claim more takes at most so many milliseconds, however much is there…
const ONE_MORE_MS: f64 = 300.0;
/// …and so much memory.
const ONE_MORE_MB: f64 = 100.0;
/// Listing by words that must stand in a text.
const WORDS_MS: f64 = 500.0;

/// What is listed, and in what time.
const FILTERS: [(&str, f64); 12] = [
    ("", LISTING_MS),
    ("sev:>=high", LISTING_MS),
    ("tool:codeql", LISTING_MS),
    ("rule:*sql*", LISTING_MS),
    ("path:src/**", LISTING_MS),
    ("cwe:89 is:open", LISTING_MS),
    ("run:last is:fused -sev:low", LISTING_MS),
    ("path:src/** -rule:*sql*", LISTING_MS),
    ("--order newest", LISTING_MS),
    ("--order path -sev:low", LISTING_MS),
    ("--order severity is:open,stale", LISTING_MS),
    ("escaped invoice", WORDS_MS),
];

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [floor, document, database] = args.as_slice()
        && floor == "floor"
    {
        let rows = support::floor::import(Path::new(document), Path::new(database))?;
        return Ok(writeln!(std::io::stdout(), "{rows}")?);
    }
    if let [document, claims, first, next, ..] = args.as_slice()
        && document == "document"
    {
        let project = Project::new(claims.parse()?);
        project.write(Scan::First, Path::new(first))?;
        project.write(Scan::Next, Path::new(next))?;
        return Ok(());
    }
    let Some(args) = support::arguments() else { return Ok(()) };
    let options = Options::read(&args)?;
    load();
    if options.program_alone {
        let text = program(&options)?;
        writeln!(std::io::stdout(), "{text}")?;
        return if options.write { write_page(PROGRAM_BEGIN, PROGRAM_END, &text) } else { Ok(()) };
    }
    let mut told = Told::default();
    for &claims in &options.claims {
        told.imports.push(of_size(claims, &options, &mut told.listings)?);
    }
    let text = told.markdown(&options)?;
    writeln!(std::io::stdout(), "{text}")?;
    if options.write { write_page(BEGIN, END, &text) } else { Ok(()) }
}

/// The program's size, and how long it takes to start and to do nothing.
fn program(options: &Options) -> anyhow::Result<String> {
    let size = fs::metadata(ASSIZE)?.len();
    let once = || measure(Command::new(ASSIZE).arg("--version"));
    // The first brings the program into memory.
    once()?;
    let walls = (0..STARTS).map(|_| Ok(once()?.wall.as_secs_f64() * 1e3));
    let walls = walls.collect::<anyhow::Result<Vec<_>>>()?;
    let slowest = walls.iter().copied().fold(0.0, f64::max);
    let mut out = format!("{}\n\n    cargo bench --bench whole -- {}\n\n", machine(), options.line);
    writeln!(out, "| the program | `--version`, median of {STARTS} | the longest |\n|--:|--:|--:|")?;
    writeln!(out, "| {:.0} MB | {:.0} ms | {slowest:.0} ms |", size as f64 / 1e6, median(walls))?;
    Ok(out)
}

struct Options {
    /// The program's size and start are measured, and nothing else.
    program_alone: bool,
    claims: Vec<usize>,
    runs: usize,
    write: bool,
    line: String,
}

impl Options {
    fn read(args: &[String]) -> anyhow::Result<Self> {
        let mut options = Self {
            program_alone: false,
            claims: vec![10_000, 100_000, 1_000_000],
            runs: 3,
            write: false,
            line: args.join(" "),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--claims" => {
                    let numbers = value()?.split(',').map(|number| number.replace('_', "").parse());
                    options.claims = numbers.collect::<Result<_, _>>()?;
                }
                "--runs" => options.runs = value()?.parse::<usize>()?.max(1),
                "--write" => options.write = true,
                "--program" => options.program_alone = true,
                other => bail!("unknown argument {other}; there are --claims, --runs, --program and --write"),
            }
        }
        Ok(options)
    }
}

/// Every round's usage of the four imports, in the order of their running.
struct Imports {
    claims: usize,
    bytes: u64,
    rounds: Vec<[Usage; 4]>,
    store: u64,
    findings: u64,
    cases: u64,
    /// Claims of the next scan that found their finding.
    matched: u64,
    /// One claim more imported into it, again and again.
    one_more: Vec<Usage>,
    judging: Judging,
}

struct Listing {
    claims: usize,
    filter: &'static str,
    bound: f64,
    /// The median and the number of lines; nothing where the command is not there yet.
    took: Option<(Duration, usize)>,
}

#[derive(Default)]
struct Told {
    imports: Vec<Imports>,
    listings: Vec<Listing>,
}

fn of_size(claims: usize, options: &Options, listings: &mut Vec<Listing>) -> anyhow::Result<Imports> {
    let folder = tempfile::Builder::new().prefix("assize-bench-").tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let (first, next) = (at("first.sarif"), at("next.sarif"));
    let project = Project::new(claims);
    let bytes = project.write(Scan::First, &first)?;
    project.write(Scan::Next, &next)?;
    let mut imports = Imports {
        claims,
        bytes,
        rounds: Vec::new(),
        store: 0,
        findings: 0,
        cases: 0,
        matched: 0,
        one_more: Vec::new(),
        judging: Judging::default(),
    };
    for round in 0..options.runs {
        let (database, workspace) = (at("floor.db"), at(&format!("workspace-{round}")));
        fs::create_dir(&workspace)?;
        let floor = measure(Command::new(std::env::current_exe()?).arg("floor").arg(&first).arg(&database))?;
        ensure!(floor.output.trim() == claims.to_string(), "the floor has {} rows", floor.output);
        fs::remove_file(&database)?;
        let scan = |document: &Path| -> anyhow::Result<(Usage, Value)> {
            let mut command = Command::new(ASSIZE);
            command
                .args(["--json", "import", "--project", "bench"])
                .arg(document)
                .arg("--workspace")
                .arg(&workspace);
            let usage = measure(&mut command)?;
            let report: Value = serde_json::from_str(&usage.output)?;
            ensure!(report["totals"]["claims"] == claims, "claims: {}", report["totals"]);
            Ok((usage, report["totals"].clone()))
        };
        let (import, _) = scan(&first)?;
        let (rescan, told) = scan(&next)?;
        imports.matched = told["matched"].as_u64().unwrap_or(0);
        let (again, told) = scan(&next)?;
        imports.findings = told["findings"].as_u64().unwrap_or(0);
        imports.cases = told["cases"].as_u64().unwrap_or(0);
        writeln!(
            std::io::stderr(),
            "{claims} claims, round {}: floor {:.2?}, import {:.2?}, next scan {:.2?}, again {:.2?}",
            round + 1,
            floor.wall,
            import.wall,
            rescan.wall,
            again.wall
        )?;
        imports.rounds.push([floor, import, rescan, again]);
        if round + 1 == options.runs {
            imports.store = fs::metadata(workspace.join(".assize/findings.db"))?.len();
            list(claims, &workspace, listings)?;
            imports.one_more = one_more(claims, &workspace, &at("one.sarif"))?;
            // Written anew, the first scan is one more: all of it is followed again, beside which cases are judged.
            fs::File::options().write(true).open(&first)?.set_modified(std::time::SystemTime::now())?;
            let ended = AtomicBool::new(false);
            imports.judging = std::thread::scope(|scope| {
                let judging = scope.spawn(|| judge_until(&ended, &workspace, imports.cases as u32));
                let imported = scan(&first);
                ended.store(true, Ordering::Relaxed);
                imported?;
                judging.join().map_err(|_| anyhow::anyhow!("the judging thread failed"))?
            })?;
        }
        fs::remove_dir_all(&workspace)?;
    }
    Ok(imports)
}

/// Imports a claim that is new, the only one of its file, as the scan of that file would.
fn one_more(claims: usize, workspace: &Path, document: &Path) -> anyhow::Result<Vec<Usage>> {
    let mut usages = Vec::new();
    for number in 0..5 {
        let path = format!("services/one/more{number}.py");
        let result = serde_json::json!({"ruleId": "py/one-more", "message": {"text": "one more"}, "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 7,
                "snippet": {"text": format!("one_more({number})")}}}}]});
        let driver = serde_json::json!({"name": "CodeQL"});
        let log = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": [result]}]});
        fs::write(document, log.to_string())?;
        let mut command = Command::new(ASSIZE);
        command.args(["--json", "import", "--scope", "partial", "--project", "bench"]);
        let usage = measure(command.arg(document).arg("--workspace").arg(workspace))?;
        let report: Value = serde_json::from_str(&usage.output)?;
        ensure!(report["totals"]["new"] == 1, "one more: {}", report["totals"]);
        // Five sixths of the claims are the tool's own, and all of them were looked past.
        ensure!(
            report["totals"]["unseen"].as_u64() >= Some(claims as u64 / 2),
            "unseen: {}",
            report["totals"]
        );
        usages.push(usage);
    }
    Ok(usages)
}

fn list(claims: usize, workspace: &Path, listings: &mut Vec<Listing>) -> anyhow::Result<()> {
    for (filter, bound) in FILTERS {
        let once = || {
            let mut command = Command::new(ASSIZE);
            command.args(["--json", "cases", "--limit", "50", "--workspace"]).arg(workspace);
            measure(command.args(filter.split_ascii_whitespace()))
        };
        // The first brings the store's pages into memory.
        let took = match once() {
            Ok(warm) if !warm.output.trim().is_empty() => {
                let mut walls = (0..9).map(|_| Ok(once()?.wall)).collect::<anyhow::Result<Vec<_>>>()?;
                walls.sort_unstable();
                Some((walls[walls.len() / 2], warm.output.lines().count()))
            }
            _ => None,
        };
        listings.push(Listing { claims, filter, bound, took });
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Imports {
    fn seconds(&self, which: usize) -> f64 {
        median(self.rounds.iter().map(|round| round[which].wall.as_secs_f64()).collect())
    }

    fn cpu(&self, which: usize) -> f64 {
        median(self.rounds.iter().map(|round| round[which].cpu.as_secs_f64()).collect())
    }

    fn ratio(&self, which: usize, of: usize) -> f64 {
        let wall = |usage: &Usage| usage.wall.as_secs_f64();
        median(self.rounds.iter().map(|round| wall(&round[which]) / wall(&round[of])).collect())
    }

    /// The highest of all rounds, in MB.
    fn memory(&self, which: usize) -> f64 {
        let most = self.rounds.iter().map(|round| round[which].memory_kib).max().unwrap_or(0);
        most as f64 * 1024.0 / 1e6
    }
}

impl Told {
    fn markdown(&self, options: &Options) -> anyhow::Result<String> {
        let mut out = String::new();
        writeln!(out, "{}\n", machine())?;
        writeln!(out, "    cargo bench --bench whole -- {}\n", options.line)?;
        writeln!(
            out,
            "Medians of {} rounds: wall time, and in brackets the CPU time of all threads. Memory is `RssAnon`, the \
             highest of all rounds.\n",
            options.runs
        )?;
        writeln!(
            out,
            "| claims | document | floor | import | of the floor, ≤ {OF_FLOOR} | its memory, ≤ {MEMORY_MB} MB | µs a claim |"
        )?;
        writeln!(out, "|--:|--:|--:|--:|--:|--:|--:|")?;
        for size in &self.imports {
            writeln!(
                out,
                "| {} | {:.0} MB | {} | {} | {} | {} | {:.1} |",
                grouped(size.claims as u64),
                size.bytes as f64 / 1e6,
                time(size, 0),
                time(size, 1),
                bounded(size.ratio(1, 0), OF_FLOOR, 2, ""),
                bounded(size.memory(1), MEMORY_MB, 0, " MB"),
                size.seconds(1) * 1e6 / size.claims as f64,
            )?;
        }
        writeln!(out)?;
        writeln!(
            out,
            "| claims | next scan | of the first, ≤ {NEXT_OF_FIRST} | its memory, ≤ {MEMORY_MB} MB | matched | same file again | of the first, ≤ {AGAIN_OF_FIRST} | findings | cases | store |"
        )?;
        writeln!(out, "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for size in &self.imports {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} MB |",
                grouped(size.claims as u64),
                time(size, 2),
                bounded(size.ratio(2, 1), NEXT_OF_FIRST, 2, ""),
                bounded(size.memory(2), MEMORY_MB, 0, " MB"),
                if size.matched == size.claims as u64 { "all".to_owned() } else { grouped(size.matched) },
                time(size, 3),
                bounded(size.ratio(3, 1), AGAIN_OF_FIRST, 3, ""),
                grouped(size.findings),
                grouped(size.cases),
                size.store as f64 / 1e6,
            )?;
        }
        writeln!(
            out,
            "\n| claims that are there | one claim more, the longest of {}, ≤ {ONE_MORE_MS} ms | its memory, ≤ {ONE_MORE_MB} MB |",
            self.imports.first().map_or(0, |size| size.one_more.len())
        )?;
        writeln!(out, "|--:|--:|--:|")?;
        for size in &self.imports {
            let longest = size.one_more.iter().map(|usage| usage.wall.as_secs_f64()).fold(0.0, f64::max);
            let most = size.one_more.iter().map(|usage| usage.memory_kib).max().unwrap_or(0);
            writeln!(
                out,
                "| {} | {} | {} |",
                grouped(size.claims as u64),
                bounded(longest * 1e3, ONE_MORE_MS, 0, " ms"),
                bounded(most as f64 * 1024.0 / 1e6, ONE_MORE_MB, 0, " MB"),
            )?;
        }
        writeln!(
            out,
            "\n| claims imported meanwhile | verdicts | on disk after, median | 99 of 100 | the longest, ≤ {VERDICT_MS} ms |"
        )?;
        writeln!(out, "|--:|--:|--:|--:|--:|")?;
        for size in &self.imports {
            let Judging { verdicts, median, p99, longest } = &size.judging;
            writeln!(
                out,
                "| {} | {verdicts} | {:.1} ms | {:.1} ms | {} |",
                grouped(size.claims as u64),
                median.as_secs_f64() * 1e3,
                p99.as_secs_f64() * 1e3,
                bounded(longest.as_secs_f64() * 1e3, VERDICT_MS, 1, " ms"),
            )?;
        }
        writeln!(out, "\n| `cases --limit 50` | claims | took | bound | lines |")?;
        writeln!(out, "|---|--:|--:|--:|--:|")?;
        for Listing { claims, filter, bound, took } in &self.listings {
            let claims = grouped(*claims as u64);
            let filter = if filter.is_empty() { "no filter".to_owned() } else { format!("`{filter}`") };
            match took {
                Some((took, lines)) => {
                    let took = bounded(took.as_secs_f64() * 1e3, *bound, 0, " ms");
                    writeln!(out, "| {filter} | {claims} | {took} | ≤ {bound} ms | {lines} |")?;
                }
                None => writeln!(out, "| {filter} | {claims} | not there yet | ≤ {bound} ms | |")?,
            }
        }
        Ok(out)
    }
}

fn time(size: &Imports, which: usize) -> String {
    format!("{:.2} s ({:.2})", size.seconds(which), size.cpu(which))
}
