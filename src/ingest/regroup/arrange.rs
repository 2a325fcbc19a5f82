//! Which case each finding is in by what people split and merged.
//!
//! Pure. Everything starts in the case that fusion gave it, then the acts in force are done again in their order. So
//! what comes of them does not depend on what was imported before or after an act, nor on the order of files.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Shape;
use crate::domain::{CaseId, FindingId};

/// A finding that a split or a merge may move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) name: FindingId,
    /// The case that fusion gave it.
    pub(super) born: u32,
    /// The case it is in now.
    pub(super) case: u32,
    /// The member whose case it joined, which stands before it.
    pub(super) kin: Option<usize>,
}

/// Everything that the acts are about.
#[derive(Debug)]
pub(super) struct Board<'b> {
    /// In the order in which they were first seen.
    pub(super) members: &'b [Member],
    /// Where a finding stands among them, by each of its names.
    pub(super) places: &'b FxHashMap<FindingId, usize>,
    /// What the cases that they were born in and are in now are called.
    pub(super) names: FxHashMap<u32, FindingId>,
    /// The first number that no case has.
    pub(super) next_case: u32,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Arranged {
    /// The case of each member.
    pub(super) cases: Vec<u32>,
    /// Cases that are called otherwise now, or are new, in the order of their numbers.
    pub(super) named: Vec<(u32, FindingId)>,
    /// The first number that no case has then.
    pub(super) next_case: u32,
}

/// Does the acts in force, from what fusion made of the findings.
pub(super) fn arrange(board: Board<'_>, acts: &[Shape]) -> Arranged {
    let mut table = Table::new(board);
    for act in acts {
        match act {
            Shape::Split { case, into, out, stay } => table.split((*case, stay), (*into, out)),
            Shape::Merge { into, members } => table.merge(*into, members),
        }
    }
    table.end()
}

struct Table<'b> {
    members: &'b [Member],
    places: &'b FxHashMap<FindingId, usize>,
    at: Vec<u32>,
    groups: FxHashMap<u32, BTreeSet<usize>>,
    /// Who joined each member's case for its sake.
    followers: FxHashMap<usize, Vec<usize>>,
    names: FxHashMap<u32, FindingId>,
    renamed: BTreeSet<u32>,
    next_case: u32,
    /// Members that an act names a case after.
    heads: FxHashSet<usize>,
}

impl<'b> Table<'b> {
    fn new(board: Board<'b>) -> Self {
        let Board { members, places, names, next_case } = board;
        let mut at = Vec::with_capacity(members.len());
        let mut groups: FxHashMap<u32, BTreeSet<usize>> = FxHashMap::default();
        let mut followers: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for (index, member) in members.iter().enumerate() {
            let kin = member.kin.and_then(|kin| at.get(kin).copied());
            let case = kin.unwrap_or(member.born);
            at.push(case);
            groups.entry(case).or_default().insert(index);
            if let Some(kin) = member.kin {
                followers.entry(kin).or_default().push(index);
            }
        }
        let renamed = BTreeSet::new();
        Self {
            members,
            places,
            at,
            groups,
            followers,
            names,
            renamed,
            next_case,
            heads: FxHashSet::default(),
        }
    }

    fn split(&mut self, (case, stay): (CaseId, &[FindingId]), (into, out): (CaseId, &[FindingId])) {
        let (stay, out) = (self.present(stay), self.present(out));
        let Some(head) = self.head(into, &out) else { return };
        let to = self.case_of(head, into);
        let named: FxHashSet<usize> = stay.iter().chain(&out).copied().collect();
        for &index in &out {
            self.take(index, to, &named);
        }
        // Where files came in another order, it is those who stay that have to leave,
        let left: Vec<usize> =
            stay.iter().copied().filter(|&index| self.at.get(index) == Some(&to)).collect();
        if let Some(head) = self.head(case, &left) {
            let to = self.case_of(head, case);
            for index in left {
                self.take(index, to, &named);
            }
        }
        // or their case is called after somebody else, and what was said of it would be said of none.
        if let Some(&index) = self.places.get(&FindingId::from(case)).filter(|index| stay.contains(index))
            && let (Some(&at), Some(member)) = (self.at.get(index), self.members.get(index))
        {
            self.heads.insert(index);
            if self.names.get(&at) != Some(&member.name) && at != to {
                self.call(at, member.name);
            }
        }
    }

