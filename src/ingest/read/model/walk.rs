//! The way through whatever stands around findings, down to each of them.
//!
//! What is held is at most one element of a list. Where the document is one JSON value it is walked twice, first
//! for its outline; each list element is then taken by itself and, where it is broken, mended by itself.

mod around;
mod lines;

use std::fmt::Display;
use std::io::Read;

use serde_json::Value;

use super::chat::{self, Content, join};
use super::outline::{self, Into, Member, Outline, Role, What};
use super::repair::{self, Repaired};
use super::words;
use crate::ingest::document::Document;
use crate::ingest::json::{Json, Kind, has_bare_control};
use crate::ingest::reader::{Failure, ReadError};

pub(super) use around::Around;
use around::{Marks, inside, part};
use lines::Looks;

/// A text, or something broken, may be this long.
const TEXT_LIMIT: usize = 64 << 20;
/// How much of a document is looked at to tell whether it is JSON Lines.
const HEAD: u64 = 256 << 10;

/// What receives the findings that the walk comes to.
pub(super) trait Hand {
    /// Something in a finding's place: any value but a list.
    fn element(
        &mut self,
        at: &dyn Display,
        raw: &[u8],
        value: &Value,
        around: &Around,
    ) -> Result<(), ReadError>;

    /// Something in a finding's place that cannot be read.
    fn broken(&mut self, at: &dyn Display, failure: Failure, why: &str, raw: &[u8]) -> Result<(), ReadError>;

    /// Something in a finding's place that is none, and why.
    fn aside(&mut self, at: &dyn Display, why: &str) -> Result<(), ReadError>;

    /// An answer that there is nothing to report; `certain` where it is said in a form that only findings have.
    fn clean(&mut self, certain: bool);

    /// An object around findings, which may say what wrote them.
    fn origin(&mut self, outline: &Outline);
}

/// A walk.
pub(super) struct Walk<'h> {
    hand: &'h mut dyn Hand,
    /// Elements and broken ones so far.
    pub(super) count: usize,
}

impl<'h> Walk<'h> {
    pub(super) fn new(hand: &'h mut dyn Hand) -> Self {
        Self { hand, count: 0 }
    }

    pub(super) fn clean(&mut self, certain: bool) {
        self.hand.clean(certain);
    }

    fn element(
        &mut self,
        at: &dyn Display,
        raw: &[u8],
        value: &Value,
        around: &Around,
    ) -> Result<(), ReadError> {
        self.count += 1;
        self.hand.element(at, raw, value, around)
    }

    fn aside(&mut self, at: &dyn Display, why: &str) -> Result<(), ReadError> {
        self.count += 1;
        self.hand.aside(at, why)
    }

    pub(super) fn broken(
        &mut self,
        at: &dyn Display,
        failure: Failure,
        why: &str,
        raw: &[u8],
    ) -> Result<(), ReadError> {
        self.count += 1;
        self.hand.broken(at, failure, why, raw)
    }

    /// Walks a whole document, whatever it is.
    pub(super) fn document(&mut self, document: &Document) -> Result<(), ReadError> {
        let mut head = Vec::new();
        document.open()?.take(HEAD).read_to_end(&mut head)?;
        let head = String::from_utf8_lossy(&head);
        if !head.trim_start().starts_with(['{', '[']) {
            return self.text(document);
        }
        let is_whole = (head.len() as u64) < HEAD;
        let looks = lines::looks(&head, is_whole);
        drop(head);
        // Where the first line is no value of its own, it may be that of one that goes on over all lines.
        if looks == Looks::Lines
            || looks == Looks::LinesUnlessSound
                && survey(&mut document.json()?).is_err_and(|error| error.is_syntax())
        {
            return self.lines(document);
        }
        let around = Around::default();
        match survey(&mut document.json()?) {
            Ok((outline, 1)) => self.one(&mut document.json()?, outline, "", &around, None),
            Ok(_) => {
                let mut json = document.json()?;
                let mut index = 0;
                while !json.at_end()? {
                    self.taken(&mut json, &format_args!("value {}", index + 1), &around, &Marks::default())?;
                    index += 1;
                }
                Ok(())
            }
            Err(error @ (ReadError::Io(_) | ReadError::Stopped(_))) => Err(error),
            Err(_) => self.text(document),
        }
    }

