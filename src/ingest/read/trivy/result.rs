//! What stands in one of Trivy's results.

use serde_json::Value;

use super::{SEVERITY, Target};
use crate::domain::{Claim, Kind, Place, Point, Score, Step, Suppression, SuppressionSource, ToolPrint};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::read::advisory::{
    Outcome, add_score, aliases, cwes, dependency, graded, headline, links, note, starts_of,
};
use crate::ingest::read::element::note_lines;
use crate::ingest::read::secret::mask;

/// The id by which Trivy's packages refer to each other.
pub(super) fn package_id(package: &Value) -> String {
    match package.text("ID") {
        "" => format!("{}@{}", package.text("Name"), package.text("Version")),
        id => id.to_owned(),
    }
}

pub(super) fn vulnerability(value: &Value, target: &Target) -> Outcome {
    let id = value.text("VulnerabilityID");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `VulnerabilityID`");
    }
    if value.text("PkgName").is_empty() {
        return Outcome::Unreadable("no `PkgName`");
    }
    if value.text("Status") == "not_affected" {
        return Outcome::Aside("the package is not affected".into());
    }
    let name = value.text("PkgName");
    let version = value.text("InstalledVersion");
    let mut package = dependency(&target.kind, name, version, value.text("PkgIdentifier.PURL"));
    package.fixed = starts_of(value.text("FixedVersion"));
    let package_id = match value.text("PkgID") {
        "" => format!("{name}@{version}"),
        id => id.to_owned(),
    };
    package.path = target.ways.way(&package_id);
    package.aliases = aliases(id, value.texts("VendorIDs"));

    let words = value.text("Severity");
    let scores = scores(value);
    let mut notes = target_notes(target);
    for (key, name) in [
        ("Status", "status"),
        ("SeveritySource", "severity source"),
        ("DataSource.Name", "data source"),
        ("Layer.DiffID", "image layer"),
        ("PublishedDate", "published"),
    ] {
        note(&mut notes, name, value.text(key));
    }
    links(&mut notes, [value.text("PrimaryURL")]);

    let place = target.manifest(value.text("PkgPath")).map(|file| match target.lines.get(&package_id) {
        Some(&(first, last)) if target.resource.is_empty() => Place::lines(file, first, last),
        _ => Place::file(file),
    });
    let description = value.text("Description");
    let title = value.text("Title");
    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Dependency,
        title: if title.is_empty() { headline(description) } else { title.to_owned() },
        message: if description.is_empty() { title.to_owned() } else { description.to_owned() },
        severity: graded(SEVERITY, words, &scores),
        severity_words: words.to_owned(),
        scores,
        cwes: cwes(value.at("CweIDs")),
        place,
        prints: prints(value),
        dependency: Some(package),
        notes,
        ..Claim::default()
    })
}

/// The scores of the source that graded it first, then NVD's, then the others'; newer versions of CVSS first.
fn scores(value: &Value) -> Vec<Score> {
    let mut scores = Vec::new();
    let Some(sources) = value.at("CVSS").as_object() else { return scores };
    let graded_by = value.text("SeveritySource");
    let rank = |source: &str| match source {
        source if source == graded_by => 0,
        "nvd" => 1,
        _ => 2,
    };
    let mut sources: Vec<_> = sources.iter().collect();
    sources.sort_by_key(|(source, _)| rank(source));
    for (source, of) in sources {
        for version in ["V40", "V3", "V2"] {
            let vector = of.text(&format!("{version}Vector"));
            add_score(&mut scores, of.number(&format!("{version}Score")), vector, source);
        }
    }
    scores
}

fn prints(value: &Value) -> Vec<ToolPrint> {
    let value = value.text("Fingerprint");
    if value.is_empty() {
        return Vec::new();
    }
    vec![ToolPrint { name: "Fingerprint".into(), value: value.into() }]
}

fn target_notes(target: &Target) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    if target.manifest("").as_deref() != Some(target.name.as_str()) {
        note(&mut notes, "target", target.name.as_str());
    }
    notes
}

