//! Trivy's JSON: the second schema, the plain array before it, and the reports about a cluster.

mod result;

use std::collections::HashMap;

use serde_json::Value;

use super::advisory::{Graph, each};
use super::element::{must_be_list, without};
use crate::domain::Severity;
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::{Json, Kind};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};
use crate::ingest::tool;

/// The reader.
pub(super) struct Trivy;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("unknown", Severity::Info),
];

static ABOUT: About = About {
    format: "trivy",
    tools: "Trivy (`--format json`): images, file systems, repositories, clusters",
    claim: "an element of `Vulnerabilities`, `Misconfigurations`, `Secrets` or (suppressed) \
            `ExperimentalModifiedFindings` of any result",
    aside: "elements of `Licenses`; misconfigurations whose `Status` is not `FAIL`; vulnerabilities whose `Status` is \
            `not_affected`",
    severity_from: "`Severity`; where it is UNKNOWN, the first CVSS score",
    severity: SEVERITY,
    cwe_from: "`CweIDs`",
    prints_from: "`Fingerprint`",
};

/// One element of `Results`: what is known of it when its findings are read, wherever it stands in the object.
#[derive(Default)]
struct Target {
    name: String,
    class: String,
    kind: String,
    /// `namespace/kind/name` of a cluster's resource; empty outside a cluster.
    resource: String,
    /// Lines of a package in its manifest, by the package's id.
    lines: HashMap<String, (u32, u32)>,
    ways: Graph,
}

impl Reader for Trivy {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        let cluster = ["Resources", "Findings", "Vulnerabilities", "Misconfigurations"];
        (shape.has("SchemaVersion") && (shape.has("ArtifactName") || shape.has("Results")))
            || shape.has("Results[].Target")
            || (shape.has("[].Target") && (shape.has("[].Vulnerabilities") || shape.has("[].Type")))
            || (shape.has("ClusterName") && cluster.into_iter().any(|key| shape.has(key)))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "trivy".into(), ..RunHead::default() };
        let mut targets: Vec<Target> = Vec::new();
        let mut artifact = (String::new(), String::new());
        let mut listed = false;
        walk(document, &mut |json, part| {
            match part {
                // A clean scan leaves `Results` out, and is known by this.
                Part::List | Part::Top("SchemaVersion") => listed = true,
                Part::Top("CreatedAt") => head.started = json.words()?,
                Part::Top("ArtifactName") => artifact.0 = json.words()?,
                Part::Top("ArtifactType") => artifact.1 = json.words()?,
                Part::Top("Trivy") => head.tool_version = json.value()?.text("Version").to_owned(),
                Part::Top("Metadata") => {
                    let metadata = json.value()?;
                    head.revision = metadata.text("Commit").to_owned();
                    head.branch = metadata.text("Branch").to_owned();
                }
                Part::Top(_) => {}
                Part::Resource { key: "Error", resource } => {
                    let error = json.words()?;
                    if !error.is_empty() {
                        head.troubles.push(format!("{resource}: {error}"));
                    }
                }
                Part::Resource { .. } => {}
                Part::Result { key, number, resource, .. } => {
                    if targets.len() <= number {
                        targets.resize_with(number + 1, Target::default);
                    }
                    let Some(target) = targets.get_mut(number) else { return Ok(()) };
                    resource.clone_into(&mut target.resource);
                    match key {
                        "Target" => target.name = json.words()?,
                        "Class" => target.class = json.words()?,
                        "Type" => target.kind = json.words()?,
                        "Packages" => {
                            json.array(|json, _| {
                                target.package(&json.value()?);
                                Ok(())
                            })?;
                        }
                        _ => {}
                    }
                }
            }
            Ok(())
        })?;
        if !listed {
            return Err(without(&["Results"]));
        }
        if artifact.1 == "container_image" {
            head.target = tool::image(&artifact.0);
        }
        sink.run(head)?;
        for target in &mut targets {
            target.ways.find_ways();
            // Targets without findings are left out unless asked for, so this is not all that was scanned.
            if let Some(manifest) = target.manifest("") {
                sink.covered(&manifest)?;
            }
        }

        walk(document, &mut |json, part| {
            let Part::Result { key, number, at, .. } = part else { return Ok(()) };
            let Some(target) = targets.get(number) else { return Ok(()) };
            let read = match key {
                "Vulnerabilities" => result::vulnerability,
                "Misconfigurations" => result::misconfiguration,
                "Secrets" => result::secret,
                "Licenses" => result::licence,
                "ExperimentalModifiedFindings" => result::modified,
                _ => return Ok(()),
            };
            each(json, sink, &format!("{at}.{key}"), |value| read(value, target))
        })
    }
}

