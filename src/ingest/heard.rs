//! What a tool says, listened to without a store: for a scanner that is run again on changed code.
//!
//! Claims before and after a change are paired by the same evidence that follows findings across imports.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use rustc_hash::FxHashMap;

use super::context::SourceFile;
use super::document::Document;
use super::import::{ImportError, Options, choose};
use super::lookup::{Lookup, columns_region};
use super::probe::{Probe, Prober, family};
use super::reader::{Failure, ReadError, RunHead, Sink};
use super::track::{Evidence, Mark, Pairing};
use crate::domain::{Claim, Digest, Place, Rule, short_hash};
use crate::source::{Language, Outline};
use crate::text::{LineIndex, LineMap, similarity};

/// Claims that are held; a scanner that is asked about a few files and says more says nothing useful.
const MOST_CLAIMS: usize = 200_000;

/// What a tool said, all of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// The tool's word; empty where it said nothing at all.
    pub tool: String,
    /// Its version, where it tells.
    pub version: String,
    /// The files that it says it scanned without trouble.
    pub covered: BTreeSet<String>,
    /// Whether it tells which files it scanned.
    pub tells_coverage: bool,
    /// What it reported as gone wrong.
    pub troubles: Vec<String>,
    /// Its claims.
    pub claims: Vec<Claim>,
    /// Results that no claim could be read from.
    pub unreadable: usize,
}

impl Heard {
    /// Adds what the same tool said in another run.
    pub fn take(&mut self, other: Self) {
        if self.tool.is_empty() {
            (self.tool, self.version) = (other.tool, other.version);
            self.tells_coverage = other.tells_coverage;
        }
        self.tells_coverage &= other.tells_coverage;
        self.covered.extend(other.covered);
        self.troubles.extend(other.troubles);
        self.claims.extend(other.claims);
        self.unreadable += other.unreadable;
    }

    /// What it said of some files, and what of no file in particular.
    #[must_use]
    pub fn of_files(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let path = |claim: &Claim| claim.place.as_ref().map_or(String::new(), |place| place.path.clone());
        let others: Vec<&String> = self.covered.iter().filter(|path| !is_wanted(path)).collect();
        let is_others = |trouble: &String| {
            others.iter().any(|path| trouble.contains(path.as_str()))
                && !self.covered.iter().any(|path| is_wanted(path) && trouble.contains(path.as_str()))
        };
        Self {
            covered: self.covered.iter().filter(|path| is_wanted(path)).cloned().collect(),
            troubles: self.troubles.iter().filter(|trouble| !is_others(trouble)).cloned().collect(),
            claims: self.claims.iter().filter(|claim| is_wanted(&path(claim))).cloned().collect(),
            ..self.clone()
        }
    }
}

/// What became of a claim after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The same code in the same scope is claimed.
    Same,
    /// The same code elsewhere is claimed.
    Moved,
    /// Other code in its place is claimed by the same rule.
    Changed,
}

/// Reads what a tool said. Paths below `root` are made relative to it.
///
/// # Errors
/// When no reader knows the document, or it is broken or cut off.
pub fn listen(document: &Document, format: Option<&str>, root: &Path) -> Result<Heard, ImportError> {
    let options = Options { format: format.map(str::to_owned), ..Options::default() };
    let Some(reader) = choose(document, &options)? else { return Ok(Heard::default()) };
    let mut sink = Listener { heard: Heard::default(), root: root.display().to_string() };
    reader.read(document, &mut sink)?;
    Ok(sink.heard)
}

struct Listener {
    heard: Heard,
    root: String,
}

impl Listener {
    fn relative(&self, path: &str) -> String {
        let below = path.strip_prefix(&self.root).and_then(|rest| rest.strip_prefix('/'));
        below.unwrap_or(path).to_owned()
    }

    fn place(&self, place: &mut Place) {
        place.path = self.relative(&place.path);
    }
}

impl Sink for Listener {
    fn run(&mut self, head: RunHead) -> Result<(), ReadError> {
        if self.heard.tool.is_empty() {
            (self.heard.tool, self.heard.version) = (head.tool, head.tool_version);
        }
        self.heard.tells_coverage |= head.coverage_is_complete;
        self.heard.troubles.extend(head.troubles);
        Ok(())
    }

    fn rule(&mut self, _: Rule) -> Result<(), ReadError> {
        Ok(())
    }

    fn covered(&mut self, path: &str) -> Result<(), ReadError> {
        let path = self.relative(path);
        self.heard.covered.insert(path);
        Ok(())
    }

