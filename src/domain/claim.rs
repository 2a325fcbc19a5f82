//! A claim: one result in a scanner's output, in the one shape that every reader produces.

use serde::{Deserialize, Serialize};

use super::{Confidence, Cwe, Place, Severity};

/// What sort of thing a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A weakness in the project's own code.
    #[default]
    Code,
    /// A known vulnerability in something the project depends on.
    Dependency,
    /// A credential in the open.
    Secret,
    /// A setting of a container, a cluster or a cloud.
    Configuration,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Code, Self::Dependency, Self::Secret, Self::Configuration];

    /// The word used on screens and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Dependency => "dependency",
            Self::Secret => "secret",
            Self::Configuration => "configuration",
        }
    }
}

/// One result as a reader understood it. Everything but `rule` and `kind` may be empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// The rule's id as the tool wrote it; for dependencies the advisory's id.
    pub rule: String,
    /// What sort of thing it is about.
    pub kind: Kind,
    /// A few words fit for a list; empty: the rule's own.
    pub title: String,
    /// What the tool said about this very place.
    pub message: String,
    /// The grade on our scale.
    pub severity: Severity,
    /// The source's own words for the grade, such as `ERROR` or `security-severity 6.1`.
    pub severity_words: String,
    /// How sure the source is.
    pub confidence: Option<Confidence>,
    /// CVSS scores and vectors, the one that decided first.
    pub scores: Vec<Score>,
    /// Weaknesses, the most specific first, without repeats.
    pub cwes: Vec<Cwe>,
    /// OWASP categories, as `A03:2021`.
    pub owasp: Vec<String>,
    /// Where it points; a dependency points at its manifest where that is known.
    pub place: Option<Place>,
    /// Further primary places of the same result.
    pub more_places: Vec<Place>,
    /// Places that help to understand it.
    pub related: Vec<Step>,
    /// Data flows, each from source to sink.
    pub traces: Vec<Vec<Step>>,
    /// Changes that the tool itself proposes.
    pub fixes: Vec<Fix>,
    /// Identities that the tool gave.
    pub prints: Vec<ToolPrint>,
    /// Set where the tool or its user has silenced it.
    pub suppression: Option<Suppression>,
    /// What the tool says of it against an earlier run.
    pub baseline: Option<Baseline>,
    /// The package, for kind [`Kind::Dependency`].
    pub dependency: Option<Dependency>,
    /// Anything else worth showing, as name and value: metavariables, likelihood, status, links.
    pub notes: Vec<(String, String)>,
    /// What had to be repaired to read it; empty for all but a model's findings.
    pub repairs: Vec<String>,
}

/// One place of a trace or a related place, with what the tool says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    /// Where.
    pub place: Place,
    /// What the tool says happens there.
    pub message: String,
}

/// A change proposed by the tool.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fix {
    /// What it does, in the tool's words.
    pub description: String,
    /// The replacements, which belong together.
    pub edits: Vec<Edit>,
}

/// One replacement of a fix.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// What stands there afterwards.
    pub text: String,
}

/// An identity that a tool computed for its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolPrint {
    /// Its name, such as `matchBasedId/v1`.
    #[serde(default)]
    pub name: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

/// Who silenced a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionSource {
    /// A comment or attribute in the code.
    Code,
    /// A file or a service beside it.
    External,
}

/// A result that the tool reports as silenced. A suppression that is under review or was refused is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Where it was silenced.
    pub source: SuppressionSource,
    /// Why, in the words of who did it; empty where not said.
    #[serde(default)]
    pub justification: String,
}

/// What a tool says of a result against its own earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Baseline {
    /// Not there before.
    New,
    /// There before, the same.
    Unchanged,
    /// There before, changed.
    Updated,
    /// There before and not now: it claims no weakness.
    Absent,
}

impl Baseline {
    /// The word that people and documents use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Updated => "updated",
            Self::Absent => "absent",
        }
    }
}

/// A CVSS score.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// The base score, 0 to 10, where given.
    pub score: Option<f32>,
    /// The vector, where given.
    pub vector: String,
    /// Who scored it; empty where not said.
    pub by: String,
}

/// The package that a dependency claim is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dependency {
    /// The ecosystem as in a package URL's type: `npm`, `pypi`, `maven`, `golang`, `cargo`, `deb`…; empty where unknown.
    pub ecosystem: String,
    /// The name, with its group or scope: `org.slf4j:slf4j-api`, `@babel/core`.
    pub name: String,
    /// The version in use; empty where only a range is known.
    pub version: String,
    /// The package URL as given, else built from the parts above.
    pub purl: String,
    /// Versions that are not affected, in the source's order.
    pub fixed: Vec<String>,
    /// From the project to the package, where known.
    pub path: Vec<String>,
    /// The advisory's other names (CVE, GHSA, RUSTSEC…), without the rule's own.
    pub aliases: Vec<String>,
}

/// What a tool says of a rule as such.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rule {
    /// The id as claims name it.
    pub id: String,
    /// A few words.
    pub title: String,
    /// What it looks for and what to do.
    pub help: String,
    /// Where to read on.
    pub link: String,
    /// Weaknesses it looks for.
    pub cwes: Vec<Cwe>,
}
