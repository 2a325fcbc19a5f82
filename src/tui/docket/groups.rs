//! A list in groups on the screen: which line is a heading and which a case, and what is folded.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::DocketScreen;
use crate::docket::{Grouping, Groups, Survey};
use crate::jobs::Request;
use crate::tui::bulk::spread;
use crate::tui::effect::Effect;

/// Groups of more cases are folded until they are asked for.
const OPEN_UP_TO: usize = 20;
/// Cases shown of a group that one is at the heading of.
const SAMPLE: usize = 8;

/// What stands on a line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The heading of a group.
    Heading(usize),
    /// A case, by its place in the list.
    Case(usize),
}

/// The groups of the list, and which of them are folded.
#[derive(Debug, Default)]
pub struct Outline {
    groups: Arc<Groups>,
    folded: Vec<bool>,
    /// How many are.
    count: usize,
    /// The lines of the groups as a Fenwick tree: a line's group, and a group's line, are found in a few steps however
    /// many groups there are, and folding one changes as few.
    sums: Vec<usize>,
    /// What the reviewer folded or unfolded, by name: it stays so when the list comes again.
    chosen: FxHashMap<String, bool>,
    /// Whether all were folded or unfolded at once.
    all: Option<bool>,
}

impl Outline {
    /// The groups; none where the list is not grouped.
    #[must_use]
    pub const fn groups(&self) -> &Arc<Groups> {
        &self.groups
    }

    /// Whether a group is folded.
    #[must_use]
    pub fn is_folded(&self, group: usize) -> bool {
        self.folded.get(group).copied().unwrap_or(false)
    }

    fn set(&mut self, groups: Arc<Groups>) {
        self.groups = groups;
        let groups = &self.groups;
        let by_size = |group| self.all.unwrap_or_else(|| groups.count(group) > OPEN_UP_TO);
        let folded = |group| {
            let chosen =
                if self.chosen.is_empty() { None } else { self.chosen.get(groups.name(group)).copied() };
            chosen.unwrap_or_else(|| by_size(group))
        };
        self.folded = (0..groups.len()).map(folded).collect();
        self.sum();
    }

    /// The groups counted anew.
    fn recount(&mut self, groups: Arc<Groups>) {
        if groups.len() == self.groups.len() {
            self.groups = groups;
        }
    }

    fn sum(&mut self) {
        self.count = self.folded.iter().filter(|folded| **folded).count();
        let mut sums: Vec<usize> = (0..self.groups.len()).map(|group| self.height(group)).collect();
        for at in 1..=sums.len() {
            let above = at + lowest(at);
            let sum = sums.get(at - 1).copied().unwrap_or(0);
            if let Some(above) = sums.get_mut(above - 1) {
                *above += sum;
            }
        }
        self.sums = sums;
    }

    /// The lines of a group, its heading among them.
    fn height(&self, group: usize) -> usize {
        1 + if self.is_folded(group) { 0 } else { self.groups.count(group) }
    }

    /// The lines of the groups before one.
    fn before(&self, group: usize) -> usize {
        let (mut at, mut sum) = (group.min(self.sums.len()), 0);
        while at > 0 {
            sum += self.sums.get(at - 1).copied().unwrap_or(0);
            at -= lowest(at);
        }
        sum
    }

    /// The group of a line, and which of its lines it is.
    fn find(&self, line: usize) -> Option<(usize, usize)> {
        let (mut group, mut rest) = (0, line);
        let mut step = self.sums.len().checked_ilog2().map_or(0, |log| 1 << log);
        while step > 0 {
            if let Some(&sum) = self.sums.get(group + step - 1).filter(|&&sum| sum <= rest) {
                group += step;
                rest -= sum;
            }
            step /= 2;
        }
        (group < self.sums.len()).then_some((group, rest))
    }

    fn fold(&mut self, group: usize, folded: bool) {
        let Some(slot) = self.folded.get_mut(group).filter(|slot| **slot != folded) else { return };
        *slot = folded;
        self.chosen.insert(self.groups.name(group).to_owned(), folded);
        let cases = self.groups.count(group);
        let mut at = group + 1;
        while let Some(sum) = self.sums.get_mut(at - 1) {
            *sum = if folded { *sum - cases } else { *sum + cases };
            at += lowest(at);
        }
        self.count = if folded { self.count + 1 } else { self.count - 1 };
    }

