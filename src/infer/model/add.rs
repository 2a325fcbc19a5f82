//! Adding a model: its files copied, its manifest written, its golden numbers made.

use std::path::Path;

use super::super::engine::CheckedGraphs;
use super::super::folder::Folder;
use super::super::golden::{GOLDEN, Golden, TEXT};
use super::super::manifest::{MANIFEST, Manifest, Role};
use super::super::runtime::Runtime;
use super::super::session::Effort;
use super::super::{InferError, files};
use super::Model;

/// How many tokens of the text are asked about.
const GOLDEN_TOKENS: usize = 48;

/// How a model is added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddOrder {
    /// What it is for.
    pub role: Option<Role>,
    /// Its licence, where its folder does not say.
    pub licence: Option<String>,
    /// How many tokens it reads, where its configuration does not say or says too much.
    pub context: Option<usize>,
    /// How a prompt is put together where it has no chat template: a text with `{system}` and `{user}`.
    pub prompt: Option<String>,
}

impl Model {
    /// Copies a model out of the folder that Optimum exported into an empty one, with its manifest and its golden numbers,
    /// and loads it from there.
    ///
    /// # Errors
    /// When something is missing, not understood, or not to be run here; then `to` may hold a part.
    pub fn add(from: &Path, to: &Path, order: &AddOrder, runtime: &Runtime) -> Result<Self, InferError> {
        let folder = Folder::read(from)?;
        let shipped = Manifest::read(from)?;
        let graphs = CheckedGraphs::read(&folder)?;
        let mut names = graphs.files(&folder)?;
        names.extend(folder.files.iter().cloned());
        let golden = Golden::read(from)?;
        let mut manifest = Manifest { family: folder.family.clone(), ..shipped.clone().unwrap_or_default() };
        manifest.role = order.role.unwrap_or(manifest.role);
        manifest.precision = graphs.precision().to_owned();
        let told = if manifest.context == 0 { folder.context } else { manifest.context };
        manifest.context = order.context.unwrap_or(told);
        manifest.prompt = order.prompt.clone().or(manifest.prompt);
        if let Some(prompt) = manifest.prompt.as_ref().filter(|prompt| !prompt.contains("{user}")) {
            let why = format!("the prompt's format has no {{user}}: `{prompt}`");
            return Err(InferError::bad(&from.join(MANIFEST), why));
        }
        if manifest.licence.is_empty() {
            manifest.licence = folder.licence().unwrap_or_else(|| "unknown".to_owned());
        }
        manifest.licence = order.licence.clone().unwrap_or(manifest.licence);
        drop(graphs);
        files::make_folder(to)?;
        manifest.files.clear();
        for name in &names {
            files::copy(from, to, name)?;
            let digest = files::digest(to, name)?.unwrap_or_default();
            // What comes with digests has to be what it was when they were made.
            if let Some(shipped) = shipped.as_ref().filter(|shipped| shipped.files.contains_key(name)) {
                shipped.hold(&from.join(name), name, &digest)?;
            }
            manifest.files.insert(name.clone(), digest);
        }
        let golden = match golden {
            Some(golden) => golden,
            None => Self::golden(to, &manifest, runtime)?,
        };
        let text = golden.written(&to.join(GOLDEN))?;
        manifest.files.insert(GOLDEN.to_owned(), files::sha256(text.as_bytes()));
        files::write(&to.join(GOLDEN), &text)?;
        files::write(&to.join(MANIFEST), &manifest.written(to)?)?;
        Self::load(to, runtime)
    }

    /// What a model answers. Where the runtime can do without changing the graph for speed, it does, so that what it
    /// makes of it later is held to what the file says.
    fn golden(folder: &Path, manifest: &Manifest, runtime: &Runtime) -> Result<Golden, InferError> {
        let plain = Self::golden_by(folder, manifest, runtime, Effort::Plain);
        match plain {
            // The embedded runtime needs its changes to run most graphs at all.
            Err(InferError::Run { .. } | InferError::Unable { .. }) if !runtime.is_native() => {
                Self::golden_by(folder, manifest, runtime, Effort::Full)
            }
            plain => plain,
        }
    }

    fn golden_by(
        folder: &Path,
        manifest: &Manifest,
        runtime: &Runtime,
        effort: Effort,
    ) -> Result<Golden, InferError> {
        let read = Folder::read(folder)?;
        let graphs = CheckedGraphs::read(&read)?;
        let mut model = Self::put_together(manifest.clone(), read, graphs, runtime, effort)?;
        let mut prompt = model.tokens.encode(TEXT, true)?;
        prompt.truncate(GOLDEN_TOKENS.min(model.manifest.context.saturating_sub(8)).max(1));
        let how = if effort == Effort::Plain { "as the file says" } else { "optimised" };
        let made_by = format!("{}, {how}", runtime.described());
        Golden::ask(&made_by, &prompt, model.asked())
    }
}
