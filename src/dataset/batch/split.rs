//! Which sample goes into which split, so that nothing in one gives away what is in another.
//!
//! Samples that share a key (their file, where asked their project) and samples that are nearly the same (MinHash over
//! runs of normalised tokens, so layout, comments and the file's name do not matter) make one piece, and a piece is never
//! parted. Pieces are dealt to the splits sort by sort, in an order drawn from the seed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::dataset::random::Random;
use crate::domain::short_hash;
use crate::text::{Family, tokens};

/// Tokens of a run that is hashed together.
const RUN: usize = 5;
/// Hashes kept of a sample: bands of so many rows.
const BANDS: usize = 32;
const ROWS: usize = 4;
/// From this likeness of their runs on, two samples are nearly the same.
const ALIKE: f64 = 0.6;

/// Hashes that a sample is held together with others by.
const KEYS: usize = 3;

/// Comparisons that a crowd of samples with the same band may take for each of its samples.
const COMPARED: usize = 512;

/// A part of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To train on.
    Train,
    /// To choose by while training.
    Validation,
    /// To judge by once, at the end.
    Test,
}

impl Split {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The word in files' names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// How large the splits are, as shares of the whole; the rest is to train on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// Of the validation split.
    pub validation: f64,
    /// Of the test split.
    pub test: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { validation: 0.1, test: 0.1 }
    }
}

/// The hashes that are kept of a sample's code.
type Sketch = [u32; BANDS * ROWS];

/// A sample, as far as its split depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// The hash of its name.
    pub name: u64,
    /// What it may share with others of one split alone: hashes of its file, its project, of cases that are nearly the same,
    /// each at its place; 0 is none.
    pub keys: [u64; KEYS],
    /// What sort it is, such as its weakness and verdict: each sort is dealt to all splits.
    pub sort: u64,
    sketch: Option<Box<Sketch>>,
}

impl Item {
    /// A sample of some code; what has no code is like nothing.
    #[must_use]
    pub fn new(
        name: &str,
        keys: impl IntoIterator<Item = u64>,
        sort: u64,
        code: Option<(&str, Family)>,
    ) -> Self {
        let sketch = code.and_then(|(code, family)| sketch(code, family));
        let mut own = [0; KEYS];
        own.iter_mut().zip(keys).for_each(|(own, key)| *own = key);
        Self { name: short_hash(&[name.as_bytes()]), keys: own, sort, sketch }
    }
}

/// For each of many hash functions, the smallest hash of any run of tokens. Two samples have as large a part of these in
/// common as their runs are alike.
fn sketch(code: &str, family: Family) -> Option<Box<Sketch>> {
    let keys: Vec<u64> = tokens(code, family).map(|token| token.key()).collect();
    if keys.is_empty() {
        return None;
    }
    let mut least = Box::new([u32::MAX; BANDS * ROWS]);
    for run in keys.windows(RUN.min(keys.len())) {
        let run = run.iter().fold(keys.len().min(RUN) as u64, |hash, key| mixed(hash ^ key));
        let (one, other) = (run, mixed(run) | 1);
        for (place, slot) in (0_u64..).zip(least.iter_mut()) {
            // Two hashes make as many as are wanted (Kirsch and Mitzenmacher).
            let hash = (mixed(one.wrapping_add(place.wrapping_mul(other))) >> 32) as u32;
            *slot = (*slot).min(hash);
        }
    }
    Some(least)
}

const fn mixed(number: u64) -> u64 {
    Random::new(number).next()
}

