//! Where in a file a claim's code stands, and what is around it.
//!
//! Claims come by the thousand for one file, and a file, a line or a statement of it may be megabytes. So what is
//! worked out of something long is kept as long as the file is looked into: the cost is that of the file and of the
//! claims, not of one times the other.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::context::SourceFile;
use super::probe::Probe;
use crate::domain::{Columns, Kind, Point, short_hash};
use crate::source::decode::is_single_byte;
use crate::source::snippet::{Finder, Found};
use crate::text::{LineIndex, Marks, byte_in, token_hash};

/// What is shorter than this is worked out anew: that is as quick as to look it up.
const LONG: usize = 512;
/// Names kept of what a statement sets and of what it reads. A statement of more is a table or a bundle, and all of
/// its claims would have a copy.
const NAMES: usize = 200;

/// Where a claim's code stands, and what is around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Located {
    /// The code stood elsewhere in the file than the claim says.
    pub(super) moved: bool,
    pub(super) lines: (u32, u32),
    pub(super) statement: (u32, u32),
    pub(super) bytes: (u32, u32),
    /// Of the exact region where the tool gave one, else of the statement: lines cut a wrapped statement anywhere.
    pub(super) tokens: u64,
    pub(super) lease: u64,
    pub(super) scope: u64,
    pub(super) body: u64,
    pub(super) around: u64,
    pub(super) assigns: Vec<u64>,
    pub(super) reads: Vec<u64>,
}

/// Whether a claim's code is in the file.
#[derive(Debug)]
pub(super) enum Sight {
    /// It is.
    At(Box<Located>),
    /// It is not.
    Elsewhere,
    /// Too much was looked for in this file to say.
    NotLookedFor,
}

impl Sight {
    /// Where it is.
    pub(super) fn located(self) -> Option<Located> {
        match self {
            Self::At(located) => Some(*located),
            Self::Elsewhere | Self::NotLookedFor => None,
        }
    }
}

/// What a statement sets and reads, hashed.
type Names = (Vec<u64>, Vec<u64>);

/// A file that claims are looked up in.
#[derive(Debug)]
pub(super) struct Lookup<'f> {
    file: &'f SourceFile,
    lines: LineIndex<'f>,
    single_byte: bool,
    finder: Finder<'f>,
    /// Hashes of long ranges: of their tokens, and of those that are statements.
    hashes: FxHashMap<(usize, usize), u64>,
    statements: FxHashMap<(usize, usize), u64>,
    names: FxHashMap<(usize, usize), Names>,
    /// The columns of long lines, by their number.
    marks: FxHashMap<u32, Option<Marks>>,
    /// Ranges that were hashed, for tests that count.
    #[cfg(test)]
    pub(super) hashed: usize,
}

impl<'f> Lookup<'f> {
    pub(super) fn new(file: &'f SourceFile) -> Self {
        let lines = file.outline.lines();
        Self {
            file,
            finder: Finder::new(lines.clone(), file.outline.language().family()),
            lines,
            // In ASCII there is no difference.
            single_byte: is_single_byte(file.encoding) && !file.text().is_ascii(),
            hashes: FxHashMap::default(),
            statements: FxHashMap::default(),
            names: FxHashMap::default(),
            marks: FxHashMap::default(),
            #[cfg(test)]
            hashed: 0,
        }
    }

