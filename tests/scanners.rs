//! `assize scan` and rechecks with the real scanners, which have to be on the search path: `cargo test --test scanners`. Not part of
//! the tests that need nothing but a compiler; continuous integration installs the scanners and runs it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use assize::domain::Severity;
use assize::ingest::document::Document;
use assize::ingest::heard::listen;
use assize::remedy::Outcome;
use assize::remedy::recheck::{Answer, Patch, Rechecked, Rechecker, Reported, Version};
use assize::scan::{self, Scanner};
use assize::source::Tree;
use serde_json::Value;
use support::desk::{Desk, shop};

/// Copies the shop's sources, so that no checkout lies around them.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn claims(report: &Value, name: &str) -> u64 {
    let scanners = report["scanners"].as_array().unwrap();
    let scanner = scanners.iter().find(|scanner| scanner["scanner"] == name).unwrap();
    assert_eq!(scanner["result"], "imported", "{scanner}");
    scanner["receipt"]["claims"].as_u64().unwrap()
}

#[test]
fn the_shop_is_scanned_by_what_is_installed_and_says_what_its_own_scans_say() {
    let desk = Desk::new();
    let tree = desk.folder.path().join("shop");
    for part in ["service", "api", "pricing", "warehouse", "courier", "legacy", "kiosk"] {
        copy(shop(part).as_ref(), &tree.join(part));
    }
    let scan = |arguments: &[&str]| {
        let ran = desk.run(&[&["scan", "--json", "shop", "--project", "shop"], arguments].concat());
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran.json()
    };
    let report = scan(&["--scanner", "bandit", "--scanner", "flawfinder"]);
    let rules = shop("scans/rules");
    let semgrep = scan(&["--scanner", "semgrep", "--rules", &rules]);
    let known = [("bandit", "bandit.json"), ("flawfinder", "flawfinder.sarif"), ("semgrep", "semgrep.json")];
    for (name, file) in known {
        let told = if name == "semgrep" { &semgrep } else { &report };
        let elsewhere = Desk::new();
        let kept = elsewhere.import(&[&shop(&format!("scans/{file}"))]);
        assert_eq!(claims(told, name), kept["totals"]["claims"].as_u64().unwrap(), "{name}");
    }
    // Scanned again, nothing is new and nothing is gone.
    let again = scan(&["--scanner", "bandit", "--scanner", "flawfinder"]);
    assert_eq!((&again["totals"]["new"], &again["totals"]["gone"]), (&0.into(), &0.into()), "{again}");
}

/// A tree with one file, scanned and patched.
struct Patched {
    folder: tempfile::TempDir,
    scanners: Vec<Scanner>,
}

