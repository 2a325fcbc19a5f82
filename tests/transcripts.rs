//! The pages that show commands with what they print, kept true: the commands of a page are run, in order, in one new
//! folder, and a command that opens the workstation is given the keys that the page tells of.
//!
//! `UPDATE=1 cargo test --test transcripts` writes what the commands print now.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why on stderr"
)]

#[path = "support/terminal.rs"]
mod terminal;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use terminal::{Key, Program, Terminal};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const BEGIN: &str = "```console\n";
const END: &str = "```\n";
/// The workstation, where a page opens it.
const OPENS: &str = "assize triage";
/// What stands on a page for the folder that its reader works in.
const DESK: &str = "/home/ann/desk";
/// The footer of the docket, which is drawn last.
const FOOTER: &str = "a confirm";

/// A page and what its reader has done before its first command.
struct Page {
    name: &'static str,
    /// Folders of the project that were copied, and where to.
    copied: &'static [(&'static str, &'static str)],
    /// What is done at the screen, each time that the page opens the workstation.
    walks: &'static [fn(&mut Terminal)],
}

const README: Page = Page { name: "README.md", copied: &[("examples/shop", "examples/shop")], walks: &[] };
const TUTORIAL: Page =
    Page { name: "", copied: &[("examples/shop", "shop"), ("examples/later", "later")], walks: &[] };

#[test]
fn the_readme_shows_what_its_commands_print() {
    hold(&README);
}

#[test]
fn the_analysts_page_shows_what_its_commands_print() {
    hold(&Page { name: "docs/analyst.md", ..TUTORIAL });
}

#[test]
fn the_patch_reviewers_page_shows_what_its_commands_print() {
    hold(&Page { name: "docs/patch-reviewer.md", walks: &[edits_a_remedy], ..TUTORIAL });
}

#[test]
fn the_dataset_owners_page_shows_what_its_commands_print() {
    hold(&Page { name: "docs/dataset-owner.md", walks: &[judges_six_cases], ..TUTORIAL });
}

/// F2, `e` on the only remedy that is listed, and out again.
fn edits_a_remedy(terminal: &mut Terminal) {
    listed(terminal);
    terminal.press(Key::F(2));
    terminal.wait_for("minimal ✓");
    terminal.keys("e");
    terminal.wait_for("your change is a remedy of its own");
    terminal.keys("q");
}

/// Six cases are judged, each with its code on the screen: the one whose input is quoted is rejected.
fn judges_six_cases(terminal: &mut Terminal) {
    listed(terminal);
    for (case, scope, [verdict, reason]) in [
        ("a793dd481a", "def backup", ["a", "\r"]),
        ("e2bad44383", "def ping", ["a", "\r"]),
        ("89180b3e22", "def restore", ["a", "\r"]),
        ("506a69b7c2", "def thumbnail", ["r", "s"]),
        ("58507983a8", "def read_log", ["a", "\r"]),
        ("314641f5ef", "def run_query", ["a", "\r"]),
    ] {
        // The case is told beside its code: both are there.
        terminal.wait_until(|screen| {
            screen.shows(&format!("case {case}")) && screen.shows(&format!("› {scope}"))
        });
        let asked = if verdict == "a" { "confirmed because" } else { "rejected because" };
        terminal.keys(verdict);
        terminal.wait_for(asked);
        terminal.keys(reason);
        terminal.wait_until(|screen| !screen.shows(asked));
    }
    terminal.wait_for("confirmed: 1 case");
    terminal.keys("q");
}

fn listed(terminal: &mut Terminal) {
    terminal.wait_until(|screen| screen.shows(FOOTER) && screen.shows(" by worth"));
}

#[test]
fn what_the_transcript_shows_is_what_the_reader_is_told_to_run() {
    let readme = read(&README);
    let told: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("cargo run --release -- ")).collect();
    let shown: Vec<String> = parts(&readme).into_iter().flat_map(|part| part.commands).collect();
    assert!(!told.is_empty());
    for told in &told {
        assert!(!told.contains(['{', '*', '$', '~']), "not every shell makes the same of: {told}");
    }
    let shown = shown.iter().filter_map(|command| command.strip_prefix("assize "));
    assert_eq!(told, shown.take(told.len()).collect::<Vec<_>>());
}

#[test]
fn ids_and_times_do_not_matter_to_a_transcript_and_all_else_does() {
    let line = "dc1930abbf076459  2026-01-02T08:44  shop  72 claims  examples/shop";
    let same = "0000000000000000  2031-12-24T23:59  shop  72 claims  examples/shop";
    assert_eq!(normalised(line), normalised(same));
    assert_ne!(normalised(line), normalised(&same.replace("72", "73")));
    assert_ne!(normalised("facade"), normalised("decade"));
}

