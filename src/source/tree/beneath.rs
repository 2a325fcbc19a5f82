//! Owns opening a path below a folder without ever leaving it.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::{Errno, Result};

/// What is no regular file.
pub(super) const NOT_A_FILE: Errno = Errno::ISDIR;

/// As many links as Linux follows in one path.
const MOST_LINKS: u32 = 40;

/// What stands at a path, links followed.
pub(super) fn stat(root: &OwnedFd, parts: &[&str]) -> Result<Stat> {
    #[cfg(target_os = "linux")]
    match kernel::open(root, parts, OFlags::PATH | OFlags::CLOEXEC) {
        Ok(fd) => return fstat(fd),
        Err(error) if !kernel::is_missing(error) => return Err(error),
        Err(_) => {}
    }
    let place = steps(root, parts)?;
    statat(place.folder(root), place.name(), AtFlags::SYMLINK_NOFOLLOW)
}

/// Opens a regular file for reading, and gives its size.
pub(super) fn open_file(root: &OwnedFd, parts: &[&str]) -> Result<(OwnedFd, u64)> {
    // Looked at before it is opened, since opening a device may do something; and after, since it may be another.
    if FileType::from_raw_mode(stat(root, parts)?.st_mode) != FileType::RegularFile {
        return Err(NOT_A_FILE);
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let fd = open(root, parts, flags)?;
    let stat = fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(NOT_A_FILE);
    }
    Ok((fd, u64::try_from(stat.st_size).unwrap_or(0)))
}

fn open(root: &OwnedFd, parts: &[&str], flags: OFlags) -> Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    match kernel::open(root, parts, flags) {
        Err(error) if kernel::is_missing(error) => {}
        result => return result,
    }
    let place = steps(root, parts)?;
    openat(place.folder(root), place.name(), flags | OFlags::NOFOLLOW, Mode::empty())
}

#[cfg(target_os = "linux")]
mod kernel {
    use rustix::fs::ResolveFlags;

    use super::{Errno, Mode, OFlags, OwnedFd, Result};

    pub(super) fn open(root: &OwnedFd, parts: &[&str], flags: OFlags) -> Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let path = if parts.is_empty() { ".".to_owned() } else { parts.join("/") };
        // `RESOLVE_BENEATH` gives EAGAIN when something is renamed meanwhile; trying again is what the manual says.
        for _ in 0..8 {
            match rustix::fs::openat2(root, &path, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN) => {}
                result => return result,
            }
        }
        Err(Errno::AGAIN)
    }

    /// Whether the call itself is missing: kernels before 5.6, and sandboxes that do not know it.
    pub(super) fn is_missing(error: Errno) -> bool {
        matches!(error, Errno::NOSYS | Errno::PERM | Errno::AGAIN)
    }
}

/// The last step of a path: a name that is no link, in a folder inside the root.
pub(super) struct Place {
    folders: Vec<OwnedFd>,
    name: OsString,
}

impl Place {
    pub(super) fn folder<'f>(&'f self, root: &'f OwnedFd) -> impl AsFd + 'f {
        self.folders.last().unwrap_or(root).as_fd()
    }

    pub(super) fn name(&self) -> &OsString {
        &self.name
    }
}

/// Walks a path one folder at a time, links by hand. The open folders are a stack, so that `..` in a link goes back to
/// a folder that was passed and never to whatever is its parent by now.
pub(super) fn steps(root: &OwnedFd, parts: &[&str]) -> Result<Place> {
    let mut folders: Vec<OwnedFd> = Vec::new();
    let mut todo: Vec<OsString> = parts.iter().rev().map(OsString::from).collect();
    let mut links = 0;
    while let Some(name) = todo.pop() {
        if name.is_empty() || name == "." {
            continue;
        }
        if name == ".." {
            folders.pop().ok_or(Errno::XDEV)?;
            continue;
        }
        let folder = folders.last().unwrap_or(root);
        let stat = statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::Symlink {
            links += 1;
            if links > MOST_LINKS {
                return Err(Errno::LOOP);
            }
            let target = readlinkat(folder, &name, Vec::new())?.into_bytes();
            if target.first() == Some(&b'/') {
                return Err(Errno::XDEV);
            }
            todo.extend(target.split(|&b| b == b'/').rev().map(|part| OsString::from_vec(part.to_vec())));
        } else if todo.is_empty() {
            return Ok(Place { folders, name });
        } else {
            let flags =
                OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
            let next = openat(folder, &name, flags, Mode::empty())?;
            folders.push(next);
        }
    }
    // The path ended in `..` or named the root.
    Ok(Place { folders, name: OsString::from(".") })
}
