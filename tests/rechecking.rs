//! `assize recheck`, and the check that it is for `assize propose`: by the real program, with scanners that are scripts.
//! What each silence is worth is tested beside the code; the real scanners are in `scanners.rs`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use support::desk::{Desk, Ran};

const LOADER: &str = "import yaml\n\n\ndef load(f):\n    return yaml.load(f)\n";

/// A scanner in a few lines of shell: it reports `yaml.load(f)` in column 12 and proposes a fix, as Semgrep writes.
const LINES: &str = r#"
scanned=; results=
for f in "$@"; do
  f=${f#./}; n=0
  scanned="$scanned${scanned:+,}\"$f\""
  while IFS= read -r line; do
    n=$((n + 1))
    case "$line" in *"yaml.load("*) results="$results${results:+,}{\"check_id\":\"loader\",\"path\":\"$f\",\"start\":{\"line\":$n,\"col\":12},\"end\":{\"line\":$n,\"col\":24},\"extra\":{\"severity\":\"ERROR\",\"message\":\"loads anything\",\"fix\":\"$fix\",\"metadata\":{\"category\":\"security\"}}}";; esac
    case "$line" in *"eval("*) results="$results${results:+,}{\"check_id\":\"eval\",\"path\":\"$f\",\"start\":{\"line\":$n,\"col\":1},\"end\":{\"line\":$n,\"col\":9},\"extra\":{\"severity\":\"ERROR\",\"message\":\"runs anything\",\"metadata\":{\"category\":\"security\"}}}";; esac
  done < "$f"
done
echo "{\"version\":\"1.0.0\",\"errors\":[],\"paths\":{\"scanned\":[$scanned]},\"results\":[$results]}"
"#;

/// A workspace with a tree that was scanned.
struct Site {
    desk: Desk,
}

