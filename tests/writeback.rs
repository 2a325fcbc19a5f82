//! Verdicts on their way back to the tools, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use assize::docket::Weights;
use assize::domain::Opinion;
use assize::jobs::Desk as Reviewing;
use assize::store::Workspace;
use serde_json::{Value, json};

use support::desk::{Desk, shop};
use support::judging::judge;

const SCANS: [&str; 7] = [
    "bandit.json",
    "semgrep.json",
    "eslint.sarif",
    "flawfinder.sarif",
    "osv.json",
    "snyk.json",
    "snyk-code.json",
];

fn shop_desk() -> Desk {
    let desk = Desk::new();
    for scan in SCANS {
        desk.import(&[&shop(&format!("scans/{scan}")), "--source", &shop("")]);
    }
    desk
}

/// What tools told of every finding, by the finding's name; without what silences it and without the folder that a tool
/// names before its paths.
fn told(desk: &Desk) -> BTreeMap<String, Value> {
    let reviewing = Reviewing::open(Workspace::at(desk.folder.path()).unwrap()).unwrap();
    let mut all = BTreeMap::new();
    for case in desk.cases("") {
        let number = reviewing.resolve(case["case"].as_str().unwrap()).unwrap();
        for finding in reviewing.view(number, &Weights::default()).unwrap().findings {
            let mut claim = serde_json::to_value(&finding.claim).unwrap();
            claim["suppression"] = Value::Null;
            claim["tool"] = json!(finding.tool);
            claim["place"]["path"] = json!(finding.path);
            claim["at"] =
                json!([finding.detail.row.line, finding.detail.row.end_line, finding.detail.row.severity]);
            all.insert(finding.detail.row.name.to_string(), claim);
        }
    }
    all
}

/// What a list shows of each case, but for what people decided.
fn shown(desk: &Desk) -> Vec<Value> {
    let mut cases = desk.cases("");
    for case in &mut cases {
        for of_people in ["state", "verdict", "basis", "worth", "touched", "marked"] {
            case.as_object_mut().unwrap().remove(of_people);
        }
    }
    cases.sort_by_key(|case| case["case"].as_str().unwrap().to_owned());
    cases
}

