use serde_json::json;

use super::*;
use crate::domain::{Confidence, Cwe, Kind};
use crate::ingest::read::damage::bears_damage;
use crate::ingest::reader::Failure;
use crate::ingest::reader::collect::{Collected, read_all, refused};

fn sast() -> Value {
    json!({
        "id": "38e1bf84", "category": "sast", "name": "Reflected cross site scripting",
        "description": "HTTP parameter written to Servlet output", "cve": "3e7ef:XSS:src/Xss.java:96",
        "severity": "High", "confidence": "Medium", "scanner": {"id": "find_sec_bugs", "name": "Find Security Bugs"},
        "location": {"file": "./src/Xss.java", "start_line": 96, "end_line": 98, "class": "shop.Xss", "method": "doPost"},
        "identifiers": [
            {"type": "cwe", "name": "CWE-79", "value": "79", "url": "https://cwe.example/79"},
            {"type": "find_sec_bugs_type", "name": "Find Security Bugs-XSS", "value": "XSS_WRITER", "url": "https://x"},
            {"type": "owasp", "name": "A03:2021 - Injection", "value": "A03:2021"}],
        "flags": [{"type": "flagged-as-likely-false-positive", "origin": "vet", "description": "dead code"}],
        "tracking": {"type": "source", "items": [{"file": "src/Xss.java", "line_start": 96, "signatures": [
            {"algorithm": "scope_offset", "value": "src/Xss.java|Xss[0]|doPost[0]:4"}]}]},
        "raw_source_code_extract": "out.print(name);",
        "links": [{"url": "https://docs.example/xss"}],
        "code_flows": [[
            {"file_location": {"file_name": "src/Xss.java", "line_start": 90, "line_end": 90}, "node_type": "source"},
            {"file_location": {"file_name": "src/Xss.java", "line_start": 96}, "node_type": "sink"}]]
    })
}

fn dependency() -> Value {
    json!({
        "id": "2d8b607c", "category": "dependency_scanning", "name": "XML Entity Expansion",
        "message": "XML Entity Expansion in gopkg.in/yaml.v2", "description": "A Billion Laughs attack.",
        "cve": "service/go.sum:gopkg.in/yaml.v2:gemnasium:7368f513", "severity": "Unknown",
        "solution": "Upgrade to version 2.2.3 or above.", "scanner": {"id": "gemnasium", "name": "Gemnasium"},
        "location": {"file": "service/go.sum", "dependency": {"package": {"name": "gopkg.in/yaml.v2"},
                     "version": "v2.2.2", "iid": 3, "direct": false, "dependency_path": [{"iid": 1}, {"iid": 2}]}},
        "identifiers": [
            {"type": "gemnasium", "name": "Gemnasium-7368f513", "value": "7368f513", "url": "https://gemnasium.example"},
            {"type": "cve", "name": "CVE-2019-11253", "value": "CVE-2019-11253"},
            {"type": "cwe", "name": "CWE-776", "value": "776"}],
        "cvss_vectors": [{"vendor": "NVD", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]
    })
}

fn report(kind: &str, scanner: &str, vulnerabilities: Value) -> Value {
    json!({
        "version": "15.0.4", "vulnerabilities": vulnerabilities,
        "scan": {"type": kind, "status": "success", "start_time": "2026-01-02T03:04:05",
                 "scanner": {"id": scanner, "name": "x", "version": "4.2.0"}},
        "dependency_files": [{"path": "service/go.sum", "package_manager": "go", "dependencies": [
            {"package": {"name": "example.com/app"}, "version": "v1", "iid": 1},
            {"package": {"name": "example.com/lib"}, "version": "v2", "iid": 2}]}],
        "remediations": [{"fixes": [{"id": "2d8b607c"}], "summary": "Upgrade yaml", "diff": "LS0tIGEK"}]
    })
}

fn one(kind: &str, scanner: &str, vulnerability: Value) -> Collected {
    read_all(&Gitlab, &report(kind, scanner, json!([vulnerability])).to_string())
}

#[test]
fn a_sast_vulnerability_becomes_a_claim() {
    let read = one("sast", "find_sec_bugs", sast());
    let head = &read.heads[0];
    assert_eq!((head.tool.as_str(), head.tool_version.as_str()), ("find-sec-bugs", "4.2.0"));
    let claim = &read.claims[0];
    assert_eq!((claim.rule.as_str(), claim.kind), ("XSS_WRITER", Kind::Code));
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.start.line, place.end.line), ("src/Xss.java", 96, 98));
    assert_eq!((place.scope.as_str(), place.snippet.as_str()), ("shop.Xss.doPost", "out.print(name);"));
    assert_eq!((claim.severity, claim.confidence), (Severity::High, Some(Confidence::Medium)));
    assert_eq!((&claim.cwes, &claim.owasp), (&vec![Cwe(79)], &vec!["A03:2021".to_owned()]));
    let prints: Vec<_> = claim.prints.iter().map(|print| print.name.as_str()).collect();
    assert_eq!(prints, ["tracking/scope_offset", "id", "cve"]);
    let flow: Vec<_> =
        claim.traces[0].iter().map(|step| (step.place.start.line, step.message.as_str())).collect();
    assert_eq!(flow, [(90, "source"), (96, "sink")]);
    assert!(claim.notes.iter().any(|(name, text)| name == "flag" && text.ends_with("dead code")));
}

