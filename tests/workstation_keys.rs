//! The keys of the workstation, pressed in the real program in a terminal and held to what the commands say; and that
//! no action is without a test that presses it.

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

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use assize::tui::action::Action;
use serde_json::Value;
use shop::{Desk, text};
use terminal::{Key, Screen, Terminal};

/// The last row of a terminal of 40.
const FOOT: u16 = 39;

/// A workspace with what three scanners said of the shop. No case is drawn at random and no model is asked.
fn three_scanners() -> Desk {
    let desk = plain();
    let scans = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop/scans");
    let scan = |name: &str| scans.join(name).display().to_string();
    let source = scans.parent().unwrap().display().to_string();
    let (semgrep, snyk) = (scan("semgrep.json"), scan("snyk-code.json"));
    desk.run(&["import", "--project", "shop", "--source", &source, &semgrep, &snyk]);
    desk
}

/// A workspace with what one scanner said of the shop. No case is drawn at random and no model is asked.
fn plain() -> Desk {
    let desk = Desk::new();
    desk.write(".assize/config.toml", "audit_share = 0\n[model]\nask = false\n");
    desk
}

/// The workstation with its list and the first case.
fn triage(desk: &Desk, filter: &str) -> Terminal {
    let mut terminal = desk.start(&[filter]);
    at(&mut terminal, 1, desk.cases(filter).len());
    terminal
}

/// Waits until the case of a place in the list is at hand.
fn at(terminal: &mut Terminal, place: usize, of: usize) -> Screen {
    let place = format!("{place}/{of} by worth");
    terminal.wait_until(|screen| {
        screen.shows(&place)
            && !screen.shows("loading")
            && !screen.line(FOOT).is_empty()
            && screen.shows("case ")
    })
}

/// Waits until the last row says something.
fn said(terminal: &mut Terminal, words: &str) -> Screen {
    terminal.wait_until(|screen| screen.line(FOOT).contains(words))
}

/// What a pane shows, counted from the left.
fn pane(screen: &Screen, number: usize) -> Vec<String> {
    let rows = (2..FOOT).map(|row| screen.line(row));
    rows.map(|row| row.split('│').nth(number).unwrap_or_default().trim_end().to_owned()).collect()
}

/// Waits until a pane shows something else than it did.
fn changes(terminal: &mut Terminal, number: usize, before: &Screen) -> Screen {
    let before = pane(before, number);
    terminal.wait_until(|screen| pane(screen, number) != before)
}

/// Waits until a pane shows again what it did.
fn returns(terminal: &mut Terminal, number: usize, before: &Screen) -> Screen {
    let before = pane(before, number);
    terminal.wait_until(|screen| pane(screen, number) == before)
}

const LIST: usize = 0;
const CODE: usize = 1;
const CASE: usize = 2;

/// The file and the line, as the last row names a case.
fn place(case: &Value) -> String {
    format!("{}:{}", text(&case["path"]), case["start_line"])
}

fn id(case: &Value) -> &str {
    text(&case["case"])
}

fn ids(cases: &[Value]) -> Vec<&str> {
    cases.iter().map(id).collect()
}

/// Whether the details are those of a case.
fn is_of(screen: &Screen, case: &Value) -> bool {
    screen.shows(&format!("case {}", &id(case)[..12]))
}

/// Runs a command by its name.
fn run_command(terminal: &mut Terminal, name: &str) {
    let all = Action::Confirm.words();
    let action: Action = name.parse().unwrap();
    terminal.keys(":");
    terminal.wait_for(all);
    terminal.keys(name);
    // Long words are cut.
    let words: String = action.words().chars().take(30).collect();
    terminal.wait_until(|screen| screen.shows(&words) && !screen.shows(all));
    terminal.press(Key::Enter);
}

#[test]
fn what_undo_took_is_given_again_also_after_a_restart() {
    let desk = plain();
    let open = desk.cases("is:open");
    let (first, second) = (place(&open[0]), place(&open[1]));
    let mut terminal = triage(&desk, "is:open");
    terminal.keys("u");
    said(&mut terminal, &format!("unsure: 1 case, {first}"));
    terminal.keys("3");
    said(&mut terminal, &format!("ranked: 1 case, {second}"));
    terminal.keys("z");
    said(&mut terminal, &format!("taken back: 1 case, {second}"));
    terminal.keys("z");
    said(&mut terminal, &format!("taken back: 1 case, {first}"));
    assert_eq!(desk.cases("is:open"), open);
    terminal.keys("Z");
    said(&mut terminal, &format!("given again: 1 case, {first}"));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    let mut terminal = desk.triage(&[]);
    terminal.keys("Z");
    said(&mut terminal, &format!("given again: 1 case, {second}"));
    assert_eq!(ids(&desk.cases("rank:3")), [id(&open[1])]);
    assert_eq!(ids(&desk.cases("verdict:unsure")), [id(&open[0])]);
    terminal.keys("Z");
    said(&mut terminal, "nothing to redo");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| !screen.line(FOOT).contains("nothing to redo"));
    terminal.keys("z");
    said(&mut terminal, &format!("taken back: 1 case, {second}"));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    let mut terminal = desk.triage(&[]);
    terminal.keys("z");
    said(&mut terminal, &format!("taken back: 1 case, {first}"));
    assert_eq!(desk.cases("is:open"), open);
}

