//! Grype's own JSON.

use serde_json::Value;

use super::advisory::{
    Outcome, add_score, aliases, cwes, dependency, each, epss, graded, headline, is_absolute, links, note,
};
use super::element::members;
use crate::domain::{Claim, Kind, Place, Severity, Suppression, SuppressionSource};
use crate::ingest::document::{Document, Shape};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};
use crate::ingest::tool;

/// The reader.
pub(super) struct Grype;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("negligible", Severity::Info),
    ("unknown", Severity::Info),
];

static ABOUT: About = About {
    format: "grype",
    tools: "Grype (`-o json`)",
    claim: "an element of `matches` or (suppressed) of `ignoredMatches`",
    aside: "nothing",
    severity_from: "`vulnerability.severity`; where it is Unknown, the first CVSS score",
    severity: SEVERITY,
    cwe_from: "`vulnerability.cwes`, `relatedVulnerabilities[].cwes`",
    prints_from: "none",
};

impl Reader for Grype {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("matches[].vulnerability")
            || (shape.has("matches")
                && (shape.text("descriptor.name") == Some("grype") || shape.has("source")))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "grype".into(), ..RunHead::default() };
        let mut source = Value::Null;
        let mut distribution = String::new();
        members(document, &["matches"], |json, key| {
            match key {
                "descriptor" => {
                    json.object(|json, key| {
                        match key {
                            "version" => head.tool_version = json.words()?,
                            "timestamp" => head.started = json.words()?,
                            _ => {}
                        }
                        Ok(())
                    })?;
                }
                "source" => source = json.value()?,
                "distro" => {
                    let distro = json.value()?;
                    distribution = format!("{} {}", distro.text("name"), distro.text("version"));
                }
                _ => {}
            }
            Ok(())
        })?;
        let folder = match source.at("target") {
            Value::String(folder) if source.text("type") != "image" => path::tidy(folder),
            _ => String::new(),
        };
        if is_absolute(&folder) {
            head.root.clone_from(&folder);
        }
        head.target = tool::image(source.text("target.userInput"));
        sink.run(head)?;

        let context = Context {
            image: source.text("target.userInput").to_owned(),
            distribution: distribution.trim().to_owned(),
            folder,
            is_folder: source.text("type") == "directory",
        };
        document.json()?.object(|json, key| match key {
            "matches" => each(json, sink, "matches", |value| matched(value, &context)),
            "ignoredMatches" => each(json, sink, "ignoredMatches", |value| ignored(value, &context)),
            _ => Ok(()),
        })?;
        Ok(())
    }
}

struct Context {
    image: String,
    distribution: String,
    folder: String,
    is_folder: bool,
}

