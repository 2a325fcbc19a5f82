//! A case on a terminal: where it is and how it stands, its code, what each tool says, and what came of it.

use super::page::Page;
use super::{at, finding, moment};
use crate::cli::cases::{mark, prose, standing};
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Tone, count};
use crate::dataset::Lacks;
use crate::domain::{Basis, Severity};
use crate::jobs::{Alike, CaseView, Labelled, PastView, SeenIn};
use crate::ledger::Act;

pub(super) fn print(
    view: &CaseView,
    alike: &Alike,
    label: &Labelled,
    output: &Output,
) -> Result<(), Failure> {
    let mut page = Page::new(output);
    header(&mut page, view, alike, label)?;
    code(&mut page, view)?;
    let mut helped = Vec::new();
    for member in &view.findings {
        finding::print(&mut page, view, member, &mut helped)?;
    }
    silence(&mut page, view)?;
    if !view.drift.is_empty() {
        page.heading("what changed since the verdict")?;
        page.diff(&view.drift)?;
    }
    history(&mut page, &view.history)?;
    worth(&mut page, view)?;
    page.end()
}

fn header(page: &mut Page<'_>, view: &CaseView, alike: &Alike, label: &Labelled) -> Result<(), Failure> {
    let listed = &view.listed;
    let severity = Severity::from_number(listed.row.severity);
    let (sign, tone) = mark(severity);
    let cwes: String = listed.cwes.iter().map(|cwe| format!("  CWE-{cwe}")).collect();
    let head = format!("{sign} ");
    page.pieces(
        0,
        "",
        &[(Some(tone), &head), (Some(Tone::Bold), &listed.heading()), (Some(Tone::Dim), &cwes)],
    )?;
    let place = if listed.path.is_empty() {
        listed.place().into_owned()
    } else {
        at(&listed.path, listed.row.line, listed.row.end_line)
    };
    page.line(2, None, if place.is_empty() { "(no place)" } else { &place })?;
    let (name, stands) = (listed.name.to_string(), standing(listed));
    let worth = format!("worth {:.2}", listed.worth);
    let mut pieces = vec![(Some(Tone::Note), name.as_str()), (None, severity.word())];
    pieces.extend(stands.split(" · ").map(|piece| (None, piece)));
    pieces.push((None, &worth));
    page.pieces(2, " · ", &pieces)?;
    page.blank()?;
    let seen = |seen: &SeenIn| format!("{} in run {}", moment(&seen.imported), seen.run);
    let mut facts = vec![("project".to_owned(), listed.project.clone())];
    facts.extend(view.first_seen.iter().map(|run| ("first seen".to_owned(), seen(run))));
    facts.extend(view.last_seen.iter().map(|run| ("last seen".to_owned(), seen(run))));
    for (cwe, description) in &view.weaknesses {
        let words = if description.is_empty() { cwe.name().unwrap_or_default() } else { description };
        facts.push((cwe.to_string(), words.to_owned()));
    }
    facts.extend(label_words(label).map(|words| ("label".to_owned(), words)));
    facts.extend(alike_words(alike).map(|words| ("alike".to_owned(), words)));
    page.facts(2, &facts)
}

/// What it is to whoever trains on it, or why it is nothing; `None` where nobody decided it.
fn label_words(label: &Labelled) -> Option<String> {
    let why: Vec<&str> = label.lacks.iter().map(|lacks| lacks.words()).collect();
    match label.class {
        Some(class) if label.gold => Some(format!("{}, gold", class.word())),
        Some(class) => Some(format!("{}, not gold: {}", class.word(), why.join(", "))),
        None if label.lacks == [Lacks::Verdict] => None,
        None => Some(format!("none: {}", why.join(", "))),
    }
}

