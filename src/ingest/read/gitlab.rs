//! GitLab's security reports: SAST, dependency scanning, container scanning and secret detection share one shape.
//!
//! A report that was merged from several analysers names the scanner with each vulnerability; it becomes one run for
//! each scanner, so that fusion sees the tools and not the carrier.

mod claim;
mod dependency;
mod remediation;

use std::collections::BTreeMap;

use serde_json::Value;

use self::remediation::Remediations;
use super::element::{Told, each_again, members};
use crate::domain::{Rule, Severity};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::Json;
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};

/// The reader.
pub(super) struct Gitlab;

/// A report with more scanners than this is read as one of its first scanners and the report's own.
const SCANNERS: usize = 32;
/// So many dependencies of a report's lists are remembered, to name the paths that lead to a vulnerable one.
const DEPENDENCIES: usize = 1 << 18;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("unknown", Severity::Info),
    ("undefined", Severity::Info),
];

static ABOUT: About = About {
    format: "gitlab",
    tools: "GitLab security reports, schemas 2 to 15 and later: SAST, dependency scanning, container scanning, secret \
            detection; the tool is the scanner that the vulnerability or the report names, or the first identifier's type \
            (`trufflehog_rule_id`)",
    claim: "an element of `vulnerabilities`",
    aside: "nothing",
    severity_from: "`severity`; `Unknown` and none are info",
    severity: SEVERITY,
    cwe_from: "`identifiers` of type `cwe`",
    prints_from: "`id`, `cve` (the compare key of old schemas), `tracking.items[].signatures[]`",
};

impl Reader for Gitlab {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("vulnerabilities[].identifiers[].type")
            || shape.has("vulnerabilities")
                && (shape.has("scan.scanner")
                    || shape.has("scan.analyzer")
                    || shape.has("version") && shape.has("remediations"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut report = Report::default();
        members(document, &["vulnerabilities"], |json, key| report.read(json, key))?;
        let own = report.own_tool();
        let mut tools = std::mem::take(&mut report.scanners);
        // One scanner under two names, the analyser's and its engine's: the report's is the one that has a version.
        let is_single = tools.len() == 1 && !report.scanner.is_empty();
        if is_single {
            tools.clear();
        }
        if report.unnamed || tools.is_empty() {
            tools.retain(|tool| *tool != own);
            tools.insert(0, own.clone());
        }
        for (turn, tool) in tools.iter().enumerate() {
            let is_own = *tool == own;
            let mut head = RunHead { tool: tool.clone(), ..report.head.clone() };
            if !is_own {
                head.tool_version.clear();
            }
            head.rules_are_complete = is_own && !report.rules.is_empty();
            sink.run(head)?;
            let mut told = Told::default();
            for rule in report.rules.iter().filter(|_| is_own) {
                told.once(sink, &rule.id, || rule.clone())?;
            }
            document.json()?.object(|json, key| {
                if key != "vulnerabilities" {
                    return Ok(());
                }
                each_again(json, sink, "vulnerabilities", turn == 0, |sink, at, raw, value| {
                    let named = scanner(value);
                    let theirs = if tools.contains(&named) { &named } else { &own };
                    if theirs != tool {
                        return Ok(());
                    }
                    told.once(sink, &claim::rule_id(value), || claim::rule(value))?;
                    claim::reading(value, &report).tell(sink, at, raw)
                })
            })?;
        }
        Ok(())
    }
}

/// What stands behind the tool's name in the type of an identifier of its own: `trufflehog_rule_id`.
const IDENTIFIERS: &[&str] =
    &["_rule_id", "_test_id", "_rule_type", "_func_name", "_warning_code", "_source", "_type", "_id"];

/// The tool that a vulnerability names; empty where it names none. Since schema 15 that is told by its first identifier
/// alone.
fn scanner(value: &Value) -> String {
    let named = tool(value.text("scanner.id"));
    let first = value.list("identifiers").first();
    let own = |identifier: &Value| {
        let kind = identifier.text("type");
        IDENTIFIERS.iter().find_map(|behind| kind.strip_suffix(behind)).map(tool)
    };
    if named.is_empty() { first.and_then(own).unwrap_or_default() } else { named }
}

/// `find_sec_bugs` as `find-sec-bugs`.
fn tool(id: &str) -> String {
    match id.trim().to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
        // Its name before schema 15, and in its identifiers ever since.
        "nodejs-scan" => "njsscan".to_owned(),
        known => known.to_owned(),
    }
}

