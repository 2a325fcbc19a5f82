//! The receipt: every claim of every imported file accounted for.

use serde::{Deserialize, Serialize};

/// What became of the claims of a run, or of a file. `claims` is always the sum of the next five.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// In the document.
    pub claims: u64,
    /// Seen for the first time.
    pub new: u64,
    /// Known from an earlier run.
    pub matched: u64,
    /// The same finding earlier in this run.
    pub repeated: u64,
    /// Claims no weakness.
    pub set_aside: u64,
    /// Could not be read.
    pub unreadable: u64,
}

impl Counts {
    /// Whether every claim is accounted for.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.claims == self.new + self.matched + self.repeated + self.set_aside + self.unreadable
    }

    /// The sum of two.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            claims: self.claims + other.claims,
            new: self.new + other.new,
            matched: self.matched + other.matched,
            repeated: self.repeated + other.repeated,
            set_aside: self.set_aside + other.set_aside,
            unreadable: self.unreadable + other.unreadable,
        }
    }
}

/// What an import changed beside the claims' own fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Findings that are not there any more.
    pub gone: u64,
    /// Findings that this run does not report and could not have seen.
    pub unseen: u64,
    /// Findings that had gone and are back.
    pub reopened: u64,
    /// Cases whose verdict this import made stale.
    pub stale: u64,
}

impl Changes {
    /// The sum of two.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            gone: self.gone + other.gone,
            unseen: self.unseen + other.unseen,
            reopened: self.reopened + other.reopened,
            stale: self.stale + other.stale,
        }
    }
}

/// How the source context of an import's claims was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The code stands where the claim says.
    pub attached: u64,
    /// It stands elsewhere in the file, and was found.
    pub found: u64,
    /// The file is there and the code is not.
    pub elsewhere: u64,
    /// The file is not in the tree, or may not be read.
    pub missing: u64,
}

/// Something of a file that needs a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Inside the file.
    pub at: String,
    /// Why.
    pub why: String,
}

/// A run of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReceipt {
    /// Its name.
    pub run: String,
    /// The tool.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// Its claims.
    #[serde(flatten)]
    pub counts: Counts,
    /// What the tool itself said went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<String>,
}

/// What became of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReceipt {
    /// As named.
    pub path: String,
    /// The reader's word, or `empty`.
    pub format: String,
    /// Its runs.
    pub runs: Vec<RunReceipt>,
    /// Its claims.
    #[serde(flatten)]
    pub counts: Counts,
    /// The first of the problems.
    pub problems: Vec<Problem>,
    /// Set where the source was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What else changed; shown in the totals.
    #[serde(skip)]
    pub changes: Changes,
    /// The same bytes were imported before: nothing was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}
