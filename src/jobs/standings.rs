//! Where a case stands by what people said of it and by its code.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::desk::{DeskError, Hear};
use crate::dataset::{Class, Gold, Lacks, label_of};
use crate::docket::{Docket, Overlay};
use crate::domain::{Basis, CaseId, FindingId, Kind};
use crate::ledger::{CodeHash, Facts};
use crate::store::{CaseFlags, CaseRow, FindingFlags, Findings, Journal, Record, StoreError};

/// What findings are now whose code has ever changed: of their statement, and of what is around it.
type Drifts = FxHashMap<FindingId, (u64, u64)>;

/// Loads where the cases stand that people acted on, and tells `hear` of each. Of many cases see [`load_many`].
pub(super) fn load(
    journal: &Journal,
    findings: &Findings,
    names: &[[u8; 16]],
    (docket, today): (&mut Docket, Date),
    hear: &mut Hear<'_>,
) -> Result<(), DeskError> {
    let mut loading = Loading::new(findings, names, (docket, today), hear)?;
    let mut few: FxHashMap<CaseId, (Record, bool)> = FxHashMap::default();
    journal.each_record(|case, record| {
        few.insert(case, (record, false));
    })?;
    loading.take_few(few)?;
    loading.take_foreign()
}

/// As [`load`], of cases so many that two threads are worth it: one reads, the other works out where each stands. Records are
/// told one after the other and not kept: a million of them would take half a gigabyte.
///
/// `beside` reads the findings at the same moment; where there is none each case of several findings is looked up. With
/// `marks` it is read as well by what cases can be compared.
pub(super) fn load_many(
    journal: &Path,
    (findings, beside): (&Findings, Option<Findings>),
    names: &[[u8; 16]],
    (docket, today): (&mut Docket, Date),
    marks: bool,
    hear: &mut Hear<'_>,
) -> Result<Option<Outline>, DeskError> {
    // What scanners said is shared by both.
    let told = docket.clone();
    std::thread::scope(|scope| {
        let (tell, heard) = sync_channel(AHEAD);
        let reader = scope.spawn(move || read_all(journal, beside, &told, marks, &tell));
        let mut loading = Loading::new(findings, names, (docket, today), hear)?;
        loading.sort();
        for part in heard {
            match part {
                Part::Outline(outline) => {
                    loading.outline = Some(outline);
                    // Whoever has acted on many has mostly acted on more than half.
                    loading.docket.expect_standings(names.len() / 2);
                }
                Part::Records(records) => {
                    records.into_iter().try_for_each(|(case, record)| loading.take(case, record))?;
                }
            }
        }
        match reader.join() {
            Ok(read) => read?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        loading.take_foreign()?;
        Ok(loading.outline)
    })
}

/// Parts that are read before they are taken.
const AHEAD: usize = 4;
/// Records of a part.
const TOGETHER: usize = 1024;

/// What the reading thread tells.
enum Part {
    Outline(Outline),
    Records(Vec<(CaseId, Record)>),
}

/// Reads the findings, then the records. Whoever does not listen any more has failed, and says why.
fn read_all(
    journal: &Path,
    beside: Option<Findings>,
    docket: &Docket,
    marks: bool,
    tell: &SyncSender<Part>,
) -> Result<(), StoreError> {
    if let Some(findings) = beside {
        let _ = tell.send(Part::Outline(Outline::read(&findings, docket, marks)?));
    }
    let Some(journal) = Journal::open_to_read(journal)? else { return Ok(()) };
    let mut records = Vec::with_capacity(TOGETHER);
    journal.each_record(|case, record| {
        records.push((case, record));
        if records.len() == TOGETHER {
            let _ = tell.send(Part::Records(std::mem::replace(&mut records, Vec::with_capacity(TOGETHER))));
        }
    })?;
    let _ = tell.send(Part::Records(records));
    Ok(())
}

/// What is read of all findings at once. To look a million cases up one by one took a quarter of the gate's time.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The findings of cases that have several, by case and the founder first, and whether each is gone.
    members: Vec<(u32, FindingId, bool)>,
    /// By what the founder of each case can be compared and the snapshot of its file, by the case's number less one.
    pub(super) marks: Vec<(u64, u32)>,
}

impl Outline {
    fn read(findings: &Findings, docket: &Docket, marks: bool) -> Result<Self, StoreError> {
        let mut outline = Self::default();
        if marks {
            outline.marks = vec![(0, 0); docket.end().saturating_sub(1) as usize];
        }
        findings.each_outlined(|finding| {
            let Some(row) = docket.row(finding.case) else { return };
            if row.members > 1 {
                let gone = finding.flags & FindingFlags::GONE != 0;
                outline.members.push((finding.case, finding.name, gone));
            }
            if i64::from(row.head) == finding.id
                && let Some(mark) = outline.marks.get_mut(finding.case as usize - 1)
            {
                *mark = (Gold::mark_of(docket.family(finding.rule), &finding), finding.snapshot);
            }
        })?;
        // They came in the order of their rows, in which a founder is before who joined it.
        outline.members.sort_by_key(|(case, ..)| *case);
        Ok(outline)
    }