    pub(super) const fn lines(&self) -> &LineIndex<'f> {
        &self.lines
    }

    fn tokens(&mut self, range: &Range<usize>) -> u64 {
        let key = (range.start, range.end);
        let long = range.len() >= LONG;
        if long && let Some(known) = self.hashes.get(&key) {
            return *known;
        }
        let text = self.file.text().get(range.clone()).unwrap_or_default();
        let hash = token_hash(text, self.file.outline.language().family());
        #[cfg(test)]
        (self.hashed += text.len());
        if long {
            self.hashes.insert(key, hash);
        }
        hash
    }

    fn statement_tokens(&mut self, statement: &Range<usize>) -> u64 {
        let key = (statement.start, statement.end);
        let long = statement.len() >= LONG;
        if long && let Some(known) = self.statements.get(&key) {
            return *known;
        }
        let hash = self.file.outline.tokens_of_statement(statement.clone());
        #[cfg(test)]
        (self.hashed += statement.len());
        if long {
            self.statements.insert(key, hash);
        }
        hash
    }

    fn names(&mut self, statement: &Range<usize>) -> Names {
        let key = (statement.start, statement.end);
        let long = statement.len() >= LONG;
        if long && let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let names = self.file.outline.statement_names(statement.clone());
        let hashes = |names: Vec<String>| {
            names.iter().take(NAMES).map(|name| short_hash(&[name.as_bytes()])).collect::<Vec<u64>>()
        };
        let names = (hashes(names.defined), hashes(names.used));
        if long {
            self.names.insert(key, names.clone());
        }
        names
    }

    /// Where a probe's code stands. `quoted` gives what the claim quotes, asked for only when it is not where the claim
    /// says.
    pub(super) fn locate(&mut self, probe: &Probe, quoted: impl FnOnce() -> String) -> Sight {
        if probe.line == 0 {
            return Sight::At(Box::default());
        }
        let whole = self.lines.span(probe.line, probe.end_line.max(probe.line));
        let exact = self.columns_region(probe);
        // Of a file whose bytes are characters, Semgrep counts its bytes and Bandit those of its text in UTF-8.
        let other = if self.single_byte && probe.columns == Columns::Bytes as u8 {
            self.region_in(probe, Columns::Chars)
        } else {
            None
        };
        let region = exact.clone().or_else(|| whole.clone());
        // A masked secret is not found by its text; its line has to do.
        let checkable = probe.has_code && probe.kind != Kind::Secret as u8;
        let mut stands = |range: &Range<usize>| !checkable || self.tokens(range) == probe.tokens;
        let there = [&region, &other, &whole].into_iter().flatten().find(|range| stands(range)).cloned();
        let (range, moved) = match (there, region) {
            (Some(found), _) if Some(&found) == other.as_ref() => (found, false),
            // The exact region where it is known, though the tool quoted the whole line.
            (Some(_), Some(region)) => (region, false),
            (Some(found), None) => (found, false),
            (None, region) => {
                let found = match self.finder.find(&quoted(), probe.line) {
                    Found::At(found) => found,
                    Found::Nowhere => return Sight::Elsewhere,
                    Found::NotLookedFor => return Sight::NotLookedFor,
                };
                // A quotation wider than the region, in its place.
                let inside = |region: &&Range<usize>| found.start <= region.start && region.end <= found.end;
                let own = [&other, &region].into_iter().flatten().find(|region| **region == found);
                match own.or_else(|| region.as_ref().filter(inside)) {
                    Some(region) => (region.clone(), false),
                    None => (found, true),
                }
            }
        };
        let exact = exact.is_some() && !moved;
        Sight::At(Box::new(self.around(&range, (moved, exact), probe)))
    }

    fn around(&mut self, range: &Range<usize>, (moved, exact): (bool, bool), probe: &Probe) -> Located {
        let statement = self.file.outline.statement_at(range.clone());
        let (assigns, reads) = self.names(&statement);
        let scope = self.file.outline.scope_at(range.clone());
        let (first, last) = self.lines_of(&statement);
        let mut around = [0; 16];
        for (line, bytes) in [first.saturating_sub(1), last + 1].into_iter().zip(around.chunks_exact_mut(8)) {
            let hash = self.lines.range(line).map_or(0, |range| self.tokens(&range));
            bytes.copy_from_slice(&hash.to_le_bytes());
        }
        let region = self.lines_of(range);
        let lease = self.statement_tokens(&statement);
        Located {
            moved,
            lines: if moved { region } else { (probe.line, probe.end_line.max(probe.line)) },
            statement: (first, last),
            bytes: (small(statement.start), small(statement.end)),
            tokens: if exact { self.tokens(range) } else { lease },
            lease,
            scope: scope.as_ref().map_or(0, |scope| short_hash(&[scope.qualified.as_bytes()])),
            body: scope.map_or(0, |scope| self.tokens(&scope.span)),
            around: short_hash(&[&around]),
            assigns,
            reads,
        }
    }

    fn lines_of(&self, range: &Range<usize>) -> (u32, u32) {
        (self.lines.line_of(range.start), self.lines.line_of(range.end.saturating_sub(1).max(range.start)))
    }

    /// The bytes that a probe names by lines and columns.
    pub(super) fn columns_region(&mut self, probe: &Probe) -> Option<Range<usize>> {
        self.region_in(probe, columns_of(probe))
    }

    /// Whether a byte of the file may be any number of bytes of its text.
    pub(super) const fn is_single_byte(&self) -> bool {
        self.single_byte
    }

    fn region_in(&mut self, probe: &Probe, columns: Columns) -> Option<Range<usize>> {
        let (start, end) = points_of(probe)?;
        let marks = &mut self.marks;
        let byte_in = |number: u32, line: &str, column: u32| {
            if line.len() < LONG {
                return byte_in(line, column, columns);
            }
            match marks.entry(number).or_insert_with(|| Marks::of(line)) {
                Some(marks) => marks.byte_in(line, column, columns),
                None => byte_in(line, column, columns),
            }
        };
        self.lines.region_by(start, end, byte_in).filter(|range| !range.is_empty())
    }
}

