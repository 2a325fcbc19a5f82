//! Models tried in a process of their own, and what that process says: a line for the runtime, before it loads anything,
//! and a line for what came of it. What does not come to the second has crashed.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::process::{Process, crashed};
use crate::infer::{AddOrder, Choice, ErrorLine, InferError, Model, Runtime};

/// Between two looks at whether a trial is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// What runs models in a process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Runs {
    /// Which runtime, in a word.
    pub runtime: String,
    /// The same in words.
    pub described: String,
    /// What was found before it and does not work, with why.
    pub passed_over: Vec<String>,
}

impl Runs {
    /// What runs models in this process.
    #[must_use]
    pub fn of(runtime: &Runtime) -> Self {
        Self {
            runtime: runtime.name().to_owned(),
            described: runtime.described(),
            passed_over: runtime.passed_over().to_vec(),
        }
    }
}

/// What is to be tried: a model that lies in a folder, or one that is first copied into it.
#[derive(Debug, Clone, Copy)]
pub struct TrialOrder<'o> {
    /// The model's folder in the workspace.
    pub folder: &'o Path,
    /// The folder that it is copied out of, and how it is added.
    pub add: Option<(&'o Path, &'o AddOrder)>,
}

/// A model as it runs on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// How long it took to load, checks included, in milliseconds.
    pub load_ms: u64,
    /// Tokens of a prompt read and tokens written in a second, where that was asked.
    pub speed: Option<(f64, f64)>,
    /// The most memory that the process held, in bytes, where the system tells.
    pub memory: Option<u64>,
    /// Whether it has a chat template.
    pub chat_template: bool,
    /// Who made the golden numbers that it is held to.
    pub golden_by: String,
    /// Why only the native runtime runs it, where that is so.
    pub embedded_cannot: Option<String>,
}

impl Trial {
    /// Copies a model into an empty folder and tries it there.
    ///
    /// # Errors
    /// When it cannot be used here; then the folder may hold a part.
    pub fn add(from: &Path, to: &Path, order: &AddOrder, runtime: &Runtime) -> Result<Self, InferError> {
        let begin = Instant::now();
        Ok(Self::of(&Model::add(from, to, order, runtime)?, begin.elapsed(), None))
    }

    /// Loads a model and finds out how it runs here.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn verify(folder: &Path, runtime: &Runtime) -> Result<Self, InferError> {
        let begin = Instant::now();
        let mut model = Model::load(folder, runtime)?;
        let load = begin.elapsed();
        let speed = model.speed()?;
        Ok(Self::of(&model, load, Some((speed.read, speed.written))))
    }

    fn of(model: &Model, load: Duration, speed: Option<(f64, f64)>) -> Self {
        Self {
            load_ms: u64::try_from(load.as_millis()).unwrap_or(u64::MAX),
            speed,
            memory: peak_memory(),
            chat_template: model.has_template(),
            golden_by: model.golden_from().to_owned(),
            embedded_cannot: model.embedded_cannot().map(str::to_owned),
        }
    }
}

/// What a trial says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Runs(Runs),
    Tried(Box<Trial>),
    Failed(ErrorLine),
}

/// Tries a model in this process, for the one that started it.
///
/// # Errors
/// When what came of it cannot be written.
pub fn serve_trial(order: TrialOrder<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut say = |line: &Line| -> io::Result<()> {
        serde_json::to_writer(&mut *out, line)?;
        out.write_all(b"\n")?;
        out.flush()
    };
    let started = Choice::from_environment().and_then(Runtime::start);
    let tried = match &started {
        Ok(runtime) => {
            say(&Line::Runs(Runs::of(runtime)))?;
            match order.add {
                Some((from, add)) => Trial::add(from, order.folder, add, runtime),
                None => Trial::verify(order.folder, runtime),
            }
        }
        Err(error) => return say(&Line::Failed(error.into())),
    };
    say(&match tried {
        Ok(trial) => Line::Tried(Box::new(trial)),
        Err(error) => Line::Failed((&error).into()),
    })
}

/// The most memory that this process has held so far.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}