#[test]
fn a_dependency_names_its_package_its_manifest_and_its_fix() {
    let read = one("dependency_scanning", "gemnasium", dependency());
    let claim = &read.claims[0];
    assert_eq!((claim.rule.as_str(), claim.kind), ("Gemnasium-7368f513", Kind::Dependency));
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Info, "Unknown"));
    let dependency = claim.dependency.as_ref().unwrap();
    assert_eq!(dependency.purl, "pkg:golang/gopkg.in/yaml.v2@v2.2.2");
    assert_eq!(dependency.fixed, ["2.2.3"]);
    assert_eq!(dependency.aliases, ["CVE-2019-11253"]);
    assert_eq!(dependency.path, ["example.com/app@v1", "example.com/lib@v2"]);
    assert_eq!(claim.place.as_ref().unwrap().path, "service/go.sum");
    assert_eq!((&claim.cwes, claim.scores.len()), (&vec![Cwe(776)], 1));
    assert!(claim.notes.contains(&("proposed diff".to_owned(), "--- a\n".to_owned())));
}

#[test]
fn a_dependency_without_its_package_is_named_by_the_compare_key() {
    let mut bare = dependency();
    bare["location"]["dependency"] = json!({"package": {}});
    let read = one("dependency_scanning", "gemnasium", bare);
    let dependency = read.claims[0].dependency.as_ref().unwrap();
    assert_eq!((dependency.name.as_str(), dependency.version.as_str()), ("gopkg.in/yaml.v2", ""));
    let mut bare = self::dependency();
    bare["location"] = json!({"file": "service/go.sum", "dependency": {"package": {}}});
    bare["cve"] = json!("");
    assert_eq!(one("dependency_scanning", "gemnasium", bare).claims[0].dependency.as_ref().unwrap().purl, "");
}

#[test]
fn a_package_of_an_image_has_no_file_but_a_distribution() {
    let found = json!({
        "id": "c4", "severity": "Critical", "name": "CVE-2021-3711 in openssl",
        "location": {"image": "shop:1", "operating_system": "debian:11",
                     "dependency": {"package": {"name": "openssl"}, "version": "1.1.1k-1"}},
        "identifiers": [{"type": "cve", "name": "CVE-2021-3711", "value": "CVE-2021-3711"}]
    });
    let read = one("container_scanning", "trivy", found);
    let claim = &read.claims[0];
    assert!(claim.place.is_none());
    assert_eq!(claim.dependency.as_ref().unwrap().purl, "pkg:deb/debian/openssl@1.1.1k-1");
    assert!(claim.notes.contains(&("image".to_owned(), "shop:1".to_owned())));
}

#[test]
fn a_secret_is_masked() {
    let key = "glpat-Q1w2E3r4T5y6U7i8O9p0";
    let found = json!({
        "id": "s1", "category": "secret_detection", "name": "GitLab token", "severity": "Critical",
        "description": format!("A token ({key}) was found."), "raw_source_code_extract": key,
        "location": {"file": ".env", "start_line": 3, "commit": {"sha": "0000000"}},
        "identifiers": [{"type": "gitleaks_rule_id", "name": "Gitleaks rule ID gitlab_pat", "value": "gitlab_pat"}]
    });
    let claim = &one("secret_detection", "gitleaks", found).claims[0];
    assert_eq!((claim.kind, claim.rule.as_str()), (Kind::Secret, "gitlab_pat"));
    assert!(!serde_json::to_string(claim).unwrap().contains(key));
    assert_eq!(claim.place.as_ref().unwrap().snippet, "glpa****");
}

#[test]
fn a_merged_report_is_a_run_for_each_scanner() {
    let by = |scanner: &str| {
        let mut found = sast();
        found["scanner"] = json!({"id": scanner});
        found
    };
    let mut unnamed = sast();
    unnamed["scanner"] = Value::Null;
    let all = json!([by("bandit"), by("eslint"), 3, by("bandit"), unnamed]);
    let text = json!({"version": "2.3", "vulnerabilities": all, "remediations": []}).to_string();
    let read = read_all(&Gitlab, &text);
    let tools: Vec<_> = read.heads.iter().map(|head| head.tool.as_str()).collect();
    assert_eq!(tools, ["gitlab-sast", "bandit", "eslint"]);
    assert_eq!(read.claims.len(), 4);
    assert_eq!(read.unreadable, [("vulnerabilities[2]".to_owned(), Failure::WrongShape)]);
}

#[test]
fn a_single_scanner_goes_by_the_reports_name_for_it() {
    let read = one("sast", "njsscan", sast());
    let heads: Vec<_> =
        read.heads.iter().map(|head| (head.tool.as_str(), head.tool_version.as_str())).collect();
    assert_eq!(heads, [("njsscan", "4.2.0")]);
}

