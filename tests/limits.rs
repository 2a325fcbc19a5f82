//! What happens at the end of a disk, of a pipe and of patience.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

/// A SARIF log with so many results, each in a line of its own.
fn sarif(count: u32) -> String {
    let results: Vec<Value> = (1..=count)
        .map(|line| {
            json!({"ruleId": format!("rule-{}", line % 7), "message": {"text": format!("about line {line}")},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": format!("src/{}.py", line % 50)},
                    "region": {"startLine": line, "snippet": {"text": format!("call_{line}(x)")}}}}]})
        })
        .collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "acme"}}, "results": results}]})
        .to_string()
}

/// Runs the program with files that may not grow over so many blocks of 512 bytes: what a full disk looks like to it.
fn with_files_up_to(blocks: u64, folder: &Path, args: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string()])
        .arg(cargo_bin("assize"))
        .args(args)
        .current_dir(folder)
        .env("USER", "ann")
        .env("XDG_CONFIG_HOME", folder.join("none"))
        .env_remove("ASSIZE_WORKSPACE")
        .output()
        .unwrap()
}

const NO_LIMIT: u64 = 1 << 40;

fn cases(folder: &Path) -> String {
    let listed = with_files_up_to(NO_LIMIT, folder, &["cases", "--json"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    String::from_utf8(listed.stdout).unwrap()
}

#[test]
fn a_disk_that_fills_up_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("few.sarif"), sarif(20)).unwrap();
    std::fs::write(folder.join("many.sarif"), sarif(20_000)).unwrap();
    let import = |blocks, file| with_files_up_to(blocks, folder, &["import", "--project", "shop", file]);
    assert!(import(NO_LIMIT, "few.sarif").status.success());
    let before = cases(folder);
    let (mut refused, mut blocks) = (0, 400);
    loop {
        let ran = import(blocks, "many.sarif");
        if ran.status.success() {
            break;
        }
        assert_eq!(ran.status.code(), Some(1), "at {blocks} blocks: {ran:?}");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(said.contains("error: ") && !said.contains("panicked"), "{said}");
        assert_eq!(cases(folder), before, "at {blocks} blocks");
        refused += 1;
        blocks += blocks / 2;
    }
    assert!(refused > 2, "the limit never bit");
    assert_eq!(cases(folder).lines().count(), 20_000 + before.lines().count() - 20);
}

#[test]
fn a_verdict_that_cannot_be_written_is_not_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("few.sarif"), sarif(20)).unwrap();
    assert!(
        with_files_up_to(NO_LIMIT, folder, &["import", "--project", "shop", "few.sarif"]).status.success()
    );
    let before = cases(folder);
    let ran = with_files_up_to(1, folder, &["verdict", "--where", "is:open", "confirm"]);
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(1), &b""[..]), "{ran:?}");
    assert_eq!(cases(folder), before);
    assert!(
        with_files_up_to(NO_LIMIT, folder, &["verdict", "--where", "is:open", "confirm"]).status.success()
    );
    assert!(with_files_up_to(NO_LIMIT, folder, &["journal", "verify"]).status.success());
}

#[test]
fn an_import_whose_output_nobody_reads_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("few.sarif"), sarif(20)).unwrap();
    let mut child = Command::new(cargo_bin("assize"))
        .args(["import", "--json", "--project", "shop", "few.sarif"])
        .current_dir(folder.path())
        .env_remove("ASSIZE_WORKSPACE")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(cases(folder.path()).lines().count(), 20);
}

#[test]
fn one_text_of_two_hundred_megabytes_is_one_unreadable_claim() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(cargo_bin("assize"))
        .args(["import", "--json", "--project", "shop", "-"])
        .current_dir(folder.path())
        .env_remove("ASSIZE_WORKSPACE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let small = r#"{"ruleId":"r","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.py"},"region":{"startLine":1}}}]}"#;
    write!(
        stdin,
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"acme"}}}},"results":[{small},"#
    )
    .unwrap();
    write!(stdin, r#"{{"ruleId":"r","message":{{"text":""#).unwrap();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        stdin.write_all(&chunk).unwrap();
    }
    write!(stdin, r#""}}}},{}]}}]}}"#, small.replace("a.py", "b.py")).unwrap();
    drop(stdin);
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let file = &report["files"][0];
    assert_eq!(
        (&file["claims"], &file["new"], &file["unreadable"]),
        (&json!(3), &json!(2), &json!(1)),
        "{out}"
    );
    assert_eq!(file["problems"][0]["at"], "runs[0].results[1]");
}
