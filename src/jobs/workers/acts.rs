//! The worker that writes what the reviewer decides.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::inbox::Inbox;
use super::serve::{Work, caught};
use super::shared::Shared;
use super::{Do, RemedyAct, Reply, Request, rows};
use crate::docket::{Docket, Overlay, Weights};
use crate::domain::{Basis, CaseId};
use crate::jobs::act::Acted;
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::progress::Progress;
use crate::jobs::remedies::Decision;
use crate::jobs::saved::keep;
use crate::ledger::Act;
use crate::store::{CaseRow, Undone, Writer};

/// How many rows an act's reply holds; a bulk verdict changes more, which are asked for as they come into sight.
const ROWS_TOLD: usize = 500;

/// From so many cases on, all names are read rather than one by one.
const MANY: usize = 256;

/// How often the cases of a verdict are gone through: for their leases, twice in the journal, and where they stand then.
const ROUNDS: usize = 4;

pub(super) struct Acts {
    desk: Desk,
    docket: Shared,
    writer: Writer,
    weights: Weights,
}

impl Acts {
    #[cfg(test)]
    pub(super) const fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(super) const fn new(desk: Desk, docket: Shared, writer: Writer, weights: Weights) -> Self {
        Self { desk, docket, writer, weights }
    }

    fn act(
        &mut self,
        act: Do,
        named: &[(u32, CaseId)],
        tell: &dyn Fn(usize, usize),
    ) -> Result<Done, DeskError> {
        self.desk.look_again()?;
        if let Do::Judge(numbers, _)
        | Do::Note(numbers, _)
        | Do::Rank(numbers, _)
        | Do::Pin(numbers, _)
        | Do::Spread { cases: numbers, .. } = &act
        {
            self.check(numbers, named)?;
        }
        if let Some(case) = act.about() {
            self.check(&[case], named)?;
        }
        let (desk, writer) = (&mut self.desk, &self.writer);
        let told = |what, acted: Acted| match acted.entry {
            Some(_) => Done { what, count: acted.cases.len(), cases: acted.cases, decided: 0, rounds: 0 },
            None => Done { what: "nothing to change", count: 0, cases: Vec::new(), decided: 0, rounds: 0 },
        };
        Ok(match act {
            Do::Judge(numbers, with) => {
                let progress = Progress::new(numbers.len(), ROUNDS, tell);
                let acted = desk.judge_telling(&numbers, &with, writer, &progress)?;
                let decided = many(&acted.cases);
                Done { decided, rounds: ROUNDS - 1, ..told(with.opinion.word(), acted) }
            }
            Do::Note(numbers, text) => told("noted", desk.note(&numbers, &text, writer)?),
            Do::Rank(numbers, rank) => told("ranked", desk.rank(&numbers, rank, writer)?),
            Do::Pin(numbers, on) => {
                told(if on { "pinned" } else { "let go" }, desk.pin(&numbers, on, writer)?)
            }
            Do::Spread { case, cases } => {
                let docket = self.docket.now();
                told("spread", desk.spread(&docket, &[case], Some(&cases), writer)?.acted)
            }
            Do::TakeBack(case) => Done::of(desk.take_back_spread(case, writer)?),
            Do::Remedy { remedy, act } => {
                let remedy = desk.remedy(&remedy.to_string())?;
                match act {
                    RemedyAct::Accept => {
                        told("accepted", desk.decide(&remedy, Decision::Accepted, "", writer)?)
                    }
                    RemedyAct::Refuse(why) => {
                        told("refused", desk.decide(&remedy, Decision::Refused, &why, writer)?)
                    }
                    RemedyAct::Apply { anyway } => {
                        let applied = desk.apply_remedy(&remedy, None, anyway, writer, &mut |_| {})?;
                        let what = if applied.rebased { "applied to the changed file" } else { "applied" };
                        Done { what, count: 1, cases: vec![remedy.case], decided: 0, rounds: 0 }
                    }
                    RemedyAct::TakeBack => {
                        desk.take_back_remedy(&remedy, writer, &mut |_| {})?;
                        Done { what: "taken back", count: 1, cases: vec![remedy.case], decided: 0, rounds: 0 }
                    }
                }
            }
            Do::Undo => Done::of_step("nothing to undo", desk.undo(writer))?,
            Do::Redo => Done::of_step("nothing to redo", desk.redo(writer))?,
        })
    }

    /// The screen means cases by their numbers. After imports were removed a number may be another case's: then
    /// nothing is done.
    fn check(&self, numbers: &[u32], named: &[(u32, CaseId)]) -> Result<(), DeskError> {
        let docket = self.docket.now();
        let named: FxHashMap<u32, CaseId> = named.iter().copied().collect();
        // One name is found at once; of many it takes less to read all.
        let all = if numbers.len() > MANY { self.desk.all_names()? } else { Vec::new() };
        for &number in numbers {
            let meant = named.get(&number).copied().or_else(|| docket.name(number));
            let stored = if numbers.len() > MANY {
                all.get((number as usize).wrapping_sub(1)).copied().map(CaseId::new)
            } else {
                self.desk.name_of(number)?
            };
            if meant.is_none() || meant != stored {
                return Err(DeskError::Refused(
                    "the docket has changed since it was listed; look again".into(),
                ));
            }
        }
        Ok(())
    }

