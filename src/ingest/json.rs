//! A pull reader for JSON of any size: walks objects and arrays, hands out single values as bytes, skips the rest.
//!
//! It never recurses on the input's depth and holds one value at a time. It checks brackets and strings of all it
//! passes; the values it hands out are checked in full when they are parsed.

mod brackets;

use std::io::Read;

use memchr::memchr2;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::brackets::{BLOCK, Brackets, DEPTH_LIMIT, Step};
use super::reader::{Failure, ReadError};

/// How much is read at once.
const CHUNK: usize = 1 << 20;
/// A single claim, with its traces and snippets, larger than this is not kept in memory.
pub const VALUE_LIMIT: usize = 64 << 20;

/// What the next value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`
    Null,
}

/// A walk through a JSON document.
pub struct Json<'d> {
    input: Box<dyn Read + 'd>,
    buffer: Vec<u8>,
    /// Next byte to look at.
    pos: usize,
    /// End of what was read into `buffer`.
    end: usize,
    ended: bool,
    /// Bytes and line ends dropped from the front of `buffer`.
    dropped: u64,
    dropped_lines: u64,
    /// Where the value handed out last lies in `buffer`.
    last: std::ops::Range<usize>,
    key: String,
    brackets: Brackets,
}

/// The bytes of one value, not parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    bytes: &'a [u8],
    byte: u64,
    /// Line ends before the value: counted already, and still to count. Only an error asks for them.
    lines: u64,
    before: &'a [u8],
}

/// A value that is there but cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// The kind of failure.
    pub failure: Failure,
    /// What is wrong with it.
    pub why: String,
}

impl<'a> Raw<'a> {
    /// The bytes as they stand in the document.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Parses it. A value of another shape than `T` is odd; broken syntax is an error, since then nothing behind
    /// it can be trusted either.
    ///
    /// Repeated keys, lone surrogates and broken UTF-8, which JSON allows or tools write, are read leniently: the
    /// last key wins, the character becomes U+FFFD.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<Result<T, Odd>, ReadError> {
        let first = match serde_json::from_slice(self.bytes) {
            Ok(value) => return Ok(Ok(value)),
            Err(error) => error,
        };
        match self.lenient() {
            Ok(value) => Ok(serde_json::from_value(value)
                .map_err(|error| Odd { failure: Failure::WrongShape, why: error.to_string() })),
            Err(second) => self.classify(&first, &second),
        }
    }

    /// As [`Self::parse`], for a `T` that borrows its texts, which is what speed asks for. What has to be read
    /// leniently is written anew into `again` and borrowed from there.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn parse_borrowed<'b, T: Deserialize<'b>>(
        &self,
        again: &'b mut Vec<u8>,
    ) -> Result<Result<T, Odd>, ReadError>
    where
        'a: 'b,
    {
        let bytes: &'b [u8] = self.bytes;
        // Checking all of it as UTF-8 at once is cheaper than every text for itself.
        let first = match std::str::from_utf8(bytes).map(serde_json::from_str) {
            Ok(Ok(value)) => return Ok(Ok(value)),
            Ok(Err(error)) => error,
            Err(_) => serde::de::Error::custom("is not UTF-8"),
        };
        let odd = |error: serde_json::Error| Odd { failure: Failure::WrongShape, why: error.to_string() };
        match self.lenient() {
            Ok(value) => {
                again.clear();
                Ok(match serde_json::to_writer(&mut *again, &value) {
                    Ok(()) => serde_json::from_slice(again).map_err(odd),
                    Err(error) => Err(odd(error)),
                })
            }
            Err(second) => self.classify(&first, &second),
        }
    }

    fn lenient(&self) -> Result<Value, serde_json::Error> {
        let text = String::from_utf8_lossy(self.bytes);
        serde_json::from_str(&text).or_else(|_| serde_json::from_str(&without_lone_surrogates(&text)))
    }

    fn classify<T>(
        &self,
        first: &serde_json::Error,
        second: &serde_json::Error,
    ) -> Result<Result<T, Odd>, ReadError> {
        let why = second.to_string();
        if why.contains("recursion limit") {
            return Ok(Err(Odd {
                failure: Failure::TooLarge,
                why: "nested more than 128 levels deep".into(),
            }));
        }
        if why.contains("number out of range") {
            return Ok(Err(Odd { failure: Failure::WrongShape, why: "a number too large to hold".into() }));
        }
        let line = 1 + self.lines + count_lines(self.before) + (first.line() as u64).saturating_sub(1);
        Err(ReadError::Malformed { why: strip_place(&why), line, byte: self.byte })
    }
}

