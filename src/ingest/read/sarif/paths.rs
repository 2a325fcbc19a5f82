//! From artifact locations to paths: base ids, the run's list of artifacts, the root that paths are relative to.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::objects::{Artifact, ArtifactLocation};
use crate::ingest::path;

/// How many bases or containers may stand behind one another; more is a loop.
const CHAIN: usize = 32;
/// How many URIs are remembered; a run rarely names more files than this.
const REMEMBERED: usize = 1 << 16;
/// A path longer than this is cut: no system opens it, and whatever names a long one names it in few bytes.
const LONGEST: usize = 4096;
/// A longer path is not remembered: all of them together must not outgrow the document.
const REMEMBERED_PATH: usize = 512;
/// Names of the base that is the project, the likeliest first.
const ROOTS: [&str; 8] =
    ["%SRCROOT%", "SRCROOT", "PROJECTROOT", "REPOROOT", "ROOTPATH", "ROOT", "SOURCEROOT", "WORKSPACE"];

/// An artifact location that owns its texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Location {
    uri: String,
    base: String,
    index: Option<usize>,
}

impl Location {
    /// A copy that outlives the document's bytes.
    pub(super) fn of(location: &ArtifactLocation<'_>) -> Self {
        let uri = location.uri.trim();
        Self {
            uri: uri.get(..uri.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned(),
            base: location.uri_base_id.to_string(),
            index: location.index.index(),
        }
    }
}

#[derive(Debug, Default)]
struct Entry {
    location: Location,
    parent: Option<usize>,
}

/// A path behind all of its bases.
#[derive(Debug, Clone, Default)]
struct Base {
    path: String,
    absolute: bool,
}

/// What a run says about paths.
#[derive(Debug, Default)]
pub(super) struct Paths {
    bases: FxHashMap<String, Location>,
    artifacts: Vec<Entry>,
    mapped: Option<Location>,
    working: Option<Location>,
    /// The root that is taken from paths; empty where there is none.
    root: String,
    /// Paths by the hash of what they were made from.
    known: FxHashMap<u64, Known>,
}

/// A location that was resolved before.
#[derive(Debug)]
struct Known {
    index: Option<usize>,
    uri: Box<str>,
    base: Box<str>,
    path: Box<str>,
}

impl Paths {
    /// Takes in an entry of `originalUriBaseIds`.
    pub(super) fn base(&mut self, name: &str, location: &ArtifactLocation<'_>) {
        self.bases.insert(name.to_owned(), Location::of(location));
    }

    /// Takes in the next of `artifacts`.
    pub(super) fn artifact(&mut self, artifact: &Artifact<'_>) {
        let entry =
            Entry { location: Location::of(&artifact.location), parent: artifact.parent_index.index() };
        self.artifacts.push(entry);
    }

    /// How many artifacts there are.
    pub(super) fn artifacts(&self) -> usize {
        self.artifacts.len()
    }

    /// Takes in where the repository was checked out.
    pub(super) fn mapped_to(&mut self, location: &ArtifactLocation<'_>) {
        if self.mapped.is_none() && !(location.uri.is_empty() && location.uri_base_id.is_empty()) {
            self.mapped = Some(Location::of(location));
        }
    }

    /// Takes in where the tool ran.
    pub(super) fn working_directory(&mut self, location: &ArtifactLocation<'_>) {
        if self.working.is_none() && !location.uri.is_empty() {
            self.working = Some(Location::of(location));
        }
    }

    /// Decides on the root, once all bases are known: the repository's, else the base that is named like one, else
    /// any absolute base, else the folder the tool ran in.
    pub(super) fn settle(&mut self) -> String {
        let mut names: Vec<&String> = self.bases.keys().collect();
        // A map has no order of its own, and the same document must always read the same.
        names.sort_by_key(|name| (ROOTS.iter().position(|root| root == name).unwrap_or(ROOTS.len()), *name));
        let candidates = self
            .mapped
            .iter()
            .cloned()
            .chain(names.into_iter().map(|name| Location { base: name.clone(), ..Location::default() }))
            .chain(self.working.iter().cloned());
        for candidate in candidates {
            let base = self.behind(&candidate);
            let path = base.path.trim_end_matches('/');
            if base.absolute && !path.is_empty() && !path.contains("://") {
                self.root = path.to_owned();
                break;
            }
        }
        self.root.clone()
    }

    /// As [`Self::of`], for a copy.
    pub(super) fn of_copy(&self, location: &Location) -> String {
        self.under_root(self.behind(location).path)
    }

