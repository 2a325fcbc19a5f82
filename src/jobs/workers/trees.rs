//! The worker that asks source trees: on a thread of its own, since a tree may lie on a slow disk.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::inbox::Inbox;
use super::serve::Work;
use super::{CodeFile, Reply, Request};
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::tree::{InTree, Located, Read};

/// Bytes of a draft that are read back.
const DRAFT: u64 = 1 << 20;

/// What is asked of a source tree.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Whether a file is as it was scanned. Only the newest counts.
    Compare(String, Arc<CodeFile>),
    /// Where a line of a file is for an editor.
    Locate {
        /// The project.
        project: String,
        /// The path.
        path: String,
        /// The file as it was scanned, if it is known.
        file: Option<Arc<CodeFile>>,
        /// The line as it was scanned.
        line: u32,
    },
    /// What has changed in a file since it was scanned.
    Changes(String, Arc<CodeFile>),
    /// The address of lines of a file.
    Link {
        /// The project.
        project: String,
        /// The path.
        path: String,
        /// The lines, from and to.
        lines: (u32, u32),
        /// The run that saw them.
        run: u32,
    },
    /// A text put into a file for an editor.
    Draft(String),
    /// The text of such a file, which is then taken away.
    Drafted(PathBuf),
}

/// What a source tree told, or in words why not.
#[derive(Debug)]
pub enum Told {
    /// Whether a file is as it was scanned.
    Compared(Arc<CodeFile>, InTree),
    /// Where a file is.
    Located(Result<Located, String>),
    /// What has changed in the file of a path.
    Changes(String, Result<String, String>),
    /// An address.
    Link(Result<String, String>),
    /// The file of a draft.
    Draft(Result<PathBuf, String>),
    /// The text of a draft.
    Drafted(Result<String, String>),
}

pub(super) struct Trees {
    desk: Desk,
    read: Read,
}

impl Trees {
    pub(super) fn new(desk: Desk) -> Self {
        Self { desk, read: Read::default() }
    }

    fn answer(&mut self, ask: Ask) -> Result<Told, DeskError> {
        Ok(match ask {
            Ask::Compare(project, file) => {
                let how = self.desk.in_tree(&project, &file, &mut self.read)?;
                Told::Compared(file, how)
            }
            Ask::Locate { project, path, file, line } => {
                Told::Located(self.desk.locate(&project, &path, (file.as_ref(), line))?)
            }
            Ask::Changes(project, file) => {
                Told::Changes(file.path.clone(), self.desk.changes(&project, &file)?)
            }
            Ask::Link { project, path, lines, run } => {
                Told::Link(self.desk.link(&project, &path, lines, run)?)
            }
            Ask::Draft(text) => {
                let draft = draft(&self.desk.workspace.file("note"), &text);
                Told::Draft(draft.map_err(|error| format!("cannot write a draft: {error}")))
            }
            Ask::Drafted(path) => Told::Drafted(
                drafted(&path).map_err(|error| format!("cannot read {}: {error}", path.display())),
            ),
        })
    }
}

impl Work for Trees {
    fn work(&mut self, request: Request, _: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        if let Request::Tree { ticket, ask } = request {
            self.desk.look_again()?;
            tell(Reply::Tree { ticket, told: self.answer(ask)? });
        }
        Ok(())
    }

    fn renew(&mut self) {
        if let Ok(desk) = self.desk.again() {
            self.desk = desk;
        }
    }
}

/// Puts a text into a new file beside another, for the user's eyes alone.
fn draft(beside: &Path, text: &str) -> std::io::Result<PathBuf> {
    let folder = beside.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix("note-").suffix(".md").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    Ok(file.into_temp_path().keep()?)
}

/// The text of a draft; the file is taken away once it was read.
fn drafted(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(DRAFT).read_to_end(&mut bytes)?;
    std::fs::remove_file(path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_read_back_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = draft(&folder.path().join("note"), "é\n").unwrap();
        std::fs::write(&path, "é\nmore\n").unwrap();
        assert_eq!(drafted(&path).unwrap(), "é\nmore\n");
        assert!(!path.exists());
        assert!(drafted(&path).is_err());
    }
}
