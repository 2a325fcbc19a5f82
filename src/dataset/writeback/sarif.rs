//! SARIF 2.1.0 of everything that tools told of a project, with what people decided of it.
//!
//! A result stands as its tool told it, in the format's own places for whoever reads SARIF. What the format has no place
//! for, or what other readers could not tell from it, is in the property [`CLAIM`], which the importer reads back: a claim
//! that went out comes back the same. What people decided is in `suppressions`, after section 3.27.23 in all results or none.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::ruling::{Ruling, Silence};
use crate::domain::{
    Baseline, CaseId, Claim, Columns, FindingId, Fix, Place, Severity, Step, SuppressionSource,
};
use crate::text::byte_in;

/// The property that holds the whole claim, as JSON in a text.
const CLAIM: &str = "assize/claim";

/// A tool's part of a project.
#[derive(Debug, Clone, Default)]
pub struct ToolRun {
    /// The tool.
    pub tool: String,
    /// Its version in its newest run.
    pub version: String,
    /// The project.
    pub project: String,
    /// The address of the project's repository; empty where it is not known.
    pub remote: String,
    /// The revision that was scanned last; empty where it is not known.
    pub revision: String,
    /// The branch.
    pub branch: String,
    /// The rules that have results.
    pub rules: Vec<ToolRule>,
}

/// A rule as its tool tells of it.
#[derive(Debug, Clone, Default)]
pub struct ToolRule {
    /// Its name.
    pub name: String,
    /// A few words.
    pub title: String,
    /// What it looks for.
    pub help: String,
    /// Where to read on.
    pub link: String,
}

/// A finding as it is written.
#[derive(Debug)]
pub struct ToolResult<'a> {
    /// What its tool said, its paths those of the project.
    pub claim: &'a Claim,
    /// The finding.
    pub finding: FindingId,
    /// Which of the run's rules it breaks.
    pub rule: Option<usize>,
    /// How it stands against the tool's run before; `None` where there was none.
    pub baseline: Option<Baseline>,
    /// What stands of its case.
    pub ruling: &'a Ruling,
}

/// Writes a log, result after result.
#[derive(Debug)]
pub struct SarifWriter<W: Write> {
    out: W,
    runs: u64,
    results: u64,
}

impl<W: Write> SarifWriter<W> {
    /// Begins a log.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(
            b"{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json\",\
              \"version\":\"2.1.0\",\"runs\":[",
        )?;
        Ok(Self { out, runs: 0, results: 0 })
    }

    /// Begins a run; the one before is ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn run(&mut self, run: &ToolRun) -> io::Result<()> {
        self.end_run()?;
        if self.runs > 0 {
            self.out.write_all(b",")?;
        }
        self.runs += 1;
        self.results = 0;
        let rules: Vec<Value> = run.rules.iter().map(rule).collect();
        let mut driver = json!({"name": run.tool, "rules": rules});
        put(&mut driver, "version", run.version.as_str());
        let mut head = json!({
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "automationDetails": {"id": format!("assize/{}/{}", run.project, run.tool)},
            "taxonomies": [{"name": "CWE", "organization": "MITRE"}],
        });
        if !run.revision.is_empty() {
            // The format asks for an address beside the revision.
            let address = if run.remote.contains("://") {
                run.remote.clone()
            } else {
                format!("urn:assize:project:{}", uri(&run.project))
            };
            let mut details = json!({"repositoryUri": address, "revisionId": run.revision});
            put(&mut details, "branch", run.branch.as_str());
            if let Some(head) = head.as_object_mut() {
                head.insert("versionControlProvenance".into(), json!([details]));
            }
        }
        let text = serde_json::to_string(&head)?;
        self.out.write_all(text.strip_suffix('}').unwrap_or(&text).as_bytes())?;
        self.out.write_all(b",\"results\":[")
    }

    /// Writes a result of the run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn result(&mut self, result: &ToolResult<'_>) -> io::Result<()> {
        self.out.write_all(if self.results > 0 { b",\n" } else { b"\n" })?;
        self.results += 1;
        serde_json::to_writer(&mut self.out, &written(result))?;
        Ok(())
    }

    fn end_run(&mut self) -> io::Result<()> {
        if self.runs > 0 { self.out.write_all(b"]}") } else { Ok(()) }
    }

    /// Ends the log.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_run()?;
        self.out.write_all(b"]}\n")?;
        self.out.flush()
    }
}

