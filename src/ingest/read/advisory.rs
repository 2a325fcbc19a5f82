//! What the readers of dependency scanners share: scores, packages, fixed versions and the way to a package.
//!
//! Reads no format itself.

use std::collections::{HashMap, VecDeque};
use std::fmt::Display;

use serde_json::Value;

use super::element::must_be_list;
use crate::domain::package::{self, AdvisoryKind};
use crate::domain::{Claim, Cwe, Dependency, Score, Severity, cvss};
use crate::ingest::json::{Json, Odd};
use crate::ingest::look::Look;
use crate::ingest::reader::{Failure, ReadError, Scale, Sink, grade};

/// Links kept of one advisory; some have a hundred.
const LINKS: usize = 5;
/// Steps kept of a way through a dependency graph.
const STEPS: usize = 64;

/// What became of an element.
pub(super) enum Outcome {
    /// A claim.
    Claim(Box<Claim>),
    /// It claims no weakness, and why.
    Aside(String),
    /// It cannot be a claim, and why.
    Unreadable(&'static str),
}

impl From<Claim> for Outcome {
    fn from(claim: Claim) -> Self {
        Self::Claim(Box::new(claim))
    }
}

/// Hands over one element that `read` made something of; `raw` are its bytes.
pub(super) fn hand_over(
    sink: &mut dyn Sink,
    at: &dyn Display,
    raw: &[u8],
    outcome: Result<Outcome, Odd>,
) -> Result<(), ReadError> {
    match outcome {
        Ok(Outcome::Claim(claim)) => sink.claim(at, raw, *claim),
        Ok(Outcome::Aside(why)) => sink.set_aside(at, &why),
        Ok(Outcome::Unreadable(why)) => sink.unreadable(at, Failure::WrongShape, why, raw),
        Err(odd) => sink.unreadable(at, odd.failure, &odd.why, raw),
    }
}

/// Walks an array of elements of which each is a claim, set aside or unreadable.
pub(super) fn each(
    json: &mut Json<'_>,
    sink: &mut dyn Sink,
    at: &str,
    mut read: impl FnMut(&Value) -> Outcome,
) -> Result<(), ReadError> {
    must_be_list(json, at)?;
    json.array(|json, index| {
        let parsed: Result<Value, Odd> = json.parse()?;
        let outcome = parsed.map(|value| read(&value));
        hand_over(sink, &format_args!("{at}[{index}]"), json.last_raw(), outcome)
    })?;
    Ok(())
}

/// The grade of the source's word; where that is none, or one for "unknown", the grade of the first score.
pub(super) fn graded(scale: Scale, words: &str, scores: &[Score]) -> Severity {
    match grade(scale, words) {
        Some(known) if !words.trim().eq_ignore_ascii_case("unknown") => known,
        _ => scores.iter().find_map(|score| score.score).map_or(Severity::Info, Severity::from_score),
    }
}

/// Adds a score. Where only the vector is given, the base score is computed from it; a score outside 0 to 10 is
/// none. What is there already is not repeated.
pub(super) fn add_score(scores: &mut Vec<Score>, score: Option<f64>, vector: &str, by: &str) {
    let given = score.filter(|score| (0.0..=10.0).contains(score)).map(|score| score as f32);
    let score = Score {
        score: given.or_else(|| cvss::score(vector)),
        vector: vector.trim().to_owned(),
        by: by.to_owned(),
    };
    if (score.score.is_some() || cvss::Vector::parse(vector).is_some()) && !scores.contains(&score) {
        scores.push(score);
    }
}

/// The package that a claim is about. `word` is the tool's name for the ecosystem; the package URL, where given,
/// fills what else is missing.
pub(super) fn dependency(word: &str, name: &str, version: &str, purl: &str) -> Dependency {
    let given = package::PackageUrl::parse(purl);
    let known = package::ecosystem(word);
    let name = match &given {
        // A package URL knows a group that many tools leave out of the name.
        Some(url) if name.is_empty() || url.name == name => url.full_name(),
        _ => name.trim().to_owned(),
    };
    let version = match &given {
        Some(url) if version.is_empty() => url.version.clone(),
        _ => version.trim().to_owned(),
    };
    let ecosystem = match (&given, known) {
        (Some(url), _) => url.kind.clone(),
        (None, Some(known)) => known.kind.to_owned(),
        (None, None) => String::new(),
    };
    let purl = match (given, known) {
        (Some(_), _) => purl.trim().to_owned(),
        (None, Some(known)) if !name.is_empty() => known.package(&name, &version).to_string(),
        _ => String::new(),
    };
    Dependency { ecosystem, name, version, purl, ..Dependency::default() }
}

/// The first of several words that names an ecosystem; empty where none does.
pub(super) fn first_known<'w>(words: impl IntoIterator<Item = &'w str>) -> &'w str {
    words.into_iter().find(|word| package::ecosystem(word).is_some()).unwrap_or_default()
}

