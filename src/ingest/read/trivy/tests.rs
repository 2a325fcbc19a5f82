use super::*;
use crate::domain::{Cwe, Kind as ClaimKind, Place};
use crate::ingest::read::damage::bears_damage;
use crate::ingest::reader::collect::{read_all, refused};

const REPORT: &str = r#"{
  "SchemaVersion": 2, "Trivy": {"Version": "0.69.1"}, "CreatedAt": "2026-01-02T03:04:05Z",
  "ArtifactName": "shop", "ArtifactType": "repository",
  "Metadata": {"RepoURL": "https://example.com/shop", "Branch": "main", "Commit": "3f2a91c"},
  "Results": [
    {"Target": "web/package-lock.json", "Class": "lang-pkgs", "Type": "npm",
     "Packages": [
       {"ID": "shop@1.0.0", "Name": "shop", "Relationship": "root", "DependsOn": ["grunt@1.2.0"]},
       {"ID": "grunt@1.2.0", "Name": "grunt", "DependsOn": ["lodash@4.17.4"]},
       {"ID": "lodash@4.17.4", "Name": "lodash", "Version": "4.17.4", "Locations": [{"StartLine": 40, "EndLine": 44}]}],
     "Vulnerabilities": [
       {"VulnerabilityID": "CVE-2018-16487", "VendorIDs": ["GHSA-4xc9-xhrj-v574"], "PkgID": "lodash@4.17.4", "PkgName": "lodash",
        "PkgIdentifier": {"PURL": "pkg:npm/lodash@4.17.4"}, "InstalledVersion": "4.17.4", "FixedVersion": ">=4.17.11, 5.0.0",
        "Status": "fixed", "SeveritySource": "ghsa", "Severity": "UNKNOWN", "CweIDs": ["400"], "Title": "lodash: pollution",
        "Description": "A flaw.", "Fingerprint": "sha256:abc", "PrimaryURL": "https://avd.example/cve-2018-16487",
        "CVSS": {"nvd": {"V2Vector": "AV:N/AC:M/Au:N/C:P/I:P/A:P", "V2Score": 6.8},
                 "redhat": {"V3Vector": "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L", "V3Score": 3.3},
                 "ghsa": {"V40Vector": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}}},
       {"VulnerabilityID": "CVE-2011-3374", "PkgName": "apt", "Status": "not_affected"},
       {"PkgName": "half"}, {"VulnerabilityID": "CVE-2000-1"}, "text"],
     "ExperimentalModifiedFindings": [
       {"Type": "vulnerability", "Status": "ignored", "Statement": "test data", "Source": ".trivyignore.yaml",
        "Finding": {"VulnerabilityID": "CVE-2019-1", "PkgName": "ms", "InstalledVersion": "0.7"}},
       {"Type": "license", "Finding": {}}, {"Type": "?"}]},
    {"Target": "Java", "Class": "lang-pkgs", "Type": "jar", "Vulnerabilities": [
       {"VulnerabilityID": "CVE-2025-61795", "PkgName": "org.apache.tomcat:tomcat", "PkgPath": "lib/tomcat.jar",
        "InstalledVersion": "9.0.109", "Severity": "MEDIUM"}]},
    {"Target": "shop (debian 12.1)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [
       {"VulnerabilityID": "CVE-2024-1", "PkgName": "openssl", "InstalledVersion": "3.0.1-1", "Severity": "LOW"}]},
    {"Target": "main.tf", "Class": "config", "Type": "terraform", "Misconfigurations": [
       {"ID": "AVD-AWS-0143", "Title": "IAM policies", "Message": "attached directly to a user", "Severity": "LOW", "Status": "FAIL",
        "Resolution": "Grant at the group.", "CauseMetadata": {"Resource": "aws_iam_user.this", "StartLine": 20, "EndLine": 21,
          "Code": {"Lines": [{"Number": 19, "Content": "", "IsCause": false}, {"Number": 20, "Content": "resource {", "IsCause": true},
                             {"Number": 21, "Content": "}", "IsCause": true}]},
          "Occurrences": [{"Resource": "module.x", "Filename": "main.tf", "Location": {"StartLine": 183, "EndLine": 248}}]}},
       {"ID": "AVD-AWS-0001", "Status": "PASS"}, {"ID": "AVD-AWS-0002", "Status": "EXCEPTION"}, {}]},
    {"Target": "deploy.env", "Class": "secret", "Secrets": [
       {"RuleID": "aws-access-key-id", "Category": "AWS", "Severity": "CRITICAL", "Title": "AWS Access Key ID",
        "StartLine": 3, "EndLine": 3, "Match": "AWS_KEY=********************", "Code": {"Lines": []}},
       {"RuleID": "odd", "Match": "hunter2hunter2", "StartLine": 4}]},
    {"Target": "OS Packages", "Class": "license", "Licenses": [{"Severity": "LOW", "Name": "MIT"}]},
    {"Target": "nothing", "Vulnerabilities": null}
  ]}"#;

