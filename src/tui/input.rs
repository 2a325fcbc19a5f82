//! Text being written: one line or several, with a caret.
//!
//! The caret never stands within what a reader takes for one character (a grapheme: a flag, a letter with its accents).
//! Everything written can be taken back while the text is open.

mod past;
mod rows;

use std::ops::Range;

use crossterm::event::{KeyCode, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

use super::key::Key;
use past::{Kind, Past};
pub(super) use rows::{caret_at, rows};

/// Bytes of a text; of more the rest is left out.
const MOST: usize = 64 << 10;
/// What a tab becomes: a text has none, so that its columns are the same wherever it is shown.
const TAB: &str = "    ";

/// A text and where the caret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    caret: usize,
    /// The column that up and down go by, while nothing else was pressed between.
    goal: Option<usize>,
    past: Past,
}

impl Input {
    /// A text with the caret at its end.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { caret: text.len(), text, ..Self::default() }
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

    /// Whether there is room for no more.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.text.len() >= MOST
    }

    /// Writes at the caret; what cannot be written is left out.
    pub fn insert(&mut self, text: &str) {
        let mut clean = String::with_capacity(text.len());
        let mut before = '\0';
        for letter in text.chars() {
            match letter {
                // Terminals paste a line's end as a carriage return.
                '\n' if before == '\r' => {}
                '\r' | '\n' => clean.push('\n'),
                '\t' => clean.push_str(TAB),
                _ if letter.is_control() => {}
                _ => clean.push(letter),
            }
            before = letter;
        }
        clean.truncate(clean.floor_char_boundary(MOST.saturating_sub(self.text.len())));
        if clean.is_empty() {
            return;
        }
        let one = clean.chars().count() == 1 && clean != "\n";
        self.past.keep(if one { Kind::Typed } else { Kind::Other }, &self.text, self.caret);
        self.goal = None;
        self.text.insert_str(self.caret, &clean);
        self.caret += clean.len();
        self.settle();
    }

    /// Another text in the place of all of it, as one step that can be taken back.
    pub fn replace(&mut self, text: &str) {
        let mut other = Self::default();
        other.insert(text);
        if other.text != self.text {
            self.past.keep(Kind::Other, &self.text, self.caret);
            (self.caret, self.text) = (other.text.len(), other.text);
        }
    }

    /// Writes in the place of some bytes of the text; the caret stands behind it.
    pub fn put(&mut self, range: Range<usize>, text: &str) {
        let range = self.text.floor_char_boundary(range.start)..self.text.floor_char_boundary(range.end);
        self.past.keep(Kind::Other, &self.text, self.caret);
        self.caret = range.start + text.len();
        self.text.replace_range(range.start.min(range.end)..range.end, text);
        self.settle();
    }

    /// Takes a key, if it is one that writes or moves the caret; says whether it was.
    pub fn key(&mut self, key: Key) -> bool {
        self.key_in(key, usize::MAX)
    }

    /// As [`Self::key`], of a text that is shown in rows of so many columns.
    pub fn key_in(&mut self, key: Key, columns: usize) -> bool {
        let (control, alt) = (key.held.contains(KeyModifiers::CONTROL), key.held.contains(KeyModifiers::ALT));
        let goal = self.goal.take();
        let line = self.line();
        match key.code {
            KeyCode::Char(letter) if !control && !alt => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace if control || alt => self.cut(self.word_before()..self.caret, Kind::Other),
            KeyCode::Backspace => self.cut(self.before()..self.caret, Kind::Erased),
            KeyCode::Char('h') if control => self.cut(self.before()..self.caret, Kind::Erased),
            KeyCode::Char('w') if control => self.cut(self.word_before()..self.caret, Kind::Other),
            KeyCode::Delete if control || alt => self.cut(self.caret..self.word_after(), Kind::Other),
            KeyCode::Char('d') if alt => self.cut(self.caret..self.word_after(), Kind::Other),
            KeyCode::Delete => self.cut(self.caret..self.after(), Kind::Erased),
            KeyCode::Char('u') if control => self.cut(line.start..self.caret, Kind::Other),
            KeyCode::Char('k') if control => {
                // At a line's end its end goes, and the next line comes up.
                let end = if self.caret == line.end { self.after() } else { line.end };
                self.cut(self.caret..end, Kind::Other);
            }
            KeyCode::Char('z') if control => self.undo(),
            KeyCode::Char('y') if control => self.redo(),
            KeyCode::Left if control || alt => self.caret = self.word_before(),
            KeyCode::Char('b') if alt => self.caret = self.word_before(),
            KeyCode::Right if control || alt => self.caret = self.word_after(),
            KeyCode::Char('f') if alt => self.caret = self.word_after(),
            KeyCode::Left => self.caret = self.before(),
            KeyCode::Right => self.caret = self.after(),
            KeyCode::Home if control => self.caret = 0,
            KeyCode::End if control => self.caret = self.text.len(),
            KeyCode::Home => self.caret = line.start,
            KeyCode::Char('a') if control => self.caret = line.start,
            KeyCode::End => self.caret = line.end,
            KeyCode::Char('e') if control => self.caret = line.end,
            KeyCode::Up => return self.step(-1, columns, goal),
            KeyCode::Down => return self.step(1, columns, goal),
            _ => return false,
        }
        true
    }

    /// The bytes of the line that the caret is in.
    fn line(&self) -> Range<usize> {
        let (before, after) = self.text.split_at(self.caret);
        let end = self.caret + after.find('\n').unwrap_or(after.len());
        before.rfind('\n').map_or(0, |at| at + 1)..end
    }

    fn before(&self) -> usize {
        let (before, _) = self.text.split_at(self.caret);
        before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let (_, after) = self.text.split_at(self.caret);
        self.caret + after.graphemes(true).next().map_or(0, str::len)
    }

    /// Where the word before the caret begins.
    fn word_before(&self) -> usize {
        let (before, _) = self.text.split_at(self.caret);
        let words = before.split_word_bound_indices().rev();
        words.into_iter().find(|(_, word)| is_word(word)).map_or(0, |(at, _)| at)
    }

    /// Where the word behind the caret ends.
    fn word_after(&self) -> usize {
        let (_, after) = self.text.split_at(self.caret);
        let mut words = after.split_word_bound_indices();
        let word = words.find(|(_, word)| is_word(word));
        self.caret + word.map_or(after.len(), |(at, word)| at + word.len())
    }

    fn cut(&mut self, range: Range<usize>, kind: Kind) {
        if range.is_empty() {
            return;
        }
        self.past.keep(kind, &self.text, self.caret);
        self.caret = range.start;
        self.text.replace_range(range, "");
        self.settle();
    }

    fn undo(&mut self) {
        if let Some((text, caret)) = self.past.back(&self.text, self.caret) {
            (self.text, self.caret) = (text, caret);
        }
    }

    fn redo(&mut self) {
        if let Some((text, caret)) = self.past.on(&self.text, self.caret) {
            (self.text, self.caret) = (text, caret);
        }
    }

    /// What was written or cut may have made one grapheme of two: the caret goes behind it.
    fn settle(&mut self) {
        let line = self.line();
        let within = self.caret - line.start;
        let text = self.text.get(line.clone()).unwrap_or_default();
        let next = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).find(|&at| at >= within);
        self.caret = line.start + next.unwrap_or(within);
    }

    /// Moves the caret by a row, to the same column where there is one; says whether there is more than one row.
    fn step(&mut self, by: isize, columns: usize, goal: Option<usize>) -> bool {
        let rows = rows(&self.text, columns);
        if rows.len() < 2 {
            return false;
        }
        let (row, column) = caret_at(&self.text, &rows, self.caret);
        let column = goal.unwrap_or(column);
        self.goal = Some(column);
        self.caret = match row.checked_add_signed(by) {
            None => 0,
            Some(row) => rows::byte_at(&self.text, &rows, row, column),
        };
        true
    }
}

