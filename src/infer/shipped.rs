//! Owns the model that comes with the program: its files are part of it, and are unpacked where it is to be loaded from.
//!
//! Never loads it: what lies in the folder is held to its manifest as any other model's, and answers its golden numbers.

use std::io::Write as _;
use std::path::Path;

use super::{InferError, MANIFEST, Manifest, files};

/// What it is called.
pub const SHIPPED: &str = "mender";

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../assets/models/mender/", $name)).as_slice())),*]
    };
}

/// Its files. The manifest, which says what the others have to be, is the last to be written.
const FILES: [(&str, &[u8]); 9] = shipped![
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "encoder_model.onnx",
    "decoder_model.onnx",
    "decoder_with_past_model.onnx",
    "golden.json",
    "assize.toml",
];

/// What is known of the model that comes with the program.
///
/// # Errors
/// When its manifest cannot be read, which would be a fault of the program.
pub fn shipped() -> Result<Manifest, InferError> {
    let text = FILES.iter().find(|(name, _)| *name == MANIFEST).map_or(&[][..], |(_, bytes)| bytes);
    Manifest::parsed(&String::from_utf8_lossy(text), Path::new(MANIFEST))
}

/// How large its files are together.
#[must_use]
pub fn shipped_bytes() -> u64 {
    FILES.iter().map(|(_, bytes)| bytes.len() as u64).sum()
}

/// Writes its files into an empty folder.
///
/// # Errors
/// When one cannot be written; then the folder may hold a part.
pub fn unpack_shipped(folder: &Path) -> Result<(), InferError> {
    for (name, bytes) in FILES {
        let path = folder.join(name);
        let mut file = files::create(&path)?;
        file.write_all(bytes).map_err(InferError::io(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::{Format, Role};

    #[test]
    fn every_file_that_is_shipped_is_the_one_that_the_manifest_names_and_all_are_small_together() {
        let manifest = shipped().unwrap();
        assert_eq!((manifest.role, manifest.format), (Role::Remediation, Format::Edit));
        let named: Vec<&str> = manifest.files.keys().map(String::as_str).collect();
        let mut there: Vec<&str> =
            FILES.iter().map(|(name, _)| *name).filter(|name| *name != MANIFEST).collect();
        there.sort_unstable();
        assert_eq!(named, there);
        for (name, bytes) in FILES.iter().filter(|(name, _)| *name != MANIFEST) {
            assert_eq!(manifest.files[*name], files::sha256(bytes), "{name}");
        }
        assert!(shipped_bytes() <= 16 << 20, "{}", shipped_bytes());
    }
}
