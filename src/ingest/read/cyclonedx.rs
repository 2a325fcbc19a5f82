//! The vulnerabilities of a CycloneDX bill of materials, in JSON or XML.

mod bom;
mod xml;

use serde_json::Value;

use super::advisory::hand_over;
use super::element::{members, must_be_list};
use crate::domain::Severity;
use crate::ingest::document::{Document, Shape, Top};
use crate::ingest::json::Odd;
use crate::ingest::look::Look;
use crate::ingest::reader::{About, ReadError, Reader, Scale, Sink};
use bom::Bom;

/// The reader.
pub(super) struct CycloneDx;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("none", Severity::Info),
    ("negligible", Severity::Info),
    ("unknown", Severity::Info),
];

static ABOUT: About = About {
    format: "cyclonedx",
    tools: "CycloneDX JSON and XML with `vulnerabilities`, also the XML extension of versions 1.0 to 1.3; the tool is \
            the first of `metadata.tools`",
    claim: "a component in a vulnerability's `affects`; a vulnerability that names none is one claim. Those that \
            `analysis.state` calls false_positive, not_affected or resolved are suppressed",
    aside: "a component of which every version is `unaffected`",
    severity_from: "the first of `ratings` that gives a severity and no method, else the CVSS rating of the newest \
                    version, else the first rating that gives a severity",
    severity: SEVERITY,
    cwe_from: "`cwes`",
    prints_from: "none",
};

impl Reader for CycloneDx {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        match &shape.top {
            Top::Xml(name, namespace) => name == "bom" && namespace.contains("cyclonedx.org"),
            _ => {
                shape.text("bomFormat") == Some("CycloneDX")
                    || shape.text("$schema").is_some_and(|schema| schema.contains("cyclonedx.org"))
            }
        }
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        if matches!(document.shape()?.top, Top::Xml(..)) {
            xml::read(document, sink)
        } else {
            read(document, sink)
        }
    }
}

fn read(document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut bom = Bom::default();
    // A bill that only lists parts is one all the same.
    members(document, &["vulnerabilities", "bomFormat"], |json, key| {
        match key {
            "vulnerabilities" => bom.has_list = true,
            "metadata" => bom.metadata(&json.value()?),
            "components" => {
                json.array(|json, _| {
                    bom.components(&json.value()?);
                    Ok(())
                })?;
            }
            "dependencies" => {
                json.array(|json, _| {
                    let dependency = json.value()?;
                    for on in dependency.texts("dependsOn") {
                        bom.depends(dependency.text("ref"), &on);
                    }
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    })?;
    sink.run(bom.head())?;
    document.json()?.object(|json, key| {
        if key != "vulnerabilities" {
            return Ok(());
        }
        must_be_list(json, key)?;
        json.array(|json, index| {
            let parsed: Result<Value, Odd> = json.parse()?;
            tell(&bom, index, parsed, json.last_raw(), sink)
        })?;
        Ok(())
    })?;
    Ok(())
}

/// Hands over a vulnerability, once for every component it affects.
fn tell(
    bom: &Bom,
    index: usize,
    parsed: Result<Value, Odd>,
    raw: &[u8],
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    let at = format_args!("vulnerabilities[{index}]");
    let value = match parsed {
        Ok(value) => value,
        Err(odd) => return sink.unreadable(&at, odd.failure, &odd.why, raw),
    };
    let affects = value.list("affects");
    if affects.is_empty() {
        return hand_over(sink, &at, raw, Ok(bom.outcome(&value, None)));
    }
    for (number, affected) in affects.iter().enumerate() {
        hand_over(
            sink,
            &format_args!("{at}.affects[{number}]"),
            raw,
            Ok(bom.outcome(&value, Some(affected))),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
