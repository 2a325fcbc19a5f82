//! A probe: what matching and fusion need of a claim, without its texts.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::reader::RunHead;
use super::rows::words_of;
use crate::domain::{Claim, Cwe, Kind, Place, Rule, short_hash};
use crate::source::language::Language;
use crate::store::FindingFlags;
use crate::text::{LineIndex, token_hash};

/// What is kept of a claim while an import is under way. Hashes are 0 where not known; rules, paths and sets are
/// numbers of the import's own tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Probe {
    pub(super) run: u32,
    pub(super) rule: u32,
    /// 0: none, else the path's number plus one.
    pub(super) path: u32,
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) col: u32,
    pub(super) end_col: u32,
    pub(super) columns: u8,
    pub(super) severity: u8,
    pub(super) confidence: u8,
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) cwes: u32,
    pub(super) tokens: u64,
    pub(super) scope: u64,
    pub(super) around: u64,
    pub(super) print: u64,
    pub(super) lease: u64,
    pub(super) package: u64,
    pub(super) content: u64,
    /// The block it was staged in, counted within its partition, and its place there.
    pub(super) block: u32,
    pub(super) slot: u32,
    /// What it can be searched by.
    pub(super) words: String,
    /// The steps of its traces.
    pub(super) steps: Vec<ProbeStep>,
    /// The advisory's names, hashed.
    pub(super) advisories: Vec<u64>,
    /// Whether `tokens` come from code and not, for want of any, from the message.
    pub(super) has_code: bool,
}

/// One step of a trace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProbeStep {
    pub(super) path: u32,
    pub(super) line: u32,
    pub(super) tokens: u64,
}

/// Texts that repeat within an import, numbered.
#[derive(Debug, Default)]
pub(super) struct Interner {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Interner {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }
}

/// A run while it is imported.
#[derive(Debug, Default)]
pub(super) struct StagedRun {
    pub(super) head: RunHead,
    pub(super) rules: Interner,
    /// What the tool says of its rules, by their number.
    pub(super) told: FxHashMap<u32, Rule>,
    /// Paths known to be scanned.
    pub(super) covered: Vec<u32>,
    /// A short title for rules that the tool does not describe, by number.
    pub(super) titles: FxHashMap<u32, String>,
}

/// Makes probes; holds the tables that their numbers refer to.
#[derive(Debug, Default)]
pub(super) struct Prober {
    pub(super) runs: Vec<StagedRun>,
    pub(super) paths: Interner,
    pub(super) cwe_sets: Interner,
    /// Paths that claims point at.
    pub(super) claimed: rustc_hash::FxHashSet<u32>,
    languages: FxHashMap<u32, crate::text::Family>,
    /// The partitions of paths.
    partitions: FxHashMap<u32, usize>,
    scratch: String,
}

impl Prober {
    /// One that has begun a run of no name.
    pub(super) fn begun() -> Self {
        Self { runs: vec![StagedRun::default()], ..Self::default() }
    }

