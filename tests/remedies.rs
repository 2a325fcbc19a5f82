//! Remedies by the real program over the example shop: what is proposed, checked, decided, written into the tree and
//! taken out of it again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::desk::Desk;
use support::project;

const YAML: &str = "service/jobs/imports.py";

/// What is proposed here is the scanners' own, and what was accepted: no model's.
const NO_MODEL: &str = "[model]\nask = false\n";

/// A workspace beside a copy of the shop, with what scanners said of it.
struct Shop {
    desk: Desk,
}

impl Shop {
    fn new(scans: &[&str]) -> Self {
        let shop = Self { desk: Desk::new() };
        copy(&project("examples/shop"), &shop.tree());
        let scans: Vec<String> = scans.iter().map(|scan| format!("shop/scans/{scan}")).collect();
        let mut args = vec!["--source", "shop"];
        args.extend(scans.iter().map(String::as_str));
        shop.desk.import(&args);
        shop.desk.file("configuration/assize/config.toml", NO_MODEL);
        shop
    }

    fn tree(&self) -> PathBuf {
        self.desk.folder.path().join("shop")
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.tree().join(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.tree().join(path), text).unwrap();
    }

    fn lines(&self, args: &[&str]) -> Vec<Value> {
        let ran = self.desk.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        ran.lines()
    }

    fn json(&self, args: &[&str]) -> Value {
        let ran = self.desk.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        ran.json()
    }

    /// The remedies of the cases in a file.
    fn propose(&self, path: &str) -> Vec<Value> {
        self.lines(&["propose", "--json", "--where", &format!("path:{path} is:open")])
            .into_iter()
            .filter(|line| !line["origin"].is_null())
            .collect()
    }

    /// The remedy for the unsafe YAML loader.
    fn yaml(&self) -> String {
        let found = self.propose(YAML);
        assert_eq!(found.len(), 1, "{found:?}");
        text(&found[0]["remedy"])
    }