    /// Brings the docket up to date and tells what changed. What is on disk is saved, whatever happens here.
    fn saved(&self, ticket: u64, done: &Done, tell: &dyn Fn(usize, usize)) -> Reply {
        let told = caught(|| {
            let progress = Progress::new(done.cases.len(), done.rounds + 1, tell);
            progress.ends(done.rounds);
            let (docket, mut numbers) = self.stand(&done.cases, &progress);
            numbers.truncate(ROWS_TOLD);
            let rows = rows(&self.desk, &docket, &self.weights, &numbers).unwrap_or_default();
            (docket, rows)
        });
        let (docket, rows) = told.unwrap_or_else(|_| (self.docket.now(), Vec::new()));
        let (what, decided) = (done.what, done.decided);
        // More changed than is told of: the screen is to know.
        let count = if done.cases.len() > ROWS_TOLD { done.cases.len() } else { done.count };
        let (version, tally) = (docket.version(), docket.tally());
        Reply::Saved { ticket, version, what, count, decided, rows, tally }
    }

    fn stand(&self, cases: &[CaseId], progress: &Progress<'_>) -> (Arc<Docket>, Vec<u32>) {
        stand_as(&self.desk, &self.docket, cases, progress, |standing, _| standing)
    }
}

/// Sets where cases stand now; gives the docket with it, and their numbers.
pub(super) fn stand(desk: &Desk, shared: &Shared, cases: &[CaseId]) -> (Arc<Docket>, Vec<u32>) {
    stand_as(desk, shared, cases, &Progress::untold(), |standing, _| standing)
}

/// As [`stand`], of cases of which it is known that they have a remedy.
pub(in crate::jobs) fn stand_remedied(desk: &Desk, shared: &Shared, cases: &[CaseId]) {
    stand_as(desk, shared, cases, &Progress::untold(), |standing, row| {
        let standing = standing.unwrap_or_else(|| Overlay::untouched(row.flags).clone());
        Some(Overlay { remedied: true, ..standing })
    });
}

fn stand_as(
    desk: &Desk,
    shared: &Shared,
    cases: &[CaseId],
    progress: &Progress<'_>,
    with: impl Fn(Option<Overlay>, &CaseRow) -> Option<Overlay>,
) -> (Arc<Docket>, Vec<u32>) {
    loop {
        let docket = shared.now();
        let mut numbers = Vec::with_capacity(cases.len());
        let mut standings = Vec::with_capacity(cases.len());
        for (at, case) in cases.iter().enumerate() {
            progress.at(at);
            let Ok(Some(number)) = desk.number_of(*case) else { continue };
            // The store may be newer than the docket, and the number another case's there.
            if !desk.name_of(number).is_ok_and(|name| name == docket.name(number)) {
                continue;
            }
            if let (Ok(standing), Some(row)) = (desk.standing(&docket, number), docket.row(number)) {
                standings.push((number, with(standing, row)));
            }
            numbers.push(number);
        }
        if let Some(docket) = shared.set(docket.version(), cases, standings) {
            return (docket, numbers);
        }
    }
}

impl Work for Acts {
    fn work(&mut self, request: Request, _: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        if let Request::Act { ticket, act, named } = request {
            let so_far = |done, of| tell(Reply::Saving { ticket, done, of });
            let done = self.act(act, &named, &so_far)?;
            tell(self.saved(ticket, &done, &so_far));
        } else if let Request::Filters(wanted) = request {
            tell(Reply::Filters(keep(&self.desk.workspace, wanted)?));
        }
        Ok(())
    }

    fn renew(&mut self) {
        // What cannot be opened now refuses the next act, and says why.
        if let Ok(desk) = self.desk.again() {
            self.desk = desk;
        }
    }

    fn end(&mut self) {
        self.desk.settle();
    }
}

/// An act that is on disk.
struct Done {
    what: &'static str,
    /// On how many cases it was.
    count: usize,
    /// The cases that may stand elsewhere since; those of what was propagated among them.
    cases: Vec<CaseId>,
    /// Verdicts given by a person, less those taken back.
    decided: i64,
    /// How often its cases were gone through to write it.
    rounds: usize,
}

impl Done {
    /// A step that there may be none of, which is no fault of the reviewer's.
    fn of_step(nothing: &'static str, step: Result<Undone, DeskError>) -> Result<Self, DeskError> {
        match step {
            Ok(undone) => Ok(Self::of(undone)),
            Err(DeskError::NoStep(_)) => {
                Ok(Self { what: nothing, count: 0, cases: Vec::new(), decided: 0, rounds: 0 })
            }
            Err(error) => Err(error),
        }
    }

    fn of(undone: Undone) -> Self {
        let (what, sign) = match &undone.retract.act {
            Act::Retract(act) if act.gives_back() => ("given again", 1),
            _ => ("taken back", -1),
        };
        let (act, cases) = (&undone.what.act, undone.cases);
        let basis = match act {
            Act::Verdict(verdict) => Some(verdict.basis),
            _ => None,
        };
        let named = act.cases();
        let decided = if basis == Some(Basis::Human) { sign * many(&named) } else { 0 };
        // What was spread is taken back in one, though it was spread in several.
        let count = if basis == Some(Basis::Inferred) { cases.len() } else { named.len() };
        Self { what, count, cases, decided, rounds: 0 }
    }
}

fn many(cases: &[CaseId]) -> i64 {
    i64::try_from(cases.len()).unwrap_or(i64::MAX)
}
