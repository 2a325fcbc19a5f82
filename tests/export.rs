//! Batches of the example shop, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use assize::domain::Opinion;
use serde_json::{Value, json};

use support::desk::Desk;
use support::judging::{judge, judged_shop, mended_shop};

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut work = vec![folder.to_owned()];
    while let Some(at) = work.pop() {
        for entry in std::fs::read_dir(at).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                work.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_owned();
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn rows(desk: &Desk, batch: &str) -> Vec<Value> {
    let files = files(&desk.folder.path().join(batch));
    let data = files.iter().filter(|(name, _)| name.starts_with("data"));
    data.flat_map(|(_, bytes)| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    })
    .collect()
}

#[test]
fn a_batch_holds_every_gold_label_once_with_where_it_comes_from() {
    let desk = judged_shop();
    let gold = desk.cases("is:gold");
    let told = desk.run(&["export", "batch", "--json"]).json();
    let rows = rows(&desk, "batch");
    let of_cases: Vec<&Value> = rows.iter().filter(|row| row["level"] == "case").collect();
    assert_eq!((of_cases.len(), told["rows"].as_u64().unwrap() as usize), (gold.len(), rows.len()));
    for case in &gold {
        let row = of_cases.iter().find(|row| row["id"] == case["case"]).unwrap();
        let label = if case["verdict"] == "rejected" { "clean" } else { "static-vulnerable" };
        assert_eq!((&row["label"], &row["path"]), (&json!(label), &case["path"]));
        let provenance = &row["provenance"];
        assert_eq!(provenance["rules"].as_array().unwrap().len(), case["rules"].as_array().unwrap().len());
        let reviewer = provenance["reviewers"][0].as_str().unwrap();
        assert!(reviewer.starts_with("r-") && !reviewer.contains("ann"), "{reviewer}");
    }
    assert!(of_cases.iter().filter(|row| row["code"] != "").count() > of_cases.len() / 2);
    // What is vulnerable in a file makes the file so.
    for row in &of_cases {
        assert!(row["label"] == "clean" || row["file_label"] == "static-vulnerable", "{row}");
    }
    let named = desk.run(&["export", "named", "--json", "--names"]);
    assert_eq!(named.code, 0, "{}", named.err);
    let rows = self::rows(&desk, "named");
    let row = rows.iter().find(|row| row["level"] == "case").unwrap();
    assert_eq!(row["provenance"]["reviewers"], json!(["ann"]));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_no_file_is_in_two_splits() {
    let desk = judged_shop();
    for (batch, seed) in [("one", "7"), ("two", "7"), ("three", "8")] {
        assert_eq!(desk.run(&["export", batch, "--seed", seed]).code, 0);
    }
    let data = |batch: &str| -> BTreeMap<PathBuf, Vec<u8>> {
        files(&desk.folder.path().join(batch))
            .into_iter()
            .filter(|(name, _)| name.starts_with("data"))
            .collect()
    };
    assert_eq!(data("one"), data("two"));
    assert_ne!(data("one"), data("three"));
    let mut of: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (name, bytes) in data("one") {
        for line in String::from_utf8(bytes).unwrap().lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let path = row["path"].as_str().unwrap().to_owned();
            assert_eq!(of.entry(path).or_insert_with(|| name.clone()), &name);
        }
    }
}

#[test]
fn a_shut_gate_refuses_and_an_override_is_told_wherever_the_batch_is() {
    let desk = judged_shop();
    desk.file(".assize/gate.toml", "[labels]\nleast = 100000\n");
    let refused = desk.run(&["export", "batch", "--json"]);
    assert_eq!((refused.code, &refused.error()["kind"]), (3, &json!("shut gate")));
    assert!(!desk.folder.path().join("batch").exists());
    let let_through = desk.run(&["export", "batch", "--json", "--override", "a trial, not to be trained on"]);
    assert_eq!(let_through.code, 0, "{}", let_through.err);
    let files = files(&desk.folder.path().join("batch"));
    let manifest: Value = serde_json::from_slice(&files[Path::new("manifest.json")]).unwrap();
    assert_eq!(
        (&manifest["overridden"]["why"], &manifest["gate"]["open"]),
        (&json!("a trial, not to be trained on"), &json!(false))
    );
    assert!(
        String::from_utf8_lossy(&files[Path::new("README.md")]).contains("a trial, not to be trained on")
    );
    let case = desk.cases("is:gold")[0]["case"].as_str().unwrap().to_owned();
    let history = desk.run(&["show", "--json", &case]).json()["history"].clone();
    assert!(history.to_string().contains("batch"), "{history}");
}

