//! Owns the journal of what people decided: its entries, their chains, their fold, and where each case stands
//! by them.
//!
//! Never does I/O, asks for the time or draws an id: moments, reviewers and facts about the code come in as
//! arguments, and an entry's name is made from its content. Never knows of a database; the store keeps what
//! is sealed here.
//!
//! Invariants:
//! - An entry is sealed once. Its hash covers everything but its body, and the body through a digest, so a
//!   body can be erased and the chain still verifies. An act that this version cannot read is kept, listed
//!   and never fatal.
//! - The fold is a function of the *set* of entries: the order of arrival, repetition and interleaving do not
//!   matter. A record depends only on the entries about its case (with those merged into it), what retracts
//!   them and what they were propagated from, so a fold of those alone gives the same record.
//! - Nothing is overwritten. Undo and redo are entries; an act that was taken back stays in the history.
//! - Where a case stands follows from its record and the facts, by [`standing`], and is never stored as a
//!   decision.

mod act;
mod chain;
mod clock;
mod entry;
mod fold;
mod settle;

#[cfg(test)]
mod trial;

pub use act::{
    Act, Assign, BadPriority, Came, CodeHash, Forget, Judged, Member, Merge, Note, Other, Pin, Priority,
    Rank, Retract, Seen, Sight, Split, Verdict,
};
pub use chain::{Broken, Flaw, Verified, added, check, verify};
pub use clock::Hlc;
pub use entry::{ChainId, Entry, Head, Header, NotSealed, Order, Sealed, seal};
pub(crate) use fold::is_act;
pub use fold::{Applied, CaseRecord, Cursor, Fold, Held, Link, Links, Refused, Remark};
pub use settle::{Facts, Standing, standing};
