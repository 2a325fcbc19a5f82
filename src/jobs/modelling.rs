//! The two threads behind the screen of models: one lists them, puts them into their roles and removes them, one adds and
//! tries them, which may take as long as a model takes to load. What runs a model is in a process of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::desk::Desk;
use super::models::{ModelEntry, ModelsError, Pick, Runs, Shelf, TrialOrder, Trials, Tried};
use super::paths::paths;
use super::workers::{Reply, caught};
use crate::infer::{AddOrder, InferError, Role};
use crate::store::{Workspace, Writer};

/// What the screen of models asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelRequest {
    /// The models, their roles, and what runs them.
    List,
    /// A model put into the role that it is for.
    Use(String),
    /// The model before put back into the role that one is for.
    Back(String),
    /// A model's files removed.
    Remove(String),
    /// A model loaded and tried.
    Verify(String),
    /// The model of a folder added, as the folder was written.
    Add(String),
    /// What is being added or tried is not wanted any more.
    Cancel,
}

/// A role and who fills it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleView {
    /// Its word.
    pub role: &'static str,
    /// The model in it, who put it there (nobody: it comes with the program), and which one was there before.
    pub there: Option<(String, Option<String>, Option<String>)>,
}

/// How a model ran here when it was tried last.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TriedView {
    /// Tokens of a prompt read and tokens written in a second.
    pub speed: Option<(f64, f64)>,
    /// How long it took to load, in milliseconds.
    pub load_ms: u64,
    /// The most memory that its process held, in bytes.
    pub memory: Option<u64>,
    /// What ran it.
    pub by: String,
    /// Why only the native runtime runs it, where that is so.
    pub embedded_cannot: Option<String>,
}

/// A model as a screen shows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelView {
    /// Its name.
    pub name: String,
    /// The roles that it is in.
    pub in_roles: Vec<&'static str>,
    /// What it is for.
    pub role: &'static str,
    /// Its architecture's family.
    pub family: String,
    /// How it is asked: in words, or by lines.
    pub format: &'static str,
    /// What its weights are.
    pub precision: String,
    /// How many tokens it reads.
    pub context: usize,
    /// Its licence.
    pub licence: String,
    /// Its files, and how large they are together.
    pub files: (usize, u64),
    /// The digest of its manifest.
    pub digest: String,
    /// How it ran here when it was tried last.
    pub tried: Option<TriedView>,
    /// Why it cannot be used.
    pub problem: Option<String>,
}

/// How far adding a model is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddProgress {
    /// Its folder, as it was written.
    pub from: String,
    /// Bytes that are copied.
    pub copied: u64,
    /// Of how many.
    pub of: u64,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelReply {
    /// The models by name, the roles, and what would run them or why nothing does.
    Listed {
        /// The models.
        models: Vec<ModelView>,
        /// The roles.
        roles: Vec<RoleView>,
        /// What would run them.
        runs: Result<Runs, String>,
    },
    /// How far adding is.
    Adding(AddProgress),
    /// What was asked for is done, in words, or why not.
    Done(Result<String, String>),
    /// A model was tried or added, in words, or why it cannot be used: nothing is at work any more.
    Ended(Result<String, String>),
}

/// The threads; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Modelling {
    looks: Sender<ModelRequest>,
    works: Sender<ModelRequest>,
    working: JoinHandle<()>,
    is_cancelled: Arc<AtomicBool>,
}

impl Modelling {
    /// Starts the threads; `tell` is called with each reply. Without a program nothing can be tried.
    pub(super) fn start(
        workspace: &Workspace,
        writer: Writer,
        program: Option<PathBuf>,
        tell: impl Fn(Reply) + Clone + Send + 'static,
    ) -> Self {
        let (looks, look_requests) = channel();
        let (works, work_requests) = channel();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let (place, say, starts) = (workspace.clone(), tell.clone(), program.clone());
        std::thread::spawn(move || {
            // Asked once: it does not change while this runs.
            let mut runs = None;
            each(&look_requests, &say, |request| match request {
                ModelRequest::Use(name) => ModelReply::Done(put(&place, &writer, &name, false)),
                ModelRequest::Back(name) => ModelReply::Done(put(&place, &writer, &name, true)),
                ModelRequest::Remove(name) => ModelReply::Done(remove(&place, &name)),
                _ => list(&place, runs.get_or_insert_with(|| would_run(starts.as_deref()))),
            });
        });
        let working = Working {
            shelf: Shelf::of(workspace),
            trials: program.map(Trials::by),
            is_cancelled: Arc::clone(&is_cancelled),
            tell,
        };
        let working = std::thread::spawn(move || working.work(&work_requests));
        Self { looks, works, working, is_cancelled }
    }

