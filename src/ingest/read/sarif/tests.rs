use super::*;
use crate::domain::{Severity, SuppressionSource};
use crate::ingest::reader::collect::{Collected, read_all, refused};

/// A log of one run with one result, all parts given as JSON.
fn log(run: &str, result: &str) -> String {
    format!(r#"{{"version":"2.1.0","runs":[{{"results":[{result}],{run}}}]}}"#)
}

fn read(run: &str, result: &str) -> Collected {
    read_all(&Sarif, &log(run, result))
}

const TOOL: &str = r#""tool":{"driver":{"name":"Lint Master","version":"3.1"}}"#;

#[test]
fn results_find_their_rules_though_the_tool_stands_behind_them() {
    let run = r#""tool":{"driver":{"name":"Semgrep OSS","semanticVersion":"1.99.0","rules":[
        {"id":"py.sqli","shortDescription":{"text":"SQL built from input"},"defaultConfiguration":{"level":"error"},
         "helpUri":"https://rules/py.sqli","properties":{"precision":"very-high","tags":["security"]}}]}}"#;
    let result = r#"{"ruleId":"py.sqli","message":{"text":"tainted"},"fingerprints":{"matchBasedId/v1":"ab_0"},
        "locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a%20b.py","uriBaseId":"%SRCROOT%"},
        "region":{"startLine":7,"startColumn":5,"endLine":7,"endColumn":9,"snippet":{"text":"    call(x)"}}}}]}"#;
    let all = read(run, result);
    assert_eq!((all.heads[0].tool.as_str(), all.heads[0].tool_version.as_str()), ("semgrep", "1.99.0"));
    assert_eq!(all.rules[0].title, "SQL built from input");
    let claim = &all.claims[0];
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::High, "error"));
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.start.line, place.start.column), ("src/a b.py", 7, 5));
    assert_eq!(
        (place.snippet.as_str(), place.context.as_str(), place.context_line),
        ("call", "    call(x)", 7)
    );
    assert_eq!(claim.prints[0].value, "ab_0");
}

#[test]
fn other_versions_are_refused_with_the_way_out() {
    for version in ["1.0.0", "2.0.0", "2.0.0-csd.2.beta.2019-01-24"] {
        let text = format!(r#"{{"version":"{version}","runs":[]}}"#);
        let error = refused(&Sarif, &text);
        assert!(matches!(error, ReadError::Unsupported(_)), "{error}");
        assert!(error.to_string().contains("sarif-multitool"), "{error}");
    }
}

#[test]
fn a_suppression_holds_only_when_none_waits_or_was_refused() {
    for (suppressions, source) in [
        ("[]", None),
        ("null", None),
        (r#"[{"kind":"inSource"}]"#, Some(SuppressionSource::Code)),
        (r#"[{"kind":"external","status":"accepted"}]"#, Some(SuppressionSource::External)),
        (r#"[{"kind":"inSource"},{"kind":"external","status":"underReview"}]"#, None),
        (r#"[{"kind":"external","status":"rejected"}]"#, None),
    ] {
        let result = format!(r#"{{"ruleId":"R","message":{{"text":"m"}},"suppressions":{suppressions}}}"#);
        let all = read(TOOL, &result);
        assert_eq!(all.claims[0].suppression.as_ref().map(|it| it.source), source, "{suppressions}");
    }
}