#[test]
fn the_script_for_a_clean_clone_runs_the_readmes_commands_to_the_letter() {
    if !project(".git").exists() {
        // Unpacked from an archive there is nothing to clone.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let cargo = folder.path().join("cargo");
    let script = format!(
        "#!/bin/sh\nls -A \"$HOME\" >> {0}\npwd >> {0}\nprintf 'cargo' >> {0}\nprintf ' %s' \"$@\" >> {0}\n\
         echo >> {0}\nmkdir -p .assize\necho imported before\n[ \"$1\" != \"$FAILS\" ]\n",
        told.display()
    );
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let path = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    let path = std::env::join_paths(std::iter::once(folder.path().to_owned()).chain(path)).unwrap();
    let run = |args: &[&str], fails: &str| {
        let _ = fs::remove_file(&told);
        let script = project("tests/fresh.sh");
        let mut command = Command::new(script);
        command.args(args).env("PATH", &path).env("FAILS", fails).env_remove("CARGO_TARGET_DIR");
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        let told = fs::read_to_string(&told).unwrap_or_default();
        (status.success(), told.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let readme =
        Command::new("git").args(["show", "HEAD:README.md"]).current_dir(project("")).output().unwrap();
    let readme = String::from_utf8(readme.stdout).unwrap();
    let line = |begin: &str| readme.lines().find(|line| line.starts_with(begin)).unwrap().to_owned();
    let (first, second) = (line("cargo run "), line("cargo test"));
    // The home is empty, and all are run in one new folder, the first twice.
    let (done, told) = run(&[], "");
    assert!(done && told.len() == 6 && told[0].ends_with("/assize"), "{told:?}");
    assert_eq!((&told[2], &told[4]), (&told[0], &told[0]));
    assert_ne!(Path::new(&told[0]), project(""));
    assert_eq!((&told[1], &told[3], &told[5]), (&first, &first, &second));
    assert!(!Path::new(&told[0]).exists(), "it is gone with the script");
    let (done, told) = run(&["--first"], "");
    assert!(done && told.len() == 4 && told[1] == first && told[3] == first, "{told:?}");
    assert_eq!((run(&[], "run").0, run(&[], "test").0, run(&["--quick"], "").0), (false, false, false));
}

/// The page shows what its commands print, or is made to.
fn hold(page: &Page) {
    let there = read(page);
    let mut desk = Desk::new(page);
    let (mut fresh, mut rest) = (String::new(), there.as_str());
    for part in parts(&there) {
        fresh.push_str(part.before);
        let mut transcript = String::new();
        for (number, command) in part.commands.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n" };
            transcript.push_str(&format!("{gap}$ {command}\n{}", desk.run(command)));
        }
        // What differs in nothing that counts stays as it is.
        let same = normalised(part.transcript) == normalised(&transcript);
        fresh.push_str(if same { part.transcript } else { &transcript });
        rest = part.after;
    }
    fresh.push_str(rest);
    assert_eq!(desk.opened, page.walks.len(), "{}: not every walk was gone", page.name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(project(page.name), fresh).unwrap();
    } else {
        let how = "`UPDATE=1 cargo test --test transcripts` writes the new one";
        assert!(there == fresh, "{} shows another output; {how}; it would be\n{fresh}", page.name);
    }
}

/// A transcript of a page, with the page's text before it and all that comes after it.
struct Part<'p> {
    before: &'p str,
    transcript: &'p str,
    after: &'p str,
    /// As written behind `$ `.
    commands: Vec<String>,
}

fn parts(page: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = page;
    while let Some((before, _)) = rest.split_once(BEGIN) {
        let (before, inside) = rest.split_at(before.len() + BEGIN.len());
        let end = inside.find(&format!("\n{END}")).expect("a transcript has no end") + 1;
        let (transcript, after) = inside.split_at(end);
        let commands: Vec<String> =
            transcript.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect();
        assert!(!commands.is_empty(), "a transcript has no command");
        parts.push(Part { before, transcript, after, commands });
        rest = after;
    }
    assert!(!parts.is_empty(), "a page has no transcript");
    parts
}

/// The folder that the commands are run in, and a home that is empty.
struct Desk<'p> {
    folder: tempfile::TempDir,
    page: &'p Page,
    /// How often the workstation was opened.
    opened: usize,
}

impl<'p> Desk<'p> {
    fn new(page: &'p Page) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), page, opened: 0 };
        for (from, to) in page.copied {
            copy(&project(from), &desk.at().join(to));
        }
        desk
    }

    fn at(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("desk")
    }

    fn env(&self) -> Vec<(&'static str, OsString)> {
        // Where a scanner is installed the pages would say something else; what a system brings is enough.
        let folders = [Path::new(ASSIZE).parent().unwrap(), Path::new("/usr/bin"), Path::new("/bin")];
        let path = std::env::join_paths(folders).unwrap();
        let nothing = self.folder.path().join("home").into_os_string();
        let git = self.folder.path().join("no-git-configuration").into_os_string();
        vec![
            ("PATH", path),
            ("HOME", nothing),
            ("GIT_CONFIG_GLOBAL", git),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("USER", "ann".into()),
            ("LANG", "C.UTF-8".into()),
        ]
    }

    /// What a command prints; one that opens the workstation prints nothing.
    fn run(&mut self, command: &str) -> String {
        if command.contains(OPENS) {
            let walk =
                self.page.walks.get(self.opened).expect("a walk for each time that the screen is opened");
            self.opened += 1;
            let program = Program::new("/bin/sh").args(["-euc", command]).folder(self.at()).size(160, 44);
            let program =
                self.env().into_iter().fold(program, |program, (name, value)| program.env(name, value));
            let mut terminal = program.start();
            walk(&mut terminal);
            assert_eq!(terminal.wait_exit(), 0, "{command}");
            return String::new();
        }
        let output = Command::new("/bin/sh")
            .args(["-euc", command])
            .current_dir(self.at())
            .env_clear()
            .envs(self.env())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {command}: {told}", self.page.name);
        let printed = String::from_utf8(output.stdout).unwrap();
        printed.replace(&self.at().display().to_string(), DESK)
    }
}

fn read(page: &Page) -> String {
    fs::read_to_string(project(page.name)).unwrap()
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A text without what differs from run to run: ids, which are ten or more hexadecimal digits, and moments.
fn normalised(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_moment = |word: &str| {
        let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape.starts_with("0000-00-00T00:00")
    };
    text.split_inclusive([' ', '\n'])
        .map(|word| match word.trim_end() {
            bare if is_id(bare) => word.replace(bare, "ID"),
            bare if is_moment(bare) => word.replace(bare, "MOMENT"),
            _ => word.to_owned(),
        })
        .collect()
}
