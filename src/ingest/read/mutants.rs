//! Damaged documents for the readers' property tests.

use proptest::prelude::*;
use serde_json::Value;

/// A sample with some of its values replaced or removed, or some of its bytes changed, or its end cut off.
pub(crate) fn damaged(sample: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4).prop_map(
        move |changes| {
            let mut bytes = sample.as_bytes().to_vec();
            for (index, byte, way) in changes {
                let at = index.index(bytes.len().max(1));
                match way {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 if at < bytes.len() => {
                        bytes.remove(at);
                    }
                    _ => bytes.truncate(at),
                }
            }
            bytes
        },
    );
    let odd = prop::sample::select(vec![
        "null",
        "true",
        "-1",
        "1e300",
        "18446744073709551615",
        "\"\"",
        "\"x\"",
        "\"9\"",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "[\"x\",7]",
        "{\"text\":1}",
        "{\"a\":{\"b\":[]}}",
    ]);
    let values = prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(odd)), 1..5).prop_map(
        move |changes| {
            let Ok(mut tree) = serde_json::from_str::<Value>(sample) else { return sample.into() };
            for (index, odd) in changes {
                let mut at = index.index(count(&tree).max(1));
                let odd = odd.and_then(|text| serde_json::from_str(text).ok());
                change(&mut tree, &mut at, odd.as_ref());
            }
            tree.to_string().into_bytes()
        },
    );
    prop_oneof![bytes, values]
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(all) => all.iter().map(|inner| 1 + count(inner)).sum(),
        Value::Object(all) => all.values().map(|inner| 1 + count(inner)).sum(),
        _ => 0,
    }
}

/// Replaces the value at a place in the tree's order, or takes it out. True when that is done.
fn change(value: &mut Value, at: &mut usize, odd: Option<&Value>) -> bool {
    match value {
        Value::Array(all) => {
            for index in 0..all.len() {
                if *at == 0 {
                    match odd {
                        Some(odd) => all[index] = odd.clone(),
                        None => drop(all.remove(index)),
                    }
                    return true;
                }
                *at -= 1;
                if change(&mut all[index], at, odd) {
                    return true;
                }
            }
        }
        Value::Object(all) => {
            let keys: Vec<String> = all.keys().cloned().collect();
            for key in keys {
                if *at == 0 {
                    match odd {
                        Some(odd) => drop(all.insert(key, odd.clone())),
                        None => drop(all.remove(&key)),
                    }
                    return true;
                }
                *at -= 1;
                if all.get_mut(&key).is_some_and(|inner| change(inner, at, odd)) {
                    return true;
                }
            }
        }
        _ => {}
    }
    false
}
