//! Makes a shape of any bytes and asks every reader for it.

#![no_main]

use assize::ingest::document::Shape;
use assize::ingest::read::READERS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let shape = Shape::of_prefix(bytes);
    for reader in READERS {
        let _ = reader.recognises(&shape);
    }
});
