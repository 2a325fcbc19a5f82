//! Checkov's JSON: one report, a list of reports (one for each type of check), or bare counts when there is nothing.

use serde_json::Value;

use super::advisory::{dependency, first_known};
use super::element::{Reading, Told, each, must_be_object, note, note_lines, without};
use super::secret::mask_words;
use crate::domain::package::of_manifest;
use crate::domain::{Claim, Cwe, Dependency, Kind, Place, Rule, Score, Severity};
use crate::ingest::document::{Document, Shape, Top};
use crate::ingest::json::{Json, Kind as JsonKind};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink, grade};

/// The reader.
pub(super) struct Checkov;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("none", Severity::Info),
];

static ABOUT: About = About {
    format: "checkov",
    tools: "Checkov (`-o json`)",
    claim: "an element of `failed_checks`, `passed_checks`, `skipped_checks` or `unknown_checks`",
    aside: "passed, skipped and unknown checks",
    severity_from: "`severity`, null without an account: then info; for packages that of `vulnerability_details`",
    severity: SEVERITY,
    cwe_from: "none",
    prints_from: "none",
};

impl Reader for Checkov {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        match shape.top {
            Top::Object => {
                shape.has("check_type") && shape.has("results")
                    || shape.has("checkov_version")
                    || shape.has("summary.checkov_version")
            }
            Top::Array => shape.has("[].check_type") && shape.has("[].results"),
            _ => false,
        }
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "checkov".into(), ..RunHead::default() };
        let mut types = Vec::new();
        let mut json = document.json()?;
        reports(&mut json, |json, _| {
            let (mut kind, mut found) = (String::new(), false);
            json.object(|json, key| {
                match key {
                    // Where there was nothing to check, counts stand in the report's place.
                    "failed" => found = true,
                    "check_type" => kind = json.words()?,
                    "checkov_version" => head.tool_version = json.words()?,
                    "summary" => head.tool_version = json.value()?.words("checkov_version"),
                    "results" => {
                        found = true;
                        must_be_object(json, key)?;
                        json.object(|json, key| {
                            if key == "parsing_errors" {
                                json.array(|json, _| {
                                    head.troubles.push(format!("{}: could not be parsed", json.words()?));
                                    Ok(())
                                })?;
                            }
                            Ok(())
                        })?;
                    }
                    _ => {}
                }
                Ok(())
            })?;
            types.push(kind);
            if found { Ok(()) } else { Err(without(&["results"])) }
        })?;
        json.finish()?;
        sink.run(head)?;
        let mut told = Told::default();
        let mut json = document.json()?;
        reports(&mut json, |json, report| {
            let kind = types.get(report).map(String::as_str).unwrap_or_default();
            json.object(|json, key| {
                if key != "results" {
                    return Ok(());
                }
                json.object(|json, list| {
                    let aside = match list {
                        "failed_checks" => "",
                        "passed_checks" => "the check passed",
                        "skipped_checks" => "the check was skipped",
                        "unknown_checks" => "the check could not tell",
                        _ => return Ok(()),
                    };
                    let list = format!("[{report}].results.{list}");
                    each(json, sink, &list, |sink, at, raw, value| {
                        if !aside.is_empty() {
                            let why = value.text("check_result.suppress_comment");
                            let why =
                                if why.is_empty() { aside.to_owned() } else { format!("{aside}: {why}") };
                            return sink.set_aside(at, &why);
                        }
                        told.once(sink, value.text("check_id"), || rule(value))?;
                        reading(value, kind).tell(sink, at, raw)
                    })
                })?;
                Ok(())
            })?;
            Ok(())
        })
    }
}

/// Walks the reports of a document, whether it is one or a list.
fn reports(
    json: &mut Json<'_>,
    mut each: impl FnMut(&mut Json<'_>, usize) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    match json.kind()? {
        JsonKind::Array => json.array(each).map(|_| ()),
        JsonKind::Object => each(json, 0),
        _ => Err(ReadError::Unsupported("is neither a report nor a list of reports".into())),
    }
}

fn rule(value: &Value) -> Rule {
    Rule {
        id: value.text("check_id").to_owned(),
        title: value.text("check_name").to_owned(),
        help: String::new(),
        link: value.text("guideline").to_owned(),
        cwes: Vec::new(),
    }
}

