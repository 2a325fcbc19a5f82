//! Rewards: what an ensemble of tools says of changes that were made, and of files as they are.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::gather::{Draft, Samples, file_id};
use super::pairs::{FIX, fate, masked};
use crate::dataset::Fate;
use crate::dataset::batch::{Checked, Code, Pair, RewardRow, excerpt};
use crate::dataset::reward::{Flag, Loss, Scored, ToolLook, score};
use crate::domain::{Basis, Kind, Opinion, Severity, short_hash};
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::remedies::RemedyView;
use crate::jobs::silence;
use crate::remedy::{Check, CheckKind, Outcome};
use crate::source::Language;
use crate::store::{FindingFlags, FindingRow, Findings, FlagRow, KeptFile};

/// What the origin of a file as it is is called.
const FILE: &str = "file";
/// Languages of files that configure or list something, which other tools read than those for code.
const DATA: [&str; 9] = ["json", "yaml", "toml", "xml", "dockerfile", "text", "hcl", "ini", "properties"];
/// How a check says that what was reported is still there.
const STANDS: [&str; 3] = ["evaded", "moved", "stands"];

/// A sample with what tools say of it.
pub(super) struct Rewarded {
    pub(super) of: Of,
    looks: Vec<ToolLook>,
}

/// What is scored.
pub(super) enum Of {
    /// A change, and whether a person wanted it.
    Change(Box<Pair>, Option<bool>),
    /// A file.
    File(KeptFile),
}

impl Rewarded {
    /// The case that it is about, by its number.
    pub(super) fn case(&self) -> Option<u32> {
        match &self.of {
            Of::Change(pair, _) => Some(pair.case),
            Of::File(_) => None,
        }
    }
}

/// What tools and rules are called, and how often each rule was right.
struct Known {
    tools: FxHashMap<u32, String>,
    rules: FxHashMap<(String, String), u32>,
    verdicts: FxHashMap<u32, (u32, u32)>,
}

impl Known {
    fn of(desk: &Desk, findings: &Findings, samples: &Samples<'_>) -> Result<Self, DeskError> {
        let dictionary = findings.dictionary()?;
        let tool = |row: u32| dictionary.tools.get(&row).cloned().unwrap_or_default();
        let rules = dictionary.rules.iter().map(|(row, rule)| ((tool(rule.tool), rule.name.clone()), *row));
        Ok(Self {
            rules: rules.collect(),
            verdicts: desk.evidence(samples.docket).verdicts,
            tools: dictionary.tools,
        })
    }

    fn flag(&self, rule: Option<u32>, severity: Severity) -> Flag {
        let verdicts = rule.and_then(|rule| self.verdicts.get(&rule)).copied().unwrap_or_default();
        Flag::of(severity, verdicts)
    }

    fn tool(&self, row: u32) -> String {
        self.tools.get(&row).cloned().unwrap_or_default()
    }
}

