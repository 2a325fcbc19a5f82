//! Which cases come back to the reviewer: what they judged and when, as of the last reading of the store, less what was
//! judged since.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::docket::{Docket, Due, Filter, Overlay, Returns, TextHits};
use crate::domain::{Basis, CaseId, Opinion, State};
use crate::jobs::act::now_ms;
use crate::jobs::desk::{Desk, DeskError};
use crate::store::Record;

pub(super) struct Returning {
    pub(super) returns: Returns,
    due: Due,
    /// The newest entry of the journal that is taken in.
    known: i64,
}

/// What is heard of own verdicts while the store is read.
#[derive(Default)]
pub(super) struct Heard {
    judged: Vec<(u32, u64)>,
    returned: FxHashSet<u32>,
}

impl Heard {
    /// Takes in what was said of a case.
    pub(super) fn take(&mut self, case: u32, record: &Record, standing: &Overlay, reviewer: &str) {
        if has_come_back(record, reviewer) {
            self.returned.insert(case);
        } else if standing.state == State::Settled {
            self.judged.extend(judged_at(record, reviewer).map(|at| (case, at)));
        }
    }
}

/// Whether a case came back to a reviewer and was judged again.
fn has_come_back(record: &Record, reviewer: &str) -> bool {
    record.returned.iter().any(|name| name == reviewer)
}

/// When a reviewer judged a case last: milliseconds since 1970.
fn judged_at(record: &Record, reviewer: &str) -> Option<u64> {
    let own = record.verdicts.iter().filter(|given| {
        given.reviewer == reviewer
            && given.verdict.basis == Basis::Human
            && given.verdict.opinion != Opinion::Unsure
    });
    own.map(|given| given.clock.wall_ms).max()
}

impl Returning {
    pub(super) fn new(returns: Returns) -> Self {
        Self { returns, due: Due::default(), known: 0 }
    }

    /// The store was read: so it is from now on.
    pub(super) fn read(&mut self, heard: Heard, docket: &Docket, known: i64) {
        let is_drawn = |case: u32| docket.name(case).is_some_and(|name| self.returns.draws(&name));
        let judged: FxHashMap<u32, u64> =
            heard.judged.into_iter().filter(|(case, _)| is_drawn(*case)).collect();
        self.due = Due { judged, returned: heard.returned.len() };
        self.known = known;
    }

    /// The cases that come back now. What the reviewer has judged anew since the store was read does
    /// not. A note, or what others say of it, changes nothing: it is still to be judged as if nobody had.
    pub(super) fn now(&mut self, desk: &Desk, docket: &Docket) -> Result<Vec<u32>, DeskError> {
        if self.due.judged.is_empty() {
            return Ok(Vec::new());
        }
        let (known, touched) = desk.touched_since(self.known)?;
        self.known = known;
        for (number, case) in self.due_among(&touched, desk, docket)? {
            let Some(&before) = self.due.judged.get(&number) else { continue };
            let record = desk.record_of(case)?.unwrap_or_default();
            let reviewer = self.returns.reviewer();
            if has_come_back(&record, reviewer) {
                self.due.judged.remove(&number);
                self.due.returned += 1;
            } else if judged_at(&record, reviewer) != Some(before) {
                self.due.judged.remove(&number);
            }
        }
        Ok(docket.returning(&self.returns, &self.due, now_ms()))
    }

    /// Which of some cases, in the order of their names, may still come back. An act on a hundred thousand is not looked up
    /// case by case: what may come back is a small share of all.
    fn due_among(
        &self,
        touched: &[CaseId],
        desk: &Desk,
        docket: &Docket,
    ) -> Result<Vec<(u32, CaseId)>, DeskError> {
        if touched.len() > self.due.judged.len() {
            let due = self.due.judged.keys().filter_map(|&number| Some((number, docket.name(number)?)));
            return Ok(due.filter(|(_, case)| touched.binary_search(case).is_ok()).collect());
        }
        let mut due = Vec::new();
        for &case in touched {
            due.extend(desk.number_of(case)?.map(|number| (number, case)));
        }
        Ok(due)
    }

    /// Those of them that a list would have if they were open, and how many the reviewer has judged. Of a part of a list
    /// only those are known that were looked through.
    pub(super) fn among(
        &self,
        back: &[u32],
        (docket, filter, texts): (&Docket, &Filter, &TextHits),
        is_part: bool,
    ) -> Result<(Vec<u32>, usize), DeskError> {
        let beside = filter.beside_open(self.returns.reviewer());
        let Some(beside) = beside.filter(|_| !back.is_empty()) else {
            return Ok((Vec::new(), 0));
        };
        let matched = match is_part {
            true => docket.select_so_far(&beside, texts)?,
            false => docket.select(&beside, Some(texts))?,
        };
        let back = back.iter().filter(|case| matched.binary_search(case).is_ok()).copied().collect();
        Ok((back, docket.decided_by(self.returns.reviewer()) + self.due.returned))
    }
}
