//! What `npm audit --json` writes from npm 7 on: packages, each with the advisories or packages it is affected by.

use serde_json::Value;

use super::advisory::{Graph, add_score, aliases, cwes, dependency, ends_of, graded, links, note};
use super::element::{members, must_be_object};
use crate::domain::{Claim, Kind, Severity, package};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::Odd;
use crate::ingest::look::Look;
use crate::ingest::reader::{About, Failure, ReadError, Reader, RunHead, Scale, Sink};

/// The reader.
pub(super) struct NpmAudit;

pub(super) const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("moderate", Severity::Medium),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("none", Severity::Info),
];

static ABOUT: About = About {
    format: "npm-audit",
    tools: "npm 7 and later (`npm audit --json`)",
    claim: "an object in the `via` of an entry of `vulnerabilities`: an advisory about that very package. The rule is \
            the GitHub advisory its link names, else npm's number, which changes between databases",
    aside: "an entry whose `via` names only other packages: its advisories are claims of those",
    severity_from: "`via[].severity`, else the entry's `severity`",
    severity: SEVERITY,
    cwe_from: "`via[].cwe`",
    prints_from: "none",
};

impl Reader for NpmAudit {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        (shape.has("auditReportVersion") && shape.has("vulnerabilities"))
            || (shape.has("error.code") && shape.has("error.summary"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut graph = Graph::default();
        let mut failed = None;
        let found = members(document, &["vulnerabilities"], |json, key| {
            match key {
                "vulnerabilities" => {
                    must_be_object(json, key)?;
                    json.object(|json, name| {
                        let entry = json.value()?;
                        if entry.at("isDirect") == &Value::Bool(true) {
                            graph.root(name);
                        }
                        for above in entry.texts("effects") {
                            graph.edge(&above, name);
                        }
                        Ok(())
                    })?;
                }
                "error" => failed = Some(failure(&json.value()?)),
                _ => {}
            }
            Ok(())
        });
        match (found, &failed) {
            (Err(ReadError::Unsupported(_)), Some(why)) => return Err(ReadError::Unsupported(why.clone())),
            (found, _) => found?,
        }
        graph.find_ways();
        sink.run(RunHead {
            tool: "npm-audit".into(),
            troubles: failed.into_iter().collect(),
            ..RunHead::default()
        })?;

        document.json()?.object(|json, key| {
            if key != "vulnerabilities" {
                return Ok(());
            }
            json.object(|json, name| {
                let parsed: Result<Value, Odd> = json.parse()?;
                entry(name, parsed, json.last_raw(), &graph, sink)
            })?;
            Ok(())
        })?;
        Ok(())
    }
}

/// What npm says went wrong, in both of its shapes.
pub(super) fn failure(error: &Value) -> String {
    let texts = ["code", "summary", "message", "detail"].map(|key| error.words(key));
    let mut told: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    if told.is_empty() {
        told.push(error.words(""));
    }
    format!("npm audit failed: {}", told.join(": ").trim())
}

fn entry(
    name: &str,
    parsed: Result<Value, Odd>,
    raw: &[u8],
    graph: &Graph,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    let at = format_args!("vulnerabilities[{name:?}]");
    let value = match parsed {
        Ok(value) => value,
        Err(odd) => return sink.unreadable(&at, odd.failure, &odd.why, raw),
    };
    // One advisory may stand there without its array.
    let alone = value.at("via");
    let via =
        if alone.is_object() || alone.is_string() { std::slice::from_ref(alone) } else { value.list("via") };
    let mut through = Vec::new();
    let mut claims = 0;
    for (index, advisory) in via.iter().enumerate() {
        match advisory {
            Value::String(other) => through.push(other.as_str()),
            Value::Object(_) => {
                claims += 1;
                let at = format_args!("{at}.via[{index}]");
                match claim(name, &value, advisory, graph) {
                    Ok(claim) => sink.claim(&at, raw, claim)?,
                    Err(why) => sink.unreadable(&at, Failure::WrongShape, why, raw)?,
                }
            }
            _ => {
                claims += 1;
                let at = format_args!("{at}.via[{index}]");
                sink.unreadable(&at, Failure::WrongShape, "neither an advisory nor a package's name", raw)?;
            }
        }
    }
    match (claims, through.is_empty()) {
        (0, true) => sink.unreadable(&at, Failure::WrongShape, "no `via`", raw),
        (0, false) => sink.set_aside(
            &at,
            &format!("affected only through {}, which is told of by itself", through.join(", ")),
        ),
        _ => Ok(()),
    }
}

fn claim(name: &str, entry: &Value, advisory: &Value, graph: &Graph) -> Result<Claim, &'static str> {
    let number = advisory.words("source");
    let link = advisory.text("url");
    let id = package::advisory_in(link).unwrap_or_else(|| number.clone());
    if id.trim().is_empty() {
        return Err("neither a `url` nor a `source` that names the advisory");
    }
    let about = ["dependency", "name"].map(|key| advisory.text(key));
    let about = about.into_iter().find(|about| !about.is_empty()).unwrap_or(name);
    let mut package = dependency("npm", about, "", "");
    let range = advisory.text("range");
    package.fixed = ends_of(range);
    package.path = graph.way(name);
    package.aliases = aliases(&id, Vec::new());

