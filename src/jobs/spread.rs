//! Spreading a verdict to the open cases that are nearly the same: which they are, in what they differ, and taking it
//! back.
//!
//! What is spread is *inferred*: it settles a case for the docket, is never gold, and falls with its source. A reviewer
//! spreads their own verdicts alone, so that nobody's opinion is multiplied by another.

use rustc_hash::{FxHashMap, FxHashSet};

use super::act::Acted;
use super::desk::{Desk, DeskError};
use super::progress::Progress;
use crate::docket::{Candidate, Docket, Likeness};
use crate::domain::{Basis, CaseId, Claim, EntryId, Kind, Opinion, Sanitisers, State};
use crate::ledger::{Act, Verdict};
use crate::source::{Language, Outline, sanitisers};
use crate::store::{FindingFlags, FindingRow, Findings, Undone, Writer};
use crate::text::LineIndex;

/// Cases whose flagged tokens are looked at, at most: a second's work.
const MOST_CANDIDATES: usize = 400_000;
/// Between two looks at whether the question still matters.
const STRIDE: usize = 4_096;
/// Cases told as alike, at most.
const MOST_ALIKE: usize = 5_000;
/// Files outlined for one question, at most: some milliseconds each.
const MOST_OUTLINES: usize = 500;

/// The open cases that are nearly the same as one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alike {
    /// The case.
    pub case: u32,
    /// The reviewer's own verdict on it, as far as it can be spread.
    pub given: Option<(EntryId, Opinion)>,
    /// The others, as they lie in the store.
    pub cases: Vec<u32>,
    /// Whether these are all; else there may be more.
    pub is_complete: bool,
    /// The kinds of sanitisers that the code around calls.
    pub sanitisers: Sanitisers,
    /// Whether that is the source around, and not only what a tool quoted.
    pub from_source: bool,
    /// What was spread from this case, or to it, and can be taken back.
    pub spread: Option<SpreadOut>,
}

/// A verdict that was spread and is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadOut {
    /// The entries that spread it.
    entries: Vec<EntryId>,
    /// The opinion.
    pub opinion: Opinion,
    /// To how many cases.
    pub cases: usize,
    /// Whether the reviewer says otherwise now, of its source or of one of the cases.
    pub is_overturned: bool,
}

#[cfg(test)]
impl SpreadOut {
    /// A verdict that was spread to so many cases.
    pub(crate) const fn sample(cases: usize) -> Self {
        Self { entries: Vec::new(), opinion: Opinion::Rejected, cases, is_overturned: false }
    }
}

/// In what a case differs from the one that it is alike to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// The case.
    pub case: u32,
    /// The function or class that it is in.
    pub scope: String,
    /// The flagged line.
    pub line: String,
    /// The flagged line of the other, where it reads differently.
    pub was: Option<String>,
    /// What else differs, in a few words each.
    pub words: Vec<String>,
}

/// What was spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spreading {
    /// The act; nothing was written where no case was left.
    pub acted: Acted,
    /// The opinion.
    pub opinion: Opinion,
    /// Cases that were asked for and are not alike or not open any more.
    pub left_out: usize,
    /// Whether all cases that are alike were found.
    pub is_complete: bool,
}

/// The sanitisers around a finding, and whether the source told them.
type Around = (Sanitisers, bool);

impl Desk {
    /// The open cases that are nearly the same as one. `None` where `gave_up` said so meanwhile.
    ///
    /// # Errors
    /// When there is no such case or the store fails.
    pub fn alike(
        &self,
        case: u32,
        likeness: Option<Likeness>,
        reviewer: &str,
        gave_up: &dyn Fn() -> bool,
    ) -> Result<Option<Alike>, DeskError> {
        let findings = self.findings()?;
        let name = self.named(case)?;
        let given = self.own_verdict(name, reviewer)?.map(|(entry, verdict)| (entry, verdict.opinion));
        let mut alike = Alike {
            case,
            given: given.filter(|(_, opinion)| *opinion != Opinion::Unsure),
            is_complete: true,
            spread: self.spread_out(name, reviewer)?,
            ..Alike::default()
        };
        let Some(likeness) = likeness else { return Ok(Some(alike)) };
        let mut reader = Reader::new(findings);
        let judged = findings.member_rows(case)?;
        (alike.sanitisers, alike.from_source) = reader.around(&judged)?;
        if likeness.candidates.len() > MOST_CANDIDATES {
            alike.is_complete = false;
        }
        let candidates = likeness.candidates.get(..MOST_CANDIDATES).unwrap_or(&likeness.candidates);
        for part in candidates.chunks(STRIDE) {
            // A case of several findings may be alike by any of them.
            let (single, several): (Vec<Candidate>, Vec<Candidate>) =
                part.iter().copied().partition(|it| it.is_single);
            let heads = single.iter().map(|it| it.head);
            let named = findings.with_tokens(heads, |tokens| likeness.has_tokens(tokens))?;
            let mut near: Vec<Candidate> =
                named.into_iter().filter_map(|at| single.get(at).copied()).collect();
            near.extend(several);
            near.sort_unstable();
            for candidate in near {
                if gave_up() {
                    return Ok(None);
                }
                let rows = findings.member_rows(candidate.case)?;
                if !likeness.covers(&rows) {
                    continue;
                }
                if alike.cases.len() >= MOST_ALIKE || reader.outlined >= MOST_OUTLINES {
                    alike.is_complete = false;
                    return Ok(Some(alike));
                }
                if reader.around(&rows)? == (alike.sanitisers, alike.from_source) {
                    alike.cases.push(candidate.case);
                }
            }
        }
        Ok(Some(alike))
    }