#[test]
fn a_changed_byte_anywhere_is_found_and_a_batch_is_checked_without_its_workspace() {
    let desk = judged_shop();
    let told = desk.run(&["export", "batch", "--json"]).json();
    let key = told["public_key"].as_str().unwrap();
    let elsewhere = Desk::new();
    let copy = elsewhere.folder.path().join("copy");
    let batch = files(&desk.folder.path().join("batch"));
    let lay = |change: Option<(&Path, usize)>| {
        let _ = std::fs::remove_dir_all(&copy);
        for (name, bytes) in &batch {
            let mut bytes = bytes.clone();
            if let Some((of, at)) = change
                && of == name
            {
                bytes[at] ^= 1;
            }
            let path = copy.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    };
    let verify = |key: &str| elsewhere.run(&["export", "copy", "--verify", "--key", key, "--json"]);
    lay(None);
    let sound = verify(key);
    assert_eq!((sound.code, &sound.json()["manifest"]), (0, &told["manifest"]), "{}", sound.err);
    for (name, bytes) in batch.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            lay(Some((name, at)));
            let found = verify(key);
            assert_eq!((found.code, &found.error()["kind"]), (3, &json!("unsound batch")), "{name:?} {at}");
        }
    }
    lay(None);
    std::fs::write(copy.join("data/more.jsonl"), "{}\n").unwrap();
    assert_eq!(verify(key).code, 3, "a file that was not signed");
    std::fs::remove_file(copy.join("data/more.jsonl")).unwrap();
    std::fs::remove_file(copy.join("README.md")).unwrap();
    assert_eq!(verify(key).code, 3, "a file that is missing");
    lay(None);
    let other = judged_shop();
    let theirs = other.run(&["export", "batch", "--json"]).json()["public_key"].as_str().unwrap().to_owned();
    assert_eq!(verify(&theirs).code, 3, "another workspace's key");
    assert_eq!(verify("no such key").code, 1);
}

#[test]
fn only_its_owner_reads_a_batch_and_its_key() {
    let desk = judged_shop();
    desk.run(&["export", "batch"]);
    let mode =
        |name: &str| std::fs::metadata(desk.folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("batch"), mode("batch/data")), (0o700, 0o700));
    for name in files(&desk.folder.path().join("batch")).keys() {
        assert_eq!(mode(&format!("batch/{}", name.display())), 0o600, "{name:?}");
    }
    assert_eq!((mode(".assize/batch.key"), mode(".assize/batch.pub")), (0o600, 0o600));
}

#[test]
fn a_label_that_was_overturned_after_it_left_is_recalled() {
    let desk = judged_shop();
    let told = desk.run(&["export", "batch", "--json"]).json();
    assert!(desk.run(&["export", "--recall", "--json"]).lines().is_empty());
    let cases = desk.cases("is:gold verdict:confirmed");
    let name = |at: usize| cases[at]["case"].as_str().unwrap().to_owned();
    judge(&desk, "ann", &name(0), Opinion::Rejected);
    judge(&desk, "bob", &name(1), Opinion::Rejected);
    let recalled = desk.run(&["export", "--recall", "--json"]).lines();
    let of = |case: &str| recalled.iter().find(|it| it["case"] == case).unwrap();
    assert_eq!(recalled.len(), 2);
    assert_eq!(
        (&of(&name(0))["was"], &of(&name(0))["now"], &of(&name(0))["batch"]),
        (&json!("confirmed"), &json!("rejected"), &told["manifest"])
    );
    assert_eq!((&of(&name(1))["now"], &of(&name(1))["state"]), (&Value::Null, &json!("disputed")));
}

