//! Batches as those who train on them load them, by `datasets` and `pyarrow`, and logs as their schema asks, by `jsonschema`;
//! these have to be installed for the `python3` that is found first (`tests/python/requirements.txt`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Command;

use serde_json::Value;

use support::desk::{Desk, shop};
use support::judging::{judged_shop, mended_shop};

/// The rows of each split, as they were loaded and compared with the manifest.
fn load(desk: &Desk, batch: &str) -> Value {
    load_beside(desk, batch, None)
}

/// The same, compared with the rows of another batch as well.
fn load_beside(desk: &Desk, batch: &str, other: Option<&str>) -> Value {
    let folder = desk.folder.path().join(batch);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/batch.py");
    let cache = desk.folder.path().join("cache");
    let mut command = Command::new("python3");
    command.arg(script).arg(&folder).arg(&cache);
    command.args(other.map(|other| desk.folder.path().join(other)));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{batch}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn labels_load_with_their_splits_columns_and_counts() {
    let desk = judged_shop();
    let told = desk.run(&["export", "batch", "--json"]).json();
    let loaded = load(&desk, "batch");
    assert_eq!(loaded, told["splits"]);
    assert!(loaded.as_object().unwrap().len() > 1, "{loaded}");
}

#[test]
fn pairs_load_in_each_of_their_shapes() {
    let desk = mended_shop("none");
    for format in ["sft", "dpo", "kto"] {
        assert_eq!(desk.run(&["export", format, "--format", format]).code, 0);
        assert_eq!(load(&desk, format)["train"], 1, "{format}");
    }
    let told = desk.run(&["export", "reward", "--format", "reward", "--json"]).json();
    assert_eq!(load(&desk, "reward"), told["splits"]);
}

#[test]
fn a_batch_as_parquet_loads_with_the_rows_that_it_has_as_lines() {
    let desk = judged_shop();
    let export = |place: &str, format: &str, files: &str| {
        let ran = desk.run(&["export", place, "--format", format, "--as", files, "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.json()
    };
    export("lines", "labels", "jsonl");
    let told = export("table", "labels", "parquet");
    assert_eq!(load_beside(&desk, "table", Some("lines")), told["splits"]);
    let desk = mended_shop("none");
    for format in ["sft", "dpo", "kto", "reward"] {
        let (lines, table) = (format!("{format}-lines"), format!("{format}-table"));
        for (place, files) in [(&lines, "jsonl"), (&table, "parquet")] {
            let ran = desk.run(&["export", place, "--format", format, "--as", files]);
            assert_eq!(ran.code, 0, "{format}: {}", ran.err);
        }
        load_beside(&desk, &table, Some(&lines));
    }
}

#[test]
fn a_log_of_every_tool_is_as_the_schema_asks() {
    let desk = judged_shop();
    for scan in ["eslint.sarif", "flawfinder.sarif", "osv.json", "snyk.json", "snyk-code.json", "model.jsonl"]
    {
        desk.import(&[&shop(&format!("scans/{scan}")), "--source", &shop("")]);
    }
    let ran = desk.run(&["export", "out.sarif", "--format", "sarif", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/sarif.py");
    let log = desk.folder.path().join("out.sarif");
    let output = Command::new("python3").arg(script).arg(log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: u64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert_eq!(results, ran.json()["rows"].as_u64().unwrap());
}