    /// The path of the artifact at an index of the run's list; empty where it has none.
    pub(super) fn of_artifact(&self, index: usize) -> String {
        self.of_copy(&Location { index: Some(index), ..Location::default() })
    }

    /// The path of an artifact location: relative to the root where it lies there. Empty where it names none.
    pub(super) fn of(&mut self, location: &ArtifactLocation<'_>) -> String {
        // The index only matters where the URI is missing; a run whose results differ in it alone shares an entry.
        let index = if location.uri.is_empty() { location.index.index() } else { None };
        let uri: &str = &location.uri;
        let base: &str = &location.uri_base_id;
        if uri.is_empty() && index.is_none() {
            return String::new();
        }
        let mut hasher = FxHasher::default();
        (index, uri, base).hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.known.get(&hash);
        if let Some(known) = known
            && (&*known.uri, &*known.base, known.index) == (uri, base, index)
        {
            return known.path.to_string();
        }
        let location = Location { uri: uri.trim().to_owned(), base: base.to_owned(), index };
        let path = self.of_copy(&location);
        let is_short = path.len().max(uri.len()).max(base.len()) <= REMEMBERED_PATH;
        if known.is_none() && is_short && self.known.len() < REMEMBERED {
            let known = Known { index, uri: uri.into(), base: base.into(), path: path.as_str().into() };
            self.known.insert(hash, known);
        }
        path
    }

    /// A location behind its bases and containers, the root still in front.
    fn behind(&self, location: &Location) -> Base {
        // Innermost first.
        let mut parts: Vec<String> = Vec::new();
        let mut passed: Vec<&str> = Vec::new();
        let mut absolute = false;
        let mut at = location;
        let mut is_base = location.uri.is_empty() && location.index.is_none();
        let mut up;
        for _ in 0..CHAIN {
            if at.uri.is_empty()
                && let Some(index) = at.index
            {
                let Some(entry) = self.artifacts.get(index) else { break };
                match entry.parent {
                    Some(parent) => {
                        // What lies in an archive is named from the archive's own root.
                        let inner = path::from_uri(&entry.location.uri);
                        parts.push(inner.trim_start_matches('/').to_owned());
                        up = Location { index: Some(parent), ..Location::default() };
                        at = &up;
                    }
                    None if entry.location.uri.is_empty() => break,
                    None => at = &entry.location,
                }
                continue;
            }
            if !at.uri.is_empty() {
                let uri = at.uri.strip_prefix("%SRCROOT%/").unwrap_or(&at.uri);
                let path = path::from_uri(uri);
                // `file:///` as a base is a tool's way to say that it knows of none.
                if is_base && path.trim_end_matches('/').is_empty() {
                    break;
                }
                absolute = is_absolute(uri);
                parts.push(path);
                if absolute {
                    break;
                }
            }
            let Some((name, base)) = self.bases.get_key_value(&at.base) else { break };
            if passed.contains(&name.as_str()) {
                break;
            }
            passed.push(name);
            at = base;
            is_base = true;
        }
        parts.retain(|part| !part.is_empty());
        let mut path = match parts.as_slice() {
            [one] => one.clone(),
            _ => {
                let mut path = String::new();
                for part in parts.iter().rev() {
                    if !(path.is_empty() || path.ends_with('/')) {
                        path.push('/');
                    }
                    path.push_str(part);
                }
                if path.contains("://") { path } else { path::tidy(&path) }
            }
        };
        path.truncate(path.floor_char_boundary(LONGEST));
        Base { path, absolute }
    }

    fn under_root(&self, path: String) -> String {
        if self.root.is_empty() {
            return path;
        }
        let Some((head, tail)) = path.split_at_checked(self.root.len()) else { return path };
        // Windows does not tell the cases of letters apart.
        let drive = self.root.as_bytes().get(1) == Some(&b':');
        if head == self.root || (drive && head.eq_ignore_ascii_case(&self.root)) {
            if tail.is_empty() {
                return String::new();
            }
            if let Some(inside) = tail.strip_prefix('/') {
                return inside.to_owned();
            }
        }
        path
    }
}

/// Whether a URI reference stands for itself, whatever base it is given.
fn is_absolute(uri: &str) -> bool {
    let uri = uri.trim_start();
    uri.starts_with(['/', '\\'])
        || uri.split_once(':').is_some_and(|(scheme, rest)| {
            let word = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
            // `C:\a.py` and `file:a.py` do; `a:b.py` of Unix looks like the first and is rare.
            word && match scheme.len() {
                0 => false,
                1 => rest.starts_with(['/', '\\']),
                _ => rest.starts_with("//") || scheme.eq_ignore_ascii_case("file") || scheme == "pkg",
            }
        })
}
