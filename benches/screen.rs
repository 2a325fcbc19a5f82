//! The workstation in a terminal, over a store of a million cases: what a key waits for, while nothing else runs and
//! while an import runs beside it.
//!
//!     cargo bench --bench screen -- [--claims 1_200_000] [--keys 100] [--size 120x40] [--store DIR] [--write]
//!
//! `--store` keeps the store that is made, or takes the one that was; each run works on a copy. `--write` puts the
//! table into `docs/benchmarks.md`. A bound that does not hold is said, and fails nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use support::answer::terminal::{Program, Screen, Terminal};
use support::answer::{answer, answer_until, from_start, memory_kib, shown_after, within};
use support::large::{self, FLAGGED};
use support::page::{grouped, load, machine, write_page};
use support::process::{cpu_of, measure};
use support::sarif::{Project, Scan};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const BEGIN: &str = "<!-- screen: made by the command below, do not edit -->";
const END: &str = "<!-- screen: end -->";

/// From a key to its frame.
const KEY_MS: f64 = 16.0;
/// From a key of the filter to what it leaves in.
const FILTER_MS: f64 = 50.0;
/// From the last letter of a word to how many texts hold it.
const WORDS_MS: f64 = 500.0;
/// From the start to real rows.
const START_MS: f64 = 100.0;
/// From plain code to coloured.
const COLOUR_MS: f64 = 50.0;
const MEMORY_MB: f64 = 250.0;
/// How long it is left alone, and what it may compute for meanwhile: a thousandth of the time.
const IDLE: Duration = Duration::from_secs(5);
const IDLE_MS: f64 = 5.0;
const STARTS: usize = 5;

/// What a key does, and its bytes.
const KEYS: [(&str, &[u8]); 5] =
    [("next", b"j"), ("page", b"\x06"), ("verdict", b"a"), ("its reason", b"o"), ("undo", b"z")];

/// Filters, written letter by letter.
const FILTERS: [&str; 6] =
    ["sev:>=high", "path:src/**", "rule:*sql*", "tool:codeql", "cwe:89 is:open", "-sev:low is:open"];
const WORDS: &str = "escaped invoice";

/// A filter that leaves in about a tenth of the cases, for a verdict on all of them; and how long that may take.
const MANY: &str = "cwe:89,78";
const BULK: Duration = Duration::from_secs(300);

fn main() -> anyhow::Result<()> {
    let Some(args) = support::arguments() else { return Ok(()) };
    let options = Options::read(&args)?;
    load();
    let folder = tempfile::Builder::new().prefix("assize-bench-").tempdir()?;
    let store = Store::ready(folder.path(), &options)?;
    let mut told = Told::default();
    work(&store, &options, &mut told)?;
    let text = told.markdown(&store, &options)?;
    writeln!(std::io::stdout(), "{text}")?;
    if options.write { write_page(BEGIN, END, &text) } else { Ok(()) }
}

struct Options {
    claims: usize,
    keys: usize,
    size: (u16, u16),
    store: Option<PathBuf>,
    write: bool,
    line: String,
}

impl Options {
    fn read(args: &[String]) -> anyhow::Result<Self> {
        let (claims, keys, size, line) = (1_200_000, 100, (120, 40), args.join(" "));
        let mut options = Self { claims, keys, size, store: None, write: false, line };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--claims" => options.claims = value()?.replace('_', "").parse()?,
                "--keys" => options.keys = value()?.parse::<usize>()?.max(1),
                "--size" => {
                    let (cols, rows) = value()?.split_once('x').context("a size is COLSxROWS")?;
                    options.size = (cols.parse()?, rows.parse()?);
                }
                "--store" => {
                    let folder = value()?;
                    // The page has no folder of the machine that it was measured on.
                    options.line = options.line.replace(folder.as_str(), "DIR");
                    options.store = Some(folder.into());
                }
                "--write" => options.write = true,
                other => bail!("unknown argument {other}: --claims, --keys, --size, --store and --write"),
            }
        }
        Ok(options)
    }
}

/// A workspace with all cases and the two large files.
struct Store {
    workspace: PathBuf,
    document: PathBuf,
    cases: u64,
}

