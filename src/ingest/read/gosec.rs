//! gosec's JSON.

use serde_json::Value;

use super::element::{Reading, each_of, members, note, note_lines};
use crate::domain::{
    Claim, Columns, Confidence, Cwe, Place, Point, Severity, Suppression, SuppressionSource,
};
use crate::ingest::document::{Document, Shape};
use crate::ingest::look::{LAST_LINE, Look};
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink, grade};

/// The reader.
pub(super) struct Gosec;

const SEVERITY: Scale = &[
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("undefined", Severity::Info),
];

static ABOUT: About = About {
    format: "gosec",
    tools: "gosec (`-fmt=json`)",
    claim: "an element of `Issues`",
    aside: "nothing",
    severity_from: "`severity`",
    severity: SEVERITY,
    cwe_from: "`cwe.id`",
    prints_from: "none",
};

impl Reader for Gosec {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("Issues")
            && (shape.has("Issues[].rule_id") || shape.has("Stats") || shape.has("Golang errors"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        // gosec counts the files it read without naming them, so nothing can be said to be covered.
        let mut head = RunHead { tool: "gosec".into(), ..RunHead::default() };
        members(document, &["Issues"], |json, key| {
            match key {
                "GosecVersion" => head.tool_version = json.words()?,
                "Golang errors" => {
                    json.object(|json, file| {
                        json.array(|json, _| {
                            let error = json.value()?;
                            let (line, what) = (error.words("line"), error.text("error"));
                            head.troubles.push(format!("{file}:{line}: {what}"));
                            Ok(())
                        })?;
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        sink.run(head)?;
        each_of(document, sink, "Issues", |sink, at, raw, value| reading(value).tell(sink, at, raw))
    }
}

fn reading(value: &Value) -> Reading {
    let rule = value.text("rule_id");
    if rule.is_empty() {
        return Reading::wrong("no `rule_id`");
    }
    let file = path::tidy(value.text("file"));
    if file.is_empty() {
        return Reading::names_no_code("no `file`");
    }
    let (first, last) = lines(&value.words("line"));
    let (code, code_line) = without_line_numbers(value.text("code"));
    let mut place = Place {
        path: file,
        start: Point { line: first, column: value.count("column") },
        end: Point::line(last),
        columns: Columns::Bytes,
        ..Place::default()
    };
    // Before 2.0 the code was the flagged text alone, without numbers.
    if code_line == 0 {
        place.snippet = code;
    } else {
        (place.context, place.context_line) = (code, code_line);
    }
    let words = value.text("severity");
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["line"]);
    note(&mut notes, "cwe", value.text("cwe.url"));
    note(&mut notes, "proposed fix", value.text("autofix"));
    Claim {
        rule: rule.to_owned(),
        message: value.text("details").to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        confidence: Confidence::from_words(value.text("confidence")),
        cwes: Cwe::all_in(&[value.words("cwe.id"), value.words("cwe.ID")].concat()),
        place: Some(place),
        suppression: suppression(value),
        notes,
        ..Claim::default()
    }
    .into()
}

/// `-track-suppressions` reports what `#nosec` and the configuration silenced; `nosec` alone is of older versions.
fn suppression(value: &Value) -> Option<Suppression> {
    let suppressions = value.list("suppressions");
    let first = suppressions.first();
    if first.is_none() && value.at("nosec") != &Value::Bool(true) {
        return None;
    }
    let external = !suppressions.is_empty() && suppressions.iter().all(|one| one.text("kind") == "external");
    let reasons: Vec<&str> = suppressions
        .iter()
        .map(|one| one.text("justification"))
        .filter(|reason| !reason.is_empty())
        .collect();
    Some(Suppression {
        source: if external { SuppressionSource::External } else { SuppressionSource::Code },
        justification: reasons.join("; "),
    })
}

/// `79`, or `12-14`.
fn lines(text: &str) -> (u32, u32) {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let line = |text: &str| text.trim().parse().ok().filter(|line| *line <= LAST_LINE);
    let first = line(first).unwrap_or(0);
    (first, line(last).unwrap_or(first).max(first))
}

/// Takes the line numbers from `160: \tmd5.New()\n161: …` and gives the first of them; 0 and the text as it is where
/// there are none.
fn without_line_numbers(code: &str) -> (String, u32) {
    let mut first = 0;
    let mut out = String::with_capacity(code.len());
    for line in code.lines() {
        let number =
            line.split_once(':').and_then(|(number, rest)| Some((number.parse::<u32>().ok()?, rest)));
        let Some((number, rest)) = number else { return (code.to_owned(), 0) };
        if first == 0 {
            first = number;
        }
        out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        out.push('\n');
    }
    (out, first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::Failure;
    use crate::ingest::reader::collect::{Collected, read_all, refused};

    fn issue() -> Value {
        json!({
            "severity": "MEDIUM", "confidence": "HIGH", "cwe": {"id": "327", "url": "https://cwe.example/327"},
            "rule_id": "G401", "details": "Use of weak cryptographic primitive", "file": "/srv/shop/user.go",
            "code": "159: func hash(text string) string {\n160: \thasher := md5.New()\n161: \treturn \"\"\n",
            "line": "160", "column": "12", "nosec": false, "suppressions": null
        })
    }

    fn report(issues: Value) -> String {
        json!({
            "Golang errors": {"/srv/shop/broken.go": [{"line": 3, "column": 1, "error": "expected declaration"}]},
            "Issues": issues, "Stats": {"files": 20, "lines": 1562, "nosec": 0, "found": 1}, "GosecVersion": "2.18.2"
        })
        .to_string()
    }

    fn one(changes: Value) -> Collected {
        let mut issue = issue();
        for (key, value) in changes.as_object().unwrap() {
            issue[key] = value.clone();
        }
        read_all(&Gosec, &report(json!([issue])))
    }

    #[test]
    fn an_issue_becomes_a_claim_with_its_place_and_grade() {
        let read = one(json!({}));
        assert_eq!(read.heads[0].tool_version, "2.18.2");
        assert_eq!(read.heads[0].troubles, ["/srv/shop/broken.go:3: expected declaration"]);
        let claim = &read.claims[0];
        let place = claim.place.as_ref().unwrap();
        assert_eq!(
            (place.path.as_str(), place.start),
            ("/srv/shop/user.go", Point { line: 160, column: 12 })
        );
        assert_eq!(place.context_line, 159);
        assert_eq!(place.context, "func hash(text string) string {\n\thasher := md5.New()\n\treturn \"\"\n");
        assert_eq!((claim.severity, claim.confidence), (Severity::Medium, Some(Confidence::High)));
        assert_eq!((&claim.cwes, claim.suppression.is_none()), (&vec![Cwe(327)], true));
    }

    #[test]
    fn lines_may_be_a_range_a_number_or_missing() {
        for (line, expected) in
            [(json!("12-14"), (12, 14)), (json!(7), (7, 7)), (json!(null), (0, 0)), (json!("14-x"), (14, 14))]
        {
            let read = one(json!({"line": line}));
            let place = read.claims[0].place.as_ref().unwrap();
            assert_eq!((place.start.line, place.end.line), expected);
        }
    }

    #[test]
    fn code_without_line_numbers_is_the_flagged_text() {
        let read = one(json!({"code": "md5.New()"}));
        let place = read.claims[0].place.as_ref().unwrap();
        assert_eq!((place.snippet.as_str(), place.context.as_str()), ("md5.New()", ""));
    }

    #[test]
    fn suppressions_say_where_and_why() {
        for (changes, source, why) in [
            (
                json!({"suppressions": [{"kind": "inSource", "justification": "checksum only"}]}),
                SuppressionSource::Code,
                "checksum only",
            ),
            (
                json!({"suppressions": [{"kind": "external", "justification": "Globally suppressed."}]}),
                SuppressionSource::External,
                "Globally suppressed.",
            ),
            (json!({"nosec": true}), SuppressionSource::Code, ""),
        ] {
            let read = one(changes);
            let suppression = read.claims[0].suppression.as_ref().unwrap();
            assert_eq!((suppression.source, suppression.justification.as_str()), (source, why));
        }
    }

    #[test]
    fn what_is_no_issue_is_told_and_an_empty_report_is_read() {
        let read = read_all(&Gosec, &report(json!([{"file": "a.go"}, {"rule_id": "G1"}, 3])));
        let failures: Vec<_> = read.unreadable.iter().map(|(_, failure)| *failure).collect();
        assert_eq!(failures, [Failure::WrongShape, Failure::NamesNoCode, Failure::WrongShape]);
        assert!(read_all(&Gosec, &report(Value::Null)).claims.is_empty());
        assert!(matches!(refused(&Gosec, "{\"Stats\": {}}"), ReadError::Unsupported(_)));
    }

    #[test]
    fn broken_documents_neither_panic_nor_lose_issues() {
        bears_damage(&Gosec, &report(json!([issue(), issue()])), &["Issues"]);
    }
}
