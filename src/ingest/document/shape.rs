//! The shape of a document: the outline by which readers recognise their format.

use std::collections::{BTreeMap, BTreeSet};

use crate::ingest::json::{Json, Kind};
use crate::ingest::reader::ReadError;

/// How deep a shape looks.
const SHAPE_DEPTH: usize = 7;
/// How many keys of an inner object a shape looks at.
const SHAPE_CHILDREN: usize = 64;
/// How many keys a shape keeps, about.
const SHAPE_KEYS: usize = 4096;
/// How many elements of an array a shape looks into.
const SHAPE_ELEMENTS: usize = 8;

/// What a document is at its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Top {
    /// No content but white space.
    Empty,
    /// One JSON object.
    Object,
    /// One JSON array.
    Array,
    /// XML; the root element's name without its prefix, and its namespace.
    Xml(String, String),
    /// Anything else.
    Text,
}

/// The outline by which readers recognise their format: which keys there are, and a few short texts.
#[derive(Debug, Clone)]
pub struct Shape {
    /// What it is at its top.
    pub top: Top,
    /// The first part of the text.
    pub prefix: String,
    keys: BTreeSet<String>,
    texts: BTreeMap<String, String>,
    /// Top-level JSON values seen, up to three; more than one is JSON Lines.
    pub values: usize,
    /// True when the top-level array or object has no elements at all.
    pub hollow: bool,
}

impl Shape {
    /// The shape of a document's beginning.
    #[must_use]
    pub fn of_prefix(bytes: &[u8]) -> Self {
        let prefix = String::from_utf8_lossy(bytes).into_owned();
        let start = prefix.trim_start();
        let top = match start.bytes().next() {
            None => Top::Empty,
            Some(b'{') => Top::Object,
            Some(b'[') => Top::Array,
            Some(b'<') => xml_root(start).map_or(Top::Text, |(name, namespace)| Top::Xml(name, namespace)),
            Some(_) => Top::Text,
        };
        let mut shape =
            Self { top, prefix, keys: BTreeSet::new(), texts: BTreeMap::new(), values: 0, hollow: false };
        if matches!(shape.top, Top::Object | Top::Array) {
            let mut json = Json::new(Box::new(bytes));
            let mut whole = true;
            while shape.values < 3 {
                // An error is the prefix's end, or the reader's to report.
                let more = json.at_end().map(|end| !end).unwrap_or(false);
                if !more {
                    break;
                }
                shape.values += 1;
                if shape.look(&mut json, "", 0).is_err() {
                    whole = false;
                    break;
                }
            }
            shape.hollow =
                whole && shape.keys.is_empty() && shape.values == 1 && json.at_end().unwrap_or(false);
        }
        shape
    }

    /// Whether a key path was seen: `runs[].tool.driver.name`, `[].filePath`; `[]` for any element.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.keys.contains(path)
    }

    /// A short text at a path, where one was seen; the first wins.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    pub(super) fn look(&mut self, json: &mut Json<'_>, path: &str, depth: usize) -> Result<(), ReadError> {
        if depth >= SHAPE_DEPTH {
            return json.skip();
        }
        match json.kind()? {
            Kind::Object => {
                let mut children = 0;
                json.object(|json, key| {
                    children += 1;
                    // Data for keys, one per file or package, is no mark of a format and must not fill the memory;
                    // a key of a million letters is none either. Top-level keys all count.
                    if key.len() > 100 || (depth > 0 && children > SHAPE_CHILDREN) || children > SHAPE_KEYS {
                        return json.skip();
                    }
                    let inner = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    self.keys.insert(inner.clone());
                    if depth > 0 || self.keys.len() < SHAPE_KEYS {
                        self.look(json, &inner, depth + 1)
                    } else {
                        json.skip()
                    }
                })?;
            }
            Kind::Array => {
                let inner = format!("{path}[]");
                json.array(|json, index| {
                    self.keys.insert(inner.clone());
                    if index < SHAPE_ELEMENTS { self.look(json, &inner, depth + 1) } else { json.skip() }
                })?;
            }
            Kind::Text => {
                let short = json.raw()?.filter(|raw| raw.bytes().len() < 300);
                if let Some(Ok(Ok(text))) = short.map(|raw| raw.parse::<String>()) {
                    self.texts.entry(path.to_owned()).or_insert(text);
                }
            }
            _ => json.skip()?,
        }
        Ok(())
    }
}

/// The name and the namespace of an XML document's first element.
fn xml_root(text: &str) -> Option<(String, String)> {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(root) | quick_xml::events::Event::Empty(root) => {
                let name = root.local_name().as_ref().to_owned();
                let namespace = root
                    .attributes()
                    .flatten()
                    .find(|attribute| {
                        attribute.key.as_ref() == "xmlns" || attribute.key.as_ref().starts_with("xmlns:")
                    })
                    .map(|attribute| attribute.value.into_owned())
                    .unwrap_or_default();
                return Some((name, namespace));
            }
            quick_xml::events::Event::Eof => return None,
            _ => {}
        }
    }
}
