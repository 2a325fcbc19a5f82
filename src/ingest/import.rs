//! Importing one file: read and stage, then follow, fuse and write in one transaction.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::apply::Apply;
use super::context::{Sources, open_tree};
use super::document::Document;
use super::meter::Phase;
use super::names;
use super::read::{READERS, Recognised, recognise};
use super::reader::{ReadError, Reader, RunHead, Sink};
use super::receipt::{Counts, FileReceipt, KeptReceipt, Problem, RunReceipt};
use super::regroup::{Shaping, regroup_after_import};
use super::stage::Stage;
use super::staging::{RunNotes, allowance, stage};
use crate::domain::{Digest, FindingId, RunId};
use crate::store::{Findings, ImportWriter, KnownRun, NewRun, RunRow, StoreError};

/// Problems named in a receipt; `runs` shows the rest.
const PROBLEMS_SHOWN: usize = 20;

/// How much of the project a run looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of it: what it does not report is gone, unless the run itself says that it did not look there.
    Full,
    /// A part: what it does not report is gone only where it is known to have looked.
    Partial,
}

impl Scope {
    /// The word for `--scope`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
        }
    }
}

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The project's name.
    pub project: String,
    /// The code that the claims are about.
    pub source: Option<PathBuf>,
    /// The revision, where neither the document nor the tree tells the right one.
    pub revision: Option<String>,
    /// How much the run looked at, where the user said.
    pub scope: Option<Scope>,
    /// A reader's word, to force it.
    pub format: Option<String>,
    /// The time to put down, RFC 3339.
    pub now: String,
    /// The runs of files that were given together with this one: they are one look at the project, and what they
    /// reported is not gone because this one does not report it again.
    pub beside: Vec<RunId>,
}

/// Why a file was not imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The document was refused.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is nothing in it.
    #[error("the file is empty; did the scanner fail?")]
    Empty,
    /// No reader knows it.
    #[error("no reader knows this format; `--format` forces one of: {known}")]
    Unknown {
        /// All formats.
        known: String,
    },
    /// The format asked for does not exist.
    #[error("there is no format `{asked}`; there are: {known}")]
    NoSuchFormat {
        /// What was asked for.
        asked: String,
        /// All formats.
        known: String,
    },
    /// The source folder cannot be used.
    #[error("the source {}: {why}", path.display())]
    Source {
        /// As given.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The staging file failed.
    #[error("staging the claims: {0}")]
    Stage(#[from] std::io::Error),
}

/// Imports files into a store.
#[derive(Debug)]
pub struct Importer<'s> {
    /// The store.
    pub findings: &'s mut Findings,
    /// Where large imports may put aside claims for a while.
    pub folder: &'s Path,
    /// The leases that verdicts rest on, by finding: tells which cases an import makes stale.
    pub judged: &'s FxHashMap<FindingId, u64>,
    /// What people split and merged.
    pub shaping: &'s Shaping,
}

