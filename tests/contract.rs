//! What the command line promises of its arguments, its failures and its settings.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::{Value, json};
use support::desk::{Desk, Ran, sarif, shop};

/// A workspace with Bandit's findings in the shop.
fn shop_desk() -> Desk {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json")]);
    desk
}

fn first_case(desk: &Desk) -> String {
    desk.cases("")[0]["case"].as_str().unwrap().to_owned()
}

fn history(desk: &Desk) -> u64 {
    let chains = desk.run(&["journal", "verify", "--json"]).json();
    chains["chains"].as_array().unwrap().iter().map(|chain| chain["entries"].as_u64().unwrap()).sum()
}

#[test]
fn every_failure_is_a_document_where_json_is_asked_for() {
    let desk = shop_desk();
    desk.file("cut.sarif", "{\"version\":\"2.1.0\",\"runs\":[");
    for (args, code, kind) in [
        (&["import"][..], 2, "usage"),
        (&["no-such-command"], 2, "usage"),
        (&[], 2, "usage"),
        (&["journal"], 2, "usage"),
        (&["cases", "--limit", "many"], 2, "usage"),
        (&["cases", "--no-such-option"], 2, "usage"),
        (&["cases", "colour:red"], 2, "usage"),
        (&["cases", "--order", "mood"], 2, "usage"),
        (&["verdict"], 2, "usage"),
        (&["show", "0123456789"], 2, "unknown case"),
        (&["runs", "remove", "0123456789"], 2, "unknown run"),
        (&["--workspace", "elsewhere", "cases"], 1, "no workspace"),
        (&["undo"], 1, "refused"),
        (&["import", "cut.sarif"], 1, "truncated"),
        (&["import", "no-such-file"], 1, "io"),
    ] {
        let ran = desk.run(&[args, &["--json"]].concat());
        let error = ran.error();
        assert_eq!((ran.code, error["kind"].as_str()), (code, Some(kind)), "{args:?}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{args:?}: {error}");
        assert_eq!(ran.out, "", "{args:?}");
    }
    let missing = desk.run(&["import", "--json"]).error();
    assert!(missing["message"].as_str().unwrap().contains("PATH"), "{missing}");
    let told = desk.run(&["import", "--json", "cut.sarif"]).error();
    assert!(told["at"].as_str().unwrap().starts_with("line 1, byte"), "{told}");
    assert!(!told["message"].as_str().unwrap().contains("line"), "{told}");
    let people = desk.run(&["import", "cut.sarif"]);
    assert!(people.err.contains("cut.sarif: line 1, byte"), "{}", people.err);
}

#[test]
fn messages_are_for_terminals_and_a_refused_first_import_leaves_nothing() {
    let desk = Desk::new();
    let there = || desk.folder.path().join(".assize").exists();
    desk.file("empty.json", "");
    desk.file("cut.sarif", "{\"version\":\"2.1.0\",\"runs\":[");
    desk.file("notes/readme.txt", "nothing to import");
    for args in [&["empty.json"][..], &["empty.json", "cut.sarif"], &["notes"], &["missing.json"]] {
        for json in [&[][..], &["--json"]] {
            let ran = desk.run(&[&["import"], args, json].concat());
            assert_eq!(ran.code, 1, "{args:?}: {}", ran.err);
            assert!(!there(), "{args:?}");
            assert!(!ran.err.contains("made a workspace"), "{}", ran.err);
        }
    }
    let ran = desk.run(&["import", &shop("scans/bandit.json")]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "no terminal, no message");
    assert!(there());
}