    fn claim(&mut self, _: &dyn fmt::Display, _: &[u8], mut claim: Claim) -> Result<(), ReadError> {
        if self.heard.claims.len() >= MOST_CLAIMS {
            return Err(ReadError::Unsupported(format!("holds more than {MOST_CLAIMS} claims")));
        }
        if let Some(place) = &mut claim.place {
            self.place(place);
        }
        claim.traces.iter_mut().flatten().for_each(|step| self.place(&mut step.place));
        self.heard.claims.push(claim);
        Ok(())
    }

    fn cut(&mut self, _: &dyn fmt::Display, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn set_aside(&mut self, _: &dyn fmt::Display, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn unreadable(&mut self, _: &dyn fmt::Display, _: Failure, _: &str, _: &[u8]) -> Result<(), ReadError> {
        self.heard.unreadable += 1;
        Ok(())
    }
}

/// The texts of files at one moment, by their paths.
pub type Texts<'t> = FxHashMap<&'t str, &'t str>;

/// For each claim after a change, the one before it that it is, and how; each is paired once.
#[must_use]
pub fn follow(
    (before, texts_before): (&[Claim], &Texts<'_>),
    (after, texts_after): (&[Claim], &Texts<'_>),
) -> Vec<Option<(usize, Kept)>> {
    let mut prober = Prober::begun();
    let (old, new) = (Files::of(texts_before), Files::of(texts_after));
    let mut known = old.marks(&mut prober, before);
    let marks = new.marks(&mut prober, after);
    let mut maps: FxHashMap<u32, Option<LineMap>> = FxHashMap::default();
    for (mark, claim) in known.iter_mut().zip(before) {
        let path = claim.place.as_ref().map_or("", |place| place.path.as_str());
        let map = maps
            .entry(mark.path)
            .or_insert_with(|| Some(LineMap::between(texts_before.get(path)?, texts_after.get(path)?)));
        mark.expected = map.as_ref().and_then(|map| map.new_line(mark.line)).unwrap_or(0);
    }
    let mut pairing = Pairing::within(&marks, &known);
    pairing.across();
    let statement = |files: &Files, claim: Option<&Claim>, mark: Option<&Mark>| {
        let file = files.of_claim(claim?)?;
        let range = file.outline.lines().range(mark?.line)?;
        let text = file.text().get(file.outline.statement_at(range))?.to_owned();
        Some((text, file.outline.language().family()))
    };
    pairing.nearest(&mut |claim, finding| {
        let (then, _) = statement(&old, before.get(finding), known.get(finding))?;
        let (now, family) = statement(&new, after.get(claim), marks.get(claim))?;
        Some(similarity(&then, &now, family))
    });
    let kept = |evidence| match evidence {
        Evidence::First => None,
        Evidence::Print | Evidence::Same | Evidence::Renamed | Evidence::Place => Some(Kept::Same),
        Evidence::Moved | Evidence::File => Some(Kept::Moved),
        Evidence::Nearest => Some(Kept::Changed),
    };
    let pairs = pairing.of_claim.iter();
    pairs.map(|pair| pair.and_then(|(finding, evidence)| Some((finding, kept(evidence)?)))).collect()
}

/// Whether two rules are one but for a namespace.
#[must_use]
pub fn same_rule(one: &str, other: &str) -> bool {
    family(one) == family(other)
}

/// The bytes that a claim points at in a text, and whether the tool told its columns.
#[must_use]
pub fn region(claim: &Claim, text: &str) -> Option<(Range<usize>, bool)> {
    let probe = Prober::begun().probe(claim);
    let lines = LineIndex::new(text);
    match columns_region(&lines, &probe) {
        Some(exact) => Some((exact, true)),
        None => Some((lines.span(probe.line, probe.end_line.max(probe.line))?, false)),
    }
}

/// Outlined files.
struct Files(FxHashMap<String, SourceFile>);

/// What was worked out of files, by their paths.
type Lookups<'f> = FxHashMap<&'f str, Lookup<'f>>;

impl Files {
    fn of(texts: &Texts<'_>) -> Self {
        let file = |(&path, &text): (&&str, &&str)| {
            let outline = Outline::of(Language::detect(path, text), text);
            let digest = Digest::of(text.as_bytes());
            let (framework, service, licence) = (String::new(), String::new(), String::new());
            (path.to_owned(), SourceFile { digest, encoding: "UTF-8", outline, framework, service, licence })
        };
        Self(texts.iter().map(file).collect())
    }

    fn of_claim(&self, claim: &Claim) -> Option<&SourceFile> {
        self.0.get(&claim.place.as_ref()?.path)
    }

    fn marks(&self, prober: &mut Prober, claims: &[Claim]) -> Vec<Mark> {
        let probes: Vec<Probe> = claims.iter().map(|claim| prober.probe(claim)).collect();
        let mut prints: FxHashMap<u64, u32> = FxHashMap::default();
        for probe in &probes {
            *prints.entry(probe.print).or_default() += 1;
        }
        let mut lookups: Lookups<'_> = FxHashMap::default();
        let marked = claims.iter().zip(&probes);
        marked.map(|(claim, probe)| self.mark(claim, probe, &prints, &mut lookups)).collect()
    }

    fn mark<'f>(
        &'f self,
        claim: &'f Claim,
        probe: &Probe,
        prints: &FxHashMap<u64, u32>,
        lookups: &mut Lookups<'f>,
    ) -> Mark {
        let quoted = || {
            let place = claim.place.as_ref();
            place
                .map(|place| if place.snippet.trim().is_empty() { &place.context } else { &place.snippet })
                .cloned()
                .unwrap_or_default()
        };
        let path = claim.place.as_ref().map_or("", |place| place.path.as_str());
        let located = self.of_claim(claim).and_then(|file| {
            lookups.entry(path).or_insert_with(|| Lookup::new(file)).locate(probe, quoted).located()
        });
        let known = |hash: u64| (hash != 0).then_some(hash);
        Mark {
            rule: probe.rule,
            family: short_hash(&[family(&claim.rule).as_bytes()]),
            path: probe.path,
            line: located.as_ref().map_or(probe.line, |located| located.lines.0),
            col: probe.col,
            tokens: located.as_ref().and_then(|located| known(located.tokens)).unwrap_or(probe.tokens),
            scope: located.as_ref().and_then(|located| known(located.scope)).unwrap_or(probe.scope),
            around: located.as_ref().map_or(probe.around, |located| located.around),
            content: probe.content,
            print: if prints.get(&probe.print) == Some(&1) { probe.print } else { 0 },
            expected: 0,
            sourced: located.is_some(),
            gone: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "def find(uid):\n    return db.run('q' + uid)\n\ndef other():\n    pass\n";

    fn claim(line: u32) -> Claim {
        Claim { rule: "sql".into(), place: Some(Place::lines("a.py", line, line)), ..Claim::default() }
    }

    fn pairs(after: &str, claims: &[Claim]) -> Vec<Option<(usize, Kept)>> {
        let (old, new) = (Texts::from_iter([("a.py", BEFORE)]), Texts::from_iter([("a.py", after)]));
        follow((&[claim(2)], &old), (claims, &new))
    }

    #[test]
    fn a_claim_is_known_again_by_what_follows_findings_across_runs() {
        let shifted = format!("import db\n\n{BEFORE}");
        assert_eq!(pairs(&shifted, &[claim(4)]), [Some((0, Kept::Same))]);
        let moved = BEFORE.replace("def find", "def seek");
        assert_eq!(pairs(&moved, &[claim(2)]), [Some((0, Kept::Moved))]);
        let changed = BEFORE.replace("'q' + uid", "'q' + str(uid)");
        assert_eq!(pairs(&changed, &[claim(2)]), [Some((0, Kept::Changed))]);
        let fixed = BEFORE.replace("db.run('q' + uid)", "table[uid]");
        assert_eq!(pairs(&fixed, &[Claim { rule: "other".into(), ..claim(2) }]), [None]);
    }

    #[test]
    fn what_is_said_is_heard_with_paths_of_the_tree() {
        let said = r#"{"version": "1.2.3", "errors": [{"type": "Timeout", "path": "/tmp/x/b.py"}],
            "paths": {"scanned": ["/tmp/x/a.py", "/tmp/x/b.py"]},
            "results": [{"check_id": "sql", "path": "/tmp/x/a.py", "start": {"line": 2, "col": 12},
                         "end": {"line": 2, "col": 29}, "extra": {"severity": "ERROR", "message": "m"}}]}"#;
        let heard = listen(&Document::bytes("x", said), None, Path::new("/tmp/x")).unwrap();
        assert_eq!((heard.tool.as_str(), heard.version.as_str()), ("semgrep", "1.2.3"));
        assert_eq!(heard.covered, BTreeSet::from(["a.py".to_owned()]));
        assert!(heard.tells_coverage && heard.troubles.len() == 1);
        let region = region(&heard.claims[0], BEFORE).unwrap();
        assert_eq!((BEFORE.get(region.0), region.1), (Some("db.run('q' + uid)"), true));
        let cut = listen(&Document::bytes("x", &said[..120]), None, Path::new("/"));
        assert!(matches!(cut, Err(ImportError::Read(_))), "{cut:?}");
    }
}
