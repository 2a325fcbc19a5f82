//! Writing files of a tree anew: all of them or none, each the old one or the new one at every moment.
//!
//! Never follows a link, not even one inside of the tree: each folder of a path is opened in the one before, as a folder
//! and no link, and the file is replaced in the last of them. Never writes into a file: a new one is made beside it,
//! synced and put in its place, and where the system can exchange two names the old one is looked at once more after
//! that, so that what somebody writes meanwhile is not lost. Mode and owner stay.
//!
//! What a program that ends in between leaves behind is told by the digests of the files: none of them is half-written.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Uid};
use rustix::io::Errno;

use crate::domain::Digest;
use crate::source::tree::LARGEST_FILE;

/// Why files are not written anew. Unless it says otherwise, nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// Its path is none of the tree, or leads through a link.
    #[error("`{0}` is not written: its path leads through a link or out of the source tree")]
    Link(String),
    /// It is not there.
    #[error("the source tree has no file `{0}` any more")]
    Missing(String),
    /// It is a folder, a FIFO, a socket or a device.
    #[error("`{0}` is not a regular file")]
    NotAFile(String),
    /// It is not as it was.
    #[error("`{0}` has changed: look at it again")]
    Changed(String),
    /// The new file would belong to someone else.
    #[error("`{0}` belongs to another user and would not stay theirs: its owner can do it")]
    Owner(String),
    /// The disk is full.
    #[error("the disk with `{0}` is full; nothing was changed")]
    Full(String),
    /// The system said no.
    #[error("cannot write `{path}`: {reason}")]
    Io {
        /// The file.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// Some files were put in place and could not be put back.
    #[error("`{path}` could not be put back after that failed: {reason}")]
    Torn {
        /// The first of them.
        path: String,
        /// In the system's words.
        reason: String,
    },
}

fn io(path: &str, error: Errno) -> RewriteError {
    let path = path.to_owned();
    match error {
        Errno::LOOP | Errno::NOTDIR => RewriteError::Link(path),
        Errno::NOENT => RewriteError::Missing(path),
        Errno::NOSPC | Errno::DQUOT => RewriteError::Full(path),
        error => RewriteError::Io { path, reason: error.to_string() },
    }
}

fn std_io(path: &str, error: &std::io::Error) -> RewriteError {
    match error.raw_os_error() {
        Some(code) => io(path, Errno::from_raw_os_error(code)),
        None => RewriteError::Io { path: path.to_owned(), reason: error.to_string() },
    }
}

/// One file to be written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Its path in the tree.
    pub path: String,
    /// What it must be.
    pub before: Digest,
    /// What it becomes.
    pub after: Vec<u8>,
}

/// How far a rewriting has come: told before it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new file is made and empty.
    Made(usize),
    /// A new file is written and synced, and not in place.
    Written(usize),
    /// A new file is in place.
    Placed(usize),
    /// All are in place, and the old ones are not removed yet.
    AllPlaced,
    /// The old ones are removed.
    Cleared,
}

/// Watches the steps; what it does to the program is its own business.
pub type Watch<'w> = dyn FnMut(Step) + 'w;

/// The root of a tree in which files are written.
#[derive(Debug)]
pub struct Root {
    folder: OwnedFd,
    path: PathBuf,
}

/// A file of the tree, found without a link.
struct Found {
    folder: OwnedFd,
    name: OsString,
}

