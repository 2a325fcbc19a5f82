//! What a reviewer may take back, and give back.
//!
//! A reviewer's *acts* are what they decided: verdicts, notes, ranks and the like, and what they took back by hand, that is
//! by naming it. An *undo* does away with the last act in force; a *redo* does away with the last undo in force, as long as
//! no act came after it. So undos and redos are no acts: they may follow each other in any number, and as many redos as
//! undos leave everything as it was. Each is an entry that names the one it does away with:
//!
//! | | entry | names | what follows |
//! |---|---|---|---|
//! | an undo of an act | takes back | the act | the act is not in force |
//! | its redo | gives back | that undo | the act is, at its old place |
//! | an act by hand | takes back, by hand | other acts | they are not in force |
//! | an undo of that | gives back | the act by hand | they are |
//! | its redo | takes again | that undo | they are not; the act by hand is in force, at its old place |
//!
//! An act keeps its place among the others however often it is taken back and given back: undo asks for the last act in the
//! order of acts. Were the redo of an act by hand an act of its own, it would come last, be undone before what was done after
//! it, and leave nothing to redo of what was undone before. (Before there was *takes again*, such a redo was sealed as another
//! act by hand. Those still count as acts.)

use super::Fold;
use crate::domain::{CaseId, EntryId};
use crate::ledger::{Act, Entry, Other, Retract};

/// Why nothing is taken back or given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no act of theirs in force.
    #[error("{reviewer} has nothing to undo")]
    NothingToUndo {
        /// Who asked.
        reviewer: String,
    },
    /// They undid nothing since their last act.
    #[error("{reviewer} has nothing to redo")]
    NothingToRedo {
        /// Who asked.
        reviewer: String,
    },
    /// Another reviewer's later act rests on it.
    #[error("the {kind} {entry} stays: the {by_kind} {by} by {by_reviewer} rests on it")]
    RestedOn {
        /// The act that was to be taken back, or the undo that was.
        entry: EntryId,
        /// Its kind.
        kind: String,
        /// The act that rests on it.
        by: EntryId,
        /// Its kind.
        by_kind: String,
        /// Its reviewer.
        by_reviewer: String,
    },
    /// It cannot be undone: a batch left, or a project was forgotten.
    #[error("the {kind} {entry} cannot be undone")]
    Final {
        /// The act.
        entry: EntryId,
        /// Its kind.
        kind: String,
    },
    /// A later version of the program wrote it, and only that knows what rests on it.
    #[error("the {kind} {entry} was written by a later version of assize: undo it there")]
    Unread {
        /// The act.
        entry: EntryId,
        /// Its kind.
        kind: String,
    },
}

/// What undo makes of an act.
enum Class {
    /// A step that can be taken back.
    Step,
    /// What undo cannot go past.
    Final,
    /// What later versions know.
    Unread,
    /// Nothing a reviewer decided by hand, or nothing left of it: undo goes past it.
    Record,
}

fn class(act: &Act) -> Class {
    match act {
        Act::Forget(_) => Class::Final,
        Act::Other(other) => match other.kind.as_str() {
            Other::BATCH => Class::Final,
            Other::GATE | Other::MODEL_SWAP => Class::Record,
            Other::REMEDY_DECISION => Class::Step,
            _ => Class::Unread,
        },
        Act::Retract(act) if is_act(act) => Class::Step,
        Act::Retract(_) | Act::Erased(_) => Class::Record,
        _ => Class::Step,
    }
}

/// Whether a retraction is an act by hand, rather than a step back or forth.
pub(crate) const fn is_act(retract: &Retract) -> bool {
    retract.by_hand && !retract.redo
}

impl Fold {
    /// The act that undo takes back: the reviewer's last one in force. A bulk act is one, and takes what was
    /// propagated from it along.
    ///
    /// # Errors
    /// [`Refused`], naming the act.
    pub fn last_undoable(&self, reviewer: &str) -> Result<EntryId, Refused> {
        let step = |entry: &Entry| !matches!(class(&entry.act), Class::Record);
        let Some(last) = self.last_of(reviewer, step) else {
            return Err(Refused::NothingToUndo { reviewer: reviewer.to_owned() });
        };
        let (entry, kind) = (last.id, last.act.kind().to_owned());
        match class(&last.act) {
            Class::Final => Err(Refused::Final { entry, kind }),
            Class::Unread => Err(Refused::Unread { entry, kind }),
            Class::Step | Class::Record => match self.resting(last) {
                Some(by) => Err(Refused::rested_on(last, by)),
                None => Ok(entry),
            },
        }
    }

    /// The undo that redo does away with: the reviewer's last one in force since their last act.
    ///
    /// # Errors
    /// [`Refused`], naming the undo.
    pub fn last_redoable(&self, reviewer: &str) -> Result<EntryId, Refused> {
        let acts = self.entries.iter().filter(|entry| entry.reviewer == reviewer);
        let since = acts.filter(|entry| !matches!(class(&entry.act), Class::Record)).map(Entry::order).max();
        let undo = |entry: &Entry| self.undoes(entry) && Some(entry.order()) > since;
        let Some(last) = self.last_of(reviewer, undo) else {
            return Err(Refused::NothingToRedo { reviewer: reviewer.to_owned() });
        };
        match self.resting(last) {
            Some(by) => Err(Refused::rested_on(last, by)),
            None => Ok(last.id),
        }
    }