    /// Why a command fails.
    fn refusal(&self, args: &[&str]) -> String {
        let ran = self.desk.run(args);
        assert_eq!(ran.code, 1, "{args:?}: {}{}", ran.out, ran.err);
        ran.err
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            let _ = fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn checks(remedy: &Value) -> Vec<(String, String)> {
    let told = |check: &Value| (text(&check["name"]), text(&check["result"]));
    remedy["checks"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn what_a_scanner_proposes_is_checked_and_kept() {
    let shop = Shop::new(&["semgrep.json"]);
    let found = shop.lines(&["propose", "--json", "--where", "is:open"]);
    let (with, without): (Vec<Value>, Vec<Value>) =
        found.into_iter().partition(|line| !line["origin"].is_null());
    let mut files: Vec<String> = with.iter().map(|line| text(&line["files"][0])).collect();
    files.sort();
    let notify = "service/jobs/notify.py";
    let exports = "service/jobs/exports.py";
    let dao = "warehouse/src/main/java/shop/warehouse/StockDao.java";
    assert_eq!(
        files,
        ["courier/tracking.go", "legacy/import.c", exports, exports, YAML, notify, notify, notify, dao]
    );
    for remedy in &with {
        assert_eq!((remedy["origin"].as_str(), &remedy["model"]), (Some("autofix"), &Value::Null));
        let told = checks(remedy);
        let held: Vec<&str> =
            told.iter().filter(|(_, result)| result == "held").map(|(name, _)| name.as_str()).collect();
        assert_eq!(held, ["applies", "kept", "parses", "minimal"], "{remedy}");
        // No scanner has looked again yet, which is required.
        assert_eq!(remedy["sound"], "unproven", "{remedy}");
    }
    assert!(without.iter().all(|line| !text(&line["why"]).is_empty()), "{without:?}");
    let yaml = with.iter().find(|remedy| remedy["files"][0] == YAML).unwrap();
    let diff = text(&yaml["diff"]);
    assert!(diff.starts_with(&format!("--- a/{YAML}\n+++ b/{YAML}\n@@ ")), "{diff}");
    assert!(
        diff.contains("-    return yaml.load(text, Loader=yaml.Loader)\n+    return yaml.safe_load(text)\n"),
        "{diff}"
    );
    // It is kept, and survives that the findings are made anew.
    for name in ["findings.db", "findings.db-wal", "findings.db-shm"] {
        let _ = fs::remove_file(shop.desk.folder.path().join(".assize").join(name));
    }
    shop.desk.import(&["--source", "shop", "shop/scans/semgrep.json"]);
    let listed = shop.lines(&["remedy", "list", "--json", "--case", &text(&yaml["case"])]);
    assert_eq!((listed.len(), &listed[0]["remedy"], &listed[0]["diff"]), (1, &yaml["remedy"], &yaml["diff"]));
}

#[test]
fn proposing_again_makes_no_second_remedy() {
    let shop = Shop::new(&["semgrep.json"]);
    let first = shop.yaml();
    assert_eq!(shop.yaml(), first);
    assert_eq!(shop.lines(&["remedy", "list", "--json"]).len(), 1);
    // What has none is listed with its reason, for a broader review.
    shop.lines(&["propose", "--json", "--where", "path:service/auth.py"]);
    let none = shop.lines(&["remedy", "list", "--none", "--json"]);
    assert!(!none.is_empty() && none.iter().all(|line| line["miss"]["fault"] == "nothing"), "{none:?}");
}

#[test]
fn a_remedy_is_shown_with_its_evidence() {
    let shop = Shop::new(&["semgrep.json"]);
    let id = shop.yaml();
    let shown = shop.desk.run(&["remedy", "show", &id[..8]]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for part in
        ["unproven", "+    return yaml.safe_load(text)", "held          parses", "1 line, 9 tokens, 1 scope"]
    {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    assert_eq!(shop.desk.run(&["remedy", "show", "ffffffff"]).code, 2);
    assert_eq!(shop.desk.run(&["propose", "ffffffff"]).code, 2);
    assert_eq!(shop.desk.run(&["propose"]).code, 2);
}

#[test]
fn a_remedy_is_written_into_the_tree_and_taken_back_exactly() {
    let shop = Shop::new(&["semgrep.json"]);
    let (id, before) = (shop.yaml(), shop.read(YAML));
    let path = shop.tree().join(YAML);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let applied = shop.json(&["remedy", "apply", &id, "--json"]);
    assert_eq!((applied["files"][0].as_str(), applied["rebased"].as_bool()), (Some(YAML), Some(false)));
    let after = before.replace("yaml.load(text, Loader=yaml.Loader)", "yaml.safe_load(text)");
    assert_ne!(after, before);
    assert_eq!(shop.read(YAML), after);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
    let listed = shop.lines(&["remedy", "list", "--json"]);
    assert_eq!(text(&listed[0]["applied"]), shop.tree().canonicalize().unwrap().display().to_string());
    let why = shop.refusal(&["remedy", "apply", &id]);
    assert!(why.contains("already"), "{why}");
    shop.json(&["remedy", "take-back", &id, "--json"]);
    assert_eq!(shop.read(YAML), before);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(shop.lines(&["remedy", "list", "--json"])[0]["applied"], Value::Null);
    assert!(shop.refusal(&["remedy", "take-back", &id]).contains("in no source tree"));
    // Undo does the same; what is given back is applied anew.
    shop.json(&["remedy", "apply", &id, "--json"]);
    assert_eq!(shop.read(YAML), after);
    let undone = shop.desk.run(&["undo"]);
    assert_eq!(shop.read(YAML), before);
    assert!(
        undone.out.contains(&format!("as they were again in {}: {YAML}", applied["tree"].as_str().unwrap())),
        "{}",
        undone.out
    );
    assert!(shop.refusal(&["redo"]).contains("apply it again"));
    assert_eq!(shop.desk.run(&["journal", "verify"]).code, 0);
}

#[test]
fn the_list_says_what_each_is_about_where_and_why_it_is_not_sound() {
    let shop = Shop::new(&["semgrep.json"]);
    let id = shop.yaml();
    let line = 1 + shop.read(YAML).lines().position(|line| line.contains("yaml.load(text")).unwrap();
    let listed = shop.lines(&["remedy", "list", "--json"]);
    assert_eq!(listed[0]["line"], line, "{listed:?}");
    let (title, why) = (text(&listed[0]["title"]), text(&listed[0]["why"]));
    assert!(!title.is_empty() && why.starts_with("recheck"), "{listed:?}");
    let plain = shop.desk.run(&["remedy", "list"]).out;
    let row = plain.lines().next().unwrap();
    for part in [&id[..10], "unproven", &format!("{YAML}:{line}"), &title, &why] {
        assert!(row.contains(part), "{part} is not in {row}");
    }
}

#[test]
fn cases_whose_remedy_is_accepted_are_left_out_of_many_unless_they_are_asked_for() {
    let shop = Shop::new(&["semgrep.json"]);
    let id = shop.yaml();
    shop.json(&["remedy", "accept", &id, "--json"]);
    let filter = format!("path:{YAML}");
    assert_eq!(shop.propose(YAML).len(), 0);
    let ran = shop.desk.run(&["propose", "--where", &filter]);
    assert!(ran.err.contains("1 case left out: a remedy is accepted; `--again`"), "{}", ran.err);
    let again = shop.lines(&["propose", "--json", "--again", "--where", &filter]);
    let own = again.iter().find(|line| line["remedy"] == id.as_str());
    let case = text(&own.unwrap_or_else(|| panic!("{again:?}"))["case"]);
    assert_eq!(shop.lines(&["propose", "--json", &case])[0]["remedy"], id.as_str(), "named, it is asked for");
    shop.json(&["remedy", "refuse", &id, "--json"]);
    assert_eq!(shop.propose(YAML).len(), 1);
}

#[test]
fn proposing_ends_with_how_many_are_proven_and_why_the_others_are_not() {
    let shop = Shop::new(&["semgrep.json"]);
    let ran = shop.desk.run(&["propose", "--where", &format!("path:{YAML}")]);
    let lines: Vec<&str> = ran.out.lines().rev().take(2).collect();
    assert!(lines[0].starts_with("  1 unproven: recheck"), "{}", ran.out);
    assert_eq!(lines[1], "1 remedy for 5 cases: 1 unproven; 4 cases without one of use", "{}", ran.out);
}

#[test]
fn what_changed_elsewhere_in_the_file_stays_and_what_changed_there_refuses() {
    let shop = Shop::new(&["semgrep.json"]);
    let (id, before) = (shop.yaml(), shop.read(YAML));
    let longer = format!("# first\n{before}");
    shop.write(YAML, &longer);
    let applied = shop.json(&["remedy", "apply", &id, "--json"]);
    assert_eq!(applied["rebased"], true);
    assert_eq!(
        shop.read(YAML),
        longer.replace("yaml.load(text, Loader=yaml.Loader)", "yaml.safe_load(text)")
    );
    // What is written after it was applied is not taken back with it.
    let later = format!("{}# last\n", shop.read(YAML));
    shop.write(YAML, &later);
    assert!(shop.refusal(&["remedy", "take-back", &id]).contains("has changed"));
    assert_eq!(shop.read(YAML), later);
    shop.write(YAML, later.strip_suffix("# last\n").unwrap());
    shop.json(&["remedy", "take-back", &id, "--json"]);
    assert_eq!(shop.read(YAML), longer);
    let other =
        before.replace("yaml.load(text, Loader=yaml.Loader)", "yaml.load(text, Loader=yaml.UnsafeLoader)");
    shop.write(YAML, &other);
    assert!(shop.refusal(&["remedy", "apply", &id]).contains("has changed"));
    assert_eq!(shop.read(YAML), other);
}

#[test]
fn nothing_outside_of_the_tree_is_written() {
    let shop = Shop::new(&["semgrep.json"]);
    let (id, before) = (shop.yaml(), shop.read(YAML));
    let outside = shop.desk.folder.path().join("outside.py");
    fs::write(&outside, &before).unwrap();
    let path = shop.tree().join(YAML);
    fs::remove_file(&path).unwrap();
    symlink("../../../outside.py", &path).unwrap();
    assert!(shop.refusal(&["remedy", "apply", &id]).contains("link"));
    // A folder on the way.
    fs::remove_file(&path).unwrap();
    let (jobs, away) = (path.parent().unwrap().to_owned(), shop.desk.folder.path().join("away"));
    fs::rename(&jobs, &away).unwrap();
    fs::write(away.join("imports.py"), &before).unwrap();
    symlink(&away, &jobs).unwrap();
    assert!(shop.refusal(&["remedy", "apply", &id]).contains("link"));
    assert_eq!(
        (fs::read_to_string(&outside).unwrap(), fs::read_to_string(away.join("imports.py")).unwrap()),
        (before.clone(), before)
    );
}

#[test]
fn what_people_decide_of_a_remedy_is_journalled() {
    let shop = Shop::new(&["semgrep.json"]);
    let id = shop.yaml();
    shop.json(&["remedy", "refuse", &id, "--note", "breaks tags", "--json"]);
    assert!(shop.refusal(&["remedy", "apply", &id]).contains("refused"));
    let listed = shop.lines(&["remedy", "list", "--json"]);
    assert_eq!(
        (listed[0]["decision"].as_str(), listed[0]["note"].as_str()),
        (Some("refused"), Some("breaks tags"))
    );
    shop.json(&["remedy", "accept", &id, "--json"]);
    assert_eq!(shop.lines(&["remedy", "list", "--json"])[0]["decision"], "accepted");
    shop.json(&["undo", "--json"]);
    assert_eq!(shop.lines(&["remedy", "list", "--json"])[0]["decision"], "refused");
    shop.json(&["undo", "--json"]);
    let shown = shop.json(&["remedy", "show", &id, "--json"]);
    assert_eq!(shown["decision"], Value::Null);
}

#[test]
fn a_patch_is_written_and_the_tree_is_left_alone() {
    let shop = Shop::new(&["semgrep.json"]);
    let (id, before) = (shop.yaml(), shop.read(YAML));
    let patch = shop.desk.folder.path().join("fix.patch");
    shop.json(&["remedy", "apply", &id, "--patch", patch.to_str().unwrap(), "--json"]);
    assert_eq!(shop.read(YAML), before);
    let shown = shop.json(&["remedy", "show", &id, "--json"]);
    assert_eq!(fs::read_to_string(&patch).unwrap(), text(&shown["diff"]));
    assert_eq!(shown["applied"], Value::Null);
    let printed = shop.desk.run(&["remedy", "apply", &id, "--patch", "-"]);
    assert_eq!(printed.out, text(&shown["diff"]));
}

#[test]
fn a_branch_has_a_commit_for_each_remedy_and_leaves_the_tree_alone() {
    let shop = Shop::new(&["semgrep.json"]);
    let git = |args: &[&str]| {
        let names = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
        let ran = std::process::Command::new("git").args(names).args(args).current_dir(shop.tree()).output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    };
    let found = shop.propose("service/jobs/**");
    // One for each file: two of a file may meet.
    let by_file: std::collections::BTreeMap<String, String> =
        found.iter().map(|remedy| (text(&remedy["files"][0]), text(&remedy["remedy"]))).collect();
    let ids: Vec<String> = by_file.into_values().collect();
    assert!(ids.len() > 2, "{ids:?}");
    assert!(shop.refusal(&["remedy", "branch", "fix", &ids[0]]).contains("no Git repository"));
    git(&["init", "-q", "-b", "main"]);
    assert!(shop.refusal(&["remedy", "branch", "fix", &ids[0]]).contains("no commit"));
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    shop.write("being-written.txt", "not yet\n");
    assert!(shop.refusal(&["remedy", "branch", "no name", &ids[0]]).contains("no name for a branch"));
    assert!(
        shop.refusal(&["remedy", "branch", "fix", "--accepted"]).contains("no remedy to put in a branch")
    );
    shop.json(&["remedy", "refuse", &ids[0], "--json"]);
    assert!(shop.refusal(&["remedy", "branch", "fix", &ids[0]]).contains("it was refused"));
    for id in &ids {
        shop.json(&["remedy", "accept", id, "--json"]);
    }
    let made = shop.json(&["remedy", "branch", "fix/all", "--accepted", "--json"]);
    assert_eq!(made["remedies"].as_array().unwrap().len(), ids.len(), "{made}");
    assert_eq!(git(&["rev-list", "--count", "main..fix/all"]), ids.len().to_string());
    assert_eq!(git(&["status", "--porcelain"]), "?? being-written.txt");
    assert!(shop.refusal(&["remedy", "branch", "fix/all", &ids[0]]).contains("there is a branch"));
    // What does not fit the commit is left out and said.
    git(&["rm", "-q", "--cached", YAML]);
    git(&["commit", "-q", "-m", "without it"]);
    let ran = shop.desk.run(&["remedy", "branch", "fix/rest", "--accepted", "--json"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    let left = &ran.json()["left_out"];
    assert!(text(&left[0]["why"]).contains("no file of the commit"), "{left}");
}

#[test]
fn a_policy_decides_what_is_asked() {
    let shop = Shop::new(&["semgrep.json"]);
    let config = |text: &str| shop.desk.file(".assize/config.toml", text);
    config("[remedy]\nrequired = [\"applies\", \"parses\"]\n");
    assert_eq!(shop.propose(YAML)[0]["sound"], "yes");
    config("[remedy]\nmax_tokens = 3\n");
    let lines = shop.propose(YAML);
    assert_eq!(
        (lines[0]["sound"].as_str(), checks(&lines[0])[3].clone()),
        (Some("no"), ("minimal".into(), "failed".into()))
    );
    let id = text(&lines[0]["remedy"]);
    assert!(shop.refusal(&["remedy", "apply", &id]).contains("--anyway"));
    shop.json(&["remedy", "apply", &id, "--anyway", "--json"]);
    assert!(shop.read(YAML).contains("yaml.safe_load(text)"));
    // A workspace may have come with the code: it names no program to run.
    for (text, part) in [
        ("[remedy]\ncheck = [\"make\"]\n", "your own configuration"),
        ("[remedy]\nrequired = [\"luck\"]\n", "`luck` is no check"),
        ("[remedy]\nlines = 3\n", "unknown setting `lines`"),
    ] {
        config(text);
        let ran = shop.desk.run(&["propose", "--where", "is:open"]);
        assert!(ran.code == 2 && ran.err.contains(part), "{text}: {}", ran.err);
    }
}

#[test]
fn a_package_is_brought_to_a_version_that_no_advisory_is_about() {
    let shop = Shop::new(&["osv.json"]);
    let found = shop.lines(&["propose", "--json", "--where", "kind:dependency is:open"]);
    let with: Vec<&Value> = found.iter().filter(|line| line["origin"] == "bump").collect();
    assert!(!with.is_empty(), "{found:?}");
    for remedy in &with {
        let told = checks(remedy);
        assert!(told.iter().all(|(_, result)| result != "failed"), "{remedy}");
        let lines = text(&remedy["diff"]);
        assert!(lines.contains("\n-") && lines.contains("\n+"), "{lines}");
    }
    let listed = shop.desk.cases("is:remedied");
    let cases: std::collections::BTreeSet<String> = with.iter().map(|remedy| text(&remedy["case"])).collect();
    assert_eq!(listed.len(), cases.len());
    // Into the tree and out of it, manifest and lock file together.
    let npm = with.iter().find(|remedy| remedy["files"].as_array().unwrap().len() == 2);
    let remedy = npm.expect("a package of npm in both its files");
    let files: Vec<String> = remedy["files"].as_array().unwrap().iter().map(text).collect();
    let before: Vec<String> = files.iter().map(|path| shop.read(path)).collect();
    let id = text(&remedy["remedy"]);
    shop.json(&["remedy", "apply", &id, "--json"]);
    assert!(files.iter().zip(&before).all(|(path, before)| shop.read(path) != *before));
    shop.json(&["undo", "--json"]);
    assert_eq!(files.iter().map(|path| shop.read(path)).collect::<Vec<_>>(), before);
}

#[test]
fn the_projects_own_command_runs_on_a_copy_with_the_remedy_in_it() {
    let shop = Shop::new(&["semgrep.json"]);
    let before = shop.read(YAML);
    let config = |check: &str| {
        shop.desk.file(
            "configuration/assize/config.toml",
            format!("{NO_MODEL}[remedy]\nrequired = [\"parses\", \"project\"]\ncheck = {check}\n"),
        )
    };
    config(&format!("[\"grep\", \"-q\", \"yaml.safe_load(text)\", \"{YAML}\"]"));
    let found = shop.propose(YAML);
    assert_eq!(found[0]["sound"], "yes", "{}", found[0]);
    config(&format!("[\"sh\", \"-c\", \"echo broken >&2; rm {YAML}; exit 3\"]"));
    let found = shop.propose(YAML);
    let check =
        found[0]["checks"].as_array().unwrap().iter().find(|check| check["name"] == "project").unwrap();
    assert_eq!((found[0]["sound"].as_str(), check["lines"][0].as_str()), (Some("no"), Some("broken")));
    assert_eq!(shop.read(YAML), before);
}

#[test]
fn an_accepted_remedy_is_recalled_for_the_same_rule() {
    let shop = Shop::new(&["semgrep.json"]);
    let id = shop.yaml();
    shop.json(&["remedy", "accept", &id, "--json"]);
    // The same rule elsewhere, by a scan that proposes nothing.
    let scan = r#"{"version":"1.99.0","results":[{"check_id":"shop.python.yaml-load","path":"service/labels.py",
        "start":{"line":2,"col":12,"offset":0},"end":{"line":2,"col":47,"offset":0},
        "extra":{"message":"m","severity":"ERROR","metadata":{"cwe":["CWE-502"]},"lines":"    return yaml.load(body, Loader=yaml.Loader)"}}],
        "errors":[],"paths":{"scanned":["service/labels.py"]}}"#;
    shop.write("service/labels.py", "def read(body):\n    return yaml.load(body, Loader=yaml.Loader)\n");
    shop.desk.file("scan.json", scan);
    shop.desk.import(&["--source", "shop", "--scope", "partial", "scan.json"]);
    let found = shop.propose("service/labels.py");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["origin"], "recalled");
    assert!(text(&found[0]["diff"]).contains("+    return yaml.safe_load(body)\n"), "{}", found[0]["diff"]);
}
