//! The second pass: from one result to one claim.

use super::budget::Budget;
use super::grade::{self, Grade};
use super::head::Run;
use super::message::{self, Strings};
use super::objects::{
    FixObject, Location, Message, PhysicalLocation, ResultObject, SuppressionObject, ThreadFlowLocation,
};
use super::own;
use super::package;
use super::paths::Paths;
use super::place::{self, Logical};
use super::rules::{Rule, Rules};
use super::wire::{Int, Many, One, Prop};
use crate::domain::{
    Baseline, Claim, Columns, Cwe, Edit, Fix, Kind, Place, Point, Severity, Step, Suppression,
    SuppressionSource, ToolPrint,
};
use crate::ingest::read::secret;

/// A note longer than this is cut; the claim's own bytes still hold it.
const NOTE: usize = 2000;
/// How many properties become notes.
const NOTES: usize = 40;
/// Properties that are said elsewhere in a claim.
const SAID: [&str; 26] = [
    own::CLAIM,
    "assize/case",
    "assize/state",
    "assize/verdict",
    "security-severity",
    "issue_severity",
    "issue_confidence",
    "severity",
    "confidence",
    "precision",
    "cwe",
    "CWE",
    "cwes",
    "purl",
    "purls",
    "offender",
    "secret",
    "Secret",
    "match",
    "raw",
    "problem.severity",
    "problem.severityLevel",
    "isAutofixable",
    "priorityScoreFactors",
    "issue_tags",
    "github/alertNumber",
];

/// What a claim says of itself where its budget did not reach.
pub(super) const CUT: &str = "it refers to more than a claim may hold; what comes after that of its messages, places and steps was left out";

