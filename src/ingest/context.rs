//! Source context: the files that claims are about, and where in them a claim's code really stands.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::import::ImportError;
use super::probe::ProbeStep;
use super::reader::RunHead;
use crate::domain::Digest;
use crate::source::licence::Licences;
use crate::source::project::{Services, frameworks_of};
use crate::source::{Language, Outline, Tree, decode, git};

/// Files held at once: claims of a partition come file by file, traces lead to a few others. More are held as long as
/// all of them are small, since a trace that goes through many would have them parsed again and again.
const OPEN_FILES: usize = 64;
const OPEN_BYTES: usize = 4 << 20;

/// The source tree of an import, if one was given.
#[derive(Debug, Default)]
pub(super) struct Sources<'t> {
    tree: Option<&'t Tree>,
    services: Option<Services<'t>>,
    licences: Option<Licences<'t>>,
    git: Option<git::Checkout>,
    files: FxHashMap<String, Option<Arc<SourceFile>>>,
    /// The length of their texts.
    open: usize,
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
    /// The licence of the package it belongs to; empty where that is not known.
    pub(super) licence: String,
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
        Self {
            services: tree.map(Services::of),
            licences: tree.map(Licences::of),
            git,
            tree,
            files: FxHashMap::default(),
            open: 0,
        }
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
        let (services, licences) = (&mut self.services, &mut self.licences);
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
                licence: licences.as_mut().and_then(|it| it.of_file(&found.path)).unwrap_or_default(),
                outline,
            }))
        };
        let file = read();
        if self.files.len() >= OPEN_FILES && self.open > OPEN_BYTES {
            self.files.clear();
            self.open = 0;
        }
        self.open += file.as_ref().map_or(0, |file| file.text().len()) + path.len();
        self.files.insert(path.to_owned(), file.clone());
        file
    }
}

impl SourceFile {
    pub(super) fn text(&self) -> &str {
        self.outline.text()
    }

    /// Its language, framework, service and licence.
    pub(super) fn about(&self) -> [&str; 4] {
        [self.outline.language().name(), &self.framework, &self.service, &self.licence]
    }

    /// The tokens of the statement that stands on a line.
    pub(super) fn statement_on(&self, step: &ProbeStep) -> u64 {
        self.outline.lines().range(step.line).map_or(0, |range| self.outline.statement_tokens(range))
    }
}
