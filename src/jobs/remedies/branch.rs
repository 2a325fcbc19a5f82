//! Remedies as commits of a new branch: one for each case, made without touching working tree or index. That is no
//! act: nothing that anybody has checked out changes.

use rustc_hash::FxHashMap;

use super::apply::rebase;
use super::{Decision, RemedyView};
use crate::domain::RemedyId;
use crate::jobs::desk::{Desk, DeskError};
use crate::remedy::{Patched, Remedy, Sound, SourceFile, still_fits};
use crate::source::plumbing::{Blob, NewCommit, Repository};
use crate::store::{Remedies, Writer};

/// A branch that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branched {
    /// Its name.
    pub name: String,
    /// The folder of the working tree that it is of.
    pub tree: String,
    /// The remedies in it, one for each commit.
    pub remedies: Vec<RemedyId>,
    /// Those that are not.
    pub left_out: Vec<LeftOut>,
}

/// A remedy that is not in a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The remedy.
    pub remedy: RemedyId,
    /// Why not.
    pub why: String,
}

impl Desk {
    /// The accepted remedies of each case: where there are several the one that was made first, but what a person made of it in
    /// its place.
    ///
    /// # Errors
    /// When a store fails.
    pub fn accepted_remedies(&self) -> Result<Vec<RemedyView>, DeskError> {
        let mut accepted: Vec<RemedyView> = Vec::new();
        for view in self.remedies_of(None)? {
            if !matches!(view.decided.decision, Some((Decision::Accepted, _))) {
                continue;
            }
            match accepted.iter_mut().find(|other| other.remedy.case == view.remedy.case) {
                Some(other) if view.remedy.edited_from == Some(other.remedy.id) => *other = view,
                Some(_) => {}
                None => accepted.push(view),
            }
        }
        Ok(accepted)
    }

    /// Makes a branch with a commit for each remedy. A remedy that does not fit the commit checked out, or what those before
    /// it have made of it, is left out.
    ///
    /// # Errors
    /// When they are of several projects, there is no repository, the name is taken or none of them fits; then there is no
    /// branch.
    pub fn branch_remedies(
        &self,
        remedies: &[RemedyView],
        name: &str,
        writer: &Writer,
    ) -> Result<Branched, DeskError> {
        let refused = |why: String| DeskError::Refused(why);
        let first =
            remedies.first().ok_or_else(|| refused("there is no remedy to put in a branch".into()))?;
        if let Some(other) = remedies.iter().find(|view| view.project != first.project) {
            let (one, other) = (&first.project, &other.project);
            return Err(refused(format!(
                "a branch is of one project, and these are of `{one}` and `{other}`: name the remedies"
            )));
        }
        let tree = self.tree(&first.project)?.map_err(DeskError::Refused)?;
        let store = self.remedies()?.ok_or_else(|| refused("nothing was proposed yet".into()))?;
        let repository = Repository::open(tree.root()).map_err(|error| refused(error.to_string()))?;
        let mut files: FxHashMap<String, Blob> = FxHashMap::default();
        let mut made = Branched {
            name: name.to_owned(),
            tree: tree.root().display().to_string(),
            remedies: Vec::new(),
            left_out: Vec::new(),
        };
        let mut commits = Vec::new();
        for RemedyView { remedy, decided, .. } in remedies {
            let why = match (&decided.decision, remedy.sound) {
                (Some((Decision::Refused, _)), _) => Some("it was refused"),
                (_, Sound::No) => Some("a required check fails"),
                _ => None,
            };
            if let Some(why) = why {
                made.left_out.push(LeftOut { remedy: remedy.id, why: why.to_owned() });
                continue;
            }
            match changed(&repository, &store, &files, remedy) {
                Ok(changed) => {
                    files.extend(changed.iter().cloned());
                    commits.push(NewCommit { message: self.message(remedy)?, files: changed });
                    made.remedies.push(remedy.id);
                }
                Err(why) => made.left_out.push(LeftOut { remedy: remedy.id, why }),
            }
        }
        if commits.is_empty() {
            let why = made.left_out.first().map(|left| left.why.clone()).unwrap_or_default();
            return Err(refused(format!("none of them can be put in a branch: {why}")));
        }
        let by = writer.reviewer.as_str();
        repository.branch(name, &commits, by).map_err(|error| refused(error.to_string()))?;
        Ok(made)
    }

    /// What a commit says of a remedy.
    fn message(&self, remedy: &Remedy) -> Result<String, DeskError> {
        let title = match self.number_of(remedy.case)? {
            Some(number) => self.view(number, &crate::docket::Weights::default()).ok().map(|view| {
                let listed = view.listed;
                let cwes: Vec<String> = listed.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
                (listed.heading().into_owned(), listed.place().into_owned(), cwes.join(", "))
            }),
            None => None,
        };
        let path = remedy.paths().next().unwrap_or_default();
        let (title, place, cwes) =
            title.unwrap_or_else(|| (remedy.rule.clone(), path.to_owned(), String::new()));
        let clean = |text: &str| crate::text::visible(&text.replace('\n', " ")).into_owned();
        let mut message = format!("Fix {} in {}\n\n", clean(&title), clean(path));
        message.push_str(&format!("{}, reported by the rule {}", clean(&place), clean(&remedy.rule)));
        message.push_str(&if cwes.is_empty() { ".\n".to_owned() } else { format!(" ({cwes}).\n") });
        if !remedy.words.is_empty() {
            message.push_str(&format!("{}\n", clean(&remedy.words)));
        }
        let checks: Vec<String> = remedy
            .checks
            .iter()
            .map(|check| format!("{} {}", clean(&check.name()), check.outcome.word().replace('_', " ")))
            .collect();
        message.push_str(&format!("\nChecks: {}\n", checks.join(", ")));
        message.push_str(&format!("Case: {}\nRemedy: {}\n", remedy.case, remedy.id));
        Ok(message)
    }
}

/// The files of a remedy after it, from the commit and what was changed of it already.
fn changed(
    repository: &Repository,
    store: &Remedies,
    files: &FxHashMap<String, Blob>,
    remedy: &Remedy,
) -> Result<Vec<(String, Blob)>, String> {
    let mut changed = Vec::with_capacity(remedy.edits.len());
    for edit in &remedy.edits {
        let known = match files.get(&edit.path) {
            Some(blob) => Some(blob.clone()),
            None => repository.read(&edit.path).map_err(|error| error.to_string())?,
        };
        let blob = known.ok_or_else(|| format!("`{}` is no file of the commit checked out", edit.path))?;
        let file = SourceFile::new(&edit.path, blob.bytes).map_err(|error| error.to_string())?;
        let edit = if file.digest == edit.base {
            edit.clone()
        } else {
            rebase(store, edit, &file).map_err(|error| error.to_string())?
        };
        let patched = Patched::new(file, &edit).map_err(|error| error.to_string())?;
        still_fits(&patched)?;
        changed.push((edit.path, Blob { mode: blob.mode, bytes: patched.bytes }));
    }
    Ok(changed)
}
