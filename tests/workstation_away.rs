//! Leaving the workstation for a moment: the editor, the clipboard, and what the source tree tells.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use terminal::{Hold, Key, Program, Terminal};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

/// The footer, which is drawn last.
const FOOTER: &str = "a confirm";

const DB: &str = "import db\n\n\ndef find(uid):\n\treturn db.query(\"select \" + uid)\n";

/// A checkout with one file, a finding in it, and a folder of programs.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.write("shop/src/db.py", DB);
        desk.write("shop/.git/HEAD", "ref: refs/heads/main\n");
        desk.write("shop/.git/refs/heads/main", REVISION);
        let config = "[remote \"origin\"]\n\turl = https://ann:secret@github.com/acme/shop.git\n";
        desk.write("shop/.git/config", config);
        let scan = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"acme"}},"results":[{"ruleId":"sql",
            "message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/db.py"},
            "region":{"startLine":5,"startColumn":9,"endColumn":34}}}]}]}]}"#;
        desk.write("scan.sarif", scan);
        let import = ["import", "--project", "shop", "--source", "shop", "scan.sarif"];
        let imported = desk.command().args(import).stdin(Stdio::null()).output().unwrap();
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program of its own: a script.
    fn program(&self, name: &str, script: &str) -> PathBuf {
        self.write(name, &format!("#!/bin/sh\n{script}\n"));
        let path = self.path(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn command(&self) -> Command {
        let mut command = Command::new(ASSIZE);
        command.current_dir(&self.folder).env("XDG_CONFIG_HOME", self.path("none")).env("USER", "ann");
        command.env_remove("ASSIZE_WORKSPACE");
        command
    }

    fn show(&self) -> Value {
        let cases = self.command().args(["cases", "--json"]).output().unwrap().stdout;
        let case: Value = serde_json::from_slice(&cases).unwrap();
        let case = case["case"].as_str().unwrap().to_owned();
        serde_json::from_slice(&self.command().args(["show", "--json", &case]).output().unwrap().stdout)
            .unwrap()
    }

    /// The workstation with an editor, and the case on its screen.
    fn triage(&self, editor: &str, env: &[(&str, &str)]) -> Terminal {
        let program = Program::new(ASSIZE).args(["triage"]).folder(&self.folder).size(160, 30);
        let program =
            program.env("XDG_CONFIG_HOME", self.path("none")).env("USER", "ann").env("EDITOR", editor);
        let program = env.iter().fold(program, |program, (name, value)| program.env(name, value));
        let mut terminal = program.start();
        // From the top to the foot: a screen may be seen half drawn.
        let all = ["› def find(uid)", "return db.query", "the format's default", FOOTER];
        terminal.wait_until(|screen| all.iter().all(|text| screen.shows(text)));
        terminal
    }

    /// What a program of the test wrote, once it has.
    fn written(&self, name: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            match fs::read_to_string(self.path(name)) {
                Ok(text) if text.ends_with('\n') => return text,
                _ => assert!(Instant::now() < end, "{name} was not written"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// An editor that tells what it was given, shows something, and waits for a line.
fn editor(desk: &Desk) -> String {
    let told = desk.path("told");
    let script = format!(
        "for word; do printf '%s\\n' \"$word\"; done > {0}.new; mv {0}.new {0}\necho EDITING\nread line",
        told.display()
    );
    let path = desk.program("my programs/vim", &script);
    format!("'{}' -n", path.display())
}

#[test]
fn the_editor_has_the_terminal_at_the_line_and_the_screen_comes_back_as_it_was() {
    let desk = Desk::new();
    let mut terminal = desk.triage(&editor(&desk), &[]);
    let before = terminal.screen();
    terminal.keys("e");
    terminal.wait_for("EDITING");
    assert_eq!(terminal.holds(), [].into(), "{}", terminal.screen());
    let file = fs::canonicalize(desk.path("shop/src/db.py")).unwrap();
    assert_eq!(desk.written("told"), format!("-n\n+5\n{}\n", file.display()));
    terminal.keys("\n");
    terminal.wait_until(|screen| screen.lines() == before.lines());
    assert!(terminal.holds().contains(&Hold::Modes));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    assert_eq!(terminal.holds(), [].into());
}

#[test]
fn a_key_that_interrupts_or_stops_the_editor_does_not_end_the_workstation() {
    let desk = Desk::new();
    let script = "trap 'echo INTERRUPTED' INT\necho EDITING\nread line\nread line";
    let path = desk.program("ed", script);
    let mut terminal = desk.triage(&path.display().to_string(), &[]);
    terminal.keys("e");
    terminal.wait_for("EDITING");
    terminal.press(Key::Ctrl('c'));
    terminal.wait_for("INTERRUPTED");
    terminal.press(Key::Ctrl('z'));
    terminal.wait_stopped();
    terminal.resume();
    terminal.keys("\n\n\n");
    terminal.wait_for(FOOTER);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_file_that_changed_since_the_scan_is_said_to_have_and_opened_where_the_line_is_now() {
    let desk = Desk::new();
    desk.write("shop/src/db.py", &format!("# new\n# new\n{DB}"));
    let mut terminal = desk.triage(&editor(&desk), &[]);
    terminal.wait_for("changed since the scan");
    assert!(!terminal.screen().shows("# new"), "what was scanned is shown");
    terminal.keys("=");
    terminal.wait_for("+# new");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| !screen.shows("+# new"));
    terminal.keys("e");
    terminal.wait_for("EDITING");
    assert!(desk.written("told").contains("\n+7\n"), "two lines further down");
    desk.write("shop/src/db.py", DB);
    terminal.keys("\n");
    terminal.wait_for("the file differs from what was scanned");
    terminal.wait_until(|screen| !screen.shows("changed since the scan"));
}

#[test]
fn without_a_tree_or_an_editor_it_is_said_and_nothing_is_run() {
    let desk = Desk::new();
    let mut terminal = desk.triage(&desk.path("none/ed").display().to_string(), &[]);
    terminal.keys("e");
    terminal.wait_for("cannot run the editor");
    terminal.press(Key::Esc);
    // A letter right behind an escape would be one key with it.
    terminal.wait_until(|screen| !screen.shows("cannot run the editor"));
    fs::remove_dir_all(desk.path("shop")).unwrap();
    terminal.keys("e");
    terminal.wait_for("is not there");
    // Nothing of a tree is opened that lies outside of it.
    desk.write("secret.py", DB);
    fs::create_dir_all(desk.path("shop/src")).unwrap();
    std::os::unix::fs::symlink("../../secret.py", desk.path("shop/src/db.py")).unwrap();
    terminal.keys("e");
    terminal.wait_for("leads out of the source tree");
}

#[test]
fn a_place_a_link_and_the_case_are_copied_by_the_terminal_and_by_a_program() {
    let desk = Desk::new();
    desk.program(
        "programs/wl-copy",
        &format!("cat > {0}.new; echo >> {0}.new; mv {0}.new {0}", desk.path("copied").display()),
    );
    let path = format!("{}:{}", desk.path("programs").display(), std::env::var("PATH").unwrap());
    let mut terminal = desk.triage("vi", &[("PATH", &path), ("WAYLAND_DISPLAY", "wayland-0")]);
    let copied = |terminal: &mut Terminal, letter: &str, said: &str| {
        let _ = fs::remove_file(desk.path("copied"));
        terminal.keys("y");
        terminal.wait_for("Markdown");
        terminal.keys(letter);
        terminal.wait_for(said);
        let by_program = desk.written("copied");
        assert_eq!(terminal.copied().map(|text| text + "\n"), Some(by_program.clone()));
        by_program
    };
    assert_eq!(copied(&mut terminal, "p", "copied src/db.py:5"), "src/db.py:5\n");
    let link = format!("https://github.com/acme/shop/blob/{REVISION}/src/db.py#L5\n");
    assert_eq!(copied(&mut terminal, "l", "copied https://github.com/acme/shop"), link);
    let case = copied(&mut terminal, "m", "copied ### ");
    assert!(
        case.contains("`src/db.py:5`") && case.contains("    return db.query(\"select \" + uid)"),
        "{case}"
    );
    assert!(!case.contains(|letter: char| letter.is_control() && letter != '\n'), "{case:?}");
}

#[test]
fn a_note_is_written_on_in_the_editor() {
    let desk = Desk::new();
    let path = desk.program("ed", "for file; do :; done; echo ' and more' >> \"$file\"");
    let mut terminal = desk.triage(&path.display().to_string(), &[]);
    terminal.keys("mfirst");
    terminal.wait_for("first");
    terminal.press(Key::Ctrl('x'));
    terminal.wait_for("and more");
    terminal.press(Key::Esc);
    terminal.wait_for("throw it away");
    terminal.keys("x");
    terminal.press(Key::Enter);
    terminal.wait_for("noted: 1 case");
    let text = desk.show()["history"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(text, "first and more");
    let drafts = fs::read_dir(desk.path(".assize")).unwrap();
    let drafts =
        drafts.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("note-"));
    assert_eq!(drafts.count(), 0, "no draft is left behind");
    terminal.wait_for("first and more");
}

#[test]
fn only_the_user_says_which_editor_is_run() {
    let desk = Desk::new();
    let set = "editor = [\"sh\", \"-c\", \"touch owned\"]\n";
    desk.write(".assize/config.toml", set);
    let refused = desk.command().args(["cases"]).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("only your own configuration may set it"), "{said}");
    fs::remove_file(desk.path(".assize/config.toml")).unwrap();
    let told = desk.path("told");
    let path = desk.program("ed", &format!("echo \"$1 $2\" > {0}.new; mv {0}.new {0}", told.display()));
    let set = format!("editor = [\"{}\", \"{{line}}\", \"at={{path}}\"]\n", path.display());
    desk.write("none/assize/config.toml", &set);
    let mut terminal = desk.triage("false", &[]);
    terminal.keys("e");
    let file = fs::canonicalize(desk.path("shop/src/db.py")).unwrap();
    assert_eq!(desk.written("told"), format!("5 at={}\n", file.display()));
    terminal.wait_for(FOOTER);
}

#[test]
fn the_code_is_searched_by_keys() {
    let desk = Desk::new();
    let mut terminal = desk.triage("vi", &[]);
    terminal.keys("n");
    terminal.wait_for("search in the code");
    terminal.keys("db");
    terminal.wait_for("1/2");
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| screen.shows("db 1/2") && !screen.shows("search in the code"));
    terminal.keys("n");
    terminal.wait_for("2/2");
    terminal.keys("n");
    terminal.wait_for("1/2, from the top again");
}
