//! Keys, and what a terminal of the xterm kind sends for them.

/// A key that is no character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// F1 to F12.
    F(u8),
    /// Control and a letter, or one of `@[\]^_`; control and space is control and `@`.
    Ctrl(char),
    /// Alt and a character.
    Alt(char),
}

impl Key {
    /// What is sent; `application` is the mode that a program may set for the cursor's keys.
    pub(super) fn bytes(self, application: bool) -> Vec<u8> {
        let cursor =
            |letter: char| format!("\x1b{}{letter}", if application { 'O' } else { '[' }).into_bytes();
        let tilde = |number: u8| format!("\x1b[{number}~").into_bytes();
        match self {
            Self::Enter => vec![b'\r'],
            Self::Esc => vec![0x1b],
            Self::Tab => vec![b'\t'],
            Self::BackTab => b"\x1b[Z".to_vec(),
            Self::Backspace => vec![0x7f],
            Self::Insert => tilde(2),
            Self::Delete => tilde(3),
            Self::PageUp => tilde(5),
            Self::PageDown => tilde(6),
            Self::Up => cursor('A'),
            Self::Down => cursor('B'),
            Self::Right => cursor('C'),
            Self::Left => cursor('D'),
            Self::End => cursor('F'),
            Self::Home => cursor('H'),
            Self::F(number @ 1..=4) => vec![0x1b, b'O', b'O' + number],
            Self::F(5) => tilde(15),
            Self::F(number @ 6..=10) => tilde(number + 11),
            Self::F(number @ 11..=12) => tilde(number + 12),
            Self::F(number) => panic!("no key F{number}"),
            Self::Ctrl(letter) => {
                let byte = u8::try_from(letter.to_ascii_uppercase()).unwrap_or(0);
                assert!((b'@'..=b'_').contains(&byte), "no key for control and {letter:?}");
                vec![byte & 0x1f]
            }
            Self::Alt(letter) => format!("\x1b{letter}").into_bytes(),
        }
    }
}
