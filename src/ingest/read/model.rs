//! Findings written by a language model: JSON in whatever form the model and its surroundings gave it.
//!
//! Bare or in Markdown fences, whole or as JSON Lines, inside of envelopes and chat completions, with members under
//! dozens of names; what is broken and can be mended without inventing anything is mended, and the claim says so.
//! Every finding-like element ends as exactly one claim, one result set aside or one unreadable; an answer that
//! cannot be taken apart is one unreadable as a whole. Of JSON Lines every line comes to at least one of these.

mod answer;
mod chat;
mod fields;
mod fix;
mod grade;
mod outline;
mod place;
mod recognise;
pub mod repair;
mod rule;
mod walk;
mod words;

use std::fmt::Display;

use serde_json::Value;

use self::fields::Outcome;
use self::outline::Outline;
use self::walk::{Around, Hand, Walk};
use super::secret;
use crate::ingest::document::{Document, Shape};
use crate::ingest::reader::{About, Failure, ReadError, Reader, RunHead, Sink};
use crate::ingest::tool::tool_word;

/// The reader. It takes whatever looks like findings, so it has to be asked last.
pub(super) struct Model;

static ABOUT: About = About {
    format: "model",
    tools: "language models: JSON, JSON Lines, Markdown with JSON in it, chat completions and batches of them",
    claim: "an object in a list of findings, or on its own; an answer that cannot be taken apart",
    aside: "a finding that the model itself dismisses (`vulnerable: false`, `false_positives`, graded `none`)",
    severity_from: "`severity`, `risk`, `level`, `priority` and the like as words, `n/5`, `n/10` or a bare number (whole \
                    and 1 to 5: in fives, else as CVSS); else `cvss`, else `impact` where it is a grade",
    severity: grade::SEVERITY,
    cwe_from: "`cwe` and the like; else a CWE in the type or title; else the type or title where it is the name of a \
               common weakness",
    prints_from: "none",
};

impl Reader for Model {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, shape: &Shape) -> bool {
        recognise::recognises(shape)
    }

    fn read(&self, document: &Document, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut teller = Teller { sink, head: Some(RunHead::default()), named: false };
        Walk::new(&mut teller).document(document)?;
        teller.begin()
    }
}

/// Makes claims of what the walk finds.
struct Teller<'s> {
    sink: &'s mut dyn Sink,
    /// The run's head until it is told, which is before the first claim.
    head: Option<RunHead>,
    /// Whether the tool's word is a model's.
    named: bool,
}

impl Teller<'_> {
    fn begin(&mut self) -> Result<(), ReadError> {
        let Some(mut head) = self.head.take() else { return Ok(()) };
        if head.tool.is_empty() {
            head.tool = ABOUT.format.to_owned();
        }
        self.sink.run(head)
    }
}

impl Hand for Teller<'_> {
    fn element(
        &mut self,
        at: &dyn Display,
        raw: &[u8],
        value: &Value,
        around: &Around,
    ) -> Result<(), ReadError> {
        if self.head.is_some() && value.is_object() {
            self.origin(&Outline::of_value(value, 0));
        }
        self.begin()?;
        match fields::read(value, around) {
            Outcome::Claim(mut claim) => {
                let title = claim.title.clone();
                secret::sift(&mut claim, &title);
                self.sink.claim(at, raw, *claim)
            }
            Outcome::Aside(why) => self.sink.set_aside(at, &why),
            Outcome::Unreadable(failure, why) => self.sink.unreadable(at, failure, why, raw),
        }
    }

    fn broken(&mut self, at: &dyn Display, failure: Failure, why: &str, raw: &[u8]) -> Result<(), ReadError> {
        self.begin()?;
        self.sink.unreadable(at, failure, why, raw)
    }

    fn aside(&mut self, at: &dyn Display, why: &str) -> Result<(), ReadError> {
        self.begin()?;
        self.sink.set_aside(at, why)
    }

    fn clean(&mut self, _: bool) {}

    fn origin(&mut self, outline: &Outline) {
        let Some(head) = self.head.as_mut() else { return };
        // What lies beside the findings says it, or an object of its own that is named for such things.
        let beside =
            ["metadata", "meta", "scaninfo", "info", "header"].iter().filter_map(|name| {
                match outline.get(name) {
                    Some(outline::What::Object(inner)) => Some(inner),
                    _ => None,
                }
            });
        for outline in std::iter::once(outline).chain(beside) {
            if !self.named {
                let model = outline.text(words::MODEL);
                self.named = model.is_some();
                if let Some(name) =
                    model.or_else(|| outline.text(words::GENERATOR).filter(|_| head.tool.is_empty()))
                {
                    head.tool = tool_word(&name.chars().take(64).collect::<String>());
                }
            }
            for (to, names) in [
                (&mut head.tool_version, words::MODEL_VERSION),
                (&mut head.started, words::STARTED),
                (&mut head.revision, words::REVISION),
            ] {
                if let (true, Some(text)) = (to.is_empty(), outline.text(names)) {
                    *to = text.chars().take(128).collect();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
