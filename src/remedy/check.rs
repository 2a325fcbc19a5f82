//! What is checked of a remedy, what came of it, and what follows from all checks together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What is checked, the cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckKind {
    /// It fits the files as they are now.
    Applies,
    /// Encoding, line ends and indentation stay.
    Kept,
    /// The changed file has no syntax error that it did not have, and uses no name that nobody defines.
    Parses,
    /// It changes what is flagged and little else, and hides nothing.
    Minimal,
    /// The scanner that complained looked again.
    Recheck,
    /// The project's own command succeeds.
    Project,
}

impl CheckKind {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 6] =
        [Self::Applies, Self::Kept, Self::Parses, Self::Minimal, Self::Recheck, Self::Project];

    /// The word used on screens, in JSON and in the policy.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::Kept => "kept",
            Self::Parses => "parses",
            Self::Minimal => "minimal",
            Self::Recheck => "recheck",
            Self::Project => "project",
        }
    }

    /// The check of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Held,
    /// It does not.
    Failed,
    /// It ran and cannot tell.
    Inconclusive,
    /// It did not run.
    NotRun,
}

impl Outcome {
    /// The word used on screens and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::NotRun => "not_run",
        }
    }
}

/// What an outcome rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// In a line, such as `1 line, 1 scope`.
    pub words: String,
    /// In more lines, for whoever looks closer; usually none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

impl<T: Into<String>> From<T> for Evidence {
    fn from(words: T) -> Self {
        Self { words: words.into(), lines: Vec::new() }
    }
}

/// One validation of a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// By what, where several look: a scanner's name. Empty where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What that rests on.
    pub evidence: Evidence,
    /// How long it took.
    pub ms: u64,
}

impl Check {
    /// What it is called on screens and in JSON: `parses`, `recheck semgrep`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.by.is_empty() {
            self.kind.word().to_owned()
        } else {
            format!("{} {}", self.kind.word(), self.by)
        }
    }
}

/// Whether a remedy may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sound {
    /// All required checks hold.
    Yes,
    /// A required check fails.
    No,
    /// None fails, and one that is required did not run or could not tell.
    Unproven,
}

impl Sound {
    /// What follows from checks. Of a required kind all must hold and there must be one.
    #[must_use]
    pub fn of(checks: &[Check], required: &BTreeSet<CheckKind>) -> Self {
        let wanted = || checks.iter().filter(|check| required.contains(&check.kind));
        if wanted().any(|check| check.outcome == Outcome::Failed) {
            return Self::No;
        }
        let holds = |kind: &CheckKind| {
            let mut of_kind = checks.iter().filter(|check| check.kind == *kind).peekable();
            of_kind.peek().is_some() && of_kind.all(|check| check.outcome == Outcome::Held)
        };
        if required.iter().all(holds) { Self::Yes } else { Self::Unproven }
    }

    /// The word used on screens and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unproven => "unproven",
        }
    }

    /// How much it says for a remedy: more where all required checks hold, least where one fails.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Unproven => 1,
            Self::Yes => 2,
        }
    }

    /// The answer of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::Unproven].into_iter().find(|sound| sound.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: CheckKind, outcome: Outcome) -> Check {
        Check { kind, by: String::new(), outcome, evidence: Evidence::default(), ms: 0 }
    }

    #[test]
    fn a_remedy_is_sound_when_all_that_is_required_holds() {
        use CheckKind::{Minimal, Parses, Recheck};
        use Outcome::{Failed, Held, Inconclusive, NotRun};
        let required = BTreeSet::from([Parses, Recheck]);
        for (checks, sound) in [
            (vec![(Parses, Held), (Recheck, Held)], Sound::Yes),
            (vec![(Parses, Held), (Minimal, Failed), (Recheck, Held)], Sound::Yes),
            (vec![(Parses, Failed), (Recheck, NotRun)], Sound::No),
            (vec![(Parses, Held), (Recheck, Held), (Recheck, Failed)], Sound::No),
            (vec![(Parses, Held), (Recheck, NotRun)], Sound::Unproven),
            (vec![(Parses, Held), (Recheck, Held), (Recheck, Inconclusive)], Sound::Unproven),
            (vec![(Parses, Held)], Sound::Unproven),
            (vec![], Sound::Unproven),
        ] {
            let made: Vec<Check> = checks.iter().map(|&(kind, outcome)| check(kind, outcome)).collect();
            assert_eq!(Sound::of(&made, &required), sound, "{checks:?}");
        }
        assert_eq!(Sound::of(&[], &BTreeSet::new()), Sound::Yes);
    }

    #[test]
    fn a_check_by_a_scanner_is_called_after_it() {
        let made = check(CheckKind::Parses, Outcome::Held);
        assert_eq!(made.name(), "parses");
        let by = Check { kind: CheckKind::Recheck, by: "semgrep".into(), ..made };
        assert_eq!(by.name(), "recheck semgrep");
    }
}
