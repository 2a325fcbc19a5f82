//! What a scan's silence means: which findings it makes gone, and which it says nothing of.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use assize::ingest::Scope;
use assize::ingest::receipt::{Changes, FileReceipt};
use serde_json::{Value, json};
use support::desk::Desk;
use support::{How, Store};

/// A SARIF log of the tool with one result for each (rule, path, code).
fn scan(tool: &str, results: &[(&str, &str, &str)]) -> String {
    let results: Vec<Value> = results
        .iter()
        .map(|(rule, path, code)| {
            json!({"ruleId": rule, "level": "error", "message": {"text": format!("about {rule}")},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": path},
                    "region": {"startLine": 7, "snippet": {"text": code}}}}]})
        })
        .collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": results}]})
        .to_string()
}

fn semgrep(results: &[(&str, &str, &str)]) -> String {
    let results: Vec<Value> = results
        .iter()
        .map(|(rule, path, code)| {
            json!({"check_id": rule, "path": path, "start": {"line": 7, "col": 1}, "end": {"line": 7, "col": 9},
                "extra": {"message": format!("about {rule}"), "severity": "ERROR", "lines": code, "metadata": {}}})
        })
        .collect();
    json!({"version": "1.182.0", "results": results, "errors": [], "paths": {"scanned": ["a.py", "b.py", "c.py"]}})
        .to_string()
}

fn changed(receipt: &FileReceipt) -> (u64, u64, u64) {
    let Changes { gone, unseen, reopened, .. } = receipt.changes;
    (gone, unseen, reopened)
}

#[test]
fn the_scan_of_one_service_says_nothing_of_another() {
    let mut store = Store::new();
    let one = scan("acme", &[("r", "svc/one/a.py", "f(1)"), ("r", "svc/one/x/b.py", "f(2)")]);
    let two = scan("acme", &[("r", "svc/two/a.py", "g(1)")]);
    store.import_text(&one, &How::default());
    assert_eq!(changed(&store.import_text(&two, &How::default())), (0, 2, 0));
    // What it names in its own folder is another matter, and so is what its user says.
    let mended = scan("acme", &[("r", "svc/one/a.py", "f(1)"), ("r", "svc/one/y.py", "f(9)")]);
    assert_eq!(changed(&store.import_text(&mended, &How::default())), (1, 1, 0));
    let clean = scan("acme", &[]);
    assert_eq!(changed(&store.import_text(&clean, &How::default())), (0, 3, 0));
    let all = How { scope: Some(Scope::Full), ..How::default() };
    assert_eq!(changed(&store.import_text(&scan("acme", &[("s", "z.py", "h()")]), &all)), (3, 0, 0));
}

#[test]
fn a_state_that_is_scanned_again_brings_back_what_was_gone() {
    let mut store = Store::new();
    let full = How { scope: Some(Scope::Full), ..How::default() };
    let (flawed, mended) = (scan("acme", &[("r", "a.py", "f(1)")]), scan("acme", &[("s", "b.py", "g(1)")]));
    store.import_text(&flawed, &full);
    assert_eq!(changed(&store.import_text(&mended, &full)), (1, 0, 0));
    // The old file given again is no new scan; the same bytes written anew are.
    let old = How { written: Some("2025-12-31T00:00:00Z"), ..full.clone() };
    let again = store.import_text(&flawed, &old);
    assert!(again.known);
    assert_eq!(changed(&again), (0, 0, 0));
    let rescanned = store.import_text(&flawed, &full);
    assert!(!rescanned.known);
    assert_eq!(changed(&rescanned), (1, 0, 1));
}

