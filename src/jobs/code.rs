//! The code that a case is about, whole, as the screen scrolls through it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::desk::{Desk, DeskError};
use super::lockfile;
use super::view::{CaseView, FindingView};
use crate::docket::Docket;
use crate::source::{Language, Outline};
use crate::text::LineIndex;
use crate::text::columns::{Ruler, Stops};

/// Signatures kept of a file's functions and classes; a generated file may have a hundred thousand.
const SCOPES: usize = 10_000;

/// A file with what is told of its lines.
#[derive(Debug, Clone, Default)]
pub struct CodeFile {
    /// Its path in the project.
    pub path: String,
    /// Its text, or as much of it as a tool quoted.
    pub text: Arc<str>,
    /// Where each line begins, and one past the end of the last.
    pub starts: Vec<usize>,
    /// The number of the first line; above 1 only for a quotation.
    pub first_line: u32,
    /// Whether it is the file's own text, as scanned, and not what a tool quoted.
    pub is_whole: bool,
    /// Functions and classes: first and last line, and the signature; none before it is outlined.
    pub scopes: Vec<(u32, u32, String)>,
    /// Where other cases stand: their lines and numbers, in the order of lines.
    pub marks: Vec<(u32, u32)>,
    /// Of a manifest the lines of the package that the case is about, where they were found.
    pub entry: Option<(u32, u32)>,
    /// The tool that quoted it, where it is a quotation.
    pub quoted_by: String,
    /// Of lines too long to be looked at whole, where their columns are.
    stops: FxHashMap<u32, Stops>,
}

impl CodeFile {
    /// A text, or a part of one from a line on, with what is told of its lines.
    #[must_use]
    pub fn new(path: &str, text: String, first_line: u32, is_whole: bool) -> Self {
        let text: Arc<str> = text.into();
        // Lines as findings and colours count them.
        let mut starts = LineIndex::new(&text).into_starts();
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        let path = path.to_owned();
        let mut file = Self { path, text, starts, first_line, is_whole, ..Self::default() };
        let stops = (first_line..file.end()).filter_map(|line| Some((line, Stops::of(file.line(line)?)?)));
        file.stops = stops.collect();
        file
    }

    /// The same with its functions and classes, which take up to 0.2 s to be found.
    #[must_use]
    pub fn outlined(&self) -> Self {
        let outline = Outline::of(Language::detect(&self.path, &self.text), Arc::clone(&self.text));
        let scopes = outline.scopes().take(SCOPES);
        let scopes = scopes.map(|scope| (scope.lines.0, scope.lines.1, scope.signature)).collect();
        Self { scopes, ..self.clone() }
    }

    /// Whether it is the same text in the same hands.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// The number past its last line.
    #[must_use]
    pub fn end(&self) -> u32 {
        let lines = u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_line.saturating_add(lines)
    }

    /// A line by its number, without its end.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&str> {
        let at = number.checked_sub(self.first_line)? as usize;
        let (start, end) = (*self.starts.get(at)?, *self.starts.get(at + 1)?);
        self.text.get(start..end).map(|line| line.trim_end_matches(['\n', '\r']))
    }

    /// A line by its number, with its columns.
    #[must_use]
    pub fn ruler(&self, number: u32) -> Option<Ruler<'_>> {
        Some(Ruler::new(self.line(number)?, self.stops.get(&number)))
    }

    /// Whether another case stands at a line.
    #[must_use]
    pub fn has_mark(&self, line: u32) -> bool {
        let at = self.marks.partition_point(|mark| mark.0 < line);
        self.marks.get(at).is_some_and(|mark| mark.0 == line)
    }

    /// The functions and classes that hold a line and begin above it, the outermost first: line and signature.
    #[must_use]
    pub fn scopes_above(&self, line: u32) -> Vec<(u32, &str)> {
        let holding = self.scopes.iter().filter(|(first, last, _)| *first < line && line <= *last);
        let mut holding: Vec<_> = holding.map(|(first, last, name)| (*first, *last, name.as_str())).collect();
        holding.sort_by_key(|&(first, last, _)| (first, std::cmp::Reverse(last)));
        holding.into_iter().map(|(first, _, name)| (first, name)).collect()
    }
}

impl Desk {
    /// The code of a case: the file as it was scanned, else what a tool quoted of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn code_of(&self, docket: &Docket, view: &CaseView) -> Result<Option<CodeFile>, DeskError> {
        let here = view.findings.iter().filter(|member| !member.gone);
        let members: Vec<&FindingView> =
            here.chain(view.findings.iter().filter(|member| member.gone)).collect();
        for member in &members {
            if let Some(text) = self.snapshot(member.detail.row.snapshot)? {
                let mut file = CodeFile::new(&view.listed.path, text, 1, true);
                if let Some(package) = member.claim.dependency.as_ref().filter(|_| view.listed.row.line == 0)
                {
                    file.entry = lockfile::entry(&file.text, &package.name, &package.version);
                }
                file.marks = docket.lines_of_path(view.listed.row.path, view.listed.number);
                return Ok(Some(file));
            }
        }
        for member in members {
            let Some(place) = &member.claim.place else { continue };
            let (quoted, first) = if place.context.is_empty() {
                (&place.snippet, member.detail.row.line)
            } else {
                (&place.context, place.context_line)
            };
            if !quoted.trim().is_empty() {
                let file = CodeFile::new(&view.listed.path, quoted.clone(), first.max(1), false);
                return Ok(Some(CodeFile { quoted_by: member.tool.clone(), ..file }));
            }
        }
        Ok(None)
    }

    /// A file of a project as it was scanned last, where it was kept.
    ///
    /// # Errors
    /// When the store fails.
    pub fn file_of(&self, project: &str, path: &str) -> Result<Option<CodeFile>, DeskError> {
        let Some(findings) = &self.findings else { return Ok(None) };
        let text = match findings.latest_snapshot(project, path)? {
            Some(snapshot) => findings.snapshot_text(snapshot)?,
            None => None,
        };
        Ok(text.map(|text| CodeFile::new(path, text, 1, true)))
    }

    fn snapshot(&self, snapshot: u32) -> Result<Option<String>, DeskError> {
        match &self.findings {
            Some(findings) if snapshot != 0 => Ok(findings.snapshot_text(snapshot)?),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_by_their_numbers_whatever_ends_them() {
        let file = CodeFile::new("a.txt", "one\r\ntwo\nthree".to_owned(), 1, true);
        assert_eq!((file.line(1), file.line(2), file.line(3)), (Some("one"), Some("two"), Some("three")));
        assert_eq!((file.line(0), file.line(4), file.end()), (None, None, 4));
        let old = CodeFile::new("a.txt", "one\rtwo\rthree".to_owned(), 1, true);
        assert_eq!((old.line(2), old.end()), (Some("two"), 4), "a lone carriage return ends a line too");
        let quoted = CodeFile::new("a.txt", "x\n".to_owned(), 40, false);
        assert_eq!((quoted.line(40), quoted.line(41), quoted.end()), (Some("x"), None, 41));
        assert_eq!(CodeFile::new("a", String::new(), 1, true).end(), 1);
    }

    #[test]
    fn the_scopes_above_a_line_are_those_that_hold_it_and_begin_before_it() {
        let text = "class Users:\n    def find(self):\n        a = 1\n        return a\n";
        let file = CodeFile::new("a.py", text.to_owned(), 1, true).outlined();
        let above = |line| file.scopes_above(line).into_iter().map(|scope| scope.0).collect::<Vec<_>>();
        assert_eq!((above(4), above(2), above(1)), (vec![1, 2], vec![1], vec![]));
    }
}
