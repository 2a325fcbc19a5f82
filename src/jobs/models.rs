//! Owns the models of a workspace: their folders in `.assize/models`, and which of them is in which role.
//!
//! A role is filled by an entry of the journal, so that it is known who changed what the proposals come from; a folder is
//! only what was added. The model that comes with the program is one of every workspace's, and is asked where the journal
//! names no other (`shipped.rs`).

mod shipped;

mod process;
mod served;
mod trials;
mod tried;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::act::now_ms;
use super::desk::{Desk, DeskError};
use crate::infer::{
    AddOrder, InferError, MANIFEST, Manifest, Model, Role, Runtime, SHIPPED, shipped, shipped_bytes,
};
use crate::ledger::{Act, Other};
use crate::store::{StoreError, Workspace, Writer};

pub use process::this_program;
pub use served::{Served, serve_model};
pub use trials::{Runs, Trial, TrialOrder, Trials, serve_runs, serve_trial};
pub use tried::Tried;

/// The folder of models within the workspace's.
const FOLDER: &str = "models";

/// Why something cannot be done with a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// The model itself.
    #[error(transparent)]
    Infer(#[from] InferError),
    /// The desk.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// No model is called so.
    #[error("there is no model `{name}`; {}", match there.as_slice() {
        [] => "`assize model add DIR` adds one".to_owned(),
        there => format!("there are {}", there.join(", ")),
    })]
    NoSuchModel {
        /// What was asked for.
        name: String,
        /// What there is.
        there: Vec<String>,
    },
    /// One is called so already.
    #[error("there is a model `{0}` already; name this one by `--name`, or remove that one first")]
    Taken(String),
    /// What cannot be a name.
    #[error(
        "`{0}` is no name of a model: letters, digits, `.`, `-` and `_`, at most 60, a letter or digit first"
    )]
    BadName(String),
    /// It comes with the program.
    #[error(
        "`{0}` comes with the program and stays; `ask = false` under `[model]` in the configuration has no model asked"
    )]
    BuiltIn(String),
    /// It is in a role.
    #[error("`{name}` is in the role {role}; put another there first: `assize model use NAME --role {role}`")]
    InUse {
        /// The model.
        name: String,
        /// The role.
        role: Role,
    },
    /// No model is in a role.
    #[error(
        "no model is in the role {0}; `assize model add DIR` adds one, `assize model use NAME` puts it there"
    )]
    Vacant(Role),
    /// There is nothing to go back to.
    #[error("no other model was in the role {0} before")]
    NothingBefore(Role),
    /// Another model of the same name was put into the role.
    #[error(
        "`{name}` is not the model that was put into the role {role}: it was added anew since; \
        `assize model use {name} --role {role}` puts this one there"
    )]
    Other {
        /// The model.
        name: String,
        /// The role.
        role: Role,
    },
}

impl From<StoreError> for ModelsError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// A model of the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEntry {
    /// Its name.
    pub name: String,
    /// The roles that it is in.
    pub in_roles: Vec<Role>,
    /// What is known of it, or why that cannot be read.
    pub manifest: Result<Manifest, String>,
    /// How large its files are together.
    pub bytes: u64,
    /// How it ran here when it was tried last.
    pub tried: Option<Tried>,
    /// Whether it comes with the program.
    pub is_built_in: bool,
}

/// A model in a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InRole {
    /// Its name.
    pub name: String,
    /// The digest of its manifest.
    pub digest: String,
    /// What was there before.
    pub was: Option<String>,
    /// Who put it there; `None` where nobody did and the one that comes with the program stands in.
    pub by: Option<String>,
}

/// A role filled anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The journal's entry; `None` where that model was there already.
    pub entry: Option<String>,
    /// The role.
    pub role: Role,
    /// The model that is there now.
    pub model: String,
    /// The one that was there before.
    pub was: Option<String>,
}

/// Which model is to be put into a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick<'p> {
    /// The one of that name.
    Named(&'p str),
    /// The one that was there before.
    Before,
}

/// A model that is to be loaded.
struct Wanted {
    name: String,
    /// The digest of the one that was put into its role, where it is wanted for that.
    digest: Option<String>,
}

impl Wanted {
    /// That it is the one that was put there.
    fn held(&self, role: Role, digest: &str) -> Result<(), ModelsError> {
        match &self.digest {
            Some(put) if put != digest => Err(ModelsError::Other { name: self.name.clone(), role }),
            _ => Ok(()),
        }
    }
}