/// What became of a result.
#[expect(clippy::large_enum_variant, reason = "nearly all are claims, and a box is one more allocation each")]
pub(super) enum Outcome {
    /// It claims a weakness; whether some of what it says was left out.
    Claim(Claim, bool),
    /// It claims none.
    Aside(String),
    /// It says too little.
    Unreadable(&'static str),
}

/// What turning locations into places asks of the run, and the message strings in force.
struct Scene<'r> {
    paths: &'r mut Paths,
    logical: &'r [Logical],
    flows: &'r [Box<[u8]>],
    columns: Columns,
    tables: [&'r Strings; 2],
    budget: Budget,
}

/// Reads a result that is written in so many bytes.
pub(super) fn read(run: &mut Run, result: &ResultObject<'_>, bytes: usize) -> Outcome {
    static NO_STRINGS: Strings = Strings::new();
    let Run { head, columns, paths, rules, logical, flows, .. } = run;
    let tool = head.tool.as_str();
    if let Some(why) = aside(result) {
        return Outcome::Aside(why);
    }
    if let Some(claim) = own::read(result) {
        return Outcome::Claim(claim, false);
    }
    let mut rule = rules.of_result(result);
    let strings = rule.map_or(&NO_STRINGS, |rule| &rule.strings);
    let tables = [strings, &rules.driver.strings];
    let budget = Budget::of(bytes);
    let mut scene = Scene { paths, logical, flows, columns: *columns, tables, budget };
    let message = scene.said(&result.message);

    let mut id: &str = match (&*result.rule_id, &*result.rule.id) {
        ("", "") => rule.map_or("", |rule| &rule.id),
        ("", id) | (id, _) => id,
    };
    let named;
    if id.is_empty()
        && let Some(start) = message.strip_suffix(" secret detected")
    {
        // Gitleaks 7 names its rule in the message alone.
        named = start.to_owned();
        rule = rules.by_id(&named);
        id = &named;
    }
    if id.is_empty() && message.is_empty() {
        return Outcome::Unreadable("neither `ruleId` nor `message`");
    }
    let id = if id.is_empty() { "unknown" } else { id };
    if rule.map_or_else(|| package::is_licence(tool, id, &[]), |rule| rule.licence) {
        return Outcome::Aside("a licence, which is no weakness".to_owned());
    }
    let kind = rule.map_or_else(|| package::kind(tool, id, "", &[], &[]), |rule| rule.kind);

    let Grade { severity, words, score } = graded(result, rule);
    let (mut first, mut more): (Option<Place>, Vec<Place>) = (None, Vec::new());
    let mut scopes = Vec::new();
    for location in result.locations.iter() {
        let Some((place, names)) = scene.place(location) else { break };
        match (&first, place) {
            (_, None) => {}
            (None, place) => first = place,
            (Some(_), Some(place)) => more.push(place),
        }
        scopes.extend(names);
    }
    if first.is_none() {
        let path = scene.paths.of(&result.analysis_target);
        first = (!path.is_empty()).then(|| Place { columns: scene.columns, ..Place::file(path) });
    }
    let mut notes = notes(result, &message);
    if first.is_none() {
        notes.extend(scopes.iter().map(|name| ("scope".to_owned(), name.clone())));
    }
    let mut dependency = None;
    let mut scores = Vec::new();
    match kind {
        Kind::Dependency => {
            for place in first.iter_mut().chain(&mut more) {
                // A manifest or an archive has no line of its own: scanners write 1 because SARIF wants one.
                if place.start.line == 1 && place.end.line <= 1 {
                    *place = Place::file(std::mem::take(&mut place.path));
                }
            }
            dependency = Some(package::dependency(result, rule, &message, &scopes));
            scores = package::score(score);
        }
        Kind::Code | Kind::Configuration | Kind::Secret => {}
    }
    if tool == "bandit" {
        for place in first.iter_mut().chain(&mut more).filter(|place| place.end.line > place.start.line) {
            // Its writer gives the second line of a statement for the last, and the last one's column.
            place.end = Point::default();
        }
    }
    let mut claim = Claim {
        rule: package::advisory_of(kind, id).to_owned(),
        kind,
        severity,
        severity_words: words,
        confidence: grade::confidence(&result.properties).or(rule.and_then(|rule| rule.confidence)),
        scores,
        cwes: cwes(result, rule, rules, &message),
        owasp: owasp(result, rule),
        place: first,
        more_places: more,
        related: scene.steps(&result.related_locations),
        traces: scene.traces(result),
        // Semgrep's replace the match by whole lines and break the code.
        fixes: if matches!(tool, "semgrep" | "opengrep") { Vec::new() } else { scene.fixes(result) },
        prints: if tool == "gitleaks" { Vec::new() } else { prints(result) },
        suppression: suppression(result),
        baseline: baseline(&result.baseline_state),
        dependency,
        notes,
        message,
        ..Claim::default()
    };
    if kind == Kind::Secret {
        let known =
            package::secret(result).or_else(|| secret::told(&claim.message)).unwrap_or_default().to_owned();
        secret::hide(&mut claim, &known, !package::finds_secrets(tool));
    }
    let is_cut = scene.budget.is_cut();
    if is_cut {
        claim.notes.push(("cut".to_owned(), CUT.to_owned()));
    }
    Outcome::Claim(claim, is_cut)
}

impl Scene<'_> {
    fn said(&mut self, message: &Message<'_>) -> String {
        let (text, is_whole) = message::plain(message, &self.tables, self.budget.left());
        if !(is_whole && self.budget.take(text.len())) {
            self.budget.cut();
        }
        text
    }

    /// The place of a location, and the names around it; without a path there is no place. `None` where the claim's
    /// budget is spent.
    fn place(&mut self, location: &Location<'_>) -> Option<(Option<Place>, Vec<String>)> {
        let physical: &PhysicalLocation<'_> = &location.physical_location;
        let path = self.paths.of(&physical.artifact_location);
        let names = if location.logical_locations.is_empty() {
            Vec::new()
        } else {
            place::scopes(&location.logical_locations, self.logical, &mut self.budget)
        };
        if path.is_empty() {
            return self.budget.take(0).then_some((None, names));
        }
        let mut place = place::place(path, physical, self.columns);
        if let Some(name) = names.first() {
            place.scope.clone_from(name);
        }
        let bytes = place.path.len() + place.snippet.len() + place.context.len();
        self.budget.take(bytes).then_some((Some(place), names))
    }

    fn steps(&mut self, locations: &Many<One<Location<'_>>>) -> Vec<Step> {
        let mut steps = Vec::new();
        for location in locations.iter() {
            if self.budget.is_cut() {
                break;
            }
            steps.extend(self.step(location));
        }
        steps
    }

