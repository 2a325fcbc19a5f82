//! Mends text that is almost JSON: a tolerant reading, character by character, that writes JSON and notes what it
//! had to change.
//!
//! It never adds a text or a number that the input does not hold, never completes what was cut off, and gives up
//! rather than guess. It does not recurse, and takes time in proportion to the input. Valid JSON comes out byte
//! for byte as it went in.

mod notes;
mod recovery;
mod scalar;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::ingest::reader::Failure;

pub use notes::*;

/// Deeper than this nothing is mended; serde stops at 128.
const DEPTH: usize = 512;

/// One step from a container to what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Key(String),
    /// An element of an array.
    Index(usize),
}

/// Something that could not be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where its place is in the mended JSON. For [`Failure::Truncated`] the innermost container that was open when
    /// the text ended; for others the element in whose place `null` stands.
    pub path: Vec<Step>,
    /// Where in the text the containers along the path begin, the root's first.
    pub begins: Vec<usize>,
    /// What part of the text it is.
    pub range: Range<usize>,
    /// What is the matter.
    pub failure: Failure,
    /// The same in words.
    pub why: &'static str,
}

/// JSON made of a text that was almost JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// The JSON: one value.
    pub json: String,
    /// Where in the text the value ends.
    pub end: usize,
    /// What was changed outside of all elements of lists.
    pub general: Vec<&'static str>,
    /// What was changed inside an object that is a list's element, by where it begins in `json`.
    pub local: BTreeMap<usize, Vec<&'static str>>,
    /// What could not be mended.
    pub damages: Vec<Damage>,
}

impl Repaired {
    /// Whether the text ended before the value did.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.damages.iter().any(|damage| damage.failure == Failure::Truncated)
    }

    /// Everything that was changed.
    #[must_use]
    pub fn all(&self) -> Vec<&'static str> {
        let mut all = self.general.clone();
        for note in self.local.values().flatten() {
            if !all.contains(note) {
                all.push(note);
            }
        }
        all
    }
}

/// A text of which no JSON can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hopeless {
    /// Where the reading stopped.
    pub at: usize,
    /// Why.
    pub why: &'static str,
    /// Its kind of failure.
    pub failure: Failure,
}

/// Reads one value from the beginning of a text; what stands behind it is left alone.
///
/// # Errors
/// When no JSON can be made of it without inventing something.
pub fn repair(text: &str) -> Result<Repaired, Hopeless> {
    let mut mender = Mender { text, pos: 0, frames: Vec::new(), done: Repaired::default() };
    loop {
        match mender.step() {
            Flow::On => {}
            Flow::Done => break,
            Flow::End if mender.frames.is_empty() => {
                return Err(Hopeless { at: mender.pos, why: "nothing there", failure: Failure::Empty });
            }
            Flow::End => {
                mender.cut();
                break;
            }
            Flow::Lost(why) => {
                if !mender.resume(why) {
                    return Err(Hopeless { at: mender.pos, why, failure: Failure::Invalid });
                }
                if mender.frames.is_empty() {
                    break;
                }
            }
            Flow::Deep => {
                let why = "nested too deep";
                return Err(Hopeless { at: mender.pos, why, failure: Failure::TooLarge });
            }
        }
    }
    mender.done.end = mender.pos;
    Ok(mender.done)
}

/// What one step led to.
enum Flow {
    On,
    /// The value is complete.
    Done,
    /// The text ended inside it.
    End,
    /// Something stands there that fits nowhere.
    Lost(&'static str),
    Deep,
}

/// What is expected next in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// The first key or element, or the end.
    First,
    /// A key or element, behind a comma.
    Next,
    /// A colon, behind a key.
    Colon,
    /// A value, behind a colon.
    Value,
    /// A comma or the end.
    After,
}

/// An open container.
struct Frame {
    array: bool,
    expect: Expect,
    /// Elements begun.
    index: usize,
    /// The key of the member being read, in the JSON.
    key: Range<usize>,
    /// How long the JSON was before the member being read and its comma.
    member: usize,
    /// What the last element began with.
    last: u8,
    /// Where its bracket stands, in the text and in the JSON.
    from: usize,
    out: usize,
}