impl Root {
    /// Opens a folder as the root; it may itself be reached by links: the person named it.
    ///
    /// # Errors
    /// Where there is no such folder.
    pub fn open(path: &Path) -> Result<Self, RewriteError> {
        let shown = path.display().to_string();
        let canonical = path.canonicalize().map_err(|error| std_io(&shown, &error))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&canonical, flags, Mode::empty()).map_err(|error| io(&shown, error))?;
        Ok(Self { folder, path: canonical })
    }

    /// The root, absolute and without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The digest of a file as it is now.
    ///
    /// # Errors
    /// When it is not there, no regular file, or behind a link.
    pub fn digest(&self, path: &str) -> Result<Digest, RewriteError> {
        let found = self.find(path)?;
        Ok(Digest::of(&read(&found.folder, &found.name, path)?.0))
    }

    /// The bytes of a file as it is now.
    ///
    /// # Errors
    /// As [`Self::digest`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, RewriteError> {
        let found = self.find(path)?;
        Ok(read(&found.folder, &found.name, path)?.0)
    }

    fn find(&self, path: &str) -> Result<Found, RewriteError> {
        let wrong = || RewriteError::Link(path.to_owned());
        let parts: Vec<&str> = path.split('/').collect();
        if parts.iter().any(|part| matches!(*part, "" | "." | "..") || part.contains('\0')) {
            return Err(wrong());
        }
        let (name, folders) = parts.split_last().ok_or_else(wrong)?;
        let mut folder = self.folder.try_clone().map_err(|error| std_io(path, &error))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for part in folders {
            folder =
                rustix::fs::openat(&folder, *part, flags, Mode::empty()).map_err(|error| io(path, error))?;
        }
        Ok(Found { folder, name: OsString::from(name) })
    }

    /// Removes what a rewriting that was broken off left beside some files.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn sweep<'p>(&self, paths: impl Iterator<Item = &'p str>, token: &str) -> Result<(), RewriteError> {
        for (number, path) in paths.enumerate() {
            let found = match self.find(path) {
                Ok(found) => found,
                Err(RewriteError::Missing(_)) => continue,
                Err(error) => return Err(error),
            };
            match rustix::fs::unlinkat(&found.folder, part_name(token, number), AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(io(path, error)),
            }
        }
        Ok(())
    }

    /// Writes files anew: all or none. The token names what is made beside them meanwhile.
    ///
    /// # Errors
    /// When a file is not as it must be or cannot be written; then all are as they were, unless the error says so.
    pub fn rewrite(&self, files: &[Rewrite], token: &str, watch: &mut Watch<'_>) -> Result<(), RewriteError> {
        let mut staged: Vec<Staged<'_>> = Vec::new();
        let done = self.stage_and_place(files, token, &mut staged, watch);
        if let Err(error) = done {
            let undone = staged.iter_mut().rev().map(Staged::put_back).collect::<Vec<_>>();
            return Err(undone.into_iter().find_map(Result::err).unwrap_or(error));
        }
        watch(Step::AllPlaced);
        for file in &staged {
            // The new files are in place; an old one that stays beside them is swept up later.
            let _ = file.remove_part();
            let _ = rustix::fs::fsync(&file.found.folder);
        }
        watch(Step::Cleared);
        Ok(())
    }

    fn stage_and_place<'f>(
        &self,
        files: &'f [Rewrite],
        token: &str,
        staged: &mut Vec<Staged<'f>>,
        watch: &mut Watch<'_>,
    ) -> Result<(), RewriteError> {
        for (number, file) in files.iter().enumerate() {
            let found = self.find(&file.path)?;
            let (bytes, stat) = read(&found.folder, &found.name, &file.path)?;
            if Digest::of(&bytes) != file.before {
                return Err(RewriteError::Changed(file.path.clone()));
            }
            staged.push(Staged {
                file,
                found,
                part: part_name(token, number),
                old: bytes,
                place: Place::Not,
            });
            let made = staged.last_mut().map(|staged| staged.write(&stat, &mut |step| watch(step(number))));
            made.unwrap_or(Ok(()))?;
        }
        for (number, file) in staged.iter_mut().enumerate() {
            file.place()?;
            watch(Step::Placed(number));
        }
        for file in staged.iter() {
            rustix::fs::fsync(&file.found.folder).map_err(|error| io(&file.file.path, error))?;
        }
        Ok(())
    }
}

/// What a file that is made beside another is called.
fn part_name(token: &str, number: usize) -> String {
    format!(".assize-{token}-{number}.part")
}

/// A file's bytes and what is told of it; a link or what is no regular file is refused.
fn read(
    folder: &OwnedFd,
    name: impl rustix::path::Arg + Copy,
    path: &str,
) -> Result<(Vec<u8>, Stat), RewriteError> {
    let refused = |error| io(path, error);
    // Looked at before it is opened, since opening a device may do something.
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(refused)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        FileType::Symlink => return Err(RewriteError::Link(path.to_owned())),
        _ => return Err(RewriteError::NotAFile(path.to_owned())),
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = rustix::fs::openat(folder, name, flags, Mode::empty()).map_err(refused)?;
    let stat = rustix::fs::fstat(&fd).map_err(refused)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(RewriteError::NotAFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::from(fd).take(LARGEST_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| std_io(path, &error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(RewriteError::Changed(path.to_owned()));
    }
    Ok((bytes, stat))
}

/// Where a new file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Not made.
    Not,
    /// Beside the old one.
    Beside,
    /// In its place, and the old one where it was.
    Exchanged,
    /// In its place, and the old one gone.
    Replaced,
}

/// A file on its way.
struct Staged<'f> {
    file: &'f Rewrite,
    found: Found,
    part: String,
    old: Vec<u8>,
    place: Place,
}