#[test]
fn a_vulnerability_becomes_a_claim_with_its_line_way_and_scores() {
    let read = read_all(&Trivy, REPORT);
    let head = &read.heads[0];
    assert_eq!(
        (head.tool_version.as_str(), head.revision.as_str(), head.branch.as_str()),
        ("0.69.1", "3f2a91c", "main")
    );
    let claim = &read.claims[0];
    assert_eq!(claim.place, Some(Place::lines("web/package-lock.json", 40, 44)));
    let package = claim.dependency.as_ref().unwrap();
    assert_eq!(package.path, ["shop@1.0.0", "grunt@1.2.0", "lodash@4.17.4"]);
    assert_eq!(package.fixed, ["4.17.11", "5.0.0"]);
    assert_eq!(package.aliases, ["GHSA-4xc9-xhrj-v574"]);
    assert_eq!(claim.cwes, [Cwe(400)]);
    let scores: Vec<_> = claim.scores.iter().map(|score| (score.by.as_str(), score.score)).collect();
    assert_eq!(scores, [("ghsa", Some(9.3)), ("nvd", Some(6.8)), ("redhat", Some(3.3))]);
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Critical, "UNKNOWN"));
    assert_eq!(claim.prints[0].value, "sha256:abc");
}

#[test]
fn a_jar_points_at_itself_and_a_distributions_package_at_no_file() {
    let read = read_all(&Trivy, REPORT);
    let of = |rule: &str| read.claims.iter().find(|claim| claim.rule == rule).unwrap();
    assert_eq!(of("CVE-2025-61795").place, Some(Place::file("lib/tomcat.jar")));
    assert_eq!(of("CVE-2024-1").place, None);
    let package = of("CVE-2024-1").dependency.as_ref().unwrap();
    assert_eq!(package.purl, "pkg:deb/debian/openssl@3.0.1-1");
    assert!(of("CVE-2024-1").notes.contains(&("target".into(), "shop (debian 12.1)".into())));
}

#[test]
fn a_failed_check_quotes_its_cause() {
    let read = read_all(&Trivy, REPORT);
    let claim = read.claims.iter().find(|claim| claim.kind == ClaimKind::Configuration).unwrap();
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.start.line, place.end.line, place.context_line), (20, 21, 19));
    assert_eq!((place.snippet.as_str(), place.context.as_str()), ("resource {\n}", "\nresource {\n}"));
    assert_eq!(claim.related[0].place, Place::lines("main.tf", 183, 248));
}

#[test]
fn a_secret_is_never_shown() {
    let read = read_all(&Trivy, REPORT);
    let secrets: Vec<_> = read.claims.iter().filter(|claim| claim.kind == ClaimKind::Secret).collect();
    let snippets: Vec<_> =
        secrets.iter().map(|claim| claim.place.as_ref().unwrap().snippet.as_str()).collect();
    assert_eq!(snippets, ["AWS_KEY=********************", "hun****"]);
    assert!(secrets.iter().all(|claim| !claim.message.contains("hunter2")));
}

