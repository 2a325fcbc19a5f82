//! Following findings across runs: pairs the claims of a new run with the findings known before, one to one.
//!
//! Pure. Evidence is tried from the strongest to the weakest, and every pair says by which it was made. Where twins
//! cannot be told apart and their numbers differ, none of them is paired: two findings rather than one wrong merge.

mod free;

use rustc_hash::FxHashMap;

use free::Free;

/// What is compared: a claim of the new run, or a finding as it was last seen. Hashes are 0 where not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    /// The rule as the tool names it.
    pub(super) rule: u32,
    /// The rule without its namespace.
    pub(super) family: u64,
    pub(super) path: u32,
    pub(super) line: u32,
    pub(super) col: u32,
    pub(super) tokens: u64,
    pub(super) scope: u64,
    pub(super) around: u64,
    /// What is said of it.
    pub(super) content: u64,
    /// The tool's own identity, where it discriminates.
    pub(super) print: u64,
    /// Where the line would be now, by the map between the two versions of its file; 0: no map.
    pub(super) expected: u32,
    /// Whether its hashes come from the source itself and not from what the tool quotes of it.
    pub(super) sourced: bool,
    /// A finding that had gone: only its very code brings it back.
    pub(super) gone: bool,
}

/// By what a claim was matched. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Evidence {
    /// Not matched: seen for the first time.
    First = 0,
    /// The tool's own identity.
    Print = 1,
    /// The same code in the same scope of the same file.
    Same = 2,
    /// The same code in the same scope, by a rule of the same name in another namespace.
    Renamed = 3,
    /// The same code elsewhere in the same file.
    Moved = 4,
    /// The same code in a file of another name.
    File = 5,
    /// The nearest in the same scope; its code has changed.
    Nearest = 6,
    /// The very same place, seen once with its source and once without.
    Place = 7,
}

impl Evidence {
    /// What a screen says.
    #[must_use]
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::First => "seen for the first time",
            Self::Print => "the tool's own fingerprint",
            Self::Same => "identical code in the same scope",
            Self::Renamed => "identical code, the rule's namespace renamed",
            Self::Moved => "identical code moved within the file",
            Self::File => "identical code in a renamed file",
            Self::Nearest => "the nearest in the same scope, its code changed",
            Self::Place => "the same rule at the very same place",
        }
    }

    /// From its stored number.
    #[must_use]
    pub(crate) const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Print,
            2 => Self::Same,
            3 => Self::Renamed,
            4 => Self::Moved,
            5 => Self::File,
            6 => Self::Nearest,
            7 => Self::Place,
            _ => Self::First,
        }
    }
}

/// The claims and the findings that share a key.
type Groups<K> = FxHashMap<K, (Vec<usize>, Vec<usize>)>;

/// Below this share of common tokens two statements are two statements: on the replayed history edits of one keep
/// more than a half, and what replaced a fixed one keeps less.
const LIKE: f32 = 0.5;

/// A pairing of claims with findings.
#[derive(Debug)]
pub(super) struct Pairing<'m> {
    claims: &'m [Mark],
    known: &'m [Mark],
    /// For each claim, its finding and the evidence.
    pub(super) of_claim: Vec<Option<(usize, Evidence)>>,
    taken: Vec<bool>,
}

/// Code that stands in more findings than this tells nothing about a renamed file.
pub(super) const EVERYWHERE: usize = 64;

impl<'m> Pairing<'m> {
    /// Nothing is paired yet.
    pub(super) fn new(claims: &'m [Mark], known: &'m [Mark]) -> Self {
        Self { claims, known, of_claim: vec![None; claims.len()], taken: vec![false; known.len()] }
    }

