//! Owns the difference between two texts: which line went where, and the diff a person reads.
//!
//! Never says that two lines are the same when their text differs, be it by white space; that is for tokens.
//! Invariants: a line map is one-to-one and rises; the work is bounded by the number of lines and never by a clock,
//! so that every machine gives the same answer. Past the bound equal lines may go unmatched; none is matched wrongly.

use std::fmt::Write as _;
use std::ops::Range;

use similar::udiff::UnifiedHunkHeader;
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, group_diff_ops};

use super::{LineIndex, visible};

/// Between their common beginning and end, texts of more lines than this together are not compared. 80,000 lines
/// made to be slow take 1.5 s without optimisation; a clock would cut off elsewhere on each machine.
const COMPARED_LINES: usize = 100_000;

/// Which line of an old text is which line of a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineMap {
    /// Runs of equal lines, in order of both texts.
    runs: Vec<Run>,
    old_lines: u32,
    new_lines: u32,
}

/// Lines from `old` on are the lines from `new` on, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    old: u32,
    new: u32,
    len: u32,
}

impl LineMap {
    /// Compares two texts line by line. Line breaks of different kinds are the same.
    #[must_use]
    pub fn between(old: &str, new: &str) -> Self {
        let (old, new) = (LineIndex::new(old), LineIndex::new(new));
        let (old_lines, new_lines) = (old.count(), new.count());
        let texts = |index: &LineIndex<'_>| -> Vec<u64> {
            // Lines are compared by hash: a one-line file of megabytes is then looked at once.
            (1..=index.count()).map(|line| key(index.line(line).unwrap_or_default())).collect()
        };
        let ops = compare(&texts(&old), &texts(&new));
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let runs = ops
            .into_iter()
            .filter_map(|op| match op {
                DiffOp::Equal { old_index, new_index, len } => {
                    Some(Run { old: number(old_index) + 1, new: number(new_index) + 1, len: number(len) })
                }
                _ => None,
            })
            .collect();
        Self { runs, old_lines, new_lines }
    }

    /// Where an old line stands now; `None` where it was changed or deleted.
    #[must_use]
    pub fn new_line(&self, old_line: u32) -> Option<u32> {
        let run = self.run_at_or_before(old_line)?;
        let within = old_line - run.old;
        (within < run.len).then(|| run.new + within)
    }

    /// Where an old line would stand now: its place if it is still there, else as far from the nearest line that is
    /// as it was before, inside the new text. An estimate, for looking around it.
    #[must_use]
    pub fn shifted(&self, old_line: u32) -> u32 {
        let old_line = old_line.clamp(1, self.old_lines.max(1));
        if let Some(line) = self.new_line(old_line) {
            return line;
        }
        let before = self.run_at_or_before(old_line);
        let next = self.runs.get(self.runs.partition_point(|run| run.old <= old_line));
        let from_before =
            before.map(|run| (old_line - (run.old + run.len - 1), i64::from(run.new) - i64::from(run.old)));
        let from_next = next.map(|run| (run.old - old_line, i64::from(run.new) - i64::from(run.old)));
        let shift = match (from_before, from_next) {
            (Some((near, shift)), Some((far, _))) if near <= far => shift,
            (_, Some((_, shift))) | (Some((_, shift)), None) => shift,
            (None, None) => 0,
        };
        let line = (i64::from(old_line) + shift).clamp(1, i64::from(self.new_lines.max(1)));
        u32::try_from(line).unwrap_or(1)
    }

    /// How many old lines are still there.
    #[must_use]
    pub fn kept(&self) -> u32 {
        self.runs.iter().map(|run| run.len).sum()
    }

    fn run_at_or_before(&self, old_line: u32) -> Option<&Run> {
        self.runs.get(self.runs.partition_point(|run| run.old <= old_line).checked_sub(1)?)
    }
}

fn key(line: &str) -> u64 {
    // Equal hashes are taken for equal lines, so the hash must not be one that a hostile file can aim at.
    u64::from_le_bytes(*blake3::hash(line.as_bytes()).as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]))
}

/// The steps from one sequence of lines to another.
fn compare(old: &[u64], new: &[u64]) -> Vec<DiffOp> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(prefix..).unwrap_or_default(), new.get(prefix..).unwrap_or_default());
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (old_rest.len() - suffix, new_rest.len() - suffix);
    if old_len + new_len <= COMPARED_LINES {
        return capture_diff_slices(Algorithm::Patience, old, new);
    }
    vec![
        DiffOp::Equal { old_index: 0, new_index: 0, len: prefix },
        DiffOp::Replace { old_index: prefix, old_len, new_index: prefix, new_len },
        DiffOp::Equal { old_index: prefix + old_len, new_index: prefix + new_len, len: suffix },
    ]
    .into_iter()
    .filter(|op| !matches!(op, DiffOp::Equal { len: 0, .. }))
    .collect()
}