    /// The probe of a claim of the run begun last.
    pub(super) fn probe(&mut self, claim: &Claim) -> Probe {
        let run = u32::try_from(self.runs.len().saturating_sub(1)).unwrap_or(0);
        let mut probe = Probe { run, ..Probe::default() };
        if let Some(staged) = self.runs.last_mut() {
            probe.rule = staged.rules.number(&claim.rule);
            if !claim.title.is_empty() && !staged.titles.contains_key(&probe.rule) {
                staged.titles.insert(probe.rule, claim.title.clone());
            }
        }
        probe.severity = claim.severity as u8;
        probe.confidence = claim.confidence.map_or(0, |confidence| confidence as u8);
        probe.kind = claim.kind as u8;
        probe.flags = flag(claim.suppression.is_some(), FindingFlags::SUPPRESSED)
            | flag(!claim.fixes.is_empty(), FindingFlags::FIX)
            | flag(claim.traces.iter().any(|trace| trace.len() > 1), FindingFlags::TRACE);
        probe.cwes = self.cwe_set(&claim.cwes);
        probe.content = short_hash(&[
            claim.message.as_bytes(),
            claim.title.as_bytes(),
            claim.severity_words.as_bytes(),
            &[probe.severity, probe.confidence, probe.flags],
        ]);
        probe.words = words_of(claim);
        if let Some(print) = claim.prints.iter().min_by_key(|print| print_weight(&print.name)) {
            probe.print = short_hash(&[print.name.as_bytes(), without_count(&print.value).as_bytes()]);
        }
        if let Some(place) = &claim.place {
            self.place(&mut probe, place);
        }
        for step in claim.traces.iter().flatten() {
            let path = self.path(&step.place.path);
            let tokens = self.tokens_at(&step.place, path);
            probe.steps.push(ProbeStep { path, line: step.place.start.line, tokens });
        }
        if let Some(dependency) = &claim.dependency {
            let package = dependency.name.to_ascii_lowercase();
            probe.package = short_hash(&[dependency.ecosystem.as_bytes(), package.as_bytes()]);
            probe.tokens = probe.package;
            probe.lease = short_hash(&[dependency.version.as_bytes()]);
            probe.has_code = true;
            probe.advisories = advisories(claim);
        } else {
            if probe.tokens == 0 {
                // Nothing but words to tell it by: numbers in them are often lines, which move.
                let words: String = claim.message.chars().filter(|c| !c.is_ascii_digit()).collect();
                probe.tokens = short_hash(&[b"message", words.as_bytes()]);
            } else {
                probe.has_code = true;
                probe.lease = lease(probe.tokens, &probe.steps);
            }
        }
        probe
    }

    fn place(&mut self, probe: &mut Probe, place: &Place) {
        probe.path = self.path(&place.path);
        self.claimed.insert(probe.path);
        probe.line = place.start.line;
        probe.end_line = place.last_line();
        probe.col = place.start.column;
        probe.end_col = place.end.column;
        probe.columns = place.columns as u8;
        probe.tokens = self.tokens_at(place, probe.path);
        if !place.scope.is_empty() {
            probe.scope = short_hash(&[place.scope.as_bytes()]);
        }
        if !place.context.is_empty() && place.context_line > 0 {
            let family = self.family(probe.path);
            let (first, last) = (place.start.line, place.last_line());
            self.scratch.clear();
            for (number, line) in (place.context_line..).zip(place.context.lines()) {
                if number < first || number > last {
                    self.scratch.push_str(line);
                    self.scratch.push('\n');
                }
            }
            if !self.scratch.trim().is_empty() {
                probe.around = token_hash(&self.scratch, family);
            }
        }
    }

    fn path(&mut self, path: &str) -> u32 {
        if path.is_empty() { 0 } else { self.paths.number(path) + 1 }
    }

    /// The partition of a claim: all that may be the same finding, or fuse, falls into one. Claims about code go by
    /// their file's name, which a moved folder or another prefix leaves as it is; dependencies by their package.
    pub(super) fn partition(&mut self, probe: &Probe) -> usize {
        let of = |hash: u64| (hash % PARTITIONS as u64) as usize;
        if probe.kind == Kind::Dependency as u8 {
            return of(probe.package);
        }
        if let Some(&partition) = self.partitions.get(&probe.path) {
            return partition;
        }
        let partition = of(name_hash(self.path_text(probe.path)));
        self.partitions.insert(probe.path, partition);
        partition
    }

    /// The text of a path's number.
    pub(super) fn path_text(&self, path: u32) -> &str {
        if path == 0 { "" } else { self.paths.text(path - 1) }
    }

    fn cwe_set(&mut self, cwes: &[Cwe]) -> u32 {
        use std::fmt::Write as _;
        self.scratch.clear();
        for cwe in cwes {
            let blank = if self.scratch.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = write!(self.scratch, "{blank}{}", cwe.0);
        }
        let members = std::mem::take(&mut self.scratch);
        let number = self.cwe_sets.number(&members);
        self.scratch = members;
        number
    }

    fn family(&mut self, path: u32) -> crate::text::Family {
        if let Some(&family) = self.languages.get(&path) {
            return family;
        }
        let family = Language::detect(self.path_text(path), "").family();
        self.languages.insert(path, family);
        family
    }