fn rule(rule: &ToolRule) -> Value {
    let mut written = json!({"id": rule.name});
    for (name, text) in [("shortDescription", &rule.title), ("help", &rule.help)] {
        if let Some(written) = written.as_object_mut()
            && !text.is_empty()
        {
            written.insert(name.into(), json!({"text": text}));
        }
    }
    if rule.link.contains("://") {
        put(&mut written, "helpUri", rule.link.as_str());
    }
    written
}

/// Adds a text that is there.
fn put(to: &mut Value, name: &str, text: &str) {
    if let Some(to) = to.as_object_mut()
        && !text.is_empty()
    {
        to.insert(name.into(), text.into());
    }
}

fn written(result: &ToolResult<'_>) -> Value {
    let claim = result.claim;
    let said = [claim.message.as_str(), claim.title.as_str(), claim.rule.as_str()];
    let message = said.into_iter().find(|text| !text.trim().is_empty()).unwrap_or("a finding");
    let level = match claim.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    };
    let mut all = Map::new();
    let mut add = |name: &str, value: Value| {
        all.insert(name.to_owned(), value);
    };
    add("ruleId", claim.rule.as_str().into());
    if let Some(rule) = result.rule {
        add("ruleIndex", rule.into());
    }
    add("level", level.into());
    add("message", json!({"text": message}));
    let places = claim.place.iter().chain(&claim.more_places);
    add("locations", places.map(|place| location(place, "")).collect());
    if !claim.related.is_empty() {
        add("relatedLocations", claim.related.iter().map(step).collect());
    }
    let traces = claim.traces.iter().filter(|trace| !trace.is_empty());
    let flows: Vec<Value> = traces
        .map(|trace| {
            let steps: Vec<Value> = trace.iter().map(|at| json!({"location": step(at)})).collect();
            json!({"threadFlows": [{"locations": steps}]})
        })
        .collect();
    if !flows.is_empty() {
        add("codeFlows", flows.into());
    }
    let fixes: Vec<Value> = claim.fixes.iter().filter_map(fix).collect();
    if !fixes.is_empty() {
        add("fixes", fixes.into());
    }
    let mut prints = Map::new();
    for print in claim.prints.iter().filter(|print| !print.name.is_empty()) {
        prints.entry(print.name.as_str()).or_insert_with(|| print.value.as_str().into());
    }
    prints.insert("assize/finding".into(), json!(result.finding));
    add("partialFingerprints", prints.into());
    let taxa: Vec<Value> = claim
        .cwes
        .iter()
        .map(|cwe| json!({"id": cwe.0.to_string(), "toolComponent": {"name": "CWE"}}))
        .collect();
    if !taxa.is_empty() {
        add("taxa", taxa.into());
    }
    add("suppressions", suppressions(claim, result.ruling));
    if let Some(baseline) = result.baseline {
        add("baselineState", baseline.word().into());
    }
    add("properties", properties(claim, result.ruling));
    all.into()
}

/// What silences a result: its tool's own word, and what people decided.
fn suppressions(claim: &Claim, ruling: &Ruling) -> Value {
    let silence = ruling.silence();
    let mut all = Vec::new();
    if let Some(own) = &claim.suppression {
        let kind = if own.source == SuppressionSource::Code { "inSource" } else { "external" };
        let status = if silence == Some(Silence::Refused) { "rejected" } else { "accepted" };
        let mut suppression = json!({"kind": kind, "status": status});
        put(&mut suppression, "justification", &own.justification);
        all.push(suppression);
    }
    let status = match silence {
        Some(Silence::Accepted) => "accepted",
        Some(Silence::UnderReview) => "underReview",
        Some(Silence::Refused) | None => return all.into(),
    };
    let mut properties = json!({"reviewers": ruling.reviewers});
    if ruling.decided > 0 {
        put(&mut properties, "decided", &super::moment(ruling.decided));
    }
    put(&mut properties, "reason", ruling.reason.map_or("", |reason| reason.word()));
    put(&mut properties, "until", &ruling.until.map(|day| day.to_string()).unwrap_or_default());
    put(&mut properties, "entry", &ruling.entry.map(|entry| entry.to_string()).unwrap_or_default());
    all.push(json!({
        "kind": "external", "status": status, "justification": ruling.words(), "properties": properties,
    }));
    all.into()
}

fn properties(claim: &Claim, ruling: &Ruling) -> Value {
    let mut all = json!({CLAIM: folded(claim), "assize/state": ruling.state.word()});
    if ruling.case != CaseId::default() {
        put(&mut all, "assize/case", &ruling.case.to_string());
    }
    put(&mut all, "assize/verdict", ruling.verdict.map_or("", |verdict| verdict.word()));
    all
}

