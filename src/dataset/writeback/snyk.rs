//! A policy file as Snyk reads it (`.snyk`): which advisories are ignored on which way to a package, why and until when.
//!
//! Snyk knows an advisory by its own id alone, so that only findings that name one can be told. Findings of its scanner
//! for code are ignored at its makers' service and not by this file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::moment;
use super::ruling::Ruling;

/// An advisory that is ignored on one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored<'a> {
    /// Snyk's id.
    pub id: &'a str,
    /// From what the project depends on itself to the package, without the project; empty where it is not known.
    pub way: &'a [String],
    /// Why.
    pub ruling: &'a Ruling,
}

/// Why an advisory is ignored, until when, and since when.
type Entry = (String, Option<String>, String);

/// A policy.
#[derive(Debug, Clone, Default)]
pub struct SnykPolicy {
    ignored: BTreeMap<String, BTreeMap<String, Entry>>,
    /// Advisories of which a case is not silenced.
    kept: std::collections::BTreeSet<String>,
}

/// Every way to a package.
const EVERY: &str = "*";

impl SnykPolicy {
    /// Takes in a case that is silenced.
    pub fn ignore(&mut self, ignored: &Ignored<'_>) {
        let way = if ignored.way.is_empty() { EVERY.to_owned() } else { ignored.way.join(" > ") };
        let until = ignored.ruling.until.map(|day| format!("{day}T23:59:59.000Z"));
        let entry = (ignored.ruling.words(), until, moment(ignored.ruling.decided));
        self.ignored.entry(ignored.id.to_owned()).or_default().insert(way, entry);
    }

    /// Takes in a case of an advisory that is not silenced: the advisory is not ignored on every way then.
    pub fn keep(&mut self, id: &str) {
        self.kept.insert(id.to_owned());
    }

    /// How many entries the policy has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether it ignores nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn entries(&self) -> impl Iterator<Item = (&String, &String, &Entry)> {
        self.ignored
            .iter()
            .flat_map(|(id, ways)| ways.iter().map(move |(way, entry)| (id, way, entry)))
            .filter(|(id, way, _)| way.as_str() != EVERY || !self.kept.contains(id.as_str()))
    }

    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# Snyk (https://snyk.io) policy file, patches or ignores known vulnerabilities.\nversion: v1.25.0\n",
        );
        if self.is_empty() {
            text.push_str("ignore: {}\npatch: {}\n");
            return text;
        }
        text.push_str("ignore:\n");
        let mut last = "";
        for (id, way, (reason, until, created)) in self.entries() {
            if id != last {
                let _ = writeln!(text, "  {}:", quoted(id));
                last = id;
            }
            let _ = writeln!(text, "    - {}:", quoted(way));
            let _ = writeln!(text, "        reason: {}", quoted(reason));
            if let Some(until) = until {
                let _ = writeln!(text, "        expires: {until}");
            }
            let _ = writeln!(text, "        created: {created}");
        }
        text.push_str("patch: {}\n");
        text
    }
}

/// A text as YAML has it between double quotes, which is as JSON has it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::super::ruling::ruled;
    use super::*;
    use crate::domain::{Basis, Opinion};

    #[test]
    fn an_advisory_is_ignored_on_its_way_with_why_and_until_when() {
        let ruling = Ruling {
            until: Some(Date::constant(2027, 1, 1)),
            note: "say \"no\": # not yet".into(),
            ..ruled(Opinion::RiskAccepted, Basis::Human)
        };
        let way = ["grunt@1.2.0".to_owned(), "lodash@4.17.15".to_owned()];
        let mut policy = SnykPolicy::default();
        policy.ignore(&Ignored { id: "SNYK-JS-LODASH-567746", way: &way, ruling: &ruling });
        assert_eq!(
            policy.text(),
            "# Snyk (https://snyk.io) policy file, patches or ignores known vulnerabilities.\nversion: v1.25.0\nignore:\n  \
             \"SNYK-JS-LODASH-567746\":\n    - \"grunt@1.2.0 > lodash@4.17.15\":\n        reason: \"risk accepted until \
             2027-01-01: say \\\"no\\\": # not yet (ann, 2025-11-24)\"\n        expires: 2027-01-01T23:59:59.000Z\n        \
             created: 2025-11-24T16:00:00Z\npatch: {}\n"
        );
    }

    #[test]
    fn what_somebody_found_real_is_not_ignored_by_what_silences_another() {
        let ruling = ruled(Opinion::Rejected, Basis::Human);
        let mut policy = SnykPolicy::default();
        policy.ignore(&Ignored { id: "SNYK-1", way: &[], ruling: &ruling });
        policy.ignore(&Ignored { id: "SNYK-2", way: &[], ruling: &ruling });
        assert_eq!(policy.len(), 2);
        policy.keep("SNYK-1");
        assert_eq!(policy.len(), 1);
        assert!(!policy.text().contains("SNYK-1") && policy.text().contains("\"*\""));
        assert!(SnykPolicy::default().text().contains("ignore: {}"));
    }
}