/// Says what runs models in this process, for the one that started it.
///
/// # Errors
/// When it cannot be written.
pub fn serve_runs(out: &mut dyn Write) -> io::Result<()> {
    let started = Choice::from_environment().and_then(Runtime::start);
    let line = match &started {
        Ok(runtime) => Line::Runs(Runs::of(runtime)),
        Err(error) => Line::Failed(error.into()),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Trials, one after the other.
#[derive(Debug)]
pub struct Trials {
    program: PathBuf,
    runs: Option<Runs>,
}

impl Trials {
    /// Those that a program makes, which is this one.
    #[must_use]
    pub const fn by(program: PathBuf) -> Self {
        Self { program, runs: None }
    }

    /// What ran the first, which is what runs all.
    #[must_use]
    pub const fn runs(&self) -> Option<&Runs> {
        self.runs.as_ref()
    }

    /// What would run models, without any being loaded.
    ///
    /// # Errors
    /// When nothing does.
    pub fn would_run(&mut self) -> Result<Runs, InferError> {
        let process = Process::start(&self.program, ["model", "runtime"].map(OsString::from));
        let process = process.map_err(|source| InferError::Io { path: self.program.clone(), source })?;
        let first = process.lines().iter().find_map(|line| serde_json::from_str(&line).ok());
        match first {
            Some(Line::Runs(runs)) => Ok(self.runs.insert(runs).clone()),
            Some(Line::Failed(failed)) => Err(failed.into()),
            _ => {
                let (status, complained) = process.ended();
                Err(crashed(&self.program, "", (status, &complained)))
            }
        }
    }

    /// Has a model tried. It is called off between two looks where `stop` says so.
    ///
    /// # Errors
    /// What is wrong with the model, or that the runtime ended with it.
    pub fn ask(&mut self, order: &TrialOrder<'_>, stop: &dyn Fn() -> bool) -> Result<Trial, InferError> {
        let process = Process::start(&self.program, arguments(order));
        let path = || order.add.as_ref().map_or(order.folder, |(from, _)| from);
        let process = process.map_err(|source| InferError::Io { path: self.program.clone(), source })?;
        let heard = self.hear(process, path(), stop);
        match order.add {
            Some((from, _)) => heard.map_err(|error| error.told_of(order.folder, from)),
            None => heard,
        }
    }

    fn hear(
        &mut self,
        mut process: Process,
        path: &Path,
        stop: &dyn Fn() -> bool,
    ) -> Result<Trial, InferError> {
        process.hush();
        loop {
            let line = match process.lines().recv_timeout(LOOK) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) if stop() => {
                    let message = "it was called off".to_owned();
                    return Err(InferError::Told { kind: "run failed", path: None, message });
                }
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    let (status, complained) = process.ended();
                    let runtime = self.runs.as_ref().map_or("", |runs| &runs.runtime);
                    return Err(crashed(path, runtime, (status, &complained)));
                }
            };
            match serde_json::from_str(&line) {
                Ok(Line::Runs(runs)) => {
                    self.runs.get_or_insert(runs);
                }
                Ok(Line::Tried(trial)) => return Ok(*trial),
                Ok(Line::Failed(failed)) => return Err(failed.into()),
                // A library may say what it likes there.
                Err(_) => {}
            }
        }
    }
}

/// With what the program is called: `model try`.
fn arguments(order: &TrialOrder<'_>) -> Vec<OsString> {
    let mut all: Vec<OsString> = ["model", "try"].map(OsString::from).to_vec();
    all.push(order.folder.into());
    let Some((from, add)) = &order.add else { return all };
    all.extend(["--from".into(), (*from).into()]);
    let AddOrder { role, licence, context, prompt } = add;
    let (role, context) = (role.map(|role| role.word().to_owned()), context.map(|it| it.to_string()));
    let given = [("--role", &role), ("--licence", licence), ("--context", &context), ("--prompt", prompt)];
    for (name, value) in given {
        if let Some(value) = value {
            // As one word: a value may begin with a hyphen.
            all.push(format!("{name}={value}").into());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::process::tests::shell;
    use super::*;

    const RUNS: &str =
        r#"echo '{"runs":{"runtime":"embedded","described":"embedded (tract)","passed_over":[]}}'"#;

    /// What is told where the process is a shell that does this.
    fn told(script: &str) -> InferError {
        let mut trials = Trials::by(PathBuf::new());
        trials.hear(shell(script), Path::new("/models/mender"), &|| false).unwrap_err()
    }

    #[test]
    fn a_runtime_that_ends_its_process_is_a_failure_that_says_what_to_do() {
        let error = told(&format!("{RUNS}; echo 'thread main panicked' >&2; kill -ABRT $$"));
        let message = "/models/mender: the embedded runtime did not survive the model: signal 6 ended it: thread main panicked; ";
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(matches!(&error, InferError::Crashed { hint, .. } if hint.contains("native runtime")));
        assert!(told(&format!("{RUNS}; kill -KILL $$")).to_string().contains("out of memory"));
        assert!(told(&format!("{RUNS}; exit 101")).to_string().contains("it ended with 101"));
    }

    #[test]
    fn what_the_process_found_wrong_is_told_as_it_would_be_here() {
        let line =
            r#"{"failed":{"kind":"bad model","message":"model.onnx: it is cut short","path":"model.onnx"}}"#;
        let error = told(&format!("{RUNS}; echo noise; echo '{line}'"));
        assert_eq!((error.kind(), error.path()), ("bad model", Some(Path::new("model.onnx"))));
        let early = r#"{"failed":{"kind":"no runtime","message":"none was found"}}"#;
        assert_eq!(told(&format!("echo '{early}'; exit 1")).kind(), "no runtime");
    }

    #[test]
    fn a_trial_is_called_off() {
        let mut trials = Trials::by(PathBuf::new());
        let ended = trials.hear(shell("sleep 600"), Path::new("/m"), &|| true);
        assert!(ended.unwrap_err().to_string().contains("called off"));
    }
}
