//! `assize cases`

mod table;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use serde::Serialize;

use self::table::Table;
use super::output::{Output, Tone};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place};
use crate::docket::{Filter, Order, Overlay, Saved, UnknownOrder};
use crate::domain::{Basis, Opinion, Severity, State};
use crate::jobs::{Listed, Listing, read_saved};
use crate::text::visible;

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
    touched: bool,
    marked: bool,
    pinned: bool,
    rank: Option<u8>,
    assignee: Option<&'l str>,
    until: Option<jiff::civil::Date>,
    expired: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'l str>,
}

impl<'l> Line<'l> {
    pub(super) fn of(listed: &'l Listed) -> Self {
        let standing = &listed.standing;
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
            state: standing.state,
            verdict: standing.verdict,
            basis: standing.basis,
            // Three digits say all that an order can; more would only be noise in a diff.
            worth: (f64::from(listed.worth) * 1000.0).round() / 1000.0,
            touched: standing.touched,
            marked: standing.marked,
            pinned: standing.pinned,
            rank: standing.rank,
            assignee: standing.assignee.as_deref(),
            until: standing.until,
            expired: standing.expired,
            package: listed.package.as_ref().map(|package| package.name.as_str()),
            version: listed.package.as_ref().map(|package| package.version.as_str()),
        }
    }
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let filter = filter(&args.filter, cli)?;
    let settings = Settings::load(cli)?;
    let order = match &args.order {
        Some(named) => named.clone(),
        None => settings.order.value.word().to_owned(),
    };
    let order: Order = order.parse().map_err(|error: UnknownOrder| Failure::usage(error.to_string()))?;
    let desk = place::desk(cli)?;
    let listing = desk.list(&filter, order, args.limit.unwrap_or(usize::MAX), &settings.weights)?;
    let mut out = output.out();
    let table = output.columns().map(|columns| Table::of(&listing.cases, columns));
    for listed in &listing.cases {
        match &table {
            _ if output.json => {
                serde_json::to_writer(&mut out, &Line::of(listed))?;
                out.write_all(b"\n")?;
            }
            Some(table) => writeln!(out, "{}", table.row(listed, output))?,
            None => print(&mut out, listed, output)?,
        }
    }
    out.flush()?;
    if std::io::stderr().is_terminal() {
        output.message(&counted(&listing));
    }
    Ok(Exit::Done)
}

/// How many are shown, of how many.
fn counted(listing: &Listing) -> String {
    let Listing { cases, matched, total } = listing;
    match cases.len() {
        shown if shown == *total => format!("{total} cases"),
        shown if shown == *matched || matched == total => format!("{shown} of {total} cases"),
        shown => format!("{shown} of {matched} that match, of {total} cases"),
    }
}

/// All that matters of where a case stands, in words.
pub(super) fn standing(listed: &Listed) -> String {
    let Overlay { state, verdict, basis, touched, marked, until, expired, pinned, rank, assignee, .. } =
        &listed.standing;
    let mut words = state.to_string();
    if let Some(verdict) = verdict {
        words.push_str(&format!(" {}", prose(verdict.word())));
    }
    if let Some(basis) = basis.filter(|basis| *basis != Basis::Human) {
        words.push_str(&format!(" ({basis})"));
    }
    if let Some(until) = until {
        words.push_str(&format!(" until {until}"));
    }
    let mut more = |so: bool, what: &str| {
        if so {
            words.push_str(" · ");
            words.push_str(what);
        }
    };
    more(*expired, "expired");
    more(*touched, "touched: code around it changed");
    let findings = match listed.standing.uncovered {
        1 => "a finding".to_owned(),
        several => format!("{several} findings"),
    };
    more(*marked, &format!("marked: {findings} came after the verdict"));
    more(*pinned, "pinned");
    more(rank.is_some(), &format!("rank {}", rank.unwrap_or_default()));
    more(assignee.is_some(), &format!("assigned to {}", assignee.as_deref().unwrap_or_default()));
    words
}

/// A fixed word as prose has it: `risk accepted`.
pub(super) fn prose(word: &str) -> String {
    word.replace('_', " ")
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
pub(super) fn filter(words: &[String], cli: &Cli) -> Result<Filter, Failure> {
    let text = words.join(" ").replace(SHIELD, "");
    let saved = match place::workspace(cli) {
        Ok(workspace) if text.contains('@') => read_saved(&workspace)?,
        _ => Saved::default(),
    };
    saved.read(&text).map_err(|error| Failure::usage(error.to_string()))
}

/// A case with nothing cut, where no terminal has to hold it.
fn print(out: &mut impl Write, listed: &Listed, output: &Output) -> Result<(), Failure> {
    let severity = Severity::from_number(listed.row.severity);
    let (mark, tone) = mark(severity);
    let name = listed.name.to_string();
    writeln!(
        out,
        "{} {} {:.2} {:<8} {}  {}  {}  {}",
        output.paint(Tone::Note, name.get(..10).unwrap_or(&name)),
        output.paint(tone, mark),
        listed.worth,
        severity.word(),
        output.paint(Tone::Bold, &listed.heading()),
        output.paint(Tone::Dim, &table::place(listed)),
        visible(&listed.tools.join(", ")),
        visible(&standing(listed)),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A case of nothing but where it stands.
    fn standing_at(standing: Overlay) -> Listed {
        Listed { standing, ..Listed::sample(1) }
    }

    #[test]
    fn a_standing_says_what_follows_from_it() {
        use Basis::{Human, Imported, Inferred};
        use Opinion::{Confirmed, Rejected, RiskAccepted};
        let new = Overlay::new;
        for (overlay, words) in [
            (new(State::Open, None), "open"),
            (new(State::Settled, Some((Rejected, Human))), "settled rejected"),
            (new(State::Settled, Some((Rejected, Imported))), "settled rejected (imported)"),
            (new(State::Stale, Some((Confirmed, Inferred))), "stale confirmed (inferred)"),
            (
                Overlay {
                    until: Some("2026-01-01".parse().unwrap()),
                    expired: true,
                    ..new(State::Open, Some((RiskAccepted, Human)))
                },
                "open risk accepted until 2026-01-01 · expired",
            ),
            (
                Overlay { marked: true, uncovered: 1, ..new(State::Disputed, None) },
                "disputed · marked: a finding came after the verdict",
            ),
        ] {
            assert_eq!(standing(&standing_at(overlay)), words);
        }
    }

    #[test]
    fn what_is_shown_is_counted_against_all() {
        let of = |shown: usize, matched, total| {
            let cases = vec![standing_at(Overlay::new(State::Open, None)); shown];
            counted(&Listing { cases, matched, total })
        };
        assert_eq!(of(3, 3, 3), "3 cases");
        assert_eq!(of(0, 0, 279), "0 of 279 cases");
        assert_eq!(of(2, 279, 279), "2 of 279 cases");
        assert_eq!(of(2, 5, 279), "2 of 5 that match, of 279 cases");
    }
}
