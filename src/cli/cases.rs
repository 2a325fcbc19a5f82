//! `assize cases`

use std::ffi::OsString;
use std::io::Write;

use serde::Serialize;

use super::output::{Output, Tone};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::{Filter, Order, UnknownOrder};
use crate::domain::{Basis, Opinion, Severity, State};
use crate::jobs::Listed;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which cases, in the filter language: `is:open sev:>=high path:src/**`.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,

    /// At most so many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// In which order: worth, severity, newest or path [default: the configuration's, else worth].
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
}

/// A case as scripts get it.
#[derive(Debug, Serialize)]
pub(super) struct Line<'l> {
    case: String,
    project: &'l str,
    path: &'l str,
    start_line: u32,
    end_line: u32,
    severity: Severity,
    cwe: &'l [u16],
    tools: &'l [String],
    rules: &'l [String],
    title: &'l str,
    findings: u16,
    state: State,
    verdict: Option<Opinion>,
    basis: Option<Basis>,
    worth: f64,
}

impl<'l> Line<'l> {
    pub(super) fn of(listed: &'l Listed) -> Self {
        Self {
            case: listed.name.to_string(),
            project: &listed.project,
            path: &listed.path,
            start_line: listed.row.line,
            end_line: listed.row.end_line,
            severity: Severity::from_number(listed.row.severity),
            cwe: &listed.cwes,
            tools: &listed.tools,
            rules: &listed.rules,
            title: &listed.title,
            findings: listed.row.members,
            state: listed.standing.state,
            verdict: listed.standing.verdict,
            basis: listed.standing.basis,
            // Three digits say all that an order can; more would only be noise in a diff.
            worth: (f64::from(listed.worth) * 1000.0).round() / 1000.0,
        }
    }
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let filter = filter(&args.filter)?;
    let settings = Settings::load(cli)?;
    let order = match &args.order {
        Some(named) => named.clone(),
        None => settings.order.value.word().to_owned(),
    };
    let order: Order = order.parse().map_err(|error: UnknownOrder| Failure::usage(error.to_string()))?;
    let desk = place::desk(cli)?;
    let listing = desk.list(&filter, order, args.limit.unwrap_or(usize::MAX), &settings.weights)?;
    let mut out = output.out();
    for listed in &listing.cases {
        if output.json {
            serde_json::to_writer(&mut out, &Line::of(listed))?;
            out.write_all(b"\n")?;
        } else {
            print(&mut out, listed, output)?;
        }
    }
    out.flush()?;
    if listing.cases.len() < listing.matched {
        output.message(&format!("{} of {} cases", listing.cases.len(), listing.matched));
    }
    Ok(Exit::Done)
}

/// Stands before a word that begins with a dash and is no option.
const SHIELD: char = '\u{1f}';

/// Keeps a negated term, `-tool:bandit`, from being taken for an option: the only options with one dash are single
/// letters, and a term has its colon.
pub(super) fn shielded(word: OsString) -> OsString {
    let is_term = word.to_str().is_some_and(|word| {
        let name = word.strip_prefix('-').and_then(|rest| rest.split_once(':')).map(|(name, _)| name);
        name.is_some_and(|name| name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_lowercase()))
    });
    if !is_term {
        return word;
    }
    let mut shielded = OsString::from(SHIELD.to_string());
    shielded.push(word);
    shielded
}

/// Reads a filter that the shell may have split.
pub(super) fn filter(words: &[String]) -> Result<Filter, Failure> {
    words
        .join(" ")
        .replace(SHIELD, "")
        .parse()
        .map_err(|error: crate::docket::FilterError| Failure::usage(error.to_string()))
}

fn print(out: &mut impl Write, listed: &Listed, output: &Output) -> Result<(), Failure> {
    let severity = Severity::from_number(listed.row.severity);
    let (mark, tone) = mark(severity);
    let place = if listed.row.line > 0 {
        format!("{}:{}", listed.path, listed.row.line)
    } else {
        listed.path.clone()
    };
    let verdict = match listed.standing.verdict {
        Some(verdict) => format!("{} {verdict}", listed.standing.state),
        None => listed.standing.state.to_string(),
    };
    let name = listed.name.to_string();
    writeln!(
        out,
        "{} {} {:.2} {:<8} {}  {}  {}  {}",
        output.paint(Tone::Note, name.get(..10).unwrap_or(&name)),
        output.paint(tone, mark),
        listed.worth,
        severity.word(),
        output.paint(Tone::Bold, &listed.title),
        output.paint(Tone::Dim, &place),
        crate::text::visible(&listed.tools.join(", ")),
        verdict,
    )?;
    Ok(())
}

/// A severity's mark, which means the same without colour.
pub(super) const fn mark(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Critical | Severity::High => ("▲", Tone::Bad),
        Severity::Medium => ("●", Tone::Warn),
        Severity::Low | Severity::Info => ("·", Tone::Dim),
    }
}
