use serde_json::json;

use super::*;
use crate::domain::{Columns, Confidence, Cwe, Kind, Point, SuppressionSource};
use crate::ingest::read::damage::bears_damage;
use crate::ingest::reader::Failure;
use crate::ingest::reader::collect::{Collected, read_all, refused};

fn result() -> Value {
    json!({
        "check_id": "python.lang.security.audit.dangerous-call",
        "path": "./shop/pay.py",
        "start": {"line": 31, "col": 5, "offset": 285},
        "end": {"line": 32, "col": 9, "offset": 314},
        "extra": {
            "message": "Detected a call with user data.",
            "severity": "ERROR",
            "fingerprint": "1d0cfd65_0",
            "lines": "é = run(\n    argv)",
            "is_ignored": false,
            "fix": "run_safely(argv)",
            "metavars": {"$CMD": {"abstract_content": "argv", "start": {"line": 1, "col": 1}}},
            "metadata": {
                "cwe": ["78"], "owasp": ["A01:2017 - Injection", "A03:2021 - Injection"],
                "category": "security", "confidence": "MEDIUM", "likelihood": "LOW", "impact": "HIGH",
                "references": ["https://docs.example/subprocess"], "source": "https://semgrep.example/r/dangerous-call"
            },
            "dataflow_trace": {
                "taint_source": ["CliCall", [
                    [at(9), "read()"], [{"location": at(2), "content": "a"}, {"location": at(3), "content": "b"}],
                    ["CliLoc", [at(1), "sys.argv"]]]],
                "intermediate_vars": [{"location": at(20), "content": "argv"}],
                "taint_sink": ["CliCall", [
                    [at(31), "pay(argv)"], [{"location": at(40), "content": "v"}], ["CliLoc", [at(41), "run(v)"]]]]
            },
            "engine_kind": "OSS", "validation_state": "NO_VALIDATOR"
        }
    })
}

fn at(line: u32) -> Value {
    json!({"path": "shop/pay.py", "start": {"line": line, "col": 1, "offset": 0}, "end": {"line": line, "col": 4}})
}

fn report(results: Value) -> Value {
    json!({
        "version": "1.97.0", "results": results, "skipped_rules": [], "interfile_languages_used": [],
        "errors": [{"code": 2, "level": "warn", "type": "Timeout", "rule_id": "slow-rule", "path": "shop/big.py",
                    "message": "Timeout when running slow-rule"},
                   {"code": 3, "level": "warn", "type": ["PartialParsing", [at(3)]], "path": "shop/odd.py"}],
        "paths": {"scanned": ["shop/pay.py", "shop/big.py", "shop/odd.py", "./shop/ok.py"]}
    })
}

fn one(result: Value) -> Collected {
    read_all(&Semgrep, &report(json!([result])).to_string())
}

/// A result with one value put at a path of keys.
fn with(pointer: &str, value: Value) -> Value {
    let mut result = result();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    result.pointer_mut(parent).unwrap()[key] = value;
    result
}

#[test]
fn a_result_becomes_a_claim_with_its_place_trace_and_fix() {
    let read = one(result());
    let claim = &read.claims[0];
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.columns), ("shop/pay.py", Columns::Bytes));
    assert_eq!((place.start, place.end), (Point { line: 31, column: 5 }, Point { line: 32, column: 9 }));
    // Columns count bytes: `é` is two.
    assert_eq!((place.snippet.as_str(), place.context_line), (" run(\n    argv", 31));
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::High, "ERROR"));
    assert_eq!((&claim.cwes, claim.confidence), (&vec![Cwe(78)], Some(Confidence::Medium)));
    assert_eq!(claim.owasp, ["A01:2017", "A03:2021"]);
    assert_eq!(claim.prints[0].value, "1d0cfd65_0");
    assert_eq!(claim.fixes[0].edits[0].text, "run_safely(argv)");
    assert!(claim.notes.contains(&("$CMD".to_owned(), "argv".to_owned())));
    assert!(claim.suppression.is_none());
    let rule = &read.rules[0];
    assert_eq!((rule.title.as_str(), rule.cwes.len()), ("dangerous call", 1));
    assert_eq!(rule.link, "https://semgrep.example/r/dangerous-call");
}

