//! What `show`, `cases` and `case split|merge` say of a case, by the real program.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};

use support::desk::{Desk, sarif, shop};

/// The name of the only case that a filter leaves in.
fn only(desk: &Desk, filter: &str) -> String {
    let cases = desk.cases(filter);
    assert_eq!(cases.len(), 1, "{filter}: {cases:?}");
    cases[0]["case"].as_str().unwrap().to_owned()
}

fn text(desk: &Desk, args: &[&str]) -> String {
    let ran = desk.run(args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    ran.out
}

fn show(desk: &Desk, filter: &str) -> String {
    text(desk, &["show", &only(desk, filter)])
}

fn show_json(desk: &Desk, filter: &str) -> Value {
    desk.run(&["show", "--json", &only(desk, filter)]).json()
}

/// The first digits of a name, as lists print them.
fn short(name: &Value) -> &str {
    &name.as_str().unwrap()[..10]
}

/// A text with every run of white space as one blank: where a line was broken does not matter.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(flat(text).contains(part), "no `{part}` in:\n{text}");
    }
}

/// A location as SARIF has it.
fn location(path: &str, line: u32, words: &str) -> Value {
    json!({"message": {"text": words}, "physicalLocation": {"artifactLocation": {"uri": path},
        "region": {"startLine": line}}})
}

/// A SARIF log of one result that has a bit of everything; `words` stand wherever a tool may write.
fn everything(words: &str) -> String {
    let flow = |steps: &[(&str, u32, &str)]| {
        let steps: Vec<Value> =
            steps.iter().map(|(path, line, said)| json!({"location": location(path, *line, said)})).collect();
        json!({"threadFlows": [{"locations": steps}]})
    };
    let at = |line: u32| {
        let mut at = location("src/db.py", line, "");
        at["physicalLocation"]["region"]["snippet"] = json!({"text": "db.execute(q + uid)"});
        at
    };
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Acme", "rules": [
        {"id": "sql", "helpUri": format!("https://example.com/{words}"), "help": {"text": format!("Bind. {words}")}}]}},
        "results": [{"ruleId": "sql", "level": "error", "message": {"text": format!("about sql {words}")},
            "locations": [at(4), location("src/more.py", 9, "")],
            "relatedLocations": [location("src/about.py", 3, words)],
            "codeFlows": [flow(&[("src/db.py", 2, ""), ("src/db.py", 4, words)]), flow(&[("src/in.py", 7, "")])],
            "suppressions": [{"kind": "inSource", "justification": words}],
            "fixes": [{"description": {"text": words}, "artifactChanges": [{
                "artifactLocation": {"uri": "src/db.py"}, "replacements": [{
                    "deletedRegion": {"startLine": 4, "snippet": {"text": "db.execute(q + uid)"}},
                    "insertedContent": {"text": format!("db.execute(q, uid)  # {words}")}}]}]}],
            "properties": {"precision": "high", "likelihood": words}}]}]})
    .to_string()
}

const PYTHON: &str = "def find(uid):\n    uid = uid.strip()\n    q = 'select '\n    db.execute(q + uid)\n";

#[test]
fn all_that_a_claim_tells_is_shown() {
    let desk = Desk::new();
    desk.file("tree/src/db.py", PYTHON);
    desk.file("tree/src/in.py", "\n\n\n\n\n\n  uid = request.args['uid']  \n");
    let scan = desk.file("scan.sarif", everything("WORDS"));
    desk.import(&[scan.to_str().unwrap(), "--source", "tree"]);
    let shown = show(&desk, "");
    let finding = show_json(&desk, "")["members"][0]["finding"].clone();
    holds(
        &shown,
        &[
            "src/db.py:4",
            "settled rejected (imported)",
            "project shop",
            "first seen 20",
            "last seen 20",
            &format!("acme sql error {}", short(&finding)),
            "suppressed in the code: WORDS",
            "about sql WORDS",
            "also at src/more.py:9",
            "matched by seen for the first time",
            "confidence high",
            "likelihood WORDS",
            "read on https://example.com/WORDS",
            "src/about.py:3 WORDS",
            "trace 1 of 2",
            "1 src/db.py:2 uid = uid.strip()",
            "2 src/db.py:4 WORDS",
            "trace 2 of 2",
            "the tool's own fix WORDS",
            "+db.execute(q, uid) # WORDS",
            "Bind. WORDS",
            "severity 0.",
            "acme alone",
        ],
    );
    assert!(shown.lines().all(|line| line.trim_end() == line), "trailing blanks in:\n{shown}");
}

