//! The program killed at random moments of an import, a verdict, a remedy's way into a tree or out of it, and an export.
//!
//!     cargo test --test kills -- [KILLS OF EACH: 10] [--only import|verdict|apply|export] [--seed 1]
//!
//! A kill counts if it met the program alive. After each the store opens, every chain of the journal verifies, what was being done is
//! done wholly or not at all, and what had been said to be done is there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and this one tells what it did"
)]

#[path = "support/applied.rs"]
mod applied;
#[path = "../benches/support/draw.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod draw;
#[path = "../benches/support/sarif.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod sarif;
mod support;
#[path = "../benches/support/words.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod words;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use applied::Shop;
use draw::Draw;
use sarif::{Project, Scan};
use support::desk::Desk;
use support::judging::judged_shop;

/// Claims of a scan.
const CLAIMS: usize = 400;

struct Options {
    each: usize,
    seed: u64,
    /// One of the four alone.
    only: Option<String>,
    program: PathBuf,
}

impl Options {
    fn read() -> Self {
        let program = env!("CARGO_BIN_EXE_assize").into();
        let mut options = Self { each: 10, seed: 1, only: None, program };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--seed" => options.seed = args.next().unwrap().parse().unwrap(),
                "--only" => options.only = args.next(),
                each => options.each = each.parse().expect("how many kills of each"),
            }
        }
        options
    }

    fn command(&self, desk: &Desk, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(desk.folder.path()).stdin(Stdio::null());
        command.env("XDG_CONFIG_HOME", desk.folder.path().join("configuration")).env("USER", "ann");
        command.env_remove("ASSIZE_WORKSPACE");
        command
    }
}

/// How an act ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Killed,
    Done,
}

/// One thing, done again and again and killed meanwhile.
struct Killing {
    draw: Draw,
    /// How long it takes where nobody kills it.
    whole: Duration,
    kills: usize,
    /// Of the kills, those after which it was done all the same.
    done: usize,
}

impl Killing {
    fn new(options: &Options, place: u64) -> Self {
        Self { draw: Draw::at(options.seed, place), whole: Duration::ZERO, kills: 0, done: 0 }
    }

    /// Runs it to its end.
    fn measure(&mut self, mut command: Command) {
        let begun = Instant::now();
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        self.whole = begun.elapsed();
    }

