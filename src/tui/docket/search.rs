//! Searching in the code on the screen: what is looked for, where it stands, and at which place one is.

use std::sync::Arc;

use super::DocketScreen;
use crate::jobs::{CodeFile, Hit, Hits, Request};
use crate::tui::effect::Effect;

/// What is looked for in the code.
#[derive(Debug, Default)]
pub struct Search {
    /// The text; empty where nothing is.
    pub text: String,
    /// Where it stands in the file on the screen, once a worker has looked.
    hits: Option<Hits>,
    /// What was asked for last.
    asked: Option<(Arc<CodeFile>, String)>,
    /// Which of the places one is at.
    at: Option<usize>,
    /// Where one goes when the places come: to the first from a line on, or back from there.
    goes: Option<(u32, bool)>,
}

impl Search {
    /// Nothing is gone to when the places come.
    pub(in crate::tui) const fn stay(&mut self) {
        self.goes = None;
    }

    /// The places in a file, if they are known.
    #[must_use]
    pub fn hits(&self, file: &Arc<CodeFile>) -> Option<&Hits> {
        self.hits.as_ref().filter(|hits| hits.file.is(file) && hits.text == self.text)
    }

    /// The place that one is at.
    #[must_use]
    pub fn here(&self) -> Option<Hit> {
        self.hits.as_ref()?.hits.get(self.at?).copied()
    }

    /// Which of how many places one is at: `3/17`; empty where nothing is looked for.
    #[must_use]
    pub fn words(&self, file: &Arc<CodeFile>) -> String {
        if self.text.is_empty() {
            return String::new();
        }
        let Some(hits) = self.hits(file) else { return "…".to_owned() };
        match (hits.hits.len(), self.at) {
            (0, _) => "not found".to_owned(),
            (many, at) => {
                let more = if hits.more { "+" } else { "" };
                format!("{}/{many}{more}", at.map_or(0, |at| at + 1))
            }
        }
    }
}

impl DocketScreen {
    /// Looks for a text from a line on.
    pub(in crate::tui) fn search_for(&mut self, text: &str, from: u32) {
        text.clone_into(&mut self.search.text);
        self.search.at = None;
        self.search.goes = Some((from, true)).filter(|_| !text.is_empty());
    }

    /// Goes to the next place, or the one before; gives words about it.
    pub(in crate::tui) fn next_hit(&mut self, on: bool) -> Option<String> {
        let open = self.here()?;
        let (file, top) = (Arc::clone(open.file()?), open.top);
        let sight_end = top.saturating_add(u32::from(open.room.1).max(1));
        let search = &mut self.search;
        let Some(hits) = search.hits(&file) else {
            search.goes = Some((top, on));
            return None;
        };
        let last = hits.hits.len().checked_sub(1);
        let Some(last) = last else { return Some(format!("`{}` is not in this file", search.text)) };
        let (to, wraps) = match search.at {
            Some(at) if on => (if at == last { 0 } else { at + 1 }, at == last),
            Some(at) => (at.checked_sub(1).unwrap_or(last), at == 0),
            None if on => {
                let to = hits.hits.partition_point(|hit| hit.line < top);
                (if to > last { 0 } else { to }, to > last)
            }
            None => {
                let before = hits.hits.partition_point(|hit| hit.line < sight_end).checked_sub(1);
                (before.unwrap_or(last), before.is_none())
            }
        };
        search.at = Some(to);
        self.show_hit();
        let words = self.search.words(&file);
        Some(match (wraps, on) {
            (false, _) => words,
            (true, true) => format!("{words}, from the top again"),
            (true, false) => format!("{words}, from the end again"),
        })
    }

    /// The places came; those of another file or text are dropped.
    pub(in crate::tui) fn hits_came(&mut self, hits: Hits) {
        let is_here = self.here().and_then(super::Open::file).is_some_and(|file| file.is(&hits.file));
        if !is_here || hits.text != self.search.text {
            return;
        }
        self.search.hits = Some(hits);
        self.search.at = None;
        if let Some((from, on)) = self.search.goes.take() {
            let hits = self.search.hits.as_ref().map_or(&[][..], |hits| &hits.hits);
            let next = hits.partition_point(|hit| hit.line < from);
            let to = if on { next } else { next.checked_sub(1).unwrap_or(hits.len()) };
            self.search.at = (!hits.is_empty()).then_some(if to < hits.len() { to } else { 0 });
            self.show_hit();
        }
    }

    /// Goes to the next other case of the file at hand that the list has; says whether there is one.
    pub(in crate::tui) fn next_in_file(&mut self, effects: &mut Vec<Effect>) -> bool {
        let Some(open) = self.here() else { return false };
        let Some(file) = &open.code else { return false };
        let here = (open.view.listed.row.line, open.view.listed.number);
        let next = file.marks.partition_point(|mark| *mark <= here);
        let marks = file.marks.iter().cycle().skip(next).take(file.marks.len());
        let mut places = marks.filter_map(|(_, case)| self.cases.iter().position(|listed| listed == case));
        let Some(to) = places.next() else { return false };
        self.go(to, effects);
        true
    }

    fn show_hit(&mut self) {
        let hit = self.search.here();
        if let (Some(open), Some(hit)) = (self.here_mut(), hit) {
            open.reveal(hit.line, hit.start as usize..hit.end as usize);
        }
    }

    /// Asks for the places in the file on the screen where they are not known.
    pub(super) fn want_found(&mut self, effects: &mut Vec<Effect>) {
        if self.search.text.is_empty() {
            return;
        }
        let Some(file) = self.here().and_then(super::Open::file).map(Arc::clone) else { return };
        let search = &mut self.search;
        let asked = search.asked.as_ref();
        if asked.is_none_or(|(known, text)| !known.is(&file) || *text != search.text) {
            search.asked = Some((Arc::clone(&file), search.text.clone()));
            search.at = None;
            effects.push(Effect::Ask(Request::Search { file, text: search.text.clone() }));
        }
    }
}