/// The models of a workspace.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The models of a workspace.
    #[must_use]
    pub fn of(workspace: &Workspace) -> Self {
        Self { folder: workspace.file(FOLDER) }
    }

    /// The folder of a model. The one that comes with the program is unpacked into it.
    ///
    /// # Errors
    /// When there is no such model.
    pub fn folder(&self, name: &str) -> Result<PathBuf, ModelsError> {
        self.hold(name)?;
        if self.is_built_in(name) { self.unpacked() } else { Ok(self.folder.join(name)) }
    }

    /// Whether there is such a model.
    ///
    /// # Errors
    /// When there is none.
    pub fn hold(&self, name: &str) -> Result<(), ModelsError> {
        if self.is_built_in(name) || is_name(name) && self.folder.join(name).join(MANIFEST).is_file() {
            Ok(())
        } else {
            Err(ModelsError::NoSuchModel { name: name.to_owned(), there: self.names() })
        }
    }

    /// The names of all models.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self.added();
        if self.is_built_in(SHIPPED) {
            names.push(SHIPPED.to_owned());
        }
        names.sort();
        names
    }

    /// The names of those that were added.
    fn added(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| is_name(name))
            .collect()
    }

    /// What is known of a model.
    fn manifest(&self, name: &str) -> Result<Option<Manifest>, InferError> {
        if self.is_built_in(name) { shipped().map(Some) } else { Manifest::read(&self.folder.join(name)) }
    }

    /// Adds a model: a copy of the folder's files is kept, the folder itself stays as it is. `trial` makes the copy and
    /// tries it, in whatever process. Gives its name, and what the trial gave.
    ///
    /// # Errors
    /// When the name is taken, or the model cannot be used here; then nothing changed.
    pub fn add<T, E: From<ModelsError>>(
        &self,
        from: &Path,
        name: Option<&str>,
        order: &AddOrder,
        trial: impl FnOnce(TrialOrder<'_>) -> Result<T, E>,
    ) -> Result<(String, T), E> {
        let name = match name {
            Some(name) if is_name(name) => name.to_owned(),
            Some(name) => return Err(ModelsError::BadName(name.to_owned()).into()),
            None => name_of(from).ok_or_else(|| ModelsError::BadName(from.display().to_string()))?,
        };
        let to = self.folder.join(&name);
        if to.exists() {
            return Err(ModelsError::Taken(name).into());
        }
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ModelsError::from(InferError::Io { path, source })
        };
        make_private(&self.folder).map_err(io(&self.folder))?;
        // Nobody sees a model before it is whole.
        let draft =
            tempfile::Builder::new().prefix(".adding-").tempdir_in(&self.folder).map_err(io(&self.folder))?;
        let tried = trial(TrialOrder { folder: draft.path(), add: Some((from, order)) })?;
        fs::rename(draft.path(), &to).map_err(io(&to))?;
        let _ = draft.keep();
        Ok((name, tried))
    }

    /// Keeps how a model ran here. What cannot be kept is known only as long as somebody looks at it.
    pub fn keep_trial(&self, name: &str, trial: &Trial, runs: &Runs) {
        let manifest = self.manifest(name).ok().flatten();
        if let Some(digest) = manifest.and_then(|manifest| manifest.digest().ok()) {
            let tried = Tried { digest, made: now_ms(), runs: runs.clone(), trial: trial.clone() };
            tried::keep(&self.folder, name, tried);
        }
    }

    fn entry(&self, name: String, in_roles: Vec<Role>) -> ModelEntry {
        let folder = self.folder.join(&name);
        let is_built_in = self.is_built_in(&name);
        let manifest = match self.manifest(&name) {
            Ok(Some(manifest)) => Ok(manifest),
            Ok(None) => Err(format!("it has no {MANIFEST}")),
            Err(error) => Err(error.to_string()),
        };
        let size = |file: &String| fs::metadata(folder.join(file)).map_or(0, |data| data.len());
        let bytes = match &manifest {
            _ if is_built_in => shipped_bytes(),
            Ok(manifest) => manifest.files.keys().map(size).sum(),
            Err(_) => 0,
        };
        let digest = manifest.as_ref().ok().and_then(|manifest| manifest.digest().ok());
        let tried = tried::last(&self.folder, &name).filter(|tried| Some(&tried.digest) == digest.as_ref());
        ModelEntry { name, in_roles, manifest, bytes, is_built_in, tried }
    }
}

impl Desk {
    /// The models of the workspace.
    #[must_use]
    pub fn shelf(&self) -> Shelf {
        Shelf::of(&self.workspace)
    }

