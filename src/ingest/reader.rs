//! What a reader is: one file a format, which turns a document into claims and says what it could not read.

use std::fmt;

use super::document::{Document, Shape};
use crate::domain::{Claim, Rule, Severity};

/// A format's reader. Adding one is a file in `read/` and a line in [`super::read::READERS`].
///
/// A reader never panics, never recurses on the input's depth, never allocates by a number it read, and holds one
/// claim at a time: the arrays that hold claims are walked, never loaded.
pub trait Reader: Sync {
    /// What it reads and how it maps it; the source of `docs/normalisation.md`.
    fn about(&self) -> &'static About;

    /// Whether a document of this shape is of its format. Decided by content, never by name.
    fn recognises(&self, shape: &Shape) -> bool;

    /// Reads the whole document. What is fine goes to [`Sink::claim`], what is not to the sink's other methods; an
    /// error refuses the document whole.
    ///
    /// # Errors
    /// When the document's structure is broken, or the sink wants no more.
    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError>;
}

/// A format as the mapping table describes it.
#[derive(Debug)]
pub struct About {
    /// The word for `--format` and for receipts.
    pub format: &'static str,
    /// The tools that write it.
    pub tools: &'static str,
    /// What counts as one claim.
    pub claim: &'static str,
    /// What is set aside.
    pub aside: &'static str,
    /// Where the severity is taken from.
    pub severity_from: &'static str,
    /// The source's words on our scale, as the reader itself looks them up (lower case).
    pub severity: Scale,
    /// Where CWE ids are taken from.
    pub cwe_from: &'static str,
    /// Which of the tool's identities are kept.
    pub prints_from: &'static str,
}

/// Words of a source on our scale, in lower case.
pub type Scale = &'static [(&'static str, Severity)];

/// Looks a word up in a scale, whatever its case.
#[must_use]
pub fn grade(scale: Scale, word: &str) -> Option<Severity> {
    let word = word.trim();
    scale.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|&(_, severity)| severity)
}

/// The head of a run: what is known before its claims.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunHead {
    /// The tool's name as a short lower-case word: `semgrep`, `codeql`, `snyk-code`.
    pub tool: String,
    /// Its version; empty where not said.
    pub tool_version: String,
    /// The revision scanned, where the document says.
    pub revision: String,
    /// The branch scanned, where the document says.
    pub branch: String,
    /// Absolute path of the scanned root on the machine that scanned, where the document says.
    pub root: String,
    /// What was scanned, where paths do not tell: the image, without its tag. Empty where not said.
    pub target: String,
    /// When the run began, as written (RFC 3339 where the tool keeps to it); empty where not said.
    pub started: String,
    /// True when `Sink::covered` will be told every file that was scanned, so that a file not named was not.
    pub coverage_is_complete: bool,
    /// True when `Sink::rule` will be told every rule that ran, so that a rule not named did not.
    pub rules_are_complete: bool,
    /// Something the tool itself reported as gone wrong, which makes its silence weak: timeouts, parse errors.
    pub troubles: Vec<String>,
}

/// Why something could not be read as a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Not the format's syntax, and not repairable without inventing.
    Invalid,
    /// There, but without content.
    Empty,
    /// It stops in the middle.
    Truncated,
    /// Well-formed, with fields that are missing or of another type.
    WrongShape,
    /// A finding that names no file or code (for formats that must).
    NamesNoCode,
    /// Larger or deeper than the limits.
    TooLarge,
}

impl Failure {
    /// The words used in receipts and in the store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::WrongShape => "wrong shape",
            Self::NamesNoCode => "names no code",
            Self::TooLarge => "too large",
        }
    }
}

/// Where a reader puts what it finds. Calls refer to the run begun last; `run` comes before all others.
///
/// `at` is the place inside the document, such as `runs[0].results[7]`; it is only formatted when it is kept, so
/// pass `&format_args!(…)`.
pub trait Sink {
    /// Begins a run.
    ///
    /// # Errors
    /// When the sink wants no more (so for all of them).
    fn run(&mut self, head: RunHead) -> Result<(), ReadError>;

    /// Tells of a rule of this run.
    ///
    /// # Errors
    /// As `run`.
    fn rule(&mut self, rule: Rule) -> Result<(), ReadError>;

    /// Tells of a file that this run scanned, whether or not it has claims. The path is tidied as a claim's is.
    ///
    /// # Errors
    /// As `run`.
    fn covered(&mut self, path: &str) -> Result<(), ReadError>;

    /// Hands over a claim and the bytes it was read from (self-contained where the format allows).
    ///
    /// # Errors
    /// As `run`.
    fn claim(&mut self, at: &dyn fmt::Display, raw: &[u8], claim: Claim) -> Result<(), ReadError>;