impl Target {
    fn package(&mut self, package: &Value) {
        let id = result::package_id(package);
        if let Some(lines) = package.list("Locations").first() {
            self.lines.insert(id.clone(), (lines.count("StartLine"), lines.count("EndLine")));
        }
        // Direct packages are roots too: the project itself is not always listed.
        if matches!(package.text("Relationship"), "root" | "workspace" | "direct") {
            self.ways.root(&id);
        }
        for other in package.texts("DependsOn") {
            self.ways.edge(&id, &other);
        }
    }

    /// The file that names the packages; `path` is the package's own, where there is one. `None` for a
    /// distribution's packages, and where the target is only a word for many files (`Java`, `Node.js`).
    fn manifest(&self, path: &str) -> Option<String> {
        const WORDS: [&str; 11] = [
            "Java",
            "Node.js",
            "Python",
            "Ruby",
            "PHP",
            "Conda",
            "Rust",
            "Go",
            "Julia",
            "OS Packages",
            "Loose File License(s)",
        ];
        if !self.resource.is_empty() {
            return Some(self.resource.clone());
        }
        let system = crate::domain::package::ecosystem(&self.kind)
            .is_some_and(|ecosystem| matches!(ecosystem.kind, "deb" | "rpm" | "apk" | "alpm"));
        if self.class == "os-pkgs" || (self.class.is_empty() && system) {
            return None;
        }
        let file = if path.is_empty() { self.name.as_str() } else { path };
        let file = if WORDS.contains(&file) { String::new() } else { path::tidy(file) };
        (!file.is_empty()).then_some(file)
    }
}

/// Where a walk is: at a list of results or resources, at a key of the document, of a cluster's resource or of a result.
enum Part<'p> {
    List,
    Top(&'p str),
    Resource { key: &'p str, resource: &'p str },
    Result { key: &'p str, number: usize, resource: &'p str, at: &'p str },
}

type Each<'e> = dyn FnMut(&mut Json<'_>, Part<'_>) -> Result<(), ReadError> + 'e;

/// Calls `each` with every key of the document and of every result. What names a cluster's resource is read before
/// its results only where it stands there, as Trivy writes it.
fn walk(document: &Document, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut json = document.json()?;
    let mut count = 0;
    if json.kind()? == Kind::Array {
        each(&mut json, Part::List)?;
        results(&mut json, "", "", &mut count, each)?;
    } else {
        json.object(|json, key| match key {
            "Results" => {
                each(json, Part::List)?;
                results(json, "Results", "", &mut count, each)
            }
            "Resources" | "Findings" | "Vulnerabilities" | "Misconfigurations" => {
                each(json, Part::List)?;
                must_be_list(json, key)?;
                json.array(|json, index| resource(json, &format!("{key}[{index}]"), &mut count, each))?;
                Ok(())
            }
            _ => each(json, Part::Top(key)),
        })?;
    }
    json.finish()
}

fn resource(json: &mut Json<'_>, at: &str, count: &mut usize, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut names = [String::new(), String::new(), String::new()];
    json.object(|json, key| {
        let [namespace, kind, name] = &mut names;
        match key {
            "Namespace" => *namespace = json.words()?,
            "Kind" => *kind = json.words()?,
            "Name" => *name = json.words()?,
            _ => {
                let parts = [&*namespace, &*kind, &*name].into_iter().filter(|part| !part.is_empty());
                let resource = parts.map(String::as_str).collect::<Vec<_>>().join("/");
                if key == "Results" {
                    results(json, &format!("{at}.Results"), &resource, count, each)?;
                } else {
                    each(json, Part::Resource { key, resource: &resource })?;
                }
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn results(
    json: &mut Json<'_>,
    at: &str,
    resource: &str,
    count: &mut usize,
    each: &mut Each<'_>,
) -> Result<(), ReadError> {
    must_be_list(json, at)?;
    json.array(|json, index| {
        let number = *count;
        *count += 1;
        let at = format!("{at}[{index}]");
        json.object(|json, key| each(json, Part::Result { key, number, resource, at: &at }))?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests;
