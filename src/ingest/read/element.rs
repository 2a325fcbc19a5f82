//! Walking the array that holds a document's claims, and what becomes of each element.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::Value;

use super::secret;
use crate::domain::{Claim, Point, Rule};
use crate::ingest::document::Document;
use crate::ingest::json::{Json, Kind};
use crate::ingest::look::Look;
use crate::ingest::reader::{Failure, ReadError, Sink};

/// More rules than this no scanner has; past it a rule may be told twice, which harms nothing.
const RULES_REMEMBERED: usize = 1 << 16;

/// What an element of a claims array turned out to be.
#[derive(Debug)]
pub(super) enum Reading {
    /// A claim.
    Claim(Box<Claim>),
    /// It claims no weakness; why.
    Aside(String),
    /// It should have been a claim; what stands against it.
    Unreadable(Failure, String),
}

impl Reading {
    /// A field is missing or of another type.
    pub(super) fn wrong(why: &str) -> Self {
        Self::Unreadable(Failure::WrongShape, why.to_owned())
    }

    /// Nothing says which file it is about.
    pub(super) fn names_no_code(why: &str) -> Self {
        Self::Unreadable(Failure::NamesNoCode, why.to_owned())
    }

    /// It claims no weakness.
    pub(super) fn aside(why: impl Into<String>) -> Self {
        Self::Aside(why.into())
    }

    /// Hands it to the sink.
    pub(super) fn tell(self, sink: &mut dyn Sink, at: &dyn Display, raw: &[u8]) -> Result<(), ReadError> {
        match self {
            Self::Claim(claim) => sink.claim(at, raw, *claim),
            Self::Aside(why) => sink.set_aside(at, &why),
            Self::Unreadable(failure, why) => sink.unreadable(at, failure, &why, raw),
        }
    }
}

impl From<Claim> for Reading {
    /// A claim about a credential masks it from here on.
    fn from(mut claim: Claim) -> Self {
        for place in
            claim.place.iter_mut().chain(&mut claim.more_places).filter(|place| place.start.line == 0)
        {
            // An end without a beginning says nothing.
            (place.start, place.end) = (Point::default(), Point::default());
        }
        let title = claim.title.clone();
        secret::sift(&mut claim, &title);
        Self::Claim(Box::new(claim))
    }
}

