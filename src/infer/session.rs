//! Owns one graph as it runs: checked, loaded once, fed by what its inputs mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::f16;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};

use super::InferError;
use super::folder::LARGEST_GRAPH;
use super::graph::{Element, Graph};
use super::manifest::Manifest;
use super::ports::{Feed, Part, Ports};
use super::runtime::Runtime;
use super::{batch, files};

/// What the embedded runtime cannot do, and what to do about it.
const INSTEAD: &str = "export it as fp32 without fused operators (`optimum-cli export onnx --dtype fp32`, no `--optimize`), \
    or install the native runtime: `pip install onnxruntime`";

const UNMERGED: &str = "export it with `--no-post-process`, which keeps its decoders apart, or install the native runtime: \
    `pip install onnxruntime`";

/// Caches by their keys.
pub(super) type Caches = BTreeMap<String, Arc<DynValue>>;

/// A graph's file, read and understood, not loaded.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) path: PathBuf,
    name: String,
    bytes: Vec<u8>,
    pub(super) graph: Graph,
    pub(super) ports: Ports,
    pub(super) digest: String,
}

/// How much the runtime may change a graph before it runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// Nothing: what the file says, slowly.
    Plain,
    /// All it can.
    Full,
}

impl Checked {
    /// Reads a graph of a folder, and refuses what is damaged, asks for what is not there or is not understood.
    pub(super) fn read(
        folder: &Path,
        name: &str,
        part: Part,
        with_encoder: bool,
    ) -> Result<Self, InferError> {
        let path = folder.join(name);
        let bytes = files::bytes(folder, name, LARGEST_GRAPH)?
            .ok_or_else(|| InferError::io(&path)(std::io::ErrorKind::NotFound.into()))?;
        let graph = Graph::read(&bytes).map_err(|error| InferError::bad(&path, error.to_string()))?;
        for piece in &graph.external {
            let name = beside(&path, name, &piece.location)?;
            let Some((_, size)) = files::open(folder, &name, u64::MAX)? else {
                return Err(InferError::bad(
                    &path,
                    format!("its weights are in `{name}`, which is not there"),
                ));
            };
            if piece.offset.checked_add(piece.length).is_none_or(|end| end > size) {
                let why = format!("it asks for {} bytes of `{name}`, which has {size}", piece.length);
                return Err(InferError::bad(&path, why));
            }
        }
        let ports = Ports::of(&graph, part, with_encoder, &path)?;
        let digest = files::sha256(&bytes);
        Ok(Self { path, name: name.to_owned(), bytes, graph, ports, digest })
    }

