//! Remedies in the workstation: the real program in a terminal, over a copy of the shop that is a Git repository.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/shop.rs"]
mod shop;
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use shop::{Desk, FOOTER};
use terminal::{Key, Terminal};

const YAML: &str = "service/jobs/imports.py";
const BEFORE: &str = "yaml.load(text, Loader=yaml.Loader)";
const AFTER: &str = "yaml.safe_load(text)";

/// A workspace beside a copy of the shop that is committed, with what Semgrep said of it.
struct Shop {
    desk: Desk,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { desk: Desk { folder: tempfile::tempdir().unwrap() } };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop"), &shop.tree());
        shop.git(&["init", "-q", "-b", "main"]);
        shop.git(&["add", "."]);
        shop.git(&["commit", "-q", "-m", "the shop"]);
        shop.desk.run(&["import", "--project", "shop", "--source", "shop", "shop/scans/semgrep.json"]);
        // What is proposed here is the scanner's own fix.
        fs::write(shop.desk.folder.path().join(".assize/config.toml"), "[model]\nask = false\n").unwrap();
        shop
    }

    fn tree(&self) -> PathBuf {
        self.desk.folder.path().join("shop")
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.tree().join(path)).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        let names = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
        let ran = Command::new("git").args(names).args(args).current_dir(self.tree()).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// An editor that changes a file as a person would.
    fn editor(&self, script: &str) -> String {
        let path = self.desk.folder.path().join("editor");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    }

    fn triage(&self, args: &[&str], editor: &str) -> Terminal {
        let mut terminal = self.desk.program(args).env("EDITOR", editor).env("VISUAL", editor).start();
        terminal.wait_until(|screen| screen.shows(FOOTER) && screen.shows(" by worth"));
        terminal
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_remedy_is_proposed_looked_at_accepted_applied_taken_back_undone_edited_and_put_in_a_branch() {
    let shop = Shop::new();
    let before = shop.read(YAML);
    let after = before.replace(BEFORE, AFTER);
    let editor = shop.editor("sed -i '36s/safe_load(text)/safe_load(text or \"\")/' \"$1\"");
    let mut terminal = shop.triage(&[&format!("path:{YAML} is:open")], &editor);
    terminal.wait_for("def ");
    terminal.keys("p");
    terminal.wait_for("remedy is ready");
    terminal.keys("p");
    let screen = terminal.wait_for("minimal ✓ 1 line");
    for part in ["? unproven", "autofix", "applies ✓", "parses ✓", "safe_load"] {
        assert!(screen.shows(part), "{part}\n{screen}");
    }
    // Nothing is written before it is asked for.
    assert_eq!(shop.read(YAML), before);
    terminal.keys("a");
    terminal.wait_for("accepted by ann");
    terminal.keys("A");
    terminal.wait_for("applied: 1 case");
    assert_eq!(shop.read(YAML), after);
    terminal.wait_until(|screen| screen.shows("/shop") && screen.shows("applied"));
    terminal.keys("x");
    terminal.wait_for("taken back: 1 case");
    assert_eq!(shop.read(YAML), before);
    // Undo takes the next act back, which is the acceptance; and applying is undone as taking back does it.
    terminal.wait_until(|screen| screen.shows("accepted by ann"));
    terminal.keys("z");
    terminal.wait_until(|screen| !screen.shows("accepted"));
    terminal.keys("A");
    terminal.wait_for("applied: 1 case");
    assert_eq!(shop.read(YAML), after);
    terminal.keys("z");
    terminal.wait_for("taken back: 1 case");
    assert_eq!(shop.read(YAML), before);
    // What a person makes of it is checked and kept beside it.
    terminal.wait_until(|screen| !screen.shows("applied"));
    terminal.keys("e");
    terminal.wait_for("your change is a remedy of its own: unproven");
    let screen = terminal.wait_for("edited by ann");
    assert!(screen.shows("safe_load(text or \"\")") && screen.shows("2"), "{screen}");
    assert_eq!(shop.read(YAML), before, "the tree is not what is edited");
    terminal.keys("a");
    terminal.wait_for("accepted by ann");
    terminal.keys("P");
    terminal.wait_for("a branch with all accepted");
    terminal.keys("b");
    terminal.wait_for("a new branch with every accepted remedy:");
    terminal.keys("fixes/yaml");
    terminal.press(Key::Enter);
    terminal.wait_for("the branch fixes/yaml has 1 commit");
    assert_eq!(shop.git(&["status", "--porcelain", "--untracked-files=no"]), "");
    assert_eq!(shop.git(&["rev-parse", "--abbrev-ref", "HEAD"]).trim(), "main");
    let patched = shop.git(&["show", &format!("fixes/yaml:{YAML}")]);
    assert_eq!(patched, before.replace(BEFORE, "yaml.safe_load(text or \"\")"));
    let message = shop.git(&["log", "-1", "--format=%B", "fixes/yaml"]);
    assert!(message.starts_with("Fix ") && message.contains("\nCase: "), "{message}");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    // The pair is in the store and in the journal, and no draft is left behind.
    let listed = shop.desk.lines(&["remedy", "list", "--json"]);
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!((&listed[1]["origin"], &listed[1]["edited_from"]), (&"person".into(), &listed[0]["remedy"]));
    shop.desk.run(&["journal", "verify"]);
    let folder = shop.desk.folder.path().join(".assize");
    let bytes = ["journal.db", "journal.db-wal"].map(|name| fs::read(folder.join(name)).unwrap_or_default());
    let journal = String::from_utf8_lossy(&bytes.concat()).into_owned();
    assert!(journal.contains("\"decision\":\"edited\"") && journal.contains("\"from_diff\""));
    let left = fs::read_dir(shop.desk.folder.path().join(".assize")).unwrap();
    let drafts =
        left.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("edit-"));
    assert_eq!(drafts.count(), 0);
}

