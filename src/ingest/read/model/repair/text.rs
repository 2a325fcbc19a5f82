//! Strings in all the quotes that models write, and where a string ends whose own quotes are not escaped.

use super::{
    BACKSLASH, BACKTICKS, CONTROL, ESCAPE, Flow, Mender, NEWLINE, QUOTE, SINGLE_QUOTES, SMART_QUOTES,
    TRIPLE_QUOTES,
};

/// The quote that opens a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    mark: char,
    /// In bytes, three for a triple quote.
    pub(super) length: usize,
    triple: bool,
}

impl Quote {
    /// Whether a character ends a string that this quote opened.
    pub(super) const fn closed_by(self, mark: char) -> bool {
        match self.mark {
            '“' | '”' | '„' | '‟' => matches!(mark, '“' | '”' | '"'),
            '‘' | '’' | '‚' => matches!(mark, '‘' | '’' | '\''),
            '«' => mark == '»',
            own => mark == own,
        }
    }

    const fn note(self) -> Option<&'static str> {
        match self.mark {
            _ if self.triple => Some(TRIPLE_QUOTES),
            '"' => None,
            '\'' => Some(SINGLE_QUOTES),
            '`' => Some(BACKTICKS),
            _ => Some(SMART_QUOTES),
        }
    }
}

