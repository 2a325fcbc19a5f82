//! Answers as models give them, and what each of them comes to.

use super::*;

mod broken;

#[derive(Debug)]
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// Recognised without being forced.
    known: bool,
    claims: &'static [&'static str],
    aside: usize,
    unreadable: &'static [(&'static str, Failure)],
}

const fn sample(
    name: &'static str,
    text: &'static str,
    claims: &'static [&'static str],
    aside: usize,
    unreadable: &'static [(&'static str, Failure)],
) -> Sample {
    Sample { name, text, known: true, claims, aside, unreadable }
}

/// One that is read only when the format is forced.
const fn forced_sample(
    name: &'static str,
    text: &'static str,
    claims: &'static [&'static str],
    aside: usize,
    unreadable: &'static [(&'static str, Failure)],
) -> Sample {
    Sample { name, text, known: false, claims, aside, unreadable }
}

use Failure::{Empty, Invalid, NamesNoCode, Truncated, WrongShape};

const SOUND: &[Sample] = &[
    sample(
        "a bare array",
        r#"[{"title":"SQL Injection","severity":"high","file":"src/db.py","line":14},
            {"title":"Hardcoded password","severity":"medium","file":"src/auth.py","line":3}]"#,
        &["cwe-89 high src/db.py:14", "cwe-259 medium src/auth.py:3"],
        0,
        &[],
    ),
    sample(
        "an envelope with a summary and advice",
        r#"{"summary":{"total":1,"critical":1},"issues":[{"type":"Command Injection","risk":"Critical","file_path":"run.py",
            "line_number":7,"explanation":"os.system gets user input"}],
            "recommendations":[{"priority":"high","title":"Train developers","description":"…"}]}"#,
        &["cwe-78 critical run.py:7"],
        0,
        &[],
    ),
    sample(
        "an envelope inside of another",
        r#"{"status":"ok","report":{"meta":{"model":"x"},"findings":[{"name":"XSS","severity":"moderate","location":"web/a.js:5"}]}}"#,
        &["cwe-79 medium web/a.js:5"],
        0,
        &[],
    ),
    sample(
        "a fence with a language and prose around it",
        "I reviewed the code.\n\n```json\n{\"findings\": [{\"title\": \"Path Traversal\", \"severity\": \"High\", \
         \"file\": \"files.go\", \"line\": 30}]}\n```\n\nLet me know if you want a patch.",
        &["cwe-22 high files.go:30"],
        0,
        &[],
    ),
    sample(
        "several fences, one of them code",
        "First:\n```json\n{\"title\": \"SSRF\", \"severity\": \"high\", \"file\": \"a.py\", \"line\": 1}\n```\nThe code:\n```python\n\
         conf = {'a': [1, 2]}\n```\nSecond:\n```\n[{\"title\": \"CSRF\", \"severity\": \"medium\", \"file\": \"b.py\", \"line\": 2}]\n```\n",
        &["cwe-918 high a.py:1", "cwe-352 medium b.py:2"],
        0,
        &[],
    ),
    sample(
        "a tilde fence without a language",
        "~~~\n[{\"title\":\"XXE\",\"severity\":\"high\",\"file\":\"x.java\",\"line\":9}]\n~~~",
        &["cwe-611 high x.java:9"],
        0,
        &[],
    ),
    sample(
        "bare JSON between prose",
        "Sure! Here is what I found: {\"vulnerabilities\": [{\"type\": \"Open Redirect\", \"severity\": \"low\", \"file\": \
         \"go.php\", \"line\": 2}]} Hope that helps [1].",
        &["cwe-601 low go.php:2"],
        0,
        &[],
    ),
    sample(
        "an indented fence in a list",
        "1. Finding\n   ```json\n   {\"title\": \"IDOR\", \"severity\": \"high\", \"file\": \"a.rb\", \"line\": 4}\n   ```\n2. Nothing else.",
        &["cwe-639 high a.rb:4"],
        0,
        &[],
    ),
    sample(
        "thoughts before the answer",
        "<think>Maybe [{\"title\":\"draft\",\"severity\":\"low\",\"file\":\"x.py\"}]?</think>\n[{\"title\":\"SSTI\",\"severity\":\"high\",\"file\":\"t.py\"}]",
        &["cwe-1336 high t.py"],
        0,
        &[],
    ),
    forced_sample(
        "thoughts without an answer",
        "<think>Let me look at [{\"title\":\"x\"}]",
        &[],
        0,
        &[("", Truncated)],
    ),
    sample(
        "an object for each file",
        r#"{"src/a.py":[{"issue":"Weak hash","severity":"low","line":3}],"src/b.py":[],"src/c.py":
            {"issues":[{"title":"ReDoS","severity":"medium","line":8}]}}"#,
        &["cwe-328 low src/a.py:3", "cwe-1333 medium src/c.py:8"],
        0,
        &[],
    ),
    sample(
        "a list of files with issues of their own",
        r#"{"files":[{"file":"a.c","issues":[{"title":"Buffer Overflow","severity":"critical","line":12}]},
            {"file":"b.c","issues":[]}]}"#,
        &["cwe-120 critical a.c:12"],
        0,
        &[],
    ),
    sample(
        "lists by severity",
        r#"{"critical":[{"title":"Use after free","file":"a.c","line":1}],"high":[],"low":[{"title":"Race condition","file":"b.c","line":2}]}"#,
        &["cwe-416 critical a.c:1", "cwe-362 low b.c:2"],
        0,
        &[],
    ),
    sample(
        "lists by sort",
        r#"{"sql_injection":[{"file":"a.py","line":1,"severity":"high","description":"concatenated"}],
            "xss":[{"file":"b.js","line":2,"severity":"medium","description":"innerHTML"}]}"#,
        &["cwe-89 high a.py:1", "cwe-79 medium b.js:2"],
        0,
        &[],
    ),
    sample(
        "a map from sorts to findings",
        r#"{"vulnerabilities":{"sql_injection":{"severity":"high","file":"a.py","line":3,"description":"concatenated"},"xss":null}}"#,
        &["cwe-89 high a.py:3"],
        0,
        &[],
    ),
    sample(
        "a conversation as a bare list",
        r#"[{"role":"user","content":"check"},{"role":"assistant","content":"[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]"}]"#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "a map from ids to findings",
        r#"{"vulnerabilities":{"V1":{"title":"XXE","severity":"high","file":"a.java"},"V2":{"title":"SSRF","severity":"low","file":"b.java"}}}"#,
        &["cwe-611 high a.java", "cwe-918 low b.java"],
        0,
        &[],
    ),
    sample(
        "JSON Lines",
        "{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}\n\n{\"title\":\"CSRF\",\"severity\":\"low\",\"file\":\"b.js\"}\n",
        &["cwe-79 low a.js", "cwe-352 low b.js"],
        0,
        &[],
    ),
    sample(
        "JSON Lines with a broken line, an empty one and a mended one",
        "{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}\n{\"title\":\"XSS\",\"severity\":\n{}\n{'title':'CSRF','severity':'low','file':'b.js'}\n\
         {\"title\":\"IDOR\",\"severity\":\"low\",\"file\":\"c.js\"}\n",
        &["cwe-79 low a.js", "cwe-352 low b.js", "cwe-639 low c.js"],
        0,
        &[("line 2", Truncated), ("line 3", Empty)],
    ),
    sample(
        "a chat completion",
        r#"{"id":"c1","object":"chat.completion","model":"GPT-4o mini","choices":[{"index":0,"message":{"role":"assistant",
            "content":"```json\n{\"findings\":[{\"title\":\"SQL Injection\",\"severity\":\"High\",\"file\":\"a.py\",\"line\":4}]}\n```"},
            "finish_reason":"stop"}],"usage":{"total_tokens":10}}"#,
        &["cwe-89 high a.py:4"],
        0,
        &[],
    ),
    sample(
        "a tool call's arguments",
        r#"{"model":"m","choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"type":"function","function":
            {"name":"report","arguments":"{\"findings\":[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]}"}}]}}]}"#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "a message of text parts and a tool's input",
        r#"{"type":"message","role":"assistant","model":"claude","content":[{"type":"thinking","thinking":"[{\"title\":1}]"},
            {"type":"text","text":"Here: [{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]"},
            {"type":"tool_use","name":"report","input":{"findings":[{"title":"CSRF","severity":"low","file":"b.js"}]}}]}"#,
        &["cwe-352 low b.js", "cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "a batch of one service",
        "{\"id\":\"b1\",\"custom_id\":\"src/a.py\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"m1\",\"choices\":[{\"message\":\
         {\"role\":\"assistant\",\"content\":\"[{\\\"title\\\":\\\"XSS\\\",\\\"severity\\\":\\\"low\\\",\\\"line\\\":3}]\"}}]}},\"error\":null}\n\
         {\"id\":\"b2\",\"custom_id\":\"src/b.py\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"m1\",\"choices\":[{\"message\":\
         {\"role\":\"assistant\",\"content\":\"No vulnerabilities found.\"}}]}},\"error\":null}\n\
         {\"id\":\"b3\",\"custom_id\":\"src/c.py\",\"response\":null,\"error\":{\"message\":\"timeout\"}}\n",
        &["cwe-79 low src/a.py:3"],
        1,
        &[("line 3", Empty)],
    ),
    sample(
        "a batch of another",
        "{\"custom_id\":\"r1\",\"result\":{\"type\":\"succeeded\",\"message\":{\"model\":\"m\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\
         \"text\":\"{\\\"findings\\\":[{\\\"title\\\":\\\"SSRF\\\",\\\"severity\\\":\\\"high\\\",\\\"file\\\":\\\"a.go\\\"}]}\"}]}}}\n\
         {\"custom_id\":\"r2\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"invalid_request\",\"message\":\"too long\"}}}\n",
        &["cwe-918 high a.go"],
        0,
        &[("line 2.result", Empty)],
    ),
    sample(
        "candidates with parts",
        r#"{"candidates":[{"content":{"parts":[{"text":"[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]"}],"role":"model"},
            "finishReason":"STOP"}],"modelVersion":"g-2"}"#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "a local model's response",
        r#"{"model":"llama3","created_at":"2026-01-02T00:00:00Z","response":"[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]","done":true}"#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "a conversation",
        r#"{"messages":[{"role":"system","content":"Report findings as [{\"title\":\"…\",\"severity\":\"…\",\"file\":\"…\"}]"},
            {"role":"user","content":"def f(): …"},
            {"role":"assistant","content":"[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]"}]}"#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "a completion that was stopped",
        r#"{"model":"m","choices":[{"message":{"role":"assistant","content":"[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"},{\"title\":\"CS"},
            "finish_reason":"length"}]}"#,
        &["cwe-79 low a.js"],
        0,
        &[("choices[0].message.content[1]", Truncated)],
    ),
    forced_sample(
        "a refusal",
        r#"{"model":"m","choices":[{"message":{"role":"assistant","content":null,"refusal":"I can't help with that."}}]}"#,
        &[],
        0,
        &[("choices[0].message", Empty)],
    ),
    sample(
        "JSON as a string in an envelope",
        r#"{"file":"a.py","result":"{\"findings\": [{\"title\": \"XSS\", \"severity\": \"low\", \"line\": 3}]}"}"#,
        &["cwe-79 low a.py:3"],
        0,
        &[],
    ),
    sample(
        "JSON that was encoded twice",
        r#""[{\"title\":\"XSS\",\"severity\":\"low\",\"file\":\"a.js\"}]""#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
    sample(
        "JSON whose quotes are escaped",
        r#"{\"findings\": [{\"title\": \"XSS\", \"severity\": \"low\", \"file\": \"a.js\"}]}"#,
        &["cwe-79 low a.js"],
        0,
        &[],
    ),
];

