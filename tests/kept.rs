//! What an import with a source tree keeps of it, on which labels are trained later; and that stores of earlier
//! versions of the program go on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::desk::{Desk, shop};

/// A document of Semgrep: a result for each (path, line), and the files that it looked at.
fn semgrep(results: &[(&str, u32)], scanned: &[&str]) -> String {
    let results: Vec<Value> = results
        .iter()
        .map(|(path, line)| {
            json!({"check_id": "python.eval", "path": path, "start": {"line": line, "col": 5, "offset": 0},
                "end": {"line": line, "col": 19, "offset": 0},
                "extra": {"message": "eval of a request", "severity": "ERROR", "lines": "requires login",
                    "fingerprint": "requires login", "metadata": {"cwe": ["CWE-95"]}}})
        })
        .collect();
    json!({"version": "1.182.0", "results": results, "errors": [], "paths": {"scanned": scanned}}).to_string()
}

const BILLING: &str =
    "import os\nfrom flask import request\n\ndef total():\n    eval(request.a)\n    eval(request.b)\n";

/// A service with a claimed file and two clean ones.
fn tree(desk: &Desk) -> PathBuf {
    desk.file("tree/billing/pyproject.toml", "[project]\nname = \"billing\"\ndependencies = [\"flask\"]\n");
    desk.file("tree/billing/app.py", BILLING);
    desk.file("tree/billing/clean.py", "def add(a, b):\n    return a + b\n");
    desk.file("tree/billing/unread.py", "def sub(a, b):\n    return a - b\n");
    desk.folder.path().join("tree")
}

fn scan(desk: &Desk, results: &[(&str, u32)]) -> Value {
    let scanned = ["billing/app.py", "billing/clean.py"];
    let file = desk.file("semgrep.json", semgrep(results, &scanned));
    let source = desk.folder.path().join("tree");
    desk.import(&[file.to_str().unwrap(), "--source", source.to_str().unwrap()])
}

fn findings(desk: &Desk) -> Connection {
    Connection::open(desk.folder.path().join(".assize/findings.db")).unwrap()
}

/// Path, role and text of each file that is kept.
fn kept(desk: &Desk) -> Vec<(String, String, String)> {
    let store = findings(desk);
    let mut read = store
        .prepare(
            "SELECT p.path, s.role, t.body FROM sighting s JOIN path p ON p.id = s.path
             JOIN snapshot t ON t.id = s.snapshot ORDER BY p.path, s.role, s.run",
        )
        .unwrap();
    let text = |body: Vec<u8>| String::from_utf8(zstd::decode_all(body.as_slice()).unwrap()).unwrap();
    read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, text(row.get(2)?))))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn what_is_known_of_a_file_is_kept_with_its_code() {
    let desk = Desk::new();
    tree(&desk);
    scan(&desk, &[("billing/app.py", 5)]);
    let case = desk.cases("")[0]["case"].as_str().unwrap().to_owned();
    let shown = desk.run(&["show", "--json", &case]).json();
    let code = &shown["code"];
    assert_eq!(
        (&code["language"], &code["framework"], &code["service"], &code["scope"]),
        (&json!("python"), &json!("flask"), &json!("billing"), &json!("total"))
    );
    assert_eq!(code["imports"], json!(["import os", "from flask import request"]));
    let text = desk.run(&["show", &case]).out;
    assert!(text.contains("python · flask · billing"), "{text}");
}

#[test]
fn a_file_is_kept_once_and_a_clean_one_where_its_scanner_looked_at_it() {
    let desk = Desk::new();
    tree(&desk);
    let both = [("billing/app.py", 5), ("billing/app.py", 6)];
    scan(&desk, &both);
    let clean = std::fs::read_to_string(desk.folder.path().join("tree/billing/clean.py")).unwrap();
    let expected = vec![
        ("billing/app.py".to_owned(), "claimed".to_owned(), BILLING.to_owned()),
        ("billing/clean.py".to_owned(), "clean".to_owned(), clean),
    ];
    assert_eq!(kept(&desk), expected, "nobody looked at `unread.py`");
    scan(&desk, &[both[1], both[0]]);
    assert_eq!(kept(&desk), expected, "the same files again are the same");
    let covered: bool =
        findings(&desk).query_row("SELECT min(coverage IS NOT NULL) FROM run", [], |row| row.get(0)).unwrap();
    assert!(covered);
}

