//! The two threads behind the screen of runs: one looks things up, one changes the store. Neither is in the way of
//! verdicts, which go to another file by another thread.
//!
//! Each opens the workspace when it is first asked for something, so a sitting that never looks at the runs pays nothing.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::desk::{Desk, DeskError};
use super::importing::{Fate, ImportOrder, Imported, project_of};
use super::paths::{Completion, complete, paths};
use super::runs::{ImportName, ImportView, ReceiptView};
use super::workers::caught;
use crate::ingest::meter::{Mark, Meter};
use crate::ingest::receipt::{Changes, Counts};
use crate::ingest::remove::Removed;
use crate::store::Workspace;

/// Between two words about how far an import is.
const TELLING: Duration = Duration::from_millis(100);

/// What the screen of runs asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsRequest {
    /// The imports so far.
    List,
    /// The rest of an import's receipt. Only the newest counts.
    Receipt(ImportName),
    /// What would go with a run's import if it were removed. Only the newest counts.
    Weigh(String),
    /// A run's import taken back.
    Remove(String),
    /// Something imported.
    Import(ImportAsked),
    /// The import that runs is not wanted any more.
    CancelImport,
    /// What would hold for an import of this source. Only the newest counts.
    Defaults(String),
    /// The last word of a line completed by the names of files. Only the newest counts.
    Complete(String),
}

/// What is to be imported, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportAsked {
    /// Files and folders, quoted as in a shell.
    pub paths: String,
    /// The folder of the code, quoted so too; empty: none.
    pub source: String,
    /// The project's name; empty: as [`Defaults`] tells it.
    pub project: String,
}

/// What holds where nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// The source that it holds for, as written.
    pub source: String,
    /// The project's name; empty where the source is no folder.
    pub project: String,
    /// The projects of the workspace.
    pub known: Vec<String>,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportProgress {
    /// The file.
    pub path: String,
    /// Which of the files it is, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// How far it is with that.
    pub mark: Mark,
}

impl ImportProgress {
    /// How much of the whole is done, in thousandths.
    #[must_use]
    pub fn thousandths(&self) -> u64 {
        let before = self.number.saturating_sub(1) as u64 * 1000;
        (before + self.mark.thousandths()).checked_div(self.of as u64).unwrap_or(0)
    }
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportEnd {
    /// The project.
    pub project: String,
    /// Files read.
    pub read: usize,
    /// Files refused, each with why.
    pub refused: Vec<(String, String)>,
    /// The claims of those that were read.
    pub counts: Counts,
    /// What else changed.
    pub changes: Changes,
    /// Whether all of them had been imported before, and nothing changed.
    pub is_known: bool,
    /// The only other project, where this is a new one beside it.
    pub beside: Option<String>,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
}

impl From<Imported> for ImportEnd {
    fn from(imported: Imported) -> Self {
        let (read, _) = imported.read_and_refused();
        let beside = imported.beside().map(str::to_owned);
        let is_known = |fate: &Fate| match fate {
            Fate::Read(receipt) => receipt.known,
            _ => true,
        };
        Self {
            read,
            is_known: read > 0 && imported.files.iter().all(|(_, fate)| is_known(fate)),
            refused: imported
                .files
                .iter()
                .filter_map(|(path, fate)| match fate {
                    Fate::Refused(error) => Some((path.display().to_string(), error.to_string())),
                    _ => None,
                })
                .collect(),
            beside,
            project: imported.project,
            counts: imported.counts,
            changes: imported.changes,
            is_cancelled: imported.is_cancelled,
        }
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsReply {
    /// The imports so far, the newest first.
    Listed(Vec<ImportView>),
    /// The rest of an import's receipt.
    Receipt(ReceiptView),
    /// What would go with a run's import, or why it has to stay.
    Weighed(String, Result<Removed, String>),
    /// What went with an import that was taken back, or why it stays.
    Removed(Result<Removed, String>),
    /// How far the import is that runs.
    Progress(ImportProgress),
    /// The import has ended: what it came to, or why there was none.
    Imported(Result<ImportEnd, String>),
    /// What would hold for an import.
    Defaults(Defaults),
    /// A line completed.
    Completed {
        /// As it was asked.
        asked: String,
        /// With as much more as is sure.
        text: String,
        /// The names that its last word could mean.
        names: Vec<String>,
    },
    /// Something could not be had.
    Failed(String),
}

impl RunsReply {
    /// Whether the findings may be others than before.
    pub(super) const fn changes_findings(&self) -> bool {
        matches!(self, Self::Imported(_) | Self::Removed(Ok(_)))
    }
}

/// The threads; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Imports {
    looks: Sender<RunsRequest>,
    works: Sender<RunsRequest>,
    working: JoinHandle<()>,
    /// Of the import that runs.
    meter: Arc<Meter>,
}

impl Imports {
    /// Starts the threads; `tell` is called with each reply, from either of them.
    pub(super) fn start(workspace: &Workspace, tell: impl Fn(RunsReply) + Clone + Send + 'static) -> Self {
        let (looks, look_requests) = channel();
        let (works, work_requests) = channel();
        let (place, say) = (workspace.clone(), tell.clone());
        std::thread::spawn(move || Looks { workspace: place, tell: say }.work(&look_requests));
        let place = workspace.clone();
        let meter = Arc::<Meter>::default();
        let watched = Arc::clone(&meter);
        let works_of = move || Works { workspace: place, meter: watched, tell }.work(&work_requests);
        let working = std::thread::spawn(works_of);
        Self { looks, works, working, meter }
    }