#[test]
fn ranks_and_pins_are_given_and_taken_by_keys() {
    let desk = plain();
    let open = desk.cases("is:open");
    let mut terminal = triage(&desk, "is:open");
    let stands = |terminal: &mut Terminal, words: &str| {
        terminal.wait_until(|screen| pane(screen, CASE).iter().any(|row| row.trim() == words));
    };
    for rank in 1..=5 {
        terminal.keys(&rank.to_string());
        stands(&mut terminal, &format!("open; priority {rank}"));
        assert_eq!(ids(&desk.cases(&format!("rank:{rank}"))), [id(&open[0])]);
    }
    terminal.keys("*");
    stands(&mut terminal, "open; pinned; priority 5");
    said(&mut terminal, &format!("pinned: 1 case, {}", place(&open[0])));
    assert_eq!(ids(&desk.cases("is:pinned")), [id(&open[0])]);
    terminal.keys("0");
    stands(&mut terminal, "open; pinned");
    terminal.keys("*");
    said(&mut terminal, "let go: 1 case");
    stands(&mut terminal, "open");
    assert_eq!(desk.cases("is:open"), open);
    // None of them goes on to the next case.
    at(&mut terminal, 1, open.len());
}

#[test]
fn a_range_is_selected_and_its_risk_accepted_for_a_reason_until_a_day() {
    let desk = plain();
    let open = desk.cases("is:open");
    let mut terminal = triage(&desk, "is:open");
    terminal.keys(" ");
    terminal.wait_for("1 selected");
    terminal.keys("jj");
    at(&mut terminal, 4, open.len());
    terminal.keys("V");
    terminal.wait_for("4 selected");
    terminal.keys("w");
    terminal.wait_for("risk accepted: 4 cases");
    terminal.press(Key::Enter);
    said(&mut terminal, "risk accepted because");
    terminal.keys("m");
    said(&mut terminal, "accepted until");
    terminal.keys("2099-01-31");
    said(&mut terminal, "2099-01-31");
    terminal.press(Key::Enter);
    said(&mut terminal, "risk accepted: 4 cases");
    let accepted = desk.cases("verdict:risk_accepted");
    assert_eq!(ids(&accepted).into_iter().collect::<BTreeSet<_>>(), ids(&open[..4]).into_iter().collect());
    for case in &accepted {
        assert_eq!(case["until"], "2099-01-31", "{case}");
        let shown: Value = serde_json::from_str(&desk.run(&["show", "--json", id(case)])).unwrap();
        assert_eq!(shown["history"][0]["reason"], "mitigated", "{shown}");
    }
    terminal.press(Key::Ctrl('a'));
    terminal.wait_for(&format!("{} selected", open.len()));
    run_command(&mut terminal, "select-none");
    terminal.wait_until(|screen| !screen.shows(" selected") && !screen.shows(Action::SelectNone.words()));
    terminal.keys("z");
    said(&mut terminal, "taken back: 4 cases");
    assert_eq!(desk.cases("is:open"), open);
}

#[test]
fn the_mouse_chooses_a_row_and_its_wheel_turns_the_pane_that_it_is_over() {
    let desk = three_scanners();
    let filter = "is:open path:service/store/catalogue.py";
    let count = desk.cases(filter).len();
    let mut terminal = triage(&desk, filter);
    // Two lines a case, from the third row on.
    terminal.click(10, 7);
    at(&mut terminal, 3, count);
    terminal.wheel(10, 7, 1);
    at(&mut terminal, 4, count);
    terminal.wheel(10, 7, -3);
    at(&mut terminal, 1, count);
    let before = terminal
        .wait_until(|screen| screen.shows("data flow, 6 steps") && screen.shows("› def search(db, words)"));
    let (code, case) = (before.find("def search(").unwrap().x, before.find("case ").unwrap().x);
    terminal.wheel(code, 10, 2);
    let turned = changes(&mut terminal, CODE, &before);
    assert_eq!((pane(&turned, LIST), pane(&turned, CASE)), (pane(&before, LIST), pane(&before, CASE)));
    terminal.wheel(code, 10, -2);
    returns(&mut terminal, CODE, &before);
    terminal.wheel(case, 10, 1);
    let turned = changes(&mut terminal, CASE, &before);
    assert_eq!((pane(&turned, LIST), pane(&turned, CODE)), (pane(&before, LIST), pane(&before, CODE)));
    terminal.wheel(case, 10, -1);
    returns(&mut terminal, CASE, &before);
    at(&mut terminal, 1, count);
}