    /// Pairs within the files that both sides name: what two claims or findings share is told apart as soon as one of
    /// them is paired by something else, so it is gone through twice.
    pub(super) fn within(claims: &'m [Mark], known: &'m [Mark]) -> Self {
        let mut pairing = Self::new(claims, known);
        for _ in 0..2 {
            if known.is_empty() || pairing.of_claim.iter().all(Option::is_some) {
                break;
            }
            pairing.unique(Evidence::Print, |m| (m.print != 0).then_some((m.family, m.path, m.print)));
            pairing.groups(Evidence::Same, |m| Some((m.rule, m.path, m.scope, m.tokens)));
            pairing.groups(Evidence::Renamed, |m| Some((m.family, m.path, m.scope, m.tokens)));
            pairing.same_places();
            pairing.groups(Evidence::Moved, |m| Some((m.family, m.path, m.tokens)));
        }
        pairing
    }

    /// Pairs what one side saw with its source and the other without: their hashes do not compare, their places do.
    fn same_places(&mut self) {
        for sourced in [true, false] {
            self.groups_by(Evidence::Place, |mark, known| {
                (mark.sourced == (sourced ^ known)).then_some((
                    mark.rule,
                    mark.path,
                    mark.line,
                    mark.line != 0,
                ))
            });
        }
    }

    /// Pairs what is left over files: the same code in a renamed one. A file's claims go where most of them can go.
    pub(super) fn across(&mut self) {
        self.unique(Evidence::Print, |m| (m.print != 0).then_some((m.family, m.print)));
        self.renames();
        self.unique(Evidence::File, |m| (m.tokens != 0).then_some((m.family, m.scope, m.tokens)));
    }

