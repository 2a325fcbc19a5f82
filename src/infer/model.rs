//! A model: loaded once, asked often.

mod add;

use std::path::Path;
use std::time::{Duration, Instant};

use super::beam;
use super::decode::{Ended, Flow, Found, Rules, Steps as _, greedy, largest};
use super::engine::{CheckedGraphs, Engine};
use super::folder::Folder;
use super::golden::{GOLDEN, Golden, TEXT};
use super::manifest::{MANIFEST, Manifest};
use super::runtime::Runtime;
use super::session::Effort;
use super::template::{Speaker, Template, Turn};
use super::tokens::{Stream, Tokens};
use super::{InferError, files};

/// How many tokens the speed is taken over.
const SPEED_TOKENS: usize = 32;

/// The most answers that are sought at once.
pub const MOST_ANSWERS: usize = 16;

/// By how many tokens texts may measure otherwise within a prompt than by themselves.
const SEAMS: usize = 8;

/// How a prompt is put together where a model has no chat template and its manifest says nothing.
const PLAIN: &str = "{system}\n\n{user}\n";

pub use add::AddOrder;

/// A prompt as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its tokens.
    pub tokens: Vec<u32>,
}

/// What an answer may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Tokens.
    pub tokens: usize,
    /// Time, the prompt's reading included.
    pub time: Duration,
    /// How many answers are wanted, the best first. One is greedy, more are a search that costs as many times as much.
    pub answers: usize,
    /// Whether an answer that goes round in circles is cut.
    pub watch_circles: bool,
    /// What is held against a token that was there before; `None` is what the model's own configuration says.
    pub repetition_penalty: Option<f32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 512,
            time: Duration::from_secs(120),
            answers: 1,
            watch_circles: true,
            repetition_penalty: None,
        }
    }
}

/// What is told while an answer is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'p> {
    /// The prompt is being read.
    Reading {
        /// Tokens read so far.
        read: usize,
        /// Of how many.
        of: usize,
    },
    /// The answer goes on.
    Written {
        /// What is new; empty within a character.
        text: &'p str,
        /// Tokens so far.
        tokens: usize,
    },
    /// Several answers are sought at once and go on.
    Likeliest {
        /// The whole of the one that is likeliest so far, which may be another than the last time.
        text: &'p str,
        /// Tokens so far.
        tokens: usize,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its text, without marks.
    pub text: String,
    /// Its tokens, the one that ended it left out.
    pub tokens: Vec<u32>,
    /// How likely the model finds it: the mean logarithm over its tokens, 0 being certain.
    pub score: f32,
    /// How it ended. Anything but [`Ended::Stop`] is a text cut in the middle.
    pub ended: Ended,
}

/// How fast a model is on this machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Tokens of a prompt read in a second.
    pub read: f64,
    /// Tokens written in a second.
    pub written: f64,
}

/// A model, loaded.
#[derive(Debug)]
pub struct Model {
    manifest: Manifest,
    digest: String,
    folder: Folder,
    tokens: Tokens,
    template: Option<Template>,
    engine: Engine,
    runtime: Runtime,
    made_by: String,
    embedded_cannot: Option<String>,
}

impl Model {
    /// Loads a model that was added: every file is the one that was added, and the runtime computes what it should.
    ///
    /// # Errors
    /// When a file was changed, the runtime cannot run it, or it answers otherwise than it did.
    pub fn load(folder: &Path, runtime: &Runtime) -> Result<Self, InferError> {
        let manifest = Manifest::read(folder)?.ok_or_else(|| InferError::Missing {
            folder: folder.to_owned(),
            what: MANIFEST,
            hint: "`assize model add` makes it",
        })?;
        let read = Folder::read(folder)?;
        let golden = Golden::read(folder)?.ok_or_else(|| InferError::Missing {
            folder: folder.to_owned(),
            what: GOLDEN,
            hint: "add the model again",
        })?;
        for name in read.files.iter().map(String::as_str).chain([GOLDEN]) {
            let digest = files::digest(folder, name)?.unwrap_or_default();
            manifest.hold(&folder.join(name), name, &digest)?;
        }
        let graphs = CheckedGraphs::read(&read)?;
        graphs.hold(&manifest)?;
        let mut model = Self::put_together(manifest, read, graphs, runtime, Effort::Full)?;
        model.check(&golden)?;
        model.made_by = golden.made_by;
        Ok(model)
    }

