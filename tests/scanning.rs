//! `assize scan`: scanners as child processes, what they say imported, and what they may not do. The scanners here are
//! scripts that behave well or badly; the real ones are in `scanners.rs`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use support::desk::{Desk, sarif};

/// A workspace with a source tree, and scanners of the user's.
struct Site {
    desk: Desk,
    configuration: String,
}

impl Site {
    fn new() -> Self {
        let desk = Desk::new();
        desk.file("tree/src/db.py", "import db\n\n\ndef find(uid):\n    return db.run(uid)\n");
        Self { desk, configuration: String::new() }
    }

    /// A scanner that is a script.
    fn scanner(&mut self, name: &str, script: &str, settings: &str) -> &mut Self {
        let program = self.desk.file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        self.configuration += &format!(
            "[scanner.{name}]\ncommand = [{:?}, \"{{target}}\"]\n{settings}\n",
            program.display().to_string()
        );
        self.desk.file("configuration/assize/config.toml", &self.configuration);
        self
    }

    fn scan(&self, args: &[&str]) -> (i32, Value) {
        let ran = self.desk.run(&[&["scan", "--json", "tree"], args].concat());
        assert!(!ran.out.is_empty(), "{}", ran.err);
        (ran.code, ran.json())
    }

    /// What came of the only scanner asked for.
    fn only(&self, name: &str) -> Value {
        self.scan(&["--scanner", name]).1["scanners"][0].clone()
    }
}

fn said(results: &[(&str, u32, &str)]) -> String {
    format!("cat <<'END'\n{}\nEND", sarif(results))
}

