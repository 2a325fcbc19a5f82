//! The members of a finding under the names that all models share, and which of them were used.

use serde_json::{Map, Value};

use crate::ingest::read::model::place::{self, Span};
use crate::ingest::read::model::words::{self, Names, norm};

struct Fact<'v> {
    norm: String,
    key: &'v str,
    value: &'v Value,
    used: bool,
}

/// A finding's members, those that are nested one level down behind its own.
pub(super) struct Facts<'v> {
    all: Vec<Fact<'v>>,
    /// One bit for each sort of name that is there: most of the hundreds of names asked for are not.
    there: u64,
}

/// The bit of a name, by its length and its ends.
fn bit(name: &str) -> u64 {
    let byte = |byte: Option<&u8>| u64::from(byte.copied().unwrap_or_default());
    let bytes = name.as_bytes();
    let mixed = byte(bytes.first()) * 7 + byte(bytes.last()) * 13 + bytes.len() as u64 * 3;
    1 << (mixed % 64)
}

impl<'v> Facts<'v> {
    pub(super) fn of(map: &'v Map<String, Value>) -> Self {
        let fact = |(key, value): (&'v String, &'v Value)| Fact { norm: norm(key), key, value, used: false };
        let mut all: Vec<Fact<'v>> = map.iter().map(fact).collect();
        let nested: Vec<&Map<String, Value>> = all
            .iter_mut()
            .filter(|fact| words::word(&fact.norm).nested)
            .filter_map(|fact| {
                let inner = fact.value.as_object()?;
                // Its members are looked at by themselves.
                fact.used = true;
                Some(inner)
            })
            .collect();
        let own = all.len();
        for inner in nested {
            for more in inner.iter().map(fact) {
                // A text or a number of the finding's own says more than one of a part.
                let known = all
                    .iter()
                    .take(own)
                    .any(|fact| fact.norm == more.norm && !fact.value.is_null() && !fact.value.is_object());
                if !known {
                    all.push(more);
                }
            }
        }
        let there = all.iter().fold(0, |there, fact| there | bit(&fact.norm));
        Self { all, there }
    }

    /// The value of a name; the first that is not null.
    pub(super) fn get(&self, name: &str) -> Option<&'v Value> {
        if self.there & bit(name) == 0 {
            return None;
        }
        self.all.iter().find(|fact| fact.norm == name && !fact.value.is_null()).map(|fact| fact.value)
    }

    /// The key under which a name stands.
    pub(super) fn key(&self, name: &str) -> &'v str {
        self.all.iter().find(|fact| fact.norm == name).map_or("", |fact| fact.key)
    }

    pub(super) fn used(&mut self, name: &str) {
        self.all.iter_mut().filter(|fact| fact.norm == name).for_each(|fact| fact.used = true);
    }

    /// As [`Self::get`], and it is used.
    pub(super) fn take(&mut self, name: &str) -> Option<&'v Value> {
        let value = self.get(name)?;
        self.used(name);
        Some(value)
    }

    /// The first value under some names that fits, which is then used.
    pub(super) fn first(&mut self, names: Names, fits: impl Fn(&Value) -> bool) -> Option<&'v Value> {
        let name = names.iter().find(|name| self.get(name).is_some_and(&fits))?;
        self.take(name)
    }

    /// The lines that the finding names, with columns where it does.
    pub(super) fn spans(&mut self) -> Vec<Span> {
        let mut spans = match self.first(words::LINE, |value| !place::spans(value).is_empty()) {
            Some(value) => place::spans(value),
            // `{"start": {"line": 3}, "end": {"line": 4}}`, without a name around them.
            None => {
                let both: Map<String, Value> = ["start", "end"]
                    .iter()
                    .filter_map(|name| Some(((*name).to_owned(), self.get(name)?.clone())))
                    .collect();
                let spans = place::spans(&Value::Object(both));
                if !spans.is_empty() {
                    self.used("start");
                    self.used("end");
                }
                spans
            }
        };
        let number =
            |value: Option<&Value>| value.map(place::spans).and_then(|spans| Some(spans.first()?.start.line));
        let last = number(self.first(words::END_LINE, |value| !place::spans(value).is_empty()));
        let column = number(self.first(words::COLUMN, |value| !place::spans(value).is_empty()));
        let end_column = number(self.first(words::END_COLUMN, |value| !place::spans(value).is_empty()));
        if let [span] = spans.as_mut_slice() {
            span.end.line = last.filter(|last| *last >= span.start.line).unwrap_or(span.end.line);
            span.start.column = column.unwrap_or(span.start.column);
            span.end.column = end_column.unwrap_or(span.end.column);
        }
        spans
    }

    /// What nobody asked for, by its key.
    pub(super) fn unused(&self) -> impl Iterator<Item = (&'v str, &'v Value)> {
        self.all.iter().filter(|fact| !fact.used).map(|fact| (fact.key, fact.value))
    }
}
