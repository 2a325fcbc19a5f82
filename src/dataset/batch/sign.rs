//! The key that batches are signed with (Ed25519).
//!
//! A key is a file of 64 hexadecimal digits and a line break; so is the public key beside it, which may be given to
//! anybody. Where a key's file lies and who may read it is for whoever keeps it.

use std::fmt;
use std::str::FromStr;

use ed25519_compact as ed25519;

/// A key that signs.
pub struct Key(ed25519::KeyPair);

/// A key that checks signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is not written as one.
    #[error("a key is 64 hexadecimal digits")]
    Written,
    /// No key has these digits.
    #[error("these digits are no key")]
    Weak,
}

impl Key {
    /// The key of a seed, which has to be random.
    ///
    /// # Errors
    /// When the seed is all zeros.
    pub fn of(seed: [u8; 32]) -> Result<Self, BadKey> {
        ed25519::KeyPair::try_from_seed(ed25519::Seed::new(seed)).map(Self).map_err(|_| BadKey::Weak)
    }

    /// Signs some bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> String {
        hex(self.0.sk.sign(bytes, None).as_ref())
    }

    /// The key that checks it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.pk)
    }

    /// The text that its file holds.
    #[must_use]
    pub fn written(&self) -> String {
        hex(&*self.0.sk.seed())
    }
}

/// Never shows what must stay secret.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key(of {})", self.public())
    }
}

impl FromStr for Key {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        Self::of(unhex(text.trim()).ok_or(BadKey::Written)?)
    }
}

impl PublicKey {
    /// Whether a signature of some bytes is this key's.
    #[must_use]
    pub fn checks(&self, bytes: &[u8], signature: &str) -> bool {
        let key = ed25519::PublicKey::new(self.0);
        unhex::<64>(signature.trim())
            .is_some_and(|signature| key.verify(bytes, &ed25519::Signature::new(signature)).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bytes = unhex(text.trim()).ok_or(BadKey::Written)?;
        ed25519::PublicKey::new(bytes).validate().map_err(|_| BadKey::Weak)?;
        Ok(Self(bytes))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        // One way to write it: a signature with a changed letter is another text.
        if !pair.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // RFC 8032, 7.1, test 2.
        let key: Key = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb".parse().unwrap();
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
            085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!((key.public().to_string().as_str(), key.sign(&[0x72]).as_str()), (public, signature));
        assert!(key.public().checks(&[0x72], signature));
    }

    #[test]
    fn another_text_another_signature_and_another_key_do_not_pass() {
        let (key, other) = (Key::of([7; 32]).unwrap(), Key::of([8; 32]).unwrap());
        let signature = key.sign(b"text");
        assert!(key.public().checks(b"text", &signature));
        assert!(!key.public().checks(b"Text", &signature) && !other.public().checks(b"text", &signature));
        for at in 0..signature.len() {
            let mut bent = signature.clone().into_bytes();
            bent[at] = if bent[at] == b'0' { b'1' } else { b'0' };
            assert!(!key.public().checks(b"text", std::str::from_utf8(&bent).unwrap()), "{at}");
        }
        assert!(!key.public().checks(b"text", "") && !key.public().checks(b"text", &signature[2..]));
    }

    #[test]
    fn a_key_reads_back_from_its_file_and_is_never_shown() {
        let key = Key::of([7; 32]).unwrap();
        assert_eq!(format!("{}\n", key.written()).parse::<Key>().unwrap().public(), key.public());
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        assert!(!format!("{key:?}").contains(&key.written()));
        for text in ["", "zz", &"+1".repeat(32), &"é".repeat(32)] {
            assert!(matches!(text.parse::<Key>(), Err(BadKey::Written)), "{text}");
        }
    }
}
