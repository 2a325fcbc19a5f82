//! The one severity scale and the one confidence scale that every source is mapped to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad it is if the claim is true. Ordered: `Info < Low < Medium < High < Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice, or a grade that the source calls unknown.
    #[default]
    Info = 0,
    /// Hardening.
    Low = 1,
    /// A weakness that needs other conditions.
    Medium = 2,
    /// A weakness that is exploitable as it stands.
    High = 3,
    /// As high, with control over the system or its data.
    Critical = 4,
}

impl Severity {
    /// All grades, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word used on screens, in filters and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The grade stored as its number; numbers past the scale are critical.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Info,
            1 => Self::Low,
            2 => Self::Medium,
            3 => Self::High,
            _ => Self::Critical,
        }
    }

    /// The grade of a CVSS base score, by the qualitative scale of CVSS 3.1 section 5.
    #[must_use]
    pub fn from_score(score: f32) -> Self {
        if score >= 9.0 {
            Self::Critical
        } else if score >= 7.0 {
            Self::High
        } else if score >= 4.0 {
            Self::Medium
        } else if score > 0.0 {
            Self::Low
        } else {
            Self::Info
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Self::ALL
            .into_iter()
            .find(|grade| grade.word().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownWord { what: "severity", word: text.to_owned() })
    }
}

/// How sure the source is of its claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess, or a pattern with many exceptions.
    Low = 1,
    /// Likely.
    Medium = 2,
    /// The source stands by it.
    High = 3,
}

impl Confidence {
    /// The word used on screens and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// Reads a source's word: `HIGH`, `very-high`, `confirmed`, `certain`, `experimental`, `unlikely`…; a word
    /// that says nothing (`unknown`, `ignore`) is `None`.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        let lower = words.trim().to_ascii_lowercase().replace(['_', '-'], " ");
        match lower.as_str() {
            "high" | "very high" | "veryhigh" | "confirmed" | "certain" | "strong" | "firm" => {
                Some(Self::High)
            }
            "medium" | "moderate" | "likely" | "tentative" => Some(Self::Medium),
            "low" | "weak" | "experimental" | "unlikely" | "possible" => Some(Self::Low),
            _ => None,
        }
    }

    /// A probability (0 to 1) or a percentage (over 1, up to 100) as a word.
    #[must_use]
    pub fn from_share(share: f64) -> Option<Self> {
        let share = if share > 1.0 { share / 100.0 } else { share };
        if !(0.0..=1.0).contains(&share) {
            None
        } else if share >= 0.75 {
            Some(Self::High)
        } else if share >= 0.4 {
            Some(Self::Medium)
        } else {
            Some(Self::Low)
        }
    }
}

/// A word outside a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{word}`")]
pub struct UnknownWord {
    /// Which list.
    pub what: &'static str,
    /// The word as given.
    pub word: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_and_read_back_from_their_words() {
        assert!(Severity::Critical > Severity::High && Severity::Low > Severity::Info);
        for grade in Severity::ALL {
            assert_eq!(grade.word().parse(), Ok(grade));
            assert_eq!(Severity::from_number(grade as u8), grade);
        }
        assert_eq!("HIGH".parse(), Ok(Severity::High));
        assert!("urgent".parse::<Severity>().is_err());
    }

    #[test]
    fn scores_follow_the_qualitative_scale_of_cvss() {
        let expected = [
            (0.0, Severity::Info),
            (0.1, Severity::Low),
            (3.9, Severity::Low),
            (4.0, Severity::Medium),
            (6.9, Severity::Medium),
            (7.0, Severity::High),
            (8.9, Severity::High),
            (9.0, Severity::Critical),
        ];
        for (score, grade) in expected {
            assert_eq!(Severity::from_score(score), grade, "{score}");
        }
    }

    #[test]
    fn confidence_is_read_from_words_shares_and_percentages() {
        assert_eq!(Confidence::from_words("VERY-HIGH"), Some(Confidence::High));
        assert_eq!(Confidence::from_words("unknown"), None);
        assert_eq!(Confidence::from_share(0.9), Some(Confidence::High));
        assert_eq!(Confidence::from_share(55.0), Some(Confidence::Medium));
        assert_eq!(Confidence::from_share(-1.0), None);
    }
}
