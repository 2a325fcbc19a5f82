//! OSV-Scanner's JSON.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::advisory::{
    Outcome, add_score, aliases, cwes, dependency, graded, hand_over, headline, links, note,
};
use super::element::{members, must_be_list};
use crate::domain::{Claim, Cwe, Kind, Place, Score, Severity, Suppression, SuppressionSource};
use crate::ingest::document::{Document, Shape};
use crate::ingest::json::{Json, Odd};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, ReadError, Reader, RunHead, Scale, Sink};

/// The reader.
pub(super) struct Osv;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("moderate", Severity::Medium),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("negligible", Severity::Info),
    ("unimportant", Severity::Info),
];

static ABOUT: About = About {
    format: "osv-scanner",
    tools: "OSV-Scanner (`--format json`)",
    claim: "a group of a package's `vulnerabilities` that are one flaw under several names (`groups`); the rule is the \
            name the group lists first, and weaknesses and scores are those of all its members",
    aside: "further members of a group; elements of `license_violations`; withdrawn advisories",
    severity_from: "`database_specific.severity`, else the group's `max_severity`, else the first CVSS score",
    severity: SEVERITY,
    cwe_from: "`database_specific.cwe_ids`",
    prints_from: "none",
};

/// What is known of a package when its vulnerabilities are read, wherever it stands.
#[derive(Default)]
struct Package {
    source: String,
    source_kind: String,
    ecosystem: String,
    name: String,
    version: String,
    scopes: String,
    groups: Vec<Group>,
    /// The group of every id.
    of: HashMap<String, usize>,
    members: Vec<Member>,
}

#[derive(Default)]
struct Group {
    ids: Vec<String>,
    aliases: Vec<String>,
    most: Option<f64>,
    /// Whether the call analysis says that none of it is called.
    uncalled: bool,
    leader: String,
    cwes: Vec<Cwe>,
    scores: Vec<Score>,
}

struct Member {
    id: String,
    cwes: Vec<Cwe>,
    scores: Vec<Score>,
}

impl Reader for Osv {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        let bare: String = shape.prefix.chars().take(100).filter(|c| !c.is_whitespace()).collect();
        shape.has("results[].packages")
            || (shape.has("results") && shape.has("experimental_config"))
            || (shape.has("results") && shape.has("license_summary"))
            || bare == r#"{"results":[]}"#
            || bare == r#"{"results":null}"#
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut packages: Vec<Package> = Vec::new();
        let mut sources: Vec<(String, String)> = Vec::new();
        walk(document, &mut |json, part| {
            match part {
                Part::Source { result } => {
                    let source = json.value()?;
                    if sources.len() <= result {
                        sources.resize_with(result + 1, Default::default);
                    }
                    if let Some(known) = sources.get_mut(result) {
                        *known = (path::tidy(source.text("path")), source.text("type").to_owned());
                    }
                }
                Part::Package { key, number, .. } => {
                    if packages.len() <= number {
                        packages.resize_with(number + 1, Package::default);
                    }
                    if let Some(package) = packages.get_mut(number) {
                        package.learn(json, key)?;
                    }
                }
            }
            Ok(())
        })?;
        // The source may stand behind the packages, so it is joined to them afterwards.
        walk(document, &mut |_, part| {
            if let Part::Package { number, result, .. } = part
                && let (Some(package), Some((file, kind))) = (packages.get_mut(number), sources.get(result))
                && package.source.is_empty()
            {
                (package.source, package.source_kind) = (file.clone(), kind.clone());
            }
            Ok(())
        })?;
        packages.iter_mut().for_each(Package::gather);
        sink.run(RunHead { tool: "osv-scanner".into(), ..RunHead::default() })?;
        for (file, _) in sources.iter().filter(|(file, _)| !file.is_empty()) {
            sink.covered(file)?;
        }