    fn fold_all(&mut self, folded: bool) {
        self.all = Some(folded);
        self.chosen.clear();
        self.folded.fill(folded);
        self.sum();
    }
}

/// The lowest bit that is set.
const fn lowest(number: usize) -> usize {
    number & number.wrapping_neg()
}

impl DocketScreen {
    /// How many lines the list has, headings among them.
    #[must_use]
    pub fn lines(&self) -> usize {
        if self.outline.groups.is_empty() {
            self.cases.len()
        } else {
            self.outline.before(self.outline.groups.len())
        }
    }

    /// What stands on a line.
    #[must_use]
    pub fn line_at(&self, line: usize) -> Option<Line> {
        if self.outline.groups.is_empty() {
            return (line < self.cases.len()).then_some(Line::Case(line));
        }
        let (group, within) = self.outline.find(line)?;
        let start = self.outline.groups.range(group).start;
        Some(within.checked_sub(1).map_or(Line::Heading(group), |at| Line::Case(start + at)))
    }

    /// The line of a case by its place in the list; that of its group's heading where it is folded.
    #[must_use]
    pub fn line_of(&self, at: usize) -> usize {
        let Some(group) = self.outline.groups.of(at) else { return at };
        let before = self.outline.before(group);
        let within = at - self.outline.groups.range(group).start;
        if self.outline.is_folded(group) { before } else { before + 1 + within }
    }

    /// The first case on the screen, or of the heading that is the first there, by its place in the list.
    #[must_use]
    pub fn first_case(&self) -> usize {
        match self.line_at(self.top) {
            Some(Line::Case(at)) => at,
            Some(Line::Heading(group)) => self.outline.groups.range(group).start,
            None => 0,
        }
    }

    /// The line that one is at.
    #[must_use]
    pub fn line(&self) -> usize {
        match self.heading() {
            Some(group) => self.outline.before(group),
            None => self.line_of(self.cursor),
        }
    }

    /// The group at whose heading one is.
    #[must_use]
    pub fn heading(&self) -> Option<usize> {
        if self.is_heading { self.outline.groups.of(self.cursor) } else { None }
    }

    /// The cases of a group, in the order of the list.
    #[must_use]
    pub fn members(&self, group: usize) -> &[u32] {
        self.cases.get(self.outline.groups.range(group)).unwrap_or_default()
    }

    /// The cases on some lines, by their places in the list; a folded heading stands for all of its group.
    pub(super) fn cases_on(&self, from: usize, to: usize) -> Range<usize> {
        let begin = match self.line_at(from) {
            Some(Line::Case(at)) => at,
            Some(Line::Heading(group)) => self.outline.groups.range(group).start,
            None => return 0..0,
        };
        let end = match self.line_at(to) {
            Some(Line::Case(at)) => at + 1,
            Some(Line::Heading(group)) if self.outline.is_folded(group) => {
                self.outline.groups.range(group).end
            }
            Some(Line::Heading(group)) => self.outline.groups.range(group).start,
            None => self.cases.len(),
        };
        begin..end
    }

    /// A first line on the screen, or the heading right above it where there is room for that, too.
    pub(super) fn with_heading(&self, top: usize, line: usize) -> usize {
        let above = top.checked_sub(1).filter(|&above| line < above + self.height.max(1));
        above.filter(|&above| matches!(self.line_at(above), Some(Line::Heading(_)))).unwrap_or(top)
    }

    /// Those of some lines that are cases.
    pub(super) fn cases_in(&self, lines: Range<usize>) -> impl Iterator<Item = u32> {
        lines.filter_map(|line| match self.line_at(line)? {
            Line::Case(at) => self.cases.get(at).copied(),
            Line::Heading(_) => None,
        })
    }

    /// Goes to a line of the list.
    pub(in crate::tui) fn go_line(&mut self, line: usize, effects: &mut Vec<Effect>) {
        let before = self.current();
        match self.line_at(line.min(self.lines().saturating_sub(1))) {
            Some(Line::Case(at)) => (self.cursor, self.is_heading) = (at, false),
            Some(Line::Heading(group)) => {
                (self.cursor, self.is_heading) = (self.outline.groups.range(group).start, true);
            }
            None => (self.cursor, self.is_heading) = (0, false),
        }
        self.arrive(before, effects);
    }

