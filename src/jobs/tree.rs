//! What is asked of source trees while a case is on the screen: whether a file is still as it was scanned, where it is
//! for an editor, and what its address at a forge is.
//!
//! A tree may be hostile or slow: files are opened beneath its root alone, and a worker of its own asks for them.

use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::code::CodeFile;
use super::desk::{Desk, DeskError};
use crate::ingest::{is_as_kept, masked_as};
use crate::source::tree::LARGEST_FILE;
use crate::source::tree::Stamp;
use crate::source::{Refusal, Tree, decode, git, permalink};
use crate::text::{LineMap, unified};

/// Whether a file of the tree is as it was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTree {
    /// It is.
    Same,
    /// Its text is another one.
    Changed,
    /// The tree has no such file.
    Missing,
    /// There is no tree, or it cannot be read.
    NoTree,
}

/// Where an editor is to open a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file, absolute and without links.
    pub path: PathBuf,
    /// The line, where it stands now.
    pub line: u32,
    /// Whether the file differs from what was scanned.
    pub changed: bool,
}

/// Bytes of a difference that are shown.
const MOST_CHANGES: usize = 1 << 20;

/// Text hashes of files as they were read last, while their size and time stay the same.
#[derive(Debug, Default)]
pub(super) struct Read(FxHashMap<(String, String), (Stamp, blake3::Hash)>);

impl Desk {
    /// Whether a file is as it was scanned; what was read before is read again only if its size or time changed.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn in_tree(
        &self,
        project: &str,
        file: &CodeFile,
        read: &mut Read,
    ) -> Result<InTree, DeskError> {
        let Ok(tree) = self.tree(project)? else { return Ok(InTree::NoTree) };
        let stamp = match tree.stamp(&file.path) {
            Ok(stamp) => stamp,
            Err(Refusal::Unreadable { .. }) => return Ok(InTree::NoTree),
            Err(_) => return Ok(InTree::Missing),
        };
        let name = (project.to_owned(), file.path.clone());
        let known = read.0.get(&name).filter(|(then, _)| *then == stamp).map(|(_, hash)| *hash);
        let hash = match known {
            Some(hash) => hash,
            None => {
                let Ok(text) = text_of(&tree, &file.path) else { return Ok(InTree::Missing) };
                let hash = blake3::hash(text.as_bytes());
                read.0.insert(name, (stamp, hash));
                hash
            }
        };
        let same = hash == blake3::hash(file.text.as_bytes())
            // The secrets of what was kept are masked, which changes no file.
            || text_of(&tree, &file.path).is_ok_and(|text| is_as_kept(&file.text, &text));
        Ok(if same { InTree::Same } else { InTree::Changed })
    }

    /// Where an editor finds a line of a file as it was scanned, or why not.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn locate(
        &self,
        project: &str,
        path: &str,
        (file, line): (Option<&Arc<CodeFile>>, u32),
    ) -> Result<Result<Located, String>, DeskError> {
        let tree = match self.tree(project)? {
            Ok(tree) => tree,
            Err(why) => return Ok(Err(why)),
        };
        Ok(located(&tree, path, file, line))
    }

    /// What has changed in a file since it was scanned, as a difference of lines; or why that is not known.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn changes(
        &self,
        project: &str,
        file: &CodeFile,
    ) -> Result<Result<String, String>, DeskError> {
        Ok(self.tree(project)?.and_then(|tree| {
            let now = text_of(&tree, &file.path).map_err(|refusal| refusal.to_string())?;
            // What is masked in what was kept is no change, and is not to be read here either.
            let now = masked_as(&file.text, &now);
            let mut changes = unified(&file.text, &now, "scanned", "now");
            if changes.len() > MOST_CHANGES {
                changes.truncate(changes.floor_char_boundary(MOST_CHANGES));
                changes.push_str("\n… and more");
            }
            Ok(changes)
        }))
    }

    /// The address of lines of a file as a run saw it, or why there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn link(
        &self,
        project: &str,
        path: &str,
        lines: (u32, u32),
        run: u32,
    ) -> Result<Result<String, String>, DeskError> {
        let Some(findings) = &self.findings else { return Ok(Err("there is no case".into())) };
        let (source, remote) = findings.project_source(project)?.unwrap_or_default();
        let revision = findings.runs()?.into_iter().find(|known| known.id == run).map(|run| run.revision);
        let root = PathBuf::from(&source);
        let checkout = Some(&root).filter(|_| !source.is_empty()).and_then(|root| git::read(root));
        // What was scanned may be a folder of what is checked out.
        let below = checkout.as_ref().and_then(|checkout| {
            Some(root.canonicalize().ok()?.strip_prefix(&checkout.root).ok()?.to_str()?.to_owned())
        });
        let path = match below.filter(|below| !below.is_empty()) {
            Some(below) if !path.is_empty() => format!("{below}/{path}"),
            _ => path.to_owned(),
        };
        let remote =
            if remote.is_empty() { checkout.and_then(|it| it.remote).unwrap_or_default() } else { remote };
        let link = permalink(&remote, &revision.unwrap_or_default(), &path, lines);
        Ok(link.map_err(|why| why.to_string()))
    }

    /// The source tree that a project was scanned in last, or why there is none.
    pub(super) fn tree(&self, project: &str) -> Result<Result<Tree, String>, DeskError> {
        let source = match &self.findings {
            Some(findings) => findings.project_source(project)?.unwrap_or_default().0,
            None => String::new(),
        };
        if source.is_empty() {
            return Ok(Err("the project has no source tree: import with `--source`".into()));
        }
        Ok(Tree::open(&source).map_err(|_| format!("the source tree {source} is not there")))
    }
}