impl Samples<'_> {
    /// Remedies that scanners looked at, fixes by people, and the files that are kept.
    pub(super) fn rewards(&mut self, desk: &Desk, remedies: &[RemedyView]) -> Result<(), DeskError> {
        let Some(findings) = self.findings else { return Ok(()) };
        let known = Known::of(desk, findings, self)?;
        let mut all = Vec::new();
        self.of_remedies(desk, findings, &known, remedies, &mut all)?;
        self.of_fixes(findings, &known, &mut all)?;
        self.of_files(findings, &known, &mut all)?;
        // What no tool that counts reads has no reward.
        all.retain(|sample| score(&self.reward, &sample.looks, &Loss::default()).is_some());
        let place = |sample: &Rewarded| match &sample.of {
            Of::Change(pair, _) => (pair.path.clone(), pair.id.clone()),
            Of::File(file) => (self.docket.path_text(file.path).to_owned(), String::new()),
        };
        all.sort_by_cached_key(place);
        self.drafts = all.into_iter().map(|sample| Draft::Reward(Box::new(sample))).collect();
        Ok(())
    }

    fn of_remedies(
        &self,
        desk: &Desk,
        findings: &Findings,
        known: &Known,
        remedies: &[RemedyView],
        all: &mut Vec<Rewarded>,
    ) -> Result<(), DeskError> {
        let Some(store) = desk.remedies()? else { return Ok(()) };
        for view in remedies {
            let Some(case) = desk.number_of(view.remedy.case)? else { continue };
            let members = findings.member_rows(case)?;
            let looks: Vec<ToolLook> =
                view.remedy.checks.iter().filter_map(|check| looked(check, &members, known)).collect();
            let [edit] = view.remedy.edits.as_slice() else { continue };
            if looks.is_empty() {
                continue;
            }
            let Some(base) = store.base(edit.base)? else { continue };
            let Some(code) = edit.apply(&base).ok().and_then(|after| excerpt(&edit.path, &base, &after))
            else {
                continue;
            };
            let mut provenance = self.provenance_of(case)?;
            provenance.origin = view.remedy.origin.word().to_owned();
            provenance.by.clone_from(&view.remedy.by);
            let checks = view.remedy.checks.iter();
            provenance.checks = checks
                .map(|check| Checked { name: check.name(), result: check.outcome.word().into() })
                .collect();
            let wanted = match fate(view) {
                Some(Fate::Accepted | Fate::Edited) => Some(true),
                Some(Fate::Refused) => Some(false),
                Some(Fate::Failed(_)) | None => None,
            };
            let id = view.remedy.id.to_string();
            let pair = Pair {
                id,
                case,
                path: edit.path.clone(),
                code,
                wanted: wanted == Some(true),
                edited_from: None,
                provenance,
            };
            all.push(Rewarded { of: Of::Change(Box::new(pair), wanted), looks });
        }
        Ok(())
    }

    fn of_fixes(&self, findings: &Findings, known: &Known, all: &mut Vec<Rewarded>) -> Result<(), DeskError> {
        let mut seen: FxHashSet<(u32, u32, u32)> = FxHashSet::default();
        for fix in findings.fixes()? {
            if !seen.insert((fix.case, fix.before, fix.after)) || self.is_false(fix.case) {
                continue;
            }
            let path = findings.path_text(fix.path)?;
            let texts = (findings.snapshot_text(fix.before)?, findings.snapshot_text(fix.after)?);
            let (Some(before), Some(after)) = texts else { continue };
            let Some(code) = excerpt(&path, &before, &after) else { continue };
            let mut looks: BTreeMap<String, Vec<Flag>> = BTreeMap::new();
            for member in findings.member_rows(fix.case)? {
                let flags = looks.entry(known.tool(member.tool)).or_default();
                if member.flags & FindingFlags::GONE == 0 {
                    flags.push(known.flag(Some(member.rule), Severity::from_number(member.severity)));
                }
            }
            let looks =
                looks.into_iter().map(|(tool, flags)| ToolLook { tool, reads: true, flags }).collect();
            let mut provenance = self.provenance_of(fix.case)?;
            provenance.origin = FIX.to_owned();
            let hash =
                short_hash(&[provenance.case.as_bytes(), code.before.as_bytes(), code.after.as_bytes()]);
            let pair = Pair {
                id: format!("{FIX}-{hash:016x}"),
                case: fix.case,
                path,
                code,
                wanted: true,
                edited_from: None,
                provenance,
            };
            all.push(Rewarded { of: Of::Change(Box::new(pair), Some(true)), looks });
        }
        Ok(())
    }

    fn of_files(&self, findings: &Findings, known: &Known, all: &mut Vec<Rewarded>) -> Result<(), DeskError> {
        let mut flags: FxHashMap<u32, Vec<FlagRow>> = FxHashMap::default();
        findings.each_flag(|flag| flags.entry(flag.path).or_default().push(flag))?;
        for file in findings.kept_files()? {
            let path = self.docket.path_text(file.path);
            let kinds: &[Kind] = if DATA.contains(&Language::detect(path, "").name()) {
                &Kind::ALL
            } else {
                &[Kind::Code, Kind::Secret]
            };
            let own = flags.get(&file.path).map_or(&[][..], Vec::as_slice);
            let mut looks = Vec::new();
            for (tool, looked) in findings.looked_at(file.project, file.path)? {
                let name = known.tool(tool);
                let flags = own.iter().filter(|flag| flag.tool == tool);
                looks.push(ToolLook {
                    // Which tools count depends on the file alone and not on what they flag, or one finding more could
                    // bring in a tool that is otherwise content.
                    reads: looked != Some(false)
                        && kinds.iter().any(|kind| silence::reads(&name, *kind, path)),
                    tool: name,
                    flags: flags.map(|flag| self.trusted(flag, known)).collect(),
                });
            }
            all.push(Rewarded { of: Of::File(file), looks });
        }
        Ok(())
    }

    /// A finding with how far it is believed: what a person said of it, else how often its rule was right.
    fn trusted(&self, flag: &FlagRow, known: &Known) -> Flag {
        let severity = Severity::from_number(flag.severity);
        let standing = self.docket.standing(flag.case).filter(|it| it.basis == Some(Basis::Human));
        match standing.and_then(|standing| standing.verdict) {
            Some(Opinion::Confirmed | Opinion::RiskAccepted) => Flag { severity, trust: 1.0 },
            Some(Opinion::Rejected) => Flag { severity, trust: 0.0 },
            Some(Opinion::Unsure) | None => known.flag(Some(flag.rule), severity),
        }
    }

    /// Whether a person found that there is nothing to fix.
    fn is_false(&self, case: u32) -> bool {
        let standing = self.docket.standing(case);
        standing.is_some_and(|it| it.verdict == Some(Opinion::Rejected) && it.basis == Some(Basis::Human))
    }

    /// A sample as it leaves, and its reward; `None` where it has none.
    pub(super) fn reward_row(&self, sample: &Rewarded) -> Result<Option<(RewardRow, Scored)>, DeskError> {
        let (row, lost) = match &sample.of {
            Of::Change(pair, wanted) => {
                let code = &pair.code;
                let lost = Loss::between(code.language, &code.before, &code.after);
                let (pair, masked_secrets) = masked(pair);
                let project = self.docket.row(pair.case).map_or("", |row| self.docket.project(row));
                let (prompt, completion) = pair.asked(self.cwes(pair.case));
                let row = RewardRow {
                    level: "change",
                    project: project.to_owned(),
                    language: pair.code.language.name().to_owned(),
                    prompt,
                    completion,
                    code: pair.code.after,
                    wanted: *wanted,
                    masked_secrets,
                    id: pair.id,
                    path: pair.path,
                    provenance: pair.provenance,
                    ..RewardRow::default()
                };
                (row, lost)
            }
            Of::File(file) => {
                let clean = self.clean_row(file)?;
                let mut provenance = clean.provenance;
                provenance.origin = FILE.to_owned();
                let row = RewardRow {
                    level: FILE,
                    id: clean.id,
                    project: clean.project,
                    path: clean.path,
                    language: clean.language,
                    code: clean.code,
                    masked_secrets: clean.masked_secrets,
                    provenance,
                    ..RewardRow::default()
                };
                (row, Loss::default())
            }
        };
        Ok(score(&self.reward, &sample.looks, &lost).map(|scored| {
            let Scored { reward, alarm, loss, told, tools } = scored.clone();
            (RewardRow { reward, alarm, loss, lost, told, tools, ..row }, scored)
        }))
    }

    /// What a sample's split depends on: its name, project, file, sort and code.
    pub(super) fn reward_item(
        &self,
        sample: &Rewarded,
    ) -> Result<(String, &str, String, u64, Option<Code>), DeskError> {
        Ok(match &sample.of {
            Of::Change(pair, _) => {
                let project = self.docket.row(pair.case).map_or("", |row| self.docket.project(row));
                (pair.id.clone(), project, pair.path.clone(), 1, Some(pair.code.clone()))
            }
            Of::File(file) => {
                let (project, path) =
                    (self.docket.project_name(file.project), self.docket.path_text(file.path));
                let text = self.text(file.snapshot)?;
                let code = Code::at(path, &text, (0, 0));
                (file_id(project, path, &text), project, path.to_owned(), 0, Some(code))
            }
        })
    }
}

/// What a scanner said of a patch, as its check has it; `None` where it could not tell.
fn looked(check: &Check, members: &[FindingRow], known: &Known) -> Option<ToolLook> {
    let told = matches!(check.outcome, Outcome::Held | Outcome::Failed);
    if check.kind != CheckKind::Recheck || check.by.is_empty() || !told {
        return None;
    }
    let mut flags = Vec::new();
    let answer = check.evidence.words.split([';', ':']).next().unwrap_or_default().trim();
    if STANDS.contains(&answer) {
        let own = members.iter().find(|member| known.tool(member.tool) == check.by);
        let member = own.or_else(|| members.iter().max_by_key(|member| member.severity))?;
        flags.push(known.flag(Some(member.rule), Severity::from_number(member.severity)));
    }
    for line in &check.evidence.lines {
        let mut words = line.split(' ');
        let Some(Ok(severity)) = words.next().map(str::parse::<Severity>) else { continue };
        let rule = words.next().unwrap_or_default().to_owned();
        let row = known.rules.get(&(check.by.clone(), rule)).copied();
        flags.push(known.flag(row, severity));
    }
    Some(ToolLook { tool: check.by.clone(), reads: true, flags })
}
