//! Owns the list of a tree's files, and finding one of them by the end of its path.

use std::collections::HashMap;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};

/// More files than this are not listed.
pub(crate) const MOST_FILES: usize = 500_000;

/// Folders deeper than this are not looked into. Links are not followed, so there are no loops to fear; a mount may
/// still hold something very deep.
pub(crate) const DEEPEST: usize = 64;

const IGNORED: [&str; 21] = [
    ".git",
    ".hg",
    ".svn",
    ".assize",
    "node_modules",
    "bower_components",
    "jspm_packages",
    "vendor",
    "third_party",
    "target",
    "site-packages",
    "__pycache__",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".gradle",
    ".terraform",
    ".next",
];

#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Sorted.
    pub(super) paths: Vec<String>,
    pub(super) cut: bool,
    /// The indices of paths by file name.
    by_name: HashMap<String, Vec<u32>>,
}

impl Listing {
    pub(super) fn of(root: &OwnedFd) -> Self {
        let mut listing = Self::default();
        let mut todo = vec![String::new()];
        while let Some(folder) = todo.pop() {
            if !listing.add_folder(root, &folder, &mut todo) {
                listing.cut = true;
                break;
            }
        }
        listing.paths.sort_unstable();
        for (index, path) in listing.paths.iter().enumerate() {
            let name = path.rsplit('/').next().unwrap_or_default();
            listing
                .by_name
                .entry(name.to_owned())
                .or_default()
                .push(u32::try_from(index).unwrap_or(u32::MAX));
        }
        listing
    }

    /// Adds a folder's files, and its folders to those to do; false where there are too many. What cannot be read is
    /// left out.
    fn add_folder(&mut self, root: &OwnedFd, folder: &str, todo: &mut Vec<String>) -> bool {
        let Some(fd) = open_folder(root, folder) else { return true };
        let Ok(entries) = Dir::read_from(&fd) else { return true };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name == ".." {
                continue;
            }
            let mut kind = entry.file_type();
            if kind == FileType::Unknown
                && let Ok(stat) = statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW)
            {
                kind = FileType::from_raw_mode(stat.st_mode);
            }
            let path = || if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            match kind {
                FileType::RegularFile => self.paths.push(path()),
                FileType::Directory if IGNORED.contains(&name) => {}
                FileType::Directory if folder.split('/').count() >= DEEPEST => self.cut = true,
                FileType::Directory => todo.push(path()),
                _ => {}
            }
            if self.paths.len() >= MOST_FILES || todo.len() >= MOST_FILES {
                return false;
            }
        }
        true
    }

    /// The one file whose path ends with these parts, or with whose path these parts end.
    pub(super) fn ending_like(&self, parts: &[&str], root_name: &str) -> Option<&str> {
        let (name, before) = parts.split_last()?;
        let namesakes = self.by_name.get(*name)?;
        let paths = || namesakes.iter().filter_map(|&index| self.paths.get(usize::try_from(index).ok()?));
        let claimed = parts.join("/");
        if before.last().is_some_and(|folder| *folder == root_name)
            && let Some(path) = paths().find(|path| path.as_str() == *name)
        {
            return Some(path);
        }
        let ends_with = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|head| head.is_empty() || head.ends_with('/'))
        };
        let mut fitting = paths().filter(|path| ends_with(path, &claimed) || ends_with(&claimed, path));
        let only = fitting.next().filter(|_| fitting.next().is_none())?;
        // A bare name at the root fits any path with that name: believed only where nothing else has it.
        let bare = !only.contains('/') && parts.len() > 1;
        (!bare || namesakes.len() == 1).then_some(only)
    }
}

/// Opens a folder that was just listed; none of its parts may have become a link since.
fn open_folder(root: &OwnedFd, folder: &str) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut fd = openat(root, ".", flags, Mode::empty()).ok()?;
    for part in folder.split('/').filter(|part| !part.is_empty()) {
        fd = openat(&fd, part, flags, Mode::empty()).ok()?;
    }
    Some(fd)
}
