//! The screen of the gate as a person has it: the real program in a terminal, beside what `assize gate` says of the same
//! workspace.

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

use assize::domain::Opinion;
use serde_json::Value;
use support::alike;
use support::desk::{Desk, shop};
use support::judging::judge;
use terminal::{Key, Program, Screen, Terminal};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");

/// What one scanner said of the shop, with some cases that ann has judged.
fn judged() -> Desk {
    let desk = Desk::new();
    desk.import(&[&shop("scans/bandit.json"), "--source", &shop("")]);
    for (number, case) in desk.cases("is:open").iter().take(5).enumerate() {
        let opinion = if number.is_multiple_of(2) { Opinion::Confirmed } else { Opinion::Rejected };
        judge(&desk, "ann", name(case), opinion);
    }
    desk
}

/// Two cases that are nearly the same and that ann judged otherwise.
fn contradicting() -> Desk {
    let desk = alike::shop(2, 2);
    for (path, reviewer, opinion) in
        [("bare0.py", "ann", Opinion::Confirmed), ("bare1.py", "ann", Opinion::Rejected)]
    {
        judge(&desk, reviewer, name(&desk.cases(&format!("path:{path}"))[0]), opinion);
    }
    desk
}

fn name(case: &Value) -> &str {
    case["case"].as_str().unwrap()
}

/// The workstation with a filter on a terminal of some size, not started.
fn program(desk: &Desk, user: &str, filter: &str, (columns, rows): (u16, u16)) -> Program {
    let configuration = desk.folder.path().join("configuration").display().to_string();
    let program = Program::new(ASSIZE).args(["triage", filter]).folder(&desk.folder).size(columns, rows);
    program.env("XDG_CONFIG_HOME", configuration).env("USER", user)
}

fn triage(desk: &Desk) -> Terminal {
    triage_as(desk, "ann")
}

fn triage_as(desk: &Desk, user: &str) -> Terminal {
    let mut terminal = program(desk, user, "is:open", (200, 60)).start();
    terminal.wait_until(|screen| screen.shows("a confirm") && screen.shows(" by worth"));
    terminal
}

/// Goes to the screen of the gate, and waits until it is counted and drawn to its end.
fn gate(terminal: &mut Terminal) -> Screen {
    terminal.press(Key::F(3));
    terminal.wait_until(is_whole)
}

fn is_whole(screen: &Screen) -> bool {
    let is_told = screen.shows("no decision was timed yet") || screen.shows("in an hour of work");
    screen.shows("as of ") && is_told && screen.shows("n what helps most")
}

fn told(desk: &Desk) -> Value {
    desk.run(&["gate", "--json"]).json()
}

fn conditions(told: &Value) -> &[Value] {
    told["conditions"].as_array().unwrap()
}

/// A number as both the screen and the command show it.
fn number(value: &Value) -> String {
    match value.as_f64() {
        None => "–".to_owned(),
        Some(value) if value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    }
}

#[test]
fn the_screen_has_the_same_conditions_values_and_bounds_as_the_command() {
    let desk = judged();
    let told = told(&desk);
    let mut terminal = triage(&desk);
    let screen = gate(&mut terminal);
    assert!(screen.shows("gate shut by the built-in policy"), "{screen}");
    let lines: Vec<String> = (0..60).map(|at| screen.line(at)).collect();
    let mut held = 0;
    for condition in conditions(&told) {
        let name = condition["name"].as_str().unwrap();
        let line = lines.iter().find(|line| line.split_whitespace().nth(1) == Some(name));
        let words: Vec<&str> =
            line.unwrap_or_else(|| panic!("no {name}\n{screen}")).split_whitespace().collect();
        let holds = condition["holds"].as_bool().unwrap();
        held += usize::from(holds);
        let sign = if condition["at_most"].as_bool().unwrap() { "≤" } else { "≥" };
        let (value, bound) = (number(&condition["value"]), number(&condition["bound"]));
        let mark = if holds { "✓" } else { "✗" };
        assert_eq!(words[..5], [mark, name, &value, sign, &bound], "{name}\n{screen}");
        if !holds {
            let decisions = condition["decisions"].as_u64().unwrap();
            assert!(line.unwrap().contains(&format!("at least {decisions} decision")), "{name}\n{screen}");
        }
    }
    let all = conditions(&told).len();
    assert!(held > 0 && held < all, "{held} of {all}");
    assert!(screen.shows(&format!("{} of {all} conditions do not hold", all - held)), "{screen}");
    assert!(screen.shows("labels 5 gold"), "{screen}");
}

