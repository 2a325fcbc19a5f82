//! The samples of a batch: which there are, in what order, and each as a row when it is asked for.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::counted::Told;
use super::pairs::{self, fate};
use super::ranks::Ranks;
use super::recall::letter;
use super::rewards::Rewarded;
use super::{ExportError, ExportOrder};
use crate::dataset::batch::{
    BatchWriter, Code, Format, Item, LabelRow, Level, Pair, PairRow, Provenance, RuleOf, Split, secrets_in,
};
use crate::dataset::reward::{RewardPolicy, RewardSums};
use crate::dataset::{Class, Corpus, Fate, Gold, Whole};
use crate::docket::Docket;
use crate::domain::{CaseId, Cwe, Kind, Severity, short_hash};
use crate::ingest::without_secrets;
use crate::jobs::desk::{Desk, DeskError};
use crate::store::{CaseFlags, CaseRow, FindingRow, Findings, KeptFile, RunRow};

/// A file larger than this is no sample of clean code: it is generated or data.
const LARGEST: usize = 64 << 10;

/// A sample before it is a row.
pub(super) enum Draft {
    /// A gold label, by its place in the corpus.
    Label(usize),
    /// A clean file.
    Clean(KeptFile),
    /// A piece of code and what became of it.
    Pair(Box<Pair>),
    /// A change or a file that is scored.
    Reward(Box<Rewarded>),
}

/// All samples of a batch.
pub(super) struct Samples<'a> {
    pub(super) findings: Option<&'a Findings>,
    pub(super) docket: &'a Docket,
    pub(super) corpus: &'a Corpus,
    pub(super) format: Format,
    /// How code is scored.
    pub(super) reward: RewardPolicy,
    pub(super) drafts: Vec<Draft>,
    /// What reviewers are called in the batch.
    called: FxHashMap<String, String>,
    runs: FxHashMap<u32, RunRow>,
    files: FxHashMap<u32, Whole>,
    projects: FxHashMap<u16, Whole>,
    fates: FxHashMap<CaseId, Fate>,
    /// The text read last, by its snapshot.
    text: RefCell<(u32, Rc<str>)>,
    /// The findings read last, by their case: a row asks for them several times.
    members: RefCell<(u32, Rc<[FindingRow]>)>,
}

