//! Brakeman's JSON.

use serde_json::Value;

use super::element::{Reading, Told, each_of, members, note, note_lines};
use crate::domain::{
    Claim, Columns, Confidence, Cwe, Place, Point, Rule, Severity, Step, Suppression, SuppressionSource,
    ToolPrint,
};
use crate::ingest::document::{Document, Shape};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink, grade};

/// The reader.
pub(super) struct Brakeman;

/// Brakeman has no severity; its own order of importance is its confidence.
const SEVERITY: Scale = &[("high", Severity::High), ("medium", Severity::Medium), ("weak", Severity::Low)];

static ABOUT: About = About {
    format: "brakeman",
    tools: "Brakeman (`-f json`)",
    claim: "an element of `warnings` or `ignored_warnings`",
    aside: "nothing",
    severity_from: "`confidence`, for want of a severity",
    severity: SEVERITY,
    cwe_from: "`cwe_id`",
    prints_from: "`fingerprint`",
};

impl Reader for Brakeman {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("scan_info.brakeman_version") || shape.has("warnings[].warning_code")
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "brakeman".into(), ..RunHead::default() };
        members(document, &["warnings"], |json, key| {
            match key {
                "scan_info" => {
                    let info = json.value()?;
                    head.tool_version = info.words("brakeman_version");
                    info.text("start_time").clone_into(&mut head.started);
                    info.text("app_path").clone_into(&mut head.root);
                }
                "errors" => {
                    json.array(|json, _| {
                        let error = json.value()?;
                        head.troubles.push(format!("{}: {}", error.text("location"), error.text("error")));
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        sink.run(head)?;
        let mut told = Told::default();
        for (list, ignored) in [("warnings", false), ("ignored_warnings", true)] {
            each_of(document, sink, list, |sink, at, raw, value| {
                told.once(sink, &rule_id(value), || rule(value))?;
                reading(value, ignored).tell(sink, at, raw)
            })?;
        }
        Ok(())
    }
}

/// The check and its code (`Render/15`): one check warns of several things, and a code is a number to nobody.
fn rule_id(value: &Value) -> String {
    let (check, code) = (value.text("check_name"), value.words("warning_code"));
    match (check.is_empty(), code.is_empty()) {
        (false, false) => format!("{check}/{code}"),
        (false, true) => check.to_owned(),
        (true, _) => code,
    }
}

fn rule(value: &Value) -> Rule {
    Rule {
        id: rule_id(value),
        title: value.text("warning_type").to_owned(),
        help: String::new(),
        link: value.text("link").to_owned(),
        cwes: cwes(value),
    }
}

fn cwes(value: &Value) -> Vec<Cwe> {
    let given = value.at("cwe_id");
    let mut all = Vec::new();
    for number in given.as_array().map_or(std::slice::from_ref(given), Vec::as_slice) {
        for cwe in Cwe::all_in(&number.words("")) {
            if !all.contains(&cwe) {
                all.push(cwe);
            }
        }
    }
    all
}

fn reading(value: &Value, ignored: bool) -> Reading {
    let rule = rule_id(value);
    if rule.is_empty() {
        return Reading::wrong("no `check_name` and no `warning_code`");
    }
    let file = path::tidy(value.text("file"));
    if file.is_empty() {
        return Reading::names_no_code("no `file`");
    }
    let line = value.count("line");
    let location = value.at("location");
    let scope: Vec<&str> = ["class", "model", "controller", "method", "template"]
        .iter()
        .map(|key| location.text(key))
        .filter(|name| !name.is_empty())
        .collect();
    // `code` is Brakeman's own rendering of the syntax tree, which does not stand in the file.
    let place = Place {
        path: file,
        start: Point { line, column: value.count("column") },
        end: Point::line(line),
        columns: Columns::Bytes,
        scope: scope.join("."),
        ..Place::default()
    };
    let words = value.text("confidence");
    let print = value.text("fingerprint");
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["line"]);
    note(&mut notes, "code", value.text("code"));
    note(&mut notes, "user input", value.text("user_input"));
    note(&mut notes, "link", value.text("link"));
    Claim {
        rule,
        title: value.text("warning_type").to_owned(),
        message: value.text("message").to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        confidence: Confidence::from_words(words),
        cwes: cwes(value),
        place: Some(place),
        related: value.list("render_path").iter().filter_map(rendered).collect(),
        prints: (!print.is_empty())
            .then(|| ToolPrint { name: "fingerprint".to_owned(), value: print.to_owned() })
            .into_iter()
            .collect(),
        suppression: ignored.then(|| Suppression {
            source: SuppressionSource::External,
            justification: value.text("note").to_owned(),
        }),
        notes,
        ..Claim::default()
    }
    .into()
}

/// A step on the way from a controller to the template.
fn rendered(step: &Value) -> Option<Step> {
    let file = path::tidy(step.text("file"));
    if file.is_empty() {
        return None;
    }
    let line = step.count("line");
    let scope: Vec<&str> =
        [step.text("class"), step.text("method")].into_iter().filter(|name| !name.is_empty()).collect();
    let what = step.text("rendered.name");
    Some(Step {
        place: Place { scope: scope.join("."), ..Place::lines(file, line, line) },
        message: if what.is_empty() { step.text("type").to_owned() } else { format!("renders {what}") },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::Failure;
    use crate::ingest::reader::collect::{read_all, refused};

    fn warning() -> Value {
        json!({
            "warning_type": "Dynamic Render Path", "warning_code": 15, "fingerprint": "518c8b9d", "check_name": "Render",
            "message": "Render path contains parameter value", "file": "app/views/users/show.html.erb", "line": 25,
            "link": "https://brakeman.example/dynamic_render_path/", "code": "render(action => params[:page], {})",
            "render_path": [{"type": "controller", "class": "UsersController", "method": "followers", "line": 63,
                             "file": "app/controllers/users_controller.rb", "rendered": {"name": "users/show"}}],
            "location": {"type": "template", "template": "users/show"}, "user_input": "params[:page]",
            "confidence": "Weak", "cwe_id": [22]
        })
    }

    fn report(warnings: Value) -> String {
        let mut ignored = warning();
        ignored["note"] = json!("the page is a number");
        json!({
            "scan_info": {"app_path": "/srv/shop", "brakeman_version": "6.1.0", "start_time": "2026-01-02 03:04:05 +0000"},
            "warnings": warnings, "ignored_warnings": [ignored],
            "errors": [{"error": "could not parse", "location": "app/models/x.rb:3"}], "obsolete": []
        })
        .to_string()
    }

    #[test]
    fn a_warning_becomes_a_claim_and_an_ignored_one_a_suppressed_claim() {
        let read = read_all(&Brakeman, &report(json!([warning()])));
        let head = &read.heads[0];
        assert_eq!((head.root.as_str(), head.troubles.len()), ("/srv/shop", 1));
        let [claim, ignored] = &read.claims[..] else { panic!("{:?}", read.claims) };
        assert_eq!((claim.rule.as_str(), claim.severity), ("Render/15", Severity::Low));
        assert_eq!((claim.confidence, &claim.cwes), (Some(Confidence::Low), &vec![Cwe(22)]));
        let place = claim.place.as_ref().unwrap();
        assert_eq!((place.start.line, place.scope.as_str()), (25, "users/show"));
        assert_eq!(claim.related[0].place.scope, "UsersController.followers");
        assert_eq!(claim.related[0].message, "renders users/show");
        assert_eq!(claim.prints[0].value, "518c8b9d");
        assert!(claim.suppression.is_none());
        let suppression = ignored.suppression.as_ref().unwrap();
        assert_eq!(suppression.justification, "the page is a number");
    }

    #[test]
    fn what_is_no_warning_is_told() {
        let mut bare = warning();
        bare["line"] = Value::Null;
        bare["cwe_id"] = json!(22);
        let read = read_all(&Brakeman, &report(json!([bare, {"file": "a.rb"}, {"check_name": "SQL"}, null])));
        let claim = &read.claims[0];
        assert_eq!((claim.place.as_ref().unwrap().start.line, claim.cwes.len()), (0, 1));
        let failures: Vec<_> = read.unreadable.iter().map(|(_, failure)| *failure).collect();
        assert_eq!(failures, [Failure::WrongShape, Failure::NamesNoCode, Failure::WrongShape]);
        assert!(matches!(refused(&Brakeman, "{}"), ReadError::Unsupported(_)));
    }

    #[test]
    fn broken_documents_neither_panic_nor_lose_warnings() {
        bears_damage(&Brakeman, &report(json!([warning(), warning()])), &["warnings", "ignored_warnings"]);
    }
}
