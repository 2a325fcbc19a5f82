//! Reviewers who worked apart, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::PathBuf;

use serde_json::{Value, json};

use support::desk::{Desk, sarif};

const RESULTS: [(&str, u32, &str); 4] =
    [("a", 1, "one()"), ("b", 5, "two()"), ("c", 9, "three()"), ("d", 13, "four()")];

/// The same findings on the desks of two reviewers, on machines of their own.
struct Apart {
    ann: Desk,
    bob: Desk,
}

fn run(desk: &Desk, user: &str, args: &[&str]) -> support::desk::Ran {
    support::desk::Ran::of(desk.command().env("USER", user).args(args))
}

fn apart() -> Apart {
    let (ann, bob) = (Desk::new(), Desk::new());
    for desk in [&ann, &bob] {
        desk.file("scan.sarif", sarif(&RESULTS));
        desk.import(&["scan.sarif"]);
    }
    Apart { ann, bob }
}

fn cases(desk: &Desk) -> Vec<Value> {
    let mut cases = desk.cases("");
    cases.sort_by_key(|case| case["case"].as_str().unwrap().to_owned());
    cases
}

fn copy(desk: &Desk, user: &str) -> PathBuf {
    let file = desk.folder.path().join(format!("{user}.journal"));
    let _ = std::fs::remove_file(&file);
    let ran = run(desk, user, &["journal", "export", file.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    file
}

fn merge(desk: &Desk, file: &std::path::Path) -> Value {
    let ran = desk.run(&["journal", "merge", file.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json()
}

#[test]
fn reviewers_who_worked_apart_come_to_the_same_in_either_order() {
    let Apart { ann, bob } = apart();
    let names: Vec<String> =
        cases(&ann).iter().map(|case| case["case"].as_str().unwrap().to_owned()).collect();
    let (a, b, c, d) = (names[0].as_str(), names[1].as_str(), names[2].as_str(), names[3].as_str());
    for args in [
        &["verdict", a, "reject", "--reason", "unreachable"][..],
        &["verdict", b, "confirm"],
        &["case", "merge", c, d],
        &["pin", b],
    ] {
        assert_eq!(run(&ann, "ann", args).code, 0, "{args:?}");
    }
    for args in [&["verdict", a, "reject"][..], &["verdict", b, "reject"], &["rank", c, "2"]] {
        assert_eq!(run(&bob, "bob", args).code, 0, "{args:?}");
    }
    let (anns, bobs) = (copy(&ann, "ann"), copy(&bob, "bob"));
    let taken = merge(&ann, &bobs);
    assert_eq!((&taken["new"], &taken["files"][0]["entries"]), (&json!(3), &json!(3)));
    merge(&bob, &anns);
    assert_eq!(cases(&ann), cases(&bob));
    assert_eq!(ann.cases("is:disputed").len(), 1, "they differ on one");
    assert_eq!(cases(&bob).len(), 3, "what ann merged is one case for bob, too");
    let again = merge(&ann, &bobs);
    assert_eq!(again["new"], 0);
    assert_eq!(cases(&ann), cases(&bob));
    assert_eq!(ann.run(&["journal", "verify"]).code, 0);
}

#[test]
fn a_copy_that_was_changed_or_cut_is_refused_and_nothing_is_taken_in() {
    let Apart { ann, bob } = apart();
    let name = cases(&ann)[0]["case"].as_str().unwrap().to_owned();
    for opinion in ["reject", "confirm", "unsure"] {
        assert_eq!(run(&bob, "bob", &["verdict", &name, opinion]).code, 0);
    }
    let file = copy(&bob, "bob");
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let before = cases(&ann);
    for (what, text, code) in [
        ("cut", format!("{}\n", lines[..3].join("\n")), 3),
        ("a missing line", [lines[0], lines[2], lines[3], ""].join("\n"), 3),
        ("another opinion", whole.replace("rejected", "confirmed"), 3),
        ("no copy", "{}\n".to_owned(), 1),
        ("no line", whole.replacen("{\"header\"", "{\"headed\"", 1), 1),
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = ann.run(&["journal", "merge", file.to_str().unwrap(), "--json"]);
        assert_eq!(ran.code, code, "{what}: {}{}", ran.out, ran.err);
        assert_eq!(cases(&ann), before, "{what}");
    }
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(merge(&ann, &file)["new"], 3);
}

#[test]
fn a_chain_that_was_continued_from_two_copies_is_refused() {
    let Apart { ann, bob } = apart();
    let name = cases(&ann)[0]["case"].as_str().unwrap().to_owned();
    // One user on one machine, with two workspaces: each wrote a first entry of the same chain.
    for (desk, opinion) in [(&ann, "reject"), (&bob, "confirm")] {
        assert_eq!(run(desk, "cy", &["verdict", &name, opinion]).code, 0);
    }
    let file = copy(&bob, "cy");
    let ran = ann.run(&["journal", "merge", file.to_str().unwrap(), "--json"]);
    assert_eq!((ran.code, &ran.error()["kind"]), (3, &json!("broken chain")), "{}", ran.err);
}

#[test]
fn verify_says_where_the_first_link_is_broken() {
    let Apart { ann, .. } = apart();
    let name = cases(&ann)[0]["case"].as_str().unwrap().to_owned();
    for opinion in ["reject", "confirm", "unsure", "reject"] {
        assert_eq!(run(&ann, "ann", &["verdict", &name, opinion]).code, 0);
    }
    let journal = rusqlite::Connection::open(ann.folder.path().join(".assize/journal.db")).unwrap();
    let changed = journal.execute(
        "UPDATE entry SET body = replace(body, 'confirmed', 'rejected') WHERE position IN (1, 3)",
        [],
    );
    assert_eq!(changed.unwrap(), 2);
    let ran = ann.run(&["journal", "verify", "--json"]);
    let message = ran.error()["message"].as_str().unwrap().to_owned();
    assert_eq!(ran.code, 3);
    assert!(message.contains("broken at entry 1: its body was changed"), "{message}");
    let copy = ann.run(&["journal", "export", "copy", "--json"]);
    assert_eq!(
        (copy.code, ann.folder.path().join("copy").exists()),
        (3, false),
        "what is broken is not handed on"
    );
}
