//! Going to what is not the next line: cases that stand so, and cases by name.

use std::sync::Arc;

use super::DocketScreen;
use crate::domain::State as Standing;
use crate::jobs::{Find, Request};
use crate::tui::effect::Effect;

impl DocketScreen {
    /// Asks for the next case of the list that stands so.
    pub(super) fn seek(&self, state: Standing) -> Effect {
        let cases = Arc::clone(&self.cases);
        Effect::Ask(Request::Find(Find::Next { cases, from: self.cursor, state }))
    }

    /// Whether one is still at a place of a list.
    pub(in crate::tui) fn is_at(&self, cases: &Arc<[u32]>, cursor: usize) -> bool {
        Arc::ptr_eq(&self.cases, cases) && self.cursor == cursor
    }

    /// Goes to a case; one that the list does not have is put in where one is, until the list is made anew. Says
    /// whether the list had it.
    pub(in crate::tui) fn go_to_case(&mut self, case: u32, effects: &mut Vec<Effect>) -> bool {
        if let Some(at) = self.cases.iter().position(|&other| other == case) {
            self.go(at, effects);
            return true;
        }
        let at = self.cursor.min(self.cases.len());
        let mut cases = Vec::with_capacity(self.cases.len() + 1);
        cases.extend_from_slice(self.cases.get(..at).unwrap_or_default());
        cases.push(case);
        cases.extend_from_slice(self.cases.get(at..).unwrap_or_default());
        // It is of no group, and a list with it has none until it is made anew.
        self.put(cases.into(), Arc::default(), at);
        self.noticed.guest = Some(case);
        self.go(at, effects);
        false
    }
}