/// An advisory's other names, each once, without the rule's own.
pub(super) fn aliases(rule: &str, ids: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = vec![package::normal_advisory(rule)];
    let mut out = Vec::new();
    for id in ids {
        let normal = package::normal_advisory(&id);
        if !normal.is_empty() && !seen.contains(&normal) {
            out.push(match package::advisory_kind(&id) {
                AdvisoryKind::Cve | AdvisoryKind::Ghsa => normal.clone(),
                _ => id.trim().to_owned(),
            });
            seen.push(normal);
        }
    }
    out
}

/// Weaknesses in a value that may be a text, a number, a list of these, or a list of objects that hold one.
pub(super) fn cwes(value: &Value) -> Vec<Cwe> {
    let mut out: Vec<Cwe> = Vec::new();
    let mut add = |text: &str| {
        for cwe in Cwe::all_in(text) {
            if !out.contains(&cwe) {
                out.push(cwe);
            }
        }
    };
    let elements = match value {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    for element in elements {
        for path in ["", "cwe", "cweId", "cwe_id", "id"] {
            add(&element.words(path));
        }
    }
    out
}

/// Notes a value that is there.
pub(super) fn note(notes: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    let value = value.into();
    if !value.is_empty() {
        notes.push((name.to_owned(), value));
    }
}

/// Notes the first few links.
pub(super) fn links<'a>(notes: &mut Vec<(String, String)>, links: impl IntoIterator<Item = &'a str>) {
    let mut kept = 0;
    for link in links.into_iter().map(str::trim).filter(|link| !link.is_empty()) {
        if kept < LINKS && !notes.iter().any(|(name, known)| name == "link" && known == link) {
            kept += 1;
            note(notes, "link", link);
        }
    }
}

/// Notes an exploit prediction as `0.00046 (percentile 0.13)`.
pub(super) fn epss(notes: &mut Vec<(String, String)>, probability: &str, percentile: &str) {
    match (probability.is_empty(), percentile.is_empty()) {
        (true, _) => {}
        (false, true) => note(notes, "epss", probability),
        (false, false) => note(notes, "epss", format!("{probability} (percentile {percentile})")),
    }
}

/// The first line of a text as a title, cut at a word where it is long.
pub(super) fn headline(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = text.trim().lines().next().unwrap_or_default().trim().trim_start_matches('#').trim_start();
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", whole.trim_end_matches([',', '.', ';', ':']))
}

/// Versions that end a range of affected ones: `>=4.0.0 <4.3.1 || <2.1` gives 4.3.1 and 2.1. An inclusive end
/// (`<=5.28.2`) names no version that is free of the flaw.
pub(super) fn ends_of(range: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in range.split("||") {
        let mut words = part.split([' ', ',']).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let end = match word {
                "<" => words.next(),
                _ => word.strip_prefix('<').filter(|rest| !rest.starts_with('=')),
            };
            if let Some(end) = end.filter(|end| end.bytes().any(|b| b.is_ascii_digit()))
                && !out.iter().any(|known| known == end)
            {
                out.push(end.to_owned());
            }
        }
    }
    out
}

/// Versions that begin a patched range, in a text that lists them: `11.0.12, 10.1.47`, `>=4.17.11`,
/// `>=0.103.12, <0.104.0 || ^1.2`. What only ends a range (`<0.0.0`, npm's "none") is no fix.
pub(super) fn starts_of(ranges: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in ranges.split([',', ';', '|']) {
        let mut words = part.split_whitespace();
        let mut start = words.next().unwrap_or_default();
        // `>= 1.2` and `>=1.2 <2` are both one range.
        if matches!(start, ">=" | "=" | "^" | "~" | "~>") {
            start = words.next().unwrap_or_default();
        }
        let start = start.trim_start_matches(['>', '=', '^', '~']);
        let is_version = !start.starts_with(['<', '*']) && !start.is_empty();
        let beyond = part.trim().starts_with('>') && !part.trim().starts_with(">=");
        if is_version && !beyond && !out.iter().any(|known| known == start) {
            out.push(start.to_owned());
        }
    }
    out
}

/// Whether a path stands for itself: `/srv/shop`, `C:/shop`.
pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || matches!(path.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic())
}

/// Who depends on whom, as far as a document says.
#[derive(Debug, Default)]
pub(super) struct Graph {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
    below: Vec<Vec<usize>>,
    /// The one above on the shortest way from a root; itself for a root.
    above: Vec<Option<usize>>,
    queue: VecDeque<usize>,
}

