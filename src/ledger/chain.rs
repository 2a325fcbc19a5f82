//! Whether a chain is whole, and what another copy of it adds.

use std::borrow::Borrow;

use super::{ChainId, Head, Hlc, Sealed};
use crate::domain::Digest;

/// A chain that verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Its head.
    pub head: Head,
    /// How many of its bodies were erased.
    pub erased: u64,
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chain {chain} is broken at entry {position}: {why}")]
pub struct Broken {
    /// The chain.
    pub chain: ChainId,
    /// The place where an entry should be, or is wrong.
    pub position: u64,
    /// What is wrong.
    pub why: Flaw,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It belongs to another chain.
    #[error("it belongs to chain {0}")]
    Foreign(ChainId),
    /// The entries before this one are not all there.
    #[error("it is missing; the next one there is entry {0}")]
    Missing(u64),
    /// An entry that belongs earlier stands here: reordered, or twice.
    #[error("entry {0} stands there")]
    Misplaced(u64),
    /// The header is not what was hashed.
    #[error("its header was changed after it was sealed")]
    Changed,
    /// It does not follow from the entry before it.
    #[error("it was sealed after another entry than the one before it")]
    Unlinked,
    /// Its moment is not after the one before it, or past the end of the calendar.
    #[error("its clock does not follow the entry before it")]
    Clock,
    /// The body is not the one sealed.
    #[error("its body was changed after it was sealed")]
    Body,
    /// The body is of another kind than the header says.
    #[error("its body is not of the kind its header names")]
    Kind,
    /// Entries that a manifest counts are not there.
    #[error("the tail was cut: {expected} entries are attested")]
    Cut {
        /// How many there were.
        expected: u64,
    },
    /// A whole chain, but not the one that was attested or is held.
    #[error(
        "another entry was attested or is held at that place: the chain was rewritten or written from two copies"
    )]
    Forked,
}

/// Follows a chain from its first entry. `attested` are heads noted elsewhere (manifests, other copies); each
/// must lie on the chain, which may have grown since. Erased bodies are allowed, and counted.
///
/// # Errors
/// The first flaw.
pub fn verify<E: Borrow<Sealed>>(
    chain: ChainId,
    entries: impl IntoIterator<Item = E>,
    attested: &[Head],
) -> Result<Verified, Broken> {
    let attested: Vec<&Head> = attested.iter().filter(|head| head.chain == chain).collect();
    let mut head = Head::start(chain);
    let mut erased = 0;
    for entry in entries {
        let entry = entry.borrow();
        let position = head.count;
        let broken = |why| Broken { chain, position, why };
        check(&head, entry).map_err(broken)?;
        erased += u64::from(entry.body.is_none());
        head = entry.head();
        if attested.iter().any(|other| other.count == head.count && other.hash != head.hash) {
            return Err(broken(Flaw::Forked));
        }
    }
    match attested.iter().map(|other| other.count).max() {
        Some(expected) if expected > head.count => {
            Err(Broken { chain, position: head.count, why: Flaw::Cut { expected } })
        }
        _ => Ok(Verified { head, erased }),
    }
}

/// Whether an entry may follow a head: what [`verify`] asks of each.
///
/// # Errors
/// What is wrong with it.
pub fn check(head: &Head, entry: &Sealed) -> Result<(), Flaw> {
    let header = &entry.header;
    if header.chain != head.chain {
        return Err(Flaw::Foreign(header.chain));
    }
    if header.position > head.count {
        return Err(Flaw::Missing(header.position));
    }
    if header.position < head.count {
        return Err(Flaw::Misplaced(header.position));
    }
    if header.hash() != entry.hash {
        return Err(Flaw::Changed);
    }
    if header.previous != head.hash {
        return Err(Flaw::Unlinked);
    }
    let follows = head.count == 0 || header.clock > head.clock;
    if !follows || header.clock.wall_ms > Hlc::LATEST_MS {
        return Err(Flaw::Clock);
    }
    let Some(body) = &entry.body else { return Ok(()) };
    if Digest::of(body.as_bytes()) != header.body_digest {
        return Err(Flaw::Body);
    }
    #[derive(serde::Deserialize)]
    struct Tag {
        act: String,
    }
    // A body that cannot be read at all is a later version's affair; one that says it is something else is a
    // lie.
    if serde_json::from_str::<Tag>(body).is_ok_and(|tag| tag.act != header.kind) {
        return Err(Flaw::Kind);
    }
    Ok(())
}

