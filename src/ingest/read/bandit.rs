//! Bandit's own JSON. Its SARIF gives wrong end lines, so this is the one to prefer.

use serde_json::Value;

use super::element::{Reading, each_of, members, note_lines};
use crate::domain::{Claim, Columns, Confidence, Cwe, Place, Point, Severity};
use crate::ingest::document::{Document, Shape};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink, grade};

/// The reader.
pub(super) struct Bandit;

const SEVERITY: Scale = &[
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("undefined", Severity::Info),
];

static ABOUT: About = About {
    format: "bandit",
    tools: "Bandit (`-f json`)",
    claim: "an element of `results`",
    aside: "nothing",
    severity_from: "`issue_severity`",
    severity: SEVERITY,
    cwe_from: "`issue_cwe.id`",
    prints_from: "none",
};

impl Reader for Bandit {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.has("results[].issue_severity") || (shape.has("results") && shape.has("metrics._totals"))
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        // `errors` and `metrics` may stand on either side of `results`: the head is read first.
        let mut head = RunHead { tool: "bandit".into(), coverage_is_complete: true, ..RunHead::default() };
        let mut covered = Vec::new();
        members(document, &["results"], |json, key| {
            match key {
                "generated_at" => head.started = json.words()?,
                "errors" => {
                    json.array(|json, _| {
                        let error = json.value()?;
                        head.troubles.push(format!("{}: {}", error.text("filename"), error.text("reason")));
                        Ok(())
                    })?;
                }
                "metrics" => {
                    json.object(|_, file| {
                        if file != "_totals" {
                            covered.push(path::tidy(file));
                        }
                        Ok(())
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        sink.run(head)?;
        for file in &covered {
            sink.covered(file)?;
        }
        each_of(document, sink, "results", |sink, at, raw, value| reading(value).tell(sink, at, raw))
    }
}

fn reading(value: &Value) -> Reading {
    if value.text("test_id").is_empty() {
        return Reading::wrong("no `test_id`");
    }
    let lines = value.list("line_range");
    let first = value.count("line_number");
    let last = lines.iter().map(|line| line.count("")).max();
    let (context, context_line) = without_line_numbers(value.text("code"));
    // Columns belong to the first and the last line of the range; a `line_number` inside it has none.
    let begins = lines.iter().filter_map(Value::as_u64).min().is_none_or(|line| line == u64::from(first));
    let columns = |key: &str| if begins { column(value, key) } else { 0 };
    let place = Place {
        path: path::tidy(value.text("filename")),
        start: Point { line: first, column: columns("col_offset") },
        end: Point { line: last.unwrap_or(first).max(first), column: columns("end_col_offset") },
        columns: Columns::Bytes,
        context,
        context_line,
        ..Place::default()
    };
    let words = value.text("issue_severity");
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["line_number"]);
    if !value.text("more_info").is_empty() {
        notes.push(("more".to_owned(), value.text("more_info").to_owned()));
    }
    Claim {
        rule: value.text("test_id").to_owned(),
        title: value.text("test_name").replace('_', " "),
        message: value.text("issue_text").to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        confidence: Confidence::from_words(value.text("issue_confidence")),
        cwes: Cwe::all_in(&value.words("issue_cwe.id")),
        place: Some(place),
        notes,
        ..Claim::default()
    }
    .into()
}

/// Bandit counts columns from 0; -1 is "not known".
fn column(value: &Value, key: &str) -> u32 {
    if value.number(key).is_some_and(|number| number >= 0.0) { value.count(key).saturating_add(1) } else { 0 }
}

/// Takes the line numbers from `14     cur.execute(q)\n15     return x\n` and gives the first of them.
fn without_line_numbers(code: &str) -> (String, u32) {
    let mut first = 0;
    let mut out = String::with_capacity(code.len());
    for line in code.lines() {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = line.split_at(digits);
        if first == 0 {
            first = number.parse().unwrap_or(0);
        }
        out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        out.push('\n');
    }
    (out, first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::Failure;
    use crate::ingest::reader::collect::read_all;

    const REPORT: &str = r#"{
      "errors": [{"filename": "broken.py", "reason": "syntax error while parsing AST from file"}],
      "generated_at": "2026-01-02T03:04:05Z",
      "metrics": {"_totals": {"loc": 3}, "./src/db.py": {"loc": 3}},
      "results": [
        {"code": "13     \n14     cur.execute(\"SELECT \" + uid)\n", "col_offset": 8, "end_col_offset": 35,
         "filename": "./src/db.py", "issue_confidence": "LOW", "issue_cwe": {"id": 89, "link": "…"},
         "issue_severity": "MEDIUM", "issue_text": "Possible SQL injection.", "line_number": 14,
         "line_range": [14], "more_info": "https://bandit/B608", "test_id": "B608", "test_name": "hardcoded_sql_expressions"},
        {"filename": "x.py"}
      ]}"#;

    #[test]
    fn a_result_becomes_a_claim_with_its_place_and_grade() {
        let read = read_all(&Bandit, REPORT);
        assert_eq!(read.heads[0].troubles.len(), 1);
        assert_eq!(read.covered, ["src/db.py"]);
        let claim = &read.claims[0];
        let place = claim.place.as_ref().unwrap();
        assert_eq!(
            (place.path.as_str(), place.start, place.end),
            ("src/db.py", Point { line: 14, column: 9 }, Point { line: 14, column: 36 })
        );
        assert_eq!(
            (place.context.as_str(), place.context_line),
            ("    \n    cur.execute(\"SELECT \" + uid)\n", 13)
        );
        assert_eq!((claim.severity, claim.confidence), (Severity::Medium, Some(Confidence::Low)));
        assert_eq!(claim.cwes, [Cwe(89)]);
        assert_eq!(read.unreadable, [("results[1]".to_owned(), Failure::WrongShape)]);
    }

    #[test]
    fn damaged_reports_are_accounted_for() {
        bears_damage(&Bandit, REPORT, &["results"]);
    }
}
