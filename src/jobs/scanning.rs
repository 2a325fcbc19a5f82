//! Running scanners over a source tree, one after the other, and handing what they say to the importer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::importing::Intake;
use crate::ingest::document::Document;
use crate::ingest::meter::Meter;
use crate::ingest::receipt::FileReceipt;
use crate::ingest::{ImportError, Scope};
use crate::scan::{self, BadScanner, Scanner, last_words};
use crate::source::tree::{Refusal, Tree};

/// What is to be scanned.
#[derive(Debug)]
pub struct ScanTarget {
    tree: Tree,
    /// Below the root; empty where it is the root itself.
    part: PathBuf,
}

/// What came of one scanner.
#[derive(Debug)]
pub enum ScanOutcome {
    /// It ran, and what it said was imported.
    Imported {
        /// The account of its claims.
        receipt: Box<FileReceipt>,
        /// How long it took.
        took: Duration,
        /// The most memory that it was seen to hold, in bytes.
        memory: u64,
    },
    /// It did not run. That is no clean scan.
    NotRun(String),
    /// It ran, and what it said is not to be believed or not to be read. Nothing of it was imported.
    Failed(String),
}

impl ScanTarget {
    /// A folder or a file of a tree. The tree is `source`, else the checkout that it lies in, else the folder itself or
    /// the one that holds the file, so that the same file has the same path whatever part is scanned.
    ///
    /// # Errors
    /// When it is not there, or not in the tree.
    pub fn new(path: &Path, source: Option<&Path>) -> Result<Self, Refusal> {
        let refused = |error: io::Error| Refusal::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let full = path.canonicalize().map_err(refused)?;
        let folder = if full.is_dir() { full.as_path() } else { full.parent().unwrap_or(Path::new("/")) };
        let checkout = || folder.ancestors().find(|folder| folder.join(".git").exists());
        let tree = Tree::open(source.or_else(checkout).unwrap_or(folder))?;
        let outside = || Refusal::Outside(path.display().to_string());
        let part = full.strip_prefix(tree.root()).map_err(|_| outside())?.to_owned();
        Ok(Self { tree, part })
    }

    /// The folder that paths are relative to.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.tree.root()
    }

    /// How much of the project a scan of it looks at.
    #[must_use]
    pub fn scope(&self) -> Scope {
        if self.part.as_os_str().is_empty() { Scope::Full } else { Scope::Partial }
    }

    fn has_file_for(&self, scanner: &Scanner) -> Result<bool, BadScanner> {
        let reads = scanner.reads()?;
        let is_here = |path: &str| Path::new(path).starts_with(&self.part) && reads.is_match(path);
        // What no walk reaches the end of may hold anything.
        Ok(self.tree.walk_is_cut() || self.tree.walk().any(is_here))
    }
}

impl Intake {
    /// Runs one scanner over a target and imports what it says, if it is whole.
    pub fn scan(&mut self, scanner: &Scanner, target: &ScanTarget, meter: &Arc<Meter>) -> ScanOutcome {
        match target.has_file_for(scanner) {
            Ok(true) => {}
            Ok(false) => return ScanOutcome::NotRun("there is no file that it reads".into()),
            Err(error) => return ScanOutcome::NotRun(error.to_string()),
        }
        let command = match scanner.command(&target.part) {
            Ok(command) => command,
            Err(error) => return ScanOutcome::NotRun(error.to_string()),
        };
        let environment = scanner.environment();
        let ran = scan::run_whole(scanner, &command, target.root(), &environment, &|| meter.is_cancelled());
        let ran = match ran {
            Ok(ran) => ran,
            Err(why) => return ScanOutcome::Failed(why),
        };
        let (took, memory) = (ran.took, ran.memory);
        self.options.format.clone_from(&scanner.format);
        let imported = Document::spooled(&scanner.name, ran.stdout, &self.folder)
            .map_err(ImportError::from)
            .and_then(|document| self.import(document, meter));
        match imported {
            Ok(receipt) => ScanOutcome::Imported { receipt: Box::new(receipt), took, memory },
            Err(error) => ScanOutcome::Failed(format!("{error}{}", last_words(&ran.stderr))),
        }
    }
}