    /// What cases must be to be like one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn likeness(&self, docket: &Docket, case: u32) -> Result<Option<Likeness>, DeskError> {
        Ok(docket.likeness(case, &self.findings()?.member_rows(case)?))
    }

    /// In what some cases differ from one, in their order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn differences(&self, case: u32, others: &[u32]) -> Result<Vec<Difference>, DeskError> {
        let findings = self.findings()?;
        let mut reader = Reader::new(findings);
        let judged = reader.look(case)?;
        let mut differences = Vec::with_capacity(others.len());
        for &other in others {
            differences.push(judged.differs(reader.look(other)?, other));
        }
        Ok(differences)
    }

    /// A case's name, file and line; `None` where there is no such case.
    ///
    /// # Errors
    /// When the store fails.
    pub fn where_is(&self, docket: &Docket, case: u32) -> Result<Option<(CaseId, String, u32)>, DeskError> {
        let findings = self.findings()?;
        let Some((row, name)) = docket.row(case).zip(findings.case_name(case)?) else { return Ok(None) };
        Ok(Some((name, findings.path_text(row.path)?, row.line)))
    }

    /// Gives the reviewer's verdict on some cases to those that are like one of them, as inferred and as one act. `only`
    /// names those that are meant; else it is all of them.
    ///
    /// # Errors
    /// When they were not judged by one verdict of the reviewer that settles each of them, or it cannot be written; then
    /// nothing changed.
    pub fn spread(
        &mut self,
        docket: &Docket,
        cases: &[u32],
        only: Option<&[u32]>,
        writer: &Writer,
    ) -> Result<Spreading, DeskError> {
        let refused = |why: &str| Err(DeskError::Refused(why.to_owned()));
        let reviewer = writer.reviewer.as_str();
        let mut judged: Option<(EntryId, Verdict)> = None;
        let (mut alike, mut is_complete) = (Vec::new(), true);
        for &case in cases {
            let Some((source, given)) = self.own_verdict(self.named(case)?, reviewer)? else {
                return refused("only a verdict of your own can be spread; judge the case first");
            };
            let stands = self.standing(docket, case)?.is_some_and(|it| {
                it.state == State::Settled && it.verdict == Some(given.opinion) && !it.touched
            });
            if !stands {
                return refused("the verdict does not settle the case as it is now; judge it again first");
            }
            if judged.as_ref().is_some_and(|(known, _)| *known != source) {
                return refused("these cases were not judged by one verdict; spread them one by one");
            }
            judged = Some((source, given));
            let likeness = self.likeness(docket, case)?;
            let Some(found) = self.alike(case, likeness, reviewer, &|| false)? else { continue };
            alike.extend(found.cases);
            is_complete &= found.is_complete;
        }
        let Some((source, given)) = judged else { return refused("name a case that you judged") };
        alike.sort_unstable();
        alike.dedup();
        let mut left_out = 0;
        if let Some(only) = only {
            let only: FxHashSet<u32> = only.iter().copied().collect();
            alike.retain(|case| only.contains(case));
            left_out = only.len() - alike.len();
        }
        let verdict = Verdict {
            cases: self.judged(&alike, &Progress::untold())?,
            opinion: given.opinion,
            reason: given.reason,
            note: String::new(),
            until: given.until,
            basis: Basis::Inferred,
            source: Some(source),
            seen: None,
        };
        let acted = self.write(Act::Verdict(verdict), writer)?;
        Ok(Spreading { acted, opinion: given.opinion, left_out, is_complete })
    }

    /// Takes back what this reviewer spread from a case, or to it, all of it in one act.
    ///
    /// # Errors
    /// When there is nothing, or it cannot be written; then nothing changed.
    pub fn take_back_spread(&mut self, case: u32, writer: &Writer) -> Result<Undone, DeskError> {
        let name = self.named(case)?;
        let nothing = || DeskError::Refused("no verdict of yours was spread from this case or to it".into());
        let spread = self.spread_out(name, writer.reviewer.as_str())?.ok_or_else(nothing)?;
        let mut journal = self.journal_to_write()?;
        let undone = journal.take_back(writer, super::act::now_ms(), &spread.entries, true)?;
        self.journal = Some(journal);
        undone.ok_or_else(nothing)
    }

    fn named(&self, case: u32) -> Result<CaseId, DeskError> {
        self.findings()?.case_name(case)?.ok_or_else(|| DeskError::NoSuchCase(case.to_string()))
    }

    /// Whether a reviewer gave a verdict on a case that decides, which is all that can be spread.
    pub(super) fn may_be_spread(&self, case: u32, reviewer: &str) -> Result<bool, DeskError> {
        let own = self.own_verdict(self.named(case)?, reviewer)?;
        Ok(own.is_some_and(|(_, verdict)| verdict.opinion != Opinion::Unsure))
    }

    /// A reviewer's own verdict in force on a case.
    fn own_verdict(&self, case: CaseId, reviewer: &str) -> Result<Option<(EntryId, Verdict)>, DeskError> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let verdicts = journal.record(case)?.unwrap_or_default().verdicts;
        let own = verdicts
            .into_iter()
            .find(|given| given.verdict.basis == Basis::Human && given.reviewer == reviewer);
        Ok(own.map(|given| (given.entry, given.verdict)))
    }

    /// What a reviewer spread from a case, or to it, as far as it is in force.
    fn spread_out(&self, case: CaseId, reviewer: &str) -> Result<Option<SpreadOut>, DeskError> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let mut sources: Vec<EntryId> = Vec::new();
        let mut says = None;
        for past in journal.history(case)? {
            let Act::Verdict(verdict) = &past.entry.act else { continue };
            if past.entry.reviewer != reviewer {
                continue;
            }
            match verdict.basis {
                // Its source, and a verdict that a later one of the same reviewer has replaced, is one still.
                Basis::Human if past.in_force => {
                    sources.push(past.entry.id);
                    says = Some(verdict.opinion);
                }
                Basis::Inferred if past.in_force => sources.extend(verdict.source),
                _ => {}
            }
        }
        sources.sort_unstable();
        sources.dedup();
        let mut out: Option<SpreadOut> = None;
        for source in sources {
            for spread in journal.spread_from(source)? {
                let Act::Verdict(verdict) = &spread.entry.act else { continue };
                if !spread.in_force || spread.entry.reviewer != reviewer {
                    continue;
                }
                let known = out.get_or_insert(SpreadOut {
                    entries: Vec::new(),
                    opinion: verdict.opinion,
                    cases: 0,
                    is_overturned: false,
                });
                known.entries.push(spread.entry.id);
                known.opinion = verdict.opinion;
                known.cases += verdict.cases.len();
                known.is_overturned |= says.is_some_and(|opinion| opinion != verdict.opinion);
            }
        }
        Ok(out)
    }
}