impl<'a> Samples<'a> {
    pub(super) fn gather(
        desk: &'a Desk,
        docket: &'a Docket,
        corpus: &'a Corpus,
        (order, reward): (&ExportOrder, RewardPolicy),
        pseudonym: impl Fn(&str) -> String,
    ) -> Result<Self, ExportError> {
        let findings = desk.findings.as_ref();
        let told = |name: &String| if order.names { name.clone() } else { pseudonym(name) };
        let mut called: FxHashMap<String, String> = FxHashMap::default();
        for name in
            corpus.gold.iter().filter_map(|gold| docket.standing(gold.case)).flat_map(|it| &it.reviewers)
        {
            if !called.contains_key(name) {
                called.insert(name.clone(), told(name));
            }
        }
        let runs = findings.map_or(Ok(Vec::new()), Findings::runs)?;
        let mut samples = Self {
            findings,
            docket,
            corpus,
            format: order.format,
            reward,
            drafts: Vec::new(),
            called,
            runs: runs.into_iter().map(|run| (run.id, run)).collect(),
            files: FxHashMap::default(),
            projects: FxHashMap::default(),
            fates: FxHashMap::default(),
            text: RefCell::new((0, Rc::from(""))),
            members: RefCell::new((0, Rc::from([]))),
        };
        let remedies = desk.remedies_of(None)?;
        samples.fates = remedies.iter().filter_map(|view| Some((view.remedy.case, fate(view)?))).collect();
        match order.format {
            Format::Labels => samples.labels()?,
            Format::Sft | Format::Dpo | Format::Kto => samples.pairs(desk, &remedies)?,
            Format::Reward => samples.rewards(desk, &remedies)?,
        }
        Ok(samples)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Gold labels and clean files, in the order of their files.
    fn labels(&mut self) -> Result<(), DeskError> {
        let clean = self.findings.map_or(Ok(Vec::new()), Findings::clean_files)?;
        self.wholes(&clean);
        self.drafts.extend((0..self.corpus.gold.len()).map(Draft::Label));
        let is_clean =
            |file: &KeptFile| self.files.get(&file.path).and_then(Whole::class) == Some(Class::Clean);
        let clean: Vec<Draft> = clean.into_iter().filter(is_clean).map(Draft::Clean).collect();
        self.drafts.extend(clean);
        let order = Ranks::of(self.docket);
        let gold = &self.corpus.gold;
        self.drafts.sort_by_cached_key(|draft| match draft {
            Draft::Label(at) => {
                let gold = gold.get(*at);
                let row = gold.and_then(|gold| self.docket.row(gold.case));
                row.map_or((0, 0, 0, 0), |row| {
                    let (project, path) = (u32::from(row.project), row.path);
                    (order.project(project), order.path(path), row.line, gold.map_or(0, |gold| gold.case))
                })
            }
            Draft::Clean(file) => (order.project(file.project), order.path(file.path), 0, 0),
            Draft::Pair(_) | Draft::Reward(_) => (0, 0, 0, 0),
        });
        Ok(())
    }

    /// Folds the labels of cases into those of their files and projects.
    fn wholes(&mut self, clean: &[KeptFile]) {
        for file in clean {
            self.files.entry(file.path).or_default().take_silence();
            if let Ok(project) = u16::try_from(file.project) {
                self.projects.entry(project).or_default().take_silence();
            }
        }
        // Both in the order of the cases: a table of a million labels would be more than all that is kept of a batch.
        let mut gold = self.corpus.gold.iter().peekable();
        for case in 1..self.docket.end() {
            while gold.next_if(|gold| gold.case < case).is_some() {}
            let gold = gold.peek().filter(|gold| gold.case == case);
            let Some(row) = self.docket.row(case).filter(|row| row.flags & CaseFlags::GONE == 0) else {
                continue;
            };
            let class = gold.and_then(|gold| Class::of_case(gold.opinion, kind(row)));
            if row.path != 0 {
                self.files.entry(row.path).or_default().take(class);
            }
            self.projects.entry(row.project).or_default().take(class);
        }
    }

    /// What the splits depend on, a sample each.
    pub(super) fn items(&self, whole_projects: bool) -> Result<Vec<Item>, DeskError> {
        let mut items = Vec::with_capacity(self.drafts.len());
        for draft in &self.drafts {
            let key =
                |what: &[u8], parts: [&str; 2]| short_hash(&[what, parts[0].as_bytes(), parts[1].as_bytes()]);
            let (id, project, path, sort, code) = match draft {
                Draft::Label(at) => {
                    let gold = self.corpus.gold.get(*at);
                    let Some((gold, row)) = gold.and_then(|gold| Some((gold, self.docket.row(gold.case)?)))
                    else {
                        items.push(Item::default());
                        continue;
                    };
                    let sort = u64::from(gold.cwe.map_or(0, |cwe| cwe.0)) << 1 | u64::from(gold.is_real());
                    let (project, path) = (self.docket.project(row), self.docket.path(row));
                    (self.name(gold.case), project, path.to_owned(), sort, self.code_of(gold, row)?)
                }
                Draft::Clean(file) => {
                    let (project, path) =
                        (self.docket.project_name(file.project), self.docket.path_text(file.path));
                    let text = self.text(file.snapshot)?;
                    (
                        file_id(project, path, &text),
                        project,
                        path.to_owned(),
                        u64::MAX,
                        Some(Code::at(path, &text, (0, 0))),
                    )
                }
                Draft::Pair(pair) => {
                    let row = self.docket.row(pair.case);
                    let project = row.map_or("", |row| self.docket.project(row));
                    let cwe = self.cwes(pair.case).first().map_or(0, |cwe| cwe.0);
                    let sort = u64::from(cwe) << 1 | u64::from(pair.wanted);
                    (pair.id.clone(), project, pair.path.clone(), sort, Some(pair.code.clone()))
                }
                Draft::Reward(sample) => self.reward_item(sample)?,
            };
            let mark = match draft {
                Draft::Label(at) => self.corpus.gold.get(*at).map_or(0, |gold| gold.mark),
                _ => 0,
            };
            let file = if path.is_empty() { 0 } else { key(b"file", [project, &path]) };
            let keys = [file, if whole_projects { key(b"project", [project, ""]) } else { 0 }, mark];
            let code = code.as_ref().map(|code| (code.before.as_str(), code.language.family()));
            items.push(Item::new(&id, keys, sort, code));
        }
        Ok(items)
    }

    /// Writes every sample into its split, and tells each to be counted.
    pub(super) fn write(
        &self,
        splits: &[Split],
        batch: &mut BatchWriter,
        count: &mut impl FnMut(Split, &Told<'_>),
        sums: &mut RewardSums,
    ) -> Result<(), ExportError> {
        for (draft, &split) in self.drafts.iter().zip(splits) {
            match draft {
                Draft::Label(at) => {
                    let Some(gold) = self.corpus.gold.get(*at) else { continue };
                    let Some(row) = self.docket.row(gold.case) else { continue };
                    let row = self.label_row(gold, row)?;
                    count(split, &Told::of_label(&row));
                    batch.row(split, &row)?;
                }
                Draft::Clean(file) => {
                    let row = self.clean_row(file)?;
                    count(split, &Told::of_label(&row));
                    batch.row(split, &row)?;
                }
                Draft::Reward(sample) => {
                    let Some((row, scored)) = self.reward_row(sample)? else { continue };
                    let cwes = self.cwes(sample.case().unwrap_or_default());
                    let numbers: Vec<u16> = cwes.iter().map(|cwe| cwe.0).collect();
                    count(split, &Told::of_change(&row.provenance, &numbers, row.masked_secrets));
                    sums.take(&scored);
                    batch.row(split, &row)?;
                }
                Draft::Pair(pair) => {
                    let cwes = self.cwes(pair.case);
                    let numbers: Vec<u16> = cwes.iter().map(|cwe| cwe.0).collect();
                    let (pair, masked) = pairs::masked(pair);
                    let row: Option<PairRow> = match self.format {
                        Format::Kto => Some(pair.alone(cwes)),
                        Format::Dpo => {
                            let refused = self.refused(&pair).map(|pair| pairs::masked(pair).0);
                            pair.over(cwes, refused.as_ref())
                        }
                        Format::Sft | Format::Labels | Format::Reward => pair.to_imitate(cwes),
                    };
                    if let Some(row) = row {
                        count(split, &Told::of_change(&pair.provenance, &numbers, masked));
                        batch.row(split, &row)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The cases that are in the batch, and the verdict of each by its letter.
    pub(super) fn cases(&self) -> (Vec<CaseId>, String) {
        let mut numbers: Vec<u32> = self.drafts.iter().filter_map(|draft| self.case_of(draft)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let gold = |case: u32| {
            let at = self.corpus.gold.binary_search_by_key(&case, |gold| gold.case).ok()?;
            self.corpus.gold.get(at)
        };
        numbers
            .into_iter()
            .filter_map(|case| Some((self.docket.name(case)?, letter(gold(case)?.opinion))))
            .unzip()
    }

    /// The case that a sample is of.
    pub(super) fn case(&self, at: usize) -> Option<CaseId> {
        self.docket.name(self.case_of(self.drafts.get(at)?)?)
    }

    fn case_of(&self, draft: &Draft) -> Option<u32> {
        match draft {
            Draft::Label(at) => self.corpus.gold.get(*at).map(|gold| gold.case),
            Draft::Clean(_) => None,
            Draft::Pair(pair) => Some(pair.case),
            Draft::Reward(sample) => sample.case(),
        }
    }

    fn name(&self, case: u32) -> String {
        self.docket.name(case).map(|name| name.to_string()).unwrap_or_default()
    }

    pub(super) fn cwes(&self, case: u32) -> &'a [Cwe] {
        self.docket.row(case).map_or(&[], |row| self.docket.cwes(row))
    }

    pub(super) fn text(&self, snapshot: u32) -> Result<Rc<str>, DeskError> {
        if snapshot == 0 {
            return Ok(Rc::from(""));
        }
        let mut last = self.text.borrow_mut();
        if last.0 != snapshot {
            let text = self.findings.map_or(Ok(None), |findings| findings.snapshot_text(snapshot))?;
            *last = (snapshot, Rc::from(text.unwrap_or_default()));
        }
        Ok(Rc::clone(&last.1))
    }

    pub(super) fn members(&self, case: u32) -> Result<Rc<[FindingRow]>, DeskError> {
        let mut last = self.members.borrow_mut();
        if last.0 != case {
            let members = self.findings.map_or(Ok(Vec::new()), |findings| findings.member_rows(case))?;
            *last = (case, Rc::from(members));
        }
        Ok(Rc::clone(&last.1))
    }

    /// The code of a label: the function around what its founder flags, where the file was kept.
    fn code_of(&self, gold: &Gold, row: &CaseRow) -> Result<Option<Code>, DeskError> {
        // Most cases have one finding, of which the docket knows the place: a million are not looked up for it.
        let (snapshot, lines) = if row.members == 1 {
            (gold.snapshot, (row.line, row.end_line))
        } else {
            let members = self.members(gold.case)?;
            let head = members.iter().find(|member| member.snapshot != 0);
            head.map_or((0, (0, 0)), |head| (head.snapshot, (head.line, head.end_line)))
        };
        if snapshot == 0 {
            return Ok(None);
        }
        let text = self.text(snapshot)?;
        Ok(Some(Code::at(self.docket.path(row), &text, lines)))
    }

    /// Whose verdicts stand on a case, as they are called in the batch.
    fn reviewers(&self, case: u32) -> Vec<String> {
        let names = self.docket.standing(case).map_or(&[][..], |standing| &standing.reviewers);
        let mut called: Vec<String> =
            names.iter().filter_map(|name| self.called.get(name).cloned()).collect();
        called.sort();
        called
    }

    /// Where the label of a case comes from.
    pub(super) fn provenance(&self, gold: &Gold) -> Result<Provenance, DeskError> {
        let decided = i64::try_from(gold.decided).unwrap_or_default();
        Ok(Provenance {
            reviewers: self.reviewers(gold.case),
            random: gold.random,
            decided: jiff::Timestamp::from_millisecond(decided).unwrap_or_default().to_string(),
            ..self.provenance_of(gold.case)?
        })
    }

    /// What reported a case.
    pub(super) fn provenance_of(&self, case: u32) -> Result<Provenance, DeskError> {
        let mut rules = Vec::new();
        let mut revision = String::new();
        let row = self.docket.row(case);
        let told: Vec<(u32, u32)> = match row.filter(|row| row.members == 1) {
            Some(row) => self.docket.rule_rows(row).iter().map(|rule| (*rule, row.last_run)).collect(),
            None => self.members(case)?.iter().map(|member| (member.rule, member.last_run)).collect(),
        };
        for (rule, run) in told {
            let (run, rule) = (self.runs.get(&run), self.docket.rule(rule));
            rules.push(RuleOf {
                tool: run.map_or_else(String::new, |run| run.tool.clone()),
                rule: rule.map_or_else(String::new, |rule| rule.name.clone()),
                version: run.map_or_else(String::new, |run| run.tool_version.clone()),
            });
            if revision.is_empty() {
                revision = run.map_or_else(String::new, |run| run.revision.clone());
            }
        }
        rules.sort();
        rules.dedup();
        let licence = self.licence_of(case)?;
        Ok(Provenance { case: self.name(case), rules, revision, licence, ..Provenance::default() })
    }

    fn label_row(&self, gold: &Gold, row: &CaseRow) -> Result<LabelRow, DeskError> {
        let code = self.code_of(gold, row)?;
        let language = code.as_ref().map_or_else(String::new, |code| code.language.name().to_owned());
        let (code, masked_secrets) = without(code.map(|code| code.before).unwrap_or_default());
        let kind = kind(row);
        let label = Class::of_case(gold.opinion, kind).unwrap_or(Class::Clean);
        // What is gone by now stood in a file that was as vulnerable as it; what else was in it nobody knows any more.
        let was = Some(label).filter(|label| *label != Class::Clean);
        let whole = |today: Option<&Whole>| {
            if row.flags & CaseFlags::GONE != 0 { was } else { today.and_then(Whole::class) }
        };
        Ok(LabelRow {
            id: self.name(gold.case),
            level: Level::Case,
            project: self.docket.project(row).to_owned(),
            path: self.docket.path(row).to_owned(),
            start_line: row.line,
            end_line: row.end_line,
            language,
            kind,
            severity: Severity::from_number(row.severity),
            cwe: self.docket.cwes(row).iter().map(|cwe| cwe.0).collect(),
            label,
            verdict: Some(gold.opinion),
            file_label: whole(self.files.get(&row.path)),
            revision_label: whole(self.projects.get(&row.project)),
            remedy: self.docket.name(gold.case).and_then(|name| self.fates.get(&name)).map(fate_word),
            code,
            masked_secrets,
            provenance: self.provenance(gold)?,
        })
    }

    pub(super) fn clean_row(&self, file: &KeptFile) -> Result<LabelRow, DeskError> {
        let text = self.text(file.snapshot)?;
        let path = self.docket.path_text(file.path);
        let language = crate::source::Language::detect(path, &text).name().to_owned();
        let kept = if text.len() <= LARGEST { text.to_string() } else { String::new() };
        let (code, masked_secrets) = without(kept);
        let run = self.runs.get(&file.run);
        let project = u16::try_from(file.project).unwrap_or_default();
        Ok(LabelRow {
            id: file_id(self.docket.project_name(file.project), path, &text),
            level: Level::File,
            project: self.docket.project_name(file.project).to_owned(),
            path: path.to_owned(),
            start_line: 0,
            end_line: 0,
            language,
            kind: Kind::Code,
            severity: Severity::from_number(0),
            cwe: Vec::new(),
            label: Class::Clean,
            verdict: None,
            file_label: Some(Class::Clean),
            revision_label: self.projects.get(&project).and_then(Whole::class),
            remedy: None,
            code,
            masked_secrets,
            provenance: Provenance {
                rules: run
                    .map(|run| RuleOf {
                        tool: run.tool.clone(),
                        rule: String::new(),
                        version: run.tool_version.clone(),
                    })
                    .into_iter()
                    .collect(),
                revision: run.map_or_else(String::new, |run| run.revision.clone()),
                licence: self.licence_at(file.path, file.snapshot)?,
                ..Provenance::default()
            },
        })
    }
}

/// The name of a clean file: that of the same text at the same place, in any workspace.
pub(super) fn file_id(project: &str, path: &str, text: &str) -> String {
    format!("file-{:016x}", short_hash(&[project.as_bytes(), path.as_bytes(), text.as_bytes()]))
}

fn kind(row: &CaseRow) -> Kind {
    Kind::ALL.get(usize::from(row.kind)).copied().unwrap_or_default()
}

fn fate_word(fate: &Fate) -> String {
    match fate {
        Fate::Accepted => "accepted".into(),
        Fate::Edited => "edited".into(),
        Fate::Refused => "refused".into(),
        Fate::Failed(check) => format!("failed {check}"),
    }
}

/// A text with its secrets masked, and how many there were.
fn without(text: String) -> (String, u64) {
    if text.is_empty() {
        return (text, 0);
    }
    let secrets = secrets_in(&text);
    if secrets.is_empty() { (text, 0) } else { (without_secrets(&text, &secrets), secrets.len() as u64) }
}
