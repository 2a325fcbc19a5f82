//! The README's transcript, kept true: every command of it is run, in order, in one new workspace.
//!
//! `UPDATE=1 cargo test --test readme` writes what the commands print now.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why on stderr"
)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;

const BEGIN: &str = "<!-- transcript:begin -->\n```console\n";
const END: &str = "```\n<!-- transcript:end -->";

#[test]
fn the_transcript_is_what_the_commands_print() {
    let readme = std::fs::read_to_string(path()).unwrap();
    let (before, transcript, after) = parts(&readme);
    let fresh = replay(&commands(transcript));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path(), format!("{before}{BEGIN}{fresh}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        normalised(transcript),
        normalised(&fresh),
        "README.md shows another output; `UPDATE=1 cargo test --test readme` writes the new one"
    );
}

#[test]
fn what_the_transcript_shows_is_what_the_reader_is_told_to_run() {
    let readme = std::fs::read_to_string(path()).unwrap();
    let told: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("cargo run --release -- ")).collect();
    let (_, transcript, _) = parts(&readme);
    let shown = commands(transcript);
    assert!(!told.is_empty());
    assert_eq!(told, shown.iter().map(String::as_str).take(told.len()).collect::<Vec<_>>());
}

#[test]
fn ids_and_times_do_not_matter_to_a_transcript_and_all_else_does() {
    let line = "dc1930abbf076459  2026-01-02T08:44  shop  72 claims  examples/shop";
    let same = "0000000000000000  2031-12-24T23:59  shop  72 claims  examples/shop";
    assert_eq!(normalised(line), normalised(same));
    assert_ne!(normalised(line), normalised(&same.replace("72", "73")));
    assert_ne!(normalised("facade"), normalised("decade"));
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// What is before the transcript, in it and after it.
fn parts(readme: &str) -> (&str, &str, &str) {
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has no transcript");
    let (transcript, after) = rest.split_once(END).expect("README.md's transcript has no end");
    (before, transcript, after)
}

/// The arguments of each command, as written behind `$ assize `.
fn commands(transcript: &str) -> Vec<String> {
    let commands: Vec<String> =
        transcript.lines().filter_map(|line| line.strip_prefix("$ assize ")).map(str::to_owned).collect();
    assert!(!commands.is_empty(), "the transcript has no command");
    commands
}

fn replay(commands: &[String]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut transcript = String::new();
    for (number, command) in commands.iter().enumerate() {
        let run = Command::new(env!("CARGO_BIN_EXE_assize"))
            .args(words(command))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("ASSIZE_WORKSPACE", folder.path())
            .env("HOME", folder.path())
            .env("USER", "reviewer")
            .assert()
            .success();
        let printed = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        let gap = if number == 0 { "" } else { "\n" };
        transcript.push_str(&format!("{gap}$ assize {command}\n{printed}"));
    }
    transcript
}

/// A command's words as every shell makes them, of blanks and single quotes.
fn words(command: &str) -> Vec<String> {
    assert!(!command.contains(['{', '*', '$']), "not every shell makes the same of: {command}");
    command.split_ascii_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()
}

/// A text without what differs from run to run: ids, which are ten or more hexadecimal digits, and moments.
fn normalised(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_moment = |word: &str| {
        let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape.starts_with("0000-00-00T00:00")
    };
    text.split_inclusive([' ', '\n'])
        .map(|word| match word.trim_end() {
            bare if is_id(bare) => word.replace(bare, "ID"),
            bare if is_moment(bare) => word.replace(bare, "MOMENT"),
            _ => word.to_owned(),
        })
        .collect()
}
