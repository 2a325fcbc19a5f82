//! Logs that are broken, cut or odd all over.

use super::*;
use crate::ingest::read::damage;

#[test]
fn repeated_keys_broken_letters_and_broken_ends_are_told_apart() {
    let all = read(TOOL, r#"{"ruleId":"a","ruleId":"b","message":{"text":"\ud800x"}}"#);
    assert_eq!((all.claims[0].rule.as_str(), all.claims[0].message.as_str()), ("b", "\u{fffd}x"));
    let whole = log(TOOL, r#"{"ruleId":"a"}"#);
    for cut in 1..whole.len() {
        assert!(matches!(
            refused(&Sarif, &whole[..cut]),
            ReadError::Truncated { .. } | ReadError::Malformed { .. }
        ));
    }
    assert!(matches!(refused(&Sarif, &format!("{whole}}}")), ReadError::Malformed { .. }));
}

const SAMPLE: &str = r#"{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{
    "tool":{"driver":{"name":"CodeQL","rules":[{"id":"js/sqli","name":"sqli","shortDescription":{"text":"SQL"},
        "relationships":[{"target":{"id":"89","toolComponent":{"name":"CWE"}},"kinds":["superset"]}],
        "messageStrings":{"default":{"text":"{0} flows [here](1)"}},"defaultConfiguration":{"level":"error"},
        "properties":{"tags":["security","external/cwe/cwe-089"],"security-severity":"8.8","precision":"high"}}]},
        "extensions":[{"name":"pack","rules":[{"id":"p/x"}]}]},
    "originalUriBaseIds":{"%SRCROOT%":{"uri":"file:///w/"}},"artifacts":[{"location":{"uri":"a.js","uriBaseId":"%SRCROOT%"}}],
    "results":[{"ruleId":"js/sqli","ruleIndex":0,"message":{"id":"default","arguments":["x"]},
        "locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.js","uriBaseId":"%SRCROOT%","index":0},
            "region":{"startLine":3,"startColumn":2,"endColumn":6,"snippet":{"text":" é(x)
"}}},"logicalLocations":[{"index":0}]}],
        "codeFlows":[{"threadFlows":[{"locations":[{"location":{"physicalLocation":{"artifactLocation":{"index":0},
            "region":{"startLine":1}}}},{"index":0}]}]}],
        "suppressions":[{"kind":"inSource","justification":"no"}],"partialFingerprints":{"primaryLocationLineHash":"a:1"},
        "fixes":[{"artifactChanges":[{"artifactLocation":{"uri":"a.js"},"replacements":[{"deletedRegion":{"startLine":1},
            "insertedContent":{"text":"y"}}]}]}],"taxa":[{"index":0,"toolComponent":{"index":0}}],"properties":{"cwe":["79"]}},
        {"kind":"pass","ruleId":"js/sqli"},{"rule":{"index":0,"toolComponent":{"index":0}},"message":"bare"}],
    "taxonomies":[{"name":"CWE","taxa":[{"id":"89"}]}],"logicalLocations":[{"name":"f","parentIndex":0}],
    "threadFlowLocations":[{"location":{"physicalLocation":{"artifactLocation":{"uri":"b.js"}}}}],
    "invocations":[{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"error","message":{"text":"t"}}],
        "ruleConfigurationOverrides":[{"configuration":{"level":"note"},"descriptor":{"id":"js/sqli"}}]}]}]}"#;

proptest::proptest! {
    #[test]
    fn a_damaged_log_is_refused_or_fully_accounted_for(bytes in damage::damaged(SAMPLE)) {
        let mut sink = Collected::default();
        let outcome = Sarif.read(&Document::bytes("damaged", bytes.clone()), &mut sink);
        let whole: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
        if let (Ok(()), Ok(whole)) = (outcome, whole) {
            let results = |run: &serde_json::Value| match &run["results"] {
                serde_json::Value::Array(all) => all.len(),
                serde_json::Value::Null => 0,
                _ => 1,
            };
            let expected: usize = whole["runs"].as_array().map_or(0, |runs| {
                runs.iter().filter(|run| run.is_object()).map(results).sum()
            });
            let told = sink.claims.len() + sink.aside.len() + sink.unreadable.len();
            // A key damaged into one that stood there before makes a repeated key, which a tree cannot show.
            proptest::prop_assert!(told >= expected, "{} of {}", told, expected);
        }
    }
}