    fn step(&mut self, location: &Location<'_>) -> Option<Step> {
        let place = self.place(location)?.0?;
        Some(Step { place, message: self.said(&location.message) })
    }

    fn traces(&mut self, result: &ResultObject<'_>) -> Vec<Vec<Step>> {
        let mut traces = Vec::new();
        for flow in result.code_flows.iter().flat_map(|code| code.thread_flows.iter()) {
            let mut trace = Vec::with_capacity(flow.locations.len().min(64));
            for entry in flow.locations.iter() {
                if self.budget.is_cut() {
                    break;
                }
                let step = match self.step(&entry.location) {
                    None => entry.index.index().and_then(|index| self.shared_step(index)),
                    step => step,
                };
                trace.extend(step);
            }
            if !trace.is_empty() {
                traces.push(trace);
            }
        }
        traces
    }

    /// A step that stands in the run's own list.
    fn shared_step(&mut self, index: usize) -> Option<Step> {
        let bytes = self.flows.get(index)?;
        if !self.budget.take_step(bytes.len()) {
            return None;
        }
        let entry: One<ThreadFlowLocation<'_>> = serde_json::from_slice(bytes).ok()?;
        self.step(&entry.location)
    }

    fn fixes(&mut self, result: &ResultObject<'_>) -> Vec<Fix> {
        result.fixes.iter().filter_map(|fix| self.fix(fix)).collect()
    }

    /// A fix whose edits can all be told; the edits belong together, so that one of them missing spoils it.
    fn fix(&mut self, fix: &FixObject<'_>) -> Option<Fix> {
        let mut edits = Vec::new();
        for change in fix.artifact_changes.iter() {
            let path = self.paths.of(&change.artifact_location);
            for replacement in change.replacements.iter() {
                let inserted = &replacement.inserted_content;
                let place = place::bare(path.clone(), &replacement.deleted_region, self.columns);
                let binary = inserted.text.is_empty() && !inserted.binary.is_empty();
                let fits = self.budget.take(path.len() + inserted.text.len());
                if path.is_empty() || place.start.line == 0 || binary || !fits {
                    return None;
                }
                edits.push(Edit { place, text: inserted.text.to_string() });
            }
        }
        let description = self.said(&fix.description);
        (!edits.is_empty()).then_some(Fix { description, edits })
    }
}

/// Why a result claims no weakness.
fn aside(result: &ResultObject<'_>) -> Option<String> {
    let kind: &str = &result.kind;
    if matches!(kind, "pass" | "notApplicable" | "informational") {
        return Some(format!("its kind is {kind}"));
    }
    (&*result.baseline_state == "absent").then(|| "absent: no longer found by the tool".to_owned())
}

/// The severity, by the order that `About` gives.
fn graded(result: &ResultObject<'_>, rule: Option<&Rule>) -> Grade {
    let bag = &result.properties;
    let own = if bag.0.is_empty() { None } else { grade::security(bag) };
    own.or_else(|| rule?.security.clone())
        .or_else(|| grade::words(bag))
        .or_else(|| rule?.words.clone())
        .or_else(|| if result.level.is_empty() { None } else { grade::level(&result.level) })
        .or_else(|| rule?.level.clone())
        .unwrap_or_else(|| Grade {
            severity: Severity::Medium,
            words: "warning, the format's default".to_owned(),
            score: None,
        })
}

fn cwes(result: &ResultObject<'_>, rule: Option<&Rule>, rules: &Rules, message: &str) -> Vec<Cwe> {
    let mut cwes = Vec::new();
    for taxon in result.taxa.iter() {
        grade::add(rules.weakness(taxon), &mut cwes);
    }
    if !result.properties.0.is_empty() {
        grade::cwes_of_bag(&result.properties, &mut cwes);
    }
    for cwe in rule.map_or(&[][..], |rule| &rule.cwes) {
        if cwes.len() < grade::CLASSES && !cwes.contains(cwe) {
            cwes.push(*cwe);
        }
    }
    if cwes.is_empty() {
        grade::cwes_of_text(message, &mut cwes);
    }
    cwes
}

