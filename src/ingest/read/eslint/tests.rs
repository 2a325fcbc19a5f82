use super::*;
use crate::domain::Kind;
use crate::ingest::read::damage::bears_damage;
use crate::ingest::reader::collect::{read_all, refused};

const SOURCE: &str = "'use strict'\n// 😀\nfunction get (o, k) {\n  return eval(o)[k]\n}\n";

fn message(rule: &str) -> Value {
    json!({"ruleId": rule, "severity": 2, "message": "Do not.", "line": 4, "column": 10, "nodeType": "CallExpression",
           "endLine": 4, "endColumn": 17})
}

fn file(messages: Value) -> Value {
    json!({"filePath": "/srv/shop/get.js", "messages": messages, "suppressedMessages": [], "errorCount": 1,
           "warningCount": 0, "source": SOURCE})
}

#[test]
fn a_message_becomes_a_claim_with_its_place_and_quotation() {
    let document =
        json!([file(json!([message("no-eval")])), {"filePath": "/srv/shop/clean.js", "messages": []}]);
    let read = read_all(&Eslint, &document.to_string());
    let claim = &read.claims[0];
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.columns), ("/srv/shop/get.js", Columns::Utf16));
    assert_eq!((place.snippet.as_str(), place.context_line), ("eval(o)", 2));
    assert_eq!(place.context, "// 😀\nfunction get (o, k) {\n  return eval(o)[k]\n}\n");
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::High, "2"));
    assert_eq!(read.covered, ["/srv/shop/get.js", "/srv/shop/clean.js"]);
    assert_eq!(read.rules[0].link, "https://eslint.org/docs/latest/rules/no-eval");
    // What is kept of a claim can be read again by itself.
    let again = read_all(&Eslint, &read.raws[0]);
    assert_eq!(again.claims[0].place.as_ref().unwrap().path, "/srv/shop/get.js");
}

#[test]
fn style_and_messages_of_no_rule_are_set_aside() {
    let broken = json!([{"filePath": "/srv/shop/broken.js", "source": "x ==", "messages": [
        {"ruleId": null, "fatal": true, "severity": 2, "message": "Parsing error: Unexpected token", "line": 1}]},
        {"filePath": "/srv/shop/lib.min.js", "messages": [
        {"ruleId": null, "severity": 1, "message": "File ignored because of a matching ignore pattern."}]},
        file(json!([message("semi"), {"severity": 1, "message": "Unused eslint-disable directive."}]))]);
    let read = read_all(&Eslint, &broken.to_string());
    assert_eq!((read.claims.len(), read.aside.len()), (0, 4));
    assert_eq!(read.aside[2].1, "a rule about quality or style, not security");
    // Silence about a file that was not looked at says nothing.
    assert_eq!(read.covered, ["/srv/shop/get.js"]);
    assert_eq!(read.heads[0].troubles.len(), 2);
}

#[test]
fn suppressed_messages_are_claims_with_their_reason() {
    let mut entry = file(json!([]));
    entry["suppressedMessages"] = json!([message("no-eval"), message("security/detect-object-injection")]);
    entry["suppressedMessages"][0]["suppressions"] =
        json!([{"kind": "directive", "justification": "trusted input"}]);
    entry["suppressedMessages"][1]["suppressions"] = json!([{"kind": "file", "justification": ""}]);
    let read = read_all(&Eslint, &json!([entry]).to_string());
    let first = read.claims[0].suppression.as_ref().unwrap();
    assert_eq!((first.source, first.justification.as_str()), (SuppressionSource::Code, "trusted input"));
    assert_eq!(read.claims[1].suppression.as_ref().unwrap().source, SuppressionSource::External);
}

#[test]
fn fixes_are_placed_by_the_source_and_kept_as_text_without_it() {
    let mut flagged = message("no-eval");
    // Offset 49 of the source, in UTF-16 units, is where `eval(o)` begins.
    let start = SOURCE
        .encode_utf16()
        .collect::<Vec<_>>()
        .windows(4)
        .position(|four| four.iter().copied().eq("eval".encode_utf16()));
    let start = start.unwrap();
    flagged["fix"] = json!({"range": [start, start + 7], "text": "o"});
    flagged["suggestions"] =
        json!([{"desc": "Use JSON.parse.", "fix": {"range": [start, start + 4], "text": "JSON.parse"}}]);
    let mut entry = file(json!([flagged]));
    let read = read_all(&Eslint, &json!([entry]).to_string());
    let fixes = &read.claims[0].fixes;
    let place = &fixes[0].edits[0].place;
    assert_eq!((place.start, place.end), (Point { line: 4, column: 10 }, Point { line: 4, column: 17 }));
    assert_eq!(
        (fixes[1].description.as_str(), fixes[1].edits[0].text.as_str()),
        ("Use JSON.parse.", "JSON.parse")
    );
    entry["source"] = Value::Null;
    let read = read_all(&Eslint, &json!([entry]).to_string());
    assert!(read.claims[0].fixes.is_empty());
    assert!(read.claims[0].notes.contains(&("proposed fix".to_owned(), "o".to_owned())));
}

#[test]
fn secrets_are_masked() {
    let key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let line = format!("const token = '{key}'\n");
    let mut flagged = message("no-secrets/no-secrets");
    flagged["message"] = json!(format!("Found a string with entropy 4.3 : \"{key}\""));
    (flagged["line"], flagged["endLine"]) = (json!(1), json!(1));
    (flagged["column"], flagged["endColumn"]) = (json!(15), json!(57));
    let entry = json!([{"filePath": "a.js", "messages": [flagged], "source": line}]);
    let claim = &read_all(&Eslint, &entry.to_string()).claims[0];
    assert_eq!(claim.kind, Kind::Secret);
    assert!(!serde_json::to_string(claim).unwrap().contains(key));
    assert_eq!(claim.place.as_ref().unwrap().context, "const token = 'ghp_****'\n");
}

#[test]
fn entries_and_messages_of_another_shape_are_told() {
    let document = json!([
        file(json!([message("no-eval"), 7, {"ruleId": 3, "message": "x"}])),
        {"filePath": "x"}, 5,
        {"messages": [message("no-eval")]}
    ]);
    let read = read_all(&Eslint, &document.to_string());
    assert_eq!(read.claims.len(), 1);
    assert_eq!(
        read.unreadable,
        [
            ("[0].messages[1]".to_owned(), Failure::WrongShape),
            ("[0].messages[2]".to_owned(), Failure::WrongShape),
            ("[1]".to_owned(), Failure::WrongShape),
            ("[2]".to_owned(), Failure::WrongShape),
            ("[3].messages[0]".to_owned(), Failure::NamesNoCode),
        ]
    );
    assert!(matches!(refused(&Eslint, "{}"), ReadError::Unsupported(_)));
    assert!(matches!(refused(&Eslint, "[{\"messages\":[tru]}]"), ReadError::Malformed { .. }));
}

#[test]
fn broken_documents_neither_panic_nor_lose_messages() {
    let mut flagged = message("no-eval");
    flagged["fix"] = json!({"range": [3, 9], "text": ""});
    flagged["suppressions"] = json!([{"kind": "directive", "justification": "x"}]);
    let sample = json!([file(json!([flagged, message("semi"), message("no-secrets/no-secrets")]))]);
    bears_damage(&Eslint, &sample.to_string(), &["messages", "suppressedMessages"]);
}
