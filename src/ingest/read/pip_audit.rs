//! pip-audit's JSON, the array of old versions and the object of later ones.

use serde_json::Value;

use super::advisory::{aliases, dependency, headline, note};
use super::element::{members, must_be_list};
use crate::domain::{Claim, Kind};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::{self, Json, Odd};
use crate::ingest::look::Look;
use crate::ingest::reader::{About, Failure, ReadError, Reader, RunHead, Sink};

/// The reader.
pub(super) struct PipAudit;

static ABOUT: About = About {
    format: "pip-audit",
    tools: "pip-audit (`-f json`)",
    claim: "an element of a dependency's `vulns`",
    aside: "nothing; a dependency with a `skip_reason` was not audited and is a trouble of the run",
    severity_from: "none: pip-audit gives no grade, so every claim is info",
    severity: &[],
    cwe_from: "none",
    prints_from: "none",
};

impl Reader for PipAudit {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        let bare: String = shape.prefix.chars().take(200).filter(|c| !c.is_whitespace()).collect();
        ["", "dependencies"].into_iter().any(|at| {
            let has = |key: &str| shape.has(&format!("{at}[].{key}"));
            has("name") && ((has("vulns") && has("version")) || has("skip_reason"))
        }) || bare.starts_with(r#"{"dependencies":[]}"#)
            || bare.starts_with(r#"{"dependencies":[],"fixes":"#)
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "pip-audit".into(), ..RunHead::default() };
        dependencies(document, &mut |_, parsed, _| {
            if let Ok(value) = parsed
                && !value.words("skip_reason").is_empty()
            {
                head.troubles.push(format!("{}: {}", value.text("name"), value.words("skip_reason")));
            }
            Ok(())
        })?;
        sink.run(head)?;
        dependencies(document, &mut |at, parsed, raw| {
            let value = match parsed {
                Ok(value) => value,
                Err(odd) => return sink.unreadable(&at, odd.failure, &odd.why, raw),
            };
            if !value.is_object() {
                return sink.unreadable(&at, Failure::WrongShape, "no dependency", raw);
            }
            for (index, vulnerability) in value.list("vulns").iter().enumerate() {
                let at = format_args!("{at}.vulns[{index}]");
                match claim(value, vulnerability) {
                    Ok(claim) => sink.claim(&at, raw, claim)?,
                    Err(why) => sink.unreadable(&at, Failure::WrongShape, why, raw)?,
                }
            }
            Ok(())
        })
    }
}

type Each<'e> = dyn FnMut(&str, Result<&Value, &Odd>, &[u8]) -> Result<(), ReadError> + 'e;

/// Calls `each` with every dependency, whichever shape the document has.
fn dependencies(document: &Document, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut all = |json: &mut Json<'_>, at: &str| {
        must_be_list(json, at)?;
        json.array(|json, index| {
            let parsed: Result<Value, Odd> = json.parse()?;
            each(&format!("{at}[{index}]"), parsed.as_ref(), json.last_raw())
        })?;
        Ok(())
    };
    let mut json = document.json()?;
    if json.kind()? == json::Kind::Array {
        all(&mut json, "")?;
        return json.finish();
    }
    members(
        document,
        &["dependencies"],
        |json, key| if key == "dependencies" { all(json, key) } else { Ok(()) },
    )
}

fn claim(of: &Value, vulnerability: &Value) -> Result<Claim, &'static str> {
    let id = vulnerability.text("id");
    if id.trim().is_empty() {
        return Err("no `id`");
    }
    if of.text("name").is_empty() {
        return Err("the dependency has no `name`");
    }
    let mut package = dependency("pypi", of.text("name"), of.text("version"), "");
    package.fixed = vulnerability.texts("fix_versions");
    package.aliases = aliases(id, vulnerability.texts("aliases"));
    let description = vulnerability.text("description");
    let mut notes = Vec::new();
    note(&mut notes, "published", vulnerability.words("published"));
    Ok(Claim {
        rule: id.to_owned(),
        kind: Kind::Dependency,
        title: headline(description),
        message: description.to_owned(),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Severity;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"{"dependencies": [
      {"name": "Flask_Login", "version": "0.5", "vulns": [
        {"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "aliases": ["CVE-2019-1010083", "GHSA-5wv5-4vpf-pj6m"],
         "description": "The Pallets Project Flask before 1.0 is affected by: unexpected memory usage."},
        {"id": "PYSEC-2018-66", "fix_versions": []}, {"fix_versions": []}]},
      {"name": "alabaster", "version": "0.7.12", "vulns": []},
      {"name": "azure-devops", "skip_reason": "Dependency not found on PyPI and could not be audited"},
      "text"], "fixes": []}"#;

    #[test]
    fn a_vulnerability_of_a_dependency_is_a_claim_without_a_grade() {
        let read = read_all(&PipAudit, REPORT);
        let claim = &read.claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity), ("PYSEC-2019-179", Severity::Info));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(
            (package.purl.as_str(), package.name.as_str()),
            ("pkg:pypi/flask-login@0.5", "Flask_Login")
        );
        assert_eq!(package.aliases, ["CVE-2019-1010083", "GHSA-5wv5-4vpf-pj6m"]);
        assert_eq!(package.fixed, ["1.0"]);
        let odd: Vec<_> = read.unreadable.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(odd, ["dependencies[0].vulns[2]", "dependencies[3]"]);
    }

    #[test]
    fn a_dependency_that_was_not_audited_is_a_trouble() {
        let read = read_all(&PipAudit, REPORT);
        assert_eq!(
            read.heads[0].troubles,
            ["azure-devops: Dependency not found on PyPI and could not be audited"]
        );
    }

    #[test]
    fn the_array_of_old_versions_and_the_empty_object_are_read() {
        let text = r#"[{"name": "flask", "version": "0.5", "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "description": "x"}]}]"#;
        assert_eq!(read_all(&PipAudit, text).claims.len(), 1);
        assert_eq!(read_all(&PipAudit, "{ \"dependencies\": [\n] }").claims.len(), 0);
        let manifest = Document::bytes("package.json", r#"{"name": "x", "dependencies": {"lodash": "1"}}"#);
        assert!(!PipAudit.recognises(&manifest.shape().unwrap()));
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(refused(&PipAudit, &REPORT[..REPORT.len() - 6]), ReadError::Truncated { .. }));
        bears_damage(&PipAudit, REPORT, &[]);
    }
}