impl Staged<'_> {
    /// Makes the new file beside the old one, and brings it to disk.
    fn write(&mut self, like: &Stat, watch: &mut dyn FnMut(fn(usize) -> Step)) -> Result<(), RewriteError> {
        let path = self.file.path.as_str();
        let refused = |error| io(path, error);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd =
            rustix::fs::openat(&self.found.folder, self.part.as_str(), flags, Mode::from_raw_mode(0o600))
                .map_err(|error| match error {
                    // No file is missing here: the folder cannot be written in.
                    Errno::NOENT => RewriteError::Io { path: path.to_owned(), reason: error.to_string() },
                    error => refused(error),
                })?;
        self.place = Place::Beside;
        watch(Step::Made);
        let made = rustix::fs::fstat(&fd).map_err(refused)?;
        if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid) {
            let (uid, gid) = (Uid::from_raw(like.st_uid), Gid::from_raw(like.st_gid));
            rustix::fs::fchown(&fd, Some(uid), Some(gid)).map_err(|error| match error {
                Errno::PERM => RewriteError::Owner(path.to_owned()),
                error => refused(error),
            })?;
        }
        // After the owner, which takes bits of the mode away.
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(like.st_mode & 0o7777)).map_err(refused)?;
        let mut file = std::fs::File::from(fd);
        file.write_all(&self.file.after).map_err(|error| std_io(path, &error))?;
        file.sync_all().map_err(|error| std_io(path, &error))?;
        watch(Step::Written);
        Ok(())
    }

    /// Puts the new file in the old one's place.
    fn place(&mut self) -> Result<(), RewriteError> {
        let path = self.file.path.as_str();
        match self.exchange() {
            Ok(()) => {
                self.place = Place::Exchanged;
                // Whoever wrote since it was read wrote into what stands beside now.
                let (bytes, _) = read(&self.found.folder, self.part.as_str(), path)?;
                if Digest::of(&bytes) != self.file.before {
                    return Err(RewriteError::Changed(path.to_owned()));
                }
                Ok(())
            }
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                let (bytes, _) = read(&self.found.folder, self.found.name.as_os_str(), path)?;
                if Digest::of(&bytes) != self.file.before {
                    return Err(RewriteError::Changed(path.to_owned()));
                }
                let folder = &self.found.folder;
                rustix::fs::renameat(folder, self.part.as_str(), folder, self.found.name.as_os_str())
                    .map_err(|error| io(path, error))?;
                self.place = Place::Replaced;
                Ok(())
            }
            Err(error) => Err(io(path, error)),
        }
    }

    fn exchange(&self) -> rustix::io::Result<()> {
        let folder = &self.found.folder;
        let name = self.found.name.as_os_str();
        rustix::fs::renameat_with(folder, self.part.as_str(), folder, name, RenameFlags::EXCHANGE)
    }

    /// Puts the old file back, and removes the new one.
    fn put_back(&mut self) -> Result<(), RewriteError> {
        let torn = |reason: String| RewriteError::Torn { path: self.file.path.clone(), reason };
        match self.place {
            Place::Not => return Ok(()),
            Place::Beside => {}
            Place::Exchanged => self.exchange().map_err(|error| torn(error.to_string()))?,
            Place::Replaced => {
                let folder = &self.found.folder;
                let like = rustix::fs::statat(folder, self.found.name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW)
                    .map_err(|error| torn(error.to_string()))?;
                let back = Rewrite {
                    path: self.file.path.clone(),
                    before: Digest::default(),
                    after: self.old.clone(),
                };
                let found = self.found.again(&self.file.path)?;
                let part = self.part.clone();
                let mut old = Staged { file: &back, found, part, old: Vec::new(), place: Place::Not };
                old.write(&like, &mut |_| {}).map_err(|error| torn(error.to_string()))?;
                rustix::fs::renameat(folder, self.part.as_str(), folder, self.found.name.as_os_str())
                    .map_err(|error| torn(error.to_string()))?;
                return Ok(());
            }
        }
        // One that cannot be removed is swept up later.
        let _ = self.remove_part();
        Ok(())
    }

    fn remove_part(&self) -> rustix::io::Result<()> {
        match rustix::fs::unlinkat(&self.found.folder, self.part.as_str(), AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            result => result,
        }
    }
}

impl Found {
    fn again(&self, path: &str) -> Result<Self, RewriteError> {
        let folder = self.folder.try_clone().map_err(|error| std_io(path, &error))?;
        Ok(Self { folder, name: self.name.clone() })
    }
}

#[cfg(test)]
mod tests;
