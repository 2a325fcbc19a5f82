//! What a model proposes: it is told of the subject, and its answers are handed on as texts, the likeliest first.
//!
//! Never believes an answer: what it comes to is read and checked as any rung's. One that was cut off is told as such.

use std::time::{Duration, Instant};

use crate::infer::{self, Ended, Flow, Format, InferError, Limits, Model, Piece};
use crate::ingest::rule_family;
use crate::remedy::ladder::Unusable;
use crate::remedy::prompt::{
    self, Brief, ByTokens, Example, Marks, Prompt, PromptError, Room, Templates, recall,
};
use crate::remedy::{Answer, Fault, Offer, Onlooker, Origin, Precedent, Progress, Rung, Subject};
use crate::source::Language;

/// The longest example, in bytes.
const EXAMPLE: usize = 4_000;

/// The most tokens of an answer that names lines: an edit, no text. One that is longer goes round in circles.
const EDIT_TOKENS: usize = 120;

/// The whole of an answer by which nothing is to be changed.
const UNCHANGED: &str = "=";

/// A model as it is asked.
pub trait Answering {
    /// The words by which it tells turns apart.
    fn marks(&self) -> Vec<String>;

    /// How it is asked and answers.
    fn format(&self) -> Format {
        Format::Chat
    }

    /// How sure it has to be of an answer, in hundredths of the mean share of its tokens.
    fn sure(&self) -> Option<u8> {
        None
    }

    /// How many tokens a text has.
    ///
    /// # Errors
    /// When it cannot be read.
    fn measure(&self, text: &str) -> Result<usize, InferError>;

    /// How many tokens the messages of a prompt may have where an answer is to have room for so many.
    ///
    /// # Errors
    /// When that cannot be told.
    fn room(&self, answer: usize) -> Result<usize, InferError>;

    /// Its answers to two messages, the likeliest first.
    ///
    /// # Errors
    /// When it cannot answer.
    fn answers(
        &mut self,
        system: &str,
        user: &str,
        limits: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<infer::Answer>, InferError>;
}

impl Answering for Model {
    fn marks(&self) -> Vec<String> {
        Self::marks(self).to_vec()
    }

    fn format(&self) -> Format {
        self.manifest().format
    }

    fn sure(&self) -> Option<u8> {
        self.manifest().sure
    }

    fn measure(&self, text: &str) -> Result<usize, InferError> {
        Self::measure(self, text)
    }

    fn room(&self, answer: usize) -> Result<usize, InferError> {
        Self::room(self, answer)
    }

    fn answers(
        &mut self,
        system: &str,
        user: &str,
        limits: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<infer::Answer>, InferError> {
        let prompt = self.prompt(system, user)?;
        self.generate(&prompt, limits, tell)
    }
}

/// A model that is asked for remedies. It was loaded before and stays so: what two prompts begin with is read once.
#[derive(Debug)]
pub struct Mender<M = Model> {
    name: String,
    model: M,
    templates: Templates,
    limits: Limits,
    marks: Marks,
    waited: Duration,
}

impl<M: Answering> Mender<M> {
    /// A model, by what it is called in the workspace.
    #[must_use]
    pub fn new(name: impl Into<String>, model: M, templates: Templates, mut limits: Limits) -> Self {
        if model.format() == Format::Edit {
            limits.tokens = limits.tokens.min(EDIT_TOKENS);
        }
        let marks = Marks::new(model.marks().iter().map(String::as_str));
        Self { name: name.into(), model, templates, limits, marks, waited: Duration::ZERO }
    }

    /// What it is sent for a subject.
    fn prompt(&self, subject: &Subject) -> Result<Prompt, Unusable> {
        let most = self.model.room(self.limits.tokens).map_err(|error| unusable(&error))?;
        // A text that cannot be measured fits nowhere.
        let measure = |text: &str| self.model.measure(text).unwrap_or(usize::MAX);
        let room = Room { most, measure: &measure };
        let prompt = match self.model.format() {
            Format::Chat => {
                let brief = Brief::of(subject, examples(subject));
                Prompt::new(&brief, &self.templates, &self.marks, room)
            }
            // It has no words for what was accepted elsewhere.
            Format::Edit => Prompt::by_lines(&Brief::of(subject, Vec::new()), &self.marks, room),
        };
        prompt.map_err(|error| {
            let fault = match error {
                PromptError::TooLong { .. } => Fault::TooLong,
                PromptError::Template { .. } | PromptError::NoTemplate(_) => Fault::Unavailable,
            };
            (fault, error.to_string())
        })
    }
}

impl<M: Answering> Rung for Mender<M> {
    fn origin(&self) -> Origin {
        Origin::Model
    }

    fn by(&self) -> String {
        self.name.clone()
    }

