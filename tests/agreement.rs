//! Coefficients of agreement beside those of scikit-learn and of the `krippendorff` package, which have to be installed
//! for the `python3` that is found first (`tests/python/requirements.txt`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use assize::dataset::{alpha, kappa};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// How many corpora of each sort are compared.
const CORPORA: usize = 300;

#[test]
fn kappa_and_alpha_are_those_of_the_python_packages() {
    let mut runner = TestRunner::deterministic();
    let mut drawn = |strategy: BoxedStrategy<Vec<Vec<u8>>>| strategy.new_tree(&mut runner).unwrap().current();
    let mut kappas: Vec<Value> = Vec::new();
    let mut alphas: Vec<Value> = Vec::new();
    for round in 0..CORPORA {
        let (categories, most) = (1 + round % 4, 1 + round % 60);
        let opinion = 0..u8::try_from(categories).unwrap();
        let both = prop::collection::vec(prop::collection::vec(opinion.clone(), 2), 1..=most);
        let pairs: Vec<(u8, u8)> = drawn(both.boxed()).iter().map(|pair| (pair[0], pair[1])).collect();
        kappas.push(json!({"pairs": pairs, "value": kappa(&pairs)}));
        let some = prop::collection::vec(prop::collection::vec(opinion, 0..6), 1..=most);
        let units = drawn(some.boxed());
        alphas.push(json!({"units": units, "value": alpha(&units)}));
    }
    let named = |values: &[Value]| values.iter().filter(|it| !it["value"].is_null()).count();
    assert!(named(&kappas) > CORPORA / 2 && named(&alphas) > CORPORA / 2, "most have a value");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agreement.json");
    std::fs::write(&file, json!({"kappa": kappas, "alpha": alphas}).to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/agreement.py");
    let output = Command::new("python3").arg(script).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["kappa"], &told["alpha"]), (&json!(CORPORA), &json!(CORPORA)));
}
