//! Owns the graphs of one model as they run together: an encoder where there is one, what gives the first token, what
//! gives the others, and what is kept of the last prompt so that a like one need not be read again.

use std::path::Path;
use std::sync::Arc;

use ort::value::DynValue;

use super::InferError;
use super::decode::{Flow, Steps};
use super::folder::Folder;
use super::manifest::Manifest;
use super::ports::Part;
use super::runtime::Runtime;
use super::session::{Caches, Checked, Effort, Given, Loaded};

/// How much of a prompt is read at once, where it can be read in pieces: between two of them it can be called off.
const PIECE: usize = 64;

/// How far numbers behind a prompt read in pieces may be from those behind it read whole, as a share of their range: sums
/// in another order, and no more.
const SPLIT_TOLERANCE: f32 = 1e-4;

/// The shortest beginning that is worth keeping.
const WORTH_KEEPING: usize = 16;

/// The graphs of a folder, read and understood.
#[derive(Debug)]
pub(super) struct CheckedGraphs {
    encoder: Option<Checked>,
    first: Checked,
    next: Option<Checked>,
    start: Option<u32>,
}

impl CheckedGraphs {
    pub(super) fn read(folder: &Folder) -> Result<Self, InferError> {
        let graphs = &folder.graphs;
        let with_encoder = graphs.encoder.is_some();
        let read = |name: &str, part| Checked::read(&folder.path, name, part, with_encoder);
        let encoder = graphs.encoder.as_deref().map(|name| read(name, Part::Encoder)).transpose()?;
        let first = read(&graphs.first, Part::Decoder)?;
        let next = graphs.next.as_deref().map(|name| read(name, Part::Decoder)).transpose()?;
        // What reads one token after the other has to be able to go on from what was read.
        let going_on = next.as_ref().unwrap_or(&first);
        if !going_on.ports.continues() {
            let why = "it takes no past key/values; export it with `--task text-generation-with-past` or \
                `text2text-generation-with-past`";
            return Err(InferError::bad(&going_on.path, why));
        }
        Ok(Self { encoder, first, next, start: folder.start })
    }

    fn all(&self) -> impl Iterator<Item = &Checked> {
        self.encoder.iter().chain([&self.first]).chain(&self.next)
    }

    /// Refuses what was not added so.
    pub(super) fn hold(&self, manifest: &Manifest) -> Result<(), InferError> {
        self.all().try_for_each(|graph| graph.hold(manifest))
    }

