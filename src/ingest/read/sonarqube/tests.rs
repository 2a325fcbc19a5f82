use serde_json::json;

use super::*;
use crate::domain::{Columns, Kind, Point};
use crate::ingest::read::damage::bears_damage;
use crate::ingest::reader::Failure;
use crate::ingest::reader::collect::{Collected, read_all, refused};

fn issue() -> Value {
    json!({
        "key": "AYvN", "rule": "javasecurity:S2076", "severity": "MAJOR", "type": "VULNERABILITY", "status": "OPEN",
        "component": "shop:src/Run.java", "project": "shop", "line": 15, "message": "Sanitise this command.",
        "textRange": {"startLine": 15, "endLine": 16, "startOffset": 4, "endOffset": 9},
        "flows": [{"locations": [at(15, "sink"), at(9, "source")]}, {"locations": [at(15, "sink")]}],
        "tags": ["cwe-78", "owasp-a1", "owasp-2021-a3", "cwe"]
    })
}

fn at(line: u32, msg: &str) -> Value {
    json!({"component": "shop:src/Run.java", "msg": msg,
           "textRange": {"startLine": line, "endLine": line, "startOffset": 0, "endOffset": 3}})
}

fn report(issues: Value) -> Value {
    json!({
        "total": 42, "paging": {"pageIndex": 1, "pageSize": 100, "total": 1}, "effortTotal": 5, "issues": issues,
        "components": [{"key": "shop:src/Run.java", "path": "src/Run.java"}, {"key": "shop"}],
        "rules": [{"key": "javasecurity:S2076", "name": "OS commands", "securityStandards": ["cwe:88", "owaspTop10:a1"]}]
    })
}

fn one(changes: Value) -> Collected {
    let mut issue = issue();
    for (key, value) in changes.as_object().unwrap() {
        issue[key] = value.clone();
    }
    read_all(&SonarQube, &report(json!([issue])).to_string())
}

#[test]
fn a_vulnerability_becomes_a_claim_with_its_flow_from_source_to_sink() {
    let read = one(json!({}));
    assert!(read.heads[0].troubles.is_empty());
    assert_eq!(read.rules[0].title, "OS commands");
    let claim = &read.claims[0];
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.columns), ("src/Run.java", Columns::Utf16));
    assert_eq!((place.start, place.end), (Point { line: 15, column: 5 }, Point { line: 16, column: 10 }));
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Medium, "MAJOR"));
    assert_eq!(claim.cwes, [Cwe(78), Cwe(88)]);
    assert_eq!(claim.owasp, ["A01:2017", "A03:2021"]);
    let flow: Vec<_> = claim.traces[0].iter().map(|step| step.message.as_str()).collect();
    assert_eq!((flow, claim.related.len()), (vec!["source", "sink"], 0));
    assert_eq!(claim.prints[0].value, "AYvN");
}

#[test]
fn flows_of_one_place_each_are_related_places() {
    let read =
        one(json!({"flows": [{"locations": [at(1, "a")]}, {"locations": [at(2, "b")]}, {"locations": []}]}));
    assert_eq!((read.claims[0].related.len(), read.claims[0].traces.len()), (2, 0));
}

#[test]
fn quality_is_set_aside_unless_it_has_an_impact_on_security() {
    assert_eq!(one(json!({"type": "CODE_SMELL"})).aside[0].1, "a code smell without an impact on security");
    assert_eq!(one(json!({"type": "BUG"})).aside.len(), 1);
    let impacts = json!([{"softwareQuality": "RELIABILITY", "severity": "LOW"},
                         {"softwareQuality": "SECURITY", "severity": "BLOCKER"}]);
    let claim = &one(json!({"type": "CODE_SMELL", "impacts": impacts})).claims[0];
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Critical, "BLOCKER"));
}

#[test]
fn decisions_made_in_sonarqube_are_kept() {
    for (changes, suppressed, aside) in [
        (json!({"status": "RESOLVED", "resolution": "FALSE-POSITIVE"}), "false positive", 0),
        (json!({"issueStatus": "ACCEPTED"}), "accepted", 0),
        (json!({"status": "CLOSED", "resolution": "FIXED"}), "", 1),
        (json!({"status": "CONFIRMED"}), "", 0),
    ] {
        let read = one(changes);
        assert_eq!(read.aside.len(), aside);
        let claim = read.claims.first();
        let why = claim.and_then(|claim| claim.suppression.as_ref()).map(|one| one.justification.as_str());
        assert_eq!(why.unwrap_or_default(), suppressed);
    }
}