impl Store {
    fn ready(folder: &Path, options: &Options) -> anyhow::Result<Self> {
        let made = options.store.clone().unwrap_or_else(|| folder.join("made"));
        let (document, made_cases) = (made.join("scan.sarif"), made.join("cases"));
        if !document.exists() {
            fs::create_dir_all(&made)?;
            let part = made.join("part.sarif");
            Project::new(options.claims).write(Scan::First, &part)?;
            let receipt = said(&made, &["--json", "import", "--project", "bench", "part.sarif"])?;
            fs::write(&made_cases, receipt["totals"]["cases"].to_string())?;
            large::write(&made.join("large"), &made.join("large.sarif"))?;
            said(&made, &["--json", "import", "--project", "large", "--source", "large", "large.sarif"])?;
            fs::rename(part, &document)?;
        }
        let workspace = if options.store.is_some() {
            let copy = folder.join("copy");
            fs::create_dir_all(copy.join(".assize"))?;
            for file in fs::read_dir(made.join(".assize"))? {
                let file = file?;
                fs::copy(file.path(), copy.join(".assize").join(file.file_name()))?;
            }
            copy
        } else {
            made
        };
        let cases = fs::read_to_string(made_cases)?.trim().parse()?;
        Ok(Self { workspace, document, cases })
    }

    fn triage(&self, options: &Options, args: &[&str]) -> Terminal {
        Program::new(ASSIZE)
            .args(["triage"])
            .args(args)
            .folder(&self.workspace)
            .env("XDG_CONFIG_HOME", self.workspace.join("no-configuration"))
            .env("USER", "bench")
            .size(options.size.0, options.size.1)
            .start()
    }

    /// The same claims as another project, imported beside what is measured.
    fn import_beside(&self, project: &str) -> anyhow::Result<Child> {
        let mut command = Command::new(ASSIZE);
        command.args(["--json", "import", "--project", project]).arg(&self.document);
        command.current_dir(&self.workspace).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command.stdin(Stdio::null()).spawn()?)
    }
}

/// A row of the table.
struct Measured {
    what: String,
    times: Vec<Duration>,
    bound_ms: Option<f64>,
    /// Whether the longest counts, and not what 99 of 100 are below.
    is_longest: bool,
}

#[derive(Default)]
struct Told {
    measured: Vec<Measured>,
    memory_kib: u64,
    idle: Duration,
}

impl Told {
    fn note(&mut self, what: impl Into<String>, times: Vec<Duration>, bound_ms: impl Into<Option<f64>>) {
        let (what, bound_ms) = (what.into(), bound_ms.into());
        let is_longest = times.len() < 50;
        self.measured.push(Measured { what, times, bound_ms, is_longest });
    }

    fn remember(&mut self, terminal: &Terminal) -> anyhow::Result<()> {
        self.memory_kib = self.memory_kib.max(memory_kib(terminal)?);
        Ok(())
    }
}

fn work(store: &Store, options: &Options, told: &mut Told) -> anyhow::Result<()> {
    // The first time, nothing is kept.
    let mut terminal = store.triage(options, &[]);
    let first = from_start(&mut terminal, |screen| screen.shows("by worth"))?;
    told.note("start without a kept page: the list", vec![first], None);
    let code = from_start(&mut terminal, |screen| screen.shows("as quoted"))?;
    told.note("start without a kept page: the code", vec![code], None);
    keys(&mut terminal, options.keys, "", told)?;
    told.remember(&terminal)?;
    filters(&mut terminal, told)?;
    told.remember(&terminal)?;
    std::thread::sleep(Duration::from_secs(1));
    let before = cpu_of(&terminal)?;
    std::thread::sleep(IDLE);
    told.idle = cpu_of(&terminal)? - before;

    let mut import = store.import_beside("beside")?;
    std::thread::sleep(Duration::from_secs(2));
    keys(&mut terminal, options.keys.div_ceil(2), ", an import beside", told)?;
    ensure!(import.try_wait()?.is_none(), "the import ended before the keys did: use fewer --keys");
    import.kill()?;
    import.wait()?;
    told.remember(&terminal)?;
    leave(&mut terminal);

    let mut rows = Vec::new();
    let mut lists = Vec::new();
    for _ in 0..STARTS {
        let mut terminal = store.triage(options, &[]);
        rows.push(from_start(&mut terminal, |screen| screen.shows("by worth"))?);
        lists.push(from_start(&mut terminal, |screen| screen.shows("by worth") && !screen.shows("loading"))?);
        leave(&mut terminal);
    }
    told.note("start: rows from the page that was kept", rows, START_MS);
    told.note("start: the list anew", lists, None);
    many(store, options, told)?;
    large_files(store, options, told)
}

