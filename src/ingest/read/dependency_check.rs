//! OWASP Dependency-Check's XML.

use super::advisory::{add_score, cwes, dependency, graded, headline, links, note};
use super::element::without;
use super::xml::{Element, Xml};
use crate::domain::{
    Claim, Confidence, Dependency, Kind, Place, Score, Severity, Suppression, SuppressionSource,
};
use crate::ingest::document::{Document, Shape, Top};
use crate::ingest::json::Odd;
use crate::ingest::path;
use crate::ingest::reader::{About, Failure, ReadError, Reader, RunHead, Scale, Sink};

/// The reader.
pub(super) struct DependencyCheck;

const SEVERITY: Scale = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("informational", Severity::Info),
    ("none", Severity::Info),
    ("unknown", Severity::Info),
];

static ABOUT: About = About {
    format: "dependency-check",
    tools: "OWASP Dependency-Check (`--format XML`)",
    claim: "a `vulnerability` of a `dependency`, or (suppressed) a `suppressedVulnerability`",
    aside: "nothing",
    severity_from: "`severity`, else the words of `cvssV4`, `cvssV3` or `cvssV2`, else the first score",
    severity: SEVERITY,
    cwe_from: "`cwes/cwe`, in old versions `cwe`",
    prints_from: "none",
};

/// The dependency that the walk is in.
#[derive(Default)]
struct Current {
    number: usize,
    claims: usize,
    file: String,
    path: String,
    package: Dependency,
    confidence: Option<Confidence>,
    notes: Vec<(String, String)>,
}

impl Reader for DependencyCheck {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        match &shape.top {
            Top::Xml(name, namespace) if name == "analysis" => {
                let namespace = namespace.to_ascii_lowercase();
                namespace.contains("dependency-check") || namespace.contains("dependencycheck")
            }
            _ => false,
        }
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        // What is told of the run stands in front of the dependencies, which are all that was scanned.
        let mut head = Some(RunHead {
            tool: "dependency-check".into(),
            coverage_is_complete: true,
            ..RunHead::default()
        });
        let mut current = Current::default();
        let mut count = 0;
        let mut xml = Xml::new(document)?;
        while xml.enter()? {
            let path: Vec<&str> = xml.path().iter().map(String::as_str).collect();
            match path.as_slice() {
                [_, "scanInfo", "engineVersion"] => {
                    let version = taken(xml.take()?).text("").to_owned();
                    head.iter_mut().for_each(|head| head.tool_version.clone_from(&version));
                }
                [_, "scanInfo", "analysisExceptions", "exception"] => {
                    let trouble = taken(xml.take()?).text("message").to_owned();
                    head.iter_mut().for_each(|head| head.troubles.push(trouble.clone()));
                }
                [_, "projectInfo", "reportDate"] => {
                    let date = taken(xml.take()?).text("").to_owned();
                    head.iter_mut().for_each(|head| head.started.clone_from(&date));
                }
                [_, "dependencies"] => {
                    if let Some(head) = head.take() {
                        sink.run(head)?;
                    }
                }
                [_, "dependencies", "dependency"] => {
                    current = Current { number: count, ..Current::default() };
                    count += 1;
                }
                [_, "dependencies", "dependency", "fileName"] => {
                    current.file = taken(xml.take()?).text("").to_owned();
                }
                [_, "dependencies", "dependency", "filePath"] => {
                    let element = taken(xml.take()?);
                    // A package inside of a lock file stands behind a question mark.
                    let file = element.text("").split('?').next().unwrap_or_default();
                    current.path = path::tidy(&file.replace("\\\\", "\\"));
                    if !current.path.is_empty() && head.is_none() {
                        sink.covered(&current.path)?;
                    }
                }
                [_, "dependencies", "dependency", "relatedDependencies"] => {
                    let related = taken(xml.take()?);
                    for one in related.all("", "relatedDependency").take(3) {
                        note(&mut current.notes, "also at", path::tidy(one.text("filePath")));
                    }
                }
                [_, "dependencies", "dependency", "projectReferences"] => {
                    let references = taken(xml.take()?);
                    for one in references.all("", "projectReference").take(3) {
                        note(&mut current.notes, "project", one.text(""));
                    }
                }
                [_, "dependencies", "dependency", "identifiers"] => current.identify(&taken(xml.take()?)),
                [
                    _,
                    "dependencies",
                    "dependency",
                    "vulnerabilities",
                    name @ ("vulnerability" | "suppressedVulnerability"),
                ] => {
                    let suppressed = *name == "suppressedVulnerability";
                    let element = xml.take()?;
                    if let Some(head) = head.take() {
                        sink.run(head)?;
                    }
                    current.tell(element, suppressed, sink)?;
                }
                _ => {}
            }
        }
        // An empty list of dependencies has begun the run all the same.
        if head.is_none() { Ok(()) } else { Err(without(&["dependencies"])) }
    }
}

