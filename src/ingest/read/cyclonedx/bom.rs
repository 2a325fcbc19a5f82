//! What a bill of materials says of its components, and the claims made of its vulnerabilities.

use std::collections::HashMap;

use serde_json::Value;

use super::SEVERITY;
use crate::domain::package::PackageUrl;
use crate::domain::{Claim, Dependency, Kind, Place, Score, Severity, Suppression, SuppressionSource, cvss};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::read::advisory::{
    Graph, Outcome, add_score, aliases, cwes, dependency, graded, headline, links, note,
};
use crate::ingest::reader::{RunHead, grade};

/// The parts of a bill that its vulnerabilities refer to.
#[derive(Default)]
pub(super) struct Bom {
    head: RunHead,
    by_ref: HashMap<String, Component>,
    /// What the bill is about.
    subject: Option<Component>,
    graph: Graph,
    /// Whether it lists vulnerabilities, be it none.
    pub(super) has_list: bool,
}

/// A component as a claim shows it.
#[derive(Default, Clone)]
pub(super) struct Component {
    pub(super) package: Dependency,
    pub(super) file: String,
    pub(super) kind: String,
}

impl Bom {
    pub(super) fn metadata(&mut self, metadata: &Value) {
        self.head.started = metadata.text("timestamp").to_owned();
        // A list of tools until 1.4, then also an object of components.
        let tools = metadata.at("tools");
        let tool = tools.as_array().or_else(|| tools.at("components").as_array()).and_then(|all| all.first());
        if let Some(tool) = tool {
            self.tool(tool.text("name"), tool.text("version"));
        }
        let subject = metadata.at("component");
        if subject.is_object() {
            self.components(subject);
            self.subject = Some(component(subject));
            self.root(subject.text("bom-ref"));
        }
    }

    pub(super) fn tool(&mut self, name: &str, version: &str) {
        if self.head.tool.is_empty() && !name.is_empty() {
            self.head.tool = name.trim().to_lowercase().replace(char::is_whitespace, "-");
            self.head.tool_version = version.to_owned();
        }
    }

    pub(super) fn started(&mut self, time: &str) {
        time.clone_into(&mut self.head.started);
    }

    pub(super) fn root(&mut self, reference: &str) {
        if !reference.is_empty() {
            self.graph.root(reference);
        }
    }

    pub(super) fn subject(&mut self, component: Component) {
        self.subject = Some(component);
    }

    pub(super) fn depends(&mut self, on: &str, other: &str) {
        if !on.is_empty() {
            self.graph.edge(on, other);
        }
    }

    /// Learns a component and all that are inside it.
    pub(super) fn components(&mut self, value: &Value) {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            self.learn(value.text("bom-ref"), component(value));
            waiting.extend(value.list("components"));
        }
    }

    pub(super) fn learn(&mut self, reference: &str, component: Component) {
        if !reference.is_empty() {
            self.by_ref.insert(reference.to_owned(), component);
        }
    }

    /// The run's head; to be asked for once, when all is learnt.
    pub(super) fn head(&mut self) -> RunHead {
        self.graph.find_ways();
        let mut head = std::mem::take(&mut self.head);
        if head.tool.is_empty() {
            head.tool = "cyclonedx".into();
        }
        if !self.has_list {
            let trouble = "the bill lists no `vulnerabilities`, which is not the same as none found";
            head.troubles.push(trouble.to_owned());
        }
        head
    }

    /// What becomes of a vulnerability, for one of the components it affects.
    pub(super) fn outcome(&self, value: &Value, affected: Option<&Value>) -> Outcome {
        let reference = affected.map_or("", |affected| affected.text("ref"));
        let component = match affected {
            Some(_) => self.find(reference),
            None => self.subject.clone().unwrap_or_default(),
        };
        let versions = affected.map_or(&[][..], |affected| affected.list("versions"));
        let free = |version: &&Value| version.text("status") == "unaffected";
        if !versions.is_empty() && versions.iter().all(|version| free(&version)) {
            return Outcome::Aside("no version of the component is affected".into());
        }
        let fixed = versions.iter().filter(free).map(|version| version.text("version").to_owned());
        let fixed = fixed.filter(|version| !version.is_empty()).collect();
        let path = self.graph.way(reference).iter().map(|step| self.shown(step)).collect();
        outcome(value, component, fixed, path)
    }

    fn shown(&self, reference: &str) -> String {
        match self.by_ref.get(reference) {
            Some(Component { package, .. }) if !package.version.is_empty() => {
                format!("{}@{}", package.name, package.version)
            }
            Some(Component { package, .. }) if !package.name.is_empty() => package.name.clone(),
            _ => reference.to_owned(),
        }
    }

    /// The component of a reference; one into another bill is known by its package URL only, if at all.
    fn find(&self, reference: &str) -> Component {
        if let Some(known) = self.by_ref.get(reference) {
            return known.clone();
        }
        let last = reference.rsplit('#').next().unwrap_or_default();
        let decoded = path::percent_decoded(last);
        let purl = [reference, last, &*decoded].into_iter().find(|text| PackageUrl::parse(text).is_some());
        let package = match purl {
            Some(purl) => dependency("", "", "", purl),
            None => Dependency { name: reference.to_owned(), ..Dependency::default() },
        };
        Component { package, ..Component::default() }
    }
}

