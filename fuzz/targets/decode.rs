//! Opens any bytes as a document: byte order marks, UTF-16, gzip, Zstandard.

#![no_main]

use assize::ingest::document::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let plain = Document::bytes("fuzz", bytes);
    let _ = plain.text(1 << 20);
    let _ = plain.whole_shape();
    // Packed data is told by its first bytes, and only in a file.
    if let Ok(packed) = Document::spooled("fuzz", bytes, &std::env::temp_dir()) {
        let _ = packed.digest();
        let _ = packed.text(1 << 20);
    }
});