#[test]
fn a_rule_of_the_same_last_word_is_another_rule_unless_its_namespace_was_seen_to_change() {
    let mut store = Store::new();
    store.import_text(
        &semgrep(&[("team.py.eval", "a.py", "eval(x)"), ("team.py.sql", "b.py", "q(x)")]),
        &How::default(),
    );
    // Another team's rules, over the same files.
    let other = semgrep(&[("other.js.eval", "c.py", "run(y)")]);
    assert_eq!(changed(&store.import_text(&other, &How::default())), (0, 2, 0));
    // The namespace changes: one finding is paired under the new name, and so the other's rule ran and is silent.
    let moved = semgrep(&[("rules.team.py.eval", "a.py", "eval(x)"), ("rules.team.py.sql", "c.py", "z(z)")]);
    assert_eq!(changed(&store.import_text(&moved, &How::default())).0, 1);
}

#[test]
fn a_new_finding_joins_no_case_whose_findings_are_gone() {
    let mut store = Store::new();
    let full = How { scope: Some(Scope::Full), ..How::default() };
    let at = |rule: &str, code: &str| {
        let result = json!({"ruleId": rule, "level": "error", "message": {"text": "m"},
            "properties": {"tags": ["external/cwe/cwe-078"]},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"},
                "region": {"startLine": 7, "startColumn": 1, "endColumn": 20, "snippet": {"text": code}}}}]});
        let rules = json!([{"id": rule, "properties": {"tags": ["external/cwe/cwe-078"]}}]);
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "acme", "rules": rules}},
            "results": [result]}]})
        .to_string()
    };
    store.import_text(&at("shell", "call(cmd, shell=True)"), &full);
    // The rules that this tool lists are those that ran: both.
    let both = at("call", "call([a, b, c])").replace(r#""rules":["#, r#""rules":[{"id":"shell"},"#);
    assert_eq!(changed(&store.import_text(&both, &full)), (1, 0, 0));
    let rows = store.findings.every_finding().unwrap();
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0].case, rows[1].case, "the mended flaw and what is said of the mend are two cases");
}

#[test]
fn the_scan_of_one_image_says_nothing_of_another_and_that_of_its_next_build_does() {
    let scan = |image: &str, packages: &[&str]| {
        let matches: Vec<Value> = packages
            .iter()
            .map(|package| {
                json!({"vulnerability": {"id": format!("CVE-2024-{package}"), "severity": "High"},
                    "artifact": {"name": package, "version": "1", "type": "deb",
                        "locations": [{"path": "/usr/lib/status"}]}})
            })
            .collect();
        json!({"matches": matches, "source": {"type": "image", "target": {"userInput": image}},
            "descriptor": {"name": "grype", "version": "0.80.0"}})
        .to_string()
    };
    let mut store = Store::new();
    store.import_text(&scan("shop:1.0", &["zlib", "openssl"]), &How::default());
    assert_eq!(changed(&store.import_text(&scan("base:9", &["glibc"]), &How::default())), (0, 2, 0));
    assert_eq!(changed(&store.import_text(&scan("shop:1.1", &["zlib"]), &How::default())), (1, 1, 0));
}

#[test]
fn files_given_together_are_one_look_at_the_project_and_the_next_command_is_another() {
    let desk = Desk::new();
    let file = |name: &str, results: &[(&str, &str, &str)]| {
        desk.file(name, scan("acme", results)).display().to_string()
    };
    let one = file("one.sarif", &[("r", "a.py", "f(1)"), ("r", "b.py", "f(2)")]);
    let two = file("two.sarif", &[("r", "c.py", "g(1)")]);
    let gone =
        |paths: &[&str]| desk.import(&[paths, &["--scope", "full"]].concat())["totals"]["gone"].clone();
    assert_eq!(gone(&[&one, &two]), 0);
    assert_eq!(desk.cases("is:open").len(), 3);
    // A file that is known stands beside those that are not.
    let three = file("three.sarif", &[("r", "d.py", "h(1)")]);
    assert_eq!(gone(&[&one, &three]), 1, "the one of the second file");
    assert_eq!(gone(&[&three]), 0, "known, and nothing new");
    let four = file("four.sarif", &[("r", "d.py", "h(1)"), ("r", "e.py", "h(2)")]);
    assert_eq!(gone(&[&four]), 2);
}