    fn text(&mut self, document: &Document) -> Result<(), ReadError> {
        let text = document.text(TEXT_LIMIT)?;
        self.answer("", &text, &Around::default())
    }

    /// Walks one JSON value of which the outline is known.
    pub(super) fn one(
        &mut self,
        json: &mut Json<'_>,
        outline: Option<Outline>,
        at: &str,
        around: &Around,
        mended: Option<(&Repaired, &str)>,
    ) -> Result<(), ReadError> {
        let marks = mended.map(|(repaired, text)| Marks::new(repaired, text)).unwrap_or_default();
        let repaired = mended.map(|(repaired, _)| repaired);
        match outline {
            Some(outline) => self.object(json, &outline, at, around, &marks, repaired),
            None if json.kind()? == Kind::Array => self.list(json, at, around, &marks, repaired),
            None => self.taken(json, &at, around, &marks),
        }
    }

    /// Walks the list that comes next, one element at a time.
    fn list(
        &mut self,
        json: &mut Json<'_>,
        at: &str,
        around: &Around,
        marks: &Marks<'_>,
        repaired: Option<&Repaired>,
    ) -> Result<(), ReadError> {
        let around = around.deeper();
        json.array(|json, index| {
            let local =
                repaired.and_then(|repaired| repaired.local.get(&usize::try_from(json.offset()).ok()?));
            let at = format_args!("{at}[{index}]");
            match local {
                Some(local) => self.taken(json, &at, &around.repaired(local), &marks.index(index)),
                None => self.taken(json, &at, &around, &marks.index(index)),
            }
        })?;
        Ok(())
    }

    /// Walks the object that comes next.
    fn object(
        &mut self,
        json: &mut Json<'_>,
        outline: &Outline,
        at: &str,
        around: &Around,
        marks: &Marks<'_>,
        repaired: Option<&Repaired>,
    ) -> Result<(), ReadError> {
        let Role::Around(parts) = outline.role() else {
            return self.taken(json, &at, around, marks);
        };
        self.hand.origin(outline);
        let inside = inside(outline, around);
        // Behind the members that were looked at the same sort of members goes on.
        let rest = parts.last().filter(|_| outline.members.len() < parts.len() * 2).map(|(_, into)| *into);
        let known = outline.members.len();
        let mut seen = 0;
        json.object(|json, key| {
            seen += 1;
            let into = parts.iter().find(|(own, _)| own == key).map(|(_, into)| *into);
            let Some(into) = into.or(rest.filter(|_| seen > known)) else { return Ok(()) };
            if into == Into::Nothing {
                self.clean(words::word(&words::norm(key)).plain_list && key != "results" && key != "issues");
                return Ok(());
            }
            let (at, around, marks) = (join(at, key), part(&inside, key, into), marks.key(key));
            match json.kind()? {
                Kind::Array => self.list(json, &at, &around, &marks, repaired),
                Kind::Object => {
                    let inner = outline.members.iter().find(|member| member.key == key);
                    match inner {
                        Some(Member { what: What::Object(inner), .. }) => {
                            self.object(json, inner, &at, &around.deeper(), &marks, repaired)
                        }
                        _ => self.taken(json, &at, &around, &marks),
                    }
                }
                _ => Ok(()),
            }
        })?;
        Ok(())
    }

    /// Takes the value that comes next whole.
    fn taken(
        &mut self,
        json: &mut Json<'_>,
        at: &dyn Display,
        around: &Around,
        marks: &Marks<'_>,
    ) -> Result<(), ReadError> {
        match json.parse::<Value>() {
            Ok(Ok(value)) if !has_bare_control(json.last_raw()) => {
                self.value(at, json.last_raw(), &value, around, marks)
            }
            Ok(Err(odd)) => self.broken(at, odd.failure, &odd.why, json.last_raw()),
            // A bare line end in a text is read all the same, and noted as mended.
            Ok(Ok(_)) | Err(ReadError::Malformed { .. }) => {
                let text = String::from_utf8_lossy(json.last_raw()).into_owned();
                self.answer(&at.to_string(), &text, around)
            }
            Err(error) => Err(error),
        }
    }

