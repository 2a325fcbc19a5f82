//! A project's code taken out of the workspace, with what stays told.

use rustc_hash::FxHashSet;
use serde::Serialize;

use super::act::now_ms;
use super::desk::{Desk, DeskError};
use super::kept;
use crate::domain::{CaseId, Claim, Place, Step};
use crate::ledger::{Act, Forget, Other};
use crate::store::{Findings, Writer, remove_copies};

/// What went and what stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ForgottenProject {
    /// The project.
    pub project: String,
    /// Texts of files.
    pub snapshots: u64,
    /// Claims of which only rule, place and grades stay.
    pub claims: u64,
    /// Differences between versions of the code.
    pub differences: u64,
    /// Remedies.
    pub remedies: u64,
    /// Entries of the journal that lost their text, since it quoted a remedy.
    pub entries: u64,
    /// Copies of databases from before a migration; they held every project's code.
    pub copies: Vec<String>,
    /// What stays.
    pub left: LeftOver,
}

/// What stays of a project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LeftOver {
    /// Cases, with their places, rules, weaknesses and verdicts.
    pub cases: u64,
    /// Texts that another project has, too.
    pub shared_snapshots: u64,
    /// Batches that left with samples of it, by what their folders were called.
    pub batches: Vec<String>,
    /// Documents that went back to its tools.
    pub documents: u64,
}

impl Desk {
    /// Takes a project's code out of the workspace: texts of files, what tools quoted and said, differences, remedies and
    /// what was said of them. Counts, places, verdicts and notes stay. Doing it again finishes what was interrupted.
    ///
    /// # Errors
    /// When there is no such project, a remedy is on its way into its tree, or another program uses the workspace.
    pub fn forget(mut self, project: &str, writer: &Writer) -> Result<ForgottenProject, DeskError> {
        let unknown = || DeskError::Senseless(format!("there is no project `{project}`"));
        let findings = self.findings.take().ok_or_else(unknown)?;
        let projects = findings.dictionary()?.projects;
        let (row, _) = projects.into_iter().find(|(_, name)| name == project).ok_or_else(unknown)?;
        let names: FxHashSet<CaseId> = findings.names_of(row)?.into_iter().collect();
        let left = LeftOver {
            cases: findings.docket()?.iter().filter(|it| it.head != 0 && u32::from(it.project) == row).count()
                as u64,
            shared_snapshots: findings.shared_snapshots(row)?,
            ..LeftOver::default()
        };
        drop(findings);
        let remedies = self.remedies()?;
        if remedies.map_or(Ok(Vec::new()), |store| store.begun())?.iter().any(|it| it.project == project) {
            return Err(DeskError::Refused(
                "a remedy is on its way into the source tree: `assize remedy list` finishes it".into(),
            ));
        }
        let mut told = ForgottenProject { project: project.to_owned(), left, ..ForgottenProject::default() };
        // First the journal says that it is wanted; whoever is interrupted does it again.
        let mut journal = self.journal_to_write()?;
        journal.append(writer, now_ms(), Act::Forget(Forget { project: project.to_owned() }))?;
        for entry in journal.of_kind(Other::BATCH)? {
            let Act::Other(batch) = &entry.act else { continue };
            if batch.cases.iter().any(|case| names.contains(case)) {
                let place = batch.body.get("place").and_then(serde_json::Value::as_str);
                told.left.batches.push(place.unwrap_or("a batch").to_owned());
            }
        }
        told.left.documents = journal.of_kind(Other::WRITTEN_BACK)?.len() as u64;
        told.entries = journal.forget(&names)?;
        if self.remedies()?.is_some() {
            let mut remedies = self.remedies_to_write()?;
            told.remedies = remedies.forget(project)?;
            remedies.compact()?;
        }
        let mut findings = Findings::open(&self.workspace.file("findings.db"))?;
        let gone = findings.forget(row, stripped)?;
        (told.snapshots, told.claims, told.differences) = (gone.snapshots, gone.claims, gone.differences);
        findings.compact()?;
        self.journal = None;
        journal.compact()?;
        told.copies = remove_copies(&self.workspace.file(""))?;
        kept::remove(&self.workspace);
        Ok(told)
    }
}

/// A claim without what it says of the code: its rule, place, grades and package stay.
fn stripped(bytes: &[u8]) -> Vec<u8> {
    let Ok(claim) = postcard::from_bytes::<Claim>(bytes) else { return Vec::new() };
    let bare =
        |place: Place| Place { snippet: String::new(), context: String::new(), context_line: 0, ..place };
    let step = |step: Step| Step { place: bare(step.place), message: String::new() };
    let claim = Claim {
        rule: claim.rule,
        kind: claim.kind,
        severity: claim.severity,
        severity_words: claim.severity_words,
        confidence: claim.confidence,
        scores: claim.scores,
        cwes: claim.cwes,
        owasp: claim.owasp,
        place: claim.place.map(bare),
        more_places: claim.more_places.into_iter().map(bare).collect(),
        related: claim.related.into_iter().map(step).collect(),
        traces: claim.traces.into_iter().map(|trace| trace.into_iter().map(step).collect()).collect(),
        suppression: claim.suppression,
        baseline: claim.baseline,
        dependency: claim.dependency,
        ..Claim::default()
    };
    postcard::to_stdvec(&claim).unwrap_or_default()
}