fn matched(value: &Value, context: &Context) -> Outcome {
    let vulnerability = value.at("vulnerability");
    let artifact = value.at("artifact");
    let id = vulnerability.text("id");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `vulnerability.id`");
    }
    if artifact.text("name").is_empty() {
        return Outcome::Unreadable("no `artifact.name`");
    }
    let mut package = dependency(
        artifact.text("type"),
        artifact.text("name"),
        artifact.text("version"),
        artifact.text("purl"),
    );
    package.fixed = vulnerability.texts("fix.versions");
    let related = value.list("relatedVulnerabilities");
    let others = related.iter().chain(vulnerability.list("advisories"));
    package.aliases = aliases(id, others.map(|other| other.text("id").to_owned()));

    let mut scores = Vec::new();
    let mut weaknesses = cwes(vulnerability.at("cwes"));
    for of in std::iter::once(vulnerability).chain(related) {
        for score in of.list("cvss") {
            let by = [score.text("source"), of.text("namespace")].into_iter().find(|by| !by.is_empty());
            let number = score.number("metrics.baseScore");
            add_score(&mut scores, number, score.text("vector"), by.unwrap_or_default());
        }
        for cwe in cwes(of.at("cwes")) {
            if !weaknesses.contains(&cwe) {
                weaknesses.push(cwe);
            }
        }
    }

    let words = vulnerability.text("severity");
    let descriptions = std::iter::once(vulnerability).chain(related).map(|of| of.text("description"));
    let message = descriptions.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let mut notes = Vec::new();
    note(&mut notes, "fix", vulnerability.text("fix.state"));
    note(&mut notes, "namespace", vulnerability.text("namespace"));
    for found in value.list("matchDetails").iter().take(3) {
        note(&mut notes, "match", found.text("type"));
        note(&mut notes, "affected", found.text("found.versionConstraint"));
    }
    for upstream in artifact.list("upstreams").iter().take(3) {
        let named = format!("{} {}", upstream.text("name"), upstream.text("version"));
        note(&mut notes, "upstream", named.trim());
    }
    if let Some(chance) = vulnerability.list("epss").first() {
        epss(&mut notes, &chance.words("epss"), &chance.words("percentile"));
    }
    if !vulnerability.list("knownExploited").is_empty() {
        note(&mut notes, "known exploited", "yes");
    }
    note(&mut notes, "risk", vulnerability.words("risk"));
    note(&mut notes, "image", context.image.as_str());
    note(&mut notes, "distribution", context.distribution.as_str());
    let locations = artifact.list("locations");
    for more in locations.iter().skip(1).take(3) {
        note(&mut notes, "also at", path::tidy(more.text("path")));
    }
    links(&mut notes, [vulnerability.text("dataSource")]);

    let place = locations.first().map(|location| place(location.text("path"), context));
    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Dependency,
        title: headline(message),
        message: message.to_owned(),
        severity: graded(SEVERITY, words, &scores),
        severity_words: words.to_owned(),
        scores,
        cwes: weaknesses,
        place: place.filter(|place| !place.path.is_empty()),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

/// Paths in a scanned folder are written from the folder on, or with a slash for it; in an image they are the
/// image's own.
fn place(raw: &str, context: &Context) -> Place {
    let path = path::tidy(raw);
    if !context.is_folder {
        return Place::file(path);
    }
    let inside = match path.strip_prefix(context.folder.as_str()) {
        Some(rest) if !context.folder.is_empty() && rest.starts_with('/') => rest,
        _ => path.as_str(),
    };
    Place::file(inside.trim_start_matches('/'))
}

