//! A pull reader for JSON of any size: walks objects and arrays, hands out single values as bytes, skips the rest.
//!
//! It never recurses on the input's depth and holds one value at a time. It checks brackets and strings of all it
//! passes; the values it hands out are checked in full when they are parsed.

mod brackets;
mod raw;

use std::io::Read;

use memchr::memchr2;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::brackets::{BLOCK, Brackets, DEPTH_LIMIT, Step};
use self::raw::count_lines;
pub use self::raw::{Odd, Raw, has_bare_control, too_large};
use super::reader::ReadError;

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

    /// The bytes of the value taken last, for when its borrow had to end. Empty where the last value was passed over,
    /// for its size or because nobody wanted it.
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
            let last = self.last.start.checked_sub(from);
            self.last = last.map_or(0..0, |start| start..self.last.end - from);
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
        // Set anew only when all has gone well, so that an error leaves no other value's bytes.
        self.last = 0..0;
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
        if keep {
            self.last = start..self.pos;
        }
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
                    if !self.fill(keep.as_deref_mut())? {
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

#[cfg(test)]
mod tests;
