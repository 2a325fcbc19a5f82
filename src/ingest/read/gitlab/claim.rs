//! One vulnerability of a GitLab report as a claim.

use serde_json::Value;

use super::super::element::{Reading, note, note_lines};
use super::super::secret::hide;
use super::{Report, SEVERITY, dependency, scanner};
use crate::domain::{Claim, Confidence, Cwe, Kind, Place, Rule, Score, Step, ToolPrint};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::grade;

/// Types of identifiers that say what sort of weakness it is, not which rule found it.
const SORTS: &[&str] = &["cwe", "owasp", "wasc", "capec", "asvs"];

/// The rule that a list of identifiers names: by GitLab's convention the first, past those that name a sort.
pub(super) fn identified(identifiers: &[Value]) -> Rule {
    let is_rule =
        |identifier: &&Value| !SORTS.contains(&identifier.text("type").to_ascii_lowercase().as_str());
    let Some(first) = identifiers.iter().find(is_rule).or_else(|| identifiers.first()) else {
        return Rule::default();
    };
    let (name, value) = (first.text("name"), first.words("value"));
    // Some analysers put a sentence for a value, and Gemnasium a bare UUID that its name introduces.
    let by_name = value.is_empty()
        || value.contains(char::is_whitespace) && !name.contains(char::is_whitespace)
        || first.text("type") == "gemnasium";
    Rule {
        id: if by_name && !name.is_empty() { name.to_owned() } else { value },
        link: first.text("url").to_owned(),
        ..Rule::default()
    }
}

