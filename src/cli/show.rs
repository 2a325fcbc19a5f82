//! `assize show`

mod finding;
mod page;
mod text;

use serde::Serialize;

use super::cases::Line;
use super::output::Output;
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::Needs;
use crate::domain::{Claim, Sanitiser};
use crate::jobs::{About, Alike, CaseView, FindingView, Labelled, SeenIn};

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
    gold: bool,
    label: Labelled,
    first_seen: Option<Seen<'v>>,
    last_seen: Option<Seen<'v>>,
    weaknesses: Vec<Weakness>,
    members: Vec<Member<'v>>,
    code: Option<Code<'v>>,
    silent: Vec<SilentTool<'v>>,
    history: Vec<Past<'v>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    drift: &'v str,
    worth_terms: Vec<Term>,
    alike: AlikeTold,
}

/// How many open cases are nearly the same.
#[derive(Debug, Serialize)]
struct AlikeTold {
    open: usize,
    complete: bool,
    sanitisers: Vec<&'static str>,
    from_source: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Seen<'v> {
    run: String,
    imported: &'v str,
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
    path: &'v str,
    start_line: u32,
    end_line: u32,
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
    #[serde(flatten)]
    about: &'v About,
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
    let settings = Settings::load(cli)?;
    let docket = desk.docket(Needs { standings: true, ..Needs::default() })?;
    let case = desk.resolve(&args.case)?;
    let mut view = desk.view_in(&docket, case, &settings.weights)?;
    desk.add_code(&mut view)?;
    let likeness = desk.likeness(&docket, case)?;
    let alike = desk.alike(case, likeness, settings.reviewer.value.as_str(), &|| false)?.unwrap_or_default();
    let label = desk.label(&docket, case)?;
    if output.json {
        output.document(&document(&view, &alike, label))?
    } else {
        text::print(&view, &alike, &label, output)?
    }
    Ok(Exit::Done)
}

fn document<'v>(view: &'v CaseView, alike: &Alike, label: Labelled) -> Document<'v> {
    let seen = |seen: &'_ SeenIn| seen.run.to_string();
    Document {
        line: Line::of(&view.listed),
        gold: view.listed.standing.gold,
        label,
        first_seen: view.first_seen.as_ref().map(|run| Seen { run: seen(run), imported: &run.imported }),
        last_seen: view.last_seen.as_ref().map(|run| Seen { run: seen(run), imported: &run.imported }),
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
            about: &code.about,
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
        alike: AlikeTold {
            open: alike.cases.len(),
            complete: alike.is_complete,
            sanitisers: alike.sanitisers.iter().map(Sanitiser::word).collect(),
            from_source: alike.from_source,
            spread: alike.spread.as_ref().map(|spread| spread.cases),
        },
    }
}

fn member(member: &FindingView) -> Member<'_> {
    // What people joined is one case because of them, whatever fusion had found.
    let kin = member.detail.kin.as_ref().filter(|_| member.by_hand.is_none());
    let row = &member.detail.row;
    Member {
        finding: row.name.to_string(),
        tool: &member.tool,
        path: &member.path,
        start_line: row.line,
        end_line: row.end_line,
        gone: member.gone,
        matched_by: member.matched,
        fused_with: kin.map(|(name, _)| name.to_string()),
        fused_because: member.by_hand.as_deref().or_else(|| kin.map(|(_, why)| why.as_str())),
        claim: &member.claim,
        help: &member.help,
        link: &member.link,
    }
}

/// A file and the lines in it; line 0 is the whole file.
fn at(path: &str, first: u32, last: u32) -> String {
    match (first, last) {
        (0, _) => path.to_owned(),
        (first, last) if last > first => format!("{path}:{first}-{last}"),
        (first, _) => format!("{path}:{first}"),
    }
}

/// A moment as RFC 3339, in whole seconds.
fn when(wall_ms: u64) -> String {
    let seconds = i64::try_from(wall_ms / 1000).ok();
    seconds
        .and_then(|s| jiff::Timestamp::from_second(s).ok())
        .map_or_else(String::new, |time| time.to_string())
}

/// A stored moment, in whole seconds.
fn moment(stored: &str) -> String {
    match stored.parse::<jiff::Timestamp>() {
        Ok(time) => jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string(),
        Err(_) => stored.to_owned(),
    }
}
