//! The program as scripts use it: real processes, real files, exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use support::desk::{Desk, sarif, shop};

#[test]
fn a_file_that_ends_before_its_format_is_known_is_refused_and_not_passed_over() {
    let desk = Desk::new();
    desk.file("scans/cut.json", "{\"version\": \"2.1.0\",\n\"ru");
    desk.file("scans/notes.toml", "[notes]\nx = 1\n");
    desk.file("scans/whole.sarif", sarif(&[("a", 1, "x()")]));
    let ran = desk.run(&["import", "--json", "--project", "shop", "scans/cut.json"]);
    let error: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert_eq!((ran.code, &error["error"]["kind"]), (1, &json!("truncated")), "{}", ran.err);
    assert_eq!(error["error"]["at"], "line 2, byte 24");
    let ran = desk.run(&["import", "--json", "--project", "shop", "scans"]);
    let files = ran.json()["files"].clone();
    assert_eq!((ran.code, &files[0]["error"]["kind"]), (4, &json!("truncated")));
    assert_eq!((&files[1]["format"], files[1]["passed_over"].is_string()), (&Value::Null, true));
    assert_eq!((files.as_array().unwrap().len(), &files[2]["claims"]), (3, &json!(1)));
}

#[test]
fn a_password_in_code_is_in_no_file_of_the_workspace_and_its_code_is_still_found() {
    let secret = "correct-horse-battery";
    let desk = Desk::new();
    desk.file("tree/a.py", format!("import os\n\npassword = '{secret}'\n"));
    desk.file("bandit.json", json!({"errors": [], "metrics": {"_totals": {}}, "results": [{
        "filename": "tree/a.py", "line_number": 3, "line_range": [3], "col_offset": 11, "end_col_offset": 34,
        "issue_severity": "LOW", "issue_text": format!("Possible hardcoded password: '{secret}'"), "test_id": "B105",
        "test_name": "hardcoded_password_string", "code": format!("2 \n3 password = '{secret}'\n")}]}).to_string());
    let bare = desk.import(&["bandit.json"]);
    assert_eq!(bare["totals"]["new"], 1);
    assert_eq!(desk.cases("kind:secret").len(), 1);
    assert!(!desk.everything_kept().contains(secret));
    let found = desk.import(&["bandit.json", "--source", "tree"]);
    assert_eq!(found["files"][0]["context"]["attached"], 1);
    assert_eq!((&found["totals"]["matched"], &found["totals"]["findings"]), (&json!(1), &json!(1)));
    let kept = desk.everything_kept();
    assert!(!kept.contains(secret) && kept.contains("password = 'corr*"), "{kept}");
}

#[test]
fn importing_the_same_file_again_finds_nothing_new_and_changes_nothing() {
    let desk = Desk::new();
    let first = desk.import(&[&shop("scans/bandit.json"), "--source", &shop("")]);
    assert_eq!((&first["totals"]["claims"], &first["totals"]["new"]), (&json!(72), &json!(72)));
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["verdict", &case, "reject", "--reason", "test-code"]).code, 0);
    let before = desk.cases("");
    let again = desk.import(&[&shop("scans/bandit.json"), "--source", &shop("")]);
    let totals = &again["totals"];
    assert_eq!((&totals["new"], &totals["matched"], &totals["gone"]), (&json!(0), &json!(72), &json!(0)));
    assert_eq!(desk.cases(""), before);
}

#[test]
fn a_verdict_stays_where_the_code_moves_and_goes_stale_where_it_changes() {
    let desk = Desk::new();
    let scan = |name: &str, results: &[(&str, u32, &str)]| {
        let path = desk.file(name, sarif(results));
        desk.import(&[path.to_str().unwrap()])
    };
    scan("1.sarif", &[("sql", 10, "db.execute(q + uid)"), ("eval", 20, "eval(x)")]);
    assert_eq!(desk.run(&["verdict", "--where", "rule:sql", "confirm", "--reason", "reachable"]).code, 0);
    assert_eq!(desk.cases("rule:sql")[0]["state"], "settled");

    let moved = scan("2.sarif", &[("eval", 33, "eval(x)"), ("sql", 40, "db.execute( q+uid )")]);
    assert_eq!((&moved["totals"]["matched"], &moved["totals"]["stale"]), (&json!(2), &json!(0)));
    assert_eq!(desk.cases("rule:sql verdict:confirmed is:settled").len(), 1);

    let edited = scan("3.sarif", &[("eval", 33, "eval(x)"), ("sql", 40, "db.execute(q + uid + x)")]);
    assert_eq!(&edited["totals"]["stale"], &json!(1), "{edited}");
    assert_eq!(desk.cases("is:stale")[0]["verdict"], "confirmed");
    assert_eq!(desk.run(&["verdict", "--where", "is:stale", "reject"]).code, 0);
    assert_eq!(desk.cases("is:stale").len(), 0);
}

