//! An entry of the journal: sealed as it is stored, opened as it is folded.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Act, Hlc};
use crate::domain::{Digest, EntryId};

/// Names a chain: its writer, a user on a machine.
// Wears the hexadecimal form of the domain's 16-byte ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainId(EntryId);

impl ChainId {
    /// The chain of a user on a machine. Any two texts that tell writers apart will do.
    #[must_use]
    pub fn of(machine: &str, user: &str) -> Self {
        let mut bytes = b"assize chain 1".to_vec();
        frame(&mut bytes, machine.as_bytes());
        frame(&mut bytes, user.as_bytes());
        Self(first_half(Digest::of(&bytes)))
    }

    /// From its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(EntryId::new(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        self.0.bytes()
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainId({self})")
    }
}

/// The end of a chain, as it goes into manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The chain.
    pub chain: ChainId,
    /// How many entries it has.
    pub count: u64,
    /// The last one's hash; zeros before the first.
    pub hash: Digest,
    /// The last one's moment.
    pub clock: Hlc,
}

impl Head {
    /// The head of a chain without entries.
    #[must_use]
    pub fn start(chain: ChainId) -> Self {
        Self { chain, count: 0, hash: Digest::default(), clock: Hlc::default() }
    }
}

/// What the chain's hash covers: everything but the body, of which it covers the digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The chain.
    pub chain: ChainId,
    /// The place in it, from 0.
    pub position: u64,
    /// When.
    pub clock: Hlc,
    /// The act's kind, which outlives the body.
    pub kind: String,
    /// Who.
    pub reviewer: String,
    /// The digest of the body.
    pub body_digest: Digest,
    /// The hash of the entry before; zeros for the first.
    pub previous: Digest,
}

impl Header {
    /// The hash that the next entry names. Parts of variable length are framed, so no two headers hash alike.
    #[must_use]
    pub fn hash(&self) -> Digest {
        let mut bytes = Vec::with_capacity(192);
        bytes.extend_from_slice(b"assize entry 1");
        bytes.extend_from_slice(self.chain.bytes());
        bytes.extend_from_slice(&self.position.to_le_bytes());
        bytes.extend_from_slice(&self.clock.wall_ms.to_le_bytes());
        bytes.extend_from_slice(&self.clock.counter.to_le_bytes());
        frame(&mut bytes, self.kind.as_bytes());
        frame(&mut bytes, self.reviewer.as_bytes());
        bytes.extend_from_slice(self.body_digest.bytes());
        bytes.extend_from_slice(self.previous.bytes());
        Digest::of(&bytes)
    }
}

/// An entry as it is stored. The body is the text that was sealed, never written anew, or erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// What the hash covers.
    pub header: Header,
    /// The header's hash.
    pub hash: Digest,
    /// The act; `None` once it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// An act that has no body to seal.
#[derive(Debug, thiserror::Error)]
#[error("the {kind} cannot be written into the journal: {source}")]
pub struct NotSealed {
    /// The act's kind.
    pub kind: String,
    /// What JSON refused.
    pub source: serde_json::Error,
}

/// Seals an act as the next entry after `head`. A clock that is not after the head's is moved there, so that
/// a chain's order is always the order of its moments.
///
/// # Errors
/// An [`Act::Erased`] has no body.
pub fn seal(head: &Head, clock: Hlc, reviewer: &str, act: &Act) -> Result<Sealed, NotSealed> {
    let body =
        serde_json::to_string(act).map_err(|source| NotSealed { kind: act.kind().to_owned(), source })?;
    let clock =
        if head.count > 0 && clock <= head.clock { Hlc::next(head.clock, clock.wall_ms) } else { clock };
    let header = Header {
        chain: head.chain,
        position: head.count,
        clock,
        kind: act.kind().to_owned(),
        reviewer: reviewer.to_owned(),
        body_digest: Digest::of(body.as_bytes()),
        previous: head.hash,
    };
    Ok(Sealed { hash: header.hash(), header, body: Some(body) })
}

