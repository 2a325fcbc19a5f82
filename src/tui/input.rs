//! Text being written: one line or several, with a caret.

use crossterm::event::{KeyCode, KeyModifiers};

use super::key::Key;

/// A text and where the caret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    caret: usize,
}

impl Input {
    /// A text with the caret at its end.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { caret: text.len(), text }
    }

    /// What was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte before which the caret stands.
    #[must_use]
    pub const fn caret(&self) -> usize {
        self.caret
    }

    /// Writes at the caret; what cannot be written is left out.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
        self.text.insert_str(self.caret, &clean);
        self.caret += clean.len();
    }

    /// Takes a key, if it is one that writes or moves the caret; says whether it was.
    pub fn key(&mut self, key: Key) -> bool {
        let (before, after) =
            (self.text.get(..self.caret).unwrap_or(""), self.text.get(self.caret..).unwrap_or(""));
        let step_back = before.chars().next_back().map_or(0, char::len_utf8);
        let step_on = after.chars().next().map_or(0, char::len_utf8);
        match (key.code, key.held) {
            (KeyCode::Char(letter), KeyModifiers::NONE) => self.insert(letter.encode_utf8(&mut [0; 4])),
            (KeyCode::Backspace, KeyModifiers::NONE) => self.cut(self.caret - step_back, self.caret),
            (KeyCode::Char('w'), KeyModifiers::CONTROL) | (KeyCode::Backspace, _) => {
                let kept = before.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.cut(kept, self.caret);
            }
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => self.cut(0, self.caret),
            (KeyCode::Char('k'), KeyModifiers::CONTROL) => self.cut(self.caret, self.text.len()),
            (KeyCode::Delete, _) => self.cut(self.caret, self.caret + step_on),
            (KeyCode::Left, _) => self.caret -= step_back,
            (KeyCode::Right, _) => self.caret += step_on,
            (KeyCode::Home, _) | (KeyCode::Char('a'), KeyModifiers::CONTROL) => {
                self.caret = before.rfind('\n').map_or(0, |at| at + 1);
            }
            (KeyCode::End, _) | (KeyCode::Char('e'), KeyModifiers::CONTROL) => {
                self.caret += after.find('\n').unwrap_or(after.len());
            }
            (KeyCode::Up, _) if self.text.contains('\n') => self.line(-1),
            (KeyCode::Down, _) if self.text.contains('\n') => self.line(1),
            _ => return false,
        }
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.caret = from;
    }

    /// Moves the caret by a line, to the same column where there is one.
    fn line(&mut self, by: isize) {
        let before = self.text.get(..self.caret).unwrap_or("");
        let (row, column) =
            (before.matches('\n').count(), before.rsplit('\n').next().map_or(0, |l| l.chars().count()));
        let Some(wanted) = row.checked_add_signed(by) else { return };
        let mut start = 0;
        for (number, line) in self.text.split('\n').enumerate() {
            if number == wanted {
                let within = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
                self.caret = start + within;
                return;
            }
            start += line.len() + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &[&str]) -> Input {
        let mut input = Input::default();
        for key in keys {
            input.key(key.parse().unwrap());
        }
        input
    }

    #[test]
    fn keys_write_and_move_and_cut() {
        assert_eq!(typed(&["a", "é", "left", "b"]).text(), "abé");
        assert_eq!(typed(&["a", "space", "b", "c", "ctrl-w"]).text(), "a ");
        assert_eq!(typed(&["a", "b", "home", "delete"]).text(), "b");
        let mut input = Input::of("one\ntwo");
        input.key("up".parse().unwrap());
        input.insert("!\u{1b}");
        assert_eq!(input.text(), "one!\ntwo");
    }

    proptest! {
        #[test]
        fn no_sequence_of_keys_leaves_the_caret_inside_a_character(
            start in "[a-zé漢\n ]{0,12}",
            keys in prop::collection::vec(prop::sample::select(vec![
                "a", "é", "漢", "left", "right", "home", "end", "up", "down", "backspace", "delete", "ctrl-w",
                "ctrl-u", "ctrl-k", "ctrl-a", "ctrl-e",
            ]), 0..40),
        ) {
            let mut input = Input::of(start);
            for key in keys {
                input.key(key.parse().unwrap());
                prop_assert!(input.text().is_char_boundary(input.caret()));
            }
        }
    }
}
