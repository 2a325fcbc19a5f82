//! The filter language: what a filter says, and how it is written.
//!
//! ```text
//! filter = term, blanks, term …            all must hold
//! term   = ["-"] [field ":"] value {"," value}    any of the values; "-" takes the rest
//! value  = text, or "text" in quotes where it holds a blank, a comma or a quote (as \")
//! ```
//!
//! A term without a field looks for its text in title, message, path and rule. Fields, words and names are
//! blind to letter case, paths are not.

mod beside;
mod edit;
mod parse;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod trial;

use std::fmt;

pub(super) use parse::named;
pub use parse::{FilterError, Problem};

use super::pattern::{PathPattern, Pattern, Prefix};
use crate::domain::{Confidence, Cwe, Kind, Opinion, Severity};

/// Which cases are meant: those for which every term holds. Without a term, all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// A condition: that any of some values of one field is the case's, or that none is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    negated: bool,
    /// At least one, all of one field.
    values: Vec<Value>,
}

impl Term {
    /// Whether it holds where none of the values is met.
    #[must_use]
    pub const fn negated(&self) -> bool {
        self.negated
    }

    /// The values, of which one is enough.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// What it is about; `None`: the text.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        self.values.first().and_then(Value::field)
    }
}

/// Declares words of the language with the values they stand for.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident {
        $($(#[doc = $doc:literal])+ $variant:ident = $word:literal $(, $expects:expr)?;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[doc = $doc])+ $variant),+ }

        impl $name {
            /// All of them, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the language.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What it means, in a sentence or two.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii()),+ }
            }

            words!(@expects $($variant $($expects)?;)+);
        }
    };
    (@expects $($variant:ident $expects:expr;)+) => {
        /// What may stand behind it, for help and messages.
        #[must_use]
        pub const fn expects(self) -> &'static str {
            match self { $(Self::$variant => $expects),+ }
        }
    };
    (@expects $($variant:ident;)+) => {};
}

words! {
    /// What a term is about.
    Field {
        /// Where a case stands, and what else is so of it.
        Is = "is", "open, settled, disputed, stale, gone, touched, fused, remedied, inferred, marked, pinned, \
            assigned, expired, gold, fixable or traced";
        /// The verdict beside its state.
        Verdict = "verdict", "confirmed, rejected, risk_accepted, unsure or none";
        /// The gravest of its findings.
        Severity = "sev", "info, low, medium, high or critical, with >=, >, <= or < before it where wanted";
        /// A weakness that a finding of it names. Exactly this one, without its kinds.
        Cwe = "cwe", "a CWE number such as 89, or none";
        /// A tool that reports it.
        Tool = "tool", "a tool's name, * and ? allowed";
        /// A rule that it breaks, by its whole name or its family.
        Rule = "rule", "a rule's name, * and ? allowed";
        /// The file it is in. Letter case counts here and nowhere else.
        Path = "path", "a path, a folder with / at its end, or a glob such as src/**";
        /// The project it is in.
        Project = "project", "a project's name, * and ? allowed";
        /// The run that saw it first or last.
        Run = "run", "last, or the first digits of a run's id";
        /// A reviewer whose verdict stands.
        By = "by", "a reviewer's name, * and ? allowed";
        /// A reviewer who gave a verdict on it themselves, also one that does not stand.
        Judged = "judged", "a reviewer's name, * and ? allowed";
        /// Who is to judge it.
        Assignee = "assignee", "a reviewer's name, * and ? allowed";
        /// What sort of thing it is about.
        Kind = "kind", "code, dependency, secret or configuration";
        /// The surest of its findings.
        Confidence = "conf", "low, medium, high, with >=, >, <= or < before it where wanted, or none";
        /// The rank that a person gave it.
        Rank = "rank", "a number from 1 to 5, with >=, >, <= or < before it where wanted, or none";
        /// The case itself.
        Case = "case", "the first digits of a case's id";
    }
}

words! {
    /// What may be asked with `is:`.
    Is {
        /// No verdict, or only `unsure`.
        Open = "open";
        /// There is a verdict.
        Settled = "settled";
        /// Reviewers differ.
        Disputed = "disputed";
        /// The code its verdict rests on has changed.
        Stale = "stale";
        /// All its findings are gone.
        Gone = "gone";
        /// The code around it has changed since its verdict.
        Touched = "touched";
        /// It has several findings, of one tool or of many.
        Fused = "fused";
        /// There is a remedy for it.
        Remedied = "remedied";
        /// Its verdict was carried over from a near-identical case.
        Inferred = "inferred";
        /// Findings have come that its verdict does not cover.
        Marked = "marked";
        /// A person pinned it.
        Pinned = "pinned";
        /// Somebody is to judge it.
        Assigned = "assigned";
        /// Its risk was accepted until a day that is past.
        Expired = "expired";
        /// Its label may be trained on.
        Gold = "gold";
        /// A tool proposes a fix.
        Fixable = "fixable";
        /// A tool told a data flow.
        Traced = "traced";
    }
}

