//! The model that comes with the program, without any set-up: the real program on a fresh workspace, on the embedded runtime, and
//! on the native one where ORT_DYLIB_PATH names it.

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
use support::project;

struct Fresh {
    desk: Desk,
}

impl Fresh {
    /// A fresh workspace with what a scanner said of the example application.
    fn new() -> Self {
        let fresh = Self { desk: Desk::new() };
        let shop = project("examples/shop");
        let scan = shop.join("scans/semgrep.json");
        fresh.desk.import(&["--source", shop.to_str().unwrap(), scan.to_str().unwrap()]);
        fresh
    }

    fn on(&self, runtime: &str, args: &[&str]) -> Ran {
        let mut command = self.desk.command();
        let ran = Ran::of(command.env("ASSIZE_RUNTIME", runtime).args(args));
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        ran
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.on("embedded", args)
    }

    /// What the model proposes: where, and what.
    fn proposed(&self, runtime: &str) -> Vec<(String, String)> {
        let args = ["propose", "--no-recheck", "--json", "--where", "is:open path:service/"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.on(runtime, &args)
            .lines()
            .iter()
            .filter(|line| line["origin"] == "model")
            .map(|line| {
                assert_eq!(line["model"], "mender");
                (text(&line["case"]), text(&line["diff"]))
            })
            .collect()
    }

    fn roles(&self) -> Vec<(String, bool, bool)> {
        let list = self.run(&["model", "list", "--json"]).lines();
        let told = |line: &Value| {
            (
                line["model"].as_str().unwrap().to_owned(),
                line["built_in"] == true,
                line["in"] == json!(["remediation"]),
            )
        };
        list.iter().map(told).collect()
    }
}

#[test]
fn a_fresh_workspace_proposes_with_it() {
    let fresh = Fresh::new();
    let embedded = fresh.proposed("embedded");
    assert!(embedded.len() >= 3, "{embedded:?}");
    let mends = |part: &str| embedded.iter().any(|(_, diff)| diff.contains(part));
    assert!(mends("+    return yaml.load(text, Loader=yaml.SafeLoader)"), "{embedded:?}");
    assert!(mends("+    return hashlib.sha256(password.encode()).hexdigest()"), "{embedded:?}");
    if std::env::var_os("ORT_DYLIB_PATH").is_some() {
        let fresh = Fresh::new();
        assert_eq!(fresh.proposed("native"), embedded, "both runtimes write the same");
    }
}

#[test]
fn it_is_listed_verified_and_told_by_the_doctor_before_it_was_ever_asked() {
    let fresh = Fresh::new();
    assert_eq!(fresh.roles(), [("mender".to_owned(), true, true)]);
    let report = fresh.run(&["doctor", "--json"]).json();
    let checks = report["checks"].as_array().unwrap();
    let model = checks.iter().find(|check| check["name"] == "remediation model").unwrap();
    assert_eq!(model["what"], "mender, which comes with the program");
    assert!(!fresh.desk.folder.path().join(".assize/models").exists(), "nothing was unpacked for that");
    let verified = fresh.run(&["model", "verify", "--json"]).lines();
    assert_eq!((&verified[0]["model"], &verified[0]["ok"]), (&json!("mender"), &json!(true)));
}

#[test]
fn another_takes_its_role_and_it_is_put_back() {
    let fresh = Fresh::new();
    let folder = models("llama");
    fresh.run(&["model", "add", folder.to_str().unwrap(), "--name", "own"]);
    assert_eq!(fresh.run(&["model", "use", "own", "--json"]).json()["was"], "mender");
    assert_eq!(fresh.roles(), [("mender".to_owned(), true, false), ("own".to_owned(), false, true)]);
    assert_eq!(fresh.run(&["model", "use", "--back", "--json"]).json()["model"], "mender");
    assert_eq!(fresh.roles(), [("mender".to_owned(), true, true), ("own".to_owned(), false, false)]);
}

#[test]
fn a_file_of_it_that_was_changed_is_written_anew() {
    let fresh = Fresh::new();
    let args = ["propose", "--no-recheck", "--where", "is:open", "--limit", "1"];
    fresh.run(&args);
    let models = fresh.desk.folder.path().join(".assize/models");
    let unpacked = std::fs::read_dir(&models).unwrap().next().unwrap().unwrap().path();
    let path = unpacked.join("encoder_model.onnx");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let ran = fresh.run(&args);
    assert!(!ran.err.contains("the model cannot be used"), "{}", ran.err);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}
