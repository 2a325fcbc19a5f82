//! The dependency findings that Semgrep's platform gives over its interface: `vulns`, for all repositories at once.

use serde_json::Value;

use super::super::advisory::{dependency, first_known};
use super::super::element::{Reading, Told, each_of, members, note, note_lines};
use super::SEVERITY;
use crate::domain::package::of_manifest;
use crate::domain::{
    Claim, Columns, Cwe, Dependency, Kind, Place, Point, Rule, Step, Suppression, SuppressionSource,
    ToolPrint,
};
use crate::ingest::document::{Document, Shape};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Sink, grade};

/// The reader.
pub(in crate::ingest::read) struct Platform;

static ABOUT: About = About {
    format: "semgrep-platform",
    tools: "Semgrep AppSec Platform, Supply Chain findings of a deployment",
    claim: "an element of `vulns`",
    aside: "one whose `triage.status` is `FIXED`",
    severity_from: "`advisory.severity`",
    severity: SEVERITY,
    cwe_from: "`advisory.references.cweIds`",
    prints_from: "`groupKey`",
};

impl Reader for Platform {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("vulns[].advisory.ruleId") || shape.has("vulns") && shape.has("hasMore")
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "semgrep".to_owned(), ..RunHead::default() };
        let mut repository: Option<String> = None;
        let (mut several, mut more) = (false, false);
        members(document, &["vulns"], |json, key| {
            match key {
                "hasMore" => more = json.words()? == "true",
                "vulns" => {
                    json.array(|json, _| {
                        let name = json.value()?.text("repositoryName").to_owned();
                        several |= repository.as_ref().is_some_and(|first| *first != name);
                        repository.get_or_insert(name);
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        if more {
            head.troubles.push("this is one page of several: more findings lie behind its cursor".into());
        }
        sink.run(head)?;
        let mut told = Told::default();
        each_of(document, sink, "vulns", |sink, at, raw, value| {
            told.once(sink, value.text("advisory.ruleId"), || rule(value.at("advisory")))?;
            reading(value, several).tell(sink, at, raw)
        })
    }
}

fn rule(advisory: &Value) -> Rule {
    Rule {
        id: advisory.text("ruleId").to_owned(),
        title: advisory.text("title").to_owned(),
        help: advisory.text("description").to_owned(),
        link: advisory.texts("references.urls").into_iter().next().unwrap_or_default(),
        cwes: cwes(advisory),
    }
}

fn cwes(advisory: &Value) -> Vec<Cwe> {
    let mut all = Vec::new();
    for cwe in advisory.texts("references.cweIds").iter().flat_map(|text| Cwe::all_in(text)) {
        if !all.contains(&cwe) {
            all.push(cwe);
        }
    }
    all
}

/// Reads one finding. Of several repositories the name goes in front of the path, since each has its own
/// `requirements.txt`.
fn reading(value: &Value, several: bool) -> Reading {
    let advisory = value.at("advisory");
    let rule = advisory.text("ruleId");
    if rule.is_empty() {
        return Reading::wrong("no `advisory.ruleId`");
    }
    let status = value.text("triage.status");
    if status.eq_ignore_ascii_case("fixed") {
        return Reading::aside("the platform says that it is fixed");
    }
    let repository = value.text("repositoryName");
    let prefix = if several { repository } else { "" };
    let manifest = location(value.at("dependencyFileLocation"), prefix);
    let file = manifest.as_ref().map(|place| place.path.as_str()).unwrap_or_default();
    let name = value.text("matchedDependency.name");
    let version = value.words("matchedDependency.versionSpecifier");
    // One advisory may be about packages of several ecosystems and names only one: the manifest knows better.
    let system = first_known([of_manifest(file), advisory.text("ecosystem")]);
    let mut fixed: Vec<String> = Vec::new();
    let safe = advisory.list("safeDependencies").iter().chain([value.at("closestSafeDependency")]);
    for dependency in safe.filter(|dependency| dependency.text("name") == name) {
        let version = dependency.words("versionSpecifier");
        if !version.is_empty() && !fixed.contains(&version) {
            fixed.push(version);
        }
    }
    let words = advisory.text("severity");
    let ignored = matches!(status.to_ascii_uppercase().as_str(), "IGNORED" | "DISMISSED");
    let mut notes = Vec::new();
    note_lines(&mut notes, value.at("dependencyFileLocation"), &["startLine", "endLine"]);
    note(&mut notes, "repository", repository);
    note(&mut notes, "exposure", value.text("exposureType").to_ascii_lowercase().replace('_', " "));
    note(&mut notes, "reachable if", advisory.text("reachableIf"));
    note(&mut notes, "transitivity", value.text("transitivity").to_ascii_lowercase());
    note(&mut notes, "status", status);
    note(&mut notes, "opened", value.text("openedAt"));
    for link in advisory.texts("references.urls") {
        note(&mut notes, "reference", link);
    }
    let key = value.text("groupKey");
    Claim {
        rule: rule.to_owned(),
        kind: Kind::Dependency,
        title: value.text("title").to_owned(),
        message: advisory.text("description").to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        cwes: cwes(advisory),
        owasp: owasp(advisory),
        place: manifest,
        related: value
            .list("usages")
            .iter()
            .filter_map(|usage| location(usage.at("location"), prefix))
            .map(|place| Step { place, message: "uses the package".to_owned() })
            .collect(),
        prints: (!key.is_empty())
            .then(|| ToolPrint { name: "groupKey".to_owned(), value: key.to_owned() })
            .into_iter()
            .collect(),
        suppression: ignored.then(|| Suppression {
            source: SuppressionSource::External,
            justification: reason(value.text("triage.dismissReason")),
        }),
        dependency: Some(Dependency {
            fixed,
            aliases: aliases(advisory),
            ..dependency(system, name, &version, "")
        }),
        notes,
        ..Claim::default()
    }
    .into()
}

fn reason(words: &str) -> String {
    if words == "UNKNOWN_REASON" { String::new() } else { words.to_ascii_lowercase().replace('_', " ") }
}

fn owasp(advisory: &Value) -> Vec<String> {
    let codes = advisory.texts("references.owaspIds");
    codes.iter().filter_map(|text| text.split(' ').next()).map(str::to_owned).collect()
}

fn aliases(advisory: &Value) -> Vec<String> {
    let mut all = advisory.texts("references.cveIds");
    for link in advisory.texts("references.urls") {
        let last = link.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if last.starts_with("GHSA-") && !all.iter().any(|known| known == last) {
            all.push(last.to_owned());
        }
    }
    all
}

/// Numbers come as text, and 0 for what is not known.
fn location(value: &Value, prefix: &str) -> Option<Place> {
    let file = value.text("path");
    if file.is_empty() {
        return None;
    }
    let path = if prefix.is_empty() { path::tidy(file) } else { path::tidy(&format!("{prefix}/{file}")) };
    let start = Point { line: value.count("startLine"), column: value.count("startCol") };
    let end = Point { line: value.count("endLine"), column: value.count("endCol") };
    let end = if end.line < start.line { Point::line(start.line) } else { end };
    Some(Place { path, start, end, columns: Columns::Bytes, ..Place::default() })
}
