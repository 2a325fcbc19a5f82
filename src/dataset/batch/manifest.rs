//! The manifest of a batch: what is in it, by which policy it left, and the digest of every file; and its verification.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::sign::{PublicKey, hex};
use super::split::{Shares, Split};
use super::{BadKey, Encoding, Format};
use crate::dataset::reward::{RewardPolicy, RewardSums};
use crate::ledger::Head;

/// The manifest's file.
pub(super) const MANIFEST: &str = "manifest.json";
/// Its signature.
pub(super) const SIGNATURE: &str = "manifest.json.sig";
/// The key that checks it, as a convenience: whoever verifies brings their own copy.
pub(super) const PUBLIC_KEY: &str = "public.key";

/// What is in a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this document and of the rows.
    pub schema: u32,
    /// The program that wrote it.
    pub program: String,
    /// What the samples are.
    pub format: Format,
    /// What its data files are.
    #[serde(default)]
    pub encoding: Encoding,
    /// From which the splits were drawn.
    pub seed: u64,
    /// How large the splits were to be.
    pub shares: Shares,
    /// Whether a project is in one split.
    pub whole_projects: bool,
    /// Samples.
    pub rows: u64,
    /// Samples of each split.
    pub splits: BTreeMap<Split, u64>,
    /// Samples of each label, or of each origin of a pair.
    pub labels: BTreeMap<String, u64>,
    /// Samples of each weakness.
    pub weaknesses: BTreeMap<String, u64>,
    /// Samples of each licence; those without a known one are not counted.
    #[serde(default)]
    pub licences: BTreeMap<String, u64>,
    /// Secrets that were masked.
    pub masked_secrets: u64,
    /// Every other file but the signature and the key.
    pub files: Vec<FileEntry>,
    /// What the gate said.
    pub gate: serde_json::Value,
    /// By which policy.
    pub policy: serde_json::Value,
    /// Why it left though the gate was shut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
    /// Of a batch of rewards how they were given, and what they come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewards: Option<Rewards>,
    /// The ends of the journal's chains when it was made.
    pub heads: Vec<Head>,
}

impl Manifest {
    /// The version of the document and of the rows.
    pub const SCHEMA: u32 = 1;
}

/// How rewards were given, and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rewards {
    /// By which policy.
    pub policy: RewardPolicy,
    /// The sums.
    pub sums: RewardSums,
}

/// A reason to let a batch leave though the gate is shut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Why.
    pub why: String,
    /// Whose it is.
    pub by: String,
}

/// A file of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the batch.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// A batch that is what its manifest says.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// What it says.
    pub manifest: Manifest,
    /// The SHA-256 of the manifest.
    pub sha256: String,
}

/// Why a batch is not what was signed.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The signature is not this key's, or not of this manifest.
    #[error("{MANIFEST} is not what this key signed")]
    Signature,
    /// The key in the batch is not the one that it is checked with.
    #[error("{PUBLIC_KEY} is another key than the one given")]
    OtherKey,
    /// The manifest cannot be read.
    #[error("{MANIFEST} cannot be read: {0}")]
    Manifest(serde_json::Error),
    /// It is of a later program.
    #[error("{MANIFEST} has schema {0}, this program knows {schema}: use the newer program", schema = Manifest::SCHEMA)]
    Newer(u32),
    /// A file is not the one that was signed.
    #[error("{0} is not the file that was signed")]
    Changed(String),
    /// A file that was signed is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file is there that was not signed.
    #[error("{0} was not signed")]
    Foreign(String),
    /// The key given is none.
    #[error(transparent)]
    Key(#[from] BadKey),
}

