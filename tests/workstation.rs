//! The workstation as a person has it: the real program in a terminal, keys in, and what the screen shows.

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

use std::time::{Duration, Instant};

use serde_json::Value;
use shop::{Desk, FOOTER, text};
use terminal::{Hold, Key, PATIENCE, Signal, Terminal};

/// What the screen says and which keys it goes by, so far as a test has to know; all else is taken from the commands.
mod words {
    /// A verdict and no reason for it.
    pub(super) const CONFIRM: [&str; 2] = ["a", "\r"];
    /// A verdict because the value is made safe.
    pub(super) const REJECT: [&str; 2] = ["r", "s"];
    pub(super) const BECAUSE: &str = "because";
    pub(super) const UNDO: &str = "z";
    pub(super) const NEXT: &str = "j";
    pub(super) const QUIT: &str = "q";
    /// The first row names the program.
    pub(super) const HEADER: &str = "assize";
    pub(super) const CONFIRMED: &str = "confirmed: 1 case";
    pub(super) const REJECTED: &str = "rejected: 1 case";
    pub(super) const UNDONE: &str = "taken back: 1 case";
    pub(super) const EMPTY: &str = "no case is left in";
    pub(super) const NO_TERMINAL: &str = "needs a terminal";
}

/// The flagged line of a case's code.
fn code(desk: &Desk, case: &Value) -> String {
    let show: Value = serde_json::from_str(&desk.run(&["show", "--json", id(case)])).unwrap();
    let code = &show["code"];
    let line = code["flagged"][0].as_u64().unwrap() - code["first_line"].as_u64().unwrap();
    text(&code["lines"][usize::try_from(line).unwrap()]).trim().to_owned()
}

/// Gives a verdict: a key, and another for the reason when it is asked for.
fn judge(terminal: &mut Terminal, [verdict, reason]: [&str; 2]) {
    terminal.keys(verdict);
    terminal.wait_for(words::BECAUSE);
    terminal.keys(reason);
}

fn id(case: &Value) -> &str {
    text(&case["case"])
}

#[test]
fn a_case_is_judged_on_its_code_by_a_key_and_the_next_one_comes() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(text(&open[0]["path"]));
    terminal.wait_for(&code(&desk, &open[0]));
    judge(&mut terminal, words::CONFIRM);
    terminal.wait_for(words::CONFIRMED);
    // It was said to be saved: another process sees it while the workstation is still open.
    let confirmed = desk.cases("verdict:confirmed");
    assert_eq!(confirmed.iter().map(id).collect::<Vec<_>>(), [id(&open[0])]);
    assert_eq!((text(&confirmed[0]["basis"]), text(&confirmed[0]["state"])), ("human", "settled"));
    terminal.wait_for(&code(&desk, &open[1]));
    judge(&mut terminal, words::REJECT);
    terminal.wait_for(words::REJECTED);
    terminal.keys(words::QUIT);
    assert_eq!(terminal.wait_exit(), 0);
    let rejected = desk.cases("verdict:rejected");
    assert_eq!(rejected.iter().map(id).collect::<Vec<_>>(), [id(&open[1])]);
    let shown: Value = serde_json::from_str(&desk.run(&["show", "--json", id(&open[1])])).unwrap();
    assert_eq!(
        (&shown["history"][0]["reason"], &shown["gold"]),
        (&"sanitised".into(), &true.into()),
        "{shown}"
    );
    assert_eq!(desk.cases("is:open").len(), open.len() - 2);
}

#[test]
fn a_verdict_is_taken_back_by_a_key() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    judge(&mut terminal, words::CONFIRM);
    terminal.wait_for(words::CONFIRMED);
    terminal.keys(words::UNDO);
    terminal.wait_for(words::UNDONE);
    assert_eq!(desk.cases("is:open"), open);
}

#[test]
fn the_terminal_is_given_back_as_it_was() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(FOOTER);
    assert!(
        terminal.holds().is_superset(&[Hold::AlternateScreen, Hold::Modes].into()),
        "{:?}",
        terminal.holds()
    );
    terminal.keys(words::QUIT);
    assert_eq!(terminal.wait_exit(), 0);
    assert_eq!(terminal.holds(), [].into(), "{}", terminal.screen());
}

#[test]
fn a_workstation_that_is_told_to_end_gives_the_terminal_back() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(FOOTER);
    terminal.signal(Signal::TERM);
    terminal.wait_exit();
    assert_eq!(terminal.holds(), [].into(), "{}", terminal.screen());
}

