//! A monkey at the workstation: the real program in a terminal, keys drawn by a seed, imports beside it, and kills among
//! the keys.
//!
//!     cargo test --test soak -- [--minutes 1.25] [--cases 3_000] [--seed 1] [--store DIR] [--program FILE]
//!
//! The first half of the time it is killed every now and then, or told to end, and started anew; the second half is one
//! sitting, over which its own memory is watched. What has to hold:
//!
//! - no panic: no report of a fault, and no exit code but those of a program that was killed or that left as it was told;
//! - every verdict that the screen showed as saved is in the journal, looked up there once the screen has shown it, and
//!   still there after the kill;
//! - every chain of the journal verifies after each sitting;
//! - its own memory grows by no more than a twentieth from the second quarter of the last sitting to its last quarter,
//!   medians of samples. In fewer than ten minutes that is said and fails nothing: what is loaded at its first use is most of it.
//!
//! `--store` takes a workspace that is there, of which a copy is used. What fails is told with the seed and the keys before it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and this one tells what it did"
)]

#[path = "soak/beside.rs"]
mod beside;
#[path = "soak/journal.rs"]
mod journal;
#[path = "soak/monkey.rs"]
mod monkey;
#[path = "../benches/support/mod.rs"]
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::answer::memory_kib;
use support::answer::terminal::{Program, Signal, Terminal};
use support::draw::Draw;
use support::sarif::{Project, Scan};

use beside::Beside;
use journal::Journal;
use monkey::Monkey;

/// From which length on the bound of the memory is held to.
const HELD_FROM: Duration = Duration::from_secs(600);
/// How much the memory may grow.
const GROWTH: f64 = 0.05;
/// How often the memory is looked at.
const SAMPLE: Duration = Duration::from_secs(1);
/// So many keys before a failure are told.
const TOLD: usize = 120;

struct Options {
    length: Duration,
    cases: usize,
    seed: u64,
    store: Option<PathBuf>,
    program: PathBuf,
}

impl Options {
    fn read() -> Self {
        let program = env!("CARGO_BIN_EXE_assize").into();
        let mut options =
            Self { length: Duration::from_secs(75), cases: 3_000, seed: 1, store: None, program };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
            match arg.as_str() {
                "--minutes" => {
                    options.length = Duration::from_secs_f64(value().parse::<f64>().unwrap() * 60.0)
                }
                "--cases" => options.cases = value().replace('_', "").parse().unwrap(),
                "--seed" => options.seed = value().parse().unwrap(),
                "--store" => options.store = Some(value().into()),
                "--program" => options.program = value().into(),
                _ => panic!("unknown argument {arg}: --minutes, --cases, --seed, --store and --program"),
            }
        }
        options
    }
}