#[test]
fn nothing_of_what_a_tool_writes_steers_the_terminal() {
    let desk = Desk::new();
    let scan = desk.file("scan.sarif", everything("\u{1b}[2J\u{202e}\u{7}\u{9b}31m"));
    desk.import(&[scan.to_str().unwrap()]);
    desk.run(&["verdict", &only(&desk, ""), "confirm", "--note", "\u{1b}[2J\u{202e}"]);
    let bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    for shown in [show(&desk, ""), text(&desk, &["cases"])] {
        assert!(!shown.contains(bad), "{shown:?}");
    }
}

#[test]
fn prose_is_broken_and_never_cut_and_code_is_never_broken() {
    let desk = Desk::new();
    let long = "word ".repeat(60) + "END";
    let code = format!("call({})", "argument, ".repeat(30));
    let log = sarif(&[("sql", 3, code.trim())]).replace("about sql", &long);
    let scan = desk.file("scan.sarif", log);
    desk.import(&[scan.to_str().unwrap()]);
    let shown = show(&desk, "");
    assert!(flat(&shown).contains(&long) && shown.contains(&code), "{shown}");
    assert!(shown.lines().filter(|line| line.contains("word")).all(|line| line.len() <= 80), "{shown}");
}

#[test]
fn findings_of_one_case_say_where_they_are_and_why_they_are_here() {
    let desk = Desk::new();
    let scans = ["bandit", "semgrep", "snyk-code"].map(|tool| shop(&format!("scans/{tool}.json")));
    let mut args: Vec<&str> = scans.iter().map(String::as_str).collect();
    let source = shop("");
    args.extend(["--source", &source]);
    desk.import(&args);
    let filter = "path:service/auth.py cwe:89 tool:snyk-code";
    let shown = show(&desk, filter);
    let json = show_json(&desk, filter);
    let head = short(&json["members"][0]["finding"]);
    holds(
        &shown,
        &[
            "service/auth.py:58",
            "at service/auth.py:59",
            &format!("one case the value made in one is used in the other; both are CWE-89, with {head}"),
            "1 service/auth.py:64 user = find_user(request.form[\"name\"], request.form[\"password\"])",
        ],
    );
    assert_eq!(
        (&json["members"][1]["path"], &json["members"][1]["start_line"]),
        (&json!("service/auth.py"), &json!(59))
    );
}

#[test]
fn a_quotation_says_how_to_get_the_file() {
    let desk = Desk::new();
    let scan = desk.file("scan.sarif", sarif(&[("sql", 1, "x(y)")]));
    assert_eq!(desk.run(&["import", "--project", "my shop", scan.to_str().unwrap()]).code, 0);
    holds(&show(&desk, ""), &["assize import SCAN --project 'my shop' --source DIR"]);
}

#[test]
fn a_models_repaired_finding_says_so() {
    let desk = Desk::new();
    let answer = "[{\"title\": \"XSS\" \"severity\": \"low\", \"file\": \"a.js\", \"line\": 3, \
        \"impact\": \"cookies are read\", \"recommendation\": \"use textContent\"}]";
    let scan = desk.file("answer.json", answer);
    desk.import(&[scan.to_str().unwrap()]);
    holds(&show(&desk, ""), &["(repaired)", "repaired ", "cookies are read", "use textContent"]);
}