    /// Whether an entry is an undo: of what took back by hand it is one that gives back.
    fn undoes(&self, entry: &Entry) -> bool {
        let Act::Retract(act) = &entry.act else { return false };
        if act.gives_back() { self.gives_back_an_act(act) } else { !act.by_hand }
    }

    /// Whether what a retraction gives back was taken back by hand.
    fn gives_back_an_act(&self, act: &Retract) -> bool {
        let target = act.entries.first().and_then(|&id| self.entry(id));
        target.is_some_and(|target| matches!(&target.act, Act::Retract(taken) if is_act(taken)))
    }

    /// A reviewer's last entry in force of a sort.
    fn last_of(&self, reviewer: &str, wanted: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        // The newest have mostly arrived last, so from the end few need more than a look at their order.
        self.entries.iter().rev().fold(None, |best: Option<&Entry>, entry| {
            let later = best.is_none_or(|best| best.order() < entry.order());
            let better = later && entry.reviewer == reviewer && wanted(entry) && self.in_force(entry);
            if better { Some(entry) } else { best }
        })
    }

    /// The act to seal for an undo.
    ///
    /// # Errors
    /// As [`Fold::last_undoable`].
    pub fn undo(&self, reviewer: &str) -> Result<Act, Refused> {
        let last = self.last_undoable(reviewer)?;
        // What was taken back is given back by a redo, whoever asks for it.
        let redo = self.entry(last).is_some_and(|entry| matches!(entry.act, Act::Retract(_)));
        Ok(Act::Retract(Retract { entries: vec![last], redo, by_hand: false }))
    }

    /// The act to seal for a redo.
    ///
    /// # Errors
    /// As [`Fold::last_redoable`].
    pub fn redo(&self, reviewer: &str) -> Result<Act, Refused> {
        let last = self.last_redoable(reviewer)?;
        let by_hand = self.entry(last).is_some_and(|undo| match &undo.act {
            Act::Retract(act) => act.gives_back(),
            _ => false,
        });
        Ok(Act::Retract(Retract { entries: vec![last], redo: true, by_hand }))
    }

    /// The first act of another reviewer, in force and later, that rests on this one: a verdict propagated
    /// from it, or any act on a case whose findings it gathered or parted. Asked of an undo, the same of what
    /// that undo restored.
    #[must_use]
    pub fn resting(&self, entry: &Entry) -> Option<&Entry> {
        let theirs = |other: &&Entry| {
            other.reviewer != entry.reviewer && other.order() > entry.order() && self.in_force(other)
        };
        let mut found: Vec<&Entry> = Vec::new();
        for case in self.reshaped(entry) {
            found.extend(self.mentions(case).map(|(other, _)| other).filter(theirs));
        }
        // One's own propagations fall with the act and are followed; another's are what it must not pull
        // down.
        let mut work = vec![entry];
        while let Some(source) = work.pop() {
            for next in self.at(self.propagated.get(&source.id)).filter(|next| next.order() > source.order())
            {
                if theirs(&next) {
                    found.push(next);
                } else if next.reviewer == entry.reviewer && self.in_force(next) {
                    work.push(next);
                }
            }
        }
        found.into_iter().min_by_key(|other| other.order())
    }

    /// The cases whose findings are others because of an act, or because of its undo.
    fn reshaped(&self, entry: &Entry) -> Vec<CaseId> {
        match &entry.act {
            Act::Split(split) => vec![split.case, split.into],
            Act::Merge(merge) => vec![merge.into],
            Act::Retract(act) => {
                // What it does away with may be a retraction itself, three deep at most.
                let mut cases = Vec::new();
                let mut work: Vec<(EntryId, u8)> = act.entries.iter().map(|&id| (id, 0)).collect();
                while let Some((id, depth)) = work.pop() {
                    match self.entry(id).map(|undone| &undone.act) {
                        Some(shape @ (Act::Split(_) | Act::Merge(_))) => cases.extend(shape.cases()),
                        Some(Act::Retract(below)) if depth < 2 => {
                            work.extend(below.entries.iter().map(|&id| (id, depth + 1)));
                        }
                        _ => {}
                    }
                }
                cases
            }
            _ => Vec::new(),
        }
    }
}

impl Refused {
    /// An act of another reviewer rests on an entry.
    #[must_use]
    pub fn rested_on(entry: &Entry, by: &Entry) -> Self {
        Self::RestedOn {
            entry: entry.id,
            kind: entry.act.kind().to_owned(),
            by: by.id,
            by_kind: by.act.kind().to_owned(),
            by_reviewer: by.reviewer.clone(),
        }
    }
}
