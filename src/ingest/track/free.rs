//! The findings that are still free, asked for from a line outwards.

/// The findings of a scope that have no claim yet, by where they are expected.
pub(super) struct Free {
    /// Line and finding, sorted.
    all: Vec<(u32, usize)>,
    /// For each, the next that is free at or behind it, and at or before it, as far as was looked.
    up: Vec<usize>,
    down: Vec<usize>,
}

impl Free {
    pub(super) fn new(all: impl Iterator<Item = (u32, usize)>) -> Self {
        let mut all: Vec<(u32, usize)> = all.collect();
        all.sort_unstable();
        // One more than there are, on either side, stands for none.
        let up = (0..=all.len()).collect();
        let down = (0..=all.len()).collect();
        Self { all, up, down }
    }

    /// From a line outwards, the nearest first: the distance, the finding and where it stands here.
    pub(super) fn around(&mut self, line: u32) -> impl Iterator<Item = (u32, usize, usize)> {
        let from = self.all.partition_point(|&(expected, _)| expected < line);
        let (mut above, mut below) = (next(&mut self.up, from), next(&mut self.down, from));
        std::iter::from_fn(move || {
            let after = self.all.get(above).map(|&(expected, finding)| (expected - line, finding, above));
            let before = below.checked_sub(1).and_then(|at| self.all.get(at));
            let before = before.map(|&(expected, finding)| (line - expected, finding, below - 1));
            match (before, after) {
                (Some(before), after) if after.is_none_or(|after| before.0 <= after.0) => {
                    below = next(&mut self.down, below - 1);
                    Some(before)
                }
                (_, after) => {
                    above = next(&mut self.up, above + 1);
                    after
                }
            }
        })
    }

    /// Takes one out.
    pub(super) fn take(&mut self, at: usize) {
        if let Some(slot) = self.up.get_mut(at) {
            *slot = at + 1;
        }
        if let Some(slot) = self.down.get_mut(at + 1) {
            *slot = at;
        }
    }
}

/// Follows links to where they end, and shortens them.
fn next(links: &mut [usize], from: usize) -> usize {
    let mut end = from;
    while let Some(&to) = links.get(end).filter(|&&to| to != end) {
        end = to;
    }
    let mut at = from;
    while let Some(slot) = links.get_mut(at).filter(|slot| **slot != end) {
        at = std::mem::replace(slot, end);
    }
    end
}