/// Walks the members of the object that a report is. One of `lists` must be among them, as a document without any
/// list of claims is no report, and to read it as one would say that nothing was found.
pub(super) fn members(
    document: &Document,
    lists: &[&str],
    mut each: impl FnMut(&mut Json<'_>, &str) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut found = false;
    let mut json = document.json()?;
    json.object(|json, key| {
        found |= lists.contains(&key);
        each(json, key)
    })?;
    json.finish()?;
    if found { Ok(()) } else { Err(without(lists)) }
}

/// What to say of a document that has none of the lists that could hold its format's claims.
pub(super) fn without(lists: &[&str]) -> ReadError {
    ReadError::Unsupported(format!("has no `{}`, so it says nothing of what was found", lists.join("` or `")))
}

/// Walks one list of the object that a report is, as [`each`] does.
pub(super) fn each_of(
    document: &Document,
    sink: &mut dyn Sink,
    list: &str,
    mut take: impl FnMut(&mut dyn Sink, &dyn Display, &[u8], &Value) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    document
        .json()?
        .object(|json, key| if key == list { each(json, sink, list, &mut take) } else { Ok(()) })?;
    Ok(())
}

/// Fails unless the next value is a list, or `null`, which some tools write for an empty one.
pub(super) fn must_be_list(json: &mut Json<'_>, list: &str) -> Result<(), ReadError> {
    match json.kind()? {
        Kind::Array | Kind::Null => Ok(()),
        _ => Err(ReadError::Unsupported(format!("`{list}` is no list"))),
    }
}

/// As [`must_be_list`], for claims that are kept under keys.
pub(super) fn must_be_object(json: &mut Json<'_>, list: &str) -> Result<(), ReadError> {
    match json.kind()? {
        Kind::Object | Kind::Null => Ok(()),
        _ => Err(ReadError::Unsupported(format!("`{list}` is no object"))),
    }
}

/// Walks the array that comes next, one element in memory at a time. `null` is an empty array; any other value
/// could hide claims, so it refuses the document. An element that cannot be held is told as unreadable.
pub(super) fn each(
    json: &mut Json<'_>,
    sink: &mut dyn Sink,
    list: &str,
    take: impl FnMut(&mut dyn Sink, &dyn Display, &[u8], &Value) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    each_again(json, sink, list, true, take)
}

/// As [`each`], for a list that is walked several times: only the walk that `tells_odd` tells of what cannot be held.
pub(super) fn each_again(
    json: &mut Json<'_>,
    sink: &mut dyn Sink,
    list: &str,
    tells_odd: bool,
    mut take: impl FnMut(&mut dyn Sink, &dyn Display, &[u8], &Value) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    must_be_list(json, list)?;
    json.array(|json, index| {
        let at = format_args!("{list}[{index}]");
        match json.parse::<Value>()? {
            Ok(value) => take(sink, &at, json.last_raw(), &value),
            Err(_) if !tells_odd => Ok(()),
            Err(odd) => sink.unreadable(&at, odd.failure, &odd.why, json.last_raw()),
        }
    })?;
    Ok(())
}

/// The rules told so far, for formats that describe a rule with each of its results.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeSet<String>);

impl Told {
    /// Tells of a rule unless it was told before; `rule` is only made when it was not.
    pub(super) fn once(
        &mut self,
        sink: &mut dyn Sink,
        id: &str,
        rule: impl FnOnce() -> Rule,
    ) -> Result<(), ReadError> {
        if id.is_empty() || self.0.contains(id) {
            return Ok(());
        }
        if self.0.len() < RULES_REMEMBERED {
            self.0.insert(id.to_owned());
        }
        sink.rule(rule())
    }
}

/// Notes what the tool gave for a line and can be none, so that the place has none.
pub(super) fn note_lines(notes: &mut Vec<(String, String)>, value: &Value, paths: &[&str]) {
    for line in paths.iter().filter_map(|path| value.no_line(path)) {
        let words = format!("line {line} is not possible");
        if !notes.iter().any(|(_, known)| *known == words) {
            note(notes, "line", words);
        }
    }
}

/// Adds a note unless its value is empty.
pub(super) fn note(notes: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    let value = value.into();
    if !value.trim().is_empty() {
        notes.push((name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::document::Document;
    use crate::ingest::reader::collect::Collected;

    fn walk(text: &str) -> Result<Collected, ReadError> {
        let document = Document::bytes("test", text);
        let mut sink = Collected::default();
        each(&mut document.json()?, &mut sink, "list", |sink, at, raw, value| {
            let reading =
                if value.is_object() { Reading::aside("fine") } else { Reading::wrong("no object") };
            reading.tell(sink, at, raw)
        })?;
        Ok(sink)
    }

    #[test]
    fn every_element_is_accounted_for() {
        let deep = format!("[{{}}, 1, {}{}]", "[".repeat(200), "]".repeat(200));
        let sink = walk(&deep).unwrap();
        assert_eq!(sink.aside, [("list[0]".to_owned(), "fine".to_owned())]);
        assert_eq!(
            sink.unreadable,
            [("list[1]".to_owned(), Failure::WrongShape), ("list[2]".to_owned(), Failure::TooLarge)]
        );
    }

    #[test]
    fn null_is_no_claims_and_anything_else_refuses() {
        assert!(walk("null").unwrap().aside.is_empty());
        assert!(matches!(walk("{}"), Err(ReadError::Unsupported(_))));
        assert!(matches!(walk("\"x\""), Err(ReadError::Unsupported(_))));
    }

    #[test]
    fn a_rule_is_told_once() {
        let mut told = Told::default();
        let mut sink = Collected::default();
        for id in ["a", "b", "a", ""] {
            told.once(&mut sink, id, || Rule { id: id.into(), ..Rule::default() }).unwrap();
        }
        assert_eq!(sink.rules.len(), 2);
    }
}
