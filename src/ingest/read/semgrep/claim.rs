//! One result of Semgrep's as a claim.

use serde_json::Value;

use super::super::advisory::{dependency, first_known};
use super::super::element::{Reading, note, note_lines};
use super::super::secret::hide;
use super::SEVERITY;
use super::trace::{region, steps};
use crate::domain::{
    Claim, Confidence, Cwe, Dependency, Edit, Fix, Kind, Place, Point, Rule, Step, Suppression,
    SuppressionSource, ToolPrint,
};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::grade;
use crate::text::byte_as_read;

/// What stands where a field needs an account.
const WITHHELD: &str = "requires login";
/// Categories of rules that look for other things than weaknesses.
const QUALITY: &[&str] = &[
    "best-practice",
    "best-practices",
    "caching",
    "compatibility",
    "correctness",
    "maintainability",
    "performance",
    "portability",
    "style",
];

pub(super) fn rule(value: &Value) -> Rule {
    let id = value.text("check_id");
    let meta = value.at("extra.metadata");
    Rule {
        id: id.to_owned(),
        title: title(id),
        // The message of a result may quote code; it is the only description there is.
        help: String::new(),
        link: [meta.text("source"), meta.text("shortlink"), meta.text("source-rule-url")]
            .into_iter()
            .find(|link| !link.is_empty())
            .unwrap_or_default()
            .to_owned(),
        cwes: cwes(meta),
    }
}

/// `python.lang.security.audit.dangerous-subprocess-use` as words: the last part, which says what it is.
fn title(id: &str) -> String {
    id.rsplit('.').next().unwrap_or_default().replace(['-', '_'], " ")
}

fn cwes(meta: &Value) -> Vec<Cwe> {
    let mut all = Vec::new();
    let given = meta.at("cwe");
    let single = given.is_number().then(|| given.to_string());
    for cwe in meta.texts("cwe").iter().chain(&single).flat_map(|text| Cwe::all_in(text)) {
        if !all.contains(&cwe) {
            all.push(cwe);
        }
    }
    all
}

/// Reads one element of `results`.
pub(super) fn reading(value: &Value) -> Reading {
    let extra = value.at("extra");
    let meta = extra.at("metadata");
    let rule = value.text("check_id");
    if rule.is_empty() {
        return Reading::wrong("no `check_id`");
    }
    let words = extra.text("severity");
    if words.eq_ignore_ascii_case("inventory") {
        return Reading::aside("an inventory rule, which lists what is there");
    }
    let category = category(rule, meta);
    let cwes = cwes(meta);
    if cwes.is_empty() && QUALITY.contains(&category.as_str()) {
        return Reading::aside(format!("a rule about {category}, not security"));
    }
    let mut place = region(value);
    if place.path.is_empty() {
        return Reading::names_no_code("no `path`");
    }
    quote(&mut place, extra.text("lines"));
    place.scope = scope(extra.list("enclosing_context"));

    let fingerprint = extra.words("fingerprint");
    let print = ToolPrint { name: "matchBasedId/v1".to_owned(), value: fingerprint };
    let trace = steps(extra.at("dataflow_trace"));
    let fix = extra.at("fix").as_str().map(|text| Fix {
        description: String::new(),
        edits: vec![Edit { place: bare(&place), text: text.to_owned() }],
    });
    let mut claim = Claim {
        rule: rule.to_owned(),
        message: extra.text("message").to_owned(),
        severity: grade(SEVERITY, words).unwrap_or_default(),
        severity_words: words.to_owned(),
        confidence: Confidence::from_words(meta.text("confidence")),
        cwes,
        owasp: owasp(meta),
        traces: if trace.is_empty() { Vec::new() } else { vec![trace] },
        fixes: fix.into_iter().collect(),
        prints: if print.value.is_empty() || print.value == WITHHELD { Vec::new() } else { vec![print] },
        suppression: (extra.at("is_ignored") == &Value::Bool(true)).then(|| Suppression {
            source: SuppressionSource::Code,
            justification: extra.text("justification").to_owned(),
        }),
        notes: notes(value),
        ..Claim::default()
    };
    if extra.at("sca_info").is_object() {
        depend(&mut claim, extra, place);
    } else {
        claim.place = Some(place);
        if is_secret(extra) {
            hide(&mut claim, "", true);
        }
    }
    claim.into()
}

/// The rule's category. The registry keeps rules in a folder for each, so for a rule without metadata its id tells:
/// `python.lang.correctness.useless-eqeq`.
fn category(rule: &str, meta: &Value) -> String {
    let given = meta.text("category");
    if !given.is_empty() {
        return given.to_ascii_lowercase();
    }
    let mut folders: Vec<&str> = rule.split('.').collect();
    folders.pop();
    let quality = folders.iter().find(|folder| QUALITY.contains(*folder));
    quality.filter(|_| !folders.contains(&"security")).map_or(String::new(), |&folder| folder.to_owned())
}

/// Semgrep quotes whole lines; the region is cut out of them where the columns fit.
fn quote(place: &mut Place, lines: &str) {
    if lines.is_empty() || lines == WITHHELD {
        return;
    }
    place.context = lines.to_owned();
    place.context_line = place.start.line;
    place.snippet = cut(lines, place.start, place.end).unwrap_or_default().to_owned();
}

/// The text between two points of a quotation that begins on the line of `start`, columns in bytes of the file.
fn cut(lines: &str, start: Point, end: Point) -> Option<&str> {
    let last = usize::try_from(end.line.checked_sub(start.line)?).ok()?;
    let mut line_starts = std::iter::once(0).chain(lines.match_indices('\n').map(|(at, _)| at + 1));
    let last_start = line_starts.nth(last)?;
    let byte = |text, column: u32| byte_as_read(text, usize::try_from(column.checked_sub(1)?).ok()?);
    let from = byte(lines, start.column)?;
    let to = last_start + byte(lines.get(last_start..)?, end.column)?;
    lines.get(from..to)
}

