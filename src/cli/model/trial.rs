//! Models tried in a process of their own: a runtime that ends its process on a graph, by a panic, an allocation that
//! fails or a signal, ends that one.
//!
//! The child prints a line for the runtime, before it loads anything, and a line for what came of it. What does not
//! come to the second has crashed.

use std::borrow::Cow;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde::{Deserialize, Serialize};

use crate::cli::failure::{Failure, OF_MODELS};
use crate::cli::output::Output;
use crate::cli::{Cli, Exit};
use crate::infer::{AddOrder, HOW_TO_GET, Role};
use crate::jobs::{Trial, TrialOrder};
use crate::text::visible;

/// The most that is read of what a child says.
const SAID: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct TryArgs {
    folder: PathBuf,
    #[arg(long)]
    from: Option<PathBuf>,
    #[arg(long, value_parser = super::role)]
    role: Option<Role>,
    #[arg(long, allow_hyphen_values = true)]
    licence: Option<String>,
    #[arg(long)]
    context: Option<usize>,
    #[arg(long, allow_hyphen_values = true)]
    prompt: Option<String>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Runs {
    runtime: Cow<'static, str>,
    described: String,
    passed_over: Vec<String>,
}

/// The second one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Tried(Box<Trial>),
    Failed(Failure),
}

/// The second one as it is heard.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Heard {
    Tried(Box<Trial>),
    Failed(HeardFailure),
}

#[derive(Debug, Deserialize)]
struct HeardFailure {
    kind: String,
    message: String,
    path: Option<String>,
    at: Option<String>,
    hint: Option<String>,
}

impl From<HeardFailure> for Failure {
    fn from(heard: HeardFailure) -> Self {
        let kind = OF_MODELS.into_iter().find(|kind| *kind == heard.kind).unwrap_or("bad model");
        let HeardFailure { message, path, at, hint, .. } = heard;
        Self { path, at, hint, ..Self::new(Exit::Failed, kind, message) }
    }
}

/// The child: tries a model and says what came of it.
pub(super) fn child(args: &TryArgs, output: &Output) -> Result<Exit, Failure> {
    let runtime = super::started()?;
    output.document(&Runs {
        runtime: runtime.name().into(),
        described: runtime.described(),
        passed_over: runtime.passed_over().to_vec(),
    })?;
    let tried = match &args.from {
        Some(from) => {
            let order = AddOrder {
                role: args.role,
                licence: args.licence.clone(),
                context: args.context,
                prompt: args.prompt.clone(),
            };
            Trial::add(from, &args.folder, &order, &runtime)
        }
        None => Trial::verify(&args.folder, &runtime),
    };
    output.document(&match tried {
        Ok(trial) => Told::Tried(Box::new(trial)),
        Err(error) => Told::Failed(error.into()),
    })?;
    Ok(Exit::Done)
}

/// Children, one after the other.
#[derive(Debug, Default)]
pub(super) struct Trials {
    /// The runtime of the first, which is that of all.
    runs: Option<Runs>,
}

impl Trials {
    /// What runs the models, in a word and in words.
    pub(super) fn runtime(&self) -> (&str, &str) {
        self.runs.as_ref().map_or(("", ""), |runs| (&runs.runtime, &runs.described))
    }

    /// Has a model tried.
    ///
    /// # Errors
    /// What is wrong with the model, or that the runtime ended with it.
    pub(super) fn ask(
        &mut self,
        order: &TrialOrder<'_>,
        cli: &Cli,
        output: &Output,
    ) -> Result<(Trial, String), Failure> {
        let unable = |error: std::io::Error| {
            Failure::new(Exit::Failed, "io", format!("the program cannot start itself: {error}"))
        };
        let mut command = Command::new(std::env::current_exe().map_err(unable)?);
        command.args(["model", "try"]).args(arguments(order));
        if cli.quiet {
            command.arg("--quiet");
        }
        self.hear(command, order, output)
    }

