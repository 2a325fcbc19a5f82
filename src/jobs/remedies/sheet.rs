//! The difference of a remedy as a screen shows it: both sides, their changed words, what their lines consist of, and
//! what became of the file since.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::apply::{rebase, written};
use crate::domain::Digest;
use crate::jobs::desk::DeskError;
use crate::remedy::{Edit, Patched, Remedy, SourceFile};
use crate::source::{Highlighter, Span, Tree};
use crate::store::Remedies;
use crate::text::diff::unified_around;
use crate::text::sides::{Row, Side, Sides, sides};

/// Lines around a change where all that is around it is asked for.
const WHOLE: usize = 60;
/// Rows of a file that are shown.
const MOST_ROWS: usize = 5_000;
/// Bytes of a file whose lines are coloured; of a longer one they are plain.
const MOST_COLOURED: usize = 4 << 20;

/// What became of a file since a remedy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileNow {
    /// It is as it was.
    AsMade,
    /// It is as the remedy makes it.
    Written,
    /// It has changed, and the remedy can be brought onto it.
    Merges,
    /// It has changed where the remedy changes it.
    Clashes,
    /// It is not there, or cannot be changed.
    Missing,
    /// There is no source tree.
    NoTree,
}

/// One file of a remedy.
#[derive(Debug)]
pub struct Sheet {
    /// Its path.
    pub path: String,
    /// Its lines, side by side.
    pub rows: Vec<Row>,
    /// What became of it since.
    pub now: FileNow,
    /// What its lines consist of before, by their numbers.
    pub old: FxHashMap<u32, Vec<Span>>,
    /// And after.
    pub new: FxHashMap<u32, Vec<Span>>,
}

/// The files of a remedy, in its order.
pub(super) fn sheets(
    store: &Remedies,
    tree: Option<&Tree>,
    remedy: &Remedy,
    is_whole: bool,
) -> Result<Vec<Sheet>, DeskError> {
    let mut kept = sides(&remedy.diff);
    let applied = written(store, remedy.id)?;
    let mut sheets = Vec::with_capacity(remedy.edits.len());
    for edit in &remedy.edits {
        // Kept is only the text of a file without secrets; of another the difference is all there is to show.
        let base = store.base(edit.base)?;
        let texts = base.and_then(|old| edit.apply(&old).ok().map(|new| (old, new)));
        let at = kept.iter().position(|file| file.path == edit.path);
        let mut file = at.map(|at| kept.swap_remove(at));
        if let Some((old, new)) = texts.as_ref().filter(|_| is_whole) {
            let path = &edit.path;
            let names = (format!("a/{path}"), format!("b/{path}"));
            let text = unified_around(old, new, (&names.0, &names.1), WHOLE);
            file = sides(&text).into_iter().next().or(file);
        }
        let mut rows = file.unwrap_or_else(|| Sides { path: edit.path.clone(), rows: Vec::new() }).rows;
        if rows.len() > MOST_ROWS {
            rows.truncate(MOST_ROWS);
            rows.push(Row::Fold(0));
        }
        let (old, new) = match &texts {
            Some((old, new)) => (Some(old.as_str()), Some(new.as_str())),
            None => (None, None),
        };
        sheets.push(Sheet {
            path: edit.path.clone(),
            now: now(store, tree, edit, &applied),
            old: coloured(&edit.path, old, left(&rows)),
            new: coloured(&edit.path, new, right(&rows)),
            rows,
        });
    }
    Ok(sheets)
}

fn now(store: &Remedies, tree: Option<&Tree>, edit: &Edit, applied: &[(String, Digest)]) -> FileNow {
    let Some(tree) = tree else { return FileNow::NoTree };
    let Ok(file) = SourceFile::read(tree, &edit.path) else { return FileNow::Missing };
    if file.digest == edit.base {
        return FileNow::AsMade;
    }
    if applied.iter().any(|(path, after)| *path == edit.path && *after == file.digest) {
        return FileNow::Written;
    }
    let back = Edit { changes: edit.back(), path: edit.path.clone(), base: file.digest };
    let digest = file.digest;
    match Patched::new(file.clone(), &back) {
        Ok(before) if Digest::of(&before.bytes) == edit.base => FileNow::Written,
        _ if digest != edit.base && rebase(store, edit, &file).is_ok() => FileNow::Merges,
        _ => FileNow::Clashes,
    }
}

fn left(rows: &[Row]) -> Vec<&Side> {
    rows.iter()
        .filter_map(|row| {
            if let Row::Same(side, _) | Row::Changed(Some(side), _) = row { Some(side) } else { None }
        })
        .collect()
}

fn right(rows: &[Row]) -> Vec<&Side> {
    rows.iter()
        .filter_map(|row| {
            if let Row::Same(_, side) | Row::Changed(_, Some(side)) = row { Some(side) } else { None }
        })
        .collect()
}

/// What lines consist of: in the text that they are of, else among each other.
fn coloured(path: &str, text: Option<&str>, lines: Vec<&Side>) -> FxHashMap<u32, Vec<Span>> {
    let mut coloured = FxHashMap::default();
    let text = text.filter(|text| text.len() <= MOST_COLOURED);
    if let Some(text) = text {
        let mut highlighter = Highlighter::new(path, Arc::from(text));
        let mut lines = lines.iter().map(|side| side.line).peekable();
        while let Some(first) = lines.next() {
            let mut end = first + 1;
            while lines.next_if_eq(&end).is_some() {
                end += 1;
            }
            let spans = highlighter.exact(first..end, &|| false).unwrap_or_default();
            coloured.extend((first..).zip(spans));
        }
        return coloured;
    }
    let joined: String = lines.iter().flat_map(|side| [side.text.as_str(), "\n"]).collect();
    if joined.len() > MOST_COLOURED {
        return coloured;
    }
    let many = u32::try_from(lines.len()).unwrap_or(0);
    let spans = Highlighter::new(path, Arc::from(joined)).exact(1..many.saturating_add(1), &|| false);
    coloured.extend(lines.iter().map(|side| side.line).zip(spans.unwrap_or_default()));
    coloured
}
