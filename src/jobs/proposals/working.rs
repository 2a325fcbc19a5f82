//! The thread that proposes, for case after case of a line, and checks what a person made of a remedy.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::asking::{Models, Teller};
use super::{Found, Progress, Proposer, RemedyReply, RemedyRequest};
use crate::domain::CaseId;
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::remedies::{Draft, Gathering, Proposed, Proposing};
use crate::jobs::workers::{Reply, Shared, caught, stand_remedied};
use crate::remedy::{Onlooker, Sound};
use crate::store::{Workspace, Writer};

/// How many cases are handed to the desk at once, which has them share the scanners' runs. One at a time would start
/// every scanner for each of them.
const TOGETHER: usize = 16;

/// No further case joins those that share the scanners' runs after so long: somebody watches for the first remedy.
const PATIENCE: Duration = Duration::from_secs(8);

/// What the worker is told while it is at work.
#[derive(Debug, Default)]
pub(super) struct Signals {
    is_stopped: AtomicBool,
    is_paused: AtomicBool,
    has_draft: AtomicBool,
}

impl Signals {
    /// What is at work is not wanted any more.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Relaxed);
    }

    /// No further case is to be begun, or it goes on.
    pub(super) fn pause(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Relaxed);
    }

    /// What a person made is to be checked before further cases.
    pub(super) fn draft(&self) {
        self.has_draft.store(true, Relaxed);
    }

    fn holds(&self) -> bool {
        self.is_paused.load(Relaxed) || self.has_draft.load(Relaxed)
    }
}

/// What waits to be proposed, and what came of what did.
#[derive(Debug, Default)]
struct Line {
    /// The cases that are not done, those at work first.
    cases: VecDeque<u32>,
    drafts: VecDeque<Draft>,
    done: usize,
    with: usize,
    took: Duration,
    /// So many of the next cases are proposed for one at a time: one of them failed, and it is not known which.
    alone: usize,
}

