//! Reads damaged variants of a good sample: a reader may refuse them, and must neither panic nor miscount.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::ingest::document::Document;
use crate::ingest::reader::Reader;
use crate::ingest::reader::collect::Collected;

/// Damages a sample in some hundred ways. JSON loses or exchanges nodes; every text loses bytes or its end.
pub(crate) fn survives(reader: &'static dyn Reader, sample: &str) {
    let tree: Option<Value> = serde_json::from_str(sample).ok();
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let strategy = (any::<prop::sample::Index>(), 0..18_usize, any::<u8>(), any::<prop::sample::Index>());
    runner
        .run(&strategy, |(at, how, byte, second)| {
            let text = match &tree {
                Some(tree) if how < 14 => {
                    let mut tree = tree.clone();
                    let nodes = count(&tree);
                    exchange(&mut tree, &mut (at.index(nodes) + 1), how);
                    // Two kinds of damage meet in places that one alone does not reach.
                    if byte.is_multiple_of(2) {
                        let nodes = count(&tree);
                        exchange(&mut tree, &mut (second.index(nodes) + 1), usize::from(byte) % 14);
                    }
                    tree.to_string().into_bytes()
                }
                _ => {
                    let mut bytes = sample.as_bytes().to_vec();
                    let at = at.index(bytes.len());
                    match how % 3 {
                        0 => bytes.truncate(at),
                        1 => bytes[at] = byte,
                        _ => drop(bytes.remove(at)),
                    }
                    bytes
                }
            };
            let read = || {
                let document = Document::bytes("damaged", text.clone());
                let _ = document.shape().map(|shape| reader.recognises(&shape));
                let mut sink = Collected::default();
                let result = reader.read(&document, &mut sink);
                let counts = (sink.claims.len(), sink.aside.len(), sink.unreadable.len());
                prop_assert!(sink.raws.iter().all(|raw| !raw.is_empty()), "a claim without its bytes");
                prop_assert!(
                    sink.claims.iter().all(|claim| !claim.rule.trim().is_empty()),
                    "a claim without a rule"
                );
                Ok((result.is_ok(), counts))
            };
            prop_assert_eq!(read()?, read()?);
            Ok(())
        })
        .unwrap();
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(all) => all.iter().map(count).sum(),
        Value::Object(all) => all.values().map(count).sum(),
        _ => 0,
    }
}

/// Walks to the node where `left` runs out and puts something else there.
fn exchange(value: &mut Value, left: &mut usize, how: usize) {
    *left = left.saturating_sub(1);
    if *left == 0 {
        *value = match how {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(1e300),
            4 => json!(""),
            5 => json!("text / with : odd @ %zz \u{202e}"),
            6 => json!([]),
            7 => json!({}),
            8 => json!([null, 1, "x", {}]),
            9 => json!([value.clone(), value.clone()]),
            10 => json!({"id": value.clone(), "": []}),
            11 => json!(u64::MAX),
            12 => json!("x".repeat(5000)),
            _ => json!([[[[value.clone()]]]]),
        };
        *left = usize::MAX;
        return;
    }
    match value {
        Value::Array(all) => {
            for one in all {
                exchange(one, left, how);
                if *left == usize::MAX {
                    return;
                }
            }
        }
        Value::Object(all) => {
            let keys: Vec<String> = all.keys().cloned().collect();
            for key in keys {
                if *left == 1 && how.is_multiple_of(5) {
                    all.remove(&key);
                    *left = usize::MAX;
                    return;
                }
                if let Some(one) = all.get_mut(&key) {
                    exchange(one, left, how);
                }
                if *left == usize::MAX {
                    return;
                }
            }
        }
        _ => {}
    }
}
