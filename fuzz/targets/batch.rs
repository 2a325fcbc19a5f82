//! Verifies a batch whose manifest is any bytes, signed by the key that is asked for: what was signed by mistake is refused or
//! names every file that is there. The first byte says what else lies in the folder.

#![no_main]

use std::fs;

use assize::dataset::batch::{Key, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((beside, manifest)) = bytes.split_first() else { return };
    let key = Key::of([7; 32]).expect("a seed of a key");
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("manifest.json"), manifest).expect("a file");
    fs::write(path("manifest.json.sig"), format!("{}\n", key.sign(manifest))).expect("a file");
    fs::write(path("public.key"), format!("{}\n", key.public())).expect("a file");
    let is_foreign = beside % 2 == 1;
    if is_foreign {
        fs::write(path("foreign"), beside.to_string()).expect("a file");
    }
    if let Ok(verified) = verify(folder.path(), &key.public()) {
        let names = |name: &str| verified.manifest.files.iter().any(|file| file.path == name);
        assert!(!is_foreign || names("foreign"), "a file that nobody signed");
    }
});
