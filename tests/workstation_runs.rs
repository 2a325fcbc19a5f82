//! The imports in the workstation, and several terminals at once: the real program in a terminal.

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

use ratatui::style::Color;
use shop::{Desk, FOOTER, text};
use terminal::{Key, Terminal};

const CHANGED: &str = "the docket has changed: ctrl-r lists it anew";

/// A scan with so many findings, each in a file of its own.
fn scan(claims: usize) -> String {
    let results: Vec<String> = (0..claims)
        .map(|number| {
            format!(
                r#"{{"ruleId":"eval","message":{{"text":"evaluates a request"}},"locations":[{{"physicalLocation":
                {{"artifactLocation":{{"uri":"zz/a{number}.py"}},"region":{{"startLine":3,"snippet":{{"text":
                "eval(request_{number})"}}}}}}}}]}}"#
            )
        })
        .collect();
    format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"acme"}}}},"results":[{}]}}]}}"#,
        results.join(",")
    )
}

/// Asks for an import by the palette and starts it.
fn import(terminal: &mut Terminal, path: &str) {
    terminal.keys(":import");
    terminal.wait_for("import scanners' outputs");
    terminal.press(Key::Enter);
    terminal.wait_for("the folder of the code");
    terminal.keys(path);
    terminal.wait_for(path);
    terminal.press(Key::Enter);
}

#[test]
fn an_import_is_started_from_the_palette_and_shown_with_its_receipt() {
    let desk = Desk::new();
    desk.write("acme.sarif", &scan(7));
    let open = desk.cases("is:open").len();
    let mut terminal = desk.triage(&[]);
    import(&mut terminal, "acme.sarif");
    terminal.wait_for("imported 1 file into");
    terminal.wait_for(&format!("/{} by worth", open + 7));
    assert_eq!(desk.lines(&["runs", "--json"]).len(), 2);
    terminal.keys("\x1bOS");
    terminal.wait_for("imports and their receipts");
    let screen = terminal.wait_for("it does not tell which files it scanned");
    for shown in ["acme.sarif", "bandit.json", "1/2 newest first", "7 claims = 7 new"] {
        assert!(screen.shows(shown), "{shown}\n{screen}");
    }
    // The docket of what it saw.
    terminal.press(Key::Enter);
    terminal.wait_for("/7 by worth");
    // And taken back, after it was said what goes with it.
    terminal.keys("\x1bOS");
    terminal.wait_for("1/2 newest first");
    terminal.keys("x");
    terminal.wait_for("7 findings in 7 cases gone, 0 findings as before");
    assert_eq!(desk.lines(&["runs", "--json"]).len(), 2, "nothing is done before it is confirmed");
    terminal.press(Key::Enter);
    terminal.wait_for("taken back: 1 run");
    terminal.wait_for("1/1 newest first");
    assert_eq!((desk.lines(&["runs", "--json"]).len(), desk.cases("is:open").len()), (1, open));
}

#[test]
fn names_of_files_are_completed_and_a_broken_file_says_where() {
    let desk = Desk::new();
    desk.write(
        "my broken scan.sarif",
        "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"a\"}},\n\"results\":[{]}]}",
    );
    let mut terminal = desk.triage(&[]);
    terminal.keys("I");
    terminal.wait_for("the folder of the code");
    terminal.keys("my\t");
    terminal.wait_for("my\\ broken\\ scan.sarif");
    terminal.press(Key::Enter);
    let screen = terminal.wait_for("not imported: my broken scan.sarif: ");
    assert!(screen.shows("at line 2, byte"), "{screen}");
    assert_eq!(desk.lines(&["runs", "--json"]).len(), 1);
}

#[test]
fn an_import_that_is_cancelled_leaves_the_store_as_it_was_and_holds_up_no_key() {
    let desk = Desk::new();
    desk.write("large.sarif", &scan(60_000));
    let open = desk.cases("is:open");
    let mut terminal = desk.triage(&[]);
    import(&mut terminal, "large.sarif");
    terminal.wait_for("claims");
    // A verdict while it runs is on disk at once.
    terminal.keys("u");
    terminal.wait_for("unsure: 1 case");
    assert_eq!(desk.cases("verdict:unsure").len(), 1);
    terminal.press(Key::Ctrl('x'));
    terminal.wait_for("import cancelled: the store is as it was");
    assert_eq!((desk.lines(&["runs", "--json"]).len(), desk.cases("is:open").len()), (1, open.len()));
    // What was written is still there.
    terminal.keys("I");
    terminal.wait_for("large.sarif");
}

#[test]
fn leaving_while_an_import_runs_is_asked_first_and_cancels_it() {
    let desk = Desk::new();
    desk.write("large.sarif", &scan(60_000));
    let mut terminal = desk.triage(&[]);
    import(&mut terminal, "large.sarif");
    terminal.wait_for("claims");
    terminal.keys("q");
    terminal.wait_for("leaving cancels it");
    terminal.press(Key::Enter);
    assert_eq!(terminal.wait_exit(), 0);
    assert_eq!(desk.lines(&["runs", "--json"]).len(), 1);
    desk.run(&["import", "large.sarif"]);
    assert_eq!(desk.lines(&["runs", "--json"]).len(), 2);
}