#[test]
fn a_data_flow_is_walked_across_files_and_the_code_is_scrolled_and_left_where_it_was() {
    let desk = three_scanners();
    let filter = "is:open path:service/store/catalogue.py";
    let mut terminal = triage(&desk, filter);
    let (here, there) =
        ("service/store/catalogue.py › def search(db, words)", "service/app.py › def search()");
    let before = terminal.wait_until(|screen| screen.shows("data flow, 6 steps") && screen.shows(here));
    terminal.keys("}");
    changes(&mut terminal, CASE, &before);
    terminal.keys("{");
    returns(&mut terminal, CASE, &before);
    for (down, up) in [("J", "K"), ("L", "H")] {
        terminal.keys(down);
        changes(&mut terminal, CODE, &before);
        terminal.keys(up);
        returns(&mut terminal, CODE, &before);
    }
    terminal.keys("]");
    terminal.wait_until(|screen| screen.shows("data flow 1/6") && screen.shows(there) && screen.shows("→52"));
    terminal.keys("]]]");
    terminal
        .wait_until(|screen| screen.shows("data flow 4/6") && screen.shows("→28") && !screen.shows(there));
    terminal.keys("[");
    terminal.wait_until(|screen| screen.shows("data flow 3/6") && screen.shows(there) && screen.shows("→53"));
    terminal.keys("f");
    terminal
        .wait_until(|screen| screen.shows(here) && screen.shows("▌31") && screen.shows("data flow, 6 steps"));
}

#[test]
fn the_other_cases_of_a_file_and_what_is_searched_for_in_it_are_gone_through_round_and_round() {
    let desk = three_scanners();
    let filter = "is:open path:service/store/catalogue.py";
    let cases = desk.cases(filter);
    let mut terminal = triage(&desk, filter);
    // From line to line, and from the last one to the first.
    let mut lines: Vec<&Value> = cases.iter().collect();
    lines.sort_by_key(|case| case["start_line"].as_u64());
    let first = lines.iter().position(|case| id(case) == id(&cases[0])).unwrap();
    for step in 1..=lines.len() {
        terminal.keys("c");
        let next = lines[(first + step) % lines.len()];
        terminal
            .wait_until(|screen| is_of(screen, next) && screen.shows(&format!("▌{:>2}", next["start_line"])));
    }
    terminal.press(Key::Ctrl('n'));
    said(&mut terminal, "search in the code");
    terminal.keys("cursor");
    let found = terminal.wait_until(|screen| counted(screen).is_some());
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| !screen.shows("search in the code"));
    let (hit, hits) = counted(&found).unwrap();
    assert!(hits > 3, "{found}");
    let mut here = hit;
    for (key, by) in [("n", 1), ("N", hits - 1), ("N", hits - 1), ("n", 1)] {
        terminal.keys(key);
        here = (here - 1 + by) % hits + 1;
        terminal.wait_until(|screen| counted(screen) == Some((here, hits)));
    }
    assert_eq!(here, hit, "as often on as back");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| counted(screen).is_none());
}

/// At which of how many places one is, as the row above the code says.
fn counted(screen: &Screen) -> Option<(usize, usize)> {
    let row = screen.line(2);
    let (_, counts) = row.split_once(" cursor ")?;
    let (hit, hits) = counts.split_whitespace().next()?.split_once('/')?;
    Some((hit.parse().ok()?, hits.parse().ok()?))
}

/// A scan of two files with a piece of code in the first.
fn two_files(code: &str) -> String {
    let result = |path: &str, code: &str| {
        serde_json::json!({"ruleId": "eval", "message": {"text": "m"}, "locations": [{"physicalLocation":
            {"artifactLocation": {"uri": path}, "region": {"startLine": 3, "snippet": {"text": code}}}}]})
    };
    let results = [result("zz/a.py", code), result("zz/b.py", "eval(other)")];
    serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "acme"}}, "results": results}]})
        .to_string()
}

