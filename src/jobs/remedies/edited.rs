//! A remedy that a person makes of another: handed to an editor as the whole file after the change, checked as every
//! remedy is, and kept beside the one that it was made of, with both texts in the journal.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::apply::rebase;
use super::decide::{EDITED, body, other};
use super::{again, row};
use crate::docket::{Docket, Weights};
use crate::domain::RemedyId;
use crate::ingest::hidden_in;
use crate::jobs::act::now_ms;
use crate::jobs::desk::{Desk, DeskError};
use crate::ledger::Act;
use crate::remedy::recheck::Rechecker;
use crate::remedy::{
    Edit, Onlooker, Patched, Policy, Remedy, Sound, SourceFile, Subject, checked, own_check,
};
use crate::scan::Scanner;
use crate::source::Tree;
use crate::source::tree::LARGEST_FILE;
use crate::store::Writer;

/// A file for an editor: as a remedy makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The remedy.
    pub remedy: RemedyId,
    /// Which of its files it is.
    pub at: usize,
    /// The private copy.
    pub copy: PathBuf,
    /// The first line that the remedy changes.
    pub line: u32,
}

/// What a person's change of a remedy came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reedited {
    /// A remedy of its own.
    Kept(Box<Remedy>),
    /// Nothing: why.
    Nothing(String),
}

fn refused(error: impl ToString) -> DeskError {
    DeskError::Refused(error.to_string())
}

impl Desk {
    /// Puts a file of a remedy, as it would be afterwards, into a private folder of the workspace.
    ///
    /// # Errors
    /// When the file has changed in a way that meets the remedy, or cannot be written.
    pub fn draft_remedy(&self, id: RemedyId, at: usize) -> Result<Draft, DeskError> {
        let view = self.remedy_view(&id.to_string())?;
        let edit = view.remedy.edits.get(at).ok_or_else(|| refused("the remedy changes no such file"))?;
        let tree = self.tree(&view.project)?.map_err(DeskError::Refused)?;
        let (file, edit) = self.as_now(&tree, edit)?;
        let patched = Patched::new(file, &edit).map_err(refused)?;
        let before = edit.changes.first().map_or(0, |change| change.start);
        let line = 1 + patched.file.text().get(..before).unwrap_or_default().matches('\n').count();
        let name = Path::new(&edit.path).file_name().unwrap_or("file".as_ref());
        let unwritable = |error: std::io::Error| refused(format!("cannot write a copy to edit: {error}"));
        let beside = self.workspace.file("edit");
        let folder = tempfile::Builder::new()
            .prefix("edit-")
            .tempdir_in(beside.parent().unwrap_or(Path::new(".")))
            .map_err(unwritable)?;
        let copy = folder.path().join(name);
        let mut out = std::fs::File::create_new(&copy).map_err(unwritable)?;
        out.write_all(&patched.bytes).map_err(unwritable)?;
        // Whoever reads it back takes the folder away.
        let _ = folder.keep();
        Ok(Draft { remedy: id, at, copy, line: u32::try_from(line).unwrap_or(1) })
    }

    /// The file as it is in the tree, and the edit brought onto it.
    fn as_now(&self, tree: &Tree, edit: &Edit) -> Result<(SourceFile, Edit), DeskError> {
        let file = SourceFile::read(tree, &edit.path).map_err(refused)?;
        if file.digest == edit.base {
            return Ok((file, edit.clone()));
        }
        let store = self.remedies()?.ok_or_else(|| refused("nothing was proposed yet"))?;
        let edit = rebase(&store, edit, &file)?;
        Ok((file, edit))
    }

