//! A model that answers in a process of its own, so that what ends its runtime ends no workstation: it is started anew for
//! the next case.
//!
//! The two speak in lines of JSON: a [`Question`] has a number, and is answered by any number of words of how far it is
//! and a last one. A question is called off by its number, at most one token later.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::process::{Process, crashed, unsurvived};
use super::trials::Runs;
use crate::infer::{self, Choice, Ended, ErrorLine, Flow, Format, InferError, Limits, Model, Piece, Runtime};
use crate::remedy::Answering;

/// Between two looks at whether an answer is still wanted, where the process says nothing: less than a token takes of a
/// model that is slow enough for anybody to call it off, so that no token is written that need not be.
const LOOK: Duration = Duration::from_millis(20);
/// What a process may take beyond what an answer may, before it is ended.
const GRACE: Duration = Duration::from_secs(30);
/// What it may take to stop.
const STOPPING: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(5) };
/// What it may take to measure a text.
const MEASURING: Duration = Duration::from_secs(60);
/// After so many ends one after the other a model is asked no more.
const MOST_DEATHS: u32 = 3;

/// What a process is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Question {
    Room(usize),
    Measure(String),
    Answer { system: String, user: String, limits: Cost },
    Stop,
}

/// A question and its number; of one to stop, the number of the one that is stopped.
#[derive(Debug, Serialize, Deserialize)]
struct Numbered {
    number: u64,
    question: Question,
}

/// What an answer may cost.
#[derive(Debug, Serialize, Deserialize)]
struct Cost {
    tokens: usize,
    ms: u64,
    answers: usize,
    watch_circles: bool,
    repetition_penalty: Option<f32>,
}

/// What a process says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Runs(Runs),
    Ready(Ready),
    Room(usize),
    Measured(usize),
    Reading(usize, usize),
    Written(String, usize),
    Likeliest(String, usize),
    Answers(Vec<AnswerLine>),
    Failed(ErrorLine),
}

/// What is known of a model that is loaded.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Ready {
    digest: String,
    marks: Vec<String>,
    format: Format,
    sure: Option<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AnswerLine {
    text: String,
    tokens: Vec<u32>,
    score: f32,
    ended: String,
}

impl From<&Limits> for Cost {
    fn from(limits: &Limits) -> Self {
        Self {
            tokens: limits.tokens,
            ms: u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX),
            answers: limits.answers,
            watch_circles: limits.watch_circles,
            repetition_penalty: limits.repetition_penalty,
        }
    }
}

impl From<Cost> for Limits {
    fn from(cost: Cost) -> Self {
        Self {
            tokens: cost.tokens,
            time: Duration::from_millis(cost.ms),
            answers: cost.answers,
            watch_circles: cost.watch_circles,
            repetition_penalty: cost.repetition_penalty,
        }
    }
}

/// Loads a model and answers with it until nothing more is asked: the process's part.
///
/// # Errors
/// When what it says cannot be written.
pub fn serve_model(
    folder: &Path,
    from: impl BufRead + Send + 'static,
    out: &mut dyn Write,
) -> io::Result<()> {
    // Where memory runs out this process is ended, and not the one that asks.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let started = Choice::from_environment().and_then(Runtime::start);
    let loaded = match &started {
        Ok(runtime) => {
            say(out, &Word::Runs(Runs::of(runtime)))?;
            Model::load(folder, runtime)
        }
        Err(error) => return say(out, &Word::Failed(error.into())),
    };
    let mut model = match loaded {
        Ok(model) => model,
        Err(error) => return say(out, &Word::Failed((&error).into())),
    };
    let (digest, marks) = (model.digest().to_owned(), model.marks().to_vec());
    let (format, sure) = (model.manifest().format, model.manifest().sure);
    say(out, &Word::Ready(Ready { digest, marks, format, sure }))?;
    answer_all(&mut model, from, out)
}

