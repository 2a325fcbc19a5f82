//! `assize show`

use std::io::Write;

use serde::Serialize;

use super::cases::{Line, mark};
use super::output::{Output, Tone};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::domain::{Claim, Severity};
use crate::jobs::{CaseView, FindingView};
use crate::text::safe::visible_line;
use crate::text::{unified, visible};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The case: its name, or the beginning of it.
    #[arg(value_name = "CASE")]
    case: String,
}

#[derive(Debug, Serialize)]
struct Document<'v> {
    #[serde(flatten)]
    line: Line<'v>,
    touched: bool,
    marked: bool,
    gold: bool,
    weaknesses: Vec<Weakness>,
    members: Vec<Member<'v>>,
    code: Option<Code<'v>>,
    silent: Vec<SilentTool<'v>>,
    history: Vec<Past<'v>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    drift: &'v str,
    worth_terms: Vec<Term>,
}

#[derive(Debug, Serialize)]
struct Weakness {
    cwe: u16,
    name: &'static str,
    description: &'static str,
}

#[derive(Debug, Serialize)]
struct Member<'v> {
    finding: String,
    tool: &'v str,
    gone: bool,
    matched_by: &'v str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fused_with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fused_because: Option<&'v str>,
    claim: &'v Claim,
    #[serde(skip_serializing_if = "str::is_empty")]
    help: &'v str,
    #[serde(skip_serializing_if = "str::is_empty")]
    link: &'v str,
}

#[derive(Debug, Serialize)]
struct Code<'v> {
    path: &'v str,
    scope: &'v str,
    first_line: u32,
    flagged: (u32, u32),
    lines: &'v [String],
    from_source: bool,
}

#[derive(Debug, Serialize)]
struct SilentTool<'v> {
    tool: &'v str,
    looked: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Past<'v> {
    entry: String,
    reviewer: &'v str,
    at: String,
    in_force: bool,
    #[serde(flatten)]
    act: &'v crate::ledger::Act,
}

#[derive(Debug, Serialize)]
struct Term {
    name: &'static str,
    value: f32,
    contribution: f32,
    words: String,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let desk = place::desk(cli)?;
    let view = desk.view(desk.resolve(&args.case)?, &Settings::load(cli)?.weights)?;
    if output.json {
        output.document(&document(&view))?
    } else {
        print(&view, output)?
    }
    Ok(Exit::Done)
}

fn document(view: &CaseView) -> Document<'_> {
    let standing = &view.listed.standing;
    Document {
        line: Line::of(&view.listed),
        touched: standing.touched,
        marked: standing.marked,
        gold: standing.gold,
        weaknesses: view
            .weaknesses
            .iter()
            .map(|(cwe, description)| Weakness {
                cwe: cwe.0,
                name: cwe.name().unwrap_or_default(),
                description,
            })
            .collect(),
        members: view.findings.iter().map(member).collect(),
        code: view.code.as_ref().map(|code| Code {
            path: &code.path,
            scope: &code.scope,
            first_line: code.first_line,
            flagged: code.flagged,
            lines: &code.lines,
            from_source: code.from_source,
        }),
        silent: view
            .silent
            .iter()
            .map(|silent| SilentTool { tool: &silent.tool, looked: silent.looked })
            .collect(),
        history: view
            .history
            .iter()
            .map(|past| Past {
                entry: past.entry.id.to_string(),
                reviewer: &past.entry.reviewer,
                at: when(past.entry.clock.wall_ms),
                in_force: past.in_force,
                act: &past.entry.act,
            })
            .collect(),
        drift: &view.drift,
        worth_terms: view
            .worth
            .iter()
            .map(|term| Term {
                name: term.name,
                value: term.value,
                contribution: term.contribution,
                words: term.words.clone(),
            })
            .collect(),
    }
}

fn member(member: &FindingView) -> Member<'_> {
    let kin = member.detail.kin.as_ref();
    Member {
        finding: member.detail.row.name.to_string(),
        tool: &member.tool,
        gone: member.gone,
        matched_by: member.matched,
        fused_with: kin.map(|(name, _)| name.to_string()),
        fused_because: kin.map(|(_, why)| why.as_str()),
        claim: &member.claim,
        help: &member.help,
        link: &member.link,
    }
}

