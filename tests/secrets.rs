//! A secret that a scanner matched is in nothing that is kept, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::{Value, json};
use support::desk::Desk;

const SECRET: &str = "tr0ub4dor-and-3-more";

/// A file with a secret in line 4.
fn code(above: &str, query: &str, secret: &str) -> String {
    format!(
        "{above}import db\n\ndef login(user):\n    password = '{secret}'\n    db.execute({query})\n    \
         return password\n\n# the old one was {secret}\n"
    )
}

/// What a tool reports: in each line a rule.
fn scan(tool: &str, results: &[(&str, u32)]) -> String {
    let results: Vec<Value> = results
        .iter()
        .map(|(rule, line)| {
            json!({"ruleId": rule, "message": {"text": format!("about {rule}")},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/db.py"},
                    "region": {"startLine": line}}}]})
        })
        .collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": results}]})
        .to_string()
}

fn import(desk: &Desk, name: &str, scan: &str) -> Value {
    let file = desk.file(&format!("{name}.sarif"), scan);
    desk.import(&[file.to_str().unwrap(), "--source", "code"])["totals"].clone()
}

#[test]
fn the_code_that_is_kept_does_not_hold_what_a_scanner_for_secrets_found() {
    let desk = Desk::new();
    desk.file("code/src/db.py", code("", "user", SECRET));
    import(&desk, "first", &scan("bandit", &[("B105", 4), ("B608", 5)]));
    let kept = desk.everything_kept();
    assert!(!kept.contains(SECRET), "{kept}");
    assert!(kept.contains("password = 'tr0u****************'"), "in its place and of its length: {kept}");
    assert!(kept.contains("# the old one was tr0u****************"), "{kept}");
    assert!(kept.contains("db.execute(user)"), "and the rest as it is");
}

#[test]
fn who_is_told_of_a_secret_later_masks_what_was_kept_before() {
    let desk = Desk::new();
    desk.file("code/src/db.py", code("", "user", SECRET));
    import(&desk, "first", &scan("semgrep", &[("sql", 5)]));
    desk.file("code/src/db.py", code("", "user + SQL", SECRET));
    let second = import(&desk, "second", &format!("{}\n", scan("semgrep", &[("sql", 5)])));
    assert_eq!(second["matched"], 1, "{second}");
    assert!(desk.everything_kept().contains(SECRET), "nobody told that it is one");
    import(&desk, "third", &scan("bandit", &[("B105", 4)]));
    let kept = desk.everything_kept();
    assert!(!kept.contains(SECRET), "neither in files nor in differences: {kept}");
    assert!(kept.contains("+    db.execute(user + SQL)"), "{kept}");

    // Another tool's scan knows nothing of secrets; what was masked stays so, though lines moved.
    desk.file("code/src/db.py", code("import os\n", "user + SQL + os.name", SECRET));
    let totals = import(&desk, "fourth", &scan("semgrep", &[("sql", 6)]));
    assert_eq!((&totals["new"], &totals["matched"]), (&json!(0), &json!(1)), "{totals}");
    let kept = desk.everything_kept();
    assert!(!kept.contains(SECRET) && kept.contains("os.name"), "{kept}");
}

#[test]
fn a_masked_secret_neither_breaks_a_lease_nor_hides_that_it_changed() {
    let desk = Desk::new();
    desk.file("code/src/db.py", code("", "user", SECRET));
    import(&desk, "first", &scan("bandit", &[("B105", 4), ("B608", 5)]));
    assert_eq!(desk.run(&["verdict", "--where", "tool:bandit", "confirm"]).code, 0);

    let again = import(&desk, "again", &format!("{}\n", scan("bandit", &[("B105", 4), ("B608", 5)])));
    assert_eq!((&again["matched"], &again["stale"]), (&json!(2), &json!(0)), "{again}");
    desk.file("code/src/db.py", code("import os\nimport re\n", "user", SECRET));
    let moved = import(&desk, "moved", &scan("bandit", &[("B105", 6), ("B608", 7)]));
    assert_eq!((&moved["matched"], &moved["stale"]), (&json!(2), &json!(0)), "{moved}");

    desk.file("code/src/db.py", code("import os\nimport re\n", "user", "another-secret-of-9-words"));
    let changed = import(&desk, "changed", &format!("{}\n", scan("bandit", &[("B105", 6), ("B608", 7)])));
    assert_eq!((&changed["matched"], &changed["stale"]), (&json!(2), &json!(1)), "{changed}");
    let kept = desk.everything_kept();
    assert!(!kept.contains(SECRET) && !kept.contains("another-secret"), "{kept}");
}
