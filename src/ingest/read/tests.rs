//! What holds for every reader, over one table of samples.

use serde_json::{Value, json};

use super::*;
use crate::domain::Kind;
use crate::ingest::document::Document;
use crate::ingest::reader::ReadError;
use crate::ingest::reader::collect::Collected;

/// A report of each format with a claim, and where in it the list of claims stands; none where the document itself is the
/// list, or where a clean scan leaves it out.
const SAMPLES: [(&str, &str, &str); 22] = [
    (
        "sarif",
        "/runs",
        r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "CodeQL"}}, "results": [{"ruleId": "js/sqli",
            "message": {"text": "flows here"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.js"},
            "region": {"startLine": 3}}}]}]}]}"#,
    ),
    (
        "bandit",
        "/results",
        r#"{"errors": [], "metrics": {"_totals": {"loc": 3}}, "results": [{"filename": "src/db.py", "line_number": 14,
            "issue_severity": "MEDIUM", "issue_text": "Possible SQL injection.", "test_id": "B608"}]}"#,
    ),
    (
        "opengrep",
        "/results",
        r#"{"version": "1.11.0", "results": [{"check_id": "python.sqli", "path": "a.py", "start": {"line": 3, "col": 1},
            "end": {"line": 3, "col": 9}, "extra": {"message": "m", "severity": "ERROR", "metadata": {},
            "enclosing_context": []}}], "errors": [], "paths": {"scanned": ["a.py"]}}"#,
    ),
    (
        "semgrep",
        "/results",
        r#"{"version": "1.182.0", "results": [{"check_id": "python.sqli", "path": "a.py", "start": {"line": 3, "col": 1},
            "end": {"line": 3, "col": 9}, "extra": {"message": "m", "severity": "ERROR", "metadata": {}}}],
            "errors": [], "paths": {"scanned": ["a.py"]}}"#,
    ),
    (
        "semgrep-platform",
        "/vulns",
        r#"{"hasMore": false, "vulns": [{"repositoryName": "shop", "advisory": {"ruleId": "ssc-1", "severity": "HIGH"},
            "matchedDependency": {"name": "yaml", "versionSpecifier": "1.0"},
            "dependencyFileLocation": {"path": "go.sum", "startLine": "3"}}]}"#,
    ),
    (
        "gosec",
        "/Issues",
        r#"{"Golang errors": {}, "Issues": [{"severity": "HIGH", "confidence": "HIGH", "rule_id": "G401", "details": "md5",
            "file": "/srv/user.go", "code": "md5.New()", "line": "160", "column": "2"}], "Stats": {"files": 1}}"#,
    ),
    (
        "gitlab",
        "/vulnerabilities",
        r#"{"version": "15.0.4", "scan": {"type": "sast", "scanner": {"id": "semgrep"}}, "vulnerabilities": [{"id": "3e",
            "name": "XSS", "severity": "High", "location": {"file": "a.rb", "start_line": 9},
            "identifiers": [{"type": "semgrep_id", "name": "ruby.xss", "value": "ruby.xss"}]}]}"#,
    ),
    (
        "brakeman",
        "/warnings",
        r#"{"scan_info": {"brakeman_version": "6.1.0"}, "warnings": [{"warning_type": "SQL Injection", "warning_code": 0,
            "check_name": "SQL", "message": "m", "file": "app/models/user.rb", "line": 3, "confidence": "High"}]}"#,
    ),
    (
        "checkov",
        "/results",
        r#"{"check_type": "terraform", "results": {"failed_checks": [{"check_id": "CKV_AWS_20", "check_name": "Public",
            "file_path": "/main.tf", "file_line_range": [1, 3]}]}, "summary": {"checkov_version": "3.2.0"}}"#,
    ),
    (
        "sonarqube",
        "/issues",
        r#"{"total": 1, "issues": [{"key": "AY", "rule": "java:S2077", "component": "shop:src/A.java", "line": 3,
            "type": "VULNERABILITY", "severity": "MAJOR", "message": "m"}], "effortTotal": 5}"#,
    ),
    (
        "snyk",
        "/vulnerabilities",
        r#"{"ok": false, "packageManager": "npm", "displayTargetFile": "package-lock.json", "vulnerabilities": [{
            "id": "SNYK-JS-LODASH-1", "packageName": "lodash", "version": "4.17.4", "severity": "high"}]}"#,
    ),
    (
        "trivy",
        "",
        r#"{"SchemaVersion": 2, "ArtifactName": "shop", "Results": [{"Target": "go.mod", "Class": "lang-pkgs",
            "Type": "gomod", "Vulnerabilities": [{"VulnerabilityID": "CVE-2024-1", "PkgName": "yaml",
            "InstalledVersion": "1.0", "Severity": "HIGH"}]}]}"#,
    ),
    (
        "grype",
        "/matches",
        r#"{"matches": [{"vulnerability": {"id": "CVE-2024-1", "severity": "High"}, "artifact": {"name": "yaml",
            "version": "1.0", "type": "go-module"}}], "source": {"type": "directory", "target": "."}}"#,
    ),
    (
        "osv-scanner",
        "/results",
        r#"{"results": [{"source": {"path": "go.mod", "type": "lockfile"}, "packages": [{"package": {"name": "yaml",
            "version": "1.0", "ecosystem": "Go"}, "vulnerabilities": [{"id": "GO-2024-1"}]}]}]}"#,
    ),
    (
        "cyclonedx",
        "",
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"bom-ref": "a", "name": "yaml",
            "version": "1.0"}], "vulnerabilities": [{"id": "CVE-2024-1", "affects": [{"ref": "a"}]}]}"#,
    ),
    (
        "dependency-check",
        "",
        r#"<?xml version="1.0"?><analysis xmlns="https://jeremylong.github.io/DependencyCheck/dependency-check.2.5.xsd">
            <scanInfo><engineVersion>9.0.0</engineVersion></scanInfo><dependencies><dependency>
            <fileName>yaml.jar</fileName><filePath>/srv/yaml.jar</filePath><vulnerabilities><vulnerability>
            <name>CVE-2024-1</name><severity>HIGH</severity></vulnerability></vulnerabilities></dependency>
            </dependencies></analysis>"#,
    ),
    (
        "npm-audit",
        "/vulnerabilities",
        r#"{"auditReportVersion": 2, "vulnerabilities": {"lodash": {"name": "lodash", "severity": "high", "isDirect": true,
            "via": [{"source": 1523, "name": "lodash", "title": "t", "severity": "high", "range": "<4.17.5",
            "url": "https://github.com/advisories/GHSA-jf85-cpcp-j695"}], "effects": [], "nodes": []}}}"#,
    ),
    (
        "npm-audit-6",
        "/advisories",
        r#"{"actions": [], "advisories": {"1523": {"id": 1523, "module_name": "lodash", "title": "t", "severity": "high",
            "findings": [{"version": "4.17.4", "paths": ["lodash"]}]}}, "muted": [], "metadata": {}}"#,
    ),
    (
        "cargo-audit",
        "/vulnerabilities/list",
        r#"{"database": {}, "lockfile": {"dependency-count": 3}, "vulnerabilities": {"found": true, "count": 1, "list": [{
            "advisory": {"id": "RUSTSEC-2020-0071", "package": "time", "title": "t"},
            "package": {"name": "time", "version": "0.1.44"}, "versions": {"patched": [">=0.2.23"]}}]}}"#,
    ),
    (
        "pip-audit",
        "/dependencies",
        r#"{"dependencies": [{"name": "flask", "version": "0.5", "vulns": [{"id": "PYSEC-2019-179",
            "fix_versions": ["1.0"], "description": "d"}]}], "fixes": []}"#,
    ),
    (
        "eslint",
        "",
        r#"[{"filePath": "/srv/a.js", "messages": [{"ruleId": "no-eval", "severity": 2, "message": "eval can be harmful.",
            "line": 3, "column": 1}], "errorCount": 1}]"#,
    ),
    (
        "model",
        "",
        r#"{"findings": [{"title": "SQL injection", "severity": "high", "file": "src/db.py", "line": 14, "cwe": "CWE-89"}]}"#,
    ),
];

