//! What every reader must bear: a good sample with something in it damaged. It may refuse it; it must neither panic nor
//! lose count.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::ingest::document::Document;
use crate::ingest::reader::collect::Collected;
use crate::ingest::reader::{ReadError, Reader};

/// Damages a sample in some thousand ways. Of one that is JSON a value of another type inside an element of a list that
/// holds claims (`lists` names their keys) must change neither the count nor the end, and a cut must refuse it.
pub(super) fn bears_damage(reader: &dyn Reader, sample: &str, lists: &[&str]) {
    let (sound, end) = read(reader, sample.as_bytes());
    end.unwrap();
    let count = told(&sound);
    assert!(count > 0, "a sample without results shows nothing");
    let whole: Option<Value> = serde_json::from_str(sample).ok();
    for (path, whole) in
        whole.iter().flat_map(|whole| paths(whole).into_iter().map(move |path| (path, whole)))
    {
        for other in odd_values(whole) {
            let mut broken = whole.clone();
            *at(&mut broken, &path).unwrap() = other;
            let (sink, end) = read(reader, broken.to_string().as_bytes());
            if depth_behind_list(&path, lists) > 0 {
                assert!(end.is_ok(), "{path:?}: {end:?}");
                assert_eq!(told(&sink), count, "{path:?}: {}", at(&mut broken, &path).unwrap());
            }
        }
        let mut broken = whole.clone();
        remove(&mut broken, &path);
        let _ = read(reader, broken.to_string().as_bytes());
    }
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let cut = 1..sample.trim().len();
    runner
        .run(&(damaged(sample), cut), |(bytes, cut)| {
            let (first, first_end) = read(reader, &bytes);
            let (second, second_end) = read(reader, &bytes);
            prop_assert_eq!((told(&first), first_end.is_ok()), (told(&second), second_end.is_ok()));
            if whole.is_some() {
                let (_, end) = read(reader, &sample.trim().as_bytes()[..cut]);
                prop_assert!(end.is_err(), "cut at {cut} was read");
            }
            Ok(())
        })
        .unwrap();
}

/// A sample with some of its values replaced or removed, or some of its bytes changed, or its end cut off.
pub(super) fn damaged(sample: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let (sample, tree) = (sample.as_bytes().to_vec(), serde_json::from_str::<Value>(sample).ok());
    let again = sample.clone();
    let place = any::<prop::sample::Index>;
    let bytes = prop::collection::vec((place(), any::<u8>(), 0..3_u8), 1..4).prop_map(move |changes| {
        let mut bytes = sample.clone();
        for (index, byte, way) in changes {
            let at = index.index(bytes.len().max(1));
            match way {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        bytes
    });
    // Several kinds of damage meet in places that one alone does not reach.
    let values = prop::collection::vec((place(), prop::option::of(place())), 1..5).prop_map(move |changes| {
        let Some(mut tree) = tree.clone() else { return again.clone() };
        for (node, odd) in changes {
            let paths = paths(&tree);
            let path = &paths[node.index(paths.len())];
            let odds = odd_values(&tree);
            match (odd, at(&mut tree, path)) {
                (Some(odd), Some(value)) => *value = odds[odd.index(odds.len())].clone(),
                _ => remove(&mut tree, path),
            }
        }
        tree.to_string().into_bytes()
    });
    prop_oneof![bytes, values]
}

/// How many results a sink was told of.
fn told(sink: &Collected) -> usize {
    sink.claims.len() + sink.aside.len() + sink.unreadable.len()
}

/// Reads, and gives what was told with the end of the reading.
fn read(reader: &dyn Reader, text: &[u8]) -> (Collected, Result<(), ReadError>) {
    let document = Document::bytes("damaged", text);
    let _ = document.shape().map(|shape| reader.recognises(&shape));
    let mut sink = Collected::default();
    let end = reader.read(&document, &mut sink);
    assert!(sink.raws.iter().all(|raw| !raw.is_empty()), "a claim without its bytes");
    assert!(sink.claims.iter().all(|claim| !claim.rule.trim().is_empty()), "a claim without a rule");
    (sink, end)
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
fn odd_values(whole: &Value) -> [Value; 9] {
    [
        Value::Null,
        json!([]),
        json!(-1e300),
        json!(u64::MAX),
        json!("é\u{202e}\n12-7 @ %zz"),
        json!(["CliCall", [[{}, "x"], [null, 7, [[1]]], ["CliLoc"]]]),
        json!({"line": "3", "col": -4, "path": {}, "start": [], "text": 1, "id": true}),
        json!("x".repeat(3000)),
        json!([[whole.clone()]]),
    ]
}