/// One verdict on the many cases that a filter leaves in, and its undo.
fn many(store: &Store, options: &Options, told: &mut Told) -> anyhow::Result<()> {
    let mut terminal = store.triage(options, &[MANY]);
    let is_listed = |screen: &Screen| screen.shows("by worth") && !screen.shows("loading");
    from_start(&mut terminal, is_listed)?;
    // Control and a: all of them.
    answer_until(&mut terminal, b"\x01", |screen| screen.shows(" selected"))?;
    let line = terminal.screen().line_with(" selected").unwrap_or_default();
    let selected = line.split(" selected").next().and_then(|before| before.split(' ').next_back());
    let cases = format!("{} cases", selected.context("how many were selected")?);
    let asked = format!("unsure: {cases}");
    answer_until(&mut terminal, b"u", |screen| screen.shows(&asked) && !screen.shows("counting"))?;
    let is_last = |screen: &Screen, text: &str| screen.lines().last().is_some_and(|line| line.contains(text));
    let took = within(&mut terminal, b"\r", BULK, |screen| is_last(screen, &asked))?;
    told.note(format!("one verdict on {cases}: until it is on disk and shown"), vec![took], None);
    let undone = format!("taken back: {cases}");
    let took = within(&mut terminal, b"z", BULK, |screen| is_last(screen, &undone))?;
    told.note(format!("its undo, in one step: {cases}"), vec![took], None);
    told.remember(&terminal)?;
    leave(&mut terminal);
    Ok(())
}

fn leave(terminal: &mut Terminal) {
    terminal.keys("q");
    terminal.wait_exit();
}

/// Keys of each kind; what they do is drawn before anything is read.
fn keys(terminal: &mut Terminal, count: usize, beside: &str, told: &mut Told) -> anyhow::Result<()> {
    let mut frames: Vec<Vec<Duration>> = vec![Vec::new(); KEYS.len()];
    let mut wholes = frames.clone();
    for _ in 0..count {
        for (at, (_, key)) in KEYS.iter().enumerate() {
            let took = answer(terminal, key)?;
            frames[at].push(took.first);
            wholes[at].push(took.whole);
        }
    }
    let all = frames.iter().flatten().copied().collect();
    for ((name, _), times) in KEYS.iter().zip(frames) {
        told.note(format!("key to frame: {name}{beside}"), times, KEY_MS);
    }
    told.note(format!("key to frame: all of these{beside}"), all, KEY_MS);
    let wholes = wholes.into_iter().flatten().collect();
    told.note(format!("key to the last that it draws: all of these{beside}"), wholes, None);
    Ok(())
}

/// Writes filters letter by letter; a letter's result is there when nothing more is drawn.
fn filters(terminal: &mut Terminal, told: &mut Told) -> anyhow::Result<()> {
    let mut times = Vec::new();
    let (mut firsts, mut counts) = (Vec::new(), Vec::new());
    for filter in FILTERS.into_iter().chain([WORDS, WORDS]) {
        answer(terminal, b"/")?;
        answer(terminal, b"\x15")?;
        for at in 1..=filter.len() {
            let (text, letter) = (&filter[..at], filter.as_bytes()[at - 1]);
            // Before its colon is written a term is a word, which is looked for in every text.
            if text.split(' ').all(|term| term.is_empty() || term.contains(':')) {
                times.push(answer(terminal, &[letter])?.whole);
                continue;
            }
            let mut first = None;
            let begun = terminal.send(&[letter]);
            // The frame with the letter, which says nothing of the list, may be followed by a part of the list.
            let whole = shown_after(terminal, begun, |came, screen| {
                if first.is_none() && screen.shows("searching") {
                    first = Some(came);
                }
            })?;
            firsts.push(first.unwrap_or(whole));
            counts.push(whole);
        }
        times.push(answer(terminal, b"\x1b")?.whole);
    }
    told.note("a letter of a filter to what it leaves in", times, FILTER_MS);
    told.note("a letter of words: the first texts that hold them", firsts, FILTER_MS);
    told.note("a letter of words: all, and their number", counts, WORDS_MS);
    Ok(())
}