#[test]
fn a_weakness_without_a_description_takes_no_line_of_nothing() {
    let desk = Desk::new();
    let log = sarif(&[("sql", 1, "x(y)")])
        .replace("\"level\"", "\"taxa\":[{\"toolComponent\":{\"name\":\"CWE\"},\"id\":\"9999\"}],\"level\"");
    let scan = desk.file("scan.sarif", log);
    desk.import(&[scan.to_str().unwrap()]);
    let shown = show(&desk, "");
    assert!(
        shown.lines().all(|line| !line.trim_end().ends_with(':') && line.trim() != "CWE-9999"),
        "{shown}"
    );
    assert!(!shown.contains("\n\n\n"), "{shown}");
}

#[test]
fn a_list_and_a_case_say_all_that_matters_of_where_it_stands() {
    let desk = Desk::new();
    let scan = desk.file("scan.sarif", sarif(&[("sql", 1, "x(y)"), ("eval", 9, "eval(z)")]));
    desk.import(&[scan.to_str().unwrap()]);
    let case = only(&desk, "rule:sql");
    for act in [
        &[
            "verdict",
            &case,
            "accept-risk",
            "--until",
            "2999-06-01",
            "--reason",
            "mitigated",
            "--note",
            "a proxy",
        ][..],
        &["rank", &case, "2"],
        &["pin", &case],
        &["assign", &case, "--to", "bob"],
    ] {
        assert_eq!(desk.run(act).code, 0, "{act:?}");
    }
    let stands = "settled risk accepted until 2999-06-01 · pinned · rank 2 · assigned to bob";
    let shown = show(&desk, "rule:sql");
    holds(&text(&desk, &["cases", "rule:sql"]), &[stands]);
    holds(
        &shown,
        &[stands, "risk accepted until 2999-06-01, mitigated: a proxy", "rank 2", "assigned to bob"],
    );
    for line in [&desk.cases("rule:sql")[0], &show_json(&desk, "rule:sql")] {
        assert_eq!(line["until"], "2999-06-01");
        assert_eq!((&line["rank"], &line["assignee"]), (&json!(2), &json!("bob")));
        assert_eq!((&line["pinned"], &line["expired"]), (&json!(true), &json!(false)));
    }
    let other = &desk.cases("rule:eval")[0];
    for field in ["rank", "assignee", "until"] {
        assert!(other.as_object().unwrap().contains_key(field) && other[field].is_null(), "{field}: {other}");
    }
    for field in ["touched", "marked", "pinned", "expired"] {
        assert_eq!(other[field], false, "{field}");
    }
    assert!(other.get("package").is_none(), "{other}");
}

#[test]
fn what_came_after_the_verdict_is_counted() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json"), "--source", &shop("")]);
    let case = only(&desk, "path:service/auth.py cwe:89");
    assert_eq!(desk.run(&["verdict", &case, "confirm"]).code, 0);
    desk.import(&[&shop("scans/semgrep.json"), &shop("scans/snyk-code.json"), "--source", &shop("")]);
    let stands = "settled confirmed · marked: 2 findings came after the verdict";
    holds(&text(&desk, &["cases", &format!("case:{case}")]), &[stands]);
    holds(&text(&desk, &["show", &case]), &[stands]);
    assert_eq!(desk.cases("is:marked")[0]["marked"], true);
}