fn say(out: &mut dyn Write, word: &Word) -> io::Result<()> {
    let mut line = serde_json::to_vec(word)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

fn answer_all(
    model: &mut impl Answering,
    from: impl BufRead + Send + 'static,
    out: &mut dyn Write,
) -> io::Result<()> {
    let stopped = Arc::new(AtomicU64::new(0));
    let (to, questions) = channel();
    let stops = Arc::clone(&stopped);
    std::thread::spawn(move || {
        for line in from.lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(Numbered { number, question: Question::Stop }) => stops.store(number, Relaxed),
                Ok(asked) => {
                    if to.send(asked).is_err() {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        // Nobody waits for an answer any more.
        stops.store(u64::MAX, Relaxed);
    });
    for Numbered { number, question } in questions {
        let said = match question {
            Question::Room(answer) => model.room(answer).map(Word::Room),
            Question::Measure(text) => model.measure(&text).map(Word::Measured),
            Question::Answer { system, user, limits } => {
                let mut unsaid = Ok(());
                let mut tell = |piece: Piece<'_>| {
                    let word = match piece {
                        Piece::Reading { read, of } => Word::Reading(read, of),
                        Piece::Written { text, tokens } => Word::Written(text.to_owned(), tokens),
                        Piece::Likeliest { text, tokens } => Word::Likeliest(text.to_owned(), tokens),
                    };
                    unsaid = say(out, &word);
                    let stop = stopped.load(Relaxed);
                    if unsaid.is_err() || stop == number || stop == u64::MAX { Flow::Stop } else { Flow::On }
                };
                let answers = model.answers(&system, &user, &limits.into(), &mut tell);
                unsaid?;
                answers.map(|answers| Word::Answers(answers.into_iter().map(line_of).collect()))
            }
            Question::Stop => continue,
        };
        say(out, &said.unwrap_or_else(|error| Word::Failed((&error).into())))?;
    }
    Ok(())
}

fn line_of(answer: infer::Answer) -> AnswerLine {
    let infer::Answer { text, tokens, score, ended } = answer;
    AnswerLine { text, tokens, score, ended: ended.word().to_owned() }
}

fn answer_of(line: AnswerLine) -> infer::Answer {
    let AnswerLine { text, tokens, score, ended } = line;
    // What cannot be understood is no whole answer.
    infer::Answer { text, tokens, score, ended: Ended::of_word(&ended).unwrap_or(Ended::Tokens) }
}

/// A model in a process of its own.
#[derive(Debug)]
pub struct Served {
    /// What is called, the program first.
    command: Vec<OsString>,
    folder: PathBuf,
    runs: Runs,
    ready: Ready,
    process: RefCell<Option<Process>>,
    number: Cell<u64>,
    /// Ends without an answer between them.
    deaths: Cell<u32>,
}

impl Served {
    /// Starts a process of the program, which is this one, and has it load the model of a folder.
    ///
    /// # Errors
    /// When the model cannot be used.
    pub fn start(program: &Path, folder: &Path) -> Result<Self, InferError> {
        let command = [program.as_os_str(), "model".as_ref(), "serve".as_ref(), folder.as_os_str()];
        Self::of(command.map(ToOwned::to_owned).to_vec(), folder)
    }

    fn of(command: Vec<OsString>, folder: &Path) -> Result<Self, InferError> {
        let mut served = Self {
            command,
            folder: folder.to_owned(),
            runs: Runs::default(),
            ready: Ready::default(),
            process: RefCell::default(),
            number: Cell::new(0),
            deaths: Cell::new(0),
        };
        let (process, ready, runs) = served.loaded()?;
        (served.ready, served.runs, served.process) = (ready, runs, RefCell::new(Some(process)));
        Ok(served)
    }

    /// What runs it.
    #[must_use]
    pub const fn runs(&self) -> &Runs {
        &self.runs
    }

    /// The digest of its manifest.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.ready.digest
    }

    fn loaded(&self) -> Result<(Process, Ready, Runs), InferError> {
        let program = self.command.first().map(PathBuf::from).unwrap_or_default();
        let process = Process::start(&program, self.command.iter().skip(1).cloned());
        let process = process.map_err(|source| InferError::Io { path: program, source })?;
        let mut runs = self.runs.clone();
        loop {
            let Ok(line) = process.lines().recv() else {
                let (status, complained) = process.ended();
                return Err(crashed(&self.folder, &runs.runtime, (status, &complained)));
            };
            match serde_json::from_str(&line) {
                Ok(Word::Ready(ready)) => return Ok((process, ready, runs)),
                Ok(Word::Failed(failed)) => return Err(failed.into()),
                Ok(Word::Runs(told)) => runs = told,
                // A library may say what it likes there.
                _ => {}
            }
        }
    }

    /// Has the process there, started anew where it has ended, and asks it. Every word is handed on until one is the
    /// last; between two looks it is asked whether to go on. The process is ended where it does not answer in time.
    fn ask<T>(
        &self,
        question: Question,
        time: Duration,
        heard: &mut dyn FnMut(Option<Word>) -> Heard<T>,
    ) -> Result<Option<T>, InferError> {
        let mut held = self.process.borrow_mut();
        let mut process = match held.take() {
            Some(process) => process,
            None => self.again()?,
        };
        let number = self.number.get() + 1;
        self.number.set(number);
        let line = |question| serde_json::to_string(&Numbered { number, question }).unwrap_or_default();
        if process.tell(&line(question)).is_err() {
            return Err(self.died(process));
        }
        let begun = Instant::now();
        let mut stopped: Option<Instant> = None;
        loop {
            let word = match process.lines().recv_timeout(LOOK) {
                Ok(line) => match serde_json::from_str(&line) {
                    Ok(word) => Some(word),
                    // A library may say what it likes there.
                    Err(_) => continue,
                },
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Err(self.died(process)),
            };
            match heard(word) {
                Heard::Last(answer) => {
                    self.deaths.set(0);
                    *held = Some(process);
                    return Ok(Some(answer));
                }
                Heard::Failed(failed) => {
                    *held = Some(process);
                    return Err(failed.into());
                }
                Heard::Further(Flow::Stop) if stopped.is_none() => {
                    stopped = Some(Instant::now());
                    if process.tell(&line(Question::Stop)).is_err() {
                        return Err(self.died(process));
                    }
                }
                Heard::Further(_) => {}
            }
            // It is ended, and started anew for the next question.
            if stopped.is_some_and(|at| at.elapsed() > STOPPING) {
                return Ok(None);
            }
            if begun.elapsed() > time {
                self.deaths.set(self.deaths.get() + 1);
                let how = format!("it was ended, for it did not answer in {} s", time.as_secs());
                return Err(unsurvived(&self.folder, &self.runs.runtime, how));
            }
        }
    }

    fn again(&self) -> Result<Process, InferError> {
        if self.deaths.get() >= MOST_DEATHS {
            let how = format!("it ended {MOST_DEATHS} times one after the other and is asked no more");
            return Err(unsurvived(&self.folder, &self.runs.runtime, how));
        }
        let (process, ready, _) = self.loaded().inspect_err(|_| self.deaths.set(self.deaths.get() + 1))?;
        if ready.digest == self.ready.digest {
            return Ok(process);
        }
        Err(InferError::Changed { path: self.folder.clone() })
    }

    fn died(&self, process: Process) -> InferError {
        self.deaths.set(self.deaths.get() + 1);
        let (status, complained) = process.ended();
        crashed(&self.folder, &self.runs.runtime, (status, &complained))
    }
}

/// What a word is to whoever asked.
enum Heard<T> {
    Further(Flow),
    Last(T),
    Failed(ErrorLine),
}

impl Answering for Served {
    fn marks(&self) -> Vec<String> {
        self.ready.marks.clone()
    }

    fn format(&self) -> Format {
        self.ready.format
    }

    fn sure(&self) -> Option<u8> {
        self.ready.sure
    }

    fn measure(&self, text: &str) -> Result<usize, InferError> {
        let measured = self.ask(Question::Measure(text.to_owned()), MEASURING, &mut |word| match word {
            Some(Word::Measured(tokens)) => Heard::Last(tokens),
            Some(Word::Failed(failed)) => Heard::Failed(failed),
            _ => Heard::Further(Flow::On),
        });
        Ok(measured?.unwrap_or(usize::MAX))
    }

    fn room(&self, answer: usize) -> Result<usize, InferError> {
        let told = self.ask(Question::Room(answer), MEASURING, &mut |word| match word {
            Some(Word::Room(tokens)) => Heard::Last(tokens),
            Some(Word::Failed(failed)) => Heard::Failed(failed),
            _ => Heard::Further(Flow::On),
        });
        Ok(told?.unwrap_or(0))
    }

    fn answers(
        &mut self,
        system: &str,
        user: &str,
        limits: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<infer::Answer>, InferError> {
        let (system, user) = (system.to_owned(), user.to_owned());
        let question = Question::Answer { system, user, limits: limits.into() };
        // What is told again where there is nothing new, so that whoever waits may call it off.
        let mut last = Word::Reading(0, 0);
        let answers = self.ask(question, limits.time.saturating_add(GRACE), &mut |word| {
            match word {
                Some(Word::Answers(answers)) => return Heard::Last(answers),
                Some(Word::Failed(failed)) => return Heard::Failed(failed),
                Some(word) => last = word,
                None => {
                    if let Word::Written(text, _) = &mut last {
                        text.clear();
                    }
                }
            }
            Heard::Further(match &last {
                Word::Reading(read, of) => tell(Piece::Reading { read: *read, of: *of }),
                Word::Written(text, tokens) => tell(Piece::Written { text, tokens: *tokens }),
                Word::Likeliest(text, tokens) => tell(Piece::Likeliest { text, tokens: *tokens }),
                _ => Flow::On,
            })
        })?;
        // Nothing, where it had to be ended to be called off.
        Ok(answers.unwrap_or_default().into_iter().map(answer_of).collect())
    }
}

#[cfg(test)]
mod tests;
