//! Proposing: cases on the ladder, several at a time, so that the patches of all of them share the scanners' runs.
//!
//! What is proposed is kept as soon as its checks are made, with what was checked in the same run. What was called off before
//! it had a remedy is not kept: it was not tried.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::{again, read, row};
use crate::docket::{Docket, Weights};
use crate::domain::{CaseId, Digest};
use crate::ingest::{hidden_in, rule_family};
use crate::jobs::act::now_ms;
use crate::jobs::desk::{Desk, DeskError};
use crate::remedy::recheck::{Patch, Rechecker};
use crate::remedy::{
    Autofix, Bump, Check, CheckKind, Climb, Climbed, Fault, Miss, Onlooker, Outcome, Policy, Precedent,
    Recalled, Remedy, Rung, Said, Sound, Subject, own_check,
};
use crate::scan::Scanner;
use crate::source::Tree;
use crate::store::{MissRow, Remedies, RemedyRow};

use super::decide::Decision;

/// How many cases share the scanners' runs.
const TOGETHER: usize = 16;

/// No further case joins them after so long, where nothing else is said: a slow model's answers are not to wait for one
/// another.
const PATIENCE: Duration = Duration::from_secs(30);

/// Remedies of a rule that are asked whether they were accepted, and accepted ones that are tried.
const LOOKED_AT: u32 = 500;
const PRECEDENTS: usize = 50;

/// With what remedies are proposed.
pub struct Proposing<'p> {
    /// What is asked of them.
    pub policy: &'p Policy,
    /// The source tree; the one that the project was scanned in where none is named.
    pub source: Option<&'p Path>,
    /// Who is asked before the others: models.
    pub models: Vec<Box<dyn Rung + 'p>>,
    /// The scanners that look again.
    pub scanners: Vec<Scanner>,
    /// How long cases are gathered to share their runs.
    pub gathering: Gathering<'p>,
}

/// How cases are gathered that share the scanners' runs.
#[derive(Clone, Copy)]
pub struct Gathering<'p> {
    /// No further case joins them after so long.
    pub patience: Duration,
    /// Whether no further case is to be begun. Those that were begun are brought to their end.
    pub hold: &'p dyn Fn() -> bool,
}

impl Default for Gathering<'_> {
    fn default() -> Self {
        Self { patience: PATIENCE, hold: &|| false }
    }
}

impl std::fmt::Debug for Gathering<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Proposing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proposing").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What was proposed for a case.
#[derive(Debug)]
pub struct Proposed {
    /// The case.
    pub case: CaseId,
    /// The remedies, as they are kept.
    pub remedies: Vec<Remedy>,
    /// Why those who were asked had nothing of use.
    pub misses: Vec<Miss>,
    /// Why there is none, in a line.
    pub why: String,
}

/// What proposing took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// All of it.
    pub total: Duration,
    /// Of it, waiting for models.
    pub models: Duration,
    /// Of it, waiting for scanners and the project's own command.
    pub scanners: Duration,
}

/// A case on the ladder.
struct Work {
    case: CaseId,
    project: String,
    on: Result<(Subject, Rc<Tree>), Miss>,
    climb: Climb,
}

/// What is read once for many cases.
#[derive(Default)]
struct Known {
    /// The trees of projects.
    trees: FxHashMap<String, Result<Rc<Tree>, String>>,
    /// What was accepted for the rules of a family.
    precedents: FxHashMap<String, Rc<[(CaseId, Precedent)]>>,
}

impl Desk {
    /// Proposes remedies for a case and keeps them.
    ///
    /// # Errors
    /// When there is no such case or the store fails. That there is no remedy is no error.
    pub fn propose(
        &self,
        docket: &Docket,
        number: u32,
        with: &mut Proposing<'_>,
        onlooker: Onlooker<'_>,
    ) -> Result<Proposed, DeskError> {
        let mut one = None;
        self.propose_all(docket, &[number], with, onlooker, &mut |proposed| {
            one = Some(proposed);
            Ok::<(), DeskError>(())
        })?;
        match one {
            Some(proposed) => Ok(proposed),
            None => {
                let case = self.name_of(number)?.unwrap_or_default();
                let why = "it was called off".to_owned();
                Ok(Proposed { case, remedies: Vec::new(), misses: Vec::new(), why })
            }
        }
    }