    /// Takes in what a person has made of a draft, checks it as every remedy and keeps it with the one that it was made of.
    /// The draft is taken away.
    ///
    /// # Errors
    /// When it cannot be read, the file has changed meanwhile, or a store fails.
    pub fn edited_remedy(
        &mut self,
        docket: &Docket,
        draft: &Draft,
        (policy, scanners): (&Policy, &[Scanner]),
        writer: &Writer,
        stop: &dyn Fn() -> bool,
    ) -> Result<Reedited, DeskError> {
        let written = read_back(&draft.copy)?;
        let view = self.remedy_view(&draft.remedy.to_string())?;
        let from = view.remedy;
        let number = self.number_of(from.case)?;
        let number = number.ok_or_else(|| refused("its case is no more: import a scan of it first"))?;
        let tree = self.tree(&view.project)?.map_err(DeskError::Refused)?;
        let mut edits = Vec::with_capacity(from.edits.len());
        for (at, edit) in from.edits.iter().enumerate() {
            let (file, edit) = self.as_now(&tree, edit)?;
            if at != draft.at {
                edits.push(edit);
                continue;
            }
            let new = SourceFile::new(&edit.path, written.clone()).map_err(refused)?;
            if new.text() == edit.of_text(file.text()).apply(file.text()).map_err(refused)? {
                return Ok(Reedited::Nothing("nothing was changed: the remedy stays as it is".into()));
            }
            if new.text() != file.text() {
                let made = Edit::between(&edit.path, file.digest, file.text(), new.text());
                edits.push(made.map_err(refused)?);
            }
        }
        if edits.is_empty() {
            return Ok(Reedited::Nothing("the file is as it was without the remedy: none was kept".into()));
        }
        let case = self.view_in(docket, number, &Weights::default())?;
        let subject = self.subject(&case, &tree)?.map_err(|(_, why)| DeskError::Refused(why))?;
        let made = Remedy::edited(&subject, &from, writer.reviewer.as_str(), edits);
        let mut made = self.checked(&subject, &tree, made, (policy, scanners), stop);
        if self.remedies_of_cases(&[number])?.iter().any(|known| known.id == made.id) {
            return Ok(Reedited::Nothing("there is such a remedy already".into()));
        }
        let hidden = |said: &crate::remedy::Said| {
            said.scanned.as_ref().map_or_else(Vec::new, |kept| hidden_in(kept, subject.file.text()))
        };
        let secrets: Vec<String> = subject.said.iter().flat_map(hidden).collect();
        made = made
            .without(&secrets)
            .ok_or_else(|| refused("it would repeat a secret, and secrets are not kept"))?;
        let mut store = self.remedies_to_write()?;
        if secrets.is_empty() {
            store.keep_base(subject.file.digest, &view.project, subject.file.text())?;
        }
        store.add(&row(&made, &view.project, now_ms()))?;
        let mut told = body(&made, EDITED);
        told.insert("from".into(), json!(from.id));
        told.insert("from_origin".into(), json!(from.origin.word()));
        told.insert("from_diff".into(), json!(from.diff));
        if !from.by.is_empty() {
            told.insert("from_by".into(), json!(from.by));
        }
        self.write(Act::Other(other(&made, told)), writer)?;
        Ok(Reedited::Kept(Box::new(made)))
    }

    fn checked(
        &self,
        subject: &Subject,
        tree: &Tree,
        made: Remedy,
        (policy, scanners): (&Policy, &[Scanner]),
        stop: &dyn Fn() -> bool,
    ) -> Remedy {
        let rechecker = Rechecker { tree, scanners, together: false, cancelled: stop };
        let mut further = |subject: &Subject, files: &[Patched]| {
            let mut checks = rechecker
                .recheck(&[again::patch(subject, files)])
                .first()
                .map(|looked| looked.checks(policy.new_findings))
                .unwrap_or_default();
            if Sound::of(&checks, &policy.required) != Sound::No {
                checks.extend(own_check(tree, files, policy, stop));
            }
            checks
        };
        checked(subject, made, (tree, policy), &mut further, Onlooker { tell: &|_, _| {}, stop })
    }
}

/// The bytes of a draft; it and its folder are taken away.
fn read_back(copy: &Path) -> Result<Vec<u8>, DeskError> {
    let unreadable =
        |error: std::io::Error| refused(format!("cannot read what was edited, {}: {error}", copy.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(copy)
        .map_err(unreadable)?
        .take(LARGEST_FILE)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if let Some(folder) = copy
        .parent()
        .filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("edit-")))
    {
        // An editor may have left its own files beside it.
        let _ = std::fs::remove_dir_all(folder);
    }
    Ok(bytes)
}
