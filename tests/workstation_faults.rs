//! The workstation in bad circumstances: faults of its own, signals while something is written, a workspace that another
//! process has locked; and that it comes back as it was left.

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

use std::path::PathBuf;

use serde_json::Value;
use shop::{Desk, FOOTER, text};
use terminal::{Key, Signal, Terminal};

/// What a program with a fault ends with.
const FAULT: i32 = 101;

/// A workstation that has a fault at a place once it is asked for.
struct Faulty {
    desk: Desk,
    trigger: PathBuf,
    terminal: Terminal,
}

impl Faulty {
    fn at(place: &str) -> Self {
        let desk = Desk::new();
        let trigger = desk.folder.path().join("trigger");
        let provoke = format!("{place}:{}", trigger.display());
        let mut terminal = desk.program(&[]).env("ASSIZE_PROVOKE", provoke).start();
        listed(&mut terminal);
        Self { desk, trigger, terminal }
    }

    /// Gives two verdicts, which are on disk, and asks for the fault.
    fn judge_two_and_provoke(&mut self) {
        self.terminal.keys("uu");
        self.terminal.wait_until(|screen| screen.shows("2 decided"));
        std::fs::write(&self.trigger, "").unwrap();
    }

    /// What the report says that the screen names.
    fn report(&self) -> String {
        let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let folder = self.desk.folder.path().join(".assize");
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| name(entry.unwrap()));
        let reports: Vec<String> = files.filter(|file| file.starts_with("fault-")).collect();
        assert_eq!(reports.len(), 1, "{reports:?}");
        let screen = self.terminal.screen();
        assert!(screen.shows(&reports[0]) && screen.shows("the program has a fault"), "{screen}");
        let report = std::fs::read_to_string(folder.join(&reports[0])).unwrap();
        assert!(report.starts_with(&format!("assize {}", env!("CARGO_PKG_VERSION"))), "{report}");
        assert!(report.contains("provoked, and the code is \"…\"") && !report.contains("secret"), "{report}");
        assert!(
            report.contains("src/jobs/fault.rs:") && report.contains("unsure on the screen of docket"),
            "{report}"
        );
        report
    }
}

/// Waits for the list and the case: a key that moves has cases to move among.
fn listed(terminal: &mut Terminal) {
    terminal
        .wait_until(|screen| screen.shows(FOOTER) && screen.shows(" by worth") && !screen.shows("loading"));
}

fn history(desk: &Desk, case: &Value) -> Value {
    let mut shown: Value = serde_json::from_str(&desk.run(&["show", "--json", text(&case["case"])])).unwrap();
    shown["history"].take()
}

#[test]
fn a_fault_gives_the_terminal_back_keeps_what_was_saved_and_says_what_was_not() {
    let mut faulty = Faulty::at("update");
    faulty.judge_two_and_provoke();
    faulty.terminal.keys("u");
    assert_eq!(faulty.terminal.wait_exit(), FAULT, "{}", faulty.terminal.screen());
    assert_eq!(faulty.terminal.holds(), [].into(), "{}", faulty.terminal.screen());
    // The verdict that met the fault was not handed over any more.
    assert!(faulty.terminal.screen().shows("1 not saved"), "{}", faulty.terminal.screen());
    assert_eq!(faulty.desk.cases("verdict:unsure").len(), 2);
    assert!(faulty.report().contains("assize::tui::terminal"));
    // What is on the screen then is not what had the fault.
    let mut terminal = faulty.desk.start(&[]);
    listed(&mut terminal);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_fault_while_drawing_does_the_same() {
    let mut faulty = Faulty::at("view");
    faulty.judge_two_and_provoke();
    faulty.terminal.keys("j");
    assert_eq!(faulty.terminal.wait_exit(), FAULT, "{}", faulty.terminal.screen());
    assert_eq!(faulty.terminal.holds(), [].into(), "{}", faulty.terminal.screen());
    assert_eq!(faulty.desk.cases("verdict:unsure").len(), 2);
    faulty.report();
}

#[test]
fn a_fault_of_the_worker_refuses_its_verdict_and_the_screen_goes_on() {
    let mut faulty = Faulty::at("act");
    faulty.judge_two_and_provoke();
    faulty.terminal.keys("u");
    faulty.terminal.wait_for("not saved: the program has a fault");
    faulty.terminal.press(Key::Esc);
    faulty.terminal.wait_until(|screen| !screen.shows("not saved"));
    faulty.terminal.keys("u");
    faulty.terminal.wait_for("3 decided");
    faulty.terminal.keys("q");
    assert_eq!(faulty.terminal.wait_exit(), FAULT, "{}", faulty.terminal.screen());
    assert_eq!(faulty.terminal.holds(), [].into(), "{}", faulty.terminal.screen());
    assert_eq!(faulty.desk.cases("verdict:unsure").len(), 3);
    faulty.report();
}

#[test]
fn a_note_that_was_being_written_when_the_program_was_ended_is_there_at_the_next_start() {
    for ending in [Some(Signal::TERM), None] {
        let desk = Desk::new();
        let open = desk.cases("is:open");
        let mut terminal = desk.start(&[]);
        listed(&mut terminal);
        terminal.keys("jm");
        terminal.wait_for("a note");
        terminal.paste("half a thought\nand more");
        terminal.wait_for("and more");
        match ending {
            Some(signal) => {
                terminal.signal(signal);
                assert_eq!(terminal.wait_exit(), 0);
            }
            // The window is closed.
            None => terminal.hang_up(),
        }
        assert_eq!(history(&desk, &open[1]), serde_json::json!([]), "it was not saved");
        let mut terminal = desk.start(&["sev:low"]);
        terminal.wait_until(|screen| {
            screen.shows("a note, not saved the last time, on ") && screen.shows("half a thought")
        });
        terminal.press(Key::Enter);
        terminal.wait_for("noted: 1 case");
        assert_eq!(history(&desk, &open[1])[0]["text"], "half a thought\nand more");
        terminal.keys("q");
        assert_eq!(terminal.wait_exit(), 0);
        let mut terminal = desk.start(&[]);
        listed(&mut terminal);
        assert!(!terminal.screen().shows("half a thought"), "{}", terminal.screen());
    }
}

#[test]
fn a_note_whose_case_is_gone_says_so_and_is_not_saved_on_another() {
    let desk = Desk::new();
    desk.write("acme.sarif", &acme("zz/a.py"));
    desk.run(&["import", "--project", "shop", "acme.sarif"]);
    let mut terminal = desk.start(&["path:zz/"]);
    terminal.wait_until(|screen| screen.shows("1/1 by worth") && screen.shows("zz/a.py"));
    terminal.keys("m");
    terminal.wait_for("a note");
    terminal.keys("lost");
    terminal.wait_for("lost");
    terminal.signal(Signal::TERM);
    terminal.wait_exit();
    remove_acme(&desk);
    let mut terminal = desk.start(&["sev:low"]);
    terminal.wait_for("a note whose case is no more");
    terminal.press(Key::Enter);
    terminal.press(Key::Esc);
    terminal.wait_for("throw it away");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| !screen.shows("whose case is no more") && screen.shows(FOOTER));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    assert!(desk.cases("").iter().all(|case| history(&desk, case) == serde_json::json!([])));
}

