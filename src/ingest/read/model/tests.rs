use proptest::prelude::*;

use super::*;
use crate::domain::{Claim, Confidence, Cwe, Kind, Severity};
use crate::ingest::reader::collect::{Collected, read_all};

mod answers;
mod lines;

/// Reads a text as if it were forced upon the reader.
fn forced(text: &str) -> Collected {
    let mut sink = Collected::default();
    Model.read(&Document::bytes("test", text), &mut sink).unwrap();
    sink
}

fn recognised(text: &str) -> bool {
    Model.recognises(&Document::bytes("test", text).shape().unwrap())
}

/// A claim in one line: `cwe-89 high src/db.py:14-16`.
fn line(claim: &Claim) -> String {
    let place = claim.place.clone().unwrap_or_default();
    let lines = match (place.start.line, place.last_line()) {
        (0, _) => String::new(),
        (first, last) if first == last => format!(":{first}"),
        (first, last) => format!(":{first}-{last}"),
    };
    format!("{} {} {}{lines}", claim.rule, claim.severity, place.path)
}

const FULL: &str = r#"{
  "model": "Claude Sonnet 4", "model_version": "2025-05-14", "generated_at": "2026-01-02T03:04:05Z", "commit": "1a2b3c",
  "findings": [{
    "id": "VULN-001",
    "title": "SQL injection in get_user",
    "type": "SQL Injection",
    "severity": "High (CVSS 8.1)",
    "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
    "confidence": 0.9,
    "cwe": ["CWE-89", {"id": 564, "name": "Hibernate"}],
    "owasp": "A03:2021 - Injection",
    "file": "./src/db.py",
    "start_line": 14, "end_line": 14, "column": 9,
    "function": "get_user()",
    "evidence": "```python\ncur.execute(\"SELECT \" + uid)\n```",
    "description": "The id reaches the query unescaped.",
    "impact": "Full read access to the database.",
    "recommendation": "Bind the parameter.",
    "fixed_code": "cur.execute(\"SELECT ?\", (uid,))",
    "data_flow": [{"file": "src/app.py", "line": 3, "description": "read from the request"},
                  {"file": "src/db.py", "line": 14, "description": "concatenated"}],
    "references": ["https://example.com/a", "https://example.com/b"]
  }]
}"#;

#[test]
fn every_field_of_a_finding_finds_its_place() {
    let read = read_all(&Model, FULL);
    let head = &read.heads[0];
    assert_eq!(
        (head.tool.as_str(), head.tool_version.as_str(), head.started.as_str(), head.revision.as_str()),
        ("claude-sonnet-4", "2025-05-14", "2026-01-02T03:04:05Z", "1a2b3c")
    );
    let claim = &read.claims[0];
    assert_eq!(line(claim), "cwe-89 high src/db.py:14");
    assert_eq!(claim.title, "SQL injection in get_user");
    assert_eq!(claim.message, "The id reaches the query unescaped.");
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::High, "High (CVSS 8.1)"));
    assert_eq!(claim.scores[0].score, Some(8.1));
    assert!(claim.scores.iter().any(|score| score.vector.starts_with("CVSS:3.1/AV:N")), "{:?}", claim.scores);
    assert_eq!(claim.confidence, Some(Confidence::High));
    assert_eq!(claim.cwes, [Cwe(89), Cwe(564)]);
    assert_eq!(claim.owasp, ["A03:2021"]);
    let place = claim.place.as_ref().unwrap();
    assert_eq!((place.start.column, place.scope.as_str()), (9, "get_user"));
    assert_eq!(place.snippet, "cur.execute(\"SELECT \" + uid)");
    assert_eq!(claim.fixes[0].edits[0].text, "cur.execute(\"SELECT ?\", (uid,))");
    assert_eq!(claim.fixes[0].description, "Bind the parameter.");
    assert_eq!(claim.traces[0].len(), 2);
    assert_eq!(
        (claim.traces[0][0].place.path.as_str(), claim.traces[0][1].place.start.line),
        ("src/app.py", 14)
    );
    let note = |name: &str| claim.notes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(note("id"), Some("VULN-001"));
    assert_eq!(note("impact"), Some("Full read access to the database."));
    assert_eq!(note("recommendation"), Some("Bind the parameter."));
    assert_eq!(note("references"), Some("https://example.com/a\nhttps://example.com/b"));
    assert_eq!(note("severity"), None);
    assert!(claim.repairs.is_empty());
}

