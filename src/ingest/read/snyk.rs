//! Snyk's own JSON: open source projects, containers with their applications, and infrastructure as code.
//!
//! Snyk Code writes SARIF, which is not read here.

use serde_json::Value;

use super::advisory::{
    Outcome, add_score, aliases, cwes, dependency, each, epss, graded, headline, is_absolute, links, note,
};
use super::element::{note_lines, without};
use crate::domain::{Claim, Kind, Place, Severity, Suppression, SuppressionSource};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::{self, Json};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};
use crate::ingest::tool;

/// The reader.
pub(super) struct Snyk;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("none", Severity::Info),
];

static ABOUT: About = About {
    format: "snyk",
    tools: "Snyk (`snyk test --json`, `snyk container test --json`, `snyk iac test --json`)",
    claim: "an element of `vulnerabilities` (one for every dependency path), of `filtered.ignore` and \
            `filtered.patch` (suppressed), or of `infrastructureAsCodeIssues`; of every project and of a \
            container's `applications`",
    aside: "licence issues (`type` is `license`)",
    severity_from: "`severityWithCritical`, else `severity`; where neither is known, the CVSS base score",
    severity: SEVERITY,
    cwe_from: "`identifiers.CWE`",
    prints_from: "none",
};

/// What is known of a project when its issues are read, wherever it stands in the object.
#[derive(Default)]
struct Project {
    manifest: String,
    ecosystem: String,
    notes: Vec<(String, String)>,
}

impl Reader for Snyk {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        ["", "[]."].into_iter().any(|at| {
            let has = |key: &str| shape.has(&format!("{at}{key}"));
            let marked = has("packageManager")
                || has("licensesPolicy")
                || has("dependencyCount")
                || has("displayTargetFile")
                || has("filtered")
                || has("vulnerabilities[].isUpgradable")
                || has("vulnerabilities[].upgradePath")
                || has("vulnerabilities[].semver");
            (has("vulnerabilities") && marked)
                || has("infrastructureAsCodeIssues")
                || (has("ok") && has("error") && has("path"))
                || (has("ok") && has("packageManager"))
        })
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "snyk".into(), coverage_is_complete: true, ..RunHead::default() };
        let mut projects: Vec<Project> = Vec::new();
        let (mut issues, mut given) = (false, String::new());
        walk(document, &mut |json, key, number, at| {
            if projects.len() <= number {
                projects.resize_with(number + 1, Project::default);
            }
            let Some(project) = projects.get_mut(number) else { return Ok(()) };
            match key {
                // The file as it is shown comes before the one that was given, in whichever order they stand.
                "displayTargetFile" => project.manifest = path::tidy(&json.words()?),
                "targetFile" if project.manifest.is_empty() => project.manifest = path::tidy(&json.words()?),
                "packageManager" => project.ecosystem = json.words()?,
                "projectName" => note(&mut project.notes, "project", json.words()?),
                // A container's is the image's name.
                "path" if head.root.is_empty() => {
                    given = json.words()?;
                    head.root = Some(path::tidy(&given)).filter(|root| is_absolute(root)).unwrap_or_default();
                }
                "docker" => {
                    let docker = json.value()?;
                    note(&mut project.notes, "base image", docker.text("baseImage"));
                }
                "platform" => note(&mut project.notes, "platform", json.words()?),
                "error" => {
                    let error = json.value()?;
                    let message = match &error {
                        Value::Object(_) => error.text("message").to_owned(),
                        other => other.words(""),
                    };
                    if !message.is_empty() {
                        head.troubles.push(format!("{at}error: {message}"));
                    }
                }
                "vulnerabilities" | "infrastructureAsCodeIssues" => issues = true,
                _ => {}
            }
            Ok(())
        })?;
        if !issues {
            return Err(head.troubles.first().map_or_else(
                || without(&["vulnerabilities", "infrastructureAsCodeIssues"]),
                |trouble| {
                    ReadError::Unsupported(format!("snyk failed, so there is nothing to import: {trouble}"))
                },
            ));
        }
        // A container names no manifest, so what it covers cannot be told by files.
        head.coverage_is_complete =
            head.troubles.is_empty() && projects.iter().all(|project| !project.manifest.is_empty());
        if head.root.is_empty() && projects.iter().all(|project| project.manifest.is_empty()) {
            head.target = tool::image(&given);
        }
        sink.run(head)?;
        for project in projects.iter().filter(|project| !project.manifest.is_empty()) {
            sink.covered(&project.manifest)?;
        }

        walk(document, &mut |json, key, number, at| {
            let Some(project) = projects.get(number) else { return Ok(()) };
            match key {
                "vulnerabilities" => {
                    each(json, sink, &format!("{at}{key}"), |value| vulnerability(value, project))
                }
                "infrastructureAsCodeIssues" => {
                    each(json, sink, &format!("{at}{key}"), |value| setting(value, project))
                }
                "filtered" => json
                    .object(|json, key| match key {
                        "ignore" | "patch" => {
                            each(json, sink, &format!("{at}filtered.{key}"), |value| filtered(value, project))
                        }
                        _ => Ok(()),
                    })
                    .map(|_| ()),
                _ => Ok(()),
            }
        })
    }
}