#[test]
fn proposals_of_another_terminal_appear_and_many_are_proposed_in_the_background() {
    let shop = Shop::new();
    let mut terminal = shop.triage(&["is:open path:service/jobs/"], "true");
    terminal.press(Key::F(2));
    terminal.wait_for("no case of the docket's list has a remedy");
    shop.desk.run(&["propose", "--where", &format!("path:{YAML}")]);
    terminal.wait_for("minimal ✓ 1 line");
    terminal.keys("B");
    terminal.wait_for("propose remedies for");
    terminal.press(Key::Enter);
    terminal.wait_for("proposed for");
    let with = shop.desk.lines(&["remedy", "list", "--json"]);
    assert!(with.len() >= 6, "{}", with.len());
    // What got none is listed with why.
    terminal.keys("o");
    terminal.wait_for("no remedy of use: for a broader review");
    // The docket knows of them.
    terminal.press(Key::F(1));
    terminal.keys("/is:remedied");
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| screen.shows("is:remedied") && !screen.shows("no case is left in"));
}

#[test]
fn a_file_that_changed_meanwhile_says_so_and_what_meets_the_remedy_is_refused() {
    let shop = Shop::new();
    shop.desk.run(&["propose", "--where", &format!("path:{YAML}")]);
    let before = shop.read(YAML);
    fs::write(shop.tree().join(YAML), format!("# new\n{before}")).unwrap();
    let mut terminal = shop.triage(&[&format!("path:{YAML}")], "true");
    terminal.press(Key::F(2));
    terminal.wait_for("the remedy is brought onto it when it is applied");
    terminal.keys("A");
    terminal.wait_for("applied to the changed file");
    terminal.wait_until(|screen| screen.shows("in /") && !screen.shows("has changed since"));
    assert_eq!(shop.read(YAML), format!("# new\n{}", before.replace(BEFORE, AFTER)));
    terminal.keys("x");
    terminal.wait_for("taken back");
    let clash = before.replace(BEFORE, "yaml.load(text, Loader=Other)");
    fs::write(shop.tree().join(YAML), &clash).unwrap();
    terminal.press(Key::Ctrl('r'));
    terminal.wait_for("has changed where the remedy changes it");
    terminal.keys("A");
    terminal.wait_for("not saved: ");
    assert_eq!(shop.read(YAML), clash);
}

/// A workspace with so many cases, each in a file of its own with a fix by the scanner, which looks again only once it is let.
struct Many {
    desk: Desk,
}

impl Many {
    fn new(cases: usize) -> Self {
        let many = Self { desk: Desk { folder: tempfile::tempdir().unwrap() } };
        fs::create_dir_all(many.at("tree")).unwrap();
        let mut results = Vec::new();
        for number in 0..cases {
            let path = format!("part_{number:02}.py");
            let text = format!("import yaml\n\n\ndef load_{number}(stream):\n    return yaml.load(stream)\n");
            fs::write(many.at("tree").join(&path), text).unwrap();
            results.push(serde_json::json!({
                "check_id": "rules.unsafe-yaml-load", "path": path,
                "start": {"line": 5, "col": 12}, "end": {"line": 5, "col": 29},
                "extra": {"severity": "ERROR", "message": "loads anything", "lines": "    return yaml.load(stream)",
                    "fix": "yaml.safe_load(stream)", "metadata": {"category": "security", "cwe": ["CWE-502"]}},
            }));
        }
        let report = serde_json::json!({"version": "1.0.0", "errors": [], "paths": {"scanned": []}, "results": results});
        fs::write(many.at("semgrep.json"), report.to_string()).unwrap();
        let (go, runs) = (many.at("go"), many.at("runs"));
        // A scanner that says where it looked and finds the flaw where it is: one that says nothing is asked again alone.
        let script = format!(
            r#"#!/bin/sh
echo run >> '{}'
while [ ! -e '{}' ]; do sleep 0.02; done
comma=; scanned=; found=; apart=
for file in "$@"; do
  [ -f "$file" ] || continue
  scanned="$scanned$comma\"$file\""; comma=,
  grep -q 'yaml\.load(' "$file" || continue
  found="$found$apart{{\"check_id\":\"rules.unsafe-yaml-load\",\"path\":\"$file\",\"start\":{{\"line\":5,\"col\":12}},\"end\":{{\"line\":5,\"col\":29}},\"extra\":{{\"severity\":\"ERROR\",\"message\":\"loads anything\",\"lines\":\"    return yaml.load(stream)\",\"metadata\":{{\"category\":\"security\",\"cwe\":[\"CWE-502\"]}}}}}}"; apart=,
done
printf '%s' '{{"version":"1.0.0","errors":[],"paths":{{"scanned":['"$scanned"']}},"results":['"$found"']}}'
"#,
            runs.display(),
            go.display(),
        );
        fs::write(many.at("scan"), script).unwrap();
        fs::set_permissions(many.at("scan"), fs::Permissions::from_mode(0o755)).unwrap();
        let off: String = ["opengrep", "bandit", "flawfinder", "eslint", "gosec", "trivy", "snyk-code"]
            .iter()
            .map(|name| format!("[scanner.{name}]\non = false\n"))
            .collect();
        let settings = format!(
            "[model]\nask = false\n[scanner.semgrep]\ncommand = [{:?}, \"{{target}}\"]\nfiles = [\"*.py\"]\ntargets = \"many\"\nunsuppressed = []\n\
             rules = {:?}\n{off}",
            many.at("scan").display().to_string(),
            many.at("tree").display().to_string(),
        );
        fs::create_dir_all(many.at("no-configuration/assize")).unwrap();
        fs::write(many.at("no-configuration/assize/config.toml"), settings).unwrap();
        many.desk.run(&["import", "--project", "shop", "--source", "tree", "semgrep.json"]);
        many
    }

