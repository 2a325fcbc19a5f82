//! What people split and merged holds in a store that is made anew, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use support::desk::{Desk, shop};

/// The findings of every case.
fn partition(desk: &Desk) -> BTreeSet<BTreeSet<String>> {
    let store = rusqlite::Connection::open(desk.folder.path().join(".assize/findings.db")).unwrap();
    let mut cases: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    let mut read = store.prepare("SELECT \"case\", lower(hex(name)) FROM finding").unwrap();
    let mut rows = read.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        cases.entry(row.get(0).unwrap()).or_default().insert(row.get(1).unwrap());
    }
    assert_eq!(desk.cases("").len(), cases.len(), "the docket knows the same cases");
    cases.into_values().collect()
}

fn members(desk: &Desk, case: &str) -> BTreeSet<String> {
    let shown = desk.run(&["show", "--json", case]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let shown = shown.json();
    shown["members"].as_array().unwrap().iter().map(|it| it["finding"].as_str().unwrap().to_owned()).collect()
}

fn names(desk: &Desk, filter: &str) -> Vec<String> {
    desk.cases(filter).iter().map(|line| line["case"].as_str().unwrap().to_owned()).collect()
}

/// The store as it was before anything was imported; what people decided stays.
fn lose_findings(desk: &Desk) {
    for file in ["findings.db", "findings.db-wal", "findings.db-shm"] {
        let _ = std::fs::remove_file(desk.folder.path().join(".assize").join(file));
    }
}

fn import(desk: &Desk, scan: &str) {
    desk.import(&[&shop(&format!("scans/{scan}.json")), "--source", &shop("")]);
}

/// A workspace in which a fused case was split and cases far apart were merged; gives the case split, what was taken
/// out, and the case merged.
fn shaped(desk: &Desk) -> (String, String, String) {
    import(desk, "bandit");
    import(desk, "semgrep");
    let split = names(desk, "is:fused")[0].clone();
    let out = members(desk, &split).into_iter().find(|finding| *finding != split).unwrap();
    assert_eq!(desk.run(&["case", "split", &split, &out]).code, 0);
    let apart: Vec<String> = desk
        .cases("")
        .into_iter()
        .filter(|line| line["findings"] == 1 && line["case"] != json!(out))
        .map(|line| line["case"].as_str().unwrap().to_owned())
        .collect();
    let (into, others) = (apart[0].clone(), [apart[apart.len() / 2].clone(), apart.last().unwrap().clone()]);
    assert_eq!(desk.run(&["case", "merge", &into, &others[0], &others[1]]).code, 0);
    assert_eq!(members(desk, &into).len(), 3);
    (split, out, into)
}

#[test]
fn splits_and_merges_hold_in_a_store_made_anew_in_any_order_of_files() {
    let desk = Desk::new();
    let (split, out, merged) = shaped(&desk);
    let (before, three) = (partition(&desk), members(&desk, &merged));
    assert_eq!(desk.run(&["verdict", &merged, "confirm"]).code, 0);
    for order in [["bandit", "semgrep"], ["semgrep", "bandit"]] {
        lose_findings(&desk);
        for scan in order {
            import(&desk, scan);
        }
        assert_eq!(partition(&desk), before, "{order:?}");
        assert_eq!(members(&desk, &merged), three);
        assert!(!members(&desk, &split).contains(&out));
        assert!(members(&desk, &out).contains(&out));
        // The name is the one that the verdict was given under.
        let settled = desk.cases("is:settled");
        assert_eq!(settled.len(), 1);
        assert_eq!((&settled[0]["case"], &settled[0]["findings"]), (&json!(merged), &json!(3)));
    }
    // Taken back, they are as fusion makes them.
    for _ in 0..3 {
        assert_eq!(desk.run(&["undo"]).code, 0);
    }
    let fused = partition(&desk);
    lose_findings(&desk);
    for scan in ["bandit", "semgrep"] {
        import(&desk, scan);
    }
    assert_eq!(partition(&desk), fused);
    assert_ne!(fused, before);
}

#[test]
fn a_finding_that_comes_late_goes_where_a_merge_wants_it() {
    let desk = Desk::new();
    let (_, _, merged) = shaped(&desk);
    let three = members(&desk, &merged);
    lose_findings(&desk);
    import(&desk, "semgrep");
    let early: BTreeSet<String> = partition(&desk).into_iter().flatten().collect();
    let there: BTreeSet<String> = three.intersection(&early).cloned().collect();
    assert!(!there.is_empty() && there.len() < three.len(), "each file has some of them");
    assert!(partition(&desk).contains(&there), "those that are there are one case already");
    import(&desk, "bandit");
    assert!(partition(&desk).contains(&three));
}

#[test]
fn a_merge_that_was_decided_and_not_done_is_done_by_the_next_import() {
    let desk = Desk::new();
    import(&desk, "bandit");
    import(&desk, "semgrep");
    let (store, copy) = (desk.folder.path().join(".assize/findings.db"), desk.folder.path().join("copy"));
    std::fs::copy(&store, &copy).unwrap();
    let all = names(&desk, "");
    assert_eq!(desk.run(&["case", "merge", &all[0], all.last().unwrap()]).code, 0);
    let (merged, after) = (members(&desk, &all[0]), partition(&desk));
    // As when the program is killed between the journal's commit and the other's.
    lose_findings(&desk);
    std::fs::copy(&copy, &store).unwrap();
    assert_ne!(partition(&desk), after);
    import(&desk, "osv");
    assert_eq!(members(&desk, &all[0]), merged);
    assert!(after.is_subset(&partition(&desk)));
}