#[test]
fn a_trace_runs_from_source_to_sink_through_calls() {
    let read = one(result());
    let lines: Vec<_> = read.claims[0].traces[0]
        .iter()
        .map(|step| (step.place.start.line, step.place.snippet.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (1, "sys.argv"),
            (2, "a"),
            (3, "b"),
            (9, "read()"),
            (20, "argv"),
            (31, "pay(argv)"),
            (40, "v"),
            (41, "run(v)")
        ]
    );
}

#[test]
fn a_file_with_an_error_is_scanned_but_not_covered() {
    let read = one(result());
    let head = &read.heads[0];
    assert!(head.coverage_is_complete && !head.rules_are_complete);
    assert_eq!(head.troubles[0], "Timeout: slow-rule: shop/big.py: Timeout when running slow-rule");
    assert_eq!(head.troubles.len(), 2);
    assert_eq!(read.covered, ["shop/ok.py", "shop/pay.py"]);
}

#[test]
fn severities_are_graded_and_kept_in_their_words() {
    for (words, grade) in [
        ("CRITICAL", Severity::Critical),
        ("HIGH", Severity::High),
        ("ERROR", Severity::High),
        ("MEDIUM", Severity::Medium),
        ("WARNING", Severity::Medium),
        ("LOW", Severity::Low),
        ("INFO", Severity::Info),
        ("EXPERIMENT", Severity::Info),
        ("novel", Severity::Info),
    ] {
        let claim = &one(with("/extra/severity", json!(words))).claims[0];
        assert_eq!((claim.severity, claim.severity_words.as_str()), (grade, words));
    }
}

#[test]
fn what_claims_no_weakness_is_set_aside() {
    assert_eq!(one(with("/extra/severity", json!("INVENTORY"))).aside.len(), 1);
    let style = json!({"category": "best-practice"});
    assert_eq!(one(with("/extra/metadata", style)).aside[0].1, "a rule about best-practice, not security");
    // A CWE says that somebody thought of a weakness.
    let weak = json!({"category": "correctness", "cwe": "697"});
    assert_eq!(one(with("/extra/metadata", weak)).claims[0].cwes, [Cwe(697)]);
    assert_eq!(one(with("/extra/metadata", json!({}))).claims.len(), 1);
    // Without metadata, the registry's folders tell.
    for (rule, claims) in [
        ("python.lang.correctness.useless-eqeq", 0),
        ("python.lang.security.audit.correctness.x", 1),
        ("mine.correctness", 1),
    ] {
        let mut bare = with("/extra/metadata", json!({}));
        bare["check_id"] = json!(rule);
        assert_eq!(one(bare).claims.len(), claims, "{rule}");
    }
}

#[test]
fn owasp_categories_are_shortened_only_where_they_have_a_year() {
    let read = one(with("/extra/metadata", json!({"owasp": "A3: Sensitive Data Exposure"})));
    assert_eq!(read.claims[0].owasp, ["A3: Sensitive Data Exposure"]);
}

#[test]
fn what_is_withheld_without_an_account_is_neither_identity_nor_code() {
    let mut result = with("/extra/fingerprint", json!("requires login"));
    result["extra"]["lines"] = json!("requires login");
    let claim = &one(result).claims[0];
    assert!(claim.prints.is_empty());
    assert_eq!(claim.place.as_ref().unwrap().context, "");
}

#[test]
fn a_nosemgrep_comment_is_a_suppression_in_the_code() {
    let mut result = with("/extra/is_ignored", json!(true));
    result["extra"]["justification"] = json!("validated upstream");
    let read = read_all(&OpenGrep, &report(json!([result])).to_string());
    let suppression = read.claims[0].suppression.as_ref().unwrap();
    assert_eq!(suppression.source, SuppressionSource::Code);
    assert_eq!(suppression.justification, "validated upstream");
    assert_eq!(read.heads[0].tool, "opengrep");
}