#[test]
fn a_stopped_workstation_gives_the_terminal_back_and_takes_it_again() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(FOOTER);
    terminal.press(Key::Ctrl('z'));
    terminal.wait_stopped();
    assert_eq!(terminal.holds(), [].into(), "{}", terminal.screen());
    terminal.resume();
    terminal.wait_for(FOOTER);
    terminal.signal(Signal::TSTP);
    terminal.wait_stopped();
    assert_eq!(terminal.holds(), [].into(), "{}", terminal.screen());
    terminal.resume();
    terminal.wait_for(FOOTER);
    terminal.keys(words::QUIT);
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn many_are_judged_at_once_and_taken_back_as_one() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    terminal.keys("   ");
    terminal.wait_for("3 selected");
    terminal.keys("u");
    terminal.wait_for("unsure: 3 cases");
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| screen.lines().last().is_some_and(|line| line.contains("unsure: 3 cases")));
    let unsure: Vec<String> = desk.cases("verdict:unsure").iter().map(|case| id(case).to_owned()).collect();
    assert_eq!(unsure.len(), 3);
    terminal.keys(words::UNDO);
    terminal.wait_for("taken back: 3 cases");
    assert_eq!(desk.cases("is:open"), open);
}

#[test]
fn the_docket_is_grouped_and_a_group_is_judged_as_one() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    // By rule, by file, by weakness.
    terminal.keys("bbb");
    terminal.wait_for("by worth in one cwe");
    terminal.keys("g");
    terminal.wait_for("group 1/");
    terminal.keys("u");
    terminal.wait_for("all of CWE-");
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| screen.lines().last().is_some_and(|line| line.contains("unsure: ")));
    let unsure = desk.cases("verdict:unsure");
    assert!(unsure.iter().all(|case| case["cwe"][0] == open[0]["cwe"][0]), "{unsure:?}");
    assert_eq!(unsure.len(), open.iter().filter(|case| case["cwe"][0] == open[0]["cwe"][0]).count());
    terminal.keys(words::UNDO);
    terminal.wait_for("taken back: ");
    assert_eq!(desk.cases("is:open"), open);
}

#[test]
fn the_docket_is_filtered_while_one_types_and_a_wrong_filter_says_why() {
    let desk = Desk::new();
    let high = desk.cases("is:open sev:high").len();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(FOOTER);
    terminal.keys("/ sev:hig");
    terminal.wait_for("hig");
    terminal.wait_for("unknown");
    terminal.keys("h");
    terminal.wait_for(&format!("/{high} by worth"));
    terminal.press(Key::Esc);
    terminal.wait_for(&format!("/{} by worth", desk.cases("is:open").len()));
}

#[test]
fn a_note_is_written_in_lines_and_kept() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    terminal.keys("m");
    terminal.wait_for("a note");
    terminal.paste("first line\nsecond line");
    terminal.wait_for("second line");
    terminal.press(Key::Enter);
    terminal.wait_for("noted: 1 case");
    let shown: Value = serde_json::from_str(&desk.run(&["show", "--json", id(&open[0])])).unwrap();
    assert_eq!(shown["history"][0]["text"], "first line\nsecond line", "{shown}");
}

#[test]
fn keys_and_the_question_for_a_reason_are_as_the_configuration_has_them() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let set = "ask_reason = false\n[keys]\nconfirm = \"c\"\n";
    std::fs::write(desk.folder.path().join(".assize/config.toml"), set).unwrap();
    let mut terminal = desk.start(&[]);
    terminal.wait_for("c confirm");
    terminal.wait_for(&code(&desk, &open[0]));
    terminal.keys("c");
    terminal.wait_for(words::CONFIRMED);
    assert_eq!(desk.cases("verdict:confirmed").iter().map(id).collect::<Vec<_>>(), [id(&open[0])]);
}

#[test]
fn verdicts_given_just_before_the_end_are_on_disk_after_it() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    terminal.keys("uuuuuq");
    assert_eq!(terminal.wait_exit(), 0);
    assert_eq!(desk.cases("verdict:unsure").len(), 5);
    assert!(terminal.screen().shows("5 cases decided"), "{}", terminal.screen());
}

