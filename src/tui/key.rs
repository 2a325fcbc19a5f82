//! Keys by their names: `a`, `Z`, `space`, `ctrl-r`, `f1`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key itself; letters as they come out, so `Z` is shift and z.
    pub code: KeyCode,
    /// Control and alt; shift only where the key has no other form with it.
    pub held: KeyModifiers,
}

/// A word that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; keys are as `a`, `Z`, `space`, `ctrl-r`, `alt-left`, `f1`, `page-down`")]
pub struct NoKey(pub String);

const NAMES: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("back-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
];

impl Key {
    /// A letter without anything held.
    #[must_use]
    pub const fn letter(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), held: KeyModifiers::NONE }
    }

    /// The letter that it writes, where it writes one.
    #[must_use]
    pub const fn written(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if self.held.is_empty() => Some(letter),
            _ => None,
        }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut held = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            held -= KeyModifiers::SHIFT;
        }
        Self { code: event.code, held }
    }
}

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut held = KeyModifiers::NONE;
        let mut rest = text;
        for (prefix, modifier) in
            [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
        {
            if let Some(key) = rest.strip_prefix(prefix).filter(|key| !key.is_empty()) {
                held |= modifier;
                rest = key;
            }
        }
        let named = NAMES.iter().find(|(name, _)| rest.eq_ignore_ascii_case(name)).map(|&(_, code)| code);
        let function =
            || rest.strip_prefix(['f', 'F'])?.parse().ok().filter(|n| (1..=12).contains(n)).map(KeyCode::F);
        let mut letters = rest.chars();
        let letter = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() => Some(KeyCode::Char(letter)),
            _ => None,
        };
        let code =
            named.or_else(function).or(letter).ok_or_else(|| NoKey(text.chars().take(40).collect()))?;
        Ok(Self { code, held })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = String::new();
        for (modifier, prefix) in
            [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
        {
            if self.held.contains(modifier) {
                name.push_str(prefix);
            }
        }
        match (self.code, NAMES.iter().find(|(_, code)| *code == self.code)) {
            (_, Some((known, _))) => name.push_str(known),
            (KeyCode::F(number), _) => name.push_str(&format!("f{number}")),
            (KeyCode::Char(letter), _) => name.push(letter),
            _ => name.push('?'),
        }
        f.pad(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_name() {
        for name in
            ["a", "Z", "space", "ctrl-r", "alt-left", "f1", "f12", "page-down", "ctrl-alt-x", "-", "[", "é"]
        {
            assert_eq!(name.parse::<Key>().unwrap().to_string(), name);
        }
        for wrong in ["", "aa", "f13", "ctrl-", "hyper-x"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_capital_letter_is_the_same_whether_the_terminal_tells_of_shift() {
        let with = KeyEvent::new(KeyCode::Char('Z'), KeyModifiers::SHIFT);
        let without = KeyEvent::new(KeyCode::Char('Z'), KeyModifiers::NONE);
        assert_eq!(Key::from(with), Key::from(without));
        assert_eq!(Key::from(without), "Z".parse().unwrap());
    }
}
