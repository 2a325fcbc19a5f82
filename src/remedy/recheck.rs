//! Looking again: the scanners run on a private copy of the patched code, and what their silence is worth.
//!
//! That a scanner no longer fires says little: it falls silent as well over code that it cannot parse, did not look at
//! or no longer recognises. So *fixed* takes a claim that the same scanner repeats on the unpatched copy and not on the
//! patched one, a file that it says it scanned, and a sink that no longer takes the same data. What is in doubt is
//! *inconclusive*.
//!
//! Never runs a scanner in the source tree, since scanners write; never links a copy to its original. Nothing here is
//! decided by the words of a suppression: they are overridden where the scanner can be told so, and no comment is code
//! to the comparison.
//!
//! Invariants: a scanner that did not run has not passed; what many remedies come to together is what each comes to
//! alone.

pub(super) mod copy;
mod judge;
mod rounds;
mod sink;

use std::time::Duration;

use super::{Check, CheckKind, Evidence, Outcome};
use crate::domain::{Claim, Severity};

pub use copy::CopyError;
pub use rounds::Rechecker;

/// A file before and after a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its path, relative to the tree's root.
    pub path: String,
    /// Its bytes as they are.
    pub before: Vec<u8>,
    /// Its text, without a byte order mark.
    pub text_before: String,
    /// Its bytes as they would be.
    pub after: Vec<u8>,
    /// Its text as it would be.
    pub text_after: String,
}

/// What a scanner reported of the case; its place is one of the files as they are now.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// The tool.
    pub tool: String,
    /// Its claim.
    pub claim: Claim,
}

/// A patch to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// What the scanners reported, which the patch is to mend.
    pub reported: Vec<Reported>,
    /// The files that it changes.
    pub files: Vec<Version>,
}

/// What a scanner's second look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// What it reported is no more, and its silence can be believed.
    Fixed,
    /// It was not asked: it is not installed, has no rules or does not read such a file.
    NotRun,
    /// Its silence says nothing.
    Inconclusive,
    /// It is silent, and the sink still takes the same data.
    Evaded,
    /// It reports the same elsewhere.
    Moved,
    /// It reports the same in the same place.
    Stands,
}

impl Answer {
    /// The word used on screens and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::NotRun => "not_run",
            Self::Inconclusive => "inconclusive",
            Self::Evaded => "evaded",
            Self::Moved => "moved",
            Self::Stands => "stands",
        }
    }

    const fn outcome(self) -> Outcome {
        match self {
            Self::Fixed => Outcome::Held,
            Self::NotRun => Outcome::NotRun,
            Self::Inconclusive => Outcome::Inconclusive,
            Self::Evaded | Self::Moved | Self::Stands => Outcome::Failed,
        }
    }
}

/// A claim that was not there before the patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClaim {
    /// The rule.
    pub rule: String,
    /// How bad it would be.
    pub severity: Severity,
    /// The file.
    pub path: String,
    /// The line, in the patched file.
    pub line: u32,
    /// What the scanner says.
    pub message: String,
}

/// What one scanner says of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The scanner.
    pub scanner: String,
    /// The tool that it turned out to be; empty where it said nothing.
    pub tool: String,
    /// What became of what it had reported; `None` where it had reported nothing of the case.
    pub answer: Option<Answer>,
    /// Why it could not tell or did not run, else what shows the answer; may be empty.
    pub why: String,
    /// What is new.
    pub new: Vec<NewClaim>,
    /// How many of its other claims are no more.
    pub gone: usize,
    /// Whether what it says of the patched file can be believed.
    pub is_whole: bool,
    /// Whether only that it does not tell where it looked speaks against it.
    is_untold: bool,
    /// How long it took, its share where several patches were looked at together.
    pub took: Duration,
}

impl Look {
    /// A scanner that did not run, or whose run is worth nothing.
    fn without(scanner: &str, answer: Option<Answer>, why: impl Into<String>) -> Self {
        Self {
            scanner: scanner.to_owned(),
            tool: String::new(),
            answer,
            why: why.into(),
            new: Vec::new(),
            gone: 0,
            is_whole: false,
            is_untold: false,
            took: Duration::ZERO,
        }
    }

    /// Whether it is a tool's.
    fn is_of(&self, tool: &str) -> bool {
        self.scanner == tool || self.tool == tool
    }

    /// The check that it is, given the severity up to which new claims are borne. A scanner that had reported nothing
    /// and did not run is none.
    fn check(&self, borne: Severity) -> Option<Check> {
        let worst = self.new.iter().map(|claim| claim.severity).max();
        let spoils = worst.is_some_and(|worst| worst > borne);
        let outcome = match self.answer {
            Some(Answer::Fixed) | None if spoils => Outcome::Failed,
            Some(answer) => answer.outcome(),
            None if self.is_whole => Outcome::Held,
            // It had nothing to say before, so that it says nothing now is not missed.
            None => return None,
        };
        // That it did not run the outcome says.
        let said = match self.answer {
            Some(Answer::NotRun) => None,
            answer => Some(answer.map_or("nothing new", Answer::word).to_owned()),
        };
        let mut words: Vec<String> = said.into_iter().collect();
        if !self.new.is_empty() {
            let grades: Vec<String> = Severity::ALL
                .into_iter()
                .rev()
                .filter_map(|grade| {
                    let count = self.new.iter().filter(|claim| claim.severity == grade).count();
                    (count > 0).then(|| format!("{count} {}", grade.word()))
                })
                .collect();
            let new = format!("new: {}", grades.join(", "));
            if self.answer.is_none() { words = vec![new] } else { words.push(new) }
        }
        let mut told = words.join("; ");
        if !self.why.is_empty() {
            told = if told.is_empty() { self.why.clone() } else { format!("{told}: {}", self.why) };
        }
        let line = |claim: &NewClaim| {
            let NewClaim { rule, severity, path, line, message } = claim;
            format!("{} {rule} {path}:{line}: {message}", severity.word())
        };
        Some(Check {
            kind: CheckKind::Recheck,
            by: self.scanner.clone(),
            outcome,
            evidence: Evidence { words: told, lines: self.new.iter().map(line).collect() },
            ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// What all scanners say of a patch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rechecked {
    /// Scanner by scanner, those that had reported the case first.
    pub looks: Vec<Look>,
}

impl Rechecked {
    /// The answer of all scanners that had reported the case: the worst.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.looks.iter().filter_map(|look| look.answer).max().unwrap_or(Answer::NotRun)
    }

    /// What is new, of all scanners.
    pub fn new_claims(&self) -> impl Iterator<Item = &NewClaim> {
        self.looks.iter().flat_map(|look| &look.new)
    }

    /// The checks that it makes, a scanner each; new claims up to a severity are borne. One that says that nobody looked
    /// where nobody did.
    #[must_use]
    pub fn checks(&self, borne: Severity) -> Vec<Check> {
        let mut checks: Vec<Check> = self.looks.iter().filter_map(|look| look.check(borne)).collect();
        if !self.looks.iter().any(|look| look.answer.is_some()) {
            let nobody = Look::without("", Some(Answer::NotRun), "no scanner that reported it is set up");
            checks.extend(nobody.check(borne));
        }
        checks
    }
}

#[cfg(test)]
mod tests;