/// An element's tree; one that cannot be held is as if it were empty.
fn taken(element: Result<Element, Odd>) -> Element {
    element.unwrap_or_default()
}

impl Current {
    fn identify(&mut self, identifiers: &Element) {
        // Version 2 of the format has `package` with a package URL, version 1 `identifier` with its type.
        let packages = identifiers.all("", "package").map(|package| package.text("id"));
        if let Some(purl) = packages.into_iter().find(|id| id.starts_with("pkg:")) {
            self.package = dependency("", "", "", purl);
        } else if let Some(old) = identifiers.all("", "identifier").find(|id| id.attribute("type") != "cpe") {
            let name = old.text("name").trim_start_matches('(').trim_end_matches(')');
            let (name, version) = name.rsplit_once(':').unwrap_or((name, ""));
            self.package = dependency(old.attribute("type"), name, version, "");
        }
        let known = identifiers.all("", "vulnerabilityIds").next();
        let words = known.map_or("", |known| known.attribute("confidence"));
        self.confidence = match words {
            "HIGHEST" => Some(Confidence::High),
            words => Confidence::from_words(words),
        };
        note(&mut self.notes, "matched as", known.map_or("", |known| known.text("id")));
    }

    fn tell(
        &mut self,
        element: Result<Element, Odd>,
        suppressed: bool,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let index = self.claims;
        self.claims += 1;
        let at = format_args!("dependencies[{}].vulnerabilities[{index}]", self.number);
        let element = match element {
            Ok(element) => element,
            Err(odd) => return sink.unreadable(&at, odd.failure, &odd.why, &[]),
        };
        let raw = element.source();
        if element.text("name").is_empty() {
            return sink.unreadable(&at, Failure::WrongShape, "no `name`", raw.as_bytes());
        }
        sink.claim(&at, raw.as_bytes(), self.claim(&element, suppressed))
    }

    fn claim(&self, element: &Element, suppressed: bool) -> Claim {
        let mut package = self.package.clone();
        if package.name.is_empty() {
            package.name.clone_from(&self.file);
        }
        let scores = scores(element);
        let words = ["severity", "cvssV4/baseSeverity", "cvssV3/baseSeverity", "cvssV2/severity"];
        let words = words.map(|path| element.text(path)).into_iter().find(|words| !words.is_empty());
        let words = words.unwrap_or_default();
        let mut weaknesses = Vec::new();
        let old = element.all("", "cwe");
        for cwe in element.all("cwes", "cwe").chain(old) {
            for cwe in cwes(&serde_json::Value::from(cwe.text(""))) {
                if !weaknesses.contains(&cwe) {
                    weaknesses.push(cwe);
                }
            }
        }
        let mut notes = self.notes.clone();
        note(&mut notes, "source", element.attribute("source"));
        if element.at("knownExploitedVulnerability").is_some() {
            note(&mut notes, "known exploited", "yes");
        }
        links(&mut notes, element.all("references", "reference").map(|reference| reference.text("url")));
        // Written by hand-made printers too, which wrap it.
        let description = element.text("description").split_whitespace().collect::<Vec<_>>().join(" ");
        Claim {
            rule: element.text("name").to_owned(),
            kind: Kind::Dependency,
            title: headline(&description),
            message: description,
            severity: graded(SEVERITY, words, &scores),
            severity_words: words.to_owned(),
            confidence: self.confidence,
            scores,
            cwes: weaknesses,
            place: (!self.path.is_empty()).then(|| Place::file(self.path.clone())),
            suppression: suppressed.then(|| Suppression {
                source: SuppressionSource::External,
                justification: element.text("notes").to_owned(),
            }),
            dependency: Some(package),
            notes,
            ..Claim::default()
        }
    }
}

