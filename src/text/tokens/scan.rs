//! Owns cutting a text into tokens, byte by byte and in one pass.

use memchr::{memchr2, memmem};

use super::{Family, Sort, Token};

/// The tokens of a text; see [`super::tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'t> {
    text: &'t str,
    family: Family,
    at: usize,
    /// The last byte of the token before, 0 where there is none.
    before: u8,
    /// Whether the token before is a keyword after which a regular expression may stand.
    word_allows_pattern: bool,
    /// A comma that is given only if no closing bracket follows.
    comma: Option<Token<'t>>,
    after_comma: Option<Token<'t>>,
    /// By [`Opener`]: before this byte such quotes are known to have no partner, which keeps the search linear.
    open: [usize; 5],
}

#[derive(Debug, Clone, Copy)]
enum Opener {
    Single,
    Double,
    Tick,
    TripleSingle,
    TripleDouble,
}

const WORD: u8 = 1;
const SPACE: u8 = 2;
const QUOTE: u8 = 3;
const SPECIAL: u8 = 4;
const DROPPED: u8 = 5;

const CLASS: [u8; 256] = {
    let mut table = [0_u8; 256];
    let mut byte = 0_usize;
    #[expect(clippy::indexing_slicing, reason = "evaluated when compiling; the index is below 256")]
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80.. => WORD,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            b'\'' | b'"' | b'`' => QUOTE,
            b'#' | b'/' | b'-' | b'\\' => SPECIAL,
            b';' => DROPPED,
            _ => 0,
        };
        byte += 1;
    }
    table
};

#[inline]
fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    #[inline]
    fn next(&mut self) -> Option<Token<'t>> {
        if let Some(token) = self.after_comma.take() {
            return Some(token);
        }
        loop {
            let Some(token) = self.scan() else { return self.comma.take() };
            if token.text == "," {
                match self.comma.replace(token) {
                    None => continue,
                    earlier => return earlier,
                }
            }
            return match self.comma.take() {
                Some(comma) if !matches!(token.text, ")" | "]" | "}") => {
                    self.after_comma = Some(token);
                    Some(comma)
                }
                _ => Some(token),
            };
        }
    }
}

impl<'t> Tokens<'t> {
    pub(super) const fn new(text: &'t str, family: Family) -> Self {
        Self {
            text,
            family,
            at: 0,
            before: 0,
            word_allows_pattern: false,
            comma: None,
            after_comma: None,
            open: [0; 5],
        }
    }