/// Deals samples to splits.
#[must_use]
pub fn assign(items: &[Item], shares: Shares, seed: u64) -> Vec<Split> {
    let mut pieces = Pieces::new(items.len());
    join_by_keys(items, &mut pieces);
    join_alike(items, &mut pieces);
    // Numbers and ranges of them: most pieces are of one sample, and a list for each would be a hundred megabytes.
    let mut order: Vec<u32> = (0..pieces.len()).collect();
    order.sort_unstable_by_key(|&at| (pieces.root(at as usize), at));
    let name = |at: u32| items.get(at as usize).map_or(0, |item| item.name);
    let sort = |at: u32| items.get(at as usize).map_or(0, |item| item.sort);
    let mut dealt: Vec<(u64, u64, Range<u32>)> = Vec::new();
    let mut start = 0;
    for members in order.chunk_by(|one, next| pieces.root(*one as usize) == pieces.root(*next as usize)) {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        members.iter().for_each(|&at| *counts.entry(sort(at)).or_default() += 1);
        // A piece is of the sort that most of it is of.
        let most = counts.iter().max_by_key(|(sort, count)| (**count, **sort)).map_or(0, |(sort, _)| *sort);
        let least = members.iter().map(|&at| name(at)).min().unwrap_or_default();
        dealt.push((most, mixed(least ^ mixed(seed)), start..start + members.len() as u32));
        start += members.len() as u32;
    }
    dealt.sort_unstable_by_key(|(sort, drawn, range)| (*sort, *drawn, range.start));
    let mut splits = vec![Split::Train; items.len()];
    // What one sort could not be dealt evenly, the next makes up for.
    let mut owed = [0.0_f64; 3];
    let parts = [(1.0 - shares.validation - shares.test).max(0.0), shares.validation, shares.test];
    for (_, _, range) in dealt {
        let members = order.get(range.start as usize..range.end as usize).unwrap_or_default();
        let size = members.len() as f64;
        owed.iter_mut().zip(parts).for_each(|(owed, part)| *owed += part * size);
        // To whom most is owed; of a large piece that is train as long as train is the largest.
        let to = (0..3).max_by(|a, b| {
            let of = |at: usize| owed.get(at).copied().unwrap_or_default();
            of(*a).total_cmp(&of(*b)).then(b.cmp(a))
        });
        let to = to.unwrap_or_default();
        if let (Some(owed), Some(&split)) = (owed.get_mut(to), Split::ALL.get(to)) {
            *owed -= size;
            members.iter().for_each(|&at| {
                if let Some(slot) = splits.get_mut(at as usize) {
                    *slot = split;
                }
            });
        }
    }
    splits
}

fn join_by_keys(items: &[Item], pieces: &mut Pieces) {
    // One sort of key after the other: together they would take a table of twice the size.
    for which in 0..KEYS {
        let mut first: FxHashMap<u64, u32> = FxHashMap::default();
        for (at, item) in (0..).zip(items) {
            if let Some(&key) = item.keys.get(which).filter(|key| **key != 0) {
                pieces.join(*first.entry(key).or_insert(at) as usize, at as usize);
            }
        }
    }
}

/// A sample among those that share a band with it.
#[derive(Clone, Copy)]
struct Sharing<'i> {
    at: usize,
    sketch: &'i Sketch,
}

