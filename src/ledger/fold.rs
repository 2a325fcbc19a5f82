//! The fold of the journal: every entry indexed by what it is about, so that any question about the present
//! is answered from the entries themselves, in their own order, whatever order they came in.

mod cursor;
mod links;
mod mentions;
mod record;
mod undo;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use std::collections::hash_map;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Act, Entry, Hlc, Retract};
use crate::domain::{CaseId, EntryId};

use mentions::{Mention, Mentions};

pub use cursor::Cursor;
pub use links::{Link, Links};
pub use record::{CaseRecord, Held, Remark};
pub use undo::Refused;
pub(crate) use undo::is_act;

/// How far a chain of propagations is followed. Past it a verdict counts as taken back: nobody propagates
/// that often, and a journal made to be slow shall not be.
const FURTHEST_SOURCE: usize = 64;

/// The journal, folded.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    /// As they arrived.
    entries: Vec<Entry>,
    by_id: FxHashMap<EntryId, usize>,
    /// What names each case, in the order of entries.
    cases: FxHashMap<CaseId, Mentions>,
    /// What retracts each entry, as it arrived.
    retracting: FxHashMap<EntryId, Vec<usize>>,
    /// What was propagated from each entry, as it arrived.
    propagated: FxHashMap<EntryId, Vec<usize>>,
    /// Where each case was ever merged into, in force or not.
    merged_into: FxHashMap<CaseId, Vec<CaseId>>,
    /// The splits and merges, as they arrived.
    shapes: Vec<usize>,
    cursor: Cursor,
    latest: Hlc,
}

/// What an entry changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// False: the entry was there already, and nothing changed.
    pub fresh: bool,
    /// The cases whose record may differ now; every other is as it was.
    pub cases: Vec<CaseId>,
    /// Whether the links may differ now.
    pub links: bool,
}