#[test]
fn code_that_changed_around_a_verdict_is_shown_as_it_was_when_it_was_judged() {
    let desk = Desk::new();
    let import = |name: &str, code: &str, note: &str| {
        desk.file("tree/src/db.py", code);
        let line =
            u32::try_from(code.lines().position(|line| line.contains("execute")).unwrap()).unwrap() + 1;
        let log = sarif(&[("sql", line, "db.execute(q + uid)")]).replace("about", note);
        let scan = desk.file(name, log);
        desk.import(&[scan.to_str().unwrap(), "--source", "tree"]);
    };
    import("1.sarif", PYTHON, "about");
    assert_eq!(desk.run(&["verdict", &only(&desk, ""), "reject"]).code, 0);
    assert!(show_json(&desk, "").get("drift").is_none());

    import("2.sarif", &PYTHON.replace("'select '", "'SELECT '"), "now about");
    import("3.sarif", &PYTHON.replace("'select '", "'SELECT id '").replace(".strip", ".trim"), "then about");
    let case = &desk.cases("is:touched")[0];
    assert_eq!((&case["state"], &case["touched"]), (&json!("settled"), &json!(true)));
    let shown = show(&desk, "");
    holds(
        &shown,
        &[
            "settled rejected · touched: code around it changed",
            "what changed since the verdict",
            "- uid = uid.strip()",
            "- q = 'select '",
            "+ q = 'SELECT id '",
        ],
    );
    assert!(show_json(&desk, "")["drift"].as_str().unwrap().contains("+    uid = uid.trim()"));

    import("4.sarif", PYTHON, "again about");
    assert!(show_json(&desk, "").get("drift").is_none(), "the code is as it was judged");
}

#[test]
fn silent_tools_are_told_in_a_line_for_each_kind_of_silence() {
    let desk = Desk::new();
    let scans =
        ["bandit", "eslint", "osv", "semgrep", "snyk-code"].map(|tool| shop(&format!("scans/{tool}.json")));
    let mut args: Vec<&str> = scans.iter().map(String::as_str).collect();
    let source = shop("");
    args.extend(["--source", &source]);
    desk.import(&args);
    let cases = desk.cases("path:service/store/catalogue.py tool:bandit -tool:semgrep,snyk-code");
    let shown = text(&desk, &["show", cases[0]["case"].as_str().unwrap()]);
    holds(&shown, &["looked and silent: semgrep", "not known whether they looked: snyk-code"]);
    for other in ["eslint", "osv-scanner"] {
        assert!(!shown.contains(other), "{other} does not read Python:\n{shown}");
    }
}

#[test]
fn cases_about_packages_are_told_apart() {
    let desk = Desk::new();
    let audit = json!({"auditReportVersion": 2, "vulnerabilities": {
        "fresh": {"name": "fresh", "severity": "high", "isDirect": true, "range": "<0.5.2", "nodes": ["node_modules/fresh"],
            "fixAvailable": true, "effects": [], "via": [{"source": 1, "name": "fresh", "dependency": "fresh",
            "title": "Regular Expression Denial of Service", "url": "https://github.com/advisories/GHSA-9qj9-36jm-prpv",
            "severity": "high", "range": "<0.5.2"}]}},
        "metadata": {"vulnerabilities": {"high": 1, "total": 1}}});
    let audit = desk.file("audit.json", audit.to_string());
    desk.import(&[audit.to_str().unwrap()]);
    desk.import(&[&shop("scans/osv.json"), "--source", &shop("")]);
    let listed = text(&desk, &["cases"]);
    holds(
        &listed,
        &[
            "Regular Expression Denial of Service in fresh (no place) npm-audit open",
            "Prototype Pollution in minimist 1.2.0 api/package-lock.json",
        ],
    );
    let shown = show(&desk, "tool:npm-audit");
    assert!(!shown.contains("fresh  ") && shown.contains("(no place)"), "{shown}");
    let minimist = "rule:GHSA-xvch-5gv4-984h";
    let line = &desk.cases(minimist)[0];
    assert_eq!((&line["package"], &line["version"]), (&json!("minimist"), &json!("1.2.0")));
    assert_eq!(line["title"], "Prototype Pollution in minimist");
    let shown = show(&desk, minimist);
    holds(
        &shown,
        &[
            "package minimist 1.2.0 (npm)",
            "fixed in 1.2.6",
            "package URL pkg:npm/minimist@1.2.0",
            "also called CVE-2021-44906",
            "score 9.8 CVSS:3.1/",
            "\"node_modules/minimist\": {",
        ],
    );
    assert!(!shown.contains("\"lockfileVersion\""), "the first lines of a lock file say nothing:\n{shown}");
}

