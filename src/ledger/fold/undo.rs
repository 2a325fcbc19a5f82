//! What a reviewer may take back, and give back.

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
        // What was named and taken back is an act, unlike a step back.
        Act::Retract(act) if act.by_hand && !act.redo => Class::Step,
        Act::Retract(_) | Act::Erased(_) => Class::Record,
        _ => Class::Step,
    }
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
        let undo = |entry: &Entry| {
            let Act::Retract(act) = &entry.act else { return false };
            // An undo of what was taken back by hand is one as well, though it gave something back.
            (!act.redo || self.taken_by_hand(act).is_some()) && Some(entry.order()) > since
        };
        let Some(last) = self.last_of(reviewer, undo) else {
            return Err(Refused::NothingToRedo { reviewer: reviewer.to_owned() });
        };
        match self.resting(last) {
            Some(by) => Err(Refused::rested_on(last, by)),
            None => Ok(last.id),
        }
    }

    /// What was taken back by hand and given back by a retraction.
    fn taken_by_hand(&self, act: &Retract) -> Option<&Retract> {
        let target = act.entries.first().and_then(|&id| self.entry(id))?;
        match &target.act {
            Act::Retract(taken) if act.redo && taken.by_hand => Some(taken),
            _ => None,
        }
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
        // A redo is never taken back: what was taken by hand is taken again.
        let taken = self.entry(last).and_then(|entry| match &entry.act {
            Act::Retract(act) => self.taken_by_hand(act),
            _ => None,
        });
        Ok(Act::Retract(match taken {
            Some(taken) => taken.clone(),
            None => Retract { entries: vec![last], redo: true, by_hand: false },
        }))
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
                let undone = act.entries.iter().filter_map(|&id| self.entry(id));
                let shapes = undone.filter(|undone| matches!(undone.act, Act::Split(_) | Act::Merge(_)));
                shapes.flat_map(|shape| shape.act.cases()).collect()
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
