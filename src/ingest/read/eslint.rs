//! ESLint's JSON: an array of files, each with its messages.
//!
//! ESLint is a style checker first. A message is a claim when its rule is about security; a rule of a plugin that is
//! not known counts as such, so that nothing of weight is lost. See [`rules`].

mod rules;
mod source;

use serde_json::{Value, json};

use self::source::Source;
use super::element::{Reading, each, note, note_lines};
use super::secret;
use crate::domain::{
    Claim, Columns, Edit, Fix, Place, Point, Rule, Severity, Suppression, SuppressionSource,
};
use crate::ingest::document::{Document, Shape, Top};
use crate::ingest::json::{Json, Raw};
use crate::ingest::look::Look;
use crate::ingest::path;
use crate::ingest::reader::{About, Failure, ReadError, Reader, RunHead, Scale, Sink, grade};

/// The reader.
pub(super) struct Eslint;

/// ESLint's numbers are a project's own setting for a rule, an error or a warning.
const SEVERITY: Scale = &[("2", Severity::High), ("1", Severity::Medium)];

/// The lists of a file's entry that hold messages.
const LISTS: [&str; 2] = ["messages", "suppressedMessages"];

static ABOUT: About = About {
    format: "eslint",
    tools: "ESLint (`-f json`)",
    claim: "an element of a file's `messages` or `suppressedMessages` whose rule is about security",
    aside: "messages without a rule (syntax errors, ignored files, unused directives); rules of ESLint itself and of \
            well-known plugins that are about quality or style",
    severity_from: "`severity`, a project's own setting: 2 error, 1 warning",
    severity: SEVERITY,
    cwe_from: "none",
    prints_from: "none",
};

impl Reader for Eslint {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        shape.top == Top::Array && shape.has("[].filePath") && shape.has("[].messages")
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut head = RunHead { tool: "eslint".into(), coverage_is_complete: true, ..RunHead::default() };
        let mut covered = Vec::new();
        let mut rules = std::collections::BTreeMap::new();
        let mut json = document.json()?;
        let is_list = json.array(|json, _| {
            let mut file = String::new();
            let mut unread = None;
            json.object(|json, key| {
                match key {
                    "filePath" => file = path::tidy(&json.words()?),
                    "messages" | "suppressedMessages" => {
                        json.array(|json, _| {
                            let message = json.value()?;
                            if let Some(trouble) = not_linted(&message) {
                                unread.get_or_insert(trouble);
                            }
                            let rule = message.text("ruleId");
                            if rules::is_about_security(rule)
                                && rules.len() < 1 << 16
                                && !rules.contains_key(rule)
                            {
                                rules.insert(rule.to_owned(), link(rule));
                            }
                            Ok(())
                        })?;
                    }
                    _ => {}
                }
                Ok(())
            })?;
            match unread {
                Some(trouble) => head.troubles.push(format!("{file}: {trouble}")),
                None if !file.is_empty() => covered.push(file),
                None => {}
            }
            Ok(())
        })?;
        json.finish()?;
        if !is_list {
            return Err(ReadError::Unsupported("is no list of files".into()));
        }
        sink.run(head)?;
        for (id, link) in rules {
            let title = id.rsplit('/').next().unwrap_or_default().replace('-', " ");
            sink.rule(Rule { id, title, link, ..Rule::default() })?;
        }
        for file in &covered {
            sink.covered(file)?;
        }
        document.json()?.array(|json, index| match json.raw()? {
            Some(raw) => read_file(raw, index, sink),
            None => {
                let odd = crate::ingest::json::too_large();
                sink.unreadable(&format_args!("[{index}]"), odd.failure, &odd.why, b"")
            }
        })?;
        Ok(())
    }
}

/// What kept ESLint from looking at a file; a file with this is not covered.
fn not_linted(message: &Value) -> Option<String> {
    let text = message.text("message");
    let ignored = message.at("ruleId").is_null() && text.starts_with("File ignored");
    (message.at("fatal") == &Value::Bool(true) || ignored).then(|| text.to_owned())
}

fn link(rule: &str) -> String {
    match rule.strip_prefix("security/") {
        Some(name) => format!(
            "https://github.com/eslint-community/eslint-plugin-security/blob/main/docs/rules/{name}.md"
        ),
        None if !rule.contains('/') => format!("https://eslint.org/docs/latest/rules/{rule}"),
        None => String::new(),
    }
}