    /// Walks a value that is held.
    pub(super) fn value(
        &mut self,
        at: &dyn Display,
        raw: &[u8],
        value: &Value,
        around: &Around,
        marks: &Marks<'_>,
    ) -> Result<(), ReadError> {
        if around.too_deep() {
            return self.broken(at, Failure::TooLarge, "envelopes nested too deep", raw);
        }
        if let (true, Some((damage, text))) = (marks.here(), marks.worst()) {
            return self.broken(at, damage.failure, damage.why, text.as_bytes());
        }
        match value {
            Value::Array(list) => {
                let (at, around) = (at.to_string(), around.deeper());
                for (index, inner) in list.iter().enumerate() {
                    let raw = serde_json::to_vec(inner).unwrap_or_default();
                    self.value(&format_args!("{at}[{index}]"), &raw, inner, &around, &marks.index(index))?;
                }
                Ok(())
            }
            // A finding as a text: JSON inside of JSON.
            Value::String(text) if text.trim_start().starts_with(['{', '[', '`']) => {
                self.answer(&at.to_string(), text, &around.deeper())
            }
            Value::Object(map) if marks.damages.is_empty() && outline::is_plainly_a_finding(map) => {
                self.element(at, raw, value, around)
            }
            Value::Object(map) => {
                let outline = Outline::of_value(value, 0);
                match (outline.role(), marks.worst()) {
                    (Role::Around(parts), _) => {
                        self.hand.origin(&outline);
                        let at = at.to_string();
                        let inside = inside(&outline, around).deeper();
                        let rest =
                            parts.last().filter(|_| outline.members.len() < map.len()).map(|(_, into)| *into);
                        for (key, inner) in map {
                            let into = parts.iter().find(|(own, _)| own == key).map(|(_, into)| *into);
                            let Some(into) = into.or(rest) else { continue };
                            if into == Into::Nothing || !(inner.is_array() || inner.is_object()) {
                                self.clean(true);
                                continue;
                            }
                            let raw = serde_json::to_vec(inner).unwrap_or_default();
                            let around = part(&inside, key, into);
                            self.value(&join(&at, key), &raw, inner, &around, &marks.key(key))?;
                        }
                        Ok(())
                    }
                    (_, Some((damage, text))) => self.broken(at, damage.failure, damage.why, text.as_bytes()),
                    (Role::Chat, None) => self.chat(&at.to_string(), raw, value, &outline, around),
                    _ => self.element(at, raw, value, around),
                }
            }
            _ => self.element(at, raw, value, around),
        }
    }

    fn chat(
        &mut self,
        at: &str,
        raw: &[u8],
        value: &Value,
        outline: &Outline,
        around: &Around,
    ) -> Result<(), ReadError> {
        self.hand.origin(outline);
        let mut around = inside(outline, around).deeper();
        let answers = chat::answers(value, at);
        if answers.is_empty() && chat::is_question(value) {
            return Ok(());
        }
        if answers.is_empty() {
            return self.broken(&at, Failure::WrongShape, "a chat's envelope without an answer", raw);
        }
        around.listed = true;
        for answer in answers {
            // The batch's own record of the model lies inside.
            for path in ["response.body", "result.message", "response", "message"] {
                let inner = crate::ingest::look::Look::at(value, path);
                if inner.is_object() {
                    self.hand.origin(&Outline::of_value(inner, 0));
                }
            }
            let around = if answer.cut { around.repaired(&[repair::CUT]) } else { around.clone() };
            let before = self.count;
            match answer.what {
                Content::Text(text) => {
                    self.answer(&answer.at, &text, &around)?;
                    if self.count == before {
                        self.clean(true);
                    }
                }
                Content::Value(inner) => {
                    let raw = serde_json::to_vec(inner).unwrap_or_default();
                    self.value(&answer.at, &raw, inner, &around, &Marks::default())?;
                }
                Content::Missing(failure, why) => self.broken(&answer.at, failure, &why, raw)?,
            }
        }
        Ok(())
    }
}

/// Looks a document through for its syntax as far as the walk needs it: the outline of the first value, if that is
/// an object, and the number of values.
pub(super) fn survey(json: &mut Json<'_>) -> Result<(Option<Outline>, usize), ReadError> {
    let outline = match json.kind()? {
        Kind::Object => Some(Outline::of_json(json, 0)?),
        Kind::Array => {
            json.array(|_, _| Ok(()))?;
            None
        }
        _ => {
            json.skip()?;
            None
        }
    };
    let mut values = 1;
    while !json.at_end()? {
        json.skip()?;
        values += 1;
    }
    Ok((outline, values))
}
