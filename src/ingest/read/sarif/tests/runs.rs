//! What a run tells of itself: what it covered, and what its silence is worth.

use super::*;

#[test]
fn what_weakens_a_runs_silence_is_told() {
    for (run, trouble) in [
        (r#""invocations":[{"executionSuccessful":false,"exitCode":3}]"#, Some("3")),
        (
            r#""invocations":[{"toolExecutionNotifications":[{"level":"error","descriptor":{"id":"E1"},"message":{"text":"broke"}}]}]"#,
            Some("E1: broke"),
        ),
        (
            r#""invocations":[{"toolExecutionNotifications":[{"level":"warning","message":{"text":"Timeout in a.py"}}]}]"#,
            Some("Timeout"),
        ),
        (
            r#""invocations":[{"toolExecutionNotifications":[{"level":"note","message":{"text":"an error of no weight"}}]}]"#,
            None,
        ),
        (
            r#""externalPropertyFileReferences":{"results":[{"location":{"uri":"more.sarif"}}]}"#,
            Some("more.sarif"),
        ),
        (r#""externalPropertyFileReferences":{"taxonomies":[{"location":{"uri":"CWE.sarif"}}]}"#, None),
        (
            r#""properties":{"coverage":[{"type":"FAILED_PARSING","lang":"Python","files":2},{"type":"SUPPORTED"}]}"#,
            Some("2 Python files"),
        ),
    ] {
        let troubles = read(&format!("{TOOL},{run}"), "").heads[0].troubles.clone();
        assert_eq!(troubles.len(), usize::from(trouble.is_some()), "{run}: {troubles:?}");
        assert!(trouble.is_none_or(|text| troubles[0].contains(text)), "{run}: {troubles:?}");
    }
    for results in ["", r#""results":null,"#] {
        let all = read_all(&Sarif, &format!(r#"{{"version":"2.1.0","runs":[{{{results}{TOOL}}}]}}"#));
        assert!(all.heads[0].troubles[0].contains("no `results`"));
    }
    let all = read_all(
        &Sarif,
        &format!(
            r#"{{"version":"2.1.0","inlineExternalProperties":[{{"guid":"g","results":[{{}}]}}],"runs":[{{"results":[],{TOOL}}}]}}"#
        ),
    );
    assert!(all.heads[0].troubles[0].contains("inlineExternalProperties"));
}

#[test]
fn runs_are_kept_apart_and_may_be_none() {
    let run = |name: &str| {
        format!(
            r#"{{"tool":{{"driver":{{"name":"{name}"}}}},"results":[{{"ruleId":"{name}"}}],
        "versionControlProvenance":[{{"revisionId":"c0ffee","branch":"refs/heads/main"}}]}}"#
        )
    };
    let text = format!(r#"{{"version":"2.1.0","runs":[{},null,{}]}}"#, run("a"), run("b"));
    for text in [text.clone(), format!("[{text}]")] {
        let all = read_all(&Sarif, &text);
        let rules: Vec<&str> = all.claims.iter().map(|claim| claim.rule.as_str()).collect();
        assert_eq!(rules, ["a", "b"]);
        assert_eq!((all.heads[1].revision.as_str(), all.heads[1].branch.as_str()), ("c0ffee", "main"));
    }
    for text in [r#"{"version":"2.1.0","runs":null}"#, r#"{"version":"2.1.0","runs":[]}"#] {
        assert!(read_all(&Sarif, text).heads.is_empty());
    }
    assert!(matches!(refused(&Sarif, r#"{"version":"2.1.0","runs":7}"#), ReadError::Unsupported(_)));
}

#[test]
fn coverage_is_complete_only_where_the_tool_lists_what_it_looked_at() {
    let files = r#""artifacts":[{"location":{"uri":"a.js"}},{"location":{"uri":"b.js"}}]"#;
    let extracted = r#""invocations":[{"toolExecutionNotifications":[{"level":"none","message":{"text":""},
        "descriptor":{"id":"py/diagnostics/successfully-extracted-files"},
        "locations":[{"physicalLocation":{"artifactLocation":{"uri":"c.py"}}}]}]}]"#;
    for (tool, part, covered, complete) in [
        ("ESLint", files, vec!["a.js", "b.js"], true),
        ("Other", files, vec![], false),
        ("CodeQL", extracted, vec!["c.py"], true),
        ("CodeQL", files, vec![], false),
    ] {
        let all = read(&format!(r#""tool":{{"driver":{{"name":"{tool}"}}}},{part}"#), "");
        assert_eq!(
            (all.covered, all.heads[0].coverage_is_complete),
            (covered.into_iter().map(str::to_owned).collect(), complete)
        );
        assert!(all.heads[0].troubles.is_empty());
    }
}