    /// Asks for something; the answer comes by itself.
    pub(super) fn ask(&self, request: RunsRequest) {
        let to = match request {
            RunsRequest::List
            | RunsRequest::Receipt(_)
            | RunsRequest::Defaults(_)
            | RunsRequest::Complete(_) => &self.looks,
            // Before it is begun, so that it can be cancelled from now on.
            RunsRequest::Import(_) => {
                self.meter.renew();
                &self.works
            }
            RunsRequest::CancelImport => return self.meter.cancel(),
            RunsRequest::Weigh(_) | RunsRequest::Remove(_) => &self.works,
        };
        // A worker that is gone has said why.
        let _ = to.send(request);
    }

    /// Cancels an import that runs, and waits until what else was begun on the store is done.
    pub(super) fn finish(self) {
        self.meter.cancel();
        drop(self.works);
        let _ = self.working.join();
    }
}

/// Whether a later request makes an earlier one useless.
fn supersedes(later: &RunsRequest, earlier: &RunsRequest) -> bool {
    matches!(
        (later, earlier),
        (RunsRequest::Receipt(_), RunsRequest::Receipt(_))
            | (RunsRequest::Weigh(_) | RunsRequest::Remove(_), RunsRequest::Weigh(_))
            | (RunsRequest::List, RunsRequest::List)
            | (RunsRequest::Defaults(_), RunsRequest::Defaults(_))
            | (RunsRequest::Complete(_), RunsRequest::Complete(_))
    )
}

/// Answers requests until there are no more, without those that a later one makes useless.
fn each(requests: &Receiver<RunsRequest>, mut answer: impl FnMut(RunsRequest)) {
    while let Ok(first) = requests.recv() {
        let mut waiting = vec![first];
        waiting.extend(requests.try_iter());
        let mut waiting = waiting.into_iter();
        while let Some(request) = waiting.next() {
            if !waiting.as_slice().iter().any(|later| supersedes(later, &request)) {
                answer(request);
            }
        }
    }
}

struct Looks<T> {
    workspace: Workspace,
    tell: T,
}

impl<T: Fn(RunsReply)> Looks<T> {
    fn work(self, requests: &Receiver<RunsRequest>) {
        each(requests, |request| {
            let desk = || Desk::open(self.workspace.clone());
            match said(|| desk().and_then(|desk| answer(&desk, request))) {
                Ok(Some(reply)) => (self.tell)(reply),
                Ok(None) => {}
                Err(why) => (self.tell)(RunsReply::Failed(why)),
            }
        });
    }
}

/// What some work came to, or in words why to nothing: a fault of the program is one reason.
fn said<T>(work: impl FnOnce() -> Result<T, DeskError>) -> Result<T, String> {
    caught(work).and_then(|done| done.map_err(|error| error.to_string()))
}

fn answer(desk: &Desk, request: RunsRequest) -> Result<Option<RunsReply>, DeskError> {
    Ok(match request {
        RunsRequest::List => Some(RunsReply::Listed(desk.imports()?)),
        RunsRequest::Receipt(import) => Some(RunsReply::Receipt(desk.receipt(import)?)),
        RunsRequest::Defaults(source) => {
            let asked = paths(&source).ok().and_then(|paths| paths.into_iter().next());
            let (project, known) = default_project(desk, asked.as_deref())?;
            Some(RunsReply::Defaults(Defaults { source, project, known }))
        }
        RunsRequest::Complete(asked) => {
            let Completion { text, names } = complete(&asked);
            Some(RunsReply::Completed { asked, text, names })
        }
        _ => None,
    })
}

/// The project that an import from the screen is into where nobody names one, and those of the workspace. It is the one
/// that the command would take where the workspace has it; else the one whose code was in that folder the last time, or,
/// without a folder, the only one there is: who imports from a docket means to go on with it.
fn default_project(desk: &Desk, source: Option<&Path>) -> Result<(String, Vec<String>), DeskError> {
    let named = project_of(source.unwrap_or(Path::new("."))).unwrap_or_default();
    let Some(findings) = &desk.findings else { return Ok((named, Vec::new())) };
    let known = findings.projects()?;
    if known.contains(&named) {
        return Ok((named, known));
    }
    let whole = |path: &Path| path.canonicalize().ok();
    let folder = source.and_then(whole);
    for project in &known {
        let (before, _) = findings.project_source(project)?.unwrap_or_default();
        let is_there = folder.is_some() && !before.is_empty() && whole(Path::new(&before)) == folder;
        if is_there || (source.is_none() && known.len() == 1) {
            return Ok((project.clone(), known.clone()));
        }
    }
    Ok((named, known))
}

struct Works<T> {
    workspace: Workspace,
    meter: Arc<Meter>,
    tell: T,
}

impl<T: Fn(RunsReply) + Clone + Send + 'static> Works<T> {
    fn work(self, requests: &Receiver<RunsRequest>) {
        let desk = || Desk::open(self.workspace.clone());
        each(requests, |request| match request {
            RunsRequest::Weigh(run) => {
                let weighed =
                    said(|| desk().and_then(|mut desk| desk.would_remove(std::slice::from_ref(&run))));
                (self.tell)(RunsReply::Weighed(run, weighed));
            }
            RunsRequest::Remove(run) => {
                let removed = said(|| desk().and_then(|mut desk| desk.remove_runs(&[run])));
                (self.tell)(RunsReply::Removed(removed));
            }
            RunsRequest::Import(asked) => {
                let imported = said(|| self.import(&asked));
                (self.tell)(RunsReply::Imported(imported.map(ImportEnd::from)));
            }
            _ => {}
        });
    }

