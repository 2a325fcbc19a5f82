//! Cases for the tests of those who show them.

use rustc_hash::FxHashMap;

use super::desk::Listed;
use super::view::CaseView;
use crate::docket::Overlay;
use crate::domain::CaseId;
use crate::store::CaseRow;

impl Listed {
    /// An open case of two tools in a file of its own.
    pub(crate) fn sample(number: u32) -> Self {
        Self {
            number,
            name: CaseId::new([7; 16]),
            row: CaseRow {
                head: number,
                line: 14,
                end_line: 15,
                severity: 3,
                members: 1,
                ..CaseRow::default()
            },
            project: "shop".into(),
            path: format!("src/file{number}.py"),
            tools: vec!["bandit".into(), "semgrep".into()],
            rules: vec!["python.sql".into()],
            cwes: vec![89],
            title: "SQL Injection".into(),
            standing: Overlay::untouched(0).clone(),
            worth: 0.5,
            package: None,
            spot: String::new(),
            version: 0,
        }
    }
}

impl CaseView {
    /// A case of which nothing more is known.
    pub(crate) fn sample(listed: Listed) -> Self {
        Self {
            listed,
            findings: Vec::new(),
            code: None,
            step_lines: FxHashMap::default(),
            silent: Vec::new(),
            first_seen: None,
            last_seen: None,
            history: Vec::new(),
            drift: String::new(),
            worth: Vec::new(),
            weaknesses: Vec::new(),
        }
    }
}
