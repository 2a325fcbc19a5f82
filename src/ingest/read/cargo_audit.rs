//! cargo-audit's JSON.

use serde_json::Value;

use super::advisory::{Outcome, add_score, aliases, dependency, each, graded, links, note, starts_of};
use super::element::{members, without};
use crate::domain::{Claim, Kind, Place, Severity};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json;
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};

/// The reader.
pub(super) struct CargoAudit;

const SEVERITY: Scale =
    &[("unsound", Severity::Low), ("unmaintained", Severity::Info), ("notice", Severity::Info)];

static ABOUT: About = About {
    format: "cargo-audit",
    tools: "cargo-audit (`--json`)",
    claim: "an element of `vulnerabilities.list`; a warning that names an advisory (`unsound`, `unmaintained`, \
            `notice`)",
    aside: "a warning without an advisory, such as `yanked`",
    severity_from: "the base score of `advisory.cvss`; without one a vulnerability is info, and a warning is graded by \
                    its kind",
    severity: SEVERITY,
    cwe_from: "none",
    prints_from: "none",
};

impl Reader for CargoAudit {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        (shape.has("vulnerabilities.list") && (shape.has("lockfile") || shape.has("database")))
            || (shape.has("lockfile.dependency-count") && shape.has("database"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let head = RunHead { tool: "cargo-audit".into(), ..RunHead::default() };
        let mut lockfile = String::new();
        let mut listed = false;
        members(document, &["vulnerabilities"], |json, key| {
            match key {
                "lockfile" => lockfile = path::tidy(json.value()?.text("path")),
                "vulnerabilities" => {
                    json.object(|_, key| {
                        listed |= key == "list";
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        if !listed {
            return Err(without(&["vulnerabilities.list"]));
        }
        sink.run(head)?;
        if !lockfile.is_empty() {
            sink.covered(&lockfile)?;
        }
        document.json()?.object(|json, key| {
            match key {
                "vulnerabilities" => {
                    json.object(|json, key| match key {
                        "list" => {
                            each(json, sink, "vulnerabilities.list", |value| advisory(value, "", &lockfile))
                        }
                        _ => Ok(()),
                    })?;
                }
                // Once an array of warnings, now an object of such arrays by kind.
                "warnings" if json.kind()? == json::Kind::Array => {
                    each(json, sink, "warnings", |value| advisory(value, value.text("kind"), &lockfile))?;
                }
                "warnings" => {
                    json.object(|json, kind| {
                        each(json, sink, &format!("warnings.{kind}"), |value| {
                            advisory(value, kind, &lockfile)
                        })
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// A vulnerability, or a warning of a kind.
fn advisory(value: &Value, kind: &str, lockfile: &str) -> Outcome {
    let advisory = value.at("advisory");
    let name = [value.text("package.name"), advisory.text("package")];
    let Some(name) = name.into_iter().find(|name| !name.is_empty()) else {
        return Outcome::Unreadable("no `package.name`");
    };
    if !kind.is_empty() && !advisory.is_object() {
        return Outcome::Aside(format!("{kind}, without an advisory"));
    }
    let id = advisory.text("id");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `advisory.id`");
    }
    let mut package = dependency("cargo", name, value.text("package.version"), "");
    let patched = value.texts("versions.patched");
    package.fixed = patched.iter().flat_map(|range| starts_of(range)).collect();
    package.aliases = aliases(id, advisory.texts("aliases"));

    let mut scores = Vec::new();
    add_score(&mut scores, None, advisory.text("cvss"), "RustSec");
    let mut severity = graded(SEVERITY, kind, &scores);
    if let Some(score) = scores.first().and_then(|score| score.score) {
        severity = Severity::from_score(score);
    }
    let words = match (kind, scores.first().and_then(|score| score.score)) {
        ("", Some(score)) => format!("CVSS {score}"),
        (kind, _) => kind.to_owned(),
    };
    let mut notes = Vec::new();
    note(&mut notes, "patched", patched.join(" or "));
    note(&mut notes, "unaffected", value.texts("versions.unaffected").join(", "));
    note(&mut notes, "categories", advisory.texts("categories").join(", "));
    if let Some(functions) = value.at("affected.functions").as_object() {
        let names: Vec<&str> = functions.keys().take(10).map(String::as_str).collect();
        note(&mut notes, "vulnerable functions", names.join(", "));
    }
    note(&mut notes, "published", advisory.text("date"));
    note(&mut notes, "withdrawn", advisory.text("withdrawn"));
    let references = advisory.texts("references");
    links(&mut notes, std::iter::once(advisory.text("url")).chain(references.iter().map(String::as_str)));
    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Dependency,
        title: advisory.text("title").to_owned(),
        message: advisory.text("description").to_owned(),
        severity,
        severity_words: words,
        scores,
        place: (!lockfile.is_empty()).then(|| Place::file(lockfile)),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"{
      "database": {"advisory-count": 1098}, "lockfile": {"dependency-count": 176, "path": "./Cargo.lock"}, "settings": {"ignore": []},
      "vulnerabilities": {"found": true, "count": 2, "list": [
        {"advisory": {"id": "RUSTSEC-2020-0071", "package": "time", "title": "Potential segfault in the time crate", "description": "Unix-like …",
           "aliases": ["CVE-2020-26235", "GHSA-wcg3-cvx6-7396"], "categories": ["memory-corruption"],
           "cvss": "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", "url": "https://example.com/293", "references": []},
         "versions": {"patched": [">=0.2.23"], "unaffected": ["=0.2.0"]}, "affected": {"functions": {"time::at": ["<0.2.23"]}},
         "package": {"name": "time", "version": "0.1.44"}},
        {"advisory": {"id": "RUSTSEC-2026-0044", "title": "x", "cvss": null}, "package": {"name": "aws-lc-sys", "version": "0.36.0"}},
        {"advisory": {"title": "no id"}, "package": {"name": "x"}}, {}]},
      "warnings": {
        "unmaintained": [{"kind": "unmaintained", "package": {"name": "net2", "version": "0.2.37"}, "advisory": {"id": "RUSTSEC-2020-0016", "title": "net2 is deprecated"}}],
        "unsound": [{"kind": "unsound", "package": {"name": "atty", "version": "0.2.14"}, "advisory": {"id": "RUSTSEC-2021-0145", "cvss": null}}],
        "yanked": [{"kind": "yanked", "package": {"name": "abc", "version": "1"}, "advisory": null}]}
    }"#;

    #[test]
    fn a_vulnerability_is_graded_by_the_score_of_its_vector() {
        let read = read_all(&CargoAudit, REPORT);
        let claim = &read.claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity), ("RUSTSEC-2020-0071", Severity::Medium));
        assert_eq!((claim.severity_words.as_str(), claim.scores[0].score), ("CVSS 5.5", Some(5.5)));
        assert_eq!(claim.place, Some(Place::file("Cargo.lock")));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(
            (package.purl.as_str(), package.fixed.as_slice()),
            ("pkg:cargo/time@0.1.44", ["0.2.23".to_owned()].as_slice())
        );
        assert_eq!(package.aliases, ["CVE-2020-26235", "GHSA-wcg3-cvx6-7396"]);
        assert_eq!((read.claims[1].severity, read.claims[1].severity_words.as_str()), (Severity::Info, ""));
    }

    #[test]
    fn warnings_with_an_advisory_are_mild_claims_and_yanked_crates_are_set_aside() {
        let read = read_all(&CargoAudit, REPORT);
        let mild: Vec<_> =
            read.claims[2..].iter().map(|claim| (claim.severity_words.as_str(), claim.severity)).collect();
        assert_eq!(mild, [("unmaintained", Severity::Info), ("unsound", Severity::Low)]);
        assert_eq!(read.aside, [("warnings.yanked[0]".to_owned(), "yanked, without an advisory".to_owned())]);
        assert_eq!(read.unreadable.len(), 2);
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(refused(&CargoAudit, &REPORT[..REPORT.len() - 6]), ReadError::Truncated { .. }));
        bears_damage(&CargoAudit, REPORT, &[]);
    }
}
