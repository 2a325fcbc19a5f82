//! A workspace that may be read and not written: one that somebody else keeps, or on a disk that is mounted so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use support::desk::{Desk, shop};
use terminal::{Hold, Program};

/// Whom the workspace does not belong to.
const NOBODY: u32 = 65534;

/// A workspace that may not be written, and the program where everybody may run it.
struct Closed {
    desk: Desk,
    place: tempfile::TempDir,
}

impl Closed {
    fn new(desk: Desk) -> Self {
        // Nobody may look into the folders that cargo builds in.
        let place =
            tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        std::fs::copy(env!("CARGO_BIN_EXE_assize"), place.path().join("assize")).unwrap();
        set(&place.path().join("assize"), 0o755);
        let closed = Self { desk, place };
        closed.set_all(0o555, 0o444);
        closed
    }

    fn workspace(&self) -> PathBuf {
        self.desk.folder.path().join(".assize")
    }

    fn set_all(&self, folder: u32, file: u32) {
        for entry in std::fs::read_dir(self.workspace()).unwrap().map(Result::unwrap) {
            set(&entry.path(), file);
        }
        set(self.desk.folder.path(), folder);
        set(&self.workspace(), folder);
    }

    fn program(&self) -> PathBuf {
        self.place.path().join("assize")
    }

    /// Runs a command as somebody to whom the workspace does not belong; root becomes nobody.
    fn run(&self, args: &[&str]) -> std::process::Output {
        let mut command = std::process::Command::new(self.program());
        command.args(args).arg("--workspace").arg(self.desk.folder.path()).current_dir(self.place.path());
        command.env("USER", "bob").env("HOME", self.place.path()).env_remove("XDG_CONFIG_HOME");
        if rustix::process::getuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().unwrap()
    }

    fn triage(&self) -> terminal::Terminal {
        let program =
            Program::new(self.program()).args(["triage", "--workspace"]).args([self.desk.folder.path()]);
        let program = program.folder(self.place.path()).env("HOME", self.place.path()).env("USER", "bob");
        let program = program.size(160, 40);
        if rustix::process::getuid().is_root() { program.user(NOBODY) } else { program }.start()
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        // Else it could not be taken away.
        self.set_all(0o755, 0o644);
    }
}

fn set(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What one scanner said of the shop, and one verdict.
fn judged() -> Desk {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json"), "--source", &shop("")]);
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["verdict", &case, "confirm"]).code, 0);
    desk
}

#[test]
fn a_workspace_that_may_not_be_written_is_read_and_no_verdict_is_said_to_be_kept() {
    let desk = judged();
    let all = desk.cases("is:open,settled").len();
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    let closed = Closed::new(desk);
    let listed = closed.run(&["cases", "--json", "is:open,settled"]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), all, "{listed:?}");
    let refused = closed.run(&["verdict", &case, "reject", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!((refused.status.code(), &said["error"]["kind"]), (Some(1), &"read-only".into()), "{said}");
    closed.set_all(0o755, 0o644);
    assert_eq!(closed.desk.cases("verdict:rejected").len(), 0);
}

#[test]
fn what_another_program_has_open_is_read_with_what_it_wrote_last() {
    let desk = judged();
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    let reader = rusqlite::Connection::open(desk.folder.path().join(".assize/journal.db")).unwrap();
    let _: i64 = reader.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(desk.run(&["verdict", &case, "reject"]).code, 0);
    let closed = Closed::new(desk);
    let listed = closed.run(&["cases", "--json", "verdict:rejected"]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 1, "{listed:?}");
}

#[test]
fn the_workstation_shows_all_of_it_and_decides_nothing() {
    let closed = Closed::new(judged());
    let mut terminal = closed.triage();
    terminal.wait_until(|screen| {
        screen.line(0).contains("read-only")
            && screen.shows(" by worth")
            && screen.shows("may not be written")
    });
    // The case that one is at, with its code.
    let before = terminal.wait_until(|screen| {
        let is_whole = !screen.lines().iter().any(|line| line.starts_with("  …"));
        is_whole && screen.shows("› def") && screen.shows("HIGH · confidence") && !screen.shows("loading")
    });
    for key in ["u", "a", "r", "w", "m", "1", "*", "z"] {
        terminal.press(terminal::Key::Esc);
        terminal.wait_until(|screen| !screen.shows("may not be written"));
        terminal.keys(key);
        terminal.wait_until(|screen| screen.shows("may not be written"));
    }
    terminal.press(terminal::Key::Esc);
    terminal.wait_until(|screen| !screen.shows("may not be written"));
    // Nothing has moved: the case is as open as it was. Moving goes on as ever.
    assert_eq!(terminal.screen().lines()[1..39], before.lines()[1..39]);
    terminal.keys("j");
    terminal.wait_for("2/");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0, "{}", terminal.screen());
    assert!(!terminal.holds().contains(&Hold::Modes));
    closed.set_all(0o755, 0o644);
    assert_eq!(closed.desk.cases("is:settled").len(), 1);
}
