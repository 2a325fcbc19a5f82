//! The JSON of Semgrep and of OpenGrep, which began as its copy and writes the same shape.
//!
//! A file with an error (a timeout, a syntax error) is not told as covered: Semgrep lists it as scanned and exits
//! with 0, but its silence there says nothing.

mod claim;
mod platform;
mod trace;

use std::collections::BTreeSet;

use serde_json::Value;

use super::element::{Told, each_of, members};
use crate::domain::{Rule, Severity};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::Json;
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};

pub(super) use platform::Platform;

/// The reader of Semgrep's JSON. It names the tool `opengrep` where the document shows OpenGrep's marks.
pub(super) struct Semgrep;

/// The same for documents that show OpenGrep's marks at once, and for `--format opengrep`.
pub(super) struct OpenGrep;

/// `INFO` is below `LOW`: since 1.72 it stands beside the new words as the one for what is no risk.
const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("error", Severity::High),
    ("medium", Severity::Medium),
    ("warning", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("experiment", Severity::Info),
];

static ABOUT: About = About {
    format: "semgrep",
    tools: "Semgrep (`--json`), with Supply Chain and Secrets",
    claim: "an element of `results`",
    aside: "severity `INVENTORY`; a rule whose `metadata.category` is other than security (best-practice, correctness, \
            maintainability, performance…; without one, the folder in its id) and that names no CWE",
    severity_from: "`extra.severity`",
    severity: SEVERITY,
    cwe_from: "`extra.metadata.cwe`",
    prints_from: "`extra.fingerprint`, unless it is `requires login`",
};

static ABOUT_OPENGREP: About = About {
    format: "opengrep",
    tools: "OpenGrep (`--json`), told from Semgrep by `enclosing_context`, `justification` or a version that Semgrep's \
            fields contradict",
    ..ABOUT
};

impl Reader for Semgrep {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        is_semgrep(shape)
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        read(document, sink, "semgrep")
    }
}

impl Reader for OpenGrep {
    fn about(&self) -> &'static About {
        &ABOUT_OPENGREP
    }

    fn recognises(&self, shape: &Shape) -> bool {
        is_semgrep(shape)
            && (shape.has("results[].extra.enclosing_context")
                || shape.has("results[].extra.justification")
                || too_old_for_its_fields(shape.text("version").unwrap_or_default(), |key| shape.has(key)))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        read(document, sink, "opengrep")
    }
}

fn is_semgrep(shape: &Shape) -> bool {
    // Without results or paths, `errors` beside `results` is all there is: a report of version 0.2x with no finding.
    shape.has("results[].check_id")
        || shape.has("results")
            && (shape.has("paths.scanned")
                || shape.has("skipped_rules")
                || shape.has("engine_requested")
                || shape.has("errors") && !shape.has("results[]") && !shape.has("metrics"))
}

/// OpenGrep began again at 1.0 in 2025 with the fields of Semgrep 1.100: a low version with fields that Semgrep did
/// not have by then is OpenGrep's. `skipped_rules` is of Semgrep 1.37, `interfile_languages_used` of 1.49.
fn too_old_for_its_fields(version: &str, has: impl Fn(&str) -> bool) -> bool {
    let mut parts = version.trim().split('.');
    let minor = match (parts.next(), parts.next().and_then(|minor| minor.parse::<u32>().ok())) {
        (Some("1"), Some(minor)) => minor,
        _ => return false,
    };
    minor < 37 && has("skipped_rules") || minor < 49 && has("interfile_languages_used")
}

/// What stands around the results.
#[derive(Default)]
struct Around {
    head: RunHead,
    covered: BTreeSet<String>,
    /// Files with an error.
    troubled: BTreeSet<String>,
    rules: Vec<String>,
    skipped_rules: BTreeSet<String>,
    keys: Vec<&'static str>,
}

fn read(document: &Document, sink: &mut dyn Sink, tool: &str) -> Result<(), ReadError> {
    let mut around = Around::default();
    members(document, &["results"], |json, key| around.read(json, key))?;
    let head = &mut around.head;
    let opengrep =
        tool == "opengrep" || too_old_for_its_fields(&head.tool_version, |key| around.keys.contains(&key));
    let marked = || -> Result<bool, ReadError> {
        let shape = document.shape()?;
        Ok(OpenGrep.recognises(&shape))
    };
    head.tool = if opengrep || marked()? { "opengrep" } else { "semgrep" }.to_owned();
    head.rules_are_complete = !around.rules.is_empty();
    let mut told = Told::default();
    sink.run(std::mem::take(head))?;
    for id in around.rules.iter().filter(|id| !around.skipped_rules.contains(*id)) {
        told.once(sink, id, || Rule { id: id.clone(), ..Rule::default() })?;
    }
    for file in around.covered.difference(&around.troubled) {
        sink.covered(file)?;
    }
    // Rules told by name only may be described by a result.
    let mut told = Told::default();
    each_of(document, sink, "results", |sink, at, raw, value| {
        told.once(sink, value.text("check_id"), || claim::rule(value))?;
        claim::reading(value).tell(sink, at, raw)
    })
}

impl Around {
    fn read(&mut self, json: &mut Json<'_>, key: &str) -> Result<(), ReadError> {
        match key {
            "version" => self.head.tool_version = json.words()?,
            "errors" => {
                json.array(|json, _| {
                    let error = json.value()?;
                    self.error(&error);
                    Ok(())
                })?;
            }
            "paths" => {
                json.object(|json, key| {
                    if key == "scanned" {
                        self.head.coverage_is_complete = json.array(|json, _| {
                            let file = json.words()?;
                            if !file.is_empty() {
                                self.covered.insert(path::tidy(&file));
                            }
                            Ok(())
                        })?;
                    }
                    Ok(())
                })?;
            }
            // With `--time` every rule of the run is listed; before 1.0 as an object with its id.
            "time" => {
                json.object(|json, key| {
                    if key == "rules" {
                        json.array(|json, _| {
                            let rule = json.value()?;
                            let id = rule.as_str().unwrap_or_else(|| rule.text("id"));
                            self.rules.push(id.to_owned());
                            Ok(())
                        })?;
                    }
                    Ok(())
                })?;
            }
            "skipped_rules" => {
                self.keys.push("skipped_rules");
                json.array(|json, _| {
                    let rule = json.value()?;
                    let id = rule.text("rule_id").to_owned();
                    self.head.troubles.push(format!("rule {id} was skipped: {}", rule.text("details")));
                    self.skipped_rules.insert(id);
                    Ok(())
                })?;
            }
            "interfile_languages_used" => self.keys.push("interfile_languages_used"),
            _ => {}
        }
        Ok(())
    }

    fn error(&mut self, error: &Value) {
        // Some kinds carry data: `["PartialParsing", [{"path": …}]]`.
        let kind = match error.at("type") {
            Value::Array(variant) => variant.first().and_then(Value::as_str).unwrap_or_default(),
            other => other.as_str().unwrap_or_default(),
        };
        let file = path::tidy(error.text("path"));
        let message = [error.text("message"), error.text("long_msg"), error.text("short_msg")]
            .into_iter()
            .find(|message| !message.is_empty())
            .unwrap_or_default();
        let parts = [kind, error.text("rule_id"), &file, message.trim()];
        let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        self.head.troubles.push(told.join(": "));
        if error.text("level") != "info" && !file.is_empty() {
            self.troubled.insert(file);
        }
    }
}

#[cfg(test)]
mod tests;