impl Is {
    /// Whether it is one of the states, of which every case has one.
    #[must_use]
    pub const fn is_state(self) -> bool {
        matches!(self, Self::Open | Self::Settled | Self::Disputed | Self::Stale | Self::Gone)
    }
}

/// How a value stands to the one that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The same.
    Is,
    /// The same or more.
    AtLeast,
    /// More.
    Over,
    /// The same or less.
    AtMost,
    /// Less.
    Under,
}

impl Relation {
    pub(super) const SIGNS: [(&'static str, Self); 5] =
        [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::Over), ("<", Self::Under), ("=", Self::Is)];

    const fn sign(self) -> &'static str {
        match self {
            Self::Is => "",
            Self::AtLeast => ">=",
            Self::Over => ">",
            Self::AtMost => "<=",
            Self::Under => "<",
        }
    }
}

/// A part of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bound<T> {
    /// On which side.
    pub relation: Relation,
    /// Of what.
    pub value: T,
}

impl<T: Ord> Bound<T> {
    /// Whether a value is on that part of the scale.
    #[must_use]
    pub fn admits(&self, value: &T) -> bool {
        match self.relation {
            Relation::Is => *value == self.value,
            Relation::AtLeast => *value >= self.value,
            Relation::Over => *value > self.value,
            Relation::AtMost => *value <= self.value,
            Relation::Under => *value < self.value,
        }
    }
}

/// Which run is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunName {
    /// All runs of the file imported last.
    Last,
    /// The runs whose ids begin so.
    Id(Prefix),
}

/// One value of a term. `None` is written `none`: there is no such thing of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// [`Field::Is`]
    Is(Is),
    /// [`Field::Verdict`]
    Verdict(Option<Opinion>),
    /// [`Field::Severity`]
    Severity(Bound<Severity>),
    /// [`Field::Cwe`]
    Cwe(Option<Cwe>),
    /// [`Field::Tool`]
    Tool(Pattern),
    /// [`Field::Rule`]
    Rule(Pattern),
    /// [`Field::Path`]
    Path(PathPattern),
    /// [`Field::Project`]
    Project(Pattern),
    /// [`Field::Run`]
    Run(RunName),
    /// [`Field::By`]
    By(Pattern),
    /// [`Field::Judged`]
    Judged(Pattern),
    /// [`Field::Assignee`]
    Assignee(Pattern),
    /// [`Field::Kind`]
    Kind(Kind),
    /// [`Field::Confidence`]
    Confidence(Option<Bound<Confidence>>),
    /// [`Field::Rank`]
    Rank(Option<Bound<u8>>),
    /// [`Field::Case`]
    Case(Prefix),
    /// A text that occurs in title, message, path or rule. Not empty.
    Word(String),
}

impl Value {
    /// The field it belongs to; `None`: the text.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        Some(match self {
            Self::Is(_) => Field::Is,
            Self::Verdict(_) => Field::Verdict,
            Self::Severity(_) => Field::Severity,
            Self::Cwe(_) => Field::Cwe,
            Self::Tool(_) => Field::Tool,
            Self::Rule(_) => Field::Rule,
            Self::Path(_) => Field::Path,
            Self::Project(_) => Field::Project,
            Self::Run(_) => Field::Run,
            Self::By(_) => Field::By,
            Self::Judged(_) => Field::Judged,
            Self::Assignee(_) => Field::Assignee,
            Self::Kind(_) => Field::Kind,
            Self::Confidence(_) => Field::Confidence,
            Self::Rank(_) => Field::Rank,
            Self::Case(_) => Field::Case,
            Self::Word(_) => return None,
        })
    }
}

/// What of a docket must be loaded to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The paths.
    pub paths: bool,
    /// What the tools say of each case, streamed through [`super::TextHits`].
    pub texts: bool,
    /// Where the cases stand that people acted on.
    pub standings: bool,
    /// The names of the cases.
    pub names: bool,
    /// The runs.
    pub runs: bool,
}