pub(super) fn misconfiguration(value: &Value, target: &Target) -> Outcome {
    let ids = ["ID", "AVDID"].map(|key| value.text(key));
    let Some(id) = ids.into_iter().find(|id| !id.trim().is_empty()) else {
        return Outcome::Unreadable("no `ID`");
    };
    match value.text("Status") {
        // Old versions list failures only and say nothing.
        "FAIL" | "" => {}
        "PASS" => return Outcome::Aside("a passed check".into()),
        "EXCEPTION" => return Outcome::Aside("an excepted check".into()),
        other => return Outcome::Aside(format!("a check with status {other}")),
    }
    let words = value.text("Severity");
    let cause = value.at("CauseMetadata");
    let mut notes = target_notes(target);
    note_lines(&mut notes, value, &["CauseMetadata.StartLine", "CauseMetadata.EndLine"]);
    for (from, key, name) in [
        (cause, "Resource", "resource"),
        (cause, "Provider", "provider"),
        (cause, "Service", "service"),
        (value, "AVDID", "check"),
        (value, "Namespace", "namespace"),
        (value, "Type", "type"),
        (value, "Resolution", "resolution"),
    ] {
        note(&mut notes, name, from.text(key));
    }
    links(&mut notes, [value.text("PrimaryURL")]);
    let related = cause.list("Occurrences").iter().map(|occurrence| Step {
        place: Place::lines(
            path::tidy(occurrence.text("Filename")),
            occurrence.count("Location.StartLine"),
            occurrence.count("Location.EndLine"),
        ),
        message: occurrence.text("Resource").to_owned(),
    });
    let message = value.text("Message");
    let description = value.text("Description");
    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Configuration,
        title: value.text("Title").to_owned(),
        message: if message.is_empty() { description.to_owned() } else { message.to_owned() },
        severity: graded(SEVERITY, words, &[]),
        severity_words: words.to_owned(),
        cwes: cwes(value.at("CweIDs")),
        place: target.manifest("").map(|file| quoted(file, cause, false)),
        related: related.collect(),
        prints: prints(value),
        notes,
        ..Claim::default()
    })
}

/// A place with the lines that Trivy quotes: the causes as its snippet, all of them as its context.
fn quoted(file: String, of: &Value, secret: bool) -> Place {
    let (first, last) = (of.count("StartLine"), of.count("EndLine"));
    let lines = of.list("Code.Lines");
    let mut place = Place::lines(file, first, last);
    if secret {
        return place;
    }
    // A truncated line stands for what was left out, and is none of the file's.
    let lines = lines.iter().take_while(|line| line.at("Truncated") != &Value::Bool(true));
    let mut snippet = Vec::new();
    let mut context = Vec::new();
    for line in lines {
        let text = line.text("Content");
        if context.is_empty() {
            place.context_line = line.count("Number");
        }
        context.push(text);
        if line.at("IsCause") == &Value::Bool(true) {
            snippet.push(text);
        }
    }
    place.snippet = snippet.join("\n");
    if context.len() > snippet.len() {
        place.context = context.join("\n");
    } else {
        place.context_line = 0;
    }
    place
}

pub(super) fn secret(value: &Value, target: &Target) -> Outcome {
    let id = value.text("RuleID");
    if id.trim().is_empty() {
        return Outcome::Unreadable("no `RuleID`");
    }
    let words = value.text("Severity");
    let found = value.text("Match");
    let mut place = target.manifest("").map(|file| quoted(file, value, true));
    if let Some(place) = &mut place {
        // Trivy puts asterisks over the secret and leaves the code around it; without them all is masked.
        place.snippet = if found.contains("***") { found.to_owned() } else { mask(found) };
        if place.start == Point::default() {
            place.end = Point::default();
        }
    }
    let mut notes = target_notes(target);
    note_lines(&mut notes, value, &["StartLine", "EndLine"]);
    note(&mut notes, "category", value.text("Category"));
    note(&mut notes, "image layer", value.text("Layer.DiffID"));
    Outcome::from(Claim {
        rule: id.to_owned(),
        kind: Kind::Secret,
        title: value.text("Title").to_owned(),
        message: value.text("Title").to_owned(),
        severity: graded(SEVERITY, words, &[]),
        severity_words: words.to_owned(),
        place,
        prints: prints(value),
        notes,
        ..Claim::default()
    })
}

pub(super) fn licence(_: &Value, _: &Target) -> Outcome {
    Outcome::Aside("a licence".into())
}

/// A finding that a file of Trivy's or a VEX document took out.
pub(super) fn modified(value: &Value, target: &Target) -> Outcome {
    let finding = value.at("Finding");
    let outcome = match value.text("Type") {
        "vulnerability" => vulnerability(finding, target),
        "misconfiguration" => misconfiguration(finding, target),
        "secret" => secret(finding, target),
        "license" => return Outcome::Aside("a licence".into()),
        _ => return Outcome::Unreadable("no known `Type`"),
    };
    let Outcome::Claim(mut claim) = outcome else { return outcome };
    note(&mut claim.notes, "suppressed as", value.text("Status"));
    note(&mut claim.notes, "suppressed by", value.text("Source"));
    claim.suppression = Some(Suppression {
        source: SuppressionSource::External,
        justification: match value.text("Statement") {
            "" => value.text("Status").to_owned(),
            statement => statement.to_owned(),
        },
    });
    Outcome::Claim(claim)
}