/// The id of a vulnerability's rule; for one without identifiers what it calls itself.
pub(super) fn rule_id(value: &Value) -> String {
    let id = identified(value.list("identifiers")).id;
    if !id.is_empty() {
        return id;
    }
    [value.text("name"), value.text("message")]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn rule(value: &Value) -> Rule {
    Rule {
        id: rule_id(value),
        title: value.text("name").to_owned(),
        cwes: cwes(value),
        ..identified(value.list("identifiers"))
    }
}

fn cwes(value: &Value) -> Vec<Cwe> {
    let mut all = Vec::new();
    for identifier in
        value.list("identifiers").iter().filter(|one| one.text("type").eq_ignore_ascii_case("cwe"))
    {
        // The value is the number, but for analysers that put the rule there.
        let mut found = Cwe::all_in(&identifier.words("value"));
        if found.is_empty() {
            found = Cwe::all_in(identifier.text("name"));
        }
        all.extend(found);
    }
    let mut seen = Vec::new();
    all.retain(|cwe| {
        !seen.contains(cwe) && {
            seen.push(*cwe);
            true
        }
    });
    all
}

/// Reads one element of `vulnerabilities`.
pub(super) fn reading(value: &Value, report: &Report) -> Reading {
    if !value.is_object() {
        return Reading::wrong("no object");
    }
    let rule = rule_id(value);
    if rule.is_empty() {
        return Reading::wrong("no `identifiers` and no `name`");
    }
    let kind = kind(value, report);
    let location = value.at("location");
    let file = path::tidy(location.text("file"));
    if file.is_empty() && kind != Kind::Dependency {
        return Reading::names_no_code("no `location.file`");
    }
    let words = value.text("severity");
    let message = [value.text("description"), value.text("message"), value.text("name")];
    let mut claim = Claim {
        rule,
        kind,
        title: value.text("name").to_owned(),
        message: message.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        confidence: Confidence::from_words(value.text("confidence")),
        scores: scores(value),
        cwes: cwes(value),
        owasp: owasp(value),
        place: (!file.is_empty()).then(|| place(location, file)),
        traces: value.list("code_flows").iter().map(flow).filter(|flow| !flow.is_empty()).collect(),
        prints: prints(value),
        notes: notes(value),
        ..Claim::default()
    };
    report.remediations.note(value, &mut claim.notes);
    if let Some(place) = &mut claim.place {
        value.text("raw_source_code_extract").clone_into(&mut place.snippet);
    }
    match kind {
        Kind::Dependency => dependency::describe(&mut claim, value, report),
        // In secret detection the extract is the secret itself.
        Kind::Secret => {
            let known = value.text("raw_source_code_extract");
            hide(&mut claim, known, false);
        }
        Kind::Code | Kind::Configuration => {}
    }
    claim.into()
}

/// What it is about. Schemas before 15 say so with each vulnerability, later ones with the scan; the oldest with
/// neither.
fn kind(value: &Value, report: &Report) -> Kind {
    let category = [value.text("category"), &report.kind].into_iter().find(|word| !word.is_empty());
    match category.unwrap_or_default() {
        "dependency_scanning" | "container_scanning" | "cluster_image_scanning" => return Kind::Dependency,
        "secret_detection" => return Kind::Secret,
        _ => {}
    }
    if !value.text("location.dependency.package.name").is_empty() {
        return Kind::Dependency;
    }
    let scanners = [scanner(value), report.scanner.clone()];
    let named = |word: &str| {
        scanners.iter().any(|scanner| scanner.starts_with(word))
            || value.list("identifiers").iter().any(|identifier| identifier.text("type").starts_with(word))
    };
    if named("gitleaks") || named("trufflehog") || named("kingfisher") {
        Kind::Secret
    } else if named("kics") {
        Kind::Configuration
    } else {
        Kind::Code
    }
}

fn place(location: &Value, file: String) -> Place {
    let first = location.count("start_line");
    let scope = [location.text("class"), location.text("method")];
    let scope: Vec<&str> = scope.into_iter().filter(|part| !part.is_empty()).collect();
    Place { scope: scope.join("."), ..Place::lines(file, first, location.count("end_line")) }
}

/// One flow of `code_flows`, a list of nodes from source to sink.
fn flow(nodes: &Value) -> Vec<Step> {
    let nodes = nodes.as_array().map_or(&[][..], Vec::as_slice);
    let steps = nodes.iter().map(|node| {
        let at = node.at("file_location");
        let (first, last) = (at.count("line_start"), at.count("line_end"));
        Step {
            place: Place::lines(path::tidy(at.text("file_name")), first, last),
            message: node.text("node_type").to_owned(),
        }
    });
    steps.filter(|step| !step.place.path.is_empty()).collect()
}

fn scores(value: &Value) -> Vec<Score> {
    let vectors = value.list("cvss_vectors").iter();
    let scores = vectors.map(|one| Score {
        score: None,
        vector: one.text("vector").to_owned(),
        by: one.text("vendor").to_owned(),
    });
    scores.filter(|score| !score.vector.is_empty()).collect()
}

fn owasp(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for identifier in
        value.list("identifiers").iter().filter(|one| one.text("type").eq_ignore_ascii_case("owasp"))
    {
        let code = identifier.words("value");
        let code = code.split(" - ").next().unwrap_or_default().trim().to_owned();
        if !code.is_empty() && !all.contains(&code) {
            all.push(code);
        }
    }
    all
}

fn prints(value: &Value) -> Vec<ToolPrint> {
    let mut prints = Vec::new();
    let mut add = |name: String, value: &str| {
        if !value.is_empty() {
            prints.push(ToolPrint { name, value: value.to_owned() });
        }
    };
    for signature in value.list("tracking.items").iter().flat_map(|item| item.list("signatures")) {
        add(format!("tracking/{}", signature.text("algorithm")), signature.text("value"));
    }
    add("id".to_owned(), value.text("id"));
    add("cve".to_owned(), value.text("cve"));
    prints
}

fn notes(value: &Value) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["location.start_line", "location.end_line"]);
    note(&mut notes, "solution", value.text("solution"));
    for flag in value.list("flags") {
        let (sort, origin, why) = (flag.text("type"), flag.text("origin"), flag.text("description"));
        let parts: Vec<&str> = [sort, origin, why].into_iter().filter(|part| !part.is_empty()).collect();
        note(&mut notes, "flag", parts.join(": "));
    }
    note(&mut notes, "image", value.text("location.image"));
    note(&mut notes, "operating system", value.text("location.operating_system"));
    note(&mut notes, "commit", value.text("location.commit.sha"));
    note(&mut notes, "committed", value.text("location.commit.date"));
    note(&mut notes, "author", value.text("location.commit.author"));
    for link in value.list("links") {
        note(&mut notes, "reference", link.text("url"));
    }
    for identifier in value.list("identifiers").iter().skip(1) {
        let sort = identifier.text("type").to_ascii_lowercase();
        if sort != "cwe" && sort != "owasp" {
            note(&mut notes, "identifier", identifier.text("name"));
        }
    }
    notes
}
