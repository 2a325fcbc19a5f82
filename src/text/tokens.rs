//! Owns the normalised tokens of a piece of code: what is left of it when only its layout is forgotten.
//!
//! It knows comments and quotes, never a grammar. Forgotten are: white space and line breaks, comments, the style
//! of quotes (`'x'` is `"x"`, with `\'` and `\"` inside as bare quotes), commas before a closing bracket, `\` at a
//! line's end, and `;`. Everything else is kept: identifiers, numbers, the text of strings, prefixes such as `f` or
//! `r`, parentheses.
//!
//! Invariants: in doubt text is kept, never dropped, so that a wrong guess makes two texts differ rather than
//! agree (an apostrophe that opens no string, a comment that never ends); the work is linear in the text. The price
//! of ignoring layout, accepted: Python's indentation, `(x,)` against `(x)` and the empty statement in `if (x);`
//! do not show.

use std::borrow::Cow;

mod scan;

pub use scan::Tokens;

/// How a language writes comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Family {
    /// `#` to the line's end: Python, Ruby, shell, YAML. Quotes may span lines.
    Hash,
    /// `//` and `/* */`: C, Java, JavaScript, Go. Quotes other than backticks end with their line.
    Slashes,
    /// Both of these: PHP and HCL; `#[` opens an attribute. Quotes may span lines.
    Both,
    /// `--` and `/* */` or `--[[ ]]`: SQL and Lua. Quotes may span lines.
    Dashes,
    /// None, or not known.
    #[default]
    Plain,
}

impl Family {
    const fn hash(self) -> bool {
        matches!(self, Self::Hash | Self::Both)
    }

    const fn slashes(self) -> bool {
        matches!(self, Self::Slashes | Self::Both)
    }

    const fn blocks(self) -> bool {
        matches!(self, Self::Slashes | Self::Both | Self::Dashes)
    }

    const fn quotes_span_lines(self) -> bool {
        matches!(self, Self::Hash | Self::Both | Self::Dashes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// An identifier, keyword or number.
    Word,
    /// One character of punctuation, or a backslash and what it escapes.
    Mark,
    /// A string in single or double quotes.
    Quoted,
    /// A string in tripled quotes.
    Tripled,
    /// A string in backticks.
    Ticked,
    /// What looks like a regular expression between slashes.
    Pattern,
}

/// One token where it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// The byte at which it starts.
    pub start: usize,
    /// As written, with its quotes.
    pub text: &'t str,
    sort: Sort,
}

impl<'t> Token<'t> {
    /// The byte after its last.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// In the form that is compared: strings in double quotes, without the escapes of quotes.
    #[must_use]
    pub fn normal(&self) -> Cow<'t, str> {
        if self.sort != Sort::Quoted && self.sort != Sort::Tripled {
            return self.text.into();
        }
        let inner = self.inner();
        let quotes = if self.sort == Sort::Quoted { "\"" } else { "\"\"\"" };
        if self.text.starts_with('"') && !inner.contains("\\\"") && !inner.contains("\\'") {
            return self.text.into();
        }
        let mut out = String::with_capacity(self.text.len());
        out.push_str(quotes);
        without_escaped_quotes(inner, &mut |part| out.push_str(part));
        out.push_str(quotes);
        out.into()
    }