#[test]
fn what_scanners_say_of_a_tree_is_imported_with_its_code() {
    let mut site = Site::new();
    site.scanner("good", &said(&[("sql", 5, "db.run(uid)")]), "");
    let (code, report) = site.scan(&["--scanner", "good"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["project"], "tree");
    let good = &report["scanners"][0];
    assert_eq!((&good["result"], &good["receipt"]["new"]), (&"imported".into(), &1.into()), "{good}");
    assert_eq!(report["totals"]["cases"], 1);
    let case = site.desk.cases("")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(site.desk.run(&["show", "--json", &case]).json()["code"]["from_source"], true);
}

#[test]
fn what_a_scan_of_the_whole_tree_does_not_report_is_gone_and_that_of_a_part_says_nothing_of_the_rest() {
    let mut site = Site::new();
    site.desk.file("tree/src/other.py", "x = 1\n");
    site.scanner("good", "cat \"$0.sarif\"", "");
    let says = |results: &[(&str, u32, &str)]| {
        site.desk.file("bin/good.sarif", sarif(results));
    };
    says(&[("sql", 5, "db.run(uid)"), ("import", 1, "import db")]);
    assert_eq!(site.scan(&["--scanner", "good"]).0, 0);
    says(&[("sql", 5, "db.run(uid)")]);
    let part =
        site.desk.run(&["scan", "--json", "tree/src/other.py", "--source", "tree", "--scanner", "good"]);
    assert_eq!((part.code, &part.json()["totals"]["gone"]), (0, &0.into()), "{}{}", part.out, part.err);
    says(&[("sql", 5, "db.run( uid )")]);
    assert_eq!(site.scan(&["--scanner", "good"]).1["totals"]["gone"], 1);
}

#[test]
fn a_scanner_that_is_missing_or_has_nothing_to_read_has_not_run() {
    let mut site = Site::new();
    site.scanner("choosy", &said(&[]), "files = [\"*.cobol\"]");
    site.configuration += "[scanner.absent]\ncommand = [\"no-such-scanner\"]\n";
    site.scanner("good", &said(&[]), "");
    for (name, why) in [("choosy", "no file that it reads"), ("absent", "not installed"), ("eslint", "")] {
        let outcome = site.only(name);
        assert_eq!(outcome["result"], "not_run", "{outcome}");
        assert!(outcome["why"].as_str().unwrap().contains(why), "{outcome}");
    }
    let (code, report) = site.scan(&["--scanner", "absent", "--scanner", "good"]);
    assert_eq!((code, &report["scanners"][1]["result"]), (0, &"imported".into()));
    assert_eq!(site.scan(&["--scanner", "absent"]).0, 1, "nothing ran");
}

#[test]
fn a_scanner_that_misbehaves_has_failed_and_nothing_of_it_is_imported() {
    let whole = said(&[("sql", 5, "db.run(uid)")]);
    let mut site = Site::new();
    site.scanner("good", &whole, "")
        .scanner("hangs", &format!("{whole}\nsleep 86041"), "timeout = 1")
        .scanner("floods", "while :; do echo '{\"version\": \"2.1.0\"}'; done", "output = 1")
        .scanner("gorges", "tail /dev/zero", "memory = 30")
        .scanner("halves", &format!("{{ {whole}\n}} | head -c 60"), "")
        .scanner("fails", &format!("{whole}\necho 'no licence\x1b[2J' >&2; exit 7"), "")
        .scanner("dies", "kill -SEGV $$", "")
        .scanner("mumbles", "echo no document", "");
    for (name, why) in [
        ("hangs", "took more than 1 s"),
        ("floods", "wrote more than 1 MB"),
        ("gorges", "took more than 30 MB"),
        ("halves", "ends"),
        ("fails", "ended with 7: no licence"),
        ("dies", "signal 11"),
        ("mumbles", "no reader knows"),
    ] {
        let outcome = site.only(name);
        assert_eq!(outcome["result"], "failed", "{outcome}");
        let told = outcome["why"].as_str().unwrap();
        assert!(told.contains(why) && !told.contains('\u{1b}'), "{name}: {told}");
        assert_eq!(site.desk.run(&["runs", "--json"]).out, "", "{name}");
    }
    let (code, report) = site.scan(&["--scanner", "fails", "--scanner", "good"]);
    assert_eq!((code, &report["totals"]["cases"]), (4, &1.into()), "done in part");
}

#[test]
fn a_scanner_gets_no_environment_no_shell_and_no_name_that_is_an_option() {
    let mut site = Site::new();
    let tells = "env > \"$0.env\"; printf '%s\\n' \"$@\" > \"$0.args\"; pwd > \"$0.pwd\"";
    site.scanner("tells", &format!("{tells}\n{}", said(&[])), "env = [\"GIVEN\"]");
    site.desk.file("tree/-rf; $(touch owned).py", "x = 1\n");
    let mut command = site.desk.command();
    command.args(["scan", "--scanner", "tells", "tree/-rf; $(touch owned).py", "--source", "tree"]);
    command.env("GIVEN", "yes").env("SECRET_TOKEN", "s3cr3t");
    command.assert().code(0);
    let told = |what: &str| {
        std::fs::read_to_string(site.desk.folder.path().join(format!("bin/tells.{what}"))).unwrap()
    };
    assert!(told("env").contains("GIVEN=yes") && !told("env").contains("s3cr3t"), "{}", told("env"));
    assert_eq!(told("args"), "./-rf; $(touch owned).py\n");
    assert!(told("pwd").trim().ends_with("/tree"));
    assert!(!site.desk.folder.path().join("tree/owned").exists());
}

#[test]
fn a_workspace_that_came_with_the_code_names_no_program_to_run() {
    let site = Site::new();
    site.desk.run(&["import", "-"]);
    site.desk.file(".assize/config.toml", "[scanner.bandit]\ncommand = [\"sh\", \"-c\", \"touch owned\"]\n");
    let ran = site.desk.run(&["scan", "--json", "tree"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.error()["message"].as_str().unwrap().contains("your own configuration"), "{}", ran.err);
}

#[test]
fn a_scanner_is_told_by_name_and_rules_are_one_scanners() {
    let site = Site::new();
    let unknown = site.desk.run(&["scan", "--json", "tree", "--scanner", "nonesuch"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.error()["message"].as_str().unwrap().contains("semgrep"));
    assert_eq!(site.desk.run(&["scan", "tree", "--rules", "tree"]).code, 2);
    assert_eq!(site.desk.run(&["scan", "no-such-tree"]).code, 1);
}

#[test]
fn a_wrong_setting_of_a_scanner_is_told_with_its_place() {
    let site = Site::new();
    for (text, why) in [
        ("[scanner.mine]\nfiles = [\"*.py\"]\n", "needs a `command`"),
        ("[scanner.bandit]\ntimeout = 0\n", "at least 1"),
        ("[scanner.bandit]\ntimeout = \"soon\"\n", "whole number"),
        ("[scanner.bandit]\ncommand = \"bandit -r\"\n", "a list is wanted"),
        ("[scanner.bandit]\nshell = true\n", "unknown setting `shell`"),
        ("[scanner.bandit]\nfiles = [\"a{\"]\n", "no pattern of files"),
        ("scanner = 3\n", "is a table"),
    ] {
        site.desk.file("configuration/assize/config.toml", text);
        let ran = site.desk.run(&["config", "--json"]);
        assert_eq!(ran.code, 2, "{text}");
        let error = ran.error();
        assert!(error["message"].as_str().unwrap().contains(why), "{error}");
        assert!(error["at"].as_str().unwrap().starts_with("line "), "{error}");
    }
}
