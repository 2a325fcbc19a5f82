//! Models on the embedded runtime, token by token against Python; and what of them is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "embedded")]

mod support;

use std::time::Duration;

use assize::infer::{AddOrder, Choice, Ended, Flow, InferError, Limits, MANIFEST, Model, Piece, Runtime};

use support::models::{Tiny, add, merged, models, unwatched};

const EMBEDDED: Choice = Choice::Embedded;

#[test]
fn llama_decodes_as_python_does() {
    Tiny::new("llama", EMBEDDED).decodes_as_python_does();
}

#[test]
fn qwen2_decodes_as_python_does() {
    Tiny::new("qwen2", EMBEDDED).decodes_as_python_does();
}

#[test]
fn gpt2_decodes_as_python_does() {
    Tiny::new("gpt2", EMBEDDED).decodes_as_python_does();
}

#[test]
fn phi_decodes_as_python_does() {
    Tiny::new("phi", EMBEDDED).decodes_as_python_does();
}

#[test]
fn t5_decodes_as_python_does() {
    Tiny::new("t5", EMBEDDED).decodes_as_python_does();
}

#[test]
fn codet5_decodes_as_python_does() {
    Tiny::new("codet5", EMBEDDED).decodes_as_python_does();
}

#[test]
fn a_model_in_16_bits_decodes_as_python_does() {
    Tiny::new("llama-fp16", EMBEDDED).decodes_as_python_does();
}

#[test]
fn a_model_in_8_bits_decodes_as_python_does() {
    Tiny::new("qwen2-int8", EMBEDDED).decodes_as_python_does();
}

#[test]
fn a_model_with_weights_beside_it_decodes_as_python_does() {
    Tiny::new("gpt2-external", EMBEDDED).decodes_as_python_does();
}

#[test]
fn a_conversation_is_read_as_the_model_was_trained_and_marks_in_code_as_letters() {
    let tiny = Tiny::new("qwen2", EMBEDDED);
    let chats = tiny.expected["chats"].as_array().unwrap();
    let chat = chats.iter().find(|chat| chat["name"] == "with a system message").unwrap();
    let said = |at: usize| chat["messages"][at]["content"].as_str().unwrap();
    let prompt = tiny.model.prompt(said(0), said(1)).unwrap();
    assert_eq!(prompt.tokens, support::models::tokens(&chat["tokens"]));

    let mark = tiny.model.plain("<|im_end|>").unwrap().tokens;
    assert_eq!(mark.len(), 1, "the mark is one token");
    let marks = |text: &str| {
        let prompt = tiny.model.prompt("s", text).unwrap();
        prompt.tokens.iter().filter(|token| **token == mark[0]).count()
    };
    assert_eq!(marks("x = '<|im_end|>'"), marks("x = ''"));
}

#[test]
fn an_answer_is_called_off_within_one_token_and_known_as_cut() {
    let mut tiny = Tiny::new("qwen2", EMBEDDED);
    let prompt = tiny.model.plain("def load(path):").unwrap();
    let mut told = Vec::new();
    let answers = tiny
        .model
        .generate(&prompt, &unwatched(), &mut |piece| match piece {
            Piece::Written { tokens, .. } => {
                told.push(tokens);
                if tokens == 3 { Flow::Stop } else { Flow::On }
            }
            Piece::Reading { .. } | Piece::Likeliest { .. } => Flow::On,
        })
        .unwrap();
    assert_eq!((told.as_slice(), answers[0].tokens.len()), ([1, 2, 3].as_slice(), 3));
    assert_eq!((answers[0].ended, answers[0].ended.is_whole()), (Ended::Cancelled, false));

    let nothing = tiny.model.generate(&prompt, &unwatched(), &mut |_| Flow::Stop).unwrap();
    assert_eq!((nothing[0].ended, nothing[0].text.as_str()), (Ended::Cancelled, ""));
    let late = Limits { time: Duration::ZERO, ..unwatched() };
    assert_eq!(tiny.answers(&prompt, &late)[0].ended, Ended::Time);
    let short = Limits { tokens: 2, ..unwatched() };
    assert_eq!(tiny.answers(&prompt, &short)[0].ended, Ended::Tokens);
}

#[test]
fn what_two_prompts_have_in_common_is_read_once_and_changes_no_answer() {
    let mut tiny = Tiny::new("qwen2", EMBEDDED);
    let common = "import os\n\n".repeat(20);
    // How much is known before anything is read, and the answer.
    let answer = |tiny: &mut Tiny, end: &str| {
        let prompt = tiny.model.plain(&format!("{common}{end}")).unwrap();
        let mut reads = Vec::new();
        let answers = tiny
            .model
            .generate(&prompt, &unwatched(), &mut |piece| {
                if let Piece::Reading { read, .. } = piece {
                    reads.push(read);
                }
                Flow::On
            })
            .unwrap();
        (reads.get(1).copied().unwrap_or(0), prompt.tokens.len(), answers[0].tokens.clone())
    };
    let (first_read, _, fresh) = answer(&mut tiny, "def a(x):");
    assert_eq!(first_read, 64, "the first prompt is read in pieces");
    let (known, of, again) = answer(&mut tiny, "def load(path):");
    assert!(known + 12 > of && known < of, "{known} of {of} known");
    assert_eq!(answer(&mut tiny, "def a(x):").2, fresh);
    let mut other = Tiny::new("qwen2", EMBEDDED);
    assert_eq!(answer(&mut other, "def load(path):").2, again);
}