fn reading(value: &Value, kind: &str) -> Reading {
    let rule = value.text("check_id");
    if rule.is_empty() {
        return Reading::wrong("no `check_id`");
    }
    // `file_path` counts from the scanned folder but begins with a slash.
    let file = path::tidy([value.text("file_path"), value.text("repo_file_path")].first_given());
    let file = file.trim_start_matches('/').to_owned();
    if file.is_empty() {
        return Reading::names_no_code("no `file_path`");
    }
    let range = value.list("file_line_range");
    let line = |at: usize| range.get(at).map_or(0, |number| number.count(""));
    let mut place = Place::lines(file, line(0), line(1));
    (place.context, place.context_line) = code(value.list("code_block"));
    value.text("resource").clone_into(&mut place.scope);
    let details = value.at("vulnerability_details");
    let words = [value.text("severity"), details.text("severity")].first_given();
    let mut notes = Vec::new();
    range.iter().for_each(|line| note_lines(&mut notes, line, &[""]));
    note(&mut notes, "guideline", value.text("guideline"));
    note(&mut notes, "platform id", value.text("bc_check_id"));
    for detail in value.texts("details") {
        note(&mut notes, "detail", detail);
    }
    for key in value.texts("check_result.evaluated_keys") {
        note(&mut notes, "evaluated", key);
    }
    let mut claim = Claim {
        rule: rule.to_owned(),
        kind: Kind::Configuration,
        title: value.text("check_name").to_owned(),
        message: [value.text("short_description"), value.text("description"), value.text("check_name")]
            .first_given()
            .to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        cwes: value.texts("cwe").iter().flat_map(|text| Cwe::all_in(text)).collect(),
        place: Some(place),
        notes,
        ..Claim::default()
    };
    if details.is_object() {
        depend(&mut claim, details);
    } else if kind == "secrets" || rule.starts_with("CKV_SECRET") {
        claim.kind = Kind::Secret;
        // Checkov masks what it found itself, with stars; whatever it left of long words is masked too.
        if let Some(place) = &mut claim.place {
            place.context = mask_words(&place.context);
        }
    } else if kind.starts_with("sast") {
        claim.kind = Kind::Code;
    }
    claim.into()
}

/// `[[3, "resource {\n"], …]`.
fn code(lines: &[Value]) -> (String, u32) {
    let mut out = String::new();
    let mut first = 0;
    for line in lines {
        let [number, text] = line.as_array().map_or(&[][..], Vec::as_slice) else { continue };
        if first == 0 {
            first = number.count("");
        }
        out.push_str(text.as_str().unwrap_or_default());
    }
    (out, first)
}

/// A vulnerable package of a `sca_package` report.
fn depend(claim: &mut Claim, details: &Value) {
    let file = claim.place.as_ref().map(|place| place.path.as_str()).unwrap_or_default();
    let kind = first_known([details.text("package_type"), of_manifest(file)]);
    let (name, version) = (details.text("package_name"), details.words("package_version"));
    let id = details.text("id");
    // The check's id is made up for each advisory: `BC_CVE_2019_11253`.
    let old = if id.is_empty() { String::new() } else { std::mem::replace(&mut claim.rule, id.to_owned()) };
    claim.kind = Kind::Dependency;
    let mut aliases = Vec::new();
    if !old.is_empty() && !old.starts_with("BC_") {
        aliases.push(old);
    }
    note(&mut claim.notes, "reference", details.text("link"));
    note(&mut claim.notes, "status", details.text("status"));
    let cvss = details.number("cvss");
    if cvss.is_some() || !details.text("vector").is_empty() {
        claim.scores.push(Score {
            score: cvss.map(|score| score as f32),
            vector: details.text("vector").to_owned(),
            by: String::new(),
        });
    }
    let description = details.text("description");
    if !description.is_empty() {
        description.clone_into(&mut claim.message);
    }
    let fixed = details.texts("fixed_versions");
    claim.dependency = Some(Dependency {
        fixed: if fixed.is_empty() { details.texts("lowest_fixed_version") } else { fixed },
        aliases,
        ..dependency(kind, name, &version, "")
    });
}

/// The first text of several that is not empty.
trait First<'a> {
    fn first_given(self) -> &'a str;
}