fn text_of(tree: &Tree, path: &str) -> Result<String, Refusal> {
    let bytes = tree.read_path(path, LARGEST_FILE)?;
    // What is no text any more is no file that was scanned.
    Ok(decode(&bytes).map_or_else(|_| String::new(), |decoded| decoded.text))
}

fn located(tree: &Tree, path: &str, file: Option<&Arc<CodeFile>>, line: u32) -> Result<Located, String> {
    let now = text_of(tree, path).map_err(|refusal| refusal.to_string())?;
    // An editor follows links; it is handed the file that they lead to, and only if that is inside.
    let real = tree.root().join(path).canonicalize();
    let real = real.map_err(|error| format!("cannot read `{path}`: {error}"))?;
    if !real.starts_with(tree.root()) {
        return Err(Refusal::Outside(path.to_owned()).to_string());
    }
    let file = file.filter(|file| file.is_whole && file.path == path);
    let changed = file.is_some_and(|file| !is_as_kept(&file.text, &now));
    let line = match file {
        Some(file) if changed && line > 0 => {
            LineMap::between(&file.text, &masked_as(&file.text, &now)).shifted(line)
        }
        _ => line,
    };
    Ok(Located { path: real, line, changed })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree() -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("shop");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::write(root.join("src/db.py"), "import db\nquery(uid)\n").unwrap();
        fs::write(folder.path().join("secret.py"), "secret\n").unwrap();
        std::os::unix::fs::symlink("../../secret.py", root.join("src/out.py")).unwrap();
        std::os::unix::fs::symlink("db.py", root.join("src/in.py")).unwrap();
        let tree = Tree::open(&root).unwrap();
        (folder, tree)
    }

    fn scanned(text: &str) -> Arc<CodeFile> {
        Arc::new(CodeFile::new("src/db.py", text.to_owned(), 1, true))
    }

    #[test]
    fn an_editor_is_given_a_file_of_the_tree_and_no_other() {
        let (_folder, tree) = tree();
        let found = located(&tree, "src/db.py", Some(&scanned("import db\nquery(uid)\n")), 2).unwrap();
        assert_eq!(
            (found.path.clone(), found.line, found.changed),
            (tree.root().join("src/db.py"), 2, false)
        );
        assert_eq!(
            located(&tree, "src/in.py", None, 1).unwrap().path,
            found.path,
            "a link inside is followed"
        );
        for (path, why) in [
            ("src/out.py", "`src/out.py` leads out of the source tree"),
            ("../secret.py", "`../secret.py` leads out of the source tree"),
            ("src", "`src` is not a regular file"),
            ("src/gone.py", "the source tree has no file `src/gone.py`"),
        ] {
            assert_eq!(located(&tree, path, None, 1), Err(why.to_owned()));
        }
    }

    #[test]
    fn a_line_that_moved_since_the_scan_is_opened_where_it_is_now() {
        let (_folder, tree) = tree();
        let found = located(&tree, "src/db.py", Some(&scanned("query(uid)\n")), 1).unwrap();
        assert_eq!((found.line, found.changed), (2, true));
    }
}