#[test]
fn the_same_finding_in_other_words_is_the_same_claim() {
    let expected = "cwe-89 high src/db.py:14-16";
    for finding in [
        r#"{"title":"SQL Injection","severity":"High","file":"src/db.py","line":"14-16"}"#,
        r#"{"Vulnerability Type":"SQL injection","Risk Level":"HIGH","File Path":"src/db.py","Lines":[14,16]}"#,
        r#"{"vulnType":"sql_injection","riskLevel":"Severe","location":"src/db.py:14-16"}"#,
        r#"{"name":"SQLi","criticality":"high","location":{"file":"src/db.py","start_line":14,"end_line":16}}"#,
        r#"{"issue":"SQL Injection (SQLi)","priority":"P1","path":"src\\db.py","lineStart":14,"lineEnd":16}"#,
        r#"{"category":"SQL-Injection","severity":8.1,"affected_file":"src/db.py#L14-L16"}"#,
        r#"{"vulnerability":{"type":"SQL Injection","severity":"high"},"location":{"path":"src/db.py","lines":"14 to 16"}}"#,
        r#"{"description":"Unescaped id","cwe_id":"CWE-89","level":"4/5","filename":"src/db.py","line_range":{"start":14,"end":16}}"#,
        r#"{"message":"Unescaped id","cwe":89,"cvss":8.1,"location":{"file":"src/db.py","start":{"line":14},"end":{"line":16}}}"#,
        r#"{"message":"Unescaped id","cwes":["89"],"impact":"High","affected_files":["src/db.py (lines 14-16)"]}"#,
        r#"{"weakness":"CWE-089: SQL Injection","severity":{"level":"High","score":8.1},"locations":[{"file":"src/db.py","lines":[14,15,16]}]}"#,
        r#"{"title":"**SQL Injection**","severity":"🟠 High","where":"`src/db.py` lines 14–16"}"#,
        r#"{"finding":{"title":"SQL Injection","severity":"high","file":"src/db.py","line_number":"L14-L16"}}"#,
    ] {
        let read = read_all(&Model, &format!("[{finding}]"));
        assert_eq!(read.claims.iter().map(line).collect::<Vec<_>>(), [expected], "{finding}");
        // As a document of its own, as one of JSON Lines, and in a fence.
        for text in
            [finding.to_owned(), format!("{finding}\n\n{finding}\n"), format!("Here:\n~~~\n{finding}\n~~~\n")]
        {
            let read = forced(&text);
            assert!(read.claims.iter().all(|claim| line(claim) == expected), "{text}");
            assert_eq!(
                read.claims.len(),
                1 + usize::from(text.starts_with('{') && text.ends_with('\n')),
                "{text}"
            );
        }
    }
}

#[test]
fn a_finding_of_several_places_keeps_them_all() {
    let read = read_all(
        &Model,
        r#"[{"title":"Weak hash","severity":"low","occurrences":[
              {"file":"a.py","line":3,"code":"md5(x)"},{"file":"b.py","line":9,"code":"md5(y)"}]},
            {"title":"Weak hash","severity":"low","file":"a.py","line":"3, 9, 12"},
            {"title":"Weak hash","severity":"low","files":["a.py:3","b.py:9"]}]"#,
    );
    let places = |claim: &Claim| {
        claim
            .place
            .iter()
            .chain(&claim.more_places)
            .map(|place| (place.path.clone(), place.start.line, place.snippet.clone()))
            .collect::<Vec<_>>()
    };
    let place = |path: &str, line: u32, code: &str| (path.to_owned(), line, code.to_owned());
    assert_eq!(places(&read.claims[0]), [place("a.py", 3, "md5(x)"), place("b.py", 9, "md5(y)")]);
    assert_eq!(places(&read.claims[1]), [place("a.py", 3, ""), place("a.py", 9, ""), place("a.py", 12, "")]);
    assert_eq!(places(&read.claims[2]), [place("a.py", 3, ""), place("b.py", 9, "")]);
}

