//! CycloneDX as XML: the same bill in elements, and the vulnerability extension that came before version 1.4.

use serde_json::{Value, json};

use super::bom::{Bom, Component};
use super::tell;
use crate::ingest::document::Document;
use crate::ingest::json::Odd;
use crate::ingest::look::Look;
use crate::ingest::read::advisory::{dependency, hand_over};
use crate::ingest::read::element::without;
use crate::ingest::read::xml::{Element, Xml};
use crate::ingest::reader::{ReadError, Sink};

pub(super) fn read(document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut bom = Bom::default();
    let mut open = Open::default();
    let mut is_bom = false;
    let mut xml = Xml::new(document)?;
    while xml.enter()? {
        let path: Vec<&str> = xml.path().iter().map(String::as_str).collect();
        open.leave(path.len(), &mut bom);
        bom.has_list |= path.last() == Some(&"vulnerabilities");
        is_bom |= path == ["bom"];
        match path.as_slice() {
            [_, "metadata", "timestamp"] => bom.started(taken(xml.take()?).text("")),
            [_, "metadata", "tools", "tool"] => {
                let tool = taken(xml.take()?);
                bom.tool(tool.text("name"), tool.text("version"));
            }
            [_, "metadata", "tools", "components", "component"] => {
                let tool = taken(xml.take()?);
                bom.tool(tool.text("name"), tool.text("version"));
            }
            [_, "dependencies", .., "dependency"] => {
                if let [.., "dependency", "dependency"] = path.as_slice() {
                    bom.depends(&open.dependency, xml.attribute("ref"));
                } else {
                    xml.attribute("ref").clone_into(&mut open.dependency);
                }
            }
            _ => open.component(&mut xml, &mut bom)?,
        }
    }
    open.leave(0, &mut bom);
    if !is_bom {
        return Err(without(&["vulnerabilities"]));
    }
    sink.run(bom.head())?;

    let mut open = Open::default();
    let mut index = 0;
    let mut xml = Xml::new(document)?;
    while xml.enter()? {
        let depth = xml.path().len();
        open.leave(depth, &mut Bom::default());
        let inside =
            matches!(xml.path(), [.., list, one] if list == "vulnerabilities" && one == "vulnerability");
        if !inside {
            open.component(&mut xml, &mut Bom::default())?;
            continue;
        }
        let reference = xml.attribute("ref").to_owned();
        let (parsed, raw) = match xml.take()? {
            Ok(element) => (Ok(as_json(&element, &reference)), element.source()),
            Err(odd) => (Err(odd), String::new()),
        };
        match (open.components.last(), parsed) {
            // The extension puts a vulnerability into the component that has it.
            (Some(around), Ok(value)) => {
                let outcome = Bom::around(&value, around.known.clone());
                hand_over(sink, &format_args!("vulnerabilities[{index}]"), raw.as_bytes(), Ok(outcome))?;
            }
            (_, parsed) => tell(&bom, index, parsed, raw.as_bytes(), sink)?,
        }
        index += 1;
    }
    Ok(())
}

/// An element's tree; one that cannot be held is as if it were empty.
fn taken(element: Result<Element, Odd>) -> Element {
    element.unwrap_or_default()
}

/// The components that the walk is in, the innermost last.
#[derive(Default)]
struct Open {
    components: Vec<Around>,
    /// The `ref` of the dependency that the walk is in.
    dependency: String,
}

#[derive(Default)]
struct Around {
    depth: usize,
    reference: String,
    group: String,
    name: String,
    version: String,
    purl: String,
    is_subject: bool,
    /// Put together from the above as far as they are read.
    known: Component,
}

impl Open {
    /// Leaves the components that are not around an element of this depth.
    fn leave(&mut self, depth: usize, bom: &mut Bom) {
        while self.components.last().is_some_and(|around| around.depth >= depth) {
            if let Some(around) = self.components.pop() {
                if around.is_subject {
                    bom.root(&around.reference);
                    bom.subject(around.known.clone());
                }
                bom.learn(&around.reference, around.known);
            }
        }
    }