impl Graph {
    fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len();
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        self.below.push(Vec::new());
        self.above.push(None);
        number
    }

    /// One depends on another.
    pub(super) fn edge(&mut self, from: &str, to: &str) {
        let (from, to) = (self.number(from), self.number(to));
        if let Some(below) = self.below.get_mut(from) {
            below.push(to);
        }
    }

    /// Ways begin here.
    pub(super) fn root(&mut self, name: &str) {
        let number = self.number(name);
        if let Some(above @ None) = self.above.get_mut(number) {
            *above = Some(number);
            self.queue.push_back(number);
        }
    }

    /// Finds the shortest ways from the roots to all that can be reached.
    pub(super) fn find_ways(&mut self) {
        while let Some(from) = self.queue.pop_front() {
            for to in self.below.get_mut(from).map(std::mem::take).unwrap_or_default() {
                if let Some(above @ None) = self.above.get_mut(to) {
                    *above = Some(from);
                    self.queue.push_back(to);
                }
            }
        }
    }

    /// The way from a root to a name, both included; empty where there is none.
    pub(super) fn way(&self, name: &str) -> Vec<String> {
        let mut way = Vec::new();
        let mut at = self.numbers.get(name).copied();
        while let Some(number) = at {
            let Some(&Some(above)) = self.above.get(number) else { return Vec::new() };
            way.extend(self.names.get(number).cloned());
            if way.len() > STEPS {
                return Vec::new();
            }
            at = (above != number).then_some(above);
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCALE: Scale = &[("high", Severity::High), ("unknown", Severity::Info)];

    #[test]
    fn an_unknown_grade_is_the_scores() {
        let mut scores = Vec::new();
        add_score(&mut scores, Some(11.0), "critical", "x");
        assert!(scores.is_empty());
        add_score(&mut scores, None, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "nvd");
        add_score(&mut scores, Some(9.8), "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "nvd");
        assert_eq!(scores.len(), 1);
        for (words, grade) in
            [("HIGH", Severity::High), ("unknown", Severity::Critical), ("", Severity::Critical)]
        {
            assert_eq!(graded(SCALE, words, &scores), grade);
        }
        assert_eq!(graded(SCALE, "?", &[]), Severity::Info);
    }

    #[test]
    fn a_package_url_fills_what_the_tool_left_out() {
        let found = dependency("java-archive", "avro", "1.11.1", "pkg:maven/org.apache.avro/avro@1.11.1");
        assert_eq!(
            (found.name.as_str(), found.ecosystem.as_str(), found.version.as_str()),
            ("org.apache.avro:avro", "maven", "1.11.1")
        );
        let built = dependency("pip", "Django", "3.2.9", "");
        assert_eq!((built.name.as_str(), built.purl.as_str()), ("Django", "pkg:pypi/django@3.2.9"));
        assert_eq!(dependency("cobol", "x", "1", "").purl, "");
    }

    #[test]
    fn ends_of_ranges_are_versions_that_are_fixed() {
        for (range, ends) in [
            (">=4.0.0 <4.3.1", vec!["4.3.1"]),
            ("<7.2.2 || >=8.0.0 <8.1.1", vec!["7.2.2", "8.1.1"]),
            ("<=5.28.2", vec![]),
            ("< 0.2.1, >= 1.0.0", vec!["0.2.1"]),
            ("*", vec![]),
            ("<0.0.0-x || <", vec!["0.0.0-x"]),
        ] {
            assert_eq!(ends_of(range), ends, "{range}");
        }
    }

    #[test]
    fn starts_of_patched_ranges_are_versions_that_are_fixed() {
        for (ranges, starts) in [
            ("11.0.12, 10.1.47", vec!["11.0.12", "10.1.47"]),
            (">=4.17.11", vec!["4.17.11"]),
            (">= 2.11.2 <3.0.0 || >=3.6.4", vec!["2.11.2", "3.6.4"]),
            (">=0.103.12, <0.104.0-alpha.1", vec!["0.103.12"]),
            ("^1.2, =1.1.9", vec!["1.2", "1.1.9"]),
            ("<0.0.0", vec![]),
            (">1.0", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(starts_of(ranges), starts, "{ranges}");
        }
    }

    #[test]
    fn weaknesses_are_read_from_every_holder() {
        for value in [json!("79"), json!(79), json!(["79", 79]), json!([{"cwe": "79"}]), json!({"id": 79})] {
            assert_eq!(cwes(&value), [Cwe(79)], "{value}");
        }
        assert!(cwes(&json!(null)).is_empty());
    }

    #[test]
    fn ways_are_shortest_and_cycles_harmless() {
        let mut graph = Graph::default();
        for (from, to) in [("app", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("app", "b"), ("x", "y")] {
            graph.edge(from, to);
        }
        graph.root("app");
        graph.find_ways();
        assert_eq!(graph.way("c"), ["app", "b", "c"]);
        assert_eq!(graph.way("app"), ["app"]);
        assert!(graph.way("y").is_empty() && graph.way("z").is_empty());
    }

    #[test]
    fn titles_are_cut_at_words() {
        assert_eq!(headline("# Overview\nrest"), "Overview");
        let long = headline(&"word ".repeat(40));
        assert!(long.ends_with("word…") && long.chars().count() <= 101);
    }
}