impl<'a, const N: usize> First<'a> for [&'a str; N] {
    fn first_given(self) -> &'a str {
        self.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::Failure;
    use crate::ingest::reader::collect::{read_all, refused};

    fn check() -> Value {
        json!({
            "check_id": "CKV_AWS_20", "bc_check_id": "BC_AWS_S3_1", "check_name": "S3 Bucket has an ACL for public READ",
            "check_result": {"result": "FAILED", "evaluated_keys": ["acl"]},
            "code_block": [[1, "resource \"aws_s3_bucket\" \"b\" {\n"], [2, "  acl = \"public-read\"\n"], [3, "}\n"]],
            "file_path": "/main.tf", "repo_file_path": "/infra/main.tf", "file_line_range": [1, 3],
            "resource": "aws_s3_bucket.b", "guideline": "https://docs.example/s3_1", "severity": null
        })
    }

    fn report(kind: &str, failed: Value) -> Value {
        let mut skipped = check();
        skipped["check_result"] = json!({"result": "SKIPPED", "suppress_comment": "a public site"});
        json!({
            "check_type": kind,
            "results": {"passed_checks": [check()], "failed_checks": failed, "skipped_checks": [skipped],
                        "parsing_errors": ["/bad.tf"]},
            "summary": {"passed": 1, "failed": 1, "skipped": 1, "parsing_errors": 1, "checkov_version": "3.2.0"}
        })
    }

    #[test]
    fn a_failed_check_is_a_claim_and_the_others_are_set_aside() {
        let read = read_all(&Checkov, &report("terraform", json!([check()])).to_string());
        assert_eq!(read.heads[0].tool_version, "3.2.0");
        assert_eq!(read.heads[0].troubles, ["/bad.tf: could not be parsed"]);
        let claim = &read.claims[0];
        assert_eq!((claim.rule.as_str(), claim.kind), ("CKV_AWS_20", Kind::Configuration));
        assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Info, ""));
        let place = claim.place.as_ref().unwrap();
        assert_eq!((place.path.as_str(), place.start.line, place.end.line), ("main.tf", 1, 3));
        assert_eq!((place.scope.as_str(), place.context_line), ("aws_s3_bucket.b", 1));
        assert!(place.context.ends_with("  acl = \"public-read\"\n}\n"));
        let why: Vec<_> = read.aside.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(why, ["the check passed", "the check was skipped: a public site"]);
    }

    #[test]
    fn several_types_of_checks_come_as_a_list() {
        let mut secret = check();
        secret["check_id"] = json!("CKV_SECRET_2");
        secret["code_block"] = json!([[4, "key = \"AKIAIOSFODNN7EXAMPLE\"\n"]]);
        let mut package = check();
        package["check_id"] = json!("BC_CVE_2019_11253");
        package["vulnerability_details"] = json!({
            "id": "CVE-2019-11253", "severity": "high", "package_name": "yaml", "package_version": "2.2.2",
            "package_type": "go", "cvss": 7.5, "vector": "CVSS:3.1/AV:N", "fixed_versions": ["2.2.8"]});
        let text =
            json!([report("secrets", json!([secret])), report("sca_package", json!([package]))]).to_string();
        let read = read_all(&Checkov, &text);
        assert_eq!((read.claims.len(), read.aside.len()), (2, 4));
        assert_eq!(read.claims[0].kind, Kind::Secret);
        assert_eq!(read.claims[0].place.as_ref().unwrap().context, "key = \"AKIA****\"\n");
        let claim = &read.claims[1];
        assert_eq!((claim.rule.as_str(), claim.severity), ("CVE-2019-11253", Severity::High));
        assert_eq!(claim.dependency.as_ref().unwrap().purl, "pkg:golang/yaml@2.2.2");
    }

    #[test]
    fn bare_counts_are_a_report_without_claims() {
        let text =
            r#"{"passed": 0, "failed": 0, "skipped": 0, "resource_count": 0, "checkov_version": "2.1.269"}"#;
        let read = read_all(&Checkov, text);
        assert_eq!((read.heads[0].tool_version.as_str(), read.claims.len()), ("2.1.269", 0));
        assert!(matches!(refused(&Checkov, "7"), ReadError::Unsupported(_)));
    }

    #[test]
    fn what_is_no_check_is_told() {
        let read = read_all(&Checkov, &report("terraform", json!([{"check_id": "X"}, {}, "x"])).to_string());
        let failures: Vec<_> = read.unreadable.iter().map(|(_, failure)| *failure).collect();
        assert_eq!(failures, [Failure::NamesNoCode, Failure::WrongShape, Failure::WrongShape]);
    }

    #[test]
    fn broken_documents_neither_panic_nor_lose_checks() {
        let sample =
            json!([report("terraform", json!([check(), check()])), report("secrets", json!([check()]))]);
        bears_damage(&Checkov, &sample.to_string(), &["failed_checks", "passed_checks", "skipped_checks"]);
    }
}
