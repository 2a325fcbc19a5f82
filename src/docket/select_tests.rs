//! Dockets for tests, and a second, slow answer to every filter to hold the quick one to.

use proptest::prelude::*;
use proptest::sample::select;

use super::cases::{confidence, kind};
use super::filter::trial::{filters, one_term};
use super::texts::tests::packed;
use super::*;
use crate::domain::{Basis, Cwe, Opinion, RunId, Severity, State};
use crate::store::{CaseFlags, CaseRow, Dictionary, PackedTexts, RuleRow};

const PATHS: [&str; 7] =
    ["src/db.py", "src/a/db.py", "web/app.js", "app.js", "SRC/Été.py", "src/web/x.py", "user input/x"];

pub(super) fn dictionary() -> Dictionary {
    let names = |names: &[&str]| (1..).zip(names).map(|(key, name)| (key, (*name).to_owned())).collect();
    let rule = |tool, name: &str, family: &str, title: &str| RuleRow {
        tool,
        name: name.into(),
        family: family.into(),
        title: title.into(),
        ..RuleRow::default()
    };
    let rules = [
        rule(1, "python.lang.security.formatted-sql", "formatted-sql", "SQL injection"),
        rule(2, "B608", "B608", ""),
        rule(2, "B301", "B301", "Unsafe pickle"),
        rule(3, "javascript/sqli", "sqli", "User input in a query"),
    ];
    Dictionary {
        projects: names(&["shop", "Web"]),
        tools: names(&["semgrep", "bandit", "snyk"]),
        rules: (1..).zip(rules).collect(),
        rule_sets: (1..).zip([vec![1], vec![1, 2], vec![3], vec![4, 1, 2], vec![2, 3]]).collect(),
        cwe_sets: (1..).zip([vec![Cwe(89)], vec![Cwe(89), Cwe(564)], vec![Cwe(502)], vec![]]).collect(),
    }
}

fn row() -> impl Strategy<Value = CaseRow> {
    let things = (0..6_u32, 0..8_u32, 0..6_u32, 0..6_u32, 1..3_u16);
    let grades = (0..6_u8, 0..4_u8, 0..4_u8, 0..32_u8, 1..4_u16);
    let places = (0..4_u32, 0..5_u32, 0..5_u32);
    (things, grades, places).prop_map(|(things, grades, (line, one, other))| CaseRow {
        head: things.0,
        path: things.1,
        rules: things.2,
        cwes: things.3,
        project: things.4,
        severity: grades.0,
        confidence: grades.1,
        kind: grades.2,
        flags: grades.3,
        members: grades.4,
        line,
        end_line: line,
        first_run: one.min(other),
        last_run: one.max(other),
    })
}

fn overlay() -> impl Strategy<Value = Overlay> {
    let stands = (select(State::ALL), proptest::option::of(select(Opinion::ALL)), select(Basis::ALL));
    let names = || select(vec!["ann", "Bob", "Ün"]).prop_map(str::to_owned);
    let people = (
        proptest::collection::vec(names(), 0..3),
        proptest::option::of(names()),
        proptest::collection::vec(names(), 0..2),
    );
    (stands, any::<[bool; 6]>(), people, proptest::option::of(1..6_u8)).prop_map(
        |((state, verdict, basis), [touched, marked, expired, gold, remedied, pinned], people, rank)| {
            Overlay {
                touched,
                marked,
                expired,
                gold,
                remedied,
                pinned,
                rank,
                reviewers: people.0,
                assignee: people.1,
                also: people.2,
                ..Overlay::new(state, verdict.map(|verdict| (verdict, basis)))
            }
        },
    )
}