impl Fold {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty journal with room for as many entries.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        let mut fold = Self { entries: Vec::with_capacity(entries), ..Self::default() };
        fold.by_id.reserve(entries);
        fold.cases.reserve(entries);
        fold
    }

    /// Takes an entry in. One that is there already changes nothing.
    pub fn apply(&mut self, entry: Entry) -> Applied {
        let index = self.entries.len();
        let hash_map::Entry::Vacant(place) = self.by_id.entry(entry.id) else { return Applied::default() };
        place.insert(index);
        self.cursor.advance(entry.chain, entry.position);
        self.latest = self.latest.max(entry.clock);
        match &entry.act {
            Act::Retract(act) => {
                for &target in &act.entries {
                    self.retracting.entry(target).or_default().push(index);
                }
            }
            Act::Verdict(act) => {
                if let Some(source) = act.source {
                    self.propagated.entry(source).or_default().push(index);
                }
            }
            Act::Merge(act) => {
                for &from in &act.from {
                    self.merged_into.entry(from).or_default().push(act.into);
                }
                self.shapes.push(index);
            }
            Act::Split(_) => self.shapes.push(index),
            _ => {}
        }
        let order = entry.order();
        let named = entry.act.cases();
        self.entries.push(entry);
        for (item, &case) in named.iter().enumerate() {
            let mention = Mention { entry: index, item };
            let entries = &self.entries;
            let before = |other: &Mention| {
                entries.get(other.entry).is_some_and(|entry| (entry.order(), other.item) < (order, item))
            };
            match self.cases.entry(case) {
                hash_map::Entry::Vacant(place) => {
                    place.insert(Mentions::One(mention));
                }
                hash_map::Entry::Occupied(mut mentions) => mentions.get_mut().insert(mention, before),
            }
        }
        self.applied(index, named)
    }

    /// The entry of that name.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.by_id.get(&id).and_then(|&index| self.entries.get(index))
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, as they arrived.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Every case that any entry names, in no order.
    pub fn cases(&self) -> impl Iterator<Item = CaseId> {
        self.cases.keys().copied()
    }

    /// How much of each chain is in.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The latest moment of any entry: what the next one's must follow.
    #[must_use]
    pub fn latest(&self) -> Hlc {
        self.latest
    }

    /// Whether the entry is neither taken back nor propagated from one that was.
    #[must_use]
    pub fn in_force(&self, entry: &Entry) -> bool {
        let mut entry = entry;
        for _ in 0..FURTHEST_SOURCE {
            if self.is_retracted(entry) {
                return false;
            }
            let Act::Verdict(verdict) = &entry.act else { return true };
            // A source that has not arrived says nothing against the verdict; one that comes later is no
            // source.
            let source = verdict.source.and_then(|id| self.entry(id));
            match source.filter(|source| source.order() < entry.order()) {
                Some(source) => entry = source,
                None => return true,
            }
        }
        false
    }

    /// Entries that this version cannot read, in order.
    #[must_use]
    pub fn unread(&self) -> Vec<&Entry> {
        self.in_order(|entry| !entry.act.is_read() && !matches!(entry.act, Act::Erased(_)))
    }

    /// Retractions some part of which does nothing, in order: of an entry that is not here, not the
    /// reviewer's own, later, or of a kind that cannot be taken back.
    #[must_use]
    pub fn void(&self) -> Vec<&Entry> {
        self.in_order(|entry| match &entry.act {
            Act::Retract(act) => act
                .entries
                .iter()
                .any(|&id| !self.entry(id).is_some_and(|target| takes_back(entry, act, target))),
            _ => false,
        })
    }

    fn in_order(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<&Entry> {
        let mut found: Vec<&Entry> = self.entries.iter().filter(|entry| wanted(entry)).collect();
        found.sort_by_key(|entry| entry.order());
        found
    }

    /// Whether the entry itself was taken back and not given back. No deeper than [`takes_back`] reaches.
    fn is_retracted(&self, entry: &Entry) -> bool {
        self.retractions(entry).any(|retraction| !self.is_retracted(retraction))
    }

    /// The retractions that reach an entry, as they arrived.
    fn retractions<'a>(&'a self, target: &'a Entry) -> impl Iterator<Item = &'a Entry> {
        self.at(self.retracting.get(&target.id)).filter(|entry| match &entry.act {
            Act::Retract(act) => takes_back(entry, act, target),
            _ => false,
        })
    }

    fn at<'a>(&'a self, indices: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Entry> {
        indices.into_iter().flatten().filter_map(|&index| self.entries.get(index))
    }

    /// What a new entry may have changed: its own cases, those of what it retracts or was retracted before it
    /// came, those propagated from any of these, and every case that one of them was merged into.
    fn applied(&self, index: usize, named: Vec<CaseId>) -> Applied {
        let Some(entry) = self.entries.get(index) else { return Applied::default() };
        let source = self.propagated.contains_key(&entry.id);
        let shape = matches!(entry.act, Act::Split(_) | Act::Merge(_));
        if !matches!(entry.act, Act::Retract(_)) && !source && self.merged_into.is_empty() {
            return Applied { fresh: true, cases: named, links: shape };
        }
        let mut cases: FxHashSet<CaseId> = named.into_iter().collect();
        let mut links = false;
        let mut seen: FxHashSet<EntryId> = FxHashSet::from_iter([entry.id]);
        let mut work = vec![entry];
        while let Some(entry) = work.pop() {
            cases.extend(entry.act.cases());
            links |= matches!(entry.act, Act::Split(_) | Act::Merge(_));
            if let Act::Retract(act) = &entry.act {
                work.extend(
                    act.entries.iter().filter_map(|&id| self.entry(id)).filter(|next| seen.insert(next.id)),
                );
            }
            work.extend(self.at(self.propagated.get(&entry.id)).filter(|next| seen.insert(next.id)));
        }
        let mut work: Vec<CaseId> = cases.iter().copied().collect();
        while let Some(case) = work.pop() {
            for &into in self.merged_into.get(&case).into_iter().flatten() {
                if cases.insert(into) {
                    work.push(into);
                }
            }
        }
        let mut cases: Vec<CaseId> = cases.into_iter().collect();
        cases.sort_unstable();
        Applied { fresh: true, cases, links }
    }
}

/// Whether a retraction reaches an entry: one's own, earlier, and of the sort below its own. What takes back reaches acts;
/// what gives back reaches what took back; what takes again, which a redo does of an act that took back by hand, reaches
/// what gave that back, and nothing reaches it. So a question about an act is answered three steps down and no further.
/// What left or was erased cannot be taken back.
fn takes_back(entry: &Entry, act: &Retract, target: &Entry) -> bool {
    let fits = match &target.act {
        Act::Retract(below) if act.gives_back() => !below.redo,
        Act::Retract(below) => act.redo && below.gives_back(),
        Act::Forget(_) => false,
        Act::Other(other) => !act.redo && other.kind != super::Other::BATCH,
        _ => !act.redo,
    };
    fits && entry.reviewer == target.reviewer && target.order() < entry.order()
}
