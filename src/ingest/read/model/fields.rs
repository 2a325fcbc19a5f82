//! One object of a model's answer as a claim, or why it is none.

mod dependency;
mod facts;
mod places;

use serde_json::Value;

use super::grade::{self, Grade};
use super::walk::Around;
use super::{answer, fix, place, rule, words};
use crate::domain::{Claim, Cwe, Fix, Owasp, Step};
use crate::ingest::look::Look;
use crate::ingest::reader::Failure;
use facts::Facts;

/// Other members that are kept beside a claim, and how much of each.
const NOTES: usize = 40;
const NOTE: usize = 8 << 10;

/// What an object is to the receipt.
#[derive(Debug)]
pub(super) enum Outcome {
    Claim(Box<Claim>),
    /// It claims no weakness, and why.
    Aside(String),
    Unreadable(Failure, &'static str),
}

/// Reads one finding.
pub(super) fn read(value: &Value, around: &Around) -> Outcome {
    let Value::Object(map) = value else { return scalar(value) };
    if map.values().all(nothing) {
        return Outcome::Unreadable(Failure::Empty, "it has no content");
    }
    let mut facts = Facts::of(map);
    if let Some(why) = dismissed(&facts, around) {
        return Outcome::Aside(why);
    }
    let mut claim = Claim::default();
    names(&mut facts, around, &mut claim);
    let graded = severity(&mut facts, around, &mut claim);
    if claim.title.is_empty() && claim.message.is_empty() && !graded {
        return Outcome::Unreadable(
            Failure::WrongShape,
            "it has neither a title, a description nor a severity",
        );
    }
    if says_none(&claim) {
        return Outcome::Aside("it says that there is nothing to report".to_owned());
    }
    places::read(&mut facts, around, &mut claim);
    dependency::read(&mut facts, &mut claim);
    let located =
        claim.place.as_ref().is_some_and(|place| !place.path.is_empty() || !place.snippet.is_empty());
    if !located && claim.dependency.is_none() {
        if !around.listed && !graded && claim.message.is_empty() && claim.cwes.is_empty() {
            return Outcome::Unreadable(Failure::WrongShape, "it has a name and nothing that a finding has");
        }
        return Outcome::Unreadable(Failure::NamesNoCode, "it names no file and quotes no code");
    }
    claim.confidence = facts
        .first(words::CONFIDENCE, |value| grade::confidence(value).is_some())
        .and_then(grade::confidence);
    classify(&mut facts, around, &mut claim);
    flows(&mut facts, &mut claim);
    fixes(&mut facts, &mut claim);
    notes(&facts, &mut claim);
    claim.repairs = around.repairs.iter().map(|what| (*what).to_owned()).collect();
    Outcome::Claim(Box::new(claim))
}

/// A finding that is no object.
fn scalar(value: &Value) -> Outcome {
    match value {
        Value::String(text) if answer::says_nothing(text) => {
            Outcome::Aside("it says that there is nothing to report".to_owned())
        }
        value if nothing(value) => Outcome::Unreadable(Failure::Empty, "it has no content"),
        _ => Outcome::Unreadable(Failure::WrongShape, "it is no object"),
    }
}

fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Why the model itself does not take it for a weakness, where it says so.
fn dismissed(facts: &Facts<'_>, around: &Around) -> Option<String> {
    if !around.dismissed.is_empty() {
        return Some(format!("listed under `{}`", around.dismissed));
    }
    let no = |value: &Value| {
        value == false || matches!(value.words("").trim().to_ascii_lowercase().as_str(), "false" | "no" | "0")
    };
    for name in
        ["isvulnerable", "vulnerable", "hasvulnerability", "vulnerabilityfound", "isvalid", "istruepositive"]
    {
        if facts.get(name).is_some_and(no) {
            return Some(format!("`{}` is false", facts.key(name)));
        }
    }
    for name in ["falsepositive", "isfalsepositive", "isfp"] {
        let yes = |value: &Value| {
            matches!(value.words("").trim().to_ascii_lowercase().as_str(), "true" | "yes" | "1")
        };
        if facts.get(name).is_some_and(yes) {
            return Some(format!("`{}` is true", facts.key(name)));
        }
    }
    for name in
        ["verdict", "status", "conclusion", "assessment", "label", "prediction", "classification", "result"]
    {
        let word = facts.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_ascii_lowercase();
        let word = word.replace(['_', '-'], " ");
        let denies = matches!(
            word.as_str(),
            "false positive"
                | "not vulnerable"
                | "safe"
                | "secure"
                | "benign"
                | "no vulnerability"
                | "non vulnerable"
                | "no issue"
                | "not exploitable"
                | "no finding"
        );
        if denies {
            return Some(format!("`{}` is `{word}`", facts.key(name)));
        }
    }
    let graded = words::SEVERITY.iter().find_map(|name| facts.get(name).and_then(Value::as_str));
    graded.filter(|words| grade::is_none(words)).map(|words| format!("graded `{words}`"))
}

/// Whether a title stands for "nothing found".
fn says_none(claim: &Claim) -> bool {
    let title = claim.title.trim().trim_end_matches('.');
    let lower = title.to_ascii_lowercase();
    let none = matches!(
        lower.as_str(),
        "none" | "n/a" | "no vulnerability" | "no issue" | "nothing" | "no findings"
    );
    none || lower.starts_with("no ") && title.len() < 80 && answer::says_nothing(title)
}

/// Title, message and rule.
fn names(facts: &mut Facts<'_>, around: &Around, claim: &mut Claim) {
    let speaks = |value: &Value| {
        value.as_str().is_some_and(|text| !words::is_placeholder(text) || text.eq_ignore_ascii_case("none"))
    };
    let worded = |value: &Value| speaks(value) && !rule::named(value.text("")).is_empty();
    let types: Vec<String> = words::TYPE
        .iter()
        .filter_map(|name| facts.get(name))
        .filter(|value| worded(value))
        .map(|value| value.text("").trim().to_owned())
        .collect();
    let title = facts.first(words::TITLE, worded).or_else(|| facts.first(words::TITLE, speaks));
    claim.title = one_line(title.map(|value| value.text("")).unwrap_or_default());
    claim.message = facts
        .first(words::DESCRIPTION, |value| {
            speaks(value) || value.as_array().is_some_and(|list| list.iter().any(speaks))
        })
        .map(|value| value.texts("").join("\n"))
        .unwrap_or_default()
        .trim()
        .to_owned();
    if claim.title.is_empty() && !around.class.is_empty() {
        claim.title.clone_from(&around.class);
    }
    let given = facts
        .first(words::RULE, |value| !words::is_placeholder(&value.words("")))
        .map(|value| value.words(""));
    claim.cwes = cwes(facts, &types, around, &given);
    if claim.title.is_empty() {
        let name = claim.cwes.first().and_then(|cwe| cwe.short_name());
        claim.title = name.unwrap_or_default().to_owned();
    }
    let by_type = types
        .iter()
        .map(String::as_str)
        .chain(Some(around.class.as_str()))
        .take(if given.is_some() { 1 } else { usize::MAX })
        .map(rule::named)
        .find(|slug| !slug.is_empty());
    claim.rule = match claim.cwes.first() {
        Some(cwe) => format!("cwe-{}", cwe.0),
        None => by_type
            .or_else(|| given.as_deref().map(rule::named))
            .filter(|slug| !slug.is_empty())
            .unwrap_or_else(|| "unnamed".to_owned()),
    };
    if let Some(given) = given {
        claim.notes.push(("rule".to_owned(), given));
    }
}

/// Weaknesses: from their own field, else from a name that spells one out, else by a name that means one.
fn cwes(facts: &mut Facts<'_>, types: &[String], around: &Around, rule: &Option<String>) -> Vec<Cwe> {
    let mut found = Vec::new();
    for name in words::CWE {
        let Some(value) = facts.take(name) else { continue };
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::Array(list) => open.extend(list.iter().rev()),
                Value::Object(map) => {
                    let own = map.iter().filter(|(key, _)| {
                        matches!(words::norm(key).as_str(), "id" | "cwe" | "cweid" | "number" | "code")
                    });
                    open.extend(
                        own.map(|(_, value)| value).filter(|value| !value.is_object() && !value.is_array()),
                    );
                }
                other => add(&mut found, Cwe::all_in(&other.words(""))),
            }
        }
    }
    let spelt =
        types.iter().map(String::as_str).chain([around.class.as_str(), rule.as_deref().unwrap_or_default()]);
    if found.is_empty() {
        // A bare number in a title is no weakness.
        spelt
            .clone()
            .filter(|text| text.to_ascii_lowercase().contains("cwe"))
            .for_each(|text| add(&mut found, Cwe::all_in(text)));
    }
    if found.is_empty() {
        found.extend(spelt.filter(|text| !text.is_empty()).find_map(rule::cwe_of));
    }
    found
}

