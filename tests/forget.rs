//! A project's code taken out of a workspace, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;

use serde_json::{Value, json};

use support::desk::Desk;

/// What stands in the code and nowhere else.
const PLANTED: &str = "zq_planted_marker_7719";

fn loader(marker: &str) -> String {
    format!("import yaml\n\n\ndef load(f):\n    {marker} = 1\n    return yaml.load(f)\n")
}

/// What Semgrep says of some files, its message and its fix quoting the code.
fn semgrep(paths: &[&str], marker: &str) -> String {
    let result = |path: &&str| {
        json!({"check_id": "python.loader", "path": path, "start": {"line": 6, "col": 12},
            "end": {"line": 6, "col": 24}, "extra": {
                "severity": "ERROR", "message": format!("loads beside {marker}"),
                "lines": "    return yaml.load(f)", "fix": format!("yaml.safe_load(f)  # {marker}"),
                "metadata": {"category": "security", "cwe": ["CWE-502"]}}})
    };
    let results: Vec<Value> = paths.iter().map(result).collect();
    json!({"version": "1.0.0", "errors": [], "paths": {"scanned": paths}, "results": results}).to_string()
}

/// A project with code, a change in it, a remedy that was decided on and a fix, beside another project.
fn desk() -> Desk {
    let desk = Desk::new();
    for path in ["tree/a.py", "tree/b.py", "tree/c.py"] {
        desk.file(path, loader(PLANTED));
    }
    desk.file("scan.json", semgrep(&["a.py", "b.py", "c.py"], PLANTED));
    desk.import(&["scan.json", "--source", "tree"]);
    let case = desk.cases("path:a.py")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["verdict", &case, "confirm"]).code, 0);
    let proposed = desk.run(&["propose", &case, "--source", "tree", "--json"]);
    assert!(proposed.code == 0 || proposed.code == 4, "{}", proposed.err);
    let remedy = proposed.lines()[0]["remedy"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["remedy", "accept", &remedy]).code, 0);
    // The code of one changes, and another is mended.
    desk.file(
        "tree/b.py",
        loader(PLANTED).replace("= 1", "= 2").replace("yaml.load(f)", "yaml.load(f, None)"),
    );
    desk.file("tree/c.py", loader(PLANTED).replace("yaml.load", "yaml.safe_load"));
    desk.file(
        "scan.json",
        semgrep(&["a.py", "b.py"], PLANTED)
            .replace("\"scanned\":[\"a.py\",\"b.py\"]", "\"scanned\":[\"a.py\",\"b.py\",\"c.py\"]"),
    );
    desk.import(&["scan.json", "--source", "tree", "--scope", "full"]);
    desk.file("other/a.py", loader("zq_other"));
    desk.file("other.json", semgrep(&["a.py"], "zq_other"));
    assert_eq!(desk.run(&["import", "other.json", "--project", "other", "--source", "other"]).code, 0);
    desk
}

