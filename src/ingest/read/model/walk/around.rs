//! What is known of a finding from what stands around it, and of what could not be mended at or below a place.

use crate::ingest::read::model::outline::{Into, Outline, What};
use crate::ingest::read::model::repair::{Damage, Repaired, Step};
use crate::ingest::read::model::words;
use crate::ingest::reader::Failure;

/// How deep envelopes, lists and answers inside of answers go.
const DEPTH: usize = 16;

/// What is known of a finding from what stands around it.
#[derive(Debug, Clone, Default)]
pub(in crate::ingest::read::model) struct Around {
    pub(in crate::ingest::read::model) file: String,
    pub(in crate::ingest::read::model) severity: String,
    pub(in crate::ingest::read::model) class: String,
    /// Where the model dismisses it: under what name.
    pub(in crate::ingest::read::model) dismissed: String,
    /// Whether it stands in a list that is named for findings.
    pub(in crate::ingest::read::model) listed: bool,
    /// What had to be repaired to get to it.
    pub(in crate::ingest::read::model) repairs: Vec<&'static str>,
    depth: usize,
}

impl Around {
    pub(in crate::ingest::read::model) fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    pub(in crate::ingest::read::model) fn repaired(&self, repairs: &[&'static str]) -> Self {
        let mut around = self.clone();
        around.repairs.extend(repairs.iter().copied().filter(|what| !self.repairs.contains(what)));
        around
    }

    pub(in crate::ingest::read::model) const fn too_deep(&self) -> bool {
        self.depth > DEPTH
    }
}

/// The damages that lie at or below a place, and how far down it is.
#[derive(Clone, Default)]
pub(in crate::ingest::read::model) struct Marks<'r> {
    pub(in crate::ingest::read::model) damages: Vec<&'r Damage>,
    depth: usize,
    /// The text that was mended.
    text: &'r str,
}

impl<'r> Marks<'r> {
    pub(in crate::ingest::read::model) fn new(repaired: &'r Repaired, text: &'r str) -> Self {
        Self { damages: repaired.damages.iter().collect(), depth: 0, text }
    }

    fn below(&self, fits: impl Fn(&Step) -> bool) -> Self {
        if self.damages.is_empty() {
            return Self::default();
        }
        let damages = self
            .damages
            .iter()
            .filter(|damage| damage.path.get(self.depth).is_some_and(&fits))
            .copied()
            .collect();
        Self { damages, depth: self.depth + 1, text: self.text }
    }

    pub(in crate::ingest::read::model) fn index(&self, index: usize) -> Self {
        self.below(|step| *step == Step::Index(index))
    }

    pub(in crate::ingest::read::model) fn key(&self, key: &str) -> Self {
        self.below(|step| matches!(step, Step::Key(own) if own == key))
    }

    /// The damage that makes this place unreadable as one thing, and its text.
    pub(in crate::ingest::read::model) fn worst(&self) -> Option<(&'r Damage, &'r str)> {
        let damage = self.damages.iter().max_by_key(|damage| damage.failure == Failure::Truncated)?;
        let from = damage.begins.get(self.depth).copied().unwrap_or(damage.range.start);
        Some((damage, self.text.get(from..damage.range.end).unwrap_or_default()))
    }

    /// Whether this place itself was given up, so that `null` stands there.
    pub(in crate::ingest::read::model) fn here(&self) -> bool {
        self.damages
            .iter()
            .any(|damage| damage.failure == Failure::Invalid && damage.path.len() == self.depth)
    }
}

/// What an object around findings says of all of them.
pub(in crate::ingest::read::model) fn inside(outline: &Outline, around: &Around) -> Around {
    let mut inside = around.clone();
    if let Some(file) = outline.text(words::FILE).filter(|text| words::is_path(text)) {
        inside.file = file.to_owned();
    } else if let Some(What::Text(Some(id))) = outline.get("customid")
        && inside.file.is_empty()
        && words::is_path(id)
    {
        inside.file = id.clone();
    }
    const CLASS: words::Names = &["vulnerabilitytype", "category", "vulnerabilityclass", "weakness"];
    if let Some(class) = outline.text(CLASS).filter(|text| text.len() < 100) {
        inside.class = class.to_owned();
    }
    inside
}

/// What one member of such an object says of what it holds.
pub(in crate::ingest::read::model) fn part(inside: &Around, key: &str, into: Into) -> Around {
    let mut around = inside.clone();
    match into {
        Into::List(listed) => around.listed |= listed,
        Into::Dismissed => around.dismissed = key.to_owned(),
        Into::File => {
            around.file = key.to_owned();
            around.listed = true;
        }
        Into::Severity => {
            around.severity = key.to_owned();
            around.listed = true;
        }
        Into::Class => around.class = key.to_owned(),
        Into::Nothing => {}
    }
    around
}
