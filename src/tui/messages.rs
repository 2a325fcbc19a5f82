//! What was said in the last line in this sitting, for whoever looked elsewhere.

use std::collections::VecDeque;

/// So many are kept.
const MOST: usize = 200;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What was said.
    pub text: String,
    /// Whether it is something that went wrong.
    pub is_failure: bool,
    /// How often it was said one after the other.
    pub times: usize,
}

/// All that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Messages(VecDeque<Message>);

impl Messages {
    /// They, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Message> {
        self.0.iter().rev()
    }

    pub(super) fn add(&mut self, text: &str, is_failure: bool) {
        if let Some(last) = self.0.back_mut().filter(|last| last.text == text) {
            last.times += 1;
            return;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(Message { text: text.to_owned(), is_failure, times: 1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{World, shown};

    #[test]
    fn the_newest_are_kept_and_what_is_said_again_is_counted() {
        let mut messages = Messages::default();
        for number in 0..3 * MOST {
            messages.add(&format!("message {}", number / 2), false);
        }
        assert_eq!(messages.newest_first().count(), MOST);
        let newest = messages.newest_first().next().unwrap();
        assert_eq!((newest.text.as_str(), newest.times), ("message 299", 2));
    }

    #[test]
    fn the_newest_message_is_shown_and_what_went_wrong_before_is_read_again() {
        let mut world = World::of(10);
        world.fails = true;
        world.press("u");
        assert!(world.state.status.is_failure);
        world.fails = false;
        world.press("u");
        let last = shown(&world).pop().unwrap();
        assert!(last.contains("unsure: 1 case"), "{last}");
        assert!(last.contains(":messages has what went wrong"), "{last}");
        world.press("esc : m e s s a g e s enter");
        let screen = shown(&world).join("\n");
        let (newer, older) = (screen.find("unsure: 1 case"), screen.find("not saved: the disk is full"));
        assert!(newer.is_some() && newer < older, "{screen}");
        world.press("esc");
        assert!(world.state.modals.is_empty());
    }

    #[test]
    fn what_went_wrong_and_nobody_saw_yet_stays_beside_what_is_said_after_it() {
        let mut world = World::of(10);
        world.state.fail("the disk is full");
        world.state.say("going on");
        assert!(world.state.status.is_failure);
        assert_eq!(world.state.status.text, "going on · the disk is full");
    }
}
