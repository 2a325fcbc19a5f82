//! Everything known of one case, as the screen and `show` present it.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::desk::{Desk, DeskError, Listed, listed};
use super::{lockfile, silence, since, told};
use crate::docket::{Docket, Needs, Weights, Worth, WorthTerm};
use crate::domain::{Claim, Cwe, FindingId, Kind, RunId, State, Step};
use crate::ingest::evidence_words;
use crate::source::{Language, Outline};
use crate::store::{FindingDetail, FindingFlags, FindingRow, Findings, Past};
use crate::text::LineIndex;

/// Lines of code shown before and behind what is flagged, where the enclosing function is longer.
const AROUND: u32 = 8;

/// A case with all that belongs to it.
#[derive(Debug)]
pub struct CaseView {
    /// The case as a list shows it.
    pub listed: Listed,
    /// Its findings, the founder first.
    pub findings: Vec<FindingView>,
    /// The code, where a snapshot or a quotation has it.
    pub code: Option<Evidence>,
    /// Lines of code that traces lead over without a word, by file and line.
    pub step_lines: FxHashMap<(String, u32), String>,
    /// The project's other tools that read such files, and whether they looked at this one.
    pub silent: Vec<Silent>,
    /// The run that saw it first.
    pub first_seen: Option<SeenIn>,
    /// The run that saw it last.
    pub last_seen: Option<SeenIn>,
    /// What was said of it, the oldest first.
    pub history: Vec<Past>,
    /// What has changed since its verdict; empty where the code is as it was, or the change is not known.
    pub drift: String,
    /// What its worth is made of.
    pub worth: Vec<WorthTerm>,
    /// What its weaknesses are, in a line each.
    pub weaknesses: Vec<(Cwe, &'static str)>,
    /// Whether what was said of it was left out: it came back to be judged as if nobody had.
    pub is_back: bool,
}

impl CaseView {
    /// Leaves out all that was said of it.
    pub fn forget_what_was_said(&mut self) {
        self.listed.standing = self.listed.standing.unjudged();
        self.history.clear();
        self.drift.clear();
        self.is_back = true;
    }
}

/// A finding as one tool told it.
#[derive(Debug)]
pub struct FindingView {
    /// Its row and what was stored of it.
    pub detail: FindingDetail,
    /// What the tool said; empty where its block is gone.
    pub claim: Claim,
    /// The tool.
    pub tool: String,
    /// The rule's help.
    pub help: String,
    /// Where to read on.
    pub link: String,
    /// The file it is in now.
    pub path: String,
    /// By which evidence it was followed last.
    pub matched: &'static str,
    /// Who put it into this case, where a person did: `merged by ann`.
    pub by_hand: Option<String>,
    /// Whether it is gone.
    pub gone: bool,
}

/// What is known of a file, of which its code is a part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct About {
    /// Its language.
    pub language: String,
    /// What it is written for, with blanks between.
    pub framework: String,
    /// The service it belongs to: what the nearest manifest is called.
    pub service: String,
    /// What it imports, as it says so.
    pub imports: Vec<String>,
}

/// Code with what is flagged in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The file.
    pub path: String,
    /// The lines, from `first_line` on.
    pub lines: Vec<String>,
    /// The number of the first of them.
    pub first_line: u32,
    /// The lines that are flagged.
    pub flagged: (u32, u32),
    /// The enclosing function or class, as `class Users › def find`.
    pub scope: String,
    /// Whether it is the file's own text, and not what a tool quoted.
    pub from_source: bool,
    /// What is known of the file; all empty where it was not kept.
    pub about: About,
}

/// A run that saw a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenIn {
    /// The run.
    pub run: RunId,
    /// When it was imported, RFC 3339.
    pub imported: String,
    /// The revision scanned; empty where not known.
    pub revision: String,
    /// The branch scanned; empty where not known.
    pub branch: String,
}

/// A tool that reported nothing of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// The tool.
    pub tool: String,
    /// Whether it looked at the file; `None` where it did not tell what it scanned.
    pub looked: Option<bool>,
}

/// What somebody did with a case.
pub type PastView = Past;

impl Desk {
    /// Everything known of a case.
    ///
    /// # Errors
    /// When there is no such case or the store fails.
    pub fn view(&self, number: u32, weights: &Weights) -> Result<CaseView, DeskError> {
        let docket = self.docket(Needs { standings: true, ..Needs::default() })?;
        let mut view = self.view_in(&docket, number, weights)?;
        self.add_code(&mut view)?;
        Ok(view)
    }