#[test]
fn an_old_report_without_a_scan_tells_its_kinds_by_what_it_holds() {
    for (identifier, kind) in [
        ("trufflehog_rule_id", Kind::Secret),
        ("bandit_test_id", Kind::Code),
        ("kics_id", Kind::Configuration),
    ] {
        let found = json!({"name": "x", "location": {"file": "a.py", "start_line": 1, "dependency": {"package": {}}},
                           "identifiers": [{"type": identifier, "name": "B 1", "value": "B1"}]});
        let text = json!({"version": "2.3", "vulnerabilities": [found], "remediations": []}).to_string();
        assert_eq!(read_all(&Gitlab, &text).claims[0].kind, kind, "{identifier}");
    }
}

#[test]
fn the_rule_is_what_most_looks_like_an_id() {
    for (identifiers, rule) in [
        (
            json!([{"type": "njsscan_rule_type", "name": "node_username", "value": "A hardcoded username."}]),
            "node_username",
        ),
        (
            json!([{"type": "t", "name": "TruffleHog rule ID Password in URL", "value": "Password in URL"}]),
            "Password in URL",
        ),
        (json!([{"type": "semgrep_id", "name": "bandit.B101", "value": "bandit.B101"}]), "bandit.B101"),
        (json!([{"type": "cwe", "name": "CWE-79", "value": 79}]), "79"),
        (json!([]), "Reflected cross site scripting"),
        (json!("x"), "Reflected cross site scripting"),
    ] {
        let mut found = sast();
        found["identifiers"] = identifiers;
        assert_eq!(one("sast", "x", found).claims[0].rule, rule);
    }
}

#[test]
fn an_exhaustive_list_of_identifiers_completes_the_rules() {
    let mut document = report("sast", "semgrep", json!([]));
    document["scan"]["primary_identifiers"] = json!([{"type": "semgrep_id", "name": "a", "value": "rules.a"}, {"type": "semgrep_id", "value": "rules.b"}]);
    document["scan"]["status"] = json!("failure");
    document["scan"]["messages"] =
        json!([{"level": "warn", "value": "a file was skipped"}, {"level": "info"}]);
    let read = read_all(&Gitlab, &document.to_string());
    assert!(read.heads[0].rules_are_complete);
    assert_eq!(read.heads[0].troubles.len(), 2);
    assert_eq!(read.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["rules.a", "rules.b"]);
}

#[test]
fn what_names_no_file_or_no_rule_is_told() {
    let dast = json!({"name": "XSS", "category": "dast", "location": {"hostname": "https://shop", "path": "/"},
                      "identifiers": [{"type": "ZAP", "name": "x", "value": "40012"}]});
    let read =
        read_all(&Gitlab, &report("sast", "x", json!([dast, {"location": {"file": "a"}}])).to_string());
    let failures: Vec<_> = read.unreadable.iter().map(|(_, failure)| *failure).collect();
    assert_eq!(failures, [Failure::NamesNoCode, Failure::WrongShape]);
    assert!(
        read_all(&Gitlab, r#"{"version":"2.3","vulnerabilities":[],"remediations":[]}"#).claims.is_empty()
    );
    assert!(matches!(refused(&Gitlab, r#"{"version":"2.3"}"#), ReadError::Unsupported(_)));
}

#[test]
fn broken_documents_neither_panic_nor_lose_vulnerabilities() {
    let sample = report("sast", "semgrep", json!([sast(), dependency(), sast()]));
    bears_damage(&Gitlab, &sample.to_string(), &["vulnerabilities"]);
}

#[test]
fn a_vulnerability_without_a_scanner_is_by_the_tool_of_its_first_identifier() {
    let by = |kind: &str, scanner: Value| {
        json!({"id": kind, "name": "n", "severity": "High", "location": {"file": "a", "start_line": 1}, "scanner": scanner,
            "identifiers": [{"type": kind, "name": "r", "value": "r"}, {"type": "cwe", "name": "CWE-798", "value": "798"}]})
    };
    let kinds = ["eslint_rule_id", "bandit_test_id", "trufflehog_rule_id", "njsscan_rule_type", "cve"];
    let old = ["eslint", "bandit", "trufflehog", "nodejs-scan", ""];
    let reports = [
        json!({"version": "15.0.0", "vulnerabilities": kinds.map(|kind| by(kind, Value::Null))}),
        json!({"version": "14.0.0", "vulnerabilities":
            kinds.iter().zip(old).map(|(kind, id)| by(kind, json!({"id": id}))).collect::<Vec<_>>()}),
    ];
    for report in reports {
        let read = read_all(&Gitlab, &report.to_string());
        let tools: Vec<_> = read.heads.iter().map(|head| head.tool.as_str()).collect();
        assert_eq!(tools, ["gitlab-sast", "eslint", "bandit", "trufflehog", "njsscan"]);
        assert_eq!(read.claims.len(), 5);
        assert!(read.claims.iter().all(|claim| claim.cwes == [Cwe(798)]));
    }
}