#[test]
fn a_partial_scan_makes_nothing_gone_and_a_full_one_what_it_would_have_seen() {
    let desk = Desk::new();
    let both = desk.file("both.sarif", sarif(&[("sql", 10, "a(b)"), ("eval", 20, "eval(x)")]));
    let one = desk.file("one.sarif", sarif(&[("sql", 10, "a(b)")]));
    desk.import(&[both.to_str().unwrap()]);
    let partial = desk.import(&[one.to_str().unwrap(), "--scope", "partial"]);
    assert_eq!((&partial["totals"]["gone"], &partial["totals"]["unseen"]), (&json!(0), &json!(1)));
    let again = desk.file("one-later.sarif", sarif(&[("sql", 11, "a(b)")]));
    let full = desk.import(&[again.to_str().unwrap(), "--scope", "full"]);
    assert_eq!((&full["totals"]["gone"], &full["totals"]["unseen"]), (&json!(1), &json!(0)));
    assert_eq!(desk.cases("is:gone")[0]["rules"], json!(["eval"]));
    let back = desk.file("both-later.sarif", sarif(&[("sql", 12, "a(b)"), ("eval", 22, "eval(x)")]));
    let back = desk.import(&[back.to_str().unwrap()]);
    assert_eq!((&back["totals"]["reopened"], &back["totals"]["new"]), (&json!(1), &json!(0)));
}

