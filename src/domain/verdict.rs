//! What a reviewer may say of a case, why, and what follows for the case's state.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::severity::UnknownWord;

/// Declares an enum whose variants are known by one word each, in JSON and the journal alike; further words behind
/// it are read and never written.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal {
        $($(#[$doc:meta])* $variant:ident = $word:literal $(| $also:literal)*),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All values, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in JSON, in filters and in the journal.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// All words that are read as this one.
            const fn words(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$word $(, $also)*]),+ }
            }
        }

        /// As prose has it: `risk accepted`.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.word().replace('_', " "))
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Reads the word; `-`, `_` and a blank are the same.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let wanted = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.words().contains(&wanted.as_str()))
                    .ok_or_else(|| UnknownWord { what: $what, word: text.to_owned() })
            }
        }
    };
}

words! {
    /// One reviewer's opinion of a case.
    Opinion, "verdict" {
        /// The weakness is real.
        Confirmed = "confirmed" | "confirm",
        /// It is not.
        Rejected = "rejected" | "reject",
        /// It is real and will stay, perhaps until a date.
        RiskAccepted = "risk_accepted" | "accept_risk" | "accepted_risk",
        /// Looked at, and left open.
        Unsure = "unsure",
    }
}

words! {
    /// Why, from a short grammar. What it leaves out goes into the note.
    Reason, "reason" {
        /// The value is made safe on the way.
        Sanitised = "sanitised",
        /// It is a test, a fixture or an example.
        TestCode = "test_code",
        /// Nothing an attacker controls gets there.
        Unreachable = "unreachable",
        /// The value is a constant or comes from a trusted place.
        ConstantInput = "constant_input",
        /// The framework or platform protects.
        FrameworkProtects = "framework_protects",
        /// The rule is wrong about this code.
        WrongRule = "wrong_rule",
        /// An attacker reaches it.
        Reachable = "reachable",
        /// It was shown to work.
        Exploited = "exploited",
        /// Something else holds it back.
        Mitigated = "mitigated",
        /// Generated or vendored code.
        NotOurCode = "not_our_code",
        /// Said in the note.
        Other = "other",
    }
}

impl Reason {
    /// Whether it can be why a case has this verdict: what says that the weakness is real speaks against a
    /// rejection, and what says that it is not against the opinions that take it for real.
    #[must_use]
    pub const fn fits(self, opinion: Opinion) -> bool {
        match self {
            Self::Reachable | Self::Exploited => !matches!(opinion, Opinion::Rejected),
            Self::Sanitised
            | Self::Unreachable
            | Self::ConstantInput
            | Self::FrameworkProtects
            | Self::WrongRule => !matches!(opinion, Opinion::Confirmed | Opinion::RiskAccepted),
            Self::TestCode | Self::Mitigated | Self::NotOurCode | Self::Other => true,
        }
    }
}

words! {
    /// Where a case's verdict comes from.
    Basis, "basis" {
        /// A person looked at this case.
        Human = "human",
        /// It was carried over from a near-identical case; never gold.
        Inferred = "inferred",
        /// A tool reported the result as silenced.
        Imported = "imported",
    }
}

words! {
    /// Where a case stands. The first that applies, in this order.
    State, "state" {
        /// Every finding of it is gone.
        Gone = "gone",
        /// The code its verdict rests on has changed.
        Stale = "stale",
        /// Reviewers differ.
        Disputed = "disputed",
        /// There is a verdict.
        Settled = "settled",
        /// There is none, or only `unsure`.
        Open = "open",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_with_either_dash() {
        for word in ["risk_accepted", "risk-accepted", "risk accepted", "accept-risk", "Accept_Risk"] {
            assert_eq!(word.parse(), Ok(Opinion::RiskAccepted), "{word}");
        }
        assert_eq!("confirm".parse(), Ok(Opinion::Confirmed));
        assert_eq!("reject".parse(), Ok(Opinion::Rejected));
        for &opinion in Opinion::ALL {
            assert_eq!(opinion.to_string().parse(), Ok(opinion));
        }
        for &reason in Reason::ALL {
            assert_eq!(reason.word().replace('_', "-").parse(), Ok(reason));
        }
        assert!("perhaps".parse::<Opinion>().is_err());
    }

    #[test]
    fn a_reason_fits_the_opinions_that_it_does_not_contradict() {
        assert!(Reason::Exploited.fits(Opinion::Confirmed) && !Reason::Exploited.fits(Opinion::Rejected));
        assert!(Reason::Sanitised.fits(Opinion::Rejected) && !Reason::Sanitised.fits(Opinion::RiskAccepted));
        for &reason in Reason::ALL {
            assert!(reason.fits(Opinion::Unsure), "{reason}");
        }
        for &opinion in Opinion::ALL {
            assert!(Reason::ALL.iter().filter(|reason| reason.fits(opinion)).count() > 4, "{opinion}");
        }
    }
}