#[test]
fn code_without_a_file_still_says_where_to_look() {
    let read = read_all(
        &Model,
        r#"[{"title":"Eval of input","severity":"high","evidence":"eval(request.args['q'])"}]"#,
    );
    let place = read.claims[0].place.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.snippet.as_str()), ("", "eval(request.args['q'])"));
    // A sentence about code is no code.
    let read =
        forced(r#"[{"title":"Eval","severity":"high","evidence":"The handler evaluates what users send."}]"#);
    assert_eq!(read.unreadable, [("[0]".to_owned(), Failure::NamesNoCode)]);
}

#[test]
fn line_numbers_in_a_quotation_tell_the_lines_and_leave_the_code() {
    let read =
        read_all(&Model, r#"[{"title":"X","severity":"low","file":"a.py","code":"14: a = f(x)\n15: g(a)"}]"#);
    let place = read.claims[0].place.as_ref().unwrap();
    assert_eq!((place.start.line, place.last_line(), place.snippet.as_str()), (14, 15, "a = f(x)\ng(a)"));
}

#[test]
fn a_vulnerable_package_is_a_dependency_claim() {
    let read = read_all(
        &Model,
        r#"{"vulnerabilities":[{"package":"lodash","installed_version":"4.17.15","cve":"CVE-2020-8203","severity":"high",
            "description":"Prototype pollution","fixed_version":"4.17.19","file":"package.json"}]}"#,
    );
    let claim = &read.claims[0];
    let dependency = claim.dependency.as_ref().unwrap();
    assert_eq!((claim.kind, claim.rule.as_str()), (Kind::Dependency, "CVE-2020-8203"));
    assert_eq!(dependency.purl, "pkg:npm/lodash@4.17.15");
    assert_eq!(dependency.fixed, ["4.17.19"]);
    let read = read_all(
        &Model,
        r#"[{"name":"express","version":"4.17.1","severity":"high","cves":["CVE-2022-24999"],"description":"qs"}]"#,
    );
    assert_eq!(read.claims[0].dependency.as_ref().unwrap().name, "express");
}