#[test]
fn the_next_stale_and_the_next_disputed_case_are_gone_to() {
    let desk = plain();
    let import = |code: &str| {
        desk.write("acme.sarif", &two_files(code));
        desk.run(&["import", "--project", "shop", "acme.sarif"]);
    };
    import("eval(known)");
    let case = |path: &str| desk.cases(&format!("path:/{path}"))[0].clone();
    let (stale, disputed) = (case("zz/a.py"), case("zz/b.py"));
    for (case, opinion, reviewer) in
        [(&stale, "confirm", "ann"), (&disputed, "confirm", "ann"), (&disputed, "reject", "bob")]
    {
        desk.run(&["verdict", id(case), opinion, "--reviewer", reviewer]);
    }
    import("eval(known + request)");
    assert_eq!(ids(&desk.cases("is:stale")), [id(&stale)]);
    assert_eq!(ids(&desk.cases("is:disputed")), [id(&disputed)]);
    let all = "is:open,stale,disputed";
    let count = desk.cases(all).len();
    let mut terminal = triage(&desk, all);
    terminal.keys("G");
    at(&mut terminal, count, count);
    terminal.keys("t");
    terminal.wait_until(|screen| is_of(screen, &stale) && screen.shows("eval(known + request)"));
    terminal.keys("d");
    terminal.wait_until(|screen| is_of(screen, &disputed) && screen.shows("eval(other)"));
    terminal.keys("t");
    terminal.wait_until(|screen| is_of(screen, &stale));
    // Where there is no other it is said, and nobody is moved.
    terminal.keys("t");
    said(&mut terminal, "no other case listed is stale");
    assert!(is_of(&terminal.screen(), &stale));
}

#[test]
fn cases_are_grouped_in_each_way_folded_and_judged_as_a_group_and_put_into_each_order() {
    let desk = three_scanners();
    let filter = "is:open path:service/store/orders.py";
    let open = desk.cases(filter);
    let mut terminal = triage(&desk, filter);
    for (heading, kind) in [
        ("▾ b608", "rule"),
        ("▾ service/store/orders.py", "file"),
        ("▾ CWE-89 SQL Injection", "cwe"),
        ("▾ service/store/ ", "directory"),
    ] {
        terminal.keys("b");
        let words = format!("by worth in one {kind}");
        terminal.wait_until(|screen| screen.shows(heading) && screen.shows(&words));
    }
    terminal.keys("g");
    terminal.wait_for("group 1/1");
    for (key, sign) in [("-", '▸'), ("-", '▾'), ("\r", '▸'), ("\r", '▾')] {
        terminal.keys(key);
        let rows = if sign == '▾' { open.len() } else { 0 };
        let folded = |screen: &Screen| {
            let list = pane(screen, LIST).join("\n");
            list.contains(sign)
                && list.matches("SQL Injection").count() + list.matches("Exceptions").count() == rows
        };
        terminal.wait_until(folded);
    }
    terminal.keys("r");
    terminal.wait_until(|screen| screen.shows("all of service/store/") && screen.shows("one undo takes"));
    terminal.press(Key::Enter);
    said(&mut terminal, "rejected because");
    terminal.keys("n");
    said(&mut terminal, &format!("rejected: {} cases", open.len()));
    let rejected = desk.cases("verdict:rejected");
    assert_eq!(ids(&rejected).into_iter().collect::<BTreeSet<_>>(), ids(&open).into_iter().collect());
    terminal.keys("z");
    said(&mut terminal, &format!("taken back: {} cases", open.len()));
    assert_eq!(desk.cases(filter), open);
    terminal.keys("b");
    terminal.wait_until(|screen| !screen.shows(" in one ") && screen.shows(" by worth"));
    for order in ["severity", "newest", "path", "worth"] {
        terminal.keys("o");
        let first = place(&desk.lines(&["cases", "--json", "--order", order, filter])[0]);
        terminal.wait_until(|screen| {
            screen.line(1).contains(&format!(" by {order}")) && screen.line(3).contains(&first)
        });
    }
}

#[test]
fn the_case_and_its_place_are_copied_by_commands_without_a_question() {
    let desk = plain();
    let first = &desk.cases("is:open")[0];
    let mut terminal = triage(&desk, "is:open");
    terminal.keys("Y");
    said(&mut terminal, "copied ### ");
    let case = terminal.copied().unwrap();
    assert!(case.starts_with("### ") && case.contains(&format!("`{}`", place(first))), "{case}");
    run_command(&mut terminal, "copy-place");
    said(&mut terminal, &format!("copied {}", place(first)));
    assert_eq!(terminal.copied(), Some(place(first)));
    run_command(&mut terminal, "messages");
    terminal.wait_until(|screen| {
        let (newer, older) = (screen.find(&format!("copied {}", place(first))), screen.find("copied ### "));
        newer.zip(older).is_some_and(|(newer, older)| newer.y < older.y)
    });
}

