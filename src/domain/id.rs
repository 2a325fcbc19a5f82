//! Names that outlive a database: content hashes and the ids made from them.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not the hexadecimal form of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: expected {1} hexadecimal digits")]
pub struct BadId(pub String, pub usize);

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], BadId> {
    let bad = || BadId(text.chars().take(80).collect(), N * 2);
    if text.len() != N * 2 {
        return Err(bad());
    }
    let mut bytes = [0; N];
    // By hand: a batch names a million cases, and of each the formatter and the parser would be asked digit by digit.
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(bad);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Ok(bytes)
}

/// The hexadecimal digits of up to 32 bytes.
fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let mut text = [0; 64];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        let digit = |number: u8| b"0123456789abcdef".get(usize::from(number)).copied().unwrap_or_default();
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    let written = text.get(..bytes.len() * 2).unwrap_or_default();
    f.write_str(std::str::from_utf8(written).unwrap_or_default())
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $len:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name([u8; $len]);

        impl $name {
            /// From its bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// From a slice, where it has the right length.
            #[must_use]
            pub fn from_slice(slice: &[u8]) -> Option<Self> {
                slice.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A BLAKE3 hash of some bytes: a file, a snapshot, an entry's body.
    Digest, 32
}
id! {
    /// Names a finding for good: BLAKE3-128 of its project and the key under which it was first seen.
    FindingId, 16
}
id! {
    /// Names a case: the id of its first finding.
    CaseId, 16
}
id! {
    /// Names an entry of the journal.
    EntryId, 16
}
id! {
    /// Names a remedy: BLAKE3-128 of its case and of what it changes.
    RemedyId, 16
}
id! {
    /// Names a run: one tool's part of one imported file.
    RunId, 8
}

impl Digest {
    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl From<FindingId> for CaseId {
    fn from(first: FindingId) -> Self {
        Self(*first.bytes())
    }
}

impl From<CaseId> for FindingId {
    fn from(case: CaseId) -> Self {
        Self(*case.bytes())
    }
}

/// A 64-bit hash of text parts that is the same on every machine, for keys in the store. Parts are kept apart:
/// `["ab", "c"]` and `["a", "bc"]` differ.
#[must_use]
pub fn short_hash(parts: &[&[u8]]) -> u64 {
    // Most names are short, and one piece is hashed twice as fast as the same bytes part by part.
    const SHORT: usize = 512;
    let mut buffer = [0_u8; SHORT];
    let mut rest = buffer.as_mut_slice();
    let fits = parts.iter().all(|part| {
        rest.write_all(&(part.len() as u64).to_le_bytes()).is_ok() && rest.write_all(part).is_ok()
    });
    let filled = SHORT - rest.len();
    match buffer.get(..filled) {
        Some(whole) if fits => first_half(&blake3::hash(whole)),
        _ => first_half(&hashed_by_parts(parts)),
    }
}

fn hashed_by_parts(parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}

fn first_half(hash: &blake3::Hash) -> u64 {
    hash.as_bytes().first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_from_their_text() {
        let id = FindingId::new([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("xyz".parse::<FindingId>().is_err());
        assert!("é".repeat(16).parse::<FindingId>().is_err());
    }

    #[test]
    fn a_hash_is_the_same_in_one_piece_and_by_parts() {
        for length in [0, 1, 495, 496, 497, 503, 504, 505, 600, 5000] {
            let long = "x".repeat(length);
            let parts: [&[u8]; 2] = [long.as_bytes(), b""];
            assert_eq!(short_hash(&parts), first_half(&hashed_by_parts(&parts)), "{length}");
            assert_eq!(short_hash(&parts[..1]), first_half(&hashed_by_parts(&parts[..1])), "{length}");
        }
    }

    #[test]
    fn parts_of_a_hash_are_kept_apart() {
        assert_ne!(short_hash(&[b"ab", b"c"]), short_hash(&[b"a", b"bc"]));
    }
}
