//! Data flows as Semgrep tells them: `["CliLoc", [location, text]]`, or a call with such a trace inside it.

use serde_json::Value;

use crate::domain::{Columns, Place, Point, Step};
use crate::ingest::look::Look;
use crate::ingest::path;

/// The steps from source to sink; none where there is no trace.
pub(super) fn steps(trace: &Value) -> Vec<Step> {
    let mut steps = Vec::new();
    call(trace.at("taint_source"), "source", true, &mut steps);
    variables(trace.list("intermediate_vars"), &mut steps);
    call(trace.at("taint_sink"), "sink", false, &mut steps);
    steps
}

/// Follows calls into what they call. On the way from a source the innermost comes first, on the way to a sink last.
fn call(trace: &Value, role: &str, inwards_first: bool, steps: &mut Vec<Step>) {
    let mut found = Vec::new();
    let mut next = Some(trace);
    // No recursion: a trace may be as deep as a document may.
    while let Some([kind, inner]) = next.and_then(Value::as_array).map(Vec::as_slice) {
        next = None;
        match (kind.as_str(), inner.as_array().map(Vec::as_slice)) {
            (Some("CliLoc"), Some([location, content])) => {
                found.extend(step(location, content, role));
            }
            (Some("CliCall"), Some([here, between, deeper])) => {
                if let Some([location, content]) = here.as_array().map(Vec::as_slice) {
                    found.extend(step(location, content, "call"));
                }
                let mut level = Vec::new();
                variables(between.as_array().map_or(&[], Vec::as_slice), &mut level);
                if inwards_first {
                    level.reverse();
                }
                found.append(&mut level);
                next = Some(deeper);
            }
            _ => {}
        }
    }
    if inwards_first {
        found.reverse();
    }
    steps.append(&mut found);
}

fn variables(list: &[Value], steps: &mut Vec<Step>) {
    steps
        .extend(list.iter().filter_map(|variable| step(variable.at("location"), variable.at("content"), "")));
}

fn step(location: &Value, content: &Value, role: &str) -> Option<Step> {
    let place = Place { snippet: content.as_str().unwrap_or_default().to_owned(), ..region(location) };
    (!place.path.is_empty()).then(|| Step { place, message: role.to_owned() })
}

/// A `location`, or anything else with `path`, `start` and `end`.
pub(super) fn region(value: &Value) -> Place {
    let point = |key: &str| Point {
        line: value.count(&format!("{key}.line")),
        column: value.count(&format!("{key}.col")),
    };
    let (start, mut end) = (point("start"), point("end"));
    if end.line < start.line {
        end = start;
    }
    Place { path: path::tidy(value.text("path")), start, end, columns: Columns::Bytes, ..Place::default() }
}