impl Line {
    fn progress(&self, case: Option<u32>, is_paused: bool) -> Progress {
        let rest = self.cases.len();
        let each = u32::try_from(self.done).ok().and_then(|done| self.took.checked_div(done));
        let left = each.map(|each| each.saturating_mul(u32::try_from(rest).unwrap_or(u32::MAX)));
        Progress {
            case,
            done: self.done,
            of: self.done + rest,
            with: self.with,
            is_paused,
            left: left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// The cases that are proposed for next.
    fn next(&self) -> Vec<u32> {
        let many = if self.alone > 0 { 1 } else { TOGETHER };
        self.cases.iter().take(many).copied().collect()
    }

    /// One is done.
    fn done(&mut self, found: &Found) {
        self.cases.retain(|case| *case != found.case);
        self.done += 1;
        self.with += usize::from(found.of_use > 0);
        self.alone = self.alone.saturating_sub(1);
    }

    /// What was at work ended with an error: the case that it is about, where that is known.
    fn failed(&mut self, asked: &[u32]) -> Option<u32> {
        let left: Vec<u32> = asked.iter().copied().filter(|case| self.cases.contains(case)).collect();
        match left.as_slice() {
            [only] => Some(*only),
            several => {
                self.alone = several.len();
                None
            }
        }
    }
}

impl Found {
    fn of(case: u32, proposed: &Proposed) -> Self {
        let of_use = proposed.remedies.iter().filter(|remedy| remedy.sound != Sound::No).count();
        let is_sound = proposed.remedies.iter().any(|remedy| remedy.sound == Sound::Yes);
        Self { case, of_use, is_sound, why: proposed.why.clone() }
    }

    fn without(case: u32, why: String) -> Self {
        Self { case, of_use: 0, is_sound: false, why }
    }
}

pub(super) struct Works<T> {
    workspace: Workspace,
    docket: Shared,
    writer: Writer,
    proposer: Proposer,
    signals: Arc<Signals>,
    tell: T,
    line: Line,
}

impl<T: Fn(Reply)> Works<T> {
    pub(super) fn new(
        workspace: Workspace,
        (docket, writer, proposer): (Shared, Writer, Proposer),
        signals: Arc<Signals>,
        tell: T,
    ) -> Self {
        Self { workspace, docket, writer, proposer, signals, tell, line: Line::default() }
    }

    pub(super) fn work(mut self, requests: &Receiver<RemedyRequest>) {
        // Made on this thread, which a model does not leave.
        let mut models = Models::default();
        loop {
            let waits = self.line.cases.is_empty() || self.signals.is_paused.load(Relaxed);
            if self.line.drafts.is_empty() && waits {
                match requests.recv() {
                    Ok(request) => self.take(request),
                    Err(_) => return,
                }
            }
            self.signals.has_draft.store(false, Relaxed);
            let is_over = loop {
                match requests.try_recv() {
                    Ok(request) => self.take(request),
                    Err(TryRecvError::Empty) => break false,
                    Err(TryRecvError::Disconnected) => break true,
                }
            };
            // What a person wrote is kept, though it is checked no further.
            if is_over && self.line.drafts.is_empty() {
                return;
            }
            if let Some(draft) = self.line.drafts.pop_front() {
                self.edited(&draft);
            } else if !self.line.cases.is_empty() {
                self.propose(&mut models);
                if self.line.cases.is_empty() && !self.is_stopped() {
                    self.end(false);
                }
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.signals.is_stopped.load(Relaxed)
    }

    fn say(&self, reply: RemedyReply) {
        (self.tell)(Reply::Remedies(reply));
    }

    fn say_progress(&self, line: &Line, case: Option<u32>) {
        self.say(RemedyReply::Progress(line.progress(case, self.signals.is_paused.load(Relaxed))));
    }

    fn take(&mut self, request: RemedyRequest) {
        match request {
            RemedyRequest::Propose(cases) => {
                let new = cases.into_iter().filter(|case| !self.line.cases.contains(case));
                let new: Vec<u32> = new.collect();
                self.line.cases.extend(new);
                self.say_progress(&self.line, None);
            }
            RemedyRequest::Edited(draft) => self.line.drafts.push_back(draft),
            RemedyRequest::Pause(_) if self.line.cases.is_empty() => {}
            RemedyRequest::Pause(_) => self.say_progress(&self.line, None),
            RemedyRequest::Stop => {
                self.signals.is_stopped.store(false, Relaxed);
                self.end(true);
            }
            _ => {}
        }
    }

    fn end(&mut self, is_stopped: bool) {
        let Line { done, with, .. } = self.line;
        self.line = Line { drafts: std::mem::take(&mut self.line.drafts), ..Line::default() };
        // What is asked for next begins.
        self.signals.pause(false);
        self.say(RemedyReply::Ended { done, with, is_stopped });
    }

    /// Proposes for the next cases of the line. Each is told of as soon as its checks are made.
    fn propose(&mut self, models: &mut Models) {
        let cases = self.line.next();
        let Some(&first) = cases.first() else { return };
        self.say_progress(&self.line, Some(first));
        let line = RefCell::new(std::mem::take(&mut self.line));
        let began = Instant::now();
        let took = line.borrow().took;
        let done = |found: Found| {
            let mut line = line.borrow_mut();
            line.done(&found);
            line.took = took + began.elapsed();
            self.say(RemedyReply::Proposed(found));
            self.say_progress(&line, line.cases.front().copied());
        };
        let done_before = line.borrow().done;
        let ended = caught(|| self.proposed(&cases, models, &done));
        let came_to_nothing = line.borrow().done == done_before && !self.signals.holds();
        let why = match ended {
            Ok(Ok(())) => came_to_nothing.then(|| "it was not tried".to_owned()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(fault) => Some(fault),
        };
        if let Some(why) = why.filter(|_| !self.is_stopped()) {
            let about = line.borrow_mut().failed(&cases);
            if let Some(case) = about {
                done(Found::without(case, why));
            }
        }
        self.line = line.into_inner();
        self.line.took = took + began.elapsed();
    }

    fn proposed(&self, cases: &[u32], models: &mut Models, done: &dyn Fn(Found)) -> Result<(), DeskError> {
        let desk = Desk::open(self.workspace.clone())?;
        let docket = self.docket.now();
        if let Some(why) = models.load(&desk, &self.proposer) {
            self.say(RemedyReply::Failed(format!(
                "the model cannot be used, and the other sources are asked: {why}"
            )));
        }
        let mut with = Proposing {
            policy: &self.proposer.policy,
            source: None,
            models: models.lent(),
            scanners: self.proposer.scanners.clone(),
            gathering: Gathering { patience: PATIENCE, hold: &|| self.signals.holds() },
        };
        let numbers: FxHashMap<CaseId, u32> =
            cases.iter().filter_map(|&case| Some((desk.name_of(case).ok()??, case))).collect();
        let teller = Teller::default();
        let tell = |case: CaseId, progress: crate::remedy::Progress<'_>| {
            let number = numbers.get(&case).copied().unwrap_or(0);
            if let Some(doing) = teller.take(number, progress) {
                self.say(RemedyReply::Doing(doing));
            }
        };
        let onlooker = Onlooker { tell: &tell, stop: &|| self.is_stopped() };
        // Told in the order in which they were asked for, should one be called otherwise by now.
        let mut order = cases.iter().copied();
        let ended = desk.propose_all(&docket, cases, &mut with, onlooker, &mut |proposed| {
            let next = order.next().unwrap_or(0);
            let case = numbers.get(&proposed.case).copied().unwrap_or(next);
            if !proposed.remedies.is_empty() {
                stand_remedied(&desk, &self.docket, &[proposed.case]);
            }
            done(Found::of(case, &proposed));
            Ok::<(), DeskError>(())
        });
        ended.map(|_| ())
    }

    fn edited(&self, draft: &Draft) {
        let made = caught(|| {
            let mut desk = Desk::open(self.workspace.clone())?;
            let case = desk.remedy(&draft.remedy.to_string())?.case;
            let number = desk.number_of(case)?.unwrap_or(0);
            let with = (&self.proposer.policy, self.proposer.scanners.as_slice());
            let docket = self.docket.now();
            let made = desk.edited_remedy(&docket, draft, with, &self.writer, &|| self.is_stopped());
            Ok::<_, DeskError>((number, made.map_err(|error| error.to_string())))
        });
        let (number, made) = match made {
            Ok(Ok(made)) => made,
            Ok(Err(error)) => (0, Err(error.to_string())),
            Err(fault) => (0, Err(fault)),
        };
        self.say(RemedyReply::Edited(number, made));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cases: u32) -> Line {
        Line { cases: (1..=cases).collect(), ..Line::default() }
    }

    fn found(case: u32) -> Found {
        Found { of_use: 1, ..Found::without(case, String::new()) }
    }

    #[test]
    fn cases_are_handed_on_in_sixteens_however_long_they_took_so_far() {
        let mut line = line(40);
        line.took = Duration::from_secs(600);
        assert_eq!(line.next(), (1..=16).collect::<Vec<_>>());
        for case in 1..=16 {
            line.done(&found(case));
        }
        assert_eq!(line.next(), (17..=32).collect::<Vec<_>>());
        let told = line.progress(Some(17), false);
        assert_eq!((told.done, told.of, told.with), (16, 40, 16));
        assert_eq!(told.left, Some(600_000 * 24 / 16));
    }

    #[test]
    fn what_was_not_begun_stays_in_the_line() {
        let mut line = line(20);
        for case in [1, 2, 3] {
            line.done(&found(case));
        }
        assert_eq!(line.next().first(), Some(&4));
        assert_eq!(line.cases.len(), 17);
    }

    #[test]
    fn an_error_is_one_cases_and_the_others_are_tried_without_it() {
        let mut line = line(20);
        let asked = line.next();
        line.done(&found(1));
        assert_eq!(line.failed(&asked), None, "it is not known whose it is");
        assert_eq!(line.next(), [2]);
        let asked = line.next();
        assert_eq!(line.failed(&asked), Some(2));
        line.done(&Found::without(2, "it is gone".into()));
        for case in 3..=16 {
            assert_eq!(line.next(), [case]);
            line.done(&found(case));
        }
        assert_eq!(line.next(), [17, 18, 19, 20], "the rest are together again");
    }
}