/// How many open cases are nearly the same, and whether a verdict was spread; `None` where neither is so.
fn alike_words(alike: &Alike) -> Option<String> {
    let mut words = Vec::new();
    if !alike.cases.is_empty() {
        let least = if alike.is_complete { "" } else { "at least " };
        words.push(format!(
            "{least}{}, calling {} around",
            count(alike.cases.len() as u64, "open case"),
            if alike.sanitisers.is_empty() {
                "no sanitiser".to_owned()
            } else {
                alike.sanitisers.to_string()
            }
        ));
    }
    if let Some(spread) = &alike.spread {
        let cases = count(spread.cases as u64, "case");
        words.push(format!("your verdict `{}` was spread to {cases}", spread.opinion));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

fn code(page: &mut Page<'_>, view: &CaseView) -> Result<(), Failure> {
    let Some(code) = &view.code else { return Ok(()) };
    let scope = if code.scope.is_empty() { String::new() } else { format!(" › {}", code.scope) };
    page.heading(&format!("{}{scope}", code.path))?;
    for (number, line) in (code.first_line..).zip(&code.lines) {
        page.code(number, (code.flagged.0..=code.flagged.1).contains(&number), line)?;
    }
    let about = &code.about;
    let told = [about.language.as_str(), &about.framework.replace(' ', ", "), &about.service];
    page.pieces(2, " · ", &told.map(|word| (Some(Tone::Dim), word)))?;
    if !code.from_source {
        let project = quoted(&view.listed.project);
        let hint = format!(
            "as the tool quotes it; for the file: assize import SCAN --project {project} --source DIR"
        );
        page.prose(2, Some(Tone::Dim), &hint)?;
    }
    Ok(())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn silence(page: &mut Page<'_>, view: &CaseView) -> Result<(), Failure> {
    let kinds = [
        (Some(true), "looked and silent"),
        (Some(false), "did not look"),
        (None, "not known whether they looked"),
    ];
    let mut begun = false;
    for (looked, words) in kinds {
        let tools: Vec<&str> =
            view.silent.iter().filter(|tool| tool.looked == looked).map(|tool| tool.tool.as_str()).collect();
        if !tools.is_empty() {
            if !begun {
                page.blank()?;
            }
            begun = true;
            page.prose(0, Some(Tone::Dim), &format!("{words}: {}", tools.join(", ")))?;
        }
    }
    Ok(())
}

fn history(page: &mut Page<'_>, history: &[PastView]) -> Result<(), Failure> {
    if history.is_empty() {
        return Ok(());
    }
    page.heading("history")?;
    let facts: Vec<_> = history
        .iter()
        .map(|past| {
            let time = super::when(past.entry.clock.wall_ms);
            let taken_back = if past.in_force { "" } else { " (taken back)" };
            (format!("{time}  {}", past.entry.reviewer), format!("{}{taken_back}", words(past)))
        })
        .collect();
    for fact in &facts {
        // Each line has a label of its own, be it the same as the line before.
        page.facts(2, std::slice::from_ref(fact))?;
    }
    Ok(())
}

/// An act in a few words.
fn words(past: &PastView) -> String {
    let short = |name: String| name.get(..10).unwrap_or(&name).to_owned();
    let several = match past.cases {
        0 | 1 => String::new(),
        cases => format!(" (one act on {cases} cases)"),
    };
    match &past.entry.act {
        Act::Verdict(verdict) => {
            let basis = match verdict.basis {
                Basis::Human => String::new(),
                basis => format!(" ({basis})"),
            };
            let until = verdict.until.map(|until| format!(" until {until}")).unwrap_or_default();
            let reason = verdict.reason.map(|reason| format!(", {}", prose(reason.word())));
            let note = if verdict.note.is_empty() { String::new() } else { format!(": {}", verdict.note) };
            let opinion = prose(verdict.opinion.word());
            format!("{opinion}{basis}{until}{}{note}{several}", reason.unwrap_or_default())
        }
        Act::Note(note) => format!("noted: {}{several}", note.text),
        Act::Rank(rank) => match rank.priority {
            Some(priority) => format!("rank {}{several}", u8::from(priority)),
            None => format!("rank taken away{several}"),
        },
        Act::Pin(pin) => format!("{}{several}", if pin.on { "pinned" } else { "let go" }),
        Act::Assign(assign) => {
            format!("assigned to {}{several}", assign.to.as_deref().unwrap_or("nobody"))
        }
        Act::Split(split) => {
            let findings = match split.out.len() {
                1 => "a finding".to_owned(),
                several => format!("{several} findings"),
            };
            format!(
                "split: {findings} of {} made {}",
                short(split.case.to_string()),
                short(split.into.to_string())
            )
        }
        Act::Merge(merge) => {
            let from: Vec<String> = merge.from.iter().map(|case| short(case.to_string())).collect();
            format!("merged: {} ended in {}", from.join(", "), short(merge.into.to_string()))
        }
        other => prose(other.kind()),
    }
}

fn worth(page: &mut Page<'_>, view: &CaseView) -> Result<(), Failure> {
    page.heading(&format!("worth {:.2}", view.listed.worth))?;
    let facts: Vec<_> = view
        .worth
        .iter()
        .map(|term| {
            let sum = format!("{:.2} of {:.2}", term.contribution, term.weight);
            (term.name.to_owned(), format!("{sum}  {}", term.words))
        })
        .collect();
    page.facts(2, &facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_as_a_shell_takes_it() {
        assert_eq!(quoted("shop"), "shop");
        assert_eq!(quoted("my shop's"), r"'my shop'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