    fn members(&self, case: u32) -> Members {
        let from = self.members.partition_point(|(of, ..)| *of < case);
        let own = self.members.iter().skip(from).take_while(|(of, ..)| *of == case);
        Members {
            all: own.clone().map(|(_, name, _)| *name).collect(),
            gone: own.filter(|(.., gone)| *gone).map(|(_, name, _)| *name).collect(),
        }
    }
}

/// Standings on their way into a docket.
struct Loading<'a, 'h> {
    findings: &'a Findings,
    names: &'a [[u8; 16]],
    docket: &'a mut Docket,
    today: Date,
    hear: &'a mut Hear<'h>,
    drifts: Drifts,
    outline: Option<Outline>,
    /// The places of the names in their order, and how far that was read.
    order: Vec<u32>,
    at: usize,
    /// Names that are no case's own any more: the finding was merged into another, or goes by an alias.
    foreign: Vec<(CaseId, Record)>,
}

impl<'a, 'h> Loading<'a, 'h> {
    fn new(
        findings: &'a Findings,
        names: &'a [[u8; 16]],
        (docket, today): (&'a mut Docket, Date),
        hear: &'a mut Hear<'h>,
    ) -> Result<Self, DeskError> {
        Ok(Self {
            findings,
            names,
            docket,
            today,
            hear,
            drifts: findings.drifts()?,
            outline: None,
            order: Vec::new(),
            at: 0,
            foreign: Vec::new(),
        })
    }

    fn sort(&mut self) {
        self.order = (0..u32::try_from(self.names.len()).unwrap_or(u32::MAX)).collect();
        let names = self.names;
        self.order.sort_unstable_by_key(|&at| names.get(at as usize));
    }

    /// Takes a record in; they come in the order of their names.
    fn take(&mut self, case: CaseId, record: Record) -> Result<(), DeskError> {
        let mut own = false;
        while let Some(&at) = self.order.get(self.at) {
            let name = self.names.get(at as usize);
            if name > Some(case.bytes()) {
                break;
            }
            self.at += 1;
            if name == Some(case.bytes()) {
                own = true;
                self.bind(at + 1, &record, false)?;
            }
        }
        if !own {
            self.foreign.push((case, record));
        }
        Ok(())
    }

    /// Takes in records of which there are so few that each case is looked up among them.
    fn take_few(&mut self, mut few: FxHashMap<CaseId, (Record, bool)>) -> Result<(), DeskError> {
        for (number, name) in (1_u32..).zip(self.names) {
            if let Some((record, own)) = few.get_mut(&CaseId::new(*name)) {
                *own = true;
                self.bind(number, record, false)?;
            }
        }
        let foreign = few.into_iter().filter(|(_, (_, own))| !own);
        self.foreign.extend(foreign.map(|(case, (record, _))| (case, record)));
        self.foreign.sort_unstable_by_key(|(case, _)| *case);
        Ok(())
    }

    fn take_foreign(&mut self) -> Result<(), DeskError> {
        for (name, record) in std::mem::take(&mut self.foreign) {
            let Some(number) = self.findings.case_of(&FindingId::from(name))? else { continue };
            if !self.docket.is_acted_on(number) {
                self.bind(number, &record, true)?;
            }
        }
        Ok(())
    }

    fn bind(&mut self, number: u32, record: &Record, by_another_name: bool) -> Result<(), DeskError> {
        let Some(row) = self.docket.row(number).copied() else { return Ok(()) };
        // Most cases have one finding, which they are named after: the store is not asked for it.
        let members = match self.names.get(number as usize - 1) {
            Some(name) if row.members == 1 && !by_another_name => Members::one(FindingId::new(*name), &row),
            _ => match &self.outline {
                Some(outline) => outline.members(number),
                None => Members::of(self.findings, number)?,
            },
        };
        let standing = overlay(record, &row, &members, &self.drifts, self.today);
        (self.hear)(number, &row, record, &standing);
        self.docket.set_standing(number, Some(standing));
        Ok(())
    }
}

/// The findings of a case, and those of them that are gone.
pub(super) struct Members {
    pub(super) all: Vec<FindingId>,
    gone: Vec<FindingId>,
}

impl Members {
    pub(super) fn one(name: FindingId, row: &CaseRow) -> Self {
        let all = vec![name];
        let gone = if row.flags & CaseFlags::GONE != 0 { all.clone() } else { Vec::new() };
        Self { all, gone }
    }