#[test]
fn a_terminal_of_80_columns_shows_details_by_a_key_and_pages_through_the_list() {
    let desk = plain();
    let count = desk.cases("is:open").len();
    let mut terminal = desk.program(&["is:open"]).size(80, 24).start();
    let of = |terminal: &mut Terminal, at: &dyn Fn(usize) -> bool| {
        terminal.wait_until(|screen| {
            let line = screen.line(1);
            let words: Vec<&str> = line.split_whitespace().collect();
            let place = words.iter().find_map(|word| word.strip_suffix(&format!("/{count}")));
            place.and_then(|place| place.parse().ok()).is_some_and(at)
        })
    };
    terminal.wait_until(|screen| screen.shows("▌") && screen.shows("def ") && screen.shows("1/"));
    terminal.keys("i");
    terminal.wait_until(|screen| screen.shows("case ") && !screen.shows("▌"));
    terminal.keys("i");
    terminal.wait_for("▌");
    terminal.keys("W");
    terminal.wait_for("the sum of");
    terminal.keys("W");
    terminal.wait_until(|screen| !screen.shows("the sum of"));
    terminal.press(Key::PageDown);
    of(&mut terminal, &|place| place > 2);
    terminal.press(Key::PageUp);
    of(&mut terminal, &|place| place == 1);
    terminal.keys("jj");
    of(&mut terminal, &|place| place == 3);
    terminal.keys("k");
    of(&mut terminal, &|place| place == 2);
    terminal.keys("G");
    of(&mut terminal, &|place| place == count);
    terminal.keys("g");
    of(&mut terminal, &|place| place == 1);
}