fn reader(format: &str) -> &'static dyn Reader {
    *READERS.iter().find(|reader| reader.about().format == format).unwrap()
}

/// Recognises and reads a document as an import does.
fn imported(text: &str) -> Result<(&'static str, Collected), ReadError> {
    let document = Document::bytes("test", text);
    match recognise(&document)? {
        Recognised::By(reader) => {
            let mut sink = Collected::default();
            reader.read(&document, &mut sink).map(|()| (reader.about().format, sink))
        }
        Recognised::Blank | Recognised::Empty => Ok(("empty", Collected::default())),
        Recognised::Unknown => Ok(("unknown", Collected::default())),
    }
}

fn told(sink: &Collected) -> usize {
    sink.claims.len() + sink.aside.len() + sink.unreadable.len()
}

#[test]
fn every_reader_knows_its_own_sample_among_all_others() {
    let formats: Vec<&str> = READERS.iter().map(|reader| reader.about().format).collect();
    for format in &formats {
        assert!(SAMPLES.iter().any(|(own, ..)| own == format), "{format} has no sample");
    }
    for (format, _, sample) in SAMPLES {
        let (found, sink) = imported(sample).unwrap();
        assert_eq!((found, sink.claims.len(), told(&sink)), (format, 1, 1), "{sample}");
    }
}

