//! A note being written: an editor of several lines, which asks before it throws a text away.

use crossterm::event::KeyCode;
use rustc_hash::FxHashMap;

use super::input::{Input, caret_at, rows};
use super::key::Key;
use crate::domain::CaseId;
use crate::jobs::KeptNote;
use crate::tui::view::many as of_many;

/// A note on some cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The cases.
    pub cases: Vec<u32>,
    /// Its cases by their names, where it was kept from the last time and their numbers are not known yet.
    pub names: Vec<CaseId>,
    /// Whether it was kept from the last time.
    pub is_kept: bool,
    /// What is written.
    pub input: Input,
    /// Rows of it above those shown.
    pub top: usize,
    /// Whether it asks if it is to be thrown away.
    pub asks: bool,
    /// The number under which it was handed to the editor last.
    pub(super) draft: u64,
}

/// What a key did to a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Noted {
    /// It is still being written.
    Open,
    /// It is to be saved.
    Save(String),
    /// It is to be written on in the reviewer's editor.
    Edit,
    /// It is closed and nothing is kept.
    Nothing,
}

impl Note {
    /// An empty note.
    #[must_use]
    pub fn on(cases: Vec<u32>) -> Self {
        Self { cases, ..Self::default() }
    }

    /// One that was not saved the last time.
    #[must_use]
    pub fn kept(note: KeptNote) -> Self {
        Self { names: note.cases, is_kept: true, input: Input::of(note.text), ..Self::default() }
    }

    /// The numbers of its cases are known now; a case that is no more has none.
    pub(super) fn named(&mut self, numbers: &FxHashMap<CaseId, u32>) {
        let names = std::mem::take(&mut self.names);
        self.cases.extend(names.iter().filter_map(|name| numbers.get(name)));
    }

    /// What it is on. `place` tells which case that is, where it is one and its row is at hand.
    #[must_use]
    pub fn heading(&self, place: Option<&str>) -> String {
        let on = match (self.cases.len(), self.names.is_empty()) {
            (0, true) => return "a note whose case is no more: copy it, it cannot be saved".to_owned(),
            (0, false) => return "a note, not saved the last time; its case is being looked for".to_owned(),
            (1, _) => place.map_or_else(|| of_many(1), str::to_owned),
            (many, _) => of_many(many),
        };
        // What it is on may be long, and is cut.
        if self.is_kept {
            format!("a note, not saved the last time, on {on}")
        } else {
            format!("a note on {on}")
        }
    }

    /// Takes a key, where it is shown in so many columns and at most so many rows.
    pub(super) fn key(&mut self, key: Key, room: (usize, usize)) -> Noted {
        let plain = key.held.is_empty();
        let empty = self.input.text().trim().is_empty();
        let leaves = key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && !plain);
        if std::mem::take(&mut self.asks) {
            return if leaves { Noted::Nothing } else { Noted::Open };
        }
        match key.code {
            _ if leaves && empty => return Noted::Nothing,
            _ if leaves => self.asks = true,
            KeyCode::Enter if plain => return self.done(),
            KeyCode::Char('s') if !plain => return self.done(),
            KeyCode::Char('x') if !plain => return Noted::Edit,
            KeyCode::Enter => self.input.insert("\n"),
            KeyCode::Char('j') if !plain => self.input.insert("\n"),
            KeyCode::PageUp | KeyCode::PageDown => {
                let code = if key.code == KeyCode::PageUp { KeyCode::Up } else { KeyCode::Down };
                for _ in 1..room.1.max(2) {
                    self.input.key_in(Key { code, held: key.held }, room.0);
                }
            }
            _ => {
                self.input.key_in(key, room.0);
            }
        }
        self.follow(room);
        Noted::Open
    }

    /// Writes a pasted text.
    pub(super) fn paste(&mut self, text: &str, room: (usize, usize)) {
        self.asks = false;
        self.input.insert(text);
        self.follow(room);
    }

    fn done(&self) -> Noted {
        let text = self.input.text().trim();
        // Its heading says why.
        if self.cases.is_empty() {
            return Noted::Open;
        }
        if text.is_empty() { Noted::Nothing } else { Noted::Save(text.to_owned()) }
    }

    /// Keeps the caret among the rows that are shown.
    fn follow(&mut self, (columns, height): (usize, usize)) {
        let rows = rows(self.input.text(), columns);
        let (row, _) = caret_at(self.input.text(), &rows, self.input.caret());
        let height = height.max(1);
        self.top = self.top.min(row).max((row + 1).saturating_sub(height)).min(rows.len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: (usize, usize) = (10, 3);

    fn press(note: &mut Note, keys: &str) -> Noted {
        keys.split(' ').fold(Noted::Open, |_, key| note.key(key.parse().unwrap(), ROOM))
    }

    #[test]
    fn a_text_is_thrown_away_only_when_asked_twice() {
        let mut note = Note::on(vec![1]);
        assert_eq!(press(&mut note, "a esc"), Noted::Open);
        assert!(note.asks);
        assert_eq!(press(&mut note, "x"), Noted::Open, "any other key goes on writing");
        assert_eq!((note.asks, note.input.text()), (false, "a"));
        assert_eq!(press(&mut note, "esc esc"), Noted::Nothing);
        assert_eq!(press(&mut Note::on(vec![1]), "space esc"), Noted::Nothing, "nothing is lost");
        assert_eq!(press(&mut Note::on(vec![1]), "a ctrl-s"), Noted::Save("a".into()));
        assert_eq!(press(&mut Note::on(vec![1]), "space enter"), Noted::Nothing);
    }

    #[test]
    fn the_caret_is_always_among_the_rows_shown() {
        let mut note = Note::on(vec![1]);
        note.paste("one two three four five six seven eight", ROOM);
        assert_eq!(note.top, 2, "five rows, the last three are shown");
        press(&mut note, "up up");
        assert_eq!(note.top, 2);
        press(&mut note, "up");
        assert_eq!(note.top, 1);
        press(&mut note, "page-up ctrl-end");
        assert_eq!(note.top, 2);
        press(&mut note, "ctrl-u ctrl-u");
        assert_eq!(note.top, 0);
    }
}