/// Verifies a batch against a key: its signature, every file by its digest, and that there is no other file.
///
/// # Errors
/// The first thing that is not as it was signed.
pub fn verify(folder: &Path, key: &PublicKey) -> Result<Verified, Unsound> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Unsound::Missing(name.to_owned()),
            _ => Unsound::Io { path, source },
        })
    };
    let (bytes, signature) = (read(MANIFEST)?, read(SIGNATURE)?);
    let signature = String::from_utf8(signature).map_err(|_| Unsound::Signature)?;
    // All of the file: a byte behind the signature was not put there by whoever signed.
    if signature.strip_suffix('\n').is_none_or(|digits| digits.len() != 128)
        || !key.checks(&bytes, &signature)
    {
        return Err(Unsound::Signature);
    }
    if read(PUBLIC_KEY)? != format!("{key}\n").into_bytes() {
        return Err(Unsound::OtherKey);
    }
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(Unsound::Manifest)?;
    if manifest.schema > Manifest::SCHEMA {
        return Err(Unsound::Newer(manifest.schema));
    }
    for file in &manifest.files {
        let path = folder.join(&file.path);
        match sha256_of(&path) {
            Ok((digest, size)) if digest == file.sha256 && size == file.bytes => {}
            Ok(_) => return Err(Unsound::Changed(file.path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Unsound::Missing(file.path.clone()));
            }
            Err(source) => return Err(Unsound::Io { path, source }),
        }
    }
    let signed: BTreeSet<&str> = manifest
        .files
        .iter()
        .map(|file| file.path.as_str())
        .chain([MANIFEST, SIGNATURE, PUBLIC_KEY])
        .collect();
    for name in names_in(folder)? {
        if !signed.contains(name.as_str()) {
            return Err(Unsound::Foreign(name));
        }
    }
    Ok(Verified { sha256: hex(&Sha256::digest(&bytes)), manifest })
}

/// Every file of a folder and of those in it, by its path from there.
fn names_in(folder: &Path) -> Result<Vec<String>, Unsound> {
    let mut names = Vec::new();
    let mut work = vec![(folder.to_owned(), String::new())];
    while let Some((folder, before)) = work.pop() {
        let io = |source| Unsound::Io { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(io)?.is_dir() {
                work.push((entry.path(), format!("{name}/")));
            } else {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

fn sha256_of(path: &Path) -> io::Result<(String, u64)> {
    let mut file = fs::File::open(path)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hex(&hash.finalize()), size));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::batch::{BatchWriter, Key};

    #[test]
    fn a_changed_byte_of_any_file_of_a_batch_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("batch");
        let key = Key::of([7; 32]).unwrap();
        let mut writer = BatchWriter::new(&place, "mark", (Format::Labels, Encoding::Jsonl)).unwrap();
        for (number, split) in Split::ALL.into_iter().enumerate() {
            writer.row(split, &serde_json::json!({ "id": number, "code": "eval(it)" })).unwrap();
        }
        let manifest = Manifest {
            schema: Manifest::SCHEMA,
            program: "assize".into(),
            format: Format::Labels,
            encoding: Encoding::Jsonl,
            seed: 1,
            shares: Shares::default(),
            whole_projects: false,
            rows: 3,
            splits: BTreeMap::new(),
            labels: BTreeMap::new(),
            weaknesses: BTreeMap::new(),
            licences: BTreeMap::new(),
            masked_secrets: 0,
            files: Vec::new(),
            gate: serde_json::Value::Null,
            policy: serde_json::Value::Null,
            overridden: None,
            rewards: None,
            heads: Vec::new(),
        };
        writer.seal(manifest, "# A card\n", &key).unwrap();
        writer.finish().unwrap();
        verify(&place, &key.public()).unwrap();
        let names = names_in(&place).unwrap();
        assert_eq!(names.len(), 7, "{names:?}");
        for name in names {
            let path = place.join(&name);
            let bytes = fs::read(&path).unwrap();
            // A letter in upper case is the same digit, and another byte.
            for (at, bit) in (0..bytes.len()).flat_map(|at| [(at, 1), (at, 0x20)]) {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                fs::write(&path, changed).unwrap();
                assert!(verify(&place, &key.public()).is_err(), "{name} at {at}");
            }
            fs::write(&path, bytes).unwrap();
        }
        verify(&place, &key.public()).unwrap();
    }
}
