//! Where a finding is: its files, lines, code and function, wherever it keeps them.

use serde_json::Value;

use super::facts::Facts;
use crate::domain::{Claim, Place};
use crate::ingest::look::Look;
use crate::ingest::read::element::note_lines;
use crate::ingest::read::model::walk::Around;
use crate::ingest::read::model::{place, words};

/// File, lines, code and function.
pub(super) fn read(facts: &mut Facts<'_>, around: &Around, claim: &mut Claim) {
    let quoted = quoted(facts);
    let scope = facts
        .first(words::SCOPE, |value| {
            value.as_str().is_some_and(|text| !words::is_placeholder(text) && text.len() < 200)
        })
        .map(|value| value.text("").trim().trim_end_matches("()").to_owned())
        .unwrap_or_default();
    for value in words::LINE.iter().filter_map(|name| facts.get(name)) {
        note_lines(&mut claim.notes, value, &["", "start", "start.line"]);
    }
    let mut spans = facts.spans();
    let mut spots: Vec<(place::Spot, String)> = Vec::new();
    for name in words::FILE {
        if !spots.is_empty() {
            break;
        }
        let Some(value) = facts.get(name) else { continue };
        let found =
            located(value, matches!(*name, "location" | "locations" | "where" | "affectedcomponent" | "uri"));
        if found.iter().any(|(spot, _)| !spot.path.is_empty()) {
            facts.used(name);
            spots = found;
        } else if spans.is_empty() {
            // `"location": "line 14"` beside a file elsewhere.
            spans = found.into_iter().flat_map(|(spot, _)| spot.spans).collect();
            if !spans.is_empty() {
                facts.used(name);
            }
        }
    }
    if spots.is_empty() && !around.file.is_empty() {
        spots = located(&Value::from(around.file.as_str()), false);
    }
    if spots.is_empty() {
        // `get_user() at src/db.py:14` in place of a bare name.
        spots = place::spots(&scope).into_iter().map(|spot| (spot, String::new())).collect();
    }
    let (code, first) = quoted.map(|code| place::code(&code)).unwrap_or_default();
    let mut all: Vec<Place> = Vec::new();
    for (index, (spot, own_code)) in spots.iter().enumerate() {
        // The finding's own lines belong to its first file; a place's own lines say more.
        let own = if !spot.spans.is_empty() {
            spot.spans.clone()
        } else if index == 0 {
            std::mem::take(&mut spans)
        } else {
            Vec::new()
        };
        let mut add = |span| {
            let mut place = place::place(&spot.path, span);
            place.snippet.clone_from(own_code);
            place.scope.clone_from(if spot.scope.is_empty() && index == 0 { &scope } else { &spot.scope });
            all.push(place);
        };
        if own.is_empty() {
            add(None);
        }
        own.into_iter().for_each(|span| add(Some(span)));
    }
    if all.is_empty() && !code.trim().is_empty() {
        let mut place = place::place("", spans.first().copied());
        place.scope = scope;
        all.push(place);
    }
    if let Some(place) = all.first_mut() {
        if !code.trim().is_empty() {
            place.snippet = code;
        }
        if place.start.line == 0 && first > 0 {
            let count = u32::try_from(place.snippet.lines().count()).unwrap_or(1);
            place.start.line = first;
            place.end.line = first.saturating_add(count.saturating_sub(1));
        }
    }
    let mut all = all.into_iter();
    claim.place = all.next();
    claim.more_places = all.take(64).collect();
}

/// The code that the finding quotes.
fn quoted(facts: &mut Facts<'_>) -> Option<String> {
    let text = |value: &Value| match value {
        Value::Array(list) if list.iter().all(Value::is_string) => value.texts("").join("\n"),
        Value::Array(list) => list.first().map(|first| first.text("code").to_owned()).unwrap_or_default(),
        Value::Object(_) => ["code", "snippet", "vulnerable", "before", "text"]
            .iter()
            .map(|name| value.text(name))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .to_owned(),
        _ => value.text("").to_owned(),
    };
    let holds = |value: &Value| !words::is_placeholder(&text(value));
    if let Some(code) = facts.first(words::CODE, holds) {
        return Some(text(code));
    }
    facts.first(words::EVIDENCE, |value| place::is_code(&text(value))).map(text)
}

/// The places that a file's or a location's field names, each with the code it quotes of its own.
pub(super) fn located(value: &Value, loose: bool) -> Vec<(place::Spot, String)> {
    match value {
        Value::String(text) => {
            let mut spots = place::spots(text);
            if spots.is_empty() && !loose {
                let path = place::own_path(text);
                if !path.is_empty() {
                    spots.push(place::Spot { path, ..place::Spot::default() });
                }
            }
            if spots.is_empty() {
                spots.push(place::Spot { spans: place::text_spans(text), ..place::Spot::default() });
            }
            spots.into_iter().map(|spot| (spot, String::new())).collect()
        }
        Value::Array(list) => list
            .iter()
            .take(64)
            .filter(|inner| !inner.is_array())
            .flat_map(|inner| located(inner, loose))
            .filter(|(spot, _)| !spot.path.is_empty())
            .collect(),
        Value::Object(map) => {
            let mut facts = Facts::of(map);
            let spans = facts.spans();
            let code = quoted(&mut facts).map(|code| place::code(&code).0).unwrap_or_default();
            let scope = facts.first(words::SCOPE, Value::is_string).map(|value| value.text("").to_owned());
            let named = words::FILE.iter().find_map(|name| facts.get(name).and_then(Value::as_str));
            let mut found = named.map(|name| located(&Value::from(name), false)).unwrap_or_default();
            if found.is_empty() {
                found.push(Default::default());
            }
            for (spot, own) in &mut found {
                if spot.spans.is_empty() {
                    spot.spans.clone_from(&spans);
                }
                spot.scope = scope.clone().unwrap_or_else(|| std::mem::take(&mut spot.scope));
                own.clone_from(&code);
            }
            found
        }
        _ => Vec::new(),
    }
}