/// The files of the workspace, with those in its folders, that hold some bytes, be it in what a database packs.
fn holding(desk: &Desk, what: &str) -> Vec<String> {
    let workspace = desk.folder.path().join(".assize");
    let mut found = Vec::new();
    let mut work = vec![workspace.clone()];
    while let Some(folder) = work.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                work.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            if bytes.windows(what.len()).any(|window| window == what.as_bytes())
                || packed(&entry.path(), what)
            {
                found.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Whether any cell of a database holds it, packed or not.
fn packed(path: &Path, what: &str) -> bool {
    if path.extension().is_none_or(|extension| extension != "db") {
        return false;
    }
    let store = rusqlite::Connection::open(path).unwrap();
    let tables: Vec<String> = store
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    tables.iter().any(|table| {
        let mut read = store.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = read.column_count();
        let mut rows = read.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..columns {
                let cell = row.get_ref(at).unwrap();
                let bytes = match cell {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => bytes,
                    _ => continue,
                };
                let unpacked = zstd::decode_all(bytes).unwrap_or_else(|_| bytes.to_vec());
                if String::from_utf8_lossy(&unpacked).contains(what) {
                    return true;
                }
            }
        }
        false
    })
}

#[test]
fn no_byte_of_a_projects_code_stays_and_what_was_counted_does() {
    let desk = desk();
    // As a migration leaves it, and as a workstation does.
    let workspace = desk.folder.path().join(".assize");
    std::fs::copy(workspace.join("findings.db"), workspace.join("findings.before-6.db")).unwrap();
    std::fs::write(workspace.join("screen"), PLANTED).unwrap();
    std::fs::create_dir(workspace.join("edit-x")).unwrap();
    std::fs::write(workspace.join("edit-x/a.py"), loader(PLANTED)).unwrap();
    assert!(holding(&desk, PLANTED).contains(&"findings.db".to_owned()));
    assert!(holding(&desk, PLANTED).contains(&"remedies.db".to_owned()));
    assert!(
        holding(&desk, PLANTED).contains(&"journal.db".to_owned()),
        "the difference of what was accepted"
    );
    let kept = |desk: &Desk| -> Vec<Value> {
        let mut cases = desk.cases("");
        cases.sort_by_key(|case| case["case"].as_str().unwrap().to_owned());
        let names = [
            "case",
            "project",
            "path",
            "start_line",
            "severity",
            "cwe",
            "rules",
            "findings",
            "state",
            "verdict",
        ];
        cases.iter().map(|case| names.iter().map(|name| case[name].clone()).collect()).collect()
    };
    let before = kept(&desk);
    let remedies = desk.run(&["remedy", "list", "--json"]).lines().len();
    assert!(remedies > 0);
    let ran = desk.run(&["forget", "--project", "shop", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = ran.json();
    assert_eq!(holding(&desk, PLANTED), [] as [String; 0]);
    assert_eq!(kept(&desk), before, "the counts stay");
    assert_eq!(
        (&told["left"]["cases"], &told["entries"], &told["remedies"]),
        (&json!(3), &json!(1), &json!(remedies))
    );
    assert!(told["snapshots"].as_u64().unwrap() > 0 && told["claims"].as_u64().unwrap() > 0, "{told}");
    assert_eq!(told["copies"], json!(["edit-x", "findings.before-6.db"]));
    // The other project has all of its own.
    assert!(!holding(&desk, "zq_other").is_empty());
    let other = desk.cases("project:other")[0]["case"].as_str().unwrap().to_owned();
    assert!(desk.run(&["show", &other]).out.contains("zq_other"));
    // The chain holds, and says what was done.
    let verified = desk.run(&["journal", "verify", "--json"]);
    assert_eq!((verified.code, &verified.json()["chains"][0]["erased"]), (0, &json!(1)), "{}", verified.err);
}

#[test]
fn what_was_forgotten_can_be_shown_and_scanned_again() {
    let desk = desk();
    assert_eq!(desk.run(&["forget", "--project", "shop"]).code, 0);
    let case = desk.cases("path:a.py project:shop")[0]["case"].as_str().unwrap().to_owned();
    let shown = desk.run(&["show", &case]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("a.py:6") && !shown.out.contains(PLANTED), "{}", shown.out);
    let again = desk.run(&["forget", "--project", "shop", "--json"]);
    assert_eq!((again.code, &again.json()["snapshots"]), (0, &json!(0)));
    // A new scan brings the code back: the same findings, and the verdict with them.
    let back = desk.import(&["scan.json", "--source", "tree", "--scope", "full"]);
    assert_eq!((&back["totals"]["new"], &back["totals"]["matched"]), (&json!(0), &json!(2)), "{back}");
    let shown = desk.run(&["show", &case]);
    assert!(shown.out.contains(PLANTED), "{}", shown.out);
    assert_eq!(desk.cases("verdict:confirmed").len(), 1);
    let unknown = desk.run(&["forget", "--project", "nobody", "--json"]);
    assert_eq!(unknown.code, 2, "{}", unknown.err);
}