const QUERY: &str = "\
def find(cursor, uid):
    cursor.execute(\"SELECT * FROM users WHERE id = '\" + uid + \"'\")
    return cursor.fetchone()
";
const PING: &str = "\
import os


def ping(host):
    os.system(\"ping \" + host)
";

impl Patched {
    fn new(names: &[&str]) -> Self {
        let scanner = |name: &&str| {
            let mut scanner = Scanner::of(name);
            if *name == "semgrep" {
                scanner.rules = Some(shop("scans/rules").into());
            }
            scanner
        };
        Self { folder: tempfile::tempdir().unwrap(), scanners: names.iter().map(scanner).collect() }
    }

    fn file(&self, path: &str, text: &str) {
        let target = self.folder.path().join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, text).unwrap();
    }

    /// What the scanners say of a file now.
    fn reported(&self, path: &str) -> Vec<Reported> {
        let mut all = Vec::new();
        for scanner in &self.scanners {
            let command = scanner.command(path.as_ref()).unwrap();
            let ran =
                scan::run_whole(scanner, &command, self.folder.path(), &scanner.environment(), &|| false)
                    .unwrap();
            let document = Document::spooled(&scanner.name, ran.stdout, self.folder.path()).unwrap();
            let heard = listen(&document, None, self.folder.path()).unwrap();
            all.extend(heard.claims.into_iter().map(|claim| Reported { tool: heard.tool.clone(), claim }));
        }
        all
    }

    fn patch(&self, path: &str, before: &str, after: &str) -> Patch {
        self.file(path, before);
        let reported = self.reported(path);
        let version = Version {
            path: path.into(),
            before: before.into(),
            text_before: before.into(),
            after: after.into(),
            text_after: after.into(),
        };
        Patch { reported, files: vec![version] }
    }

    fn recheck(&self, patches: &[Patch]) -> Vec<Rechecked> {
        let tree = Tree::open(self.folder.path()).unwrap();
        Rechecker { tree: &tree, scanners: &self.scanners, together: true, cancelled: &|| false }
            .recheck(patches)
    }

    /// Every scanner's answer about a patch, as `semgrep fixed: why`.
    fn told(&self, path: &str, before: &str, after: &str) -> Vec<String> {
        let looks = self.recheck(&[self.patch(path, before, after)]).remove(0).looks;
        let told = looks.iter().map(|look| {
            let answer = look.answer.map_or("nothing", Answer::word);
            format!("{} {answer}: {}", look.scanner, look.why)
        });
        told.collect()
    }
}

#[track_caller]
fn begin(told: &[String], wanted: &[&str]) {
    let fits =
        told.len() == wanted.len() && told.iter().zip(wanted).all(|(told, wanted)| told.starts_with(wanted));
    assert!(fits, "{told:#?}\n{wanted:#?}");
}

#[test]
fn a_good_fix_is_fixed_for_the_real_scanners() {
    let site = Patched::new(&["semgrep", "bandit"]);
    let fixed = QUERY.replace("= '\" + uid + \"'\")", "= ?\", (uid,))");
    begin(&site.told("src/db.py", QUERY, &fixed), &["semgrep fixed", "bandit fixed"]);
    let run = "import subprocess\n\n\ndef ping(host):\n    subprocess.run([\"ping\", host], check=True)\n";
    let patch = Patched::new(&["bandit"]);
    let rechecked = patch.recheck(&[patch.patch("src/ping.py", PING, run)]).remove(0);
    assert_eq!(rechecked.answer(), Answer::Fixed, "{rechecked:?}");
    let new: Vec<&str> = rechecked.new_claims().map(|claim| claim.rule.as_str()).collect();
    assert_eq!(new, ["B404", "B607", "B603"], "{rechecked:?}");
    assert_eq!(rechecked.checks(Severity::Low)[0].outcome, Outcome::Held);
    assert_eq!(rechecked.checks(Severity::Info)[0].outcome, Outcome::Failed);
}

#[test]
fn what_is_no_fix_is_refused_for_its_own_reason() {
    let site = Patched::new(&["semgrep", "bandit"]);
    let sink = "cursor.execute(\"SELECT * FROM users WHERE id = '\" + uid + \"'\")";
    for (name, after, wanted) in [
        ("suppressed", QUERY.replace("\"'\")", "\"'\")  # nosem # nosec"), ["semgrep stands", "bandit stands"]),
        ("renamed", QUERY.replace("uid", "user"), ["semgrep stands", "bandit stands"]),
        (
            "moved",
            format!("def find(cursor, uid):\n    run(cursor, uid)\n    return cursor.fetchone()\n\n\ndef run(cursor, uid):\n    {sink}\n"),
            ["semgrep moved", "bandit moved"],
        ),
        (
            "emptied",
            "def find(cursor, uid):\n    return None\n".to_owned(),
            ["semgrep evaded: `find` was emptied", "bandit evaded: `find` was emptied"],
        ),
        (
            "joined",
            QUERY.replace(
                sink,
                "text = \"\".join([\"SELECT * FROM users WHERE id = '\", str(uid), \"'\"])\n    cursor.execute(text)",
            ),
            ["semgrep stands", "bandit evaded: `execute` still takes the same"],
        ),
        (
            "hidden",
            PING.replace("os.system(", "getattr(os, \"sys\" + \"tem\")("),
            ["bandit evaded: the data goes to `getattr(os, \"sys\" + \"tem\")(\"ping \" + host)`", ""],
        ),
        (
            "broken",
            QUERY.replace(sink, "cursor.execute(\"SELECT * FROM users WHERE id = ?\", (uid,)"),
            ["semgrep inconclusive", "bandit inconclusive"],
        ),
    ] {
        let (before, wanted) =
            if name == "hidden" { (PING, &wanted[..1]) } else { (QUERY, &wanted[..]) };
        let told = site.told("src/code.py", before, &after);
        let told: Vec<String> = told.into_iter().filter(|told| !told.contains("nothing:")).collect();
        assert!(!told.is_empty(), "{name}");
        begin(&told, wanted);
    }
}

#[test]
fn patches_of_many_files_come_to_the_same_in_one_run_of_the_real_scanners() {
    let site = Patched::new(&["semgrep", "bandit"]);
    let fixed = QUERY.replace("= '\" + uid + \"'\")", "= ?\", (uid,))");
    let renamed = QUERY.replace("uid", "user");
    let patches: Vec<Patch> = (0..6)
        .map(|number| {
            let after = if number % 2 == 0 { &fixed } else { &renamed };
            site.patch(&format!("src/part{number}.py"), QUERY, after)
        })
        .collect();
    let answers: Vec<Answer> = site.recheck(&patches).iter().map(Rechecked::answer).collect();
    let wanted: Vec<Answer> =
        (0..6).map(|number| if number % 2 == 0 { Answer::Fixed } else { Answer::Stands }).collect();
    assert_eq!(answers, wanted);
}

#[test]
fn flawfinder_does_not_list_what_it_scanned_and_is_believed_for_what_it_says_of_the_file_as_it_was() {
    let site = Patched::new(&["flawfinder"]);
    let before = "#include <string.h>\nvoid name(char *to, char *from) {\n    strcpy(to, from);\n}\n";
    let after = before.replace("strcpy(to, from)", "strlcpy(to, from, 8)");
    begin(&site.told("src/name.c", before, &after), &["flawfinder fixed"]);
}
