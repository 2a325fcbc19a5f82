//! A reviewer's desk: the workspace's two files opened together, and the docket that comes of them.

use std::time::Duration;

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::corpus;
use super::named::Beginning;
use super::remedies;
use super::standings::{self, Labelled, Members, Outline, overlay};
use super::told::{Package, complete};
use crate::dataset::Policy;
use crate::docket::{
    Docket, Evidence, Filter, Missing, Needs, Order, Overlay, RunKey, TextHits, Weights, Worth,
};
use crate::domain::{CaseId, FindingId, Kind};
use crate::ingest::remove::RemoveError;
use crate::ledger::Refused;
use crate::store::{CaseRow, Findings, Journal, PATIENCE, Record, StoreError, UndoError, Workspace};

/// Why something cannot be had from the desk.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The filter asks for what the docket was not given.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// No case is called so.
    #[error("there is no case `{0}`")]
    NoSuchCase(String),
    /// No finding of the case is called so, or several are.
    #[error("`{0}` names no finding of this case, or several")]
    NoSuchFinding(String),
    /// No remedy is called so.
    #[error("there is no remedy `{0}`")]
    NoSuchRemedy(String),
    /// No run is called so.
    #[error("there is no run `{0}`")]
    NoSuchRun(String),
    /// Several are called so.
    #[error("`{name}` begins the names of {count} {what}: {}{}; give more of it", first.join(", "),
        if *count > first.len() { ", …" } else { "" })]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The first of them.
        first: Vec<String>,
    },
    /// The imports stay.
    #[error(transparent)]
    Removal(#[from] RemoveError),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Senseless(String),
    /// The act is not possible.
    #[error("{0}")]
    Refused(String),
    /// There is nothing to take back, or to give back.
    #[error("{0}")]
    NoStep(String),
}

impl From<UndoError> for DeskError {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::Refused(refused @ (Refused::NothingToUndo { .. } | Refused::NothingToRedo { .. })) => {
                Self::NoStep(refused.to_string())
            }
            UndoError::Refused(refused) => Self::Refused(refused.to_string()),
            UndoError::Store(error) => error.into(),
        }
    }
}

impl DeskError {
    /// Whether another process has locked a file: later it may be had.
    pub(super) const fn is_busy(&self) -> bool {
        matches!(self, Self::Store(StoreError::Busy { .. }))
    }
}

/// The workspace's two files, opened for reading.
#[derive(Debug)]
pub struct Desk {
    pub(super) workspace: Workspace,
    pub(super) findings: Option<Findings>,
    pub(super) journal: Option<Journal>,
    /// The reviewer's day, on which accepted risks end.
    pub(super) today: Date,
    /// The workspace's own policy of the gate.
    pub(super) policy: Option<Policy>,
}

/// Cases that people acted on, whose records one thread reads and holds all at once.
const FEW: usize = 1 << 14;
/// Where more than one case in so many was acted on, to walk through all findings takes less than to look up those of each.
const SHARE: usize = 8;

/// Takes what people said of a case: its number and row, the record, and where the case stands by it.
pub(super) type Hear<'h> = dyn FnMut(u32, &CaseRow, &Record, &Overlay) + 'h;

/// Cases of a docket in their order.
#[derive(Debug, Default)]
pub struct Listing {
    /// The first of them, as many as were asked for.
    pub cases: Vec<Listed>,
    /// How many the filter leaves in.
    pub matched: usize,
    /// How many there are.
    pub total: usize,
}

/// A case as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// Its number in the docket.
    pub number: u32,
    /// Its name.
    pub name: CaseId,
    /// Its row.
    pub row: CaseRow,
    /// The project.
    pub project: String,
    /// The file; empty where it names none.
    pub path: String,
    /// The tools, sorted.
    pub tools: Vec<String>,
    /// The rules as the tools name them.
    pub rules: Vec<String>,
    /// Weaknesses.
    pub cwes: Vec<u16>,
    /// A few words.
    pub title: String,
    /// Where it stands.
    pub standing: Overlay,
    /// What a decision on it is worth, 0 to 1.
    pub worth: f32,
    /// The package, where it is about one.
    pub package: Option<Package>,
    /// What its tool calls the place, where it names no file.
    pub spot: String,
    /// The docket's version that it was told from.
    pub version: u64,
}

