//! SARIF 2.1.0 of any tool.
//!
//! Two passes: the first reads all but the results, which may stand before the rules, artifacts and bases they refer
//! to; the second reads the results, borrowing their texts. What depends on a rule or a file alone is worked out once
//! and not once a result.

mod budget;
mod claim;
mod grade;
mod head;
mod message;
mod objects;
mod own;
mod package;
mod paths;
mod place;
mod rules;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

use self::claim::Outcome;
use self::head::Run;
use self::objects::ResultObject;
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::{Json, Kind, too_large};
use crate::ingest::reader::{About, Failure, ReadError, Reader, Sink};

/// The reader.
pub(super) struct Sarif;

static ABOUT: About = About {
    format: "sarif",
    tools: "any tool that writes SARIF 2.1.0: Semgrep, OpenGrep, CodeQL, Snyk, flawfinder, ESLint, Gitleaks, \
            Trivy, Grype, SpotBugs, Checkov…",
    claim: "an element of `runs[].results`",
    aside: "results of kind `pass`, `notApplicable` or `informational` (`open` and `review` are claims: the tool \
            leaves them to a person); `baselineState` `absent`; licences (Snyk, Trivy)",
    severity_from: "the first of: the result's property `security-severity` (a score of 0 to 10 by CVSS's \
                    qualitative scale, or a word); the rule's; the result's property `issue_severity`, `severity`, \
                    `problem.severity`, `priority` or `impact`; the rule's; the result's `level`; an invocation's \
                    override of the rule's level; the rule's `defaultConfiguration.level`; `warning`",
    severity: grade::SEVERITY,
    cwe_from: "the result's `taxa`, properties (`cwe`…) and tags; the rule's `relationships`, properties and tags; \
               where none of these names one, the rule's title, `helpUri` and help; last, the message",
    prints_from: "`fingerprints`, `partialFingerprints` and `correlationGuid`, without Semgrep's `requires login`, \
                  hashes of whole files, start columns and Gitleaks's commit data",
};

impl Reader for Sarif {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        let schema =
            shape.text("$schema").is_some_and(|schema| schema.to_ascii_lowercase().contains("sarif"));
        let version = shape.text("version").is_some_and(|version| version.starts_with("2."));
        let under = |path: &str| shape.has(path) || shape.has(&format!("[].{path}"));
        schema
            || (shape.has("runs") && version)
            || under("runs[].tool.driver")
            || under("runs[].results[].ruleId")
            || under("runs[].results[].message")
            || (shape.has("runs") && shape.has("inlineExternalProperties"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut runs = first_pass(document)?.into_iter();
        let mut json = document.json()?;
        each_log(&mut json, |json, at| {
            json.object(|json, key| {
                if key != "runs" {
                    return Ok(());
                }
                json.array(|json, number| {
                    if json.kind()? != Kind::Object {
                        return Ok(());
                    }
                    let Some(run) = runs.next() else {
                        return Err(ReadError::Unsupported(
                            "changed while it was read; import it again".into(),
                        ));
                    };
                    second_pass(json, run, &format_args!("{at}runs[{number}]"), sink)
                })?;
                Ok(())
            })?;
            Ok(())
        })
    }
}

/// Walks the one log of a document, or every log of a list of them.
fn each_log(
    json: &mut Json<'_>,
    mut each: impl FnMut(&mut Json<'_>, &dyn fmt::Display) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    if json.kind()? == Kind::Array {
        json.array(|json, index| each(json, &format_args!("[{index}].")))?;
        Ok(())
    } else {
        each(json, &"")
    }
}

fn first_pass(document: &Document) -> Result<Vec<Run>, ReadError> {
    let mut json = document.json()?;
    let mut all = Vec::new();
    each_log(&mut json, |json, _| {
        let mut version = String::new();
        let mut has_runs = false;
        let mut troubles = Vec::new();
        let first = all.len();
        json.object(|json, key| {
            match key {
                "version" => version = json.words()?,
                "runs" => {
                    has_runs = matches!(json.kind()?, Kind::Array | Kind::Null);
                    json.array(|json, _| {
                        if json.kind()? == Kind::Object {
                            all.push(Run::read(json)?);
                        }
                        Ok(())
                    })?;
                }
                "inlineExternalProperties" => {
                    json.array(|json, _| {
                        json.object(|_, key| {
                            if !matches!(
                                key,
                                "schema" | "version" | "guid" | "runGuid" | "properties" | "taxonomies"
                            ) {
                                troubles.push(format!(
                                    "`inlineExternalProperties` hold {key}, which were not read"
                                ));
                            }
                            Ok(())
                        })?;
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        if version.starts_with("1.") || version.starts_with("2.0") {
            return Err(ReadError::Unsupported(format!(
                "is SARIF {version}; convert it to 2.1.0 first: \
                 `npx @microsoft/sarif-multitool transform OLD.sarif --output NEW.sarif`"
            )));
        }
        if !has_runs {
            return Err(ReadError::Unsupported("is SARIF without a list of `runs`".into()));
        }
        for run in all.iter_mut().skip(first) {
            run.head.troubles.extend_from_slice(&troubles);
        }
        Ok(())
    })?;
    json.finish()?;
    Ok(all)
}

fn second_pass(
    json: &mut Json<'_>,
    mut run: Run,
    at: &dyn fmt::Display,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    sink.run(run.head.clone())?;
    for rule in run.rules.all() {
        sink.rule(rule.told())?;
    }
    for path in std::mem::take(&mut run.covered) {
        sink.covered(&path)?;
    }
    json.object(|json, key| {
        if key != "results" {
            return Ok(());
        }
        match json.kind()? {
            Kind::Array => {}
            Kind::Null => return Ok(()),
            _ => {
                let raw = json.raw()?.map(|raw| raw.bytes()).unwrap_or_default();
                let at = format_args!("{at}.results");
                return sink.unreadable(&at, Failure::WrongShape, "`results` is no list", raw);
            }
        }
        json.array(|json, index| {
            let at = format_args!("{at}.results[{index}]");
            if let Some((raw, result)) = json.ready::<ResultObject<'_>>() {
                return hand_over(&mut run, &result, &at, raw.bytes(), sink);
            }
            let kind = json.kind()?;
            let Some(raw) = json.raw()? else {
                return sink.unreadable(&at, Failure::TooLarge, &too_large().why, &[]);
            };
            if kind != Kind::Object {
                return sink.unreadable(&at, Failure::WrongShape, "a result that is no object", raw.bytes());
            }
            let mut again = Vec::new();
            match raw.parse_borrowed::<ResultObject<'_>>(&mut again)? {
                Ok(result) => hand_over(&mut run, &result, &at, raw.bytes(), sink),
                Err(odd) => sink.unreadable(&at, odd.failure, &odd.why, raw.bytes()),
            }
        })?;
        Ok(())
    })?;
    Ok(())
}

fn hand_over(
    run: &mut Run,
    result: &ResultObject<'_>,
    at: &dyn fmt::Display,
    raw: &[u8],
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    match claim::read(run, result, raw.len()) {
        Outcome::Claim(claim, is_cut) => {
            if is_cut {
                sink.cut(at, claim::CUT)?;
            }
            sink.claim(at, raw, claim)
        }
        Outcome::Aside(why) => sink.set_aside(at, &why),
        Outcome::Unreadable(why) => sink.unreadable(at, Failure::WrongShape, why, raw),
    }
}