    fn import(&self, asked: &ImportAsked) -> Result<Imported, DeskError> {
        let read = |line: &str| paths(line).map_err(|error| DeskError::Senseless(error.to_string()));
        let source = read(&asked.source)?.into_iter().next();
        // As the form says, also where it was left before it could.
        let project = if asked.project.is_empty() {
            default_project(&Desk::open(self.workspace.clone())?, source.as_deref())?.0
        } else {
            asked.project.clone()
        };
        let order = ImportOrder {
            paths: read(&asked.paths)?,
            project: Some(project).filter(|name| !name.is_empty()),
            source,
            ..ImportOrder::default()
        };
        let files = order.files()?;
        let of = files.len();
        let at = Mutex::new((String::new(), 0));
        let lock = || at.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, is_done) = channel::<()>();
        std::thread::scope(|scope| {
            let (tell, meter, lock) = (self.tell.clone(), &self.meter, &lock);
            scope.spawn(move || {
                let mut told = None;
                // Ends with the import, which drops the other end.
                while is_done.recv_timeout(TELLING) == Err(RecvTimeoutError::Timeout) {
                    let (path, number) = lock().clone();
                    let progress = ImportProgress { path, number, of, mark: meter.mark() };
                    if number > 0 && told.as_ref() != Some(&progress) {
                        tell(RunsReply::Progress(progress.clone()));
                        told = Some(progress);
                    }
                }
            });
            let begin = |number: usize, path: &Path| {
                *lock() = (path.display().to_string(), number + 1);
            };
            let imported = order.import(&self.workspace, &files, &self.meter, &begin);
            drop(done);
            let mut imported = imported?;
            if !asked.project.is_empty() {
                // A project that was asked for is no surprise.
                imported.known.clear();
            }
            Ok(imported)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn an_import_goes_on_with_the_docket_where_nobody_names_a_project() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        let made = |name: &str| -> PathBuf {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        };
        let (code, bank, other) = (made("code"), made("bank"), made("other"));
        let scan = folder.path().join("a.sarif");
        let text = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"acme"}},"results":[]}]}"#;
        std::fs::write(&scan, text).unwrap();
        let import = |project: &str, source: &Path| {
            let order = ImportOrder {
                paths: vec![scan.clone()],
                project: Some(project.to_owned()),
                source: Some(source.to_owned()),
                ..ImportOrder::default()
            };
            order.import(&workspace, &order.files().unwrap(), &Arc::default(), &|_, _| {}).unwrap();
        };
        let desk = || Desk::open(workspace.clone()).unwrap();
        let default = |source: Option<&Path>| default_project(&desk(), source).unwrap().0;
        let here = project_of(Path::new(".")).unwrap();
        assert_eq!(default(None), here, "as the command has it, where there is no project yet");
        import("shop", &code);
        assert_eq!(default(None), "shop", "the docket's");
        assert_eq!(
            default(Some(&code)),
            "shop",
            "whose code was there the last time, whatever its folder is called"
        );
        assert_eq!(default(Some(&bank)), "bank", "another code is another project");
        import("bank", &other);
        assert_eq!(default(Some(&bank)), "bank", "its name is known");
        assert_eq!(default(Some(&other)), "bank");
        assert_eq!(default(None), here, "which of two is meant, nobody can tell");
    }
}