#[test]
fn acts_are_undone_one_by_one_and_redone() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    let case = desk.cases("")[0]["case"].as_str().unwrap().to_owned();
    let start = desk.cases("");
    for act in [
        vec!["verdict", &case, "confirm"],
        vec!["rank", &case, "1"],
        vec!["pin", &case],
        vec!["assign", &case, "--to", "bob"],
    ] {
        let ran = desk.run(&act);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert_eq!(desk.cases("is:settled is:pinned rank:1 assignee:bob").len(), 1);
    for _ in 0..4 {
        assert_eq!(desk.run(&["undo"]).code, 0);
    }
    assert_eq!(desk.cases(""), start);
    let refused = desk.run(&["undo"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("nothing to undo"), "{}", refused.err);
    assert_eq!(desk.run(&["redo"]).code, 0);
    assert_eq!(desk.cases("is:settled").len(), 1);
    assert_eq!(desk.run(&["undo", "--reviewer", "bob"]).code, 1, "another's act is not one's own");
    assert_eq!(desk.run(&["journal", "verify"]).code, 0);
}

#[test]
fn cases_are_split_and_merged_and_undone_and_imports_keep_to_it() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json"), &shop("scans/semgrep.json"), "--source", &shop("")]);
    let start = desk.cases("");
    let fused = desk.cases("is:fused")[0].clone();
    let case = fused["case"].as_str().unwrap();
    let shown = desk.run(&["show", "--json", case]).json();
    let members = shown["members"].as_array().unwrap();
    let out = members[1]["finding"].as_str().unwrap();
    let ran = desk.run(&["case", "split", case, out]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(desk.cases("").len(), start.len() + 1);
    assert!(desk.cases("").iter().any(|line| line["case"] == out));

    // The same claims in a later scan stay apart.
    let text = std::fs::read_to_string(shop("scans/bandit.json")).unwrap();
    let later = desk.file("bandit-later.json", format!("{text}\n"));
    let later = desk.import(&[later.to_str().unwrap(), "--source", &shop("")]);
    assert_eq!(later["totals"]["new"], 0);
    assert_eq!(desk.cases("").len(), start.len() + 1);

    assert_eq!(desk.run(&["case", "merge", case, out]).code, 0);
    assert_eq!(desk.cases("").len(), start.len());
    assert_eq!(desk.run(&["undo"]).code, 0);
    assert_eq!(desk.cases("").len(), start.len() + 1);
    assert_eq!(desk.run(&["undo"]).code, 0);
    let end = desk.cases("");
    assert_eq!(end.len(), start.len());
    assert_eq!(end.iter().find(|line| line["case"] == case).unwrap()["findings"], fused["findings"]);
}

#[test]
fn bad_files_are_refused_with_their_place_and_the_store_is_as_before() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    let before = desk.cases("");
    let whole = sarif(&[("sql", 1, "x"), ("eval", 2, "y")]);
    let mut wrong_gzip = vec![0x1f, 0x8b, 8, 0];
    wrong_gzip.extend_from_slice(b"not deflated at all");
    let deep = format!("{{\"version\":\"2.1.0\",\"runs\":{}1", "[".repeat(100_000));
    for (name, bytes, kind) in [
        ("cut.sarif", whole.as_bytes()[..whole.len() - 4].to_vec(), "truncated"),
        ("tail.sarif", format!("{whole} x").into_bytes(), "malformed"),
        ("binary.bin", vec![0, 159, 146, 150, 0, 1, 2, 3], "unknown format"),
        ("wrong.gz", wrong_gzip, "io"),
        ("deep.sarif", deep.into_bytes(), "too deep"),
        ("brackets.json", "[".repeat(100_000).into_bytes(), "too deep"),
        ("early.json", b"{\"version\":\n\"2.1.0\" \"runs\"".to_vec(), "malformed"),
        ("archive.zip", b"PK\x03\x04 and so on".to_vec(), "unsupported"),
    ] {
        let path = desk.file(name, bytes);
        let ran = desk.run(&["import", "--json", path.to_str().unwrap()]);
        assert_eq!(ran.code, 1, "{name}: {}", ran.err);
        let error: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
        assert_eq!(error["error"]["kind"], kind, "{name}: {error}");
        assert!(error["error"]["path"].as_str().unwrap().ends_with(name), "{error}");
        assert_eq!(desk.cases(""), before, "{name}");
    }
    let good = desk.file("good.sarif", &whole);
    let cut = desk.file("cut.sarif", &whole[..whole.len() - 4]);
    let partly = desk.run(&["import", "--json", good.to_str().unwrap(), cut.to_str().unwrap()]);
    assert_eq!(partly.code, 4, "one of two files");
    assert_eq!(partly.json()["totals"]["new"], 2);
}