    let mut scores = Vec::new();
    score(&mut scores, advisory);
    let words = ["severity"].map(|key| advisory.text(key));
    let words = words.into_iter().find(|words| !words.is_empty()).unwrap_or(entry.text("severity"));
    let mut notes = Vec::new();
    if number != id {
        note(&mut notes, "npm advisory", number);
    }
    note(&mut notes, "affected", range);
    for node in entry.texts("nodes").iter().take(5) {
        note(&mut notes, "installed at", node.as_str());
    }
    note(&mut notes, "fix", fix(entry));
    if entry.at("isDirect") == &Value::Bool(true) {
        note(&mut notes, "direct", "yes");
    }
    links(&mut notes, [link]);
    let title = advisory.text("title");
    Ok(Claim {
        rule: id,
        kind: Kind::Dependency,
        title: title.to_owned(),
        message: title.to_owned(),
        severity: graded(SEVERITY, words, &scores),
        severity_words: words.to_owned(),
        scores,
        cwes: cwes(advisory.at("cwe")),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

/// npm writes a score of 0 and no vector where there is none.
pub(super) fn score(scores: &mut Vec<crate::domain::Score>, advisory: &Value) {
    let vector = advisory.text("cvss.vectorString");
    let number = advisory.number("cvss.score").filter(|score| *score > 0.0 || !vector.is_empty());
    add_score(scores, number, vector, "");
}

/// `fixAvailable` in words.
fn fix(entry: &Value) -> String {
    match entry.at("fixAvailable") {
        Value::Bool(true) => "by `npm audit fix`".into(),
        Value::Bool(false) => "none".into(),
        fix @ Value::Object(_) => {
            let breaking =
                if fix.at("isSemVerMajor") == &Value::Bool(true) { " (a breaking change)" } else { "" };
            format!("{}@{}{breaking}", fix.text("name"), fix.text("version"))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Cwe;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"{
      "auditReportVersion": 2,
      "vulnerabilities": {
        "@vercel/fun": {"name": "@vercel/fun", "severity": "moderate", "isDirect": false, "via": ["debug"],
          "effects": ["vercel"], "range": "<=1.1.0", "nodes": ["node_modules/@vercel/fun"], "fixAvailable": false},
        "debug": {"name": "debug", "severity": "high", "isDirect": false, "via": [
            {"source": 1094219, "name": "debug", "dependency": "debug", "title": "Regular Expression Denial of Service in debug",
             "url": "https://github.com/advisories/GHSA-gxpj-cx7g-858c", "severity": "moderate", "cwe": ["400"],
             "cvss": {"score": 5.3, "vectorString": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}, "range": ">=4.0.0 <4.3.1"},
            {"source": 9, "title": "Old one", "url": "https://npmjs.com/advisories/9", "severity": "low", "cwe": "79",
             "cvss": {"score": 0, "vectorString": null}, "range": "<=1.0.0"},
            "ms", {"title": "nameless"}, 7],
          "effects": ["@vercel/fun"], "range": "4.0.0 - 4.3.0", "nodes": ["node_modules/@vercel/fun/node_modules/debug"],
          "fixAvailable": {"name": "vercel", "version": "32.3.0", "isSemVerMajor": true}},
        "vercel": {"name": "vercel", "severity": "moderate", "isDirect": true, "via": ["@vercel/fun"], "effects": [], "fixAvailable": true},
        "odd": {"name": "odd"}
      },
      "metadata": {"vulnerabilities": {"total": 4}}
    }"#;

    #[test]
    fn an_advisory_becomes_a_claim_with_the_way_to_its_package() {
        let read = read_all(&NpmAudit, REPORT);
        let claim = &read.claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity), ("GHSA-gxpj-cx7g-858c", Severity::Medium));
        assert_eq!((claim.cwes.as_slice(), claim.scores[0].score), ([Cwe(400)].as_slice(), Some(5.3)));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(package.path, ["vercel", "@vercel/fun", "debug"]);
        assert_eq!(
            (package.purl.as_str(), package.fixed.as_slice()),
            ("pkg:npm/debug", ["4.3.1".to_owned()].as_slice())
        );
        assert!(claim.notes.contains(&("fix".into(), "vercel@32.3.0 (a breaking change)".into())));
        assert!(claim.notes.contains(&("npm advisory".into(), "1094219".into())));
        assert_eq!((read.claims[1].rule.as_str(), read.claims[1].scores.len()), ("9", 0));
    }

    #[test]
    fn a_package_affected_only_through_others_is_set_aside() {
        let read = read_all(&NpmAudit, REPORT);
        assert_eq!(
            read.aside,
            [
                (
                    r#"vulnerabilities["@vercel/fun"]"#.to_owned(),
                    "affected only through debug, which is told of by itself".to_owned()
                ),
                (
                    r#"vulnerabilities["vercel"]"#.to_owned(),
                    "affected only through @vercel/fun, which is told of by itself".to_owned()
                )
            ]
        );
        let odd: Vec<_> = read.unreadable.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(
            odd,
            [
                r#"vulnerabilities["debug"].via[3]"#,
                r#"vulnerabilities["debug"].via[4]"#,
                r#"vulnerabilities["odd"]"#
            ]
        );
    }

    #[test]
    fn a_failed_audit_is_refused_with_npms_words() {
        let text = r#"{"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile.", "detail": ""}}"#;
        let error = refused(&NpmAudit, text).to_string();
        assert_eq!(error, "npm audit failed: ENOLOCK: This command requires an existing lockfile.");
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(refused(&NpmAudit, &REPORT[..REPORT.len() - 6]), ReadError::Truncated { .. }));
        bears_damage(&NpmAudit, REPORT, &[]);
    }
}