/// What stands around the vulnerabilities.
#[derive(Default)]
struct Report {
    head: RunHead,
    /// `sast`, `dependency_scanning`…; empty where not said.
    kind: String,
    scanner: String,
    rules: Vec<Rule>,
    /// Scanners that vulnerabilities name, in order.
    scanners: Vec<String>,
    /// Some vulnerability names none.
    unnamed: bool,
    /// The package manager of each file with dependencies.
    managers: BTreeMap<String, String>,
    /// Packages by the file that lists them and their number in it.
    packages: BTreeMap<(String, String), String>,
    remediations: Remediations,
}

impl Report {
    fn own_tool(&self) -> String {
        if !self.scanner.is_empty() {
            return self.scanner.clone();
        }
        let kind = if self.kind.is_empty() { "sast" } else { &self.kind };
        format!("gitlab-{}", tool(kind))
    }

    fn read(&mut self, json: &mut Json<'_>, key: &str) -> Result<(), ReadError> {
        match key {
            "scan" => {
                let scan = json.value()?;
                self.scan(&scan);
            }
            "vulnerabilities" => {
                json.array(|json, _| {
                    let value = json.value()?;
                    let named = scanner(&value);
                    if self.kind.is_empty() {
                        value.text("category").clone_into(&mut self.kind);
                    }
                    if named.is_empty() || self.scanners.len() >= SCANNERS && !self.scanners.contains(&named)
                    {
                        self.unnamed = true;
                    } else if !self.scanners.contains(&named) {
                        self.scanners.push(named);
                    }
                    Ok(())
                })?;
            }
            "remediations" => {
                json.array(|json, _| {
                    let value = json.value()?;
                    self.remediations.add(&value);
                    Ok(())
                })?;
            }
            "dependency_files" => {
                json.array(|json, _| {
                    let value = json.value()?;
                    self.dependencies(&value);
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn scan(&mut self, scan: &Value) {
        self.scanner = tool(scan.text("scanner.id"));
        self.head.tool_version = scan.words("scanner.version");
        self.head.started = scan.text("start_time").to_owned();
        if !scan.text("type").is_empty() {
            scan.text("type").clone_into(&mut self.kind);
        }
        if scan.text("status").eq_ignore_ascii_case("failure") {
            self.head.troubles.push("the scan says that it failed".to_owned());
        }
        for message in scan.list("messages").iter().filter(|message| message.text("level") != "info") {
            self.head.troubles.push(format!("{}: {}", message.text("level"), message.text("value")));
        }
        // "an exhaustive list of primary identifiers for which the analyzer may return results".
        for identifier in scan.list("primary_identifiers") {
            let rule = claim::identified(std::slice::from_ref(identifier));
            if !rule.id.is_empty() {
                self.rules.push(rule);
            }
        }
    }

    fn dependencies(&mut self, file: &Value) {
        let name = path::tidy(file.text("path"));
        let manager = file.text("package_manager");
        if !manager.is_empty() && self.managers.len() < DEPENDENCIES {
            self.managers.insert(name.clone(), manager.to_owned());
        }
        for dependency in file.list("dependencies") {
            let (iid, package) = (dependency.words("iid"), dependency.text("package.name"));
            if !iid.is_empty() && !package.is_empty() && self.packages.len() < DEPENDENCIES {
                let version = dependency.words("version");
                let full =
                    if version.is_empty() { package.to_owned() } else { format!("{package}@{version}") };
                self.packages.insert((name.clone(), iid), full);
            }
        }
    }
}

#[cfg(test)]
mod tests;