        let mut told: HashSet<(usize, usize)> = HashSet::new();
        walk(document, &mut |json, part| {
            let Part::Package { key, number, at, .. } = part else { return Ok(()) };
            let Some(package) = packages.get(number) else { return Ok(()) };
            if !matches!(key, "vulnerabilities" | "license_violations") {
                return Ok(());
            }
            json.array(|json, index| {
                let parsed: Result<Value, Odd> = json.parse()?;
                let outcome = parsed.map(|value| match key {
                    "vulnerabilities" => package.vulnerability(number, &value, &mut told),
                    _ => Outcome::Aside("a licence".into()),
                });
                hand_over(sink, &format_args!("{at}.{key}[{index}]"), json.last_raw(), outcome)
            })?;
            Ok(())
        })
    }
}

/// Where a walk is.
enum Part<'p> {
    Source { result: usize },
    Package { key: &'p str, number: usize, result: usize, at: &'p str },
}

type Each<'e> = dyn FnMut(&mut Json<'_>, Part<'_>) -> Result<(), ReadError> + 'e;

fn walk(document: &Document, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut count = 0;
    members(document, &["results"], |json, key| {
        if key != "results" {
            return Ok(());
        }
        must_be_list(json, key)?;
        json.array(|json, result| {
            json.object(|json, key| match key {
                "source" => each(json, Part::Source { result }),
                "packages" => json
                    .array(|json, index| {
                        let number = count;
                        count += 1;
                        let at = format!("results[{result}].packages[{index}]");
                        json.object(|json, key| each(json, Part::Package { key, number, result, at: &at }))?;
                        Ok(())
                    })
                    .map(|_| ()),
                _ => Ok(()),
            })?;
            Ok(())
        })?;
        Ok(())
    })
}

