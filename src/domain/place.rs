//! Where a claim points: a path as the tool wrote it, a region and the text it quotes.

use serde::{Deserialize, Serialize};

/// A line and a column, both counted from 1; 0 means the source did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Point {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in the unit that [`Place::columns`] names.
    pub column: u32,
}

impl Point {
    /// A point on a line, the column unknown.
    #[must_use]
    pub const fn line(line: u32) -> Self {
        Self { line, column: 0 }
    }
}

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Columns {
    /// UTF-8 bytes.
    #[default]
    Bytes,
    /// UTF-16 code units, the default of SARIF.
    Utf16,
    /// Unicode code points.
    Chars,
}

/// One region of one file, with what the source quoted of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The path, tidied (forward slashes, decoded) but not yet resolved inside a project.
    pub path: String,
    /// The first character. Line 0: the whole file.
    pub start: Point,
    /// One past the last character, on the last line. Line 0: the same line as `start`.
    pub end: Point,
    /// What the columns count.
    pub columns: Columns,
    /// The text of the region as the source quoted it; empty where it did not.
    pub snippet: String,
    /// A wider quotation around the region, and the line it begins at; empty where there is none.
    pub context: String,
    /// The line on which `context` begins; 0 where unknown.
    pub context_line: u32,
    /// The enclosing function or class as the source names it; empty where it did not.
    pub scope: String,
}

impl Place {
    /// A place that is a whole file.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// A place from one line to another, columns unknown. An end before the start is the start.
    #[must_use]
    pub fn lines(path: impl Into<String>, first: u32, last: u32) -> Self {
        Self {
            path: path.into(),
            start: Point::line(first),
            end: Point::line(last.max(first)),
            ..Self::default()
        }
    }

    /// The last line of the region, never before its first.
    #[must_use]
    pub fn last_line(&self) -> u32 {
        let end = self.end.line.max(self.start.line);
        // A region that ends in column 1 holds nothing of that line.
        if self.end.column == 1 && end > self.start.line { end - 1 } else { end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_ends_before_a_lines_first_column_does_not_hold_that_line() {
        let mut place = Place::lines("a.py", 3, 5);
        assert_eq!(place.last_line(), 5);
        place.end.column = 1;
        assert_eq!(place.last_line(), 4);
        place.end.line = 0;
        assert_eq!(place.last_line(), 3);
    }
}
