//! An import as people ask for it, from the command line or from the screen: some paths, the project, the source.
//!
//! Each file is imported whole or not at all, on its own: what was imported before another is refused stays.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::desk::DeskError;
use crate::domain::{FindingId, RunId};
use crate::ingest::document::Document;
use crate::ingest::meter::Meter;
use crate::ingest::reader::ReadError;
use crate::ingest::receipt::{Changes, Counts, FileReceipt};
use crate::ingest::regroup::Shaping;
use crate::ingest::{ImportError, Importer, Options, Scope};
use crate::source::git;
use crate::store::{Findings, Journal, StoreError, Workspace};

/// The deepest level of a folder that is searched.
const DEPTH: usize = 32;

/// What is to be imported, and how.
#[derive(Debug, Clone, Default)]
pub struct ImportOrder {
    /// Files, folders, `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// The project's name, where it was said.
    pub project: Option<String>,
    /// The code that the claims are about.
    pub source: Option<PathBuf>,
    /// The revision that was scanned.
    pub revision: Option<String>,
    /// How much of the project was scanned, where it was said.
    pub scope: Option<Scope>,
    /// A reader's word, to force it.
    pub format: Option<String>,
}

/// A file to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was found in a folder, which may hold other files too.
    pub is_found: bool,
}

/// What became of a file.
#[derive(Debug)]
pub enum Fate {
    /// It was read.
    Read(FileReceipt),
    /// A folder holds other files beside scanners' outputs.
    PassedOver,
    /// It was refused whole.
    Refused(ImportError),
}

/// What an import came to.
#[derive(Debug, Default)]
pub struct Imported {
    /// The project's name.
    pub project: String,
    /// The projects that were there before.
    pub known: Vec<String>,
    /// What became of each file.
    pub files: Vec<(PathBuf, Fate)>,
    /// The claims of all files.
    pub counts: Counts,
    /// What else changed.
    pub changes: Changes,
    /// Findings that the workspace holds now.
    pub findings: u64,
    /// Cases that it holds now.
    pub cases: u64,
    /// Whether it was cancelled: the files told of are done, the others were not begun or left no trace.
    pub is_cancelled: bool,
}

/// Why an import failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ImportingError {
    /// A path cannot be looked at.
    #[error("{}: {source}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A folder without a file.
    #[error("{}: holds no file to import", path.display())]
    Hollow {
        /// The folder.
        path: PathBuf,
    },
    /// A folder without a file that is a scanner's output.
    #[error("{}: no reader knows any file in it", path.display())]
    Unknown {
        /// The folder.
        path: PathBuf,
    },
    /// The name of a project is empty.
    #[error("a project needs a name")]
    Nameless,
    /// The only file was refused.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ImportError,
    },
    /// What was asked for makes no sense for any file.
    #[error(transparent)]
    Order(ImportError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ImportingError> for DeskError {
    fn from(error: ImportingError) -> Self {
        match error {
            ImportingError::Store(error) => error.into(),
            error => Self::Refused(error.to_string()),
        }
    }
}

impl Imported {
    /// How many files were read, and how many refused.
    #[must_use]
    pub fn read_and_refused(&self) -> (usize, usize) {
        let many = |is: fn(&Fate) -> bool| self.files.iter().filter(|(_, fate)| is(fate)).count();
        (many(|fate| matches!(fate, Fate::Read(_))), many(|fate| matches!(fate, Fate::Refused(_))))
    }

    /// The only project that was there before, where this import made another beside it.
    #[must_use]
    pub fn beside(&self) -> Option<&str> {
        let other = match self.known.as_slice() {
            [other] => Some(other.as_str()),
            _ => None,
        };
        other.filter(|other| *other != self.project && self.read_and_refused().0 > 0)
    }
}

impl ImportOrder {
    /// The project's name: as said, else the git remote's, else the source folder's, else the working directory's.
    ///
    /// # Errors
    /// When the name is empty or the folder is not there.
    pub fn project(&self) -> Result<String, ImportingError> {
        match &self.project {
            Some(name) if name.trim().is_empty() => Err(ImportingError::Nameless),
            Some(name) => Ok(name.clone()),
            None => project_of(self.source.as_deref().unwrap_or(Path::new("."))),
        }
    }

    /// How documents are imported, with the time as it is now.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn options(&self) -> Result<Options, ImportingError> {
        Ok(Options {
            project: self.project()?,
            source: self.source.clone(),
            revision: self.revision.clone(),
            scope: self.scope,
            format: self.format.clone(),
            now: jiff::Timestamp::now().to_string(),
            beside: Vec::new(),
        })
    }

    /// The files that the paths name, in order.
    ///
    /// # Errors
    /// When a path cannot be looked at, or a folder holds no file.
    pub fn files(&self) -> Result<Vec<ImportFile>, ImportingError> {
        let mut files = Vec::new();
        for path in &self.paths {
            if path == Path::new("-") {
                files.push(ImportFile { path: path.clone(), is_found: false });
                continue;
            }
            let failed = |source| ImportingError::Path { path: path.clone(), source };
            if std::fs::metadata(path).map_err(failed)?.is_dir() {
                let before = files.len();
                search(path, 0, &mut files)?;
                if files.len() == before {
                    return Err(ImportingError::Hollow { path: path.clone() });
                }
            } else {
                files.push(ImportFile { path: path.clone(), is_found: false });
            }
        }
        Ok(files)
    }

    /// Imports files. `begin` is told of each, by its place among them, before it is begun; `meter` how far it is.
    ///
    /// # Errors
    /// When the order makes no sense, the store cannot be used, or the only file is refused; then nothing changed.
    pub fn import(
        &self,
        workspace: &Workspace,
        files: &[ImportFile],
        meter: &Arc<Meter>,
        begin: &dyn Fn(usize, &Path),
    ) -> Result<Imported, ImportingError> {
        let mut intake = Intake::open(workspace, self.options()?)?;
        let mut imported = Imported {
            project: intake.options.project.clone(),
            known: intake.known()?,
            ..Imported::default()
        };
        for (at, ImportFile { path, is_found }) in files.iter().enumerate() {
            if meter.is_cancelled() {
                imported.is_cancelled = true;
                break;
            }
            begin(at, path);
            meter.begin_file();
            let done = open(path, &intake.folder).and_then(|document| intake.import(document, meter));
            let fate = match done {
                Ok(receipt) => {
                    imported.counts = imported.counts.plus(receipt.counts);
                    imported.changes = imported.changes.plus(receipt.changes);
                    Fate::Read(receipt)
                }
                // Whatever it says then: it was left in the middle.
                Err(_) if meter.is_cancelled() => {
                    imported.is_cancelled = true;
                    break;
                }
                Err(ImportError::Unknown { .. }) if *is_found => Fate::PassedOver,
                Err(error @ (ImportError::NoSuchFormat { .. } | ImportError::Source { .. })) => {
                    return Err(ImportingError::Order(error));
                }
                Err(source) if files.len() == 1 => {
                    return Err(ImportingError::File { path: path.clone(), source });
                }
                Err(error) => Fate::Refused(error),
            };
            imported.files.push((path.clone(), fate));
        }
        if let ((0, 0), [folder, ..], false) =
            (imported.read_and_refused(), self.paths.as_slice(), imported.is_cancelled)
        {
            return Err(ImportingError::Unknown { path: folder.clone() });
        }
        (imported.findings, imported.cases) = intake.totals()?;
        Ok(imported)
    }
}