/// serde's own "at line 1 column 5" counts inside the value, which would mislead.
fn strip_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

/// Replaces every `\ud800`-like escape that has no partner by `\ufffd`.
fn without_lone_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let unit = |text: &str| {
            text.strip_prefix("\\u")
                .and_then(|hex| hex.get(..4))
                .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        };
        let taken = match unit(escape) {
            Some(0xd800..=0xdbff) => {
                if matches!(escape.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) {
                    12
                } else {
                    0
                }
            }
            Some(0xdc00..=0xdfff) => 0,
            Some(_) => 6,
            // A backslash and the character it protects, which may be wider than a byte.
            None => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        if taken == 0 {
            out.push_str("\\ufffd");
            rest = escape.get(6..).unwrap_or_default();
        } else {
            let (kept, tail) = escape.split_at(taken);
            out.push_str(kept);
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

impl<'d> Json<'d> {
    /// A walk from a document's beginning.
    #[must_use]
    pub fn new(input: Box<dyn Read + 'd>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            pos: 0,
            end: 0,
            ended: false,
            dropped: 0,
            dropped_lines: 0,
            last: 0..0,
            key: String::new(),
            brackets: Brackets::default(),
        }
    }

    /// What the next value is.
    ///
    /// # Errors
    /// When there is none or it begins like no value.
    pub fn kind(&mut self) -> Result<Kind, ReadError> {
        match self.next_byte()? {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(_) => Err(self.malformed("expected a value")),
            None => Err(self.truncated()),
        }
    }

    /// Whether nothing but white space is left.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn at_end(&mut self) -> Result<bool, ReadError> {
        Ok(self.next_byte()?.is_none())
    }

    /// Checks that nothing but white space is left.
    ///
    /// # Errors
    /// When something is.
    pub fn finish(&mut self) -> Result<(), ReadError> {
        if self.at_end()? {
            Ok(())
        } else {
            Err(self.malformed("something stands behind the end of the document"))
        }
    }

    /// Walks an object; `each` gets every key and may consume its value in any way, or leave it to be skipped.
    /// Another value than an object is skipped and gives `false`.
    ///
    /// # Errors
    /// When the syntax is broken, or `each` fails.
    pub fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), ReadError>,
    ) -> Result<bool, ReadError> {
        if self.kind()? != Kind::Object {
            self.skip()?;
            return Ok(false);
        }
        self.pos += 1;
        let mut first = true;
        loop {
            match self.next_byte()? {
                Some(b'}') if first => break,
                Some(b'}') => break,
                Some(b',') if !first => {
                    self.pos += 1;
                    if self.next_byte()? != Some(b'"') {
                        return Err(self.unexpected("expected a key"));
                    }
                }
                Some(b'"') if first => {}
                _ => return Err(self.unexpected("expected `,` or `}`")),
            }
            first = false;
            let mut key = std::mem::take(&mut self.key);
            key.clear();
            match self.raw()? {
                Some(raw) => match raw.parse::<String>()? {
                    Ok(text) => key.push_str(&text),
                    Err(odd) => return Err(self.malformed(&odd.why)),
                },
                None => return Err(self.malformed("a key larger than the limit")),
            }
            if self.next_byte()? != Some(b':') {
                return Err(self.unexpected("expected `:`"));
            }
            self.pos += 1;
            self.kind()?;
            let before = self.offset();
            each(self, &key)?;
            if self.offset() == before {
                self.skip()?;
            }
            self.key = key;
        }
        self.pos += 1;
        Ok(true)
    }

    /// Walks an array; `each` gets the index of every element and may consume it or leave it to be skipped.
    /// Another value than an array is skipped and gives `false`.
    ///
    /// # Errors
    /// When the syntax is broken, or `each` fails.
    pub fn array(
        &mut self,
        mut each: impl FnMut(&mut Self, usize) -> Result<(), ReadError>,
    ) -> Result<bool, ReadError> {
        if self.kind()? != Kind::Array {
            self.skip()?;
            return Ok(false);
        }
        self.pos += 1;
        let mut index = 0;
        loop {
            match self.next_byte()? {
                Some(b']') => break,
                Some(b',') if index > 0 => self.pos += 1,
                Some(_) if index == 0 => {}
                _ => return Err(self.unexpected("expected `,` or `]`")),
            }
            self.kind()?;
            let before = self.offset();
            each(self, index)?;
            if self.offset() == before {
                self.skip()?;
            }
            index += 1;
        }
        self.pos += 1;
        Ok(true)
    }

    /// Passes over the next value, holding nothing.
    ///
    /// # Errors
    /// When the syntax is broken.
    pub fn skip(&mut self) -> Result<(), ReadError> {
        self.pass(false).map(|_| ())
    }

    /// Takes the next value as bytes; `None` (the value passed over) when it is larger than [`VALUE_LIMIT`].
    ///
    /// # Errors
    /// When the syntax is broken.
    pub fn raw(&mut self) -> Result<Option<Raw<'_>>, ReadError> {
        if !self.pass(true)? {
            return Ok(None);
        }
        let start = self.last.start;
        let bytes = self.buffer.get(self.last.clone()).unwrap_or_default();
        let before = self.buffer.get(..start).unwrap_or_default();
        Ok(Some(Raw { bytes, byte: self.dropped + start as u64, lines: self.dropped_lines, before }))
    }

    /// Takes the next value parsed, where it is an object, all of it was read already and it is just what `T`
    /// expects. Else nothing is taken, and [`Self::raw`] tells why. To be called where a value begins.
    ///
    /// The parser finds the value's end itself; looking for it first, as `raw` does, would pass over every byte once
    /// more.
    pub fn ready<'b, T: Deserialize<'b>>(&'b mut self) -> Option<(Raw<'b>, T)> {
        let before = self.buffer.get(..self.pos)?;
        let window = self.buffer.get(self.pos..self.end)?;
        // A number may go on behind what was read, and a list would be taken for a struct's fields in order.
        if window.first() != Some(&b'{') {
            return None;
        }
        let mut values = serde_json::Deserializer::from_slice(window).into_iter::<T>();
        let value = values.next()?.ok()?;
        let bytes = window.get(..values.byte_offset())?;
        let raw = Raw { bytes, byte: self.dropped + self.pos as u64, lines: self.dropped_lines, before };
        self.last = self.pos..self.pos + bytes.len();
        self.pos = self.last.end;
        Some((raw, value))
    }

    /// The bytes that [`Self::raw`] gave last, for when its borrow had to end.
    #[must_use]
    pub fn last_raw(&self) -> &[u8] {
        self.buffer.get(self.last.clone()).unwrap_or_default()
    }

    /// Takes and parses the next value.
    ///
    /// # Errors
    /// When the syntax is broken.
    pub fn parse<T: DeserializeOwned>(&mut self) -> Result<Result<T, Odd>, ReadError> {
        match self.raw()? {
            Some(raw) => raw.parse(),
            None => Ok(Err(too_large())),
        }
    }

    /// Takes the next value as a tree; one that cannot be held becomes `null`.
    ///
    /// # Errors
    /// When the syntax is broken.
    pub fn value(&mut self) -> Result<Value, ReadError> {
        Ok(self.parse()?.unwrap_or(Value::Null))
    }

    /// Takes the next value as text: a string as it is, a number or a truth value as written, else empty.
    ///
    /// # Errors
    /// When the syntax is broken.
    pub fn words(&mut self) -> Result<String, ReadError> {
        Ok(match self.value()? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => String::new(),
        })
    }

    /// Offset of the next byte from the document's beginning.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.dropped + self.pos as u64
    }

    fn line(&self) -> u64 {
        1 + self.dropped_lines + count_lines(self.buffer.get(..self.pos).unwrap_or_default())
    }

    fn malformed(&self, why: &str) -> ReadError {
        ReadError::Malformed { why: why.to_owned(), line: self.line(), byte: self.offset() }
    }

    fn truncated(&self) -> ReadError {
        ReadError::Truncated { line: self.line(), byte: self.offset() }
    }

    fn unexpected(&self, why: &str) -> ReadError {
        if self.pos >= self.end && self.ended { self.truncated() } else { self.malformed(why) }
    }

    /// The next byte that is not white space, not consumed.
    fn next_byte(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            while let Some(&byte) = self.buffer.get(self.pos..self.end).and_then(<[u8]>::first) {
                if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                    return Ok(Some(byte));
                }
                self.pos += 1;
            }
            if !self.fill(None)? {
                return Ok(None);
            }
        }
    }

    /// Reads more. Bytes before `keep` (or before `pos`) are dropped first. False at the end.
    fn fill(&mut self, keep: Option<&mut usize>) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        let from = keep.as_ref().map_or(self.pos, |keep| **keep);
        if from > 0 {
            self.dropped += from as u64;
            self.dropped_lines += count_lines(self.buffer.get(..from).unwrap_or_default());
            self.buffer.copy_within(from..self.end, 0);
            self.pos -= from;
            self.end -= from;
            if let Some(keep) = keep {
                *keep = 0;
            }
        }
        if self.buffer.len() - self.end < CHUNK / 2 {
            // Doubling keeps a value of many chunks from being copied once a chunk.
            let size = (self.end + CHUNK).max(self.buffer.len() * 2).max(CHUNK);
            if self.buffer.is_empty() {
                // Zeroed pages from the system are not touched before they are read into; `resize` would fill them.
                self.buffer = vec![0; size];
            } else {
                self.buffer.resize(size, 0);
            }
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match self.input.read(room) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(got) => {
                    self.end += got;
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Passes over one value; with `keep` its bytes are in `last` afterwards, unless it was too large (`false`).
    fn pass(&mut self, keep: bool) -> Result<bool, ReadError> {
        let kind = self.kind()?;
        let mut start = self.pos;
        let mut keep = keep;
        match kind {
            Kind::Object | Kind::Array => {
                let mut brackets = std::mem::take(&mut self.brackets);
                brackets.reset();
                let passed = self.pass_brackets(&mut brackets, &mut keep, &mut start);
                self.brackets = brackets;
                passed?;
            }
            Kind::Text => {
                self.pos += 1;
                self.pass_text(&mut keep, &mut start)?;
            }
            _ => self.pass_scalar(keep.then_some(&mut start))?,
        }
        self.last = if keep { start..self.pos } else { 0..0 };
        Ok(keep)
    }

    /// From an opening bracket to behind the one that closes it.
    fn pass_brackets(
        &mut self,
        brackets: &mut Brackets,
        keep: &mut bool,
        start: &mut usize,
    ) -> Result<(), ReadError> {
        loop {
            let window = self.buffer.get(self.pos..self.end).unwrap_or_default();
            let (blocks, tail) = window.as_chunks::<BLOCK>();
            let mut at = 0;
            let mut step = Step::Inside;
            for block in blocks {
                step = brackets.pass(block);
                if step != Step::Inside {
                    break;
                }
                at += BLOCK;
            }
            if step == Step::Inside && self.ended {
                // White space fills the last block up; it changes nothing.
                let mut block = [b' '; BLOCK];
                block.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
                step = brackets.pass(&block);
                at += if step == Step::Inside { tail.len() } else { 0 };
            }
            self.pos += at;
            match step {
                Step::Closed(at) => {
                    self.pos += at + 1;
                    return Ok(());
                }
                Step::Crossed(at) => {
                    self.pos += at;
                    return Err(self.malformed("a bracket that closes another one"));
                }
                Step::TooDeep => {
                    return Err(ReadError::TooDeep { limit: DEPTH_LIMIT, byte: self.offset() });
                }
                // At the end nothing comes any more; before it, the rest of the window waits for a whole block.
                Step::Inside if self.ended => return Err(self.truncated()),
                Step::Inside => {
                    self.refill(keep, start)?;
                }
            }
        }
    }

    /// From behind an opening quote to behind the closing one.
    fn pass_text(&mut self, keep: &mut bool, start: &mut usize) -> Result<(), ReadError> {
        loop {
            let window = self.buffer.get(self.pos..self.end).unwrap_or_default();
            match memchr2(b'"', b'\\', window) {
                Some(at) if window.get(at) == Some(&b'"') => {
                    self.pos += at + 1;
                    return Ok(());
                }
                // The escaped byte is passed over with its backslash; it may not be read yet.
                Some(at) if at + 1 < window.len() => self.pos += at + 2,
                Some(at) => {
                    self.pos += at;
                    if !self.refill(keep, start)? {
                        return Err(self.truncated());
                    }
                }
                None => {
                    self.pos = self.end;
                    if !self.refill(keep, start)? {
                        return Err(self.truncated());
                    }
                }
            }
        }
    }

    fn pass_scalar(&mut self, mut keep: Option<&mut usize>) -> Result<(), ReadError> {
        loop {
            let window = self.buffer.get(self.pos..self.end).unwrap_or_default();
            let stop = window.iter().position(
                |byte| !matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'),
            );
            match stop {
                Some(at) => {
                    self.pos += at;
                    return Ok(());
                }
                None => {
                    self.pos = self.end;
                    let more = match &mut keep {
                        Some(start) => self.fill(Some(start))?,
                        None => self.fill(None)?,
                    };
                    if !more {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Reads more while inside a value. Gives up keeping a value that has grown over the limit.
    fn refill(&mut self, keep: &mut bool, start: &mut usize) -> Result<bool, ReadError> {
        if *keep && self.end - *start > VALUE_LIMIT {
            *keep = false;
        }
        if *keep { self.fill(Some(start)) } else { self.fill(None) }
    }
}

/// What to say of a value over [`VALUE_LIMIT`].
#[must_use]
pub fn too_large() -> Odd {
    Odd { failure: Failure::TooLarge, why: format!("larger than {} MiB", VALUE_LIMIT >> 20) }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader that gives a few bytes at a time, so that every boundary falls somewhere.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let take = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(take);
            buffer[..take].copy_from_slice(now);
            self.0 = later;
            Ok(take)
        }
    }

    #[test]
    fn a_ready_object_is_taken_and_all_else_is_left() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Named<'a> {
            name: &'a str,
        }
        let text = br#"[ {"name":"a","more":[1,{}]} , ["b"], {"name":3}, {"name":"\ud800"}, 7 ]"#;
        for step in [1, 5, text.len()] {
            let mut json = Json::new(Box::new(Drip(text, step)));
            let mut seen = Vec::new();
            json.array(|json, _| {
                seen.push(match json.ready::<Named<'_>>() {
                    Some((raw, named)) => {
                        assert_eq!(raw.bytes(), br#"{"name":"a","more":[1,{}]}"#);
                        assert_eq!((raw.byte, named.name), (2, "a"));
                        assert_eq!(json.last_raw(), br#"{"name":"a","more":[1,{}]}"#);
                        "taken".to_owned()
                    }
                    None => String::from_utf8(json.raw()?.unwrap().bytes().to_vec()).unwrap(),
                });
                Ok(())
            })
            .unwrap();
            json.finish().unwrap();
            let first = if step == text.len() { "taken" } else { r#"{"name":"a","more":[1,{}]}"# };
            assert_eq!(seen, [first, r#"["b"]"#, r#"{"name":3}"#, r#"{"name":"\ud800"}"#, "7"]);
        }
    }

    fn walk(text: &[u8], step: usize) -> Result<Vec<String>, ReadError> {
        let mut json = Json::new(Box::new(Drip(text, step)));
        let mut seen = Vec::new();
        json.object(|json, key| {
            if key == "skip" {
                return Ok(());
            }
            let key = key.to_owned();
            json.array(|json, index| {
                let raw = json.raw()?.unwrap();
                seen.push(format!("{key}[{index}]={}", String::from_utf8_lossy(raw.bytes())));
                Ok(())
            })?;
            Ok(())
        })?;
        json.finish()?;
        Ok(seen)
    }

    #[test]
    fn a_walk_is_the_same_however_the_bytes_arrive() {
        let text =
            br#" {"skip":{"a":["}]\"",{}]}, "r\u00e9s":[ {"x":"\\"} ,2.5e3,"a,b]",null,[[]]],"n":null} "#;
        let whole = walk(text, 1 << 20).unwrap();
        assert_eq!(
            whole,
            ["rés[0]={\"x\":\"\\\\\"}", "rés[1]=2.5e3", "rés[2]=\"a,b]\"", "rés[3]=null", "rés[4]=[[]]"]
        );
        for step in 1..9 {
            assert_eq!(walk(text, step).unwrap(), whole, "in steps of {step}");
        }
    }

    #[test]
    fn every_cut_is_told_as_truncated_or_malformed() {
        let text = br#"{"results":[{"a":"x"},{"b":[1,2]}],"z":1}"#;
        for cut in 1..text.len() {
            let error = walk(&text[..cut], 7).unwrap_err();
            assert!(
                matches!(error, ReadError::Truncated { .. } | ReadError::Malformed { .. }),
                "{cut}: {error}"
            );
        }
    }

    #[test]
    fn broken_syntax_is_told_with_its_line() {
        for (text, line) in [
            ("{\n\"a\":[1}\n}", 2),
            ("{\"a\":[1]]", 1),
            ("{\"a\" 1}", 1),
            ("{}\n\nx", 3),
            ("{\"a\":[1,]}", 1),
        ] {
            match walk(text.as_bytes(), 3).unwrap_err() {
                ReadError::Malformed { line: found, .. } => assert_eq!(found, line, "{text}"),
                other => panic!("{text}: {other}"),
            }
        }
    }

    #[test]
    fn a_hundred_thousand_levels_neither_overflow_nor_parse() {
        let deep = format!("{{\"a\":[{}{}]}}", "[".repeat(100_000), "]".repeat(100_000));
        let mut json = Json::new(Box::new(deep.as_bytes()));
        json.object(|json, _| json.skip()).unwrap();
        json.finish().unwrap();
        let mut json = Json::new(Box::new(deep.as_bytes()));
        let odd = json.parse::<Value>().unwrap().unwrap_err();
        assert_eq!(odd.failure, Failure::TooLarge);
    }

    #[test]
    fn odd_values_are_read_leniently_and_impossible_ones_named() {
        let parse = |text: &[u8]| Json::new(Box::new(text.to_vec().leak() as &[u8])).parse::<Value>();
        assert_eq!(parse(br#"{"a":1,"a":2}"#).unwrap().unwrap()["a"], 2);
        assert_eq!(
            parse(br#"["\ud800x","\ud83d\ude00","\\ud800"]"#).unwrap().unwrap(),
            serde_json::json!(["\u{fffd}x", "😀", "\\ud800"])
        );
        assert_eq!(parse(b"\"\xff\"").unwrap().unwrap(), "\u{fffd}");
        assert_eq!(parse(b"[1e999]").unwrap().unwrap_err().failure, Failure::WrongShape);
        assert!(matches!(parse(b"[tru]"), Err(ReadError::Malformed { .. })));
    }

    #[test]
    fn quotes_and_backslashes_are_told_wherever_a_block_ends() {
        let value = r#"{"a\\":"\\\"}]","b":["\\\\",{"é":"\"{"}]}"#;
        for lead in 0..BLOCK * 2 {
            let text = format!("{}[{value},\"{}\"]", " ".repeat(lead), "\\\\".repeat(lead));
            let mut json = Json::new(Box::new(text.as_bytes()));
            let mut seen = Vec::new();
            json.array(|json, _| {
                seen.push(String::from_utf8(json.raw()?.unwrap().bytes().to_vec()).unwrap());
                Ok(())
            })
            .unwrap();
            json.finish().unwrap();
            assert_eq!(seen[0], value);
            let mut json = Json::new(Box::new(text.as_bytes()));
            json.skip().unwrap();
            json.finish().unwrap();
        }
    }

    #[test]
    fn what_is_borrowed_reads_as_what_is_owned() {
        #[derive(Deserialize, Debug, PartialEq)]
        struct Pair<'a> {
            #[serde(borrow)]
            a: std::borrow::Cow<'a, str>,
        }
        for (text, expected) in [
            (&br#"{"a":"x"}"#[..], Ok("x")),
            (br#"{"a":"x","a":"y"}"#, Ok("y")),
            (br#"{"a":"\ud800"}"#, Ok("\u{fffd}")),
            (b"{\"a\":\"\xff\"}", Ok("\u{fffd}")),
            (br#"{"a":7}"#, Err(Failure::WrongShape)),
        ] {
            let mut json = Json::new(Box::new(text));
            let raw = json.raw().unwrap().unwrap();
            let mut again = Vec::new();
            let read = raw.parse_borrowed::<Pair<'_>>(&mut again).unwrap();
            assert_eq!(read.as_ref().map(|pair| &*pair.a).map_err(|odd| odd.failure), expected);
        }
        let mut json = Json::new(Box::new(&b"{\"a\":tru}"[..]));
        assert!(json.raw().unwrap().unwrap().parse_borrowed::<Pair<'_>>(&mut Vec::new()).is_err());
    }

    #[test]
    fn a_value_over_the_limit_is_passed_over_and_the_walk_goes_on() {
        struct Long(usize);
        impl Read for Long {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let take = self.0.min(buffer.len());
                buffer[..take].fill(b'x');
                self.0 -= take;
                Ok(take)
            }
        }
        let input = (&b"[\""[..]).chain(Long(VALUE_LIMIT * 2)).chain(&b"\",7]"[..]);
        let mut json = Json::new(Box::new(input));
        let mut seen = Vec::new();
        json.array(|json, _| {
            seen.push(json.raw()?.map(|raw| raw.bytes().len()));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [None, Some(1)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), step in 1_usize..20) {
            let _ = walk(&bytes, step);
        }

        #[test]
        fn what_serde_reads_it_walks(value in any_json()) {
            let text = serde_json::to_vec(&value).unwrap();
            let mut json = Json::new(Box::new(Drip(&text, 5)));
            prop_assert_eq!(json.parse::<Value>().unwrap().unwrap(), value);
            json.finish().unwrap();
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::hash_map(".*", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
