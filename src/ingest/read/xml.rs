//! A walk through an XML document of any size that hands out single elements as small trees.
//!
//! Refuses document type declarations, and with them every entity a document could define: only XML's own five
//! and character references are replaced. Never recurses on the input's depth; what one step reads is bounded.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use crate::ingest::document::Document;
use crate::ingest::json::{Odd, VALUE_LIMIT};
use crate::ingest::reader::{Failure, ReadError};

/// Elements open at once in a document.
const DEPTH_LIMIT: usize = 1 << 10;
/// Elements open at once in a tree; a tree is dropped by recursion.
const TREE_DEPTH: usize = 64;

/// An element with all that is in it. Names are without their prefixes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The first element at a path of names, such as `source/name`; itself for an empty path.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        names.try_fold(self, |element, name| element.children.iter().find(|child| child.name == name))
    }

    /// The text of the first element at a path, without white space around it.
    pub(super) fn text(&self, path: &str) -> &str {
        self.at(path).map_or("", |element| element.text.trim())
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// All elements of a name inside the first element at a path.
    pub(super) fn all<'e>(&'e self, path: &str, name: &'e str) -> impl Iterator<Item = &'e Self> {
        let children = self.at(path).map_or(&[][..], |element| &element.children);
        children.iter().filter(move |child| child.name == name)
    }

    /// The element written out again.
    pub(super) fn source(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    // Recursion is bounded by `TREE_DEPTH`.
    fn write(&self, out: &mut String) {
        let _ = write!(out, "<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"{}\"", quick_xml::escape::escape(value.as_str()));
        }
        out.push('>');
        out.push_str(&quick_xml::escape::escape(self.text.trim()));
        for child in &self.children {
            child.write(out);
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

/// A walk from a document's beginning. Every step enters an element; what is in it may be taken as a tree.
pub(super) struct Xml<'d> {
    reader: quick_xml::Reader<BufReader<Capped<'d>>>,
    left: Rc<Cell<usize>>,
    buffer: Vec<u8>,
    lines: u64,
    bytes: u64,
    path: Vec<String>,
    /// The attributes of the element entered last.
    entered: Vec<(String, String)>,
    /// The element entered last has no content, so its end was read with it.
    is_empty: bool,
    begun: bool,
}

/// Bounds what is read for one step.
struct Capped<'d> {
    input: Box<dyn Read + 'd>,
    left: Rc<Cell<usize>>,
}

impl Read for Capped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other(format!(
                "a single tag or text is larger than {} MiB",
                VALUE_LIMIT >> 20
            )));
        }
        let most = buffer.len().min(left);
        let got = self.input.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left.set(left - got);
        Ok(got)
    }
}

/// One step, owned.
enum Token {
    Start(String, Vec<(String, String)>),
    Empty(String, Vec<(String, String)>),
    End,
    Text(String),
    Other,
    Eof,
}

impl<'d> Xml<'d> {
    pub(super) fn new(document: &'d Document) -> Result<Self, ReadError> {
        let left = Rc::new(Cell::new(VALUE_LIMIT));
        let input = Capped { input: document.open()?, left: Rc::clone(&left) };
        Ok(Self {
            reader: quick_xml::Reader::from_reader(BufReader::with_capacity(64 << 10, input)),
            left,
            buffer: Vec::new(),
            lines: 0,
            bytes: 0,
            path: Vec::new(),
            entered: Vec::new(),
            is_empty: false,
            begun: false,
        })
    }

    /// The names of the open elements, the one entered last at the end.
    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    /// An attribute of the element entered last.
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.entered.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Enters the next element in the order of the document, leaving those that end before it. False at the end.
    pub(super) fn enter(&mut self) -> Result<bool, ReadError> {
        if std::mem::take(&mut self.is_empty) {
            self.path.pop();
        }
        loop {
            match self.token()? {
                Token::Start(name, attributes) => {
                    self.open(name, attributes)?;
                    return Ok(true);
                }
                Token::Empty(name, attributes) => {
                    self.open(name, attributes)?;
                    self.is_empty = true;
                    return Ok(true);
                }
                Token::End => {
                    self.path.pop();
                }
                Token::Text(text) if self.path.is_empty() && !text.trim().is_empty() => {
                    return Err(self.malformed("text outside of the document's element"));
                }
                Token::Text(_) | Token::Other => {}
                Token::Eof if self.path.is_empty() && self.begun => return Ok(false),
                Token::Eof => return Err(self.truncated()),
            }
        }
    }

