//! What the reviewer did last, for the report of a fault: which actions, and which keys in a box. Never what was written.

use std::collections::VecDeque;

use crossterm::event::KeyCode;

use super::event::Event;
use super::key::Key;
use super::state::State;

/// So much of it is kept.
const LONGEST: usize = 60;

/// What was done, the last at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail(VecDeque<String>);

impl Trail {
    /// What was done, a line each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().cloned()
    }

    pub(super) fn add(&mut self, what: String) {
        if self.0.len() == LONGEST {
            self.0.pop_front();
        }
        self.0.push_back(what);
    }
}

/// An event in words, as far as the reviewer made it.
pub(super) fn told(event: &Event, state: &State) -> Option<String> {
    let box_of = || state.modals.last().map(|modal| modal.name());
    Some(match event {
        Event::Pressed(key) => match box_of() {
            Some(name) => format!("{} in the box of {name}", key_of(*key)),
            None => match state.keymap.action(*key, state.which.place()) {
                Some(action) => format!("{} on the screen of {}", action.name(), state.which.name()),
                None => "a key without a meaning".to_owned(),
            },
        },
        Event::Pasted(_) => "pasted".to_owned(),
        Event::Clicked(column, row) => format!("clicked on {column}, {row}"),
        Event::Wheeled(column, row, by) => format!("turned the wheel by {by} on {column}, {row}"),
        Event::Resized(columns, rows) => format!("made the terminal {columns} by {rows}"),
        Event::Edited(..) => "came back from the editor".to_owned(),
        Event::Answered(_) => return None,
    })
}

/// Which key it was, unless it wrote something.
fn key_of(key: Key) -> String {
    match key.code {
        KeyCode::Char(_) if key.written().is_some() => "a letter".to_owned(),
        _ => key.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::World;

    #[test]
    fn what_was_done_is_told_without_what_was_written_and_only_the_last_of_it() {
        let mut world = World::of(3);
        world.press("j m s e c r e t ctrl-x esc esc");
        let lines: Vec<String> = world.state.trail.lines().collect();
        assert_eq!(lines[0], "next on the screen of docket");
        assert_eq!(lines[1], "note on the screen of docket");
        assert_eq!(&lines[2..8], vec!["a letter in the box of a note"; 6]);
        assert_eq!(
            &lines[8..],
            ["ctrl-x in the box of a note", "esc in the box of a note", "esc in the box of a note"]
        );
        for _ in 0..100 {
            world.press("j");
        }
        assert_eq!(world.state.trail.lines().count(), super::LONGEST);
    }
}