/// What [`walk`] calls: the walk at a key's value, the key, the project's number, the project's place.
type Each<'e> = dyn FnMut(&mut Json<'_>, &str, usize, &str) -> Result<(), ReadError> + 'e;

/// Calls `each` with every key of every project: the document itself or the elements of its array, each with the
/// `applications` of a container behind it.
fn walk(document: &Document, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut json = document.json()?;
    let mut count = 0;
    if json.kind()? == json::Kind::Array {
        json.array(|json, index| project(json, &format!("[{index}]."), &mut count, false, each))?;
    } else {
        project(&mut json, "", &mut count, false, each)?;
    }
    json.finish()
}

fn project(
    json: &mut Json<'_>,
    at: &str,
    count: &mut usize,
    nested: bool,
    each: &mut Each<'_>,
) -> Result<(), ReadError> {
    let number = *count;
    *count += 1;
    json.object(|json, key| {
        // One level only: an application has none of its own.
        if key == "applications" && !nested {
            json.array(|json, index| {
                project(json, &format!("{at}applications[{index}]."), count, true, each)
            })?;
            return Ok(());
        }
        each(json, key, number, at)
    })?;
    Ok(())
}

fn vulnerability(value: &Value, project: &Project) -> Outcome {
    if value.text("type") == "license" || value.text("id").starts_with("snyk:lic:") {
        return Outcome::Aside("a licence issue".into());
    }
    let id = value.text("id");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `id`");
    }
    let names = ["packageName", "moduleName", "name"].map(|key| value.text(key));
    let Some(name) = names.into_iter().find(|name| !name.is_empty()) else {
        return Outcome::Unreadable("no `packageName`");
    };
    let manager = value.text("packageManager");
    let manager = if manager.is_empty() { &project.ecosystem } else { manager };
    let mut package = dependency(manager, name, value.text("version"), value.text("purl"));
    package.fixed = value.texts("fixedIn");
    if package.fixed.is_empty() {
        package.fixed = value.texts("nearestFixedInVersion").into_iter().filter(|v| !v.is_empty()).collect();
    }
    package.path = value.texts("from");
    let identifiers = value.at("identifiers").as_object().into_iter().flatten();
    // NSP's are bare numbers that mean nothing outside it.
    let others = identifiers.filter(|(kind, _)| !matches!(kind.as_str(), "CWE" | "NSP"));
    let others = others.flat_map(|(_, ids)| match ids {
        Value::Array(ids) => ids.iter().map(|id| id.words("")).collect(),
        one => vec![one.words("")],
    });
    package.aliases = aliases(id, others.chain(value.texts("alternativeIds")));

    let severity = ["severityWithCritical", "severity"].map(|key| value.text(key));
    let words = severity.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
    let mut scores = Vec::new();
    add_score(&mut scores, value.number("cvssScore"), value.text("CVSSv3"), "Snyk");
    for source in value.list("cvssSources") {
        let by = source.text("assigner");
        add_score(&mut scores, source.number("baseScore"), source.text("vector"), by);
    }
    for detail in value.list("cvssDetails") {
        let by = detail.text("assigner");
        add_score(&mut scores, detail.number("cvssV3BaseScore"), detail.text("cvssV3Vector"), by);
    }

    let mut notes = project.notes.clone();
    if !value.text("name").is_empty() && value.text("name") != name {
        note(&mut notes, "binary package", value.text("name"));
    }
    note(&mut notes, "affected", value.texts("semver.vulnerable").join(", "));
    note(&mut notes, "upgrade", value.texts("upgradePath").join(" > "));
    for key in ["isUpgradable", "isPatchable"] {
        if value.at(key) == &Value::Bool(true) {
            note(&mut notes, if key == "isUpgradable" { "upgradable" } else { "patchable" }, "yes");
        }
    }
    if value.text("exploit") != "Not Defined" {
        note(&mut notes, "exploit", value.text("exploit"));
    }
    for level in value.list("exploitDetails.maturityLevels") {
        note(&mut notes, "exploit", level.text("level"));
    }
    epss(&mut notes, &value.words("epssDetails.probability"), &value.words("epssDetails.percentile"));
    for (key, name) in [("malicious", "malicious"), ("isDisputed", "disputed")] {
        if value.at(key) == &Value::Bool(true) {
            note(&mut notes, name, "yes");
        }
    }
    let functions = value.list("functions_new").iter().take(10).map(|function| {
        let class = function.text("functionId.className");
        let name = function.text("functionId.functionName");
        if class.is_empty() { name.to_owned() } else { format!("{class}.{name}") }
    });
    note(&mut notes, "vulnerable functions", functions.collect::<Vec<_>>().join(", "));
    note(&mut notes, "image layer", value.text("dockerfileInstruction"));
    note(&mut notes, "published", value.text("publicationTime"));
    links(&mut notes, value.list("references").iter().map(|link| link.text("url")));

    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Dependency,
        title: value.text("title").to_owned(),
        message: value.text("description").to_owned(),
        severity: graded(SEVERITY, words, &scores),
        severity_words: words.to_owned(),
        scores,
        cwes: cwes(value.at("identifiers.CWE")),
        place: (!project.manifest.is_empty()).then(|| Place::file(project.manifest.clone())),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

