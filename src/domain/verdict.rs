//! What a reviewer may say of a case, why, and what follows for the case's state.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::severity::UnknownWord;

/// Declares an enum whose variants are known by one word each, in screens, JSON and the journal alike.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All values, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used on screens, in JSON and in the journal.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Reads the word; `-` and `_` are the same.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let wanted = text.trim().to_ascii_lowercase().replace('-', "_");
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.word() == wanted)
                    .ok_or_else(|| UnknownWord { what: $what, word: text.to_owned() })
            }
        }
    };
}

words! {
    /// One reviewer's opinion of a case.
    Opinion, "verdict" {
        /// The weakness is real.
        Confirmed = "confirmed",
        /// It is not.
        Rejected = "rejected",
        /// It is real and will stay, perhaps until a date.
        RiskAccepted = "risk_accepted",
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
        assert_eq!("risk-accepted".parse(), Ok(Opinion::RiskAccepted));
        for &reason in Reason::ALL {
            assert_eq!(reason.word().replace('_', "-").parse(), Ok(reason));
        }
        assert!("perhaps".parse::<Opinion>().is_err());
    }
}