    /// The findings of a case, and what those of them are now whose code has ever changed.
    pub(super) fn with_drifts(findings: &Findings, case: u32) -> Result<(Self, Drifts), DeskError> {
        let members = Self::of(findings, case)?;
        let drifts = members.drifts(findings)?;
        Ok((members, drifts))
    }

    /// What those of them are now whose code has ever changed.
    pub(super) fn drifts(&self, findings: &Findings) -> Result<Drifts, DeskError> {
        let mut drifts = Drifts::default();
        for member in &self.all {
            if let Some(drift) = findings.drift_of(member)? {
                drifts.insert(*member, drift);
            }
        }
        Ok(drifts)
    }

    pub(super) fn of(findings: &Findings, case: u32) -> Result<Self, DeskError> {
        Ok(Self { all: findings.member_names(case)?, gone: findings.gone_members(case)? })
    }
}

/// What a case is to whoever trains on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labelled {
    /// Its class; null where no verdict stands that decides.
    pub class: Option<Class>,
    /// Whether it may be trained on.
    pub gold: bool,
    /// Why it may not.
    pub lacks: Vec<Lacks>,
}

impl Labelled {
    /// A case of which nobody said anything.
    pub(super) fn none() -> Self {
        Self { class: None, gold: false, lacks: vec![Lacks::Verdict] }
    }
}

/// The label of a case by its record and its code.
pub(super) fn label(
    record: &Record,
    row: &CaseRow,
    members: &Members,
    drifts: &Drifts,
    today: Date,
) -> Labelled {
    let kind = Kind::ALL.get(usize::from(row.kind)).copied().unwrap_or_default();
    let told = with_facts(row, members, drifts, today, |facts| {
        label_of(&record.in_force(), facts, kind).map(|label| (label.class, label.gold, label.lacks))
    });
    match told {
        Ok((class, gold, lacks)) => Labelled { class: Some(class), gold, lacks },
        Err(lacks) => Labelled { class: None, gold: false, lacks: vec![lacks] },
    }
}

/// Does something with what is known of a case outside the journal.
fn with_facts<T>(
    row: &CaseRow,
    members: &Members,
    drifts: &Drifts,
    today: Date,
    work: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    // A finding that never drifted has the lease it was judged with: not known is "no change" to the ledger.
    let lease =
        |finding: FindingId| drifts.get(&finding).map_or(CodeHash::UNKNOWN, |drift| CodeHash(drift.0));
    let scope = members
        .all
        .first()
        .and_then(|head| drifts.get(head))
        .map_or(CodeHash::UNKNOWN, |drift| CodeHash(drift.1));
    let gone = row.flags & CaseFlags::GONE != 0;
    let here = |finding: FindingId| !members.gone.contains(&finding);
    work(&Facts { gone, members: &members.all, here: &here, lease: &lease, scope, today })
}

/// Where a case stands by its record and its code.
pub(super) fn overlay(
    record: &Record,
    row: &CaseRow,
    members: &Members,
    drifts: &Drifts,
    today: Date,
) -> Overlay {
    let standing = with_facts(row, members, drifts, today, |facts| record.standing(facts));
    let mut overlay = if record.verdicts.is_empty() {
        Overlay::untouched(row.flags).clone()
    } else {
        Overlay::new(standing.state, None)
    };
    if !record.verdicts.is_empty() {
        overlay.verdict = standing.verdict;
        overlay.basis = standing.basis;
    }
    overlay.touched = standing.touched;
    overlay.marked = standing.marked;
    overlay.expired = standing.expired;
    let speaking = record.verdicts.iter().filter(|given| standing.entries.contains(&given.entry));
    overlay.until = speaking.clone().filter_map(|given| given.verdict.until).min();
    if standing.marked {
        let judged: FxHashSet<FindingId> = speaking
            .flat_map(|given| given.verdict.cases.iter().flat_map(|judged| &judged.members))
            .map(|member| member.finding)
            .collect();
        overlay.uncovered = members.all.iter().filter(|member| !judged.contains(member)).count();
    }
    overlay.gold = standing.gold;
    overlay.reviewers = standing.by.iter().map(|&name| name.to_owned()).collect();
    // A person's verdict beside those that speak; where a person's does, an inferred one says nothing of who looked.
    for given in record.verdicts.iter().filter(|given| given.verdict.basis == Basis::Human) {
        let speaks = standing.basis == Some(Basis::Human) && standing.by.contains(&given.reviewer.as_str());
        if !speaks && !overlay.also.contains(&given.reviewer) {
            overlay.also.push(given.reviewer.clone());
        }
    }
    overlay.pinned = record.pinned;
    overlay.rank = record.rank.map(u8::from);
    overlay.assignee.clone_from(&record.assignee);
    overlay
}

#[cfg(test)]
mod tests;
