//! The tiny models of `tests/models` and what Python decodes with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use assize::infer::{
    AddOrder, Answer, Choice, Ended, Flow, InferError, Limits, Model, Piece, Prompt, Runtime,
};
use serde_json::Value;

/// A tiny model, added to a folder of its own.
pub struct Tiny {
    pub model: Model,
    pub expected: Value,
    pub folder: tempfile::TempDir,
}

pub fn models(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)
}

/// A T5 whose decoders are merged into one graph, and no other.
pub fn merged() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(models("t5")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name != "decoder_model.onnx" && name != "decoder_with_past_model.onnx" {
            std::fs::copy(&path, folder.path().join(&name)).unwrap();
        }
    }
    folder
}

pub fn add(name: &str, choice: Choice) -> Result<(Model, tempfile::TempDir), InferError> {
    add_from(&models(name), choice)
}

fn add_from(from: &Path, choice: Choice) -> Result<(Model, tempfile::TempDir), InferError> {
    let runtime = Runtime::start(choice)?;
    let folder = tempfile::tempdir().unwrap();
    let model = Model::add(from, folder.path(), &AddOrder::default(), &runtime)?;
    Ok((model, folder))
}

impl Tiny {
    pub fn new(name: &str, choice: Choice) -> Self {
        Self::of(&models(name), choice)
    }

    pub fn of(from: &Path, choice: Choice) -> Self {
        let (model, folder) =
            add_from(from, choice).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        let text = std::fs::read_to_string(from.join("expected.json")).unwrap();
        Self { model, expected: serde_json::from_str(&text).unwrap(), folder }
    }

    /// The tokens that end a text, as the configurations name them.
    pub fn stops(&self) -> Vec<u32> {
        let text = std::fs::read_to_string(self.folder.path().join("generation_config.json")).unwrap();
        let generation: Value = serde_json::from_str(&text).unwrap();
        match &generation["eos_token_id"] {
            Value::Array(ids) => tokens(&Value::from(ids.clone())),
            id => vec![u32::try_from(id.as_u64().unwrap()).unwrap()],
        }
    }

    pub fn answers(&mut self, prompt: &Prompt, limits: &Limits) -> Vec<Answer> {
        self.model.generate(prompt, limits, &mut |_| Flow::On).unwrap()
    }

    /// Everything that Python decodes with it is decoded here, token by token. Of weights of fewer than 32 bits Python's own
    /// runtime rounds as Python does, another may not; and not even that one where Python runs several lines in one batch,
    /// so that of several nearly as likely answers another is the second.
    pub fn decodes_as_python_does(&mut self) {
        let exact = self.expected["exact"] == true;
        let rounds_alike = exact || self.model.runtime().name() == "native";
        let stops = self.stops();
        let expected = self.expected.clone();
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let greedy = Limits { tokens: number(&expected["max_new_tokens"]), ..unwatched() };
        let penalty = &expected["penalty"];
        let penalised = Limits {
            tokens: number(&penalty["max_new_tokens"]),
            repetition_penalty: penalty["repetition_penalty"].as_f64().map(|penalty| penalty as f32),
            ..unwatched()
        };
        let beams = Limits {
            tokens: number(&expected["beam_search"]["max_new_tokens"]),
            answers: number(&expected["beam_search"]["num_beams"]),
            ..unwatched()
        };
        for case in expected["prompts"].as_array().unwrap() {
            let name = format!("{}: {}", expected["family"], case["name"]);
            let prompt = self.model.plain(case["text"].as_str().unwrap()).unwrap();
            assert_eq!(prompt.tokens, tokens(&case["tokens"]), "{name}");

            let mut shown = String::new();
            let answers = self
                .model
                .generate(&prompt, &greedy, &mut |piece| {
                    if let Piece::Written { text, .. } = piece {
                        shown.push_str(text);
                    }
                    Flow::On
                })
                .unwrap();
            let [answer] = answers.as_slice() else { panic!("{name}: {answers:?}") };
            same(answer, &case["greedy"], &stops, &name);
            assert_eq!(answer.ended == Ended::Stop, case["ended"] == true, "{name}");
            assert_eq!(answer.text, case["greedy_text"], "{name}");
            // What is cut within a character was not shown.
            assert!(answer.text.starts_with(&shown), "{name}: {shown:?} {:?}", answer.text);

            if rounds_alike {
                let held = self.answers(&prompt, &penalised);
                same(&held[0], &case["penalised"], &stops, &format!("{name}, penalised"));
            }
            let found = self.answers(&prompt, &beams);
            assert_eq!(found.len(), beams.answers, "{name}");
            if !exact {
                continue;
            }
            let (wanted, scores) = (&case["beams"]["tokens"], &case["beams"]["scores"]);
            assert_eq!(found.len(), wanted.as_array().unwrap().len(), "{name}");
            for (at, answer) in found.iter().enumerate() {
                same(answer, &wanted[at], &stops, &format!("{name}, beam {at}"));
                let score = scores[at].as_f64().unwrap() as f32;
                assert!((answer.score - score).abs() < 0.01, "{name}, beam {at}: {} {score}", answer.score);
            }
        }
    }
}

/// An answer's tokens are those expected, with the one that ended it.
fn same(answer: &Answer, expected: &Value, stops: &[u32], name: &str) {
    let mut expected = tokens(expected);
    if answer.ended == Ended::Stop {
        let end = expected.pop().unwrap_or(u32::MAX);
        assert!(stops.contains(&end), "{name}: {answer:?} {expected:?} {end}");
    }
    assert_eq!(answer.tokens, expected, "{name}");
}

pub fn tokens(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
}

/// Random weights go round in circles, and Python lets them.
pub fn unwatched() -> Limits {
    Limits { watch_circles: false, time: Duration::from_secs(600), ..Limits::default() }
}