    fn put_together(
        manifest: Manifest,
        folder: Folder,
        graphs: CheckedGraphs,
        runtime: &Runtime,
        effort: Effort,
    ) -> Result<Self, InferError> {
        let (bytes, path) = folder.tokenizer()?;
        let tokens = Tokens::read(&bytes, &path)?;
        if let Some(words) = graphs.vocabulary()
            && tokens.highest() as usize >= words
        {
            let why = format!(
                "it has a token number {}, and {} knows {words} tokens: it is another model's tokenizer",
                tokens.highest(),
                folder.graphs.first
            );
            return Err(InferError::bad(tokens.path(), why));
        }
        let template = folder
            .template
            .clone()
            .map(|(source, path)| Template::new(source, &path, folder.bos.clone(), folder.eos.clone()));
        let template = template.transpose()?;
        let embedded_cannot = graphs.too_much_for_embedded().map(|(why, _)| why);
        let engine = graphs.load(runtime, effort)?;
        let digest = manifest.digest()?;
        let model = Self {
            manifest,
            digest,
            folder,
            tokens,
            template,
            engine,
            runtime: runtime.clone(),
            made_by: String::new(),
            embedded_cannot,
        };
        // A template that cannot be rendered is told now, not at the first case.
        model.prompt("You are brief.", "Hello.")?;
        Ok(model)
    }

