//! The sink of an import: what a reader says, staged on a second thread while the reader goes on.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::meter::Meter;
use super::probe::StagedRun;
use super::reader::{Failure, ReadError, RunHead, Sink};
use super::receipt::Counts;
use super::stage::Stage;
use crate::domain::{Claim, Rule};
use crate::store::ProblemRow;

/// Claims handed over at once: few enough to stay in the cache, enough to make the hand-over cheap.
const BATCH: usize = 128;
/// …or so many bytes of what they were read from: a few large claims are a batch too.
const BATCH_BYTES: usize = 256 << 10;
/// Problems kept one by one; beyond these they are counted.
const PROBLEMS_KEPT: usize = 1000;

/// What a reader said of a run, beside its claims.
#[derive(Debug, Default)]
pub(super) struct RunNotes {
    /// `new`, `matched` and `repeated` are not known yet.
    pub(super) counts: Counts,
    pub(super) problems: Vec<ProblemRow>,
}

enum Item {
    Run(RunHead),
    Rule(Rule),
    Covered(String),
    Claims(Batch),
}

/// Claims on their way to the other thread. What they were read from is in one piece: memory that one thread takes and
/// another gives back costs both of them.
#[derive(Default)]
struct Batch {
    raw: Vec<u8>,
    /// Each with the end of its part of `raw`.
    claims: Vec<(usize, Claim)>,
}

/// Reads with `read` while a second thread stages. Gives the stage and what was noted of each run.
pub(super) fn stage(
    stage: Stage,
    cancelled: &dyn Fn() -> bool,
    meter: Option<&Meter>,
    read: impl FnOnce(&mut dyn Sink) -> Result<(), ReadError>,
) -> Result<(Stage, Vec<RunNotes>), ReadError> {
    let (to_stage, from_reader) = sync_channel(16);
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || work(stage, &from_reader));
        let mut sink = Staging { to_stage, batch: Batch::default(), runs: Vec::new(), cancelled, meter };
        let done = read(&mut sink).and_then(|()| sink.flush());
        let Staging { to_stage, runs, .. } = sink;
        drop(to_stage);
        let staged =
            worker.join().unwrap_or_else(|_| Err(std::io::Error::other("the staging thread failed")));
        // The worker's failure is the cause where it has one; the reader then only saw a closed channel.
        let staged = staged?;
        done?;
        Ok((staged, runs))
    })
}

fn work(mut stage: Stage, items: &Receiver<Item>) -> Result<Stage, std::io::Error> {
    for item in items {
        match item {
            Item::Run(head) => stage.prober.runs.push(StagedRun { head, ..StagedRun::default() }),
            Item::Rule(rule) => {
                if let Some(run) = stage.prober.runs.last_mut() {
                    let number = run.rules.number(&rule.id);
                    run.told.insert(number, rule);
                }
            }
            Item::Covered(path) => {
                let number = stage.prober.paths.number(&path) + 1;
                if let Some(run) = stage.prober.runs.last_mut() {
                    run.covered.push(number);
                }
            }
            Item::Claims(batch) => {
                let mut start = 0;
                for (end, claim) in batch.claims {
                    stage.put(batch.raw.get(start..end).unwrap_or_default(), &claim)?;
                    start = end;
                }
            }
        }
    }
    stage.close()?;
    Ok(stage)
}

struct Staging<'c> {
    to_stage: SyncSender<Item>,
    batch: Batch,
    runs: Vec<RunNotes>,
    cancelled: &'c dyn Fn() -> bool,
    meter: Option<&'c Meter>,
}

impl Staging<'_> {
    fn send(&self, item: Item) -> Result<(), ReadError> {
        self.to_stage.send(item).map_err(|_| ReadError::Stopped("the staging thread stopped".into()))
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        if self.batch.claims.is_empty() {
            return Ok(());
        }
        if (self.cancelled)() {
            return Err(ReadError::Stopped("cancelled; nothing was changed".into()));
        }
        if let Some(meter) = self.meter {
            meter.count_claims(self.batch.claims.len() as u64);
        }
        // As much room as the last one took: growing would copy it over and over.
        let next = Batch {
            raw: Vec::with_capacity(self.batch.raw.len().min(BATCH_BYTES)),
            claims: Vec::with_capacity(self.batch.claims.len()),
        };
        let batch = std::mem::replace(&mut self.batch, next);
        self.send(Item::Claims(batch))
    }

    fn note(&mut self, kind: &'static str, at: &dyn fmt::Display, why: &str, raw: &[u8]) {
        let Some(run) = self.runs.last_mut() else { return };
        if run.problems.len() < PROBLEMS_KEPT {
            run.problems.push(ProblemRow {
                kind,
                place: at.to_string(),
                why: why.to_owned(),
                raw: raw.to_vec(),
            });
        }
    }
}

impl Sink for Staging<'_> {
    fn run(&mut self, head: RunHead) -> Result<(), ReadError> {
        self.flush()?;
        self.runs.push(RunNotes::default());
        self.send(Item::Run(head))
    }

    fn rule(&mut self, rule: Rule) -> Result<(), ReadError> {
        self.send(Item::Rule(rule))
    }

    fn covered(&mut self, path: &str) -> Result<(), ReadError> {
        self.send(Item::Covered(path.to_owned()))
    }

    fn claim(&mut self, _: &dyn fmt::Display, raw: &[u8], claim: Claim) -> Result<(), ReadError> {
        if let Some(run) = self.runs.last_mut() {
            run.counts.claims += 1;
        }
        self.batch.raw.extend_from_slice(raw);
        self.batch.claims.push((self.batch.raw.len(), claim));
        let is_full = self.batch.claims.len() >= BATCH || self.batch.raw.len() >= BATCH_BYTES;
        if is_full { self.flush() } else { Ok(()) }
    }

    fn set_aside(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError> {
        if let Some(run) = self.runs.last_mut() {
            run.counts.claims += 1;
            run.counts.set_aside += 1;
        }
        self.note("set aside", at, why, b"");
        Ok(())
    }

    fn unreadable(
        &mut self,
        at: &dyn fmt::Display,
        failure: Failure,
        why: &str,
        raw: &[u8],
    ) -> Result<(), ReadError> {
        if let Some(run) = self.runs.last_mut() {
            run.counts.claims += 1;
            run.counts.unreadable += 1;
        }
        self.note(failure.word(), at, why, raw);
        Ok(())
    }
}