#[test]
fn every_element_is_accounted_for() {
    let read = read_all(&Trivy, REPORT);
    let aside: Vec<_> = read.aside.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(
        aside,
        [
            "Results[0].Vulnerabilities[1]",
            "Results[0].ExperimentalModifiedFindings[1]",
            "Results[3].Misconfigurations[1]",
            "Results[3].Misconfigurations[2]",
            "Results[5].Licenses[0]"
        ]
    );
    let odd: Vec<_> = read.unreadable.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(
        odd,
        [
            "Results[0].Vulnerabilities[2]",
            "Results[0].Vulnerabilities[3]",
            "Results[0].Vulnerabilities[4]",
            "Results[0].ExperimentalModifiedFindings[2]",
            "Results[3].Misconfigurations[3]"
        ]
    );
    let silenced: Vec<_> = read.claims.iter().filter_map(|claim| claim.suppression.as_ref()).collect();
    assert_eq!((silenced.len(), silenced[0].justification.as_str()), (1, "test data"));
}

#[test]
fn the_array_of_old_versions_is_read() {
    let text = r#"[{"Target": "app (alpine 3.7.1)", "Type": "alpine", "Vulnerabilities": [
        {"VulnerabilityID": "CVE-2018-16839", "PkgName": "curl", "InstalledVersion": "7.61.0-r0", "Severity": "HIGH"}]},
      {"Target": "python-app/Pipfile.lock", "Type": "pipenv", "Vulnerabilities": null}]"#;
    let read = read_all(&Trivy, text);
    assert_eq!((read.claims.len(), read.claims[0].severity), (1, Severity::High));
    assert_eq!(read.claims[0].place, None);
    assert_eq!(read.covered, ["python-app/Pipfile.lock"]);
}

#[test]
fn a_clusters_findings_point_at_their_resource() {
    let text = r#"{"ClusterName": "test", "Findings": [
        {"Namespace": "default", "Kind": "Deployment", "Name": "redis", "Results": [
          {"Target": "redis:6 (debian 10.4)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [
            {"VulnerabilityID": "CVE-2011-3374", "PkgName": "apt", "InstalledVersion": "1.8", "Severity": "LOW"}]},
          {"Target": "Deployment/redis", "Class": "config", "Type": "kubernetes", "Misconfigurations": [
            {"ID": "KSV001", "Status": "FAIL", "Severity": "MEDIUM", "CauseMetadata": {"StartLine": 132, "EndLine": 143}}]}]},
        {"Namespace": "default", "Kind": "Pod", "Name": "x", "Error": "image not found"}]}"#;
    let read = read_all(&Trivy, text);
    assert_eq!(read.heads[0].troubles, ["default/Pod/x: image not found"]);
    let places: Vec<_> = read.claims.iter().map(|claim| claim.place.clone().unwrap()).collect();
    assert_eq!(
        places,
        [Place::file("default/Deployment/redis"), Place::lines("default/Deployment/redis", 132, 143)]
    );
}

#[test]
fn all_package_types_of_trivy_are_known() {
    for word in [
        "bundler",
        "gemspec",
        "cargo",
        "composer",
        "npm",
        "bun",
        "nuget",
        "dotnet-core",
        "packages-props",
        "pip",
        "pipenv",
        "poetry",
        "uv",
        "conda-pkg",
        "conda-environment",
        "python-pkg",
        "node-pkg",
        "yarn",
        "pnpm",
        "jar",
        "pom",
        "gradle",
        "sbt",
        "gobinary",
        "gomod",
        "conan",
        "rustbinary",
        "cocoapods",
        "swift",
        "pub",
        "hex",
        "bitnami",
        "julia",
        "debian",
        "ubuntu",
        "alpine",
        "redhat",
        "centos",
        "rocky",
        "alma",
        "amazon",
        "oracle",
        "photon",
        "cbl-mariner",
        "azurelinux",
        "suse",
        "opensuse-leap",
        "wolfi",
        "chainguard",
    ] {
        assert!(crate::domain::package::ecosystem(word).is_some(), "{word}");
    }
}

#[test]
fn a_cut_document_is_refused() {
    assert!(matches!(refused(&Trivy, &REPORT[..REPORT.len() - 3]), ReadError::Truncated { .. }));
}

#[test]
fn damaged_documents_are_survived() {
    bears_damage(&Trivy, REPORT, &[]);
}