/// Goes to and fro between the two large files.
fn large_files(store: &Store, options: &Options, told: &mut Told) -> anyhow::Result<()> {
    let mut terminal = store.triage(options, &["project:large"]);
    from_start(&mut terminal, |screen| FLAGGED.iter().any(|text| screen.shows(text)))?;
    let (mut plain, mut coloured) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    let mut at = usize::from(terminal.screen().shows(FLAGGED[1]));
    for _ in 0..20 {
        let key: &[u8] = if terminal.screen().shows("1/2 by") { b"j" } else { b"k" };
        at = 1 - at;
        let text = FLAGGED[at];
        let (begun, took) = answer_until(&mut terminal, key, |screen| screen.shows(text))?;
        plain[at].push(took);
        // A call and a string have other colours than the rest.
        let is_coloured = |screen: &Screen| {
            let Some(place) = screen.find(text) else { return false };
            let colours = (0..text.len()).map(|on| screen.cell(place.x + on as u16, place.y).fg);
            colours.collect::<std::collections::HashSet<_>>().len() > 1
        };
        let mut when = is_coloured(&terminal.screen()).then_some(took);
        while when.is_none() && begun.elapsed() < Duration::from_secs(10) {
            if let Some(came) = terminal.output_by(Instant::now() + Duration::from_millis(500)) {
                when = is_coloured(&terminal.screen()).then_some(came - begun);
            }
        }
        coloured[at].push(when.context("a file that is never coloured")? - took);
    }
    let names = [format!("{} lines", grouped(large::LINES as u64)), "5 MB in one line".to_owned()];
    for (name, (plain, coloured)) in names.iter().zip(plain.into_iter().zip(coloured)) {
        told.note(format!("a file of {name}: plain"), plain, None);
        told.note(format!("a file of {name}: its colours after that"), coloured, COLOUR_MS);
    }
    for at in [0, 1] {
        let key: &[u8] = if terminal.screen().shows("1/2 by") { b"j" } else { b"k" };
        if !terminal.screen().shows(FLAGGED[at]) {
            answer_until(&mut terminal, key, |screen| screen.shows(FLAGGED[at]))?;
        }
        let key: &[u8] = if at == 0 { b"J" } else { b"L" };
        let times: anyhow::Result<Vec<Duration>> =
            (0..options.keys).map(|_| Ok(answer(&mut terminal, key)?.first)).collect();
        let way = if at == 0 { "down" } else { "sideways" };
        told.note(format!("key to frame: scrolling {way} in {}", names[at]), times?, KEY_MS);
        // Back to what is flagged.
        answer(&mut terminal, b"f")?;
    }
    told.remember(&terminal)?;
    leave(&mut terminal);
    Ok(())
}

impl Told {
    fn markdown(&self, store: &Store, options: &Options) -> anyhow::Result<String> {
        let mut out = String::new();
        writeln!(out, "{}\n", machine())?;
        writeln!(out, "    cargo bench --bench screen -- {}\n", options.line)?;
        writeln!(
            out,
            "{} cases, on {} × {} cells. The bound is held to what 99 of 100 are below, of fewer than 50 to the longest.\n",
            grouped(store.cases),
            options.size.0,
            options.size.1,
        )?;
        writeln!(out, "| from … to … | times | median | 99 of 100 | longest | bound | |")?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|---|")?;
        for Measured { what, times, bound_ms, is_longest } in &self.measured {
            let mut times = times.clone();
            times.sort_unstable();
            let at = |part: f64| ms(times[((times.len() as f64 * part) as usize).min(times.len() - 1)]);
            let (bound, holds) = match bound_ms {
                Some(bound) => {
                    let counts = if *is_longest { at(1.0) } else { at(0.99) };
                    (format!("≤ {bound:.0} ms"), said_of(counts <= *bound))
                }
                None => (String::new(), ""),
            };
            writeln!(
                out,
                "| {what} | {} | {:.1} ms | {:.1} ms | {:.1} ms | {bound} | {holds} |",
                times.len(),
                at(0.5),
                at(0.99),
                at(1.0)
            )?;
        }
        let memory = self.memory_kib as f64 * 1024.0 / 1e6;
        writeln!(
            out,
            "| its own memory, `RssAnon`, at most | | | | {memory:.0} MB | ≤ {MEMORY_MB:.0} MB | {} |",
            said_of(memory <= MEMORY_MB)
        )?;
        writeln!(
            out,
            "| computed in {} s left alone | | | | {:.1} ms | ≤ {IDLE_MS:.0} ms | {} |",
            IDLE.as_secs(),
            ms(self.idle),
            said_of(ms(self.idle) <= IDLE_MS)
        )?;
        Ok(out)
    }
}

const fn said_of(holds: bool) -> &'static str {
    if holds { "holds" } else { "**does not hold**" }
}

/// What a command prints.
fn said(workspace: &Path, args: &[&str]) -> anyhow::Result<Value> {
    let usage = measure(Command::new(ASSIZE).args(args).current_dir(workspace))?;
    Ok(serde_json::from_str(&usage.output)?)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