    /// Asks for something; the answer comes by itself.
    pub(super) fn ask(&self, request: ModelRequest) {
        let to = match request {
            ModelRequest::Cancel => return self.is_cancelled.store(true, Relaxed),
            ModelRequest::Verify(_) | ModelRequest::Add(_) => {
                // One is at work at a time: what was called off before is over.
                self.is_cancelled.store(false, Relaxed);
                &self.works
            }
            _ => &self.looks,
        };
        // A worker that is gone has said why.
        let _ = to.send(request);
    }

    /// Calls off what is at work, and waits until nothing of it is left.
    pub(super) fn finish(self) {
        self.is_cancelled.store(true, Relaxed);
        drop(self.works);
        let _ = self.working.join();
    }
}

fn each(
    requests: &Receiver<ModelRequest>,
    tell: &impl Fn(Reply),
    mut answer: impl FnMut(ModelRequest) -> ModelReply,
) {
    while let Ok(request) = requests.recv() {
        tell(match caught(|| answer(request)) {
            Ok(reply) => Reply::Models(reply),
            Err(fault) => Reply::Failed(fault),
        });
    }
}

fn would_run(program: Option<&Path>) -> Result<Runs, String> {
    let program = program.ok_or("this program cannot start itself")?;
    Trials::by(program.to_owned()).would_run().map_err(|error| error.to_string())
}

fn list(workspace: &Workspace, runs: &Result<Runs, String>) -> ModelReply {
    let read = || -> Result<(Vec<ModelView>, Vec<RoleView>), ModelsError> {
        let desk = Desk::open(workspace.clone())?;
        let mut roles = Vec::new();
        for role in Role::ALL {
            let there = desk.model_in(role)?.map(|there| (there.name, there.by, there.was));
            roles.push(RoleView { role: role.word(), there });
        }
        Ok((desk.models()?.iter().map(view).collect(), roles))
    };
    match read() {
        Ok((models, roles)) => ModelReply::Listed { models, roles, runs: runs.clone() },
        Err(error) => ModelReply::Done(Err(error.to_string())),
    }
}

fn view(entry: &ModelEntry) -> ModelView {
    let (name, in_roles) = (entry.name.clone(), entry.in_roles.iter().map(|role| role.word()).collect());
    let manifest = match &entry.manifest {
        Ok(manifest) => manifest,
        Err(why) => return ModelView { name, in_roles, problem: Some(why.clone()), ..ModelView::default() },
    };
    ModelView {
        name,
        in_roles,
        role: manifest.role.word(),
        family: manifest.family.clone(),
        format: match manifest.format {
            crate::infer::Format::Chat => "in words",
            crate::infer::Format::Edit => "by lines",
        },
        precision: manifest.precision.clone(),
        context: manifest.context,
        licence: manifest.licence.clone(),
        files: (manifest.files.len(), entry.bytes),
        digest: manifest.digest().unwrap_or_default(),
        tried: entry.tried.as_ref().map(tried),
        problem: None,
    }
}

fn tried(tried: &Tried) -> TriedView {
    TriedView {
        speed: tried.trial.speed,
        load_ms: tried.trial.load_ms,
        memory: tried.trial.memory,
        by: tried.runs.described.clone(),
        embedded_cannot: tried.trial.embedded_cannot.clone(),
    }
}