    fn rest(&self, from: usize) -> &'t [u8] {
        self.text.as_bytes().get(from..).unwrap_or_default()
    }

    #[inline]
    fn token(&mut self, end: usize, sort: Sort) -> Option<Token<'t>> {
        let start = self.at;
        self.at = end;
        let text = self.text.get(start..end)?;
        self.before = text.bytes().next_back().unwrap_or(0);
        self.word_allows_pattern = sort == Sort::Word
            && matches!(text, "return" | "typeof" | "case" | "in" | "of" | "if" | "when" | "and" | "or");
        Some(Token { start, text, sort })
    }

    /// One character that starts here, whatever it is.
    fn mark(&mut self) -> Option<Token<'t>> {
        self.token(self.at + 1, Sort::Mark)
    }

    #[inline]
    fn scan(&mut self) -> Option<Token<'t>> {
        loop {
            let rest = self.rest(self.at);
            let &byte = rest.first()?;
            match class(byte) {
                // A byte order mark inside a text is no part of any word.
                WORD if byte == 0xef && rest.starts_with("\u{feff}".as_bytes()) => self.at += 3,
                WORD => return self.word(rest),
                SPACE => self.at += rest.iter().position(|&b| class(b) != SPACE).unwrap_or(rest.len()),
                DROPPED => self.at += 1,
                QUOTE => return self.quote(byte, rest),
                SPECIAL => match self.special(byte, rest) {
                    Some(skipped) => self.at += skipped.max(1),
                    None => {
                        return if byte == b'\\' {
                            self.escape(rest)
                        } else {
                            self.slash_or_mark(byte, rest)
                        };
                    }
                },
                _ => return self.mark(),
            }
        }
    }

    #[inline]
    fn word(&mut self, rest: &'t [u8]) -> Option<Token<'t>> {
        let mut len = rest.iter().position(|&b| class(b) != WORD).unwrap_or(rest.len());
        // `1.5` is one number, `a.b` are three tokens.
        if rest.first().is_some_and(u8::is_ascii_digit) && rest.get(len) == Some(&b'.') {
            let tail = rest.get(len + 1..).unwrap_or_default();
            if tail.first().is_some_and(u8::is_ascii_digit) {
                len += 1 + tail.iter().position(|&b| class(b) != WORD).unwrap_or(tail.len());
            }
        }
        self.token(self.at + len, Sort::Word)
    }

    /// The length of a comment or line continuation that starts here.
    fn special(&self, byte: u8, rest: &[u8]) -> Option<usize> {
        let line = || memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let second = rest.get(1).copied().unwrap_or(0);
        match byte {
            b'#' if self.family.hash() => {
                // `$#` and `${#x}` in a shell, `#[attribute]` in PHP.
                let behind = self.text.as_bytes().get(self.at.saturating_sub(2)..self.at).unwrap_or_default();
                let no_comment = behind.ends_with(b"$")
                    || behind == b"${"
                    || (self.family == Family::Both && second == b'[');
                (!no_comment).then(line)
            }
            b'/' if second == b'/' && self.family.slashes() => Some(line()),
            b'/' if second == b'*' && self.family.blocks() => {
                // One that never ends is kept: it may be a pattern, and what follows may be code.
                memmem::find(rest.get(2..)?, b"*/").map(|at| at + 4)
            }
            b'-' if second == b'-' && self.family == Family::Dashes => match rest.strip_prefix(b"--[[") {
                Some(inner) => Some(memmem::find(inner, b"]]").map_or_else(line, |at| at + 6)),
                None => Some(line()),
            },
            b'\\' if second == b'\n' => Some(2),
            b'\\' if second == b'\r' => Some(if rest.get(2) == Some(&b'\n') { 3 } else { 2 }),
            _ => None,
        }
    }

    /// A backslash with the character behind it, which opens neither string nor comment.
    fn escape(&mut self, rest: &[u8]) -> Option<Token<'t>> {
        let both = rest.get(1).is_some_and(|&b| b.is_ascii() && class(b) != SPACE);
        self.token(self.at + 1 + usize::from(both), Sort::Mark)
    }

    fn slash_or_mark(&mut self, byte: u8, rest: &[u8]) -> Option<Token<'t>> {
        // Where no operand stands before it, a slash divides nothing and opens a pattern. Its quotes and slashes
        // would otherwise pass for strings and comments, and the code behind them for their text.
        let opens = self.word_allows_pattern
            || matches!(
                self.before,
                0 | b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b'~' | b'>'
            );
        if byte == b'/'
            && opens
            && !matches!(self.family, Family::Plain | Family::Dashes)
            && let Some(len) = pattern_len(rest)
        {
            return self.token(self.at + len, Sort::Pattern);
        }
        self.mark()
    }

    fn quote(&mut self, quote: u8, rest: &[u8]) -> Option<Token<'t>> {
        let (single, triple) = match quote {
            b'`' => (Opener::Tick, None),
            b'"' => (Opener::Double, Some(Opener::TripleDouble)),
            _ => (Opener::Single, Some(Opener::TripleSingle)),
        };
        let tripled = match self.family {
            Family::Hash | Family::Plain => true,
            Family::Slashes => quote == b'"',
            Family::Both | Family::Dashes => false,
        };
        if let Some(triple) = triple.filter(|_| tripled && rest.starts_with(&[quote; 3])) {
            let found = self.may_close(triple).then(|| closing_tripled(rest, quote)).flatten();
            return match found {
                Some(len) => self.token(self.at + len, Sort::Tripled),
                None => {
                    self.never_closes(triple, self.text.len());
                    self.token(self.at + 3, Sort::Mark)
                }
            };
        }
        let one_line = quote != b'`' && !self.family.quotes_span_lines();
        let found = self.may_close(single).then(|| closing(rest, quote, one_line)).flatten();
        match found {
            Some(len) => self.token(self.at + len, if quote == b'`' { Sort::Ticked } else { Sort::Quoted }),
            None => {
                let line =
                    if one_line { memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()) } else { rest.len() };
                self.never_closes(single, self.at + line);
                self.mark()
            }
        }
    }

    fn may_close(&self, opener: Opener) -> bool {
        self.open.get(opener as usize).is_some_and(|&until| self.at >= until)
    }

    fn never_closes(&mut self, opener: Opener, until: usize) {
        if let Some(open) = self.open.get_mut(opener as usize) {
            *open = until.max(*open);
        }
    }
}

/// The length of a string up to and with its closing quote.
fn closing(rest: &[u8], quote: u8, one_line: bool) -> Option<usize> {
    let mut at = 1;
    loop {
        let tail = rest.get(at..)?;
        let found = at
            + tail
                .iter()
                .position(|&b| b == quote || b == b'\\' || (one_line && (b == b'\n' || b == b'\r')))?;
        match rest.get(found) {
            Some(&b) if b == quote => return Some(found + 1),
            // `\` before `\r\n` continues the line as it does before `\n`.
            Some(b'\\') if rest.get(found + 1..found + 3) == Some(b"\r\n") => at = found + 3,
            Some(b'\\') => at = found + 2,
            _ => return None,
        }
    }
}

fn closing_tripled(rest: &[u8], quote: u8) -> Option<usize> {
    let mut at = 3;
    loop {
        let found = at + memchr2(quote, b'\\', rest.get(at..)?)?;
        if rest.get(found) == Some(&b'\\') {
            at = found + 2;
        } else if rest.get(found..found + 3) == Some(&[quote; 3]) {
            return Some(found + 3);
        } else {
            at = found + 1;
        }
    }
}

/// The length of `/…/` where it closes on its line; a slash in a class `[…]` closes nothing.
fn pattern_len(rest: &[u8]) -> Option<usize> {
    let (mut at, mut in_class) = (1, false);
    loop {
        match rest.get(at)? {
            b'\n' | b'\r' => return None,
            // An unbounded search on each of many slashes in one line would be quadratic; patterns are short.
            _ if at > 256 => return None,
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return (at > 1).then_some(at + 1),
            _ => {}
        }
        at += 1;
    }
}
