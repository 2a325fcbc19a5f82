//! The advisories that npm 6, pnpm and both yarns write: an object of them, or one line for each.

use serde_json::{Value, json};

use super::advisory::{Outcome, aliases, cwes, dependency, graded, hand_over, links, note, starts_of};
use super::element::{must_be_object, without};
use super::npm_audit::{SEVERITY, failure, score};
use crate::domain::{Claim, Kind, package};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::Odd;
use crate::ingest::look::Look;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Sink};

/// The reader.
pub(super) struct NpmAudit6;

static ABOUT: About = About {
    format: "npm-audit-6",
    tools: "npm 6 and pnpm (`audit --json`), yarn 1 (`yarn audit --json`), yarn 4 (`yarn npm audit --json`)",
    claim: "an entry of `advisories`, whatever the number of its paths; a line of yarn's that holds an advisory. The \
            rule is the GitHub advisory where one is named, else the number, which changes between databases",
    aside: "elements of `muted`",
    severity_from: "`severity`",
    severity: SEVERITY,
    cwe_from: "`cwe`",
    prints_from: "none",
};

impl Reader for NpmAudit6 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        let summary = shape.text("type") == Some("auditSummary") && shape.has("data.vulnerabilities");
        shape.has("data.advisory")
            || summary
            || shape.has("children.Vulnerable Versions")
            || (shape.has("advisories") && (shape.has("muted") || shape.has("metadata.vulnerabilities")))
            || (shape.has("actions[].resolves") && shape.has("actions[].module"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        // Lines need no second look: what a line tells of the run it tells behind its advisories.
        let (mut lines, mut listed) = (false, false);
        let mut failed = None;
        let mut json = document.json()?;
        while !json.at_end()? {
            json.object(|json, key| {
                match key {
                    "error" => failed = Some(failure(&json.value()?)),
                    "advisories" => {
                        must_be_object(json, key)?;
                        listed = true;
                    }
                    "type" | "value" => lines = true,
                    _ => {}
                }
                Ok(())
            })?;
        }
        if lines {
            return read_lines(document, sink);
        }
        if !listed {
            return Err(failed.map_or_else(|| without(&["advisories"]), ReadError::Unsupported));
        }
        let troubles = failed.into_iter().collect();
        sink.run(RunHead { tool: "npm-audit".into(), troubles, ..RunHead::default() })?;
        let mut json = document.json()?;
        json.object(|json, key| {
            match key {
                "advisories" => {
                    json.object(|json, key| {
                        let parsed: Result<Value, Odd> = json.parse()?;
                        let outcome = parsed.map(|value| advisory(&value, &Value::Null));
                        hand_over(sink, &format_args!("advisories[{key:?}]"), json.last_raw(), outcome)
                    })?;
                }
                "muted" => {
                    json.array(|_, index| sink.set_aside(&format_args!("muted[{index}]"), "muted"))?;
                }
                _ => {}
            }
            Ok(())
        })?;
        json.finish()
    }
}

fn read_lines(document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut head = RunHead { tool: "yarn-audit".into(), ..RunHead::default() };
    let mut known = false;
    let mut json = document.json()?;
    while !json.at_end()? {
        let line = json.value()?;
        let kind = line.text("type");
        known |= kind.starts_with("audit") || line.at("children").is_object();
        if kind == "error" {
            head.troubles.push(line.words("data"));
        }
    }
    if !known {
        let trouble = head.troubles.into_iter().next();
        return Err(trouble.map_or_else(|| without(&["auditSummary"]), ReadError::Unsupported));
    }
    sink.run(head)?;
    let mut json = document.json()?;
    let mut number = 0_u64;
    while !json.at_end()? {
        number += 1;
        let parsed: Result<Value, Odd> = json.parse()?;
        let outcome = match parsed {
            Ok(line) if line.text("type") == "auditAdvisory" => {
                Ok(advisory(line.at("data.advisory"), line.at("data.resolution")))
            }
            Ok(line) if line.at("children").is_object() => Ok(berry(&line)),
            // A summary, an action, a message.
            Ok(_) => continue,
            Err(odd) => Err(odd),
        };
        hand_over(sink, &format_args!("line {number}"), json.last_raw(), outcome)?;
    }
    Ok(())
}

