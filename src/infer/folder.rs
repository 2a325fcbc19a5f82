//! Owns the layout of a model's folder as Hugging Face Optimum exports it: which graphs there are, and what the
//! configuration says of vocabulary, length and where an answer ends.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::{InferError, files, template, tokens};

/// How large a configuration may be, in bytes.
const LARGEST: u64 = 8 << 20;

/// How large a graph's own file may be: no protocol buffer is larger.
pub(super) const LARGEST_GRAPH: u64 = 2 << 30;

const TOKENIZER: &str = "tokenizer.json";

const EXPORT: &str = "export it by `optimum-cli export onnx --model MODEL --task text-generation-with-past DIR`, or \
    `--task text2text-generation-with-past` where it has an encoder";

/// The graphs of a model by their files' names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphFiles {
    /// What reads the prompt, where that is a graph of its own.
    pub(super) encoder: Option<String>,
    /// What gives the first token.
    pub(super) first: String,
    /// What gives those after it, where that is another graph.
    pub(super) next: Option<String>,
}

/// What a folder holds.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) graphs: GraphFiles,
    pub(super) family: String,
    /// How many tokens it reads.
    pub(super) context: usize,
    /// Tokens that end an answer.
    pub(super) stops: Vec<u32>,
    /// What a decoder begins with, where there is an encoder.
    pub(super) start: Option<u32>,
    pub(super) repetition_penalty: f32,
    pub(super) length_penalty: f32,
    /// The chat template and the file it stands in.
    pub(super) template: Option<(String, PathBuf)>,
    pub(super) bos: String,
    pub(super) eos: String,
    /// The files that were read, by name.
    pub(super) files: Vec<String>,
}

impl GraphFiles {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.encoder.iter().chain([&self.first]).chain(&self.next).map(String::as_str)
    }

    fn find(folder: &Path) -> Result<Option<Self>, InferError> {
        let there = |name: &str| Ok::<_, InferError>(files::open(folder, name, LARGEST_GRAPH)?.is_some());
        for place in ["", "onnx/"] {
            for suffix in ["", "_quantized", "_int8", "_fp16"] {
                let named = |name: &str| format!("{place}{name}{suffix}.onnx");
                let encoder = named("encoder_model");
                let encoder = there(&encoder)?.then_some(encoder);
                let (whole, merged) = (named("model"), named("decoder_model_merged"));
                let (first, next) = (named("decoder_model"), named("decoder_with_past_model"));
                let graphs = if encoder.is_none() && there(&whole)? {
                    Some((whole, None))
                } else if there(&first)? && there(&next)? {
                    Some((first, Some(next)))
                } else if there(&merged)? {
                    Some((merged, None))
                } else {
                    None
                };
                if let Some((first, next)) = graphs {
                    return Ok(Some(Self { encoder, first, next }));
                }
            }
        }
        Ok(None)
    }
}

/// Numbers of tokens as configurations write them: one, several or none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
enum Ids {
    One(u32),
    Many(Vec<u32>),
    #[default]
    None,
}

