//! One issue or hotspot of SonarQube's as a claim.

use serde_json::Value;

use super::super::element::{Reading, note, note_lines};
use super::{Around, SEVERITY};
use crate::domain::{
    Claim, Columns, Cwe, Dependency, Kind, Place, Point, Step, Suppression, SuppressionSource, ToolPrint,
};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::grade;

/// Hotspots name their rule by another key.
pub(super) fn rule_id(value: &Value) -> &str {
    let rule = value.text("rule");
    if rule.is_empty() { value.text("ruleKey") } else { rule }
}

/// Reads one element of `issues` or `hotspots`.
pub(super) fn reading(value: &Value, is_hotspot: bool, around: &Around) -> Reading {
    if !value.is_object() {
        return Reading::wrong("no object");
    }
    let rule = rule_id(value);
    // A hotspot in a list has a category and no rule.
    let category = value.text("securityCategory");
    let rule = if rule.is_empty() && is_hotspot { category } else { rule };
    if rule.is_empty() {
        return Reading::wrong("no `rule`");
    }
    let security = value.list("impacts").iter().find(|impact| impact.text("softwareQuality") == "SECURITY");
    let sort = value.text("type");
    if matches!(sort, "BUG" | "CODE_SMELL") && security.is_none() {
        let what = if sort == "BUG" { "a bug" } else { "a code smell" };
        return Reading::aside(format!("{what} without an impact on security"));
    }
    let resolution = value.text("resolution");
    let statuses = [value.text("issueStatus"), value.text("status"), resolution];
    if statuses.iter().any(|status| matches!(*status, "FIXED" | "REMOVED" | "CLOSED")) {
        return Reading::aside("it is fixed or gone, says SonarQube");
    }
    let place = place(value, around);
    let vulnerable = dependency(rule, value.text("message"));
    if place.is_none() && vulnerable.is_none() {
        return Reading::names_no_code("no `component`, or one that is no file");
    }
    let is_hotspot = is_hotspot || sort == "SECURITY_HOTSPOT" || around.hotspots.contains(value.text("key"));
    let words = [
        security.map(|impact| impact.text("severity")).unwrap_or_default(),
        value.text("severity"),
        value.text("vulnerabilityProbability"),
    ];
    let words = words.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    let key = value.text("key");
    let (related, traces) = flows(value, around);
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["textRange.startLine", "textRange.endLine", "line"]);
    note(&mut notes, "type", if is_hotspot { "security hotspot" } else { "" });
    note(&mut notes, "status", statuses.into_iter().find(|status| !status.is_empty()).unwrap_or_default());
    note(&mut notes, "category", category);
    note(&mut notes, "tags", value.texts("tags").join(", "));
    note(&mut notes, "effort", value.text("effort"));
    note(&mut notes, "created", value.text("creationDate"));
    let title = value.text("description");
    let advisory = vulnerable.as_ref().and_then(|found| found.aliases.first().cloned());
    Claim {
        rule: advisory.unwrap_or_else(|| rule.to_owned()),
        kind: if vulnerable.is_some() { Kind::Dependency } else { Kind::Code },
        title: title.to_owned(),
        message: value.text("message").to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        cwes: cwes(value, rule, around),
        owasp: owasp(value),
        place,
        related,
        traces,
        prints: (!key.is_empty())
            .then(|| ToolPrint { name: "key".to_owned(), value: key.to_owned() })
            .into_iter()
            .collect(),
        suppression: suppression(&statuses),
        dependency: vulnerable.map(without_own_name),
        notes,
        ..Claim::default()
    }
    .into()
}

/// What a person decided in SonarQube itself.
fn suppression(statuses: &[&str]) -> Option<Suppression> {
    let justification = statuses.iter().find_map(|status| match *status {
        "FALSE-POSITIVE" | "FALSE_POSITIVE" => Some("false positive"),
        "WONTFIX" | "ACCEPTED" => Some("accepted"),
        "SAFE" => Some("reviewed as safe"),
        _ => None,
    })?;
    Some(Suppression { source: SuppressionSource::External, justification: justification.to_owned() })
}

