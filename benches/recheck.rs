//! Rechecks by the real scanners, which have to be on the search path: how many patches a minute, one at a time and
//! together.
//!
//!     cargo bench --bench recheck -- [--patches 30] [--write]
//!
//! Every patch is of a file of its own and is a good fix, so each has to come to *fixed*; anything else ends the
//! measurement. `--write` puts the table into `docs/benchmarks.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark stops where it is wrong")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use assize::ingest::document::Document;
use assize::ingest::heard::listen;
use assize::remedy::recheck::{Answer, Patch, Rechecker, Reported, Version};
use assize::scan::{self, Scanner};
use assize::source::Tree;

use support::page::{grouped, load, machine, write_page};

const BEGIN: &str = "<!-- recheck: made by the command below, do not edit -->";
const END: &str = "<!-- recheck: end -->";

/// A file whose query is put together from text, and what surrounds it in a project.
fn file(number: usize, fixed: bool) -> String {
    let query = if fixed {
        "cursor.execute(\"SELECT * FROM orders WHERE id = ?\", (order,))"
    } else {
        "cursor.execute(\"SELECT * FROM orders WHERE id = '\" + order + \"'\")"
    };
    let mut text = format!(
        "\"\"\"Orders, part {number}.\"\"\"\n\n\ndef find(cursor, order):\n    {query}\n    return cursor.fetchone()\n"
    );
    for other in 0..40 {
        let _ = write!(
            text,
            "\n\ndef total_{other}(lines):\n    return sum(line.price * line.count for line in lines if line.kind == {other})\n"
        );
    }
    text
}

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says how it was called: by `cargo bench`, or to see that a benchmark starts at all.
    let benched = args.iter().any(|arg| arg == "--bench");
    args.retain(|arg| arg != "--bench");
    if !benched {
        return Ok(());
    }
    let mut patches = 30;
    let mut write = false;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match (arg.as_str(), rest.as_slice().first()) {
            ("--write", _) => write = true,
            ("--patches", Some(count)) => {
                patches = count.replace('_', "").parse()?;
                rest.next();
            }
            _ => bail!("`{arg}` is no option, or lacks its value"),
        }
    }
    load();
    let folder = tempfile::Builder::new().prefix("assize-bench-").tempdir()?;
    let mut lines = String::new();
    for name in ["semgrep", "bandit"] {
        let mut scanner = Scanner::of(name);
        if name == "semgrep" {
            scanner.rules = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop/scans/rules"));
        }
        let made = made(folder.path(), &scanner, patches)?;
        let alone = measure(folder.path(), &scanner, &made, false)?;
        let together = measure(folder.path(), &scanner, &made, true)?;
        let minute = |took: Duration| grouped((made.len() as f64 * 60.0 / took.as_secs_f64()) as u64);
        writeln!(
            lines,
            "| {name} | {} | {:.1} s | {} | {:.1} s | {} | {:.1} |",
            made.len(),
            alone.as_secs_f64(),
            minute(alone),
            together.as_secs_f64(),
            minute(together),
            alone.as_secs_f64() / together.as_secs_f64(),
        )?;
    }
    let option = if patches == 30 { String::new() } else { format!(" --patches {patches}") };
    let text = format!(
        "{}\n\n    cargo bench --bench recheck --{option} --write\n\n\
         Each patch is of a file of its own, which is scanned as it is and as it would be.\n\n\
         | scanner | patches | one at a time | a minute | together | a minute | times as many |\n\
         |---|--:|--:|--:|--:|--:|--:|\n{lines}",
        machine()
    );
    writeln!(std::io::stdout(), "{text}")?;
    if write { write_page(BEGIN, END, &text) } else { Ok(()) }
}

/// The patches, with what the scanner says of their files now.
fn made(folder: &Path, scanner: &Scanner, count: usize) -> anyhow::Result<Vec<Patch>> {
    let mut patches = Vec::new();
    for number in 0..count {
        let (before, after) = (file(number, false), file(number, true));
        let path = format!("src/orders_{number}.py");
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join(&path), &before)?;
        let version = Version {
            path,
            before: before.clone().into_bytes(),
            text_before: before,
            after: after.clone().into_bytes(),
            text_after: after,
        };
        patches.push(Patch { reported: Vec::new(), files: vec![version] });
    }
    let targets: Vec<&Path> = patches.iter().map(|patch| Path::new(&patch.files[0].path)).collect();
    let command = scanner.unsuppressed_command(&targets)?;
    let environment = scanner.environment();
    let ran =
        scan::run_whole(scanner, &command, folder, &environment, &|| false).map_err(anyhow::Error::msg)?;
    let heard = listen(&Document::spooled(&scanner.name, ran.stdout, folder)?, None, folder)?;
    for patch in &mut patches {
        let own = heard
            .claims
            .iter()
            .filter(|claim| claim.place.as_ref().is_some_and(|place| place.path == patch.files[0].path));
        patch.reported =
            own.map(|claim| Reported { tool: heard.tool.clone(), claim: claim.clone() }).collect();
        ensure!(!patch.reported.is_empty(), "{} reports nothing of {}", scanner.name, patch.files[0].path);
    }
    Ok(patches)
}

fn measure(folder: &Path, scanner: &Scanner, patches: &[Patch], together: bool) -> anyhow::Result<Duration> {
    let tree = Tree::open(folder)?;
    let scanners = [scanner.clone()];
    let rechecker = Rechecker { tree: &tree, scanners: &scanners, together, cancelled: &|| false };
    let started = Instant::now();
    let rechecked = rechecker.recheck(patches);
    let took = started.elapsed();
    for one in &rechecked {
        ensure!(one.answer() == Answer::Fixed, "{}: {:?}", scanner.name, one.looks);
    }
    Ok(took)
}