#[test]
fn an_empty_file_is_refused_and_an_empty_document_is_not() {
    let desk = shop_desk();
    desk.file("scans/empty.json", "");
    desk.file("scans/none.json", "[]");
    let alone = desk.run(&["import", "--json", "scans/empty.json"]);
    assert_eq!(alone.code, 1);
    let error = alone.error();
    assert_eq!(error["kind"], "empty file");
    assert!(error["message"].as_str().unwrap().contains("did the scanner fail?"), "{error}");
    let among = desk.run(&["import", "--json", "scans"]);
    assert_eq!(among.code, 4);
    let files = among.json()["files"].clone();
    assert_eq!((&files[0]["format"], &files[0]["error"]["kind"]), (&Value::Null, &json!("empty file")));
    assert_eq!((&files[1]["format"], &files[1]["error"]), (&json!("empty"), &Value::Null));
    assert_eq!(desk.run_with(&["import", "-"], "").code, 1);
}

#[test]
fn a_folders_other_files_are_listed_and_its_broken_ones_count_as_refused() {
    let desk = Desk::new();
    desk.file("scans/a.sarif", sarif(&[("sql", 1, "x")]));
    desk.file("scans/readme.txt", "nothing to import");
    let ran = desk.run(&["import", "--json", "scans"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let other = ran.json()["files"][1].clone();
    assert_eq!(other["path"], "scans/readme.txt");
    assert_eq!((&other["format"], &other["passed_over"]), (&Value::Null, &json!("no reader knows it")));
    assert_eq!((&other["claims"], other.get("error")), (&json!(0), None));
    let cut = sarif(&[("sql", 1, "x"), ("eval", 2, "y")]);
    desk.file("scans/cut.sarif", &cut[..cut.len() - 4]);
    let ran = desk.run(&["import", "--json", "scans"]);
    assert_eq!(ran.code, 4);
    let broken = ran.json()["files"][1].clone();
    assert_eq!((&broken["format"], &broken["error"]["kind"]), (&Value::Null, &json!("truncated")));
    assert!(broken.get("passed_over").is_none());
}

#[test]
fn the_receipt_names_its_project_and_another_than_the_workspaces_only_one_is_warned_of() {
    let desk = Desk::new();
    desk.file("larder/a.sarif", sarif(&[("sql", 1, "x")]));
    desk.file("larder/b.sarif", sarif(&[("sql", 5, "y")]));
    desk.file("larder/c.sarif", sarif(&[("sql", 9, "z")]));
    let run = |args: &[&str]| {
        Ran::of(desk.command().current_dir(desk.folder.path().join("larder")).arg("import").args(args))
    };
    let workspace = desk.folder.path().to_str().unwrap().to_owned();
    let first = run(&["--workspace", &workspace, "--project", "w2", "a.sarif"]);
    assert!(first.out.contains("imported into w2\n1 finding in 1 case\n"), "{}", first.out);
    assert!(first.out.contains("1 claim = 1 new"), "{}", first.out);
    assert_eq!(first.err, "");
    let other = run(&["b.sarif"]);
    assert!(other.out.contains("imported into larder"), "{}", other.out);
    assert!(other.err.contains("`larder` is a new project here; this workspace holds `w2`"), "{}", other.err);
    assert!(other.err.contains("--project w2"), "{}", other.err);
    let third = run(&["c.sarif"]);
    assert_eq!(third.err, "", "with two projects there is no one to go on with");
    assert_eq!(run(&["--json", "c.sarif"]).json()["project"], "larder");
}

#[test]
fn a_filter_without_a_case_is_no_act_and_an_empty_filter_is_refused() {
    let desk = shop_desk();
    let none = desk.run(&["verdict", "--where", "rule:no-such", "confirm", "--json"]);
    assert_eq!(none.code, 0, "{}", none.err);
    let told = none.json();
    assert_eq!(
        (&told["act"], &told["entry"], &told["cases"]),
        (&json!("confirmed"), &Value::Null, &json!([]))
    );
    for empty in ["", "  "] {
        let ran = desk.run(&["verdict", "--where", empty, "confirm"]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("is:open"), "{}", ran.err);
    }
    assert_eq!(history(&desk), 0);
    let all = desk.run(&["verdict", "--where", "is:open,stale,disputed,settled,gone", "unsure", "--json"]);
    assert_eq!(all.json()["cases"].as_array().unwrap().len(), desk.cases("").len());
}

#[test]
fn a_verdicts_words_are_read_in_every_spelling() {
    let desk = shop_desk();
    let case = first_case(&desk);
    for (word, expected) in [
        ("confirm", "confirmed"),
        ("confirmed", "confirmed"),
        ("reject", "rejected"),
        ("Rejected", "rejected"),
        ("accept-risk", "risk_accepted"),
        ("risk_accepted", "risk_accepted"),
        ("risk-accepted", "risk_accepted"),
        ("unsure", "unsure"),
    ] {
        let ran = desk.run(&["verdict", &case, word, "--json"]);
        assert_eq!((ran.code, &ran.json()["act"]), (0, &json!(expected)), "{word}");
        assert_eq!(desk.cases(&format!("verdict:{word}")).len(), 1, "{word}");
    }
    desk.run(&["verdict", &case, "accept-risk"]);
    for args in [&["cases", "--limit", "99"][..], &["show", &case]] {
        assert!(desk.run(args).out.contains("risk accepted"), "{args:?}");
    }
}

#[test]
fn a_verdict_that_makes_no_sense_is_refused_and_says_what_would() {
    let desk = shop_desk();
    let case = first_case(&desk);
    for (words, told) in [
        (&["accept-risk", "--until", "2020-01-31"][..], "cannot be past"),
        (&["accept-risk", "--until", "31.1.2099"], "write it as 2027-01-31"),
        (&["confirm", "--until", "2099-01-31"], "accepted risk"),
        (&["reject", "--reason", "exploited"], "sanitised, test-code"),
        (&["confirm", "--reason", "wrong-rule"], "reachable, exploited"),
        (&["reject", "--reason", "because"], "the reasons are"),
        (&["maybe"], "confirm, reject, accept-risk and unsure"),
    ] {
        let ran = desk.run(&[&["verdict", &case], words].concat());
        assert_eq!(ran.code, 2, "{words:?}");
        assert!(ran.err.contains(told), "{words:?}: {}", ran.err);
        assert!(!ran.err.contains("failed to parse"), "{}", ran.err);
    }
    assert_eq!(history(&desk), 0);
    assert_eq!(desk.run(&["verdict", &case, "accept-risk", "--until", "2199-01-31"]).code, 0);
}

#[test]
fn an_act_that_changes_nothing_is_not_written() {
    let desk = shop_desk();
    let case = first_case(&desk);
    let acts: [&[&str]; 6] = [
        &["rank", &case, "none"],
        &["pin", &case, "--off"],
        &["assign", &case],
        &["rank", &case, "2"],
        &["pin", &case],
        &["assign", &case, "--to", "bob"],
    ];
    for (at, act) in acts.iter().enumerate() {
        // The first three are so already; the others after the first time.
        if at >= 3 {
            assert_eq!(desk.run(act).code, 0);
        }
        let before = history(&desk);
        let ran = desk.run(&[act, &["--json"][..]].concat());
        assert_eq!((ran.code, &ran.json()["entry"]), (0, &Value::Null), "{act:?}");
        assert!(desk.run(act).out.contains("nothing was written"), "{act:?}");
        assert_eq!(history(&desk), before, "{act:?}");
    }
    let two = desk.cases("");
    let other = two.iter().map(|line| line["case"].as_str().unwrap()).find(|other| *other != case).unwrap();
    let both = desk.run(&["pin", &case, other, "--json"]).json();
    assert_eq!(both["cases"], json!([other]), "only what it changed is named");
}

#[test]
fn undo_says_what_it_took_back() {
    let desk = shop_desk();
    desk.run(&["verdict", "--where", "rule:B608", "confirm"]);
    let cases = desk.cases("verdict:confirmed").len();
    let ran = desk.run(&["undo"]);
    assert!(ran.out.contains(&format!("took back: confirmed, {cases} cases")), "{}", ran.out);
    assert!(desk.run(&["redo"]).out.contains(&format!("gave back: confirmed, {cases} cases")));
    assert_eq!(desk.run(&["undo", "--json"]).json()["act"], "took back: confirmed");
    let case = first_case(&desk);
    desk.run(&["assign", &case, "--to", "bob"]);
    let ran = desk.run(&["undo"]);
    assert!(ran.out.contains("took back: assigned to bob, case "), "{}", ran.out);
}

#[test]
fn a_reviewers_name_is_checked_wherever_it_enters() {
    let desk = shop_desk();
    let case = first_case(&desk);
    let long = "a".repeat(101);
    for name in ["", " ", "ann\u{1b}[31m", "an\u{202e}n", &long] {
        for act in [&["assign", &case, "--to", name][..], &["pin", &case, "--reviewer", name]] {
            assert_eq!(desk.run(act).code, 2, "{act:?}");
        }
        if !name.is_empty() {
            let ran = Ran::of(desk.command().args(["pin", &case]).env("ASSIZE_REVIEWER", name));
            assert_eq!(ran.code, 2, "{name:?}: {}", ran.err);
            desk.file(".assize/config.toml", format!("reviewer = {}\n", json!(name)));
            assert_eq!(desk.run(&["pin", &case]).code, 2, "{name:?}");
            desk.file(".assize/config.toml", "");
        }
    }
    assert_eq!(history(&desk), 0);
}

#[test]
fn an_empty_variable_is_none_and_a_user_without_one_is_known_to_the_system() {
    let desk = shop_desk();
    let case = first_case(&desk);
    let config = |empty: &[&str]| {
        let mut command = desk.command();
        for variable in empty {
            command.env(variable, "");
        }
        Ran::of(command.args(["config", "--json"])).json()["settings"].clone()
    };
    let settings = config(&["ASSIZE_REVIEWER", "ASSIZE_WORKSPACE", "ASSIZE_ORDER"]);
    assert_eq!(
        (&settings["reviewer"]["value"], &settings["order"]["value"]),
        (&json!("ann"), &json!("worth"))
    );
    assert_eq!(settings["workspace"]["from"], "the nearest folder upward with .assize");
    let name = config(&["USER", "LOGNAME", "USERNAME"])["reviewer"]["value"].clone();
    let id = std::process::Command::new("id").arg("-un").output().unwrap();
    assert_eq!(name, String::from_utf8(id.stdout).unwrap().trim());
    let mut command = desk.command();
    command.env("USER", "").env("LOGNAME", "").env("USERNAME", "");
    assert_eq!(Ran::of(command.args(["pin", &case])).code, 0);
}

#[test]
fn any_beginning_of_a_name_that_only_one_has_will_do() {
    let desk = Desk::new();
    let one = desk.file("one.sarif", sarif(&[("sql", 10, "db.execute(q)")]));
    desk.import(&[one.to_str().unwrap()]);
    let case = first_case(&desk);
    assert_eq!(desk.run(&["show", "--json", &case[..1]]).json()["case"], json!(case));
    let other = if case.starts_with('f') { "e" } else { "f" };
    let unknown = desk.run(&["show", other]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains(&format!("there is no case `{other}`")), "{}", unknown.err);

    let desk = shop_desk();
    let names: Vec<String> =
        desk.cases("").iter().map(|line| line["case"].as_str().unwrap().to_owned()).collect();
    let digit = |name: &str| name[..1].to_owned();
    let most =
        names.iter().max_by_key(|name| names.iter().filter(|other| digit(other) == digit(name)).count());
    let first = digit(most.unwrap());
    let mut alike: Vec<&String> = names.iter().filter(|name| digit(name) == first).collect();
    alike.sort();
    let ran = desk.run(&["show", "--json", &first]);
    let error = ran.error();
    assert_eq!((ran.code, &error["kind"]), (2, &json!("ambiguous")));
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(&format!("{} cases", alike.len())), "{message}");
    assert_eq!(alike.iter().filter(|name| message.contains(&name[..12])).count(), 3, "{message}");
}

#[test]
fn a_setting_comes_from_the_nearest_place_and_says_which() {
    let desk = shop_desk();
    desk.file(
        "configuration/assize/config.toml",
        "reviewer = \"carol\"\norder = \"path\"\ncolor = \"always\"\n[worth]\nrank = 0.5\npin = 1\n",
    );
    desk.file(".assize/config.toml", "order = \"severity\"\n[worth]\npin = 0\n");
    let config = |command: &mut assert_cmd::Command| Ran::of(command).json()["settings"].clone();
    let settings = config(desk.command().args(["config", "--json"]).env("ASSIZE_REVIEWER", "dora"));
    for (name, value, from) in [
        ("reviewer", json!("dora"), "$ASSIZE_REVIEWER"),
        ("order", json!("severity"), ".assize/config.toml"),
        ("color", json!("always"), "assize/config.toml"),
        ("worth.rank", json!(0.5), "configuration/assize/config.toml"),
        ("worth.pin", json!(0.0), ".assize/config.toml"),
        ("worth.severity", json!(0.4), "default"),
    ] {
        assert_eq!(settings[name]["value"], value, "{name}");
        assert!(settings[name]["from"].as_str().unwrap().ends_with(from), "{}", settings[name]);
    }
    let settings = config(desk.command().args(["config", "--json", "--color", "auto"]).env("NO_COLOR", "1"));
    assert_eq!(
        (&settings["color"]["value"], &settings["color"]["from"]),
        (&json!("auto"), &json!("--color"))
    );
    let colours = |command: &mut assert_cmd::Command| Ran::of(command).out.contains('\u{1b}');
    assert!(colours(desk.command().arg("cases")));
    assert!(!colours(desk.command().arg("cases").env("NO_COLOR", "1")));
    assert!(!colours(desk.command().args(["cases", "--color", "never"])));
}

#[test]
fn the_weights_of_worth_are_settings() {
    let desk = shop_desk();
    let worths = || -> Vec<(Value, f64)> {
        let told = |line: &Value| (line["severity"].clone(), line["worth"].as_f64().unwrap());
        desk.cases("").iter().map(told).collect()
    };
    let zeros = ["agreement", "confidence", "precision", "rank", "pin", "silence", "deficit"];
    let zeros: String = zeros.iter().map(|name| format!("{name} = 0\n")).collect();
    assert!(worths().iter().any(|(severity, worth)| severity == "high" && *worth != 0.75));
    desk.file(".assize/config.toml", format!("[worth]\nseverity = 0.3\n{zeros}"));
    for (severity, worth) in worths() {
        let expected = match severity.as_str().unwrap() {
            "high" => 0.75,
            "medium" => 0.5,
            _ => 0.25,
        };
        assert_eq!(worth, expected);
    }
    let shown = desk.run(&["show", "--json", &first_case(&desk)]).json();
    assert_eq!(shown["worth_terms"].as_array().unwrap().len(), 1, "terms without weight are left out");
}

#[test]
fn a_wrong_setting_is_told_in_a_line_with_its_place() {
    let desk = shop_desk();
    for (text, at, told) in [
        ("auditor = \"ann\"", "line 1, column 1", "unknown setting `auditor`; there are `reviewer`"),
        ("[keys]\nconvict = \"a\"", "line 2, column 1", "`convict` is no command"),
        ("[keys]\nconfirm = [\"a\", \"hyper-x\"]", "line 2, column 11", "`hyper-x` is no key"),
        ("ask_reason = \"no\"", "line 1, column 14", "`true` or `false` is wanted here"),
        ("background = \"beige\"", "line 1, column 14", "`beige` is no background"),
        ("\norder = \"mood\"", "line 2, column 9", "worth, severity, newest and path"),
        ("reviewer = 3", "line 1, column 12", "a text in quotes"),
        ("color = \"red\"", "line 1, column 9", "auto, always and never"),
        ("reviewer = \"ann", "line 1, column 16", "string"),
        ("[worth]\nseverity = 2", "line 2, column 12", "a weight is from 0 to 1"),
        ("[worth]\nseverity = \"much\"", "line 2, column 12", "a weight is from 0 to 1"),
        ("[worth]\nsevrity = 0.2", "line 2, column 1", "severity, agreement"),
        ("[prompts]\nfolder = \"x\"", "line 1, column 2", "only your own configuration"),
    ] {
        desk.file(".assize/config.toml", text);
        let ran = desk.run(&["config", "--json"]);
        let error = ran.error();
        assert_eq!((ran.code, &error["at"]), (2, &json!(at)), "{text}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(told) && !message.contains(['\n', '␊']), "{text}: {message}");
        assert!(error["path"].as_str().unwrap().ends_with(".assize/config.toml"), "{error}");
        let people = desk.run(&["cases"]);
        assert_eq!((people.code, people.err.lines().count()), (2, 1), "{}", people.err);
    }
}

#[test]
fn templates_of_prompts_are_set_by_the_user_and_by_no_workspace() {
    let desk = shop_desk();
    let prompts = || {
        let checks = desk.run(&["doctor", "--json"]).json()["checks"].clone();
        checks.as_array().unwrap().iter().find(|check| check["name"] == "prompts").cloned()
    };
    assert_eq!(prompts(), None);
    desk.file("configuration/assize/config.toml", "[prompts]\nfolder = \"own\"\n");
    let missing = prompts().unwrap();
    assert!(missing["what"].as_str().unwrap().starts_with("there is neither `system.jinja`"), "{missing}");
    desk.file("configuration/assize/own/user.jinja", "{{ code }}");
    let found = prompts().unwrap();
    assert!(found["what"].as_str().unwrap().ends_with("assize/own/user.jinja"), "{found}");
    let shown = desk.run(&["config", "--json"]).json()["settings"]["prompts.folder"].clone();
    assert!(shown["value"].as_str().unwrap().ends_with("assize/own"), "{shown}");
    desk.file("configuration/assize/own/user.jinja", "\n{{ code");
    let broken = prompts().unwrap();
    assert!(broken["found"] == false && broken["what"].as_str().unwrap().contains("line 2"), "{broken}");

    desk.file(".assize/config.toml", "[prompts]\nfolder = \"/tmp\"\n");
    let error = desk.run(&["config", "--json"]).error();
    assert!(error["message"].as_str().unwrap().contains("only your own configuration may set it"), "{error}");
}

#[test]
fn what_needs_a_decision_comes_first_and_a_verdict_does_not_lift_its_own_case() {
    let desk = shop_desk();
    let before = desk.cases("");
    let first = &before[0];
    let case = first["case"].as_str().unwrap();
    assert_eq!(desk.run(&["verdict", case, "confirm"]).code, 0);
    let after = desk.cases("");
    assert_eq!(
        after.last().unwrap()["case"],
        json!(case),
        "the only settled case stands behind all open ones"
    );
    assert_eq!(after.last().unwrap()["worth"], first["worth"]);
    assert_eq!(desk.run(&["pin", case]).code, 0);
    assert_eq!(desk.cases("")[0]["case"], json!(case));
}

#[test]
fn a_commands_own_options_stand_before_those_of_all() {
    let desk = Desk::new();
    for command in ["import", "cases", "verdict", "runs"] {
        let help = desk.run(&[command, "--help"]).out;
        let own = help.find("\nOptions:").unwrap_or(0);
        let global = help.find("\nGlobal options:").expect("a heading of their own");
        let json = help.find("--json").unwrap();
        assert!(own < global && global < json, "{help}");
    }
}