/// A moment as RFC 3339.
fn when(wall_ms: u64) -> String {
    i64::try_from(wall_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .map_or_else(String::new, |time| time.to_string())
}

fn print(view: &CaseView, output: &Output) -> Result<(), Failure> {
    let mut out = output.out();
    let listed = &view.listed;
    let severity = Severity::from_number(listed.row.severity);
    let (sign, tone) = mark(severity);
    let cwes: Vec<String> = listed.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
    writeln!(
        out,
        "{} {}  {}",
        output.paint(tone, sign),
        output.paint(Tone::Bold, &listed.title),
        output.paint(Tone::Dim, &cwes.join(" ")),
    )?;
    let verdict = listed.standing.verdict.map(|verdict| format!(" {verdict}")).unwrap_or_default();
    writeln!(
        out,
        "  {} · {} · {}{verdict} · worth {:.2}",
        output.paint(Tone::Note, &listed.name.to_string()),
        severity,
        listed.standing.state,
        listed.worth
    )?;
    for (cwe, description) in &view.weaknesses {
        writeln!(out, "  {cwe}: {description}")?;
    }
    print_code(&mut out, view, output)?;
    for finding in &view.findings {
        print_finding(&mut out, finding, output)?;
    }
    for silent in &view.silent {
        let looked = match silent.looked {
            Some(true) => "looked at the file and said nothing",
            Some(false) => "did not look at the file",
            None => "said nothing; it does not tell what it scanned",
        };
        writeln!(out, "{}  {looked}", output.paint(Tone::Dim, &silent.tool))?;
    }
    if !view.drift.is_empty() {
        writeln!(out, "\n{}", output.paint(Tone::Warn, "what changed since the verdict"))?;
        print_diff(&mut out, &view.drift, output)?;
    }
    if !view.history.is_empty() {
        writeln!(out, "\n{}", output.paint(Tone::Bold, "history"))?;
    }
    for past in &view.history {
        let taken_back = if past.in_force { "" } else { " (taken back)" };
        writeln!(
            out,
            "  {}  {}  {}{taken_back}",
            when(past.entry.clock.wall_ms),
            visible(&past.entry.reviewer),
            visible(&words(&past.entry.act)),
        )?;
    }
    out.flush()?;
    Ok(())
}

/// An act in a few words.
fn words(act: &crate::ledger::Act) -> String {
    use crate::ledger::Act;
    match act {
        Act::Verdict(verdict) => {
            let reason = verdict.reason.map(|reason| format!(", {}", reason.word().replace('_', " ")));
            let note = if verdict.note.is_empty() { String::new() } else { format!(": {}", verdict.note) };
            format!("{}{}{note}", verdict.opinion, reason.unwrap_or_default())
        }
        Act::Note(note) => format!("noted: {}", note.text),
        Act::Rank(rank) => match rank.priority {
            Some(priority) => format!("ranked {}", u8::from(priority)),
            None => "rank taken away".into(),
        },
        Act::Pin(pin) => if pin.on { "pinned" } else { "let go" }.into(),
        Act::Assign(assign) => match &assign.to {
            Some(name) => format!("assigned to {name}"),
            None => "assigned to nobody".into(),
        },
        other => other.kind().to_owned(),
    }
}

fn print_code(out: &mut impl Write, view: &CaseView, output: &Output) -> Result<(), Failure> {
    let Some(code) = &view.code else { return Ok(()) };
    let scope = if code.scope.is_empty() { String::new() } else { format!(" › {}", code.scope) };
    writeln!(out, "\n{}", output.paint(Tone::Bold, &format!("{}{scope}", code.path)))?;
    for (number, line) in (code.first_line..).zip(&code.lines) {
        let flagged = (code.flagged.0..=code.flagged.1).contains(&number);
        let bar = if flagged { output.paint(Tone::Bad, "▌") } else { " ".into() };
        writeln!(out, "{bar}{number:>5}  {}", visible_line(line, 4))?;
    }
    if !code.from_source {
        writeln!(
            out,
            "  {}",
            output.paint(Tone::Dim, "as the tool quotes it; import with --source for the file")
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn print_finding(out: &mut impl Write, finding: &FindingView, output: &Output) -> Result<(), Failure> {
    let claim = &finding.claim;
    let gone = if finding.gone { " (gone)" } else { "" };
    writeln!(
        out,
        "{}  {} · {}{gone}",
        output.paint(Tone::Note, &finding.tool),
        output.paint(Tone::Bold, &claim.rule),
        visible(&claim.severity_words),
    )?;
    if !claim.message.is_empty() {
        for line in claim.message.lines().take(12) {
            writeln!(out, "    {}", visible_line(line, 4))?;
        }
    }
    if let Some(dependency) = &claim.dependency {
        let fixed = if dependency.fixed.is_empty() {
            "no fix".into()
        } else {
            format!("fixed in {}", dependency.fixed.join(", "))
        };
        writeln!(
            out,
            "    {} {} · {}",
            visible(&dependency.name),
            visible(&dependency.version),
            visible(&fixed)
        )?;
        if !dependency.path.is_empty() {
            writeln!(out, "    {}", visible(&dependency.path.join(" › ")))?;
        }
    }
    for (index, step) in (1..).zip(claim.traces.first().into_iter().flatten()) {
        writeln!(
            out,
            "    {index} {}:{}  {}",
            visible(&step.place.path),
            step.place.start.line,
            visible(if step.message.is_empty() { step.place.snippet.trim() } else { &step.message }),
        )?;
    }
    if let Some((_, why)) = &finding.detail.kin {
        writeln!(out, "    {}", output.paint(Tone::Dim, &format!("one case because: {why}")))?;
    }
    for fix in &claim.fixes {
        for edit in &fix.edits {
            let before = if edit.place.snippet.is_empty() {
                claim.place.as_ref().map_or("", |place| &place.snippet)
            } else {
                &edit.place.snippet
            };
            let diff = unified(&with_end(before), &with_end(&edit.text), &edit.place.path, &edit.place.path);
            writeln!(out, "    {}", output.paint(Tone::Dim, "the tool's own fix"))?;
            print_diff(out, &diff, output)?;
        }
    }
    Ok(())
}

fn with_end(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

fn print_diff(out: &mut impl Write, diff: &str, output: &Output) -> Result<(), Failure> {
    for line in diff.lines() {
        let text = visible_line(line, 4);
        let painted = match line.bytes().next() {
            Some(b'+') => output.paint(Tone::Good, &text),
            Some(b'-') => output.paint(Tone::Bad, &text),
            _ => output.paint(Tone::Dim, &text),
        };
        writeln!(out, "    {painted}")?;
    }
    Ok(())
}