#[test]
fn two_terminals_on_one_workspace_see_what_the_other_decides_and_keep_their_places() {
    let desk = Desk::new();
    let open = desk.cases("is:open");
    let mut one = desk.triage(&[]);
    let mut two = desk.triage(&[]);
    one.keys("jjj");
    one.wait_for(&format!("4/{} by worth", open.len()));
    two.keys("u");
    two.wait_for("unsure: 1 case");
    two.keys("a");
    two.wait_for("because");
    two.press(Key::Enter);
    two.wait_for("confirmed: 1 case");
    // The first terminal's counts follow, one stays where one was, and the list is not made anew unasked.
    let screen = one.wait_until(|screen| {
        screen.line(0).contains("1 settled") && screen.shows(CHANGED) && screen.shows("✓")
    });
    assert!(screen.shows(&format!("4/{} by worth", open.len())), "{screen}");
    let code = |screen: &terminal::Screen| screen.line(2).split('│').nth(1).map(str::to_owned);
    one.press(Key::Ctrl('r'));
    let anew = one.wait_for(&format!("/{} by worth", open.len() - 1));
    assert_eq!(code(&anew), code(&screen), "the case at hand is the same");
    // And the other way round.
    one.keys("z");
    one.wait_for("taken back: ");
    two.wait_until(|screen| !screen.line(0).contains("settled"));
    // One's own acts are no change by others.
    assert!(!one.screen().shows(CHANGED), "{}", one.screen());
}

#[test]
fn an_import_beside_is_noticed_and_listed_when_it_is_asked_for() {
    let desk = Desk::new();
    let open = desk.cases("is:open").len();
    let mut terminal = desk.triage(&[]);
    terminal.keys("jj");
    terminal.wait_for(&format!("3/{open} by worth"));
    desk.write("acme.sarif", &scan(9));
    desk.run(&["import", "--project", "shop", "acme.sarif"]);
    let screen = terminal.wait_for("9 new cases: ctrl-r lists them");
    assert!(
        screen.shows(&format!("3/{open} by worth")) && screen.line(0).contains(&format!("{} open", open + 9))
    );
    let here = text(&desk.cases("is:open")[2]["path"]).to_owned();
    terminal.press(Key::Ctrl('r'));
    let screen = terminal.wait_for(&format!("/{} by worth", open + 9));
    assert!(screen.shows(&here) && !screen.shows("new cases"), "{screen}");
}

#[test]
fn panes_are_hidden_by_keys_and_laid_out_by_the_configuration() {
    let desk = Desk::new();
    desk.write(".assize/config.toml", "[layout]\nlist = 60\npanes = [\"list\", \"code\"]\n");
    let mut terminal = desk.triage(&[]);
    let screen = terminal.wait_for(FOOTER);
    assert_eq!(screen.line(10).chars().nth(60), Some('│'), "{screen}");
    assert_eq!(screen.line(10).matches('│').count(), 1, "{screen}");
    let bars =
        |screen: &terminal::Screen| (2..39).filter(|&row| screen.line(row).matches('│').count() > 0).count();
    terminal.keys("\x1b[17~");
    terminal.wait_until(|screen| bars(screen) == 0);
    terminal.keys("\x1b[19~");
    terminal.wait_until(|screen| bars(screen) == 37);
    terminal.keys("\x1b[18~");
    terminal.wait_until(|screen| bars(screen) == 0);
    terminal.keys("\x1b[19~");
    terminal.wait_for("one pane stays");
}

#[test]
fn colours_are_as_the_configuration_has_them_and_a_wrong_one_is_a_clear_message() {
    let desk = Desk::new();
    desk.write(".assize/config.toml", "[theme]\nheading = \"italic #010203 on 236\"\n");
    let screen = desk.triage(&[]).wait_for("assize");
    let style = screen.style_of("assize");
    assert_eq!((style.fg, style.bg), (Some(Color::Rgb(1, 2, 3)), Some(Color::Indexed(236))), "{screen}");
    let shown = desk.run(&["config"]);
    assert!(shown.contains("theme.heading") && shown.contains("italic #010203 on 236"), "{shown}");
    for (set, said) in [
        (
            "[theme]\nheading = \"orange\"\n",
            "line 2, column 11: `orange` is neither a colour nor an attribute",
        ),
        ("[theme]\nheadings = \"red\"\n", "line 2, column 1: `headings` is no part of the screen"),
        ("[theme]\ndepth = \"17\"\n", "`17` is no depth of colours"),
        ("[layout]\nlist = 5\n", "line 2, column 8: a pane has from 20 to 400 columns"),
        ("[layout]\npanes = []\n", "one pane at least is shown"),
        ("[layout]\npanes = [\"left\"]\n", "`left` is no pane"),
        ("[layout]\nstack = 20\n", "panes stand side by side from"),
        ("[keys]\nquit = []\n", "line 2, column 8: no key is left for `quit`"),
        ("[keys]\nconfirm = \"esc\"\n", "line 2, column 11: no key is left for `back`"),
    ] {
        desk.write(".assize/config.toml", set);
        let output = desk.output(&["config"]);
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains(said), "{said}: {words}");
    }
}

#[test]
fn the_terminal_is_asked_for_its_background_and_its_answer_is_no_key() {
    let desk = Desk::new();
    let bar = |screen: &terminal::Screen| screen.style_of("open").fg;
    let open = desk.cases("is:open").len();
    let mut silent = desk.triage(&[]);
    let dark = bar(&silent.wait_for(&format!("1/{open} by worth")));
    let mut light = desk.program(&[]).background("rgb:fdfd/f6f6/e3e3").start();
    light.wait_until(|screen| screen.shows("open") && bar(screen).is_some_and(|colour| Some(colour) != dark));
    // Its letters would have moved, filtered and judged.
    let screen = light.wait_for(&format!("1/{open} by worth"));
    assert!(screen.shows(FOOTER), "{screen}");
    light.keys("j");
    light.wait_for(&format!("2/{open} by worth"));
    silent.keys("j");
    silent.wait_for(&format!("2/{open} by worth"));
    let none = desk.cases("verdict:confirmed,rejected,unsure,risk_accepted");
    assert!(none.is_empty(), "{none:?}");
}