#[test]
fn changes_and_files_are_scored_by_what_tools_say_and_by_what_was_lost() {
    let desk = mended_shop("none");
    let told = desk.run(&["export", "batch", "--format", "reward", "--json"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let rows = rows(&desk, "batch");
    let of = |level: &str, path: &str| {
        rows.iter().find(|row| row["level"] == level && row["path"] == path).unwrap().clone()
    };
    let fix = of("change", "run.py");
    assert_eq!(
        (&fix["told"], &fix["loss"], &fix["reward"]),
        (&json!("clean"), &json!(0.0), &json!(1.0)),
        "{fix}"
    );
    assert!(fix["completion"].as_str().unwrap().contains("os.listdir"), "{fix}");
    assert_eq!(of("file", "clean.py")["reward"], 1.0);
    let files = files(&desk.folder.path().join("batch"));
    let manifest: Value = serde_json::from_slice(&files[Path::new("manifest.json")]).unwrap();
    assert_eq!(manifest["rewards"]["sums"]["samples"], told.json()["rows"]);
    assert_eq!(manifest["rewards"]["sums"]["tools"]["acme"]["flagged"], 0);
    assert!(String::from_utf8_lossy(&files[Path::new("README.md")]).contains("| acme |"));
    // Nobody that counts is left.
    desk.file(".assize/reward.toml", "[ensemble]\nheld_out = [\"acme\"]\n");
    let none = desk.run(&["export", "other", "--format", "reward", "--json"]);
    assert_eq!((none.code, &none.error()["kind"]), (1, &json!("nothing to export")));
    desk.file(".assize/reward.toml", "[ensemble]\nconsensus = \"loudest\"\n");
    assert_eq!(desk.run(&["export", "other", "--format", "reward"]).code, 2);
}

#[test]
fn what_tools_flag_in_a_file_lowers_its_reward_as_far_as_people_agree_with_them() {
    let desk = judged_shop();
    let told = desk.run(&["export", "batch", "--format", "reward", "--json"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let rows = rows(&desk, "batch");
    let (flagged, clean): (Vec<&Value>, Vec<&Value>) = rows.iter().partition(|row| row["told"] == "flagged");
    assert!(flagged.iter().any(|row| row["reward"].as_f64().unwrap() < 0.9));
    assert!(clean.iter().all(|row| row["alarm"] == 0.0));
    for row in &rows {
        let read_by_bandit = row["tools"].as_array().unwrap().iter().any(|tool| tool["tool"] == "bandit");
        assert!(row["language"] == "python" || !read_by_bandit, "{row}");
    }
}

#[test]
fn what_is_in_the_way_is_left_alone_and_no_half_batch_is_left() {
    let desk = judged_shop();
    desk.file("batch/notes.txt", "mine");
    let refused = desk.run(&["export", "batch"]);
    assert_eq!(
        (refused.code, std::fs::read_to_string(desk.folder.path().join("batch/notes.txt")).unwrap()),
        (1, "mine".into())
    );
    // What an export left that was killed goes with the next one.
    assert_eq!(desk.run(&["export", "out/batch"]).code, 0);
    let left: Vec<_> = std::fs::read_dir(desk.folder.path().join("out")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing beside it");
    let none = desk.run(&["export", "pairs", "--format", "sft", "--json"]);
    assert_eq!((none.code, &none.error()["kind"]), (1, &json!("nothing to export")));
    assert!(!desk.folder.path().join("pairs").exists());
}

#[test]
fn a_fix_by_a_person_is_a_pair_and_no_secret_leaves_with_it() {
    let secret = format!("AKIA{}", "Q7RT2XVB9KLM4NPS");
    let desk = mended_shop(&secret);
    assert_eq!(desk.cases("is:gone").len(), 1, "it was fixed");
    for format in ["sft", "dpo", "kto", "labels"] {
        let ran = desk.run(&["export", format, "--format", format, "--json"]);
        assert_eq!(ran.code, 0, "{format}: {}", ran.err);
        for (name, bytes) in files(&desk.folder.path().join(format)) {
            assert!(!String::from_utf8_lossy(&bytes).contains(&secret), "{format}: {name:?}");
        }
        assert!(ran.json()["masked_secrets"].as_u64().unwrap() > 0, "{format}");
    }
    let row = rows(&desk, "dpo").remove(0);
    let text = |name: &str| row[name].as_str().unwrap();
    assert!(text("prompt").contains("CWE-78") && text("prompt").contains("os.system"), "{row}");
    assert!(text("chosen").contains("os.listdir(name)") && text("rejected").contains("os.system"), "{row}");
    assert_eq!(row["provenance"]["origin"], "fix");
    let sft = rows(&desk, "sft").remove(0);
    assert_eq!(
        (&sft["messages"][0]["content"], &sft["messages"][1]["content"]),
        (&sft["prompt"], &sft["completion"])
    );
    assert_eq!(rows(&desk, "kto")[0]["label"], true);
    let labels = rows(&desk, "labels");
    let of = |level: &str, path: &str| {
        let row = labels.iter().find(|row| row["level"] == level && row["path"] == path).unwrap();
        (row["label"].clone(), row["file_label"].clone())
    };
    assert_eq!(of("file", "clean.py"), (json!("clean"), json!("clean")));
    let vulnerable = json!("static-vulnerable");
    assert_eq!(of("case", "run.py"), (vulnerable.clone(), vulnerable), "as it was before");
    assert_eq!(of("file", "run.py"), (json!("clean"), json!("clean")), "as it is now");
}

#[test]
fn parquet_has_the_same_bytes_for_the_same_seed_and_a_changed_one_is_found() {
    let desk = judged_shop();
    for place in ["one", "two"] {
        let ran = desk.run(&["export", place, "--as", "parquet", "--seed", "7"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let data = |place: &str| {
        let all = files(&desk.folder.path().join(place));
        let data = all.into_iter().filter(|(path, _)| path.starts_with("data"));
        data.collect::<BTreeMap<PathBuf, Vec<u8>>>()
    };
    let one = data("one");
    assert_eq!(one, data("two"));
    assert_eq!(one.len(), 3);
    assert!(
        one.iter().all(|(path, bytes)| path.extension().unwrap() == "parquet" && bytes.starts_with(b"PAR1"))
    );
    assert_eq!(desk.run(&["export", "one", "--verify"]).code, 0);
    let path = desk.folder.path().join("one/data/train.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[9] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let ran = desk.run(&["export", "one", "--verify"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
}

#[test]
fn a_sample_carries_the_licence_of_its_file_or_of_its_package_and_the_card_counts_them() {
    let desk = Desk::new();
    desk.file("tree/LICENSE", "MIT License\n\nPermission is hereby granted, free of charge, to any person\n");
    desk.file("tree/a.py", "import os\nos.system(a)\n");
    desk.file("tree/b.py", "# SPDX-License-Identifier: GPL-2.0-only\nimport os\nos.system(b)\n");
    desk.file("tree/own/package.json", "{\"name\": \"own\", \"license\": \"UNLICENSED\"}");
    desk.file("tree/own/c.py", "import os\nos.system(c)\n");
    let result = |path: &str, line: u32| {
        json!({"ruleId": "py.shell", "level": "error", "message": {"text": "a shell"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": line}}}]})
    };
    let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Acme"}},
        "results": [result("a.py", 2), result("b.py", 3), result("own/c.py", 2)]}]});
    desk.file("one.sarif", log.to_string());
    desk.import(&["one.sarif", "--source", "tree"]);
    desk.file(".assize/gate.toml", support::judging::OPEN);
    for case in desk.cases("is:open") {
        judge(&desk, "ann", case["case"].as_str().unwrap(), Opinion::Confirmed);
    }
    assert_eq!(desk.run(&["export", "batch"]).code, 0);
    let told: BTreeMap<String, String> = rows(&desk, "batch")
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&row["path"]), text(&row["provenance"]["licence"]))
        })
        .collect();
    let wanted = [("a.py", "MIT"), ("b.py", "GPL-2.0-only"), ("own/c.py", "")];
    assert_eq!(told, wanted.into_iter().map(|(path, told)| (path.to_owned(), told.to_owned())).collect());
    let card = std::fs::read_to_string(desk.folder.path().join("batch/README.md")).unwrap();
    for line in ["| GPL-2.0-only | 1 |", "| MIT | 1 |", "| not known | 1 |"] {
        assert!(card.contains(line), "{line}: {card}");
    }
}
