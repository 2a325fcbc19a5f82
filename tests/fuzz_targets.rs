//! Every reader has a fuzz target of its name, and so has all else that reads what comes from outside.

use assize::ingest::read::READERS;

#[test]
fn whatever_reads_from_outside_has_a_fuzz_target() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/Cargo.toml");
    let manifest = std::fs::read_to_string(path).unwrap();
    let readers = READERS.iter().map(|reader| format!("read_{}", reader.about().format.replace('-', "_")));
    let others = ["answer", "batch", "decode", "filter", "json", "repair", "shape"].map(str::to_owned);
    for target in readers.chain(others) {
        let target = format!("name = \"{target}\"");
        assert!(manifest.contains(&target), "fuzz/Cargo.toml lacks {target}");
    }
}