#[test]
fn opengrep_is_told_from_semgrep_by_what_only_it_writes() {
    for (version, extra, tool) in [
        ("1.97.0", json!({}), "semgrep"),
        ("1.182.0", json!({}), "semgrep"),
        ("1.8.1", json!({}), "opengrep"),
        ("1.97.0", json!([{"kind": "class", "name": "Shop"}, {"kind": "method", "name": "pay"}]), "opengrep"),
    ] {
        let mut result = result();
        if extra.is_array() {
            result["extra"]["enclosing_context"] = extra;
        }
        let mut document = report(json!([result]));
        document["version"] = json!(version);
        let text = document.to_string();
        let read = read_all(&Semgrep, &text);
        assert_eq!(read.heads[0].tool, tool, "{version}");
        let shape = Document::bytes("x", text).shape().unwrap();
        assert_eq!(OpenGrep.recognises(&shape), tool == "opengrep", "{version}");
    }
    let scoped = with("/extra/enclosing_context", json!([{"name": "Shop"}, {"name": "pay"}]));
    assert_eq!(one(scoped).claims[0].place.as_ref().unwrap().scope, "Shop.pay");
}

#[test]
fn a_secret_is_masked_wherever_it_is_quoted() {
    let key = "AKIAIOSFODNN7EXAMPLE";
    let mut result = result();
    result["check_id"] = json!("generic.secrets.security.aws-key");
    result["start"] = json!({"line": 3, "col": 8});
    result["end"] = json!({"line": 3, "col": 28});
    result["extra"]["lines"] = json!(format!("key = '{key}'"));
    result["extra"]["message"] = json!(format!("An AWS key ({key}) was found."));
    result["extra"]["metavars"] = json!({"$1": {"abstract_content": key}});
    result["extra"]["validation_state"] = json!("CONFIRMED_VALID");
    let claim = &one(result).claims[0];
    assert_eq!(claim.kind, Kind::Secret);
    assert!(!serde_json::to_string(claim).unwrap().contains(key));
    assert_eq!(claim.place.as_ref().unwrap().context, "key = 'AKIA****'");
    assert!(claim.notes.contains(&("validation".to_owned(), "confirmed valid".to_owned())));
}

#[test]
fn a_supply_chain_result_is_about_its_dependency() {
    let mut result = with(
        "/extra/sca_info",
        json!({"reachable": true, "reachability_rule": true, "sca_finding_schema": 20220913, "dependency_match": {
            "dependency_pattern": {"ecosystem": "pypi", "package": "grpcio", "semver_range": "< 1.53.0"},
            "found_dependency": {"package": "grpcio", "version": "1.47.0", "ecosystem": "pypi", "transitivity": "direct",
                                 "line_number": 12},
            "lockfile": "requirements.txt"}}),
    );
    result["check_id"] = json!("ssc-82207871");
    result["extra"]["metadata"] = json!({
        "sca-vuln-database-identifier": "CVE-2023-1428", "sca-fix-versions": [{"grpc": "1.2"}, {"grpcio": "1.53.0"}],
        "references": ["https://github.com/advisories/GHSA-6628-q6j9-w8vg", "https://nvd.example/CVE-2023-1428"]
    });
    let claim = &one(result).claims[0];
    let dependency = claim.dependency.as_ref().unwrap();
    assert_eq!((claim.kind, claim.rule.as_str()), (Kind::Dependency, "ssc-82207871"));
    assert_eq!(dependency.purl, "pkg:pypi/grpcio@1.47.0");
    assert_eq!(dependency.fixed, ["1.53.0"]);
    assert_eq!(dependency.aliases, ["CVE-2023-1428", "GHSA-6628-q6j9-w8vg"]);
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.start.line), ("requirements.txt", 12));
    assert_eq!(claim.related[0].place.path, "shop/pay.py");
}

#[test]
fn elements_that_are_no_results_are_told_as_unreadable() {
    let read = read_all(
        &Semgrep,
        &report(json!([result(), {"path": "a.py"}, "x", null, {"check_id": "r", "path": 7}])).to_string(),
    );
    assert_eq!(read.claims.len(), 1);
    let failures: Vec<_> = read.unreadable.iter().map(|(_, failure)| *failure).collect();
    assert_eq!(
        failures,
        [Failure::WrongShape, Failure::WrongShape, Failure::WrongShape, Failure::NamesNoCode]
    );
}