impl Site {
    /// Some files, and a scanner that proposes a fix.
    fn new(files: &[&str], fix: &str) -> Self {
        let site = Self { desk: Desk::new() };
        for file in files {
            site.desk.file(&format!("tree/{file}"), LOADER);
        }
        site.scanner(&format!("fix='{fix}'\n{LINES}"));
        let targets = if files.len() == 1 { format!("tree/{}", files[0]) } else { "tree".to_owned() };
        let listed = files.iter().map(|file| format!("\"./{file}\"")).collect::<Vec<_>>().join(", ");
        // The first scan is given the files one by one, as a scan of a tree would find them.
        site.configure(&listed);
        let ran = site.desk.run(&["scan", &targets, "--source", "tree", "--scanner", "semgrep"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        site.configure("\"{target}\"");
        site
    }

    fn scanner(&self, script: &str) {
        let program = self.desk.file("bin/scan", format!("#!/bin/sh\necho run >> \"$0.runs\"\n{script}"));
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn configure(&self, targets: &str) {
        let program = self.desk.folder.path().join("bin/scan");
        let off: String = ["opengrep", "bandit", "flawfinder", "eslint", "gosec", "trivy"]
            .iter()
            .map(|name| format!("[scanner.{name}]\non = false\n"))
            .collect();
        self.desk.file(
            "configuration/assize/config.toml",
            format!(
                "[model]\nask = false\n[scanner.semgrep]\ncommand = [{:?}, {targets}]\nfiles = [\"*.py\"]\ntargets = \"many\"\n\
                 unsuppressed = []\nrules = {:?}\n{off}",
                program.display().to_string(),
                self.desk.folder.path().display().to_string(),
            ),
        );
    }

    fn runs(&self) -> usize {
        let path = self.desk.folder.path().join("bin/scan.runs");
        let count = std::fs::read_to_string(&path).unwrap_or_default().lines().count();
        let _ = std::fs::remove_file(path);
        count
    }

    fn propose(&self, args: &[&str]) -> Vec<Value> {
        let ran = self.desk.run(&[&["propose", "--json", "--where", "is:open"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.lines()
    }

    fn recheck(&self, args: &[&str]) -> Ran {
        self.desk.run(&[&["recheck", "--json"], args].concat())
    }
}

/// Its checks by the scanners, as `recheck semgrep: held`.
fn looked(remedy: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = remedy["checks"].as_array().unwrap().iter();
    let checks = checks.map(|check| (text(&check["name"]), text(&check["result"])));
    checks
        .filter(|(name, _)| name.starts_with("recheck"))
        .map(|(name, result)| format!("{name}: {result}"))
        .collect()
}

#[test]
fn what_is_proposed_is_looked_at_by_the_scanner_that_complained_and_is_sound_where_it_is_fixed() {
    let site = Site::new(&["src/a.py"], "yaml.safe_load(f)");
    let found = site.propose(&[]);
    assert_eq!(
        (looked(&found[0]), &found[0]["sound"]),
        (vec!["recheck semgrep: held".into()], &"yes".into()),
        "{found:?}"
    );
    assert_eq!(std::fs::read_to_string(site.desk.folder.path().join("tree/src/a.py")).unwrap(), LOADER);
}

#[test]
fn what_nobody_looked_at_is_unproven_until_it_is_rechecked_and_that_is_kept() {
    let site = Site::new(&["src/a.py"], "yaml.safe_load(f)");
    let found = site.propose(&["--no-recheck"]);
    let id = found[0]["remedy"].as_str().unwrap();
    assert_eq!(found[0]["sound"], "unproven", "{found:?}");
    let ran = site.recheck(&[id]);
    let told = &ran.lines()[0];
    assert_eq!((ran.code, &told["answer"], &told["sound"]), (0, &"fixed".into(), &"yes".into()), "{told}");
    let kept = site.desk.run(&["remedy", "show", "--json", id]).json();
    assert_eq!(
        (looked(&kept), &kept["sound"]),
        (vec!["recheck semgrep: held".into()], &"yes".into()),
        "{kept}"
    );
}

#[test]
fn a_fix_that_only_hides_is_refused_for_that_reason() {
    let site = Site::new(&["src/a.py"], "getattr(yaml, \\\"lo\\\" + \\\"ad\\\")(f)");
    let found = site.propose(&["--no-recheck"]);
    let ran = site.recheck(&[found[0]["remedy"].as_str().unwrap()]);
    let told = &ran.lines()[0];
    assert_eq!((ran.code, &told["answer"], &told["sound"]), (3, &"evaded".into(), &"no".into()), "{told}");
    assert!(told["looks"][0]["why"].as_str().unwrap().contains("worked out while it runs"), "{told}");
}

#[test]
fn what_is_new_and_grave_is_refused_and_told() {
    let site = Site::new(&["src/a.py"], "eval(f)");
    let id = site.propose(&["--no-recheck"])[0]["remedy"].as_str().unwrap().to_owned();
    let ran = site.recheck(&[&id]);
    let told = &ran.lines()[0];
    assert_eq!((ran.code, &told["sound"]), (3, &"no".into()), "{told}");
    assert_eq!(told["looks"][0]["new"][0]["rule"], "eval", "{told}");
    let plain = site.desk.run(&["recheck", &id]).out;
    assert_eq!(plain.lines().count(), 1, "{plain}");
    assert!(
        plain.contains("not sound  evaded  semgrep: ") && plain.contains("; new: high eval at src/a.py:5"),
        "{plain}"
    );
    let whole = site.desk.run(&["recheck", "-v", &id]).out;
    assert!(whole.contains("new: high  eval  src/a.py:5"), "{whole}");
}

#[test]
fn the_doctor_says_that_a_scanner_has_no_rules_and_where_to_put_them() {
    let site = Site::new(&["src/a.py"], "yaml.safe_load(f)");
    let semgrep = || {
        let checks = site.desk.run(&["doctor", "--json"]).json()["checks"].clone();
        checks.as_array().unwrap().iter().find(|check| check["name"] == "semgrep").unwrap().clone()
    };
    assert_eq!(semgrep()["found"], true);
    let path = site.desk.folder.path().join("configuration/assize/config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: String =
        text.lines().filter(|line| !line.starts_with("rules =")).map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, kept).unwrap();
    let told = semgrep();
    assert_eq!(told["found"], false, "{told}");
    assert!(told["what"].as_str().unwrap().contains("no rules are configured"), "{told}");
    let hint = told["hint"].as_str().unwrap();
    assert!(hint.contains("[scanner.semgrep]") && hint.contains(path.to_str().unwrap()), "{hint}");
    let ran = site.desk.run(&["propose", "--where", "is:open"]);
    assert!(ran.out.contains("1 unproven: recheck semgrep: it has no rules"), "{}", ran.out);
}

#[test]
fn a_scanner_that_is_missing_has_not_run_and_a_tree_that_changed_is_not_told() {
    let site = Site::new(&["src/a.py"], "yaml.safe_load(f)");
    let id = site.propose(&["--no-recheck"])[0]["remedy"].as_str().unwrap().to_owned();
    std::fs::remove_file(site.desk.folder.path().join("bin/scan")).unwrap();
    let ran = site.recheck(&[&id]);
    let told = &ran.lines()[0];
    assert_eq!(
        (ran.code, &told["answer"], &told["sound"]),
        (4, &"not_run".into(), &"unproven".into()),
        "{told}"
    );
    site.desk.file("tree/src/a.py", LOADER.replace("import yaml", "import yaml, os"));
    let ran = site.recheck(&[&id]);
    let told = &ran.lines()[0];
    assert_eq!((ran.code, &told["answer"]), (4, &"inconclusive".into()), "{told}");
    assert!(told["why"].as_str().unwrap().contains("changed"), "{told}");
}

#[test]
fn remedies_of_many_files_share_two_runs_and_alone_take_two_each() {
    let files = ["src/a.py", "src/b.py", "src/c.py", "lib/d.py"];
    let site = Site::new(&files, "yaml.safe_load(f)");
    let found = site.propose(&["--no-recheck"]);
    assert_eq!(found.len(), 4, "{found:?}");
    site.runs();
    let together = site.recheck(&["--where", "is:open"]);
    assert_eq!(
        (together.code, together.lines().len(), site.runs()),
        (0, 4, 2),
        "{}{}",
        together.out,
        together.err
    );
    let alone = site.recheck(&["--where", "is:open", "--alone"]);
    assert_eq!((alone.code, alone.lines().len(), site.runs()), (0, 4, 8), "{}{}", alone.out, alone.err);
}

#[test]
fn proposals_of_many_files_share_two_runs() {
    let files = ["src/a.py", "src/b.py", "src/c.py", "lib/d.py"];
    let site = Site::new(&files, "yaml.safe_load(f)");
    site.runs();
    let found = site.propose(&[]);
    assert_eq!((found.len(), site.runs()), (4, 2), "{found:?}");
    assert!(found.iter().all(|remedy| remedy["sound"] == "yes"), "{found:?}");
}

#[test]
fn what_is_called_off_while_a_scanner_runs_is_kept_unproven_and_can_be_rechecked() {
    let site = Site::new(&["src/a.py"], "yaml.safe_load(f)");
    site.scanner("touch \"$0.began\"\nsleep 600\n");
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("assize"));
    command
        .current_dir(site.desk.folder.path())
        .env("XDG_CONFIG_HOME", site.desk.folder.path().join("configuration"))
        .env("USER", "ann")
        .args(["propose", "--json", "--where", "is:open"])
        .stdout(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    while !site.desk.folder.path().join("bin/scan.began").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(4));
    let told: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(
        (looked(&told), &told["sound"]),
        (vec!["recheck: not_run".into()], &"unproven".into()),
        "{told}"
    );
    site.scanner(&format!("fix=\n{LINES}"));
    let ran = site.recheck(&[told["remedy"].as_str().unwrap()]);
    assert_eq!((ran.code, &ran.lines()[0]["sound"]), (0, &"yes".into()), "{}{}", ran.out, ran.err);
}

#[test]
fn a_remedy_is_named_or_looked_for_and_an_unknown_one_is_told() {
    let site = Site::new(&["src/a.py"], "yaml.safe_load(f)");
    assert_eq!(site.recheck(&[]).code, 2);
    assert_eq!(site.recheck(&["x", "--where", "is:open"]).code, 2);
    assert_eq!(site.recheck(&["abcdef0123"]).code, 2);
    assert_eq!(site.recheck(&["--where", "is:open", "--scanner", "nonesuch"]).code, 2);
    assert_eq!(site.recheck(&["--where", "is:open"]).out, "");
}