impl Desk {
    /// Opens a workspace.
    ///
    /// # Errors
    /// When a file is not ours, newer or damaged.
    pub fn open(workspace: Workspace) -> Result<Self, DeskError> {
        Self::open_within(workspace, PATIENCE)
    }

    /// As [`Self::open`]; another process that has locked a file is waited for as long as is said.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn open_within(workspace: Workspace, patience: Duration) -> Result<Self, DeskError> {
        let findings = Findings::open_to_read_within(&workspace.file("findings.db"), patience)?;
        let journal = Journal::open_to_read_within(&workspace.file("journal.db"), patience)?;
        let today = jiff::Zoned::now().date();
        // One that cannot be read is the gate's to complain of.
        let policy = corpus::own_policy(&workspace).ok().flatten();
        Ok(Self { workspace, findings, journal, today, policy })
    }

    /// The same workspace, opened anew.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn again(&self) -> Result<Self, DeskError> {
        Self::open(self.workspace.clone())
    }

    /// Opens the two files if they have been made since.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn look_again(&mut self) -> Result<(), DeskError> {
        if self.findings.is_none() {
            self.findings = Findings::open_to_read(&self.workspace.file("findings.db"))?;
        }
        if self.journal.is_none() {
            self.journal = Journal::open_to_read(&self.workspace.file("journal.db"))?;
        }
        Ok(())
    }

    /// Leaves the journal so that it is opened at once the next time. Where that cannot be done nothing is lost: what
    /// was decided is on disk.
    pub(super) fn settle(&self) {
        if let Some(journal) = &self.journal {
            let _ = journal.settle();
        }
    }

    /// The number of a case by its name.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn number_of(&self, case: CaseId) -> Result<Option<u32>, DeskError> {
        match &self.findings {
            Some(findings) => Ok(findings.case_of(&FindingId::from(case))?),
            None => Ok(None),
        }
    }

    /// What is in force about a case.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn record_of(&self, case: CaseId) -> Result<Option<Record>, DeskError> {
        match &self.journal {
            Some(journal) => Ok(journal.record(case)?),
            None => Ok(None),
        }
    }

    /// The name of a case by its number.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn name_of(&self, number: u32) -> Result<Option<CaseId>, DeskError> {
        match &self.findings {
            Some(findings) => Ok(findings.case_name(number)?),
            None => Ok(None),
        }
    }

    /// The names of all cases, in the order of their numbers from 1.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn all_names(&self) -> Result<Vec<[u8; 16]>, DeskError> {
        match &self.findings {
            Some(findings) => Ok(findings.case_names()?),
            None => Ok(Vec::new()),
        }
    }

    /// The docket, with as much loaded as is needed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn docket(&self, needs: Needs) -> Result<Docket, DeskError> {
        self.docket_heard(needs, &mut |_, _, _, _| {})
    }

    /// The docket as [`Self::docket`] has it; `hear` is told what people said of each case that they acted on.
    pub(super) fn docket_heard(&self, needs: Needs, hear: &mut Hear<'_>) -> Result<Docket, DeskError> {
        Ok(self.docket_outlined(needs, false, hear)?.0)
    }

    /// As [`Self::docket_heard`], with what was read of all findings at once where so many cases were acted on that this
    /// takes less than to look each up.
    pub(super) fn docket_outlined(
        &self,
        needs: Needs,
        marks: bool,
        hear: &mut Hear<'_>,
    ) -> Result<(Docket, Option<Outline>), DeskError> {
        let Some(findings) = &self.findings else { return Ok((loaded(Docket::default(), needs), None)) };
        let journal = self.journal.as_ref().filter(|journal| journal.has_records().unwrap_or(true));
        let much = |count: usize| journal.is_some_and(|it| it.has_more_records_than(count).unwrap_or(false));
        let many = much(FEW);
        let (_moment, beside) =
            if many { findings.at_one_moment_by_two()? } else { (findings.at_one_moment()?, None) };
        let rows = findings.docket()?;
        let cases = rows.len();
        let mut docket = Docket::new(rows, findings.dictionary()?);
        if needs.paths {
            docket.load_paths(findings.all_paths()?);
        }
        if needs.runs {
            let keys = findings.runs()?;
            docket.load_runs(
                keys.iter().map(|run| RunKey { id: run.id, name: run.name, import: run.import }).collect(),
            );
        }
        docket.load_standings(std::iter::empty());
        let remedied = self.remedied()?;
        let mut outline = None;
        if needs.names || journal.is_some() || !remedied.is_empty() {
            let names = findings.case_names()?;
            if let Some(journal) = journal {
                let into = (&mut docket, self.today);
                if many {
                    let path = self.workspace.file("journal.db");
                    let beside = beside.filter(|_| much(cases / SHARE));
                    outline = standings::load_many(&path, (findings, beside), &names, into, marks, hear)?;
                } else {
                    standings::load(journal, findings, &names, into, hear)?;
                }
            }
            remedies::mark(&remedied, &names, &mut docket);
            if needs.names {
                docket.load_names(names);
            }
        }
        Ok((docket, outline))
    }

    /// Where one case stands now; `None`: nobody acted on it. Whether it has a remedy is as the docket knows it: a
    /// verdict on thousands of cases asks this of each, and none of them opens a store for it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn standing(&self, docket: &Docket, number: u32) -> Result<Option<Overlay>, DeskError> {
        let (Some(findings), Some(journal)) = (&self.findings, &self.journal) else { return Ok(None) };
        let Some((row, name)) = docket.row(number).zip(findings.case_name(number)?) else { return Ok(None) };
        let remedied = docket.standing(number).is_some_and(|before| before.remedied);
        let Some(record) = journal.record(name)? else {
            return Ok(remedied.then(|| Overlay { remedied, ..Overlay::untouched(row.flags).clone() }));
        };
        // A verdict on many asks this of each: most have one finding, which they are named after.
        let members = match row.members {
            1 => Members::one(FindingId::from(name), row),
            _ => Members::of(findings, number)?,
        };
        let drifts = members.drifts(findings)?;
        Ok(Some(Overlay { remedied, ..overlay(&record, row, &members, &drifts, self.today) }))
    }

    /// What a case is to whoever trains on it, and what its label lacks to be gold.
    ///
    /// # Errors
    /// When the store fails.
    pub fn label(&self, docket: &Docket, number: u32) -> Result<Labelled, DeskError> {
        let (Some(findings), Some(journal)) = (&self.findings, &self.journal) else {
            return Ok(Labelled::none());
        };
        let Some((row, name)) = docket.row(number).zip(findings.case_name(number)?) else {
            return Ok(Labelled::none());
        };
        let Some(record) = journal.record(name)? else { return Ok(Labelled::none()) };
        let (members, drifts) = Members::with_drifts(findings, number)?;
        Ok(standings::label(&record, row, &members, &drifts, self.today))
    }

    fn records(&self) -> Result<FxHashMap<CaseId, Record>, DeskError> {
        let Some(journal) = &self.journal else { return Ok(FxHashMap::default()) };
        Ok(journal.records()?.into_iter().collect())
    }

    /// The cases that a filter leaves in, and the first of them in an order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn list(
        &self,
        filter: &Filter,
        order: Order,
        limit: usize,
        weights: &Weights,
    ) -> Result<Listing, DeskError> {
        let needs = filter.needs().and(order.needs());
        let docket = self.docket(needs)?;
        let Some(findings) = &self.findings else { return Ok(Listing::default()) };
        let matched = self.select(&docket, filter)?;
        let evidence = self.evidence(&docket);
        let worth = Worth::new(&docket, weights, &evidence);
        let top = docket.top(&matched, order, &worth, limit)?;
        let mut cases = Vec::with_capacity(top.len());
        for number in top {
            if let Some(listed) = listed(findings, &docket, &worth, number)? {
                cases.push(listed);
            }
        }
        complete(findings, &mut cases)?;
        Ok(Listing { cases, matched: matched.len(), total: docket.tally().cases() })
    }

    /// The numbers of the cases that a filter leaves in.
    pub(super) fn select(&self, docket: &Docket, filter: &Filter) -> Result<Vec<u32>, DeskError> {
        let mut texts = TextHits::new(filter);
        if let Some(findings) = self.findings.as_ref().filter(|_| filter.needs().texts) {
            findings.each_texts(|_| true, |first, some| texts.show(first, some), || true)?;
        }
        Ok(docket.select(filter, Some(&texts))?)
    }

    /// How often each rule was right so far, and what the gate lacks where the workspace has a policy of its own.
    #[must_use]
    pub fn evidence(&self, docket: &Docket) -> Evidence {
        Evidence { deficit: self.deficit(docket), ..Evidence::of(docket) }
    }

    /// The number of the case that a name, or the beginning of one, means.
    ///
    /// # Errors
    /// When there is none or there are several.
    pub fn resolve(&self, name: &str) -> Result<u32, DeskError> {
        let unknown = || DeskError::NoSuchCase(name.to_owned());
        let findings = self.findings.as_ref().ok_or_else(unknown)?;
        let beginning = Beginning::new(name).ok_or_else(unknown)?;
        let (rows, names) = (findings.docket()?, findings.case_names()?);
        let cases = (1_u32..).zip(&names).zip(&rows).filter(|(_, row)| row.head != 0);
        match beginning.only("cases", cases.map(|((number, bytes), _)| (number, bytes.as_slice())))? {
            Some(case) => Ok(case),
            // A member's name, or an alias of one, means the case it is in.
            None => match name.trim().to_ascii_lowercase().parse::<FindingId>() {
                Ok(finding) => findings.case_of(&finding)?.ok_or_else(unknown),
                Err(_) => Err(unknown()),
            },
        }
    }

    /// Cases that somebody acted on and that no finding here belongs to.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unbound(&self) -> Result<Vec<CaseId>, DeskError> {
        let mut unbound = Vec::new();
        for (case, record) in self.records()? {
            let known = match &self.findings {
                Some(findings) => findings.case_of(&FindingId::from(case))?.is_some(),
                None => false,
            };
            if !known && record != Record::default() {
                unbound.push(case);
            }
        }
        unbound.sort_unstable();
        Ok(unbound)
    }
}

