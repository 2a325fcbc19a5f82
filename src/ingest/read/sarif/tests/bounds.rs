//! Logs in which something small is referred to so often that, copied each time, it would fill any memory.

use super::*;
use crate::ingest::read::sarif::budget::{BORROWED, STEPS};
use crate::ingest::weight::weight_of;

/// Reads a log of one result, which must be cut and small all the same.
fn cut(run: &str, result: &str) -> Collected {
    let all = read(run, result);
    assert_eq!(all.cut, ["runs[0].results[0]"]);
    assert_eq!(all.claims.len(), 1);
    let most = 2 * result.len() + BORROWED + STEPS * 2 * size_of::<crate::domain::Step>();
    assert!(weight_of(&all.claims[0]) < most, "{}", weight_of(&all.claims[0]));
    assert!(all.claims[0].notes.iter().any(|(name, _)| name == "cut"), "the claim tells of it");
    all
}

fn repeated(piece: &str, times: usize) -> String {
    vec![piece; times].join(",")
}

#[test]
fn shared_steps_are_taken_until_the_claim_is_large_enough() {
    let long = "x".repeat(50_000);
    let run = format!(
        r#""threadFlowLocations":[{{"location":{{"message":{{"text":"{long}"}},"physicalLocation":{{
        "artifactLocation":{{"uri":"a.c"}},"region":{{"startLine":1}}}}}}}}],{TOOL}"#
    );
    let result = |steps: usize| {
        let steps = repeated(r#"{"index":0}"#, steps);
        format!(r#"{{"ruleId":"R","codeFlows":[{{"threadFlows":[{{"locations":[{steps}]}}]}}]}}"#)
    };
    let all = cut(&run, &result(20_000));
    assert!(all.claims[0].traces[0].len() >= 10, "what fits is there");
    let few = read(&run, &result(10));
    assert_eq!((few.claims[0].traces[0].len(), few.cut.len()), (10, 0));
    // A short step may be taken more often, but not for ever.
    let run = run.replace(&long, "");
    assert_eq!(read(&run, &result(1500)).claims[0].traces[0].len(), 1500);
    assert!(cut(&run, &result(200_000)).claims[0].traces[0].len() <= STEPS);
}

#[test]
fn an_argument_is_filled_in_until_the_message_is_large_enough() {
    let long = "y".repeat(500_000);
    let result =
        format!(r#"{{"ruleId":"R","message":{{"text":"{}","arguments":["{long}"]}}}}"#, "{0}".repeat(2000));
    let all = cut(TOOL, &result);
    assert!(all.claims[0].message.starts_with(&long));
    let once = format!(r#"{{"ruleId":"R","message":{{"text":"{{0}}!","arguments":["{long}"]}}}}"#);
    let once = read(TOOL, &once);
    assert_eq!((once.claims[0].message.len(), once.cut.len()), (500_001, 0));
}

#[test]
fn message_strings_names_and_base_paths_are_borrowed_from_one_budget() {
    let long = "z".repeat(100_000);
    let run = format!(
        r#""tool":{{"driver":{{"name":"x","globalMessageStrings":{{"m":{{"text":"{long}"}}}}}}}},
        "logicalLocations":[{{"fullyQualifiedName":"{long}"}}],"artifacts":[{{"location":{{"uri":"{long}"}}}}],
        "originalUriBaseIds":{{"B":{{"uri":"file:///{long}/"}},"%SRCROOT%":{{"uri":"file:///w/"}}}}"#
    );
    let place =
        r#""physicalLocation":{"artifactLocation":{"uri":"a.c","uriBaseId":"B"},"region":{"startLine":1}}"#;
    let by_index = r#""physicalLocation":{"artifactLocation":{"index":0},"region":{"startLine":1}}"#;
    for location in [
        r#"{"message":{"id":"m"},"physicalLocation":{"artifactLocation":{"uri":"a.c"}}}"#.to_owned(),
        format!(r#"{{{place}}}"#),
        format!(r#"{{{by_index}}}"#),
        r#"{"logicalLocations":[{"index":0},{"index":0},{"index":0}]}"#.to_owned(),
    ] {
        for list in ["locations", "relatedLocations"] {
            let many = repeated(&location, 30_000);
            let told = !location.contains("message") || list == "relatedLocations";
            if told {
                cut(&run, &format!(r#"{{"ruleId":"R","{list}":[{many}]}}"#));
            }
            let few = read(&run, &format!(r#"{{"ruleId":"R","{list}":[{location}]}}"#));
            assert_eq!((few.claims.len(), few.cut.len()), (1, 0));
        }
    }
}

#[test]
fn a_message_string_of_a_book_is_cut_before_thousands_of_results_copy_it() {
    let run = format!(
        r#""tool":{{"driver":{{"name":"x","rules":[{{"id":"R","messageStrings":{{"m":{{"text":"{}"}}}}}}]}}}}"#,
        "é".repeat(100_000)
    );
    let result = vec![r#"{"ruleId":"R","message":{"id":"m"}}"#; 1000].join(",");
    let all = read(&run, &result);
    let total: usize = all.claims.iter().map(weight_of).sum();
    assert!(all.claims[0].message.ends_with("é…"), "it tells that there is more");
    assert!(all.claims.len() == 1000 && total < 20_000_000, "{total}");
}

#[test]
fn what_a_rule_lists_is_copied_to_its_claims_within_bounds() {
    let tags: Vec<String> = (1..5000).map(|number| format!(r#""external/cwe/cwe-{number}""#)).collect();
    let run = format!(
        r#""tool":{{"driver":{{"name":"x","rules":[{{"id":"R","properties":{{"tags":[{}]}}}}]}}}}"#,
        tags.join(",")
    );
    let all = read(&run, r#"{"ruleId":"R","message":{"text":"m"}}"#);
    assert!((16..=64).contains(&all.claims[0].cwes.len()));
}