#[test]
fn enter_lists_what_a_condition_asks_for_and_a_key_what_helps_most() {
    let desk = judged();
    let told = told(&desk);
    let classes = conditions(&told).iter().find(|it| it["name"] == "cwe_classes").unwrap();
    let advice: Vec<&str> =
        classes["advice"].as_array().unwrap().iter().map(|it| it["filter"].as_str().unwrap()).collect();
    let numbers: Vec<&str> = advice
        .iter()
        .map(|filter| filter.strip_prefix("cwe:").unwrap().strip_suffix(" is:open").unwrap())
        .collect();
    let filter = format!("cwe:{} is:open", numbers.join(","));
    let mut terminal = triage(&desk);
    gate(&mut terminal);
    terminal.keys("j");
    terminal.wait_for("weaknesses with at least 10 labels");
    terminal.press(Key::Enter);
    let many = desk.cases(&filter).len();
    assert!(many > 0);
    let many = format!("1/{many} by worth");
    terminal.wait_until(|screen| screen.line(1).contains(&filter) && screen.line(1).contains(&many));
    gate(&mut terminal);
    terminal.keys("n");
    terminal.wait_for("a decision here serves: labels, cwe_classes");
    let screen =
        terminal.wait_until(|screen| screen.line(1).contains("cwe:") && screen.line(1).contains(" by worth"));
    let line = screen.line(1);
    let helps = line.split_whitespace().find_map(|word| word.strip_prefix("cwe:")).unwrap();
    assert!(helps.split(',').all(|number| numbers.contains(&number)) && line.contains("is:open"), "{screen}");
}

#[test]
fn a_verdict_given_here_counts_when_one_comes_back_and_one_given_elsewhere_when_it_is_asked_for() {
    let desk = judged();
    let mut terminal = triage(&desk);
    gate(&mut terminal);
    terminal.wait_for("labels 5 gold");
    terminal.press(Key::F(1));
    terminal.wait_for("a confirm");
    terminal.keys("a");
    terminal.wait_for("confirmed because");
    terminal.press(Key::Enter);
    terminal.wait_for("confirmed: 1 case");
    gate(&mut terminal);
    terminal.wait_for("labels 6 gold");
    judge(&desk, "bob", name(&desk.cases("is:open")[0]), Opinion::Confirmed);
    terminal.wait_for("changed since: ctrl-r");
    terminal.wait_for("labels 6 gold");
    terminal.send(b"\x12");
    terminal.wait_until(|screen| screen.shows("labels 7 gold") && !screen.shows("changed since"));
}

#[test]
fn a_contradiction_opens_side_by_side_with_both_verdicts_and_both_pieces_of_code() {
    let desk = contradicting();
    let mut terminal = triage(&desk);
    let screen = gate(&mut terminal);
    assert!(screen.shows("1 group of cases that are nearly the same"), "{screen}");
    terminal.keys("G");
    terminal.wait_for("nearly the same, and judged otherwise");
    terminal.press(Key::Enter);
    let screen = terminal.wait_for("both on the docket");
    let both = |one: &str, other: &str| {
        let is_so = (0..60).any(|at| screen.line(at).contains(one) && screen.line(at).contains(other));
        assert!(is_so, "{one} beside {other}\n{screen}");
    };
    both("bare0.py:5", "bare1.py:5");
    both("confirmed", "rejected");
    both("def bare0(uid)", "def bare1(uid)");
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| screen.shows("1/2 by worth") && screen.line(1).contains("case:"));
}