    /// Kills it at some moment.
    fn kill(&mut self, mut command: Command) -> Ended {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(self.whole.mul_f64(self.draw.below(1_050) as f64 / 1_000.0));
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            None => {
                self.kills += 1;
                Ended::Killed
            }
            Some(0) => Ended::Done,
            Some(code) => panic!("{command:?}: {code}: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// What came of one: whether it is done; what was said to be done has to be.
    fn came_to(&mut self, ended: Ended, is_done: bool) {
        assert!(ended == Ended::Killed || is_done, "said to be done, and is not");
        self.done += usize::from(ended == Ended::Killed && is_done);
    }

    fn tell(&self, what: &str) {
        println!("{what}: {} kills, after {} of which it was done", self.kills, self.done);
    }
}

fn main() {
    let options = Options::read();
    println!("seed {}", options.seed);
    let each: [(&str, fn(&Options)); 4] =
        [("import", imports), ("verdict", verdicts), ("apply", applied), ("export", exports)];
    for (name, kill) in each {
        if options.only.as_deref().is_none_or(|only| only == name) {
            kill(&options);
        }
    }
}

/// Every case with where it stands.
fn places(desk: &Desk) -> BTreeSet<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cases = desk.cases("").into_iter();
    cases
        .map(|case| (text(&case["case"]), text(&case["path"]), case["start_line"].as_u64().unwrap_or(0)))
        .collect()
}

fn runs(desk: &Desk) -> usize {
    let ran = desk.run(&["runs", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.lines().len()
}

fn verify(desk: &Desk) {
    let ran = desk.run(&["journal", "verify"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

/// Two scans of one project in turn: all of one is there or all of the other.
fn imports(options: &Options) {
    let (desk, mut killing) = (Desk::new(), Killing::new(options, 1));
    let project = Project::new(CLAIMS);
    for (scan, name) in [(Scan::First, "0.sarif"), (Scan::Next, "1.sarif")] {
        project.write(scan, &desk.folder.path().join(name)).unwrap();
    }
    let import = |which: usize| {
        let name = format!("{which}.sarif");
        // Written anew it is another scan, and not one that is known.
        let file = File::options().write(true).open(desk.folder.path().join(&name)).unwrap();
        file.set_modified(SystemTime::now()).unwrap();
        options.command(&desk, &["import", "--project", "shop", &name])
    };
    let whole = [0, 1].map(|which| {
        killing.measure(import(which));
        places(&desk)
    });
    assert!(whole[0] != whole[1], "the scans tell the same");
    let (mut at, mut count) = (1, runs(&desk));
    while killing.kills < options.each {
        let ended = killing.kill(import(1 - at));
        let now = runs(&desk);
        assert!(now == count || now == count + 2, "{now} runs after {count}: a file has two");
        let is_done = now > count;
        killing.came_to(ended, is_done);
        (at, count) = (if is_done { 1 - at } else { at }, now);
        assert!(places(&desk) == whole[at], "neither as before nor as the scan says");
        verify(&desk);
    }
    killing.tell("import");
}

fn entries(desk: &Desk) -> Vec<Vec<u8>> {
    let path = desk.folder.path().join(".assize/journal.db");
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut read = file.prepare("SELECT hash FROM entry ORDER BY number").unwrap();
    read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Verdicts on three cases at once: one entry or none, and the cases stand by it.
fn verdicts(options: &Options) {
    let (desk, mut killing) = (Desk::new(), Killing::new(options, 2));
    desk.import(&[&support::desk::shop("scans/bandit.json")]);
    let cases: Vec<String> =
        desk.cases("is:open")[..3].iter().map(|case| case["case"].as_str().unwrap().to_owned()).collect();
    let opinions = [("confirm", "confirmed"), ("reject", "rejected")];
    let judge = |which: usize| {
        let mut args = vec!["verdict"];
        args.extend(cases.iter().map(String::as_str));
        args.push(opinions[which].0);
        options.command(&desk, &args)
    };
    killing.measure(judge(0));
    let (mut at, mut before) = (0, entries(&desk));
    while killing.kills < options.each {
        let ended = killing.kill(judge(1 - at));
        let now = entries(&desk);
        assert!(
            now.starts_with(&before) && now.len() <= before.len() + 1,
            "entries were lost or written twice"
        );
        let is_done = now.len() > before.len();
        killing.came_to(ended, is_done);
        (at, before) = (if is_done { 1 - at } else { at }, now);
        for case in &cases {
            let shown = desk.run(&["show", "--json", case]).json();
            assert_eq!(shown["verdict"], opinions[at].1, "{shown}");
        }
        verify(&desk);
    }
    killing.tell("verdict");
}

/// A remedy of two files into a tree and out of it: both are the old ones or both the new ones.
fn applied(options: &Options) {
    let (shop, mut killing) = (Shop::new(), Killing::new(options, 3));
    let id = shop.id.to_string();
    let step = |is_in: bool| {
        let args = if is_in {
            vec!["remedy", "take-back", &id]
        } else {
            vec!["remedy", "apply", &id, "--source", "tree"]
        };
        let mut command = Command::new(&options.program);
        shop.within(command.args(args));
        command
    };
    killing.measure(step(false));
    killing.measure(step(true));
    let mut was_in = false;
    while killing.kills < options.each {
        let ended = killing.kill(step(was_in));
        let is_in = shop.is_in("after a kill");
        killing.came_to(ended, is_in != was_in);
        was_in = is_in;
    }
    killing.tell("apply and take back");
}

/// Batches, and verdicts written back: a folder or a file is whole or not there, and of what was left beside nothing stays.
fn exports(options: &Options) {
    let (desk, mut killing) = (judged_shop(), Killing::new(options, 4));
    let mut back = Killing::new(options, 5);
    let path = |name: &str| desk.folder.path().join(name);
    let write_back = || options.command(&desk, &["export", "back.csv", "--format", "csv", "--overwrite"]);
    killing.measure(options.command(&desk, &["export", "batch"]));
    back.measure(write_back());
    let whole = std::fs::read(path("back.csv")).unwrap();
    std::fs::remove_dir_all(path("batch")).unwrap();
    let known = names(&desk);
    let mut before = entries(&desk);
    while killing.kills + back.kills < options.each {
        if killing.draw.percent(25) {
            std::fs::write(path("back.csv"), "old\n").unwrap();
            let ended = back.kill(write_back());
            let now = std::fs::read(path("back.csv")).unwrap();
            assert!(now == whole || now == b"old\n", "half a file: {} bytes of {}", now.len(), whole.len());
            back.came_to(ended, now == whole);
        } else {
            let ended = killing.kill(options.command(&desk, &["export", "batch"]));
            let is_done = path("batch").exists();
            killing.came_to(ended, is_done);
            if is_done {
                let ran = desk.run(&["export", "batch", "--verify"]);
                assert_eq!(ran.code, 0, "half a batch: {}", ran.err);
                std::fs::remove_dir_all(path("batch")).unwrap();
            }
        }
        let now = entries(&desk);
        assert!(now.starts_with(&before), "entries were lost");
        before = now;
        verify(&desk);
    }
    for args in [&["export", "batch"][..], &["export", "back.csv", "--format", "csv", "--overwrite"]] {
        assert_eq!(desk.run(args).code, 0);
    }
    std::fs::remove_dir_all(path("batch")).unwrap();
    assert_eq!(names(&desk), known, "something was left behind");
    killing.tell("batch");
    back.tell("verdicts written back");
}

/// What lies in the workspace's folder.
fn names(desk: &Desk) -> BTreeSet<String> {
    let entries = std::fs::read_dir(desk.folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}
