//! Which key comes next.

use std::time::{Duration, Instant};

use assize::tui::action::Action;
use assize::tui::keymap::{Keymap, Place};

use super::support::answer::terminal::{Key, Signal, Terminal};
use super::support::draw::Draw;

/// So long without output, and what a key did is on the screen, mostly: nothing rests on it.
const QUIET: Duration = Duration::from_millis(12);
const LONGEST: Duration = Duration::from_millis(200);

/// Filters, of which some are none.
const FILTERS: [&str; 10] = [
    "is:open",
    "sev:>=high",
    "path:src/",
    "rule:*sql*",
    "cwe:89",
    "-sev:low is:open",
    "sev:hig",
    "\"",
    "verdict:confirmed",
    "zzz",
];
const SIZES: [u16; 6] = [20, 60, 81, 110, 160, 240];

/// A series of keys that a seed makes.
pub(crate) struct Monkey {
    pub(crate) draw: Draw,
    /// All keys so far, by name.
    pub(crate) keys: Vec<String>,
    /// Of very many cases nothing is done to all of them at once: it would be all that is done.
    pub(crate) is_large: bool,
    keymap: Keymap,
}

impl Monkey {
    pub(crate) fn new(seed: u64, is_large: bool) -> Self {
        Self { draw: Draw::at(seed, 0), keys: Vec::new(), is_large, keymap: Keymap::default() }
    }

    /// Does one thing, of one key or several, and takes in what comes of it; how many keys.
    pub(crate) fn step(&mut self, terminal: &mut Terminal) -> usize {
        let before = self.keys.len();
        match self.draw.below(100) {
            0..50 => {
                let key = self.key(Place::Docket);
                self.press(terminal, &key);
            }
            50..75 => self.judge(terminal),
            75..80 => {
                let filter = self.draw.of(&FILTERS);
                let end = self.draw.of(&["enter", "enter", "esc"]);
                self.all(terminal, &["/", "ctrl-u", filter, end]);
            }
            80..83 => self.all(terminal, &["m", "a note of a monkey", "enter"]),
            83..85 => {
                let word = self.draw.of(&["worth", "select", "last", "copy", "fold"]);
                self.all(terminal, &[":", word, "enter"]);
            }
            85..90 => {
                let (screen, place) = self.draw.of(&[
                    ("f2", Place::Remedies),
                    ("f4", Place::Runs),
                    ("f5", Place::Models),
                    ("f3", Place::Anywhere),
                ]);
                self.press(terminal, screen);
                for _ in 0..=self.draw.below(6) {
                    let key = self.key(place);
                    self.press(terminal, &key);
                }
                self.all(terminal, &["esc", "esc", "f1"]);
            }
            90..92 => {
                let (cols, rows) = (self.draw.of(&SIZES), self.draw.of(&SIZES) / 3);
                self.keys.push(format!("resize-{cols}x{rows}"));
                terminal.resize(cols, rows.max(4));
                settle(terminal);
            }
            92 => {
                self.keys.push("stop".to_owned());
                terminal.signal(Signal::TSTP);
                if terminal.ended().is_none() {
                    terminal.wait_stopped();
                }
            }
            93..96 => self.all(terminal, &["space", "space", "u", "enter"]),
            96 => {
                let letter = char::from(b' ' + u8::try_from(self.draw.below(95)).unwrap_or(0)).to_string();
                // To leave is done apart.
                let letter = if letter == "q" { "esc" } else { letter.as_str() };
                self.press(terminal, letter);
            }
            _ => self.all(terminal, &["esc", "esc"]),
        }
        self.keys.len() - before
    }

    /// Sends keys that nothing waits for; how many.
    pub(crate) fn burst(&mut self, terminal: &mut Terminal) -> usize {
        let many = 1 + self.draw.below(6);
        for _ in 0..many {
            let key = self.draw.of(&["a", "r", "u", "j", "z", "enter"]);
            self.keys.push(key.to_owned());
            send(terminal, key);
        }
        self.keys.push("kill".to_owned());
        many
    }

