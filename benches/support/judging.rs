//! Verdicts given while an import runs beside them: how long until each is on disk.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assize::domain::{Opinion, Reviewer};
use assize::jobs::{Desk, JudgeWith};
use assize::store::{Workspace, Writer};

/// How long verdicts took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judging {
    pub(crate) verdicts: usize,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    pub(crate) longest: Duration,
}

/// Between two verdicts: a reviewer of inhuman speed, who leaves the import some of the machine.
const PAUSE: Duration = Duration::from_millis(25);

/// Judges one case after the other, as the screen does, until told that the import has ended.
pub(crate) fn judge_until(ended: &AtomicBool, workspace: &Path, cases: u32) -> anyhow::Result<Judging> {
    let mut desk = Desk::open(Workspace::at(workspace)?)?;
    let writer = Writer::new("machine", "bench", Reviewer::of_user(0));
    let (mut took, mut first) = (Vec::new(), true);
    for case in (1..=cases).cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let opinion = if case % 3 == 0 { Opinion::Rejected } else { Opinion::Confirmed };
        let with =
            JudgeWith { opinion, reason: None, note: String::new(), until: None, seen: None, shown: None };
        let began = Instant::now();
        desk.judge(&[case], &with, &writer)?;
        // The first of all makes the journal, which a reviewer's screen has open.
        if !std::mem::take(&mut first) {
            took.push(began.elapsed());
        }
        std::thread::sleep(PAUSE);
    }
    took.sort_unstable();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    let longest = took.last().copied().unwrap_or_default();
    Ok(Judging { verdicts: took.len(), median: at(0.5), p99: at(0.99), longest })
}
