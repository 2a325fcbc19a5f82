//! A remedy's way into a source tree and out of it again.
//!
//! What is to be done is noted first, then done, then told to the journal, then noted as done. Whoever comes after a
//! program that ended in between goes on from the note: forward where a file was in place already, else backward. A lock
//! keeps two programs from doing so at once, and from taking one at work for one that ended.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::decide::{APPLIED, Decided, body, other};
use super::is_of_use;
use crate::domain::{Digest, EntryId, RemedyId};
use crate::jobs::act::now_ms;
use crate::jobs::desk::{Desk, DeskError};
use crate::ledger::{Act, ChainId, Other};
use crate::remedy::{
    Change, Edit, NotEditable, Patched, Remedy, Rewrite, RewriteError, Root, SourceFile, Watch, merge,
};
use crate::store::{ApplicationRow, Past, Remedies, Undone, Writer};

/// What was done to a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The remedy.
    pub remedy: RemedyId,
    /// The tree.
    pub tree: String,
    /// The files.
    pub files: Vec<String>,
    /// The entry that says so.
    pub entry: Option<EntryId>,
    /// Whether a file had changed since the remedy was made, and the change was brought onto it.
    pub rebased: bool,
    /// What was taken back, where it was.
    pub undone: Option<Undone>,
}

/// What is to be done, whole: enough to go on from after anything.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Plan {
    /// The tree's root.
    tree: String,
    files: Vec<PlannedFile>,
    /// The act that tells it, for an application.
    act: Option<Other>,
    /// The entry that is taken back, otherwise.
    takes_back: Option<EntryId>,
    /// Who does it.
    chain: ChainId,
    reviewer: String,
    rebased: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PlannedFile {
    path: String,
    before: Digest,
    after: Digest,
    /// What makes the file after of the file before; secrets in what is replaced are masked.
    changes: Vec<Change>,
}

impl PlannedFile {
    /// The file's bytes afterwards, from the file as it must be.
    fn after_of(&self, bytes: Vec<u8>) -> Result<Vec<u8>, NotEditable> {
        let file = SourceFile::new(&self.path, bytes)?;
        let edit = Edit { path: self.path.clone(), base: self.before, changes: self.changes.clone() };
        Ok(Patched::new(file, &edit)?.bytes)
    }

    /// The way back.
    fn back(&self) -> Self {
        let edit = Edit { path: self.path.clone(), base: self.before, changes: self.changes.clone() };
        Self { path: self.path.clone(), before: self.after, after: self.before, changes: edit.back() }
    }

    fn rewrite(&self, root: &Root) -> Result<Rewrite, DeskError> {
        let bytes = root.read(&self.path).map_err(refused)?;
        if Digest::of(&bytes) != self.before {
            return Err(refused(RewriteError::Changed(self.path.clone())));
        }
        let after = self.after_of(bytes).map_err(refused)?;
        if Digest::of(&after) != self.after {
            let why = "what it replaced held a secret, which is not kept: take it back by hand";
            return Err(DeskError::Refused(why.into()));
        }
        Ok(Rewrite { path: self.path.clone(), before: self.before, after })
    }
}

fn refused(error: impl ToString) -> DeskError {
    DeskError::Refused(error.to_string())
}