    /// A verdict, mostly with what is asked for then.
    fn judge(&mut self, terminal: &mut Terminal) {
        let verdict = self.draw.of(&["a", "a", "r", "r", "u", "w"]);
        self.press(terminal, verdict);
        let reason = match verdict {
            "a" => self.draw.of(&["enter", "r", "x", "o", "esc"]),
            "r" => self.draw.of(&["enter", "s", "t", "u", "c", "w", "esc"]),
            "w" => self.draw.of(&["enter", "m", "n"]),
            _ => self.draw.of(&["z", "Z", "s", "u", "j"]),
        };
        self.press(terminal, reason);
        if verdict == "w" {
            self.all(terminal, &[self.clone_date(), "enter"]);
        }
        if self.draw.percent(15) {
            self.press(terminal, "z");
        }
    }

    fn clone_date(&self) -> &'static str {
        if self.keys.len().is_multiple_of(3) { "2031-01-31" } else { "" }
    }

    fn all(&mut self, terminal: &mut Terminal, keys: &[&str]) {
        for key in keys.iter().filter(|key| !key.is_empty()) {
            self.press(terminal, key);
        }
    }

    fn press(&mut self, terminal: &mut Terminal, key: &str) {
        if terminal.ended().is_some() || terminal.is_stopped() {
            return;
        }
        self.keys.push(key.to_owned());
        send(terminal, key);
        settle(terminal);
    }

    /// A key of a place, the likelier the more it is used.
    fn key(&mut self, place: Place) -> String {
        let weighed: Vec<(String, usize)> = self
            .keymap
            .at(place)
            .map(|binding| (binding.key.to_string(), self.weight(binding.action)))
            .collect();
        let mut left = self.draw.below(weighed.iter().map(|(_, weight)| weight).sum::<usize>().max(1));
        for (key, weight) in weighed {
            if left < weight {
                return key;
            }
            left -= weight;
        }
        "esc".to_owned()
    }

    fn weight(&self, action: Action) -> usize {
        match action {
            Action::Next => 40,
            Action::Previous | Action::PageDown | Action::Undo | Action::Redo | Action::Back => 10,
            Action::TraceNext | Action::CodeDown | Action::Select | Action::Alike => 6,
            // A model's memory and time are not what is watched, and to leave is done apart.
            Action::Quit | Action::Propose | Action::ProposeAll | Action::UseModel | Action::VerifyModel => 0,
            // The store keeps the cases that the verdicts are about.
            Action::RemoveRun | Action::SelectAll | Action::SelectRange | Action::GroupNext
                if self.is_large =>
            {
                0
            }
            Action::RemoveRun | Action::SelectAll | Action::Suspend => 1,
            _ => 3,
        }
    }
}

/// Takes in what is written until nothing more comes for a moment.
pub(crate) fn settle(terminal: &mut Terminal) {
    let end = Instant::now() + LONGEST;
    while Instant::now() < end && terminal.output_by(Instant::now() + QUIET).is_some() {}
}

fn send(terminal: &mut Terminal, key: &str) {
    let named = match key {
        "space" => return terminal.keys(" "),
        "enter" => Key::Enter,
        "esc" => Key::Esc,
        "tab" => Key::Tab,
        "backspace" => Key::Backspace,
        "up" => Key::Up,
        "down" => Key::Down,
        "left" => Key::Left,
        "right" => Key::Right,
        "home" => Key::Home,
        "end" => Key::End,
        "page-up" => Key::PageUp,
        "page-down" => Key::PageDown,
        _ => {
            match (key.strip_prefix("ctrl-"), key.strip_prefix('f').and_then(|number| number.parse().ok())) {
                (Some(letter), _) => Key::Ctrl(letter.chars().next().unwrap_or('@')),
                (None, Some(number)) => Key::F(number),
                (None, None) => return terminal.keys(key),
            }
        }
    };
    terminal.press(named);
}