    /// Tells that the claim handed over next is kept without some of what it says, and why.
    ///
    /// # Errors
    /// As `run`.
    fn cut(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError>;

    /// Counts a result that claims no weakness, and says why.
    ///
    /// # Errors
    /// As `run`.
    fn set_aside(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError>;

    /// Counts something that should have been a claim and could not be read; `raw` is kept for a broader review.
    ///
    /// # Errors
    /// As `run`.
    fn unreadable(
        &mut self,
        at: &dyn fmt::Display,
        failure: Failure,
        why: &str,
        raw: &[u8],
    ) -> Result<(), ReadError>;
}

/// Why a document was refused whole.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system said no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The syntax is broken.
    #[error("{why} at line {line}, byte {byte}")]
    Malformed {
        /// What is wrong.
        why: String,
        /// Line, from 1.
        line: u64,
        /// Offset in the decoded text, from 0.
        byte: u64,
    },
    /// It ends before it is complete.
    #[error("the document ends in the middle, at line {line}, byte {byte}")]
    Truncated {
        /// Line, from 1.
        line: u64,
        /// Offset in the decoded text, from 0.
        byte: u64,
    },
    /// Nested deeper than any scanner's output.
    #[error("nested more than {limit} levels deep at byte {byte}")]
    TooDeep {
        /// The bound.
        limit: usize,
        /// Offset in the decoded text, from 0.
        byte: u64,
    },
    /// It has the format's mark but not its structure.
    #[error("{0}")]
    Unsupported(String),
    /// The sink stopped the reading: cancelled, or the store failed.
    #[error(transparent)]
    Stopped(Box<dyn std::error::Error + Send + Sync>),
}

impl ReadError {
    /// Whether it is the document's syntax that is broken.
    #[must_use]
    pub const fn is_syntax(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::Truncated { .. } | Self::TooDeep { .. })
    }
}

/// A sink for tests that keeps everything.
#[cfg(test)]
pub(crate) mod collect {
    use super::*;

    /// What a reader said, in order.
    #[derive(Debug, Default)]
    pub(crate) struct Collected {
        pub(crate) heads: Vec<RunHead>,
        pub(crate) rules: Vec<Rule>,
        pub(crate) covered: Vec<String>,
        pub(crate) claims: Vec<Claim>,
        /// The raw bytes of each claim.
        pub(crate) raws: Vec<String>,
        pub(crate) aside: Vec<(String, String)>,
        pub(crate) unreadable: Vec<(String, Failure)>,
        /// The places of claims that were cut.
        pub(crate) cut: Vec<String>,
    }

    impl Sink for Collected {
        fn run(&mut self, head: RunHead) -> Result<(), ReadError> {
            self.heads.push(head);
            Ok(())
        }

        fn rule(&mut self, rule: Rule) -> Result<(), ReadError> {
            self.rules.push(rule);
            Ok(())
        }

        fn covered(&mut self, path: &str) -> Result<(), ReadError> {
            self.covered.push(path.to_owned());
            Ok(())
        }

        fn claim(&mut self, _: &dyn fmt::Display, raw: &[u8], claim: Claim) -> Result<(), ReadError> {
            assert!(!self.heads.is_empty(), "a claim before its run");
            self.claims.push(claim);
            self.raws.push(String::from_utf8_lossy(raw).into_owned());
            Ok(())
        }

        fn cut(&mut self, at: &dyn fmt::Display, _: &str) -> Result<(), ReadError> {
            self.cut.push(at.to_string());
            Ok(())
        }

        fn set_aside(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError> {
            self.aside.push((at.to_string(), why.to_owned()));
            Ok(())
        }

        fn unreadable(
            &mut self,
            at: &dyn fmt::Display,
            failure: Failure,
            _: &str,
            _: &[u8],
        ) -> Result<(), ReadError> {
            self.unreadable.push((at.to_string(), failure));
            Ok(())
        }
    }

    /// Reads a text with one reader, which must recognise it.
    pub(crate) fn read_all(reader: &dyn Reader, text: &str) -> Collected {
        let document = Document::bytes("test", text);
        assert!(reader.recognises(&document.shape().unwrap()), "not recognised");
        let mut sink = Collected::default();
        reader.read(&document, &mut sink).unwrap();
        sink
    }

    /// Reads a text with one reader, which must refuse it.
    pub(crate) fn refused(reader: &dyn Reader, text: &str) -> ReadError {
        reader.read(&Document::bytes("test", text), &mut Collected::default()).unwrap_err()
    }
}