/// What another copy of a chain adds to the one held, both whole and in order: the union of two chains. A
/// body erased here stays erased, whatever the other copy still has.
///
/// # Errors
/// The chain was continued from two copies; which one counts is for a person to say.
pub fn added<'a>(held: &[Sealed], other: &'a [Sealed]) -> Result<&'a [Sealed], Broken> {
    for (mine, theirs) in held.iter().zip(other) {
        if mine.hash != theirs.hash {
            let (chain, position) = (mine.header.chain, mine.header.position);
            return Err(Broken { chain, position, why: Flaw::Forked });
        }
    }
    Ok(other.get(held.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Opinion;
    use crate::ledger::trial::*;

    /// A chain of five entries.
    fn chain() -> Vec<Sealed> {
        let mut trial = Trial::default();
        trial.act("ann", judge(&[1], Opinion::Rejected));
        trial.act("ann", note(&[1], "a secret"));
        trial.act("ann", rank(1, 3));
        trial.act("ann", merge(1, &[2]));
        trial.undo("ann");
        trial.sealed
    }

    fn verified(entries: &[Sealed], attested: &[Head]) -> Result<Verified, (u64, Flaw)> {
        verify(ChainId::of("machine", "ann"), entries, attested)
            .map_err(|broken| (broken.position, broken.why))
    }

    #[test]
    fn a_whole_chain_verifies_with_its_bodies_erased_or_not() {
        let mut chain = chain();
        let head = chain[4].head();
        assert_eq!(verified(&chain, &[head, chain[2].head()]), Ok(Verified { head, erased: 0 }));
        assert!(chain[1].erase());
        assert_eq!(verified(&chain, &[head]), Ok(Verified { head, erased: 1 }));
        assert_eq!(verified(&[], &[]).map(|verified| verified.head.count), Ok(0));
    }

    #[test]
    fn a_chain_that_is_not_whole_says_where() {
        let whole = chain();
        let head = whole[4].head();
        type Spoil = fn(&mut Vec<Sealed>);
        let table: [(&str, Spoil, (u64, Flaw)); 7] = [
            ("missing", |chain| drop(chain.remove(2)), (2, Flaw::Missing(3))),
            ("missing first", |chain| drop(chain.remove(0)), (0, Flaw::Missing(1))),
            ("reordered", |chain| chain.swap(1, 2), (1, Flaw::Missing(2))),
            ("twice", |chain| chain.insert(2, chain[1].clone()), (2, Flaw::Misplaced(1))),
            ("cut", |chain| chain.truncate(3), (3, Flaw::Cut { expected: 5 })),
            ("emptied", Vec::clear, (0, Flaw::Cut { expected: 5 })),
            (
                "another's",
                |chain| chain[3].header.chain = ChainId::default(),
                (3, Flaw::Foreign(ChainId::default())),
            ),
        ];
        for (name, spoil, expected) in table {
            let mut chain = whole.clone();
            spoil(&mut chain);
            assert_eq!(verified(&chain, &[head]), Err(expected), "{name}");
        }
    }

    #[test]
    fn a_chain_sealed_anew_is_not_the_one_attested() {
        let whole = chain();
        let mut anew: Vec<Sealed> = Vec::new();
        let mut head = Head::start(head_chain(&whole));
        for (index, entry) in whole.iter().enumerate() {
            let act = if index == 0 { judge(&[1], Opinion::Confirmed) } else { entry.open().act };
            anew.push(crate::ledger::seal(&head, entry.header.clock, "ann", &act).unwrap());
            head = anew[index].head();
        }
        assert!(verified(&anew, &[]).is_ok());
        assert_eq!(verified(&anew, &[whole[2].head()]), Err((2, Flaw::Forked)));
        assert_eq!(added(&whole, &anew).unwrap_err().why, Flaw::Forked);
    }

    fn head_chain(entries: &[Sealed]) -> ChainId {
        entries[0].header.chain
    }

    #[test]
    fn what_follows_must_be_linked_later_and_of_its_kind() {
        let whole = chain();
        let reseal = |entry: &Sealed, change: fn(&mut Sealed)| {
            let mut entry = entry.clone();
            change(&mut entry);
            entry.hash = entry.header.hash();
            check(&whole[0].head(), &entry)
        };
        assert_eq!(reseal(&whole[1], |entry| entry.header.previous = Digest::default()), Err(Flaw::Unlinked));
        assert_eq!(reseal(&whole[1], |entry| entry.header.clock = Hlc::default()), Err(Flaw::Clock));
        assert_eq!(reseal(&whole[1], |entry| entry.header.clock.wall_ms = u64::MAX), Err(Flaw::Clock));
        assert_eq!(reseal(&whole[1], |entry| entry.header.kind = "pin".to_owned()), Err(Flaw::Kind));
        assert_eq!(reseal(&whole[1], |_| ()), Ok(()));
    }

    #[test]
    fn a_longer_copy_adds_its_tail() {
        let whole = chain();
        assert_eq!(added(&whole[..2], &whole).unwrap(), &whole[2..]);
        assert!(added(&whole, &whole[..2]).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn any_changed_byte_shows(entry in 0..5_usize, at: prop::sample::Index, bit in 0..8_u32) {
            let mut chain = chain();
            let whole = verified(&chain, &[chain[4].head()]).unwrap();
            let mut bytes = serde_json::to_vec(&chain[entry]).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            // What does not read at all shows by itself.
            if let Ok(changed) = serde_json::from_slice::<Sealed>(&bytes) && changed != chain[entry] {
                let head = chain[4].head();
                chain[entry] = changed;
                // A body whose name was hit is an erased body, which is counted.
                prop_assert_ne!(verified(&chain, &[head]), Ok(whole));
            }
        }
    }
}
