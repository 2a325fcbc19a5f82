//! The docket's segments: one fixed-width row for each case, 4,096 cases to a stored piece.
//!
//! Listing and filtering a million cases reads these 40 bytes a case and no row of `finding`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Cases in one segment.
pub const SEGMENT: u32 = 4096;
/// Bytes of a packed row.
const WIDTH: usize = 40;

/// What is known of a case at a glance. Numbers refer to rows of the tables named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseRow {
    /// `finding`: the case's first. 0: there is no such case (any more).
    pub head: u32,
    /// `path`; 0: it names no file.
    pub path: u32,
    /// First line; 0: the whole file.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// `rule_set`
    pub rules: u32,
    /// `cwe_set`
    pub cwes: u32,
    /// `run` that saw it first.
    pub first_run: u32,
    /// `run` that saw it last.
    pub last_run: u32,
    /// `project`
    pub project: u16,
    /// How many findings it has.
    pub members: u16,
    /// The gravest of its findings.
    pub severity: u8,
    /// The surest of its findings; 0: none said.
    pub confidence: u8,
    /// As `finding.kind`.
    pub kind: u8,
    /// See [`CaseFlags`].
    pub flags: u8,
}

/// Bits of [`CaseRow::flags`].
#[derive(Debug)]
pub struct CaseFlags;

impl CaseFlags {
    /// All its findings are gone.
    pub const GONE: u8 = 1;
    /// A tool reports one of its findings as silenced.
    pub const SUPPRESSED: u8 = 2;
    /// A tool proposes a fix.
    pub const FIX: u8 = 4;
    /// A tool told a data flow.
    pub const TRACE: u8 = 8;
    /// Findings of more than one tool.
    pub const TOOLS: u8 = 16;
}

impl CaseRow {
    fn pack(&self, out: &mut Vec<u8>) {
        for word in [
            self.head,
            self.path,
            self.line,
            self.end_line,
            self.rules,
            self.cwes,
            self.first_run,
            self.last_run,
        ] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.project.to_le_bytes());
        out.extend_from_slice(&self.members.to_le_bytes());
        out.extend_from_slice(&[self.severity, self.confidence, self.kind, self.flags]);
    }

    fn unpack(bytes: &[u8; WIDTH]) -> Self {
        let (words, rest) = bytes.as_chunks::<4>();
        debug_assert!(rest.is_empty());
        let word = |index: usize| words.get(index).map_or(0, |word| u32::from_le_bytes(*word));
        let [project_low, project_high, members_low, members_high] = word(8).to_le_bytes();
        let [severity, confidence, kind, flags] = word(9).to_le_bytes();
        Self {
            head: word(0),
            path: word(1),
            line: word(2),
            end_line: word(3),
            rules: word(4),
            cwes: word(5),
            first_run: word(6),
            last_run: word(7),
            project: u16::from_le_bytes([project_low, project_high]),
            members: u16::from_le_bytes([members_low, members_high]),
            severity,
            confidence,
            kind,
            flags,
        }
    }
}

/// One piece of the docket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segment {
    /// The rows, by the case's number less the segment's first.
    pub rows: Vec<CaseRow>,
    /// The names of the cases.
    pub names: Vec<[u8; 16]>,
    /// What the tools say of each case.
    pub texts: Texts,
}

/// A text for each case of a segment; equal ones are kept once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    spans: Vec<(u32, u32)>,
    pool: Vec<u8>,
}

impl Texts {
    /// The text of a case.
    #[must_use]
    pub fn get(&self, slot: usize) -> &[u8] {
        self.spans
            .get(slot)
            .and_then(|&(start, end)| self.pool.get(start as usize..end as usize))
            .unwrap_or_default()
    }

