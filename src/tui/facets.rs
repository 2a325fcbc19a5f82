//! The values of the docket, facet by facet, each with how many cases it leaves in: which one is at, and what of it is
//! on the screen.

use super::input::Input;
use crate::docket::{Counted, Facet, Filter};
use crate::jobs::{Find, Request};

/// The pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// The facet shown.
    pub facet: Facet,
    /// The folder looked into; empty: the root.
    pub inside: String,
    /// Its values, as the worker counted them.
    pub values: Vec<Counted>,
    /// How many more there are.
    pub more: usize,
    /// The value one is at.
    pub at: usize,
    /// What the values are to be like.
    pub letters: Input,
    /// Whether the letters are being written.
    pub is_writing: bool,
    /// Whether the values have come.
    pub is_there: bool,
    /// Asked for last.
    turn: u64,
}

impl Facets {
    /// The first facet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            facet: Facet::Severity,
            inside: String::new(),
            values: Vec::new(),
            more: 0,
            at: 0,
            letters: Input::default(),
            is_writing: false,
            is_there: false,
            turn: 0,
        }
    }

    /// Asks for the values under a filter.
    pub(super) fn ask(&mut self, filter: &Filter) -> Request {
        self.turn += 1;
        Request::Find(Find::Facet {
            turn: self.turn,
            filter: filter.clone(),
            facet: self.facet,
            inside: self.inside.clone(),
            letters: self.letters.text().trim().to_owned(),
        })
    }

    /// Values came; those of an older question are dropped. One stays at the value one was at.
    pub(super) fn came(&mut self, turn: u64, values: Vec<Counted>, more: usize) {
        if turn != self.turn {
            return;
        }
        let before = self.here().map(|counted| counted.value.clone());
        let kept = before.and_then(|value| values.iter().position(|counted| counted.value == value));
        (self.values, self.more, self.is_there) = (values, more, true);
        self.at = kept.unwrap_or(self.at).min(self.values.len().saturating_sub(1));
    }

    /// The value one is at.
    #[must_use]
    pub fn here(&self) -> Option<&Counted> {
        self.values.get(self.at)
    }

    /// Goes up or down.
    pub(super) fn step(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.values.len().saturating_sub(1));
    }

    /// Another facet, from its beginning.
    pub(super) fn show(&mut self, facet: Facet) {
        let turn = self.turn;
        *self = Self { facet, turn, ..Self::new() };
    }

    /// The facet so many on, around the ends.
    pub(super) fn turn_to(&mut self, by: usize) {
        let at = Facet::ALL.iter().position(|facet| *facet == self.facet).unwrap_or(0);
        self.show(Facet::ALL.get((at + by) % Facet::ALL.len()).copied().unwrap_or(Facet::Severity));
    }

    /// Goes into the folder one is at; says whether it is one.
    pub(super) fn enter(&mut self) -> bool {
        let folder = self.here().and_then(|counted| counted.value.folder());
        let Some(folder) = folder.filter(|_| self.facet == Facet::Directory) else { return false };
        let facet = self.facet;
        self.show(facet);
        self.inside = folder;
        true
    }

    /// Goes out of the folder one is in; says whether there is one.
    pub(super) fn leave(&mut self) -> bool {
        let Some(inside) = self.inside.strip_suffix('/').map(str::to_owned) else { return false };
        let facet = self.facet;
        self.show(facet);
        self.inside =
            inside.rfind('/').map_or_else(String::new, |slash| inside.split_at(slash + 1).0.to_owned());
        true
    }
}

impl Default for Facets {
    fn default() -> Self {
        Self::new()
    }
}
