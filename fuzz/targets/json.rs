//! Walks any bytes as JSON; each step's way of taking a value comes from the input's first bytes.

#![no_main]

use assize::ingest::json::{Json, Kind};
use assize::ingest::reader::ReadError;
use libfuzzer_sys::fuzz_target;

fn walk(json: &mut Json<'_>, ways: &mut std::iter::Cycle<std::slice::Iter<'_, u8>>, depth: usize) -> Result<(), ReadError> {
    let way = ways.next().copied().unwrap_or(0);
    match (json.kind()?, way % 5) {
        (Kind::Object, 0 | 1) if depth < 64 => json.object(|json, _| walk(json, ways, depth + 1)).map(drop),
        (Kind::Array, 0 | 1) if depth < 64 => json.array(|json, _| walk(json, ways, depth + 1)).map(drop),
        (_, 2) => json.value().map(drop),
        (_, 3) => {
            let raw = json.raw()?.map(|raw| raw.bytes().to_vec());
            assert!(raw.is_some_and(|raw| raw == json.last_raw()));
            Ok(())
        }
        // Left to be skipped by the walk around it, or skipped here.
        (_, 4) if depth > 0 => Ok(()),
        _ => json.skip(),
    }
}

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (ways, bytes) = input;
    let ways = if ways.is_empty() { vec![0] } else { ways };
    let mut json = Json::new(Box::new(bytes));
    let whole = walk(&mut json, &mut ways.iter().cycle(), 0).and_then(|()| json.finish()).is_ok();
    // What serde takes for JSON the walk must not refuse.
    assert!(whole || serde_json::from_slice::<serde_json::Value>(bytes).is_err());
});