impl Importer<'_> {
    /// Imports one document.
    ///
    /// # Errors
    /// When it cannot be read or stored; then nothing was changed.
    pub fn import(
        &mut self,
        document: &Document,
        options: &Options,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<FileReceipt, ImportError> {
        let Some(reader) = choose(document, options)? else {
            return Ok(FileReceipt {
                path: document.name().to_owned(),
                format: "empty".into(),
                ..FileReceipt::default()
            });
        };
        let tree = open_tree(options.source.as_deref())?;
        let sources = Sources::new(tree.as_ref());
        let (digest, bytes) = document.digest()?;
        if let Some(receipt) = self.known(document, options, &sources, (reader.about().format, &digest))? {
            return Ok(receipt);
        }
        let empty = Stage::new(self.folder)?;
        if let Some(meter) = document.meter() {
            meter.begin(Phase::Reading, bytes);
        }
        let read = |sink: &mut dyn Sink| reader.read(document, sink);
        let (mut staged, notes) =
            stage(empty, cancelled, (document.meter(), allowance(bytes, document.is_packed())), read)?;

        let mut writer = self.findings.begin_import()?;
        let project = writer.project(&options.project)?;
        if let Some((root, remote)) = sources.told() {
            writer.project_source(project, &root, &remote)?;
        }
        let import = import_name(&digest, &options.now, &options.project);
        let mut rows = Vec::new();
        for (index, run) in staged.prober.runs.iter().enumerate() {
            let tool = writer.tool(&run.head.tool)?;
            let (revision, branch) = sources.revision(&run.head, options.revision.as_deref());
            let new = NewRun {
                name: run_name(&import, index),
                import,
                project,
                tool,
                tool_version: run.head.tool_version.clone(),
                format: reader.about().format.into(),
                file: document.name().into(),
                digest,
                bytes,
                revision,
                branch,
                scope: options.scope.unwrap_or(Scope::Partial).word(),
                source: sources.root(),
                target: run.head.target.clone(),
                started: run.head.started.clone(),
                imported: options.now.clone(),
                troubles: run.head.troubles.join("\n"),
            };
            let row = writer.run(&new)?;
            rows.push((row, tool, new.name));
        }
        let names = names::settle(&mut writer, project, &staged.prober, &rows, &sources)?;
        writer.expect(staged.claims)?;
        let decided = (self.judged, self.shaping);
        let apply = Apply::new(&mut writer, &mut staged, names, sources, decided, options);
        let outcome = apply.run_all(cancelled, document.meter())?;
        if let Some(meter) = document.meter() {
            meter.begin(Phase::Writing, 0);
        }

        let mut receipt = FileReceipt {
            path: document.name().to_owned(),
            format: reader.about().format.into(),
            changes: outcome.changes,
            context: outcome.context,
            ..FileReceipt::default()
        };
        let told = staged.prober.runs.iter().zip(&rows).zip(outcome.counts.iter().zip(&notes));
        for ((run, (row, _, name)), (counts, notes)) in told {
            let counts = counts.plus(notes.counts);
            debug_assert!(counts.adds_up(), "{counts:?}");
            keep_problems(&mut writer, *row, notes, &mut receipt.problems)?;
            let told = RunReceipt {
                run: name.to_string(),
                tool: run.head.tool.clone(),
                tool_version: run.head.tool_version.clone(),
                counts,
                troubles: run.head.troubles.iter().take(PROBLEMS_SHOWN).cloned().collect(),
            };
            let coverage = outcome.coverage.get(receipt.runs.len()).cloned().flatten();
            let is_first = receipt.runs.is_empty();
            let kept = KeptReceipt {
                run: told.clone(),
                changes: is_first.then_some(outcome.changes),
                context: outcome.context.filter(|_| is_first),
                scope: options.scope.map_or("", Scope::word).to_owned(),
            };
            let json = serde_json::to_string(&kept).unwrap_or_default();
            let rules = outcome.rules.get(receipt.runs.len()).map_or(&[][..], Vec::as_slice);
            writer.complete_run(*row, &json, coverage.as_deref(), rules)?;
            receipt.counts = receipt.counts.plus(counts);
            receipt.runs.push(told);
        }
        regroup_after_import(&mut writer, self.shaping, outcome.named)?;
        if cancelled() {
            return Err(ReadError::Stopped("cancelled; nothing was changed".into()).into());
        }
        writer.commit()?;
        Ok(receipt)
    }

    /// The receipt of an import of bytes that this project has seen before: all of it is matched, nothing changes.
    fn known(
        &mut self,
        document: &Document,
        options: &Options,
        sources: &Sources<'_>,
        (format, digest): (&str, &Digest),
    ) -> Result<Option<FileReceipt>, ImportError> {
        let mut writer: ImportWriter<'_> = self.findings.begin_import()?;
        let project = writer.project(&options.project)?;
        // The same bytes of another revision or about another tree are another scan, which happens to say the same.
        let told = sources.revision(&RunHead::default(), options.revision.as_deref()).0;
        // Where another scan came in between, the file says something new if it was written since: the code is as it
        // was then, and what was gone is back. An old file given again says nothing new.
        let written_since = |run: &RunRow| {
            let imported = run.imported.parse::<jiff::Timestamp>().ok();
            document.written().zip(imported).is_some_and(|(written, imported)| written > imported)
        };
        let same = |known: &KnownRun| {
            let run = &known.run;
            (sources.root().is_empty() || sources.root() == run.source)
                && (told.is_empty() || told == run.revision)
                && run.format == format
                && !(known.overtaken && written_since(run))
        };
        let runs = writer.same_file(project, digest)?;
        let Some(last) = runs.iter().rev().find(|run| same(run)) else { return Ok(None) };
        let last = &last.run;
        let mut receipt = FileReceipt {
            path: document.name().to_owned(),
            format: last.format.clone(),
            known: true,
            ..FileReceipt::default()
        };
        for run in runs.iter().map(|known| &known.run).filter(|run| run.import == last.import) {
            let Ok(mut run) = serde_json::from_str::<RunReceipt>(&run.receipt) else { return Ok(None) };
            run.counts.matched += run.counts.new;
            run.counts.new = 0;
            receipt.counts = receipt.counts.plus(run.counts);
            receipt.runs.push(run);
        }
        Ok(Some(receipt))
    }
}

fn keep_problems(
    writer: &mut ImportWriter<'_>,
    run: u32,
    notes: &RunNotes,
    shown: &mut Vec<Problem>,
) -> Result<(), StoreError> {
    for problem in &notes.problems {
        writer.problem(Some(run), problem)?;
        if shown.len() < PROBLEMS_SHOWN {
            shown.push(Problem {
                at: problem.place.clone(),
                why: format!("{}: {}", problem.kind, problem.why),
            });
        }
    }
    Ok(())
}

/// The reader for a document; `None` for an empty one.
pub(super) fn choose(
    document: &Document,
    options: &Options,
) -> Result<Option<&'static dyn Reader>, ImportError> {
    let known = || READERS.iter().map(|reader| reader.about().format).collect::<Vec<_>>().join(", ");
    if let Some(asked) = &options.format {
        return match READERS.iter().find(|reader| reader.about().format == asked) {
            Some(reader) => Ok(Some(*reader)),
            None => Err(ImportError::NoSuchFormat { asked: asked.clone(), known: known() }),
        };
    }
    match recognise(document)? {
        Recognised::Blank => Err(ImportError::Empty),
        Recognised::Empty => Ok(None),
        Recognised::By(reader) => Ok(Some(reader)),
        Recognised::Unknown => Err(ImportError::Unknown { known: known() }),
    }
}

fn import_name(digest: &Digest, now: &str, project: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for part in [digest.bytes().as_slice(), now.as_bytes(), project.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let mut name = [0; 16];
    hasher.finalize_xof().fill(&mut name);
    name
}

fn run_name(import: &[u8; 16], index: usize) -> RunId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(import).update(&(index as u64).to_le_bytes());
    let mut name = [0; 8];
    hasher.finalize_xof().fill(&mut name);
    RunId::new(name)
}

impl Counts {
    /// Counts a claim of each kind.
    pub(super) const fn count(&mut self, new: u64, matched: u64, repeated: u64) {
        self.new += new;
        self.matched += matched;
        self.repeated += repeated;
    }
}
