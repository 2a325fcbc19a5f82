//! The receipt: every claim of every imported file accounted for.

use std::fmt;

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

/// `120 claims = 100 new + 15 matched + …`, without the parts that are nothing.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.new, "new"),
            (self.matched, "matched"),
            (self.repeated, "repeated"),
            (self.set_aside, "set aside"),
            (self.unreadable, "unreadable"),
        ];
        write!(f, "{} {}", self.claims, if self.claims == 1 { "claim" } else { "claims" })?;
        let mut sign = " =";
        for (number, word) in parts.iter().filter(|(number, _)| *number > 0) {
            write!(f, "{sign} {number} {word}")?;
            sign = " +";
        }
        Ok(())
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

/// `3 gone, 0 unseen, 1 back, 2 verdicts stale`
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gone, unseen, reopened, stale } = self;
        let verdicts = if *stale == 1 { "verdict" } else { "verdicts" };
        write!(f, "{gone} gone, {unseen} unseen, {reopened} back, {stale} {verdicts} stale")
    }
}

impl Changes {
    /// Whether there is anything to tell.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.gone + self.unseen + self.reopened + self.stale == 0
    }

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
    /// Too much was looked for in the file already.
    #[serde(default, skip_serializing_if = "is_none")]
    pub not_looked_for: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// `code: 110 where the claim says, …`
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attached, found, elsewhere, missing, not_looked_for } = self;
        write!(
            f,
            "code: {attached} where the claim says, {found} found elsewhere in the file, {elsewhere} not in it, \
             {missing} without a file"
        )?;
        if *not_looked_for > 0 {
            write!(f, ", {not_looked_for} not looked for: their files are asked for too much")?;
        }
        Ok(())
    }
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

/// A run's receipt as the store keeps it: the first run of a file also holds what is told of the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReceipt {
    /// The run's own.
    #[serde(flatten)]
    pub run: RunReceipt,
    /// What the file changed beside its claims; nothing in stores of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// How the source context of its claims was found, where the source was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// How much the user said that it looked at; nothing where nothing was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

impl KeptReceipt {
    /// How much the user said that it looked at, of what is stored beside it: earlier versions wrote `partial` where
    /// nothing was said.
    #[must_use]
    pub fn scope_told(&self, stored: &str) -> String {
        if self.scope.is_empty() && stored == "full" { stored.to_owned() } else { self.scope.clone() }
    }
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