/// The samples that share each band, of several at least and copies of one another side by side, in an order that does not
/// depend on that of the items. Whoever is nearly the same as another shares a band with it, but for about one in a hundred
/// of those that are as little alike as still counts.
fn each_shared_band<'i>(items: &'i [Item], mut take: impl FnMut(&[Sharing<'i>])) {
    let hash = |rows: &[u32]| rows.iter().fold(0, |hash, row| mixed(hash ^ u64::from(*row)));
    let sketches = (0..).zip(items).filter_map(|(at, item)| Some((at, item.sketch.as_deref()?)));
    let all: Vec<(u64, u32, &Sketch)> =
        sketches.map(|(at, sketch): (u32, _)| (hash(sketch), at, sketch)).collect();
    let mut order: Vec<(u64, u64, u32)> = Vec::with_capacity(all.len());
    let mut shared: Vec<Sharing<'i>> = Vec::new();
    for band in 0..BANDS {
        order.clear();
        order.extend((0..).zip(&all).map(|(place, (whole, _, sketch))| {
            (hash(sketch.get(band * ROWS..(band + 1) * ROWS).unwrap_or_default()), *whole, place)
        }));
        order.sort_unstable();
        for some in order.chunk_by(|one, next| one.0 == next.0).filter(|some| some.len() > 1) {
            shared.clear();
            shared.extend(some.iter().filter_map(|&(.., place)| {
                all.get(place as usize).map(|&(_, at, sketch)| Sharing { at: at as usize, sketch })
            }));
            take(&shared);
        }
    }
}

/// Joins what shares a band and is nearly the same: every two are compared, or, where that would take too long for a crowd,
/// all of it is one piece. So no two that [`parted`] finds nearly the same are ever in two pieces.
fn join_alike(items: &[Item], pieces: &mut Pieces) {
    each_shared_band(items, |shared| {
        let mut left = shared.len() * COMPARED;
        // Those before: of each piece one sample, and what is compared.
        let mut known: Vec<(usize, Vec<&Sketch>)> = Vec::new();
        for copies in shared.chunk_by(|one, next| one.sketch == next.sketch) {
            let Some(&Sharing { at, sketch }) = copies.first() else { continue };
            copies.iter().for_each(|copy| pieces.join(at, copy.at));
            let mut own = None;
            for (number, (other, members)) in known.iter().enumerate() {
                if pieces.root(*other) == pieces.root(at) {
                    own = Some(number);
                    left = left.saturating_sub(1);
                    continue;
                }
                let alike = members.iter().position(|other| likeness(other, sketch) >= ALIKE);
                left = left.saturating_sub(alike.map_or(members.len(), |at| at + 1));
                if alike.is_some() {
                    pieces.join(*other, at);
                    own = Some(number);
                }
            }
            if left == 0 {
                shared.iter().for_each(|other| pieces.join(at, other.at));
                return;
            }
            match own.and_then(|number| known.get_mut(number)) {
                Some((_, members)) => members.push(sketch),
                None => known.push((at, vec![sketch])),
            }
        }
    });
}

/// The samples that are nearly the same as one in another split: what dealing them was to prevent. Looks at the splits as
/// they are, and not at how they came to be, and compares every two of different splits that share a band.
#[must_use]
pub fn parted(items: &[Item], splits: &[Split]) -> Vec<usize> {
    let split = |at: usize| splits.get(at).copied().unwrap_or(Split::Train);
    let mut found = vec![false; items.len()];
    each_shared_band(items, |shared| {
        let of = |own: Split| shared.iter().filter(move |it| split(it.at) == own).map(|it| it.sketch);
        if Split::ALL.into_iter().filter(|&own| of(own).next().is_some()).count() < 2 {
            return;
        }
        let distinct = Split::ALL.map(|own| {
            let mut sketches: Vec<&Sketch> = of(own).collect();
            // Copies stand side by side, and one of them is enough to be compared with.
            sketches.dedup();
            (own, sketches)
        });
        for Sharing { at, sketch } in shared.iter().filter(|it| split(it.at) != Split::Train) {
            let others = distinct.iter().filter(|(own, _)| *own != split(*at));
            let mut others = others.flat_map(|(_, sketches)| sketches);
            if let Some(slot) = found.get_mut(*at).filter(|slot| !**slot) {
                *slot = others.any(|other| likeness(other, sketch) >= ALIKE);
            }
        }
    });
    found.into_iter().enumerate().filter_map(|(at, found)| found.then_some(at)).collect()
}

fn likeness(one: &Sketch, other: &Sketch) -> f64 {
    let same = one.iter().zip(other).filter(|(one, other)| one == other).count();
    same as f64 / (BANDS * ROWS) as f64
}

/// Which samples hang together.
struct Pieces(Vec<Cell<u32>>);

impl Pieces {
    fn new(count: usize) -> Self {
        Self((0..u32::try_from(count).unwrap_or(u32::MAX)).map(Cell::new).collect())
    }

    fn len(&self) -> u32 {
        self.0.len() as u32
    }

    fn root(&self, at: usize) -> usize {
        let mut at = at;
        while let Some(cell) = self.0.get(at) {
            let above = cell.get() as usize;
            if above == at {
                break;
            }
            // Half of the way is cut off for whoever comes after.
            cell.set(self.0.get(above).map_or(above as u32, Cell::get));
            at = above;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(cell) = self.0.get(one.max(other)) {
            cell.set(one.min(other) as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A function of some forty tokens that no other number has.
    fn function(number: usize) -> String {
        let mut random = Random::new(number as u64);
        let mut text = format!("def f{number}(a, b):\n");
        for _ in 0..6 {
            let (left, right, by) = (random.next() % 5000, random.next() % 5000, random.next() % 9000);
            text.push_str(&format!("    v{left} = call{right}(v{by}, {}) + a\n", random.next() % 7000));
        }
        text + "    return b\n"
    }

    fn reformatted(text: &str) -> String {
        text.replace("    ", "\t").replace(", ", ",").replace(" + a", "  +  a  # as before")
    }

    fn edited(text: &str) -> String {
        text.replace("return b", "return a")
    }

    fn item(name: &str, file: &str, code: &str) -> Item {
        let sort = short_hash(&[&code.as_bytes()[..6]]) % 7;
        Item::new(name, vec![short_hash(&[file.as_bytes()])], sort, Some((code, Family::Hash)))
    }

    #[test]
    fn of_ten_thousand_samples_no_copy_renamed_reformatted_or_edited_is_in_another_split() {
        let mut items = Vec::new();
        // Which sample each is a copy of.
        let mut origin = Vec::new();
        for number in 0..6000 {
            let code = function(number);
            let file = format!("src/f{}.py", number / 2);
            items.push(item(&format!("s{number}"), &file, &code));
            origin.push(number);
            let copy = match number % 9 {
                0 => code.clone(),
                1 => reformatted(&code),
                2 => edited(&code),
                3 => edited(&reformatted(&code)),
                4 => format!("# moved\n{code}\n\n"),
                5 => reformatted(&edited(&code)),
                _ => continue,
            };
            items.push(item(&format!("c{number}"), &format!("lib/copy{number}.py"), &copy));
            origin.push(number);
        }
        assert!(items.len() >= 10_000, "{}", items.len());
        let mut dealt_blindly = vec![Split::Train; items.len()];
        dealt_blindly.iter_mut().step_by(7).for_each(|split| *split = Split::Test);
        assert!(parted(&items, &dealt_blindly).len() > 300, "a deal that looks at nothing parts copies");
        for seed in 0..3 {
            let splits = assign(&items, Shares::default(), seed);
            assert_eq!(parted(&items, &splits), Vec::<usize>::new());
            let mut of: BTreeMap<usize, Split> = BTreeMap::new();
            for (at, &split) in splits.iter().enumerate() {
                // Two functions share a file.
                assert_eq!(*of.entry(origin[at] / 2).or_insert(split), split, "{}", origin[at]);
            }
            let count = |wanted: Split| splits.iter().filter(|split| **split == wanted).count() as f64;
            for split in [Split::Validation, Split::Test] {
                let share = count(split) / items.len() as f64;
                assert!((share - 0.1).abs() < 0.01, "{split:?}: {share}");
            }
        }
    }

    /// A sample that shares the first band with all others of the crowd and of every other band `rows` rows with those of its
    /// group, but no whole one.
    fn crowded(number: u32, group: u32, rows: usize) -> Item {
        let mut sketch = Box::new([0; BANDS * ROWS]);
        for (at, slot) in sketch.iter_mut().enumerate().skip(ROWS) {
            let own = if at % ROWS < rows { group } else { 1_000_000 + number };
            *slot = short_hash(&[&own.to_le_bytes(), &at.to_le_bytes()]) as u32;
        }
        Item { name: short_hash(&[&number.to_le_bytes()]), sketch: Some(sketch), ..Item::default() }
    }

    /// The samples outside the first split that share a band with one of another and are nearly the same, by comparing all
    /// with all.
    fn parted_by_all(items: &[Item], splits: &[Split]) -> Vec<usize> {
        let sketch = |at: usize| items[at].sketch.as_deref().unwrap();
        let shares = |one: &Sketch, other: &Sketch| {
            one.chunks(ROWS).zip(other.chunks(ROWS)).any(|(one, other)| one == other)
        };
        let alike = |at: usize, other: usize| {
            splits[at] != splits[other]
                && shares(sketch(at), sketch(other))
                && likeness(sketch(at), sketch(other)) >= ALIKE
        };
        let outside = (0..items.len()).filter(|at| splits[*at] != Split::Train);
        outside.filter(|&at| (0..items.len()).any(|other| alike(at, other))).collect()
    }

    #[test]
    fn in_a_crowd_that_shares_a_band_no_two_that_are_nearly_the_same_are_in_different_splits() {
        // Three of four rows beside the band: 97 of 128 are the same, of whoever is not of the pair four.
        let pairs: Vec<Item> = (0..1000).map(|number| crowded(number, number % 500, 3)).collect();
        let mut pieces = Pieces::new(pairs.len());
        join_alike(&pairs, &mut pieces);
        assert!((0..1000).all(|at| pieces.root(at) == at % 500), "each with its copy and with nobody else");
        let one: Vec<Item> = (0..1000).map(|number| crowded(number, 7, 3)).collect();
        for items in [pairs, one] {
            let splits = assign(&items, Shares::default(), 1);
            assert_eq!(parted(&items, &splits), Vec::<usize>::new());
            assert_eq!(parted_by_all(&items, &splits), Vec::<usize>::new());
            let mut blindly = vec![Split::Train; items.len()];
            blindly.iter_mut().step_by(3).for_each(|split| *split = Split::Test);
            blindly.iter_mut().step_by(7).for_each(|split| *split = Split::Validation);
            assert_eq!(parted(&items, &blindly), parted_by_all(&items, &blindly), "what is apart is found");
        }
    }

    #[test]
    fn a_crowd_too_large_to_be_compared_is_one_piece() {
        let count = COMPARED as u32 * 2 + 200;
        let crowd: Vec<Item> = (0..count).map(|number| crowded(number, number, 3)).collect();
        let mut pieces = Pieces::new(crowd.len());
        join_alike(&crowd, &mut pieces);
        assert!((0..crowd.len()).all(|at| pieces.root(at) == 0), "it is not said that they are unlike");
        // Copies take one comparison each, however many they are.
        let mut copies: Vec<Item> = (0..count * 4).map(|_| crowded(1, 1, 3)).collect();
        copies.push(crowded(2, 2, 3));
        let mut pieces = Pieces::new(copies.len());
        join_alike(&copies, &mut pieces);
        let last = copies.len() - 1;
        assert!((0..last).all(|at| pieces.root(at) == 0) && pieces.root(last) == last);
    }

    #[test]
    fn unlike_samples_stay_apart_and_a_project_stays_together_where_asked() {
        let code = |number| function(number);
        let items: Vec<Item> = (0..100)
            .map(|number| Item::new(&format!("{number}"), vec![], 0, Some((&code(number), Family::Hash))))
            .collect();
        let mut pieces = Pieces::new(100);
        join_alike(&items, &mut pieces);
        assert!((0..100).all(|at| pieces.root(at) == at), "nothing is like another");
        let project = |number: usize| vec![(number % 4 + 1) as u64];
        let items: Vec<Item> =
            (0..100).map(|number| Item::new(&format!("{number}"), project(number), 0, None)).collect();
        let splits = assign(&items, Shares { validation: 0.25, test: 0.25 }, 1);
        assert!((0..100).all(|at| splits[at] == splits[at % 4]));
    }

    proptest! {
        #[test]
        fn the_same_seed_deals_the_same_whatever_the_order_and_each_sort_comes_in_every_split(
            seed: u64,
            sorts in 1_u64..4,
        ) {
            let items: Vec<Item> =
                (0..600).map(|number| Item::new(&format!("s{number}"), vec![], number % sorts, None)).collect();
            let splits = assign(&items, Shares::default(), seed);
            let turned: Vec<Item> = items.iter().rev().cloned().collect();
            let mut other = assign(&turned, Shares::default(), seed);
            other.reverse();
            prop_assert_eq!(&splits, &other);
            for sort in 0..sorts {
                for split in Split::ALL {
                    let of = items.iter().zip(&splits).filter(|(item, it)| item.sort == sort && **it == split);
                    let wanted = if split == Split::Train { 0.8 } else { 0.1 } * 600.0 / sorts as f64;
                    prop_assert!((of.count() as f64 - wanted).abs() <= 2.0);
                }
            }
        }
    }
}