/// How a case looks to one who compares it with another.
#[derive(Debug, Default)]
struct Looks {
    project: u32,
    scope: String,
    line: String,
    tools: Vec<String>,
    steps: usize,
}

impl Looks {
    fn differs(&self, other: Self, case: u32) -> Difference {
        let mut words = Vec::new();
        let missing = |here: &[String], there: &[String]| -> Vec<String> {
            here.iter().filter(|tool| !there.contains(tool)).cloned().collect()
        };
        let (silent, more) = (missing(&self.tools, &other.tools), missing(&other.tools, &self.tools));
        if !silent.is_empty() {
            words.push(format!("{} silent", silent.join(", ")));
        }
        if !more.is_empty() {
            words.push(format!("also {}", more.join(", ")));
        }
        if self.steps != other.steps {
            words.push(match other.steps {
                0 => "no data flow told".to_owned(),
                steps => format!("data flow of {steps} steps, not {}", self.steps),
            });
        }
        if self.project != other.project {
            words.push("another project".to_owned());
        }
        let was = (self.line != other.line).then(|| self.line.clone());
        Difference { case, scope: other.scope, line: other.line, was, words }
    }
}

/// Reads the code around findings, each file once while it is asked about and each function once altogether.
struct Reader<'f> {
    findings: &'f Findings,
    /// The file read last.
    file: Option<(u32, Outline)>,
    /// By the tokens of the enclosing function: the same function calls the same.
    known: FxHashMap<u64, Sanitisers>,
    paths: FxHashMap<u32, String>,
    tools: FxHashMap<u32, String>,
    outlined: usize,
}