    /// Pairs what is left in the same scope: its code has changed, so any verdict on it turns stale. `likeness` says
    /// how much of a claim's statement stands in a finding's, from 0 to 1, where both are known.
    pub(super) fn nearest(&mut self, likeness: &mut dyn FnMut(usize, usize) -> Option<f32>) {
        let mut groups: Groups<(u64, u32, u64)> = FxHashMap::default();
        for index in self.free_claims() {
            if let Some(mark) = self.claims.get(index) {
                groups.entry((mark.family, mark.path, mark.scope)).or_default().0.push(index);
            }
        }
        for index in self.free_known() {
            if let Some(mark) = self.known.get(index).filter(|mark| !mark.gone)
                && let Some(group) = groups.get_mut(&(mark.family, mark.path, mark.scope))
            {
                group.1.push(index);
            }
        }
        // File by file: whoever compares statements has two versions of it open.
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|&((family, path, scope), _)| (path, scope, family));
        for ((_, _, scope), (claims, known)) in groups {
            self.nearest_of(scope, &claims, &known, likeness);
        }
    }

    fn nearest_of(
        &mut self,
        scope: u64,
        claims: &[usize],
        known: &[usize],
        likeness: &mut dyn FnMut(usize, usize) -> Option<f32>,
    ) {
        // Without a scope a file is one large scope: only what stands where it is expected is near enough.
        let reach = if scope == 0 { 3 } else { u32::MAX };
        let mut free = Free::new(known.iter().filter_map(|&finding| {
            let mark = self.known.get(finding)?;
            Some((if mark.expected != 0 { mark.expected } else { mark.line }, finding))
        }));
        for &claim in claims {
            let Some(mark) = self.claims.get(claim) else { continue };
            // The nearest, and how many are as near as it is.
            let mut nearest: Option<(u32, usize, usize)> = None;
            let mut tied = false;
            for (distance, finding, at) in free.around(mark.line).take(LOOKED_AT) {
                if distance > reach || nearest.is_some_and(|(least, ..)| distance > least) {
                    break;
                }
                // Identical code was left unpaired because twins cannot be told apart: nearness does not tell either.
                if self.known.get(finding).is_none_or(|known| known.tokens == mark.tokens) {
                    continue;
                }
                if likeness(claim, finding).is_some_and(|share| share < LIKE) {
                    continue;
                }
                tied = nearest.is_some();
                if tied {
                    break;
                }
                nearest = Some((distance, finding, at));
            }
            if let Some((_, finding, at)) = nearest.filter(|_| !tied) {
                self.pair(claim, finding, Evidence::Nearest);
                free.take(at);
            }
        }
    }

    /// Files whose claims all vanished against files that are new: each new file takes the old one with which it
    /// shares the most code, then pairs as if both had one name.
    fn renames(&mut self) {
        let mut old: FxHashMap<(u64, u64), Vec<u32>> = FxHashMap::default();
        for index in self.free_known() {
            if let Some(mark) = self.known.get(index) {
                old.entry((mark.family, mark.tokens)).or_default().push(mark.path);
            }
        }
        let mut shared: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        for index in self.free_claims() {
            let Some(mark) = self.claims.get(index) else { continue };
            let Some(paths) = old.get(&(mark.family, mark.tokens)) else { continue };
            if paths.len() > EVERYWHERE {
                continue;
            }
            let mut paths: Vec<u32> = paths.iter().copied().filter(|path| *path != mark.path).collect();
            paths.sort_unstable();
            paths.dedup();
            for path in paths {
                *shared.entry((mark.path, path)).or_default() += 1;
            }
        }
        let mut votes: Vec<(u32, u32, u32)> =
            shared.into_iter().map(|((to, from), n)| (n, to, from)).collect();
        votes.sort_unstable_by_key(|&(n, to, from)| (std::cmp::Reverse(n), to, from));
        let mut new_name: FxHashMap<u32, u32> = FxHashMap::default();
        let mut used: rustc_hash::FxHashSet<u32> = rustc_hash::FxHashSet::default();
        // How many votes of a number a file has, on either side.
        let mut of_to: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        let mut of_from: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        for &(n, to, from) in &votes {
            *of_to.entry((n, to)).or_default() += 1;
            *of_from.entry((n, from)).or_default() += 1;
        }
        let several = |of: &FxHashMap<(u32, u32), u32>, key| of.get(&key).is_some_and(|&count| count > 1);
        let tie = |n: u32, to: u32, from: u32| several(&of_to, (n, to)) || several(&of_from, (n, from));
        for &(n, to, from) in votes.iter().take(10_000) {
            if !used.contains(&to) && !new_name.contains_key(&from) && !tie(n, to, from) {
                new_name.insert(from, to);
                used.insert(to);
            }
        }
        if new_name.is_empty() {
            return;
        }
        let named = |mark: &Mark, is_known: bool| {
            if is_known {
                new_name.get(&mark.path).copied()
            } else {
                used.contains(&mark.path).then_some(mark.path)
            }
        };
        self.groups_by(Evidence::File, |mark, known| {
            Some((mark.family, u64::from(named(mark, known)?), mark.scope, mark.tokens))
        });
        self.groups_by(Evidence::File, |mark, known| {
            Some((mark.family, u64::from(named(mark, known)?), 0, mark.tokens))
        });
    }

    /// The findings that nothing was paired with.
    pub(super) fn free_known(&self) -> Vec<usize> {
        (0..self.known.len()).filter(|&index| self.taken.get(index) == Some(&false)).collect()
    }

    fn free_claims(&self) -> Vec<usize> {
        (0..self.claims.len()).filter(|&index| matches!(self.of_claim.get(index), Some(None))).collect()
    }

    fn pair(&mut self, claim: usize, finding: usize, evidence: Evidence) {
        if let (Some(of), Some(taken)) = (self.of_claim.get_mut(claim), self.taken.get_mut(finding))
            && of.is_none()
            && !*taken
        {
            *of = Some((finding, evidence));
            *taken = true;
        }
    }

    /// Pairs what shares a key that neither side has twice.
    fn unique<K: std::hash::Hash + Eq>(&mut self, evidence: Evidence, key: impl Fn(&Mark) -> Option<K>) {
        let groups = self.by_key(|mark, _| key(mark));
        for (claims, known) in groups.into_values() {
            if let ([claim], [finding]) = (claims.as_slice(), known.as_slice()) {
                self.pair(*claim, *finding, evidence);
            }
        }
    }

    fn groups<K: std::hash::Hash + Eq>(&mut self, evidence: Evidence, key: impl Fn(&Mark) -> Option<K>) {
        self.groups_by(evidence, |mark, _| key(mark));
    }

    fn groups_by<K: std::hash::Hash + Eq>(
        &mut self,
        evidence: Evidence,
        key: impl Fn(&Mark, bool) -> Option<K>,
    ) {
        for (claims, known) in self.by_key(key).into_values() {
            self.twins(evidence, claims, known);
        }
    }

    fn by_key<K: std::hash::Hash + Eq>(&self, key: impl Fn(&Mark, bool) -> Option<K>) -> Groups<K> {
        let mut groups: Groups<K> = FxHashMap::default();
        for index in self.free_known() {
            if let Some(key) = self.known.get(index).and_then(|mark| key(mark, true)) {
                groups.entry(key).or_default().1.push(index);
            }
        }
        for index in self.free_claims() {
            if let Some(key) = self.claims.get(index).and_then(|mark| key(mark, false))
                && let Some(group) = groups.get_mut(&key)
            {
                group.0.push(index);
            }
        }
        groups.retain(|_, (claims, known)| !claims.is_empty() && !known.is_empty());
        groups
    }

    /// Pairs claims and findings whose code is identical: by the lines around them, by the file's line map, by the
    /// very line, and in order where there are as many on either side.
    fn twins(&mut self, evidence: Evidence, mut claims: Vec<usize>, mut known: Vec<usize>) {
        if let ([claim], [finding]) = (claims.as_slice(), known.as_slice()) {
            self.pair(*claim, *finding, evidence);
            return;
        }
        // Before the line map: of two identical blocks a diff may take either for the one that stayed.
        self.settle(evidence, &mut claims, &mut known, |mark, _| {
            (mark.around != 0).then_some((mark.around, u64::from(mark.rule)))
        });
        self.settle(evidence, &mut claims, &mut known, |mark, is_known| {
            let line = if is_known { mark.expected } else { mark.line };
            (line != 0).then_some((u64::from(line), u64::from(mark.rule)))
        });
        self.settle(evidence, &mut claims, &mut known, |mark, _| {
            (mark.line != 0).then_some((u64::from(mark.line), u64::from(mark.col)))
        });
        // Several results of one rule at one place.
        self.settle(evidence, &mut claims, &mut known, |mark, _| {
            (mark.content != 0).then_some((mark.content, u64::from(mark.line) << 32 | u64::from(mark.col)))
        });
        if claims.len() == known.len() {
            let position = |mark: Option<&Mark>| mark.map(|mark| (mark.line, mark.col, mark.rule));
            claims.sort_by_key(|&index| position(self.claims.get(index)));
            known.sort_by_key(|&index| position(self.known.get(index)));
            for (claim, finding) in claims.into_iter().zip(known) {
                self.pair(claim, finding, evidence);
            }
        }
    }

    /// Pairs those of a group that share a key neither side has twice, and takes them out of it.
    fn settle(
        &mut self,
        evidence: Evidence,
        claims: &mut Vec<usize>,
        known: &mut Vec<usize>,
        key: impl Fn(&Mark, bool) -> Option<(u64, u64)>,
    ) {
        if claims.is_empty() || known.is_empty() {
            return;
        }
        let mut seen: FxHashMap<(u64, u64), (Vec<usize>, Vec<usize>)> = FxHashMap::default();
        for &index in known.iter() {
            if let Some(key) = self.known.get(index).and_then(|mark| key(mark, true)) {
                seen.entry(key).or_default().1.push(index);
            }
        }
        for &index in claims.iter() {
            if let Some(key) = self.claims.get(index).and_then(|mark| key(mark, false)) {
                seen.entry(key).or_default().0.push(index);
            }
        }
        for (of_claims, of_known) in seen.into_values() {
            if let ([claim], [finding]) = (of_claims.as_slice(), of_known.as_slice()) {
                self.pair(*claim, *finding, evidence);
            }
        }
        claims.retain(|&index| matches!(self.of_claim.get(index), Some(None)));
        known.retain(|&index| self.taken.get(index) == Some(&false));
    }
}

/// How many findings around a claim are looked at: what has so many nearer ones is not the nearest.
const LOOKED_AT: usize = 64;

#[cfg(test)]
mod tests;
