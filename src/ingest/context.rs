//! Source context: the files that claims are about, and where in them a claim's code really stands.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::import::ImportError;
use super::probe::{Probe, ProbeStep};
use super::reader::RunHead;
use crate::domain::{Columns, Digest, Kind, Point, short_hash};
use crate::source::project::{Services, frameworks_of};
use crate::source::{Language, Outline, Tree, decode, git, snippet};
use crate::text::{LineIndex, token_hash};

/// Files held at once: claims of a partition come file by file, traces lead to a few others.
const OPEN_FILES: usize = 64;

/// The source tree of an import, if one was given.
#[derive(Debug, Default)]
pub(super) struct Sources<'t> {
    tree: Option<&'t Tree>,
    services: Option<Services<'t>>,
    git: Option<git::Checkout>,
    files: FxHashMap<String, Option<Arc<SourceFile>>>,
}

/// A file of the tree.
#[derive(Debug)]
pub(super) struct SourceFile {
    pub(super) digest: Digest,
    pub(super) encoding: &'static str,
    pub(super) outline: Outline,
    /// The frameworks it is written for, and the service it belongs to.
    pub(super) framework: String,
    pub(super) service: String,
}

/// Where a claim's code stands, and what is around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Located {
    /// The code stood elsewhere in the file than the claim says.
    pub(super) moved: bool,
    pub(super) lines: (u32, u32),
    pub(super) statement: (u32, u32),
    pub(super) bytes: (u32, u32),
    /// Of the exact region where the tool gave one, else of the statement: lines cut a wrapped statement anywhere.
    pub(super) tokens: u64,
    pub(super) lease: u64,
    pub(super) scope: u64,
    pub(super) body: u64,
    pub(super) around: u64,
    pub(super) assigns: Vec<u64>,
    pub(super) reads: Vec<u64>,
}

/// The tree that the user named.
pub(super) fn open_tree(root: Option<&Path>) -> Result<Option<Tree>, ImportError> {
    let open = |root: &Path| {
        Tree::open(root).map_err(|why| ImportError::Source { path: root.to_owned(), why: why.to_string() })
    };
    root.map(open).transpose()
}

impl<'t> Sources<'t> {
    pub(super) fn new(tree: Option<&'t Tree>) -> Self {
        let git = tree.and_then(|tree| git::read(tree.root()));
        Self { services: tree.map(Services::of), git, tree, files: FxHashMap::default() }
    }

    pub(super) const fn is_given(&self) -> bool {
        self.tree.is_some()
    }

    /// The tree's root; empty without a tree.
    pub(super) fn root(&self) -> String {
        self.tree.map(|tree| tree.root().display().to_string()).unwrap_or_default()
    }

    /// The tree's root and remote, where there is a tree.
    pub(super) fn told(&self) -> Option<(String, String)> {
        let remote = self.git.as_ref().and_then(|git| git.remote.clone()).unwrap_or_default();
        self.tree.map(|tree| (tree.root().display().to_string(), remote))
    }

    /// The revision and branch of a run: as the user says, as the document says, as the tree stands.
    pub(super) fn revision(&self, head: &RunHead, given: Option<&str>) -> (String, String) {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let revision = given
            .and_then(told)
            .or_else(|| told(&head.revision))
            .or_else(|| self.git.as_ref()?.revision.clone());
        let branch = told(&head.branch).or_else(|| self.git.as_ref()?.branch.clone());
        (revision.unwrap_or_default(), branch.unwrap_or_default())
    }

    /// A scanner's path as a path of the tree, where the tree has such a file.
    pub(super) fn project_path(&self, path: &str) -> Option<String> {
        self.tree?.resolve(path).ok().map(|found| found.path)
    }

    /// Whether the tree has a file; `None` without a tree.
    pub(super) fn has(&self, path: &str) -> Option<bool> {
        self.tree.map(|tree| tree.has_file(path))
    }

    /// A file of the tree, outlined.
    pub(super) fn file(&mut self, path: &str) -> Option<Arc<SourceFile>> {
        let tree = self.tree?;
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let services = &mut self.services;
        let mut read = || {
            let found = tree.resolve(path).ok()?;
            let bytes = tree.read(&found).ok()?;
            let decoded = decode(&bytes).ok()?;
            let language = Language::detect(&found.path, &decoded.text);
            let outline = Outline::of(language, decoded.text);
            let service = services.as_mut().and_then(|services| services.of_file(&found.path));
            let frameworks = frameworks_of(&outline);
            let frameworks = if frameworks.is_empty() {
                service.map(|service| service.frameworks.clone()).unwrap_or_default()
            } else {
                frameworks
            };
            Some(Arc::new(SourceFile {
                digest: Digest::of(&bytes),
                encoding: decoded.encoding,
                framework: frameworks.join(" "),
                service: service.map(|service| service.name.clone()).unwrap_or_default(),
                outline,
            }))
        };
        let file = read();
        if self.files.len() >= OPEN_FILES {
            self.files.clear();
        }
        self.files.insert(path.to_owned(), file.clone());
        file
    }
}