/// A docket with everything loaded, and the messages of its cases.
pub(super) fn dockets() -> impl Strategy<Value = (Docket, Vec<String>)> {
    let message = select(vec!["", "Detected SQL", "user input", "é É", "a-b x:y \"quoted\", -a", "a\\"]);
    let case = (row(), proptest::option::weighted(0.3, overlay()), message, 0..4_u8);
    proptest::collection::vec(case, 0..150).prop_map(|cases| {
        let mut docket = Docket::new(cases.iter().map(|case| case.0).collect(), dictionary());
        docket.load_paths((1..).zip(PATHS.map(str::to_owned)).collect());
        docket.load_names(cases.iter().map(|case| [case.3 << 4 | case.3; 16]).collect());
        let run = |id: u32, import| RunKey { id, name: RunId::new([id as u8; 8]), import: [import; 16] };
        docket.load_runs(vec![run(4, 2), run(1, 1), run(2, 1), run(3, 2)]);
        let standings = (1..).zip(&cases).filter_map(|(number, case)| Some((number, case.1.clone()?)));
        docket.load_standings(standings.collect::<Vec<_>>());
        (docket, cases.into_iter().map(|case| case.2.to_owned()).collect())
    })
}

/// What a filter leaves in, by way of everything it may need.
pub(super) fn selected(docket: &Docket, messages: &[String], filter: &Filter) -> Vec<u32> {
    let mut texts = TextHits::new(filter);
    texts.show(0, PackedTexts::new(&packed(messages)));
    docket.select(filter, Some(&texts)).unwrap()
}

fn wild(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => {
            wild(rest, text) || text.split_first().is_some_and(|(_, text)| wild(pattern, text))
        }
        (['?', pattern @ ..], [_, text @ ..]) => wild(pattern, text),
        ([one, pattern @ ..], [other, text @ ..]) => one == other && wild(pattern, text),
        _ => false,
    }
}

fn naive(docket: &Docket, message: &str, case: u32, value: &Value) -> bool {
    let (Some(row), Some(stands)) = (docket.row(case), docket.standing(case)) else { return false };
    let low = |text: &str| -> String { text.chars().flat_map(char::to_lowercase).collect() };
    let fits = |pattern: &Pattern, name: &str| {
        wild(&low(pattern.text()).chars().collect::<Vec<_>>(), &low(name).chars().collect::<Vec<_>>())
    };
    let flag = |flag| row.flags & flag != 0;
    match value {
        Value::Is(is) => match is {
            Is::Open | Is::Settled | Is::Disputed | Is::Stale | Is::Gone => stands.state.word() == is.word(),
            Is::Touched => stands.touched,
            Is::Fused => row.members > 1,
            Is::Remedied => stands.remedied,
            Is::Inferred => stands.basis == Some(Basis::Inferred),
            Is::Marked => stands.marked,
            Is::Pinned => stands.pinned,
            Is::Assigned => stands.assignee.is_some(),
            Is::Expired => stands.expired,
            Is::Gold => stands.gold,
            Is::Fixable => flag(CaseFlags::FIX),
            Is::Traced => flag(CaseFlags::TRACE),
        },
        Value::Verdict(verdict) => stands.verdict == *verdict,
        Value::Severity(bound) => bound.admits(&Severity::from_number(row.severity)),
        Value::Cwe(None) => docket.cwes(row).is_empty(),
        Value::Cwe(Some(cwe)) => docket.cwes(row).contains(cwe),
        Value::Tool(pattern) => docket.tools(row).iter().any(|tool| fits(pattern, tool)),
        Value::Rule(pattern) => {
            docket.rules(row).any(|rule| fits(pattern, &rule.name) || fits(pattern, &rule.family))
        }
        Value::Path(pattern) => row.path != 0 && pattern.matcher().matches(docket.path(row)),
        Value::Project(pattern) => fits(pattern, docket.project(row)),
        Value::Run(RunName::Last) => row.last_run >= 3,
        Value::Run(RunName::Id(prefix)) => {
            let hex = |run: u32| RunId::new([run as u8; 8]).to_string();
            [row.first_run, row.last_run]
                .iter()
                .any(|&run| run != 0 && hex(run).starts_with(&prefix.to_string()))
        }
        Value::By(pattern) => stands.reviewers.iter().any(|name| fits(pattern, name)),
        Value::Judged(pattern) => {
            let speaks = stands.basis == Some(Basis::Human);
            let names = stands.reviewers.iter().filter(|_| speaks).chain(&stands.also);
            names.into_iter().any(|name| fits(pattern, name))
        }
        Value::Assignee(pattern) => stands.assignee.iter().any(|name| fits(pattern, name)),
        Value::Kind(wanted) => kind(row.kind) == *wanted,
        Value::Confidence(None) => row.confidence == 0,
        Value::Confidence(Some(bound)) => {
            confidence(row.confidence).is_some_and(|grade| bound.admits(&grade))
        }
        Value::Rank(None) => stands.rank.is_none(),
        Value::Rank(Some(bound)) => stands.rank.is_some_and(|rank| bound.admits(&rank)),
        Value::Case(prefix) => docket.name(case).unwrap().to_string().starts_with(&prefix.to_string()),
        Value::Word(word) => {
            let rules = docket.rules(row).flat_map(|rule| [&rule.name, &rule.title]);
            let texts = [message, docket.path(row)].into_iter().chain(rules.map(String::as_str));
            texts.map(low).any(|text| text.contains(&low(word)))
        }
    }
}

