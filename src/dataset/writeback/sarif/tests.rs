use proptest::prelude::*;

use super::super::ruling::ruled;
use super::*;
use crate::domain::{
    Basis, Confidence, Cwe, Dependency, Edit, Kind, Opinion, Point, Reason, Score, State, Suppression,
    ToolPrint,
};

fn none() -> Ruling {
    Ruling::none(CaseId::new([1; 16]), State::Open)
}

fn log(claim: &Claim, ruling: &Ruling) -> Value {
    let mut log = SarifWriter::new(Vec::new()).unwrap();
    let run =
        ToolRun { tool: "acme".into(), revision: "abc".into(), project: "a b".into(), ..ToolRun::default() };
    log.run(&run).unwrap();
    let result = ToolResult {
        claim,
        finding: FindingId::new([2; 16]),
        rule: None,
        baseline: Some(Baseline::New),
        ruling,
    };
    log.result(&result).unwrap();
    log.end_run().unwrap();
    log.out.extend_from_slice(b"]}");
    serde_json::from_slice(&log.out).unwrap()
}

fn place() -> Place {
    Place {
        path: "src/a b.py".into(),
        start: Point { line: 4, column: 3 },
        end: Point { line: 4, column: 9 },
        columns: Columns::Bytes,
        snippet: "é(x)".into(),
        context: "one\né é(x) y\n".into(),
        context_line: 3,
        scope: "f".into(),
    }
}

#[test]
fn a_verdict_is_a_suppression_with_its_reason_and_reviewer() {
    let ruling = Ruling {
        reason: Some(Reason::Unreachable),
        note: "gone".into(),
        ..ruled(Opinion::Rejected, Basis::Human)
    };
    let claim = Claim { rule: "r".into(), ..Claim::default() };
    let result = log(&claim, &ruling)["runs"][0]["results"][0].clone();
    let suppression = &result["suppressions"][0];
    assert_eq!((&suppression["status"], &suppression["kind"]), (&json!("accepted"), &json!("external")));
    assert_eq!(suppression["justification"], "rejected, unreachable: gone (ann, 2025-11-24)");
    assert_eq!(suppression["properties"]["reviewers"], json!(["ann"]));
    assert_eq!(
        log(&claim, &none())["runs"][0]["results"][0]["suppressions"],
        json!([]),
        "told of every result"
    );
}

#[test]
fn what_a_tool_silences_is_refused_where_a_person_found_it_real() {
    let own = Suppression { source: SuppressionSource::Code, justification: "nosec".into() };
    let claim = Claim { rule: "r".into(), suppression: Some(own), ..Claim::default() };
    let status = |ruling: &Ruling| {
        let written = suppressions(&claim, ruling);
        written
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["status"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(status(&none()), ["accepted"]);
    assert_eq!(status(&ruled(Opinion::Confirmed, Basis::Human)), ["rejected"]);
    assert_eq!(status(&ruled(Opinion::Rejected, Basis::Human)), ["accepted", "accepted"]);
    assert_eq!(status(&ruled(Opinion::Rejected, Basis::Inferred)), ["accepted", "underReview"]);
}

#[test]
fn columns_are_code_points_where_that_can_be_told_and_paths_are_uris() {
    let claim = Claim { rule: "r".into(), place: Some(place()), ..Claim::default() };
    let at = log(&claim, &none())["runs"][0]["results"][0]["locations"][0]["physicalLocation"].clone();
    assert_eq!(at["artifactLocation"]["uri"], "src/a%20b.py");
    // Two bytes are one letter: byte columns 3 and 9 of `é é(x) y`.
    assert_eq!((&at["region"]["startColumn"], &at["region"]["endColumn"]), (&json!(2), &json!(7)));
    let without = Place { context: String::new(), ..place() };
    assert!(region(&without).get("startColumn").is_none(), "not known");
    let chars = Place { columns: Columns::Chars, ..without };
    assert_eq!(region(&chars)["startColumn"], 3);
}

#[test]
fn an_edit_whose_columns_are_not_known_is_left_to_the_claim_itself() {
    let edit = |place| Fix { description: "d".into(), edits: vec![Edit { place, text: "t".into() }] };
    assert!(fix(&edit(place())).is_some());
    assert!(fix(&edit(Place { context: String::new(), ..place() })).is_none());
}

fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "é\n\"b\"", "src/x.py", "0"]).prop_map(str::to_owned)
}

fn places() -> impl Strategy<Value = Place> {
    (texts(), 0..9_u32, 0..9_u32, 0..3_usize, texts(), texts(), 0..9_u32, texts()).prop_map(
        |(path, line, column, columns, snippet, context, context_line, scope)| Place {
            path,
            start: Point { line, column },
            end: Point { line: column, column: line },
            columns: [Columns::Bytes, Columns::Utf16, Columns::Chars][columns],
            snippet,
            context,
            context_line,
            scope,
        },
    )
}

prop_compose! {
    fn claims()(
        words in prop::collection::vec(texts(), 8),
        places in prop::collection::vec(places(), 0..4),
        numbers in (0..5_u8, 0..4_usize, 0..4_usize, prop::option::of(prop::sample::select(vec![0.0_f32, 7.5]))),
        baseline in prop::option::of(Just(Baseline::Updated)),
    ) -> Claim {
        let [a, b, c, d, e, f, g, h] = <[String; 8]>::try_from(words).unwrap();
        let step = |place: &Place| Step { place: place.clone(), message: c.clone() };
        Claim {
            rule: a.clone(),
            kind: Kind::ALL[numbers.1],
            title: b.clone(),
            message: c.clone(),
            severity: Severity::from_number(numbers.0),
            severity_words: d.clone(),
            confidence: [None, Some(Confidence::Low), Some(Confidence::Medium), Some(Confidence::High)][numbers.2],
            scores: vec![Score { score: numbers.3, vector: e.clone(), by: f.clone() }],
            cwes: vec![Cwe(89), Cwe(u16::from(numbers.0))],
            owasp: vec![e.clone()],
            place: places.first().cloned(),
            more_places: places.iter().skip(1).cloned().collect(),
            related: places.iter().map(step).collect(),
            traces: vec![places.iter().map(step).collect(), Vec::new()],
            fixes: places
                .iter()
                .map(|place| Fix {
                    description: g.clone(),
                    edits: vec![Edit { place: place.clone(), text: h.clone() }],
                })
                .collect(),
            prints: vec![ToolPrint { name: f.clone(), value: g.clone() }],
            suppression: None,
            baseline,
            dependency: (numbers.1 == 1).then(|| Dependency {
                ecosystem: a.clone(),
                name: b.clone(),
                fixed: vec![c.clone()],
                aliases: vec![d.clone(), String::new()],
                ..Dependency::default()
            }),
            notes: vec![(h.clone(), String::new()), (a, g)],
            repairs: vec![h],
        }
    }
}

proptest! {
    #[test]
    fn a_claim_is_whole_in_the_property_that_holds_it(claim in claims()) {
        let result = log(&claim, &none())["runs"][0]["results"][0].clone();
        let folded = result["properties"][CLAIM].as_str().unwrap();
        let back: Claim = serde_json::from_str(folded).unwrap();
        prop_assert_eq!(back, claim);
    }
}
