//! Cases for the tests of those who show them.

use rustc_hash::FxHashMap;

use super::desk::Listed;
use super::view::{CaseView, FindingView, SeenIn};
use crate::docket::{Docket, Overlay, WorthTerm};
use crate::domain::{CaseId, Claim, Cwe, Place, RunId};
use crate::store::{CaseRow, Dictionary, FindingDetail, FindingRow, RuleRow};

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
            last_seen: Some(SeenIn {
                run: RunId::new([7; 8]),
                imported: "2026-01-02T03:04:05Z".into(),
                revision: "4f1c2d9a06b7e385".into(),
                branch: "main".into(),
            }),
            history: Vec::new(),
            drift: String::new(),
            worth: vec![WorthTerm {
                name: "severity",
                value: 0.75,
                weight: 0.4,
                contribution: 0.3,
                words: "high".into(),
            }],
            weaknesses: Vec::new(),
            is_back: false,
        }
    }
}

/// A docket of so many open cases, as [`Listed::sample`] has them: every third in `src/`, of one tool or of two, the
/// graver the higher the last digit.
pub(crate) fn sample_docket(cases: u32) -> Docket {
    let names = |names: &[&str]| (1..).zip(names).map(|(key, name)| (key, (*name).to_owned())).collect();
    let rule = |tool, name: &str, family: &str| RuleRow {
        tool,
        name: name.into(),
        family: family.into(),
        ..RuleRow::default()
    };
    let dictionary = Dictionary {
        projects: names(&["shop", "bank"]),
        tools: names(&["bandit", "semgrep"]),
        rules: (1..).zip([rule(1, "B608", "B608"), rule(2, "python.sql", "sql")]).collect(),
        rule_sets: (1..).zip([vec![1], vec![1, 2]]).collect(),
        cwe_sets: (1..).zip([vec![Cwe(89)], vec![Cwe(22)]]).collect(),
    };
    let rows = (1..=cases).map(|number| CaseRow {
        path: number,
        rules: number % 2 + 1,
        cwes: number % 2 + 1,
        project: u16::from(number % 10 == 0) + 1,
        severity: u8::try_from(number % 10 / 2).unwrap_or_default(),
        ..Listed::sample(number).row
    });
    let mut docket = Docket::new(rows.collect(), dictionary);
    let folder = |number: u32| if number.is_multiple_of(3) { "src" } else { "lib/deep" };
    docket.load_paths(
        (1..=cases).map(|number| (number, format!("{}/file{number}.py", folder(number)))).collect(),
    );
    // An id begins with the case's number.
    docket.load_names((1..=cases).map(|number| (u128::from(number) << 96).to_be_bytes()).collect());
    docket.load_runs(Vec::new());
    docket.load_standings(Vec::new());
    docket
}

impl FindingView {
    /// What a tool says of a place.
    pub(crate) fn sample(place: Place) -> Self {
        let row = FindingRow {
            line: place.start.line,
            end_line: place.end.line,
            col: place.start.column,
            end_col: place.end.column,
            ..FindingRow::default()
        };
        Self {
            detail: FindingDetail { row, claim: Vec::new(), raw: Vec::new(), kin: None },
            path: place.path.clone(),
            claim: Claim { place: Some(place), ..Claim::default() },
            tool: "semgrep".into(),
            help: String::new(),
            link: String::new(),
            matched: "",
            by_hand: None,
            gone: false,
        }
    }
}
