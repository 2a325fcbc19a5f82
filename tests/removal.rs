//! A wrong import taken back is as if it had not been made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::{Value, json};
use support::desk::{Desk, sarif, shop};

/// Everything that the program tells of every case, which is what must come back.
fn everything(desk: &Desk) -> Vec<Value> {
    let cases = desk.cases("");
    let shown = cases.iter().map(|line| {
        let ran = desk.run(&["show", "--json", line["case"].as_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.json()
    });
    cases.iter().cloned().chain(shown).collect()
}

fn runs(desk: &Desk) -> Vec<String> {
    desk.run(&["runs", "--json"]).lines().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

fn last_run(desk: &Desk) -> String {
    runs(desk).pop().unwrap()
}

fn remove(desk: &Desk, run: &str) -> Value {
    let ran = desk.run(&["runs", "remove", run, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json()
}

/// What the tables hold, without those that only name things.
fn tables(desk: &Desk) -> Vec<(String, i64)> {
    let store = rusqlite::Connection::open(desk.folder.path().join(".assize/findings.db")).unwrap();
    [
        "finding", "kinship", "fix", "sighting", "snapshot", "block", "presence", "problem", "former",
        "path", "project",
    ]
    .into_iter()
    .map(|table| {
        let count = store.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
        (table.to_owned(), count.unwrap())
    })
    .collect()
}

#[test]
fn a_wrong_import_taken_back_is_as_if_it_had_not_been_made() {
    let desk = Desk::new();
    desk.file("code/src/db.py", "def find(q):\n    db.execute(q)\n\ndef run(x):\n    eval(x)\n");
    let first = desk.file("first.sarif", sarif(&[("sql", 2, "db.execute(q)"), ("eval", 5, "eval(x)")]));
    desk.import(&[first.to_str().unwrap(), "--source", "code"]);
    assert_eq!(desk.run(&["verdict", "--where", "rule:sql", "confirm"]).code, 0);
    assert_eq!(desk.run(&["verdict", "--where", "rule:eval", "reject"]).code, 0);
    // What the verdict rests on has changed once already, and `show` has the difference.
    desk.file("code/src/db.py", "def find(q):\n    db.execute(q + uid)\n\ndef run(x):\n    eval(x)\n");
    let a = desk.file("a.sarif", sarif(&[("sql", 2, "db.execute(q + uid)"), ("eval", 5, "eval(x)")]));
    assert_eq!(desk.import(&[a.to_str().unwrap(), "--source", "code"])["totals"]["stale"], 1);
    let (before, held) = (everything(&desk), tables(&desk));

    // The code has changed, one finding is gone, one is new: all that an import can do to what is known.
    desk.file("other/src/db.py", "import os\n\ndef find(q):\n    db.execute(q + uid + q)\n\nos.system(q)\n");
    let b =
        desk.file("b.sarif", sarif(&[("sql", 4, "db.execute(q + uid + q)"), ("shell", 6, "os.system(q)")]));
    let totals = desk.import(&[b.to_str().unwrap(), "--source", "other"])["totals"].clone();
    assert_eq!(
        (&totals["new"], &totals["matched"], &totals["gone"]),
        (&json!(1), &json!(1), &json!(1)),
        "{totals}"
    );
    let wrong = everything(&desk);
    assert_ne!(wrong, before);

    let run = last_run(&desk);
    let told = remove(&desk, &run[..6]);
    assert_eq!(
        told,
        json!({"runs": [run], "findings": 1, "restored": 2, "cases": 1}),
        "one vanished, one moved back, one is there again"
    );
    assert_eq!(everything(&desk), before);
    assert_eq!(tables(&desk), held);
    assert_eq!(runs(&desk).len(), 2);

    let again = desk.import(&[b.to_str().unwrap(), "--source", "other"])["totals"].clone();
    assert_eq!(again, totals);
    let told = |all: &[Value]| {
        all.iter().map(|value| (value["case"].clone(), value["state"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(told(&everything(&desk)), told(&wrong));
}

#[test]
fn imports_are_taken_back_one_after_the_other_to_the_very_first() {
    let desk = Desk::new();
    let scans: [&[(&str, u32, &str)]; 4] = [
        &[("sql", 10, "db.execute(q + uid)"), ("eval", 20, "eval(x)")],
        &[("sql", 12, "db.execute(q + uid)")],
        &[("sql", 14, "db.execute(q + uid + x)"), ("eval", 22, "eval(x)")],
        &[("eval", 30, "eval(x)"), ("eval", 31, "eval(y)")],
    ];
    let mut states = Vec::new();
    for (number, scan) in scans.iter().enumerate() {
        let file = desk.file(&format!("{number}.sarif"), sarif(scan));
        desk.import(&[file.to_str().unwrap()]);
        if number == 0 {
            assert_eq!(desk.run(&["verdict", "--where", "rule:sql", "confirm"]).code, 0);
        }
        states.push(everything(&desk));
    }
    for number in (1..scans.len()).rev() {
        remove(&desk, &last_run(&desk));
        assert_eq!(everything(&desk), states[number - 1], "{number}");
    }
    remove(&desk, &last_run(&desk));
    assert_eq!(desk.cases(""), Vec::<Value>::new());
    assert!(tables(&desk).iter().all(|(_, rows)| *rows == 0), "{:?}", tables(&desk));
    let doctor = desk.run(&["doctor"]).out;
    assert!(doctor.contains("1 entry; 1 case decided on that no import here has"), "{doctor}");
    assert_eq!(desk.run(&["journal", "verify"]).code, 0);
    desk.import(&[desk.folder.path().join("0.sarif").to_str().unwrap()]);
    assert_eq!(desk.cases("is:settled verdict:confirmed").len(), 1, "the verdict binds again");
}

#[test]
fn an_import_that_a_later_one_rests_on_stays() {
    let desk = Desk::new();
    for scan in ["bandit", "semgrep"] {
        desk.import(&[&shop(&format!("scans/{scan}.json")), "--source", &shop("")]);
    }
    let ids = runs(&desk);
    let before = desk.cases("");
    let refused = desk.run(&["runs", "remove", &ids[0], "--json"]);
    let error = refused.error();
    assert_eq!((refused.code, &error["kind"]), (1, &json!("refused")), "findings were joined to its");
    assert!(error["message"].as_str().unwrap().contains(&ids[1]), "{error}");
    assert_eq!(desk.cases(""), before);
    let refused = desk.run(&["runs", "remove", &ids[1], "no-such-run"]);
    assert_eq!((refused.code, runs(&desk).len()), (2, 2), "all of them or none");
    let both = desk.run(&["runs", "remove", &ids[0], &ids[1]]);
    assert_eq!(both.code, 0, "{}", both.err);
    assert!(desk.cases("").is_empty());

    // Another tool that met none of its findings keeps nothing from being taken back, nor does another project.
    let one = desk.file("one.sarif", sarif(&[("sql", 10, "db.execute(q)")]));
    desk.import(&[one.to_str().unwrap()]);
    let acme = last_run(&desk);
    desk.import(&[&shop("scans/bandit.json")]);
    let two = desk.file("two.sarif", sarif(&[("sql", 10, "db.execute(z)")]));
    assert_eq!(desk.run(&["import", "--project", "other", two.to_str().unwrap()]).code, 0);
    let others = desk.cases("-tool:acme").len() + desk.cases("project:other").len();
    remove(&desk, &acme);
    assert_eq!(desk.cases("").len(), others);
}

#[test]
fn a_case_merged_by_hand_gives_back_what_stays_when_the_import_it_is_named_after_goes() {
    let desk = Desk::new();
    let a = desk.file("a.sarif", sarif(&[("sql", 10, "db.execute(q)")]));
    let b = desk.file("b.sarif", sarif(&[("sql", 10, "db.execute(q)"), ("eval", 20, "eval(x)")]));
    desk.import(&[a.to_str().unwrap()]);
    let alone = desk.cases("");
    desk.import(&[b.to_str().unwrap()]);
    let case = |rule: &str| desk.cases(&format!("rule:{rule}"))[0]["case"].as_str().unwrap().to_owned();
    let (sql, eval) = (case("sql"), case("eval"));
    // The case remains that is named after what the import brought.
    assert_eq!(desk.run(&["case", "merge", &eval, &sql]).code, 0);
    assert_eq!(desk.cases("").len(), 1);
    remove(&desk, &last_run(&desk));
    assert_eq!(desk.cases(""), alone);
    assert_eq!(desk.run(&["undo"]).code, 0);
    assert_eq!(desk.cases(""), alone);
}

#[test]
fn a_removal_killed_at_any_moment_is_done_whole_or_not_at_all() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    let before = desk.cases("");
    let snippets: Vec<String> = (0..3000).map(|number| format!("call_{number}(x)")).collect();
    let results: Vec<(&str, u32, &str)> =
        (1..).zip(&snippets).map(|(line, snippet)| ("sql", line, snippet.as_str())).collect();
    let file = desk.file("many.sarif", sarif(&results));
    let mut in_time = 0;
    for pause in [0, 5, 10, 20, 30, 45, 60, 90, 130, 200] {
        desk.import(&[file.to_str().unwrap()]);
        let full = desk.cases("").len();
        assert_eq!(full, before.len() + 3000);
        let mut removal = std::process::Command::new(assert_cmd::cargo::cargo_bin("assize"))
            .current_dir(desk.folder.path())
            .args(["runs", "remove", &last_run(&desk)])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(pause));
        // Done already is fine: the kill then hits nobody.
        let _ = removal.kill();
        removal.wait().unwrap();
        let now = desk.cases("");
        if now.len() == full {
            in_time += 1;
        } else {
            assert_eq!(now, before, "after {pause} ms");
        }
    }
    assert!(in_time > 0, "no kill came in time to mean anything");
}

#[test]
fn an_import_of_which_nothing_was_kept_stays() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    let store = rusqlite::Connection::open(desk.folder.path().join(".assize/findings.db")).unwrap();
    store.execute("UPDATE run SET last_path = NULL", []).unwrap();
    drop(store);
    let before = desk.cases("");
    let refused = desk.run(&["runs", "remove", &last_run(&desk)]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("what it replaced is no longer kept"), "{}", refused.err);
    assert_eq!(desk.cases(""), before);
}

#[test]
fn what_imports_replaced_is_kept_in_bounds_and_the_last_of_each_tool_is_taken_back_all_the_same() {
    const FINDINGS: u32 = 600;
    let desk = Desk::new();
    let texts: Vec<String> = (0..FINDINGS).map(|number| format!("call_{number}(x)")).collect();
    let scan = |tool: &str, shift: u32| {
        let results: Vec<(&str, u32, &str)> =
            (1..).zip(&texts).map(|(line, text)| ("sql", line + shift, text.as_str())).collect();
        sarif(&results).replace("Acme", tool)
    };
    let once = |tool: &str, shift: u32| {
        let file = desk.file(&format!("{tool}-{shift}.sarif"), scan(tool, shift));
        desk.import(&[file.to_str().unwrap()])["totals"].clone()
    };
    let former = |tables: &[(String, i64)]| tables.iter().find(|(name, _)| name == "former").unwrap().1;
    once("Other", 0);
    once("Other", 1);
    let other = last_run(&desk);
    once("Acme", 0);
    let (mut before, mut most) = (Vec::new(), 0);
    for shift in 1..=20 {
        before = tables(&desk);
        assert_eq!(once("Acme", shift)["matched"], json!(FINDINGS));
        most = most.max(former(&tables(&desk)));
    }
    // A dozen scans would be 12,000 rows; as many as there are findings are kept, or a few thousand of a small store.
    assert!(most <= 4096 + i64::from(FINDINGS), "{most}");
    let lines = |rule: &str| -> Vec<Value> {
        desk.cases(rule).into_iter().map(|line| line["line"].clone()).collect()
    };
    let (now, ids) = (lines("tool:acme"), runs(&desk));
    let told = remove(&desk, ids.last().unwrap());
    assert_eq!(told["restored"], json!(FINDINGS));
    assert_eq!(lines("tool:acme").len(), now.len());
    let without = |tables: Vec<(String, i64)>| {
        tables.into_iter().filter(|(name, _)| name != "former").collect::<Vec<_>>()
    };
    assert_eq!(without(tables(&desk)), without(before));
    // That of another tool too, though it is older than all that was dropped.
    assert_eq!(remove(&desk, &other)["restored"], json!(FINDINGS));
    // The oldest of many stay.
    let all: Vec<String> = runs(&desk).into_iter().skip(1).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let refused = desk.run(&[&["runs", "remove"], all.as_slice()].concat());
    assert!(refused.code == 1 && refused.err.contains("no longer kept"), "{}", refused.err);
    assert_eq!(runs(&desk).len(), all.len() + 1);
}