#[test]
fn panes_are_made_wider_and_narrower_and_every_screen_and_its_help_is_shown() {
    let desk = plain();
    let mut terminal = triage(&desk, "is:open");
    let bars = |screen: &Screen| {
        let row = screen.line(5);
        let bars: Vec<usize> =
            row.chars().enumerate().filter(|(_, sign)| *sign == '│').map(|(at, _)| at).collect();
        bars
    };
    let before = bars(&terminal.screen());
    assert_eq!(before.len(), 2, "{}", terminal.screen());
    for (key, list, case) in [(">", 2, 0), (")", 2, -2), ("<", 0, -2), ("(", 0, 0)] {
        terminal.keys(key);
        let moved = |bar: usize, by: isize| bar.checked_add_signed(by).unwrap();
        let now = [moved(before[0], list), moved(before[1], case)];
        terminal.wait_until(|screen| bars(screen) == now);
    }
    terminal.keys("?");
    terminal.wait_for("the weakness is real");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| !screen.shows("the weakness is real"));
    for shown in [
        "remedies",
        "gate shut by the built-in policy",
        "imports and their receipts",
        "models and their roles",
        " by worth",
    ] {
        terminal.press(Key::Tab);
        terminal.wait_for(shown);
    }
    terminal.press(Key::F(3));
    terminal.wait_for("gate shut by the built-in policy");
    terminal.press(Key::F(5));
    terminal.wait_for("models and their roles");
    terminal.keys("S");
    said(&mut terminal, "no model is being added or tried");
    terminal.press(Key::F(1));
    terminal.wait_for(" by worth");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn the_remedies_of_a_case_are_gone_through_looked_at_in_each_way_and_refused_and_that_is_undone() {
    let desk = three_scanners();
    let editor = desk.folder.path().join("editor");
    fs::write(&editor, "#!/bin/sh\nsed -i '36s/safe_load(text)/safe_load(text or \"\")/' \"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let cases = desk.cases("path:service/jobs/imports.py");
    let case = cases.iter().find(|case| case["start_line"] == 36).unwrap();
    let program =
        desk.program(&[&format!("case:{}", id(case))]).env("EDITOR", &editor).env("VISUAL", &editor);
    let mut terminal = program.start();
    terminal.wait_until(|screen| is_of(screen, case));
    terminal.keys("p");
    terminal.wait_for("a remedy is ready");
    terminal.keys("p");
    terminal.wait_until(|screen| screen.shows("proposed by semgrep") && screen.shows("safe_load(text)"));
    terminal.keys("e");
    let own =
        terminal.wait_until(|screen| screen.shows("edited by ann") && screen.shows("safe_load(text or"));
    terminal.press(Key::Right);
    let first = terminal.wait_until(|screen| screen.shows("proposed by semgrep") && !screen.shows("text or"));
    terminal.press(Key::Left);
    terminal.wait_until(|screen| screen.shows("edited by ann") && screen.shows("text or"));
    assert!(own.shows("safe_load(text or"));
    terminal.press(Key::Right);
    returns(&mut terminal, CODE, &first);
    // Both at once, the checks, one below the other, and the whole file: each is put away by the same key.
    for (key, shown) in [
        ("v", "unproven, edited by ann"),
        ("c", "✓ applies: held"),
        ("d", "36    -"),
        ("f", "import tarfile"),
    ] {
        terminal.keys(key);
        terminal.wait_for(shown);
        terminal.keys(key);
        terminal.wait_until(|screen| !screen.shows(shown) && pane(screen, CODE) == pane(&first, CODE));
    }
    terminal.keys("r");
    said(&mut terminal, "refused because");
    terminal.keys("b");
    // Goes on to the one that nobody has spoken of.
    terminal
        .wait_until(|screen| screen.line(FOOT).contains("refused: 1 case") && screen.shows("edited by ann"));
    let refused = || desk.run(&["remedy", "list", "--json"]).matches("\"refused\"").count();
    assert_eq!(refused(), 1);
    terminal.keys("z");
    said(&mut terminal, "taken back: 1 case");
    assert_eq!(refused(), 0);
    terminal.keys("Z");
    said(&mut terminal, "given again: 1 case");
    assert_eq!(refused(), 1);
    terminal.press(Key::Enter);
    terminal.wait_until(|screen| screen.shows(" by worth") && is_of(screen, case));
}

/// An action, the file of a test that presses its key in the real program, the function that does, and the words there.
type Pressed = (&'static str, &'static str, &'static str, &'static str);

const MAIN: &str = "workstation.rs";
const AWAY: &str = "workstation_away.rs";
const FAULTS: &str = "workstation_faults.rs";
const FIND: &str = "workstation_find.rs";
const KEYS: &str = "workstation_keys.rs";
const GATE: &str = "workstation_gate.rs";
const MODELS: &str = "workstation_models.rs";
const REMEDIES: &str = "workstation_remedies.rs";
const RUNS: &str = "workstation_runs.rs";
const SPREAD: &str = "workstation_spread.rs";

const UNDONE: &str = "what_undo_took_is_given_again_also_after_a_restart";
const RANKED: &str = "ranks_and_pins_are_given_and_taken_by_keys";
const RANGE: &str = "a_range_is_selected_and_its_risk_accepted_for_a_reason_until_a_day";
const WALKED: &str = "a_data_flow_is_walked_across_files_and_the_code_is_scrolled_and_left_where_it_was";
const ROUND: &str =
    "the_other_cases_of_a_file_and_what_is_searched_for_in_it_are_gone_through_round_and_round";
const NEXT: &str = "the_next_stale_and_the_next_disputed_case_are_gone_to";
const GROUPED: &str = "cases_are_grouped_in_each_way_folded_and_judged_as_a_group_and_put_into_each_order";
const COPIED: &str = "the_case_and_its_place_are_copied_by_commands_without_a_question";
const NARROW: &str = "a_terminal_of_80_columns_shows_details_by_a_key_and_pages_through_the_list";
const PANES: &str = "panes_are_made_wider_and_narrower_and_every_screen_and_its_help_is_shown";
const REMEDY: &str =
    "the_remedies_of_a_case_are_gone_through_looked_at_in_each_way_and_refused_and_that_is_undone";
const PROPOSED: &str =
    "a_remedy_is_proposed_looked_at_accepted_applied_taken_back_undone_edited_and_put_in_a_branch";
const HIDDEN: &str = "panes_are_hidden_by_keys_and_laid_out_by_the_configuration";
const CALLED_OFF: &str = "an_import_that_is_cancelled_leaves_the_store_as_it_was_and_holds_up_no_key";
const SHOWN: &str = "an_import_is_started_from_the_palette_and_shown_with_its_receipt";
const MODEL: &str = "a_model_is_added_tried_used_put_back_and_removed_without_leaving_the_screen";
const FILTERS: &str = "a_saved_filter_is_chosen_in_the_workstation_and_named_in_a_command";
const GONE_TO: &str = "a_file_and_a_case_are_gone_to_and_what_the_filter_hides_is_shown_all_the_same";
const ADVICE: &str = "enter_lists_what_a_condition_asks_for_and_a_key_what_helps_most";
const BACKGROUND: &str = "proposals_of_another_terminal_appear_and_many_are_proposed_in_the_background";

/// Every action and where it is pressed.
const PRESSED: &[Pressed] = &[
    ("confirm", MAIN, "a_case_is_judged_on_its_code_by_a_key_and_the_next_one_comes", "words::CONFIRM"),
    ("reject", MAIN, "a_case_is_judged_on_its_code_by_a_key_and_the_next_one_comes", "words::REJECT"),
    ("accept-risk", KEYS, RANGE, r#"keys("w")"#),
    ("unsure", KEYS, UNDONE, r#"keys("u")"#),
    ("note", MAIN, "a_note_is_written_in_lines_and_kept", r#"keys("m")"#),
    ("rank-1", KEYS, RANKED, "keys(&rank.to_string())"),
    ("rank-2", KEYS, RANKED, "keys(&rank.to_string())"),
    ("rank-3", KEYS, RANKED, "keys(&rank.to_string())"),
    ("rank-4", KEYS, RANKED, "keys(&rank.to_string())"),
    ("rank-5", KEYS, RANKED, "keys(&rank.to_string())"),
    ("unrank", KEYS, RANKED, r#"keys("0")"#),
    ("pin", KEYS, RANKED, r#"keys("*")"#),
    ("alike", SPREAD, "the_list_says_in_what_the_cases_differ_and_esc_leads_back", r#"keys("s")"#),
    (
        "take-back-spread",
        SPREAD,
        "who_overturns_one_of_them_is_offered_to_take_all_of_it_back",
        r#"keys("X")"#,
    ),
    ("undo", KEYS, UNDONE, r#"keys("z")"#),
    ("redo", KEYS, UNDONE, r#"keys("Z")"#),
    ("select", KEYS, RANGE, r#"keys(" ")"#),
    ("select-range", KEYS, RANGE, r#"keys("V")"#),
    ("select-all", KEYS, RANGE, "press(Key::Ctrl('a'))"),
    ("select-none", KEYS, RANGE, r#""select-none""#),
    ("next", KEYS, RANGE, r#"keys("jj")"#),
    ("previous", KEYS, NARROW, r#"keys("k")"#),
    ("page-down", KEYS, NARROW, "press(Key::PageDown)"),
    ("page-up", KEYS, NARROW, "press(Key::PageUp)"),
    ("first", KEYS, NARROW, r#"keys("g")"#),
    ("last", KEYS, NARROW, r#"keys("G")"#),
    ("next-stale", KEYS, NEXT, r#"keys("t")"#),
    ("next-disputed", KEYS, NEXT, r#"keys("d")"#),
    ("to-file", FIND, GONE_TO, "press(Key::Ctrl('p'))"),
    ("to-case", FIND, GONE_TO, r##"keys("#")"##),
    ("code-down", KEYS, WALKED, r#"("J", "K")"#),
    ("code-up", KEYS, WALKED, r#"("J", "K")"#),
    ("code-left", KEYS, WALKED, r#"("L", "H")"#),
    ("code-right", KEYS, WALKED, r#"("L", "H")"#),
    ("code-to-flag", KEYS, WALKED, r#"keys("f")"#),
    ("next-in-file", KEYS, ROUND, r#"keys("c")"#),
    (
        "edit",
        AWAY,
        "the_editor_has_the_terminal_at_the_line_and_the_screen_comes_back_as_it_was",
        r#"keys("e")"#,
    ),
    (
        "changes",
        AWAY,
        "a_file_that_changed_since_the_scan_is_said_to_have_and_opened_where_the_line_is_now",
        r#"keys("=")"#,
    ),
    ("search", KEYS, ROUND, "press(Key::Ctrl('n'))"),
    ("search-next", KEYS, ROUND, r#"("n", 1)"#),
    ("search-previous", KEYS, ROUND, r#"("N", hits - 1)"#),
    ("trace-next", KEYS, WALKED, r#"keys("]")"#),
    ("trace-previous", KEYS, WALKED, r#"keys("[")"#),
    ("case-down", KEYS, WALKED, r#"keys("}")"#),
    ("case-up", KEYS, WALKED, r#"keys("{")"#),
    (
        "filter",
        MAIN,
        "the_docket_is_filtered_while_one_types_and_a_wrong_filter_says_why",
        r#"keys("/ sev:hig")"#,
    ),
    ("clear-filter", FIND, FILTERS, r#"keys("\\")"#),
    ("facets", FIND, "facets_take_values_into_the_filter", r#"keys("F")"#),
    ("saved-filters", FIND, FILTERS, r#"keys("'")"#),
    ("save-filter", FIND, FILTERS, r#"keys("S")"#),
    ("order-next", KEYS, GROUPED, r#"keys("o")"#),
    ("group-next", KEYS, GROUPED, r#"keys("b")"#),
    ("fold", KEYS, GROUPED, r#"("\r", '▸')"#),
    ("fold-all", KEYS, GROUPED, r#"("-", '▸')"#),
    ("details", KEYS, NARROW, r#"keys("i")"#),
    ("explain-worth", KEYS, NARROW, r#"keys("W")"#),
    ("hide-list", RUNS, HIDDEN, r#"keys("\x1b[17~")"#),
    ("hide-code", RUNS, HIDDEN, r#"keys("\x1b[18~")"#),
    (
        "hide-case",
        FAULTS,
        "panes_and_what_was_selected_are_there_again_and_what_is_gone_is_left_out",
        "press(Key::F(8))",
    ),
    ("widen-list", KEYS, PANES, r#"(">", 2, 0)"#),
    ("narrow-list", KEYS, PANES, r#"("<", 0, -2)"#),
    ("widen-case", KEYS, PANES, r#"(")", 2, -2)"#),
    ("narrow-case", KEYS, PANES, r#"("(", 0, 0)"#),
    ("refresh", RUNS, "an_import_beside_is_noticed_and_listed_when_it_is_asked_for", "press(Key::Ctrl('r'))"),
    ("copy", AWAY, "a_place_a_link_and_the_case_are_copied_by_the_terminal_and_by_a_program", r#"keys("y")"#),
    ("copy-place", KEYS, COPIED, r#""copy-place""#),
    (
        "copy-link",
        AWAY,
        "a_place_a_link_and_the_case_are_copied_by_the_terminal_and_by_a_program",
        r#"copied(&mut terminal, "l""#,
    ),
    ("copy-markdown", KEYS, COPIED, r#"keys("Y")"#),
    ("import", RUNS, "names_of_files_are_completed_and_a_broken_file_says_where", r#"keys("I")"#),
    ("cancel-import", RUNS, CALLED_OFF, "press(Key::Ctrl('x'))"),
    ("open-run", RUNS, SHOWN, "press(Key::Enter)"),
    ("remove-run", RUNS, SHOWN, r#"keys("x")"#),
    ("use-model", MODELS, MODEL, "press(Key::Enter)"),
    ("model-before", MODELS, MODEL, r#"keys("b")"#),
    ("verify-model", MODELS, MODEL, r#"keys("v")"#),
    ("add-model", MODELS, "add", r#"keys("a")"#),
    ("remove-model", MODELS, MODEL, r#"keys("gx")"#),
    ("cancel-model", KEYS, PANES, r#"keys("S")"#),
    ("propose", REMEDIES, PROPOSED, r#"keys("p")"#),
    ("propose-all", REMEDIES, BACKGROUND, r#"keys("B")"#),
    (
        "pause-proposing",
        REMEDIES,
        "a_pause_lets_what_was_begun_end_and_begins_nothing_and_scanners_start_once_for_many_cases",
        r#"keys(" ")"#,
    ),
    (
        "stop-proposing",
        REMEDIES,
        "stopping_ends_the_scanner_that_runs_and_keeps_what_was_offered",
        r#"keys("S")"#,
    ),
    ("accept-remedy", REMEDIES, PROPOSED, r#"keys("a")"#),
    ("refuse-remedy", KEYS, REMEDY, r#"keys("r")"#),
    ("edit-remedy", REMEDIES, PROPOSED, r#"keys("e")"#),
    ("apply-remedy", REMEDIES, PROPOSED, r#"keys("A")"#),
    ("take-back-remedy", REMEDIES, PROPOSED, r#"keys("x")"#),
    ("write-remedy", REMEDIES, PROPOSED, r#"keys("P")"#),
    ("next-remedy", KEYS, REMEDY, "press(Key::Right)"),
    ("previous-remedy", KEYS, REMEDY, "press(Key::Left)"),
    ("alternatives", KEYS, REMEDY, r#"("v", "#),
    ("checks", KEYS, REMEDY, r#"("c", "#),
    ("side-by-side", KEYS, REMEDY, r#"("d", "#),
    ("whole-change", KEYS, REMEDY, r#"("f", "#),
    ("remedies-next", REMEDIES, BACKGROUND, r#"keys("o")"#),
    ("open-case", KEYS, REMEDY, "press(Key::Enter)"),
    ("palette", KEYS, "run_command", r#"keys(":")"#),
    ("help", KEYS, PANES, r#"keys("?")"#),
    ("messages", KEYS, COPIED, r#""messages""#),
    ("screen-next", KEYS, PANES, "press(Key::Tab)"),
    ("screen-docket", KEYS, PANES, "press(Key::F(1))"),
    ("screen-remedies", REMEDIES, BACKGROUND, "press(Key::F(2))"),
    ("screen-gate", KEYS, PANES, "press(Key::F(3))"),
    ("screen-runs", RUNS, SHOWN, r#"keys("\x1bOS")"#),
    ("screen-models", KEYS, PANES, "press(Key::F(5))"),
    ("back", KEYS, PANES, "press(Key::Esc)"),
    (
        "suspend",
        MAIN,
        "a_stopped_workstation_gives_the_terminal_back_and_takes_it_again",
        "press(Key::Ctrl('z'))",
    ),
    ("label-next", GATE, ADVICE, r#"keys("n")"#),
    ("open-advice", GATE, ADVICE, "press(Key::Enter)"),
    ("sides", GATE, "of_a_disputed_case_both_reviewers_stand_beside_each_other", r#"keys("D")"#),
    ("quit", KEYS, UNDONE, r#"keys("q")"#),
];

#[test]
fn every_action_is_pressed_in_the_real_program() {
    let all: BTreeSet<&str> = Action::all().map(Action::name).collect();
    let pressed: BTreeSet<&str> = PRESSED.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        pressed, all,
        "each action has a row here that says which test presses it, and nothing else has"
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (action, file, function, words) in PRESSED {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let begin = text.find(&format!("fn {function}("));
        let begin = begin.unwrap_or_else(|| panic!("{action}: {file} has no `{function}`"));
        let body = text[begin..].split("\n}\n").next().unwrap();
        assert!(body.contains(words), "{action}: `{function}` of {file} does not press {words}");
        let called = text.matches(&format!("{function}(")).count() > 1;
        let is_test = text[..begin].ends_with("#[test]\n");
        assert!(is_test || called, "{action}: nothing runs `{function}` of {file}");
    }
}