/// A place without its quotations.
fn bare(place: &Place) -> Place {
    Place {
        path: place.path.clone(),
        start: place.start,
        end: place.end,
        columns: place.columns,
        ..Place::default()
    }
}

/// OpenGrep's `enclosing_context`, from the outermost inwards: `Shop.pay`.
fn scope(elements: &[Value]) -> String {
    let names: Vec<&str> =
        elements.iter().map(|element| element.text("name")).filter(|name| !name.is_empty()).collect();
    names.join(".")
}

/// `A03:2021 - Injection` as `A03:2021`; what begins otherwise as it stands.
fn owasp(meta: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for text in meta.texts("owasp") {
        let code = text.split([' ', ',']).next().unwrap_or_default();
        let year = code.split_once(':').map(|(_, year)| year).unwrap_or_default();
        let known = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let code = if known { code.to_ascii_uppercase() } else { text.trim().to_owned() };
        if !code.is_empty() && !all.contains(&code) {
            all.push(code);
        }
    }
    all
}

fn notes(value: &Value) -> Vec<(String, String)> {
    let extra = value.at("extra");
    let meta = extra.at("metadata");
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["start.line", "end.line"]);
    for key in ["likelihood", "impact", "category"] {
        note(&mut notes, key, meta.text(key));
    }
    for link in meta.texts("references") {
        note(&mut notes, "reference", link);
    }
    note(&mut notes, "fix regex", extra.text("fix_regex.regex"));
    note(&mut notes, "fix replacement", extra.text("fix_regex.replacement"));
    let state = extra.text("validation_state");
    if state != "NO_VALIDATOR" {
        note(&mut notes, "validation", state.to_ascii_lowercase().replace('_', " "));
    }
    note(&mut notes, "commit", extra.text("historical_info.git_commit"));
    note(&mut notes, "committed", extra.text("historical_info.git_commit_timestamp"));
    // `["PRO_REQUIRED", {…}]` where only the commercial engine could find it.
    let engine = extra.at("engine_kind");
    let engine = engine.as_array().and_then(|variant| variant.first()).unwrap_or(engine);
    note(&mut notes, "engine", engine.as_str().unwrap_or_default());
    for (name, value) in extra.at("metavars").as_object().into_iter().flatten() {
        let propagated = value.text("propagated_value.svalue_abstract_content");
        let content = if propagated.is_empty() { value.text("abstract_content") } else { propagated };
        note(&mut notes, name, content);
    }
    notes
}

/// Semgrep marks its secrets product only by the validators' answer; what the public rules are named tells for all tools
/// alike.
fn is_secret(extra: &Value) -> bool {
    let state = extra.text("validation_state");
    !state.is_empty() && state != "NO_VALIDATOR"
        || extra.texts("metadata.technology").iter().any(|technology| technology == "secrets")
        || !extra.text("metadata.secret_type").is_empty()
}

/// Makes it a claim about a dependency. The result's own place is a use of the package in the code when Semgrep
/// found it reachable, and a line of the lock file when not.
fn depend(claim: &mut Claim, extra: &Value, place: Place) {
    let meta = extra.at("metadata");
    let found = extra.at("sca_info.dependency_match.found_dependency");
    let pattern = extra.at("sca_info.dependency_match.dependency_pattern");
    let lockfile = [
        found.text("lockfile_path"),
        extra.text("sca_info.dependency_match.lockfile"),
        found.text("manifest_path"),
    ]
    .into_iter()
    .find(|file| !file.is_empty());
    let name = [found.text("package"), pattern.text("package")].into_iter().find(|name| !name.is_empty());
    let name = name.unwrap_or_default();
    let system = first_known([found.text("ecosystem"), pattern.text("ecosystem")]);
    let version = found.words("version");
    claim.kind = Kind::Dependency;
    claim.dependency = Some(Dependency {
        // `[{"grpc": "1.53.0"}, …]`, one for each package that the advisory is about.
        fixed: meta
            .list("sca-fix-versions")
            .iter()
            .filter_map(|fix| fix.get(name)?.as_str().map(str::to_owned))
            .collect(),
        aliases: aliases(meta),
        ..dependency(system, name, &version, "")
    });
    let line = found.count("line_number");
    claim.place = match lockfile.map(path::tidy) {
        Some(file) if file != place.path => {
            claim.related.push(Step { place, message: "uses the package".to_owned() });
            Some(if line > 0 { Place::lines(file, line, line) } else { Place::file(file) })
        }
        _ => Some(place),
    };
    let reachable = extra.at("sca_info.reachable").as_bool();
    note(
        &mut claim.notes,
        "reachable",
        reachable.map_or("", |yes| if yes { "yes" } else { "not found to be" }),
    );
    note(&mut claim.notes, "reachable if", meta.text("sca-reachable-if"));
    note(&mut claim.notes, "transitivity", found.text("transitivity"));
    note(&mut claim.notes, "affected", pattern.text("semver_range"));
}

/// CVE and GHSA ids, from the field for them and from the links.
fn aliases(meta: &Value) -> Vec<String> {
    let mut all = meta.texts("sca-vuln-database-identifier");
    for link in meta.texts("references") {
        let last = link.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if (last.starts_with("GHSA-") || last.starts_with("CVE-")) && !all.iter().any(|known| known == last) {
            all.push(last.to_owned());
        }
    }
    all
}