    /// Enters a component, or reads one of its fields.
    fn component(&mut self, xml: &mut Xml<'_>, bom: &mut Bom) -> Result<(), ReadError> {
        let depth = xml.path().len();
        match xml.path() {
            [.., parent, name] if name == "component" && (parent == "components" || parent == "metadata") => {
                self.leave(depth, bom);
                let is_subject = parent == "metadata";
                let mut around = Around {
                    depth,
                    reference: xml.attribute("bom-ref").to_owned(),
                    is_subject,
                    ..Around::default()
                };
                xml.attribute("type").clone_into(&mut around.known.kind);
                self.components.push(around);
            }
            [.., parent, name] if parent == "component" => {
                let Some(around) = self.components.last_mut() else { return Ok(()) };
                let field = match name.as_str() {
                    "group" => &mut around.group,
                    "name" => &mut around.name,
                    "version" => &mut around.version,
                    "purl" => &mut around.purl,
                    _ => return Ok(()),
                };
                taken(xml.take()?).text("").clone_into(field);
                around.put_together();
            }
            _ => {}
        }
        Ok(())
    }
}

impl Around {
    fn put_together(&mut self) {
        let full =
            if self.group.is_empty() { self.name.clone() } else { format!("{}/{}", self.group, self.name) };
        // The package URL writes the name as its ecosystem does.
        let name = if self.purl.is_empty() { full.as_str() } else { "" };
        self.known.package = dependency("", name, &self.version, &self.purl);
        if self.known.package.name.is_empty() {
            self.known.package.name = full;
        }
    }
}

/// A vulnerability's element in the shape that the JSON has.
fn as_json(element: &Element, reference: &str) -> Value {
    let ratings = element.all("ratings", "rating").map(|rating| {
        // The extension has `score/base`; later versions the number itself.
        let score = [rating.text("score/base"), rating.text("score")];
        let score = score.into_iter().find(|score| !score.is_empty());
        json!({
            "source": {"name": rating.text("source/name")},
            "score": score,
            "severity": rating.text("severity"),
            "method": rating.text("method"),
            "vector": rating.text("vector"),
        })
    });
    let source = element.at("source").map(|source| {
        // The extension has the name as an attribute.
        let name =
            if source.text("name").is_empty() { source.attribute("name") } else { source.text("name") };
        json!({"name": name, "url": source.text("url")})
    });
    let advisories = element.all("advisories", "advisory").map(|advisory| {
        json!({"url": if advisory.text("url").is_empty() { advisory.text("") } else { advisory.text("url") }})
    });
    let targets = element.all("affects", "target").map(|target| {
        let versions = target.all("versions", "version").map(|version| {
            json!({"version": version.text("version"), "range": version.text("range"), "status": version.text("status")})
        });
        json!({"ref": target.text("ref"), "versions": versions.collect::<Vec<_>>()})
    });
    let mut affects: Vec<Value> = targets.collect();
    if affects.is_empty() && !reference.is_empty() {
        affects.push(json!({"ref": reference}));
    }
    let recommendations = element.all("recommendations", "recommendation").map(|one| one.text(""));
    let recommendation = match element.text("recommendation") {
        "" => recommendations.collect::<Vec<_>>().join("; "),
        one => one.to_owned(),
    };
    let properties = element
        .all("properties", "property")
        .map(|property| json!({"name": property.attribute("name"), "value": property.text("")}));
    let responses = element.all("analysis/responses", "response").map(|response| response.text(""));
    json!({
        "id": element.text("id"),
        "source": source,
        "references": element.all("references", "reference").map(|one| json!({"id": one.text("id")})).collect::<Vec<_>>(),
        "ratings": ratings.collect::<Vec<_>>(),
        "cwes": element.all("cwes", "cwe").map(|cwe| cwe.text("")).collect::<Vec<_>>(),
        "description": element.text("description"),
        "detail": element.text("detail"),
        "recommendation": recommendation,
        "advisories": advisories.collect::<Vec<_>>(),
        "published": element.text("published"),
        "analysis": {
            "state": element.text("analysis/state"),
            "justification": element.text("analysis/justification"),
            "detail": element.text("analysis/detail"),
            "response": responses.collect::<Vec<_>>(),
        },
        "affects": affects,
        "properties": properties.collect::<Vec<_>>(),
    })
}

impl Bom {
    /// What becomes of a vulnerability that stands inside of the component it affects.
    fn around(value: &Value, component: Component) -> crate::ingest::read::advisory::Outcome {
        let mut bom = Self::default();
        let reference = value.list("affects").first().map_or("", |affected| affected.text("ref"));
        bom.learn(reference, component.clone());
        bom.subject(component);
        bom.outcome(value, value.list("affects").first())
    }
}