    /// The files that the graphs are in and beside, by their names in the folder.
    pub(super) fn files(&self, folder: &Folder) -> Result<Vec<String>, InferError> {
        let mut names: Vec<String> = folder.graphs.names().map(str::to_owned).collect();
        for graph in self.all() {
            for name in graph.external()? {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    /// What its weights are: the narrowest of them.
    pub(super) fn precision(&self) -> &'static str {
        let told: Vec<&str> = self.all().map(Checked::precision).collect();
        ["int4", "int8", "fp16", "bf16"].into_iter().find(|kind| told.contains(kind)).unwrap_or("fp32")
    }

    /// Why the embedded runtime cannot run it.
    pub(super) fn too_much_for_embedded(&self) -> Option<(String, &'static str)> {
        self.all().find_map(Checked::too_much_for_embedded)
    }

    /// How many tokens the answers are about, where the graph says so.
    pub(super) fn vocabulary(&self) -> Option<usize> {
        self.first.ports.vocabulary
    }

    pub(super) fn load(self, runtime: &Runtime, effort: Effort) -> Result<Engine, InferError> {
        let vocabulary = self.vocabulary();
        // Numbers that are rounded by the largest of all tokens read at once come out otherwise in pieces: the same prompt
        // would be answered by what was read before it.
        let rounds = self.all().any(|graph| graph.graph.operators.contains("DynamicQuantizeLinear"));
        let can_split = self.encoder.is_none() && self.next.is_none() && !rounds;
        Ok(Engine {
            encoder: self.encoder.map(|graph| graph.load(runtime, effort)).transpose()?,
            first: self.first.load(runtime, effort)?,
            next: self.next.map(|graph| graph.load(runtime, effort)).transpose()?,
            start: self.start.unwrap_or(0),
            vocabulary,
            can_split,
            kept: None,
        })
    }
}

/// The graphs of a model, running.
#[derive(Debug)]
pub(super) struct Engine {
    encoder: Option<Loaded>,
    first: Loaded,
    next: Option<Loaded>,
    start: u32,
    vocabulary: Option<usize>,
    /// Whether a prompt can be read in pieces.
    can_split: bool,
    kept: Option<Kept>,
}

/// What is kept of the last prompt.
#[derive(Debug)]
struct Kept {
    prompt: Vec<u32>,
    state: State,
}

/// What a model remembers.
#[derive(Debug, Clone)]
pub(super) struct State {
    caches: Caches,
    past: usize,
    /// The encoder's answer, and how many tokens it was about.
    encoded: Option<(Arc<DynValue>, usize)>,
}

impl Engine {
    /// Reads a prompt. `tell` is told how much of it was read; `None` where it says that this was enough.
    pub(super) fn begin(
        &mut self,
        prompt: &[u32],
        tell: &mut dyn FnMut(usize) -> Flow,
    ) -> Result<Option<(Vec<f32>, State)>, InferError> {
        self.hold_tokens(prompt)?;
        if tell(0) == Flow::Stop {
            return Ok(None);
        }
        if self.encoder.is_some() {
            return self.begin_behind_encoder(prompt).map(Some);
        }
        let mut state = self.reused(prompt)?;
        if state.past > 0 && tell(state.past) == Flow::Stop {
            return Ok(None);
        }
        let piece = if self.can_split { PIECE } else { prompt.len() };
        loop {
            let to = prompt.len().min(state.past + piece);
            let ids = prompt.get(state.past..to).unwrap_or_default();
            let (numbers, read) = self.read(&state, ids)?;
            state = read;
            if to == prompt.len() {
                self.kept = self.can_split.then(|| Kept { prompt: prompt.to_vec(), state: state.clone() });
                return Ok(Some((numbers, state)));
            }
            if tell(to) == Flow::Stop {
                // What was read is as good a beginning as any.
                let prompt = prompt.get(..to).unwrap_or_default().to_vec();
                self.kept = Some(Kept { prompt, state });
                return Ok(None);
            }
        }
    }

    fn begin_behind_encoder(&mut self, prompt: &[u32]) -> Result<(Vec<f32>, State), InferError> {
        let known = self.kept.as_ref().filter(|kept| kept.prompt == prompt);
        let encoded = match known.and_then(|kept| kept.state.encoded.clone()) {
            Some(encoded) => encoded,
            None => {
                let none = Caches::new();
                let given = Given { ids: prompt, past: 0, caches: &none, encoder: None };
                let encoder = self.encoder.as_mut().map(|encoder| encoder.run(&given)).transpose()?;
                let states = encoder.ok_or_else(|| InferError::Runtime("there is no encoder".into()))?;
                (Arc::new(states.wanted), prompt.len())
            }
        };
        let state = State { caches: Caches::new(), past: 0, encoded: Some(encoded) };
        self.kept = Some(Kept { prompt: prompt.to_vec(), state: state.clone() });
        self.read(&state, &[self.start])
    }

    /// What was read of the same beginning the last time.
    fn reused(&self, prompt: &[u32]) -> Result<State, InferError> {
        let nothing = State { caches: Caches::new(), past: 0, encoded: None };
        let Some(kept) = self.kept.as_ref().filter(|_| self.can_split) else { return Ok(nothing) };
        let same = kept.prompt.iter().zip(prompt).take_while(|(a, b)| a == b).count();
        // The last token is read again: its numbers were not kept.
        let same = same.min(prompt.len().saturating_sub(1));
        if same < WORTH_KEEPING {
            return Ok(nothing);
        }
        let caches = self.first.shortened(&kept.state.caches, same)?;
        Ok(State { caches, past: same, encoded: None })
    }

    /// Reads tokens behind what was read; gives the numbers for the one after them.
    fn read(&mut self, state: &State, ids: &[u32]) -> Result<(Vec<f32>, State), InferError> {
        let graph = match &mut self.next {
            Some(next) if state.past > 0 => next,
            _ => &mut self.first,
        };
        let encoder = state.encoded.as_ref().map(|(states, tokens)| (&**states, *tokens));
        let gave = graph.run(&Given { ids, past: state.past, caches: &state.caches, encoder })?;
        let numbers = graph.last_row(&gave.wanted)?;
        let encoded = state.encoded.clone();
        Ok((numbers, State { caches: gave.caches, past: state.past + ids.len(), encoded }))
    }

    /// Refuses tokens that the graph has no place for: what happens then is the runtime's choice.
    fn hold_tokens(&self, ids: &[u32]) -> Result<(), InferError> {
        if ids.is_empty() {
            return Err(InferError::bad(&self.first.path, "there is nothing to read: the prompt is empty"));
        }
        let Some(words) = self.vocabulary else { return Ok(()) };
        match ids.iter().find(|&&id| id as usize >= words) {
            Some(id) => {
                let why = format!(
                    "it knows {words} tokens and was given number {id}; the tokenizer is another model's"
                );
                Err(InferError::bad(&self.first.path, why))
            }
            None => Ok(()),
        }
    }

    /// Makes sure that reading a prompt in pieces gives what reading it whole does; where not, it is read whole. `whole`
    /// are the numbers behind all of it.
    pub(super) fn try_splitting(&mut self, prompt: &[u32], whole: &[f32]) -> Result<(), InferError> {
        let middle = prompt.len() / 2;
        let (Some(head), Some(tail)) = (prompt.get(..middle), prompt.get(middle..)) else { return Ok(()) };
        if !self.can_split || head.is_empty() || tail.len() < 2 {
            return Ok(());
        }
        let nothing = State { caches: Caches::new(), past: 0, encoded: None };
        let in_pieces = self.read(&nothing, head).and_then(|(_, state)| self.read(&state, tail));
        let low = whole.iter().copied().fold(f32::INFINITY, f32::min);
        let high = whole.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.can_split = in_pieces.is_ok_and(|(numbers, _)| {
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= SPLIT_TOLERANCE * (high - low).max(1e-6);
            numbers.len() == whole.len() && numbers.iter().zip(whole).all(near)
        });
        Ok(())
    }

    /// Forgets the last prompt.
    pub(super) fn forget(&mut self) {
        self.kept = None;
    }

    /// The file of the graph that gives the first token.
    pub(super) fn path(&self) -> &Path {
        &self.first.path
    }
}

impl Steps for Engine {
    type State = State;

    fn next(&mut self, state: &State, token: u32) -> Result<(Vec<f32>, State), InferError> {
        self.read(state, &[token])
    }
}