#[test]
fn repairs_are_told_where_they_were_made() {
    let read = read_all(
        &Model,
        "[{\"title\": \"A\", \"severity\": \"low\", \"file\": \"a.py\",},\n {\"title\": \"B\", \"severity\": \"low\", \"file\": \"b.py\"},\n \
         {'title': 'C', 'severity': 'low', 'file': 'c.py', 'ok': True}]",
    );
    let repairs: Vec<_> = read.claims.iter().map(|claim| claim.repairs.clone()).collect();
    assert_eq!(repairs[0], [repair::TRAILING_COMMA]);
    assert!(repairs[1].is_empty());
    assert_eq!(repairs[2], [repair::SINGLE_QUOTES, repair::LITERALS]);
    let extra = read_all(&Model, r#"{"findings":[{"title":"A","severity":"low","file":"a.py"}]}}"#);
    assert_eq!(extra.claims[0].repairs, [repair::EXTRA_BRACKET]);
    assert_eq!(read.raws[0], "{\"title\": \"A\", \"severity\": \"low\", \"file\": \"a.py\"}");
}

#[test]
fn what_was_complete_in_a_cut_answer_passes_and_says_so() {
    let whole = r#"{"findings":[{"title":"A","severity":"low","file":"a.py"},{"title":"B","severity":"low","file":"b.py"}]}"#;
    for cut in 14..whole.len() {
        let read = forced(&whole[..cut]);
        let complete = whole[..cut].matches("y\"}").count();
        assert_eq!(read.claims.len(), complete, "{}", &whole[..cut]);
        assert!(read.claims.iter().all(|claim| !claim.repairs.is_empty()));
        assert!(
            read.unreadable.iter().all(|(_, failure)| *failure == Failure::Truncated),
            "{:?}",
            read.unreadable
        );
        assert!(read.claims.len() + read.unreadable.len() >= 1);
    }
}

#[test]
fn other_formats_and_any_other_json_are_not_taken() {
    for text in [
        r#"{"name":"shop","version":"1.0.0","description":"A shop","files":["src"],"dependencies":{"x":"1"}}"#,
        r#"{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"tool":{"driver":{"name":"x"}},
            "results":[{"ruleId":"r","message":{"text":"m"},"level":"error"}]}]}"#,
        r#"{"root":true,"env":{"node":true},"rules":{"no-eval":"error"},"overrides":[{"files":["*.ts"],"rules":{}}]}"#,
        r#"[{"filePath":"/a.js","messages":[{"ruleId":"x","severity":2,"message":"m","line":1}]}]"#,
        r#"{"compilerOptions":{"strict":true},"include":["src"]}"#,
        r#"[{"name":"db.py","path":"src/db.py","sha":"1","size":3,"type":"file"}]"#,
        "{\"level\":\"error\",\"message\":\"down\",\"timestamp\":1,\"file\":\"a.go\",\"line\":3}\n{\"level\":\"info\",\"message\":\"up\",\"timestamp\":2}\n",
        r#"[{"id":1,"title":"Crash","body":"It crashes","state":"open","labels":["bug"],"priority":"high"}]"#,
        r#"{"openapi":"3.0.0","paths":{"/users":{"get":{"summary":"s","description":"d"}}}}"#,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"x"}}]}"#,
        "# Readme\n\n```json\n{\"name\": \"x\", \"scripts\": {}}\n```\n",
        "The code has an SQL injection in src/db.py, line 14. Severity: high.",
        "No vulnerabilities found.",
        "fn main() { let a = [1, 2]; }",
        "<html><body>{\"title\": \"x\", \"severity\": \"high\"}</body></html>",
        "[1, 2, 3]",
        "{}",
        "[]",
        "",
        "null",
        "\"text\"",
    ] {
        assert!(!recognised(text), "{text}");
    }
}

#[test]
fn answers_that_report_nothing_are_recognised_where_only_a_model_gives_them() {
    for text in [
        r#"{"findings": [], "summary": "Nothing."}"#,
        r#"{"model": "m", "vulnerabilities": []}"#,
        "```json\n{\"security_issues\": []}\n```",
        r#"{"choices":[{"message":{"role":"assistant","content":"No vulnerabilities found."}}]}"#,
    ] {
        let read = read_all(&Model, text);
        assert_eq!((read.heads.len(), read.claims.len(), read.unreadable.len()), (1, 0, 0), "{text}");
    }
    for text in [r#"{"issues": []}"#, r#"{"results": [], "errors": []}"#] {
        assert!(!recognised(text), "{text}");
    }
}

#[test]
fn an_answer_longer_than_the_first_look_is_recognised() {
    let one = r#"{"title":"XSS","severity":"low","file":"a.js"}"#;
    let content = format!("[{}]", vec![one; 8_000].join(","));
    let chat = serde_json::json!({"choices": [{"message": {"role": "assistant", "content": content}}], "model": "m"});
    assert_eq!(read_all(&Model, &chat.to_string()).claims.len(), 8_000);
    // The same names as another tool's do not make it another tool's.
    for text in [
        r#"[{"title":"XSS","severity":"low","filePath":"a.js","component":"ui"}]"#,
        r#"[{"messages":[{"role":"assistant","content":"[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]"}]}]"#,
    ] {
        assert_eq!(read_all(&Model, text).claims.len(), 1, "{text}");
    }
}