#[test]
fn hotspots_are_claims_and_what_was_reviewed_as_safe_is_suppressed() {
    let hotspot = |status: &str, resolution: Value| {
        json!({"key": "H", "component": "shop:src/a.py", "project": "shop", "securityCategory": "csrf",
               "vulnerabilityProbability": "HIGH", "status": status, "resolution": resolution, "line": 8,
               "message": "Make sure it is safe.", "ruleKey": "python:S4502"})
    };
    let all = json!([
        hotspot("TO_REVIEW", Value::Null),
        hotspot("REVIEWED", json!("SAFE")),
        hotspot("REVIEWED", json!("FIXED"))
    ]);
    let text = json!({"paging": {"total": 9}, "hotspots": all, "components": []}).to_string();
    let read = read_all(&SonarQube, &text);
    assert_eq!(read.heads[0].troubles, ["this is one page of several: it holds 3 of 9 findings"]);
    assert_eq!((read.claims.len(), read.aside.len()), (2, 1));
    let claim = &read.claims[0];
    assert_eq!((claim.rule.as_str(), claim.severity), ("python:S4502", Severity::High));
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.start.line), ("src/a.py", 8));
    assert_eq!(read.claims[1].suppression.as_ref().unwrap().justification, "reviewed as safe");
}

#[test]
fn a_report_with_rules_by_their_id_is_read() {
    let text = json!({
        "sonarBaseURL": "https://sonar.example", "hotspotKeys": ["K"],
        "rules": {"python:S4502": {"name": "Disabling CSRF protections", "severity": "CRITICAL", "htmlDesc":
            "<p>Use &lt;form&gt;.</p> <a href=\"https://cwe.mitre.org/data/definitions/352.html\">CWE</a>"}},
        "issues": [{"rule": "python:S4502", "severity": "CRITICAL", "status": "TO_REVIEW", "component": "app.py",
                    "line": 8, "message": "Make sure.", "key": "K"}]
    });
    let read = read_all(&SonarQube, &text.to_string());
    assert_eq!(read.rules[0].help, "Use <form>. CWE");
    let claim = &read.claims[0];
    assert_eq!((claim.severity, &claim.cwes), (Severity::High, &vec![Cwe(352)]));
    assert!(claim.notes.contains(&("type".to_owned(), "security hotspot".to_owned())));
}

#[test]
fn a_vulnerable_component_names_its_weakness_in_the_message() {
    let read = one(json!({"rule": "OWASP:UsingComponentWithKnownVulnerability", "tags": ["cwe-937"],
        "message": "Filename: package:1.1.2 | Reference: CVE-2024-2529 | Category: CWE-120 | Category: CWE-79 | x"}));
    let claim = &read.claims[0];
    assert_eq!(claim.cwes, [Cwe(120), Cwe(79), Cwe(937)]);
    assert_eq!((claim.kind, claim.rule.as_str()), (Kind::Dependency, "CVE-2024-2529"));
    let read = one(json!({"rule": "OWASP:UsingComponentWithKnownVulnerability", "component": "shop",
        "message": "Filename: jose-9.24.jar | Highest CVSS Score: 7.5 | References: CVE-2023-1 (7.5), GHSA-2 (1)"}));
    let claim = &read.claims[0];
    let dependency = claim.dependency.as_ref().unwrap();
    assert_eq!((claim.rule.as_str(), claim.place.is_none()), ("CVE-2023-1", true));
    assert_eq!(
        (dependency.name.as_str(), &dependency.aliases),
        ("jose-9.24.jar", &vec!["GHSA-2".to_owned()])
    );
    assert_eq!(one(json!({"component": "shop"})).unreadable[0].1, Failure::NamesNoCode);
}

#[test]
fn what_is_no_issue_is_told() {
    let read =
        read_all(&SonarQube, &report(json!([issue(), {"rule": "x"}, {"component": "y"}, 3])).to_string());
    let failures: Vec<_> = read.unreadable.iter().map(|(_, failure)| *failure).collect();
    assert_eq!(failures, [Failure::NamesNoCode, Failure::WrongShape, Failure::WrongShape]);
    assert!(matches!(refused(&SonarQube, "{}"), ReadError::Unsupported(_)));
}

#[test]
fn broken_documents_neither_panic_nor_lose_issues() {
    bears_damage(&SonarQube, &report(json!([issue(), issue()])).to_string(), &["issues"]);
}
