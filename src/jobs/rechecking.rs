//! Remedies that are kept, looked at again by the scanners.

use std::path::{Path, PathBuf};

use super::act::now_ms;
use super::desk::{Desk, DeskError};
use super::remedies::again::patch;
use super::remedies::row;
use crate::docket::{Docket, Needs, Weights};
use crate::remedy::recheck::{Patch, Rechecked, Rechecker};
use crate::remedy::{CheckKind, Patched, Policy, Remedy, Sound};
use crate::scan::Scanner;
use crate::source::Tree;

/// With what remedies are looked at again.
#[derive(Debug, Clone, Copy)]
pub struct Looking<'l> {
    /// The scanners that are set up.
    pub scanners: &'l [Scanner],
    /// What is asked of remedies.
    pub policy: &'l Policy,
    /// The source tree; the one that the project was scanned in where none is named.
    pub source: Option<&'l Path>,
    /// Whether remedies of different files share a scanner's run.
    pub together: bool,
}

/// A remedy that was looked at again, or why it could not be.
#[derive(Debug)]
pub struct LookedAt {
    /// The remedy, with its checks as they are now.
    pub remedy: Remedy,
    /// What the scanners say.
    pub rechecked: Result<Rechecked, String>,
}

/// A remedy on its way.
struct Job {
    remedy: Remedy,
    project: String,
    made: Result<(PathBuf, Patch), String>,
}

impl Desk {
    /// Looks again at remedies, and keeps what came of it with them.
    ///
    /// # Errors
    /// When there is no such remedy or the store fails. That a scanner does not run is no error.
    pub fn recheck(
        &self,
        remedies: Vec<Remedy>,
        with: Looking<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<LookedAt>, DeskError> {
        let docket = self.docket(Needs::default())?;
        let mut jobs = Vec::with_capacity(remedies.len());
        for remedy in remedies {
            jobs.push(self.job(&docket, remedy, with)?);
        }
        let mut roots: Vec<PathBuf> = Vec::new();
        for root in jobs.iter().filter_map(|job| job.made.as_ref().ok()).map(|(root, _)| root) {
            if !roots.contains(root) {
                roots.push(root.clone());
            }
        }
        let mut told: Vec<Option<Result<Rechecked, String>>> = jobs.iter().map(|_| None).collect();
        for root in roots {
            let (places, patches): (Vec<usize>, Vec<Patch>) = jobs
                .iter()
                .enumerate()
                .filter_map(|(at, job)| job.made.as_ref().ok().map(|made| (at, made)))
                .filter(|(_, (of, _))| *of == root)
                .map(|(at, (_, patch))| (at, patch.clone()))
                .unzip();
            let looked = match Tree::open(&root) {
                Ok(tree) => rechecker(&tree, with, stop).recheck(&patches).into_iter().map(Ok).collect(),
                Err(refusal) => vec![Err(refusal.to_string()); patches.len()],
            };
            for (at, looked) in places.into_iter().zip(looked) {
                if let Some(place) = told.get_mut(at) {
                    *place = Some(looked);
                }
            }
        }
        let mut done = Vec::with_capacity(jobs.len());
        let mut rows = Vec::with_capacity(jobs.len());
        for (job, told) in jobs.into_iter().zip(told) {
            let Job { mut remedy, project, made } = job;
            let rechecked = match (told, made) {
                (Some(told), _) => told,
                (None, Err(why)) => Err(why),
                (None, Ok(_)) => Err("it was called off".to_owned()),
            };
            // Where nobody could look, what was seen before still is what was seen.
            if let Ok(rechecked) = &rechecked {
                take(&mut remedy, rechecked, with.policy);
                rows.push(row(&remedy, &project, now_ms()));
            }
            done.push(LookedAt { remedy, rechecked });
        }
        self.remedies_to_write()?.rechecked(&rows)?;
        Ok(done)
    }

    /// What a remedy is made to as a patch of its tree, as the code is now.
    fn job(&self, docket: &Docket, remedy: Remedy, with: Looking<'_>) -> Result<Job, DeskError> {
        let number = match self.resolve(&remedy.case.to_string()) {
            Err(DeskError::NoSuchCase(_)) => {
                let made = Err("its case is no more: import a scan of it first".to_owned());
                return Ok(Job { remedy, project: String::new(), made });
            }
            number => number?,
        };
        let view = self.view_in(docket, number, &Weights::default())?;
        let project = view.listed.project.clone();
        let tree = match with.source {
            Some(source) => Tree::open(source).map_err(|refusal| refusal.to_string()),
            None => self.tree(&project)?,
        };
        let made = match tree {
            Ok(tree) => {
                let subject = self.subject(&view, &tree)?.map_err(|(_, why)| why);
                subject.and_then(|subject| {
                    let files = Patched::all(&tree, &remedy.edits).map_err(|error| error.to_string())?;
                    Ok((tree.root().to_owned(), patch(&subject, &files)))
                })
            }
            Err(why) => Err(why),
        };
        Ok(Job { remedy, project, made })
    }
}

fn rechecker<'r>(tree: &'r Tree, with: Looking<'r>, stop: &'r dyn Fn() -> bool) -> Rechecker<'r> {
    Rechecker { tree, scanners: with.scanners, together: with.together, cancelled: stop }
}

/// Puts what the scanners say in the place of what they said before.
fn take(remedy: &mut Remedy, rechecked: &Rechecked, policy: &Policy) {
    remedy.checks.retain(|check| check.kind != CheckKind::Recheck);
    let at = remedy.checks.iter().position(|check| check.kind > CheckKind::Recheck);
    let at = at.unwrap_or(remedy.checks.len());
    remedy.checks.splice(at..at, rechecked.checks(policy.new_findings));
    remedy.sound = Sound::of(&remedy.checks, &policy.required);
}