impl Ids {
    fn list(&self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![*id],
            Self::Many(ids) => ids.iter().copied().take(64).collect(),
            Self::None => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Config {
    model_type: String,
    max_position_embeddings: Option<usize>,
    n_positions: Option<usize>,
    n_ctx: Option<usize>,
    eos_token_id: Ids,
    decoder_start_token_id: Ids,
    bos_token_id: Ids,
    pad_token_id: Ids,
    repetition_penalty: Option<f32>,
    length_penalty: Option<f32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    chat_template: Value,
    bos_token: Value,
    eos_token: Value,
}

impl Folder {
    /// Reads a folder's layout; no graph is looked into.
    pub(super) fn read(path: &Path) -> Result<Self, InferError> {
        if !path.is_dir() {
            return Err(InferError::bad(path, "it is no folder; give the one that Optimum exported"));
        }
        let missing = |what, hint| InferError::Missing { folder: path.to_owned(), what, hint };
        let graphs = GraphFiles::find(path)?
            .ok_or_else(|| missing("graphs that give a text token by token", EXPORT))?;
        let mut read = vec![TOKENIZER.to_owned()];
        if files::open(path, TOKENIZER, tokens::LARGEST)?.is_none() {
            return Err(missing(
                TOKENIZER,
                "save it by `AutoTokenizer.from_pretrained(MODEL).save_pretrained(DIR)`",
            ));
        }
        let config: Config = json(path, "config.json", &mut read)?
            .ok_or_else(|| missing("config.json", "it stands beside the model's weights; copy it here"))?;
        let generation: Config = json(path, "generation_config.json", &mut read)?.unwrap_or_default();
        let words: TokenizerConfig = json(path, "tokenizer_config.json", &mut read)?.unwrap_or_default();
        let stops = match generation.eos_token_id.list() {
            stops if stops.is_empty() => config.eos_token_id.list(),
            stops => stops,
        };
        let start = [&generation.decoder_start_token_id, &config.decoder_start_token_id]
            .into_iter()
            .chain([&config.bos_token_id, &config.pad_token_id])
            .find_map(|ids| ids.list().first().copied());
        let factor = |value: Option<f32>, other: Option<f32>| {
            let value = value.or(other).unwrap_or(1.0);
            if value.is_finite() && (0.1..=10.0).contains(&value) { value } else { 1.0 }
        };
        let context = [config.max_position_embeddings, config.n_positions, config.n_ctx]
            .into_iter()
            .flatten()
            .find(|&length| length > 0);
        Ok(Self {
            path: path.to_owned(),
            template: chat_template(path, &words, &mut read)?,
            graphs,
            family: config.model_type.chars().filter(|c| c.is_ascii_graphic()).take(40).collect(),
            // What T5 was trained on: its own configuration may leave it out, since no table of positions bounds it.
            context: context.unwrap_or(512).min(1 << 20),
            stops,
            start,
            repetition_penalty: factor(generation.repetition_penalty, config.repetition_penalty),
            length_penalty: factor(generation.length_penalty, config.length_penalty),
            bos: word(&words.bos_token),
            eos: word(&words.eos_token),
            files: read,
        })
    }

    /// The tokenizer's bytes.
    pub(super) fn tokenizer(&self) -> Result<(Vec<u8>, PathBuf), InferError> {
        let bytes = files::bytes(&self.path, TOKENIZER, tokens::LARGEST)?.unwrap_or_default();
        Ok((bytes, self.path.join(TOKENIZER)))
    }

    /// The licence that the model's page names, as Hugging Face writes it there.
    pub(super) fn licence(&self) -> Option<String> {
        let page = files::text(&self.path, "README.md", LARGEST).ok()??;
        let mut lines = page.lines();
        (lines.next()?.trim() == "---").then_some(())?;
        let line =
            lines.take_while(|line| line.trim() != "---").find_map(|line| line.strip_prefix("license:"))?;
        let licence: String = line.trim().trim_matches(['"', '\'']).chars().take(100).collect();
        (!licence.is_empty()).then_some(licence)
    }
}

fn json<T: for<'d> Deserialize<'d>>(
    folder: &Path,
    name: &str,
    read: &mut Vec<String>,
) -> Result<Option<T>, InferError> {
    let Some(text) = files::text(folder, name, LARGEST)? else { return Ok(None) };
    read.push(name.to_owned());
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| InferError::bad(&folder.join(name), error.to_string()))
}

/// A mark of the tokenizer's configuration: a text, or an object that holds it.
fn word(value: &Value) -> String {
    value.as_str().or_else(|| value.get("content")?.as_str()).unwrap_or_default().to_owned()
}

/// The template in a file of its own, else that of the tokenizer's configuration; of several the one called `default`.
fn chat_template(
    folder: &Path,
    words: &TokenizerConfig,
    read: &mut Vec<String>,
) -> Result<Option<(String, PathBuf)>, InferError> {
    for name in ["chat_template.jinja", "chat_template.json"] {
        let Some(text) = files::text(folder, name, template::LARGEST)? else { continue };
        let path = folder.join(name);
        read.push(name.to_owned());
        if name.ends_with(".jinja") {
            return Ok(Some((text, path)));
        }
        let document: Value =
            serde_json::from_str(&text).map_err(|error| InferError::bad(&path, error.to_string()))?;
        if let Some(text) = document.get("chat_template").and_then(Value::as_str) {
            return Ok(Some((text.to_owned(), path)));
        }
    }
    let named = |wanted: &str| {
        let entries = words.chat_template.as_array()?;
        let entry = entries.iter().find(|entry| entry.get("name").and_then(Value::as_str) == Some(wanted))?;
        entry.get("template")?.as_str()
    };
    let text = words.chat_template.as_str().or_else(|| named("default"));
    let path = folder.join("tokenizer_config.json");
    match text {
        Some(text) if text.len() as u64 > template::LARGEST => Err(InferError::bad(
            &path,
            format!("its chat template has more than {} bytes", template::LARGEST),
        )),
        text => Ok(text.map(|text| (text.to_owned(), path))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    const BARE: [(&str, &str); 2] = [("tokenizer.json", "{}"), ("config.json", r#"{"model_type": "llama"}"#)];

    #[test]
    fn graphs_are_found_as_optimum_names_them() {
        for (names, first, next, encoder) in [
            (vec!["model.onnx"], "model.onnx", None, None),
            (vec!["onnx/model_quantized.onnx"], "onnx/model_quantized.onnx", None, None),
            (
                vec![
                    "encoder_model.onnx",
                    "decoder_model.onnx",
                    "decoder_with_past_model.onnx",
                    "decoder_model_merged.onnx",
                ],
                "decoder_model.onnx",
                Some("decoder_with_past_model.onnx"),
                Some("encoder_model.onnx"),
            ),
            (
                vec!["encoder_model.onnx", "decoder_model_merged.onnx"],
                "decoder_model_merged.onnx",
                None,
                Some("encoder_model.onnx"),
            ),
        ] {
            let files: Vec<_> = names.iter().map(|name| (*name, "")).chain(BARE).collect();
            let held = folder(&files);
            let graphs = Folder::read(held.path()).unwrap().graphs;
            let told = (graphs.first.as_str(), graphs.next.as_deref(), graphs.encoder.as_deref());
            assert_eq!(told, (first, next, encoder));
        }
    }

    #[test]
    fn what_is_missing_is_named_with_where_it_comes_from() {
        for (files, what) in [
            (vec![BARE[0], BARE[1]], "text-generation-with-past"),
            (vec![("model.onnx", ""), BARE[1]], "tokenizer.json"),
            (vec![("model.onnx", ""), BARE[0]], "config.json"),
            (vec![("encoder_model.onnx", ""), ("decoder_model.onnx", ""), BARE[0], BARE[1]], "text2text"),
        ] {
            let held = folder(&files);
            let error = Folder::read(held.path()).unwrap_err();
            assert!(
                matches!(error, InferError::Missing { .. }) && error.to_string().contains(what),
                "{error}"
            );
        }
    }

    #[test]
    fn ends_of_answers_come_from_the_generation_configuration_first() {
        let held = folder(&[
            ("model.onnx", ""),
            BARE[0],
            ("config.json", r#"{"eos_token_id": 2, "max_position_embeddings": 2048}"#),
            ("generation_config.json", r#"{"eos_token_id": [7, 9], "repetition_penalty": 1.1}"#),
            ("README.md", "---\nlicense: apache-2.0\n---\n# A model\n"),
            (
                "tokenizer_config.json",
                r#"{"bos_token": {"content": "<s>"}, "eos_token": "</s>",
                "chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#,
            ),
        ]);
        let read = Folder::read(held.path()).unwrap();
        assert_eq!((read.stops.as_slice(), read.context), ([7, 9].as_slice(), 2048));
        assert!((read.repetition_penalty - 1.1).abs() < 1e-6);
        assert_eq!((read.bos.as_str(), read.eos.as_str()), ("<s>", "</s>"));
        assert_eq!(read.template.as_ref().unwrap().0, "d");
        assert_eq!(read.licence().as_deref(), Some("apache-2.0"));
    }

    #[test]
    fn a_configuration_that_is_no_json_is_named() {
        let held = folder(&[("model.onnx", ""), BARE[0], ("config.json", r#"{"eos_token_id": -1}"#)]);
        let error = Folder::read(held.path()).unwrap_err();
        assert!(matches!(&error, InferError::Bad { path, .. } if path.ends_with("config.json")), "{error}");
    }
}