    /// All models, by name.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn models(&self) -> Result<Vec<ModelEntry>, ModelsError> {
        let shelf = self.shelf();
        let mut filled = Vec::new();
        for role in Role::ALL {
            if let Some(there) = self.model_in(role)? {
                filled.push((role, there.name));
            }
        }
        let roles =
            |name: &str| filled.iter().filter(|(_, there)| there == name).map(|(role, _)| *role).collect();
        Ok(shelf.names().into_iter().map(|name| shelf.entry(name.clone(), roles(&name))).collect())
    }

    /// The model in a role: by the journal, whether it is here or not; where the journal names none, the one that comes with
    /// the program.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn model_in(&self, role: Role) -> Result<Option<InRole>, ModelsError> {
        match self.journalled(role)? {
            Some(there) if self.shelf().is_built_in(&there.name) => {
                // Which it is, the program's version says: a newer program brings another.
                Ok(Some(InRole { digest: shipped()?.digest()?, ..there }))
            }
            Some(there) => Ok(Some(there)),
            None => Ok(self.shelf().stands_in(role)?),
        }
    }

    /// The model in a role by the journal.
    fn journalled(&self, role: Role) -> Result<Option<InRole>, ModelsError> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let entries = journal.of_kind(Other::MODEL_SWAP)?;
        Ok(entries.into_iter().rev().find_map(|entry| {
            let Act::Other(Other { body, .. }) = &entry.act else { return None };
            let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
            let (name, digest) = (text("model")?, text("digest")?);
            (text("role")? == role.word()).then(|| InRole {
                name,
                digest,
                was: text("was"),
                by: Some(entry.reviewer.clone()),
            })
        }))
    }

    /// Puts a model into a role, as one entry of the journal. What was there before can be put back the same way.
    ///
    /// # Errors
    /// When there is no such model, or the journal cannot be written; then nothing changed.
    pub fn use_model(&mut self, role: Role, pick: Pick<'_>, writer: &Writer) -> Result<Swapped, ModelsError> {
        let now = self.model_in(role)?;
        let name = match (pick, &now) {
            (Pick::Named(name), _) => name.to_owned(),
            (Pick::Before, Some(InRole { was: Some(was), .. })) => was.clone(),
            (Pick::Before, _) => return Err(ModelsError::NothingBefore(role)),
        };
        let shelf = self.shelf();
        shelf.hold(&name)?;
        let digest =
            shelf.manifest(&name)?.map_or_else(|| Ok(String::new()), |manifest| manifest.digest())?;
        let was = now.as_ref().map(|now| now.name.clone());
        if now.is_some_and(|now| now.name == name && now.digest == digest) {
            return Ok(Swapped { entry: None, role, model: name, was });
        }
        let body: Map<String, Value> = [
            ("role", Value::from(role.word())),
            ("model", Value::from(name.as_str())),
            ("digest", Value::from(digest)),
            ("was", was.clone().map_or(Value::Null, Value::from)),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
        let act = Act::Other(Other { kind: Other::MODEL_SWAP.to_owned(), cases: Vec::new(), body });
        let mut journal = self.journal_to_write()?;
        let sealed = journal.append(writer, now_ms(), act)?;
        self.journal = Some(journal);
        Ok(Swapped { entry: Some(sealed.id().to_string()), role, model: name, was })
    }

    /// Loads the model in a role, which has to be the very one that was put there; or the one that is named instead.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn load_model(
        &self,
        role: Role,
        instead: Option<&str>,
        runtime: &Runtime,
    ) -> Result<(String, Model), ModelsError> {
        let wanted = self.wanted(role, instead)?;
        let model = self.shelf().loaded(&wanted.name, |folder| Model::load(folder, runtime))?;
        wanted.held(role, model.digest())?;
        Ok((wanted.name, model))
    }

    /// Has the same model loaded in a process of its own, which the program starts.
    ///
    /// # Errors
    /// As [`Self::load_model`].
    pub fn serve_model(
        &self,
        role: Role,
        instead: Option<&str>,
        program: &Path,
    ) -> Result<(String, Served), ModelsError> {
        let wanted = self.wanted(role, instead)?;
        let served = self.shelf().loaded(&wanted.name, |folder| Served::start(program, folder))?;
        wanted.held(role, served.digest())?;
        Ok((wanted.name, served))
    }

    /// The model in a role, or the one that is named instead.
    fn wanted(&self, role: Role, instead: Option<&str>) -> Result<Wanted, ModelsError> {
        let there = if instead.is_some() { None } else { self.model_in(role)? };
        let name = match (instead, &there) {
            (Some(name), _) => name.to_owned(),
            (None, Some(there)) => there.name.clone(),
            (None, None) => return Err(ModelsError::Vacant(role)),
        };
        Ok(Wanted { name, digest: there.map(|there| there.digest) })
    }

    /// Removes a model's files; what it proposed stays.
    ///
    /// # Errors
    /// When there is no such model, or it is in a role.
    pub fn remove_model(&self, name: &str) -> Result<(), ModelsError> {
        let shelf = self.shelf();
        if shelf.is_built_in(name) {
            return Err(ModelsError::BuiltIn(name.to_owned()));
        }
        if !is_name(name) || !shelf.names().iter().any(|there| there == name) {
            return Err(ModelsError::NoSuchModel { name: name.to_owned(), there: shelf.names() });
        }
        for role in Role::ALL {
            if self.model_in(role)?.is_some_and(|there| there.name == name) {
                return Err(ModelsError::InUse { name: name.to_owned(), role });
            }
        }
        let path = shelf.folder.join(name);
        fs::remove_dir_all(&path).map_err(|source| InferError::Io { path, source })?;
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    (1..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

/// The name that a folder gives a model.
fn name_of(folder: &Path) -> Option<String> {
    let full = folder.canonicalize().ok()?;
    let name: String = full
        .file_name()?
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c.to_ascii_lowercase() } else { '-' })
        .take(60)
        .collect();
    is_name(&name).then_some(name)
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests;