/// A scan with one finding.
fn acme(path: &str) -> String {
    format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"acme"}}}},"results":[{{"ruleId":"eval",
        "message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"{path}"}},
        "region":{{"startLine":3,"snippet":{{"text":"eval(x)"}}}}}}}}]}}]}}]}}"#
    )
}

fn remove_acme(desk: &Desk) {
    let runs = desk.lines(&["runs", "--json"]);
    let run = runs.iter().find(|run| run["tool"] == "acme").unwrap();
    desk.run(&["runs", "remove", text(&run["run"])]);
}

/// Locks the findings as no reader bears it; until it is dropped.
fn lock(desk: &Desk) -> rusqlite::Connection {
    let store = rusqlite::Connection::open(desk.folder.path().join(".assize/findings.db")).unwrap();
    store.execute_batch("PRAGMA locking_mode = exclusive; BEGIN IMMEDIATE; COMMIT;").unwrap();
    store
}

#[test]
fn a_workspace_that_another_process_has_locked_is_waited_for_and_that_is_said() {
    let desk = Desk::new();
    let locked = lock(&desk);
    let mut terminal = desk.start(&[]);
    terminal.wait_for("waiting for another process, which has locked");
    drop(locked);
    listed(&mut terminal);
    terminal.keys("u");
    terminal.wait_for("unsure: 1 case");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn one_can_leave_while_it_is_waited_for_and_what_could_not_be_saved_is_said() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[]);
    listed(&mut terminal);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    let _locked = lock(&desk);
    let mut terminal = desk.start(&[]);
    // The rows of the last time are there all the same.
    terminal.wait_until(|screen| screen.shows("which has locked") && screen.shows(" by worth"));
    terminal.keys("u");
    terminal.wait_for("2/");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 1, "{}", terminal.screen());
    assert!(terminal.screen().shows("1 not saved: another process is writing to"), "{}", terminal.screen());
    assert_eq!(terminal.holds(), [].into());
}

#[test]
fn panes_and_what_was_selected_are_there_again_and_what_is_gone_is_left_out() {
    let desk = Desk::new();
    desk.write("acme.sarif", &acme("aa/a.py"));
    desk.run(&["import", "--project", "shop", "acme.sarif"]);
    let mut terminal = desk.start(&[]);
    listed(&mut terminal);
    // By path the new one is the first.
    terminal.keys("ooo");
    terminal.wait_for("by path");
    terminal.keys("g");
    terminal.wait_until(|screen| screen.shows("1/") && screen.shows("eval(x)"));
    terminal.keys("  ");
    terminal.wait_for("2 selected");
    let line = |screen: &terminal::Screen| screen.line(5).chars().position(|sign| sign == '│');
    let before = line(&terminal.screen());
    terminal.keys(">>");
    terminal.wait_until(|screen| line(screen) > before);
    terminal.press(Key::F(8));
    let panes = |screen: &terminal::Screen| screen.line(5).matches('│').count();
    let widened = line(&terminal.wait_until(|screen| panes(screen) == 1));
    terminal.keys("q");
    terminal.wait_exit();
    for left in ["2 selected", "1 selected"] {
        let mut terminal = desk.start(&[]);
        terminal.wait_until(|screen| screen.shows(left) && !screen.shows("loading"));
        let screen = terminal.screen();
        assert_eq!((panes(&screen), line(&screen)), (1, widened), "{screen}");
        terminal.keys("q");
        terminal.wait_exit();
        if left == "2 selected" {
            remove_acme(&desk);
        }
    }
}