#[test]
fn a_report_that_is_cut_is_malformed_at_a_place() {
    for (format, _, sample) in SAMPLES {
        // What a model said before it was cut off is kept.
        if format == "model" {
            continue;
        }
        for percent in [5, 30, 60, 95] {
            let cut = &sample[..sample.len() * percent / 100];
            let end = imported(cut).map(|(found, sink)| (found, told(&sink)));
            assert!(
                matches!(end, Err(ReadError::Truncated { .. } | ReadError::Malformed { .. })),
                "{format} at {percent} %: {end:?}"
            );
        }
    }
}

#[test]
fn what_is_broken_before_anybody_could_know_it_is_malformed() {
    for (text, line) in [
        ("{\"a\":\n[1,\n2", 3),
        ("{\n\"a\" \"b\"}", 2),
        ("[{\"a\":1},\n{\"b\":tru}]", 2),
        ("<?xml version=\"1.0\"?>\n<shop><a></shop>", 2),
    ] {
        match imported(text).map(|(found, _)| found) {
            Err(ReadError::Truncated { line: found, .. } | ReadError::Malformed { line: found, .. }) => {
                assert_eq!(found, line, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let deep = imported(&"[".repeat(100_000)).map(|(found, _)| found);
    assert!(matches!(deep, Err(ReadError::TooDeep { .. })), "{deep:?}");
}

#[test]
fn what_only_begins_with_a_bracket_is_nobodys_and_not_broken() {
    for text in [
        "[package]\nname = \"shop\"\n",
        "[[bin]]\nname = \"x\"",
        "[1] see below",
        "[2026-01-02 03:04:05] started",
        "{% block title %}Shop{% endblock %}",
        "{ echo hello; }",
        "{// settings\n\"a\": 1}",
        "<p>one<br>two",
        "<!DOCTYPE html><p>",
        "{\"name\":\"shop\",\"private\":true}",
        "plain",
    ] {
        assert_eq!(imported(text).map(|(found, _)| found).unwrap(), "unknown", "{text}");
    }
}

#[test]
fn a_document_without_the_readers_list_is_not_taken_for_a_clean_scan() {
    for (format, list, sample) in SAMPLES {
        let read = |text: &str| {
            let mut sink = Collected::default();
            reader(format).read(&Document::bytes("test", text), &mut sink).map(|()| sink)
        };
        match read("{\"foo\":1}") {
            Err(_) => {}
            // A model's answer that cannot be taken apart is told as one that is unreadable.
            Ok(sink) => assert_eq!((format, sink.unreadable.len()), ("model", 1)),
        }
        let Some((around, key)) = list.rsplit_once('/') else { continue };
        let changed = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut tree: Value = serde_json::from_str(sample).unwrap();
            change(tree.pointer_mut(around).unwrap().as_object_mut().unwrap());
            read(&tree.to_string())
        };
        let gone = changed(&|members| drop(members.remove(key)));
        assert!(matches!(gone, Err(ReadError::Unsupported(_))), "{format} without {list}");
        let odd = changed(&|members| drop(members.insert(key.to_owned(), json!(7))));
        assert!(matches!(odd, Err(ReadError::Unsupported(_))), "{format} with a number for {list}");
        let empty = changed(&|members| {
            let list = members.get_mut(key).unwrap();
            *list = if list.is_array() { json!([]) } else { json!({}) };
        });
        assert_eq!(empty.map(|sink| told(&sink)).unwrap(), 0, "{format} with an empty {list}");
    }
}

#[test]
fn a_credential_in_code_is_masked_by_every_reader_that_tells_of_one() {
    let secret = "hunter2-hunter2";
    let code = format!("db_password = '{secret}'  # 'kept'");
    let reports = [
        json!({"errors": [], "metrics": {"_totals": {}}, "results": [{"filename": "a.py", "line_number": 3,
            "issue_severity": "LOW", "test_id": "B105", "test_name": "hardcoded_password_string",
            "issue_text": format!("Possible hardcoded password: '{secret}'"), "code": format!("2 \n3 {code}\n")}]}),
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Bandit", "rules": [{"id": "B105"}]}}, "results": [{
            "ruleId": "B105", "message": {"text": format!("Possible hardcoded password: '{secret}'")}, "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 3, "snippet": {"text": code}},
            "contextRegion": {"startLine": 2, "snippet": {"text": format!("\n{code}\n")}}}}]}]}]}),
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "CodeQL", "rules": [
            {"id": "py/hardcoded-credentials", "properties": {"tags": ["external/cwe/cwe-798"]}}]}}, "results": [{
            "ruleId": "py/hardcoded-credentials", "message": {"text": format!("The string {secret} reaches a password.")},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 3, "startColumn": 15,
            "endColumn": 32}, "contextRegion": {"startLine": 3, "snippet": {"text": code}}}}],
            "codeFlows": [{"threadFlows": [{"locations": [{"location": {"physicalLocation": {"artifactLocation": {"uri": "a.py"},
            "region": {"startLine": 3, "snippet": {"text": code}}}}}]}]}]}]}]}),
        json!({"version": "1.182.0", "errors": [], "paths": {"scanned": ["a.py"]}, "results": [{"check_id": "shop.secret-in-code",
            "path": "a.py", "start": {"line": 3, "col": 1}, "end": {"line": 3, "col": 32}, "extra": {"lines": code,
            "message": format!("`{secret}` is in the code"), "severity": "ERROR", "metadata": {"cwe": "CWE-798"}, "fix": "x",
            "metavars": {"$X": {"abstract_content": secret}}}}]}),
        json!({"Issues": [{"rule_id": "G101", "details": "Potential hardcoded credentials", "severity": "HIGH", "file": "a.go",
            "line": "3", "column": "1", "code": format!("2: \n3: {code}\n"), "cwe": {"id": "798"}}], "Stats": {}}),
        json!({"version": "15.0.4", "scan": {"type": "sast", "scanner": {"id": "semgrep"}}, "vulnerabilities": [{"id": "3e",
            "name": "Use of hard-coded password", "location": {"file": "a.py", "start_line": 3}, "severity": "High",
            "raw_source_code_extract": code, "description": format!("found {secret}"),
            "identifiers": [{"type": "semgrep_id", "value": "bandit.B105"}, {"type": "cwe", "value": "259"}]}]}),
        json!({"findings": [{"title": "Hardcoded password", "severity": "high", "file": "a.py", "line": 3, "code": code,
            "description": format!("The password '{secret}' is in the code."), "cwe": "CWE-798"}]}),
    ];
    for report in reports {
        let (format, sink) = imported(&report.to_string()).unwrap();
        let [claim] = &sink.claims[..] else { panic!("{format}: {:?}", sink.unreadable) };
        assert_eq!(claim.kind, Kind::Secret, "{format}");
        let kept = serde_json::to_string(claim).unwrap();
        assert!(!kept.contains("hunter2-h"), "{format}: {kept}");
        assert!(kept.contains("hun****"), "{format}: {kept}");
    }
}

