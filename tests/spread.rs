//! A verdict spread to the cases that are nearly the same, by the commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::{Value, json};

use support::alike::shop;
use support::desk::Desk;

fn case(desk: &Desk, path: &str) -> String {
    desk.cases(&format!("path:{path}"))[0]["case"].as_str().unwrap().to_owned()
}

fn show(desk: &Desk, path: &str) -> Value {
    desk.run(&["show", "--json", &case(desk, path)]).json()
}

fn inferred(desk: &Desk) -> Vec<String> {
    let mut paths: Vec<String> =
        desk.cases("is:inferred").iter().map(|case| case["path"].as_str().unwrap().to_owned()).collect();
    paths.sort();
    paths
}

#[test]
fn a_verdict_is_spread_to_open_cases_of_the_same_tokens_and_the_same_kind_of_sanitiser() {
    let desk = shop(4, 2);
    let judged = case(&desk, "bare0.py");
    let told = show(&desk, "bare0.py")["alike"].clone();
    assert_eq!(told, json!({"open": 3, "complete": true, "sanitisers": [], "from_source": true}));
    let told = show(&desk, "safe0.py")["alike"].clone();
    assert_eq!((&told["open"], &told["sanitisers"]), (&json!(1), &json!(["escape"])));
    assert_eq!(show(&desk, "other.py")["alike"]["open"], 0);
    let ran = desk.run(&["verdict", "--json", &judged, "reject", "--reason", "test-code", "--spread"]).json();
    assert_eq!(
        (&ran["cases"], ran["spread"]["cases"].as_array().unwrap().len()),
        (&json!([judged]), 3),
        "{ran}"
    );
    assert_eq!(inferred(&desk), ["bare1.py", "bare2.py", "bare3.py"]);
    for row in desk.cases("is:inferred") {
        assert_eq!(
            (&row["state"], &row["verdict"], &row["basis"]),
            (&json!("settled"), &json!("rejected"), &json!("inferred"))
        );
    }
    assert!(desk.cases("is:gold").is_empty(), "what is inferred is never gold");
    let shown = show(&desk, "bare2.py");
    assert_eq!(
        (&shown["history"][0]["source"], &shown["history"][0]["reason"]),
        (&ran["entry"], &json!("test_code"))
    );
    assert_eq!(show(&desk, "bare0.py")["alike"]["spread"], 3);
    // One step takes it back, and the next the verdict itself.
    assert_eq!(desk.run(&["undo", "--json"]).json()["cases"].as_array().unwrap().len(), 3);
    assert_eq!((inferred(&desk).len(), desk.cases("is:settled").len()), (0, 1));
}

#[test]
fn the_list_says_in_what_each_case_differs() {
    let desk = shop(3, 1);
    let ran = desk.run(&["spread", "--json", "--dry-run", &case(&desk, "bare0.py")]).json();
    let alike = ran["alike"].as_array().unwrap();
    let of = |path: &str| alike.iter().find(|like| like["path"] == path).unwrap();
    assert_eq!((alike.len(), &ran["verdict"]), (2, &Value::Null));
    assert_eq!((&of("bare2.py")["scope"], &of("bare2.py")["differs"]), (&json!("bare2"), &json!([])));
    assert_eq!(of("bare1.py")["differs"], json!(["data flow of 2 steps, not 0"]));
    let text = desk.run(&["spread", "--dry-run", &case(&desk, "bare0.py")]);
    assert!(
        text.out.contains("bare1.py:5 · bare1 · data flow of 2 steps") && text.out.contains("2 open cases"),
        "{}",
        text.out
    );
    assert!(inferred(&desk).is_empty(), "nothing was written");
}

#[test]
fn only_a_verdict_of_ones_own_that_settles_the_case_is_spread() {
    let desk = shop(3, 0);
    let judged = case(&desk, "bare0.py");
    let spread = |reviewer: &str| desk.run(&["spread", &judged, "--reviewer", reviewer]);
    assert_eq!(spread("ann").code, 1, "nobody judged it");
    desk.run(&["verdict", &judged, "confirm", "--reviewer", "bob"]);
    let refused = spread("ann");
    assert!(refused.code == 1 && refused.err.contains("verdict of your own"), "{}", refused.err);
    desk.run(&["verdict", &judged, "reject", "--reviewer", "ann"]);
    let refused = spread("ann");
    assert!(refused.code == 1 && refused.err.contains("does not settle"), "{}", refused.err);
    assert_eq!(desk.run(&["verdict", &judged, "unsure", "--spread"]).code, 2);
    assert!(inferred(&desk).is_empty());
}

#[test]
fn what_a_person_said_is_not_overruled_and_what_was_spread_is_taken_back_from_any_of_its_cases() {
    let desk = shop(6, 0);
    let judged = case(&desk, "bare0.py");
    desk.run(&["verdict", &case(&desk, "bare5.py"), "unsure"]);
    desk.run(&["verdict", &judged, "reject", "--spread"]);
    assert_eq!(inferred(&desk), ["bare1.py", "bare2.py", "bare3.py", "bare4.py"], "unsure was looked at");
    // One of them is overturned.
    let other = case(&desk, "bare3.py");
    desk.run(&["verdict", &other, "confirm"]);
    assert_eq!(inferred(&desk).len(), 3);
    let bob = desk.run(&["spread", &other, "--off", "--reviewer", "bob"]);
    assert!(bob.code == 1 && bob.err.contains("no verdict of yours"), "{}", bob.err);
    let ran = desk.run(&["spread", "--json", &other, "--off"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["cases"].as_array().unwrap().len(), 4);
    assert!(inferred(&desk).is_empty());
    assert_eq!(desk.cases("verdict:confirmed").len(), 1, "the verdict that overturned it stays");
    assert_eq!(desk.cases("verdict:rejected").len(), 1, "and so does the source");
    let ran = desk.run(&["undo"]);
    assert!(ran.code == 0 && ran.out.contains("gave back: rejected"), "{}{}", ran.out, ran.err);
    assert_eq!(inferred(&desk).len(), 3, "given back, where no person has spoken since");
}

#[test]
fn a_verdict_that_is_changed_leaves_what_was_spread_until_that_is_taken_back() {
    let desk = shop(4, 0);
    desk.run(&["verdict", &case(&desk, "bare0.py"), "reject"]);
    desk.run(&["spread", &case(&desk, "bare0.py")]);
    assert_eq!(inferred(&desk).len(), 3);
    desk.run(&["verdict", &case(&desk, "bare0.py"), "confirm"]);
    assert_eq!(inferred(&desk).len(), 3);
    assert_eq!(desk.run(&["spread", &case(&desk, "bare0.py"), "--off"]).code, 0);
    assert!(inferred(&desk).is_empty());
}

#[test]
fn words_without_code_and_masked_secrets_are_like_nothing() {
    let desk = Desk::new();
    let result = |rule: &str, line: u32| {
        json!({"ruleId": rule, "message": {"text": "something is wrong here"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": line}}}]})
    };
    let results: Vec<Value> = (1..5).map(|line| result("vague", line * 10)).collect();
    let log =
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Acme"}}, "results": results}]});
    desk.file("scan.sarif", log.to_string());
    desk.import(&["scan.sarif"]);
    let cases = desk.cases("");
    assert_eq!(cases.len(), 4);
    let shown = desk.run(&["show", "--json", cases[0]["case"].as_str().unwrap()]).json();
    assert_eq!(shown["alike"]["open"], 0, "the same message is no evidence of the same code");
}
