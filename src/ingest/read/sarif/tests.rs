use super::*;
use crate::domain::{Columns, Severity, SuppressionSource};
use crate::ingest::reader::collect::{Collected, read_all, refused};

mod bounds;
mod damage;
mod runs;

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

#[test]
fn severity_follows_the_documented_order() {
    let tool = |rule: &str| format!(r#""tool":{{"driver":{{"name":"x","rules":[{{"id":"R",{rule}}}]}}}}"#);
    let level = r#""defaultConfiguration":{"level":"note"}"#;
    let scored = r#""properties":{"security-severity":"9.8","problem.severity":"warning"}"#;
    let worded = r#""properties":{"problem.severity":"recommendation"}"#;
    for (rule, result, expected, words) in [
        (scored, r#""properties":{"security-severity":2}"#, Severity::Low, "security-severity 2"),
        (
            scored,
            r#""level":"note","properties":{"severity":"LOW"}"#,
            Severity::Critical,
            "security-severity 9.8",
        ),
        (
            worded,
            r#""level":"error","properties":{"issue_severity":"HIGH"}"#,
            Severity::High,
            "issue_severity HIGH",
        ),
        (worded, r#""level":"error""#, Severity::Low, "problem.severity recommendation"),
        (level, r#""level":"error""#, Severity::High, "error"),
        (level, r#""level":"none""#, Severity::Info, "none"),
        (level, r#""level":7"#, Severity::Low, "note"),
        (r#""name":"n""#, r#""kind":"fail""#, Severity::Medium, "warning, the format's default"),
    ] {
        let result = format!(r#"{{"ruleId":"R","message":{{"text":"m"}},{result}}}"#);
        let claim = &read(&tool(rule), &result).claims[0];
        assert_eq!((claim.severity, claim.severity_words.as_str()), (expected, words), "{rule} {result}");
    }
}

#[test]
fn an_invocation_overrides_a_rules_own_level() {
    let run = r#""tool":{"driver":{"name":"x"},"extensions":[{"name":"pack","rules":[{"id":"R",
        "defaultConfiguration":{"level":"note"}}]}]},
        "invocations":[{"executionSuccessful":true,"startTimeUtc":"2026-01-02T03:04:05Z",
        "ruleConfigurationOverrides":[{"configuration":{"level":"error"},
        "descriptor":{"index":0,"toolComponent":{"name":"pack"}}}]}]"#;
    let all = read(run, r#"{"ruleId":"R","message":{"text":"m"}}"#);
    assert_eq!(all.claims[0].severity, Severity::High);
    assert_eq!(all.heads[0].started, "2026-01-02T03:04:05Z");
}

#[test]
fn a_result_names_its_rule_in_many_ways() {
    // A rule that is found gives its level; one that is not leaves the default.
    let run = r#""tool":{"driver":{"name":"x","rules":[{"id":"CA1000","guid":"g-1","defaultConfiguration":{"level":"error"}},
            {"id":"js/x","deprecatedIds":["old"],"defaultConfiguration":{"level":"error"}}]},
        "extensions":[{"name":"pack","guid":"e-1","rules":[{"id":"pack/a","defaultConfiguration":{"level":"error"}},
            {"id":"pack/b","defaultConfiguration":{"level":"error"}}]}]}"#;
    for (result, rule, found) in [
        (r#""ruleId":"CA1000","ruleIndex":0"#, "CA1000", true),
        (r#""ruleId":"CA1000","ruleIndex":99"#, "CA1000", true),
        (r#""ruleId":"CA1000","ruleIndex":-1"#, "CA1000", true),
        (r#""ruleId":"js/x","ruleIndex":0"#, "js/x", true),
        (r#""ruleId":"CA1000/1/2""#, "CA1000/1/2", true),
        (r#""ruleId":"old""#, "old", true),
        (r#""ruleId":"other""#, "other", false),
        (r#""ruleIndex":1"#, "js/x", true),
        (r#""rule":{"index":1,"toolComponent":{"index":0}}"#, "pack/b", true),
        (r#""rule":{"index":0,"toolComponent":{"guid":"E-1"}}"#, "pack/a", true),
        (r#""rule":{"guid":"g-1"}"#, "CA1000", true),
        (r#""rule":"js/x""#, "js/x", true),
        (r#""rule":{"id":"pack/b"},"ruleIndex":"1""#, "pack/b", true),
        (r#""ruleId":17"#, "17", false),
        (r#""ruleId":null"#, "unknown", false),
    ] {
        let result = format!(r#"{{"message":{{"id":"a","text":""}},{result}}}"#);
        let claim = &read(run, &result).claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity == Severity::High), (rule, found), "{result}");
    }
}

#[test]
fn kinds_that_claim_nothing_are_set_aside_and_undecided_ones_are_not() {
    for (fields, aside) in [
        (r#""kind":"pass""#, true),
        (r#""kind":"notApplicable""#, true),
        (r#""kind":"informational""#, true),
        (r#""baselineState":"absent""#, true),
        (r#""kind":"open""#, false),
        (r#""kind":"review""#, false),
        (r#""kind":"fail""#, false),
        (r#""level":"none""#, false),
        (r#""baselineState":"unchanged""#, false),
    ] {
        let all = read(TOOL, &format!(r#"{{"ruleId":"R",{fields}}}"#));
        assert_eq!(
            (all.aside.len(), all.claims.len()),
            (usize::from(aside), usize::from(!aside)),
            "{fields}"
        );
    }
}

#[test]
fn what_cannot_be_a_claim_is_counted_as_unreadable() {
    let all = read(TOOL, r#"null,7,{},"x",{"level":"error"},[],{"message":"said"}"#);
    assert_eq!(all.unreadable.len(), 6);
    assert_eq!(all.unreadable[2], ("runs[0].results[2]".to_owned(), Failure::WrongShape));
    assert_eq!((all.claims[0].rule.as_str(), all.claims[0].message.as_str()), ("unknown", "said"));
    let all = read_all(&Sarif, &format!(r#"{{"version":"2.1.0","runs":[{{"results":{{"a":1}},{TOOL}}}]}}"#));
    assert_eq!(all.unreadable, [("runs[0].results".to_owned(), Failure::WrongShape)]);
}

#[test]
fn messages_come_from_the_rule_or_the_driver_filled_and_plain() {
    let run = r#""tool":{"driver":{"name":"x","globalMessageStrings":{"shared":{"text":"in {0}"}},
        "rules":[{"id":"R","messageStrings":{"default":{"text":"`{0}` reaches [here]({1}) as {{x}}"}}}]}}"#;
    for (message, expected) in [
        (r#"{"id":"default","arguments":["q","1"]}"#, "`q` reaches here as {x}"),
        (r#"{"id":"shared","arguments":["main"]}"#, "in main"),
        (r#"{"id":"lost","arguments":["a"]}"#, "lost a"),
        (r#"{"markdown":"**bold**"}"#, "**bold**"),
        (r#"{"text":"see [source](1) {0}"}"#, "see source {0}"),
        (r#"{"text":"{0}!","arguments":["a"]}"#, "a!"),
        (r#""bare""#, "bare"),
    ] {
        let all = read(run, &format!(r#"{{"ruleId":"R","message":{message}}}"#));
        assert_eq!(all.claims[0].message, expected, "{message}");
    }
}

#[test]
fn paths_are_told_from_the_root_whatever_names_them() {
    let run = r#""tool":{"driver":{"name":"x"}},
        "originalUriBaseIds":{"%SRCROOT%":{"uri":"file:///home/me/shop/"},"LIB":{"uri":"lib/","uriBaseId":"%SRCROOT%"},
            "LOOP":{"uri":"a/","uriBaseId":"LOOP"},"OUT":{"uri":"file:///out"},"NONE":{}},
        "artifacts":[{"location":{"uri":"src/in%20list.c","uriBaseId":"%SRCROOT%"},"roles":["analysisTarget"]},
            {"location":{"uri":"lib/app.jar"}},{"location":{"uri":"/x/A.class"},"parentIndex":1},{"parentIndex":3}]"#;
    for (location, path) in [
        (r#"{"uri":"src/a.c","uriBaseId":"%SRCROOT%"}"#, Some("src/a.c")),
        (r#"{"uri":"b.c","uriBaseId":"LIB"}"#, Some("lib/b.c")),
        (r#"{"uri":"b.c","uriBaseId":"MISSING"}"#, Some("b.c")),
        (r#"{"uri":"b.c","uriBaseId":"NONE"}"#, Some("b.c")),
        (r#"{"uri":"b.o","uriBaseId":"OUT"}"#, Some("/out/b.o")),
        (r#"{"uri":"file:///home/me/shop/src/a.c"}"#, Some("src/a.c")),
        (r#"{"uri":"file:////home/me/shop/src/a.c"}"#, Some("src/a.c")),
        (r#"{"uri":"/home/me/shopping/a.c"}"#, Some("/home/me/shopping/a.c")),
        (r#"{"uri":"src\\win\\a.c"}"#, Some("src/win/a.c")),
        (r#"{"uri":"https://shop.example/cart?id=1"}"#, Some("https://shop.example/cart?id=1")),
        (r#"{"index":0}"#, Some("src/in list.c")),
        (r#"{"index":2}"#, Some("lib/app.jar/x/A.class")),
        (r#"{"index":3}"#, None),
        (r#"{"index":44}"#, None),
        (r#""src/bare.c""#, Some("src/bare.c")),
        ("{}", None),
        ("[]", None),
    ] {
        let result = format!(
            r#"{{"ruleId":"R","message":{{"text":"m"}},
                "locations":[{{"physicalLocation":{{"artifactLocation":{location}}}}}]}}"#
        );
        let all = read(run, &result);
        assert_eq!(all.claims[0].place.as_ref().map(|it| it.path.as_str()), path, "{location}");
        assert_eq!(all.heads[0].root, "/home/me/shop");
        assert_eq!(all.covered, ["src/in list.c"]);
    }
    // A chain of bases that never ends still ends.
    let result = r#"{"ruleId":"R","locations":[{"physicalLocation":{"artifactLocation":{"uri":"b","uriBaseId":"LOOP"}}}]}"#;
    assert!(read(run, result).claims[0].place.as_ref().unwrap().path == "a/b");
}

#[test]
fn weaknesses_are_found_through_taxonomies_relations_properties_and_prose() {
    let taxonomies = r#""taxonomies":[{"name":"CWE","guid":"T-1","taxa":[{"id":"89"},{"id":"79","guid":"x-79"}]},
        {"name":"OWASP","taxa":[{"id":"22"}]}]"#;
    for (rule, result, cwes) in [
        (r#""name":"n""#, r#""taxa":[{"id":"89","toolComponent":{"name":"CWE"}}]"#, vec![89]),
        (
            r#""name":"n""#,
            r#""taxa":[{"index":0,"toolComponent":{"index":0}},{"guid":"x-79","toolComponent":{"guid":"t-1"}}]"#,
            vec![89, 79],
        ),
        (r#""name":"n""#, r#""taxa":[{"index":0,"toolComponent":{"name":"OWASP"}}]"#, vec![]),
        (
            r#""relationships":[{"target":{"id":"119","toolComponent":{"name":"CWE"}},"kinds":["incomparable"]},
                {"target":{"id":"120","toolComponent":{"name":"CWE"}},"kinds":["relevant"]}]"#,
            r#""rank":40"#,
            vec![120, 119],
        ),
        (r#""properties":{"cwe":["22"]}"#, r#""properties":{"CWE":79}"#, vec![79, 22]),
        (r#""help":{"text":"see https://cwe.mitre.org/data/definitions/78.html"}"#, r#""rank":1"#, vec![78]),
        (r#""properties":{"tags":["security","2021"]}"#, r#""rank":1"#, vec![]),
    ] {
        let run = format!(r#""tool":{{"driver":{{"name":"x","rules":[{{"id":"R",{rule}}}]}}}},{taxonomies}"#);
        let all = read(&run, &format!(r#"{{"ruleId":"R","message":{{"text":"m"}},{result}}}"#));
        let found: Vec<u16> = all.claims[0].cwes.iter().map(|cwe| cwe.0).collect();
        assert_eq!(found, cwes, "{rule} {result}");
    }
}

#[test]
fn flows_related_places_and_fixes_are_kept_with_what_is_said_at_each() {
    let run = r#""tool":{"driver":{"name":"CodeQL"}},"columnKind":"unicodeCodePoints",
        "logicalLocations":[{"name":"shop"},{"name":"pay","parentIndex":0}],
        "threadFlowLocations":[{"location":{"message":{"text":"shared"},"physicalLocation":{"artifactLocation":{"uri":"s.c"},
            "region":{"startLine":9}}}}]"#;
    let place = |line: u32, rest: &str| {
        format!(
            r#""physicalLocation":{{"artifactLocation":{{"uri":"a.c"}},"region":{{"startLine":{line},"startColumn":2,
                "endColumn":5}}}}{rest}"#
        )
    };
    let (at, said) = (place(1, ""), place(2, r#","message":{"text":"from [here](3)"}"#));
    let result = format!(
        r#"{{"ruleId":"R","message":{{"text":"m"}},
        "locations":[{{{at},"logicalLocations":[{{"index":1}}]}},{{{said}}}],
        "relatedLocations":[{{{said}}},{{"message":{{"text":"nowhere"}}}}],
        "codeFlows":[{{"threadFlows":[{{"locations":[{{"location":{{{said}}}}},{{"index":0}},{{"index":-1}},{{"index":7}}]}},
            {{"locations":[]}}]}},{{"threadFlows":[{{"locations":[{{"location":{{{at}}}}}]}}]}}],
        "fixes":[{{"description":{{"text":"quote"}},"artifactChanges":[{{"artifactLocation":{{"uri":"a.c"}},
            "replacements":[{{"deletedRegion":{{"startLine":4}},"insertedContent":{{"text":"q(x)"}}}},
                {{"deletedRegion":{{"startLine":5}}}}]}}]}},
            {{"artifactChanges":[{{"artifactLocation":{{"uri":"a.c"}},
            "replacements":[{{"deletedRegion":{{"startLine":4}},"insertedContent":{{"binary":"AAA="}}}}]}}]}}]}}"#
    );
    let all = read(run, &result);
    let claim = &all.claims[0];
    let first = claim.place.as_ref().unwrap();
    assert_eq!((first.scope.as_str(), first.columns), ("shop::pay", Columns::Chars));
    assert_eq!((first.end.line, first.end.column), (1, 5));
    assert_eq!(claim.more_places.len(), 1);
    assert_eq!(claim.related.len(), 1);
    assert_eq!(claim.related[0].message, "from here");
    let steps: Vec<Vec<&str>> =
        claim.traces.iter().map(|trace| trace.iter().map(|step| step.message.as_str()).collect()).collect();
    assert_eq!(steps, [vec!["from here", "shared"], vec![""]]);
    assert_eq!(claim.fixes.len(), 1);
    let texts: Vec<&str> = claim.fixes[0].edits.iter().map(|edit| edit.text.as_str()).collect();
    assert_eq!(texts, ["q(x)", ""]);
}

#[test]
fn a_secret_is_masked_wherever_the_claim_quotes_it() {
    let run = r#""tool":{"driver":{"name":"gitleaks","rules":[{"id":"aws-key"},{"id":"Slack"},{"id":"Slack Webhook"}]}}"#;
    let result = |fields: &str, region: &str| {
        format!(
            r#"{{{fields},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"a.py"}},
                "region":{{"startLine":3,{region}}}}}}}]}}"#
        )
    };
    let rows = [
        result(
            r#""ruleId":"aws-key","message":{"text":"found AKIAABCDEFGH1234"},"properties":{"offender":"AKIAABCDEFGH1234"},
               "partialFingerprints":{"commitSha":"c0ffee","email":"a@b.c"}"#,
            r#""snippet":{"text":"  key = AKIAABCDEFGH1234 # x"}"#,
        ),
        result(
            r#""ruleId":"aws-key","message":{"text":"aws-key has detected secret for file a.py"}"#,
            r#""startColumn":3,"endColumn":19,"snippet":{"text":"AKIAABCDEFGH1234"}"#,
        ),
        result(
            r#""message":{"text":"Slack Webhook secret detected"}"#,
            r#""snippet":{"text":"  x = 'AKIAABCDEFGH1234'"}"#,
        ),
    ];
    let all = read(run, &rows.join(","));
    let rules: Vec<&str> = all.claims.iter().map(|claim| claim.rule.as_str()).collect();
    assert_eq!(rules, ["aws-key", "aws-key", "Slack Webhook"]);
    for claim in &all.claims {
        assert_eq!(claim.kind, crate::domain::Kind::Secret);
        assert!(!format!("{claim:?}").contains("ABCDEFGH"), "{claim:?}");
        assert!(claim.prints.is_empty());
    }
    assert_eq!(all.claims[0].place.as_ref().unwrap().snippet, "  key = AKIA**** # x");
}

#[test]
fn a_dependency_claim_names_its_package() {
    for (tool, rule, message, logical, purl, aliases) in [
        (
            "Trivy",
            r#"{"id":"CVE-2019-14697","properties":{"tags":["vulnerability","CRITICAL"],"security-severity":"9.8"}}"#,
            "Package: musl\\nInstalled Version: 1.1.20-r4\\nVulnerability CVE-2019-14697\\nSeverity: CRITICAL\\nFixed Version: 1.1.20-r5",
            "",
            "",
            &[][..],
        ),
        (
            "Grype",
            r#"{"id":"GHSA-aaaa-bbbb-cccc-musl","help":{"text":"Package: musl\nVersion: 1.1.20-r4\nFix Version: 1.1.20-r5\nType: apk"}}"#,
            "A high vulnerability in apk package: musl, version 1.1.20-r4 was found at: /lib/apk/db/installed",
            "",
            "pkg:apk/musl@1.1.20-r4",
            &[],
        ),
        (
            "osv-scanner",
            r#"{"id":"CVE-2021-23337","deprecatedIds":["CVE-2021-23337","GHSA-35jh-r3h4-6jhm"]}"#,
            "Package 'musl@1.1.20-r4' is vulnerable to 'CVE-2021-23337' (also known as 'GHSA-35jh-r3h4-6jhm').",
            "",
            "",
            &["GHSA-35jh-r3h4-6jhm"],
        ),
        (
            "Snyk Open Source",
            r#"{"id":"SNYK-JS-MUSL-1","properties":{"tags":["security","CWE-79","npm"]}}"#,
            "This file introduces a vulnerable musl package with a high severity vulnerability.",
            "musl@1.1.20-r4",
            "pkg:npm/musl",
            &[],
        ),
        (
            "dependency-check",
            r#"{"id":"CVE-2020-1"}"#,
            "m",
            "pkg:npm/musl@1.1.20-r4",
            "pkg:npm/musl@1.1.20-r4",
            &[],
        ),
    ] {
        let run = format!(r#""tool":{{"driver":{{"name":"{tool}","rules":[{rule}]}}}}"#);
        let result = format!(
            r#"{{"ruleIndex":0,"message":{{"text":"{message}"}},"locations":[{{"logicalLocations":[{{"fullyQualifiedName":"{logical}"}}],
            "physicalLocation":{{"artifactLocation":{{"uri":"package.json"}},"region":{{"startLine":1,"endLine":1}}}}}}]}}"#
        );
        let all = read(&run, &result);
        let claim = &all.claims[0];
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(package.name, "musl", "{tool}");
        assert_eq!(
            (package.purl.as_str(), package.aliases.as_slice()),
            (purl, &aliases.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()[..]),
            "{tool}"
        );
        assert_eq!(
            claim.place,
            Some(crate::domain::Place {
                scope: claim.place.as_ref().unwrap().scope.clone(),
                ..crate::domain::Place::file("package.json")
            }),
            "{tool}"
        );
        assert_eq!(claim.rule, all.rules[0].id, "{tool}");
    }
    let all = read(
        r#""tool":{"driver":{"name":"Trivy","rules":[{"id":"GPL-3.0","properties":{"tags":["license"]}}]}}"#,
        r#"{"ruleId":"GPL-3.0","message":{"text":"GPL"}}"#,
    );
    assert_eq!(all.aside.len(), 1);
}

#[test]
fn prints_that_identify_something_else_are_left_out() {
    let all = read(
        TOOL,
        r#"{"ruleId":"R","fingerprints":{"matchBasedId/v1":"requires login","0":"ab"},"correlationGuid":"g",
        "partialFingerprints":{"primaryLocationLineHash":"c:1","primaryLocationStartColumnFingerprint":"4","scanFileHash":"f","n":7}}"#,
    );
    let names: Vec<&str> = all.claims[0].prints.iter().map(|print| print.name.as_str()).collect();
    assert_eq!(names, ["0", "primaryLocationLineHash", "n", "correlationGuid"]);
}

#[test]
fn a_region_told_in_characters_alone_is_the_whole_file_with_a_note() {
    let result = r#"{"ruleId":"R","locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.c"},
        "region":{"charOffset":254,"charLength":3}}}]}"#;
    let all = read(TOOL, result);
    assert_eq!(all.claims[0].place.as_ref().unwrap().start.line, 0);
    assert_eq!(all.claims[0].notes, [("offset".to_owned(), "character 254".to_owned())]);
}