struct Mender<'t> {
    text: &'t str,
    pos: usize,
    frames: Vec<Frame>,
    done: Repaired,
}

impl<'t> Mender<'t> {
    fn peek(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn out(&mut self) -> &mut String {
        &mut self.done.json
    }

    /// Notes a change, for the outermost element of a list that it lies in.
    fn note(&mut self, what: &'static str) {
        let element = self.frames.windows(2).find_map(|pair| match pair {
            [outer, inner] if outer.array && !inner.array => Some(inner.out),
            _ => None,
        });
        let notes = match element {
            Some(out) => self.done.local.entry(out).or_default(),
            None => &mut self.done.general,
        };
        if !notes.contains(&what) {
            notes.push(what);
        }
    }

    fn step(&mut self) -> Flow {
        self.pass_blank();
        let Some(byte) = self.peek(self.pos) else { return Flow::End };
        let Some(frame) = self.frames.last() else { return self.value(byte) };
        match (frame.expect, byte) {
            (Expect::First | Expect::Next | Expect::After, b'}' | b']' | b')') => self.close(byte),
            (Expect::First | Expect::Next, b',') => {
                self.pos += 1;
                self.note(REPEATED_COMMA);
                Flow::On
            }
            (Expect::First | Expect::Next, _) if frame.array => {
                self.begin_member();
                self.value(byte)
            }
            (Expect::First | Expect::Next, b'{') => self.next_element(),
            (Expect::First | Expect::Next, _) => {
                self.begin_member();
                self.key(byte)
            }
            (Expect::After, b',') => {
                self.pos += 1;
                self.comma();
                Flow::On
            }
            (Expect::After, _) => self.without_comma(byte),
            (Expect::Colon, b':') => {
                self.pos += 1;
                self.colon()
            }
            (Expect::Colon, b'=') => {
                self.pos += if self.peek(self.pos + 1) == Some(b'>') { 2 } else { 1 };
                self.note(COLON);
                self.colon()
            }
            (Expect::Colon, _) => Flow::Lost("no `:` behind a key"),
            (Expect::Value, b',' | b'}') => {
                self.out().push_str("null");
                self.note(NO_VALUE);
                self.expect(Expect::After);
                Flow::On
            }
            (Expect::Value, _) => self.value(byte),
        }
    }

    fn expect(&mut self, next: Expect) {
        if let Some(frame) = self.frames.last_mut() {
            frame.expect = next;
        }
    }

    fn colon(&mut self) -> Flow {
        self.out().push(':');
        self.expect(Expect::Value);
        Flow::On
    }

    fn comma(&mut self) {
        let member = self.done.json.len();
        self.done.json.push(',');
        if let Some(frame) = self.frames.last_mut() {
            frame.member = member;
            frame.expect = Expect::Next;
        }
    }

    /// Remembers where a member begins. Behind a comma that is known already.
    fn begin_member(&mut self) {
        let length = self.done.json.len();
        let byte = self.peek(self.pos).unwrap_or_default();
        if let Some(frame) = self.frames.last_mut() {
            if frame.expect == Expect::First {
                frame.member = length;
            }
            frame.last = kind_of(byte);
        }
    }

    fn value(&mut self, byte: u8) -> Flow {
        match byte {
            b'{' | b'[' => self.open(byte == b'['),
            b'(' if !self.frames.is_empty() => {
                let flow = self.open(true);
                self.note(TUPLE);
                flow
            }
            _ if self.quote_at(self.pos).is_some() => match self.string(false) {
                Flow::On => self.value_done(),
                other => other,
            },
            _ => match self.scalar(byte) {
                Flow::On => self.value_done(),
                other => other,
            },
        }
    }

    /// A value is complete: the container goes on behind it.
    fn value_done(&mut self) -> Flow {
        match self.frames.last_mut() {
            None => Flow::Done,
            Some(frame) => {
                frame.index += 1;
                frame.expect = Expect::After;
                Flow::On
            }
        }
    }

    fn open(&mut self, array: bool) -> Flow {
        if self.frames.len() >= DEPTH {
            return Flow::Deep;
        }
        let out = self.done.json.len();
        self.done.json.push(if array { '[' } else { '{' });
        self.frames.push(Frame {
            array,
            expect: Expect::First,
            index: 0,
            key: 0..0,
            member: out + 1,
            last: 0,
            from: self.pos,
            out,
        });
        self.pos += 1;
        Flow::On
    }

    fn key(&mut self, byte: u8) -> Flow {
        let start = self.done.json.len();
        let flow = if self.quote_at(self.pos).is_some() { self.string(true) } else { self.bare_key(byte) };
        let end = self.done.json.len();
        if let Some(frame) = self.frames.last_mut() {
            frame.key = start..end;
            frame.expect = Expect::Colon;
        }
        flow
    }

    /// A closing bracket where one may stand.
    fn close(&mut self, byte: u8) -> Flow {
        let array = byte != b'}';
        // How many containers it closes: those inside of the one it belongs to lack their own bracket. Three of
        // them forgotten in the middle are no slip any more, but a bracket too many may be.
        let depth = self.frames.iter().rev().take(3).position(|frame| frame.array == array);
        let Some(depth) = depth else {
            self.pos += 1;
            self.note(EXTRA_BRACKET);
            return Flow::On;
        };
        if depth > 0 {
            self.note(MISSING_BRACKET);
        }
        for _ in 0..=depth {
            self.close_frame();
        }
        self.pos += 1;
        if self.frames.is_empty() { Flow::Done } else { Flow::On }
    }

    /// Closes the innermost container, which is complete but for a comma too many.
    fn close_frame(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let (array, member) = (frame.array, frame.member);
        if frame.expect == Expect::Next {
            if self.done.json.as_bytes().get(member) == Some(&b',') {
                self.done.json.remove(member);
            }
            self.note(TRAILING_COMMA);
        }
        self.out().push(if array { ']' } else { '}' });
        self.frames.pop();
        let _ = self.value_done();
    }

    /// An object begins where a key belongs: the one before it lacks its bracket, if it stands in a list.
    fn next_element(&mut self) -> Flow {
        let outer = self.frames.iter().rev().nth(1);
        let inner = self.frames.last();
        if !outer.is_some_and(|frame| frame.array) || inner.is_some_and(|frame| frame.index == 0) {
            return Flow::Lost("an object where a key belongs");
        }
        self.note(MISSING_BRACKET);
        if self.frames.last().is_some_and(|frame| frame.expect == Expect::Next) {
            // The comma stands between the two objects.
            let member = self.frames.last().map_or(0, |frame| frame.member);
            if self.done.json.as_bytes().get(member) == Some(&b',') {
                self.done.json.remove(member);
            }
            self.expect(Expect::After);
        }
        self.close_frame();
        self.comma();
        Flow::On
    }

    /// Behind a value stands neither a comma nor a bracket.
    fn without_comma(&mut self, byte: u8) -> Flow {
        let Some(frame) = self.frames.last() else { return Flow::Done };
        let fits = if frame.array {
            frame.last == kind_of(byte)
                && frame.last != 0
                && (byte < 0x80 || self.quote_at(self.pos).is_some())
        } else {
            self.key_ahead(self.pos)
        };
        if fits {
            self.note(MISSING_COMMA);
            self.comma();
            return Flow::On;
        }
        if byte == b'{' && !frame.array {
            return self.next_element();
        }
        Flow::Lost("something that is neither a comma nor a bracket")
    }
}

/// What sort of value begins with a byte: the byte itself for brackets, one for all quotes, one for numbers.
const fn kind_of(byte: u8) -> u8 {
    match byte {
        b'{' | b'[' | b'(' => byte,
        b'"' | b'\'' | b'`' | 0xc2 | 0xe2 => b'"',
        b'0'..=b'9' | b'-' => b'0',
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
