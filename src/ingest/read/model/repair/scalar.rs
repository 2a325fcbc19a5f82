//! What stands between strings and brackets: blanks, comments, numbers, literals, words without quotes.

use super::{BARE, BARE_KEY, COMMENTS, ELISION, Flow, LITERALS, Mender, PREFIX, WHITE_SPACE};

/// How far ahead a decision looks; what needs to look further is taken as sound.
const AHEAD: usize = 512;

impl Mender<'_> {
    /// The next byte that is not white space and where it stands; none at the end, or too far away to tell.
    pub(super) fn next_byte(&self, from: usize) -> (Option<u8>, usize) {
        let rest = self.text.get(from..).unwrap_or_default();
        let blank: usize =
            rest.chars().take(AHEAD).take_while(|c| is_odd_blank(*c)).map(char::len_utf8).sum();
        if blank >= AHEAD {
            return (None, from + blank);
        }
        (rest.as_bytes().get(blank).copied(), from + blank)
    }

    /// Copies white space, replaces what JSON does not count as such, and drops comments and ellipses.
    pub(super) fn pass_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.bytes().take_while(|byte| is_blank(*byte)).count();
            if blank > 0 {
                self.out().push_str(rest.get(..blank).unwrap_or_default());
                self.pos += blank;
                continue;
            }
            let Some(first) = rest.chars().next() else { return };
            if rest.starts_with("//") || first == '#' {
                self.pos += rest.find('\n').unwrap_or(rest.len());
                self.note(COMMENTS);
            } else if rest.starts_with("/*") {
                self.pos += rest.find("*/").map_or(rest.len(), |end| end + 2);
                self.note(COMMENTS);
            } else if rest.starts_with("...") || first == '…' {
                // `... 12 more`: the words belong to the ellipsis.
                self.pos += rest.find([',', '}', ']', '\n', '"']).unwrap_or(rest.len());
                self.note(ELISION);
            } else if is_odd_blank(first) {
                self.out().push(' ');
                self.pos += first.len_utf8();
                self.note(WHITE_SPACE);
            } else {
                return;
            }
        }
    }

    /// A number, a literal or a text without quotes.
    pub(super) fn scalar(&mut self, byte: u8) -> Flow {
        let rest = self.rest();
        let run = |holds: fn(u8) -> bool| rest.bytes().take_while(|byte| holds(*byte)).count();
        let length = match byte {
            b'-' | b'0'..=b'9' => {
                run(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
            }
            b'a'..=b'z' | b'A'..=b'Z' => run(|b| b.is_ascii_alphanumeric() || b == b'_'),
            _ => 0,
        };
        let word = rest.get(..length).unwrap_or_default();
        if self.frames.is_empty() {
            // A value of its own is a text's only content; nothing tells a word from prose there.
            let sound = is_number(word) || matches!(word, "true" | "false" | "null");
            return if sound { self.copy(length) } else { Flow::Lost("no JSON value") };
        }
        if length == rest.len() {
            return Flow::End;
        }
        if is_number(word) && self.ends_at(self.pos + length) {
            return self.copy(length);
        }
        let prefix =
            matches!(word, "r" | "b" | "u" | "f" | "R" | "B" | "U" | "F" | "rb" | "br" | "Rb" | "bR");
        if prefix && matches!(rest.as_bytes().get(length), Some(b'"' | b'\'')) {
            self.pos += length;
            self.note(PREFIX);
            return self.string(false);
        }
        if !word.is_empty() && self.ends_at(self.pos + length) {
            let literal = match word {
                "true" | "false" | "null" => return self.copy(length),
                "True" | "TRUE" => "true",
                "False" | "FALSE" => "false",
                "None" | "NULL" | "Null" | "nil" | "undefined" => "null",
                _ => return self.bare(),
            };
            self.out().push_str(literal);
            self.pos += length;
            self.note(LITERALS);
            return Flow::On;
        }
        self.bare()
    }

    fn copy(&mut self, length: usize) -> Flow {
        let rest = self.rest();
        self.out().push_str(rest.get(..length).unwrap_or_default());
        self.pos += length;
        Flow::On
    }

    /// Whether a scalar may end here: what follows is not more of the same text.
    fn ends_at(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default();
        let next = rest.trim_start_matches([' ', '\t']);
        match next.bytes().next() {
            None | Some(b',' | b'}' | b']' | b')' | b'\n' | b'\r' | b'#' | b'{' | b'[' | b'"' | b'\'') => {
                true
            }
            Some(b'/') => next.starts_with("//") || next.starts_with("/*"),
            _ => {
                next.len() < rest.len() && self.key_ahead(at + rest.len() - next.len())
                    || next.chars().next().is_some_and(|c| is_odd_blank(c) || c == '…')
            }
        }
    }

    /// A text without quotes: all up to the end of the line or the next comma or bracket.
    fn bare(&mut self) -> Flow {
        let rest = self.rest();
        let Some(mut length) = rest.find([',', '}', ']', '\n', '\r']) else { return Flow::End };
        for comment in [" //", " /*", " #"] {
            let text = rest.get(..length).unwrap_or_default();
            length = text.find(comment).unwrap_or(length);
        }
        let text = rest.get(..length).unwrap_or_default().trim_end();
        if text.is_empty() || text.contains(['"', '{', '[', '\\']) || text.starts_with([':', ';', ')', '=']) {
            return Flow::Lost("no JSON value");
        }
        let quoted = serde_json::Value::from(text).to_string();
        self.out().push_str(&quoted);
        self.pos += text.len();
        self.note(BARE);
        Flow::On
    }

    /// A key without quotes, which must be a single word before a colon.
    pub(super) fn bare_key(&mut self, byte: u8) -> Flow {
        let rest = self.rest();
        let length = word_length(rest);
        if length == rest.len() {
            return Flow::End;
        }
        if length == 0 || !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')) {
            return Flow::Lost("no key");
        }
        let word = rest.get(..length).unwrap_or_default();
        self.out().push('"');
        self.out().push_str(word);
        self.out().push('"');
        self.pos += length;
        self.note(BARE_KEY);
        Flow::On
    }

    /// Whether a key and its colon stand here; true also where the end comes too early, or too late, to tell.
    pub(super) fn key_ahead(&self, at: usize) -> bool {
        self.key_here(at) != Some(false)
    }

    /// Whether a key and its colon stand here; none where that cannot be told.
    pub(super) fn key_here(&self, at: usize) -> Option<bool> {
        let rest = self.text.get(at..).unwrap_or_default();
        let behind = match self.quote_at(at) {
            Some(quote) => {
                let mut length = quote.length;
                let mut escaped = false;
                loop {
                    let next = rest.get(length..).and_then(|rest| rest.chars().next())?;
                    if length > AHEAD {
                        return None;
                    }
                    length += next.len_utf8();
                    match next {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '\n' => return Some(false),
                        _ if quote.closed_by(next) => break,
                        _ => {}
                    }
                }
                length
            }
            None => match word_length(rest) {
                0 => return Some(false),
                length => length,
            },
        };
        self.next_byte(at + behind).0.map(|next| matches!(next, b':' | b'='))
    }
}

/// What JSON counts as white space.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// What looks like white space, or like nothing at all.
fn is_odd_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

/// How long the name at a text's beginning is.
fn word_length(text: &str) -> usize {
    text.bytes()
        .take(AHEAD)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-'))
        .count()
}

/// Whether a text is a number as JSON writes it (RFC 8259, section 6).
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let text = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text.starts_with('0')) {
        return false;
    }
    let mut rest = text.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = fraction.get(length..).unwrap_or_default();
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return digits(exponent) > 0 && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}