#[test]
fn a_bare_report_without_findings_is_recognised_and_one_without_results_refused() {
    assert!(read_all(&Semgrep, r#"{"results": [], "errors": []}"#).claims.is_empty());
    assert!(matches!(refused(&Semgrep, r#"{"errors": []}"#), ReadError::Unsupported(_)));
    assert!(matches!(refused(&Semgrep, r#"{"results": {}}"#), ReadError::Unsupported(_)));
}

#[test]
fn rules_are_complete_when_the_run_was_timed() {
    let mut document = report(json!([]));
    document["time"] = json!({"rules": ["a", {"id": "b"}, "c"], "targets": []});
    document["skipped_rules"] = json!([{"rule_id": "c", "details": "needs a plugin"}]);
    let read = read_all(&Semgrep, &document.to_string());
    assert!(read.heads[0].rules_are_complete);
    let ids: Vec<_> = read.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}

fn vuln(repository: &str) -> Value {
    json!({
        "title": "Reachable Assertion in grpc",
        "advisory": {
            "ruleId": "ssc-82207871", "title": "Reachable Assertion in grpc", "description": "grpc may abort.",
            "ecosystem": "gem", "severity": "HIGH",
            "references": {"cveIds": ["CVE-2023-1428"], "cweIds": ["617"], "owaspIds": ["A06:2021 - Outdated"],
                           "urls": ["https://github.com/advisories/GHSA-6628-q6j9-w8vg"]},
            "safeDependencies": [{"name": "grpc", "versionSpecifier": "1.2"},
                                 {"name": "grpcio", "versionSpecifier": "1.53.0"}],
            "reachableIf": "you serve HTTP/2"
        },
        "exposureType": "REACHABLE", "repositoryId": "1", "repositoryName": repository,
        "matchedDependency": {"name": "grpcio", "versionSpecifier": "1.47.0"},
        "dependencyFileLocation": {"path": "requirements.txt", "startLine": "222", "startCol": "0", "endLine": "0"},
        "triage": {"status": "NEW", "dismissReason": "UNKNOWN_REASON"}, "groupKey": "1::::ssc-82207871::reachable",
        "closestSafeDependency": {"name": "grpcio", "versionSpecifier": "1.53.0"},
        "usages": [{"location": {"path": "src/a.py", "startLine": "24", "startCol": "57", "endLine": "24"}}]
    })
}

#[test]
fn the_platforms_findings_are_dependency_claims() {
    let text = json!({"vulns": [vuln("acme/shop")], "cursor": "9", "hasMore": true}).to_string();
    let read = read_all(&Platform, &text);
    assert_eq!(read.heads[0].troubles.len(), 1);
    let claim = &read.claims[0];
    let dependency = claim.dependency.as_ref().unwrap();
    assert_eq!((dependency.purl.as_str(), dependency.fixed.len()), ("pkg:pypi/grpcio@1.47.0", 1));
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.start.line), ("requirements.txt", 222));
    assert_eq!(claim.related[0].place.start, Point { line: 24, column: 57 });
    assert_eq!((claim.severity, &claim.cwes), (Severity::High, &vec![Cwe(617)]));
}

#[test]
fn several_repositories_in_one_page_keep_their_files_apart() {
    let mut fixed = vuln("acme/bank");
    fixed["triage"]["status"] = json!("FIXED");
    let mut ignored = vuln("acme/bank");
    ignored["triage"] = json!({"status": "IGNORED", "dismissReason": "NO_TIME"});
    let text = json!({"vulns": [vuln("acme/shop"), ignored, fixed, {}], "hasMore": false}).to_string();
    let read = read_all(&Platform, &text);
    let files: Vec<_> = read.claims.iter().map(|claim| claim.place.as_ref().unwrap().path.as_str()).collect();
    assert_eq!(files, ["acme/shop/requirements.txt", "acme/bank/requirements.txt"]);
    assert_eq!(read.claims[1].suppression.as_ref().unwrap().justification, "no time");
    assert_eq!((read.aside.len(), read.unreadable.len()), (1, 1));
}

#[test]
fn broken_documents_neither_panic_nor_lose_results() {
    bears_damage(&Semgrep, &report(json!([result()])).to_string(), &["results"]);
    bears_damage(
        &Platform,
        &json!({"vulns": [vuln("a"), vuln("b")], "hasMore": true}).to_string(),
        &["vulns"],
    );
}