#[test]
fn a_million_findings_are_walked_and_not_loaded() {
    // Far fewer here; what is checked is that a list longer than one chunk is walked element by element.
    let one = r#"{"title":"SQL Injection","severity":"high","file":"src/db.py","line":14}"#;
    let text = format!("{{\"model\":\"m\",\"findings\":[{}]}}", vec![one; 6_000].join(",\n"));
    assert_eq!(read_all(&Model, &text).claims.len(), 6_000);
    let lines = vec![one; 2_000].join("\n");
    assert_eq!(read_all(&Model, &lines).claims.len(), 2_000);
}

#[test]
fn hostile_nesting_costs_neither_stack_nor_patience() {
    for text in [
        "[".repeat(3_000),
        "{\"findings\":".repeat(3_000),
        format!("[{}", "{\"findings\":[".repeat(8_000)),
        "{\"response\":\"{".repeat(2_000),
        "```json\n{\"severity\"\n".repeat(2_000),
        "{\"title\":\"x\",".repeat(3_000),
        "[{\"severity\":\"high\" \"".repeat(2_000),
        "{ { [ ".repeat(5_000),
    ] {
        let read = forced(&text);
        assert!(!read.claims.is_empty() || !read.unreadable.is_empty(), "{}", &text[..20]);
        let _ = recognised(&text);
    }
    // Answers inside of answers.
    let mut text = r#"[{"title":"x","severity":"low","file":"a.py"}]"#.to_owned();
    for _ in 0..6 {
        text = serde_json::json!({"response": text}).to_string();
    }
    assert_eq!(forced(&text).claims.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_it_panic_or_lose_the_whole(
        which in prop::sample::select(answers::all()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), "[\\PC\"'{}\\[\\],:\\\\\n`]{0,3}"), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut text: Vec<char> = which.text.chars().collect();
        for (at, drop, new) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + usize::from(drop)).min(text.len());
            text.splice(at..end, new.chars());
        }
        if let Some(cut) = cut {
            text.truncate(cut.index(text.len() + 1));
        }
        let text: String = text.into_iter().collect();
        let _ = recognised(&text);
        let mut sink = Collected::default();
        prop_assert!(Model.read(&Document::bytes("test", text), &mut sink).is_ok());
        prop_assert_eq!(sink.heads.len(), 1);
    }

    #[test]
    fn every_element_of_a_list_is_counted_once(
        list in prop::collection::vec(element(), 0..12),
        fenced in any::<bool>(),
    ) {
        let text = serde_json::json!({"findings": list.clone()}).to_string();
        let text = if fenced { format!("Found these:\n```json\n{text}\n```\nDone.") } else { text };
        let read = forced(&text);
        let counted = read.claims.len() + read.aside.len() + read.unreadable.len();
        let sound = list.iter().any(|value| value.is_object());
        // Prose around a list that holds nothing like a finding is one unreadable answer.
        prop_assert!(counted == list.len() || fenced && !sound && counted <= 1, "{} of {}: {}", counted, list.len(), text);
    }
}

fn element() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just(serde_json::json!("SQL Injection")),
        Just(serde_json::json!("high")),
        Just(serde_json::json!("src/db.py:14")),
        Just(Value::Null),
        Just(serde_json::json!("")),
        Just(serde_json::json!(14)),
        Just(serde_json::json!([14, 20])),
        Just(serde_json::json!({"start": 3, "file": "a.py"})),
        Just(serde_json::json!(["a", {"code": "x"}])),
        Just(serde_json::json!(u64::MAX)),
        Just(serde_json::json!(-1e300)),
        Just(serde_json::json!(false)),
    ];
    let keys = prop::sample::select(vec![
        "title",
        "severity",
        "file",
        "line",
        "end_line",
        "cwe",
        "evidence",
        "code",
        "location",
        "fix",
        "confidence",
        "owasp",
        "cvss",
        "description",
        "vulnerable",
        "function",
        "data_flow",
        "package",
        "version",
        "impact",
    ]);
    prop_oneof![
        8 => prop::collection::btree_map(keys, word, 0..8)
            .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        1 => Just(Value::Null),
        1 => Just(serde_json::json!("text")),
        1 => Just(serde_json::json!(3)),
    ]
}