fn cwes(value: &Value, rule: &str, around: &Around) -> Vec<Cwe> {
    let tags = value.texts("tags");
    let mut all: Vec<Cwe> = Vec::new();
    // Dependency-Check's plugin tags all that it finds with CWE-937, the use of vulnerable components, and gives the
    // weakness in the message: `Category: CWE-120 |`.
    if rule.starts_with("OWASP:") {
        for part in value.text("message").split("Category: CWE-").skip(1) {
            let number: String = part.chars().take_while(char::is_ascii_digit).take(5).collect();
            all.extend(Cwe::all_in(&number));
        }
    }
    for tag in &tags {
        all.extend(tag.strip_prefix("cwe-").map(Cwe::all_in).unwrap_or_default());
    }
    all.extend(around.rules.get(rule).map(|rule| rule.cwes.as_slice()).unwrap_or_default());
    let mut found = Vec::new();
    for cwe in all {
        if !found.contains(&cwe) {
            found.push(cwe);
        }
    }
    found
}

/// `owasp-a9` is of the list of 2017; newer tags carry their year: `owasp-2021-a3`.
fn owasp(value: &Value) -> Vec<String> {
    let tags = value.texts("tags");
    let code = |tag: &String| {
        let rest = tag.strip_prefix("owasp-")?;
        let (year, number) = rest.rsplit_once('-').unwrap_or(("2017", rest));
        let number: u8 = number.strip_prefix('a')?.parse().ok()?;
        (year.len() == 4).then(|| format!("A{number:02}:{year}"))
    };
    tags.iter().filter_map(code).collect()
}

/// What Dependency-Check's plugin found, by its messages: `Filename: package:1.1.2 | Reference: CVE-2024-2529 | …` and
/// `Filename: nimbus-9.24.4.jar | … | References: CVE-2023-52428 (7.5), …`. The advisories are in `aliases`.
fn dependency(rule: &str, message: &str) -> Option<Dependency> {
    if !rule.starts_with("OWASP:UsingComponent") {
        return None;
    }
    let mut found = Dependency::default();
    for part in message.split('|') {
        let Some((key, text)) = part.split_once(':') else { continue };
        match key.trim() {
            "Filename" => {
                let (name, version) = text.trim().rsplit_once(':').unwrap_or((text.trim(), ""));
                (found.name, found.version) = (name.to_owned(), version.to_owned());
            }
            "Reference" | "References" => {
                let names = text.split(',').filter_map(|name| name.split_whitespace().next());
                found.aliases.extend(names.map(str::to_owned));
            }
            _ => {}
        }
    }
    Some(found)
}

/// The first advisory became the claim's rule.
fn without_own_name(mut found: Dependency) -> Dependency {
    if !found.aliases.is_empty() {
        found.aliases.remove(0);
    }
    found
}

fn place(value: &Value, around: &Around) -> Option<Place> {
    let path = file(value, value.text("project"), around)?;
    let mut place = region(value.at("textRange"));
    if place.start.line == 0 {
        let line = value.count("line");
        (place.start, place.end) = (Point::line(line), Point::line(line));
    }
    place.path = path;
    Some(place)
}

/// The path of a component: as the document lists it, else its key without the project's.
fn file(value: &Value, project: &str, around: &Around) -> Option<String> {
    let component = value.text("component");
    if component.is_empty() || component == project {
        return None;
    }
    if let Some(file) = around.files.get(component) {
        return Some(file.clone());
    }
    let rest = component.strip_prefix(project).and_then(|rest| rest.strip_prefix(':'));
    let rest = if project.is_empty() { None } else { rest };
    Some(path::tidy(rest.unwrap_or(component)))
}

/// Columns count from 0 in UTF-16 units.
fn region(range: &Value) -> Place {
    let column = |key: &str| if range.at(key).is_null() { 0 } else { range.count(key).saturating_add(1) };
    let start = Point { line: range.count("startLine"), column: column("startOffset") };
    let mut end = Point { line: range.count("endLine"), column: column("endOffset") };
    if end.line < start.line {
        end = Point::line(start.line);
    }
    Place { start, end, columns: Columns::Utf16, ..Place::default() }
}

/// Flows of one place each are places that help; longer ones are data flows, which SonarQube lists from the sink.
fn flows(value: &Value, around: &Around) -> (Vec<Step>, Vec<Vec<Step>>) {
    let project = value.text("project");
    let step = |location: &Value| {
        let place = Place { path: file(location, project, around)?, ..region(location.at("textRange")) };
        Some(Step { place, message: location.text("msg").to_owned() })
    };
    let mut flows: Vec<Vec<Step>> = value
        .list("flows")
        .iter()
        .map(|flow| flow.list("locations").iter().filter_map(step).collect())
        .collect();
    flows.retain(|flow| !flow.is_empty());
    if flows.iter().all(|flow| flow.len() == 1) {
        return (flows.into_iter().flatten().collect(), Vec::new());
    }
    for flow in &mut flows {
        flow.reverse();
    }
    (Vec::new(), flows)
}
