//! `assize remedy`

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::acts::{ReviewerArgs, told, writer};
use super::output::{Output, Tone, count};
use super::{Cli, Exit, failure::Failure, place};
use crate::domain::CaseId;
use crate::jobs::{Applied, Branched, Decision, Desk, RemedyView, told_remedy};
use crate::remedy::{Outcome, Sound};
use crate::store::Writer;
use crate::text::visible;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// What was proposed, in the order in which it was.
    List {
        /// Only of this case.
        #[arg(long, value_name = "CASE")]
        case: Option<String>,
        /// The cases that have none, and why: what needs a broader review.
        #[arg(long)]
        none: bool,
    },
    /// The difference, and what was checked of it.
    Show {
        /// The remedy: its name, or the beginning of it.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Say that it is good.
    Accept {
        /// The remedy.
        #[arg(value_name = "ID")]
        id: String,
        /// Why, in your own words.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
    /// Say that it is not.
    Refuse {
        /// The remedy.
        #[arg(value_name = "ID")]
        id: String,
        /// Why, in your own words.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
    /// Write it into the source tree, all of its files or none, or into a patch file.
    Apply {
        /// The remedy.
        #[arg(value_name = "ID")]
        id: String,
        /// The source tree [default: the one that the project was scanned in].
        #[arg(long, value_name = "DIR")]
        source: Option<PathBuf>,
        /// Write a patch instead, and nothing into the tree; `-` is standard output.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "anyway"])]
        patch: Option<PathBuf>,
        /// Also where a required check fails.
        #[arg(long)]
        anyway: bool,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
    /// Make a new Git branch with a commit for each; neither the working tree nor the index is touched.
    Branch {
        /// The branch, which must not be there yet.
        #[arg(value_name = "NAME")]
        name: String,
        /// The remedies, in the order of the commits.
        #[arg(value_name = "REMEDY", required_unless_present = "accepted", conflicts_with = "accepted")]
        remedies: Vec<String>,
        /// Every accepted remedy, one for each case.
        #[arg(long)]
        accepted: bool,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
    /// Take it out of the tree again: its files are what they were.
    TakeBack {
        /// The remedy.
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        reviewer: ReviewerArgs,
    },
}

pub(super) fn run(command: &Command, cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    let mut desk = place::desk(cli)?;
    desk.settle_trees()?;
    match command {
        Command::List { case, none } => list(&desk, case.as_deref(), *none, output),
        Command::Show { id } => show(&desk.remedy_view(id)?, output),
        Command::Accept { id, note, reviewer } => {
            let writer = writer(cli, reviewer)?;
            decide(&mut desk, id, Decision::Accepted, note, &writer, output)
        }
        Command::Refuse { id, note, reviewer } => {
            let writer = writer(cli, reviewer)?;
            decide(&mut desk, id, Decision::Refused, note, &writer, output)
        }
        Command::Apply { id, patch: Some(path), .. } => patch(&desk, id, path, output),
        Command::Apply { id, source, anyway, reviewer, patch: None } => {
            let (remedy, writer) = (desk.remedy(id)?, writer(cli, reviewer)?);
            let applied = desk.apply_remedy(&remedy, source.as_deref(), *anyway, &writer, &mut |_| {})?;
            done(&applied, "applied", &writer, output)
        }
        Command::Branch { name, remedies, accepted, reviewer } => {
            let writer = writer(cli, reviewer)?;
            let views = if *accepted {
                desk.accepted_remedies()?
            } else {
                remedies.iter().map(|id| desk.remedy_view(id)).collect::<Result<Vec<_>, _>>()?
            };
            branched(&desk.branch_remedies(&views, name, &writer)?, output)
        }
        Command::TakeBack { id, reviewer } => {
            let (remedy, writer) = (desk.remedy(id)?, writer(cli, reviewer)?);
            let applied = desk.take_back_remedy(&remedy, &writer, &mut |_| {})?;
            done(&applied, "taken back", &writer, output)
        }
    }
}

/// Whether a remedy may be believed, in a word.
pub(super) fn sound(sound: Sound, output: &Output) -> String {
    match sound {
        Sound::Yes => output.paint(Tone::Good, "sound"),
        Sound::No => output.paint(Tone::Bad, "not sound"),
        Sound::Unproven => output.paint(Tone::Warn, "unproven"),
    }
}

fn list(desk: &Desk, case: Option<&str>, none: bool, output: &Output) -> Result<Exit, Failure> {
    let case = match case {
        Some(name) => Some(desk.case_id(name)?),
        None => None,
    };
    let mut out = output.out();
    if none {
        for (case, miss) in desk.without_remedy(case)? {
            if output.json {
                serde_json::to_writer(&mut out, &json!({"case": case, "miss": miss}))?;
                out.write_all(b"\n")?;
            } else {
                let name = case.to_string();
                let name = output.paint(Tone::Note, name.get(..10).unwrap_or_default());
                writeln!(out, "{name}  {}", visible(&miss.words()))?;
            }
        }
        out.flush()?;
        return Ok(Exit::Done);
    }
    let views = desk.remedies_of(case)?;
    let cases: Vec<CaseId> = views.iter().map(|view| view.remedy.case).collect();
    let titles = desk.headings(&cases)?;
    for view in &views {
        let title = titles.get(&view.remedy.case).map_or("", String::as_str);
        if output.json {
            let mut told = document(view);
            if let Some(object) = told.as_object_mut() {
                object.insert("title".into(), json!(title));
                object.insert("line".into(), json!(view.remedy.line()));
                object.insert("why".into(), json!(view.remedy.why()));
            }
            serde_json::to_writer(&mut out, &told)?;
            out.write_all(b"\n")?;
            continue;
        }
        let (id, case) = (view.remedy.id.to_string(), view.remedy.case.to_string());
        let mut files: Vec<String> = view.remedy.paths().map(str::to_owned).collect();
        if let (Some(first), Some(line)) = (files.first_mut(), view.remedy.line()) {
            *first = format!("{first}:{line}");
        }
        let mut line = format!(
            "{}  {}  {}  {}  {}  {}",
            output.paint(Tone::Bold, id.get(..10).unwrap_or_default()),
            output.paint(Tone::Note, case.get(..10).unwrap_or_default()),
            sound(view.remedy.sound, output),
            view.remedy.origin.word(),
            output.paint(Tone::Dim, &files.join(", ")),
            visible(title),
        );
        for part in [became(view), view.remedy.why()].iter().filter(|part| !part.is_empty()) {
            line = format!("{}  {}", line.trim_end(), output.paint(Tone::Dim, part));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    if !output.json {
        writeln!(out, "{}", count(views.len() as u64, "remedy"))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// What became of a remedy, in words.
fn became(view: &RemedyView) -> String {
    let decided = &view.decided;
    let mut words = Vec::new();
    if let Some((decision, by)) = &decided.decision {
        words.push(format!("{} by {}", decision.word(), visible(by)));
    }
    if let Some((_, tree)) = &decided.applied {
        words.push(format!("in {}", visible(tree)));
    }
    words.join(", ")
}

/// A remedy with what became of it.
fn document(view: &RemedyView) -> Value {
    let mut told = told_remedy(&view.remedy);
    let decided = &view.decided;
    if let Some(object) = told.as_object_mut() {
        object.insert("project".into(), json!(view.project));
        object
            .insert("decision".into(), json!(decided.decision.as_ref().map(|(decision, _)| decision.word())));
        object.insert("by".into(), json!(decided.decision.as_ref().map(|(_, by)| by)));
        object.insert("note".into(), json!(decided.note));
        object.insert("applied".into(), json!(decided.applied.as_ref().map(|(_, tree)| tree)));
    }
    told
}

fn show(view: &RemedyView, output: &Output) -> Result<Exit, Failure> {
    if output.json {
        output.document(&document(view))?;
        return Ok(Exit::Done);
    }
    let remedy = &view.remedy;
    let mut out = output.out();
    writeln!(
        out,
        "{}  {}  {}  case {}",
        output.paint(Tone::Bold, &remedy.id.to_string()),
        sound(remedy.sound, output),
        if remedy.by.is_empty() { remedy.origin.word().to_owned() } else { visible(&remedy.by).into_owned() },
        output.paint(Tone::Note, &remedy.case.to_string()),
    )?;
    for words in [remedy.words.as_str(), became(view).as_str(), view.decided.note.as_str()] {
        if !words.is_empty() {
            writeln!(out, "{}", visible(words))?;
        }
    }
    writeln!(out)?;
    for line in remedy.diff.lines() {
        let tone = match line.bytes().next() {
            Some(b'+') => Some(Tone::Good),
            Some(b'-') => Some(Tone::Bad),
            Some(b'@') => Some(Tone::Note),
            _ => None,
        };
        let line = tone.map_or_else(|| visible(line).into_owned(), |tone| output.paint(tone, line));
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    for check in &remedy.checks {
        let (mark, tone) = match check.outcome {
            Outcome::Held => ("held", Tone::Good),
            Outcome::Failed => ("failed", Tone::Bad),
            Outcome::Inconclusive => ("inconclusive", Tone::Warn),
            Outcome::NotRun => ("not run", Tone::Warn),
        };
        let mark = output.paint(tone, &format!("{mark:<12}"));
        writeln!(out, "{mark}  {:<18}  {}", visible(&check.name()), visible(&check.evidence.words))?;
        for line in &check.evidence.lines {
            writeln!(out, "{:34}{}", "", visible(line))?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn decide(
    desk: &mut Desk,
    id: &str,
    decision: Decision,
    note: &str,
    writer: &Writer,
    output: &Output,
) -> Result<Exit, Failure> {
    let remedy = desk.remedy(id)?;
    let acted = desk.decide(&remedy, decision, note, writer)?;
    let prose = format!("remedy {}", decision.word());
    told(&acted, writer, decision.word(), &prose, output)
}

/// Writes the difference where it is asked for. That is no act: nothing of the tree changes.
fn patch(desk: &Desk, id: &str, path: &std::path::Path, output: &Output) -> Result<Exit, Failure> {
    let remedy = desk.remedy(id)?;
    if path.as_os_str() == "-" {
        let mut out = output.out();
        out.write_all(remedy.diff.as_bytes())?;
        out.flush()?;
        return Ok(Exit::Done);
    }
    std::fs::write(path, &remedy.diff)
        .map_err(|error| Failure::from(error).path(path.display().to_string()))?;
    if output.json {
        output.document(&json!({"remedy": remedy.id, "patch": path.display().to_string()}))?;
    } else {
        output.line(&format!("patch written to {}", visible(&path.display().to_string())))?;
    }
    Ok(Exit::Done)
}

fn branched(made: &Branched, output: &Output) -> Result<Exit, Failure> {
    let exit = if made.left_out.is_empty() { Exit::Done } else { Exit::Partly };
    if output.json {
        let left: Vec<Value> =
            made.left_out.iter().map(|left| json!({"remedy": left.remedy, "why": left.why})).collect();
        output.document(&json!({
            "branch": made.name, "tree": made.tree, "remedies": made.remedies, "left_out": left,
        }))?;
        return Ok(exit);
    }
    let commits = made.remedies.len() as u64;
    output.line(&format!("branch {} made with {}", visible(&made.name), count(commits, "commit")))?;
    for left in &made.left_out {
        let id = left.remedy.to_string();
        let id = id.get(..10).unwrap_or_default();
        output.line(&format!("left out: {id}  {}", visible(&left.why)))?;
    }
    Ok(exit)
}

fn done(applied: &Applied, word: &str, writer: &Writer, output: &Output) -> Result<Exit, Failure> {
    if output.json {
        output.document(&json!({
            "act": word, "remedy": applied.remedy, "tree": applied.tree, "files": applied.files,
            "entry": applied.entry, "reviewer": writer.reviewer.as_str(), "rebased": applied.rebased,
        }))?;
        return Ok(Exit::Done);
    }
    let rebased = if applied.rebased { ", brought onto what has changed since" } else { "" };
    let (files, tree) = (applied.files.join(", "), &applied.tree);
    output.line(&format!("{word}{rebased}: {} in {}", visible(&files), visible(tree)))?;
    Ok(Exit::Done)
}
