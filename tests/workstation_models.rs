//! Models in the workstation: the real program in a terminal, with two of the tiny models, on the embedded runtime.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "embedded")]

#[path = "support/shop.rs"]
mod shop;
#[path = "support/terminal.rs"]
mod terminal;

use std::path::Path;

use shop::{Desk, FOOTER};
use terminal::{Key, Terminal};

fn folder(family: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(family).display().to_string()
}

fn open(desk: &Desk) -> Terminal {
    let mut terminal = desk.program(&[]).env("ASSIZE_RUNTIME", "embedded").start();
    terminal.wait_until(|screen| screen.shows(FOOTER) && screen.shows(" by worth"));
    terminal.press(Key::F(5));
    terminal.wait_for("models and their roles");
    terminal
}

fn add(terminal: &mut Terminal, family: &str) {
    terminal.keys("a");
    terminal.wait_for("add the model in the folder:");
    terminal.paste(&folder(family));
    terminal.press(Key::Enter);
}

#[test]
fn a_model_is_added_tried_used_put_back_and_removed_without_leaving_the_screen() {
    let desk = Desk::new();
    let mut terminal = open(&desk);
    terminal.wait_for("mender  with the program");
    add(&mut terminal, "llama");
    terminal.wait_for("added llama");
    let screen = terminal.wait_for("512 tokens");
    for part in ["llama", "fp32", "512 tokens", "embedded (tract)", "nobody"] {
        assert!(screen.shows(part), "{part}\n{screen}");
    }
    terminal.press(Key::Enter);
    terminal.wait_for("llama takes the role remediation");
    terminal.wait_for("by ann");
    add(&mut terminal, "qwen2");
    terminal.wait_for("added qwen2");
    // Whoever added one is at it when the list has it.
    terminal.wait_for("family      qwen2");
    assert!(!terminal.screen().shows("tokens/s"), "what was not tried has no figures");
    terminal.keys("v");
    terminal.wait_for("qwen2 is unchanged and answers as it should");
    terminal.wait_for("tokens/s written");
    terminal.press(Key::Enter);
    terminal.wait_for("qwen2 takes the role remediation from llama");
    let roles = |name: &str| {
        let listed = desk.lines(&["model", "list", "--json"]);
        listed.iter().find(|line| line["model"] == name).unwrap()["in"].to_string()
    };
    assert_eq!((roles("qwen2"), roles("llama")), ("[\"remediation\"]".into(), "[]".into()));
    terminal.keys("b");
    terminal.wait_for("llama takes the role remediation from qwen2");
    // One that is in a role stays; another goes after a second key.
    terminal.keys("gx");
    terminal.wait_for("remove the model llama?");
    terminal.press(Key::Enter);
    terminal.wait_for("put another there first");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| !screen.shows("put another there first"));
    terminal.keys("Gx");
    terminal.wait_for("remove the model qwen2?");
    terminal.press(Key::Enter);
    terminal.wait_for("removed qwen2");
    assert_eq!(desk.lines(&["model", "list", "--json"]).len(), 2, "llama, and the one of the program");
    // Each act of it is an entry of the journal.
    desk.run(&["journal", "verify"]);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_broken_model_is_refused_on_the_screen_with_its_file_and_nothing_is_left_of_it() {
    let desk = Desk::new();
    let mut terminal = open(&desk);
    add(&mut terminal, "broken/cut-short");
    terminal.wait_for("broken/cut-short/model.onnx");
    terminal.press(Key::Esc);
    terminal.wait_until(|screen| !screen.shows("cut-short"));
    terminal.keys("a");
    terminal.wait_for("add the model in the folder:");
    terminal.keys("no/such/folder");
    terminal.press(Key::Enter);
    terminal.wait_for("no/such/folder");
    terminal.press(Key::Esc);
    assert_eq!(desk.lines(&["model", "list", "--json"]).len(), 1, "that of the program");
}

#[test]
fn a_file_that_was_changed_is_named_where_the_model_is_tried() {
    let desk = Desk::new();
    desk.run(&["model", "add", &folder("llama"), "--name", "mender"]);
    let path = desk.folder.path().join(".assize/models/mender/model.onnx");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let mut terminal = open(&desk);
    terminal.wait_for("mender");
    terminal.keys("v");
    terminal.wait_for("has changed since the model was added");
    terminal.press(Key::Esc);
    terminal.wait_for("problem");
}
