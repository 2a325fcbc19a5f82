//! The project's own command, over a private copy of the tree with the patched files in it. It runs the project's code,
//! so nobody but the user's own configuration turns it on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use super::recheck::copy::Copy;
use super::{Check, CheckKind, Evidence, Outcome, Patched, Policy};
use crate::scan::{Ended, Limits, run};
use crate::source::Tree;

/// Lines of what it said that are kept.
const LINES: usize = 20;

/// Runs the project's own command on patched files; `None` where none is set.
pub fn own_check(tree: &Tree, files: &[Patched], policy: &Policy, stop: &dyn Fn() -> bool) -> Option<Check> {
    if policy.check.is_empty() {
        return None;
    }
    let started = Instant::now();
    let (outcome, evidence) = match judge(tree, files, policy, stop) {
        Ok(judged) => judged,
        Err(why) => (Outcome::NotRun, why.into()),
    };
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Some(Check { kind: CheckKind::Project, by: String::new(), outcome, evidence, ms })
}

fn judge(
    tree: &Tree,
    files: &[Patched],
    policy: &Policy,
    stop: &dyn Fn() -> bool,
) -> Result<(Outcome, Evidence), String> {
    let given = files.iter().map(|file| (file.file.path.as_str(), file.bytes.as_slice()));
    let copy = Copy::of_tree(tree, given).map_err(|error| error.to_string())?;
    let command: Vec<OsString> = policy.check.iter().map(OsString::from).collect();
    let limits = Limits { time: Duration::from_secs(policy.check_timeout), ..Limits::default() };
    let ran =
        run(&command, copy.root(), &BTreeMap::new(), limits, stop).map_err(|error| error.to_string())?;
    let shown = policy.check.join(" ");
    let (outcome, words) = match ran.ended {
        Ended::Exited(0) => (Outcome::Held, format!("`{shown}` succeeds")),
        Ended::Exited(code) => (Outcome::Failed, format!("`{shown}` ended with {code}")),
        Ended::Signalled(signal) => (Outcome::Failed, format!("`{shown}` was ended by signal {signal}")),
        Ended::OutOfTime => {
            (Outcome::Inconclusive, format!("`{shown}` took more than {} s", policy.check_timeout))
        }
        Ended::OutOfMemory => (Outcome::Inconclusive, format!("`{shown}` took too much memory")),
        Ended::TooMuchOutput => (Outcome::Inconclusive, format!("`{shown}` said too much")),
        Ended::Cancelled => return Err("it was called off".to_owned()),
    };
    let lines: Vec<String> = ran.stderr.lines().map(str::to_owned).collect();
    let last = lines.len().saturating_sub(LINES);
    let lines = if outcome == Outcome::Held { Vec::new() } else { lines.into_iter().skip(last).collect() };
    Ok((outcome, Evidence { words, lines }))
}
