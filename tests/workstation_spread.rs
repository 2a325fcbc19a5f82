//! The workstation as a person has it, where it comes to honesty: a verdict spread to cases that are nearly the same,
//! what others think hidden by choice, and cases drawn at random.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use serde_json::Value;
use support::alike::shop;
use support::desk::Desk;
use terminal::{Key, Program, Terminal};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");

fn triage(desk: &Desk, filter: &str) -> Terminal {
    let configuration = desk.folder.path().join("configuration").display().to_string();
    let program = Program::new(ASSIZE).args(["triage", filter]).folder(&desk.folder).size(200, 40);
    program.env("XDG_CONFIG_HOME", configuration).env("USER", "ann").start()
}

fn configure(desk: &Desk, text: &str) {
    std::fs::write(desk.folder.path().join(".assize/config.toml"), text).unwrap();
}

/// Rejects the case at hand, and waits until that is on disk.
fn reject(terminal: &mut Terminal) {
    terminal.keys("r");
    terminal.wait_for("because");
    terminal.keys("t");
    terminal.wait_for("rejected: 1 case");
}

/// Accepts the risk of the case at hand, for no reason and without an end.
fn accept_risk(terminal: &mut Terminal) {
    terminal.keys("w");
    terminal.wait_for("risk accepted because");
    terminal.press(Key::Enter);
    terminal.wait_for("accepted until");
    terminal.press(Key::Enter);
}

/// Looks at the cases that were picked, one after the other, and spreads the verdict.
fn spread(terminal: &mut Terminal) {
    terminal.keys("s");
    let mut screen = terminal.wait_for("like the one rejected");
    while !screen.shows("spread it to") && !screen.shows("as inferred: ") {
        terminal.keys("s");
        // The next one picked has come when fewer are left than before.
        screen = terminal.wait_until(|now| {
            now.shows("spread it to")
                || now.shows("as inferred: ")
                || now.line(39).trim() != screen.line(39).trim() && now.shows("looked at")
        });
    }
    if !screen.shows("as inferred: ") {
        terminal.keys("s");
    }
    terminal.wait_for("rejected as inferred: 4 cases");
    terminal.press(Key::Enter);
    terminal.wait_for("spread: 4 cases");
}

fn first_seen(desk: &Desk, case: &Value) -> Value {
    let shown = desk.run(&["show", "--json", case["case"].as_str().unwrap()]).json();
    shown["history"][0]["seen"].clone()
}

#[test]
fn a_verdict_is_spread_after_a_look_at_a_few_and_taken_back_in_one_step() {
    let desk = shop(5, 1);
    let mut terminal = triage(&desk, "path:bare*");
    terminal.wait_for("return db.run");
    reject(&mut terminal);
    terminal.wait_for("s 4 like it");
    spread(&mut terminal);
    assert_eq!(desk.cases("is:inferred").len(), 4);
    assert!(desk.cases("is:gold").len() == 1, "the source alone");
    // Undo takes back what was last done, be it to take back what was spread.
    terminal.wait_for("X take it back from 4");
    terminal.keys("X");
    terminal.wait_for("taken back: 4 cases");
    assert!(desk.cases("is:inferred").is_empty());
    terminal.keys("z");
    terminal.wait_for("given again: 4 cases");
    assert_eq!((desk.cases("is:inferred").len(), desk.cases("verdict:rejected").len()), (4, 5));
    terminal.keys("z");
    terminal.wait_for("taken back: 4 cases");
    assert!(desk.cases("is:inferred").is_empty());
    assert_eq!(desk.cases("verdict:rejected").len(), 1);
}

#[test]
fn the_list_says_in_what_the_cases_differ_and_esc_leads_back() {
    let desk = shop(5, 1);
    let mut terminal = triage(&desk, "path:bare*");
    terminal.wait_for("return db.run");
    reject(&mut terminal);
    terminal.wait_for("4 like it");
    terminal.keys("s");
    // The first case is the one of which a data flow was told.
    terminal.wait_for("no data flow told");
    terminal.wait_for("4 cases like the one rejected");
    terminal.press(Key::Esc);
    terminal.wait_for("/5 by worth");
}

#[test]
fn who_overturns_one_of_them_is_offered_to_take_all_of_it_back() {
    let desk = shop(5, 0);
    let mut terminal = triage(&desk, "path:bare*");
    terminal.wait_for("return db.run");
    reject(&mut terminal);
    terminal.wait_for("4 like it");
    spread(&mut terminal);
    terminal.wait_for("/5 by worth");
    terminal.wait_for("settled, rejected");
    terminal.keys("a");
    terminal.wait_for("because");
    terminal.press(Key::Enter);
    terminal.wait_for("confirmed: 1 case");
    terminal.wait_for("X take back the 4 that it was spread to");
    terminal.keys("X");
    terminal.wait_for("taken back: 4 cases");
    assert!(desk.cases("is:inferred").is_empty());
    assert_eq!((desk.cases("verdict:confirmed").len(), desk.cases("verdict:rejected").len()), (1, 1));
}