    fn merge(&mut self, into: CaseId, members: &[FindingId]) {
        let members = self.present(members);
        let Some(head) = self.head(into, &members) else { return };
        let to = self.case_of(head, into);
        // Whole cases: what has joined one of them since belongs with it.
        let from: BTreeSet<u32> = members.iter().filter_map(|&index| self.at.get(index).copied()).collect();
        for case in from.into_iter().filter(|&case| case != to) {
            for index in self.groups.remove(&case).unwrap_or_default() {
                self.put(index, to);
            }
        }
    }

    fn present(&self, names: &[FindingId]) -> Vec<usize> {
        names.iter().filter_map(|name| self.places.get(name).copied()).collect()
    }

    /// The finding that a case is to be named after: the one that the act says, or else the first that is here.
    fn head(&self, case: CaseId, among: &[usize]) -> Option<usize> {
        let meant = self.places.get(&FindingId::from(case));
        among.iter().find(|index| Some(*index) == meant).or(among.first()).copied()
    }

    /// The case that is named after a member: one that is, if it is in there or nobody is, else a new one.
    fn case_of(&mut self, head: usize, called: CaseId) -> u32 {
        self.heads.insert(head);
        let Some(member) = self.members.get(head) else { return 0 };
        let now = self.at.get(head).copied().unwrap_or(member.born);
        for case in [now, member.born, member.case] {
            let name = self.names.get(&case);
            let is_its = name == Some(&member.name) || name == Some(&FindingId::from(called));
            if is_its && (now == case || self.groups.get(&case).is_none_or(BTreeSet::is_empty)) {
                return case;
            }
        }
        self.next_case += 1;
        self.call(self.next_case - 1, member.name);
        self.next_case - 1
    }

    fn call(&mut self, case: u32, name: FindingId) {
        self.names.insert(case, name);
        self.renamed.insert(case);
    }

    /// Moves a member, and with it whoever is in its case for its sake, as far as the act does not name them.
    fn take(&mut self, index: usize, to: u32, named: &FxHashSet<usize>) {
        let from = self.at.get(index).copied();
        let mut rest = vec![index];
        while let Some(index) = rest.pop() {
            self.put(index, to);
            let with = self.followers.get(&index).into_iter().flatten();
            rest.extend(with.filter(|next| !named.contains(next) && self.at.get(**next).copied() == from));
        }
    }

    fn put(&mut self, index: usize, to: u32) {
        let Some(at) = self.at.get_mut(index) else { return };
        if let Some(group) = self.groups.get_mut(at) {
            group.remove(&index);
        }
        *at = to;
        self.groups.entry(to).or_default().insert(index);
    }

    fn end(mut self) -> Arranged {
        // A case keeps its name as long as the finding that it is named after is in it.
        let mut nameless: Vec<(u32, usize)> = Vec::new();
        for (&case, group) in &self.groups {
            let name = self.names.get(&case).and_then(|name| self.places.get(name));
            if name.is_none_or(|index| !group.contains(index)) {
                let head = group.iter().find(|index| self.heads.contains(index)).or(group.first());
                nameless.extend(head.map(|&head| (case, head)));
            }
        }
        for (case, head) in nameless {
            if let Some(member) = self.members.get(head) {
                self.call(case, member.name);
            }
        }
        let named = self.renamed.iter().filter_map(|case| Some((*case, *self.names.get(case)?))).collect();
        Arranged { cases: self.at, named, next_case: self.next_case }
    }
}

#[cfg(test)]
mod tests;
