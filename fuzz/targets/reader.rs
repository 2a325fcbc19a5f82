//! Reads any bytes with one reader, which the target's own name tells: `read_sarif` is `sarif`.
//!
//! Nothing may panic, hang or eat memory; a run comes before all else; every claim has a rule and a sort of tool.

#![no_main]

use std::fmt;

use assize::domain::{Claim, Rule};
use assize::ingest::document::Document;
use assize::ingest::read::READERS;
use assize::ingest::reader::{Failure, ReadError, RunHead, Sink};
use libfuzzer_sys::fuzz_target;

#[derive(Default)]
struct Strict {
    runs: usize,
}

impl Sink for Strict {
    fn run(&mut self, head: RunHead) -> Result<(), ReadError> {
        assert!(!head.tool.is_empty(), "a run without a tool");
        self.runs += 1;
        Ok(())
    }

    fn rule(&mut self, _: Rule) -> Result<(), ReadError> {
        assert!(self.runs > 0, "a rule before its run");
        Ok(())
    }

    fn covered(&mut self, _: &str) -> Result<(), ReadError> {
        assert!(self.runs > 0, "a file before its run");
        Ok(())
    }

    fn claim(&mut self, at: &dyn fmt::Display, _: &[u8], claim: Claim) -> Result<(), ReadError> {
        assert!(self.runs > 0, "a claim before its run");
        assert!(!claim.rule.is_empty(), "a claim without a rule at {at}");
        Ok(())
    }

    fn cut(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError> {
        assert!(self.runs > 0 && !why.is_empty(), "{at}");
        Ok(())
    }

    fn set_aside(&mut self, at: &dyn fmt::Display, why: &str) -> Result<(), ReadError> {
        assert!(self.runs > 0 && !why.is_empty(), "{at}");
        Ok(())
    }

    fn unreadable(&mut self, at: &dyn fmt::Display, _: Failure, why: &str, _: &[u8]) -> Result<(), ReadError> {
        assert!(self.runs > 0 && !why.is_empty(), "{at}");
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let name = env!("CARGO_BIN_NAME").trim_start_matches("read_").replace('_', "-");
    let reader = READERS.iter().find(|reader| reader.about().format == name).expect("no reader of that name");
    let document = Document::bytes("fuzz", bytes);
    if let Ok(shape) = document.whole_shape() {
        let _ = reader.recognises(&shape);
    }
    let mut sink = Strict::default();
    let end = reader.read(&document, &mut sink);
    // A model's answer is never refused whole.
    assert!(name != "model" || end.is_ok() && sink.runs == 1);
});
