//! What a reviewer does at the desk: each act is one entry of the journal, on disk before it is told as done.

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::desk::{Desk, DeskError};
use super::named::Beginning;
use super::progress::Progress;
use crate::docket::{Docket, Filter, Needs};
use crate::domain::{Basis, CaseId, FindingId, Opinion, Reason, Reviewer};
use crate::ingest::regroup::{Shaping, regroup};
use crate::ingest::remove::{Removed, remove, would_remove};
use crate::ledger::{
    Act, Assign, CodeHash, Judged, Member, Merge, Note, Pin, Priority, Rank, Seen, Split, Verdict,
};
use crate::store::{Findings, Journal, Record, UndoError, Undone, Writer};

/// A verdict's words, beside the cases it is about.
#[derive(Debug, Clone)]
pub struct JudgeWith {
    /// The opinion.
    pub opinion: Opinion,
    /// Why, in a word.
    pub reason: Option<Reason>,
    /// Why, in the reviewer's words.
    pub note: String,
    /// The last day of an accepted risk.
    pub until: Option<Date>,
    /// What was before the reviewer, where the screen knows.
    pub seen: Option<Seen>,
    /// The findings of the one case that was before the reviewer, with the leases that they had then.
    pub shown: Option<Vec<(FindingId, u64)>>,
}

/// An act done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acted {
    /// The entry's name; `None` where there was nothing to change, and nothing was written.
    pub entry: Option<String>,
    /// The cases it is about.
    pub cases: Vec<CaseId>,
}

pub(super) fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

impl JudgeWith {
    fn makes_sense(&self, today: Date) -> Result<(), DeskError> {
        let refused = |why| Err(DeskError::Senseless(why));
        if let Some(until) = self.until {
            if self.opinion != Opinion::RiskAccepted {
                return refused("only an accepted risk has a last day".into());
            }
            if until < today {
                return refused(format!("the last day of an accepted risk cannot be past: {until}"));
            }
        }
        if let Some(reason) = self.reason.filter(|reason| !reason.fits(self.opinion)) {
            let fitting: Vec<String> = Reason::ALL
                .iter()
                .filter(|reason| reason.fits(self.opinion))
                .map(|reason| reason.word().replace('_', "-"))
                .collect();
            return refused(format!(
                "`{}` is no reason for `{}`; those are {}",
                reason.word().replace('_', "-"),
                self.opinion,
                fitting.join(", ")
            ));
        }
        Ok(())
    }
}

impl Desk {
    /// Gives a verdict on some cases, as one act; on none it is no act.
    ///
    /// # Errors
    /// When the reason or the last day makes no sense, or it cannot be written; then nothing changed.
    pub fn judge(&mut self, cases: &[u32], with: &JudgeWith, writer: &Writer) -> Result<Acted, DeskError> {
        self.judge_telling(cases, with, writer, &Progress::untold())
    }

    /// As [`Self::judge`]; goes through the cases three times.
    pub(super) fn judge_telling(
        &mut self,
        cases: &[u32],
        with: &JudgeWith,
        writer: &Writer,
        progress: &Progress<'_>,
    ) -> Result<Acted, DeskError> {
        with.makes_sense(self.today)?;
        if cases.is_empty() {
            return Ok(Acted::default());
        }
        let judged = self.judged(cases, progress)?;
        progress.ends(1);
        if let (Some(shown), [case]) = (&with.shown, judged.as_slice()) {
            let now: Vec<(FindingId, u64)> =
                case.members.iter().map(|member| (member.finding, member.lease.0)).collect();
            if now != *shown {
                return Err(DeskError::Refused("the case has changed since it was shown; look again".into()));
            }
        }
        let verdict = Verdict {
            cases: judged,
            opinion: with.opinion,
            reason: with.reason,
            note: with.note.clone(),
            until: with.until,
            basis: Basis::Human,
            source: None,
            seen: with.seen.clone(),
        };
        let acted = self.write_telling(Act::Verdict(verdict), writer, &|cases| progress.at(cases))?;
        progress.ends(2);
        Ok(acted)
    }

    /// Cases as they stand, with the leases that a verdict on them rests on.
    pub(super) fn judged(&self, cases: &[u32], progress: &Progress<'_>) -> Result<Vec<Judged>, DeskError> {
        let findings = self.findings()?;
        let _moment = findings.at_one_moment()?;
        let revisions: FxHashMap<u32, String> =
            findings.runs()?.into_iter().map(|run| (run.id, run.revision)).collect();
        let mut judged = Vec::with_capacity(cases.len());
        for (at, &number) in cases.iter().enumerate() {
            progress.at(at);
            let name =
                findings.case_name(number)?.ok_or_else(|| DeskError::NoSuchCase(number.to_string()))?;
            let rows = findings.member_rows(number)?;
            let head = rows.first();
            judged.push(Judged {
                case: name,
                members: rows
                    .iter()
                    .map(|row| Member { finding: row.name, lease: CodeHash(row.lease) })
                    .collect(),
                scope: CodeHash(head.map_or(0, |row| row.body)),
                revision: head.and_then(|row| revisions.get(&row.last_run)).cloned().unwrap_or_default(),
            });
        }
        Ok(judged)
    }

