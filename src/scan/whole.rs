//! A scanner's run to its end, and why what it said is not to be believed where it did not get there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::child::{Ended, Ran, run};
use super::scanner::Scanner;
use crate::text::visible;

/// Runs a scanner within its limits.
///
/// # Errors
/// Why what it said is not to be believed, in words.
pub fn run_whole(
    scanner: &Scanner,
    command: &[OsString],
    folder: &Path,
    environment: &BTreeMap<String, OsString>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Ran, String> {
    let limits = scanner.limits;
    let ran = run(command, folder, environment, limits, cancelled).map_err(|error| error.to_string())?;
    let why = match ran.ended {
        Ended::Exited(code) if scanner.is_done(code) => return Ok(ran),
        Ended::Exited(code) => format!("it ended with {code}"),
        Ended::Signalled(signal) => format!("signal {signal} ended it"),
        Ended::OutOfTime => format!("it took more than {} s, its `timeout`", limits.time.as_secs()),
        Ended::OutOfMemory => format!("it took more than {} MB, its `memory`", limits.memory >> 20),
        Ended::TooMuchOutput => format!("it wrote more than {} MB, its `output`", limits.output >> 20),
        Ended::Cancelled => "it was called off".to_owned(),
    };
    Err(format!("{why}{}", last_words(&ran.stderr)))
}

/// The last line that a scanner wrote to its standard error, behind a colon; empty where it wrote none.
#[must_use]
pub fn last_words(stderr: &str) -> String {
    let last = stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
    last.map(|line| format!(": {}", visible(&line.chars().take(200).collect::<String>()))).unwrap_or_default()
}