#[test]
fn pipes_folders_and_missing_files_are_told_apart() {
    let desk = Desk::new();
    let ran = desk.run(&["import", "--json", "nowhere.json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("nowhere.json"), "{}", ran.err);
    std::process::Command::new("mkfifo").arg(desk.folder.path().join("pipe")).status().unwrap();
    let ran = desk.run(&["import", "--json", "pipe"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("standard input"), "{}", ran.err);
    let ran = desk.run_with(&["import", "--json", "-"], &sarif(&[("sql", 1, "x")]));
    assert_eq!((ran.code, &ran.json()["totals"]["new"]), (0, &json!(1)), "{}", ran.err);
    desk.file("scans/a.sarif", sarif(&[("sql", 1, "x")]));
    desk.file("scans/deeper/b.sarif", sarif(&[("sql", 5, "z")]));
    desk.file("scans/readme.txt", "nothing to import");
    std::os::unix::fs::symlink(desk.folder.path().join("scans"), desk.folder.path().join("scans/loop"))
        .unwrap();
    let ran = desk.run(&["import", "--json", "scans"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = ran.json();
    let files = told["files"].as_array().unwrap().iter();
    let read: Vec<_> = files.filter(|file| file["format"] == "sarif").collect();
    assert_eq!(read.len(), 2, "{told}");
    let empty = desk.file("empty.json", "[]");
    let ran = desk.run(&["import", "--json", empty.to_str().unwrap()]);
    assert_eq!((ran.code, &ran.json()["files"][0]["format"]), (0, &json!("empty")));
}

#[test]
fn wrong_usage_ends_with_two() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    for args in [
        &["cases", "colour:red"][..],
        &["cases", "--order", "mood"],
        &["show", "0123456789abcdef"],
        &["verdict", "0123456789", "reject"],
        &["verdict", "--where", "is:open", "perhaps"],
        &["rank", "0123", "9"],
        &["import"],
        &["import", "x", "--format", "nonsense"],
        &["no-such-command"],
    ] {
        let args: Vec<&str> = args.to_vec();
        let code = desk.run(&args).code;
        assert_eq!(code, if args == ["import", "x", "--format", "nonsense"] { 1 } else { 2 }, "{args:?}");
    }
    assert_eq!(
        desk.run(&["cases", "sev:critical cwe:9999"]).code,
        0,
        "a filter that matches nothing is no failure"
    );
    let elsewhere = Desk::new();
    assert_eq!(elsewhere.run(&["cases"]).code, 1, "no workspace");
    assert_eq!(desk.run(&["triage"]).code, 2, "no terminal");
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    let desk = Desk::new();
    let evil = "\u{1b}[2J\u{202e}evil\u{7}\u{9b}31m";
    let text = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": evil}}, "results": [
        {"ruleId": evil, "message": {"text": evil}, "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": format!("../../etc/{evil}")},
            "region": {"startLine": 1, "snippet": {"text": evil}}}}]}]}]});
    let path = desk.file("evil.sarif", text.to_string());
    let first = desk.run(&["import", "--color", "never", path.to_str().unwrap()]);
    let case = desk.cases("")[0]["case"].as_str().unwrap().to_owned();
    let rest = [&["cases"][..], &["show", &case], &["runs"]].map(|args| desk.run(args));
    for ran in std::iter::once(first).chain(rest) {
        assert_eq!(ran.code, 0, "{}", ran.err);
        let bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!ran.out.contains(bad) && !ran.err.contains(bad), "{:?}{:?}", ran.out, ran.err);
    }
}

#[test]
fn a_path_that_climbs_out_and_a_link_out_get_no_context() {
    let desk = Desk::new();
    let secret = desk.file("secret.txt", "the secret\n");
    desk.file("tree/src/a.py", "x = 1\n");
    std::os::unix::fs::symlink(&secret, desk.folder.path().join("tree/link.py")).unwrap();
    let result = |uri: &str| {
        json!({"ruleId": "r", "message": {"text": uri}, "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}]})
    };
    let text = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}},
        "results": [result("../secret.txt"), result("link.py"), result("src/a.py")]}]});
    let scan = desk.file("scan.sarif", text.to_string());
    let told = desk.import(&[scan.to_str().unwrap(), "--source", "tree"]);
    let context = &told["files"][0]["context"];
    assert_eq!((&context["attached"], &context["missing"]), (&json!(1), &json!(2)), "{told}");
    let kept = desk.everything_kept();
    assert!(kept.contains("x = 1") && !kept.contains("the secret"), "{kept}");
}

#[test]
fn a_tools_own_suppression_comes_in_as_an_imported_verdict() {
    let desk = Desk::new();
    let mut log: Value = serde_json::from_str(&sarif(&[("sql", 1, "x"), ("eval", 2, "y")])).unwrap();
    log["runs"][0]["results"][0]["suppressions"] = json!([{"kind": "inSource"}]);
    let path = desk.file("s.sarif", log.to_string());
    desk.import(&[path.to_str().unwrap()]);
    let settled = desk.cases("is:settled");
    assert_eq!(settled.len(), 1);
    assert_eq!((&settled[0]["basis"], &settled[0]["rules"]), (&json!("imported"), &json!(["sql"])));
}

#[test]
fn the_pages_that_are_generated_are_there() {
    let desk = Desk::new();
    assert!(desk.run(&["man"]).out.contains(".TH"));
    assert!(desk.run(&["doctor", "--json"]).json()["checks"].as_array().unwrap().len() > 3);
    desk.import(&[&shop("scans/bandit.json")]);
    desk.file(".assize/config.toml", "reviewer = \"carol\"\n");
    let config = desk.run(&["config", "--json"]).json();
    assert_eq!(config["settings"]["reviewer"]["value"], "carol");
    assert!(config["settings"]["reviewer"]["from"].as_str().unwrap().ends_with("config.toml"));
    desk.file(".assize/config.toml", "judge = \"carol\"\n");
    assert_eq!(desk.run(&["config"]).code, 2, "an unknown setting is told, not ignored");
}

