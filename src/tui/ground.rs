//! Whether the terminal's background is dark or light, as it says itself.
//!
//! It is asked after the first frame and answers among the keys, if at all: `crossterm` knows no such answer and hands
//! its bytes on as alt-], letters, and ctrl-g or alt-\. They are taken out here, and what turns out to be no answer is
//! given back as the keys it was.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyModifiers};

use super::theme::Ground;

/// The question, OSC 11 of xterm's control sequences.
pub(super) const QUESTION: &str = "\x1b]11;?\x1b\\";
/// An answer comes in one piece. What has begun like one and does not go on for so long is keys.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);
/// So long after the question, an escape may be a part of the answer that came in two pieces.
const FRESH: Duration = Duration::from_secs(2);
/// No answer is longer.
const LONGEST: usize = 40;

/// What listens for the answer.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// Whether it was asked and has not answered.
    is_waiting: bool,
    held: Vec<Event>,
    text: String,
    /// An escape was the last that came.
    escaped: bool,
}

/// What came of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It may be a part of the answer.
    Held,
    /// These are no part of it, in their order.
    Events(Vec<Event>),
    /// The answer.
    Ground(Ground),
}

impl Ear {
    /// It was asked.
    pub(super) const fn asked(&mut self) {
        self.is_waiting = true;
    }

    /// Whether something is held that may be a part of the answer.
    pub(super) const fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// No more of it came.
    pub(super) fn give_up(&mut self) -> Vec<Event> {
        self.text.clear();
        self.escaped = false;
        std::mem::take(&mut self.held)
    }

    /// Takes an event, so long after it was asked.
    pub(super) fn take(&mut self, event: Event, since: Duration) -> Heard {
        let key = match &event {
            Event::Key(key) if self.is_waiting => Some((key.code, key.modifiers - KeyModifiers::SHIFT)),
            _ => None,
        };
        let Some((code, held)) = key else { return self.refuse(event) };
        let alt = held == KeyModifiers::ALT || (self.escaped && held.is_empty());
        let begun = !self.text.is_empty();
        match code {
            KeyCode::Esc if held.is_empty() && since < FRESH && !self.escaped => {
                self.escaped = true;
                self.held.push(event);
                return Heard::Held;
            }
            KeyCode::Char(']') if alt && !begun => self.text.push(']'),
            KeyCode::Char('\\') if alt && begun => return self.answered(event),
            KeyCode::Char('g') if held == KeyModifiers::CONTROL && begun => return self.answered(event),
            KeyCode::Char(letter) if begun && held.is_empty() && !self.escaped => {
                self.text.push(letter);
                if !may_be_answer(&self.text) {
                    return self.refuse(event);
                }
            }
            _ => return self.refuse(event),
        }
        self.escaped = false;
        self.held.push(event);
        Heard::Held
    }

    /// What is held is no answer.
    fn refuse(&mut self, event: Event) -> Heard {
        let mut events = self.give_up();
        events.push(event);
        Heard::Events(events)
    }

    fn answered(&mut self, event: Event) -> Heard {
        match ground_of(&self.text) {
            Some(ground) => {
                self.is_waiting = false;
                self.give_up();
                Heard::Ground(ground)
            }
            None => self.refuse(event),
        }
    }
}

/// Whether an answer may begin so: `]11;rgb:` and three numbers, `rgba:` and four.
fn may_be_answer(text: &str) -> bool {
    ["]11;rgb:", "]11;rgba:"].iter().any(|head| match text.strip_prefix(head) {
        Some(numbers) => {
            text.len() <= LONGEST && numbers.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'/')
        }
        None => head.starts_with(text),
    })
}