impl Mender<'_> {
    /// The quote that stands at a place.
    pub(super) fn quote_at(&self, at: usize) -> Option<Quote> {
        let rest = self.text.get(at..)?;
        let mark = rest.chars().next()?;
        if !matches!(mark, '"' | '\'' | '`' | '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '«') {
            return None;
        }
        let triple = rest.starts_with("\"\"\"") || rest.starts_with("'''");
        Some(Quote { mark, length: if triple { 3 } else { mark.len_utf8() }, triple })
    }

    /// A string. A key ends at the first quote; a value at the first behind which the JSON can go on.
    pub(super) fn string(&mut self, key: bool) -> Flow {
        let Some(quote) = self.quote_at(self.pos) else { return Flow::Lost("no string") };
        if let Some(note) = quote.note() {
            self.note(note);
        }
        self.pos += quote.length;
        self.out().push('"');
        // Set where a quote inside of the string looks like a key's: then the string's own end is missing.
        let mut swallowed = false;
        loop {
            let rest = self.rest();
            let plain = rest
                .bytes()
                .position(|byte| !(0x20..0x80).contains(&byte) || matches!(byte, b'\\' | b'"' | b'\'' | b'`'))
                .unwrap_or(rest.len());
            let (run, tail) = rest.split_at_checked(plain).unwrap_or((rest, ""));
            self.out().push_str(run);
            self.pos += plain;
            let Some(mark) = tail.chars().next() else { return Flow::End };
            let width = mark.len_utf8();
            if mark == '\\' {
                if !self.escape() {
                    return Flow::End;
                }
            } else if quote.triple && tail.starts_with(if quote.mark == '"' { "\"\"\"" } else { "'''" }) {
                self.pos += 3;
                break;
            } else if !quote.triple && quote.closed_by(mark) {
                if key || self.closes(self.pos + width) {
                    self.pos += width;
                    break;
                }
                swallowed |= self.key_here(self.pos) == Some(true);
                self.note(QUOTE);
                self.literal(mark);
            } else if mark < ' ' {
                self.note(if mark == '\n' || mark == '\r' { NEWLINE } else { CONTROL });
                self.literal(mark);
            } else {
                self.literal(mark);
            }
        }
        if swallowed {
            return Flow::Lost("a string whose end is missing");
        }
        self.out().push('"');
        Flow::On
    }

    /// A character that stands for itself.
    fn literal(&mut self, mark: char) {
        match mark {
            '"' => self.out().push_str("\\\""),
            '\n' => self.out().push_str("\\n"),
            '\r' => self.out().push_str("\\r"),
            '\t' => self.out().push_str("\\t"),
            _ if mark < ' ' => {
                let escape = format!("\\u{:04x}", mark as u32);
                self.out().push_str(&escape);
            }
            _ => self.out().push(mark),
        }
        self.pos += mark.len_utf8();
    }

    /// A backslash. False when the text ends behind it.
    fn escape(&mut self) -> bool {
        let rest = self.rest();
        let hex = |from: usize, length: usize| {
            rest.get(from..from + length).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        match rest.as_bytes().get(1) {
            None => return false,
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.out().push_str(rest.get(..2).unwrap_or_default());
                self.pos += 2;
            }
            Some(b'u') if hex(2, 4).is_some() => {
                self.out().push_str(rest.get(..6).unwrap_or_default());
                self.pos += 6;
            }
            Some(b'u') if rest.len() < 6 => return false,
            Some(b'x') if hex(2, 2).is_some() => {
                self.out().push_str("\\u00");
                self.out().push_str(hex(2, 2).unwrap_or_default());
                self.pos += 4;
                self.note(ESCAPE);
            }
            Some(quote @ (b'\'' | b'`')) => {
                self.out().push(char::from(*quote));
                self.pos += 2;
                self.note(ESCAPE);
            }
            // A line that goes on in the next one.
            Some(b'\n') => {
                self.pos += 2;
                self.note(ESCAPE);
            }
            Some(_) => {
                self.out().push_str("\\\\");
                self.pos += 1;
                self.note(BACKSLASH);
            }
        }
        true
    }

    /// Whether a value's string can have ended before this place: what follows is what follows a value.
    fn closes(&self, behind: usize) -> bool {
        let Some(frame) = self.frames.last() else { return true };
        let (next, at) = self.next_byte(behind);
        let Some(next) = next else { return true };
        let apart = at > behind;
        let broken = || self.text.get(behind..at).is_some_and(|blank| blank.contains('\n'));
        match next {
            b',' => self.goes_on(at + 1, frame.array),
            b')' if !frame.array => false,
            b'}' | b']' | b')' => {
                let own = (next == b'}') != frame.array;
                if own && self.frames.len() == 1 {
                    return true;
                }
                let (after, place) = self.next_byte(at + 1);
                match after {
                    None | Some(b'}' | b']' | b')' | b'#') => true,
                    Some(b',') => own || self.goes_on(place + 1, next != b'}'),
                    Some(b'/') => self.is_comment(place),
                    Some(b'{') => true,
                    Some(b'"') => own && place > at + 1,
                    Some(_) => own && self.text.get(at..place).is_some_and(|blank| blank.contains('\n')),
                }
            }
            b'/' => self.is_comment(at),
            b'#' => apart,
            b'{' => apart && frame.array,
            b'.' => broken(),
            _ if self.quote_at(at).is_some() => {
                if frame.array {
                    apart
                } else {
                    self.key_ahead(at)
                }
            }
            // The next member without a comma, its key without quotes; or prose behind what was cut.
            _ => broken() && !frame.array && self.key_ahead(at),
        }
    }

    /// Whether a list or an object can go on behind a comma.
    fn goes_on(&self, behind: usize, array: bool) -> bool {
        let (next, at) = self.next_byte(behind);
        let Some(next) = next else { return true };
        match next {
            b'}' | b']' | b')' | b',' | b'{' | b'#' => true,
            b'/' => self.is_comment(at),
            b'.' => true,
            _ if !array => {
                self.key_ahead(at) || self.text.get(at..).is_some_and(|rest| rest.starts_with('…'))
            }
            b'[' | b'(' | b'-' | b'0'..=b'9' => true,
            _ if self.quote_at(at).is_some() => true,
            _ => ["true", "false", "null", "True", "False", "None", "…"]
                .iter()
                .any(|word| self.text.get(at..).is_some_and(|rest| rest.starts_with(word))),
        }
    }

    fn is_comment(&self, at: usize) -> bool {
        self.text.get(at..).is_some_and(|rest| rest.starts_with("//") || rest.starts_with("/*"))
    }
}