/// The commands that `docs/cli.md` lists, each as its words.
fn documented() -> BTreeSet<String> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md")).unwrap();
    let table = page.split("\n## Commands\n").nth(1).unwrap().split("\n### ").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let words = |span: &str| {
        let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        span.split(' ')
            .take_while(is_word)
            .filter(|word| !word.starts_with('-'))
            .collect::<Vec<_>>()
            .join(" ")
    };
    cells.flat_map(|cell| cell.split('`').step_by(2)).map(words).filter(|words| !words.is_empty()).collect()
}

#[test]
fn the_manual_page_and_the_completions_have_every_command() {
    let desk = Desk::new();
    let page = desk.run(&["man"]).out;
    let told = page.lines().filter_map(|line| line.strip_prefix(".SH \"ASSIZE ")?.strip_suffix('"'));
    let told: BTreeSet<String> = told.map(str::to_lowercase).collect();
    let documented = documented();
    assert!(documented.len() > 30, "the page is not read as it is written: {documented:?}");
    let missing: Vec<_> = documented.difference(&told).collect();
    assert!(missing.is_empty(), "commands that the manual page lacks: {missing:?}");
    // What only stands before other commands, as `remedy`, is none by itself.
    let stands_before = |name: &str| told.iter().any(|other| other.starts_with(&format!("{name} ")));
    let unknown: Vec<_> = told.difference(&documented).filter(|name| !stands_before(name)).collect();
    assert!(unknown.is_empty(), "commands that docs/cli.md lacks: {unknown:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.run(&["completions", shell]).out;
        for command in &documented {
            assert!(command.split(' ').all(|word| script.contains(word)), "{shell}: {command}");
        }
    }
}

/// A log with many results, each in a place of its own.
fn many(count: u32) -> String {
    let snippets: Vec<String> = (0..count).map(|number| format!("call_{number}(x)")).collect();
    let results: Vec<(&str, u32, &str)> =
        (1..).zip(&snippets).map(|(line, snippet)| ("sql", line, snippet.as_str())).collect();
    sarif(&results)
}

#[test]
fn an_import_killed_at_any_moment_is_there_whole_or_not_at_all() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    let case = desk.cases("")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["verdict", &case, "reject"]).code, 0);
    let before = desk.cases("").len();
    let file = desk.file("many.sarif", many(3000));
    let mut seen_before = 0;
    for pause in [0, 5, 15, 30, 60, 90, 130, 180, 240, 320] {
        let mut import = std::process::Command::new(assert_cmd::cargo::cargo_bin("assize"))
            .current_dir(desk.folder.path())
            .args(["--quiet", "import", "--project", "shop", file.to_str().unwrap()])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(pause));
        // Done already is fine: the kill then hits nobody.
        let _ = import.kill();
        import.wait().unwrap();
        let now = desk.cases("").len();
        assert!(now == before || now == before + 3000, "{now} cases after {pause} ms");
        seen_before += usize::from(now == before);
        assert_eq!(desk.cases("is:settled").len(), 1);
        assert_eq!(desk.run(&["journal", "verify"]).code, 0);
    }
    assert!(seen_before > 0, "no kill came in time to mean anything");
    desk.import(&[file.to_str().unwrap()]);
    assert_eq!(desk.cases("").len(), before + 3000, "the store takes the file afterwards");
}

#[test]
fn two_imports_and_a_verdict_at_once_all_come_through() {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    let before = desk.cases("");
    let spawn = |args: &[&str]| {
        std::process::Command::new(assert_cmd::cargo::cargo_bin("assize"))
            .current_dir(desk.folder.path())
            .args(args)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let one = desk.file("one.sarif", many(2000));
    let two = desk.file("two.sarif", sarif(&[("eval", 1, "eval(x)")]));
    let case = before[0]["case"].as_str().unwrap();
    let mut running = [
        spawn(&["import", "--project", "a", one.to_str().unwrap()]),
        spawn(&["import", "--project", "b", two.to_str().unwrap()]),
        spawn(&["verdict", case, "confirm"]),
    ];
    for process in &mut running {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(desk.cases("").len(), before.len() + 2001);
    assert_eq!(desk.cases("verdict:confirmed").len(), 1);
}