/// What a background of a colour is, by its brightness.
fn ground_of(text: &str) -> Option<Ground> {
    let numbers = text.strip_prefix("]11;rgb:").or_else(|| text.strip_prefix("]11;rgba:"))?;
    // Of one to four digits each: `f`, `ff` and `ffff` are the same.
    let share = |digits: &str| {
        let number = u16::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 4)?;
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)? - 1;
        Some(u32::from(number) * 1000 / most)
    };
    let mut shares = numbers.split('/').map(share);
    let (red, green, blue) = (shares.next()??, shares.next()??, shares.next()??);
    // ITU-R BT.709: how much each adds to how bright it looks.
    let bright = red * 2126 + green * 7152 + blue * 722;
    Some(if bright > 5_000_000 { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;
    use proptest::prelude::*;

    use super::*;

    fn press(code: KeyCode, held: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, held))
    }

    fn letter(letter: char) -> Event {
        press(KeyCode::Char(letter), KeyModifiers::NONE)
    }

    /// The events that `crossterm` makes of an answer, and its two ends.
    fn answer(text: &str, ended_by_bell: bool) -> Vec<Event> {
        let mut events = vec![press(KeyCode::Char(']'), KeyModifiers::ALT)];
        events.extend(text.chars().map(letter));
        events.push(if ended_by_bell {
            press(KeyCode::Char('g'), KeyModifiers::CONTROL)
        } else {
            press(KeyCode::Char('\\'), KeyModifiers::ALT)
        });
        events
    }

    /// What an ear makes of events: those it lets through, and the answer.
    fn heard(events: Vec<Event>) -> (Vec<Event>, Option<Ground>) {
        let mut ear = Ear::default();
        ear.asked();
        let (mut through, mut ground) = (Vec::new(), None);
        for event in events {
            match ear.take(event, Duration::ZERO) {
                Heard::Held => {}
                Heard::Events(events) => through.extend(events),
                Heard::Ground(told) => ground = Some(told),
            }
        }
        through.extend(ear.give_up());
        (through, ground)
    }

    #[test]
    fn an_answer_is_understood_and_no_part_of_it_is_a_key() {
        for (text, ground) in [
            ("11;rgb:ffff/ffff/ffff", Ground::Light),
            ("11;rgb:1e1e/1e1e/2e2e", Ground::Dark),
            ("11;rgb:fd/f6/e3", Ground::Light),
            ("11;rgba:0000/2b2b/3636/ffff", Ground::Dark),
            ("11;rgb:f/f/0", Ground::Light),
        ] {
            for bell in [true, false] {
                assert_eq!(heard(answer(text, bell)), (vec![], Some(ground)), "{text}");
            }
        }
    }

    #[test]
    fn an_answer_in_two_pieces_is_still_one() {
        let mut events = vec![press(KeyCode::Esc, KeyModifiers::NONE), letter(']')];
        events.extend("11;rgb:0/0/0".chars().map(letter));
        events.extend([press(KeyCode::Esc, KeyModifiers::NONE), letter('\\')]);
        assert_eq!(heard(events), (vec![], Some(Ground::Dark)));
    }

    #[test]
    fn keys_before_and_after_an_answer_come_through() {
        let mut events = vec![letter('j'), press(KeyCode::Esc, KeyModifiers::NONE), letter('j')];
        events.extend(answer("11;rgb:0/0/0", true));
        events.push(letter('a'));
        let (through, ground) = heard(events);
        let keys = vec![letter('j'), press(KeyCode::Esc, KeyModifiers::NONE), letter('j'), letter('a')];
        assert_eq!((through, ground), (keys, Some(Ground::Dark)));
    }

    #[test]
    fn an_escape_long_after_the_question_waits_for_nothing() {
        let mut ear = Ear::default();
        ear.asked();
        let escape = press(KeyCode::Esc, KeyModifiers::NONE);
        assert_eq!(ear.take(escape.clone(), Duration::from_secs(3)), Heard::Events(vec![escape]));
    }

    proptest! {
        #[test]
        fn what_is_no_answer_comes_through_whole_and_in_order(
            keys in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![']', '1', ';', 'r', 'g', 'b', ':', '/', '\\', 'f', 'j'])
                        .prop_map(letter),
                    Just(press(KeyCode::Char(']'), KeyModifiers::ALT)),
                    Just(press(KeyCode::Char('\\'), KeyModifiers::ALT)),
                    Just(press(KeyCode::Char('g'), KeyModifiers::CONTROL)),
                    Just(press(KeyCode::Esc, KeyModifiers::NONE)),
                ],
                0..30,
            ),
        ) {
            let (through, ground) = heard(keys.clone());
            prop_assume!(ground.is_none());
            prop_assert_eq!(through, keys);
        }
    }
}
