//! Finding the next thing in the workstation: the real program in a terminal, held to what the commands say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/shop.rs"]
mod shop;
#[path = "support/terminal.rs"]
mod terminal;

use shop::Desk;
use terminal::{Key, Terminal};

/// The list has so many cases, and the first of them is at hand.
fn wait_for_list(terminal: &mut Terminal, cases: usize) {
    terminal.wait_for(&format!("1/{cases} by worth"));
}

#[test]
fn a_filter_is_completed_and_the_counts_are_those_of_the_commands() {
    let desk = Desk::new();
    let (high, open) = (desk.cases("is:open sev:high").len(), desk.cases("is:open").len());
    let mut terminal = desk.triage(&[]);
    wait_for_list(&mut terminal, open);
    terminal.keys("/se");
    terminal.wait_for("sev:");
    terminal.keys("\t");
    terminal.wait_until(|screen| {
        screen.lines().iter().any(|line| line.contains("│ high") && line.contains(&format!(" {high} │")))
    });
    terminal.keys("hi\t");
    wait_for_list(&mut terminal, high);
    terminal.press(Key::Enter);
    terminal.wait_for("/ is:open sev:high");
}

#[test]
fn facets_take_values_into_the_filter() {
    let desk = Desk::new();
    let worst = desk.cases("is:open sev:high").len();
    let rest = desk.cases("is:open -sev:high").len();
    let mut terminal = desk.triage(&[]);
    terminal.keys("F");
    terminal.wait_for(&format!(" {worst} │"));
    terminal.press(Key::Enter);
    wait_for_list(&mut terminal, worst);
    terminal.wait_for("+ high");
    terminal.keys("-");
    wait_for_list(&mut terminal, rest);
    terminal.press(Key::Esc);
    terminal.wait_for("/ is:open -sev:high");
}

#[test]
fn a_file_and_a_case_are_gone_to_and_what_the_filter_hides_is_shown_all_the_same() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let path = open.last().unwrap()["path"].as_str().unwrap();
    let elsewhere = open.iter().find(|case| case["path"] != path).unwrap();
    let id = elsewhere["case"].as_str().unwrap();
    let in_file = desk.cases(&format!("path:/{path}")).len();
    let mut terminal = desk.start(&["sev:high sev:low"]);
    terminal.wait_for("0/0 by worth");
    terminal.press(Key::Ctrl('p'));
    terminal.wait_for("file ");
    terminal.keys(path);
    // Of the files that the letters are in, the first is gone to.
    terminal.wait_until(|screen| {
        let first = screen.lines().into_iter().find(|line| line.contains(" of ") && line.contains(" case"));
        first.is_some_and(|line| line.contains(path) && line.contains(&format!("0 of {in_file} case")))
    });
    terminal.press(Key::Enter);
    wait_for_list(&mut terminal, in_file);
    terminal.wait_for("the filter hid it");
    terminal.keys("#");
    terminal.keys(&id[..10]);
    terminal.press(Key::Enter);
    terminal.wait_for("the filter hides it");
    terminal.wait_for(&format!("case {}", &id[..12]));
    terminal.keys("t");
    terminal.wait_for("no case is stale");
}

#[test]
fn a_saved_filter_is_chosen_in_the_workstation_and_named_in_a_command() {
    let desk = Desk::new();
    let high = desk.cases("sev:high");
    let mut terminal = desk.triage(&["sev:high"]);
    wait_for_list(&mut terminal, high.len());
    terminal.keys("S");
    terminal.wait_for("save the filter as @");
    terminal.keys("grave\r");
    terminal.wait_for("@grave is sev:high");
    terminal.keys("\\");
    wait_for_list(&mut terminal, desk.cases("").len());
    terminal.keys("'");
    terminal.wait_for("@grave");
    terminal.press(Key::Enter);
    wait_for_list(&mut terminal, high.len());
    assert_eq!(desk.cases("@grave"), high);
    assert!(desk.run(&["config"]).contains("filters.grave"));
    let unknown = desk.output(&["cases", "@nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
}