#[test]
fn a_line_that_no_file_has_is_unknown_and_noted() {
    for (format, place) in [
        ("sarif", "/runs/0/results/0/locations/0/physicalLocation/region/startLine"),
        ("bandit", "/results/0/line_number"),
        ("opengrep", "/results/0/start/line"),
        ("semgrep", "/results/0/start/line"),
        ("semgrep-platform", "/vulns/0/dependencyFileLocation/startLine"),
        ("gosec", "/Issues/0/line"),
        ("gitlab", "/vulnerabilities/0/location/start_line"),
        ("brakeman", "/warnings/0/line"),
        ("checkov", "/results/failed_checks/0/file_line_range/0"),
        ("sonarqube", "/issues/0/line"),
        ("eslint", "/0/messages/0/line"),
        ("model", "/findings/0/line"),
    ] {
        let (_, _, sample) = SAMPLES.into_iter().find(|(own, ..)| *own == format).unwrap();
        for (line, words) in [
            (json!(99_999_999_999_999_u64), "99999999999999"),
            (json!("99999999999999"), "99999999999999"),
            (json!(4_294_967_295_u32), "4294967295"),
            (json!(-4), "-4"),
        ] {
            let mut tree: Value = serde_json::from_str(sample).unwrap();
            *tree.pointer_mut(place).unwrap() = line;
            let (_, sink) = imported(&tree.to_string()).unwrap();
            let claim = &sink.claims[0];
            let place = claim.place.as_ref().unwrap();
            assert_eq!((place.start.line, place.end.line), (0, 0), "{format}: {words}");
            let note = ("line".to_owned(), format!("line {words} is not possible"));
            assert!(claim.notes.contains(&note), "{format}: {:?}", claim.notes);
        }
    }
}
