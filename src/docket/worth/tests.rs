use proptest::prelude::*;

use super::super::order::Order;
use super::super::select_tests::{dictionary, dockets};
use super::*;

fn known() -> Evidence {
    Evidence {
        verdicts: [(1, (3, 1)), (2, (0, 2))].into_iter().collect(),
        silence: Some([(1, 0.25)].into_iter().collect()),
        deficit: Some([(Cwe(89), 0.2), (Cwe(564), 0.6)].into_iter().collect()),
    }
}

/// A case of two tools and two weaknesses, and one of which nothing is known.
fn docket() -> Docket {
    let row = CaseRow { head: 1, rules: 2, cwes: 2, severity: 3, confidence: 3, ..CaseRow::default() };
    let mut docket = Docket::new(vec![row, CaseRow { head: 2, ..CaseRow::default() }], dictionary());
    let standing = Overlay { pinned: true, rank: Some(2), ..Overlay::new(State::Open, None) };
    docket.load_standings([(1, standing)]);
    docket
}

#[test]
fn every_term_says_what_it_rests_on() {
    let (docket, evidence) = (docket(), known());
    let worth = Worth::new(&docket, &Weights::default(), &evidence);
    let terms = worth.explain(1);
    let read: Vec<_> = terms.iter().map(|term| (term.name, term.value, term.words.as_str())).collect();
    assert_eq!(
        read,
        [
            ("severity", 0.75, "high"),
            ("agreement", 0.5, "bandit, semgrep agree"),
            ("confidence", 1.0, "high"),
            ("precision", 0.5, "3 of 6 other judged cases of its rules confirmed"),
            ("rank", 0.75, "rank 2"),
            ("pin", 1.0, "pinned"),
            ("silence", 0.75, "25 % of the tools that looked said nothing"),
            ("deficit", 0.6, "the gate lacks 60 % of its CWE-564"),
        ]
    );
    let unknown: Vec<_> = worth.explain(2).iter().map(|term| term.value).collect();
    assert_eq!(unknown, [0.0, 0.0, 0.5, 0.5, 0.5, 0.0, 0.5, 0.0]);
    assert_eq!((worth.of(3), worth.explain(0)), (0.0, vec![]));
}

#[test]
fn a_term_without_data_is_left_out_with_its_weight() {
    let (docket, evidence) = (docket(), Evidence::default());
    let terms = Worth::new(&docket, &Weights::default(), &evidence).explain(1);
    assert!(terms.iter().all(|term| term.name != "silence" && term.name != "deficit"));
    assert!((terms.iter().map(|term| term.weight).sum::<f32>() - 1.0).abs() < 1e-6);
}

#[test]
fn weights_are_set_by_the_names_of_their_terms_and_stay_on_their_scale() {
    let total: f32 = Weights::default().each().map(|(_, weight)| weight).sum();
    assert!((total - 1.0).abs() < 1e-6);
    let mut weights = Weights::default();
    assert_eq!(weights.set("severty", 0.5), Err(BadWeight::UnknownTerm));
    for weight in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        assert_eq!(weights.set("severity", weight), Err(BadWeight::OffScale));
    }
    assert_eq!(weights, Weights::default());
    for term in Weights::NAMES {
        weights.set(term, if term == "pin" { 1.0 } else { 0.0 }).unwrap();
    }
    let (docket, evidence) = (docket(), known());
    let worth = Worth::new(&docket, &weights, &evidence);
    assert_eq!((worth.of(1), worth.of(2)), (1.0, 0.0), "the first is pinned");
    weights.set("pin", 0.0).unwrap();
    assert_eq!(Worth::new(&docket, &weights, &evidence).of(1), 0.0);
}

#[test]
fn a_verdict_says_nothing_of_its_own_case_and_something_of_the_others() {
    let row = |head| CaseRow { head, rules: 2, ..CaseRow::default() };
    let worth_after = |opinion: Option<Opinion>| {
        let mut docket = Docket::new(vec![row(1), row(2)], dictionary());
        let judged = |opinion| Overlay::new(State::Settled, Some((opinion, Basis::Human)));
        docket.load_standings(opinion.map(|opinion| (1, judged(opinion))));
        let evidence = Evidence::of(&docket);
        let worth = Worth::new(&docket, &Weights::default(), &evidence);
        (worth.of(1), worth.of(2))
    };
    let before = worth_after(None);
    for opinion in [Opinion::Confirmed, Opinion::Rejected, Opinion::RiskAccepted] {
        assert_eq!(worth_after(Some(opinion)).0, before.0, "{opinion}");
    }
    assert!(worth_after(Some(Opinion::Confirmed)).1 > before.1);
    assert!(worth_after(Some(Opinion::Rejected)).1 < before.1);
}

#[test]
fn a_rule_that_was_right_is_believed_more_and_never_wholly() {
    let precision = |confirmed, rejected| precision_of((confirmed, rejected));
    assert_eq!(precision(0, 0), 0.5);
    assert!(precision(1, 0) > precision(0, 0) && precision(9, 1) > precision(1, 0));
    assert!(precision(u32::MAX, 0) <= 1.0 && precision(0, u32::MAX) >= 0.0);
    assert!(precision(0, 100) > 0.0);
}

#[test]
fn blind_neither_worth_nor_order_tells_what_others_decided_or_how_sure_a_tool_is() {
    let row = |confidence| CaseRow { head: 1, rules: 2, severity: 2, confidence, ..CaseRow::default() };
    let judged = |by: &str| Overlay {
        reviewers: vec![by.to_owned()],
        ..Overlay::new(State::Settled, Some((Opinion::Rejected, Basis::Human)))
    };
    let told = |standings: Vec<(u32, Overlay)>, weights: &Weights| {
        let mut docket = Docket::new(vec![row(1), row(3), row(2)], dictionary());
        docket.load_paths(FxHashMap::default());
        docket.load_standings(standings);
        let evidence = Evidence { silence: None, deficit: None, ..Evidence::of(&docket) };
        let worth = Worth::new(&docket, weights, &evidence);
        let names: Vec<&str> = worth.explain(1).iter().map(|term| term.name).collect();
        (docket.top(&[1, 2, 3], Order::Worth, &worth, 9).unwrap(), worth.of(1), names)
    };
    let blind = Weights::default().blind_for("ann");
    let before = told(Vec::new(), &blind);
    assert_eq!(before.0, [1, 2, 3]);
    assert!(!before.2.contains(&"confidence") && !before.2.contains(&"precision"), "{:?}", before.2);
    assert_eq!(told(vec![(1, judged("bob"))], &blind), before);
    assert_eq!(told(vec![(1, judged("ann"))], &blind).0, [2, 3, 1], "her own is told");
    assert_ne!(
        told(vec![(2, judged("bob"))], &Weights::default()).0,
        told(Vec::new(), &Weights::default()).0
    );
}

proptest! {
    #[test]
    fn worth_is_the_sum_of_its_terms_and_between_0_and_1(
        (docket, _) in dockets(),
        more in any::<bool>(),
    ) {
        let evidence = if more { known() } else { Evidence::default() };
        let worth = Worth::new(&docket, &Weights::default(), &evidence);
        for case in 0..=docket.end() {
            let told: f32 = worth.explain(case).iter().map(|term| term.contribution).sum();
            prop_assert_eq!(worth.of(case), told);
            prop_assert!((0.0..=1.000_001).contains(&told));
        }
    }
}