    /// The files beside it that hold weights, by their names in the folder.
    pub(super) fn external(&self) -> Result<Vec<String>, InferError> {
        let mut names = Vec::new();
        for piece in &self.graph.external {
            let name = beside(&self.path, &self.name, &piece.location)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Refuses what was not added so.
    pub(super) fn hold(&self, manifest: &Manifest) -> Result<(), InferError> {
        manifest.hold(&self.path, &self.name, &self.digest)?;
        let folder = self.path.ancestors().nth(Path::new(&self.name).components().count());
        for name in self.external()? {
            let folder = folder.unwrap_or(Path::new(""));
            let digest = files::digest(folder, &name)?.unwrap_or_default();
            manifest.hold(&folder.join(&name), &name, &digest)?;
        }
        Ok(())
    }

    /// Why the embedded runtime cannot run it, as far as that can be seen, and what to do.
    pub(super) fn too_much_for_embedded(&self) -> Option<(String, &'static str)> {
        if self.graph.branches {
            return Some(("it branches (a merged decoder)".into(), UNMERGED));
        }
        // It computes 4-bit products wrongly, in silence; others of that kind it does not know.
        let foreign = self.graph.operators.iter().find(|name| name.contains(':'));
        if let Some(name) = foreign {
            return Some((format!("it has operators of its own kind (`{name}`)"), INSTEAD));
        }
        self.graph.weights.contains(&16).then(|| ("its weights are bfloat16".into(), INSTEAD))
    }

    /// What its weights are.
    pub(super) fn precision(&self) -> &'static str {
        let fewer = self.graph.operators.iter().any(|name| name.contains("NBits") || name.contains("Bnb4"));
        if fewer || self.graph.weights.iter().any(|code| matches!(code, 21 | 22)) {
            "int4"
        } else if self.graph.weights.iter().any(|code| matches!(code, 2 | 3)) {
            "int8"
        } else if self.graph.weights.contains(&10) {
            "fp16"
        } else if self.graph.weights.contains(&16) {
            "bf16"
        } else {
            "fp32"
        }
    }

    /// Loads it into the runtime.
    ///
    /// The embedded runtime holds far more than the file: what it parsed beside the file's bytes, weights of 16 bits as 32
    /// from then on, and each matrix once more in the order in which it is multiplied. Of that only the file's bytes are
    /// ours to let go, and they go before the runtime begins, so that they do not stand beside the most it holds.
    pub(super) fn load(mut self, runtime: &Runtime, effort: Effort) -> Result<Loaded, InferError> {
        let file = std::mem::take(&mut self.bytes);
        let unable = |why: String, hint| InferError::Unable {
            path: self.path.clone(),
            runtime: runtime.name(),
            why,
            hint,
        };
        if !runtime.is_native()
            && let Some((why, hint)) = self.too_much_for_embedded()
        {
            return Err(unable(why, hint));
        }
        let hint =
            if runtime.is_native() { "export it for an older opset, or update onnxruntime" } else { INSTEAD };
        let failed = |error: ort::Error| unable(first_line(&error.to_string()), hint);
        let mut builder = builder(runtime, effort).map_err(failed)?;
        let session = if runtime.is_native() {
            drop(file);
            builder.commit_from_file(&self.path).map_err(failed)?
        } else {
            let bytes =
                batch::of_one(&file).map_err(|error| InferError::bad(&self.path, error.to_string()))?;
            drop(file);
            if self.graph.external.is_empty() {
                builder.commit_from_memory(&bytes).map_err(failed)?
            } else {
                // Weights are looked for beside the file.
                let folder = self.path.parent().unwrap_or(Path::new("."));
                let mut file = tempfile::Builder::new()
                    .prefix(".batch-")
                    .suffix(".onnx")
                    .tempfile_in(folder)
                    .map_err(InferError::io(folder))?;
                std::io::Write::write_all(&mut file, &bytes).map_err(InferError::io(file.path()))?;
                drop(bytes);
                builder.commit_from_file(file.path()).map_err(failed)?
            }
        };
        Ok(Loaded { session, ports: self.ports, path: self.path })
    }
}

/// The name in the folder of a file that a graph names beside itself.
fn beside(path: &Path, name: &str, location: &str) -> Result<String, InferError> {
    let location = location.strip_prefix("./").unwrap_or(location);
    files::is_within(path, location)?;
    Ok(match name.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{location}"),
        None => location.to_owned(),
    })
}