    fn hear(
        &mut self,
        mut command: Command,
        order: &TrialOrder<'_>,
        output: &Output,
    ) -> Result<(Trial, String), Failure> {
        let unable = |error: std::io::Error| {
            Failure::new(Exit::Failed, "io", format!("the program cannot start itself: {error}"))
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (status, said, complained) = command.spawn().and_then(listen).map_err(unable)?;
        let mut lines = said.lines();
        let runs: Option<Runs> = lines.next().and_then(|line| serde_json::from_str(line).ok());
        let Some(runs) = runs else {
            // It is no runtime's fault: the child says itself what is.
            let told = serde_json::from_str::<Wrapped>(complained.trim()).map(|told| told.error.into());
            return Err(told.unwrap_or_else(|_| crashed(order, "model", status, &complained)));
        };
        let runtime = runs.runtime.clone();
        if self.runs.is_none() {
            for why in &runs.passed_over {
                output.warning(&format!("passed over {}; the {runtime} runtime runs", visible(why)));
            }
        }
        let described = self.runs.get_or_insert(runs).described.clone();
        match lines.next().and_then(|line| serde_json::from_str(line).ok()) {
            Some(Heard::Tried(trial)) => Ok((*trial, described)),
            Some(Heard::Failed(failure)) => Err(failure.into()),
            None => Err(crashed(order, &runtime, status, &complained)),
        }
    }
}

/// A failure as any command tells it.
#[derive(Debug, Deserialize)]
struct Wrapped {
    error: HeardFailure,
}

fn arguments(order: &TrialOrder<'_>) -> Vec<std::ffi::OsString> {
    let mut all = vec!["--json".into(), order.folder.into()];
    let Some((from, add)) = &order.add else { return all };
    all.extend(["--from".into(), (*from).into()]);
    let role = add.role.map(|role| role.word().to_owned());
    let context = add.context.map(|context| context.to_string());
    let given =
        [("--role", &role), ("--licence", &add.licence), ("--context", &context), ("--prompt", &add.prompt)];
    for (name, value) in given {
        if let Some(value) = value {
            // As one word: a value may begin with a hyphen.
            all.push(format!("{name}={value}").into());
        }
    }
    all
}

/// Waits for a child, and gives what it said and the end of what it complained of.
fn listen(mut child: Child) -> std::io::Result<(ExitStatus, String, String)> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    // Both are read at once: a child waits where nobody reads what it writes.
    let complaint = std::thread::spawn(move || text_of(err));
    let said = text_of(out);
    let complained = complaint.join().unwrap_or_default();
    Ok((child.wait()?, said, complained))
}

fn text_of(stream: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.by_ref().take(SAID).read_to_end(&mut bytes);
        // Whatever is beyond is let go, so that the child does not wait for it.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// That the runtime ended with the model.
fn crashed(order: &TrialOrder<'_>, runtime: &str, status: ExitStatus, complained: &str) -> Failure {
    let how = match (status.signal(), status.code()) {
        (Some(9), _) => "it was killed, as a system does that runs out of memory".to_owned(),
        (Some(signal), _) => format!("signal {signal} ended it"),
        (None, Some(code)) => format!("it ended with {code}"),
        (None, None) => "it ended".to_owned(),
    };
    let is_telling = |line: &&str| !line.trim().is_empty() && !line.contains("RUST_BACKTRACE");
    let last = complained.lines().rfind(is_telling).unwrap_or_default().trim();
    let last = if last.is_empty() { String::new() } else { format!(": {last}") };
    let path = order.add.as_ref().map_or(order.folder, |(from, _)| from);
    let hint = if runtime == "native" {
        "export it as fp32 without fused operators, or try another version of onnxruntime".to_owned()
    } else {
        format!(
            "export it as fp32, with a separate decoder and decoder_with_past; or use the native runtime: {HOW_TO_GET}"
        )
    };
    let message = format!("the {runtime} runtime did not survive the model: {how}{last}");
    Failure::new(Exit::Failed, "runtime crashed", message).path(path.display().to_string()).hint(hint)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::Color;

    /// What is told where the child is a shell that does this.
    fn told(script: &str) -> Failure {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let order = TrialOrder { folder: Path::new("/models/mender"), add: None };
        let output = Output::new(true, true, Color::Never);
        Trials::default().hear(command, &order, &output).unwrap_err()
    }

    const RUNS: &str = r#"echo '{"runtime":"embedded","described":"embedded (tract)","passed_over":[]}'"#;

    #[test]
    fn a_runtime_that_ends_its_process_is_a_failure_that_says_what_to_do() {
        let failure = told(&format!("{RUNS}; echo 'thread main panicked' >&2; kill -ABRT $$"));
        assert_eq!((failure.kind, failure.exit), ("runtime crashed", Exit::Failed));
        let message =
            "the embedded runtime did not survive the model: signal 6 ended it: thread main panicked";
        assert_eq!(failure.message, message);
        assert!(failure.hint.unwrap().contains("native runtime"));
        assert_eq!(failure.path.as_deref(), Some("/models/mender"));
        assert!(told(&format!("{RUNS}; kill -KILL $$")).message.contains("out of memory"));
        assert!(told(&format!("{RUNS}; exit 101")).message.contains("it ended with 101"));
    }

    #[test]
    fn what_the_child_found_wrong_is_told_as_it_would_be_here() {
        let line =
            r#"{"failed":{"exit":1,"kind":"bad model","message":"it is cut short","path":"model.onnx"}}"#;
        let failure = told(&format!("{RUNS}; echo '{line}'"));
        assert_eq!((failure.kind, failure.path.as_deref()), ("bad model", Some("model.onnx")));
        let early = r#"{"error":{"kind":"no runtime","message":"none was found"}}"#;
        assert_eq!(told(&format!("echo '{early}' >&2; exit 1")).kind, "no runtime");
    }
}