/// All samples.
pub(super) fn all() -> Vec<&'static Sample> {
    SOUND.iter().chain(broken::BROKEN).collect()
}

#[test]
fn answers_of_every_kind_come_to_what_they_say() {
    assert!(all().len() >= 40);
    for sample in all() {
        let read = forced(sample.text);
        let name = sample.name;
        assert_eq!(
            read.claims.iter().map(line).collect::<Vec<_>>(),
            sample.claims,
            "{name}: {:?}",
            read.unreadable
        );
        let unreadable: Vec<_> =
            read.unreadable.iter().map(|(at, failure)| (at.as_str(), *failure)).collect();
        assert_eq!(unreadable, sample.unreadable, "{name}");
        assert_eq!(read.aside.len(), sample.aside, "{name}: {:?}", read.aside);
        assert_eq!(recognised(sample.text), sample.known, "{name}");
        assert_eq!(read.heads.len(), 1, "{name}");
    }
}

#[test]
fn the_tool_is_the_model_where_the_answer_names_it() {
    for (name, tool) in [
        ("a chat completion", "gpt-4o-mini"),
        ("an envelope inside of another", "x"),
        ("a batch of one service", "m1"),
        ("a local model's response", "llama3"),
        ("a bare array", "model"),
    ] {
        let sample = all().into_iter().find(|sample| sample.name == name).unwrap();
        assert_eq!(forced(sample.text).heads[0].tool, tool, "{name}");
    }
    let given = forced(
        r#"{"tool":"Vuln Hunter","tool_version":"2.1","findings":[{"title":"XSS","severity":"low","file":"a.js"}]}"#,
    );
    assert_eq!((given.heads[0].tool.as_str(), given.heads[0].tool_version.as_str()), ("vuln-hunter", "2.1"));
}
