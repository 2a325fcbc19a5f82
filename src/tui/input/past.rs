//! What a text was before each step, so that steps can be taken back. Letters typed one after the other are a step
//! up to the end of a word.

/// Steps kept; the oldest are forgotten first.
const STEPS: usize = 200;

/// What kind of change a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A letter was typed.
    Typed,
    /// A character was deleted.
    Erased,
    /// Anything else, which is a step of its own.
    Other,
}

type Moment = (String, usize);

/// The steps, and those that were taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Past {
    before: Vec<Moment>,
    after: Vec<Moment>,
    last: Option<(Kind, usize)>,
}

impl Past {
    /// Keeps a text and its caret before a change of a kind, unless the change goes on with the last step.
    pub(super) fn keep(&mut self, kind: Kind, text: &str, caret: usize) {
        self.after.clear();
        let ends_word = text.get(..caret).is_some_and(|before| before.ends_with(char::is_whitespace));
        let goes_on = match (self.last, kind) {
            (Some((Kind::Typed, at)), Kind::Typed) => at <= caret && caret - at <= 4 && !ends_word,
            (Some((Kind::Erased, at)), Kind::Erased) => at.abs_diff(caret) <= 64,
            _ => false,
        };
        self.last = Some((kind, caret));
        if goes_on {
            return;
        }
        if self.before.len() == STEPS {
            self.before.remove(0);
        }
        self.before.push((text.to_owned(), caret));
    }

    /// Takes the last step back.
    pub(super) fn back(&mut self, text: &str, caret: usize) -> Option<Moment> {
        self.last = None;
        let moment = self.before.pop()?;
        self.after.push((text.to_owned(), caret));
        Some(moment)
    }

    /// Gives back what was taken back last.
    pub(super) fn on(&mut self, text: &str, caret: usize) -> Option<Moment> {
        self.last = None;
        let moment = self.after.pop()?;
        self.before.push((text.to_owned(), caret));
        Some(moment)
    }
}