impl Desk {
    /// Writes a remedy into a source tree: all of its files or none.
    ///
    /// # Errors
    /// When a check forbids it, a file has changed in a way that meets the change, or a file cannot be written; then the
    /// tree is as it was.
    pub fn apply_remedy(
        &mut self,
        remedy: &Remedy,
        source: Option<&Path>,
        anyway: bool,
        writer: &Writer,
        watch: &mut Watch<'_>,
    ) -> Result<Applied, DeskError> {
        let _lock = self.lock_trees()?;
        self.finish_applications(true)?;
        let decided = self.decided(remedy)?;
        may_apply(remedy, &decided, anyway)?;
        let store = self.remedies_to_write()?;
        let row = store.get(remedy.id)?.ok_or_else(|| DeskError::NoSuchRemedy(remedy.id.to_string()))?;
        let root = match source {
            Some(source) => Root::open(source).map_err(refused)?,
            None => {
                let tree = self.tree(&row.project)?.map_err(DeskError::Refused)?;
                Root::open(tree.root()).map_err(refused)?
            }
        };
        let (mut files, mut rebased) = (Vec::new(), false);
        for edit in &remedy.edits {
            let bytes = root.read(&edit.path).map_err(refused)?;
            let file = SourceFile::new(&edit.path, bytes).map_err(refused)?;
            let edit = if file.digest == edit.base {
                edit.clone()
            } else {
                rebased = true;
                rebase(&store, edit, &file)?
            };
            let patched = Patched::new(file, &edit).map_err(refused)?;
            crate::remedy::still_fits(&patched).map_err(DeskError::Refused)?;
            let after = Digest::of(&patched.bytes);
            files.push(PlannedFile { path: edit.path, before: edit.base, after, changes: edit.changes });
        }
        let token = token(remedy.id, now_ms());
        let tree = root.path().display().to_string();
        let mut told = body(remedy, APPLIED);
        told.insert("tree".into(), json!(tree));
        told.insert("application".into(), json!(token));
        if rebased {
            told.insert("rebased".into(), json!(true));
        }
        let plan = Plan {
            tree,
            files,
            act: Some(other(remedy, told)),
            takes_back: None,
            chain: writer.chain,
            reviewer: writer.reviewer.to_string(),
            rebased,
        };
        self.carry_out(store, &root, &row.project, remedy.id, &plan, token, watch)
    }

    /// Takes a remedy out of the tree that it was written into: its files are what they were, byte for byte.
    ///
    /// # Errors
    /// When it is in no tree, a file has changed since or cannot be written; then the tree is as it was.
    pub fn take_back_remedy(
        &mut self,
        remedy: &Remedy,
        writer: &Writer,
        watch: &mut Watch<'_>,
    ) -> Result<Applied, DeskError> {
        let _lock = self.lock_trees()?;
        self.finish_applications(true)?;
        let Some((entry, tree)) = self.decided(remedy)?.applied else {
            return Err(DeskError::Refused("it is in no source tree".into()));
        };
        self.may_take_back(remedy, entry, writer)?;
        let store = self.remedies_to_write()?;
        let done = store.done(remedy.id)?;
        let row = done.last().ok_or_else(|| {
            DeskError::Refused(format!("it was written into {tree} in another workspace: take it back there"))
        })?;
        let applied = plan_of(row)?;
        let root = Root::open(Path::new(&applied.tree)).map_err(refused)?;
        let plan = Plan {
            files: applied.files.iter().map(PlannedFile::back).collect(),
            act: None,
            takes_back: Some(entry),
            chain: writer.chain,
            reviewer: writer.reviewer.to_string(),
            ..applied
        };
        let (project, token) = (row.project.clone(), token(remedy.id, now_ms()));
        self.carry_out(store, &root, &project, remedy.id, &plan, token, watch)
    }

    /// The remedy that undo would take out of its tree, or redo write into it.
    fn next_in_tree(&self, writer: &Writer, redo: bool) -> Result<Option<RemedyId>, DeskError> {
        let Some(journal) = &self.journal else { return Ok(None) };
        // Why nothing is undone, undo itself says.
        let Ok(next) = journal.next_step(writer.reviewer.as_str(), redo) else { return Ok(None) };
        let Act::Other(other) = next.act else { return Ok(None) };
        let is_applied = other.body.get("decision").and_then(serde_json::Value::as_str) == Some(APPLIED);
        Ok(other.body.get("remedy").and_then(super::named).filter(|_| is_applied))
    }

    /// Where the reviewer's last act wrote a remedy into a tree, takes it out again.
    pub(in crate::jobs) fn undo_in_tree(&mut self, writer: &Writer) -> Result<Option<Undone>, DeskError> {
        let Some(id) = self.next_in_tree(writer, false)? else { return Ok(None) };
        let remedy = self.remedy(&id.to_string())?;
        Ok(self.take_back_remedy(&remedy, writer, &mut |_| {})?.undone)
    }

