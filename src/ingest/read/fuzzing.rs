//! What every reader must bear: a valid document with something in it broken.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ingest::document::Document;
use crate::ingest::reader::collect::Collected;
use crate::ingest::reader::{ReadError, Reader};

/// How many results a sink was told of.
fn told(sink: &Collected) -> usize {
    sink.claims.len() + sink.aside.len() + sink.unreadable.len()
}

/// Reads, and gives what was told with the end of the reading.
fn read(reader: &dyn Reader, text: &[u8]) -> (Collected, Result<(), ReadError>) {
    let document = Document::bytes("fuzz", text);
    let mut sink = Collected::default();
    let end = reader.read(&document, &mut sink);
    (sink, end)
}

/// Breaks `sample` in every way below. It must not panic, a cut must refuse, and a value of another type inside an
/// element of a list that holds claims (`lists` names their keys) must change neither the count nor the end.
pub(super) fn bears_anything(reader: &dyn Reader, sample: &str, lists: &[&str]) {
    let whole: Value = serde_json::from_str(sample).unwrap();
    let (sound, end) = read(reader, sample.as_bytes());
    end.unwrap();
    let count = told(&sound);
    assert!(count > 0, "a sample without results shows nothing");
    for path in &paths(&whole) {
        for other in odd_values() {
            let mut broken = whole.clone();
            *at(&mut broken, path).unwrap() = other;
            let (sink, end) = read(reader, broken.to_string().as_bytes());
            if depth_behind_list(path, lists) > 0 {
                assert!(end.is_ok(), "{path:?}: {end:?}");
                assert_eq!(told(&sink), count, "{path:?}: {}", at(&mut broken, path).unwrap());
            }
        }
        let mut broken = whole.clone();
        remove(&mut broken, path);
        let _ = read(reader, broken.to_string().as_bytes());
    }
    let text = sample.trim().as_bytes();
    let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
    let rng = prop::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = prop::test_runner::TestRunner::new_with_rng(config, rng);
    runner
        .run(&(1..text.len(), any::<u8>()), |(place, byte)| {
            let (_, end) = read(reader, &text[..place]);
            prop_assert!(end.is_err(), "cut at {place} was read");
            let mut text = text.to_vec();
            text[place] = byte;
            let _ = read(reader, &text);
            Ok(())
        })
        .unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// How many steps a path goes on behind the first key that names a claims list.
fn depth_behind_list(path: &[Step], lists: &[&str]) -> usize {
    let list = path.iter().position(|step| matches!(step, Step::Key(key) if lists.contains(&key.as_str())));
    list.map_or(0, |list| path.len() - 1 - list)
}

/// Every node of a value, by its path.
fn paths(value: &Value) -> Vec<Vec<Step>> {
    let mut all = vec![Vec::new()];
    let mut open = vec![(Vec::new(), value)];
    while let Some((path, value)) = open.pop() {
        let inner: Vec<(Step, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(i, value)| (Step::Index(i), value)).collect(),
            _ => Vec::new(),
        };
        for (step, value) in inner {
            let mut path = path.clone();
            path.push(step);
            all.push(path.clone());
            open.push((path, value));
        }
    }
    all
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

fn remove(value: &mut Value, path: &[Step]) {
    let Some((last, parent)) = path.split_last() else { return };
    match (at(value, parent), last) {
        (Some(Value::Object(map)), Step::Key(key)) => drop(map.remove(key)),
        (Some(Value::Array(list)), Step::Index(index)) => drop(list.remove(*index)),
        _ => {}
    }
}

/// Few, because every one is tried in every place.
fn odd_values() -> [Value; 7] {
    [
        Value::Null,
        json!([]),
        json!(-1e300),
        json!(u64::MAX),
        json!("é\u{202e}\n12-7"),
        json!(["CliCall", [[{}, "x"], [null, 7, [[1]]], ["CliLoc"]]]),
        json!({"line": "3", "col": -4, "path": {}, "start": []}),
    ]
}
