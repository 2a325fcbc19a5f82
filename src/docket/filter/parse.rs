//! Reading a filter. Never panics, and takes time in proportion to the text.

use std::str::FromStr;

use super::{Bound, Field, Filter, Is, Relation, RunName, Term, Value};
use crate::docket::pattern::{PathPattern, Pattern, Prefix};
use crate::domain::{Confidence, Cwe, Kind, Opinion, Severity};

/// Hexadecimal digits of a case's id and of a run's.
const CASE_DIGITS: usize = 32;
const RUN_DIGITS: usize = 16;

/// A filter that cannot be understood, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} at column {column}; {}", problem.what(), problem.hint())]
pub struct FilterError {
    /// The byte at which it goes wrong.
    pub at: usize,
    /// The same in characters, from 1.
    pub column: usize,
    /// What goes wrong.
    pub problem: Problem,
}

/// What can be wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such field.
    UnknownTerm(String),
    /// The field has no such value.
    UnknownValue(Field, String),
    /// The pattern is no glob: the pattern, and why.
    BadGlob(String, String),
    /// Nothing stands behind the colon or the comma. `None`: in a term that looks for text.
    NoValue(Option<Field>),
    /// A quote is opened and not closed.
    OpenQuote,
    /// Nothing stands behind `-`.
    NothingNegated,
    /// Two `-` in a row.
    NegatedTwice,
    /// A field stands behind a comma.
    FieldInside(String),
}

impl Problem {
    fn what(&self) -> String {
        match self {
            Self::UnknownTerm(word) => format!("unknown term `{}:`", clip(word)),
            Self::UnknownValue(field, value) => {
                format!("unknown value `{}` of `{}:`", clip(value), field.word())
            }
            Self::BadGlob(pattern, why) => format!("`{}` is no pattern ({why})", clip(pattern)),
            Self::NoValue(Some(field)) => format!("a value of `{}:` is missing", field.word()),
            Self::NoValue(None) => "a text to look for is missing".to_owned(),
            Self::OpenQuote => "a quote without its end".to_owned(),
            Self::NothingNegated => "`-` without a term".to_owned(),
            Self::NegatedTwice => "`--`".to_owned(),
            Self::FieldInside(word) => format!("`{}:` behind a comma", clip(word)),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::UnknownTerm(_) => {
                let words: Vec<_> = Field::ALL.iter().map(|field| field.word()).collect();
                format!("terms are {}; a text that holds a colon stands in quotes", words.join(", "))
            }
            Self::UnknownValue(field, _) | Self::NoValue(Some(field)) => {
                format!("`{}:` takes {}", field.word(), field.expects())
            }
            Self::BadGlob(..) => "a comma parts patterns, except in quotes: path:\"src/{a,b}/**\"".to_owned(),
            Self::NoValue(None) => "no blank stands beside a comma".to_owned(),
            Self::OpenQuote => "close it with \", and write \\\" for a quote inside".to_owned(),
            Self::NothingNegated => "no blank stands behind it; a text that begins with it goes in quotes".to_owned(),
            Self::NegatedTwice => "write one, and put a text that begins with it in quotes".to_owned(),
            Self::FieldInside(_) => {
                "values parted by commas are of one field: cwe:79,89; a text that holds a colon stands in quotes"
                    .to_owned()
            }
        }
    }
}

/// The beginning of a text, for a message.
fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(60).collect();
    if clipped.len() < text.len() {
        clipped.push('…');
    }
    clipped
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut reader = Reader { text, at: 0 };
        let mut terms = Vec::new();
        let read = loop {
            reader.skip_blanks();
            if reader.peek().is_none() {
                break Ok(());
            }
            match reader.term() {
                Ok(term) => terms.push(term),
                Err(error) => break Err(error),
            }
        };
        match read {
            Ok(()) => Ok(Self { terms }),
            Err((at, problem)) => {
                let column = text.get(..at).unwrap_or(text).chars().count() + 1;
                Err(FilterError { at, column, problem })
            }
        }
    }
}