/// An advisory in the shape of npm 6. `resolution` is the one way that a line of yarn's is about.
fn advisory(value: &Value, resolution: &Value) -> Outcome {
    let number = value.words("id");
    let link = value.text("url");
    let named = [value.text("github_advisory_id"), link];
    let id = named.into_iter().find_map(package::advisory_in).unwrap_or_else(|| number.clone());
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `id`");
    }
    let name = value.text("module_name");
    if name.is_empty() {
        return Outcome::Unreadable("no `module_name`");
    }
    let findings = value.list("findings");
    let mut versions: Vec<&str> = findings.iter().map(|found| found.text("version")).collect();
    versions.retain(|version| !version.is_empty());
    let all = std::mem::take(&mut versions);
    for version in all {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    let ways: Vec<String> = match resolution.text("path") {
        "" => findings.iter().flat_map(|found| found.texts("paths")).collect(),
        path => vec![path.to_owned()],
    };
    let mut package = dependency("npm", name, versions.first().copied().unwrap_or_default(), "");
    package.path = ways.first().map(|way| steps(way)).unwrap_or_default();
    package.fixed = starts_of(value.text("patched_versions"));
    package.aliases = aliases(&id, value.texts("cves"));

    let mut scores = Vec::new();
    score(&mut scores, value);
    let words = value.text("severity");
    let mut notes = Vec::new();
    if number != id {
        note(&mut notes, "npm advisory", number);
    }
    note(&mut notes, "affected", value.text("vulnerable_versions"));
    note(&mut notes, "patched", value.text("patched_versions"));
    note(&mut notes, "recommendation", value.text("recommendation"));
    note(&mut notes, "also in versions", versions.get(1..).unwrap_or_default().join(", "));
    if ways.len() > 1 {
        note(&mut notes, "paths", ways.len().to_string());
        for way in ways.iter().skip(1).take(4) {
            note(&mut notes, "also by", way.as_str());
        }
    }
    links(&mut notes, [link]);
    let overview = value.text("overview");
    Outcome::from(Claim {
        rule: id,
        kind: Kind::Dependency,
        title: value.text("title").trim().to_owned(),
        message: if overview.is_empty() { value.text("title") } else { overview }.to_owned(),
        severity: graded(SEVERITY, words, &scores),
        severity_words: words.to_owned(),
        scores,
        cwes: cwes(value.at("cwe")),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

/// A line of yarn 4: `{"value": "lodash", "children": {"ID": …, "Issue": …}}`.
fn berry(line: &Value) -> Outcome {
    let children = line.at("children");
    let versions = children.texts("Tree Versions");
    let as_npm = json!({
        "id": children.at("ID"),
        "module_name": line.at("value"),
        "title": children.at("Issue"),
        "url": children.at("URL"),
        "severity": children.at("Severity"),
        "vulnerable_versions": children.at("Vulnerable Versions"),
        "findings": versions.iter().map(|version| json!({"version": version})).collect::<Vec<_>>(),
    });
    let outcome = advisory(&as_npm, &Value::Null);
    let Outcome::Claim(mut claim) = outcome else { return outcome };
    note(&mut claim.notes, "dependents", children.texts("Dependents").join(", "));
    Outcome::Claim(claim)
}

/// `a>b>c`; pnpm writes the project itself as a dot in front.
fn steps(way: &str) -> Vec<String> {
    way.split('>').map(str::trim).filter(|step| !step.is_empty() && *step != ".").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cwe, Severity};
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"{
      "actions": [{"action": "review", "module": "growl", "resolves": [{"id": 146, "path": "mocha>growl", "dev": true}]}],
      "advisories": {
        "146": {"findings": [{"version": "1.9.2", "paths": ["mocha>growl", "x>growl"]}, {"version": "1.8.0", "paths": [".>y>growl"]}],
          "id": 146, "title": "Command Injection", "module_name": "growl", "cves": ["CVE-2017-16042"],
          "vulnerable_versions": "<1.10.2", "patched_versions": ">=1.10.2 <2 || >=2.1.0", "overview": "Affected versions …",
          "recommendation": "Update to version 1.10.2 or later.", "severity": "critical", "cwe": null, "url": "https://www.npmjs.com/advisories/146"},
        "1064843": {"findings": [], "id": 1064843, "github_advisory_id": "GHSA-93q8-gq69-wqmw", "title": "ReDoS", "module_name": "@x/ansi",
          "severity": "moderate", "cwe": ["400"], "patched_versions": "<0.0.0", "url": "https://github.com/advisories/GHSA-93q8-gq69-wqmw",
          "cvss": {"score": 7.5, "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}},
        "3": {"title": "nameless", "id": 3}, "4": null
      },
      "muted": [{}], "metadata": {"vulnerabilities": {"critical": 1}}
    }"#;

    #[test]
    fn an_advisory_is_one_claim_whatever_the_number_of_its_paths() {
        let read = read_all(&NpmAudit6, REPORT);
        assert_eq!((read.claims.len(), read.aside.len(), read.unreadable.len()), (2, 1, 2));
        let claim = &read.claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity), ("146", Severity::Critical));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(
            (package.purl.as_str(), package.path.as_slice()),
            ("pkg:npm/growl@1.9.2", ["mocha".to_owned(), "growl".to_owned()].as_slice())
        );
        assert_eq!(package.fixed, ["1.10.2", "2.1.0"]);
        assert_eq!(package.aliases, ["CVE-2017-16042"]);
        assert!(claim.notes.contains(&("paths".into(), "3".into())));
        assert!(claim.notes.contains(&("also in versions".into(), "1.8.0".into())));
    }

    #[test]
    fn the_github_advisory_is_the_rule_where_one_is_named() {
        let claim = &read_all(&NpmAudit6, REPORT).claims[1];
        assert_eq!(
            (claim.rule.as_str(), claim.cwes.as_slice()),
            ("GHSA-93q8-gq69-wqmw", [Cwe(400)].as_slice())
        );
        assert_eq!(claim.dependency.as_ref().unwrap().purl, "pkg:npm/%40x/ansi");
        assert!(claim.dependency.as_ref().unwrap().fixed.is_empty());
        assert_eq!(claim.scores[0].score, Some(7.5));
    }

    #[test]
    fn yarns_lines_are_a_claim_for_every_path() {
        let text = r#"{"type":"warning","data":"x"}
{"type":"auditAdvisory","data":{"resolution":{"id":1,"path":"a>lodash","dev":false},"advisory":{"id":1,"module_name":"lodash","severity":"high","findings":[{"version":"4.0.0","paths":["a>lodash","b>lodash"]}]}}}
{"type":"auditAdvisory","data":{"resolution":{"id":1,"path":"b>lodash","dev":false},"advisory":{"id":1,"module_name":"lodash","severity":"high","findings":[]}}}
{"type":"auditAdvisory","data":{}}
{"type":"error","data":"offline"}
{"type":"auditSummary","data":{"vulnerabilities":{"high":2}}}
"#;
        let read = read_all(&NpmAudit6, text);
        assert_eq!(
            (read.heads[0].tool.as_str(), read.heads[0].troubles.as_slice()),
            ("yarn-audit", ["offline".to_owned()].as_slice())
        );
        let ways: Vec<_> =
            read.claims.iter().map(|claim| claim.dependency.as_ref().unwrap().path.join(">")).collect();
        assert_eq!(ways, ["a>lodash", "b>lodash"]);
        assert_eq!(read.unreadable[0].0, "line 4");
        bears_damage(&NpmAudit6, text, &[]);
    }

    #[test]
    fn yarn_4_names_the_issue_in_capitals() {
        let text = r#"{"value":"lodash","children":{"ID":1094500,"Issue":"Prototype Pollution","URL":"https://github.com/advisories/GHSA-jf85-cpcp-j695","Severity":"critical","Vulnerable Versions":"<4.17.12","Tree Versions":["4.17.4"],"Dependents":["shop@workspace:."]}}"#;
        let claim = &read_all(&NpmAudit6, text).claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity), ("GHSA-jf85-cpcp-j695", Severity::Critical));
        assert_eq!(claim.dependency.as_ref().unwrap().version, "4.17.4");
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(refused(&NpmAudit6, &REPORT[..REPORT.len() - 6]), ReadError::Truncated { .. }));
        bears_damage(&NpmAudit6, REPORT, &[]);
    }
}
