//! Everything known of one case, as the screen and `show` present it.

use super::desk::{Desk, DeskError, Listed, listed};
use crate::docket::{Docket, Needs, Weights, Worth, WorthTerm};
use crate::domain::{Claim, Cwe, FindingId};
use crate::ingest::evidence_words;
use crate::source::{Language, Outline};
use crate::store::{FindingDetail, FindingFlags, Past};
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
    /// The run's other tools and whether they looked at the file.
    pub silent: Vec<Silent>,
    /// What was said of it, the oldest first.
    pub history: Vec<Past>,
    /// The difference that made its verdict stale; empty where there is none.
    pub drift: String,
    /// What its worth is made of.
    pub worth: Vec<WorthTerm>,
    /// What its weaknesses are, in a line each.
    pub weaknesses: Vec<(Cwe, &'static str)>,
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
    /// By which evidence it was followed last.
    pub matched: &'static str,
    /// Whether it is gone.
    pub gone: bool,
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
        self.view_in(&docket, number, weights)
    }

    /// As [`Self::view`], of a docket that is at hand.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub fn view_in(&self, docket: &Docket, number: u32, weights: &Weights) -> Result<CaseView, DeskError> {
        let unknown = || DeskError::NoSuchCase(number.to_string());
        let findings = self.findings.as_ref().ok_or_else(unknown)?;
        let evidence = self.evidence(docket);
        let worth = Worth::new(docket, weights, &evidence);
        let listed = listed(findings, docket, &worth, number)?.ok_or_else(unknown)?;
        let dictionary = findings.dictionary()?;
        let mut members = Vec::new();
        for detail in findings.case_findings(number)? {
            let rule = findings.rule(detail.row.rule)?;
            members.push(FindingView {
                claim: postcard::from_bytes(&detail.claim).unwrap_or_default(),
                tool: dictionary.tools.get(&detail.row.tool).cloned().unwrap_or_default(),
                help: rule.help,
                link: rule.link,
                matched: evidence_words(detail.row.evidence),
                gone: detail.row.flags & FindingFlags::GONE != 0,
                detail,
            });
        }
        let mut code = None;
        for member in &members {
            code = self.code(member, &listed.path)?;
            if code.is_some() {
                break;
            }
        }
        let mut drift = String::new();
        for member in &members {
            if let Some(diff) = findings.drift_diff(member.detail.row.id)?.filter(|diff| !diff.is_empty()) {
                drift = diff;
            }
        }
        let mut silent = Vec::new();
        for (tool, looked) in findings.looked_at(u32::from(listed.row.project), listed.row.path)? {
            let name = dictionary.tools.get(&tool).cloned().unwrap_or_default();
            if !listed.tools.contains(&name) {
                silent.push(Silent { tool: name, looked });
            }
        }
        let history = match &self.journal {
            Some(journal) => journal.history(listed.name)?,
            None => Vec::new(),
        };
        let weaknesses = listed.cwes.iter().map(|&cwe| (Cwe(cwe), Cwe(cwe).description())).collect();
        Ok(CaseView {
            worth: worth.explain(number),
            findings: members,
            code,
            silent,
            history,
            drift,
            weaknesses,
            listed,
        })
    }

    /// The code that a finding flags, from its snapshot or from what the tool quoted.
    fn code(&self, member: &FindingView, path: &str) -> Result<Option<Evidence>, DeskError> {
        let row = &member.detail.row;
        let flagged = (row.line, row.end_line.max(row.line));
        let text = match &self.findings {
            Some(findings) if row.snapshot != 0 => findings.snapshot_text(row.snapshot)?,
            _ => None,
        };
        if let Some(text) = text {
            return Ok(Some(excerpt(path, text, flagged)));
        }
        let Some(place) = &member.claim.place else { return Ok(None) };
        let (quoted, first_line) = if place.context.is_empty() {
            (&place.snippet, row.line)
        } else {
            (&place.context, place.context_line)
        };
        if quoted.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(Evidence {
            path: path.to_owned(),
            lines: quoted.lines().map(str::to_owned).collect(),
            first_line,
            flagged,
            scope: place.scope.clone(),
            from_source: false,
        }))
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
            _ => Err(DeskError::Refused(format!("`{name}` is no finding of this case"))),
        }
    }
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
    Evidence {
        path: path.to_owned(),
        lines: (first..=last).filter_map(|line| lines.line(line)).map(str::to_owned).collect(),
        first_line: first,
        flagged,
        scope: scope.map(|scope| scope.qualified).unwrap_or_default(),
        from_source: true,
    }
}
