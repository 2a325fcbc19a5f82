//! Which findings people said belong together and which do not.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Fold;
use crate::domain::FindingId;
use crate::ledger::Act;

/// What people said of two findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// They are one case.
    Must,
    /// They are not.
    Cannot,
}

/// The links in force. Where acts contradict each other, the latest that speaks of both findings holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// For each finding the acts that name it, in order, and its side in each. A pair is never written down:
    /// a split of a thousand findings would be a quarter of a million pairs.
    sides: FxHashMap<FindingId, Vec<(usize, Side)>>,
    acts: Vec<(Vec<FindingId>, Vec<FindingId>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Out,
    Stay,
    Merged,
}

impl Links {
    /// What holds between two findings, where anything does.
    #[must_use]
    pub fn between(&self, one: FindingId, other: FindingId) -> Option<Link> {
        let others = self.sides.get(&other)?;
        self.sides.get(&one)?.iter().rev().find_map(|&(act, side)| {
            let at = others.binary_search_by_key(&act, |&(act, _)| act).ok()?;
            match (side, others.get(at)?.1) {
                (Side::Merged, Side::Merged) => Some(Link::Must),
                (Side::Out, Side::Stay) | (Side::Stay, Side::Out) => Some(Link::Cannot),
                // The same side of a split says nothing new.
                _ => None,
            }
        })
    }

    /// The findings that a finding is linked with in this way, in the order of their ids.
    #[must_use]
    pub fn with(&self, finding: FindingId, link: Link) -> Vec<FindingId> {
        let acts = self.sides.get(&finding).into_iter().flatten().filter_map(|&(act, _)| self.acts.get(act));
        let near: BTreeSet<FindingId> =
            acts.flat_map(|(one, other)| one.iter().chain(other)).copied().collect();
        near.into_iter()
            .filter(|&other| other != finding && self.between(finding, other) == Some(link))
            .collect()
    }

    /// The findings that have any link, in no order.
    pub fn findings(&self) -> impl Iterator<Item = FindingId> {
        self.sides.keys().copied()
    }

    fn add(&mut self, one: &[FindingId], other: &[FindingId], sides: [Side; 2]) {
        let act = self.acts.len();
        for (findings, side) in [one, other].into_iter().zip(sides) {
            for &finding in findings {
                let seen = self.sides.entry(finding).or_default();
                // A finding named twice by one act keeps its first side.
                if seen.last().is_none_or(|&(last, _)| last != act) {
                    seen.push((act, side));
                }
            }
        }
        self.acts.push((one.to_vec(), other.to_vec()));
    }
}

impl Fold {
    /// The links in force.
    #[must_use]
    pub fn links(&self) -> Links {
        let mut shapes: Vec<_> = self.at(Some(&self.shapes)).filter(|entry| self.in_force(entry)).collect();
        shapes.sort_by_key(|entry| entry.order());
        let mut links = Links::default();
        for entry in shapes {
            match &entry.act {
                Act::Split(split) => links.add(&split.out, &split.stay, [Side::Out, Side::Stay]),
                Act::Merge(merge) => links.add(&merge.members, &[], [Side::Merged, Side::Merged]),
                _ => {}
            }
        }
        links
    }
}
