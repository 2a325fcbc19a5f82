//! Files as edits make them, in memory.

use super::{Edit, NotEditable, SourceFile};
use crate::source::Tree;
use crate::text::unified;

/// A file before and after an edit.
#[derive(Debug, Clone)]
pub struct Patched {
    /// The file as it is.
    pub file: SourceFile,
    /// What changes.
    pub edit: Edit,
    /// Its text afterwards.
    pub text: String,
    /// Its bytes afterwards.
    pub bytes: Vec<u8>,
}

impl Patched {
    /// A file with its edit carried out.
    ///
    /// # Errors
    /// When the edit is of another text, or cannot be written in the file's encoding.
    pub fn new(file: SourceFile, edit: &Edit) -> Result<Self, NotEditable> {
        if file.digest != edit.base {
            return Err(NotEditable::Changed(file.path));
        }
        let edit = edit.of_text(file.text());
        let text = edit.apply(file.text())?;
        let bytes = file.encode(&text)?;
        Ok(Self { file, edit, text, bytes })
    }

    /// Reads the files of some edits and carries them out.
    ///
    /// # Errors
    /// As [`Self::new`], and when a file cannot be read.
    pub fn all(tree: &Tree, edits: &[Edit]) -> Result<Vec<Self>, NotEditable> {
        edits.iter().map(|edit| Self::new(SourceFile::read(tree, &edit.path)?, edit)).collect()
    }

    /// The difference, as `git apply` reads it.
    #[must_use]
    pub fn diff(&self) -> String {
        let path = &self.file.path;
        unified(self.file.text(), &self.text, &format!("a/{path}"), &format!("b/{path}"))
    }
}