    /// Proposes remedies for cases, in their order, and keeps them. `done` is told of each case once its checks are made;
    /// up to sixteen are checked together. Where it is called off, what was offered so far is kept, its scanners' checks
    /// told as not run; where no further one is to be begun, those that were are done and the others are not told of.
    ///
    /// # Errors
    /// When there is no such case, the store fails, or `done` does.
    pub fn propose_all<E: From<DeskError>>(
        &self,
        docket: &Docket,
        cases: &[u32],
        with: &mut Proposing<'_>,
        onlooker: Onlooker<'_>,
        done: &mut dyn FnMut(Proposed) -> Result<(), E>,
    ) -> Result<Spent, E> {
        let started = Instant::now();
        let waited = |with: &Proposing<'_>| with.models.iter().map(|it| it.waited()).sum::<Duration>();
        let waited_before = waited(with);
        let mut spent = Spent::default();
        let mut left = cases.iter();
        let mut precedents = FxHashMap::default();
        let Gathering { patience, hold } = with.gathering;
        while !(onlooker.stop)() && !hold() && !left.as_slice().is_empty() {
            let began = Instant::now();
            let mut known = Known { precedents, ..Known::default() };
            let mut works: Vec<Work> = Vec::new();
            while works.len() < TOGETHER
                && (works.is_empty() || began.elapsed() < patience && !hold())
                && !(onlooker.stop)()
                && let Some(&number) = left.next()
            {
                let mut work = self.work(docket, number, with, &mut known)?;
                work.ask(with, onlooker);
                works.push(work);
            }
            spent.scanners += settle(&mut works, with, onlooker);
            // What was checked together is kept together: a disk that is waited for case by case takes longer than a rung.
            let kept: Vec<Proposed> = self.remedies_to_write()?.together(|store| {
                let tried = works.into_iter().filter(Work::is_tried);
                tried.map(|work| work.keep(store)).collect::<Result<_, DeskError>>()
            })?;
            for proposed in kept {
                done(proposed)?;
            }
            precedents = known.precedents;
        }
        spent.models = waited(with).saturating_sub(waited_before);
        spent.total = started.elapsed();
        Ok(spent)
    }

    /// A case before it climbs.
    fn work(
        &self,
        docket: &Docket,
        number: u32,
        with: &Proposing<'_>,
        known: &mut Known,
    ) -> Result<Work, DeskError> {
        let view = self.view_in(docket, number, &Weights::default())?;
        let (case, project) = (view.listed.name, view.listed.project.clone());
        let tree = match known.trees.get(&project) {
            Some(tree) => tree.clone(),
            None => {
                let tree = match with.source {
                    Some(source) => Tree::open(source).map_err(|refusal| refusal.to_string()),
                    None => self.tree(&project)?,
                };
                known.trees.entry(project.clone()).or_insert(tree.map(Rc::new)).clone()
            }
        };
        let missing = |fault, why: String| Miss { origin: None, by: String::new(), fault, why };
        let on = match tree {
            Ok(tree) => match self.subject(&view, &tree)? {
                Ok(mut subject) => {
                    subject.precedents = self.precedents(&subject, known)?;
                    Ok((subject, tree))
                }
                Err((fault, why)) => Err(missing(fault, why)),
            },
            Err(why) => Err(missing(Fault::File, why)),
        };
        Ok(Work { case, project, on, climb: Climb::default() })
    }