#[test]
fn the_code_before_and_after_a_fix_is_kept() {
    let desk = Desk::new();
    tree(&desk);
    scan(&desk, &[("billing/app.py", 5), ("billing/app.py", 6)]);
    let mended = BILLING.replace("eval(request.b)", "int(request.b)");
    desk.file("tree/billing/app.py", &mended);
    let told = scan(&desk, &[("billing/app.py", 5)]);
    assert_eq!((&told["totals"]["gone"], &told["totals"]["matched"]), (&json!(1), &json!(1)), "{told}");
    let pair: (Vec<u8>, Vec<u8>, u32) = findings(&desk)
        .query_row(
            "SELECT b.body, a.body, f.line FROM fix x JOIN finding f ON f.id = x.finding
             JOIN snapshot b ON b.id = x.before JOIN snapshot a ON a.id = x.after",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let text = |body: &[u8]| String::from_utf8(zstd::decode_all(body).unwrap()).unwrap();
    assert_eq!((text(&pair.0), text(&pair.1), pair.2), (BILLING.to_owned(), mended, 6));
}

#[test]
fn a_tool_that_is_behind_joins_the_code_that_it_saw_and_not_what_stands_on_its_line_now() {
    let desk = Desk::new();
    tree(&desk);
    let bandit = |line: u32, code: &str| {
        let result = json!({"filename": "billing/app.py", "line_number": line, "line_range": [line], "code": format!("{line}     {code}\n"),
            "test_id": "B307", "test_name": "blacklist", "issue_severity": "MEDIUM", "issue_confidence": "HIGH",
            "issue_text": "Use of possibly insecure function", "issue_cwe": {"id": 95, "link": ""},
            "col_offset": 4, "end_col_offset": 19, "more_info": ""});
        let text =
            json!({"errors": [], "generated_at": "2026-01-01T00:00:00Z", "metrics": {}, "results": [result]});
        let file = desk.file("bandit.json", text.to_string());
        let source = desk.folder.path().join("tree");
        desk.import(&[file.to_str().unwrap(), "--source", source.to_str().unwrap()])
    };
    bandit(5, "eval(request.a)");
    // What it flagged stands two lines further down now, and something else on its line.
    let moved = BILLING.replace("def total():\n", "def total():\n    eval(request.c)\n    log()\n");
    desk.file("tree/billing/app.py", moved);
    scan(&desk, &[("billing/app.py", 5), ("billing/app.py", 7)]);
    let mut tools: Vec<(u64, usize)> = desk
        .cases("")
        .iter()
        .map(|case| (case["start_line"].as_u64().unwrap(), case["tools"].as_array().unwrap().len()))
        .collect();
    tools.sort_unstable();
    assert_eq!(tools, [(5, 1), (5, 2)], "Bandit's is still told by the line it gave");
}

/// A workspace with a verdict, as a version of the schema of `findings.db` would have left it; 0: as it is today.
fn left_by(version: u32) -> Desk {
    let desk = Desk::new();
    // No secrets in these, which the earliest versions did not mask.
    desk.import(&[&shop("scans/eslint.json"), &shop("scans/flawfinder.sarif"), "--source", &shop("")]);
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["verdict", &case, "confirm"]).code, 0);
    if version == 0 {
        return desk;
    }
    // The steps back, the latest first.
    let back = [
        "ALTER TABLE sighting DROP COLUMN licence;",
        "DROP TABLE known_by; DROP TABLE tally; DROP TABLE total;",
        "DROP INDEX snapshot_with_hidden; ALTER TABLE snapshot DROP COLUMN hidden;",
        "DROP TABLE shaped;",
        "DROP TABLE former; ALTER TABLE run DROP COLUMN last_path;",
        "ALTER TABLE run DROP COLUMN target;",
    ];
    let store = findings(&desk);
    let now: u32 = store.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(now as usize, back.len() + 1, "a step back is missing for the newest migration");
    for step in back.iter().take((now - version) as usize) {
        store.execute_batch(step).unwrap();
    }
    store.pragma_update(None, "user_version", version).unwrap();
    desk
}

#[test]
fn a_store_of_every_earlier_version_goes_on_as_if_it_were_of_this_one() {
    let go_on = |desk: &Desk| {
        let source = shop("");
        let mut told = Vec::new();
        for file in ["scans/eslint.json", "scans/semgrep.json", "scans/flawfinder.sarif"] {
            let mut receipt = desk.import(&[&shop(file), "--source", &source])["totals"].take();
            receipt.as_object_mut().unwrap().remove("elapsed_ms");
            told.push(receipt);
        }
        (told, desk.cases(""))
    };
    let today = go_on(&left_by(0));
    for version in 1..=5 {
        let desk = left_by(version);
        let then = go_on(&desk);
        assert_eq!(then.0, today.0, "version {version}");
        for (then, today) in then.1.iter().zip(&today.1) {
            assert_eq!(then, today, "version {version}");
        }
        assert_eq!(then.1.len(), today.1.len(), "version {version}");
        let copy = desk.folder.path().join(format!(".assize/findings.before-{}.db", version + 1));
        assert!(copy.is_file(), "version {version} was not copied");
    }
}