#[test]
fn who_reviews_blind_sees_a_contradiction_once_both_cases_have_their_own_verdict() {
    let desk = contradicting();
    let other = desk.cases("path:bare1.py")[0].clone();
    desk.file(".assize/config.toml", "blind = true\n");
    let mut terminal = triage_as(&desk, "eve");
    let screen = gate(&mut terminal);
    assert!(screen.shows("1 hidden until your own verdict"), "{screen}");
    assert!(!screen.shows("bare0.py") && !screen.shows("case:"), "{screen}");
    assert!(screen.shows("labels 2 gold"), "how many there are is told: {screen}");
    drop(terminal);
    judge(&desk, "eve", name(&desk.cases("path:bare0.py")[0]), Opinion::Confirmed);
    judge(&desk, "eve", name(&other), Opinion::Rejected);
    let mut terminal = triage_as(&desk, "eve");
    gate(&mut terminal);
    terminal.wait_until(|screen| screen.shows("bare0.py") && screen.shows("bare1.py"));
}

#[test]
fn of_a_disputed_case_both_reviewers_stand_beside_each_other() {
    let desk = judged();
    let case = desk.cases("is:open")[0].clone();
    for (reviewer, word, reason, note) in [
        ("ann", "confirm", "reachable", "the route hands it on"),
        ("bob", "reject", "sanitised", "the driver binds it"),
    ] {
        let order =
            ["verdict", name(&case), word, "--reason", reason, "--note", note, "--reviewer", reviewer];
        assert_eq!(desk.run(&order).code, 0);
    }
    let mut terminal = program(&desk, "ann", "is:disputed", (80, 24)).start();
    terminal.wait_for("1/1 by worth");
    terminal.wait_for("D both sides");
    terminal.keys("D");
    let screen = terminal.wait_for("the driver binds it");
    for (one, other) in [
        ("ann (you)", "bob"),
        ("confirmed", "rejected"),
        ("because: reachable", "because: sanitised"),
        ("the route hands it on", "the driver binds it"),
    ] {
        let is_so = (0..24).any(|at| screen.line(at).contains(one) && screen.line(at).contains(other));
        assert!(is_so, "{one} beside {other}\n{screen}");
    }
}

#[test]
fn what_cannot_be_counted_says_why_and_a_workspace_without_anything_has_a_gate_that_is_shut() {
    let desk = judged();
    desk.file(".assize/gate.toml", "[caps]\nrule = 7\n");
    let mut terminal = triage(&desk);
    terminal.press(Key::F(3));
    terminal.wait_for("it could not be counted: ");
    terminal
        .wait_until(|screen| screen.shows("caps.rule") && screen.shows("not counted: ctrl-r tries again"));
    desk.file(".assize/gate.toml", "[labels]\nleast = 5\n");
    terminal.send(b"\x12");
    terminal.wait_until(|screen| screen.shows("gate shut by gate.toml") && screen.shows("✓ labels"));
    drop(terminal);
    let empty = Desk::new();
    let log = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"acme"}},"results":[]}]}"#;
    empty.file("none.sarif", log);
    empty.import(&["none.sarif"]);
    let mut terminal = program(&empty, "ann", "is:open", (120, 36)).start();
    terminal.wait_for("? help");
    let screen = gate(&mut terminal);
    assert!(screen.shows("gate shut") && screen.shows("no gold label yet"), "{screen}");
    terminal.keys("n");
    terminal.wait_for("there is no case here whose verdict would help");
}

#[test]
fn a_fault_while_it_is_counted_leaves_the_screen_and_the_next_count_is_whole() {
    let desk = judged();
    let trigger = desk.file("trigger", "");
    let program = program(&desk, "ann", "is:open", (120, 36));
    let mut terminal = program.env("ASSIZE_PROVOKE", format!("gate:{}", trigger.display())).start();
    terminal.wait_for("a confirm");
    terminal.press(Key::F(3));
    terminal.wait_for("it could not be counted: the program has a fault");
    terminal.send(b"\x12");
    terminal.wait_for("labels 5 gold");
}