    /// Adds the code that a case is about.
    ///
    /// # Errors
    /// When the store fails.
    pub fn add_code(&self, view: &mut CaseView) -> Result<(), DeskError> {
        let Some(findings) = &self.findings else { return Ok(()) };
        // Where one finding is gone and another is not, the case is where the other is.
        let members = &view.findings;
        for member in members.iter().filter(|it| !it.gone).chain(members.iter().filter(|it| it.gone)) {
            view.code = code_of(findings, member)?;
            if view.code.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// As [`Self::view`], of a docket that is at hand, and without the code: the screen asks for whole files.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub fn view_in(&self, docket: &Docket, number: u32, weights: &Weights) -> Result<CaseView, DeskError> {
        let unknown = || DeskError::NoSuchCase(number.to_string());
        let findings = self.findings.as_ref().ok_or_else(unknown)?;
        let evidence = self.evidence(docket);
        let worth = Worth::new(docket, weights, &evidence);
        let mut listed = listed(findings, docket, &worth, number)?.ok_or_else(unknown)?;
        told::complete(findings, std::slice::from_mut(&mut listed))?;
        let mut view = self.view_of(listed)?;
        view.worth = worth.explain(number);
        Ok(view)
    }

    /// As [`Self::view`], of a case as a list shows it; what its worth is made of is not known without a docket.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub(super) fn view_of(&self, listed: Listed) -> Result<CaseView, DeskError> {
        let number = listed.number;
        let findings = self.findings.as_ref().ok_or_else(|| DeskError::NoSuchCase(number.to_string()))?;
        let tools = findings.tools()?;
        let history = match &self.journal {
            Some(journal) => journal.history(listed.name)?,
            None => Vec::new(),
        };
        let details = findings.case_findings(number)?;
        let rows: Vec<&FindingRow> = details.iter().map(|detail| &detail.row).collect();
        let mut by_hand = since::by_hand(findings, listed.name, &history, &rows)?;
        let changed = listed.standing.state == State::Stale || listed.standing.touched;
        let drift =
            if changed { since::drift(findings, &history, &listed.path, &rows)? } else { String::new() };
        let mut members = Vec::with_capacity(details.len());
        for detail in details {
            let rule = findings.rule(detail.row.rule)?;
            members.push(FindingView {
                claim: postcard::from_bytes(&detail.claim).unwrap_or_default(),
                tool: tools.get(&detail.row.tool).cloned().unwrap_or_default(),
                help: rule.help,
                link: rule.link,
                path: findings.path_text(detail.row.path)?,
                matched: evidence_words(detail.row.evidence),
                by_hand: by_hand.remove(&detail.row.name),
                gone: detail.row.flags & FindingFlags::GONE != 0,
                detail,
            });
        }
        let kind = members.first().map_or(Kind::Code, |head| head.claim.kind);
        let mut silent = Vec::new();
        for (tool, looked) in findings.looked_at(u32::from(listed.row.project), listed.row.path)? {
            let name = tools.get(&tool).cloned().unwrap_or_default();
            if !listed.tools.contains(&name) && silence::reads(&name, kind, &listed.path) {
                // What is no file is in nobody's list of scanned files.
                let looked = looked.filter(|_| listed.row.path != 0);
                silent.push(Silent { tool: name, looked });
            }
        }
        let runs = findings.runs()?;
        let seen = |row: u32| {
            let run = runs.iter().find(|run| run.id == row)?;
            Some(SeenIn {
                run: run.name,
                imported: run.imported.clone(),
                revision: run.revision.clone(),
                branch: run.branch.clone(),
            })
        };
        let weaknesses = listed.cwes.iter().map(|&cwe| (Cwe(cwe), Cwe(cwe).description())).collect();
        Ok(CaseView {
            worth: Vec::new(),
            step_lines: step_lines(findings, &members)?,
            first_seen: seen(listed.row.first_run),
            last_seen: seen(listed.row.last_run),
            findings: members,
            code: None,
            silent,
            history,
            drift,
            weaknesses,
            listed,
            is_back: false,
        })
    }

    /// Which of a case's findings a name means.
    ///
    /// # Errors
    /// When it means none of them.
    pub fn member(&self, view: &CaseView, name: &str) -> Result<FindingId, DeskError> {
        let names = view.findings.iter().map(|member| member.detail.row.name);
        let mut found = names.filter(|id| id.to_string().starts_with(&name.to_ascii_lowercase()));
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(DeskError::NoSuchFinding(name.to_owned())),
        }
    }
}

/// Imports that are told of a file; a generated one may have thousands.
const IMPORTS: usize = 200;