/// The workspace that all of it happens in.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Desk {
    fn new(options: &Options) -> Self {
        let folder = tempfile::Builder::new().prefix("assize-soak-").tempdir().unwrap();
        let desk = Self { folder, program: options.program.clone() };
        if let Some(store) = &options.store {
            let workspace = desk.path().join(".assize");
            std::fs::create_dir(&workspace).unwrap();
            for file in std::fs::read_dir(store.join(".assize")).unwrap().map(Result::unwrap) {
                std::fs::copy(file.path(), workspace.join(file.file_name())).unwrap();
            }
        } else {
            // Two tools together: a sixth of the claims joins the case of another.
            Project::new(options.cases + options.cases / 5)
                .write(Scan::First, &desk.path().join("scan.sarif"))
                .unwrap();
            desk.run(&["import", "--project", "bench", "scan.sarif"]);
        }
        // A model's memory is not what is watched.
        std::fs::write(desk.path().join(".assize/config.toml"), "[model]\nask = false\n").unwrap();
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn env(&self) -> [(&'static str, PathBuf); 4] {
        let nothing = self.path().join("no-configuration");
        [
            ("XDG_CONFIG_HOME", nothing),
            ("USER", "ann".into()),
            ("EDITOR", "true".into()),
            ("HOME", self.path().into()),
        ]
    }

    /// A command that is not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(self.path()).envs(self.env()).env_remove("ASSIZE_WORKSPACE");
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that succeeds; what it said.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn start(&self, draw: &mut Draw) -> Terminal {
        let [config, user, editor, home] = self.env();
        let program = Program::new(&self.program).args(["triage"]).folder(self.path());
        let program = [config, user, editor, home]
            .into_iter()
            .fold(program, |program, (name, value)| program.env(name, value));
        let (cols, rows) = [(200, 40), (120, 40), (80, 24)][draw.below(3)];
        let mut terminal = program.size(cols, rows).patience(Duration::from_secs(120)).start();
        terminal.wait_until(|screen| screen.line(0).contains("assize") || screen.shows("assize "));
        terminal
    }

    /// Nothing says that the program had a fault.
    fn has_no_fault(&self) {
        let files = std::fs::read_dir(self.path().join(".assize")).unwrap().map(Result::unwrap);
        for file in files.filter(|file| file.file_name().to_string_lossy().starts_with("fault-")) {
            panic!("a fault: {}", std::fs::read_to_string(file.path()).unwrap_or_default());
        }
    }
}

/// What was done, and what was seen.
#[derive(Default)]
struct Told {
    keys: usize,
    sittings: usize,
    killed: usize,
    ended: usize,
    memory: Vec<u64>,
}

fn main() {
    let options = Options::read();
    let mut monkey = Monkey::new(options.seed, options.cases > 20_000 || options.store.is_some());
    let outcome = catch_unwind(AssertUnwindSafe(|| soak(&options, &mut monkey)));
    if outcome.is_err() {
        let keys = monkey.keys.iter().rev().take(TOLD).rev().map(String::as_str).collect::<Vec<_>>();
        eprintln!(
            "seed {}, after {} keys, of which the last: {}",
            options.seed,
            monkey.keys.len(),
            keys.join(" ")
        );
        std::process::exit(1);
    }
}

fn soak(options: &Options, monkey: &mut Monkey) {
    let begun = Instant::now();
    let desk = Desk::new(options);
    let mut journal = Journal::of(&desk);
    let files = Beside::prepare(&desk, || journal.learn("project:beside"));
    let cases = journal.known();
    println!("{} cases at their places after {} s; seed {}", cases, begun.elapsed().as_secs(), options.seed);
    let mut told = Told::default();
    let begun = Instant::now();
    let beside = Beside::start(&desk, files, options.seed);
    while begun.elapsed() < options.length / 2 {
        let length = Duration::from_millis(
            2_000 + monkey.draw.below(if monkey.is_large { 40_000 } else { 8_000 }) as u64,
        );
        sit(&desk, monkey, &mut journal, &mut told, length, true);
    }
    let (killed, ended) = (told.killed, told.ended);
    told.memory.clear();
    sit(&desk, monkey, &mut journal, &mut told, options.length.saturating_sub(begun.elapsed()), false);
    let imports = beside.end();
    println!(
        "{:.1} minutes, {cases} cases, {} keys in {} sittings: {killed} killed, {ended} told to end, the last {} s long",
        begun.elapsed().as_secs_f64() / 60.0,
        told.keys,
        told.sittings,
        told.memory.len() as u64 * SAMPLE.as_secs(),
    );
    println!("imports beside: {} done, {} killed", imports.done, imports.killed);
    println!(
        "journal: {} entries, {} of which the screen showed as saved by their place and {} by their number; {} verified chains",
        journal.entries(),
        journal.by_place,
        journal.by_number,
        journal.verified,
    );
    judge_memory(&told.memory, options.length);
}

/// One start of the program, until it is killed, told to end or leaves by a key.
fn sit(
    desk: &Desk,
    monkey: &mut Monkey,
    journal: &mut Journal,
    told: &mut Told,
    length: Duration,
    may_kill: bool,
) {
    let mut terminal = desk.start(&mut monkey.draw);
    told.sittings += 1;
    journal.begin();
    let (begun, mut sampled) = (Instant::now(), Instant::now());
    while begun.elapsed() < length && terminal.ended().is_none() {
        told.keys += monkey.step(&mut terminal);
        if terminal.is_stopped() {
            terminal.resume();
            monkey::settle(&mut terminal);
        }
        if let Some(screen) = terminal.frame() {
            journal.check(&screen);
        }
        if sampled.elapsed() >= SAMPLE
            && terminal.ended().is_none()
            && let Ok(memory) = memory_kib(&terminal)
        {
            (sampled, _) = (Instant::now(), told.memory.push(memory));
        }
    }
    if terminal.ended().is_none() {
        if may_kill && monkey.draw.percent(75) {
            // Among the keys: they are sent, and not waited for.
            told.keys += monkey.burst(&mut terminal);
            std::thread::sleep(Duration::from_millis(monkey.draw.below(30) as u64));
            terminal.signal(Signal::KILL);
            assert_eq!(terminal.wait_exit(), 137, "{}", terminal.screen());
            told.killed += 1;
        } else {
            terminal.signal(Signal::TERM);
            let code = terminal.wait_exit();
            assert_eq!(code, 0, "told to end\n{}", terminal.screen());
            told.ended += 1;
        }
    } else {
        assert_eq!(terminal.ended(), Some(0), "left by a key\n{}", terminal.screen());
        told.ended += 1;
    }
    desk.has_no_fault();
    journal.verify();
}

fn median(samples: &[u64]) -> u64 {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or(0)
}

fn judge_memory(samples: &[u64], length: Duration) {
    let quarter = samples.len() / 4;
    if quarter == 0 {
        return;
    }
    let (before, after) = (median(&samples[quarter..2 * quarter]), median(&samples[3 * quarter..]));
    let growth = after as f64 / before.max(1) as f64 - 1.0;
    println!(
        "own memory: {:.1} MB in the second quarter of the last sitting, {:.1} MB in its last ({:+.1} %), from {:.1} to {:.1} MB in all",
        before as f64 / 1024.0,
        after as f64 / 1024.0,
        growth * 100.0,
        samples.iter().min().copied().unwrap_or(0) as f64 / 1024.0,
        samples.iter().max().copied().unwrap_or(0) as f64 / 1024.0,
    );
    assert!(growth <= GROWTH || length < HELD_FROM, "the memory grows");
}