fn add(found: &mut Vec<Cwe>, more: Vec<Cwe>) {
    for cwe in more {
        if !found.contains(&cwe) {
            found.push(cwe);
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches(['*', '#', '`', ' ']).to_owned()
}

/// Severity and CVSS; false where nothing says how bad it is.
fn severity(facts: &mut Facts<'_>, around: &Around, claim: &mut Claim) -> bool {
    let says = |value: &Value| {
        let grade = grade::read(value, false);
        grade.severity.is_some()
    };
    let worded = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let own = facts
        .first(words::SEVERITY, says)
        .or_else(|| facts.first(words::SEVERITY, worded))
        .map(|value| grade::read(value, false));
    let cvss = words::CVSS
        .iter()
        .filter_map(|name| facts.take(name))
        .map(|value| grade::read(value, true))
        .fold(Grade::default(), |mut all, one| {
            if let Some(score) = &one.score {
                let known = all.score.get_or_insert_with(Default::default);
                known.score = known.score.or(score.score);
                if known.vector.is_empty() {
                    known.vector.clone_from(&score.vector);
                }
            }
            Grade {
                severity: all.severity.or(one.severity),
                words: if all.words.is_empty() { one.words } else { all.words },
                ..all
            }
        });
    let by_key = grade::word(&around.severity).map(|severity| Grade {
        severity: Some(severity),
        words: around.severity.clone(),
        score: None,
    });
    let impact = facts.get("impact").filter(|value| {
        value.as_str().is_some_and(|text| text.len() < 20) && grade::read(value, false).severity.is_some()
    });
    let impact = impact.map(|value| grade::read(value, false));
    let said = own.is_some() || !cvss.words.is_empty();
    claim.scores = own.iter().filter_map(|grade| grade.score.clone()).chain(cvss.score.clone()).collect();
    claim.scores.dedup();
    let candidates = [
        own.clone(),
        by_key,
        cvss.severity.map(|_| Grade { words: format!("cvss {}", cvss.words), ..cvss }),
        impact,
    ];
    let chosen = candidates.into_iter().flatten().find(|grade| grade.severity.is_some()).or(own);
    let Some(chosen) = chosen else { return said };
    claim.severity = chosen.severity.unwrap_or_default();
    claim.severity_words = chosen.words;
    true
}

/// OWASP, and what sort of thing it is about.
fn classify(facts: &mut Facts<'_>, around: &Around, claim: &mut Claim) {
    for name in words::OWASP {
        let Some(value) = facts.get(name) else { continue };
        let found: Vec<Owasp> = value.texts("").iter().flat_map(|text| Owasp::all_in(text)).collect();
        if !found.is_empty() {
            facts.used(name);
        }
        for category in found {
            let word = category.to_string();
            if !claim.owasp.contains(&word) {
                claim.owasp.push(word);
            }
        }
    }
    if !around.class.is_empty() && around.class != claim.title {
        claim.notes.push(("class".to_owned(), around.class.clone()));
    }
}

/// The way of the data, where its steps name places.
fn flows(facts: &mut Facts<'_>, claim: &mut Claim) {
    let home = claim.place.as_ref().map(|place| place.path.clone()).unwrap_or_default();
    let step = |value: &Value| -> Option<Step> {
        let (mut spot, code) = places::located(value, true).into_iter().next()?;
        if spot.path.is_empty() {
            spot.path.clone_from(&home);
        }
        let span = spot.spans.first().copied()?;
        let mut place = place::place(&spot.path, Some(span));
        (place.snippet, place.scope) = (code, spot.scope);
        let said = ["description", "message", "label", "note", "type", "explanation"];
        let message = said.iter().map(|name| value.text(name)).find(|text| !text.is_empty());
        Some(Step { place, message: message.unwrap_or_else(|| value.text("")).to_owned() })
    };
    for name in words::FLOW {
        let Some(list) = facts.get(name).and_then(Value::as_array).filter(|list| list.len() <= 1000) else {
            continue;
        };
        let steps: Vec<Step> = list.iter().filter_map(step).collect();
        if !steps.is_empty() && steps.len() == list.len() {
            facts.used(name);
            claim.traces.push(steps);
        }
    }
    if claim.traces.is_empty() {
        let ends: Vec<Step> =
            ["source", "sink"].iter().filter_map(|name| facts.get(name).and_then(step)).collect();
        if ends.len() == 2 {
            facts.used("source");
            facts.used("sink");
            claim.traces.push(ends);
        }
    }
}

/// Changes that can be told exactly; what cannot stays a note.
fn fixes(facts: &mut Facts<'_>, claim: &mut Claim) {
    let advice = ["recommendation", "remediation", "mitigation", "suggestedfix", "fix"]
        .iter()
        .filter_map(|name| facts.get(name).and_then(Value::as_str))
        .find(|text| !place::is_code(text))
        .unwrap_or_default()
        .to_owned();
    for name in words::FIX {
        let fix: Option<Fix> =
            facts.get(name).and_then(|value| fix::read(value, claim.place.as_ref(), &advice));
        if let Some(fix) = fix {
            facts.used(name);
            if !claim.fixes.contains(&fix) {
                claim.fixes.push(fix);
            }
        }
    }
}

/// Everything that found no place of its own.
fn notes(facts: &Facts<'_>, claim: &mut Claim) {
    for (key, value) in facts.unused().take(NOTES) {
        let text = match value {
            Value::Array(list) if list.iter().all(Value::is_string) => value.texts("").join("\n"),
            Value::Array(_) | Value::Object(_) => value.to_string(),
            _ => value.words(""),
        };
        let mut end = text.len().min(NOTE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or_default().trim();
        if !text.is_empty() {
            claim.notes.push((key.to_owned(), text.to_owned()));
        }
    }
}