impl Sealed {
    /// The entry's name: the first half of its hash. An entry can name only what was sealed before it, so
    /// references never run in a circle.
    #[must_use]
    pub fn id(&self) -> EntryId {
        first_half(self.hash)
    }

    /// The chain's head once this is its last entry.
    #[must_use]
    pub fn head(&self) -> Head {
        let Header { chain, position, clock, .. } = self.header;
        Head { chain, count: position.saturating_add(1), hash: self.hash, clock }
    }

    /// Takes the body away; the chain still verifies. False where it must stay: a retraction without its body
    /// would give back what it took away, and it names no code.
    pub fn erase(&mut self) -> bool {
        let stays = matches!(self.header.kind.as_str(), "retract" | "forget");
        if !stays {
            self.body = None;
        }
        !stays
    }

    /// The entry as the fold takes it.
    #[must_use]
    pub fn open(&self) -> Entry {
        let Header { chain, position, clock, kind, reviewer, .. } = &self.header;
        let act = match &self.body {
            Some(body) => Act::read(kind, body),
            None => Act::Erased(kind.clone()),
        };
        Entry {
            id: self.id(),
            chain: *chain,
            position: *position,
            clock: *clock,
            reviewer: reviewer.clone(),
            act,
        }
    }
}

/// An entry as it is folded.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// Its chain.
    pub chain: ChainId,
    /// Its place there, from 0.
    pub position: u64,
    /// When.
    pub clock: Hlc,
    /// Who.
    pub reviewer: String,
    /// What.
    pub act: Act,
}

/// An entry's place in the order of all entries of all chains.
pub type Order = (Hlc, ChainId, u64, EntryId);

impl Entry {
    /// Its place in the order of all entries. The id decides only where a chain was forked.
    #[must_use]
    pub fn order(&self) -> Order {
        (self.clock, self.chain, self.position, self.id)
    }
}

fn frame(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn first_half(digest: Digest) -> EntryId {
    digest.bytes().first_chunk::<16>().copied().map(EntryId::new).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Forget, Note, Retract};

    #[test]
    fn writers_are_told_apart() {
        assert_ne!(ChainId::of("ab", "c"), ChainId::of("a", "bc"));
        assert_eq!(ChainId::of("ab", "c"), ChainId::of("ab", "c"));
    }

    #[test]
    fn a_chain_goes_on_where_its_head_is_and_never_back_in_time() {
        let act = Act::Forget(Forget { project: "shop".to_owned() });
        let start = Head::start(ChainId::of("m", "u"));
        let first = seal(&start, Hlc { wall_ms: 50, counter: 0 }, "ann", &act).unwrap();
        let second = seal(&first.head(), Hlc { wall_ms: 20, counter: 0 }, "ann", &act).unwrap();
        assert_eq!((second.header.position, second.header.previous), (1, first.hash));
        assert!(second.header.clock > first.header.clock);
        assert_eq!(second.open().act, act);
    }

    #[test]
    fn an_erased_entry_keeps_its_kind_and_cannot_be_sealed_again() {
        let act = Act::Note(Note { cases: vec![], text: "the key is hunter2".to_owned() });
        let mut entry = seal(&Head::start(ChainId::default()), Hlc::default(), "ann", &act).unwrap();
        assert!(entry.erase());
        let opened = entry.open();
        assert_eq!((opened.act.kind(), opened.act.is_read()), ("note", false));
        assert!(seal(&entry.head(), Hlc::default(), "ann", &opened.act).is_err());
    }

    #[test]
    fn a_retraction_keeps_its_body() {
        let act = Act::Retract(Retract { entries: vec![EntryId::default()], redo: false, by_hand: false });
        let mut entry = seal(&Head::start(ChainId::default()), Hlc::default(), "ann", &act).unwrap();
        assert!(!entry.erase() && entry.body.is_some());
    }
}
