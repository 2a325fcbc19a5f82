//! What a program says to a terminal beside what is to be shown: modes, questions, and the shell's marks.

use std::collections::BTreeSet;
use std::time::Instant;

use rustix::process::Pid;
use vt100::{Callbacks, Color, CursorStyle, MouseProtocolMode, Screen};

/// Something that a program takes of the terminal and has to give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    AlternateScreen,
    /// The cursor is hidden.
    Cursor,
    CursorShape,
    /// What is printed next would be coloured, bold or the like.
    Pen,
    Mouse,
    BracketedPaste,
    /// Escape codes for the cursor's or the keypad's keys that a shell does not expect.
    ApplicationKeys,
    /// Kitty's reports of keys.
    KeyReports,
    /// A private mode by its number: 1004 for reports of the focus, 2026 for a frame that was not ended.
    Private(u16),
    /// The line's modes: no echo, no signals by keys, no lines.
    Modes,
}

/// Private modes that the screen itself keeps.
const KEPT: [u16; 12] = [1, 6, 9, 25, 47, 1000, 1002, 1003, 1005, 1006, 1049, 2004];
/// Set while a frame is being drawn.
const DRAWING: u16 = 2026;

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Wire {
    pub(super) pid: Option<Pid>,
    pub(super) started: Option<Instant>,
    pub(super) stopped: bool,
    pub(super) ended: Option<i32>,
    /// What is to be sent to the program, which asked.
    pub(super) answers: Vec<u8>,
    /// What was put on the clipboard last, in base 64.
    pub(super) copied: Option<Vec<u8>>,
    modes: BTreeSet<u16>,
    key_reports: u16,
    /// What is said of the background.
    background: Option<String>,
}

impl Wire {
    /// A terminal that says this of its background, or nothing.
    pub(super) fn of(background: Option<String>) -> Self {
        Self { background, ..Self::default() }
    }

    pub(super) fn drawing(&self) -> bool {
        self.modes.contains(&DRAWING)
    }

    /// What is held of the terminal, but for the line's modes, which are not said on the wire.
    pub(super) fn holds(&self, screen: &Screen) -> BTreeSet<Hold> {
        let coloured = screen.fgcolor() != Color::Default || screen.bgcolor() != Color::Default;
        let pen = coloured
            || screen.bold()
            || screen.dim()
            || screen.italic()
            || screen.underline()
            || screen.inverse();
        let held = [
            (Hold::AlternateScreen, screen.alternate_screen()),
            (Hold::Cursor, screen.hide_cursor()),
            (Hold::CursorShape, screen.cursor_style() != CursorStyle::default()),
            (Hold::Pen, pen),
            (Hold::Mouse, screen.mouse_protocol_mode() != MouseProtocolMode::None),
            (Hold::BracketedPaste, screen.bracketed_paste()),
            (Hold::ApplicationKeys, screen.application_cursor() || screen.application_keypad()),
            (Hold::KeyReports, self.key_reports > 0),
        ];
        let held = held.into_iter().filter_map(|(hold, is)| is.then_some(hold));
        held.chain(self.modes.iter().map(|&mode| Hold::Private(mode))).collect()
    }
}

impl Callbacks for Wire {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        before: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        what: char,
    ) {
        let numbers: Vec<u16> = params.iter().filter_map(|param| param.first().copied()).collect();
        let first = numbers.first().copied().unwrap_or(0);
        match (before, what) {
            (Some(b'?'), 'h' | 'l') => {
                for mode in numbers.iter().filter(|mode| !KEPT.contains(mode)) {
                    let _ = if what == 'h' { self.modes.insert(*mode) } else { self.modes.remove(mode) };
                }
            }
            (Some(b'>'), 'u') => self.key_reports += 1,
            (Some(b'<'), 'u') => self.key_reports = self.key_reports.saturating_sub(first.max(1)),
            // What it is: a terminal with colours, and nothing special.
            (None, 'c') => self.answers.extend(b"\x1b[?62;22c"),
            (None, 'n') if first == 6 => {
                let (row, col) = screen.cursor_position();
                self.answers.extend(format!("\x1b[{};{}R", row + 1, col + 1).into_bytes());
            }
            _ => {}
        }
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.copied = Some(data.to_owned());
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<i32>().ok();
        match params {
            [b"133", b"C", pid] => {
                self.pid = number(pid).and_then(Pid::from_raw);
                self.started = Some(Instant::now());
            }
            [b"11", b"?"] => {
                if let Some(colour) = &self.background {
                    self.answers.extend(format!("\x1b]11;{colour}\x1b\\").into_bytes());
                }
            }
            [b"133", b"S"] => self.stopped = true,
            [b"133", b"D", code] => self.ended = number(code),
            _ => {}
        }
    }
}