/// The scores of all versions, the newest first. The vector is put together from the metrics' words.
fn scores(element: &Element) -> Vec<Score> {
    const V3: [(&str, &str); 8] = [
        ("AV", "attackVector"),
        ("AC", "attackComplexity"),
        ("PR", "privilegesRequired"),
        ("UI", "userInteraction"),
        ("S", "scope"),
        ("C", "confidentialityImpact"),
        ("I", "integrityImpact"),
        ("A", "availabilityImpact"),
    ];
    // The format itself says `authenticationr` and `confidentialImpact`.
    const V2: [(&str, &str); 6] = [
        ("AV", "accessVector"),
        ("AC", "accessComplexity"),
        ("Au", "authenticationr"),
        ("C", "confidentialImpact"),
        ("I", "integrityImpact"),
        ("A", "availabilityImpact"),
    ];
    let by = element.attribute("source");
    let mut scores = Vec::new();
    let mut add = |of: &Element, number: &str, vector: &str| {
        add_score(&mut scores, of.text(number).parse().ok(), vector, by);
    };
    if let Some(v4) = element.at("cvssV4") {
        add(v4, "baseScore", v4.text("vectorString"));
    }
    if let Some(v3) = element.at("cvssV3") {
        let version = if v3.text("version") == "3.0" { "CVSS:3.0" } else { "CVSS:3.1" };
        add(
            v3,
            "baseScore",
            &vector(v3, &V3).map(|vector| format!("{version}/{vector}")).unwrap_or_default(),
        );
    }
    if let Some(v2) = element.at("cvssV2") {
        add(v2, "score", &vector(v2, &V2).unwrap_or_default());
    }
    scores
}