    /// Leaves words on some cases.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn note(&mut self, cases: &[u32], text: &str, writer: &Writer) -> Result<Acted, DeskError> {
        let cases = self.names(cases)?;
        self.write(Act::Note(Note { cases, text: text.to_owned() }), writer)
    }

    /// Gives some cases a priority from 1 to 5, or takes it away. As with [`Self::pin`] and [`Self::assign`], cases for
    /// which that changes nothing are left out, and where none is left nothing is written.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn rank(&mut self, cases: &[u32], priority: Option<u8>, writer: &Writer) -> Result<Acted, DeskError> {
        let priority = priority
            .map(|number| Priority::try_from(number).map_err(|error| DeskError::Refused(error.to_string())))
            .transpose()?;
        let cases = self.names_where(cases, |record| record.rank != priority)?;
        self.write(Act::Rank(Rank { cases, priority }), writer)
    }

    /// Pins some cases, or lets them go.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn pin(&mut self, cases: &[u32], on: bool, writer: &Writer) -> Result<Acted, DeskError> {
        let cases = self.names_where(cases, |record| record.pinned != on)?;
        self.write(Act::Pin(Pin { cases, on }), writer)
    }

    /// Gives some cases to a reviewer, or to nobody.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn assign(
        &mut self,
        cases: &[u32],
        to: Option<&Reviewer>,
        writer: &Writer,
    ) -> Result<Acted, DeskError> {
        let to = to.map(Reviewer::as_str);
        let cases = self.names_where(cases, |record| record.assignee.as_deref() != to)?;
        self.write(Act::Assign(Assign { cases, to: to.map(str::to_owned) }), writer)
    }

    /// Takes findings out of a case; they make a case of their own, and every later import keeps them apart.
    ///
    /// # Errors
    /// When they are not of the case, or nothing would stay.
    pub fn split(&mut self, case: u32, out: &[FindingId], writer: &Writer) -> Result<Acted, DeskError> {
        let findings = self.findings()?;
        let name = findings.case_name(case)?.ok_or_else(|| DeskError::NoSuchCase(case.to_string()))?;
        let members = findings.member_names(case)?;
        if let Some(stranger) = out.iter().find(|finding| !members.contains(finding)) {
            return Err(DeskError::NoSuchFinding(stranger.to_string()));
        }
        let stay: Vec<FindingId> = members.iter().copied().filter(|member| !out.contains(member)).collect();
        // The case keeps the name of its founder, so the founder stays.
        if out.is_empty() || stay.is_empty() || out.contains(&FindingId::from(name)) {
            return Err(DeskError::Refused(
                "a split takes some findings out and leaves the first, which the case is named after".into(),
            ));
        }
        let into = out.first().copied().map(CaseId::from).unwrap_or_default();
        let acted = self.write(Act::Split(Split { case: name, into, out: out.to_vec(), stay }), writer)?;
        self.reshape()?;
        Ok(acted)
    }

    /// Makes several cases one; every later import keeps them together.
    ///
    /// # Errors
    /// When there are not two of them.
    pub fn merge(&mut self, into: u32, from: &[u32], writer: &Writer) -> Result<Acted, DeskError> {
        let from: Vec<u32> = from.iter().copied().filter(|&case| case != into).collect();
        if from.is_empty() {
            return Err(DeskError::Senseless("a merge needs two cases".into()));
        }
        let names = self.names(&[into])?;
        let ended = self.names(&from)?;
        let findings = self.findings()?;
        let mut members = findings.member_names(into)?;
        for &case in &from {
            members.extend(findings.member_names(case)?);
        }
        let into = names.first().copied().unwrap_or_default();
        let acted = self.write(Act::Merge(Merge { into, from: ended, members }), writer)?;
        self.reshape()?;
        Ok(acted)
    }

    /// How many findings each of some cases has now, in their order; none of a case that has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sizes(&self, cases: &[CaseId]) -> Result<Vec<(CaseId, usize)>, DeskError> {
        let findings = self.findings()?;
        let mut sizes = Vec::new();
        for &case in cases {
            let Some(number) = findings.case_of(&FindingId::from(case))? else { continue };
            // The founder of a case that ended is a finding of another.
            if findings.case_name(number)? == Some(case) {
                sizes.push((case, findings.member_names(number)?.len()));
            }
        }
        Ok(sizes)
    }

    /// Takes back this reviewer's last act.
    ///
    /// # Errors
    /// When there is none, or another reviewer's act rests on it.
    pub fn undo(&mut self, writer: &Writer) -> Result<Undone, DeskError> {
        if let Some(undone) = self.undo_in_tree(writer)? {
            return Ok(undone);
        }
        self.step(writer, Journal::undo)
    }

    /// Gives back what this reviewer took back last.
    ///
    /// # Errors
    /// As [`Self::undo`].
    pub fn redo(&mut self, writer: &Writer) -> Result<Undone, DeskError> {
        self.may_redo(writer)?;
        self.step(writer, Journal::redo)
    }

    fn step(
        &mut self,
        writer: &Writer,
        step: fn(&mut Journal, &Writer, u64) -> Result<Undone, UndoError>,
    ) -> Result<Undone, DeskError> {
        let mut journal = self.journal_to_write()?;
        let undone = step(&mut journal, writer, now_ms())?;
        self.journal = Some(journal);
        if matches!(undone.what.act, Act::Split(_) | Act::Merge(_)) {
            self.reshape()?;
        }
        Ok(undone)
    }

    /// Brings the cases in line with the splits and merges in force.
    pub(super) fn reshape(&mut self) -> Result<(), DeskError> {
        let shaping = self.shaping()?;
        let path = self.workspace.file("findings.db");
        // A writer of its own for a moment: the desk's connection only reads.
        let mut findings = Findings::open(&path)?;
        regroup(&mut findings, &shaping)?;
        drop(findings);
        self.findings = Findings::open_to_read(&path)?;
        Ok(())
    }

    /// Takes imports back, each named by one of its runs or the beginning of its name: the findings that only they saw
    /// vanish, and what they changed is as it was. What people decided stays in the journal.
    ///
    /// # Errors
    /// When there is no such run, or a later import rests on one of them; then nothing changed.
    pub fn remove_runs(&mut self, names: &[String]) -> Result<Removed, DeskError> {
        self.taking_back(names, true)
    }

    /// Takes imports back, or finds out what that would mean.
    pub(super) fn taking_back(&mut self, names: &[String], for_good: bool) -> Result<Removed, DeskError> {
        let unknown = |name: &String| DeskError::NoSuchRun(name.clone());
        let rows = self.findings.as_ref().map_or(Ok(Vec::new()), Findings::runs)?;
        let mut imports = Vec::new();
        for name in names {
            let beginning = Beginning::new(name).ok_or_else(|| unknown(name))?;
            let runs = rows.iter().map(|row| (row.import, row.name.bytes().as_slice()));
            imports.push(beginning.only("runs", runs)?.ok_or_else(|| unknown(name))?);
        }
        let path = self.workspace.file("findings.db");
        let mut findings = Findings::open(&path)?;
        if !for_good {
            return Ok(would_remove(&mut findings, &imports)?);
        }
        let removed = remove(&mut findings, &imports, &self.shaping()?)?;
        drop(findings);
        self.findings = Findings::open_to_read(&path)?;
        Ok(removed)
    }

    /// The splits and merges that were ever made, and those in force.
    fn shaping(&self) -> Result<Shaping, DeskError> {
        let acts = self.journal.as_ref().map_or(Ok(Vec::new()), Journal::shapes_in_order)?;
        Ok(Shaping::of(acts))
    }

    /// The cases that a filter leaves in, for an act on all of them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn matching(&self, filter: &Filter) -> Result<Vec<u32>, DeskError> {
        let docket: Docket = self.docket(filter.needs().and(Needs::default()))?;
        self.select(&docket, filter)
    }

    pub(super) fn findings(&self) -> Result<&Findings, DeskError> {
        self.findings.as_ref().ok_or_else(|| DeskError::Refused("nothing was imported yet".into()))
    }

    fn names(&self, cases: &[u32]) -> Result<Vec<CaseId>, DeskError> {
        let findings = self.findings()?;
        cases
            .iter()
            .map(|&case| findings.case_name(case)?.ok_or_else(|| DeskError::NoSuchCase(case.to_string())))
            .collect()
    }

    /// The names of those cases for whose record something holds.
    fn names_where(&self, cases: &[u32], holds: impl Fn(&Record) -> bool) -> Result<Vec<CaseId>, DeskError> {
        let mut wanted = Vec::with_capacity(cases.len());
        for name in self.names(cases)? {
            if holds(&self.record_of(name)?.unwrap_or_default()) {
                wanted.push(name);
            }
        }
        Ok(wanted)
    }

    pub(super) fn journal_to_write(&self) -> Result<Journal, DeskError> {
        Ok(Journal::open(&self.workspace.file("journal.db"))?)
    }

    pub(super) fn write(&mut self, act: Act, writer: &Writer) -> Result<Acted, DeskError> {
        self.write_telling(act, writer, &|_| {})
    }

    fn write_telling(&mut self, act: Act, writer: &Writer, told: &dyn Fn(usize)) -> Result<Acted, DeskError> {
        let cases = act.cases();
        if cases.is_empty() {
            return Ok(Acted::default());
        }
        let mut journal = self.journal_to_write()?;
        let sealed = journal.append_telling(writer, now_ms(), act, told)?;
        self.journal = Some(journal);
        Ok(Acted { entry: Some(sealed.id().to_string()), cases })
    }
}