fn ignored(value: &Value, context: &Context) -> Outcome {
    let outcome = matched(value, context);
    let Outcome::Claim(mut claim) = outcome else { return outcome };
    let mut words = Vec::new();
    for rule in value.list("appliedIgnoreRules") {
        let told = ["reason", "vex-justification", "vex-status", "fix-state"].map(|key| rule.text(key));
        words.extend(told.into_iter().find(|told| !told.is_empty()));
    }
    claim.suppression =
        Some(Suppression { source: SuppressionSource::External, justification: words.join("; ") });
    Outcome::Claim(claim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Cwe;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"{
      "matches": [
        {"vulnerability": {"id": "GHSA-v6rh-hp5x-86rv", "dataSource": "https://example.com/GHSA-v6rh-hp5x-86rv",
           "namespace": "github:language:python", "severity": "High", "cvss": [], "risk": 0.03,
           "description": "Potential bypass of an upstream access control", "fix": {"versions": ["3.2.10"], "state": "fixed"},
           "epss": [{"cve": "CVE-2021-44420", "epss": 0.00225, "percentile": 0.45}], "knownExploited": [{"cve": "CVE-2021-44420"}],
           "advisories": [{"id": "RHSA-2022:1"}]},
         "relatedVulnerabilities": [{"id": "CVE-2021-44420", "namespace": "nvd:cpe", "cwes": [{"cwe": "290", "source": "nvd"}],
           "cvss": [{"source": "nvd@nist.gov", "version": "3.1", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L", "metrics": {"baseScore": 7.3}}]}],
         "matchDetails": [{"type": "exact-direct-match", "found": {"versionConstraint": ">=3.2,<3.2.10 (python)"}}],
         "artifact": {"name": "Django", "version": "3.2.9", "type": "python", "purl": "pkg:pypi/Django@3.2.9",
           "locations": [{"path": "/requirements.txt"}, {"path": "/dev.txt"}], "upstreams": []}},
        {"vulnerability": {"id": "CVE-2009-3882", "severity": "Unknown", "cvss": [{"vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}], "fix": null},
         "artifact": {"name": "java", "version": "17\u0000-J", "type": "binary"}},
        {"vulnerability": {"id": "CVE-2005-2541", "severity": "Negligible"}, "artifact": {"name": "tar", "type": "deb", "purl": "pkg:deb/debian/tar@1.34"}},
        {"vulnerability": {}, "artifact": {"name": "x"}}, {"vulnerability": {"id": "CVE-2000-1"}}, null
      ],
      "ignoredMatches": [{"vulnerability": {"id": "CVE-2020-1", "severity": "Low"}, "artifact": {"name": "zlib", "type": "apk"},
        "appliedIgnoreRules": [{"vulnerability": "CVE-2020-1", "reason": "not loaded"}]}],
      "source": {"type": "directory", "target": "/srv/shop"}, "distro": {"name": "", "version": ""},
      "descriptor": {"name": "grype", "version": "0.96.0", "timestamp": "2026-01-02T03:04:05Z"}
    }"#;

    #[test]
    fn a_match_becomes_a_claim_with_what_related_entries_know() {
        let read = read_all(&Grype, REPORT);
        assert_eq!(
            (read.heads[0].tool_version.as_str(), read.heads[0].root.as_str()),
            ("0.96.0", "/srv/shop")
        );
        let claim = &read.claims[0];
        assert_eq!((claim.severity, claim.cwes.as_slice()), (Severity::High, [Cwe(290)].as_slice()));
        assert_eq!(claim.place, Some(Place::file("requirements.txt")));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(package.aliases, ["CVE-2021-44420", "RHSA-2022:1"]);
        assert_eq!(
            (package.fixed.as_slice(), package.ecosystem.as_str()),
            (["3.2.10".to_owned()].as_slice(), "pypi")
        );
        assert_eq!((claim.scores[0].score, claim.scores[0].by.as_str()), (Some(7.3), "nvd@nist.gov"));
        assert!(claim.notes.contains(&("known exploited".into(), "yes".into())));
        assert!(claim.notes.contains(&("epss".into(), "0.00225 (percentile 0.45)".into())));
    }

    #[test]
    fn unknown_takes_the_scores_grade_and_negligible_is_advice() {
        let read = read_all(&Grype, REPORT);
        assert_eq!((read.claims[1].severity, read.claims[1].scores[0].score), (Severity::High, Some(7.5)));
        assert_eq!(
            (read.claims[2].severity, read.claims[2].severity_words.as_str()),
            (Severity::Info, "Negligible")
        );
        assert_eq!(read.claims[1].place, None);
    }

    #[test]
    fn ignored_matches_are_suppressed_claims_and_odd_ones_unreadable() {
        let read = read_all(&Grype, REPORT);
        assert_eq!(read.claims[3].suppression.as_ref().unwrap().justification, "not loaded");
        let odd: Vec<_> = read.unreadable.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(odd, ["matches[3]", "matches[4]", "matches[5]"]);
    }

    #[test]
    fn paths_in_an_image_stay_its_own() {
        let text = REPORT.replace(
            r#"{"type": "directory", "target": "/srv/shop"}"#,
            r#"{"type": "image", "target": {"userInput": "shop:1"}}"#,
        );
        let read = read_all(&Grype, &text);
        assert_eq!(read.claims[0].place, Some(Place::file("/requirements.txt")));
        assert!(read.claims[0].notes.contains(&("image".into(), "shop:1".into())));
        assert_eq!(read.heads[0].root, "");
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(refused(&Grype, &REPORT[..REPORT.len() - 6]), ReadError::Truncated { .. }));
        bears_damage(&Grype, REPORT, &[]);
    }
}