fn is_word(word: &str) -> bool {
    word.chars().any(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(input: &mut Input, keys: &[&str]) {
        for key in keys {
            input.key_in(key.parse().unwrap(), 10);
        }
    }

    fn typed(keys: &[&str]) -> Input {
        let mut input = Input::default();
        press(&mut input, keys);
        input
    }

    #[test]
    fn keys_write_and_move_and_cut() {
        assert_eq!(typed(&["a", "é", "left", "b"]).text(), "abé");
        assert_eq!(typed(&["a", "space", "b", "c", "ctrl-w"]).text(), "a ");
        assert_eq!(typed(&["a", "b", "home", "delete"]).text(), "b");
        let mut input = Input::of("one\ntwo");
        press(&mut input, &["up"]);
        input.insert("!\u{1b}");
        assert_eq!(input.text(), "one!\ntwo");
        press(&mut input, &["ctrl-k"]);
        assert_eq!(input.text(), "one!two");
    }

    #[test]
    fn a_flag_and_a_letter_with_its_accent_are_one_character() {
        for grapheme in ["🇩🇪", "👩\u{200d}🚒", "e\u{301}", "漢"] {
            let mut input = Input::of(format!("a{grapheme}"));
            press(&mut input, &["left"]);
            assert_eq!(input.caret(), 1, "{grapheme}");
            press(&mut input, &["right", "backspace"]);
            assert_eq!(input.text(), "a", "{grapheme}");
            let mut input = Input::of(format!("{grapheme}a"));
            press(&mut input, &["home", "delete"]);
            assert_eq!(input.text(), "a", "{grapheme}");
        }
    }

    #[test]
    fn words_are_gone_over_and_cut_whole() {
        let mut input = Input::of("not user_input, is it");
        press(&mut input, &["alt-b", "ctrl-left", "alt-left"]);
        assert_eq!(input.caret(), 4);
        press(&mut input, &["alt-f"]);
        assert_eq!(input.caret(), 14);
        press(&mut input, &["alt-d"]);
        assert_eq!(input.text(), "not user_input it");
        press(&mut input, &["alt-backspace", "ctrl-right"]);
        assert_eq!((input.text(), input.caret()), ("not  it", 7));
    }

    #[test]
    fn up_and_down_go_over_rows_as_they_are_shown_and_keep_their_column() {
        let mut input = Input::of("one two three\nx\nfour five six");
        press(&mut input, &["up", "up"]);
        assert_eq!(input.caret(), 15, "behind the x, which is shorter");
        press(&mut input, &["down", "down"]);
        assert_eq!(input.caret(), 29, "the column is not forgotten on the way");
        press(&mut input, &["up", "up", "up", "up", "up", "up"]);
        assert_eq!(input.caret(), 0);
        assert!(!Input::of("one").key("up".parse().unwrap()));
    }

    #[test]
    fn what_was_written_is_taken_back_word_by_word_and_given_again() {
        let mut input = typed(&["a", "b", "space", "c", "d"]);
        press(&mut input, &["ctrl-z"]);
        assert_eq!(input.text(), "ab ");
        press(&mut input, &["ctrl-z", "ctrl-z", "ctrl-z"]);
        assert_eq!(input.text(), "");
        press(&mut input, &["ctrl-y", "ctrl-y"]);
        assert_eq!(input.text(), "ab cd");
        press(&mut input, &["ctrl-u", "x", "ctrl-y"]);
        assert_eq!(input.text(), "x", "what is written anew ends what could be given again");
        press(&mut input, &["ctrl-z", "ctrl-z"]);
        assert_eq!((input.text(), input.caret()), ("ab cd", 5));
        input.replace("all new");
        press(&mut input, &["ctrl-z"]);
        assert_eq!(input.text(), "ab cd");
    }

    #[test]
    fn a_paste_has_its_lines_whatever_ends_them_and_no_more_than_there_is_room_for() {
        let mut input = Input::default();
        input.insert("a\r\nb\rc\n\td");
        assert_eq!(input.text(), "a\nb\nc\n    d");
        input.insert(&"é".repeat(MOST));
        assert!(input.text().len() <= MOST && input.text().len() > MOST - 4);
        press(&mut input, &["ctrl-z"]);
        assert_eq!(input.text(), "a\nb\nc\n    d");
    }

    proptest! {
        #[test]
        fn no_sequence_of_keys_leaves_the_caret_inside_a_character_and_all_can_be_taken_back(
            start in "[a-zé漢🇩🇪👩\u{200d}\u{301}\n ]{0,12}",
            keys in prop::collection::vec(prop::sample::select(vec![
                "a", "é", "漢", "\u{301}", "🇩", "left", "right", "home", "end", "up", "down", "backspace", "delete",
                "ctrl-w", "ctrl-u", "ctrl-k", "ctrl-a", "ctrl-e", "ctrl-z", "ctrl-y", "alt-b", "alt-f", "alt-d",
                "ctrl-home", "ctrl-end", "space",
            ]), 0..60),
        ) {
            let mut input = Input::of(start.clone());
            for key in keys {
                input.key_in(key.parse().unwrap(), 6);
                let mut ends = input.text().grapheme_indices(true).map(|(at, _)| at).chain([input.text().len()]);
                prop_assert!(ends.any(|at| at == input.caret()), "{:?}", input);
            }
            for _ in 0..80 {
                press(&mut input, &["ctrl-z"]);
            }
            prop_assert_eq!(input.text(), start);
        }
    }
}