impl SourceFile {
    pub(super) fn text(&self) -> &str {
        self.outline.text()
    }

    /// Its language, framework and service.
    pub(super) fn about(&self) -> (&str, &str, &str) {
        (self.outline.language().name(), &self.framework, &self.service)
    }

    fn tokens(&self, range: Range<usize>) -> u64 {
        token_hash(self.text().get(range).unwrap_or_default(), self.outline.language().family())
    }

    /// Where a probe's code stands. `snippet` gives what the claim quotes, asked for only when it is not where the
    /// claim says. `None`: it is not in this file.
    pub(super) fn locate(
        &self,
        lines: &LineIndex<'_>,
        probe: &Probe,
        quoted: impl FnOnce() -> String,
    ) -> Option<Located> {
        if probe.line == 0 {
            return Some(Located::default());
        }
        let whole = lines.span(probe.line, probe.end_line.max(probe.line));
        let exact = columns_region(lines, probe);
        let region = exact.clone().or_else(|| whole.clone());
        // A masked secret is not found by its text; its line has to do.
        let checkable = probe.has_code && probe.kind != Kind::Secret as u8;
        let stands = |range: &Range<usize>| !checkable || self.tokens(range.clone()) == probe.tokens;
        let there = [&region, &whole].into_iter().flatten().find(|range| stands(range)).cloned();
        let (range, moved) = match (there, region) {
            // The exact region where it is known, though the tool quoted the whole line.
            (Some(_), Some(region)) => (region, false),
            (Some(found), None) => (found, false),
            (None, region) => {
                let quoted = quoted();
                let found =
                    snippet::find(self.text(), &quoted, probe.line, self.outline.language().family())?;
                // A quotation wider than the region, in its place.
                match region.filter(|region| found.start <= region.start && region.end <= found.end) {
                    Some(region) => (region, false),
                    None => (found, true),
                }
            }
        };
        let exact = exact.is_some() && !moved;
        Some(self.around(lines, range, (moved, exact), probe))
    }

    fn around(
        &self,
        lines: &LineIndex<'_>,
        range: Range<usize>,
        (moved, exact): (bool, bool),
        probe: &Probe,
    ) -> Located {
        let statement = self.outline.statement_at(range.clone());
        let names = self.outline.statement_names(statement.clone());
        let hashes = |names: Vec<String>| names.iter().map(|name| short_hash(&[name.as_bytes()])).collect();
        let scope = self.outline.scope_at(range.clone());
        let line_of = |range: &Range<usize>| {
            (lines.line_of(range.start), lines.line_of(range.end.saturating_sub(1).max(range.start)))
        };
        let (first, last) = line_of(&statement);
        let mut around = Vec::new();
        for line in [first.saturating_sub(1), last + 1] {
            around.extend_from_slice(&lines.range(line).map_or(0, |range| self.tokens(range)).to_le_bytes());
        }
        let region = line_of(&range);
        Located {
            moved,
            lines: if moved { region } else { (probe.line, probe.end_line.max(probe.line)) },
            statement: (first, last),
            bytes: (small(statement.start), small(statement.end)),
            tokens: if exact {
                self.tokens(range.clone())
            } else {
                self.outline.statement_tokens(range.clone())
            },
            lease: self.outline.statement_tokens(range),
            scope: scope.as_ref().map_or(0, |scope| short_hash(&[scope.qualified.as_bytes()])),
            body: scope.map_or(0, |scope| self.tokens(scope.span)),
            around: short_hash(&[&around]),
            assigns: hashes(names.defined),
            reads: hashes(names.used),
        }
    }

    /// The tokens of the statement that stands on a line.
    pub(super) fn statement_on(&self, lines: &LineIndex<'_>, step: &ProbeStep) -> u64 {
        lines.range(step.line).map_or(0, |range| self.outline.statement_tokens(range))
    }
}

/// Files are far smaller than what a `u32` counts.
fn small(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

pub(super) fn columns_region(lines: &LineIndex<'_>, probe: &Probe) -> Option<Range<usize>> {
    if probe.col == 0 || probe.end_col == 0 {
        return None;
    }
    let columns = match probe.columns {
        1 => Columns::Utf16,
        2 => Columns::Chars,
        _ => Columns::Bytes,
    };
    let start = Point { line: probe.line, column: probe.col };
    let end = Point { line: probe.end_line.max(probe.line), column: probe.end_col };
    lines.region(start, end, columns).filter(|range| !range.is_empty())
}