    fn open(&mut self, name: String, attributes: Vec<(String, String)>) -> Result<(), ReadError> {
        if self.path.is_empty() && std::mem::replace(&mut self.begun, true) {
            return Err(self.malformed("something stands behind the end of the document"));
        }
        if self.path.len() >= DEPTH_LIMIT {
            return Err(ReadError::TooDeep { limit: DEPTH_LIMIT, byte: self.bytes });
        }
        self.path.push(name);
        self.entered = attributes;
        Ok(())
    }

    /// Takes the element entered last with all that is in it, and leaves it. One that is too large or too deep is
    /// odd, and passed over.
    pub(super) fn take(&mut self) -> Result<Result<Element, Odd>, ReadError> {
        let name = self.path.pop().unwrap_or_default();
        let mut open =
            vec![Element { name, attributes: std::mem::take(&mut self.entered), ..Element::default() }];
        let mut size = 0;
        let mut depth = 1_usize;
        let mut odd = None;
        if std::mem::take(&mut self.is_empty) {
            return Ok(Ok(open.pop().unwrap_or_default()));
        }
        while depth > 0 {
            let before = self.bytes;
            let token = self.token()?;
            size += self.bytes - before;
            if odd.is_none() && (size > VALUE_LIMIT as u64 || depth > TREE_DEPTH) {
                let why = if depth > TREE_DEPTH { "nested too deep" } else { "larger than the limit" };
                odd = Some(Odd { failure: Failure::TooLarge, why: why.into() });
                open.clear();
            }
            match token {
                Token::Start(name, attributes) => {
                    depth += 1;
                    if odd.is_none() {
                        open.push(Element { name, attributes, ..Element::default() });
                    }
                    if self.path.len() + depth > DEPTH_LIMIT {
                        return Err(ReadError::TooDeep { limit: DEPTH_LIMIT, byte: self.bytes });
                    }
                }
                Token::Empty(name, attributes) => {
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(Element { name, attributes, ..Element::default() });
                    }
                }
                Token::End => {
                    depth -= 1;
                    if depth > 0
                        && let Some(done) = open.pop()
                        && let Some(parent) = open.last_mut()
                    {
                        parent.children.push(done);
                    }
                }
                Token::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text);
                    }
                }
                Token::Other => {}
                Token::Eof => return Err(self.truncated()),
            }
        }
        Ok(match odd {
            Some(odd) => Err(odd),
            None => Ok(open.pop().unwrap_or_default()),
        })
    }

    fn token(&mut self) -> Result<Token, ReadError> {
        self.buffer.clear();
        self.left.set(VALUE_LIMIT);
        let position = (self.lines + 1, self.bytes);
        let malformed = |why: String| ReadError::Malformed { why, line: position.0, byte: position.1 };
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) => {
                return Err(ReadError::Io(io::Error::new(error.kind(), error.to_string())));
            }
            Err(quick_xml::Error::Syntax(error))
                if !matches!(error, quick_xml::errors::SyntaxError::InvalidBangMarkup) =>
            {
                return Err(ReadError::Truncated { line: position.0, byte: position.1 });
            }
            Err(error) => return Err(malformed(error.to_string())),
        };
        let token = match event {
            Event::Start(start) => Token::Start(local(&start), attributes(&start).map_err(malformed)?),
            Event::Empty(start) => Token::Empty(local(&start), attributes(&start).map_err(malformed)?),
            Event::End(_) => Token::End,
            Event::Text(text) => Token::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()),
            Event::CData(text) => Token::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()),
            Event::GeneralRef(reference) => {
                let named = resolve_predefined_entity(&reference).map(str::to_owned);
                let number = || reference.resolve_char_ref().ok().flatten().map(String::from);
                let text = named.or_else(number);
                Token::Text(text.ok_or_else(|| malformed(format!("unknown entity `&{};`", &*reference)))?)
            }
            Event::DocType(_) => {
                return Err(ReadError::Unsupported(
                    "has a document type declaration, which no scanner writes and which can hide an attack: remove it"
                        .into(),
                ));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Token::Other,
            Event::Eof => Token::Eof,
        };
        self.bytes = self.reader.buffer_position();
        self.lines += memchr::memchr_iter(b'\n', &self.buffer).count() as u64;
        Ok(token)
    }

    fn malformed(&self, why: &str) -> ReadError {
        ReadError::Malformed { why: why.to_owned(), line: self.lines + 1, byte: self.bytes }
    }

    fn truncated(&self) -> ReadError {
        ReadError::Truncated { line: self.lines + 1, byte: self.bytes }
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn attributes(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?
            .into_owned();
        out.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ReadError {
        let document = Document::bytes("test", text);
        let mut xml = Xml::new(&document).unwrap();
        loop {
            match xml.enter() {
                Ok(true) => {}
                Ok(false) => panic!("not refused: {text}"),
                Err(error) => return error,
            }
        }
    }

    #[test]
    fn elements_are_entered_in_order_and_taken_as_trees() {
        let text = "<?xml version='1.0'?><!-- c --><v:a xmlns:v='x' k='1 &amp; 2'><b>one &lt;&#33; <![CDATA[<two>]]></b><c/>\
                    <d><e n='5'>deep</e><e/></d></v:a>\n";
        let document = Document::bytes("test", text);
        let mut xml = Xml::new(&document).unwrap();
        let mut seen = Vec::new();
        while xml.enter().unwrap() {
            seen.push(xml.path().join("/"));
            match xml.path().last().map(String::as_str) {
                Some("a") => assert_eq!(xml.attribute("k"), "1 & 2"),
                Some("b") => assert_eq!(xml.take().unwrap().unwrap().text(""), "one <! <two>"),
                Some("d") => {
                    let taken = xml.take().unwrap().unwrap();
                    assert_eq!((taken.text("e"), taken.all("", "e").count()), ("deep", 2));
                    assert_eq!(taken.at("e").unwrap().attribute("n"), "5");
                    assert_eq!(taken.source(), "<d><e n=\"5\">deep</e><e></e></d>");
                }
                _ => {}
            }
        }
        assert_eq!(seen, ["a", "a/b", "a/c", "a/d"]);
    }

    #[test]
    fn declarations_of_types_and_unknown_entities_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>";
        assert!(matches!(error(bomb), ReadError::Unsupported(_)));
        assert!(matches!(error("<x>&b;</x>"), ReadError::Malformed { .. }));
        assert!(matches!(error("<x a='&b;'/>"), ReadError::Malformed { .. }));
    }

    #[test]
    fn what_is_cut_or_broken_is_refused() {
        for text in ["<a><b>", "<a><b", "<a", "<a><!-- ", "", "<a>\n<b/>"] {
            assert!(matches!(error(text), ReadError::Truncated { .. }), "{text}");
        }
        for text in ["<a></b>", "<a/>x", "<a/><b/>", "<a b></a>", "<a><!x></a>"] {
            assert!(matches!(error(text), ReadError::Malformed { .. }), "{text}");
        }
        let deep = "<a>".repeat(DEPTH_LIMIT + 1);
        assert!(matches!(error(&deep), ReadError::TooDeep { .. }));
    }

    #[test]
    fn a_tree_too_deep_is_passed_over() {
        let text = format!("<r><t>{}{}</t><u>x</u></r>", "<a>".repeat(TREE_DEPTH), "</a>".repeat(TREE_DEPTH));
        let document = Document::bytes("test", text);
        let mut xml = Xml::new(&document).unwrap();
        assert!(xml.enter().unwrap() && xml.enter().unwrap());
        assert_eq!(xml.take().unwrap().unwrap_err().failure, Failure::TooLarge);
        assert!(xml.enter().unwrap());
        assert_eq!(xml.take().unwrap().unwrap().text(""), "x");
        assert!(!xml.enter().unwrap());
    }
}
