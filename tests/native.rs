//! Models on the native runtime, token by token against Python. Needs ORT_DYLIB_PATH, as `.ci/run` sets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use assize::infer::{Choice, Runtime};

use support::models::{Tiny, merged};

const NATIVE: Choice = Choice::Native;

#[test]
fn every_family_decodes_as_python_does() {
    for name in ["llama", "qwen2", "gpt2", "phi", "t5", "codet5", "llama-fp16", "qwen2-int8", "gpt2-external"]
    {
        Tiny::new(name, NATIVE).decodes_as_python_does();
    }
}

#[test]
fn a_merged_decoder_decodes_as_its_parts_do() {
    let folder = merged();
    Tiny::of(folder.path(), NATIVE).decodes_as_python_does();
}

#[test]
fn the_runtime_says_which_it_is() {
    let runtime = Runtime::start(NATIVE).unwrap();
    assert_eq!(runtime.name(), "native");
    assert!(runtime.described().contains("ONNX Runtime 1."), "{}", runtime.described());
}