impl<'f> Reader<'f> {
    fn new(findings: &'f Findings) -> Self {
        Self {
            findings,
            file: None,
            known: FxHashMap::default(),
            paths: FxHashMap::default(),
            tools: FxHashMap::default(),
            outlined: 0,
        }
    }

    /// The kinds of sanitisers around a case, and whether the source told them.
    fn around(&mut self, rows: &[FindingRow]) -> Result<Around, DeskError> {
        let Some(row) = speaking(rows) else { return Ok(Around::default()) };
        if row.kind == Kind::Dependency as u8 {
            // A version is not made safe by what is called near its name.
            return Ok(Around::default());
        }
        if row.snapshot != 0 {
            if let Some(&known) = self.known.get(&row.body).filter(|_| row.body != 0) {
                return Ok((known, true));
            }
            if let Some(outline) = self.outline(row)? {
                let called = sanitisers::around(outline, (row.line, row.end_line.max(row.line)));
                if row.body != 0 {
                    self.known.insert(row.body, called);
                }
                return Ok((called, true));
            }
        }
        let claim = self.claim(row)?;
        let quoted =
            claim.place.map(|place| if place.context.is_empty() { place.snippet } else { place.context });
        let family = Language::detect(self.path(row.path)?, "").family();
        Ok((sanitisers::called(&quoted.unwrap_or_default(), family), false))
    }

    /// How a case looks.
    fn look(&mut self, case: u32) -> Result<Looks, DeskError> {
        let rows = self.findings.member_rows(case)?;
        let mut looks = Looks::default();
        let Some(row) = speaking(&rows) else { return Ok(looks) };
        looks.project = row.project;
        if self.tools.is_empty() {
            self.tools = self.findings.dictionary()?.tools;
        }
        for here in rows.iter().filter(|row| row.flags & FindingFlags::GONE == 0) {
            looks.tools.extend(self.tools.get(&here.tool).cloned());
        }
        looks.tools.sort_unstable();
        looks.tools.dedup();
        let claim = self.claim(row)?;
        looks.steps = claim.traces.iter().map(Vec::len).max().unwrap_or(0);
        if let Some(outline) = self.outline(row)? {
            let lines = LineIndex::new(outline.text());
            looks.line = lines.line(row.line).unwrap_or_default().trim().to_owned();
            let scope = lines.range(row.line).and_then(|range| outline.scope_at(range));
            looks.scope = scope.map(|scope| scope.qualified).unwrap_or_default();
        } else if let Some(place) = claim.place {
            looks.line = place.snippet.lines().next().unwrap_or_default().trim().to_owned();
            looks.scope = place.scope;
        }
        Ok(looks)
    }

    /// The outline of the file in which a finding was seen, where it was kept.
    fn outline(&mut self, row: &FindingRow) -> Result<Option<&Outline>, DeskError> {
        if row.snapshot == 0 {
            return Ok(None);
        }
        if self.file.as_ref().is_none_or(|(snapshot, _)| *snapshot != row.snapshot) {
            let Some(text) = self.findings.snapshot_text(row.snapshot)? else { return Ok(None) };
            let language = Language::detect(self.path(row.path)?, &text);
            self.outlined += 1;
            self.file = Some((row.snapshot, Outline::of(language, text)));
        }
        Ok(self.file.as_ref().map(|(_, outline)| outline))
    }

    fn claim(&self, row: &FindingRow) -> Result<Claim, DeskError> {
        let Ok(id) = u32::try_from(row.id) else { return Ok(Claim::default()) };
        let mut claim = Claim::default();
        self.findings.each_claim(&[id], |_, told| claim = postcard::from_bytes(told).unwrap_or_default())?;
        Ok(claim)
    }

    fn path(&mut self, path: u32) -> Result<&str, DeskError> {
        if !self.paths.contains_key(&path) {
            self.paths.insert(path, self.findings.path_text(path)?);
        }
        Ok(self.paths.get(&path).map_or("", String::as_str))
    }
}

/// The finding of a case whose code is shown: the first that is here and whose file was kept.
fn speaking(rows: &[FindingRow]) -> Option<&FindingRow> {
    let here = || rows.iter().filter(|row| row.flags & FindingFlags::GONE == 0);
    here().find(|row| row.snapshot != 0).or_else(|| here().next())
}
