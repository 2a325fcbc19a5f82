//! Whether a document holds a model's findings. Other scanners' JSON looks much alike, so this one is strict where
//! the reading is lenient.

use std::fmt::Display;

use serde_json::Value;

use super::outline::Outline;
use super::walk::{Around, Hand, Walk};
use crate::ingest::document::{Document, Shape, Top};
use crate::ingest::reader::{Failure, ReadError};

/// Key paths of other tools' formats, so that a form of theirs which their own reader did not take is not taken for
/// a model's answer. None of them may be a name that a model would choose.
const OTHERS: &[&str] = &[
    "$schema",
    "runs[].tool",
    "bomFormat",
    "spdxVersion",
    "auditReportVersion",
    "advisories",
    "reportSchema",
    "SchemaVersion",
    "ArtifactName",
    "ClusterName",
    "[].Vulnerabilities",
    "[].Target",
    "matches[].vulnerability",
    "results[].extra.metadata",
    "results[].issue_severity",
    "results[].packages",
    "results.failed_checks",
    "[].results.failed_checks",
    "Issues[].rule_id",
    "GosecVersion",
    "vulnerabilities[].identifiers",
    "vulnerabilities[].semver",
    "[].vulnerabilities[].semver",
    "vulnerabilities.list",
    "vulnerabilities.found",
    "vulns[].advisory",
    "dependencies[].vulns",
    "[].vulns[].fix_versions",
    "dependencyCount",
    "warnings[].warning_type",
    "issues[].textRange",
    "paging",
    "[].messages[].ruleId",
    "site[].alerts",
    "njsscan_version",
    "plugins_used",
    "lockfileVersion",
    "openapi",
    "swagger",
];

/// A prefix of this length is one that was cut.
const PREFIX: usize = 200 << 10;

/// Where the answer is in a chat's envelope.
const CHATS: &[&str] = &[
    "choices[].message.content",
    "response.body.choices[].message.content",
    "result.message.content",
    "candidates[].content.parts",
];

/// Whether the beginning of a document shows a finding that can hardly be anything but a model's, or an answer of
/// one that there is nothing to report.
pub(super) fn recognises(shape: &Shape) -> bool {
    if OTHERS.iter().any(|path| shape.has(path)) {
        return false;
    }
    let tag = |name: &str| ["think", "thinking", "answer", "output", "findings", "json"].contains(&name);
    match &shape.top {
        Top::Empty => return false,
        Top::Xml(name, namespace) if !tag(name) || !namespace.is_empty() => return false,
        _ => {}
    }
    // Nothing without a brace or a bracket is JSON, and most texts that are none end here.
    if !shape.prefix.contains(['{', '[']) {
        return false;
    }
    // JSON in a text begins a line, stands in a fence or quotes its keys; YAML has braces too, inside its lines.
    let begins = |line: &str| {
        line.trim_start().starts_with(['{', '[', '`', '~', '<'])
            || line.contains("{\"")
            || line.contains("{\\\"")
    };
    if shape.top == Top::Text && !shape.prefix.lines().any(begins) {
        return false;
    }
    let mut seen = Seen::default();
    let document = Document::bytes("", shape.prefix.as_bytes());
    let ended = Walk::new(&mut seen).document(&document).is_ok();
    // An answer longer than what can be looked at ends in the middle of the one text that holds it.
    let endless = shape.prefix.len() >= PREFIX && CHATS.iter().any(|path| shape.has(path));
    seen.found || ended && seen.clean && seen.others == 0 || endless && shape.prefix.contains("severity")
}

#[derive(Default)]
struct Seen {
    found: bool,
    clean: bool,
    others: usize,
}

impl Hand for Seen {
    fn element(
        &mut self,
        _: &dyn Display,
        _: &[u8],
        value: &Value,
        around: &Around,
    ) -> Result<(), ReadError> {
        let telling =
            value.is_object() && Outline::of_value(value, 0).flat_traits().is_telling(around.listed);
        self.found |= telling;
        self.others += usize::from(!telling);
        // A list of other things is a list of other things, however long.
        if self.found || self.others > 20 { Err(ReadError::Stopped("seen".into())) } else { Ok(()) }
    }

    fn broken(&mut self, _: &dyn Display, _: Failure, _: &str, _: &[u8]) -> Result<(), ReadError> {
        self.others += 1;
        Ok(())
    }

    fn aside(&mut self, _: &dyn Display, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn clean(&mut self, certain: bool) {
        self.clean |= certain;
    }

    fn origin(&mut self, _: &Outline) {}
}