/// Puts a model, or the one before it, into the role that it is for.
fn put(workspace: &Workspace, writer: &Writer, name: &str, before: bool) -> Result<String, String> {
    let put = || -> Result<String, ModelsError> {
        let mut desk = Desk::open(workspace.clone())?;
        let role = desk.models()?.into_iter().find(|entry| entry.name == name).and_then(role_of);
        let role = role.unwrap_or_default();
        let pick = if before { Pick::Before } else { Pick::Named(name) };
        let swapped = desk.use_model(role, pick, writer)?;
        let was = swapped.was.map_or_else(String::new, |was| format!(" from {was}"));
        Ok(match swapped.entry {
            Some(_) => format!("{} takes the role {role}{was}", swapped.model),
            None => format!("{} is in the role {role} already", swapped.model),
        })
    };
    put().map_err(|error| error.to_string())
}

fn role_of(entry: ModelEntry) -> Option<Role> {
    let first = entry.in_roles.first().copied();
    entry.manifest.ok().map(|manifest| manifest.role).or(first)
}

fn remove(workspace: &Workspace, name: &str) -> Result<String, String> {
    let removed =
        Desk::open(workspace.clone()).map_err(ModelsError::from).and_then(|desk| desk.remove_model(name));
    removed.map(|()| format!("removed {name}")).map_err(|error| error.to_string())
}

/// What adds and tries models.
struct Working<T> {
    shelf: Shelf,
    trials: Option<Trials>,
    is_cancelled: Arc<AtomicBool>,
    tell: T,
}

impl<T: Fn(Reply)> Working<T> {
    fn work(mut self, requests: &Receiver<ModelRequest>) {
        while let Ok(request) = requests.recv() {
            let ended = caught(|| match request {
                ModelRequest::Verify(name) => self.verify(&name).map_err(|error| error.to_string()),
                ModelRequest::Add(from) => self.add(&from),
                _ => Err("that is no work".to_owned()),
            });
            (self.tell)(Reply::Models(ModelReply::Ended(ended.unwrap_or_else(Err))));
        }
    }

    fn verify(&mut self, name: &str) -> Result<String, ModelsError> {
        let folder = self.shelf.folder(name)?;
        let is_cancelled = Arc::clone(&self.is_cancelled);
        let trials = self.trials.as_mut().ok_or_else(unstartable)?;
        let order = TrialOrder { folder: &folder, add: None };
        let trial = trials.ask(&order, &|| is_cancelled.load(Relaxed))?;
        if let Some(runs) = trials.runs() {
            self.shelf.keep_trial(name, &trial, runs);
        }
        Ok(format!("{name} is unchanged and answers as it should"))
    }

    fn add(&mut self, written: &str) -> Result<String, String> {
        let from = match paths(written).map_err(|error| error.to_string())?.as_slice() {
            [one] => one.clone(),
            [] => return Err("which folder?".to_owned()),
            _ => return Err("one folder at a time; put a name with blanks in quotes".to_owned()),
        };
        let (is_cancelled, tell) = (Arc::clone(&self.is_cancelled), &self.tell);
        let Some(trials) = self.trials.as_mut() else { return Err(unstartable().to_string()) };
        let of = bytes_in(&from);
        let added = self.shelf.add(&from, None, &AddOrder::default(), |order: TrialOrder<'_>| {
            let told = std::cell::Cell::new(None);
            let look = || {
                // The process that copies says nothing until it is done; what it has made can be seen.
                let copied = bytes_in(order.folder).min(of);
                if told.replace(Some(copied)) != Some(copied) {
                    let progress = AddProgress { from: written.to_owned(), copied, of };
                    tell(Reply::Models(ModelReply::Adding(progress)));
                }
                is_cancelled.load(Relaxed)
            };
            look();
            Ok::<_, ModelsError>(trials.ask(&order, &look)?)
        });
        let (name, trial) = added.map_err(|error| error.to_string())?;
        if let Some(runs) = trials.runs() {
            self.shelf.keep_trial(&name, &trial, runs);
        }
        Ok(format!("added {name}"))
    }
}

fn unstartable() -> ModelsError {
    ModelsError::Infer(InferError::Runtime("this program cannot start itself".to_owned()))
}

/// The sizes of a folder's files together.
fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.metadata().ok())
        .filter(|data| data.is_file())
        .map(|data| data.len())
        .sum()
}
