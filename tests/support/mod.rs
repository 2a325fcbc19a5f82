//! What the integration tests share: a store in a temporary folder, and imports into it.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a test's module is its crate's root")]

pub mod alike;
pub mod desk;
pub mod judging;
pub mod models;

use std::path::{Path, PathBuf};

use assize::ingest::document::Document;
use assize::ingest::receipt::FileReceipt;
use assize::ingest::regroup::Shaping;
use assize::ingest::{Importer, Options, Scope};
use assize::store::{Dictionary, FindingRow, Findings};
use rustc_hash::FxHashMap;

/// A store of its own, gone with the value.
pub struct Store {
    folder: tempfile::TempDir,
    pub findings: Findings,
    clock: u32,
}

/// How a text is imported.
#[derive(Debug, Clone, Default)]
pub struct How {
    pub scope: Option<Scope>,
    /// When its file was written, RFC 3339; just now where not said.
    pub written: Option<&'static str>,
}

/// A finding as a test names it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub tool: String,
    pub rule: String,
    pub path: String,
    pub row: FindingRow,
}

impl Store {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let findings = Findings::open(&folder.path().join("findings.db")).unwrap();
        Self { folder, findings, clock: 0 }
    }

    /// Opens it anew.
    pub fn reopen(&mut self) {
        self.findings = Findings::open(&self.folder.path().join("findings.db")).unwrap();
    }

    /// Imports a text as a file of the project `shop`.
    pub fn import_text(&mut self, text: &str, how: &How) -> FileReceipt {
        let path = self.folder.path().join("scan");
        std::fs::write(&path, text).unwrap();
        if let Some(written) = how.written {
            let written: jiff::Timestamp = written.parse().unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(written.into()).unwrap();
        }
        self.import_as(&path, Options { scope: how.scope, ..Options::default() })
    }

    /// Imports a file as the project `shop`; `format` forces a reader.
    pub fn import(&mut self, file: &Path, format: Option<&str>, source: Option<&Path>) -> FileReceipt {
        let (source, format) = (source.map(Path::to_owned), format.map(str::to_owned));
        self.import_as(file, Options { source, format, ..Options::default() })
    }

    fn import_as(&mut self, file: &Path, options: Options) -> FileReceipt {
        self.clock += 1;
        let options = Options {
            project: "shop".into(),
            now: format!("2026-01-01T00:00:{:02}Z", self.clock),
            ..options
        };
        let document = Document::file(file).unwrap();
        let judged = FxHashMap::default();
        let shaping = Shaping::default();
        let mut importer = Importer {
            findings: &mut self.findings,
            folder: self.folder.path(),
            judged: &judged,
            shaping: &shaping,
        };
        let receipt = importer
            .import(&document, &options, &|| false)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(receipt.counts.adds_up(), "{}: {:?}", file.display(), receipt.counts);
        receipt
    }

    /// The other names of a dependency finding's advisory.
    pub fn aliases(&self, seen: &Seen) -> Vec<String> {
        let details = self.findings.case_findings(seen.row.case).unwrap();
        let detail = details.into_iter().find(|detail| detail.row.id == seen.row.id).unwrap();
        let claim: assize::domain::Claim = postcard::from_bytes(&detail.claim).unwrap();
        claim.dependency.map(|dependency| dependency.aliases).unwrap_or_default()
    }

    /// All findings that are there now.
    pub fn seen(&self) -> Vec<Seen> {
        let dictionary: Dictionary = self.findings.dictionary().unwrap();
        let paths = self.findings.all_paths().unwrap();
        let rows = self.findings.every_finding().unwrap();
        rows.into_iter()
            .filter(|row| row.flags & assize::store::FindingFlags::GONE == 0)
            .map(|row| Seen {
                tool: dictionary.tools[&row.tool].clone(),
                rule: dictionary.rules[&row.rule].name.clone(),
                path: paths.get(&row.path).cloned().unwrap_or_default(),
                row,
            })
            .collect()
    }
}

/// A path inside the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The lines of a tab-separated file with a header, by column name.
pub fn table(path: &Path) -> Vec<FxHashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| {
            header.iter().zip(line.split('\t')).map(|(k, v)| ((*k).to_owned(), v.to_owned())).collect()
        })
        .collect()
}