/// A docket without cases, which has everything there is to load.
fn loaded(mut docket: Docket, needs: Needs) -> Docket {
    if needs.paths {
        docket.load_paths(FxHashMap::default());
    }
    if needs.names {
        docket.load_names(Vec::new());
    }
    if needs.runs {
        docket.load_runs(Vec::new());
    }
    docket.load_standings(std::iter::empty());
    docket
}

/// A case as a list shows it, without what [`complete`] fills in.
pub(super) fn listed(
    findings: &Findings,
    docket: &Docket,
    worth: &Worth<'_>,
    number: u32,
) -> Result<Option<Listed>, DeskError> {
    let Some(row) = docket.row(number).copied() else { return Ok(None) };
    // What is at hand is not asked of the store: a screen of rows would be hundreds of questions.
    let name = match docket.name(number) {
        Some(name) => Some(name),
        None => findings.case_name(number)?,
    };
    let Some(name) = name else { return Ok(None) };
    let path =
        if docket.loaded().paths { docket.path(&row).to_owned() } else { findings.path_text(row.path)? };
    let rules: Vec<String> = docket.rules(&row).map(|rule| rule.name.clone()).collect();
    let told = docket.rules(&row).map(|rule| rule.title.as_str()).find(|title| !title.is_empty());
    let weakness = docket.cwes(&row).iter().find_map(|cwe| cwe.label());
    // An advisory has a title of its own; a rule's is often no more than its name.
    let title = if row.kind == Kind::Dependency as u8 { told.or(weakness) } else { weakness.or(told) };
    let rule = docket.rules(&row).next();
    let title = match (title, rule) {
        (Some(title), _) => title.to_owned(),
        // An advisory's name is its title; a rule's reads better as words.
        (None, Some(rule)) if row.kind == Kind::Dependency as u8 => rule.name.clone(),
        (None, rule) => rule.map(|rule| rule.family.replace(['-', '_'], " ")).unwrap_or_default(),
    };
    Ok(Some(Listed {
        number,
        name,
        project: docket.project(&row).to_owned(),
        path,
        tools: docket.tools(&row).into_iter().map(str::to_owned).collect(),
        rules,
        cwes: docket.cwes(&row).iter().map(|cwe| cwe.0).collect(),
        title,
        standing: docket.standing(number).cloned().unwrap_or_else(|| Overlay::untouched(row.flags).clone()),
        worth: worth.of(number),
        package: None,
        spot: String::new(),
        version: docket.version(),
        row,
    }))
}