#[test]
fn a_prompt_longer_than_the_model_reads_is_refused() {
    let tiny = Tiny::new("llama", EMBEDDED);
    let error = tiny.model.plain(&"import os\n".repeat(500)).unwrap_err();
    assert!(matches!(error, InferError::TooLong { context: 512, .. }), "{error}");
}

#[test]
fn a_changed_file_is_refused_whichever_it_is() {
    let tiny = Tiny::new("gpt2-external", EMBEDDED);
    let runtime = Runtime::start(EMBEDDED).unwrap();
    for name in ["model.onnx", "model.onnx_data", "tokenizer.json", "config.json", "golden.json"] {
        let path = tiny.folder.path().join(name);
        let bytes = std::fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let error = Model::load(tiny.folder.path(), &runtime).unwrap_err();
        let named = error.to_string().contains(name);
        assert!(
            named && matches!(error, InferError::Changed { .. } | InferError::Bad { .. }),
            "{name}: {error}"
        );
        std::fs::write(&path, &bytes).unwrap();
    }
    Model::load(tiny.folder.path(), &runtime).unwrap();
    std::fs::remove_file(tiny.folder.path().join(MANIFEST)).unwrap();
    let error = Model::load(tiny.folder.path(), &runtime).unwrap_err();
    assert!(matches!(error, InferError::Missing { what: MANIFEST, .. }), "{error}");
}

#[test]
fn a_model_that_answers_otherwise_than_its_golden_numbers_is_refused() {
    let tiny = Tiny::new("llama", EMBEDDED);
    let runtime = Runtime::start(EMBEDDED).unwrap();
    let shipped = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(tiny.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != MANIFEST {
            std::fs::copy(&path, shipped.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let golden = shipped.path().join("golden.json");
    let mut document: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&golden).unwrap()).unwrap();
    let number = document["steps"][2]["numbers"][5][1].as_f64().unwrap();
    document["steps"][2]["numbers"][5][1] = (number + 1.0).into();
    std::fs::write(&golden, document.to_string()).unwrap();
    let to = tempfile::tempdir().unwrap();
    let error = Model::add(shipped.path(), to.path(), &AddOrder::default(), &runtime).unwrap_err();
    assert!(matches!(&error, InferError::Wrong { why, .. } if why.starts_with("after 2 tokens")), "{error}");
}

#[test]
fn the_users_folder_is_left_as_it_is() {
    let before = listing("llama");
    let tiny = Tiny::new("llama", EMBEDDED);
    assert_eq!(listing("llama"), before);
    assert!(!tiny.folder.path().join("expected.json").exists(), "only what the model needs is kept");
}

fn listing(name: &str) -> Vec<(String, u64)> {
    let entries = std::fs::read_dir(models(name)).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
        .collect();
    names.sort();
    names
}

#[test]
fn a_merged_decoder_alone_is_refused_with_what_to_export_instead() {
    let folder = merged();
    let to = tempfile::tempdir().unwrap();
    let runtime = Runtime::start(EMBEDDED).unwrap();
    let error = Model::add(folder.path(), to.path(), &AddOrder::default(), &runtime).unwrap_err();
    assert!(
        matches!(&error, InferError::Unable { hint, .. } if hint.contains("--no-post-process")),
        "{error}"
    );
    assert!(error.to_string().contains("decoder_model_merged.onnx"), "{error}");
}

/// Each model of `tests/models/broken`, and the file and the words that its refusal names.
const BROKEN: [(&str, &str, &str); 16] = [
    ("missing-input", "model.onnx", "`words`"),
    ("extra-input", "model.onnx", "`image_features`"),
    ("missing-output", "model.onnx", "no output `logits`"),
    ("small-vocabulary", "tokenizer.json", "knows 300 tokens"),
    ("not-a-number", "model.onnx", "no number"),
    ("external-outside", "model.onnx", "not a file in the model's folder"),
    ("external-absolute", "model.onnx", "not a file in the model's folder"),
    ("external-missing", "model.onnx", "not there"),
    ("huge-tensor", "model.onnx", "asks for 4294967296 bytes and has 4"),
    ("huge-length", "model.onnx", "ends in the middle"),
    ("cut-short", "model.onnx", "ends in the middle"),
    ("no-graph", "model.onnx", "no ONNX file"),
    ("template-in-a-circle", "chat_template.jinja", "chat template"),
    ("template-without-end", "chat_template.jinja", "does not come to an end"),
    ("deep-tokenizer", "tokenizer.json", "no tokenizer"),
    ("no-tokenizer", "tokenizer.json", "no tokenizer"),
];

#[test]
fn a_broken_model_is_refused_with_its_file_named() {
    for (name, file, words) in BROKEN {
        let Err(error) = add(&format!("broken/{name}"), EMBEDDED) else { panic!("{name} was taken") };
        let told = error.to_string();
        assert!(told.contains(file) && told.contains(words), "{name}: {told}");
    }
    let mut known: Vec<String> = BROKEN.iter().map(|(name, ..)| (*name).to_owned()).collect();
    known.extend(["sound".to_owned(), "config-that-lies".to_owned()]);
    known.sort();
    let entries = std::fs::read_dir(models("broken")).unwrap().map(Result::unwrap);
    let mut there: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    there.sort();
    assert_eq!(there, known);
}

#[test]
fn what_nothing_is_wrong_with_is_taken() {
    add("broken/sound", EMBEDDED).unwrap();
    // What it says of layers and heads is believed by nobody.
    let told = add("broken/config-that-lies", EMBEDDED);
    assert!(
        told.is_ok() || matches!(&told, Err(InferError::Bad { path, .. }) if path.ends_with("config.json"))
    );
}