    /// The remedies that were accepted for rules of the subject's families, those of other cases.
    fn precedents(&self, subject: &Subject, known: &mut Known) -> Result<Vec<Precedent>, DeskError> {
        let mut families: Vec<String> =
            subject.said.iter().map(|said| rule_family(&said.claim.rule)).collect();
        families.sort();
        families.dedup();
        let mut found = Vec::new();
        for family in families {
            let accepted = match known.precedents.get(&family) {
                Some(accepted) => Rc::clone(accepted),
                None => {
                    let accepted: Rc<[_]> = self.accepted(&family)?.into();
                    known.precedents.insert(family, Rc::clone(&accepted));
                    accepted
                }
            };
            let others = accepted.iter().filter(|(case, _)| *case != subject.case);
            found.extend(others.map(|(_, precedent)| precedent.clone()));
        }
        found.truncate(PRECEDENTS);
        Ok(found)
    }

    /// The newest remedies that were accepted for the rules of a family.
    fn accepted(&self, family: &str) -> Result<Vec<(CaseId, Precedent)>, DeskError> {
        let Some(store) = self.remedies()? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for rule in store.rules()?.into_iter().filter(|rule| rule_family(rule) == family) {
            for row in store.of_rule(&rule, LOOKED_AT)? {
                let remedy = read(&row)?;
                let is_accepted = matches!(self.decided(&remedy)?.decision, Some((Decision::Accepted, _)));
                if is_accepted && found.len() <= PRECEDENTS {
                    let path = remedy.paths().next().unwrap_or_default().to_owned();
                    let (case, rule) = (remedy.case, remedy.rule);
                    found.push((case, Precedent { remedy: remedy.id, rule, path, diff: remedy.diff }));
                }
            }
        }
        Ok(found)
    }
}