    /// Sets the text of a case; `known` remembers where equal texts already stand.
    pub fn set(&mut self, slot: usize, text: &[u8], known: &mut rustc_hash::FxHashMap<u64, (u32, u32)>) {
        if self.spans.len() <= slot {
            self.spans.resize(slot + 1, (0, 0));
        }
        let hash = {
            use std::hash::Hasher as _;
            let mut hasher = rustc_hash::FxHasher::default();
            hasher.write(text);
            hasher.finish()
        };
        let same = known
            .get(&hash)
            .copied()
            .filter(|&(start, end)| self.pool.get(start as usize..end as usize) == Some(text));
        let span = same.unwrap_or_else(|| {
            let start = u32::try_from(self.pool.len()).unwrap_or(u32::MAX);
            self.pool.extend_from_slice(text);
            let span = (start, u32::try_from(self.pool.len()).unwrap_or(u32::MAX));
            known.insert(hash, span);
            span
        });
        if let Some(slot) = self.spans.get_mut(slot) {
            *slot = span;
        }
    }

    /// Packs the texts.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 + self.spans.len() * 8 + self.pool.len());
        out.extend_from_slice(&u32::try_from(self.spans.len()).unwrap_or(0).to_le_bytes());
        for (start, end) in &self.spans {
            out.extend_from_slice(&start.to_le_bytes());
            out.extend_from_slice(&end.to_le_bytes());
        }
        out.extend_from_slice(&self.pool);
        out
    }

    /// Unpacks what [`Self::pack`] made; damaged bytes give empty texts.
    #[must_use]
    pub fn unpack(bytes: &[u8]) -> Self {
        let packed = PackedTexts::new(bytes);
        let spans = packed.spans.iter().map(|span| PackedTexts::span(*span)).collect();
        Self { spans, pool: packed.pool.to_vec() }
    }
}

/// What [`Texts::pack`] made, to be looked through where it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct PackedTexts<'a> {
    spans: &'a [[u8; 8]],
    pool: &'a [u8],
}

impl<'a> PackedTexts<'a> {
    /// Texts that were packed; damaged bytes have none.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let Some((count, rest)) = bytes.split_first_chunk::<4>() else { return Self::default() };
        let Some((spans, pool)) = rest.split_at_checked(u32::from_le_bytes(*count) as usize * 8) else {
            return Self::default();
        };
        Self { spans: spans.as_chunks().0, pool }
    }

    /// All texts, each once and one right after the other, so that a pass over them is a pass over bytes.
    #[must_use]
    pub const fn pool(&self) -> &'a [u8] {
        self.pool
    }

    /// Where in the pool the text of each case is, in the order of the cases.
    pub fn places(&self) -> impl Iterator<Item = Range<usize>> {
        self.spans.iter().map(|span| {
            let (start, end) = Self::span(*span);
            start as usize..end as usize
        })
    }

    const fn span(bytes: [u8; 8]) -> (u32, u32) {
        let both = u64::from_le_bytes(bytes);
        (both as u32, (both >> 32) as u32)
    }
}

/// Packs rows.
#[must_use]
pub(super) fn pack_rows(rows: &[CaseRow]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * WIDTH);
    for row in rows {
        row.pack(&mut out);
    }
    out
}

/// Unpacks rows; a torn one at the end is dropped.
pub(super) fn unpack_rows(bytes: &[u8]) -> impl Iterator<Item = CaseRow> + '_ {
    bytes.as_chunks::<WIDTH>().0.iter().map(CaseRow::unpack)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_texts_come_back() {
        let row = CaseRow {
            head: 7,
            path: 1,
            line: 2,
            end_line: 3,
            rules: 4,
            cwes: 5,
            first_run: 6,
            last_run: 8,
            project: 9,
            members: 10,
            severity: 4,
            confidence: 3,
            kind: 1,
            flags: 31,
        };
        assert_eq!(
            unpack_rows(&pack_rows(&[row, CaseRow::default()])).collect::<Vec<_>>(),
            [row, CaseRow::default()]
        );
        let (mut texts, mut known) = (Texts::default(), rustc_hash::FxHashMap::default());
        texts.set(0, b"one", &mut known);
        texts.set(2, b"two", &mut known);
        texts.set(1, b"one", &mut known);
        let texts = Texts::unpack(&texts.pack());
        assert_eq!(
            [texts.get(0), texts.get(1), texts.get(2), texts.get(3)],
            [&b"one"[..], b"one", b"two", b""]
        );
        assert_eq!(texts.pool, b"onetwo");
        assert_eq!(Texts::unpack(b"\xff\xff\xff\xff123"), Texts::default());
    }
}