/// Reads a component's own fields.
fn component(value: &Value) -> Component {
    let (group, name) = (value.text("group"), value.text("name"));
    let purl = value.text("purl");
    let full = match group {
        "" => name.to_owned(),
        group if purl.starts_with("pkg:maven/") => format!("{group}:{name}"),
        group => format!("{group}/{name}"),
    };
    // The package URL writes the name as its ecosystem does.
    let named = if PackageUrl::parse(purl).is_some() { "" } else { &full };
    let occurrence = value.list("evidence.occurrences").first().map_or("", |found| found.text("location"));
    let known = |name: &str| {
        name == "SrcFile"
            || name == "syft:location:0:path"
            || name.ends_with(":PkgPath")
            || name.ends_with(":FilePath")
    };
    let property = value.list("properties").iter().find(|property| known(property.text("name")));
    let file =
        if occurrence.is_empty() { property.map_or("", |found| found.text("value")) } else { occurrence };
    Component {
        package: dependency("", named, value.text("version"), purl),
        file: path::tidy(file.split('#').next().unwrap_or_default()),
        kind: value.text("type").to_owned(),
    }
}

fn outcome(value: &Value, component: Component, fixed: Vec<String>, path: Vec<String>) -> Outcome {
    let id = value.text("id");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `id`");
    }
    let mut package = component.package;
    package.fixed = fixed;
    package.path = path;
    for property in value.list("properties") {
        if property.text("name").ends_with("fixed_versions") && !property.text("value").is_empty() {
            package.fixed.push(property.text("value").to_owned());
        }
    }
    let references = value.list("references").iter().map(|other| other.text("id").to_owned());
    package.aliases = aliases(id, references);

    let ratings = value.list("ratings");
    let mut ranked: Vec<&Value> = ratings.iter().filter(|rating| version(rating).is_some()).collect();
    ranked.sort_by_key(|rating| std::cmp::Reverse(version(rating)));
    let mut scores: Vec<Score> = Vec::new();
    for rating in &ranked {
        let by = [rating.text("source.name"), value.text("source.name")];
        let by = by.into_iter().find(|by| !by.is_empty()).unwrap_or_default();
        let vector = rating.text("vector");
        // Tools write a score of 0 where they know none.
        let number = rating.number("score").filter(|score| *score > 0.0 || !vector.is_empty());
        add_score(&mut scores, number, vector, by);
    }
    let (severity, words) = severity(ratings, &ranked, &scores);

    let mut notes = Vec::new();
    note(&mut notes, "source", value.text("source.name"));
    note(&mut notes, "component", component.kind);
    for (key, name) in [
        ("recommendation", "recommendation"),
        ("workaround", "workaround"),
        ("analysis.state", "analysis"),
        ("analysis.justification", "analysis justification"),
        ("analysis.detail", "analysis detail"),
        ("published", "published"),
    ] {
        note(&mut notes, name, value.text(key));
    }
    note(&mut notes, "analysis response", value.texts("analysis.response").join(", "));
    let advisories = value.list("advisories").iter().map(|advisory| advisory.text("url"));
    links(&mut notes, std::iter::once(value.text("source.url")).chain(advisories));

    let state = value.text("analysis.state");
    let silenced = matches!(state, "false_positive" | "not_affected" | "resolved" | "resolved_with_pedigree");
    let told = ["analysis.detail", "analysis.justification"].map(|key| value.text(key));
    let told = told.into_iter().find(|told| !told.is_empty());
    let (description, detail) = (value.text("description"), value.text("detail"));
    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Dependency,
        title: headline(if description.is_empty() { detail } else { description }),
        message: if description.is_empty() { detail } else { description }.to_owned(),
        severity,
        severity_words: words,
        scores,
        cwes: cwes(value.at("cwes")),
        place: (!component.file.is_empty()).then(|| Place::file(component.file)),
        suppression: silenced.then(|| Suppression {
            source: SuppressionSource::External,
            justification: told.map_or_else(|| state.to_owned(), |told| format!("{state}: {told}")),
        }),
        dependency: Some(package).filter(|package| !package.name.is_empty()),
        notes,
        ..Claim::default()
    })
}

/// The CVSS version of a rating, by its method or its vector; `None` for other methods.
fn version(rating: &Value) -> Option<cvss::Version> {
    match rating.text("method").to_ascii_lowercase().as_str() {
        "cvssv4" => Some(cvss::Version::V4),
        "cvssv31" => Some(cvss::Version::V31),
        "cvssv3" => Some(cvss::Version::V30),
        "cvssv2" => Some(cvss::Version::V2),
        "" => cvss::Vector::parse(rating.text("vector")).map(|vector| vector.version),
        _ => None,
    }
}

/// The grade, and the words it came from: see [`super::ABOUT`].
fn severity(ratings: &[Value], ranked: &[&Value], scores: &[Score]) -> (Severity, String) {
    let told = |rating: &Value| {
        let words = rating.text("severity");
        grade(SEVERITY, words).map(|_| (graded(SEVERITY, words, scores), words.to_owned()))
    };
    let plain = ratings.iter().filter(|rating| rating.text("method").is_empty()).find_map(told);
    if let Some(plain) = plain {
        return plain;
    }
    let newest = ranked.iter().find_map(|rating| {
        let number = || rating.number("score").filter(|score| (0.0..=10.0).contains(score));
        told(rating)
            .or_else(|| number().map(|score| (Severity::from_score(score as f32), format!("CVSS {score}"))))
    });
    if let Some(newest) = newest {
        return newest;
    }
    ratings.iter().find_map(told).unwrap_or_else(|| match scores.iter().find_map(|score| score.score) {
        Some(score) => (Severity::from_score(score), format!("CVSS {score}")),
        None => (Severity::Info, String::new()),
    })
}
