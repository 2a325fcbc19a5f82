//! Owns a source tree that may be hostile: which file a scanner's path means, its bytes, and what files there are.
//!
//! Never leaves its root. A path is opened below a descriptor of the root, on Linux by `openat2` with
//! `RESOLVE_BENEATH`, elsewhere and where that is forbidden step by step with `O_NOFOLLOW` (`beneath`); checking a
//! path first and opening it after would leave time to swap a link in between. Links are followed where they lead to
//! a file inside; an absolute link never is. Nothing but a regular file is opened for reading, and none waits: a FIFO
//! in a tree would otherwise hang the program for good.

mod beneath;
mod listing;

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use listing::Listing;

/// A file larger than this is refused: no source is, and its text is held in memory several times over.
pub const LARGEST_FILE: u64 = 32 << 20;

/// Why a path gives no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It leads out of the tree, by `..` or by a link.
    #[error("`{0}` leads out of the source tree")]
    Outside(String),
    /// The tree has no such file, or several that it could mean.
    #[error("the source tree has no file `{0}`")]
    NotFound(String),
    /// It is a folder, a FIFO, a socket or a device.
    #[error("`{0}` is not a regular file")]
    NotAFile(String),
    /// It is larger than [`LARGEST_FILE`].
    #[error("`{path}` has {size} bytes, more than the {LARGEST_FILE} that are read")]
    TooLarge {
        /// The path.
        path: String,
        /// Its size.
        size: u64,
    },
    /// The system refused.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The path.
        path: String,
        /// In the system's words.
        reason: String,
    },
}

/// How a scanner's path was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    /// It is the file's path in the tree.
    Exact,
    /// After leading folders were taken off: the scanner saw the tree elsewhere, or from above.
    Stripped,
    /// With leading folders put on: the scanner ran inside a folder of the tree, and no other file ends like it.
    Completed,
}

/// A file of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resolved {
    /// Relative to the root, with forward slashes, without `.` and `..`.
    pub path: String,
    /// How it was found.
    pub found: Found,
    /// Its size when it was found.
    pub size: u64,
}

/// Size and times of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    /// When its bytes were written, and when anything of it was: seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

/// A folder with source code.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    folder: OwnedFd,
    listing: OnceLock<Listing>,
}