    /// Shows a case that is folded away.
    pub(super) fn unfold_at(&mut self, at: usize) {
        if let Some(group) = self.outline.groups.of(at) {
            self.outline.fold(group, false);
        }
    }

    /// Puts another list in the place of the one here, and stays where one was as well as that can be.
    /// `at` is the place in it of the case that one was at.
    pub(super) fn put(&mut self, cases: Arc<[u32]>, groups: Arc<Groups>, at: usize) {
        let heading = self.heading().map(|group| self.outline.groups.name(group).to_owned());
        let offset = self.line().saturating_sub(self.top);
        self.cases = cases;
        self.outline.set(groups);
        self.surveying = None;
        self.cursor = at.min(self.cases.len().saturating_sub(1));
        let named = heading.and_then(|name| self.outline.groups.named(&name));
        self.is_heading = named.is_some();
        if let Some(group) = named {
            self.cursor = self.outline.groups.range(group).start;
        }
        self.stand_on_folded();
        // What one is at stays on the line of the screen where it was.
        self.top = self.line().saturating_sub(offset);
        self.keep_in_sight();
        self.anchor = self.cursor;
    }

    fn stand_on_folded(&mut self) {
        if let Some(group) = self.outline.groups.of(self.cursor).filter(|&it| self.outline.is_folded(it)) {
            (self.cursor, self.is_heading) = (self.outline.groups.range(group).start, true);
        }
    }

    /// Folds the group that one is in, or unfolds it; says whether there is one.
    pub(in crate::tui) fn fold(&mut self, effects: &mut Vec<Effect>) -> bool {
        let Some(group) = self.outline.groups.of(self.cursor) else { return false };
        let before = self.current();
        self.outline.fold(group, !self.outline.is_folded(group));
        self.stand_on_folded();
        self.arrive(before, effects);
        true
    }

    /// Folds every group, or unfolds all where all are folded; says whether there are any.
    pub(in crate::tui) fn fold_all(&mut self, effects: &mut Vec<Effect>) -> bool {
        let groups = self.outline.groups.len();
        let before = self.current();
        let offset = self.line().saturating_sub(self.top);
        self.outline.fold_all(self.outline.count < groups);
        self.stand_on_folded();
        self.top = self.line().saturating_sub(offset);
        self.arrive(before, effects);
        groups > 0
    }

    /// Groups the list by the next thing.
    pub(in crate::tui) fn group_next(&mut self) -> Effect {
        self.grouping = self.grouping.next();
        self.outline.chosen.clear();
        self.outline.all = None;
        self.list(false)
    }

    /// What the groups come to may have changed with an act.
    pub(super) fn want_recount(&self, effects: &mut Vec<Effect>) {
        if !self.outline.groups.is_empty() {
            let (cases, groups) = (Arc::clone(&self.cases), Arc::clone(&self.outline.groups));
            effects.push(Effect::Ask(Request::Recount { turn: self.lists.turn, cases, groups }));
        }
    }

    /// The groups were counted anew; those of an older list are dropped.
    pub(in crate::tui) fn recounted(&mut self, turn: u64, groups: Arc<Groups>) {
        if turn == self.lists.turn {
            self.outline.recount(groups);
            self.surveying = None;
        }
    }

    /// Asks what the group at whose heading one is consists of, unless that is known or asked for.
    pub(in crate::tui) fn want_survey(&mut self, effects: &mut Vec<Effect>) {
        let Some(group) = self.heading() else {
            self.surveying = None;
            return;
        };
        if self.surveying.is_none_or(|(_, known)| known != group) {
            let (ticket, cases) = (self.next_ticket(), Arc::clone(&self.cases));
            if self.surveying.is_some() {
                self.survey = None;
            }
            self.surveying = Some((ticket, group));
            let range = self.outline.groups.range(group);
            effects.push(Effect::Ask(Request::Survey { ticket, cases, range }));
        }
        let sample = self.sample();
        self.want_rows(&sample, effects);
    }

    /// What a group consists of has come; that of another is dropped.
    pub(in crate::tui) fn surveyed(&mut self, ticket: u64, survey: Survey) {
        if self.surveying.is_some_and(|(asked, _)| asked == ticket) {
            self.survey = Some(survey);
        }
    }

