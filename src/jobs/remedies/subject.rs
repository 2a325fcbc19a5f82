//! A case in the file as it is now: what a remedy is asked for.

use std::ops::Range;

use crate::domain::{Columns, Cwe, Kind, Point};
use crate::ingest::is_as_kept;
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::lockfile;
use crate::jobs::view::{CaseView, FindingView};
use crate::remedy::{Fault, NotEditable, Said, SourceFile, Subject, Unusable};
use crate::source::snippet::Finder;
use crate::source::{Outline, Tree};
use crate::text::{LineIndex, LineMap};

const NOT_AS_SCANNED: &str = "the flagged code is not as it was scanned: import a new scan first";

impl Desk {
    /// The case as a subject, or why there is none.
    pub(in crate::jobs) fn subject(
        &self,
        view: &CaseView,
        tree: &Tree,
    ) -> Result<Result<Subject, Unusable>, DeskError> {
        let here: Vec<&FindingView> = view.findings.iter().filter(|member| !member.gone).collect();
        let Some(head) = here.iter().find(|member| !member.path.is_empty()) else {
            let why = if here.is_empty() { "the case is gone" } else { "the case names no file" };
            return Ok(Err((Fault::Nothing, why.into())));
        };
        let file = match open(tree, &head.path) {
            Ok(file) => file,
            Err(error) => return Ok(Err((Fault::File, error.to_string()))),
        };
        let mut said = Vec::new();
        for member in here.iter().filter(|member| member.path == head.path) {
            let row = &member.detail.row;
            let scanned = match (&self.findings, row.snapshot) {
                (Some(findings), snapshot) if snapshot != 0 => findings.snapshot_text(snapshot)?,
                _ => None,
            };
            said.push(Said {
                finding: row.name,
                tool: member.tool.clone(),
                claim: member.claim.clone(),
                lines: (row.line, row.end_line.max(row.line)),
                scanned,
            });
        }
        let outline = file.outline();
        let placed = said.first().and_then(|first| flagged(&file, &outline, first, head));
        let Some(flagged) = placed else {
            let whole = said.first().is_some_and(|first| first.lines.0 == 0);
            let why = if whole { "the case names no line" } else { NOT_AS_SCANNED };
            return Ok(Err((Fault::NoPlace, why.into())));
        };
        let scope = Subject::scope_of(&outline, &flagged);
        Ok(Ok(Subject {
            case: view.listed.name,
            project: view.listed.project.clone(),
            title: view.listed.title.clone(),
            cwes: view.listed.cwes.iter().map(|&cwe| Cwe(cwe)).collect(),
            said,
            file,
            outline,
            flagged,
            scope,
            precedents: Vec::new(),
        }))
    }
}

fn open(tree: &Tree, path: &str) -> Result<SourceFile, NotEditable> {
    let found = tree.resolve(path)?;
    SourceFile::read(tree, &found.path)
}

/// The flagged statement in the file as it is now.
fn flagged(file: &SourceFile, outline: &Outline, said: &Said, head: &FindingView) -> Option<Range<usize>> {
    let text = file.text();
    let lines = LineIndex::new(text);
    if said.claim.kind == Kind::Dependency {
        let package = said.claim.dependency.as_ref()?;
        let entry = lockfile::entry(text, &package.name, &package.version);
        return Some(entry.and_then(|(first, last)| lines.span(first, last)).unwrap_or(0..0));
    }
    if said.lines.0 == 0 {
        return None;
    }
    let row = &head.detail.row;
    let columns = said.claim.place.as_ref().map_or(Columns::Bytes, |place| place.columns);
    let range = match &said.scanned {
        Some(scanned) if is_as_kept(scanned, text) => {
            let start = Point { line: said.lines.0, column: row.col };
            let end = Point { line: said.lines.1, column: row.end_col };
            lines.region(start, end, columns)
        }
        Some(scanned) => {
            let map = LineMap::between(scanned, text);
            let (first, last) = (map.new_line(said.lines.0)?, map.new_line(said.lines.1)?);
            lines.span(first, last)
        }
        None => {
            let quoted = said.claim.place.as_ref().map_or("", |place| &place.snippet);
            Finder::new(LineIndex::new(text), file.language().family()).find(quoted, said.lines.0).at()
        }
    }?;
    Some(outline.statement_at(range))
}