#[test]
fn nothing_is_answered_without_the_data_it_needs() {
    let docket = Docket::new(vec![CaseRow { head: 1, ..CaseRow::default() }], dictionary());
    let none = Needs::default();
    for (text, missing) in [
        ("is:open path:x", Needs { standings: true, paths: true, ..none }),
        ("run:last case:0 sev:high", Needs { runs: true, names: true, ..none }),
        ("word", Needs { texts: true, paths: true, ..none }),
    ] {
        let filter: Filter = text.parse().unwrap();
        assert_eq!(docket.select(&filter, None), Err(Missing(missing)), "{text}");
    }
    let other = TextHits::new(&"other".parse().unwrap());
    let missing = docket.select(&"word".parse().unwrap(), Some(&other)).unwrap_err();
    assert!(missing.0.texts);
    assert_eq!(docket.select(&"sev:info is:fused,fixable -cwe:89".parse().unwrap(), None), Ok(vec![]));
    assert_eq!(docket.select(&Filter::default(), None), Ok(vec![1]));
}

proptest! {
    #[test]
    fn a_filter_leaves_in_what_a_plain_look_at_each_case_does(
        (docket, messages) in dockets(),
        filter in filters(),
    ) {
        let expected: Vec<u32> = (1..docket.end())
            .filter(|&case| docket.row(case).is_some())
            .filter(|&case| filter.terms().iter().all(|term| {
                let message = &messages[case as usize - 1];
                term.values().iter().any(|value| naive(&docket, message, case, value)) != term.negated()
            }))
            .collect();
        prop_assert_eq!(selected(&docket, &messages, &filter), expected);
    }

    #[test]
    fn what_is_left_in_while_messages_are_looked_through_is_left_in_at_the_end(
        (docket, messages) in dockets(),
        filter in filters(),
        seen in 0..40_usize,
    ) {
        let seen = seen.min(messages.len());
        let mut texts = TextHits::new(&filter);
        texts.show(0, PackedTexts::new(&packed(&messages[..seen])));
        let so_far = docket.select_so_far(&filter, &texts).unwrap();
        let all = selected(&docket, &messages, &filter);
        prop_assert!(so_far.iter().all(|case| all.contains(case)), "{so_far:?} {all:?}");
        let first = |cases: &[u32]| cases.iter().copied().filter(|&case| case as usize <= seen).collect::<Vec<_>>();
        prop_assert_eq!(first(&so_far), first(&all));
    }

    #[test]
    fn a_negated_term_is_the_rest_and_a_comma_a_union(
        (docket, messages) in dockets(),
        (one, rest, apart) in one_term(),
    ) {
        let select = |filter: &Filter| selected(&docket, &messages, filter);
        let mut both = [select(&one), select(&rest)].concat();
        both.sort_unstable();
        prop_assert_eq!(&both, &select(&Filter::default()));
        let mut union: Vec<u32> = apart.iter().flat_map(select).collect();
        union.sort_unstable();
        union.dedup();
        let positive = if one.terms()[0].negated() { &rest } else { &one };
        prop_assert_eq!(select(positive), union);
    }
}
