//! What is selected, and what was seen of it.

use super::DocketScreen;
use crate::docket::CaseSet;
use crate::jobs::Request;
use crate::tui::effect::Effect;

/// Milliseconds that rows stand on the screen before their cases count as seen.
const STANDS_MS: u64 = 500;

impl DocketScreen {
    /// The cases that an act is on: those selected, else the one that one is at, or all of the group whose heading it is.
    #[must_use]
    pub fn targets(&self) -> Vec<u32> {
        if self.selected.is_empty() {
            return match self.heading() {
                Some(group) => self.members(group).to_vec(),
                None => self.current().into_iter().collect(),
            };
        }
        // In the order of the list, so that a sample shows the first; what the filter left out since goes last.
        let mut targets = Vec::with_capacity(self.selected.len());
        targets.extend(self.cases.iter().filter(|case| self.selected.contains(case)));
        if targets.len() < self.selected.len() {
            let listed: CaseSet = targets.iter().collect();
            targets.extend(self.selected.iter().filter(|case| !listed.contains(case)));
        }
        targets
    }

    /// Selects the case at hand or the group at hand, or unselects it, and goes on.
    pub(in crate::tui) fn select(&mut self, effects: &mut Vec<Effect>) {
        let cases = match self.heading() {
            Some(group) => self.outline.groups().range(group),
            None => self.cursor..self.cursor + 1,
        };
        let cases = self.cases.get(cases).unwrap_or_default();
        if cases.iter().all(|case| self.selected.contains(case)) {
            cases.iter().for_each(|case| _ = self.selected.remove(case));
        } else {
            self.selected.extend(cases);
        }
        self.anchor = self.cursor;
        self.go_line(self.line() + 1, effects);
    }

    /// Selects from the last one selected to here.
    pub(in crate::tui) fn select_range(&mut self) {
        let (from, to) = (self.line_of(self.anchor), self.line());
        let cases = self.cases_on(from.min(to), from.max(to));
        self.selected.extend(self.cases.get(cases).unwrap_or_default());
    }

    /// Selects all that the filter leaves in.
    pub(in crate::tui) fn select_all(&mut self) {
        self.selected.extend(self.cases.iter());
    }

    /// How many of some cases were not looked at.
    #[must_use]
    pub fn unseen(&self, cases: &[u32]) -> usize {
        cases.iter().filter(|case| !self.noticed.seen.contains(case)).count()
    }

    /// The screen was drawn, with the list on it or not.
    pub(in crate::tui) fn drawn(&mut self, has_list: bool, now: u64) {
        let visible = self.cases_in(self.in_sight()).filter(|case| has_list && self.rows.contains_key(case));
        let visible: Vec<u32> = visible.collect();
        if self.noticed.stands.0 != visible {
            self.noticed.stands = (visible, now);
        }
    }

    /// Something happens: the cases whose rows stood on the screen for so long, while nothing moved, were seen. Those that
    /// were scrolled past were not.
    pub(in crate::tui) fn see(&mut self, now: u64) {
        let (cases, since) = &self.noticed.stands;
        if now.saturating_sub(*since) >= STANDS_MS {
            self.noticed.seen.extend(cases);
        }
    }

    /// Asks for those of some rows that are not at hand.
    pub(in crate::tui) fn want_rows(&mut self, cases: &[u32], effects: &mut Vec<Effect>) {
        let is_known = |case: &u32| self.rows.get(case).is_some_and(|row| !self.versions.is_late(row));
        let is_missing = |case: &&u32| !is_known(case) && !self.asked.contains(case);
        let missing: Vec<u32> = cases.iter().filter(is_missing).copied().collect();
        if !missing.is_empty() {
            self.asked.extend(&missing);
            effects.push(Effect::Ask(Request::Rows(missing)));
        }
    }
}