/// The claim as JSON without what is empty.
fn folded(claim: &Claim) -> String {
    let mut whole = serde_json::to_value(claim).unwrap_or_default();
    // A verdict may silence it by now, so that the suppressions say it, and the baseline is another's.
    if let Some(whole) = whole.as_object_mut() {
        whole.remove("suppression");
    }
    strip(&mut whole);
    whole.to_string()
}

/// Takes out what reads back as its default.
fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(strip);
            members.retain(|_, value| match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(all) => !all.is_empty(),
                Value::Object(all) => !all.is_empty(),
                Value::Number(number) => number.as_u64() != Some(0),
                Value::Bool(_) => true,
            });
        }
        Value::Array(all) => all.iter_mut().for_each(strip),
        _ => {}
    }
}

fn step(step: &Step) -> Value {
    location(&step.place, &step.message)
}

fn location(place: &Place, message: &str) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&place.path)}});
    if let Some(physical) = physical.as_object_mut()
        && place.start.line > 0
    {
        let mut region = region(place);
        if let Some(region) = region.as_object_mut()
            && !place.snippet.is_empty()
        {
            region.insert("snippet".into(), json!({"text": place.snippet}));
        }
        physical.insert("region".into(), region);
        if !place.context.is_empty() && place.context_line > 0 {
            let context = json!({"startLine": place.context_line, "snippet": {"text": place.context}});
            physical.insert("contextRegion".into(), context);
        }
    }
    let mut all = json!({"physicalLocation": physical});
    if let Some(all) = all.as_object_mut() {
        if !place.scope.is_empty() {
            all.insert("logicalLocations".into(), json!([{"fullyQualifiedName": place.scope}]));
        }
        if !message.is_empty() {
            all.insert("message".into(), json!({"text": message}));
        }
    }
    all
}

/// The lines of a place, and its columns as the log counts them where that can be told.
fn region(place: &Place) -> Value {
    let mut region = json!({"startLine": place.start.line});
    let end = place.end.line.max(place.start.line);
    let start = column(place, place.start.line, place.start.column);
    let last = column(place, end, place.end.column);
    if let Some(region) = region.as_object_mut() {
        region.insert("endLine".into(), end.into());
        if let Some(start) = start {
            region.insert("startColumn".into(), start.into());
            if let Some(last) = last.filter(|last| end > place.start.line || *last >= start) {
                region.insert("endColumn".into(), last.into());
            }
        }
    }
    region
}

/// A column in code points; `None` where there is none, or where its line is not at hand and columns differ on it.
fn column(place: &Place, line: u32, column: u32) -> Option<u32> {
    if column == 0 {
        return None;
    }
    if place.columns == Columns::Chars {
        return Some(column);
    }
    let at = line.checked_sub(place.context_line.max(1))? as usize;
    let text = if place.context.is_empty() || place.context_line == 0 {
        // A quotation begins at the region and not at its line.
        return (!place.snippet.is_empty()
            && place.snippet.is_ascii()
            && column == place.start.column
            && column == 1)
            .then_some(1);
    } else {
        place.context.lines().nth(at)?
    };
    let byte = byte_in(text, column, place.columns);
    let before = text.get(..byte)?.chars().count();
    u32::try_from(before).ok()?.checked_add(1)
}

fn fix(fix: &Fix) -> Option<Value> {
    let changes: Option<Vec<Value>> = fix
        .edits
        .iter()
        .map(|edit| {
            if edit.place.start.line == 0 || edit.place.path.is_empty() {
                return None;
            }
            let replacement =
                json!({"deletedRegion": exact(&edit.place)?, "insertedContent": {"text": edit.text}});
            Some(json!({"artifactLocation": {"uri": uri(&edit.place.path)}, "replacements": [replacement]}))
        })
        .collect();
    let changes = changes.filter(|changes| !changes.is_empty())?;
    let mut all = json!({"artifactChanges": changes});
    if let Some(all) = all.as_object_mut()
        && !fix.description.is_empty()
    {
        all.insert("description".into(), json!({"text": fix.description}));
    }
    Some(all)
}

/// The region of an edit; one whose columns cannot be told would replace more than it should.
fn exact(place: &Place) -> Option<Value> {
    let written = region(place);
    let told = |name: &str| written.get(name).is_some();
    let all =
        (place.start.column == 0 || told("startColumn")) && (place.end.column == 0 || told("endColumn"));
    all.then_some(written)
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests;