/// Reads one file's entry. It is walked twice, because the source stands behind the messages that need it.
fn read_file(raw: Raw<'_>, index: usize, sink: &mut dyn Sink) -> Result<(), ReadError> {
    // Checked first: an error from the walks below would count its lines from the entry's beginning.
    if let Err(odd) = raw.parse::<serde::de::IgnoredAny>()? {
        return sink.unreadable(&format_args!("[{index}]"), odd.failure, &odd.why, raw.bytes());
    }
    let mut file = String::new();
    let mut text = String::new();
    let mut is_entry = false;
    Json::new(Box::new(raw.bytes())).object(|json, key| {
        match key {
            "filePath" => file = json.words()?,
            "messages" => is_entry = true,
            // `output` is the text after `--fix`, and what is left is about that.
            "source" | "output" => text = json.words()?,
            _ => {}
        }
        Ok(())
    })?;
    if !is_entry {
        return sink.unreadable(
            &format_args!("[{index}]"),
            Failure::WrongShape,
            "no `messages`",
            raw.bytes(),
        );
    }
    let path = path::tidy(&file);
    let source = Source::new(&text);
    Json::new(Box::new(raw.bytes())).object(|json, key| {
        if !LISTS.contains(&key) {
            return Ok(());
        }
        let list = format!("[{index}].{key}");
        each(json, sink, &list, |sink, at, raw, value| {
            // A message does not say which file it is about: it is kept inside an entry like the one it came from.
            let message = String::from_utf8_lossy(raw);
            let around = format!("[{{\"filePath\":{},\"messages\":[],\"{key}\":[{message}]}}]", json!(file));
            reading(value, &path, &source).tell(sink, at, around.as_bytes())
        })
    })?;
    Ok(())
}

fn reading(value: &Value, file: &str, source: &Source<'_>) -> Reading {
    if !value.is_object() {
        return Reading::wrong("no object");
    }
    let text = value.text("message");
    let rule = match value.at("ruleId") {
        Value::String(rule) if !rule.is_empty() => rule,
        Value::Null | Value::String(_) => {
            let what =
                if value.at("fatal") == &Value::Bool(true) { "the file was not read" } else { "of no rule" };
            return Reading::aside(format!("{what}: {text}"));
        }
        _ => return Reading::wrong("`ruleId` is no text"),
    };
    if !rules::is_about_security(rule) {
        return Reading::aside("a rule about quality or style, not security");
    }
    if file.is_empty() {
        return Reading::names_no_code("no `filePath`");
    }
    let start = Point { line: value.count("line"), column: value.count("column") };
    let mut end = Point { line: value.count("endLine"), column: value.count("endColumn") };
    if end.line < start.line {
        end = Point::line(start.line);
    }
    let mut place = Place { path: file.to_owned(), start, end, columns: Columns::Utf16, ..Place::default() };
    source.quote(&mut place);
    let mut notes = Vec::new();
    note_lines(&mut notes, value, &["line", "endLine"]);
    note(&mut notes, "node", value.text("nodeType"));
    note(&mut notes, "message id", value.text("messageId"));
    let mut fixes = Vec::new();
    for (description, fix) in std::iter::once(("", value.at("fix")))
        .chain(value.list("suggestions").iter().map(|one| (one.text("desc"), one.at("fix"))))
    {
        let Some(text) = fix.at("text").as_str() else { continue };
        match source.region(fix.list("range")) {
            Some((start, end)) => {
                let place =
                    Place { path: file.to_owned(), start, end, columns: Columns::Utf16, ..Place::default() };
                let edits = vec![Edit { place, text: text.to_owned() }];
                fixes.push(Fix { description: description.to_owned(), edits });
            }
            // Offsets into a text that the report does not hold.
            None => note(&mut notes, "proposed fix", text),
        }
    }
    let words = value.words("severity");
    let suppressions = value.list("suppressions");
    let reasons: Vec<&str> = suppressions
        .iter()
        .map(|one| one.text("justification"))
        .filter(|reason| !reason.is_empty())
        .collect();
    let in_code = suppressions.iter().any(|one| one.text("kind") == "directive");
    let mut claim = Claim {
        rule: rule.clone(),
        message: text.to_owned(),
        severity: grade(SEVERITY, &words).unwrap_or_default(),
        severity_words: words,
        suppression: (!suppressions.is_empty()).then(|| Suppression {
            // From version 9.24 a file beside the code may suppress too.
            source: if in_code { SuppressionSource::Code } else { SuppressionSource::External },
            justification: reasons.join("; "),
        }),
        place: Some(place),
        fixes,
        notes,
        ..Claim::default()
    };
    if secret::is_about(rule, "", &[]) {
        let known = rules::told(&claim.message).to_owned();
        secret::hide(&mut claim, &known, true);
    }
    claim.into()
}

#[cfg(test)]
mod tests;
