//! The entries that name a case, in order.

/// A case's place in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mention {
    /// The entry, by its arrival.
    pub(super) entry: usize,
    /// Which of the cases that the act names.
    pub(super) item: usize,
}

/// The mentions of one case. Most cases are judged once, and a million vectors of one cost as much as all the
/// rest.
#[derive(Debug, Clone)]
pub(super) enum Mentions {
    One(Mention),
    Many(Vec<Mention>),
}

impl Mentions {
    pub(super) fn as_slice(&self) -> &[Mention] {
        match self {
            Self::One(mention) => std::slice::from_ref(mention),
            Self::Many(mentions) => mentions,
        }
    }

    /// Puts a mention after all those that are before it.
    pub(super) fn insert(&mut self, mention: Mention, before: impl Fn(&Mention) -> bool) {
        match self {
            Self::One(first) => {
                let pair = if before(first) { [*first, mention] } else { [mention, *first] };
                *self = Self::Many(pair.to_vec());
            }
            Self::Many(mentions) => {
                // Nearly always it is the last: only another's journal brings what is older.
                let at = match mentions.last() {
                    Some(last) if !before(last) => mentions.partition_point(before),
                    _ => mentions.len(),
                };
                mentions.insert(at, mention);
            }
        }
    }
}