/// `AV:N/AC:H/…` from `NETWORK`, `HIGH`…: every value's first letter is its abbreviation.
fn vector(of: &Element, metrics: &[(&str, &str)]) -> Option<String> {
    let parts = metrics.iter().map(|(short, long)| {
        let letter = of.text(long).chars().next().filter(char::is_ascii_alphabetic)?;
        Some(format!("{short}:{}", letter.to_ascii_uppercase()))
    });
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Cwe;
    use crate::ingest::read::damage::bears_damage;
    use crate::ingest::reader::collect::{read_all, refused};

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<analysis xmlns="https://jeremylong.github.io/DependencyCheck/dependency-check.2.5.xsd">
  <scanInfo><engineVersion>6.5.3</engineVersion>
    <analysisExceptions><exception><message>Could not connect to Central</message></exception></analysisExceptions></scanInfo>
  <projectInfo><name/><reportDate>2026-01-15T14:31:13Z</reportDate></projectInfo>
  <dependencies>
    <dependency isVirtual="false">
      <fileName>log4j-api-2.12.4.jar</fileName><filePath>/srv/lib/log4j-api-2.12.4.jar</filePath>
      <relatedDependencies><relatedDependency><filePath>/srv/b/log4j.jar</filePath></relatedDependency></relatedDependencies>
      <evidenceCollected><evidence><name>x</name></evidence></evidenceCollected>
      <identifiers>
        <package confidence="HIGH"><id>pkg:maven/org.apache.logging.log4j/log4j-api@2.12.4</id></package>
        <vulnerabilityIds confidence="HIGHEST"><id>cpe:2.3:a:apache:log4j:2.12.4</id></vulnerabilityIds>
      </identifiers>
      <vulnerabilities>
        <vulnerability source="NVD"><name>CVE-2020-9488</name><severity>LOW</severity>
          <cvssV2><score>4.3</score><accessVector>NETWORK</accessVector><accessComplexity>MEDIUM</accessComplexity>
            <authenticationr>NONE</authenticationr><confidentialImpact>PARTIAL</confidentialImpact>
            <integrityImpact>NONE</integrityImpact><availabilityImpact>NONE</availabilityImpact></cvssV2>
          <cvssV3><baseScore>3.7</baseScore><attackVector>NETWORK</attackVector><attackComplexity>HIGH</attackComplexity>
            <privilegesRequired>NONE</privilegesRequired><userInteraction>NONE</userInteraction><scope>UNCHANGED</scope>
            <confidentialityImpact>LOW</confidentialityImpact><integrityImpact>NONE</integrityImpact>
            <availabilityImpact>NONE</availabilityImpact><version>3.1</version></cvssV3>
          <cwes><cwe>295</cwe></cwes><description>Improper validation &amp; so on.</description>
          <references><reference><url>https://example.com/1</url></reference></references></vulnerability>
        <suppressedVulnerability source="OSSINDEX"><name>CVE-2015-3208</name><cvssV3><baseScore>9.8</baseScore></cvssV3>
          <notes>fixed in ours</notes></suppressedVulnerability>
        <vulnerability><severity>HIGH</severity></vulnerability>
      </vulnerabilities>
    </dependency>
    <dependency><fileName>c.dll</fileName><filePath>C:\\lib\\c.dll</filePath></dependency>
  </dependencies>
</analysis>"#;

    #[test]
    fn a_vulnerability_becomes_a_claim_with_its_package_and_rebuilt_vectors() {
        let read = read_all(&DependencyCheck, REPORT);
        let head = &read.heads[0];
        assert_eq!((head.tool_version.as_str(), head.started.as_str()), ("6.5.3", "2026-01-15T14:31:13Z"));
        assert_eq!(head.troubles, ["Could not connect to Central"]);
        assert_eq!(read.covered, ["/srv/lib/log4j-api-2.12.4.jar", "C:/lib/c.dll"]);
        let claim = &read.claims[0];
        assert_eq!((claim.rule.as_str(), claim.severity), ("CVE-2020-9488", Severity::Low));
        assert_eq!(claim.cwes, [Cwe(295)]);
        assert_eq!(claim.confidence, Some(Confidence::High));
        assert_eq!(claim.place, Some(Place::file("/srv/lib/log4j-api-2.12.4.jar")));
        assert_eq!(claim.dependency.as_ref().unwrap().name, "org.apache.logging.log4j:log4j-api");
        let vectors: Vec<_> = claim.scores.iter().map(|score| score.vector.as_str()).collect();
        assert_eq!(vectors, ["CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N", "AV:N/AC:M/Au:N/C:P/I:N/A:N"]);
        assert!(claim.scores.iter().all(|score| crate::domain::cvss::score(&score.vector) == score.score));
    }

    #[test]
    fn suppressed_ones_are_suppressed_and_nameless_ones_unreadable() {
        let read = read_all(&DependencyCheck, REPORT);
        assert_eq!(read.claims[1].suppression.as_ref().unwrap().justification, "fixed in ours");
        assert_eq!(read.claims[1].severity, Severity::Critical);
        assert_eq!(read.unreadable[0].0, "dependencies[0].vulnerabilities[2]");
    }

    #[test]
    fn damaged_documents_are_survived_and_cut_ones_refused() {
        assert!(matches!(
            refused(&DependencyCheck, &REPORT[..REPORT.len() - 30]),
            ReadError::Truncated { .. }
        ));
        bears_damage(&DependencyCheck, REPORT, &[]);
    }
}