    /// Some cases of the group at whose heading one is.
    #[must_use]
    pub fn sample(&self) -> Vec<u32> {
        self.heading().map(|group| spread(self.members(group), SAMPLE)).unwrap_or_default()
    }

    /// What the list is grouped by, where it is.
    #[must_use]
    pub fn grouped_by(&self) -> Option<Grouping> {
        (!self.outline.groups.is_empty()).then_some(self.grouping)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::docket::Tally;

    fn screen(sizes: &[usize]) -> DocketScreen {
        let mut screen = DocketScreen { height: 7, ..DocketScreen::default() };
        let total: usize = sizes.iter().sum();
        let parts: Vec<(String, Tally)> = sizes
            .iter()
            .enumerate()
            .map(|(at, &open)| (format!("group {at}"), Tally { open, ..Tally::default() }))
            .collect();
        let cases: Vec<u32> = (1..=u32::try_from(total).unwrap()).collect();
        screen.put(cases.into(), Arc::new(Groups::sample(&parts)), 0);
        screen
    }

    /// All lines, by walking over every group.
    fn walked(screen: &DocketScreen) -> Vec<Line> {
        let groups = screen.outline.groups();
        (0..groups.len())
            .flat_map(|group| {
                let cases = if screen.outline.is_folded(group) { 0..0 } else { groups.range(group) };
                std::iter::once(Line::Heading(group)).chain(cases.map(Line::Case))
            })
            .collect()
    }

    #[test]
    fn large_groups_are_folded_until_they_are_asked_for() {
        let mut screen = screen(&[3, OPEN_UP_TO + 1, OPEN_UP_TO]);
        assert_eq!([0, 1, 2].map(|group| screen.outline.is_folded(group)), [false, true, false]);
        let mut effects = Vec::new();
        screen.go_line(4, &mut effects);
        assert_eq!(screen.heading(), Some(1));
        screen.fold(&mut effects);
        assert!(!screen.outline.is_folded(1));
        // It stays so when the list comes again.
        let (cases, groups) = (Arc::clone(&screen.cases), Arc::clone(&screen.outline.groups));
        screen.put(cases, groups, 0);
        assert!(!screen.outline.is_folded(1));
        assert_eq!(screen.heading(), Some(1));
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_groups_however_they_are_folded(
            sizes in prop::collection::vec(1_usize..40, 0..40),
            steps in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..6), 0..40),
        ) {
            let mut screen = screen(&sizes);
            for (index, kind) in steps {
                let mut effects = Vec::new();
                let lines = screen.lines();
                match kind {
                    0 => { screen.fold_all(&mut effects); }
                    1 | 2 => { screen.fold(&mut effects); }
                    3 if !screen.cases.is_empty() => screen.go(index.index(screen.cases.len()), &mut effects),
                    _ if lines > 0 => screen.go_line(index.index(lines), &mut effects),
                    _ => {}
                }
                let walked = walked(&screen);
                prop_assert_eq!(screen.lines(), walked.len());
                for (line, &what) in walked.iter().enumerate() {
                    prop_assert_eq!(screen.line_at(line), Some(what));
                    if let Line::Case(at) = what {
                        prop_assert_eq!(screen.line_of(at), line);
                    }
                }
                prop_assert_eq!(screen.line_at(walked.len()), None);
                if !walked.is_empty() {
                    let here = screen.heading().map_or(Line::Case(screen.cursor), Line::Heading);
                    prop_assert_eq!(walked.get(screen.line()), Some(&here), "one is always at a line that is shown");
                    prop_assert!(screen.top <= screen.line() && screen.line() < screen.top + screen.height);
                    let (from, to) = (index.index(walked.len()), screen.line());
                    let (from, to) = (from.min(to), from.max(to));
                    let mut expected = Vec::new();
                    for line in &walked[from..=to] {
                        match *line {
                            Line::Case(at) => expected.push(screen.cases[at]),
                            Line::Heading(group) if screen.outline.is_folded(group) => expected.extend(screen.members(group)),
                            Line::Heading(_) => {}
                        }
                    }
                    prop_assert_eq!(&screen.cases[screen.cases_on(from, to)], &expected[..]);
                }
            }
        }
    }
}
