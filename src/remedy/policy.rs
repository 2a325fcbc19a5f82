//! What is asked of a remedy before it may be believed.

use std::collections::BTreeSet;

use super::CheckKind;
use crate::domain::Severity;

/// The bounds and the checks that a remedy must keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The checks that must hold.
    pub required: BTreeSet<CheckKind>,
    /// The most lines that may change.
    pub max_lines: usize,
    /// The most tokens that may change.
    pub max_tokens: usize,
    /// The most functions and classes that may change.
    pub max_scopes: usize,
    /// The gravest of new findings that are borne.
    pub new_findings: Severity,
    /// The project's own command; empty: none, for it runs the project's code.
    pub check: Vec<String>,
    /// How many seconds it may take.
    pub check_timeout: u64,
}

impl Default for Policy {
    fn default() -> Self {
        use CheckKind::{Applies, Kept, Minimal, Parses, Recheck};
        Self {
            required: BTreeSet::from([Applies, Kept, Parses, Minimal, Recheck]),
            max_lines: 40,
            max_tokens: 400,
            max_scopes: 2,
            new_findings: Severity::Low,
            check: Vec::new(),
            check_timeout: 300,
        }
    }
}