impl Tree {
    /// Opens a folder as the root. The root itself may be reached by links: the person named it.
    ///
    /// # Errors
    /// Where there is no such folder or it cannot be read.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, Refusal> {
        let root = root.as_ref();
        let refused = |reason: &dyn ToString| Refusal::Unreadable {
            path: root.display().to_string(),
            reason: reason.to_string(),
        };
        let canonical = root.canonicalize().map_err(|error| refused(&error))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&canonical, flags, Mode::empty()).map_err(|error| refused(&error))?;
        Ok(Self { root: canonical, folder, listing: OnceLock::new() })
    }

    /// The root, absolute and without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finds the file that a scanner's tidied path means.
    ///
    /// Tried in order: the path as it is; for an absolute path what lies below the root; the path without its first
    /// folder, its first two, and so on, as long as a folder and a name are left; then the tree's files by name,
    /// where either path must end with the whole of the other and no second file may fit. A bare name in a longer
    /// path is believed only if the folder before it is called as the root is, or no other file has that name.
    ///
    /// # Errors
    /// A [`Refusal`]; the first that is more than a missing file ends the search.
    pub fn resolve(&self, claimed: &str) -> Result<Resolved, Refusal> {
        let not_found = || Refusal::NotFound(claimed.to_owned());
        if claimed.contains('\0') || claimed.contains("://") || claimed.len() > 4096 {
            return Err(not_found());
        }
        let below = self.below_root(claimed);
        let absolute = below.is_none() && (claimed.starts_with('/') || drive(claimed));
        let parts = normal_parts(below.as_deref().unwrap_or(claimed))
            .ok_or_else(|| Refusal::Outside(claimed.to_owned()))?;
        if parts.is_empty() {
            return Err(not_found());
        }
        let fewest = if parts.len() == 1 { 1 } else { 2 };
        // A path of this tree means what it says; only a foreign one is tried from its end.
        let most_stripped = if below.is_some() { 0 } else { parts.len() - fewest };
        for skipped in 0..=most_stripped {
            let path = parts.get(skipped..).unwrap_or_default().join("/");
            let found = if skipped == 0 && !absolute { Found::Exact } else { Found::Stripped };
            match self.look(&path) {
                Ok(size) => return Ok(Resolved { path, found, size }),
                // A folder of that name says nothing about the file that is meant, unless the path was exact.
                Err(Refusal::NotFound(_)) => {}
                Err(_) if skipped > 0 => {}
                Err(refusal) => return Err(refusal),
            }
        }
        if below.is_some() {
            return Err(not_found());
        }
        let root_name = self.root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let path = self.listing().ending_like(&parts, root_name).ok_or_else(not_found)?;
        let found = if path.split('/').count() < parts.len() { Found::Stripped } else { Found::Completed };
        let size = self.look(path)?;
        Ok(Resolved { path: path.to_owned(), found, size })
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// As [`Tree::resolve`], if the file changed since.
    pub fn read(&self, file: &Resolved) -> Result<Vec<u8>, Refusal> {
        self.read_path(&file.path, LARGEST_FILE)
    }

    /// The bytes of a file by its path in the tree, no larger than `limit`.
    ///
    /// # Errors
    /// As [`Tree::resolve`].
    pub fn read_path(&self, path: &str, limit: u64) -> Result<Vec<u8>, Refusal> {
        let parts = normal_parts(path).ok_or_else(|| Refusal::Outside(path.to_owned()))?;
        let (fd, size) = beneath::open_file(&self.folder, &parts).map_err(|error| refusal(path, error))?;
        let too_large = |size| Refusal::TooLarge { path: path.to_owned(), size };
        if size > limit {
            return Err(too_large(size));
        }
        // The file may grow while it is read.
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        let read = std::fs::File::from(fd).take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| Refusal::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
        if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
    }

    /// A file opened for reading by its path in the tree, and its size.
    ///
    /// # Errors
    /// As [`Tree::resolve`].
    pub fn open_path(&self, path: &str) -> Result<(std::fs::File, u64), Refusal> {
        let parts = normal_parts(path).ok_or_else(|| Refusal::Outside(path.to_owned()))?;
        let (fd, size) = beneath::open_file(&self.folder, &parts).map_err(|error| refusal(path, error))?;
        Ok((fd.into(), size))
    }

    /// What changes when a regular file is written to, short of its bytes.
    ///
    /// # Errors
    /// As [`Tree::resolve`].
    pub fn stamp(&self, path: &str) -> Result<Stamp, Refusal> {
        let size = self.look(path)?;
        let parts = normal_parts(path).ok_or_else(|| Refusal::Outside(path.to_owned()))?;
        let stat = beneath::stat(&self.folder, &parts).map_err(|error| refusal(path, error))?;
        let modified = (stat.st_mtime as i64, stat.st_mtime_nsec as i64);
        Ok(Stamp { size, modified, changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64) })
    }

    /// Whether a path of the tree is a regular file.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.look(path).is_ok()
    }

    /// The tree's regular files, sorted, without links, without the folders of version control, of tools and of
    /// vendored code, and without names that are not UTF-8. Their number and depth are bounded; read once
    /// and kept.
    pub fn walk(&self) -> impl Iterator<Item = &str> {
        self.listing().paths.iter().map(String::as_str)
    }

    /// Whether [`Tree::walk`] left files out because there are too many or they lie too deep.
    #[must_use]
    pub fn walk_is_cut(&self) -> bool {
        self.listing().cut
    }

    fn listing(&self) -> &Listing {
        self.listing.get_or_init(|| Listing::of(&self.folder))
    }

    /// What follows the root in a path that begins with it.
    fn below_root(&self, claimed: &str) -> Option<String> {
        let root = self.root.to_str()?;
        let rest = claimed.strip_prefix(root)?;
        (root.ends_with('/') || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_owned())
    }

    /// The size of a regular file that may be read.
    fn look(&self, path: &str) -> Result<u64, Refusal> {
        let parts = normal_parts(path).ok_or_else(|| Refusal::Outside(path.to_owned()))?;
        let stat = beneath::stat(&self.folder, &parts).map_err(|error| refusal(path, error))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Refusal::NotAFile(path.to_owned()));
        }
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if size > LARGEST_FILE { Err(Refusal::TooLarge { path: path.to_owned(), size }) } else { Ok(size) }
    }
}

fn refusal(path: &str, error: Errno) -> Refusal {
    let path = path.to_owned();
    match error {
        Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL => Refusal::NotFound(path),
        // Beyond the root, or links that go round in circles.
        Errno::XDEV | Errno::LOOP => Refusal::Outside(path),
        beneath::NOT_A_FILE => Refusal::NotAFile(path),
        error => Refusal::Unreadable { path, reason: error.to_string() },
    }
}

/// The parts of a path without `.` and inner `..`; `None` where it climbs out.
fn normal_parts(path: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts)
}

fn drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
