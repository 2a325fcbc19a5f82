//! From SARIF regions to places.

use super::budget::Budget;
use super::objects::{LogicalLocation, PhysicalLocation, Region};
use super::wire::{Many, One};
use crate::domain::{Columns, Place, Point};
use crate::text::byte_as_read;

/// A run's own logical locations: the name, and the one around it.
#[derive(Debug, Default)]
pub(super) struct Logical {
    pub(super) name: String,
    pub(super) full: String,
    pub(super) parent: Option<usize>,
}

/// The place of a physical location whose path is known already.
pub(super) fn place(path: String, physical: &PhysicalLocation<'_>, columns: Columns) -> Place {
    let region = &physical.region;
    let mut place = bare(path, region, columns);
    let context = &physical.context_region;
    let quoted: &str = &region.snippet.text;
    if !context.snippet.text.is_empty() {
        place.context = context.snippet.text.to_string();
        place.context_line = context.start_line.count();
    }
    if quoted.is_empty() {
        return place;
    }
    match within_lines(quoted, &place) {
        // Many tools quote whole lines, though the region is a part of them.
        Some(part) => {
            place.snippet = part.to_owned();
            if place.context.is_empty() {
                place.context = quoted.to_owned();
                place.context_line = place.start.line;
            }
        }
        None => place.snippet = quoted.to_owned(),
    }
    place
}

/// The region alone, nothing quoted.
pub(super) fn bare(path: String, region: &Region<'_>, columns: Columns) -> Place {
    let start = Point { line: region.start_line.count(), column: region.start_column.count() };
    let mut end = Point { line: region.end_line.count(), column: region.end_column.count() };
    if start.line == 0 {
        return Place { path, columns, ..Place::default() };
    }
    if end.line == 0 && end.column > 0 {
        end.line = start.line;
    }
    if end.line > 0 && (end.line, end.column.max(u32::from(end.line > start.line))) < (start.line, 0) {
        end = Point::default();
    }
    Place { path, start, end, columns, ..Place::default() }
}

/// The part of whole quoted lines that the region's columns name; `None` where the text is the region itself, or
/// where that cannot be told.
fn within_lines<'t>(text: &'t str, place: &Place) -> Option<&'t str> {
    let (first, last) = (place.start.column, place.end.column);
    if first == 0 || last == 0 {
        return None;
    }
    let count = place.end.line.checked_sub(place.start.line)?;
    let from = usize::try_from(first).ok()?.checked_sub(1)?;
    let to = usize::try_from(last).ok()?.checked_sub(1)?;
    let body = text.strip_suffix('\n').unwrap_or(text);
    let body = body.strip_suffix('\r').unwrap_or(body);
    if count == 0 {
        if body.contains('\n') {
            return None;
        }
        let units = length(body, place.columns);
        if units == to.checked_sub(from)? || units < to {
            return None;
        }
        return body.get(offset(body, from, place.columns)?..offset(body, to, place.columns)?);
    }
    // Over several lines: they are whole lines when there are as many and the last is longer than the region's end.
    let breaks = memchr::memchr_iter(b'\n', body.as_bytes());
    if breaks.count() != usize::try_from(count).ok()? {
        return None;
    }
    let last_line = memchr::memrchr(b'\n', body.as_bytes())? + 1;
    let tail = body.get(last_line..)?;
    if length(tail, place.columns) <= to {
        // A region that ends with its last line may still begin inside its first.
        let head = body.split('\n').next()?;
        let indent = head.len() - head.trim_start().len();
        if from == 0 || indent < from {
            return None;
        }
    }
    body.get(offset(body, from, place.columns)?..last_line + offset(tail, to, place.columns)?)
}

fn length(text: &str, columns: Columns) -> usize {
    match columns {
        // What the tool could not read was one byte in the file.
        Columns::Bytes => text.len() - 2 * text.matches('\u{fffd}').count(),
        _ if text.is_ascii() => text.len(),
        Columns::Utf16 => text.chars().map(char::len_utf16).sum(),
        Columns::Chars => text.chars().count(),
    }
}

/// The byte at which a column begins.
fn offset(text: &str, units: usize, columns: Columns) -> Option<usize> {
    if columns == Columns::Bytes || text.is_ascii() {
        return byte_as_read(text, units);
    }
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= units {
            return Some(at);
        }
        passed += if columns == Columns::Utf16 { c.len_utf16() } else { 1 };
    }
    (passed >= units).then_some(text.len())
}

/// A name longer than this is cut: no function is called so, and every claim of one would have a copy.
const NAME: usize = 1000;

/// The names in logical locations, the fullest first in each, as far as the budget reaches.
pub(super) fn scopes(
    logical: &Many<One<LogicalLocation<'_>>>,
    run: &[Logical],
    budget: &mut Budget,
) -> Vec<String> {
    let mut names = Vec::new();
    for location in logical.iter() {
        let name = scope(location, run);
        if !budget.take(name.len()) {
            break;
        }
        names.extend((!name.is_empty()).then_some(name));
    }
    names
}

fn scope(location: &LogicalLocation<'_>, run: &[Logical]) -> String {
    let short = |name: &str| name.get(..name.floor_char_boundary(NAME)).unwrap_or_default().to_owned();
    if !location.fully_qualified_name.is_empty() {
        return short(&location.fully_qualified_name);
    }
    let entry = location.index.index().and_then(|index| run.get(index));
    let Some(entry) = entry else { return short(&location.name) };
    if !entry.full.is_empty() {
        return short(&entry.full);
    }
    // Only names: put them together from the outside in. The bound ends loops.
    let mut names = vec![entry.name.as_str()];
    let mut at = entry.parent;
    for _ in 0..16 {
        let Some(around) = at.and_then(|index| run.get(index)) else { break };
        names.push(if around.full.is_empty() { &around.name } else { &around.full });
        at = if around.full.is_empty() { around.parent } else { None };
    }
    names.reverse();
    names.retain(|name| !name.is_empty());
    let names: Vec<String> = names.into_iter().map(short).collect();
    short(&names.join("::"))
}
