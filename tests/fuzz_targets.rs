//! Every reader has a fuzz target of its name.

use assize::ingest::read::READERS;

#[test]
fn every_reader_has_a_fuzz_target() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/Cargo.toml");
    let manifest = std::fs::read_to_string(path).unwrap();
    for reader in READERS {
        let target = format!("name = \"read_{}\"", reader.about().format.replace('-', "_"));
        assert!(manifest.contains(&target), "fuzz/Cargo.toml lacks {target}");
    }
}