impl Work {
    /// Climbs until its remedies wait for further checks, or it is over.
    fn ask(&mut self, with: &mut Proposing<'_>, onlooker: Onlooker<'_>) {
        let Ok((subject, tree)) = &self.on else { return };
        let (mut autofix, mut recalled, mut bump) = (Autofix, Recalled, Bump::new(tree));
        let mut rungs: Vec<&mut (dyn Rung + '_)> = Vec::new();
        for model in &mut with.models {
            rungs.push(&mut **model);
        }
        rungs.push(&mut autofix);
        rungs.push(&mut recalled);
        rungs.push(&mut bump);
        self.climb.ask(subject, &mut rungs, (tree, with.policy), onlooker);
    }

    /// Whether it came to an end by itself, or has something that may be kept.
    fn is_tried(&self) -> bool {
        self.on.is_err() || self.climb.is_tried()
    }

    /// Keeps what it came to.
    fn keep(self, store: &mut Remedies) -> Result<Proposed, DeskError> {
        let mut climbed = self.climb.done();
        let mut base = None;
        match &self.on {
            Err(miss) => climbed.misses.push(miss.clone()),
            Ok((subject, _)) => {
                let hidden = |said: &Said| {
                    said.scanned.as_ref().map_or_else(Vec::new, |kept| hidden_in(kept, subject.file.text()))
                };
                let secrets: Vec<String> = subject.said.iter().flat_map(hidden).collect();
                climbed = without_secrets(climbed, &secrets);
                base = secrets.is_empty().then(|| (subject.file.digest, subject.file.text()));
            }
        }
        keep(store, self.case, &self.project, &climbed, base)?;
        let why = if climbed.is_of_use() { String::new() } else { climbed.why() };
        Ok(Proposed { case: self.case, remedies: climbed.remedies, misses: climbed.misses, why })
    }
}

/// Makes the further checks of all that waits for them, and climbs on where they fail, until nothing waits any more.
/// Gives the time that scanners took.
fn settle(works: &mut [Work], with: &mut Proposing<'_>, onlooker: Onlooker<'_>) -> Duration {
    let mut took = Duration::ZERO;
    while works.iter().any(|work| work.climb.waiting().len() > 0) {
        let called_off = (onlooker.stop)();
        let made = if called_off { Vec::new() } else { looked_at(works, with, onlooker, &mut took) };
        let mut made = made.into_iter();
        for work in works.iter_mut().filter(|work| work.climb.waiting().len() > 0) {
            let Ok((subject, tree)) = &work.on else { continue };
            let mut further: Vec<Vec<Check>> = Vec::new();
            for files in work.climb.waiting() {
                further.push(match made.next() {
                    Some(mut checks) => {
                        // What runs the project's code comes last, and only where it is not in vain.
                        if Sound::of(&checks, &with.policy.required) != Sound::No {
                            let own = own_check(tree, files, with.policy, onlooker.stop);
                            took +=
                                own.as_ref().map_or(Duration::ZERO, |check| Duration::from_millis(check.ms));
                            checks.extend(own);
                        }
                        checks
                    }
                    None => vec![called_off_check()],
                });
            }
            work.climb.settle(subject, further, with.policy, onlooker);
            if !called_off {
                work.ask(with, onlooker);
            }
        }
    }
    took
}

/// What the scanners say of all patches that wait, in their order.
fn looked_at(
    works: &[Work],
    with: &Proposing<'_>,
    onlooker: Onlooker<'_>,
    took: &mut Duration,
) -> Vec<Vec<Check>> {
    let mut patches: Vec<(Rc<Tree>, Patch)> = Vec::new();
    for work in works {
        let Ok((subject, tree)) = &work.on else { continue };
        patches.extend(work.climb.waiting().map(|files| (Rc::clone(tree), again::patch(subject, files))));
    }
    let mut all: Vec<Vec<Check>> = patches.iter().map(|_| Vec::new()).collect();
    let mut roots: Vec<Rc<Tree>> = Vec::new();
    for (tree, _) in &patches {
        if !roots.iter().any(|known| known.root() == tree.root()) {
            roots.push(Rc::clone(tree));
        }
    }
    for tree in roots {
        let of_tree = patches.iter().enumerate().filter(|(_, (of, _))| of.root() == tree.root());
        let (places, patches): (Vec<usize>, Vec<Patch>) =
            of_tree.map(|(at, (_, patch))| (at, patch.clone())).unzip();
        let rechecker =
            Rechecker { tree: &tree, scanners: &with.scanners, together: true, cancelled: onlooker.stop };
        for (at, rechecked) in places.into_iter().zip(rechecker.recheck(&patches)) {
            *took += rechecked.looks.iter().map(|look| look.took).sum::<Duration>();
            if let Some(place) = all.get_mut(at) {
                *place = if (onlooker.stop)() {
                    vec![called_off_check()]
                } else {
                    rechecked.checks(with.policy.new_findings)
                };
            }
        }
    }
    all
}

/// That scanners were not asked any more.
fn called_off_check() -> Check {
    let why = "it was called off; `assize recheck` makes it";
    Check {
        kind: CheckKind::Recheck,
        by: String::new(),
        outcome: Outcome::NotRun,
        evidence: why.into(),
        ms: 0,
    }
}

/// What was found without the remedies that would repeat a secret.
fn without_secrets(mut climbed: Climbed, secrets: &[String]) -> Climbed {
    for remedy in std::mem::take(&mut climbed.remedies) {
        match remedy.without(secrets) {
            Some(kept) => climbed.remedies.push(kept),
            None => climbed.misses.push(Miss {
                origin: Some(remedy.origin),
                by: remedy.by,
                fault: Fault::File,
                why: "it would repeat a secret, and secrets are not kept".into(),
            }),
        }
    }
    climbed
}

fn keep(
    store: &mut Remedies,
    case: CaseId,
    project: &str,
    climbed: &Climbed,
    base: Option<(Digest, &str)>,
) -> Result<(), DeskError> {
    let made = now_ms();
    let rows: Vec<RemedyRow> = climbed.remedies.iter().map(|remedy| row(remedy, project, made)).collect();
    let of_use = climbed.is_of_use();
    let misses: Vec<MissRow> = climbed
        .misses
        .iter()
        .map(|miss| MissRow {
            case,
            project: project.to_owned(),
            made,
            of_use,
            body: serde_json::to_string(miss).unwrap_or_default(),
        })
        .collect();
    if let Some((digest, text)) = base.filter(|_| !rows.is_empty()) {
        store.keep_base(digest, project, text)?;
    }
    Ok(store.keep(&rows, case, &misses)?)
}