#[test]
fn a_case_that_changed_since_it_was_shown_is_not_judged() {
    let desk = Desk::new();
    let scan = |code: &str| {
        let text = format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"acme"}}}},"results":[{{"ruleId":"eval",
            "message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"zz/a.py"}},
            "region":{{"startLine":3,"snippet":{{"text":"{code}"}}}}}}}}]}}]}}]}}"#
        );
        std::fs::write(desk.folder.path().join("acme.sarif"), text).unwrap();
        desk.run(&["import", "--project", "shop", "acme.sarif"]);
    };
    scan("eval(known)");
    let mut terminal = desk.start(&["path:zz/"]);
    terminal.wait_for("eval(known)");
    scan("eval(known + request)");
    terminal.keys("u");
    terminal.wait_for("not saved: the case has changed");
    terminal.wait_for("eval(known + request)");
    assert!(desk.cases("verdict:unsure").is_empty());
}

#[test]
fn a_terminal_of_one_cell_is_survived() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(FOOTER);
    // What was still to be drawn before is not to be taken for the one cell.
    while terminal.output_by(Instant::now() + Duration::from_millis(200)).is_some() {}
    terminal.resize(1, 1);
    assert!(terminal.output_by(Instant::now() + PATIENCE).is_some(), "it draws even that");
    terminal.resize(200, 40);
    terminal.wait_until(|screen| screen.line(0).contains(words::HEADER) && screen.line(39).contains(FOOTER));
    terminal.keys(words::QUIT);
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_closed_window_ends_it() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(FOOTER);
    terminal.hang_up();
}

#[test]
fn it_fills_the_window_whatever_its_size_becomes() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    // A key that was answered: from now on it listens, to a change of the size as well.
    terminal.keys(words::NEXT);
    terminal.wait_for(&code(&desk, &open[1]));
    for (cols, rows) in [(80, 24), (200, 60)] {
        terminal.resize(cols, rows);
        terminal.wait_until(|screen| {
            screen.line(0).contains(words::HEADER) && screen.line(rows - 1).contains(FOOTER)
        });
    }
    terminal.keys(words::QUIT);
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn what_the_filter_leaves_in_is_what_is_gone_through() {
    let desk = Desk::new();
    let high = desk.cases("sev:high");
    let mut terminal = desk.start(&["sev:high"]);
    for case in &high[..2] {
        terminal.wait_for(&code(&desk, case));
        terminal.keys(words::NEXT);
    }
    let mut none = desk.start(&["sev:high sev:low"]);
    none.wait_for(words::EMPTY);
}

#[test]
fn what_was_on_the_screen_is_there_again_at_the_next_start() {
    let desk = Desk::new();
    let open = desk.cases("is:open sev:>=medium");
    let mut terminal = desk.start(&["is:open sev:>=medium"]);
    terminal.wait_for(&code(&desk, &open[0]));
    terminal.keys("jj");
    terminal.wait_for(&code(&desk, &open[2]));
    // Told to end, not asked: it is kept all the same.
    terminal.signal(Signal::TERM);
    terminal.wait_exit();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&format!("3/{} by worth", open.len()));
    terminal.wait_for("sev:>=medium");
    terminal.wait_for(&code(&desk, &open[2]));
    terminal.wait_until(|screen| !screen.shows("loading"));
    judge(&mut terminal, words::CONFIRM);
    terminal.wait_for(words::CONFIRMED);
    assert_eq!(desk.cases("verdict:confirmed").iter().map(id).collect::<Vec<_>>(), [id(&open[2])]);
    terminal.keys(words::QUIT);
    terminal.wait_exit();
    let mut terminal = desk.start(&["sev:low"]);
    terminal.wait_for(&format!("/{} by worth", desk.cases("sev:low").len()));
}

#[test]
fn what_was_kept_of_the_screen_is_ignored_where_it_is_damaged() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    std::fs::write(desk.folder.path().join(".assize/screen"), b"assize screen  1 and more").unwrap();
    let mut terminal = desk.start(&[]);
    terminal.wait_for(&code(&desk, &open[0]));
    terminal.wait_for(&format!("1/{} by worth", open.len()));
}

#[test]
fn no_command_is_the_workstation() {
    let desk = Desk::new();
    let mut terminal = desk.alone().start();
    terminal.wait_until(|screen| screen.shows(FOOTER) && screen.shows(" by worth"));
    terminal.keys(words::QUIT);
    assert_eq!(terminal.wait_exit(), 0);
    let output = desk.output(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no terminal for the workstation"));
}

#[test]
fn without_a_terminal_it_says_so_and_names_what_to_do() {
    let desk = Desk::new();
    let output = desk.output(&["triage"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains(words::NO_TERMINAL) && said.contains("assize cases"), "{said}");
}
