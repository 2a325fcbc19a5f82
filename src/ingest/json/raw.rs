//! One value's bytes, and how they are parsed: strictly first, since nearly all are sound, then leniently.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::VALUE_LIMIT;
use crate::ingest::reader::{Failure, ReadError};

/// The bytes of one value, not parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) byte: u64,
    /// Line ends before the value: counted already, and still to count. Only an error asks for them.
    pub(super) lines: u64,
    pub(super) before: &'a [u8],
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
    /// Repeated keys, lone surrogates, broken UTF-8 and bare control characters in texts, which JSON allows or tools
    /// write, are read leniently: the last key wins, what is no character becomes U+FFFD, a bare tab is a tab.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<Result<T, Odd>, ReadError> {
        if let Ok(value) = serde_json::from_slice(self.bytes) {
            return Ok(Ok(value));
        }
        match self.lenient() {
            Ok(value) => Ok(serde_json::from_value(value)
                .map_err(|error| Odd { failure: Failure::WrongShape, why: error.to_string() })),
            Err(broken) => self.classify(&broken),
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
        if let Ok(Ok(value)) = std::str::from_utf8(bytes).map(serde_json::from_str) {
            return Ok(Ok(value));
        }
        let odd = |error: serde_json::Error| Odd { failure: Failure::WrongShape, why: error.to_string() };
        match self.lenient() {
            Ok(value) => {
                again.clear();
                Ok(match serde_json::to_writer(&mut *again, &value) {
                    Ok(()) => serde_json::from_slice(again).map_err(odd),
                    Err(error) => Err(odd(error)),
                })
            }
            Err(broken) => self.classify(&broken),
        }
    }

    fn lenient(&self) -> Result<Value, Broken> {
        let text = String::from_utf8_lossy(self.bytes);
        serde_json::from_str(&text).or_else(|_| {
            let mended = Mended::of(&text);
            serde_json::from_str(&mended.text)
                .map_err(|error| Broken { why: error.to_string(), line: mended.line_of(&error) })
        })
    }

    fn classify<T>(&self, broken: &Broken) -> Result<Result<T, Odd>, ReadError> {
        if broken.why.contains("recursion limit") {
            let why = "nested more than 128 levels deep".into();
            return Ok(Err(Odd { failure: Failure::TooLarge, why }));
        }
        if broken.why.contains("number out of range") {
            return Ok(Err(Odd { failure: Failure::WrongShape, why: "a number too large to hold".into() }));
        }
        let line = 1 + self.lines + count_lines(self.before) + broken.line;
        Err(ReadError::Malformed { why: strip_place(&broken.why), line, byte: self.byte })
    }
}

/// What stands against a value, and how many lines below its beginning.
struct Broken {
    why: String,
    line: u64,
}

/// serde's own "at line 1 column 5" counts inside the value, which would mislead.
fn strip_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

/// A value's text with what tools write into texts against the rules made harmless.
#[derive(Default)]
struct Mended {
    text: String,
    /// Where a line end was written as an escape, which takes a line from all behind it.
    breaks: Vec<usize>,
}

impl Mended {
    /// Escapes bare control characters in texts, and replaces every `\ud800`-like escape that has no partner by
    /// `\ufffd`.
    fn of(text: &str) -> Self {
        let mut out = Self { text: String::with_capacity(text.len()), breaks: Vec::new() };
        let mut in_text = false;
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ') {
            let (before, from) = rest.split_at(at);
            out.text.push_str(before);
            rest = match from.bytes().next() {
                Some(b'\\') => out.escape(from),
                Some(bare @ 0..b' ') if in_text => {
                    if bare == b'\n' {
                        out.breaks.push(out.text.len());
                    }
                    out.text.push_str(&format!("\\u{bare:04x}"));
                    from.get(1..).unwrap_or_default()
                }
                first => {
                    in_text ^= first == Some(b'"');
                    let (kept, tail) = from.split_at(1);
                    out.text.push_str(kept);
                    tail
                }
            };
        }
        out.text.push_str(rest);
        out
    }

    /// Takes the escape that a text begins with, and gives what is behind it.
    fn escape<'t>(&mut self, text: &'t str) -> &'t str {
        let unit = |text: &str| {
            text.strip_prefix("\\u")
                .and_then(|hex| hex.get(..4))
                .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        };
        let taken = match unit(text) {
            Some(0xd800..=0xdbff) if matches!(text.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => 0,
            Some(_) => 6,
            // A backslash and the character it protects, which may be wider than a byte.
            None => 1 + text.chars().nth(1).map_or(0, char::len_utf8),
        };
        if taken == 0 {
            self.text.push_str("\\ufffd");
            return text.get(6..).unwrap_or_default();
        }
        let (kept, tail) = text.split_at(taken);
        self.text.push_str(kept);
        tail
    }

    /// How many lines below the value's beginning an error stands in the text as it was.
    fn line_of(&self, error: &serde_json::Error) -> u64 {
        let above = error.line().saturating_sub(1);
        let lines: usize = self.text.split_inclusive('\n').take(above).map(str::len).sum();
        let place = lines + error.column();
        above as u64 + self.breaks.iter().filter(|at| **at < place).count() as u64
    }
}

/// Whether a text among JSON's bytes holds a control character as it is, which only a lenient reader takes.
#[must_use]
pub fn has_bare_control(bytes: &[u8]) -> bool {
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            0..b' ' if in_text => return true,
            _ => {}
        }
    }
    false
}

/// What to say of a value over [`VALUE_LIMIT`].
#[must_use]
pub fn too_large() -> Odd {
    Odd { failure: Failure::TooLarge, why: format!("larger than {} MiB", VALUE_LIMIT >> 20) }
}

pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