impl Package {
    fn learn(&mut self, json: &mut Json<'_>, key: &str) -> Result<(), ReadError> {
        match key {
            "package" => {
                let package = json.value()?;
                self.ecosystem = package.text("ecosystem").to_owned();
                self.name = package.text("name").to_owned();
                self.version = match package.text("version") {
                    "" => package.text("commit").to_owned(),
                    version => version.to_owned(),
                };
            }
            "dependency_groups" => self.scopes = json.value()?.texts("").join(", "),
            "groups" => {
                json.array(|json, _| {
                    let group = json.value()?;
                    let analysis = ["experimental_analysis", "experimentalAnalysis"];
                    let analysis = analysis.into_iter().find_map(|key| group.at(key).as_object());
                    let uncalled = |one: &Value| one.at("called") == &Value::Bool(false);
                    self.groups.push(Group {
                        ids: group.texts("ids"),
                        aliases: group.texts("aliases"),
                        most: group.number("max_severity"),
                        uncalled: analysis.is_some_and(|all| !all.is_empty() && all.values().all(uncalled)),
                        ..Group::default()
                    });
                    Ok(())
                })?;
            }
            "vulnerabilities" => {
                json.array(|json, _| {
                    let value = json.value()?;
                    let mut scores = Vec::new();
                    for severity in value.list("severity") {
                        add_score(&mut scores, None, severity.text("score"), "");
                    }
                    let cwes = cwes(value.at("database_specific.cwe_ids"));
                    self.members.push(Member { id: value.text("id").to_owned(), cwes, scores });
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts the members into their groups; one that is in none is a group of its own.
    fn gather(&mut self) {
        for (number, group) in self.groups.iter().enumerate() {
            for id in &group.ids {
                self.of.entry(id.clone()).or_insert(number);
            }
        }
        for member in std::mem::take(&mut self.members) {
            let groups = &mut self.groups;
            let number = *self.of.entry(member.id.clone()).or_insert_with(|| {
                groups.push(Group { ids: vec![member.id.clone()], ..Group::default() });
                groups.len() - 1
            });
            let Some(group) = self.groups.get_mut(number) else { continue };
            // The leader is the first of the group's ids that is there.
            let rank = |id: &str| group.ids.iter().position(|known| known == id);
            if group.leader.is_empty() || rank(&member.id) < rank(&group.leader) {
                group.leader.clone_from(&member.id);
            }
            for cwe in member.cwes {
                if !group.cwes.contains(&cwe) {
                    group.cwes.push(cwe);
                }
            }
            for score in member.scores {
                if !group.scores.contains(&score) {
                    group.scores.push(score);
                }
            }
        }
    }

    fn vulnerability(&self, number: usize, value: &Value, told: &mut HashSet<(usize, usize)>) -> Outcome {
        let id = value.text("id");
        if id.trim().is_empty() {
            return Outcome::Unreadable("no `id`");
        }
        if self.name.is_empty() && self.version.is_empty() {
            return Outcome::Unreadable("the package has neither `name` nor `commit`");
        }
        let place = self.of.get(id).copied();
        let Some((place, group)) = place.and_then(|place| Some((place, self.groups.get(place)?))) else {
            return Outcome::Unreadable("no `id`");
        };
        if group.leader != id {
            return Outcome::Aside(format!("another name of {}", group.leader));
        }
        if !told.insert((number, place)) {
            return Outcome::Aside(format!("{id} once more"));
        }
        if !value.text("withdrawn").is_empty() {
            return Outcome::Aside("a withdrawn advisory".into());
        }
        Outcome::from(self.claim(id, value, group))
    }

    fn claim(&self, id: &str, value: &Value, group: &Group) -> Claim {
        let mut package = dependency(&self.ecosystem, &self.name, &self.version, "");
        package.fixed = self.fixed(value);
        let others = group.ids.iter().chain(&group.aliases).cloned();
        let others = others.chain(value.texts("aliases")).chain(value.texts("upstream"));
        package.aliases = aliases(id, others);

        let word = value.text("database_specific.severity");
        let words = match group.most {
            _ if !word.is_empty() => word.to_owned(),
            Some(most) => format!("max_severity {most}"),
            None => String::new(),
        };
        let severity = match group.most.filter(|most| (0.0..=10.0).contains(most)) {
            Some(most) if crate::ingest::reader::grade(SEVERITY, word).is_none() => {
                Severity::from_score(most as f32)
            }
            _ => graded(SEVERITY, word, &group.scores),
        };
        let mut notes = Vec::new();
        note(&mut notes, "source", self.source_kind.as_str());
        note(&mut notes, "dependency group", self.scopes.as_str());
        note(&mut notes, "published", value.text("published"));
        links(&mut notes, value.list("references").iter().map(|link| link.text("url")));
        let (summary, details) = (value.text("summary"), value.text("details"));
        Claim {
            rule: id.to_owned(),
            kind: Kind::Dependency,
            title: if summary.is_empty() { headline(details) } else { summary.to_owned() },
            message: if details.is_empty() { summary } else { details }.to_owned(),
            severity,
            severity_words: words,
            scores: group.scores.clone(),
            cwes: group.cwes.clone(),
            place: (!self.source.is_empty()).then(|| Place::file(self.source.clone())),
            suppression: group.uncalled.then(|| Suppression {
                source: SuppressionSource::External,
                justification: "the vulnerable code is not called, by the scanner's call analysis".into(),
            }),
            dependency: Some(package),
            notes,
            ..Claim::default()
        }
    }

    /// The versions that fix it in this very package; a commit is none.
    fn fixed(&self, value: &Value) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let affected = value.list("affected");
        let this = affected.iter().filter(|of| affected.len() == 1 || of.text("package.name") == self.name);
        for range in this.flat_map(|of| of.list("ranges")).filter(|range| range.text("type") != "GIT") {
            for event in range.list("events") {
                let fixed = event.text("fixed");
                if !fixed.is_empty() && !out.iter().any(|known| known == fixed) {
                    out.push(fixed.to_owned());
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"{"results": [
      {"packages": [
        {"package": {"name": "flask", "version": "0.5", "ecosystem": "PyPI"}, "dependency_groups": ["dev"],
         "vulnerabilities": [
           {"id": "PYSEC-2019-179", "details": "The Pallets Project Flask …", "aliases": ["CVE-2019-1010083"], "database_specific": {"cwe_ids": ["400"]}},
           {"id": "GHSA-5wv5-4vpf-pj6m", "summary": "Flask is vulnerable to Denial of Service", "details": "Long.", "aliases": ["CVE-2019-1010083", "PYSEC-2019-179"],
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}], "database_specific": {"severity": "MODERATE", "cwe_ids": ["20"]},
            "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]},
                          {"type": "GIT", "events": [{"fixed": "0123abcd"}]}]},
                         {"package": {"name": "other"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "9"}]}]}]},
           {"id": "GHSA-uncalled-1", "severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}]},
           {"id": "PYSEC-W", "withdrawn": "2024-01-01T00:00:00Z"}, {"summary": "nameless"}, 5],
         "groups": [{"ids": ["GHSA-5wv5-4vpf-pj6m", "PYSEC-2019-179"], "aliases": ["CVE-2019-1010083"], "max_severity": "7.5"},
                    {"ids": ["GHSA-uncalled-1"], "max_severity": "", "experimental_analysis": {"GHSA-uncalled-1": {"called": false}}}],
         "license_violations": ["GPL-3.0"]}],
       "source": {"path": "/srv/shop/requirements.txt", "type": "lockfile"}},
      {"source": {"path": "vendored", "type": "git"}, "packages": [{"package": {"commit": "deadbeef"}, "vulnerabilities": [
         {"id": "OSV-2020-1", "details": "Heap overflow"}], "groups": [{"ids": ["OSV-2020-1"], "max_severity": "9.1"}]}]}
    ]}"#;

    #[test]
    fn names_of_one_flaw_are_one_claim_that_knows_what_each_tells() {
        let read = read_all(&Osv, REPORT);
        let claim = &read.claims[0];
        assert_eq!(
            (claim.rule.as_str(), claim.severity, claim.severity_words.as_str()),
            ("GHSA-5wv5-4vpf-pj6m", Severity::Medium, "MODERATE")
        );
        assert_eq!(claim.cwes, [Cwe(400), Cwe(20)]);
        assert_eq!(claim.place, Some(Place::file("/srv/shop/requirements.txt")));
        let package = claim.dependency.as_ref().unwrap();
        assert_eq!(package.aliases, ["PYSEC-2019-179", "CVE-2019-1010083"]);
        assert_eq!(
            (package.purl.as_str(), package.fixed.as_slice()),
            ("pkg:pypi/flask@0.5", ["1.0".to_owned()].as_slice())
        );
        assert_eq!(claim.scores[0].score, Some(7.5));
    }

    #[test]
    fn every_element_is_accounted_for() {
        let read = read_all(&Osv, REPORT);
        assert_eq!(read.claims.len(), 3);
        assert_eq!(
            read.aside,
            [
                (
                    "results[0].packages[0].vulnerabilities[0]".to_owned(),
                    "another name of GHSA-5wv5-4vpf-pj6m".to_owned()
                ),
                ("results[0].packages[0].vulnerabilities[3]".to_owned(), "a withdrawn advisory".to_owned()),
                ("results[0].packages[0].license_violations[0]".to_owned(), "a licence".to_owned()),
            ]
        );
        assert_eq!(read.unreadable.len(), 2);
    }

    #[test]
    fn code_that_is_not_called_is_suppressed_and_a_commit_is_a_version() {
        let read = read_all(&Osv, REPORT);
        assert!(read.claims[1].suppression.is_some() && read.claims[0].suppression.is_none());
        assert_eq!((read.claims[1].severity, read.claims[1].scores[0].score), (Severity::High, Some(7.5)));
        let vendored = &read.claims[2];
        assert_eq!(
            (vendored.severity, vendored.severity_words.as_str()),
            (Severity::Critical, "max_severity 9.1")
        );
        assert_eq!(vendored.dependency.as_ref().unwrap().version, "deadbeef");
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(refused(&Osv, &REPORT[..REPORT.len() - 6]), ReadError::Truncated { .. }));
        assert_eq!(read_all(&Osv, "{\"results\": []}").claims.len(), 0);
        bears_damage(&Osv, REPORT, &[]);
    }
}