    /// The tokens of what a place quotes, 0 where it quotes nothing.
    fn tokens_at(&mut self, place: &Place, path: u32) -> u64 {
        let family = self.family(path);
        if !place.snippet.trim().is_empty() {
            return token_hash(&place.snippet, family);
        }
        if place.context_line == 0 || place.start.line < place.context_line {
            return 0;
        }
        let lines = LineIndex::new(&place.context);
        let offset = place.context_line - 1;
        lines
            .span(place.start.line - offset, place.last_line().saturating_sub(offset))
            .and_then(|range| place.context.get(range))
            .filter(|text| !text.trim().is_empty())
            .map_or(0, |text| token_hash(text, family))
    }
}

const fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}

/// What a verdict rests on: the flagged code and the code of every step that leads to it.
pub(super) fn lease(tokens: u64, steps: &[ProbeStep]) -> u64 {
    if tokens == 0 {
        return 0;
    }
    let mut bytes = Vec::with_capacity(8 * (steps.len() + 1));
    bytes.extend_from_slice(&tokens.to_le_bytes());
    for step in steps {
        bytes.extend_from_slice(&step.tokens.to_le_bytes());
    }
    short_hash(&[b"lease", &bytes])
}

/// A print without the number that some tools add for the second and third of the same: `a1b2_0`, `a1b2:1`. The
/// number only tells their order, which changes when one of them moves.
fn without_count(print: &str) -> &str {
    let bare = print.trim_end_matches(|c: char| c.is_ascii_digit());
    bare.strip_suffix(['_', ':'])
        .filter(|bare| bare.len() >= 8 && bare.len() < print.len() - 1)
        .unwrap_or(print)
}

/// The names of a dependency claim's advisory, hashed.
pub(super) fn advisories(claim: &Claim) -> Vec<u64> {
    let aliases = claim.dependency.iter().flat_map(|dependency| &dependency.aliases);
    std::iter::once(&claim.rule)
        .chain(aliases)
        .map(|name| short_hash(&[name.to_ascii_uppercase().as_bytes()]))
        .collect()
}

/// Which of a tool's prints to trust, the lowest first: those made from the code before those made from a place.
fn print_weight(name: &str) -> u8 {
    match name {
        "matchBasedId/v1" | "identity" => 0,
        "contextHash/v1" => 2,
        name if name.starts_with("primaryLocationLineHash") => 1,
        name if name.contains("primaryLocationStartColumn") => 9,
        _ => 3,
    }
}

/// The hash of a path's last part.
pub(super) fn name_hash(path: &str) -> u64 {
    let name = path.rsplit('/').next().unwrap_or(path);
    short_hash(&[name.as_bytes()])
}

/// How many partitions: with a million claims one holds a few megabytes.
pub(super) const PARTITIONS: usize = 64;

/// A rule's name without the namespace that a config's path or an upgrade may change: `rules.python.sql-format` and
/// `python.sql-format` are both `sql-format`.
#[must_use]
pub fn family(rule: &str) -> String {
    let tail = rule.rsplit(['.', '/', ':', '#']).next().unwrap_or(rule);
    // `CA1000/1` and `S.1` say nothing by their tails.
    let telling = tail.len() >= 3 && tail.bytes().any(|byte| byte.is_ascii_alphabetic());
    (if telling { tail } else { rule }).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rules_family_is_what_its_namespace_leaves() {
        for (rule, name) in [
            ("python.lang.security.audit.formatted-sql-query.formatted-sql-query", "formatted-sql-query"),
            ("rules.shop.sql-format", "sql-format"),
            ("security/detect-eval", "detect-eval"),
            ("B608", "b608"),
            ("CA1000/1", "ca1000/1"),
            ("py/sql-injection", "sql-injection"),
        ] {
            assert_eq!(family(rule), name);
        }
    }

    #[test]
    fn layout_and_position_do_not_reach_a_probe_but_code_does() {
        let claim = |line: u32, snippet: &str| {
            let mut place = Place::lines("src/db.py", line, line);
            place.snippet = snippet.into();
            Claim { rule: "r".into(), place: Some(place), ..Claim::default() }
        };
        let mut prober = Prober::begun();
        let one = prober.probe(&claim(3, "db.execute(q, 'x')"));
        let two = prober.probe(&claim(9, "db.execute( q,\n  \"x\" )"));
        let three = prober.probe(&claim(3, "db.execute(p, 'x')"));
        assert_eq!((one.tokens, one.lease), (two.tokens, two.lease));
        assert_ne!(one.tokens, three.tokens);
        assert!(one.has_code && one.lease != 0);
    }
}
