//! SonarQube's findings as its interface gives them (`api/issues/search`, `api/hotspots/search`), and as the tools that
//! make a report of them write them.
//!
//! Every one of its shapes has a list of `issues`, of `hotspots`, or of both.

mod finding;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::element::{Told, each_of, members};
use crate::domain::{Cwe, Rule, Severity};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::{Json, Kind};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};

/// The reader.
pub(super) struct SonarQube;

/// So many files or rules of one document are remembered.
const REMEMBERED: usize = 1 << 18;

const SEVERITY: Scale = &[
    ("blocker", Severity::Critical),
    ("critical", Severity::High),
    ("high", Severity::High),
    ("major", Severity::Medium),
    ("medium", Severity::Medium),
    ("minor", Severity::Low),
    ("low", Severity::Low),
    ("info", Severity::Info),
];

static ABOUT: About = About {
    format: "sonarqube",
    tools: "SonarQube and SonarCloud: `api/issues/search`, `api/hotspots/search`, sonar-report's JSON",
    claim: "an element of `issues` or `hotspots`",
    aside: "`BUG` and `CODE_SMELL` without an impact on security; findings that are fixed, removed or closed",
    severity_from: "the impact on `SECURITY`, else `severity`; for hotspots `vulnerabilityProbability`",
    severity: SEVERITY,
    cwe_from: "`tags` such as `cwe-79`, `rules[].securityStandards`, the rule's description; the message for rules of \
               Dependency-Check",
    prints_from: "`key`",
};

impl Reader for SonarQube {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("issues[].rule") && shape.has("issues[].component")
            || shape.has("hotspots[].vulnerabilityProbability")
            || shape.has("issues") && (shape.has("effortTotal") || shape.has("sonarBaseURL"))
            || (shape.has("issues") || shape.has("hotspots"))
                && shape.has("paging")
                && shape.has("components")
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut around = Around::default();
        members(document, &["issues", "hotspots"], |json, key| around.read(json, key))?;
        // A page says how many there are in all; the list is held against that.
        let mut head = RunHead { tool: "sonarqube".into(), ..RunHead::default() };
        if around.total > around.listed {
            let (listed, total) = (around.listed, around.total);
            head.troubles.push(format!("this is one page of several: it holds {listed} of {total} findings"));
        }
        sink.run(head)?;
        let mut told = Told::default();
        for list in ["issues", "hotspots"] {
            each_of(document, sink, list, |sink, at, raw, value| {
                let id = finding::rule_id(value);
                told.once(sink, id, || {
                    let known = around.rules.get(id).cloned();
                    known.unwrap_or_else(|| Rule { id: id.to_owned(), ..Rule::default() })
                })?;
                finding::reading(value, list == "hotspots", &around).tell(sink, at, raw)
            })?;
        }
        Ok(())
    }
}

/// What stands around the findings.
#[derive(Default)]
struct Around {
    /// Findings in this document, and in all that it is a page of.
    listed: u64,
    total: u64,
    /// The path of each component by its key.
    files: BTreeMap<String, String>,
    rules: BTreeMap<String, Rule>,
    /// The keys of what sonar-report knows to be hotspots.
    hotspots: BTreeSet<String>,
}

impl Around {
    fn read(&mut self, json: &mut Json<'_>, key: &str) -> Result<(), ReadError> {
        match key {
            "issues" | "hotspots" => {
                json.array(|_, _| {
                    self.listed += 1;
                    Ok(())
                })?;
            }
            // `total` beside it may be of another count: of 42 issues 3 match the question.
            "paging" => self.total = json.value()?.at("total").as_u64().unwrap_or_default(),
            "components" => {
                json.array(|json, _| {
                    let component = json.value()?;
                    let (key, file) = (component.text("key"), component.text("path"));
                    if !file.is_empty() && self.files.len() < REMEMBERED {
                        self.files.insert(key.to_owned(), path::tidy(file));
                    }
                    Ok(())
                })?;
            }
            "hotspotKeys" => {
                json.array(|json, _| {
                    let key = json.words()?;
                    if self.hotspots.len() < REMEMBERED {
                        self.hotspots.insert(key);
                    }
                    Ok(())
                })?;
            }
            // The interface lists rules, sonar-report keys them by their id.
            "rules" if json.kind()? == Kind::Object => {
                json.object(|json, id| {
                    let value = json.value()?;
                    self.rule(id, &value);
                    Ok(())
                })?;
            }
            "rules" => {
                json.array(|json, _| {
                    let value = json.value()?;
                    self.rule(value.text("key"), &value);
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn rule(&mut self, id: &str, value: &Value) {
        if id.is_empty() || self.rules.len() >= REMEMBERED {
            return;
        }
        let description = value.text("htmlDesc");
        let mut cwes: Vec<Cwe> = Vec::new();
        for standard in
            value.texts("securityStandards").iter().filter(|standard| standard.starts_with("cwe:"))
        {
            cwes.extend(Cwe::all_in(standard.trim_start_matches("cwe:")));
        }
        if cwes.is_empty() {
            cwes = described(description);
        }
        self.rules.insert(
            id.to_owned(),
            Rule {
                id: id.to_owned(),
                title: value.text("name").to_owned(),
                help: plain(description),
                link: String::new(),
                cwes,
            },
        );
    }
}

/// The weaknesses that a rule's description refers to, by the address of their page.
fn described(html: &str) -> Vec<Cwe> {
    let mut all = Vec::new();
    for rest in html.split("cwe.mitre.org/data/definitions/").skip(1) {
        let number: String = rest.chars().take_while(char::is_ascii_digit).take(5).collect();
        for cwe in Cwe::all_in(&number) {
            if !all.contains(&cwe) {
                all.push(cwe);
            }
        }
    }
    all
}

/// A description without its markup.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if !in_tag => out.push(letter),
            _ => {}
        }
    }
    let text = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.trim().to_owned()
}

#[cfg(test)]
mod tests;
