//! Deciding: from a key to what is asked of the writer.

use super::DocketScreen;
use crate::domain::{Opinion, Reason};
use crate::jobs::{Do, JudgeWith, Request};
use crate::ledger::Seen;
use crate::tui::effect::Effect;

/// Cases of an act that are told with their names, at most.
const SHOWN: usize = 4096;

impl DocketScreen {
    /// The cases that an act is on: those selected, else the one that one is at.
    #[must_use]
    pub fn targets(&self) -> Vec<u32> {
        if self.selected.is_empty() {
            return self.current().into_iter().collect();
        }
        // In the order of the list, so that a sample shows the first; what the filter left out since goes last.
        let mut targets: Vec<u32> =
            self.cases.iter().filter(|case| self.selected.contains(case)).copied().collect();
        if targets.len() < self.selected.len() {
            let mut others: Vec<u32> =
                self.selected.iter().filter(|case| !self.cases.contains(case)).copied().collect();
            others.sort_unstable();
            targets.extend(others);
        }
        targets
    }

    /// Asks the writer for something.
    pub(in crate::tui) fn ask(&mut self, act: Do, cases: Vec<u32>) -> Effect {
        self.ticket += 1;
        // Of more than this most were never on the screen: the docket knows their names.
        let shown = cases.iter().filter(|_| cases.len() <= SHOWN).filter_map(|case| self.rows.get(case));
        let named = shown.map(|row| (row.number, row.name)).collect();
        self.pending.insert(self.ticket, cases);
        Effect::Ask(Request::Act { ticket: self.ticket, act, named })
    }

    /// Gives a verdict, and goes on to the next case where it was on the one at hand.
    pub(in crate::tui) fn judge(
        &mut self,
        opinion: Opinion,
        reason: Option<Reason>,
        cases: Vec<u32>,
        (active, code_lines): (u64, u16),
        effects: &mut Vec<Effect>,
    ) {
        let single = cases.len() == 1;
        let here = self.here().filter(|open| single && cases.first() == Some(&open.view.listed.number));
        let shown = here.map(|open| {
            let rows = open.view.findings.iter().map(|member| &member.detail.row);
            rows.map(|row| (row.name, row.lease)).collect()
        });
        let seen = Seen {
            // Of many cases at once, no code was before the reviewer.
            code_on_screen: here.is_some_and(|open| open.shows_flagged(code_lines)),
            why: format!("{} by {}", self.filter, self.order).trim_start().to_owned(),
            ms: here.map_or(0, |open| active.saturating_sub(open.since)),
        };
        let with = JudgeWith { opinion, reason, note: String::new(), until: None, seen: Some(seen), shown };
        effects.push(self.ask(Do::Judge(cases.clone(), with), cases));
        if single && self.selected.is_empty() {
            self.go(self.cursor.saturating_add(1), effects);
        } else {
            self.selected.clear();
        }
    }

    /// Selects the case at hand, or unselects it, and goes on.
    pub(in crate::tui) fn select(&mut self, effects: &mut Vec<Effect>) {
        let Some(case) = self.current() else { return };
        if !self.selected.remove(&case) {
            self.selected.insert(case);
        }
        self.anchor = self.cursor;
        self.go(self.cursor.saturating_add(1), effects);
    }

    /// Selects from the last one selected to here.
    pub(in crate::tui) fn select_range(&mut self) {
        let (from, to) = (self.anchor.min(self.cursor), self.anchor.max(self.cursor));
        self.selected.extend(self.cases.get(from..=to).unwrap_or_default());
    }

    /// Selects all that the filter leaves in.
    pub(in crate::tui) fn select_all(&mut self) {
        self.selected.extend(self.cases.iter());
    }

    /// How many of some cases were never on the screen.
    #[must_use]
    pub fn unseen(&self, cases: &[u32]) -> usize {
        cases.iter().filter(|case| !self.seen.contains(case)).count()
    }
}
