//! What a remedy is asked for: one case in the file that it stands in now.

use std::ops::Range;

use super::SourceFile;
use super::checks::whole_lines;
use crate::domain::{CaseId, Claim, Cwe, FindingId, Kind, RemedyId};
use crate::source::{Eol, Outline, Scope, ScopeKind, imports};

/// What one tool said of a case.
#[derive(Debug, Clone)]
pub struct Said {
    /// The finding.
    pub finding: FindingId,
    /// The tool.
    pub tool: String,
    /// Its claim; places in it are as the tool counted them.
    pub claim: Claim,
    /// Where the finding stood when it was scanned last: first and last line.
    pub lines: (u32, u32),
    /// The file as it was then, its secrets masked, where it was kept.
    pub scanned: Option<String>,
}

/// A remedy that was accepted for another case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precedent {
    /// Its name.
    pub remedy: RemedyId,
    /// The rule of its case.
    pub rule: String,
    /// The first file that it changes.
    pub path: String,
    /// Its difference.
    pub diff: String,
}

/// A case, its file as it is now, and where in it the flaw stands.
#[derive(Debug)]
pub struct Subject {
    /// The case.
    pub case: CaseId,
    /// The project.
    pub project: String,
    /// A few words.
    pub title: String,
    /// Its weaknesses.
    pub cwes: Vec<Cwe>,
    /// What the tools said, the founder first.
    pub said: Vec<Said>,
    /// The file.
    pub file: SourceFile,
    /// The file's outline.
    pub outline: Outline,
    /// The flagged statement.
    pub flagged: Range<usize>,
    /// What may be changed beside the imports: the innermost function around what is flagged, its class where it is in
    /// no function, else the statement itself.
    pub scope: Range<usize>,
    /// Remedies that were accepted for rules of the same families, the newest first.
    pub precedents: Vec<Precedent>,
}

impl Subject {
    /// What may be changed beside the imports for what is flagged: the innermost function, or the outermost callback where there is no function, or the class, or the statement.
    #[must_use]
    pub fn scope_of(outline: &Outline, flagged: &Range<usize>) -> Range<usize> {
        let around: Vec<Scope> = outline
            .scopes()
            .filter(|scope| scope.span.start <= flagged.start && flagged.end <= scope.span.end)
            .collect();
        let last = |kinds: &[ScopeKind]| around.iter().rev().find(|scope| kinds.contains(&scope.kind));
        let first = |kinds: &[ScopeKind]| around.iter().find(|scope| kinds.contains(&scope.kind));
        last(&[ScopeKind::Function, ScopeKind::Method])
            .or_else(|| first(&[ScopeKind::Callback]))
            .or_else(|| last(&[ScopeKind::Class]))
            .map_or_else(|| flagged.clone(), |scope| scope.span.clone())
    }

    /// Whether it is about a package, and its file a manifest.
    #[must_use]
    pub fn is_dependency(&self) -> bool {
        self.said.first().is_some_and(|said| said.claim.kind == Kind::Dependency)
    }

    /// A text with line ends as the file has them.
    #[must_use]
    pub fn with_its_line_ends(&self, text: &str) -> String {
        let plain = text.replace("\r\n", "\n");
        match self.file.decoded.eol {
            Eol::CrLf => plain.replace('\n', "\r\n"),
            Eol::Cr => plain.replace('\n', "\r"),
            Eol::Lf | Eol::Mixed | Eol::None => plain,
        }
    }

    /// Where imports stand at the top of the file, as whole lines; empty where there are none.
    #[must_use]
    pub fn imports(&self) -> Range<usize> {
        let text = self.file.text();
        let leading = imports::leading(&self.outline);
        match (leading.first(), leading.last()) {
            (Some(first), Some(last)) => whole_lines(text, &(first.start..last.end)),
            _ => {
                let place = self.import_place();
                place..place
            }
        }
    }

    /// Where a further import belongs.
    #[must_use]
    pub fn import_place(&self) -> usize {
        imports::place(&self.outline)
    }

    /// Whether a range lies where a remedy may change something.
    #[must_use]
    pub fn may_change(&self, range: &Range<usize>) -> bool {
        let text = self.file.text();
        let within = |place: Range<usize>| {
            // Whole lines hold the white space before and the line end behind.
            let before = text.get(..place.start).unwrap_or_default();
            let start = before.trim_end_matches([' ', '\t']).len();
            let start = if start == 0 || before.get(..start).is_some_and(|it| it.ends_with(['\n', '\r'])) {
                start
            } else {
                place.start
            };
            let behind = text.get(place.end..).unwrap_or_default();
            let behind =
                behind.strip_prefix("\r\n").or_else(|| behind.strip_prefix(['\n', '\r'])).unwrap_or(behind);
            let end = if place.is_empty() { place.end } else { text.len() - behind.len() };
            start.min(place.start) <= range.start && range.end <= end
        };
        let place = self.import_place();
        self.is_dependency() || within(self.scope.clone()) || within(self.imports()) || within(place..place)
    }
}