    fn at(&self, name: &str) -> PathBuf {
        self.desk.folder.path().join(name)
    }

    /// What was proposed so far.
    fn kept(&self) -> usize {
        self.desk.lines(&["remedy", "list", "--json"]).len()
    }

    /// How often the scanner was started.
    fn runs(&self) -> usize {
        fs::read_to_string(self.at("runs")).unwrap_or_default().lines().count()
    }

    /// The workstation on the screen of remedies, proposing for all, while the scanner is not let.
    fn proposing(&self) -> Terminal {
        let mut terminal = self.desk.triage(&[]);
        terminal.keys("B");
        terminal.wait_for("propose remedies for 40 cases?");
        terminal.press(Key::Enter);
        terminal.press(Key::F(2));
        terminal.wait_for("proposing 0/40");
        // The scanner tells only its own file that it has begun.
        let limit = std::time::Instant::now() + terminal::PATIENCE;
        while self.runs() == 0 {
            assert!(std::time::Instant::now() < limit, "no scanner was started\n{}", terminal.screen());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        terminal
    }
}

#[test]
fn a_pause_lets_what_was_begun_end_and_begins_nothing_and_scanners_start_once_for_many_cases() {
    let many = Many::new(40);
    let mut terminal = many.proposing();
    terminal.keys(" ");
    terminal.wait_for("paused: no further case is begun");
    fs::write(many.at("go"), "").unwrap();
    terminal.wait_for("proposing is paused at 16/40");
    assert_eq!(many.kept(), 16);
    let runs = many.runs();
    terminal.keys("jk");
    terminal.wait_for("proposing is paused at 16/40");
    assert_eq!((many.kept(), many.runs()), (16, runs), "nothing is begun");
    terminal.keys(" ");
    terminal.wait_for("proposed for 40 cases: 40 have a remedy of use");
    assert_eq!(many.kept(), 40);
    // As it is and as it would be, for each sixteen.
    assert_eq!(many.runs(), 6);
}

#[test]
fn stopping_ends_the_scanner_that_runs_and_keeps_what_was_offered() {
    let many = Many::new(40);
    let mut terminal = many.proposing();
    terminal.keys("S");
    terminal.wait_for("what was proposed stays");
    // Nobody let the scanner: it was ended.
    assert!(!many.at("go").exists());
    assert!(many.kept() <= 16, "{}", many.kept());
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn rows_are_gone_through_while_something_is_proposed_and_what_happens_is_told_below() {
    let many = Many::new(40);
    fs::write(many.at("go"), "").unwrap();
    many.desk.run(&["propose", "--where", "is:open"]);
    fs::remove_file(many.at("go")).unwrap();
    let before = many.runs();
    let mut terminal = many.desk.triage(&[]);
    terminal.press(Key::F(2));
    terminal.wait_until(|screen| screen.shows("40 open") && screen.shows(" 1/40"));
    terminal.wait_for("Unsafe Deserialization  load_");
    terminal.keys("B");
    terminal.wait_for("propose remedies for 40 cases?");
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| {
        screen.shows("proposing 0/40") && screen.shows("offered by autofix: it is checked")
    });
    for at in 2..=21 {
        terminal.keys("j");
        terminal.wait_for(&format!(" {at}/40"));
    }
    // All of that while the scanner was not let.
    assert!(terminal.screen().shows("proposing 0/40"), "{}", terminal.screen());
    assert!(many.runs() <= before + 1);
    terminal.keys("S");
    terminal.wait_for("what was proposed stays");
    terminal.keys("a");
    // The next case is at hand, on the same place.
    terminal.wait_until(|screen| screen.shows("39 open  1 accepted") && screen.shows(" 21/40"));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}