fn sarif(desk: &Desk, file: &str) -> Value {
    let ran = desk.run(&["export", file, "--format", "sarif"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_slice(&std::fs::read(desk.folder.path().join(file)).unwrap()).unwrap()
}

#[test]
fn a_log_that_went_out_comes_back_with_nothing_lost() {
    let desk = shop_desk();
    for (number, case) in desk.cases("kind:code").iter().enumerate() {
        let opinion = if number.is_multiple_of(2) { Opinion::Rejected } else { Opinion::Confirmed };
        judge(&desk, "ann", case["case"].as_str().unwrap(), opinion);
    }
    let (before, cases) = (told(&desk), shown(&desk));
    let log = sarif(&desk, "out.sarif");
    let results: usize =
        log["runs"].as_array().unwrap().iter().map(|run| run["results"].as_array().unwrap().len()).sum();
    assert_eq!(results, before.len());

    // Into the workspace that it came from: everything is known.
    let back = desk.import(&["out.sarif", "--source", &shop("")]);
    let totals = &back["totals"];
    assert_eq!(
        [&totals["claims"], &totals["matched"], &totals["new"], &totals["set_aside"], &totals["unreadable"]],
        [&json!(results), &json!(results), &json!(0), &json!(0), &json!(0)],
        "{back}"
    );
    assert_eq!([&totals["gone"], &totals["reopened"], &totals["stale"]], [&json!(0); 3]);
    assert_eq!(told(&desk), before);
    assert_eq!(shown(&desk), cases);

    // Into another one: the same findings are there, and so is what was decided of them.
    let other = Desk::new();
    let file = desk.folder.path().join("out.sarif").display().to_string();
    other.import(&[&file, "--source", &shop("")]);
    assert_eq!(told(&other), before);
    // A case is named after its first finding, and which is the first goes by the order of the runs.
    let place = |case: &Value| (case["path"].clone(), case["line"].clone(), case["cwe"].clone());
    let rejected: Vec<_> = desk.cases("verdict:rejected by:ann").iter().map(place).collect();
    assert!(rejected.len() > 10);
    let silenced = other.cases("is:settled verdict:rejected");
    let silenced: Vec<_> = silenced.iter().map(place).collect();
    for case in &rejected {
        assert!(silenced.contains(case), "{case:?}");
    }
    assert!(other.cases("is:settled verdict:confirmed").is_empty(), "a tool is not told what is real");
}

#[test]
fn a_suppression_says_who_decided_why() {
    let desk = shop_desk();
    let case = desk.cases("kind:code")[0]["case"].as_str().unwrap().to_owned();
    let ran =
        desk.run(&["verdict", &case, "reject", "--reason", "unreachable", "--note", "the route is gone"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let log = sarif(&desk, "out.sarif");
    let runs = log["runs"].as_array().unwrap();
    let results: Vec<&Value> = runs.iter().flat_map(|run| run["results"].as_array().unwrap()).collect();
    let (of_case, others): (Vec<&Value>, Vec<&Value>) =
        results.into_iter().partition(|result| result["properties"]["assize/case"] == json!(case));
    assert!(!of_case.is_empty());
    for result in of_case {
        let suppression = &result["suppressions"][0];
        assert_eq!(suppression["status"], "accepted");
        let words = suppression["justification"].as_str().unwrap();
        assert!(words.starts_with("rejected, unreachable: the route is gone (ann, 20"), "{words}");
        assert_eq!(suppression["properties"]["reviewers"], json!(["ann"]));
    }
    assert!(others.iter().all(|result| result["suppressions"].is_array()), "told of all results or of none");
    // One run of a tool has nothing to stand against.
    assert!(others.iter().all(|result| result.get("baselineState").is_none()));
}

#[test]
fn a_finding_stands_against_the_run_before() {
    let desk = Desk::new();
    let scan = |results: &[(&str, u32, &str)]| {
        desk.file("scan.sarif", support::desk::sarif(results));
        desk.import(&["scan.sarif", "--scope", "full"]);
    };
    scan(&[("a", 1, "one()"), ("b", 5, "two()")]);
    scan(&[("b", 5, "two()"), ("c", 9, "three()")]);
    let log = sarif(&desk, "out.sarif");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let state = |rule: &str| {
        let found = results.iter().find(|result| result["ruleId"] == rule).unwrap();
        found["baselineState"].as_str().unwrap().to_owned()
    };
    assert_eq!([state("a"), state("b"), state("c")], ["absent", "unchanged", "new"]);
    // What is gone stays gone when the log comes back.
    let back = desk.import(&["out.sarif", "--scope", "full"]);
    assert_eq!((&back["totals"]["reopened"], &back["totals"]["set_aside"]), (&json!(0), &json!(1)));
    assert_eq!(desk.cases("is:gone").len(), 1);
}

#[test]
fn packages_are_told_as_vex_by_what_people_decided() {
    let desk = shop_desk();
    let cases = desk.cases("kind:dependency");
    let name = |at: usize| cases[at]["case"].as_str().unwrap().to_owned();
    for (at, words) in [
        (0, ["reject", "--reason", "unreachable"]),
        (1, ["confirm", "--reason", "reachable"]),
        (2, ["accept-risk", "--until", "2999-01-01"]),
    ] {
        assert_eq!(desk.run(&[&["verdict", &name(at)][..], &words].concat()).code, 0);
    }
    let ran = desk.run(&["export", "-", "--format", "openvex", "--reviewer", "ann"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let vex = ran.json();
    assert_eq!((&vex["author"], &vex["version"]), (&json!("ann"), &json!(1)));
    let statements = vex["statements"].as_array().unwrap();
    let of = |status: &str| statements.iter().filter(|it| it["status"] == status).collect::<Vec<_>>();
    assert!(!of("under_investigation").is_empty());
    // A case of a package may be of several advisories.
    let packages: std::collections::BTreeSet<_> =
        of("affected").iter().map(|it| it["products"][0]["@id"].as_str().unwrap()).collect();
    assert!((1..=2).contains(&packages.len()), "{vex}");
    assert!(of("affected").iter().any(|it| it.to_string().contains("until 2999-01-01")), "{vex}");
    assert!(of("affected").iter().all(|it| it["action_statement"].as_str().is_some_and(|it| !it.is_empty())));
    assert_eq!(of("not_affected")[0]["justification"], "vulnerable_code_not_in_execute_path");
    for statement in statements {
        assert!(statement["products"][0]["@id"].as_str().unwrap().starts_with("pkg:"), "{statement}");
    }
    let product = desk.run(&["export", "-", "--format", "openvex", "--product", "pkg:oci/shop"]).json();
    assert_eq!(product["statements"][0]["products"][0]["@id"], "pkg:oci/shop");
}

#[test]
fn a_policy_ignores_what_snyk_has_a_name_for() {
    let desk = shop_desk();
    let cases = desk.cases("kind:dependency tool:snyk");
    let case = cases[0]["case"].as_str().unwrap();
    assert_eq!(
        desk.run(&["verdict", case, "accept-risk", "--until", "2999-01-01", "--note", "a \"toy\""]).code,
        0
    );
    let ran = desk.run(&["export", ".snyk", "--format", "snyk-policy", "--json"]);
    assert_eq!((ran.code, &ran.json()["format"]), (0, &json!("snyk-policy")), "{}", ran.err);
    let text = std::fs::read_to_string(desk.folder.path().join(".snyk")).unwrap();
    assert!(text.contains("version: v1.25.0\nignore:\n  \"SNYK-"), "{text}");
    assert!(text.contains("expires: 2999-01-01T23:59:59.000Z") && text.contains(r#"a \"toy\""#), "{text}");
}

#[test]
fn a_table_has_every_case_once() {
    let desk = shop_desk();
    let ran = desk.run(&["export", "cases.csv", "--format", "csv", "--json"]);
    assert_eq!(ran.json()["rows"], json!(desk.cases("").len()));
    let text = std::fs::read_to_string(desk.folder.path().join("cases.csv")).unwrap();
    for case in desk.cases("") {
        assert_eq!(text.matches(case["case"].as_str().unwrap()).count(), 1);
    }
}

#[test]
fn what_nobody_could_read_is_told_for_a_broader_review() {
    let desk = Desk::new();
    desk.file("answers.jsonl", "{\"file\":\"a.py\",\"line\":1,\"cwe\":\"CWE-89\",\"title\":\"SQL\",\"severity\":\"high\",\"message\":\"SQL from a form\"}\n{\"severity\":\"high\",\"message\":\"somewhere\"}\n");
    let ran = desk.run(&["import", "answers.jsonl", "--format", "model", "--project", "shop", "--json"]);
    assert_eq!(ran.code, 4, "{} {}", ran.out, ran.err);
    let lines = desk.run(&["export", "-", "--format", "review"]).lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["what"], &lines[0]["project"]), (&json!("unreadable"), &json!("shop")));
    assert!(lines[0]["raw"].as_str().unwrap().contains("somewhere"), "{}", lines[0]);
}

#[test]
fn what_is_there_is_not_written_over_and_only_its_owner_reads_what_is_written() {
    let desk = shop_desk();
    desk.file("out.sarif", "mine");
    let refused = desk.run(&["export", "out.sarif", "--format", "sarif", "--json"]);
    assert_eq!((refused.code, &refused.error()["kind"]), (1, &json!("refused")));
    assert_eq!(std::fs::read_to_string(desk.folder.path().join("out.sarif")).unwrap(), "mine");
    assert_eq!(desk.run(&["export", "out.sarif", "--format", "sarif", "--overwrite"]).code, 0);
    let file = std::fs::metadata(desk.folder.path().join("out.sarif")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let entries = desk.run(&["journal", "verify", "--json"]).json()["chains"][0]["entries"].clone();
    assert_eq!(entries, json!(1), "what was refused is not in the journal");
    for wrong in [
        &["export", "x", "--format", "sarif", "--override", "why"][..],
        &["export", "x", "--format", "csv", "--product", "pkg:oci/x"],
        &["export", "x", "--format", "sarif", "--project", "none"],
        &["export", "x", "--format", "labels", "--overwrite"],
        &["export", "x", "--format", "xml"],
    ] {
        assert_eq!(desk.run(wrong).code, 2, "{wrong:?}");
    }
    // An import is of one project, and so is what comes back.
    desk.file("more.sarif", support::desk::sarif(&[("a", 1, "one()")]));
    assert_eq!(desk.run(&["import", "more.sarif", "--project", "other"]).code, 0);
    assert_eq!(desk.run(&["export", "x", "--format", "sarif"]).code, 2);
    assert_eq!(desk.run(&["export", "x", "--format", "sarif", "--project", "shop"]).code, 0);
}