fn owasp(result: &ResultObject<'_>, rule: Option<&Rule>) -> Vec<String> {
    let mut all = if result.properties.0.is_empty() { Vec::new() } else { grade::owasp(&result.properties) };
    for category in rule.map_or(&[][..], |rule| &rule.owasp) {
        if all.len() < grade::CLASSES && !all.contains(category) {
            all.push(category.clone());
        }
    }
    all
}

/// The identities that the tool gave, without those that identify something else: a file, a column, nothing.
fn prints(result: &ResultObject<'_>) -> Vec<ToolPrint> {
    let mut prints = Vec::new();
    for (name, value) in result.fingerprints.0.iter().chain(&result.partial_fingerprints.0) {
        let value = value.text();
        let name: &str = name;
        if value.is_empty()
            || value == "requires login"
            || name == "primaryLocationStartColumnFingerprint"
            || name.contains("FileHash")
        {
            continue;
        }
        prints.push(ToolPrint { name: name.to_owned(), value: value.to_owned() });
    }
    if !result.correlation_guid.is_empty() {
        let value = result.correlation_guid.to_string();
        prints.push(ToolPrint { name: "correlationGuid".to_owned(), value });
    }
    prints
}

/// Silenced, unless one of the suppressions still waits or was refused (section 3.27.23).
pub(super) fn suppression(result: &ResultObject<'_>) -> Option<Suppression> {
    let all = &result.suppressions;
    if all.is_empty() || all.iter().any(|one| pending(one)) {
        return None;
    }
    let in_code = all.iter().any(|one| &*one.kind == "inSource");
    let why = all.iter().find(|one| !one.justification.is_empty());
    Some(Suppression {
        source: if in_code { SuppressionSource::Code } else { SuppressionSource::External },
        justification: why.map_or_else(String::new, |one| one.justification.to_string()),
    })
}

fn pending(suppression: &SuppressionObject<'_>) -> bool {
    let status = if suppression.status.is_empty() { &suppression.state } else { &suppression.status };
    matches!(&**status, "underReview" | "rejected")
}

fn baseline(state: &str) -> Option<Baseline> {
    Some(match state {
        "new" => Baseline::New,
        "unchanged" => Baseline::Unchanged,
        "updated" => Baseline::Updated,
        "absent" => Baseline::Absent,
        _ => return None,
    })
}

/// What else an analyst may want to see.
fn notes(result: &ResultObject<'_>, message: &str) -> Vec<(String, String)> {
    let mut notes: Vec<(String, String)> = Vec::new();
    let mut note = |name: &str, text: &str| {
        let text = text.trim();
        if !text.is_empty() && text != message && notes.len() < NOTES {
            let cut = text.char_indices().nth(NOTE).and_then(|(at, _)| text.get(..at));
            notes.push((name.to_owned(), cut.unwrap_or(text).to_owned()));
        }
    };
    if !matches!(&*result.kind, "" | "fail") {
        note("kind", &result.kind);
    }
    note("rank", &result.rank);
    if let Some(location) = result.locations.first() {
        let region = &location.physical_location.region;
        for line in [region.start_line, region.end_line].into_iter().filter_map(Int::no_line) {
            note("line", &format!("line {line} is not possible"));
        }
        // A place counts lines, which such a region does not.
        if region.start_line.count() == 0 {
            if let Some(offset) = region.char_offset.index() {
                note("offset", &format!("character {offset}"));
            } else if let Some(offset) = region.byte_offset.index() {
                note("offset", &format!("byte {offset}"));
            }
        }
    }
    note("viewer", &result.hosted_viewer_uri);
    for uri in result.work_item_uris.iter() {
        note("work item", uri);
    }
    if let Some(count) = result.occurrence_count.0.filter(|count| *count > 1) {
        note("occurrences", &count.to_string());
    }
    for suppression in result.suppressions.iter().filter(|one| pending(one)) {
        let status = if suppression.status.is_empty() { &suppression.state } else { &suppression.status };
        note("suppression", &format!("{}: {}", &**status, &*suppression.justification));
    }
    for (key, value) in &result.properties.0 {
        match value {
            _ if SAID.contains(&&**key) => {}
            Prop::Text(text) => note(key, text),
            Prop::List(list) => note(key, &list.join(", ")),
            Prop::Nested(_) | Prop::Nothing => {}
        }
    }
    notes
}
