//! The commands for models as scripts use them: the real binary, on the embedded runtime.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "embedded")]

mod support;

use serde_json::{Value, json};

use support::desk::{Desk, Ran};
use support::models::models;

fn run(desk: &Desk, args: &[&str]) -> Ran {
    let mut command = desk.command();
    Ran::of(command.env("ASSIZE_RUNTIME", "embedded").arg("model").args(args))
}

fn add(desk: &Desk, family: &str, name: &str) -> Ran {
    run(desk, &["add", models(family).to_str().unwrap(), "--name", name, "--json"])
}

#[test]
fn a_model_is_added_used_verified_put_back_and_removed() {
    let desk = Desk::new();
    let added = add(&desk, "llama", "older");
    assert_eq!(added.code, 0, "{}", added.err);
    let told = added.json();
    assert_eq!(
        (&told["family"], &told["precision"], &told["context"]),
        (&json!("llama"), &json!("fp32"), &json!(512))
    );
    assert_eq!((&told["chat_template"], &told["embedded_cannot"]), (&json!(true), &Value::Null));
    assert_eq!(add(&desk, "qwen2", "mender").code, 0);
    assert_eq!(add(&desk, "t5", "mender").code, 1, "the name is taken");

    let entries = |ran: Ran| ran.json()["entry"].is_string();
    assert!(entries(run(&desk, &["use", "older", "--json"])));
    let swapped = run(&desk, &["use", "mender", "--json"]).json();
    assert_eq!((&swapped["act"], &swapped["was"]), (&json!("model_swap"), &json!("older")));
    assert_eq!(swapped["reviewer"], "ann");
    assert!(!entries(run(&desk, &["use", "mender", "--json"])), "it is there already");
    let roles = |name: &str| {
        let list = run(&desk, &["list", "--json"]).lines();
        list.iter().find(|line| line["model"] == name).unwrap()["in"].clone()
    };
    assert_eq!((roles("mender"), roles("older")), (json!(["remediation"]), json!([])));
    assert_eq!(run(&desk, &["use", "--back", "--json"]).json()["model"], "older");
    assert_eq!(desk.run(&["journal", "verify", "--json"]).json()["chains"][0]["entries"], 3);

    let verified = run(&desk, &["verify", "--json"]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    for line in verified.lines() {
        assert_eq!((&line["ok"], &line["runtime"]), (&json!(true), &json!("embedded")));
        assert!(line["tokens_per_second"].as_f64().unwrap() > 0.0 && line["load_ms"].is_u64());
    }
    assert_eq!(run(&desk, &["remove", "older"]).code, 1, "it is in a role");
    assert_eq!(run(&desk, &["remove", "mender"]).code, 0);
    let refused = run(&desk, &["remove", "mender", "--json"]);
    assert!(refused.code == 1 && refused.err.contains("comes with the program"), "{}", refused.err);
    assert_eq!(run(&desk, &["remove", "nonesuch"]).code, 2);
    assert_eq!(run(&desk, &["use", "../x"]).code, 2);
}

#[test]
fn a_changed_file_fails_the_verification_and_is_named() {
    let desk = Desk::new();
    assert_eq!(add(&desk, "llama", "mender").code, 0);
    let path = desk.folder.path().join(".assize/models/mender/model.onnx");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let verified = run(&desk, &["verify", "mender", "--json"]);
    let line = &verified.lines()[0];
    assert_eq!((verified.code, &line["ok"]), (3, &json!(false)));
    assert!(line["why"].as_str().unwrap().contains("model.onnx"), "{line}");
}

#[test]
fn a_broken_model_leaves_nothing_behind_and_the_failure_names_its_file() {
    let desk = Desk::new();
    let ran = add(&desk, "broken/huge-tensor", "broken");
    let error = ran.error();
    assert_eq!((ran.code, &error["kind"]), (1, &json!("bad model")));
    assert!(error["path"].as_str().unwrap().ends_with("model.onnx"), "{error}");
    assert!(!error["message"].as_str().unwrap().contains("/model.onnx"), "the path is told once: {error}");
    let given = models("broken/huge-tensor");
    assert!(error["path"].as_str().unwrap().starts_with(given.to_str().unwrap()), "what was given: {error}");
    assert!(!desk.folder.path().join(".assize").exists(), "the workspace that was made for it is gone");
    assert_eq!(add(&desk, "llama", "mender").code, 0);
    assert_eq!(add(&desk, "broken/cut-short", "broken").code, 1);
    let entries = std::fs::read_dir(desk.folder.path().join(".assize/models")).unwrap();
    let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mender"]);
}

#[test]
fn the_doctor_says_which_runtime_runs_models_and_why_another_does_not() {
    let desk = Desk::new();
    let library = desk.file("libonnxruntime.so", "this is no library");
    let mut command = desk.command();
    let ran = Ran::of(command.env("ORT_DYLIB_PATH", &library).args(["doctor", "--json"]));
    let report = ran.json();
    let checks = report["checks"].as_array().unwrap();
    let what =
        |name: &str| checks.iter().find(|check| check["name"] == name).unwrap()["what"].as_str().unwrap();
    assert!(what("onnxruntime").contains("libonnxruntime.so"), "{report}");
    assert!(!what("model runtime").is_empty());
    let mut command = desk.command();
    let asked = Ran::of(command.env("ASSIZE_RUNTIME", "none").args(["model", "add", "x", "--json"]));
    assert_eq!((asked.code, &asked.error()["kind"]), (1, &json!("no runtime")));
}