    fn offers(&mut self, subject: &Subject, onlooker: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        let prompt = self.prompt(subject)?;
        let mut written = String::new();
        let mut tell = |piece: Piece<'_>| {
            let progress = match piece {
                Piece::Reading { read, of } => Progress::Reading { read, of },
                Piece::Written { text, tokens } => {
                    written.push_str(text);
                    Progress::Writing { text: &written, tokens }
                }
                Piece::Likeliest { text, tokens } => Progress::Writing { text, tokens },
            };
            (onlooker.tell)(subject.case, progress);
            if (onlooker.stop)() { Flow::Stop } else { Flow::On }
        };
        let started = Instant::now();
        let answers = self.model.answers(&prompt.system, &prompt.user, &self.limits, &mut tell);
        self.waited += started.elapsed();
        let mut answers = answers.map_err(|error| unusable(&error))?;
        answers.retain(|answer| answer.ended != Ended::Cancelled);
        if answers.is_empty() {
            return Err((Fault::CalledOff, "it was called off".into()));
        }
        self.abstain(&mut answers);
        if answers.is_empty() {
            return Err((Fault::Nothing, "it is not sure of any change".into()));
        }
        let words = left_out(&prompt);
        let offer = |answer: infer::Answer| Offer {
            words: words.clone(),
            answer: Answer::Text { text: prompt.answer(&answer.text), cut: self.cut(answer.ended) },
        };
        Ok(answers.into_iter().map(offer).collect())
    }

    fn waited(&self) -> Duration {
        self.waited
    }
}

impl<M: Answering> Mender<M> {
    /// Drops what the model itself finds less likely than that nothing is to be changed, and what it is not sure of: a
    /// change that is wrong costs more than one that is not proposed.
    fn abstain(&self, answers: &mut Vec<infer::Answer>) {
        if self.model.format() == Format::Edit
            && let Some(at) = answers.iter().position(|answer| answer.text.trim() == UNCHANGED)
        {
            answers.truncate(at + 1);
        }
        if let Some(sure) = self.model.sure() {
            let least = (f32::from(sure) / 100.0).ln();
            answers.retain(|answer| answer.text.trim() == UNCHANGED || answer.score >= least);
        }
    }
}

impl<M> Mender<M> {
    /// By what an answer was cut off.
    fn cut(&self, ended: Ended) -> Option<String> {
        let limits = &self.limits;
        Some(match ended {
            Ended::Stop => return None,
            Ended::Tokens => format!("it has {} tokens or more", limits.tokens),
            Ended::Time => format!("it took more than {} s", limits.time.as_secs()),
            Ended::Cancelled => "it was called off".into(),
            Ended::Repeating => "it says the same over and over".into(),
        })
    }
}

fn unusable(error: &InferError) -> Unusable {
    let fault = match error {
        InferError::TooLong { .. } => Fault::TooLong,
        InferError::Crashed { .. } => Fault::Crashed,
        _ => Fault::Unavailable,
    };
    (fault, error.to_string())
}

/// What the model could not be shown of the code.
fn left_out(prompt: &Prompt) -> String {
    match prompt.left_out.lines {
        0 => String::new(),
        1 => "made without 1 line of the code, for which there was no room".into(),
        lines => format!("made without {lines} lines of the code, for which there was no room"),
    }
}

/// Accepted remedies of cases like this one, as a prompt shows them.
fn examples(subject: &Subject) -> Vec<Example> {
    let Some(family) = subject.said.first().map(|said| rule_family(&said.claim.rule)) else {
        return Vec::new();
    };
    let known: Vec<prompt::Precedent> = subject.precedents.iter().filter_map(shown).collect();
    let statement = subject.file.text().get(subject.flagged.clone()).unwrap_or_default();
    let language = subject.file.language();
    recall(&family, language, &known, &ByTokens { statement, language })
}

/// An accepted remedy by its difference: what stood there, and what stands there now.
fn shown(precedent: &Precedent) -> Option<prompt::Precedent> {
    let (mut before, mut after, mut statement) = (String::new(), String::new(), String::new());
    // The first file's, where there are several.
    let body = precedent.diff.lines().skip(2).take_while(|line| !line.starts_with("--- "));
    for line in body.filter(|line| !line.starts_with(['@', '\\'])) {
        let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        for (out, signs) in [(&mut before, " -"), (&mut after, " +"), (&mut statement, "-")] {
            if signs.contains(sign) {
                out.push_str(text);
                out.push('\n');
            }
        }
    }
    if before.len().max(after.len()) > EXAMPLE || before == after {
        return None;
    }
    Some(prompt::Precedent {
        family: rule_family(&precedent.rule),
        language: Language::detect(&precedent.path, &before),
        statement: if statement.trim().is_empty() { before.clone() } else { statement },
        example: Example { rule: precedent.rule.clone(), before, after },
    })
}

#[cfg(test)]
mod tests;
