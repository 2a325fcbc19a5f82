//! A source file as a remedy starts from it, and the way back from a changed text to the file's bytes.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::{BadEdit, Edit};
use crate::domain::Digest;
use crate::source::tree::LARGEST_FILE;
use crate::source::{Decoded, Language, Outline, Refusal, Tree, decode};

/// Why a file cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    /// It cannot be read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It holds no text.
    #[error("`{0}` is binary")]
    Binary(String),
    /// Some of its bytes are no text in its encoding, so it would not be written back as it was.
    #[error("`{path}` does not read as {encoding} throughout: it would not be written back as it is")]
    Lossy {
        /// The file.
        path: String,
        /// What it was read as.
        encoding: &'static str,
    },
    /// A character of the new text is none of the file's encoding.
    #[error("`{path}` is {encoding}, which cannot write all of the new text")]
    Unwritable {
        /// The file.
        path: String,
        /// Its encoding.
        encoding: &'static str,
    },
    /// It is not as it was when the edit was made.
    #[error("`{0}` has changed since the remedy was made: propose again")]
    Changed(String),
    /// The edit is of another text.
    #[error(transparent)]
    Edit(#[from] BadEdit),
}

/// A file of a source tree, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, relative to the tree's root.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its text, and how it was read.
    pub decoded: Decoded,
}

impl SourceFile {
    /// Reads a file that can be written back.
    ///
    /// # Errors
    /// When it cannot be read, holds no text or would not be written back as it is.
    pub fn read(tree: &Tree, path: &str) -> Result<Self, NotEditable> {
        Self::new(path, tree.read_path(path, LARGEST_FILE)?)
    }

    /// A file of these bytes.
    ///
    /// # Errors
    /// When they are no text or would not be written back as they are.
    pub fn new(path: &str, bytes: Vec<u8>) -> Result<Self, NotEditable> {
        let decoded = decode(&bytes).map_err(|_| NotEditable::Binary(path.to_owned()))?;
        let file = Self { path: path.to_owned(), digest: Digest::of(&bytes), bytes, decoded };
        match file.encode(file.text()) {
            Ok(again) if again == file.bytes => Ok(file),
            _ => Err(NotEditable::Lossy { path: file.path, encoding: file.decoded.encoding }),
        }
    }

    /// Its text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.decoded.text
    }

    /// Its language.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::detect(&self.path, self.text())
    }

    /// Its outline.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline::of(self.language(), self.text())
    }

    /// The bytes of the file with another text, in the same encoding and with the same mark.
    ///
    /// # Errors
    /// When the encoding lacks a character.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, NotEditable> {
        let Decoded { encoding, bom, .. } = self.decoded;
        let unwritable = || NotEditable::Unwritable { path: self.path.clone(), encoding };
        let known = Encoding::for_label(encoding.as_bytes()).ok_or_else(unwritable)?;
        let mut out = Vec::with_capacity(text.len() + 3);
        // The library writes no UTF-16: browsers never send it.
        let order = match () {
            () if known == UTF_16LE => Some(u16::to_le_bytes as fn(u16) -> [u8; 2]),
            () if known == UTF_16BE => Some(u16::to_be_bytes as fn(u16) -> [u8; 2]),
            () => None,
        };
        if let Some(order) = order {
            let mark = bom.then_some(0xfeff);
            out.extend(mark.into_iter().chain(text.encode_utf16()).flat_map(order));
            return Ok(out);
        }
        if bom {
            out.extend_from_slice(b"\xef\xbb\xbf");
        }
        let (bytes, _, unmappable) = known.encode(text);
        if unmappable {
            return Err(unwritable());
        }
        out.extend_from_slice(&bytes);
        Ok(out)
    }

    /// The file's bytes after an edit.
    ///
    /// # Errors
    /// When the edit is of another text, or cannot be written in the file's encoding.
    pub fn edited(&self, edit: &Edit) -> Result<Vec<u8>, NotEditable> {
        self.encode(&edit.apply(self.text())?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edited(bytes: &[u8], old: &str, new: &str) -> Result<Vec<u8>, NotEditable> {
        let file = SourceFile::new("a.py", bytes.to_vec())?;
        let at = file.text().find(old).unwrap();
        let edit = Edit::new("a.py", file.digest, file.text(), vec![(at..at + old.len(), new.into())])?;
        file.edited(&edit)
    }

    #[test]
    fn a_file_is_written_back_in_its_own_encoding() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for (bytes, after) in [
            (b"\xef\xbb\xbfa = 1\r\n".to_vec(), b"\xef\xbb\xbfa = 2\r\n".to_vec()),
            (
                b"# coding: latin-1\nx = '\xe9' # 1\n".to_vec(),
                b"# coding: latin-1\nx = '\xe9' # 2\n".to_vec(),
            ),
            (
                [b"\xff\xfe".to_vec(), utf16("a = 1\n")].concat(),
                [b"\xff\xfe".to_vec(), utf16("a = 2\n")].concat(),
            ),
        ] {
            let old = if bytes.starts_with(b"#") { "# 1" } else { "1" };
            let new = old.replace('1', "2");
            assert_eq!(edited(&bytes, old, &new), Ok(after));
        }
    }

    #[test]
    fn what_cannot_be_written_back_is_not_edited() {
        let latin = b"# coding: latin-1\nx = '\xe9'\n";
        assert!(matches!(edited(latin, "x", "\u{4e2d}"), Err(NotEditable::Unwritable { .. })));
        assert!(matches!(edited(b"# coding: utf-8\nx\xe9", "x", "y"), Err(NotEditable::Lossy { .. })));
        assert!(matches!(edited(b"\x7fELF\0", "", ""), Err(NotEditable::Binary(_))));
    }

    proptest! {
        #[test]
        fn a_file_that_is_editable_is_written_back_byte_for_byte(bytes: Vec<u8>, head in "(\u{feff}|# coding: (latin-1|koi8-r|shift_jis|utf-8)\n)?") {
            let bytes = [head.as_bytes(), &bytes].concat();
            if let Ok(file) = SourceFile::new("a.py", bytes.clone()) {
                prop_assert_eq!(file.encode(file.text()).unwrap(), bytes);
            }
        }
    }
}