impl Needs {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            paths: self.paths || other.paths,
            texts: self.texts || other.texts,
            standings: self.standings || other.standings,
            names: self.names || other.names,
            runs: self.runs || other.runs,
        }
    }

    /// What is left of it beside what is there.
    ///
    /// # Errors
    /// When something is.
    pub(super) const fn met_by(self, there: Self) -> Result<(), Missing> {
        let missing = Self {
            paths: self.paths && !there.paths,
            texts: self.texts && !there.texts,
            standings: self.standings && !there.standings,
            names: self.names && !there.names,
            runs: self.runs && !there.runs,
        };
        match missing {
            Self { paths: false, texts: false, standings: false, names: false, runs: false } => Ok(()),
            missing => Err(Missing(missing)),
        }
    }
}

/// Data was not loaded without which there is no true answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the docket was asked about what was not loaded: {0:?}")]
pub struct Missing(pub Needs);

impl Filter {
    /// What a reviewer has not judged yet and is still there, whatever others think of it.
    #[must_use]
    pub fn not_judged_by(reviewer: &str) -> Self {
        let without = |value| Term { negated: true, values: vec![value] };
        Self {
            terms: vec![without(Value::Judged(Pattern(reviewer.to_owned()))), without(Value::Is(Is::Gone))],
        }
    }

    /// The terms, in the order written.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether it leaves nothing out.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The project that it leaves in alone, where it names one by its whole name.
    #[must_use]
    pub fn only_project(&self) -> Option<&str> {
        self.terms.iter().find_map(|term| match term.values.as_slice() {
            [Value::Project(name)] if !term.negated && !name.text().contains(['*', '?']) => Some(name.text()),
            _ => None,
        })
    }

    /// What both leave in.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.terms.extend(other.terms);
        self
    }

    /// What must be loaded before it can be answered.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.terms.iter().flat_map(|term| &term.values).fold(Needs::default(), |needs, value| {
            let none = Needs::default();
            needs.and(match value {
                Value::Is(Is::Fused | Is::Fixable | Is::Traced) => none,
                Value::Is(_)
                | Value::Verdict(_)
                | Value::By(_)
                | Value::Judged(_)
                | Value::Assignee(_)
                | Value::Rank(_) => Needs { standings: true, ..none },
                Value::Path(_) => Needs { paths: true, ..none },
                Value::Word(_) => Needs { paths: true, texts: true, ..none },
                Value::Run(_) => Needs { runs: true, ..none },
                Value::Case(_) => Needs { names: true, ..none },
                Value::Severity(_)
                | Value::Cwe(_)
                | Value::Tool(_)
                | Value::Rule(_)
                | Value::Project(_)
                | Value::Kind(_)
                | Value::Confidence(_) => none,
            })
        })
    }

    /// The texts that it looks for.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().flat_map(|term| &term.values).filter_map(|value| match value {
            Value::Word(word) => Some(word.as_str()),
            _ => None,
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            write!(f, "{}{term}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "-" } else { "" })?;
        if let Some(field) = self.field() {
            write!(f, "{}:", field.word())?;
        }
        for (at, value) in self.values.iter().enumerate() {
            write!(f, "{}{value}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// The value without its field.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(is) => f.write_str(is.word()),
            Self::Verdict(None) | Self::Cwe(None) | Self::Confidence(None) | Self::Rank(None) => {
                f.write_str("none")
            }
            Self::Verdict(Some(opinion)) => f.write_str(opinion.word()),
            Self::Severity(bound) => write!(f, "{}{}", bound.relation.sign(), bound.value),
            Self::Cwe(Some(cwe)) => write!(f, "{}", cwe.0),
            Self::Tool(pattern)
            | Self::Rule(pattern)
            | Self::Project(pattern)
            | Self::By(pattern)
            | Self::Judged(pattern)
            | Self::Assignee(pattern) => write_text(f, pattern.text(), false),
            Self::Path(pattern) => write_text(f, pattern.text(), false),
            Self::Run(RunName::Last) => f.write_str("last"),
            Self::Run(RunName::Id(prefix)) | Self::Case(prefix) => prefix.fmt(f),
            Self::Kind(kind) => f.write_str(kind.word()),
            Self::Confidence(Some(bound)) => write!(f, "{}{}", bound.relation.sign(), bound.value.word()),
            Self::Rank(Some(bound)) => write!(f, "{}{}", bound.relation.sign(), bound.value),
            Self::Word(word) => write_text(f, word, true),
        }
    }
}

/// Writes a text, in quotes where it would be read as something else without.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str, bare: bool) -> fmt::Result {
    let special = |c: char| c.is_whitespace() || c == ',' || c == '"' || (bare && c == ':');
    if text.contains(special) || (bare && text.starts_with('-')) {
        write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        f.write_str(text)
    }
}