fn builder(runtime: &Runtime, effort: Effort) -> Result<SessionBuilder, ort::Error> {
    let level = match effort {
        Effort::Plain => GraphOptimizationLevel::Disable,
        Effort::Full => GraphOptimizationLevel::All,
    };
    let builder = Session::builder(runtime.environment())?.with_optimization_level(level)?;
    if !runtime.is_native() {
        return Ok(builder);
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cpu = ort::ep::CPU::default().with_arena_allocator(true).build();
    Ok(builder
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        // The lengths differ from run to run, so that a plan of the memory never fits again.
        .with_memory_pattern(false)?
        .with_execution_providers([cpu])?)
}

/// A graph that runs.
#[derive(Debug)]
pub(super) struct Loaded {
    session: Session,
    pub(super) ports: Ports,
    pub(super) path: PathBuf,
}

/// What a run is given.
#[derive(Debug)]
pub(super) struct Given<'g> {
    /// The tokens to be read now.
    pub(super) ids: &'g [u32],
    /// How many were read before.
    pub(super) past: usize,
    pub(super) caches: &'g Caches,
    /// The encoder's answer, and how many tokens it was about.
    pub(super) encoder: Option<(&'g DynValue, usize)>,
}

/// What a run gave.
#[derive(Debug)]
pub(super) struct Gave {
    pub(super) wanted: DynValue,
    pub(super) caches: Caches,
}

impl Loaded {
    /// Runs it once.
    pub(super) fn run(&mut self, given: &Given<'_>) -> Result<Gave, InferError> {
        let path = &self.path;
        let failed =
            |error: ort::Error| InferError::Run { path: path.clone(), why: first_line(&error.to_string()) };
        let merged_first = given.past == 0 && self.ports.has(&Feed::UseCache);
        let mut inputs: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(self.ports.inputs.len());
        for input in &self.ports.inputs {
            let count = given.ids.len();
            let encoded = given.encoder.map_or(0, |(_, tokens)| tokens);
            let past = i64::try_from(given.past).unwrap_or(i64::MAX);
            let value: SessionInputValue<'_> = match &input.feed {
                Feed::Ids => whole(input.element, &[1, count], given.ids.iter().map(|&id| i64::from(id))),
                Feed::Mask => whole(input.element, &[1, given.past + count], ones(given.past + count)),
                Feed::EncoderMask => whole(input.element, &[1, encoded], ones(encoded)),
                Feed::Positions => whole(input.element, &[1, count], (past..).take(count)),
                Feed::CachePositions => whole(input.element, &[count], (past..).take(count)),
                Feed::UseCache => Tensor::from_array(([1_usize], vec![given.past > 0]))
                    .map(|tensor| tensor.into_dyn().into()),
                Feed::EncoderStates => match given.encoder {
                    Some((states, _)) => Ok(states.into()),
                    None => Err(ort::Error::new("there is no encoder")),
                },
                Feed::Cache(key) => match given.caches.get(key) {
                    Some(cache) => Ok((&**cache).into()),
                    None => {
                        let shape = input.cache.as_ref();
                        // The branch of a merged graph that reads no cache still wants to be given one.
                        let growing = i64::from(merged_first);
                        let sizes: Vec<i64> = shape
                            .map(|shape| {
                                shape
                                    .sizes
                                    .iter()
                                    .map(|&size| if size == 0 { growing } else { size })
                                    .collect()
                            })
                            .unwrap_or_default();
                        empty(input.element, &sizes)
                    }
                },
            }
            .map_err(failed)?;
            inputs.push((&input.name, value));
        }
        let outputs = self.session.run(inputs).map_err(failed)?;
        let mut wanted = None;
        let mut caches = given.caches.clone();
        for (name, value) in outputs {
            if name == self.ports.wanted {
                wanted = Some(value);
            } else if let Some((_, key)) = self.ports.caches.iter().find(|(output, _)| output == name) {
                // A merged graph gives nothing for what its encoder saw, once it has that.
                if given.past > 0
                    && caches.contains_key(key)
                    && key.contains("encoder")
                    && !key.contains("decoder")
                {
                    continue;
                }
                caches.insert(key.clone(), Arc::new(value));
            }
        }
        let wanted =
            wanted.ok_or_else(|| InferError::Run { path: path.clone(), why: "it gave no logits".into() })?;
        Ok(Gave { wanted, caches })
    }

    /// The numbers for the token that comes after the last that was read.
    pub(super) fn last_row(&self, logits: &DynValue) -> Result<Vec<f32>, InferError> {
        let failed = |error: ort::Error| InferError::Run { path: self.path.clone(), why: error.to_string() };
        let row: Vec<f32> = if let Ok((shape, numbers)) = logits.try_extract_tensor::<f32>() {
            last(shape, numbers).to_vec()
        } else {
            let (shape, numbers) = logits.try_extract_tensor::<f16>().map_err(failed)?;
            last(shape, numbers).iter().map(|number| number.to_f32()).collect()
        };
        if row.is_empty() {
            return Err(InferError::Run { path: self.path.clone(), why: "its logits are empty".into() });
        }
        let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if row.iter().any(|number| number.is_nan()) || !highest.is_finite() {
            return Err(InferError::NotANumber { path: self.path.clone() });
        }
        Ok(row)
    }

    /// The caches as they were when fewer tokens were read.
    pub(super) fn shortened(&self, caches: &Caches, length: usize) -> Result<Caches, InferError> {
        let failed = |error: ort::Error| InferError::Run { path: self.path.clone(), why: error.to_string() };
        let mut shorter = Caches::new();
        for input in &self.ports.inputs {
            let (Feed::Cache(key), Some(shape)) = (&input.feed, &input.cache) else { continue };
            let Some(cache) = caches.get(key) else { continue };
            let value = match input.element {
                Element::F16 => {
                    let (sizes, numbers) = cache.try_extract_tensor::<f16>().map_err(failed)?;
                    let (sizes, numbers) = cut(sizes, numbers, shape.axis, length);
                    Tensor::from_array((sizes, numbers)).map_err(failed)?.into_dyn()
                }
                _ => {
                    let (sizes, numbers) = cache.try_extract_tensor::<f32>().map_err(failed)?;
                    let (sizes, numbers) = cut(sizes, numbers, shape.axis, length);
                    Tensor::from_array((sizes, numbers)).map_err(failed)?.into_dyn()
                }
            };
            shorter.insert(key.clone(), Arc::new(value));
        }
        Ok(shorter)
    }
}

/// The last of a tensor's rows.
fn last<'n, T>(shape: &[i64], numbers: &'n [T]) -> &'n [T] {
    let width = shape.last().and_then(|&width| usize::try_from(width).ok()).unwrap_or(0);
    numbers.len().checked_sub(width).and_then(|from| numbers.get(from..)).unwrap_or_default()
}

