//! What the screen shows and what a key does to it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::Opinion;
use crate::jobs::CaseView;

/// Everything the screen shows.
#[derive(Debug, Default)]
pub struct Screen {
    /// The cases in docket order, by number.
    pub queue: Vec<u32>,
    /// Which of them is shown.
    pub at: usize,
    /// It, once loaded.
    pub case: Option<CaseView>,
    /// What was done last, or why it was not.
    pub status: String,
    /// Lines of the details scrolled past.
    pub scroll: u16,
    /// Verdicts given since the start.
    pub decided: usize,
    /// Whether the end was asked for.
    pub done: bool,
}

/// What happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// A case was loaded.
    Loaded(Box<CaseView>),
    /// A verdict is on disk.
    Judged(Opinion),
    /// An act was taken back; the case that it was about, where the queue has it.
    Undone(String),
    /// Something could not be done.
    Failed(String),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Load a case.
    Load(u32),
    /// Write a verdict on a case.
    Judge(u32, Opinion),
    /// Take back the last act.
    Undo,
}

impl Screen {
    /// A screen over some cases, and what it needs first.
    #[must_use]
    pub fn over(queue: Vec<u32>) -> (Self, Vec<Effect>) {
        let first = queue.first().map(|&case| Effect::Load(case)).into_iter().collect();
        (Self { queue, ..Self::default() }, first)
    }

    fn current(&self) -> Option<u32> {
        self.queue.get(self.at).copied()
    }

    fn go(&mut self, to: usize) -> Vec<Effect> {
        let to = to.min(self.queue.len().saturating_sub(1));
        if to == self.at {
            return Vec::new();
        }
        self.at = to;
        self.scroll = 0;
        self.current().map(Effect::Load).into_iter().collect()
    }
}

/// What a message does to the screen, and what is to be done for it.
pub fn update(screen: &mut Screen, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => on_key(screen, key),
        Msg::Loaded(case) => {
            screen.case = Some(*case);
            Vec::new()
        }
        Msg::Judged(opinion) => {
            screen.decided += 1;
            screen.status = format!("{opinion}: saved");
            let next = screen.at + 1;
            if next < screen.queue.len() {
                screen.go(next)
            } else {
                screen.current().map(Effect::Load).into_iter().collect()
            }
        }
        Msg::Undone(what) => {
            screen.decided = screen.decided.saturating_sub(1);
            screen.status = format!("took back: {what}");
            screen.current().map(Effect::Load).into_iter().collect()
        }
        Msg::Failed(why) => {
            screen.status = why;
            Vec::new()
        }
    }
}

fn on_key(screen: &mut Screen, key: KeyEvent) -> Vec<Effect> {
    let judge = |screen: &Screen, opinion| {
        // Only what is on the screen can be judged.
        let shown = screen.case.as_ref().map(|case| case.listed.number);
        screen
            .current()
            .filter(|case| Some(*case) == shown)
            .map(|case| Effect::Judge(case, opinion))
            .into_iter()
            .collect()
    };
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            screen.done = true;
            Vec::new()
        }
        KeyCode::Char('q') | KeyCode::Esc => {
            screen.done = true;
            Vec::new()
        }
        KeyCode::Char('a') => judge(screen, Opinion::Confirmed),
        KeyCode::Char('r') => judge(screen, Opinion::Rejected),
        KeyCode::Char('w') => judge(screen, Opinion::RiskAccepted),
        KeyCode::Char('u') => judge(screen, Opinion::Unsure),
        KeyCode::Char('z') => vec![Effect::Undo],
        KeyCode::Char('j') | KeyCode::Down => screen.go(screen.at + 1),
        KeyCode::Char('k') | KeyCode::Up => screen.go(screen.at.saturating_sub(1)),
        KeyCode::PageDown | KeyCode::Char(' ') => {
            screen.scroll = screen.scroll.saturating_add(10);
            Vec::new()
        }
        KeyCode::PageUp => {
            screen.scroll = screen.scroll.saturating_sub(10);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(screen: &mut Screen, key: char) -> Vec<Effect> {
        update(screen, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)))
    }

    #[test]
    fn moving_loads_what_is_moved_to_and_stops_at_the_ends() {
        let (mut screen, first) = Screen::over(vec![7, 9]);
        assert_eq!(first, [Effect::Load(7)]);
        assert_eq!(press(&mut screen, 'j'), [Effect::Load(9)]);
        assert_eq!(press(&mut screen, 'j'), []);
        assert_eq!(press(&mut screen, 'k'), [Effect::Load(7)]);
        assert_eq!(press(&mut screen, 'k'), []);
    }

    #[test]
    fn a_case_that_is_not_on_the_screen_yet_cannot_be_judged() {
        let (mut screen, _) = Screen::over(vec![7]);
        assert_eq!(press(&mut screen, 'a'), []);
    }

    #[test]
    fn a_verdict_that_could_not_be_written_leaves_the_case_where_it_is() {
        let (mut screen, _) = Screen::over(vec![7, 9]);
        assert_eq!(update(&mut screen, Msg::Failed("the disk is full".into())), []);
        assert_eq!((screen.at, screen.decided, screen.status.as_str()), (0, 0, "the disk is full"));
        assert_eq!(update(&mut screen, Msg::Judged(Opinion::Rejected)), [Effect::Load(9)]);
        assert_eq!((screen.at, screen.decided), (1, 1));
    }
}
