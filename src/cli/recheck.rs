//! `assize recheck`

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::cases::filter;
use super::output::{Output, Tone};
use super::settings::Settings;
use super::{Cli, Exit, failure::Failure, place, remedy, scan};
use crate::domain::Severity;
use crate::jobs::{LookedAt, Looking};
use crate::remedy::recheck::{Answer, Look, NewClaim, Rechecked};
use crate::text::visible;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The remedies: their names, or the beginnings of them.
    #[arg(value_name = "REMEDY")]
    remedies: Vec<String>,

    /// Those of every case that a filter leaves in, instead of naming them.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,

    /// Only these scanners, also where they are switched off; may be given several times.
    #[arg(long = "scanner", value_name = "NAME")]
    scanners: Vec<String>,

    /// The source tree [default: the one that the project was scanned in].
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,

    /// One after the other: no two remedies share a scanner's run.
    #[arg(long)]
    alone: bool,

    /// What each scanner says, and every claim that is new.
    #[arg(short, long)]
    verbose: bool,
}

pub(super) fn run(args: &Args, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let settings = Settings::load(cli)?;
    let scanners = scan::named(&args.scanners, &settings)?;
    let desk = place::desk(cli)?;
    let remedies = match (&args.filter, args.remedies.as_slice()) {
        (Some(words), []) => {
            let cases = desk.matching(&filter(std::slice::from_ref(words), cli)?)?;
            desk.remedies_of_cases(&cases)?
        }
        (None, names @ [_, ..]) => {
            names.iter().map(|name| desk.remedy(name)).collect::<Result<Vec<_>, _>>()?
        }
        (Some(_), _) => return Err(Failure::usage("name remedies or give `--where`, not both")),
        (None, []) => return Err(Failure::usage("name the remedies, or give `--where`")),
    };
    let with = Looking {
        scanners: &scanners,
        policy: &settings.remedy.policy,
        source: args.source.as_deref(),
        together: !args.alone,
    };
    let looked = desk.recheck(remedies, with, &|| false)?;
    let mut out = output.out();
    for one in &looked {
        if output.json {
            serde_json::to_writer(&mut out, &told(one))?;
            out.write_all(b"\n")?;
        } else {
            print(one, args.verbose, settings.remedy.policy.new_findings, output, &mut out)?;
        }
    }
    out.flush()?;
    Ok(exit(&looked, settings.remedy.policy.new_findings))
}

/// The worst of all: refuted before not told.
fn exit(looked: &[LookedAt], borne: Severity) -> Exit {
    let mut exit = Exit::Done;
    for one in looked {
        match &one.rechecked {
            Ok(rechecked) => match rechecked.answer() {
                Answer::Stands | Answer::Moved | Answer::Evaded => return Exit::Refused,
                _ if rechecked.new_claims().any(|claim| claim.severity > borne) => return Exit::Refused,
                Answer::Inconclusive | Answer::NotRun => exit = Exit::Partly,
                Answer::Fixed => {}
            },
            Err(_) => exit = Exit::Partly,
        }
    }
    exit
}

fn told(one: &LookedAt) -> Value {
    let (answer, looks, why) = match &one.rechecked {
        Ok(rechecked) => (rechecked.answer(), looks(rechecked), Value::Null),
        Err(why) => (Answer::Inconclusive, json!([]), json!(why)),
    };
    json!({
        "remedy": one.remedy.id, "case": one.remedy.case, "answer": answer.word(), "sound": one.remedy.sound.word(),
        "why": why, "looks": looks,
    })
}

fn looks(rechecked: &Rechecked) -> Value {
    let look = |look: &Look| {
        let new: Vec<Value> = look
            .new
            .iter()
            .map(|claim| {
                json!({"rule": claim.rule, "severity": claim.severity.word(), "path": claim.path, "line": claim.line,
                       "message": claim.message})
            })
            .collect();
        json!({
            "scanner": look.scanner, "answer": look.answer.map(Answer::word), "why": look.why, "new": new,
            "gone": look.gone, "whole": look.is_whole, "ms": u64::try_from(look.took.as_millis()).unwrap_or(u64::MAX),
        })
    };
    rechecked.looks.iter().map(look).collect()
}

fn print(
    one: &LookedAt,
    verbose: bool,
    borne: Severity,
    output: &Output,
    out: &mut impl std::io::Write,
) -> Result<(), Failure> {
    let id = one.remedy.id.to_string();
    let id = output.paint(Tone::Bold, id.get(..10).unwrap_or_default());
    let sound = remedy::sound(one.remedy.sound, output);
    let rechecked = match &one.rechecked {
        Ok(rechecked) => rechecked,
        Err(why) => return Ok(writeln!(out, "{id}  {sound}  {}", output.paint(Tone::Dim, why))?),
    };
    let why = output.paint(Tone::Dim, &reason(rechecked, borne));
    let line = format!("{id}  {sound}  {}  {why}", answer(rechecked.answer(), output));
    writeln!(out, "{}", line.trim_end())?;
    if !verbose {
        return Ok(());
    }
    for look in &rechecked.looks {
        let said = match look.answer {
            Some(said) => answer(said, output),
            None if look.is_whole => "nothing to mend".to_owned(),
            None => output.paint(Tone::Dim, "not run"),
        };
        let why = output.paint(Tone::Dim, &look.why);
        writeln!(out, "    {}  {said}  {why}", look.scanner)?;
        for claim in &look.new {
            let grade = output.paint(Tone::Warn, claim.severity.word());
            writeln!(
                out,
                "        new: {grade}  {}  {}:{}  {}",
                visible(&claim.rule),
                visible(&claim.path),
                claim.line,
                visible(&claim.message)
            )?;
        }
    }
    Ok(())
}

/// Why a remedy came to what it did, in a line: whose word it is, and what is new and worse than is borne.
fn reason(rechecked: &Rechecked, borne: Severity) -> String {
    let mut words = Vec::new();
    let worst = rechecked.answer();
    if let Some(look) = rechecked.looks.iter().find(|look| look.answer == Some(worst)) {
        let why = if look.why.is_empty() { String::new() } else { format!(": {}", look.why) };
        words.push(format!("{}{why}", look.scanner));
    } else if rechecked.looks.iter().all(|look| look.answer.is_none()) {
        words.push("no scanner that reported it is set up".to_owned());
    }
    let grave: Vec<&NewClaim> = rechecked.new_claims().filter(|claim| claim.severity > borne).collect();
    if let Some(first) = grave.iter().max_by_key(|claim| claim.severity) {
        let more = match grave.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        words.push(format!(
            "new: {} {} at {}:{}{more}",
            first.severity.word(),
            first.rule,
            first.path,
            first.line
        ));
    }
    words.join("; ")
}

fn answer(answer: Answer, output: &Output) -> String {
    let tone = match answer {
        Answer::Fixed => Tone::Good,
        Answer::NotRun | Answer::Inconclusive => Tone::Warn,
        Answer::Evaded | Answer::Moved | Answer::Stands => Tone::Bad,
    };
    output.paint(tone, &answer.word().replace('_', " "))
}