/// The first `length` places along an axis.
fn cut<T: Copy>(sizes: &[i64], numbers: &[T], axis: usize, length: usize) -> (Vec<i64>, Vec<T>) {
    let size = |size: &i64| usize::try_from(*size).unwrap_or(0);
    let whole = sizes.get(axis).map_or(0, size);
    let inner: usize = sizes.iter().skip(axis + 1).map(size).product();
    let length = length.min(whole);
    let mut cut = Vec::with_capacity(numbers.len() / whole.max(1) * length);
    if whole * inner > 0 {
        for block in numbers.chunks_exact(whole * inner) {
            cut.extend_from_slice(block.get(..length * inner).unwrap_or_default());
        }
    }
    let mut sizes = sizes.to_vec();
    if let Some(size) = sizes.get_mut(axis) {
        *size = i64::try_from(length).unwrap_or(0);
    }
    (sizes, cut)
}

fn ones(count: usize) -> impl Iterator<Item = i64> {
    std::iter::repeat_n(1, count)
}

/// Whole numbers, of the type that the input wants.
fn whole<'v>(
    element: Element,
    shape: &[usize],
    numbers: impl Iterator<Item = i64>,
) -> Result<SessionInputValue<'v>, ort::Error> {
    let shape = shape.to_vec();
    Ok(match element {
        Element::I32 => {
            let numbers: Vec<i32> = numbers.map(|number| i32::try_from(number).unwrap_or(i32::MAX)).collect();
            Tensor::from_array((shape, numbers))?.into_dyn().into()
        }
        Element::Bool => {
            let numbers: Vec<bool> = numbers.map(|number| number != 0).collect();
            Tensor::from_array((shape, numbers))?.into_dyn().into()
        }
        _ => Tensor::from_array((shape, numbers.collect::<Vec<i64>>()))?.into_dyn().into(),
    })
}

/// Zeros; without any where the growing axis has no length yet.
fn empty<'v>(element: Element, sizes: &[i64]) -> Result<SessionInputValue<'v>, ort::Error> {
    let count = sizes.iter().try_fold(1_usize, |all, &size| all.checked_mul(usize::try_from(size).ok()?));
    let count =
        count.filter(|&count| count <= 1 << 28).ok_or_else(|| ort::Error::new("a cache is too large"))?;
    Ok(match element {
        Element::F16 => Tensor::from_array((sizes.to_vec(), vec![f16::ZERO; count]))?.into_dyn().into(),
        _ => Tensor::from_array((sizes.to_vec(), vec![0_f32; count]))?.into_dyn().into(),
    })
}

/// What a runtime says, without its traces.
fn first_line(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it does not say why");
    line.chars().take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{ids, model, outside};
    use super::*;

    #[test]
    fn a_cache_is_cut_along_the_axis_that_grows() {
        let numbers: Vec<i32> = (0..12).collect();
        assert_eq!(cut(&[1, 2, 3, 2], &numbers, 2, 2), (vec![1, 2, 2, 2], vec![0, 1, 2, 3, 6, 7, 8, 9]));
        assert_eq!(cut(&[1, 6, 2], &numbers, 1, 2), (vec![1, 2, 2], vec![0, 1, 2, 3]));
        assert_eq!(cut(&[1, 2, 0, 2], &[] as &[i32], 2, 2).0, vec![1, 2, 0, 2]);
    }

    #[test]
    fn the_last_row_is_that_of_the_last_token() {
        assert_eq!(last(&[1, 2, 3], &[1, 2, 3, 4, 5, 6]), [4, 5, 6]);
        assert_eq!(last(&[1, 2, 9], &[1, 2, 3]), [] as [i32; 0]);
    }

    #[test]
    fn weights_outside_the_folder_or_not_there_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (location, why) in [
            ("../weights.bin", "not a file in the model's folder"),
            ("/etc/passwd", "not a file in the model's folder"),
            ("weights.bin", "which is not there"),
            ("short.bin", "asks for 40 bytes"),
        ] {
            std::fs::write(folder.path().join("short.bin"), [0; 39]).unwrap();
            let bytes = model(
                &[ids("input_ids", &["b", "n"])],
                &[outside("w", &[10], &[("location", location)])],
                &[],
            );
            std::fs::write(folder.path().join("model.onnx"), bytes).unwrap();
            let error = Checked::read(folder.path(), "model.onnx", Part::Decoder, false).unwrap_err();
            assert!(error.to_string().contains(why) && error.to_string().contains("model.onnx"), "{error}");
        }
    }
}
