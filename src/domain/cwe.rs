//! Weakness numbers of the CWE list, in every spelling that tools use.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A weakness of the CWE list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cwe(pub u16);

impl fmt::Display for Cwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CWE-{}", self.0)
    }
}

impl Cwe {
    /// Stub until the table lands.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        text.trim().parse().map(Self).into_iter().collect()
    }
}