/// A problem and its byte.
type Failed = (usize, Problem);

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        if is {
            self.at += wanted.len_utf8();
        }
        is
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// What stands before an unquoted colon of the value here.
    fn field_ahead(&self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|c: char| c == ':' || c == ',' || c == '"' || c.is_whitespace())?;
        rest.get(end..)?.starts_with(':').then(|| rest.get(..end))?
    }

    fn term(&mut self) -> Result<Term, Failed> {
        let start = self.at;
        let negated = self.take_if('-');
        match self.peek() {
            Some('-') if negated => return Err((start, Problem::NegatedTwice)),
            Some(c) if negated && c.is_whitespace() => return Err((start, Problem::NothingNegated)),
            None if negated => return Err((start, Problem::NothingNegated)),
            _ => {}
        }
        let field = match self.field_ahead() {
            Some(word) => {
                let unknown = || (self.at, Problem::UnknownTerm(word.to_owned()));
                let field = named(word).ok_or_else(unknown)?;
                self.at += word.len() + 1;
                Some(field)
            }
            None => None,
        };
        let mut values = vec![self.value(field)?];
        while self.take_if(',') {
            if let (None, Some(word)) = (field, self.field_ahead()) {
                return Err((self.at, Problem::FieldInside(word.to_owned())));
            }
            values.push(self.value(field)?);
        }
        Ok(Term { negated, values })
    }

    fn value(&mut self, field: Option<Field>) -> Result<Value, Failed> {
        let start = self.at;
        let text = self.text()?;
        if text.is_empty() {
            return Err((start, Problem::NoValue(field)));
        }
        match field {
            None => Ok(Value::Word(text)),
            Some(field) => value(field, text).map_err(|problem| (start, problem)),
        }
    }

    /// A text up to a blank, a comma or the end, taken out of its quotes.
    fn text(&mut self) -> Result<String, Failed> {
        let mut out = String::new();
        while let Some(c) = self.peek() {
            if c == ',' || c.is_whitespace() {
                break;
            }
            let start = self.at;
            self.take();
            if c != '"' {
                out.push(c);
                continue;
            }
            loop {
                match self.take() {
                    None => return Err((start, Problem::OpenQuote)),
                    Some('"') => break,
                    // Other backslashes are meant for a glob.
                    Some('\\') => match self.peek() {
                        Some(c @ ('"' | '\\')) => {
                            self.take();
                            out.push(c);
                        }
                        _ => out.push('\\'),
                    },
                    Some(c) => out.push(c),
                }
            }
        }
        Ok(out)
    }
}

/// The field of a word. The long forms are what people write who do not know the short ones.
pub(in crate::docket) fn named(word: &str) -> Option<Field> {
    let word = match word.to_ascii_lowercase().as_str() {
        "severity" => Field::Severity,
        "confidence" => Field::Confidence,
        word => return Field::ALL.iter().copied().find(|field| field.word() == word),
    };
    Some(word)
}

fn value(field: Field, text: String) -> Result<Value, Problem> {
    let read = match field {
        Field::Is => Is::ALL.iter().copied().find(|is| is.word().eq_ignore_ascii_case(&text)).map(Value::Is),
        Field::Verdict => optional(&text, |text| text.parse::<Opinion>().ok()).map(Value::Verdict),
        Field::Severity => bound(&text, |word| word.parse::<Severity>().ok()).map(Value::Severity),
        Field::Cwe => optional(&text, cwe).map(Value::Cwe),
        Field::Tool => return Ok(Value::Tool(Pattern(text))),
        Field::Rule => return Ok(Value::Rule(Pattern(text))),
        Field::Project => return Ok(Value::Project(Pattern(text))),
        Field::By => return Ok(Value::By(Pattern(text))),
        Field::Judged => return Ok(Value::Judged(Pattern(text))),
        Field::Assignee => return Ok(Value::Assignee(Pattern(text))),
        Field::Path => {
            return PathPattern::new(&text).map(Value::Path).map_err(|why| Problem::BadGlob(text, why));
        }
        Field::Run if text.eq_ignore_ascii_case("last") => Some(Value::Run(RunName::Last)),
        Field::Run => Prefix::new(&text, RUN_DIGITS).map(|prefix| Value::Run(RunName::Id(prefix))),
        Field::Kind => {
            Kind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(&text)).map(Value::Kind)
        }
        Field::Confidence => optional(&text, |text| bound(text, confidence)).map(Value::Confidence),
        Field::Rank => optional(&text, |text| bound(text, rank)).map(Value::Rank),
        Field::Case => Prefix::new(&text, CASE_DIGITS).map(Value::Case),
    };
    read.ok_or(Problem::UnknownValue(field, text))
}

/// What is read, or `none`.
fn optional<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text.eq_ignore_ascii_case("none") { Some(None) } else { read(text).map(Some) }
}

fn bound<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Bound<T>> {
    let signed =
        Relation::SIGNS.into_iter().find_map(|(sign, relation)| Some((relation, text.strip_prefix(sign)?)));
    let (relation, text) = signed.unwrap_or((Relation::Is, text));
    Some(Bound { relation, value: read(text)? })
}

fn cwe(text: &str) -> Option<Cwe> {
    let digits = match text.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("cwe") => text.get(3..)?.trim_start_matches(['-', '_', ':']),
        _ => text,
    };
    // `parse` alone would take "+89".
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok().and_then(Cwe::from_number))?
}

fn confidence(text: &str) -> Option<Confidence> {
    let all = [Confidence::Low, Confidence::Medium, Confidence::High];
    all.into_iter().find(|grade| grade.word().eq_ignore_ascii_case(text))
}

fn rank(text: &str) -> Option<u8> {
    text.parse().ok().filter(|rank| (1..=5).contains(rank) && text.len() == 1)
}