#[test]
fn a_split_and_a_merge_say_what_came_of_them_and_who_did_it() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json"), &shop("scans/semgrep.json"), "--source", &shop("")]);
    let fused = desk.cases("is:fused")[0].clone();
    let case = fused["case"].as_str().unwrap();
    let members = desk.run(&["show", "--json", case]).json()["members"].clone();
    let count = members.as_array().unwrap().len();
    let out = members[1]["finding"].as_str().unwrap();
    let told = |ran: support::desk::Ran| {
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let split = told(desk.run(&["case", "split", case, &out[..12]]));
    let left = if count == 2 { "1 finding".to_owned() } else { format!("{} findings", count - 1) };
    holds(&split, &[&format!("{case} {left}"), &format!("{out} 1 finding")]);
    let alone = desk.run(&["show", "--json", out]).json();
    assert_eq!(alone["members"][0]["fused_because"], "split by ann");
    assert!(alone["members"][0].get("fused_with").is_none(), "{}", alone["members"][0]);

    let merged = desk.run(&["case", "merge", "--json", case, out, "--reviewer", "bob"]).json();
    assert_eq!(merged["result"], json!([{"case": case, "findings": count}]));
    let shown = text(&desk, &["show", case]);
    holds(&shown, &["one case merged by bob", "bob merged: ", "ann split: a finding of"]);

    // Taken back, and given back in another way: the reason is the last that holds.
    assert_eq!(desk.run(&["undo", "--reviewer", "bob"]).code, 0);
    assert_eq!(desk.run(&["undo"]).code, 0);
    let again = desk.run(&["show", "--json", case]).json();
    assert_eq!(again["members"][1]["fused_because"], members[1]["fused_because"]);
}

#[test]
fn a_split_or_merge_of_nothing_is_wrong_usage() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json"), &shop("scans/semgrep.json"), "--source", &shop("")]);
    let case = desk.cases("is:fused")[0]["case"].as_str().unwrap().to_owned();
    for args in [&["split", &case, "0123456789"][..], &["merge", &case, &case]] {
        let ran = desk.run(&[&["case"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
    }
}

#[test]
fn moments_are_whole_seconds() {
    let desk = Desk::new();
    let scan = desk.file("scan.sarif", sarif(&[("sql", 1, "x(y)")]));
    desk.import(&[scan.to_str().unwrap()]);
    assert_eq!(desk.run(&["verdict", &only(&desk, ""), "unsure"]).code, 0);
    let shown = show(&desk, "");
    let moments: Vec<&str> =
        shown.split_whitespace().filter(|word| word.starts_with("20") && word.contains('T')).collect();
    assert_eq!(moments.len(), 3, "first seen, last seen and the verdict:\n{shown}");
    for moment in moments
        .into_iter()
        .map(str::to_owned)
        .chain([show_json(&desk, "")["history"][0]["at"].as_str().unwrap().to_owned()])
    {
        assert!(moment.len() == "2026-01-01T00:00:00Z".len() && moment.ends_with('Z'), "{moment}");
    }
}

#[test]
fn a_list_that_no_terminal_holds_is_cut_nowhere_and_counted_nowhere() {
    let desk = Desk::new();
    let path = format!("{}db.py", "folder/".repeat(40));
    let scan = desk
        .file("scan.sarif", sarif(&[("sql", 1, "x(y)"), ("eval", 3, "eval(z)")]).replace("src/db.py", &path));
    desk.import(&[scan.to_str().unwrap()]);
    let ran = desk.run(&["cases", "--limit", "1"]);
    assert!(ran.out.contains(&path) && !ran.out.contains('…'), "{}", ran.out);
    assert_eq!(ran.err, "", "counts are for those who sit before a terminal");
}
