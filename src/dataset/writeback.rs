//! Documents by which verdicts go back to the tools whose findings they are of, and to people.
//!
//! What a document says is said for everyone who reads it: only a person's verdict that stands silences anything. What was
//! carried over is told as waiting for review, and what is disputed or stale silences nothing.

mod csv;
mod openvex;
mod ruling;
mod sarif;
mod snyk;

pub use csv::{CsvWriter, Line};
pub use openvex::{Affected, Product, Statement, Vex};
pub use ruling::{Ruling, Silence};
pub use sarif::{SarifWriter, ToolResult, ToolRule, ToolRun};
pub use snyk::{Ignored, SnykPolicy};

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What sort of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Document {
    /// SARIF 2.1.0 with suppressions and the state against the run before.
    #[serde(rename = "sarif")]
    Sarif,
    /// OpenVEX statements of what packages a project is affected by.
    #[serde(rename = "openvex")]
    OpenVex,
    /// A policy file as Snyk reads it.
    #[serde(rename = "snyk-policy")]
    SnykPolicy,
    /// A table of all cases.
    #[serde(rename = "csv")]
    Csv,
    /// What needs a broader review than a case gets.
    #[serde(rename = "review")]
    Review,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sarif, Self::OpenVex, Self::SnykPolicy, Self::Csv, Self::Review];

    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sarif => "sarif",
            Self::OpenVex => "openvex",
            Self::SnykPolicy => "snyk-policy",
            Self::Csv => "csv",
            Self::Review => "review",
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no document `{0}`")]
pub struct UnknownDocument(String);

impl FromStr for Document {
    type Err = UnknownDocument;

    fn from_str(word: &str) -> Result<Self, UnknownDocument> {
        let known = Self::ALL.into_iter().find(|document| document.word() == word);
        known.ok_or_else(|| UnknownDocument(word.chars().take(40).collect()))
    }
}

/// A moment as documents have it: RFC 3339, to the second.
fn moment(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or_default();
    let at = jiff::Timestamp::from_second(ms / 1000).unwrap_or_default();
    at.to_string()
}

/// Words on one line.
fn line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