/// A store that documents are imported into, one after the other.
#[derive(Debug)]
pub struct Intake {
    findings: Findings,
    /// The workspace's folder, where large imports put claims aside for a while.
    pub(super) folder: PathBuf,
    judged: FxHashMap<FindingId, u64>,
    shaping: Shaping,
    /// How documents are imported.
    pub options: Options,
}

impl Intake {
    /// Opens a workspace's store. What people decided binds the imports: leases tell what turns stale, splits and
    /// merges what may fuse.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub fn open(workspace: &Workspace, options: Options) -> Result<Self, StoreError> {
        let findings = Findings::open(&workspace.file("findings.db"))?;
        let journal = Journal::open_to_read(&workspace.file("journal.db"))?;
        let judged = journal.as_ref().map(Journal::judged_leases).transpose()?.unwrap_or_default();
        let shaping = Shaping::of(journal.as_ref().map_or(Ok(Vec::new()), Journal::shapes_in_order)?);
        Ok(Self { findings, folder: workspace.file(""), judged, shaping, options })
    }

    /// Imports one document, which goes together with those before it; `meter` is told how far it is, and says whether it is still wanted.
    ///
    /// # Errors
    /// When it cannot be read or stored; then nothing was changed.
    pub fn import(&mut self, document: Document, meter: &Arc<Meter>) -> Result<FileReceipt, ImportError> {
        let Self { findings, folder, judged, shaping, options } = self;
        let mut importer = Importer { findings, folder, judged, shaping };
        let receipt = importer.import(&document.metered(meter), options, &|| meter.is_cancelled())?;
        options.beside.extend(receipt.runs.iter().filter_map(|run| run.run.parse::<RunId>().ok()));
        Ok(receipt)
    }

    /// The projects that are there.
    ///
    /// # Errors
    /// When the store fails.
    pub fn known(&self) -> Result<Vec<String>, StoreError> {
        self.findings.projects()
    }

    /// How many findings and cases there are.
    ///
    /// # Errors
    /// When the store fails.
    pub fn totals(&self) -> Result<(u64, u64), StoreError> {
        self.findings.totals()
    }
}

/// What a project is called where nobody says: the git remote's name, else the folder's.
///
/// # Errors
/// When the folder is not there.
pub fn project_of(source: &Path) -> Result<String, ImportingError> {
    if let Some(name) = git::read(source).and_then(|checkout| checkout.name) {
        return Ok(name);
    }
    let full = source
        .canonicalize()
        .map_err(|error| ImportingError::Path { path: source.to_owned(), source: error })?;
    Ok(full.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned()))
}

fn open(path: &Path, folder: &Path) -> Result<Document, ImportError> {
    if path != Path::new("-") {
        return Ok(Document::file(path)?);
    }
    // Readers pass twice, and standard input can be read once.
    let spooled: Result<Document, ReadError> = Document::spooled("-", io::stdin().lock(), folder);
    Ok(spooled?)
}

/// Regular files below a folder, in order. Links are not followed, so no loop is.
fn search(folder: &Path, depth: usize, files: &mut Vec<ImportFile>) -> Result<(), ImportingError> {
    let failed = |source: io::Error| ImportingError::Path { path: folder.to_owned(), source };
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(failed)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if kind.is_dir() && !hidden && depth < DEPTH {
            search(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() && !hidden {
            files.push(ImportFile { path: entry.path(), is_found: true });
        }
    }
    Ok(())
}