#[test]
fn what_others_think_is_hidden_until_the_own_first_verdict() {
    let desk = shop(3, 0);
    let case = desk.cases("path:bare0.py")[0].clone();
    let name = case["case"].as_str().unwrap();
    desk.run(&["verdict", name, "reject", "--reason", "test-code", "--note", "seen it", "--reviewer", "bob"]);
    configure(&desk, "blind = true\n");
    let mut terminal = triage(&desk, "path:bare0.py");
    terminal.wait_for("return db.run");
    let screen = terminal.wait_for("hidden until your verdict");
    assert!(!screen.shows("bob") && !screen.shows("seen it"), "{screen}");
    terminal.keys("u");
    let screen = terminal.wait_for("by bob");
    assert!(screen.shows("seen it") && !screen.shows("hidden until"), "{screen}");
    let shown = desk.run(&["show", "--json", name]).json();
    let sight = &shown["history"][1]["seen"]["sight"];
    assert_eq!((&sight["blind"], &sight["verdicts"]), (&Value::Bool(true), &Value::Bool(false)), "{shown}");
    terminal.keys("u");
    terminal.wait_until(|_| {
        desk.run(&["show", "--json", name]).json()["history"].as_array().is_some_and(|all| all.len() == 3)
    });
    let shown = desk.run(&["show", "--json", name]).json();
    assert_eq!(shown["history"][2]["seen"]["sight"]["verdicts"], true, "now it was in sight");
}

#[test]
fn a_second_reviewer_who_is_blind_is_shown_what_the_first_has_judged_and_counts_of_their_own() {
    let desk = shop(3, 0);
    let open = desk.cases("is:open").len();
    for case in desk.cases("path:bare*") {
        let name = case["case"].as_str().unwrap();
        desk.run(&["verdict", name, "reject", "--reviewer", "bob"]);
    }
    configure(&desk, "blind = true\n");
    let configuration = desk.folder.path().join("configuration").display().to_string();
    let program = Program::new(ASSIZE).args(["triage"]).folder(&desk.folder).size(200, 40);
    let mut terminal = program.env("XDG_CONFIG_HOME", configuration).env("USER", "ann").start();
    let screen = terminal.wait_for(&format!("1/{open} by worth"));
    assert!(screen.line(1).contains("-judged:ann -is:gone"), "{screen}");
    assert!(
        screen.line(0).contains(&format!("{open} open")) && !screen.line(0).contains("settled"),
        "{screen}"
    );
    terminal.wait_for("hidden until your verdict");
    accept_risk(&mut terminal);
    terminal.wait_for("risk accepted: 1 case");
    let screen = terminal.wait_for(&format!("{} open", open - 1));
    assert!(screen.line(0).contains("1 settled") || screen.line(0).contains("1 disputed"), "{screen}");
}

#[test]
fn a_case_drawn_at_random_has_its_mark_and_its_verdict_says_so() {
    let desk = shop(4, 0);
    configure(&desk, "audit_share = 1.0\n");
    let mut terminal = triage(&desk, "is:open");
    terminal.wait_for("return db.run");
    terminal.wait_for("rnd");
    terminal.wait_for("drawn at random");
    accept_risk(&mut terminal);
    terminal.wait_for("risk accepted: 1 case");
    let judged = desk.cases("verdict:risk_accepted");
    let seen = first_seen(&desk, &judged[0]);
    assert_eq!((&seen["came"], &seen["code_on_screen"]), (&"audit".into(), &true.into()), "{seen}");
    configure(&desk, "audit_share = 0\n");
    let mut terminal = triage(&desk, "is:open");
    terminal.wait_for("return db.run");
    accept_risk(&mut terminal);
    let screen = terminal.wait_for("risk accepted: 1 case");
    assert!(!screen.shows("rnd"), "{screen}");
    let judged = desk.cases("verdict:risk_accepted");
    let came: Vec<Value> = judged.iter().map(|case| first_seen(&desk, case)["came"].clone()).collect();
    assert!(came.contains(&"order".into()), "{came:?}");
}

#[test]
fn a_settled_case_comes_back_blind_and_what_is_said_then_is_told_against_what_was_said() {
    let desk = shop(4, 0);
    configure(&desk, "audit_share = 0\nreturn_share = 1.0\nreturn_days = 0\n");
    let mut terminal = triage(&desk, "is:open");
    terminal.wait_for("return db.run");
    accept_risk(&mut terminal);
    terminal.wait_for("risk accepted: 1 case");
    drop(terminal);
    let settled = desk.cases("verdict:risk_accepted");
    assert_eq!(settled.len(), 1);
    let history = |desk: &Desk| {
        let name = settled[0]["case"].as_str().unwrap();
        desk.run(&["show", "--json", name]).json()["history"].as_array().cloned().unwrap()
    };
    let mut terminal = triage(&desk, "is:open");
    terminal.wait_for("return db.run");
    terminal.wait_for("rnd");
    let screen = terminal.wait_for("drawn at random");
    assert!(!screen.shows("history") && !screen.shows("risk accepted"), "{screen}");
    accept_risk(&mut terminal);
    let screen = terminal.wait_for("as before: it came back to you");
    assert!(screen.shows("risk accepted as before"), "{screen}");
    let said = history(&desk);
    assert_eq!((said.len(), &said[1]["seen"]["came"]), (2, &"return".into()), "{said:?}");
    let told = desk.run(&["gate", "--agreement", "--json"]).json();
    let all = &told["agreement"]["all_oneself"];
    assert_eq!((&all["cases"], &all["same"]), (&1.into(), &1.into()), "{told}");
    drop(terminal);
    let mut terminal = triage(&desk, "is:open");
    let screen = terminal.wait_for("return db.run");
    assert!(!screen.shows("rnd"), "each comes back once: {screen}");
}