/// A vulnerability that a policy file or the service silenced, or that a patch of Snyk's closes.
fn filtered(value: &Value, project: &Project) -> Outcome {
    match vulnerability(value, project) {
        Outcome::Claim(mut claim) => {
            let mut words = Vec::new();
            for ignored in value.list("filtered.ignored") {
                words.push(ignored.text("reason").to_owned());
                note(&mut claim.notes, "ignored until", ignored.text("expires"));
                note(&mut claim.notes, "ignored by", ignored.text("source"));
            }
            for patch in value.list("filtered.patches") {
                words.push(format!("patched {}", patch.text("patched")).trim_end().to_owned());
            }
            words.retain(|words| !words.is_empty());
            words.dedup();
            claim.suppression =
                Some(Suppression { source: SuppressionSource::External, justification: words.join("; ") });
            Outcome::Claim(claim)
        }
        other => other,
    }
}

fn setting(value: &Value, project: &Project) -> Outcome {
    let id = value.words("id");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `id`");
    }
    let title = value.text("title");
    let words = value.text("severity");
    let message: Vec<&str> = ["issue", "impact", "resolve"]
        .into_iter()
        .map(|key| value.text(key))
        .filter(|t| !t.is_empty())
        .collect();
    let line = value.count("lineNumber");
    let mut notes = project.notes.clone();
    note_lines(&mut notes, value, &["lineNumber"]);
    note(&mut notes, "resource", value.texts("path").join("."));
    note(&mut notes, "setting", value.text("msg"));
    note(&mut notes, "type", value.text("subType"));
    links(&mut notes, [value.text("documentation")]);
    links(&mut notes, value.list("references").iter().filter_map(Value::as_str));
    let ignored = value.at("isIgnored") == &Value::Bool(true);
    Outcome::from(Claim {
        rule: id,
        kind: Kind::Configuration,
        title: if title.is_empty() { headline(value.text("issue")) } else { title.to_owned() },
        message: message.join(" "),
        severity: graded(SEVERITY, words, &[]),
        severity_words: words.to_owned(),
        cwes: cwes(value.at("identifiers.CWE")),
        place: (!project.manifest.is_empty()).then(|| Place::lines(project.manifest.clone(), line, line)),
        suppression: ignored.then(|| Suppression {
            source: SuppressionSource::External,
            justification: value.text("ignoredReason").to_owned(),
        }),
        notes,
        ..Claim::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const PROJECT: &str = r###"{
      "vulnerabilities": [
        {"id": "SNYK-JS-LODASH-567746", "title": "Prototype Pollution", "CVSSv3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L",
         "cvssScore": 7.3, "severity": "high", "severityWithCritical": "critical", "description": "## Overview\n…",
         "identifiers": {"CVE": ["CVE-2020-8203"], "CWE": ["400"], "GHSA": ["GHSA-p6mc-m468-83gw"], "NSP": ["1"]},
         "cvssDetails": [{"assigner": "NVD", "severity": "high", "cvssV3Vector": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H", "cvssV3BaseScore": 7.4}],
         "epssDetails": {"percentile": "0.87", "probability": "0.01200"}, "exploit": "Proof of Concept",
         "packageName": "lodash", "name": "lodash", "version": "4.17.15", "fixedIn": ["4.17.16"],
         "from": ["shop@1.0.0", "grunt@1.2.0", "lodash@4.17.15"], "upgradePath": [false, "grunt@1.3.0", "lodash@4.17.16"],
         "isUpgradable": true, "isPatchable": false, "semver": {"vulnerable": ["<4.17.16"]},
         "references": [{"title": "x", "url": "https://example.com/1"}], "packageManager": "npm"},
        {"id": "SNYK-SLES153-PERMISSIONS-1", "title": "SUSE-SU-1", "CVSSv3": null, "cvssScore": "None", "severity": "low",
         "identifiers": {"SUSE": ["SUSE-SU-2022:0141-1"], "CVE": [], "CWE": []}, "packageName": "permissions",
         "packageManager": "sles:15.3", "version": "2018", "name": "permissions", "from": "docker-image|x", "nearestFixedInVersion": "2019"},
        {"id": "snyk:lic:npm:ua:AGPL-3.0", "type": "license", "title": "AGPL-3.0 license", "packageName": "ua"},
        {"title": "no id"}, {"id": "SNYK-1"}, 7
      ],
      "ok": false, "dependencyCount": 2, "packageManager": "npm", "projectName": "shop",
      "licensesPolicy": {}, "displayTargetFile": "web\\package-lock.json", "path": "/srv/shop",
      "filtered": {"ignore": [{"id": "SNYK-JS-MS-1", "packageName": "ms", "version": "0.7", "severity": "medium",
         "filtered": {"ignored": [{"reason": "not reachable", "expires": "2027-01-01T00:00:00Z", "source": "cli"}]}}],
        "patch": [{"id": "SNYK-JS-DEBUG-1", "packageName": "debug", "severity": "low", "filtered": {"patches": [{"patched": "2026-01-01"}]}}]}
    }"###;

    #[test]
    fn a_dependency_path_becomes_a_claim_with_its_package_and_way() {
        let read = read_all(&Snyk, PROJECT);
        assert_eq!((read.heads[0].tool.as_str(), read.heads[0].root.as_str()), ("snyk", "/srv/shop"));
        assert_eq!(read.covered, ["web/package-lock.json"]);
        let claim = &read.claims[0];
        assert_eq!((claim.kind, claim.rule.as_str()), (Kind::Dependency, "SNYK-JS-LODASH-567746"));
        assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Critical, "critical"));
        assert_eq!(claim.place, Some(Place::file("web/package-lock.json")));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(package.purl, "pkg:npm/lodash@4.17.15");
        assert_eq!(package.path, ["shop@1.0.0", "grunt@1.2.0", "lodash@4.17.15"]);
        assert_eq!(package.fixed, ["4.17.16"]);
        assert_eq!(package.aliases, ["CVE-2020-8203", "GHSA-p6mc-m468-83gw"]);
        assert_eq!(claim.cwes, [crate::domain::Cwe(400)]);
        let scores: Vec<_> = claim.scores.iter().map(|score| (score.score, score.by.as_str())).collect();
        assert_eq!(scores, [(Some(7.3), "Snyk"), (Some(7.4), "NVD")]);
        let notes = |name: &str| claim.notes.iter().find(|(known, _)| known == name).unwrap().1.as_str();
        assert_eq!(notes("upgrade"), "grunt@1.3.0 > lodash@4.17.16");
        assert_eq!(notes("epss"), "0.01200 (percentile 0.87)");
    }

    #[test]
    fn a_missing_score_a_distribution_and_a_lone_text_are_read() {
        let claim = &read_all(&Snyk, PROJECT).claims[1];
        assert!(claim.scores.is_empty() && claim.severity == Severity::Low);
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(
            (package.ecosystem.as_str(), package.purl.as_str()),
            ("rpm", "pkg:rpm/suse/permissions@2018")
        );
        assert_eq!(package.path, ["docker-image|x"]);
        assert_eq!(
            (package.fixed.as_slice(), package.aliases.as_slice()),
            (["2019".to_owned()].as_slice(), ["SUSE-SU-2022:0141-1".to_owned()].as_slice())
        );
    }

    #[test]
    fn every_element_is_accounted_for() {
        let read = read_all(&Snyk, PROJECT);
        assert_eq!(read.aside, [("vulnerabilities[2]".to_owned(), "a licence issue".to_owned())]);
        let odd: Vec<_> = read.unreadable.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(odd, ["vulnerabilities[3]", "vulnerabilities[4]", "vulnerabilities[5]"]);
        let silenced: Vec<_> = read
            .claims
            .iter()
            .filter_map(|claim| {
                Some((claim.rule.as_str(), claim.suppression.as_ref()?.justification.as_str()))
            })
            .collect();
        assert_eq!(silenced, [("SNYK-JS-MS-1", "not reachable"), ("SNYK-JS-DEBUG-1", "patched 2026-01-01")]);
    }

    #[test]
    fn projects_of_an_array_and_a_containers_applications_are_all_read() {
        let text = r#"[
          {"ok": true, "vulnerabilities": [], "packageManager": "maven", "targetFile": "a/pom.xml"},
          {"ok": false, "error": "could not detect package manager", "path": "/srv/b"},
          {"vulnerabilities": [{"id": "SNYK-DEBIAN10-GLIBC-1", "packageName": "glibc", "name": "glibc/libc6", "version": "2.28",
            "packageManager": "debian:10", "severity": "low", "semver": {"vulnerable": ["*"]}}],
           "docker": {"baseImage": "debian:10"},
           "applications": [{"targetFile": "/app/package.json", "packageManager": "npm", "vulnerabilities": [
             {"id": "SNYK-JS-X-1", "packageName": "x", "version": "1", "CVSSv3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}]}
        ]"#;
        let read = read_all(&Snyk, text);
        assert_eq!(read.heads[0].troubles, ["[1].error: could not detect package manager"]);
        assert!(!read.heads[0].coverage_is_complete);
        let places: Vec<_> =
            read.claims.iter().map(|claim| claim.place.as_ref().map(|place| place.path.as_str())).collect();
        assert_eq!(places, [None, Some("/app/package.json")]);
        assert_eq!(read.claims[1].severity, Severity::Critical);
        assert!(read.claims[0].notes.contains(&("base image".into(), "debian:10".into())));
    }

    #[test]
    fn infrastructure_issues_are_settings_with_their_line() {
        let text = r#"{"meta": {}, "filesystemPolicy": false, "vulnerabilities": [], "ok": false, "targetFile": "main.tf",
          "infrastructureAsCodeIssues": [{"id": "SNYK-CC-TF-1", "title": "Security Group allows open ingress",
            "severity": "medium", "isIgnored": true, "lineNumber": 12, "path": ["resource", "aws_security_group[x]", "ingress"],
            "issue": "That inbound traffic is allowed.", "impact": "…", "resolve": "Set cidr_block."}]}"#;
        let read = read_all(&Snyk, text);
        let claim = &read.claims[0];
        assert_eq!((claim.kind, claim.severity), (Kind::Configuration, Severity::Medium));
        assert_eq!(claim.place, Some(Place::lines("main.tf", 12, 12)));
        assert!(claim.suppression.is_some());
    }

    #[test]
    fn a_failed_run_is_refused_with_snyks_words() {
        let text = r#"{"ok": false, "error": "Authentication failed.", "path": "/srv/shop"}"#;
        assert!(refused(&Snyk, text).to_string().contains("Authentication failed."));
        assert!(matches!(refused(&Snyk, &PROJECT[..PROJECT.len() - 20]), ReadError::Truncated { .. }));
    }

    #[test]
    fn damaged_documents_are_survived() {
        bears_damage(&Snyk, PROJECT, &[]);
    }
}
