//! The sink of an import: what a reader says, staged on a second thread while the reader goes on.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::meter::Meter;
use super::probe::StagedRun;
use super::reader::{Failure, ReadError, RunHead, Sink};
use super::receipt::Counts;
use super::stage::Stage;
use super::weight::{shorten, weight_of};
use crate::domain::{Claim, Rule};
use crate::store::ProblemRow;

/// Claims handed over at once: few enough to stay in the cache, enough to make the hand-over cheap.
const BATCH: usize = 128;
/// …or so many bytes of what they were read from: a few large claims are a batch too.
const BATCH_BYTES: usize = 256 << 10;
/// Problems kept one by one; beyond these they are counted.
const PROBLEMS_KEPT: usize = 1000;

/// Bytes that the claims of any document may hold, and how many more for each of its own: what a tool really writes
/// comes to twice its bytes, since a claim is kept as it came and as it was understood.
const ALLOWED: u64 = 64 << 20;
const ALLOWED_EACH: u64 = 16;
/// How often more where it is compressed: reports shrink to a fortieth.
const ALLOWED_PACKED: u64 = 256;
/// Where that is spent, as much as this is kept of a claim's texts, and of its bytes.
const SHORT: usize = 2000;
/// What is told where that was so.
const SPENT: &str = "the file repeats itself so often that its claims would be many times its size; from here on only                      the beginning of their texts is kept, and neither steps nor fixes";

/// How many bytes the claims of a document may hold together.
pub(super) const fn allowance(bytes: u64, is_packed: bool) -> u64 {
    let each = if is_packed { ALLOWED_EACH * ALLOWED_PACKED } else { ALLOWED_EACH };
    ALLOWED.saturating_add(bytes.saturating_mul(each))
}

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
    /// About the bytes of all of it.
    weight: usize,
}

/// Reads with `read` while a second thread stages. Gives the stage and what was noted of each run.
pub(super) fn stage(
    stage: Stage,
    cancelled: &dyn Fn() -> bool,
    (meter, allowance): (Option<&Meter>, u64),
    read: impl FnOnce(&mut dyn Sink) -> Result<(), ReadError>,
) -> Result<(Stage, Vec<RunNotes>), ReadError> {
    let (to_stage, from_reader) = sync_channel(16);
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || work(stage, &from_reader));
        let mut sink = Staging {
            to_stage,
            batch: Batch::default(),
            runs: Vec::new(),
            cancelled,
            meter,
            left: allowance,
            is_spent: false,
        };
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
    /// Bytes that claims may still hold, and whether it was told that there are none.
    left: u64,
    is_spent: bool,
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
            weight: 0,
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

    fn claim(&mut self, at: &dyn fmt::Display, raw: &[u8], mut claim: Claim) -> Result<(), ReadError> {
        if let Some(run) = self.runs.last_mut() {
            run.counts.claims += 1;
        }
        let mut raw = raw;
        let mut weight = raw.len() + weight_of(&claim);
        if weight as u64 > self.left && weight > SHORT {
            if !self.is_spent {
                self.is_spent = true;
                self.note("cut", at, SPENT, b"");
            }
            // Nothing of the bytes: half of a value cannot be read again.
            raw = if raw.len() > SHORT { b"" } else { raw };
            shorten(&mut claim, SHORT);
            weight = raw.len() + weight_of(&claim);
        }
        self.left = self.left.saturating_sub(weight as u64);
        self.batch.raw.extend_from_slice(raw);
        self.batch.claims.push((self.batch.raw.len(), claim));
        self.batch.weight += weight;
        let is_full = self.batch.claims.len() >= BATCH || self.batch.weight >= BATCH_BYTES;
        if is_full { self.flush() } else { Ok(()) }
    }

    fn cut(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError> {
        self.note("cut", at, why, b"");
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::probe::PARTITIONS;
    use crate::store::Block;

    /// What is staged of some claims that hold a hundred kilobytes each, as their bytes and as themselves.
    fn staged(claims: u32, allowance: u64) -> (Vec<usize>, Vec<ProblemRow>) {
        let folder = tempfile::tempdir().unwrap();
        let text = "x".repeat(50_000);
        let empty = Stage::new(folder.path()).unwrap();
        let (mut stage, notes) = stage(empty, &|| false, (None, allowance), |sink| {
            sink.run(RunHead::default())?;
            for number in 0..claims {
                let claim = Claim { rule: format!("r{number}"), message: text.clone(), ..Claim::default() };
                sink.claim(&number, text.as_bytes(), claim)?;
            }
            Ok(())
        })
        .unwrap();
        let mut sizes = Vec::new();
        for part in 0..PARTITIONS {
            for probe in stage.probes(part).unwrap() {
                let block = Block::open(&stage.block(part, probe.block).unwrap()).unwrap();
                let (raw, claim) = block.entry(probe.slot).unwrap();
                sizes.push(raw.len() + claim.len());
            }
        }
        (sizes, notes.into_iter().flat_map(|notes| notes.problems).collect())
    }

    #[test]
    fn a_file_that_repeats_itself_gives_many_claims_and_few_bytes() {
        let (sizes, problems) = staged(600, 1_000_000);
        assert_eq!(sizes.len(), 600, "no claim is lost");
        assert!(sizes.iter().sum::<usize>() < 1_000_000 + 600 * 2 * SHORT);
        assert_eq!(problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), ["cut"], "told once");
        let (sizes, problems) = staged(9, 1_000_000);
        assert!(sizes.iter().all(|size| *size > 100_000) && problems.is_empty(), "what fits is kept whole");
    }
}