/// The code that a finding flags, from its snapshot or from what the tool quoted.
fn code_of(findings: &Findings, member: &FindingView) -> Result<Option<Evidence>, DeskError> {
    let row = &member.detail.row;
    let flagged = (row.line, row.end_line.max(row.line));
    let text = if row.snapshot == 0 { None } else { findings.snapshot_text(row.snapshot)? };
    if let Some(text) = text {
        let flagged = match &member.claim.dependency {
            // A whole manifest is flagged: its first lines would say nothing of the package.
            Some(package) if row.line == 0 => lockfile::entry(&text, &package.name, &package.version),
            _ => Some(flagged),
        };
        let mut evidence = flagged.map(|flagged| excerpt(&member.path, text, flagged));
        if let Some(evidence) = &mut evidence
            && let Some((language, framework, service)) = findings.sighted(row.path, row.snapshot)?
        {
            evidence.about = About { language, framework, service, ..std::mem::take(&mut evidence.about) };
        }
        return Ok(evidence);
    }
    let Some(place) = &member.claim.place else { return Ok(None) };
    let (quoted, first_line) = if place.context.is_empty() {
        (&place.snippet, row.line)
    } else {
        // The finding may have moved since the tool counted its lines.
        let before = place.start.line.saturating_sub(place.context_line.max(1));
        (&place.context, row.line.saturating_sub(before).max(1))
    };
    if quoted.trim().is_empty() {
        return Ok(None);
    }
    Ok(Some(Evidence {
        path: member.path.clone(),
        lines: quoted.lines().map(str::to_owned).collect(),
        first_line,
        flagged,
        scope: place.scope.clone(),
        from_source: false,
        about: About::default(),
    }))
}

/// The code on which steps stand that the tool says nothing of and quotes nothing of. Only texts that the steps were
/// counted in are read: that of the finding while it has not moved, and of other files the only one there is.
fn step_lines(
    findings: &Findings,
    members: &[FindingView],
) -> Result<FxHashMap<(String, u32), String>, DeskError> {
    let mut texts: FxHashMap<String, Option<String>> = FxHashMap::default();
    let mut found = FxHashMap::default();
    for member in members {
        let (row, claim) = (&member.detail.row, &member.claim);
        let told = claim.place.as_ref();
        if told.is_none_or(|place| place.start.line != row.line) {
            continue;
        }
        // Tools that name files from another folder do so for every step.
        let prefix = told.and_then(|place| place.path.strip_suffix(&member.path)).unwrap_or_default();
        let mute = |step: &&Step| step.message.is_empty() && step.place.snippet.trim().is_empty();
        for step in claim.traces.iter().flatten().chain(&claim.related).filter(mute) {
            let path = step.place.path.strip_prefix(prefix).unwrap_or(&step.place.path);
            if !texts.contains_key(path) {
                let snapshot = if path == member.path {
                    Some(row.snapshot).filter(|&snapshot| snapshot != 0)
                } else {
                    only_snapshot(findings, row.project, path)?
                };
                let text = snapshot.map(|snapshot| findings.snapshot_text(snapshot)).transpose()?.flatten();
                texts.insert(path.to_owned(), text);
            }
            let Some(text) = texts.get(path).and_then(Option::as_ref) else { continue };
            let line = step.place.start.line;
            if let Some(code) = LineIndex::new(text).line(line).map(str::trim).filter(|code| !code.is_empty())
            {
                found.insert((step.place.path.clone(), line), code.to_owned());
            }
        }
    }
    Ok(found)
}

/// The snapshot of a file of which there was never another.
fn only_snapshot(findings: &Findings, project: u32, path: &str) -> Result<Option<u32>, DeskError> {
    let Some(path) = findings.path_row(project, path)? else { return Ok(None) };
    Ok(match findings.snapshots_of(path)?.as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}

/// The enclosing function of what is flagged, or some lines around it where the function is long.
fn excerpt(path: &str, text: String, flagged: (u32, u32)) -> Evidence {
    let outline = Outline::of(Language::detect(path, &text), text);
    let lines = LineIndex::new(outline.text());
    let count = lines.count();
    let scope = lines.span(flagged.0.clamp(1, count.max(1)), flagged.1.clamp(1, count.max(1)));
    let scope = scope.and_then(|range| outline.scope_at(range));
    let near = (flagged.0.saturating_sub(AROUND).max(1), flagged.1.saturating_add(AROUND).min(count));
    let (first, last) = match &scope {
        Some(scope) => (near.0.max(scope.lines.0), near.1.min(scope.lines.1).max(flagged.1.min(count))),
        None => near,
    };
    let imports =
        outline.imports().iter().take(IMPORTS).filter_map(|range| outline.text().get(range.clone()));
    let about = About { imports: imports.map(|text| text.trim().to_owned()).collect(), ..About::default() };
    Evidence {
        path: path.to_owned(),
        lines: (first..=last).filter_map(|line| lines.line(line)).map(str::to_owned).collect(),
        first_line: first,
        flagged,
        scope: scope.map(|scope| scope.qualified).unwrap_or_default(),
        from_source: true,
        about,
    }
}
