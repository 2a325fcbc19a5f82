//! Which reader a document is for; and of one that none knows, whether that is because it is broken.

use serde::de::IgnoredAny;

use super::READERS;
use super::xml::Xml;
use crate::ingest::document::{Document, Shape, Top};
use crate::ingest::json::{Json, Kind};
use crate::ingest::reader::{ReadError, Reader};

/// What a document is to the readers.
pub enum Recognised {
    /// There is nothing in it at all: no format is.
    Blank,
    /// It holds nothing, in any format.
    Empty,
    /// This one's.
    By(&'static dyn Reader),
    /// Nobody's.
    Unknown,
}

/// Asks the readers for a document, by its beginning first and by all of it only if nobody knows that.
///
/// # Errors
/// When it cannot be read, or nobody knows it and it begins like JSON or XML and is broken.
pub fn recognise(document: &Document) -> Result<Recognised, ReadError> {
    let asked = |shape: &Shape| READERS.iter().find(|reader| reader.recognises(shape)).copied();
    let shape = document.shape()?;
    if shape.top == Top::Empty {
        return Ok(Recognised::Blank);
    }
    if shape.hollow {
        return Ok(Recognised::Empty);
    }
    if let Some(reader) = asked(&shape) {
        return Ok(Recognised::By(reader));
    }
    if let Some(reader) = asked(&document.whole_shape()?) {
        return Ok(Recognised::By(reader));
    }
    // Its marks may lie behind the break, so the break is what there is to tell.
    if begins_like_json(&shape.prefix) {
        pass_value(&mut document.json()?)?;
    } else if shape.prefix.trim_start().starts_with("<?xml") {
        let mut xml = Xml::new(document)?;
        while xml.enter()? {}
    }
    Ok(Recognised::Unknown)
}

/// Whether a text begins like a scanner's JSON: an object with keys, or a list of such. Much else begins with a bracket:
/// TOML, logs, notes, templates.
fn begins_like_json(text: &str) -> bool {
    let inner = text.trim_start_matches(|c: char| c == '[' || c.is_ascii_whitespace());
    let is_list = text.trim_start().starts_with('[');
    match inner.strip_prefix('{') {
        Some(object) => {
            let first = object.trim_start();
            first.is_empty() || first.starts_with(['"', '}'])
        }
        None => is_list && (inner.is_empty() || inner.starts_with(['"', ']'])),
    }
}

/// Checks the value that comes next, one member or element in memory at a time.
fn pass_value(json: &mut Json<'_>) -> Result<(), ReadError> {
    let member = |json: &mut Json<'_>| json.parse::<IgnoredAny>().map(drop);
    match json.kind()? {
        Kind::Object => json.object(|json, _| member(json))?,
        _ => json.array(|json, _| member(json))?,
    };
    Ok(())
}
