//! A private copy of what a scanner needs of a source tree.
//!
//! Files are copied, or share their blocks where the file system knows how to; they are never links to the originals,
//! for a scanner may write. The layout is that of the tree, since rules go by paths.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::Digest;
use crate::source::tree::Stamp;
use crate::source::{Refusal, Tree};

/// Files and bytes of a tree that are copied for a scanner that wants all of it.
const MOST_FILES: usize = 100_000;
const MOST_BYTES: u64 = 4 << 30;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A file cannot be read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It cannot be written.
    #[error("cannot make the copy: {0}")]
    Io(#[from] io::Error),
    /// There is too much of it.
    #[error("the tree is too large to be copied: more than {MOST_FILES} files or {} GiB", MOST_BYTES >> 30)]
    TooLarge,
}

/// A copy; gone when it is dropped.
#[derive(Debug)]
pub(in crate::remedy) struct Copy {
    folder: tempfile::TempDir,
    root: PathBuf,
    /// What was put there as given.
    placed: BTreeMap<String, Digest>,
    /// What was copied, as it was then.
    copied: BTreeMap<String, Stamp>,
}

impl Copy {
    /// A copy that holds some files and nothing else.
    pub(in crate::remedy) fn of_files<'f>(
        files: impl Iterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, CopyError> {
        let folder = tempfile::Builder::new().prefix("assize-").tempdir()?;
        // Scanners tell real paths.
        let root = folder.path().canonicalize()?.join("tree");
        fs::DirBuilder::new().mode(0o700).create(&root)?;
        let mut copy = Self { folder, root, placed: BTreeMap::new(), copied: BTreeMap::new() };
        for (path, bytes) in files {
            copy.create(path)?.write_all(bytes)?;
            copy.placed.insert(path.to_owned(), Digest::of(bytes));
        }
        Ok(copy)
    }

    /// A copy of a whole tree, in which some files are as given.
    pub(in crate::remedy) fn of_tree<'f>(
        tree: &Tree,
        files: impl Iterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, CopyError> {
        let mut copy = Self::of_files(files)?;
        let mut left = MOST_BYTES;
        if tree.walk_is_cut() || tree.walk().take(MOST_FILES + 1).count() > MOST_FILES {
            return Err(CopyError::TooLarge);
        }
        for path in tree.walk() {
            if copy.placed.contains_key(path) {
                continue;
            }
            let stamp = match tree.stamp(path) {
                // No source file: left out, as readers of the tree leave it out.
                Err(Refusal::TooLarge { .. } | Refusal::NotFound(_) | Refusal::NotAFile(_)) => continue,
                stamp => stamp?,
            };
            let (mut from, size) = tree.open_path(path)?;
            left = left.checked_sub(size).ok_or(CopyError::TooLarge)?;
            // On Linux this shares blocks where the file system can, and else copies within the kernel.
            io::copy(&mut from, &mut copy.create(path)?)?;
            copy.copied.insert(path.to_owned(), stamp);
        }
        Ok(copy)
    }

    /// Its root.
    pub(in crate::remedy) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder around it, above which nothing is the scanner's business.
    pub(in crate::remedy) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether a file that was given is still what it was: a scanner may have written to it.
    pub(in crate::remedy) fn is_untouched(&self, path: &str) -> bool {
        let now = fs::read(self.root.join(path)).map(|bytes| Digest::of(&bytes));
        now.is_ok_and(|now| self.placed.get(path) == Some(&now))
    }

    /// What was copied, as it was then.
    pub(in crate::remedy) const fn copied(&self) -> &BTreeMap<String, Stamp> {
        &self.copied
    }

    fn create(&self, path: &str) -> io::Result<File> {
        let is_inside = !path.is_empty()
            && Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_inside {
            return Err(io::Error::other(format!("`{path}` leads out of the tree")));
        }
        let target = self.root.join(path);
        if let Some(folder) = target.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        File::options().write(true).create_new(true).mode(0o600).open(target)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    fn tree() -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/deep")).unwrap();
        fs::write(folder.path().join("src/deep/a.py"), "a\n").unwrap();
        fs::write(folder.path().join("go.mod"), "module a\n").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let tree = Tree::open(folder.path()).unwrap();
        (folder, tree)
    }

    #[test]
    fn a_copy_has_the_layout_of_the_tree_and_shares_no_file_with_it() {
        let (folder, tree) = tree();
        let copy = Copy::of_tree(&tree, [("src/deep/a.py", b"b\n".as_slice())].into_iter()).unwrap();
        assert_eq!(fs::read_to_string(copy.root().join("src/deep/a.py")).unwrap(), "b\n");
        assert!(!copy.root().join("link").exists(), "no link is copied");
        let inode = |path: &Path| fs::metadata(path).map(|meta| (meta.ino(), meta.nlink())).unwrap();
        let (original, copied) = (inode(&folder.path().join("go.mod")), inode(&copy.root().join("go.mod")));
        assert_ne!(original.0, copied.0);
        assert_eq!((original.1, copied.1), (1, 1));
        fs::write(copy.root().join("go.mod"), "scanned").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("go.mod")).unwrap(), "module a\n");
        let place = copy.folder().to_owned();
        drop(copy);
        assert!(!place.exists());
    }

    #[test]
    fn what_a_scanner_writes_and_what_changes_meanwhile_shows() {
        let (folder, tree) = tree();
        let file = || [("src/deep/a.py", b"b\n".as_slice())].into_iter();
        let (one, other) = (Copy::of_tree(&tree, file()).unwrap(), Copy::of_tree(&tree, file()).unwrap());
        assert!(one.copied() == other.copied() && one.is_untouched("src/deep/a.py"));
        fs::write(one.root().join("src/deep/a.py"), "").unwrap();
        assert!(!one.is_untouched("src/deep/a.py"));
        fs::write(folder.path().join("go.mod"), "module other\n").unwrap();
        assert_ne!(one.copied(), Copy::of_tree(&tree, file()).unwrap().copied());
    }

    #[test]
    fn nothing_is_written_outside_of_a_copy() {
        for path in ["../a", "/a", "a/../../b", ""] {
            assert!(
                matches!(Copy::of_files([(path, b"".as_slice())].into_iter()), Err(CopyError::Io(_))),
                "{path}"
            );
        }
    }
}