    /// What was taken out of a tree is written into it by applying it: its files may be others by now.
    pub(in crate::jobs) fn may_redo(&self, writer: &Writer) -> Result<(), DeskError> {
        match self.next_in_tree(writer, true)? {
            Some(id) => Err(DeskError::Refused(format!("apply it again: `assize remedy apply {id}`"))),
            None => Ok(()),
        }
    }

    /// Only one's own act is taken back.
    fn may_take_back(&self, remedy: &Remedy, entry: EntryId, writer: &Writer) -> Result<(), DeskError> {
        let history = self.journal.as_ref().map_or(Ok(Vec::new()), |journal| journal.history(remedy.case))?;
        let by = history.into_iter().find(|past| past.entry.id == entry).map(|past| past.entry.reviewer);
        match by.filter(|by| by != writer.reviewer.as_str()) {
            Some(by) => {
                Err(DeskError::Refused(format!("{by} has written it into the tree, and takes it back")))
            }
            None => Ok(()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one deed, which its two callers have apart")]
    fn carry_out(
        &mut self,
        mut store: Remedies,
        root: &Root,
        project: &str,
        remedy: RemedyId,
        plan: &Plan,
        token: String,
        watch: &mut Watch<'_>,
    ) -> Result<Applied, DeskError> {
        let rewrites = plan.files.iter().map(|file| file.rewrite(root)).collect::<Result<Vec<_>, _>>()?;
        let body = serde_json::to_string(plan).map_err(refused)?;
        let row = ApplicationRow {
            token: token.clone(),
            remedy,
            project: project.to_owned(),
            made: now_ms(),
            body,
        };
        store.begin(&row)?;
        if let Err(error) = root.rewrite(&rewrites, &token, watch) {
            if !matches!(error, RewriteError::Torn { .. }) {
                store.end(&token, false)?;
            }
            return Err(refused(error));
        }
        let (entry, undone) = self.tell(plan, &token)?;
        store.end(&token, true)?;
        Ok(Applied {
            remedy,
            tree: plan.tree.clone(),
            files: plan.files.iter().map(|file| file.path.clone()).collect(),
            entry,
            rebased: plan.rebased,
            undone,
        })
    }

    /// Tells the journal what was done, once.
    fn tell(&mut self, plan: &Plan, token: &str) -> Result<(Option<EntryId>, Option<Undone>), DeskError> {
        let writer = Writer { chain: plan.chain, reviewer: plan.reviewer.parse().map_err(refused)? };
        let mut journal = self.journal_to_write()?;
        let told = match (&plan.act, plan.takes_back) {
            (Some(act), _) => {
                let case = act.cases.first().copied().unwrap_or_default();
                let known =
                    journal.history(case)?.iter().find(|past| is_of(past, token)).map(|past| past.entry.id);
                let entry = match known {
                    Some(entry) => entry,
                    None => journal.append(&writer, now_ms(), Act::Other(act.clone()))?.id(),
                };
                (Some(entry), None)
            }
            (None, Some(entry)) => {
                let undone = journal.take_back(&writer, now_ms(), &[entry], false)?;
                (undone.as_ref().map(|undone| undone.retract.id), undone)
            }
            (None, None) => (None, None),
        };
        self.journal = Some(journal);
        Ok(told)
    }

    /// Whoever holds it may change trees.
    fn lock_trees(&self) -> Result<File, DeskError> {
        let path = self.workspace.file("trees.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| refused(format!("{}: {error}", path.display())))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(DeskError::Refused(
                "another assize is changing a source tree: try again when it is done".into(),
            )),
            Err(error) => Err(refused(format!("{}: {error}", path.display()))),
        }
    }

    /// Brings to an end what a program that ended in between has begun; nothing while another is at work.
    ///
    /// # Errors
    /// When it cannot be brought to an end.
    pub fn settle_trees(&mut self) -> Result<(), DeskError> {
        let Some(store) = self.remedies()? else { return Ok(()) };
        if store.begun()?.is_empty() {
            return Ok(());
        }
        drop(store);
        match self.lock_trees() {
            Ok(_lock) => self.finish_applications(false),
            Err(_) => Ok(()),
        }
    }

    /// With the lock held. What cannot be ended is told only where it is `needed`.
    fn finish_applications(&mut self, needed: bool) -> Result<(), DeskError> {
        let Some(store) = self.remedies()? else { return Ok(()) };
        for row in store.begun()? {
            let ended = plan_of(&row).and_then(|plan| self.finish(&row, &plan));
            if needed {
                ended?;
            }
        }
        Ok(())
    }

    /// Forward where a file is what it becomes, else backward: the tree is one or the other.
    fn finish(&mut self, row: &ApplicationRow, plan: &Plan) -> Result<(), DeskError> {
        let root = Root::open(Path::new(&plan.tree)).map_err(refused)?;
        let paths = || plan.files.iter().map(|file| file.path.as_str());
        root.sweep(paths(), &row.token).map_err(refused)?;
        let (mut old, mut new, mut other) = (Vec::new(), Vec::new(), 0);
        for file in &plan.files {
            match root.digest(&file.path) {
                Ok(digest) if digest == file.after => new.push(file),
                Ok(digest) if digest == file.before => old.push(file),
                _ => other += 1,
            }
        }
        let mut store = self.remedies_to_write()?;
        // Somebody has changed one of the files since: those that are new go back, so that none is without the others.
        let backward = new.is_empty() || other > 0;
        let back: Vec<PlannedFile> = new.iter().map(|file| file.back()).collect();
        let rest: Vec<&PlannedFile> = if backward { back.iter().collect() } else { old };
        let rewrites = rest.into_iter().map(|file| file.rewrite(&root)).collect::<Result<Vec<_>, _>>()?;
        root.rewrite(&rewrites, &row.token, &mut |_| {}).map_err(refused)?;
        if !backward {
            self.tell(plan, &row.token)?;
        }
        Ok(store.end(&row.token, !backward)?)
    }
}

fn may_apply(remedy: &Remedy, decided: &Decided, anyway: bool) -> Result<(), DeskError> {
    if let Some((_, tree)) = &decided.applied {
        return Err(DeskError::Refused(format!("it is in {tree} already")));
    }
    if matches!(decided.decision, Some((super::Decision::Refused, _))) {
        return Err(DeskError::Refused("it was refused: accept it first".into()));
    }
    if !is_of_use(remedy) && !anyway {
        return Err(DeskError::Refused(
            "a required check fails: see `assize remedy show`, or apply it `--anyway`".into(),
        ));
    }
    Ok(())
}

/// The edit brought onto a file that has changed since.
pub(super) fn rebase(store: &Remedies, edit: &Edit, file: &SourceFile) -> Result<Edit, DeskError> {
    let changed = || refused(NotEditable::Changed(edit.path.clone()));
    let base = store.base(edit.base)?.ok_or_else(changed)?;
    let ours = edit.apply(&base).map_err(refused)?;
    let merged = merge(&base, &ours, file.text()).ok_or_else(changed)?;
    Edit::between(&edit.path, file.digest, file.text(), &merged).map_err(refused)
}

fn plan_of(row: &ApplicationRow) -> Result<Plan, DeskError> {
    serde_json::from_str(&row.body)
        .map_err(|error| DeskError::Refused(format!("the application {} cannot be read: {error}", row.token)))
}

/// The files as the last application of a remedy left them; none where it was taken back since.
pub(super) fn written(store: &Remedies, remedy: RemedyId) -> Result<Vec<(String, Digest)>, DeskError> {
    let done = store.done(remedy)?;
    let plan = done.last().map(plan_of).transpose()?.filter(|plan| plan.act.is_some());
    Ok(plan
        .map_or_else(Vec::new, |plan| plan.files.into_iter().map(|file| (file.path, file.after)).collect()))
}

/// Whether an entry tells of an application.
fn is_of(past: &Past, token: &str) -> bool {
    match &past.entry.act {
        Act::Other(other) => other.body.get("application").and_then(serde_json::Value::as_str) == Some(token),
        _ => false,
    }
}

/// A name that no other application has.
fn token(remedy: RemedyId, now_ms: u64) -> String {
    let parts = [remedy.bytes().as_slice(), &now_ms.to_le_bytes(), &std::process::id().to_le_bytes()];
    format!("{:016x}", crate::domain::short_hash(&parts))
}
