//! Where the answer is in what chat services return: completions, messages, batches, tool calls.

use serde_json::Value;

use super::words::{self, norm};
use crate::ingest::look::Look;
use crate::ingest::reader::Failure;

/// How deep envelopes of envelopes go.
const DEPTH: usize = 8;

/// One answer of a chat.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer<'v> {
    /// Where it stands.
    pub(super) at: String,
    pub(super) what: Content<'v>,
    /// Whether the service says that it stopped the answer before its end.
    pub(super) cut: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content<'v> {
    /// A text that may hold JSON.
    Text(String),
    /// A structure, such as a tool call's input.
    Value(&'v Value),
    /// There is none, and why.
    Missing(Failure, String),
}

/// All answers in a chat's envelope.
pub(super) fn answers<'v>(value: &'v Value, at: &str) -> Vec<Answer<'v>> {
    let mut found = Vec::new();
    collect(value, at, false, DEPTH, &mut found);
    found
}

/// A member's place.
pub(super) fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

fn collect<'v>(value: &'v Value, at: &str, cut: bool, depth: usize, found: &mut Vec<Answer<'v>>) {
    if depth == 0 {
        return;
    }
    let before = found.len();
    let text =
        |text: &str, key: &str| Answer { at: join(at, key), what: Content::Text(text.to_owned()), cut };
    let missing =
        |why: String| Answer { at: at.to_owned(), what: Content::Missing(Failure::Empty, why), cut: false };
    let cut = cut
        || ["finish_reason", "stop_reason", "finishReason", "done_reason", "status"]
            .iter()
            .any(|key| matches!(value.text(key), "length" | "max_tokens" | "MAX_TOKENS" | "incomplete"));
    if let Value::Array(list) = value {
        for (index, inner) in list.iter().enumerate() {
            collect(inner, &format!("{at}[{index}]"), cut, depth - 1, found);
        }
        return;
    }
    // The questions of a conversation are no answers.
    if matches!(value.text("role"), "user" | "system" | "developer" | "tool") {
        return;
    }
    for key in
        ["choices", "candidates", "messages", "output", "response", "body", "result", "message", "delta"]
    {
        let inner = value.at(key);
        let is_envelope = match key {
            "response" | "body" | "result" => inner.is_object(),
            _ => inner.is_object() || inner.is_array(),
        };
        if is_envelope {
            let start = found.len();
            collect(inner, &join(at, key), cut, depth - 1, found);
            // A structure that is no envelope is the answer itself.
            if found.len() == start && inner.is_object() && !matches!(key, "body" | "message" | "delta") {
                found.push(Answer { at: join(at, key), what: Content::Value(inner), cut });
            }
        }
    }
    for key in ["content", "parts"] {
        match value.at(key) {
            Value::String(words) => found.push(text(words, key)),
            Value::Array(parts) => content(parts, &join(at, key), cut, found),
            inner @ Value::Object(_) => collect(inner, &join(at, key), cut, depth - 1, found),
            _ => {}
        }
    }
    for call in value.list("tool_calls").iter().chain(Some(value)) {
        for key in ["function.arguments", "function_call.arguments", "arguments"] {
            match call.at(key) {
                Value::String(words) => found.push(text(words, key)),
                inner @ Value::Object(_) => {
                    found.push(Answer { at: join(at, key), what: Content::Value(inner), cut });
                }
                _ => {}
            }
        }
    }
    if found.len() > before {
        return;
    }
    if let Value::Object(map) = value {
        for (key, inner) in map {
            if let (true, Value::String(words)) = (words::word(&norm(key)).answer, inner) {
                found.push(text(words, key));
            }
        }
    }
    if found.len() > before {
        return;
    }
    for key in ["refusal", "error.message", "error", "result.error.message", "response.error"] {
        let why = value.text(key);
        if !why.is_empty() {
            found.push(missing(format!("no answer: {why}")));
            return;
        }
    }
    if value.text("role") == "assistant" || !value.at("custom_id").is_null() {
        found.push(missing("the answer is empty".to_owned()));
    }
}

/// The parts of one message: its texts are one answer, and each tool call's input is another.
fn content<'v>(parts: &'v [Value], at: &str, cut: bool, found: &mut Vec<Answer<'v>>) {
    let mut all = String::new();
    for part in parts {
        if let input @ Value::Object(_) = part.at("input") {
            found.push(Answer { at: at.to_owned(), what: Content::Value(input), cut });
            continue;
        }
        // Thoughts are no answer.
        if matches!(part.text("type"), "thinking" | "reasoning" | "redacted_thinking")
            || part.at("thought") == true
        {
            continue;
        }
        let words = part.as_str().unwrap_or_else(|| part.text("text"));
        if !all.is_empty() && !words.is_empty() {
            all.push('\n');
        }
        all.push_str(words);
    }
    if !all.trim().is_empty() || found.is_empty() && !parts.is_empty() {
        found.push(Answer { at: at.to_owned(), what: Content::Text(all), cut });
    }
}