    /// Reads tokens behind what was read before, the first time as a whole prompt.
    fn asked(&mut self) -> impl FnMut(&[u32]) -> Result<Vec<f32>, InferError> + '_ {
        let mut state = None;
        let engine = &mut self.engine;
        move |tokens| {
            let (numbers, now) = match (&state, tokens) {
                (Some(state), [token]) => engine.next(state, *token)?,
                _ => {
                    engine.forget();
                    let begun = engine.begin(tokens, &mut |_| Flow::On)?;
                    begun.ok_or_else(|| InferError::Runtime("the reading was called off".into()))?
                }
            };
            state = Some(now);
            Ok(numbers)
        }
    }

    /// Holds the model to its golden numbers.
    fn check(&mut self, golden: &Golden) -> Result<(), InferError> {
        let tolerance = Golden::tolerance(&self.manifest.precision);
        let differs = golden.differs(tolerance, self.asked())?;
        if let Some(why) = differs {
            let hint = if self.runtime.is_native() {
                "another version of onnxruntime may do better"
            } else {
                "install the native runtime: `pip install onnxruntime`"
            };
            return Err(InferError::Wrong {
                path: self.folder.path.join(GOLDEN),
                runtime: self.runtime.name(),
                made_by: golden.made_by.clone(),
                why,
                hint,
            });
        }
        self.engine.forget();
        let whole = self.asked()(&golden.prompt)?;
        self.hold_vocabulary(whole.len())?;
        self.engine.try_splitting(&golden.prompt, &whole)?;
        self.engine.forget();
        Ok(())
    }

    fn hold_vocabulary(&self, words: usize) -> Result<(), InferError> {
        if (self.tokens.highest() as usize) < words {
            return Ok(());
        }
        let highest = self.tokens.highest();
        let why = format!(
            "it has a token number {highest}, and the model knows {words} tokens: it is another model's"
        );
        Err(InferError::bad(self.tokens.path(), why))
    }

    /// What the model is to read: by its chat template, else by the format in its manifest. Marks in what it is given are
    /// read as letters. Without a system's words the model's own stand, where it has some.
    ///
    /// # Errors
    /// When the template fails, or the prompt is longer than the model reads.
    pub fn prompt(&self, system: &str, user: &str) -> Result<Prompt, InferError> {
        let (system, user) =
            (Turn { speaker: Speaker::System, text: system }, Turn { speaker: Speaker::User, text: user });
        if system.text.is_empty() { self.conversation(&[user]) } else { self.conversation(&[system, user]) }
    }

    /// The same of several turns, the last of which the model is to answer.
    ///
    /// # Errors
    /// As [`Self::prompt`].
    pub fn conversation(&self, turns: &[Turn<'_>]) -> Result<Prompt, InferError> {
        let texts: Vec<String> = turns.iter().map(|turn| self.tokens.harmless(turn.text)).collect();
        let turns: Vec<Turn<'_>> =
            turns.iter().zip(&texts).map(|(turn, text)| Turn { speaker: turn.speaker, text }).collect();
        let tokens = match &self.template {
            Some(template) => self.tokens.encode(&template.render(&turns)?, false)?,
            None => {
                let format = self.manifest.prompt.as_deref().unwrap_or(PLAIN);
                let said = |is_system: bool| {
                    let of = turns.iter().filter(|turn| (turn.speaker == Speaker::System) == is_system);
                    of.map(|turn| turn.text).collect::<Vec<_>>().join("\n\n")
                };
                // The format is taken apart before anything is put in: what is said may hold its words too.
                let parts = format.split("{system}").map(|part| part.replace("{user}", &said(false)));
                let text = parts.collect::<Vec<_>>().join(&said(true));
                self.tokens.encode(text.trim_start_matches('\n'), true)?
            }
        };
        self.hold_length(tokens.len())?;
        Ok(Prompt { tokens })
    }

    /// A text as it is, read without any format around it: for models that go on with it.
    ///
    /// # Errors
    /// When it is longer than the model reads.
    pub fn plain(&self, text: &str) -> Result<Prompt, InferError> {
        let tokens = self.tokens.encode(text, true)?;
        self.hold_length(tokens.len())?;
        Ok(Prompt { tokens })
    }

    fn hold_length(&self, tokens: usize) -> Result<(), InferError> {
        let context = self.manifest.context;
        if tokens >= context { Err(InferError::TooLong { tokens, context }) } else { Ok(()) }
    }

    /// Answers a prompt within limits, the best answer first. `tell` is told of each token, and stops it within one.
    ///
    /// # Errors
    /// When the prompt is too long or a run fails.
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        limits: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<Answer>, InferError> {
        let until = Instant::now() + limits.time;
        let of = prompt.tokens.len();
        self.hold_length(of)?;
        let has_encoder = self.folder.graphs.encoder.is_some();
        let room = if has_encoder { self.manifest.context } else { self.manifest.context - of };
        let mut early = Ended::Cancelled;
        let begun = self.engine.begin(&prompt.tokens, &mut |read| {
            if Instant::now() >= until {
                early = Ended::Time;
                return Flow::Stop;
            }
            tell(Piece::Reading { read, of })
        })?;
        let Some(begun) = begun else {
            return Ok(vec![Answer { text: String::new(), tokens: Vec::new(), score: 0.0, ended: early }]);
        };
        let started = [self.folder.start.unwrap_or(0)];
        let rules = Rules {
            stops: &self.folder.stops,
            penalty: limits.repetition_penalty.unwrap_or(self.folder.repetition_penalty),
            before: if has_encoder { &started } else { &prompt.tokens },
            length_penalty: self.folder.length_penalty,
            most: limits.tokens.min(room),
            until,
            watch_circles: limits.watch_circles,
        };
        let tokens = &self.tokens;
        let found: Vec<Found> = if limits.answers <= 1 {
            let mut stream = Stream::default();
            let mut count = 0;
            let mut told = |token: u32| {
                count += 1;
                let text = stream.push(tokens, token)?;
                Ok(tell(Piece::Written { text: &text, tokens: count }))
            };
            vec![greedy(&mut self.engine, begun, &rules, &mut told)?]
        } else {
            // They are continued one after the other; the text changes once for all of them.
            let (mut text, mut shown) = (String::new(), 0);
            let mut told = |best: &[u32]| {
                if best.len() > shown {
                    text = tokens.decode(best)?;
                    shown = best.len();
                }
                Ok(tell(Piece::Likeliest { text: &text, tokens: best.len() }))
            };
            beam::search(&mut self.engine, begun, limits.answers.min(MOST_ANSWERS), &rules, &mut told)?
        };
        found
            .into_iter()
            .map(|found| {
                let text = self.tokens.decode(&found.tokens)?;
                Ok(Answer { text, tokens: found.tokens, score: found.score, ended: found.ended })
            })
            .collect()
    }

    /// The words by which its template parts turns, and whatever else its tokenizer takes for a mark.
    #[must_use]
    pub fn marks(&self) -> &[String] {
        self.tokens.marks()
    }

    /// How many tokens a text has, without what a prompt puts around it.
    ///
    /// # Errors
    /// When the tokenizer cannot read it.
    pub fn measure(&self, text: &str) -> Result<usize, InferError> {
        Ok(self.tokens.encode(&self.tokens.harmless(text), false)?.len())
    }

    /// How many tokens system and user may have together where an answer is to have room for so many, or for half of
    /// what the model reads if that is less.
    ///
    /// # Errors
    /// When the template fails.
    pub fn room(&self, answer: usize) -> Result<usize, InferError> {
        let context = self.manifest.context;
        let reads_apart = self.folder.graphs.encoder.is_some();
        let answer = if reads_apart { 1 } else { answer.min(context / 2).max(1) };
        let around = self.prompt(".", ".")?.tokens.len();
        // Texts are measured by themselves, and their ends may be read otherwise beside what stands there.
        Ok(context.saturating_sub(answer).saturating_sub(around).saturating_sub(SEAMS))
    }

    /// How fast it reads and writes on this machine.
    ///
    /// # Errors
    /// When a run fails.
    pub fn speed(&mut self) -> Result<Speed, InferError> {
        let mut prompt = self.tokens.encode(&TEXT.repeat(8), true)?;
        prompt.truncate((self.manifest.context / 2).clamp(1, 256));
        self.engine.forget();
        let begin = Instant::now();
        let begun = self.engine.begin(&prompt, &mut |_| Flow::On)?;
        let (mut numbers, mut state) =
            begun.ok_or_else(|| InferError::Runtime("the reading was called off".into()))?;
        let read = prompt.len() as f64 / begin.elapsed().as_secs_f64().max(1e-9);
        let count = SPEED_TOKENS.min(self.manifest.context / 2).max(1);
        let begin = Instant::now();
        for _ in 0..count {
            let token = largest(&numbers).unwrap_or(0);
            (numbers, state) = self.engine.next(&state, token)?;
        }
        let written = count as f64 / begin.elapsed().as_secs_f64().max(1e-9);
        self.engine.forget();
        Ok(Speed { read, written })
    }

    /// What is known of it beside its files.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The digest of its manifest, which holds those of all its files: what an answer is attributed to.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What runs it.
    #[must_use]
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Who made the golden numbers that it is held to.
    #[must_use]
    pub fn golden_from(&self) -> &str {
        &self.made_by
    }

    /// Why only the native runtime runs it, where that is so.
    #[must_use]
    pub fn embedded_cannot(&self) -> Option<&str> {
        self.embedded_cannot.as_deref()
    }

    /// Where its first graph is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.engine.path()
    }

    /// Whether it has a chat template.
    #[must_use]
    pub const fn has_template(&self) -> bool {
        self.template.is_some()
    }
}