/// The pieces in which two texts differ, as bytes of the old and of the new one: whole lines, ascending and apart.
/// Lines end with `\n` only, so that a change of line breaks shows.
#[must_use]
pub fn hunks(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let lines = |text: &str| -> (Vec<u64>, Vec<usize>) {
        let mut starts = vec![0];
        let keys = text.split_inclusive('\n').map(|line| {
            starts.push(starts.last().copied().unwrap_or_default() + line.len());
            key(line)
        });
        (keys.collect(), starts)
    };
    let ((old_keys, old_starts), (new_keys, new_starts)) = (lines(old), lines(new));
    let bytes = |starts: &[usize], lines: Range<usize>| {
        let at = |line: usize| starts.get(line).copied().unwrap_or_default();
        at(lines.start)..at(lines.end)
    };
    let mut hunks: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in compare(&old_keys, &new_keys) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (from, to) = (bytes(&old_starts, op.old_range()), bytes(&new_starts, op.new_range()));
        match hunks.last_mut().filter(|last| last.0.end == from.start && last.1.end == to.start) {
            Some(last) => (last.0.end, last.1.end) = (from.end, to.end),
            None => hunks.push((from, to)),
        }
    }
    hunks
}

/// A unified diff with three lines around each change, as `patch` and `git apply` read it; empty where nothing
/// changed. Lines end with `\n` only, so that a change of line breaks shows.
#[must_use]
pub fn unified(old: &str, new: &str, old_name: &str, new_name: &str) -> String {
    unified_around(old, new, (old_name, new_name), 3)
}

/// As [`unified`], with so many lines around each change.
#[must_use]
pub fn unified_around(old: &str, new: &str, (old_name, new_name): (&str, &str), around: usize) -> String {
    if old == new {
        return String::new();
    }
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let keys = |lines: &[&str]| -> Vec<u64> { lines.iter().map(|line| key(line)).collect() };
    let ops = compare(&keys(&old), &keys(&new));
    // A name with a line break in it would forge lines of the diff.
    let mut out = format!("--- {}\n+++ {}\n", visible(old_name), visible(new_name));
    for hunk in group_diff_ops(ops, around) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", UnifiedHunkHeader::new(&hunk));
        for change in hunk.iter().flat_map(|op| op.iter_changes(&old, &new)) {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            out.push_str(change.value());
            if !change.value().ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_followed_over_insertions_and_deletions() {
        let map = LineMap::between("a\nb\nc\nd\ne\n", "new\na\nb\nx\nd\r\ne\n");
        let lines: Vec<_> = (0..=7).map(|line| map.new_line(line)).collect();
        assert_eq!(lines, [None, Some(2), Some(3), None, Some(5), Some(6), Some(7), None]);
        assert_eq!(map.kept(), 5);
    }

    #[test]
    fn a_changed_line_is_looked_for_beside_its_neighbours() {
        let map = LineMap::between("a\nb\nc\n", "1\n2\na\nB\nc\n");
        assert_eq!((map.new_line(2), map.shifted(2)), (None, 4));
        assert_eq!(map.shifted(99), 6);
        assert_eq!(LineMap::between("a", "b").shifted(1), 1);
        assert_eq!(LineMap::default().shifted(7), 1);
    }

    #[test]
    fn a_unified_diff_reads_as_patch_expects() {
        let diff = unified("a\nb\nc\n", "a\nB\nc", "a/x.py", "b/x\n.py");
        assert_eq!(
            diff,
            "--- a/x.py\n+++ b/x␊.py\n@@ -1,3 +1,3 @@\n a\n-b\n-c\n+B\n+c\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("a", "a", "x", "x"), "");
        assert!(unified("a\r\n", "a\n", "x", "x").contains("-a\r\n+a\n"));
    }

    #[test]
    fn past_the_bound_only_beginning_and_end_are_matched() {
        let many = |c: &str| format!("{c}\n").repeat(COMPARED_LINES);
        let map = LineMap::between(&format!("a\n{}z\n", many("b")), &format!("a\n{}z\n", many("c")));
        assert_eq!(map.kept(), 3);
        assert_eq!(map.new_line(1), Some(1));
    }

    #[test]
    fn texts_without_anything_in_common_end_in_time() {
        let text =
            |salt: usize| -> String { (0..40_000).map(|i| format!("{}\n", (i * salt) % 7919)).collect() };
        let (old, new) = (text(31), text(57));
        let started = Instant::now();
        let map = LineMap::between(&old, &new);
        let _ = unified(&old, &new, "a", "b");
        // Generous: what is held back is minutes, not milliseconds.
        assert!(started.elapsed() < Duration::from_secs(30));
        assert!(map.kept() <= 40_001);
    }

    proptest! {
        #[test]
        fn a_map_is_one_to_one_rising_and_true(old in "([ab]\n){0,12}", new in "([ab]\r?\n){0,12}") {
            let map = LineMap::between(&old, &new);
            let (olds, news) = (LineIndex::new(&old), LineIndex::new(&new));
            let mut last = 0;
            for line in 1..=olds.count() {
                prop_assert!((1..=news.count()).contains(&map.shifted(line)));
                if let Some(now) = map.new_line(line) {
                    prop_assert!(now > last);
                    prop_assert_eq!(olds.line(line), news.line(now));
                    last = now;
                }
            }
        }
    }
}