    /// A hash of the normal form, for comparing sequences of tokens in one process; not for keeping.
    #[must_use]
    pub fn key(&self) -> u64 {
        // FNV-1a: tokens are short, and nothing an attacker gains from a collision outlives the comparison.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        self.feed(&mut |bytes| {
            for &byte in bytes {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        });
        hash
    }

    /// Whether it is an identifier, a keyword or a number.
    #[must_use]
    pub const fn is_word(&self) -> bool {
        matches!(self.sort, Sort::Word)
    }

    fn inner(&self) -> &'t str {
        let quote = match self.sort {
            Sort::Word | Sort::Mark => 0,
            Sort::Quoted | Sort::Ticked | Sort::Pattern => 1,
            Sort::Tripled => 3,
        };
        self.text.get(quote..self.text.len().saturating_sub(quote)).unwrap_or_default()
    }

    /// Gives the bytes to hash. Words end and strings are framed with bytes that UTF-8 never holds, so that no two
    /// sequences of tokens give the same bytes.
    fn feed(&self, sink: &mut impl FnMut(&[u8])) {
        let frame: &[u8] = match self.sort {
            Sort::Word => {
                sink(self.text.as_bytes());
                return sink(&[0xff]);
            }
            Sort::Mark => return sink(self.text.as_bytes()),
            Sort::Quoted => &[0xfe],
            Sort::Tripled => &[0xfd],
            Sort::Ticked => &[0xfc],
            Sort::Pattern => &[0xfb],
        };
        sink(frame);
        if matches!(self.sort, Sort::Quoted | Sort::Tripled) {
            without_escaped_quotes(self.inner(), &mut |part| sink(part.as_bytes()));
        } else {
            sink(self.inner().as_bytes());
        }
        sink(&[0xff]);
    }
}

/// Gives the text in parts, leaving out the backslash of `\'` and `\"`.
fn without_escaped_quotes<'t>(inner: &'t str, sink: &mut impl FnMut(&'t str)) {
    let (mut rest, mut from) = (inner, 0);
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes().get(from..).unwrap_or_default()) {
        let at = from + at;
        if matches!(rest.as_bytes().get(at + 1), Some(b'\'' | b'"')) {
            sink(rest.get(..at).unwrap_or_default());
            rest = rest.get(at + 1..).unwrap_or_default();
            from = 1;
        } else {
            from = (at + 2).min(rest.len());
        }
    }
    sink(rest);
}

/// The normalised tokens of a piece of code, in order.
#[must_use]
pub fn tokens(text: &str, family: Family) -> Tokens<'_> {
    Tokens::new(text, family)
}

/// A hash of the normalised tokens: the same for two layouts of the same code, on every machine.
#[must_use]
pub fn token_hash(text: &str, family: Family) -> u64 {
    // BLAKE3 takes small pieces slowly and its incremental form is large; most statements fit into one buffer.
    let (mut buffer, mut used) = ([0_u8; 2048], 0_usize);
    let mut hasher: Option<Box<blake3::Hasher>> = None;
    let mut sink = |bytes: &[u8]| {
        if let Some(room) = buffer.get_mut(used..used + bytes.len()) {
            room.copy_from_slice(bytes);
            used += bytes.len();
            return;
        }
        let hasher = hasher.get_or_insert_with(Box::default);
        hasher.update(buffer.get(..used).unwrap_or_default());
        used = 0;
        match buffer.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                used = bytes.len();
            }
            None => {
                hasher.update(bytes);
            }
        }
    };
    for token in tokens(text, family) {
        token.feed(&mut sink);
    }
    let tail = buffer.get(..used).unwrap_or_default();
    let hash = match hasher {
        Some(mut hasher) => hasher.update(tail).finalize(),
        None => blake3::hash(tail),
    };
    u64::from_le_bytes(*hash.as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]))
}

/// How alike two pieces of code are, 0 to 1: the share of tokens they have in common (Dice, over multisets).
/// Two pieces without any token are alike.
#[must_use]
pub fn similarity(a: &str, b: &str, family: Family) -> f32 {
    let sorted = |text| {
        let mut keys: Vec<u64> = tokens(text, family).map(|token| token.key()).collect();
        keys.sort_unstable();
        keys
    };
    let (a, b) = (sorted(a), sorted(b));
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0_u32;
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => {
                left.next();
            }
            std::cmp::Ordering::Greater => {
                right.next();
            }
            std::cmp::Ordering::Equal => {
                common += 1;
                left.next();
                right.next();
            }
        }
    }
    let share = f64::from(common) * 2.0 / (a.len() + b.len()) as f64;
    share as f32
}

#[cfg(test)]
mod tests;
