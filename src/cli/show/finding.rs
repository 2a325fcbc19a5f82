//! What one tool says of a case, on a terminal.

use super::at;
use super::page::{Fact, Page};
use crate::cli::failure::Failure;
use crate::cli::output::Tone;
use crate::domain::{Claim, Step, SuppressionSource};
use crate::jobs::{CaseView, FindingView};
use crate::text::unified;

const INDENT: usize = 4;

/// Prints a finding; `helped` are the rules whose help is on the page.
pub(super) fn print(
    page: &mut Page<'_>,
    view: &CaseView,
    member: &FindingView,
    helped: &mut Vec<u32>,
) -> Result<(), Failure> {
    let claim = &member.claim;
    let name = member.detail.row.name.to_string();
    let words = if claim.severity_words.is_empty() { claim.severity.word() } else { &claim.severity_words };
    page.blank()?;
    page.pieces(
        0,
        "  ",
        &[
            (Some(Tone::Note), &member.tool),
            (Some(Tone::Bold), &claim.rule),
            (None, words),
            (Some(Tone::Dim), name.get(..10).unwrap_or(&name)),
            (Some(Tone::Warn), if member.gone { "(gone)" } else { "" }),
            (Some(Tone::Warn), if claim.repairs.is_empty() { "" } else { "(repaired)" }),
        ],
    )?;
    if let Some(suppression) = &claim.suppression {
        let place = match suppression.source {
            SuppressionSource::Code => "in the code",
            SuppressionSource::External => "outside the code",
        };
        let why = match suppression.justification.as_str() {
            "" => String::new(),
            why => format!(": {why}"),
        };
        page.prose(INDENT, Some(Tone::Warn), &format!("suppressed {place}{why}"))?;
    }
    page.prose(INDENT, None, &claim.message)?;
    page.facts(INDENT, &facts(view, member))?;
    steps(page, view, "related", &claim.related, false)?;
    for (number, trace) in (1..).zip(&claim.traces) {
        let label = match claim.traces.len() {
            1 => "trace".to_owned(),
            several => format!("trace {number} of {several}"),
        };
        steps(page, view, &label, trace, true)?;
    }
    fixes(page, claim)?;
    let help = member.help.trim();
    let said = [claim.message.trim(), &claim.title, &view.listed.title, ""];
    if !said.contains(&help) && !helped.contains(&member.detail.row.rule) {
        helped.push(member.detail.row.rule);
        page.line(INDENT, Some(Tone::Dim), "the rule's help")?;
        page.prose(INDENT + 2, None, help)?;
    }
    Ok(())
}

/// All that can be said in a line, in the order in which it is asked for.
fn facts(view: &CaseView, member: &FindingView) -> Vec<Fact> {
    let (claim, row, listed) = (&member.claim, &member.detail.row, &view.listed);
    let mut facts: Vec<Fact> = Vec::new();
    let mut fact = |label: &str, value: String| {
        if !value.trim().is_empty() {
            facts.push((label.to_owned(), value));
        }
    };
    if (member.path.as_str(), row.line) != (listed.path.as_str(), listed.row.line) {
        fact("at", at(&member.path, row.line, row.end_line));
    }
    for place in &claim.more_places {
        fact("also at", at(&place.path, place.start.line, place.last_line()));
    }
    fact("matched by", member.matched.to_owned());
    match (&member.by_hand, &member.detail.kin) {
        (Some(by_hand), _) => fact("one case", by_hand.clone()),
        (None, Some((kin, why))) => {
            let kin = kin.to_string();
            fact("one case", format!("{why}, with {}", kin.get(..10).unwrap_or(&kin)));
        }
        (None, None) => {}
    }
    fact(
        "since its tool's baseline",
        claim.baseline.map(|state| state.word().to_owned()).unwrap_or_default(),
    );
    fact("confidence", claim.confidence.map(|grade| grade.word().to_owned()).unwrap_or_default());
    for score in &claim.scores {
        let number = score.score.map(|number| format!("{number:.1}")).unwrap_or_default();
        let by = if score.by.is_empty() { String::new() } else { format!("by {}", score.by) };
        fact("score", joined(&[&number, &score.vector, &by]));
    }
    fact("OWASP", claim.owasp.join(", "));
    if let Some(package) = &claim.dependency {
        let ecosystem =
            if package.ecosystem.is_empty() { String::new() } else { format!("({})", package.ecosystem) };
        fact("package", joined(&[&package.name, &package.version, &ecosystem]));
        let fixed = package.fixed.join(", ");
        fact("fixed in", if fixed.is_empty() { "no version that is known".into() } else { fixed });
        fact("package URL", package.purl.clone());
        fact("also called", package.aliases.join(", "));
        fact("by way of", package.path.join(" › "));
    }
    for repair in &claim.repairs {
        fact("repaired", repair.clone());
    }
    for (name, value) in &claim.notes {
        fact(name, value.clone());
    }
    // Readers that find the rule's page in the claim itself note it there.
    if claim.notes.iter().all(|(_, value)| *value != member.link) {
        fact("read on", member.link.clone());
    }
    facts
}

/// The parts that are there, with a blank between them.
fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// Places with what is said of each, else with the code that stands there.
fn steps(
    page: &mut Page<'_>,
    view: &CaseView,
    label: &str,
    steps: &[Step],
    numbered: bool,
) -> Result<(), Failure> {
    if steps.is_empty() {
        return Ok(());
    }
    page.line(INDENT, Some(Tone::Dim), label)?;
    for (number, Step { place, message }) in (1..).zip(steps) {
        let line = (place.path.clone(), place.start.line);
        let said = [message.trim(), place.snippet.trim()].into_iter().find(|text| !text.is_empty());
        let said = said.or_else(|| view.step_lines.get(&line).map(String::as_str)).unwrap_or_default();
        // One step, one line: what a tool says in several is joined.
        let said: Vec<&str> = said.split_whitespace().collect();
        let number = if numbered { format!("{number:>2}  ") } else { String::new() };
        let place = at(&place.path, place.start.line, 0);
        let step = format!("{number}{place}  {}", said.join(" "));
        page.line(INDENT + 2, None, step.trim_end())?;
    }
    Ok(())
}

fn fixes(page: &mut Page<'_>, claim: &Claim) -> Result<(), Failure> {
    for fix in &claim.fixes {
        page.line(INDENT, Some(Tone::Dim), "the tool's own fix")?;
        page.prose(INDENT + 2, None, &fix.description)?;
        for edit in &fix.edits {
            let before = if edit.place.snippet.is_empty() {
                claim.place.as_ref().map_or("", |place| &place.snippet)
            } else {
                &edit.place.snippet
            };
            let path = &edit.place.path;
            page.diff(&unified(&with_end(before), &with_end(&edit.text), path, path))?;
        }
    }
    Ok(())
}

fn with_end(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