/// Files are far smaller than what a `u32` counts.
fn small(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

const fn columns_of(probe: &Probe) -> Columns {
    match probe.columns {
        1 => Columns::Utf16,
        2 => Columns::Chars,
        _ => Columns::Bytes,
    }
}

fn points_of(probe: &Probe) -> Option<(Point, Point)> {
    if probe.col == 0 || probe.end_col == 0 {
        return None;
    }
    let start = Point { line: probe.line, column: probe.col };
    let end = Point { line: probe.end_line.max(probe.line), column: probe.end_col };
    Some((start, end))
}

/// The bytes of a text that a probe names by lines and columns.
pub(super) fn columns_region(lines: &LineIndex<'_>, probe: &Probe) -> Option<Range<usize>> {
    let (start, end) = points_of(probe)?;
    lines.region(start, end, columns_of(probe)).filter(|range| !range.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Digest;
    use crate::source::{Language, Outline};

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            digest: Digest::of(text.as_bytes()),
            encoding: "UTF-8",
            outline: Outline::of(Language::detect(path, text), text),
            framework: String::new(),
            service: String::new(),
            licence: String::new(),
        }
    }

    fn probe(file: &SourceFile, (line, col, end_col): (u32, u32, u32), code: &str) -> Probe {
        let tokens = token_hash(code, file.outline.language().family());
        Probe { line, end_line: line, col, end_col, columns: 1, tokens, has_code: true, ..Probe::default() }
    }

    #[test]
    fn a_bundle_on_one_line_is_read_once_whatever_the_number_of_its_claims() {
        for letter in ["a", "é"] {
            let text: String = (0..60_000).map(|number| format!("call({number:05},'{letter}');")).collect();
            let file = file("dist/all.min.js", &text);
            let mut lookup = Lookup::new(&file);
            for number in 0..3_000_u32 {
                // Every other one quotes what is not there, and no column of a tool is to be trusted.
                let code =
                    if number % 2 == 0 { format!("call({number:05},'{letter}')") } else { "gone()".into() };
                let at = probe(&file, (1, number * 16 + 1, number * 16 + 16), &code);
                let sight = lookup.locate(&at, || format!("{code}{number}"));
                assert_eq!(matches!(sight, Sight::At(_)), number % 2 == 0, "{number}");
            }
            assert!(lookup.hashed < 6 * text.len(), "{} of {}", lookup.hashed, text.len());
        }
    }

    #[test]
    fn a_class_is_hashed_once_for_all_claims_in_it() {
        let body: String = (0..3_000).map(|number| format!("    def f{number}(self, a): run(a)\n")).collect();
        let text = format!("class All:\n    x = [\n{}    ]\n{body}", "        run(1),\n".repeat(3_000));
        let file = file("all.py", &text);
        let mut lookup = Lookup::new(&file);
        for line in 3..3_000 {
            let located =
                lookup.locate(&probe(&file, (line, 0, 0), "run(1),"), String::new).located().unwrap();
            assert!(located.scope != 0 && located.body != 0 && located.lease != 0);
            assert!(located.assigns.len() <= NAMES && located.reads.len() <= NAMES);
        }
        assert!(lookup.hashed < 6 * text.len(), "{} of {}", lookup.hashed, text.len());
    }

    #[test]
    fn columns_of_a_file_in_one_byte_a_letter_are_bytes_of_the_file_or_of_its_text() {
        let text = "größe = 'ä' + name; run(größe)\n";
        let file = SourceFile { encoding: "windows-1252", ..file("a.py", text) };
        let mut lookup = Lookup::new(&file);
        let whole = text.trim_end();
        let code = "run(größe)";
        let of_file = whole.chars().take_while(|c| *c != ';').count() as u32 + 3;
        let of_text = whole.find(code).unwrap() as u32 + 1;
        for (col, end_col) in [(of_file, of_file + 10), (of_text, of_text + code.len() as u32)] {
            let mut at = Probe { columns: 0, ..probe(&file, (1, col, end_col), code) };
            for quoted in [code, "run(gr\u{fffd}\u{fffd}e)"] {
                at.tokens = token_hash(quoted, file.outline.language().family());
                let located = lookup.locate(&at, || quoted.to_owned()).located().unwrap();
                assert_eq!(
                    (located.moved, located.tokens),
                    (false, lookup.tokens(&(of_text as usize - 1..whole.len())))
                );
            }
        }
    }
}
